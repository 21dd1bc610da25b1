"""The walking network of a place: from streets and paths that can be walked, or as it was saved."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from assetmap.errors import PlaceError, Problem
from assetmap.model import SETTING_BOUNDS, Network
from assetmap.network import from_vertices, vertices
from assetmap.sources.files import fatal, file_bytes, read_shapes
from assetmap.sources.osm import read_osm_ways
from assetmap.sources.recipe import Entry, is_osm

__all__ = ["SAVED_NETWORK", "read_network", "write_network"]

#: What the network of a saved place is called.
SAVED_NETWORK = "network.npz"

#: Streets this far beyond the study area are kept: the farthest that any settings let people walk.
_MARGIN_M = SETTING_BOUNDS["catchment_min"][1] * SETTING_BOUNDS["walking_speed_kmh"][1] * 1_000 / 60

#: Less than this share of the lines joined to each other is no network.
_MOST = 0.5
_WORTH_TELLING_M = 1_000

#: What a file that is no saved network, or no longer a whole one, may raise.
_BROKEN = (
    CRSError, EOFError, KeyError, MemoryError, OSError, RuntimeError, ValueError, shapely.GEOSException, zipfile.BadZipFile,
)  # fmt: skip

#: Lines as `assetmap.network.from_vertices` asks for them.
_Vertices = tuple[np.ndarray, np.ndarray, np.ndarray]


def read_network(entry: Entry, outline: gpd.GeoSeries) -> tuple[Network, list[Problem], int, int]:
    """The walking network, what there is to tell, the rows read and the rows used.

    Every line of the file is a stretch that can be walked in both directions; of an OpenStreetMap extract,
    those whose tags allow walking. Lines meet where they share a vertex, ways of OpenStreetMap where they share a node.
    A network that a place was saved with is taken as it is.

    Raises
    ------
    PlaceError
        Where the file cannot be read, holds no street near the place or none that meet, or is a saved network with
        something wrong in it.
    """
    if entry.path.suffix.lower() == ".npz":
        network = _saved(entry, outline.crs)
        return network, [], len(network.length_m), len(network.length_m)
    read = _osm_ways if is_osm(entry.file) else _lines
    lines, rows_in, rows_used, footprint = read(entry, outline)
    network, drawn_m = from_vertices(*lines)
    if not len(network.length_m):
        raise PlaceError(
            Problem(
                entry.file,
                "It holds no street or path near the place.",
                "Name a file of lines, such as the streets of this place, or an OpenStreetMap extract of it. "
                "Of a file of lines, check the CRS as well.",
            )
        )
    kept_m = float(network.length_m.sum())
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
    return replace(network, footprint=footprint), problems, rows_in, rows_used


def _lines(entry: Entry, outline: gpd.GeoSeries) -> tuple[_Vertices, int, int, None]:
    """The lines of a file that are near the place; how many shapes it holds, and how many are used."""
    shapes = read_shapes(entry)
    lines = shapes[
        shapes.geom_type.isin(["LineString", "MultiLineString"]) & ~shapes.geometry.is_empty
    ].to_crs(outline.crs)
    near = lines.geometry[shapely.dwithin(lines.geometry.to_numpy(), outline.iloc[0], _MARGIN_M)]
    return vertices(near), len(shapes), len(near), None


def _osm_ways(entry: Entry, outline: gpd.GeoSeries) -> tuple[_Vertices, int, int, shapely.Geometry | None]:
    """The walkable ways of an extract in the box around the place; how many it holds and are used; what it covers."""
    ways, covered = read_osm_ways(entry)
    to_metres = Transformer.from_crs(4326, outline.crs, always_xy=True)
    left, bottom, right, top = outline.total_bounds + np.array([-1, -1, 1, 1]) * _MARGIN_M
    west, south, east, north = to_metres.transform_bounds(left, bottom, right, top, direction="INVERSE")
    lon, lat = ways.lonlat.T
    # A box across the date line ends west of where it begins.
    inside = ((lon - west) % 360 <= (east - west) % 360) & (lat >= south) & (lat <= north)
    kept = inside[ways.node]
    # What comes back into the box is a line of its own.
    line = ways.way + np.cumsum(~kept)
    number = np.cumsum(inside) - 1
    xy = np.stack(to_metres.transform(lon[inside], lat[inside]), axis=1)
    footprint = None
    if covered is not None:
        footprint = gpd.GeoSeries([covered], crs=4326).to_crs(outline.crs).iloc[0]
    lines = xy, number[ways.node[kept]], line[kept]
    return lines, ways.tagged, len(np.unique(ways.way[kept])), footprint


def write_network(path: Path, network: Network, crs: CRS) -> None:
    """Write a network as arrays; the same network gives the same bytes."""
    covered = b"" if network.footprint is None else shapely.to_wkb(network.footprint)
    np.savez(
        path,
        xy=network.xy,
        start=network.start.astype(np.int32),
        end=network.end.astype(np.int32),
        length_m=network.length_m,
        footprint=np.frombuffer(covered, dtype=np.uint8),
        crs=np.array(crs.to_string()),
    )


def _saved(entry: Entry, crs: CRS) -> Network:
    """The network as `write_network` wrote it, each value looked at."""
    file_bytes(entry, 1)
    again = "Save the place again, or name the file that its network came from."
    try:
        with zipfile.ZipFile(entry.path) as parts:
            # Arrays that are packed could be of any size.
            if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
                raise ValueError
        with np.load(entry.path, allow_pickle=False) as arrays:
            xy, start, end, length_m = (arrays[name] for name in ("xy", "start", "end", "length_m"))
            covered = arrays["footprint"]
            theirs = CRS.from_user_input(str(arrays["crs"]))
        footprint = shapely.from_wkb(covered.tobytes()) if covered.size else None
    except _BROKEN:
        what = "It is not a network that assetmap saved, or it is cut short."
        raise fatal(entry, what, again) from None
    if not theirs.equals(crs):
        what = f"It is in “{theirs.name}”, and the place in “{crs.name}”."
        raise fatal(entry, what, again)
    fits = (
        (xy.ndim, length_m.ndim) == (2, 1)
        and xy.shape[1] == 2
        and start.shape == end.shape == length_m.shape
        and xy.dtype == length_m.dtype == np.float64
        and start.dtype == end.dtype == np.int32
        and len(length_m) > 0
    )
    if not fits:
        raise fatal(entry, "Its arrays do not fit together.", again)
    if min(start.min(), end.min()) < 0 or max(start.max(), end.max()) >= len(xy):
        raise fatal(entry, "It has a stretch that ends at no junction.", again)
    if not np.isfinite(xy).all() or not np.isfinite(length_m).all() or length_m.min() < 0:
        raise fatal(entry, "It has a coordinate or a length that cannot be.", again)
    return Network(xy, start, end, length_m, footprint)
