"""From a place folder to a `Place`."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import OutputError, PlaceError, Problem, counted
from assetmap.model import Layer, Network, Place
from assetmap.sources.area_tables import read_deprivation, read_origins, read_population
from assetmap.sources.assets import merge_lists, read_assets, read_postcodes
from assetmap.sources.boundaries import read_areas
from assetmap.sources.files import checksum, read_shapes, require_columns
from assetmap.sources.green_space import read_entrances, read_green_space
from assetmap.sources.recipe import RECIPE_NAME, Entry, is_osm, read_recipe
from assetmap.sources.streets import read_network
from assetmap.sources.tables import as_text

__all__ = ["DEMO", "demo_folder", "load", "write_demo"]

_LONGEST_NAME_TOLD = 200

#: The word that names the bundled town.
DEMO = "demo"

T = TypeVar("T")


def demo_folder() -> Path:
    """The bundled town: inside the installed package, or the checkout's own ``data``."""
    package = Path(str(resources.files("assetmap")))
    installed = package / "demo"
    return installed if installed.is_dir() else package.parent / "data"


def write_demo(folder: str | Path) -> Path:
    """Write the bundled demo town out as a place folder, to copy and change.

    Parameters
    ----------
    folder
        Where to; made where it does not exist.

    Raises
    ------
    OutputError
        Where the folder has something in it already, or cannot be written.
    """
    target = Path(folder)
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise OutputError(
                Problem(
                    str(folder), "It is already there and is not empty.", "Name a new or an empty folder."
                )
            )
        shutil.copytree(demo_folder(), target, dirs_exist_ok=True)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            Problem(
                str(folder), f"It cannot be written: {error.strerror}.", "Name a folder you may write to."
            )
        ) from None
    return target


class _Gate:
    """Lets each layer in, and keeps the faults of all so that they are told together."""

    def __init__(self, recipe_text: bytes) -> None:
        self.layers: list[Layer] = []
        self.problems: list[Problem] = []
        self.fatal: list[Problem] = []
        self.digest = hashlib.sha256(recipe_text)

    def attempt(self, read: Callable[..., T], *arguments: Any) -> T | None:
        try:
            return read(*arguments)
        except PlaceError as error:
            self.fatal.extend(error.problems)
            return None

    def admit(self, entry: Entry, problems: Iterable[Problem], rows_in: int, rows_used: int) -> None:
        problems = list(problems)
        sha256 = checksum(entry)
        osm = is_osm(entry.file)
        self.problems += problems
        self.digest.update(sha256.encode())
        lists = entry.table in ("assets", "green_space") and entry.get("role") != "contact"
        self.layers.append(
            Layer(
                table=entry.table,
                name=entry.title,
                file=entry.file,
                sha256=sha256,
                source=entry.get("source", "OpenStreetMap contributors" if osm else "not stated"),
                licence=entry.get("licence", "ODbL" if osm else "not stated"),
                date=entry.get("date", "not stated"),
                coverage=entry.get("coverage", "place") if lists else "",
                rows_in=rows_in,
                rows_used=rows_used,
                rows_rejected=sum(problem.severity == "rejected" for problem in problems),
            )
        )


def _find_recipe(place: str | Path) -> Path:
    folder = demo_folder() if str(place) == DEMO else Path(place)
    path = folder if folder.name == RECIPE_NAME else folder / RECIPE_NAME
    try:
        if path.is_file():
            return path
        is_folder, is_there = folder.is_dir(), folder.exists()
    except (OSError, ValueError):  # a name too long, or with characters that no name has
        is_folder = is_there = False
    what = "There is no such place folder."
    remedy = f"Name a folder that holds a {RECIPE_NAME}, or the word demo."
    if is_folder:
        what = f"The folder has no {RECIPE_NAME}."
        remedy = "Write one (docs/places.md shows how), or run “assetmap demo FOLDER” for an example."
    elif is_there:
        what = "It is a file, not a place folder."
    named = str(place) if len(str(place)) <= _LONGEST_NAME_TOLD else f"{str(place)[:_LONGEST_NAME_TOLD]}…"
    raise PlaceError(Problem(named, what, remedy))


