"""How sound the data of a place are: what became of every row, how old and how certain they are, and what they cover.

Text that came from a file passes through `html.escape`. Today's date is always given, never looked up.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path

import pandas as pd

from assetmap.errors import Problem, counted
from assetmap.model import THEMES, Layer, Place
from assetmap.sources import RECIPE_NAME
from assetmap.sources.accepted import Change, Difference, names_removed
from assetmap.sources.decisions import plain_name
from assetmap.sources.guess import guess, hidden
from assetmap.sources.mapping import rejected_csv
from assetmap.sources.recipe import read_recipe
from assetmap.sources.rows import read_rows
from assetmap.taxonomy import themes
from assetmap.views.tables import table_html

__all__ = [
    "age",
    "checked_html",
    "coverage_html",
    "differences_html",
    "kinds_html",
    "layers_html",
    "left_out_html",
    "licences_html",
    "notes_html",
    "rejected_name",
    "rejected_rows",
    "share_alike",
    "summary",
    "summary_html",
    "with_rejected",
]

#: How sure a kind is, told in three steps; below the last it is not used (see `assetmap.sources.assets`).
_CERTAIN, _FAIRLY_SURE = 1.0, 0.8

#: So many rows are listed for one reason, of one file, or of one change; the rest are counted.
_MOST_LISTED = 100

#: For cells with sentences: on a narrow screen the table moves sideways rather than have one word a line.
_WIDE = ' style="min-width: 11rem"'

#: For the names of files, which may be broken anywhere.
_LONG_WORD = ' style="min-width: 8rem; overflow-wrap: anywhere"'

#: For dates.
_ONE_LINE = ' style="white-space: nowrap"'

#: Whole years are said from so many months on.
_IN_YEARS = 36

_MONTHS = {name.lower(): n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names) if name}  # fmt: skip


def age(said: str, today: date) -> str:
    """How old something of a stated date is, in words.

    Parameters
    ----------
    said
        The date as the recipe states it: a day, a month or a year.
    today
        The day to count to.

    Examples
    --------
    >>> age("2025-01-15", date(2026, 3, 20)), age("June 2020", date(2026, 3, 20)), age("2024", date(2026, 3, 20))
    ('14 months old', '5 years old', '1 to 3 years old')
    """
    if said == "not stated":
        return "date not stated"
    iso = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", said.strip())
    spoken = re.fullmatch(r"(?:(\d{1,2})\s+)?([A-Za-z]+)\s+(\d{4})", said.strip())
    if iso:
        year, month, day = (int(part) if part else None for part in iso.groups())
    elif spoken and spoken[2].lower() in _MONTHS:
        year, month, day = int(spoken[3]), _MONTHS[spoken[2].lower()], int(spoken[1]) if spoken[1] else None
    else:
        return "age not known"
    assert year is not None
    if not 1 <= (month or 1) <= 12 or not 1 <= (day or 1) <= 31:
        return "age not known"
    if month is None:
        years = today.year - year
        if years < 0:
            return "dated in the future"
        return f"{years - 1} to {years + 1} years old" if years > 1 else "under 2 years old"
    months = (today.year - year) * 12 + today.month - month - (day is not None and today.day < day)
    if (today.year, today.month, today.day if day else 0) < (year, month, day or 0):
        return "dated in the future"
    if months < 1:
        return "less than a month old"
    return f"{months // 12} years old" if months >= _IN_YEARS else f"{counted(months, 'month')} old"


def _lists(place: Place) -> list[Layer]:
    """The lists of assets."""
    return [layer for layer in place.layers if layer.table == "assets"]


def _name(layer: Layer) -> str:
    """What a list is called in the recipe."""
    return layer.name.partition(": ")[2] or layer.name


def _rejected(place: Place, layer: Layer) -> list[Problem]:
    """Why rows of a layer's file were left out."""
    if not layer.rows_rejected:
        return []
    return [each for each in place.problems if each.severity == "rejected" and each.file == layer.file]


