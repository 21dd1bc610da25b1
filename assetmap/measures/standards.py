"""Published standards for green space: how large, how near, how much for how many.

Each is one row of a table with its source. A standard is *met*, *not met* or, where the lists of green space may
not know of a site that would meet it, *unknown*.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.measures.green import ags_met, green_ha_per_1000
from assetmap.measures.reach import walks
from assetmap.model import Network

__all__ = [
    "AGS",
    "AGS_HA_PER_1000",
    "FIELDS_IN_TRUST",
    "GreenStandard",
    "ags",
    "enough",
    "on_foot",
    "sites",
    "straight",
]


@dataclass(frozen=True)
class GreenStandard:
    """One standard for green space.

    Parameters
    ----------
    name
        Stem of the columns that say whether it is met.
    label
        What readers call it.
    within_m
        How near a site must be, metres: in a straight line from its boundary for Natural England's, on foot
        for those of Fields in Trust.
    source
        Who set it.
    min_ha
        The smallest site that counts, hectares.
    kinds
        The kinds of green space that count; empty where all do.
    ha_per_1000
        Hectares for each 1,000 residents; None where it asks for none.
    caveat
        What to bear in mind when quoting it.
    """

    name: str
    label: str
    within_m: float
    source: str
    min_ha: float = 0.0
    kinds: tuple[str, ...] = ()
    ha_per_1000: float | None = None
    caveat: str = ""


_NE_2023 = "Natural England (2023), Accessible Greenspace Standards"
_NE_2010 = "Natural England (2010), Nature Nearby: Accessible Natural Greenspace Guidance"
_ANY = "The standard asks for natural green space; any open site of that size is counted here."
_OLD = f"{_ANY} Size and distance are those of 2010, not yet checked against the text of 2023."

#: Natural England's six, by size and distance in a straight line from the boundary of the site.
AGS = (
    GreenStandard("ags_doorstep", "Doorstep green space", 200, _NE_2023, 0.5),
    GreenStandard("ags_local", "Local natural green space", 300, _NE_2023, 2, caveat=_ANY),
    GreenStandard("ags_neighbourhood", "Neighbourhood natural green space", 1_000, _NE_2023, 10, caveat=_ANY),
    GreenStandard("ags_wider", "Wider neighbourhood natural green space", 2_000, _NE_2010, 20, caveat=_OLD),
    GreenStandard("ags_district", "District natural green space", 5_000, _NE_2010, 100, caveat=_OLD),
    GreenStandard("ags_subregional", "Sub-regional natural green space", 10_000, _NE_2010, 500, caveat=_OLD),
)

#: Hectares of accessible green space for each 1,000 residents that Natural England asks for, across a place.
AGS_HA_PER_1000 = 3.0

_GUIDANCE = "Fields in Trust (2015), Guidance for Outdoor Sport and Play: Beyond the Six Acre Standard"

#: Those of Fields in Trust whose figures were found in a source and whose kind of space the lists can tell. Left out until
#: somebody has checked them against the text: natural green space, play space for the very young (LAP), other outdoor
#: provision, and hectares of equipped play space.
FIELDS_IN_TRUST = (
    GreenStandard(
        "fit_park",
        "Parks and gardens",
        710,
        _GUIDANCE,
        kinds=("park",),
        ha_per_1000=0.80,
        caveat="Amenity green space, which has a standard of its own (0.60 ha, 480 m), cannot be told from parks on every list.",
    ),
    GreenStandard(
        "fit_pitches",
        "Playing pitches",
        1_200,
        _GUIDANCE,
        kinds=("playing_field",),
        ha_per_1000=1.20,
        caveat="The whole playing field is counted, not its pitches alone.",
    ),
    GreenStandard(
        "fit_play_local",
        "Local equipped play area",
        400,
        _GUIDANCE,
        kinds=("play_space",),
        caveat="Lists do not tell how a play space is equipped; any is counted.",
    ),
    GreenStandard(
        "fit_play_neighbourhood",
        "Neighbourhood equipped play area",
        1_000,
        _GUIDANCE,
        kinds=("play_space",),
        caveat="Lists do not tell how a play space is equipped; any is counted.",
    ),
)


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
    # Only the nearest is asked for, so no pair need be kept.
    nearest = walks(origins, sites(doors, standard), 0.0, detour_factor, streets).nearest
    # To the centimetre, as walks are.
    met = (nearest.round(2) <= standard.within_m).rename(f"{standard.name}_walk")
    return _unless_beyond(met, origins, standard, covered)


def _unless_beyond(
    met: pd.Series, origins: gpd.GeoSeries, standard: GreenStandard, covered: shapely.Geometry | None
) -> pd.Series:
    """What was found, but unknown where a site that no list tells of might meet the standard."""
    told = met.astype("boolean")
    if covered is None:
        return told
    edge = ~origins.within(covered) | (origins.distance(shapely.boundary(covered)) < standard.within_m)
    return told.mask(~met & edge)


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
    told = {}
    for standard in AGS:
        told[standard.name] = straight(origins, green_space, standard, covered)
        told[f"{standard.name}_walk"] = (
            on_foot(origins, doors, standard, streets, covered)
            if streets
            else pd.Series(pd.NA, index=origins.index, dtype="boolean")
        )
    return pd.DataFrame(told)


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
