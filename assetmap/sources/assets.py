"""Lists of community assets: each row located, named and given a kind and a role, or kept out with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from assetmap.errors import PlaceError, Problem, counted
from assetmap.model import ASSET_FIELDS, ROLES
from assetmap.sources.boundaries import near
from assetmap.sources.cells import as_date
from assetmap.sources.classify import classify
from assetmap.sources.files import require_columns
from assetmap.sources.hours import hours_by_heading
from assetmap.sources.locate import Gazetteer, locate, rejected
from assetmap.sources.osm import OSM_COLUMNS
from assetmap.sources.recipe import BY_NAME, RECIPE_NAME, Entry, is_osm, no_kind
from assetmap.sources.rows import read_rows
from assetmap.sources.tables import to_numbers
from assetmap.taxonomy import kind_named, kinds, plain_words, sensitive_name

__all__ = ["LOAD_MARGIN_M", "NAMELESS", "Gathered", "one_address", "read_assets"]

#: Assets this far beyond the study area are loaded: an hour's walk at the fastest settings.
LOAD_MARGIN_M = 10_000

#: What follows the kind where a list gives no name.
NAMELESS = "(name not given)"

#: A kind worked out from words is used from this confidence on; below it a person decides.
_SURE_ENOUGH = 0.6

#: Words of lists for what a location is.
_ROLE_WORDS = {
    **{role: role for role in ROLES},
    **dict.fromkeys(
        ("place", "site", "building", "premises", "physical", "meeting place", "public"), "venue"
    ),
    **dict.fromkeys(
        ("office", "head office", "registered office", "registered address", "headquarters"), "base"
    ),
    **dict.fromkeys(
        ("correspondence", "correspondent", "postal", "contact address", "home", "private"), "contact"
    ),
    **dict.fromkeys(("area served", "area", "outreach", "virtual", "online", "visits homes"), "area_served"),
}

_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "1", "full", "fully", "designated"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "none"), "no"),
    **dict.fromkeys(("unknown", "not known", "n a", "na", "don't know"), ""),
}

#: How lists say what has only a few answers; another word is not known, and is told.
_ANSWERS = {
    "step_free": {**_YES_NO, **dict.fromkeys(("limited", "partial", "partly", "with help"), "limited")},
    "volunteers": {**_YES_NO, **dict.fromkeys(("wanted", "needed"), "yes")},
}

#: How the heading of a register's number is told.
_REGISTERED = re.compile(r"charity|company", re.IGNORECASE)

#: Fields that are dates, as fine as the list gives them: a year alone is kept as a year.
_DATES = ("last_checked", "last_edited")

_FREE = ("free", "no", "none", "0", "£0", "£0.00", "free of charge", "no charge", "nil")


class Gathered(NamedTuple):
    """What one list gave.

    Parameters
    ----------
    rows
        Its good venues within the margin: ``name``, ``kind``, ``kind_confidence``, ``list``, ``sources``, ``licence``, ``row``, each
        of `ASSET_FIELDS`, ``geometry``.
    organisations
        Its rows that are no venue: ``name``, ``kind``, ``role``, ``list``, ``licence``, ``row``, ``area_of_benefit``, each of
        `ASSET_FIELDS`, and ``number``, the charity's or company's, which only a venue that people say is the same takes on.
    themes
        The themes of every row that has a kind and a place, near or far: what the list speaks of.
    problems
        What was wrong with others; one a rejected row.
    rows_in
        How many rows were read.
    places, located
        How many of them are places of a kind that may count, near or far; and how many of those have a location.
    kind_unknown
        How many with a location were left out since nothing tells their kind.
    footprint
        What the list covers, where the file itself tells; in the outline's CRS.
    """

    rows: gpd.GeoDataFrame
    organisations: pd.DataFrame
    themes: frozenset[str]
    problems: list[Problem]
    rows_in: int
    places: int = 0
    located: int = 0
    kind_unknown: int = 0
    footprint: shapely.Geometry | None = None
    sha256: str | None = None


def _told(entry: Entry, what: str, remedy: str = "Nothing to do.", column: str | None = None) -> Problem:
    return Problem(entry.file, what, remedy, column=column, severity="note")


def _fields(entry: Entry, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Each of `ASSET_FIELDS` as text, "" where it is not known or cannot be understood, which is told."""
    require_columns(entry, table, ("uprn", *(key for key in ASSET_FIELDS if not _is_spread(entry, key))))
    fields = pd.DataFrame(
        {key: _cells(entry, table, key) for key in ASSET_FIELDS},
        index=table.index,
        dtype=object,
    )
    if entry.get("uprn") and not entry.get("identifier"):
        fields["identifier"] = table[entry.get("uprn")]
    if entry.get("cost"):
        said = {word: "free" for word in fields["cost"].unique() if word.casefold().strip(" .") in _FREE}
        fields["cost"] = fields["cost"].map(lambda word: said.get(word, word))
    problems = []
    for key, answers in _ANSWERS.items():
        if entry.get(key):
            given = fields[key]
            meant = {word: answers.get(plain_words(word)) for word in given.unique()}
            fields[key] = given.map(meant).fillna("")
            problems += _not_understood(entry, key, given[given.map(meant).isna()])
    for key in filter(entry.get, _DATES):
        given = fields[key]
        fields[key] = given.map({word: as_date(word) for word in given.unique()})
        problems += _not_understood(entry, key, given[fields[key] == ""])
    return fields, problems


