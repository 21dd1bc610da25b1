"""The rows of any file: a table, or what stands beside shapes, as the recipe's ``where`` chooses them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from assetmap.errors import Problem
from assetmap.sources.feeds import is_feed
from assetmap.sources.fetch import is_url
from assetmap.sources.files import fatal, is_shapes, read_shapes
from assetmap.sources.open_referral import read_feed
from assetmap.sources.osm import read_osm
from assetmap.sources.recipe import Entry, is_osm
from assetmap.sources.tables import as_text, read_table

__all__ = ["Rows", "read_rows"]


class Rows(NamedTuple):
    """What a file gave: its rows as text, their shapes, what was wrong with others, and how many were read.

    The footprint is what stretch of country the file covers, where the file itself tells.
    """

    table: pd.DataFrame
    shapes: gpd.GeoSeries | None
    problems: list[Problem]
    rows_in: int
    footprint: gpd.GeoSeries | None = None
    columns: Mapping[str, str] = MappingProxyType({})
    sha256: str | None = None


def read_rows(entry: Entry) -> Rows:
    """Read a table as text, whether it stands in a CSV or beside shapes.

    Raises
    ------
    PlaceError
        As `read_table` and `read_shapes`; and where ``where`` keeps no row.
    """
    problems: list[Problem] = []
    columns: Mapping[str, str] = {}
    sha256 = None
    source = str(entry.get("file")) if is_url(str(entry.get("file"))) else entry.path
    geometry, footprint, aside = None, None, 0
    if is_osm(entry.file):
        shapes, problems, aside, covered = read_osm(entry)
        footprint = None if covered is None else gpd.GeoSeries([covered], crs=shapes.crs)
    elif is_feed(source):
        shapes = None
        table, problems, seen, raw, columns = read_feed(source, entry.file)
        aside, sha256 = (
            seen - len(table) - sum(problem.severity == "rejected" for problem in problems),
            hashlib.sha256(raw).hexdigest(),
        )
    elif is_shapes(entry.path):
        shapes = read_shapes(entry)
    else:
        shapes = None
        table, problems = read_table(entry)
    if shapes is not None:
        geometry = shapes.geometry
        table = pd.DataFrame(shapes.drop(columns=geometry.name)).apply(as_text)
    rows_in = len(table) + aside + sum(problem.severity == "rejected" for problem in problems)
    for column, value in entry.get("where", {}).items():
        if column not in table:
            raise fatal(
                entry,
                f"There is no column “{column}” (named in where).",
                f"The file has: {', '.join(map(str, table.columns))}.",
                column,
            )
        table = table[table[column] == str(value)]
        if table.empty:
            raise fatal(entry, f"No row has “{value}” there.", f"Mend where in [{entry.table}].", column)
    return Rows(
        table,
        None if geometry is None else geometry[table.index],
        problems,
        rows_in,
        footprint,
        columns,
        sha256,
    )
