"""The page of priorities: the list, its filters, the area that is chosen, and what other settings change."""

from __future__ import annotations

import json

import pytest

from assetmap import Settings, assess, load
from assetmap.evidence import evidence, with_evidence
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import page, priorities, why
from assetmap.views.priorities import Listed
from assetmap.views.report import account
from tests.screens import screen, words
from tests.toy import CODES, RECIPE, write_toy

WARDS = '\n[[neighbourhoods]]\nname = "Wards"\nfile = "wards.csv"\ntitle = "ward"\ncode = "lsoa21_code"\n'


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    return screen("priorities")


def judged(place, settings=None):
    """A place as the app shows it."""
    assessment = assess(place, settings)
    banded = with_bands(assessment, uncertainty(assessment))
    return with_evidence(banded, evidence(assessment))


@pytest.fixture(scope="module")
def demo():
    return judged(load("demo"))


def tables(app):
    """What each table of the page was given: its HTML and the chosen code."""
    mine = (each.proto for each in app.get("bidi_component"))
    return [json.loads(each.json) for each in mine if each.component_name == "assetmap.picks"]


def picks(app):
    (table,) = tables(app)
    return table


def map_of(app):
    return json.loads(app.get("component_instance")[0].proto.json_args)["feature_group"]


# -- the list --------------------------------------------------------------------------------------


def test_the_priorities_come_first_and_then_what_comes_nearest(demo):
    rows = priorities.listed(demo)
    first = [row.code for row in rows if row.priority]
    assert first == list(demo.priorities.index)
    near = rows[len(first) :]
    assert 0 < len(near) <= priorities.MOST_NEAR
    assert [row.share for row in near] == sorted((row.share for row in near), reverse=True)
    assert not any(demo.areas.at[row.code, "priority"] for row in near)


def test_toytown_has_no_priority_and_two_areas_that_come_near(tmp_path):
    # A: decile 1 and no green space near; B: decile 2, no hub and no green space. Neither is among the lowest fifth of four.
    rows = priorities.listed(judged(load(write_toy(tmp_path))))
    assert [(row.code, row.priority) for row in rows] == [(CODES[0], False), (CODES[1], False)]
    assert {"hubs", "green_space"} <= rows[1].themes


A_ROW = Listed("A", True, "1", frozenset({"hubs"}), frozenset({"real gap"}), 0.95, frozenset({"North"}))
B_ROW = Listed("B", True, "", frozenset({"groups"}), frozenset(), float("nan"), frozenset())


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, "AB"),
        ({"patch": "1"}, "A"),
        ({"patch": "2"}, ""),
        ({"thin": "groups"}, "B"),
        ({"verdict": "real gap"}, "A"),
        ({"within": "North"}, "A"),
        ({"draws": "95"}, "A"),  # at least, and an unknown share is no share
        ({"draws": "100"}, ""),
        ({"thin": "hubs", "verdict": "cannot tell"}, ""),
        ({"patch": "", "thin": ""}, "AB"),
    ],
)
def test_a_filter_keeps_what_passes_all_of_it(asked, left):
    assert "".join(row.code for row in priorities.chosen([A_ROW, B_ROW], asked)) == left


def test_the_table_says_each_figure_with_its_direction_and_each_name_is_a_button(demo):
    table = priorities.table(demo, priorities.listed(demo))
    code = demo.priorities.index[0]
    assert f'<button type="button" data-code="{code}">{demo.areas.at[code, "area_name"]}</button>' in table
    for said in ("(1 = most deprived)", "(1 = fewest resources)", "real gap", "no priority"):
        assert said in table


def test_names_are_text_in_the_table(tmp_path):
    toy = write_toy(tmp_path)
    areas = toy / "areas.geojson"
    areas.write_text(areas.read_text().replace("Toytown A", "<img src=x onerror=alert(1)>"))
    assessment = judged(load(toy))
    table = priorities.table(assessment, priorities.listed(assessment))
    assert "<img" not in table
    assert "&lt;img src=x onerror=alert(1)&gt;" in table


def test_a_place_is_asked_only_what_it_can_tell(tmp_path, demo):
    toy = load(write_toy(tmp_path / "toy"))
    assert set(priorities.filters(assess(toy))) == {"thin"}
    assert set(priorities.filters(demo)) == {"patch", "thin", "verdict", "draws"}
    wards = "lsoa21_code,ward\n" + "".join(f"{code},East <i>\n" for code in CODES[1:])
    told = load(write_toy(tmp_path / "wards", place_toml=RECIPE + WARDS, wards_csv=wards))
    assert set(priorities.filters(assess(told))) == {"thin", "within"}
    (label,) = [each for each in priorities.filters(assess(told))["within"][1] if each]
    assert [row.code for row in priorities.chosen(priorities.listed(assess(told)), {"within": label})] == [
        CODES[1]
    ]


