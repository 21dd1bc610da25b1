"""What the columns of a list may mean, by their headings and by what stands in them: for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from assetmap.errors import counted
from assetmap.model import THEMES
from assetmap.sources.hours import day_of_heading
from assetmap.sources.points import halves
from assetmap.sources.recipe import POINT_KEYS
from assetmap.sources.tables import to_numbers
from assetmap.taxonomy import kind_named

__all__ = ["Guess", "guess", "hidden", "kind_of_name", "known_kinds"]


class Guess(NamedTuple):
    """What the columns may mean.

    Parameters
    ----------
    columns
        The column for each key of a recipe's ``[[assets]]`` table, as far as one was found; a list of them for an address or
        hours that several make up.
    why
        For each of those keys, why that column, in plain words.
    doubts
        What a person should look at before the list is used.
    contacts
        Columns left alone: telephone, e-mail, and the names and addresses of people.
    role
        "contact" where the only addresses are those of contacts, otherwise "venue".
    """

    columns: dict[str, str | list[str]]
    why: dict[str, str]
    doubts: list[str]
    contacts: tuple[str, ...]
    role: str


#: How lists head a column, in plain words, the likeliest first; "* name" is any heading that ends so.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "gridref": ("grid reference", "grid ref", "gridref", "gridreference", "ngr", "osgr", "os grid reference", "os grid ref",
                "national grid reference", "* grid reference", "* grid ref"),
    "latlon": ("lat lon", "lat long", "lat lng", "latlon", "latlong", "latlng", "latitude longitude", "lon lat", "long lat", "lnglat",
               "coordinates", "coordinate", "coords", "geo point", "geopoint", "geolocation", "location", "point", "geom", "the geom",
               "geometry", "wkt", "* coordinates", "* location", "* point"),
    "uprn": ("uprn", "* uprn", "unique property reference number"),
    "postcode": ("postcode", "post code", "postal code", "pcds", "pcd", "zip", "* postcode", "* post code", "* postal code"),
    "title": (
        "recipient org name", "name", "title", "asset name", "venue name", "venue", "organisation name",
        "organization name", "group name", "site name", "property name", "building name", "facility name",
        "service name", "activity name", "common name", "distname", "* name", "* title", "organisation",
        "organization", "group", "club", "branch", "facility", "practice", "place", "asset", "building",
        "location", "service",
    ),
    "last_checked": (
        "last checked", "date checked", "checked", "check date", "last verified", "verified", "assured date",
        "last updated", "date updated", "updated", "last modified", "date modified", "modified",
        "* last updated date", "* last updated", "* date modified", "effective date",
    ),
    "website": ("website", "web site", "web address", "website address", "homepage", "web page", "webpage", "web",
                "url", "link", "* website", "* web address", "* web", "* url", "* webpage"),
    "address": ("address", "full address", "postal address", "street address", "address line", "* address",
                "* street address", "street name", "street"),
    "opening_hours": (
        "opening hours", "opening times", "open hours", "hours", "times", "open", "when open", "when",
        "meeting times", "meets", "sessions", "day and time", "days and times", "* opening hours", "* opening times",
    ),
    "step_free": ("step free", "step free access", "wheelchair", "wheelchair access", "wheelchair accessible",
                  "level access", "disabled access", "accessible", "accessibility"),
    "cost": ("cost", "costs", "price", "fee", "fees", "charge", "charges", "free", "is it free", "cost of attending"),
    "for_age": ("age", "ages", "age group", "age groups", "age range", "for ages", "target age group", "suitable for ages"),
    "for_language": ("language", "languages", "languages spoken", "community language", "community languages"),
    "for_faith": ("faith", "faith group", "religion", "denomination", "religious character"),
    "for_condition": ("condition", "conditions", "health condition", "health conditions", "for people with"),
    "volunteers": ("volunteers", "volunteers wanted", "volunteers needed", "volunteering", "volunteer opportunities",
                   "wants volunteers", "looking for volunteers"),
    "owner": ("owner", "owned by", "ownership", "owner name", "freeholder", "landlord", "organisation label"),
    "asset_transfer": ("asset transfer", "community asset transfer", "asset transfer status", "transfer status", "cat status"),
    "role_column": ("role", "location role", "address role", "address type"),
    "area_of_benefit": ("area of benefit", "area served", "areas served", "area covered", "areas covered",
                        "area of operation", "service area", "beneficiary location name", "coverage area"),
    "description": (
        "description", "recipient org description", "about", "about us", "summary", "what we do", "activities",
        "services", "services offered", "facilities", "* description", "* activities",
    ),
    "identifier": (
        "id", "identifier", "ref", "reference", "reference number", "unique reference number", "urn", "osm id",
        "asset code", "atco code", "ods code", "organisation data service code", "charity number",
        "registered charity number", "unique id", "uuid", "guid", "recipient org identifier",
        "* id", "* identifier", "* reference", "* reference number", "feature num", "fid", "object id",
    ),
    "detail": ("notes", "note", "details", "detail", "other detail", "further information", "more information",
               "information", "info", "comments", "referral method"),
}  # fmt: skip

_KIND_HEADINGS = (
    "kind", "type", "category", "categories", "asset type", "service type", "facility type", "venue type",
    "activity type", "type of activity", "classification", "classifica", "amenity", "activity", "sector",
    "* type", "* category",
)  # fmt: skip

#: A heading with one of these speaks of something else than the asset: its ward, who runs it, a part of a name.
_NOT_THE_ASSET = set(
    "area authority beneficiary board brand city column constituency council country county department district dept"
    " donor file first forename funder funding funds grant la lad last layer local locality lsoa map middle msoa oa"
    " parish parent postcode programme project provider region road sheet street surname table town trust user ward"
    .split()
)  # fmt: skip

_PERSONAL = re.compile(
    r"\b(contacts?|correspondent|tel|telno|telephones?|(tele)?phone(s|no)?|mobiles?|fax|e ?mails?|surname|forenames?"
    r"|first name|last name|secretary|chair(man|woman|person)?|treasurer|organi[sz]er|co ?ordinator|leader|head ?teacher"
    r"|(registered )?manager|caretaker|key ?holder)\b"
)
#: … and these do not, though they say one of those words.
_IMPERSONAL = re.compile(r"\b(web|website|url|wheel chair|chair access)\b|\bcontact (type|method)\b")

_POSTCODE = (
    r"(?i)^[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}$"  # the form that BS 7666 gives, with or without the space
)
_EMAIL = r"[\w.+-]+@[\w-]+\.[\w.-]+"
#: A number of the United Kingdom's numbering plan: ten or eleven digits with the nought, spaced as people do.
_TELEPHONE = r"(?<![\w.-])(?:\(?0|\+44[ ()0-]*)[1-37-9](?:[ ()-]{0,2}\d){8,9}(?![\w.-])"
_ISO_OR_BRITISH_DATE = (
    r"^(?:\d{4}-\d\d?(?:-\d\d?)?(?:[T ].*)?|\d\d?[/.-]\d\d?[/.-](?:\d\d){1,2}(?: .*)?|\d\d? \w{3,9},? \d{4})$"
)
_LETTER = r"[^\W\d_]"
#: Letters of a square of Great Britain, and two, three, four or five digits twice.
_GRIDREF = r"(?i)^[HNST][A-HJ-Z]\s*(?:\d{2}\s*\d{2}|\d{3}\s*\d{3}|\d{4}\s*\d{4}|\d{5}\s*\d{5})$"
_TWO_HALVES = r"(?i)^(?:POINT\s*)?[(\[]?\s*-?\d+\.\d+°?\s*[,;\s]\s*-?\d+\.\d+°?\s*[)\]]?$"
_YES_OR_NO = (
    r"(?i)^(?:y|n|yes|no|true|false|limited|partial|partly|full|fully|none|1|0|unknown|not known|designated)$"
)

#: What most of a column must look like to be what its heading says, and what to call that.
_CONTENT: dict[str, tuple[str, str]] = {
    "gridref": (_GRIDREF, "grid references"),
    "latlon": (_TWO_HALVES, "two coordinates"),
    "postcode": (_POSTCODE, "postcodes"),
    "uprn": (r"^0*[1-9]\d{0,11}$", "whole numbers of at most 12 digits"),
    "title": (_LETTER, "words"),
    "last_checked": (_ISO_OR_BRITISH_DATE, "dates"),
    "website": (r"(?i)^(?:https?://\S+|(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?)$", "web addresses"),
    "address": (_LETTER, "words"),
    "opening_hours": (r"(?i)\d|\b(?:mo|tu|we|th|fr|sa|su|mon|tues?|wed|thurs?|fri|sat|sun|dai|week|day|closed)", "days or times"),
    "step_free": (_YES_OR_NO, "yes, no or limited"),
    "volunteers": (_YES_OR_NO, "yes or no"),
    "cost": (r"(?i)\d|free|paid|yes|no|charge|donation|member|vari", "costs"),
    "role_column": (r"(?i)^(?:venue|base|office|contact|correspondence|area[ _]served|postal|physical)$", "roles of an address"),
    "description": (_LETTER, "words"),
}  # fmt: skip
_MOST = 0.5

#: The same, for columns whose heading says nothing: nearly all, and only what is hard to mistake.
_TELLTALE = {
    "gridref": (_GRIDREF, "grid references"),
    "latlon": (_TWO_HALVES, "two coordinates"),
    "postcode": (_POSTCODE, "postcodes"),
    "website": (r"(?i)^https?://\S+$", "web addresses"),
    "identifier": (r"(?i)^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$", "UUIDs"),
}
_NEARLY_ALL = 0.9

#: The Irish Grid has one letter, and so have many other references: only the heading tells them apart.
_IRISH = r"(?i)^[A-HJ-Z]\s*(?:\d\d\s*\d\d|\d{3}\s*\d{3}|\d{4}\s*\d{4}|\d{5}\s*\d{5})$"
_TOO_COARSE = r"(?i)^[HNST][A-HJ-Z]\s*\d{2}\s*\d{2}$"

#: The parts that an address comes in where it is spread over columns; without county and country, which every row has alike.
_ADDRESS_PARTS = (
    "address", "address line", "addressline", "addr", "street address", "street", "street name", "road", "road name", "house number",
    "house no", "street number", "street no", "building number", "house name", "town", "post town", "posttown", "town city", "city", "village",
)  # fmt: skip
_STREETS = re.compile(r"\b(address|addressline|addr|street|road)\b")

#: The words for the two halves of a point; a heading that says one has a partner that says the other.
_DEGREES = {"longitude": "latitude", "lon": "lat", "long": "lat", "lng": "lat"}
_METRES = {"easting": "northing", "eastings": "northings", "east": "north", "oseast1m": "osnrth1m"}
_HALVES = {
    **_DEGREES,
    **_METRES,
    "x": "y",
    "geox": "geoy",
    "pointx": "pointy",
    "xcoord": "ycoord",
    "osx": "osy",
}
_DEGREE_WORDS, _METRES_WORDS = ({*words, *words.values()} for words in (_DEGREES, _METRES))

#: Longitudes and latitudes of the United Kingdom, and eastings and northings of Great Britain, generously.
_LON, _LAT, _EASTING, _NORTHING = (-9.0, 2.5), (49.0, 61.5), (1_000, 700_000), (1_000, 1_300_000)

#: Enough rows to know a column by; coordinates are looked at in every row.
_ROWS_LOOKED_AT = 2_000


def _plain(heading: str) -> str:
    """A heading in lower case, its words apart, without the number that tells the first of several."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", heading)
    words = re.sub(r"[\W_]+", " ", apart).casefold().strip()
    return words if words in _HALVES or words in _HALVES.values() else re.sub(r"(?<=[a-z])\s*\d+$", "", words)


