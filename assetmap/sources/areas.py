"""Areas and what is known of each: boundaries, origins, population and deprivation."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely import make_valid

from assetmap.errors import PlaceError, Problem
from assetmap.sources.files import Rows, read_rows, read_shapes, require_columns, to_numbers
from assetmap.sources.recipe import Entry

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

#: Level and vintage that each published index was made for.
_INDEX_LEVELS = {
    "iod2025": "lsoa21",
    "iod2019": "lsoa11",
    "iod2015": "lsoa11",
    "wimd2019": "lsoa11",
    "simd2020": "dz11",
}

#: English areas in each vintage (IoD2019 and IoD2025 technical reports): a whole-country table
#: gives its vintage away by its length.
_ENGLISH_AREAS = {32_844: "lsoa11", 33_755: "lsoa21"}

_GREAT_BRITAIN = (-9.0, 49.7, 2.1, 61.0)  # degrees: west, south, east, north
_SAME_AREA_M2 = 1.0


def _level_of_header(column: str) -> str | None:
    """The level and vintage that a column's own name tells, such as "LSOA code (2011)"."""
    found = re.search(r"(oa|lsoa|msoa)\D{0,12}?(?:20)?(11|21)(?!\d)", column.casefold())
    return None if found is None else found[1] + found[2]


