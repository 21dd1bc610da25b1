"""What is drawn on the map stands out from the white edge around it: 3:1, by WCAG 2.2, criterion 1.4.11."""

from __future__ import annotations

import re

import pytest

from assetmap import load
from assetmap.views import leaflet, maps


def luminance(colour):
    """Relative luminance, by WCAG 2.2."""
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * each for each in digits)
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_as_published():
    assert contrast("#000", "#fff") == pytest.approx(21)
    # The darkest grey that just fails and the lightest that just passes 4.5:1 on white.
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_each_mark_stands_out_from_its_white_edge():
    marks = maps.look(load("demo"))["themes"]
    assert len(marks) == 5
    assert {
        name: mark["colour"] for name, mark in marks.items() if contrast(mark["colour"], "#fff") < 3
    } == {}


@pytest.mark.parametrize("name", ["PATCH", "LINE", "KEPT", "WALKS", "GREEN"])
def test_each_line_on_the_map_stands_out_from_white(name):
    script = leaflet.web_files()["map.js"].decode()
    (colour,) = re.findall(rf'const {name} = {{ color: "(#\w+)"', script)
    assert contrast(colour, "#fff") >= 3


def test_the_apps_own_colour_can_be_read_on_white_and_on_its_tint():
    own, tint = "#0b57d0", "#e7eefa"  # a tenth of it over white
    assert contrast(own, "#fff") >= 4.5
    assert contrast(own, tint) >= 4.5
