"""Streets and paths that can be walked, for the walking network."""

from __future__ import annotations

from dataclasses import replace

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

#: Less than this share of the lines joined to each other is no network.
_MOST = 0.5
_WORTH_TELLING_M = 1_000


def read_network(entry: Entry, outline: gpd.GeoSeries) -> tuple[Network, list[Problem], int, int]:
    """The walking network, what there is to tell, the rows read and the rows used.

    Every line of the file is a stretch that can be walked in both directions; of an OpenStreetMap extract,
    those whose tags allow walking.
    """
    footprint = None
    if is_osm(entry.file):
        lines, rows_in, covered = read_osm_ways(entry)
        if covered is not None:
            footprint = gpd.GeoSeries([covered], crs=lines.crs).to_crs(outline.crs).iloc[0]
    else:
        lines = read_shapes(entry)
        rows_in = len(lines)
    lines = lines[lines.geometry.geom_type.isin(["LineString", "MultiLineString"]) & ~lines.geometry.is_empty]
    near = lines.to_crs(outline.crs)
    near = near[shapely.dwithin(near.geometry.to_numpy(), outline.iloc[0], _MARGIN_M)]
    network = build(near.geometry)
    if not len(network.length_m):
        raise PlaceError(
            Problem(
                entry.file,
                "It holds no street or path near the place.",
                "Name a file of lines, such as the streets of this place, or an OpenStreetMap extract of it.",
            )
        )
    drawn_m, kept_m = float(near.length.sum()), float(network.length_m.sum())
    problems = []
    if kept_m < _MOST * drawn_m:
        raise PlaceError(
            Problem(
                entry.file,
                f"Of {drawn_m / 1000:,.0f} km of lines only {kept_m / 1000:,.0f} km are joined to each other.",
                "Split the lines where they cross, so that they share a point; or name an OpenStreetMap extract.",
            )
        )
    if drawn_m - kept_m > _WORTH_TELLING_M:
        what = f"{(drawn_m - kept_m) / 1000:,.0f} of {drawn_m / 1000:,.0f} km are drawn twice or joined to nothing, and left out."
        problems.append(
            Problem(entry.file, what, "Nothing to do, unless people live there.", severity="note")
        )
    return replace(network, footprint=footprint), problems, rows_in, len(near)
