"""Finding the same place on several lists, from the command line to the next load."""

from __future__ import annotations

import csv
import re

import pytest
from typer.testing import CliRunner

from assetmap import load
from assetmap.cli import app
from assetmap.sources import match, save
from assetmap.sources.decisions import Decision, listing_key, read_decisions, record
from assetmap.sources.linkage import find_organisations
from tests.toy import RECIPE, VENUES, write_toy
from tests.trafford import write_trafford

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


REGISTER = """
licence = "OGL v3"

[[assets]]
name = "Register"
file = "register.csv"
title = "charity"
role = "contact"
identifier = "Charity number"
website = "web"
for_age = "ages"
postcode = "postcode"
address = "address"
licence = "ODbL"
"""
#: The first is the food bank of the other list; the second is about another place; the third is never to be placed.
CHARITIES = """charity,Charity number,web,ages,postcode,address
THE TOWN PANTRY,1109789,www.pantry.example,16 and over,ZZ1 1AA,1 Home Street
Friends of West Library,1109790,,,,
West Refuge,1109791,,,,
"""
PANTRY, CHARITY = "Town Pantry @ 402500,300500", "THE TOWN PANTRY @ no place"


def registered(folder, **files):
    return write_toy(folder, place_toml=RECIPE + REGISTER, register_csv=CHARITIES, **files)


def decide(folder, act, subject, other=""):
    record(folder, [Decision("2026-05-01", "Ann", act, subject, other)])


def told(place):
    return [str(problem) for problem in place.problems if problem.severity != "note"]


def test_a_charity_of_a_register_is_offered_and_joined_only_when_somebody_says_so(tmp_path):
    folder = registered(tmp_path)
    lines = match(folder)
    assert lines[["left", "right", "verdict", "why"]].to_numpy().tolist() == [
        [PANTRY, CHARITY, "doubtful", "the same name, no place to compare"]
    ]
    apart = load(folder)
    assert list(apart.organisations["name"]) == ["THE TOWN PANTRY", "Friends of West Library", "West Refuge"]
    assert set(apart.assets["sources"]) == {"Venues"}

    decide(folder, "same", PANTRY, CHARITY)
    place = load(folder)
    pantry = place.assets.set_index("name").loc["Town Pantry"]
    assert pantry[["list", "sources", "licence", "identifier", "website", "for_age"]].tolist() == [
        "Venues", "Venues; Register", "OGL v3; ODbL", "1109789", "www.pantry.example", "16 and over",
    ]  # fmt: skip
    # A contact address may be somebody's home, and stays out.
    assert pantry[["address", "postcode"]].tolist() == ["", ""]
    assert (pantry.geometry.x, pantry.geometry.y) == (402_500, 300_500)
    assert list(place.organisations["name"]) == ["Friends of West Library", "West Refuge"]
    assert list(place.assets.index) == list(apart.assets.index)
    assert told(place) == [
        "register.csv, row 2: “THE TOWN PANTRY” is “Town Pantry”, as people said. Counted once; nothing to do."
    ]
    assert match(folder).empty
    # As a place of its own it is the same.
    again = load(save(place, tmp_path / "saved"))
    assert again.assets.set_index("name").at["Town Pantry", "sources"] == "Venues; Register"
    assert len(again.organisations) == 2

    decide(folder, "different", CHARITY, PANTRY)
    assert list(load(folder).organisations["name"]) == list(apart.organisations["name"])
    assert set(load(folder).assets["sources"]) == {"Venues"}
    assert match(folder).empty


