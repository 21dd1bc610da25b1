"""Tables of rows from outside: CSV in any encoding, and workbooks of every form."""

from __future__ import annotations

import base64
import csv
import io
import tempfile
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmap import PlaceError
from assetmap.sources.recipe import Entry
from assetmap.sources.tables import as_text, read_table, to_numbers

HEADER = ["name", "kind", "easting", "northing", "seen"]
ROWS = [
    ["Old Hall", "Hub", "400600", "300500", "2026-03-31"],
    ["New Hall", "Hub", "400700", "300500", "2025-12-01"],
]

#: A workbook of the old form with the sheet “Halls”: the rows above, the numbers and the dates as such.
XLS = zlib.decompress(
    base64.b85decode(
        "c-rk)O=uHA6#izjX?|$ZB&O0<D4}B2+KYJc(nbYsFUHzSMFicLMML67l8ETV+M1&vcv8Gndht^A;twk5&4bvY2SE@LJ@%w1cxbb}dD(4K"
        "TcH6hMD|<e&71dTzInUzv$H!l8!k^h?5f~548nz~=|fAMO;GaLg%HSZno_lMFD27KQ^Dt@foyT(S>TOFj-edy3KTq0Uy%epQ#yh3NaPGXw"
        "t+anF=#@@FhEk^4q1Ze<ftMnPqW;_@;=vm&T=1HuCpAVx@B=3v++dVUTYQ~Q+n7Jgyen9Z9cMPH`?)9&f+UKM6IqH`}1in+hmSzwH4E#0U"
        "go}J+EcUh|<VT<A)gozS~RqWz4Z}tX+WYKUdm4f3SPew#t4}QGs!or+7t_5WrSddfXV+vf07{61+jnjhO6)c21`(lQvQ`6?CmoOdDs&XXN"
        "t5v!s%*pz8)%j$~6Y$>0KpFC@v3&@ZyVFSmT&B0?*+hyX90R+1?SQ|e(}Kq2aT;ojGGhm#}mlWZC1XlgHyZ8ChAxGGyv;~;xnsNDk4$1Qf"
        "ToM6^1taq`DQXR^BN7^mr&?MKn#@=4)XAk3je0!a~gY?q;(I?%dFY%qE&kR*AM`u37r_e*sDn;$(HHm)FFK*wGcpA5JVQn;@Saz=3bi7K)"
        "iruu{kZo9mpVctST1h?~u~bs5XH_e?sN`BIsZ>%eX0ZmdU}m>fUof*Aj~D15T{0&N9VAD`A{6_?oI-4pOId?UVJ?rwrL5pmnCn|{nd|Ob$"
        "u+1%@JKeKO?DZ6IB?*=fddB)95`qa2tJV34&kbG43~#MkM&<?ky6$9P4eGj6gj$z^qqMS2IYBNYH0p!hFjQNVx4X5|Ai7`)O#KoBsq>u!}"
        "FIu&_w<Hth-_8?=7K5`>!?<=RfZM7yD%8KL"
    )
)


def entry(path: Path, **said: str) -> Entry:
    return Entry("assets", {"name": "List", "file": path.name, **said}, path.parent)


def read(path: Path, **said: str) -> pd.DataFrame:
    table, _ = read_table(entry(path, **said))
    return table


def fault(path: Path, **said: str) -> str:
    with pytest.raises(PlaceError) as caught:
        read_table(entry(path, **said))
    return str(caught.value)


# -- CSV -----------------------------------------------------------------------------------------

