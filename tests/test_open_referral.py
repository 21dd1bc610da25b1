"""Open Referral UK: feeds read from the web and from files, held against the standard, and written again."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import Point
from typer.testing import CliRunner

from assetmap import OutputError, PlaceError, load
from assetmap.cli import app
from assetmap.model import ASSET_FIELDS, ROLES
from assetmap.sources import feeds, open_referral
from assetmap.sources.feeds import is_feed
from assetmap.sources.fetch import Limits
from assetmap.sources.hsds import faults, osm_hours
from assetmap.sources.linkage import sensitive
from assetmap.sources.open_referral import check_feed, read_feed, rows_of
from assetmap.taxonomy import kinds
from assetmap.views.open_referral import FEED_FILES, feed_told, write_feed
from tests.test_fetch import Handler, Kept, serve
from tests.toy import CODES, RECIPE, middle, write_toy
from tests.trafford import write_trafford

QUICK = Limits(connect_s=5, read_s=0.5, answer_s=2, all_s=20)
BETA = UUID("00000000-0000-4000-8000-000000000000").int


def uuid(number: int) -> str:
    return str(UUID(int=BETA + number))


def service(number: int, **more: object) -> dict:
    """A service of a feed, at a place of its own."""
    return {
        "id": uuid(number),
        "name": f"Lunch club {number}",
        "status": "active",
        "service_at_locations": [at(number)],
        **more,
    }


def at(number: int, kind: str = "physical", **location: object) -> dict:
    return {
        "id": uuid(1_000 + number),
        "location": {
            "id": uuid(2_000 + number),
            "location_type": kind,
            "latitude": 52.5,
            "longitude": -1.9,
            **location,
        },
    }


def page(contents: list, number: int = 1, pages: int = 1, items: int | None = None, **more: object) -> dict:
    return {
        "total_items": len(contents) if items is None else items,
        "total_pages": pages,
        "page_number": number,
        "size": len(contents),
        "first_page": number == 1,
        "last_page": number == pages,
        "empty": not contents,
        "contents": contents,
        **more,
    }


def saved(folder: Path, *services: object, name: str = "services.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(list(services)), encoding="utf-8")
    return path


@contextmanager
def feed(answer: Callable[[str, int], object]) -> Iterator[tuple[str, list[str]]]:
    """A feed on this computer that answers each path and page with JSON; None is 404, a number that status."""

    def act(each: Handler) -> None:
        asked = urlsplit(each.path)
        given = answer(asked.path, int(parse_qs(asked.query).get("page", ["1"])[0]))
        if given is None or isinstance(given, int):
            each.answer(b"", status=given or 404)
        else:
            each.answer(json.dumps(given).encode())

    with serve(act, Kept) as served:
        yield served


def read_pages(pages: Callable[[int], object]) -> tuple[open_referral.Feed, list[str], list[str]]:
    """What is read of a feed with such pages, what is told of it, and what it was asked."""
    with feed(lambda path, number: pages(number) if path == "/services" else None) as (url, asked):
        found = read_feed(url, "the feed", limits=QUICK)
    return found, [str(problem) for problem in found.problems], asked


def told(source: object, **how: object) -> list[str]:
    with pytest.raises(PlaceError) as caught:
        read_feed(source, "the feed", **how)
    return [str(problem) for problem in caught.value.problems]


# -- the pages of a feed ---------------------------------------------------------------------------


def test_all_pages_of_a_feed_are_read():
    found, problems, asked = read_pages(
        lambda n: page([service(2 * n), service(2 * n + 1)], n, 3, 6) if n <= 3 else page([], n, 3, 6)
    )
    assert list(found.rows["name"]) == [f"Lunch club {n}" for n in range(2, 8)]
    assert (problems, found.rows_in) == ([], 6)
    assert asked == [f"/services?page={n}&per_page=100" for n in range(1, 5)]


@pytest.mark.parametrize("address", ["", "/", "/services", "/services/", "/services?taxonomy_id=7"])
def test_the_address_of_the_feed_or_of_its_services_will_do(address):
    with feed(lambda path, number: page([service(1)]) if path == "/services" else None) as (url, asked):
        assert len(read_feed(url + address, limits=QUICK).rows) == 1
    assert asked[0] == "/services?" + ("taxonomy_id=7&" if "?" in address else "") + "page=1&per_page=100"


def test_what_is_nested_or_large_beyond_sense(tmp_path):
    path = tmp_path / "services.json"

    def write(depth: int) -> None:
        odd = "[" * depth + "]" * depth
        path.write_text(f'[{{"name": "Deep", "status": "active", "minimum_age": 1e999, "odd": {odd}}}]')

    write(100)
    found = read_feed(path)
    assert list(found.rows["name"]) == ["Deep"]
    assert json.loads(found.raw) == [{"name": "Deep", "status": "active"}]
    for depth in range(
        900, 1_000, 7
    ):  # where this computer's depth may end, in one step of the reading or another
        write(depth)
        with suppress(PlaceError):
            read_feed(path)


def test_progress_is_told():
    seen = []
    with feed(lambda path, n: page([service(n)], n, 2, 2) if n < 3 else None) as (url, _):
        read_feed(url, limits=QUICK, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 2), (2, 2)]


def test_a_bare_list_is_a_feed_of_one_page():
    found, problems, asked = read_pages(lambda n: [service(1), service(2)])
    assert (len(found.rows), problems, len(asked)) == (2, [], 1)


@pytest.mark.parametrize("after", [None, 500, {"error": "no such page"}, "first"])
def test_what_is_answered_after_the_last_page_does_not_matter(after):
    first = page([service(1)])
    found, problems, _ = read_pages(lambda n: first if n == 1 or after == "first" else after)
    assert (len(found.rows), problems) == (1, [])


def test_a_feed_that_goes_round_in_a_loop():
    found, problems, asked = read_pages(lambda n: page([service(1 + n % 2)], n, 9))
    assert len(found.rows) == 2
    assert len(asked) == 3
    assert problems[0] == (
        "the feed: Page 3 of its services holds nothing that was not there before: the feed goes round in a loop. "
        "2 pages were read. Some may be missing: try again later, or ask its publisher."
    )


def test_a_feed_that_says_more_pages_than_it_has():
    found, problems, _ = read_pages(lambda n: page([service(n)] if n < 3 else [], n, 10, 10))
    assert len(found.rows) == 2
    assert problems == [
        "the feed: It says that its services are 10 pages, but they end with page 2. Ask its publisher whether some are missing.",
        "the feed: It says that it holds 10 services; 2 came. Ask its publisher for those that are missing.",
    ]


def test_a_feed_that_says_fewer_pages_than_it_has():
    found, problems, _ = read_pages(
        lambda n: page([service(n)] if n < 5 else [], n, min(n, 2), 2, last_page=True)
    )
    assert len(found.rows) == 4
    assert problems == [
        "the feed: It says that its services end with page 1, but they go on to page 4; all of them were read. "
        "Ask its publisher to mend the page count.",
        "the feed: It says that it holds 2 services; 4 came. Nothing to do; all that came were read.",
    ]


def test_a_feed_without_end(monkeypatch):
    monkeypatch.setattr(feeds, "_MOST_PAGES", 20)
    with feed(lambda path, n: page([service(n)], n, n + 1)) as (url, asked):
        assert told(url, limits=QUICK) == [
            "the feed: It has not ended after 20 pages (20 services). "
            "Ask its publisher, or save the part that you need as files."
        ]
    assert len(asked) == 20


def test_a_page_that_cannot_be_read():
    found, problems, _ = read_pages(lambda n: page([service(n)], n, 3, 3) if n < 3 else 500)
    assert len(found.rows) == 2
    assert problems == [
        "the feed: Page 3 of its services cannot be read: It fails (HTTP 500). 2 pages were read. "
        "Some may be missing: try again later, or ask its publisher.",
        "the feed: It says that it holds 3 services; 2 came. Ask its publisher for those that are missing.",
    ]


def test_a_first_page_that_cannot_be_read():
    with feed(lambda path, number: 503) as (url, _):
        assert told(url, limits=QUICK) == [
            f"{url}/services: It fails (HTTP 503). Try later, or save what is there as files and name their folder instead."
        ]
    with feed(lambda path, number: {"error": "no"}) as (url, _):
        assert told(url) == ["the feed: It answers with JSON that is no page of a feed. Check the address."]
    with feed(lambda path, number: page([])) as (url, _):
        assert told(url) == ["the feed: It holds no services. Check that it is an Open Referral UK feed."]


def test_a_feed_that_hangs():
    def act(each: Handler) -> None:
        import time

        time.sleep(1)

    with serve(act) as (url, _):
        assert told(url, limits=QUICK) == [
            f"{url}/services: It does not answer within 0.5 seconds. Try later, or save what is there as files and name their folder instead."
        ]


def test_a_feed_that_sends_on_to_a_private_address():
    with serve(lambda each: each.send_on("http://169.254.169.254/services")) as (url, _):
        assert told(url, limits=QUICK) == [
            f"{url}/services: It sends on to a private address (169.254.169.254), which is refused. If you trust it, give that address itself."
        ]


# -- the details of each service ---------------------------------------------------------------------


def summary(number: int) -> dict:
    return {key: value for key, value in service(number).items() if key != "service_at_locations"}


def read_details(
    answer: Callable[[int], object], many: int = 2
) -> tuple[open_referral.Feed, list[str], list[str]]:
    listed = page([summary(n) for n in range(many)])

    def act(path: str, _: int) -> object:
        return listed if path == "/services" else answer(UUID(path.rpartition("/")[2]).int - BETA)

    with feed(act) as (url, asked):
        found = read_feed(url, "the feed", limits=QUICK)
    return found, [str(problem) for problem in found.problems], asked


def test_details_are_asked_for_where_the_list_gives_a_summary():
    found, problems, asked = read_details(service)
    assert list(found.rows["lat"]) == ["52.5", "52.5"]
    assert problems == []
    assert asked[-2:] == [f"/services/{uuid(0)}", f"/services/{uuid(1)}"]


def test_progress_of_details_is_told():
    seen = []
    with feed(
        lambda path, n: [summary(1), summary(2)] if path == "/services" else service(int(path[-1]))
    ) as (url, _):
        read_feed(url, limits=QUICK, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(2, None), (1, 2), (2, 2)]


def test_details_that_cannot_be_read():
    found, problems, _ = read_details(lambda n: service(n) if n else None)
    assert list(found.rows["name"]) == ["Lunch club 1"]
    assert (found.rows_in, [problem.severity for problem in found.problems]) == (2, ["rejected"])
    assert problems == [
        "the feed, row 1: The details of “Lunch club 0” cannot be read: There is nothing at that address (HTTP 404). "
        "Try again later, or ask its publisher."
    ]


def test_details_of_another_service():
    _, problems, _ = read_details(lambda n: service(1))
    assert problems == [
        "the feed, row 1: The details of “Lunch club 0” cannot be read: The answer is another service. "
        "Try again later, or ask its publisher."
    ]


def test_a_feed_without_details_is_not_asked_for_ever():
    found, problems, asked = read_details(lambda n: None, many=30)
    assert len(asked) == 2 + 5
    assert (found.rows_in, len(found.rows), len(problems)) == (30, 0, 30)


# -- saved files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [[service(1)], page([service(1)]), service(1)])
def test_one_file(tmp_path, content):
    path = tmp_path / "any name.json"
    path.write_text(json.dumps(content))
    assert is_feed(path)
    assert list(read_feed(path).rows["name"]) == ["Lunch club 1"]


def test_a_folder_of_pages_in_their_order(tmp_path):
    for number in (1, 2, 10):
        (tmp_path / f"services-{number}.json").write_text(json.dumps(page([service(number)], number, 4, 4)))
    found = read_feed(tmp_path, "feed")
    assert is_feed(tmp_path)
    assert list(found.rows["name"]) == ["Lunch club 1", "Lunch club 2", "Lunch club 10"]
    assert [str(problem) for problem in found.problems] == [
        "feed: Its services are said to be 4 pages; 3 pages are here. Save the others too."
    ]


def test_summaries_details_and_locations_saved_apart(tmp_path):
    (tmp_path / "service_list.json").write_text(json.dumps(page([summary(1), summary(2)])))
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / f"{uuid(1)}.json").write_text(json.dumps(service(1)))
    (tmp_path / "service_at_location_list.json").write_text(
        json.dumps(page([{**at(2), "service": summary(2)}, {**at(3), "service": summary(3)}]))
    )
    (tmp_path / "notes.json").write_text("{}")
    found = read_feed(tmp_path, "feed")
    assert sorted(found.rows["name"]) == ["Lunch club 1", "Lunch club 2", "Lunch club 3"]
    assert set(found.rows["role"]) == {"venue"}
    assert [str(problem) for problem in found.problems] == [
        "feed: 1 file is no part that is read of a feed: notes.json. Nothing to do."
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("services.json", "{", "the feed: It is not valid JSON. Save it again from the feed."),
        ("services.json", "7", "the feed: It holds no services. Name the file of the feed’s services."),
        ("services.json", "[]", "the feed: It holds no services. Check that it is an Open Referral UK feed."),
        (
            "services.json",
            '[{"id": "1", "maximum_age": NaN}]',
            "the feed: It is not valid JSON. Save it again from the feed.",
        ),
        ("services.json", "[" * 5_000, "the feed: It is not valid JSON. Save it again from the feed."),
    ],
)
def test_a_file_that_is_no_feed(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    assert told(tmp_path / name) == [message]


def test_nothing_there(tmp_path):
    missing = "the feed: There is no such file or folder. Mend its name, or give a web address."
    assert told(tmp_path / "nowhere") == [missing]
    assert told(tmp_path / "nul\0inside") == [missing]
    assert told(tmp_path) == ["the feed: It holds no services. Check that it is an Open Referral UK feed."]


def test_what_is_a_feed(tmp_path):
    shapes = gpd.GeoDataFrame({"status": ["active"]}, geometry=[Point(0, 0)], crs=4326)
    (tmp_path / "parks.json").write_text(shapes.to_json())
    (tmp_path / "venues.csv").write_text("name\n")
    assert is_feed("https://feed.example/api")
    for name in ("parks.json", "venues.csv", "nowhere.json", "", "nul\0inside"):
        assert not is_feed(tmp_path / name)


def write_tables(folder: Path, **tables: list[dict]) -> Path:
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def test_the_standards_tables(tmp_path):
    write_tables(
        tmp_path,
        services=[{**summary(1), "minimum_age": 50}, {**summary(2), "minimum_age": ""}],
        service_at_location=[{"id": uuid(3), "service_id": uuid(1), "location_id": uuid(4)}],
        locations=[{"id": uuid(4), "location_type": "physical", "latitude": "52.5", "longitude": "-1.9"}],
        addresses=[
            {"id": uuid(5), "location_id": uuid(4), "attention": "A. Person", "address_1": "1 High St", "city": "Toytown",
             "state_province": "Shire", "postal_code": "ZZ1 1AA", "country": "GB", "address_type": "physical"}
        ],
        schedules=[{"id": uuid(6), "service_id": uuid(1), "freq": "WEEKLY", "byday": "TU", "opens_at": "10:00", "closes_at": "12:00"}],
        attribute=[{"id": uuid(7), "link_id": uuid(1), "taxonomy_term_id": uuid(8)}],
        taxonomy_terms=[{"id": uuid(8), "name": "Lunch clubs", "description": "Lunch"}],
        contacts=[{"id": uuid(9), "service_id": uuid(1), "name": "A. Person"}],
        cost_options=[{"id": uuid(10), "service_id": uuid(1), "amount": "0"}],
        service_areas=[{"id": uuid(11), "service_id": uuid(2), "name": "Toytown"}],
    )  # fmt: skip
    with (tmp_path / "services.csv").open("a") as file:
        file.write("torn,row\n")
    found = read_feed(tmp_path, "feed")
    one, two = found.rows.to_dict("records")
    assert {key: value for key, value in one.items() if value} == {
        "name": "Lunch club 1", "kind": "Lunch clubs", "role": "venue", "lat": "52.5", "lon": "-1.9", "cost": "free",
        "address": "1 High St, Toytown, Shire", "postcode": "ZZ1 1AA", "opening_hours": "Tu 10:00-12:00", "for_age": "50 and over",
        "identifier": uuid(3),
    }  # fmt: skip
    assert (two["role"], two["area_of_benefit"], two["lat"]) == ("area_served", "Toytown", "")
    assert [str(problem) for problem in found.problems] == [
        "feed/services.csv, row 4: The row has 2 cells where the header has 4. Look for a missing quote or a separator too many."
    ]
    assert found.rows_in == 3
    assert b"Person" not in found.raw


# -- rows --------------------------------------------------------------------------------------------


def row(**more: object) -> dict[str, str]:
    (found,) = rows_of(service(1, **more))
    return found


def test_one_row_for_each_place_that_people_can_go_to(tmp_path):
    several = [at(1), at(2), at(3, "virtual"), at(4, "postal")]
    found = read_feed(saved(tmp_path, service(1, service_at_locations=several), service(2)), "feed")
    assert list(found.rows.index) == [1, 2, 3]
    assert list(found.rows["identifier"]) == [uuid(1_001), uuid(1_002), uuid(1_002)]
    assert set(found.rows["role"]) == {"venue"}
    assert found.rows_in == 3


@pytest.mark.parametrize(
    ("locations", "role"),
    [([at(1, "virtual")], "area_served"), ([at(1, "postal")], "contact"), ([], "area_served"), ([at(1, "postal"), at(2, "virtual")], "contact")],
)  # fmt: skip
def test_a_service_that_one_cannot_go_to_is_never_a_point(locations, role):
    found = row(service_at_locations=locations, service_areas=[{"id": uuid(5), "name": "Toytown"}])
    assert (found["role"], found["lon"], found["lat"], found["postcode"]) == (role, "", "", "")
    assert found["area_of_benefit"] == "Toytown"


def test_an_address_for_letters_locates_nothing():
    address = {
        "address_1": "Home",
        "city": "",
        "state_province": "",
        "postal_code": "ZZ1 1AA",
        "address_type": "postal",
    }
    found = row(service_at_locations=[at(1, addresses=[address], latitude=None, longitude=None)])
    assert (found["role"], found["address"], found["postcode"], found["lat"]) == ("venue", "", "", "")


def test_services_that_are_over_or_closed_for_a_time(tmp_path):
    found = read_feed(
        saved(
            tmp_path,
            service(1, status="inactive"),
            service(2, status="defunct"),
            service(3, status="temporarily closed", description="Soup."),
            service(4),
        ),
        "feed",
    )
    assert list(found.rows["description"]) == ["Temporarily closed. Soup.", ""]
    assert found.rows_in == 4
    assert [str(problem) for problem in found.problems] == [
        "feed: 2 services no longer offered (inactive or defunct): set aside. Nothing to do.",
        "feed: 1 service closed for a time: kept, and said so. Nothing to do.",
    ]


def test_bad_services_are_told_and_good_ones_go_on(tmp_path):
    found = read_feed(
        saved(tmp_path, 7, service(1), {"name": "Bare", "status": "open", "url": None}, service(1)), "feed"
    )
    assert list(found.rows["name"]) == ["Lunch club 1", "Bare"]
    assert found.rows_in == 4
    assert [(problem.severity, str(problem)) for problem in found.problems] == [
        ("rejected", "feed, row 1: It is 7, not a service. Write it as an object."),
        ("duplicate", "feed, row 4: “Lunch club 1” is already there, as row 2. Counted once; nothing to do."),
        ("note", "feed, row 3, column “id”: It is missing. Every service must have one. It was read all the same."),
        ("note", "feed, row 3, column “url”: It is null, not text. Write it in quotes, or leave it out where it is not known. It was read all the same."),
        ("note", "feed, row 3, column “status”: It is “open”. Use one of: active, inactive, defunct, temporarily closed. It was read all the same."),
    ]  # fmt: skip


def test_the_same_fault_is_told_once(tmp_path):
    found = read_feed(saved(tmp_path, *(service(n, url=f"page {n}") for n in range(40))), "feed")
    assert [str(problem) for problem in found.problems] == [
        "feed, row 1, column “url”: It is “page 0”, which is not a whole web address. 39 other cases of the same kind. "
        "Write it like https://example.org/page. It was read all the same."
    ]


PERSONAL = ("Ann Persona", "01234 567890", "ann@example.org", "assured@example.org", "c/o Ann")


def test_nothing_that_tells_of_a_person_is_read(tmp_path):
    given = service(
        1,
        email=PERSONAL[2],
        assurer_email=PERSONAL[3],
        contacts=[{"id": uuid(2), "name": PERSONAL[0], "phones": [{"number": PERSONAL[1]}]}],
        phones=[{"id": uuid(3), "number": PERSONAL[1]}],
        organization={"id": uuid(4), "name": "Org", "description": "", "email": PERSONAL[2], "phones": [{"number": PERSONAL[1]}]},
        service_at_locations=[
            at(1, contacts=[{"name": PERSONAL[0]}], addresses=[{"attention": PERSONAL[4], "address_1": "1 High St"}])
        ],
    )  # fmt: skip
    found = read_feed(saved(tmp_path, given))
    everything = found.raw.decode() + found.rows.to_csv() + "".join(map(str, found.problems))
    assert not [each for each in PERSONAL if each in everything]
    assert "Org" in found.raw.decode()
    told_wrong = check_feed(saved(tmp_path, {**given, "email": "01234", "assurer_email": 5678}))
    assert not any(word in str(problem) for problem in told_wrong.failures for word in ("01234", "5678"))


def test_what_is_kept_of_a_feed_gives_the_same_rows(tmp_path):
    first = read_feed(saved(tmp_path, *(service(n, status=("active", "defunct")[n == 2]) for n in range(4))))
    (tmp_path / "kept.json").write_bytes(first.raw)
    again = read_feed(tmp_path / "kept.json")
    assert again.rows.equals(first.rows)
    assert again.raw == first.raw


def test_text_that_no_file_can_hold_is_made_whole(tmp_path):
    path = tmp_path / "services.json"
    path.write_text('[{"id": "1", "name": "Caf\\ud83d \\u0000 é", "status": "active"}]')
    assert list(read_feed(path).rows["name"]) == ["Caf?  é"]


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        ([{"byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"}, {"byday": "SA", "opens_at": "10:00:00", "closes_at": "00:00Z"}], "Mo-Fr 09:00-17:00; Sa 10:00-24:00"),
        ([{"byday": day, "opens_at": "09:00", "closes_at": "12:00"} for day in ("WE", "MO", "FR")], "Mo,We,Fr 09:00-12:00"),
        ([{"byday": "MO", "opens_at": "13:00", "closes_at": "17:00"}, {"byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}], "Mo 09:00-12:00,13:00-17:00"),
        ([{"byday": "TH", "opens_at": "09:00+01:00", "closes_at": "12:00+01:00", "valid_from": "2026-01-05", "valid_to": "2026-03-31"}], "2026 Jan 05-2026 Mar 31 Th 09:00-12:00"),
        ([{"freq": "MONTHLY", "byday": "-1FR,2MO", "opens_at": "09:00", "closes_at": "12:00"}], "Fr[-1] 09:00-12:00; Mo[2] 09:00-12:00"),
        ([{"dtstart": "2026-01-07", "opens_at": "09:00", "closes_at": "12:00", "interval": 1}], "We 09:00-12:00"),
        # What the syntax is not asked to say:
        ([{"byday": "MO", "opens_at": "09:00", "closes_at": "12:00", "interval": 2}], ""),
        ([{"byday": "MO", "opens_at": "09:00", "closes_at": "12:00", "bymonthday": "5"}], ""),
        ([{"byday": "2MO", "opens_at": "09:00", "closes_at": "12:00"}], ""),
        ([{"byday": "MO", "opens_at": "09:00", "closes_at": "12:00", "valid_to": "2026-01-01"}], ""),
        ([{"byday": "MO", "opens_at": "nine", "closes_at": "12:00"}], ""),
        ([{"byday": "MO", "opens_at": "09:00", "closes_at": "09:00"}], ""),
        ([{"byday": "XX", "opens_at": "09:00", "closes_at": "12:00"}], ""),
        ([{"opens_at": "09:00", "closes_at": "12:00"}], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_opening_hours(given, hours):
    assert osm_hours({"freq": "WEEKLY", **each} for each in given) == hours


def test_opening_hours_that_the_syntax_cannot_say_are_given_as_told():
    fortnightly = {"freq": "WEEKLY", "interval": 2, "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}
    assert row(schedules=[fortnightly])["opening_hours"] == "WEEKLY 2 MO 09:00 12:00"
    found = row(schedules=[{**fortnightly, "description": "Every other Monday"}], alert="Not in May")
    assert (found["opening_hours"], found["detail"]) == ("Every other Monday", "Not in May")
    found = row(
        schedules=[{**fortnightly, "interval": 1, "description": "Term time", "notes": "Ring the bell"}]
    )
    assert (found["opening_hours"], found["detail"]) == ("Mo 09:00-12:00", "Ring the bell; Term time")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Wheelchair access is possible on all levels.", "yes"),
        ("Step-free from the street, with a ramp", "yes"),
        ("Limited wheelchair access", "limited"),
        ("No wheelchair access", "no"),
        ("Not wheelchair accessible", "no"),
        ("There is no step-free entrance", "no"),
        ("Wheelchair users please call first", ""),
        ("Unsuitable for wheelchairs", ""),
        ("Induction loop", ""),
        ("", ""),
    ],
)
def test_step_free_is_known_only_where_the_words_are_plain(text, answer):
    found = row(service_at_locations=[at(1, accessibility=[{"id": uuid(3), "description": text}])])
    assert found["step_free"] == answer


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        ({"cost_options": [{"amount": 0, "option": "All"}]}, "free"),
        ({"cost_options": [{"amount": 3.5, "amount_description": "per meal", "option": "Over 60s"}, {"amount": 5}]}, "3.5 per meal (Over 60s); 5"),
        ({"fees": "Free"}, "Free"),
        ({"fees": "£2", "cost_options": [{"option": "Pay what you can"}]}, "£2; Pay what you can"),
        ({}, ""),
    ],
)  # fmt: skip
def test_cost(given, cost):
    assert row(**given)["cost"] == cost


@pytest.mark.parametrize(
    ("given", "words"),
    [({"minimum_age": 12, "maximum_age": 18}, "12 to 18"), ({"minimum_age": 60.0}, "60 and over"), ({"maximum_age": 11}, "up to 11"), ({}, "")],
)  # fmt: skip
def test_ages(given, words):
    assert row(**given)["for_age"] == words


def test_the_rest_of_a_row():
    term = {"id": uuid(7), "name": "Lunch clubs", "description": "", "taxonomy": "Local"}
    found = row(
        url="https://lunch.example/",
        assured_date="2026-03-31T00:00:00Z",
        languages=[{"id": uuid(8), "name": "Urdu"}, {"id": uuid(9), "code": "pl"}],
        attributes=[{"id": uuid(6), "taxonomy_term": term}, {"id": uuid(5), "taxonomy_term": {**term, "name": "Older people"}}],
        service_at_locations=[at(1, name="St Ann’s Hall", external_identifier="100", external_identifier_type="uprn")],
    )  # fmt: skip
    assert found["website"] == "https://lunch.example/"
    assert found["last_checked"] == "2026-03-31"
    assert found["for_language"] == "Urdu; pl"
    assert found["kind"] == "Lunch clubs; Older people"
    assert found["address"] == "St Ann’s Hall"
    assert found["uprn"] == "100"


# -- the standard ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schemas(realdata):
    """The standard's own validators, with formats, by the kind of object."""
    from jsonschema import Draft202012Validator, FormatChecker

    assert {"uuid", "uri", "email", "date-time"} <= set(FormatChecker().checkers)
    folder = realdata / "openreferral" / "schema_uk_v3"
    whole = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("service", "service_at_location", "organization")
    }
    whole["taxonomy_term"] = whole["service"]["properties"]["attributes"]["items"]["properties"][
        "taxonomy_term"
    ]
    return {name: Draft202012Validator(each, format_checker=FormatChecker()) for name, each in whole.items()}


