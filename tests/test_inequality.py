"""Inequality of access: published figures, what must hold whatever the numbers, real places, and the words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmap import Settings, assess, load
from assetmap.columns import INEQUALITY_COLUMNS
from assetmap.inequality import (
    access_inequality,
    concentration_index,
    group_means,
    relative_rank,
    slope_index,
)
from assetmap.model import THEMES
from assetmap.reasons import amount, minutes
from assetmap.views.export import write
from assetmap.views.page import inequality_html
from tests.screens import screen, words
from tests.test_streets import NEWPORT
from tests.toy import RECIPE, write_toy
from tests.trafford import write_trafford

# The example in the documentation of phe_sii (R package PHEindicatormethods): ten groups of two areas, most deprived first.
PEOPLE = (
    (7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534),
    (21675, 20065, 19750, 24713, 20112, 19618, 22408, 19752, 18939, 19312),
)
YEARS = (
    (75.9, 78.3, 83.8, 83.6, 80.5, 81.1, 81.7, 84.2, 80.6, 86.3),
    (70.5, 71.6, 72.5, 73.5, 73.1, 76.2, 78.7, 80.6, 80.9, 80),
)
ERRORS = (
    (1.64, 1.58, 1.51, 1.78, 1.7, 1.56, 1.37, 1.4, 2.43, 1.57),
    (0.23, 0.26, 0.3, 0.16, 0.79, 0.78, 0.4, 0.28, 0.23, 0.35),
)


def example(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(YEARS[number]), np.array(PEOPLE[number]), np.array(ERRORS[number])


# -- the slope ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "sii", "start", "rii"), [(0, 7.0002, 78.0321, 1.08971), (1, 12.6227, 69.3426, 1.18203)]
)
def test_the_example_of_phe_sii(number, sii, start, rii):
    line = slope_index(*example(number))
    assert line.sii == pytest.approx(sii, abs=5e-5)
    assert line.start == pytest.approx(start, abs=5e-5)
    assert line.rii == pytest.approx(rii, abs=5e-6)


@pytest.mark.parametrize("number", [0, 1])
def test_the_line_is_the_regression_that_phe_sii_runs(number):
    means, people, _ = example(number)
    share = people / people.sum()
    middle = np.cumsum(share) - share / 2
    sides = np.column_stack([np.sqrt(share), middle * np.sqrt(share)])
    start, slope = np.linalg.lstsq(sides, means * np.sqrt(share))[0]
    line = slope_index(means, people)
    assert (line.start, line.sii) == pytest.approx((start, slope))


@pytest.mark.parametrize("number", [0, 1])
def test_the_drawn_interval_is_near_the_exact_one(number):
    """The slope is a weighted sum of means, so where they are normal its interval is known without drawing."""
    means, people, errors = example(number)
    unit = np.eye(10)
    weights = np.array([slope_index(unit[n], people).sii for n in range(10)])
    half = 1.959964 * np.sqrt((weights**2 * errors**2).sum())
    line = slope_index(means, people, errors)
    assert line.sii_interval == pytest.approx((line.sii - half, line.sii + half), abs=0.04 * half)
    # By the delta method, within the same: numerator and denominator of the ratio are such sums as well.
    starts = np.array([slope_index(unit[n], people).start for n in range(10)])
    half = 1.959964 * np.sqrt((((weights - (line.rii - 1) * starts) / line.start) ** 2 * errors**2).sum())
    assert line.rii_interval == pytest.approx((line.rii - half, line.rii + half), abs=0.06 * half)


def test_the_same_draws_every_time():
    assert slope_index(*example(0)) == slope_index(*example(0))


def test_a_line_that_begins_at_nought_has_no_ratio():
    line = slope_index(np.array([0.0, 1, 2, 3, 4]), np.ones(5), np.full(5, 0.1))
    assert line.start == pytest.approx(-0.5)
    assert np.isnan(line.rii)
    assert np.isnan(line.rii_interval).all()
    assert line.sii == pytest.approx(5)
    assert line.sii_interval[0] < 5 < line.sii_interval[1]


def test_a_line_that_may_begin_at_nought_has_a_ratio_without_an_interval():
    line = slope_index(np.array([1.0, 2, 3, 4, 5]), np.ones(5), np.full(5, 0.5))
    assert line.rii == pytest.approx(11)
    assert np.isnan(line.rii_interval).all()


@pytest.mark.parametrize("people", [[100.0], [100.0, 0.0]])
def test_too_few_groups_or_an_empty_one_have_no_slope(people):
    with pytest.raises(ValueError, match=r"^A slope needs two groups or more, each with people\.$"):
        slope_index(np.ones(len(people)), np.array(people))


def test_the_error_of_a_mean_is_near_what_drawing_the_areas_again_gives():
    rng = np.random.default_rng(1)
    values, people = rng.gamma(4, 3, 60), rng.uniform(1_000, 2_500, 60)
    error = group_means(values, people, np.zeros(60, int))[2][0]
    drawn = rng.integers(0, 60, (4_000, 60))
    again = (values[drawn] * people[drawn]).sum(axis=1) / people[drawn].sum(axis=1)
    assert error == pytest.approx(again.std(), rel=0.05)


def test_a_group_of_one_area_has_no_error():
    means, people, errors = group_means(np.array([4.0, 6, 9]), np.array([10.0, 30, 5]), np.array([0, 0, 1]))
    assert means.tolist() == [5.5, 9]
    assert people.tolist() == [40, 5]
    assert np.isnan(errors).tolist() == [False, True]


# -- the concentration index ----------------------------------------------------------------------


@pytest.mark.parametrize(("number", "index"), [(0, 0.014161), (1, 0.027524)])
def test_the_concentration_index_of_the_same_example(number, index):
    means, people, _ = example(number)
    assert concentration_index(means, people, np.arange(10)) == pytest.approx(index, abs=5e-7)


@st.composite
def areas(draw):
    """Values, people and ranks of 2 to 20 areas; some ranks equal; not all values nought."""
    number = draw(st.integers(2, 20))
    values = draw(st.lists(st.integers(0, 1_000), min_size=number, max_size=number).filter(any))
    people = draw(st.lists(st.integers(1, 5_000), min_size=number, max_size=number))
    rank = draw(st.lists(st.integers(1, 10), min_size=number, max_size=number))
    return np.array(values, float), np.array(people, float), np.array(rank)


@given(areas())
def test_the_concentration_index_keeps_its_bounds(given_areas):
    assert -1 <= concentration_index(*given_areas) <= 1


@given(areas(), st.integers(2, 50), st.floats(0.01, 1_000))
def test_more_of_the_same_people_and_other_units_change_nothing(given_areas, times, scale):
    values, people, rank = given_areas
    index = concentration_index(values, people, rank)
    assert concentration_index(values * scale, people, rank) == pytest.approx(index, abs=1e-9)
    assert concentration_index(values, people * times, rank) == pytest.approx(index, abs=1e-9)
    # An area told as two halves of equal rank; and areas in another order.
    halves = (np.repeat(values, 2), np.repeat(people / 2, 2), np.repeat(rank, 2))
    assert concentration_index(*halves) == pytest.approx(index, abs=1e-9)
    assert concentration_index(values[::-1], people[::-1], rank[::-1]) == pytest.approx(index, abs=1e-9)


@given(areas())
def test_from_the_other_end_the_concentration_index_has_the_other_sign(given_areas):
    values, people, rank = given_areas
    index = concentration_index(values, people, rank)
    assert concentration_index(values, people, -rank) == pytest.approx(-index, abs=1e-9)


def test_the_ends_of_the_concentration_index():
    people, rank = np.ones(100), np.arange(100)
    one = np.zeros(100)
    one[0] = 5.0
    assert concentration_index(one, people, rank) == pytest.approx(-0.99)
    assert concentration_index(one[::-1], people, rank) == pytest.approx(0.99)
    assert concentration_index(np.full(100, 3.0), people, rank) == pytest.approx(0)
    assert np.isnan(concentration_index(np.zeros(100), people, rank))


def test_equal_ranks_share_their_middle():
    people = np.array([10.0, 20, 10, 40, 20])
    assert relative_rank(people, np.array([2, 1, 2, 1, 3])).tolist() == [0.7, 0.3, 0.7, 0.3, 0.9]


# -- the table ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.fixture(scope="module")
def trafford(realdata, tmp_path_factory):
    return assess(load(write_trafford(tmp_path_factory.mktemp("trafford"), realdata)))


def row(table: pd.DataFrame, theme: str, kind: str, figure: str) -> pd.Series:
    (found,) = table[(table["theme"] == theme) & (table["kind"] == kind) & (table["figure"] == figure)].index
    return table.loc[found]


def changed(assessment, **columns):
    """The same assessment with other figures of access for hubs as a whole."""
    table = assessment.access.copy()
    hubs = (table["theme"] == "hubs") & (table["kind"] == "")
    for name, values in columns.items():
        table.loc[hubs, name] = values
    return replace(assessment, access=table)


def test_every_theme_and_kind_has_a_row_of_each_figure(demo):
    table = access_inequality(demo)
    assert list(table) == list(INEQUALITY_COLUMNS)
    pairs = demo.access[["theme", "kind"]].drop_duplicates()
    assert len(table) == 3 * len(pairs)
    assert table["theme"].drop_duplicates().tolist() == list(THEMES)
    assert (table["groups"] == 10).all()
    assert (table["areas"] == 60).all()
    assert table["sentence"].is_unique
    assert table["direction"].unique().tolist() == ["lower = nearer", "1 = everyone", "higher = more"]


def test_the_ends_are_means_over_the_residents_of_the_areas_there(demo):
    """By pandas, from the table of access: the sixty areas in order of rank, and those whose middle is in an end's tenth."""
    walks = (
        demo.access.query("theme == 'hubs' and kind == ''").set_index("area_code")["walk_min"].astype(float)
    )
    table = pd.DataFrame({"walk": walks, "people": demo.place.population.astype(float)})
    table = table.loc[demo.place.deprivation["imd_rank"].sort_values().index]
    stands = (table["people"].cumsum() - table["people"] / 2) / table["people"].sum()
    told = row(access_inequality(demo), "hubs", "", "walk_min")
    for end, part in (("most", table[stands <= 0.1]), ("least", table[stands > 0.9])):
        mean = np.average(part["walk"], weights=part["people"])
        assert told[f"{end}_deprived_mean"] == pytest.approx(mean, abs=5e-5)


