"""Open Referral UK: what the standard (HSDS-UK 3.0) asks of a feed, and what a feed falls short of.

The facts are those of the profile's data package: which properties each object has and must have, of which type and
format, and the words that some of them may be. They stand here in our own table, since the profile's schemas are under
another licence; the tests hold the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

__all__ = ["PEOPLE", "Fault", "faults", "is_uri", "osm_hours", "plain_text", "without_people"]

#: What each object holds: "property:type", with ! where it must be there. A type in brackets is a list of them.
#: Beyond the profile, as plain HSDS 3.0 has them: schedules of a location, and the name and code of a language.
_OBJECTS = {
    "api": "version:text profile:uri openapi_url:uri",
    "page": "total_items:count total_pages:count page_number:count size:count first_page:flag last_page:flag empty:flag",
    "service": "id:uuid! organization_id:uuid name:text! description:text url:uri email:email status:status! fees:text"
    " accreditations:text minimum_age:number maximum_age:number assured_date:date assurer_email:email alert:text"
    " last_modified:moment schedules:[schedule] service_areas:[service_area] service_at_locations:[service_at_location]"
    " languages:[language] organization:organization funding:[funding] cost_options:[cost_option] contacts:[contact]"
    " attributes:[attribute]",
    "schedule": "id:uuid! service_id:uuid service_at_location_id:uuid valid_from:date valid_to:date dtstart:date"
    " freq:frequency interval:number byday:text bymonthday:text description:text opens_at:text closes_at:text"
    " schedule_link:uri attending_type:text notes:text",
    "service_area": "id:uuid! service_id:uuid name:text extent:text extent_type:text uri:text service_area:text",
    "service_at_location": "id:uuid! service_id:uuid location_id:uuid location:location service:service schedules:[schedule]",
    "location": "id:uuid! location_type:place! name:text description:text latitude:number longitude:number"
    " external_identifier:text external_identifier_type:text addresses:[address] accessibility:[accessibility]"
    " attributes:[attribute] schedules:[schedule]",
    "address": "id:uuid! location_id:uuid attention:text address_1:text! city:text! region:text state_province:text!"
    " postal_code:text! country:text! address_type:place! attributes:[attribute] address_2:text",
    "accessibility": "id:uuid! location_id:uuid description:text details:text url:uri accessibility:text"
    " attributes:[attribute]",
    "language": "id:uuid! service_id:uuid phone_id:uuid name:text code:text",
    "organization": "id:uuid! name:text! description:text! email:email website:uri logo:text uri:uri"
    " parent_organization_id:uuid organization_identifiers:[organization_identifier] attributes:[attribute]",
    "organization_identifier": "id:uuid! organization_id:uuid identifier_scheme:text identifier_type:text!"
    " identifier:text! attributes:[attribute]",
    "funding": "id:uuid! service_id:uuid source:text",
    "cost_option": "id:uuid! service_id:uuid valid_from:date valid_to:date option:text amount:number amount_description:text",
    "contact": "id:uuid! service_id:uuid name:text title:text attributes:[attribute]",
    "attribute": "id:uuid! link_id:uuid taxonomy_term_id:uuid link_type:text taxonomy_term:taxonomy_term",
    "taxonomy": "id:uuid! name:text! description:text! uri:uri version:text taxonomy_terms:[taxonomy_term]",
    "taxonomy_term": "id:uuid! name:text! description:text! parent_id:uuid taxonomy:text taxonomy_id:uuid term_uri:uri"
    " term:text",
}  # fmt: skip

_PROPERTIES = {
    name: {
        key: (kind.rstrip("!"), kind.endswith("!"))
        for key, kind in (each.split(":") for each in listed.split())
    }
    for name, listed in _OBJECTS.items()
}

_WORDS = {
    "status": ("active", "inactive", "defunct", "temporarily closed"),
    "place": ("physical", "postal", "virtual"),
    "frequency": ("WEEKLY", "MONTHLY"),
}

#: What tells of a person, or how to reach one: never read into a place.
PEOPLE = {"email", "assurer_email", "contacts", "attention"}


class Fault(NamedTuple):
    """One thing that an object of a feed gets wrong.

    Parameters
    ----------
    path
        Where in it, such as "service_at_locations/0/location/latitude".
    what, remedy
        In words, as in `Problem`.
    strict
        Whether the standard's schemas refuse it; dates they do not check.
    """

    path: str
    what: str
    remedy: str
    strict: bool = True


def faults(kind: str, found: object, path: str = "") -> Iterator[Fault]:
    """Everything that an object of a feed gets wrong.

    Parameters
    ----------
    kind
        What it is to be, such as "service" or "taxonomy_term".
    found
        What the feed has.
    path
        Where it stands.
    """
    if not isinstance(found, dict):
        yield Fault(path, f"It is {_shown(found)}, not {_a(kind)}.", "Write it as an object.")
        return
    for name, (type_, needed) in _PROPERTIES[kind].items():
        below = f"{path}/{name}" if path else name
        if name in found:
            yield from _of_type(type_, found[name], below)
        elif needed:
            yield Fault(below, "It is missing.", f"Every {kind.replace('_', ' ')} must have one.")
    for kind_, name, whose in (
        ("taxonomy_term", "parent_id", found.get("parent_id")),
        ("service_at_location", "location/id", _id_of(found.get("location"))),
    ):
        if kind == kind_ and whose is not None and found.get("id") == whose:
            below = f"{path}/{name}" if path else name
            yield Fault(
                below,
                f"It is that of the {kind.replace('_', ' ')} itself.",
                "Give each its own.",
                strict=False,
            )


def _id_of(found: object) -> object:
    return found.get("id") if isinstance(found, dict) else None


def _of_type(type_: str, value: object, path: str) -> Iterator[Fault]:
    if type_.startswith("["):
        if not isinstance(value, list):
            yield Fault(path, f"It is {_shown(value)}, not a list.", "Write it as a list.")
            return
        for number, each in enumerate(value):
            yield from faults(type_[1:-1], each, f"{path}/{number}")
    elif type_ in _PROPERTIES:
        yield from faults(type_, value, path)
    elif type_ in ("number", "count", "flag"):
        right = isinstance(value, bool) == (type_ == "flag") and isinstance(
            value, int | (float if type_ == "number" else int)
        )
        if not right:
            noun = {"number": "a number", "count": "a whole number", "flag": "true or false"}[type_]
            yield Fault(path, f"It is {_shown(value)}, not {noun}.", f"Write it as {noun}.")
    elif not isinstance(value, str):
        # An address of a person is not repeated, right or wrong.
        shown = "It is" if type_ == "email" else f"It is {_shown(value)},"
        remedy = "Write it in quotes, or leave it out where it is not known."
        yield Fault(path, f"{shown} not text.", remedy)
    elif type_ in _WORDS:
        if value not in _WORDS[type_]:
            yield Fault(path, f"It is “{value}”.", f"Use one of: {', '.join(_WORDS[type_])}.")
    elif type_ in _FORMATS and not _FORMATS[type_][0](value):
        _, noun, example = _FORMATS[type_]
        shown = "It is" if type_ == "email" else f"It is “{value[:100]}”, which is"
        yield Fault(path, f"{shown} not {noun}.", f"Write it like {example}.", strict=type_ != "date")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind.replace('_', ' ')}"


def _shown(value: object) -> str:
    """A value as JSON has it, without what is inside."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
    return names.get(type(value), str(value))


