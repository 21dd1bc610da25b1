"""What people decided about a place's listings: kept in one file, applied at every load.

A list is replaced whole when its publisher updates it, so nothing that people say of a listing can stand in the
list itself. It stands here, and finds its listing again by name and place.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.errors import OutputError, PlaceError, Problem, counted
from assetmap.model import ASSET_FIELDS
from assetmap.taxonomy import kind_named, kinds, plain_words

__all__ = [
    "ACTS",
    "CORRECTABLE",
    "DECISIONS_NAME",
    "Decision",
    "correct",
    "kind_words",
    "listing_key",
    "read_decisions",
    "record",
    "verdicts",
]

DECISIONS_NAME = "decisions.csv"

#: What may be decided, and what it does.
ACTS = {
    "remove": "the listing is kept out",
    "correct": "one field of the listing (other) is given a new value",
    "claim": "the group says that this is itself and is right: checked on that date",
    "same": "the listing and the other are one",
    "different": "the listing and the other are two",
    "kind": "a word of a list, or the listing, is of the kind in value",
    "accept": "a file changed by hand is taken as it is",
}

#: What a correction may change.
CORRECTABLE = ("name", "kind", *ASSET_FIELDS)

_COLUMNS = ("date", "by", "act", "subject", "other", "value", "note")

#: A listing of the same name no farther than this from where it was when people decided is still that listing.
_SAME_LISTING_M = 1_000

#: And one this near whose name only gained or lost words is, too.
_RENAMED_M = 100

#: Where a listing stands is written in whole metres.
_ON_THE_SPOT_M = 2


@dataclass(frozen=True)
class Decision:
    """One thing that somebody decided.

    Parameters
    ----------
    date
        When (ISO date).
    by
        Who says so.
    act
        One of `ACTS`.
    subject
        The listing (see `listing_key`), word or file that it is about.
    other
        The other listing, or the field that is corrected.
    value
        The new value, or the kind.
    note
        Why, in the person's own words.
    row
        Row of the file it stands in; 0 where it stands in none yet.
    """

    date: str
    by: str
    act: str
    subject: str
    other: str = ""
    value: str = ""
    note: str = ""
    row: int = 0


def listing_key(name: str, x: float, y: float) -> str:
    """What a decision calls a listing: its name and place, in metres of the place's CRS.

    Examples
    --------
    >>> listing_key("Sale Library", 378_912.4, 391_604.6)
    'Sale Library @ 378912,391605'
    """
    return f"{' '.join(name.split())} @ {x:.0f},{y:.0f}"


def _parsed(key: str) -> tuple[str, float, float] | None:
    name, at, where = key.rpartition(" @ ")
    x, _, y = where.partition(",")
    try:
        return (name, float(x), float(y)) if at and name else None
    except ValueError:
        return None


def _fault(decision: Decision) -> tuple[str, str] | None:
    """What is wrong with a decision and what to do, or None."""
    if decision.act not in ACTS:
        return f"“{decision.act}” is not something that can be decided.", f"Use one of: {', '.join(ACTS)}."
    if not decision.by:
        return "It does not say who decided.", "Fill in the column by."
    try:
        date.fromisoformat(decision.date)
    except ValueError:
        return f"“{decision.date}” is not a date.", "Write it like 2026-03-31."
    listing = 'Write a listing as "name @ easting,northing".'
    if decision.act in ("remove", "correct", "claim", "same", "different") and not _parsed(decision.subject):
        return f"“{decision.subject}” is not a listing.", listing
    if decision.act in ("same", "different") and not _parsed(decision.other):
        return f"“{decision.other}” is not a listing.", listing
    if decision.act == "correct" and decision.other not in CORRECTABLE:
        return (
            f"“{decision.other}” is not a field that can be corrected.",
            f"Use one of: {', '.join(CORRECTABLE)}.",
        )
    of_kind = decision.act == "kind" or (decision.act == "correct" and decision.other == "kind")
    if of_kind and not kind_named(decision.value):
        return (
            f"“{decision.value}” is not a kind that the taxonomy knows.",
            f"Use one of: {', '.join(kinds())}.",
        )
    return None


def read_decisions(folder: Path) -> tuple[list[Decision], list[Problem]]:
    """What was decided of the place in that folder, in the file's order; and what cannot be used.

    Raises
    ------
    PlaceError
        Where the file is there and cannot be read: to load the place without it could show what a group had removed.
    """
    path = folder / DECISIONS_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return [], []
    except (OSError, UnicodeDecodeError):
        what = "It cannot be read, and without it something that was removed could show again."
        raise PlaceError(
            Problem(DECISIONS_NAME, what, "Save it as CSV (UTF-8), and check its permissions.")
        ) from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        what = f"It has no column {' and no '.join(missing)}."
        raise PlaceError(Problem(DECISIONS_NAME, what, f"Its first line must be: {','.join(_COLUMNS)}."))
    good, problems = [], []
    for number, row in enumerate(rows, start=2):
        decision = Decision(*((row[column] or "").strip() for column in _COLUMNS), row=number)
        fault = _fault(decision)
        if fault is None:
            good.append(decision)
        else:
            problems.append(Problem(DECISIONS_NAME, *fault, row=number, severity="rejected"))
    return good, problems


def record(folder: Path, decisions: Iterable[Decision]) -> None:
    """Write decisions at the end of the place's file, which is made where there is none.

    Raises
    ------
    PlaceError
        Where one of them cannot be used.
    OutputError
        Where the folder cannot be written to.
    """
    decisions = list(decisions)
    faults = [Problem(DECISIONS_NAME, *fault) for decision in decisions if (fault := _fault(decision))]
    if faults:
        raise PlaceError(faults)
    path = folder / DECISIONS_NAME
    try:
        text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        lines = io.StringIO(newline="")
        writer = csv.writer(lines, lineterminator="\n")
        if not text:
            writer.writerow(_COLUMNS)
        elif not text.endswith("\n"):
            lines.write("\n")
        writer.writerows([getattr(decision, column) for column in _COLUMNS] for decision in decisions)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(lines.getvalue())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        what = f"It cannot be written: {error.strerror}."
        raise OutputError(
            Problem(str(DECISIONS_NAME), what, "Check that you may write to the place folder.")
        ) from None


def kind_words(decisions: Iterable[Decision]) -> dict[str, str]:
    """The kind of each word that people decided, by the word in plain letters."""
    return {
        plain_words(each.subject): found.kind
        for each in decisions
        if each.act == "kind" and (found := kind_named(each.value))
    }


def _found(key: str, rows: gpd.GeoDataFrame, spoken: pd.Series, beyond_nearest_m: float = np.inf) -> pd.Index:
    """The rows that a decision's listing is: of its name near by, or of nearly its name on the spot.

    Only those at most so much farther than the nearest: another branch of the same name is another listing.
    """
    parsed = _parsed(key)
    if parsed is None:
        return rows.index[:0]
    name, x, y = parsed
    away = np.hypot(rows.geometry.x - x, rows.geometry.y - y)
    said = plain_words(name)
    words = set(said.split())
    renamed = (away <= _RENAMED_M) & spoken.map(
        lambda each: bool(words) and bool(each) and (words <= set(each.split()) or set(each.split()) <= words)
    )
    found = ((spoken == said) & (away <= _SAME_LISTING_M)) | renamed
    return rows.index[found & (away <= away[found].min() + beyond_nearest_m)]


def correct(
    rows: gpd.GeoDataFrame, decisions: Iterable[Decision]
) -> tuple[gpd.GeoDataFrame, list[Problem], dict[str, int]]:
    """The rows as people have corrected, claimed or removed them.

    Parameters
    ----------
    rows
        The located rows of all lists: ``name``, ``kind``, ``list``, each of `ASSET_FIELDS`, ``geometry`` (metres).
    decisions
        In the order they were made; a later one wins.

    Returns
    -------
    GeoDataFrame, list, dict
        The rows that stay; decisions that fit no row any more; and how many rows of each list were removed.
    """
    decisions = [each for each in decisions if each.act in ("remove", "correct", "claim")]
    if not decisions:
        return rows, [], {}
    rows = rows.copy()
    spoken = rows["name"].map(plain_words)
    gone = pd.Series(False, index=rows.index)
    problems = []
    for decision in decisions:
        # A removal takes every listing of the group; anything else the one that is meant, in whichever list.
        found = _found(decision.subject, rows, spoken, np.inf if decision.act == "remove" else _RENAMED_M)
        if found.empty and decision.act != "remove":
            told = f"“{decision.subject.rpartition(' @ ')[0]}” is on no list now, so the {decision.act} changes nothing."
            problems.append(
                Problem(
                    DECISIONS_NAME,
                    told,
                    "Nothing to do, unless it moved or changed its name.",
                    decision.row,
                    severity="note",
                )
            )
        elif decision.act == "remove":
            gone[found] = True
        elif decision.act == "claim":
            rows.loc[found, "last_checked"] = decision.date
        else:
            kind = kind_named(decision.value) if decision.other == "kind" else None
            rows.loc[found, decision.other] = kind.kind if kind else decision.value
            if decision.other == "name":  # what is decided later calls it so
                spoken[found] = plain_words(decision.value)
    kept_out = rows.loc[gone, "list"].value_counts().to_dict()
    if gone.any():
        what = f"{counted(int(gone.sum()), 'row')} kept out because the group asked for its removal."
        problems.append(Problem(DECISIONS_NAME, what, "Nothing to do.", severity="note"))
    return rows[~gone], problems, kept_out


def verdicts(rows: gpd.GeoDataFrame, decisions: Iterable[Decision]) -> Iterator[tuple[int, int, bool]]:
    """Pairs of rows that people said are the same (True) or are not (False)."""
    decisions = [each for each in decisions if each.act in ("same", "different")]
    spoken = rows["name"].map(plain_words) if decisions else pd.Series(dtype=object)
    for decision in decisions:
        for left in _found(decision.subject, rows, spoken, _ON_THE_SPOT_M):
            for right in _found(decision.other, rows, spoken, _ON_THE_SPOT_M):
                if left != right:
                    yield left, right, decision.act == "same"
