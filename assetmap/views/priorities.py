"""The ranked list of priority neighbourhoods, and of the areas that come nearest to being one, as a table to choose from.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from assetmap.columns import COLUMNS
from assetmap.evidence import CANNOT_TELL, MISSING, REAL_GAP
from assetmap.gaps import STANDARDS, Standard, patches
from assetmap.languages import say
from assetmap.model import THEMES, Assessment
from assetmap.reasons import minutes, standings, strong_and_thin
from assetmap.taxonomy import themes
from assetmap.views.neighbourhoods import choice_labels
from assetmap.views.report import in_draws, of_draws
from assetmap.views.tables import table_html

__all__ = ["MOST_NEAR", "SHARES", "VERDICTS", "Listed", "chosen", "filters", "listed", "table"]

#: So many areas are listed that are no priority and come nearest to it.
MOST_NEAR = 10

#: What may be said of a standard that an area misses, as a reader chooses among them; each with the key of its words.
VERDICTS = {
    REAL_GAP: "priorities.verdict_gap",
    MISSING: "priorities.verdict_missing",
    CANNOT_TELL: "priorities.verdict_unsure",
}

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
        str(each.patch): say("priorities.patch", number=each.patch, name=each.patch_name)
        for each in patches(assessment).itertuples()
    }
    wards = sorted({label for labels in _inside(assessment).values() for label in labels})
    given: dict[str, tuple[str, dict[str, str]]] = {
        "patch": (say("priorities.filter_patch"), {"": say("priorities.any_patch"), **together}),
        "thin": (say("priorities.filter_thin"), {"": say("priorities.any_theme"), **themes()}),
        "verdict": (
            say("priorities.filter_verdict"),
            {"": say("priorities.any_verdict"), **{each: say(key) for each, key in VERDICTS.items()}},
        ),
        "within": (
            say("priorities.filter_within"),
            {"": say("priorities.anywhere"), **{label: label for label in wards}},
        ),
        "draws": (
            say("priorities.filter_draws"),
            {
                "": say("priorities.any_share"),
                **{each: say("priorities.share", percent=each) for each in SHARES},
            },
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
        say("priorities.head_rank"),
        say("priorities.head_area"),
        say("priorities.head_short"),
        *(
            f"{escape(COLUMNS[name].label)} <small>({escape(COLUMNS[name].direction)})</small>"
            for name in ("deprivation_decile", resources)
        ),
        *([say("priorities.head_draws")] if drawn else []),
    ]
    body = [_row(areas.loc[row.code], row, resources, drawn) for row in rows]
    caption = say("priorities.caption", n=len(rows))
    if drawn:
        caption += f" {say('priorities.caption_draws')}"
    return table_html(say("priorities.table"), caption, heads, body)


def _row(area: Any, row: Listed, resources: str, drawn: bool) -> str:
    code, name = escape(row.code), escape(str(area["area_name"]))
    rank = (
        f'<span class="am-count">{area["priority_rank"]}</span>'
        if row.priority
        else say("priorities.no_priority")
    )
    where = say("priorities.code_in_patch", code=code, patch=escape(row.patch)) if row.patch else code
    people = (
        say("priorities.no_residents")
        if pd.isna(area["population"])
        else say("priorities.residents", people=area["population"])
    )
    band = ""
    if in_draws(area):
        ranks = say(
            "priorities.band", rank=area["resource_rank"], low=area["rank_low"], high=area["rank_high"]
        )
        band = f"<br><small>{ranks}</small>"
    deprived, few = (
        say("priorities.not_known") if pd.isna(area[each]) else f"{area[each]:g}"
        for each in ("deprivation_decile", resources)
    )
    numbers = [deprived, few + band]
    if drawn:
        share = area["priority_share"]
        numbers.append(say("priorities.not_known") if pd.isna(share) else of_draws(share))
    cells = "".join(f'<td class="am-number">{text}</td>' for text in numbers)
    return (
        f'<tr><td class="am-number">{rank}</td><th scope="row"><button type="button" data-code="{code}">{name}</button>'
        f"<br><small>{where}<br>{people}</small></th><td>{_falls_short(area, row)}</td>{cells}</tr>"
    )


def _falls_short(area: Any, row: Listed) -> str:
    """Each standard that is missed, whether that is a gap or missing data, and what else is thin."""
    missed = _missed(area)
    told = []
    for each in missed:
        walk = area[f"{each.theme}_walk_min"]
        theme = f"<strong>{escape(themes()[each.theme])}</strong>"
        short = (
            say("priorities.short_none", theme=theme, within=each.within_min)
            if pd.isna(walk)
            else say("priorities.short", theme=theme, walk=minutes(walk), within=each.within_min)
        )
        key = VERDICTS.get(area.get(f"{each.theme}_evidence"))
        told.append(say("priorities.short_verdict", short=short, verdict=say(key).lower()) if key else short)
    rest = [
        themes()[theme].lower()
        for theme in THEMES
        if theme in row.themes and theme not in {each.theme for each in missed}
    ]
    if not missed:
        told.append(say("priorities.no_standard"))
    if rest:
        told.append(f"<small>{say('priorities.thin', themes=escape(', '.join(rest)))}</small>")
    return "<br>".join(told)
