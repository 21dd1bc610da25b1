"""The map and its words: right classes, every area told, nothing from a file that runs or calls out."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import date
from html import unescape
from html.parser import HTMLParser

import pytest

from assetmap import Settings, assess, load
from assetmap.reasons import minutes
from assetmap.views import health, maps, page, report
from tests.toy import CODES, RECIPE, VENUES, write_toy

EVIL = "<script>window.broken = 1</script>"
EVIL_IMAGE = "<img src=x onerror=window.broken=2>"
#: Elements that the standalone page itself is made of; anything else came out of a name.
SCRIPTS = 3


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.fixture
def toy(tmp_path):
    return assess(load(write_toy(tmp_path / "toy")))


@pytest.fixture
def hostile(tmp_path):
    folder = write_toy(
        tmp_path / "toy",
        venues_csv=VENUES.replace("West Library", EVIL_IMAGE).replace("Chess Club", "</script>" + EVIL),
        place_toml=RECIPE.replace("Toytown", EVIL_IMAGE).replace(
            'file = "venues.csv"', f'file = "venues.csv"\nsource = "{EVIL}"'
        ),
    )
    areas = folder / "areas.geojson"
    areas.write_text(areas.read_text().replace("Toytown A", EVIL).replace("Toytown B", "{{ 7 * 7 }} $title"))
    return assess(load(folder))


class _Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def named(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_deprivation_is_shaded_with_the_most_deprived_darkest_and_says_so(demo):
    shade = maps.shade(demo, "deprivation")
    assert "1 = most deprived" in shade.title
    assert shade.swatches[0].label == "Deciles 1 and 2 (most deprived)"
    for code, decile in demo.areas["deprivation_decile"].items():
        assert shade.classes[code] == (decile - 1) // 2
        assert shade.figures[code] == str(decile)


@pytest.mark.parametrize("name", maps.SHADINGS)
def test_every_area_has_a_class_a_sentence_and_a_place_in_the_legend(demo, toy, name):
    for assessment in (demo, toy):
        shade = maps.shade(assessment, name)
        assert set(shade.classes) == set(shade.values) == set(assessment.areas.index)
        assert all(0 <= found < len(shade.swatches) for found in shade.classes.values())
        legend = maps.legend_html(assessment, name)
        assert all(swatch.label in legend.replace("&amp;", "&") for swatch in shade.swatches)


def test_a_place_of_few_areas_is_shaded_by_rank(toy):
    shade = maps.shade(toy, "resources")
    assert "rank" in shade.title.lower()
    assert shade.values[CODES[0]].endswith("(1 = fewest resources)")


def test_none_known_is_a_class_of_its_own_and_not_the_same_as_unknown(tmp_path):
    toy = assess(load(write_toy(tmp_path / "toy")))
    shade = maps.shade(toy, "hubs")
    assert shade.swatches[shade.classes[CODES[1]]].label.startswith("None known")
    silent = assess(
        load(write_toy(tmp_path / "silent", venues_csv="\n".join(VENUES.splitlines()[:4]) + "\n"))
    )
    unknown = maps.shade(silent, "services")
    assert {unknown.swatches[found].label for found in unknown.classes.values()} == {"Not known"}


def test_unknown_deprivation_is_drawn_as_unknown_and_never_as_a_colour(tmp_path):
    table = "lsoa21_code,rank,decile,income\nE01000002,5000,2,2\nE01000003,20000,6,6\nE01000004,33000,10,10\n"
    recipe = RECIPE.replace('index = "IoD2025"', 'index = "IoD2025"\npartial = true')
    toy = assess(load(write_toy(tmp_path / "toy", deprivation_csv=table, place_toml=recipe)))
    painted = maps.paint(toy, "deprivation")
    assert painted[CODES[0]] | {"low": None} == {
        "fill": None,
        "unknown": True,
        "figure": "?",
        "value": "Deprivation decile: not known",
        "low": None,
        "rank": 0,
    }
    assert not painted[CODES[1]]["unknown"]


def test_highlights_are_those_of_the_assessment(demo):
    painted = maps.paint(demo, "resources")
    assert {code for code, look in painted.items() if look["low"]} == set(
        demo.areas.index[demo.areas["resource_low"]]
    )
    ranks = {code: look["rank"] for code, look in painted.items() if look["rank"]}
    assert ranks == {code: int(rank) for code, rank in demo.priorities["priority_rank"].items()}


def test_contents_hold_every_layer_in_degrees(demo):
    contents = json.loads(maps.contents(demo.place))
    place = demo.place
    assert [row[0] for row in contents["areas"]] == list(place.areas.index)
    assert len(contents["assets"]) == len(place.assets)
    assert len(contents["green"]) == len(place.green_space)
    assert {row[0] for row in contents["backdrop"]} <= {"water", "rail", "street"}
    west, south, east, north = place.areas.to_crs(4326).total_bounds
    for *_, (lat, lon) in contents["areas"]:
        assert south < lat < north
        assert west < lon < east


def test_the_account_says_strengths_before_gaps_and_every_fact(demo):
    code = demo.priorities.index[0]
    told = report.account(demo, code)
    html = page.account_html(told)
    assert html.index(told.strengths_heading) < html.index("Less within reach") < html.index("am-verdict")
    for text in (*told.facts, *told.strengths, *told.thin, told.verdict, *told.how_sure):
        assert page.escape(text) in html
    for each in told.nearby:
        assert page.escape(each.name) in html


def test_the_whole_place_names_its_priorities_in_order(demo):
    html = page.place_html(demo)
    positions = [html.index(f"<span>{name}</span>") for name in demo.priorities["area_name"]]
    assert positions == sorted(positions)
    none = assess(demo.place, Settings(low_resource_share=0))
    assert "In order of priority" not in page.place_html(none)


def test_without_any_list_nothing_is_said_of_priorities(tmp_path):
    bare = assess(load(write_toy(tmp_path / "bare", place_toml=RECIPE.split("[postcodes]")[0])))
    assert "nobody can say" in page.priorities_html(bare)
    assert "valid answer" not in page.priorities_html(bare)


def test_hubs_and_green_space_are_shown_at_first_however_many_places_there_are(demo, monkeypatch):
    assert maps.look(demo.place)["hidden"] == ["entrances"]
    monkeypatch.setattr(maps, "_MANY_ASSETS", 1)
    assert set(maps.look(demo.place)["hidden"]) == {"entrances", "meeting_places", "services"}
    monkeypatch.setattr(maps, "_VERY_MANY_ASSETS", 1)
    assert not {"hubs", "green"} & set(maps.look(demo.place)["hidden"])


OSM_LIST = (
    '[[assets]]\nname = "More"\nfile = "more.csv"\ntitle = "name"\nkind = "pub"\neasting = "x"\nnorthing = "y"\n'
    'source = "OpenStreetMap contributors"\nlicence = "ODbL"\n'
)
MORE = "name,x,y\nThe Anchor,401500,300500\n"


def test_every_source_and_its_licence_stand_on_the_map(tmp_path):
    place = load(write_toy(tmp_path, place_toml=RECIPE + OSM_LIST, more_csv=MORE))
    told = "Sources: not stated; OpenStreetMap contributors (ODbL)"
    assert maps.look(place)["attribution"] == told
    assert f'"attribution":"{told}"' in page.standalone(assess(place))


def test_of_many_sources_those_of_share_alike_are_in_sight_and_all_can_be_opened(tmp_path):
    named = RECIPE
    for n, table in enumerate(("areas", "origins", "population", "deprivation", "postcodes", "green_space")):
        named = named.replace(
            f"[{table}]\n",
            f'[{table}]\nsource = "Office number {n} of Toytown & district"\nlicence = "OGL v3"\n',
        )
    place = load(write_toy(tmp_path, place_toml=named + OSM_LIST, more_csv=MORE))
    offices = [f"Office number {n} of Toytown & district (OGL v3)" for n in range(6)]
    assert {layer.source for layer in place.layers} == {
        "not stated", "OpenStreetMap contributors", *(f"Office number {n} of Toytown & district" for n in range(6)),
    }  # fmt: skip
    told = maps.look(place)["attribution"]
    summary, _, whole = told.partition("</summary><span>")
    assert summary == "<details><summary>Sources: OpenStreetMap contributors (ODbL); 7 more sources"
    assert "Toytown &amp; district" in whole
    listed = unescape(whole.removesuffix("</span></details>")).split("; ")
    assert sorted(listed) == sorted([*offices, "not stated", "OpenStreetMap contributors (ODbL)"])
    alone = page.standalone(assess(place))
    assert maps.leaflet.as_script(told) in alone


def test_a_source_stays_a_name_on_the_map(hostile):
    assert maps.look(hostile.place)["attribution"] == f"Sources: not stated; {page.escape(EVIL)}"


def test_no_priorities_is_said_as_a_valid_answer(demo):
    none = assess(demo.place, Settings(low_resource_share=0))
    assert "No priority neighbourhoods." in page.priorities_html(none)


def test_the_table_has_every_area_with_its_figures(demo):
    html = page.areas_table_html(demo)
    rows = {
        code: row for row in html.split("<tr>")[2:] for code in re.findall(r"<small>(\w+)</small></th>", row)
    }
    assert set(rows) == set(demo.areas.index)
    for code, area in demo.areas.iterrows():
        cells = re.findall(r'<td class="am-number">([^<]*)</td>', rows[code])
        assert cells == [
            f"{area['population']:,.0f}",
            str(area["deprivation_decile"]),
            str(area["resource_decile"]),
        ]
        assert f"nearest {minutes(area['hubs_walk_min'])}</small>" in rows[code].replace("&nbsp;", " ")


def test_the_same_assessment_gives_the_same_page(demo):
    assert page.standalone(demo) == page.standalone(assess(load("demo")))


def test_the_page_names_no_outside_resource(demo):
    html = page.standalone(demo)
    for _, attributes in _Elements(html).found:
        for name in ("src", "href", "action", "data", "poster"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert not re.search(r"@import|url\((?![\"']?(data:|#))", html)
    assert "default-src 'none'" in html


def test_the_page_says_language_title_and_that_the_place_is_made_up(demo):
    html = page.standalone(demo)
    elements = _Elements(html)
    assert elements.named("html") == [{"lang": "en-GB"}]
    assert f"<title>Community assets in {demo.place.name}</title>" in html
    assert [level for level, _ in elements.found if level == "h1"] == ["h1"]
    assert "Fictional place" in html
    options = {attributes["value"] for attributes in elements.named("option")}
    assert set(demo.areas.index) | set(maps.SHADINGS) <= options


def test_names_from_files_stay_names(hostile):
    elements = _Elements(page.standalone(hostile))
    assert len(elements.named("script")) == SCRIPTS
    assert all(each["src"].startswith("data:image/svg+xml,%3Csvg") for each in elements.named("img"))
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    for html in (
        page.heading_html(hostile.place),
        health.layers_html(hostile.place, date(2026, 3, 1)),
        page.areas_table_html(hostile),
        *(page.account_html(report.account(hostile, code)) for code in CODES),
    ):
        assert not {"script", "img"} & {tag for tag, _ in _Elements(html).found}
    assert "<" not in maps.contents(hostile.place)
    assert "{{ 7 * 7 }} $title" in page.areas_table_html(hostile)


def test_what_cannot_be_judged_is_drawn_as_not_known(demo):
    areas = demo.areas.copy()
    code = areas.index[0]
    areas.loc[code, "reason"] = "Cannot tell: social resources are not known here."
    areas.loc[code, "priority"] = False
    drawn = maps.shade(dataclasses.replace(demo, areas=areas), "priority")
    assert drawn.swatches[drawn.classes[code]].label == "Not known"
    assert drawn.swatches[drawn.classes[code]].colour is None
