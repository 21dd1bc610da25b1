"""How much green space an area has, and whether it meets the size-and-distance standards."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["ags_met", "green_ha_per_1000", "green_m2"]

#: Areas are shared out among the threads in so many parts each, for some have far more to cut than others.
_SHARES_A_THREAD = 8

_SQUARE_METRES_PER_HA = 10_000


def green_ha_per_1000(
    areas: gpd.GeoDataFrame, green_space: gpd.GeoDataFrame, population: pd.Series
) -> pd.Series:
    """Hectares of accessible green space inside each area per 1,000 residents.

    Overlapping sites are counted once. NA where the population is unknown or nought. Source of
    the yardstick: Natural England, Accessible Greenspace Standards (3 ha per 1,000 across a place).
    """
    people = population.where(population > 0)
    hectares = green_m2(areas.geometry, green_space.geometry) / _SQUARE_METRES_PER_HA
    return (hectares / people * 1000).astype("Float64").rename("green_ha_per_1000")


def green_m2(areas: gpd.GeoSeries, sites: gpd.GeoSeries) -> pd.Series:
    """Square metres of green space inside each area; ground that several sites cover is counted once.

    Parameters
    ----------
    areas, sites
        Polygons in one projected CRS (metres).
    """
    polygons = areas.to_numpy()
    apart = shapely.get_parts(shapely.disjoint_subset_union_all(sites.to_numpy()))
    tree = shapely.STRtree(apart)

    def inside(some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        area, site = tree.query(polygons[some], predicate="intersects")
        area = some[area]
        whole = shapely.contains_properly(polygons[area], apart[site])
        metres = shapely.area(apart[site])
        metres[~whole] = shapely.area(shapely.intersection(polygons[area[~whole]], apart[site[~whole]]))
        return area, metres

    # Only the sites that cross a border are cut, and shapely lets other threads work meanwhile.
    shapely.prepare(polygons)
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(inside, np.array_split(np.arange(len(polygons)), threads * _SHARES_A_THREAD)))
    area, metres = (np.concatenate(part) for part in zip(*found, strict=True))
    return pd.Series(np.bincount(area, metres, len(polygons)), index=areas.index)


def ags_met(
    origins: gpd.GeoSeries, green_space: gpd.GeoDataFrame, min_ha: float, within_m: float
) -> pd.Series:
    """Whether a site of at least `min_ha` hectares is within `within_m` metres in a straight line.

    Natural England measures from the boundary of the site, in a straight line; so does this. Measured
    from one point an area, so it says whether the middle of its people meets the standard.
    """
    large = green_space[green_space["area_ha"] >= min_ha].geometry.to_numpy()
    tree = shapely.STRtree(large)
    met, _ = tree.query(origins.to_numpy(), predicate="dwithin", distance=within_m)
    return pd.Series(pd.RangeIndex(len(origins)).isin(met), index=origins.index, name="ags_met")
