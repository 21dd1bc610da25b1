"""What the files of a place held when somebody last accepted them, and what was changed in them since.

People mend a place in QGIS or in a spreadsheet. That is never refused: what they changed is used, shown as a difference,
and marked as not yet accepted until somebody accepts it by name. Contact details are neither kept nor compared, nor is what
a group had removed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz, process
from scipy.optimize import linear_sum_assignment

from assetmap.errors import OutputError, PlaceError, Problem, counted
from assetmap.sources.boundaries import read_areas
from assetmap.sources.decisions import (
    Decision,
    names_any,
    plain_name,
    read_decisions,
    record,
    removed_besides,
    removed_names,
    standing_removals,
)
from assetmap.sources.fetch import is_url
from assetmap.sources.files import checksum, layers_of
from assetmap.sources.guess import guess
from assetmap.sources.linkage import forget_matches, matched_keys
from assetmap.sources.recipe import RECIPE_NAME, Entry, Recipe, is_osm, read_recipe
from assetmap.sources.rows import read_rows

__all__ = [
    "ACCEPTED_FOLDER",
    "Change",
    "Difference",
    "accept",
    "differences",
    "forget",
    "last_accepted",
    "names_removed",
    "notes",
]

#: Where in the place folder the copies stand.
ACCEPTED_FOLDER = ".accepted"

_INDEX = "files.json"

#: Of a file larger than this, which nobody edits by hand, only the checksum is kept.
_LARGEST_COPY = 50_000_000

#: From so many differing rows on it is another release of the file rather than somebody's edit.
_RELEASE = 1_000

#: A shape that moved less than this has only been written with other decimals.
_NOISE_M = 0.01

#: Two rows without an identifier are one that was changed from this likeness on, 0 to 1.
_ALIKE = 0.6

#: What GDAL numbers anew at every save.
_NUMBERED = ("fid", "ogc_fid")

#: The tables of a recipe that may have contact details, which are known by so many rows.
_OF_PEOPLE = ("assets", "grants", "bodies", "neighbourhoods")
_ROWS_LOOKED_AT = 1_000

#: Columns that hold the shape and the row number in a copy.
_SHAPE, _ROW = "shape of the row", "number of the row"

#: How many of a column's cells must be the same for it to be an old one under a new heading.
_SAME_COLUMN = 0.9


class Change(NamedTuple):
    """One row that is not as it was accepted.

    Parameters
    ----------
    act
        "changed", "added" or "removed".
    row
        Row number now; of a removed row, what it was.
    name
        What the row is called, as far as a column tells.
    cells
        Column, old and new text of each changed cell.
    moved_m
        How far its shape moved, metres; 0 where it did not.
    """

    act: str
    row: int
    name: str
    cells: tuple[tuple[str, str, str], ...] = ()
    moved_m: float = 0.0


@dataclass(frozen=True)
class Difference:
    """How a file, or one layer or sheet of it, differs from what was accepted.

    Parameters
    ----------
    key
        The file as the recipe writes it.
    file, part
        The file as told to readers, and the layer or sheet; "" where it has only one.
    state
        "edited"; "release" where so much differs that it is another file; "unread" where only the checksum tells;
        "new" where it was never accepted; "gone".
    sha256
        Checksum of the file as it is now; "" where it is gone.
    by, date
        Who accepted it, and when (ISO date). The name is for the place's own people and goes into no export.
    rows_before, rows_now
        How many rows it had, and has.
    changes
        Each row that differs, in the order of the file.
    columns_added, columns_removed, columns_renamed
        Headings that are new, gone, or other than they were (old, new).
    """

    key: str
    file: str
    part: str
    state: str
    sha256: str = ""
    by: str = ""
    date: str = ""
    rows_before: int = 0
    rows_now: int = 0
    changes: tuple[Change, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_renamed: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> str:
        """What differs, in words, without a name of anybody."""
        part = f"“{self.part}”: " if self.part else ""
        if self.state == "new":
            return "new, and not accepted yet"
        since = f"since it was accepted on {self.date}"
        if self.state == "gone":
            return f"gone or no longer named {since}"
        if self.state == "unread":
            return f"another file {since}"
        if self.state == "release":
            return (
                f"{part}it looks like another release of the whole file: {counted(self.rows_now, 'row')} where there "
                f"were {self.rows_before:,}, and {len(self.changes):,} differences {since}"
            )
        number = Counter(change.act for change in self.changes)
        words = [
            f"{counted(number['changed'], 'row')} changed, {number['added']:,} added, {number['removed']:,} removed",
            *(f"column “{column}” added" for column in self.columns_added),
            *(f"column “{column}” removed" for column in self.columns_removed),
            *(f"column “{old}” is now called “{new}”" for old, new in self.columns_renamed),
        ]
        return f"{part}{'; '.join(words)} {since}"


class _Held(NamedTuple):
    """The rows of a file: cells as text, shapes, and the columns that were left alone."""

    table: pd.DataFrame
    shapes: gpd.GeoSeries | None
    alone: tuple[str, ...]


def _entries(recipe: Recipe) -> dict[str, list[Entry]]:
    """The tables of the recipe that name each file of this computer."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in recipe:
        key = str(entry.get("file"))
        if not is_url(key) and not entry.path.is_dir():
            found[key].append(entry)
    return found


