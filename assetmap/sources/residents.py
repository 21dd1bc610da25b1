"""Where residents live, finer than areas; and the people just outside the place who share what is in it."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.boundaries import area_of, near
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.locate import rejected
from assetmap.sources.points import point_keys, points_from_columns
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows
from assetmap.sources.tables import to_numbers

__all__ = ["no_beyond", "no_residents", "read_beyond", "read_residents"]

#: Twice what one walks in an hour: no floating catchment in use asks for people farther away.
_BEYOND_M = 10_000

#: A point this far outside the area whose code it bears may be another area's.
_FAR_FROM_OWN_AREA_M = 1_000


def no_residents(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Where a place has but one point an area."""
    nobody = {"area_code": pd.Series(dtype=areas.index.dtype), "people": pd.Series(dtype="Float64")}
    return gpd.GeoDataFrame(nobody, geometry=gpd.GeoSeries([], crs=areas.crs))


def no_beyond(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Where a place does not tell who lives around it."""
    return no_residents(areas)[["people", "geometry"]]


def read_residents(
    entry: Entry, areas: gpd.GeoDataFrame, origins: gpd.GeoSeries
) -> tuple[gpd.GeoDataFrame, list[Problem], int, int]:
    """The points where residents live, with the area and the people of each; the problems; rows read and used.

    An area without one is measured from its own point, and that is told.
    """
    points, codes, problems, rows_in = _read(entry, areas)
    if codes is None:
        codes = area_of(points.geometry, areas)
    found = points.assign(area_code=codes)[codes.isin(areas.index)]
    if found.empty:
        raise fatal(entry, "None of its points is in an area of this place.", "Name a file of this place.")
    used = len(found)
    homes = areas.geometry.reindex(found["area_code"]).set_axis(found.index)
    astray = found.index[found.distance(homes) > _FAR_FROM_OWN_AREA_M]
    if len(astray):
        what = f"{counted(len(astray), 'point')} more than 1 km outside the own area, such as that of row {astray[0]}."
        remedy = "Check that each point belongs to its code."
        problems.append(Problem(entry.file, what, remedy, severity="note"))
    without = origins.index.difference(found["area_code"])
    if len(without):
        what = f"{counted(len(without), 'area')} without a point of residents, such as {without[0]}; the area’s own is used."
        problems.append(Problem(entry.file, what, "Add the points, if people live there.", severity="note"))
        alone = gpd.GeoDataFrame({"area_code": without, "people": 1.0}, geometry=origins[without].to_numpy())
        found = pd.concat([found, alone.set_crs(areas.crs)], ignore_index=True)
    columns = ["area_code", "people", "geometry"]
    return found[columns].reset_index(drop=True), problems, rows_in, used


def read_beyond(
    entry: Entry, areas: gpd.GeoDataFrame, outline: gpd.GeoSeries
) -> tuple[gpd.GeoDataFrame, list[Problem], int, int]:
    """The people around the place, as points; the problems; the rows read and used.

    Rows about the place's own areas are set aside, by their code or, where there is none, by where they are.
    """
    points, codes, problems, rows_in = _read(entry, areas)
    own = points.intersects(outline.iloc[0]) if codes is None else codes.isin(areas.index)
    found = points[~own & near(points.geometry, outline, _BEYOND_M)]
    if found.empty:
        what = f"None of its people live within {_BEYOND_M / 1000:g} km outside the place."
        raise fatal(entry, what, "Name a file of the areas around this place.")
    return found[["people", "geometry"]].reset_index(drop=True), problems, rows_in, len(found)


def _read(
    entry: Entry, areas: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.Series | None, list[Problem], int]:
    """Points with ``people``, in the areas' CRS; the code that each row bears, if any; problems; the rows read."""
    rows = read_rows(entry)
    require_columns(entry, rows.table, ("code", "people"))
    keys = point_keys(entry)
    if keys:
        place, faults = points_from_columns(entry, rows.table, keys[0], areas.crs)
        faults = faults.reindex(place.index[place.isna()]).fillna("It has no coordinates.")
    elif rows.shapes is not None:
        place = rows.shapes.to_crs(areas.crs).representative_point()
        faults = pd.Series("It has no shape.", index=place.index[place.isna() | place.is_empty], dtype=object)
    else:
        raise fatal(
            entry,
            f"[{entry.table}] does not say where the points are.",
            "Name the columns lon and lat, or easting and northing; or a file of shapes.",
        )
    people = pd.Series(1.0, index=place.index)
    if entry.get("people"):
        people = to_numbers(rows.table[entry.get("people")]).astype("Float64")
    uncounted = people.index[people.isna() | (people < 0)].difference(faults.index)
    problems = [
        *rows.problems,
        *rejected(entry, faults, "Mend the row, or remove it."),
        *rejected(
            entry,
            pd.Series("Its number of people is not a number from 0.", index=uncounted, dtype=object),
            "Mend the cell, or remove the row.",
            entry.get("people"),
        ),
    ]
    good = ~(place.index.isin(faults.index) | place.index.isin(uncounted))
    if not good.any():
        raise PlaceError(problems[:1] or [Problem(entry.file, "It has no rows.", "Name another file.")])
    points = gpd.GeoDataFrame({"people": people[good]}, geometry=place[good], crs=areas.crs)
    codes = rows.table.loc[points.index, entry.get("code")] if entry.get("code") else None
    return points, codes, problems, rows.rows_in
