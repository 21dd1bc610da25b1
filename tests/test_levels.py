"""Whether the headline holds for smaller and larger areas: what must come out the same, rules by hand, and a real place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from assetmap import Settings, assess, load
from assetmap.columns import LEVEL_COLUMNS
from assetmap.inequality import group_means, relative_rank, slope_index
from assetmap.levels import (
    _VERDICTS,
    AREAS,
    CANNOT_TELL,
    DOES_NOT_HOLD,
    HEADLINES,
    HOLDS,
    _Figure,
    correlation,
    dividing_lists,
    levels,
    what_to_add,
)
from assetmap.views.patterns import levels_html
from tests.toy import write_toy
from tests.trafford import write_trafford


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


def wards(place, size: int, name: str = "Wards") -> pd.DataFrame:
    """So many areas to a ward, in the order of the areas."""
    codes = place.areas.index
    return pd.DataFrame(
        {
            "list": name,
            "neighbourhood": [f"Ward {n // size:02}" for n in range(len(codes))],
            "area_code": codes,
            "share": 1.0,
            "method": "areas as listed",
        }
    )


def with_points(place) -> gpd.GeoDataFrame:
    """One point an area, where its people are, counting all its residents."""
    return gpd.GeoDataFrame(
        {"area_code": place.origins.index, "people": place.population.astype("Float64").to_numpy()},
        geometry=place.origins.to_numpy(),
        crs=place.crs,
    )


def figures(table: pd.DataFrame, level: str) -> pd.DataFrame:
    columns = ["figure", "lower", "upper", "most_deprived", "least_deprived"]
    return table[table["level"] == level].set_index("headline")[columns].astype(float)


# -- what must come out the same ------------------------------------------------------------------


def test_wards_of_one_area_each_say_what_areas_say(demo):
    place = replace(demo.place, neighbourhoods=wards(demo.place, 1))
    told = levels(assess(place))
    pd.testing.assert_frame_equal(figures(told, "Larger: Wards"), figures(told, AREAS))
    assert set(told.loc[told["level"] != AREAS, "holds"]) == {HOLDS}


def test_points_of_one_an_area_say_what_areas_say(demo):
    place = replace(demo.place, residents=with_points(demo.place), residents_method="one point an area")
    told = levels(assess(place))
    pd.testing.assert_frame_equal(figures(told, "Smaller: one point an area"), figures(told, AREAS))
    assert set(told.loc[told["level"] != AREAS, "holds"]) == {HOLDS}


def test_a_measure_that_counts_people_is_worked_out_for_points_too(demo):
    settings = Settings(measure_hubs="e2sfca", measure_groups="nearest", normalisation="z_score")
    place = replace(demo.place, residents=with_points(demo.place), residents_method="one point an area")
    told = levels(assess(place, settings))
    pd.testing.assert_frame_equal(figures(told, "Smaller: one point an area"), figures(told, AREAS))


def test_areas_put_in_another_order_say_the_same(demo):
    members = wards(demo.place, 4)
    told = levels(replace(demo, place=replace(demo.place, neighbourhoods=members)))
    turned = levels(
        replace(demo, place=replace(demo.place, neighbourhoods=members.sample(frac=1, random_state=1)))
    )
    pd.testing.assert_frame_equal(told, turned)


# -- by hand --------------------------------------------------------------------------------------


def test_wards_have_the_means_of_their_residents(demo):
    """Fifteen wards of four areas, worked out here from the table of areas."""
    place = replace(demo.place, neighbourhoods=wards(demo.place, 4))
    told = figures(levels(replace(demo, place=place)), "Larger: Wards")
    ward = np.arange(60) // 4
    areas = demo.areas.assign(order=demo.place.deprivation["imd_rank"])
    people = areas["population"].to_numpy(float)

    def mean(name: str) -> np.ndarray:
        values = areas[name].to_numpy(float)
        return np.bincount(ward, values * people) / np.bincount(ward, people)

    total, order = np.bincount(ward, people), mean("order")
    group = np.ceil(relative_rank(total, order) * 5).astype(int) - 1
    line = slope_index(*group_means(mean("hubs_walk_min"), total, group))
    assert told.loc["hubs", "figure"] == pytest.approx(line.sii, abs=5e-5)
    ranks = pd.DataFrame({"lack": -mean("resource_lack"), "order": order}).rank()
    assert told.loc["correlation", "figure"] == pytest.approx(ranks["lack"].corr(ranks["order"]), abs=5e-5)


def test_a_ward_is_a_priority_where_most_of_its_residents_say_so(demo):
    """The four priorities as one ward, the other areas as fourteen: it is the lowest, deprived, and short of hubs for all."""
    codes = demo.areas.index
    first = demo.priorities.index
    names = {code: f"Ward {n // 4:02}" for n, code in enumerate(codes.difference(first))}
    members = wards(demo.place, 4).assign(
        neighbourhood=lambda each: each["area_code"].map(names).fillna("Sallows")
    )
    told = levels(replace(demo, place=replace(demo.place, neighbourhoods=members)))
    shares = told[told["headline"] == "priority_share"].set_index("level")["figure"]
    expected = demo.priorities["population"].sum() / demo.areas["population"].sum()
    assert shares["Larger: Wards"] == pytest.approx(expected, abs=5e-5)
    assert shares[AREAS] == shares["Larger: Wards"]


def test_the_correlation_has_the_interval_of_bonett_and_wright():
    # r = 0.5 of 28: Fisher’s 0.5493, standard error √(1.125 / 25) = 0.2121, half-width 0.4158.
    found = correlation(*_with_spearman_half(28))
    assert found.figure == pytest.approx(0.5, abs=0.01)
    assert found.lower == pytest.approx(np.tanh(0.5493 - 0.4158), abs=0.02)
    assert found.upper == pytest.approx(np.tanh(0.5493 + 0.4158), abs=0.02)


def _with_spearman_half(number: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    order = np.arange(float(number))
    for _ in range(100_000):
        other = chance.permutation(number).astype(float)
        if abs(np.corrcoef(order, other)[0, 1] - 0.5) < 0.005:
            return order, other
    raise AssertionError("no such order was drawn")


@pytest.mark.parametrize(
    ("rank", "order"),
    [
        (np.arange(9.0), np.arange(9.0)),
        (np.ones(20), np.arange(20.0)),
        (np.where(np.arange(20) < 11, np.nan, np.arange(20.0)), np.arange(20.0)),
    ],
)
def test_too_few_or_all_alike_have_no_correlation(rank, order):
    assert np.isnan(correlation(rank, order).figure)


# -- the rules ------------------------------------------------------------------------------------

NOT_TOLD = _Figure(np.nan)


@pytest.mark.parametrize(
    ("headline", "areas", "other", "verdict"),
    [
        ("hubs", _Figure(4, 2, 6), _Figure(1, 0.5, 2), HOLDS),
        ("hubs", _Figure(4, -2, 6), _Figure(-1, -3, 2), HOLDS),
        ("hubs", _Figure(4, 2, 6), _Figure(3, -1, 7), CANNOT_TELL),
        ("hubs", _Figure(4, 2, 6), _Figure(-1, -4, 2), DOES_NOT_HOLD),
        ("hubs", _Figure(4, 2, 6), _Figure(-3, -4, -2), DOES_NOT_HOLD),
        ("hubs", _Figure(4, -2, 6), _Figure(3, 2, 4), DOES_NOT_HOLD),
        ("hubs", _Figure(4, 2, 6), NOT_TOLD, CANNOT_TELL),
        ("hubs", NOT_TOLD, _Figure(4, 2, 6), CANNOT_TELL),
        ("hubs", _Figure(4, 2, 6), _Figure(4), CANNOT_TELL),
        ("correlation", _Figure(0.4, 0.2, 0.5), _Figure(0.25, 0.1, 0.4), HOLDS),
        ("correlation", _Figure(0.1, 0, 0.2), _Figure(-0.1, -0.2, 0), HOLDS),
        ("correlation", _Figure(-0.16, -0.3, 0), _Figure(-0.54, -0.8, -0.1), CANNOT_TELL),
        ("correlation", _Figure(0.4, 0.3, 0.5), _Figure(-0.54, -0.8, -0.1), DOES_NOT_HOLD),
        ("correlation", NOT_TOLD, _Figure(0.4, 0.3, 0.5), CANNOT_TELL),
        ("priority_share", _Figure(0.10), _Figure(0.14), HOLDS),
        ("priority_share", _Figure(0.0), _Figure(0.0), HOLDS),
        ("priority_share", _Figure(0.10), _Figure(0.16), DOES_NOT_HOLD),
        ("priority_share", _Figure(0.02), _Figure(0.0), DOES_NOT_HOLD),
        ("priority_share", _Figure(0.02), NOT_TOLD, CANNOT_TELL),
    ],
)
def test_what_holds(headline, areas, other, verdict):
    assert _VERDICTS[headline](areas, other) == verdict


# -- lists ----------------------------------------------------------------------------------------


def test_only_lists_that_divide_the_whole_place_are_levels(demo):
    whole = wards(demo.place, 4)
    halves = pd.concat([whole.assign(share=0.5), whole.assign(share=0.5, neighbourhood="The other half")])
    part = wards(demo.place, 4, "Part").iloc[1:]
    twice = pd.concat(
        [wards(demo.place, 4, "Twice"), wards(demo.place, 4, "Twice").iloc[:1].assign(neighbourhood="X")]
    )
    one = wards(demo.place, 60, "One")
    members = pd.concat([whole, halves.assign(list="Halves"), part, twice, one], ignore_index=True)
    assert dividing_lists(replace(demo.place, neighbourhoods=members)) == ["Wards", "Halves"]


def test_a_share_of_an_area_counts_that_share_of_its_residents(demo):
    whole = wards(demo.place, 4)
    halves = pd.concat([whole.assign(share=0.5), whole.assign(share=0.5)], ignore_index=True)
    told = [levels(replace(demo, place=replace(demo.place, neighbourhoods=each))) for each in (whole, halves)]
    pd.testing.assert_frame_equal(figures(told[0], "Larger: Wards"), figures(told[1], "Larger: Wards"))


# -- what is not known ----------------------------------------------------------------------------


def test_a_place_without_points_or_lists_says_what_to_add(demo):
    told = levels(demo)
    assert told["level"].unique().tolist() == [AREAS]
    assert set(told["holds"]) == {""}
    html = levels_html(demo, told)
    assert "neither finer points nor larger areas" in html
    for each in what_to_add(demo.place):
        assert each in html
    assert "[residents]" in html
    assert "[[neighbourhoods]]" in html


def test_what_is_given_is_not_asked_for(demo):
    place = replace(demo.place, residents=with_points(demo.place), neighbourhoods=wards(demo.place, 4))
    assert what_to_add(place) == []


def test_four_areas_are_too_few_for_fifths_and_that_is_said(tmp_path):
    toy = assess(load(write_toy(tmp_path)))
    told = levels(toy).set_index("headline")
    assert told.loc[["hubs", "green_space", "correlation"], "figure"].isna().all()
    assert told.loc["hubs", "sentence"] == "With 4 units, or for want of figures, this cannot be worked out."


def test_unknown_residents_leave_the_share_unknown(demo):
    areas = demo.areas.copy()
    areas.loc[areas.index[0], "population"] = pd.NA
    place = replace(demo.place, neighbourhoods=wards(demo.place, 4))
    told = levels(replace(demo, areas=areas, place=place))
    shares = told[told["headline"] == "priority_share"]
    assert shares["figure"].isna().all()
    assert shares["holds"].tolist() == ["", CANNOT_TELL]
    # The ward that the area is in has no mean: fourteen are left to compare.
    assert told.loc[told["headline"] == "correlation", "figure"].notna().all()


def test_unknown_deprivation_leaves_all_unknown(demo):
    areas = demo.areas.assign(deprivation_decile=pd.array([pd.NA] * 60, "Int64"))
    place = replace(demo.place, neighbourhoods=wards(demo.place, 4))
    told = levels(replace(demo, areas=areas, place=place))
    assert told["figure"].isna().all()
    assert set(told.loc[told["level"] != AREAS, "holds"]) == {CANNOT_TELL}


# -- the table and the words ----------------------------------------------------------------------


def test_the_table_has_the_columns_of_the_registry(demo):
    told = levels(replace(demo, place=replace(demo.place, neighbourhoods=wards(demo.place, 4))))
    assert list(told) == list(LEVEL_COLUMNS)
    assert told["headline"].tolist() == [*HEADLINES] * 2
    assert told["units"].tolist() == [60] * 4 + [15] * 4


def test_the_page_says_each_headline_and_each_verdict(demo):
    place = replace(demo.place, neighbourhoods=wards(demo.place, 4, "<i>Wards</i>"))
    told = levels(replace(demo, place=place))
    html = levels_html(replace(demo, place=place), told)
    for headline in HEADLINES.values():
        assert f"<h3>{headline}</h3>" in html
    assert "<i>" not in html
    assert "&lt;i&gt;Wards" in html
    for sentence in told["sentence"]:
        assert sentence in html


# -- a real place ---------------------------------------------------------------------------------

_LEVELS = """
[residents]
file = "oa.csv"
easting = "x"
northing = "y"
people = "people"
method = "output areas"

