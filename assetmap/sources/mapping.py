"""A list on its way into a place folder: looked at, checked, and added whole or not at all.

What a person confirmed of its columns is kept beside it as a mapping file, which a later file of the same headings
is read by.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from assetmap.errors import OutputError, PlaceError, Problem
from assetmap.model import ASSET_FIELDS, Place
from assetmap.sources.archives import receive
from assetmap.sources.assets import read_assets
from assetmap.sources.boundaries import outline_of
from assetmap.sources.cells import as_cell
from assetmap.sources.decisions import kind_words, read_decisions
from assetmap.sources.files import is_shapes
from assetmap.sources.hours import open_when
from assetmap.sources.locate import LOOKUPS, Gazetteer, locate, read_gazetteer
from assetmap.sources.place import DEMO, demo_folder, load
from assetmap.sources.recipe import (
    CELL_KEYS,
    POINT_KEYS,
    RECIPE_NAME,
    SPREAD_KEYS,
    Entry,
    as_toml,
    read_recipe,
)
from assetmap.sources.rows import read_rows
from assetmap.sources.tables import WORKBOOKS
from assetmap.taxonomy import kind_named

__all__ = [
    "COLUMN_KEYS",
    "ENDINGS",
    "LOCATION_KEYS",
    "Check",
    "Ground",
    "Look",
    "Upload",
    "add_list",
    "check_list",
    "file_name",
    "find_mapping",
    "fits",
    "free_name",
    "ground",
    "keep_whole",
    "leaves_behind",
    "look",
    "parts",
    "read_mapping",
    "received",
    "rejected_csv",
    "write_mapping",
]

#: Keys of ``[[assets]]`` that say where each row is.
LOCATION_KEYS = (*(key for pair in POINT_KEYS for key in pair), *CELL_KEYS, *LOOKUPS.values())

#: Keys of ``[[assets]]`` that name a column, or several (`SPREAD_KEYS`).
COLUMN_KEYS = tuple(
    dict.fromkeys(("title", "kind_column", "role_column", "area_of_benefit", *LOCATION_KEYS, *ASSET_FIELDS))
)

#: What else a mapping file may say; a list's own name and date are not of its shape.
_SAID_KEYS = ("kind", "role", "coverage", "source", "licence", "crs", "layer", "sheet")

_MAPPING_ENDING = ".mapping.toml"

#: Endings of the files that a list may come in.
ENDINGS = (
    ".csv", ".tsv", ".txt", ".gz", *WORKBOOKS,
    *(ending for ending in (".geojson", ".json", ".gpkg", ".kml", ".kmz", ".zip", ".fgb", ".parquet", ".geoparquet", ".topojson")
      if is_shapes(Path(f"list{ending}"))),
)  # fmt: skip

#: The columns that `rejected_csv` adds, and that a mended file may still have.
_REASONS = ("Left out because", "What to do")

_FOLDER = "assets"


class Upload(NamedTuple):
    """A file that somebody brought: a name that every system can write, and what is in it."""

    file: str
    content: bytes


class Look(NamedTuple):
    """A first look at a file: its rows as text, whether they have shapes, and what is wrong with some."""

    table: pd.DataFrame
    has_shapes: bool
    problems: list[Problem]


class Ground(NamedTuple):
    """What the rows of a list are placed on: the study area, tables to look rows up in, and words people decided on."""

    outline: gpd.GeoSeries
    gazetteers: dict[str, Gazetteer]
    words: Mapping[str, str]


class Check(NamedTuple):
    """What would become of a list.

    Parameters
    ----------
    rows_in
        How many rows were read.
    venues
        How many of them are places that people go to, as far as the list says.
    located
        How many of those have a location.
    mapped
        How many would be on the map.
    organisations
        How many would be listed without a place.
    kinds
        How many of each kind would be on the map, the most first.
    unknown_kinds
        The list's own words that are no known kind, and in how many rows they stand, the most first.
    rejected
        One problem for each row that would be left out.
    notes
        What else there is to know.
    hours
        How many of those on the map say when they are open, and how many in a way that can be read.
    """

    rows_in: int
    venues: int
    located: int
    mapped: int
    organisations: int
    kinds: dict[str, int]
    unknown_kinds: dict[str, int]
    rejected: list[Problem]
    notes: list[Problem]
    hours: tuple[int, int] = (0, 0)


def received(filename: str, content: bytes) -> Upload:
    """A file as it came through the browser, looked through; of a zip with one table, that table.

    Raises
    ------
    PlaceError
        Where it is empty, too large, of an unknown type, or an archive that is no honest one.
    """
    file = file_name(filename)
    if not file.endswith(ENDINGS):
        what = "It is of a type that assetmap cannot read as a list."
        raise PlaceError(Problem(file, what, f"Use one of: {', '.join(ENDINGS)}."))
    with tempfile.TemporaryDirectory(prefix="assetmap-") as folder:
        held = receive(file, content, Path(folder))
        if len(held) == 1 and not is_shapes(held[0]):
            return Upload(file_name(held[0].name), held[0].read_bytes())
    return Upload(file, content)


@contextmanager
def _on_disk(upload: Upload, said: Mapping[str, Any]) -> Iterator[Entry]:
    """The file in a folder of its own for as long as it is read, as a table of a recipe."""
    with tempfile.TemporaryDirectory(prefix="assetmap-") as folder:
        (Path(folder) / upload.file).write_bytes(upload.content)
        yield Entry("assets", {"name": upload.file, **said, "file": upload.file}, Path(folder))


def look(upload: Upload, said: Mapping[str, Any]) -> Look:
    """The rows of a file, as text.

    Parameters
    ----------
    upload
        The file.
    said
        What the recipe would say of it that matters here: ``sheet``, ``layer``, ``crs``.

    Raises
    ------
    PlaceError
        Where it cannot be read; see `parts` for one with several sheets or layers.
    """
    with _on_disk(upload, _sayable(said)) as entry:
        listed = read_rows(entry)
    return Look(listed.table, listed.shapes is not None, listed.problems)


def parts(error: PlaceError) -> tuple[str, list[str]]:
    """Which key of the recipe ("sheet" or "layer") chooses among what a file holds, and what there is to choose.

    The reader has looked the file through and its message names them; no parts, where the fault is another.
    """
    found = re.search(r"as (sheet|layer) = one of: (.+)\.$", error.problems[0].remedy)
    return (found[1], found[2].split(", ")) if found else ("", [])


def _folder_of(folder: str | Path) -> Path:
    return demo_folder() if str(folder) == DEMO else Path(folder)


def ground(place: Place, folder: str | Path) -> Ground:
    """What lists of a place are checked against.

    Parameters
    ----------
    place
        The place as it was loaded.
    folder
        The folder it was loaded from, or the word "demo".
    """
    outline = outline_of(place.areas)
    recipe = read_recipe(_folder_of(folder) / RECIPE_NAME)
    entries = {name: entry for name in LOOKUPS if (entry := recipe.entry(name))}
    gazetteers = {name: read_gazetteer(entry, outline)[0] for name, entry in entries.items()}
    return Ground(outline, gazetteers, kind_words(read_decisions(recipe.folder)[0]))


_NO_PLACE = '[place]\nname = "none"\n[areas]\nfile = "none"\nlevel = "custom"\ncode = "none"\n'


def check_list(upload: Upload, said: Mapping[str, Any], on: Ground) -> Check:
    """What would become of a list, were it added; nothing is written.

    Parameters
    ----------
    upload
        The file.
    said
        What its ``[[assets]]`` table would say.
    on
        From `ground`.

    Raises
    ------
    PlaceError
        Where the list as a whole cannot be used.
    """
    with _on_disk(upload, _sayable(said)) as entry:
        # Through a recipe of its own, so that what the recipe would refuse is refused here.
        recipe = entry.folder / RECIPE_NAME
        recipe.write_text(_NO_PLACE + as_toml("[[assets]]", entry.values), encoding="utf-8")
        entry = next(read_recipe(recipe).entries("assets"))
        gathered = read_assets(entry, *on)
        listed = read_rows(entry)
        apart = listed.table.index.isin(gathered.organisations.index)
        venues = listed._replace(
            table=listed.table[~apart], shapes=None if listed.shapes is None else listed.shapes[~apart]
        )
        located, _ = locate(entry, venues, on.gazetteers, on.outline)
    rejected = [problem for problem in gathered.problems if problem.severity == "rejected"]
    hours = [text for text in gathered.rows["opening_hours"] if text]
    unknown: dict[str, int] = {}
    if said.get("kind_column"):
        lost = listed.table.index.intersection([problem.row for problem in rejected])
        words = listed.table.loc[lost, said["kind_column"]].value_counts()
        unknown = {str(word): int(n) for word, n in words.items() if word and not kind_named(str(word))}
    return Check(
        rows_in=gathered.rows_in,
        venues=len(venues.table),
        located=len(located),
        mapped=len(gathered.rows),
        organisations=len(gathered.organisations),
        kinds={str(kind): int(n) for kind, n in gathered.rows["kind"].value_counts().items()},
        unknown_kinds=unknown,
        rejected=rejected,
        notes=[problem for problem in gathered.problems if problem.severity != "rejected"],
        hours=(len(hours), sum(any(open_when(text)) for text in hours)),
    )


def rejected_csv(table: pd.DataFrame, problems: Sequence[Problem], without: Sequence[str]) -> str:
    """The rows that were left out, each with the reason and the remedy, to be mended and brought again.

    Parameters
    ----------
    table
        The list, as `look` gives it.
    problems
        What was wrong with its rows.
    without
        Columns to leave out: contact details.
    """
    kept = [column for column in table.columns if column not in without and column not in _REASONS]
    kept_rows = table[kept]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(as_cell(str(column)) for column in kept), *_REASONS])
    for problem in problems:
        # A row with too few or too many cells is not in the table; its reason is told all the same.
        row = kept_rows.loc[problem.row] if problem.row in kept_rows.index else [""] * len(kept)
        cells = [*row, f"Row {problem.row}: {problem.what}", problem.remedy]
        writer.writerow(map(as_cell, cells))
    return text.getvalue()


def _sayable(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping as an ``[[assets]]`` table says it: without the headings, and without what is empty."""
    return {key: value for key, value in mapping.items() if key != "headings" and value not in ("", None, [])}


