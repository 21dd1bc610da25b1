"""Open Referral UK: a feed of services, from a web address or from saved files, as the rows of a list.

A feed's services stand at locations. Each service at a place that people can go to is one row; a service without such a
place is a row with another role, never a point. What tells of a person is not read: no contact, telephone number,
e-mail address or addressee.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.model import ASSET_FIELDS, ROLES
from assetmap.sources.feeds import KINDS, Gathered, Progress, gather, key_of, named, no_services
from assetmap.sources.fetch import LIMITS, Limits, is_url, named_url
from assetmap.sources.hsds import PEOPLE, Fault, faults, osm_hours, plain_text, without_people
from assetmap.sources.recipe import BY_NAME

__all__ = ["FIELD_TAXONOMY", "Feed", "FeedCheck", "check_feed", "read_feed", "rows_of"]

#: Where the standard has no place for something that assetmap holds, a term of a taxonomy of this name and the
#: field's name says it.
FIELD_TAXONOMY = "assetmap: "

#: What a row has besides the fields of an asset.
_ROW = ("name", "kind", "role", "lon", "lat", "uprn", "area_of_benefit")


class Feed(NamedTuple):
    """What a feed gave.

    Parameters
    ----------
    rows
        One row a service at a location, as text and "" where not known: ``name``, ``kind`` (its taxonomy terms), ``role``,
        ``lon`` and ``lat`` (WGS84), ``uprn``, ``area_of_benefit``, each of `ASSET_FIELDS`, and whatever else a feed that assetmap
        wrote has. The index is the number of the row, from 1.
    problems
        What was wrong; one a rejected or repeated row.
    rows_in
        How many rows were read, those left out included.
    raw
        The services as read, as JSON: a file of this content is a feed that gives the same rows.
    columns
        What the columns are, in the words of a recipe's ``[[assets]]``.
    """

    rows: pd.DataFrame
    problems: list[Problem]
    rows_in: int
    raw: bytes
    columns: dict[str, str]


class FeedCheck(NamedTuple):
    """How well a feed keeps to the standard.

    Parameters
    ----------
    failures
        What the parts that every feed must have get wrong: the address itself, and its services.
    warnings
        What the other parts get wrong, and what is missing.
    notes
        What is strange and no fault.
    """

    failures: list[Problem]
    warnings: list[Problem]
    notes: list[Problem]

    @property
    def verdict(self) -> str:
        """Whether it is to "fail", to "warn" or to "pass"."""
        return "fail" if self.failures else "warn" if self.warnings else "pass"


def read_feed(
    source: str | Path,
    file: str | None = None,
    *,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Feed:
    """Read an Open Referral UK feed.

    Parameters
    ----------
    source
        A web address (of the feed, or of its services), a folder of saved files (JSON, or the standard's CSV tables), or
        one JSON file: a list of services, a page of them, or one.
    file
        What to call it where something is told of it.
    limits
        How long and how large the answers of a web address may be.
    progress
        Called with the services read and, where it is known, how many there are.

    Raises
    ------
    PlaceError
        Where there is no feed, or it has no end.
    """
    told = file or _called(source)
    gathered = gather(source, told, limits, progress)
    if not gathered.items["services"]:
        raise PlaceError(no_services(told))
    return _feed(told, gathered)


def check_feed(
    source: str | Path,
    file: str | None = None,
    *,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> FeedCheck:
    """Hold a feed against the standard (HSDS-UK 3.0).

    A fault of the address itself or of its services fails the feed; one of the other parts is a warning, as the
    standard's own validator has it.

    Parameters
    ----------
    source, file, limits, progress
        As in `read_feed`.

    Raises
    ------
    PlaceError
        Where there is no feed, or it has no end.
    """
    gathered = gather(source, file or _called(source), limits, progress, every_part=True)
    failures: list[Problem] = [replace(each, severity="rejected") for each in gathered.rejected.values()]
    warnings = list(gathered.missing)
    for endpoint, items in gathered.items.items():
        for item in items:
            for fault in faults(KINDS[endpoint], item.value):
                fails = endpoint in ("services", "api") and fault.strict
                told = _problem(item.file, fault, item.number, "rejected" if fails else "note")
                (failures if fails else warnings).append(told)
    return FeedCheck(failures, warnings, gathered.strange)


def _called(source: str | Path) -> str:
    return named_url(str(source)) if is_url(str(source)) else Path(source).name


def _problem(file: str, fault: Fault, row: int | None, severity: Any = "note") -> Problem:
    return Problem(file, fault.what, fault.remedy, row, fault.path or None, severity)


def _feed(told: str, gathered: Gathered) -> Feed:
    rows: dict[int, dict[str, str]] = {}
    problems = [*gathered.missing, *gathered.strange]
    raw: list[Any] = []
    first: dict[str, int] = {}
    wrong: dict[tuple[str, str, str], list[tuple[int, Fault]]] = {}
    rows_in = sum(problem.severity == "rejected" for problem in problems)  # torn rows of a table
    over = closed = 0
    for item in gathered.items["services"]:
        number, key = rows_in + 1, key_of(item.value)
        rows_in += 1
        if key in first:
            what = f"“{named(item.value)}” is already there, as row {first[key]}."
            problems.append(Problem(told, what, "Counted once; nothing to do.", number, severity="duplicate"))
            continue
        first[key] = number
        if not isinstance(item.value, dict):
            fault = next(faults("service", item.value))
            problems.append(_problem(told, fault, number, "rejected"))
            continue
        if key in gathered.rejected:
            problems.append(replace(gathered.rejected[key], row=number, severity="rejected"))
            continue
        service = without_people("service", item.value)
        raw.append(service)
        for fault in faults("service", item.value):
            if not PEOPLE.isdisjoint(fault.path.split("/")):
                continue  # which is not read
            generally = re.sub(r"/\d+(?=/|$)", "", fault.path)
            wrong.setdefault((generally, fault.remedy, fault.what.partition("“")[0]), []).append(
                (number, fault)
            )
        if service.get("status") in ("inactive", "defunct"):
            over += 1
            continue
        closed += service.get("status") == "temporarily closed"
        found = list(rows_of(service))
        rows.update(enumerate(found, start=number))
        rows_in += len(found) - 1
    for number, what in (
        (over, "no longer offered (inactive or defunct): set aside"),
        (closed, "closed for a time: kept, and said so"),
    ):
        if number:
            problems.append(
                Problem(told, f"{counted(number, 'service')} {what}.", "Nothing to do.", severity="note")
            )
    for (path, *_), cases in wrong.items():
        row, fault = cases[0]
        more = f" {counted(len(cases) - 1, 'other case')} of the same kind." if len(cases) > 1 else ""
        problems.append(
            Problem(
                told,
                f"{fault.what}{more}",
                f"{fault.remedy} It was read all the same.",
                row,
                path or None,
                "note",
            )
        )
    table = pd.DataFrame.from_dict(rows, orient="index", dtype=object).fillna("")
    missing = [name for name in (*_ROW, *ASSET_FIELDS) if name not in table]
    table = table.assign(**dict.fromkeys(missing, ""))
    return Feed(table, problems, rows_in, _json(raw), _columns(table))


def _json(raw: list[Any]) -> bytes:
    return (json.dumps(raw, ensure_ascii=False, indent=1) + "\n").encode()


def _columns(rows: pd.DataFrame) -> dict[str, str]:
    """What the rows' columns are, in a recipe's words."""
    columns = {"title": "name", "kind_column": "kind", "role_column": "role"}
    columns |= {key: key for key in ("lon", "lat", "uprn", "area_of_benefit", *ASSET_FIELDS)}
    if "asset_id" in rows and (rows["asset_id"] != "").all():
        about = {
            "confidence_column": "kind_confidence",
            "sources_column": "sources",
            "licence_column": "licence",
        }
        return columns | {key: name for key, name in about.items() if name in rows}
    return columns | {"kind": BY_NAME}


def rows_of(service: dict[str, Any]) -> Iterator[dict[str, str]]:
    """One row for each place that a service is offered at, or one without a place; as `Feed` has them.

    Parameters
    ----------
    service
        As the standard has it, without people (`assetmap.sources.hsds.without_people`).
    """
    said, terms = _attributes(service)
    said_role = said.pop("role", "")
    about = {
        "name": plain_text(service.get("name")),
        "kind": "; ".join(dict.fromkeys(terms)),
        "description": _joined(
            ". ",
            "Temporarily closed" * (service.get("status") == "temporarily closed"),
            service.get("description"),
        ),
        "cost": _cost(service),
        "for_age": _ages(service.get("minimum_age"), service.get("maximum_age")),
        "for_language": _joined(
            "; ", *(each.get("name") or each.get("code") for each in service.get("languages", []))
        ),
        "website": plain_text(service.get("url")),
        "last_checked": plain_text(service.get("assured_date"))[:10],
        "identifier": plain_text(service.get("id")),
        "area_of_benefit": _joined(
            "; ", *(each.get("name") or each.get("service_area") for each in service.get("service_areas", []))
        ),
    }
    at = [each for each in service.get("service_at_locations", []) if isinstance(each.get("location"), dict)]
    venues = [each for each in at if _is_venue(each["location"])]
    role = "venue" if venues else _role_without_place(said_role, at)
    for each in venues or [{}]:
        location = each.get("location", {})
        schedules = each.get("schedules") or location.get("schedules") or service.get("schedules", [])
        row = about | {"role": role}
        row |= _hours(schedules, service)
        row |= _whereabouts(location, about["name"])
        row["identifier"] = plain_text(each.get("id")) or about["identifier"]
        if said:
            row |= {"identifier": "", "step_free": "", **said}
        yield row


def _role_without_place(said: str, at: list[dict[str, Any]]) -> str:
    """What a service is that has no place to go to: an address for letters first, which no word makes anything else."""
    if any(each["location"].get("location_type") == "postal" for each in at):
        return "contact"
    return said if said in ROLES and said != "venue" else "area_served"


def _is_venue(location: dict[str, Any]) -> bool:
    """Whether people can go there: never where letters go, which may be somebody's home."""
    kind = location.get("location_type")
    return kind == "physical" or (kind is None and "latitude" in location and "longitude" in location)


def _attributes(service: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """What assetmap said of a service that the standard has no place for, and the terms of other taxonomies."""
    said, terms = {}, []
    for attribute in service.get("attributes", []):
        term = attribute.get("taxonomy_term", {})
        taxonomy, name = plain_text(term.get("taxonomy")), plain_text(term.get("name"))
        field = taxonomy.removeprefix(FIELD_TAXONOMY)
        if field == taxonomy:
            terms.append(name or plain_text(term.get("term")))
        elif field not in ("lon", "lat"):
            said[field] = plain_text(term.get("term")) or name
    return said, [term for term in terms if term]


def _joined(separator: str, *texts: object) -> str:
    return separator.join(dict.fromkeys(text for text in map(plain_text, texts) if text))


def _hours(schedules: list[dict[str, Any]], service: dict[str, Any]) -> dict[str, str]:
    """When it is open, in OpenStreetMap's syntax where that can say it, and what else is said of it."""
    in_words = _joined("; ", *(each.get("description") for each in schedules))
    told = [service.get("alert"), *(each.get("notes") for each in schedules)]
    hours = osm_hours(schedules)
    if hours:
        return {"opening_hours": hours, "detail": _joined("; ", *told, in_words)}
    parts = ("freq", "interval", "byday", "bymonthday", "opens_at", "closes_at")
    otherwise = _joined(
        "; ", *(" ".join(filter(None, (plain_text(each.get(part)) for part in parts))) for each in schedules)
    )
    return {"opening_hours": in_words or otherwise, "detail": _joined("; ", *told)}


def _whereabouts(location: dict[str, Any], name: str) -> dict[str, str]:
    addresses = [
        each for each in location.get("addresses", []) if each.get("address_type") in ("physical", None)
    ]
    address = addresses[0] if addresses else {}
    lines = [
        plain_text(address.get(part))
        for part in ("address_1", "address_2", "city", "region", "state_province")
    ]
    venue = plain_text(location.get("name"))
    if venue and venue != name and venue not in lines[0]:
        lines.insert(0, venue)
    uprn = "UPRN" in plain_text(location.get("external_identifier_type")).upper()
    return {
        "address": _joined(", ", *lines),
        "postcode": plain_text(address.get("postal_code")),
        "lon": plain_text(location.get("longitude")),
        "lat": plain_text(location.get("latitude")),
        "uprn": plain_text(location.get("external_identifier")) if uprn else "",
        "step_free": _step_free(location.get("accessibility", [])),
    }


_STEP_FREE = re.compile(r"(?:step|stair)[- ]?free|wheelchair|level (?:access|entrance)|\bramp", re.IGNORECASE)
_NOT_STEP_FREE = re.compile(
    r"\b(?:no|not|without) (?:a )?(?:(?:step|stair)[- ]?free|wheelchair|level|ramp)|\bnot (?:be )?accessible",
    re.IGNORECASE,
)
_IN_PART = re.compile(r"\b(?:limited|partial|partly|in part|restricted)\b", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b(?:no|not|non|never|cannot|can’t|can't|without|unable|only|except|but|some|please|contact|ask|call|arrange\w*"
    r"|request|steps|stairs|\w*suitable)\b",
    re.IGNORECASE,
)


def _step_free(accessibility: list[dict[str, Any]]) -> str:
    """Whether one gets in without a step, where free text says so and nothing in it casts doubt."""
    text = _joined(
        ". ",
        *(each.get(part) for each in accessibility for part in ("accessibility", "description", "details")),
    )
    if not _STEP_FREE.search(text):
        return ""
    if _NOT_STEP_FREE.search(text):
        return "no"
    if _IN_PART.search(text):
        return "limited"
    return "" if _DOUBT.search(text) else "yes"


def _cost(service: dict[str, Any]) -> str:
    """What it costs: free where every price is nought, else as given."""
    options = service.get("cost_options", [])
    amounts = [each.get("amount") for each in options]
    if amounts and all(isinstance(each, int | float) and each == 0 for each in amounts):
        return "free"
    prices = []
    for each in options:
        price = " ".join(
            filter(None, (plain_text(each.get("amount")), plain_text(each.get("amount_description"))))
        )
        whom = plain_text(each.get("option"))
        prices.append(f"{price} ({whom})" if price and whom else price or whom)
    return _joined("; ", service.get("fees"), *prices)


def _ages(youngest: object, oldest: object) -> str:
    low, high = plain_text(youngest), plain_text(oldest)
    if low and high:
        return f"{low} to {high}"
    return f"{low} and over" if low else f"up to {high}" if high else ""
