"""Opening hours: open on weekday evenings, open at weekends, or not known."""

from __future__ import annotations

import time
from collections import Counter

import osmium
import pandas as pd
import pytest

from assetmap import load
from assetmap.sources.decisions import Decision, listing_key, record
from assetmap.sources.hours import WEEK, Hours, by_day, open_when
from tests.toy import RECIPE, VENUES, write_toy

READ = {
    # as councils write
    "Mon-Fri 9am-5pm, Sat 10-1": ("no", "yes", "Mo-Fr 09:00-17:00; Sa 10:00-13:00"),
    "Monday to Friday 09:00 - 17:30; closed Sunday": ("no", "no", "Mo-Fr 09:00-17:30; Su closed"),
    "Mondays, Tuesdays and Thursdays, 9.30am–4pm; Wednesdays, 9.30am-6pm": ("no", "no", "Mo-Tu,Th 09:30-16:00; We 09:30-18:00"),
    "Mon-Fri: 6:30am-10:00pm, Sat-Sun 9:00am-5:00pm": ("yes", "yes", "Mo-Fr 06:30-22:00; Sa-Su 09:00-17:00"),
    "24 hours": ("yes", "yes", "24/7"),
    "Open daily 9am to dusk": ("", "yes", "Mo-Su 09:00-dusk"),
    "weekdays 9 to 5, weekends 10-4": ("no", "yes", "Mo-Fr 09:00-17:00; Sa-Su 10:00-16:00"),
    "Mon. 9 a.m. - 12.30 p.m.": ("no", "no", "Mo 09:00-12:30"),
    "Monday 12noon - 2pm": ("no", "no", "Mo 12:00-14:00"),
    "Wed 2 - 4": ("no", "no", "We 14:00-16:00"),
    "Mon - Sat 10.00 - 4.00": ("no", "yes", "Mo-Sa 10:00-16:00"),
    "9 - 4 weekdays except Wed 9 - 2": ("no", "no", "Mo-Fr 09:00-16:00; We 09:00-14:00"),
    "Daily (except Tues & Sat) 10:30am - 12pm": ("no", "yes", "Mo,We-Fr,Su 10:30-12:00"),
    "Mon & Thur 1-3pm (except bank holidays)": ("no", "no", "Mo,Th 13:00-15:00; PH closed"),
    "Mon-Fri 9-5, Tue 6-8pm": ("yes", "no", "Mo-Fr 09:00-17:00, Tu 18:00-20:00"),
    "Fri 8pm-2am": ("yes", "no", "Fr 20:00-02:00"),
    "Tues 7pm-12": ("yes", "no", "Tu 19:00-24:00"),
    "1st and 3rd Saturday of the month 10am - 12noon": ("no", "yes", "Sa[1,3] 10:00-12:00"),
    "Mon 6pm-8pm, term time only": ("yes", "no", "Mo 18:00-20:00; SH closed"),
    "Mon-Fri 9am-5pm, Sat by appointment": ("no", "", 'Mo-Fr 09:00-17:00; Sa "by appointment"'),
    "Mon-Fri 9am-5pm by appointment": ("no", "no", 'Mo-Fr 09:00-17:00 "by appointment"'),
    # the beginning only
    "Tues 6.30pm": ("yes", "no", "Tu 18:30+"),
    "Tuesday from 11am": ("", "no", "Tu 11:00+"),
    # as OpenStreetMap does, and nearly so
    "Mo-Fr 08:00-19:00; PH off": ("yes", "no", "Mo-Fr 08:00-19:00; PH closed"),
    "Mo-Fr 09:00-18:59": ("no", "no", "Mo-Fr 09:00-18:59"),
    "Fr 22:00-04:00": ("yes", "no", "Fr 22:00-04:00"),
    "Mo-Fr 08:00-13:00 15:00-18:00": ("no", "no", "Mo-Fr 08:00-13:00,15:00-18:00"),
    "We-Fr 13:00-18:00; SH off; Sa[1] 10:00-12:00": ("no", "yes", "We-Fr 13:00-18:00; SH closed; Sa[1] 10:00-12:00"),
    "Mo-Su sunrise-sunset": ("", "yes", "Mo-Su sunrise-sunset"),
    'Mo-Su "on matchdays"': ("", "", 'Mo-Su "on matchdays"'),
    "Apr-Sep Mo-Su 08:00-20:00; Oct-Mar Mo-Su 08:00-17:00": ("", "yes", "Apr-Sep Mo-Su 08:00-20:00; Oct-Mar Mo-Su 08:00-17:00"),
    "Mo-Fr": ("", "no", "Mo-Fr"),
    "24/7": ("yes", "yes", "24/7"),
    "closed": ("no", "no", "24/7 closed"),
    # of certain years, and what the library would take for another thing
    "2017 Jul 01-2017 Aug 08 off; PH off": ("", "", "2017 Jul 1-2017 Aug 8 closed; PH closed"),
    "SH Mo-Fr 18:00-21:00": ("", "", "SH,Mo-Fr 18:00-21:00"),
    # times and no days: which days is a guess, but never in the evening is known
    "09:00-17:00": ("no", "", ""),
    "10:00-20:00": ("", "", ""),
}  # fmt: skip