def refused(validator, found: object) -> set[str]:
    """Where the standard's own schema refuses something."""
    paths = set()
    for error in validator.iter_errors(found):
        path = [*map(str, error.absolute_path)]
        missing = [error.message.split("'")[1]] if error.validator == "required" else []
        paths.add("/".join([*path, *missing]))
    return paths


def found_by_us(kind: str, found: object) -> set[str]:
    return {fault.path for fault in faults(kind, found) if fault.strict}


MOCKS = ("Default", "Test", "Warn", "Fail")


@pytest.mark.realdata
@pytest.mark.parametrize("mock", MOCKS)
def test_the_mock_feeds_are_judged_as_the_standards_schemas_judge_them(realdata, schemas, mock):
    folder = realdata / "openreferral" / "mocks_v3" / f"V3.0-UK-{mock}"
    both = 0
    for path in sorted(folder.glob("*.json")):
        kind = next((kind for kind in schemas if path.stem.startswith(kind)), None)
        if kind is None or path.stem in ("taxonomy_terms",):
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        for each in document.get("contents", [document]):
            assert found_by_us(kind, each) == refused(schemas[kind], each), path.name
            both += 1
    assert both >= 7


def named(problems: list) -> list[str]:
    return [str(problem).partition("/")[2] for problem in problems]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("mock", "verdict"), [("Default", "pass"), ("Test", "pass"), ("Warn", "warn"), ("Fail", "fail")]
)
def test_verdicts_on_the_mock_feeds(realdata, mock, verdict):
    assert check_feed(realdata / "openreferral" / "mocks_v3" / f"V3.0-UK-{mock}").verdict == verdict


