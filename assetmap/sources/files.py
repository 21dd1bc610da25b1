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
import pandas as pd
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from assetmap.errors import PlaceError, Problem
from assetmap.sources.recipe import Entry

__all__ = [
    "Rows",
    "checksum",
    "is_shapes",
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
    if not content:
        raise _fatal(entry, "The file is empty (0 bytes).", "Download or export it again.")
    return content


def checksum(entry: Entry) -> str:
    """SHA-256 of the file; of a shapefile, of its parts together."""
    content = _bytes(entry)
    if entry.path.suffix.lower() == ".shp":
        parts = sorted(entry.path.parent.glob(f"{entry.path.stem}.*"))
        content = b"".join(part.read_bytes() for part in parts)
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
    elif content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1") or b"\x00" in content[:4096]:
        raise _fatal(entry, "It is not a CSV file.", "Export the table as CSV (UTF-8) and name that file.")
    problems = []
    try:
        text = content.decode("utf-8-sig")
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
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise _fatal(entry, f"It cannot be read as CSV: {error}.", "Export it again as CSV.") from None
    header = [cell.strip() for cell in rows[0]]
    if len(header) < 2 and ("{" in text[:200] or "<" in text[:200]):
        raise _fatal(entry, "It is not a CSV file.", "Export the table as CSV (UTF-8) and name that file.")
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
                    f"The row has {len(row)} cells where the header has {len(header)}.",
                    "Look for a missing quote or a comma too many.",
                    row=number,
                    severity="rejected",
                )
            )
            continue
        whole.append([cell.strip() for cell in row])
        numbers.append(number)
    if not whole:
        raise _fatal(entry, "The table has no rows.", "Download or export it again.")
    return pd.DataFrame(whole, columns=header, index=numbers, dtype=object), problems


def read_shapes(entry: Entry) -> gpd.GeoDataFrame:
    """Read shapes with their coordinate reference system (CRS), which must be known and true.

    The index is the feature's number, from 1.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short, holds no shapes or does not say its CRS.
    """
    _bytes(entry)
    try:
        if entry.path.suffix.lower() in {".parquet", ".geoparquet"}:
            shapes = gpd.read_parquet(entry.path)
        else:
            shapes = pyogrio.read_dataframe(entry.path)
    except Exception as error:  # noqa: BLE001 - GDAL and Arrow raise many types, all of which mean this
        first = str(error).splitlines()[0].replace(str(entry.path), entry.file)
        raise _fatal(
            entry,
            f"It cannot be read as shapes; it may be cut short or of another type ({first}).",
            "Download or export it again.",
        ) from None
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
        try:
            shapes = shapes.set_crs(CRS.from_user_input(declared), allow_override=True)
        except CRSError:
            raise _fatal(entry, f"“{declared}” is not a known CRS.", 'Write it like "EPSG:27700".') from None
    if shapes.crs is None:
        raise _fatal(
            entry,
            "It does not say which coordinate reference system (CRS) it is in.",
            f'If you know it, add crs = "EPSG:27700" (or its own) to [{entry.table}]; a shapefile needs its .prj.',
        )
    bounds = shapes.total_bounds
    if shapes.crs.is_geographic and (abs(bounds[[0, 2]]).max() > 180 or abs(bounds[[1, 3]]).max() > 90):
        raise _fatal(
            entry,
            f"It says that its coordinates are degrees, but they go up to {abs(bounds).max():,.0f}.",
            f'They look like metres: add crs = "EPSG:27700" (or its own) to [{entry.table}].',
        )
    shapes.index = pd.RangeIndex(1, len(shapes) + 1)
    return shapes


class Rows(NamedTuple):
    """The rows of a table that count, what was wrong with others, and how many were read."""

    table: pd.DataFrame
    problems: list[Problem]
    rows_in: int


def read_rows(entry: Entry) -> Rows:
    """Read a table as text, whether it stands in a CSV or beside shapes.

    Raises
    ------
    PlaceError
        As `read_table` and `read_shapes`; and where ``where`` keeps no row.
    """
    if is_shapes(entry.path):
        shapes = read_shapes(entry)
        problems: list[Problem] = []
        table = pd.DataFrame(shapes.drop(columns=shapes.geometry.name))
        table = table.astype(object).where(table.notna(), "").map(lambda value: str(value).strip())
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
    return Rows(table, problems, rows_in)


def to_numbers(text: pd.Series) -> pd.Series:
    """Numbers from text such as "1,643" or "5.0"; NA where it is no finite number."""
    numbers = pd.to_numeric(text.str.replace(",", "", regex=False), errors="coerce").astype("Float64")
    return numbers.mask(numbers.abs() == float("inf"))
