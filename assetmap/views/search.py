"""One box for whatever a reader may know: a postcode, an area, an asset, a green space or a neighbourhood of one's own."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from assetmap.languages import say
from assetmap.model import Place
from assetmap.sources import plain_postcode
from assetmap.taxonomy import kinds, plain_words
from assetmap.views.report import area_of_postcode
from assetmap.views.spot import area_of

__all__ = ["MOST", "Found", "Index", "Meant", "build", "find", "meant"]

#: So many are offered at once.
MOST = 12

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")


class Index(NamedTuple):
    """Everything of a place that has a name.

    Parameters
    ----------
    place
        The place.
    table
        Areas first, then neighbourhoods, green space and assets, each by name: ``key`` (the sort and the id), ``name``, ``words``
        (the name as it is compared), ``code`` (of an area, as it is compared), ``about`` (what it is and where).
    """

    place: Place
    table: pd.DataFrame


class Found(NamedTuple):
    """What a search found.

    Parameters
    ----------
    clear
        The key of the one that is meant; "" where there is none, or more than one.
    first
        The label of the first of several, by key.
    number
        How many there are in all.
    told
        What to say: how to choose among several, or why there is none.
    postcode
        The postcode that was typed; "" where it was none.
    """

    clear: str
    first: dict[str, str]
    number: int
    told: str
    postcode: str = ""


class Meant(NamedTuple):
    """What choosing one of those found shows: an area, an asset or green space in it (by id), and a word about it."""

    area_code: str
    spot: str
    told: str


def build(place: Place) -> Index:
    """Everything of a place that has a name, made ready to be searched: once a place, for it takes a while where there are many."""
    labels = {name: kind.label for name, kind in kinds().items()}
    areas, sites, assets = place.areas, place.green_space, place.assets
    own = place.neighbourhoods.drop_duplicates(["list", "neighbourhood"]).reset_index(drop=True)
    where = assets["area_code"].map(areas["area_name"]).fillna(say("map.found_outside"))
    codes = [say("map.found_area", code=code) for code in areas.index]
    lists = [say("map.found_own", list=name) for name in own["list"]]
    parts = [
        _part("area", areas.index, areas["area_name"], codes),
        _part("own", own.index, own["neighbourhood"], lists),
        _part("green", sites.index, sites["name"], sites["kind"].map(labels)),
        _part("asset", assets.index, assets["name"], assets["kind"].map(labels) + ", " + where),
    ]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    table["code"] = [
        plain_words(key.removeprefix("area ")) if key.startswith("area ") else "" for key in table["key"]
    ]
    return Index(place, table)


def _part(sort: str, idents: pd.Index, names: pd.Series, about: pd.Series | list[str]) -> pd.DataFrame:
    names = names.astype(str)
    plain = {name: plain_words(name) for name in names.unique()}
    part = pd.DataFrame(
        {
            "key": f"{sort} " + idents.astype(str),
            "name": names.to_numpy(),
            "words": names.map(plain).to_numpy(),
            "about": list(map(str, about)),
        }
    )
    return part.sort_values("words", kind="stable")


def find(known: Index, typed: str) -> Found:
    """What is meant by what somebody typed: case, accents and punctuation make no difference.

    A postcode means the area it lies in. The whole name or code of one thing means that thing, and so does a part of a name that
    only one thing has. Otherwise all that have every word, or part of a word, are found: those first whose name is or begins with
    what was typed, then those with a word that does.
    """
    place, wanted, short = known.place, plain_words(typed), typed.strip()[:80]
    postcode = str(plain_postcode(pd.Series([typed])).iloc[0] or "")
    if place.postcodes is not None and postcode in place.postcodes.index:
        code, told = area_of_postcode(place, typed)
        return Found(f"area {code}" if code else "", {}, int(bool(code)), told, typed.strip())
    table = known.table
    for word in wanted.split():
        table = table[
            table["words"].str.contains(word, regex=False) | table["code"].str.contains(word, regex=False)
        ]
    if not wanted or table.empty:
        if _POSTCODE.fullmatch(postcode):
            return Found("", {}, 0, area_of_postcode(place, typed)[1])
        return Found("", {}, 0, say("map.nothing_found", typed=short))
    same = (table["words"] == wanted) | (table["code"] == wanted)
    if len(table) == 1 or same.sum() == 1:
        clear = table[same] if same.any() else table
        return Found(str(clear["key"].iloc[0]), {}, len(table), "")
    begins = table["words"].str.startswith(wanted) | table["code"].str.startswith(wanted)
    inside = table["words"].str.contains(f" {wanted}", regex=False)
    order = pd.Series(3, index=table.index)
    for place_in_order, fits in ((2, inside), (1, begins), (0, same)):
        order[fits] = place_in_order
    # Each row keeps its place among those that fit as well: areas before neighbourhoods, green space and assets.
    shown = table.loc[order.sort_values(kind="stable").index[:MOST]]
    first = {
        key: f"{name} · {about}"
        for key, name, about in zip(shown["key"], shown["name"], shown["about"], strict=True)
    }
    several = "map.found_several" if len(table) <= MOST else "map.found_many"
    told = say(several, number=len(table), most=MOST, others=len(table) - MOST)
    return Found("", first, len(table), told)


def meant(known: Index, key: str) -> Meant:
    """What it means that somebody chose one of those found."""
    place = known.place
    sort, _, ident = key.partition(" ")
    if sort == "area":
        return Meant(ident, "", "")
    if sort == "own":
        own = place.neighbourhoods
        named = own.drop_duplicates(["list", "neighbourhood"]).iloc[int(ident)]
        members = own[(own["list"] == named["list"]) & (own["neighbourhood"] == named["neighbourhood"])]
        whole = members.sort_values("share", ascending=False, kind="stable")["area_code"].iloc[0]
        told = say("map.found_made_of", name=named["neighbourhood"], n=len(members))
        return Meant(str(whole), "", told)
    code = area_of(place, ident)
    told = "" if code else say("map.spot_outside")
    return Meant(code, ident, told)