def test_the_demo_town(demo):
    hubs = row(access_inequality(demo), "hubs", "", "walk_min")
    assert hubs["sii"] == pytest.approx(-5.0846)
    assert hubs["concentration_index"] == pytest.approx(-0.1039)
    assert (hubs["sii_lower"], hubs["sii_upper"]) == pytest.approx((-15.46, 5.01), abs=0.2)
    assert hubs["sentence"] == (
        "Residents of the least deprived tenth of areas have hubs 7 minutes nearer on average than those of the most "
        "deprived tenth: the nearest is 9 minutes on foot, against 16 minutes. Across all tenths there is no clear slope."
    )


@pytest.mark.realdata
def test_trafford(trafford):
    table = access_inequality(trafford)
    hubs = row(table, "hubs", "", "walk_min")
    assert (hubs["groups"], hubs["areas"], hubs["areas_left_out"], hubs["people"]) == (10, 139, 0, 241_025)
    assert hubs["sii"] == pytest.approx(10.3989)
    assert (hubs["sii_lower"], hubs["sii_upper"]) == pytest.approx((5.87, 14.77), abs=0.2)
    assert hubs["rii"] == pytest.approx(2.2125)
    assert hubs["concentration_index"] == pytest.approx(0.1259)
    assert hubs["sentence"] == (
        "Residents of the most deprived tenth of areas have hubs 9 minutes nearer on average than those of the least "
        "deprived tenth: the nearest is 8 minutes on foot, against 17 minutes. Across all tenths the slope is clear: shorter "
        "walks towards the most deprived."
    )
    groups = row(table, "groups", "", "share_15_min")
    assert groups["sentence"] == (
        "100% of residents of the least deprived tenth of areas live within 15 minutes on foot of groups, and 80% of those "
        "of the most deprived tenth. Across all tenths the slope is clear: more within reach towards the least deprived."
    )
    assert row(table, "green_space", "", "share_15_min")["sentence"] == (
        "All residents of the most deprived tenth and of the least deprived tenth of areas live within 15 minutes on foot of "
        "green space. All tenths are alike."
    )