def _about_cells(problem: Problem) -> bool:
    """Whether a row is left out since its cells are not those of the header."""
    return problem.what.startswith("The row has ")


def _listed(place: Place, layer: Layer) -> int:
    """How many rows of a list have a place and a kind, told twice or not."""
    return int((place.listings["list"] == _name(layer)).sum())


def _doubles(place: Place, layer: Layer) -> int:
    return max(_listed(place, layer) - layer.rows_used, 0)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _all_located(place: Place) -> tuple[int, int]:
    return sum(layer.located for layer in _lists(place)), sum(layer.places for layer in _lists(place))


def summary(place: Place, today: date) -> list[str]:
    """The health of a place's data, in sentences."""
    read, used = (sum(getattr(layer, key) for layer in place.layers) for key in ("rows_in", "rows_used"))
    aside, rejected = (
        sum(getattr(layer, key) for layer in place.layers) for key in ("rows_set_aside", "rows_rejected")
    )
    told = [
        f"{counted(len(place.layers), 'layer')}: {counted(read, 'row')} read, {used:,} used, {aside:,} not counted by rule, "
        f"{rejected:,} left out with a reason."
    ]
    located, whole = _all_located(place)
    if whole:
        told.append(f"{located:,} of {whole:,} listed places could be located ({_share(located, whole)}).")
    doubles = sum(_doubles(place, layer) for layer in _lists(place))
    if doubles:
        told.append(f"{counted(doubles, 'row')} told of a place that was there already, and counted once.")
    unstated = sum(layer.date == "not stated" for layer in place.layers)
    old = [layer.name for layer in place.layers if age(layer.date, today).endswith("years old")]
    if unstated:
        told.append(f"{counted(unstated, 'layer')} without a stated date.")
    if old:
        told.append(f"Years old: {', '.join(old)}.")
    if len(place.assets):
        recent, fair, _, unknown = _checked(place.assets["last_checked"], today)
        told.append(
            f"Of {counted(len(place.assets), 'asset')}, {recent:,} were checked within 12 months, {recent + fair:,} within 24; of "
            f"{unknown:,} nobody says when."
        )
    told += [f"{label}: {words}." for label, words in _coverage(place) if not words.startswith("all ")]
    licences = share_alike(place)
    if licences:
        told.append(
            f"Share-alike: {', '.join(licences)}. What is made from these layers is under the same terms."
        )
    unlicensed = sum(layer.licence == "not stated" for layer in place.layers)
    if unlicensed:
        told.append(f"{counted(unlicensed, 'layer')} without a stated licence.")
    edited = list(dict.fromkeys(layer.file for layer in place.layers if layer.edited))
    if edited:
        told.append(f"Changed by hand and not accepted yet: {', '.join(edited)}.")
    return told


def summary_html(place: Place, today: date) -> str:
    """The health of a place's data, in sentences."""
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in summary(place, today))}</ul>"


def layers_html(place: Place, today: date) -> str:
    """Where each layer of a place comes from, how old it is, and what became of its rows."""
    heads = (
        "Layer",
        "Rows read",
        "Located",
        "Used",
        "Told twice",
        "Not counted",
        "Left out",
        "Date",
        "Source",
        "Licence",
    )

    def row(each: Layer) -> str:
        lists = each.table == "assets"
        doubles = _doubles(place, each) if lists else 0
        located = _share(each.located, each.places) if lists else "–"
        numbers = (
            f"{each.rows_in:,}",
            located,
            f"{each.rows_used:,}",
            f"{doubles:,}" if lists else "–",
            f"{each.rows_set_aside - doubles:,}",
            f"{each.rows_rejected:,}",
        )
        cells = "".join(f'<td class="am-number">{text}</td>' for text in numbers)
        edited = f"<br><small>{escape(each.edited)}</small>" if each.edited else ""
        head = f'<th scope="row"{_LONG_WORD}>{escape(each.name)}<br><small>{escape(each.file)}</small>{edited}</th>'
        told = age(each.date, today)
        dated = escape(each.date) + ("" if each.date == "not stated" else f"<br><small>{told}</small>")
        return f"<tr>{head}{cells}<td{_ONE_LINE}>{dated}</td><td>{escape(each.source)}</td><td>{escape(each.licence)}</td></tr>"

    caption = (
        f"{counted(len(place.layers), 'layer')}. Located: the share of a list’s places that have a location. Not counted: "
        "too far away, a contact address, a kind that is no asset, or not open to all."
    )
    return table_html("Layers", caption, heads, map(row, place.layers))


