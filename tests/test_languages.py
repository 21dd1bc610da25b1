"""The words of the first screen in each language: whole, with the same gaps to fill, and shown."""

from __future__ import annotations

from datetime import datetime
from string import Formatter

import pytest

from assetmap import load
from assetmap.app import pages
from assetmap.languages import LANGUAGES, say, table
from assetmap.model import THEMES
from assetmap.taxonomy import kinds
from assetmap.views import near
from tests.screens import screen, words

FORMS = {"en": {"one", "other"}, "cy": {"zero", "one", "two", "few", "many", "other"}}
WORDS = {key: said for key, said in table().items() if not key.startswith("kinds.")}


def gaps(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def forms(said):
    return said if isinstance(said, dict) else {"": said}


@pytest.mark.parametrize("key", WORDS)
def test_each_string_has_the_same_gaps_in_each_language_and_the_forms_it_needs(key):
    assert set(WORDS[key]) == set(LANGUAGES) if key.startswith("near.") else "en" in WORDS[key]
    wanted = gaps(forms(WORDS[key]["en"]).get("other", WORDS[key]["en"]))
    for language, said in WORDS[key].items():
        assert isinstance(said, dict) == isinstance(WORDS[key]["en"], dict)
        if isinstance(said, dict):
            assert set(said) == FORMS[language]
        for text in forms(said).values():
            assert text.strip()
            assert gaps(text) == wanted


def test_each_page_theme_and_filter_has_its_string():
    wanted = {
        *(f"near.page_{name}" for name in pages.NAMES),
        *(f"near.theme_{theme}" for theme in THEMES),
        *(f"near.filter_{name}" for name in near.FILTERS),
    }
    assert wanted <= set(WORDS)


def test_the_kinds_that_have_a_welsh_word_are_kinds():
    assert {key.removeprefix("kinds.") for key in table() if key.startswith("kinds.")} <= set(kinds())


@pytest.mark.parametrize(
    ("n", "wanted"),
    [
        (0, "0 lle o fewn 5 munud ar droed"),
        (1, "1 lle o fewn 5 munud ar droed"),
        (2, "2 le o fewn 5 munud ar droed"),
        (3, "3 lle o fewn 5 munud ar droed"),
        (1_200, "1,200 lle o fewn 5 munud ar droed"),
    ],
)
def test_numbers_take_the_form_of_the_language(n, wanted):
    assert say("near.found", "cy", n, within=5) == wanted


def test_what_has_no_welsh_is_said_in_english():
    assert near.kind_label("golf_course", "cy") == kinds()["golf_course"].label
    assert say("near.near", "fr", start="here") == "Near here"


def test_the_first_screen_in_welsh():
    app = screen("near")
    app.query_params["lang"] = "cy"
    app.run()
    assert not app.exception
    shown = words(app)
    assert "Yn hysbys yn Wrenmouth" in shown
    assert "Mannau gwyrdd" in shown
    app.text_input("near postcode").input("zz1 7py").run()
    shown = words(app)
    assert "Ger ZZ1 7PY" in shown
    assert "Llyfrgell, 2 funud" in shown
    for english in ("Near ", " minutes", "Not known", "places within", "Fictional place"):
        assert english not in shown
    assert app.query_params["lang"] == "cy"
    app.text_input("near postcode").input("XX9 9XX").run()
    assert any("Nid yw “XX9 9XX” yn god post" in each.value for each in app.warning)


def test_a_language_that_is_not_there_is_told():
    app = screen("near")
    app.query_params["lang"] = "tlh"
    app.run()
    assert [each.value for each in app.warning] == [say("near.link_language")]
    assert "Known in and around Wrenmouth" in words(app)


def test_the_sheet_in_welsh_says_which_language_it_is_in():
    place, moment = load("demo"), datetime(2026, 3, 2, 11, 0)
    found = near.near(place, place.settings, place.origins.iloc[0], moment, "cy")
    notes = near.notes(place, 2, ("free",), "cy")
    text = near.sheet(place, place.settings, "ZZ1 7PY", found[:5], notes, moment, "cy")
    assert '<html lang="cy">' in text
    assert "<h1>Taith gerdded o ZZ1 7PY</h1>" in text
    assert "Gwnaed ar 2 Mawrth 2026." in text
    assert "Efallai fod 2 le arall yn cyfateb (am ddim)" in text
