"""To find, to choose and to compare on the map page: without a browser."""

from __future__ import annotations

import re
from html import unescape

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from assetmap import assess, load
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import maps, page, search, side_by_side, spot
from tests.screens import screen, words
from tests.toy import CODES, VENUES, write_toy
from tests.trafford import write_trafford

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    venues = VENUES + f"{EVIL},Café,402500,300600,\nFar Library,Library,405200,300500,\n"
    return load(write_toy(tmp_path_factory.mktemp("toy"), venues_csv=venues))


@pytest.fixture(scope="module")
def known(toy):
    return search.build(toy)


@pytest.fixture(scope="module")
def demo():
    assessment = assess(load("demo"))
    return with_bands(assessment, uncertainty(assessment))


def ident(place, name):
    """The id of the one asset or green space of that name."""
    for rows in (place.assets, place.green_space):
        if (rows["name"] == name).any():
            return rows.index[rows["name"] == name][0]
    raise AssertionError(name)


def text(html):
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html)))


def cells(html):
    """The cells of each row of a table by what stands first in it."""
    found = {}
    for row in re.findall("<tr>(.*?)</tr>", html):
        head, *rest = re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)
        found[text(head.partition("<br>")[0]).strip()] = [text(cell).strip() for cell in rest]
    return found


@pytest.mark.parametrize("typed", ["ZZ1 1AA", " zz1  1aa ", "zz11aa"])
def test_a_postcode_means_the_area_that_it_lies_in(known, typed):
    found = search.find(known, typed)
    assert (found.clear, found.postcode) == (f"area {CODES[1]}", typed.strip())


@pytest.mark.parametrize("typed", [CODES[2], CODES[2].lower(), "toytown c", "  TÓYTOWN, C!"])
def test_the_name_or_code_of_an_area_means_it(known, typed):
    found = search.find(known, typed)
    assert search.meant(known, found.clear) == search.Meant(CODES[2], "", "")
    assert found.postcode == ""


@pytest.mark.parametrize("typed", ["Corner Café", "corner cafe", "CORNER", "café corner"])
def test_the_name_of_a_place_or_a_part_that_only_it_has_means_it_and_its_area(known, toy, typed):
    meant = search.meant(known, search.find(known, typed).clear)
    assert meant == search.Meant(CODES[1], ident(toy, "Corner Café"), "")


def test_green_space_is_found_and_a_place_over_the_border_is_said_to_lie_there(known, toy):
    assert search.meant(known, search.find(known, "the park").clear).spot == ident(toy, "The Park")
    far = search.meant(known, search.find(known, "far library").clear)
    assert far.area_code == ""
    assert far.told == "It lies outside the areas of this place, so no area is chosen."


def test_several_are_offered_those_first_that_begin_so(known):
    found = search.find(known, "library")
    assert found.clear == ""
    assert found.told == "3 found: choose one"
    assert list(found.first.values()) == [
        "East Library · Library, Toytown D",
        "Far Library · Library, outside the areas",
        "West Library · Library, Toytown A",
    ]
    assert (
        next(iter(search.find(known, "tow").first.values())) == "Town Pantry · Food bank or pantry, Toytown C"
    )


def test_of_many_a_dozen_are_offered_and_the_rest_counted(demo):
    found = search.find(search.build(demo.place), "a")
    assert len(found.first) == search.MOST
    assert found.told == (
        f"{found.number:,} found: choose one. The first 12 are here; write more of the name for the other {found.number - 12:,}"
    )


def test_what_is_nowhere_is_told_with_what_can_be_typed(known):
    nowhere = search.find(known, "zeppelin")
    assert nowhere[:3] == ("", {}, 0)
    assert nowhere.told == (
        "Nothing here is called “zeppelin”. Type a postcode, the name or code of an area, or the name of a place, a green space or "
        "a neighbourhood. Part of a name is enough."
    )
    assert search.find(known, "!?").told.startswith("Nothing here is called “!?”.")
    assert search.find(known, "ZZ99 9ZZ").told == (
        "“ZZ99 9ZZ” is not a postcode in the table of this place. Check it, or choose your area from the list."
    )


def test_what_is_known_of_a_place_is_told_and_what_is_not(toy):
    told = text(spot.spot_html(toy, ident(toy, "West Library")))
    for said in (
        "Kind Library",
        "Theme Hubs",
        "Community-centred approach Community hubs",
        "Open not known",
        "Step-free not known",
        "Cost not known",
        "Website not known",
        "Last checked not known",
        f"Area Toytown A ({CODES[0]})",
    ):
        assert said in told
    park = text(spot.spot_html(toy, ident(toy, "The Park")))
    assert "Size 4.0 hectares" in park
    assert "Open not known" not in park
    assert EVIL not in spot.spot_html(toy, ident(toy, EVIL))
    assert "&lt;img" in spot.spot_html(toy, ident(toy, EVIL))


@pytest.mark.parametrize(
    ("website", "address"),
    [
        ("https://library.example/a?b=1&c=2", "https://library.example/a?b=1&amp;c=2"),
        ("library.example", "https://library.example"),
        ("javascript:alert(1)", None),
        ("JAVASCRIPT://library.example/%0aalert(1)", None),
        ("data:text/html,hello.example", None),
        ("not known", None),
    ],
)
def test_a_website_is_a_link_only_where_a_browser_may_open_it(toy, website, address):
    library = ident(toy, "West Library")
    toy = type(toy)(**{**toy.__dict__, "assets": toy.assets.assign(website=website)})
    assert re.findall('href="([^"]*)"', spot.spot_html(toy, library)) == ([address] if address else [])


