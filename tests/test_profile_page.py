"""The profile of one area, and of one neighbourhood of people's own making."""

from __future__ import annotations

import pytest

from assetmap import assess, load
from assetmap.reasons import standings
from assetmap.taxonomy import themes
from assetmap.views import profile
from assetmap.views.report import account
from tests.screens import screen, words
from tests.toy import CODES, RECIPE, write_toy

WARDS = '\n[[neighbourhoods]]\nname = "Wards"\nfile = "wards.csv"\ntitle = "ward"\ncode = "lsoa21_code"\n'
MEMBERS = "lsoa21_code,ward\n" + "".join(
    f"{code},{ward}\n" for code, ward in zip(CODES, ("West", "West", "East & <i>", "East & <i>"), strict=True)
)


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    return screen("profile")


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.fixture
def warded(tmp_path):
    return write_toy(tmp_path / "toy", place_toml=RECIPE + WARDS, wards_csv=MEMBERS)


def values_of(chart):
    """The rows that a chart draws dots for."""
    drawing = chart.drawing.to_dict()
    data = drawing["layer"][-1].get("data") or drawing["data"]
    return drawing["datasets"][data["name"]]


def test_the_chart_of_themes_stands_where_the_standings_do(demo):
    code = demo.areas.index[5]
    chart = profile.standing_chart(demo, code)
    shares = standings(demo.areas).loc[code]
    assert {each["label"]: each["value"] for each in values_of(chart)} == pytest.approx(
        {label: shares[theme] * 100 for theme, label in themes().items()}
    )
    assert str(demo.areas.at[code, "area_name"]) in chart.told
    assert chart.drawing.to_dict()["usermeta"]["embedOptions"] == {"renderer": "svg", "actions": False}


def test_the_standing_of_toytowns_first_area_by_hand(tmp_path):
    # Green space: only C and D have any within reach, so A and B share the lowest two of four: (1.5 - 0.5) / 4.
    toy = assess(load(write_toy(tmp_path)))
    drawn = {each["label"]: each["text"] for each in values_of(profile.standing_chart(toy, CODES[0]))}
    assert drawn["Green space"] == "25"
    table = profile.standing_html(toy, CODES[0])
    assert '<th scope="row">Green space</th><td>none known</td><td>35 minutes</td><td>25</td>' in table


def test_walks_are_told_kind_by_kind_and_those_beyond_the_catchment_are_hollow(tmp_path):
    toy = assess(load(write_toy(tmp_path)))
    rows = values_of(profile.walks_chart(toy, CODES[0]))
    assert [each["value"] for each in rows] == sorted(each["value"] for each in rows)
    assert all(each["hollow"] == (each["text"] not in ("1 min", "0 min")) for each in rows)
    library = next(each for each in rows if each["label"] == "Library")
    assert library["text"] == "1 min"  # on the spot: begun minutes count


def test_a_theme_that_is_unknown_has_no_dot(tmp_path):
    toy = load(
        write_toy(
            tmp_path,
            place_toml=RECIPE.split("[green_space]")[0] + "[[assets]]" + RECIPE.split("[[assets]]")[1],
        )
    )
    found = assess(toy)
    assert "Green space" not in {each["label"] for each in values_of(profile.standing_chart(found, CODES[0]))}
    table = profile.standing_html(found, CODES[0])
    assert '<th scope="row">Green space</th><td>not known</td>' in table


def test_the_page_opens_on_the_first_priority_and_gives_its_link(app, demo):
    app.run()
    assert not app.exception
    assert not app.error
    assert not app.warning
    code = demo.priorities.index[0]
    assert f"<h2>{demo.areas.at[code, 'area_name']}</h2>" in words(app)
    assert app.query_params == {"place": "demo", "area": code}
    assert app.code[0].value == f"profile?place=demo&area={code}"
    assert len(app.get("vega_lite_chart")) == 2
    assert "<h2>Ways that others have taken</h2><p>" in words(app)


def test_the_area_in_the_link_is_shown_and_another_may_be_chosen(app, demo):
    code, other = demo.areas.index[7], demo.areas.index[9]
    app.query_params.update({"place": "demo", "area": code})
    app.run()
    assert account(demo, code).verdict.split(":")[0] in words(app)
    next(each for each in app.selectbox if each.label == "Area or neighbourhood").select(other).run()
    assert f"<h2>{demo.areas.at[other, 'area_name']}</h2>" in words(app)
    assert app.query_params["area"] == other


@pytest.mark.parametrize("link", [{"area": "<script>"}, {"own": "Nowhere"}])
def test_a_bad_link_is_told_and_the_first_priority_shown(app, demo, link):
    app.query_params.update(link)
    app.run()
    assert not app.exception
    assert app.warning[0].value == (
        "The link names an unknown area or neighbourhood, so the usual view is shown."
    )
    assert f"<h2>{demo.areas.at[demo.priorities.index[0], 'area_name']}</h2>" in words(app)


def test_an_area_chosen_on_another_page_is_followed(app, demo):
    app.run()
    other = demo.areas.index[3]
    app.session_state[f"area {demo.place.fingerprint[:8]}"] = other
    app.run()
    assert f"<h2>{demo.areas.at[other, 'area_name']}</h2>" in words(app)


def test_a_neighbourhood_of_ones_own_has_a_profile(monkeypatch, warded):
    monkeypatch.setenv("ASSETMAP_PLACES", str(warded))
    app = screen("profile")
    own = load(warded)
    app.query_params.update({"place": "toy", "own": "East & <i> (Wards)"})
    app.run()
    assert not app.exception
    assert not app.warning
    assert "<h2>East &amp; &lt;i&gt; (Wards)</h2>" in words(app)
    assert app.query_params["own"] == "East & <i> (Wards)"
    assert app.code[0].value == "profile?place=toy&own=East+%26+%3Ci%3E+%28Wards%29"
    members = own.neighbourhoods[own.neighbourhoods["neighbourhood"] == "East & <i>"]
    found = assess(own)
    # All of C and D have the park within reach; of the whole place only they do, 2,500 of 4,600 people.
    green = next(
        each
        for each in values_of(profile.own_themes(found, members, "East"))
        if each["label"] == "Green space"
    )
    assert green["text"] == "100%"
    assert green["usual"] == pytest.approx(100 * 2_500 / 4_600)
    assert '<th scope="row">Green space</th><td>100%</td><td>54%</td>' in profile.own_themes_html(
        found, members
    )


def test_the_small_map_marks_the_area_and_says_so(app, demo):
    app.run()
    name = demo.areas.at[demo.priorities.index[0], "area_name"]
    assert f'alt="Small map: where {name} lies in Wrenmouth."' in words(app)
