"""Neighbourhoods that somebody makes on screen: drawn, listed or brought as a file; tried out, kept and removed."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from assetmap.errors import OutputError, PlaceError, Problem
from assetmap.model import Place
from assetmap.sources.cells import as_cell
from assetmap.sources.locate import plain_postcode
from assetmap.sources.mapping import Look, Upload, file_name, free_name, keep_whole
from assetmap.sources.neighbourhoods import read_neighbourhoods
from assetmap.sources.place import DEMO, demo_folder, load
from assetmap.sources.recipe import RECIPE_NAME, Entry, Recipe, as_toml, read_recipe
from assetmap.sources.rows import Rows, read_rows

__all__ = [
    "Draft",
    "Trial",
    "add_neighbourhoods",
    "as_made",
    "corners",
    "from_areas",
    "from_corners",
    "from_line",
    "from_list",
    "guess_columns",
    "outlines",
    "remove_neighbourhoods",
    "single_column",
    "try_out",
]

_FOLDER = "neighbourhoods"
_TABLE = "neighbourhoods"

#: What a draft's file and the messages about it are called, where there was no file.
_TYPED, _DRAWN = "your list.csv", "your line.geojson"

#: How postcodes of the United Kingdom look, with or without their space, and the nine signs of an area's code.
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}"
_CODE = r"[A-Z]\d{8}"


class Draft(NamedTuple):
    """Neighbourhoods that are not kept yet: a file, and what their ``[[neighbourhoods]]`` table would say of it."""

    upload: Upload
    said: Mapping[str, str]


class Trial(NamedTuple):
    """What would become of a draft: of which areas its neighbourhoods are made up, and what could not be used."""

    members: pd.DataFrame
    problems: list[Problem]


def from_line(geometry: Any, *, by: str = "points") -> Draft:
    """A draft from an outline that was drawn.

    Parameters
    ----------
    geometry
        GeoJSON geometry of a polygon, in degrees, as a browser sent it.
    by
        How areas are counted; see ``by`` of a recipe.

    Raises
    ------
    PlaceError
        Where it is no outline of three corners or more.
    """
    try:
        corners = [[float(x), float(y)] for x, y in geometry["coordinates"][0]]
        drawn = geometry["type"] == "Polygon" and all(abs(x) <= 180 and abs(y) <= 90 for x, y in corners)
    except (TypeError, KeyError, IndexError, ValueError):
        corners, drawn = [], False
    if not drawn or len({tuple(corner) for corner in corners}) < 3:
        raise PlaceError(Problem("Your line", "It encloses nothing.", "Set three corners or more."))
    shape = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}, indent=1)
    return Draft(Upload(_DRAWN, content.encode()), {"by": by, "source": "Drawn on the map"})


def corners(geometry: Any, crs: CRS) -> str:
    """The corners of an outline as text, one a line: easting and northing in whole metres of the place's CRS.

    Parameters
    ----------
    geometry
        As of `from_line`.
    crs
        The projected CRS of the place.
    """
    known = json.loads(from_line(geometry).upload.content)["features"][0]["geometry"]["coordinates"][0]
    to_metres = Transformer.from_crs(4326, crs, always_xy=True)
    metres = [to_metres.transform(x, y) for x, y in known]
    if len(metres) > 1 and known[0] == known[-1]:
        metres.pop()
    return "\n".join(f"{x:.0f}, {y:.0f}" for x, y in metres)


_NUMBER = r"[+-]?\d+(?:\.\d+)?"


def from_corners(text: str, crs: CRS) -> dict[str, Any]:
    """The outline that corners enclose, as a browser would send it.

    Parameters
    ----------
    text
        A corner a line, in order: easting and northing in metres of the place's CRS, or longitude and latitude.
    crs
        The projected CRS of the place.

    Raises
    ------
    PlaceError
        Where a line is no corner.
    """
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    ring: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = re.fullmatch(rf"\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*", line)
        if found is None:
            what = f"Line {number} is no corner: “{line.strip()[:60]}”."
            raise PlaceError(Problem("Your corners", what, "Write two numbers: easting, northing."))
        x, y = float(found[1]), float(found[2])
        if abs(x) > 180 or abs(y) > 90:
            x, y = to_degrees.transform(x, y)
        if not (abs(x) <= 180 and abs(y) <= 90):
            what = f"Line {number} is no place on the earth: “{line.strip()[:60]}”."
            raise PlaceError(Problem("Your corners", what, "Write easting and northing in metres."))
        ring.append([x, y])
    return {"type": "Polygon", "coordinates": [[*ring, *ring[:1]]]}


def from_areas(codes: Iterable[str]) -> Draft:
    """A draft from areas that were chosen, by their codes."""
    return _of_cells("code", codes, "Areas chosen by hand")


def from_list(text: str, codes: Iterable[str]) -> Draft:
    """A draft from postcodes, or area codes, that were typed or pasted.

    Parameters
    ----------
    text
        One a line; or with commas, semicolons or tabs between them.
    codes
        The codes of the place's areas.

    Raises
    ------
    PlaceError
        Where it holds nothing, or postcodes as well as codes.
    """
    known = set(codes)
    chunks = [" ".join(each.split()) for each in re.split(r"[\n,;\t]", text.replace("\r", "\n"))]
    # A row of postcodes with nothing but spaces between them.
    words = [word for each in chunks if each for word in ([each] if each in known else _apart(each))]
    if not words:
        raise PlaceError(Problem("Your list", "It is empty.", "Write postcodes or area codes, one a line."))
    of_areas = [word for word in words if word in known or re.fullmatch(_CODE, word)]
    of_posts = [word for word in words if word not in known and re.fullmatch(_POSTCODE, word.upper())]
    if of_areas and of_posts:
        what = f"It holds area codes, such as {of_areas[0]}, and postcodes, such as {of_posts[0]}."
        raise PlaceError(
            Problem("Your list", what, "Make a list of one sort; a postcode is not a whole area.")
        )
    if of_areas:
        return _of_cells("code", words, "Area codes listed by hand")
    return _of_cells("postcode", words, "Postcodes listed by hand")


def _apart(text: str) -> list[str]:
    """What stands in a line, one by one, where it holds nothing but postcodes, or nothing but codes."""
    for pattern in (_POSTCODE, _CODE):
        if re.fullmatch(rf"(?:{pattern}\s*)+", text.upper()):
            return re.findall(pattern, text.upper())
    return [text]


def _of_cells(key: str, cells: Iterable[str], source: str) -> Draft:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[key], *([cell] for cell in cells)])
    return Draft(Upload(_TYPED, text.getvalue().encode()), {key: key, "source": source})


def single_column(seen: Look) -> str | None:
    """The text of a table that is a bare list: one column, whose heading is a postcode or code already."""
    if seen.has_shapes or len(seen.table.columns) != 1:
        return None
    heading = str(seen.table.columns[0]).strip()
    if not re.fullmatch(rf"{_POSTCODE}|{_CODE}", heading.upper()):
        return None
    return "\n".join([heading, *seen.table.iloc[:, 0].astype(str)])


def guess_columns(seen: Look, place: Place) -> dict[str, str]:
    """Which columns of a file look like the neighbourhoods' names, their postcodes or their areas' codes."""
    table = seen.table

    def share(column: Any, found: Callable[[pd.Series], pd.Series]) -> float:
        cells = table[column]
        return float(found(cells).mean()) if isinstance(cells, pd.Series) and len(cells) else 0.0

    guessed: dict[str, str] = {}
    if not seen.has_shapes:
        tests: dict[str, Callable[[pd.Series], pd.Series]] = {
            "code": lambda cells: cells.isin(place.areas.index) | cells.str.fullmatch(_CODE),
            "postcode": lambda cells: plain_postcode(cells).str.fullmatch(_POSTCODE),
        }
        for key, found in tests.items():
            best = max(table.columns, key=lambda column: share(column, found), default=None)
            if best is not None and share(best, found) >= 0.5:
                guessed[key] = str(best)
                break
    for column in table.columns:
        if (
            re.search(r"(?i)name|neighbourhood|estate|patch|title", str(column))
            and str(column) not in guessed.values()
        ):
            guessed["title"] = str(column)
            break
    return guessed


def try_out(draft: Draft, name: str, place: Place) -> Trial:
    """What would become of a draft in this place; nothing is kept.

    Raises
    ------
    PlaceError
        Where none of it can be used.
    """
    with tempfile.TemporaryDirectory(prefix="assetmap-") as folder:
        (Path(folder) / draft.upload.file).write_bytes(draft.upload.content)
        entry = Entry(_TABLE, {"name": name, "file": draft.upload.file, **draft.said}, Path(folder))
        try:
            members, problems, *_ = read_neighbourhoods(
                entry, place.level, place.areas, place.origins, place.postcodes
            )
        except PlaceError as error:
            raise PlaceError(_by_hand(draft, error.problems)) from None
    return Trial(members, _by_hand(draft, problems))


def _by_hand(draft: Draft, problems: Iterable[Problem]) -> list[Problem]:
    """The problems of a draft; where somebody typed or drew it there is no file, row or column to name."""
    names = {_TYPED: "Your list", _DRAWN: "Your line"}
    if draft.upload.file not in names:
        return list(problems)
    return [replace(each, file=names[draft.upload.file], row=None, column=None) for each in problems]


def _home(folder: str | Path) -> Path:
    if str(folder) == DEMO or Path(folder).resolve() == demo_folder().resolve():
        what = "The demo town is part of assetmap, so nothing is kept in it."
        raise OutputError(Problem(DEMO, what, "Make a copy of it in a folder of yours, and open the copy."))
    return Path(folder)


def add_neighbourhoods(
    folder: str | Path,
    name: str,
    draft: Draft,
    loading: Callable[[str], Place] = load,
    instead: tuple[str, str | None] | None = None,
) -> Place:
    """Keep a draft in a place folder: its file, and its table in ``place.toml``; all or nothing.

    Parameters
    ----------
    folder
        The place folder.
    name
        What to call the neighbourhood, or the list of them; no other of the place may be called so.
    draft
        What to keep; its file goes into the folder ``neighbourhoods``.
    loading
        What loads the place, for somebody who wants to keep it.
    instead
        What it takes the place of: a list, and which neighbourhood of it, or None for all.

    Returns
    -------
    Place
        The place with the neighbourhoods in it.

    Raises
    ------
    PlaceError
        Where it has no name, or a name that is taken, or the place would not load with it. Nothing is left behind.
    OutputError
        Where the folder cannot be written, or is the bundled town's.
    """
    home = _home(folder)
    recipe = read_recipe(home / RECIPE_NAME)
    name = " ".join(name.split())
    if not name:
        raise PlaceError(Problem("Name", "The neighbourhood has no name.", "Give it one."))
    before = recipe.path.read_text(encoding="utf-8-sig")
    files: dict[str, bytes] = {}
    gone: Path | None = None
    kept = [str(entry.get("name")) for entry in recipe.entries(_TABLE)]
    if instead is not None:
        before, files, gone = _taken_out(home, recipe, *instead)
        kept = [each for each in kept if files or each != instead[0]]
    if name.casefold() in (each.casefold() for each in kept):
        what = f"There are neighbourhoods called “{name}” in this place already."
        raise PlaceError(Problem("Name", what, "Give this one another name."))
    ending = draft.upload.file.partition(".")[2]
    file = f"{_FOLDER}/{free_name(home / _FOLDER, file_name(f'{name}.{ending}'))}"
    while file in files:
        file = file.replace(".", "-new.", 1)
    said = {"name": name, "file": file, **draft.said, "date": date.today().isoformat()}
    after = f"{before.rstrip()}\n\n{as_toml(f'[[{_TABLE}]]', said)}".encode()
    files = {**files, file: draft.upload.content}
    place = keep_whole(home, after, files, lambda: loading(str(folder)), "neighbourhood")
    _clear_away(home, gone)
    return place


def remove_neighbourhoods(
    folder: str | Path, name: str, loading: Callable[[str], Place] = load, neighbourhood: str | None = None
) -> Place:
    """Take neighbourhoods out of a place folder again; their file goes too, where it is in ``neighbourhoods``.

    Parameters
    ----------
    folder, loading
        As of `add_neighbourhoods`.
    name
        The name of the list.
    neighbourhood
        Which one of the list, where it holds several; the others are then kept in a file of their own. None for all.

    Raises
    ------
    PlaceError
        Where there is none of that name, or ``place.toml`` is written in a way that it cannot be taken out of
        without touching something else.
    OutputError
        Where the folder cannot be written, or is the bundled town's.
    """
    home = _home(folder)
    recipe = read_recipe(home / RECIPE_NAME)
    after, files, gone = _taken_out(home, recipe, name, neighbourhood)
    place = keep_whole(home, after.encode(), files, lambda: loading(str(folder)), "place")
    _clear_away(home, gone)
    return place


def _entry_of(recipe: Recipe, name: str) -> tuple[int, Entry]:
    """The table of a list of neighbourhoods, and which of them it is."""
    for number, entry in enumerate(recipe.entries(_TABLE)):
        if entry.get("name") == name:
            return number, entry
    what = f"There are no neighbourhoods called “{name}” in this place."
    raise PlaceError(Problem(RECIPE_NAME, what, "Load the page again."))


def _taken_out(
    home: Path, recipe: Recipe, name: str, neighbourhood: str | None
) -> tuple[str, dict[str, bytes], Path]:
    """The recipe without a list, or with what is left of it in a new file; that file; and the file that is then left over."""
    number, entry = _entry_of(recipe, name)
    after = _without(recipe.path.read_text(encoding="utf-8-sig"), number)
    upload = None if neighbourhood is None else _others(entry, neighbourhood)
    if upload is None:
        return after, {}, entry.path
    file = f"{_FOLDER}/{free_name(home / _FOLDER, file_name(upload.file))}"
    # What the new file holds is one layer, in degrees, of the rows that were chosen.
    said = {key: each for key, each in entry.values.items() if key not in ("layer", "sheet", "crs", "where")}
    table = as_toml(f"[[{_TABLE}]]", {**said, "file": file})
    return f"{after.rstrip()}\n\n{table}", {file: upload.content}, entry.path


def _others(entry: Entry, neighbourhood: str) -> Upload | None:
    """What a list holds besides one of its neighbourhoods, as a file of its own; None where that is nothing."""
    title, listed = entry.get("title"), read_rows(entry)
    left = listed.table[listed.table[title] != neighbourhood] if title else listed.table.iloc[:0]
    if left.empty:
        return None
    if listed.shapes is not None:
        shapes = gpd.GeoDataFrame(left, geometry=listed.shapes[left.index])
        return Upload(f"{entry.get('name')}.geojson", shapes.to_crs(4326).to_json(drop_id=True).encode())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for cells in (left.columns, *left.itertuples(index=False, name=None)):
        writer.writerow(as_cell(str(cell)) for cell in cells)
    return Upload(f"{entry.get('name')}.csv", text.getvalue().encode())


def _clear_away(home: Path, gone: Path | None) -> None:
    """Delete a file that no table names any more, where it was made here."""
    if gone is None or gone.resolve().parent != (home / _FOLDER).resolve():
        return
    if gone.resolve() not in {entry.path.resolve() for entry in read_recipe(home / RECIPE_NAME)}:
        with suppress(OSError):
            gone.unlink()
            gone.parent.rmdir()


def _rows_of(entry: Entry, neighbourhood: str) -> Rows:
    """The rows of a list that are of one neighbourhood."""
    title, listed = entry.get("title"), read_rows(entry)
    if not title:
        return listed
    table = listed.table[listed.table[title] == neighbourhood]
    return listed._replace(table=table, shapes=None if listed.shapes is None else listed.shapes[table.index])


def as_made(folder: str | Path, name: str, neighbourhood: str) -> tuple[str, Any, str]:
    """A kept neighbourhood as it can be changed on screen.

    Parameters
    ----------
    folder
        The place folder.
    name, neighbourhood
        The list, and which one of it.

    Returns
    -------
    str, object, str
        How it is changed, "draw", "areas" or "list"; what is changed there, an outline as GeoJSON, codes of areas or a text
        of postcodes; and how the areas inside an outline are counted.

    Raises
    ------
    PlaceError
        Where it can only be changed in its file.
    """
    recipe = read_recipe((demo_folder() if str(folder) == DEMO else Path(folder)) / RECIPE_NAME)
    _, entry = _entry_of(recipe, name)
    listed = _rows_of(entry, neighbourhood)
    remedy = "Change it in its file, or make it anew."
    if listed.shapes is None:
        if entry.get("share"):
            what = f"“{neighbourhood}” counts areas by shares that its list states, which cannot be changed here."
            raise PlaceError(Problem(entry.file, what, remedy))
        cells = list(dict.fromkeys(listed.table[entry.get("code") or entry.get("postcode")]))
        return ("areas", cells, "points") if entry.get("code") else ("list", "\n".join(cells), "points")
    outline = listed.shapes.dropna().make_valid().union_all()
    if outline.geom_type != "Polygon" or outline.interiors:
        what = f"The outline of “{neighbourhood}” has several parts or a hole, so its corners cannot be changed here."
        raise PlaceError(Problem(entry.file, what, remedy))
    (degrees,) = gpd.GeoSeries([outline], crs=listed.shapes.crs).to_crs(4326)
    return "draw", json.loads(shapely.to_geojson(degrees)), str(entry.get("by", "points"))


def outlines(folder: str | Path, place: Place) -> dict[str, Any]:
    """The outline of every kept neighbourhood with its name, as GeoJSON in degrees.

    As it was drawn; of a list of postcodes or codes, around the areas that it takes in.

    Parameters
    ----------
    folder
        The place folder.
    place
        The place as it was loaded from there.
    """
    recipe = read_recipe((demo_folder() if str(folder) == DEMO else Path(folder)) / RECIPE_NAME)
    entries = {str(entry.get("name")): entry for entry in recipe.entries(_TABLE)}
    listed = {name: read_rows(entry) for name, entry in entries.items()}
    features = []
    for (of_list, name), members in place.neighbourhoods.groupby(["list", "neighbourhood"], sort=False):
        rows, title = listed[str(of_list)], entries[str(of_list)].get("title")
        shapes = rows.shapes
        if shapes is None:
            shapes = place.areas.geometry[members["area_code"]]
        elif title:
            shapes = shapes[rows.table[title] == name]
        (outline,) = gpd.GeoSeries([shapes.dropna().make_valid().union_all()], crs=shapes.crs).to_crs(4326)
        geometry = json.loads(shapely.to_geojson(shapely.set_precision(outline, 1e-6)))
        features.append({"type": "Feature", "properties": {"name": str(name)}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _without(text: str, number: int) -> str:
    """A recipe without one of its tables of neighbourhoods; the rest to the letter."""
    wanted = tomllib.loads(text)
    del wanted[_TABLE][number]
    if not wanted[_TABLE]:
        del wanted[_TABLE]
    lines = text.splitlines(keepends=True)
    heads = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{_TABLE}\s*\]\]", line)]
    if number < len(heads):
        start = heads[number]
        end = next((n for n in range(start + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
        # Remarks and room above the next table belong to that one.
        while end < len(lines) and end > start + 1 and re.match(r"\s*(#|$)", lines[end - 1]):
            end -= 1
        left = "".join([*lines[:start], *lines[end:]])
        with suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(left) == wanted:
                return left.rstrip() + "\n"
    what = f"Its [[{_TABLE}]] are written in a way that one cannot be taken out of by itself."
    raise PlaceError(Problem(RECIPE_NAME, what, "Take it out by hand."))
