"""The recipe of a place: ``place.toml``, which names its files and says what their columns mean."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmap.errors import PlaceError, Problem, SettingsError
from assetmap.model import DEPRIVATION_DOMAINS, Settings

__all__ = ["POINT_KEYS", "RECIPE_NAME", "Entry", "Recipe", "is_osm", "read_recipe"]

RECIPE_NAME = "place.toml"

#: The pairs of columns that may hold a point: degrees (WGS84), or metres (the British National Grid).
POINT_KEYS = (("lon", "lat"), ("easting", "northing"))

_PROVENANCE = {"source", "licence", "date"}
_LOCATION = {key for pair in POINT_KEYS for key in pair}

#: What each table of a recipe must and may say.
_TABLES: dict[str, tuple[set[str], set[str]]] = {
    "place": ({"name"}, {"fictional", "crs"}),
    "areas": ({"file", "level", "code"}, {"name", "crs", "layer"}),
    "origins": ({"file", "code"}, {"method", "sheet", *_LOCATION}),
    "population": ({"file", "code", "value"}, {"where", "sheet"}),
    "deprivation": (
        {"file"},
        {
            "code",
            "level",
            "index",
            "partial",
            "where",
            "sheet",
            *(f"{domain}_{measure}" for domain in DEPRIVATION_DOMAINS for measure in ("rank", "decile")),
        },
    ),
    "postcodes": ({"file", "postcode"}, {"sheet", *_LOCATION}),
    "green_space": ({"file"}, {"kind", "name", "id", "crs", "layer", "coverage"}),
    "entrances": ({"file"}, {"access", "site", "crs", "layer"}),
    "network": ({"file"}, {"crs", "layer"}),
    "backdrop": ({"file"}, {"kind", "kind_value", "crs", "layer"}),
    "assets": (
        {"name", "file"},
        {
            "title",
            "kind",
            "kind_column",
            "postcode",
            "detail",
            "coverage",
            "role",
            "where",
            "crs",
            "layer",
            "sheet",
            *_LOCATION,
        },
    ),
}
_REQUIRED_TABLES = ("place", "areas")
_REPEATED_TABLES = ("assets", "backdrop")


@dataclass(frozen=True)
class Entry:
    """One table of a recipe: a file, and what its columns mean.

    Parameters
    ----------
    table
        Name of the table, such as "areas".
    values
        What it says.
    folder
        The place folder, which its file is relative to.
    """

    table: str
    values: Mapping[str, Any]
    folder: Path

    def get(self, key: str, default: Any = None) -> Any:
        """What the table says of `key`."""
        return self.values.get(key, default)

    def saying(self, more: Mapping[str, Any]) -> Entry:
        """The same table, saying `more` where it is silent."""
        return Entry(self.table, {**more, **self.values}, self.folder)

    @property
    def title(self) -> str:
        """What to call this layer."""
        return f"assets: {self.values['name']}" if self.table == "assets" else self.table.replace("_", " ")

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / str(self.values["file"])

    @property
    def file(self) -> str:
        """The file as readers are told it: no folder of this machine shows in it."""
        named = Path(str(self.values["file"]))
        return named.name if named.is_absolute() or ".." in named.parts else named.as_posix()


@dataclass(frozen=True)
class Recipe:
    """A checked recipe."""

    path: Path
    tables: Mapping[str, Any]
    settings: Settings

    @property
    def folder(self) -> Path:
        """The place folder."""
        return self.path.parent

    def entry(self, table: str) -> Entry | None:
        """The table of that name, or None where the recipe has none."""
        return Entry(table, self.tables[table], self.folder) if table in self.tables else None

    def entries(self, table: str) -> Iterator[Entry]:
        """Every table of a name that may stand more than once."""
        return (Entry(table, values, self.folder) for values in self.tables.get(table, ()))


def is_osm(file: str) -> bool:
    """Whether a file's name says that it is an OpenStreetMap extract."""
    return file.lower().endswith((".osm", ".osm.pbf", ".osm.bz2"))