CELLS = st.text(st.sampled_from("ab Éß5\"',;\t\n\r\x1c\u00a0\U0001f333"), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    form=st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]),
)
def test_every_row_is_read_as_it_was_written_or_told(rows, encoding, form):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=form[0], quoting=form[1])
    writer.writerows([["one", "two", "three"], *rows, ["a", "b", "c"]])
    stripped = {number: [cell.strip() for cell in row] for number, row in enumerate(rows, start=2)}
    filled = {number: row for number, row in stripped.items() if any(row)} | {len(rows) + 2: ["a", "b", "c"]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        table, problems = read_table(entry(path))
    whole = {number: row for number, row in filled.items() if len(row) == 3}
    assert dict(zip(table.index, table.to_numpy().tolist(), strict=True)) == whole
    assert {problem.row: problem.what for problem in problems} == {
        number: f"The row has {len(row)} cell{'' if len(row) == 1 else 's'} where the header has 3."
        for number, row in filled.items()
        if len(row) != 3
    }


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('name,note\nA,"two\nlines"\n\n,\nB, x \nC\nD,y\n', encoding="utf-8")
    table, problems = read_table(entry(path))
    assert table["name"].to_dict() == {2: "A", 5: "B", 7: "D"}
    assert table["note"].tolist() == ["two\nlines", "x", "y"]
    assert [str(problem) for problem in problems] == [
        "list.csv, row 6: The row has 1 cell where the header has 2. Look for a missing quote or a separator too many."
    ]


def test_a_list_packed_by_bzip2_is_read(tmp_path):
    import bz2

    path = tmp_path / "list.csv.bz2"
    path.write_bytes(bz2.compress(b"name\nA\n"))
    assert read(path)["name"].tolist() == ["A"]


def test_values_of_any_type_as_text():
    given_, wanted = [7.0, 2.5, None, " a ", True, 3, "É"], ["7", "2.5", "", "a", "True", "3", "É"]
    assert as_text(pd.Series(given_, dtype=object)).tolist() == wanted
    assert as_text(pd.Series([1.0, None, 0.1])).tolist() == ["1", "", "0.1"]
    assert as_text(pd.Series([1, -2])).tolist() == ["1", "-2"]
    assert as_text(pd.Series([1, None], dtype="Int64")).tolist() == ["1", ""]
    assert as_text(pd.Series([" a", None], index=[5, 6])).to_dict() == {5: "a", 6: ""}


def test_numbers_are_read_with_and_without_separators():
    text = pd.Series(["1,643", "5.0", "1\u00a0000", "", "-3", "inf", "x", "1e3", "12,"], dtype=object)
    assert to_numbers(text).astype(object).where(lambda found: found.notna(), None).tolist() == [
        1643,
        5,
        1000,
        None,
        -3,
        None,
        None,
        1000,
        12,
    ]


# -- workbooks -----------------------------------------------------------------------------------


def write_xlsx(path: Path, rows: list[list], name: str = "Halls") -> Path:
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def ods(rows: str) -> bytes:
    """An OpenDocument spreadsheet with the sheet “Halls”."""
    spaces = {"office": "office", "table": "table", "text": "text"}
    named = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{of}:1.0"' for name, of in spaces.items()
    )
    content = (
        f"<office:document-content {named}><office:body><office:spreadsheet>"
        f'<table:table table:name="Halls">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        parts.writestr("content.xml", content)
    return kept.getvalue()


def ods_cell(value: object, more: str = "") -> str:
    kinds = {
        str: ('value-type="string"', value),
        int: (f'value-type="float" office:value="{value}"', value),
        date: (f'value-type="date" office:date-value="{value}"', "seen"),
    }
    said, shown = kinds[type(value)]
    return f"<table:table-cell office:{said} {more}><text:p>{shown}</text:p></table:table-cell>"


def ods_row(*cells: object) -> str:
    return f"<table:table-row>{''.join(map(ods_cell, cells))}</table:table-row>"


ODS_HEADER = ods_row(*HEADER)
#: How the usual program ends a sheet.
ODS_END = (
    '<table:table-row table:number-rows-repeated="1048570">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def write_book(folder: Path, ending: str) -> Path:
    path = folder / f"halls.{ending}"
    typed = [[*row[:2], *map(int, row[2:4]), date.fromisoformat(row[4])] for row in ROWS]
    if ending == "xls":
        path.write_bytes(XLS)
    elif ending == "ods":
        path.write_bytes(ods(ODS_HEADER + "".join(ods_row(*row) for row in typed) + ODS_END))
    else:
        write_xlsx(path, [HEADER, *typed])
    return path


@pytest.mark.parametrize("ending", ["xlsx", "xlsm", "xls", "ods", "XLSX"])
def test_a_workbook_of_any_form_gives_the_same_rows(tmp_path, ending):
    table = read(write_book(tmp_path, ending))
    assert list(table.columns) == HEADER
    assert table.to_numpy().tolist() == ROWS
    assert table.index.tolist() == [2, 3]


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_a_workbook_that_is_cut_short_or_is_none_says_so_and_nothing_else(tmp_path, ending, capfd):
    path = write_book(tmp_path, ending)
    whole = path.read_bytes()
    said = f"halls.{ending}: It cannot be read as a workbook; it may be cut short or of another type. Save it again as XLSX."
    for content in (whole[: len(whole) // 2], whole[:600], b"%PDF-1.7", b"name,kind\nOld Hall,Hub\n"):
        path.write_bytes(content)
        assert fault(path) == said
    assert capfd.readouterr() == ("", "")


def test_every_cell_is_text_as_a_person_would_write_it(tmp_path):
    cells = [5.0, 0.25, 100_012_345_678, True, datetime(2026, 3, 31, 9, 30), time(9, 30), " x ", None, "=1+1"]
    path = write_xlsx(tmp_path / "b.xlsx", [[f"c{n}" for n in range(len(cells))], cells])
    assert read(path).to_numpy().tolist() == [
        ["5", "0.25", "100012345678", "True", "2026-03-31T09:30:00", "09:30:00", "x", "", ""]
    ]


def test_blank_rows_keep_the_row_numbers_and_cells_beyond_the_headings_are_left(tmp_path):
    rows = [["name", "kind"], ["A", "Hub"], [], [None, "  "], ["B", "Hub", "a remark"]]
    assert read(write_xlsx(tmp_path / "b.xlsx", rows)).index.tolist() == [2, 5]
    book = openpyxl.Workbook()
    book.active["B3"] = "name"
    book.save(tmp_path / "late.xlsx")
    assert fault(tmp_path / "late.xlsx") == (
        "late.xlsx: The first row of the sheet is empty. Put the headings there, or name another sheet."
    )


def test_a_hidden_sheet_is_read_where_it_is_named_and_never_asked_about(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Halls"
    book.active.append(["name"])
    book.active.append(["Old Hall"])
    book.create_sheet("Choices").append(["choice"])
    book["Choices"].append(["Hub"])
    book["Choices"].sheet_state = "hidden"
    book.create_chartsheet("Chart")
    path = tmp_path / "halls.xlsx"
    book.save(path)
    assert read(path)["name"].tolist() == ["Old Hall"]
    assert read(path, sheet="Choices")["choice"].tolist() == ["Hub"]
    assert fault(path, sheet="Chart") == "halls.xlsx: It has no sheet “Chart”. Its sheets are: Halls."


def test_a_cell_left_far_from_a_long_table_is_told_before_it_fills_the_memory(tmp_path):
    path = write_xlsx(tmp_path / "halls.xlsx", [["name"], *([n] for n in range(3_000))])
    book = openpyxl.load_workbook(path)
    book.active["XFD1"] = "stray"
    book.save(path)
    assert fault(path) == (
        "halls.xlsx: A cell stands far outside the table: the sheet goes to column XFD and row 3,001. "
        "Delete the empty rows and columns around the table, or export it as CSV (UTF-8)."
    )


def test_a_sheet_that_repeats_a_cell_a_thousand_million_times_or_never_ends_is_refused(tmp_path):
    path = tmp_path / "halls.ods"
    cells = ods_cell("x", 'table:number-columns-repeated="16384"')
    bomb = f'<table:table-row table:number-rows-repeated="1048570">{cells}</table:table-row>'
    path.write_bytes(ods(ODS_HEADER + bomb))
    assert "It cannot be read as a workbook" in fault(path)
    path.write_bytes(ods(ODS_HEADER + "</table:table>"))
    assert "It cannot be read as a workbook" in fault(path)


def test_a_locked_workbook_says_so(tmp_path):
    # The old form says in its first record after the beginning that what follows is encrypted (FILEPASS, 0x2F).
    path = tmp_path / "halls.xls"
    begin = XLS.index(b"\x09\x08\x10\x00\x00\x06")
    end = begin + 20
    path.write_bytes(XLS[:end] + b"\x2f\x00\x06\x00\x01\x00\x01\x00\x01\x00" + XLS[end + 10 :])
    assert fault(path) == "halls.xls: It is locked with a password. Save it again without one."