WARNS = [
    "taxonomy_term_list.json, column “parent_id”: It is that of the taxonomy term itself. Give each its own.",
    "taxonomy_term.json, column “description”: It is missing. Every taxonomy term must have one.",
    "taxonomy_term.json, column “term_uri”: It is “example_com”, which is not a whole web address. Write it like https://example.org/page.",
]


@pytest.mark.realdata
def test_what_is_told_of_the_mock_feed_that_warns(realdata):
    found = check_feed(realdata / "openreferral" / "mocks_v3" / "V3.0-UK-Warn", "feed")
    assert found.failures == []
    assert [str(problem) for problem in found.warnings[:2]] == [
        "feed: Its taxonomy terms are said to be 2 pages; 1 page is here. Save the others too.",
        "feed: Its taxonomies are said to be 10 pages; 1 page is here. Save the others too.",
    ]
    assert named(found.warnings[2:]) == [
        "service_at_location_full.json, column “location/id”: It is that of the service at location itself. Give each its own.",
        *WARNS,
    ]


@pytest.mark.realdata
def test_what_is_told_of_the_mock_feed_that_fails(realdata):
    found = check_feed(realdata / "openreferral" / "mocks_v3" / "V3.0-UK-Fail", "feed")
    web = "which is not a whole web address. Write it like https://example.org/page."
    missing = "column “name”: It is missing. Every service must have one."
    no_mail = "column “email”: It is not an e-mail address. Write it like name@example.org."
    no_text = "column “email”: It is not text. Write it in quotes, or leave it out where it is not known."
    wrong = f"column “url”: It is “example_counselling”, {web}"
    assert named(found.failures) == [
        f"api_details.json, column “openapi_url”: It is “docs-openreferraluk-org/en/latest/openapi30.json”, {web}",
        *(f"service_list.json, row {row}, {each}" for row in (1, 2) for each in (missing, wrong, no_mail)),
        *(f"service_list.json, row 3, {each}" for each in (missing, wrong, no_text)),
        *(f"service_list.json, row 4, {each}" for each in (missing, no_text)),
        f"service_full.json, column “url”: It is “example/counselling”, {web}",
        f"service_full.json, {no_mail}",
    ]
    assert named(found.warnings)[2:] == WARNS


