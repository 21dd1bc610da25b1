"""Indicators by area: community outcomes such as belonging or wellbeing, and context such as how old people are.

They stand beside the social resource index and are never scored in it. Levels are those of table 2 of the 2015 guide (South 2015);
terms those of element 10 of the 2020 paper (Stansfield et al. 2020).
"""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd

from assetmap.errors import Problem, counted
from assetmap.sources.area_tables import by_area, cross, refuse_lost, some, unknown, without_code
from assetmap.sources.bridge import Bridge, Crossing, carried_words, carry_figures
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import Rows, read_rows
from assetmap.sources.tables import to_numbers

__all__ = ["ABOUT", "FEWEST_PEOPLE", "INDICATORS", "read_indicator"]

#: The columns of the table of indicators, and of that which says what each is.
INDICATORS = ("indicator", "area_code", "value", "lower", "upper")
ABOUT = ("outcome_level", "term", "unit", "better", "period", "source", "licence")

#: Fewer people than this who answered are not told of: nobody is to be known again by an answer.
FEWEST_PEOPLE = 5

#: Where a rate has no other scale, it is a percentage.
_PER = 100.0


def read_indicator(
    entry: Entry, areas: gpd.GeoDataFrame, level: str, bridge: Bridge | None = None
) -> tuple[pd.DataFrame, list[Problem], int, int]:
    """One indicator for every area of a place; the problems; the rows read and used.

    A value is what the column says; or, where the recipe names what it is a share of, that many per 100 (or ``per``). Where it
    counts people who answered, an area of which 1 to 4 answered, or said so, or did not, has no value; a rate is then rounded
    to whole hundredths of its scale, and a count to fives.

    Parameters
    ----------
    entry
        One of the recipe's ``[[indicators]]``.
    areas, level
        The areas of the place, their level and vintage.
    bridge
        The lookup by which a table of another vintage is carried over, where the recipe asks for it.

    Returns
    -------
    DataFrame
        One row an area, with the columns `INDICATORS`; NA where unknown.

    Raises
    ------
    PlaceError
        Where a column is missing; an area is missing (unless the recipe says ``partial``) or repeated; the table is of another
        vintage; or none of its values can be used.
    """
    name, code = str(entry.get("name")), entry.get("code")
    rows = read_rows(entry)
    require_columns(entry, rows.table, ("code", "value", "denominator", "lower", "upper"))
    over, wanted = cross(entry, level, rows.table[code], areas, bridge)
    table = by_area(entry, rows, wanted, ("value",))
    problems = [*rows.problems, *without_code(entry, rows), *_elsewhere(entry, rows, wanted)]
    made_for = level if over is None else over.made_for
    refuse_lost(entry, wanted.difference(table.index), wanted, made_for, problems)
    figures = pd.DataFrame(index=wanted)
    for key in ("value", "lower", "upper"):
        figures[key] = pd.Series(pd.NA, wanted, dtype="Float64")
        if entry.get(key):
            values, told = _numbers(entry, table[entry.get(key)], _is_percentage(entry) and not _whole(entry))
            figures[key], problems = values.reindex(wanted), [*problems, *told]
    whole, told = _denominators(entry, table, wanted)
    problems += told
    if whole is not None or entry.get("counts_people", False):
        figures, told = _as_rates(entry, figures, whole)
        problems += told
    figures, told = _ordered(entry, figures)
    problems += told
    if figures["value"].isna().all():
        what = "No area of this place has a value that can be used."
        raise fatal(entry, what, "Look at the column, and mend or name another.", entry.get("value"))
    if _is_percentage(entry) and 0 < figures["value"].max() <= 1:
        what = f"“{name}” is in %, and its highest value is {figures['value'].max():g} %."
        remedy = "If these are shares from 0 to 1, multiply them by 100, or give the unit otherwise."
        problems.append(Problem(entry.file, what, remedy, column=entry.get("value"), severity="note"))
    rows_used = int(figures["value"].notna().sum())
    if over is not None:
        figures, told = _carried(entry, figures, over, whole, level)
        problems += told
    problems += unknown(entry, figures["value"], f"a figure for “{name}”")
    figures = figures.rename_axis("area_code").reset_index().assign(indicator=name)
    return figures[list(INDICATORS)], problems, rows.rows_in, rows_used


def _is_percentage(entry: Entry) -> bool:
    return str(entry.get("unit")).strip().casefold().startswith(("%", "percent", "per cent"))


def _whole(entry: Entry) -> bool:
    """Whether the value is a count, and the recipe says what it is a share of."""
    return entry.get("denominator") is not None or entry.get("denominator_where") is not None


def _elsewhere(entry: Entry, rows: Rows, wanted: pd.Index) -> list[Problem]:
    codes = rows.table[entry.get("code")]
    others = codes[(codes != "") & ~codes.isin(wanted)]
    if others.empty:
        return []
    what = f"{counted(len(others), 'row is', 'rows are')} about no area of this place, such as “{others.iloc[0]}”."
    remedy = "Nothing to do, where the table is of more than this place; otherwise mend the codes."
    return [Problem(entry.file, what, remedy, column=entry.get("code"), severity="note")]


