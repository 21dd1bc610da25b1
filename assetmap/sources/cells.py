"""What stands in one cell of a table: text that no spreadsheet runs, and dates as far as they are known."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["as_cell", "as_date", "as_meant"]

#: A spreadsheet runs a cell that begins with one of these as a formula, unless it is a plain number or an apostrophe
#: stands before it; so one that begins with both has had its apostrophe put before.
_FORMULA = re.compile(r"(?![+-]?[\d.,]+$)'*[=+\-@\t\r]")

#: The same with the apostrophe that `as_cell` puts before it.
_QUOTED = re.compile(r"''*[=+\-@\t\r]")


def as_cell(text: str) -> str:
    """A text as it goes into a table for others: with an apostrophe, where a spreadsheet would run it as a formula.

    Examples
    --------
    >>> [as_cell(text) for text in ("=1+1", "-2.5", "'=1+1", "’t Hof")]
    ["'=1+1", '-2.5', "''=1+1", '’t Hof']
    """
    return f"'{text}" if _FORMULA.match(text) else text


def as_meant(text: str) -> str:
    """A text as it was before `as_cell`.

    Examples
    --------
    >>> [as_meant(text) for text in ("'=1+1", "-2.5", "''=1+1", "'tis")]
    ['=1+1', '-2.5', "'=1+1", "'tis"]
    """
    return text[1:] if _QUOTED.match(text) else text


#: How lists write a day, a month or a year, and how much of the ISO date that tells. Days come before months, as they do
#: in Britain.
_DATES = {
    10: (
        "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y",
        "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y",
    ),
    7: ("%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y"),
    4: ("%Y",),
}  # fmt: skip

#: A time of day after a date, which is let go.
_TIME = re.compile(r"(?<=\d)[T ]\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[AaPp][Mm])?( ?(Z|UTC|[+-]\d\d:?\d\d))?$")

#: What stands beside the day of a date in words; and the fourth letter of September.
_BESIDE = re.compile(
    r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?,? |(?<=\d)(st|nd|rd|th)\b|(?<=sep)t\b", re.I
)

#: A date before or after these years is a slip of the pen.
_YEARS = range(1800, 2100)


def as_date(text: str) -> str:
    """A date as ISO 8601, no finer than it is given: a year alone stays a year. "" where it is none.

    Examples
    --------
    >>> [as_date(text) for text in ("03/04/2026", "5 May 2013 10:00", "May 2013", "2013", "13/13/2013", "last spring")]
    ['2026-04-03', '2013-05-05', '2013-05', '2013', '', '']
    """
    plain = _BESIDE.sub("", _TIME.sub("", " ".join(text.split())))
    for known, forms in _DATES.items():
        for form in forms:
            try:
                found = datetime.strptime(plain, form)
            except ValueError:
                continue
            if form in ("%Y%m%d", "%Y") and len(plain) != known - 2 * (form == "%Y%m%d"):
                continue
            return found.date().isoformat()[:known] if found.year in _YEARS else ""
    return ""
