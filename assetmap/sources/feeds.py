"""Where an Open Referral UK feed comes from: the pages of a web address, or files that were saved of one.

Everything that is found of it comes as it is; `assetmap.sources.open_referral` makes rows of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.fetch import Fetcher, Limits, is_url, parse_json
from assetmap.sources.hsds import plain_text
from assetmap.sources.recipe import Entry
from assetmap.sources.tables import read_table

__all__ = ["KINDS", "Gathered", "Item", "Progress", "gather", "is_feed", "key_of", "named", "no_services"]

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

#: What each part of a feed is made of, in the standard's words.
KINDS = {
    "api": "api",
    "services": "service",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}

#: Called with how many services are read and, where it is known, how many there are.
Progress = Callable[[int, int | None], None]


class Item(NamedTuple):
    """One object of a feed: what it is, the file or address it stands in, and its number there."""

    value: Any
    file: str
    number: int | None


class Gathered:
    """What was found of each part of a feed, and what there is to tell of how it came.

    Parameters
    ----------
    items
        What each part has, in order.
    missing
        What is not there and should be.
    strange
        What is odd, and no loss.
    rejected
        Services whose details cannot be read, by `key_of`; and "api" where the feed does not say what it is.
    """

    def __init__(self) -> None:
        self.items: dict[str, list[Item]] = {name: [] for name in KINDS}
        self.missing: list[Problem] = []
        self.strange: list[Problem] = []
        self.rejected: dict[str, Problem] = {}

    def miss(self, file: str, what: str, remedy: str) -> None:
        """Tell of something that is not there."""
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
        if path.suffix.lower() != ".json" or not path.is_file():
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


def no_services(told: str) -> Problem:
    """The fault of what is no feed."""
    return Problem(told, "It holds no services.", "Check that it is an Open Referral UK feed.")


def gather(
    source: str | Path, told: str, limits: Limits, progress: Progress | None, *, every_part: bool = False
) -> Gathered:
    """Everything of a feed: its services with their details, or every part of it as it stands.

    Parameters
    ----------
    source
        A web address, a folder or a file.
    told
        What to call it.
    limits, progress
        As in `assetmap.sources.open_referral.read_feed`.
    every_part
        Whether to look at its other parts too, and at a service's summary and details each.

    Raises
    ------
    PlaceError
        Where there is no feed, or it has no end.
    """
    if is_url(str(source)):
        return _from_web(str(source), told, limits, progress, every_part)
    path = Path(source)
    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError):
        there = folder = False
    if not there:
        raise PlaceError(
            Problem(told, "There is no such file or folder.", "Mend its name, or give a web address.")
        )
    return _from_folder(path, told, every_part) if folder else _from_file(path, told)


def _from_web(url: str, told: str, limits: Limits, progress: Progress | None, every_part: bool) -> Gathered:
    gathered = Gathered()
    base, asked = re.fullmatch(r"(.*?)(?:/services)?/?((?:[?#].*)?)", url.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    with Fetcher(base + asked, limits) as fetcher:

        def pages(endpoint: str) -> list[Any]:
            def ask(number: int) -> Any:
                return fetcher.json(endpoint, {"page": number, "per_page": _PER_PAGE})

            return _all_pages(ask, told, endpoint, gathered, progress)

        def add(endpoint: str, called: str, found: list[Any]) -> None:
            gathered.items[endpoint] += (Item(each, called, n) for n, each in enumerate(found, start=1))

        found = pages("services")
        details = _with_details(found, fetcher, told, gathered, progress)
        if not every_part:
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
            gathered.items["api"] = [Item(fetcher.json(), told, None)]
        except PlaceError as error:
            gathered.rejected["api"] = _note(error.problems[0])
    return gathered


def _note(problem: Problem) -> Problem:
    return replace(problem, severity="note")


def _all_pages(
    ask: Callable[[int], Any], told: str, endpoint: str, gathered: Gathered, progress: Progress | None
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
        keys = [key_of(each) for each in contents]
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
    return counted(number, KINDS[endpoint].replace("_", " "), _plural(endpoint))


def _count_told(told: str, endpoint: str, said: int | None, found: int, gathered: Gathered) -> None:
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


def key_of(found: object) -> str:
    """What tells one object of a feed from another."""
    if isinstance(found, dict) and isinstance(found.get("id"), str | int) and str(found["id"]).strip():
        return str(found["id"]).strip().casefold()
    with suppress(RecursionError):
        return json.dumps(found, sort_keys=True)
    return "nested too deep to tell"


def _with_details(
    found: list[Any], fetcher: Fetcher, told: str, gathered: Gathered, progress: Progress | None
) -> list[Any]:
    """The services with all that the feed has of each, where its list gives a summary only."""
    if any(isinstance(each, dict) and "service_at_locations" in each for each in found):
        return found
    whole: dict[str, Any] = {}
    failures, why = 0, ""
    for number, each in enumerate(found, start=1):
        key = key_of(each)
        if not isinstance(each, dict) or not each.get("id") or key in whole or key in gathered.rejected:
            continue
        if failures < _ENOUGH_FAILURES:
            try:
                details = fetcher.json(f"services/{quote(str(each['id']), safe='')}")
                why = "" if key_of(details) == key else "The answer is another service."
            except PlaceError as error:
                why = error.problems[0].what
            failures = failures + 1 if why else 0
        if why:
            what = f"The details of “{named(each)}” cannot be read: {why}"
            gathered.rejected[key] = Problem(told, what, "Try again later, or ask its publisher.")
        else:
            whole[key] = details
        if progress is not None:
            progress(number, len(found))
    return [whole.get(key_of(each), each) for each in found]


def _from_file(path: Path, told: str) -> Gathered:
    gathered = Gathered()
    document = _load(path, told)
    contents = _contents(document)
    if contents is None:
        raise PlaceError(Problem(told, "It holds no services.", "Name the file of the feed’s services."))
    gathered.items["services"] = [Item(each, told, n) for n, each in enumerate(contents, start=1)]
    _pages_told(told, "services", [document], gathered)
    return gathered


def _load(path: Path, told: str) -> Any:
    if not path.is_file():
        raise PlaceError(Problem(told, "It is not a file that can be read.", "Name a JSON file or a folder."))
    try:
        return parse_json(path.read_bytes())
    except OSError as error:
        raise PlaceError(
            Problem(told, f"It cannot be read: {error.strerror}.", "Check that you may open it.")
        ) from None
    except (ValueError, RecursionError):
        raise PlaceError(Problem(told, "It is not valid JSON.", "Save it again from the feed.")) from None


def _endpoint(path: Path) -> str | None:
    """Which part of a feed a file holds, by its name or else its folder's."""
    for name in (path.stem.casefold(), path.parent.name.casefold()):
        for endpoint, pattern in _ENDPOINTS.items():
            begins = pattern.match(name)
            if (
                begins
                and _ENDING.fullmatch(name, begins.end())
                and (endpoint != "api" or path.parent == Path())
            ):
                return endpoint
    return None