# -- the page --------------------------------------------------------------------------------------


def test_the_page_opens_on_the_ranked_list(app, demo):
    app.run()
    assert not app.exception
    assert not app.error
    assert not app.warning
    rows = [row for row in priorities.listed(demo) if row.priority]
    assert picks(app) == {"html": priorities.table(demo, rows), "chosen": ""}
    assert app.query_params == {"place": "demo"}
    assert "What these settings change" not in words(app)


def test_an_area_in_the_link_is_marked_in_the_table_and_outlined_on_the_map_with_its_account(app, demo):
    code = demo.priorities.index[1]
    app.query_params["area"] = code
    app.run()
    assert picks(app)["chosen"] == code
    assert f'"selected":"{code}"' in map_of(app)
    assert page.account_html(account(demo, code)) in words(app)
    assert app.query_params["area"] == code


def test_a_filter_in_the_link_narrows_the_list_says_so_and_can_be_undone(app, demo):
    app.query_params.update({"place": "demo", "verdict": "real gap"})
    app.run()
    rows = [row for row in priorities.listed(demo) if row.priority]
    left = [row for row in rows if "real gap" in row.verdicts]
    assert 0 < len(left) < len(rows)
    assert picks(app)["html"] == priorities.table(demo, left)
    assert f"{len(left)} of {len(rows)} shown." in words(app)
    assert app.query_params["verdict"] == "real gap"
    next(each for each in app.button if each.label == "Show all").click()
    app.run()
    assert picks(app)["html"] == priorities.table(demo, rows)
    assert "verdict" not in app.query_params


def test_no_area_left_is_told_kindly(app):
    app.query_params.update({"place": "demo", "verdict": "probably missing data", "draws": "100"})
    app.run()
    assert "No area of the list passes all filters." in app.info[0].value
    assert not tables(app)
    assert any(each.label == "Show all" for each in app.button)


def test_an_unknown_filter_in_the_link_is_told(app, demo):
    app.query_params["thin"] = "<b>"
    app.run()
    assert not app.exception
    assert app.warning[0].value == (
        "The link names an unknown choice of “Falls short or is thin”, so the usual view is shown."
    )


def test_what_comes_nearest_is_shown_when_asked(app, demo):
    app.query_params["near"] = "yes"
    app.run()
    assert picks(app)["html"] == priorities.table(demo, priorities.listed(demo))
    assert app.query_params["near"] == "yes"


def test_none_is_an_answer_and_what_comes_nearest_follows(app, demo):
    app.query_params["low_resource_share"] = "0"
    app.run()
    assert not app.exception
    again = judged(demo.place, Settings(low_resource_share=0))
    assert again.priorities.empty
    assert "<strong>No priority neighbourhoods.</strong>" in words(app)
    assert "The areas that come nearest" in words(app)
    assert picks(app)["html"] == priorities.table(again, priorities.listed(again))


def test_other_settings_say_what_they_change_each_by_itself(app, demo):
    app.query_params.update({"walking_speed_kmh": "2.9", "high_deprivation_decile": "1"})
    app.run()
    assert not app.exception
    both = {"walking_speed_kmh": 2.9, "high_deprivation_decile": 1}
    alone = [
        ("Walking speed, km/h: 2.9 (usually 4.8)", assess(demo.place, Settings(walking_speed_kmh=2.9))),
        (
            "High deprivation: decile up to: 1 (usually 2)",
            assess(demo.place, Settings(high_deprivation_decile=1)),
        ),
    ]
    own = assess(demo.place)
    assert why.why_html(own, assess(demo.place, Settings(**both)), alone) in words(app)


def test_a_place_without_deprivation_says_that_nobody_can_tell(monkeypatch, tmp_path):
    empty = "lsoa21_code,rank,decile,income\nE01000001,,,\nE01000002,,,\nE01000003,,,\nE01000004,,,\n"
    toy = write_toy(tmp_path / "toy", deprivation_csv=empty)
    monkeypatch.setenv("ASSETMAP_PLACES", str(toy))
    app = screen("priorities").run()
    assert not app.exception
    assert "Deprivation is not known here" in words(app)
    assert not tables(app)
