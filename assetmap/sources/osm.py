"""Assets and green space from an OpenStreetMap extract, read from the file without a network.

Of the tags only those in `tags_read` are looked up, and for streets the few that say who may walk there: no telephone
number, e-mail address or other contact is among them.
"""

from __future__ import annotations

import bz2
import errno
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import shapely
from osmium.filter import EntityFilter, IdFilter, KeyFilter
from osmium.index import LocationTable
from osmium.osm import NODE, RELATION, WAY, Node, Relation, Way

from assetmap.errors import Problem, counted
from assetmap.sources import pbf
from assetmap.sources.files import fatal, file_bytes
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import Kind, kind_of_tags, osm_keys

__all__ = [
    "FETCHED",
    "NOT_FOR_ALL",
    "OSM_COLUMNS",
    "Extract",
    "Ways",
    "is_walked",
    "read_osm",
    "read_osm_ways",
    "read_places",
    "tags_read",
]

#: What the columns of an extract mean, in the recipe's words.
OSM_COLUMNS = {
    "title": "name",
    "kind_column": "kind",
    "detail": "opening_hours",
    "identifier": "osm",
    **{
        each: each
        for each in (
            "description", "opening_hours", "address", "postcode", "step_free", "cost", "for_faith", "website",
            "access", "last_checked", "last_edited",
        )
    },
}  # fmt: skip

#: The tags that say something of a place, besides those that say what it is.
_SAYING = (
    "name", "description", "opening_hours", "access", "wheelchair", "fee", "website", "amenity", "religion",
    "denomination", "check_date", "survey:date",
    "addr:housename", "addr:housenumber", "addr:street", "addr:place", "addr:suburb", "addr:city", "addr:postcode",
)  # fmt: skip

#: The tags that say whether lines are the outline of an area.
_DRAWING = ("type", "area")

#: The generator of a file that assetmap fetched, which covers the whole box that its header names.
FETCHED = "assetmap"

#: What the tag access says of a place that not everyone may go to.
NOT_FOR_ALL = ("private", "no", "permit", "residents", "members", "military")

#: Fewer buildings than this say nothing of where an extract was cut.
_ENOUGH_BUILDINGS = 20

#: An extract that unpacks to more than this is refused: as .osm.pbf it is a tenth of the size.
_LARGEST_XML = 4_000_000_000

_WKB = osmium.geom.WKBFactory()

T = TypeVar("T")


class Extract(NamedTuple):
    """What an extract holds for one table of the recipe.

    Parameters
    ----------
    rows
        ``name``, ``kind``, ``osm`` (such as "way/7"), ``geometry`` (WGS84; a point, a polygon, or a line where its
        outline is not closed), and as text, "" where it is not known: ``description``, ``opening_hours``, ``access``,
        ``step_free``, ``cost``, ``for_faith``, ``website``, ``address``, ``postcode``, ``last_checked`` (as given) and
        ``last_edited`` (ISO 8601).
    problems
        What there is to tell; one a place that is not whole in the file.
    private
        How many places were set aside because not everyone may go there.
    footprint
        What the extract covers, WGS84; None where it holds nothing to tell by.
    """

    rows: gpd.GeoDataFrame
    problems: list[Problem]
    private: int
    footprint: shapely.Geometry | None


def tags_read() -> tuple[str, ...]:
    """Every key that is looked up for places: those of the taxonomy, and what describes and what draws."""
    return tuple(dict.fromkeys((*osm_keys(), *_SAYING, *_DRAWING)))