def _vintage_faults(entry: Entry, level: str, codes: pd.Series) -> list[Problem]:
    """Every sign in the file that it was made for areas of another level or vintage."""
    signs = {
        f"the recipe says level = “{entry.get('level')}”": entry.get("level"),
        f"the column “{entry.get('code')}” says so": _level_of_header(str(entry.get("code"))),
        f"{entry.get('index')} was made for those": _INDEX_LEVELS.get(
            str(entry.get("index")).casefold().replace(" ", "")
        ),
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
    level = str(entry.get("level"))
    code_column, name_column = entry.get("code"), entry.get("name", entry.get("code"))
    areas = gpd.GeoDataFrame(
        {
            "area_code": shapes[code_column].astype("string").str.strip(),
            "area_name": shapes[name_column].astype("string").str.strip(),
        },
        geometry=shapes.geometry.to_numpy(),
        crs=shapes.crs,
        index=shapes.index,
    )
    faults = _vintage_faults(entry, level, areas["area_code"].fillna(""))
    prefix = _LEVEL_CODES.get(re.sub(r"\d+$", "", level))
    strangers = areas["area_code"][~areas["area_code"].fillna("").str.match(prefix or "")]
    if prefix and len(strangers):
        faults.append(
            Problem(
                entry.file,
                f"{len(strangers)} codes are not those of {level} areas, such as “{strangers.iloc[0]}”.",
                f"Mend level or code in [areas]; codes of that level begin with {prefix.replace('|', ' or ')}.",
                column=code_column,
            )
        )
    blank = areas["area_code"].fillna("") == ""
    if blank.any():
        faults.append(
            Problem(
                entry.file,
                f"{int(blank.sum())} areas have no code.",
                "Give every area its code.",
                int(areas.index[blank][0]),
                code_column,
            )
        )
    polygons = areas.geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & ~areas.geometry.is_empty
    for number in areas.index[~polygons]:
        faults.append(
            Problem(
                entry.file,
                "The area has no polygon.",
                "Boundaries must be polygons.",
                int(number),
                "geometry",
            )
        )
    if faults:
        raise PlaceError(faults)

    problems = []
    areas = areas.to_crs(_projected(crs, areas))
    bent = ~areas.geometry.is_valid
    if bent.any():
        areas.loc[bent, "geometry"] = [make_valid(shape) for shape in areas.geometry[bent]]
        problems.append(
            Problem(
                entry.file,
                f"{int(bent.sum())} boundaries cross themselves and were mended: {', '.join(areas.loc[bent, 'area_code'][:5])}.",
                "Nothing to do, unless they look wrong on the map.",
                severity="note",
            )
        )
    twice = areas["area_code"].duplicated(keep="first")
    for number in areas.index[twice]:
        code = areas.at[number, "area_code"]
        first = areas[areas["area_code"] == code].iloc[0]
        if first.geometry.symmetric_difference(areas.at[number, "geometry"]).area > _SAME_AREA_M2:
            faults.append(
                Problem(
                    entry.file,
                    f"The code {code} stands for two different shapes.",
                    "Keep one, or join them.",
                    int(number),
                    code_column,
                )
            )
        else:
            problems.append(
                Problem(
                    entry.file,
                    f"The area {code} stands here a second time; the first is used.",
                    "Remove one.",
                    int(number),
                    code_column,
                    "rejected",
                )
            )
    if faults:
        raise PlaceError(faults)
    return areas[~twice].set_index("area_code").sort_index(), problems


def _projected(crs: str | None, areas: gpd.GeoDataFrame) -> CRS:
    if crs is None:
        west, south, east, north = areas.to_crs(4326).total_bounds
        at_home = (
            west >= _GREAT_BRITAIN[0]
            and south >= _GREAT_BRITAIN[1]
            and east <= _GREAT_BRITAIN[2]
            and north <= _GREAT_BRITAIN[3]
        )
        return CRS.from_epsg(27700) if at_home else areas.estimate_utm_crs()
    try:
        projected = CRS.from_user_input(crs)
    except CRSError:
        raise PlaceError(
            Problem("place.toml", f"[place] crs “{crs}” is not a known CRS.", 'Write it like "EPSG:27700".')
        ) from None
    if not projected.is_projected or projected.axis_info[0].unit_conversion_factor != 1:
        raise PlaceError(
            Problem("place.toml", f"[place] crs “{crs}” is not in metres.", "Name a projected CRS in metres.")
        )
    return projected


def _by_area(
    entry: Entry, rows: Rows, areas: gpd.GeoDataFrame, keys: tuple[str, ...]
) -> tuple[pd.DataFrame, list[Problem], int]:
    """The rows of a table that are about these areas, indexed by area code, and how many rows were read."""
    table, problems, rows_in = rows
    require_columns(entry, table, ("code", *keys))
    codes = table[entry.get("code")]
    mine = table[codes.isin(areas.index)]
    if mine.empty:
        raise PlaceError(
            Problem(
                entry.file,
                f"None of its {len(table):,} rows is about an area of this place; its codes look like “{codes.iloc[0]}”, the areas’ like “{areas.index[0]}”.",
                "Name the table for this place and this level of area.",
                column=entry.get("code"),
            )
        )
    repeated = mine[entry.get("code")].duplicated()
    if repeated.any():
        code = mine.loc[repeated, entry.get("code")].iloc[0]
        raise PlaceError(
            Problem(
                entry.file,
                f"The area {code} stands in {int((mine[entry.get('code')] == code).sum())} rows.",
                f'Say in [{entry.table}] which rows to use, such as where = {{ sex = "Persons" }}, or remove the others.',
                column=entry.get("code"),
            )
        )
    return mine.set_index(entry.get("code")), problems, rows_in


def _unread(entry: Entry, raw: pd.Series, numbers: pd.Series, good: pd.Series) -> list[Problem]:
    """A problem for each value that is there and cannot be used."""
    return [
        Problem(
            entry.file,
            f"“{raw[code]}” for {code} is not a usable value.",
            "It is treated as unknown; mend the cell.",
            column=str(raw.name),
            severity="note",
        )
        for code in numbers.index[(raw != "") & ~good.fillna(False)]
    ]


def read_population(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[pd.Series, list[Problem], int]:
    """Residents of each area, NA where unknown."""
    table, problems, rows_in = _by_area(entry, read_rows(entry), areas, ("value",))
    raw = table[entry.get("value")]
    numbers = to_numbers(raw)
    good = numbers >= 0
    problems += _unread(entry, raw, numbers, good)
    population = numbers.where(good.fillna(False)).reindex(areas.index).rename("population")
    return population, problems + _unknown(entry, population), rows_in


def _unknown(entry: Entry, values: pd.Series) -> list[Problem]:
    missing = values.index[values.isna()]
    if missing.empty:
        return []
    return [
        Problem(
            entry.file,
            f"{len(missing)} of {len(values)} areas have no {values.name}: {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}.",
            "They are shown as unknown.",
            severity="note",
        )
    ]


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
    keys = tuple(key for key in ("imd_rank", "imd_decile", "income_decile") if entry.get(key))
    table, problems, rows_in = _by_area(entry, rows, areas, keys)
    missing = areas.index.difference(table.index)
    nations = {code[0] for code in table.index}
    lost = [code for code in missing if code[0] in nations]
    if lost and not entry.get("partial", False):
        raise PlaceError(
            Problem(
                entry.file,
                f"{len(lost)} of {len(areas)} areas have no row here, such as {lost[0]}: it may be of another vintage than the boundaries ({level}).",
                "Use the table made for these boundaries; if it truly leaves areas out, add partial = true to [deprivation].",
                column=entry.get("code"),
            )
        )
    columns = {}
    for key in ("imd_rank", "imd_decile", "income_decile"):
        if key not in keys:
            columns[key] = pd.Series(pd.NA, index=areas.index, dtype="Int64")
            continue
        raw = table[entry.get(key)]
        numbers = to_numbers(raw)
        highest = np.inf if key.endswith("rank") else 10
        good = (numbers >= 1) & (numbers <= highest) & (numbers % 1 == 0)
        problems += _unread(entry, raw, numbers, good)
        columns[key] = numbers.where(good.fillna(False)).astype("Int64").reindex(areas.index)
    deprivation = pd.DataFrame(columns)
    return (
        deprivation,
        problems + _unknown(entry, deprivation["imd_decile"].rename("deprivation decile")),
        rows_in,
    )


def read_origins(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, list[Problem], int]:
    """One point an area to measure from, in the areas' CRS.

    An area without a point of its own is measured from a point inside its boundary, and that is told.
    """
    keys = ("easting", "northing") if entry.get("easting") else ("lon", "lat")
    if entry.get(keys[0]) is None:
        raise PlaceError(
            Problem(
                "place.toml",
                "[origins] does not say where the points are.",
                "Name the columns lon and lat, or easting and northing.",
            )
        )
    table, problems, rows_in = _by_area(entry, read_rows(entry), areas, keys)
    x, y = (to_numbers(table[entry.get(key)]) for key in keys)
    problems += _unread(entry, table[entry.get(keys[0])], x, x.notna())
    known = x.notna() & y.notna()
    source_crs = 27700 if keys[0] == "easting" else 4326
    points = gpd.GeoSeries(
        gpd.points_from_xy(x[known].astype(float), y[known].astype(float)),
        index=table.index[known],
        crs=source_crs,
    ).to_crs(areas.crs)
    west, south, east, north = areas.total_bounds
    near = points.x.between(west - 5_000, east + 5_000) & points.y.between(south - 5_000, north + 5_000)
    if not near.all():
        raise PlaceError(
            Problem(
                entry.file,
                f"The point of {points.index[~near][0]} is far from the place, as are {int((~near).sum()) - 1} more.",
                "Check that the two columns are not swapped, and are in the units that the recipe says.",
                column=entry.get(keys[0]),
            )
        )
    origins = points.reindex(areas.index)
    without = origins.isna()
    if without.any():
        origins = origins.where(~without, areas.geometry.representative_point())
        problems.append(
            Problem(
                entry.file,
                f"{int(without.sum())} areas have no point, such as {areas.index[without][0]}; one inside their boundary is used.",
                "Add their population-weighted centroids.",
                severity="note",
            )
        )
    return origins, problems, rows_in
