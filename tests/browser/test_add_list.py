"""A council officer adds a messy file, in a real browser."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tomllib

import pytest

from assetmap import load
from assetmap.views.page import ADDING
from tests.browser.conftest import EVIL
from tests.browser.hands import expect, faults, frame, hosts, press, settled, sideways
from tests.toy import write_toy

pytestmark = pytest.mark.browser

MESSY = (
    "Group_Name;Category;PostCode;GeoX;GeoY;Contact name;Telephone\n"
    "The Fuse;Community hub;ZZ1 1AA;;;Jo Bloggs;0161 496 0123\n"
    f'"{EVIL}";Library;;400500;300400;;\n'
    "=Sum Club;Sports club;ZZ99 9ZZ;;;Sam;sam@example.org\n"
    "Turned Club;Sports club;;300500;400500;;\n"
)

#: What Markdown would fetch from elsewhere.
PICTURE = "![x](https://example.org/x.png) http://example.org"


@pytest.fixture
def growing(app):
    """A place in the folder where the app runs that lists can be added to."""
    folder = write_toy(app.log.parent / "growing")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def messy(tmp_path):
    path = tmp_path / "Community groups (2026).csv"
    path.write_text(MESSY)
    return path


def opened(page, app):
    page.goto(f"{app.url}add?place=growing")
    expect(page.get_by_text(ADDING)).to_be_visible(timeout=90_000)


def bring(page, path):
    """Choose the file by keyboard, as somebody without a mouse does."""
    settled(page)
    button = page.get_by_test_id("stFileUploader").locator("button", has_text="Upload")
    with page.expect_file_chooser() as chooser:
        button.press("Enter")
    chooser.value.set_files(path)


def test_a_messy_file_comes_in_by_keyboard_and_its_rows_left_out_are_mended(
    app, visit, growing, messy, tmp_path
):
    page = visit()
    opened(page, app)
    assert faults(page) == {}

    bring(page, messy)
    rows = page.get_by_role("region", name="First rows")
    expect(rows.get_by_text("The Fuse")).to_be_visible()
    expect(rows.get_by_text(EVIL)).to_be_visible()
    expect(rows.get_by_text("Telephone")).to_have_count(0)
    expect(page.get_by_text("Left out: “Contact name”, “Telephone”.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Easting")).to_have_value("GeoX")
    expect(page.get_by_role("combobox", name="Column that says it")).to_have_value("Category")
    expect(page.get_by_label("Name of the list")).to_have_value("Community groups 2026")
    assert faults(page) == {}

    source = page.get_by_label("Source")
    source.fill("Toytown Council")
    source.press("Enter")
    press(page, "Check it")
    expect(page.get_by_text("2 of 4 places have a location (50%).")).to_be_visible()
    left_out = page.get_by_role("region", name="Left out")
    expect(left_out.get_by_text("Its easting and northing look swapped.")).to_be_visible()
    assert faults(page) == {}
    with page.expect_download() as download:
        press(page, "Rows left out, to mend (CSV)")
    text = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "Community-groups-2026-left-out.csv"
    names = [row["Group_Name"] for row in csv.DictReader(io.StringIO(text))]
    assert names == ["'=Sum Club", "Turned Club"]
    assert "Telephone" not in text
    assert "sam@example.org" not in text

    press(page, "Add to Toytown")
    expect(page.get_by_text("“Community groups 2026” is now part of Toytown.")).to_be_visible()
    assert faults(page) == {}
    assert {"The Fuse", EVIL} <= set(load(growing).assets["name"])

    mended = tmp_path / "mended.csv"
    mended.write_text(text.replace("300500,400500", "400500,300500").replace("ZZ99 9ZZ", "ZZ1 1AA"))
    bring(page, mended)
    expect(page.get_by_text("Its headings are those of a list that was added before")).to_be_visible()
    expect(page.get_by_label("Source")).to_have_value("Toytown Council")
    press(page, "Check it")
    expect(page.get_by_text("2 of 2 places have a location (100%).")).to_be_visible()
    expect(page.get_by_text("No row would be left out.")).to_be_visible()
    name = page.get_by_label("Name of the list")
    name.fill(PICTURE)
    name.press("Enter")
    press(page, "Check it")
    press(page, "Add to Toytown")
    expect(page.get_by_text(f"“{PICTURE}” is now part of Toytown.")).to_be_visible()
    assert "Turned Club" in set(load(growing).assets["name"])
    entries = tomllib.loads((growing / "place.toml").read_text(encoding="utf-8"))["assets"]
    assert [entry["name"] for entry in entries] == ["Venues", "Community groups 2026", PICTURE]

    page.get_by_role("link", name="See it on the map").press("Enter")
    expect(frame(page).locator(".am-label:not(.am-crowded) span").first).to_be_visible(timeout=90_000)
    expect(page).to_have_title(re.compile("^Map"))
    expect(page.get_by_role("heading", name="Toytown", exact=True)).to_be_visible()
    assert page.evaluate("window.broken") is None
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}


def test_a_phone_shows_the_page_without_moving_sideways(app, visit, growing, messy):
    page = visit(390, 844)
    opened(page, app)
    bring(page, messy)
    expect(page.get_by_role("button", name="Check it")).to_be_visible()
    press(page, "Check it")
    expect(page.get_by_role("button", name="Add to Toytown")).to_be_visible()
    assert sideways(page) <= 0
    assert faults(page) == {}
    for each in page.get_by_role("main").locator("button:visible, a:visible, input[type=text]:visible").all():
        size = each.bounding_box()
        assert min(size["width"], size["height"]) >= 24, each.evaluate("node => node.outerHTML")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(app, visit, growing, tmp_path):
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200 * 1024**2 + 1)
    page = visit()
    opened(page, app)
    bring(page, large)
    expect(page.get_by_text("File must be 200.0MB or smaller.")).to_be_visible()
    assert not [address for address in page.asked if "upload_file" in address]
