"""Lists of community assets: each row located, named and given a kind, or kept out with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.files import require_columns
from assetmap.sources.osm import OSM_COLUMNS
from assetmap.sources.points import point_keys, points_from_columns
from assetmap.sources.recipe import POINT_KEYS, RECIPE_NAME, Entry, is_osm
from assetmap.sources.rows import Rows, read_rows
from assetmap.taxonomy import kind_named, kinds

__all__ = ["LOAD_MARGIN_M", "Gathered", "merge_lists", "read_assets", "read_postcodes"]

#: Assets this far beyond the study area are loaded: an hour's walk at the fastest settings.
LOAD_MARGIN_M = 10_000

#: A location this far beyond the study area is a mistake rather than a neighbour, …
_ABSURD_M = 100_000

#: … unless more rows of a list than this are as far: then it is a list of a whole country.
_FEW = 20

#: Two rows of the same kind and name closer than this are one place told twice.
_SAME_PLACE_M = 100

_LOCATION_KEYS = ("postcode", *(key for pair in POINT_KEYS for key in pair))


class Gathered(NamedTuple):
    """What one list gave.

    Parameters
    ----------
    rows
        Its good rows within the margin: ``name``, ``kind``, ``list``, ``detail``, ``row``, ``geometry``.
    themes
        The themes of every row that has a kind and a place, near or far: what the list speaks of.
    problems
        What was wrong with others; one a rejected row.
    rows_in
        How many rows were read.
    footprint
        What the list covers, where the file itself tells; in the outline's CRS.
    """

    rows: gpd.GeoDataFrame
    themes: frozenset[str]
    problems: list[Problem]
    rows_in: int
    footprint: shapely.Geometry | None = None


def _postcode(text: pd.Series) -> pd.Series:
    return text.str.upper().str.replace(r"\s+", "", regex=True)


def read_postcodes(entry: Entry, outline: gpd.GeoSeries) -> tuple[gpd.GeoSeries, list[Problem], int]:
    """Points by postcode (upper case, no space), in the outline's CRS.

    Postcodes without a location, as terminated ones are, are left out and counted.
    """
    rows = read_rows(entry)
    keys = point_keys(entry)[0]
    require_columns(entry, rows.table, ("postcode", *keys))
    points, _ = points_from_columns(entry, rows.table, keys, outline.crs)
    points = points.set_axis(_postcode(rows.table[entry.get("postcode")])).dropna()
    if points.empty or not shapely.dwithin(points.to_numpy(), outline.iloc[0], _ABSURD_M).any():
        raise PlaceError(
            Problem(
                entry.file,
                "None of its postcodes is within 100 km of the place.",
                "Check that the two columns are not swapped, and are in the units that the recipe says.",
                column=entry.get(keys[0]),
            )
        )
    once = points[~points.index.duplicated()]
    problems = list(rows.problems)
    for number, what in (
        (len(rows.table) - len(points), "without a usable location"),
        (len(points) - len(once), "given a second time; the first is used"),
    ):
        if number:
            told = f"{counted(number, 'postcode')} {what}."
            problems.append(
                Problem(entry.file, told, "Nothing to do, unless it is one of yours.", severity="note")
            )
    return once, problems, rows.rows_in


def _reject(entry: Entry, faults: pd.Series, remedy: str, column: str | None = None) -> list[Problem]:
    """One problem for each row that cannot be used."""
    rows = faults.index.astype(int)
    return [
        Problem(entry.file, what, remedy, row, column, "rejected")
        for row, what in zip(rows, faults, strict=True)
    ]


def _constant(text: str, rows: pd.Index) -> pd.Series:
    return pd.Series(text, index=rows, dtype=object)


def _locate(
    entry: Entry, table: pd.DataFrame, postcodes: gpd.GeoSeries | None, outline: gpd.GeoSeries
) -> tuple[gpd.GeoSeries, list[Problem]]:
    """A point for each row that can be located: by its coordinates, or else by its postcode.

    A row is rejected for the first thing that is wrong with it, and only where no other way found it.
    """
    points = gpd.GeoSeries(index=table.index, crs=outline.crs)
    faults = pd.Series(index=table.index, dtype=object)
    remedies = pd.Series(index=table.index, dtype=object)
    columns = pd.Series(index=table.index, dtype=object)

    def fault(what: pd.Series, remedy: str, column: str) -> None:
        new = what.index[faults[what.index].isna()]
        faults[new], remedies[new], columns[new] = what[new], remedy, column

    for keys in point_keys(entry):
        found, wrong = points_from_columns(entry, table, keys, outline.crs)
        where = f"{entry.get(keys[0])}/{entry.get(keys[1])}"
        fault(wrong, "Put in the true coordinates, or leave both cells empty.", where)
        near = found.dwithin(outline.iloc[0], _ABSURD_M)
        far = found[found.notna() & ~near]
        swapped = far.index[_swapped(entry, table.loc[far.index], keys, outline)]
        fault(_constant(f"Its {keys[0]} and {keys[1]} look swapped.", swapped), "Swap the two cells.", where)
        found[swapped] = None
        away = far.drop(swapped)
        if len(away) <= _FEW:
            away = away.distance(outline.iloc[0]) / 1000
            fault(
                away.map(lambda km: f"It is {km:,.0f} km away from the place."),
                "Check its coordinates.",
                where,
            )
            found[away.index] = None
        points = points.where(points.notna(), found)
    column = entry.get("postcode")
    if column is not None:
        open_rows = table.index[points.isna() & (table[column] != "")]
        text = table.loc[open_rows, column]
        known = _postcode(text).map(postcodes) if postcodes is not None else text.map(lambda _: None)
        points[open_rows] = gpd.GeoSeries(known, crs=outline.crs)
        lost = text[points[open_rows].isna()]
        if postcodes is None:
            what = _constant("It has only a postcode, and the place has no postcode table.", lost.index)
            fault(what, "Add [postcodes] to place.toml.", column)
        else:
            fault(
                lost.map(lambda postcode: f"The postcode “{postcode}” is not in the place’s postcode table."),
                "Check the postcode, or add coordinates; it may be outside the table’s reach or no longer in use.",
                column,
            )
    unsaid = faults.index[points.isna() & faults.isna()]
    fault(_constant("It has no location.", unsaid), "Add coordinates or a postcode.", "")
    problems = [
        Problem(entry.file, faults[row], remedies[row], int(row), columns[row] or None, "rejected")
        for row in table.index[points.isna()]
    ]
    return points.dropna(), problems


def _swapped(entry: Entry, table: pd.DataFrame, keys: tuple[str, str], outline: gpd.GeoSeries) -> np.ndarray:
    """Which rows would be near the place if their two cells changed places."""
    first, second = (entry.get(key) for key in keys)
    turned = table.rename(columns={first: second, second: first})
    points, _ = points_from_columns(entry, turned, keys, outline.crs)
    return points.dwithin(outline.iloc[0], _ABSURD_M).to_numpy()


def _kinds(entry: Entry, table: pd.DataFrame) -> tuple[pd.Series, list[Problem]]:
    """The kind of each row that has one, and a problem for each that has none."""
    whole = entry.get("kind")
    if whole is not None:
        if whole not in kinds():
            raise PlaceError(
                Problem(
                    RECIPE_NAME,
                    f"The list “{entry.get('name')}” has kind “{whole}”, which the taxonomy does not have.",
                    f"Use one of: {', '.join(kinds())}.",
                    column="kind",
                )
            )
        return _constant(whole, table.index), []
    column = str(entry.get("kind_column"))
    known = {word: found.kind for word in table[column].unique() if (found := kind_named(word))}
    kind = table[column].map(known)
    strange = table[column][kind.isna()]
    what = strange.map(
        lambda word: (
            f"“{word}” is not a kind that the taxonomy knows." if word else "It does not say what kind it is."
        )
    )
    return kind.dropna(), _reject(
        entry, what, "Use a kind of assetmap/taxonomy.toml, or add the word to it.", column
    )


def read_assets(entry: Entry, outline: gpd.GeoSeries, postcodes: gpd.GeoSeries | None) -> Gathered:
    """One list of assets, in the CRS of the study area's outline.

    A list of contact addresses (``role = "contact"``) is counted and never mapped: a contact may be
    somebody's home.
    """
    if is_osm(entry.file):
        entry = entry.saying(OSM_COLUMNS)
    listed = read_rows(entry)
    nothing = gpd.GeoDataFrame(
        {key: [] for key in ("name", "kind", "list", "detail", "row")}, geometry=[], crs=outline.crs
    )
    if entry.get("role") == "contact":
        told = Problem(
            entry.file,
            f"{counted(len(listed.table), 'contact address', 'contact addresses')} read; none is mapped.",
            "Nothing to do; a contact address is no place to go to, and may be somebody’s home.",
            severity="note",
        )
        return Gathered(nothing, frozenset(), [*listed.problems, told], listed.rows_in)

    require_columns(entry, listed.table, ("title", "kind_column", "detail"))
    points, unlocated = (
        _from_shapes(entry, listed, outline)
        if listed.shapes is not None
        else _from_cells(entry, listed, postcodes, outline)
    )
    kind, strange = _kinds(entry, listed.table.loc[points.index])
    table, points = listed.table.loc[kind.index], points[kind.index]
    near = points.dwithin(outline.iloc[0], LOAD_MARGIN_M)
    problems = [*listed.problems, *unlocated, *strange]
    if not near.all():
        what = f"{counted(int((~near).sum()), 'row')} more than {LOAD_MARGIN_M // 1000} km from the place: too far to walk to."
        problems.append(Problem(entry.file, what, "Nothing to do.", severity="note"))
    title, detail = entry.get("title"), entry.get("detail")
    names = table[title] if title else _constant("", table.index)
    unnamed = names.str.casefold().isin(["", "unknown"])
    rows = gpd.GeoDataFrame(
        {
            "name": names.where(~unnamed, kind.map(lambda each: f"{kinds()[each].label} {_NAMELESS}")),
            "kind": kind,
            "list": entry.get("name"),
            "detail": table[detail] if detail else "",
            "row": table.index,
        },
        geometry=points,
        crs=outline.crs,
    )
    themes = frozenset(kinds()[each].theme for each in kind.unique())
    footprint = None if listed.footprint is None else listed.footprint.to_crs(outline.crs).iloc[0]
    return Gathered(rows[near] if near.any() else nothing, themes, problems, listed.rows_in, footprint)


_NAMELESS = "(name not given)"


def _from_cells(
    entry: Entry, listed: Rows, postcodes: gpd.GeoSeries | None, outline: gpd.GeoSeries
) -> tuple[gpd.GeoSeries, list[Problem]]:
    require_columns(entry, listed.table, _LOCATION_KEYS)
    return _locate(entry, listed.table, postcodes, outline)


def _from_shapes(entry: Entry, listed: Rows, outline: gpd.GeoSeries) -> tuple[gpd.GeoSeries, list[Problem]]:
    """A point inside each shape; shapes have their own place, so no column can give another."""
    named = [key for key in _LOCATION_KEYS if entry.get(key)]
    if named:
        what = f"The list “{entry.get('name')}” is a file of shapes, and the recipe names {' and '.join(named)} as well."
        raise PlaceError(
            Problem(RECIPE_NAME, what, "Remove those lines; the shapes say where each asset is.")
        )
    shapes = gpd.GeoSeries(listed.shapes)
    there = shapes.notna() & ~shapes.is_empty
    points = shapes[there].representative_point().to_crs(outline.crs)
    lost = _reject(entry, _constant("It has no location.", shapes.index[~there]), "Draw it, or remove it.")
    away = points.distance(outline.iloc[0])
    far = away[away > _ABSURD_M] / 1000
    if len(far) > _FEW:
        far = far.iloc[:0]
    what = far.map(lambda km: f"It is {km:,.0f} km away from the place.")
    return points.drop(far.index), [*lost, *_reject(entry, what, "Check its coordinates and the file’s CRS.")]


def merge_lists(
    lists: dict[str, Gathered], areas: gpd.GeoDataFrame, files: dict[str, str]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """All lists as one table of distinct assets, indexed by ``asset_id``.

    Assets of the same kind and name within 100 m of each other are one place told twice: the first
    list's row is kept and the others told as duplicates.

    Parameters
    ----------
    lists
        What each list gave, by the list's name, in the recipe's order.
    areas
        The place's areas.
    files
        The file of each list, by the list's name.
    """
    frames = [gathered.rows for gathered in lists.values() if len(gathered.rows)]
    columns = ["name", "kind", "theme", "list", "area_code", "detail", "geometry"]
    if not frames:
        return gpd.GeoDataFrame({key: [] for key in columns[:-1]}, geometry=[], crs=areas.crs), []
    together = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=areas.crs)
    first = _first_of_same(together)
    again = together[first != together.index]
    problems = [
        Problem(
            files[row.list],
            f"“{row.name_}” is already there, from {files[together.at[first[number], 'list']]} row {together.at[first[number], 'row']}.",
            "Counted once; nothing to do.",
            int(row.row),
            severity="duplicate",
        )
        for number, row in zip(again.index, again.rename(columns={"name": "name_"}).itertuples(), strict=True)
    ]
    assets = together.drop(index=again.index).reset_index(drop=True)
    assets["theme"] = assets["kind"].map(lambda kind: kinds()[kind].theme)
    inside = gpd.sjoin(assets[["geometry"]], areas[["geometry"]], predicate="intersects")
    # A point on a shared border belongs to one area only: the first by code.
    assets["area_code"] = inside["area_code"].groupby(level=0).min().reindex(assets.index)
    x, y = (
        assets.geometry.x.round().astype(int).astype(str),
        assets.geometry.y.round().astype(int).astype(str),
    )
    told = assets["list"] + "|" + assets["kind"] + "|" + assets["name"] + "|" + x + "|" + y
    assets["asset_id"] = told.map(lambda text: hashlib.sha256(text.encode()).hexdigest()[:12])
    assets["asset_id"] += assets.groupby("asset_id").cumcount().map(lambda n: f"-{n + 1}" if n else "")
    return assets.set_index("asset_id")[columns], problems


def _first_of_same(assets: gpd.GeoDataFrame) -> pd.Series:
    """For each asset, the first row that is the same place: itself, where it is no duplicate.

    Rows are the same place where a chain of steps of at most 100 m joins them, so the answer does not
    hang on the order of the rows. Assets without a name are never the same.
    """
    spoken = assets["name"].str.casefold().str.replace(r"[\W_]+", " ", regex=True).str.strip()
    unnamed = assets["name"].str.endswith(_NAMELESS)
    first: dict[Hashable, Hashable] = {number: number for number in assets.index}
    for _, group in assets[~unnamed].groupby([assets["kind"], spoken], sort=False):
        if len(group) < 2:
            continue
        points = group.geometry.to_numpy()
        left, right = shapely.STRtree(points).query(points, predicate="dwithin", distance=_SAME_PLACE_M)
        joined = list(range(len(group)))
        for one, other in zip(left, right, strict=True):
            low, high = sorted((joined[one], joined[other]))
            joined = [low if each == high else each for each in joined]
        first.update({group.index[n]: group.index[low] for n, low in enumerate(joined)})
    return pd.Series(first)