WELSH = """[population]
file = "{data}/newport_lsoa11_wimd2019_pop2020.geojson"
code = "lsoa11_code"
value = "total_population"
[deprivation]
file = "{data}/newport_lsoa11_wimd2019_pop2020.geojson"
code = "lsoa11_code"
index = "WIMD2019"
imd_rank = "IMD_rank"
imd_decile = "IMD_decile"
"""


@pytest.mark.realdata
def test_newport_where_lists_and_network_stop_short(realdata, tmp_path):
    recipe = NEWPORT.replace("[[assets]]", f"{WELSH}[[assets]]")
    (tmp_path / "place.toml").write_text(
        recipe.replace("{data}", (realdata / "newport").as_posix()), encoding="utf-8"
    )
    table = access_inequality(assess(load(tmp_path)))
    services = row(table, "services", "", "walk_min")
    assert (services["areas"], services["areas_left_out"], services["people"]) == (53, 42, 93_822)
    assert services["sii"] == pytest.approx(10.1406, abs=0.01)
    assert services["sentence"] == (
        "Residents of the most deprived tenth of areas have services 6 minutes nearer on average than those of the least "
        "deprived tenth: the nearest is 7 minutes on foot, against 13 minutes. Across all tenths the slope is clear: shorter "
        "walks towards the most deprived. Known for 53 of 95 areas."
    )
    assert set(table.query("theme == 'green_space'")["sentence"]) == {
        "Cannot tell: access to green space is not known here."
    }


