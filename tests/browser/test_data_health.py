"""Somebody mends a file by hand, sees the difference and accepts it, in a real browser."""

from __future__ import annotations

import csv
import io
import shutil

import pytest

from assetmap import load
from tests.browser.conftest import EVIL
from tests.browser.hands import expect, faults, hosts, press, settled, sideways
from tests.toy import RECIPE, VENUES, write_toy

pytestmark = pytest.mark.browser

#: How long the place may take to be read again, milliseconds.
SOON = 30_000

LOST = "=Lost Club,Sports club,,,ZZ9 9ZZ\n"


@pytest.fixture
def mended(app):
    """A place in the folder where the app runs, with a row that cannot be located."""
    recipe = RECIPE + 'source = "Toytown Council"\nlicence = "ODbL"\ndate = "2024-02-29"\n'
    folder = write_toy(app.log.parent / "mended", venues_csv=VENUES + LOST, place_toml=recipe)
    yield folder
    shutil.rmtree(folder)


def opened(page, app):
    page.goto(f"{app.url}data?place=mended")
    expect(page.get_by_role("heading", name="Other notes")).to_be_visible(timeout=90_000)
    settled(page)


def accept(page, name, button):
    box = page.get_by_role("textbox", name="Your name")
    box.fill(name)
    box.press("Tab")
    press(page, button)


def test_an_edit_is_seen_and_accepted_and_the_rows_left_out_come_back(app, visit, mended):
    page = visit()
    opened(page, app)
    assert faults(page) == {}
    expect(page.get_by_text("6 of 7 listed places could be located (86%).")).to_be_visible(timeout=SOON)
    accept(page, "Ann", "Accept all files as they are")
    expect(page.get_by_text("7 files are accepted as of")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("Nothing, since Ann accepted the files on")).to_be_visible(timeout=SOON)

    edited = VENUES.replace("Chess Club", EVIL).replace("403500,300800", "403500,300900") + LOST
    (mended / "venues.csv").write_text(edited, encoding="utf-8")
    press(page, "Read the files again")
    rows = page.get_by_role("region", name="Differences in venues.csv")
    expect(rows.get_by_text(f"name: Chess Club → {EVIL}")).to_be_visible(timeout=SOON)
    expect(rows.get_by_text("northing: 300800 → 300900")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("Changed by hand and not accepted yet: venues.csv.")).to_be_visible(timeout=SOON)
    assert faults(page) == {}
    accept(page, "Bo", "Accept these changes")
    expect(page.get_by_text("1 file is accepted as of")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("Changed by hand and not accepted yet")).to_have_count(0, timeout=SOON)
    assert not any(layer.edited for layer in load(mended).layers)

    settled(page)
    with page.expect_download() as download:
        press(page, "Rows left out of assets: Venues, to mend (CSV)")
    assert download.value.suggested_filename == "assets-Venues-left-out.csv"
    (row,) = csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig")))
    assert row["name"] == "'=Lost Club"
    assert row["Left out because"] == "Row 8: The postcode “ZZ9 9ZZ” is not in the place’s postcode table."
    with page.expect_download() as download:
        press(page, "Gap analysis without share-alike layers (zip)")
    assert download.value.suggested_filename == "gap-analysis-without-share-alike.zip"

    (mended / "venues.csv").write_text(edited.replace("ZZ9 9ZZ", "ZZ1 1AA"), encoding="utf-8")
    press(page, "Read the files again")
    expect(page.get_by_text("7 of 7 listed places could be located (100%).")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("Every row could be used.")).to_be_visible(timeout=SOON)
    assert page.evaluate("window.broken") is None
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}


def test_a_phone_shows_the_data_page_without_moving_sideways(app, visit, mended):
    page = visit(390, 844)
    opened(page, app)
    assert sideways(page) <= 0
    assert faults(page) == {}
    for each in (
        page.get_by_role("main")
        .locator("button:visible, a:visible, input[type=text]:visible, summary:visible")
        .all()
    ):
        size = each.bounding_box()
        assert min(size["width"], size["height"]) >= 24, each.evaluate("node => node.outerHTML")
