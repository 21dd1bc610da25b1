"""A place's venues and services as an Open Referral UK feed (HSDS-UK 3.0): plain files that any web host can serve."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pandas as pd

from assetmap.errors import OutputError, Problem, counted
from assetmap.model import ASSET_FIELDS, Assessment, Place
from assetmap.sources import RECIPE_NAME
from assetmap.sources.hours import WEEK, open_when
from assetmap.sources.hsds import is_uri, osm_hours, plain_text
from assetmap.sources.linkage import sensitive
from assetmap.sources.open_referral import FIELD_TAXONOMY, rows_of
from assetmap.taxonomy import kinds, themes

__all__ = ["FEED_FILES", "feed_told", "write_feed"]

#: What a feed consists of: each part's folder, and the file that says which standard it keeps to.
FEED_FILES = ("index.json", "services", "service_at_locations", "taxonomies", "taxonomy_terms")

_ABOUT = {
    "version": "HSDS-UK-3.0",
    "profile": "https://docs.openreferraluk.org/en/latest/",
    "openapi_url": "https://docs.openreferraluk.org/en/latest/openapi30.json",
}

_WORKSHOP = ".assetmap-"

#: Degrees are written to this many decimals: about a centimetre.
_DECIMALS = 7

#: What stands in a list of services; the rest is in each service's own file.
_SUMMARY = (
    "id",
    "name",
    "description",
    "url",
    "status",
    "fees",
    "minimum_age",
    "maximum_age",
    "assured_date",
)

_LABELS = {
    **ASSET_FIELDS,
    "asset_id": "Asset",
    "kind": "Kind of place",
    "kind_confidence": "How sure the kind is",
    "theme": "Theme",
    "list": "List",
    "sources": "Lists that name it",
    "licence": "Licence",
    "area_code": "Area",
    "role": "What is listed",
    "area_of_benefit": "Area it serves",
}


def write_feed(place: Place | Assessment, folder: str | Path, *, per_page: int | None = None) -> list[Path]:
    """Write a place as an Open Referral UK feed, the same bytes for the same place.

    Each venue is a service at a location. An organisation that is no venue is a service without one, with the area
    that it serves; those of a sensitive kind, such as a refuge, are not written at all. What the standard has no place
    for stands in ``attributes``, each field as a taxonomy of its own, so that reading the feed again gives back all
    that the place holds of each.

    Parameters
    ----------
    place
        The place, or an assessment of it.
    folder
        Where to; made where it does not exist. A feed that is there already is replaced whole, so that nothing that has
        been removed from the place stays behind.
    per_page
        How many services to a page; all on one by default, since a host of plain files cannot tell the pages of
        ``/services?page=2`` apart.

    Returns
    -------
    list of Path
        What was written, in the order of `FEED_FILES`.

    Raises
    ------
    OutputError
        Where the folder holds anything else, or cannot be written.
    """
    place = place.place if isinstance(place, Assessment) else place
    target = Path(folder)
    _refuse(str(folder), target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_WORKSHOP, dir=target) as workshop:
            room, old = Path(workshop) / "new", Path(workshop) / "old"
            old.mkdir()
            for name, content in _files(place, per_page):
                path = room / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(
                    json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
                )
            for name in FEED_FILES:
                if (target / name).exists():
                    (target / name).replace(old / name)
                (room / name).replace(target / name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the files could not be made"
        what = f"The feed cannot be written there: {reason}."
        raise OutputError(
            Problem(str(folder), what, "Name a folder you may write to, with room left.")
        ) from None
    return [target / name for name in FEED_FILES]


def feed_told(place: Place | Assessment) -> str:
    """How many services a place's feed has, with a place and without; and how many stay out of it, in words."""
    place = place.place if isinstance(place, Assessment) else place
    secret = int(sensitive(place.organisations).sum())
    without = len(place.organisations) - secret
    told = counted(len(place.assets), "service at a place", "services at a place")
    told += f" and {without:,} without one" if without else ""
    kinds_told = counted(
        secret, "organisation of a sensitive kind stays", "organisations of a sensitive kind stay"
    )
    return f"{told}; {kinds_told} out of it" if secret else told


def _refuse(named: str, target: Path) -> None:
    """Refuse a folder where writing would cost somebody something."""
    if not named.strip():
        raise OutputError(Problem("--out", "No folder is named.", "Name a folder for the feed."))
    remedy = "Name a new or an empty folder for the feed."
    try:
        others = sorted(each.name for each in target.iterdir()) if target.exists() else []
    except OSError:
        raise OutputError(Problem(named, "It is no folder that can be read.", remedy)) from None
    if RECIPE_NAME in others:
        raise OutputError(Problem(named, "It is a place folder.", remedy))
    # What a writing that was stopped half-way left behind is no matter.
    others = [name for name in others if not name.startswith(_WORKSHOP)]
    if others and not _is_feed_of_ours(target, others):
        raise OutputError(Problem(named, f"It holds something else already ({others[0]}).", remedy))


