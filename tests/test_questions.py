"""A councillor's questions, and what one more place would change: exact, whatever the town; one page, readable without a script."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmap import Settings, assess, load
from assetmap.access import walked
from assetmap.columns import WHAT_IF_COLUMNS
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import questions as asking
from assetmap.views.questions import HEADING, asked_of, details_html, lead, page_html, questions
from assetmap.what_if import minutes_nearer, one_more
from tests.screens import screen, words
from tests.toy import CODES, RECIPE, write_toy
from tests.trafford import write_trafford

A, B, C, D = CODES

HEADS = ["How sure are we?", "What would change it?", "What could be done?", "What does this not say?"]


def told_of(assessment):
    found = uncertainty(assessment, draws=100)
    whole = with_bands(assessment, found)
    more = one_more(whole, asked_of(whole))
    return whole, questions(whole, found, more)


@pytest.fixture(scope="module")
def demo():
    return told_of(assess(load("demo")))


@pytest.fixture
def toy(tmp_path):
    return assess(load(write_toy(tmp_path / "toy")), Settings(low_resource_share=0.5))


# -- one more place ---------------------------------------------------------------------------------


def with_a_place(place, theme, kind, point):
    """The place with one more venue, or one more green space that is a point."""
    if theme == "green_space":
        site = gpd.GeoDataFrame(
            {"name": ["New"], "kind": [kind], "area_ha": [1.0], "sources": ["x"], "licence": ["x"]},
            geometry=[point],
            index=["new site"],
            crs=place.crs,
        )
        return replace(place, green_space=pd.concat([place.green_space, site]))
    venue = place.assets.iloc[[0]].set_axis(["new venue"]).assign(name="New", kind=kind, theme=theme)
    return replace(place, assets=pd.concat([place.assets, venue.set_geometry([point])]))


def as_the_whole_path_has_it(assessment, row):
    place = with_a_place(assessment.place, row.theme, row.kind, assessment.place.origins[row.area_code])
    again = assess(place, assessment.settings).areas.loc[row.area_code]
    return again["resource_rank"], again["resource_low"], again["priority"]


def exact(assessment, codes):
    table = one_more(assessment, codes)
    assert list(table) == list(WHAT_IF_COLUMNS)
    for row in table.itertuples():
        told = (row.rank_then, row.low_then, row.priority_then)
        assert told == as_the_whole_path_has_it(assessment, row), row
    return table


def test_one_more_place_is_as_the_whole_path_has_it(demo):
    whole, _ = demo
    table = exact(whole, list(whole.priorities.index[:2]))
    assert len(table) == 10
    # A hub at the door meets the standard, so the area is no priority then, low as it may still be.
    assert not table.loc[table["theme"] == "hubs", "priority_then"].any()


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    venues=st.lists(
        st.tuples(
            st.sampled_from(["Library", "Hub", "Sports club", "Café", "Food bank"]),
            st.integers(400_000, 404_000),
            st.integers(300_000, 301_000),
        ),
        min_size=1,
        max_size=10,
    ),
    measure=st.sampled_from(["reach", "count", "nearest", "e2sfca", "diversity"]),
)
def test_one_more_place_is_exact_in_any_town_and_measure(tmp_path_factory, venues, measure):
    table = "name,kind,easting,northing,postcode\n"
    table += "".join(f"Place {n},{kind},{x},{y},\n" for n, (kind, x, y) in enumerate(venues))
    place = load(write_toy(tmp_path_factory.mktemp("town") / "toy", venues_csv=table))
    exact(
        assess(place, Settings(measure_hubs=measure, measure_services=measure, low_resource_share=0.5)),
        [A, C],
    )


def test_one_more_place_is_exact_where_walks_start_from_homes(tmp_path):
    """Two homes in B, 500 m apart: the new place stands between them."""
    homes = "x,y,n\n400500,300500,10\n401250,300500,60\n401750,300500,40\n402500,300500,5\n403500,300500,5\n"
    recipe = RECIPE + '\n[residents]\nfile = "homes.csv"\neasting = "x"\nnorthing = "y"\npeople = "n"\n'
    assessment = assess(load(write_toy(tmp_path / "toy", place_toml=recipe, homes_csv=homes)))
    exact(assessment, [B])


def test_it_says_by_how_much_the_nearest_would_have_to_be_nearer(toy):
    """B is 1,000 m from both libraries, 1,300 m on foot: 16.25 minutes, and the standard is 15."""
    table = one_more(toy, [A, B]).set_index(["area_code", "theme"])["minutes_nearer"]
    assert table[B, "hubs"] == pytest.approx(1.25)
    assert pd.isna(table[A, "hubs"])  # the library is at the door
    assert pd.isna(table[B, "groups"])  # no standard
    assert table[A, "green_space"] == pytest.approx(2_100 * 1.3 / 80 - 15)


def test_the_walk_that_half_of_the_residents_have_counts(tmp_path):
    """B: 60 live 750 m from the west library (975 m on foot, 12.2 minutes), 40 live 1,250 m away; then 40 and 60."""
    recipe = RECIPE + '\n[residents]\nfile = "homes.csv"\neasting = "x"\nnorthing = "y"\npeople = "n"\n'
    rest = "400500,300500,9\n402500,300500,9\n403500,300500,9\n"
    told = {}
    for near, far in ((60, 40), (40, 60)):
        homes = f"x,y,n\n401250,300500,{near}\n401900,300500,{far}\n{rest}"
        place = load(write_toy(tmp_path / f"toy{near}", place_toml=recipe, homes_csv=homes))
        told[near] = minutes_nearer(walked(place, Settings()), "hubs", B)
    assert pd.isna(told[60])
    assert told[40] == pytest.approx(1_400 * 1.3 / 80 - 15)


def test_an_area_of_unknown_rank_is_left_out(tmp_path):
    recipe = RECIPE.split("[green_space]")[0]
    assessment = assess(load(write_toy(tmp_path / "toy", place_toml=recipe)))
    assert one_more(assessment, [A]).empty
    with pytest.raises(KeyError):
        one_more(assessment, ["E09999999"])


# -- the questions ----------------------------------------------------------------------------------


def test_every_priority_is_asked_about_in_order(demo):
    whole, told = demo
    assert [each.account.area_code for each in told] == list(whole.priorities.index)
    assert lead(whole) == "4 priority neighbourhoods, first priority first."
    for each in told:
        assert list(each.answers) == ["Why here?", "Compared with whom?", *HEADS[:2]]
        assert all(each.answers.values())
        assert each.answers["Why here?"][0] == whole.areas.at[each.account.area_code, "reason"]


def test_only_the_first_are_told_where_there_are_many(demo, monkeypatch):
    monkeypatch.setattr(asking, "MOST_TOLD", 3)
    whole, _ = demo
    assert asked_of(whole) == list(whole.priorities.index[:3])
    assert lead(whole).startswith("The first 3 of 4 priority neighbourhoods, first priority first.")


def test_the_answers_of_a_toy_priority(toy, tmp_path):
    """B: 2nd decile of deprivation, the nearest hub 16.25 minutes away; west to east ranks by hand are in tests of the index."""
    whole, told = told_of(toy)
    assert asked_of(whole) == [A, B]
    answers = told[1].answers
    rank = f"{whole.areas.at[B, 'resource_rank']:g}"
    assert answers["Compared with whom?"] == [
        f"For social resources, with Toytown: 4 areas, 5 of 5 themes. Low means the 50 % of them with the fewest: rank 2 of 4 or lower (1 = fewest). This area has rank {rank}.",
        "It is compared with no area elsewhere: what is low here need not be low there.",
        "For deprivation (overall index), with all areas of IoD2025. High means decile 2 or lower (1 = most deprived). This area is in decile 2.",
        "For hubs, with a standard that is the same for all areas: 15 minutes on foot (Moreno C. et al. (2021), Introducing the “15-Minute City”, Smart Cities 4(1), 93–111).",
        "For green space, with a standard that is the same for all areas: 15 minutes on foot (Defra (2023), Environmental Improvement Plan, for England).",
    ]
    assert (
        answers["What would change it?"][0]
        == "Hubs: with the nearest 2 minutes nearer on foot, the 15-minute standard would be met."
    )
    assert (
        answers["What would change it?"][-1]
        == "Deprivation: were high deprivation to mean decile 1 or lower (1 = most deprived), it would not count as high here."
    )


def test_where_there_is_no_priority_the_page_says_so_and_shows_why_not(tmp_path):
    """None of the areas may be called low; A and B meet the other two conditions."""
    assessment = assess(load(write_toy(tmp_path / "toy")), Settings(low_resource_share=0.0))
    assert assessment.priorities.empty
    whole, told = told_of(assessment)
    said = lead(whole)
    assert said.startswith(
        "There is no priority neighbourhood here: in no area do low resources, high deprivation and a missed standard meet."
    )
    assert [next(iter(each.answers)) for each in told] == ["Why not here?"] * 2
    assert "Not a priority neighbourhood." in page_html(whole, told)


def test_where_nothing_can_be_judged_nobody_is_asked_about(tmp_path):
    recipe = RECIPE.split("[green_space]")[0]
    whole, told = told_of(assess(load(write_toy(tmp_path / "toy", place_toml=recipe))))
    assert told == []
    assert lead(whole) == "No area can be judged here, so there is no priority neighbourhood to ask about."
    assert "No area can be judged here" in page_html(whole, told)


def test_a_choice_that_drops_a_priority_is_named(demo):
    whole, _ = demo
    found = uncertainty(whole, draws=10)
    switched = found.switched.copy()
    code = whole.priorities.index[0]
    switched.loc[0, "drop_out"] = f"{code} {whole.areas.at[code, 'area_name']}; WM999 Elsewhere"
    told = questions(whole, replace(found, switched=switched), one_more(whole, [code]), [code])[0]
    first = switched.iloc[0]
    assert (
        f"Of {len(switched)} choices of method, made otherwise one at a time, it would not be a priority with 1: {first['axis']}, {first['choice']}."
        in told.answers["What would change it?"]
    )


class Outline(HTMLParser):
    """Headings, elements and links of a page."""

    def __init__(self):
        super().__init__()
        self.levels, self.tags, self.ids, self.links = [], [], [], []

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.tags.append(tag)
        if re.fullmatch(r"h\d", tag):
            self.levels.append(int(tag[1]))
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "a":
            self.links.append(told["href"])


def test_the_page_is_one_file_with_headings_in_order_and_no_script(demo):
    whole, told = demo
    text = page_html(whole, told)
    outline = Outline()
    outline.feed(text)
    assert outline.levels[0] == 1
    assert all(
        later - earlier <= 1 for earlier, later in zip(outline.levels, outline.levels[1:], strict=False)
    )
    assert outline.levels.count(1) == 1
    assert not {"script", "img", "iframe", "details"} & set(outline.tags)
    assert (
        outline.links
        == [f"#{code}" for code in outline.ids]
        == [f"#{each.account.area_code}" for each in told]
    )
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert text == page_html(whole, told)
    for section in text.split("<section id=")[1:]:
        assert [head for head in re.findall(r"<h3>(.*?)</h3>", section) if head in HEADS] == HEADS


def test_names_from_files_are_escaped(tmp_path):
    folder = write_toy(tmp_path / "toy")
    areas = (folder / "areas.geojson").read_text().replace("Toytown B", "<b>B</b>")
    (folder / "areas.geojson").write_text(areas)
    whole, told = told_of(assess(load(folder), Settings(low_resource_share=0.5)))
    for text in (page_html(whole, told), details_html(whole, told)):
        assert "<b>B</b>" not in text
        assert "&lt;b&gt;B&lt;/b&gt;" in text


def test_the_app_has_the_questions_and_the_page_to_print():
    app = screen("analysis")
    app.query_params["part"] = "questions"
    app.run()
    assert not app.exception
    told = words(app)
    assert (
        "<p>4 priority neighbourhoods, first priority first.</p><details><summary>Sallows Sluice</summary>"
        in told
    )
    assert f"<h2>{HEADING}</h2>" in told
    area = screen("map")
    area.query_params["area"] = "WM060"
    area.run()
    assert "<summary>Ways that others have taken</summary>" in words(area)
    assert "Councillor’s questions to print (HTML)" in [
        each.proto.label for each in area.get("download_button")
    ]


@pytest.mark.realdata
def test_traffords_one_priority(realdata, tmp_path):
    whole, told = told_of(assess(load(write_trafford(tmp_path, realdata))))
    assert [each.account.area_name for each in told] == ["Trafford 022C"]
    changes = told[0].answers["What would change it?"]
    assert (
        changes[0] == "Hubs: with the nearest 1 minute nearer on foot, the 15-minute standard would be met."
    )
    exact(whole, asked_of(whole))
