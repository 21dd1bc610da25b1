"""What changes where areas are many: lists and tables in parts, shades told once."""

from __future__ import annotations

from assetmap import assess, load
from assetmap.app import choices
from assetmap.views import maps, page


def test_shades_told_once_are_those_of_every_area():
    demo = assess(load("demo"))
    for name in ("deprivation", "hubs", "priority"):
        painted = maps.paint(demo, name)
        packed = maps.packed(painted)
        assert {code: packed["looks"][number] for code, number in packed["codes"].items()} == painted
        assert len(packed["looks"]) < len(painted)


def test_a_part_of_the_table_says_which_and_the_parts_are_the_whole():
    demo = assess(load("demo"))
    whole, number = page.areas_table_html(demo), len(demo.areas)
    first = page.areas_table_html(demo, rows=slice(0, 10))
    last = page.areas_table_html(demo, rows=slice(10, 2 * number))
    assert f"Areas 1 to 10 of {number}." in first
    assert f"Areas 11 to {number} of {number}." in last
    assert "Areas 1 to" not in whole
    rows = [text.split("<tbody>")[1].split("</tbody>")[0] for text in (first, last, whole)]
    assert rows[0] + rows[1] == rows[2]


def test_a_long_list_names_the_priorities_and_what_was_chosen():
    demo = assess(load("demo"))
    labels = page.area_labels(demo)
    assert choices.listed(demo, labels) == list(labels)
    many = labels | {f"X{number}": f"Elsewhere {number}" for number in range(1_000)}
    few = choices.listed(demo, many, "X7")
    assert set(few) == {"", "X7", *demo.priorities.index}
    starts = {"": "No walk shown", "area": "The chosen area", "tap": "A tap"} | many
    assert choices.starts_listed(starts, "X9") == ["", "area", "tap", "X9"]


def test_details_of_a_large_place_hold_every_area_once():
    place = load("demo")
    found = [code for _, shapes in maps.details(place) for code in shapes]
    assert sorted(found) == sorted(place.areas.index)