@pytest.mark.realdata
def test_a_place_that_tells_neither_deprivation_nor_residents(realdata, tmp_path):
    recipe = NEWPORT.replace("{data}", (realdata / "newport").as_posix())
    (tmp_path / "place.toml").write_text(recipe, encoding="utf-8")
    found = assess(load(tmp_path))
    table = access_inequality(found)
    assert set(table["sentence"]) == {
        "Cannot tell: deprivation and the number of residents are not known here."
    }
    assert table[["sii", "rii", "concentration_index", "groups"]].isna().all(axis=None)
    assert "Cannot tell: deprivation and the number" in inequality_html(found)


# -- groups, ties and what cannot be told -----------------------------------------------------------


def test_published_deciles_alone_keep_equal_areas_together(demo):
    """Without ranks, areas of one decile are never parted; a tenth is empty then, so fifths are made."""
    place = demo.place
    tied = replace(demo, place=replace(place, deprivation=place.deprivation.drop(columns="imd_rank")))
    decile = demo.areas["deprivation_decile"]
    stands = pd.Series(relative_rank(place.population.to_numpy(float), decile.to_numpy(float)), decile.index)
    assert stands.groupby(decile).nunique().eq(1).all()
    told = row(access_inequality(tied), "hubs", "", "walk_min")
    assert told["groups"] == 5
    assert told["sentence"].startswith("Residents of the ")
    assert "fifth of areas" in told["sentence"]
    ends = np.ceil(stands * 5)
    walks = (
        demo.access.query("theme == 'hubs' and kind == ''").set_index("area_code")["walk_min"].astype(float)
    )
    first = ends == 1
    mean = np.average(walks[first], weights=place.population[first].astype(float))
    assert told["most_deprived_mean"] == pytest.approx(mean, abs=5e-5)


