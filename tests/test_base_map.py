"""The online base map that a recipe may name."""

from __future__ import annotations

import pytest

from assetmap import PlaceError, assess, load
from assetmap.model import BaseMap
from assetmap.sources import save
from assetmap.views import maps, page
from tests.toy import RECIPE, write_toy

TILES = "https://tiles.example/{z}/{x}/{y}.png?key=1"


def recipe(url: str = TILES, more: str = "") -> str:
    return f'{RECIPE}\n[base_map]\nurl = "{url}"\nattribution = "© Tiles & Co"\n{more}'


def test_it_is_offered_with_its_attribution_and_saved(tmp_path):
    place = load(write_toy(tmp_path / "toy", place_toml=recipe(more="max_zoom = 17\n")))
    assert place.base_map == BaseMap(TILES, "© Tiles & Co", 17)
    offered = maps.look(place)["base"]
    assert offered["label"] == "Online base map (asks tiles.example)"
    assert offered["attribution"] == "© Tiles &amp; Co"
    save(place, tmp_path / "saved")
    assert load(tmp_path / "saved").base_map == place.base_map


def test_none_is_offered_where_none_is_named_and_a_page_alone_never_has_one(tmp_path):
    bare = load(write_toy(tmp_path / "bare"))
    assert bare.base_map is None
    assert maps.look(bare)["base"] is None
    tiled = load(write_toy(tmp_path / "tiled", place_toml=recipe()))
    assert "tiles.example" not in page.standalone(assess(tiled))


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{x}/{y}.png",
        "javascript:alert(1)//{z}/{x}/{y}",
        "https://tiles.example/{z}/{x}/{y}.png'onerror=",
        "http://localhost.evil.example/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_is_none_of_tiles_is_refused(tmp_path, url):
    with pytest.raises(PlaceError) as caught:
        load(write_toy(tmp_path / "toy", place_toml=recipe(url)))
    (fault,) = caught.value.problems
    assert fault.what == f"[base_map] url is “{url}”, which is no address of tiles."


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("max_zoom = 0\n", "[base_map] max_zoom is 0."),
        ("max_zoom = 40\n", "[base_map] max_zoom is 40."),
        ("max_zoom = true\n", "[base_map] max_zoom is True."),
        ('max_zoom = "16"\n', "[base_map] max_zoom is '16'."),
    ],
)
def test_a_zoom_that_the_map_has_not_is_refused(tmp_path, more, what):
    with pytest.raises(PlaceError) as caught:
        load(write_toy(tmp_path / "toy", place_toml=recipe(more=more)))
    assert [each.what for each in caught.value.problems] == [what]


def test_every_way_to_this_computer_may_be_plain_http(tmp_path):
    for number, host in enumerate(("localhost:8080", "127.0.0.1:8080", "localhost")):
        url = f"http://{host}/{{z}}/{{x}}/{{y}}.png"
        assert load(write_toy(tmp_path / str(number), place_toml=recipe(url))).base_map.url == url