def hidden(text: str) -> str:
    """A cell for the screen, with e-mail addresses and telephone numbers taken out.

    Examples
    --------
    >>> hidden("Ring 0161 496 0123 or write to jo@example.org")
    'Ring [contact] or write to [contact]'
    """
    return re.sub(f"{_EMAIL}|{_TELEPHONE}", "[contact]", text)


def _share(values: pd.Series, pattern: str) -> float:
    """Share of the filled cells that the pattern is found in; 0 where none is filled."""
    filled = values[values != ""]
    return float(filled.str.contains(pattern, regex=True).mean()) if len(filled) else 0.0


def guess(table: pd.DataFrame) -> Guess:
    """Guess what each column of a list means.

    Parameters
    ----------
    table
        The list, every cell a text, an empty one an empty text.

    Returns
    -------
    Guess
        The same table gives the same guess. Nothing of it is certain: it is for a person to confirm.
    """
    doubts: list[str] = []
    named = [str(column) for column in table.columns]
    for column in sorted({column for column in named if column and named.count(column) > 1}):
        doubts.append(f"More than one column is headed “{column}”. Rename one to use either.")
    if "" in named:
        doubts.append(f"{counted(named.count(''), 'column')} without a heading cannot be used.")
    whole = table[[column for column in named if column and named.count(column) == 1]]
    looked = whole.iloc[:: -(-len(whole) // _ROWS_LOOKED_AT) or 1]
    headings = {column: _plain(column) for column in whole.columns}

    contacts = tuple(column for column, plain in headings.items() if _is_contact(plain, looked[column]))
    headings = {column: plain for column, plain in headings.items() if column not in contacts}
    pairs = [*_pairs(headings), *_unheaded(looked, headings)]
    columns, why = _point(whole, pairs, doubts)
    for key, column, reason in [*_by_heading(looked, headings, doubts), *_by_content(looked, headings)]:
        if key not in columns and column not in _taken(columns):
            columns[key], why[key] = column, reason
    _address(looked, headings, columns, why)
    _hours(looked, headings, columns, why, doubts)
    _kind(looked, headings, columns, why, doubts)
    _title(looked, headings, columns, why)

    for column in headings:
        _doubt_cells(looked[column], column, columns, doubts)
        reached = int(looked[column].str.contains(f"{_EMAIL}|{_TELEPHONE}").sum())
        if reached and column in _taken(columns):
            doubts.append(
                f"“{column}” has telephone numbers or e-mail addresses in {reached:,} of the {len(looked):,} rows looked at. "
                "Readers would see them: take them out of the file, or leave that column out."
            )  # fmt: skip
    located = {"lon", "easting", "latlon", "gridref", "postcode", "uprn"} & set(columns)
    homes = [
        column
        for column in contacts
        if re.search(r"post|address", _plain(column)) and "mail" not in _plain(column)
    ]
    if homes and not located:
        doubts.append(
            f"Its only addresses are those of contacts (“{homes[0]}”), which may be homes. The list can be counted, not mapped."
        )  # fmt: skip
    if {"amount awarded", "recipient org name"} <= set(headings.values()):
        doubts.append("It looks like a list of grants, which says who was given money, not where places are.")
    return Guess(columns, why, doubts, contacts, "contact" if homes and not located else "venue")


def _is_contact(plain: str, values: pd.Series) -> bool:
    if _PERSONAL.search(plain) and not _IMPERSONAL.search(plain):
        return True
    return max(_share(values, f"^{pattern}$") for pattern in (_EMAIL, _TELEPHONE)) > _MOST


def _pairs(headings: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Columns whose headings differ by the word for one half of a point, the plainest first."""
    partner = {plain: column for column, plain in reversed(headings.items())}
    found = [
        (len(words), order, column, partner[other])
        for order, word in enumerate(_HALVES)
        for column, plain in headings.items()
        if word in (words := plain.split())
        and (other := " ".join(_HALVES[word] if each == word else each for each in words)) in partner
    ]
    return ((x, y, "the headings say so") for _, _, x, y in sorted(found))


def _within(numbers: pd.Series, bounds: tuple[float, float]) -> pd.Series:
    return numbers.between(*bounds).fillna(False).astype(bool)


def _point(
    table: pd.DataFrame, pairs: list[tuple[str, str, str]], doubts: list[str]
) -> tuple[dict[str, str | list[str]], dict[str, str]]:
    """The columns of each sort of point, whatever their headings say, and what is odd about them."""
    columns: dict[str, str | list[str]] = {}
    why: dict[str, str] = {}
    for x, y, how in pairs:
        if {x, y} & _taken(columns):
            continue
        first, second = to_numbers(table[x]), to_numbers(table[y])
        both = first.notna() & second.notna() & ~((first == 0) & (second == 0))
        degrees = both & (first.abs() <= 180) & (second.abs() <= 180)
        metres = both & ~degrees
        if not both.any():
            continue
        in_degrees = bool(degrees.sum() >= metres.sum())
        keys = POINT_KEYS[0 if in_degrees else 1]
        if keys[0] in columns:
            continue
        # Only where a cell can be nothing else: a British northing may well be an easting too.
        turned = degrees & _within(first, _LAT) & _within(second, _LON) if in_degrees else (
            metres & (first > _EASTING[1]) & _within(second, _EASTING)
        )  # fmt: skip
        most = degrees if in_degrees else metres
        sort, other = ("degrees", "metres") if in_degrees else ("metres", "degrees")
        if turned.sum() * 2 > most.sum():
            doubts.append(
                f"“{x}” and “{y}” look swapped: “{x}” holds {_NAMES[keys[1]]}s such as {table[x][turned].iloc[0]}. "
                f"They are taken the other way round."
            )
            x, y, turned = y, x, most & ~turned
        if turned.any():
            doubts.append(f"“{x}” and “{y}” look swapped in {counted(int(turned.sum()), 'row')}.")
        if (mixed := both & ~most).any():
            doubts.append(
                f"“{x}” and “{y}” hold {sort}, but {other} in {counted(int(mixed.sum()), 'row')}, which cannot be used. "
                "Put those in two columns of their own."
            )  # fmt: skip
        columns |= dict(zip(keys, (x, y), strict=True))
        if (_METRES_WORDS if in_degrees else _DEGREE_WORDS) & set(_plain(x).split()):
            doubts.append(
                f"“{x}” and “{y}” hold {sort}, whatever their headings say, and are taken as {_NAMES[keys[0]]} and {_NAMES[keys[1]]}."
            )
        values = f"{sort} in {int(most.sum()):,} of {counted(int(both.sum()), 'row')}"
        why |= dict.fromkeys(keys, f"{how}, with {values}")
    return columns, why


_NAMES = {"lon": "longitude", "lat": "latitude", "easting": "easting", "northing": "northing"}


def _unheaded(table: pd.DataFrame, headings: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Two columns whose every value could be half a point in the United Kingdom, where no others could."""
    # Whole degrees are far more often counts or ages.
    fine = {
        column: to_numbers(table[column])
        for column in headings
        if _share(table[column], r"^-?\d+\.\d{3,}$|^\d{5,7}(?:\.\d+)?$") > _NEARLY_ALL
    }
    lons, lats, grid = (
        [column for column, numbers in fine.items() if _within(numbers.dropna(), bounds).mean() > _NEARLY_ALL]
        for bounds in (_LON, _LAT, (10_000, _NORTHING[1]))
    )
    if len(lons) == len(lats) == 1:
        yield lons[0], lats[0], "no heading says so, but the values are of that size"
    order = list(table.columns)
    if len(grid) == 2 and order.index(grid[1]) - order.index(grid[0]) == 1:
        yield grid[0], grid[1], "no heading says so, but the values are of that size"


def _by_heading(
    table: pd.DataFrame, headings: dict[str, str], doubts: list[str]
) -> Iterator[tuple[str, str, str]]:
    """Each key with the columns that are headed so and hold such things, the likeliest first."""
    for key, phrases in _HEADINGS.items():
        pattern, name = _CONTENT.get(key, ("", ""))
        shares = {column: _share(table[column], pattern) for column in _headed(key, phrases, headings)}
        good = [column for column, share in shares.items() if share >= _MOST]
        same = [column for column in good if headings[column] == headings[good[0]]]
        if len(same) > 1 and key != "address":
            others = " and ".join(f"“{column}”" for column in same[1:])
            doubts.append(f"“{same[0]}” is taken for “{key}”; {others} could be as well.")
        for column in good:
            yield key, column, f"the heading says so{_told(shares[column], name)}"


def _taken(columns: Mapping[str, str | list[str]]) -> set[str]:
    """Every column that something was found in."""
    return {each for value in columns.values() for each in ([value] if isinstance(value, str) else value)}


def _address(
    table: pd.DataFrame,
    headings: dict[str, str],
    columns: dict[str, str | list[str]],
    why: dict[str, str],
) -> None:
    """All the columns that an address is spread over, in the order of the list."""
    taken = _taken(columns) - {columns.get("address")}
    groups: dict[str, list[str]] = {}
    for column, plain in headings.items():
        part = max(
            (each for each in _ADDRESS_PARTS if f" {plain}".endswith(f" {each}")), key=len, default=None
        )
        if part is not None and column not in taken:
            groups.setdefault(plain.removesuffix(part).strip(), []).append(column)
    chosen = columns.get("address")
    for group in groups.values():
        if chosen is not None and chosen not in group:
            continue
        parts: list[str] = []
        for column in group:
            said = [table[each].str.casefold() for each in parts]
            filled = table[column] != ""
            # A whole address in one column often ends in the town that another column has again.
            again = [
                any(cell in each for each in others)
                for cell, *others in zip(table[column].str.casefold(), *said, strict=True)
            ]
            if filled.any() and pd.Series(again, table.index)[filled].mean() < _MOST:
                parts.append(column)
        if len(parts) > 1 and any(_STREETS.search(headings[each]) for each in parts):
            columns["address"] = parts
            why["address"] = (
                f"the headings of “{parts[0]}” to “{parts[-1]}” are those of the parts of an address"
            )
            return


def _hours(
    table: pd.DataFrame,
    headings: dict[str, str],
    columns: dict[str, str | list[str]],
    why: dict[str, str],
    doubts: list[str],
) -> None:
    """The columns that tell when it is open day by day, where there is none that tells it whole."""
    daily = [
        column
        for column in headings
        if day_of_heading(column)
        and column not in _taken(columns)
        and _share(table[column], _CONTENT["opening_hours"][0]) >= _MOST
    ]
    if len({day_of_heading(column) for column in daily}) < 2:
        return
    if "opening_hours" in columns:
        whole = columns["opening_hours"]
        doubts.append(
            f"What is open when stands in “{whole}”, which is taken, and day by day in {len(daily)} columns as well."
        )
        return
    columns["opening_hours"] = daily
    why["opening_hours"] = (
        f"the headings of “{daily[0]}” to “{daily[-1]}” are days of the week, and what stands there are {_CONTENT['opening_hours'][1]}"
    )


def _headed(key: str, phrases: tuple[str, ...], headings: dict[str, str]) -> list[str]:
    """The columns whose heading is one of the phrases, the likeliest first."""

    def says(phrase: str, plain: str) -> bool:
        if not phrase.startswith("* "):
            return plain == phrase
        return plain.endswith(phrase[1:]) and not (key == "title" and _NOT_THE_ASSET & set(plain.split()))

    return [column for phrase in phrases for column, plain in headings.items() if says(phrase, plain)]


def _told(share: float, name: str) -> str:
    if not name:
        return ""
    return f", and {'all' if share == 1 else f'{share:.0%}'} of its values are {name}"


def _by_content(table: pd.DataFrame, headings: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for key, (pattern, name) in _TELLTALE.items():
        for column in headings:
            share = _share(table[column], pattern)
            # What is the same in every row is whose list it is, not where the asset's page is.
            if share >= _NEARLY_ALL and (len(table) == 1 or table[column].nunique() > 1):
                yield key, column, f"no heading says so{_told(share, name).replace(', and', ', but')}"


def _kind(
    table: pd.DataFrame,
    headings: dict[str, str],
    columns: dict[str, str | list[str]],
    why: dict[str, str],
    doubts: list[str],
) -> None:
    """The column that says what each row is: headed so, or of words that the taxonomy knows."""
    free = {column: plain for column, plain in headings.items() if column not in _taken(columns)}
    known = {column: known_kinds(table[column]) for column in free}
    headed = [
        column for column in _headed("kind_column", _KIND_HEADINGS, free) if (table[column] != "").any()
    ]
    plain = [column for column in headed if free[column] in _KIND_HEADINGS]
    sure = [column for column in free if known[column] >= (_MOST if column in plain else _NEARLY_ALL)]
    if sure:
        best = max(sure, key=lambda column: (column in plain, column in headed, known[column]))
    elif plain:
        best = plain[0]
    else:
        return
    columns["kind_column"] = best
    why["kind_column"] = (
        f"{'the heading says so' if best in headed else 'no heading says so'}, and assetmap knows the kind in "
        f"{known[best]:.0%} of the rows"
    )
    if known[best] < _MOST:
        doubts.append(
            f"“{best}” may say what each row is, but assetmap knows few of its words as kinds. Choose one kind for the whole "
            "list, or have the kinds worked out from the names."
        )  # fmt: skip


def known_kinds(values: pd.Series) -> float:
    """Share of the filled cells whose word the taxonomy knows as a kind; 0 where none is filled.

    Examples
    --------
    >>> known_kinds(pd.Series(["Library", "library", "Tiddlywinks", ""]))
    0.6666666666666666
    """
    counts = values[values != ""].value_counts()
    known = sum(int(count) for word, count in counts.items() if kind_named(str(word)))
    return float(known / counts.sum()) if len(counts) else 0.0


def kind_of_name(name: str) -> str:
    """The kind that the name of a list or its file speaks of: the longest run of words that means one, or none.

    Only a kind that is counted: "land" or "shop" in the name of a list is seldom all that it lists.

    Examples
    --------
    >>> kind_of_name("food_banks__gm_food_banks.csv"), kind_of_name("Trafford 2026")
    ('food_bank', '')
    """
    words = re.sub(r"[\W_]+", " ", name).split()
    runs = (
        (start, length) for length in range(len(words), 0, -1) for start in range(len(words) - length + 1)
    )
    found = (kind_named(" ".join(words[start : start + length])) for start, length in runs)
    return next((kind.kind for kind in found if kind and kind.theme in THEMES), "")


_LONGEST_NAME = 80


def _title(
    table: pd.DataFrame, headings: dict[str, str], columns: dict[str, str | list[str]], why: dict[str, str]
) -> None:
    """Where no heading says which column holds the names: one headed by a kind, or the first that reads like names."""
    if "title" in columns:
        return
    free = {column: plain for column, plain in headings.items() if column not in _taken(columns)}
    for column, plain in free.items():
        values = table[column][table[column] != ""]
        if kind_named(plain) and _share(values, _LETTER) >= _MOST:
            columns["title"], why["title"] = (
                column,
                "it is headed by a kind of place, and its values are words",
            )
            return
    for column in free:
        values = table[column][table[column] != ""]
        distinct = values.nunique() / max(len(table), 1)
        if (
            distinct >= _NEARLY_ALL
            and _share(values, _LETTER) >= _NEARLY_ALL
            and values.str.len().median() <= _LONGEST_NAME
        ):
            columns["title"] = column
            why["title"] = "no heading says so, but its values are words and differ from row to row"
            return


def _doubt_cells(
    values: pd.Series, column: str, columns: Mapping[str, str | list[str]], doubts: list[str]
) -> None:
    """What is odd about the cells of a column that may tell where things are."""
    if column == columns.get("latlon"):
        apart = halves(values)[0].apply(to_numbers)
        turned = int((_within(apart["first"], _LON) & _within(apart["second"], _LAT)).sum())
        if turned:
            doubts.append(
                f"“{column}” has the longitude before the latitude in {counted(turned, 'row')}. The order that most rows have is taken."
            )
    elif column == columns.get("gridref"):
        coarse = int(values.str.contains(_TOO_COARSE).sum())
        if coarse:
            doubts.append(
                f"“{column}” has grid references of whole kilometres in {counted(coarse, 'row')}, too coarse to measure walks from."
            )
    elif re.search(r"\b(grid|ngr|osgr)\b", _plain(column)) and _share(values, _IRISH) >= _MOST:
        doubts.append(
            f"“{column}” holds references of the Irish Grid, which are not read. Put easting and northing in two columns, and say "
            "crs = “EPSG:29902”."
        )