def _pattern(what: str) -> str:
    """A reason without the words and figures of one row."""
    return re.sub(r"\d[\d,.]*\d|\d", "…", re.sub(r"“[^”]*”", "“…”", what))


def left_out_html(place: Place) -> str:
    """Why rows were left out: for each file and reason how many and what to do, and then the rows."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for each in place.problems:
        if each.severity == "rejected":
            groups.setdefault((each.file, _pattern(each.what), each.remedy), []).append(each)
    if not groups:
        return "<p>Every row could be used.</p>"

    def item(each: Problem) -> str:
        where = f"Row {each.row}" if each.row is not None else each.file
        return f"<li>{escape(where)}: {escape(hidden(each.what))}</li>"

    def row(file: str, pattern: str, remedy: str, found: list[Problem]) -> str:
        said = found[0].what if len({each.what for each in found}) == 1 else pattern
        items = "".join(map(item, found[:_MOST_LISTED]))
        more = len(found) - _MOST_LISTED
        rest = f"<p>{more:,} more are in the file of rows left out.</p>" if more > 0 else ""
        listed = f"<details><summary>Which rows</summary><ul>{items}</ul>{rest}</details>"
        return (
            f'<tr><th scope="row"{_LONG_WORD}>{escape(file)}</th><td class="am-number">{len(found):,}</td>'
            f"<td{_WIDE}>{escape(hidden(said))}{listed}</td><td{_WIDE}>{escape(remedy)}</td></tr>"
        )

    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    number = sum(map(len, groups.values()))
    caption = f"{counted(number, 'row')} for {counted(len(groups), 'reason')}; the most first."
    heads = ("File", "Rows", "Why", "What to do")
    rows = (row(*reason, found) for reason, found in ordered)
    return f'<div class="am-account">{table_html("Left out", caption, heads, rows)}</div>'


def _coverage(place: Place) -> Iterable[tuple[str, str]]:
    """What the lists of each theme cover, in words."""
    total = len(place.areas)
    for theme in THEMES:
        label = themes()[theme]
        if theme not in place.themes:
            yield label, "no list, so not known anywhere"
        elif theme in place.footprints:
            covered = int(place.origins.intersects(place.footprints[theme]).sum())
            yield label, f"{covered:,} of {counted(total, 'area')} covered"
        else:
            yield label, f"all {counted(total, 'area')} covered"


_REACH = {"place": "stops at the border", "beyond": "goes on past the border"}


def coverage_html(place: Place) -> str:
    """What stretch of the place the lists cover, by theme and by list."""
    rows = [
        f'<tr><th scope="row">{escape(label)}</th><td>{words}</td><td>–</td></tr>'
        for label, words in _coverage(place)
    ]
    total = len(place.areas)
    for layer in place.layers:
        if layer.coverage:
            words = (
                "all, as far as is known"
                if layer.covers is None
                else f"{layer.covers:,} of {counted(total, 'area')} covered"
            )
            rows.append(
                f'<tr><th scope="row"{_LONG_WORD}>{escape(layer.name)}<br><small>{escape(layer.file)}</small></th><td>{words}</td>'
                f"<td>{_REACH[layer.coverage]}</td></tr>"
            )
    caption = (
        "By theme, then by list. Where no list reaches, a theme is unknown, which is not the same as none."
    )
    return table_html("Coverage", caption, ("Theme or list", "Covers", "At the border"), rows)


def kinds_html(place: Place) -> str:
    """How sure the kinds of each list are."""

    def row(layer: Layer) -> str:
        sure = place.listings.loc[place.listings["list"] == _name(layer), "kind_confidence"].astype(float)
        numbers = (
            (sure >= _CERTAIN).sum(),
            sure.between(_FAIRLY_SURE, _CERTAIN, inclusive="left").sum(),
            (sure < _FAIRLY_SURE).sum(),
            layer.kind_unknown,
        )
        cells = "".join(f"<td>{number:,}</td>" for number in numbers)
        return f'<tr><th scope="row">{escape(_name(layer))}</th>{cells}</tr>'

    heads = ("List", "Told by the list", "Fairly sure", "Less sure", "Not known, left out")
    caption = (
        f"Rows by how sure their kind is. Worked out from words: fairly sure from {_FAIRLY_SURE} on, of 1; what is not "
        "known waits for a person to decide."
    )
    return table_html("Kinds", caption, heads, map(row, _lists(place)))


def _checked(dates: pd.Series, today: date) -> tuple[int, int, int, int]:
    """How many were checked within 12 months, within 24, before that; and of how many nobody says."""
    year, two = (
        (pd.Timestamp(today) - pd.DateOffset(months=months)).date().isoformat() for months in (12, 24)
    )
    said = dates[dates != ""]
    recent, fair = int((said >= year).sum()), int(((said >= two) & (said < year)).sum())
    return recent, fair, len(said) - recent - fair, len(dates) - len(said)


def checked_html(place: Place, today: date) -> str:
    """When the assets of each list were last checked, as far as anybody says."""

    def row(name: str, dates: pd.Series) -> str:
        cells = "".join(f"<td>{number:,}</td>" for number in _checked(dates, today))
        return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'

    checked = place.assets["last_checked"]
    rows = [row("All lists", checked)]
    rows += [row(str(name), dates) for name, dates in checked.groupby(place.assets["list"], sort=False)]
    heads = ("List", "Within 12 months", "12 to 24 months ago", "Longer ago", "Not said")
    return table_html(
        "Last checked", f"Assets by when somebody checked them, up to {today.isoformat()}.", heads, rows
    )


def share_alike(place: Place) -> list[str]:
    """The share-alike licences that layers of a place are under, as `assetmap.load` takes them in ``without``."""
    parts = (replace(layer, licence=part) for layer in place.layers for part in layer.licence.split("; "))
    return list(dict.fromkeys(each.licence for each in parts if each.share_alike))


def licences_html(place: Place) -> str:
    """The terms of each licence's layers, and the words that must stand beside what is made of them."""
    groups: dict[str, list[Layer]] = {}
    for layer in place.layers:
        groups.setdefault(layer.licence, []).append(layer)

    def row(licence: str, layers: Sequence[Layer]) -> str:
        sources = [each for each in dict.fromkeys(layer.source for layer in layers) if each != "not stated"]
        if licence == "not stated":
            beside = "Find out the terms before anything is published."
        else:
            beside = (
                f"Contains data from {', '.join(sources) or 'sources that are not stated'}, under {licence}."
            )
        if layers[0].share_alike:
            beside += " Share-alike: a database made from this must be published under the same terms."
        names = ", ".join(dict.fromkeys(layer.name for layer in layers))
        return f'<tr><th scope="row">{escape(licence)}</th><td{_WIDE}>{escape(names)}</td><td{_WIDE}>{escape(beside)}</td></tr>'

    heads = ("Licence", "Layers", "What to write beside it")
    caption = f"{counted(len(groups), 'licence')}. Maps, reports and files carry these words."
    return table_html("Licences", caption, heads, (row(*each) for each in groups.items()))


