"""Neighbourhoods of people's own making, in words and tables: strengths first, and which areas were counted.

Text that came from a file or a person passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from assetmap.errors import Problem, counted
from assetmap.model import THEMES, Assessment
from assetmap.neighbourhoods import neighbourhood_figures
from assetmap.reasons import minutes
from assetmap.taxonomy import kinds, themes
from assetmap.views.maps import mark_html
from assetmap.views.tables import table_html

__all__ = [
    "ABOUT",
    "CORNERS",
    "COUNTING",
    "DEMO_TOLD",
    "REMOVING",
    "WAYS",
    "account_html",
    "choice_labels",
    "counted_html",
    "figures_html",
    "legend_html",
    "paint",
    "problems_html",
    "section_html",
]

ABOUT = (
    "An estate, a patch, a parish: make your own and see what is strong there. Its figures are put together from those of "
    "the areas counted, by residents, and each says which areas those are."
)

DEMO_TOLD = (
    "The demo town is part of assetmap, so nothing is kept in it. Make a copy of the town to keep a neighbourhood, or "
    "download the figures."
)

REMOVING = "It is taken out of the place. What was made here loses its file as well; the areas and their figures stay as they are."

CORNERS = (
    "In metres, such as 376543, 387654; or as longitude, latitude, such as -2.35, 53.38. Change a number to move a corner: 100 more "
    "in the first is 100 metres further east. Add or delete lines as you like."
)

#: The ways to make a neighbourhood.
WAYS = {
    "draw": "Draw it on the map",
    "areas": "Choose its areas",
    "list": "List postcodes or area codes",
    "file": "Bring a file",
}

#: How the areas inside an outline are counted, by the word of a recipe.
COUNTING = {
    "points": "Whole areas, if the middle of where their people live is inside",
    "postcodes": "Parts of areas, by their postcodes inside",
}

#: Shares that are whole but for rounding.
_WHOLE = 0.9995

_WHOLE_FILL, _PART_FILL, _NO_FILL = "#1f5fa8", "#8fbbe8", "#efece4"
_NAMES_TOLD = 6


def _share(value: Any) -> str:
    return "not known" if pd.isna(value) else f"{value:.0%}"


def _deprived(row: Any) -> float:
    """The share of residents in areas of the two most deprived deciles; NaN where no area's decile is known."""
    return float(row.decile_1_share + row.decile_2_share)


def _people(row: Any) -> str:
    return "not known" if pd.isna(row.population) else f"{row.population:,.0f}"


def _parts(assessment: Assessment, members: pd.DataFrame) -> pd.DataFrame:
    return members.join(assessment.areas, on="area_code")


def figures_html(assessment: Assessment, members: pd.DataFrame) -> str:
    """The figures of every neighbourhood, with the areas counted and how, as a table."""
    figures = neighbourhood_figures(assessment, members)
    parts = dict(iter(_parts(assessment, members).groupby(["list", "neighbourhood"], sort=False)))

    def row(each: Any) -> str:
        theirs = parts[each.list, each.neighbourhood]
        of_list = "" if each.list == each.neighbourhood else f"<br><small>{escape(each.list)}</small>"
        names = "".join(
            f"<li>{escape(str(name))} ({code}): {share:.3g} %</li>"
            for name, code, share in zip(
                theirs["area_name"], map(escape, theirs["area_code"]), theirs["share"] * 100, strict=True
            )
        )
        numbers = (_people(each), _share(_deprived(each)), _green(each.green_ha_per_1000), _index(each))
        cells = [f'<td class="am-number">{text}</td>' for text in numbers]
        reach = [f"<td>{_reach(each, theme)}</td>" for theme in THEMES]
        how = (
            f"<details><summary>{counted(each.areas_counted, 'area')}</summary><ul>{names}</ul></details>"
            f"<small>{escape(each.method)}</small>"
        )
        head = f'<th scope="row">{escape(each.neighbourhood)}{of_list}</th>'
        return f'<tr>{head}{cells[0]}{"".join(reach)}{cells[2]}{cells[3]}{cells[1]}<td class="am-how">{how}</td></tr>'

    heads = [
        "Neighbourhood",
        "Residents",
        *(escape(label) for label in themes().values()),
        "Hectares of green space <small>(per 1,000)</small>",
        "Social resource index <small>(0 to 100; 100 = fewest resources)</small>",
        "In the most deprived fifth <small>(deciles 1, 2)</small>",
        "Areas counted, and how",
    ]
    caption = (
        f"{counted(len(figures), 'neighbourhood')}. For each theme: residents with one within "
        f"{assessment.settings.catchment_min:g} minutes’ walk, and how far the nearest is on average. All of "
        "these, green space, the index and deprivation are averages or shares of residents. The index is of mapped places and groups "
        "within a walk, not of friendship, trust or volunteering; ranks are among the neighbourhoods of one list."
    )
    table = table_html("Neighbourhoods", caption, heads, map(row, figures.itertuples()))
    return f'<div class="am-account am-own">{table}</div>'