def write_mapping(path: Path, mapping: Mapping[str, Any]) -> None:
    """Write a mapping file: the headings it is for, and what they mean in the words of a recipe.

    Parameters
    ----------
    path
        Where to.
    mapping
        ``headings``, and keys of an ``[[assets]]`` table; the list's own name, file and date are not kept.
    """
    path.write_text(_mapping_text(mapping), encoding="utf-8")


def _mapping_text(mapping: Mapping[str, Any]) -> str:
    known = {key: mapping[key] for key in (*COLUMN_KEYS, *_SAID_KEYS) if mapping.get(key)}
    told = "# How a list with these headings is read; assetmap offers it for the next one."
    return as_toml(told, {"headings": list(mapping["headings"]), **known})


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a mapping file.

    Raises
    ------
    PlaceError
        Where it is no such file.
    """
    remedy = "Mend it, or delete it and choose the columns once more."
    try:
        mapping = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise PlaceError(Problem(path.name, "It cannot be read as a mapping file.", remedy)) from None
    headings = mapping.get("headings")
    strange = sorted(set(mapping) - {"headings", *COLUMN_KEYS, *_SAID_KEYS})
    texts = all(
        isinstance(value, str)
        or (key in SPREAD_KEYS and isinstance(value, list) and all(isinstance(each, str) for each in value))
        for key, value in mapping.items()
        if key != "headings"
    )
    if not isinstance(headings, list) or not all(isinstance(each, str) for each in headings):
        what = "It does not say which headings it is for."
    elif strange:
        what = f"It says “{strange[0]}”, which assetmap does not know."
    elif not texts:
        what = "It says something that is not a text in quotes."
    else:
        return mapping
    raise PlaceError(Problem(path.name, what, remedy))


def fits(mapping: Mapping[str, Any], table: pd.DataFrame) -> bool:
    """Whether a table has the headings that a mapping is for, in any order.

    The rows that were left out come back mended, without the columns that the mapping makes no use of and with
    the reasons; they fit as well.
    """
    has = {str(column) for column in table.columns}
    said = (mapping[key] for key in COLUMN_KEYS if key in mapping)
    named = {column for value in said for column in ([value] if isinstance(value, str) else value)}
    headings = set(mapping["headings"])
    mended = set(_REASONS) <= has and has - set(_REASONS) <= headings
    return named <= has and (has == headings or mended)


def find_mapping(folder: str | Path, table: pd.DataFrame) -> tuple[str, dict[str, Any], list[Problem]]:
    """The mapping file of a place folder that fits a table, what it says, and which ones cannot be read.

    Returns
    -------
    str, dict, list of Problem
        An empty name and nothing said, where none fits.
    """
    problems: list[Problem] = []
    for path in sorted((_folder_of(folder) / _FOLDER).glob(f"*{_MAPPING_ENDING}")):
        try:
            mapping = read_mapping(path)
        except PlaceError as error:
            problems += error.problems
            continue
        if fits(mapping, table):
            return path.name, mapping, problems
    return "", {}, problems


#: What Windows keeps for itself, with any ending.
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_LONGEST_NAME = 80


def file_name(name: str) -> str:
    r"""A file's own name, such as every system can write: no folder, no odd signs, not too long.

    Examples
    --------
    >>> file_name("../../Köln Bücher (2).CSV")
    'Koln-Bucher-2.csv'
    >>> file_name(r"C:\lists\con.csv")
    'list-con.csv'
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    stem, _, ending = plain.rpartition(".") if "." in plain else (plain, "", "")
    if ending.lower() == "gz" and "." in stem:
        stem, _, inner = stem.rpartition(".")
        ending = f"{inner}.{ending}"
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-_")[:_LONGEST_NAME] or "list"
    ending = re.sub(r"[^a-z0-9.]", "", ending.lower())
    whole = f"{stem}.{ending}" if ending else stem
    return f"list-{whole}" if _RESERVED.match(whole) else whole


