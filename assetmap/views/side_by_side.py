"""Two areas side by side: what is strong in each first, then every figure with its unit and direction, and the difference in words.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import pandas as pd

from assetmap.columns import ACCESS_COLUMNS, COLUMNS
from assetmap.errors import counted
from assetmap.model import Assessment
from assetmap.reasons import amount, whole_minutes
from assetmap.taxonomy import kinds, themes
from assetmap.views.report import accounts, in_draws
from assetmap.views.tables import table_html

__all__ = ["beside", "side_by_side_html"]

_UNKNOWN = "not known"
_NO_DECILE = "none known, so in no decile"


def beside(first: Any, second: Any, more: str, less: str, unit: Callable[[float], str]) -> str:
    """The difference between two figures, as A compared with B, in words.

    Parameters
    ----------
    first, second
        The figures of A and of B; NA where not known.
    more, less
        What to call it where A's is higher, and where it is lower, such as "farther in A".
    unit
        A difference in words, such as "3 places".

    Examples
    --------
    >>> beside(5, 2, "more in A", "fewer in A", lambda apart: f"{apart:g}")
    '3 more in A'
    >>> beside(2, 2.0, "more in A", "fewer in A", str), beside(pd.NA, 2, "more in A", "fewer in A", str)
    ('the same', 'cannot be told')
    """
    if pd.isna(first) or pd.isna(second):
        return "cannot be told"
    apart = float(first) - float(second)
    return f"{unit(abs(apart))} {more if apart > 0 else less}" if apart else "the same"


def side_by_side_html(assessment: Assessment, area_codes: Sequence[str]) -> str:
    """A table of two areas, A and B: strengths first, then what is near, the figures and the verdict.

    Parameters
    ----------
    assessment
        What to tell.
    area_codes
        The two areas.

    Raises
    ------
    KeyError
        Where the place has no such area.
    """
    told = accounts(assessment, area_codes)
    first, second = (told[code] for code in area_codes)
    names = [f"{letter}: {each.area_name}" for letter, each in (("A", first), ("B", second))]
    words = [
        ("Strong here, or to build on", [each.strengths for each in (first, second)]),
        ("Less within reach than in most areas here", [each.thin for each in (first, second)]),
    ]
    heads = [
        f'<span class="am-count">{letter}</span> {escape(each.area_name)}'
        for letter, each in (("A", first), ("B", second))
    ]
    strong, thin = (_row(label, [_texts(texts) for texts in both], "") for label, both in words)
    verdict = _row(
        "Priority or not, and why",
        [escape(f"{each.headline} {each.verdict}") for each in (first, second)],
        "",
    )
    rows = [strong, *_figures(assessment, area_codes), *_nearest(assessment, area_codes), thin, verdict]
    catchment = f"{assessment.settings.catchment_min:g} minutes"
    caption = (
        f"{escape(names[0])}, beside {escape(names[1])}. Places within reach are those known within {catchment} on foot; none known is "
        f"not the same as none. {escape(str(assessment.areas.at[area_codes[0], 'distance_method']).capitalize())}. "
        "A small difference may be no more than an unlisted place or another route: see the ranks in nine of ten draws."
    )
    return table_html(
        "Two areas side by side", caption, ["What is told", *heads, "Difference"], rows, ' id="am-beside"'
    )


def _row(label: str, cells: Sequence[str], difference: str, about: str = "") -> str:
    note = f"<br><small>{escape(about)}</small>" if about else ""
    both = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(label)}{note}</th>{both}<td>{escape(difference) or "–"}</td></tr>'


def _texts(texts: Sequence[str]) -> str:
    return "<br>".join(map(escape, texts)) or "none of the themes"


def _about(column: str) -> str:
    """The unit and the direction of a figure."""
    found = COLUMNS[column]
    return ", ".join(text for text in (found.unit, found.direction) if text)


def _figures(assessment: Assessment, codes: Sequence[str]) -> Iterator[str]:
    """Each theme, the index and its band, deprivation and the people."""
    both = [area for _, area in assessment.areas.loc[list(codes)].iterrows()]

    def row(
        column: str,
        more: str,
        less: str,
        unit: Callable[[float], str],
        say: Callable[[Any], str],
        missing: Sequence[str] = (_UNKNOWN, _UNKNOWN),
    ) -> str:
        values = [area[column] for area in both]
        cells = [
            without if pd.isna(value) else say(value) for value, without in zip(values, missing, strict=True)
        ]
        return _row(
            COLUMNS[column].label, cells, beside(values[0], values[1], more, less, unit), _about(column)
        )

    for theme in themes():
        yield row(f"{theme}_count", "more in A", "fewer in A", _apart, amount)
        decile = f"{theme}_decile"
        # An area with none known has no decile of it: such areas are equal, and are not ordered among themselves.
        if assessment.areas[decile].notna().any():
            counts = [area[f"{theme}_count"] for area in both]
            none = [_NO_DECILE if pd.notna(count) and count == 0 else _UNKNOWN for count in counts]
            yield row(
                decile, "higher in A: more resources", "lower in A: fewer resources", _deciles, str, none
            )
        else:
            yield row(
                f"{theme}_lack", "higher in A: fewer resources", "lower in A: more resources", _points, _whole
            )
    yield row("resource_lack", "higher in A: fewer resources", "lower in A: more resources", _points, _whole)
    yield row("resource_rank", "higher in A: more resources", "lower in A: fewer resources", _places, _whole)
    bands = [in_draws(area) or _UNKNOWN for area in both]
    yield _row("Rank in nine of ten draws", bands, _overlap(both), _about("resource_rank"))
    if assessment.areas["resource_decile"].notna().any():
        yield row(
            "resource_decile", "higher in A: more resources", "lower in A: fewer resources", _deciles, str
        )
    yield row("deprivation_decile", "higher in A: less deprived", "lower in A: more deprived", _deciles, str)
    yield row("population", "more in A", "fewer in A", _people, "{:,.0f}".format)


def _nearest(assessment: Assessment, codes: Sequence[str]) -> Iterator[str]:
    """The walk to the nearest of each theme and kind that one can walk to from either area."""
    labels, found = kinds(), assessment.access
    figure = ACCESS_COLUMNS["walk_min"]
    here = found[found["area_code"].isin(codes)]
    walks = here.set_index(["theme", "kind", "area_code"])["walk_min"]
    for theme, name in themes().items():
        of_theme = sorted({kind for of, kind in zip(here["theme"], here["kind"], strict=True) if of == theme})
        for kind in of_theme:
            values = [walks.get((theme, kind, code), pd.NA) for code in codes]
            if kind and all(map(pd.isna, values)):
                continue
            begun = [pd.NA if pd.isna(value) else whole_minutes(value) for value in values]
            cells = ["none known that one can walk to" if pd.isna(each) else str(each) for each in begun]
            label = f"Nearest: {labels[kind].label.lower()}" if kind else f"Nearest of {name.lower()}"
            about = f"{figure.unit}, {figure.direction}"
            yield _row(
                label, cells, beside(begun[0], begun[1], "farther in A", "nearer in A", _minutes), about
            )


def _overlap(both: Sequence[pd.Series]) -> str:
    """Whether the ranks of two areas can be told apart."""
    if any(not in_draws(area) for area in both):
        return "cannot be told"
    (low, high), (other_low, other_high) = ((area["rank_low"], area["rank_high"]) for area in both)
    if low <= other_high and other_low <= high:
        return "they overlap: other choices of method may order the two otherwise"
    return f"apart: A has {'fewer' if high < other_low else 'more'} resources by most choices of method"


def _apart(apart: float) -> str:
    return amount(round(apart, 1)) if round(apart, 1) else "under 0.1"


def _whole(value: float) -> str:
    return f"{value:.4g}" if value == round(value) else f"{value:.1f}"


def _deciles(apart: float) -> str:
    return counted(int(apart), "decile")


def _points(apart: float) -> str:
    return f"{apart:.1f}" if round(apart, 1) else "under 0.1"


def _places(apart: float) -> str:
    return f"{apart:g}"


def _people(apart: float) -> str:
    return f"{apart:,.0f}"


def _minutes(apart: float) -> str:
    return counted(int(apart), "minute")
