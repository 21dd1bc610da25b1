"""The page where people find, claim, correct and remove listings, and decide what no list tells; and what it writes."""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from datetime import date

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from assetmap import PlaceError, assess, load
from assetmap.sources import match, save
from assetmap.sources.accepted import accept, differences
from assetmap.sources.decisions import (
    Decision,
    correct_unplaced,
    listing_key,
    read_decisions,
    record,
    standing_removals,
    without_removed,
)
from assetmap.sources.recipe import read_recipe
from assetmap.sources.undecided import Question, undecided_kinds
from assetmap.views import export, health, listings
from assetmap.views.open_referral import write_feed
from tests.browser.conftest import EVIL
from tests.screens import screen
from tests.toy import RECIPE, VENUES, write_toy

TODAY = "2026-05-01"
FORMULA = '=HYPERLINK("http://evil.example")'
SECRET_NAME, SECRET_NOTE = "Persephone Quill", "my landlord must not know"
PANTRY = listing_key("Town Pantry", 402_500, 300_500)
MORE_LISTS = """
[[assets]]
name = "By name"
file = "words.csv"
title = "n"
kind = "by name"
easting = "x"
northing = "y"

[[assets]]
name = "Letters"
file = "letters.csv"
title = "n"
role = "contact"
"""
WORDS = "n,x,y\nThe Fuse,402500,300700\nThe Fuse,403500,300700\nSomething at the library,402300,300300\n"
LETTERS = "n\nToytown Carers\n=1+1 Club\n"


@pytest.fixture
def toy(tmp_path):
    return write_toy(tmp_path / "toy")


def decide(folder, act: str, subject: str, other: str = "", value: str = "", note: str = "") -> None:
    record(folder, [Decision(TODAY, SECRET_NAME, act, subject, other, value, note)])


def names(folder) -> list[str]:
    return list(load(folder).assets["name"])


def told(folder) -> list[str]:
    return [str(each) for each in load(folder).problems if each.file == "decisions.csv"]


def update(folder, old: str, new: str) -> None:
    """The publisher replaces the list."""
    before = (folder / "venues.csv").read_text(encoding="utf-8")
    assert old in before
    (folder / "venues.csv").write_text(before.replace(old, new), encoding="utf-8")


def chosen(folder, name: str) -> listings.Listing:
    known = listings.catalogue(load(folder))
    first = listings.find(known, name, "", "", 50).first
    one = listings.listing(known, next(iter(first)))
    assert one is not None
    return one


# -- what is decided, and what comes of it -------------------------------------------------------


def test_a_location_is_corrected_in_metres_or_degrees_and_what_is_decided_later_finds_it_there(toy):
    decide(toy, "correct", PANTRY, "location", "400900,300400")
    moved = load(toy).assets.set_index("name").loc["Town Pantry"]
    assert (moved.geometry.x, moved.geometry.y) == (400_900, 300_400)
    assert moved["area_code"] == "E01000001"
    here = load(toy).assets.to_crs(4326).set_index("name").geometry["West Library"]
    decide(
        toy, "correct", listing_key("Town Pantry", 400_900, 300_400), "location", f"{here.x:.6f},{here.y:.6f}"
    )
    moved = load(toy).assets.set_index("name").geometry["Town Pantry"]
    assert (round(moved.x), round(moved.y)) == (400_500, 300_500)
    decide(toy, "correct", listing_key("Town Pantry", 400_500, 300_500), "cost", "free")
    assert load(toy).assets.set_index("name").at["Town Pantry", "cost"] == "free"
    assert told(toy) == []


def test_a_correction_that_would_move_a_listing_out_of_reach_is_told_and_not_done(toy):
    decide(toy, "correct", PANTRY, "location", "460000,300500")
    at = load(toy).assets.set_index("name").geometry["Town Pantry"]
    assert (at.x, at.y) == (402_500, 300_500)
    assert told(toy) == [
        "decisions.csv, row 2: It would move “Town Pantry” by more than 50 km, so it is left where it was. Check the location."
    ]


@pytest.mark.parametrize(
    ("said", "known"), [("2026-04-30", TODAY), ("", TODAY), ("2027-01-01", "2027-01-01")]
)
def test_a_claim_does_not_make_a_listing_older_than_its_list_says(toy, said, known):
    rows = f"name,kind,easting,northing,postcode,checked\nTown Pantry,Food bank,402500,300500,,{said}\n"
    write_toy(toy, place_toml=RECIPE + 'last_checked = "checked"\n', venues_csv=rows)
    decide(toy, "claim", PANTRY)
    assert list(load(toy).assets["last_checked"]) == [known]


def test_a_removal_takes_the_listing_by_every_name_and_place_that_it_had(toy):
    decide(toy, "correct", PANTRY, "name", "Toytown Larder")
    decide(toy, "correct", listing_key("Toytown Larder", 402_500, 300_500), "location", "400500,300900")
    assert "Toytown Larder" in names(toy)
    decide(toy, "remove", listing_key("Toytown Larder", 400_500, 300_900))
    for listed in (
        "Town Pantry,Food bank,402500,300500,",
        "Toytown Larder,Food bank,402510,300500,",
        "Toytown Larder,Food bank,400510,300900,",
        "Toytown Larder,Advice,400200,300600,",
    ):
        (toy / "venues.csv").write_text(
            VENUES.replace("Town Pantry,Food bank,402500,300500,", listed), encoding="utf-8"
        )
        assert not any("Larder" in name or "Pantry" in name for name in names(toy)), listed
        assert told(toy) == [
            "decisions.csv: 1 row kept out because the group asked for its removal. Nothing to do."
        ]