def _index(row: Any) -> str:
    if pd.isna(row.resource_lack):
        return "not known"
    rank = (
        ""
        if pd.isna(row.resource_rank)
        else f"<br><small>rank {row.resource_rank:g} of {row.resource_of}</small>"
    )
    return f"{row.resource_lack:.0f}{rank}"


def _green(value: Any) -> str:
    return "not known" if pd.isna(value) else f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def _reach(row: Any, theme: str) -> str:
    share, walk = getattr(row, f"{theme}_reach_share"), getattr(row, f"{theme}_walk_min")
    if pd.isna(share):
        return "not known"
    known = getattr(row, f"{theme}_known_share")
    text = f"{share:.0%}" + ("" if known >= _WHOLE else f" <small>of the {known:.0%} known</small>")
    return text if pd.isna(walk) else f"{text}<br><small>{minutes(walk).replace(' ', '&nbsp;')}</small>"


def account_html(assessment: Assessment, members: pd.DataFrame, name: str) -> str:
    """What is known of one neighbourhood: what is strong there, what is thin, its figures, and how sure we are."""
    everywhere = pd.DataFrame({"area_code": assessment.areas.index, "share": 1.0}).assign(
        list="", neighbourhood="", method=""
    )
    here: Any = next(neighbourhood_figures(assessment, members).itertuples())
    whole: Any = next(neighbourhood_figures(assessment, everywhere).itertuples())
    strong: list[str] = []
    thin: list[str] = []
    for theme, label in themes().items():
        share, usual = getattr(here, f"{theme}_reach_share"), getattr(whole, f"{theme}_reach_share")
        if pd.isna(share):
            continue
        told = (
            f"{label}: {share:.0%} of residents have one within {assessment.settings.catchment_min:g} minutes’ walk "
            f"({usual:.0%} in the whole place)."
        )
        (strong if share > 0 and share >= usual - 0.005 else thin).append(told)
    facts = [f"Residents: {_people(here)}, by {counted(here.areas_counted, 'area')}."]
    if not pd.isna(_deprived(here)):
        facts.append(
            f"{_deprived(here):.0%} of residents live in areas of the most deprived fifth, deciles 1 and 2 "
            f"({_deprived(whole):.0%} in the whole place)."
        )
    if not pd.isna(here.green_ha_per_1000):
        facts.append(f"Green space: {_green(here.green_ha_per_1000)} hectares per 1,000 residents.")
    if not pd.isna(here.resource_lack):
        of_list = ""
        if not pd.isna(here.resource_rank):
            of_list = f"; rank {here.resource_rank:g} of the {here.resource_of} neighbourhoods of its list (1 = fewest)"
        usual = "" if pd.isna(whole.resource_lack) else f" ({whole.resource_lack:.0f} in the whole place)"
        facts.append(
            f"Social resource index, the mean of its areas’: {here.resource_lack:.0f} of 100, 100 = fewest resources{usual}{of_list}. "
            "It is of mapped places and groups within a walk, not of friendship, trust or volunteering."
        )
    nearest = [
        f"{label} {minutes(getattr(here, f'{theme}_walk_min'))}"
        for theme, label in themes().items()
        if not pd.isna(getattr(here, f"{theme}_walk_min"))
    ]
    if nearest:
        facts.append(f"Nearest on foot, on average: {', '.join(nearest)}.")
    sure = [f"Counted: {here.method}.", *_unsure(here)]
    return "".join(
        (
            f'<div class="am-account"><h2>{escape(name)}</h2>',
            _list("Strong here", strong or ["No theme is more within reach than in the whole place."]),
            _assets(assessment, members),
            _list("Less within reach than in the whole place", thin),
            _list("Figures", facts),
            _list("How sure we are", sure),
            "</div>",
        )
    )


