"""Bodies for an area: neighbourhood forums, residents' associations, parish councils and their like.

A body speaks for an area and has no place of its own on the map. One that also keeps a hall or a hut is listed there
as an asset, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from assetmap.errors import Problem, counted
from assetmap.sources.boundaries import mended_told
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows
from assetmap.taxonomy import plain_words

__all__ = ["area_words", "areas_meant", "merge_bodies", "read_bodies", "read_wards"]

_COLUMNS = ("name", "kind", "covers", "website", "area_codes", "list")


def read_wards(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[Problem], int, int]:
    """Which ward each area is in; the problems; the rows read and used.

    The wards are indexed like the areas: ``ward`` and ``ward_code``, NA where not known.

    Raises
    ------
    PlaceError
        Where no row is about an area of the place, or one area stands in two wards.
    """
    rows = read_rows(entry)
    require_columns(entry, rows.table, ("code", "ward", "ward_code"))
    codes = rows.table[entry.get("code")]
    mine = rows.table[codes.isin(areas.index)]
    if mine.empty:
        what = f"None of its {counted(len(codes), 'row')} is about an area of this place; its codes look like “{codes.iloc[0]}”."
        raise fatal(entry, what, "Name the lookup for this level and vintage of area.", entry.get("code"))
    keys = [key for key in ("ward", "ward_code") if entry.get(key)]
    wards = mine[[entry.get(key) for key in keys]].set_axis(keys, axis=1).set_axis(codes[mine.index])
    wards = wards[~wards.reset_index().duplicated().to_numpy()]
    twice = wards.index[wards.index.duplicated()]
    if len(twice):
        remedy = "Name a best-fit lookup, which has one ward for each area."
        raise fatal(entry, f"The area {twice[0]} is in more than one ward.", remedy, entry.get("ward"))
    wards = wards.replace("", pd.NA).reindex(areas.index)
    missing = int(wards["ward"].isna().sum())
    problems = list(rows.problems)
    if missing:
        what = f"{counted(missing, 'area')} of {len(areas)} without a ward."
        problems.append(Problem(entry.file, what, "Bodies of wards are not told there.", severity="note"))
    return wards.reindex(columns=["ward", "ward_code"]), problems, rows.rows_in, len(wards) - missing


def area_words(areas: gpd.GeoDataFrame, wards: pd.DataFrame | None, place: str) -> dict[str, frozenset[str]]:
    """The areas that a word means, by the word in plain letters: an area's or a ward's code or name, or the place's."""
    named: dict[str, set[str]] = {}
    columns = [pd.Series(areas.index, index=areas.index), areas["area_name"]]
    if wards is not None:
        columns += [wards["ward"], wards["ward_code"]]
    for column in columns:
        for code, word in column.dropna().items():
            named.setdefault(_spoken(str(word)), set()).add(str(code))
    whole = set(areas.index.astype(str))
    found = {_spoken(place): whole, "whole place": whole, **named}
    return {word: frozenset(codes) for word, codes in found.items() if word}


def read_bodies(
    entry: Entry, areas: gpd.GeoDataFrame, origins: gpd.GeoSeries, words: Mapping[str, frozenset[str]]
) -> tuple[pd.DataFrame, list[Problem], int]:
    """The bodies of one list; the problems; the rows read.

    A body that is drawn covers the areas whose people's point is inside it; one too small to hold any covers part of
    the area that most of it is in. A body in a table covers the areas that it names, by code or else by name.

    Parameters
    ----------
    entry
        The table of the recipe.
    areas, origins
        The areas of the place, and one point for each.
    words
        The areas that a word means, as `area_words` gives them.

    Returns
    -------
    DataFrame
        One row a row of the list; the columns of `merge_bodies`.
    """
    listed = read_rows(entry)
    require_columns(entry, listed.table, ("title", "kind_column", "code", "covers", "website"))
    if listed.shapes is None and not (entry.get("code") or entry.get("covers")):
        remedy = "Name the column code or covers, or a file of polygons."
        raise fatal(entry, "[[bodies]] does not say which areas its bodies cover.", remedy)
    said = _said(entry, listed.table)
    problems = list(listed.problems)
    problems += [
        Problem(entry.file, "The body has no name.", "Fill it in.", int(row), entry.get("title"), "rejected")
        for row in said.index[said["name"] == ""]
    ]
    said = said[said["name"] != ""]
    inside, part, mended = _drawn(entry, listed.shapes, areas, origins)
    problems += mended
    covered: dict[int, frozenset[str]] = {}
    strange: list[tuple[int, str]] = []
    away = []
    for row, code, covers in said[["code", "covers"]].itertuples(name=None):
        found = inside.get(row, frozenset())
        for word in re.split(r"[;,|\s]+", code) if code else ():
            found |= _named(word, words)
        if not (code or row in inside):
            found, unknown = areas_meant(covers, words)
            strange += [(row, word) for word in unknown]
        elif row in part and not found:
            found = frozenset({part[row]})
            said.at[row, "covers"] = covers or f"part of {areas.at[part[row], 'area_name']}"
        elif not found:
            away.append(row)
        covered[row] = found
    unsaid = [row for row, found in covered.items() if not found and row not in away]
    problems += _told(entry, said, strange, away, unsaid)
    bodies = said.drop(index=away, columns="code")
    bodies["area_codes"] = [tuple(sorted(covered[row])) for row in bodies.index]
    return bodies.assign(list=entry.get("name")), problems, listed.rows_in


