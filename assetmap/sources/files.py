"""One file from outside: its bytes, its shapes, and a plain word for what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import mmap
import re
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from assetmap.errors import PlaceError, Problem
from assetmap.sources.archives import check_parts, root_of_xml, unpack
from assetmap.sources.recipe import RECIPE_NAME, Entry

__all__ = [
    "checksum",
    "fatal",
    "file_bytes",
    "is_shapes",
    "layers_of",
    "named_crs",
    "read_shapes",
    "require_columns",
]

#: How the files begin that hold shapes, by their ending; GDAL goes by content, and one that says it is of another
#: type can make it open further files, or addresses on the internet.
_BEGINS = {
    ".gpkg": b"SQLite format 3\0",
    ".shp": b"\0\0\x27\x0a",
    ".fgb": b"fgb",
    ".parquet": b"PAR1",
    ".geoparquet": b"PAR1",
}
_JSON = {".geojson", ".json", ".topojson"}
_SHAPES = {*_BEGINS, *_JSON, ".kml", ".kmz", ".zip"}

#: Far enough into a JSON file to see of which type it is; GDAL looks no further either.
_HEAD = 1_000_000

#: What says the CRS of a JSON file, in any spelling that GDAL understands; and more than anybody says of one.
_CRS_MEMBER = re.compile(rb'"(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)"\s*:\s*', re.IGNORECASE)
_LONGEST_CRS = 100_000

#: No longitude and no latitude is beyond these.
_DEGREES = (180, 90)

#: GeoParquet of more rows than this is refused: rows that are all alike take no room in the file.
_MOST_ROWS = 20_000_000


def fatal(entry: Entry, what: str, remedy: str, column: str | None = None) -> PlaceError:
    """A fault of a file that stops the load."""
    return PlaceError(Problem(entry.file, what, remedy, column=column))


def file_bytes(entry: Entry, most: int = -1) -> bytes:
    """The file's bytes, or its first ones.

    Raises
    ------
    PlaceError
        Where it is missing, empty, no file at all or may not be read.
    """
    try:
        if entry.path.exists() and not (entry.path.is_file() or entry.path.is_dir()):
            # Some have no end, and others never begin.
            raise fatal(entry, "It is a device or a pipe, not a file.", f"Name a file in [{entry.table}].")
        with entry.path.open("rb") as file:
            content = file.read(most)
    except PlaceError:
        raise
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
    file_bytes(entry, 1)
    parts = [entry.path]
    if entry.path.suffix.lower() == ".shp":
        beside = _parts_of_shapefile(entry.path)
        parts += [beside[ending] for ending in (".shx", ".dbf", ".prj", ".cpg") if ending in beside]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _parts_of_shapefile(path: Path) -> dict[str, Path]:
    """The files beside a shapefile that belong to it, by their ending in small letters."""
    beside = (each for each in path.parent.iterdir() if each.stem == path.stem and each.is_file())
    return {each.suffix.lower(): each for each in beside}


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
                f"The file has: {has[:300]}." if has else "The file has no columns at all.",
                column=column,
            )
            for key, column in missing
        )


def read_shapes(entry: Entry) -> gpd.GeoDataFrame:
    """Read shapes with their coordinate reference system (CRS), which must be known and true.

    GeoPackage, GeoJSON, TopoJSON, Shapefile, FlatGeobuf, GeoParquet, KML or KMZ, or a zip of any of them. The index
    is the feature's number, from 1. A shape that is broken or empty, or has a coordinate that is no finite number or
    beyond the poles, becomes a missing one.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short, not what its name says, holds no shapes or several layers, does
        not say its CRS or says a false one, or is refused as by `assetmap.sources.archives`.
    """
    file_bytes(entry, 1)
    if not is_shapes(entry.path):
        what = f"A file of shapes is wanted, and its name ends in “{entry.path.suffix}”."
        raise fatal(entry, what, f"Name one that ends in one of: {', '.join(sorted(_SHAPES))}.")
    # A file that GDAL still holds open cannot be removed on Windows; the next clean-up of the computer takes it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shapes = _read_layer(entry, *_layer(entry, _files_of_shapes(entry, Path(folder))))
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
    if not (shapes.crs.is_geographic or shapes.crs.is_projected):
        what = (
            f"The coordinate reference system (CRS) that it names, “{shapes.crs.name}”, is not one of maps."
        )
        raise fatal(
            entry, what, f'If you know the true one, add it, like crs = "EPSG:27700", to [{entry.table}].'
        )
    flat = shapely.force_2d(shapes.geometry.to_numpy())
    shapes = shapes.set_geometry(gpd.GeoSeries(flat, index=shapes.index, crs=shapes.crs))
    lost = _off_the_map(entry, shapes) | shapely.is_empty(flat)
    shapes.index = pd.RangeIndex(1, len(shapes) + 1)
    return shapes.set_geometry(shapes.geometry.where(~lost, None))


def layers_of(entry: Entry) -> list[str]:
    """The names of a file's layers of shapes; the file is looked at as by `read_shapes` before anything opens it.

    Raises
    ------
    PlaceError
        As `read_shapes`, but for what is in a layer.
    """
    file_bytes(entry, 1)
    if not _is_what_it_says(entry, entry.path):
        raise _unreadable(entry)
    return [name for name, kind in _listed(entry, entry.path) if kind is not None]


def _listed(entry: Entry, file: Path) -> list[tuple[str, str | None]]:
    """The layers of a file and what shapes each holds, None for a table without any."""
    try:
        with _quietly():
            return [(str(name), kind) for name, kind in pyogrio.list_layers(file)]
    except Exception:  # noqa: BLE001 - GDAL raises many types, all of which mean this
        raise _unreadable(entry) from None


def _off_the_map(entry: Entry, shapes: gpd.GeoDataFrame) -> np.ndarray:
    """Which shapes have a coordinate that cannot be; a CRS that most of them give the lie to is refused."""
    xy, row = shapely.get_coordinates(shapes.geometry.to_numpy(), return_index=True)
    numbers = np.isfinite(xy).all(axis=1)
    beyond = numbers & (np.abs(xy) > _DEGREES).any(axis=1)
    odd = np.isin(np.arange(len(shapes)), row[beyond])
    highest = np.abs(xy[numbers]).max(initial=0)
    if shapes.crs.is_projected:
        if highest > 0 and not beyond.any():
            what = f"It says that its coordinates are metres, but none is above {np.ceil(highest):.0f}."
            remedy = f'They look like degrees: add crs = "EPSG:4326" (or its own) to [{entry.table}].'
            raise fatal(entry, what, remedy)
        odd[:] = False
    elif 2 * odd.sum() > len(shapes):
        raise fatal(
            entry,
            f"It says that its coordinates are degrees, but they go up to {highest:,.0f}.",
            f'They look like metres: add crs = "EPSG:27700" (or its own) to [{entry.table}].',
        )
    return odd | np.isin(np.arange(len(shapes)), row[~numbers])


def _unreadable(entry: Entry) -> PlaceError:
    what = "It cannot be read as shapes; it may be cut short or of another type."
    return fatal(entry, what, "Download or export it again.")


def _files_of_shapes(entry: Entry, folder: Path) -> list[Path]:
    """The file itself, or the files of shapes in a zip, unpacked into a folder; each looked at."""
    files = [entry.path]
    if entry.path.suffix.lower() == ".zip":
        held = unpack(entry.path, folder, entry.file)
        files = [file for file in held if is_shapes(file)]
        # A .json beside other shapes is about them, as a rule.
        files = [file for file in files if file.suffix.lower() != ".json"] or files
        if not files:
            names = ", ".join(file.relative_to(folder).as_posix() for file in held)
            remedy = f"It holds: {names[:300]}. Unpack it, and name the file that you need."
            raise fatal(entry, "It holds no file of shapes.", remedy)
    for file in files:
        if not _is_what_it_says(entry, file):
            raise _unreadable(entry)
    return files


def _is_what_it_says(entry: Entry, path: Path) -> bool:
    ending = path.suffix.lower()
    if ending == ".kmz":
        return "kml" in check_parts(entry.file, path)
    with path.open("rb") as file:
        if ending == ".kml":
            return root_of_xml(entry.file, file) == "kml"
        head = file.read(_HEAD)
    if ending in _JSON:
        # GDAL would run the commands in such a file.
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or b"gdal_streamed_alg" in head:
            return False
        _refuse_links(entry, path)
        return True
    if ending == ".gpkg" and head.startswith(_BEGINS[ending]):
        _refuse_views(entry, path)
    if ending == ".shp" and (missing := {".shx", ".dbf"} - set(_parts_of_shapefile(path))):
        what = f"A shapefile is several files, and of this one {' and '.join(sorted(missing))} is missing."
        raise fatal(entry, what, "Put all of its files into one folder, or name the zip that they came in.")
    return head.startswith(_BEGINS[ending])


def _refuse_links(entry: Entry, path: Path) -> None:
    """Refuse a JSON file that says its CRS by a link: GDAL would follow it, wherever on any network it leads."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for found in _CRS_MEMBER.finditer(content):
            text = content[found.end() : found.end() + _LONGEST_CRS].decode(errors="replace")
            try:
                said, _ = json.JSONDecoder().raw_decode(text)
            except (ValueError, RecursionError):
                raise _unreadable(entry) from None
            kinds = (
                [str(kind) for key, kind in said.items() if key.casefold() == "type"]
                if isinstance(said, dict)
                else []
            )
            if {kind.casefold() for kind in kinds} & {"link", "url"}:
                what = "It says its coordinate reference system (CRS) by a web address, and none is asked."
                raise fatal(entry, what, "Export it again in a CRS that it names itself, such as EPSG:4326.")


