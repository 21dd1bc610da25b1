"""Reading a table from outside as text: CSV in its usual disguises, or a sheet of a workbook."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from threading import Timer

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from assetmap.errors import Problem, counted
from assetmap.sources import sheets
from assetmap.sources.archives import check_parts, inflated
from assetmap.sources.cells import as_meant
from assetmap.sources.files import fatal, file_bytes
from assetmap.sources.recipe import Entry

__all__ = ["WORKBOOKS", "as_text", "read_table", "to_numbers"]

#: How the names of workbooks end.
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")

#: As many rows as this are held as lists at a time: few, since Python looks again and again through all that it holds.
_AT_A_TIME = 500

#: A workbook that takes longer than this, in seconds, is given up.
_LONGEST_S = 600


def _csv_rows(entry: Entry, content: bytes, problems: list[Problem]) -> Iterator[list[str]]:
    """Every row of a CSV, the header first."""
    content = inflated(entry.file, content)
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1") or (
        b"\x00" in content[:4096] and not utf16
    ):
        raise fatal(
            entry, "It is not a CSV file.", "Name it by its true ending, or export the table as CSV (UTF-8)."
        )
    encoding = "utf-16" if utf16 else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = content.decode(encoding, errors="replace")
        told = "It is not UTF-8; it was read as Windows-1252."
        problems.append(Problem(entry.file, told, "Check names with accents.", severity="note"))
    first = text.lstrip().partition("\n")[0]
    del text  # of a large file, memory that is needed for its rows
    if first.startswith(("{", "[", "<", "%PDF")):
        raise fatal(entry, "It is not a CSV file.", "Export the table as CSV (UTF-8) and name that file.")
    # A heading in quotes may hold any of them.
    separator = max(",;\t|", key=re.sub('"[^"]*"', "", first).count)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline="")
    rows = csv.reader(lines, delimiter=separator)
    try:
        header = next(rows, None)
        if header is None:
            raise fatal(entry, "The file holds no text.", "Download or export it again.")
        yield header
        yield from rows
    except csv.Error as error:
        raise fatal(entry, f"It cannot be read as CSV: {error}.", "Export it again as CSV.") from None


def _sheet_rows(entry: Entry, problems: list[Problem]) -> Iterator[list[str]]:
    """Every row of one sheet, the header first; numbers and dates as text, formulas as their last result."""
    named = entry.get("sheet", "")
    if zipfile.is_zipfile(entry.path):  # XLS is none, nor is what was cut short
        check_parts(entry.file, entry.path)
    command = [sys.executable, "-P", sheets.__file__, str(entry.path), named]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
        assert reader.stdout is not None
        given_up = Timer(_LONGEST_S, reader.kill)
        given_up.start()
        try:
            lines = io.TextIOWrapper(reader.stdout, "utf-8", newline="")
            told = json.loads(lines.readline() or "{}")
            problems += _unsolved(entry, *told.get("unsolved", (0, "")))
            rows = csv.reader(lines)
            header = next(rows, None)
            if header is not None:
                yield header
                yield from rows
            reader.wait()
        except (ValueError, csv.Error):
            reader.kill()
        finally:
            given_up.cancel()
    if "fault" in told:
        raise fatal(entry, *told["fault"])
    if reader.returncode or not told:
        raise fatal(
            entry,
            "It cannot be read as a workbook; it may be cut short or of another type.",
            "Save it again as XLSX.",
        )
    names = told["sheets"]
    if named and not told["chosen"]:
        raise fatal(entry, f"It has no sheet “{named}”.", f"Its sheets are: {', '.join(names)}.")
    if not told["chosen"]:
        remedy = f"Say which in [{entry.table}], as sheet = one of: {', '.join(names)}."
        raise fatal(entry, f"It holds {len(names)} sheets.", remedy)
    if header is None:
        raise fatal(
            entry, "The first row of the sheet is empty.", "Put the headings there, or name another sheet."
        )


def _unsolved(entry: Entry, number: int, first: str) -> list[Problem]:
    """Cells without a result, which read as empty."""
    if not number:
        return []
    what = f"{counted(number, 'cell')} of the sheet with an error or with a formula that has no result, the first in {first}: read as empty."
    remedy = "Open it in a spreadsheet program, mend them, and save it again."
    return [Problem(entry.file, what, remedy, severity="note")]


def read_table(entry: Entry) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a CSV (plain, or packed by gzip or bzip2) or a workbook's sheet as text.

    Nothing is guessed: every value stays the text it was, an empty cell an empty text; only the apostrophe that keeps a
    spreadsheet from running a cell as a formula goes. The index
    is the row number that a spreadsheet shows. A row with too many or too few cells is left out
    and told.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short or not a table.
    """
    problems: list[Problem] = []
    if entry.path.suffix.lower() in WORKBOOKS:
        file_bytes(entry, 1)
        rows = _sheet_rows(entry, problems)
    else:
        rows = _csv_rows(entry, file_bytes(entry), problems)
    header = [as_meant(re.sub(r"\s+", " ", cell).strip()) for cell in next(rows)]
    repeated = {column for column in header if header.count(column) > 1 and column}
    used = {value for key, value in entry.values.items() if isinstance(value, str)}
    if repeated & used:
        column = sorted(repeated & used)[0]
        raise fatal(entry, f"There is more than one column “{column}”.", "Rename one of them.", column)
    table = _whole_rows(entry, rows, len(header), problems)
    if table.empty and problems and problems[-1].severity == "rejected":
        raise fatal(
            entry,
            f"No row has as many cells as the header: {problems[-1].what}",
            "The first line must be the header; remove lines above it, and check the separator.",
        )
    if table.empty:
        raise fatal(entry, "The table has no rows.", "Download or export it again.")
    return table.set_axis(header, axis=1), problems