def _said(entry: Entry, table: pd.DataFrame) -> pd.DataFrame:
    """What a list says of each body, as text."""
    named = {"name": "title", "kind": "kind_column", "covers": "covers", "website": "website", "code": "code"}
    said = pd.DataFrame(
        {key: table[entry.get(column)] if entry.get(column) else "" for key, column in named.items()},
        index=table.index,
        dtype=object,
    )
    return said.assign(kind=entry.get("kind")) if entry.get("kind") else said


def _drawn(
    entry: Entry, shapes: gpd.GeoSeries | None, areas: gpd.GeoDataFrame, origins: gpd.GeoSeries
) -> tuple[dict[int, frozenset[str]], dict[int, str], list[Problem]]:
    """By row: the areas whose people's point is inside a body's polygon; and the area that most of a small one is in."""
    if shapes is None:
        return {}, {}, []
    drawn = shapes[shapes.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.is_empty]
    polygons = drawn.to_crs(areas.crs).make_valid()
    held, point = origins.sindex.query(polygons, predicate="contains")
    codes = pd.Series(origins.index[point], index=polygons.index[held], dtype=object)
    inside = {row: frozenset(codes[codes.index == row]) for row in polygons.index}
    part = {}
    for row in (row for row, found in inside.items() if not found):
        shared = areas.intersection(polygons[row]).area
        if shared.max() > 0:
            part[row] = str(shared.idxmax())
    return inside, part, mended_told(entry, drawn)


#: What parts the names in a list's words. Names have commas and "and" in them too, so what is between two semicolons is
#: taken apart only where it means nothing whole.
_BETWEEN = (r"[;|\n]", ",", r"&|\band\b")


def areas_meant(
    text: str, words: Mapping[str, frozenset[str]], between: Sequence[str] = _BETWEEN
) -> tuple[frozenset[str], list[str]]:
    """The areas that a list's own words mean, by `area_words`, and those of its words that mean none."""
    found, unknown = _named(text, words), []
    if not found and between:
        for piece in re.split(between[0], text):
            codes, strange = areas_meant(piece, words, between[1:])
            found |= codes
            unknown += strange
    elif not found and text.strip():
        unknown.append(text.strip())
    return found, unknown


def _named(phrase: str, words: Mapping[str, frozenset[str]]) -> frozenset[str]:
    spoken = _spoken(phrase)
    bare = re.sub(r"^(the )?wards? of | wards?$", "", spoken)
    return words.get(spoken) or words.get(bare) or frozenset()


def _spoken(name: str) -> str:
    return plain_words(name.replace("&", " and "))


def _told(
    entry: Entry, said: pd.DataFrame, strange: list[tuple[int, str]], away: list[int], nowhere: list[int]
) -> list[Problem]:
    told = []
    if strange:
        row, word = strange[0]
        what = f"{counted(len(strange), 'word')} of covers that name no area or ward here, such as “{word}” in row {row}."
        remedy = "Kept in words. Give area codes as code; for wards, name their lookup as [wards]."
        told.append(Problem(entry.file, what, remedy, None, entry.get("covers"), "note"))
    endings = (
        (
            [row for row in away if said.at[row, "code"]],
            "of areas that are not in this place",
            "Nothing to do; if it is, check the vintage of its codes.",
        ),
        (
            [row for row in away if not said.at[row, "code"]],
            "drawn outside this place",
            "Nothing to do; if it is inside, check the file’s CRS and the order of its coordinates.",
        ),
        (
            nowhere,
            "without an area that is known here",
            "Listed, and told for no area. Draw it, or give its codes.",
        ),
    )
    for rows, ending, remedy in endings:
        if rows:
            some = f"such as “{said['name'][rows[0]]}” in row {rows[0]}"
            what = f"{counted(len(rows), 'body', 'bodies')} {ending}, {some}."
            told.append(Problem(entry.file, what, remedy, severity="note"))
    return told


def merge_bodies(lists: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The bodies of all lists, by name: rows of one name are one body, which covers all that any of them says.

    Returns
    -------
    DataFrame
        ``name``, ``kind``, ``covers`` (in words), ``website``, ``area_codes`` (a tuple in ascending order; empty where it is
        not known which areas of the place it covers) and ``list`` (all that name it).
    """
    full = [each for each in lists if len(each)]
    if not full:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in _COLUMNS})
    bodies = pd.concat(full, ignore_index=True)
    one = bodies.groupby(bodies["name"].map(lambda name: plain_words(name) or name.casefold()), sort=True)

    def together(values: Iterable[str]) -> str:
        return "; ".join(dict.fromkeys(value for value in values if value))

    merged = {key: one[key].agg(together) for key in ("kind", "covers", "website", "list")}
    codes = {name: tuple(sorted(set().union(*parts))) for name, parts in one["area_codes"]}
    merged |= {"name": one["name"].first(), "area_codes": pd.Series(codes, dtype=object)}
    return pd.DataFrame(merged)[list(_COLUMNS)].reset_index(drop=True)
