"""All lists of a place as one table of distinct assets, each with every list that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import Problem
from assetmap.model import ASSET_FIELDS
from assetmap.sources.assets import NAMELESS, Gathered
from assetmap.sources.bodies import areas_meant
from assetmap.sources.boundaries import area_of
from assetmap.sources.decisions import (
    DECISIONS_NAME,
    Decision,
    correct,
    correct_unplaced,
    memberships,
    still_matched,
    verdicts,
)
from assetmap.sources.hours import open_when
from assetmap.sources.linkage import (
    MATCHES_NAME,
    first_of_same,
    gathered_up,
    matched_keys,
    read_matches,
    sensitive,
)
from assetmap.taxonomy import kinds

__all__ = ["Merged", "decided_organisations", "decided_pairs", "merge_lists", "organisations"]

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
    "open_evenings",
    "open_weekends",
)


class Merged(NamedTuple):
    """What the lists gave together.

    Parameters
    ----------
    assets, listings, organisations
        As in `assetmap.model.Place`.
    problems
        What there is to tell.
    """

    assets: gpd.GeoDataFrame
    listings: gpd.GeoDataFrame
    organisations: pd.DataFrame
    problems: list[Problem]


#: What an organisation may tell of a venue that is the same; the rest, such as an address, may be that of somewhere else.
_OF_THE_GROUP = (
    "detail",
    "description",
    "cost",
    "for_age",
    "for_language",
    "for_faith",
    "for_condition",
    "volunteers",
    "website",
    "identifier",
)

_ORGANISATION = ("name", "kind", "role", "list", "area_of_benefit", "area_codes", *ASSET_FIELDS)


def merge_lists(
    lists: Mapping[str, Gathered],
    areas: gpd.GeoDataFrame,
    files: Mapping[str, str],
    folder: Path,
    decisions: Iterable[Decision] = (),
    unplaced: pd.DataFrame | None = None,
) -> Merged:
    """All lists as one table of distinct assets, indexed by ``asset_id``; and the organisations that are none of them.

    Assets of the same kind and name within 100 m of each other are one place told twice, and so are those that the
    folder's matches call the same: the first list's row is kept, what it leaves empty is filled from the others, which
    are told as duplicates. What people decided of the listings goes before. An organisation joins a venue only where
    somebody said that they are the same: the venue then names its list too, and takes what it lacks and what is not of a place.

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
    unplaced
        The organisations of all lists, as `organisations` gives them.

    Raises
    ------
    PlaceError
        Where the folder's matches cannot be read.
    """
    decisions, removing = list(decisions), []
    if any(each.act == "remove" for each in decisions):
        removing = still_matched(matched_keys(folder), decisions)
    unplaced = organisations({}, {}) if unplaced is None else unplaced
    listed, problems = correct_unplaced(unplaced, decisions, areas.crs, removing)
    frames = [gathered.rows for gathered in lists.values() if len(gathered.rows)]
    if not frames:
        nothing = {key: pd.Series(dtype=object) for key in _COLUMNS}
        none = gpd.GeoDataFrame(nothing, geometry=[], crs=areas.crs)
        return Merged(none, none, listed[list(_ORGANISATION)], problems)
    together = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=areas.crs)
    together, told, with_another = correct(together, decisions, removing)
    problems = [*told, *problems, *_kept_out(with_another, files)]
    together = together.reset_index(drop=True)
    matched, lost = read_matches(folder, together)
    problems += lost
    decided = decided_pairs(together, decisions)
    alike = _alike(together, {label for pair in decided for label in pair})
    matched = [(alike.at[one], alike.at[other]) for one, other in matched]
    first = alike.map(first_of_same(together[alike == alike.index], matched, decided))
    again = together[first != together.index]
    told = together.loc[first[again.index]]
    problems += [
        Problem(
            files[of],
            f"“{name}” is already there, from {files[told_of]} row {told_row}.",
            "Counted once; nothing to do.",
            int(row),
            severity="duplicate",
        )
        for of, row, name, told_of, told_row in zip(
            again["list"], again["row"], again["name"], told["list"], told["row"], strict=True
        )
    ]
    joined, refused = _joined(together, first, listed, decisions)
    bodies = listed.loc[joined["organisation"]].set_axis(joined.index)
    problems += [*refused, *_counted_once(bodies, together.loc[joined["venue"], "name"], files)]
    numbered = bodies["identifier"].where(bodies["identifier"] != "", bodies["number"])
    bodies = bodies.assign(sources=bodies["list"], identifier=numbered)
    everything = (
        pd.concat([together, bodies[["sources", "licence", *_OF_THE_GROUP]]]) if len(bodies) else together
    )
    first = pd.concat([first, joined["venue"]]) if len(bodies) else first
    listed = listed[~listed.index.isin(joined["organisation"])].reset_index(drop=True)
    assets = gathered_up(everything, first, ASSET_FIELDS).reset_index(drop=True)
    assets["theme"] = assets["kind"].map({name: kind.theme for name, kind in kinds().items()})
    assets["area_code"] = area_of(assets.geometry, areas)
    hours = {text: open_when(text) for text in assets["opening_hours"].unique()}
    assets["open_evenings"] = assets["opening_hours"].map(
        {text: each.evenings for text, each in hours.items()}
    )
    assets["open_weekends"] = assets["opening_hours"].map(
        {text: each.weekends for text, each in hours.items()}
    )
    assets["asset_id"] = _identifiers(assets)
    assets = assets.set_index("asset_id")[[*_COLUMNS, "geometry"]]
    return Merged(assets, together, listed[list(_ORGANISATION)], problems)


def _kept_out(rows: gpd.GeoDataFrame, files: Mapping[str, str]) -> list[Problem]:
    """Which rows went with a listing that was removed, since they are one with it; without their names."""
    what = f"Kept out: {MATCHES_NAME} says that it is one with a listing that was removed."
    remedy = f"Nothing to do; if they are two, say so in {DECISIONS_NAME}: different."
    return [
        Problem(files[of], what, remedy, int(row), severity="note")
        for of, row in zip(rows["list"], rows["row"], strict=True)
    ]


def _joined(
    listings: gpd.GeoDataFrame, first: pd.Series, listed: pd.DataFrame, decisions: Iterable[Decision]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Which ``venue`` (its first listing) and ``organisation`` people said are the same; and where that cannot be.

    The pairs are labelled on from the listings.
    """
    said: dict[tuple[Any, Any], bool] = {}
    refused: dict[int, Problem] = {}
    decided = list(memberships(listings, listed, decisions))
    unsafe = sensitive(listed) if decided else pd.Series(dtype=bool)
    for listing, organisation, decision in decided:
        same = decision.act == "same"
        if same and unsafe[organisation]:
            # Without a name, which beside the other's would tell where it is.
            what = "One of the two is of a kind whose place is never shown, so they are not joined."
            refused[decision.row] = Problem(
                DECISIONS_NAME, what, "Nothing to do.", decision.row, severity="note"
            )
        else:
            said[first[listing], organisation] = same
    pairs = pd.DataFrame([pair for pair, same in said.items() if same], columns=["venue", "organisation"])
    return pairs.set_axis(range(len(listings), len(listings) + len(pairs))), list(refused.values())


