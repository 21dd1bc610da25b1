"""The page that a list is added by, run without a browser."""

from __future__ import annotations

import io
import os
import tomllib
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from assetmap import load
from assetmap.app import choices
from assetmap.sources import demo_folder, mapping
from assetmap.sources.guess import guess
from assetmap.views import page
from tests.screens import screen, words
from tests.test_mapping import everything_in
from tests.toy import write_toy

MESSY = (
    "Group_Name;Category;PostCode;GeoX;GeoY;Contact name;Telephone\n"
    '"The Fuse";Community hub;ZZ1 1AA;;;Jo Bloggs;0161 496 0123\n'
    '"<img src=x onerror=alert(1)>";Library;;400500;300500;;\n'
    '"Nowhere Club";Badminton;ZZ99 9ZZ;;;Sam;sam@example.org\n'
)
HALLS = "Name,Postcode\nOld Hall,ZZ1 1AA\n"


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A place that lists can be added to, in the folder where the app is started."""
    monkeypatch.chdir(tmp_path)
    folder = write_toy(tmp_path / "toy")
    monkeypatch.setenv("ASSETMAP_PLACES", str(folder))
    return folder


@pytest.fixture
def app(toy):
    return screen("add").run()


def bring(app: AppTest, content: str | bytes, name: str = "groups.csv") -> AppTest:
    content = content if isinstance(content, bytes) else content.encode()
    app.file_uploader[0].upload(name, content, "text/csv")
    return app.run()


def box(app: AppTest, label: str):
    return next(each for each in (*app.selectbox, *app.radio, *app.text_input) if each.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click()
    return app.run()


def buttons(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def test_the_page_asks_for_a_file_and_says_what_will_happen(app):
    assert not app.exception
    assert page.ADDING in words(app)
    assert app.file_uploader[0].label == "Choose the file of the list"
    assert "Check it" not in buttons(app)


def test_a_messy_file_is_shown_without_contact_details_and_its_columns_guessed(app):
    bring(app, MESSY)
    assert not app.exception
    assert not app.error
    seen = mapping.look(mapping.received("groups.csv", MESSY.encode()), {})
    guessed = guess(seen.table)
    assert page.preview_html(seen.table, guessed.contacts) in words(app)
    assert "&lt;img src=x onerror=alert(1)&gt;" in words(app)
    assert not any(secret in words(app) for secret in ("Jo Bloggs", "496 0123", "sam@", "<img"))
    assert (
        "Left out: “Contact name”, “Telephone”. They look like personal data, which assetmap never keeps: they are not shown "
        "or read, and not in the copy of the file that goes into the place folder."
    ) in words(app)
    assert box(app, "Name").value == "Group_Name"
    assert box(app, "Postcode").value == "PostCode"
    assert box(app, "Easting").value == "GeoX"
    assert box(app, "Longitude").value == ""
    assert "Telephone" not in box(app, "Name").options
    assert "Chosen because the heading says so, and all of its values are words." in words(app)
    assert box(app, "What is each row?").value == "kind_column"
    assert box(app, "Column that says it").value == "Category"
    assert box(app, "Name of the list").value == "Groups"
    assert "Check it" in buttons(app)
    assert "Add to Toytown" not in buttons(app)


def test_a_list_is_checked_and_then_added(app, toy):
    before = everything_in(toy)
    bring(app, MESSY)
    press(app, "Check it")
    assert "3 rows read." in words(app)
    assert "2 of 3 places have a location (67%)." in words(app)
    assert "2 would be on the map." in words(app)
    assert "1 would be left out." in words(app)
    assert "Community hub: 1" in words(app)
    assert "“Badminton” in 1 row" in words(app)
    assert "The postcode “ZZ99 9ZZ” is not in the place’s postcode table." in words(app)
    assert [each.label for each in app.get("download_button")] == ["Rows left out, to mend (CSV)"]
    assert everything_in(toy) == before

    box(app, "Source").set_value("Toytown Council")
    app.run()
    assert "Add to Toytown" not in buttons(app)  # what was checked is not what would be added
    press(app, "Check it")
    press(app, "Add to Toytown")
    assert not app.exception
    assert not app.error
    assert app.success[0].value == "“Groups” is now part of Toytown."
    assert "See it on the map" in [each.proto.label for each in app.get("page_link")]
    assert app.file_uploader[0].value is None
    entry = tomllib.loads((toy / "place.toml").read_text())["assets"][-1]
    assert entry == {
        "name": "Groups",
        "file": "assets/groups.csv",
        "title": "Group_Name",
        "postcode": "PostCode",
        "easting": "GeoX",
        "northing": "GeoY",
        "kind_column": "Category",
        "role": "venue",
        "coverage": "place",
        "source": "Toytown Council",
    }
    assert (toy / "assets/groups.csv").read_text() == (
        "Group_Name,Category,PostCode,GeoX,GeoY\n"
        "The Fuse,Community hub,ZZ1 1AA,,\n"
        "<img src=x onerror=alert(1)>,Library,,400500,300500\n"
        "Nowhere Club,Badminton,ZZ99 9ZZ,,\n"
    )
    assert "The Fuse" in set(load(toy).assets["name"])
    assert "The Fuse" in set(choices.loaded(str(toy)).assets["name"])
    app.run()
    assert not app.success


def test_rows_left_out_are_told_by_reason_the_commonest_first(app):
    lost = "".join(f"Hall {n},ZZ9{n} 9ZZ\n" for n in range(7))
    bring(app, f"Name,Postcode\nLost Hall,\nOld Hall,ZZ1 1AA\n{lost}", "village_halls.csv")
    press(app, "Check it")
    assert "8 rows, for 2 reasons. The file has all." in words(app)
    assert (
        '<th scope="row">The postcode “ZZ90 9ZZ” is not in the place’s postcode table. <small>And 6 like it.</small></th>'
        "<td>4, 5, 6, 7, 8 and 2 more</td><td>Check the postcode, or add coordinates; it may be outside the table’s reach or no "
        'longer in use.</td></tr><tr><th scope="row">It has no location.</th><td>2</td><td>Add coordinates or a postcode.</td></tr>'
    ) in words(app)


def test_the_next_file_of_the_same_headings_is_read_as_the_last_one_was(app, toy):
    bring(app, MESSY)
    box(app, "Column that says it").select("").run()
    box(app, "What is each row?").set_value("kind").run()
    box(app, "Kind").select("library").run()
    box(app, "Licence").set_value("OGL v3")
    app.run()
    press(app, "Check it")
    press(app, "Add to Toytown")
    assert not app.error
    bring(app, MESSY.replace("The Fuse", "The Loom"), "groups 2027.csv")
    assert app.info[0].value == (
        "Its headings are those of a list that was added before, so the columns are read as “groups.csv.mapping.toml” says. "
        "Check them."
    )
    assert box(app, "Kind").value == "library"
    assert box(app, "Licence").value == "OGL v3"
    assert box(app, "Name of the list").value == "Groups 2027"
    press(app, "Check it")
    press(app, "Add to Toytown")
    assert {"The Fuse", "The Loom"} <= set(load(toy).assets["name"])


def test_a_column_that_was_chosen_for_the_kinds_is_chosen_again(app):
    groups = "Name,Category,Postcode\n" + "".join(
        f"{each},{each},ZZ1 1AA\n" for each in ("Library", "Ludo", "Chess", "Darts")
    )
    bring(app, groups)
    assert box(app, "What is each row?").value == "by name"
    box(app, "What is each row?").set_value("kind_column").run()
    press(app, "Check it")
    press(app, "Add to Toytown")
    bring(app, groups, "libraries.csv")
    assert box(app, "What is each row?").value == "kind_column"
    assert box(app, "Column that says it").value == "Category"


def test_a_list_is_of_the_kind_that_its_file_is_named_after(app):
    bring(app, HALLS, "toytown_village_halls.csv")
    assert box(app, "What is each row?").value == "kind"
    assert box(app, "Kind").value == "village_hall"
    press(app, "Check it")
    assert "Village hall: 1" in words(app)


def test_an_address_and_hours_in_several_columns_are_put_together(app, toy):
    bring(
        app,
        "Name,Address1,Address2,Monday,Saturday,Grid ref\nOld Hall,1 High St,Toytown,9am-8pm,closed,SK 015 005\n",
    )
    chosen = {each.label: each.value for each in app.multiselect}
    assert chosen == {"Address": ["Address1", "Address2"], "When it is open": ["Monday", "Saturday"]}
    assert (
        "Chosen because the headings of “Monday” to “Saturday” are days of the week, and what stands there are days or times."
        in words(app)
    )
    assert box(app, "Grid reference").value == "Grid ref"
    box(app, "What is each row?").set_value("kind").run()
    box(app, "Kind").select("village_hall").run()
    press(app, "Check it")
    assert "1 row with a grid reference of 100 m only" in words(app)
    assert "1 place says when it is open; 1 in a way that can be read." in words(app)
    press(app, "Add to Toytown")
    assert not app.error
    hall = load(toy).assets.set_index("name").loc["Old Hall"]
    assert (hall["address"], hall["opening_hours"]) == ("1 High St, Toytown", "Mo 09:00-20:00; Sa closed")
    assert (hall["open_evenings"], hall["open_weekends"]) == ("yes", "no")


def test_a_list_whose_name_is_taken_is_not_added(app, toy):
    bring(app, MESSY)
    box(app, "Name of the list").set_value("Venues")
    app.run()
    press(app, "Check it")
    before = everything_in(toy)
    press(app, "Add to Toytown")
    assert not app.exception
    assert app.error[0].value == "The list was not added; the place is as it was."
    assert "There is a list called “Venues” in this place already." in words(app)
    assert everything_in(toy) == before


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "empty.csv", "The file is empty (0 bytes)."),
        (b"Name,Postcode\n", "bare.csv", "The table has no rows."),
        (b"PK\x03\x04broken", "broken.zip", "It is not a whole zip file; it may be cut short or damaged."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "picture.csv", "It is not a CSV file."),
        (b"not a workbook", "book.xlsx", "It is not a whole zip file"),
        (b'{"type": "FeatureCollection", "features": [', "cut.geojson", "It cannot be read as shapes"),
        (b'{"name": "x"}', "service.json", "It cannot be read as shapes"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_words(app, content, name, told):
    bring(app, content, name)
    assert not app.exception
    assert app.error[0].value == "This file cannot be used as it is."
    assert told in words(app)
    assert "Check it" not in buttons(app)


def test_a_fault_that_the_check_finds_is_told_and_can_be_mended(app):
    bring(app, MESSY)
    box(app, "Northing").select("GeoX").run()
    press(app, "Check it")
    assert not app.exception
    assert "[assets] names one column as easting and northing." in words(app)
    box(app, "Northing").select("GeoY").run()
    press(app, "Check it")
    assert not app.error
    assert "Add to Toytown" in buttons(app)


def test_nothing_is_checked_before_it_is_said_what_the_rows_are(app):
    bring(app, HALLS)
    box(app, "What is each row?").set_value("kind").run()
    press(app, "Check it")
    assert app.warning[0].value == "Choose what the rows are first: a kind, or the column that says it."
    box(app, "Kind").select("village_hall").run()
    press(app, "Check it")
    assert not app.warning
    assert "1 would be on the map." in words(app)


def test_a_list_of_which_nothing_can_be_used_is_not_offered_to_be_added(app):
    bring(app, "Name,Category\nThe Fuse,Library\n")
    press(app, "Check it")
    assert app.warning[0].value == "Nothing of this list can be used as it is, so there is nothing to add."
    assert "Add to Toytown" not in buttons(app)


def test_a_sheet_is_chosen_where_a_workbook_has_several(app):
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active.append(["This workbook …"])
    sheet = book.create_sheet("Halls")
    for row in (("Name", "Postcode"), ("Old Hall", "ZZ1 1AA")):
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    bring(app, kept.getvalue(), "halls.xlsx")
    choice = box(app, "Which sheet holds the list?")
    assert choice.options == ["Read me", "Halls"]
    choice.select("Halls").run()
    assert not app.error
    assert box(app, "Name").value == "Name"
    assert "Old Hall" in words(app)


def test_addresses_of_contacts_are_counted_and_not_mapped(app, toy):
    bring(app, "charity_name,contact_postcode\nChess Trust,ZZ1 1AA\n", "charities.csv")
    assert box(app, "Its locations are").value == "contact"
    press(app, "Check it")
    assert "1 would be listed and counted, and not mapped." in words(app)
    press(app, "Add to Toytown")
    place = load(toy)
    assert "Chess Trust" not in set(place.assets["name"])
    assert place.organisations["name"].tolist() == ["Chess Trust"]


def test_the_demo_town_can_be_tried_and_is_copied_before_anything_is_added(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    before = everything_in(demo_folder())
    app = screen("add").run()
    assert "The demo town is part of assetmap, so nothing is added to it." in app.info[0].value
    content = (demo_folder() / "assets/sports_clubs.csv").read_bytes()
    bring(app, content, "clubs.csv")
    press(app, "Check it")
    assert "rows read." in words(app)
    assert not [label for label in buttons(app) if label.startswith("Add to")]

    folder = tmp_path / "my town"
    box(app, "Folder for the copy").set_value(str(folder))
    press(app, "Make a copy")
    assert not app.error
    assert app.session_state.place == "my-town"
    assert not app.info
    box(app, "Name of the list").set_value("More clubs")
    app.run()
    press(app, "Check it")
    press(app, "Add to Wrenmouth")
    assert not app.error
    assert (folder / "assets/clubs.csv").read_bytes() == content
    assert everything_in(demo_folder()) == before


@pytest.mark.parametrize("typed", ["", "a\0b", "x" * 5000, "~nobody-of-this-name/town", os.curdir])
def test_a_folder_that_cannot_take_the_copy_is_told(monkeypatch, tmp_path, typed):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    Path("something.txt").write_text("here")
    app = screen("add").run()
    box(app, "Folder for the copy").set_value(typed)
    press(app, "Make a copy")
    assert not app.exception
    assert app.error[0].value == "The copy could not be made."
    assert app.session_state.place == "demo"


def test_a_mapping_file_that_is_broken_is_told_and_the_columns_guessed(app, toy):
    (toy / "assets").mkdir()
    (toy / "assets/x.mapping.toml").write_text("headings = [")
    bring(app, MESSY)
    assert not app.exception
    assert app.error[0].value == "A mapping file of this place cannot be used."
    assert box(app, "Name").value == "Group_Name"