def _is_spread(entry: Entry, key: str) -> bool:
    """Whether the recipe names several columns for one field."""
    return isinstance(entry.get(key), list)


def _cells(entry: Entry, table: pd.DataFrame, key: str) -> pd.Series | str:
    """What a list says of one field, put together where it stands in several columns."""
    column = entry.get(key)
    if not _is_spread(entry, key):
        return table[column] if column else ""
    for each in column:
        require_columns(Entry(entry.table, {**entry.values, key: each}, entry.folder), table, (key,))
    spread = table[column]
    if spread.shape[1] != len(set(column)):
        what = f"Two of the columns named as {key} have the same heading."
        raise PlaceError(Problem(entry.file, what, "Rename one of them, and name each column once."))
    rows = list(spread.itertuples(index=False, name=None))
    days = hours_by_heading(column) if key == "opening_hours" else None
    if key == "opening_hours" and days is None:
        what = (
            "It is to be open at the times of several columns, and not each is headed by a day of the week."
        )
        raise PlaceError(Problem(entry.file, what, "Name one column of opening hours, or those of the days."))
    joined = {row: one_address(row) if days is None else days(row) for row in set(rows)}
    return pd.Series([joined[row] for row in rows], index=table.index, dtype=object)


#: The number of a house, which no comma parts from its street.
_HOUSE = re.compile(r"\d+[a-z]?(?:\s*[-–/]\s*\d+[a-z]?)?", re.IGNORECASE)


def one_address(parts: Iterable[str]) -> str:
    """The parts of an address as one text, each once.

    Examples
    --------
    >>> one_address(["12-14", "High Street", "", "Stretford", "Stretford"])
    '12-14 High Street, Stretford'
    """
    address = ""
    for part in dict.fromkeys(part.strip(" ,") for part in parts):
        if part:
            gap = "" if not address else " " if _HOUSE.fullmatch(address.rsplit(", ", 1)[-1]) else ", "
            address += gap + part
    return address


def _not_understood(entry: Entry, key: str, left_open: pd.Series) -> list[Problem]:
    lost = left_open[left_open != ""]
    if lost.empty:
        return []
    what = f"{counted(len(lost), 'value')} of {key} not understood, such as “{lost.iloc[0]}” in row {lost.index[0]}."
    wanted = (
        "a date such as 2026-03-31"
        if key in _DATES
        else " or ".join(sorted(set(_ANSWERS[key].values()) - {""}))
    )
    return [_told(entry, what, f"Treated as not known; write {wanted}.", entry.get(key))]


def _roles(entry: Entry, table: pd.DataFrame) -> tuple[pd.Series, list[Problem]]:
    """What each row's location is; an unknown word is taken for a contact, since that is never mapped."""
    usual = entry.get("role", "venue")
    column = entry.get("role_column")
    if column is None:
        return pd.Series(usual, index=table.index, dtype=object), []
    require_columns(entry, table, ("role_column",))
    words = {word: _ROLE_WORDS.get(plain_words(word)) if word else usual for word in table[column].unique()}
    roles = table[column].map(words)
    strange = table[column][roles.isna()]
    problems = []
    if len(strange):
        what = f"{counted(len(strange), 'row')} whose role is not known, such as “{strange.iloc[0]}” in row {strange.index[0]}."
        problems.append(
            _told(entry, what, f"Treated as contacts and not mapped; use one of: {', '.join(ROLES)}.", column)
        )
    return roles.fillna("contact"), problems