def _refuse_views(entry: Entry, path: Path) -> None:
    """Refuse a GeoPackage of which GDAL would read a view: that is a question, and the answer may have no end."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            views = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
            read = {name for name in views if name.casefold().startswith("gpkg_")}
            if not read:
                read = {name for (name,) in file.execute("SELECT table_name FROM gpkg_contents")} & views
    except sqlite3.Error:
        raise _unreadable(entry) from None
    read |= views & {str(entry.get("layer"))}
    if read:
        what = f"Its layer “{min(read)}” is a view, not a table."
        raise fatal(entry, what, "Export the layer to a file of its own, in QGIS by “Save Features As”.")


def _layer(entry: Entry, files: list[Path]) -> tuple[Path, str | None]:
    """The file and the layer to read: the only one, or that which the recipe names."""
    found: dict[str, tuple[Path, str | None]] = {}
    for file in files:
        ending = file.suffix.lower()
        layers = [(file.stem, "any")] if ending in _PARQUET else _listed(entry, file)
        # A GeoPackage may hold tables without shapes, such as the styles that QGIS keeps there.
        with_shapes = [name for name, kind in layers if kind is not None] or [name for name, _ in layers]
        for name in with_shapes:
            label = f"{file.stem}: {name}" if name in found else name
            found[label] = (file, None if ending in _PARQUET else name)
    wanted = entry.get("layer")
    if wanted is None and len(found) > 1:
        remedy = f"Say which in [{entry.table}], as layer = one of: {', '.join(found)}."
        raise fatal(entry, f"It holds {len(found)} layers.", remedy)
    if not found:
        raise _unreadable(entry)
    if wanted is not None and wanted not in found:
        raise fatal(entry, f"It has no layer “{wanted}”.", f"Its layers are: {', '.join(found)}.")
    return found[wanted] if wanted is not None else next(iter(found.values()))


_PARQUET = {".parquet", ".geoparquet"}


def _read_layer(entry: Entry, path: Path, layer: str | None) -> gpd.GeoDataFrame:
    try:
        with _quietly():
            if layer is not None:
                shapes = pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore")
            else:
                shapes = _read_parquet(entry, path)
        if isinstance(shapes, gpd.GeoDataFrame) and shapes.crs is None and path.suffix.lower() in _JSON:
            shapes = shapes.set_crs(_crs_of_topology(path))
    except PlaceError:
        raise
    except Exception:  # noqa: BLE001 - GDAL and Arrow raise many types, all of which mean this
        raise _unreadable(entry) from None
    if not isinstance(shapes, gpd.GeoDataFrame):
        remedy = "Name a file with shapes, such as GeoJSON or GeoPackage."
        raise fatal(entry, "It holds a table without shapes.", remedy)
    return shapes


def _read_parquet(entry: Entry, path: Path) -> gpd.GeoDataFrame | None:
    """The shapes of a GeoParquet; None where it has none."""
    about = pyarrow.parquet.read_metadata(path)
    if about.num_rows > _MOST_ROWS:
        what = f"It has {about.num_rows:,} rows, more than the {_MOST_ROWS:,} that are taken."
        raise fatal(entry, what, "Keep those of your place.")
    return gpd.read_parquet(path) if b"geo" in (about.metadata or {}) else None


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what libraries remark by the way: a shape that they cannot make is missing, which is told."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _crs_of_topology(path: Path) -> CRS:
    """The CRS of a TopoJSON, of which GDAL says nothing: longitude and latitude, where it names none itself."""
    named = json.loads(path.read_text(encoding="utf-8-sig")).get("crs") or {}
    return CRS.from_user_input(named.get("properties", {}).get("name", "EPSG:4326"))


def named_crs(entry: Entry, name: str) -> CRS:
    """The CRS of that name, which must place things on a map.

    Raises
    ------
    PlaceError
        Where there is no such CRS, or it is one of heights or of a building site.
    """
    try:
        with _quietly():
            crs = CRS.from_user_input(name)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        problem = f"[{entry.table}] crs “{name}” is not a known CRS of maps."
        raise PlaceError(Problem(RECIPE_NAME, problem, 'Write it like "EPSG:27700".'))
    return crs
