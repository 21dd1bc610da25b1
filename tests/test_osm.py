"""OpenStreetMap extracts go in without a network, and without anybody's telephone number."""

from __future__ import annotations

import bz2
import os
import xml.etree.ElementTree as ET
from collections import Counter
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from assetmap import PlaceError, assess, load
from assetmap.model import ASSET_FIELDS
from assetmap.sources.osm import OSM_COLUMNS, read_osm, read_osm_ways, read_places, tags_read
from assetmap.sources.recipe import Entry
from assetmap.sources.streets import read_network
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


# -- what the tags say -----------------------------------------------------------------------------


def drawn(*elements: str) -> bytes:
    """An extract of these elements and the corners of a square, 101 to 104, with 105 in its middle."""
    corners = {
        101: (52.600, -2.000), 102: (52.600, -1.998), 103: (52.602, -1.998), 104: (52.602, -2.000),
        105: (52.601, -1.999),
    }  # fmt: skip
    nodes = "".join(f'<node id="{n}" lat="{lat}" lon="{lon}"/>' for n, (lat, lon) in corners.items())
    return f'<osm version="0.6">{nodes}{"".join(elements)}</osm>'.encode()


def way(number: int, *nodes: int, **tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}">{refs}{said(tags)}</way>'


def said(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v={quoteattr(value)}/>' for key, value in tags.items())


def one_pub(tags: dict[str, str], stamp: str = "2023-06-13T07:08:09Z") -> bytes:
    at = f'lat="52.6" lon="-1.999" version="2" timestamp="{stamp}"'
    return drawn(f'<node id="7" {at}>{said({"amenity": "pub", **tags})}</node>')


def extract_of(folder, content: bytes, table: str = "assets", name: str = "toy.osm"):
    (folder / name).write_bytes(content)
    return read_osm(Entry(table, {"file": name}, folder))


def test_what_the_tags_say_is_kept(tmp_path):
    tags = {
        "name": "The Plough", "description": "Warm hub on Fridays", "opening_hours": "Mo-Su 11:00-23:00",
        "access": "customers", "wheelchair": "designated", "fee": "no", "website": "https://plough.example/about",
        "religion": "christian", "check_date": "2023-05-01", "survey:date": "2020-01-01",
        "addr:housename": "Plough House", "addr:housenumber": "12", "addr:street": "High Street",
        "addr:city": "Toytown", "addr:postcode": "ZZ1 1AA",
    }  # fmt: skip
    row = extract_of(tmp_path, one_pub(tags)).rows.drop(columns="geometry").iloc[0].to_dict()
    assert row == {
        "name": "The Plough", "kind": "pub", "osm": "node/7", "description": "Warm hub on Fridays",
        "opening_hours": "Mo-Su 11:00-23:00", "access": "customers", "step_free": "yes", "cost": "free",
        "for_faith": "", "website": "https://plough.example/about",
        "address": "Plough House, 12 High Street, Toytown", "postcode": "ZZ1 1AA",
        "last_checked": "2023-05-01", "last_edited": "2023-06-13",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "column", "expected"),
    [
        ({}, "step_free", ""),
        ({"wheelchair": "limited"}, "step_free", "limited"),
        ({"wheelchair": "no"}, "step_free", "no"),
        ({"wheelchair": "bad"}, "step_free", ""),
        ({"fee": "yes"}, "cost", "paid"),
        ({"fee": "donation"}, "cost", "donation"),
        ({"survey:date": "2020-01-01"}, "last_checked", "2020-01-01"),
        ({"amenity": "place_of_worship", "religion": "muslim"}, "for_faith", "muslim"),
        (
            {"amenity": "place_of_worship", "religion": "christian", "denomination": "salvation_army"},
            "for_faith",
            "christian (salvation army)",
        ),
        ({"amenity": "place_of_worship", "religion": "none"}, "for_faith", ""),
        ({"addr:place": "The Green", "addr:suburb": "Northside"}, "address", "The Green, Northside"),
        ({"website": "www.plough.example"}, "website", "www.plough.example"),
        ({"website": "mailto:jo@plough.example"}, "website", ""),
        ({"website": "javascript:alert(1)"}, "website", ""),
    ],
)
def test_each_tag_is_put_in_plain_words(tmp_path, tags, column, expected):
    assert extract_of(tmp_path, one_pub(tags)).rows[column].tolist() == [expected]


def test_an_extract_without_dates_says_none(tmp_path):
    content = drawn(f'<node id="7" lat="52.6" lon="-1.999">{said({"amenity": "pub"})}</node>')
    assert extract_of(tmp_path, content).rows["last_edited"].tolist() == [""]


