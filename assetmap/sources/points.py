"""Points from two columns of numbers or from one of text, with a plain word for each row that cannot be one."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from assetmap.sources.files import named_crs
from assetmap.sources.recipe import POINT_KEYS, Entry
from assetmap.sources.tables import to_numbers

__all__ = ["halves", "point_keys", "points_from_columns", "points_from_gridrefs"]

_NOTHING = {"", "NA", "N/A", "NULL", "-"}

#: No projected coordinate on earth is larger, in metres.
_LARGEST_M = 20_000_000


def point_keys(entry: Entry) -> list[tuple[str, str]]:
    """Which pairs of columns a table names."""
    return [pair for pair in POINT_KEYS if entry.get(pair[0]) is not None]


def points_from_columns(
    entry: Entry, table: pd.DataFrame, keys: tuple[str, str], crs: CRS
) -> tuple[gpd.GeoSeries, pd.Series]:
    """Points from the two columns that the recipe names.

    Parameters
    ----------
    entry
        The table of the recipe.
    table
        Its rows, as text.
    keys
        One of `POINT_KEYS`.
    crs
        The CRS to bring the points to.

    Returns
    -------
    GeoSeries, Series
        A point for each row, missing where there is none; and what is wrong with each row that has
        something in the two cells and no point. Both cells empty is no fault.
    """
    columns = [str(entry.get(key)) for key in keys]
    degrees = keys == ("lon", "lat")
    source = CRS.from_epsg(4326) if degrees else named_crs(entry, entry.get("crs", "EPSG:27700"))
    text = table[columns]
    filled = ~text.isin(_NOTHING).all(axis=1)
    x, y = (to_numbers(text[column]).astype(float) for column in columns)
    faults = pd.Series(index=table.index, dtype=object)
    faults[filled & (x.isna() | y.isna())] = "Its coordinates are not numbers."
    number = filled & x.notna() & y.notna()
    # 99.999999 is how the ONS postcode directories write a latitude that is not known.
    unknown = number & ((x == 0) & (y == 0) | degrees & (y == 99.999999))
    faults[unknown] = "Its coordinates are (0, 0) or another sign for unknown."
    if degrees:
        large = number & ~unknown & ((x.abs() > 180) | (y.abs() > 90))
        faults[large] = (
            "Its longitude and latitude are too large to be degrees; they look like eastings and northings."
        )
    else:
        large = number & ~unknown & ((x.abs() > _LARGEST_M) | (y.abs() > _LARGEST_M))
        faults[large] = "Its easting and northing are too large for any point on earth."
        small = number & ~unknown & (x.abs() <= 180) & (y.abs() <= 90) & source.is_projected
        faults[small] = "Its easting and northing are too small; they look like a longitude and a latitude."
    good = number & faults.isna()
    found = gpd.GeoSeries(gpd.points_from_xy(x[good], y[good]), index=table.index[good], crs=source).to_crs(
        crs
    )
    return found.reindex(table.index), faults.dropna()


#: Two numbers, as lists and databases write a point: "53.42, -2.32", "(53.42 -2.32)", "POINT (-2.32 53.42)".
_TWO_NUMBERS = re.compile(
    r"(?:POINT\s*)?[(\[]?\s*([+-]?\d+(?:\.\d+)?)°?\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)°?\s*[)\]]?", re.IGNORECASE
)


def halves(text: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Cells that hold both coordinates of a point, taken apart.

    Returns
    -------
    DataFrame, Series
        What stands ``first`` and ``second``, as text, both "" where the cell is empty or is no point; and what is wrong with
        each row that has something there and is no point.
    """
    pairs = {cell: _TWO_NUMBERS.fullmatch(cell) for cell in text.unique()}
    parts = [found.groups() if (found := pairs[cell]) else ("", "") for cell in text]
    apart = pd.DataFrame(parts, index=text.index, columns=["first", "second"], dtype=object)
    faults = pd.Series("It is not two coordinates such as 53.42, -2.32.", index=text.index, dtype=object)
    return apart, faults[~text.isin(_NOTHING) & (apart["first"] == "")]


_GRIDREF = re.compile(r"([A-Z]{1,2})((?:\d\d){1,5})")
#: A square of this side or less is fine enough to walk from, metres; of larger ones not even the street is known.
_FINEST_WALKED_M = 100


def points_from_gridrefs(text: pd.Series, crs: CRS) -> tuple[gpd.GeoSeries, pd.Series, pd.Series]:
    """Points from British National Grid references such as SJ 778 943, each in the middle of the square that it names.

    How letters name squares of 100 km is told in Ordnance Survey, *A guide to coordinate systems in Great Britain*: they run
    in fives from A in the north-west, without I, first of squares of 500 km of which SV begins at (0, 0), then of 100 km.

    Parameters
    ----------
    text
        The references.
    crs
        The CRS to bring the points to.

    Returns
    -------
    GeoSeries, Series, Series
        A point for each row, missing where there is none; what is wrong with each row that has something there and no point;
        and the side of each point's square in metres.
    """
    plain = text.str.upper().str.replace(r"[\s.,-]+", "", regex=True)
    told = {cell: _square(cell) for cell in plain.unique()}
    faults = {cell: said for cell, said in told.items() if isinstance(said, str)}
    wrong = plain.map(faults).astype(object)[plain.isin(list(faults)) & ~text.isin(_NOTHING)]
    squares = plain.map({cell: said for cell, said in told.items() if not isinstance(said, str)}).dropna()
    side = squares.map(lambda square: square[2]).astype(float)
    middles = [(x + size / 2, y + size / 2) for x, y, size in squares]
    points = gpd.GeoSeries(
        gpd.points_from_xy(*zip(*middles, strict=True)) if middles else [], index=squares.index, crs=27700
    )
    return points.to_crs(crs).reindex(text.index), wrong, side


def _square(reference: str) -> tuple[int, int, int] | str:
    """South-west corner and side of the square that a reference names, metres; or what is wrong with it."""
    found = _GRIDREF.fullmatch(reference)
    if found is None:
        return "It is not a grid reference such as SJ 778 943."
    letters, digits = found.groups()
    if len(letters) == 1:
        return "It is a reference of the Irish Grid, which is not read."
    half = len(digits) // 2
    side = 10 ** (5 - half)
    if side > _FINEST_WALKED_M:
        return f"Its grid reference is of a square of {side // 1000} km: too coarse to measure walks from."
    if "I" in letters:
        return "It is not a grid reference such as SJ 778 943."
    large, small = ("ABCDEFGHJKLMNOPQRSTUVWXYZ".index(letter) for letter in letters)
    x = (large % 5 - 2) * 500_000 + small % 5 * 100_000 + int(digits[:half]) * side
    y = (3 - large // 5) * 500_000 + (4 - small // 5) * 100_000 + int(digits[half:]) * side
    if not (0 <= x < 700_000 and 0 <= y < 1_300_000):
        return f"There is no square {letters} in Great Britain."
    return x, y, side
