"""The online base map that a reader may switch on: asked for by nobody else, named, and missed without harm."""

from __future__ import annotations

import base64
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.hands import expect, frame, settled
from tests.toy import RECIPE, write_toy

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MADE_BY = "Tiles of <b>Toytown</b>"


@pytest.fixture
def tiles():
    """A server of tiles on this machine, which keeps what it was asked for; `broken` makes it refuse."""

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            self.send_response(404 if server.broken else 200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(b"" if server.broken else PIXEL)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    server.asked, server.broken = [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tiled(app, tiles):
    """A place whose recipe names them."""
    host = f"127.0.0.1:{tiles.server_address[1]}"
    url = f"http://{host}/{{z}}/{{x}}/{{y}}.png"
    told = f'\n[base_map]\nurl = "{url}"\nattribution = "{MADE_BY}"\nmax_zoom = 16\n'
    # The app has not met a place of this name before.
    folder = write_toy(app.log.parent / f"tiled-{tiles.server_address[1]}", place_toml=RECIPE + told)
    yield folder.name, host
    shutil.rmtree(folder)


@pytest.mark.parametrize("broken", [False, True])
def test_tiles_come_only_when_asked_for_and_are_missed_without_harm(app, visit, tiles, tiled, broken):
    tiles.broken = broken
    name, host = tiled
    page = visit()
    page.goto(f"{app.url}map?place={name}")
    inside = frame(page)
    expect(inside.locator(".am-label span").first).to_be_visible(timeout=90_000)
    settled(page)
    assert tiles.asked == []

    inside.locator(".leaflet-control-layers-toggle").press("Enter")
    choice = inside.get_by_label(f"Online base map (asks {host})")
    expect(choice).not_to_be_checked()
    choice.press("Space")
    told = inside.locator(".leaflet-control-attribution")
    if broken:
        expect(inside.get_by_text("The online base map could not be fetched")).to_be_visible()
        expect(choice).not_to_be_checked()
        expect(told).not_to_contain_text(MADE_BY)
    else:
        expect(inside.locator("img.leaflet-tile-loaded").first).to_be_visible()
        expect(told).to_contain_text(MADE_BY)  # as words
        choice.press("Space")
        expect(inside.locator("img.leaflet-tile")).to_have_count(0)
        expect(told).not_to_contain_text(MADE_BY)
    assert tiles.asked
    assert page.failed == []