def test_a_venue_keeps_what_it_says_itself_and_takes_only_what_is_of_the_group(tmp_path):
    recipe = RECIPE + 'website = "web"\n' + REGISTER.replace('"contact"', '"base"')
    venues = "name,kind,easting,northing,postcode,web\nTown Pantry,Food bank,402500,300500,,own.example\n"
    folder = write_toy(tmp_path, place_toml=recipe, register_csv=CHARITIES, venues_csv=venues)
    assert load(folder).organisations.at[0, "address"] == "1 Home Street"
    decide(folder, "same", CHARITY, PANTRY)
    pantry = load(folder).assets.iloc[0]
    assert pantry[["website", "identifier", "for_age"]].tolist() == ["own.example", "1109789", "16 and over"]
    # The office is not where people go.
    assert pantry[["address", "postcode"]].tolist() == ["", ""]


def test_an_office_with_the_postcode_of_a_place_needs_less_of_its_name(tmp_path):
    venues = "name,kind,easting,northing,postcode\nThe Pantry at Town Hall,Food bank,,,ZZ1 1AA\n"
    contact = registered(tmp_path / "contact", venues_csv=venues)
    assert match(contact).empty
    recipe = RECIPE + REGISTER.replace('"contact"', '"base"')
    base = write_toy(tmp_path / "base", place_toml=recipe, register_csv=CHARITIES, venues_csv=venues)
    assert list(match(base)["why"]) == ["a word in common, same postcode"]


def test_what_is_sensitive_is_never_offered_nor_joined(tmp_path):
    venues = VENUES + "West Refuge,Advice,400700,300700,\nWest Refuge Hub,Hub,400700,300700,\n"
    folder = registered(tmp_path, venues_csv=venues)
    assert not match(folder)["right"].str.contains("Refuge").any()
    decide(folder, "same", "West Refuge Hub @ 400700,300700", "West Refuge @ no place")
    decide(folder, "same", "West Library @ 400500,300500", "West Refuge @ no place")
    place = load(folder)
    assert "West Refuge" in list(place.organisations["name"])
    assert place.assets.set_index("name").at["West Library", "sources"] == "Venues"
    # Two names beside each other would tell where it is.
    said = [str(each) for each in place.problems if each.file == "decisions.csv"]
    assert said[-1] == (
        "decisions.csv, row 3: One of the two is of a kind whose place is never shown, so they are not joined. Nothing to do."
    )
    assert not any("Refuge" in each for each in said)


def test_a_group_is_removed_with_all_that_people_said_is_the_same(tmp_path):
    folder = registered(tmp_path)
    decide(folder, "same", PANTRY, CHARITY)
    decide(folder, "remove", PANTRY)
    assert "Town Pantry" not in set(load(folder).assets["name"])
    assert list(load(folder).organisations["name"]) == ["Friends of West Library", "West Refuge"]


def test_a_charity_that_is_removed_takes_its_venue_by_another_name_and_no_branch_of_its_own(tmp_path):
    charities = CHARITIES.replace("THE TOWN PANTRY", "Toytown Larder")
    venues = VENUES + "Toytown Larder,Hub,400500,300900,\n"
    folder = write_toy(tmp_path, place_toml=RECIPE + REGISTER, register_csv=charities, venues_csv=venues)
    decide(folder, "same", PANTRY, "Toytown Larder @ no place")
    decide(folder, "remove", PANTRY)
    # The other house of that name is 2 km away, and nobody spoke of it.
    assert {"Toytown Larder"} <= set(load(folder).assets["name"])
    assert "Town Pantry" not in set(load(folder).assets["name"])
    assert "Toytown Larder" not in set(load(folder).organisations["name"])
    decide(folder, "restore", PANTRY)
    decide(folder, "remove", "Toytown Larder @ no place")
    assert not {"Toytown Larder", "Town Pantry"} & set(load(folder).assets["name"])


# -- a removal follows what was matched ----------------------------------------------------------

FOOD = """
[[assets]]
name = "Food"
file = "food.csv"
title = "n"
kind = "food_bank"
easting = "x"
northing = "y"
"""


def matched(folder):
    write_toy(
        folder,
        place_toml=RECIPE + FOOD,
        food_csv="n,x,y\nOther Meals,402900,300500\nTown Foodbank,402505,300505\n",
    )
    assert list(match(folder)["verdict"]) == ["same"]
    return folder


