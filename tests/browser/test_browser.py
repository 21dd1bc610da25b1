"""What a reader sees and does, in a real browser that can reach this machine alone."""

from __future__ import annotations

import re

import pytest

from assetmap import assess, load
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import page as words
from assetmap.views import report
from tests.browser.hands import choose, expect, faults, frame, hosts, press, settled, sideways
from tests.toy import RECIPE, write_toy

pytestmark = pytest.mark.browser

PLACES = ("Hubs", "Groups", "Everyday meeting places", "Services", "Green space")
LAYERS = (*PLACES, "Low on social resources", "Priority neighbourhoods")
AREA = re.compile("^Area")


@pytest.fixture(scope="module")
def demo():
    """The demo town as the app shows it, with how sure each rank is."""
    assessment = assess(load("demo"))
    return with_bands(assessment, uncertainty(assessment))


@pytest.fixture(scope="module")
def first(demo):
    """The first priority's code."""
    return demo.priorities.index[0]


@pytest.fixture(scope="module")
def map_file(demo, tmp_path_factory):
    path = tmp_path_factory.mktemp("alone") / "map.html"
    path.write_text(words.standalone(demo), encoding="utf-8")
    return path.as_uri()


def opened(page, url):
    page.goto(url)
    expect(frame(page).locator(".am-label:not(.am-crowded) span").first).to_be_visible(timeout=90_000)
    return frame(page)


def switch_off_places(inside):
    """Switch off every mark that could lie over an area."""
    inside.locator(".leaflet-control-layers-toggle").press("Enter")
    # Leaflet ignores the click that opens the list, as a finger's first touch does.
    inside.get_by_label(PLACES[0], exact=True).hover()
    for name in PLACES:
        inside.get_by_label(name, exact=True).uncheck()


def click_area(inside, rank):
    """Click the priority neighbourhood of that rank, where its badge is."""
    drawn = inside.locator(".leaflet-container")
    badge = inside.locator(".am-badge span", has_text=re.compile(f"^{rank}$"))
    whole, spot = drawn.bounding_box(), badge.bounding_box()
    middle = {side: spot[side] - whole[side] + 12 for side in ("x", "y")}
    drawn.click(position=middle)


def test_layers_click_and_list_show_the_assessments_own_figures_and_nothing_leaves(app, visit, demo, first):
    page = visit()
    inside = opened(page, f"{app.url}map")
    inside.locator(".leaflet-control-layers-toggle").press("Enter")
    for name in LAYERS:
        expect(inside.get_by_label(name, exact=True)).to_be_checked()
    expect(inside.get_by_text("Fictional place")).to_be_visible()

    switch_off_places(inside)
    click_area(inside, 1)
    told = report.account(demo, first)
    account = page.locator(".st-key-explore .am-account")
    expect(account.locator("h2")).to_have_text(told.area_name)
    expect(account.locator(".am-verdict")).to_have_text(told.verdict)
    for fact in (*told.facts, *told.strengths, *told.thin):
        expect(account.get_by_text(fact, exact=True)).to_be_visible()
    expect(page.get_by_role("combobox", name=AREA)).to_have_value(words.area_labels(demo)[first])
    expect(page).to_have_url(re.compile(f"area={first}"))

    other = demo.areas.index[20]
    choose(page, AREA, words.area_labels(demo)[other])
    expect(account.locator(".am-verdict")).to_have_text(report.account(demo, other).verdict)
    click_area(inside, 1)  # the same area as before, which must not pass for no change
    expect(account.locator("h2")).to_have_text(told.area_name)

    choose(page, "Shade areas by", "Social resources")
    expect(page.locator(".am-legend h2")).to_contain_text("1 = fewest resources")
    expect(inside.get_by_label("Hubs", exact=True)).not_to_be_checked()  # a new shading leaves the layers be

    for name in ("Data", "Methods", "Map"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("h1").first).to_be_visible()
    expect(account.locator("h2")).to_have_text(told.area_name)
    assert page.failed == []
    assert hosts(page) == {"127.0.0.1"}
    assert {line.split(" ", 1)[1] for line in app.addresses()} <= {"127.0.0.1", "::1"}