def _unsure(here: Any) -> list[str]:
    told = []
    if here.deprivation_known_share < _WHOLE:
        told.append(f"Deprivation is known for {here.deprivation_known_share:.0%} of residents.")
    silent = [label for theme, label in themes().items() if pd.isna(getattr(here, f"{theme}_reach_share"))]
    if silent:
        told.append(f"No list tells of: {', '.join(silent)}.")
    return [*told, "None known is not none: lists are never complete."]


def _assets(assessment: Assessment, members: pd.DataFrame) -> str:
    """What stands in the areas counted, by name."""
    assets = assessment.place.assets
    inside = assets[assets["area_code"].isin(members["area_code"])].sort_values(["theme", "name"])
    if inside.empty:
        return "<h3>In the areas counted</h3><p>No place is known in these areas.</p>"
    numbers = inside["theme"].value_counts()
    told = ", ".join(f"{label}: {numbers[theme]}" for theme, label in themes().items() if theme in numbers)
    items = [
        f"<li>{mark_html(each.theme)}<span>{escape(each.name)} <small>({escape(kinds()[each.kind].label)})</small></span></li>"
        for each in inside.itertuples()
    ]
    more = f"<details><summary>All {len(items)} by name</summary>" if len(items) > _NAMES_TOLD else ""
    listed = f'{more}<ul class="am-places">{"".join(items)}</ul>{"</details>" if more else ""}'
    partly = (
        " The areas counted in part are looked at whole here." if (members["share"] < _WHOLE).any() else ""
    )
    return f"<h3>In the areas counted</h3><p>{escape(told)}.{partly}</p>{listed}"