def notes_html(place: Place) -> str:
    """What else there is to know: notes, and which rows told of a place that was there already."""
    told = [each for each in place.problems if each.severity not in ("rejected", "duplicate")]
    doubles = [each for each in place.problems if each.severity == "duplicate"]

    def row(each: Problem) -> str:
        head = f'<th scope="row"{_LONG_WORD}>{escape(each.where)}</th>'
        return (
            f"<tr>{head}<td{_WIDE}>{escape(hidden(each.what))}</td><td{_WIDE}>{escape(each.remedy)}</td></tr>"
        )

    heads = ("Where", "What", "What to do")
    text = (
        table_html("Notes", counted(len(told), "note") + ".", heads, map(row, told))
        if told
        else "<p>None.</p>"
    )
    if doubles:
        listed = table_html("Told twice", _some(len(doubles)), heads, map(row, doubles[:_MOST_LISTED]))
        text += (
            f'<div class="am-account"><details><summary>{counted(len(doubles), "row")} told twice</summary>{listed}'
            "</details></div>"
        )
    return text


def _some(number: int) -> str:
    more = f" The first {_MOST_LISTED} are shown." if number > _MOST_LISTED else ""
    return f"{counted(number, 'row')}.{more}"


_ACTS = {"changed": "Changed", "added": "Added", "removed": "Removed"}


