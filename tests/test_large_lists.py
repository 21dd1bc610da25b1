"""What is done in a quicker way for long lists and whole countries gives what the plain way gives."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from assetmap import load
from assetmap.sources.boundaries import near, outline_of
from assetmap.taxonomy import kinds, sensitive_name, spoken
from tests.toy import RECIPE, write_toy

AREAS = gpd.GeoDataFrame(
    geometry=[
        box(0, 0, 1_000, 1_000),
        shapely.union(box(1_000, 0, 5_000, 500), box(9_000, 0, 9_100, 9_000)),
        box(3_000, 3_000, 6_000, 6_000).difference(box(3_500, 3_500, 5_500, 5_500)),
    ],
    crs=27700,
)
PLACES = st.tuples(*[st.floats(-20_000, 30_000)] * 2)


@given(st.lists(PLACES, min_size=1, max_size=20), st.sampled_from([1, 250, 10_000]))
def test_what_is_near_is_what_the_distance_says(places, within):
    shapes = gpd.GeoSeries([Point(place) for place in places], crs=27700)
    away = shapes.distance(AREAS.union_all())
    clear = (away - within).abs() > 1e-6  # on the very edge either may be right
    assert near(shapes, outline_of(AREAS), within)[clear].tolist() == (away <= within)[clear].tolist()


def test_no_place_is_near_nothing_and_a_line_or_an_area_may_cross_the_place():
    shapes = gpd.GeoSeries(
        [
            None,
            LineString([(-9_000, 500), (9_000, 500)]),
            box(-9, -9, 20_000, 20_000),
            Point(),
            Point(4_500, 4_500),
        ],
        index=list("abcde"),
        crs=27700,
    )
    assert near(shapes, outline_of(AREAS), 10).to_dict() == {
        "a": False,
        "b": True,
        "c": True,
        "d": False,
        "e": False,
    }
    assert near(shapes.iloc[:0], outline_of(AREAS), 10).empty


LIST = "name,kind,easting,northing,postcode\n"


def test_one_row_told_twenty_thousand_times_is_one_place(tmp_path):
    rows = "Post Box,Library,400500,300500,\n" * 20_000
    place = load(write_toy(tmp_path, venues_csv=f"{LIST}{rows}post box,Library,400550,300500,\n"))
    assert place.assets["name"].tolist() == ["Post Box"]
    doubles = [each for each in place.problems if each.severity == "duplicate"]
    assert [each.row for each in doubles] == list(range(3, 20_003))
    assert {each.what for each in doubles} == {
        "“Post Box” is already there, from venues.csv row 2.",
        "“post box” is already there, from venues.csv row 2.",
    }


@pytest.mark.parametrize("name", ["", "-"])
def test_places_without_a_name_are_never_one_place(tmp_path, name):
    place = load(write_toy(tmp_path, venues_csv=LIST + f"{name},Library,400500,300500,\n" * 3))
    assert len(place.assets) == 3


def test_every_row_may_be_bad_and_each_is_told_once(tmp_path):
    faults = {
        "Somewhere,Library,0,0,": "Its coordinates are (0, 0) or another sign for unknown.",
        "Nowhere,Library,,,": "It has no location.",
        "Strange,Casino,400500,300500,": "“Casino” is not a kind that the taxonomy knows.",
        "Ragged,Library": "The row has 2 cells where the header has 5.",
    }
    rows = "".join(f"{row}\n" for _ in range(10_000) for row in faults)
    place = load(write_toy(tmp_path, venues_csv=LIST + rows))
    told = pd.DataFrame([(each.row, each.what) for each in place.problems if each.severity == "rejected"])
    assert sorted(told[0]) == list(range(2, 40_002))
    assert told[1].value_counts().to_dict() == dict.fromkeys(faults.values(), 10_000)
    layer = next(each for each in place.layers if each.name == "assets: Venues")
    assert (layer.rows_in, layer.rows_used, layer.rows_rejected) == (40_000, 0, 40_000)


def phrases() -> list[str]:
    return [word for kind in kinds().values() for word in (*kind.names, *kind.in_name)]


@given(st.lists(st.sampled_from([*phrases(), "St Mary’s", "Old", "at", "for", "Wrenmouth"]), max_size=4))
def test_a_name_is_sensitive_where_a_close_reading_of_it_finds_a_sensitive_kind(parts):
    name = " ".join(parts)
    closely = next((each.kind for each in spoken(name) if kinds()[each.kind].sensitive), None)
    told = sensitive_name(name)
    assert (told.kind if told else None) == closely


@pytest.mark.parametrize("name", ["Women’s Aid", "Réfuge", "Recovery communities"])
def test_no_way_of_writing_a_sensitive_name_makes_it_a_point(tmp_path, name):
    place = load(write_toy(tmp_path, venues_csv=f"{LIST}{name},Hub,400500,300500,\n"))
    assert place.assets.empty
    assert place.organisations["name"].tolist() == [name]


def test_neighbours_that_meet_to_the_millimetre_do_not_overlap_and_others_do(tmp_path):
    squares = [box(400_000 + 1_000 * n, 300_000, 401_000 + 1_000 * n + 0.0004 * n, 301_000) for n in range(4)]
    areas = gpd.GeoDataFrame(
        {"area_code": [f"E0100000{n}" for n in range(1, 5)], "area_name": list("ABCD")},
        geometry=squares,
        crs=27700,
    )
    folder = write_toy(tmp_path, place_toml=RECIPE.replace("areas.geojson", "areas.gpkg"))
    areas.to_file(folder / "areas.gpkg")
    assert not [each for each in load(folder).problems if "overlap" in each.what]
    areas.geometry = [*squares[:3], box(402_990, 300_000, 404_000, 301_000)]
    areas.to_file(folder / "areas.gpkg")
    (told,) = [each.what for each in load(folder).problems if "overlap" in each.what]
    assert (
        told
        == "Areas overlap: 1.0 hectares belong to more than one. Most of it is between E01000003 and E01000004."
    )


def test_points_on_a_shared_border_are_of_the_first_area_by_code(tmp_path):
    rows = "".join(f"Hall {n},Hub,{401_000 + 1_000 * n},300500,\n" for n in range(3))
    place = load(write_toy(tmp_path, venues_csv=LIST + rows + "Beyond,Hub,399900,300500,\n"))
    found = place.assets.set_index("name")["area_code"]
    assert found.drop("Beyond").tolist() == ["E01000001", "E01000002", "E01000003"]
    assert pd.isna(found["Beyond"])
    assert np.isin(place.assets.index.str.len(), [12]).all()
