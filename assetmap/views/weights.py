"""The people's weights beside the officers', in words first, then as tables.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from assetmap.errors import counted
from assetmap.model import Assessment
from assetmap.taxonomy import themes
from assetmap.views.tables import table_html
from assetmap.weights import PeoplesWeights, peoples_weights

__all__ = ["NOTHING_WEIGHED", "section_html", "starting_weights", "weights_html"]

NOTHING_WEIGHED = "Residents give no weight to any theme that is known here, so there is nothing to compare."

#: Correlations of ranks that differ by less than this are told as the same order.
_SAME_ORDER = 0.9995


def starting_weights(assessment: Assessment, known: list[str]) -> dict[str, float]:
    """The weights to begin from, in per cent: the residents’ own where they may be shown, else all equal."""
    given = assessment.place.residents_weights
    if given is None or not given.weights:
        return dict.fromkeys(known, round(100 / max(len(known), 1), 1))
    return {theme: round(given.weights.get(theme, 0.0) * 100, 1) for theme in known}


def section_html(assessment: Assessment) -> str:
    """The residents' weights of a place, for a page that stands alone; nothing where it has none."""
    given = assessment.place.residents_weights
    if given is None:
        return ""
    told = f"<p>{escape(given.withheld)}</p>"
    if given.weights:
        found = peoples_weights(assessment, given.weights, given.people)
        told = f"<p>{NOTHING_WEIGHED}</p>" if found is None else weights_html(assessment, found)
    return f"<h2>The people’s weights</h2>{told}"


def weights_html(assessment: Assessment, found: PeoplesWeights) -> str:
    """What the residents' weights change: a plain sentence, the weights beside each other, and every area's two ranks."""
    who = (
        f"{counted(found.people, 'resident')} gave these weights."
        if found.people is not None
        else "These weights are tried out here; nobody is said to have given them."
    )
    return "".join(
        (
            f"<p>{who} {escape(_sentence(assessment, found))}</p>",
            _themes_table(found),
            f"<details><summary>Every area under both</summary>{_areas_table(assessment, found)}</details>",
            "<p>The index is of mapped places and groups within a walk, whoever weighs it; it does not measure friendship, trust or "
            "volunteering.</p>",
        )
    )


def _sentence(assessment: Assessment, found: PeoplesWeights) -> str:
    names = assessment.areas["area_name"]
    areas = found.areas

    def named(flip: str) -> str:
        return ", ".join(str(names[code]) for code in areas.index[areas["flips"] == flip])

    number = int(areas["officers_priority"].sum()), int(areas["residents_priority"].sum())
    flips = [
        f"{named(flip)} {what}"
        for flip, what in (("drops out", "would no longer be a priority"), ("comes in", "would be one"))
        if named(flip)
    ]
    if flips:
        told = f"With them {' and '.join(flips)}: {number[1]} in all, and {number[0]} with the officers’ weights."
    elif number[0]:
        told = f"With them {'the same area is' if number[0] == 1 else f'the same {number[0]} areas are'} a priority."
    else:
        told = "With them, too, no area is a priority."
    if pd.isna(found.spearman):
        return told
    if found.spearman > _SAME_ORDER:
        return f"{told} Areas keep the same order."
    agreement = f"{found.spearman:.2f}".replace("-", "−")
    return f"{told} Spearman’s correlation of the two orders of areas is {agreement} (1 = the same order)."


def _themes_table(found: PeoplesWeights) -> str:
    def row(each: Any) -> str:
        cells = "".join(
            f'<td class="am-number">{"not known" if pd.isna(share) else f"{share:.0%}"}</td>'
            for share in (each.officers, each.residents)
        )
        return f'<tr><th scope="row">{escape(themes()[each.Index])}</th>{cells}</tr>'

    whose = (
        "Residents"
        if found.people is None
        else f"Residents <small>({counted(found.people, 'person', 'people')})</small>"
    )
    heads = ("Theme", "Officers <small>(the settings)</small>", whose)
    caption = "Share of the whole weight that each theme has."
    return table_html("Weights of the themes", caption, heads, map(row, found.themes.itertuples()))


def _areas_table(assessment: Assessment, found: PeoplesWeights) -> str:
    table = found.areas.assign(area_name=assessment.areas["area_name"])
    # What changes first, then the fewest resources as residents weigh them.
    ordered = table.assign(still=table["flips"] == "").sort_values(
        ["still", "residents_rank"], na_position="last", kind="stable"
    )

    def rank(value: Any) -> str:
        return f'<td class="am-number">{"not known" if pd.isna(value) else f"{value:g}"}</td>'

    def row(each: Any) -> str:
        priority = "".join(
            f"<td>{'priority' if yes else '–'}</td>"
            for yes in (each.officers_priority, each.residents_priority)
        )
        head = f"{escape(str(each.area_name))}<br><small>{escape(str(each.Index))}</small>"
        ranks = rank(each.officers_rank) + rank(each.residents_rank)
        return f'<tr><th scope="row">{head}</th>{ranks}{priority}<td>{each.flips or "–"}</td></tr>'

    heads = (
        "Area",
        "Rank, officers <small>(1 = fewest resources)</small>",
        "Rank, residents <small>(1 = fewest resources)</small>",
        "Priority, officers",
        "Priority, residents",
        "What changes",
    )
    caption = (
        f"{counted(len(table), 'area')}: those whose standing changes first, then by the residents’ rank."
    )
    return table_html("Areas under both weights", caption, heads, map(row, ordered.itertuples()))
