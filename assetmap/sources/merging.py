"""All lists of a place as one table of distinct assets, each with every list that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from assetmap.errors import Problem
from assetmap.model import ASSET_FIELDS
from assetmap.sources.assets import Gathered
from assetmap.sources.bodies import areas_meant
from assetmap.sources.decisions import Decision, correct, verdicts
from assetmap.sources.linkage import first_of_same, gathered_up, read_matches
from assetmap.taxonomy import kinds

__all__ = ["Merged", "decided_pairs", "merge_lists", "organisations"]

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
    """What the lists gave together.

    Parameters
    ----------
    assets, listings
        As in `assetmap.model.Place`.
    problems
        What there is to tell.
    """

    assets: gpd.GeoDataFrame
    listings: gpd.GeoDataFrame
    problems: list[Problem]


def merge_lists(
    lists: Mapping[str, Gathered],
    areas: gpd.GeoDataFrame,
    files: Mapping[str, str],
    folder: Path,
    decisions: Iterable[Decision] = (),
) -> Merged:
    """All lists as one table of distinct assets, indexed by ``asset_id``.

    Assets of the same kind and name within 100 m of each other are one place told twice, and so are those that the
    folder's matches call the same: the first list's row is kept, what it leaves empty is filled from the others, which
    are told as duplicates. What people decided of the listings goes before.

    Parameters
    ----------
    lists
        What each list gave, by the list's name, in the recipe's order.
    areas
        The place's areas.
    files
        The file of each list, by the list's name.
    folder
        The place folder, which may hold matches.
    decisions
        What people decided, in the order of their file.

    Raises
    ------
    PlaceError
        Where the folder's matches cannot be read.
    """
    frames = [gathered.rows for gathered in lists.values() if len(gathered.rows)]
    if not frames:
        nothing = {key: pd.Series(dtype=object) for key in _COLUMNS}
        none = gpd.GeoDataFrame(nothing, geometry=[], crs=areas.crs)
        return Merged(none, none, [])
    together = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=areas.crs)
    decisions = list(decisions)
    together, problems, _ = correct(together, decisions)
    together = together.reset_index(drop=True)
    matched, lost = read_matches(folder, together)
    problems += lost
    first = first_of_same(together, matched, decided_pairs(together, decisions))
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
    assets = gathered_up(together, first, ASSET_FIELDS).reset_index(drop=True)
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
    return Merged(assets.set_index("asset_id")[[*_COLUMNS, "geometry"]], together, problems)


def organisations(lists: Mapping[str, Gathered], words: Mapping[str, frozenset[str]]) -> pd.DataFrame:
    """What the lists name that is no venue (`assetmap.model.Place.organisations`).

    Parameters
    ----------
    lists
        What each list gave, by the list's name.
    words
        The areas that a word means, as `assetmap.sources.bodies.area_words` gives them.
    """
    columns = ("name", "kind", "role", "list", "area_of_benefit", "area_codes", *ASSET_FIELDS)
    frames = [gathered.organisations for gathered in lists.values() if len(gathered.organisations)]
    if not frames:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    together = pd.concat(frames, ignore_index=True)
    said = together["area_of_benefit"].where(together["role"] != "venue", "")  # a sensitive place has no area
    served = {text: tuple(sorted(areas_meant(text, words)[0])) for text in said.unique()}
    return together.assign(area_codes=said.map(served))[list(columns)]


def decided_pairs(
    listings: gpd.GeoDataFrame, decisions: Iterable[Decision]
) -> dict[tuple[Hashable, Hashable], bool]:
    """Pairs of listings that people said are the same (True) or are not (False); a later word wins."""
    return {(min(left, right), max(left, right)): same for left, right, same in verdicts(listings, decisions)}
