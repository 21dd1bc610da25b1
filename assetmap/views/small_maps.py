"""One small picture a theme, all on one scale, so that one sees at a glance which theme is thin where, and who has it near.

Pictures are SVG without script or network. Each says in words what it shows; the tables of the page hold the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.columns import ACCESS_COLUMNS
from assetmap.errors import counted
from assetmap.index import mid_rank
from assetmap.inequality import access_by_group
from assetmap.model import DEPRIVATION_DOMAINS, THEMES, Assessment
from assetmap.taxonomy import themes
from assetmap.views.charts import image_html, ticks
from assetmap.views.maps import HATCH, NONE_KNOWN_COLOUR, RESOURCE_COLOURS
from assetmap.views.tables import table_html

__all__ = ["by_deprivation_html", "small_maps_html", "where_html"]

#: The longer side of a small map, in its own units; twice that of the screen, so that it stays sharp when enlarged.
_SIDE = 360

#: The classes in the order of the legend: fifths of the areas, fewest first; then none known within reach; then not known.
_CLASSES = (
    "Fifth of areas with the fewest",
    "Second fifth",
    "Middle fifth",
    "Fourth fifth",
    "Fifth of areas with the most",
    "None known within reach",
    "Not known",
)
_NONE_KNOWN, _NOT_KNOWN = 5, 6


def small_maps_html(assessment: Assessment) -> str:
    """A small map of each theme and of the index, all by fifths of the areas, with one legend.

    Equal areas share the fifth of their middle rank. Areas with none known within reach are a class of their own, and so are those
    of which a theme is unknown.
    """
    paths = _paths(assessment)
    pictures = "".join(
        f"<figure><figcaption>{escape(label)}</figcaption>{image_html(_map(paths, classes), _told(label, classes))}</figure>"
        for label, classes in _by_theme(assessment)
    )
    fills = (*RESOURCE_COLOURS, NONE_KNOWN_COLOUR, HATCH)
    legend = "".join(
        f'<li><span class="am-swatch" style="background: {fill}"></span>{words}</li>'
        for words, fill in zip(_CLASSES, fills, strict=True)
    )
    return (
        "<p>The same areas six times, on one scale: the darker, the fewer mapped places are within reach, among the areas of this "
        f'place.</p><div class="am-multiples">{pictures}</div><div class="am-legend"><ul>{legend}</ul></div>'
        '<p class="am-note">The table of all areas holds the figures.</p>'
    )


def where_html(assessment: Assessment, area_codes: Iterable[str], told: str) -> str:
    """A small map of the place with some of its areas dark and outlined; `told` says in words what it shows."""
    drawn, width, height = _paths(assessment)
    here = assessment.areas.index.isin(list(area_codes))

    def shape(marked: bool, look: str) -> str:
        return f'<path d="{"".join(drawn[n] for n in np.flatnonzero(here == marked))}" {look}/>'

    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 -3 {width + 6:.0f} {height + 6:.0f}">'
        f'<g stroke-linejoin="round" fill-rule="evenodd">{shape(False, _ELSEWHERE)}{shape(True, _HERE)}</g></svg>'
    )
    return image_html(svg, told)


_ELSEWHERE = 'fill="#efece4" stroke="#8a8378" stroke-width="0.8"'
_HERE = 'fill="#1f5fa8" stroke="#111" stroke-width="3"'


def _by_theme(assessment: Assessment) -> Iterator[tuple[str, np.ndarray]]:
    """What each small map shows, and the class of each area in it; the index first."""
    areas = assessment.areas
    yield "All themes together", _fifths(areas["resource_lack"])
    for theme, label in themes().items():
        none = areas[f"{theme}_none_known"]
        classes = np.where(none.fillna(False), _NONE_KNOWN, _fifths(areas[f"{theme}_lack"]))
        yield label, np.where(none.isna(), _NOT_KNOWN, classes)


def _fifths(lack: pd.Series) -> np.ndarray:
    rank = mid_rank(-lack.astype(float))
    # Rounded first: a fifth in floating point may be a hair beyond its end.
    fifth = np.ceil((rank * 5 / max(int(rank.notna().sum()), 1)).round(9)) - 1
    return fifth.fillna(_NOT_KNOWN).to_numpy().astype(int)


def _told(label: str, classes: np.ndarray) -> str:
    number = np.bincount(classes, minlength=len(_CLASSES))
    parts = [
        f"{words.lower()}: {counted(int(n), 'area')}" for words, n in zip(_CLASSES, number, strict=True) if n
    ]
    return f"Small map of {label.lower()}. {'; '.join(parts)}."


def _paths(assessment: Assessment) -> tuple[list[str], float, float]:
    """Every area as the path of a drawing, and the drawing’s width and height."""
    shapes = assessment.place.areas.geometry
    west, south, east, north = shapes.total_bounds
    unit = max(east - west, north - south) / _SIDE
    simple = gpd.GeoSeries(shapely.coverage_simplify(shapes.to_numpy(), unit), crs=shapes.crs)
    drawn = []
    for shape in simple:
        rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
        drawn.append("".join(_ring(shapely.get_coordinates(ring), west, north, unit) for ring in rings))
    return drawn, (east - west) / unit, (north - south) / unit


def _ring(xy: np.ndarray, west: float, north: float, unit: float) -> str:
    across, down = (xy[:-1, 0] - west) / unit, (north - xy[:-1, 1]) / unit
    return "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True)) + "Z"


def _map(paths: tuple[list[str], float, float], classes: np.ndarray) -> str:
    drawn, width, height = paths
    fills = (*RESOURCE_COLOURS, NONE_KNOWN_COLOUR, "url(#h)")
    shapes = "".join(
        f'<path d="{"".join(drawn[n] for n in np.flatnonzero(classes == each))}" fill="{fill}"/>'
        for each, fill in enumerate(fills)
        if (classes == each).any()
    )
    hatch = (
        '<defs><pattern id="h" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M0 0h8v8h-8z" fill="#e6e6e6"/>'
        '<path d="M0 0 8 8M8 0 0 8" stroke="#5c5c5c" stroke-width="1.2"/></pattern></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {width + 4:.0f} {height + 4:.0f}">{hatch}'
        f'<g stroke="#4a4a4a" stroke-width="0.8" stroke-linejoin="round" fill-rule="evenodd">{shapes}</g></svg>'
    )


# -- by deprivation -------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 240, 170, 34, 20, 34
_BAR, _END_BAR, _INK = "#8fb3cf", "#1f5a86", "#1a1a1a"

_GROUP_NAMES = {10: "tenth", 5: "fifth"}


def by_deprivation_html(assessment: Assessment) -> str:
    """The mean walk to the nearest of each theme by group of deprivation, as small charts on one scale, and as a table."""
    found = access_by_group(assessment)
    walks = found[found["figure"] == "walk_min"]
    if walks.empty:
        return "<p>Areas cannot be grouped by deprivation here: too few are known in full, or they are too alike.</p>"
    domain = DEPRIVATION_DOMAINS[assessment.settings.deprivation_domain].lower()
    marks = ticks(0, float(walks["mean"].max()))
    pictures, rows = [], []
    most = int(walks["groups"].max())
    for theme in THEMES:
        means = walks.loc[walks["theme"] == theme, "mean"].to_list()
        label = themes()[theme]
        if means:
            name = _GROUP_NAMES[len(means)]
            told = (
                f"Mean walk to the nearest of {label.lower()}, from the most deprived {name} to the least: "
                f"{', '.join(f'{each:.1f}' for each in means)} minutes."
            )
            pictures.append(
                f"<figure><figcaption>{escape(label)}</figcaption>{image_html(_bars(means, marks), told)}</figure>"
            )
        cells = "".join(f'<td class="am-number">{each:.1f}</td>' for each in means) or (
            f'<td colspan="{most}">cannot be told</td>'
        )
        rows.append(f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>')
    ends = {1: " (most deprived)", most: " (least)"}
    heads = ("Theme", *(f"{n}{ends.get(n, '')}" for n in range(1, most + 1)))
    figure = ACCESS_COLUMNS["walk_min"]
    caption = (
        f"Mean walk to the nearest, minutes on foot, by {_GROUP_NAMES[most]} of the residents by deprivation of their area "
        f"({escape(domain)}; 1 = most deprived); {figure.direction}."
    )
    table = table_html("Walks by deprivation", caption, heads, rows)
    return (
        "<p>How far the nearest is on average, from the most deprived areas (1, on the left) to the least. All charts have one "
        f'scale.</p><div class="am-multiples">{"".join(pictures)}</div>{table}'
    )


def _bars(means: list[float], marks: list[float]) -> str:
    """One theme’s means as bars, the ends darker and with their figure."""
    base, high = _HEIGHT - _BOTTOM, marks[-1]
    step = (_WIDTH - _LEFT - 6) / len(means)

    def up(value: float) -> float:
        return base - value / high * (base - _TOP)

    def text(x: float, y: float, words: str, anchor: str = "middle") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{words}</text>'

    parts = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>']
    for mark in marks:
        parts.append(f'<path d="M{_LEFT} {up(mark):.1f}H{_WIDTH - 6}" stroke="#ccc" stroke-width="0.7"/>')
        parts.append(text(_LEFT - 4, up(mark) + 4, f"{mark:g}", "end"))
    for n, mean in enumerate(means):
        left, end = _LEFT + n * step, n in (0, len(means) - 1)
        parts.append(
            f'<rect x="{left + 1.5:.1f}" y="{up(mean):.1f}" width="{step - 3:.1f}" height="{base - up(mean):.1f}" '
            f'fill="{_END_BAR if end else _BAR}"/>'
        )
        parts.append(text(left + step / 2, base + 13, str(n + 1)))
        if end:
            parts.append(text(left + step / 2, up(mean) - 4, f"{mean:.1f}"))
    parts.append(text(_LEFT, base + 28, "most deprived", "start"))
    parts.append(text(_WIDTH - 6, base + 28, "least", "end"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="system-ui, sans-serif" '
        f'font-size="11">{"".join(parts)}</svg>'
    )