class _Kinds(NamedTuple):
    kind: pd.Series
    confidence: pd.Series
    problems: list[Problem]


def _kinds(
    entry: Entry, table: pd.DataFrame, names: pd.Series, fields: pd.DataFrame, words: Mapping[str, str]
) -> _Kinds:
    """The kind of each row that has one and how sure it is, and a problem for each that has none."""
    whole, column = entry.get("kind"), entry.get("kind_column")
    if column is not None:
        require_columns(entry, table, ("kind_column",))
    if whole == BY_NAME:
        return _kinds_by_name(entry, table[column] if column else None, names, fields, words)
    if whole is not None:
        if whole not in kinds():
            what = f"The list “{entry.get('name')}” has kind “{whole}”, which the taxonomy does not have."
            raise PlaceError(Problem(RECIPE_NAME, what, f"Use one of: {', '.join(kinds())}.", column="kind"))
        return _Kinds(
            pd.Series(whole, index=table.index, dtype=object), pd.Series(1.0, index=table.index), []
        )
    if column is None and entry.get("role", "venue") == "venue":
        raise PlaceError(no_kind(entry))
    if column is None:
        return _Kinds(pd.Series(index=table.index, dtype=object), pd.Series(0.0, index=table.index), [])
    known = {word: _kind_of_word(word, words) for word in table[column].unique()}
    kind = table[column].map(known)
    strange = table[column][kind.isna()]
    what = strange.map(
        lambda word: (
            f"“{word}” is not a kind that the taxonomy knows." if word else "It does not say what kind it is."
        )
    )
    remedy = "Use a kind of assetmap/taxonomy.toml, or add the word to it."
    return _Kinds(kind, kind.notna().astype(float), rejected(entry, what, remedy, column))


def _kind_of_word(word: str, words: Mapping[str, str]) -> str | None:
    """The kind of a list's own word: as people decided, else as the taxonomy has it."""
    decided = words.get(plain_words(word))
    found = kind_named(word)
    return decided or (found.kind if found else None)


def _kinds_by_name(
    entry: Entry,
    categories: pd.Series | None,
    names: pd.Series,
    fields: pd.DataFrame,
    words: Mapping[str, str],
) -> _Kinds:
    said = pd.Series("", index=names.index, dtype=object) if categories is None else categories
    guessed = classify(names, fields["description"], said)
    kind, confidence = guessed["kind"].astype(object), guessed["confidence"].astype(float)
    decided = _as_decided(said, words).fillna(_as_decided(names, words))
    kind, confidence = decided.where(decided.notna(), kind), confidence.mask(decided.notna(), 1.0)
    doubtful = kind.isna() | (confidence < _SURE_ENOUGH)
    why = [
        "Its words do not tell what kind it is."
        if pd.isna(likely)
        else f"It may be: {kinds()[likely].label.lower()}, but that is not sure ({said_why})."
        for likely, said_why in zip(kind[doubtful], guessed["why"][doubtful], strict=True)
    ]
    what = pd.Series(why, index=names.index[doubtful], dtype=object)
    remedy = (
        "Decide its kind under Listings in the app, or write it in a column and name that as kind_column."
    )
    return _Kinds(kind.mask(doubtful), confidence, rejected(entry, what, remedy))


def _as_decided(texts: pd.Series, words: Mapping[str, str]) -> pd.Series:
    """The kind that people decided for each text; missing where they did not."""
    decided = {text: words.get(plain_words(text)) for text in texts.unique()} if words else {}
    return texts.map(decided).astype(object)


#: What a list may say of each row rather than of all.
_ABOUT_ROW = ("confidence_column", "sources_column", "licence_column")


def _about(entry: Entry, table: pd.DataFrame, key: str, usual: object) -> pd.Series:
    """What a list says of each row, or what holds for all of it."""
    column = entry.get(key)
    if column is None:
        return usual if isinstance(usual, pd.Series) else pd.Series(usual, index=table.index, dtype=object)
    return table[column]