def free_name(folder: Path, file: str) -> str:
    """The name, or the next one that nothing in the folder has."""
    taken = {path.name.casefold() for path in folder.iterdir()} if folder.is_dir() else set()
    stem, dot, ending = file.partition(".")
    number, name = 1, file
    while name.casefold() in taken or f"{name}{_MAPPING_ENDING}".casefold() in taken:
        number += 1
        name = f"{stem}-{number}{dot}{ending}"
    return name


def add_list(
    folder: str | Path,
    name: str,
    upload: Upload,
    mapping: Mapping[str, Any],
    loading: Callable[[str], Place] = load,
    contacts: Sequence[str] = (),
) -> Place:
    """Add a list to a place folder: the file, its mapping, and its table in ``place.toml``; all or nothing.

    Parameters
    ----------
    folder
        The place folder.
    name
        What to call the list; no other list of the place may be called so.
    upload
        The file; it goes into the folder ``assets`` as it is, under a name that nothing there has.
    mapping
        ``headings``, and what else the ``[[assets]]`` table says.
    loading
        What loads the place, for somebody who wants to keep it.
    contacts
        Columns of contact details, which are left out of the file that goes into the folder; see `leaves_behind`.

    Returns
    -------
    Place
        The place with the list in it.

    Raises
    ------
    PlaceError
        Where the place would not load with it. Nothing is left behind.
    OutputError
        Where the folder cannot be written, or is the bundled town's.
    """
    home = _folder_of(folder)
    if home.resolve() == demo_folder().resolve():
        what = "The demo town is part of assetmap, so nothing is added to it."
        raise OutputError(
            Problem(DEMO, what, "Make a copy of it in a folder of yours, and add the list there.")
        )
    path = home / RECIPE_NAME
    recipe = read_recipe(path)
    name = " ".join(name.split())
    if not name:
        raise PlaceError(
            Problem("name of the list", "The list has no name.", "Give it one, such as Libraries.")
        )
    if any(entry.get("name") == name for entry in recipe.entries("assets")):
        what = f"There is a list called “{name}” in this place already."
        raise PlaceError(Problem("name of the list", what, "Give this one another name."))

    room = home / _FOLDER
    said = _sayable(mapping)
    if contacts and leaves_behind(upload.file):
        upload, said = _without(upload, said, contacts)
    file = free_name(room, file_name(upload.file))
    said = {"name": name, "file": f"{_FOLDER}/{file}", **said}
    files = {
        f"{_FOLDER}/{file}": upload.content,
        f"{_FOLDER}/{file}{_MAPPING_ENDING}": _mapping_text(mapping).encode(),
    }
    recipe_after = path.read_bytes().rstrip() + f"\n\n{as_toml('[[assets]]', said)}".encode()
    return keep_whole(home, recipe_after, files, lambda: loading(str(folder)))


