"""Somebody makes a neighbourhood of their own, in a real browser."""

from __future__ import annotations

import re
import shutil

import pytest

from assetmap import load
from assetmap.views.neighbourhoods import ABOUT, WAYS
from tests.browser.conftest import EVIL
from tests.browser.hands import choose, expect, faults, frame, hosts, press, settled, sideways
from tests.test_neighbourhoods import POSTCODES, shares
from tests.toy import CODES, write_toy

pytestmark = pytest.mark.browser

A, B, C, _ = CODES

#: Corners around the western two squares and a part of the third, as shares of the map.
CORNERS = ((0.03, 0.25), (0.6, 0.25), (0.6, 0.8), (0.03, 0.8))


@pytest.fixture
def patchy(app):
    """A place in the folder where the app runs that neighbourhoods can be added to."""
    folder = write_toy(app.log.parent / "patchy", postcodes_csv=POSTCODES.to_csv(index=False))
    yield folder
    shutil.rmtree(folder)


def opened(page, app):
    page.goto(f"{app.url}neighbourhoods?place=patchy")
    expect(page.get_by_text(ABOUT)).to_be_visible(timeout=90_000)
    expect(frame(page).get_by_role("button", name="Draw a neighbourhood")).to_be_visible(timeout=90_000)
    settled(page)


def outline(page, act, corners=CORNERS):
    """Set the corners of an outline; `act` is "click" or "tap"."""
    inside = frame(page)
    getattr(inside.get_by_role("button", name="Draw a neighbourhood"), act)()
    drawn = inside.locator(".leaflet-container")
    size = drawn.bounding_box()
    for number, (x, y) in enumerate(corners, 1):
        getattr(drawn, act)(position={"x": size["width"] * x, "y": size["height"] * y})
        expect(inside.get_by_role("status")).to_contain_text(f"{number} corner")


def way(page, name):
    settled(page)
    page.get_by_text(WAYS[name], exact=True).click()


def save(page, name):
    box = page.get_by_label("Name of the neighbourhood")
    box.fill(name)
    press(page, "Save to Toytown")


def map_faults(page):
    found = faults(page.locator('iframe[title^="Map of"]').element_handle().content_frame())
    # These two are about a whole page, which a map within one is not.
    return {
        rule: nodes
        for rule, nodes in found.items()
        if rule not in ("landmark-one-main", "page-has-heading-one")
    }


def test_a_line_is_drawn_counted_saved_and_still_there_after_a_reload_and_removed(app, visit, patchy):
    page = visit()
    opened(page, app)
    assert faults(page) == {}
    outline(page, "click")
    inside = frame(page)
    inside.get_by_role("button", name="Undo").press("Enter")
    expect(inside.get_by_role("status")).to_have_text("3 corners")
    assert map_faults(page) == {}
    inside.get_by_role("button", name="Cancel").press("Enter")
    expect(inside.get_by_role("button", name="Draw a neighbourhood")).to_be_focused()
    outline(page, "click")
    inside.get_by_role("button", name="Finish").press("Enter")

    counted = page.get_by_role("region", name="Areas counted")
    expect(counted.get_by_text("2 areas counted, of 4.")).to_be_visible()
    for code, shown in ((A, 1), (B, 1), (C, 0)):
        expect(counted.get_by_text(code)).to_have_count(shown)
    account = page.locator(".st-key-explore .am-account").first
    expect(account.get_by_text("Residents: 2,100, by 2 areas.")).to_be_visible()
    headings = account.locator("h3").all_inner_texts()
    assert headings.index("Strong here") < headings.index("Less within reach than in the whole place")
    expect(inside.locator(".am-figure span", has_text="✓")).to_have_count(2)
    assert faults(page) == {}
    assert map_faults(page) == {}

    save(page, EVIL)
    expect(page.get_by_text(f"“{EVIL}” is now part of Toytown.")).to_be_visible()
    table = page.get_by_role("region", name="Neighbourhoods")
    expect(table.get_by_role("rowheader", name=EVIL)).to_be_visible()
    assert shares(load(patchy).neighbourhoods) == {EVIL: {A: 1, B: 1}}
    opened(page, app)
    expect(table.get_by_role("rowheader", name=EVIL)).to_be_visible()
    table.get_by_text("2 areas", exact=True).click()
    expect(table.get_by_text(f"Toytown A ({A}): 100 %")).to_be_visible()
    expect(table.get_by_text("areas whose people’s point lies inside the line, whole")).to_be_visible()
    assert faults(page) == {}
    with page.expect_download() as download:
        page.get_by_role("button", name="Figures (CSV)").press("Enter")
    assert f"{A} (100 %), {B} (100 %)" in download.value.path().read_text(encoding="utf-8")

    settled(page)
    choose(page, "Change or remove a neighbourhood", EVIL)
    press(page, re.compile("^Remove “"))
    expect(page.get_by_text(f"“{EVIL}” was removed.")).to_be_visible()
    assert load(patchy).neighbourhoods.empty
    assert page.evaluate("window.broken") is None
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}


