"""The people's weights beside the officers': read from a file or tried out, worked out by hand on the toy, never traced to a few."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from assetmap import PlaceError, Settings, assess, index, load, write
from assetmap.model import THEMES, ResidentsWeights
from assetmap.sources import save
from assetmap.uncertainty import uncertainty
from assetmap.views import page
from assetmap.views.weights import NOTHING_WEIGHED, section_html, weights_html
from assetmap.weights import peoples_weights, weighed_themes, weights_table
from tests.screens import screen, words
from tests.toy import CODES, RECIPE, write_toy

GIVEN = (
    '\n[residents_weights]\nfile = "tokens.csv"\ngiven_by = 34\nsource = "Summer fair"\ndate = "2026-06-20"\n'
)
TOKENS = "theme,tokens\ngroups,60\nGreen space,30\nhubs,10\n"
WITHHELD = "Fewer than 5 residents placed tokens, so their weights are not shown: they could be traced to one of them."


def toy(folder: Path, tokens: str = TOKENS, given: str = GIVEN, **files: str):
    return load(write_toy(folder / "toy", place_toml=RECIPE + given, tokens_csv=tokens, **files))


# -- the file --------------------------------------------------------------------------------------


def test_tokens_become_shares_of_the_whole(tmp_path):
    place = toy(tmp_path)
    assert place.residents_weights == ResidentsWeights(
        {"hubs": 0.1, "groups": 0.6, "green_space": 0.3, "meeting_places": 0.0, "services": 0.0}, 34
    )
    layer = next(each for each in place.layers if each.table == "residents_weights")
    assert (layer.rows_in, layer.rows_used, layer.source, layer.date) == (3, 3, "Summer fair", "2026-06-20")


def test_columns_may_be_named_and_a_theme_may_stand_in_several_rows(tmp_path):
    given = GIVEN + 'theme = "Topic"\ntokens = "Dots"\nwhere = { Event = "Fair" }\n'
    tokens = "Event,Topic,Dots\nFair,hubs,3\nFair,HUBS,2\nFair,Services,5\nOther,hubs,90\n"
    assert toy(tmp_path, tokens, given).residents_weights.weights["hubs"] == 0.5


def test_bad_rows_are_told_and_the_rest_goes_on(tmp_path):
    place = toy(tmp_path, TOKENS + "Pubs,4\nservices,-1\nhubs,many\nhubs,inf\n")
    told = [str(each) for each in place.problems if each.file == "tokens.csv"]
    names = "hubs, groups, green_space, meeting_places, services"
    assert told == [
        f"tokens.csv, row 5, column “theme”: “Pubs” is no theme. Use one of: {names}.",
        *(
            f"tokens.csv, row {row}, column “tokens”: Its tokens are not a number from 0. Mend the cell, or remove the row."
            for row in (6, 7, 8)
        ),
    ]
    assert place.residents_weights.weights["groups"] == 0.6


@pytest.mark.parametrize(
    ("tokens", "given", "said"),
    [
        ("theme,tokens\nhubs,0\n", GIVEN, "tokens.csv: No token in it is on a theme."),
        ("theme,dots\nhubs,1\n", GIVEN, "There is no column “tokens”"),
        (TOKENS, GIVEN.replace("34", "0"), "[residents_weights] given_by is not a number of people."),
        (TOKENS, GIVEN.replace("34", "true"), "[residents_weights] given_by is not a number of people."),
        (
            TOKENS,
            GIVEN.replace("34", '"34"'),
            "[residents_weights] given_by is '34'. Write it as a whole number, without quotes.",
        ),
        (TOKENS, GIVEN.replace("given_by = 34\n", ""), "[residents_weights] does not say “given_by”."),
    ],
)
def test_what_stops_the_load(tmp_path, tokens, given, said):
    with pytest.raises(PlaceError) as error:
        toy(tmp_path, tokens, given)
    assert said in str(error.value)


@pytest.mark.parametrize("people", [1, 4])
def test_what_fewer_than_five_people_say_is_shown_nowhere(tmp_path, people):
    place = toy(tmp_path, given=GIVEN.replace("34", str(people)))
    assert place.residents_weights == ResidentsWeights({}, None, WITHHELD)
    assert [each.what for each in place.problems if each.file == "tokens.csv"] == [WITHHELD]
    found = assess(place)
    write(found, tmp_path / "out")
    assert (tmp_path / "out/weights.csv").read_text().count("\n") == 1
    assert WITHHELD in (tmp_path / "out/map.html").read_text(encoding="utf-8")
    assert not uncertainty(found).switched["choice"].str.contains("residents").any()
    for name in ("map.html", "provenance.json", "uncertainty.csv"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "60 %" not in text
        assert f"{people} people" not in text


def test_five_are_enough(tmp_path):
    assert toy(tmp_path, given=GIVEN.replace("34", "5")).residents_weights.people == 5


def test_a_saved_place_keeps_them(tmp_path):
    place = toy(tmp_path)
    again = load(save(place, tmp_path / "saved")).residents_weights
    assert again.people == 34
    assert again.weights == pytest.approx(place.residents_weights.weights)


# -- what they change ------------------------------------------------------------------------------


def test_ranks_and_priorities_under_both_by_hand(tmp_path):
    """All weight on hubs: B and C have none known and share rank 1.5, A has one, D two (the one at its door, the other 300 m off)."""
    place = toy(tmp_path, tokens="theme,tokens\nhubs,9\n")
    # By the officers only services count: C alone has one, so A, B and D share rank 2.
    only = {f"weight_{theme}": 0.0 for theme in THEMES} | {"weight_services": 1.0}
    found = assess(place, Settings(low_resource_share=0.5, **only))
    told = peoples_weights(found, place.residents_weights.weights, 34)
    assert told.areas["officers_rank"].tolist() == [2, 2, 4, 2]
    assert told.areas["residents_rank"].tolist() == [3, 1.5, 1.5, 4]
    # Half of four is two: the officers have A (decile 1, no green space) and B as low; residents B and C, and C is not deprived.
    assert told.areas["officers_priority"].tolist() == [True, True, False, False]
    assert told.areas["residents_priority"].tolist() == [False, True, False, False]
    assert told.areas["flips"].tolist() == ["drops out", "", "", ""]
    assert told.themes.loc["hubs"].tolist() == [0, 1]
    assert told.themes.loc["services"].tolist() == [1, 0]
    # Ranks 2 2 4 2 beside 3 1.5 1.5 4: products of deviations −2, over the root of 3 × 4.5.
    assert told.spearman == pytest.approx(-2 / (3 * 4.5) ** 0.5)
    words = weights_html(found, told)
    assert words.startswith(
        "<p>34 residents gave these weights. With them Toytown A would no longer be a priority: 1 in all, and 2 with the officers’ weights."
    )
    assert "Spearman’s correlation of the two orders of areas is −0.54 (1 = the same order)." in words
    assert "does not measure friendship" in words


def test_the_same_weights_change_nothing(tmp_path):
    found = assess(
        toy(tmp_path), Settings(low_resource_share=0.5, normalisation="z_score", aggregation="geometric")
    )
    told = peoples_weights(found, dict.fromkeys(THEMES, 7.0))
    assert told.areas["residents_rank"].tolist() == found.areas["resource_rank"].tolist()
    assert told.areas["residents_priority"].tolist() == found.areas["priority"].tolist()
    assert (told.areas["flips"] == "").all()
    assert told.spearman == pytest.approx(1)
    assert "nobody is said to have given them" in weights_html(found, told)
    assert "Areas keep the same order." in weights_html(found, told)


def test_they_are_what_an_assessment_with_those_weights_says(tmp_path):
    demo = assess(load("demo"))
    theirs = {"hubs": 0.0, "groups": 5.0, "green_space": 1.0, "meeting_places": 2.0, "services": 2.0}
    told = peoples_weights(demo, theirs)
    again = assess(
        demo.place, replace(demo.settings, **{f"weight_{theme}": each for theme, each in theirs.items()})
    )
    assert told.areas["residents_rank"].tolist() == again.areas["resource_rank"].tolist()
    assert told.areas["residents_priority"].tolist() == again.areas["priority"].tolist()
    assert told.spearman < 1


def test_weight_on_a_theme_that_is_unknown_here_is_nothing_to_compare(tmp_path):
    found = assess(replace(toy(tmp_path), themes=frozenset({"services"})))
    assert weighed_themes(found) == ["services"]
    assert peoples_weights(found, {"hubs": 1.0}) is None
    assert NOTHING_WEIGHED in section_html(found)
    assert weights_table(found).empty
    nothing = assess(replace(found.place, themes=frozenset()))
    assert weighed_themes(nothing) == []
    assert NOTHING_WEIGHED in section_html(nothing)


def test_the_file_and_the_page_say_it(tmp_path):
    found = assess(toy(tmp_path), Settings(low_resource_share=0.5))
    write(found, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out/weights.csv", keep_default_na=False)
    assert table["about"].tolist() == ["whole place", *["theme"] * 5, *["area"] * 4]
    assert table.loc[0, "people"] == "34"
    of_themes = table[table["about"] == "theme"].set_index("code")
    assert of_themes["officers_weight"].astype(float).tolist() == [0.2] * 5
    assert of_themes["residents_weight"].astype(float).tolist() == [0.1, 0.6, 0.3, 0, 0]
    areas = table[table["about"] == "area"].set_index("code")
    told = peoples_weights(found, found.place.residents_weights.weights)
    assert areas.index.tolist() == list(CODES)
    assert areas["residents_rank"].astype(float).tolist() == told.areas["residents_rank"].tolist()
    assert set(areas["officers_priority"]) <= {"true", "false"}
    columns = pd.read_csv(tmp_path / "out/columns.csv")
    assert columns.loc[columns["table"] == "weights", "column"].tolist() == table.columns.tolist()
    html = (tmp_path / "out/map.html").read_text(encoding="utf-8")
    assert "<h2>The people’s weights</h2><p>34 residents gave these weights." in html
    # And they are one of the choices that are switched one at a time.
    row = uncertainty(found).switched.query("axis == 'weights'").iloc[-1]
    assert row["choice"] == "as residents weigh them (34 people)"
    assert row["priorities"] == int(told.areas["residents_priority"].sum())
    assert row["flipped"] == int((told.areas["flips"] != "").sum())
    assert row["spearman"] == pytest.approx(told.spearman)
    assert "Weights: as residents weigh them (34 people)" in page.switched_html(uncertainty(found))


def test_names_from_files_are_escaped(tmp_path):
    folder = write_toy(tmp_path / "toy", place_toml=RECIPE + GIVEN, tokens_csv="theme,tokens\nhubs,9\n")
    (folder / "areas.geojson").write_text(
        (folder / "areas.geojson").read_text().replace("Toytown A", "<b>A</b>")
    )
    only = {f"weight_{theme}": 0.0 for theme in THEMES} | {"weight_services": 1.0}
    html = section_html(assess(load(folder), Settings(low_resource_share=0.5, **only)))
    assert "<b>A" not in html
    assert "&lt;b&gt;A" in html


def test_compared_with_a_reference_they_are_ranked_there_too(tmp_path):
    from assetmap.reference import reference_of
    from assetmap.sources.reference import reference_text

    text = reference_text(reference_of(load(write_toy(tmp_path / "large"))))
    given = GIVEN + '\n[reference]\nfile = "reference.json"\n'
    found = assess(toy(tmp_path, given=given, reference_json=text), Settings(resource_base="reference"))
    told = peoples_weights(found, found.place.residents_weights.weights)
    again = assess(
        found.place,
        Settings(
            weight_hubs=1, weight_groups=6, weight_green_space=3, weight_meeting_places=0, weight_services=0
        ),
    )
    assert told.areas["residents_rank"].tolist() == again.areas["resource_rank"].tolist()
    assert index.decile(told.areas["residents_rank"], 4).isna().all()


# -- in the app ------------------------------------------------------------------------------------


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    opened = screen("analysis")
    opened.query_params["part"] = "weights"
    return opened


def number(app: AppTest, theme: str):
    return next(each for each in app.number_input if each.label == f"Residents: {theme}")


def test_numbers_may_be_tried_out_and_are_kept_in_the_link(app):
    app.run()
    assert not app.exception
    assert [each.value for each in app.number_input if each.label.startswith("Residents: ")] == [20.0] * 5
    assert "residents_hubs" not in app.query_params
    number(app, "hubs").set_value(0.0)
    next(button for button in app.button if button.label == "Compare").click()
    app.run()
    demo = assess(load("demo"))
    told = peoples_weights(demo, dict.fromkeys(THEMES, 1.0) | {"hubs": 0.0})
    assert weights_html(demo, told) in words(app)
    assert app.query_params["residents_hubs"] == "0"
    next(button for button in app.button if button.label == "Back to equal weights").click()
    app.run()
    assert "residents_hubs" not in app.query_params


def test_a_link_opens_with_its_weights_and_a_bad_one_is_told(app):
    app.query_params.update({"place": "demo", "residents_groups": "4"})
    app.run()
    assert number(app, "groups").value == 4.0
    other = screen("analysis")
    other.query_params.update(
        {"part": "weights", "place": "demo", "residents_groups": "<b>", "residents_hubs": "-3"}
    )
    other.run()
    assert not other.exception
    assert [each.value for each in other.error] == [
        "The link gives weights of residents that cannot be used, so the usual ones are shown."
    ]
    assert "“&lt;b&gt;” is not a number from 0 to 100." in words(other)
    assert number(other, "hubs").value == 20.0


def test_all_nought_says_so(app):
    app.run()
    for each in app.number_input:
        if each.label.startswith("Residents: "):
            each.set_value(0.0)
    next(button for button in app.button if button.label == "Compare").click()
    app.run()
    assert f"<p>{NOTHING_WEIGHED}</p>" in words(app)


def test_the_numbers_begin_with_what_residents_gave(app, tmp_path, monkeypatch):
    folder = write_toy(tmp_path / "toy", place_toml=RECIPE + GIVEN, tokens_csv=TOKENS)
    monkeypatch.setenv("ASSETMAP_PLACES", str(folder))
    app.run()
    assert number(app, "groups").value == 60.0
    assert "34 residents gave these weights." in words(app)
    number(app, "groups").set_value(1.0)
    next(button for button in app.button if button.label == "Compare").click()
    app.run()
    assert "nobody is said to have given them" in words(app)
    assert any(button.label == "Back to what residents gave" for button in app.button)


def test_the_settings_of_the_scale_are_in_the_form_and_in_the_link(app):
    app.run()
    next(each for each in app.selectbox if each.label == "Scale of each theme").select("normal_scores")
    next(each for each in app.selectbox if each.label == "Mean of the themes").select("geometric")
    next(button for button in app.button if button.label == "Apply").click()
    app.run()
    assert not app.exception
    assert app.query_params["normalisation"] == "normal_scores"
    assert app.query_params["aggregation"] == "geometric"
    assert "normalisation normal scores of ranks, aggregation geometric mean" in words(app)
    # Without a reference there is nothing to choose.
    assert not any(each.label == "Areas are compared with" for each in app.selectbox)
