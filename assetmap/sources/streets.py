"""Streets and paths that can be walked, for the walking network."""

from __future__ import annotations

import geopandas as gpd
import shapely

from assetmap.errors import PlaceError, Problem
from assetmap.model import Network
from assetmap.network import build
from assetmap.sources.files import read_shapes
from assetmap.sources.osm import read_osm_ways
from assetmap.sources.recipe import Entry, is_osm

__all__ = ["read_network"]

#: Streets this far beyond the study area are kept: a walk may leave it and come back.
_MARGIN_M = 5_000


def read_network(entry: Entry, outline: gpd.GeoSeries) -> tuple[Network, int, int]:
    """The walking network, the rows read and the rows used.

    Every line of the file is a stretch that can be walked in both directions; of an OpenStreetMap extract,
    those whose tags allow walking.
    """
    if is_osm(entry.file):
        lines, rows_in = read_osm_ways(entry)
    else:
        lines = read_shapes(entry)
        rows_in = len(lines)
    lines = lines[lines.geometry.geom_type.isin(["LineString", "MultiLineString"]) & ~lines.geometry.is_empty]
    near = lines.to_crs(outline.crs)
    near = near[shapely.dwithin(near.geometry.to_numpy(), outline.iloc[0], _MARGIN_M)]
    if near.empty:
        raise PlaceError(
            Problem(
                entry.file,
                "It holds no street or path near the place.",
                "Name a file of lines, such as the streets of this place, or an OpenStreetMap extract of it.",
            )
        )
    return build(near.geometry), rows_in, len(near)