def is_uri(text: str) -> bool:
    """Whether a text is a whole address (RFC 3986, section 3).

    Examples
    --------
    >>> is_uri("https://example.org/page?a=1#b")
    True
    >>> is_uri("www.example.org")
    False
    """
    return bool(_URI.fullmatch(text))


_ANY = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:"
    r"(?://(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?(?:/PATH*)?|(?!//)PATH*)"
    r"(?:\?(?:PATH|\?)*)?(?:#(?:PATH|\?)*)?".replace("PATH", _ANY)
)  # fmt: skip


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return [n for n, letter in enumerate(text) if letter == "-"] == [8, 13, 18, 23]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-31")


def _is_moment(text: str) -> bool:
    """Whether a text is a date and time with its zone (RFC 3339)."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)

_FORMATS = {
    "uuid": (_is_uuid, "a UUID", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    "uri": (is_uri, "a whole web address", "https://example.org/page"),
    "email": (lambda text: "@" in text, "an e-mail address", "name@example.org"),
    "date": (_is_date, "a date", "2026-01-31"),
    "moment": (_is_moment, "a date and time", "2026-01-31T09:30:00Z"),
}


def without_people(kind: str, found: object) -> Any:
    """As much of an object as the standard knows, without what tells of a person or how to reach one.

    Examples
    --------
    >>> without_people("service", {"name": "Lunch club", "email": "jo@example.org", "phones": [], "languages": [7]})
    {'name': 'Lunch club', 'languages': []}
    """
    kept: dict[str, Any] = {}
    for name, (type_, _) in _PROPERTIES[kind].items():
        value = found.get(name) if isinstance(found, dict) and name not in PEOPLE else None
        if value is None:
            continue
        if type_.startswith("["):
            if isinstance(value, list):
                kept[name] = [without_people(type_[1:-1], each) for each in value if isinstance(each, dict)]
        elif type_ in _PROPERTIES:
            if isinstance(value, dict):
                kept[name] = without_people(type_, value)
        elif not isinstance(value, dict | list | float) or (isinstance(value, float) and isfinite(value)):
            kept[name] = plain_text(value) if isinstance(value, str) else value
    return kept


def plain_text(value: object) -> str:
    """A single value as text that any file can hold; "" for a missing one and for what is no single value."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # Half of a letter that JSON wrote as two, and the character that ends a text in many programs.
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()