@pytest.mark.realdata
@pytest.mark.parametrize("mock", MOCKS)
def test_the_mock_feeds_from_a_server(realdata, mock):
    """The same verdict where the feed is asked for on the web, as it was when it was read from files."""
    folder = realdata / "openreferral" / "mocks_v3" / f"V3.0-UK-{mock}"

    def load_mock(name: str) -> object:
        return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

    def answer(path: str, number: int) -> object:
        if path == "/":
            return load_mock("api_details")
        part, _, one = path.strip("/").partition("/")
        singular = {"taxonomies": "taxonomy"}.get(part, part.removesuffix("s"))
        if one:
            return load_mock(f"{singular}_full")
        return load_mock(f"{singular}_list") if number == 1 else None

    with feed(answer) as (url, _):
        found = check_feed(url, "feed", limits=QUICK)
    assert found.verdict == {"Warn": "warn", "Fail": "fail"}.get(mock, "pass")
    if mock == "Warn":
        gone = "There is nothing at that address (HTTP 404). 1 page was read. Some may be missing: try again later, or ask its publisher."
        assert [str(problem) for problem in found.warnings] == [
            "feed: It says that its taxonomy terms are 2 pages, but they end with page 1. Ask its publisher whether some are missing.",
            f"feed: Page 2 of its taxonomies cannot be read: {gone}",
            "feed: It says that it holds 10 taxonomies; 1 came. Ask its publisher for those that are missing.",
            "feed, taxonomy_terms, row 1, column “parent_id”: It is that of the taxonomy term itself. Give each its own.",
        ]


