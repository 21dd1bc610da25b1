"""What people decided about a place's listings: kept in one file, applied at every load.

A list is replaced whole when its publisher updates it, so nothing that people say of a listing can stand in the
list itself. It stands here, and finds its listing again by name and place.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.errors import OutputError, PlaceError, Problem, counted
from assetmap.model import ASSET_FIELDS
from assetmap.sources.cells import as_cell, as_date, as_meant
from assetmap.taxonomy import kind_named, kinds, plain_words, sensitive_name, spoken

__all__ = [
    "ACTS",
    "ANSWERS",
    "CORRECTABLE",
    "DECISIONS_NAME",
    "NOT_WITHOUT_PLACE",
    "Decision",
    "correct",
    "correct_unplaced",
    "kind_words",
    "known_as",
    "links_of",
    "listing_key",
    "listings_of",
    "memberships",
    "names_any",
    "one_listing",
    "plain_name",
    "read_decisions",
    "record",
    "removed_besides",
    "removed_names",
    "standing_removals",
    "still_matched",
    "told_of",
    "verdicts",
    "where_it_was",
    "without_removed",
]

DECISIONS_NAME = "decisions.csv"

#: What may be decided, and what it does.
ACTS = {
    "remove": "the listing is kept out",
    "restore": "a removal is lifted",
    "correct": "one field of the listing (other) is given a new value",
    "claim": "the group says that this is itself and is right: checked on that date",
    "same": "the listing and the other are one",
    "different": "the listing and the other are two",
    "kind": "a word of a list, or the listing, is of the kind in value",
    "accept": "a file changed by hand is taken as it is",
    "told": "the group knows that residents of an area have no other place like it in reach",
}

#: What a correction may change.
CORRECTABLE = ("name", "kind", "location", *ASSET_FIELDS)

#: Fields that have only these answers, besides being not known.
ANSWERS = {"step_free": ("yes", "limited", "no"), "volunteers": ("yes", "no")}

#: What is never kept of a listing without a place: its location may be somebody's home, or must not be told.
NOT_WITHOUT_PLACE = ("kind", "location", "address", "postcode", "identifier")

_COLUMNS = ("date", "by", "act", "subject", "other", "value", "note")

#: A listing of the same name no farther than this from where it was when people decided is still that listing.
_SAME_LISTING_M = 1_000

#: And one this near whose name only gained or lost words is, too.
_RENAMED_M = 100

#: A correction that would move a listing farther than this is a slip of the pen.
_FARTHEST_MOVE_M = 50_000

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


#: What stands for the place of a listing that has none.
_NO_PLACE = "no place"


def listing_key(name: str, x: float = np.nan, y: float = np.nan) -> str:
    """What a decision calls a listing: its name and place, in metres of the place's CRS.

    Examples
    --------
    >>> listing_key("Sale Library", 378_912.4, 391_604.6)
    'Sale Library @ 378912,391605'
    >>> listing_key("Sale Carers")
    'Sale Carers @ no place'
    """
    return f"{' '.join(name.split())} @ {_NO_PLACE if np.isnan(x) else f'{x:.0f},{y:.0f}'}"


#: What stands before or after a name and is no part of it: registers write it, and people do not.
_NO_PART = re.compile(r"^the | (ltd|limited|cio|cic|llp|plc)$")


def plain_name(name: str) -> str:
    """A name as it is compared: in plain words, without its article and legal form.

    Examples
    --------
    >>> plain_name("THE TOWN PANTRY LTD."), plain_name("The")
    ('town pantry', 'the')
    """
    words = plain_words(name)
    return _NO_PART.sub("", words) or words


@cache
def _parsed(key: str) -> tuple[str, float, float] | None:
    """Name, easting and northing of a key, NaN where it is of a listing without a place; None where it is no key."""
    name, _, where = key.rpartition(" @ ")
    at = (np.nan, np.nan) if where == _NO_PLACE else _numbers(where)
    return (name, *at) if at and name else None


def _numbers(text: str) -> tuple[float, float] | None:
    """Two numbers with a comma between them."""
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        return None
    return (x, y) if np.isfinite([x, y]).all() else None


def _placed(key: str) -> bool:
    """Whether a key is that of a listing with a place."""
    return np.isfinite((_parsed(key) or ("", np.nan))[1])


@cache
def _words_and_place(key: str) -> tuple[str, float, float]:
    name, x, y = _parsed(key) or ("", np.nan, np.nan)
    return plain_name(name), x, y


def one_listing(one: str, other: str, within_m: float = _SAME_LISTING_M) -> bool:
    """Whether two keys name one listing: of the same name and near each other, as far as they have a place."""
    (name, x, y), (other_name, other_x, other_y) = _words_and_place(one), _words_and_place(other)
    return name == other_name and not np.hypot(x - other_x, y - other_y) > within_m


def _fault(decision: Decision) -> tuple[str, str] | None:
    """What is wrong with a decision and what to do, or None."""
    if decision.act not in ACTS:
        return f"“{decision.act}” is not something that can be decided.", f"Use one of: {', '.join(ACTS)}."
    if not decision.by:
        return "It does not say who decided.", "Fill in the column by."
    if not _is_date(decision.date):
        return f"“{decision.date}” is not a date.", "Write it like 2026-03-31."
    listing = 'Write a listing as "name @ easting,northing".'
    if decision.act not in ("kind", "accept") and not _parsed(decision.subject):
        return f"“{decision.subject}” is not a listing.", listing
    if decision.act in ("same", "different"):
        if not _parsed(decision.other):
            return f"“{decision.other}” is not a listing.", listing
        if not any(map(_placed, (decision.subject, decision.other))):
            return (
                "Neither of the two has a place.",
                "Only a listing with a place can be joined or held apart.",
            )
    if decision.act == "kind" and not kind_named(decision.value):
        return _no_kind(decision.value)
    return _fault_of_value(decision) if decision.act == "correct" else None


def _is_date(text: str) -> bool:
    """Whether a text is a whole date as ISO 8601 has it, with hyphens."""
    return len(text) == len("2026-03-31") and as_date(text) == text


def _no_kind(word: str) -> tuple[str, str]:
    return f"“{word}” is not a kind that the taxonomy knows.", f"Use one of: {', '.join(kinds())}."


def _fault_of_value(decision: Decision) -> tuple[str, str] | None:
    """What is wrong with the field or the value of a correction.

    Nothing becomes a listing of a sensitive kind here: it would keep its point.
    """
    field, value = decision.other, decision.value
    if field not in CORRECTABLE:
        return f"“{field}” is not a field that can be corrected.", f"Use one of: {', '.join(CORRECTABLE)}."
    if field in NOT_WITHOUT_PLACE and decision.subject.endswith(f" @ {_NO_PLACE}"):
        return (
            f"It is listed without a place, so its {field} is not kept.",
            "Correct another field, or remove it.",
        )
    kind = kind_named(value) if field == "kind" else sensitive_name(value) if field == "name" else None
    if field == "kind" and kind is None:
        return _no_kind(value)
    if kind is not None and (kind.sensitive or not kind.counted):
        what = "is of a kind whose place is never shown" if kind.sensitive else "is not counted as an asset"
        return f"“{value}” {what}.", "Remove the listing instead."
    if field == "name" and not plain_words(value):
        return f"“{value}” is not a name.", "Write the name as people know it."
    if field == "location" and not _numbers(value):
        return (
            f"“{value}” is not a location.",
            "Write it like 378912,391605 or, in degrees, like -2.3187,53.4251.",
        )
    if value and field in ANSWERS and value not in ANSWERS[field]:
        return f"“{value}” is not an answer to {field}.", f"Use one of: {', '.join(ANSWERS[field])}."
    if value and field == "last_checked" and not _is_date(value):
        return f"“{value}” is not a date.", "Write it like 2026-03-31."
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
        cells: dict[str, Any] = {column: as_meant((row[column] or "").strip()) for column in _COLUMNS}
        decision = Decision(**cells, row=number)
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
    if not decisions:
        return
    path = folder / DECISIONS_NAME
    try:
        text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        lines = io.StringIO(newline="")
        writer = csv.writer(lines, lineterminator="\n")
        if not text:
            writer.writerow(_COLUMNS)
        elif not text.endswith("\n"):
            lines.write("\n")
        writer.writerows(
            [as_cell(getattr(decision, column)) for column in _COLUMNS] for decision in decisions
        )
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


def _degrees_or_metres(text: str, crs: Any) -> tuple[float, float]:
    """A location in metres of the CRS; degrees where both numbers are small enough to be."""
    x, y = _numbers(text) or (np.nan, np.nan)
    if abs(x) > 180 or abs(y) > 90:
        return x, y
    point = gpd.GeoSeries.from_xy([x], [y], crs=4326).to_crs(crs)
    return float(point.x.iloc[0]), float(point.y.iloc[0])


def _called_since(correction: Decision, crs: Any) -> str | None:
    """The key that a listing has after a correction of its name or location; None after any other decision."""
    name, x, y = _parsed(correction.subject) or ("", np.nan, np.nan)
    if correction.act != "correct" or correction.other not in ("name", "location"):
        return None
    if correction.other == "name":
        return listing_key(correction.value, x, y)
    return listing_key(name, *_degrees_or_metres(correction.value, crs))


def links_of(decisions: Iterable[Decision], crs: Any) -> list[tuple[str, str]]:
    """Pairs of keys that are of one listing: before and after a correction, or because people said so."""
    links: dict[frozenset[str], tuple[str, str]] = {}
    for each in decisions:
        if each.act == "different":
            links.pop(frozenset((each.subject, each.other)), None)
            continue
        other = each.other if each.act == "same" else _called_since(each, crs)
        if other:
            links[frozenset((each.subject, other))] = (each.subject, other)
    return list(links.values())


def known_as(
    key: str, links: Iterable[tuple[str, str]], matched: Iterable[tuple[str, str]] = ()
) -> list[str]:
    """The key of a listing, and every other that links join it to.

    Parameters
    ----------
    key
        Of the listing.
    links
        As `links_of` gives them. From a listing with a place none leads on by its name alone, for there may be others of it.
    matched
        Pairs of keys that a comparison of lists found to be one (see `assetmap.sources.linkage.matched_keys`), as near to
        where they were as 100 m: another branch of the name is not meant.
    """
    known = [key]
    rest = [*((link, _SAME_LISTING_M) for link in links), *((link, _RENAMED_M) for link in matched)]
    for each in known:  # which grows as it is walked
        joined = [
            link
            for link, within_m in rest
            if any(
                one_listing(each, end, within_m)
                and (_placed(each) == _placed(end) or (each == key and not _placed(key)))
                for end in link
            )
        ]
        rest = [link for link in rest if link[0] not in joined]
        known += [end for link in joined for end in link if end not in known]
    return known


def still_matched(matched: Iterable[tuple[str, str]], decisions: Iterable[Decision]) -> list[tuple[str, str]]:
    """Those of the pairs of keys that nobody has said are two since."""
    apart = [each for each in decisions if each.act == "different"]
    return [
        pair
        for pair in matched
        if not any(
            (one_listing(pair[0], one, _RENAMED_M) and one_listing(pair[1], other, _RENAMED_M))
            for each in apart
            for one, other in ((each.subject, each.other), (each.other, each.subject))
        )
    ]


class _Rows:
    """Rows as decisions find them; they change as decisions are carried out."""

    def __init__(self, rows: gpd.GeoDataFrame) -> None:
        self.index = rows.index
        self.words = rows["name"].map(plain_name).to_numpy(dtype=object)
        self.x, self.y = rows.geometry.x.to_numpy().copy(), rows.geometry.y.to_numpy().copy()

    def of(self, keys: Iterable[str], within_m: float = _SAME_LISTING_M) -> np.ndarray:
        """Whether each row is one of these listings, of whichever list: what a removal takes."""
        found = np.zeros(len(self.words), dtype=bool)
        for key in keys:
            said, x, y = _words_and_place(key)
            away = np.hypot(self.x - x, self.y - y)
            found |= (self.words == said) & ~(away > within_m) | self._renamed(said, away)
        return found

    def called(self, keys: Iterable[str]) -> np.ndarray:
        """Whether each row has the name of one of these listings and is on the spot."""
        found = np.zeros(len(self.words), dtype=bool)
        for key in keys:
            said, x, y = _words_and_place(key)
            found |= (self.words == said) & (np.hypot(self.x - x, self.y - y) <= _RENAMED_M)
        return found

    def nearest(self, key: str, beyond_m: float) -> np.ndarray:
        """Positions of the rows that are the one listing that is meant, in whichever list: no other branch of its name.

        They have its name and are near by, at most so much farther than the nearest; else nearly its name, on the spot.
        """
        said, x, y = _words_and_place(key)
        away = np.hypot(self.x - x, self.y - y)
        found = (self.words == said) & (away <= _SAME_LISTING_M)
        if not found.any():
            found = self._renamed(said, away)
        return np.flatnonzero(found & (away <= np.min(away, where=found, initial=np.inf) + beyond_m))

    def _renamed(self, said: str, away: np.ndarray) -> np.ndarray:
        """Which rows on the spot have a name that only gained or lost words; not a church for its hall."""
        renamed = np.zeros(len(self.words), dtype=bool)
        words, kind = set(said.split()), {each.kind for each in spoken(said)}
        for row in np.flatnonzero(away <= _RENAMED_M):
            others = set(self.words[row].split())
            if words and others and (words < others or others < words):
                other_kind = {each.kind for each in spoken(self.words[row])}
                renamed[row] = not kind or not other_kind or kind == other_kind
        return renamed


def listings_of(keys: Iterable[str], rows: gpd.GeoDataFrame) -> pd.Index:
    """The labels of the rows that a removal of these listings takes."""
    return rows.index[_Rows(rows).of(keys)]


def _apart_from(key: str, decisions: Iterable[Decision]) -> list[str]:
    """The listings under another name that people said are not this one."""
    ends = [(each.subject, each.other) for each in decisions if each.act == "different"]
    return [
        other
        for pair in ends
        for one, other in (pair, pair[::-1])
        if one_listing(key, one, _RENAMED_M) and _words_and_place(key)[0] != _words_and_place(other)[0]
    ]


def told_of(decisions: Iterable[Decision], crs: Any) -> tuple[str, ...]:
    """Every key, before and after corrections, of the listings whose groups have been told what hangs on them."""
    decisions = list(decisions)
    links = links_of(decisions, crs)
    keys = (key for each in decisions if each.act == "told" for key in known_as(each.subject, links))
    return tuple(dict.fromkeys(keys))


def where_it_was(key: str, aliases: Iterable[str]) -> list[str]:
    """The other names of a listing; one without a place is looked for where the listing itself is, not wherever its name stands."""
    if not _placed(key):
        return list(aliases)
    _, x, y = _parsed(key) or ("", np.nan, np.nan)
    return [each if _placed(each) else listing_key(_parsed(each)[0], x, y) for each in aliases]  # type: ignore[index]


def correct(
    rows: gpd.GeoDataFrame, decisions: Iterable[Decision], matched: Iterable[tuple[str, str]] = ()
) -> tuple[gpd.GeoDataFrame, list[Problem], gpd.GeoDataFrame]:
    """The rows as people have corrected, claimed or removed them.

    Parameters
    ----------
    rows
        The located rows of all lists: ``name``, ``kind``, ``list``, each of `ASSET_FIELDS`, ``geometry`` (metres).
    decisions
        In the order they were made; a later one wins.
    matched
        Pairs of keys that a comparison of lists found to be one: a removal of the one keeps the other out too.

    Returns
    -------
    GeoDataFrame, list, GeoDataFrame
        The rows that stay; decisions that fit no row any more; and the rows that were kept out for such a pair alone.
    """
    decisions = list(decisions)
    if not any(each.act in ("remove", "correct", "claim") for each in decisions):
        return rows, [], rows[:0]
    rows = rows.copy()
    seen = _Rows(rows)
    gone, with_it = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    told: list[tuple[Decision, str, str]] = []
    removed: list[str] = []
    links, matched = links_of(decisions, rows.crs), still_matched(matched, decisions)
    for decision in decisions:
        if decision.act in ("remove", "restore"):
            # A removal takes every listing of the group, by whichever name; anything else the one that is meant.
            keys, every = (known_as(decision.subject, links, pairs) for pairs in ((), matched))
            taken = seen.of(where_it_was(decision.subject, keys))
            taken &= ~seen.called(_apart_from(decision.subject, decisions))
            others = seen.of([key for key in every if key not in keys and _placed(key)], _RENAMED_M) & ~taken
            gone[taken | others] = decision.act == "remove"
            with_it[taken | others] = False
            with_it[others] = decision.act == "remove"
            removed += every
        elif decision.act not in ("correct", "claim") or decision.subject.endswith(f" @ {_NO_PLACE}"):
            continue
        elif (found := seen.nearest(decision.subject, _RENAMED_M)).size:
            fault = _carry_out(decision, rows, seen, found)
            told += [(decision, *fault)] if fault else []
        else:
            told.append((decision, *_gone(decision)))
    # A word of what was removed would show that it had been there.
    problems = [
        Problem(DECISIONS_NAME, what, remedy, decision.row, severity="note")
        for decision, what, remedy in told
        if not any(one_listing(decision.subject, key) for key in removed)
    ]
    if gone.any():
        what = f"{counted(int(gone.sum()), 'row')} kept out because the group asked for its removal."
        problems.append(Problem(DECISIONS_NAME, what, "Nothing to do.", severity="note"))
    return rows[~gone], problems, rows[gone & with_it]


def _gone(decision: Decision) -> tuple[str, str]:
    name = decision.subject.rpartition(" @ ")[0]
    return (
        f"“{name}” is on no list now, so the {decision.act} changes nothing.",
        "Nothing to do, unless it moved or changed its name.",
    )


def _carry_out(
    decision: Decision, rows: gpd.GeoDataFrame, seen: _Rows, found: np.ndarray
) -> tuple[str, str] | None:
    """Change the rows that a claim or a correction is about, in place; or what is wrong and what to do."""
    labels, field, value = rows.index[found], decision.other, decision.value
    if decision.act == "claim":
        # A list may have been checked since.
        checked = rows.loc[labels, "last_checked"].map(lambda day: max(day, decision.date))
        rows.loc[labels, "last_checked"] = checked
    elif field == "location":
        x, y = _degrees_or_metres(value, rows.crs)
        if not (np.hypot(seen.x[found] - x, seen.y[found] - y) <= _FARTHEST_MOVE_M).all():
            name, km = decision.subject.rpartition(" @ ")[0], _FARTHEST_MOVE_M // 1000
            what = f"It would move “{name}” by more than {km} km, so it is left where it was."
            return what, "Check the location."
        rows.loc[labels, rows.geometry.name] = gpd.GeoSeries.from_xy(
            [x] * len(found), [y] * len(found), index=labels, crs=rows.crs
        )
        seen.x[found], seen.y[found] = x, y
    else:
        kind = kind_named(value) if field == "kind" else None
        rows.loc[labels, field] = kind.kind if kind else value
        if field == "kind":
            rows.loc[labels, "kind_confidence"] = 1.0
        if field == "name":  # what is decided later calls it so
            seen.words[found] = plain_name(value)
    return None


def standing_removals(decisions: Iterable[Decision]) -> list[str]:
    """The key of every listing that was removed and not restored since."""
    keys: dict[str, None] = {}
    for each in decisions:
        if each.act == "remove":
            keys[each.subject] = None
        elif each.act == "restore":
            keys = {key: None for key in keys if not one_listing(key, each.subject)}
    return list(keys)


def removed_names(
    decisions: Iterable[Decision], crs: Any, matched: Iterable[tuple[str, str]] = ()
) -> set[str]:
    """Every name, in plain words, of what was removed and not restored since; `matched` as in `correct`."""
    decisions = list(decisions)
    links, matched = links_of(decisions, crs), still_matched(matched, decisions)
    return {
        _words_and_place(alias)[0]
        for key in standing_removals(decisions)
        for alias in known_as(key, links, matched)
    }


def removed_besides(
    decisions: Iterable[Decision], crs: Any, matched: Iterable[tuple[str, str]]
) -> list[Decision]:
    """A removal of its own for each listing that only `matched` keeps out, so that it holds without that pair.

    Parameters
    ----------
    decisions, crs, matched
        As in `removed_names`.
    """
    decisions = list(decisions)
    links, matched = links_of(decisions, crs), still_matched(matched, decisions)
    made: dict[str, Decision] = {}
    standing = standing_removals(decisions)
    for subject in standing:
        told = next(each for each in reversed(decisions) if each.act == "remove" and each.subject == subject)
        direct = {*known_as(subject, links), *standing}
        for key in known_as(subject, links, matched):
            if _placed(key) and not any(one_listing(key, other) for other in direct):
                made[key] = Decision(told.date, told.by, "remove", key, note=f"one with {subject}")
    return list(made.values())


def names_any(name: str, removed: Collection[str]) -> bool:
    """Whether a name is one of these, or one of several words with more words besides: what must not be shown.

    Parameters
    ----------
    name
        As a list has it.
    removed
        Names in plain words, as `removed_names` gives them.
    """
    words = plain_name(name)
    return words in removed or any(" " in each and set(each.split()) < set(words.split()) for each in removed)


def without_removed(
    table: pd.DataFrame, decisions: Iterable[Decision], crs: Any, matched: Iterable[tuple[str, str]] = ()
) -> pd.DataFrame:
    """What is listed without a place, such as organisations or bodies, less what was removed: by its name alone.

    Parameters
    ----------
    table
        Has a column ``name``.
    decisions
        In the order they were made. A removal of a listing that has a place takes those without one too.
    crs
        CRS of the place.
    matched
        As in `correct`.
    """
    removed = removed_names(decisions, crs, matched)
    stays = ~table["name"].map(plain_name).isin(removed)
    return table if stays.all() else table[stays].reset_index(drop=True)


def correct_unplaced(
    organisations: pd.DataFrame,
    decisions: Iterable[Decision],
    crs: Any,
    matched: Iterable[tuple[str, str]] = (),
) -> tuple[pd.DataFrame, list[Problem]]:
    """The organisations (`assetmap.model.Place.organisations`) as people have corrected, claimed or removed them.

    Parameters
    ----------
    organisations
        Of all lists. One that two lists name is found in both, by its name.
    decisions
        In the order they were made; a later one wins.
    crs
        CRS of the place.
    matched
        As in `correct`.

    Returns
    -------
    DataFrame, list
        The organisations that stay; and decisions that fit none any more.
    """
    decisions, matched = list(decisions), list(matched)
    table, problems = organisations.copy(), []
    words, removed = table["name"].map(plain_name), removed_names(decisions, crs, matched)
    for decision in decisions:
        if decision.act not in ("correct", "claim") or not decision.subject.endswith(f" @ {_NO_PLACE}"):
            continue
        said = _words_and_place(decision.subject)[0]
        found = words.index[words == said]
        if found.empty and said not in removed:
            problems.append(Problem(DECISIONS_NAME, *_gone(decision), decision.row, severity="note"))
        elif decision.act == "claim":
            table.loc[found, "last_checked"] = decision.date
        else:
            table.loc[found, decision.other] = decision.value
            if decision.other == "name":
                words[found] = plain_name(decision.value)
    kept = without_removed(table, decisions, crs, matched)
    if len(kept) < len(table):
        what = f"{counted(len(table) - len(kept), 'organisation')} kept out because the group asked for its removal."
        problems.append(Problem(DECISIONS_NAME, what, "Nothing to do.", severity="note"))
    return kept, problems


def _called_later(key: str, since: Iterable[Decision], crs: Any) -> str:
    """What a listing is called after what was corrected since."""
    for each in since:
        if one_listing(key, each.subject, _RENAMED_M):
            key = _called_since(each, crs) or key
    return key


def _rows_meant(seen: _Rows, key: str, since: Iterable[Decision], crs: Any) -> pd.Index:
    """The rows by the name and place that they have now; else by what they had when people said so."""
    places = seen.nearest(_called_later(key, since, crs), _ON_THE_SPOT_M)
    return seen.index[places if places.size else seen.nearest(key, _ON_THE_SPOT_M)]


def verdicts(rows: gpd.GeoDataFrame, decisions: Iterable[Decision]) -> Iterator[tuple[int, int, bool]]:
    """Pairs of rows that people said are the same (True) or are not (False)."""
    decisions = list(decisions)
    if not any(each.act in ("same", "different") for each in decisions):
        return
    seen = _Rows(rows)
    for number, decision in enumerate(decisions):
        keys = (decision.subject, decision.other)
        if decision.act in ("same", "different") and all(map(_placed, keys)):
            lefts, rights = (_rows_meant(seen, key, decisions[number:], rows.crs) for key in keys)
            for left in lefts:
                for right in rights:
                    if left != right:
                        yield left, right, decision.act == "same"


def memberships(
    rows: gpd.GeoDataFrame, organisations: pd.DataFrame, decisions: Iterable[Decision]
) -> Iterator[tuple[Any, Any, Decision]]:
    """Rows and organisations that people said are the same, or are not: their labels, and who said so.

    Parameters
    ----------
    rows
        The located rows of all lists, as they are corrected.
    organisations
        What is listed without a place, as it is corrected; one that two lists name is found in both, by its name.
    decisions
        In the order they were made.
    """
    decisions = list(decisions)
    said = [
        (number, each)
        for number, each in enumerate(decisions)
        if each.act in ("same", "different") and _placed(each.subject) != _placed(each.other)
    ]
    if not said:
        return
    seen, words = _Rows(rows), organisations["name"].map(plain_name)
    for number, decision in said:
        placed, unplaced = sorted((decision.subject, decision.other), key=_placed, reverse=True)
        now = _called_later(unplaced, decisions[number:], rows.crs)
        named = words.index[words.isin({_words_and_place(unplaced)[0], _words_and_place(now)[0]})]
        for row in _rows_meant(seen, placed, decisions[number:], rows.crs):
            yield from ((row, organisation, decision) for organisation in named)
