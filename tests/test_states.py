"""What each page says of a place that has next to nothing, is broken, or is gone: kind words, and what to do."""

from __future__ import annotations

import shutil

import pytest

from assetmap.app import pages
from tests.screens import screen, words
from tests.toy import RECIPE, write_toy

#: A place of which nothing but its areas is known.
BARE = RECIPE[: RECIPE.index("[origins]")]


@pytest.fixture
def bare(tmp_path, monkeypatch):
    folder = write_toy(tmp_path / "bare", place_toml=BARE)
    monkeypatch.setenv("ASSETMAP_PLACES", str(folder))
    return folder


def said(app):
    """Everything that a reader is told by name of kind."""
    return " ".join(
        [*(each.value for kind in ("error", "warning", "info") for each in app.get(kind)), words(app)]
    )


def at(name):
    app = screen(name)
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("name", pages.NAMES)
def test_a_place_of_which_only_the_areas_are_known_is_shown_or_told(bare, name):
    told = said(at(name))
    assert "a fault of its own" not in told
    assert "Toytown" in told or name == "methods"


@pytest.mark.parametrize("name", pages.NAMES)
def test_a_broken_place_is_told_with_what_to_do(bare, name):
    (bare / "place.toml").write_text("[place\nname = ", encoding="utf-8")
    told = said(at(name))
    if name == "methods":
        return
    assert "This place cannot be shown as it is." in told
    assert "place.toml" in told
    assert "a fault of its own" not in told


@pytest.mark.parametrize("name", pages.NAMES)
def test_a_place_whose_folder_is_gone_while_it_is_open_is_still_shown_or_told(bare, name):
    app = at(name)
    shutil.rmtree(bare)
    app.run()
    assert not app.exception
    told = said(app)
    assert "a fault of its own" not in told
    assert told.strip()


def test_nothing_known_is_not_told_as_none(bare):
    told = said(at("map"))
    assert (
        "No list of Toytown tells of any place, group or green space yet, so what is there is not known."
        in told
    )
    assert "0 mapped places" not in told
    assert "This place has no table of postcodes, so tap the map where you are instead." in said(at("near"))
