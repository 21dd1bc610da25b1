"""From a place folder to a `Place`."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import OutputError, PlaceError, Problem, counted
from assetmap.model import THEMES, BaseMap, Layer, Network, Place
from assetmap.sources.accepted import differences, notes
from assetmap.sources.area_tables import read_deprivation, read_origins, read_population
from assetmap.sources.assets import NAMELESS, Gathered, read_assets
from assetmap.sources.bodies import area_words, merge_bodies, read_bodies, read_wards
from assetmap.sources.boundaries import near, outline_of, read_areas
from assetmap.sources.bridge import Bridge, read_bridge
from assetmap.sources.decisions import (
    Decision,
    kind_words,
    plain_name,
    read_decisions,
    record,
    removed_besides,
    removed_names,
    told_of,
)
from assetmap.sources.files import checksum, read_shapes, require_columns
from assetmap.sources.grants import no_grants, read_grants
from assetmap.sources.green_space import merge_sites, read_entrances, read_green_space
from assetmap.sources.indicators import ABOUT, INDICATORS, read_indicator
from assetmap.sources.indices import change
from assetmap.sources.linkage import (
    MATCHES_NAME,
    doubtful_by_kind,
    find_matches,
    find_organisations,
    matched_keys,
    write_matches,
)
from assetmap.sources.locate import LOOKUPS, Gazetteer, read_gazetteer
from assetmap.sources.merging import decided_organisations, decided_pairs, merge_lists, organisations
from assetmap.sources.neighbourhoods import NEIGHBOURHOOD_MEMBERS, read_neighbourhoods
from assetmap.sources.recipe import DEEPEST_ZOOM, NETWORK, RECIPE_NAME, Entry, Recipe, no_licence, read_recipe
from assetmap.sources.reference import read_reference
from assetmap.sources.residents import no_beyond, no_residents, read_beyond, read_residents
from assetmap.sources.residents_weights import read_residents_weights
from assetmap.sources.streets import read_network
from assetmap.sources.tables import as_text
from assetmap.taxonomy import kinds

__all__ = ["DEMO", "demo_folder", "load", "match", "write_demo"]

_LONGEST_NAME_TOLD = 200

#: A place no farther than this from an area may be in it: published boundaries are drawn smoother than they are.
_JUST_OVER_M = 100

#: The tables that tell of the theme of that name.
_OF_GREEN_SPACE = ("green_space", "entrances")

#: The word that names the bundled town.
DEMO = "demo"

T = TypeVar("T")

#: Hears how far a load has come: how much is done, of how much, and what is being done now.
Progress = Callable[[int, int, str], None]


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

    def __init__(self, recipe_text: bytes, entries: Iterable[Entry], progress: Progress | None) -> None:
        # A list is work twice: when it is read, and when all lists are put together.
        self.total = sum(_bytes_of(entry) * (2 if entry.table == "assets" else 1) for entry in entries)
        self.done = 0
        self.progress = progress
        self.layers: list[Layer] = []
        self.problems: list[Problem] = []
        self.fatal: list[Problem] = []
        self.sums: dict[Path, str] = {}
        #: The licences whose rows are left out, in words.
        self.without = ""
        self.digest = hashlib.sha256(recipe_text)

    def tell(self, what: str, more: float = 0) -> None:
        """Say what is being done, and how many bytes have been gone through besides those of whole files."""
        if self.progress is not None:
            self.progress(min(self.done + int(more), self.total), self.total, what)

    def attempt(self, read: Callable[..., T], *arguments: Any) -> T | None:
        about = next((each for each in arguments if isinstance(each, Entry)), None)
        if about is not None:
            self.tell(f"Reading {about.title}")
        try:
            return read(*arguments)
        except PlaceError as error:
            self.fatal.extend(error.problems)
            return None
        finally:
            self.done += _bytes_of(about) if about is not None else 0

    def stages(self, entry: Entry) -> Callable[[float, str], None]:
        """What a list is to call when so large a part of it is done, with what comes next."""
        return lambda part, what: self.tell(f"{what} {entry.title}", part * _bytes_of(entry))

    def admit(
        self,
        entry: Entry,
        problems: Iterable[Problem],
        rows_in: int,
        rows_used: int,
        sha256: str | None = None,
        licence: str = "",
        **told: Any,
    ) -> None:
        """Let a layer in; `told` is what else is known of it (see `Layer`)."""
        problems = list(problems)
        if sha256 is None:
            sha256 = self.sums.get(entry.path) or checksum(entry)
            self.sums[entry.path] = sha256
        self.problems += problems
        self.digest.update(sha256.encode())
        lists = entry.table in ("assets", "green_space") and entry.get("role") != "contact"
        if entry.table in _OF_GREEN_SPACE:
            told["themes"] = ("green_space",)
        self.layers.append(
            Layer(
                table=entry.table,
                name=entry.title,
                file=entry.file,
                sha256=sha256,
                source=entry.source,
                licence=licence or entry.licence,
                date=entry.get("date", "not stated"),
                coverage=entry.get("coverage", "place") if lists else "",
                rows_in=rows_in,
                rows_used=rows_used,
                rows_rejected=sum(problem.severity == "rejected" for problem in problems),
                read_as=self._read_as(entry),
                **told,
            )
        )

    def _read_as(self, entry: Entry) -> str:
        if entry.table not in (*_OF_GREEN_SPACE, "assets"):
            return ""
        without = (
            f"rows under {self.without} left out" if self.without and entry.get("licence_column") else ""
        )
        return "; ".join(text for text in (entry.read_as, without) if text)


def _bytes_of(entry: Entry) -> int:
    """How large the file is; nothing, where there is none, of which its reader tells."""
    try:
        return entry.path.stat().st_size
    except (OSError, ValueError):
        return 0


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


def match(place: str | Path) -> pd.DataFrame:
    """Find listings that are one place under different words, and write them into the folder's ``matches.csv``.

    Every load applies what is written there; what is doubtful waits for a person.

    Parameters
    ----------
    place
        A place folder of one's own.

    Returns
    -------
    DataFrame
        What ``matches.csv`` has: a row a pair, each listing by its key (`assetmap.sources.decisions.listing_key`) and list,
        with ``probability``, ``verdict`` and ``why``.

    Raises
    ------
    PlaceError
        Where the place cannot be loaded, or is the bundled town, or the library that compares is not installed.
    OutputError
        Where the folder cannot be written to.
    """
    if str(place) == DEMO:
        what = "The demo town is part of assetmap, so nothing is written to it."
        raise PlaceError(Problem(DEMO, what, "Copy it first: assetmap demo FOLDER."))
    known = load(place)
    folder = _find_recipe(place).parent
    decisions, _ = read_decisions(folder)
    # What only the old pairs keep out would come back with the new ones.
    besides = removed_besides(decisions, known.crs, matched_keys(folder))
    if besides:
        record(folder, besides)
    found = find_matches(known.listings, decided_pairs(known.listings, decisions))
    unplaced = find_organisations(
        known.assets,
        known.organisations,
        decided_organisations(known.assets, known.organisations, decisions),
    )
    return write_matches(folder, known.listings, found, known.organisations, unplaced, known.assets)


def load(place: str | Path, without: Collection[str] = (), progress: Progress | None = None) -> Place:
    """Load a place: every file its recipe names, checked, and projected to metres.

    Parameters
    ----------
    place
        A folder with a ``place.toml``, or the word "demo" for the bundled town.
    without
        Licences whose layers are left out, such as "ODbL": what is made of the rest is free of their terms.
    progress
        Called again and again with how many bytes of the files have been gone through, of how many, and with
        what is being done now.

    Raises
    ------
    PlaceError
        With every fault that stops the load. Faults that do not stop it (one bad row) are kept in
        `Place.problems`.
    """
    recipe_path = _find_recipe(place)
    whole = read_recipe(recipe_path)
    recipe = whole.without(without)
    gate = _Gate(recipe_path.read_bytes(), recipe, progress)
    gate.digest.update(repr(sorted(without)).encode())
    gate.without = ", ".join(sorted(without))
    terms = _Without(gate, without, whole)
    about = recipe.tables["place"]

    areas_entry = Entry("areas", recipe.tables["areas"], recipe.folder)
    gate.tell(f"Reading {areas_entry.title}")
    areas, level, problems = read_areas(areas_entry, about.get("crs"))
    gate.done += _bytes_of(areas_entry)
    doubles = sum(problem.severity == "duplicate" for problem in problems)
    gate.admit(areas_entry, problems, len(areas) + doubles, len(areas))
    outline = outline_of(areas)

    def table(name: str, read: Callable[..., Any], *arguments: Any) -> Any:
        """Let in a table with one row an area, or a postcode; None where the place has none."""
        entry = recipe.entry(name)
        found = gate.attempt(read, entry, *arguments) if entry else None
        if entry is None or found is None:
            return None
        values, problems, rows_in, rows_used = found
        gate.admit(entry, problems, rows_in, rows_used)
        return values

    bridge = _read_bridge(gate, recipe.entry("bridge"), areas, level)
    population = table("population", read_population, areas, level, bridge)
    deprivation = table("deprivation", read_deprivation, areas, level, bridge)
    before = table("deprivation_before", read_deprivation, areas, level, bridge)
    if deprivation is not None and before is not None:
        changed = change(before, deprivation, before.get("deprivation_carried"))
        deprivation = deprivation.join(changed.add_prefix("imd_")).rename_axis(
            columns=deprivation.columns.name
        )
    origins = table("origins", read_origins, areas)
    gazetteers = _read_gazetteers(gate, recipe, outline)
    footprints: dict[str, list[shapely.Geometry | None]] = {}
    green_space, entrances = _read_green_space(gate, recipe, outline, footprints, terms)
    network = _read_network(gate, recipe.entry("network"), outline)
    backdrop = _read_backdrop(gate, list(recipe.entries("backdrop")), areas)
    covers = _read_footprints(gate, recipe.entry("footprints"), areas, outline)
    points = areas.geometry.representative_point() if origins is None else origins
    residents = table("residents", read_residents, areas, points)
    beyond = table("beyond", read_beyond, areas, outline)
    reference = table("reference", read_reference)
    residents_weights = table("residents_weights", read_residents_weights)
    grants = _read_grants(gate, recipe.entries("grants"), areas)
    named = area_words(areas, table("wards", read_wards, areas), about["name"])
    bodies = _read_bodies(gate, recipe.entries("bodies"), areas, points, named)

    entries = {str(entry.get("name")): entry for entry in recipe.entries("assets")}
    neighbourhoods = _read_neighbourhoods(
        gate, recipe.entries("neighbourhoods"), level, areas, points, gazetteers
    )
    indicators, indicators_about = _read_indicators(gate, recipe.entries("indicators"), areas, level, bridge)
    decisions, undecided = gate.attempt(read_decisions, recipe.folder) or ([], [])
    words = kind_words(decisions)
    read = {
        name: gate.attempt(read_assets, entry, outline, gazetteers, words, gate.stages(entry))
        for name, entry in entries.items()
    }
    if gate.fatal:
        raise PlaceError(gate.fatal)
    lists = {
        name: left
        for name, gathered in read.items()
        if gathered is not None and (left := terms.list(entries[name], gathered)) is not None
    }
    terms.check()
    gate.digest.update(repr(decisions).encode())
    files = {name: entry.file for name, entry in entries.items()}
    gate.tell("Putting the lists together")
    unplaced = organisations(lists, named)
    merged = gate.attempt(merge_lists, lists, areas, files, recipe.folder, decisions, unplaced)
    if merged is None:
        raise PlaceError(gate.fatal)
    assets, listings, listed, doubled = merged
    matched = matched_keys(recipe.folder) if any(each.act == "remove" for each in decisions) else ()
    removed = removed_names(decisions, areas.crs, matched)
    gate.digest.update(repr(assets.index.tolist()).encode())
    used = assets["list"].value_counts()
    for name, gathered in lists.items():
        within = None if gathered.footprint is None else int(points.intersects(gathered.footprint).sum())
        number = int(used.get(name, 0))
        gate.admit(
            entries[name],
            gathered.problems,
            gathered.rows_in,
            number,
            gathered.sha256,
            _licence_of(entries[name], gathered.rows),
            covers=within,
            places=gathered.places,
            located=gathered.located,
            kind_unknown=gathered.kind_unknown,
            themes=tuple(sorted(gathered.themes)),
        )
        for theme in gathered.themes:
            footprints.setdefault(theme, []).append(gathered.footprint)
        gate.problems += _over_the_border(entries[name], gathered, assets[assets["list"] == name], outline)
    gate.problems += [*undecided, *doubled]
    for theme in about.get("themes", ()):
        if theme not in terms.lost:
            footprints.setdefault(theme, [None])
    if network is not None and NETWORK in covers:
        network = dataclasses.replace(network, footprint=covers[NETWORK])
    footprints |= {theme: [shape] for theme, shape in covers.items() if theme in THEMES}

    if deprivation is None:
        none = {key: pd.Series(pd.NA, index=areas.index, dtype="Int64") for key in ("imd_rank", "imd_decile")}
        deprivation = pd.DataFrame(none).rename_axis(columns="not given")
    origins_entry = recipe.entry("origins")
    _tell_edits(gate, whole, removed)
    gate.tell("Done", gate.total)
    return Place(
        name=about["name"],
        fictional=about.get("fictional", False),
        level=level,
        areas=areas,
        origins=points,
        origin_method=origins_entry.get("method", "points given by the place")
        if origins_entry
        else "a point inside each area, not weighted by population",
        residents=no_residents(areas) if residents is None else residents,
        residents_method=_residents_method(recipe.entry("residents")),
        beyond=no_beyond(areas) if beyond is None else beyond,
        population=pd.Series(pd.NA, index=areas.index, dtype="Float64", name="population")
        if population is None
        else population,
        deprivation=deprivation,
        deprivation_index=str(deprivation.columns.name),
        assets=assets,
        listings=listings,
        organisations=listed,
        grants=grants,
        bodies=bodies[~bodies["name"].map(plain_name).isin(removed)].reset_index(drop=True),
        postcodes=gazetteers["postcodes"].points if "postcodes" in gazetteers else None,
        green_space=_unnamed(green_space, removed),
        entrances=entrances,
        network=network,
        backdrop=backdrop,
        themes=frozenset(footprints),
        # One list that covers the whole place is enough for a theme to be known everywhere.
        footprints={theme: shapely.union_all(each) for theme, each in footprints.items() if None not in each},
        neighbourhoods=neighbourhoods,
        indicators=indicators,
        indicators_about=indicators_about,
        layers=tuple(gate.layers),
        problems=tuple(gate.problems),
        fingerprint=gate.digest.hexdigest(),
        settings=recipe.settings,
        reference=reference,
        residents_weights=residents_weights,
        base_map=_base_map(recipe),
        decided=_decided(recipe.folder, decisions),
        told=told_of(decisions, areas.crs),
        doubtful=doubtful_by_kind(recipe.folder, listings, decided_pairs(listings, decisions)),
    )


def _base_map(recipe: Recipe) -> BaseMap | None:
    """The online map that the recipe names."""
    said = recipe.tables.get("base_map")
    return (
        None
        if said is None
        else BaseMap(said["url"], said["attribution"], said.get("max_zoom", DEEPEST_ZOOM))
    )


#: What people decide that changes which places there are, of which kind and where.
_OF_LISTINGS = ("remove", "restore", "correct", "same", "different", "kind")


def _decided(folder: Path, decisions: Iterable[Decision]) -> str:
    """SHA-256 of what was decided of listings; empty where nothing was."""
    acts = [
        (each.act, each.subject, each.other, each.value) for each in decisions if each.act in _OF_LISTINGS
    ]
    matches = folder / MATCHES_NAME
    written = matches.read_bytes() if matches.is_file() else b""
    return hashlib.sha256(repr(acts).encode() + written).hexdigest() if acts or written else ""


def _residents_method(entry: Entry | None) -> str:
    """What the points are where residents live, in words."""
    if entry is None:
        return ""
    usual = "points of residents" if entry.get("people") else "points of residents, each counting alike"
    return str(entry.get("method", usual))


def _unnamed(green_space: gpd.GeoDataFrame, removed: Collection[str]) -> gpd.GeoDataFrame:
    """Green space, called by its kind where a group had a listing of that name removed: the ground stays what it is."""
    named = green_space["name"].map(plain_name).isin(removed)
    labels = green_space["kind"].map(lambda kind: f"{kinds()[kind].label} {NAMELESS}")
    return green_space.assign(name=green_space["name"].mask(named, labels))


def _tell_edits(gate: _Gate, recipe: Recipe, removed: Collection[str]) -> None:
    """Tell of every file that is not as somebody accepted it, and mark its layers."""
    try:
        found = differences(recipe, gate.sums, removed)
    except PlaceError as error:
        gate.problems += [dataclasses.replace(each, severity="note") for each in error.problems]
        return
    gate.problems += notes(found)
    said: dict[str, list[str]] = {}
    for each in found:
        said.setdefault(each.file, []).append(each.said)
    gate.layers = [
        dataclasses.replace(layer, edited=f"{'; '.join(said[layer.file])}; not accepted yet")
        if layer.file in said
        else layer
        for layer in gate.layers
    ]


def _read_green_space(
    gate: _Gate,
    recipe: Recipe,
    outline: gpd.GeoSeries,
    footprints: dict[str, list[shapely.Geometry | None]],
    terms: _Without,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The green space open to all, each site once, and the ways in."""
    read = [
        (entry, gate.attempt(read_green_space, entry, outline)) for entry in recipe.entries("green_space")
    ]
    files = [
        (entry, sites._replace(rows=rows), len(rows) < len(sites.rows) and rows.empty)
        for entry, sites in read
        if sites is not None
        for rows in [sites.rows[terms.rows(entry, sites.rows)]]
    ]
    green_space, known, doubled = merge_sites([sites for _, sites, _ in files], outline.crs)
    for number, (entry, sites, lost) in enumerate(files, start=1):
        if lost:
            terms.lost.add("green_space")
            continue
        used, licence = int((green_space["number"] == number).sum()), _licence_of(entry, sites.rows)
        gate.admit(entry, sites.problems, sites.rows_in, used, licence=licence)
        footprints.setdefault("green_space", []).append(sites.footprint)
    gate.problems += doubled
    parts = [gpd.GeoDataFrame({"site_id": []}, geometry=[], crs=outline.crs)]
    for entry in recipe.entries("entrances"):
        found = gate.attempt(read_entrances, entry, green_space, known)
        if found is not None:
            doors, problems, rows_in, rows_used = found
            gate.admit(entry, problems, rows_in, rows_used)
            parts.append(doors)
    full = [part for part in parts if len(part)] or parts[:1]
    entrances = gpd.GeoDataFrame(pd.concat(full, ignore_index=True), crs=outline.crs)
    return green_space.drop(columns="number"), entrances


