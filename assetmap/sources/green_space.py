"""Green space that anyone may walk into, and the ways in."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import Problem
from assetmap.sources.assets import LOAD_MARGIN_M
from assetmap.sources.files import read_shapes, require_columns
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import kind_named

__all__ = ["read_entrances", "read_green_space"]

_SQUARE_METRES_PER_HA = 10_000

#: An entrance this far from a site's edge is taken to be that site's.
_AT_THE_EDGE_M = 25


def read_green_space(
    entry: Entry, outline: gpd.GeoSeries
) -> tuple[gpd.GeoDataFrame, list[Problem], int, int]:
    """Sites open to all, indexed by ``site_id``: ``name``, ``kind``, ``area_ha``, ``geometry``.

    Golf courses, bowling greens and other sites that are not open to all are set aside and
    counted, as are sites too far away to walk to.
    """
    shapes = read_shapes(entry)
    require_columns(entry, shapes, ("kind", "name", "id"))
    rows_in = len(shapes)
    problems: list[Problem] = []
    polygons = shapes.geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.geometry.is_empty
    problems += [
        Problem(
            entry.file, "The site has no polygon.", "Draw it, or remove it.", int(row), severity="rejected"
        )
        for row in shapes.index[~polygons]
    ]
    shapes = shapes[polygons].to_crs(outline.crs)
    words = shapes[entry.get("kind")].fillna("").astype(str)
    found = {word: kind_named(word) for word in words.unique()}
    open_to_all = pd.Series(
        [(kind := found[word]) is not None and kind.theme == "green_space" for word in words],
        index=shapes.index,
    )
    closed = words[~open_to_all].value_counts()
    if len(closed):
        listed = ", ".join(f"{word or 'no kind given'} ({count})" for word, count in sorted(closed.items()))
        problems.append(
            Problem(
                entry.file,
                f"{int(closed.sum())} sites are not counted as open to all: {listed}.",
                "Nothing to do; docs/methods.md says which count.",
                severity="note",
            )
        )
    sites = shapes[open_to_all]
    sites = sites[shapely.dwithin(sites.geometry.to_numpy(), outline.iloc[0], LOAD_MARGIN_M)]
    names = (
        sites[entry.get("name")].fillna("").astype(str).str.strip()
        if entry.get("name")
        else pd.Series("", index=sites.index)
    )
    kind_of = [found[word] for word in words[sites.index]]
    identifiers = (
        sites[entry.get("id")].astype(str)
        if entry.get("id")
        else pd.Series([f"site-{row}" for row in sites.index], index=sites.index)
    )
    geometry = sites.geometry.make_valid().buffer(0)
    green = gpd.GeoDataFrame(
        {
            "name": [
                name or f"{kind.label} (name not given)"
                for name, kind in zip(names, kind_of, strict=True)
                if kind
            ],
            "kind": [kind.kind for kind in kind_of if kind],
            "area_ha": (geometry.area / _SQUARE_METRES_PER_HA).to_numpy(),
        },
        geometry=geometry.to_numpy(),
        index=pd.Index(identifiers.to_numpy(), name="site_id"),
        crs=outline.crs,
    )
    rejected = int((~polygons).sum())
    twice = green.index.duplicated()
    problems += [
        Problem(
            entry.file,
            f"The site “{site}” stands here a second time; the first is used.",
            "Remove one.",
            severity="rejected",
        )
        for site in green.index[twice]
    ]
    green = green[~twice].sort_index()
    rejected += int(twice.sum())
    return green, problems, rows_in, rows_in - len(green) - rejected


def read_entrances(
    entry: Entry, green_space: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Problem], int, int]:
    """Ways into green space on foot: ``site_id``, ``geometry`` (points).

    Entrances for motor vehicles alone are set aside, as are those of sites that are not open to all.
    Where the file does not say whose an entrance is, it is the site's whose edge is within 25 m.
    """
    shapes = read_shapes(entry)
    require_columns(entry, shapes, ("access", "site"))
    rows_in = len(shapes)
    if entry.get("access"):
        shapes = shapes[shapes[entry.get("access")].fillna("").str.strip().str.casefold() != "motor vehicle"]
    points = shapes[shapes.geometry.geom_type == "Point"].to_crs(green_space.crs)
    if entry.get("site"):
        mine = points[points[entry.get("site")].astype(str).isin(green_space.index)]
        entrances = gpd.GeoDataFrame(
            {"site_id": mine[entry.get("site")].astype(str).to_numpy()},
            geometry=mine.geometry.to_numpy(),
            crs=green_space.crs,
        )
    else:
        nearest = gpd.sjoin_nearest(
            points[["geometry"]].set_geometry("geometry"),
            green_space[["geometry"]],
            max_distance=_AT_THE_EDGE_M,
        )
        # An entrance on the border of two sites lets people into both.
        entrances = gpd.GeoDataFrame(
            {"site_id": nearest["site_id"].to_numpy()},
            geometry=nearest.geometry.to_numpy(),
            crs=green_space.crs,
        )
        mine = points.loc[points.index.isin(nearest.index)]
    return entrances, [], rows_in, rows_in - len(mine)