def test_the_fields_reach_the_place_and_a_date_that_is_none_is_told(tmp_path):
    tags = {"name": "The Plough", "fee": "yes", "wheelchair": "limited", "check_date": "last spring"}
    place = load(with_osm(tmp_path, "toy.osm", one_pub(tags)))
    asset = place.assets.iloc[0]
    assert (asset["cost"], asset["step_free"], asset["last_checked"]) == ("paid", "limited", "")
    assert (asset["identifier"], asset["opening_hours"]) == ("node/7", "")
    assert [str(problem) for problem in place.problems if "last_checked" in problem.what] == [
        "toy.osm, column “last_checked”: 1 value of last_checked not understood, such as “last spring” in row 1. "
        "Treated as not known; write a date such as 2026-03-31."
    ]


def test_every_column_means_a_field_that_assets_have(tmp_path):
    rows = extract_of(tmp_path, one_pub({})).rows
    assert set(OSM_COLUMNS) - {"title", "kind_column"} <= set(ASSET_FIELDS)
    assert set(OSM_COLUMNS.values()) <= set(rows.columns)


# -- contacts --------------------------------------------------------------------------------------


def test_every_key_of_the_taxonomy_is_read_and_no_key_of_a_contact_is():
    assert set(osm_keys()) <= set(tags_read())
    contact = (
        "phone",
        "mobile",
        "fax",
        "email",
        "e-mail",
        "contact",
        "operator",
        "owner",
        "facebook",
        "twitter",
    )
    assert not [key for key in tags_read() if key.startswith(contact)]


def test_no_contact_comes_past_the_door(tmp_path):
    """Every contact tag with a value of its own, on a node, a way and a relation: none of them is anywhere after."""
    keys = (
        "phone", "phone:mobile", "mobile", "fax", "email", "contact:phone", "contact:mobile", "contact:email",
        "contact:fax", "contact:website", "contact:facebook", "contact:whatsapp", "operator", "operator:phone",
        "operator:email", "owner", "facebook", "note", "fixme", "source", "addr:full",
    )  # fmt: skip
    planted = {key: f"PLANTED-{key}" for key in keys}
    node = f'<node id="7" lat="52.6" lon="-1.999" user="PLANTED">{said({"amenity": "pub", **planted})}</node>'
    park = f'<relation id="9"><member type="way" ref="8" role="outer"/>{said({"type": "multipolygon", "leisure": "park", **planted})}</relation>'
    content = drawn(
        node, way(7, 101, 102, 103, 101, amenity="school", **planted), way(8, 101, 103, 104, 101), park
    )
    place = load(with_osm(tmp_path, "toy.osm", content))
    assert len(place.assets) == 2
    assert len(place.green_space) == 1
    places = read_places(Entry("assets", {"file": "toy.osm"}, tmp_path))
    held = places.to_csv() + place.assets.to_csv() + place.green_space.to_csv() + repr(place.problems)
    assert "PLANTED" not in held


def test_free_text_with_a_number_or_an_address_in_it_is_left_out_and_told(tmp_path):
    tags = {
        "name": "The Plough",
        "description": "Ask Jo on 0121 496 0000",
        "opening_hours": 'Mo-Fr "by appointment, jo@plough.example"',
        "fee": "3 pounds, book on (0121) 496-0000",
    }
    found = extract_of(tmp_path, one_pub(tags))
    assert found.rows[["description", "opening_hours", "cost"]].to_numpy().tolist() == [["", "", ""]]
    assert [str(problem) for problem in found.problems] == [
        "toy.osm: 3 texts with a telephone number or an e-mail address in it left out. Nothing to do."
    ]


@pytest.mark.parametrize(
    "hours",
    ["Mo-Su 11:00-23:00; PH off", "2023 Jan 01-2024 Mar 31 10:00-16:00", "Mo 0900-1200 1300-1700", "24/7"],
)
def test_hours_are_no_telephone_numbers(tmp_path, hours):
    assert extract_of(tmp_path, one_pub({"opening_hours": hours})).rows["opening_hours"].tolist() == [hours]


# -- shapes ----------------------------------------------------------------------------------------


