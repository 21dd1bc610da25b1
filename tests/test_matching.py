"""Finding the same place on several lists, from the command line to the next load."""

from __future__ import annotations

import csv

from typer.testing import CliRunner

from assetmap import load
from assetmap.cli import app
from tests.toy import RECIPE, write_toy

MAPPED = """
[[assets]]
name = "OpenStreetMap"
file = "mapped.csv"
title = "name"
kind = "library"
easting = "x"
northing = "y"
opening_hours = "open"
licence = "ODbL"
"""

#: The first is the library of the other list in other words; the second stands 400 m from it and shares one word.
ROWS = "name,x,y,open\nWest Community Library,400520,300510,Mo-Fr 09:00-17:00\nWest Reading Room,400500,300900,\n"


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_matches_are_found_written_and_applied_by_every_load(tmp_path):
    folder = write_toy(tmp_path, place_toml=RECIPE + MAPPED, mapped_csv=ROWS)
    before = load(folder)
    assert len(before.assets) == 8
    assert run("match", str(folder)).exit_code == 0
    with (folder / "matches.csv").open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    found = [(pair["left"].split(" @ ")[0], pair["right"].split(" @ ")[0]) for pair in pairs]
    assert found == [("West Library", "West Community Library")]
    assert (pairs[0]["verdict"], pairs[0]["why"]) == ("same", "nearly the same name, 22 m apart")
    after = load(folder)
    assert len(after.assets) == 7
    library = after.assets.set_index("name").loc["West Library"]
    told = ["Venues; OpenStreetMap", "not stated; ODbL", "Mo-Fr 09:00-17:00"]
    assert library[["sources", "licence", "opening_hours"]].tolist() == told


def test_nothing_is_written_into_the_demo_town():
    found = run("match", "demo")
    assert found.exit_code == 2
    assert found.stderr == (
        "assetmap: demo: The demo town is part of assetmap, so nothing is written to it. Copy it first: assetmap demo FOLDER.\n"
    )
