"""The walking network: built once from streets and paths, asked for distances on foot.

Places and people stand beside the network. Each is joined to the nearest point of the nearest stretch, and the
way there counts. All lengths are metres in the projected CRS of the place.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from assetmap.model import Network

__all__ = ["build", "distances", "doors", "nearest", "snap_m"]

#: Ends of stretches closer than this are one junction.
_SAME_JUNCTION_M = 0.1

#: No stretch is shorter: a length of nought would be no connection to the solver.
_SHORTEST_M = 1e-6

#: The edge of a green space without known entrances is tried for a way in at this spacing.
_EDGE_SPACING_M = 50

#: Sums of many lengths are a hair off; a place just at the limit is within it.
_HAIR_M = 0.001

#: Origins solved at once, which bounds the memory that the answers take.
_CHUNK = 64


def build(lines: gpd.GeoSeries) -> Network:
    """The network of streets and paths that meet where they share a vertex.

    Parameters
    ----------
    lines
        Walkable stretches (lines) in a projected CRS. A bridge that shares no vertex with the street below
        does not meet it.
    """
    parts = lines.explode(ignore_index=True)
    xy, line = shapely.get_coordinates(parts.to_numpy(), return_index=True)
    _, first, junction = np.unique(
        np.round(xy / _SAME_JUNCTION_M).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    junction = junction.reshape(-1)
    joined = line[1:] == line[:-1]
    start, end = junction[:-1][joined], junction[1:][joined]
    apart = start != end
    start, end = start[apart], end[apart]
    where = xy[first]
    return Network(where, start, end, np.hypot(*(where[start] - where[end]).T))


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
        ends = np.stack([network.xy[network.start], network.xy[network.end]], axis=1)
        stretches = np.asarray(shapely.linestrings(ends))
        tree = shapely.STRtree(stretches)
        stretch = tree.query_nearest(points, all_matches=False)[1]
        self.access_m = shapely.distance(points, stretches[stretch])
        along = shapely.line_locate_point(stretches[stretch], points)
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
        whole = np.setdiff1d(np.arange(len(stretches)), used)
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
) -> pd.DataFrame:
    """Metres on foot from each origin to each place within a limit.

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
    DataFrame
        ``origin``, ``place`` (positions) and ``walk_m``, the nearest door counting.
    """
    limit_m += _HAIR_M
    joined = _Joined(network, np.concatenate([origins, points]))
    access_origin, access_door = joined.access_m[: len(origins)], joined.access_m[len(origins) :]
    nodes, door_nodes = joined.nodes[: len(origins)], joined.nodes[len(origins) :]
    found = [pd.DataFrame({"origin": [], "place": [], "walk_m": []}, dtype=float)]
    for first in range(0, len(origins), _CHUNK):
        part = slice(first, first + _CHUNK)
        metres = dijkstra(joined.graph, directed=False, indices=nodes[part], limit=limit_m)[:, door_nodes]
        metres += access_origin[part, None] + access_door
        origin, door = np.nonzero(metres <= limit_m)
        walks = {"origin": origin + first, "place": place[door], "walk_m": metres[origin, door]}
        found.append(pd.DataFrame(walks))
    every = pd.concat(found[1:] or found, ignore_index=True)
    return (
        every.astype({"origin": "int64", "place": "int64"})
        .groupby(["origin", "place"])[["walk_m"]]
        .min()
        .reset_index()
    )


def nearest(network: Network, origins: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Metres on foot from each origin to the nearest of the points however far; NaN where no way leads there.

    One search from all points at once answers for every origin.
    """
    if not len(points):
        return np.full(len(origins), np.nan)
    joined = _Joined(network, np.concatenate([origins, points]))
    source = joined.total
    links = joined.graph.tocoo()
    doors_at = joined.nodes[len(origins) :]
    graph = _graph(
        np.concatenate([links.coords[0], doors_at]),
        np.concatenate([links.coords[1], np.full(len(doors_at), source)]),
        np.concatenate([links.data, joined.access_m[len(origins) :]]),
        source + 1,
    )
    metres = dijkstra(graph, directed=False, indices=source)[joined.nodes[: len(origins)]]
    return np.where(np.isfinite(metres), metres + joined.access_m[: len(origins)], np.nan)


def snap_m(network: Network, points: np.ndarray) -> np.ndarray:
    """Metres from each point to the nearest stretch of the network."""
    return _Joined(network, points).access_m