def test_four_areas_are_too_few(tmp_path):
    table = access_inequality(assess(load(write_toy(tmp_path))))
    hubs = row(table, "hubs", "", "walk_min")
    assert hubs["sentence"] == (
        "Cannot tell: with 4 areas known in full, too few or too alike in deprivation, fifths cannot be compared."
    )
    assert pd.isna(hubs["groups"])
    assert np.isnan(hubs["sii"])
    # 1,000, 1,100, 1,200 and 1,300 people walk 0, 16.25, 16.25 and 0 minutes: all walking is done by the two in the middle.
    walked = 1_100 * (1_000 + 550) + 1_200 * (2_100 + 600)
    assert hubs["concentration_index"] == round(2 * walked / (4_600 * 2_300) - 1, 4) == -0.0652


def test_one_area(tmp_path):
    found = assess(load(write_toy(tmp_path)))
    place = replace(found.place, population=found.place.population.where(found.areas.index == "E01000001"))
    hubs = row(access_inequality(replace(found, place=place)), "hubs", "", "walk_min")
    assert hubs["sentence"].startswith("Cannot tell: with 1 area known in full,")
    assert (hubs["areas"], hubs["areas_left_out"]) == (1, 3)
    assert np.isnan(hubs["concentration_index"])


def test_a_theme_that_no_list_speaks_of(tmp_path):
    recipe = RECIPE.split("[green_space]")[0] + "[[assets]]" + RECIPE.split("[[assets]]")[1]
    table = access_inequality(assess(load(write_toy(tmp_path, place_toml=recipe))))
    green = row(table, "green_space", "", "walk_min")
    assert green["sentence"] == "Cannot tell: access to green space is not known here."
    assert (green["areas"], green["areas_left_out"], green["people"]) == (0, 4, 0)
    assert np.isnan(green["concentration_index"])


def test_nobody_lives_anywhere(demo):
    place = replace(demo.place, population=demo.place.population * 0)
    table = access_inequality(replace(demo, place=place))
    assert set(table["sentence"]) == {"Cannot tell: the number of residents is not known here."}
    assert (table["areas"] == 0).all()


def test_areas_that_lack_a_figure_are_left_out_and_counted(demo):
    people, deprivation = demo.place.population.copy(), demo.areas.copy()
    people.iloc[0] = 0
    people.iloc[1] = pd.NA
    deprivation.loc[deprivation.index[2], "deprivation_decile"] = pd.NA
    some = replace(demo, areas=deprivation, place=replace(demo.place, population=people))
    told = row(access_inequality(some), "hubs", "", "walk_min")
    assert (told["areas"], told["areas_left_out"]) == (57, 3)
    assert told["people"] == demo.place.population.iloc[3:].sum()
    assert told["sentence"].endswith(" Known for 57 of 60 areas.")


def test_everybody_has_the_same(demo):
    told = row(access_inequality(changed(demo, walk_min=7.3)), "hubs", "", "walk_min")
    assert told[["sii", "sii_lower", "sii_upper", "concentration_index"]].tolist() == [0, 0, 0, 0]
    assert told["rii"] == 1
    assert told["sentence"] == (
        "Residents of the most deprived tenth and of the least deprived tenth of areas have hubs about as near on average: "
        "the nearest is 8 minutes on foot, and 8 minutes. All tenths are alike."
    )


def test_nobody_has_any(demo):
    table = access_inequality(changed(demo, count_15_min=0, share_15_min=0.0))
    for figure in ("count_15_min", "share_15_min"):
        told = row(table, "hubs", "", figure)
        assert told["sii"] == 0
        assert told[["rii", "rii_lower", "concentration_index"]].isna().all()
        assert told["sentence"] == (
            "None known within 15 minutes on foot of residents of the most deprived tenth and of the least deprived tenth of "
            "areas: hubs. All tenths are alike."
        )


def test_another_domain_of_deprivation_is_what_the_settings_ask_for(demo):
    income = assess(demo.place, Settings(deprivation_domain="income"))
    told, usual = (row(access_inequality(each), "hubs", "", "walk_min") for each in (income, demo))
    # The town has deciles of income and no ranks of it.
    assert told["sii"] != usual["sii"]
    assert "by the deprivation of the area they live in (income)" in inequality_html(income)


