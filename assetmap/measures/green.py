"""How much green space an area has, and whether it meets the size-and-distance standards."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

__all__ = ["ags_met", "green_ha_per_1000"]

_SQUARE_METRES_PER_HA = 10_000


def green_ha_per_1000(
    areas: gpd.GeoDataFrame, green_space: gpd.GeoDataFrame, population: pd.Series
) -> pd.Series:
    """Hectares of accessible green space inside each area per 1,000 residents.

    Overlapping sites are counted once. NA where the population is unknown or nought. Source of
    the yardstick: Natural England, Accessible Greenspace Standards (3 ha per 1,000 across a place).
    """
    together = gpd.GeoDataFrame(
        geometry=[shapely.union_all(green_space.geometry.to_numpy())], crs=green_space.crs
    )
    square_metres = areas.geometry.intersection(together.geometry.iloc[0]).area
    people = population.where(population > 0)
    return (
        (square_metres / _SQUARE_METRES_PER_HA / people * 1000).astype("Float64").rename("green_ha_per_1000")
    )


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
