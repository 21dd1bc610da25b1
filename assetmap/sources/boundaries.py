"""The areas of a place: polygons with codes, each once, in metres that are true where the place is."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from scipy.spatial import cKDTree
from shapely import make_valid

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.files import named_crs, read_shapes, require_columns
from assetmap.sources.levels import level_of_areas
from assetmap.sources.recipe import RECIPE_NAME, Entry
from assetmap.sources.tables import as_text

__all__ = ["area_of", "look_swapped", "mended_told", "near", "outline_of", "read_areas"]

#: Where British codes can be, and the CRS whose metres are true there (degrees: west, south, east, north).
_GREAT_BRITAIN = (-9.0, 49.7, 2.1, 61.0), 27700
_IRELAND = (-10.6, 51.3, -5.34, 55.5), 2157  # Irish Transverse Mercator, of both parts of the island
_SAME_AREA_M2 = 1.0
_SMALLEST_AREA_M2 = 100.0
_EQUAL_AREA = "EPSG:6933"  # metres over the whole world, for a first look at sizes
_DISTORTION = 0.01  # of a length; the British National Grid is within 0.0004
_OVERLAP_SHARE = 0.001  # of the place; simplified boundaries overlap by slivers


def read_areas(entry: Entry, crs: str | None) -> tuple[gpd.GeoDataFrame, str, list[Problem]]:
    """The areas, indexed by ``area_code`` in ascending order, in a projected CRS (metres); their level; what to tell.

    Parameters
    ----------
    entry
        The recipe's ``[areas]``; its level is recognised where it states none.
    crs
        Projected CRS that the recipe asks for; by default EPSG:27700 in Great Britain, EPSG:2157 in Ireland
        and the UTM zone elsewhere.
    """
    shapes = read_shapes(entry)
    require_columns(entry, shapes, ("code", "name"))
    codes = as_text(shapes[entry.get("code")])
    names = as_text(shapes[entry.get("name", entry.get("code"))])
    areas = gpd.GeoDataFrame(
        {"area_code": codes.astype("string"), "area_name": names.mask(names == "", codes).astype("string")},
        geometry=shapes.geometry.to_numpy(),
        crs=shapes.crs,
        index=shapes.index,
    )
    faults = [*_unnamed(entry, areas["area_code"]), *_shape_faults(entry, areas)]
    if faults:
        raise PlaceError(faults)
    level, told = level_of_areas(entry, areas["area_code"])
    areas = areas.to_crs(_projected(entry, crs, areas))
    areas, mended = _mended(entry, areas)
    areas, doubles = _once_each(entry, areas)
    problems = [*told, *mended, *doubles, *_overlaps(entry, areas)]
    return areas.set_index("area_code").sort_index(), level, problems


def _unnamed(entry: Entry, codes: pd.Series) -> list[Problem]:
    blank = codes.index[codes == ""]
    if blank.empty:
        return []
    what = f"{counted(len(blank), 'area')} without a code."
    return [Problem(entry.file, what, "Give every area its code.", int(blank[0]), entry.get("code"))]


def _shape_faults(entry: Entry, areas: gpd.GeoDataFrame) -> list[Problem]:
    polygons = areas.geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & ~areas.geometry.is_empty
    return [
        Problem(
            entry.file, "The area has no polygon.", "Boundaries must be polygons.", int(number), "geometry"
        )
        for number in areas.index[~polygons]
    ]


def _mended(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Boundaries that cross themselves, made valid; what is left of each must be a polygon."""
    bent = ~areas.geometry.is_valid
    if not bent.any():
        return areas, []
    valid = [_polygonal(make_valid(shape)) for shape in areas.geometry[bent]]
    whole = areas.set_geometry(
        areas.geometry.where(~bent, gpd.GeoSeries(valid, areas.index[bent], crs=areas.crs))
    )
    faults = _shape_faults(entry, whole)
    if faults:
        raise PlaceError(faults)
    codes = areas["area_code"][bent]
    what = f"{counted(len(codes), 'boundary that crosses itself was', 'boundaries that cross themselves were')} mended: "
    told = Problem(
        entry.file,
        f"{what}{', '.join(codes[:5])}.",
        "Nothing to do, unless they look wrong on the map.",
        severity="note",
    )
    return whole, [told]


