"""Neighbourhoods of people's own making, such as an estate or a patch: drawn, or listed by postcode or by area code.

Each is made up of the place's areas, the smallest that it has figures for. A drawn line takes in the areas whose
people's point lies inside it, whole: the best fit by which the Office for National Statistics builds every geography
above output areas. A list of postcodes, or ``by = "postcodes"`` for a line, takes in a share of each area: as many of
its postcodes as are listed or lie inside, every postcode counting the same: rough where some are blocks of flats, and
others farms or firms.

Source: ONS (2012), An overview of best-fitting: building 2011 Census estimates from Output Areas.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.boundaries import mended_told
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.locate import plain_postcode, rejected
from assetmap.sources.recipe import RECIPE_NAME, Entry
from assetmap.sources.rows import Rows, read_rows
from assetmap.sources.tables import to_numbers
from assetmap.sources.vintages import other_vintage

__all__ = ["NEIGHBOURHOOD_MEMBERS", "read_neighbourhoods"]

#: The columns of a table that says of which areas each neighbourhood is made up.
NEIGHBOURHOOD_MEMBERS = ("list", "neighbourhood", "area_code", "share", "method")

_WAYS = ("points", "postcodes")
_INSIDE = "areas whose people’s point lies inside the line, whole"
_LISTED = "areas as listed"
_BY_POSTCODE = "each area by the share of its postcodes that {}, every postcode counting the same"

#: Where less than this of what an outline and its areas hold is in both, that is told.
_FOLLOWS = 0.8

#: Shares that add up to more than this are of neighbourhoods that overlap, and not of rounding.
_WHOLE = 1.001


def read_neighbourhoods(
    entry: Entry,
    level: str,
    areas: gpd.GeoDataFrame,
    origins: gpd.GeoSeries,
    postcodes: gpd.GeoSeries | None,
) -> tuple[pd.DataFrame, list[Problem], int, int]:
    """Of which areas each neighbourhood of one list is made up; the problems; the rows read and used.

    Rows that name the same neighbourhood belong to one.

    Parameters
    ----------
    entry
        One of the recipe's ``[[neighbourhoods]]``.
    level
        Level and vintage of the areas.
    areas, origins
        The areas of the place, and the point of each one's people.
    postcodes
        Points by postcode (upper case, no space), in the areas' CRS; None where the place has no table.

    Returns
    -------
    DataFrame
        One row a neighbourhood and area, with the columns `NEIGHBOURHOOD_MEMBERS`: ``share`` of the area's people,
        above 0 and at most 1.

    Raises
    ------
    PlaceError
        Where the recipe does not say what the list is of, the codes are of another vintage, or nothing in
        it is in the place.
    """
    listed = read_rows(entry)
    require_columns(entry, listed.table, ("title", "postcode", "code", "share"))
    way = _way(entry, listed, postcodes)
    title = entry.get("title")
    names = listed.table[title] if title else pd.Series(entry.get("name"), index=listed.table.index)
    nameless = names.index[names == ""]
    what = pd.Series("It does not say which neighbourhood it is about.", index=nameless, dtype=object)
    problems = [*listed.problems, *rejected(entry, what, "Fill it in.", title)]
    names = names.drop(nameless)
    home = _areas_of(postcodes, areas) if way == "postcodes" and postcodes is not None else None
    if listed.shapes is not None:
        lines, told = _lines(entry, listed.shapes[names.index], areas.crs)
        points = origins if postcodes is None or home is None else postcodes
        names = names[lines.index]
        made, used = _inside(names, lines, points)
    else:
        made, told, used = _cells(entry, names, listed.table.loc[names.index], level, areas.index, home)
    problems += told
    if home is not None:
        made = _by_postcode(made, home)
        method = _BY_POSTCODE.format("are listed" if listed.shapes is None else "lie inside the line")
    else:
        method = _LISTED if listed.shapes is None else _INSIDE
        made = made.rename(columns={"member": "area_code"})
    if listed.shapes is not None and home is None:
        problems += _rough(entry, lines.set_axis(names), made, areas, postcodes)
    if made.empty:
        raise PlaceError([*_worst(problems), _nothing(entry, areas)])
    problems += [*_empty(entry, names, made, way), *_overlapping(entry, made)]
    members = made.assign(list=entry.get("name"), method=entry.get("method", method))
    ordered = members.sort_values(["neighbourhood", "area_code"], ignore_index=True)
    return ordered[list(NEIGHBOURHOOD_MEMBERS)], problems, listed.rows_in, used


def _way(entry: Entry, listed: Rows, postcodes: gpd.GeoSeries | None) -> str:
    """What the list is of: "points", "postcodes" or "codes"."""
    named = [key for key in ("postcode", "code") if entry.get(key)]
    called = f"The list “{entry.get('name')}”"
    if listed.shapes is not None:
        way = entry.get("by", "points")
        if named:
            what = f"{called} is a file of shapes, and the recipe names {' and '.join(named)} as well."
            raise PlaceError(Problem(RECIPE_NAME, what, "Remove those lines; the shapes say what is inside."))
        if way not in _WAYS:
            raise PlaceError(
                Problem(RECIPE_NAME, f"{called} has by = {way!r}.", f"Use one of: {', '.join(_WAYS)}.")
            )
    else:
        if len(named) != 1:
            remedy = "Name the column postcode, or the column code; or a file of polygons."
            raise PlaceError(
                Problem(RECIPE_NAME, f"{called} must say what its neighbourhoods are made of.", remedy)
            )
        way = {"postcode": "postcodes", "code": "codes"}[named[0]]
    if way == "postcodes" and postcodes is None:
        what = "It goes by postcodes, and the place has no postcode table."
        raise fatal(entry, what, "Add [postcodes] to place.toml.", entry.get("postcode"))
    return str(way)


def _lines(entry: Entry, shapes: gpd.GeoSeries, crs: CRS) -> tuple[gpd.GeoSeries, list[Problem]]:
    """The outline that is drawn in each row, and what to tell of rows that have none or had to be mended."""
    polygons = shapes.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.is_empty
    what = pd.Series("The neighbourhood has no polygon.", index=shapes.index[~polygons], dtype=object)
    told = rejected(entry, what, "Draw its outline, or remove it.")
    drawn = shapes[polygons]
    return drawn.to_crs(crs).make_valid(), [*told, *mended_told(entry, drawn)]


def _inside(names: pd.Series, lines: gpd.GeoSeries, points: gpd.GeoSeries) -> tuple[pd.DataFrame, int]:
    """Which points lie inside which neighbourhood, and how many outlines hold any."""
    line, point = shapely.STRtree(points.to_numpy()).query(lines.to_numpy(), predicate="intersects")
    inside = {"neighbourhood": names.to_numpy()[line], "member": points.index.to_numpy()[point]}
    return pd.DataFrame(inside).drop_duplicates(ignore_index=True).assign(share=1.0), len(set(line))


def _rough(
    entry: Entry,
    lines: gpd.GeoSeries,
    made: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    postcodes: gpd.GeoSeries | None,
) -> list[Problem]:
    """Outlines that the areas counted follow roughly: by the postcodes that both hold, else by land."""
    home = None if postcodes is None else _areas_of(postcodes, areas)
    points = None if postcodes is None or home is None else postcodes[home.index]
    common: dict[str, float] = {}
    for name, codes in made.groupby("neighbourhood")["area_code"]:
        line = lines[[name]].union_all()
        if points is None or home is None:
            counted_as = areas.geometry[list(codes)].union_all()
            both, either = line.intersection(counted_as).area, line.union(counted_as).area
        else:
            drawn, used = points.intersects(line), home.isin(codes)
            both, either = float((drawn & used).sum()), float((drawn | used).sum())
        common[str(name)] = both / either if either else 1.0
    rough = {name: share for name, share in common.items() if share < _FOLLOWS}
    if not rough:
        return []
    worst = min(rough, key=rough.__getitem__)
    what = (
        f"The areas counted follow the outline only roughly for {counted(len(rough), 'neighbourhood')} of {len(common)}, "
        f"most roughly for “{worst}”: {common[worst]:.0%} of the {'land' if points is None else 'postcodes'} of either is in both."
    )
    remedy = 'Use smaller areas, such as output areas; or by = "postcodes", which counts parts of areas.'
    return [Problem(entry.file, what, remedy, severity="note")]


def _cells(
    entry: Entry, names: pd.Series, table: pd.DataFrame, level: str, codes: pd.Index, home: pd.Series | None
) -> tuple[pd.DataFrame, list[Problem], int]:
    """Which postcodes or areas are listed for which neighbourhood, each once."""
    column = entry.get("code") or entry.get("postcode")
    text = table[column]
    if home is None:
        other = other_vintage(entry, level, text)
        if other is not None:
            what = f"Its codes are of {other[0]} areas ({other[1]}), but the boundaries are {level}."
            raise fatal(entry, what, f"List the codes of {level} areas.", column)
        word, member, known = "code", text, text.isin(codes)
        remedy = f"Check it; the areas here are {level}, with codes like {codes[0]}."
        unknown = "is no area of this place."
    else:
        word, member = "postcode", plain_postcode(text)
        known = member.isin(home.index)
        remedy = "Check it; it may be new, or no longer in use."
        unknown = "is not in the place’s postcode table, or stands outside its areas."
    lost = text[~known].map(lambda each: f"“{each}” {unknown}" if each else f"It has no {word}.")
    told = rejected(entry, lost, remedy, column)
    made = pd.DataFrame({"neighbourhood": names, "member": member, "share": 1.0})
    if entry.get("share"):
        given = table[entry.get("share")]
        made["share"] = to_numbers(given)
        odd = ~((made["share"] > 0) & (made["share"] <= 1)).fillna(False).astype(bool) & known
        wrong = given[odd].map(lambda each: f"“{each}” is no share of an area.")
        told += rejected(entry, wrong, "Give a number above 0 and at most 1.", entry.get("share"))
        known &= ~odd
    made = made[known]
    again = made.duplicated(["neighbourhood", "member"])
    told += [
        Problem(
            entry.file,
            f"“{text[row]}” stands here a second time for “{names[row]}”; the first is used.",
            "Remove one.",
            int(row),
            column,
            "duplicate",
        )
        for row in made.index[again]
    ]
    return made[~again], told, int((~again).sum())


def _areas_of(postcodes: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """The area that each postcode stands in; of two that share the border it is on, the first by code."""
    point, area = shapely.STRtree(postcodes.to_numpy()).query(
        areas.geometry.to_numpy(), predicate="intersects"
    )[::-1]
    home = pd.Series(areas.index.to_numpy()[area], index=postcodes.index[point]).sort_values(kind="stable")
    return home[~home.index.duplicated()]


def _by_postcode(made: pd.DataFrame, home: pd.Series) -> pd.DataFrame:
    """The share of each area's postcodes that belong to each neighbourhood."""
    made = made.assign(area_code=made["member"].map(home)).dropna(subset="area_code")
    each = made.groupby(["neighbourhood", "area_code"]).size().rename("share").reset_index()
    # As numbers, for where nothing is listed pandas does not know of what there is none.
    postcodes = each["area_code"].map(home.value_counts()).astype(float)
    return each.assign(share=each["share"].astype(float) / postcodes)