def test_parts_that_a_feed_need_not_have():
    answers = {
        "/": {"version": "HSDS-UK-3.0"},
        "/services": [service(1)],
        "/taxonomies": 500,
        "/taxonomy_terms": 501,
    }
    with feed(lambda path, number: answers.get(path)) as (url, _):
        found = check_feed(url, "feed", limits=QUICK)
    assert found.failures == []
    assert [str(problem) for problem in found.warnings] == [
        f"{url}/taxonomies: It fails (HTTP 500). Try later, or save what is there as files and name their folder instead."
    ]
    assert [str(problem) for problem in found.notes] == [
        f"{url}/service_at_locations: There is nothing at that address (HTTP 404). Check the address.",
        f"{url}/taxonomy_terms: It fails (HTTP 501). Try later, or save what is there as files and name their folder instead.",
    ]


def test_a_feed_that_does_not_say_what_it_is():
    with feed(lambda path, number: [service(1)] if path == "/services" else None) as (url, _):
        found = check_feed(url, "feed", limits=QUICK)
    assert [str(problem) for problem in found.failures] == [
        f"{url}: There is nothing at that address (HTTP 404). Check the address."
    ]


def test_summaries_and_details_are_both_checked():
    def answer(path: str, _: int) -> object:
        if path == "/":
            return {}
        return (
            page([{**summary(1), "url": "here"}]) if path == "/services" else {**service(1), "url": "there"}
        )

    with feed(answer) as (url, _):
        found = check_feed(url, "feed", limits=QUICK)
    assert [(problem.file, problem.what[:12]) for problem in found.failures[:2]] == [
        ("feed", "It is “here”"),
        ("feed, details", "It is “there"),
    ]


@pytest.mark.realdata
def test_the_profiles_own_example_reads_alike_from_its_json_and_its_tables(realdata, tmp_path):
    folder = realdata / "openreferral" / "examples_uk_profile"
    for path in folder.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = read_feed(folder).rows
    tables = read_feed(tmp_path).rows
    alike = [column for column in whole if whole[column].equals(tables[column])]
    # The attribute of the example's tables links to a service that they do not have.
    assert set(whole) - set(alike) == {"kind"}
    assert tables.loc[1, "for_age"] == "12 to 100"
    assert tables.loc[1, "uprn"] == "10092008082"


#: What a feed's maker may get wrong, one thing at a time.
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [7]),
    st.sampled_from(["active", "open", "physical", "WEEKLY", "daily", "", "a@b", "@", "2026-02-30", "2026-01-31T10:00:00Z",
                     "2026-01-31T10:00:00.5+01:00", "2026-01-31T25:00:00Z", "2026-01-31t10:00:00z", "2026-01-31 10:00:00Z",
                     "3FA85F64-5717-4562-B3FC-2C963F66AFA6", "3fa85f6457174562b3fc2c963f66afa6", "{3fa85f64-5717-4562-b3fc-2c963f66afa6}"]),
    st.text("abc:/?#[]@!%2F.é 0-", max_size=12),
    st.text("abc:/?#[]@%2F.0-", max_size=12).map(lambda rest: f"http:{rest}"),
    st.text("abc:/?#[]@%2F.0-", max_size=12).map(lambda rest: f"https://{rest}"),
)  # fmt: skip


def spots(found: object, path: tuple = ()) -> Iterator[tuple]:
    """Every place in a document."""
    if isinstance(found, dict | list):
        for key, each in found.items() if isinstance(found, dict) else enumerate(found):
            yield (*path, key)
            yield from spots(each, (*path, key))


@pytest.mark.realdata
@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_our_checks_and_the_standards_schemas_agree_on_what_is_wrong(realdata, schemas, data):
    whole = realdata / "openreferral" / "mocks_v3" / "V3.0-UK-Default" / "service_full.json"
    found = json.loads(whole.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(sorted(spots(found), key=str)))
        holder = found
        for key in above:
            holder = holder[key]
        if data.draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = data.draw(WRONG)
    assert found_by_us("service", found) == refused(schemas["service"], found)


# -- writing -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return load(write_toy(tmp_path_factory.mktemp("toy")))


def strict(schema: object) -> object:
    """A schema that refuses every property it does not know."""
    if isinstance(schema, dict):
        closed = {key: strict(each) for key, each in schema.items()}
        return closed | ({"additionalProperties": False} if "properties" in schema else {})
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


def assert_valid(folder: Path, schemas: dict) -> int:
    """Every object of a feed is what the standard says, with no property of our own."""
    from jsonschema import Draft202012Validator, FormatChecker

    checked = 0
    for kind, part in (
        ("service", "services"),
        ("service_at_location", "service_at_locations"),
        ("taxonomy_term", "taxonomy_terms"),
    ):
        schema = copy.deepcopy(schemas[kind].schema)
        if kind == "service_at_location":
            schema["properties"]["service"] = schemas["service"].schema
        closed = Draft202012Validator(strict(schema), format_checker=FormatChecker())
        for path in (folder / part).glob("*.json"):
            document = json.loads(path.read_bytes())
            for each in document.get("contents", [document]):
                closed.validate(each)
                checked += 1
    return checked


@pytest.mark.realdata
def test_what_is_written_is_valid(place, tmp_path, schemas):
    write_feed(place, tmp_path)
    assert assert_valid(tmp_path, schemas) >= 4 * len(place.assets)
    assert check_feed(tmp_path) == ([], [], [])


def test_what_is_written(place, tmp_path):
    written = write_feed(place, tmp_path / "feed")
    assert [path.name for path in written] == list(FEED_FILES)
    listed = json.loads((tmp_path / "feed" / "services" / "index.json").read_text(encoding="utf-8"))
    assert {key: value for key, value in listed.items() if key != "contents"} == {
        "total_items": len(place.assets), "total_pages": 1, "page_number": 1, "size": len(place.assets),
        "first_page": True, "last_page": True, "empty": False,
    }  # fmt: skip
    terms = {path.stem for path in (tmp_path / "feed" / "taxonomy_terms").glob("*-*-*.json")}
    taxonomies = {path.stem for path in (tmp_path / "feed" / "taxonomies").glob("*-*-*.json")}
    for each in listed["contents"]:
        whole = json.loads(
            (tmp_path / "feed" / "services" / f"{each['id']}.json").read_text(encoding="utf-8")
        )
        assert each.items() <= whole.items()
        (where,) = whole["service_at_locations"]
        assert (tmp_path / "feed" / "service_at_locations" / f"{where['id']}.json").is_file()
        for attribute in whole["attributes"]:
            assert attribute["link_id"] == whole["id"]
            assert attribute["taxonomy_term_id"] in terms
            assert attribute["taxonomy_term"]["taxonomy_id"] in taxonomies
            assert attribute["taxonomy_term"].get("parent_id", attribute["taxonomy_term_id"]) in terms


def test_the_same_place_gives_the_same_bytes(place, tmp_path):
    shuffled = replace(place, assets=place.assets.iloc[::-1])
    write_feed(place, tmp_path / "one")
    write_feed(shuffled, tmp_path / "two")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.json"))
    assert files == sorted(path.relative_to(tmp_path / "two") for path in (tmp_path / "two").rglob("*.json"))
    assert all(
        (tmp_path / "one" / each).read_bytes() == (tmp_path / "two" / each).read_bytes() for each in files
    )


def test_what_has_been_removed_from_a_place_does_not_stay_in_its_feed(place, tmp_path):
    write_feed(place, tmp_path)
    write_feed(replace(place, assets=place.assets.iloc[:1]), tmp_path)
    assert len(list((tmp_path / "services").glob("*.json"))) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FEED_FILES)
    assert len(read_feed(tmp_path).rows) == 1


def test_a_place_without_venues(place, tmp_path):
    write_feed(replace(place, assets=place.assets.iloc[:0]), tmp_path)
    assert check_feed(tmp_path).verdict == "pass"
    assert told(tmp_path) == ["the feed: It holds no services. Check that it is an Open Referral UK feed."]


def test_pages_of_a_written_feed(place, tmp_path):
    write_feed(place, tmp_path, per_page=2)
    assert (tmp_path / "services" / "page-3.json").is_file()
    found = read_feed(tmp_path)
    assert (len(found.rows), found.problems) == (len(place.assets), [])


