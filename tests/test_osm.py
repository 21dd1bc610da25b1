"""OpenStreetMap extracts go in without a network, and without anybody's telephone number."""

from __future__ import annotations

import bz2
import configparser
import xml.etree.ElementTree as ET
from collections import Counter
from importlib import resources

import pandas as pd
import pytest

from assetmap import PlaceError, assess, load
from assetmap.sources.osm import read_osm
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import kind_of_tags, osm_keys
from tests.toy import RECIPE, write_toy

# Toytown lies by 52.6 N, 2.0 W; a hundredth of a degree of latitude is 1.1 km.
NODES = {
    1: (52.5975, -1.9985), 2: (52.5976, -1.9980), 3: (52.5977, -1.9975),
    11: (52.5970, -1.9990), 12: (52.5970, -1.9980), 13: (52.5980, -1.9980), 14: (52.5980, -1.9990),
    21: (52.5990, -1.9990), 22: (52.5990, -1.9970), 23: (52.6000, -1.9970), 24: (52.6000, -1.9990),
}  # fmt: skip
TAGS = {
    1: {
        "amenity": "pub",
        "name": "The <b>Plough</b>",
        "phone": "0121 496 0000",
        "opening_hours": "Mo-Su 11:00-23:00",
    },
    2: {"amenity": "cafe", "access": "private", "name": "Staff Café"},
    3: {"amenity": "bench"},
}


def extract() -> str:
    """A school as a closed way, a park as a multipolygon, a pub with a telephone, a private café, a bench."""
    root = ET.Element("osm", version="0.6")

    def tagged(parent, tags):
        for key, value in tags.items():
            ET.SubElement(parent, "tag", k=key, v=value)

    for number, (lat, lon) in NODES.items():
        stamp = {"version": "1", "timestamp": "2024-05-06T07:08:09Z"}
        node = ET.SubElement(root, "node", id=str(number), lat=str(lat), lon=str(lon), **stamp)
        tagged(node, TAGS.get(number, {}))
    for number, ring in ((7, (11, 12, 13, 14, 11)), (8, (21, 22, 23, 24, 21))):
        way = ET.SubElement(root, "way", id=str(number), version="1", timestamp="2024-05-06T07:08:09Z")
        for each in ring:
            ET.SubElement(way, "nd", ref=str(each))
        tagged(
            way,
            {"amenity": "school", "name": "Toytown School", "email": "x@example.org"} if number == 7 else {},
        )
    park = ET.SubElement(root, "relation", id="9", version="1", timestamp="2024-05-06T07:08:09Z")
    ET.SubElement(park, "member", type="way", ref="8", role="outer")
    tagged(park, {"type": "multipolygon", "leisure": "park", "name": "Relation Park"})
    return ET.tostring(root, encoding="unicode")


def with_osm(folder, name: str, content: bytes):
    head = RECIPE[: RECIPE.index("[green_space]")]
    recipe = head + f'[green_space]\nfile = "{name}"\n[[assets]]\nname = "OpenStreetMap"\nfile = "{name}"\n'
    write_toy(folder, place_toml=recipe)
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", ["toy.osm", "toy.osm.bz2"])
def test_nodes_ways_and_relations_come_as_assets_and_green_space(tmp_path, name):
    content = extract().encode()
    place = load(with_osm(tmp_path, name, bz2.compress(content) if name.endswith("bz2") else content))
    assert dict(zip(place.assets["name"], place.assets["kind"], strict=True)) == {
        "The <b>Plough</b>": "pub",
        "Toytown School": "school",
    }
    assert place.assets.set_index("name").loc["The <b>Plough</b>", "detail"] == "Mo-Su 11:00-23:00"
    assert place.green_space[["name", "kind"]].to_numpy().tolist() == [["Relation Park", "park"]]
    assert place.green_space.index.tolist() == ["relation/9"]
    # 0.001 degrees of latitude by 0.002 of longitude at 52.6 N: 111.3 m by 135.4 m.
    assert place.green_space["area_ha"].iloc[0] == pytest.approx(1.51, abs=0.02)


def test_private_places_are_set_aside_and_told(tmp_path):
    place = load(with_osm(tmp_path, "toy.osm", extract().encode()))
    layer = next(layer for layer in place.layers if layer.table == "assets")
    assert (layer.rows_in, layer.rows_used, layer.rows_set_aside) == (3, 2, 1)
    assert (layer.source, layer.licence) == ("OpenStreetMap contributors", "ODbL")
    assert any("left out: 1 of 3." in problem.what for problem in place.problems)


def test_a_few_buildings_do_not_tell_where_an_extract_was_cut(tmp_path):
    content = extract().replace(
        "</osm>",
        '<way id="77"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="11"/><tag k="building" v="yes"/></way></osm>',
    )
    place = load(with_osm(tmp_path, "toy.osm", content.encode()))
    assert place.footprints == {}