def _worst(problems: list[Problem]) -> list[Problem]:
    """The first rows that could not be used, told where none could."""
    return [each for each in problems if each.severity == "rejected"][:3]


def _nothing(entry: Entry, areas: gpd.GeoDataFrame) -> Problem:
    what = f"None of its neighbourhoods is made up of areas of this place; these have codes like {areas.index[0]}."
    return Problem(entry.file, what, "Check the column, or the file’s CRS, and that it is about this place.")


def _empty(entry: Entry, names: pd.Series, made: pd.DataFrame, way: str) -> list[Problem]:
    """Neighbourhoods that take in no area, and so have no figures."""
    empty = sorted(set(names) - set(made["neighbourhood"]))
    remedy = "Check where it is."
    if way == "points":
        remedy = 'It may lie outside the place, or be smaller than an area: by = "postcodes" counts parts of areas.'
    return [
        Problem(
            entry.file,
            f"The neighbourhood “{name}” takes in no area, and has no figures.",
            remedy,
            severity="note",
        )
        for name in empty
    ]


def _overlapping(entry: Entry, made: pd.DataFrame) -> list[Problem]:
    total = made.groupby("area_code")["share"].sum()
    shared = total.index[total > _WHOLE]
    if shared.empty:
        return []
    what = f"{counted(len(shared), 'area')} in more than one neighbourhood, such as {shared[0]}."
    remedy = "Nothing to do, unless they should not overlap; their figures cannot be added up."
    return [Problem(entry.file, what, remedy, severity="note")]
