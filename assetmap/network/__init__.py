"""The walking network: built once from streets and paths, asked for distances on foot.

All lengths are metres in the projected CRS of the place.
"""

from assetmap.network.build import build
from assetmap.network.walk import distances, doors, snap_m

__all__ = ["build", "distances", "doors", "snap_m"]
