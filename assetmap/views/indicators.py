"""Community outcomes and context in words, charts and tables: beside the social resource index, and never in it.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from assetmap.columns import INDICATOR_COLUMNS
from assetmap.errors import counted
from assetmap.index import mid_rank
from assetmap.model import Assessment, Place
from assetmap.outcomes import as_amount, correlation_words, indicator_figures, spearman
from assetmap.views.charts import Dot, beside_resources, image_html
from assetmap.views.tables import table_html

__all__ = ["also_known", "indicators_html"]

#: What each level is called, and what the guide's table 2 puts under it.
_LEVELS = {
    "individual": ("Individual", "such as wellbeing, health, confidence and social relationships"),
    "community": ("Community level", "such as belonging, trust, cohesion and the places that people share"),
    "community process": ("Community process", "such as volunteering, leadership, voting and having a say"),
    "organisational": ("Organisational", "such as access to services, their use and how they are run"),
    "context": ("Context", "no outcome, but what stands behind one, such as how old people are"),
}

_BETTER = {
    "higher": "Higher is good news",
    "lower": "Lower is good news",
    "neither": "Neither way is good news in itself",
}
_RANKED = {"neither": "1 = highest"}

_FIFTHS = 5

#: Tables of all areas have no more indicators beside each other than this, to be read on a phone.
_WIDEST = 6


def also_known(place: Place, area_code: str) -> list[str]:
    """What indicators say of an area, each with the median of the place's areas; only what is known."""
    told = []
    for name, rows in place.indicators.groupby("indicator", sort=False):
        about: Any = place.indicators_about.loc[name]
        area: Any = rows.set_index("area_code").loc[area_code]
        median = rows["value"].astype(float).median()
        if pd.notna(area["value"]):
            told.append(
                f"{name}: {as_amount(area['value'], about['unit'])}{_between(area)} (median of the areas here "
                f"{as_amount(median)}{'; ' + about['period'] if about['period'] else ''})."
            )
    return told


def _between(area: Any) -> str:
    if pd.isna(area["lower"]):
        return ""
    return f", between {as_amount(area['lower'])} and {as_amount(area['upper'])}"


def indicators_html(assessment: Assessment, area_code: str = "") -> str:
    """Every indicator, under the guide's four levels: a chart beside the index, and its figures as a table.

    Parameters
    ----------
    assessment
        What to tell of.
    area_code
        The chosen area, which is marked; "" for none.
    """
    figures = indicator_figures(assessment)
    if figures.empty:
        return (
            "<p>No indicator is given for this place. A table of belonging, wellbeing, volunteering or how old people are goes "
            "in with [[indicators]] in its place.toml.</p>"
        )
    told = [
        "<p>What surveys and other tables say of the areas, under the levels of the 2015 guide’s table of outcomes. These stand "
        "<strong>beside</strong> the social resource index and are no part of it. Where a figure goes together with social "
        "resources, neither need be the cause of the other, and a figure of an area is not true of everybody in it.</p>"
    ]
    for level, (label, such_as) in _LEVELS.items():
        names = figures.loc[figures["outcome_level"] == level, "indicator"].unique()
        if len(names):
            told.append(f'<h3>{label}</h3><p class="am-note">{such_as[0].upper()}{such_as[1:]}.</p>')
            told += [
                _indicator(assessment, figures[figures["indicator"] == name], area_code) for name in names
            ]
    told.append(_all_areas(figures))
    return f'<div class="am-account">{"".join(told)}</div>'