def differences_html(found: Sequence[Difference]) -> str:
    """What was changed by hand in each file, row by row; of a whole other release, only that it is one."""
    return "".join(map(_difference_html, found))


def _difference_html(each: Difference) -> str:
    by = f" by {each.by}" if each.by else ""
    said = each.said.replace(f"accepted on {each.date}", f"accepted{by} on {each.date}") if by else each.said
    text = f"<h3>{escape(each.file)}</h3><p>{escape(f'{said[0].upper()}{said[1:]}')}.</p>"
    if each.state != "edited" or not each.changes:
        return text

    def cells(change: Change) -> str:
        told = [
            f"<strong>{escape(column)}</strong>: {_cell(old)} → {_cell(new)}"
            for column, old, new in change.cells
        ]
        if change.moved_m == float("inf"):
            told.append("its place was put in or taken out")
        elif change.moved_m:
            told.append(f"moved by {_metres(change.moved_m)}")
        return "<br>".join(told)

    def row(change: Change) -> str:
        head = f'<th scope="row">{change.row}</th>'
        return f"<tr>{head}<td>{_ACTS[change.act]}</td><td>{escape(hidden(change.name))}</td><td{_WIDE}>{cells(change)}</td></tr>"

    heads = ("Row", "What", "Name", "Was → is")
    label = f"Differences in {escape(each.file)}" + (f", {escape(each.part)}" if each.part else "")
    rows = map(row, each.changes[:_MOST_LISTED])
    return text + table_html(label, _some(len(each.changes)), heads, rows)


def _cell(text: str) -> str:
    return escape(hidden(text)) if text else "<em>empty</em>"


def _metres(distance: float) -> str:
    return f"{distance:,.0f} m" if distance >= 1 else f"{distance * 100:.0f} cm"


def with_rejected(place: Place) -> list[Layer]:
    """The layers of which rows were left out."""
    return [layer for layer in place.layers if layer.rows_rejected]


def rejected_name(layer: Layer) -> str:
    """What to call the file of a layer's rows that were left out."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', layer.name).strip('-')}-left-out.csv"


def rejected_rows(folder: Path, place: Place, layer: Layer) -> str:
    """The rows of a layer that were left out, as CSV: as its file has them, with the reasons, to be mended and brought again.

    Parameters
    ----------
    folder
        The place folder.
    place
        The place that was loaded from it.
    layer
        One of `with_rejected`.

    Raises
    ------
    PlaceError
        Where the file cannot be read any more.
    """
    recipe = read_recipe(folder / RECIPE_NAME)
    entry = next(
        each
        for each in recipe
        if each.title == layer.name and each.table == layer.table and each.file == layer.file
    )
    table, removed = read_rows(entry).table, names_removed(recipe)
    # What a group had removed is not to be mended.
    hidden = table.map(lambda cell: plain_name(cell) in removed).any(axis=1) if removed else None
    gone = set() if hidden is None else set(table.index[hidden])
    shared = Counter(each.file for each in place.layers)[layer.file] > 1
    problems = [
        each
        for each in _rejected(place, layer)
        if each.row not in gone and (not shared or each.row in table.index or _about_cells(each))
    ]
    return rejected_csv(table, problems, guess(table).contacts)
