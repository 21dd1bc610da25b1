"""Where each row of a list is: by its coordinates, else by its grid reference, else by its UPRN, else by its postcode; or why nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.boundaries import look_swapped, near
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.points import halves, point_keys, points_from_columns, points_from_gridrefs
from assetmap.sources.recipe import CELL_KEYS, POINT_KEYS, RECIPE_NAME, Entry
from assetmap.sources.rows import Rows, read_rows

__all__ = ["LOOKUPS", "Gazetteer", "locate", "plain_postcode", "read_gazetteer", "rejected"]

#: A location this far beyond the study area is a mistake rather than a neighbour, …
_ABSURD_M = 100_000

#: … unless more rows of a list than this are as far: then it is a list of a whole country.
_FEW = 20

#: The tables of a recipe that places can be looked up in, and the key of a list that looks there.
LOOKUPS = {"uprns": "uprn", "postcodes": "postcode"}

#: Every key that says where a row of cells is.
_KEYS = (*LOOKUPS.values(), *CELL_KEYS, *(key for pair in POINT_KEYS for key in pair))

#: A grid reference of squares this large is told to be rough.
_ROUGH_M = 100

_NAMES = {"uprn": "UPRN", "postcode": "postcode"}

#: How the headings of published tables begin to be told: NSPL, ONSPD and Code-Point Open of any release, and
#: OS Open UPRN. The first pattern that a heading matches wins.
_HEADINGS = {
    "postcode": ("pcds", "postcode", "pcd8", "pcd2", "pcd7", "pcd"),
    "uprn": ("uprn",),
    "lat": ("lat", "latitude"),
    "lon": ("long", "lon", "longitude"),
    "easting": ("east1m", "oseast1m", "eastings?", "x_coordinate"),
    "northing": ("north1m", "osnrth1m", "northings?", "y_coordinate"),
    "ended": ("doterm",),
}

#: The columns of the CSV files of Code-Point Open, which stand without a row of headings, after Ordnance Survey,
#: *Code-Point Open: technical specification*.
_CODE_POINT = (
    "Postcode", "Positional_quality_indicator", "Eastings", "Northings", "Country_code", "NHS_regional_HA_code",
    "NHS_HA_code", "Admin_county_code", "Admin_district_code", "Admin_ward_code",
)  # fmt: skip

_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? *\d[A-Z]{2}")


class Gazetteer(NamedTuple):
    """Points by postcode or by UPRN.

    Parameters
    ----------
    key
        "postcode" or "uprn".
    points
        A point for each, in the CRS of the study area; postcodes in upper case without space.
    ended
        When a postcode went out of use, such as "202103", for those that have.
    """

    key: str
    points: gpd.GeoSeries
    ended: pd.Series


def plain_postcode(text: pd.Series) -> pd.Series:
    """Postcodes in upper case without a space."""
    return text.str.upper().str.replace(r"\s+", "", regex=True)


def _plain_uprn(text: pd.Series) -> pd.Series:
    """UPRNs without leading noughts, which some lists write and others do not."""
    return text.str.strip().str.lstrip("0")


_PLAIN = {"postcode": plain_postcode, "uprn": _plain_uprn}


def _known_by_heading(table: pd.DataFrame) -> dict[str, str]:
    headings = {str(column).strip().casefold(): str(column) for column in table.columns}
    known: dict[str, str] = {}
    for key, patterns in _HEADINGS.items():
        for pattern in patterns:
            found = [column for heading, column in headings.items() if re.fullmatch(pattern, heading)]
            if found:
                known[key] = found[0]
                break
    return known


def _headed(entry: Entry, table: pd.DataFrame) -> pd.DataFrame:
    """A table of postcodes under its headings; where its first row is one of the postcodes, that is a row as well."""
    if entry.table != "postcodes" or not any(
        _POSTCODE.fullmatch(str(column).upper()) for column in table.columns
    ):
        return table
    if len(table.columns) != len(_CODE_POINT):
        what = f"Its first row is a postcode and no heading, and it has not the {len(_CODE_POINT)} columns of Code-Point Open."
        raise fatal(entry, what, "Put a row of headings above it, such as postcode, eastings and northings.")
    first = pd.DataFrame([[str(column) for column in table.columns]], index=[1], dtype=object)
    rest = table.set_axis(range(len(_CODE_POINT)), axis=1)
    return pd.concat([first, rest]).set_axis(list(_CODE_POINT), axis=1)


def _points_of_shapes(shapes: gpd.GeoSeries, crs: CRS) -> gpd.GeoSeries:
    """A point for each shape; none for one at (0, 0), which is how Code-Point Open writes that it knows no place."""
    points = shapes.representative_point()
    return points.where(~((points.x == 0) & (points.y == 0))).to_crs(crs)


def read_gazetteer(entry: Entry, outline: gpd.GeoSeries) -> tuple[Gazetteer, list[Problem], int]:
    """Points to look rows up by, in the outline's CRS; the problems; the rows read.

    The columns of NSPL, ONSPD, Code-Point Open (its CSV has no headings) and OS Open UPRN are known; the recipe may name
    others. Shapes have their own place, where no columns tell one. Rows without a location are left out and counted.
    """
    key = LOOKUPS[entry.table]
    rows = read_rows(entry)
    table = rows.table if rows.shapes is not None else _headed(entry, rows.table)
    named = any(entry.get(first) for first, _ in POINT_KEYS)
    guessed = {
        name: column
        for name, column in _known_by_heading(table).items()
        if not named or name in (key, "ended")
    }
    entry = entry.saying(guessed)
    keys = next((pair for pair in point_keys(entry) if entry.get(pair[1])), None)
    shapes = None if keys or named else rows.shapes
    if entry.get(key) is None or (keys is None and shapes is None):
        has = ", ".join(map(str, table.columns))
        raise PlaceError(
            Problem(
                entry.file,
                f"Its headings are not those of a table of {_NAMES[key]}s that assetmap knows.",
                f"Name the columns {key}, lon and lat (or easting and northing) in [{entry.table}], from: {has[:300]}.",
            )
        )
    require_columns(entry, table, (key, *(keys or ())))
    if shapes is not None:
        points = _points_of_shapes(shapes, outline.crs)
        remedy = "Check that it is of this place, the file’s CRS and the order of its coordinates."
    elif keys is not None:
        points, _ = points_from_columns(entry, table, keys, outline.crs)
        remedy = "Check that the two columns are not swapped, and are in the units that the recipe says."
    name = _PLAIN[key](table[entry.get(key)])
    points = points.set_axis(name).dropna()
    if not near(points, outline, _ABSURD_M).any():
        raise PlaceError(
            Problem(
                entry.file,
                f"None of its {_NAMES[key]}s is within 100 km of the place.",
                remedy,
                column=entry.get(keys[0]) if keys else None,
            )
        )
    once = points[~points.index.duplicated()]
    problems = list(rows.problems)
    for number, what in (
        (len(table) - len(points), "without a usable location"),
        (len(points) - len(once), "given a second time; the first is used"),
    ):
        if number:
            told = f"{counted(number, _NAMES[key])} {what}."
            problems.append(
                Problem(entry.file, told, "Nothing to do, unless it is one of yours.", severity="note")
            )
    ended = pd.Series(dtype=object)
    if entry.get("ended"):
        require_columns(entry, table, ("ended",))
        ended = table[entry.get("ended")].set_axis(name)
        ended = ended[(ended != "") & ended.index.isin(once.index)]
        ended = ended[~ended.index.duplicated()]
    return Gazetteer(key, once, ended), problems, rows.rows_in + len(table) - len(rows.table)


def rejected(entry: Entry, faults: pd.Series, remedy: str, column: str | None = None) -> list[Problem]:
    """One problem for each row that cannot be used; the index says which row, the values what is wrong."""
    rows, file = faults.index.astype(int), entry.file
    return [
        Problem(file, what, remedy, row, column, "rejected") for row, what in zip(rows, faults, strict=True)
    ]


def _constant(text: str, rows: pd.Index) -> pd.Series:
    return pd.Series(text, index=rows, dtype=object)


def locate(
    entry: Entry, listed: Rows, gazetteers: Mapping[str, Gazetteer], outline: gpd.GeoSeries
) -> tuple[gpd.GeoSeries, list[Problem]]:
    """A point for each row that can be located, in the outline's CRS, and a problem for each that cannot.

    Shapes have their own place: a point inside each. A row of cells is rejected for the first thing that is wrong
    with it, and only where no other way found it.
    """
    if listed.shapes is not None:
        return _from_shapes(entry, listed.shapes, outline)
    return _from_cells(entry, listed.table, gazetteers, outline)


def _from_cells(
    entry: Entry, table: pd.DataFrame, gazetteers: Mapping[str, Gazetteer], outline: gpd.GeoSeries
) -> tuple[gpd.GeoSeries, list[Problem]]:
    require_columns(entry, table, _KEYS)
    points = gpd.GeoSeries(index=table.index, crs=outline.crs)
    faults = pd.Series(index=table.index, dtype=object)
    remedies = pd.Series(index=table.index, dtype=object)
    columns = pd.Series(index=table.index, dtype=object)
    notes: list[Problem] = []

    def fault(what: pd.Series, remedy: str, column: str) -> None:
        new = what.index[faults[what.index].isna()]
        faults[new], remedies[new], columns[new] = what[new], remedy, column

    def place(found: gpd.GeoSeries, far: gpd.GeoSeries, where: str) -> gpd.GeoSeries:
        """The points with those found for rows that had none, but for the few that are absurdly far away."""
        if len(far) <= _FEW:
            fault(_away(far, outline), "Check its coordinates.", where)
            found[far.index] = None
        return points.where(points.notna(), found)

    pairs = [(entry, table, keys, f"{entry.get(keys[0])}/{entry.get(keys[1])}") for keys in point_keys(entry)]
    if entry.get("latlon"):
        apart, wrong = halves(table[entry.get("latlon")])
        fault(wrong, "Put in the true coordinates, or leave the cell empty.", entry.get("latlon"))
        first_is_lat, turned = _order(entry, apart, outline)
        pairs.append((first_is_lat, apart, POINT_KEYS[0], entry.get("latlon")))
        notes += turned
    for said, cells, keys, where in pairs:
        found, wrong = points_from_columns(said, cells, keys, outline.crs)
        fault(wrong, "Put in the true coordinates, or leave both cells empty.", where)
        far = found[found.notna() & ~near(found, outline, _ABSURD_M)]
        swap = "Swap the two cells." if cells is table else "Swap the two numbers."
        swapped = far.index[_swapped(said, cells.loc[far.index], keys, outline)]
        fault(_constant(f"Its {keys[0]} and {keys[1]} look swapped.", swapped), swap, where)
        found[swapped] = None
        points = place(found, far.drop(swapped), where)
    if column := entry.get("gridref"):
        found, wrong, side = points_from_gridrefs(table[column], outline.crs)
        fault(wrong, "Give a British National Grid reference of six digits or more, or coordinates.", column)
        coarse = side.index[(side >= _ROUGH_M) & points[side.index].isna()]
        if len(coarse):
            told_so = f"{counted(len(coarse), 'row')} with a grid reference of {_ROUGH_M} m only, such as row {coarse[0]}; placed in the middle of its square, up to 71 m off."
            notes.append(
                Problem(
                    entry.file,
                    told_so,
                    "Give longer references where you have them.",
                    column=column,
                    severity="note",
                )
            )
        points = place(found, found[found.notna() & ~near(found, outline, _ABSURD_M)], column)
    for name, key in LOOKUPS.items():
        column = entry.get(key)
        if column is None:
            continue
        text = table.loc[points.isna() & (table[column] != ""), column]
        if name not in gazetteers:
            what = _constant(
                f"It has only a {_NAMES[key]}, and the place has no {_NAMES[key]} table.", text.index
            )
            fault(what, f"Add [{name}] to place.toml.", column)
            continue
        gazetteer = gazetteers[name]
        plain = _PLAIN[key](text)
        known = gazetteer.points.reindex(plain).set_axis(text.index)
        points[text.index] = known
        lost = text[known.isna()]
        fault(
            lost.map(
                lambda each, key=key: f"The {_NAMES[key]} “{each}” is not in the place’s {_NAMES[key]} table."
            ),
            f"Check the {_NAMES[key]}, or add coordinates; it may be outside the table’s reach or no longer in use.",
            column,
        )
        out_of_use = plain[plain.isin(gazetteer.ended.index)]
        if len(out_of_use):
            first = out_of_use.iloc[0]
            told = (
                f"{counted(len(out_of_use), 'row')} with a postcode no longer in use, such as row {out_of_use.index[0]} "
                f"({text[out_of_use.index[0]]}, ended {gazetteer.ended[first]}); placed where it was."
            )
            notes.append(
                Problem(entry.file, told, "Ask whether they are still there.", column=column, severity="note")
            )
    unsaid = faults.index[points.isna() & faults.isna()]
    fault(_constant("It has no location.", unsaid), "Add coordinates or a postcode.", "")
    nowhere, file = table.index[points.isna()], entry.file
    problems = [
        Problem(file, what, remedy, row, column or None, "rejected")
        for row, what, remedy, column in zip(
            nowhere.astype(int), faults[nowhere], remedies[nowhere], columns[nowhere], strict=True
        )
    ]
    return points.dropna(), [*notes, *problems]


def _order(entry: Entry, apart: pd.DataFrame, outline: gpd.GeoSeries) -> tuple[Entry, list[Problem]]:
    """Which half of the cells with both coordinates is the latitude: whichever brings more rows near the place."""
    latitude_first, longitude_first = (
        Entry(entry.table, {"file": entry.get("file"), "lat": lat, "lon": lon}, entry.folder)
        for lat, lon in (("first", "second"), ("second", "first"))
    )
    near_it = [
        int(near(points_from_columns(said, apart, POINT_KEYS[0], outline.crs)[0], outline, _ABSURD_M).sum())
        for said in (latitude_first, longitude_first)
    ]
    if near_it[0] >= near_it[1]:
        return latitude_first, []
    column = entry.get("latlon")
    what = (
        f"“{column}” has the longitude before the latitude in {counted(near_it[1], 'row')}, and is read so."
    )
    return longitude_first, [Problem(entry.file, what, "Nothing to do.", column=column, severity="note")]


def _away(points: gpd.GeoSeries, outline: gpd.GeoSeries) -> pd.Series:
    """How far away each point is, in words."""
    return points.distance(outline.iloc[0]).map(lambda m: f"It is {m / 1000:,.0f} km away from the place.")


def _swapped(entry: Entry, table: pd.DataFrame, keys: tuple[str, str], outline: gpd.GeoSeries) -> np.ndarray:
    """Which rows would be near the place if their two cells changed places."""
    first, second = (entry.get(key) for key in keys)
    turned = table.rename(columns={first: second, second: first})
    points, _ = points_from_columns(entry, turned, keys, outline.crs)
    return near(points, outline, _ABSURD_M).to_numpy()


def _from_shapes(
    entry: Entry, shapes: gpd.GeoSeries, outline: gpd.GeoSeries
) -> tuple[gpd.GeoSeries, list[Problem]]:
    named = [key for key in _KEYS if entry.get(key) and key != "postcode"]
    if named:
        what = f"The list “{entry.get('name')}” is a file of shapes, and the recipe names {' and '.join(named)} as well."
        raise PlaceError(
            Problem(RECIPE_NAME, what, "Remove those lines; the shapes say where each asset is.")
        )
    there = shapes.notna() & ~shapes.is_empty
    points = shapes[there].representative_point().to_crs(outline.crs)
    lost = rejected(entry, _constant("It has no location.", shapes.index[~there]), "Draw it, or remove it.")
    far = points[~near(points, outline, _ABSURD_M)]
    if len(far) == len(points) and look_swapped(shapes[there], outline, _ABSURD_M):
        what = "Its two coordinates look swapped: the other way round its shapes are near the place."
        raise fatal(entry, what, "Export it again with longitude, or easting, first.")
    if len(far) > _FEW:
        far = far.iloc[:0]
    away = rejected(entry, _away(far, outline), "Check its coordinates and the file’s CRS.")
    return points.drop(far.index), [*lost, *away]