def test_a_removal_written_by_hand_follows_the_matches_and_says_which_rows_went(tmp_path):
    folder = matched(tmp_path)
    decide(folder, "remove", PANTRY)
    place = load(folder)
    assert not {"Town Pantry", "Town Foodbank"} & set(place.assets["name"])
    assert "Other Meals" in set(place.assets["name"])
    said = [str(each) for each in place.problems if "removed" in each.what or "removal" in each.what]
    assert said == [
        "decisions.csv: 2 rows kept out because the group asked for its removal. Nothing to do.",
        "food.csv, row 3: Kept out: matches.csv says that it is one with a listing that was removed. "
        "Nothing to do; if they are two, say so in decisions.csv: different.",
    ]
    # The pairs are looked for anew: what only they kept out is removed in its own name, and stays out.
    match(folder)
    assert "Town" not in (folder / "matches.csv").read_text(encoding="utf-8")
    assert read_decisions(folder)[0][-1] == Decision(
        "2026-05-01", "Ann", "remove", "Town Foodbank @ 402505,300505", note=f"one with {PANTRY}", row=3
    )
    assert not {"Town Pantry", "Town Foodbank"} & set(load(folder).assets["name"])


def test_a_removal_does_not_follow_a_pair_that_people_say_is_two(tmp_path):
    folder = matched(tmp_path)
    decide(folder, "different", "Town Foodbank @ 402505,300505", PANTRY)
    decide(folder, "remove", PANTRY)
    assert "Town Foodbank" in set(load(folder).assets["name"])
    assert "Town Pantry" not in set(load(folder).assets["name"])


def test_a_removal_spares_a_neighbour_whose_longer_name_people_say_is_another(tmp_path):
    folder = write_toy(tmp_path, venues_csv=VENUES + "Town Pantry Friends,Food bank,402540,300500,\n")
    decide(folder, "remove", PANTRY)
    assert "Town Pantry Friends" not in set(load(folder).assets["name"])
    decide(folder, "different", PANTRY, "Town Pantry Friends @ 402540,300500")
    assert "Town Pantry Friends" in set(load(folder).assets["name"])
    assert "Town Pantry" not in set(load(folder).assets["name"])


# -- on real lists -------------------------------------------------------------------------------


@pytest.mark.realdata
def test_trafford_charities_are_offered_beside_its_other_lists(realdata, tmp_path):
    folder = write_trafford(tmp_path, realdata)
    recipe = folder / "place.toml"
    named = 'role = "contact"\ntitle = "charity_name"\nidentifier = "registered_charity_number"\n'
    recipe.write_text(
        recipe.read_text(encoding="utf-8").replace('role = "contact"\n', named), encoding="utf-8"
    )
    place = load(folder)
    offered = find_organisations(place.assets, place.organisations)
    names = {
        (place.organisations.at[body, "name"], place.assets.at[asset, "name"])
        for asset, body, _ in offered.itertuples(index=False, name=None)
    }
    assert len(offered) == 33
    assert ("TRAFFORD CARERS CENTRE", "Trafford Carers Centre") in names
    assert ("TLC: TALK, LISTEN, CHANGE", "Talk Listen Change (TLC)") in names
    assert not any(name.startswith("FRIENDS OF") or "PTA" in name for name, _ in names)
    asset, body, _ = next(offered.itertuples(index=False, name=None))
    key = listing_key(place.assets.at[asset, "name"], *place.assets.geometry[asset].coords[0])
    decide(folder, "same", key, listing_key(place.organisations.at[body, "name"]))
    joined = load(folder)
    assert len(joined.organisations) == len(place.organisations) - 1
    assert joined.assets.at[asset, "sources"].endswith("; Charities operating in Trafford")
    assert re.fullmatch(r"\d{6,7}", joined.assets.at[asset, "identifier"])
