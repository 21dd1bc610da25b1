"""Measures on the toy place, with answers derived by hand, and what must hold for any place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, box
from shapely.ops import unary_union

from assetmap import measures
from assetmap.measures.reach import decay
from assetmap.sources.boundaries import area_of
from tests.toy import place_at

HOME = gpd.GeoSeries([Point(0, 0), Point(5_000, 0)], index=pd.Index(["A", "B"], name="area_code"), crs=27700)


def test_decay_is_one_at_the_door_and_nought_at_the_edge_and_beyond():
    assert decay(np.array([0, 1200, 1300]), 1200).tolist() == [1, 0, 0]
    # (e^(-1/8) - e^(-1/2)) / (1 - e^(-1/2)), worked by hand: (0.882497 - 0.606531) / 0.393469
    assert decay(np.array([600]), 1200)[0] == pytest.approx(0.701364, abs=1e-5)


def test_second_of_a_kind_counts_half_and_first_of_another_kind_counts_whole():
    library = place_at("library", (0, 0), (0, 600))
    walks = measures.walks(HOME, library, 1200, 1.0)
    assert measures.reach(walks)["A"] == pytest.approx(1 + 0.701364 / 2, abs=1e-5)
    cafe = pd.concat([library, place_at("cafe", (0, 0))])
    assert measures.reach(measures.walks(HOME, cafe, 1200, 1.0))["A"] == pytest.approx(
        2 + 0.701364 / 2, abs=1e-5
    )


def test_catchment_is_on_foot_so_the_detour_factor_shrinks_the_straight_line():
    # 923 m x 1.3 = 1,199.9 m is within 1,200 m on foot; 924 m x 1.3 = 1,201.2 m is not.
    for metres, within in ((923, 1), (924, 0)):
        walks = measures.walks(HOME, place_at("library", (metres, 0)), 1200, 1.3)
        assert measures.count(walks)["A"] == within
        assert measures.nearest_m(walks)["A"] == pytest.approx(metres * 1.3)


def test_nearest_is_told_however_far_and_is_na_only_where_nothing_is_known():
    walks = measures.walks(HOME, place_at("library", (0, 0)), 1200, 1.0)
    assert measures.nearest_m(walks).tolist() == [0, 5_000]
    assert measures.nearest_m(measures.walks(HOME, place_at("library"), 1200, 1.0)).isna().all()


def test_a_site_is_reached_by_its_nearest_entrance():
    site = gpd.GeoDataFrame(
        {"kind": ["park"]}, geometry=[MultiPoint([(300, 0), (5_000, 400)])], index=["p"], crs=27700
    )
    assert measures.nearest_m(measures.walks(HOME, site, 1200, 1.0)).tolist() == [300, 400]


def test_measures_are_indexed_like_the_areas():
    walks = measures.walks(HOME, place_at("library", (0, 0)), 1200, 1.0)
    for measure in (measures.reach, measures.count, measures.kinds_count, measures.nearest_m):
        pd.testing.assert_index_equal(measure(walks).index, HOME.index)


def test_two_reference_systems_are_an_error():
    with pytest.raises(ValueError, match="EPSG:3857"):
        measures.walks(HOME, place_at("library", (0, 0)).set_crs(3857, allow_override=True), 1200, 1.0)


def test_green_hectares_count_overlaps_once_and_nobody_gives_na():
    areas = gpd.GeoDataFrame(
        geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], index=["A", "B"], crs=27700
    )
    sites = gpd.GeoDataFrame(
        geometry=[box(0, 0, 200, 100), box(100, 0, 200, 100)], crs=27700
    )  # 2 ha, half told twice
    people = pd.Series([500, 0], index=["A", "B"], dtype="Float64")
    green = measures.green_ha_per_1000(areas, sites, people)
    assert green["A"] == pytest.approx(4.0)
    assert pd.isna(green["B"])


def test_greenspace_standard_is_a_straight_line_from_the_boundary_of_a_large_enough_site():
    site = gpd.GeoDataFrame({"area_ha": [2.0]}, geometry=[box(200, -100, 300, 100)], crs=27700)
    assert measures.ags_met(HOME, site, 0.5, 200).tolist() == [True, False]
    assert measures.ags_met(HOME, site, 0.5, 199).tolist() == [False, False]
    assert measures.ags_met(HOME, site, 2.1, 300).tolist() == [False, False]


metres = st.floats(-2_000, 2_000)
points = st.lists(st.tuples(metres, metres), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(points, st.tuples(metres, metres))
def test_adding_a_place_never_lowers_reach_nor_lengthens_the_way(known, new):
    before = measures.walks(HOME, place_at("library", *known), 1200, 1.3)
    after = measures.walks(HOME, place_at("library", *known, new), 1200, 1.3)
    assert (measures.reach(after) >= measures.reach(before) - 1e-12).all()
    assert (measures.nearest_m(after) <= measures.nearest_m(before)).all()
    assert (measures.count(after) >= measures.count(before)).all()


@settings(max_examples=50, deadline=None)
@given(points, st.randoms())
def test_the_order_of_rows_does_not_matter(known, random):
    places = place_at("library", *known)
    shuffled = places.sample(frac=1, random_state=random.randint(0, 2**31))
    pd.testing.assert_series_equal(
        measures.reach(measures.walks(HOME, places, 1200, 1.3)),
        measures.reach(measures.walks(HOME, shuffled, 1200, 1.3)),
    )


boxes = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 8)] * 2).map(
    lambda each: box(each[0], each[1], each[0] + each[2], each[1] + each[3])
)


@given(st.lists(boxes, max_size=8))
def test_green_ground_is_as_an_overlay_has_it_and_counted_once(sites):
    areas = gpd.GeoSeries([box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 20, 30)], list("ABC"), crs=27700)
    found = measures.green_m2(areas, gpd.GeoSeries(sites, crs=27700))
    joined = gpd.GeoSeries([unary_union(sites)], crs=27700)
    expected = [area.intersection(joined.iloc[0]).area for area in areas]
    assert found.index.tolist() == list("ABC")
    assert found.tolist() == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(st.integers(-1, 21), st.integers(-1, 21)), max_size=12))
def test_a_point_is_in_the_first_area_that_holds_it(points):
    shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 20, 20)]
    areas = gpd.GeoDataFrame(geometry=shapes, index=pd.Index(list("ABC"), name="area_code"), crs=27700)
    found = area_of(
        gpd.GeoSeries(gpd.points_from_xy(*zip(*points, strict=True)) if points else [], crs=27700), areas
    )
    expected = [
        next((code for code, shape in areas.geometry.items() if shape.intersects(Point(xy))), None)
        for xy in points
    ]
    assert [None if pd.isna(code) else code for code in found] == expected