def leaves_behind(file: str) -> bool:
    """Whether columns can be left out of a file of this name: of tables and GeoJSON."""
    return file.endswith(_JSON) or not is_shapes(Path(file))


_JSON = (".geojson", ".json")


def _without(upload: Upload, said: dict[str, Any], columns: Sequence[str]) -> tuple[Upload, dict[str, Any]]:
    """A file without some of its columns, its rows under the numbers that they had; and what its recipe says then.

    A table becomes a CSV. A row with too many or too few cells stays in its place as one that has them, without what it
    said, since nobody can tell which of its cells are whose.
    """
    if upload.file.endswith(_JSON):
        whole = json.loads(upload.content)
        for feature in whole.get("features", ()):
            kept = {
                key: value for key, value in (feature.get("properties") or {}).items() if key not in columns
            }
            feature["properties"] = kept
        return upload._replace(content=json.dumps(whole, ensure_ascii=False).encode()), said
    seen = look(upload, said)
    places = [n for n, column in enumerate(seen.table.columns) if column not in columns]
    kept_rows = seen.table.iloc[:, places]
    ragged = {problem.row for problem in seen.problems if problem.severity == "rejected"}
    rows = dict(zip(seen.table.index, kept_rows.itertuples(index=False, name=None), strict=True))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(as_cell(str(column)) for column in kept_rows.columns)
    for number in range(2, max([*rows, *ragged]) + 1):
        unread = ["(not read)"] * (1 if len(places) > 1 else 2)
        writer.writerow(unread if number in ragged else [as_cell(cell) for cell in rows.get(number, ())])
    stem = upload.file.partition(".")[0]
    return Upload(f"{stem}.csv", text.getvalue().encode()), {key: said[key] for key in said if key != "sheet"}


