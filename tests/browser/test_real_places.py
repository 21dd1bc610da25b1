"""Two real places, in a real browser: a resident and an officer, at a desk and on a phone."""

from __future__ import annotations

import shutil

import pytest

from assetmap import assess, load
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import report
from tests.browser.hands import expect, frame, hosts, settled, sideways
from tests.browser.test_browser import switch_off_places
from tests.test_golden import folder_of

pytestmark = [pytest.mark.browser, pytest.mark.realdata]


@pytest.fixture(params=["trafford", "newport"])
def place(request, app, realdata):
    """The name and the folder of a real place in the folder where the app runs."""
    folder = app.log.parent / request.param
    folder.mkdir()
    folder_of(request.param, folder)
    yield request.param, folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_resident_and_an_officer_find_what_they_came_for(app, visit, place, width):
    name, folder = place
    assessment = assess(load(folder))
    assessment = with_bands(assessment, uncertainty(assessment))
    code = assessment.areas["resource_rank"].idxmin()
    told = report.account(assessment, code)

    page = visit(width, 900)
    page.goto(f"{app.url}?place={name}")
    expect(page.get_by_role("heading", name=f"Known in and around {assessment.place.name}")).to_be_visible(
        timeout=90_000
    )
    drawn = frame(page).locator(".leaflet-container")
    expect(frame(page).get_by_role("button", name="Zoom in")).to_be_visible()
    settled(page)
    switch_off_places(frame(page))  # a tap on a mark tells of the place
    drawn.click(position={"x": drawn.bounding_box()["width"] * 0.4, "y": 300})
    expect(page.get_by_role("heading", name="Near the point tapped")).to_be_visible()
    assert sideways(page) <= 0

    page.goto(f"{app.url}map?place={name}&area={code}")
    account = page.locator(".st-key-explore .am-account")
    expect(account.locator(".am-verdict")).to_have_text(told.verdict, timeout=90_000)
    for fact in (*told.facts, *told.strengths, *told.thin):
        expect(account.get_by_text(fact, exact=True)).to_be_visible()
    expect(frame(page).locator(".am-label span").first).to_be_visible()
    settled(page)
    assert sideways(page) <= 0
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}