def load(place: str | Path) -> Place:
    """Load a place: every file its recipe names, checked, and projected to metres.

    Parameters
    ----------
    place
        A folder with a ``place.toml``, or the word "demo" for the bundled town.

    Raises
    ------
    PlaceError
        With every fault that stops the load. Faults that do not stop it (one bad row) are kept in
        `Place.problems`.
    """
    recipe_path = _find_recipe(place)
    recipe = read_recipe(recipe_path)
    gate = _Gate(recipe_path.read_bytes())
    about = recipe.tables["place"]

    areas_entry = Entry("areas", recipe.tables["areas"], recipe.folder)
    areas, problems = read_areas(areas_entry, about.get("crs"))
    doubles = sum(problem.severity == "duplicate" for problem in problems)
    gate.admit(areas_entry, problems, len(areas) + doubles, len(areas))
    outline = gpd.GeoSeries([shapely.union_all(areas.geometry.to_numpy())], crs=areas.crs)
    shapely.prepare(outline.to_numpy())

    def table(name: str, read: Callable[..., Any], *arguments: Any) -> Any:
        """Let in a table with one row an area, or a postcode; None where the place has none."""
        entry = recipe.entry(name)
        found = gate.attempt(read, entry, *arguments) if entry else None
        if entry is None or found is None:
            return None
        values, problems, rows_in = found
        gate.admit(entry, problems, rows_in, int(pd.DataFrame(values).notna().any(axis=1).sum()))
        return values

    level = str(areas_entry.get("level"))
    population = table("population", read_population, areas)
    deprivation = table("deprivation", read_deprivation, areas, level)
    origins = table("origins", read_origins, areas)
    postcodes = table("postcodes", read_postcodes, outline)
    footprints: dict[str, list[shapely.Geometry | None]] = {}
    green_space = _read_green_space(gate, recipe.entry("green_space"), outline, footprints)
    if green_space is None:
        green_space = gpd.GeoDataFrame(
            {"name": [], "kind": [], "area_ha": []},
            geometry=[],
            index=pd.Index([], name="site_id"),
            crs=areas.crs,
        )
    entrances = _read_entrances(gate, recipe.entry("entrances"), green_space)
    network = _read_network(gate, recipe.entry("network"), outline)
    backdrop = _read_backdrop(gate, list(recipe.entries("backdrop")), areas)

    entries = {str(entry.get("name")): entry for entry in recipe.entries("assets")}
    read = {name: gate.attempt(read_assets, entry, outline, postcodes) for name, entry in entries.items()}
    lists = {name: gathered for name, gathered in read.items() if gathered is not None}
    if gate.fatal:
        raise PlaceError(gate.fatal)
    assets, doubled = merge_lists(lists, areas, {name: entry.file for name, entry in entries.items()})
    used = assets["list"].value_counts()
    for name, gathered in lists.items():
        gate.admit(entries[name], gathered.problems, gathered.rows_in, int(used.get(name, 0)))
        for theme in gathered.themes:
            footprints.setdefault(theme, []).append(gathered.footprint)
    gate.problems += doubled

    if deprivation is None:
        none = {key: pd.Series(pd.NA, index=areas.index, dtype="Int64") for key in ("imd_rank", "imd_decile")}
        deprivation = pd.DataFrame(none).rename_axis(columns="not given")
    origins_entry = recipe.entry("origins")
    return Place(
        name=about["name"],
        fictional=about.get("fictional", False),
        level=level,
        areas=areas,
        origins=areas.geometry.representative_point() if origins is None else origins,
        origin_method=origins_entry.get("method", "points given by the place")
        if origins_entry
        else "a point inside each area, not weighted by population",
        population=pd.Series(pd.NA, index=areas.index, dtype="Float64", name="population")
        if population is None
        else population,
        deprivation=deprivation,
        deprivation_index=str(deprivation.columns.name),
        assets=assets,
        green_space=green_space,
        entrances=entrances,
        network=network,
        backdrop=backdrop,
        themes=frozenset(footprints),
        # One list that covers the whole place is enough for a theme to be known everywhere.
        footprints={theme: shapely.union_all(each) for theme, each in footprints.items() if None not in each},
        layers=tuple(gate.layers),
        problems=tuple(gate.problems),
        fingerprint=gate.digest.hexdigest(),
        settings=recipe.settings,
    )


def _read_green_space(
    gate: _Gate,
    entry: Entry | None,
    outline: gpd.GeoSeries,
    footprints: dict[str, list[shapely.Geometry | None]],
) -> gpd.GeoDataFrame | None:
    """The green space open to all; None where the place has no such layer."""
    found = gate.attempt(read_green_space, entry, outline) if entry else None
    if entry is None or found is None:
        return None
    green_space, problems, rows_in, footprint = found
    gate.admit(entry, problems, rows_in, len(green_space))
    footprints["green_space"] = [footprint]
    return green_space


def _read_entrances(gate: _Gate, entry: Entry | None, green_space: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The ways into green space; none where the place has no such layer."""
    found = gate.attempt(read_entrances, entry, green_space) if entry else None
    if entry is None or found is None:
        return gpd.GeoDataFrame({"site_id": []}, geometry=[], crs=green_space.crs)
    entrances, problems, rows_in, rows_used = found
    gate.admit(entry, problems, rows_in, rows_used)
    return entrances


def _read_network(gate: _Gate, entry: Entry | None, outline: gpd.GeoSeries) -> Network | None:
    """The walking network; None where the place has none."""
    found = gate.attempt(read_network, entry, outline) if entry else None
    if entry is None or found is None:
        return None
    network, problems, rows_in, rows_used = found
    gate.admit(entry, problems, rows_in, rows_used)
    return network


_BACKDROP_KINDS = ("water", "rail", "street")


def _read_backdrop(gate: _Gate, entries: list[Entry], areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Water, railways and streets to find oneself by; drawn, and never measured."""

    def read(entry: Entry) -> gpd.GeoDataFrame:
        shapes = read_shapes(entry)
        require_columns(entry, shapes, ("kind",))
        column = entry.get("kind")
        kind = as_text(shapes[column]) if column else [entry.get("kind_value", "street")] * len(shapes)
        return gpd.GeoDataFrame({"kind": kind}, geometry=shapes.geometry.to_numpy(), crs=shapes.crs).to_crs(
            areas.crs
        )

    parts = [gpd.GeoDataFrame({"kind": []}, geometry=[], crs=areas.crs)]
    for entry in entries:
        shapes = gate.attempt(read, entry)
        if shapes is None:
            continue
        drawn = shapes[shapes.geometry.notna() & ~shapes.is_empty & shapes["kind"].isin(_BACKDROP_KINDS)]
        problems = []
        if len(drawn) < len(shapes):
            what = f"{counted(len(shapes) - len(drawn), 'shape')} without a place or of a kind that is not drawn."
            problems.append(
                Problem(entry.file, what, f"Kinds are: {', '.join(_BACKDROP_KINDS)}.", severity="note")
            )
        gate.admit(entry, problems, len(shapes), len(drawn))
        parts.append(drawn)
    full = [part for part in parts if len(part)]
    return gpd.GeoDataFrame(pd.concat(full, ignore_index=True), crs=areas.crs) if full else parts[0]
