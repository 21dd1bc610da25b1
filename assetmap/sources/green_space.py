"""Green space that anyone may walk into, and the ways in."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import Problem, counted
from assetmap.sources.assets import LOAD_MARGIN_M
from assetmap.sources.files import read_shapes, require_columns
from assetmap.sources.osm import read_osm
from assetmap.sources.recipe import Entry, is_osm
from assetmap.sources.tables import as_text
from assetmap.taxonomy import kind_named

__all__ = ["read_entrances", "read_green_space"]

_SQUARE_METRES_PER_HA = 10_000

#: An entrance this far from a site's edge is taken to be that site's.
_AT_THE_EDGE_M = 25

#: An entrance that says whose it is and is farther from that site than this is a mistake.
_ASTRAY_M = 100


def read_green_space(
    entry: Entry, outline: gpd.GeoSeries
) -> tuple[gpd.GeoDataFrame, list[Problem], int, shapely.Geometry | None]:
    """Sites open to all, indexed by ``site_id``: ``name``, ``kind``, ``area_ha``, ``geometry``.

    Golf courses, bowling greens and other sites that are not open to all are set aside and
    counted, as are sites too far away to walk to. Then come the problems, the rows read, and what the file
    covers, where it tells.
    """
    problems: list[Problem] = []
    aside, footprint = 0, None
    if is_osm(entry.file):
        shapes, problems, aside, covered = read_osm(entry)
        if covered is not None:
            footprint = gpd.GeoSeries([covered], crs=shapes.crs).to_crs(outline.crs).iloc[0]
        entry = entry.saying({"kind": "kind", "name": "name", "id": "osm"})
    else:
        shapes = read_shapes(entry)
    require_columns(entry, shapes, ("kind", "name", "id"))
    rows_in = len(shapes) + aside
    polygons = shapes.geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.geometry.is_empty
    problems += [
        Problem(
            entry.file, "The site has no polygon.", "Draw it, or remove it.", int(row), severity="rejected"
        )
        for row in shapes.index[~polygons]
    ]
    shapes = shapes[polygons].to_crs(outline.crs)
    words = as_text(shapes[entry.get("kind")])
    found = {
        word: kind for word in words.unique() if (kind := kind_named(word)) and kind.theme == "green_space"
    }
    closed = words[~words.isin(found)].value_counts()
    if len(closed):
        listed = ", ".join(f"{word or 'no kind given'} ({count})" for word, count in sorted(closed.items()))
        what = f"{counted(int(closed.sum()), 'site')} not counted as open to all: {listed}."
        problems.append(
            Problem(entry.file, what, "Nothing to do; docs/methods.md says which count.", severity="note")
        )
    sites = shapes[words.isin(found) & shapes.dwithin(outline.iloc[0], LOAD_MARGIN_M)]
    kind = words[sites.index].map(found)
    name = (
        as_text(sites[entry.get("name")])
        if entry.get("name")
        else pd.Series("", index=sites.index, dtype=object)
    )
    number = pd.Series([f"site-{row}" for row in sites.index], index=sites.index, dtype=object)
    identifier = as_text(sites[entry.get("id")]) if entry.get("id") else number
    geometry = sites.geometry.make_valid().buffer(0)
    green = gpd.GeoDataFrame(
        {
            "name": name.where(name != "", kind.map(lambda each: f"{each.label} (name not given)")),
            "kind": kind.map(lambda each: each.kind),
            "area_ha": geometry.area / _SQUARE_METRES_PER_HA,
        },
        geometry=geometry,
        crs=outline.crs,
    ).set_index(identifier.where(identifier != "", number).rename("site_id"))
    twice = green.index.duplicated()
    problems += [
        Problem(
            entry.file,
            f"The site “{site}” stands here a second time; the first is used.",
            "Remove one, or give each its own identifier.",
            int(row),
            severity="duplicate",
        )
        for site, row in zip(green.index[twice], sites.index[twice], strict=True)
    ]
    return green[~twice].sort_index(), problems, rows_in, footprint


def read_entrances(
    entry: Entry, green_space: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Problem], int, int]:
    """Ways into green space on foot: ``site_id``, ``geometry`` (points); problems; rows read; rows used.

    Entrances for motor vehicles alone are set aside, as are those of sites that are not open to all.
    Where the file does not say whose an entrance is, it is the site's whose edge is within 25 m.
    """
    shapes = read_shapes(entry)
    require_columns(entry, shapes, ("access", "site"))
    rows_in = len(shapes)
    points = shapes.geometry.geom_type.isin(["Point", "MultiPoint"]) & ~shapes.geometry.is_empty
    problems = [
        Problem(
            entry.file,
            "The entrance is not a point.",
            "Entrances must be points.",
            int(row),
            severity="rejected",
        )
        for row in shapes.index[~points]
    ]
    shapes = shapes[points].to_crs(green_space.crs)
    if entry.get("access"):
        shapes = shapes[as_text(shapes[entry.get("access")]).str.casefold() != "motor vehicle"]
    doors = shapes[["geometry"] if not entry.get("site") else [entry.get("site"), "geometry"]].explode()
    if entry.get("site"):
        doors = doors.assign(site_id=as_text(doors[entry.get("site")]))
        doors = doors[doors["site_id"].isin(green_space.index)]
        away = doors.distance(green_space.geometry.reindex(doors["site_id"]).set_axis(doors.index, axis=0))
        astray = doors.index[away > _ASTRAY_M].unique()
        problems += [
            Problem(
                entry.file,
                f"The entrance is more than {_ASTRAY_M} m from its site.",
                "Mend its place, or whose it is.",
                int(row),
                severity="rejected",
            )
            for row in astray
        ]
        doors = doors.drop(index=astray)
    else:
        # An entrance on the border of two sites lets people into both.
        doors = doors.sjoin_nearest(green_space[["geometry"]], max_distance=_AT_THE_EDGE_M)
    if doors.empty:
        what = "None of the entrances is one of a site that is open to all."
        problems.append(
            Problem(
                entry.file,
                what,
                "Sites are reached by their edge instead; check access and site.",
                severity="note",
            )
        )
    entrances = gpd.GeoDataFrame(
        {"site_id": doors["site_id"].to_numpy()}, geometry=doors.geometry.to_numpy(), crs=green_space.crs
    )
    return entrances, problems, rows_in, doors.index.nunique()
