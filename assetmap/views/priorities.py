"""The ranked list of priority neighbourhoods, and of the areas that come nearest to being one, as a table to choose from.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from assetmap.columns import COLUMNS
from assetmap.errors import counted
from assetmap.evidence import CANNOT_TELL, MISSING, REAL_GAP
from assetmap.gaps import STANDARDS, Standard, patches
from assetmap.model import THEMES, Assessment
from assetmap.reasons import minutes, standings, strong_and_thin
from assetmap.taxonomy import themes
from assetmap.views.neighbourhoods import choice_labels
from assetmap.views.report import in_draws, of_draws
from assetmap.views.tables import table_html

__all__ = ["MOST_NEAR", "SHARES", "VERDICTS", "Listed", "chosen", "filters", "listed", "table"]

#: So many areas are listed that are no priority and come nearest to it.
MOST_NEAR = 10

#: What may be said of a standard that an area misses, as a reader chooses among them.
VERDICTS = {REAL_GAP: "Real gap", MISSING: "Probably missing data", CANNOT_TELL: "Cannot tell"}

#: The lowest share of draws, in percent, to choose among.
SHARES = ("50", "75", "90", "95", "100")

#: A condition of the rule counts towards "comes nearest" from this many on: all three make a priority.
_ALL_BUT_ONE = 2


class Listed(NamedTuple):
    """One area of the list, and what it may be picked out by.

    Parameters
    ----------
    code
        Its area code.
    priority
        Whether it is a priority neighbourhood; else it comes near.
    patch
        Number of its patch; "" where it is in none.
    themes
        The themes that are thin there, or of which it misses a standard.
    verdicts
        What the lists can tell of each standard that it misses: keys of `VERDICTS`.
    share
        In how large a share of draws it is a priority, 0 to 1; NaN where that was not worked out.
    within
        The labels of the wards or neighbourhoods of the place's own that it is counted in.
    """

    code: str
    priority: bool
    patch: str
    themes: frozenset[str]
    verdicts: frozenset[str]
    share: float
    within: frozenset[str]


def listed(assessment: Assessment) -> list[Listed]:
    """The priority neighbourhoods, first priority first; then the areas that come nearest, nearest first.

    An area comes near that can be judged and meets all conditions but one, or is a priority in some draw: those of the largest share
    of draws first, then those of the fewest resources, `MOST_NEAR` at most.
    """
    areas = assessment.areas
    codes = [str(code) for code in (*assessment.priorities.index, *_near(assessment))]
    positions = standings(areas)
    inside = _inside(assessment)
    found = []
    for code in codes:
        area: Any = areas.loc[code]
        missed = _missed(area)
        position: Any = positions.loc[code]
        thin = strong_and_thin(area, position).thin
        told = (area.get(f"{each.theme}_evidence") for each in missed)
        share = area.get("priority_share")
        found.append(
            Listed(
                code,
                bool(area["priority"]),
                "" if pd.isna(area["patch"]) else str(area["patch"]),
                frozenset((*thin, *(each.theme for each in missed))),
                frozenset(each for each in told if each in VERDICTS),
                float("nan") if share is None else float(share),
                frozenset(inside.get(code, ())),
            )
        )
    return found


def _near(assessment: Assessment) -> list[Any]:
    areas = assessment.areas
    deprived = areas["deprivation_decile"] <= assessment.settings.high_deprivation_decile
    missed = areas[[each.column for each in STANDARDS]].fillna(False).any(axis=1)
    met = areas["resource_low"].astype(int) + deprived.fillna(False).astype(int) + missed.astype(int)
    judged = areas["resource_rank"].notna() & areas["deprivation_decile"].notna()
    share = areas["priority_share"].fillna(0.0) if "priority_share" in areas else pd.Series(0.0, areas.index)
    near = judged & ~areas["priority"] & ((met >= _ALL_BUT_ONE) | (share > 0))
    # Lowest first, so the share is turned round; a stable sort keeps equals in the order of their codes.
    order = areas[near].assign(turned=-share[near]).sort_values(["turned", "resource_rank"], kind="stable")
    return list(order.index[:MOST_NEAR])


def _missed(area: Any) -> list[Standard]:
    return [each for each in STANDARDS if pd.notna(area[each.column]) and area[each.column]]


def _inside(assessment: Assessment) -> dict[str, list[str]]:
    """The labels of the neighbourhoods that each area is counted in."""
    members = assessment.place.neighbourhoods
    labels = choice_labels(members)
    found: dict[str, list[str]] = {}
    for each in members[["list", "neighbourhood", "area_code"]].itertuples():
        found.setdefault(str(each.area_code), []).append(labels[str(each.list), str(each.neighbourhood)])
    return found


def filters(assessment: Assessment) -> dict[str, tuple[str, dict[str, str]]]:
    """What the list may be narrowed by: each filter's label and what may be chosen, by the word that links use; "" for any.

    A filter that this place has nothing for is left out.
    """
    areas = assessment.areas
    together = {
        str(each.patch): f"{each.patch}: {each.patch_name}" for each in patches(assessment).itertuples()
    }
    wards = sorted({label for labels in _inside(assessment).values() for label in labels})
    given: dict[str, tuple[str, dict[str, str]]] = {
        "patch": ("Patch", {"": "Any patch", **together}),
        "thin": ("Falls short or is thin", {"": "Any theme", **themes()}),
        "verdict": ("Gap or missing data", {"": "Any verdict", **VERDICTS}),
        "within": ("Ward or neighbourhood", {"": "Anywhere", **{label: label for label in wards}}),
        "draws": (
            "A priority in at least",
            {"": "Any share of draws", **{each: f"{each} % of draws" for each in SHARES}},
        ),
    }
    idle = {
        "patch": not together,
        "verdict": not any(f"{each.theme}_evidence" in areas for each in STANDARDS),
        "within": not wards,
        "draws": "priority_share" not in areas or bool(areas["priority_share"].isna().all()),
    }
    return {name: filter_ for name, filter_ in given.items() if not idle.get(name)}


def chosen(rows: Sequence[Listed], asked: Mapping[str, str]) -> list[Listed]:
    """Those of the list that pass every filter.

    Parameters
    ----------
    rows
        The list.
    asked
        What is asked of each filter of `filters`; "" for any.
    """

    def passes(row: Listed) -> bool:
        wanted = {name: value for name, value in asked.items() if value}
        return (
            wanted.get("patch", row.patch) == row.patch
            and ("thin" not in wanted or wanted["thin"] in row.themes)
            and ("verdict" not in wanted or wanted["verdict"] in row.verdicts)
            and ("within" not in wanted or wanted["within"] in row.within)
            and ("draws" not in wanted or row.share * 100 >= float(wanted["draws"]))
        )

    return [row for row in rows if passes(row)]


# -- the table ------------------------------------------------------------------------------------


def table(assessment: Assessment, rows: Sequence[Listed]) -> str:
    """The list as a table in HTML, in which each area's name is a button that carries its code."""
    areas = assessment.areas
    resources = "resource_decile" if areas["resource_decile"].notna().any() else "resource_rank"
    drawn = "rank_low" in areas and bool(areas["rank_low"].notna().any())
    heads = [
        "Rank",
        "Neighbourhood",
        "Falls short of",
        *(
            f"{escape(COLUMNS[name].label)} <small>({escape(COLUMNS[name].direction)})</small>"
            for name in ("deprivation_decile", resources)
        ),
        *(["Priority in <small>(share of draws)</small>"] if drawn else []),
    ]
    body = [_row(areas.loc[row.code], row, resources, drawn) for row in rows]
    caption = (
        f"{counted(len(rows), 'area')}, first priority first. Choose one by its name: the map shows where it is, and its account "
        "follows."
    )
    if drawn:
        caption += " Beside each rank: what it is between in nine of ten draws of weights, scale, mean, catchment and walking speed."
    return table_html("Priority neighbourhoods, ranked", caption, heads, body)


