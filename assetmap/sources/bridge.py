"""Figures made for areas of one vintage, carried over to the areas of another by an exact-fit lookup.

The Office for National Statistics publishes which areas of 2011 became which of 2021, and says of each how:
unchanged (U), split (S), merged (M), or irregular and fragmented (X), of which like for like comparison is not
possible (ONS 2022, Exact Fit Lookup).
"""

from __future__ import annotations

import re
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.errors import Problem, counted
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows
from assetmap.sources.vintages import level_of_header, other_vintage

__all__ = ["Bridge", "Crossing", "carried_words", "carry_counts", "carry_figures", "crossing", "read_bridge"]

#: What each letter of the lookup means for an area of the newer vintage, and for one of the older.
_MEANING = {
    "U": ("unchanged", "unchanged"),
    "S": ("split", "merged"),
    "M": ("merged", "split"),
    "X": ("irregular", "irregular"),
}


class Bridge(NamedTuple):
    """Which areas of the older vintage became which of the newer, and how (U, S, M or X)."""

    pairs: pd.DataFrame
    older: str
    newer: str


class Crossing(NamedTuple):
    """How the areas of a place came from those that a table was made for.

    `pairs` has one row for each two areas that share ground: ``source`` (the table's) and ``target`` (the place's).
    `kind` says of each area of the place what it is of its sources: "unchanged", "split" (a part of one), "merged"
    (several together), "irregular"; NA where the lookup does not have it.
    """

    pairs: pd.DataFrame
    kind: pd.Series
    made_for: str


def read_bridge(entry: Entry, areas: gpd.GeoDataFrame, level: str) -> tuple[Bridge, list[Problem], int, int]:
    """Read a lookup between two vintages; the problems; the rows read; those about this place.

    The columns are known by their headings (``LSOA11CD``, ``LSOA21CD``, ``CHGIND``); the recipe may name others.

    Raises
    ------
    PlaceError
        Where a column is missing, or the lookup is not about this place.
    """
    rows = read_rows(entry)
    entry = entry.saying(_known_by_heading(rows.table.columns))
    missing = [key for key in ("older", "newer", "change") if entry.get(key) is None]
    if missing:
        has = ", ".join(map(str, rows.table.columns))[:300]
        what = f"Its headings are not those of an exact-fit lookup: no {' and no '.join(missing)}."
        raise fatal(entry, what, f"Name the columns in [bridge], such as older = one of: {has}.")
    require_columns(entry, rows.table, ("older", "newer", "change"))
    older, newer = (level_of_header(str(entry.get(key))) or "unknown" for key in ("older", "newer"))
    if level not in (older, newer) or older == newer:
        what = f"It leads from {older} to {newer} areas, by its headings, but the boundaries are {level}."
        raise fatal(entry, what, f"Use a lookup to or from {level} areas, headed like LSOA11CD and LSOA21CD.")
    pairs = rows.table[[entry.get(key) for key in ("older", "newer", "change")]]
    pairs = pairs.set_axis(["older", "newer", "change"], axis=1)
    pairs = pairs.assign(change=pairs["change"].str.upper())
    good = pairs["change"].isin(_MEANING) & (pairs["older"] != "") & (pairs["newer"] != "")
    faults = [
        Problem(
            entry.file,
            f"“{change}” is not U, S, M or X." if all(codes) else "The row lacks a code.",
            "Download the lookup again.",
            row=number,
            severity="rejected",
        )
        for number, *codes, change in pairs[~good].itertuples(name=None)
    ]
    here = pairs["newer" if level == newer else "older"].isin(areas.index)
    if not (here & good).any():
        what = f"None of its {counted(len(pairs), 'row')} is about an area of this place, such as {areas.index[0]}."
        raise fatal(entry, what, "Use the lookup for this nation and this level of area.")
    bridge = Bridge(pairs[good].drop_duplicates(), older, newer)
    return bridge, [*rows.problems, *faults], rows.rows_in, int((here & good).sum())


def _known_by_heading(headings: pd.Index) -> dict[str, str]:
    """The two columns of codes, the older vintage first, and that of the change."""
    plain = {str(heading): re.sub(r"[^a-z0-9]", "", str(heading).casefold()) for heading in headings}
    codes = sorted(
        (code[1], heading)
        for heading, word in plain.items()
        if (code := re.fullmatch(r"(?:oa|lsoa|msoa)(\d\d)(?:cd|code)", word))
    )
    change = [
        heading
        for heading, word in plain.items()
        if re.fullmatch(r"chn?gind|changecode|changeindicator", word)
    ]
    found = {"change": change[0]} if len(change) == 1 else {}
    if len(codes) == 2:
        found |= {"older": codes[0][1], "newer": codes[1][1]}
    return found