def _read_grants(gate: _Gate, entries: Iterable[Entry], areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """The grants of every list to organisations, each once."""
    parts = [no_grants()]
    for entry in entries:
        seen = {number for part in parts for number in part["identifier"]}
        found = gate.attempt(read_grants, entry, areas, seen)
        if found is not None:
            grants, problems, rows_in = found
            gate.admit(entry, problems, rows_in, len(grants))
            parts.append(grants)
    full = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(full, ignore_index=True)


def _read_bodies(
    gate: _Gate,
    entries: Iterable[Entry],
    areas: gpd.GeoDataFrame,
    origins: gpd.GeoSeries,
    words: Mapping[str, frozenset[str]],
) -> pd.DataFrame:
    """The bodies of every list, each once."""
    parts = []
    for entry in entries:
        found = gate.attempt(read_bodies, entry, areas, origins, words)
        if found is not None:
            bodies, problems, rows_in = found
            gate.admit(entry, problems, rows_in, len(bodies))
            parts.append(bodies)
    return merge_bodies(parts)


class _Without:
    """Leaves out what is under some licences, row by row where the rows say theirs, and remembers what went."""

    def __init__(self, gate: _Gate, licences: Collection[str], recipe: Recipe) -> None:
        self.gate, self.licences = gate, frozenset(licences)
        #: Every licence that anything is under.
        self.given = {licence for entry in recipe for licence in entry.licences}
        #: Themes of which rows went and no row of that list is left.
        self.lost: set[str] = set()
        gate.problems += [
            Problem(
                entry.file,
                f"Left out as asked: it is under the licence {entry.licence}.",
                "Nothing to do.",
                severity="note",
            )
            for entry in recipe
            if not entry.get("licence_column") and not entry.licences.isdisjoint(self.licences)
        ]

    def rows(self, entry: Entry, table: pd.DataFrame) -> pd.Series:
        """Which rows stay, by their column ``licence``; those that go are told."""
        parts = {text: set(text.split("; ")) for text in table["licence"].unique()}
        self.given |= {part for each in parts.values() for part in each}
        stays = (
            table["licence"]
            .map({text: self.licences.isdisjoint(each) for text, each in parts.items()})
            .astype(bool)
        )
        if not stays.all():
            going = table["licence"][~stays]
            several = int(going.str.contains("; ", regex=False).sum())
            what = f"{counted(len(going), 'row')} left out as asked: under the licence {', '.join(sorted(self.licences))}."
            remedy = "Nothing to do."
            if several:
                remedy = (
                    f"{several:,} of them name other sources, too, and cannot be told apart any more: load the place that this "
                    "one was saved from, to keep what those tell."
                )
            self.gate.problems.append(Problem(entry.file, what, remedy, severity="note"))
        return stays

    def list(self, entry: Entry, gathered: Gathered) -> Gathered | None:
        """What a list of assets gave, without those rows; None where that is nothing any more."""
        stays = self.rows(entry, gathered.rows)
        bodies = gathered.organisations
        if len(bodies):
            bodies = bodies[self.rows(entry, bodies)]
        if stays.all() and len(bodies) == len(gathered.organisations):
            return gathered
        theme = gathered.rows["kind"].map({name: kind.theme for name, kind in kinds().items()})
        gone = set(theme[~stays]) - set(theme[stays])
        self.lost |= gone
        if not stays.any() and bodies.empty:
            return None
        return gathered._replace(
            rows=gathered.rows[stays], organisations=bodies, themes=gathered.themes - gone
        )

    def check(self) -> None:
        """Refuse a licence that nothing is under."""
        strange = sorted(self.licences - self.given)
        if strange:
            raise no_licence(strange[0], self.given)


def _licence_of(entry: Entry, rows: pd.DataFrame) -> str:
    """The licences of a layer: those of its rows, where these say theirs."""
    if not entry.get("licence_column") or rows.empty:
        return entry.licence
    return "; ".join(dict.fromkeys(part for text in rows["licence"].unique() for part in text.split("; ")))


def _over_the_border(
    entry: Entry, gathered: Gathered, assets: gpd.GeoDataFrame, outline: gpd.GeoSeries
) -> list[Problem]:
    """Tell of places outside all areas in a list that stops at the border: a neighbour's, at sea, or misplaced."""
    outside = assets[assets["area_code"].isna()]
    outside = outside[~near(outside.geometry, outline, _JUST_OVER_M)]
    if outside.empty or gathered.footprint is not None or entry.get("coverage", "place") != "place":
        return []
    away_m = outside.geometry.iloc[0].distance(outline.iloc[0])
    what = (
        f"{counted(len(outside), 'place')} of {len(assets):,} in no area, such as “{outside['name'].iloc[0]}”, "
        f"{away_m / 1000:,.1f} km from the nearest."
    )
    remedy = 'Nothing to do, if the list goes on beyond the border: say coverage = "beyond". If not, it may be misplaced.'
    return [Problem(entry.file, what, remedy, severity="note")]


def _read_footprints(
    gate: _Gate, entry: Entry | None, areas: gpd.GeoDataFrame, outline: gpd.GeoSeries
) -> dict[str, shapely.Geometry]:
    """What the lists of a theme cover, and what the walking network does, where somebody has drawn it."""

    def read(entry: Entry) -> gpd.GeoDataFrame:
        shapes = read_shapes(entry)
        require_columns(entry, shapes, ("theme",))
        shapes = shapes.to_crs(areas.crs)
        return shapes.set_geometry(shapes.make_valid())

    shapes = gate.attempt(read, entry) if entry else None
    if entry is None or shapes is None:
        return {}
    theme = as_text(shapes[entry.get("theme")])
    known = theme.isin([*THEMES, NETWORK]) & shapes.geom_type.isin(["Polygon", "MultiPolygon"])
    problems = [
        Problem(
            entry.file,
            f"“{theme[row]}” is no theme, or it has no polygon.",
            f"Draw a polygon for one of: {', '.join([*THEMES, NETWORK])}.",
            int(row),
            severity="rejected",
        )
        for row in shapes.index[~known]
    ]
    drawn = shapes[known]
    if drawn.empty or not drawn.intersects(outline.iloc[0]).any():
        gate.fatal.append(
            Problem(
                entry.file,
                "None of its footprints touches the place.",
                "Check the file’s CRS and the order of its coordinates, and that it is about this place.",
            )
        )
        return {}
    gate.admit(entry, problems, len(shapes), len(drawn))
    return {name: shapely.union_all(part.to_numpy()) for name, part in drawn.geometry.groupby(theme[known])}


def _read_neighbourhoods(
    gate: _Gate,
    entries: Iterable[Entry],
    level: str,
    areas: gpd.GeoDataFrame,
    origins: gpd.GeoSeries,
    gazetteers: Mapping[str, Gazetteer],
) -> pd.DataFrame:
    """Of which areas the neighbourhoods of every list are made up."""
    postcodes = gazetteers["postcodes"].points if "postcodes" in gazetteers else None
    parts = []
    for entry in entries:
        found = gate.attempt(read_neighbourhoods, entry, level, areas, origins, postcodes)
        if found is not None:
            members, problems, rows_in, rows_used = found
            gate.admit(entry, problems, rows_in, rows_used)
            parts.append(members)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(NEIGHBOURHOOD_MEMBERS))


