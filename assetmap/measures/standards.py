"""Whether published standards for green space are met.

A standard is *met*, *not met* or, where the lists of green space may not know of a site that would meet it, *unknown*.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.measures.green import ags_met, green_ha_per_1000
from assetmap.measures.reach import nearest_of_each
from assetmap.model import Network
from assetmap.standards import AGS, GreenStandard

__all__ = ["ags", "enough", "near_line", "on_foot", "sites", "straight"]


def sites(green_space: gpd.GeoDataFrame, standard: GreenStandard) -> gpd.GeoDataFrame:
    """The sites that count towards a standard; `green_space` has ``kind`` and ``area_ha``."""
    large = green_space["area_ha"] >= standard.min_ha
    return green_space[large & (green_space["kind"].isin(standard.kinds) | (not standard.kinds))]


def straight(
    origins: gpd.GeoSeries,
    green_space: gpd.GeoDataFrame,
    standard: GreenStandard,
    covered: shapely.Geometry | None = None,
) -> pd.Series:
    """Whether a site that counts is near enough in a straight line from its boundary.

    Parameters
    ----------
    origins
        One point an area, in a projected CRS (metres).
    green_space
        Sites as polygons, with ``kind`` and ``area_ha``, in the same CRS.
    standard
        The standard. This is how Natural England defines its own.
    covered
        The ground that the lists of green space speak of; None where they go on past every origin far enough.

    Returns
    -------
    Series
        True where met. NA where none is known and the distance reaches beyond what is covered.
    """
    met = ags_met(origins, sites(green_space, standard), standard.min_ha, standard.within_m)
    return _unless_beyond(met.rename(standard.name), origins, standard, covered)


def on_foot(
    origins: gpd.GeoSeries,
    doors: gpd.GeoDataFrame,
    standard: GreenStandard,
    streets: Network | None,
    covered: shapely.Geometry | None = None,
    detour_factor: float = 1.3,
) -> pd.Series:
    """Whether a site that counts is near enough on foot, by its nearest entrance.

    Parameters
    ----------
    origins, standard, covered
        As in `straight`.
    doors
        One row a site, with ``kind`` and ``area_ha``; its entrances (points) or, where none is known, its polygon.
    streets
        The walking network, in the same CRS; without one, walks are straight lines times the detour factor.
    detour_factor
        Walking distance over straight-line distance, at least 1; not used with a network.

    Returns
    -------
    Series
        True where met. NA where none is known and the distance reaches beyond what is covered.
    """
    return _on_foot(origins, doors, [standard], streets, covered, detour_factor)[f"{standard.name}_walk"]


def _on_foot(
    origins: gpd.GeoSeries,
    doors: gpd.GeoDataFrame,
    standards: Sequence[GreenStandard],
    streets: Network | None,
    covered: shapely.Geometry | None,
    detour_factor: float,
) -> pd.DataFrame:
    """`on_foot` for several standards in one go."""
    each = [sites(doors, standard).assign(standard=standard.name) for standard in standards]
    together = gpd.GeoDataFrame(pd.concat(each, ignore_index=True), crs=doors.crs)
    nearest = nearest_of_each(origins, together, together["standard"], detour_factor, streets)
    told = {}
    for standard in standards:
        # To the centimetre, as walks are; where no site counts there is no column, and none is met.
        metres = nearest.get(standard.name, pd.Series(float("nan"), index=origins.index)).round(2)
        met = (metres <= standard.within_m).rename(f"{standard.name}_walk")
        told[met.name] = _unless_beyond(met, origins, standard, covered)
    return pd.DataFrame(told, index=origins.index)


def _unless_beyond(
    met: pd.Series, origins: gpd.GeoSeries, standard: GreenStandard, covered: shapely.Geometry | None
) -> pd.Series:
    """What was found, but unknown where a site that no list tells of might meet the standard."""
    told = met.astype("boolean")
    if covered is None:
        return told
    shapely.prepare(covered)
    edge = ~shapely.contains(covered, origins.to_numpy()) | near_line(
        origins, shapely.boundary(covered), standard.within_m
    )
    return told.mask(~met & edge)


def near_line(origins: gpd.GeoSeries, line: shapely.Geometry, within_m: float) -> np.ndarray:
    """Whether each origin is nearer to a line than so many metres.

    By an index of the line's stretches: the edge of a country has hundreds of thousands, and a distance looks at each.

    Examples
    --------
    >>> near_line(gpd.GeoSeries.from_xy([0, 0], [4, 5]), shapely.LineString([(0, 0), (9, 0)]), 5).tolist()
    [True, False]
    """
    shapely.prepare(line)
    # Nearer than, where the index asks for no farther than.
    return np.asarray(shapely.dwithin(line, origins.to_numpy(), np.nextafter(within_m, 0)))


def ags(
    origins: gpd.GeoSeries,
    green_space: gpd.GeoDataFrame,
    doors: gpd.GeoDataFrame,
    streets: Network | None = None,
    covered: shapely.Geometry | None = None,
) -> pd.DataFrame:
    """Natural England's six standards, as they are defined and on foot, side by side.

    Parameters
    ----------
    origins, green_space, covered
        As in `straight`.
    doors, streets
        As in `on_foot`. Without a walking network nothing is told on foot.

    Returns
    -------
    DataFrame
        Indexed like `origins`: each standard's ``name`` (straight line), then with ``_walk`` at its end (on foot).
    """
    as_defined = {each.name: straight(origins, green_space, each, covered) for each in AGS}
    walked = (
        _on_foot(origins, doors, AGS, streets, covered, 1.0)
        if streets
        else pd.DataFrame({f"{each.name}_walk": pd.NA for each in AGS}, index=origins.index, dtype="boolean")
    )
    told = pd.DataFrame(as_defined, index=origins.index).join(walked)
    return told[[name for each in AGS for name in (each.name, f"{each.name}_walk")]]


def enough(
    areas: gpd.GeoDataFrame, green_space: gpd.GeoDataFrame, population: pd.Series, standard: GreenStandard
) -> pd.Series:
    """Whether an area has the hectares for each 1,000 residents that a standard asks for.

    Ground that several sites cover is counted once. NA where the population is unknown or nought. People use the
    green space of the next area too, so read it for a place rather than for one area.

    Raises
    ------
    ValueError
        Where the standard asks for no hectares.
    """
    if standard.ha_per_1000 is None:
        msg = f"{standard.name} asks for no hectares per 1,000 residents"
        raise ValueError(msg)
    hectares = green_ha_per_1000(areas, sites(green_space, standard), population)
    return (hectares >= standard.ha_per_1000).rename(f"{standard.name}_ha")
