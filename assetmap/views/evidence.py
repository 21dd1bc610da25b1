"""Gap or missing data, in words and tables; and the list that residents take along on a walk.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import pandas as pd

from assetmap import gaps
from assetmap.columns import POOL_COLUMNS
from assetmap.errors import counted
from assetmap.evidence import CANNOT_TELL as UNTOLD
from assetmap.evidence import (
    EVIDENT,
    FRAGILE,
    LOOK_FOR,
    MIN_MATCHES,
    MISSING,
    REAL_GAP,
    SERVED,
    Evidence,
    walk_list,
)
from assetmap.model import THEMES, Assessment
from assetmap.taxonomy import kinds, themes
from assetmap.views.leaflet import inlined_css
from assetmap.views.tables import table_html

__all__ = ["OFFICERS", "evidence_html", "walk_list_html"]

#: What the switch to the officers' view says of itself.
OFFICERS = (
    "Shows which areas hang on one place, by its name. Only for those who talk to the group first: never part of a link. "
    "What a group has been told (decisions.csv, “told”) shows to all."
)

_MEANING = {
    SERVED: "a place is known within reach of most residents",
    FRAGILE: "so it is, but without one of these places it would not be",
    MISSING: "none is known, and it is more likely than not that some are on no list: a walk for residents to check",
    REAL_GAP: "none is known, and the lists are complete enough to expect none",
    UNTOLD: "the lists cannot tell whether there is one, and the account of the area says why",
}


def evidence_html(assessment: Assessment, found: Evidence) -> str:
    """Whether areas that lack a theme have a gap, or the lists have; area by area, and what it rests on."""
    shown = [each for each in EVIDENT if each != FRAGILE or (found.areas["evidence"] == FRAGILE).any()]
    meaning = "".join(f"<li><strong>{each.capitalize()}</strong>: {_MEANING[each]}.</li>" for each in shown)
    officers = (
        "<p><strong>For officers.</strong> It names places that an area hangs on. Talk to their groups before anybody else "
        "reads it.</p>"
        if found.for_officers
        else ""
    )
    as_of = (
        f" Ages are counted to {escape(found.as_of)}, the newest date in the files." if found.as_of else ""
    )
    return (
        f"{officers}<p>An area in which nothing is known may have nothing, or the lists may have missed it. Where two lists name "
        f"a kind of place, how far they agree tells how much both leave out.</p><ul>{meaning}</ul>"
        f"{_areas_table(assessment, found)}<h3>What two lists tell</h3><p>Lists often copy from each other, and a place that is on "
        "neither for the same reason is never seen: the number of places is a lower bound, and the share that is known an upper "
        f"one. Under {MIN_MATCHES} places on both, nothing is told. {_doubtful(found.doubtful)}{as_of}</p>{_pools_table(found)}"
    )


def _doubtful(pairs: int | None) -> str:
    """What pairs of listings that may be one place do to the estimates."""
    if pairs is None:
        return (
            "The lists have not been compared (assetmap match): what stands on two of them under different words counts as two "
            "places, which makes the lists look less complete than they are."
        )
    if not pairs:
        return "No pair of listings waits for a person to say whether it is one place."
    are = "pairs of listings wait" if pairs > 1 else "pair of listings waits"
    return f"{pairs:,} {are} for a person to say whether they are one place: each that is makes the lists more complete than told here."


def _areas_table(assessment: Assessment, found: Evidence) -> str:
    """The areas that are not served in every theme, priorities first."""
    what = {(row["area_code"], row["theme"]): row for row in found.areas.to_dict("records")}
    ordered = assessment.areas.sort_values(["priority_rank", "area_name"], kind="stable").index
    lacking = [code for code in ordered if any(what[code, theme]["evidence"] != SERVED for theme in THEMES)]

    def cell(code: str, theme: str) -> str:
        row = what[code, theme]
        label = f"<strong>{row['evidence']}</strong>" if row["evidence"] != SERVED else SERVED
        more = ""
        if row["evidence"] == FRAGILE:
            more = f"<br><small>{escape(row['hangs_on'])}</small>"
        elif row["evidence"] in (MISSING, REAL_GAP):
            more = f"<br><small>chance of one on no list: {row['missing_chance']:.0%} to {row['missing_chance_high']:.0%}</small>"
        return f"<td>{label}{more}</td>"

    def row(code: str) -> str:
        area = assessment.areas.loc[code]
        first = f"<br><small>Priority {area['priority_rank']}</small>" if area["priority"] else ""
        head = f'<th scope="row">{escape(str(area["area_name"]))}{first}</th>'
        return f"<tr>{head}{''.join(cell(code, theme) for theme in THEMES)}</tr>"

    asked = {each.theme: each.within_min for each in gaps.STANDARDS}
    minutes = {theme: asked.get(theme, assessment.settings.catchment_min) for theme in THEMES}
    heads = [
        "Area",
        *(f"{escape(themes()[theme])} <small>({minutes[theme]:g} min)</small>" for theme in THEMES),
    ]
    rest = len(ordered) - len(lacking)
    caption = (
        f"{counted(len(lacking), 'area')} where some theme is not served; {rest:,} more {'is' if rest == 1 else 'are'} served in all. "
        "Why is told with each area, under “How sure we are”."
    )
    return table_html("Gap or missing data, by area", caption, heads, map(row, lacking))


def _pools_table(found: Evidence) -> str:
    heads = [
        "Kind of place",
        f"{POOL_COLUMNS['deprivation_fifth'].label} <small>({POOL_COLUMNS['deprivation_fifth'].direction})</small>",
        "On one list, on the others, on both",
        "Known",
        "There are, at least <small>(95 % interval)</small>",
        "Known share, at most",
        "In words",
    ]

    def row(each: Any) -> str:
        what = kinds()[each.kind].label if each.kind else f"{themes()[each.theme]}: all such kinds"
        lists = f"{escape(each.list)}; {escape(each.other_lists) or 'no other'}"
        fifth = "all" if pd.isna(each.deprivation_fifth) else str(each.deprivation_fifth)
        told = pd.notna(each.estimate)
        number = f"{each.estimate:.1f}<br><small>{each.estimate_low:.0f} to {each.estimate_high:.0f}</small>"
        texts = (
            fifth,
            f"{each.first_count}, {each.second_count}, {each.matched}",
            str(each.known),
            number if told else "cannot tell",
            f"{each.completeness:.0%}" if told else "cannot tell",
        )
        cells = "".join(f'<td class="am-number">{text}</td>' for text in texts)
        return f'<tr><th scope="row">{escape(what)}<br><small>{lists}</small></th>{cells}<td>{escape(each.words)}</td></tr>'

    caption = "For each kind of place: the list with most of them, against all others together."
    return table_html("What two lists tell", caption, heads, map(row, found.pools.itertuples()))


# -- the walk list --------------------------------------------------------------------------------


def walk_list_html(assessment: Assessment, found: Evidence) -> str:
    """The walk list as a page to print: large, black on white, boxes to tick and lines to write on."""
    place = assessment.place
    rows = walk_list(assessment, found)
    title = escape(f"Walk list: {place.name}")
    fictional = "<p><strong>A fictional place.</strong></p>" if place.fictional else ""
    if rows.empty:
        body = "<p>There is no area where data are probably missing, nor a priority where that cannot be told.</p>"
    else:
        number = rows["area_code"].nunique()
        body = (
            f"<p>{counted(number, 'area')} where a place may be missing from our lists. Go by day, go together, and look only at "
            "what is open to all: no homes, and no names of people.</p>" + "".join(_sections(rows))
        )
    as_of = f" The lists are of {escape(found.as_of)} or before." if found.as_of else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        f'initial-scale=1"><title>{title}</title><style>{inlined_css("walk_list.css")}</style></head>'
        f"<body><main><h1>{title}</h1>{fictional}{body}"
        f"<p>Please give it back to whoever gave it to you; what you found goes on the lists.{as_of}</p></main></body></html>\n"
    )


def _sections(rows: pd.DataFrame) -> Iterator[str]:
    for code, area in rows.groupby("area_code", sort=False):
        find, check = area[area["what"] == LOOK_FOR], area[area["what"] != LOOK_FOR]
        yield f"<section><h2>{escape(str(area['area_name'].iloc[0]))}</h2><p>Area {escape(str(code))}</p>"
        if len(find):
            yield "<h3>Is there one of these, or anything like it?</h3><ul>"
            yield from (_to_find(row) for row in find.itertuples())
            yield "</ul>"
        if len(check):
            yield "<h3>Are these there, and open?</h3><ul>"
            yield from (_to_check(row) for row in check.itertuples())
            yield "</ul>"
        yield f"<h3>Anything else that people here use?</h3><ul>{_item('')}{_item('')}</ul></section>"


def _to_find(row: Any) -> str:
    return _item(f"<strong>{escape(kinds()[row.kind].label)}</strong> ({escape(row.why)})")


def _to_check(row: Any) -> str:
    where = ", ".join(text for text in (row.address, row.postcode) if text)
    at = f", {escape(where)}" if where else ""
    return _item(
        f"<strong>{escape(row.name)}</strong> ({escape(kinds()[row.kind].label)}){at}: {escape(row.why)}"
    )


def _item(text: str) -> str:
    return f'<li><span class="box" aria-hidden="true"></span>{text}<span class="line">Found:</span></li>'