def test_the_places_of_an_area_are_its_own_and_the_green_space_that_reaches_into_it(toy):
    assert list(spot.spots_in(toy, CODES[2]).values()) == [
        f"{EVIL} · Café",
        "The Park · Park or garden",
        "Town Pantry · Food bank or pantry",
    ]
    on = spot.on_map(toy, ident(toy, "Corner Café"))
    here = gpd.GeoSeries([Point(*reversed(on["at"]))], crs=4326).to_crs(toy.crs).iloc[0]
    assert here.distance(Point(401500, 300500)) < 0.2


def test_two_areas_side_by_side_by_the_assessments_own_figures(demo):
    areas, codes = demo.areas, ["WM012", "WM058"]
    html = side_by_side.side_by_side_html(demo, codes)
    told = cells(html)
    assert list(told)[1] == "Strong here, or to build on"  # the first is the head
    one, other = (areas.loc[code] for code in codes)
    apart = one["groups_count"] - other["groups_count"]
    assert told["Groups: places within reach"] == [
        f"{one['groups_count']:.0f}",
        f"{other['groups_count']:.0f}",
        f"{apart:.0f} more in A",
    ]
    assert told["Deprivation decile"] == ["3", "1", "2 deciles higher in A: less deprived"]
    assert told["Residents"][2] == f"{abs(one['population'] - other['population']):,.0f} fewer in A"
    assert told["Priority or not, and why"][1].endswith(other["reason"])
    assert told["Rank in nine of ten draws"][2].startswith("apart: A has more resources")
    assert "1 = most deprived" in html
    assert "lower = nearer" in html
    back = cells(side_by_side.side_by_side_html(demo, codes[::-1]))
    assert back["Deprivation decile"][2] == "2 deciles lower in A: more deprived"


def test_a_figure_that_is_not_known_has_no_difference(toy):
    assessment = assess(toy)
    areas = assessment.areas.copy()
    areas["population"] = areas["population"].astype("Float64")
    areas.loc[CODES[0], "population"] = pd.NA
    told = cells(
        side_by_side.side_by_side_html(type(assessment)(**{**assessment.__dict__, "areas": areas}), CODES[:2])
    )
    assert told["Residents"] == ["not known", "1,100", "cannot be told"]


def test_an_area_with_none_known_is_in_no_decile_and_says_so(demo):
    told = cells(side_by_side.side_by_side_html(demo, ["WM060", "WM030"]))
    assert told["Hubs: places within reach"][0] == "0"
    assert told["Hubs: decile"] == ["none known, so in no decile", "6", "cannot be told"]


def test_each_domain_that_the_table_gives_is_a_shading_of_its_own(demo):
    ways = maps.shadings(demo.place)
    assert list(ways)[:3] == ["deprivation", "deprivation:imd", "deprivation:income"]
    assert "deprivation:health" not in ways
    shaded, deciles = maps.shade(demo, "deprivation:income"), demo.place.deprivation["income_decile"]
    assert shaded.figures == {str(code): str(decile) for code, decile in deciles.items()}
    assert "1 = most deprived" in shaded.title
    assert demo.place.deprivation_index in shaded.source


# -- the page ------------------------------------------------------------------------------------


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    return screen("map")


def box(widgets, label):
    return next(each for each in widgets if each.label.startswith(label))


def test_a_place_is_found_chosen_compared_and_kept_in_the_link(app, demo):
    app.run()
    box(app.text_input, "Find").set_value("baths").run()
    box(app.selectbox, "3 found").select_index(0).run()
    baths = ident(demo.place, "Abbey Green Baths")
    assert spot.spot_html(demo.place, baths) in words(app)
    assert box(app.selectbox, "Area (or").value == "WM012"
    box(app.selectbox, "Compare with").select("WM058").run()
    assert cells(words(app))["Deprivation decile"] == ["3", "1", "2 deciles higher in A: less deprived"]
    link = dict(app.query_params)
    assert {name: link[name] for name in ("area", "asset", "with")} == {
        "area": "WM012",
        "asset": baths,
        "with": "WM058",
    }
    assert "baths" not in str(link)
    drawn = app.get("component_instance")[0].proto.json_args
    assert '\\"beside\\":\\"WM058\\"' in drawn
    assert f'\\"id\\":\\"{baths}\\"' in drawn
    box(app.selectbox, "Area (or").select("WM001").run()
    assert "asset" not in app.query_params


def test_a_postcode_is_in_no_link(app, demo):
    app.run()
    postcode = demo.place.postcodes.index[0]
    box(app.text_input, "Find").set_value(postcode).run()
    assert box(app.selectbox, "Area (or").value
    assert postcode not in str(dict(app.query_params))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"asset": "<b>"}, "The link names an unknown place or green space, so the usual view is shown."),
        ({"with": "nowhere"}, "The link names an unknown area to compare with, so the usual view is shown."),
    ],
)
def test_a_link_to_what_is_not_there_is_told(app, demo, link, said):
    app.query_params.update(link)
    app.run()
    assert not app.exception
    assert [each.value for each in app.warning] == [said]
    assert page.place_html(demo) in words(app)


@pytest.mark.realdata
def test_places_of_trafford_are_found(realdata, tmp_path):
    place = load(write_trafford(tmp_path / "trafford", realdata))
    known = search.build(place)
    name = place.assets["name"].drop_duplicates(keep=False).iloc[0]
    meant = search.meant(known, search.find(known, name.upper()).clear)
    assert place.assets.at[meant.spot, "name"] == name
    assert search.meant(known, search.find(known, "M33 7ZF").clear).area_code in place.areas.index
    code = place.areas.index[0]
    assert search.find(known, code.lower()).clear == f"area {code}"