def _faults(table: str, values: object) -> Iterator[Problem]:
    if not isinstance(values, dict):
        yield Problem(
            RECIPE_NAME, f"[{table}] is not a table.", f"Write it as [{table}] with one “key = value” a line."
        )
        return
    required, optional = _TABLES[table]
    known = required | optional | (_PROVENANCE if "file" in required else set())
    for key in sorted(required - set(values)):
        yield Problem(RECIPE_NAME, f"[{table}] does not say “{key}”.", f"Add a line {key} = … to [{table}].")
    for key in sorted(set(values) - known):
        near = difflib.get_close_matches(key, known, 1)
        hint = f"Did you mean “{near[0]}”?" if near else f"It may say: {', '.join(sorted(known))}."
        yield Problem(RECIPE_NAME, f"[{table}] says “{key}”, which assetmap does not know.", hint)
    for key, value in values.items():
        wanted = {"fictional": bool, "partial": bool, "where": dict}.get(key, str)
        if key in known and not isinstance(value, wanted):
            words = {
                bool: "true or false",
                dict: 'a table such as { sex = "Persons" }',
                str: "text in quotes",
            }[wanted]
            yield Problem(RECIPE_NAME, f"[{table}] {key} is {value!r}.", f"Write it as {words}.")
    for first, second in POINT_KEYS:
        if (first in values) != (second in values):
            yield Problem(
                RECIPE_NAME, f"[{table}] names only one of {first} and {second}.", "Name both columns."
            )
        elif first in values and values[first] == values[second]:
            yield Problem(
                RECIPE_NAME, f"[{table}] names one column as {first} and {second}.", "Name each its own."
            )
    if table in ("origins", "postcodes") and not any(first in values for first, _ in POINT_KEYS):
        yield Problem(
            RECIPE_NAME,
            f"[{table}] does not say where the points are.",
            "Name the columns lon and lat, or easting and northing.",
        )
    if (
        table == "assets"
        and values.get("role") != "contact"
        and not is_osm(str(values.get("file")))
        and ("kind" in values) == ("kind_column" in values)
    ):
        yield Problem(
            RECIPE_NAME,
            f"The list “{values.get('name', '?')}” must say what its assets are.",
            'Give either kind = "library" for the whole list, or kind_column = the column that says it.',
        )
    if table == "green_space" and "kind" not in values and not is_osm(str(values.get("file"))):
        yield Problem(
            RECIPE_NAME, "[green_space] does not say “kind”.", "Add a line kind = … to [green_space]."
        )
    for key, allowed in (("coverage", ("place", "beyond")), ("role", ("venue", "contact"))):
        if key in values and values[key] not in allowed:
            yield Problem(
                RECIPE_NAME, f"[{table}] {key} is {values[key]!r}.", f"Use one of: {', '.join(allowed)}."
            )


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        The ``place.toml``.

    Raises
    ------
    PlaceError
        With every fault of the recipe named.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise PlaceError(Problem(RECIPE_NAME, "It is not text in UTF-8.", "Save it as UTF-8.")) from None
    except tomllib.TOMLDecodeError as error:
        raise PlaceError(
            Problem(
                RECIPE_NAME,
                f"It is not valid TOML: {error}.",
                "Mend that line; docs/places.md shows a whole recipe.",
            )
        ) from None
    except OSError as error:
        raise PlaceError(
            Problem(RECIPE_NAME, f"It cannot be read: {error.strerror}.", "Check its permissions.")
        ) from None

    faults: list[Problem] = []
    for table in _REQUIRED_TABLES:
        if table not in tables:
            faults.append(
                Problem(RECIPE_NAME, f"There is no [{table}] table.", "Add one; docs/places.md shows how.")
            )
    for table, values in tables.items():
        if table == "settings":
            continue
        if table not in _TABLES:
            near = difflib.get_close_matches(table, [*_TABLES, "settings"], 1)
            hint = (
                f"Did you mean [{near[0]}]?" if near else f"It may have: {', '.join([*_TABLES, 'settings'])}."
            )
            faults.append(Problem(RECIPE_NAME, f"assetmap does not know a table [{table}].", hint))
        elif table in _REPEATED_TABLES:
            if not isinstance(values, list):
                faults.append(
                    Problem(RECIPE_NAME, f"[{table}] may stand more than once.", f"Write it as [[{table}]].")
                )
            else:
                for each in values:
                    faults.extend(_faults(table, each))
        else:
            faults.extend(_faults(table, values))
    names = [each.get("name") for each in tables.get("assets", ()) if isinstance(each, dict)]
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        faults.append(
            Problem(RECIPE_NAME, f"Two lists are called “{name}”.", "Give each list a name of its own.")
        )
    settings = tables.get("settings", {})
    if not isinstance(settings, dict):
        faults.append(Problem(RECIPE_NAME, "settings is not a table.", "Write it as [settings]."))
        settings = {}
    try:
        judged = Settings.from_mapping(settings)
    except SettingsError as error:
        faults.extend(error.problems)
    if faults:
        raise PlaceError(faults)
    return Recipe(path, tables, judged)
