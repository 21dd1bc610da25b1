"""Whatever a list holds, every row of it is used, kept apart, set aside or rejected, and told once."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assetmap import AssetMapError, Place, load
from assetmap.errors import Problem
from tests.toy import RECIPE, write_toy

HEADER = ["id", "name", "kind", "role", "x", "y", "lon", "lat", "postcode", "seen", "step", "money"]

#: No text of the recipe is a column's, and no two columns say the same.
LIST = """
[[assets]]
name = "List"
file = "list.csv"
identifier = "id"
title = "name"
easting = "x"
northing = "y"
lon = "lon"
lat = "lat"
postcode = "postcode"
last_checked = "seen"
step_free = "step"
cost = "money"
role_column = "role"
"""

#: How the list says what its assets are, and the words of such a list for places that must never be a point.
KINDS = {
    'kind_column = "kind"': ("Refuge", "refuge", " Women's Refuge ", "supported_housing"),
    'kind = "library"': (),
    'kind = "by name"\nkind_column = "kind"': ("Refuge",),
}

#: Names that tell of a place which must never be a point, whatever its list calls it.
SENSITIVE_NAMES = ("Toytown Women’s Refuge", "LGBTQ+ Youth Group", "  toytown refuge  ")

ODD = (
    "", " ", "-", "N/A", "NULL", "nan", "=1+1", "=cmd|'/c calc'!A0", "@x", "<script>alert(1)</script>", "&amp;", "a,b", 'a"b',
    "a;b\tc", "a\nb", "a\r\nb", "\x07\x1b", "\u202eevil", "\u200b", "\ufeff", "صباح", "😀👩‍👩‍👧", "Z\u0337\u0337", "x" * 5_000,
    "\u0085", "\u2028", "0", "1e400", "-0", "½", "１２３", "True", "#REF!", "01/02/2026", "2026-02-30", "25569", "None",
)  # fmt: skip

texts = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
names = st.sampled_from(("The Library", "Café", "Town Hall", *SENSITIVE_NAMES)) | texts
kinds = st.sampled_from(
    (
        "Library",
        "Hub",
        "Refuge",
        "refuge",
        " Women's Refuge ",
        "supported_housing",
        "Casino",
        "Hotel",
        "library",
    )
)
roles = st.sampled_from(
    ("", "venue", "base", "contact", "area_served", "Registered office", "home", "c/o the chair", "?")
)
eastings = st.sampled_from(
    ("400500", "403 500", "402,500", "402500.5", "300500", "0", "-400500", "9" * 20, "1e9", "400500\u00a0")
)
northings = st.sampled_from(("300500", "300,500", "400500", "0", "900000", "305000", "1e400", "-5"))
lons = st.sampled_from(("-1.99", "-1.95", "52.6", "0", "180", "181", "-1.99W", "88"))
lats = st.sampled_from(("52.6", "-1.99", "0", "90", "91", "99.999999", "52,6"))
postcodes = st.sampled_from(("ZZ1 1AA", "zz11aa", "ZZ9 9ZZ", "ZZ1\u00a01AA", "Z"))


class Row(NamedTuple):
    """The cells of a row after its identifier, and how many there are too many (or, below 0, too few)."""

    cells: tuple[str, ...]
    ragged: int


GOOD = ("The Library", "Library", "venue", "400500", "300500", "", "", "", "", "", "")
ODDLY = (names, kinds, roles, eastings, northings, lons, lats, postcodes, texts, texts, texts)


def mostly(good: str, odd: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A good cell nine times in ten, or else hardly a row would come as far as the map."""
    return st.integers(0, 9).flatmap(lambda n: st.just(good) if n else odd | texts)


cells = st.tuples(*(mostly(good, odd) for good, odd in zip(GOOD, ODDLY, strict=True)))
rows = st.lists(
    st.builds(Row, cells, st.sampled_from((0,) * 12 + (-1, 1, -len(HEADER), 40))), min_size=1, max_size=12
)
encodings = st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252"))
separators = st.sampled_from((",", ";", "\t", "|"))


