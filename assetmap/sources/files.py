"""One file from outside: its bytes, its shapes, and a plain word for what is wrong with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from assetmap.errors import PlaceError, Problem
from assetmap.sources.recipe import RECIPE_NAME, Entry

__all__ = [
    "checksum",
    "fatal",
    "file_bytes",
    "is_shapes",
    "named_crs",
    "read_shapes",
    "require_columns",
]

_SHAPES = {".geojson", ".json", ".gpkg", ".shp", ".fgb", ".parquet", ".geoparquet"}


def fatal(entry: Entry, what: str, remedy: str, column: str | None = None) -> PlaceError:
    """A fault of a file that stops the load."""
    return PlaceError(Problem(entry.file, what, remedy, column=column))


def file_bytes(entry: Entry) -> bytes:
    """The file's bytes.

    Raises
    ------
    PlaceError
        Where it is missing, empty or may not be read.
    """
    try:
        content = entry.path.read_bytes()
    except FileNotFoundError:
        raise fatal(
            entry, "There is no such file.", f"Put it there, or mend the file name in [{entry.table}]."
        ) from None
    except IsADirectoryError:
        raise fatal(
            entry, "It is a folder, not a file.", f"Name the file itself in [{entry.table}]."
        ) from None
    except OSError as error:
        raise fatal(entry, f"It cannot be read: {error.strerror}.", "Check that you may open it.") from None
    except ValueError:
        raise fatal(
            entry, "Its name cannot be a file’s.", f"Mend the file name in [{entry.table}]."
        ) from None
    if not content:
        raise fatal(entry, "The file is empty (0 bytes).", "Download or export it again.")
    return content


def checksum(entry: Entry) -> str:
    """SHA-256 of the file; of a shapefile, of its parts together."""
    content = file_bytes(entry)
    if entry.path.suffix.lower() == ".shp":
        parts = [entry.path.with_suffix(ending) for ending in (".shx", ".dbf", ".prj", ".cpg")]
        content += b"".join(part.read_bytes() for part in parts if part.is_file())
    return hashlib.sha256(content).hexdigest()


def is_shapes(path: Path) -> bool:
    """Whether the file's name says that it holds shapes."""
    return path.suffix.lower() in _SHAPES


def require_columns(entry: Entry, frame: pd.DataFrame, keys: tuple[str, ...]) -> None:
    """Check that the columns which the recipe names are in the file.

    Raises
    ------
    PlaceError
        Naming every column that is missing, and those the file has.
    """
    missing = [
        (key, entry.get(key)) for key in keys if entry.get(key) is not None and entry.get(key) not in frame
    ]
    if missing:
        has = ", ".join(str(column) for column in frame.columns if column != "geometry")
        raise PlaceError(
            Problem(
                entry.file,
                f"There is no column “{column}” (named as {key} in [{entry.table}]).",
                f"The file has: {has[:300]}.",
                column=column,
            )
            for key, column in missing
        )


def read_shapes(entry: Entry) -> gpd.GeoDataFrame:
    """Read shapes with their coordinate reference system (CRS), which must be known and true.

    The index is the feature's number, from 1. A shape with a coordinate that is no finite number becomes
    a missing one.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short, holds no shapes or does not say its CRS.
    """
    file_bytes(entry)
    layer = entry.get("layer")
    parquet = entry.path.suffix.lower() in {".parquet", ".geoparquet"}
    try:
        layers = [] if parquet else [str(name) for name, _ in pyogrio.list_layers(entry.path)]
        if (layer is None and len(layers) <= 1) or layer in layers:
            shapes = (
                gpd.read_parquet(entry.path) if parquet else pyogrio.read_dataframe(entry.path, layer=layer)
            )
    except Exception:  # noqa: BLE001 - GDAL and Arrow raise many types, all of which mean this
        raise fatal(
            entry,
            "It cannot be read as shapes; it may be cut short or of another type.",
            "Download or export it again.",
        ) from None
    if layer is None and len(layers) > 1:
        raise fatal(
            entry,
            f"It holds {len(layers)} layers.",
            f"Say which in [{entry.table}], as layer = one of: {', '.join(layers)}.",
        )
    if layer is not None and layer not in layers:
        raise fatal(entry, f"It has no layer “{layer}”.", f"Its layers are: {', '.join(layers)}.")
    if not isinstance(shapes, gpd.GeoDataFrame):
        raise fatal(
            entry,
            "It holds a table without shapes.",
            "Name a file with shapes, such as GeoJSON or GeoPackage.",
        )
    if shapes.empty:
        raise fatal(entry, "It holds no shapes.", "Download or export it again.")
    declared = entry.get("crs")
    if declared is not None:
        shapes = shapes.set_crs(named_crs(entry, declared), allow_override=True)
    if shapes.crs is None:
        raise fatal(
            entry,
            "It does not say which coordinate reference system (CRS) it is in.",
            f'If you know it, add crs = "EPSG:27700" (or its own) to [{entry.table}]; a shapefile needs its .prj.',
        )
    flat = shapely.force_2d(shapes.geometry.to_numpy())
    shapes = shapes.set_geometry(gpd.GeoSeries(flat, index=shapes.index, crs=shapes.crs))
    xy, row = shapely.get_coordinates(flat, return_index=True)
    finite = np.isin(np.arange(len(flat)), row[~np.isfinite(xy).all(axis=1)], invert=True)
    highest = np.abs(shapes.geometry[finite].total_bounds)
    if shapes.crs.is_geographic and (highest[[0, 2]].max() > 180 or highest[[1, 3]].max() > 90):
        raise fatal(
            entry,
            f"It says that its coordinates are degrees, but they go up to {highest.max():,.0f}.",
            f'They look like metres: add crs = "EPSG:27700" (or its own) to [{entry.table}].',
        )
    shapes.index = pd.RangeIndex(1, len(shapes) + 1)
    return shapes.set_geometry(shapes.geometry.where(finite, None))


def named_crs(entry: Entry, name: str) -> CRS:
    """The CRS of that name, which must place things on a map.

    Raises
    ------
    PlaceError
        Where there is no such CRS, or it is one of heights or of a building site.
    """
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        problem = f"[{entry.table}] crs “{name}” is not a known CRS of maps."
        raise PlaceError(Problem(RECIPE_NAME, problem, 'Write it like "EPSG:27700".'))
    return crs
