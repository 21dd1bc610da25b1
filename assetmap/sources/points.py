"""Points from two columns of numbers, with a plain word for each row that cannot be one."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from assetmap.sources.files import named_crs
from assetmap.sources.recipe import POINT_KEYS, Entry
from assetmap.sources.tables import to_numbers

__all__ = ["point_keys", "points_from_columns"]

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