def test_a_removal_takes_the_other_name_of_a_listing_that_people_said_is_the_same(toy):
    update(toy, "Town Pantry,", "The Larder,Food bank,402560,300500,\nTown Pantry,")
    decide(toy, "same", PANTRY, listing_key("The Larder", 402_560, 300_500))
    assert len(names(toy)) == 6
    decide(toy, "remove", PANTRY)
    assert not {"Town Pantry", "The Larder"} & set(names(toy))
    update(toy, "Town Pantry,Food bank,402500,300500,\n", "")
    assert "The Larder" not in names(toy)


def test_a_removal_takes_every_name_by_which_lists_that_were_matched_call_it(app, toy):
    other = '[[assets]]\nname = "Food"\nfile = "food.csv"\ntitle = "n"\nkind = "food_bank"\neasting = "x"\nnorthing = "y"\n'
    write_toy(toy, place_toml=RECIPE + other, food_csv="n,x,y\nTown Foodbank,402505,300505\n")
    assert len(match(toy)) == 1
    assert "Town Foodbank" not in names(toy)
    look_for(app.run(), "pantry")
    say(app, "remove")
    one(app.checkbox, "I have read this").check()
    send(app, "Remove it")
    assert len(written(toy)) == 2
    assert not {"Town Pantry", "Town Foodbank"} & set(names(toy))
    (toy / "matches.csv").unlink()
    update(toy, "Town Pantry,Food bank,402500,300500,\n", "")
    assert "Town Foodbank" not in names(toy)
    one(app.button, "Undo the removal").click().run()
    assert "Town Foodbank" in names(toy)


def test_a_removal_is_lifted_and_made_again_and_the_last_word_counts(toy):
    decide(toy, "remove", PANTRY)
    decide(toy, "restore", PANTRY)
    assert "Town Pantry" in names(toy)
    assert told(toy) == []
    assert standing_removals(read_decisions(toy)[0]) == []
    decide(toy, "remove", PANTRY)
    assert "Town Pantry" not in names(toy)
    assert standing_removals(read_decisions(toy)[0]) == [PANTRY]


def test_a_hall_is_not_its_church_and_a_neighbour_keeps_what_is_its_own(toy):
    hall = listing_key("St Mary's Church Hall", 401_230, 300_500)
    update(
        toy,
        "Town Pantry,",
        "St Mary's Church,Church,401200,300500,\nSt Mary's Church Hall,Church hall,401230,300500,\nTown Pantry,",
    )
    decide(toy, "correct", hall, "opening_hours", "Tu 10:00-12:00")
    opening = load(toy).assets.set_index("name")["opening_hours"]
    assert (opening["St Mary's Church Hall"], opening["St Mary's Church"]) == ("Tu 10:00-12:00", "")
    decide(toy, "remove", hall)
    update(toy, "St Mary's Church Hall,Church hall,401230,300500,\n", "")
    assert "St Mary's Church" in names(toy)


def test_what_is_the_same_stays_so_when_one_of_them_is_renamed(toy):
    update(toy, "Town Pantry,", "The Larder,Food bank,402560,300500,\nTown Pantry,")
    decide(toy, "same", PANTRY, listing_key("The Larder", 402_560, 300_500))
    decide(toy, "correct", listing_key("The Larder", 402_560, 300_500), "name", "The Toy Larder")
    assert names(toy).count("The Toy Larder") + names(toy).count("Town Pantry") == 1


