"""The areas of a place: polygons with codes, each once, in metres that are true where the place is."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from shapely import make_valid

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.files import named_crs, read_shapes, require_columns
from assetmap.sources.recipe import RECIPE_NAME, Entry
from assetmap.sources.tables import as_text
from assetmap.sources.vintages import LEVEL_CODES, vintage_faults

__all__ = ["read_areas"]

_GREAT_BRITAIN = (-9.0, 49.7, 2.1, 61.0)  # degrees: west, south, east, north
_SAME_AREA_M2 = 1.0
_SMALLEST_AREA_M2 = 100.0
_EQUAL_AREA = "EPSG:6933"  # metres over the whole world, for a first look at sizes
_DISTORTION = 0.01  # of a length; the British National Grid is within 0.0004
_OVERLAP_SHARE = 0.001  # of the place; simplified boundaries overlap by slivers


def read_areas(entry: Entry, crs: str | None) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """The areas: indexed by ``area_code`` in ascending order, in a projected CRS (metres).

    Parameters
    ----------
    entry
        The recipe's ``[areas]``.
    crs
        Projected CRS that the recipe asks for; by default EPSG:27700 in Great Britain and the
        UTM zone elsewhere.
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
    faults = [*_code_faults(entry, areas["area_code"]), *_shape_faults(entry, areas)]
    if faults:
        raise PlaceError(faults)
    areas = areas.to_crs(_projected(entry, crs, areas))
    areas, mended = _mended(entry, areas)
    areas, doubles = _once_each(entry, areas)
    return areas.set_index("area_code").sort_index(), [*mended, *doubles, *_overlaps(entry, areas)]


def _code_faults(entry: Entry, codes: pd.Series) -> list[Problem]:
    level, column = str(entry.get("level")), str(entry.get("code"))
    faults = vintage_faults(entry, level, codes)
    prefix = LEVEL_CODES.get(re.sub(r"\d+$", "", level))
    strangers = codes[(codes != "") & ~codes.str.match(prefix or "")]
    if prefix and len(strangers):
        faults.append(
            Problem(
                entry.file,
                f"{counted(len(strangers), 'code')} not of {level} areas, such as “{strangers.iloc[0]}”.",
                f"Mend level or code in [areas]; codes of that level begin with {prefix.replace('|', ' or ')}.",
                column=column,
            )
        )
    blank = codes.index[codes == ""]
    if len(blank):
        what = f"{counted(len(blank), 'area')} without a code."
        faults.append(Problem(entry.file, what, "Give every area its code.", int(blank[0]), column))
    return faults


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
    total = float(areas.area.sum())
    twice = total - float(areas.union_all().area)
    if twice <= _OVERLAP_SHARE * total:
        return []
    what = f"Areas overlap: {twice / 10_000:,.1f} hectares belong to more than one."
    return [
        Problem(
            entry.file, what, "Mend the boundaries; a place there is counted in one area.", severity="note"
        )
    ]


def _projected(entry: Entry, crs: str | None, areas: gpd.GeoDataFrame) -> CRS:
    """The CRS to work in: metres that are true where the place is."""
    degrees = areas.to_crs(4326)
    west, south, east, north = degrees.total_bounds
    at_home = (
        west >= _GREAT_BRITAIN[0]
        and south >= _GREAT_BRITAIN[1]
        and east <= _GREAT_BRITAIN[2]
        and north <= _GREAT_BRITAIN[3]
    )
    if areas["area_code"].str.fullmatch(r"[EWSN]\d{8}").all() and not at_home:
        raise PlaceError(
            Problem(
                entry.file,
                "The codes are British, but the shapes are not in Britain.",
                "Check the file’s CRS, and that longitude and latitude are not swapped.",
            )
        )
    if float(areas.to_crs(_EQUAL_AREA).area.median()) < _SMALLEST_AREA_M2:
        raise PlaceError(
            Problem(
                entry.file,
                "The areas are smaller than a room; their coordinates look like degrees that are called metres.",
                'Add the true crs, such as crs = "EPSG:4326", to [areas].',
            )
        )
    if crs is None:
        return CRS.from_epsg(27700) if at_home else areas.estimate_utm_crs()
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
