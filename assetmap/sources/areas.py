"""Areas and what is known of each: boundaries, origins, population and deprivation."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from shapely import make_valid

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.files import (
    Rows,
    as_text,
    named_crs,
    read_rows,
    read_shapes,
    require_columns,
    to_numbers,
)
from assetmap.sources.points import point_keys, points_from_columns
from assetmap.sources.recipe import RECIPE_NAME, Entry

__all__ = ["read_areas", "read_deprivation", "read_origins", "read_population"]

#: First characters of the codes of each level (ONS, Register of Geographic Codes).
_LEVEL_CODES = {
    "oa": "E00|W00",
    "lsoa": "E01|W01",
    "msoa": "E02|W02",
    "ward": "E05|W05|S13|N08",
    "dz": "S01|N20",
    "sdz": "N21",
}

#: Level and vintage of the areas that each published index was made for, by a word and a year of its name.
_INDEX_LEVELS = (
    (r"wimd.*(2014|2019)|welsh.*(2014|2019)", "lsoa11"),
    (r"simd.*(2016|2020)|scottish.*(2016|2020)", "dz11"),
    (r"(iod|imd|indices).*(2015|2019)", "lsoa11"),
    (r"(iod|imd|indices).*2025", "lsoa21"),
)

#: English areas in each vintage (IoD2019 and IoD2025 technical reports): a whole-country table
#: gives its vintage away by its length.
_ENGLISH_AREAS = {32_844: "lsoa11", 33_755: "lsoa21"}

_GREAT_BRITAIN = (-9.0, 49.7, 2.1, 61.0)  # degrees: west, south, east, north
_SAME_AREA_M2 = 1.0
_SMALLEST_AREA_M2 = 100.0
_EQUAL_AREA = "EPSG:6933"  # metres over the whole world, for a first look at sizes
_DISTORTION = 0.01  # of a length; the British National Grid is within 0.0004
_OVERLAP_SHARE = 0.001  # of the place; simplified boundaries overlap by slivers
_HIGHEST_RANK = 1_000_000
_FAR_FROM_OWN_AREA_M = 1_000


def _level_of_header(column: str) -> str | None:
    """The level and vintage that a column's own name tells, such as "LSOA code (2011)"."""
    found = re.search(r"(oa|lsoa|msoa)\D{0,12}?(?:20)?(11|21)(?!\d)", column.casefold())
    return None if found is None else found[1] + found[2]


def _level_of_index(name: str) -> str | None:
    """The level and vintage that an index was made for, such as lsoa11 for "English IMD 2019"."""
    return next((level for sign, level in _INDEX_LEVELS if re.search(sign, name.casefold())), None)


def _vintage_faults(entry: Entry, level: str, codes: pd.Series) -> list[Problem]:
    """Every sign in the file that it was made for areas of another level or vintage."""
    signs = {
        f"the recipe says level = “{entry.get('level')}”": entry.get("level"),
        f"the column “{entry.get('code')}” says so": _level_of_header(str(entry.get("code"))),
        f"{entry.get('index')} was made for those": _level_of_index(str(entry.get("index"))),
        "it has as many English areas as that vintage": _ENGLISH_AREAS.get(
            int(codes[codes.str.match("E01")].nunique())
        ),
    }
    against = [(sign, found) for sign, found in signs.items() if found is not None and found != level]
    if not against:
        return []
    sign, found = against[0]
    return [
        Problem(
            entry.file,
            f"This table is for {found} areas ({sign}), but the boundaries are {level}.",
            f"Use a table made for {level} areas, or boundaries of {found}; joining the two would lose areas without a word.",
            column=entry.get("code"),
        )
    ]


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
    faults = _vintage_faults(entry, level, codes)
    prefix = _LEVEL_CODES.get(re.sub(r"\d+$", "", level))
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
        what + f"{_some(codes)}.",
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


def _some(codes: pd.Series | pd.Index, most: int = 5) -> str:
    listed = [str(code) for code in codes[:most]]
    return ", ".join(listed) + (" …" if len(codes) > most else "")


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