def test_a_written_feed_from_a_web_host(place, tmp_path):
    """As a host of plain files serves it that adds .json and index.json."""
    write_feed(place, tmp_path)

    def act(each: Handler) -> None:
        path = urlsplit(each.path).path.strip("/")
        found = [p for p in (tmp_path / f"{path}.json", tmp_path / path / "index.json") if p.is_file()]
        each.answer(found[0].read_bytes() if found else b"", status=200 if found else 404)

    with serve(act, Kept) as (url, _):
        found = read_feed(url, limits=QUICK)
        assert check_feed(url, limits=QUICK) == ([], [], [])
    assert found.rows.equals(read_feed(tmp_path).rows)
    assert found.problems == []


def refusal(place, folder) -> str:
    with pytest.raises(OutputError) as caught:
        write_feed(place, folder)
    return str(caught.value)


def test_folders_that_are_not_written_to(place, tmp_path):
    remedy = "Name a new or an empty folder for the feed."
    assert refusal(place, " ") == "--out: No folder is named. Name a folder for the feed."
    home = write_toy(tmp_path / "toy")
    assert refusal(place, home) == f"{home}: It is a place folder. {remedy}"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("")
    assert (
        refusal(place, tmp_path / "full")
        == f"{tmp_path / 'full'}: It holds something else already (thesis.txt). {remedy}"
    )
    (tmp_path / "full" / "index.json").write_text("{}")
    assert "It holds something else already" in refusal(place, tmp_path / "full")
    assert refusal(place, tmp_path / "full" / "thesis.txt").endswith(
        f"It is no folder that can be read. {remedy}"
    )
    assert "The feed cannot be written there: the files could not be made." in refusal(place, "nul\0inside")
    write_feed(place, tmp_path / "feed")
    (tmp_path / "feed" / ".assetmap-stopped").mkdir()
    write_feed(place, tmp_path / "feed")
    (tmp_path / "feed" / "mine.txt").write_text("")
    assert "It holds something else already" in refusal(place, tmp_path / "feed")


#: Text as it stands in a place: whole, without space around it.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).map(str.strip)
TOLD = {
    "opening_hours": ["Mon-Fri 9am-5pm", "Saturday 10am to 1pm", "Mo-Fr 09:00-17:00; Sa 10:00-24:00", "Mo 09:00-12:00,13:00-17:00", "Mo-Tu 09:00-10:00", "24/7", "Mo[1] 10:00-12:00", "Su,Mo 09:00-10:00", "9 to 5"],
    "step_free": ["yes", "no", "limited"],
    "cost": ["free", "paid", "£3; £2"],
    "for_age": ["12 to 18", "60 and over", "up to 11", "012 to 18", "5-11", "18 to 12"],
    "last_checked": ["2026-03-31", "2026-02-30", "20260331", "March"],
    "website": ["https://example.org/a?b=c#d", "www.example.org", "https://exa mple.org", "mailto:a@b"],
    "description": ["Temporarily closed", "Temporarily closed. Soup.", "Temporarily closed. Temporarily closed.", "temporarily closed"],
    "identifier": ["100012345678", "way/7", uuid(1)],
    "address": ["1 High St, Toytown", "1 High St, 1 High St"],
}  # fmt: skip


@st.composite
def assets(draw) -> gpd.GeoDataFrame:
    """Venues with anything in their fields that a place may hold."""
    many = draw(st.integers(1, 3))

    def column(field: str) -> list[str]:
        return [
            draw(st.one_of(st.just(""), TEXT, st.sampled_from(TOLD.get(field, ["yes"])))) for _ in range(many)
        ]

    x, y = middle(0)
    return gpd.GeoDataFrame(
        {
            "name": [draw(TEXT.filter(bool)) for _ in range(many)],
            "kind": [draw(st.sampled_from(sorted(kinds()))) for _ in range(many)],
            "kind_confidence": [draw(st.floats(0, 1)) for _ in range(many)],
            "theme": ["hubs"] * many,
            "list": column("list"),
            "sources": column("sources"),
            "licence": column("licence"),
            "area_code": [draw(st.sampled_from(["E01000001", None])) for _ in range(many)],
            **{field: column(field) for field in ASSET_FIELDS},
        },
        geometry=[Point(x + draw(st.floats(-5e3, 5e3)), y + draw(st.floats(-5e3, 5e3))) for _ in range(many)],
        index=[f"{n}{draw(st.text('0123456789abcdef', max_size=11))}" for n in range(many)],
        crs=27700,
    ).rename_axis("asset_id")


@st.composite
def organisations(draw) -> pd.DataFrame:
    """What is listed and is no venue, with anything in its fields that a place may hold."""
    many = draw(st.integers(0, 3))

    def column(field: str) -> list[str]:
        return [
            draw(st.one_of(st.just(""), TEXT, st.sampled_from(TOLD.get(field, ["yes"])))) for _ in range(many)
        ]

    names = st.one_of(TEXT, st.sampled_from(["Carers", "Toytown Women’s Refuge"]))
    codes = st.lists(st.sampled_from(CODES), unique=True).map(lambda each: tuple(sorted(each)))
    held = {
        "name": [draw(names) for _ in range(many)],
        "kind": [draw(st.one_of(st.none(), st.sampled_from(sorted(kinds())))) for _ in range(many)],
        "role": [draw(st.sampled_from(ROLES)) for _ in range(many)],
        "list": column("list"),
        "area_of_benefit": column("area_of_benefit"),
        "area_codes": [draw(codes) for _ in range(many)],
        **{field: column(field) for field in ASSET_FIELDS},
    }
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in held.items()})


def with_organisations(found: open_referral.Feed, held: pd.DataFrame) -> open_referral.Feed:
    """What a feed has of venues, once it has been seen that it has every word of every organisation that may be told of."""
    of_venue = found.rows["role"] == "venue"
    rows = found.rows[~of_venue]
    told_of = held[~sensitive(held)].drop(columns="area_codes").fillna("")
    given = rows.reindex(columns=told_of.columns, fill_value="").fillna("")
    assert sorted(given.itertuples(index=False, name=None)) == sorted(
        told_of.itertuples(index=False, name=None)
    )
    assert rows[["lon", "lat", "uprn"]].eq("").all(axis=None)
    return found._replace(rows=found.rows[of_venue])


def assert_same(found: open_referral.Feed, held: gpd.GeoDataFrame) -> None:
    """Every word of every field, and the place to less than two centimetres."""
    rows = found.rows.set_index("asset_id")
    held = held.sort_index()
    assert list(rows.index) == list(held.index)
    assert set(rows["role"]) == {"venue"}
    for column in held.columns.drop([held.geometry.name, "kind_confidence"]):
        given = rows[column] if column in rows else rows["name"].map(lambda _: "")
        assert list(given) == list(held[column].fillna("")), column
    confidence = rows["kind_confidence"] if "kind_confidence" in rows else rows["name"].map(lambda _: "0")
    assert [float(each or 0) for each in confidence] == list(held["kind_confidence"])
    points = gpd.GeoSeries.from_xy(
        rows["lon"].astype(float), rows["lat"].astype(float), index=rows.index, crs=4326
    )
    assert points.to_crs(held.crs).distance(held.geometry).max() < 0.02


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=assets(), bodies=organisations())
def test_writing_and_reading_again_loses_nothing(place, tmp_path_factory, held, bodies):
    folder = tmp_path_factory.mktemp("feed")
    write_feed(replace(place, assets=held, organisations=bodies), folder)
    found = read_feed(folder)
    assert {problem.what.partition(" ")[2] for problem in found.problems} <= {
        f"{noun} closed for a time: kept, and said so." for noun in ("service", "services")
    }
    assert_same(with_organisations(found, bodies), held)


@pytest.mark.realdata
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=assets(), bodies=organisations())
def test_whatever_is_written_is_valid(place, schemas, tmp_path_factory, held, bodies):
    folder = tmp_path_factory.mktemp("feed")
    write_feed(replace(place, assets=held, organisations=bodies), folder)
    assert assert_valid(folder, schemas)
    assert check_feed(folder) == ([], [], [])


