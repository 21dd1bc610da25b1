"""Indicators: read with every fault told, shown beside the index, and never scored in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.stats import spearmanr

from assetmap import PlaceError, assess, load, write
from assetmap.columns import INDICATOR_COLUMNS
from assetmap.outcomes import indicator_figures, spearman
from assetmap.sources import save
from assetmap.views.charts import Dot, beside_resources
from assetmap.views.indicators import indicators_html
from assetmap.views.maps import shade, shadings
from assetmap.views.page import standalone
from assetmap.views.report import account
from tests.toy import CODES, RECIPE, write_toy
from tests.trafford import write_trafford

BELONGING = """
[[indicators]]
name = "Belonging"
file = "survey.csv"
code = "area_code"
value = "belonging"
lower = "low"
upper = "high"
unit = "% of adults"
better = "higher"
outcome_level = "community"
term = "medium"
period = "2025"
source = "Residents’ survey"
licence = "OGL v3"
"""
LONELY = """
[[indicators]]
name = "Often lonely"
file = "survey.csv"
code = "area_code"
value = "lonely"
denominator = "asked"
unit = "% of those asked"
better = "lower"
outcome_level = "individual"
term = "long"
period = "2025"
counts_people = true
"""
SURVEY = """area_code,belonging,low,high,lonely,asked
E01000001,40,35,45,3,90
E01000002,50,45,55,20,80
E01000003,60,55,65,30,90
E01000004,70,65,75,89,90
"""


def toy(tmp_path, recipe=BELONGING + LONELY, survey=SURVEY, **files):
    return write_toy(tmp_path / "toy", place_toml=RECIPE + recipe, survey_csv=survey, **files)


def told(place) -> list[str]:
    return [problem.what for problem in place.problems if problem.file == "survey.csv"]


def values(place, name):
    rows = place.indicators[place.indicators["indicator"] == name]
    return rows.set_index("area_code")["value"].reindex(list(CODES))


def test_every_area_has_its_figure_and_each_indicator_says_what_it_is(tmp_path):
    place = load(toy(tmp_path))
    assert values(place, "Belonging").tolist() == [40, 50, 60, 70]
    assert place.indicators["indicator"].unique().tolist() == ["Belonging", "Often lonely"]
    about = place.indicators_about.loc["Belonging"]
    assert about.to_dict() == {
        "outcome_level": "community",
        "term": "medium",
        "unit": "% of adults",
        "better": "higher",
        "period": "2025",
        "source": "Residents’ survey",
        "licence": "OGL v3",
    }
    layer = next(each for each in place.layers if each.name == "indicators: Belonging")
    assert (layer.rows_in, layer.rows_used, layer.file) == (4, 4, "survey.csv")


def test_where_few_people_answered_nobody_is_told_of(tmp_path):
    # 3 of 90 said so; 20 of 80 is 25 %; 30 of 90 is 33.3 %, told as 33; of 89 in 90 only one did not.
    place = load(toy(tmp_path))
    lonely = values(place, "Often lonely")
    assert lonely.isna().tolist() == [True, False, False, True]
    assert lonely.dropna().tolist() == [25, 33]
    assert (
        "“Often lonely”: left out in 2 areas, where 1 to 4 people answered, said so or did not, lest anybody be known again by "
        "an answer." in told(place)
    )


def test_a_count_of_people_is_rounded_to_fives(tmp_path):
    recipe = LONELY.replace('denominator = "asked"\n', "").replace("% of those asked", "people")
    survey = SURVEY.replace("20,80", "22,80").replace("30,90", "4,90")
    lonely = values(load(toy(tmp_path, recipe, survey)), "Often lonely")
    assert lonely.isna().tolist() == [True, False, True, False]
    assert lonely.dropna().tolist() == [20, 90]


def test_the_index_does_not_move(tmp_path):
    with_them = assess(load(toy(tmp_path)))
    without = assess(load(write_toy(tmp_path / "plain")))
    assert_frame_equal(with_them.areas, without.areas)


def test_a_saved_place_has_the_same_indicators(tmp_path):
    first = load(toy(tmp_path))
    save(first, tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert_frame_equal(first.indicators, again.indicators, check_dtype=False)
    about = first.indicators_about
    assert_frame_equal(about, again.indicators_about)


def test_what_the_files_say_is_in_the_fingerprint(tmp_path):
    one = load(toy(tmp_path / "one"))
    other = load(toy(tmp_path / "other", survey=SURVEY.replace("40,35", "41,35")))
    assert one.fingerprint != other.fingerprint


def test_long_tables_are_chosen_from_by_where_and_add_up_to_their_whole(tmp_path):
    # One row an area and answer: 10 of 40, 20 of 40, and so on.
    rows = [
        f"{code},{answer},{number}"
        for n, code in enumerate(CODES, 1)
        for answer, number in (("Yes", 10 * n), ("No", 40 - 10 * n), ("Don't know", 10))
    ]
    recipe = (
        BELONGING.replace('lower = "low"\nupper = "high"\n', "")
        .replace(
            'value = "belonging"', 'value = "people"\nwhere = { answer = "Yes" }\ndenominator_where = {}'
        )
        .replace("survey.csv", "long.csv")
    )
    place = load(toy(tmp_path, recipe, long_csv="area_code,answer,people\n" + "\n".join(rows) + "\n"))
    assert values(place, "Belonging").tolist() == [20, 40, 60, 80]


def test_of_a_scale_other_than_percent(tmp_path):
    recipe = LONELY.replace("counts_people = true", "per = 1000").replace("% of", "per 1,000 of")
    assert values(load(toy(tmp_path, recipe)), "Often lonely").round(3).tolist() == [
        33.333,
        250,
        333.333,
        988.889,
    ]


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("E01000001,40,", "E01000001,unknown,", "“unknown” for E01000001 is no number."),
        ("E01000001,40,", "E01000001,140,", "“140” for E01000001 is no percentage: those are from 0 to 100."),
        ("3,90", "-3,90", "“-3” for E01000001 is below 0, and this is a count."),
        ("20,80", "90,80", "“Often lonely”: more are counted than there are in 1 area: E01000002."),
        ("20,80", "20,0", "“Often lonely”: nobody to be a share of in 1 area: E01000002."),
        (
            "40,35,45",
            "40,41,45",
            "“Belonging”: the value is not inside its interval, or one end is missing, in 1 area: E01000001.",
        ),
        ("E01000001,40,", "E01000001,,", "1 of 4 areas without a figure for “Belonging”: E01000001."),
        (
            "asked\n",
            "asked\nE01999999,1,1,1,9,9\n",
            "1 row is about no area of this place, such as “E01999999”.",
        ),
        ("asked\n", "asked\n,1,1,1,9,9\n", "It does not say which area it is about."),
    ],
)
def test_what_cannot_be_used_is_told_and_the_rest_goes_on(tmp_path, old, new, message):
    place = load(toy(tmp_path, survey=SURVEY.replace(old, new)))
    assert told(place).count(message) == 1
    assert values(place, "Belonging").notna().sum() >= 3


def test_marks_of_figures_that_are_not_given_are_told_once(tmp_path):
    survey = SURVEY.replace("E01000001,40,35,45", "E01000001,[c],,").replace(
        "E01000002,50,45,55", "E01000002,[c],,"
    )
    assert "“[c]” for 2 areas, such as E01000001, is no number." in told(load(toy(tmp_path, survey=survey)))


def test_percent_signs_are_read_and_shares_are_asked_about(tmp_path):
    survey = SURVEY.replace("40,35,45", "40%,35%,45%")
    assert values(load(toy(tmp_path / "signs", survey=survey)), "Belonging").tolist() == [40, 50, 60, 70]
    survey = "area_code,belonging,low,high\n" + "".join(f"{code},0.4,0.3,0.5\n" for code in CODES)
    place = load(toy(tmp_path / "shares", BELONGING, survey))
    assert "“Belonging” is in %, and its highest value is 0.4 %." in told(place)


@pytest.mark.parametrize(
    ("survey", "message"),
    [
        (SURVEY + "E01000001,40,35,45,3,90\n", "The area E01000001 stands in 2 rows."),
        (
            SURVEY.replace("E01000004,70,65,75,89,90\n", ""),
            "1 of 4 areas has no row here, such as E01000004: it may be of another vintage than the boundaries (lsoa21).",
        ),
        (SURVEY.replace("belonging", "belong"), "There is no column “belonging”"),
        (SURVEY.replace("area_code", "lsoa11cd"), "There is no column “area_code”"),
        (
            "area_code,belonging,low,high,lonely,asked\n" + "".join(f"{code},x,,,9,90\n" for code in CODES),
            "No area of this place has a value that can be used.",
        ),
    ],
)
def test_a_table_that_cannot_be_joined_is_refused(tmp_path, survey, message):
    with pytest.raises(PlaceError) as caught:
        load(toy(tmp_path, BELONGING, survey))
    assert any(problem.what.startswith(message) for problem in caught.value.problems)


def test_a_table_of_another_vintage_is_refused_unless_it_is_carried_over(tmp_path):
    old = BELONGING.replace('unit = "% of adults"', 'unit = "% of adults"\nlevel = "lsoa11"')
    with pytest.raises(
        PlaceError, match=r"This table is for lsoa11 areas \(the recipe says level = “lsoa11”\)"
    ):
        load(toy(tmp_path / "refused", old))
    bridge = '\n[bridge]\nfile = "bridge.csv"\n'
    lookup = "LSOA11CD,LSOA21CD,CHGIND\n" + "".join(
        f"{old},{new},{letter}\n"
        for old, new, letter in (
            ("E01000001", "E01000001", "U"),
            ("E01000009", "E01000002", "S"),
            ("E01000009", "E01000003", "S"),
            ("E01000007", "E01000004", "M"),
            ("E01000008", "E01000004", "M"),
        )
    )
    survey = "area_code,yes,asked\nE01000001,10,100\nE01000009,30,100\nE01000007,10,50\nE01000008,60,150\n"
    rate = old.replace("belonging", "yes").replace(
        'lower = "low"\nupper = "high"', 'denominator = "asked"\ncarry = true'
    )
    place = load(toy(tmp_path / "rate", rate + bridge, survey, bridge_csv=lookup))
    # A part has the rate of the whole; two together have 70 of 200.
    assert values(place, "Belonging").tolist() == [10, 30, 30, 35]
    plain = rate.replace('denominator = "asked"\n', "")
    place = load(toy(tmp_path / "plain", plain + bridge, survey, bridge_csv=lookup))
    # Of a figure without a denominator nobody knows how it adds up.
    assert values(place, "Belonging").isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('outcome_level = "community"', 'outcome_level = "regional"', "[indicators] outcome_level is 'regional'."),
        ('term = "medium"', 'term = "soon"', "[indicators] term is 'soon'."),
        ('term = "medium"\n', "", "The indicator “Belonging” does not say its term."),
        ('better = "higher"', 'better = "more"', "[indicators] better is 'more'."),
        ('upper = "high"\n', "", "The indicator “Belonging” names only one end of its interval."),
        ('unit = "% of adults"\n', "", "[indicators] does not say “unit”."),
        ('term = "medium"', 'term = "medium"\nper = 100', "The indicator “Belonging” is per 100, but names no denominator."),
        ('term = "medium"', 'term = "medium"\ndenominator = "a"\nper = 0', "[indicators] per is 0."),
        ('term = "medium"', 'term = "medium"\ndenominator = "a"\nper = "x"', "[indicators] per is 'x'."),
        ('term = "medium"', 'term = "medium"\ncarry = true', "[indicators] says carry = true, but there is no [bridge]."),
    ],
)  # fmt: skip
def test_a_recipe_that_does_not_say_enough_is_refused(tmp_path, old, new, message):
    with pytest.raises(PlaceError) as caught:
        load(toy(tmp_path, BELONGING.replace(old, new)))
    assert [problem.what for problem in caught.value.problems] == [message]


def test_context_needs_no_term(tmp_path):
    recipe = BELONGING.replace('outcome_level = "community"\nterm = "medium"', 'outcome_level = "context"')
    assert load(toy(tmp_path, recipe)).indicators_about.loc["Belonging", "term"] == ""


def test_two_indicators_of_one_name_are_refused(tmp_path):
    with pytest.raises(PlaceError, match="Two lists are called “Belonging”"):
        load(toy(tmp_path, BELONGING * 2))


# -- shown beside the index -----------------------------------------------------------------------


def test_figures_have_rank_median_and_what_they_go_together_with(tmp_path):
    found = indicator_figures(assess(load(toy(tmp_path))))
    assert list(found) == list(INDICATOR_COLUMNS)
    belonging = found[found["indicator"] == "Belonging"]
    assert belonging["rank"].tolist() == [4, 3, 2, 1]  # 1 = best, and higher is better
    assert belonging["median"].tolist() == [55] * 4
    lonely = found[found["indicator"] == "Often lonely"]
    assert lonely["rank"].isna().tolist() == [True, False, False, True]
    assert lonely["rank"].dropna().tolist() == [1, 2]  # lower is better
    assert found["spearman"].isna().all()  # four areas are too few


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=10, max_size=40))
def test_spearman_is_that_of_scipy(pairs):
    one, other = (pd.Series(each) for each in zip(*pairs, strict=True))
    assume(one.nunique() > 1 and other.nunique() > 1)
    assert spearman(one, other)[0] == pytest.approx(spearmanr(one, other).statistic, abs=1e-8)
    assert spearman(other, one) == spearman(one, other)


def test_an_area_is_told_with_the_median_of_the_others(tmp_path):
    assessment = assess(load(toy(tmp_path)))
    assert account(assessment, CODES[1]).also_known == [
        "Belonging: 50 % of adults, between 45 and 55 (median of the areas here 55; 2025).",
        "Often lonely: 25 % of those asked (median of the areas here 29; 2025).",
    ]
    # What is not known is not said.
    assert len(account(assessment, CODES[0]).also_known) == 1
    assert account(assess(load(write_toy(tmp_path / "plain"))), CODES[0]).also_known == []


def test_the_page_files_indicators_under_the_levels_with_a_picture_told_in_words(tmp_path):
    recipe = BELONGING.replace('"Belonging"', '"Be<b>longing"') + LONELY
    text = indicators_html(assess(load(toy(tmp_path, recipe))), CODES[1])
    assert text.index("Individual") < text.index("Often lonely") < text.index("Community level")
    assert "<b>longing" not in text
    assert text.count("<img ") == 2
    alt = re.search(r'alt="(Be[^"]*)"', text)
    assert alt
    assert alt[1].endswith("Toytown B is marked with a diamond: 50 % of adults.")
    for value in (40, 50, 60, 70):
        assert f'<td class="am-number">{value}</td>' in text
    assert "Cannot tell: known of 4 areas, too few or too alike to compare." in text
    assert "no part of it" in text


def test_a_place_without_indicators_says_how_to_add_them(tmp_path):
    text = indicators_html(assess(load(write_toy(tmp_path / "plain"))))
    assert text.startswith("<p>No indicator is given for this place.")


def test_a_chart_is_well_formed_and_keeps_every_area_inside():
    dots = [Dot((n + 0.5) / 20, n * 3.7 - 20) for n in range(20)]
    svg = beside_resources(
        dots, [1.0, None, 3.0, 4.0, 5.0], 2.0, dots[3]._replace(lower=-15.0, upper=0.0), "A & B <c>"
    )
    root = ElementTree.fromstring(svg)
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 21
    assert all(
        0 <= float(each.get("cx", "")) <= 380 and 0 <= float(each.get("cy", "")) <= 250 for each in circles
    )
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "A & B <c>" in texts


def test_the_map_may_be_shaded_by_an_indicator(tmp_path):
    assessment = assess(load(toy(tmp_path)))
    ways = shadings(assessment.place)
    assert ways["indicator:Belonging"] == "Also known: Belonging"
    shaded = shade(assessment, "indicator:Belonging")
    # Fifths of four areas: none is in the middle one. Dark is where to look first: the lowest.
    assert list(shaded.classes.values()) == [0, 1, 3, 4]
    assert shaded.values[CODES[0]] == "Belonging: 40 % of adults"
    assert shaded.title == "Belonging, % of adults (higher is good news)"
    lonely = shade(assessment, "indicator:Often lonely")
    assert lonely.values[CODES[0]] == "Often lonely: not known"
    assert lonely.classes[CODES[0]] == 5
    assert lonely.classes[CODES[2]] < lonely.classes[CODES[1]]
    assert "legend-indicator:Belonging" in standalone(assessment)


def test_the_gap_analysis_has_them_and_says_what_they_are(tmp_path):
    write(assess(load(toy(tmp_path))), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out/indicators.csv")
    assert len(table) == 8
    assert table["value"].tolist()[:4] == [40, 50, 60, 70]
    columns = pd.read_csv(tmp_path / "out/columns.csv")
    assert set(columns.loc[columns["table"] == "indicators", "column"]) == set(table)


@pytest.mark.realdata
def test_traffords_own_tables_go_in(tmp_path, realdata):
    folder = write_trafford(tmp_path / "trafford", realdata)
    population = realdata / "trafford/population"
    common = 'code = "area_code"\nbetter = "neither"\noutcome_level = "context"\nsource = "ONS"\nlicence = "OGL v3"\n'
    tables = {
        "No car": f'file = "{population}/2021_car_van_availability_lsoa_trafford.csv"\nvalue = "value"\n'
        'where = {availability_category = "No cars or vans in household"}\ndenominator_where = {}\nunit = "% of households"\n',
        "Aged 65 and over": f'file = "{population}/mid-year_2024_population_estimates_lsoa.csv"\nvalue = "aged_65_and_over"\n'
        'where = {sex = "Persons"}\ndenominator = "all_ages"\nunit = "% of residents"\n',
        "One person, 66 and over": f'file = "{population}/2021_household_composition_lsoa_trafford.csv"\nvalue = "value"\n'
        'where = {indicator = "One-person household: Aged 66 years and over"}\ndenominator_where = {}\nunit = "% of households"\n',
        "Density": f'file = "{population}/2021_population_density_lsoa_trafford.csv"\nvalue = "value"\n'
        'unit = "residents per km²"\n',
    }
    with (folder / "place.toml").open("a", encoding="utf-8") as recipe:
        for name, lines in tables.items():
            recipe.write(f'\n[[indicators]]\nname = "{name}"\n{lines}{common}')
    assessment = assess(load(folder))
    found = indicator_figures(assessment).set_index(["indicator", "area_code"])
    assert found["value"].notna().groupby("indicator").sum().to_dict() == dict.fromkeys(tables, 139)
    # 277 of 277 + 207 + 44 + 5 households; 339 of the 1,634 residents of Trafford 025A are 65 or older.
    assert found.at[("No car", "E01006109"), "value"] == pytest.approx(100 * 277 / 533)
    assert found.at[("Aged 65 and over", "E01006074"), "value"] == pytest.approx(100 * 339 / 1634)
    assert found.at[("Density", "E01006109"), "value"] == 6020.9
    together = found.groupby("indicator")["spearman"].first()
    assert together["Density"] == pytest.approx(0.36, abs=0.02)  # more people, more places within reach
    assert indicators_html(assessment, "E01006109").count("<img ") == len(tables)
