"""Priority neighbourhoods: where resources are low, deprivation is high and a standard is missed.

A lowest fifth always exists, so the rule also asks for an absolute shortfall against a standard that
somebody has put forward. *None* is a valid answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from assetmap.columns import COLUMNS, PATCH_COLUMNS
from assetmap.errors import counted
from assetmap.index import mid_rank
from assetmap.model import Assessment, Place, Settings

__all__ = [
    "CLASSES",
    "STANDARDS",
    "TOUCHING_M",
    "Standard",
    "deprivation_order",
    "low_rank",
    "patch_of",
    "patches",
    "priorities",
    "shortfall",
    "thirds",
    "together",
    "touching",
]


#: A standard is met where at least this share of residents meets it.
_MOST = 0.5


@dataclass(frozen=True)
class Standard:
    """A cited threshold for what should be within a walk.

    Parameters
    ----------
    column
        The flag that says an area falls short of it.
    theme
        The theme it is about.
    within_min
        Minutes on foot.
    shortfall
        What to say of an area that falls short.
    """

    column: str
    theme: str
    within_min: float
    shortfall: str

    @property
    def share(self) -> str:
        """The figure of access that says which share of residents it is met for."""
        return f"share_{self.within_min:g}_min"

    @property
    def source(self) -> str:
        """Who put it forward."""
        return COLUMNS[self.column].source


STANDARDS = (
    Standard("short_hubs", "hubs", 15, "no hub is known within a 15-minute walk"),
    Standard(
        "short_green_space", "green_space", 15, "no accessible green space is known within a 15-minute walk"
    ),
)


def shortfall(share: pd.Series) -> pd.Series:
    """Whether each area falls short of a standard: most of its residents have nothing known near enough.

    Parameters
    ----------
    share
        The share of residents who have one near enough, 0 to 1, NA where that is not known. Measured from one point an
        area it is 0 or 1.
    """
    return (share < _MOST).astype("boolean")


def low_rank(areas: int, settings: Settings) -> float:
    """The highest rank that is low on social resources, of so many areas ranked.

    Examples
    --------
    >>> low_rank(139, Settings())
    27.8
    """
    # Rounded, so that 0.29 of 100 areas is 29 of them and not 28.999….
    return round(settings.low_resource_share * areas, 9)


def priorities(areas: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Which areas are priority neighbourhoods, and in what order.

    Parameters
    ----------
    areas
        With ``resource_rank`` (1 = fewest, ties sharing the middle), ``resource_of`` (among how many; as many as have a rank, where
        it is not there), ``deprivation_decile`` (1 = most deprived) and the flag of each standard, NA where the standard cannot be judged.
    settings
        The thresholds.

    Returns
    -------
    DataFrame
        ``resource_low``, ``priority`` (bool) and ``priority_rank`` (1 = fewest resources; equal areas
        by deprivation, then code). An area that cannot be judged is no priority: its reason says so.
    """
    rank = areas["resource_rank"]
    # They may be ranked among the areas of a reference, which are more than these.
    of = int(areas["resource_of"].iloc[0]) if "resource_of" in areas else int(rank.notna().sum())
    low = (rank <= low_rank(of, settings)).fillna(False)
    deprived = (areas["deprivation_decile"] <= settings.high_deprivation_decile).fillna(False)
    short = areas[[standard.column for standard in STANDARDS]].fillna(False).any(axis=1)
    priority = (low & deprived & short).astype(bool)
    # Areas come in ascending order of code, and a stable sort keeps that order among equals.
    order = (
        areas[priority].sort_values(["resource_rank", "deprivation_decile", "imd_rank"], kind="stable").index
    )
    ranked = pd.Series(range(1, len(order) + 1), index=order, dtype="Int64").reindex(areas.index)
    return pd.DataFrame({"resource_low": low.astype(bool), "priority": priority, "priority_rank": ranked})


# -- deprivation and social resources together ----------------------------------------------------

_DEPRIVATION_THIRDS = ("high", "middle", "low")
_RESOURCE_THIRDS = ("few", "middling", "many")

#: The nine classes in words, by the third of deprivation (1 = most deprived) and that of resources (1 = fewest).
CLASSES = {
    (deprivation, resources): f"{high} deprivation, {few} resources"
    for deprivation, high in enumerate(_DEPRIVATION_THIRDS, 1)
    for resources, few in enumerate(_RESOURCE_THIRDS, 1)
}


def deprivation_order(place: Place, settings: Settings, decile: pd.Series) -> pd.Series:
    """What areas are ordered by from the most deprived (lowest) on; NaN where deprivation is unknown.

    The rank of the settings' domain, or its decile where some area has a decile and no rank.
    """
    decile = decile.astype(float)
    name = f"{settings.deprivation_domain}_rank"
    if name not in place.deprivation:
        return decile
    rank = place.deprivation[name].astype(float).reindex(decile.index).where(decile.notna())
    return rank if rank.notna().equals(decile.notna()) else decile