def _from_folder(folder: Path, told: str, every_part: bool) -> Gathered:
    gathered = Gathered()
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
    if not documents["services"] and not documents["service_at_locations"]:
        raise PlaceError(no_services(told))
    if (folder / "services.csv").is_file():
        what = "It has the standard’s CSV tables as well as JSON; the JSON was read."
        gathered.strange.append(Problem(told, what, "Nothing to do.", severity="note"))
    if others:
        what = f"{counted(len(others), 'file is', 'files are')} no part that is read of a feed: {', '.join(others[:5])}."
        gathered.strange.append(Problem(told, what, "Nothing to do.", severity="note"))
    for endpoint, loaded in documents.items():
        if endpoint == "api":
            gathered.items[endpoint] = [Item(document, file, None) for file, document in loaded]
            continue
        gathered.items[endpoint] = _together(loaded, gathered, merge=not every_part)
        if every_part or endpoint == "services":
            _pages_told(told, endpoint, [document for _, document in loaded], gathered)
    if not every_part:
        _put_in_place(gathered)
    return gathered


def _together(documents: list[tuple[str, Any]], gathered: Gathered, merge: bool) -> list[Item]:
    """The objects of several files: a list has summaries, and another file the same service with its details."""
    documents.sort(key=lambda pair: _order(pair[1]))
    items: list[Item] = []
    place: dict[str, int] = {}
    for file, document in documents:
        contents = _contents(document)
        if contents is None:
            gathered.miss(file, "It holds nothing of a feed.", "Save it again from the feed.")
            continue
        here: set[str] = set()
        for number, each in enumerate(contents, start=1):
            item, key = Item(each, file, number if len(contents) > 1 else None), key_of(each)
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


def _pages_told(told: str, endpoint: str, documents: list[Any], gathered: Gathered) -> None:
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


def _put_in_place(gathered: Gathered) -> None:
    """Give saved services the locations that were saved apart from them."""
    services = {
        key_of(item.value): item.value for item in gathered.items["services"] if isinstance(item.value, dict)
    }
    without = {key for key, service in services.items() if "service_at_locations" not in service}
    for item in gathered.items["service_at_locations"]:
        service = item.value.get("service") if isinstance(item.value, dict) else None
        key = key_of(service)
        if isinstance(service, dict) and key not in services:
            services[key] = dict(service)
            without.add(key)
            gathered.items["services"].append(item._replace(value=services[key]))
        if key in without:
            services[key].setdefault("service_at_locations", []).append(item.value)


def _from_tables(folder: Path, told: str) -> Gathered:
    """The standard's CSV tables, put together into services."""
    gathered = Gathered()

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
        found = [replace(each, file=f"{told}/{file}") for each in problems]
        gathered.strange.extend(found if services else map(_note, found))
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
        gathered.items["services"].append(Item(service, f"{told}/services.csv", service["row"]))
    return gathered


_NUMBERS = {"minimum_age", "maximum_age", "latitude", "longitude", "interval", "amount"}


def _number(name: str, text: str) -> Any:
    """A cell of a column of numbers as the number that it is."""
    if name in _NUMBERS:
        with suppress(ValueError):
            return float(text)
    return text


def named(service: object) -> str:
    """A service's name, for telling of it."""
    return (
        plain_text(service.get("name")) if isinstance(service, dict) else ""
    ) or "A service without a name"