def read_osm(entry: Entry) -> Extract:
    """Everything in an extract that the taxonomy has a kind for, and that is not private.

    An extract is cut somewhere, and ways are often kept whole beyond the cut. What it covers is taken to be the
    hull of its buildings, the one thing that is small, everywhere, and cut cleanly.

    Parameters
    ----------
    entry
        A table of the recipe whose file is ``.osm``, ``.osm.pbf`` or ``.osm.bz2``.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short or of another type.
    """
    places = read_places(entry)
    # Green space is its own layer, with its own rules; a list of assets leaves it out.
    wanted = places[places["green"] == (entry.table == "green_space")]
    private = wanted["access"].isin(NOT_FOR_ALL)
    lost = wanted.geometry.isna() & ~private
    found = wanted[~private & ~lost]
    problems = [
        Problem(
            entry.file,
            f"{row.osm}{f', “{row.title}”,' if row.title else ''} is left out: its outline is not whole in this file.",
            "Take an extract that reaches farther; or, if it is drawn wrongly, mend it on openstreetmap.org.",
            severity="rejected",
        )
        for row in wanted[lost].rename(columns={"name": "title"}).itertuples()
    ]
    if private.any():
        what = (
            f"Marked as private or not for everyone, and left out: {int(private.sum()):,} of {len(wanted):,}."
        )
        remedy = "Nothing to do, unless the tag access is wrong."
        problems.append(Problem(entry.file, what, remedy, severity="note"))
    scrubbed = int(found["scrubbed"].sum())
    if scrubbed:
        what = f"{counted(scrubbed, 'text')} with a telephone number or an e-mail address in it left out."
        problems.append(Problem(entry.file, what, "Nothing to do.", severity="note"))
    rows = found.drop(columns=["green", "scrubbed"]).set_index(pd.RangeIndex(1, len(found) + 1))
    return Extract(rows, problems, int(private.sum()), _read(entry, _footprint))


def read_places(entry: Entry) -> gpd.GeoDataFrame:
    """Everything in an extract that the taxonomy has a kind for, private or not, assets and green space.

    The columns of `Extract.rows`, and ``green`` and ``scrubbed`` (how many texts were left out since they hold a
    telephone number or an e-mail address). Without geometry where the file holds only a part of its outline.
    """
    return _read(entry, _places)


