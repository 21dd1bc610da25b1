"""Before and after, as sentences, a page and files.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from assetmap.columns import CHANGE_COLUMNS, COLUMNS, PLACE_CHANGE_COLUMNS, Column
from assetmap.compare import KINDS, Changes
from assetmap.errors import OutputError, Problem, counted
from assetmap.outcomes import as_amount
from assetmap.sources import RECIPE_NAME
from assetmap.taxonomy import themes
from assetmap.views.export import keep, table_csv
from assetmap.views.leaflet import inlined_css
from assetmap.views.page import heading_html
from assetmap.views.tables import table_html

__all__ = ["CHANGE_FILES", "page_html", "summary", "write_changes"]

#: What a comparison consists of.
CHANGE_FILES = ("changes.csv", "changes_places.csv", "changes.html")

#: So many places are named in a sentence, and so many rows shown in a table; the files have all.
_MOST_NAMED = 6
_MOST_ROWS = 1_000


def write_changes(found: Changes, folder: str | Path) -> list[Path]:
    """Write what changed: `CHANGE_FILES`.

    Parameters
    ----------
    found
        What changed.
    folder
        Where to; made where it does not exist. Files of the same names are replaced.

    Raises
    ------
    OutputError
        Where the folder is a place's own, or cannot be written.
    """
    target = Path(folder)
    if not str(folder).strip() or (target / RECIPE_NAME).exists():
        what = "It is a place folder." if str(folder).strip() else "No folder is named."
        raise OutputError(Problem(str(folder) or "--out", what, "Name another folder for the results."))
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"The changes cannot be written there: {error.strerror}."
        raise OutputError(Problem(str(folder), what, "Name a folder you may write to.")) from None
    texts = (table_csv(found.figures), table_csv(found.places), page_html(found))
    for name, text in zip(CHANGE_FILES, texts, strict=True):
        keep(target / name, text.encode())
    return [target / name for name in CHANGE_FILES]


def summary(found: Changes) -> list[str]:
    """What changed, in sentences: what was gained, then what was lost, then what is no change of the place."""
    if found.nothing:
        areas = counted(len(found.after.areas), "area")
        places = counted(len(found.after.place.assets), "place")
        return [
            f"Nothing changed: {counted(found.compared, 'figure')} of {areas}, and {places}, are as they were."
        ]
    return [*_gained(found), *_lost(found), *_priorities(found), *_unlike(found)]


def _gained(found: Changes) -> Iterator[str]:
    yield from _places(found, "appeared", "newly listed", "opened")
    yield from _areas(found, "gained")


def _lost(found: Changes) -> Iterator[str]:
    yield from _places(found, "gone", "no longer listed", "closed")
    yield from _areas(found, "lost")


def _places(found: Changes, what: str, listed: str, stated: str) -> Iterator[str]:
    rows = found.places[(found.places["what"] == what) & (found.places["change_kind"] != "method")]
    name = "name" if what == "appeared" else "name_before"
    for kind, words in (("real", f"stated to have {stated}"), ("cannot tell", listed)):
        named = rows.loc[rows["change_kind"] == kind, name]
        if len(named):
            whether = (
                ""
                if kind == "real"
                else f"; whether {'they' if len(named) > 1 else 'it'} {stated} is not known"
            )
            are = "is" if len(named) == 1 else "are"
            yield f"{counted(len(named), 'place')} {are} {words}: {_named(named)}{whether}."


def _named(names: Iterable[str]) -> str:
    every = [str(name) or "one without a name" for name in names]
    more = f" and {len(every) - _MOST_NAMED:,} more" if len(every) > _MOST_NAMED else ""
    return f"{', '.join(every[:_MOST_NAMED])}{more}"


def _areas(found: Changes, towards: str) -> Iterator[str]:
    rows = found.figures[found.figures["towards"] == towards]
    more = "more" if towards == "gained" else "fewer"
    counts = rows[rows["figure"] == "count"]
    if len(counts):
        by_theme = [
            f"{themes()[theme].lower()} in {counts.loc[counts['about'] == theme, 'area_code'].nunique():,}"
            for theme in themes()
            if (counts["about"] == theme).any()
        ]
        areas = counted(counts["area_code"].nunique(), "area")
        yield f"{areas} {'has' if areas.startswith('1 ') else 'have'} {more} listed places within reach: {', '.join(by_theme)}."
    better = "good news" if towards == "gained" else "no good news"
    for name, of in rows[rows["figure"] == "value"].groupby("about", sort=False):
        real = int((of["change_kind"] == "real").sum())
        yield (
            f"{name} moved in {counted(len(of), 'area')} in the direction that is {better}; beyond chance in "
            f"{real:,} of them."
        )


def _priorities(found: Changes) -> Iterator[str]:
    was, now = (len(each.priorities) for each in (found.before, found.after))
    rows = found.figures[found.figures["figure"] == "priority"]
    if rows.empty:
        return
    kinds = ", ".join(
        f"{kind} {counted(number, 'time')}" for kind, number in rows["change_kind"].value_counts().items()
    )
    yield (
        f"{counted(was, 'priority neighbourhood')} before and {now:,} after; {counted(len(rows), 'area')} came in or dropped "
        f"out. Why: {kinds}."
    )


def _unlike(found: Changes) -> Iterator[str]:
    method = int((found.figures["change_kind"] == "method").sum())
    boundary = found.figures.loc[found.figures["change_kind"] == "boundary", "area_code"].nunique()
    if method:
        yield f"{counted(method, 'figure differs', 'figures differ')} by method alone, which is no change of the place."
    yield from found.methods
    apart = int((found.places["change_kind"] == "method").sum())
    if apart:
        yield (
            f"{counted(apart, 'place differs', 'places differ')} only in how it is listed."
            if apart == 1
            else f"{apart:,} places differ only in how they are listed."
        )
    if boundary:
        yield f"{counted(boundary, 'area is', 'areas are')} not the same before and after, and not compared."
    if found.unnamed:
        yield f"{counted(found.unnamed, 'place was', 'places were')} taken off the map as somebody asked, and not named here."


# -- the page -------------------------------------------------------------------------------------


def page_html(found: Changes) -> str:
    """What changed as a page: the same comparison gives the same text."""
    place = found.after.place
    title = escape(f"What changed in {place.name}")
    sentences = "".join(f"<li>{escape(each)}</li>" for each in summary(found))
    meanings = "".join(f"<dt>{kind.capitalize()}</dt><dd>{words}.</dd>" for kind, words in KINDS.items())
    body = (
        f"<h2>In short</h2><ul>{sentences}</ul><h2>What the words mean</h2><dl>{meanings}</dl>"
        f"<h2>Places</h2>{_places_html(found)}<h2>Areas</h2>{_figures_html(found)}"
        f"<h2>What the columns of the files are</h2>{_columns_html()}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        'initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        f'\'unsafe-inline\'; img-src data:"><title>{title}</title><link rel="icon" href="data:,">'
        f"<style>{inlined_css('page.css', 'questions.css')}</style></head><body><header>{heading_html(place)}"
        f'<p class="am-question">What changed: before and after</p></header><main class="am-questions">{body}</main>'
        "</body></html>\n"
    )


def _order(rows: pd.DataFrame) -> pd.DataFrame:
    """Gains first, then losses, then what is neither; within each, what is real first."""
    gain = (
        rows["towards"].map({"gained": 0, "lost": 1}).fillna(2)
        if "towards" in rows
        else rows["what"].map({"appeared": 0, "gone": 2}).fillna(1)
    )
    kind = rows["change_kind"].map({kind: number for number, kind in enumerate(KINDS)})
    return rows.assign(gain=gain, of_kind=kind).sort_values(["gain", "of_kind"], kind="stable")


def _places_html(found: Changes) -> str:
    if found.places.empty:
        return "<p>No place differs.</p>"

    def row(each: Any) -> str:
        name = each.now or each.name_before or "without a name"
        was = (
            f" <small>(was {escape(each.name_before)})</small>"
            if each.now and each.name_before not in ("", each.now)
            else ""
        )
        cells = (each.what, each.kind_now or each.kind_before, each.change_kind, each.change_words)
        texts = "".join(f"<td>{escape(str(text))}</td>" for text in cells)
        return f'<tr><th scope="row">{escape(str(name))}{was}</th>{texts}</tr>'

    rows = _order(found.places).rename(columns={"name": "now", "kind": "kind_now"})
    caption = f"{counted(len(rows), 'row')}: what is newly listed first.{_cut(rows)}"
    heads = ("Place", "What differs", "Kind of place", "Which kind of change", "In words")
    return table_html("Places that differ", caption, heads, map(row, rows.head(_MOST_ROWS).itertuples()))


def _cut(rows: pd.DataFrame) -> str:
    return f" The first {_MOST_ROWS:,} are shown; the file has all." if len(rows) > _MOST_ROWS else ""


def _figures_html(found: Changes) -> str:
    if found.figures.empty:
        return "<p>No figure of an area differs.</p>"

    def row(each: Any) -> str:
        head = f'<th scope="row">{escape(str(each.area_name))}<br><small>{escape(str(each.area_code))}</small></th>'
        numbers = "".join(
            f'<td class="am-number">{_shown(each.figure, value)}</td>' for value in (each.before, each.after)
        )
        texts = (each.towards or "–", each.change_kind, each.change_words)
        rest = "".join(f"<td>{escape(str(text))}</td>" for text in texts)
        return f"<tr>{head}<td>{_label(each)}</td>{numbers}{rest}</tr>"

    rows = _order(found.figures)
    number = counted(len(rows), "figure")
    caption = f"{number} of {found.compared:,} compared: gains first, then losses, then what is neither.{_cut(rows)}"
    heads = ("Area", "Figure", "Before", "After", "Gained or lost", "Which kind of change", "In words")
    return table_html("Figures that differ", caption, heads, map(row, rows.head(_MOST_ROWS).itertuples()))


def _label(each: Any) -> str:
    """What a figure is, with its unit and which way it runs."""
    if each.figure == "area":
        return "The area itself"
    column = COLUMNS.get(f"{each.about}_{each.figure}") or COLUMNS.get(each.figure)
    label = column.label if column is not None else str(each.about)
    about = "; ".join(text for text in (each.unit, each.direction) if text)
    return f"{escape(label)}{f'<br><small>{escape(about)}</small>' if about else ''}"


def _shown(figure: str, value: float) -> str:
    if pd.isna(value):
        return "–" if figure == "area" else "not known"
    return ("yes" if value else "no") if figure == "priority" else as_amount(value)


def _columns_html() -> str:
    def item(column: Column) -> str:
        about = "; ".join(
            text for text in (column.unit, column.direction, column.source, column.caveat) if text
        )
        return f"<dt>{column.name}: {escape(column.label)}</dt>{f'<dd>{escape(about)}</dd>' if about else ''}"

    parts = (
        f"<h3>{name}</h3><dl>{''.join(map(item, columns.values()))}</dl>"
        for name, columns in (("changes.csv", CHANGE_COLUMNS), ("changes_places.csv", PLACE_CHANGE_COLUMNS))
    )
    return "".join(parts)
