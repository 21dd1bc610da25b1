"""The area that can be walked from a point: answers by hand, and a real city."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiLineString, Point

from assetmap import network
from tests.test_walk import net, newport

__all__ = ["newport"]

#: Four streets of 100 m that meet in the middle.
CROSS = net([(0, 0), (-100, 0), (100, 0), (0, -100), (0, 100)], *[(0, arm, 100) for arm in range(1, 5)])


def beside(*lines, metres=25):
    return shapely.union_all(shapely.buffer([LineString(line) for line in lines], metres, quad_segs=2))


def differ_m2(one, other) -> float:
    return shapely.symmetric_difference(one, other).area


def test_all_arms_of_a_crossing_are_walked_as_far_as_the_metres_go():
    found = network.walkable(CROSS, Point(0, 0), 60)
    assert found.geom_type == "Polygon"
    assert differ_m2(found, beside([(-60, 0), (60, 0)], [(0, -60), (0, 60)])) < 1
    assert found.covers(Point(84, 0))
    assert not found.intersects(Point(86, 0))


def test_from_beside_an_arm_the_way_to_it_counts_and_the_others_get_what_is_left():
    # 10 m to the street at 40 m from the crossing; 90 m are left: 50 m beyond the crossing, and the arm's last 60 m.
    found = network.walkable(CROSS, Point(40, 10), 100, beside_m=5)
    expected = beside([(-50, 0), (100, 0)], [(0, -50), (0, 50)], [(40, 0), (40, 10)], metres=5)
    assert differ_m2(found, expected) < 0.01


def test_a_walk_that_ends_on_its_own_stretch_stays_there():
    found = network.walkable(CROSS, Point(50, 0), 20, beside_m=5)
    assert differ_m2(found, beside([(30, 0), (70, 0)], metres=5)) < 0.01


def test_the_far_side_of_a_block_is_reached_from_both_ends_and_its_middle_is_left_out():
    ring = net([(0, 0), (100, 0), (100, 100), (0, 100)], (0, 1, 100), (1, 2, 100), (2, 3, 100), (3, 0, 100))
    found = network.walkable(ring, Point(50, 0), 180, beside_m=5)
    assert (
        differ_m2(found, beside([(70, 100), (100, 100), (100, 0), (0, 0), (0, 100), (30, 100)], metres=5))
        < 0.01
    )
    whole = network.walkable(ring, Point(50, 0), 200, beside_m=5)
    assert len(whole.interiors) == 1
    assert differ_m2(whole, beside([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], metres=5)) < 0.01


def test_farther_from_any_street_than_the_walk_goes_only_the_spot_itself_is_told():
    found = network.walkable(CROSS, Point(50, 500), 300, beside_m=5)
    assert differ_m2(found, shapely.buffer(Point(50, 500), 5, quad_segs=2)) < 0.01
    lone = network.walkable(net([(0, 0)]), Point(3, 0), 300, beside_m=5)
    assert differ_m2(lone, shapely.buffer(Point(3, 0), 5, quad_segs=2)) < 0.01


@pytest.mark.realdata
def test_a_real_catchment_holds_every_junction_within_reach_and_grows_with_the_walk(newport):
    start = Point(newport.xy[np.hypot(*(newport.xy - (331_000, 188_000)).T).argmin()])
    metres = network.nearest(newport, [np.array([start], dtype=object)])[0]
    before = start
    for limit_m in (400, 800, 1_200):
        found = network.walkable(newport, start, limit_m)
        assert found.is_valid
        assert found.buffer(0.01).covers(before)
        whole = metres[newport.start] + newport.length_m + metres[newport.end] <= 2 * limit_m
        within = MultiLineString(list(newport.stretches[whole]))
        assert found.covers(within)
        far = shapely.points(newport.xy[metres > limit_m])
        # Who is beside a street that is within reach, and not on it, may be farther by their own way.
        assert shapely.distance(far[shapely.covers(found, far)], start).max() <= limit_m + 25
        before = found


@pytest.mark.realdata
def test_a_real_catchment_of_15_minutes_is_drawn_at_once(newport):
    start = Point(331_000, 188_000)
    network.walkable(newport, start, 1_200)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        network.walkable(newport, start, 1_200)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 1  # a tenth of that on a machine with nothing else to do
