"""Assets and green space from an OpenStreetMap extract, read from the file without a network.

Of the tags only those in `tags_read` are looked up, and for streets the few that say who may walk there: no telephone
number, e-mail address or other contact is among them.
"""

from __future__ import annotations

import bz2
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeVar

import geopandas as gpd
import osmium
import pandas as pd
import shapely
from osmium.filter import EntityFilter, IdFilter, KeyFilter
from osmium.index import LocationTable
from osmium.osm import NODE, RELATION, WAY, Node, Relation, TagList, Way

from assetmap.errors import Problem, counted
from assetmap.sources.files import fatal, file_bytes
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import Kind, kind_of_tags, osm_keys

__all__ = [
    "FETCHED",
    "NOT_FOR_ALL",
    "OSM_COLUMNS",
    "Extract",
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
    except (EOFError, OSError, RuntimeError, UnicodeDecodeError):
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


def _in(file: osmium.FileProcessor, key: str) -> Iterator[Way]:
    """The ways of a file that have a tag."""
    file = file.with_filter(EntityFilter(WAY)).with_filter(KeyFilter(key))
    return (each for each in file if isinstance(each, Way))


@lru_cache(maxsize=1)
def _footprint(path: Path, size: int, changed: int) -> shapely.Geometry | None:  # noqa: ARG001
    """The hull of an extract's buildings; None where they are too few to tell."""
    file = osmium.FileProcessor(_buffer(path), NODE | WAY).with_locations()
    box = file.header.box()
    if file.header.get("generator") == FETCHED and box.valid():
        return shapely.box(box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    # One corner of each is enough.
    corners = [way.nodes[0].location for way in _in(file, "building") if len(way.nodes)]
    found = [(corner.lon, corner.lat) for corner in corners if corner.valid()]
    if len(found) < _ENOUGH_BUILDINGS:
        return None
    hull = shapely.convex_hull(shapely.multipoints(found))
    return hull if hull.geom_type == "Polygon" else None


#: Ways that nobody walks along, as the walk filter of osmnx has them.
_NOT_WALKED = frozenset(
    "abandoned bus_guideway construction corridor cycleway elevator escalator motor motorway motorway_link no planned "
    "platform proposed raceway razed rest_area services busway demolished dismantled disused via_ferrata".split()
)

#: Ways that are not there, or that no sign can open to walkers.
_NEVER_WALKED = frozenset(
    "abandoned construction demolished dismantled disused motorway motorway_link no planned proposed razed".split()
)


def read_osm_ways(entry: Entry) -> tuple[gpd.GeoDataFrame, int, shapely.Geometry | None]:
    """The ways of an extract that can be walked (lines, WGS84), how many ways have a highway tag, and the footprint.

    Motorways, ways not built and ways closed to walkers are left out; ``foot=yes`` opens what is private or a
    cycleway. Source: the walk filter of osmnx. A way that lacks nodes is kept as far as it goes.
    """
    ways, number = _read(entry, _ways)
    return ways, number, _read(entry, _footprint)


def _ways(path: Path, size: int, changed: int) -> tuple[gpd.GeoDataFrame, int]:  # noqa: ARG001
    number, highways, lines = 0, [], []
    for way in _in(osmium.FileProcessor(_buffer(path), NODE | WAY).with_locations(), "highway"):
        number += 1
        if not _is_walked(way.tags):
            continue
        try:
            lines.append(shapely.from_wkb(_WKB.create_linestring(way)))
        except (RuntimeError, osmium.InvalidLocationError):
            lines.append(_as_far_as_it_goes(way))
        highways.append(way.tags["highway"])
    return gpd.GeoDataFrame({"highway": highways}, geometry=lines, crs=4326), number


def _is_walked(tags: TagList) -> bool:
    highway, foot = tags.get("highway"), tags.get("foot")
    if highway in _NEVER_WALKED or foot in ("no", "private", "use_sidepath") or tags.get("area") == "yes":
        return False
    barred = (
        highway in _NOT_WALKED
        or tags.get("access") in NOT_FOR_ALL
        or tags.get("service") == "private"
        or tags.get("motorroad") == "yes"
    )
    return not barred or foot in ("yes", "designated", "permissive")


def _as_far_as_it_goes(way: Way) -> shapely.MultiLineString:
    """The stretches of a way between the nodes that the file lacks."""
    there = groupby((node.location for node in way.nodes), key=lambda location: location.valid())
    stretches = [[(each.lon, each.lat) for each in stretch] for valid, stretch in there if valid]
    return shapely.MultiLineString([each for each in stretches if len(each) > 1])