def _is_feed_of_ours(target: Path, names: list[str]) -> bool:
    try:
        about = json.loads((target / FEED_FILES[0]).read_bytes())
    except (OSError, ValueError):
        return False
    return about == _ABOUT and set(names) <= set(FEED_FILES)


def _files(place: Place, per_page: int | None) -> Iterator[tuple[str, Any]]:
    """Each file's name and content."""
    terms: dict[str, dict[str, Any]] = {}
    services = [_service(each, terms) for each in (*_assets(place), *_organisations(place))]
    taxonomies: dict[str, dict[str, Any]] = {}
    for term in terms.values():
        field = term["taxonomy"].removeprefix(FIELD_TAXONOMY)
        named = {
            "id": term["taxonomy_id"],
            "name": term["taxonomy"],
            "description": _LABELS.get(field, field),
        }
        taxonomies.setdefault(term["taxonomy_id"], named)
    at = [
        {**each, "service": {key: service[key] for key in _SUMMARY if key in service}}
        for service in services
        for each in service.get("service_at_locations", [])
    ]
    yield FEED_FILES[0], _ABOUT
    for part, found in (
        ("services", services),
        ("service_at_locations", at),
        ("taxonomies", sorted(taxonomies.values(), key=lambda each: each["name"])),
        (
            "taxonomy_terms",
            sorted(terms.values(), key=lambda each: (each["taxonomy"], each["name"], each["id"])),
        ),
    ):
        size = per_page if per_page and part == "services" else max(len(found), 1)
        starts = range(0, max(len(found), 1), size)
        for number, start in enumerate(starts, start=1):
            listed = [_listed(part, each) for each in found[start : start + size]]
            page = {
                "total_items": len(found),
                "total_pages": len(starts),
                "page_number": number,
                "size": len(listed),
                "first_page": number == 1,
                "last_page": number == len(starts),
                "empty": not listed,
                "contents": listed,
            }
            yield f"{part}/index.json" if number == 1 else f"{part}/page-{number}.json", page
        for each in found:
            yield f"{part}/{each['id']}.json", each