def test_what_a_written_feed_says_in_the_standards_own_words(place, tmp_path):
    told_of = {
        "description": "Temporarily closed. Books.", "opening_hours": "Mo-Fr 09:00-17:00; Sa 10:00-12:00", "cost": "free",
        "for_age": "12 to 18", "website": "https://example.org/", "last_checked": "2026-03-31", "address": "1 High St",
        "postcode": "ZZ1 1AA", "step_free": "yes", "for_faith": "", "identifier": "way/7",
    }  # fmt: skip
    one = place.assets.iloc[:1].assign(**dict.fromkeys(ASSET_FIELDS, ""))
    write_feed(replace(place, assets=one.assign(**told_of)), tmp_path)
    (path,) = (tmp_path / "services").glob("*-*-*.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    plain = {key: value for key, value in found.items() if not isinstance(value, list) and key != "id"}
    assert plain == {
        "name": one["name"].iloc[0], "description": "Books.", "url": "https://example.org/", "status": "temporarily closed",
        "fees": "free", "assured_date": "2026-03-31", "minimum_age": 12, "maximum_age": 18,
    }  # fmt: skip
    assert [{key: value for key, value in each.items() if key != "id"} for each in found["schedules"]] == [
        {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"},
        {"freq": "WEEKLY", "byday": "SA", "opens_at": "10:00", "closes_at": "12:00"},
    ]
    location = found["service_at_locations"][0]["location"]
    assert location["addresses"][0]["address_1"] == "1 High St"
    assert location["addresses"][0]["postal_code"] == "ZZ1 1AA"
    assert location["accessibility"][0]["description"] == "Step-free access: yes."
    said = {each["link_type"]: each["taxonomy_term"]["name"] for each in found["attributes"]}
    assert said["kind"] == kinds()[one["kind"].iloc[0]].label
    assert said["identifier"] == "way/7"
    assert not {
        "description",
        "opening_hours",
        "cost",
        "for_age",
        "website",
        "last_checked",
        "address",
        "for_faith",
    } & set(said)


WITHOUT_PLACE = """
[[assets]]
name = "Services"
file = "services.csv"
licence = "OGL v3"
title = "name"
kind_column = "kind"
role_column = "role"
area_of_benefit = "serves"
easting = "easting"
northing = "northing"
"""


def write_services(folder: Path, rows: list[dict[str, object]]) -> Path:
    """The toy place with a list of such rows, whose columns may be any field of an asset."""
    table = pd.DataFrame(
        rows, columns=["name", "kind", "role", "serves", "easting", "northing", *ASSET_FIELDS]
    )
    named_fields = "".join(f'{field} = "{field}"\n' for field in ASSET_FIELDS)
    return write_toy(
        folder,
        place_toml=RECIPE + WITHOUT_PLACE + named_fields,
        services_csv=table.to_csv(index=False, lineterminator="\r\n"),
    )


def told_of(place) -> pd.DataFrame:
    """Its organisations that may be told of."""
    return place.organisations[~sensitive(place.organisations)]


def load_again(place, room: Path):
    """The place with its lists as the feed has them that is written of it."""
    write_feed(place, room / "feed")
    head = RECIPE[: RECIPE.index("[[assets]]")]
    lists = "".join(
        f'[[assets]]\nname = "{name}"\nfile = "{(room / "feed").as_posix()}"\nwhere = {{ list = "{name}" }}\n'
        for name in dict.fromkeys([*place.assets["list"], *told_of(place)["list"]])
    )
    return load(write_toy(room / "again", place_toml=head + lists))


SERVICES = [
    {"name": "Carers of Toytown", "role": "area_served", "serves": "Toytown B; Toytown A", "description": "Temporarily closed. Visits.", "step_free": "yes",
     "opening_hours": "Mon-Fri 9am-5pm", "website": "https://carers.example/", "for_age": "60 and over", "volunteers": "yes", "postcode": "ZZ1 1AA", "identifier": "700"},
    {"name": "Mind the Gap", "role": "base", "serves": "Toytown", "address": "2 Office Row", "cost": "free", "last_checked": "2026-03-31"},
    {"name": "Chess by Post", "role": "contact", "serves": "the county", "address": "Home", "postcode": "ZZ1 1AA", "identifier": "701"},
    {"name": "Toytown Women’s Refuge", "role": "contact", "serves": "Toytown"},
    {"name": "Safe House", "kind": "refuge", "role": "venue", "easting": 400_500, "northing": 300_500},
]  # fmt: skip


def test_what_a_written_feed_says_of_a_service_without_a_place(tmp_path):
    place = load(write_services(tmp_path / "toy", SERVICES))
    write_feed(place, tmp_path / "feed")
    paths = (tmp_path / "feed" / "services").glob("*-*-*.json")
    found = {each["name"]: each for each in (json.loads(path.read_text(encoding="utf-8")) for path in paths)}
    assert len(found) == len(place.assets) + 3
    carers = found["Carers of Toytown"]
    plain = {key: value for key, value in carers.items() if isinstance(value, str | int) and "id" not in key}
    assert plain == {
        "name": "Carers of Toytown", "description": "Visits.", "status": "temporarily closed", "url": "https://carers.example/", "minimum_age": 60,
    }  # fmt: skip
    assert carers["organization"] == {
        "id": carers["organization_id"], "name": "Carers of Toytown", "description": "Temporarily closed. Visits.", "website": "https://carers.example/",
    }  # fmt: skip
    (area,) = carers["service_areas"]
    assert {key: value for key, value in area.items() if key != "id"} == {
        "name": "Toytown B; Toytown A", "extent": "E01000001; E01000002", "extent_type": "text",
    }  # fmt: skip
    said = {each["link_type"]: each["taxonomy_term"]["name"] for each in carers["attributes"]}
    del said["asset_id"]
    assert said == {
        "list": "Services", "licence": "OGL v3", "opening_hours": "Mon-Fri 9am-5pm", "step_free": "yes", "volunteers": "yes",
        "postcode": "ZZ1 1AA", "identifier": "700",
    }  # fmt: skip
    roles = {
        name: attribute["taxonomy_term"]["name"]
        for name, each in found.items()
        for attribute in each["attributes"]
        if attribute["link_type"] == "role"
    }
    assert roles == {"Mind the Gap": "base", "Chess by Post": "contact"}
    assert {area["name"]: area.get("extent") for area in found["Chess by Post"]["service_areas"]} == {
        "the county": None
    }
    assert not any("service_at_locations" in found[each["name"]] for each in SERVICES[:3])


def test_nothing_of_a_sensitive_kind_and_no_address_of_a_contact_is_in_a_feed(tmp_path):
    place = load(write_services(tmp_path / "toy", SERVICES))
    assert len(place.organisations) == len(SERVICES)
    write_feed(place, tmp_path / "feed")
    everything = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "feed").rglob("*.json"))
    assert "Chess by Post" in everything
    assert not [each for each in ("Refuge", "refuge", "Safe House", "Home", "701") if each in everything]


def test_how_many_services_a_feed_has_is_told(tmp_path, place):
    assert feed_told(place) == "6 services at a place"
    with_services = load(write_services(tmp_path / "toy", SERVICES))
    assert feed_told(with_services) == (
        "6 services at a place and 3 without one; 2 organisations of a sensitive kind stay out of it"
    )
    done = CliRunner().invoke(app, ["feed", str(tmp_path / "toy"), "--out", str(tmp_path / "feed")])
    assert done.stdout == (
        f"Written to {tmp_path / 'feed'} as Open Referral UK (HSDS-UK 3.0): 6 services at a place and 3 without one; "
        "2 organisations of a sensitive kind stay out of it.\n"
    )
    assert len(read_feed(tmp_path / "feed").rows) == 9


def test_a_written_feed_with_services_without_a_place_from_a_web_host(tmp_path):
    place = load(write_services(tmp_path / "toy", SERVICES))
    place = replace(place, assets=place.assets.iloc[:0])
    write_feed(place, tmp_path / "feed")

    def act(each: Handler) -> None:
        path = urlsplit(each.path).path.strip("/")
        files = (tmp_path / "feed" / f"{path}.json", tmp_path / "feed" / path / "index.json")
        there = [file for file in files if file.is_file()]
        each.answer(there[0].read_bytes() if there else b"", status=200 if there else 404)

    with serve(act, Kept) as (url, _):
        found = read_feed(url, limits=QUICK)
        assert check_feed(url, limits=QUICK) == ([], [], [])
    assert sorted(found.rows["role"]) == ["area_served", "base", "contact"]
    assert found.rows.equals(read_feed(tmp_path / "feed").rows)


def said_role(role: str) -> dict:
    return {
        "id": uuid(5),
        "taxonomy_term": {
            "id": uuid(6),
            "name": role,
            "description": "",
            "taxonomy": "assetmap: role",
        },
    }


@pytest.mark.parametrize(
    ("locations", "role", "read"),
    [
        ([], "base", "base"),
        ([], "contact", "contact"),
        ([], "venue", "area_served"),
        ([], "anything", "area_served"),
        ([at(1, "postal")], "base", "contact"),
        ([at(1)], "contact", "venue"),
    ],
)
def test_what_a_feed_calls_a_service_never_gives_it_a_place(locations, role, read):
    assert row(service_at_locations=locations, attributes=[said_role(role)])["role"] == read


