"""A group finds its listing, corrects it, and has it removed for good, in a real browser."""

from __future__ import annotations

import gzip
import re
import shutil

import pytest

from assetmap import assess, load
from assetmap.views import listings
from assetmap.views.page import standalone
from tests.browser.conftest import EVIL
from tests.browser.hands import choose, expect, faults, frame, hosts, playwright, press, settled, sideways
from tests.toy import RECIPE, VENUES, write_toy

pytestmark = pytest.mark.browser

PANTRY = "Town Pantry,Food bank,402500,300500,"
MORE = """
[[assets]]
name = "By name"
file = "words.csv"
title = "n"
kind = "by name"
easting = "x"
northing = "y"
"""


@pytest.fixture
def living(app, request):
    """A place in the folder where the app runs that may be written to; the app has not met it before."""
    folder = write_toy(app.log.parent / f"living-{request.node.name[-9:]}")
    yield folder
    shutil.rmtree(folder)


def opened(page, app, place):
    page.goto(f"{app.url}listings?place={place}")
    expect(page.get_by_role("textbox", name="Name or postcode")).to_be_visible(timeout=90_000)
    settled(page)


def look_for(page, text):
    box = page.get_by_role("textbox", name="Name or postcode")
    box.fill(text)
    box.press("Enter")
    settled(page)


def choose_first(page, label, name=""):
    """Choose the first listing that was found, of that name where one is given, once the search is done."""
    wanted = page.get_by_role("option").filter(has_text=name).first
    for _ in range(3):
        settled(page)
        page.get_by_role("combobox", name=label).press("ArrowDown")
        try:
            wanted.wait_for(timeout=5_000)
            break
        except playwright.TimeoutError:
            page.keyboard.press("Escape")  # the list of the search before
    wanted.click()
    settled(page)


def fill(page, label, text):
    # What is typed while the page is still drawn is lost.
    settled(page)
    box = page.get_by_role("textbox", name=label).first
    box.fill(text)
    expect(box).to_have_value(text)


def say(page, what):
    settled(page)
    page.get_by_role("radio", name=what).check(force=True)
    settled(page)


def click_mark(page, place, name):
    """Click the mark of an asset on the map, wherever the map has it."""
    inside = frame(page)
    expect(inside.locator(".am-label:not(.am-crowded) span").first).to_be_visible(timeout=90_000)
    at = place.assets.to_crs(4326).set_index("name").geometry[name]
    drawn = page.locator('iframe[title^="Map of"]').element_handle().content_frame()
    spot = drawn.evaluate(
        f"(() => {{ const p = map.latLngToContainerPoint([{at.y}, {at.x}]); return [p.x, p.y]; }})()"
    )
    inside.locator(".leaflet-container").click(position={"x": spot[0], "y": spot[1]})
    return inside.locator(".leaflet-popup-content")


def follow(told):
    """Go where the pop-up of a mark leads, which is a new tab."""
    link = told.get_by_role("link", name="This is us: correct, claim or remove (new tab)")
    with told.page.context.expect_page() as tab:
        link.press("Enter")
    page = tab.value
    page.set_default_timeout(30_000)
    expect(page).to_have_title(re.compile("^Listings"), timeout=90_000)
    return page


def test_a_group_corrects_its_listing_and_removes_it_for_good(app, visit, living):
    first = visit()
    first.goto(f"{app.url}map?place={living.name}")
    told = click_mark(first, load(living), "Town Pantry")
    expect(told).to_contain_text("Town Pantry")
    assert faults(first) == {}
    page = follow(told)
    expect(page.get_by_role("heading", name="Town Pantry", exact=True)).to_be_visible(timeout=90_000)
    assert re.search(rf"listings\?place={living.name}&listing=[0-9a-f]{{12}}$", page.url)

    say(page, "Correct it")
    choose(page, "What is wrong?", "Name")
    assert faults(page) == {}
    fill(page, "Name: what is right?", f"Larder {EVIL}")
    press(page, "Correct it")
    expect(
        page.get_by_text("Who says so: Nothing was typed. Type your name, or your group’s.")
    ).to_be_visible()
    assert faults(page) == {}
    fill(page, "Who says so", "Ann")
    press(page, "Correct it")
    expect(page.get_by_role("heading", name=f"Larder {EVIL}", exact=True)).to_be_visible()
    assert faults(page) == {}

    page.get_by_role("link", name="See the map").press("Enter")
    told = click_mark(page, load(living), f"Larder {EVIL}")
    expect(told).to_contain_text(f"Larder {EVIL}")

    page = follow(told)
    expect(page.get_by_role("heading", name=f"Larder {EVIL}", exact=True)).to_be_visible(timeout=90_000)
    say(page, "Remove it")
    expect(page.get_by_text("No other listing goes with it.")).to_be_visible()
    page.get_by_role("checkbox", name="I have read this. Remove it.").check(force=True)
    fill(page, "Who says so", "Ann")
    assert faults(page) == {}
    press(page, "Remove it")
    expect(page.get_by_role("button", name="Undo the removal")).to_be_visible()
    assert faults(page) == {}
    look_for(page, "larder")
    expect(page.get_by_text("No listing found")).to_be_visible()

    # The publisher’s next list has it under its old name, elsewhere, and as something else.
    (living / "venues.csv").write_text(
        VENUES.replace(PANTRY, "TOWN PANTRY,Advice,402700,300300,"), encoding="utf-8"
    )
    page.get_by_role("link", name="Data", exact=True).first.click()
    press(page, "Read the files again")
    settled(page)
    layers = []
    page.on("response", lambda answer: layers.append(answer) if answer.url.endswith(".json.gz") else None)
    page.goto(f"{app.url}map?place={living.name}")
    expect(frame(page).locator(".am-label:not(.am-crowded) span").first).to_be_visible(timeout=90_000)
    drawn = [gzip.decompress(answer.body()).decode() for answer in layers]
    assert any("Corner Café" in text for text in drawn)
    assert not [text for text in drawn if "antry" in text.lower() or "arder" in text]
    opened(page, app, living.name)
    for text in ("pantry", "larder"):
        look_for(page, text)
        expect(page.get_by_text("No listing found")).to_be_visible()
    assert page.evaluate("window.broken") is None
    assert first.failed == []
    assert hosts(first) == {"127.0.0.1"}


