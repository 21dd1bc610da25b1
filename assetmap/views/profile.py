"""One area, or one neighbourhood of people's own making, in charts and the tables beside them.

Charts are drawn by Altair in the reader's browser, as SVG, and ask no other computer for anything. Text that came from a file passes
through `html.escape` in tables; a chart shows text as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from assetmap.columns import ACCESS_COLUMNS, COLUMNS, Column
from assetmap.errors import counted
from assetmap.model import THEMES, Assessment
from assetmap.neighbourhoods import NEIGHBOURHOOD_COLUMNS, neighbourhood_figures
from assetmap.reasons import amount, minutes, standings
from assetmap.taxonomy import kinds, themes
from assetmap.views.charts import ticks
from assetmap.views.tables import table_html

__all__ = [
    "STANDING",
    "Chart",
    "own_themes",
    "own_themes_html",
    "standing_chart",
    "standing_html",
    "walks_chart",
]

#: Where an area stands among those of its place by one theme.
STANDING = Column(
    "standing",
    "Areas with less within reach",
    "% of the place’s areas",
    "0 = fewest resources, 100 = most",
    "Mid-ranks of reach (assetmap.reasons.standing)",
    "Within this place alone: what is few here need not be few elsewhere. Half of the areas are between 25 and 75 by definition.",
)

#: A longer walk than this is drawn as this long; the table has it in full.
_LONGEST_MIN = 60.0

_INK, _BAND, _BEYOND, _LINE = "#1f5a86", "#e3ebf1", "#9a4a12", "#1a1a1a"
_ROW_PX = 24
#: Streamlit counts the axis and its title into the height.
_AXIS_PX = 72


class Chart(NamedTuple):
    """A chart for the page, and what it shows in words."""

    drawing: Any
    told: str


class _Dot(NamedTuple):
    """One row of a chart: its label, its figure, what is written beside it, and the figure of the whole place, where there is one."""

    label: str
    value: float
    text: str
    usual: float | None = None


def standing_chart(assessment: Assessment, area_code: str) -> Chart:
    """Where an area stands among those of its place by each theme, 0 (fewest) to 100, with the middle half and the middle."""
    position: Any = standings(assessment.areas).loc[area_code] * 100
    dots = [
        _Dot(label, float(position[theme]), f"{position[theme]:.0f}")
        for theme, label in themes().items()
        if pd.notna(position[theme])
    ]
    name = str(assessment.areas.at[area_code, "area_name"])
    words = "; ".join(f"{each.label.lower()}: {each.text} %" for each in dots) or "not known"
    told = (
        f"Share of the areas here that have less within reach than {name}, by theme: {words}. 0 is fewest, 100 most; the band is the "
        "middle half of areas."
    )
    title = f"{STANDING.label}, % ({STANDING.direction})"
    return Chart(_dots(dots, list(themes().values()), title, (0, 100), middle=(25, 50, 75)), told)


def standing_html(assessment: Assessment, area_code: str) -> str:
    """The same as a table, with what is within reach and what the middle area of the place has."""
    areas, area = assessment.areas, assessment.areas.loc[area_code]
    position = standings(areas).loc[area_code] * 100

    def row(theme: str, label: str) -> str:
        known = areas[f"{theme}_count"].dropna()
        if pd.isna(area[f"{theme}_none_known"]):
            cells = ("not known",) * 4
        else:
            count, walk = area[f"{theme}_count"], area[f"{theme}_walk_min"]
            cells = (
                "none known" if count == 0 else amount(count),
                "not known" if pd.isna(walk) else minutes(walk),
                f"{position[theme]:.0f}",
                amount(float(known.median())),
            )
        return f'<tr><th scope="row">{escape(label)}</th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'

    heads = (
        "Theme",
        f"Within {assessment.settings.catchment_min:g} minutes’ walk",
        "Nearest on foot",
        f"{STANDING.label}, % <small>({STANDING.direction})</small>",
        "Within reach of the middle area here",
    )
    caption = f"Compared with {counted(len(areas), 'area')} of this place. {STANDING.caveat}"
    rows = (row(theme, label) for theme, label in themes().items())
    return table_html("Themes beside the other areas", escape(caption), heads, rows)


def walks_chart(assessment: Assessment, area_code: str) -> Chart:
    """The walk from an area to the nearest place of each kind, in minutes, with a line at the catchment."""
    found = assessment.access
    here = found[(found["area_code"] == area_code) & (found["kind"] != "") & found["walk_min"].notna()]
    here = here.sort_values(["walk_min", "kind"], kind="stable")
    dots = [
        _Dot(kinds()[kind].label, float(walk), minutes(walk).removesuffix("utes").removesuffix("ute"))
        for kind, walk in zip(here["kind"], here["walk_min"].astype(float), strict=True)
    ]
    within = assessment.settings.catchment_min
    name = str(assessment.areas.at[area_code, "area_name"])
    near = [each for each in dots if each.value <= within]
    told = (
        f"Walk from {name} to the nearest of each kind, in minutes: {len(near)} of {counted(len(dots), 'kind')} known are within "
        f"{within:g} minutes. The table has every figure."
    )
    longest = max([within, *(each.value for each in dots)])
    title = f"{ACCESS_COLUMNS['walk_min'].label}, minutes ({ACCESS_COLUMNS['walk_min'].direction})"
    labels = [each.label for each in dots]
    return Chart(
        _dots(dots, labels, title, (0, min(_LONGEST_MIN, longest * 1.15)), line=within, bars=True), told
    )


# -- neighbourhoods of people's own making --------------------------------------------------------


def own_themes(assessment: Assessment, members: pd.DataFrame, name: str) -> Chart:
    """The share of residents with one of each theme within reach, here and in the whole place.

    Parameters
    ----------
    assessment
        What was found.
    members
        The areas that the neighbourhood is made of; see `assetmap.neighbourhoods.neighbourhood_figures`.
    name
        What it is called.
    """
    here, whole = _own(assessment, members), _own(assessment, _everywhere(assessment))
    dots = []
    for theme, label in themes().items():
        share, usual = here[f"{theme}_reach_share"], whole[f"{theme}_reach_share"]
        if pd.notna(share):
            dots.append(_Dot(label, share * 100, f"{share:.0%}", None if pd.isna(usual) else usual * 100))
    words = "; ".join(
        f"{each.label.lower()}: {each.text}"
        + ("" if each.usual is None else f", in the whole place {each.usual:.0f}%")
        for each in dots
    )
    title = f"Residents with one within {assessment.settings.catchment_min:g} minutes’ walk, %"
    told = f"{title}, in {name}, by theme: {words or 'not known'}."
    return Chart(_dots(dots, list(themes().values()), title, (0, 100)), told)


def own_themes_html(assessment: Assessment, members: pd.DataFrame) -> str:
    """The same as a table, with the walk to the nearest."""
    here, whole = _own(assessment, members), _own(assessment, _everywhere(assessment))

    def share(value: Any) -> str:
        return "not known" if pd.isna(value) else f"{value:.0%}"

    def walk(value: Any) -> str:
        return "not known" if pd.isna(value) else minutes(value)

    rows = (
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f"<td>{share(found[f'{theme}_reach_share'])}</td>" for found in (here, whole))
        + "".join(f"<td>{walk(found[f'{theme}_walk_min'])}</td>" for found in (here, whole))
        + "</tr>"
        for theme, label in themes().items()
    )
    heads = (
        "Theme",
        "With one within reach",
        "In the whole place",
        "Nearest, on average",
        "In the whole place",
    )
    reach, nearest = (NEIGHBOURHOOD_COLUMNS[f"{THEMES[0]}_{each}"] for each in ("reach_share", "walk_min"))
    caption = (
        f"Shares and means of residents. Within reach: {assessment.settings.catchment_min:g} minutes’ walk; {reach.direction}. Walks: "
        f"{nearest.direction}. {COLUMNS['population'].label}: those of the areas counted."
    )
    return table_html("Themes beside the whole place", escape(caption), heads, rows)


def _everywhere(assessment: Assessment) -> pd.DataFrame:
    whole = pd.DataFrame({"area_code": assessment.areas.index, "share": 1.0})
    return whole.assign(list="", neighbourhood="", method="")


def _own(assessment: Assessment, members: pd.DataFrame) -> pd.Series:
    return neighbourhood_figures(assessment, members).iloc[0]


# -- the drawing ----------------------------------------------------------------------------------


def _dots(
    dots: Sequence[_Dot],
    labels: Sequence[str],
    title: str,
    ends: tuple[float, float],
    *,
    middle: tuple[float, float, float] | None = None,
    line: float | None = None,
    bars: bool = False,
) -> Any:
    """A row for each label and a dot in it, with its figure beside it.

    Parameters
    ----------
    dots
        What is known.
    labels
        Every row, from the top down; one without a dot stays empty.
    title, ends
        Of the axis.
    middle
        Ends of the band that is shaded, and the dashed line in it.
    line
        Where a line stands across all rows; dots beyond it are hollow.
    bars
        Whether a line leads from 0 to each dot.
    """
    import altair as alt

    beyond = line is not None
    rows = [
        {
            "label": each.label,
            "value": min(each.value, ends[1]),
            "text": each.text,
            "usual": each.usual,
            "hollow": beyond and each.value > (line or 0),
        }
        for each in dots
    ]
    data = alt.InlineData(values=rows)
    # Beyond the last mark there is room for a figure beside its dot.
    scale = alt.Scale(domain=[ends[0], ends[1] * 1.1], nice=False)
    marks = [mark for mark in ticks(*ends) if mark <= ends[1]]
    axis = alt.Axis(grid=False, labelLimit=150, title=None, ticks=False, domain=False, labelPadding=8)
    y = alt.Y("label:N", sort=None, scale=alt.Scale(domain=list(labels)), axis=axis)
    x = alt.X(
        "value:Q",
        scale=scale,
        axis=alt.Axis(title=_folded(title), titleAnchor="start", values=marks, gridColor="#ddd"),
    )
    layers: list[Any] = []

    def across(values: list[dict[str, float]]) -> Any:
        return alt.Chart(alt.InlineData(values=values))

    if middle is not None:
        band = across([{"low": middle[0], "high": middle[2]}])
        layers.append(band.mark_rect(color=_BAND).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"))
        layers.append(
            across([{"at": middle[1]}])
            .mark_rule(color=_LINE, strokeDash=[5, 4])
            .encode(x=alt.X("at:Q", scale=scale))
        )
    if line is not None:
        layers.append(
            across([{"at": line}])
            .mark_rule(color=_LINE, strokeWidth=1.5)
            .encode(x=alt.X("at:Q", scale=scale))
        )
    base = alt.Chart(data).encode(y=y)
    if bars:
        layers.append(
            base.mark_rule(color="#8fa9bc")
            .encode(x=alt.X("from:Q", scale=scale), x2="value:Q")
            .transform_calculate(**{"from": "0"})
        )
    if any(each.usual is not None for each in dots):
        layers.append(
            base.mark_tick(color=_LINE, thickness=3, size=18).encode(x=alt.X("usual:Q", scale=scale))
        )
    layers.append(
        base.mark_point(filled=False, size=90, strokeWidth=2.2, opacity=1).encode(
            x=x,
            color=alt.condition("datum.hollow", alt.value(_BEYOND), alt.value(_INK)),
            fill=alt.condition("datum.hollow", alt.value("#fff"), alt.value(_INK)),
        )
    )
    layers.append(
        base.mark_text(align="left", dx=9, color=_LINE, fontSize=12).encode(x=x, text=alt.Text("text:N"))
    )
    return (
        alt.layer(*layers)
        .properties(
            height=len(labels) * _ROW_PX + _AXIS_PX,
            usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        )
        .configure(font="system-ui, sans-serif", background="#ffffff")
        .configure_axis(
            labelFontSize=13, titleFontSize=13, titleFontWeight="normal", labelColor=_LINE, titleColor=_LINE
        )
        .configure_view(stroke=None)
    )


_FOLD = 30


def _folded(title: str) -> list[str]:
    """A title in lines, short enough for a phone."""
    lines = [""]
    for word in title.split():
        if len(lines[-1]) + len(word) >= _FOLD:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