def test_a_finger_draws_on_a_phone_that_shows_it_all_without_moving_sideways(app, browser, patchy):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    opened(page, app)
    outline(page, "tap")
    inside = frame(page)
    for button in inside.locator(".am-draw button:visible").all():
        size = button.bounding_box()
        assert min(size["width"], size["height"]) >= 24
    inside.get_by_role("button", name="Finish").tap()
    expect(page.get_by_text("2 areas counted, of 4.")).to_be_visible()
    save(page, "The Patch")
    expect(page.get_by_text("“The Patch” is now part of Toytown.")).to_be_visible()
    assert sideways(page) <= 0
    assert faults(page) == {}
    controls = "button:visible, a:visible, input[type=text]:visible, summary:visible"
    for each in page.get_by_role("main").locator(controls).all():
        size = each.bounding_box()
        assert min(size["width"], size["height"]) >= 24, each.evaluate("node => node.outerHTML")
    context.close()


def test_areas_are_chosen_by_keyboard_or_clicked_and_postcodes_listed(app, visit, patchy):
    page = visit()
    opened(page, app)
    way(page, "areas")
    box = page.get_by_role("combobox", name="Areas (or click them on the map)")
    box.focus()
    page.keyboard.type("Toytown A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 area counted, of 4.")).to_be_visible()
    settled(page)
    drawn = frame(page).locator(".leaflet-container")
    size = drawn.bounding_box()
    third = {"x": size["width"] * 0.53, "y": size["height"] * 0.42}
    drawn.click(position=third)
    expect(page.get_by_text("2 areas counted, of 4.")).to_be_visible()
    expect(page.get_by_role("region", name="Areas counted").get_by_text(C)).to_be_visible()
    assert faults(page) == {}
    settled(page)
    drawn.click(position=third)
    expect(page.get_by_text("1 area counted, of 4.")).to_be_visible()

    way(page, "list")
    page.get_by_role("textbox", name="Postcodes or area codes, one a line").fill("ZZ1 1AA\nZZ1 1AB\nZZ8 8ZZ")
    press(page, "Count these")
    expect(page.get_by_text("“ZZ8 8ZZ” is not in the place’s postcode table")).to_be_visible()
    expect(page.get_by_role("region", name="Areas counted").get_by_text("50 %")).to_be_visible()
    assert faults(page) == {}
    save(page, "Listed")
    expect(page.get_by_text("“Listed” is now part of Toytown.")).to_be_visible()
    assert shares(load(patchy).neighbourhoods) == {"Listed": {A: 0.5}}
    assert page.failed == []


def test_a_drawn_outline_is_moved_by_its_corners_with_the_keyboard_alone(app, visit, patchy):
    page = visit()
    opened(page, app)
    outline(page, "click")
    frame(page).get_by_role("button", name="Finish").click()
    expect(page.get_by_text("2 areas counted, of 4.")).to_be_visible()
    settled(page)
    written = page.get_by_role("textbox", name="Corners, one a line: easting, northing")
    assert len(written.input_value().split("\n")) == len(CORNERS)
    written.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("399900, 299900\n402900, 299900\n402900, 301100\n399900, 301100")
    press(page, "Draw these corners")
    expect(page.get_by_text("3 areas counted, of 4.")).to_be_visible()
    assert faults(page) == {}
    save(page, "West")
    expect(page.get_by_text("“West” is now part of Toytown.")).to_be_visible()
    expect(frame(page).locator(".am-own-name")).to_have_text("West", timeout=90_000)
    settled(page)
    choose(page, "Change or remove a neighbourhood", "West")
    press(page, "Change “West”")
    expect(written).to_have_value("399900, 299900\n402900, 299900\n402900, 301100\n399900, 301100")
    expect(frame(page).locator(".am-own-name")).to_have_count(0)
    assert faults(page) == {}
    assert page.failed == []