def test_the_app_listens_to_this_machine_alone(app):
    assert "socket.bind 127.0.0.1" in app.addresses()


def test_names_that_try_to_break_out_do_not(app, visit):
    page = visit()
    opened(page, f"{app.url}map?place=hostile&area=E01000001")
    expect(page.locator("h1")).to_contain_text("<img src=x")
    expect(page.locator(".st-key-explore .am-account h2")).to_contain_text("<img src=x")
    assert page.evaluate("window.broken") is None
    assert hosts(page) == {"127.0.0.1"}


def test_an_area_chosen_from_the_list_is_brought_near_enough_to_read(app, visit, demo):
    page = visit()
    inside = opened(page, f"{app.url}map")
    scale = inside.locator(".leaflet-control-scale-line")
    whole = scale.inner_text()
    for farther in ("2 km", "3 km"):
        inside.get_by_role("button", name="Zoom out").click()
        expect(scale).to_have_text(farther)
    labels = words.area_labels(demo)
    choose(page, AREA, labels[demo.areas.index[20]])
    expect(scale).to_have_text("500 m")
    choose(page, AREA, labels[demo.areas.index[0]])
    expect(page.locator(".st-key-explore .am-account h2")).to_have_text(demo.areas["area_name"].iloc[0])
    expect(scale).to_have_text("500 m")  # readable as it is, so the reader's zoom is kept
    choose(page, AREA, labels[""])
    expect(scale).to_have_text(whole)


def test_the_app_works_with_the_keyboard(app, visit, demo):
    page = visit()
    opened(page, f"{app.url}map")
    box = page.get_by_role("combobox", name=AREA)
    box.focus()
    page.keyboard.type("WM0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".am-account .am-verdict")).to_be_visible()
    page.keyboard.press("Tab")
    expect(frame(page).locator("#map_div, .am-bar button").first).to_be_visible()
    table = page.get_by_role("region", name="All areas")
    table.focus()
    expect(table).to_be_focused()


def test_a_walk_is_drawn_from_where_the_reader_taps_and_no_link_tells_where(app, visit):
    page = visit()
    map_frame = opened(page, f"{app.url}map")
    choose(page, "Walk from", "The point last tapped on the map")
    expect(page.get_by_text("Tap the map where the walk starts.")).to_be_visible()
    switch_off_places(map_frame)  # a tap on a mark tells of the place
    click_area(map_frame, 1)
    for minutes in (5, 10, 15):
        expect(map_frame.locator(".am-walk span", has_text=f"{minutes} min").first).to_be_visible()
    expect(page.get_by_role("region", name="What is within a walk from the point tapped")).to_be_visible()
    assert "walk" not in page.url
    assert not page.failed


def test_the_app_fits_a_phone(app, visit, first):
    page = visit(390, 844)
    opened(page, f"{app.url}map?area={first}")
    expect(page.locator(".am-account .am-verdict")).to_be_visible()
    assert sideways(page) <= 0
    for button in frame(page).locator("button, .leaflet-control-layers-toggle").all():
        size = button.bounding_box()
        assert min(size["width"], size["height"]) >= 24


def test_a_touch_hits_the_area_it_meant_where_the_map_is_partly_off_the_screen(app, visit, demo):
    page = visit(390, 760)
    inside = opened(page, f"{app.url}map")
    settled(page)
    page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, 150)")
    whole = page.locator('iframe[title^="Map of"]').bounding_box()
    assert whole["y"] + whole["height"] > 760
    third = demo.priorities.index[2]
    spot = inside.locator(".am-badge span", has_text=re.compile("^3$")).bounding_box()
    page.mouse.click(spot["x"] + 12, spot["y"] + 12)
    expect(page.locator(".st-key-explore .am-account h2")).to_have_text(demo.areas.at[third, "area_name"])