def test_nothing_told_names_what_was_removed(toy):
    decide(toy, "claim", PANTRY)
    decide(toy, "correct", PANTRY, "cost", "free")
    decide(toy, "remove", PANTRY)
    update(toy, "Town Pantry,Food bank,402500,300500,\n", "")
    assert not any("Pantry" in str(each) for each in load(toy).problems)
    # Nor is anybody asked what kind it is, when a later list has a new word for it.
    update(toy, "Corner Café", "Town Pantry,Parcels of food,402500,300500,\nCorner Café")
    write_toy(
        toy,
        venues_csv=(toy / "venues.csv").read_text(),
        place_toml=RECIPE + MORE_LISTS,
        words_csv=WORDS + "Town Pantry,402500,300500\n",
        letters_csv=LETTERS,
    )
    asked = undecided_kinds(toy, load(toy), read_decisions(toy)[0])
    assert [each.subject for each in asked] == ["The Fuse", "Parcels of food", "Something at the library"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("location", "M33 7ZF", "“M33 7ZF” is not a location. Write it like 378912,391605 or, in degrees, like -2.3187,53.4251."),
        ("location", "1,2,3", "“1,2,3” is not a location. Write it like"),
        ("location", "nan,5", "“nan,5” is not a location. Write it like"),
        ("kind", "refuge", "“refuge” is of a kind whose place is never shown. Remove the listing instead."),
        ("name", "Toytown Women’s Refuge", "“Toytown Women’s Refuge” is of a kind whose place is never shown. Remove"),
        ("name", "!!", "“!!” is not a name. Write the name as people know it."),
        ("step_free", "maybe", "“maybe” is not an answer to step_free. Use one of: yes, limited, no."),
        ("last_checked", "May", "“May” is not a date. Write it like 2026-03-31."),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_skipped_where_it_stands_in_the_file(
    toy, field, value, message
):
    with pytest.raises(PlaceError, match=re.escape(message)):
        decide(toy, "correct", PANTRY, field, value)
    before = load(toy).assets
    head = "date,by,act,subject,other,value,note\n"
    row = f'{TODAY},Ann,correct,"{PANTRY}",{field},"{value}",\n'
    (toy / "decisions.csv").write_text(head + row, encoding="utf-8")
    assert load(toy).assets.equals(before)
    assert told(toy)[0].startswith(f"decisions.csv, row 2: {message}")


def test_no_cell_of_the_file_of_decisions_runs_as_a_formula(toy):
    update(toy, "Town Pantry", FORMULA.replace('"', "'"))
    key = listing_key(FORMULA.replace('"', "'"), 402_500, 300_500)
    record(toy, [Decision(TODAY, "@Ann", "correct", key, "description", "-1+cmd|x", "+1")])
    with (toy / "decisions.csv").open(encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@")) and cell != "+1"]
    assert read_decisions(toy)[0] == [
        Decision(TODAY, "@Ann", "correct", key, "description", "-1+cmd|x", "+1", row=2)
    ]
    assert "-1+cmd|x" in set(load(toy).assets["description"])


def test_who_decided_and_why_leave_in_no_file_and_nor_does_what_was_removed(toy, tmp_path):
    decide(toy, "correct", listing_key("East Hub", 403_500, 300_800), "cost", "free", SECRET_NOTE)
    decide(toy, "claim", listing_key("West Library", 400_500, 300_500), note=SECRET_NOTE)
    decide(toy, "remove", PANTRY, note=SECRET_NOTE)
    place = load(toy)
    export.write(assess(place), tmp_path / "out")
    save(place, tmp_path / "saved")
    write_feed(place, tmp_path / "feed")
    written = [
        path for each in ("out", "saved", "feed") for path in (tmp_path / each).rglob("*") if path.is_file()
    ]
    assert len(written) > 10
    for file in written:
        content = file.read_bytes()
        for secret in (SECRET_NAME, SECRET_NOTE, "Town Pantry"):
            assert secret.encode() not in content, (file.name, secret)
    assert b"East Hub" in (tmp_path / "out" / "assets.csv").read_bytes()


def test_organisations_without_a_place_are_corrected_claimed_and_removed_by_name(toy):
    write_toy(toy, place_toml=RECIPE + MORE_LISTS, words_csv=WORDS, letters_csv=LETTERS)
    place = load(toy)
    carers, club = listing_key("Toytown Carers"), listing_key("=1+1 Club")
    decided = [
        Decision(TODAY, "Ann", "correct", carers, "name", "Carers of Toytown"),
        Decision(TODAY, "Ann", "claim", listing_key("Carers of Toytown")),
        Decision(TODAY, "Ann", "correct", carers, "website", "toytown.example", row=4),
        Decision(TODAY, "Ann", "remove", club),
    ]
    record(toy, decided)
    corrected, problems = correct_unplaced(place.organisations, decided, place.crs)
    assert list(corrected["name"]) == ["Carers of Toytown"]
    assert list(corrected["last_checked"]) == [TODAY]
    assert [str(each) for each in problems] == [
        "decisions.csv, row 4: “Toytown Carers” is on no list now, so the correct changes nothing. "
        "Nothing to do, unless it moved or changed its name.",
        "decisions.csv: 1 organisation kept out because the group asked for its removal. Nothing to do.",
    ]
    # By its old name it stays out as well, wherever a list has it; and so does one that was removed from the map.
    gone = [*decided, Decision(TODAY, "Ann", "remove", listing_key("Carers of Toytown"))]
    assert without_removed(place.organisations, gone, place.crs).empty
    mapped = [Decision(TODAY, "Ann", "remove", listing_key("Toytown Carers", 402_500, 300_500))]
    assert list(without_removed(place.organisations, mapped, place.crs)["name"]) == ["=1+1 Club"]


BODIES = '[[bodies]]\nname = "Forums"\nfile = "forums.csv"\ntitle = "n"\nkind = "Forum"\ncovers = "where"\n'


def test_an_organisation_is_removed_on_the_page_and_is_in_no_file_from_then_on(app, toy, tmp_path):
    write_toy(toy, place_toml=RECIPE + MORE_LISTS + BODIES, words_csv=WORDS, letters_csv=LETTERS,
              forums_csv="n,where\nToytown Carers,Toytown\nToytown Forum,Toytown\n")  # fmt: skip
    assert list(load(toy).bodies["name"]) == ["Toytown Carers", "Toytown Forum"]
    look_for(app.run(), "carers")
    say(app, "correct")
    one(app.selectbox, "What is wrong?").set_value("website").run()
    one(app.text_input, "Website: what is right?").set_value("https://toytown.example")
    send(app, "Correct it")
    assert list(load(toy).organisations["website"]) == ["https://toytown.example", ""]
    say(app, "remove")
    one(app.checkbox, "I have read this").check()
    send(app, "Remove it")
    assert not app.exception
    assert list(load(toy).organisations["name"]) == ["=1+1 Club"]
    assert list(load(toy).bodies["name"]) == ["Toytown Forum"]
    assert told(toy) == [
        "decisions.csv: 1 organisation kept out because the group asked for its removal. Nothing to do."
    ]
    place = load(toy)
    export.write(assess(place), tmp_path / "out")
    save(place, tmp_path / "saved")
    for file in (*(tmp_path / "out").iterdir(), *(tmp_path / "saved").iterdir()):
        assert b"Toytown Carers" not in file.read_bytes(), file.name


def test_a_group_that_had_no_place_and_was_removed_is_not_mapped_when_a_list_gives_it_one(toy):
    decide(toy, "remove", listing_key("Town Pantry"))
    assert "Town Pantry" not in names(toy)


@pytest.mark.parametrize(
    ("act", "other", "value", "message"),
    [
        ("correct", "location", "1,2", "It is listed without a place, so its location is not kept."),
        ("correct", "address", "1 Home Street", "It is listed without a place, so its address is not kept."),
        ("same", "Town Pantry @ no place", "", "Neither of the two has a place."),
        ("same", "Town Pantry", "", "“Town Pantry” is not a listing."),
    ],
)
def test_a_listing_without_a_place_is_given_none(toy, act, other, value, message):
    with pytest.raises(PlaceError, match=re.escape(message)):
        decide(toy, act, listing_key("Toytown Carers"), other, value)


# -- to find and to read -------------------------------------------------------------------------


def test_listings_are_found_by_name_kind_and_area(toy):
    known = listings.catalogue(load(toy))

    def found(text="", kind="", area="", most=50):
        return [
            label.partition(" · ")[0] for label in listings.find(known, text, kind, area, most).first.values()
        ]

    assert found("library") == ["East Library", "West Library"]
    assert found("LIB  west") == ["West Library"]
    assert found("cafe") == ["Corner Café"]
    assert found("zz1 1aa") == ["Chess Club"]
    assert found(kind="library", area="E01000001") == ["West Library"]
    assert found("nothing of the kind") == []
    assert found("?!") == []
    assert listings.find(known, "", "", "", 2).number == 6
    assert len(found(most=2)) == 2
    # What begins with the text comes first.
    assert found("e", most=3)[:2] == ["East Hub", "East Library"]


def test_all_that_is_known_is_told_with_who_says_so_and_what_is_not_known(toy):
    write_toy(
        toy,
        place_toml=RECIPE.replace(
            'postcode = "postcode"\n"""', ""
        ) + 'opening_hours = "open"\nsource = "Toytown Council"\nlicence = "OGL v3"\ndate = "2026-01-31"\n',
        venues_csv="name,kind,easting,northing,postcode,open\nWest Library,Library,400500,300500,ZZ1 1AA,Mo-Fr\n",
    )  # fmt: skip
    one = chosen(toy, "west")
    assert one.told["Kind"] == "Library"
    assert one.told["Area"] == "Toytown A (E01000001)"
    assert one.told["Location"] == "easting 400500, northing 300500"
    assert one.told["Open"] == "Mo-Fr"
    assert one.told["Named by"] == "Venues (source: Toytown Council; licence: OGL v3; date: 2026-01-31)"
    assert one.told["Licence"] == "OGL v3"
    html = listings.listing_html(one)
    assert "<dt>Open</dt><dd>Mo-Fr</dd>" in html
    assert re.search(
        r"<dt>Not known</dt><dd><em>Details, What it does, Address, Step-free, Cost, .*Last checked", html
    )


def test_names_that_try_to_break_out_are_words(toy):
    update(toy, "West Library", EVIL)
    html = listings.listing_html(chosen(toy, "onerror"))
    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_a_listing_without_a_place_says_why_and_never_an_address(toy):
    write_toy(toy, place_toml=RECIPE + MORE_LISTS, words_csv=WORDS, letters_csv=LETTERS)
    one = chosen(toy, "toytown carers")
    assert one.key == "Toytown Carers @ no place"
    assert one.told["On the map"] == "No. Addresses for letters, perhaps homes: counted, never mapped"
    assert not {"Address", "Postcode", "Location", "Reference"} & set(one.told)
    assert not {"address", "postcode", "location", "kind"} & set(listings.correctable(one))


def test_what_was_removed_is_not_found(toy):
    decide(toy, "remove", PANTRY)
    known = listings.catalogue(load(toy))
    assert listings.find(known, "pantry", "", "", 50).number == 0
    assert not known.table["name"].str.contains("Pantry").any()


@pytest.mark.parametrize(
    ("typed", "value", "postcode"),
    [
        ("zz11aa", "401500,300500", "ZZ1 1AA"),
        (" 400900, 300400 ", "400900,300400", ""),
        ("52.5975, -1.9872", "400963,300100", ""),
        ("-1.9872 52.5975", "400963,300100", ""),
    ],
)
def test_a_location_may_be_typed_in_four_ways(toy, typed, value, postcode):
    found, of = listings.find_location(load(toy), typed)
    assert of == postcode
    near = [
        abs(float(one) - float(other)) for one, other in zip(found.split(","), value.split(","), strict=True)
    ]
    assert max(near) < 1_000 if "." in typed else found == value


HOW = (
    "Type a postcode of this place, an easting and a northing such as 378912, 391605, or a latitude and a longitude such as "
    "53.4251, -2.3187."
)


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("", "Nothing was typed."),
        ("the corner", "“the corner” is not a location."),
        ("400900", "“400900” is not a location."),
        ("400900, 300400, 5", "“400900, 300400, 5” is not a location."),
        ("300400, 400900", "“300400, 400900” looks like a northing and an easting: swap the two."),
        ("51.5, -0.1", "“51.5, -0.1” is more than 10 km away from Toytown."),
        ("0, 0", "“0, 0” is more than 10 km away from Toytown."),
        ("179, 179", "“179, 179” is more than 10 km away from Toytown."),
        ("M33 7ZF", "“M33 7ZF” is not in this place’s table of postcodes."),
        (EVIL, f"“{EVIL}” is not a location."),
    ],
)
def test_a_location_that_cannot_be_used_is_told_with_a_remedy(toy, typed, what):
    with pytest.raises(PlaceError) as caught:
        listings.find_location(load(toy), typed)
    assert str(caught.value) == f"Location: {what} {HOW}"


