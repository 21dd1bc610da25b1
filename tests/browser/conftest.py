"""A running app and a browser that can reach nothing but this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.toy import RECIPE, VENUES, write_toy

HERE = Path(__file__).resolve().parent
CHROMIUM = Path("/usr/bin/chromium")
HOME = "127.0.0.1"
#: What this machine is called where a web server stands before the app.
PUBLIC_NAME = "maps.example"
#: What Chromium must not even look up.
NOBODY_ELSE = f"--host-resolver-rules=MAP {PUBLIC_NAME} 127.0.0.1, MAP * ~NOTFOUND , EXCLUDE localhost, EXCLUDE 127.0.0.1"
PATIENCE_S = 90
EVIL = "<img src=x onerror=window.top.broken=1>"


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    # A page on a busy machine may take its time; what must be there is waited for all the same.
    sync_api.expect.set_options(timeout=30_000)
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", NOBODY_ELSE]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Open a fresh page of a given width; every address it asks for is kept in ``page.asked``."""
    contexts = []

    def opened(width: int = 1280, height: int = 900):
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.failed = [], []
        context.on("request", lambda request: page.asked.append(request.url))
        page.on("websocket", lambda channel: page.asked.append(channel.url))
        page.on("pageerror", lambda error: page.failed.append(str(error)))
        page.set_default_timeout(30_000)
        return page

    yield opened
    for context in contexts:
        context.close()


class App:
    """A running app: where it is, and what its process reached for."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log

    def addresses(self) -> set[str]:
        return set(self.log.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The app as ``assetmap serve`` runs it, with a second place whose names try to break out."""
    folder = tmp_path_factory.mktemp("served")
    toy = write_toy(
        folder / "hostile",
        venues_csv=VENUES.replace("West Library", EVIL),
        place_toml=RECIPE.replace("Toytown", EVIL),
    )
    areas = toy / "areas.geojson"
    areas.write_text(areas.read_text().replace("Toytown A", EVIL))
    with socket.socket() as free:
        free.bind((HOME, 0))
        port = free.getsockname()[1]
    log = folder / "addresses.txt"
    log.touch()
    environment = os.environ | {"PYTHONPATH": str(HERE / "guard"), "ASSETMAP_TEST_ADDRESSES": str(log)}
    environment.pop("ASSETMAP_PLACES", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "assetmap.cli", "serve", "--port", str(port)],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_answer(f"http://{HOME}:{port}/_stcore/health", process)
        yield App(f"http://{HOME}:{port}/", log)
    finally:
        process.terminate()
        process.wait(20)


def await_answer(url: str, process: subprocess.Popen) -> None:
    """Ask until the app answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the app ended before it answered"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            continue
    raise AssertionError(f"the app did not answer within {PATIENCE_S} s")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a journey once more where a click could not be made, as a page may be drawn anew beneath it; what does not hold fails at once."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"]))
