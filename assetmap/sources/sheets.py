"""One sheet of a workbook as CSV, by a program of its own: ``python sheets.py FILE SHEET``.

A workbook that is damaged, or made to do harm, can end the program that reads it, hang it or fill its memory. So this
one runs apart, and imports nothing of assetmap; how far the file swells is looked at before. Its first line is JSON:
``fault``, what is wrong and what to do; or ``sheets``, those there are to choose among, ``chosen``, whether one of them
is meant, whose rows follow, and ``unsolved``, its cells without a result: how many, and which is the first.
"""

from __future__ import annotations

import csv
import io
import json
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

#: A sheet is held as a rectangle. One of more cells than this, …
_MOST_CELLS = 20_000_000

#: … of which fewer than this part has anything in it, has a cell that was left behind far from its table.
_FILLED = 0.1

#: Headings are looked for no farther to the right than this.
_MOST_COLUMNS = 2_000

#: No cell is longer than this: its text has 32,767 signs at most, and its formula 8,192.
_PIECE = 1 << 20

#: Where a cell of an XLSX stands, such as ``r="B7"``.
_CELL = re.compile(rb"""\sr=["']([A-Za-z]+)([0-9]+)["']""")


#: Where an XLSX says in which of its parts a sheet is.
_SHEETS, _TARGETS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

#: A cell of an XLSX that holds an error such as #N/A, or a formula that no program has worked out. A text may be empty.
_NO_RESULT = re.compile(
    rb"""<c\b(?=[^>]*\st="e")[^>]*>|<c\b(?![^>]*\st="str")[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>|</c>)"""
)


def _whole_cells(part: IO[bytes]) -> Iterator[bytes]:
    """The marked-up text of a sheet, in pieces that part no cell."""
    rest = b""
    while chunk := part.read(_PIECE):
        whole, start, rest = (rest + chunk).rpartition(b"<c ")
        yield whole
        rest = (start + rest)[-_PIECE:]
    yield rest


def _unsolved(path: str, sheet: str) -> tuple[int, str]:
    """How many cells of a sheet of an XLSX hold no result, and where the first is: they read as empty."""
    number, first = 0, ""
    if not zipfile.is_zipfile(path):
        return number, first
    with zipfile.ZipFile(path) as parts, suppress(KeyError, ElementTree.ParseError):
        # Whoever calls has looked that no head defines words that swell.
        sheets = ElementTree.fromstring(parts.read(_SHEETS)).iter()  # noqa: S314
        key = {each.get("name"): each.get(_ID) for each in sheets}[sheet]
        targets = ElementTree.fromstring(parts.read(_TARGETS))  # noqa: S314
        target = {each.get("Id"): each.get("Target", "") for each in targets}[key]
        with parts.open(posixpath.join("xl", target).lstrip("/")) as part:
            for text in _whole_cells(part):
                found = _NO_RESULT.findall(text) if b"<f" in text or b't="e"' in text else []
                number += len(found)
                if found and not first:
                    first = "".join(each.decode() for each in _CELL.findall(found[0])[0])
    return number, first


def _spread(part: IO[bytes]) -> tuple[str, int, int]:
    """The last column and the last row that have a cell, and how many cells there are."""
    columns, last, cells, before = {b"A"}, 0, 0, b""
    while chunk := part.read(_PIECE):
        found = _CELL.findall(before + chunk)
        columns.update(column for column, _ in found)
        last = max(last, max((int(row) for _, row in found), default=0))
        cells += len(found)
        before = chunk[-32:]
    return max(columns, key=lambda column: (len(column), column)).decode().upper(), last, cells


def _refused(path: str) -> tuple[str, str] | None:
    """Why the workbook is better not opened, and what to do; None where it can be."""
    if not zipfile.is_zipfile(path):  # an XLS, which is small by nature
        return None
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            with parts.open(name) as part:
                if name == "content.xml":  # an ODS: text that is cut short would be read for ever
                    expat.ParserCreate().ParseFile(part)
                    continue
                column, row, cells = _spread(part)
            width = 0
            for letter in column:
                width = 26 * width + ord(letter) - ord("A") + 1
            if row * width > max(_MOST_CELLS, cells / _FILLED):
                what = (
                    f"A cell stands far outside the table: the sheet goes to column {column} and row {row:,}."
                )
                return (
                    what,
                    "Delete the empty rows and columns around the table, or export it as CSV (UTF-8).",
                )
    return None


def _text(cell: Any) -> str:
    """A cell as text: 5.0 as "5", dates as ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell).strip()


def main(path: str, wanted: str) -> None:
    """Write the sheet, as wide as its headings; numbers and dates as text, formulas as their last result."""
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    refused = _refused(path)
    if refused:
        print(json.dumps({"fault": refused}), file=out)
        return
    try:
        workbook = CalamineWorkbook.from_path(path)
    except PasswordError:
        fault = "It is locked with a password.", "Save it again without one."
        print(json.dumps({"fault": fault}), file=out)
        return
    sheets = [each for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    # What is hidden may be named, but nobody is asked about a sheet that they do not see.
    seen = [each.name for each in sheets if each.visible == SheetVisibleEnum.Visible]
    name = wanted or (seen[0] if len(seen) == 1 else "")
    chosen = name in (each.name for each in sheets)
    unsolved = _unsolved(path, name) if chosen else (0, "")
    print(json.dumps({"sheets": seen, "chosen": chosen, "unsolved": unsolved}), file=out)
    if not chosen:
        return
    rows = ([_text(cell) for cell in row] for row in workbook.get_sheet_by_name(name).iter_rows())
    header = next(rows, [])[:_MOST_COLUMNS]
    # Only as wide as the headings: one cell left far to the right would make every row as long.
    width = max((number for number, cell in enumerate(header, start=1) if cell), default=0)
    if width:
        lines = csv.writer(out)
        lines.writerow(header[:width])
        lines.writerows(row[:width] for row in rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
