"""Five thousand places on one map, in a real browser: told by their number where they would lie upon each other, and none lost."""

from __future__ import annotations

import csv
import random
import shutil

import pytest

from assetmap import load
from assetmap.sources import write_demo
from tests.browser.hands import expect, frame, settled

pytestmark = pytest.mark.browser

NUMBER = 5_000

#: How many places in view have a mark, how many are told by a number, and how near the map is.
TOLD = """() => {
    const { map } = window, bounds = map.getBounds();
    let marks = 0, clustered = 0;
    map.eachLayer((each) => {
        if (!each.getLatLng || !bounds.contains(each.getLatLng())) return;
        if (each.options.shape) marks += 1;
        else if (each.options.icon && each.options.icon.options.className === "am-cluster") {
            clustered += Number(each.options.icon.options.html.innerText.replace(",", ""));
        }
    });
    return { marks, clustered, zoom: map.getZoom() };
}"""


@pytest.fixture(scope="module")
def crowded(app):
    """The demo town with five thousand surgeries more than it has."""
    folder = write_demo(app.log.parent / "crowded")
    town = load(folder)
    west, south, east, north = town.areas.to_crs(4326).geometry.total_bounds
    chance = random.Random(6)
    with (folder / "many.csv").open("w", newline="", encoding="utf-8") as file:
        told = csv.writer(file)
        told.writerow(["name", "lon", "lat"])
        for number in range(NUMBER):
            lon, lat = chance.uniform(west, east), chance.uniform(south, north)
            told.writerow([f"Surgery {number}", f"{lon:.6f}", f"{lat:.6f}"])
    recipe = folder / "place.toml"
    entry = '\n[[assets]]\nname = "Many"\nfile = "many.csv"\ntitle = "name"\nkind = "gp_practice"\nlon = "lon"\nlat = "lat"\n'
    recipe.write_text(recipe.read_text(encoding="utf-8") + entry, encoding="utf-8")
    yield folder.name
    shutil.rmtree(folder)


@pytest.mark.parametrize("width", [1280, 390])
def test_places_too_many_to_draw_are_counted_and_come_apart_when_near(app, visit, crowded, width):
    page = visit(width, 900)
    page.goto(f"{app.url}map?place={crowded}&places=kind:gp_practice")
    numbers = frame(page).locator(".am-cluster span")
    expect(numbers.first).to_be_visible(timeout=120_000)
    settled(page)
    inside = page.locator('iframe[title^="Map of"]').element_handle().content_frame()
    far = inside.evaluate(TOLD)
    assert far["clustered"] + far["marks"] >= NUMBER * 0.98, (
        "some lie outside the first view, which has the whole place"
    )
    assert far["marks"] < 300
    numbers.first.click()
    inside.wait_for_function(f"() => window.map.getZoom() > {far['zoom']} && !window.map._animatingZoom")
    for _ in range(6):
        frame(page).get_by_role("button", name="Zoom in").click()
        inside.wait_for_function("() => !window.map._animatingZoom")
    expect(numbers).to_have_count(0)
    near = inside.evaluate(TOLD)
    assert near["clustered"] == 0
    assert page.failed == []
