"""Which places the map shows."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from assetmap import load
from assetmap.taxonomy import kinds
from assetmap.views import showing
from tests.screens import screen
from tests.test_app import shown
from tests.toy import write_toy


@pytest.fixture(scope="module")
def demo():
    return load("demo")


def number(label: str) -> int:
    return int(re.search(r"\(([\d,]+)\)$", label)[1].replace(",", ""))


def test_themes_sectors_and_kinds_each_count_every_place_once(demo):
    ways = showing.ways(demo)
    assert next(iter(ways.items())) == ("", "All places")
    whole = len(demo.assets) + len(demo.green_space)
    for sort in ("theme", "sector", "kind"):
        assert sum(number(label) for way, label in ways.items() if way.startswith(f"{sort}:")) == whole


def test_a_place_is_shown_by_each_approach_that_its_kind_speaks_to(demo):
    ways, known = showing.ways(demo), kinds()
    every = pd.concat([demo.assets["kind"], demo.green_space["kind"]])
    speaks = every.map(lambda kind: "social_networks" in known[kind].approaches)
    assert number(ways["approach:social_networks"]) == speaks.sum() > 0
    assert showing.labels(demo, "approach:social_networks") == sorted(
        {known[kind].label for kind in every[speaks]}
    )


def test_what_a_place_has_none_of_is_not_offered(tmp_path):
    toy = load(write_toy(tmp_path))
    ways = showing.ways(toy)
    assert {way for way in ways if way.startswith("kind:")} == {
        f"kind:{kind}" for kind in {*toy.assets["kind"], *toy.green_space["kind"]}
    }
    assert showing.labels(toy, "") == []


def test_the_page_keeps_it_in_the_link_and_tells_a_bad_one(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("map")
    app.query_params.update({"place": "demo", "places": "kind:library"})
    app.run()
    assert not app.exception
    assert not app.warning
    assert app.query_params["places"] == "kind:library"
    assert '"only":["Library"]' in shown(app)["feature_group"]
    bad = screen("map")
    bad.query_params.update({"place": "demo", "places": "kind:<b>"})
    bad.run()
    assert [each.value for each in bad.warning] == [
        "The link names an unknown sort of places, so the usual view is shown."
    ]
    assert '"only":[]' in shown(bad)["feature_group"]
