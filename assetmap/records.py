"""Which places of one date are which of another, and what differs of them: appeared, gone, moved, renamed, or of another kind.

A record that is new on a list that was there before may be a new place, or an old one that is newly listed; only what somebody
states is called real.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.columns import PLACE_CHANGE_COLUMNS
from assetmap.errors import counted
from assetmap.model import Layer, Place
from assetmap.sources.decisions import names_any, plain_name
from assetmap.taxonomy import kinds

__all__ = ["changed_records", "green_sources", "lists_of", "shared_ground"]


#: Two records of the same name and kind no farther apart than this are one place, as when lists are put together.
_SAME_PLACE_M = 100

#: Two green spaces that share at least this of the ground that either covers are one.
_SAME_SITE = 0.5


def lists_of(place: Place) -> dict[str, Layer]:
    """The lists of assets of a place, by name."""
    return {layer.name.partition(": ")[2]: layer for layer in place.layers if layer.table == "assets"}


def green_sources(place: Place) -> set[str]:
    """Who made the green space of a place."""
    return {layer.source for layer in place.layers if layer.table in ("green_space", "entrances")}


def shared_ground(one: Any, other: Any) -> float:
    """How much of the ground that either covers both do."""
    return float(one.intersection(other).area / one.union(other).area)


def changed_records(
    before: Place, after: Place, stated: Mapping[tuple[str, str], str], removed: Collection[str]
) -> tuple[gpd.GeoDataFrame, Place]:
    """Every place that differs, some ``hidden``; and the later place with those differences undone that are of records."""
    was, now = before.assets.to_crs(after.crs), after.assets
    plain_was, plain_now = (table["name"].map(plain_name).to_dict() for table in (was, now))
    pairs = _pairs(was, now, plain_was, plain_now)
    lists_was, lists_now = lists_of(before), lists_of(after)
    read_otherwise = {
        name for name in lists_was.keys() & lists_now if lists_was[name].read_as != lists_now[name].read_as
    }
    one, other = was.loc[list(pairs)], now.loc[list(pairs.values())]
    differs = (one["kind"].to_numpy() != other["kind"].to_numpy()) | (
        one["name"].to_numpy() != other["name"].to_numpy()
    )
    differs |= shapely.distance(one.geometry.to_numpy(), other.geometry.to_numpy()) > _SAME_PLACE_M
    changed = {
        old: list(
            _differences(
                was.loc[old], now.loc[pairs[old]], plain_was[old] != plain_now[pairs[old]], read_otherwise
            )
        )
        for old in one.index[differs]
    }
    common = {
        name for name in lists_was.keys() & lists_now if lists_was[name].coverage == lists_now[name].coverage
    }
    both = lists_was.keys() & lists_now
    opened, closed = {}, {}
    known_before, known_after = _otherwise(before, after.crs), _otherwise(after, after.crs)
    for new in now.index.difference(list(pairs.values()), sort=False):
        place, plain = now.loc[new], plain_now[new]
        lists = _known(place, both, common)
        elsewhere = known_before(plain, place["geometry"], lists)
        opened[new] = _appeared(place, lists, elsewhere, stated.get((plain, "opened")))
    for old in was.index.difference(list(pairs), sort=False):
        place, plain = was.loc[old], plain_was[old]
        lists = _known(place, both, common)
        elsewhere = known_after(plain, place["geometry"], lists)
        rejected = sum(lists_now[name].rows_rejected for name in lists)
        closed[old] = _gone(place, lists, elsewhere, stated.get((plain, "closed")), rejected)
    same_green = green_sources(before) == green_sources(after)
    green = list(_green(before, after, same_green))
    rows = [*(row for found in changed.values() for row in found), *opened.values(), *closed.values(), *green]
    for row in rows:
        row["hidden"] = any(names_any(row[key], removed) for key in ("name", "name_before"))
        # What somebody had taken off the map is no closing.
        row["change_kind"] = "method" if row["hidden"] else row["change_kind"]

    def of_records(found: Mapping[Any, dict[str, Any]]) -> list[Any]:
        return [each for each, row in found.items() if row["change_kind"] != "method"]

    # A place on the same lists, read alike, has its earlier record back; else what is told of it otherwise is method.
    same_lists = one["sources"].to_numpy() == other["sources"].to_numpy()
    as_it_was = {
        old: pairs[old]
        for old in one.index[same_lists]
        if all(row["change_kind"] != "method" for row in changed.get(old, ()))
    }
    kept = now.drop(index=[*of_records(opened), *as_it_was.values()])
    parts = [kept, was.loc[[*as_it_was, *of_records(closed)]]]
    assets = gpd.GeoDataFrame(pd.concat([part for part in parts if len(part)] or [now]), crs=after.crs)
    undone = dataclasses.replace(after, assets=assets[~assets.index.duplicated()].sort_index())
    if same_green:
        undone = dataclasses.replace(
            undone,
            green_space=before.green_space.to_crs(after.crs),
            entrances=before.entrances.to_crs(after.crs),
        )
    columns = [*PLACE_CHANGE_COLUMNS, "hidden", "geometry"]
    records = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=after.crs)
    return records.astype({"hidden": bool}), undone


def _pairs(
    was: gpd.GeoDataFrame, now: gpd.GeoDataFrame, plain_was: Mapping[Any, str], plain_now: Mapping[Any, str]
) -> dict[Any, Any]:
    """Which earlier place is which later one, each at most once: by what is surest first."""
    pairs = {each: each for each in was.index.intersection(now.index)}

    def rest(table: gpd.GeoDataFrame, taken: Collection[Any]) -> gpd.GeoDataFrame:
        return table[~table.index.isin(list(taken))]

    def unique(table: gpd.GeoDataFrame, keys: Iterable[tuple[str, ...] | None]) -> dict[tuple[str, ...], Any]:
        told = pd.Series(list(keys), index=table.index, dtype=object).dropna()
        return {key: each for each, key in told[~told.duplicated(keep=False)].items()}

    def by_key(name: Any) -> None:
        old, new = rest(was, pairs), rest(now, pairs.values())
        first, second = unique(old, name(old, plain_was)), unique(new, name(new, plain_now))
        pairs.update({first[key]: second[key] for key in first.keys() & second})

    def by_identifier(table: gpd.GeoDataFrame, _plain: Mapping[Any, str]) -> list[tuple[str, ...] | None]:
        return [
            (of, number) if number else None
            for of, number in zip(table["list"], table["identifier"], strict=True)
        ]

    def by_name(table: gpd.GeoDataFrame, plain: Mapping[Any, str]) -> list[tuple[str, ...] | None]:
        return [
            (of, kind, plain[each]) if plain[each] else None
            for each, of, kind in zip(table.index, table["list"], table["kind"], strict=True)
        ]

    def near(same_kind: bool) -> None:
        old, new = rest(was, pairs), rest(now, pairs.values())
        left, right = shapely.STRtree(new.geometry.to_numpy()).query(
            old.geometry.to_numpy(), predicate="dwithin", distance=_SAME_PLACE_M
        )
        away = old.geometry.to_numpy()[left]
        order = np.argsort(shapely.distance(away, new.geometry.to_numpy()[right]), kind="stable")
        taken: set[Any] = set()
        for one, other in zip(old.index[left[order]], new.index[right[order]], strict=True):
            alike = plain_was[one] == plain_now[other] != "" and (
                not same_kind or was.at[one, "kind"] == now.at[other, "kind"]
            )
            if alike and one not in pairs and other not in taken:
                pairs[one] = other
                taken.add(other)

    by_key(by_identifier)
    near(same_kind=True)
    near(same_kind=False)
    by_key(by_name)
    return pairs


def _row(what: str, place: pd.Series, change_kind: str, words: str, **more: Any) -> dict[str, Any]:
    label = kinds()[place["kind"]].label
    return {
        "what": what,
        "name": place["name"],
        "name_before": place["name"],
        "kind": label,
        "kind_before": label,
        "theme": kinds()[place["kind"]].theme,
        "lists": place["sources"],
        "area_code": place.get("area_code", pd.NA),
        "moved_m": np.nan,
        "change_kind": change_kind,
        "change_words": words,
        "geometry": place["geometry"],
        **more,
    }


def _differences(
    old: pd.Series, new: pd.Series, renamed: bool, read_otherwise: Collection[str]
) -> Iterator[dict[str, Any]]:
    """What differs of one place."""
    said = {"name_before": old["name"], "kind_before": kinds()[old["kind"]].label}
    if renamed:
        yield _row("renamed", new, "cannot tell", "The same record under another name.", **said)
    if old["kind"] != new["kind"]:
        otherwise = bool(set(read_otherwise) & set(new["sources"].split("; ")))
        words = (
            "Its list is read otherwise than before."
            if otherwise
            else "It may have become another kind of place, or only be listed as one."
        )
        yield _row("another kind", new, "method" if otherwise else "cannot tell", words, **said)
    moved_m = float(old["geometry"].distance(new["geometry"]))
    if moved_m > _SAME_PLACE_M:
        words = f"Its point moved {moved_m:,.0f} m: it may have moved, or its point was mended."
        yield _row("moved", new, "cannot tell", words, moved_m=round(moved_m), **said)


def _known(place: pd.Series, both: Collection[str], common: Collection[str]) -> list[str]:
    """Which of the lists that name a place can tell that it is new or gone: those that both dates have."""
    lists = [name for name in place["sources"].split("; ") if name in both]
    # Beyond the border a list that covers more or less than before tells of its own reach.
    return [name for name in lists if name in common or pd.notna(place["area_code"])]


#: How a place that is on no map of a date may be known there all the same.
_JOINED, _UNPLACED = "counted as one with another place", "without a place to go to"


def _otherwise(place: Place, crs: Any) -> Callable[[str, Any, Collection[str]], str]:
    """What tells how a place (plain name, point, lists) that is not on the map of a date is known there; "" where it is not."""
    rows: dict[str, list[tuple[str, Any]]] = {}
    if len(place.listings):
        points = place.listings.geometry.to_crs(crs)
        for name, of, at in zip(place.listings["name"], place.listings["list"], points, strict=True):
            rows.setdefault(plain_name(name), []).append((of, at))
    unplaced = set(place.organisations["name"].map(plain_name))

    def known(plain: str, at: Any, lists: Collection[str]) -> str:
        if any(of in lists and at.distance(there) <= _SAME_PLACE_M for of, there in rows.get(plain, ())):
            return _JOINED
        return _UNPLACED if plain in unplaced else ""

    return known


def _appeared(new: pd.Series, known: Collection[str], otherwise: str, by: str | None) -> dict[str, Any]:
    """A place that the earlier date does not have."""
    lists = _quoted(known or new["sources"].split("; "))
    if by is not None:
        told = "real", f"Stated to have opened ({by})."
    elif not known:
        told = (
            "method",
            f"Known only from {lists}, not there or not reaching there before: no opening is known.",
        )
    elif otherwise:
        told = "method", f"It was listed before, {otherwise}."
    else:
        told = "cannot tell", f"Newly listed on {lists}: it may have opened, or only have been listed."
    return _row("appeared", new, *told, name_before="", kind_before="")


def _gone(
    old: pd.Series, known: Collection[str], otherwise: str, by: str | None, rejected: int
) -> dict[str, Any]:
    """A place that the later date does not have."""
    lists = _quoted(known or old["sources"].split("; "))
    if by is not None:
        told = "real", f"Stated to have closed ({by})."
    elif not known:
        told = (
            "method",
            f"Known only from {lists}, no longer there or no longer reaching there: no closing is known.",
        )
    elif otherwise:
        told = "method", f"It is still listed, {otherwise}."
    else:
        words = f"No longer listed on {lists}: it may have closed, or only have been taken off."
        if rejected:
            words += f" {counted(rejected, 'row')} there could not be used."
        told = "cannot tell", words
    return _row("gone", old, *told, name="", kind="", name_before=old["name"])


def _quoted(lists: Collection[str]) -> str:
    return " and ".join(f"“{name}”" for name in lists)


def _green(before: Place, after: Place, same_sources: bool) -> Iterator[dict[str, Any]]:
    """Green spaces that only one of the dates has; those that share ground, or their name and kind nearby, are one."""
    was, now = before.green_space.to_crs(after.crs), after.green_space
    one, other = was.geometry.to_numpy(), now.geometry.to_numpy()
    pairs = shapely.STRtree(other).query(one, predicate="dwithin", distance=_SAME_PLACE_M)
    found: tuple[set[int], set[int]] = set(), set()
    for old, new in pairs.T.tolist():
        alike = was["name"].iloc[old] == now["name"].iloc[new] != "" and (
            was["kind"].iloc[old] == now["kind"].iloc[new]
        )
        if alike or shared_ground(one[old], other[new]) >= _SAME_SITE:
            found[0].add(old)
            found[1].add(new)
    if same_sources:
        kind, why = "cannot tell", "it may be a change on the ground, or only of what is drawn."
    else:
        kind, why = "method", "from other sources: no change on the ground is known."
    for number, (_, site) in enumerate(now.iterrows()):
        if number not in found[1]:
            yield _row("appeared", site, kind, f"Newly drawn; {why}", name_before="", kind_before="")
    for number, (_, site) in enumerate(was.iterrows()):
        if number not in found[0]:
            yield _row("gone", site, kind, f"No longer drawn; {why}", name="", kind="")