def test_a_postcode_where_the_place_has_no_table_is_told(toy):
    recipe = re.sub(r"\[postcodes\].*?\n\n", "", RECIPE, flags=re.DOTALL)
    write_toy(toy, place_toml=recipe, venues_csv=VENUES.replace("Chess Club,Sports club,,,ZZ1 1AA\n", ""))
    with pytest.raises(PlaceError, match="is a postcode, and this place has no table of postcodes"):
        listings.find_location(load(toy), "ZZ1 1AA")


# -- what is undecided ---------------------------------------------------------------------------


def test_each_word_and_name_without_a_kind_is_asked_about_once_and_a_decision_settles_it(toy):
    write_toy(
        toy,
        place_toml=RECIPE + MORE_LISTS,
        venues_csv=VENUES + "Shed,Shed for them,402500,300900,\nShed 2,shed for THEM,402600,300900,\n",
        words_csv=WORDS,
        letters_csv=LETTERS,
    )
    place = load(toy)
    assert undecided_kinds(toy, place, []) == [
        Question("Shed for them", 2, ("venues.csv",)),
        Question("The Fuse", 2, ("words.csv",)),
        Question("Something at the library", 1, ("words.csv",), "library", "its name has “library”"),
    ]
    decide(toy, "kind", "Shed for them", value="mens_shed")
    decide(toy, "kind", "The Fuse", value="community_hub")
    kinds = load(toy).assets.set_index("name")["kind"]
    assert kinds["Shed"] == kinds["Shed 2"] == "mens_shed"
    assert list(kinds["The Fuse"]) == ["community_hub"] * 2
    left = undecided_kinds(toy, load(toy), read_decisions(toy)[0])
    assert [each.subject for each in left] == ["Something at the library"]


