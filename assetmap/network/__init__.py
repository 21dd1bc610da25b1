"""The walking network: built once from streets and paths, asked for distances on foot.

All lengths are metres in the projected CRS of the place.
"""

from assetmap.network.build import build, from_osmnx, from_vertices, vertices
from assetmap.network.catchment import walkable
from assetmap.network.walk import (
    Joined,
    counts,
    distances,
    doors,
    join,
    nearest,
    nearest_of,
    pairs,
    snap_m,
    warm,
)

__all__ = [
    "Joined",
    "build",
    "counts",
    "distances",
    "doors",
    "from_osmnx",
    "from_vertices",
    "join",
    "nearest",
    "nearest_of",
    "pairs",
    "snap_m",
    "vertices",
    "walkable",
    "warm",
]
