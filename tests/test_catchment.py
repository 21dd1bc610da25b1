"""How far one can walk: what the map is given to draw, and the tables beside it."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from assetmap import Settings, assess, load
from assetmap.views import catchment
from tests.screens import screen
from tests.toy import CODES, VENUES, write_toy

A, B, C, D = CODES
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return assess(load(write_toy(tmp_path_factory.mktemp("toy"))))


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


def drawn(place, settings, point):
    """What is drawn, back in metres: the shape of each cut-off."""
    told = catchment.paint(place, settings, point)
    shapes = [shapely.from_geojson(json.dumps(shape)) for _, shape in told["walks"]]
    metres = gpd.GeoSeries(shapes, crs=4326).to_crs(place.crs)
    return dict(zip([within for within, _ in told["walks"]], metres, strict=True))


def test_without_a_network_the_walkable_area_is_a_circle(toy):
    point = toy.place.origins[B]
    shapes = drawn(toy.place, toy.settings, point)
    assert list(shapes) == [15, 10, 5]  # the largest is drawn first, below the others
    for minutes, shape in shapes.items():
        furthest = shapely.hausdorff_distance(shape, point)
        assert furthest == pytest.approx(minutes * 80 / 1.3, abs=6)  # smoothed by 5 m


def test_a_slower_walk_goes_less_far(toy):
    point = toy.place.origins[B]
    slow = drawn(toy.place, Settings(walking_speed_kmh=2.4), point)[15]
    assert slow.area == pytest.approx(drawn(toy.place, toy.settings, point)[15].area / 4, rel=0.05)


def test_with_a_network_each_walk_lies_within_the_longer_one_and_within_a_circle(demo):
    place = demo.place
    point = place.assets.geometry.iloc[0]
    shapes = drawn(place, demo.settings, point)
    assert shapes[15].buffer(10).contains(shapes[10])
    assert shapes[10].buffer(10).contains(shapes[5])
    # Streets wind, so nobody gets as far as the crow would; the houses beside them are within.
    for minutes, shape in shapes.items():
        assert shapely.hausdorff_distance(shape, point) <= minutes * 80 + 35
    assert shapes[15].area < point.buffer(1_200).area * 0.6


def test_what_is_drawn_holds_what_the_table_counts(demo):
    place, point = demo.place, demo.place.origins.iloc[2]
    hubs = place.assets[place.assets["theme"] == "hubs"]
    shape = drawn(place, demo.settings, point)[15]
    near = catchment.within_html(place, demo.settings, point, "here")
    counted = int(near.split('scope="row">Hubs</th>')[1].split("<td>")[3].split("<")[0])
    assert counted == demo.areas["hubs_count"].iloc[2] > 0
    # The shape is smoothed, and a place may stand back from its street.
    assert hubs.intersects(shape.buffer(-60)).sum() <= counted <= hubs.intersects(shape.buffer(60)).sum()


def test_the_table_tells_the_nearest_by_name_and_what_is_not_known(toy):
    html = catchment.within_html(toy.place, toy.settings, toy.place.origins[D], "Toytown D")
    hubs = html.split('scope="row">Hubs</th>')[1]
    assert hubs.startswith("<td>2</td><td>2</td><td>2</td><td>East Library, 1 minute</td>")
    assert "On foot from Toytown D, at 4.8 km/h, straight line × 1.3" in html
    groups = html.split('scope="row">Groups</th>')[1]
    assert groups.startswith("<td>0</td><td>0</td><td>0</td><td>none known</td>")


def test_starts_are_found_or_not_yet_there(toy):
    place = toy.place
    library = place.assets.index[place.assets["name"] == "West Library"][0]
    assert catchment.start(place, library, "", "", None) == ("West Library", place.assets.geometry[library])
    assert catchment.start(place, catchment.OF_AREA, B, "", None) == ("Toytown B", place.origins[B])
    name, point = catchment.start(place, catchment.OF_POSTCODE, "", " zz1 1aa", None)
    assert (name, point.distance(place.origins[B]) < 1) == ("ZZ1 1AA", True)
    degrees = gpd.GeoSeries([place.origins[C]], crs=place.crs).to_crs(4326).iloc[0]
    name, point = catchment.start(place, catchment.OF_TAP, "", "", {"lat": degrees.y, "lng": degrees.x})
    assert (name, point.distance(place.origins[C]) < 0.01) == ("the point tapped", True)
    for choice in ("", catchment.OF_AREA, catchment.OF_POSTCODE, catchment.OF_TAP, "nothing known"):
        assert catchment.start(place, choice, "", "", None) is None
    assert catchment.start(place, catchment.OF_POSTCODE, "", "XX9 9XX", None) is None


def test_names_are_text(tmp_path):
    hostile = load(write_toy(tmp_path, venues_csv=VENUES.replace("East Library", EVIL)))
    html = catchment.within_html(hostile, hostile.settings, hostile.origins[D], EVIL)
    assert "<img" not in html
    assert html.count("&lt;img") == 3  # the label twice, and the nearest hub


def test_the_account_has_every_kind_and_every_standard(demo):
    code = demo.areas.index[2]
    html = catchment.access_html(demo, code)
    here = demo.access[demo.access["area_code"] == code]
    assert html.count('<th scope="row">') == len(here)
    standards = catchment.standards_html(demo, code)
    assert standards.count('<th scope="row">') == 6 + 4
    assert "Residents with one within" not in html


def test_the_page_draws_the_walk_of_a_link_and_keeps_no_home_in_it(monkeypatch, tmp_path):
    monkeypatch.chdir(write_toy(tmp_path / "toy").parent)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("map")
    app.query_params.update({"place": "toy", "area": B, "walk": "area"})
    app.run()
    assert not app.exception
    assert not app.warning
    html = "\n".join(block.proto.body for block in app.get("html"))
    assert "What is within a walk from Toytown B" in html
    assert app.query_params["walk"] in ("area", ["area"])
    next(each for each in app.text_input if each.label.startswith("Find a postcode")).set_value("ZZ1 1AA")
    next(each for each in app.selectbox if each.label == "Walk from").set_value(catchment.OF_POSTCODE)
    app.run()
    html = "\n".join(block.proto.body for block in app.get("html"))
    assert "What is within a walk from ZZ1 1AA" in html
    assert "walk" not in app.query_params
    next(each for each in app.selectbox if each.label == "Walk from").set_value(catchment.OF_TAP)
    app.run()
    assert [each.value for each in app.info] == ["Tap the map where the walk starts."]