def _counted_once(bodies: pd.DataFrame, venues: pd.Series, files: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(
            files[of],
            f"“{name}” is “{venue}”, as people said.",
            "Counted once; nothing to do.",
            int(row),
            severity="duplicate",
        )
        for of, name, row, venue in zip(bodies["list"], bodies["name"], bodies["row"], venues, strict=True)
    ]


def _alike(listings: gpd.GeoDataFrame, spoken_of: Collection[Hashable]) -> pd.Series:
    """For each listing, the first that has its kind, its name and its very point; itself, where people spoke of it.

    Ten thousand of them, as in a list that has one address for all, would otherwise be a hundred million pairs.
    """
    told = listings[["kind", "name"]].assign(x=listings.geometry.x, y=listings.geometry.y)
    told = told[told.duplicated(keep=False) & ~told.index.isin(list(spoken_of))]
    told = told[told["name"].str.contains(r"[^\W_]") & ~told["name"].str.endswith(NAMELESS)]
    first = listings.index.to_series()
    first[told.index] = first[told.index].groupby([told[column] for column in told]).transform("first")
    return first


def _identifiers(assets: gpd.GeoDataFrame) -> pd.Series:
    """A number for each asset that stays the same from load to load: of its list, kind, name and place."""
    xy = shapely.get_coordinates(assets.geometry.to_numpy()).round().astype(int).tolist()
    told = (
        f"{of}|{kind}|{name}|{x}|{y}"
        for of, kind, name, (x, y) in zip(assets["list"], assets["kind"], assets["name"], xy, strict=True)
    )
    numbers = pd.Series([hashlib.sha256(text.encode()).hexdigest()[:12] for text in told], assets.index)
    again = numbers.groupby(numbers).cumcount()
    return numbers.where(again == 0, numbers + "-" + (again + 1).astype(str))


def organisations(lists: Mapping[str, Gathered], words: Mapping[str, frozenset[str]]) -> pd.DataFrame:
    """What the lists name that is no venue (`assetmap.model.Place.organisations`), with ``licence``, ``row`` and ``number``.

    Parameters
    ----------
    lists
        What each list gave, by the list's name.
    words
        The areas that a word means, as `assetmap.sources.bodies.area_words` gives them.
    """
    columns = (*_ORGANISATION, "licence", "row", "number")
    frames = [gathered.organisations for gathered in lists.values() if len(gathered.organisations)]
    if not frames:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    together = pd.concat(frames, ignore_index=True)
    said = together["area_of_benefit"].where(together["role"] != "venue", "")  # a sensitive place has no area
    served = {text: tuple(sorted(areas_meant(text, words)[0])) for text in said.unique()}
    return together.assign(area_codes=said.map(served))[list(columns)]


def decided_organisations(
    assets: gpd.GeoDataFrame, listed: pd.DataFrame, decisions: Iterable[Decision]
) -> set[tuple[Hashable, Hashable]]:
    """Pairs of an asset and an organisation on which people decided."""
    return {(asset, body) for asset, body, _ in memberships(assets, listed, decisions)}


def decided_pairs(
    listings: gpd.GeoDataFrame, decisions: Iterable[Decision]
) -> dict[tuple[Hashable, Hashable], bool]:
    """Pairs of listings that people said are the same (True) or are not (False); a later word wins."""
    return {(min(left, right), max(left, right)): same for left, right, same in verdicts(listings, decisions)}
