"""The walking network, built once from streets and paths: stretches between the junctions where they meet."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from assetmap.errors import PlaceError, Problem
from assetmap.model import Network

__all__ = ["build", "from_osmnx", "from_vertices", "vertices"]

#: Coordinates are rounded to this; those that are equal then are one junction.
_SAME_JUNCTION_M = 0.1

#: A part of the network that is joined to nothing else counts from this length of paths on.
_LARGE_PART_M = 5_000

#: An island counts from this length on: a part so far from all that counts that nobody beside it could walk there.
_ISLAND_M = 1_000
_ISLAND_APART_M = 250


def build(lines: gpd.GeoSeries) -> Network:
    """The network of streets and paths that meet where they share a vertex.

    Parameters
    ----------
    lines
        Walkable stretches (lines) in a projected CRS. A bridge that shares no vertex with the street below
        does not meet it.
    """
    return from_vertices(*vertices(lines))[0]


def vertices(lines: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What `from_vertices` asks for, of lines that meet where they share a vertex."""
    parts = lines.explode(ignore_index=True)
    xy, line = shapely.get_coordinates(parts.to_numpy(), return_index=True)
    if not len(xy):
        return xy, line, line
    cell = np.round(xy / _SAME_JUNCTION_M).astype(np.int64)
    cell -= cell.min(axis=0)
    spot = pd.Series(cell[:, 0] * (cell[:, 1].max() + 1) + cell[:, 1])
    return xy[~spot.duplicated().to_numpy()], pd.factorize(spot)[0], line


def from_vertices(xy: np.ndarray, junction: np.ndarray, line: np.ndarray) -> tuple[Network, float]:
    """The network of lines of which it is known where they meet.

    Parameters
    ----------
    xy
        Where each junction is, shape (junctions, 2), metres in a projected CRS.
    junction, line
        The junction at each vertex of the lines, one after another, and the number of the line that it is on.

    Returns
    -------
    Network, float
        Its parts that are large enough to live on; and the metres drawn, with what was left out.
    """
    joined = line[1:] == line[:-1]
    start, end = junction[:-1][joined], junction[1:][joined]
    drawn_m = float(_metres(xy, start, end).sum())
    # A street drawn twice is one stretch.
    pair = np.minimum(start, end) * np.int64(len(xy)) + np.maximum(start, end)
    pair = pd.unique(pair[start != end])
    start, end = np.divmod(pair, max(len(xy), 1))
    length_m = _metres(xy, start, end)
    kept = _connected(xy, start, end, length_m)
    start, end, length_m = start[kept], end[kept], length_m[kept]
    used = np.zeros(len(xy), dtype=bool)
    used[start] = used[end] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    return Network(xy[used], number[start], number[end], length_m), drawn_m


def _metres(xy: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.hypot(*(xy[start] - xy[end]).T)


def _connected(xy: np.ndarray, start: np.ndarray, end: np.ndarray, length_m: np.ndarray) -> np.ndarray:
    """Which stretches belong to the largest connected part, or to another large enough to live on.

    A scrap of path that the map joins to nothing, as behind a gate, would catch the places beside it and make them
    unreachable. What lies apart is no scrap but an island, or a valley whose road leaves the file.
    """
    if not len(start):
        return np.zeros(0, dtype=bool)
    links = csr_array((np.ones(len(start), dtype=bool), (start, end)), shape=(len(xy), len(xy)))
    parts, part = connected_components(links, directed=False)
    total = np.bincount(part[start], weights=length_m, minlength=parts)
    large = total >= _LARGE_PART_M
    large[total.argmax()] = True
    small = np.flatnonzero(~large & (total >= _ISLAND_M))
    if len(small):
        there = np.flatnonzero(np.isin(part, small))
        mainland = xy[_around(xy, there) & large[part]]
        gap, _ = cKDTree(mainland).query(xy[there], distance_upper_bound=_ISLAND_APART_M)
        large[np.setdiff1d(small, part[there[np.isfinite(gap)]])] = True
    return large[part[start]]


def _around(xy: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Which points are in the squares that some of them stand in, or in one beside: all that may be near those."""
    square = np.floor(xy / _ISLAND_APART_M).astype(np.int64)
    number = square[:, 0] * 2**32 + square[:, 1]
    beside = [dx * 2**32 + dy for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return pd.Index(number).isin(np.unique(np.add.outer(beside, np.unique(number[some]))))


def from_osmnx(graph: Any, crs: Any) -> Network:
    """The network of a graph that osmnx made, for `Place.network`.

    Its streets meet at its nodes and nowhere else, and all can be walked in both directions.

    Parameters
    ----------
    graph
        A ``networkx.MultiDiGraph`` or ``MultiGraph`` of osmnx, simplified or not, projected or in degrees.
    crs
        The place's projected CRS, as `Place.crs`.

    Raises
    ------
    PlaceError
        Where it is no graph of osmnx, or has no street.

    Examples
    --------
    ``dataclasses.replace(place, network=network.from_osmnx(graph, place.crs))``
    """
    try:
        theirs = graph.graph["crs"]
        number = {node: position for position, node in enumerate(graph.nodes)}
        ends = np.array([(node["x"], node["y"]) for _, node in graph.nodes(data=True)], dtype=float)
        edges = list(graph.edges(data=True))
    except (AttributeError, KeyError, TypeError):
        what = "It is not a graph as osmnx makes it, with a “crs”, and an “x” and a “y” of each node."
        raise PlaceError(Problem("graph", what, "Make it with osmnx.graph_from_xml or its like.")) from None
    if not edges:
        raise PlaceError(Problem("graph", "It has no street.", "Make it of an area that has some."))
    start, end = (np.array([number[edge[side]] for edge in edges]) for side in (0, 1))
    drawn = np.asarray(shapely.linestrings(np.stack([ends[start], ends[end]], axis=1)))
    bent = [position for position, edge in enumerate(edges) if edge[2].get("geometry") is not None]
    drawn[bent] = [edges[position][2]["geometry"] for position in bent]
    # A street of two directions stands there twice.
    same = {"low": np.minimum(start, end), "high": np.maximum(start, end)}
    alike = pd.DataFrame({**same, "line": shapely.to_wkb(shapely.normalize(drawn))}).duplicated().to_numpy()
    start, end, drawn = start[~alike], end[~alike], drawn[~alike]
    xy, line = shapely.get_coordinates(drawn, return_index=True)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(line)) - 1
    junction = np.arange(len(ends), len(ends) + len(line))
    junction[first], junction[last] = start, end
    x, y = Transformer.from_crs(theirs, crs, always_xy=True).transform(*np.concatenate([ends, xy]).T)
    return from_vertices(np.stack([x, y], axis=1), junction, line)[0]
