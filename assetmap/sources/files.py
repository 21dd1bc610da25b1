"""Reading one file from outside: a table or shapes, with a plain word for what is wrong with it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.recipe import RECIPE_NAME, Entry

__all__ = [
    "Rows",
    "as_text",
    "checksum",
    "is_shapes",
    "named_crs",
    "read_rows",
    "read_shapes",
    "read_table",
    "require_columns",
    "to_numbers",
]

_SHAPES = {".geojson", ".json", ".gpkg", ".shp", ".fgb", ".parquet", ".geoparquet"}


def _fatal(entry: Entry, what: str, remedy: str, column: str | None = None) -> PlaceError:
    return PlaceError(Problem(entry.file, what, remedy, column=column))


def _bytes(entry: Entry) -> bytes:
    try:
        content = entry.path.read_bytes()
    except FileNotFoundError:
        raise _fatal(
            entry, "There is no such file.", f"Put it there, or mend the file name in [{entry.table}]."
        ) from None
    except IsADirectoryError:
        raise _fatal(
            entry, "It is a folder, not a file.", f"Name the file itself in [{entry.table}]."
        ) from None
    except OSError as error:
        raise _fatal(entry, f"It cannot be read: {error.strerror}.", "Check that you may open it.") from None
    except ValueError:
        raise _fatal(
            entry, "Its name cannot be a file’s.", f"Mend the file name in [{entry.table}]."
        ) from None
    if not content:
        raise _fatal(entry, "The file is empty (0 bytes).", "Download or export it again.")
    return content


def checksum(entry: Entry) -> str:
    """SHA-256 of the file; of a shapefile, of its parts together."""
    content = _bytes(entry)
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


def read_table(entry: Entry) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a CSV (plain or gzipped) as text.

    Nothing is guessed: every value stays the text it was, an empty cell an empty text. The index
    is the row number that a spreadsheet shows. A row with too many or too few cells is left out
    and told.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short or not a CSV.
    """
    content = _bytes(entry)
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error):
            raise _fatal(entry, "The gzip file is cut short or damaged.", "Download it again.") from None
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1") or (
        b"\x00" in content[:4096] and not utf16
    ):
        raise _fatal(entry, "It is not a CSV file.", "Export the table as CSV (UTF-8) and name that file.")
    problems = []
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        problems.append(
            Problem(
                entry.file,
                "It is not UTF-8; it was read as Windows-1252.",
                "Check names with accents.",
                severity="note",
            )
        )
    first = text.lstrip().partition("\n")[0]
    if first.startswith(("{", "[", "<", "%PDF")):
        raise _fatal(entry, "It is not a CSV file.", "Export the table as CSV (UTF-8) and name that file.")
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise _fatal(entry, f"It cannot be read as CSV: {error}.", "Export it again as CSV.") from None
    if not rows:
        raise _fatal(entry, "The file holds no text.", "Download or export it again.")
    header = [cell.strip() for cell in rows[0]]
    repeated = {column for column in header if header.count(column) > 1 and column}
    used = {value for key, value in entry.values.items() if isinstance(value, str)}
    if repeated & used:
        column = sorted(repeated & used)[0]
        raise _fatal(entry, f"There is more than one column “{column}”.", "Rename one of them.", column)
    whole: list[list[str]] = []
    numbers: list[int] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            problems.append(
                Problem(
                    entry.file,
                    f"The row has {counted(len(row), 'cell')} where the header has {len(header)}.",
                    "Look for a missing quote or a separator too many.",
                    row=number,
                    severity="rejected",
                )
            )
            continue
        whole.append([cell.strip() for cell in row])
        numbers.append(number)
    if not whole and problems and problems[-1].severity == "rejected":
        raise _fatal(
            entry,
            f"No row has as many cells as the header: {problems[-1].what}",
            "The first line must be the header; remove lines above it, and check the separator.",
        )
    if not whole:
        raise _fatal(entry, "The table has no rows.", "Download or export it again.")
    return pd.DataFrame(whole, columns=header, index=numbers, dtype=object), problems