def _indicator(assessment: Assessment, rows: pd.DataFrame, area_code: str) -> str:
    about, rows = rows.iloc[0], rows.set_index("area_code")
    name, unit = str(about["indicator"]), str(about["unit"])
    values, resources = rows["value"].astype(float), assessment.areas["resource_rank"].astype(float)
    facts = [
        _BETTER[about["better"]],
        f"{about['term']} term" if about["term"] else "",
        str(about["period"]),
        f"source: {about['source']}",
    ]
    lines = []
    if area_code:
        area: Any = rows.loc[area_code]
        lines.append((str(area["area_name"]), as_amount(area["value"], unit) + _between(area)))
        if pd.notna(area["rank"]):
            ranked = _RANKED.get(about["better"], "1 = best")
            lines.append(("Its rank", f"{area['rank']:g} of {about['areas']} ({ranked})"))
    lines += [
        ("Median of the areas", as_amount(about["median"], unit)),
        ("Range", f"{as_amount(values.min())} to {as_amount(values.max(), unit)}"),
        ("Areas known", f"{about['areas']} of {len(rows)}"),
    ]
    table = table_html(
        escape(name),
        f"{escape(name)}: {escape(unit)}",
        ("What", "Figure"),
        (f'<tr><th scope="row">{escape(what)}</th><td>{escape(figure)}</td></tr>' for what, figure in lines),
    )
    together = correlation_words(*spearman(values, resources))
    return (
        f"<h4>{escape(name)}</h4><p>{escape('; '.join(fact for fact in facts if fact))}.</p>"
        f"{_chart(name, unit, rows, resources, area_code)}{table}<p>With social resources: {escape(together)}</p>"
    )


def _chart(name: str, unit: str, rows: pd.DataFrame, resources: pd.Series, area_code: str) -> str:
    both = rows.assign(resources=resources.reindex(rows.index)).dropna(subset=["value", "resources"])
    if both.empty:
        return "<p>No area has both this figure and a rank of social resources, so there is no chart.</p>"
    along = (mid_rank(both["resources"]) - 0.5) / len(both)
    fifth = np.minimum((along * _FIFTHS).astype(int), _FIFTHS - 1)
    values = both["value"].astype(float)
    of_fifth = values.groupby(fifth).median()
    medians = [float(of_fifth[n]) if n in of_fifth.index else None for n in range(_FIFTHS)]
    dots = [Dot(*each) for each in zip(along, values, strict=True)]
    chosen, marked = None, ""
    if area_code in both.index:
        area: Any = both.loc[area_code]
        ends = [None if pd.isna(area[end]) else float(area[end]) for end in ("lower", "upper")]
        chosen = Dot(float(along[area_code]), float(values[area_code]), *ends)
        marked = f" {area['area_name']} is marked with a diamond: {as_amount(chosen.value, unit)}."
    words = ", ".join("not known" if each is None else as_amount(each) for each in medians)
    told = (
        f"{name}, {unit}, of {counted(len(both), 'area')}, those with the fewest social resources on the left. Median of each "
        f"fifth, fewest first: {words}.{marked}"
    )
    chart = beside_resources(dots, medians, float(values.median()), chosen, f"{name}, {unit}")
    key = "Dots: areas. Thick lines: the median of each fifth. Dashed: the median of all."
    if chosen is not None:
        key += " Diamond in a ring: the chosen area" + (
            ", with its interval." if chosen.lower is not None else "."
        )
    return f'{image_html(chart, told)}<p class="am-note">{key}</p>'


def _all_areas(figures: pd.DataFrame) -> str:
    """Every indicator of every area, as tables."""
    names = list(figures["indicator"].unique())
    wide = figures.set_index(["area_code", "area_name", "indicator"])["value"].unstack()  # noqa: PD010 - no two rows share all three
    units = figures.drop_duplicates("indicator").set_index("indicator")["unit"]
    tables = []
    for first in range(0, len(names), _WIDEST):
        some = names[first : first + _WIDEST]
        heads = ("Area", *(f"{escape(name)} <small>({escape(str(units[name]))})</small>" for name in some))
        rows = (
            f'<tr><th scope="row">{escape(area)}<br><small>{escape(code)}</small></th>'
            + "".join(f'<td class="am-number">{as_amount(value)}</td>' for value in values)
            + "</tr>"
            for (code, area), values in zip(wide.index, wide[some].to_numpy(), strict=True)
        )
        caption = f"{INDICATOR_COLUMNS['value'].caveat}"
        tables.append(table_html("Indicators of all areas", caption, heads, rows))
    return f"<details><summary>All areas as a table</summary>{''.join(tables)}</details>"
