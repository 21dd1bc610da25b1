"""The priorities beside the map, and the profile of one area, as a reader uses them."""

from __future__ import annotations

import re

import pytest

from assetmap import assess, load
from tests.browser.hands import choose, expect, faults, frame, hosts, settled, sideways

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


def row(page, name):
    return page.locator(".am-picks tbody tr", has=page.get_by_role("button", name=name))


def marked(page):
    return page.locator(".am-picks button[aria-current=true]")


def account(page):
    return page.locator(".st-key-priorities .am-account h2")


def opened(page, url):
    page.goto(url)
    expect(frame(page).locator(".am-badge span").first).to_be_visible(timeout=90_000)
    settled(page)


def click_badge(page, rank):
    """Click the priority neighbourhood of that rank on the map, where its badge is."""
    inside = frame(page)
    drawn = inside.locator(".leaflet-container")
    badge = inside.locator(".am-badge span", has_text=re.compile(f"^{rank}$"))
    whole, spot = drawn.bounding_box(), badge.bounding_box()
    drawn.click(position={side: spot[side] - whole[side] + 12 for side in ("x", "y")})


def test_a_row_by_keyboard_a_click_on_the_map_a_filter_and_a_setting(app, visit, demo):
    first, second, third = demo.priorities["area_name"][:3]
    page = visit()
    opened(page, f"{app.url}priorities")
    assert page.locator(".am-picks").evaluate(
        "box => box.compareDocumentPosition(document.querySelector('iframe')) & 4"
    )

    # A row by keyboard: the map and the account follow, and the focus stays where it was.
    button = page.get_by_role("button", name=second, exact=True)
    button.press("Enter")
    expect(account(page)).to_have_text(second)
    expect(marked(page)).to_have_text(second)
    expect(button).to_be_focused()
    expect(page).to_have_url(re.compile(f"area={demo.priorities.index[1]}"))

    # By finger or mouse anywhere in the row.
    row(page, third).locator("td").nth(1).click()
    expect(account(page)).to_have_text(third)

    # A filter is in the link, and a reload keeps it.
    page.get_by_text("Filter the list").click()
    choose(page, "Gap or missing data", "Real gap")
    expect(page.get_by_text("3 of 4 shown.")).to_be_visible()
    expect(page).to_have_url(re.compile("verdict=real"))
    page.reload()
    expect(page.get_by_text("3 of 4 shown.")).to_be_visible(timeout=90_000)
    expect(page.locator(".am-picks tbody tr")).to_have_count(3)
    expect(marked(page)).to_have_text(third)
    settled(page)
    page.get_by_role("button", name="Show all").press("Enter")
    expect(page.locator(".am-picks tbody tr")).to_have_count(4)

    # On the map: the row is marked.
    settled(page)
    inside = frame(page)
    inside.locator(".leaflet-control-layers-toggle").press("Enter")
    # Leaflet ignores the click that opens the list, as a finger's first touch does.
    inside.get_by_label("Hubs", exact=True).hover()
    for name in ("Hubs", "Groups", "Everyday meeting places", "Services", "Green space"):
        inside.get_by_label(name, exact=True).uncheck()
    page.locator("h1").first.hover()  # off the list of layers, so that it closes
    click_badge(page, 1)
    expect(marked(page)).to_have_text(first)
    expect(account(page)).to_have_text(first)

    # A setting tells what it changes, and why.
    page.get_by_text("What makes a priority").click()
    page.get_by_role("spinbutton", name="High deprivation: decile up to").fill("1")
    page.get_by_role("button", name="Apply").click()
    told = page.locator(".st-key-why")
    expect(told).to_contain_text("2 areas are no longer priorities, 2 stayed.")
    expect(told).to_contain_text("where high is up to 1; before, decile 2 (overall index; 1 = most deprived)")
    expect(page.locator(".am-picks tbody tr")).to_have_count(2)
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}


@pytest.mark.parametrize("address", ["priorities?near=yes&high_deprivation_decile=1", "profile"])
def test_both_pages_on_a_telephone_and_to_axe(app, visit, address):
    page = visit(390, 844)
    page.goto(f"{app.url}{address}")
    if address == "profile":
        expect(page.locator("svg.marks")).to_have_count(2, timeout=90_000)
    else:
        expect(frame(page).locator(".am-badge span").first).to_be_visible(timeout=90_000)
        table, map_ = (page.locator(each).first.bounding_box() for each in (".am-picks", "iframe"))
        assert table["y"] + table["height"] <= map_["y"]
    settled(page)
    assert sideways(page) == 0
    assert faults(page) == {}
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}


def test_names_that_try_to_break_out_of_table_chart_and_profile_do_not(app, visit):
    page = visit()
    page.goto(f"{app.url}priorities?place=hostile&near=yes")
    expect(page.locator(".am-picks")).to_contain_text("<img src=x", timeout=90_000)
    settled(page)
    assert page.evaluate("window.broken") is None
    page.goto(f"{app.url}profile?place=hostile&area=E01000001")
    expect(page.locator(".st-key-profile h2")).to_contain_text("<img src=x", timeout=90_000)
    expect(page.locator("svg.marks")).to_have_count(2)
    assert page.evaluate("window.broken") is None
    assert hosts(page) == {"127.0.0.1"}
