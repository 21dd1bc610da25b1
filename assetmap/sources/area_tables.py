"""What is known of each area: residents, deprivation, and the point its people are at."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.model import DEPRIVATION_DOMAINS
from assetmap.sources.files import require_columns
from assetmap.sources.indices import AREAS_RANKED, columns_of_index, index_of_header
from assetmap.sources.points import point_keys, points_from_columns
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import Rows, read_rows
from assetmap.sources.tables import to_numbers
from assetmap.sources.vintages import level_of_header, vintage_faults

__all__ = ["read_deprivation", "read_origins", "read_population"]

#: A point this far outside the area whose code it bears may be another area's.
_FAR_FROM_OWN_AREA_M = 1_000


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


def _some(codes: pd.Index, most: int = 5) -> str:
    listed = [str(code) for code in codes[:most]]
    return ", ".join(listed) + (" …" if len(codes) > most else "")


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
    """Deprivation of each area: ``_rank`` and ``_decile`` of every domain given (1 = most deprived).

    The columns of a published index are known by their headings; the recipe may name others. A
    table of another vintage than the boundaries is refused: about nine in ten codes would still join, and
    the rest would be lost in silence.
    """
    rows = read_rows(entry)
    entry = entry.saying(_known_by_heading(entry, rows.table, level))
    missing = [key for key in ("code", "imd_decile") if entry.get(key) is None]
    if missing:
        has = ", ".join(map(str, rows.table.columns))
        raise PlaceError(
            Problem(
                entry.file,
                f"Its headings are not those of an index that assetmap knows: no {' and no '.join(missing)}.",
                f"Name the columns in [deprivation], such as imd_decile = one of: {has[:300]}.",
            )
        )
    require_columns(entry, rows.table, ("code",))
    faults = vintage_faults(entry, level, rows.table[entry.get("code")])
    if faults:
        raise PlaceError(faults)
    given = [
        f"{domain}_{measure}"
        for domain in DEPRIVATION_DOMAINS
        for measure in _HIGHEST
        if entry.get(f"{domain}_{measure}")
    ]
    table = _by_area(entry, rows, areas, tuple(given))
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
    columns = {"imd_rank": pd.Series(pd.NA, index=areas.index, dtype="Int64")}
    for key in given:
        measure = key.rpartition("_")[2]
        values, told = _figures(entry, table, key, areas, 1, _HIGHEST[measure], whole=measure == "decile")
        # Areas that tie are ranked halfway between in some nations' tables.
        columns[key] = values if (values % 1 != 0).any() else values.astype("Int64")
        problems += told
    # The axis of columns bears the index's name, so that table and name travel together.
    deprivation = pd.DataFrame(columns).rename_axis(columns=entry.get("index", "not stated"))
    problems += _disagreements(entry, deprivation, level)
    problems += _unknown(entry, deprivation["imd_decile"], "a deprivation decile")
    return deprivation, problems, rows.rows_in


#: The largest rank and decile that can be right.
_HIGHEST = {"rank": 1_000_000, "decile": 10}


def _known_by_heading(entry: Entry, table: pd.DataFrame, level: str) -> dict[str, str]:
    """What the headings of a published index say: its columns, and which index it is."""
    headings = [str(column) for column in table.columns]
    known = columns_of_index(headings)
    made_for = [heading for heading in known.get("code", ()) if level_of_header(heading) == level]
    known |= {"code": made_for} if len(made_for) == 1 else {}
    faults = [
        Problem(
            entry.file,
            f"More than one column could be {key}: {', '.join(f'“{heading}”' for heading in could_be)}.",
            f"Say which in [deprivation], as {key} = the column; rename columns of the same name.",
        )
        for key, could_be in known.items()
        if len(could_be) > 1 and not key.endswith("_score") and entry.get(key) is None
    ]
    if faults:
        raise PlaceError(faults)
    index = index_of_header(headings)
    return {key: could_be[0] for key, could_be in known.items()} | ({"index": index} if index else {})


def _disagreements(entry: Entry, deprivation: pd.DataFrame, level: str) -> list[Problem]:
    """Deciles that are not those of their ranks, and overall ranks that two areas share."""
    problems = []
    nations = deprivation.index.to_series().str[:3]
    ranked = nations.map(lambda nation: AREAS_RANKED.get((nation, level))).astype("Float64")
    for domain in DEPRIVATION_DOMAINS:
        if not {f"{domain}_rank", f"{domain}_decile"} <= set(deprivation):
            continue
        rank, decile = (
            deprivation[f"{domain}_{measure}"].astype("Float64") for measure in ("rank", "decile")
        )
        # Where the number of areas is no multiple of ten, publishers round the border of a decile
        # either way: a rank beside it may belong to both.
        lowest, highest = np.ceil((rank - 1) * 10 / ranked), np.ceil((rank + 1) * 10 / ranked)
        odd = decile.index[~decile.between(lowest, highest).fillna(True).astype(bool)]
        if len(odd):
            first = odd[0]
            what = (
                f"{counted(len(odd), 'decile')} of {domain} not that of the rank: {_some(odd)} "
                f"(rank {rank[first]:.0f} of {ranked[first]:,.0f} is not in decile {decile[first]:.0f})."
            )
            remedy = "The decile is used as given; check the table."
            problems.append(Problem(entry.file, what, remedy, severity="note"))
    rank = deprivation["imd_rank"].dropna()
    shared = rank.index[rank.duplicated(keep=False)]
    if len(shared):
        what = f"{counted(len(shared), 'area')} with an overall rank that another has: {_some(shared)}."
        problems.append(Problem(entry.file, what, "Overall ranks differ; check the table.", severity="note"))
    return problems


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