def mended_told(entry: Entry, polygons: gpd.GeoSeries) -> list[Problem]:
    """What to tell of polygons, indexed by row, of which those that cross themselves are mended."""
    rows = polygons.index[~polygons.is_valid]
    if rows.empty:
        return []
    number = counted(len(rows), "outline that crosses itself was", "outlines that cross themselves were")
    what = f"{number} mended, such as that in row {rows[0]}."
    return [Problem(entry.file, what, "Nothing to do, unless it looks wrong on the map.", severity="note")]


def outline_of(areas: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The study area, to ask how far things are from: every area's polygons, side by side.

    They are not joined into one: for a whole country that takes minutes, and no distance hangs on it.
    """
    outline = gpd.GeoSeries(
        [shapely.multipolygons(shapely.get_parts(areas.geometry.to_numpy()))], crs=areas.crs
    )
    shapely.prepare(outline.to_numpy())
    return outline


def near(shapes: gpd.GeoSeries, outline: gpd.GeoSeries, within_m: float) -> pd.Series:
    """Which shapes stand in the study area or at most so many metres from it; a missing one does not.

    What is near a corner of an area is near. Only the others are asked of the areas' polygons, and of one by one: of a
    whole country as one shape it takes hours.
    """
    geometry, parts = shapes.to_numpy(), shapely.get_parts(outline.iloc[0])
    corners = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(parts), 0))
    xy, shape = shapely.get_coordinates(geometry, return_index=True)
    # What a projection cannot show has no finite place in it.
    numbers = np.isfinite(xy).all(axis=1)
    xy, shape = xy[numbers], shape[numbers]
    away, _ = cKDTree(corners).query(xy, distance_upper_bound=within_m)
    found = np.zeros(len(geometry), dtype=bool)
    found[shape[np.isfinite(away)]] = True
    tree = shapely.STRtree(parts)
    rest = np.flatnonzero(~found)
    found[rest[tree.query(geometry[rest], predicate="intersects")[0]]] = True
    rest = np.flatnonzero(~found)
    beside, _ = tree.query_nearest(geometry[rest], max_distance=within_m, all_matches=False)
    found[rest[beside]] = True
    return pd.Series(found, index=shapes.index)


def look_swapped(shapes: gpd.GeoSeries, outline: gpd.GeoSeries, within_m: float) -> bool:
    """Whether any shape would be near the study area, as `near` has it, if its two coordinates changed places.

    Parameters
    ----------
    shapes
        In the CRS of their file.
    outline
        The study area, in metres.
    within_m
        What counts as near, in metres.
    """
    turned = shapely.transform(shapes.to_numpy(), lambda xy: xy[:, ::-1])
    return bool(near(gpd.GeoSeries(turned, crs=shapes.crs).to_crs(outline.crs), outline, within_m).any())


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """The parts of a shape that have an area."""
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.area(parts) > 0])


def _once_each(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Each area once: the same shape told twice is one, and two shapes under one code are refused."""
    faults, problems = [], []
    twice = areas["area_code"].duplicated(keep="first")
    for number in areas.index[twice]:
        code = areas.at[number, "area_code"]
        first = areas[areas["area_code"] == code].geometry.iloc[0]
        if first.symmetric_difference(areas.geometry[number]).area > _SAME_AREA_M2:
            what = f"The code {code} stands for two different shapes."
            faults.append(
                Problem(entry.file, what, "Keep one, or join them.", int(number), entry.get("code"))
            )
        else:
            what = f"The area {code} stands here a second time; the first is used."
            problems.append(
                Problem(entry.file, what, "Remove one.", int(number), entry.get("code"), "duplicate")
            )
    if faults:
        raise PlaceError(faults)
    return areas[~twice], problems


def _overlaps(entry: Entry, areas: gpd.GeoDataFrame) -> list[Problem]:
    """How much belongs to more than one area; pair by pair, since joining a whole country takes minutes."""
    shapes = areas.geometry.to_numpy()
    # To the millimetre most neighbours only touch, which is sooner seen than how much of them is shared.
    rounded = shapely.transform(shapes, lambda xy: xy.round(3))
    one, other = shapely.STRtree(rounded).query(rounded, predicate="intersects")
    one, other = one[one < other], other[one < other]
    touching = shapely.touches(rounded[one], rounded[other])
    one, other = one[~touching], other[~touching]
    shared = shapely.intersection(shapes[one], shapes[other])
    area = shapely.area(shared)
    if area.sum() <= _OVERLAP_SHARE * float(areas.area.sum()):
        return []
    hectares = shapely.union_all(shared[area > _SAME_AREA_M2]).area / 10_000
    most = int(np.argmax(area))
    pair = " and ".join(areas["area_code"].iloc[[one[most], other[most]]])
    what = f"Areas overlap: {hectares:,.1f} hectares belong to more than one. Most of it is between {pair}."
    remedy = "Mend the boundaries, or look for areas of two vintages; a place there is counted in one area."
    return [Problem(entry.file, what, remedy, severity="note")]


def _within(bounds: np.ndarray, home: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return bool(west >= home[0] and south >= home[1] and east <= home[2] and north <= home[3])


def _projected(entry: Entry, crs: str | None, areas: gpd.GeoDataFrame) -> CRS:
    """The CRS to work in: metres that are true where the place is."""
    bounds = areas.to_crs(4326).total_bounds
    west, south, east, north = bounds
    codes = areas["area_code"]
    nations = set(codes.str[0]) if codes.str.fullmatch("[EWSN][0-9]{8}").all() else set()
    if "N" in nations and len(nations) > 1:
        what = "It holds areas of Northern Ireland and of Great Britain, and no one grid is true over both."
        raise PlaceError(Problem(entry.file, what, "Make two places of them."))
    homes = [_IRELAND, _GREAT_BRITAIN]
    if nations:
        homes = [_IRELAND if "N" in nations else _GREAT_BRITAIN]
    true_here = next((epsg for home, epsg in homes if _within(bounds, home)), None)
    if nations and true_here is None:
        whose, where = ("Northern Ireland’s", "Ireland") if "N" in nations else ("British", "Britain")
        raise PlaceError(
            Problem(
                entry.file,
                f"The codes are {whose}, but the shapes are not in {where}.",
                "Check the file’s CRS, and that longitude and latitude are not swapped.",
            )
        )
    turned = np.array([south, west, north, east])
    if crs is None and true_here is None and _within(turned, _GREAT_BRITAIN[0]):
        raise PlaceError(
            Problem(
                entry.file,
                "Longitude and latitude look swapped: the other way round the shapes are in or near Britain.",
                "Swap them; or, if the place is truly in the Indian Ocean, name a projected crs in [place].",
            )
        )
    if float(areas.to_crs(_EQUAL_AREA).area.median()) < _SMALLEST_AREA_M2:
        raise PlaceError(
            Problem(
                entry.file,
                "Most of its areas are smaller than a room.",
                "Name a file of neighbourhoods; or, if this is one, add the true crs to [areas].",
            )
        )
    if crs is None:
        return areas.estimate_utm_crs() if true_here is None else CRS.from_epsg(true_here)
    projected = named_crs(Entry("place", {"crs": crs}, entry.folder), crs)
    if not projected.is_projected or projected.axis_info[0].unit_conversion_factor != 1:
        raise PlaceError(
            Problem(RECIPE_NAME, f"[place] crs “{crs}” is not in metres.", "Name a projected CRS in metres.")
        )
    x, y = Transformer.from_crs(4326, projected, always_xy=True).transform([west, east], [south, north])
    measured = float(np.hypot(x[1] - x[0], y[1] - y[0]))
    _, _, true = Geod(ellps="WGS84").inv(west, south, east, north)
    if not abs(measured / true - 1) <= _DISTORTION:
        raise PlaceError(
            Problem(
                RECIPE_NAME,
                f"[place] crs “{crs}” stretches distances here by {abs(measured / true - 1):.0%}.",
                "Name a CRS made for this part of the world, or leave the line out.",
            )
        )
    return projected


def area_of(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """The code of the area that each point stands in, NA for none; of those on a shared border, the first by code."""
    tree, polygons = shapely.STRtree(points.to_numpy()), areas.geometry.to_numpy()

    def inside(some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        area, point = tree.query(polygons[some], predicate="intersects")
        return some[area], point

    # Shapely lets other threads work meanwhile.
    threads = os.cpu_count() or 1
    first = np.full(len(points), len(areas))
    with ThreadPoolExecutor(threads) as pool:
        for area, point in pool.map(inside, np.array_split(np.arange(len(areas)), threads)):
            np.minimum.at(first, point, area)
    codes = areas.index.to_series(index=range(len(areas)))
    return codes.reindex(first).set_axis(points.index)
