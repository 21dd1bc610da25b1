"""The recipe of a place: ``place.toml``, which names its files and says what their columns mean."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmap.errors import PlaceError, Problem, SettingsError
from assetmap.model import ASSET_FIELDS, DEPRIVATION_DOMAINS, ROLES, THEMES, Settings
from assetmap.sources.fetch import is_url, named_url

__all__ = [
    "BETTER",
    "BY_NAME",
    "CELL_KEYS",
    "DEEPEST_ZOOM",
    "DIRECTIONS",
    "NETWORK",
    "OUTCOME_LEVELS",
    "POINT_KEYS",
    "RECIPE_NAME",
    "SAVED_DEPRIVATION",
    "SPREAD_KEYS",
    "TERMS",
    "Entry",
    "Recipe",
    "as_toml",
    "is_osm",
    "no_kind",
    "no_licence",
    "read_recipe",
]

RECIPE_NAME = "place.toml"

#: The pairs of columns that may hold a point: degrees (WGS84), or metres (the British National Grid).
POINT_KEYS = (("lon", "lat"), ("easting", "northing"))

#: What a list of assets may tell a whole point by in one cell: latitude and longitude, or a National Grid reference.
CELL_KEYS = ("latlon", "gridref")

#: What a list of assets may spread over several columns, which the recipe then names as a list.
SPREAD_KEYS = ("address", "opening_hours")

#: What the footprint of the walking network is called beside those of the themes.
NETWORK = "network"

#: A list of this kind has its kinds worked out from names, descriptions and the list's own words.
BY_NAME = "by name"

_PROVENANCE = {"source", "licence", "date"}
_LOCATION = {key for pair in POINT_KEYS for key in pair}

#: Which way a score of deprivation may run.
DIRECTIONS = ("higher is more deprived", "lower is more deprived")

#: The levels at which outcomes of community-centred approaches are told (South 2015, table 2); and what is no outcome but the
#: background to one, such as how old people are.
OUTCOME_LEVELS = ("individual", "community", "community process", "organisational", "context")

#: How soon an indicator may be expected to move (Stansfield et al. 2020, element 10, which puts no years to them).
TERMS = ("short", "medium", "long")

#: Which way an indicator is good news.
BETTER = ("higher", "lower", "neither")

#: What the table of a saved place says of each area's deprivation besides.
SAVED_DEPRIVATION = (
    "deprivation_carried",
    "imd_decile_before",
    "imd_decile_change",
    "imd_change_kind",
    "imd_change_words",
)

_DEPRIVATION = (
    {"file"},
    {
        "code",
        "level",
        "index",
        "direction",
        "population",
        "partial",
        "carry",
        "where",
        "sheet",
        "layer",
        *SAVED_DEPRIVATION,
        *(f"{domain}_{measure}" for domain in DEPRIVATION_DOMAINS for measure in ("score", "rank", "decile")),
    },
)

#: Nothing is told per more people than this.
_HIGHEST_PER = 1_000_000

#: The nearest that the map goes.
DEEPEST_ZOOM = 19

#: Where tiles may be asked for: safely, or of this computer. Nothing but the three numbers is left to fill in.
_TILES = re.compile(
    r"(?:https://|http://(?:localhost|127\.0\.0\.1)(?=[:/]))"
    r"(?=[^{}]*(?:\{[zxy]\}[^{}]*){3}$)(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})[^\s\"'<>\\^`|]+"
)

#: What each table of a recipe must and may say.
_TABLES: dict[str, tuple[set[str], set[str]]] = {
    "place": ({"name"}, {"fictional", "crs", "themes"}),
    "areas": ({"file", "code"}, {"level", "name", "crs", "layer"}),
    "origins": ({"file", "code"}, {"method", "sheet", "layer", "crs", *_LOCATION}),
    "residents": (
        {"file"},
        {"code", "people", "method", "where", "sheet", "layer", "crs", *_LOCATION},
    ),
    "beyond": ({"file"}, {"code", "people", "where", "sheet", "layer", "crs", *_LOCATION}),
    "population": ({"file", "code", "value"}, {"level", "carry", "where", "sheet", "layer"}),
    "deprivation": _DEPRIVATION,
    "deprivation_before": _DEPRIVATION,
    "bridge": ({"file"}, {"older", "newer", "change", "where", "sheet"}),
    "postcodes": ({"file"}, {"postcode", "ended", "sheet", "layer", "crs", *_LOCATION}),
    "uprns": ({"file"}, {"uprn", "sheet", "layer", "crs", *_LOCATION}),
    "green_space": (
        {"file"},
        {"kind", "kind_value", "name", "id", "crs", "layer", "coverage", "sources_column", "licence_column"},
    ),
    "entrances": ({"file"}, {"access", "site", "crs", "layer"}),
    "network": ({"file"}, {"crs", "layer"}),
    "footprints": ({"file", "theme"}, {"crs", "layer"}),
    "backdrop": ({"file"}, {"kind", "kind_value", "crs", "layer"}),
    "assets": (
        {"name", "file"},
        {
            "title",
            "kind",
            "kind_column",
            "uprn",
            "coverage",
            "role",
            "role_column",
            "area_of_benefit",
            "confidence_column",
            "sources_column",
            "licence_column",
            "where",
            "crs",
            "layer",
            "sheet",
            *ASSET_FIELDS,
            *_LOCATION,
            *CELL_KEYS,
        },
    ),
    "wards": ({"file", "code", "ward"}, {"ward_code", "where", "sheet"}),
    "neighbourhoods": (
        {"name", "file"},
        {"title", "postcode", "code", "share", "by", "method", "where", "crs", "layer", "sheet"},
    ),
    "indicators": (
        {"name", "file", "code", "value", "unit", "better", "outcome_level"},
        {
            "term",
            "period",
            "denominator",
            "denominator_where",
            "per",
            "lower",
            "upper",
            "level",
            "carry",
            "partial",
            "counts_people",
            "where",
            "layer",
            "sheet",
        },
    ),
    "grants": (
        {"name", "file"},
        {
            "recipient",
            "recipient_type",
            "amount",
            "currency",
            "award_date",
            "funder",
            "purpose",
            "code",
            "identifier",
            "where",
            "layer",
            "sheet",
        },
    ),
    "reference": ({"file"}, set()),
    "base_map": ({"url", "attribution"}, {"max_zoom"}),
    "residents_weights": ({"file", "given_by"}, {"theme", "tokens", "where", "sheet"}),
    "bodies": (
        {"name", "file", "title"},
        {"kind", "kind_column", "code", "covers", "website", "where", "crs", "layer", "sheet"},
    ),
}
_REQUIRED_TABLES = ("place", "areas")
_REPEATED_TABLES = ("assets", "backdrop", "grants", "bodies", "neighbourhoods", "indicators")
#: These may be written once as a table, or several times.
_ONE_OR_MORE = ("green_space", "entrances")
_NAMED_LISTS = ("assets", "grants", "bodies", "neighbourhoods", "indicators")


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
        return (
            f"{self.table}: {self.values['name']}"
            if self.table in _NAMED_LISTS
            else self.table.replace("_", " ")
        )

    @property
    def licences(self) -> frozenset[str]:
        """Each of the licences it is under."""
        return frozenset(self.licence.split("; "))

    @property
    def source(self) -> str:
        """Who made the layer."""
        return str(self.get("source", "OpenStreetMap contributors" if is_osm(self.file) else "not stated"))

    @property
    def licence(self) -> str:
        """The terms it is under."""
        return str(self.get("licence", "ODbL" if is_osm(self.file) else "not stated"))

    @property
    def read_as(self) -> str:
        """What it says of columns and rows, besides where the file is from and what it is called: in one line."""
        told = set(self.values) - _PROVENANCE - {"file", "name", "coverage"}
        if is_osm(self.file):
            told.discard("layer")
        return "; ".join(
            f"{key} = {json.dumps(self.values[key], ensure_ascii=False, sort_keys=True)}"
            for key in sorted(told)
        )

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / str(self.values["file"])

    @property
    def file(self) -> str:
        """The file as readers are told it: no folder of this machine shows in it."""
        if is_url(str(self.values["file"])):
            return named_url(str(self.values["file"]))
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

    def __iter__(self) -> Iterator[Entry]:
        """Every table that names a file."""
        for table, values in self.tables.items():
            for each in values if isinstance(values, list) else [values]:
                if isinstance(each, dict) and "file" in each:
                    yield Entry(table, each, self.folder)

    def without(self, licences: Collection[str]) -> Recipe:
        """The recipe without the layers under any of these licences, alone or with others.

        A layer whose rows say their licence themselves stays, for its rows to be left out one by one.

        Raises
        ------
        PlaceError
            Where the areas themselves are under one, since there is no place without them; or no layer is.
        """
        given = {licence for entry in self for licence in entry.licences}
        strange = sorted(set(licences) - given)
        if strange and not any(entry.get("licence_column") for entry in self):
            raise no_licence(strange[0], given)

        def kept(table: str, values: object) -> bool:
            entry = (
                Entry(table, values, self.folder) if isinstance(values, dict) and "file" in values else None
            )
            by_row = entry is not None and entry.get("licence_column")
            return entry is None or bool(by_row) or entry.licences.isdisjoint(licences)

        if not kept("areas", self.tables["areas"]):
            licence = Entry("areas", self.tables["areas"], self.folder).licence
            what = f"The areas are under the licence “{licence}”."
            raise PlaceError(Problem(RECIPE_NAME, what, "Use boundaries under another licence."))
        tables = {
            table: [each for each in values if kept(table, each)] if isinstance(values, list) else values
            for table, values in self.tables.items()
            if isinstance(values, list) or kept(table, values)
        }
        return Recipe(self.path, tables, self.settings)

    def entries(self, table: str) -> Iterator[Entry]:
        """Every table of a name that may stand more than once."""
        found = self.tables.get(table, ())
        return (
            Entry(table, values, self.folder) for values in ([found] if isinstance(found, dict) else found)
        )


def no_kind(values: Entry | Mapping[str, Any]) -> Problem:
    """The fault of a list that does not say what its assets are."""
    return Problem(
        RECIPE_NAME,
        f"The list “{values.get('name', '?')}” must say what its assets are.",
        'Give kind = "library" for the whole list, kind_column = the column that says it, or kind = "by name".',
    )


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
        types: dict[str, type] = {
            "fictional": bool,
            "partial": bool,
            "carry": bool,
            "where": dict,
            "themes": list,
            "given_by": int,
            "counts_people": bool,
            "denominator_where": dict,
            "per": int,
            "max_zoom": int,
        }
        wanted = types.get(key, str)
        spread = table == "assets" and key in SPREAD_KEYS and isinstance(value, list)
        if spread and value and all(isinstance(each, str) for each in value):
            continue
        if key in known and not isinstance(value, wanted):
            words = {
                bool: "true or false",
                int: "a whole number, without quotes",
                dict: 'a table such as { sex = "Persons" }',
                list: 'a list such as ["hubs", "groups"]',
                str: 'a list of texts in quotes, such as ["Street", "Town"]' if spread else "text in quotes",
            }[wanted]
            yield Problem(RECIPE_NAME, f"[{table}] {key} is {value!r}.", f"Write it as {words}.")
    for key in sorted(required):
        if isinstance(values.get(key), str) and not values[key].strip():
            yield Problem(RECIPE_NAME, f"[{table}] {key} is empty.", "Fill it in.")
    if table != "assets" and is_url(str(values.get("file"))):
        what = f"[{table}] file is a web address; only a list of assets may be one."
        yield Problem(RECIPE_NAME, what, "Download it, and name the file.")
    for first, second in POINT_KEYS:
        if (first in values) != (second in values):
            yield Problem(
                RECIPE_NAME, f"[{table}] names only one of {first} and {second}.", "Name both columns."
            )
        elif first in values and values[first] == values[second]:
            yield Problem(
                RECIPE_NAME, f"[{table}] names one column as {first} and {second}.", "Name each its own."
            )
    if table == "origins" and not any(first in values for first, _ in POINT_KEYS):
        yield Problem(
            RECIPE_NAME,
            f"[{table}] does not say where the points are.",
            "Name the columns lon and lat, or easting and northing.",
        )
    if (
        table == "assets"
        and values.get("role", "venue") == "venue"
        and not is_osm(str(values.get("file")))
        and not is_url(str(values.get("file")))
        and Path(str(values.get("file"))).suffix.lower() not in ("", ".json")
        and ("kind" in values) == ("kind_column" in values)
        and values.get("kind") != BY_NAME
    ):
        yield no_kind(values)
    if table in ("green_space", "bodies"):
        ways = [key for key in ("kind", "kind_value", "kind_column") if key in values]
        if is_osm(str(values.get("file"))):
            ways.append("an OpenStreetMap extract")
        if len(ways) > 1:
            yield Problem(
                RECIPE_NAME, f"[{table}] gives kinds in two ways: {' and '.join(ways)}.", "Keep one."
            )
    if table == "indicators":
        yield from _indicator_faults(values)
    if table == "base_map":
        yield from _base_map_faults(values)
    themes = values.get("themes")
    strange = [each for each in themes if each not in THEMES] if isinstance(themes, list) else []
    if strange:
        what = f"[{table}] themes has “{strange[0]}”, which is no theme."
        yield Problem(RECIPE_NAME, what, f"The themes are: {', '.join(THEMES)}.")
    for key, allowed in (
        ("coverage", ("place", "beyond")),
        ("role", ROLES),
        ("direction", DIRECTIONS),
        ("outcome_level", OUTCOME_LEVELS),
        ("term", TERMS),
        ("better", BETTER),
    ):
        if key in values and values[key] not in allowed:
            yield Problem(
                RECIPE_NAME, f"[{table}] {key} is {values[key]!r}.", f"Use one of: {', '.join(allowed)}."
            )


def _indicator_faults(values: Mapping[str, Any]) -> Iterator[Problem]:
    """What one table of indicators says that does not go together."""
    called = f"The indicator “{values.get('name', '?')}”"
    if values.get("outcome_level") != "context" and "outcome_level" in values and "term" not in values:
        what = f"{called} does not say its term."
        yield Problem(RECIPE_NAME, what, f"Add a line term = one of: {', '.join(TERMS)}.")
    if ("lower" in values) != ("upper" in values):
        yield Problem(
            RECIPE_NAME, f"{called} names only one end of its interval.", "Name the columns lower and upper."
        )
    if "denominator" in values and "denominator_where" in values:
        yield Problem(
            RECIPE_NAME,
            f"{called} says in two ways what it is a share of.",
            "Keep denominator or denominator_where.",
        )
    whole = "denominator" in values or "denominator_where" in values
    if "per" in values and not whole:
        what = f"{called} is per {values['per']}, but names no denominator."
        yield Problem(
            RECIPE_NAME, what, "Name its column, or leave per out where the value is a rate already."
        )
    per = values.get("per")
    if isinstance(per, bool) or (isinstance(per, int) and not 0 < per <= _HIGHEST_PER):
        yield Problem(RECIPE_NAME, f"[indicators] per is {per!r}.", "Give a number such as 100 or 1000.")


def _base_map_faults(values: Mapping[str, Any]) -> Iterator[Problem]:
    """What an online map says that no browser could ask for."""
    url, zoom = values.get("url"), values.get("max_zoom")
    if isinstance(url, str) and not _TILES.fullmatch(url):
        what = f"[base_map] url is “{url}”, which is no address of tiles."
        remedy = "Write one that begins with https:// and holds {z}, {x} and {y}, such as https://tiles.example/{z}/{x}/{y}.png."
        yield Problem(RECIPE_NAME, what, remedy)
    if isinstance(zoom, bool) or (isinstance(zoom, int) and not 1 <= zoom <= DEEPEST_ZOOM):
        what = f"[base_map] max_zoom is {zoom!r}."
        yield Problem(RECIPE_NAME, what, f"Give a whole number from 1 to {DEEPEST_ZOOM}.")


def _bridge_faults(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Tables that need another which is not there."""
    each_of = (
        (table, each)
        for table, values in tables.items()
        for each in (values if isinstance(values, list) else [values])
    )
    for table, values in each_of:
        if isinstance(values, dict) and values.get("carry") is True and "bridge" not in tables:
            yield Problem(
                RECIPE_NAME,
                f"[{table}] says carry = true, but there is no [bridge].",
                "Add one that names the exact-fit lookup of the two vintages; docs/places.md shows how.",
            )
    if "deprivation_before" in tables and "deprivation" not in tables:
        yield Problem(
            RECIPE_NAME,
            "There is a [deprivation_before] and no [deprivation] to compare it with.",
            "Name the later index in [deprivation].",
        )


