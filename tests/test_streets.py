"""The walking network from OpenStreetMap: which ways are walked, where they meet, and the arrays it is saved as."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections import Counter
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import osmnx
import pytest
import shapely
from osmium import FileProcessor, SimpleWriter
from osmium.filter import KeyFilter
from osmium.osm import NODE, WAY, Node
from osmnx._overpass import _get_network_filter
from pandas.testing import assert_frame_equal
from pyproj import Transformer
from shapely import LineString, Point, box

from assetmap import PlaceError, assess, load, network
from assetmap.sources import save
from assetmap.sources.osm import is_walked
from assetmap.sources.recipe import Entry
from assetmap.sources.streets import read_network, write_network
from tests.toy import RECIPE, write_toy

TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)
HERE = gpd.GeoSeries([box(400_000, 300_000, 401_000, 301_000)], crs=27700)


def nodes(*metres: tuple[float, float], first: int = 1) -> str:
    """Nodes so many metres east and north of the place's corner, numbered from the first on."""
    found = []
    for number, (x, y) in enumerate(metres, first):
        lon, lat = TO_DEGREES.transform(400_000 + x, 300_000 + y)
        found.append(f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}" version="1"/>')
    return "".join(found)


def said(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def way(number: int, *refs: int, **tags: str) -> str:
    return f'<way id="{number}" version="1">{"".join(f"<nd ref={quoteattr(str(ref))}/>" for ref in refs)}{said(tags)}</way>'


def osm(*elements: str) -> bytes:
    return f'<osm version="0.6">{"".join(elements)}</osm>'.encode()


def network_of(folder, *elements: str, outline=HERE):
    (folder / "toy.osm").write_bytes(osm(*elements))
    return read_network(Entry("network", {"file": "toy.osm"}, folder), outline)


# -- which ways ----------------------------------------------------------------------------------

WALKED = [
    {"highway": "residential"},
    {"highway": "trunk"},
    {"highway": "steps"},
    {"highway": "footway", "bridge": "yes", "layer": "1"},
    {"highway": "corridor", "indoor": "yes"},
    {"highway": "service", "service": "driveway"},
    {"highway": "cycleway", "foot": "designated"},
    {"highway": "service", "access": "private", "foot": "yes"},
    {"highway": "service", "access": "private", "foot": "designated"},
    {"highway": "track", "access": "no", "foot": "permissive"},
    {"highway": "primary", "sidewalk": "separate", "foot": "yes"},
    {"highway": "pedestrian", "area": "yes"},
    {"highway": "footway", "leisure": "garden"},
    {"highway": "path", "foot": "unknown"},
]
NOT_WALKED = [
    {"highway": "motorway"},
    {"highway": "motorway_link", "foot": "yes"},
    {"highway": "proposed", "proposed": "footway", "foot": "yes"},
    {"highway": "construction", "construction": "residential"},
    {"highway": "trunk", "motorroad": "yes"},
    {"highway": "cycleway"},
    {"highway": "cycleway", "foot": "no"},
    {"highway": "service", "access": "private"},
    {"highway": "service", "service": "private"},
    {"highway": "residential", "access": "residents"},
    {"highway": "track", "access": "military"},
    {"highway": "residential", "foot": "use_sidepath"},
    {"highway": "primary", "sidewalk:both": "separate"},
    {"highway": "primary", "sidewalk:left": "separate"},
    {"highway": "service", "area": "yes", "foot": "yes"},
    {"highway": "busway"},
    {"highway": "unclassified", "route": "ferry"},
]


@pytest.mark.parametrize(
    ("tags", "walked"), [*((tags, True) for tags in WALKED), *((tags, False) for tags in NOT_WALKED)], ids=str
)
def test_ways_are_walked_by_their_tags(tmp_path, tags, walked):
    found = network_of(
        tmp_path,
        nodes((0, 0), (300, 0), (300, 40)),
        way(1, 1, 2, highway="residential"),
        way(2, 2, 3, name="A = B, C", **tags),
    )
    assert found[0].length_m.sum() == pytest.approx(340 if walked else 300, abs=0.05)
    assert found[2:] == (2, 1 + walked)


def test_a_ferry_without_a_highway_is_no_way_at_all(tmp_path):
    found = network_of(
        tmp_path,
        nodes((0, 0), (900, 0), (900, 400)),
        way(1, 1, 2, highway="path"),
        way(2, 2, 3, route="ferry"),
    )
    assert (len(found[0].length_m), found[2]) == (1, 1)


#: Why we keep a way that the walk filter of osmnx leaves out, or the other way round, by its tags.
_MAY = {"yes", "designated", "permissive"}
_BARRED = {"no", "permit", "residents", "members", "military"}


def reason(tags: dict[str, str]) -> str:
    foot, access = tags.get("foot"), tags.get("access")
    if tags.get("area") == "yes":
        return "the edges of squares"
    if foot in _MAY and tags["highway"] in ("cycleway", "platform"):
        return "a cycleway or platform where foot says that one may"
    if foot in _MAY and access == "private":
        return "private, but foot says that one may"
    if foot == "unknown":
        return "nobody knows: osmnx sees the “no” in “unknown”"
    if foot in ("private", "use_sidepath"):
        return "closed to walkers, though foot does not say “no”"
    if access in _BARRED:
        return "closed to the public, though access does not say “private”"
    return "for buses only" if tags["highway"] == "busway" else f"? {tags}"


@pytest.mark.realdata
def test_the_same_ways_are_walked_as_by_osmnx_but_for_these_reasons(realdata):
    """Seven real extracts. Each difference is one of those that docs/places.md lists."""
    parts = re.findall(r'\["([^"]+)"!~"([^"]*)"\]', _get_network_filter("walk"))
    assert len(parts) == 9
    ours, theirs, both = Counter(), Counter(), 0
    files = [
        *(realdata / "osm").glob("*.osm*"),
        *realdata.glob("newport/*.pbf"),
        *realdata.glob("rutland/*.pbf"),
    ]
    for file in files:
        for each in FileProcessor(str(file), WAY).with_filter(KeyFilter("highway")):
            tags = {tag.k: tag.v for tag in each.tags}
            walked = is_walked(f"{key}={value}".encode() for key, value in tags.items())
            wanted = not any(key in tags and re.search(pattern, tags[key]) for key, pattern in parts)
            both += walked and wanted
            if walked != wanted:
                (ours if walked else theirs)[reason(tags)] += 1
    assert (len(files), both) == (7, 46_249)
    assert dict(ours) == {
        "the edges of squares": 562,
        "a cycleway or platform where foot says that one may": 589,
        "private, but foot says that one may": 20,
        "nobody knows: osmnx sees the “no” in “unknown”": 5,
    }
    assert dict(theirs) == {
        "closed to the public, though access does not say “private”": 754,
        "closed to walkers, though foot does not say “no”": 26,
        "for buses only": 1,
    }


SQUARE = nodes((0, 0), (100, 0), (100, 100), (0, 100), (40, 40), (60, 40), (60, 60), first=1)


def test_a_square_drawn_as_a_relation_is_walked_along_all_its_edges(tmp_path):
    members = '<member type="way" ref="1" role="outer"/><member type="way" ref="2" role="inner"/>'
    tags = said({"type": "multipolygon", "highway": "pedestrian"})
    edges = way(1, 1, 2, 3, 4, 1), way(2, 5, 6, 7, 5, building="yes")
    found = network_of(
        tmp_path,
        SQUARE,
        *edges,
        way(3, 1, 5, highway="footway"),
        f'<relation id="1" version="1">{members}{tags}</relation>',
    )[0]
    assert found.length_m.sum() == pytest.approx(400 + 20 + 20 + 800**0.5 + 3200**0.5, abs=0.1)


def test_a_path_all_round_a_park_that_is_tagged_on_it_is_walked(tmp_path):
    found = network_of(
        tmp_path, SQUARE, way(1, 1, 2, 3, 4, 1, highway="footway", leisure="park", landuse="grass")
    )
    assert found[0].length_m.sum() == pytest.approx(400, abs=0.1)


# -- where they meet -----------------------------------------------------------------------------


def test_ways_meet_at_their_nodes_and_not_where_they_are_drawn_over_each_other(tmp_path):
    """A bridge and the street below have a node each on the same spot; 4 and 5 stand 2 cm apart, and are joined."""
    found = network_of(
        tmp_path,
        nodes((0, 50), (50, 50), (100, 50), (50, 0), (50, 0.02), (50, 50), (50, 100)),
        way(1, 1, 2, 3, highway="residential"),
        way(2, 4, 5, 6, 7, highway="footway", bridge="yes"),
        way(3, 3, 7, highway="path"),
    )[0]
    assert (len(found.xy), len(found.length_m)) == (7, 6)
    walk = network.distances(
        found, shapely.points([(400_050, 300_025)]), shapely.points([(400_025, 300_050)]), np.array([0]), 1e4
    )[1]
    assert walk == pytest.approx([75 + np.hypot(50, 50) + 75], abs=0.1)


def test_two_nodes_on_one_spot_are_joined_by_a_stretch_of_no_length(tmp_path):
    found = network_of(
        tmp_path, nodes((0, 0), (100, 0), (100, 0), (200, 0)), way(1, 1, 2, 3, 4, highway="steps")
    )[0]
    assert found.length_m.tolist() == pytest.approx([100, 0, 100], abs=0.05)
    walk = network.distances(
        found, shapely.points([(400_000, 300_000)]), shapely.points([(400_200, 300_000)]), np.array([0]), 1e4
    )[1]
    assert walk == pytest.approx([200], abs=0.1)


def test_an_island_counts_and_a_scrap_does_not(tmp_path):
    mainland = nodes((0, 0), (0, 6_000), first=1)
    scrap = nodes(
        (200, 0), (200, 3_000), first=11
    )  # no path leads there, but whoever stands beside it can step over
    island = nodes((600, 0), (600, 1_500), first=21)
    skerry = nodes((1_200, 0), (1_200, 500), first=31)
    ways = [way(n, n, n + 1, highway="path") for n in (1, 11, 21, 31)]
    found, problems, *_ = network_of(tmp_path, mainland, scrap, island, skerry, *ways)
    assert sorted(found.length_m.round()) == [1_500, 6_000]
    assert [str(problem) for problem in problems] == [
        "toy.osm: 3 of 11 km are drawn twice or joined to nothing, and left out. Nothing to do, unless people live there."
    ]
    assert len(found.xy) == 4


def test_streets_are_kept_as_far_as_any_settings_let_people_walk(tmp_path):
    """60 minutes at 10 km/h."""
    along = nodes(*((x, 500) for x in range(0, 15_000, 1_000)))
    found = network_of(tmp_path, along, way(1, *range(1, 16), highway="path"))[0]
    assert found.xy[:, 0].max() - 401_000 == pytest.approx(10_000, abs=1_000)
    assert found.length_m.sum() > 10_000


def test_a_way_that_leaves_and_comes_back_is_not_cut_short(tmp_path):
    out_and_back = nodes((0, 500), (0, 20_000), (500, 20_000), (500, 500), (0, 400), (600, 400))
    found = network_of(
        tmp_path, out_and_back, way(1, 1, 2, 3, 4, highway="path"), way(2, 1, 5, 6, 4, highway="path")
    )[0]
    assert len(found.length_m) == 3


def test_a_place_across_the_date_line_is_whole(tmp_path):
    outline = gpd.GeoSeries([box(179.95, -16.8, 179.999, -16.7)], crs=4326).to_crs(3460)
    at = ((179.99, -16.75), (-179.99, -16.75), (-179.98, -16.75), (0.0, -16.75))
    there = "".join(
        f'<node id="{n}" lat="{lat}" lon="{lon}" version="1"/>' for n, (lon, lat) in enumerate(at, 1)
    )
    found = network_of(tmp_path, there, way(1, 1, 2, 3, 4, highway="path"), outline=outline)[0]
    assert found.length_m.sum() == pytest.approx(3_200, rel=0.01)


def test_there_must_be_room_to_read_it(tmp_path, monkeypatch):
    content = osm(nodes((0, 0), (50, 0)), way(1, 1, 2, highway="path"), f"<!-- {'x' * 1_000_000} -->")
    (tmp_path / "toy.osm").write_bytes(content)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 5_000_000))
    with pytest.raises(PlaceError) as caught:
        read_network(Entry("network", {"file": "toy.osm"}, tmp_path), HERE)
    assert str(caught.value) == (
        "toy.osm: To read it takes 15 MB of disk for temporary files, and 5 MB are free. Make room there, and load again."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("toy.osm", osm(nodes((0, 0), (50, 0)), way(1, 1, 2, highway="path"))[:-20]),
        ("toy.osm.pbf", b"no pbf"),
        ("toy.osm.bz2", b"BZh9 cut"),
    ],
)
def test_a_damaged_extract_is_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PlaceError) as caught:
        read_network(Entry("network", {"file": name}, tmp_path), HERE)
    assert str(caught.value) == (
        f"{name}: It cannot be read as an OpenStreetMap extract; it may be cut short or of another type. Download it again."
    )


