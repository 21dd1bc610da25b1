"""Near me: what is within a walk of a point, what answers the reader's conditions, and the sheet."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import pytest
import shapely

from assetmap import load
from assetmap.model import THEMES
from assetmap.views import near
from assetmap.views.near import FILTERS, Near
from tests.screens import screen, words
from tests.toy import RECIPE, write_toy

EVIL = "<img src=x onerror=alert(1)>"

#: Round the middle of the second square: 0, 100, 200 and 300 metres to the east, so 0 to 4.9 minutes on foot.
VENUES = f"""name,kind,easting,northing,postcode,open,cost,step_free
Corner Café,Café,401500,300500,,Mo-Su 08:00-18:00,paid,yes
West Library,Library,401600,300500,,Mo-Fr 09:00-17:00,Free,no
East Hub,Hub,401700,300500,,,,
{EVIL},Food bank,401800,300500,,,free,limited
Far Library,Library,403500,300500,,,,
"""

#: A Sunday at eleven; and a Monday.
SUNDAY, MONDAY = datetime(2026, 3, 1, 11, 0), datetime(2026, 3, 2, 11, 0)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    recipe = RECIPE + 'opening_hours = "open"\ncost = "cost"\nstep_free = "step_free"\n'
    return load(write_toy(tmp_path_factory.mktemp("toy"), place_toml=recipe, venues_csv=VENUES))


def found(place, moment=MONDAY):
    return near.near(place, place.settings, shapely.Point(401_500, 300_500), moment)


def names(shown):
    return [each.name for each in shown]


def test_places_come_in_order_of_walking_time_and_those_beyond_fifteen_minutes_do_not(toy):
    venues = [each for each in found(toy) if each.theme != "green_space"]
    assert names(venues) == ["Corner Café", "West Library", "East Hub", EVIL]
    # 100 m × 1.3 at 80 m a minute.
    assert [each.walk_min for each in venues] == pytest.approx([0, 1.625, 3.25, 4.875])


@pytest.mark.parametrize(
    ("asked", "moment", "shown", "unknown"),
    [
        ((), MONDAY, ["Corner Café", "West Library", "East Hub", EVIL], 0),
        (("open_now",), MONDAY, ["Corner Café", "West Library"], 2),
        (("open_now",), SUNDAY, ["Corner Café"], 2),
        (("weekend",), MONDAY, ["Corner Café"], 2),
        (("step_free",), MONDAY, ["Corner Café"], 2),  # the hub does not say; the food bank, for some
        (("free",), MONDAY, ["West Library", EVIL], 1),
        # Only the hub may be both: the library is closed on Sundays, the food bank's hours alone are not known.
        (("free", "open_now"), SUNDAY, [], 2),
    ],
)
def test_what_is_asked_for_is_shown_and_what_no_list_tells_is_counted(toy, asked, moment, shown, unknown):
    venues = [theme for theme in THEMES if theme != "green_space"]
    told, more = near.chosen(found(toy, moment), 15, asked, venues)
    assert (names(told), more) == (shown, unknown)


def test_a_shorter_walk_and_fewer_themes_show_less(toy):
    assert names(near.chosen(found(toy), 3, (), ["hubs", "meeting_places"])[0]) == [
        "Corner Café",
        "West Library",
    ]


def test_green_space_is_open_and_free_and_its_steps_are_not_known(toy):
    # The park is 300 m east of here.
    here = near.near(toy, toy.settings, shapely.Point(402_300, 300_500), MONDAY)
    (park,) = [each for each in here if each.theme == "green_space"]
    assert park.name == "The Park"
    assert park.walk_min == pytest.approx(300 * 1.3 / 80, rel=1e-3)
    assert (park.open_now, park.weekend, park.step_free, park.free) == ("yes", "yes", "", "yes")


def test_the_notes_say_what_no_list_tells(toy):
    assert near.notes(toy, 2, ("open_now", "free")) == [
        "2 more places may be open now and free of charge: no list tells, so ask there first.",
        "No list here tells of groups.",
        "Only what is on a list is shown; small and new groups are often on no list.",
    ]
    no_groups = dataclasses.replace(toy, themes=toy.themes - {"services"})
    assert near.notes(no_groups, 0, ())[0] == "No list here tells of groups or services."


def test_names_are_text_and_nothing_known_is_said_so(toy):
    told = near.near_html(found(toy), 15, ["a < b"])
    assert EVIL not in told
    assert "&lt;img src=x" in told
    assert "a &lt; b" in told
    assert "None known within 5 minutes’ walk." in near.near_html([], 5, [])


def test_the_sheet_asks_for_nothing_and_says_how_and_when(toy):
    shown, unknown = near.chosen(found(toy), 15, ("free",))
    text = near.sheet(toy, toy.settings, "ZZ1 1AA", shown, near.notes(toy, unknown, ("free",)), MONDAY)
    assert text == near.sheet(
        toy, toy.settings, "ZZ1 1AA", shown, near.notes(toy, unknown, ("free",)), MONDAY
    )
    assert "<h1>A walk from ZZ1 1AA</h1>" in text
    assert "Made on 2 March 2026." in text
    assert "Fictional place" in text
    assert "in a straight line × 1.3; a river or railway can make the real walk longer" in text
    assert EVIL not in text
    assert "http" not in text.replace("http-equiv", "")


def test_every_condition_is_answered_by_a_field():
    assert set(FILTERS) <= set(Near._fields)


@pytest.fixture
def app(monkeypatch, tmp_path):
    """The page, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)

    return screen("near")


def test_a_postcode_lists_what_is_near_and_stays_out_of_the_link(app):
    app.run()
    assert not app.exception
    assert "Where you live is not kept" in app.info[0].value
    app.text_input(key="near postcode").set_value("zz1 7py").run()
    assert "<h2>Near ZZ1 7PY</h2>" in words(app)
    assert "Chapel Row Library" in words(app)
    assert "ZZ1" not in str(dict(app.query_params)).upper()


def test_an_unknown_postcode_is_told(app):
    app.run()
    app.text_input(key="near postcode").set_value("XX9 9XX").run()
    assert app.warning[0].value == (
        "“XX9 9XX” is not a postcode in the table of this place. Check it, or tap the map where you are."
    )


def test_a_link_brings_the_conditions_and_a_bad_one_is_told(app):
    app.query_params["place"] = "demo"
    app.query_params["only"] = "free nonsense"
    app.query_params["within"] = "7"
    app.run()
    assert [each.value for each in app.warning] == [
        "The link asks for something that this page does not know, so that is left out.",
        "The link asks for a walk of unknown length, so 15 minutes are shown.",
    ]
    assert not app.exception
    assert dict(app.query_params)["only"] == "free"