def test_pairs_that_may_be_one_place_are_shown_side_by_side_until_somebody_decides(toy):
    update(
        toy,
        "Corner Café",
        f"The {EVIL} Community Centre,Hub,402000,300500,\n{EVIL} Centre,Hub,402040,300500,\nCorner Café",
    )
    known = listings.catalogue(load(toy))
    pairs = listings.look_alike(known, [])
    assert len(pairs) == 1
    html = listings.pair_html(known, pairs[0])
    assert "Why they may be one: " in html
    assert "40 m apart" in html
    assert "<img" not in html
    assert html.count('<th scope="col">') == 2
    decide(toy, "different", *listings.keys_of(known, pairs[0]))
    assert listings.look_alike(listings.catalogue(load(toy)), read_decisions(toy)[0]) == []
    decide(toy, "same", *listings.keys_of(known, pairs[0]))
    assert len(names(toy)) == 7


# -- the page ------------------------------------------------------------------------------------


@pytest.fixture
def app(toy, monkeypatch):
    """The page, on a place that may be written to."""
    monkeypatch.chdir(toy.parent)
    monkeypatch.setenv("ASSETMAP_PLACES", str(toy))
    return screen("listings")


def html(app: AppTest) -> str:
    return "\n".join(block.proto.body for block in app.get("html"))


def one(widgets, label: str):
    """The widget whose label begins so."""
    return next(each for each in widgets if each.label.startswith(label))


def listing_box(app: AppTest):
    return next(each for each in app.selectbox if " found" in each.label)


def look_for(app: AppTest, text: str) -> AppTest:
    one(app.text_input, "Name or postcode").set_value(text).run()
    return listing_box(app).select_index(0).run()


def say(app: AppTest, act: str) -> AppTest:
    return one(app.radio, "What do you want").set_value(act).run()


def send(app: AppTest, button: str, by: str = "Ann, Town Pantry") -> AppTest:
    one(app.text_input, "Who says so").set_value(by)
    return one(app.button, button).click().run()


def faults(app: AppTest) -> str:
    assert [each.value for each in app.error] == ["Nothing was changed."]
    return html(app)


def written(folder) -> list[tuple[str, ...]]:
    return [(each.by, each.act, each.subject, each.other, each.value) for each in read_decisions(folder)[0]]


def test_a_listing_is_found_corrected_and_chosen_again(app, toy):
    app.run()
    assert listing_box(app).label == "6 listings found"
    look_for(app, "pantry")
    assert "<h2>Town Pantry</h2>" in html(app)
    assert app.query_params["listing"] == load(toy).assets.index[load(toy).assets["name"] == "Town Pantry"][0]
    say(app, "correct")
    one(app.selectbox, "What is wrong?").set_value("name").run()
    one(app.text_input, "Name: what is right?").set_value("Toytown  Pantry ")
    send(app, "Correct it")
    assert not app.exception
    assert written(toy) == [("Ann, Town Pantry", "correct", PANTRY, "name", "Toytown Pantry")]
    assert "“Town Pantry” is corrected. Name: “Toytown Pantry”, before “Town Pantry”." in app.success[
        0
    ].value.replace("\\", "")
    assert "<h2>Toytown Pantry</h2>" in html(app)
    assert "Toytown Pantry" in names(toy)


def test_a_postcode_moves_a_listing_and_becomes_its_postcode(app, toy):
    look_for(app.run(), "pantry")
    say(app, "correct")
    one(app.selectbox, "What is wrong?").set_value("location").run()
    one(app.text_input, "Location: what is right?").set_value("zz1 1aa")
    send(app, "Correct it")
    there = listing_key("Town Pantry", 401_500, 300_500)
    assert [each[2:] for each in written(toy)] == [
        (PANTRY, "location", "401500,300500"),
        (there, "postcode", "ZZ1 1AA"),
    ]
    assert "Location: “401500,300500”, before “402500,300500”; Postcode: “ZZ1 1AA”, before not known." in (
        app.success[0].value.replace("\\", "")
    )
    assert "easting 401500, northing 300500" in html(app)
    moved = load(toy).assets.set_index("name").loc["Town Pantry"]
    assert (moved["area_code"], moved["postcode"]) == ("E01000002", "ZZ1 1AA")