# -- a graph of osmnx ----------------------------------------------------------------------------

#: A street of two directions, a bent one-way lane, and a cul-de-sac; all within 500 m.
STREETS = (
    nodes((0, 0), (250, 30), (500, 0), (500, 200), (300, 250), (0, 200), (620, 200)),
    way(1, 1, 2, 3, highway="residential"),
    way(2, 3, 4, 5, 6, highway="residential", oneway="yes"),
    way(3, 6, 1, highway="residential"),
    way(4, 4, 7, highway="service"),
)


@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize("simplify", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_graph_of_osmnx_is_the_same_network(tmp_path, projected, simplify, bidirectional):
    ours = network_of(tmp_path, *STREETS)[0]
    graph = osmnx.graph_from_xml(tmp_path / "toy.osm", simplify=simplify, bidirectional=bidirectional)
    theirs = network.from_osmnx(
        osmnx.project_graph(graph, to_crs="EPSG:32630") if projected else graph, HERE.crs
    )
    assert len(theirs.length_m) == len(ours.length_m) == 7
    assert sorted(theirs.length_m) == pytest.approx(sorted(ours.length_m), abs=0.02)
    origins, places = (
        shapely.points([(400_010, 300_000), (400_600, 300_190)]),
        shapely.points([(400_300, 300_250)]),
    )
    for each in (ours, theirs):
        assert network.distances(each, origins, places, np.array([0]), 1e4)[1] == pytest.approx(
            network.distances(ours, origins, places, np.array([0]), 1e4)[1], abs=0.05
        )


@pytest.mark.realdata
def test_a_real_graph_of_osmnx_has_the_same_stretches(realdata, tmp_path):
    """A square kilometre of London, of which osmnx is given the ways that are walked."""
    clip = realdata / "osm/london_clip_map.osm"
    with SimpleWriter(str(tmp_path / "walked.osm")) as writer:
        for each in FileProcessor(str(clip), NODE | WAY):
            tags = {tag.k: f"{tag.k}={tag.v}".encode() for tag in each.tags}
            if isinstance(each, Node) or ("highway" in tags and is_walked(tags.values())):
                writer.add(each)
    graph = osmnx.graph_from_xml(tmp_path / "walked.osm", simplify=False, retain_all=True)
    theirs = network.from_osmnx(graph, 27700)
    outline = gpd.GeoSeries([box(-0.2, 51.4, 0.0, 51.6)], crs=4326).to_crs(27700)
    ours = read_network(Entry("network", {"file": "walked.osm"}, tmp_path), outline)[0]
    assert len(ours.length_m) == len(theirs.length_m) > 700
    np.testing.assert_allclose(np.sort(ours.length_m), np.sort(theirs.length_m), atol=0.001)


@pytest.mark.parametrize("wrong", [{}, LineString()])
def test_what_is_no_graph_of_osmnx_is_told(wrong):
    with pytest.raises(PlaceError) as caught:
        network.from_osmnx(wrong, HERE.crs)
    assert str(caught.value) == (
        "graph: It is not a graph as osmnx makes it, with a “crs”, and an “x” and a “y” of each node. "
        "Make it with osmnx.graph_from_xml or its like."
    )


def test_a_graph_without_a_street_is_told(tmp_path):
    network_of(tmp_path, *STREETS)
    graph = osmnx.graph_from_xml(tmp_path / "toy.osm")
    graph.remove_edges_from(list(graph.edges))
    with pytest.raises(PlaceError, match=r"^graph: It has no street\. Make it of an area that has some\.$"):
        network.from_osmnx(graph, HERE.crs)


# -- saved with the place ------------------------------------------------------------------------


def saved(folder, net) -> Entry:
    write_network(folder / "network.npz", net, HERE.crs)
    return Entry("network", {"file": "network.npz"}, folder)


@pytest.mark.parametrize("footprint", [None, box(0, 0, 1, 1)])
def test_a_network_is_saved_and_read_as_it_is(tmp_path, footprint):
    net = replace(network_of(tmp_path, *STREETS)[0], footprint=footprint)
    found, problems, rows_in, rows_used = read_network(saved(tmp_path, net), HERE)
    assert (problems, rows_in, rows_used) == ([], 7, 7)
    for name in ("xy", "start", "end", "length_m"):
        np.testing.assert_array_equal(getattr(found, name), getattr(net, name))
        assert getattr(found, name).dtype == getattr(net, name).dtype
    assert found.footprint == footprint


GONE = "It is not a network that assetmap saved, or it is cut short."
UNFIT = "Its arrays do not fit together."
NO_END = "It has a stretch that ends at no junction."
NO_NUMBER = "It has a coordinate or a length that cannot be."


def packed(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"xy": None}, GONE),
        ({"crs": "EPSG:0"}, GONE),
        ({"footprint": np.frombuffer(b"no shape", dtype=np.uint8)}, GONE),
        ({"start": np.array([{"run": "me"}], dtype=object)}, GONE),
        ({"crs": "EPSG:2157"}, "It is in “IRENET95 / Irish Transverse Mercator”, and the place in “OSGB36 / British National Grid”."),
        ({"xy": np.zeros((7, 3))}, UNFIT),
        ({"xy": np.zeros(14)}, UNFIT),
        ({"xy": np.array(1.0)}, UNFIT),
        ({"length_m": np.array(1.0)}, UNFIT),
        ({"xy": np.zeros((7, 2), dtype="U3")}, UNFIT),
        ({"start": np.zeros(6, dtype=np.int32)}, UNFIT),
        ({"start": np.zeros(7)}, UNFIT),
        ({"start": np.zeros(0, np.int32), "end": np.zeros(0, np.int32), "length_m": np.zeros(0)}, UNFIT),
        ({"end": np.full(7, 7, dtype=np.int32)}, NO_END),
        ({"start": np.full(7, -1, dtype=np.int32)}, NO_END),
        ({"xy": np.full((7, 2), np.nan)}, NO_NUMBER),
        ({"length_m": np.full(7, np.inf)}, NO_NUMBER),
        ({"length_m": np.full(7, -1.0)}, NO_NUMBER),
    ],
)  # fmt: skip
def test_a_saved_network_with_something_wrong_is_told(tmp_path, change, what):
    entry = saved(tmp_path, network_of(tmp_path, *STREETS)[0])
    with np.load(entry.path) as arrays:
        parts = {**arrays, **change}
    np.savez(entry.path, **{name: part for name, part in parts.items() if part is not None})
    assert (
        told(entry)
        == f"network.npz: {what} Save the place again, or name the file that its network came from."
    )


