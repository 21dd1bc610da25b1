"""What the index makes of input that it can make little of: a clear message, or a result that docs/methods.md defines; never a silent nought.

Every case goes the whole way: assessed, told in words, written as files, drawn as a page.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from assetmap import Assessment, Settings, SettingsError, assess, index, load, write
from assetmap.model import AGGREGATIONS, NORMALISATIONS, THEMES
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import maps, page, report
from tests.toy import CODES, RECIPE, VENUES, middle, write_toy

WAYS = [(way, mean) for way in NORMALISATIONS for mean in AGGREGATIONS]
NOT_FRIENDSHIP = "not measure friendship, trust or"


def whole_way(found: Assessment, folder: Path) -> dict[str, dict[str, str]]:
    """The rows of areas.csv, once everything was told, written and drawn."""
    sure = uncertainty(found)
    told = with_bands(found, sure)
    for shading in maps.SHADINGS:
        maps.shade(told, shading)
        maps.legend_html(told, shading)
    page.switched_html(sure)
    report.accounts(told)
    write(found, folder, sure)
    html = (folder / "map.html").read_text(encoding="utf-8")
    # No figure that is none shows as one.
    assert not re.findall(r">\s*(nan|inf|-inf|None|&lt;NA&gt;|NaT)\s*<", html)
    with (folder / "areas.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["area_code"]: row for row in csv.DictReader(file)}
    assert not {"nan", "inf", "-inf", "None", "<NA>"} & {
        cell for row in rows.values() for cell in row.values()
    }
    return rows


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return load(write_toy(tmp_path_factory.mktemp("toy")))


# -- what is unknown -------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_a_theme_that_nobody_lists_is_unknown_and_the_others_are_scored(tmp_path, way, mean):
    venues = "\n".join(line for line in VENUES.splitlines() if "Food bank" not in line)
    place = load(write_toy(tmp_path / "toy", venues_csv=venues))
    found = assess(place, Settings(normalisation=way, aggregation=mean))
    rows = whole_way(found, tmp_path / "out")
    assert [row["services_lack"] for row in rows.values()] == [""] * 4
    assert [row["services_reach"] for row in rows.values()] == [""] * 4
    assert all(float(row["resource_lack"]) >= 0 for row in rows.values())
    assert all(row["resource_base"] == "Toytown: 4 areas, 4 of 5 themes" for row in rows.values())
    assert "Services: no list gave a place, so the theme is unknown and not scored." in found.notes


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_a_theme_unknown_in_some_areas_leaves_those_unranked(toy, tmp_path, way, mean):
    west = {"hubs": box(400_000, 300_000, 402_000, 301_000)}
    found = assess(replace(toy, footprints=west), Settings(normalisation=way, aggregation=mean))
    rows = whole_way(found, tmp_path)
    assert [row["resource_rank"] == "" for row in rows.values()] == [False, False, True, True]
    assert [row["resource_of"] for row in rows.values()] == ["2"] * 4
    assert all(
        "Cannot tell: social resources are not known here." in rows[code]["reason"] for code in CODES[2:]
    )


def test_no_list_at_all_gives_no_index(toy, tmp_path):
    found = assess(replace(toy, themes=frozenset()))
    rows = whole_way(found, tmp_path)
    assert {
        row["resource_lack"] + row["resource_rank"] + row["resource_decile"] for row in rows.values()
    } == {""}
    assert "No list of places was given" in page.priorities_html(found)


def test_deprivation_unknown_for_some_areas_as_wales_beside_england(tmp_path):
    """The two eastern areas are Welsh: no English deprivation, but social resources as everywhere."""
    folder = write_toy(tmp_path / "toy")
    for name in ("areas.geojson", "origins.csv", "population.csv"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace(CODES[2], "W01000003").replace(CODES[3], "W01000004"))
    rows = (folder / "deprivation.csv").read_text().splitlines()[:3]
    (folder / "deprivation.csv").write_text("\n".join(rows) + "\n")
    found = assess(load(folder), Settings(low_resource_share=1.0))
    told = whole_way(found, tmp_path / "out")
    assert [told[code]["deprivation_decile"] for code in told] == ["1", "2", "", ""]
    assert all(row["resource_rank"] for row in told.values())
    assert all(
        told[code]["reason"] == "Cannot tell: deprivation is not known here."
        for code in ("W01000003", "W01000004")
    )
    assert all(told[code]["priority"] == "false" for code in ("W01000003", "W01000004"))
    assert "Deprivation is unknown for 2 of 4 areas; these cannot be called a priority or not." in found.notes


# -- nothing to compare ----------------------------------------------------------------------------


def places(tmp_path: Path, number: int, **changes: str):
    folder = write_toy(tmp_path / "toy", **changes)
    areas = json.loads((folder / "areas.geojson").read_text())
    areas["features"] = areas["features"][:number]
    (folder / "areas.geojson").write_text(json.dumps(areas))
    return load(folder)


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_one_area_has_no_index_and_says_why(tmp_path, way, mean):
    found = assess(places(tmp_path, 1), Settings(normalisation=way, aggregation=mean, low_resource_share=1.0))
    row = whole_way(found, tmp_path / "out")[CODES[0]]
    assert (row["hubs_count"], row["hubs_lack"], row["resource_lack"], row["resource_rank"]) == (
        "1",
        "",
        "",
        "",
    )
    assert (row["priority"], row["resource_low"]) == ("false", "false")
    assert row["reason"] == "Cannot tell: there is no second area to compare the social resources here with."
    assert (
        "The place has one area and no second to compare it with, so there is no index and no rank."
        in found.notes
    )
    assert not any("ranks are given" in note for note in found.notes)


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_two_areas_are_ranked_and_neither_is_low(tmp_path, way, mean):
    found = assess(places(tmp_path, 2), Settings(normalisation=way, aggregation=mean))
    rows = whole_way(found, tmp_path / "out")
    assert sorted(float(row["resource_rank"]) for row in rows.values()) in ([1, 2], [1.5, 1.5])
    assert all(row["resource_low"] == "false" and row["resource_decile"] == "" for row in rows.values())
    assert all(0 <= float(row["resource_lack"]) <= 100 for row in rows.values())


ALIKE = "name,kind,easting,northing,postcode\n" + "".join(
    f"Hub {n},Hub,{middle(n)[0]},{middle(n)[1]},\nClub {n},Sports club,{middle(n)[0]},{middle(n)[1]},\n"
    f"Café {n},Café,{middle(n)[0]},{middle(n)[1]},\nPantry {n},Food bank,{middle(n)[0]},{middle(n)[1]},\n"
    for n in range(4)
)


@pytest.mark.parametrize(
    ("way", "mean", "lack"),
    # Middle rank 2.5 of 4: the exponential of 0.625. On the other scales nothing is above or below the middle: 50. By normal scores the rank
    # of the mean goes through the exponential, as AHAH's does.
    [
        *(("exponential", mean, 22.0685) for mean in AGGREGATIONS),
        *(("normal_scores", mean, 22.0685) for mean in AGGREGATIONS),
        *((way, mean, 50.0) for way in ("z_score", "min_max") for mean in AGGREGATIONS),
    ],
)
def test_where_all_areas_are_equal_all_share_the_middle_rank(tmp_path, way, mean, lack):
    place = load(write_toy(tmp_path / "toy", venues_csv=ALIKE))
    place = replace(place, themes=place.themes - {"green_space"})
    found = assess(place, Settings(normalisation=way, aggregation=mean, low_resource_share=0.5))
    rows = whole_way(found, tmp_path / "out")
    assert [row["resource_rank"] for row in rows.values()] == ["2.5"] * 4
    assert [float(row["resource_lack"]) for row in rows.values()] == pytest.approx([lack] * 4, abs=1e-4)
    assert not found.areas["resource_low"].any()
    assert (
        "Hubs: all areas of which it is known are equal, so the theme tells none of them apart."
        in found.notes
    )
    assert "Areas that share their rank in the index with another: 4 of 4 (100%)." in found.notes


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_a_constant_theme_changes_no_rank(toy, way, mean):
    """Hubs that are everywhere alike: the other four themes decide alone."""
    base = Settings(normalisation=way, aggregation=mean)
    areas = assess(toy, base).areas
    lacks = areas[[f"{theme}_lack" for theme in THEMES]].set_axis(THEMES, axis=1)
    lacks["hubs"] = index.lack(pd.Series(3.0, areas.index), way)
    assert lacks["hubs"].nunique() == 1
    with_hubs = index.combined(lacks, base.weights, way, mean)["resource_rank"]
    without = index.combined(lacks, {**base.weights, "hubs": 0.0}, way, mean)["resource_rank"]
    assert with_hubs.tolist() == without.tolist()


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_none_known_is_one_class_on_every_scale(toy, way, mean):
    found = assess(toy, Settings(normalisation=way, aggregation=mean)).areas
    for theme in THEMES:
        none = found.loc[found[f"{theme}_none_known"], f"{theme}_lack"]
        some = found.loc[~found[f"{theme}_none_known"], f"{theme}_lack"]
        assert none.nunique() <= 1
        assert none.min() > some.max()
        assert found.loc[found[f"{theme}_none_known"], f"{theme}_decile"].isna().all()


def test_a_measure_that_orders_areas_without_any_says_so(toy):
    hubs = assess(toy, Settings(measure_hubs="nearest", catchment_min=5))
    note = next(each for each in hubs.notes if each.startswith("Hubs: none known"))
    assert note.endswith("2 of 4 areas; these are equal in this theme and are not ordered among themselves.")
    # One more to the west of the West Library's area, so that B is nearer to it than C is to any.
    uneven = replace(toy, origins=toy.origins.where(toy.origins.index != CODES[1], Point(401_400, 300_500)))
    note = next(
        each
        for each in assess(uneven, Settings(measure_hubs="nearest", catchment_min=5)).notes
        if each.startswith("Hubs: none known")
    )
    assert note.endswith(
        "the measure of this theme orders these by what lies farther away, or by the area itself."
    )


# -- where nobody lives, and where no way leads ----------------------------------------------------


@pytest.mark.parametrize("measure", ["reach", "density_per_1000", "provision_per_1000", "e2sfca", "raam"])
def test_an_area_where_nobody_lives(tmp_path, measure):
    """It is ranked as the others, by what can be walked to from it; what is per resident is unknown there, not nought."""
    people = "area_code,people\n" + "".join(
        f"{code},{n}\n" for code, n in zip(CODES, (0, 1100, 1200, 1300), strict=True)
    )
    place = load(write_toy(tmp_path / "toy", population_csv=people))
    found = assess(place, Settings(measure_hubs=measure))
    row = whole_way(found, tmp_path / "out")[CODES[0]]
    assert row["population"] == "0"
    if measure.endswith(("per_1000", "sfca")):
        # A library that nobody lives within reach of has no number of places per resident.
        assert (row[f"hubs_{measure}"], row["hubs_lack"], row["resource_rank"]) == ("", "", "")
        assert "Cannot tell" in row["reason"]
    else:
        assert row["resource_rank"] != ""


@pytest.mark.parametrize(("way", "mean"), WAYS)
def test_an_island_that_no_way_leads_from_is_last_and_spoils_no_scale(tmp_path, way, mean):
    """Streets join A and B, and C with D: nobody in A or B can walk to the only hub, in D."""
    network = gpd.GeoSeries.from_wkt(
        ["LINESTRING (400000 300500, 402000 300500)", "LINESTRING (402300 300500, 404000 300500)"], crs=27700
    )
    venues = VENUES.replace("West Library,Library,400500", "West Library,Library,403600")
    streets = json.dumps(json.loads(gpd.GeoDataFrame(geometry=network).to_crs(4326).to_json()))
    recipe = RECIPE + '\n[network]\nfile = "streets.geojson"\n'
    place = load(write_toy(tmp_path / "toy", place_toml=recipe, venues_csv=venues, streets_geojson=streets))
    asked = Settings(
        normalisation=way, aggregation=mean, **{f"measure_{theme}": "nearest" for theme in THEMES}
    )
    found = assess(place, asked)
    rows = whole_way(found, tmp_path / "out")
    assert [rows[code]["hubs_nearest_m"] for code in CODES[:2]] == ["", ""]
    lacks = [float(row["hubs_lack"]) for row in rows.values()]
    assert np.isfinite(lacks).all()
    assert lacks[0] == lacks[1] > lacks[2] > lacks[3] or lacks[0] == lacks[1] == lacks[2] > lacks[3]
    assert "none known that one can walk to" in " ".join(report.account(found, CODES[0]).thin)


# -- weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf"), -float("inf"), 101.0, True, "2"])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(SettingsError) as error:
        Settings(weight_hubs=weight)
    assert str(error.value) == (
        f"setting “weight_hubs”: “{weight}” is not a usable value. Give a number from 0 to 100."
    )


def test_all_weights_nought_are_refused():
    with pytest.raises(SettingsError) as error:
        Settings(**{f"weight_{theme}": 0.0 for theme in THEMES})
    assert str(error.value) == "settings: Every theme has weight 0. Give at least one theme a weight above 0."


def test_weight_on_unknown_themes_alone_gives_no_index(toy, tmp_path):
    place = replace(toy, themes=frozenset({"hubs"}))
    asked = Settings(weight_hubs=0.0)
    rows = whole_way(assess(place, asked), tmp_path)
    assert {row["resource_rank"] for row in rows.values()} == {""}
    assert {row["resource_base"] for row in rows.values()} == {"Toytown: 4 areas, 0 of 5 themes"}


def test_weights_need_not_add_up_to_anything(toy):
    thirds = assess(
        toy, Settings(weight_hubs=0.1, weight_groups=0.1, weight_green_space=0.1, weight_services=0.0)
    )
    large = assess(
        toy,
        Settings(
            weight_hubs=10,
            weight_groups=10,
            weight_green_space=10,
            weight_meeting_places=100,
            weight_services=0,
        ),
    )
    pd.testing.assert_series_equal(thirds.areas["resource_lack"], large.areas["resource_lack"])


@pytest.mark.parametrize(
    ("name", "known"), [("normalisation", NORMALISATIONS), ("aggregation", AGGREGATIONS)]
)
def test_a_way_that_is_not_known_is_refused(name, known):
    with pytest.raises(SettingsError) as error:
        Settings(**{name: "best"})
    assert str(error.value) == (
        f"setting “{name}”: “best” is not a {name} that assetmap knows. Use one of: {', '.join(known)}."
    )


# -- what every output says ------------------------------------------------------------------------


def test_every_output_says_what_the_index_is_and_is_not(toy, tmp_path):
    found = assess(toy)
    write(found, tmp_path)
    columns = pd.read_csv(tmp_path / "columns.csv")
    of_index = columns[
        columns["column"].str.fullmatch(r"resource_(lack|rank|decile|low)|\w+_lack|(officers|residents)_rank")
    ]
    assert len(of_index) > 10
    assert of_index["caveat"].str.contains("not friendship, trust or volunteering").all()
    assert NOT_FRIENDSHIP in page.notes_html(found)
    assert NOT_FRIENDSHIP in page.account_html(report.account(found, CODES[0]))
    assert "not friendship, trust or volunteering" in maps.legend_html(found, "resources")
    html = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert html.count(NOT_FRIENDSHIP) >= 5
    assert any(
        NOT_FRIENDSHIP in note for note in json.loads((tmp_path / "provenance.json").read_text())["notes"]
    )


# -- invariants ------------------------------------------------------------------------------------

FIGURES = st.lists(
    st.tuples(*[st.one_of(st.integers(0, 6).map(float), st.just(-np.inf))] * 3), min_size=2, max_size=20
).map(lambda rows: pd.DataFrame(rows, columns=["hubs", "groups", "services"], dtype=float))
WEIGHTS = st.tuples(*[st.integers(1, 9)] * 3).map(
    lambda each: dict(zip(("hubs", "groups", "services"), each, strict=True))
)
EVERY_WAY = st.sampled_from(WAYS)


def told(figures: pd.DataFrame, weights: dict[str, float], way: str, mean: str) -> pd.DataFrame:
    return index.combined(figures.apply(index.lack, normalisation=way), weights, way, mean)


@given(FIGURES, WEIGHTS, EVERY_WAY, st.floats(0.01, 100))
def test_the_scale_of_the_weights_does_not_matter(figures, weights, ways, scale):
    once = told(figures, weights, *ways)
    again = told(figures, {theme: weight * scale for theme, weight in weights.items()}, *ways)
    assert once["resource_rank"].tolist() == again["resource_rank"].tolist()
    assert again["resource_lack"].tolist() == pytest.approx(once["resource_lack"].tolist(), abs=1e-9)


@given(FIGURES, WEIGHTS, EVERY_WAY, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(figures, weights, ways, chance):
    order = list(figures.index)
    chance.shuffle(order)
    once, again = told(figures, weights, *ways), told(figures.loc[order], weights, *ways)
    assert again["resource_rank"].loc[figures.index].tolist() == once["resource_rank"].tolist()


@given(FIGURES, WEIGHTS, EVERY_WAY)
def test_lacks_lie_between_0_and_100(figures, weights, ways):
    found = figures.apply(index.lack, normalisation=ways[0])
    assert ((found >= 0) & (found <= 100)).all(axis=None)
    assert told(figures, weights, *ways)["resource_lack"].between(0, 100).all()


@given(FIGURES, WEIGHTS, EVERY_WAY)
def test_a_theme_of_weight_nought_changes_nothing(figures, weights, ways):
    """As it is left out of the table, and as it stands there with weight 0."""
    kept = figures[["hubs", "groups"]]
    without, with_nought = told(kept, weights, *ways), told(figures, {**weights, "services": 0.0}, *ways)
    assert with_nought["resource_rank"].tolist() == without["resource_rank"].tolist()


@given(FIGURES, EVERY_WAY, st.integers(1, 5), st.data())
def test_more_of_a_theme_never_moves_an_area_towards_fewer(figures, ways, more, data):
    area = data.draw(st.sampled_from(list(figures.index)))
    if np.isinf(figures.at[area, "hubs"]):
        figures.at[area, "hubs"] = 0.0
    after = figures["hubs"].copy()
    after[area] += more
    for way in NORMALISATIONS:
        assert index.lack(after, way)[area] <= index.lack(figures["hubs"], way)[area] + 1e-9


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 3), st.sampled_from(["Library", "Hub", "Food bank", "Café"]), EVERY_WAY)
def test_an_asset_more_never_moves_its_own_area_towards_fewer(toy, tmp_path, number, kind, ways):
    x, y = middle(number)
    added = VENUES + f"One More,{kind},{x + 250},{y + 250},\n"
    place = load(write_toy(tmp_path / f"{number}{kind.strip()}", venues_csv=added))
    asked = Settings(normalisation=ways[0], aggregation=ways[1])
    before, after = assess(toy, asked).areas, assess(place, asked).areas
    theme = {"Library": "hubs", "Hub": "hubs", "Food bank": "services", "Café": "meeting_places"}[kind]
    code = CODES[number]
    assert after.loc[code, f"{theme}_reach"] >= before.loc[code, f"{theme}_reach"]
    # Rank 1 = fewest.
    ranks = [index.mid_rank(table[f"{theme}_reach"].astype(float))[code] for table in (before, after)]
    assert ranks[1] >= ranks[0]