def read_shapes(entry: Entry) -> gpd.GeoDataFrame:
    """Read shapes with their coordinate reference system (CRS), which must be known and true.

    The index is the feature's number, from 1. A shape with a coordinate that is no finite number becomes
    a missing one.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short, holds no shapes or does not say its CRS.
    """
    _bytes(entry)
    layer = entry.get("layer")
    parquet = entry.path.suffix.lower() in {".parquet", ".geoparquet"}
    try:
        layers = [] if parquet else [str(name) for name, _ in pyogrio.list_layers(entry.path)]
        if (layer is None and len(layers) <= 1) or layer in layers:
            shapes = (
                gpd.read_parquet(entry.path) if parquet else pyogrio.read_dataframe(entry.path, layer=layer)
            )
    except Exception:  # noqa: BLE001 - GDAL and Arrow raise many types, all of which mean this
        raise _fatal(
            entry,
            "It cannot be read as shapes; it may be cut short or of another type.",
            "Download or export it again.",
        ) from None
    if layer is None and len(layers) > 1:
        raise _fatal(
            entry,
            f"It holds {len(layers)} layers.",
            f"Say which in [{entry.table}], as layer = one of: {', '.join(layers)}.",
        )
    if layer is not None and layer not in layers:
        raise _fatal(entry, f"It has no layer “{layer}”.", f"Its layers are: {', '.join(layers)}.")
    if not isinstance(shapes, gpd.GeoDataFrame):
        raise _fatal(
            entry,
            "It holds a table without shapes.",
            "Name a file with shapes, such as GeoJSON or GeoPackage.",
        )
    if shapes.empty:
        raise _fatal(entry, "It holds no shapes.", "Download or export it again.")
    declared = entry.get("crs")
    if declared is not None:
        shapes = shapes.set_crs(named_crs(entry, declared), allow_override=True)
    if shapes.crs is None:
        raise _fatal(
            entry,
            "It does not say which coordinate reference system (CRS) it is in.",
            f'If you know it, add crs = "EPSG:27700" (or its own) to [{entry.table}]; a shapefile needs its .prj.',
        )
    finite = np.isfinite(shapes.geometry.bounds.to_numpy()).all(axis=1)
    highest = np.abs(shapes.geometry[finite].total_bounds)
    if shapes.crs.is_geographic and (highest[[0, 2]].max() > 180 or highest[[1, 3]].max() > 90):
        raise _fatal(
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


class Rows(NamedTuple):
    """The rows of a file that count, as text; their shapes; what was wrong with others; how many were read."""

    table: pd.DataFrame
    shapes: gpd.GeoSeries | None
    problems: list[Problem]
    rows_in: int


def read_rows(entry: Entry) -> Rows:
    """Read a table as text, whether it stands in a CSV or beside shapes.

    Raises
    ------
    PlaceError
        As `read_table` and `read_shapes`; and where ``where`` keeps no row.
    """
    problems: list[Problem] = []
    geometry = None
    if is_shapes(entry.path):
        shapes = read_shapes(entry)
        geometry = shapes.geometry
        table = pd.DataFrame(shapes.drop(columns=geometry.name))
        table = table.apply(as_text)
    else:
        table, problems = read_table(entry)
    rows_in = len(table) + sum(problem.severity == "rejected" for problem in problems)
    for column, value in entry.get("where", {}).items():
        if column not in table:
            raise _fatal(
                entry,
                f"There is no column “{column}” (named in where).",
                f"The file has: {', '.join(map(str, table.columns))}.",
                column,
            )
        table = table[table[column] == str(value)]
        if table.empty:
            raise _fatal(entry, f"No row has “{value}” there.", f"Mend where in [{entry.table}].", column)
    return Rows(table, None if geometry is None else geometry[table.index], problems, rows_in)


def as_text(values: pd.Series) -> pd.Series:
    """Values of any type as text; a missing one as an empty text, 7.0 as "7"."""

    def text(value: object) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()

    return values.astype(object).where(values.notna(), "").map(text)


def to_numbers(text: pd.Series) -> pd.Series:
    """Numbers from text such as "1,643" or "5.0"; NA where it is no finite number."""
    numbers = pd.to_numeric(text.str.replace(",", "", regex=False), errors="coerce").astype("Float64")
    return numbers.mask(numbers.abs() == float("inf"))
