"""Walks along the network: answers by hand, and the same answers from a library that shares no code with ours."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, box

from assetmap import PlaceError, assess, load, measures, network
from tests.toy import RECIPE, write_toy


def streets(*lines) -> network.Network:
    return network.build(gpd.GeoSeries([LineString(line) for line in lines], crs=27700))


def walks(net, origins, places, limit_m=1_200):
    start = gpd.GeoSeries(
        [Point(*each) for each in origins], index=[f"A{n}" for n in range(len(origins))], crs=27700
    )
    there = gpd.GeoDataFrame(
        {"kind": ["library"] * len(places)},
        geometry=[each if hasattr(each, "geom_type") else Point(*each) for each in places],
        index=[f"p{n}" for n in range(len(places))],
        crs=27700,
    )
    return measures.walks(start, there, limit_m, 1.3, net)


#: Two banks of a river, 100 m apart, with a bridge 500 m to the east.
RIVER = streets([(0, 0), (500, 0), (1000, 0)], [(0, 100), (500, 100), (1000, 100)], [(500, 0), (500, 100)])


def test_a_river_is_crossed_by_its_bridge():
    found = walks(RIVER, [(0, 0)], [(0, 100)])
    assert found.nearest["A0"] == pytest.approx(500 + 100 + 500)
    assert found.pairs["walk_m"].tolist() == pytest.approx([1_100])
    assert walks(RIVER, [(0, 0)], [(0, 100)], limit_m=1_099).pairs.empty


def test_two_points_on_one_stretch_walk_straight_along_it():
    assert walks(RIVER, [(100, 0)], [(400, 0)]).nearest["A0"] == pytest.approx(300)


def test_the_way_to_and_from_the_network_counts():
    # 30 m to the street, 300 m along it, 20 m from it.
    assert walks(RIVER, [(100, -30)], [(400, -20)]).nearest["A0"] == pytest.approx(30 + 300 + 20)


def test_the_nearest_door_of_a_site_counts_and_a_polygon_is_entered_along_its_edge():
    doors = MultiPoint([(0, 100), (600, 0)])
    assert walks(RIVER, [(500, 0)], [doors]).nearest["A0"] == pytest.approx(100)
    assert walks(RIVER, [(500, 0)], [box(700, -50, 900, 0)]).nearest["A0"] == pytest.approx(200)


def test_an_island_is_not_reached_and_is_told_as_missing():
    island = streets([(0, 0), (6_000, 0)], [(0, 5_000), (6_000, 5_000)])
    found = walks(island, [(0, 0)], [(0, 5_000)], limit_m=1e6)
    assert found.pairs.empty
    assert np.isnan(found.nearest["A0"])


def test_a_scrap_of_path_that_is_joined_to_nothing_catches_no_place():
    net = streets([(0, 0), (6_000, 0)], [(100, 40), (120, 40)])
    assert walks(net, [(0, 0)], [(110, 41)]).nearest["A0"] == pytest.approx(110 + 41)


def test_who_stands_beside_a_place_far_from_any_path_walks_to_it_straight():
    far = streets([(0, 0), (6_000, 0)])
    found = walks(far, [(100, 700)], [(100, 700), (100, 760)])
    assert found.nearest["A0"] == 0
    assert found.pairs["walk_m"].tolist() == pytest.approx([0, 60])


def test_who_lives_inside_a_site_is_there_already():
    found = walks(RIVER, [(500, 50)], [box(300, -200, 700, 300)])
    assert found.nearest["A0"] == 0
    assert found.pairs["walk_m"].tolist() == [0]


def test_a_street_drawn_twice_is_one_stretch():
    net = streets([(0, 0), (100, 0)], [(100, 0), (0, 0)])
    assert net.length_m.tolist() == [100]
    assert walks(net, [(20, 0)], [(80, 0)]).nearest["A0"] == pytest.approx(60)


def test_a_place_just_at_the_limit_is_within_it_in_every_figure():
    found = walks(streets([(0, 0), (6_000, 0)]), [(0, 0)], [(1_200, 0)])
    assert found.pairs["walk_m"].tolist() == [1_200]
    assert found.nearest["A0"] == 1_200


def test_no_place_at_all_is_missing_too():
    found = walks(RIVER, [(0, 0)], [])
    assert np.isnan(found.nearest["A0"])
    assert measures.count(found)["A0"] == 0


def test_of_two_stretches_between_the_same_junctions_the_shorter_counts():
    loop = streets([(0, 0), (100, 0)], [(0, 0), (50, 400), (100, 0)])
    assert walks(loop, [(0, 0)], [(100, 0)]).nearest["A0"] == pytest.approx(100)


def test_a_stretch_of_no_length_and_points_in_one_spot_do_no_harm():
    net = streets([(0, 0), (0, 0), (100, 0)])
    assert len(net.length_m) == 1
    found = walks(net, [(50, 0), (50, 0)], [(50, 0), (50, 0), (100, 0)])
    assert found.nearest.tolist() == pytest.approx([0, 0], abs=1e-3)
    assert len(found.pairs) == 6


def test_a_bridge_does_not_meet_the_street_below():
    crossing = streets([(0, 0), (6_000, 0)], [(100, -3_000), (100, 3_000)])
    assert np.isnan(walks(crossing, [(0, 0)], [(100, 3_000)], limit_m=1e6).nearest["A0"])


metres = st.integers(0, 1_000)


@given(st.lists(st.tuples(metres, metres), min_size=1, max_size=8), st.tuples(metres, metres))
def test_adding_a_place_never_lengthens_the_way(places, new):
    before = walks(RIVER, [(0, 0), (900, 90)], places).nearest
    after = walks(RIVER, [(0, 0), (900, 90)], [*places, new]).nearest
    assert (after <= before + 1e-6).all()


def as_networkx(net) -> nx.Graph:
    graph = nx.Graph()
    for start, end, length in zip(net.start.tolist(), net.end.tolist(), net.length_m.tolist(), strict=True):
        if length < graph.get_edge_data(start, end, {"m": np.inf})["m"]:
            graph.add_edge(start, end, m=length)
    return graph


def compared_with_networkx(net, graph, junctions, limit_m):
    """Distances from and to junctions, by us and by networkx."""
    half = len(junctions) // 2
    origins, places = junctions[:half], junctions[half:]
    found = walks(
        net, [tuple(net.xy[each]) for each in origins], [tuple(net.xy[each]) for each in places], limit_m
    )
    ours = {(row.origin, row.place_id): row.walk_m for row in found.pairs.itertuples()}
    theirs = {}
    nearest = []
    for n, origin in enumerate(origins):
        every = nx.single_source_dijkstra_path_length(graph, origin, weight="m")
        theirs |= {
            (f"A{n}", f"p{m}"): every[place]
            for m, place in enumerate(places)
            if every.get(place, np.inf) <= limit_m
        }
        nearest.append(min((every[place] for place in places if place in every), default=np.nan))
    assert set(ours) == set(theirs)
    assert [ours[key] for key in theirs] == pytest.approx(list(theirs.values()), abs=0.01)
    np.testing.assert_allclose(found.nearest, nearest, atol=0.01)
    return len(theirs)


def test_a_random_grid_agrees_with_networkx():
    random = np.random.default_rng(7)
    lines = []
    for x in range(12):
        for y in range(12):
            for dx, dy in ((1, 0), (0, 1)):
                if random.random() < 0.8:
                    lines.append([(x * 100, y * 100), ((x + dx) * 100, (y + dy) * 100)])
    net = streets(*lines)
    junctions = random.choice(len(net.xy), 40, replace=False)
    assert compared_with_networkx(net, as_networkx(net), junctions, 1_200) > 100


# -- through the door ----------------------------------------------------------------------------


def with_streets(folder, lines: gpd.GeoDataFrame):
    recipe = RECIPE.replace("[green_space]", '[network]\nfile = "streets.gpkg"\n\n[green_space]')
    write_toy(folder, place_toml=recipe)
    lines.to_file(folder / "streets.gpkg")
    return folder


def test_a_place_with_a_network_is_measured_along_it_and_says_so(tmp_path):
    street = gpd.GeoDataFrame(geometry=[LineString([(400_000, 300_500), (404_000, 300_500)])], crs=27700)
    found = assess(load(with_streets(tmp_path, street)))
    # Neighbouring middles are 1,000 m apart on a straight street: within 15 minutes, as 1,300 m was not.
    assert found.areas["hubs_count"].tolist() == [1, 1, 1, 2]
    assert (
        found.areas["distance_method"].iloc[0] == "along the walking network, from the middle of each square"
    )
    assert any(note.startswith("Distance is along the place’s walking network") for note in found.notes)
    layer = next(layer for layer in found.place.layers if layer.table == "network")
    assert (layer.rows_in, layer.rows_used) == (1, 1)


def test_streets_that_are_nowhere_near_are_refused(tmp_path):
    far = gpd.GeoDataFrame(geometry=[LineString([(500_000, 300_500), (504_000, 300_500)])], crs=27700)
    with pytest.raises(PlaceError, match="It holds no street or path near the place"):
        load(with_streets(tmp_path, far))


def test_lines_that_cross_without_meeting_are_no_network(tmp_path):
    lines = [LineString([(400_000 + 400 * n, 300_000), (400_000 + 400 * n, 300_900)]) for n in range(10)]
    lines += [LineString([(400_000, 300_000 + 100 * n), (404_000, 300_000 + 100 * n)]) for n in range(1, 4)]
    with pytest.raises(PlaceError, match=r"are joined to each other\. Split the lines where they cross"):
        load(with_streets(tmp_path, gpd.GeoDataFrame(geometry=lines, crs=27700)))


@pytest.mark.parametrize(
    "bad", [LineString([(400_000, 300_500), (400_000, 300_500)]), Point(400_500, 300_500)]
)
def test_a_file_without_any_stretch_is_refused(tmp_path, bad):
    with pytest.raises(PlaceError, match="It holds no street or path near the place"):
        load(with_streets(tmp_path, gpd.GeoDataFrame(geometry=[bad], crs=27700)))


def test_points_far_from_any_path_are_told(tmp_path):
    short = gpd.GeoDataFrame(geometry=[LineString([(400_400, 300_500), (400_600, 300_500)])], crs=27700)
    found = assess(load(with_streets(tmp_path, short)))
    assert any("3 such points more than 250 m from any path." in note for note in found.notes)
    # 900 m beyond the street's end is still told; 1,900 m is beyond the network, and unknown.
    assert found.areas["hubs_count"].isna().tolist() == [False, False, True, True]
    assert found.areas["reason"].iloc[3].startswith("Cannot tell: social resources are not known here.")
    assert any(
        "Hubs: the lists or the walking network do not reach 2 of 4 areas" in note for note in found.notes
    )


def test_the_demo_town_walks_round_its_river_and_railway():
    """The cut-off estate: the way to the nearest hub is longer than any straight line told."""
    place = load("demo")
    found = assess(place).areas
    straight = assess(replace(place, network=None)).areas
    estate = found.index[found["area_name"].str.startswith("Sallows")]
    assert len(estate) == 4
    assert (found.loc[estate, "hubs_nearest_m"] > straight.loc[estate, "hubs_nearest_m"]).all()
    assert found.loc[estate, "priority"].all()
