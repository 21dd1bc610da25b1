"""OpenStreetMap asked for once over the (loopback) network: the same places as from a file, and no contact."""

from __future__ import annotations

import json
import socket
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import box

from assetmap import OutputError, PlaceError, load
from assetmap.sources import overpass
from assetmap.sources.osm import read_osm, tags_read
from assetmap.sources.overpass import FETCHED_FILE, fetch_osm
from assetmap.sources.recipe import Entry
from tests.test_osm import extract
from tests.toy import SIDE, SOUTH, WEST, write_toy

OUTLINE = gpd.GeoSeries([box(WEST, SOUTH, WEST + 4 * SIDE, SOUTH + SIDE)], crs=27700)


def elements(xml: str, dates: bool) -> list[dict]:
    """The elements of an extract as an Overpass server tells them; with ``out meta`` their dates and mappers too."""
    told = []
    for each in ET.fromstring(xml):
        element: dict = {"type": each.tag, "id": int(each.get("id", "0"))}
        if each.tag == "node":
            element |= {key: float(each.get(key, "0")) for key in ("lat", "lon")}
        if dates:
            element |= {"timestamp": each.get("timestamp"), "version": 1, "user": "jo_mapper", "uid": 7}
        tags = {tag.get("k"): tag.get("v") for tag in each.iter("tag")}
        nodes = [int(nd.get("ref", "0")) for nd in each.iter("nd")]
        members = [dict(member.attrib, ref=int(member.get("ref", "0"))) for member in each.iter("member")]
        element |= {
            key: value for key, value in (("tags", tags), ("nodes", nodes), ("members", members)) if value
        }
        told.append(element)
    return told


class Server(ThreadingHTTPServer):
    """What it was asked, and what it is to answer: a status, a body, and how long it takes."""

    asked: list[str]
    status = 200
    body: bytes | None = None
    gone: threading.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api"


class Answers(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        self.server.asked.append(query)
        if self.server.status == 0:  # never answer
            self.server.gone.wait(20)
            return
        body = self.server.body
        if body is None:
            body = json.dumps({"elements": elements(extract(), "out meta;" in query)}).encode()
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Answers) as one:
        one.asked, one.gone = [], threading.Event()
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield one
        one.gone.set()
        one.shutdown()
        thread.join()


def rows(folder, name, table):
    return read_osm(Entry(table, {"file": name}, folder)).rows.sort_values("osm", ignore_index=True)


@pytest.mark.parametrize("table", ["assets", "green_space"])
def test_the_same_places_come_as_from_the_same_extract(tmp_path, server, table):
    path = fetch_osm(OUTLINE, tmp_path, server.url)
    assert path == tmp_path / FETCHED_FILE
    (tmp_path / "toy.osm").write_text(extract(), encoding="utf-8")
    fetched, read = rows(tmp_path, FETCHED_FILE, table), rows(tmp_path, "toy.osm", table)
    assert len(read) == {"assets": 2, "green_space": 1}[table]
    assert fetched["last_edited"].unique().tolist() == ["2024-05-06"]
    assert_geodataframe_equal(fetched, read)


def test_a_place_loads_from_what_was_fetched_with_no_network(tmp_path, server, monkeypatch):
    recipe = (
        '[place]\nname = "Toytown"\n[areas]\nfile = "areas.geojson"\nlevel = "lsoa21"\ncode = "area_code"\n'
    )
    recipe += f'[[assets]]\nname = "OpenStreetMap"\nfile = "{FETCHED_FILE}"\n'
    write_toy(tmp_path, place_toml=recipe)
    fetch_osm(OUTLINE, tmp_path, server.url)
    monkeypatch.setattr(socket, "socket", None)
    place = load(tmp_path)
    assert sorted(place.assets["kind"]) == ["pub", "school"]
    assert [(layer.source, layer.licence) for layer in place.layers if layer.table == "assets"] == [
        ("OpenStreetMap contributors", "ODbL")
    ]
    # The whole place was asked for, and ten kilometres around.
    assert place.footprints["services"].contains(OUTLINE.buffer(9_000).iloc[0])


def test_no_contact_and_no_mapper_comes_to_the_disk(tmp_path, server):
    text = fetch_osm(OUTLINE, tmp_path, server.url).read_text(encoding="utf-8")
    assert "0121" not in text
    assert "example.org" not in text
    assert "jo_mapper" not in text
    assert {tag.get("k") for tag in ET.fromstring(text).iter("tag")} <= set(tags_read())
    assert "ODbL" in text


def test_one_question_names_the_tags_of_the_taxonomy(tmp_path, server):
    fetch_osm(OUTLINE, tmp_path, server.url)
    (query,) = server.asked
    assert query.startswith("[out:json][timeout:180]")
    assert query.endswith("out meta;")
    assert "node['amenity'='library'](poly:'52.5" in query
    assert "'garden:type'='community'" in query
    assert "'leisure'='garden'" not in query


