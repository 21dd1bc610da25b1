"""Before and after: each change told as real, boundary, method, or not to be told, and never as more than that."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box
from typer.testing import CliRunner

from assetmap import OutputError, PlaceError, Settings, assess, load
from assetmap.cli import app
from assetmap.columns import CHANGE_COLUMNS, PLACE_CHANGE_COLUMNS
from assetmap.compare import KINDS, Changes, compare
from assetmap.sources import save, write_demo
from assetmap.sources.stated import read_stated
from assetmap.views.changes import CHANGE_FILES, summary, write_changes
from tests.toy import CODES, RECIPE, SIDE, SOUTH, VENUES, WEST, write_toy
from tests.trafford import write_trafford

WEST_END = CODES[0]


def town(folder: Path, **files: str | bytes):
    return assess(load(write_toy(folder, **files)))


def two(tmp_path, before: dict[str, str], after: dict[str, str], **more) -> Changes:
    return compare(town(tmp_path / "before", **before), town(tmp_path / "after", **after), **more)


def of_place(found: Changes) -> list[tuple[str, str, str]]:
    columns = ["what", "name", "name_before", "change_kind"]
    return [
        (row.what, row.name_after or row.name_before, row.change_kind)
        for row in found.places[columns].rename(columns={"name": "name_after"}).itertuples()
    ]


def figure(found: Changes, code: str, about: str, name: str) -> pd.Series:
    rows = found.figures[
        (found.figures["area_code"] == code)
        & (found.figures["about"] == about)
        & (found.figures["figure"] == name)
    ]
    assert len(rows) == 1, rows
    return rows.iloc[0]


def test_the_same_place_twice_has_nothing_changed(tmp_path):
    found = two(tmp_path, {}, {})
    assert found.nothing
    assert found.compared > 50


def test_a_saved_place_has_not_changed_from_the_one_it_was_saved_from(tmp_path):
    first = load(write_toy(tmp_path / "toy"))
    save(first, tmp_path / "saved")
    found = compare(assess(load(tmp_path / "saved")), assess(first))
    assert found.figures.empty
    assert found.places.empty
    assert found.methods == ()


def test_a_place_newly_on_a_list_that_was_there_is_not_called_new(tmp_path):
    # West Library stood alone within 15 minutes (923 m in a straight line) of the west end; now there is a hub beside it.
    found = two(tmp_path, {}, {"venues_csv": VENUES + "West Hub,Hub,400600,300500,\n"})
    assert of_place(found) == [("appeared", "West Hub", "cannot tell")]
    row = found.places.iloc[0]
    assert row["change_words"] == "Newly listed on “Venues”: it may have opened, or only have been listed."
    assert row["area_code"] == WEST_END
    count = figure(found, WEST_END, "hubs", "count")
    assert (count["before"], count["after"], count["change"], count["towards"]) == (1, 2, 1, "gained")
    assert count["change_kind"] == "cannot tell"
    assert count["change_words"] == (
        "Records changed, and whether the places did is not known: West Hub (appeared)."
    )
    assert "real" not in set(found.figures["change_kind"])


def test_what_somebody_states_is_real(tmp_path):
    after = {"venues_csv": VENUES + "West Hub,Hub,400600,300500,\n"}
    found = two(tmp_path, {}, after, stated={("west hub", "opened"): "the council, May 2025"})
    assert of_place(found) == [("appeared", "West Hub", "real")]
    assert found.places["change_words"][0] == "Stated to have opened (the council, May 2025)."
    count = figure(found, WEST_END, "hubs", "count")
    assert (count["change_kind"], count["change_words"]) == ("real", "Stated: West Hub (appeared).")


def test_what_is_stated_and_not_found_is_told(tmp_path):
    found = two(tmp_path, {}, {}, stated={("west library", "closed"): "a neighbour"})
    assert found.methods == (
        "“west library” is stated to have closed, but the lists tell of no such difference.",
    )


def test_a_place_no_longer_on_its_list_is_not_called_closed(tmp_path):
    found = two(tmp_path, {}, {"venues_csv": VENUES.replace("West Library,Library,400500,300500,\n", "")})
    assert of_place(found) == [("gone", "West Library", "cannot tell")]
    count = figure(found, WEST_END, "hubs", "count")
    assert (count["before"], count["after"], count["towards"]) == (1, 0, "lost")
    closed = {("west library", "closed"): "the library service"}
    stated = compare(found.before, found.after, stated=closed)
    assert of_place(stated) == [("gone", "West Library", "real")]


MORE = """
[[assets]]
name = "More"
file = "more.csv"
title = "name"
kind_column = "kind"
easting = "easting"
northing = "northing"
"""
LISTED = "name,kind,easting,northing\nWest Hub,Hub,400600,300500\nWest Library,Library,400510,300500\n"


def test_a_place_on_a_list_that_was_not_there_did_not_open(tmp_path):
    found = two(tmp_path, {}, {"place_toml": RECIPE + MORE, "more_csv": LISTED})
    assert of_place(found) == [("appeared", "West Hub", "method")]
    assert found.methods == ("The list “More” was not there before: what only it names did not open.",)
    assert set(found.figures["change_kind"]) == {"method"}
    assert set(found.figures["towards"]) == {""}
    assert figure(found, WEST_END, "hubs", "count")["change_words"] == found.methods[0]


def test_a_place_on_a_list_that_is_no_longer_there_did_not_close(tmp_path):
    # The other list has West Library 10 m to the east: a walk that differs by that is method, too.
    found = two(
        tmp_path, {"place_toml": RECIPE.replace("[[assets]]", f"{MORE}\n[[assets]]"), "more_csv": LISTED}, {}
    )
    assert of_place(found) == [("gone", "West Hub", "method")]
    assert set(found.figures["change_kind"]) == {"method"}
    assert figure(found, WEST_END, "hubs", "walk_min")["change_kind"] == "method"


def test_records_and_method_together_are_told_in_parts(tmp_path):
    after = {
        "place_toml": RECIPE + MORE,
        "more_csv": LISTED,
        "venues_csv": VENUES + "West Centre,Community centre,400400,300500,\n",
    }
    found = two(tmp_path, {}, after)
    assert of_place(found) == [("appeared", "West Centre", "cannot tell"), ("appeared", "West Hub", "method")]
    count = figure(found, WEST_END, "hubs", "count")
    assert (count["before"], count["after"], count["change_kind"]) == (1, 3, "cannot tell")
    assert count["change_words"].startswith("Partly method (1), partly changes of records (1)")


def test_two_listings_of_one_place_told_apart_are_no_opening(tmp_path):
    # Two rows of one name 60 m apart are one place. Where the second is put 140 m away they are two, and both were listed.
    rows = VENUES + "Town Pantry,Food bank,402560,300500,\n"
    found = two(tmp_path, {"venues_csv": rows}, {"venues_csv": rows.replace("402560", "402640")})
    assert of_place(found) == [("appeared", "Town Pantry", "method")]
    assert found.places["change_words"][0] == "It was listed before, counted as one with another place."
    back = compare(found.after, found.before)
    assert of_place(back) == [("gone", "Town Pantry", "method")]
    assert back.places["change_words"][0] == "It is still listed, counted as one with another place."


NUMBERED = RECIPE.removesuffix('postcode = "postcode"\n') + 'postcode = "postcode"\nidentifier = "id"\n'
WITH_IDS = "name,kind,easting,northing,postcode,id\n" + "".join(
    f"{row},{number}\n" for number, row in enumerate(VENUES.splitlines()[1:], 1)
)


def test_an_identifier_tells_what_was_renamed_moved_or_became_another_kind(tmp_path):
    after = WITH_IDS.replace(
        "West Library,Library,400500,300500", "West Learning Centre,Library,400700,300500"
    ).replace("Corner Café,Café", "Corner Café,Pub")
    recipe = {"place_toml": NUMBERED}
    found = two(tmp_path, {**recipe, "venues_csv": WITH_IDS}, {**recipe, "venues_csv": after})
    assert sorted(of_place(found)) == [
        ("another kind", "Corner Café", "cannot tell"),
        ("moved", "West Learning Centre", "cannot tell"),
        ("renamed", "West Learning Centre", "cannot tell"),
    ]
    moved = found.places[found.places["what"] == "moved"].iloc[0]
    assert moved["moved_m"] == 200
    assert moved["name_before"] == "West Library"
    assert moved["change_words"] == "Its point moved 200 m: it may have moved, or its point was mended."


def test_a_place_of_one_name_and_kind_that_stands_farther_off_has_moved(tmp_path):
    found = two(
        tmp_path,
        {},
        {"venues_csv": VENUES.replace("West Library,Library,400500", "West Library,Library,400650")},
    )
    assert of_place(found) == [("moved", "West Library", "cannot tell")]


def test_a_point_mended_by_less_is_the_same_place_and_its_walk_is_of_records(tmp_path):
    found = two(
        tmp_path,
        {},
        {"venues_csv": VENUES.replace("West Library,Library,400500", "West Library,Library,400590")},
    )
    assert found.places.empty
    walk = figure(found, WEST_END, "hubs", "walk_min")
    assert walk["change_kind"] == "cannot tell"
    assert walk["change_words"].startswith("Details of what is listed changed")


def test_what_was_taken_off_the_map_is_counted_and_not_named(tmp_path):
    after = {"venues_csv": VENUES.replace("West Library,Library,400500,300500,\n", "")}
    found = two(tmp_path, {}, after, removed={"west library"})
    assert found.places.empty
    assert found.unnamed == 1
    assert not found.nothing
    assert "West Library" not in found.figures.to_csv()
    assert figure(found, WEST_END, "hubs", "count")["change_kind"] == "method"


# -- settings, method and boundary ----------------------------------------------------------------


def test_where_settings_differ_the_earlier_is_judged_by_the_later(tmp_path):
    place = load(write_toy(tmp_path / "toy"))
    found = compare(assess(place, Settings(catchment_min=5)), assess(place))
    assert found.before.settings == found.after.settings
    assert found.figures.empty
    assert found.methods == (
        "Settings differ (catchment_min): the earlier place was judged again by the later one’s.",
    )


def test_another_way_of_measuring_is_method(tmp_path):
    origins = RECIPE.replace('method = "the middle of each square"', 'method = "census points"')
    table = "area_code,easting,northing\n" + "".join(
        f"{code},{WEST + SIDE * n + 600},{SOUTH + 500}\n" for n, code in enumerate(CODES)
    )
    found = two(tmp_path, {}, {"place_toml": origins, "origins_csv": table})
    assert found.methods == ("Walks are measured otherwise than before: see distance_method.",)
    assert set(found.figures["change_kind"]) == {"method"}
    assert figure(found, WEST_END, "hubs", "walk_min")["change_words"] == found.methods[0]


def areas(sides: tuple[int, ...], codes: tuple[str, ...] = CODES) -> str:
    edges = [WEST + 4 * SIDE * part // sum(sides) for part in (0, *(sum(sides[: n + 1]) for n in range(4)))]
    shapes = [box(left, SOUTH, right, SOUTH + SIDE) for left, right in pairwise(edges)]
    table = gpd.GeoDataFrame({"area_code": codes, "area_name": codes}, geometry=shapes, crs=27700)
    return json.dumps(json.loads(table.to_crs(4326).to_json()))


def test_an_area_whose_line_was_drawn_anew_is_not_compared(tmp_path):
    # The first of four equal squares becomes half as wide and the second half as wide again.
    after = {"areas_geojson": areas((1, 3, 2, 2)), "venues_csv": VENUES + "West Hub,Hub,400600,300500,\n"}
    found = two(tmp_path, {"areas_geojson": areas((2, 2, 2, 2))}, after)
    told = found.figures[found.figures["area_code"] == WEST_END]
    assert told["change_kind"].tolist() == ["boundary"]
    assert told["change_words"].tolist() == ["Its boundary changed: 50% of the ground of either is of both."]
    assert set(found.figures[found.figures["area_code"] == CODES[2]]["change_kind"]) <= {"cannot tell"}


def test_another_vintage_is_boundary_throughout(tmp_path):
    old = RECIPE.replace('level = "lsoa21"', 'level = "lsoa11"').replace(
        'index = "IoD2025"', 'index = "IoD2019"'
    )
    old = old.replace("lsoa21_code", "code")
    deprivation = "code,rank,decile,income\n" + "".join(
        f"{code},{n},{n},1\n" for n, code in enumerate(CODES, 1)
    )
    found = two(tmp_path, {"place_toml": old, "deprivation_csv": deprivation}, {})
    assert set(found.figures["change_kind"]) == {"boundary"}
    assert len(found.figures) == len(CODES)
    assert "The areas are lsoa21, and were lsoa11: they are not compared one by one." in found.methods


def test_another_town_is_refused(tmp_path):
    there = town(tmp_path / "toy")
    demo = assess(load("demo"))
    with pytest.raises(
        PlaceError, match="It is another place than Toytown: they share 0% of the smaller one’s ground"
    ):
        compare(there, demo)


def test_deprivation_by_another_index_is_told_as_its_own_comparison_tells_it(tmp_path):
    worse = "lsoa21_code,rank,decile,income\n" + "".join(
        f"{code},{rank},{decile},{decile}\n"
        for code, rank, decile in zip(CODES, (12_000, 5_000, 20_000, 33_000), (4, 2, 6, 10), strict=True)
    )
    found = two(tmp_path, {"deprivation_csv": worse}, {})
    row = figure(found, WEST_END, "deprivation", "deprivation_decile")
    assert (row["before"], row["after"], row["change_kind"]) == (4, 1, "cannot tell")
    assert row["change_words"] == (
        "Decile 4 in IoD2025, 1 in IoD2025 (1 = most deprived): more deprived than before, relative to other areas; it is not "
        "known how much of that is a change of method."
    )


# -- indicators -----------------------------------------------------------------------------------

INDICATOR = """
[[indicators]]
name = "Belonging"
file = "survey.csv"
code = "area_code"
value = "value"
lower = "low"
upper = "high"
unit = "%"
better = "higher"
outcome_level = "community"
term = "medium"
period = "2024"
source = "Survey"
"""


def survey(*rows: str) -> str:
    return "area_code,value,low,high\n" + "".join(
        f"{code},{row}\n" for code, row in zip(CODES, rows, strict=True)
    )


def test_an_indicator_differs_beyond_chance_or_it_cannot_be_told(tmp_path):
    before = {
        "place_toml": RECIPE + INDICATOR,
        "survey_csv": survey("40,35,45", "50,45,55", "60,,", "70,65,75"),
    }
    after = {
        "place_toml": RECIPE + INDICATOR.replace("2024", "2025"),
        "survey_csv": survey("60,55,65", "53,48,58", "65,,", "70,65,75"),
    }
    found = two(tmp_path, before, after)
    rows = found.figures[found.figures["about"] == "Belonging"].set_index("area_code")
    assert rows["change_kind"].to_dict() == {
        CODES[0]: "real",
        CODES[1]: "cannot tell",
        CODES[2]: "cannot tell",
    }
    assert rows["towards"].tolist() == ["gained"] * 3
    assert rows["change_words"].tolist() == [
        "It differs beyond chance: the two intervals do not meet.",
        "It does not differ beyond chance: the two intervals meet.",
        "No interval is given for both dates, so how much may be chance is not known.",
    ]
    assert found.places.empty


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("", "Both are of 2024, so the figure was revised."),
        ('source = "Survey"|source = "Another"', "It is from another source than before."),
        ('unit = "%"|unit = "% of adults"', "It is in another unit than before."),
        ('better = "higher"|better = "lower"', "It is told the other way round than before."),
    ],
)
def test_an_indicator_told_otherwise_is_method(tmp_path, change, words):
    recipe = INDICATOR.replace(*change.split("|")) if change else INDICATOR
    rows = ("40,35,45", "50,45,55", "60,55,65", "70,65,75")
    found = two(
        tmp_path,
        {"place_toml": RECIPE + INDICATOR, "survey_csv": survey(*rows)},
        {"place_toml": RECIPE + recipe, "survey_csv": survey("90,85,95", *rows[1:])},
    )
    row = figure(found, WEST_END, "Belonging", "value")
    assert (row["change_kind"], row["change_words"], row["towards"]) == ("method", words, "")


def test_kinds_are_the_four(tmp_path):
    assert sorted(KINDS) == ["boundary", "cannot tell", "method", "real"]


def test_to_rank_higher_because_others_have_less_is_no_gain(tmp_path):
    found = two(tmp_path, {}, {"venues_csv": VENUES.replace("East Hub,Hub,403500,300800,\n", "")})
    elsewhere = found.figures[
        found.figures["change_words"].str.startswith("Nothing within its own reach differs")
    ]
    assert len(elsewhere)
    assert set(elsewhere["towards"]) == {""}
    assert set(elsewhere["area_code"]).isdisjoint({CODES[3]})


# -- sentences, page and files --------------------------------------------------------------------


def test_sentences_tell_gains_then_losses_then_method(tmp_path):
    before = VENUES
    after = VENUES.replace("East Hub,Hub,403500,300800,\n", "") + "West Hub,Hub,400600,300500,\n"
    told = summary(
        two(
            tmp_path,
            {"venues_csv": before},
            {
                "venues_csv": after,
                "place_toml": RECIPE + MORE,
                "more_csv": LISTED.replace("West Hub", "Third Hub"),
            },
        )
    )
    assert told[0] == "1 place is newly listed: West Hub; whether it opened is not known."
    # It is 900 m from where the people of the second square are: 14.6 minutes, times 1.3 for detours.
    assert told[1] == "2 areas have more listed places within reach: hubs in 2."
    assert told[2] == "1 place is no longer listed: East Hub; whether it closed is not known."
    assert told[3] == "1 area has fewer listed places within reach: hubs in 1."
    assert "The list “More” was not there before: what only it names did not open." in told


def test_files_are_the_same_for_the_same_places_and_hold_nothing_that_runs(tmp_path):
    after = VENUES + '"<script>alert(1)</script>",Hub,400600,300500,\n=1+1,Hub,400700,300500,\n'
    found = two(tmp_path, {}, {"venues_csv": after})
    files = write_changes(found, tmp_path / "out")
    assert tuple(file.name for file in files) == CHANGE_FILES
    once = [file.read_bytes() for file in files]
    write_changes(found, tmp_path / "out")
    assert once == [file.read_bytes() for file in files]
    page = files[2].read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "'=1+1" in files[1].read_text(encoding="utf-8")
    figures = pd.read_csv(files[0])
    assert list(figures) == list(CHANGE_COLUMNS)
    assert list(pd.read_csv(files[1])) == list(PLACE_CHANGE_COLUMNS)


def test_results_never_go_into_a_place_folder(tmp_path):
    found = two(tmp_path, {}, {})
    with pytest.raises(OutputError, match="It is a place folder"):
        write_changes(found, tmp_path / "after")
    assert summary(found)[0].startswith("Nothing changed: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,what,by\nx,closed,y\n", "There is no column “stated”."),
        ("name,stated,by\n,closed,y\n", "It names no place."),
        ("name,stated,by\nx,burnt,y\n", "“burnt” is not something that can be stated."),
        ("name,stated,by\nx,closed,\n", "It does not say who states it."),
    ],
)
def test_a_statement_that_cannot_be_used_is_told(tmp_path, text, message):
    (tmp_path / "stated.csv").write_text(text, encoding="utf-8")
    try:
        said, problems = read_stated(tmp_path / "stated.csv")
    except PlaceError as error:
        said, problems = {}, list(error.problems)
    assert said == {}
    assert [problem.what for problem in problems] == [message]


def test_the_demo_town_without_a_hub_end_to_end(tmp_path):
    write_demo(tmp_path / "after")
    venues = tmp_path / "after/assets/council_venues.csv"
    rows = venues.read_text(encoding="utf-8").splitlines(keepends=True)
    venues.write_text("".join(row for row in rows if ",Furlongs Library," not in row), encoding="utf-8")
    (tmp_path / "stated.csv").write_text(
        "name,stated,by\nFurlongs Library,closed,the council\n", encoding="utf-8"
    )
    run = CliRunner().invoke(
        app, ["compare", "demo", str(tmp_path / "after"), "--out", str(tmp_path / "out"), "--stated", str(tmp_path / "stated.csv")]
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    assert run.output.startswith("1 place is stated to have closed: Furlongs Library.\n")
    figures = pd.read_csv(tmp_path / "out/changes.csv")
    assert set(figures["change_kind"]) == {"real"}
    assert set(figures["towards"].dropna()) == {"lost"}
    same = CliRunner().invoke(app, ["compare", "demo", "demo", "--out", str(tmp_path / "same")])
    assert same.output.startswith("Nothing changed: ")
    missing = CliRunner().invoke(
        app, ["compare", "demo", str(tmp_path / "no"), "--out", str(tmp_path / "same")]
    )
    assert missing.exit_code == 2
    assert "There is no such place folder." in missing.output


@pytest.mark.realdata
def test_trafford_with_a_list_less_has_changed_in_method_alone(tmp_path, realdata):
    write_trafford(tmp_path / "before", realdata)
    write_trafford(tmp_path / "after", realdata)
    recipe = tmp_path / "after/place.toml"
    text = recipe.read_text(encoding="utf-8")
    start = text.index('[[assets]]\nname = "Places of worship"')
    recipe.write_text(text[:start] + text[text.index("[[assets]]", start + 1) :], encoding="utf-8")
    found = compare(assess(load(tmp_path / "before")), assess(load(tmp_path / "after")))
    assert len(found.figures) > 100
    assert set(found.figures["change_kind"]) == {"method"}
    assert set(found.figures["towards"]) == {""}
    assert set(found.places["change_kind"]) == {"method"}
    assert set(found.places["what"]) == {"gone"}
    assert (
        "The list “Places of worship” is no longer there: what only it named did not close." in found.methods
    )
