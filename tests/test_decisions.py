"""What people decide of listings: a removal survives every update, a correction is kept, a claim dates it."""

from __future__ import annotations

import re

import pytest

from assetmap import PlaceError, load
from assetmap.sources.decisions import Decision, listing_key, record
from tests.toy import RECIPE, VENUES, write_toy

HEADER = "date,by,act,subject,other,value,note\n"


def names(folder) -> set[str]:
    return set(load(folder).assets["name"])


def told(folder) -> list[str]:
    return [str(problem) for problem in load(folder).problems if problem.file == "decisions.csv"]


def decide(folder, act: str, subject: str, other: str = "", value: str = "") -> None:
    record(folder, [Decision("2026-05-01", "Ann, Town Pantry", act, subject, other, value)])


PANTRY = listing_key("Town Pantry", 402_500, 300_500)


def test_a_removal_survives_every_update(tmp_path):
    folder = write_toy(tmp_path)
    decide(folder, "remove", PANTRY)
    assert "Town Pantry" not in names(folder)
    assert told(folder) == [
        "decisions.csv: 1 row kept out because the group asked for its removal. Nothing to do."
    ]
    # The next issue of the list has moved it, shouts its name, and gives it another kind; then it adds a word.
    for row in ("TOWN  PANTRY!,Advice,402900,300500,", "Town Pantry & Larder,Food bank,402550,300500,"):
        update = VENUES.replace("Town Pantry,Food bank,402500,300500,", row)
        assert update != VENUES
        (folder / "venues.csv").write_text(update, encoding="utf-8")
        assert not any("pantry" in name.lower() for name in names(folder)), row
    # A new list that has it too does not bring it back.
    more = '[[assets]]\nname = "Food"\nfile = "food.csv"\ntitle = "n"\nkind = "food_bank"\neasting = "x"\nnorthing = "y"\n'
    write_toy(
        folder,
        place_toml=RECIPE + more,
        food_csv="n,x,y\nTown pantry,402510,300490\nOther Pantry,402510,300490\n",
    )
    assert names(folder) >= {"Other Pantry", "West Library"}
    assert "Town pantry" not in names(folder)


def test_corrections_claims_and_kinds(tmp_path):
    folder = write_toy(tmp_path, venues_csv=VENUES + "Shed,Shed for men,402500,300900,\n")
    decide(folder, "correct", PANTRY, "name", "Toytown Pantry")
    decide(
        folder, "correct", listing_key("Toytown Pantry", 402_500, 300_500), "opening_hours", "Tu 10:00-12:00"
    )
    decide(folder, "correct", listing_key("East Hub", 403_500, 300_800), "kind", "Youth centre")
    decide(folder, "claim", listing_key("West Library", 400_500, 300_500))
    decide(folder, "kind", "shed for men", value="mens_shed")
    assets = load(folder).assets.set_index("name")
    assert assets.at["Toytown Pantry", "opening_hours"] == "Tu 10:00-12:00"
    assert assets.at["East Hub", "kind"] == "youth_centre"
    assert assets.at["West Library", "last_checked"] == "2026-05-01"
    assert assets.at["Shed", "kind"] == "mens_shed"
    assert told(folder) == []


def test_two_listings_are_one_or_two_as_people_say(tmp_path):
    twice = VENUES + "West Library,Library,400520,300500,\nLibrary in the West,Library,400540,300500,\n"
    folder = write_toy(tmp_path, venues_csv=twice)
    west = [listing_key("West Library", x, 300_500) for x in (400_500, 400_520)]
    assert len(load(folder).assets) == 7
    decide(folder, "same", west[0], listing_key("Library in the West", 400_540, 300_500))
    assert len(load(folder).assets) == 6
    decide(folder, "different", *west)
    assert len(load(folder).assets) == 7
    assert load(folder).assets["name"].tolist().count("West Library") == 2


def test_a_decision_about_a_listing_that_is_gone_is_told_and_a_new_fingerprint_made(tmp_path):
    folder = write_toy(tmp_path)
    before = load(folder).fingerprint
    decide(folder, "correct", listing_key("Gone", 400_500, 300_500), "cost", "free")
    assert load(folder).fingerprint != before
    assert told(folder) == [
        "decisions.csv, row 2: “Gone” is on no list now, so the correct changes nothing. "
        "Nothing to do, unless it moved or changed its name."
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026-05-01,Ann,delete,x @ 1\\,2,,,", "“delete” is not something that can be decided. Use one of: remove,"),
        ("2026-05-01,,remove,x @ 1\\,2,,,", "It does not say who decided. Fill in the column by."),
        ("May,Ann,remove,x @ 1\\,2,,,", "“May” is not a date. Write it like 2026-03-31."),
        ("2026-05-01,Ann,remove,West Library,,,", "“West Library” is not a listing. Write a listing as"),
        ("2026-05-01,Ann,correct,x @ 1\\,2,colour,red,", "“colour” is not a field that can be corrected. Use one of: name,"),
        ("2026-05-01,Ann,kind,shed,,potting shed,", "“potting shed” is not a kind that the taxonomy knows. Use one of:"),
    ],
)  # fmt: skip
def test_a_decision_that_cannot_be_used_is_told_and_the_others_go_on(tmp_path, row, message):
    cells = [cell.replace("\0", ",") for cell in row.replace("\\,", "\0").split(",")]
    quoted = ",".join(f'"{cell}"' for cell in cells)
    good = f'"2026-05-01","Ann","remove","{PANTRY}","","",""'
    folder = write_toy(tmp_path, decisions_csv=f"{HEADER}{quoted}\n{good}\n")
    assert "Town Pantry" not in names(folder)
    assert told(folder)[0].startswith(f"decisions.csv, row 2: {message}")
    with pytest.raises(PlaceError, match=re.escape(message[:20])):
        record(folder, [Decision(*cells)])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"date,by\n"])
def test_a_file_of_decisions_that_cannot_be_read_stops_the_load(tmp_path, content):
    folder = write_toy(tmp_path, decisions_csv=content)
    with pytest.raises(PlaceError) as caught:
        load(folder)
    assert str(caught.value).startswith("decisions.csv: It ")


def test_only_whole_rows_are_written(tmp_path):
    folder = write_toy(tmp_path)
    decide(folder, "claim", PANTRY)
    (folder / "decisions.csv").write_text((folder / "decisions.csv").read_text().rstrip("\n"))
    decide(folder, "correct", PANTRY, "description", "Bread,\n“beans”")
    assert load(folder).assets.set_index("name").at["Town Pantry", "description"] == "Bread,\n“beans”"