def no_licence(asked: str, given: Collection[str]) -> PlaceError:
    """The fault of leaving out a licence that nothing is under."""
    what = f"No layer is under the licence “{asked}”."
    return PlaceError(Problem(RECIPE_NAME, what, f"The licences here are: {', '.join(sorted(given))}."))


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
    except (ValueError, RecursionError) as error:
        # Python itself stops at numbers of thousands of digits, and at lists in lists in lists …
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a value is too long or too deep"
        remedy = "Mend that line; docs/places.md shows a whole recipe."
        raise PlaceError(Problem(RECIPE_NAME, f"It is not valid TOML: {why}.", remedy)) from None
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
        elif table in _REPEATED_TABLES or (table in _ONE_OR_MORE and isinstance(values, list)):
            if not isinstance(values, list):
                faults.append(
                    Problem(RECIPE_NAME, f"[{table}] may stand more than once.", f"Write it as [[{table}]].")
                )
            else:
                for each in values:
                    faults.extend(_faults(table, each))
        else:
            faults.extend(_faults(table, values))
    faults.extend(_bridge_faults(tables))
    lists = [each for table in _NAMED_LISTS if isinstance(tables.get(table), list) for each in tables[table]]
    names = [each.get("name") for each in lists if isinstance(each, dict)]
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
        raise PlaceError(dict.fromkeys(faults))
    return Recipe(path, tables, judged)


def as_toml(head: str, values: Mapping[str, Any]) -> str:
    """A table as a recipe writes it: its head, such as "[[assets]]", and a line for each key."""
    lines = (f"{key} = {_toml(value)}" for key, value in values.items())
    return "\n".join([head, *lines] if head else lines) + "\n"


def _toml(value: Any) -> str:
    """A value as TOML writes it.

    JSON's texts, numbers, lists and truth are TOML's, but for the one control character that JSON lets stand as it is.
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