def test_a_claim_dates_the_listing(app, toy):
    look_for(app.run(), "pantry")
    send(app, "It is right")
    assert [each[:3] for each in written(toy)] == [("Ann, Town Pantry", "claim", PANTRY)]
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d", load(toy).assets.set_index("name").at["Town Pantry", "last_checked"]
    )
    assert "is now marked as right" in app.success[0].value


def test_a_removal_is_confirmed_and_can_be_undone_at_once_or_by_name_later(app, toy):
    look_for(app.run(), "pantry")
    say(app, "remove")
    assert "no update of a list brings it back" in html(app)
    assert "No other listing goes with it." in html(app)
    send(app, "Remove it")
    assert "It is not confirmed. Tick that it is to be removed." in faults(app)
    assert written(toy) == []
    one(app.checkbox, "I have read this").check()
    send(app, "Remove it")
    assert "Town Pantry" not in names(toy)
    assert "Town Pantry" not in html(app)
    assert "No listing found. Write less of the name, or choose all kinds and areas." in html(app)
    one(app.button, "Undo the removal").click().run()
    assert "Town Pantry" in names(toy)

    decide(toy, "remove", PANTRY)
    one(app.text_input, "Its whole name").set_value("Pantry")
    send(app, "Bring it back")
    assert "Nothing that was removed is called “Pantry”. Type the whole name, as it was listed." in faults(
        app
    )
    one(app.text_input, "Its whole name").set_value("town pantry")
    send(app, "Bring it back")
    assert "Town Pantry" in names(toy)
    assert [each[1] for each in written(toy)] == ["remove", "restore", "remove", "restore"]