def told(entry: Entry) -> str:
    with pytest.raises(PlaceError) as caught:
        read_network(entry, HERE)
    return str(caught.value)


def test_a_saved_network_that_is_cut_short_changed_or_of_another_type_is_told(tmp_path):
    entry = saved(tmp_path, network_of(tmp_path, *STREETS)[0])
    whole = entry.path.read_bytes()
    with np.load(entry.path) as arrays:
        tight = packed(**arrays)
    flipped = bytearray(whole)
    flipped[200] ^= 0xFF
    for content in (whole[:-30], whole[:300], bytes(flipped), b"PK\3\4", b"text", tight):
        entry.path.write_bytes(content)
        assert told(entry).startswith(f"network.npz: {GONE} Save the place again")
    with zipfile.ZipFile(entry.path, "w") as other:
        other.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert told(entry).startswith(f"network.npz: {GONE}")
    entry.path.write_bytes(b"")
    assert told(entry) == "network.npz: The file is empty (0 bytes). Download or export it again."
    entry.path.unlink()
    assert told(entry).startswith("network.npz: There is no such file.")


def test_a_place_is_saved_with_its_network_as_the_same_bytes_each_time(tmp_path):
    streets = [LineString([(400_000, 300_500), (404_000, 300_500)])]
    recipe = RECIPE.replace(
        "[green_space]", '[network]\nfile = "streets.gpkg"\nsource = "The council"\n\n[green_space]'
    )
    write_toy(tmp_path / "toy", place_toml=recipe)
    gpd.GeoDataFrame(geometry=streets, crs=27700).to_file(tmp_path / "toy/streets.gpkg")
    first = load(tmp_path / "toy")
    for name in ("one", "two"):
        save(first, tmp_path / name)
    assert (tmp_path / "one/network.npz").read_bytes() == (tmp_path / "two/network.npz").read_bytes()
    again = load(tmp_path / "one")
    layer = next(layer for layer in again.layers if layer.table == "network")
    assert (layer.file, layer.source, layer.rows_used) == ("network.npz", "The council", 1)
    assert_frame_equal(assess(first).areas, assess(again).areas, check_dtype=False)


