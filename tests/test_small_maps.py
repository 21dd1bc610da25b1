"""Small maps and charts: every area once, one scale, the words of each picture, and what is not known."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest

from assetmap import assess, load
from assetmap.inequality import access_by_group, access_inequality
from assetmap.model import THEMES
from assetmap.taxonomy import themes
from assetmap.views.small_maps import by_deprivation_html, small_maps_html
from tests.toy import VENUES, write_toy

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


def pictures(html: str) -> list[tuple[str, ElementTree.Element, str]]:
    """Caption, drawing and words of each picture."""
    found = re.findall(
        r'<figcaption>(.*?)</figcaption><img class="am-chart" alt="(.*?)".*?src="data:image/svg\+xml,(.*?)"',
        html,
    )
    return [
        (unescape(head), ElementTree.fromstring(unquote(svg)), unescape(told)) for head, told, svg in found
    ]


def test_six_maps_with_every_area_in_each(demo):
    found = pictures(small_maps_html(demo))
    assert [head for head, _, _ in found] == ["All themes together", *themes().values()]
    for _, svg, _ in found:
        drawn = "".join(
            path.get("d") for path in svg.iter(f"{SVG}path") if path.get("fill", "").startswith(("#", "url"))
        )
        assert drawn.count("M") >= len(demo.areas)


def test_the_words_of_a_map_count_all_areas(demo):
    for head, _, told in pictures(small_maps_html(demo)):
        numbers = [int(each) for each in re.findall(r": (\d+) areas?", told)]
        assert sum(numbers) == 60, told
        assert told.startswith(f"Small map of {head.lower()}. ")


def test_fifths_are_those_of_the_index(demo):
    _, svg, told = pictures(small_maps_html(demo))[0]
    fewest = (demo.areas["resource_rank"] * 5 / 60 <= 1).sum()
    assert f"fifth of areas with the fewest: {fewest} areas" in told
    # Five classes, and one legend of seven.
    fills = {path.get("fill") for path in svg.iter(f"{SVG}path") if path.get("fill", "").startswith("#")} - {
        "#e6e6e6"
    }
    assert len(fills) == 5
    assert small_maps_html(demo).count("am-swatch") == 7


def test_none_known_and_not_known_are_told_apart(tmp_path):
    silent = assess(load(write_toy(tmp_path, venues_csv="\n".join(VENUES.splitlines()[:4]) + "\n")))
    told = {head: words for head, _, words in pictures(small_maps_html(silent))}
    assert told["Services"] == "Small map of services. Not known: 4 areas.".replace("Not", "not")
    assert "none known within reach:" in told["Hubs"]
    assert "not known" not in told["Hubs"]


def test_no_picture_holds_a_script_or_a_link(demo):
    html = small_maps_html(demo) + by_deprivation_html(demo)
    assert "<script" not in unquote(html)
    assert set(re.findall(r'https?://[^"\s]+', unquote(html))) == {"http://www.w3.org/2000/svg"}


# -- by deprivation -------------------------------------------------------------------------------


def test_the_means_are_those_that_the_slopes_are_drawn_through(demo):
    groups = access_by_group(demo)
    rows = access_inequality(demo)
    rows = rows[rows["kind"] == ""].set_index(["theme", "figure"])
    ends = groups.set_index(["theme", "figure", "group"])["mean"]
    for (theme, figure), row in rows.iterrows():
        last = int(row["groups"])
        assert ends[theme, figure, 1] == pytest.approx(row["most_deprived_mean"], abs=5e-5)
        assert ends[theme, figure, last] == pytest.approx(row["least_deprived_mean"], abs=5e-5)
    people = groups.groupby(["theme", "figure"])["people"].sum()
    assert people.eq(demo.areas["population"].sum()).all()


def test_every_bar_is_in_the_table_and_all_charts_have_one_scale(demo):
    html = by_deprivation_html(demo)
    walks = access_by_group(demo).query("figure == 'walk_min'")
    found = pictures(html)
    assert [head for head, _, _ in found] == [themes()[theme] for theme in THEMES]
    scales = {
        tuple(text.text for text in svg.iter(f"{SVG}text") if text.get("text-anchor") == "end")
        for _, svg, _ in found
    }
    assert len(scales) == 1
    for theme, (_, svg, told) in zip(THEMES, found, strict=True):
        means = walks.loc[walks["theme"] == theme, "mean"]
        bars = [each for each in svg.iter(f"{SVG}rect") if each.get("fill") != "#fff"]
        assert len(bars) == len(means)
        heights = pd.Series([float(each.get("height")) for each in bars])
        assert heights.corr(pd.Series(means.to_numpy())) == pytest.approx(1, abs=1e-4)
        for mean in means:
            assert f'<td class="am-number">{mean:.1f}</td>' in html
            assert f"{mean:.1f}" in told


def test_where_no_groups_can_be_made_that_is_said(tmp_path):
    toy = assess(load(write_toy(tmp_path)))
    assert by_deprivation_html(toy) == (
        "<p>Areas cannot be grouped by deprivation here: too few are known in full, or they are too alike.</p>"
    )


def test_a_theme_that_is_unknown_has_no_chart_and_says_so(demo):
    access = demo.access.copy()
    figures = ["walk_min", "share_15_min", "count_15_min"]
    access.loc[access["theme"] == "services", figures] = pd.NA
    html = by_deprivation_html(replace(demo, access=access))
    assert len(pictures(html)) == 4
    assert 'Services</th><td colspan="10">cannot be told</td>' in html