def _read(entry: Entry, read: Callable[[Path, int, int], T]) -> T:
    """What `read` finds in the file of a recipe's table.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short or of another type.
    """
    file_bytes(entry, 1)
    state = entry.path.stat()
    try:
        return read(entry.path, state.st_size, state.st_mtime_ns)
    except OverflowError as error:
        raise fatal(entry, str(error), "Take the same extract as .osm.pbf.") from None
    except (EOFError, OSError, RuntimeError, UnicodeDecodeError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise fatal(entry, str(error.args[1]), "Make room there, and load again.") from None
        raise fatal(
            entry,
            "It cannot be read as an OpenStreetMap extract; it may be cut short or of another type.",
            "Download it again.",
        ) from None


def _buffer(path: Path) -> osmium.io.FileBuffer:
    """The extract for osmium, which cannot itself open every path of Windows, nor a bz2 in several pieces."""
    name = path.name.lower()
    if not name.endswith(".bz2"):
        return osmium.io.FileBuffer(path.read_bytes(), "pbf" if name.endswith(".pbf") else "osm")
    with bz2.open(path) as file:
        content = file.read(_LARGEST_XML + 1)
    if len(content) > _LARGEST_XML:
        message = f"It unpacks to more than {_LARGEST_XML // 10**9} GB."
        raise OverflowError(message)
    return osmium.io.FileBuffer(content, "osm")


class _Place(NamedTuple):
    """What the tags of one node, way or relation say."""

    name: str
    kind: str
    green: bool
    description: str
    opening_hours: str
    access: str
    step_free: str
    cost: str
    for_faith: str
    website: str
    address: str
    postcode: str
    last_checked: str
    last_edited: str
    scrubbed: int


_STEP_FREE = {"yes": "yes", "designated": "yes", "limited": "limited", "no": "no"}
_COST = {"no": "free", "yes": "paid"}
_WEBSITE = re.compile(r"(https?://)?[^\s:/@]+\.[^\s@]+")

#: What may be part of a telephone number.
_NUMBERS = re.compile(r"[\d ()/+-]+")

#: How many digits a telephone number has: ten in Britain, without its country; at most 15 anywhere (ITU-T E.164).
_DIGITS = range(10, 16)


def _holds_contact(text: str) -> bool:
    """Whether there is an e-mail address, or what looks like a telephone number, in a text."""
    return "@" in text or any(sum(map(str.isdigit, run)) in _DIGITS for run in _NUMBERS.findall(text))


def _place(kind: Kind, said: Mapping[str, str], edited: datetime) -> _Place:
    """What the tags of `_SAYING` say, of a thing last edited then."""
    texts = {key: said[key] for key in ("description", "opening_hours", "fee")}
    safe = {key: "" if _holds_contact(text) else text for key, text in texts.items()}
    street = " ".join(filter(None, (said["addr:housenumber"], said["addr:street"] or said["addr:place"])))
    address = (said["addr:housename"], street, said["addr:suburb"], said["addr:city"])
    faith, branch = (said[key].replace("_", " ") for key in ("religion", "denomination"))
    worship = said["amenity"] == "place_of_worship" and faith not in ("", "none")
    website = said["website"]
    return _Place(
        name=said["name"],
        kind=kind.kind,
        green=kind.theme == "green_space",
        description=safe["description"],
        opening_hours=safe["opening_hours"],
        access=said["access"],
        step_free=_STEP_FREE.get(said["wheelchair"], ""),
        cost=_COST.get(safe["fee"], safe["fee"]),
        for_faith=(f"{faith} ({branch})" if branch else faith) if worship else "",
        website=website if _WEBSITE.fullmatch(website) else "",
        address=", ".join(filter(None, address)),
        postcode=said["addr:postcode"],
        last_checked=said["check_date"] or said["survey:date"],
        # A file without dates says 1970, before there was a map.
        last_edited=edited.date().isoformat() if edited.year > 1970 else "",
        scrubbed=sum(texts[key] != text for key, text in safe.items()),
    )


# A file gives a place both its assets and its green space: what was read last is kept until the file changes.
@lru_cache(maxsize=1)
def _places(path: Path, size: int, changed: int) -> gpd.GeoDataFrame:  # noqa: ARG001
    """Whatever the taxonomy has a kind for, private or not; without geometry where it is not whole."""
    buffer = _buffer(path)
    keys = osm_keys()
    kinds: dict[tuple[str | None, ...], Kind | None] = {}
    places: dict[str, _Place] = {}

    def noted(each: Node | Way | Relation) -> str:
        """The name in `places` of what has a kind, such as "way/7"; "" for anything else."""
        get = each.tags.get
        values = tuple([get(key) for key in keys])
        if values not in kinds:
            kinds[values] = kind_of_tags(
                {key: value for key, value in zip(keys, values, strict=True) if value}
            )
        kind = kinds[values]
        if kind is None:
            return ""
        osm = f"{type(each).__name__.lower()}/{each.id}"
        places[osm] = _place(kind, {key: (get(key) or "").strip() for key in _SAYING}, each.timestamp)
        return osm

    drawn: dict[str, str] = {}
    areas: list[str] = []
    members: dict[str, list[int]] = {}
    file = osmium.FileProcessor(buffer, NODE | WAY | RELATION).with_locations()
    for each in file.with_filter(KeyFilter(*keys)):
        if not isinstance(each, Node | Way | Relation) or not (osm := noted(each)):
            continue
        # A node may have no place, and a way lack some of its nodes.
        with suppress(RuntimeError, osmium.InvalidLocationError):
            if isinstance(each, Node):
                drawn[osm] = _WKB.create_point(each)
            elif isinstance(each, Way):
                drawn[osm] = _WKB.create_linestring(each)
                if each.is_closed() and each.tags.get("area") != "no":
                    areas.append(osm)
            elif each.tags.get("type") in ("multipolygon", "boundary"):
                members[osm] = [member.ref for member in each.members if member.type == "w"]
    shapes = dict(zip(drawn, shapely.from_wkb(list(drawn.values())), strict=True))

    lines = _lines(buffer, {way for ways in members.values() for way in ways}, file.node_location_storage)
    for osm, ways in members.items():
        if ways and lines.keys() >= set(ways):
            shapes[osm] = shapely.multilinestrings([lines[way] for way in ways])
            if shapes[osm].boundary.is_empty:  # every ring is closed
                areas.append(osm)
    # What does not make an area, as it crosses itself, stays a line.
    built = shapely.build_area([shapes[osm] for osm in areas])
    shapes |= {osm: area for osm, area in zip(areas, built, strict=True) if not area.is_empty}
    rows = pd.DataFrame(list(places.values()), columns=_Place._fields).assign(osm=list(places))
    return gpd.GeoDataFrame(rows, geometry=[shapes.get(osm) for osm in places], crs=4326)


def _lines(
    buffer: osmium.io.FileBuffer, wanted: set[int], nodes: LocationTable | None
) -> dict[int, shapely.Geometry]:
    """The ways of these numbers that are whole; `nodes` has the place of each node."""
    if not wanted or nodes is None:
        return {}
    places = osmium.NodeLocationsForWays(nodes)
    places.ignore_errors()
    drawn: dict[int, str] = {}
    for way in osmium.FileProcessor(buffer, WAY).with_filter(IdFilter(wanted)).with_filter(places):
        with suppress(RuntimeError, osmium.InvalidLocationError):
            if isinstance(way, Way):
                drawn[way.id] = _WKB.create_linestring(way)
    return dict(zip(drawn, shapely.from_wkb(list(drawn.values())), strict=True))


#: One way a line, with its tags and each node's number and place: w7 Thighway=path,foot=yes Nn1x-3.1y51.6,n2x-3.2y51.7
#: A relation has its members instead of nodes: r8 Ttype=multipolygon Mw7@outer,w9@inner
_OPL = "opl,add_metadata=false,locations_on_ways=true"
_AS_CSV = bytes.maketrans(b"xy,", b",,\n")

#: How much of that text is read at once, in bytes; and how many times as large as the extract it may become.
_AT_ONCE = 1 << 22
_UNPACKED = 15


@contextmanager
def _as_text(
    path: Path, size: int, *wanted: osmium._osmium.BaseFilter
) -> Iterator[tuple[osmium.io.Header, Path]]:
    """The header of an extract, and a file of text with its ways and relations that pass every filter.

    osmium writes them and numpy reads them in bulk, since an object of Python for each node would take most of the
    time.

    Raises
    ------
    OSError
        Where there is no room for the text among the temporary files: osmium would end the whole program.
    """
    places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    places.ignore_errors()
    with tempfile.TemporaryDirectory(prefix="assetmap-") as folder:
        needed, free = _UNPACKED * size, shutil.disk_usage(folder).free
        if free < needed:
            message = f"To read it takes {needed / 1e6:,.0f} MB of disk for temporary files, and {free / 1e6:,.0f} MB are free."
            raise OSError(errno.ENOSPC, message)
        text = Path(folder) / "ways.opl"
        with (
            osmium.SimpleWriter(osmium.io.File(text, _OPL)) as writer,
            osmium.io.Reader(_buffer(path), NODE | WAY | RELATION) as reader,
        ):
            osmium.apply(reader, places, EntityFilter(WAY | RELATION), *wanted, writer)
            header = reader.header()
        del places
        yield header, text


def _lines_of(text: Path) -> Iterator[list[bytes]]:
    """The lines of a file, many at a time."""
    with text.open("rb") as file:
        while lines := file.readlines(_AT_ONCE):
            yield lines


def _nodes_of(line: bytes) -> bytes:
    """The nodes of a way."""
    return line[:-1].rpartition(b" N")[2]


def _nodes(texts: Iterable[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The numbers and places (WGS84; NaN where not known) of nodes from texts such as ``n1x-3.1y51.6,n2x-3.2y51.7``."""
    text = b",".join(texts).translate(_AS_CSV, b"n")
    if not text:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 2))
    columns = {"node": pa.int64(), "lon": pa.float64(), "lat": pa.float64()}
    table = pyarrow.csv.read_csv(
        pa.BufferReader(text),
        pyarrow.csv.ReadOptions(column_names=list(columns)),
        convert_options=pyarrow.csv.ConvertOptions(column_types=columns),
    )
    lonlat = np.stack([table["lon"].to_numpy(), table["lat"].to_numpy()], axis=1)
    lonlat[(np.abs(lonlat) > (180, 90)).any(axis=1)] = np.nan
    return table["node"].to_numpy(), lonlat


def _decoded(path: Path, tags: pbf.Telling) -> pbf.Found | None:
    """What our own decoder finds, a multiple faster than osmium; None for a file that it leaves to osmium."""
    return pbf.find(path, tags) if path.name.lower().endswith(".pbf") else None


@lru_cache(maxsize=1)
def _footprint(path: Path, size: int, changed: int) -> shapely.Geometry | None:  # noqa: ARG001
    """The box of an extract that assetmap fetched; of any other the hull of its buildings, where there are enough."""
    # One corner of each is enough.
    if decoded := _decoded(path, _buildings()):
        header, lonlat = decoded.header, decoded.lonlat[decoded.node]
    else:
        with _as_text(path, size, EntityFilter(WAY), KeyFilter("building")) as (header, text):
            corners = [_nodes_of(line).partition(b",")[0] for lines in _lines_of(text) for line in lines]
        lonlat = _nodes(filter(None, corners))[1]
    box = header.box()
    if header.get("generator") == FETCHED and box.valid():
        return shapely.box(box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    found = lonlat[np.isfinite(lonlat).all(axis=1)]
    if len(found) < _ENOUGH_BUILDINGS:
        return None
    hull = shapely.convex_hull(shapely.multipoints(found))
    return hull if hull.geom_type == "Polygon" else None


def _texts(key: str, values: str) -> frozenset[bytes]:
    """A tag of each value, as osmium writes it."""
    return frozenset(f"{key}={value}".encode() for value in values.split())


#: Ways that are not there, or that no sign can open to walkers; and a ferry, which is no walk.
_NEVER_WALKED = (
    _texts(
        "highway", "abandoned construction demolished dismantled disused motorway motorway_link no planned"
    )
    | _texts("highway", "proposed razed")
    | _texts("foot", "no private use_sidepath")
    | _texts("route", "ferry")
)

#: Ways that are walked only where foot is tagged as below; among them streets whose pavement is drawn by itself.
_BARRED = frozenset().union(
    _texts("highway", "bus_guideway busway cycleway motor platform raceway rest_area services via_ferrata"),
    _texts("access", " ".join(NOT_FOR_ALL)),
    _texts("service", "private"),
    _texts("motorroad", "yes"),
    *(_texts(f"sidewalk{side}", "separate") for side in ("", ":both", ":left", ":right")),
)
_OPENED = _texts("foot", "yes designated permissive")

#: Of areas only squares are walked, along their edges: not the yards that cars cross.
_AREA = _texts("area", "yes")
_SQUARE = _texts("highway", "pedestrian footway living_street path steps corridor")

#: What decides whether a way is walked, in the order that `_is_open` asks for.
_TELLING = (_NEVER_WALKED, _BARRED, _OPENED, _AREA, _SQUARE)


@cache
def _buildings() -> pbf.Telling:
    return pbf.telling([{b"building"}], lambda building: building * pbf.FIRST)


@cache
def _streets() -> pbf.Telling:
    def role(
        never: bool, barred: bool, opened: bool, area: bool, square: bool, street: bool, multipolygon: bool
    ) -> int:
        walked = _is_open(never, barred, opened, area, square)
        edges = multipolygon and _is_open(never, barred, opened, True, square)
        return street * (pbf.COUNTED | walked * pbf.WALKED | edges * pbf.EDGES)

    return pbf.telling([*_TELLING, {b"highway"}, {b"type=multipolygon"}], role)


class Ways(NamedTuple):
    """The walkable ways of an extract, which meet at its nodes and nowhere else.

    Parameters
    ----------
    lonlat
        Where each node is, shape (nodes, 2), WGS84; NaN where the file lacks it.
    node, way
        The node at each vertex of the ways, one after another, and the number of the way that it is on.
    tagged
        How many ways have a highway tag, walkable or not.
    """

    lonlat: np.ndarray
    node: np.ndarray
    way: np.ndarray
    tagged: int


def read_osm_ways(entry: Entry) -> tuple[Ways, shapely.Geometry | None]:
    """The ways of an extract that can be walked, one that lacks nodes as far as it goes; and what the extract covers.

    Source: the walk filter of osmnx. What is decided otherwise, and why, is in docs/places.md. What it covers is in
    WGS84, and None where the extract holds nothing to tell by.
    """
    return _read(entry, _ways), _read(entry, _footprint)


def _ways(path: Path, size: int, changed: int) -> Ways:  # noqa: ARG001
    if decoded := _decoded(path, _streets()):
        way = np.repeat(np.arange(len(decoded.lengths)), decoded.lengths)
        return Ways(decoded.lonlat, decoded.node, way, decoded.counted)
    tagged = 0
    squares: set[bytes] = set()
    lengths: list[int] = []
    read = [_nodes([])]

    def walk(ways: list[bytes]) -> None:
        lengths.extend(nodes.count(b",") + 1 for nodes in ways)
        read.append(_nodes(ways))

    # Of the ways all are written: those that are the edges of squares may have no tag.
    wanted = KeyFilter("highway")
    wanted.enable_for(RELATION)
    with _as_text(path, size, wanted) as (_, text):
        for lines in _lines_of(text):
            walked = []
            for line in lines:
                if b" Thighway=" not in line and b",highway=" not in line:
                    continue
                tags = line.partition(b" T")[2].partition(b" ")[0].split(b",")
                if line.startswith(b"r"):
                    squares |= _edges(line, tags)
                    continue
                tagged += 1
                nodes = _nodes_of(line)
                if nodes and is_walked(tags):
                    walked.append(nodes)
            walk(walked)
        for lines in _lines_of(text) if squares else ():
            edges = [_nodes_of(line) for line in lines if line.partition(b" ")[0] in squares]
            walk([nodes for nodes in edges if nodes])
    numbers, lonlat = (np.concatenate(parts) for parts in zip(*read, strict=True))
    node, found = pd.factorize(numbers)
    place = np.empty((len(found), 2))
    place[node] = lonlat
    return Ways(place, node, np.repeat(np.arange(len(lengths)), lengths), tagged)


def _edges(relation: bytes, tags: list[bytes]) -> set[bytes]:
    """The ways, such as ``w7``, that are the edges of a square drawn as a relation: that has the tags, not they."""
    if b"type=multipolygon" not in tags or not is_walked([*tags, *_AREA]):
        return set()
    members = relation[:-1].rpartition(b" M")[2].split(b",")
    return {member.partition(b"@")[0] for member in members if member.startswith(b"w")}


def is_walked(tags: Iterable[bytes]) -> bool:
    """Whether a way is walked that has these tags, such as ``foot=yes``. Source: see `read_osm_ways`."""
    said = frozenset(tags)
    return _is_open(*[not said.isdisjoint(telling) for telling in _TELLING])


def _is_open(never: bool, barred: bool, opened: bool, area: bool, square: bool) -> bool:
    if never or (area and not square):
        return False
    return opened or not barred
