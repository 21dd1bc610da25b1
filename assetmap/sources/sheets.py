"""One sheet of a workbook as CSV, by a program of its own: ``python sheets.py FILE SHEET``.

A workbook that is damaged, or made to do harm, can end the program that reads it, hang it or fill its memory. So this one is
apart, and imports nothing of assetmap. Its first line is JSON: ``sheets``, those that there are to choose among; or ``fault``,
what is wrong and what to do. The rows follow where one sheet was meant.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from functools import reduce
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

#: A workbook that unpacks to more than this is refused: a real table is far smaller.
_LARGEST = 1_000_000_000

#: A sheet is held as a rectangle of cells. One of more cells than this, …
_MOST_CELLS = 20_000_000

#: … of which fewer than this part has anything in it, has a cell that was left behind far from its table.
_FILLED = 0.1

#: Headings are looked for no farther to the right than this.
_MOST_COLUMNS = 2_000

#: Where a cell of an XLSX stands, such as ``r="B7"``.
_CELL = re.compile(rb"""\sr=["']([A-Za-z]+)([0-9]+)["']""")


def _refused(path: str) -> tuple[str, str] | None:
    """Why the workbook is better not opened, and what to do; None where it can be."""
    if not zipfile.is_zipfile(path):
        return None  # an XLS
    with zipfile.ZipFile(path) as parts:
        if sum(part.file_size for part in parts.infolist()) > _LARGEST:
            return "It unpacks to more than a gigabyte.", "Export the table as CSV (UTF-8)."
        for part in parts.namelist():
            columns, last, cells = {b"A"}, 0, 0
            whole = expat.ParserCreate() if part == "content.xml" else None  # of an ODS; one that is not closed never ends
            with parts.open(part) as stream:
                before = b""
                while chunk := stream.read(1 << 20):
                    found = _CELL.findall(before + chunk)
                    columns.update(column for column, _ in found)
                    last = max(last, max((int(row) for _, row in found), default=0))
                    cells += len(found)
                    before = chunk[-32:]
                    if whole is not None:
                        whole.Parse(chunk)
            width = max(reduce(lambda number, letter: number * 26 + letter - 64, column.upper(), 0) for column in columns)
            if last * width > max(_MOST_CELLS, cells / _FILLED):
                what = f"A cell stands far outside the table: the sheet goes to column {max(columns, key=len).decode()} and row {last:,}."
                return what, "Delete the empty rows and columns around the table, or export it as CSV (UTF-8)."
    return None


def _text(cell: Any) -> str:
    """A cell as text; dates as ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell).strip()


def _rows(path: str, wanted: str) -> Iterator[list[str]]:
    """The first line, then the rows of the sheet, as wide as its headings."""
    refused = _refused(path)
    if refused:
        yield [json.dumps({"fault": refused})]
        return
    ...


if __name__ == "__main__":
    pass