def test_a_place_stands_inside_its_area_and_not_in_the_hole(tmp_path):
    """A school round a yard: outer the square, inner a smaller one about its middle."""
    inner = (
        (201, 52.6005, -1.9995),
        (202, 52.6005, -1.9985),
        (203, 52.6015, -1.9985),
        (204, 52.6015, -1.9995),
    )
    nodes = "".join(f'<node id="{n}" lat="{lat}" lon="{lon}"/>' for n, lat, lon in inner)
    members = '<member type="way" ref="1" role="outer"/><member type="way" ref="2" role="outer"/><member type="way" ref="3" role="inner"/>'
    school = f'<relation id="9">{members}{said({"type": "multipolygon", "amenity": "school"})}</relation>'
    # The outer ring is in two ways.
    content = drawn(
        nodes, way(1, 101, 102, 103), way(2, 103, 104, 101), way(3, 201, 202, 203, 204, 201), school
    )
    shape = extract_of(tmp_path, content).rows.geometry.iloc[0]
    assert shape.area == pytest.approx(0.002 * 0.002 - 0.001 * 0.001)
    place = load(with_osm(tmp_path, "toy.osm", content))
    at = place.assets.to_crs(4326).geometry.iloc[0]
    assert shape.contains(at)
    assert not shapely.box(-1.9995, 52.6005, -1.9985, 52.6015).contains(at)


def test_what_the_file_holds_only_in_part_is_told_and_not_fatal(tmp_path):
    lacking = way(1, 101, 102, 999, 101, leisure="park", name="Edge Park")
    relation = f'<relation id="9"><member type="way" ref="998" role="outer"/>{said({"type": "multipolygon", "leisure": "playground"})}</relation>'
    content = drawn(lacking, relation, way(2, 101, 103, 104, 101, leisure="park", name="Whole Park"))
    found = extract_of(tmp_path, content, "green_space")
    assert found.rows["name"].tolist() == ["Whole Park"]
    remedy = "Take an extract that reaches farther; or, if it is drawn wrongly, mend it on openstreetmap.org."
    assert [(problem.severity, str(problem)) for problem in found.problems] == [
        (
            "rejected",
            f"toy.osm: way/1, “Edge Park”, is left out: its outline is not whole in this file. {remedy}",
        ),
        ("rejected", f"toy.osm: relation/9 is left out: its outline is not whole in this file. {remedy}"),
    ]


@pytest.mark.parametrize(
    "outline",
    [
        way(1, 101, 102, 103, 104, amenity="school"),
        way(1, 101, 103, 102, 104, 101, amenity="school"),
        way(1, 101, 102, 103, 101, amenity="school", area="no"),
    ],
    ids=["not closed", "crosses itself", "said to be no area"],
)
def test_an_outline_that_makes_no_area_still_says_where_it_is(tmp_path, outline):
    rows = extract_of(tmp_path, drawn(outline)).rows
    assert rows.geometry.geom_type.tolist() == ["LineString"]
    place = load(with_osm(tmp_path, "toy.osm", drawn(outline)))
    assert place.assets["kind"].tolist() == ["school"]


def test_a_relation_with_an_open_ring_makes_no_area(tmp_path):
    members = '<member type="way" ref="1" role="outer"/><member type="way" ref="2" role="outer"/>'
    park = f'<relation id="9">{members}{said({"type": "multipolygon", "leisure": "park"})}</relation>'
    content = drawn(way(1, 101, 102, 105, 101), way(2, 103, 104), park)
    assert extract_of(tmp_path, content, "green_space").rows.geometry.geom_type.tolist() == [
        "MultiLineString"
    ]


def test_things_without_nodes_or_with_numbers_of_an_editor_do_no_harm(tmp_path):
    """A way without any node; nodes and a way that an editor has not uploaded, whose numbers are below nought."""
    new = "".join(f'<node id="-{n}" lat="52.60{n}" lon="-2.00{n % 2}"/>' for n in (1, 2, 3))
    ways = way(1, leisure="park", building="yes", highway="path"), way(-2, -1, -2, -3, -1, leisure="park")
    found = extract_of(tmp_path, drawn(new, *ways), "green_space")
    assert {problem.what.split(" is left out")[0] for problem in found.problems} >= {"way/1"}
    assert len(found.rows) + len(found.problems) == 2
    ways_of, _ = read_osm_ways(Entry("network", {"file": "toy.osm"}, tmp_path))
    assert (ways_of.tagged, len(ways_of.node)) == (1, 0)