NOT_READ = [
    "", "open", "by appointment", "term time only", "Not known", "Mondays", "9-5",
    "Wed 7-9",  # breakfast or evening
    "Mon-Fri 8-12",
    "Monday 6.30",
    "Sat 12am - 11pm",  # midnight or noon
    "Mon 13pm", "Mon 25:00-26:00", "Mon 9am-9am", "Every other Tuesday 7-9pm",
    "Monday to Thursday, 9-5pm for calls; 10am-2pm for collections",
    "Mon 9-5, Tue 6-8pm term time only",  # both, or the last
    "Pitch bookings only: Mon-Fri: 5:00pm-10:00pm", "Mon 9am-5pm not Fri", "9-5; Sat 10-1", "1633 276654", "weekly", "last",
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), READ.items())
def test_hours_are_read(text, meaning):
    assert open_when(text) == Hours(*meaning)


@pytest.mark.parametrize("text", NOT_READ)
def test_hours_that_could_mean_two_things_are_not_known(text):
    assert open_when(text) == Hours("", "", "")


@pytest.mark.parametrize("text", [each for _, _, each in READ.values() if each])
def test_hours_as_told_are_read_as_the_same(text):
    assert open_when(text).osm == text


def test_hours_of_each_day_become_one_text():
    cells = ["09:00-17:00"] * 4 + ["9am - 12noon", "CLOSED", ""]
    assert (
        by_day(dict(zip(WEEK, cells, strict=True)))
        == "Mo-Th 09:00-17:00; Fr 09:00-12:00; Sa closed; Su unknown"
    )
    assert by_day({"Mo": "24 hours", "Tu": 'ask\n"Jo"'}) == 'Mo 00:00-24:00; Tu unknown "ask Jo"'
    assert by_day(dict.fromkeys(WEEK, "")) == ""


def test_a_day_that_is_not_told_leaves_only_its_own_answer_open():
    cells = dict(zip(WEEK, ["09:00-19:00"] * 5 + ["", ""], strict=True))
    assert open_when(by_day(cells)) == Hours("yes", "", "Mo-Fr 09:00-19:00; Sa-Su unknown")


LIST = '[[assets]]\nname = "Food"\nfile = "food.csv"\ntitle = "n"\nkind = "food_bank"\neasting = "x"\nnorthing = "y"\nopening_hours = "open"\n'


def answers(folder) -> dict[str, tuple[str, str]]:
    assets = load(folder).assets
    return dict(
        zip(assets["name"], zip(assets["open_evenings"], assets["open_weekends"], strict=True), strict=True)
    )


def test_every_asset_says_whether_it_is_open(tmp_path):
    food = "n,x,y,open\nLarder,402900,300500,Mon 6-8pm\nOven,402950,300500,ring first\n"
    folder = write_toy(tmp_path, place_toml=RECIPE + LIST, food_csv=food)
    told = answers(folder)
    assert told["Larder"] == ("yes", "no")
    assert told["Oven"] == told["West Library"] == ("", "")


def test_hours_that_somebody_corrected_count(tmp_path):
    folder = write_toy(tmp_path, venues_csv=VENUES)
    pantry = listing_key("Town Pantry", 402_500, 300_500)
    record(folder, [Decision("2026-05-01", "Ann", "correct", pantry, "opening_hours", "Saturdays 10-12")])
    assert answers(folder)["Town Pantry"] == ("no", "yes")


def test_a_hundred_thousand_hours_take_seconds():
    texts = [f"Mon-Fri {hour}.{minute:02}am - 5pm" for hour in (7, 8, 9) for minute in range(60)] * 600
    open_when.cache_clear()
    start = time.process_time()
    told = Counter(open_when(text).evenings for text in texts)
    assert told == {"no": 108_000}
    assert time.process_time() - start < 2


#: Filled cells; of them read, told of evenings, told of weekends.
SHARES = {
    "council__trafford_community_hubs.csv": (6, 5, 5, 5),
    "council__trafford_leisure_centres.csv": (9, 7, 7, 7),
    "food_banks__gm_food_banks.csv": (164, 117, 114, 117),
    "food_banks__trafford_food_banks.csv": (7, 7, 7, 7),
}


@pytest.mark.realdata
@pytest.mark.parametrize(("file", "shares"), SHARES.items())
def test_how_many_of_a_real_list_are_read(realdata, file, shares):
    table = pd.read_csv(realdata / "trafford" / "assets" / file, dtype=str, keep_default_na=False)
    column = "opening_hours" if "opening_hours" in table else "Opening times"
    told = [open_when(text) for text in table[column] if text]
    assert (len(told), *(sum(map(bool, each)) for each in (
        [hours.osm for hours in told], [hours.evenings for hours in told], [hours.weekends for hours in told],
    ))) == shares  # fmt: skip


@pytest.mark.realdata
def test_how_many_pharmacies_say_when_they_are_open(realdata):
    table = pd.read_csv(
        realdata / "trafford/assets/pharmacies__gm_pharmacies.csv", dtype=str, keep_default_na=False
    )
    days = table[[column for column in table if column.startswith("opening_hours_")]]
    told = [open_when(by_day(dict(zip(WEEK, cells, strict=True)))) for cells in days.to_numpy()]
    assert Counter(hours.evenings for hours in told) == {"no": 512, "yes": 118, "": 1}
    assert Counter(hours.weekends for hours in told) == {"yes": 343, "no": 288}


@pytest.mark.realdata
def test_how_many_hours_of_openstreetmap_are_read(realdata):
    file = realdata / "newport" / "newport-2023-06-13.osm.pbf"
    keyed = osmium.FileProcessor(str(file)).with_filter(osmium.filter.KeyFilter("opening_hours"))
    told = [open_when(each.tags["opening_hours"]) for each in keyed]
    assert Counter(hours.evenings for hours in told) == {"yes": 618, "no": 526, "": 30}
    assert sum(bool(hours.osm) for hours in told) == 1_169
