"""To find a place, to choose it on the map, and to compare two areas, as a reader does."""

from __future__ import annotations

import re

import pytest

from assetmap import assess, load
from assetmap.views import page as words
from assetmap.views import spot
from tests.browser.hands import choose, expect, faults, frame, hosts, settled, sideways

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


def opened(page, url):
    page.goto(url)
    expect(frame(page).locator(".am-label:not(.am-crowded) span").first).to_be_visible(timeout=90_000)
    settled(page)
    return frame(page)


def find(page, typed):
    settled(page)
    box = page.get_by_role("textbox", name="Find a postcode, area or place")
    box.fill(typed)
    box.press("Enter")


def click_mark(page, at):
    """Click the map where a place is."""
    inside = page.locator('iframe[title^="Map of"]').element_handle().content_frame()
    inside.wait_for_function(
        "() => !window.map._animatingZoom && !(window.map._panAnim && window.map._panAnim._inProgress)"
    )
    spot = inside.evaluate("at => window.map.latLngToContainerPoint(at)", at)
    inside.locator(".leaflet-container").click(position={"x": spot["x"], "y": spot["y"]})


def test_a_place_is_found_and_chosen_on_the_map_and_two_areas_compared(app, visit, demo):
    place = demo.place
    page = visit()
    inside = opened(page, f"{app.url}map")
    panel, ring = page.locator(".am-spot h2"), inside.locator(".am-own-name")

    # By name: of several, one is chosen from a short list.
    find(page, "baths")
    choose(page, "3 found: choose one", "Abbey Green Baths · Swimming pool, Abbey Green")
    expect(panel).to_have_text(re.compile("Abbey Green Baths"))
    expect(ring).to_have_text("Abbey Green Baths")
    expect(page.locator(".st-key-explore .am-verdict")).to_be_visible()
    settled(page)

    # A click on another mark: its pop-up, the panel and the ring follow, and the area is its own.
    centre = place.assets.index[place.assets["name"] == "Abbey Green Community Centre"][0]
    click_mark(page, spot.on_map(place, centre)["at"])
    expect(panel).to_have_text(re.compile("Abbey Green Community Centre"))
    expect(ring).to_have_count(1)  # the other fades away
    expect(ring).to_have_text("Abbey Green Community Centre")
    expect(inside.locator(".leaflet-popup-content")).to_contain_text("Abbey Green Community Centre")
    expect(page).to_have_url(re.compile(f"asset={centre}"))

    labels = words.area_labels(demo)
    choose(page, "Compare with", labels["WM058"])
    table = page.get_by_role("region", name="Two areas side by side")
    expect(table).to_contain_text("2 deciles higher in A: less deprived")
    expect(inside.locator(".am-letter span")).to_have_text(["A", "B"])
    settled(page)
    assert faults(page.main_frame) == {}

    # The link alone shows the same to somebody else.
    other = visit()
    again = opened(other, page.url)
    expect(other.locator(".am-spot h2")).to_have_text(panel.inner_text().strip())
    expect(other.get_by_role("region", name="Two areas side by side")).to_have_text(
        table.inner_text(), use_inner_text=True
    )
    expect(again.locator(".am-own-name")).to_have_count(1)
    expect(again.locator(".am-own-name")).to_have_text("Abbey Green Community Centre")
    expect(again.locator(".am-letter span")).to_have_text(["A", "B"])

    # The way to its listing leads to that listing.
    page.get_by_role("link", name="Its listing: claim it").click()
    expect(page).to_have_url(re.compile("/listings"))
    settled(page)
    expect(page.locator(".am-account h2")).to_have_text("Abbey Green Community Centre")
    assert page.failed == other.failed == []
    assert hosts(page) == {"127.0.0.1"}


def test_a_phone_finds_home_and_a_place_near_it_and_no_link_tells_where(app, visit, demo):
    place = demo.place
    page = visit(390, 844)
    inside = opened(page, f"{app.url}map")
    postcode = place.postcodes.index[0]
    home = place.areas.index[place.areas.intersects(place.postcodes.iloc[0])][0]
    find(page, postcode)
    expect(page.locator(".st-key-explore .am-account h2")).to_have_text(place.areas.at[home, "area_name"])
    expect(page).to_have_url(re.compile(f"area={home}"))
    assert postcode not in page.url

    ident, label = next(iter(spot.spots_in(place, home).items()))
    # In the middle of the screen, as a thumb brings it: a list that opens at its edge closes again.
    settled(page)
    page.get_by_role("combobox", name="Places in this area").evaluate(
        "box => box.scrollIntoView({ block: 'center' })"
    )
    choose(page, "Places in this area", label)
    expect(page.locator(".am-spot h2")).to_be_visible()
    expect(inside.locator(".am-own-name")).to_have_text(spot.on_map(place, ident)["name"])
    assert sideways(page) <= 0

    find(page, "zeppelin")
    expect(page.get_by_text("Nothing here is called “zeppelin”.")).to_be_visible()
    assert page.failed == []


def test_one_kind_of_place_is_shown_alone_and_the_zoom_is_kept(app, visit):
    page = visit()
    inside = opened(page, f"{app.url}map?place=demo")
    inside.get_by_role("button", name="Zoom in").click()
    scale = inside.locator(".leaflet-control-scale-line")
    expect(scale).to_have_text("500 m")
    kinds = load("demo").assets["kind"]
    libraries = (kinds == "library").sum()
    choose(page, "Places on the map", f"Kind: Library ({libraries})")
    drawn = inside.locator(".leaflet-container")
    expect(drawn).to_have_attribute("data-places", str(libraries))
    choose(page, "Places on the map", "All places")
    expect(drawn).to_have_attribute("data-places", re.compile(r"\d{3}"))
    expect(scale).to_have_text("500 m")
    assert page.failed == []