def test_hostile_names_are_words_on_every_part_of_the_page(app, visit, living):
    write_toy(
        living,
        place_toml=RECIPE + MORE,
        venues_csv=VENUES
        + f"{EVIL} Centre,Hub,402000,300500,\nThe {EVIL} Community Centre,Hub,402040,300500,\n"
        + "=HYPERLINK(1),Library,401500,300900,\n[a](http://evil.example)![b](http://evil.example/b.png),Library,401600,300900,\n"
        + f"Shed,{EVIL},402500,300900,\nPicture,![b](http://evil.example/c.png),402500,300900,\n",
        words_csv=f"n,x,y\n**{EVIL}**,402500,300700\n",
    )
    page = visit()
    opened(page, app, living.name)
    expect(page.get_by_text("To decide: what kind is it?")).to_be_visible()
    expect(page.get_by_text("To decide: one place or two?")).to_be_visible()
    expect(page.get_by_text("“![b](http://evil.example/c.png)”", exact=True)).to_be_visible()
    assert faults(page) == {}
    for text, name in (
        ("hyperlink", "=HYPERLINK(1)"),
        ("evil example", "[a](http://evil.example)![b](http://evil.example/b.png)"),
    ):
        look_for(page, text)
        choose_first(page, "1 listing found", name)
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        fill(page, "Who says so", "![b](http://evil.example/d.png)")
        press(page, "It is right")
        expect(page.get_by_text("is now marked as right").first).to_be_visible()
    assert page.evaluate("window.broken") is None
    assert hosts(page) == {"127.0.0.1"}
    assert page.failed == []


def test_the_page_that_stands_alone_leads_to_no_app(visit, living, tmp_path):
    alone = tmp_path / "map.html"
    alone.write_text(standalone(assess(load(living))), encoding="utf-8")
    page = visit()
    page.goto(alone.as_uri())
    expect(page.locator(".am-figure span").first).to_be_visible()
    page.evaluate(
        "map_place.eachLayer((layer) => { if (layer.getPopup && layer.getPopup()) layer.openPopup(); })"
    )
    expect(page.get_by_text("Named by: Venues (not stated)")).not_to_have_count(0)
    expect(page.get_by_text("This is us")).to_have_count(0)
    assert page.failed == []


def test_a_phone_shows_the_page_without_moving_sideways_and_large_enough_to_touch(app, visit, living):
    page = visit(390, 844)
    opened(page, app, living.name)
    look_for(page, "pantry")
    choose_first(page, "1 listing found")
    for what in ("It is right", "Correct it", "Remove it"):
        say(page, what)
        assert sideways(page) <= 0
        assert faults(page) == {}
        touched = "button:visible, a:visible, input[type=text]:visible, [data-testid=stRadio] label:visible, [data-testid=stCheckbox] label:visible"
        for each in page.get_by_role("main").locator(touched).all():
            size = each.bounding_box()
            assert min(size["width"], size["height"]) >= 24, each.evaluate("node => node.outerHTML")


def test_the_demo_town_says_how_its_listings_can_be_changed(app, visit):
    page = visit()
    opened(page, app, "demo")
    look_for(page, "library")
    choose_first(page, re.compile(r"^\d listings found$"))
    expect(page.get_by_text(listings.DEMO_TOLD)).to_be_visible()
    assert faults(page) == {}
    page.get_by_role("link", name="Make a copy of the demo town").click()
    expect(page).to_have_title(re.compile("^Add a list"))
    expect(page.get_by_role("button", name="Make a copy")).to_be_visible()
