"""The listings of a place, for those whom they are about: to find, to read, to claim, to correct and to remove.

Text that came from a file passes through `html.escape` where it becomes HTML.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.model import ASSET_FIELDS, Place
from assetmap.sources import plain_postcode
from assetmap.sources.assets import LOAD_MARGIN_M
from assetmap.sources.decisions import (
    CORRECTABLE,
    NOT_WITHOUT_PLACE,
    Decision,
    known_as,
    links_of,
    listing_key,
    listings_of,
    one_listing,
    plain_name,
    standing_removals,
    where_it_was,
)
from assetmap.sources.linkage import find_organisations
from assetmap.sources.merging import decided_organisations
from assetmap.sources.undecided import Question, doubtful_pairs
from assetmap.taxonomy import kinds, plain_words
from assetmap.views.page import ROLE_LABELS

__all__ = [
    "ABOUT",
    "ACTS",
    "DEMO_TOLD",
    "EXAMPLES",
    "FIELD_LABELS",
    "NOT_KNOWN",
    "NO_SUCH_LISTING",
    "VALUE_TOLD",
    "VERDICTS",
    "WHO_TOLD",
    "Catalogue",
    "Found",
    "Listing",
    "Pair",
    "act_html",
    "also_removed",
    "also_removed_html",
    "area_labels",
    "catalogue",
    "correctable",
    "decisions_about",
    "find",
    "find_location",
    "found_told",
    "found_with",
    "ident_of",
    "key_after",
    "keys_of",
    "kind_labels",
    "kinds_told",
    "listing",
    "listing_html",
    "lists_told",
    "look_alike",
    "look_alike_unplaced",
    "pair_html",
    "pair_label",
    "pairs_told",
    "pairs_unplaced_told",
    "question_html",
    "removed_as",
    "told_of",
    "told_of_kinds",
    "told_of_pairs",
    "told_of_restored",
    "verdict_labels",
    "who",
]

#: What each field is called where somebody corrects it.
FIELD_LABELS = {"name": "Name", "kind": "Kind", "location": "Location", **ASSET_FIELDS}

NOT_KNOWN = "not known"

ABOUT = (
    "Is this you, your group or a place that you know? Find it, read what is said of it and by whom, and say that it is right, "
    "correct it, or have it removed. It is kept with the place and holds through every update of the lists."
)

DEMO_TOLD = (
    "The demo town is part of assetmap, so nothing is changed in it. Make a copy of it on the page “Add a list”; in the copy, "
    "its listings can be claimed, corrected and removed."
)

NO_SUCH_LISTING = (
    "The link names a listing that is not in this place, or not any more. Look for it by its name."
)

WHO_TOLD = (
    "It stays in the place folder, in decisions.csv. It is never on the map, in the report or in an export."
)

#: What may be said of a listing, as a button.
ACTS = {"claim": "It is right", "correct": "Correct it", "remove": "Remove it"}

_ACTS_TOLD = {
    "claim": "You are this group, or speak for this place, and all that is said here is right. It then says that it was "
    "checked today.",
    "correct": "What you write here takes the place of what the lists say, now and after every update.",
    "remove": "From now on it is kept out of the map, the report and every export, and no update of a list brings it back. "
    "What was exported before cannot be called back, its row stays in the publisher’s own file, and grants that were paid to "
    "it stay listed. Its name and place are kept in the file decisions.csv of the place folder, so that it is known again.",
}

#: What may be said of two listings.
VERDICTS = {"same": "One place", "different": "Two places"}

#: The same where one of them is not on the map.
_VERDICTS_UNPLACED = {"same": "One and the same", "different": "Not the same"}

#: What is shown in an empty box, by field.
EXAMPLES = {
    "location": "M33 7ZF, or 53.4251, -2.3187, or 378912, 391605",
    "opening_hours": "Mo-Fr 09:00-17:00; Sa 10:00-13:00",
    "last_checked": "2026-03-31",
}

#: What to know of a value, by field; of "", for all others.
VALUE_TOLD = {
    "": "Leave it empty if it is not known. Do not write private phone numbers or addresses: everybody can read it.",
    "name": "As people know it.",
    "location": "Where people go in: a postcode of this place, a latitude and a longitude, or an easting and a northing. Never "
    "somebody’s home.",
}

_OUTSIDE = "outside the areas"
_NOT_MAPPED = "not on the map"


class Catalogue(NamedTuple):
    """Every listing of a place.

    Parameters
    ----------
    place
        The place.
    table
        By name, indexed by the listing's id: ``name``, ``kind`` ("" where not known), ``area_code`` ("" where it is in none),
        ``key`` (what decisions call it), ``words`` (what is searched), ``label``, and ``row``: where it stands among the
        assets or, below nought, counted from the end of the organisations.
    """

    place: Place
    table: pd.DataFrame


class Found(NamedTuple):
    """What a search found: the label of the first ones by their id, and how many there are in all."""

    first: dict[str, str]
    number: int


class Listing(NamedTuple):
    """All that is known of one listing.

    Parameters
    ----------
    ident
        Its id.
    key
        What decisions call it; see `assetmap.sources.decisions.listing_key`.
    name
        Its name.
    placed
        Whether it is a place on the map.
    area_code
        The area that it stands in; "" where in none.
    values
        Each of `CORRECTABLE` as it is kept; "" where not known.
    told
        The same and what else is known of it, for readers: label and text.
    """

    ident: str
    key: str
    name: str
    placed: bool
    area_code: str
    values: dict[str, str]
    told: dict[str, str]


class Pair(NamedTuple):
    """Two listings that may be one, by their ids, and what speaks for it."""

    left: str
    right: str
    why: str


# -- to find -------------------------------------------------------------------------------------


def catalogue(place: Place) -> Catalogue:
    """Every listing of a place: its assets, and the organisations that are listed without a location."""
    assets = place.assets
    placed = pd.DataFrame(
        {
            "name": assets["name"],
            "kind": assets["kind"],
            "area_code": assets["area_code"].fillna(""),
            "postcode": assets["postcode"],
            "where": assets["area_code"].map(place.areas["area_name"]).fillna(_OUTSIDE),
            "x": assets.geometry.x,
            "y": assets.geometry.y,
            "row": np.arange(len(assets)),
        }
    )
    listed = place.organisations
    unplaced = pd.DataFrame(
        {
            "name": listed["name"],
            "kind": listed["kind"].fillna(""),
            "area_code": "",
            "postcode": listed["postcode"],
            "where": _NOT_MAPPED,
            "x": np.nan,
            "y": np.nan,
            "row": np.arange(len(listed)) - len(listed),
        }
    )
    told = listed["list"] + "|" + listed["name"]
    idents = told.map(lambda text: f"o-{hashlib.sha256(text.encode()).hexdigest()[:12]}")
    again = idents.groupby(idents).cumcount()
    unplaced.index = pd.Index(idents + again.map(lambda n: f"-{n + 1}" if n else ""))
    parts = [part for part in (placed, unplaced[unplaced["name"] != ""]) if len(part)]
    table = pd.concat(parts) if parts else placed
    kind_label = table["kind"].map({"": "kind not known", **kind_labels(every=True)})
    table = table.assign(
        key=[listing_key(*each) for each in zip(table["name"], table["x"], table["y"], strict=True)],
        words=[plain_words(text) for text in table["name"] + " " + table["postcode"]],
        label=table["name"] + " · " + kind_label + " · " + table["where"],
    )
    columns = ["name", "kind", "area_code", "key", "words", "label", "row"]
    return Catalogue(place, table.sort_values(["words", "label"], kind="stable")[columns])


def find(known: Catalogue, text: str, kind: str, area_code: str, most: int) -> Found:
    """The listings whose name or postcode has every word, or part of a word, of the text.

    Parameters
    ----------
    known
        Every listing.
    text
        What to look for; "" for all.
    kind, area_code
        Only listings of that kind or in that area; "" for all.
    most
        How many to give: those first whose name begins with the text.
    """
    table = known.table
    for column, wanted in (("kind", kind), ("area_code", area_code)):
        if wanted:
            table = table[table[column] == wanted]
    wanted = plain_words(text)
    if text.strip() and not wanted:  # signs alone are in no name
        table = table[:0]
    for word in wanted.split():
        table = table[table["words"].astype(str).str.contains(word, regex=False)]
    # A place without any listing has a column of no type at all, which has no words to ask.
    begins = table["words"].astype(str).str.startswith(wanted)
    first = [*table.index[begins][:most], *table.index[~begins][:most]][:most]
    return Found(table.loc[first, "label"].to_dict(), len(table))


def ident_of(known: Catalogue, key: str) -> str:
    """The id of the listing that decisions call so; "" where none is."""
    found = known.table.index[known.table["key"] == key]
    return str(found[0]) if len(found) else ""


def kind_labels(*, every: bool) -> dict[str, str]:
    """What to call each kind in a list to choose from, by label.

    Parameters
    ----------
    every
        Whether kinds that are not counted, and those whose places are never mapped, are among them.
    """
    chosen = [kind for kind in kinds().values() if every or (kind.counted and not kind.sensitive)]
    return {kind.kind: kind.label for kind in sorted(chosen, key=lambda kind: kind.label)}


def area_labels(place: Place) -> dict[str, str]:
    """What to call each area in a list to choose from, by name."""
    names = place.areas["area_name"].sort_values(kind="stable")
    return {str(code): f"{name} ({code})" for code, name in names.items()}


def found_with(known: Catalogue, found: Found, chosen: str) -> dict[str, str]:
    """The label of each listing that a search found first, and of the one that was chosen before, by id."""
    more = {chosen: str(known.table.at[chosen, "label"])} if chosen in known.table.index else {}
    return {**found.first, **more}


def found_told(found: Found) -> str:
    """How many listings a search found, and how many of them can be chosen."""
    if not found.number:
        return "No listing found. Write less of the name, or choose all kinds and areas."
    told = f"{counted(found.number, 'listing')} found"
    if found.number > len(found.first):
        told += f"; the first {len(found.first)} are here, so write more of the name for the others"
    return told


# -- to read -------------------------------------------------------------------------------------


def listing(known: Catalogue, ident: str) -> Listing | None:
    """All that is known of the listing of that id; None where there is none."""
    if ident not in known.table.index:
        return None
    place, row = known.place, known.table.loc[ident].to_dict()
    placed = bool(row["row"] >= 0)
    source = (place.assets if placed else place.organisations).iloc[row["row"]].to_dict()
    kind = kinds().get(row["kind"])
    values = {key: str(source[key]) for key in ASSET_FIELDS}
    told = {"Kind": kind.label if kind else ""}
    if placed:
        if source["kind_confidence"] < 1:
            told["Kind"] += f" (worked out from its words, {source['kind_confidence']:.0%} sure)"
        area = place.areas["area_name"].get(row["area_code"])
        told["Area"] = f"{area} ({row['area_code']})" if area else _OUTSIDE
        x, y = source["geometry"].x, source["geometry"].y
        told["Location"] = f"easting {x:.0f}, northing {y:.0f}"
        values["location"] = f"{x:.0f},{y:.0f}"
        lists, licence = source["sources"], source["licence"]
    else:
        hidden = (
            "Its place is never shown." if kind and kind.sensitive else ROLE_LABELS.get(source["role"], "")
        )
        told["On the map"] = f"No. {hidden}"
        told["Area it serves"] = source["area_of_benefit"]
        lists, licence = source["list"], ""
    told |= {
        label: values[key] for key, label in ASSET_FIELDS.items() if placed or key not in NOT_WITHOUT_PLACE
    }
    told["Named by"] = lists_told(place, lists)
    if licence:
        told["Licence"] = licence
    values |= {"name": row["name"], "kind": row["kind"]}
    return Listing(ident, row["key"], row["name"], placed, row["area_code"], values, told)


def lists_told(place: Place, lists: str) -> str:
    """Every list that names it, whose it is, under which licence, and of when."""
    layers = {layer.name: layer for layer in place.layers if layer.table == "assets"}
    told = []
    for name in lists.split("; "):
        layer = layers.get(f"assets: {name}")
        about = f" (source: {layer.source}; licence: {layer.licence}; date: {layer.date})" if layer else ""
        told.append(f"{name}{about}")
    return "\n".join(told)


def listing_html(one: Listing) -> str:
    """All that is known of a listing, and what is not."""
    lines = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{_text(text)}</dd></div>"
        for label, text in one.told.items()
        if text
    )
    unknown = ", ".join(label for label, text in one.told.items() if not text)
    if unknown:
        lines += f"<div><dt>{NOT_KNOWN.capitalize()}</dt><dd><em>{escape(unknown)}</em></dd></div>"
    return f'<div class="am-account"><h2>{escape(one.name)}</h2><dl class="am-facts">{lines}</dl></div>'


def _text(text: str) -> str:
    """A value, line by line; that it is not known, where it is not."""
    return escape(text).replace("\n", "<br>") if text else f"<em>{NOT_KNOWN}</em>"


def pair_html(known: Catalogue, pair: Pair) -> str:
    """Two listings side by side, and why they may be one."""
    sides = [one for ident in (pair.left, pair.right) if (one := listing(known, ident))]
    labels = [label for label in sides[0].told if any(side.told.get(label) for side in sides)]

    def cell(side: Listing, label: str) -> str:
        return f"<td>{_text(side.told.get(label, ''))}</td>"

    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>{"".join(cell(side, label) for side in sides)}</tr>'
        for label in labels
    )
    heads = "".join(f'<th scope="col">{escape(side.name)}</th>' for side in sides)
    return (
        '<div class="am-scroll am-pair" tabindex="0" role="group" aria-label="Two listings that may be one"><table>'
        f"<caption><span>Why they may be one: {escape(pair.why)}.</span></caption>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def question_html(question: Question) -> str:
    """Where a word or a name stands whose kind is to be decided, and what speaks for a kind."""
    told = f"In {counted(question.rows, 'row')} of {', '.join(question.files)}."
    if question.kind:
        told += f" It may be: {kinds()[question.kind].label.lower()} ({question.why})."
    return f'<p class="am-note am-why">{escape(told)}</p>'


def kinds_told(asked: Sequence[Question]) -> str:
    """What is to be decided of kinds, and what it does."""
    words = counted(len(asked), "word or name", "words and names")
    rows = counted(sum(each.rows for each in asked), "row")
    return f"{words} that tell no kind, in {rows} left out for that. Choose a kind, and every list is read with it."


def act_html(act: str) -> str:
    """What it does to claim, correct or remove a listing."""
    return f'<p class="am-note">{_ACTS_TOLD[act]}</p>'


def also_removed_html(labels: Sequence[str]) -> str:
    """The other listings that go with one that is removed."""
    if not labels:
        return '<p class="am-note">No other listing goes with it.</p>'
    items = "".join(f"<li>{escape(label)}</li>" for label in labels)
    return (
        '<div class="am-note"><p><strong>These listings go with it, for they have its name and are near by, or are the '
        f"same:</strong></p><ul>{items}</ul></div>"
    )


# -- to decide -----------------------------------------------------------------------------------


def correctable(one: Listing) -> list[str]:
    """The fields of a listing that may be corrected."""
    return [field for field in CORRECTABLE if one.placed or field not in NOT_WITHOUT_PLACE]


def also_removed(
    known: Catalogue, one: Listing, keys: Sequence[str], decisions: Iterable[Decision]
) -> list[str]:
    """The labels of the other listings that go with a listing when it is removed.

    Parameters
    ----------
    known
        Every listing.
    one
        The listing.
    keys
        What decisions call it and all that was joined into it.
    decisions
        What people decided before.
    """
    place, table = known.place, known.table
    links = links_of(decisions, place.crs)
    every = [alias for key in keys for alias in known_as(key, links)]
    there = [alias for key in keys for alias in where_it_was(key, known_as(key, links))]
    taken = set(listings_of(there, place.assets))
    names = {plain_name(key.rpartition(" @ ")[0]) for key in every}
    unplaced = table.loc[table["row"] < 0, "name"].map(plain_name)
    taken |= set(unplaced.index[unplaced.isin(names)])
    return list(table.loc[table.index.isin(taken - {one.ident}), "label"])


def removed_as(name: str, decisions: Iterable[Decision], crs: object) -> list[str]:
    """The keys of the removed listings of that name, and of those that went with them.

    Raises
    ------
    PlaceError
        Where nothing of that name was removed.
    """
    decisions = list(decisions)
    standing, links = standing_removals(decisions), links_of(decisions, crs)
    named = [key for key in standing if plain_name(key.rpartition(" @ ")[0]) == plain_name(name)]
    keys = [
        key
        for key in standing
        if any(one_listing(key, alias) for each in named for alias in known_as(each, links))
    ]
    if not keys:
        what = f"Nothing that was removed is called “{name}”." if name else "Nothing was typed."
        raise PlaceError(Problem("Name", what, "Type the whole name, as it was listed."))
    return keys


_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")
_TWO_NUMBERS = re.compile(r"([+-]?\d+(?:\.\d+)?)°?(?:\s*[,;]\s*|\s+)([+-]?\d+(?:\.\d+)?)°?")
_LARGEST_DEGREE = 180
_HOW_LOCATED = (
    "Type a postcode of this place, an easting and a northing such as 378912, 391605, or a latitude and a longitude such as "
    "53.4251, -2.3187."
)


def find_location(place: Place, text: str) -> tuple[str, str]:
    """The location that somebody typed, as decisions write it; and the postcode, where it was one.

    Latitude and longitude may come in either order, for only one of them is near the place.

    Raises
    ------
    PlaceError
        Where it is none, or none near the place.
    """
    if not text.strip():
        raise PlaceError(Problem("Location", "Nothing was typed.", _HOW_LOCATED))
    postcode = plain_postcode(pd.Series([text.strip()])).iloc[0]
    if _POSTCODE.fullmatch(postcode):
        if place.postcodes is None:
            raise _no_location(text, "is a postcode, and this place has no table of postcodes")
        if postcode not in place.postcodes.index:
            raise _no_location(text, "is not in this place’s table of postcodes")
        point = place.postcodes[postcode]
        return f"{point.x:.0f},{point.y:.0f}", f"{postcode[:-3]} {postcode[-3:]}"
    numbers = _TWO_NUMBERS.fullmatch(text.strip())
    if numbers is None:
        raise _no_location(text, "is not a location")
    one, other = map(float, numbers.groups())
    as_typed, turned = _near(place, one, other), _near(place, other, one)
    if max(abs(one), abs(other)) > _LARGEST_DEGREE and turned and not as_typed:
        raise _no_location(text, "looks like a northing and an easting: swap the two")
    if as_typed and turned and as_typed != turned:
        raise _no_location(text, "could be read both ways")
    found = as_typed or turned
    if not found:
        raise _no_location(text, f"is more than {LOAD_MARGIN_M // 1000} km away from {place.name}")
    return found, ""


def _near(place: Place, x: float, y: float) -> str:
    """A location as decisions write it, from degrees or metres; "" where it is not near the place."""
    degrees = max(abs(x), abs(y)) <= _LARGEST_DEGREE
    if degrees and abs(y) > 90:
        return ""
    point = gpd.GeoSeries.from_xy([x], [y], crs=4326 if degrees else place.crs).to_crs(place.crs).iloc[0]
    near = np.isfinite(point.x) and place.areas.dwithin(point, LOAD_MARGIN_M).any()
    return f"{point.x:.0f},{point.y:.0f}" if near else ""


def _no_location(text: str, what: str) -> PlaceError:
    return PlaceError(Problem("Location", f"“{text.strip()}” {what}.", _HOW_LOCATED))


def decisions_about(
    place: Place,
    one: Listing,
    act: str,
    today: str,
    by: str,
    note: str = "",
    field: str = "",
    typed: str = "",
    keys: Sequence[str] = (),
) -> list[Decision]:
    """What somebody decided of a listing, ready to be recorded.

    Parameters
    ----------
    place
        The place.
    one
        The listing.
    act
        "claim", "correct" or "remove".
    today
        The date, ISO 8601.
    by, note
        Who says so, and why.
    field, typed
        Of a correction: one of `CORRECTABLE`, and its new value; "" where it is not known.
    keys
        Of a removal: what decisions call the listing and all that was joined into it.

    Raises
    ------
    PlaceError
        Where something is missing, or changes nothing, or is no location near the place.
    """
    by, note, value, postcode = who(by), _line(note), _line(typed), ""
    if act != "correct":
        return [Decision(today, by, act, key, note=note) for key in keys or [one.key]]
    if field == "location":
        value, postcode = find_location(place, value)
    if value == one.values.get(field, ""):
        what = f"It is “{value}” already." if value else f"It is {NOT_KNOWN} already."
        raise PlaceError(Problem(FIELD_LABELS[field], what, "Type the new value, or leave it."))
    decided = [Decision(today, by, act, one.key, field, value, note)]
    if postcode and postcode != one.values["postcode"]:
        x, y = map(float, value.split(","))
        decided.append(Decision(today, by, act, listing_key(one.name, x, y), "postcode", postcode, note))
    return decided


#: What joins letters or keeps them apart in Persian, Urdu and Hindi, and cannot be seen itself.
_JOINERS = "\u200c\u200d"


def _line(text: str) -> str:
    """Text on one line, without what cannot be seen."""
    return " ".join("".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in text).split())


def key_after(decision: Decision, one: Listing) -> str:
    """The key of a listing after a correction."""
    name = decision.value if decision.other == "name" else one.name
    where = decision.value if decision.other == "location" else one.key.rpartition(" @ ")[2]
    return f"{name} @ {where}"


def told_of(decisions: Sequence[Decision], before: Listing) -> str:
    """What decisions about one listing changed, in words."""
    first, name = decisions[0], before.name
    if first.act == "claim":
        return f"“{name}” is now marked as right, checked on {first.date}."
    if first.act == "remove":
        return f"“{name}” is removed, and no update of a list brings it back."
    changes = "; ".join(
        f"{FIELD_LABELS[each.other]}: {_said(each, each.value)}, before {_said(each, before.values.get(each.other, ''))}"
        for each in decisions
    )
    return f"“{name}” is corrected. {changes}."


def _said(decision: Decision, value: str) -> str:
    label = kinds()[value].label if decision.other == "kind" and value in kinds() else value
    return f"“{label}”" if label else NOT_KNOWN


def told_of_kinds(chosen: Mapping[str, str]) -> str:
    """What decisions about the kinds of words changed, in words."""
    said = ", ".join(f"“{subject}” is now {kinds()[kind].label.lower()}" for subject, kind in chosen.items())
    return f"{said}. The lists were read again with it."


def told_of_pairs(answers: Mapping[Pair, str]) -> str:
    """What decisions about pairs changed, in words."""
    one, two = (sum(said == verdict for said in answers.values()) for verdict in VERDICTS)
    return f"Saved: {counted(one, 'pair')} one place each, {counted(two, 'pair')} two places each."


def told_of_restored(keys: Iterable[str]) -> str:
    """What it changed that removals were lifted, in words."""
    names = dict.fromkeys(f"“{key.rpartition(' @ ')[0]}”" for key in keys)
    return f"The removal of {' and '.join(names)} is lifted: it shows again wherever a list names it."


def who(typed: str) -> str:
    """Who says so.

    Raises
    ------
    PlaceError
        Where nobody does.
    """
    if not _line(typed):
        raise PlaceError(Problem("Who says so", "Nothing was typed.", "Type your name, or your group’s."))
    return _line(typed)


def look_alike(known: Catalogue, decisions: Iterable[Decision]) -> list[Pair]:
    """Pairs of places that may be one told twice, the likeliest first, which nobody has decided on.

    Raises
    ------
    PlaceError
        Where the library that finds them is not installed.
    """
    found = doubtful_pairs(known.place, list(decisions))
    return [Pair(*each) for each in found[["left", "right", "why"]].itertuples(index=False, name=None)]


def look_alike_unplaced(known: Catalogue, decisions: Iterable[Decision]) -> list[Pair]:
    """Pairs of a place and an organisation that is listed without one, as of `look_alike`; no library is needed."""
    place = known.place
    settled = decided_organisations(place.assets, place.organisations, list(decisions))
    bodies = find_organisations(place.assets, place.organisations, settled)
    ident = {row: str(each) for each, row in known.table["row"].items() if row < 0}
    return [
        Pair(str(asset), ident[body - len(place.organisations)], why)
        for asset, body, why in bodies.itertuples(index=False, name=None)
    ]


def keys_of(known: Catalogue, pair: Pair) -> tuple[str, str]:
    """What decisions call the two listings of a pair."""
    return str(known.table.at[pair.left, "key"]), str(known.table.at[pair.right, "key"])


def pair_label(known: Catalogue, pair: Pair) -> str:
    """What is asked of a pair."""
    left, right = (str(known.table.at[ident, "name"]) for ident in (pair.left, pair.right))
    return f"“{left}” and “{right}” are"


def verdict_labels(known: Catalogue, pair: Pair) -> dict[str, str]:
    """What may be said of a pair."""
    placed = (known.table.loc[[pair.left, pair.right], "row"] >= 0).all()
    return VERDICTS if placed else _VERDICTS_UNPLACED


def pairs_told(pairs: Sequence[Pair]) -> str:
    """What is to be decided of places that look alike, and what it does."""
    number = counted(len(pairs), "pair of listings", "pairs of listings")
    return (
        f"{number} may be one place told twice. Each pair counts as two until somebody says that it is one."
    )


def pairs_unplaced_told(pairs: Sequence[Pair]) -> str:
    """The same of places and organisations that are not on the map."""
    number = counted(
        len(pairs), "pair of a place and an organisation", "pairs of a place and an organisation"
    )
    return (
        f"{number} that is not on the map, such as a charity on a register, may be one and the same. If they are, the place "
        "names that list, too, and takes from it what it lacks, such as a website; its location stays what it is."
    )