def thirds(order: pd.Series) -> pd.Series:
    """Which third of the areas each is in, 1 = lowest; equal areas share the third of their middle rank. NA stays NA.

    Where all are equal, all are in the middle third: none stands out.

    Examples
    --------
    >>> thirds(pd.Series([5, 1, 9, 5, 7, 8])).tolist()
    [2, 1, 3, 2, 2, 3]
    >>> thirds(pd.Series([4, 4, 4, 4])).tolist()
    [2, 2, 2, 2]
    """
    rank = mid_rank(order)
    # Rounded first: a third in floating point may be a hair beyond its end.
    return np.ceil((rank * 3 / rank.notna().sum()).round(9)).astype("Int64")


def together(resource_rank: pd.Series, order: pd.Series) -> pd.Series:
    """The one of `CLASSES` that each area is in; NA where its deprivation or its resources are unknown.

    Thirds are of the areas of the place of which that figure is known.

    Parameters
    ----------
    resource_rank
        1 = fewest.
    order
        As `deprivation_order` gives it.
    """
    both = zip(thirds(order), thirds(resource_rank), strict=True)
    words = [pd.NA if pd.isna(list(pair)).any() else CLASSES[pair] for pair in both]
    return pd.Series(words, index=resource_rank.index, dtype=object)


# -- patches: priority neighbourhoods that touch --------------------------------------------------

#: Areas no farther apart than this touch, in metres: generalised boundaries leave slivers between neighbours.
TOUCHING_M = 1.0


def touching(shapes: gpd.GeoSeries) -> np.ndarray:
    """Which areas touch, along an edge or at a corner, as the queen moves: pairs of positions, both ways, shape (2, pairs).

    Within a metre counts as touching. What is not joined that way, such as an island or the far bank of a wide river, has no
    neighbour there, whatever bridge or ferry there is.

    Parameters
    ----------
    shapes
        Polygons in metres.

    Examples
    --------
    >>> corners = ((0, 0), (100, 100), (900, 0))
    >>> touching(gpd.GeoSeries([shapely.box(x, y, x + 100, y + 100) for x, y in corners])).tolist()
    [[0, 1], [1, 0]]
    """
    polygons = shapes.to_numpy()
    pairs = shapely.STRtree(polygons).query(polygons, predicate="dwithin", distance=TOUCHING_M)
    pairs = pairs[:, pairs[0] != pairs[1]]
    return pairs[:, np.lexsort(pairs[::-1])]


def patch_of(shapes: gpd.GeoSeries, priority_rank: pd.Series) -> pd.Series:
    """The patch that each priority neighbourhood is in: those that touch, or that are joined by others that do, are one.

    Parameters
    ----------
    shapes
        Polygons of the areas, in metres.
    priority_rank
        1 = first, NA where an area is no priority; indexed like `shapes`.

    Returns
    -------
    Series
        1 for the patch with the first priority in it, 2 for the next, and so on; NA where an area is no priority.
    """
    first = priority_rank.dropna().sort_values()
    ends = touching(shapes[first.index])
    joined = coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(first), len(first)))
    number = connected_components(joined, directed=False)[1]
    # By order of appearance, so that a patch has the number of its first priority among patches.
    return pd.Series(pd.factorize(number)[0] + 1, first.index, dtype="Int64").reindex(priority_rank.index)


def patches(assessment: Assessment) -> pd.DataFrame:
    """The patches of an assessment, for working with people on the ground: `PATCH_COLUMNS`, the first patch first.

    The residents of a patch are NA where those of any of its areas are unknown: a part is never told as the whole.
    """
    names = assessment.areas["area_name"].astype(str)
    rows = [
        {
            "patch": number,
            "patch_name": _patch_name(list(areas["area_name"]), list(names.drop(areas.index))),
            "areas": len(areas),
            "people": areas["population"].sum(min_count=len(areas)),
            "first_priority": areas["priority_rank"].iloc[0],
            "area_codes": "; ".join(areas.index),
            "area_names": "; ".join(areas["area_name"]),
        }
        for number, areas in assessment.priorities.groupby("patch")
    ]
    return pd.DataFrame(rows, columns=list(PATCH_COLUMNS))


def _patch_name(names: Sequence[str], others: Sequence[str]) -> str:
    """What a patch is called: the words its areas’ names begin with, where no other area’s does, or its first priority.

    Examples
    --------
    >>> _patch_name(["Sallows Marsh", "Sallows Green"], ["Long Acre"])
    'Sallows'
    >>> _patch_name(["Trafford 022C", "Trafford 022D", "Trafford 003C"], ["Trafford 001A"])
    'Trafford 022C and 2 areas beside it'
    """
    if len(names) == 1:
        return names[0]
    words: list[str] = []
    for each in zip(*(name.split() for name in names), strict=False):
        if len(set(each)) > 1:
            break
        words.append(each[0])
    if words and not any(other.split()[: len(words)] == words for other in others):
        return " ".join(words)
    return f"{names[0]} and {counted(len(names) - 1, 'area')} beside it"