def keep_whole(
    home: Path, recipe: bytes, files: Mapping[str, bytes], loading: Callable[[], Place], what: str = "list"
) -> Place:
    """Give a place folder a new recipe and new files, and load it; where that fails, all is as it was.

    Parameters
    ----------
    home
        The place folder.
    recipe
        The whole of ``place.toml``.
    files
        What else is new, by its path in the folder; in one folder below it at most.
    loading
        What loads the place.
    what
        What it is that is kept, for the message.

    Raises
    ------
    PlaceError
        Where the place would not load. Nothing is left behind.
    OutputError
        Where the folder cannot be written.
    """
    path = home / RECIPE_NAME
    before = path.read_bytes()
    made = [home / file for file in files]
    rooms = [room for room in dict.fromkeys(each.parent for each in made) if not room.exists()]
    try:
        for each, content in zip(made, files.values(), strict=True):
            each.parent.mkdir(exist_ok=True)
            each.write_bytes(content)
        _replace(path, recipe)
        return loading()
    except BaseException as error:
        if path.read_bytes() != before:
            _replace(path, before)
        for remove in (*(each.unlink for each in made), *(room.rmdir for room in rooms)):
            with suppress(OSError):
                remove()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            told = f"The {what} cannot be written there: {error.strerror}."
            raise OutputError(Problem(home.name, told, "Check that you may write to it.")) from None
        raise


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole beside its place and move it there, so that nobody meets half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