def _listed(part: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """What a list says of one object: a summary of a service or of where it is, else all there is."""
    if part == "services":
        return {key: found[key] for key in _SUMMARY if key in found}
    if part == "service_at_locations":
        plain = {key: value for key, value in found["location"].items() if not isinstance(value, list)}
        return {**found, "location": plain}
    return dict(found)


def _assets(place: Place) -> Iterator[dict[str, Any]]:
    """Each venue as texts, with its longitude and latitude; in the order of their ids."""
    assets = place.assets.sort_index()
    points = assets.geometry.to_crs(4326)
    held = pd.DataFrame(assets.drop(columns=assets.geometry.name))
    for (asset_id, row), lon, lat in zip(held.iterrows(), points.x, points.y, strict=True):
        where = {"lon": round(lon, _DECIMALS), "lat": round(lat, _DECIMALS)}
        yield {**_texts(row), "asset_id": str(asset_id), **where}


def _organisations(place: Place) -> Iterator[dict[str, Any]]:
    """Each organisation that may be told of as texts, and the areas that it serves; by list and name.

    It has no number of its own that lasts, so it goes by its list and its name, which stay where the rest is mended.
    """
    licences = {layer.name: layer.licence for layer in place.layers if layer.table == "assets"}
    told = place.organisations[~sensitive(place.organisations)]
    areas = told["area_codes"].map("; ".join)
    held = [
        _texts(row) | {"extent": extent, "licence": licences.get(f"assets: {row['list']}", "")}
        for (_, row), extent in zip(told.drop(columns="area_codes").iterrows(), areas, strict=True)
    ]
    seen: Counter[tuple[str, str]] = Counter()
    for each in sorted(held, key=lambda each: (each["list"], each["name"], *each.values())):
        of = each["list"], each["name"]
        seen[of] += 1
        yield {**each, "asset_id": _id("organisation", *of, str(seen[of]))}


def _texts(row: pd.Series) -> dict[str, str]:
    return {str(key): "" if pd.isna(value) else plain_text(value) for key, value in row.items()}


def _id(*of: str) -> str:
    """The same UUID for the same thing, on every day and computer (RFC 4122, version 5)."""
    return str(uuid5(NAMESPACE_URL, "urn:assetmap:" + "\x1f".join(of)))


def _service(held: Mapping[str, Any], terms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One venue as a service at its location, or one organisation as a service without; its terms are added to those of the feed.

    Whatever the standard's own properties do not give back word for word stands in the attributes.
    """
    key = held["asset_id"]
    service: dict[str, Any] = {"id": _id("service", key), "name": held["name"]}
    service |= _stated(held)
    hours = held.get("opening_hours", "")
    if hours:
        schedules = _schedules(hours) or _schedules(open_when(hours).osm) or [{"description": hours}]
        service["schedules"] = [
            {"id": _id("schedule", key, str(n)), **each} for n, each in enumerate(schedules)
        ]
    service |= _located(held) if "lat" in held else _serving(held)

    attributes = service["attributes"] = [_attribute(service["id"], "asset_id", key, terms)]
    (read,) = rows_of(service)
    for field, value in held.items():
        if field not in ("asset_id", "lon", "lat", "extent") and value and read.get(field, "") != value:
            attributes.append(_attribute(service["id"], field, value, terms))
    return service


def _located(asset: Mapping[str, Any]) -> dict[str, Any]:
    """Where a venue is."""
    key = asset["asset_id"]
    location: dict[str, Any] = {"id": _id("location", key), "location_type": "physical"}
    location |= {"latitude": asset["lat"], "longitude": asset["lon"]}
    if asset.get("address") or asset.get("postcode"):
        location["addresses"] = [
            {
                "id": _id("address", key),
                "address_1": asset.get("address", ""),
                "city": "",
                "state_province": "",
                "postal_code": asset.get("postcode", ""),
                "country": "GB",
                "address_type": "physical",
            }
        ]
    if asset.get("step_free"):
        told = f"Step-free access: {asset['step_free']}."
        location["accessibility"] = [{"id": _id("accessibility", key), "description": told}]
    return {"service_at_locations": [{"id": _id("service_at_location", key), "location": location}]}


def _serving(body: Mapping[str, Any]) -> dict[str, Any]:
    """Whose a service without a place is, and the area that it serves: in its list's words, and the codes they mean."""
    key = body["asset_id"]
    organization = {"id": _id("organization", key), "name": body["name"], "description": body["description"]}
    if is_uri(body["website"]):
        organization["website"] = body["website"]
    found: dict[str, Any] = {"organization_id": organization["id"], "organization": organization}
    if body["area_of_benefit"]:
        area = {"id": _id("service_area", key), "name": body["area_of_benefit"]}
        area |= {"extent": body["extent"], "extent_type": "text"} if body["extent"] else {}
        found["service_areas"] = [area]
    return found


def _stated(asset: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a service that are a single value."""
    closed = re.match(r"Temporarily closed(?:\. |$)", asset.get("description", ""))
    found: dict[str, Any] = {
        "description": asset.get("description", "")[closed.end() if closed else 0 :],
        "url": asset.get("website", "") if is_uri(asset.get("website", "")) else "",
        "status": "temporarily closed" if closed else "active",
        "fees": asset.get("cost", ""),
        "assured_date": asset.get("last_checked", "") if _is_day(asset.get("last_checked", "")) else "",
    }
    stated = {name: value for name, value in found.items() if value}
    said = re.fullmatch(
        r"(?:(\d{1,3}) to (\d{1,3})|(\d{1,3}) and over|up to (\d{1,3}))", asset.get("for_age", ""), re.ASCII
    )
    if said:
        low, high = said[1] or said[3], said[2] or said[4]
        stated |= {"minimum_age": int(low)} if low else {}
        stated |= {"maximum_age": int(high)} if high else {}
    return stated


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_RULE = re.compile(
    r"([A-Z][a-z](?:[-,][A-Z][a-z])*)(?: (\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)| closed| off)",
    re.ASCII,
)


def _schedules(hours: str) -> list[dict[str, Any]]:
    """Opening hours as weekly schedules; none where they are not in OpenStreetMap's syntax, or say more than that."""
    schedules = []
    told: set[str] = set()
    for rule in filter(None, re.split("[;,] ", hours)):
        said = _RULE.fullmatch(rule)
        if said is None:
            return []
        days: list[str] = []
        for part in said[1].split(","):
            first, _, last = part.partition("-")
            if not {first, last or first} <= set(WEEK):
                return []
            run = WEEK[WEEK.index(first) : WEEK.index(last or first) + 1]
            if not run:  # over the end of the week
                return []
            days += run
        # A later rule is instead of an earlier one of the same day, which schedules cannot say.
        if not told.isdisjoint(days):
            return []
        told.update(days)
        for times in (said[2] or "").split(","):
            opens, _, closes = times.partition("-")
            byday = ",".join(day.upper() for day in days)
            if times:
                schedules.append({"freq": "WEEKLY", "byday": byday, "opens_at": opens, "closes_at": closes})
    return schedules if osm_hours(schedules) else []


def _attribute(service: str, field: str, value: str, terms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    term = _term(field, value, terms)
    return {
        "id": _id("attribute", service, field),
        "link_id": service,
        "taxonomy_term_id": term["id"],
        "link_type": field,
        "taxonomy_term": term,
    }


def _term(field: str, value: str, terms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The term that says a field's value; a kind and a theme under the names that readers know."""
    key = _id("term", field, value)
    if key not in terms:
        labels = {"kind": {name: each.label for name, each in kinds().items()}, "theme": themes()}.get(
            field, {}
        )
        terms[key] = {
            "id": key,
            "name": labels.get(value, value),
            "description": _LABELS.get(field, field),
            "taxonomy": f"{FIELD_TAXONOMY}{field}",
            "taxonomy_id": _id("taxonomy", field),
            "term": value,
        }
        if field == "kind" and value in kinds() and kinds()[value].theme in themes():
            terms[key]["parent_id"] = _term("theme", kinds()[value].theme, terms)["id"]
    return terms[key]
