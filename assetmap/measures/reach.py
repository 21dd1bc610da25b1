"""How many places are within a walk, and how near they are.

Walks go along the place's walking network. Where it has none, walking distance is straight-line distance
times a detour factor; docs/methods.md gives the reason for the default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap import network
from assetmap.model import Network

__all__ = ["Walks", "count", "decay", "kinds_count", "nearest_m", "nearest_of_each", "reach", "walks"]


@dataclass(frozen=True)
class Walks:
    """Walking distances from origins to places.

    Parameters
    ----------
    origins
        Identifiers of all origins, whether or not anything is within reach of them.
    pairs
        One row for each origin and place within the catchment: ``origin``, ``place_id``, ``kind``,
        ``walk_m`` (metres on foot), sorted by origin, then nearness, then place.
    nearest
        Metres on foot to the nearest place however far, indexed like `origins`; NA where no place
        is known at all.
    catchment_m
        The catchment, in metres on foot.
    """

    origins: pd.Index
    pairs: pd.DataFrame
    nearest: pd.Series
    catchment_m: float

    def within(self, catchment_m: float) -> Walks:
        """The same walks, in a smaller catchment."""
        return replace(self, pairs=self.pairs[self.pairs["walk_m"] <= catchment_m], catchment_m=catchment_m)


def walks(
    origins: gpd.GeoSeries,
    places: gpd.GeoDataFrame,
    catchment_m: float,
    detour_factor: float,
    streets: Network | None = None,
) -> Walks:
    """Walking distances: along the walking network where there is one, else straight line times a factor.

    Parameters
    ----------
    origins
        Points to walk from, such as one an area, in a projected CRS (metres).
    places
        Indexed by the place's identifier: ``kind``, ``geometry`` (points; or, for a site, its
        entrances or its polygon: the nearest part counts), in the same CRS.
    catchment_m
        How far counts as within reach, in metres on foot.
    detour_factor
        Walking distance over straight-line distance, at least 1; not used with a network.
    streets
        The walking network, in the same CRS.

    Raises
    ------
    ValueError
        Where the two are not in the same CRS.
    """
    _same_crs(origins, places)
    starts = origins.to_numpy()
    if streets is None:
        start, place, walk_m, nearest = _straight(
            starts, places.geometry.to_numpy(), catchment_m, detour_factor
        )
    else:
        points, owner = network.doors(places.geometry)
        found, nearest = network.distances(streets, starts, points, owner, catchment_m)
        start, place, walk_m = (found[name].to_numpy() for name in ("origin", "place", "walk_m"))
        # Who lives inside a site is there already.
        inside, site = shapely.STRtree(places.geometry.to_numpy()).query(starts, predicate="within")
        start, place = np.concatenate([inside, start]), np.concatenate([site, place])
        walk_m = np.concatenate([np.zeros(len(inside)), walk_m])
        nearest[inside] = 0.0
    # By position, which sorts faster than names and, for origins, alike.
    order = np.lexsort((pd.factorize(places.index, sort=True)[0][place], walk_m, start))
    start, place, walk_m = start[order], place[order], walk_m[order]
    pairs = pd.DataFrame(
        {
            "origin": origins.index[start],
            "place_id": places.index[place],
            "kind": places["kind"].to_numpy()[place],
            "walk_m": walk_m,
        }
    )
    if streets is not None:
        pairs = pairs[~pd.DataFrame({"start": start, "place": place}).duplicated()].reset_index(drop=True)
    return Walks(origins.index, pairs, pd.Series(nearest, index=origins.index, name="nearest_m"), catchment_m)


def nearest_of_each(
    origins: gpd.GeoSeries,
    places: gpd.GeoDataFrame,
    group: pd.Series,
    detour_factor: float,
    streets: Network | None = None,
) -> pd.DataFrame:
    """Metres on foot to the nearest place of each group however far, such as of each kind.

    Parameters
    ----------
    origins, places, detour_factor, streets
        As in `walks`.
    group
        Which group each place belongs to, indexed like `places`.

    Returns
    -------
    DataFrame
        Indexed like `origins`, one column a group in ascending order. **Lower is nearer.** NaN where no way leads
        to any place of the group.
    """
    _same_crs(origins, places)
    members = {str(name): part.geometry for name, part in places.groupby(group)}
    starts = origins.to_numpy()
    if streets is None:
        metres = [_straight(starts, part.to_numpy(), 0.0, detour_factor)[-1] for part in members.values()]
    else:
        metres = list(
            network.nearest_of(streets, starts, [network.doors(part)[0] for part in members.values()])
        )
        for nearest, part in zip(metres, members.values(), strict=True):
            # Who lives inside a site is there already.
            nearest[shapely.STRtree(part.to_numpy()).query(starts, predicate="within")[0]] = 0.0
    return pd.DataFrame(dict(zip(members, metres, strict=True)), index=origins.index)


def _same_crs(origins: gpd.GeoSeries, places: gpd.GeoDataFrame) -> None:
    if origins.crs != places.crs:
        msg = f"origins are in {origins.crs}, places in {places.crs}"
        raise ValueError(msg)


def _straight(
    starts: np.ndarray, places: np.ndarray, catchment_m: float, detour_factor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Positions of origins and places within the catchment, how far apart, and the nearest however far."""
    tree = shapely.STRtree(places)
    area, place = tree.query(starts, predicate="dwithin", distance=catchment_m / detour_factor)
    nearest = np.full(len(starts), np.nan)
    if len(places):
        (found, _), metres = tree.query_nearest(starts, return_distance=True, all_matches=False)
        nearest[found] = metres * detour_factor
    # To the millimetre, as on the network: a place just at a limit is on the same side of it in every figure.
    walk_m = shapely.distance(starts[area], places[place]) * detour_factor
    return area, place, walk_m.round(3), nearest.round(3)


