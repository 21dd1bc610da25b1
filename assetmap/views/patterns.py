"""How areas lie together, in words and tables: patches, clusters, and whether the headline holds for smaller and larger areas."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from assetmap.clusters import CLUSTERS, FEWEST_AREAS, Clusters, label_of
from assetmap.columns import CLUSTER_COLUMNS, LEVEL_COLUMNS, MORAN_COLUMNS, PATCH_COLUMNS
from assetmap.errors import counted
from assetmap.gaps import patches
from assetmap.levels import (
    AREAS,
    CANNOT_TELL,
    DOES_NOT_HOLD,
    HEADLINES,
    HOLDS,
    LARGER,
    SMALLER,
    what_to_add,
)
from assetmap.model import Assessment
from assetmap.views.tables import table_html

__all__ = ["clusters_html", "in_patch", "levels_html", "patches_html"]


def patches_html(assessment: Assessment) -> str:
    """The patches of two areas and more, for working with people on the ground; nothing where no priorities touch."""
    found = patches(assessment)
    found = found[found["areas"] > 1]
    if found.empty:
        return ""

    def row(each: Any) -> str:
        people = "not known" if pd.isna(each.people) else f"{each.people:,.0f}"
        numbers = f'<td class="am-number">{each.areas}</td><td class="am-number">{people}</td>'
        return f'<tr><th scope="row">{each.patch}. {escape(each.patch_name)}</th>{numbers}<td>{escape(each.area_names)}</td></tr>'

    heads = ("Patch", *(escape(PATCH_COLUMNS[name].label) for name in ("areas", "people", "area_names")))
    caption = (
        "Priority neighbourhoods that touch, along an edge or at a corner, put together for working with people on the ground. "
        "Lines on a map: ask the people there what their neighbourhood is."
    )
    return table_html("Patches", caption, heads, map(row, found.itertuples()))


def in_patch(assessment: Assessment) -> dict[str, str]:
    """Which patch each priority neighbourhood is in, as a sentence; nothing for one that touches no other."""
    found = patches(assessment)

    def told(each: Any) -> str:
        people = "" if pd.isna(each.people) else f", {each.people:,.0f} residents"
        return f"In patch {each.patch}: {each.patch_name} ({counted(each.areas, 'area')}{people})."

    sentences = {each.patch: told(each) for each in found[found["areas"] > 1].itertuples()}
    codes = assessment.priorities["patch"].items()
    return {str(code): sentences[patch] for code, patch in codes if patch in sentences}


def clusters_html(assessment: Assessment, found: Clusters) -> str:
    """Whether areas that touch are alike, for the place as a whole and area by area."""
    if found.whole.empty:
        return "<p>Social resources are not known here, so no pattern can be looked for.</p>"
    whole = found.whole.iloc[0]
    names = assessment.areas["area_name"]
    of_index = found.areas[found.areas["figure"] == "index"].set_index("area_code")["cluster"]

    def named(cluster: str) -> str:
        codes = of_index.index[of_index == cluster]
        return f"<li><strong>{cluster.capitalize()}</strong>: {escape('; '.join(names[codes]))}.</li>"

    seen = [each for each in CLUSTERS.values() if (of_index == each).any()]
    listed = (
        f"<p>By all themes together:</p><ul>{''.join(map(named, seen))}</ul>"
        if seen
        else "<p>By all themes together no single area stands out from what chance would give.</p>"
        if whole["areas"] >= FEWEST_AREAS
        else ""
    )

    def number(value: Any, form: str) -> str:
        return (
            f'<td class="am-number">{"–" if pd.isna(value) else format(value, form).replace("-", "−")}</td>'
        )

    def row(each: dict[Any, Any]) -> str:
        figures = number(each["moran"], ".2f") + number(each["p"], ".3f")
        counts = "".join(number(each[name.replace(" ", "_")], "d") for name in CLUSTERS.values())
        return f'<tr><th scope="row">{escape(label_of(each["figure"]))}</th>{figures}{counts}</tr>'

    heads = (
        "Theme",
        *(escape(MORAN_COLUMNS[name].label) for name in ("moran", "p")),
        *(each.capitalize() for each in CLUSTERS.values()),
    )
    caption = "Moran’s I of the whole place, and how many areas lie so beside their neighbours that chance would rarely give the like."
    table = table_html(
        "Where alike areas lie together", caption, heads, map(row, found.whole.to_dict("records"))
    )
    caveat = CLUSTER_COLUMNS["cluster"].caveat
    return (
        f"<p>{escape(whole['sentence'])}</p>{listed}{table}<ul><li>Few and many are below and above the middle rank of this place. "
        "“Few among few” has fewer, and so have its neighbours; “few among many” stands out from neighbours that have more.</li>"
        "<li>Told are only those areas that pass a false discovery rate of 5 %: of many areas looked at, some look unusual by chance. "
        f"An area that is not told may still lack resources: see its own figures.</li><li>{escape(caveat)}</li></ul>"
    )


_WORDS = {HOLDS: "Holds", DOES_NOT_HOLD: "Does not hold", CANNOT_TELL: "Cannot tell", "": "–"}


def levels_html(assessment: Assessment, found: pd.DataFrame) -> str:
    """The headline for smaller and larger areas, and whether it holds there; or what to add for that to be looked at."""
    to_add = "".join(f"<li>{escape(each)}</li>" for each in what_to_add(assessment.place))
    missing = f"<p>To look at it for more levels:</p><ul>{to_add}</ul>" if to_add else ""
    lead = (
        "<p>The same people counted by smaller or larger areas can give another answer, for no better reason than where lines "
        "were drawn (the modifiable areal unit problem).</p>"
    )
    summary = "".join(f"<li>{escape(each)}</li>" for each in _summary(found[found["level"] != AREAS]))
    tables = "".join(_of_headline(found[found["headline"] == each], each) for each in HEADLINES)
    rule = "".join(f"<li>{escape(each)}</li>" for each in _RULE)
    if not summary:
        alone = "<p>This place gives neither finer points nor larger areas to compare with.</p>"
        return f"{lead}{alone}{missing}{tables}"
    return f"{lead}<ul>{summary}</ul>{tables}<p>How that is judged:</p><ul>{rule}</ul>{missing}"


_RULE = (
    "A walk holds where the slope is clear at both levels and runs the same way, or is clear at neither. Where it runs the same way and "
    "is not clear at the other level, nobody can tell.",
    "The correlation holds where it says the same: fewer for the more deprived, more, or no clear pattern. Where it says something else, and "
    "its interval holds the areas’ figure, nobody can tell.",
    "The share of residents holds where there are some, or none, at both levels, no more than 5 percentage points apart.",
    "Larger areas are ranked by the means of the areas in them, weighted by residents; one is highly deprived where most of its "
    "residents live in areas that are. Smaller points have the deprivation of the area they are in.",
)


def _summary(others: pd.DataFrame) -> Iterable[str]:
    """Each headline, and the levels at which it holds or not."""
    for headline, rows in others.groupby("headline", sort=False):
        verdicts = zip(rows["holds"], rows["level"], strict=True)
        told = "; ".join(f"{_WORDS[verdict].lower()} for {_short(level)}" for verdict, level in verdicts)
        yield f"{HEADLINES[str(headline)]}: {told}."


def _short(level: str) -> str:
    """A level in few words: the points are named in full in the tables."""
    return "smaller units" if level.startswith(SMALLER) else f"larger ones ({level.removeprefix(LARGER)})"


def _of_headline(found: pd.DataFrame, headline: str) -> str:
    """One headline at every level: in words, and as a table."""

    def row(each: Any) -> str:
        head = f'<th scope="row">{escape(each.level)}</th><td class="am-number">{each.units:,}</td>'
        interval = (
            ""
            if pd.isna(each.lower)
            else f"<br><small>{_number(each.lower, headline)} to {_number(each.upper, headline)}</small>"
        )
        figure = f'<td class="am-number">{_number(each.figure, headline)}{interval}</td>'
        return f"<tr>{head}{figure}<td>{_WORDS[each.holds]}</td></tr>"

    heads = ("Level", LEVEL_COLUMNS["units"].label, _FIGURE_HEADS[headline], "Holds?")
    label = escape(HEADLINES[headline])
    table = table_html(label, label, heads, map(row, found.itertuples()))
    told = zip(found["level"], found["sentence"], strict=True)
    words = "".join(
        f"<li><strong>{escape(level)}</strong>. {escape(sentence)}</li>" for level, sentence in told
    )
    return f"<h3>{label}</h3><ul>{words}</ul>{table}"


_FIGURE_HEADS = {
    "hubs": "Slope, minutes <small>(95 % interval)</small>",
    "green_space": "Slope, minutes <small>(95 % interval)</small>",
    "correlation": "Spearman’s correlation <small>(95 % interval)</small>",
    "priority_share": "Share of residents",
}


def _number(value: float, headline: str) -> str:
    if pd.isna(value):
        return "–"
    if headline == "priority_share":
        return f"{value * 100:.1f} %"
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
