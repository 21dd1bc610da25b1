"""Reading a table from outside as text: CSV in its usual disguises, or a sheet of a workbook."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from datetime import date, datetime

import openpyxl
import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.files import fatal, file_bytes
from assetmap.sources.recipe import Entry

__all__ = ["as_text", "read_table", "to_numbers"]


def _csv_rows(entry: Entry, content: bytes) -> tuple[list[list[str]], list[Problem]]:
    """Every row of a CSV, the header first."""
    problems = []
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error):
            raise fatal(entry, "The gzip file is cut short or damaged.", "Download it again.") from None
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1") or (
        b"\x00" in content[:4096] and not utf16
    ):
        raise fatal(
            entry, "It is not a CSV file.", "Name it by its true ending, or export the table as CSV (UTF-8)."
        )
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        told = "It is not UTF-8; it was read as Windows-1252."
        problems.append(Problem(entry.file, told, "Check names with accents.", severity="note"))
    first = text.lstrip().partition("\n")[0]
    if first.startswith(("{", "[", "<", "%PDF")):
        raise fatal(entry, "It is not a CSV file.", "Export the table as CSV (UTF-8) and name that file.")
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise fatal(entry, f"It cannot be read as CSV: {error}.", "Export it again as CSV.") from None
    if not rows:
        raise fatal(entry, "The file holds no text.", "Download or export it again.")
    return rows, problems


#: A workbook that unpacks to more than this is refused: a real table is far smaller.
_LARGEST_WORKBOOK = 1_000_000_000
_MOST_COLUMNS = 2_000


def _sheet_rows(entry: Entry, content: bytes) -> list[list[str]]:
    """Every row of one sheet, the header first; numbers and dates as text, formulas as their last result."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > _LARGEST_WORKBOOK:
            raise fatal(entry, "It unpacks to more than a gigabyte.", "Export the table as CSV (UTF-8).")
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        named = entry.get("sheet")
        sheets = workbook.sheetnames
        if named is None and len(sheets) > 1:
            remedy = f"Say which in [{entry.table}], as sheet = one of: {', '.join(sheets)}."
            raise fatal(entry, f"It holds {len(sheets)} sheets.", remedy)
        if named is not None and named not in sheets:
            raise fatal(entry, f"It has no sheet “{named}”.", f"Its sheets are: {', '.join(sheets)}.")
        sheet = workbook[named or sheets[0]]
        header = next(sheet.iter_rows(max_row=1, max_col=_MOST_COLUMNS, values_only=True), ())
        # Only as wide as the header: one cell left far to the right would make every row as long.
        width = max((n for n, cell in enumerate(header, start=1) if _cell_text(cell)), default=0)
        cells = list(sheet.iter_rows(max_col=max(width, 1), values_only=True))
    except PlaceError:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises many types, all of which mean this
        raise fatal(
            entry,
            "It cannot be read as a workbook; it may be cut short or of another type.",
            "Save it again as XLSX.",
        ) from None
    rows = [[_cell_text(cell) for cell in row] for row in cells]
    if not rows or not any(rows[0]):
        raise fatal(
            entry, "The first row of the sheet is empty.", "Put the headings there, or name another sheet."
        )
    return [row + [""] * (width - len(row)) for row in rows]


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell).strip()


def read_table(entry: Entry) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a CSV (plain or gzipped) or a workbook's sheet as text.

    Nothing is guessed: every value stays the text it was, an empty cell an empty text. The index
    is the row number that a spreadsheet shows. A row with too many or too few cells is left out
    and told.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short or not a table.
    """
    content = file_bytes(entry)
    workbook = entry.path.suffix.lower() in {".xlsx", ".xlsm"}
    rows, problems = (_sheet_rows(entry, content), []) if workbook else _csv_rows(entry, content)
    header = [re.sub(r"\s+", " ", cell).strip() for cell in rows[0]]
    repeated = {column for column in header if header.count(column) > 1 and column}
    used = {value for key, value in entry.values.items() if isinstance(value, str)}
    if repeated & used:
        column = sorted(repeated & used)[0]
        raise fatal(entry, f"There is more than one column “{column}”.", "Rename one of them.", column)
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
        raise fatal(
            entry,
            f"No row has as many cells as the header: {problems[-1].what}",
            "The first line must be the header; remove lines above it, and check the separator.",
        )
    if not whole:
        raise fatal(entry, "The table has no rows.", "Download or export it again.")
    return pd.DataFrame(whole, columns=header, index=numbers, dtype=object), problems


def as_text(values: pd.Series) -> pd.Series:
    """Values of any type as text; a missing one as an empty text, 7.0 as "7"."""

    def text(value: object) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()

    return values.astype(object).where(values.notna(), "").map(text)


def to_numbers(text: pd.Series) -> pd.Series:
    """Numbers from text such as "1,643" or "5.0"; NA where it is no finite number."""
    numbers = pd.to_numeric(text.str.replace("[,\u00a0]", "", regex=True), errors="coerce").astype("Float64")
    return numbers.mask(numbers.abs() == float("inf"))
