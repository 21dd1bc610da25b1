"""Distances on foot: places and people are joined to the nearest stretch of the network, and the way there counts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from assetmap.model import Network

__all__ = ["distances", "doors", "snap_m"]

#: No stretch is shorter: a length of nought would be no connection to the solver.
_SHORTEST_M = 1e-6

#: The edge of a green space without known entrances is tried for a way in at this spacing.
_EDGE_SPACING_M = 50

#: Sums of many lengths are a hair off; a place just at the limit is within it.
_HAIR_M = 0.001

#: Origins solved at once, which bounds the memory that the answers take.
_CHUNK = 64


def doors(places: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    """The points each place may be entered by, and the position of its place.

    A point is its own door; a site of several entrances has them all; a polygon may be entered along its edge.
    """
    geometry = places.to_numpy()
    areal = shapely.get_dimensions(geometry) == 2
    edges = np.where(areal, shapely.segmentize(shapely.boundary(geometry), _EDGE_SPACING_M), geometry)
    xy, place = shapely.get_coordinates(edges, return_index=True)
    return np.asarray(shapely.points(xy)), place


class _Joined:
    """A network with points joined to it: each becomes a junction on its nearest stretch."""

    def __init__(self, network: Network, points: np.ndarray) -> None:
        stretch = network.tree.query_nearest(points, all_matches=False)[1]
        stretches = network.stretches[stretch]
        self.access_m = shapely.distance(points, stretches)
        along = shapely.line_locate_point(stretches, points)
        self.first = len(network.xy)
        self.total = self.first + len(points)
        self.nodes = np.arange(self.first, self.total)
        # Along each stretch, its two ends and whatever is joined to it follow one another.
        used = np.unique(stretch)
        on = np.concatenate([stretch, used, used])
        at = np.concatenate([along, np.zeros(len(used)), network.length_m[used]])
        node = np.concatenate([self.nodes, network.start[used], network.end[used]])
        # Ends last and first among equals, so that a point joined at an end lies between them.
        rank = np.concatenate([np.ones(len(points)), np.zeros(len(used)), np.full(len(used), 2)])
        order = np.lexsort((rank, at, on))
        on, at, node = on[order], at[order], node[order]
        follows = on[1:] == on[:-1]
        whole = np.setdiff1d(np.arange(len(network.length_m)), used)
        self.graph = _graph(
            np.concatenate([network.start[whole], node[:-1][follows]]),
            np.concatenate([network.end[whole], node[1:][follows]]),
            np.concatenate([network.length_m[whole], np.diff(at)[follows]]),
            self.total,
        )


def _graph(start: np.ndarray, end: np.ndarray, length_m: np.ndarray, size: int) -> csr_array:
    """A symmetric sparse matrix of lengths; of two stretches between the same junctions, the shorter."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    edges = pd.DataFrame({"low": low, "high": high, "m": np.maximum(length_m, _SHORTEST_M)})
    short = edges.groupby(["low", "high"], sort=True)["m"].min().reset_index()
    return csr_array((short["m"], (short["low"], short["high"])), shape=(size, size))


def distances(
    network: Network, origins: np.ndarray, points: np.ndarray, place: np.ndarray, limit_m: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Metres on foot from each origin to each place within a limit, and to the nearest place however far.

    Parameters
    ----------
    network
        The walking network.
    origins
        Points to walk from.
    points, place
        The doors of the places, and the position of the place that each belongs to.
    limit_m
        The farthest to look, in metres on foot, the ways to and from the network counted.

    Returns
    -------
    DataFrame, ndarray
        ``origin``, ``place`` (positions) and ``walk_m``, the nearest door counting; and the metres to the
        nearest, one an origin, NaN where no way leads to any.
    """
    joined = _Joined(network, np.concatenate([origins, points]))
    start, door = slice(0, len(origins)), slice(len(origins), None)
    found = [pd.DataFrame({"origin": [], "place": [], "walk_m": []}, dtype=float)]
    nearest = _nearest(joined, start, door)
    here, there = shapely.get_coordinates(origins), shapely.get_coordinates(points)
    for first in range(0, len(origins), _CHUNK):
        nodes = joined.nodes[start][first : first + _CHUNK]
        metres = dijkstra(joined.graph, directed=False, indices=nodes, limit=limit_m + _HAIR_M)
        metres = metres[:, joined.nodes[door]]
        access = joined.access_m[start][first : first + _CHUNK, None] + joined.access_m[door]
        # Who stands nearer to a place than both stand to the network walks to it straight.
        straight = np.hypot(*(here[first : first + _CHUNK, None] - there).transpose(2, 0, 1))
        straight[straight > access] = np.inf
        metres = np.minimum(metres + access, straight)
        part = slice(first, first + len(nodes))
        nearest[part] = np.fmin(nearest[part], straight.min(axis=1, initial=np.inf))
        near = np.nonzero(metres <= limit_m + _HAIR_M)
        found.append(
            pd.DataFrame({"origin": near[0] + first, "place": place[near[1]], "walk_m": metres[near]})
        )
    every = pd.concat(found[1:] or found, ignore_index=True).astype({"origin": "int64", "place": "int64"})
    pairs = every.groupby(["origin", "place"])[["walk_m"]].min().reset_index()
    nearest[np.isinf(nearest)] = np.nan
    # To the millimetre, so that a place just at a limit is on the same side of it in every figure.
    pairs["walk_m"] = pairs["walk_m"].round(3)
    return pairs, nearest.round(3)


def _nearest(joined: _Joined, start: slice, door: slice) -> np.ndarray:
    """Metres from each origin to the nearest door: one search from all doors at once answers for all."""
    doors_at = joined.nodes[door]
    if not len(doors_at):
        return np.full(len(joined.nodes[start]), np.nan)
    links = joined.graph.tocoo()
    graph = _graph(
        np.concatenate([links.coords[0], doors_at]),
        np.concatenate([links.coords[1], np.full(len(doors_at), joined.total)]),
        np.concatenate([links.data, joined.access_m[door]]),
        joined.total + 1,
    )
    metres = dijkstra(graph, directed=False, indices=joined.total)[joined.nodes[start]]
    return np.where(np.isfinite(metres), metres + joined.access_m[start], np.nan)


def snap_m(network: Network, points: np.ndarray) -> np.ndarray:
    """Metres from each point to the nearest stretch of the network."""
    stretch = network.tree.query_nearest(points, all_matches=False)[1]
    return np.asarray(shapely.distance(points, network.stretches[stretch]))
