"""The searches along the network: answers by hand, and the same answers from a library that shares no code with ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from assetmap import network
from assetmap.model import Network
from assetmap.network import Joined, search
from assetmap.sources.recipe import Entry
from assetmap.sources.streets import read_network
from tests.conftest import ROOT

KINDS, LIMITS_M = 12, [400, 800, 1_200]


def net(xy, *stretches) -> Network:
    """A network of junctions and (start, end, metres)."""
    start, end, length_m = zip(*stretches, strict=True) if stretches else ((), (), ())
    return Network(
        np.array(xy, dtype=float),
        np.array(start, dtype=int),
        np.array(end, dtype=int),
        np.array(length_m, dtype=float),
    )


def points(*xy) -> np.ndarray:
    return np.array([Point(*each) for each in xy], dtype=object)


def nearest(streets, *groups) -> list[list[float]]:
    return network.nearest(streets, groups).round(3).tolist()


def counted(streets, origins, places, kind=None, kinds=1, limits_m=(400,)) -> list[list[list[int]]]:
    kind = np.zeros(len(places), int) if kind is None else np.array(kind, int)
    return network.counts(streets, origins, places, np.arange(len(places)), kind, kinds, limits_m).tolist()


#: A high street of three stretches with a lane of two at its second junction, and a ring round a green at its end.
#:
#:     0 --100-- 1 --100-- 2 --100-- 3 (ring 3-4-5-3, each 50)
#:               |
#:               6 (60)
#:               |
#:               7 (40)
HIGH_STREET = net(
    [(0, 0), (100, 0), (200, 0), (300, 0), (340, 30), (340, -30), (100, 60), (100, 100)],
    (0, 1, 100), (2, 1, 100), (2, 3, 100), (3, 4, 50), (4, 5, 50), (5, 3, 50), (1, 6, 60), (7, 6, 40),
)  # fmt: skip


# -- by hand -------------------------------------------------------------------------------------------


def test_every_junction_is_told_its_nearest():
    assert nearest(HIGH_STREET, points((0, 0)), points((150, 0))) == [
        [0, 100, 200, 300, 350, 350, 160, 200],
        [150, 50, 50, 150, 200, 200, 110, 150],
    ]


def test_of_two_places_the_nearer_counts_on_either_side_of_the_middle():
    assert nearest(HIGH_STREET, points((0, 0), (300, 0))) == [[0, 100, 100, 0, 50, 50, 160, 200]]


def test_the_way_to_the_network_counts_from_a_place_on_it_from_both_ends():
    # 20 m off the middle of the stretch from 1 to 2, and 7 m off the lane.
    assert nearest(HIGH_STREET, points((150, -20)), points((93, 80))) == [
        [170, 70, 70, 170, 220, 220, 130, 170],
        [187, 87, 187, 287, 337, 337, 27, 27],
    ]


def test_beyond_the_limit_is_not_told():
    found = network.nearest(HIGH_STREET, [points((0, 0))], limit_m=200)[0]
    assert found[[0, 1, 2, 6, 7]].tolist() == [0, 100, 200, 160, 200]
    assert np.isnan(found[[3, 4, 5]]).all()


def test_a_group_of_no_place_has_no_nearest_and_the_others_have():
    none, one = network.nearest(HIGH_STREET, [points(), points((0, 0))])
    assert np.isnan(none).all()
    assert one[3] == 300


def test_counts_are_of_every_kind_within_every_limit():
    origins, places = points((0, 0), (100, 100), (1_000, 0)), points((100, 0), (200, 0), (300, 0), (100, 60))
    assert counted(HIGH_STREET, origins, places, [0, 0, 2, 2], 3, [100, 160, 300]) == [
        [[1, 1, 2], [0, 0, 0], [0, 1, 2]],
        [[1, 1, 2], [0, 0, 0], [1, 1, 2]],
        [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ]


def test_a_place_of_several_doors_counts_once_and_by_its_nearest():
    doors, place = points((200, 0), (300, 0), (340, 30)), np.array([0, 0, 1])
    found = network.pairs(HIGH_STREET, points((0, 0)), doors, place, 1_000)
    assert found.to_numpy().tolist() == [[0, 0, 200], [0, 1, 350]]
    one = network.counts(HIGH_STREET, points((0, 0)), doors, place, np.array([0, 0]), 1, [1_000])
    assert one.tolist() == [[[2]]]


def test_doors_need_not_come_in_the_order_of_their_places():
    doors, place = points((300, 0), (340, 30), (200, 0)), np.array([1, 0, 1])
    for origins in (
        points((0, 0)),
        points(*[(0, 0)] * 3),
    ):  # few origins and many are searched from either side
        found = network.pairs(HIGH_STREET, origins, doors, place, 1_000)
        assert found["walk_m"].tolist() == [350, 200] * len(origins)
        assert found["place"].tolist() == [0, 1] * len(origins)


def test_the_shorter_way_round_a_ring_counts():
    # A square of which nothing branches off: no junction of it is like a node.
    ring = net([(0, 0), (100, 0), (100, 100), (0, 100)], (0, 1, 100), (1, 2, 100), (2, 3, 100), (3, 0, 100))
    assert nearest(ring, points((100, 0)), points((0, 30))) == [[100, 0, 100, 200], [30, 130, 170, 70]]
    pairs, _ = network.distances(ring, points((60, 0)), points((0, 80), (60, 100)), np.arange(2), 500)
    assert pairs["walk_m"].tolist() == [140, 180]


def test_a_loop_at_the_end_of_a_street_is_walked_either_way():
    assert network.nearest_of(HIGH_STREET, points((320, 15)), [points((320, -15))]).tolist() == [[50]]


def test_of_two_ways_between_the_same_nodes_the_shorter_counts():
    two = net(
        [(0, 0), (100, 0), (50, 400), (-50, 0), (150, 0)],
        (0, 1, 100), (0, 2, 403.113), (2, 1, 403.113), (0, 3, 50), (1, 4, 50),
    )  # fmt: skip
    assert nearest(two, points((-50, 0))) == [[50, 150, 453.113, 0, 200]]


def test_what_is_apart_is_not_reached():
    islands = net([(0, 0), (100, 0), (0, 500), (100, 500), (900, 900)], (0, 1, 100), (2, 3, 100))
    found = network.nearest(islands, [points((0, 0))])[0]
    assert found[:2].tolist() == [0, 100]
    assert np.isnan(found[2:]).all()
    assert counted(islands, points((0, 0)), points((0, 500)), limits_m=[1e9]) == [[[0]]]


def test_one_junction_is_a_network_without_stretches_which_leads_nowhere():
    lone = net([(0, 0)])
    here = points((0, 0), (5, 5))
    assert np.isnan(network.nearest(lone, [here])).all()
    pairs, nearest_m = network.distances(lone, here, here, np.arange(2), 1_000)
    assert pairs.empty
    assert np.isnan(nearest_m).all()
    assert counted(lone, here, here) == [[[0]], [[0]]]
    assert network.snap_m(lone, here).tolist() == [np.inf, np.inf]


def test_stretches_of_no_length_and_loops_on_one_junction_do_no_harm():
    odd = net([(0, 0), (0, 0), (100, 0)], (0, 1, 0), (1, 1, 0), (1, 2, 100), (1, 0, 0))
    assert nearest(odd, points((100, 0)), points((0, 0))) == [[100, 100, 0], [0, 0, 100]]
    assert counted(odd, points((0, 0), (100, 0)), points((0, 0), (0, 0), (50, 0)), limits_m=[0, 50, 100]) == [
        [[2, 3, 3]],
        [[0, 1, 3]],
    ]


def test_it_does_not_matter_which_way_a_stretch_is_drawn():
    back = Network(HIGH_STREET.xy, HIGH_STREET.end, HIGH_STREET.start, HIGH_STREET.length_m)
    places = points((150, -20), (330, 10), (93, 80))
    assert nearest(back, places) == nearest(HIGH_STREET, places)
    there = network.distances(HIGH_STREET, places, places, np.arange(3), 1_000)[0]
    again = network.distances(back, places, places, np.arange(3), 1_000)[0]
    assert there.equals(again)
    # And the way back is as long as the way there.
    assert there.set_index(["origin", "place"])["walk_m"].to_dict() == (
        there.set_index(["place", "origin"])["walk_m"].to_dict()
    )


def test_a_length_that_is_longer_than_the_line_is_the_one_that_counts():
    winding = net([(0, 0), (100, 0)], (0, 1, 300))
    assert nearest(winding, points((25, 0))) == [[75, 225]]


def test_who_stands_beside_a_place_walks_straight_to_it_in_counts_too():
    found = counted(HIGH_STREET, points((0, 1_000)), points((0, 1_030), (200, 1_200)), limits_m=[30, 290])
    assert found == [[[1, 2]]]


def test_a_place_just_at_the_limit_is_within_it():
    thirds = net([(0, 0), (100, 0), (200, 0), (300, 0)], (0, 1, 100 / 3), (1, 2, 100 / 3), (2, 3, 100 / 3))
    assert counted(thirds, points((0, 0)), points((300, 0)), limits_m=[99.99, 100]) == [[[0, 1]]]
    assert network.pairs(thirds, points((0, 0)), points((300, 0)), np.arange(1), 100)["walk_m"].tolist() == [
        100
    ]


def test_no_origin_and_no_place_are_no_pairs():
    assert network.pairs(HIGH_STREET, points(), points((0, 0)), np.arange(1), 100).empty
    assert network.pairs(HIGH_STREET, points((0, 0)), points(), np.arange(0), 100).empty
    assert counted(HIGH_STREET, points((0, 0)), points()) == [[[0]]]
    assert network.counts(HIGH_STREET, points(), points(), np.arange(0), np.arange(0), 3, [1]).shape == (
        0,
        3,
        1,
    )


def test_what_is_joined_once_is_not_joined_again():
    joined = network.join(HIGH_STREET, points((150, -20)))
    assert network.join(HIGH_STREET, joined) is joined
    assert (joined.stretch.tolist(), joined.share.tolist(), joined.access_m.tolist()) == ([1], [0.5], [20])
    assert nearest(HIGH_STREET, joined) == nearest(HIGH_STREET, joined.points)


# -- asked again -----------------------------------------------------------------------------------------


def test_one_place_more_gives_what_a_network_that_was_never_asked_would_give():
    random = np.random.default_rng(3)
    here, there = (shapely.points(random.uniform(-50, 350, (number, 2))) for number in (30, 20))
    more, place = np.append(there, Point(310, 10)), np.arange(21)
    network.distances(HIGH_STREET, here, there, place[:20], 150)
    pairs, nearest_m = network.distances(HIGH_STREET, here, more, place, 150)
    fresh = Network(HIGH_STREET.xy, HIGH_STREET.start, HIGH_STREET.end, HIGH_STREET.length_m)
    anew, nearest_anew = network.distances(fresh, here, more, place, 150)
    assert pairs.equals(anew)
    assert nearest_m.tolist() == nearest_anew.tolist()
    # Asked once more, with another limit, or for other doors of the same places: none is taken for another.
    assert network.pairs(HIGH_STREET, here, more, place, 150).equals(anew)
    assert len(network.pairs(HIGH_STREET, here, more, place, 60)) < len(anew)
    assert network.pairs(HIGH_STREET, here, more, place // 2, 150)["place"].max() == 10


def test_what_is_told_is_the_askers_own():
    here = points((0, 0))
    pairs, nearest_m = network.distances(HIGH_STREET, here, points((30, 0)), np.arange(1), 150)
    pairs["walk_m"], nearest_m[:] = 0.0, 0.0
    again, nearest_again = network.distances(HIGH_STREET, here, points((30, 0)), np.arange(1), 150)
    assert (again["walk_m"].tolist(), nearest_again.tolist()) == ([30], [30])


def test_no_more_answers_are_kept_than_fit(monkeypatch):
    monkeypatch.setattr("assetmap.network.walk._KEPT_ROWS", 4)
    lane = net([(0, 0), (100, 0)], (0, 1, 100))
    for metres in range(9):
        assert network.nearest_of(lane, points((0, 0), (50, 0)), [points((metres, 0))])[0, 0] == metres
    assert len(lane.kept["answers"]) == 2
    assert network.nearest_of(lane, points((0, 0), (50, 0)), [points((0, 0))])[0].tolist() == [0, 50]


# -- any network at all ----------------------------------------------------------------------------------


@st.composite
def tangles(draw):
    """A network of any shape, with lengths that no map could have, and points joined to it anywhere."""
    junctions = draw(st.integers(1, 12))
    at = st.integers(0, junctions - 1)
    stretches = draw(
        st.lists(
            st.tuples(at, at, st.integers(0, 900).map(lambda tenths: tenths / 10)), min_size=1, max_size=24
        )
    )
    streets = net(np.zeros((junctions, 2)), *stretches)
    spot = st.tuples(st.integers(0, len(stretches) - 1), st.integers(0, 8), st.integers(0, 30))
    sets = [draw(st.lists(spot, min_size=least, max_size=6)) for least in (1, 0)]
    joined = []
    for number, spots in enumerate(sets):
        stretch, share, access_m = np.array(spots, dtype=float).reshape(-1, 3).T
        # So far from each other that nobody walks straight.
        apart = shapely.points(np.arange(len(spots)) * 1e6, np.full(len(spots), number * 1e7))
        joined.append(Joined(apart, stretch.astype(np.int32), share / 8, access_m))
    return streets, *joined


def split(streets, *sets) -> nx.Graph:
    """The network for networkx: junctions are numbers, points ("here", 0) and so on, each reached by its way there."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(streets.xy)))

    def link(one, other, metres):
        if metres < graph.get_edge_data(one, other, {"m": np.inf})["m"]:
            graph.add_edge(one, other, m=metres)

    for number, (start, end, length) in enumerate(
        zip(streets.start, streets.end, streets.length_m, strict=True)
    ):
        along = [(0.0, int(start)), (length, int(end))]
        for name, joined in sets:
            for each in np.flatnonzero(joined.stretch == number).tolist():
                along.append((joined.share[each] * length, (name, "on", each)))
                link((name, "on", each), (name, each), joined.access_m[each])
        along.sort(
            key=lambda spot: (spot[0], isinstance(spot[1], int) and spot[1] == end and spot[0] == length)
        )
        first = [spot for spot in along if spot[1] == int(start)][:1]
        rest = [spot for spot in along if spot not in first]
        for (m, one), (n, other) in zip([*first, *rest][:-1], [*first, *rest][1:], strict=True):
            link(one, other, n - m)
    return graph


