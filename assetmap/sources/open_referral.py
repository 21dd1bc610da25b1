"""Open Referral UK: a feed of services, from a web address or from saved files, as the rows of a list.

A feed's services stand at locations. Each service at a place that people can go to is one row; a service without such a
place is a row with another role, never a point. What tells of a person is not read: no contact, telephone number,
e-mail address or addressee.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.model import ASSET_FIELDS
from assetmap.sources.fetch import LIMITS, Fetcher, Limits, is_url, named_url
from assetmap.sources.hsds import PEOPLE, Fault, faults, osm_hours, plain_text, without_people
from assetmap.sources.recipe import BY_NAME, Entry
from assetmap.sources.tables import read_table

__all__ = ["FIELD_TAXONOMY", "Feed", "FeedCheck", "check_feed", "is_feed", "read_feed", "rows_of"]

#: Where the standard has no place for something that assetmap holds, a term of a taxonomy of this name and the
#: field's name says it.
FIELD_TAXONOMY = "assetmap: "

#: A feed that has not ended after this many pages is told to be without end.
_MOST_PAGES = 2_000
_PER_PAGE = 100

#: After so many services whose details cannot be read, the others are not asked for.
_ENOUGH_FAILURES = 5

#: The parts of a feed, and how files that hold them are called.
_ENDPOINTS = {
    "service_at_locations": re.compile(r"service_at_locations?"),
    "services": re.compile(r"services?"),
    "taxonomy_terms": re.compile(r"taxonomy_terms?"),
    "taxonomies": re.compile(r"taxonom(?:y|ies)"),
    "api": re.compile(r"api(?:_details)?|index"),
}
_ENDING = re.compile(r"(?:[-_. ](?:list|full|data|page|\d+))*")
_KINDS = {
    "services": "service",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}

#: The part that is read into a place; a check looks at all of them, and at a service's summary and details both.
_TO_READ = ("services",)

#: What a row has besides the fields of an asset.
_ROW = ("name", "kind", "role", "lon", "lat", "uprn", "area_of_benefit")

Progress = Callable[[int, int | None], None]


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


class _Item(NamedTuple):
    """One object of a feed: what it is, the file or address it stands in, and its number there."""

    value: Any
    file: str
    number: int | None


class _Gathered:
    """What was found of each part of a feed, and what there is to tell of how it came."""

    def __init__(self) -> None:
        self.items: dict[str, list[_Item]] = {name: [] for name in _ENDPOINTS}
        self.missing: list[Problem] = []
        self.strange: list[Problem] = []
        self.rejected: dict[str, Problem] = {}

    def miss(self, file: str, what: str, remedy: str) -> None:
        self.missing.append(Problem(file, what, remedy, severity="note"))


def is_feed(source: str | Path) -> bool:
    """Whether what a recipe names is a feed: a web address, a folder of a feed's files, or a JSON file of services."""
    if is_url(str(source)):
        return True
    path = Path(source)
    try:
        if path.is_dir():
            names = (each.relative_to(path) for each in path.rglob("*.json"))
            return (path / "services.csv").is_file() or any(_endpoint(each) == "services" for each in names)
        if path.suffix.lower() != ".json":
            return False
        with path.open("rb") as opened:
            head = opened.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except (OSError, ValueError):
        return False
    return head[:1] == b"[" or (
        head[:1] == b"{" and bool(_OF_A_FEED.search(head)) and not _OF_SHAPES.search(head)
    )


#: Far enough into a JSON file to see whether it holds services or shapes.
_HEAD = 100_000
_OF_A_FEED = re.compile(rb'"(?:contents|status|service_at_locations)"\s*:')
_OF_SHAPES = re.compile(rb'"type"\s*:\s*"(?:Feature|FeatureCollection|Topology)"')


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
    gathered = _gather(source, told, limits, progress, _TO_READ)
    if not gathered.items["services"]:
        raise PlaceError(Problem(told, "It holds no services.", "Check that it is an Open Referral UK feed."))
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
    gathered = _gather(source, file or _called(source), limits, progress, tuple(_ENDPOINTS))
    failures: list[Problem] = [replace(each, severity="rejected") for each in gathered.rejected.values()]
    warnings = list(gathered.missing)
    for endpoint, items in gathered.items.items():
        for item in items:
            for fault in faults(_KINDS.get(endpoint, "api"), item.value):
                fails = endpoint in ("services", "api") and fault.strict
                told = _problem(item.file, fault, item.number, "rejected" if fails else "note")
                (failures if fails else warnings).append(told)
    return FeedCheck(failures, warnings, gathered.strange)