def _numbers(entry: Entry, raw: pd.Series, percentage: bool) -> tuple[pd.Series, list[Problem]]:
    """A column as numbers, NA where it has none that can be used; each text that is none is told once."""
    raw = raw.astype(object)
    text = raw.str.removesuffix("%").str.strip() if _is_percentage(entry) else raw
    numbers = to_numbers(text)
    counts = _whole(entry) or entry.get("counts_people", False)
    strange = {
        "is no percentage: those are from 0 to 100": ~numbers.between(0, 100) if percentage else None,
        "is below 0, and this is a count": numbers < 0 if counts else None,
    }
    no_number = numbers.isna() & (raw != "")
    bad, told = no_number.copy(), []
    reasons = [(no_number, "is no number")]
    for why, found in strange.items():
        if found is not None:
            found = found.fillna(False).astype(bool) & ~no_number
            reasons.append((found, why))
            bad |= found
    for found, why in reasons:
        for value, same in raw[found].groupby(raw[found], sort=True):
            where = (
                f"for {same.index[0]}"
                if len(same) == 1
                else f"for {len(same):,} areas, such as {same.index[0]},"
            )
            remedy = "It is treated as unknown; mend the cell, unless it says that the figure is not given."
            told.append(
                Problem(
                    entry.file, f"“{value}” {where} {why}.", remedy, column=str(raw.name), severity="note"
                )
            )
    return numbers.mask(bad.astype(bool)), told


def _denominators(
    entry: Entry, table: pd.DataFrame, wanted: pd.Index
) -> tuple[pd.Series | None, list[Problem]]:
    """How many there are in each area of whom the value counts a part; None where the recipe names none."""
    if entry.get("denominator") is not None:
        whole, told = _numbers(entry, table[entry.get("denominator")], percentage=False)
    elif entry.get("denominator_where") is not None:
        others = dataclasses.replace(entry, values={**entry.values, "where": entry.get("denominator_where")})
        rows = read_rows(others).table
        rows = rows[rows[entry.get("code")].isin(wanted)].set_index(entry.get("code"))
        parts, told = _numbers(entry, rows[entry.get("value")], percentage=False)
        # A sum with a part that is not known is not known.
        whole = parts.groupby(level=0).sum().mask(parts.isna().groupby(level=0).any())
    else:
        return None, []
    whole = whole.reindex(wanted)
    nobody = whole.index[(whole <= 0).fillna(False)]
    if len(nobody):
        what = f"“{entry.get('name')}”: nobody to be a share of in {counted(len(nobody), 'area')}: {some(nobody)}."
        told.append(Problem(entry.file, what, "They are shown as unknown.", severity="note"))
    return whole.mask(whole <= 0), told


def _as_rates(
    entry: Entry, figures: pd.DataFrame, whole: pd.Series | None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Counts as rates; where people answered, without those that too few did."""
    counts, per = figures["value"], float(entry.get("per", _PER))
    people, told = entry.get("counts_people", False), []
    values = counts if whole is None else per * counts / whole
    if whole is not None:
        more = values.index[(counts > whole).fillna(False)] if _is_percentage(entry) else values.index[:0]
        if len(more):
            what = f"“{entry.get('name')}”: more are counted than there are in {counted(len(more), 'area')}: {some(more)}."
            remedy = "They are shown as unknown; mend the counts."
            told.append(Problem(entry.file, what, remedy, column=entry.get("value"), severity="note"))
        values = values.mask(figures.index.isin(more))
    if people:
        asked = [counts] if whole is None else [counts, whole, whole - counts]
        few = (
            pd.concat([each.between(1, FEWEST_PEOPLE - 1) for each in asked], axis=1)
            .fillna(False)
            .any(axis=1)
        )
        hidden = values.index[few & values.notna()]
        values = values.mask(few)
        step = float(FEWEST_PEOPLE) if whole is None else per / 100
        values = (values / step).round() * step
        if len(hidden):
            what = (
                f"“{entry.get('name')}”: left out in {counted(len(hidden), 'area')}, where 1 to {FEWEST_PEOPLE - 1} people "
                "answered, said so or did not, lest anybody be known again by an answer."
            )
            told.append(Problem(entry.file, what, "Nothing to do.", severity="note"))
    return figures.assign(value=values), told


def _ordered(entry: Entry, figures: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """The figures, without intervals that their value is not in, or that have only one end."""
    value, lower, upper = (figures[key] for key in ("value", "lower", "upper"))
    given = lower.notna() | upper.notna()
    # A value that was rounded may be a hair outside.
    slack = float(entry.get("per", _PER)) / 100 if entry.get("counts_people", False) else 1e-9
    inside = ((lower - slack <= value) & (value <= upper + slack) & (lower <= upper)).fillna(False)
    bad = figures.index[given & value.notna() & ~inside]
    told = []
    if len(bad):
        what = f"“{entry.get('name')}”: the value is not inside its interval, or one end is missing, in {counted(len(bad), 'area')}: {some(bad)}."
        remedy = "Their intervals are treated as unknown; mend the cells."
        told.append(Problem(entry.file, what, remedy, column=entry.get("lower"), severity="note"))
    known = inside.astype(bool)
    return figures.assign(lower=lower.where(known), upper=upper.where(known)), told


def _carried(
    entry: Entry, figures: pd.DataFrame, over: Crossing, whole: pd.Series | None, level: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Figures of the place's areas, from those of the areas that the table was made for.

    A rate whose denominators are known is carried as deprivation is: a merged area has the rate of its parts together, a part of
    a split one that of the whole. Of any other figure nobody knows what it counts, so only unchanged areas have it.
    """
    rates = carry_figures(figures, over, whole)
    kinds = ["unchanged", "split", "merged"] if whole is not None else ["unchanged"]
    rates = rates.where(over.kind.isin(kinds))
    # The mean of two intervals is none.
    merged = over.kind == "merged"
    rates = rates.assign(lower=rates["lower"].mask(merged), upper=rates["upper"].mask(merged))
    remedy = (
        "A part of a split area has the rate of the whole; a merged one that of its parts together; an irregular one is unknown."
        if whole is not None
        else "Only unchanged areas have a figure: without a denominator nobody knows how others add up."
    )
    told = Problem(
        entry.file, f"“{entry.get('name')}”: {carried_words(over, level)}", remedy, severity="note"
    )
    return rates, [told]
