"""Near me, in a browser: by postcode, by tap, and by the device's own location."""

from __future__ import annotations

from pathlib import Path

from tests.browser.hands import expect, frame, hosts, sideways

#: Chapel Row Library in the demo town.
LIBRARY = {"longitude": 1.080596, "latitude": 54.361992}


def opened(page, app, **link):
    asked = "&".join(f"{key}={value}" for key, value in {"place": "demo", **link}.items())
    page.goto(f"{app.url}?{asked}")
    expect(page.get_by_role("heading", name="Known in and around Wrenmouth")).to_be_visible()
    expect(frame(page).get_by_role("button", name="Use my location")).to_be_visible()


def test_a_resident_types_a_postcode_and_takes_a_sheet_along(app, visit):
    page = visit(width=390, height=844)
    opened(page, app)
    page.get_by_label("Your postcode").fill("zz1 7py")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Near ZZ1 7PY")).to_be_visible()
    first = page.locator(".am-near > li").first
    expect(first).to_contain_text("Chapel Row Library")
    assert not sideways(page)
    assert "zz1" not in page.url.lower()
    with page.expect_download() as begun:
        page.get_by_role("button", name="A walk from my door").click()
    text = Path(begun.value.path()).read_text(encoding="utf-8")
    assert "<h1>A walk from ZZ1 7PY</h1>" in text
    assert hosts(page) == {"127.0.0.1"}
    assert not page.failed


def test_the_devices_own_location_is_used_where_it_is_allowed_and_is_in_no_link(app, visit):
    page = visit()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(LIBRARY)
    opened(page, app, only="free")
    frame(page).get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("heading", name="Near the point tapped")).to_be_visible()
    expect(page.get_by_text("may be free of charge: no list tells")).to_be_visible()
    assert "54.36" not in page.url
    assert "1.08" not in page.url


def test_a_location_that_is_refused_is_told(app, visit):
    page = visit()
    page.context.clear_permissions()
    opened(page, app)
    frame(page).get_by_role("button", name="Use my location").click()
    expect(frame(page).get_by_text("Your location cannot be told here.")).to_be_visible()


def test_the_officers_map_is_one_step_away(app, visit):
    page = visit()
    opened(page, app)
    page.get_by_role("link", name="The whole place").click()
    expect(page.get_by_role("heading", name="All areas")).to_be_visible()
