"""A saved place loads again as the same place."""

from __future__ import annotations

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal, assert_geoseries_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from assetmap import OutputError, assess, load
from assetmap.sources import save
from tests.toy import RECIPE, write_toy


def assert_same_place(one, other) -> None:
    for name in ("areas", "assets", "green_space", "entrances", "backdrop"):
        left, right = getattr(one, name), getattr(other, name)
        assert_geodataframe_equal(
            left.sort_index(), right.sort_index(), check_less_precise=False, check_dtype=False, check_crs=True
        )
    assert_geoseries_equal(one.origins, other.origins, check_index_type=False)
    assert_series_equal(one.population, other.population, check_dtype=False)
    assert_frame_equal(one.deprivation, other.deprivation, check_dtype=False)
    keys = ["list", "name"]
    assert_frame_equal(
        one.organisations.sort_values(keys).reset_index(drop=True),
        other.organisations.sort_values(keys).reset_index(drop=True),
        check_dtype=False,
    )
    assert_frame_equal(one.neighbourhoods, other.neighbourhoods, check_dtype=False)
    assert_frame_equal(one.indicators, other.indicators, check_dtype=False)
    assert_frame_equal(one.indicators_about, other.indicators_about, check_dtype=False)
    assert_frame_equal(one.grants, other.grants, check_dtype=False)
    assert_frame_equal(one.bodies.drop(columns="list"), other.bodies.drop(columns="list"), check_dtype=False)
    assert (one.themes, one.settings, one.level, one.crs) == (
        other.themes,
        other.settings,
        other.level,
        other.crs,
    )
    assert one.footprints.keys() == other.footprints.keys()
    assert_frame_equal(assess(one).areas, assess(other).areas, check_dtype=False)


MONEY = """
[[grants]]
name = "Ward fund"
file = "grants.csv"

[[bodies]]
name = "Forums"
file = "bodies.csv"
title = "name"
kind = "residents_association"
code = "areas"
"""
ESTATE = """
[[neighbourhoods]]
name = "Estates"
file = "estates.csv"
title = "estate"
code = "area"
share = "part"
"""
ESTATES = "estate,area,part\nThe Flats,E01000001,1\nThe Flats,E01000002,0.25\n"
GRANTS = "Identifier,Recipient Org:Name,Amount Awarded,Currency,Award Date\n1,Chess Club,500,GBP,2025-04-01\n"
BODIES = "name,areas\nWest Forum,E01000001; E01000002\n"


@pytest.mark.parametrize("place", ["demo", "toy"])
def test_a_saved_place_is_the_same_place(tmp_path, place):
    toy = write_toy(
        tmp_path / "toy",
        place_toml=RECIPE + MONEY + ESTATE,
        grants_csv=GRANTS,
        bodies_csv=BODIES,
        estates_csv=ESTATES,
    )
    first = load(place if place == "demo" else toy)
    assert place == "demo" or (len(first.grants), len(first.bodies), len(first.neighbourhoods)) == (1, 1, 2)
    save(first, tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert_same_place(first, again)
    assert [str(problem) for problem in again.problems if problem.severity != "note"] == []


def test_the_same_place_is_saved_as_the_same_bytes_and_never_over_another(tmp_path):
    place = load(write_toy(tmp_path / "toy"))
    for name in ("one", "two"):
        save(place, tmp_path / name)
    for file in ("place.gpkg", "place.toml"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    with pytest.raises(OutputError, match="There is a place in that folder already"):
        save(place, tmp_path / "one")


def test_an_edit_in_the_saved_file_is_what_loads_next(tmp_path):
    save(load(write_toy(tmp_path / "toy")), tmp_path / "saved")
    file = tmp_path / "saved/place.gpkg"
    assets = gpd.read_file(file, layer="assets")
    assets.loc[assets["name"] == "East Hub", "name"] = "The Eastern Hub"
    assets.to_file(file, layer="assets", driver="GPKG")
    assert "The Eastern Hub" in set(load(tmp_path / "saved").assets["name"])
