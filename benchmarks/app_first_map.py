"""From a cold start of the app to its first complete map in a browser, beside a plain folium map."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.figure import ROOT, Figure, beside, in_turn, real_place

PEER = "plain folium.GeoJson and circle markers through st_folium, Leaflet from this machine"
_PATIENCE_S = 120

#: True once every area of Trafford is drawn: ours writes each area's figure last of all; the
#: peer draws areas and places as shapes, the places last.
_OURS = "() => document.querySelectorAll('.am-figure').length >= 139"
_PEERS = "() => document.querySelectorAll('path.leaflet-interactive').length >= 139 + 184 + 700"


def measure(runs: int) -> Iterator[Figure]:
    """Time to the first complete map, and the server's memory then."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        place = real_place(Path(folder))
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        port = _free_port()
        flags = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
        plain = [
            "streamlit",
            "run",
            str(ROOT / "benchmarks/plain_app.py"),
            *flags,
            "--browser.gatherUsageStats=false",
        ]
        ours, theirs = in_turn(
            runs,
            lambda: _first_map(
                browser, ["assetmap.cli", "serve", str(place), "--port", str(port)], port, "map", _OURS
            ),
            lambda: _first_map(browser, [*plain, "--", str(place)], port, "", _PEERS),
        )
        browser.close()
    yield beside("app-first-map time", "s", PEER, [each[0] for each in ours], [each[0] for each in theirs])
    yield beside("app-first-map memory", "MB", PEER, [each[1] for each in ours], [each[1] for each in theirs])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_map(
    browser: Browser, module: Sequence[str], port: int, path: str, complete: str
) -> tuple[float, float]:
    """Seconds from starting the process to a complete map on the page of that path, and its megabytes then."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *module], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if process.poll() is not None or time.perf_counter() - start > _PATIENCE_S:
                message = f"{module[0]} did not start"
                raise RuntimeError(message)
            time.sleep(0.02)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{port}/{path}")
        frame = page.wait_for_selector(
            "iframe[title*='st_folium'], iframe[title^='Map of']", timeout=_PATIENCE_S * 1000
        )
        inside = frame.content_frame() if frame else None
        if inside is None:
            message = "the page shows no map"
            raise RuntimeError(message)
        inside.wait_for_function(complete, timeout=_PATIENCE_S * 1000)
        seconds = time.perf_counter() - start
        memory = psutil.Process(process.pid).memory_info().rss / 1e6
        page.close()
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)
    return seconds, memory