def test_nothing_of_osmnx_is_left_behind(tmp_path, server, monkeypatch):
    import osmnx

    monkeypatch.chdir(tmp_path)
    before, lookup = dict(vars(osmnx.settings)), socket.getaddrinfo
    fetch_osm(OUTLINE, tmp_path, server.url)
    assert vars(osmnx.settings) == before
    assert socket.getaddrinfo is lookup
    assert [path.name for path in tmp_path.iterdir()] == [FETCHED_FILE]


# -- what goes wrong -------------------------------------------------------------------------------

OR = "download an extract (.osm.pbf), such as those of download.geofabrik.de, and name it in place.toml."


@contextmanager
def told(url: str, sentence: str) -> Iterator[None]:
    with pytest.raises(PlaceError) as caught:
        yield
    assert str(caught.value) == f"{url}: {sentence}"


@pytest.mark.parametrize("status", [429, 503, 504])
def test_a_busy_server_is_told_and_asked_once(tmp_path, server, status):
    server.status = status
    (tmp_path / FETCHED_FILE).write_text("an earlier one")
    with told(server.url, f"The server is busy. Try again in a few minutes; or {OR}"):
        fetch_osm(OUTLINE, tmp_path, server.url)
    assert len(server.asked) == 1
    assert (tmp_path / FETCHED_FILE).read_text() == "an earlier one"


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_another_status_is_told_and_no_redirect_followed(tmp_path, server, status):
    server.status = status
    with told(server.url, f"The server answers with status {status}. Check the address; or {OR}"):
        fetch_osm(OUTLINE, tmp_path, server.url)
    assert len(server.asked) == 1


def test_a_server_that_gives_up_is_told_and_no_half_answer_is_kept(tmp_path, server):
    remark = "runtime error: Query timed out in “query” at line 1 after 181 seconds."
    server.body = json.dumps({"elements": elements(extract(), True)[:3], "remark": remark}).encode()
    with told(server.url, f"The server gave up: {remark} Try again later; or {OR}"):
        fetch_osm(OUTLINE, tmp_path, server.url)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Hello</html>",
        b"[]",
        b"{}",
        b'{"elements": [7]}',
        b'{"elements": [{"type": "way", "id": 1, "nodes": 7}]}',
    ],
)
def test_an_answer_of_another_kind_is_told(tmp_path, server, body):
    server.body = body
    with told(server.url, "Its answer is not one of an Overpass server. Check the address."):
        fetch_osm(OUTLINE, tmp_path, server.url)


def test_an_answer_without_any_place_is_told(tmp_path, server):
    server.body = b'{"elements": []}'
    with told(server.url, "It knows of no place of any kind there. Check where the boundaries are."):
        fetch_osm(OUTLINE, tmp_path, server.url)


def test_a_server_that_never_answers_is_told(tmp_path, server, monkeypatch):
    monkeypatch.setattr(overpass, "_PATIENCE_S", 1)
    server.status = 0
    with told(server.url, f"The server did not answer within 1 seconds. Try again later; or {OR}"):
        fetch_osm(OUTLINE, tmp_path, server.url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/api", "http://nowhere.invalid/api", "overpass"])
def test_no_server_there_is_told(tmp_path, url):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = url.format(port=probe.getsockname()[1])
    remedy = f"Check the address, and that this computer is on the internet; or {OR}"
    with pytest.raises(PlaceError) as caught:
        fetch_osm(OUTLINE, tmp_path, url)
    assert str(caught.value).endswith(f": The server cannot be reached. {remedy}")


def test_too_large_a_place_is_told_before_anything_is_asked(tmp_path, server):
    large = gpd.GeoSeries([box(300_000, 300_000, 400_000, 400_000)], crs=27700)
    # 100 km by 100 km, four strips of 100 km by 10 km, and the corners: a circle of 10 km.
    what = "The place and 10 km around it are 14,314 km²; a server that all share is not asked for more than 10,000 km²."
    with told(server.url, f"{what} Instead, {OR}"):
        fetch_osm(large, tmp_path, server.url)
    assert server.asked == []


def test_missing_osmnx_is_told_with_what_to_install(tmp_path, server, monkeypatch):
    monkeypatch.setitem(sys.modules, "osmnx", None)
    what = "Asking OpenStreetMap needs osmnx, which is not installed."
    with told(server.url, f'{what} Install it: pip install "assetmap[overpass]". Or {OR}'):
        fetch_osm(OUTLINE, tmp_path, server.url)


def test_a_folder_that_is_not_there_is_told(tmp_path, server):
    with pytest.raises(OutputError) as caught:
        fetch_osm(OUTLINE, tmp_path / "none", server.url)
    assert str(caught.value) == (
        f"{FETCHED_FILE}: It cannot be written: No such file or directory. "
        "Check that the folder is there, and may be written to."
    )