def _read_indicators(
    gate: _Gate, entries: Iterable[Entry], areas: gpd.GeoDataFrame, level: str, bridge: Bridge | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every indicator by area; and what each one is."""
    parts: list[pd.DataFrame] = []
    about: list[dict[str, str]] = []
    told_before = len(gate.problems)
    for entry in entries:
        found = gate.attempt(read_indicator, entry, areas, level, bridge)
        if found is not None:
            figures, problems, rows_in, rows_used = found
            gate.admit(entry, problems, rows_in, rows_used)
            parts.append(figures)
            about.append({key: getattr(entry, key, None) or entry.get(key, "") for key in ABOUT})
    # Several indicators of one file have its faults in common.
    gate.problems[told_before:] = dict.fromkeys(gate.problems[told_before:])
    tidy = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(INDICATORS))
    names = pd.Index([str(part["indicator"].iloc[0]) for part in parts], name="indicator", dtype=object)
    return tidy, pd.DataFrame(about, index=names, columns=list(ABOUT), dtype=object)


def _read_gazetteers(gate: _Gate, recipe: Recipe, outline: gpd.GeoSeries) -> dict[str, Gazetteer]:
    """What rows without coordinates can be looked up in, by the name of its table."""
    gazetteers = {}
    for name in LOOKUPS:
        entry = recipe.entry(name)
        found = gate.attempt(read_gazetteer, entry, outline) if entry else None
        if entry is not None and found is not None:
            gazetteers[name], problems, rows_in = found
            gate.admit(entry, problems, rows_in, len(gazetteers[name].points))
    return gazetteers


def _read_bridge(gate: _Gate, entry: Entry | None, areas: gpd.GeoDataFrame, level: str) -> Bridge | None:
    """The lookup between two vintages of areas; None where the place has none."""
    found = gate.attempt(read_bridge, entry, areas, level) if entry else None
    if entry is None or found is None:
        return None
    bridge, problems, rows_in, rows_used = found
    gate.admit(entry, problems, rows_in, rows_used)
    return bridge


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