def written(rows: list[Row], encoding: str, separator: str, quoting: int) -> tuple[bytes, list[list[str]]]:
    """The list as a file, and its records as anybody can count them."""
    records = []
    for number, row in enumerate(rows, start=2):
        record = [f"#{number}", *row.cells]
        records.append(record[: row.ragged] if row.ragged < 0 else record + ["x"] * row.ragged)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, quoting=quoting).writerows([HEADER, *records])
    return text.getvalue().encode(encoding, "replace"), records


def loaded(folder: Path) -> tuple[Place | None, tuple[Problem, ...]]:
    """The place, or every fault that stops its load."""
    try:
        return load(folder), ()
    except AssetMapError as error:
        return None, error.problems


def tell(place: Place, pattern: str) -> int:
    """How many rows notes of the list tell of."""
    told = (
        re.match(pattern, each.what)
        for each in place.problems
        if each.file == "list.csv" and each.severity == "note"
    )
    return sum(int(found[1].replace(",", "")) for found in told if found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_toy(tmp_path_factory.mktemp("place"), place_toml="")


QUOTED = st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(rows, st.sampled_from(list(KINDS)), encodings, separators, QUOTED)
@example(
    [Row(GOOD, 0), Row(GOOD, 0), Row(("Toytown Women’s Refuge", *GOOD[1:]), 0)],
    'kind = "library"',
    "utf-8",
    ",",
    0,
)
@example([Row(GOOD, -1)], 'kind = "library"', "utf-8", ",", 0)
def test_any_list_is_accounted_for_row_by_row(folder, rows, kind, encoding, separator, quoting):
    content, records = written(rows, encoding, separator, quoting)
    (folder / "list.csv").write_bytes(content)
    (folder / "place.toml").write_text(RECIPE[: RECIPE.index("[[assets]]")] + LIST + kind, encoding="utf-8")
    filled = [number for number, record in enumerate(records, start=2) if any(map(str.strip, record))]
    place, faults = loaded(folder)
    if place is None:
        assert not any(len(record) == len(HEADER) for record in records), faults
        assert {problem.file for problem in faults} == {"list.csv"}
        return

    layer = place.layers[-1]
    assert layer.name == "assets: List"
    assert layer.rows_in == len(filled)
    rejected = [each for each in place.problems if each.file == "list.csv" and each.severity == "rejected"]
    doubled = [each for each in place.problems if each.file == "list.csv" and each.severity == "duplicate"]
    assert layer.rows_rejected == len(rejected)
    assert layer.rows_used == len(place.assets)

    # What was not used has been told of, and nothing twice.
    far = tell(place, r"([\d,]+) rows? more than 10 km from the place")
    not_counted = tell(place, r"([\d,]+) rows? of kinds that are not counted as assets")
    aside = len(doubled) + len(place.organisations) + far + not_counted
    assert layer.rows_set_aside == aside
    assert layer.rows_in == layer.rows_used + aside + layer.rows_rejected
    used = [int(each[1:]) for each in place.assets["identifier"]]
    of_row = [*used, *(each.row for each in (*rejected, *doubled))]
    assert len(of_row) == len(set(of_row))
    assert set(of_row) <= set(filled)
    for each in (*rejected, *doubled):
        assert each.what.endswith("."), each
        assert each.remedy.endswith("."), each

    # Only what people may go to has a place.
    by_row = dict(enumerate(rows, start=2))
    for row in {*used, *(int(each) for each in place.listings.get("row", ()))}:
        name, word, role, *_ = by_row[row].cells
        assert role.strip() in ("", "venue"), by_row[row]
        assert name not in SENSITIVE_NAMES
        assert word not in KINDS[kind]
    assert "geometry" not in place.organisations
    apart = place.organisations["role"].isin(["contact", "venue"])
    assert not place.organisations.loc[apart, ["identifier", "postcode"]].any(axis=None)
    points = place.listings.geometry
    assert points.is_valid.all()
    assert not points.is_empty.any()
    assert set(points.geom_type) <= {"Point"}