_DAYS = {"MO": "Mo", "TU": "Tu", "WE": "We", "TH": "Th", "FR": "Fr", "SA": "Sa", "SU": "Su"}
_WEEK = tuple(_DAYS.values())
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def osm_hours(schedules: Iterable[Mapping[str, Any]]) -> str:
    """Schedules in OpenStreetMap's ``opening_hours`` syntax; "" where it cannot say them all.

    It can say weekly and monthly opening on days of the week, between two dates or for good. It is not asked to say
    every second week, or the 5th of each month.

    Examples
    --------
    >>> osm_hours([{"freq": "WEEKLY", "byday": "MO,TU,WE", "opens_at": "09:00", "closes_at": "17:00"}])
    'Mo-We 09:00-17:00'
    >>> osm_hours([{"freq": "MONTHLY", "byday": "2TU", "opens_at": "10:00", "closes_at": "12:00"}])
    'Tu[2] 10:00-12:00'
    """
    weekly: dict[tuple[str, int], list[str]] = {}
    others = []
    for schedule in schedules:
        said = {key: plain_text(value) for key, value in schedule.items()}
        times, season, days = _times(said), _season(said), _days(said)
        if times is None or season is None or not days:
            return ""
        for occurrence, day in days:
            if occurrence:
                others.append(f"{season}{day}[{occurrence}] {times}")
            else:
                of_day = weekly.setdefault((season, _WEEK.index(day)), [])
                if times not in of_day:
                    of_day.append(times)
    runs: dict[tuple[str, str], list[int]] = {}
    for (season, number), of_day in sorted(weekly.items()):
        runs.setdefault((season, ",".join(sorted(of_day))), []).append(number)
    rules = [f"{season}{_run(numbers)} {times}" for (season, times), numbers in runs.items()]
    return "; ".join([*rules, *dict.fromkeys(others)])


def _times(said: Mapping[str, str]) -> str | None:
    opens, closes = (_CLOCK.fullmatch(said.get(key, "")) for key in ("opens_at", "closes_at"))
    if opens is None or closes is None or opens.groups() == closes.groups():
        return None
    until = "24:00" if closes.groups() == ("00", "00") else f"{closes[1]}:{closes[2]}"
    return f"{opens[1]}:{opens[2]}-{until}"


def _season(said: Mapping[str, str]) -> str | None:
    """The dates between which a schedule holds, where it comes to an end."""
    first, last = said.get("valid_from", ""), said.get("valid_to", "")
    if not last:
        return ""
    if not (_is_date(first) and _is_date(last)):
        return None
    days = (date.fromisoformat(each) for each in (first, last))
    return "-".join(f"{day.year} {_MONTHS[day.month - 1]} {day.day:02}" for day in days) + " "


def _days(said: Mapping[str, str]) -> list[tuple[str, str]]:
    """Days of the week, each with which of the month it is; none where the schedule goes by something else."""
    monthly = said.get("freq") == "MONTHLY"
    if said.get("bymonthday") or said.get("interval", "1") not in ("", "0", "1"):
        return []
    listed = [each.strip().upper() for each in said.get("byday", "").split(",") if each.strip()]
    if not listed and not monthly and said.get("freq") and _is_date(said.get("dtstart", "")):
        listed = [tuple(_DAYS)[date.fromisoformat(said["dtstart"]).weekday()]]
    found = [_BYDAY.fullmatch(each) for each in listed]
    if not all(each is not None and bool(each[1]) == monthly for each in found):
        return []
    return [((each[1] or "").lstrip("+"), _DAYS[each[2]]) for each in found if each is not None]


def _run(numbers: list[int]) -> str:
    """Days of the week as "Mo-We,Fr"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(
        ",".join(_WEEK[n] for n in part) if len(part) < 3 else f"{_WEEK[part[0]]}-{_WEEK[part[-1]]}"
        for part in parts
    )