def test_a_phone_shows_the_way_to_every_page_and_tells_before_it_explains(app, visit, first):
    page = visit(390, 844)
    opened(page, f"{app.url}map?area={first}")
    account, legend = page.locator(".st-key-explore .am-account"), page.locator(".st-key-explore .am-legend")
    assert account.bounding_box()["y"] < legend.bounding_box()["y"]
    for name in ("Data", "Methods", "Map"):
        link = page.locator(".st-key-page-links").get_by_role("link", name=name, exact=True)
        if name != "Map":
            press(page, "More pages")
            link = page.get_by_test_id("stPopoverBody").get_by_role("link", name=name, exact=True)
        link.click()
        expect(page).to_have_title(re.compile(f"^{name}"))
    expect(account).to_be_visible()


def test_axe_finds_no_fault_in_any_page(app, visit, map_file, first):
    page = visit()
    inside = opened(page, f"{app.url}map?area={first}")
    assert faults(page.main_frame) == {}
    inside.locator(".leaflet-control-layers-toggle").press("Enter")
    assert faults(page.locator('iframe[title^="Map of"]').element_handle().content_frame()) == {}
    for name in ("Near me", "Analysis", "Data", "Methods"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_title(re.compile(f"^{name}"))
        settled(page)
        assert faults(page.main_frame) == {}
    page.goto(map_file)
    expect(page.locator(".am-badge span").first).to_be_visible()
    assert faults(page.main_frame) == {}


def test_both_downloads_arrive(app, visit):
    page = visit()
    opened(page, f"{app.url}map")
    for name, ending in (("Gap analysis (zip)", ".zip"), ("This map as one page (HTML)", ".html")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename.endswith(ending)
        assert download.value.path().stat().st_size > 10_000


def test_the_page_that_stands_alone_asks_for_nothing(map_file, visit, demo, first):
    page = visit()
    page.goto(map_file)
    expect(page.locator(".am-badge span").first).to_be_visible()
    account = page.locator("#am-account")
    page.get_by_label("Area", exact=True).select_option(first)
    expect(account.locator(".am-verdict")).to_have_text(report.account(demo, first).verdict)

    other = demo.priorities.index[-1]
    switch_off_places(page)
    click_area(page, len(demo.priorities))
    expect(account.locator("h2")).to_have_text(demo.areas.at[other, "area_name"])
    expect(page.get_by_label("Area", exact=True)).to_have_value(other)

    page.get_by_label("Shade areas by").select_option("hubs")
    expect(page.locator("#am-legend h2")).to_contain_text("Hubs")
    assert page.failed == []
    assert page.asked == [map_file]


def test_every_source_and_licence_can_be_read_on_the_map_itself(visit, tmp_path):
    venues = 'source = "OpenStreetMap contributors"\nlicence = "ODbL"\n'
    many = RECIPE + venues
    for n, table in enumerate(("areas", "origins", "population", "deprivation", "postcodes", "green_space")):
        many = many.replace(
            f"[{table}]\n", f'[{table}]\nsource = "Office {n} of Toytown"\nlicence = "OGL v3"\n'
        )
    toy = assess(load(write_toy(tmp_path, place_toml=many)))
    alone = tmp_path / "map.html"
    alone.write_text(words.standalone(toy), encoding="utf-8")
    page = visit()
    page.goto(alone.as_uri())
    told = page.locator("#map_place .leaflet-control-attribution")
    expect(told).to_contain_text("Sources: OpenStreetMap contributors (ODbL); 6 more sources")
    office = told.get_by_text("Office 5 of Toytown (OGL v3)")
    expect(office).not_to_be_visible()
    told.locator("summary").press("Enter")
    expect(office).to_be_visible()
    for n in range(6):
        expect(told).to_contain_text(f"Office {n} of Toytown (OGL v3)")
    # Opened, it stays within the map.
    whole, box = page.locator("#map_place").bounding_box(), told.bounding_box()
    assert box["y"] >= whole["y"]
    assert box["x"] >= whole["x"]
    assert sideways(page) == 0
    assert page.failed == []


def test_the_app_names_every_source_on_the_map_as_well(app, visit, demo):
    inside = opened(visit(), f"{app.url}map")
    told = inside.locator(".leaflet-control-attribution")
    for source in {layer.source for layer in demo.place.layers}:
        expect(told).to_contain_text(source)