[[neighbourhoods]]
name = "Wards"
file = "{data}/trafford/boundaries/lookups_2021_lsoa_to_ward_best-fit_lookup.csv"
code = "lsoa21cd"
title = "wd22nm"
where = {{ lad22nm = "Trafford" }}
"""


def write_with_levels(folder: Path, data: Path) -> Path:
    """Trafford with its output areas, each once though the file has some twice, and its wards."""
    write_trafford(folder, data)
    shapes = gpd.read_file(data / "trafford/boundaries/council__oa.geojson").drop_duplicates("area_code")
    people = pd.read_csv(data / "trafford/population/mid-year_2024_population_estimates_oa.csv")
    people = people[people["sex"] == "Persons"][["area_code", "all_ages"]]
    both = shapes.to_crs(27700).merge(people, on="area_code", validate="one_to_one")
    points = both.representative_point()
    table = {
        "oa": both["area_code"],
        "x": points.x.round(),
        "y": points.y.round(),
        "people": both["all_ages"],
    }
    pd.DataFrame(table).to_csv(folder / "oa.csv", index=False)
    recipe = folder / "place.toml"
    recipe.write_text(
        recipe.read_text(encoding="utf-8") + _LEVELS.format(data=data.as_posix()), encoding="utf-8"
    )
    return folder


@pytest.mark.realdata
def test_trafford(realdata, tmp_path):
    found = assess(load(write_with_levels(tmp_path, realdata)))
    assert len(found.place.residents) == 738
    assert found.place.residents["people"].sum() == 241_025
    told = levels(found)
    assert told["level"].unique().tolist() == ["Smaller: output areas", AREAS, "Larger: Wards"]
    assert told.groupby("level", sort=False)["units"].first().tolist() == [738, 139, 21]
    verdicts = told.pivot_table(index="headline", columns="level", values="holds", aggfunc="first")
    assert verdicts["Smaller: output areas"].to_dict() == TRAFFORD_SMALLER
    assert verdicts["Larger: Wards"].to_dict() == TRAFFORD_LARGER
    figure = told.set_index(["level", "headline"])["figure"]
    # The same residents by the same deprivation: their mean walk is the same however they are counted.
    assert figure[AREAS, "hubs"] == pytest.approx(figure["Smaller: output areas", "hubs"], abs=0.01)
    assert figure[AREAS, "hubs"] == pytest.approx(9.2009, abs=5e-5)
    assert figure["Larger: Wards", "hubs"] == pytest.approx(13.0452, abs=5e-5)
    # One output area in two hundred is low, deprived and short of a standard, in areas that are not.
    assert figure[AREAS, "priority_share"] == 0
    assert 0 < figure["Smaller: output areas", "priority_share"] < 0.01


TRAFFORD_SMALLER = {
    "hubs": HOLDS,
    "green_space": HOLDS,
    "correlation": HOLDS,
    "priority_share": DOES_NOT_HOLD,
}
TRAFFORD_LARGER = {
    "hubs": HOLDS,
    "green_space": CANNOT_TELL,
    "correlation": CANNOT_TELL,
    "priority_share": HOLDS,
}