# -- words and files ------------------------------------------------------------------------------


def test_numbers_in_the_words_are_those_of_the_table(demo):
    for told in access_inequality(demo).to_dict("records"):
        most, least = told["most_deprived_mean"], told["least_deprived_mean"]
        named = re.sub(r"within 15 minutes", "", told["sentence"])
        numbers = re.findall(r"\d+(?:\.\d+)?%?", named)
        if told["figure"] == "walk_min":
            ends = sorted((most, least))
            walks = [minutes(end).split()[0] for end in ends]
            by = int(walks[1]) - int(walks[0])
            alike = by == 0 or ends[1] - ends[0] < 0.5
            assert numbers == (walks if alike else [str(by), *walks]), told["sentence"]
            assert ("about as near" in told["sentence"]) == alike
        elif told["figure"] == "share_15_min":
            ends = sorted((most, least), reverse=True)
            told_ends = [] if ends in ([1, 1], [0, 0]) else [f"{end:.0%}" for end in ends]
            assert numbers == told_ends, told["sentence"]
        else:
            ends = sorted((most, least), reverse=True)
            assert numbers == ([] if ends == [0, 0] else [amount(end) for end in ends]), told["sentence"]


def test_who_has_more_within_reach_is_told_first(demo):
    table = access_inequality(demo)
    for told in table[table["most_deprived_mean"] != table["least_deprived_mean"]].to_dict("records"):
        better = (told["most_deprived_mean"] < told["least_deprived_mean"]) == (told["figure"] == "walk_min")
        first, last = ("most", "least") if better else ("least", "most")
        assert told["sentence"].index(f"{first} deprived") < told["sentence"].index(f"{last} deprived")


def test_a_slope_is_called_clear_where_its_interval_does_not_hold_nought(demo):
    table = access_inequality(demo)
    clear = (table["sii_lower"] > 0) | (table["sii_upper"] < 0)
    assert 0 < clear.sum() < len(table)
    assert (table["sentence"].str.contains("the slope is clear") == clear).all()
    better = (table["sii"] > 0) == (table["figure"] == "walk_min")
    assert table["sentence"][clear & better].str.endswith("towards the most deprived.").all()
    assert table["sentence"][clear & ~better].str.endswith("towards the least deprived.").all()


def test_nobody_is_called_names(demo):
    words = " ".join(access_inequality(demo)["sentence"]).lower()
    assert not re.search(
        r"\b(poor|poorer|worst|worse|bad|lacking|disadvantaged|deprived (people|residents))\b", words
    )


def test_the_table_is_written_and_explained(demo, tmp_path):
    write(demo, tmp_path)
    table = pd.read_csv(tmp_path / "inequality.csv", keep_default_na=False)
    assert list(table) == list(INEQUALITY_COLUMNS)
    made = access_inequality(demo)
    assert table["sentence"].tolist() == made["sentence"].tolist()
    pd.testing.assert_series_equal(table["sii"], made["sii"])
    assert "-0" not in set(table.astype(str).to_numpy().ravel())
    told = pd.read_csv(tmp_path / "columns.csv").query("table == 'inequality'")
    assert told["column"].tolist() == list(INEQUALITY_COLUMNS)


def test_the_page_has_every_sentence_of_a_theme_and_every_row(demo):
    html = inequality_html(demo)
    table = access_inequality(demo)
    shown = table[(table["kind"] == "") | (table["figure"] == "walk_min")]
    assert all(f"<li>{sentence}</li>" in html for sentence in shown["sentence"].str.replace("'", "&#x27;"))
    assert html.count("<tr>") == 3 + len(table)
    assert html.count("<summary>By kind of place</summary>") == 5
    assert "above 0 = the figure is higher towards the least deprived" in html
    assert demo.areas["distance_method"].iloc[0] in html


def test_the_app_shows_it(demo, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("analysis")
    app.query_params["part"] = "inequality"
    app.run()
    assert not app.exception
    assert "<h2>Who has least within reach: inequality of access</h2>" in words(app)
    assert inequality_html(demo) in words(app)
