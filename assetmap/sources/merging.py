"""All lists of a place as one table of distinct assets, each with every list that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import Problem
from assetmap.model import ASSET_FIELDS
from assetmap.sources.assets import NAMELESS, Gathered
from assetmap.sources.decisions import Decision, correct, verdicts
from assetmap.taxonomy import kinds

__all__ = ["Merged", "merge_lists", "organisations"]

#: Two rows of the same kind and name closer than this are one place told twice.
_SAME_PLACE_M = 100

_COLUMNS = (
    "name",
    "kind",
    "kind_confidence",
    "theme",
    "list",
    "sources",
    "licence",
    "area_code",
    *ASSET_FIELDS,
)


class Merged(NamedTuple):
    """What the lists gave together: the assets (`assetmap.model.Place.assets`), and what there is to tell."""

    assets: gpd.GeoDataFrame
    problems: list[Problem]


def merge_lists(
    lists: Mapping[str, Gathered],
    areas: gpd.GeoDataFrame,
    files: Mapping[str, str],
    decisions: Iterable[Decision] = (),
) -> Merged:
    """All lists as one table of distinct assets, indexed by ``asset_id``.

    Assets of the same kind and name within 100 m of each other are one place told twice: the first
    list's row is kept, what it leaves empty is filled from the others, which are told as duplicates. What people
    decided of the listings goes before.

    Parameters
    ----------
    lists
        What each list gave, by the list's name, in the recipe's order.
    areas
        The place's areas.
    files
        The file of each list, by the list's name.
    decisions
        What people decided, in the order of their file.
    """
    frames = [gathered.rows for gathered in lists.values() if len(gathered.rows)]
    if not frames:
        nothing = {key: pd.Series(dtype=object) for key in _COLUMNS}
        return Merged(gpd.GeoDataFrame(nothing, geometry=[], crs=areas.crs), [])
    together = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=areas.crs)
    decisions = list(decisions)
    together, problems, _ = correct(together, decisions)
    together = together.reset_index(drop=True)
    first = _first_of_same(together, dict(_pairs(together, decisions)))
    again = together[first != together.index]
    problems += [
        Problem(
            files[row.list],
            f"“{row.name_}” is already there, from {files[together.at[first[number], 'list']]} row {together.at[first[number], 'row']}.",
            "Counted once; nothing to do.",
            int(row.row),
            severity="duplicate",
        )
        for number, row in zip(again.index, again.rename(columns={"name": "name_"}).itertuples(), strict=True)
    ]
    assets = _gathered_up(together, first).reset_index(drop=True)
    assets["theme"] = assets["kind"].map(lambda kind: kinds()[kind].theme)
    inside = gpd.sjoin(assets[["geometry"]], areas[["geometry"]], predicate="intersects")
    # A point on a shared border belongs to one area only: the first by code.
    assets["area_code"] = inside["area_code"].groupby(level=0).min().reindex(assets.index)
    x, y = (
        assets.geometry.x.round().astype(int).astype(str),
        assets.geometry.y.round().astype(int).astype(str),
    )
    told = assets["list"] + "|" + assets["kind"] + "|" + assets["name"] + "|" + x + "|" + y
    assets["asset_id"] = told.map(lambda text: hashlib.sha256(text.encode()).hexdigest()[:12])
    assets["asset_id"] += assets.groupby("asset_id").cumcount().map(lambda n: f"-{n + 1}" if n else "")
    return Merged(assets.set_index("asset_id")[[*_COLUMNS, "geometry"]], problems)


def organisations(lists: Mapping[str, Gathered]) -> pd.DataFrame:
    """What the lists name that is no venue (`assetmap.model.Place.organisations`)."""
    columns = ("name", "kind", "role", "list", "area_of_benefit", *ASSET_FIELDS)
    frames = [gathered.organisations for gathered in lists.values() if len(gathered.organisations)]
    if not frames:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    return pd.concat(frames, ignore_index=True)


def _pairs(rows: gpd.GeoDataFrame, decisions: list[Decision]) -> Iterable[tuple[tuple[int, int], bool]]:
    for left, right, same in verdicts(rows, decisions):
        yield (min(left, right), max(left, right)), same


def _gathered_up(rows: gpd.GeoDataFrame, first: pd.Series) -> gpd.GeoDataFrame:
    """The first row of each place, with every source, and with what it leaves empty filled from the others."""
    merged = first.isin(first[first != first.index])
    kept = rows[first == first.index].copy()
    for number, group in rows[merged].groupby(first[merged]):
        for key in ("sources", "licence"):
            kept.at[number, key] = "; ".join(dict.fromkeys("; ".join(group[key]).split("; ")))
        for key in ASSET_FIELDS:
            if not kept.at[number, key]:
                kept.at[number, key] = next((value for value in group[key] if value), "")
    return kept


def _first_of_same(assets: gpd.GeoDataFrame, decided: Mapping[tuple[int, int], bool]) -> pd.Series:
    """For each asset, the first row that is the same place: itself, where it is no duplicate.

    Rows are the same place where a chain of steps of at most 100 m joins them, so the answer does not
    hang on the order of the rows. Assets without a name are never the same.
    """
    spoken = assets["name"].str.casefold().str.replace(r"[\W_]+", " ", regex=True).str.strip()
    unnamed = assets["name"].str.endswith(NAMELESS)
    joined: dict[Hashable, Hashable] = {number: number for number in assets.index}

    def root(number: Hashable) -> Hashable:
        while joined[number] != number:
            number = joined[number]
        return number

    def join(one: Hashable, other: Hashable) -> None:
        low, high = sorted((root(one), root(other)))  # type: ignore[type-var]
        joined[high] = low

    for _, group in assets[~unnamed].groupby([assets["kind"], spoken], sort=False):
        if len(group) < 2:
            continue
        left, right = shapely.STRtree(group.geometry.to_numpy()).query(
            group.geometry.to_numpy(), predicate="dwithin", distance=_SAME_PLACE_M
        )
        for one, other in zip(group.index[left], group.index[right], strict=True):
            if one < other and decided.get((one, other), True):
                join(one, other)
    for (one, other), same in decided.items():
        if same:
            join(one, other)
    return pd.Series({number: root(number) for number in assets.index})