def _row(area: Any, row: Listed, resources: str, drawn: bool) -> str:
    code, name = escape(row.code), escape(str(area["area_name"]))
    rank = f'<span class="am-count">{area["priority_rank"]}</span>' if row.priority else "no priority"
    of_patch = f", patch {escape(row.patch)}" if row.patch else ""
    people = "residents not known" if pd.isna(area["population"]) else f"{area['population']:,.0f} residents"
    band = ""
    if in_draws(area):
        band = f"<br><small>rank {area['resource_rank']:g} ({area['rank_low']:g}&nbsp;to&nbsp;{area['rank_high']:g})</small>"
    deprived, few = (
        "not known" if pd.isna(area[each]) else f"{area[each]:g}"
        for each in ("deprivation_decile", resources)
    )
    numbers = [deprived, few + band]
    if drawn:
        share = area["priority_share"]
        numbers.append("not known" if pd.isna(share) else of_draws(share))
    cells = "".join(f'<td class="am-number">{text}</td>' for text in numbers)
    return (
        f'<tr><td class="am-number">{rank}</td><th scope="row"><button type="button" data-code="{code}">{name}</button>'
        f"<br><small>{code}{of_patch}<br>{people}</small></th><td>{_falls_short(area, row)}</td>{cells}</tr>"
    )


def _falls_short(area: Any, row: Listed) -> str:
    """Each standard that is missed, whether that is a gap or missing data, and what else is thin."""
    missed = _missed(area)
    told = []
    for each in missed:
        walk = area[f"{each.theme}_walk_min"]
        nearest = "none can be walked to" if pd.isna(walk) else f"nearest {minutes(walk)}"
        verdict = VERDICTS.get(area.get(f"{each.theme}_evidence"))
        told.append(
            f"<strong>{escape(themes()[each.theme])}</strong>: {nearest}, standard {each.within_min:g}"
            + (f"; {verdict.lower()}" if verdict else "")
        )
    rest = [
        themes()[theme].lower()
        for theme in THEMES
        if theme in row.themes and theme not in {each.theme for each in missed}
    ]
    if not missed:
        told.append("no standard")
    if rest:
        told.append(f"<small>thin: {escape(', '.join(rest))}</small>")
    return "<br>".join(told)