@pytest.mark.parametrize(
    ("hours", "schedules"),
    [
        ("Mon-Fri 9am-5pm", ["MO,TU,WE,TH,FR 09:00 17:00"]),
        ("Monday to Friday 9am to 5pm, Saturday 10am to 1pm", ["MO,TU,WE,TH,FR 09:00 17:00", "SA 10:00 13:00"]),
        ("Mon 9-12 & 1-5", ["MO 09:00 12:00", "MO 13:00 17:00"]),
        ("Sa 10:00-12:00; Mo-Fr 09:00-17:00", ["SA 10:00 12:00", "MO,TU,WE,TH,FR 09:00 17:00"]),
        ("Mo-Fr 07:30-22:00, Sa 08:00-12:00", ["MO,TU,WE,TH,FR 07:30 22:00", "SA 08:00 12:00"]),
        ("Mon-Fri: 9:00-17:00; Sat: closed", ["MO,TU,WE,TH,FR 09:00 17:00"]),
        # What weekly schedules would say wrongly:
        ("Mo-Fr 09:00-17:00; We 10:00-12:00", None),
        ("Mo-Su 09:00-17:00; Sa-Mo off", None),
        ("Mo-Su 09:00-17:00; Fr off", None),
        ("Mo-Fr 09:00-17:00; PH off", None),
        ("Mon-Fri 9am-5pm by appointment", None),
        ("Fortnightly on Mondays 9-12", None),
        ("Su off", None),
        ("9 to 5", None),
    ],
)  # fmt: skip
def test_hours_become_schedules_where_these_say_the_same(place, tmp_path, hours, schedules):
    one = place.assets.iloc[:1].assign(opening_hours=hours)
    write_feed(replace(place, assets=one), tmp_path)
    (path,) = (tmp_path / "services").glob("*-*-*.json")
    found = json.loads(path.read_text(encoding="utf-8"))["schedules"]
    if schedules is None:
        assert [each["description"] for each in found] == [hours]
    else:
        assert [f"{each['byday']} {each['opens_at']} {each['closes_at']}" for each in found] == schedules
    (read,) = read_feed(tmp_path).rows.to_dict("records")
    assert (read["opening_hours"], read["detail"]) == (hours, "")


ODD = (
    "👩🏽‍🍳 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "מועדון שח \u202eabc\u202c",
    "نادي",
    "a\x01b\x1b[31m\x7f\u2028\ufeffc",
    "x" * 10_000,
    '"\\</script>{{7*7}}',
)


@pytest.mark.realdata
@pytest.mark.parametrize("text", ODD)
def test_odd_and_long_texts_are_valid_and_come_back(place, schemas, tmp_path, text):
    fields = dict.fromkeys(ASSET_FIELDS, text)
    bodies = pd.DataFrame(
        [{"name": text, "kind": None, "role": role, "list": text, "area_of_benefit": text, "area_codes": CODES[:1], **fields}
         for role in ROLES[1:]]
    )  # fmt: skip
    held = place.assets.iloc[:2].assign(name=text, **fields)
    write_feed(replace(place, assets=held, organisations=bodies), tmp_path)
    assert assert_valid(tmp_path, schemas)
    assert check_feed(tmp_path) == ([], [], [])
    assert_same(with_organisations(read_feed(tmp_path), bodies), held)


# -- through the door, and out again ---------------------------------------------------------------


#: A cell of a list, as people type it.
CELL = st.one_of(
    st.just(""),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\x01"), max_size=20),
)


@st.composite
def listed(draw) -> list[dict[str, object]]:
    """Rows of a list: venues, and what is none, of sensitive kinds too."""
    x, y = middle(1)

    def one() -> dict[str, object]:
        fields = {
            field: draw(st.one_of(CELL, st.sampled_from(TOLD.get(field, ["yes"])))) for field in ASSET_FIELDS
        }
        return {
            "name": draw(st.one_of(CELL, st.sampled_from(["Carers", "Toytown Women’s Refuge"]))),
            "kind": draw(st.sampled_from(["library", "community centre", "refuge", ""])),
            "role": draw(st.sampled_from([*ROLES, "area_served", "base"])),
            "serves": draw(
                st.one_of(
                    CELL, st.sampled_from(["Toytown", "Toytown A", "E01000002; Toytown D", "the county"])
                )
            ),
            "easting": x + draw(st.integers(-900, 900)),
            "northing": y + draw(st.integers(-900, 900)),
            **fields,
        }

    return [one() for _ in range(draw(st.integers(1, 4)))]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=listed())
def test_lists_come_back_from_a_feed_as_the_same_assets_and_organisations(tmp_path_factory, rows):
    room = tmp_path_factory.mktemp("round")
    place = load(write_services(room / "toy", rows))
    again = load_again(place, room)
    assert_same_assets(again, place)
    assert_same_organisations(again.organisations, told_of(place))


def assert_same_assets(again, place) -> None:
    before, after = place.assets, again.assets
    ours = before.columns.drop("geometry")
    in_order = [table.sort_values(["list", *ASSET_FIELDS, "name"]) for table in (before, after)]
    before, after = (table.reset_index(drop=True) for table in in_order)
    assert_frame_equal(after[ours], before[ours], check_dtype=False)
    assert not len(before) or after.distance(before.geometry).max() < 0.02


def assert_same_organisations(again: pd.DataFrame, before: pd.DataFrame) -> None:
    columns = list(before.columns)
    as_text = [
        table.fillna("").astype(str).sort_values(columns, ignore_index=True) for table in (again, before)
    ]
    assert_frame_equal(as_text[0][columns], as_text[1], check_dtype=False)


def test_services_without_a_place_come_back_as_the_same_organisations(tmp_path):
    place = load(write_services(tmp_path / "toy", SERVICES))
    again = load_again(place, tmp_path)
    assert_same_organisations(again.organisations, place.organisations.iloc[:3])
    assert list(again.organisations.set_index("name").loc["Carers of Toytown", "area_codes"]) == [*CODES[:2]]
    assert [str(problem) for problem in again.problems if "without a place" in problem.what] == [
        "feed: 1 service without a place of its own read; none is mapped. Nothing to do; they come to the people they serve."
    ]


@pytest.mark.realdata
def test_every_list_of_a_real_place_comes_back_from_its_feed(realdata, schemas, tmp_path):
    """All lists of Trafford: every word of every venue and of every organisation that may be told of."""
    place = load(write_trafford(tmp_path / "trafford", realdata))
    write_feed(place, tmp_path / "feed")
    assert assert_valid(tmp_path / "feed", schemas) >= 4 * len(place.assets)
    found = read_feed(tmp_path / "feed")
    assert_same(with_organisations(found, place.organisations), place.assets)


def test_a_feed_is_a_list_like_any_other_and_comes_back_as_the_same_assets(tmp_path):
    place = load(write_toy(tmp_path / "toy"))
    write_feed(place, tmp_path / "feed")
    head = RECIPE[: RECIPE.index("[[assets]]")]
    recipe = head + f'[[assets]]\nname = "Venues"\nfile = "{(tmp_path / "feed").as_posix()}"\n'
    again = load(write_toy(tmp_path / "again", place_toml=recipe))
    before, after = place.assets.sort_index(), again.assets.sort_index()
    assert_frame_equal(after.drop(columns="geometry"), before.drop(columns="geometry"), check_dtype=False)
    assert after.distance(before.geometry).max() < 0.01
    layer = again.layers[-1]
    assert (layer.rows_in, layer.rows_used, len(layer.sha256)) == (6, 6, 64)
    assert again.fingerprint == load(tmp_path / "again").fingerprint


def test_a_json_file_that_is_no_feed_must_say_its_kind(tmp_path):
    points = gpd.GeoDataFrame({"n": ["One"]}, geometry=gpd.points_from_xy([-1.98], [52.6]), crs=4326)
    head = RECIPE[: RECIPE.index("[[assets]]")]
    recipe = head + '[[assets]]\nname = "Points"\nfile = "points.json"\ntitle = "n"\n'
    folder = write_toy(tmp_path, place_toml=recipe)
    points.to_file(folder / "points.json", driver="GeoJSON")
    with pytest.raises(PlaceError) as caught:
        load(folder)
    assert str(caught.value) == (
        'place.toml: The list “Points” must say what its assets are. Give kind = "library" for the whole list, '
        'kind_column = the column that says it, or kind = "by name".'
    )
