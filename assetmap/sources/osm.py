"""Assets and green space from an OpenStreetMap extract, read from the file without a network.

GDAL assembles areas from ways and multipolygon relations, and reads the tags that ``osm.ini`` names: no telephone
number, e-mail address or other contact is among them.
"""

from __future__ import annotations

import bz2
import tempfile
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from assetmap.errors import Problem
from assetmap.sources.files import fatal, file_bytes
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import kind_of_tags, osm_keys

__all__ = ["OSM_COLUMNS", "Extract", "read_osm", "read_osm_ways"]

#: What the columns of an extract mean, in the recipe's words.
OSM_COLUMNS = {"title": "name", "kind_column": "kind", "detail": "opening_hours"}

_NOT_FOR_ALL = ("private", "no", "permit", "residents", "members", "military")

#: Fewer buildings than this say nothing of where an extract was cut.
_ENOUGH_BUILDINGS = 20


class Extract(NamedTuple):
    """What an extract holds for one table of the recipe.

    Parameters
    ----------
    rows
        ``name``, ``kind``, ``opening_hours``, ``osm`` (such as "way/7"), ``geometry`` (points and polygons, WGS84).
    problems
        What there is to tell.
    private
        How many places were set aside because not everyone may go there.
    footprint
        What the extract covers, WGS84; None where it holds no building to tell by.
    """

    rows: gpd.GeoDataFrame
    problems: list[Problem]
    private: int
    footprint: shapely.Geometry | None


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
    parts = _layers(entry, ("points", "multipolygons"))
    parts[0]["osm"] = "node/" + parts[0]["osm_id"].astype("string")
    ways = "way/" + parts[1]["osm_way_id"].astype("string")
    parts[1]["osm"] = ways.fillna("relation/" + parts[1]["osm_id"].astype("string"))
    rows, problems, private = _with_kinds(
        entry, gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4326)
    )
    return Extract(rows, problems, private, _footprint(parts[1]))


def _footprint(polygons: gpd.GeoDataFrame) -> shapely.Geometry | None:
    """The hull of an extract's buildings; None where they are too few to tell."""
    buildings = polygons.geometry[polygons["building"].notna() & polygons.geometry.notna()]
    hull = shapely.convex_hull(shapely.multipoints(shapely.centroid(buildings.to_numpy())))
    return hull if len(buildings) >= _ENOUGH_BUILDINGS and hull.geom_type == "Polygon" else None


def _layers(entry: Entry, layers: tuple[str, ...]) -> list[gpd.GeoDataFrame]:
    """Layers of an extract as GDAL reads them.

    Raises
    ------
    PlaceError
        Where the file is missing, empty, cut short or of another type.
    """
    content = file_bytes(entry)
    with tempfile.TemporaryDirectory() as folder:
        path = entry.path
        if path.suffix.lower() == ".bz2":
            path = Path(folder) / "extract.osm"
            try:
                path.write_bytes(bz2.decompress(content))
            except (OSError, ValueError):
                raise fatal(entry, "The bz2 file is cut short or damaged.", "Download it again.") from None
        with resources.as_file(resources.files("assetmap.sources") / "osm.ini") as tags:
            try:
                return [
                    pyogrio.read_dataframe(path, layer=layer, CONFIG_FILE=str(tags), on_invalid="ignore")
                    for layer in layers
                ]
            except Exception:  # noqa: BLE001 - GDAL raises many types, all of which mean this
                raise fatal(
                    entry,
                    "It cannot be read as an OpenStreetMap extract; it may be cut short or of another type.",
                    "Download it again.",
                ) from None


#: Ways that nobody walks along, as the walk filter of osmnx has them.
_NOT_WALKED = (
    "abandoned bus_guideway construction corridor cycleway elevator escalator motor motorway motorway_link no planned "
    "platform proposed raceway razed rest_area services busway demolished dismantled disused via_ferrata".split()
)

#: Ways that are not there, or that no sign can open to walkers.
_NEVER_WALKED = "abandoned construction demolished dismantled disused motorway motorway_link no planned proposed razed".split()


def read_osm_ways(entry: Entry) -> tuple[gpd.GeoDataFrame, int, shapely.Geometry | None]:
    """The ways of an extract that can be walked (lines, WGS84), how many ways have a highway tag, and the footprint.

    Motorways, ways not built and ways closed to walkers are left out; ``foot=yes`` opens what is private or a
    cycleway. Source: the walk filter of osmnx.
    """
    lines, polygons = _layers(entry, ("lines", "multipolygons"))
    ways = lines[lines["highway"].notna() & lines.geometry.notna()]
    invited = ways["foot"].isin(["yes", "designated", "permissive"])
    barred = (
        ways["highway"].isin(_NOT_WALKED)
        | ways["access"].isin(_NOT_FOR_ALL)
        | (ways["service"] == "private")
        | (ways["area"] == "yes")
        | (ways["motorroad"] == "yes")
    )
    never = ways["highway"].isin(_NEVER_WALKED)
    closed = ways["foot"].isin(["no", "private", "use_sidepath"])
    return ways[(~barred | invited) & ~never & ~closed], len(ways), _footprint(polygons)


def _with_kinds(entry: Entry, shapes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem], int]:
    keys = list(osm_keys())
    tagged = shapes.rename(columns={"garden_type": "garden:type"})
    tags = tagged[keys].astype(object)
    tagged = tagged[tags.notna().any(axis=1) & tagged.geometry.notna()]
    combinations = tags.loc[tagged.index].fillna("").apply(tuple, axis=1)
    known = {each: kind_of_tags(dict(zip(keys, each, strict=True))) for each in combinations.unique()}
    kind = combinations.map(known)
    # Green space is its own layer, with its own rules; a list of assets leaves it out.
    green = kind.map(lambda each: each is not None and each.theme == "green_space")
    wanted = kind.notna() & (green if entry.table == "green_space" else ~green)
    private = wanted & tagged["access"].isin(_NOT_FOR_ALL)
    found = tagged[wanted & ~private]
    problems = []
    if private.any():
        problems.append(
            Problem(
                entry.file,
                f"Marked as private or not for everyone, and left out: {int(private.sum()):,} of {int(wanted.sum()):,}.",
                "Nothing to do, unless the tag access is wrong.",
                severity="note",
            )
        )
    rows = found[["name", "opening_hours", "osm"]].assign(kind=kind[found.index].map(lambda each: each.kind))
    numbered = rows.set_index(pd.RangeIndex(1, len(rows) + 1))
    frame = gpd.GeoDataFrame(numbered, geometry=found.geometry.to_numpy(), crs=shapes.crs)
    return frame, problems, int(private.sum())