def decay(walk_m: np.ndarray | pd.Series, catchment_m: float) -> np.ndarray:
    r"""How much a place counts by its distance: 1 at the door, 0 at the edge of the catchment.

    .. math:: f(d) = \frac{e^{-(d/d_0)^2/2} - e^{-1/2}}{1 - e^{-1/2}} \quad (d \le d_0)

    Source: Dai D. (2010), Health & Place 16(5), 1038-1052.

    Examples
    --------
    >>> decay(np.array([0.0, 600.0, 1200.0]), 1200.0).round(4).tolist()
    [1.0, 0.7014, 0.0]
    """
    d = np.asarray(walk_m, dtype=float)
    edge = np.exp(-0.5)
    weight = (np.exp(-0.5 * (d / catchment_m) ** 2) - edge) / (1 - edge)
    return np.where(d <= catchment_m, np.clip(weight, 0.0, 1.0), 0.0)


def reach(walks: Walks) -> pd.Series:
    r"""Nearness-weighted places within the catchment; the nth nearest of a kind counts 1/n.

    .. math:: A_i = \sum_{k} \sum_{n} f(d_{i,k,n}) / n

    with the places of kind *k* in order of distance. Nearer counts more, and a second library
    adds less than a first. Adding a place never lowers it. Higher is more.
    """
    pairs = walks.pairs
    nth = pairs.groupby(["origin", "kind"], sort=False).cumcount() + 1
    score = pd.Series(decay(pairs["walk_m"], walks.catchment_m) / nth, index=pairs.index)
    return _like_origins(score.groupby(pairs["origin"]).sum(), walks, 0.0).rename("reach")


def count(walks: Walks) -> pd.Series:
    """Number of places within the catchment."""
    return _like_origins(walks.pairs.groupby("origin").size(), walks, 0).astype("Int64").rename("count")


def kinds_count(walks: Walks) -> pd.Series:
    """Number of different kinds of place within the catchment."""
    return (
        _like_origins(walks.pairs.groupby("origin")["kind"].nunique(), walks, 0)
        .astype("Int64")
        .rename("kinds")
    )


def nearest_m(walks: Walks) -> pd.Series:
    """Metres on foot to the nearest place however far; NA where none is known."""
    return walks.nearest


def _like_origins(values: pd.Series, walks: Walks, none: float) -> pd.Series:
    return values.reindex(walks.origins, fill_value=none)