def test_private_green_space_is_told_too(tmp_path):
    content = extract().replace('v="Relation Park" />', 'v="Relation Park" /><tag k="access" v="private" />')
    place = load(with_osm(tmp_path, "toy.osm", content.encode()))
    assert place.green_space.empty
    assert any("left out: 1 of 1." in problem.what for problem in place.problems)


def test_no_contact_comes_past_the_door(tmp_path):
    place = load(with_osm(tmp_path, "toy.osm", extract().encode()))
    held = place.assets.to_csv() + place.green_space.to_csv() + repr(place.problems)
    assert "496" not in held
    assert "example.org" not in held


@pytest.mark.parametrize(
    ("name", "content"),
    [("toy.osm", b"<osm><node"), ("toy.osm.bz2", b"BZh9 cut"), ("toy.osm.pbf", b"not a pbf")],
)
def test_a_damaged_extract_is_told(tmp_path, name, content):
    with pytest.raises(PlaceError) as caught:
        load(with_osm(tmp_path, name, content))
    assert all(str(problem).startswith(f"{name}: ") for problem in caught.value.problems)
    assert "Download it again." in str(caught.value)


def test_tags_that_ask_for_more_are_tried_first():
    assert kind_of_tags({"amenity": "community_centre"}).kind == "community_centre"
    assert (
        kind_of_tags({"amenity": "community_centre", "community_centre": "family_centre"}).kind
        == "family_hub"
    )
    assert kind_of_tags({"amenity": "cafe;pub"}).kind == "cafe"
    assert kind_of_tags({"amenity": "bench"}) is None


def test_every_key_of_the_taxonomy_is_read_from_the_file_and_no_contact_is():
    text = (resources.files("assetmap.sources") / "osm.ini").read_text(encoding="utf-8")
    settings = configparser.ConfigParser()
    settings.read_string("[head]\n" + text)
    for layer in ("points", "multipolygons"):
        read = set(settings[layer]["attributes"].split(","))
        assert set(osm_keys()) <= read
        assert not {key for key in read if key.startswith(("phone", "email", "contact", "website"))}


@pytest.mark.realdata
def test_counts_agree_with_a_plain_reading_of_the_file(realdata, tmp_path):
    """A London clip, counted by the XML parser of the standard library: nodes and closed ways of three amenities."""
    path = realdata / "osm/london_clip_map.osm"
    wanted = {"pub": "pub", "cafe": "cafe", "place_of_worship": "place_of_worship"}
    expected: Counter[str] = Counter()
    for element in ET.parse(path).getroot():
        tags = {tag.get("k"): tag.get("v") for tag in element.iter("tag")}
        refs = [nd.get("ref") for nd in element.iter("nd")]
        closed = element.tag == "way" and len(refs) > 3 and refs[0] == refs[-1]
        if (
            (element.tag == "node" or closed)
            and tags.get("amenity") in wanted
            and tags.get("access") not in ("private", "no")
        ):
            expected[wanted[tags["amenity"]]] += 1
    rows = read_osm(Entry("assets", {"file": path.name}, path.parent)).rows
    ours = rows["kind"].value_counts()
    assert expected["pub"] > 5
    assert {kind: int(ours.get(kind, 0)) for kind in expected} == dict(expected)


@pytest.mark.realdata
def test_newport_from_its_extract_alone(realdata, tmp_path):
    osm = (realdata / "newport/newport-2023-06-13.osm.pbf").as_posix()
    recipe = f"""
[place]
name = "Newport"
[areas]
file = "{(realdata / "newport/newport_lsoa11_wimd2019_pop2020.geojson").as_posix()}"
level = "lsoa11"
code = "lsoa11_code"
name = "LSOA11NM"
[deprivation]
file = "{(realdata / "uk/wimd2019_lsoa11.csv.gz").as_posix()}"
index = "WIMD2019"
[green_space]
file = "{osm}"
[[assets]]
name = "OpenStreetMap"
file = "{osm}"
"""
    (tmp_path / "place.toml").write_text(recipe, encoding="utf-8")
    place = load(tmp_path)
    fates = {
        layer.name: (layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected)
        for layer in place.layers
    }
    assert fates["assets: OpenStreetMap"] == (314, 312, 2, 0)
    assert fates["green space"][1] == 116
    found = assess(place)
    assert "5 of 5 themes" in found.areas["resource_base"].iloc[0]
    # The extract stops well inside the city: what lies beyond is told as unknown, and is no priority.
    covered = pd.read_csv(realdata / "newport/lsoa11_covered_by_osm.csv")["lsoa11_code"]
    judged = found.areas.index[found.areas["resource_rank"].notna()]
    assert len(judged) == 52
    assert set(judged) <= set(covered)
    assert set(found.priorities.index) <= set(covered)
    beyond = found.areas.drop(index=judged)
    assert beyond["reason"].str.startswith("Cannot tell: social resources are not known here.").all()
    assert beyond[["hubs_count", "green_ha_per_1000", "short_hubs", "hubs_lack"]].isna().all(axis=None)
    assert any(
        "Hubs: the lists or the walking network do not reach 43 of 95 areas" in note for note in found.notes
    )