def test_streets_that_lack_nodes_are_kept_as_far_as_they_go(tmp_path):
    streets = (
        way(1, 101, 102, 999, 103, 104, highway="residential"),
        way(2, 101, 998, highway="residential"),
        way(3, 101, 103, highway="motorway"),
        way(4, 101, 102, 103, 101, highway="service", area="yes", foot="yes"),
        way(5, 102, 103, highway="path"),
    )
    (tmp_path / "toy.osm").write_bytes(drawn(*streets))
    entry = Entry("network", {"file": "toy.osm"}, tmp_path)
    ways, footprint = read_osm_ways(entry)
    assert (ways.tagged, footprint, ways.way.tolist()) == (5, None, [0] * 5 + [1] * 2 + [2] * 2)
    unknown = np.isnan(ways.lonlat[ways.node]).any(axis=1)
    assert np.flatnonzero(unknown).tolist() == [2, 6]
    outline = gpd.GeoSeries([shapely.box(-2.01, 52.59, -1.99, 52.61)], crs=4326).to_crs(27700)
    assert read_network(entry, outline)[0].length_m.tolist() == pytest.approx([135.5, 135.5, 222.5], abs=0.5)


# -- files -----------------------------------------------------------------------------------------


def test_a_bz2_in_several_pieces_is_read_whole(tmp_path):
    content = extract().encode()
    pieces = bz2.compress(content[:700]) + bz2.compress(content[700:])
    assert len(extract_of(tmp_path, pieces, name="toy.osm.bz2").rows) == 2


def test_a_path_with_accents_is_read(tmp_path):
    folder = tmp_path / "Zoë’s files"
    folder.mkdir()
    assert len(extract_of(folder, extract().encode(), name="Plâce.osm").rows) == 2


def test_a_file_that_changed_is_read_again(tmp_path):
    assert extract_of(tmp_path, one_pub({"name": "Old"})).rows["name"].tolist() == ["Old"]
    content = one_pub({"name": "New"})
    (tmp_path / "toy.osm").write_bytes(content)
    os.utime(tmp_path / "toy.osm", ns=(1, 1))
    assert extract_of(tmp_path, content).rows["name"].tolist() == ["New"]


def test_entities_that_grow_are_refused(tmp_path):
    bomb = b'<!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><osm version="0.6"/>'
    with pytest.raises(PlaceError) as caught:
        extract_of(tmp_path, bomb)
    assert str(caught.value) == (
        "toy.osm: It cannot be read as an OpenStreetMap extract; it may be cut short or of another type. "
        "Download it again."
    )


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
@pytest.mark.parametrize(
    "file",
    ["osm/london_clip_map.osm", "osm/las-palmas-2023-02-21.osm.pbf", "rutland/rutland-2018-03.osm.pbf"],
)
def test_areas_agree_with_those_that_osmium_assembles(realdata, file):
    """By another road: osmium's own multipolygons, of the same ways and relations."""
    path = realdata / file
    places = read_places(Entry("assets", {"file": path.name}, path.parent)).set_index("osm").geometry
    areal = places[places.geom_type.isin(["Polygon", "MultiPolygon"])]
    ours = dict(zip(areal.index, shapely.area(areal.to_numpy()), strict=True))
    keys = osmium.filter.KeyFilter(*osm_keys())
    factory, theirs = osmium.geom.WKBFactory(), {}
    for each in osmium.FileProcessor(str(path)).with_areas(keys).with_filter(keys):
        if each.is_area() and each.num_rings()[0]:
            name = f"{'way' if each.from_way() else 'relation'}/{each.orig_id()}"
            theirs[name] = shapely.from_wkb(factory.create_multipolygon(each)).area
    assert len(ours) > 20
    assert ours == pytest.approx({name: theirs[name] for name in ours}, rel=1e-9)
    # What is a line with us has no area with osmium either.
    assert not set(places.index[places.geom_type.isin(["LineString", "MultiLineString"])]) & set(theirs)


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
    assert fates["assets: OpenStreetMap"] == (358, 354, 4, 0)
    assert fates["green space"][1] == 116
    found = assess(place)
    assert "5 of 5 themes" in found.areas["resource_base"].iloc[0]
    # The extract stops well inside the city: what lies beyond is told as unknown, and is no priority.
    covered = pd.read_csv(realdata / "newport/lsoa11_covered_by_osm.csv")["lsoa11_code"]
    judged = found.areas.index[found.areas["resource_rank"].notna()]
    assert len(judged) == 53
    assert set(judged) <= set(covered)
    assert set(found.priorities.index) <= set(covered)
    beyond = found.areas.drop(index=judged)
    assert beyond["reason"].str.startswith("Cannot tell: social resources are not known here.").all()
    assert beyond[["hubs_count", "green_ha_per_1000", "short_hubs", "hubs_lack"]].isna().all(axis=None)
    assert any(
        "Hubs: the lists or the walking network do not reach 42 of 95 areas" in note for note in found.notes
    )