def _as_stated(entry: Entry, table: pd.DataFrame, confidence: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """How sure each kind is, as the list itself says it; where it says nothing that can be, as it was worked out."""
    column = entry.get("confidence_column")
    if column is None:
        return confidence, []
    given = table.loc[confidence.index, column]
    stated = to_numbers(given)
    stated = stated.where(stated.between(0, 1))
    odd = given[(given != "") & stated.isna()]
    told = []
    if len(odd):
        what = f"{counted(len(odd), 'value')} of confidence_column not understood, such as “{odd.iloc[0]}” in row {odd.index[0]}."
        told.append(_told(entry, what, "Treated as not said; write a number from 0 to 1.", column))
    return stated.astype(float).fillna(confidence), told


def _sensitive_by_name(names: pd.Series) -> pd.Series:
    """The sensitive kind that each name tells; None where it tells none."""
    told = {name: found.kind for name in names.unique() if (found := sensitive_name(name))}
    return names.map(told).astype(object)


def _sensitive_by_word(entry: Entry, table: pd.DataFrame, words: Mapping[str, str]) -> pd.Series:
    """The sensitive kind that the list's own word tells of each row, whatever its role; None where it tells none."""
    column = entry.get("kind_column")
    said = pd.Series(entry.get("kind"), index=table.index, dtype=object) if column is None else table[column]
    told = {word: _kind_of_word(str(word), words) for word in said.unique()}
    unsafe = {word: kind for word, kind in told.items() if kind is not None and kinds()[kind].sensitive}
    return said.map(unsafe).astype(object)


def read_assets(
    entry: Entry,
    outline: gpd.GeoSeries,
    gazetteers: Mapping[str, Gazetteer],
    words: Mapping[str, str],
    stage: Callable[[float, str], None] = lambda _part, _what: None,
) -> Gathered:
    """One list of assets, in the CRS of the study area's outline.

    Only venues become points. An organisation's office, an address for letters (which may be somebody's home), an
    area served, and any place of a sensitive kind are kept as organisations, without a place.

    Parameters
    ----------
    entry
        The table of the recipe.
    outline
        The study area, in metres.
    gazetteers
        Where to look rows up, by the name of their table in the recipe.
    words
        The kind of each word that people have decided, by the word in plain letters.
    stage
        Called with how large a part of the work is done, and the word for what comes next.
    """
    if is_osm(entry.file):
        entry = entry.saying(OSM_COLUMNS)
    listed = read_rows(entry)
    stage(0.3, "Telling the kinds of")
    entry = entry.saying(listed.columns)
    require_columns(entry, listed.table, ("title", "area_of_benefit", *_ABOUT_ROW))
    fields, not_understood = _fields(entry, listed.table)
    roles, no_roles = _roles(entry, listed.table)
    names = (
        listed.table[entry.get("title")]
        if entry.get("title")
        else pd.Series("", listed.table.index, dtype=object)
    )
    notes = [*listed.problems, *not_understood, *no_roles]

    is_venue = roles == "venue"
    kind, confidence, strange = _kinds(
        entry, listed.table[is_venue], names[is_venue], fields[is_venue], words
    )
    confidence, no_confidence = _as_stated(entry, listed.table, confidence)
    notes += no_confidence
    by_name = _sensitive_by_name(names)
    kind = by_name[is_venue].where(by_name[is_venue].notna(), kind)
    unsafe = kind.index[kind.map({name: each.sensitive for name, each in kinds().items()}).eq(True)]
    apart = listed.table.index[~is_venue].union(unsafe)
    secret = by_name.where(by_name.notna(), _sensitive_by_word(entry, listed.table, words))
    organisations = _organisations(entry, listed.table.loc[apart], names, kind, roles, fields, secret)
    notes += _told_of_organisations(entry, roles[~is_venue], len(unsafe))

    counts = kind.drop(unsafe).dropna()
    unscored = counts[counts.map(lambda each: not kinds()[each].counted)]
    if len(unscored):
        listed_kinds = ", ".join(
            f"{kinds()[str(each)].plural} ({n:,})" for each, n in sorted(unscored.value_counts().items())
        )
        notes.append(
            _told(
                entry,
                f"{counted(len(unscored), 'row')} of kinds that are not counted as assets: {listed_kinds}.",
            )
        )
    wanted = counts.index.difference(unscored.index)
    venues = listed._replace(
        table=listed.table.loc[is_venue.index[is_venue]].drop([*unsafe, *unscored.index]),
        shapes=None if listed.shapes is None else listed.shapes[is_venue].drop([*unsafe, *unscored.index]),
    )
    stage(0.6, "Locating")
    points, unlocated = locate(entry, venues, gazetteers, outline)
    located = len(points)
    # A row is told of once: for its place, or else for its kind, which the list may say of a sensitive one too.
    lost = {problem.row for problem in unlocated}.union(unsafe)
    strange = [problem for problem in strange if problem.row not in lost]
    points = points[points.index.isin(wanted)]
    close = near(points, outline, LOAD_MARGIN_M)
    if not close.all():
        what = f"{counted(int((~close).sum()), 'row')} more than {LOAD_MARGIN_M // 1000} km from the place: too far to walk to."
        remedy = (
            "Nothing to do."
            if close.any()
            else "None is nearer: check that the list is of this place, and its crs."
        )
        notes.append(_told(entry, what, remedy))
    kind = kind[points.index]
    names = names[points.index]
    unnamed = names.str.casefold().isin(["", "unknown"])
    rows = gpd.GeoDataFrame(
        {
            "name": names.where(~unnamed, kind.map(lambda each: f"{kinds()[each].label} {NAMELESS}")),
            "kind": kind,
            "kind_confidence": confidence[points.index],
            "list": entry.get("name"),
            "sources": _about(entry, listed.table, "sources_column", entry.get("name"))[points.index],
            "licence": _about(entry, listed.table, "licence_column", entry.licence)[points.index],
            "row": points.index,
            **{key: fields.loc[points.index, key] for key in ASSET_FIELDS},
        },
        geometry=points,
        crs=outline.crs,
    )
    footprint = None if listed.footprint is None else listed.footprint.to_crs(outline.crs).iloc[0]
    return Gathered(
        rows[close],
        organisations,
        frozenset(kinds()[each].theme for each in kind.unique()),
        [*notes, *unlocated, *strange],
        listed.rows_in,
        len(venues.table),
        located,
        len(strange),
        footprint,
        listed.sha256,
    )


def _organisations(
    entry: Entry,
    table: pd.DataFrame,
    names: pd.Series,
    kind: pd.Series,
    roles: pd.Series,
    fields: pd.DataFrame,
    secret: pd.Series,
) -> pd.DataFrame:
    """The rows that are no venue, without a place; of a contact or a sensitive kind not even an address."""
    fields = fields.loc[table.index].copy()
    # Of a contact no other reference is kept: it may be that of somebody's home, as a UPRN is.
    registered = _REGISTERED.search(str(entry.get("identifier", ""))) is not None
    number = fields["identifier"].where(secret[table.index].isna(), "") if registered else ""
    private = roles[table.index].isin(["contact", "venue"]) | secret[table.index].notna()
    kind = kind.reindex(table.index)
    fields.loc[private, ["address", "postcode", "identifier"]] = ""
    served = entry.get("area_of_benefit")
    return pd.DataFrame(
        {
            "name": names[table.index],
            # Of no place but a venue a kind is told, but for those that must not be told of.
            "kind": kind.where(kind.notna(), secret[table.index]),
            "role": roles[table.index],
            "list": entry.get("name"),
            "licence": _about(entry, table, "licence_column", entry.licence),
            "row": table.index,
            "number": number,
            "area_of_benefit": table[served] if served else "",
            **{key: fields[key] for key in ASSET_FIELDS},
        }
    )


def _told_of_organisations(entry: Entry, roles: pd.Series, unsafe: int) -> list[Problem]:
    told = []
    words = {
        "contact": ("contact address", "contact addresses", "a contact address is no place to go to, and may be somebody’s home"),
        "base": ("office", "offices", "people do not go to an office of this kind"),
        "area_served": ("service without a place of its own", "services without a place of their own", "they come to the people they serve"),
    }  # fmt: skip
    for role, (one, many, why) in words.items():
        number = int((roles == role).sum())
        if number:
            told.append(
                _told(entry, f"{counted(number, one, many)} read; none is mapped.", f"Nothing to do; {why}.")
            )
    if unsafe:
        what = f"{counted(unsafe, 'row')} of a sensitive kind, such as a refuge: counted for the whole place and never mapped."
        told.append(_told(entry, what, "Nothing to do; where they are could put people at risk."))
    return told
