"""The walking network, built once from streets and paths: stretches between the junctions where they meet."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from assetmap.model import Network

__all__ = ["build"]

#: Coordinates are rounded to this; those that are equal then are one junction.
_SAME_JUNCTION_M = 0.1

#: A part of the network that is joined to nothing else counts from this length of paths on.
_LARGE_PART_M = 5_000


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
    # A street drawn twice is one stretch.
    start, end = np.unique(np.sort(np.stack([start[apart], end[apart]]), axis=0), axis=1)
    where = xy[first]
    length_m = np.hypot(*(where[start] - where[end]).T)
    kept = _connected(start, end, length_m, len(where))
    return Network(where, start[kept], end[kept], length_m[kept])


def _connected(start: np.ndarray, end: np.ndarray, length_m: np.ndarray, junctions: int) -> np.ndarray:
    """Which stretches belong to the largest connected part, or to another large enough to live on.

    A scrap of path that the map joins to nothing, as behind a gate, would catch the places beside it and make them
    unreachable.
    """
    _, part = connected_components(
        csr_array((length_m, (start, end)), shape=(junctions, junctions)), directed=False
    )
    total = np.bincount(part[start], weights=length_m, minlength=1)
    large = total >= _LARGE_PART_M
    large[total.argmax()] = True
    return large[part[start]]
