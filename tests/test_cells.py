"""What stands in one cell: text that no spreadsheet runs and that comes back as it was, and dates no finer than given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmap.sources.cells import as_cell, as_date, as_meant


@given(st.text(alphabet="'=+-@\t\r 1.a"))
def test_a_text_comes_back_and_never_runs(text):
    cell = as_cell(text)
    assert as_meant(cell) == text or (cell == text and as_meant(text) == text[1:] and text[0] == "'")
    assert cell[:1] not in ("=", "@", "\t", "\r")


@pytest.mark.parametrize(
    "text", ["=1+1", "+44 161", "-cmd|x", "@SUM(1)", "'=1+1", "''=x", "'tis", "-2.31", "+1,000", ""]
)
def test_what_goes_out_comes_back_exactly(text):
    assert as_meant(as_cell(text)) == text


def test_a_plain_number_needs_no_apostrophe():
    assert [as_cell(text) for text in ("-2.3187", "+5", "-2.3187,53.4")] == ["-2.3187", "+5", "-2.3187,53.4"]


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2026-03-31", "2026-03-31"),
        ("2026-03-31T10:20:30Z", "2026-03-31"),
        ("2026-03-31 10:20:30.123 +01:00", "2026-03-31"),
        ("31/03/2026", "2026-03-31"),
        ("3/4/26", "2026-04-03"),
        ("31.3.2026", "2026-03-31"),
        ("1st Sept 2020", "2020-09-01"),
        ("Monday, 1 June 2020", "2020-06-01"),
        ("Jun 1, 2020", "2020-06-01"),
        ("20260331", "2026-03-31"),
        # A month or a year alone is kept as that: no day is made up.
        ("May 2013", "2013-05"),
        ("2013-05", "2013-05"),
        ("05/2013", "2013-05"),
        ("2013", "2013"),
        # A month first is not guessed at.
        ("12/31/2020", ""),
        ("31 February 2020", ""),
        ("2013.0", ""),
        ("201305", ""),
        ("0013-05-01", ""),
        ("last spring", ""),
        ("", ""),
    ],
)
def test_a_date_is_no_finer_than_it_is_given(said, date):
    assert as_date(said) == date