def _parts(entries: list[Entry]) -> dict[str, Entry]:
    """Each layer or sheet that is read of a file, whole; nothing where only the checksum is kept."""
    path = entries[0].path
    if is_osm(entries[0].file) or path.stat().st_size > _LARGEST_COPY:
        return {}
    parts: dict[str, Entry] = {}
    for entry in entries:
        whole = Entry(entry.table, {k: v for k, v in entry.values.items() if k != "where"}, entry.folder)
        named = entry.get("layer") or entry.get("sheet")
        if named is None and path.suffix.lower() == ".gpkg":
            try:
                layers = layers_of(whole)
            except PlaceError:  # the load tells what is wrong with the file
                layers = []
            if len(layers) > 1:
                parts |= {name: whole.saying({"layer": name}) for name in layers if name not in parts}
                continue
        parts.setdefault(str(named or ""), whole)
    return parts


def _read(entry: Entry) -> _Held | None:
    """The rows of a file; None where it cannot be read, which the load tells."""
    try:
        rows = read_rows(entry)
    except PlaceError:
        return None
    names: Counter[str] = Counter()
    headings = []
    for column in map(str, rows.table.columns):
        names[column] += 1
        headings.append(column if names[column] == 1 else f"{column} ({names[column]})")
    table = rows.table.set_axis(headings, axis=1)
    alone: tuple[str, ...] = ()
    if entry.table in _OF_PEOPLE:
        alone = guess(table.iloc[:: -(-len(table) // _ROWS_LOOKED_AT) or 1]).contacts
    aside = [column for column in headings if column in alone or column.casefold() in _NUMBERED]
    return _Held(table.drop(columns=aside), rows.shapes, alone)


def _write_copy(path: Path, held: _Held) -> None:
    frame = held.table.copy()
    frame[_ROW] = frame.index
    if held.shapes is not None:
        frame[_SHAPE] = shapely.to_wkb(held.shapes.to_numpy())
    beside = path.with_name(f".{path.name}.new")
    frame.to_parquet(beside, index=False, compression="zstd")
    beside.replace(path)


def _read_copy(home: Path, kept: Mapping[str, Any]) -> _Held:
    frame = pd.read_parquet(home / ACCEPTED_FOLDER / str(kept["copy"])).astype(object)
    frame.index = pd.Index(frame.pop(_ROW).astype(int))
    shapes = None
    if _SHAPE in frame:
        shapes = gpd.GeoSeries(shapely.from_wkb(frame.pop(_SHAPE)), index=frame.index, crs=kept["crs"])
    return _Held(frame, shapes, tuple(kept["alone"]))


def _index(home: Path) -> dict[str, Any] | None:
    """What was accepted, by file; None where nothing was.

    Raises
    ------
    PlaceError
        Where it cannot be read.
    """
    path = home / ACCEPTED_FOLDER / _INDEX
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["files"]) if path.is_file() else None
    except (OSError, ValueError, KeyError, TypeError):
        what = "What was accepted last cannot be read, so nobody can say what was changed since."
        remedy = f"Delete the folder {ACCEPTED_FOLDER}, and accept the place once more."
        raise PlaceError(Problem(ACCEPTED_FOLDER, what, remedy)) from None


def names_removed(recipe: Recipe) -> set[str]:
    """The names, in plain words, of what people had removed from a place, by every name that it had.

    Raises
    ------
    PlaceError
        Where its decisions or its matches cannot be read, or its boundaries.
    """
    decisions, _ = read_decisions(recipe.folder)
    if not standing_removals(decisions):
        return set()
    return removed_names(decisions, _crs(recipe), matched_keys(recipe.folder))


def _crs(recipe: Recipe) -> Any:
    """The CRS of a place, in metres."""
    areas = Entry("areas", recipe.tables["areas"], recipe.folder)
    return read_areas(areas, recipe.tables["place"].get("crs"))[0].crs


def differences(
    recipe: Recipe, sums: Mapping[Path, str] | None = None, removed: Collection[str] | None = None
) -> list[Difference]:
    """How the files of a place differ from what was accepted; nothing where nothing was accepted yet.

    Only files whose checksum is another one are read.

    Parameters
    ----------
    recipe
        The place's recipe.
    sums
        Checksums of files that are known already, by path.
    removed
        As `names_removed` gives them; read from the place where they are not given. Their rows are not compared.

    Raises
    ------
    PlaceError
        Where what was accepted cannot be read.
    """
    index = _index(recipe.folder)
    if index is None:
        return []
    removed = names_removed(recipe) if removed is None else removed
    found: list[Difference] = []
    entries = _entries(recipe)
    for key, named in entries.items():
        kept = index.get(key)
        now = _sum(named[0], sums)
        if kept is None:
            if now:
                found.append(Difference(key, named[0].file, "", "new", now))
        elif not now:
            found.append(_since(kept, key, named[0].file, "", "gone"))
        elif now != kept["sha256"]:
            found += _in_file(recipe.folder, key, named, kept, now, removed)
    for key in sorted(set(index) - set(entries)):
        found.append(_since(index[key], key, Path(key).name, "", "gone"))
    return found


def _sum(entry: Entry, sums: Mapping[Path, str] | None = None) -> str:
    """The checksum of a file; "" where it is gone."""
    try:
        return (sums or {}).get(entry.path) or checksum(entry)
    except PlaceError:
        return ""


def _since(kept: Mapping[str, Any], key: str, file: str, part: str, state: str, **more: Any) -> Difference:
    return Difference(key, file, part, state, by=kept["by"], date=kept["date"], **more)


def _in_file(
    home: Path, key: str, named: list[Entry], kept: Mapping[str, Any], now: str, removed: Collection[str]
) -> Iterator[Difference]:
    """How the layers or sheets of one file differ."""
    file, copies = named[0].file, kept["copies"]
    parts = _parts(named)
    if not parts or not copies:
        yield _since(kept, key, file, "", "unread", sha256=now)
        return
    for part, entry in parts.items():
        held = _read(entry)
        if held is None or part not in copies:
            yield _since(kept, key, file, part, "unread", sha256=now)
            continue
        try:
            before = _read_copy(home, copies[part])
        except (OSError, ValueError, KeyError):  # somebody tidied the folder up
            yield _since(kept, key, file, part, "unread", sha256=now)
            continue
        labels = _labels(named)
        before, held = (_without(each, labels["titles"], removed) for each in (before, held))
        found = _compared(before, held, labels)
        if any(found.values()):
            state = "release" if len(found["changes"]) > _RELEASE else "edited"
            rows = {"rows_before": len(before.table), "rows_now": len(held.table)}
            yield _since(kept, key, file, part, state, sha256=now, **rows, **found)


def _labels(named: list[Entry]) -> dict[str, list[str]]:
    """The columns that may tell which row is which, and what a row is called."""
    identifiers = [entry.get(key) for key in ("identifier", "code", "id", "uprn") for entry in named]
    titles = [
        entry.get("title")
        or entry.get("recipient")
        or (entry.get("name") if entry.table in ("areas", "green_space") else None)
        for entry in named
    ]
    return {
        "identifiers": [each for each in identifiers if each],
        "titles": [each for each in (*titles, *identifiers) if each],
    }


def _without(held: _Held, titles: Collection[str], removed: Collection[str]) -> _Held:
    """The rows, but for those that are called like something that was removed, or have its name in any cell."""
    table = held.table
    going = pd.Series(False, index=table.index)
    for column in table if removed else ():
        hides = names_any if column in titles else _is_one_of
        going |= table[column].isin({text for text in table[column].unique() if hides(text, removed)})
    if not going.any():
        return held
    return held._replace(table=table[~going], shapes=None if held.shapes is None else held.shapes[~going])


def _is_one_of(text: str, removed: Collection[str]) -> bool:
    return plain_name(text) in removed


def _compared(before: _Held, after: _Held, labels: Mapping[str, list[str]]) -> dict[str, Any]:
    """What differs between two states of the same rows."""
    alone = {*before.alone, *after.alone}
    was = before.table.drop(columns=[column for column in before.table if column in alone])
    now = after.table.drop(columns=[column for column in after.table if column in alone])
    renamed = _renamed(was, now)
    was = was.rename(columns=renamed)
    both = [column for column in now if column in was]
    old, new = _canonical(was[both]), _canonical(now[both])
    shapes = _comparable(before.shapes, after.shapes)
    pairs, removed, added = _paired(old, new, shapes, labels["identifiers"])

    title = next((column for column in labels["titles"] if column in both), None)

    def name(table: pd.DataFrame, at: int) -> str:
        return str(table[title].iloc[at]) if title else ""

    moved = _moved_m(shapes, pairs)
    left, right = pairs.T
    differ = old.to_numpy(dtype=object)[left] != new.to_numpy(dtype=object)[right]
    changes = []
    for n in np.flatnonzero(differ.any(axis=1) | (moved > 0)):
        i, j = int(left[n]), int(right[n])
        cells = tuple(
            (str(column), str(was[column].iloc[i]), str(now[column].iloc[j]))
            for column, differs in zip(both, differ[n], strict=True)
            if differs
        )
        changes.append(Change("changed", int(now.index[j]), name(now, j), cells, float(moved[n])))
    changes += [Change("added", int(now.index[j]), name(now, j)) for j in added]
    changes += [Change("removed", int(was.index[i]), name(was, i)) for i in removed]
    return {
        "changes": tuple(sorted(changes, key=lambda change: change.row)),
        "columns_added": tuple(column for column in now if column not in was),
        "columns_removed": tuple(column for column in was if column not in now),
        "columns_renamed": tuple(renamed.items()),
    }


def _renamed(was: pd.DataFrame, now: pd.DataFrame) -> dict[str, str]:
    """Old headings that are gone, with the new heading above nearly the same cells."""
    renamed: dict[str, str] = {}
    come = {str(column): Counter(now[column]) for column in now if column not in was}
    for column in map(str, was.columns):
        cells = Counter(was[column])
        if column in now or not any(cells):
            continue
        shares = {
            new: (cells & each).total() / max(len(was), len(now), 1)
            for new, each in come.items()
            if new not in renamed.values()
        }
        best = max(shares, key=lambda new: shares[new], default=None)
        if best is not None and shares[best] >= _SAME_COLUMN:
            renamed[column] = best
    return renamed


def _canonical(table: pd.DataFrame) -> pd.DataFrame:
    """Cells as they are compared: 400500.0 is 400500, and the eleventh figure of a fraction is noise.

    Whole numbers stay the text they are: a spreadsheet that made 00123 of a code into 123 has changed it.
    """

    def column(values: pd.Series) -> pd.Series:
        fraction = values.str.fullmatch(r"-?(0|[1-9]\d*)\.\d+")
        whole = values.str.fullmatch(r"-?[1-9]\d*\.0+")
        numbers = values[fraction & ~whole].map(lambda text: f"{float(text):.10g}")
        plain = values.where(~fraction | whole, numbers)
        return plain.where(~whole, values.str.partition(".")[0])

    return table.apply(column) if len(table.columns) and len(table) else table


def _comparable(
    before: gpd.GeoSeries | None, after: gpd.GeoSeries | None
) -> tuple[np.ndarray, np.ndarray] | None:
    """The shapes before and after in one CRS of metres; None where a file has none."""
    if before is None or after is None:
        return None
    crs = after.crs if after.crs.is_projected else after.estimate_utm_crs() if after.notna().any() else None
    if crs is None:
        crs = before.crs
    # Shapes that were written alike stay so: both go through the same sums.
    return before.to_crs(crs).to_numpy(), after.to_crs(crs).to_numpy()


def _paired(
    old: pd.DataFrame,
    new: pd.DataFrame,
    shapes: tuple[np.ndarray, np.ndarray] | None,
    identifiers: Iterable[str],
) -> tuple[np.ndarray, list[int], list[int]]:
    """Which rows are one and the same, by position; and the old and the new ones that have no match."""
    pairs: list[tuple[int, int]] = []
    lost, found = list(range(len(old))), list(range(len(new)))

    def pair(matched: Iterable[tuple[int, int]]) -> None:
        nonlocal lost, found
        pairs.extend(matched)
        taken_left, taken_right = {i for i, _ in pairs}, {j for _, j in pairs}
        lost = [i for i in lost if i not in taken_left]
        found = [j for j in found if j not in taken_right]

    key = next((each for each in identifiers if _tells_apart(old, each) and _tells_apart(new, each)), None)
    if key is not None:
        at = {value: j for j, value in enumerate(new[key])}
        pair((i, at[value]) for i, value in enumerate(old[key]) if value in at)
    pair(_alike_in_words(old, new, shapes, lost, found))
    if 0 < len(lost) <= _RELEASE and 0 < len(found) <= _RELEASE:
        pair(_nearly_alike(old, new, shapes, lost, found))
    ordered = sorted(pairs, key=lambda each: each[1])
    return np.array(ordered, dtype=int).reshape(-1, 2), lost, found


def _tells_apart(table: pd.DataFrame, column: str) -> bool:
    return column in table and bool(table[column].is_unique) and bool((table[column] != "").all())


def _alike_in_words(
    old: pd.DataFrame,
    new: pd.DataFrame,
    shapes: tuple[np.ndarray, np.ndarray] | None,
    lost: list[int],
    found: list[int],
) -> Iterator[tuple[int, int]]:
    """Pairs of rows with the same words, in whatever order; of several, those with the same shape or the nearest."""
    groups: dict[tuple[Any, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, (table, left) in enumerate(((old, lost), (new, found))):
        words = list(zip(*(table[column].to_numpy() for column in table), strict=True)) or [()] * len(table)
        for at in left:
            groups[words[at]][side].append(at)
    for left, right in groups.values():
        if shapes is not None and (len(left) > 1 or len(right) > 1):
            yield from _alike_in_shape(shapes, left, right)
        else:
            yield from zip(left, right, strict=False)


def _alike_in_shape(
    shapes: tuple[np.ndarray, np.ndarray], left: list[int], right: list[int]
) -> Iterator[tuple[int, int]]:
    before, after = shapes
    there: dict[bytes | None, list[int]] = defaultdict(list)
    for j in reversed(right):
        there[shapely.to_wkb(after[j])].append(j)
    rest = []
    for i in left:
        same = there[shapely.to_wkb(before[i])]
        if same:
            yield i, same.pop()
        else:
            rest.append(i)
    others = sorted(j for each in there.values() for j in each)
    if rest and others and len(rest) <= _RELEASE and len(others) <= _RELEASE:
        away = shapely.distance(before[rest][:, None], after[others][None, :])
        rows, columns = linear_sum_assignment(np.nan_to_num(away, nan=1e9))
        yield from ((rest[n], others[m]) for n, m in zip(rows, columns, strict=True))


def _nearly_alike(
    old: pd.DataFrame,
    new: pd.DataFrame,
    shapes: tuple[np.ndarray, np.ndarray] | None,
    lost: list[int],
    found: list[int],
) -> Iterator[tuple[int, int]]:
    """Pairs of rows that are one which was changed: alike in most cells, each counted by how well its column tells rows apart, or in their words."""
    equal = np.zeros((len(lost), len(found)))
    most = np.zeros_like(equal)
    for column in old:
        left, right = old[column].to_numpy()[lost], new[column].to_numpy()[found]
        told = old[column][old[column] != ""]
        weight = told.nunique() / max(len(told), 1)
        known = (left != "")[:, None] | (right != "")[None, :]
        equal += weight * (known & (left[:, None] == right[None, :]))
        most += weight * known
    if shapes is not None:
        away = shapely.distance(shapes[0][lost][:, None], shapes[1][found][None, :])
        equal += away < 1  # a row drawn on the same spot is likely to be the same one
        most += 1
    texts = [
        [" ".join(filter(None, row)) for row in table.iloc[at].itertuples(index=False, name=None)]
        for table, at in ((old, lost), (new, found))
    ]
    words = process.cdist(*texts, scorer=fuzz.ratio) / 100
    equal /= np.maximum(most, 1e-9)
    likeness = np.maximum(equal, (equal + words) / 2)
    rows, columns = linear_sum_assignment(-likeness)
    for n, m in zip(rows, columns, strict=True):
        if likeness[n, m] >= _ALIKE:
            yield lost[n], found[m]


def _moved_m(shapes: tuple[np.ndarray, np.ndarray] | None, pairs: np.ndarray) -> np.ndarray:
    """How far the shape of each pair moved, metres; infinite where one of them has none."""
    moved = np.zeros(len(pairs))
    if shapes is None:
        return moved
    before, after = shapes[0][pairs[:, 0]], shapes[1][pairs[:, 1]]
    there, here = (~(shapely.is_missing(each) | shapely.is_empty(each)) for each in (before, after))
    moved[there != here] = np.inf
    both = np.flatnonzero(there & here)
    both = both[shapely.to_wkb(before[both]) != shapely.to_wkb(after[both])]
    # The largest distance from a corner of one shape to the other shape.
    moved[both] = shapely.hausdorff_distance(before[both], after[both])
    return np.where(moved < _NOISE_M, 0, moved)


def last_accepted(folder: str | Path) -> tuple[str, str] | None:
    """Who accepted something of the place last, and when (ISO date); None where nobody did.

    Raises
    ------
    PlaceError
        As `differences`.
    """
    kept = (_index(Path(folder)) or {}).values()
    date, by = max(((str(each["date"]), str(each["by"])) for each in kept), default=("", ""))
    return (by, date) if date else None


def notes(found: Iterable[Difference]) -> list[Problem]:
    """One note for each difference, without a name: notes go into exports."""
    return [
        Problem(
            each.file,
            f"{each.said[0].upper()}{each.said[1:]}.",
            "It is used as it is. Look at it on the Data page, and accept it there by name.",
            severity="note",
        )
        for each in found
    ]


def accept(
    folder: str | Path, by: str, today: date, seen: Mapping[str, str] | None = None
) -> list[Difference]:
    """Take the files of a place as they are, in somebody's name; what differed before.

    The first time, every file is taken. Nothing in the files themselves is changed.

    Parameters
    ----------
    folder
        The place folder.
    by
        Who accepts.
    today
        The date to write down.
    seen
        The checksum of each file that the person has seen, by its name in the recipe: only these are accepted, and
        only as they were seen. Every file, where it is not given.

    Raises
    ------
    PlaceError
        Where no name is given, or a file was changed again since it was seen.
    OutputError
        Where the folder cannot be written to.
    """
    home = Path(folder)
    by = " ".join(by.split())
    if not by:
        raise PlaceError(Problem("name", "It does not say who accepts the files.", "Give your name."))
    recipe = read_recipe(home / RECIPE_NAME)
    index, removed = _index(home), names_removed(recipe)
    found = (
        [
            Difference(key, named[0].file, "", "new", now)
            for key, named in _entries(recipe).items()
            if (now := _sum(named[0]))
        ]
        if index is None
        else differences(recipe, removed=removed)
    )
    sums = {each.key: each.sha256 for each in found}
    again = [key for key, sha256 in (seen or {}).items() if sums.get(key, sha256) != sha256]
    if again:
        what = "It was changed once more since you looked at it."
        raise PlaceError(
            Problem(Path(key).name, what, "Read the files again, and look at the change.") for key in again
        )
    found = [each for each in found if seen is None or each.key in seen]
    _take(home, recipe, index or {}, found, by, today, removed)
    forget(home)
    return found


def forget(folder: str | Path) -> None:
    """Take what was removed out of what the place folder keeps besides the lists: copies of accepted rows, and matches.

    A listing that only a match kept out is removed by a decision of its own first.

    Parameters
    ----------
    folder
        The place folder.

    Raises
    ------
    PlaceError
        Where what the folder keeps cannot be read.
    OutputError
        Where the folder cannot be written to.
    """
    home = Path(folder)
    recipe, (decisions, _) = read_recipe(home / RECIPE_NAME), read_decisions(home)
    if not standing_removals(decisions):
        return
    crs, matched = _crs(recipe), matched_keys(home)
    removed, entries = removed_names(decisions, crs, matched), _entries(recipe)
    record(home, removed_besides(decisions, crs, matched))
    try:
        for key, kept in (_index(home) or {}).items():
            titles = _labels(entries.get(key, []))["titles"]
            for copy in kept["copies"].values():
                path = home / ACCEPTED_FOLDER / str(copy["copy"])
                held = _read_copy(home, copy) if path.is_file() else None
                if held is None:
                    continue
                left = _without(held, titles, removed)
                if len(left.table) < len(held.table):
                    _write_copy(path, left)
        forget_matches(home, removed)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        what = f"What was removed cannot be taken out of it: {error.strerror}."
        raise OutputError(
            Problem(ACCEPTED_FOLDER, what, "Check that you may write to the place folder.")
        ) from None


def _take(
    home: Path,
    recipe: Recipe,
    index: Mapping[str, Any],
    found: Collection[Difference],
    by: str,
    today: date,
    removed: Collection[str],
) -> None:
    """Write the copies, the decisions and then the index, so that a stop in between leaves what was accepted before."""
    room, after, entries = home / ACCEPTED_FOLDER, dict(index), _entries(recipe)
    decisions: dict[str, Decision] = {}
    try:
        room.mkdir(exist_ok=True)
        for each in found:
            said = "taken as it is" if each.state == "new" else each.said
            if each.key in decisions:
                said = f"{decisions[each.key].note}; {said}"
            decisions[each.key] = Decision(
                today.isoformat(), by, "accept", each.file, value=each.sha256, note=said
            )
            if each.state == "gone":
                after.pop(each.key, None)
                continue
            copies = {}
            for part, entry in _parts(entries[each.key]).items():
                held = _read(entry)
                if held is not None:
                    held = _without(held, _labels(entries[each.key])["titles"], removed)
                    name = f"{hashlib.sha256(f'{each.key}|{part}'.encode()).hexdigest()[:16]}-{each.sha256[:8]}.parquet"
                    _write_copy(room / name, held)
                    crs = None if held.shapes is None else held.shapes.crs.to_wkt()
                    copies[part] = {"copy": name, "crs": crs, "alone": list(held.alone)}
            after[each.key] = {"sha256": each.sha256, "date": today.isoformat(), "by": by, "copies": copies}
        record(home, decisions.values())
        beside = room / f".{_INDEX}.new"
        beside.write_text(
            json.dumps({"files": after}, indent=1, ensure_ascii=False), encoding="utf-8", newline="\n"
        )
        beside.replace(room / _INDEX)
        wanted = {copy["copy"] for kept in after.values() for copy in kept["copies"].values()}
        for stale in room.glob("*.parquet"):
            if stale.name not in wanted:
                stale.unlink()
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        what = f"What is accepted cannot be written there: {error.strerror}."
        raise OutputError(Problem(home.name, what, "Check that you may write to the place folder.")) from None
