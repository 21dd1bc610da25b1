"""The area that can be walked from a point, to be drawn on a map."""

from __future__ import annotations

import os

import numpy as np
import shapely

from assetmap.model import Network
from assetmap.network.walk import in_threads, join, nearest

__all__ = ["walkable"]

#: What stands this near to a street or path is on it: the house, its front garden, the far side of the road.
_BESIDE_M = 25.0

#: Corners are rounded to so many sides a quarter of a circle: at 25 m, two metres inside it at most.
_SIDES_A_QUARTER = 2


def walkable(
    network: Network, point: shapely.Point, limit_m: float, beside_m: float = _BESIDE_M
) -> shapely.Geometry:
    """The area within so many metres on foot of a point: all that lies beside the streets and paths reached.

    Parameters
    ----------
    network
        The walking network.
    point
        Where to walk from, in the network's CRS; the way to the nearest stretch counts.
    limit_m
        Metres on foot, such as 15 minutes’ worth.
    beside_m
        How near to a street is beside it. The last steps from the street are not counted.

    Returns
    -------
    Geometry
        A polygon in the network's CRS, with a hole where no street within reach runs.
    """
    here = join(network, np.array([point], dtype=object))
    reached = nearest(network, [here], limit_m)[0]
    # The share of each stretch that is left to walk from either end; below nought where the end is not reached.
    length_m = np.maximum(network.length_m, 1e-9)
    forth, back = (
        np.nan_to_num((limit_m - reached[end]) / length_m, nan=-1.0) for end in (network.start, network.end)
    )
    met = (np.minimum(forth, back) >= 0) & (forth + back >= 1)
    forth[met], back[met] = 1, -1
    from_start, from_end = np.flatnonzero(forth >= 0), np.flatnonzero(back >= 0)
    # The point's own stretch is walked both ways from where the point is joined to it.
    own = np.flatnonzero(here.access_m <= limit_m)
    on, spot = here.stretch[own], here.share[own]
    around = (limit_m - here.access_m[own]) / length_m[on]
    stretch = np.concatenate([from_start, from_end, on])
    first = np.concatenate([np.zeros(len(from_start)), 1 - back[from_end], spot - around])
    last = np.concatenate([forth[from_start], np.ones(len(from_end)), spot + around])
    ends = np.stack([_along(network, stretch, share) for share in (first, last)], axis=1)
    lines = np.asarray(shapely.linestrings(ends))
    to_street = [shapely.LineString([(point.x, point.y), xy]) for xy in _along(network, on, spot)]
    # Many small unions are several times faster than one outline of all; west and east at the same time.
    joined = shapely.multilinestrings(lines, indices=np.zeros(len(stretch), dtype=np.intp))
    walked = shapely.get_parts(shapely.line_merge(joined))
    parts = np.array([point, *to_street, *walked], dtype=object)
    parts = parts[np.argsort(shapely.bounds(parts)[:, 0])]

    def beside(some: np.ndarray) -> shapely.Geometry:
        return shapely.union_all(shapely.buffer(some, beside_m, quad_segs=_SIDES_A_QUARTER))

    return shapely.union_all(in_threads(beside, np.array_split(parts, os.cpu_count() or 1)))


def _along(network: Network, stretch: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Where a share of each stretch from its start is walked, within it."""
    start, end = network.xy[network.start[stretch]], network.xy[network.end[stretch]]
    return start + (end - start) * share.clip(0, 1)[:, None]