def _list(heading: str, texts: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<h3>{escape(heading)}</h3><ul>{items}</ul>" if items else ""


def counted_html(assessment: Assessment, members: pd.DataFrame) -> str:
    """Which areas were counted, one a row: the same as the map shows."""
    several = members["neighbourhood"].nunique() > 1

    def row(each: Any) -> str:
        of = f"<td>{escape(each.neighbourhood)}</td>" if several else ""
        people = "not known" if pd.isna(each.population) else f"{each.population * each.share:,.0f}"
        decile = "not known" if pd.isna(each.deprivation_decile) else f"{each.deprivation_decile:g}"
        cells = "".join(
            f'<td class="am-number">{text}</td>' for text in (f"{each.share * 100:.3g} %", people, decile)
        )
        head = f"{escape(str(each.area_name))}<br><small>{escape(each.area_code)}</small>"
        return f'<tr><th scope="row">{head}</th>{of}{cells}</tr>'

    heads = [
        "Area",
        *(["Neighbourhood"] if several else []),
        "Counted <small>(share of its residents)</small>",
        "Residents counted",
        "Deprivation decile <small>(1 = most deprived)</small>",
    ]
    rows = map(row, _parts(assessment, members).itertuples())
    caption = f"{counted(members['area_code'].nunique(), 'area')} counted, of {len(assessment.areas):,}."
    return table_html("Areas counted", caption, heads, rows)


def problems_html(problems: Sequence[Problem], *, rows: bool) -> str:
    """What could not be used and why, and what else there is to know.

    Parameters
    ----------
    problems
        What to tell.
    rows
        Whether row numbers mean something to the reader, who brought a file.
    """

    def row(each: Problem) -> str:
        head = f'<th scope="row">{escape(each.what)}</th>'
        where = f"<td>{each.row or ''}</td>" if rows else ""
        return f"<tr>{where}{head}<td>{escape(_on_screen(each.remedy))}</td></tr>"

    lost = sum(each.severity == "rejected" for each in problems)
    caption = f"{counted(lost, 'row')} left out." if lost else "Nothing was left out."
    heads = [*(["Row"] if rows else []), "What", "What to do"]
    return table_html("Left out, and notes", caption, heads, map(row, problems))


def _on_screen(remedy: str) -> str:
    """A remedy in the words of the page, where it is in those of a recipe."""
    return remedy.replace('by = "postcodes"', f"choose “{COUNTING['postcodes']}”")


def paint(
    assessment: Assessment, members: pd.DataFrame | None, line: Any = None, kept: Sequence[Any] = ()
) -> dict[str, Any]:
    """What the map is to show: each area by how much of it is counted, the outline that was drawn, and those that are kept.

    Parameters
    ----------
    assessment
        The place.
    members
        The areas counted, if any are.
    line
        The outline that was drawn, as a GeoJSON geometry.
    kept
        GeoJSON features of the neighbourhoods that the place has, each with its ``name``.
    """
    shares = {} if members is None else members.groupby("area_code")["share"].max().to_dict()

    def look_of(share: float) -> dict[str, Any]:
        whole = share >= _WHOLE
        value = "Counted whole" if whole else f"{share * 100:.3g} % of its residents counted"
        return {
            "fill": _NO_FILL if not share else _WHOLE_FILL if whole else _PART_FILL,
            "unknown": False,
            "figure": "" if not share else "✓" if whole else f"{share * 100:.0f} %",
            "value": value if share else "Not counted",
            "low": False,
            "rank": 0,
        }

    areas = {str(code): look_of(shares.get(code, 0.0)) for code in assessment.areas.index}
    if kept:
        drawn = [{"type": "Feature", "properties": {}, "geometry": line}] if line else []
        line = {"type": "FeatureCollection", "features": [*kept, *drawn]}
    return {"areas": areas, "selected": "", "line": line}


def legend_html() -> str:
    """What the colours of the map mean."""
    swatches = (
        ("✓ Counted whole", _WHOLE_FILL),
        ("Counted in part, with the share of its residents", _PART_FILL),
        ("Not counted", _NO_FILL),
    )
    items = "".join(
        f'<li><span class="am-swatch" style="background: {colour}"></span>{label}</li>'
        for label, colour in swatches
    )
    return f'<div class="am-legend"><ul>{items}</ul></div>'


def choice_labels(members: pd.DataFrame) -> dict[tuple[str, str | None], str]:
    """What to call each neighbourhood where one chooses among them, by its list and its name; None for all of a list."""
    labels: dict[tuple[str, str | None], str] = {}
    for of_list, names in members.groupby("list", sort=False)["neighbourhood"]:
        every = [str(name) for name in names.unique()]
        for name in every:
            of = "" if len(every) == 1 else f" ({of_list})"
            labels[str(of_list), name] = f"{name}{of}"
        if len(every) > 1:
            labels[str(of_list), None] = f"All {len(every)} of {of_list}"
    return labels


def section_html(assessment: Assessment) -> str:
    """The neighbourhoods of a place, for a page that stands alone; nothing where it has none."""
    members = assessment.place.neighbourhoods
    if members.empty:
        return ""
    return f"<h2>Neighbourhoods of your own</h2>{figures_html(assessment, members)}"