def _whole_rows(entry: Entry, rows: Iterator[list[str]], width: int, problems: list[Problem]) -> pd.DataFrame:
    """The rows of that many cells, by their number; others are told, unless they are blank."""
    numbers, parts, start, file = [], [], 2, entry.file
    while batch := list(islice(rows, _AT_A_TIME)):
        ragged = [position for position, row in enumerate(batch) if len(row) != width]
        for position in ragged:
            if any(cell.strip() for cell in batch[position]):
                what = f"The row has {counted(len(batch[position]), 'cell')} where the header has {width}."
                remedy = "Look for a missing quote or a separator too many."
                problems.append(Problem(file, what, remedy, row=start + position, severity="rejected"))
        numbers.append(np.delete(np.arange(start, start + len(batch)), ragged))
        start += len(batch)
        cells = zip(*(row for row in batch if len(row) == width), strict=True)
        parts.append([pc.utf8_trim_whitespace(pa.array(column, pa.large_string())) for column in cells])
    columns = {}
    for position, pieces in enumerate(zip(*filter(None, parts), strict=True)):
        # Each different text once, however many cells have it.
        coded = pa.concat_arrays(pieces).dictionary_encode()
        texts = coded.dictionary.to_numpy(zero_copy_only=False)
        if pc.any(pc.starts_with(coded.dictionary, "'")).as_py():
            texts = np.array([as_meant(text) for text in texts], dtype=object)
        columns[position] = texts[coded.indices.to_numpy()]
    index = np.concatenate([np.empty(0, dtype=np.int64), *numbers])
    table = pd.DataFrame(columns, index=index if columns else None, columns=range(width), dtype=object)
    return table[(table != "").any(axis=1)]


def as_text(values: pd.Series) -> pd.Series:
    """Values of any type as text; a missing one as an empty text, 7.0 as "7"."""
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").str.strip()
    kind = values.dtype.kind if isinstance(values.dtype, np.dtype) else ""
    if kind == "i":
        texts = list(map(str, values.tolist()))
    elif kind == "f":
        texts = [
            str(int(number)) if number.is_integer() else str(number) if number == number else ""
            for number in values.tolist()
        ]
    else:
        texts = [_text(value) for value in values.astype(object).where(values.notna(), "")]
    return pd.Series(texts, values.index, name=values.name, dtype="str")


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def to_numbers(text: pd.Series) -> pd.Series:
    """Numbers from text such as "1,643" or "5.0"; NA where it is no finite number."""
    numbers = pd.to_numeric(text, errors="coerce").astype("Float64")
    odd = numbers.isna()
    again = pd.to_numeric(text[odd].str.replace("[,\u00a0]", "", regex=True), errors="coerce")
    numbers[odd] = again.astype("Float64").array
    return numbers.mask(numbers.abs() == float("inf"))