def test_a_graph_of_osmnx_can_be_a_place_s_network_and_is_saved_with_it(tmp_path):
    place = load(write_toy(tmp_path / "toy"))
    network_of(tmp_path, nodes((0, 500), (4_000, 500)), way(1, 1, 2, highway="path"))
    graph = osmnx.graph_from_xml(tmp_path / "toy.osm")
    save(replace(place, network=network.from_osmnx(graph, place.crs)), tmp_path / "saved")
    found = assess(load(tmp_path / "saved"))
    assert found.areas["hubs_count"].tolist() == [1, 1, 1, 2]


NEWPORT = """
[place]
name = "Newport"
[areas]
file = "{data}/newport_lsoa11_wimd2019_pop2020.geojson"
level = "lsoa11"
code = "lsoa11_code"
[network]
file = "{data}/newport-2023-06-13.osm.pbf"
[[assets]]
name = "OpenStreetMap"
file = "{data}/newport-2023-06-13.osm.pbf"
"""


@pytest.mark.realdata
def test_newport_loads_from_the_saved_arrays_as_from_the_extract(realdata, tmp_path):
    (tmp_path / "place.toml").write_text(
        NEWPORT.replace("{data}", (realdata / "newport").as_posix()), encoding="utf-8"
    )
    first = load(tmp_path)
    save(first, tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert again.network.footprint.equals(first.network.footprint)
    assert_frame_equal(assess(first).areas, assess(again).areas, check_dtype=False)


@pytest.mark.realdata
def test_no_node_of_a_real_city_is_merged_with_another(realdata):
    """Las Palmas has five spots with two nodes each, and ways that lack nodes."""
    entry = Entry("network", {"file": "las-palmas-2023-02-21.osm.pbf"}, realdata / "osm")
    outline = gpd.GeoSeries([Point(-15.43, 28.12).buffer(0.2)], crs=4326).to_crs(32628)
    net = read_network(entry, outline)[0]
    assert len(net.xy) > 80_000
    lines = gpd.GeoSeries(net.stretches, crs=32628)
    assert len(network.build(lines).xy) < len(net.xy)
