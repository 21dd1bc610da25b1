"""The area that can be walked from a point, to be drawn on a map."""

from __future__ import annotations

import numpy as np
import shapely

from assetmap.model import Network
from assetmap.network.walk import join, nearest

__all__ = ["walkable"]

#: What stands this far from a street or path is on it: houses, their front gardens, the far side of the road.
_BESIDE_M = 25.0

#: Corners are rounded by so few points; an eighth of a circle that is 25 m wide is 2 m off at most.
_POINTS_A_QUARTER = 2


def walkable(
    network: Network, point: shapely.Point, limit_m: float, beside_m: float = _BESIDE_M
) -> shapely.Polygon | shapely.MultiPolygon:
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
        How far from a street still counts as beside it.

    Returns
    -------
    Polygon or MultiPolygon
        In the network's CRS. Ground that no street within reach runs beside is a hole in it, or outside; only what is too
        small for a house, a hole narrower than `beside_m`, is filled.
    """
    here = join(network, np.array([point], dtype=object))
    reached = nearest(network, [here], limit_m)[0]
    # What is left to walk from each end of each stretch, as a share of it; two that meet are all of it.
    length_m = np.maximum(network.length_m, 1e-9)
    forth, back = (np.nan_to_num((limit_m - reached[end]) / length_m, nan=-1.0) for end in (network.start, network.end))
    whole = np.flatnonzero((np.minimum(forth, back) >= 0) & (forth + back >= 1))
    from_start = np.flatnonzero((forth >= 0) & ~((back >= 0) & (forth + back >= 1)))
    from_end = np.flatnonzero((back >= 0) & ~((forth >= 0) & (forth + back >= 1)))
    zero, one = np.zeros(len(network.length_m)), np.ones(len(network.length_m))
    lines = [
        network.stretches[whole],
        _part(network, from_start, zero[from_start], forth[from_start]),
        _part(network, from_end, 1 - back[from_end], one[from_end]),
    ]