def _by_area(entry: Entry, rows: Rows, areas: gpd.GeoDataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """The rows of a table that are about these areas, indexed by area code."""
    require_columns(entry, rows.table, ("code", *keys))
    codes = rows.table[entry.get("code")]
    mine = rows.table[codes.isin(areas.index)]
    if mine.empty:
        raise PlaceError(
            Problem(
                entry.file,
                f"None of its {counted(len(rows.table), 'row')} is about an area of this place; its codes look like "
                f"“{codes.iloc[0]}”, the areas’ like “{areas.index[0]}”.",
                "Name the table for this place and this level of area.",
                column=entry.get("code"),
            )
        )
    mine = mine.set_index(codes[mine.index].rename("area_code"))
    repeated = mine.index[mine.index.duplicated()]
    if len(repeated):
        raise PlaceError(
            Problem(
                entry.file,
                f"The area {repeated[0]} stands in {int((mine.index == repeated[0]).sum())} rows.",
                f'Say in [{entry.table}] which rows to use, such as where = {{ sex = "Persons" }}, or remove the others.',
                column=entry.get("code"),
            )
        )
    return mine


def _figures(
    entry: Entry,
    table: pd.DataFrame,
    key: str,
    areas: gpd.GeoDataFrame,
    low: int,
    high: float,
    *,
    whole: bool,
) -> tuple[pd.Series, list[Problem]]:
    """A column of numbers for every area, NA where it is missing or out of bounds, which is told."""
    raw = table[entry.get(key)]
    numbers = to_numbers(raw)
    good = (numbers.between(low, high) & ((numbers % 1 == 0) | (not whole))).fillna(False).astype(bool)
    told = [
        Problem(
            entry.file,
            f"“{raw[code]}” for {code} is not a usable value.",
            "It is treated as unknown; mend the cell.",
            column=str(raw.name),
            severity="note",
        )
        for code in numbers.index[(raw != "") & ~good]
    ]
    return numbers.where(good).reindex(areas.index).rename(key), told


def _unknown(entry: Entry, values: pd.Series, what: str) -> list[Problem]:
    missing = values.index[values.isna()]
    if missing.empty:
        return []
    told = f"{len(missing)} of {counted(len(values), 'area')} without {what}: {_some(missing)}."
    return [Problem(entry.file, told, "They are shown as unknown.", severity="note")]


def read_population(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[pd.Series, list[Problem], int]:
    """Residents of each area, NA where unknown; the problems; the rows read."""
    rows = read_rows(entry)
    table = _by_area(entry, rows, areas, ("value",))
    population, told = _figures(entry, table, "value", areas, 0, np.inf, whole=False)
    problems = [*rows.problems, *told, *_unknown(entry, population, "a population")]
    return population.rename("population"), problems, rows.rows_in


def read_deprivation(
    entry: Entry, areas: gpd.GeoDataFrame, level: str
) -> tuple[pd.DataFrame, list[Problem], int]:
    """Deprivation of each area: ``imd_rank``, ``imd_decile``, ``income_decile`` (1 = most deprived).

    A table of another vintage than the boundaries is refused: about nine in ten codes would
    still join, and the rest would be lost in silence.
    """
    rows = read_rows(entry)
    require_columns(entry, rows.table, ("code",))
    faults = _vintage_faults(entry, level, rows.table[entry.get("code")])
    if faults:
        raise PlaceError(faults)
    highest = {"imd_rank": _HIGHEST_RANK, "imd_decile": 10, "income_decile": 10}
    given = tuple(key for key in highest if entry.get(key))
    table = _by_area(entry, rows, areas, given)
    nations = {code[0] for code in table.index}
    lost = [code for code in areas.index.difference(table.index) if code[0] in nations]
    if lost and not entry.get("partial", False):
        raise PlaceError(
            Problem(
                entry.file,
                f"{len(lost)} of {counted(len(areas), 'area')} have no row here, such as {lost[0]}: it may be of another "
                f"vintage than the boundaries ({level}).",
                "Use the table made for these boundaries; if it truly leaves areas out, add partial = true to [deprivation].",
                column=entry.get("code"),
            )
        )
    problems = list(rows.problems)
    columns = {}
    for key, high in highest.items():
        if key in given:
            values, told = _figures(entry, table, key, areas, 1, high, whole=True)
            columns[key] = values.astype("Int64")
            problems += told
        else:
            columns[key] = pd.Series(pd.NA, index=areas.index, dtype="Int64")
    deprivation = pd.DataFrame(columns)
    problems += _unknown(entry, deprivation["imd_decile"], "a deprivation decile")
    return deprivation, problems, rows.rows_in


def read_origins(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, list[Problem], int]:
    """One point an area to measure from, in the areas' CRS.

    An area without a point of its own is measured from a point inside its boundary, and that is told.
    """
    rows = read_rows(entry)
    keys = point_keys(entry)[0]
    table = _by_area(entry, rows, areas, keys)
    points, faults = points_from_columns(entry, table, keys, areas.crs)
    problems = [
        *rows.problems,
        *(
            Problem(entry.file, f"{code}: {fault}", "Mend the cells.", severity="note")
            for code, fault in faults.items()
        ),
    ]
    west, south, east, north = areas.total_bounds
    known = points.dropna()
    near = known.x.between(west - 5_000, east + 5_000) & known.y.between(south - 5_000, north + 5_000)
    if not near.all():
        far = known.index[~near]
        raise PlaceError(
            Problem(
                entry.file,
                f"The points of {counted(len(far), 'area')} are far from the place, such as that of {far[0]}.",
                "Check that the two columns are not swapped, and are in the units that the recipe says.",
                column=entry.get(keys[0]),
            )
        )
    astray = known.index[known.distance(areas.geometry.reindex(known.index)) > _FAR_FROM_OWN_AREA_M]
    if len(astray):
        what = f"{counted(len(astray), 'point')} more than 1 km outside the own area: {_some(astray)}."
        problems.append(
            Problem(entry.file, what, "Check that each point belongs to its code.", severity="note")
        )
    origins = points.reindex(areas.index)
    without = origins.isna()
    if without.any():
        origins = origins.where(~without, areas.geometry.representative_point())
        what = f"{counted(int(without.sum()), 'area')} without a point, such as {areas.index[without][0]}; one inside the boundary is used."
        problems.append(Problem(entry.file, what, "Add the population-weighted centroids.", severity="note"))
    return origins, problems, rows.rows_in