def _called(source: str | Path) -> str:
    return named_url(str(source)) if is_url(str(source)) else Path(source).name


def _problem(file: str, fault: Fault, row: int | None, severity: Any = "note") -> Problem:
    return Problem(file, fault.what, fault.remedy, row, fault.path or None, severity)


# -- where a feed comes from -----------------------------------------------------------------------


def _gather(
    source: str | Path, told: str, limits: Limits, progress: Progress | None, wanted: tuple[str, ...]
) -> _Gathered:
    if is_url(str(source)):
        return _from_web(str(source), told, limits, progress, wanted)
    path = Path(source)
    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError):
        there = folder = False
    if not there:
        raise PlaceError(
            Problem(told, "There is no such file or folder.", "Mend its name, or give a web address.")
        )
    return _from_folder(path, told, wanted) if folder else _from_file(path, told)


def _from_web(
    url: str, told: str, limits: Limits, progress: Progress | None, wanted: tuple[str, ...]
) -> _Gathered:
    gathered = _Gathered()
    base, asked = re.fullmatch(r"(.*?)(?:/services)?/?((?:[?#].*)?)", url.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    with Fetcher(base + asked, limits) as fetcher:

        def pages(endpoint: str) -> list[Any]:
            def ask(number: int) -> Any:
                return fetcher.json(endpoint, {"page": number, "per_page": _PER_PAGE})

            return _all_pages(ask, told, endpoint, gathered, progress)

        def add(endpoint: str, named: str, found: list[Any]) -> None:
            gathered.items[endpoint] += (_Item(each, named, n) for n, each in enumerate(found, start=1))

        found = pages("services")
        details = _with_details(found, fetcher, told, gathered, progress)
        if wanted == _TO_READ:
            add("services", told, details)
            return gathered
        add("services", told, found)
        if details is not found:
            add("services", f"{told}, details", details)
        for endpoint in ("service_at_locations", "taxonomy_terms", "taxonomies"):
            try:
                add(endpoint, f"{told}, {endpoint}", pages(endpoint))
            except PlaceError as error:
                # The other parts need not be there.
                absent = re.search(r"\(HTTP (?:404|501)\)", error.problems[0].what)
                (gathered.strange if absent else gathered.missing).extend(map(_note, error.problems))
        try:
            gathered.items["api"] = [_Item(fetcher.json(), told, None)]
        except PlaceError as error:
            gathered.rejected["api"] = _note(error.problems[0])
    return gathered


def _note(problem: Problem) -> Problem:
    return replace(problem, severity="note")


def _all_pages(
    ask: Callable[[int], Any], told: str, endpoint: str, gathered: _Gathered, progress: Progress | None
) -> list[Any]:
    """Everything on the pages of one part of a feed, which may loop, lie about how many they are, or never end.

    When a feed says that it is over, one page more is asked for, to see that it is.
    """
    found: list[Any] = []
    seen: set[str] = set()
    number, over, broken = 0, 0, ""
    said_pages = said_items = None
    while True:
        number += 1
        if number > _MOST_PAGES:
            what = f"It has not ended after {_MOST_PAGES:,} pages ({_counted(len(found), endpoint)})."
            remedy = "Ask its publisher, or save the part that you need as files."
            raise PlaceError(Problem(told, what, remedy))
        try:
            page = ask(number)
            contents = _contents(page)
            if contents is None:
                what = "It answers with JSON that is no page of a feed."
                raise PlaceError(Problem(told, what, "Check the address."))
        except PlaceError as error:
            if number == 1:
                raise
            broken = f"cannot be read: {error.problems[0].what}"
            break
        keys = [_key(each) for each in contents]
        if number > 1 and seen.issuperset(keys):
            if contents:
                broken = "holds nothing that was not there before: the feed goes round in a loop."
            break
        found += contents
        seen.update(keys)
        about = page if isinstance(page, dict) else {}
        if number == 1:
            said_pages, said_items = _count(about, "total_pages"), _count(about, "total_items")
        if progress is not None:
            progress(len(found), said_items)
        if isinstance(page, list) or not contents:
            return found
        if not over and (about.get("last_page") is True or (said_pages is not None and number >= said_pages)):
            over = number
    noun, read = _plural(endpoint), number - 1
    if broken and not over:
        what = f"Page {number} of its {noun} {broken} {counted(read, 'page was', 'pages were')} read."
        gathered.miss(told, what, "Some may be missing: try again later, or ask its publisher.")
    elif said_pages is not None and read < said_pages:
        what = f"It says that its {noun} are {counted(said_pages, 'page')}, but they end with page {read}."
        gathered.miss(told, what, "Ask its publisher whether some are missing.")
    elif over and read > over:
        what = f"It says that its {noun} end with page {over}, but they go on to page {read}; all of them were read."
        gathered.strange.append(
            Problem(told, what, "Ask its publisher to mend the page count.", severity="note")
        )
    _count_told(told, endpoint, said_items, len(found), gathered)
    return found


def _plural(endpoint: str) -> str:
    return endpoint.replace("_", " ")


def _counted(number: int, endpoint: str) -> str:
    return counted(number, _KINDS[endpoint].replace("_", " "), _plural(endpoint))


def _count_told(told: str, endpoint: str, said: int | None, found: int, gathered: _Gathered) -> None:
    """Tell where as many came as were said to be there."""
    if said is None or said == found:
        return
    what = f"It says that it holds {_counted(said, endpoint)}; {found:,} came."
    if found < said:
        gathered.miss(told, what, "Ask its publisher for those that are missing.")
    else:
        gathered.strange.append(
            Problem(told, what, "Nothing to do; all that came were read.", severity="note")
        )


def _count(about: dict[str, Any], name: str) -> int | None:
    value = about.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _contents(document: Any) -> list[Any] | None:
    """The objects of a page, of a list, or the one there is; None where it is nothing of a feed."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return None
    if "contents" not in document:
        return [document] if "id" in document else None
    return document["contents"] if isinstance(document["contents"], list) else None


def _key(found: Any) -> str:
    """What tells one object of a feed from another."""
    if isinstance(found, dict) and isinstance(found.get("id"), str | int) and str(found["id"]).strip():
        return str(found["id"]).strip().casefold()
    return json.dumps(found, sort_keys=True)


def _with_details(
    found: list[Any], fetcher: Fetcher, told: str, gathered: _Gathered, progress: Progress | None
) -> list[Any]:
    """The services with all that the feed has of each, where its list gives a summary only."""
    if any(isinstance(each, dict) and "service_at_locations" in each for each in found):
        return found
    whole: dict[str, Any] = {}
    failures, why = 0, None
    for number, each in enumerate(found, start=1):
        key = _key(each)
        if not isinstance(each, dict) or not each.get("id") or key in whole:
            continue
        if failures < _ENOUGH_FAILURES:
            try:
                details = fetcher.json(f"services/{quote(str(each['id']), safe='')}")
                if _key(details) == key:
                    whole[key], failures = details, 0
                    continue
                why = "The answer is another service."
            except PlaceError as error:
                why = error.problems[0].what
            failures += 1
        what = f"The details of “{_named(each)}” cannot be read: {why}"
        gathered.rejected[key] = Problem(told, what, "Try again later, or ask its publisher.")
        if progress is not None:
            progress(number, len(found))
    return [whole.get(_key(each), each) for each in found]


def _from_file(path: Path, told: str) -> _Gathered:
    gathered = _Gathered()
    document = _load(path, told)
    contents = _contents(document)
    if contents is None:
        raise PlaceError(Problem(told, "It holds no services.", "Name the file of the feed’s services."))
    gathered.items["services"] = [_Item(each, told, n) for n, each in enumerate(contents, start=1)]
    _pages_told(told, "services", [document], gathered)
    return gathered


def _load(path: Path, told: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise PlaceError(
            Problem(told, f"It cannot be read: {error.strerror}.", "Check that you may open it.")
        ) from None
    except (ValueError, RecursionError):
        raise PlaceError(Problem(told, "It is not valid JSON.", "Save it again from the feed.")) from None


def _endpoint(path: Path) -> str | None:
    """Which part of a feed a file holds, by its name or else its folder's."""
    for named in (path.stem.casefold(), path.parent.name.casefold()):
        for endpoint, pattern in _ENDPOINTS.items():
            begins = pattern.match(named)
            if (
                begins
                and _ENDING.fullmatch(named, begins.end())
                and (endpoint != "api" or path.parent == Path())
            ):
                return endpoint
    return None


def _from_folder(folder: Path, told: str, wanted: tuple[str, ...]) -> _Gathered:
    gathered = _Gathered()
    documents: dict[str, list[tuple[str, Any]]] = {name: [] for name in _ENDPOINTS}
    others = []
    for path in sorted(folder.rglob("*.json")):
        within = path.relative_to(folder)
        endpoint = _endpoint(within)
        if endpoint is None:
            others.append(within.as_posix())
        else:
            file = f"{told}/{within.as_posix()}"
            documents[endpoint].append((file, _load(path, file)))
    if not documents["services"] and (folder / "services.csv").is_file():
        return _from_tables(folder, told)
    if (folder / "services.csv").is_file():
        what = "It has the standard’s CSV tables as well as JSON; the JSON was read."
        gathered.strange.append(Problem(told, what, "Nothing to do.", severity="note"))
    if others:
        what = f"{counted(len(others), 'file is', 'files are')} no part that is read of a feed: {', '.join(others[:5])}."
        gathered.strange.append(Problem(told, what, "Nothing to do.", severity="note"))
    for endpoint, loaded in documents.items():
        if endpoint == "api":
            gathered.items[endpoint] = [_Item(document, file, None) for file, document in loaded]
            continue
        gathered.items[endpoint] = _together(loaded, gathered, merge=wanted == _TO_READ)
        if endpoint in wanted:
            _pages_told(told, endpoint, [document for _, document in loaded], gathered)
    if wanted == _TO_READ:
        _put_in_place(gathered)
    return gathered


def _together(documents: list[tuple[str, Any]], gathered: _Gathered, merge: bool) -> list[_Item]:
    """The objects of several files: a list has summaries, and another file the same service with its details."""
    documents.sort(key=lambda pair: _order(pair[1]))
    items: list[_Item] = []
    place: dict[str, int] = {}
    for file, document in documents:
        contents = _contents(document)
        if contents is None:
            gathered.miss(file, "It holds nothing of a feed.", "Save it again from the feed.")
            continue
        here: set[str] = set()
        for number, each in enumerate(contents, start=1):
            item, key = _Item(each, file, number if len(contents) > 1 else None), _key(each)
            if not merge or key not in place or key in here:
                place.setdefault(key, len(items))
                items.append(item)
            elif isinstance(each, dict) and len(each) > len(items[place[key]].value):
                items[place[key]] = item
            here.add(key)
    return items


def _order(document: Any) -> tuple[int, int]:
    """Lists before what tells of one service, and pages by their number."""
    if not isinstance(document, dict):
        return 0, 0
    return int("contents" not in document), _count(document, "page_number") or 0


def _pages_told(told: str, endpoint: str, documents: list[Any], gathered: _Gathered) -> None:
    """Tell where saved pages are fewer than the feed says that it has."""
    pages = [each for each in documents if isinstance(each, dict) and isinstance(each.get("contents"), list)]
    pages = [each for each in pages if _count(each, "total_pages") is not None]
    said = max((_count(each, "total_pages") or 0 for each in pages), default=0)
    if said > len(pages):
        what = f"Its {_plural(endpoint)} are said to be {counted(said, 'page')}; {counted(len(pages), 'page is', 'pages are')} here."
        gathered.miss(told, what, "Save the others too.")
    elif pages:
        found = sum(len(each["contents"]) for each in pages)
        _count_told(told, endpoint, _count(pages[0], "total_items"), found, gathered)


def _put_in_place(gathered: _Gathered) -> None:
    """Give saved services the locations that were saved apart from them."""
    services = {
        _key(item.value): item.value for item in gathered.items["services"] if isinstance(item.value, dict)
    }
    without = {key for key, service in services.items() if "service_at_locations" not in service}
    for item in gathered.items["service_at_locations"]:
        service = item.value.get("service") if isinstance(item.value, dict) else None
        key = _key(service)
        if isinstance(service, dict) and key not in services:
            services[key] = dict(service)
            without.add(key)
            gathered.items["services"].append(item._replace(value=services[key]))
        if key in without:
            services[key].setdefault("service_at_locations", []).append(item.value)


def _from_tables(folder: Path, told: str) -> _Gathered:
    """The standard's CSV tables, put together into services."""
    gathered = _Gathered()

    def table(*names: str) -> list[dict[str, Any]]:
        file = next((f"{name}.csv" for name in names if (folder / f"{name}.csv").is_file()), None)
        if file is None:
            return []
        services = names[0] == "services"
        try:
            frame, problems = read_table(Entry("assets", {"name": told, "file": file}, folder))
        except PlaceError as error:
            if services:
                raise
            frame, problems = pd.DataFrame(), list(error.problems)
        named = [replace(each, file=f"{told}/{file}") for each in problems]
        gathered.strange.extend(named if services else map(_note, named))
        return [
            {"row": row} | {str(key): _number(str(key), value) for key, value in cells.items() if value}
            for row, cells in zip(frame.index, frame.to_dict("records"), strict=True)
        ]

    def by(rows: Iterable[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            found.setdefault(str(row.get(key, "")), []).append(row)
        return found

    terms = {row.get("id"): row for row in table("taxonomy_terms", "taxonomy_term")}
    attributes = by(table("attributes", "attribute"), "link_id")
    for each in (row for rows in attributes.values() for row in rows):
        if each.get("taxonomy_term_id") in terms:
            each["taxonomy_term"] = terms[each["taxonomy_term_id"]]
    of_service = {
        name: by(table(*files), "service_id")
        for name, files in {
            "schedules": ("schedules", "schedule"),
            "service_areas": ("service_areas", "service_area"),
            "languages": ("languages", "language"),
            "cost_options": ("cost_options", "cost_option"),
            "service_at_locations": ("service_at_locations", "service_at_location"),
        }.items()
    }
    addresses = by(table("addresses", "address"), "location_id")
    accessibility = by(table("accessibility", "accessibilities"), "location_id")
    locations = {
        row.get("id"): row
        | {
            "addresses": addresses.get(str(row.get("id")), []),
            "accessibility": accessibility.get(str(row.get("id")), []),
        }
        for row in table("locations", "location")
    }
    for rows in of_service["service_at_locations"].values():
        for row in rows:
            if row.get("location_id") in locations:
                row["location"] = locations[row["location_id"]]
    for service in table("services", "service"):
        key = str(service.get("id", ""))
        service |= {name: rows[key] for name, rows in of_service.items() if key in rows}
        if key in attributes:
            service["attributes"] = attributes[key]
        gathered.items["services"].append(_Item(service, f"{told}/services.csv", service["row"]))
    return gathered


_NUMBERS = {"minimum_age", "maximum_age", "latitude", "longitude", "interval", "amount"}


def _number(name: str, text: str) -> Any:
    """A cell of a column of numbers as the number that it is."""
    if name in _NUMBERS:
        with suppress(ValueError):
            return float(text)
    return text


# -- rows ------------------------------------------------------------------------------------------


def _feed(told: str, gathered: _Gathered) -> Feed:
    rows: dict[int, dict[str, str]] = {}
    problems = [*gathered.missing, *gathered.strange]
    raw: list[Any] = []
    first: dict[str, int] = {}
    wrong: dict[tuple[str, str, str], list[tuple[int, Fault]]] = {}
    rows_in = sum(problem.severity == "rejected" for problem in problems)  # torn rows of a table
    over = closed = 0
    for item in gathered.items["services"]:
        number, key = rows_in + 1, _key(item.value)
        rows_in += 1
        if key in first:
            what = f"“{_named(item.value)}” is already there, as row {first[key]}."
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


def _named(service: Any) -> str:
    return (
        plain_text(service.get("name")) if isinstance(service, dict) else ""
    ) or "A service without a name"


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
    by_post = any(each["location"].get("location_type") == "postal" for each in at)
    for each in venues or [{}]:
        location = each.get("location", {})
        schedules = each.get("schedules") or location.get("schedules") or service.get("schedules", [])
        row = about | {"role": "venue" if venues else "contact" if by_post else "area_served"}
        row |= _hours(schedules, service)
        row |= _whereabouts(location, about["name"])
        row["identifier"] = plain_text(each.get("id")) or about["identifier"]
        if said:
            row |= {"identifier": "", "step_free": "", **said}
        yield row


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
        elif field not in ("role", "lon", "lat"):
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