def test_what_else_a_removal_takes_is_shown_before(app, toy):
    update(toy, "Corner Café", "Town Pantry,Advice,402900,300500,\nCorner Café")
    look_for(app.run(), "pantry")
    say(app, "remove")
    assert "<li>Town Pantry · Food bank or pantry · Toytown C</li>" in html(app)
    one(app.checkbox, "I have read this").check()
    send(app, "Remove it")
    assert "Town Pantry" not in names(toy)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "Town Pantry", "<strong>Name</strong>: It is “Town Pantry” already."),
        ("cost", "", "<strong>Cost</strong>: It is not known already."),
        ("name", "", "<strong>decisions.csv</strong>: “” is not a name."),
        ("name", "Toytown Women’s Refuge", "is of a kind whose place is never shown. Remove the listing instead."),
        ("location", "51.5, -0.1", "“51.5, -0.1” is more than 10 km away from Toytown."),
        ("location", EVIL, "“&lt;img src=x onerror=window.top.broken=1&gt;” is not a location."),
        ("last_checked", "soon", "“soon” is not a date."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_answered_in_words_and_nothing_written(app, toy, field, value, message):
    look_for(app.run(), "pantry")
    say(app, "correct")
    one(app.selectbox, "What is wrong?").set_value(field).run()
    one(app.text_input, f"{listings.FIELD_LABELS[field]}: what is right?").set_value(value)
    send(app, "Correct it")
    assert message in faults(app)
    assert not app.exception
    assert not (toy / "decisions.csv").exists()


@pytest.mark.parametrize("by", ["", "   ", "\u200b"])
def test_it_must_say_who_says_so(app, toy, by):
    look_for(app.run(), "pantry")
    send(app, "It is right", by)
    assert "<strong>Who says so</strong>: Nothing was typed. Type your name, or your group’s." in faults(app)
    assert not (toy / "decisions.csv").exists()


def test_a_link_chooses_a_listing_and_one_that_is_gone_is_told(app, toy):
    assets = load(toy).assets
    ident = assets.index[assets["name"] == "East Hub"][0]
    app.query_params["listing"] = ident
    app.run()
    assert "<h2>East Hub</h2>" in html(app)
    assert app.query_params["listing"] == ident


@pytest.mark.parametrize("listing", ["gone", "../../etc", EVIL])
def test_a_link_to_no_listing_is_told(app, listing):
    app.query_params["listing"] = listing
    app.run()
    assert not app.exception
    assert [each.value for each in app.warning] == [listings.NO_SUCH_LISTING]
    assert "listing" not in app.query_params


def test_kinds_and_pairs_are_decided(app, toy):
    write_toy(
        toy,
        place_toml=RECIPE + MORE_LISTS,
        venues_csv=VENUES
        + f"Shed,{EVIL},402500,300900,\nFleece Lane Centre,Hub,402000,300500,\nThe Fleece Lane Community Centre,Hub,402040,300500,\n",
        words_csv=WORDS,
        letters_csv=LETTERS,
    )
    app.run()
    assert "3 words and names that tell no kind, in 4 rows left out for that." in html(app)
    assert "It may be: library (its name has “library”)" in html(app)
    boxes = [each for each in app.selectbox if each.label.startswith("“")]
    assert boxes[0].label == "“The Fuse”"
    assert "<img" not in html(app)
    assert EVIL not in " ".join(each.label for each in boxes)  # a label is Markdown, so its signs are escaped
    one(app.button, "Save these kinds").click().run()
    assert "None was chosen. Choose a kind for one of them." in faults(app)
    one(app.selectbox, "“The Fuse”").set_value("community_hub")
    next(each for each in app.text_input if each.key == "kinds 0 by").set_value("Ann")
    one(app.button, "Save these kinds").click().run()
    assert "“The Fuse” is now" in app.success[0].value
    assert names(toy).count("The Fuse") == 2

    assert "1 pair of listings may be one place told twice" in html(app)
    one(app.radio, "“Fleece Lane Centre” and").set_value("same")
    one(app.button, "Save these answers").click().run()
    assert not app.exception
    assert [each[0] for each in written(toy)] == ["Ann", "Ann"]
    assert len([name for name in names(toy) if "Fleece" in name]) == 1


def test_a_charity_without_a_place_is_asked_about_beside_its_venue_and_joined(app, toy):
    letters = "n\nThe Town Pantry\nToytown Carers\n"
    write_toy(
        toy, place_toml=RECIPE + MORE_LISTS, words_csv="n,x,y\nWest Hub,400400,300400\n", letters_csv=letters
    )
    app.run()
    assert "may be one place told twice" not in html(app)
    assert "To decide: which organisation is which place?" in html(app)
    assert (
        "1 pair of a place and an organisation that is not on the map, such as a charity on a register, may be one and the same."
    ) in html(app)
    assert "Why they may be one: the same name, no place to compare." in html(app)
    asked = one(app.radio, "“Town Pantry” and “The Town Pantry” are")
    assert asked.options == ["Decide later", "One and the same", "Not the same"]
    asked.set_value("same")
    next(
        each for each in app.text_input if each.key.startswith("Organisations") and each.key.endswith("by")
    ).set_value("Ann")
    one(app.button, "Save these answers").click().run()
    assert not app.exception
    assert written(toy) == [("Ann", "same", PANTRY, "The Town Pantry @ no place", "")]
    place = load(toy)
    assert list(place.organisations["name"]) == ["Toytown Carers"]
    assert place.assets.set_index("name").at["Town Pantry", "sources"] == "Venues; Letters"
    assert "To decide: which organisation is which place?" not in html(app)
    look_for(app, "pantry")
    assert "Letters (source: not stated" in html(app)


TWICE = "".join(
    f"Fleece {word} Centre,Hub,40{n}000,300900,\nThe Fleece {word} Community Centre,Hub,40{n}040,300900,\n"
    for n, word in enumerate(("Lane", "Road", "Hill", "Mill"))
)


def asked_of_pairs(app: AppTest) -> list[str]:
    return [each.label for each in app.radio if each.label.endswith(" are")]


def test_organisations_do_not_wait_behind_the_pages_of_places_told_twice(app, toy):
    letters = "n\nThe Town Pantry\nToytown Carers\n"
    write_toy(
        toy, place_toml=RECIPE + MORE_LISTS, words_csv=WORDS, letters_csv=letters, venues_csv=VENUES + TWICE
    )
    app.run()
    assert not app.exception
    assert "4 pairs of listings may be one place told twice." in html(app)
    assert [each.label for each in app.number_input] == ["Pairs: page, of 2"]
    asked = asked_of_pairs(app)
    assert len(asked) == 4
    assert sum("Fleece" in label for label in asked) == 3
    assert asked[-1] == "“Town Pantry” and “The Town Pantry” are"


def test_without_the_library_for_places_told_twice_organisations_are_asked_about(app, toy, monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    letters = "n\nThe Town Pantry\nToytown Carers\n"
    # Other rows than in any other test: what was found is kept for as long as the app runs.
    venues = VENUES + TWICE.replace("Fleece", "Wool")
    write_toy(toy, place_toml=RECIPE + MORE_LISTS, words_csv=WORDS, letters_csv=letters, venues_csv=venues)
    app.run()
    assert not app.exception
    assert [each.value for each in app.error] == ["Places told twice cannot be looked for."]
    assert (
        "<strong>matches.csv</strong>: To find one place on many lists, the library splink is needed, and it is not installed. "
        "Run: pip install &quot;assetmap[match]&quot;"
    ) in html(app)
    assert asked_of_pairs(app) == ["“Town Pantry” and “The Town Pantry” are"]
    one(app.radio, "“Town Pantry” and").set_value("same")
    next(each for each in app.text_input if each.key == "Organisations 0 by").set_value("Ann")
    one(app.button, "Save these answers").click().run()
    assert written(toy) == [("Ann", "same", PANTRY, "The Town Pantry @ no place", "")]


def test_a_link_to_a_place_that_was_opened_elsewhere_says_what_to_do_and_works_once_it_is_open(
    toy, tmp_path, monkeypatch
):
    """As one that a pop-up of the map opens in another tab, of a place opened by its folder."""
    monkeypatch.chdir(toy.parent.parent)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    known = listings.catalogue(load(toy))
    app = screen("listings")
    app.query_params["place"], app.query_params["listing"] = toy.name, listings.ident_of(known, PANTRY)
    app.run()
    assert not app.exception
    assert [each.value for each in app.warning] == [
        "The link names a place that this app does not know. Here is “demo” instead. If it was opened by its folder, open that "
        "folder here too, under “Open another place”; the link then leads to what it names."
    ]
    one(app.text_input, "Folder of the place").set_value(str(toy))
    one(app.button, "Open this folder").click().run()
    assert not app.exception
    assert not app.warning
    assert "<h2>Town Pantry</h2>" in html(app)


def test_many_questions_come_a_few_at_a_time(app, toy):
    rows = "".join(f"Shed {n},Word {n},402500,30{n}900,\n" for n in range(9))
    update(toy, "Corner Café", f"{rows}Corner Café")
    app.run()

    def asked():
        return [each.label for each in app.selectbox if each.label.startswith("“")]

    assert asked() == [f"“Word {n}”" for n in range(8)]
    one(app.number_input, "Words: page, of 2").set_value(2).run()
    assert asked() == ["“Word 8”"]


def test_of_very_many_places_pairs_are_looked_for_when_somebody_asks(app, toy):
    rows = "".join(f"Club {n:05d},Sports club,{400_010 + n % 3_900},300500,\n" for n in range(5_000))
    pair = "Fleece Lane Centre,Hub,402000,300900,\nThe Fleece Lane Community Centre,Hub,402040,300900,\n"
    (toy / "venues.csv").write_text(VENUES + rows + pair, encoding="utf-8")
    app.run()
    assert not [each for each in app.radio if "Fleece" in each.label]
    one(app.button, "Look for places that are told twice").click().run()
    assert not app.exception
    assert "may be one place told twice" in html(app)


def test_the_demo_town_is_read_and_not_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("listings").run()
    look_for(app, "library")
    assert [each.value for each in app.info] == [listings.DEMO_TOLD]
    assert not app.radio
    assert not app.checkbox
    assert not app.exception


def test_a_folder_that_cannot_be_written_is_told(app, toy):
    look_for(app.run(), "pantry")
    (toy / "decisions.csv").mkdir()
    send(app, "It is right")
    assert not app.exception
    assert "decisions.csv" in html(app)


def test_a_very_long_list_is_never_drawn_whole(app, toy):
    rows = "".join(f"Club {n:05d},Sports club,{400_010 + n % 3_900},300500,\n" for n in range(5_000))
    (toy / "venues.csv").write_text(VENUES + rows, encoding="utf-8")
    app.run()
    box = listing_box(app)
    assert box.label.startswith("5,006 listings found; the first 50 are here")
    assert len(box.options) == 50
    one(app.text_input, "Name or postcode").set_value("club 04321").run()
    assert listing_box(app).options == ["Club 04321 · Sports club · Toytown A"]


# -- what is removed is nowhere ------------------------------------------------------------------

GONE = "Zanzibar Pantry"
WITH_GREEN = """
[[bodies]]
name = "Forums"
file = "forums.csv"
title = "name"
kind = "Forum"
covers = "covers"
"""


def test_a_removed_name_stands_in_nothing_that_is_shown_or_written_afterwards(app, toy, tmp_path):
    """By any of the names that lists call it; but in the lists themselves, and in what the removal is known by."""
    green = (toy / "green.geojson").read_text(encoding="utf-8").replace("The Park", GONE)
    food = '[[assets]]\nname = "Food"\nfile = "food.csv"\ntitle = "n"\nkind = "food_bank"\neasting = "x"\nnorthing = "y"\n'
    rows = f"{GONE},Food bank,402500,300500,\n{GONE.upper()},Sorcery,402500,300500,\n{GONE},Food bank,,,ZZ9 9ZZ\nLost,Hub,,,ZZ9 9ZZ\n"
    write_toy(
        toy,
        place_toml=RECIPE + food + MORE_LISTS + WITH_GREEN,
        venues_csv=VENUES + rows,
        food_csv="n,x,y\nZanzibar Foodbank,402505,300505\n",
        words_csv=f"n,x,y\n{GONE},402510,300510\nWest Hub,400400,300400\n",
        letters_csv=f"n\nThe {GONE}\nToytown Carers\n",
        forums_csv=f"name,covers\n{GONE},Toytown A\nWest Forum,Toytown A\n",
        green_geojson=green,
    )
    assert {"same", "doubtful"} == set(match(toy)["verdict"])
    accept(toy, "Ann", date(2026, 5, 1))
    update(toy, f"{GONE},Food bank,402500", f"{GONE},Hub,402500")
    before = load(toy)
    assert "Zanzibar" in everything(toy, before, tmp_path / "before")

    look_for(app.run(), "zanzibar pantry")
    say(app, "remove")
    one(app.checkbox, "I have read this").check()
    send(app, "Remove it")
    assert not app.exception
    after = load(toy)
    kept = [path.name for path in sorted(toy.rglob("*")) if path.is_file() and "Zanzibar" in as_words(path)]
    assert kept == [
        "decisions.csv",
        "food.csv",
        "forums.csv",
        "green.geojson",
        "letters.csv",
        "venues.csv",
        "words.csv",
    ]
    shown = everything(toy, after, tmp_path / "after")
    assert re.findall(r".{0,80}zanzibar.{0,80}", shown, re.IGNORECASE) == []
    assert "Lost" in shown  # what else was left out is there
    assert {"West Hub", "West Forum"} <= {*after.assets["name"], *after.bodies["name"]}
    assert list(after.green_space["name"]) == ["Park or garden (name not given)"]
    # Nor is it asked about, or shown by a page.
    assert "zanzibar" not in html(screen("listings").run()).lower()
    assert "zanzibar" not in html(screen("data").run()).lower()

    # And a removal that is written by hand is in no copy once the files are accepted again.
    decide(toy, "remove", listing_key("Corner Café", 401_500, 300_500))
    accept(toy, "Ann", date(2026, 5, 2))
    assert not [path for path in (toy / ".accepted").iterdir() if "Corner Café" in as_words(path)]
    assert "Corner Café" not in everything(toy, load(toy), tmp_path / "by hand")


def as_words(path) -> str:
    """All that is in a file; of a table that is packed, what it holds."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    return path.read_bytes().decode("utf-8", errors="replace")


def everything(folder, place, room) -> str:
    """All that is written and shown of a place, in one text."""
    save(place, room / "saved")
    export.write(assess(place), room / "files")
    write_feed(place, room / "feed")
    found = [as_words(path) for path in sorted(room.rglob("*")) if path.is_file()]
    found += [as_words(path) for path in sorted((folder / ".accepted").iterdir())]
    found += [health.rejected_rows(folder, place, layer) for layer in health.with_rejected(place)]
    found += [str(problem) for problem in place.problems]
    found.append(health.differences_html(differences(read_recipe(folder / "place.toml"))))
    found += [(folder / "matches.csv").read_text(encoding="utf-8")]
    with zipfile.ZipFile(io.BytesIO(export.archive(assess(place)))) as packed:
        found += [packed.read(name).decode("utf-8", errors="replace") for name in packed.namelist()]
    return "\n".join(found)