@given(tangles(), st.sampled_from([1, 2, 3, 65_536]), st.sampled_from([3.0, 30.0, 256.0]))
def test_any_network_agrees_with_networkx(tangle, block, width_m):
    """However many junctions a search takes at a time, and however far it looks ahead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assetmap.network.walk._BLOCK", block)
        patch.setattr("assetmap.network.walk._WIDTH_M", width_m)
        agrees_with_networkx(*tangle)


def agrees_with_networkx(streets, here, there):
    graph = split(streets, ("here", here), ("there", there))
    ways = {
        each: nx.single_source_dijkstra_path_length(graph, ("there", each), weight="m")
        for each in range(len(there))
    }

    def metres(one):
        return [way.get(one, np.inf) for way in ways.values()]

    def least(one):
        return min(metres(one), default=np.inf)

    every = network.nearest(streets, [there])[0]
    np.testing.assert_allclose(
        np.nan_to_num(every, nan=np.inf), [least(j) for j in range(len(streets.xy))], atol=1e-9
    )
    place, kind = np.arange(len(there)) // 2, np.array([0, 1, 0])
    pairs, nearest_m = network.distances(streets, here, there, place, 120)
    np.testing.assert_allclose(
        np.nan_to_num(nearest_m, nan=np.inf), [least(("here", o)) for o in range(len(here))], atol=6e-4
    )
    theirs = {}
    for o in range(len(here)):
        for p, m in zip(place.tolist(), metres(("here", o)), strict=True):
            if round(m, 3) <= 120:
                theirs[o, p] = min(theirs.get((o, p), np.inf), m)
    assert list(zip(pairs["origin"], pairs["place"], strict=True)) == sorted(theirs)
    np.testing.assert_allclose(pairs["walk_m"], [theirs[key] for key in sorted(theirs)], atol=6e-4)
    found = network.counts(streets, here, there, place, kind, 2, [40, 120])
    expected = np.zeros_like(found)
    for (o, p), m in theirs.items():
        expected[o, kind[p]] += [round(m, 3) <= 40, True]
    assert found.tolist() == expected.tolist()


@given(tangles())
def test_adding_a_place_never_makes_any_nearest_longer(tangle):
    streets, new, old = tangle
    both = Joined(
        *(np.concatenate(each) for each in zip(vars(old).values(), vars(new).values(), strict=True))
    )
    before, after, alone = network.nearest(streets, [old, both, new])
    assert not (np.isnan(after) & ~np.isnan(before)).any()
    # And it is exactly the nearer of what was there and what is new.
    np.testing.assert_array_equal(after, np.fmin(before, alone))


# -- compiled or not ---------------------------------------------------------------------------------------

_ASK = """
import json, sys
{block}
import numpy as np, shapely
from assetmap import network
from assetmap.model import Network
from assetmap.network import search
assert search.COMPILED is {compiled}
random = np.random.default_rng(5)
xy = random.uniform(0, 900, (60, 2))
start, end = random.integers(0, 60, (2, 90))
streets = Network(xy, start, end, np.hypot(*(xy[start] - xy[end]).T))
network.warm()
here, there = (shapely.points(random.uniform(0, 900, (count, 2))) for count in (9, 14))
pairs, nearest = network.distances(streets, here, there, np.arange(14) // 2, 700)
counts = network.counts(streets, here, there, np.arange(14) // 2, np.arange(7) % 3, 3, [300, 700])
every = network.nearest(streets, [there])
print(json.dumps([pairs.to_numpy().tolist(), nearest.tolist(), counts.tolist(), every.tolist()]))
"""


def answers(block: str, compiled: bool, **environment) -> list:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _ASK.format(block=block, compiled=compiled)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.skipif(not search.COMPILED, reason="numba is not installed here")
def test_the_answers_are_the_same_without_the_compiler():
    compiled = answers("", True)
    assert len(compiled[0]) == 20
    assert answers("sys.modules['numba'] = None", False) == compiled


@pytest.mark.skipif(not search.COMPILED, reason="numba is not installed here")
def test_nowhere_to_keep_what_is_compiled_costs_time_but_no_answer(tmp_path):
    """Both folders that it might be kept in are files."""
    shutil.copytree(
        ROOT / "assetmap", tmp_path / "assetmap", ignore=shutil.ignore_patterns("__pycache__", "web")
    )
    (tmp_path / "assetmap/network/__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    block = f"sys.path.insert(0, {str(tmp_path)!r}); sys.dont_write_bytecode = True"
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"), str(tmp_path / "home"))
    assert answers(block, True, **homes) == answers("", True)


# -- a real city ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def newport(realdata) -> Network:
    path = realdata / "newport/newport-2023-06-13.osm.pbf"
    whole = gpd.GeoSeries([box(310_000, 170_000, 350_000, 210_000)], crs=27700)
    return read_network(Entry("network", {"file": path.name}, path.parent), whole)[0]


def at_junctions(streets: Network, junctions: np.ndarray) -> Joined:
    """Points that stand on junctions, which no other stretch on the same spot can catch."""
    stretch = np.full(len(streets.xy), -1, np.int32)
    stretch[streets.start] = stretch[streets.end] = 0
    for end in (streets.start, streets.end):
        stretch[end] = np.arange(len(end))
    stretch = stretch[junctions]
    share = (streets.end[stretch] == junctions).astype(float)
    return Joined(shapely.points(streets.xy[junctions]), stretch, share, np.zeros(len(junctions)))


def as_networkx(streets: Network) -> nx.Graph:
    graph = nx.Graph()
    order = np.argsort(-streets.length_m, kind="stable")
    stretches = (each[order].tolist() for each in (streets.start, streets.end, streets.length_m))
    graph.add_weighted_edges_from(zip(*stretches, strict=True), weight="m")  # of two, the shorter comes last
    return graph


@pytest.mark.realdata
def test_every_junction_of_newport_agrees_with_networkx(newport):
    """Nearest of 12 kinds, and counts of 12 kinds within 5, 10 and 15 minutes, from each of 43,000 junctions."""
    assert len(newport.xy) > 40_000
    graph = as_networkx(newport)
    places = np.random.default_rng(4).choice(len(newport.xy), 240, replace=False)
    kind = np.arange(240) % KINDS
    joined = at_junctions(newport, places)
    every = np.arange(len(newport.xy))

    groups = [at_junctions(newport, places[kind == k]) for k in range(KINDS)]
    ours = network.nearest(newport, groups)
    with pytest.MonkeyPatch.context() as patch:  # as a larger network would be searched
        patch.setattr("assetmap.network.walk._BLOCK", 1_000)
        np.testing.assert_array_equal(network.nearest(newport, groups), ours)
    for k in range(KINDS):
        theirs = nx.multi_source_dijkstra_path_length(graph, places[kind == k].tolist(), weight="m")
        np.testing.assert_allclose(ours[k], [theirs.get(j, np.nan) for j in every.tolist()], atol=0.001)

    counts = network.counts(
        newport, at_junctions(newport, every), joined, np.arange(240), kind, KINDS, LIMITS_M
    )
    # On foot the way back is as long, so theirs are searched from the places. A millimetre either way is no fault.
    least, most = np.zeros_like(counts), np.zeros_like(counts)
    for place, k in zip(places.tolist(), kind.tolist(), strict=True):
        way = nx.single_source_dijkstra_path_length(graph, place, cutoff=max(LIMITS_M) + 1, weight="m")
        reached, metres = np.array(list(way)), np.array(list(way.values()))
        for number, limit in enumerate(LIMITS_M):
            least[reached[metres <= limit - 0.001], k, number] += 1
            most[reached[metres <= limit + 0.001], k, number] += 1
    assert most.sum() > 100_000
    assert ((least <= counts) & (counts <= most)).all()
    assert (least != most).mean() < 1e-4


@pytest.mark.realdata
def test_real_points_off_the_streets_are_paired_the_same_from_either_side(newport):
    """Few origins and many places, and the other way about: each is searched from the few."""
    random = np.random.default_rng(8)
    few, many = (
        shapely.points(newport.xy[random.choice(len(newport.xy), number)] + random.normal(0, 40, (number, 2)))
        for number in (40, 400)
    )
    one = network.pairs(newport, few, many, np.arange(400), 1_200)
    other = network.pairs(newport, many, few, np.arange(40), 1_200)
    back = other.rename(columns={"origin": "place", "place": "origin"}).sort_values(["origin", "place"])
    assert len(one) > 400
    assert one["origin"].tolist() == back["origin"].tolist()
    assert one["place"].tolist() == back["place"].tolist()
    np.testing.assert_allclose(one["walk_m"], back["walk_m"], atol=0.0011)
