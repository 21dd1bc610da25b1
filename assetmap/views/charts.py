"""Charts as pictures in SVG, which need no script and no network; each has its words beside it in a table.

Text passes through `html.escape`. A chart has a white ground of its own, so that it is the same in light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote

__all__ = ["Dot", "beside_resources", "image_html", "ticks"]

#: Width and height of a chart, in its own units; about those of a phone's screen, so that its letters stay legible there.
_WIDTH, _HEIGHT = 380, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 12, 46

_INK, _LINE, _BAND = "#1a1a1a", "#767676", "#f1f1f1"
_AREA, _CHOSEN = "#33658a", "#d4551a"

#: More areas than this are drawn by the medians of their fifths alone.
_MOST_DOTS = 2_000


class Dot(NamedTuple):
    """One area on a chart: how far along it stands (0 to 1), its value, and the ends of its interval where known."""

    along: float
    value: float
    lower: float | None = None
    upper: float | None = None


def image_html(svg: str, told: str) -> str:
    """A chart as a picture in a page; `told` says in words what it shows."""
    return (
        f'<img class="am-chart" alt="{escape(told)}" style="display: block; max-width: 30rem; width: 100%" '
        f'src="data:image/svg+xml,{quote(svg)}">'
    )


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from at or below the lowest to at or above the highest.

    Examples
    --------
    >>> ticks(3, 97), ticks(0.12, 0.31)
    ([0.0, 50.0, 100.0], [0.1, 0.15, 0.2, 0.25, 0.3, 0.35])
    """
    span = (high - low) or abs(high) or 1.0
    rough = span / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= rough)
    first, last = math.floor(round(low / step, 9)), math.ceil(round(high / step, 9))
    return [round(n * step, 12) + 0.0 for n in range(first, max(last, first + 1) + 1)]


def beside_resources(
    dots: Sequence[Dot], medians: Sequence[float | None], median: float, chosen: Dot | None, label: str
) -> str:
    """A figure of areas against where each stands by social resources, as SVG.

    The chosen area is a diamond in a ring, with a line for its interval; medians of the fifths are thick lines and that of all
    areas is dashed, so that no colour is the only sign.

    Parameters
    ----------
    dots
        The areas; `Dot.along` from 0 (fewest resources) to 1.
    medians
        The median value of each fifth, fewest first; None where no area of it is known.
    median
        That of all areas.
    chosen
        The chosen area, where one is chosen and its figures are known.
    label
        What the figure is called, with its unit.
    """
    ends = [each.value for each in dots]
    if chosen is not None:
        ends += [end for end in (chosen.lower, chosen.upper) if end is not None]
    marks = ticks(min(ends), max(ends))
    low, high = marks[0], marks[-1]

    def across(along: float) -> str:
        return f"{_LEFT + along * (_WIDTH - _LEFT - _RIGHT):.1f}"

    def up(value: float) -> str:
        return f"{_TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM):.1f}"

    base = _HEIGHT - _BOTTOM
    parts = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>']
    fifth = (_WIDTH - _LEFT - _RIGHT) / 5
    parts += [
        f'<rect x="{_LEFT + n * fifth:.1f}" y="{_TOP}" width="{fifth:.1f}" height="{base - _TOP}" fill="{_BAND}"/>'
        for n in (0, 2, 4)
    ]
    for mark in marks:
        parts.append(f'<path d="M{_LEFT} {up(mark)}H{_WIDTH - _RIGHT}" stroke="#ccc" stroke-width="0.7"/>')
        parts.append(_text(_LEFT - 5, float(up(mark)) + 4, f"{mark:,.10g}".replace("-", "−"), "end"))
    if len(dots) <= _MOST_DOTS:
        parts += [
            f'<circle cx="{across(each.along)}" cy="{up(each.value)}" r="3" fill="{_AREA}" fill-opacity="0.55"/>'
            for each in dots
        ]
    parts += [
        f'<path d="M{_LEFT + n * fifth + 6:.1f} {up(value)}h{fifth - 12:.1f}" stroke="{_INK}" stroke-width="3"/>'
        for n, value in enumerate(medians)
        if value is not None
    ]
    parts.append(
        f'<path d="M{_LEFT} {up(median)}H{_WIDTH - _RIGHT}" stroke="{_LINE}" stroke-width="1.3" stroke-dasharray="5 4"/>'
    )
    if chosen is not None:
        x, y = across(chosen.along), up(chosen.value)
        if chosen.lower is not None and chosen.upper is not None:
            parts.append(
                f'<path d="M{x} {up(chosen.lower)}V{up(chosen.upper)}" stroke="{_CHOSEN}" stroke-width="2.5"/>'
            )
        parts.append(f'<circle cx="{x}" cy="{y}" r="10" fill="none" stroke="{_INK}" stroke-width="1.5"/>')
        parts.append(
            f'<path d="M{x} {y}m0-7 7 7-7 7-7-7Z" fill="{_CHOSEN}" stroke="#fff" stroke-width="1.2"/>'
        )
    parts.append(_text(_LEFT, base + 17, "fewest resources", "start"))
    parts.append(_text(_WIDTH - _RIGHT, base + 17, "most", "end"))
    parts.append(_text(_LEFT, base + 36, label if len(label) <= 56 else f"{label[:55]}…", "start"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="12">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(text)}</text>'