def crossing(
    entry: Entry, level: str, codes: pd.Series, areas: gpd.GeoDataFrame, bridge: Bridge | None
) -> Crossing | None:
    """How a table's areas become those of the place; None where it was made for those.

    Only where the table's recipe asks for it (``carry = true``), and the table says which vintage it was made for.
    A kind that the lookup's letter does not bear out is irregular.

    Raises
    ------
    PlaceError
        Where the table is to be carried over and leaves areas out, but nothing says which vintage it was made for.
    """
    if bridge is None or not entry.get("carry", False) or level not in (bridge.older, bridge.newer):
        return None
    forward = level == bridge.newer
    far = bridge.older if forward else bridge.newer
    other = other_vintage(entry, level, codes)
    if other is None and not areas.index.isin(codes).all():
        what = "It is to be carried over, but nothing says which vintage of areas it was made for."
        raise fatal(entry, what, f'Add level = "{far}" to [{entry.table}].')
    if other is None or other[0] != far:
        return None
    pairs = bridge.pairs.set_axis(
        ["source", "target", "change"] if forward else ["target", "source", "change"], axis=1
    )
    meant = pairs["change"].map({letter: meaning[not forward] for letter, meaning in _MEANING.items()})
    parts = pairs.groupby("source")["target"].transform("size")
    wholes = pairs.groupby("target")["source"].transform("size")
    # What the rows themselves say; of an area with several sources, none may go elsewhere too.
    lone = pairs.assign(lone=parts == 1).groupby("target")["lone"].transform("all")
    seen = np.select([(wholes == 1) & lone, wholes == 1, lone], ["unchanged", "split", "merged"], "irregular")
    pairs = pairs.assign(kind=meant.where(meant == seen, "irregular"))[pairs["target"].isin(areas.index)]
    kinds = pairs.groupby("target")["kind"].agg(["first", "nunique"])
    kind = kinds["first"].where(kinds["nunique"] == 1, "irregular")
    kind = kind.reindex(areas.index).astype("string").rename("deprivation_carried")
    return Crossing(pairs[["source", "target"]], kind, far)


def carry_figures(table: pd.DataFrame, over: Crossing, people: pd.Series | None) -> pd.DataFrame:
    """Scores, ranks and deciles of the place's areas, from those of the areas that a table was made for.

    A part of a split area has the figures of the whole. A merged area has the mean of its parts, weighted by their
    people where those are known of every part, and otherwise equally. An irregular one is unknown.

    Parameters
    ----------
    table
        Numbers, indexed by the codes of the sources.
    people
        Residents of the sources, or None.
    """
    target = over.pairs["target"]
    figures = table.astype("Float64").reindex(over.pairs["source"]).set_axis(over.pairs.index)
    if people is None:
        people = pd.Series(dtype="Float64")
    weight = people.astype("Float64").reindex(over.pairs["source"]).set_axis(over.pairs.index)
    known = (weight > 0).fillna(False).groupby(target).transform("all")
    weight = weight.where(known, 1.0)
    weight = weight / weight.groupby(target).transform("sum")
    mean = figures.mul(weight, axis=0).groupby(target).sum()
    mean = mean.mask(figures.isna().groupby(target).any())
    as_it_was = figures.groupby(target).first()
    kind = over.kind.reindex(mean.index)
    rows = [as_it_was[kind.isin(["unchanged", "split"])], mean[kind == "merged"]]
    return pd.concat(rows).reindex(over.kind.index)


def carry_counts(counts: pd.Series, over: Crossing) -> pd.Series:
    """Residents of the place's areas: copied, or summed where areas merged; unknown where one was split."""
    target = over.pairs["target"]
    each = counts.astype("Float64").reindex(over.pairs["source"]).set_axis(over.pairs.index)
    total = each.groupby(target).sum().mask(each.isna().groupby(target).any())
    total = total.reindex(over.kind.index)
    return total.where(over.kind.isin(["unchanged", "merged"]))


def carried_words(over: Crossing, level: str) -> str:
    """How many areas are of which kind, as a sentence."""
    counts = over.kind.value_counts()
    told = ", ".join(
        f"{counts.get(kind, 0):,} {kind}" for kind in ("unchanged", "split", "merged", "irregular")
    )
    lost = int(over.kind.isna().sum())
    return f"Carried over from {over.made_for} to {level} areas: {told}{f', {lost:,} not in the lookup' if lost else ''}."
