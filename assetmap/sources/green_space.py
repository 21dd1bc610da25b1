"""Green space that anyone may walk into, and the ways in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.assets import LOAD_MARGIN_M, NAMELESS
from assetmap.sources.boundaries import look_swapped, mended_told, near
from assetmap.sources.files import fatal, read_shapes, require_columns
from assetmap.sources.locate import rejected
from assetmap.sources.osm import read_osm
from assetmap.sources.recipe import Entry, is_osm
from assetmap.sources.tables import as_text
from assetmap.taxonomy import Kind, kind_named, kinds

__all__ = ["Sites", "merge_sites", "read_entrances", "read_green_space"]

_SQUARE_METRES_PER_HA = 10_000

#: An entrance this far from a site's edge is taken to be that site's.
_AT_THE_EDGE_M = 25

#: An entrance that says whose it is and is farther from that site than this is a mistake.
_ASTRAY_M = 100

#: A file of which nothing is so near is of another place, or its coordinates are not what they are said to be.
_ABSURD_M = 100_000

#: Two files tell of one site when this share of the ground that either covers is covered by both (intersection over
#: union). A half is what counts as the same object in image recognition: Everingham et al. 2010.
_SAME_GROUND = 0.5

#: The layers of OS Open Greenspace as published in one GeoPackage, and in one zip of shapefiles.
_SITES = ("greenspace_site", "GB_GreenspaceSite")
_DOORS = ("access_point", "GB_AccessPoint")

#: Its headings, in its GeoPackage, its shapefiles and its GML.
_SITE_HEADINGS = tuple(
    {"kind": "function", "name": name, "id": "id"}
    for name in ("distinctive_name_1", "distName1", "distinctiveName1")
)
_DOOR_HEADINGS = (
    {"access": "access_type", "site": "ref_to_greenspace_site"},
    {"access": "accessType", "site": "refToGSite"},
    {"access": "accessType", "site": "refToGreenspaceSite"},
)


class Sites(NamedTuple):
    """What one file of green space gave.

    Parameters
    ----------
    rows
        Its sites that are open to all and near enough, indexed by ``site_id``: ``name`` ("" where not given), ``kind``,
        ``area_ha``, ``sources``, ``licence``, ``file``, ``row``, ``geometry``.
    problems
        What was wrong with others, and what there is to tell.
    rows_in
        How many rows were read.
    footprint
        What the file covers, where it tells; in the outline's CRS.
    """

    rows: gpd.GeoDataFrame
    problems: list[Problem]
    rows_in: int
    footprint: shapely.Geometry | None


def _read_published(
    entry: Entry, layers: Iterable[str], headings: Iterable[Mapping[str, str]]
) -> tuple[Entry, gpd.GeoDataFrame]:
    """The shapes of a file, and its table with what OS Open Greenspace says by its layers and headings."""
    choices = [entry] if entry.get("layer") else [entry, *(entry.saying({"layer": each}) for each in layers)]
    shapes, fault = None, None
    for choice in choices:
        try:
            shapes = read_shapes(choice)
            break
        except PlaceError as error:
            fault = fault or error
    if shapes is None:
        assert fault is not None
        raise fault
    known = next((each for each in headings if set(each.values()) <= set(shapes.columns)), {})
    if entry.get("kind_value"):
        known = {key: column for key, column in known.items() if key != "kind"}
    return entry.saying(known), shapes


def _open_kind(word: str | None) -> Kind | None:
    """The kind of green space that a word means, or None where it means none that is open to all."""
    kind = kind_named(word or "")
    return kind if kind and kind.theme == "green_space" else None


def _words(entry: Entry, shapes: gpd.GeoDataFrame) -> pd.Series:
    """What each site is, in the file's own word or in the recipe's."""
    column, value = entry.get("kind"), entry.get("kind_value")
    usable = ", ".join(sorted(kind.kind for kind in kinds().values() if kind.theme == "green_space"))
    if value is not None:
        if not _open_kind(value):
            what = f"[green_space] kind_value is “{value}”, which is no green space that is open to all."
            raise fatal(entry, what, f"Use one of: {usable}.")
        return pd.Series(value, index=shapes.index, dtype=object)
    if column is None:
        remedy = f"Add kind = the column that says it, or kind_value = one of: {usable}."
        raise fatal(entry, "[green_space] does not say of what kind its sites are.", remedy)
    if column not in shapes and _open_kind(column):
        what = f"There is no column “{column}” (named as kind in [green_space])."
        raise fatal(entry, what, f'If all its sites are that, write kind_value = "{column}".', column)
    require_columns(entry, shapes, ("kind",))
    return as_text(shapes[column])


def read_green_space(entry: Entry, outline: gpd.GeoSeries) -> Sites:
    """The sites of one file that are open to all.

    Golf courses, bowling greens and other sites that are not open to all are set aside and
    counted, as are sites too far away to walk to. OS Open Greenspace is known by its headings.

    Parameters
    ----------
    entry
        The table of the recipe.
    outline
        The study area, in metres.

    Raises
    ------
    PlaceError
        Where the file cannot be read, nothing of it is within 100 km, or nothing says what its sites are.
    """
    problems: list[Problem] = []
    aside, footprint = 0, None
    if is_osm(entry.file):
        shapes, problems, aside, covered = read_osm(entry)
        if covered is not None:
            footprint = gpd.GeoSeries([covered], crs=shapes.crs).to_crs(outline.crs).iloc[0]
        entry = entry.saying({"kind": "kind", "name": "name", "id": "osm"})
    else:
        entry, shapes = _read_published(entry, _SITES, _SITE_HEADINGS)
    words = _words(entry, shapes)
    require_columns(entry, shapes, ("name", "id", "sources_column", "licence_column"))
    rows_in = len(shapes) + aside + sum(problem.severity == "rejected" for problem in problems)
    polygons = shapes.geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.geometry.is_empty
    problems += _no_polygon(entry, shapes.index[~polygons])
    as_given, words = shapes.geometry[polygons], words[polygons]
    shapes = shapes[polygons].to_crs(outline.crs)
    close = shapes.dwithin(outline.iloc[0], LOAD_MARGIN_M)
    if len(shapes) and not close.any() and not near(shapes.geometry, outline, _ABSURD_M).any():
        raise _elsewhere(entry, as_given, outline)
    found = {word: kind for word in words.unique() if (kind := _open_kind(word))}
    closed = words[~words.isin(found)].value_counts()
    if len(closed):
        listed = ", ".join(f"{word or 'no kind given'} ({count})" for word, count in sorted(closed.items()))
        what = f"{counted(int(closed.sum()), 'site')} not counted as open to all: {listed}."
        problems.append(
            Problem(entry.file, what, "Nothing to do; docs/methods.md says which count.", severity="note")
        )
    wanted = words.isin(found)
    if not close[wanted].all():
        what = f"{counted(int((wanted & ~close).sum()), 'site')} more than {LOAD_MARGIN_M // 1000} km from the place: too far to walk to."
        problems.append(Problem(entry.file, what, "Nothing to do.", severity="note"))
    sites = shapes[wanted & close]
    geometry = sites.geometry.make_valid().buffer(0)
    # What crosses itself may be no more than a line.
    problems += [
        *_no_polygon(entry, sites.index[geometry.is_empty]),
        *mended_told(entry, sites.geometry[~geometry.is_empty]),
    ]
    sites, geometry = sites[~geometry.is_empty], geometry[~geometry.is_empty]
    number = pd.Series([f"site-{row}" for row in sites.index], index=sites.index, dtype=object)
    identifier = as_text(sites[entry.get("id")]) if entry.get("id") else number
    stated = entry.file if entry.source == "not stated" else entry.source
    green = gpd.GeoDataFrame(
        {
            "name": _about(entry, sites, "name", ""),
            "kind": words[sites.index].map({word: kind.kind for word, kind in found.items()}).astype(object),
            "area_ha": geometry.area / _SQUARE_METRES_PER_HA,
            "sources": _about(entry, sites, "sources_column", stated),
            "licence": _about(entry, sites, "licence_column", entry.licence),
            "file": entry.file,
            "row": sites.index,
        },
        geometry=geometry,
        crs=outline.crs,
    ).set_index(identifier.where(identifier != "", number).rename("site_id"))
    twice = green.index.duplicated() if entry.get("id") else _drawn_twice(green)
    problems += _told_twice(entry, green[twice])
    return Sites(green[~twice].sort_index(), problems, rows_in, footprint)


def _no_polygon(entry: Entry, rows: pd.Index) -> list[Problem]:
    what = pd.Series("The site has no polygon.", index=rows, dtype=object)
    return rejected(entry, what, "Draw it, or remove it.")


def _elsewhere(entry: Entry, shapes: gpd.GeoSeries, outline: gpd.GeoSeries) -> PlaceError:
    """The fault of a file of which nothing is anywhere near: taken as it is, the place would have no green space."""
    if look_swapped(shapes, outline, _ABSURD_M):
        what = "Its two coordinates look swapped: the other way round its sites are near the place."
        return fatal(entry, what, "Export it again with longitude, or easting, first.")
    what = f"None of its sites is within {_ABSURD_M // 1000} km of the place."
    return fatal(entry, what, "Check that it is of this place, and that the CRS it names is the true one.")


def _drawn_twice(green: gpd.GeoDataFrame) -> np.ndarray:
    """Which sites have the name, the kind and, to the millimetre, the outline of one before them."""
    outlines = shapely.normalize(shapely.transform(green.geometry.to_numpy(), lambda xy: xy.round(3)))
    return green[["name", "kind"]].assign(outline=shapely.to_wkb(outlines)).duplicated().to_numpy()


def _told_twice(entry: Entry, green: gpd.GeoDataFrame) -> list[Problem]:
    """One problem for each site that its file has told already."""
    called, remedy = "stands", "Remove one, or give each its own identifier."
    if not entry.get("id"):
        called, remedy = "is drawn", "Remove one."
        green = green.set_index(green["name"].where(green["name"] != "", green["kind"].map(_label)))
    return [
        Problem(
            entry.file,
            f"The site “{site}” {called} here a second time; the first is used.",
            remedy,
            int(row),
            severity="duplicate",
        )
        for site, row in green["row"].items()
    ]


def _label(kind: str) -> str:
    return kinds()[kind].label


def _about(entry: Entry, sites: gpd.GeoDataFrame, key: str, usual: str) -> pd.Series:
    """What the file says of each site, or what holds for all."""
    column = entry.get(key)
    return as_text(sites[column]) if column else pd.Series(usual, index=sites.index, dtype=object)


def merge_sites(files: Sequence[Sites], crs: CRS) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, list[Problem]]:
    """The sites of several files, each told once.

    Within a file its publisher's distinction stands: a play space inside a park is two sites. Across files, two sites
    are one where at least half of the ground that either covers is covered by both (intersection over union). The
    first keeps its shape and kind, and takes a name where it has none; all that tell of it are its sources.

    Parameters
    ----------
    files
        What each file gave, in the recipe's order.
    crs
        The projected CRS of the place.

    Returns
    -------
    GeoDataFrame
        The sites, indexed by ``site_id``: ``name``, ``kind``, ``area_ha``, ``sources``, ``licence``, ``number`` (which
        file told of it first, from 1), ``geometry``.
    GeoDataFrame
        What each file calls each site (the index), its shape there (``geometry``), and which site it is (``site_id``).
    list of Problem
        One for each site that was told already.
    """
    columns = ["name", "kind", "area_ha", "sources", "licence", "file", "number"]
    kept = gpd.GeoDataFrame(
        {column: [] for column in columns},
        geometry=[],
        index=pd.Index([], name="site_id", dtype=object),
        crs=crs,
    ).astype({"area_ha": float})
    known, problems = [kept[["geometry"]].assign(site_id=[])], []
    for number, file in enumerate(files, start=1):
        rows = file.rows.assign(number=number)
        same = _same_ground(kept, rows)
        taken = rows.index.isin(kept.index)
        own = pd.Series(rows.index.where(~taken, rows.index + f" ({number})"), index=rows.index)
        known.append(rows[["geometry"]].assign(site_id=same["site_id"].reindex(rows.index).fillna(own)))
        for site, (other, share) in zip(same.index, same.itertuples(index=False), strict=True):
            problems.append(_told_again(rows.loc[site], kept.loc[other], share))
            if not kept.at[other, "name"]:
                kept.at[other, "name"] = rows.at[site, "name"]
            for column in ("sources", "licence"):
                said = [*kept.at[other, column].split("; "), *rows.at[site, column].split("; ")]
                kept.at[other, column] = "; ".join(dict.fromkeys(said))
        new = rows.set_index(own.rename("site_id"))[~rows.index.isin(same.index)]
        parts = [each for each in (kept, new[[*columns, "geometry"]]) if len(each)]
        kept = gpd.GeoDataFrame(pd.concat(parts), crs=crs) if parts else kept
    labels = kept["kind"].map(lambda kind: f"{_label(kind)} {NAMELESS}")
    full = [each for each in known if len(each)] or known
    return (
        kept.assign(name=kept["name"].where(kept["name"] != "", labels)).drop(columns="file").sort_index(),
        gpd.GeoDataFrame(pd.concat(full), crs=crs),
        problems,
    )


def _same_ground(kept: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> pd.DataFrame:
    """The rows that are sites already kept: which (``site_id``), and how much of their ground is ``shared``."""
    new, old = kept.sindex.query(rows.geometry, predicate="intersects")
    shapes, others = rows.geometry.to_numpy()[new], kept.geometry.to_numpy()[old]
    both = shapely.area(shapely.intersection(shapes, others))
    share = both / (shapely.area(shapes) + shapely.area(others) - both)
    pairs = pd.DataFrame({"site_id": kept.index[old], "shared": share}, index=rows.index[new])
    pairs = pairs[share >= _SAME_GROUND].sort_values("shared", ascending=False, kind="stable")
    return pairs[~pairs.index.duplicated()].sort_index()


def _told_again(row: pd.Series, kept: pd.Series, share: float) -> Problem:
    def called(site: pd.Series) -> str:
        return f"“{site['name'] or _label(site['kind'])}”"

    return Problem(
        row["file"],
        f"{called(row)} is {called(kept)} of {kept['file']} told again: {share:.0%} of their ground is the same.",
        "The first is used, and both are named as its sources.",
        int(row["row"]),
        severity="duplicate",
    )


def read_entrances(
    entry: Entry, green_space: gpd.GeoDataFrame, known: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Problem], int, int]:
    """Ways into green space on foot: ``site_id``, ``geometry`` (points); problems; rows read; rows used.

    Entrances for motor vehicles alone are set aside, as are those of sites that are not open to all.
    Where the file does not say whose an entrance is, it is the site's whose edge is within 25 m.

    Parameters
    ----------
    entry
        The table of the recipe.
    green_space, known
        The sites, and what each file calls each of them, as `merge_sites` gives both.
    """
    entry, shapes = _read_published(entry, _DOORS, _DOOR_HEADINGS)
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
    on_foot = pd.Series(True, index=shapes.index)
    if entry.get("access"):
        on_foot = as_text(shapes[entry.get("access")]).str.casefold() != "motor vehicle"
    shapes = shapes[on_foot]
    doors = gpd.GeoDataFrame({"row": shapes.index}, geometry=shapes.geometry.to_numpy(), crs=shapes.crs)
    if entry.get("site"):
        doors["of"] = as_text(shapes[entry.get("site")]).to_numpy()
    doors = doors.explode(ignore_index=True)
    astray: list[int] = []
    if entry.get("site"):
        doors, astray = _of_named_sites(doors, known)
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
    else:
        # An entrance on the border of two sites lets people into both.
        doors = doors.sjoin_nearest(green_space[["geometry"]], max_distance=_AT_THE_EDGE_M)
    other = len(shapes) - doors["row"].nunique() - len(astray)
    problems += _set_aside(entry, int((~on_foot).sum()), other, none_left=doors.empty)
    entrances = gpd.GeoDataFrame(
        {"site_id": doors["site_id"].to_numpy()}, geometry=doors.geometry.to_numpy(), crs=green_space.crs
    )
    return entrances, problems, rows_in, doors["row"].nunique()


def _set_aside(entry: Entry, for_motors: int, other: int, *, none_left: bool) -> list[Problem]:
    """What became of the entrances that are counted for no site."""
    told = []
    if for_motors:
        what = f"{counted(for_motors, 'entrance')} for motor vehicles alone: set aside."
        told.append((what, "Nothing to do."))
    if none_left:
        what = "None of the entrances is one of a site that is open to all."
        told.append(
            (what, "Sites are reached by their edge instead; check access and site, and the file’s CRS.")
        )
    elif other:
        whose = (
            "that is open to all and near"
            if entry.get("site")
            else f"within {_AT_THE_EDGE_M} m that is open to all"
        )
        what = f"{counted(other, 'entrance')} of no site {whose}: set aside."
        told.append((what, "Nothing to do."))
    return [Problem(entry.file, what, remedy, severity="note") for what, remedy in told]


def _of_named_sites(doors: gpd.GeoDataFrame, known: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[int]]:
    """The entrances whose site is known, and the rows of those that are too far from it.

    Two files may give two sites one identifier; the entrance is then the nearer one's. How far it is from its site is
    measured to the shape that its own publisher drew.
    """
    called = known.rename_axis("of").reset_index().rename_geometry("site")
    pairs = doors.rename_axis("door").reset_index().merge(called, on="of")
    pairs["away"] = shapely.distance(pairs.geometry.to_numpy(), pairs["site"].to_numpy())
    pairs = pairs.sort_values(["door", "away"], kind="stable").drop_duplicates("door")
    astray = sorted(pairs.loc[pairs["away"] > _ASTRAY_M, "row"].unique())
    return pairs[~pairs["row"].isin(astray)], astray
