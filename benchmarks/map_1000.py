"""A thousand areas on the map in a browser, beside a plain folium map of the same areas.

Both servers run and have shown the place once. Then a fresh page is opened: seconds to the first complete map; from a click
on an area to its name beside the map; from choosing another shading to the map drawn anew; and how many kilobytes the
server sends for that. Ours also shows the table, the account and the lists, which the peer does not have.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks.app_first_map import _free_port
from benchmarks.figure import ROOT, Figure, at_most, beside, real_data

PEER = "plain folium.GeoJson through st_folium, Leaflet from this machine"
AREAS = 1_000
_PATIENCE_MS = 120_000
_MOST_KB = 20

#: Until nothing more comes, so that what follows is by itself.
_SETTLED_MS = 3_000
#: A click beside the figure that stands in the middle of an area.
_BESIDE_PX = 14
_FRAME = "iframe[title*='st_folium'], iframe[title^='Map of']"

_RECIPE = """
[place]
name = "A thousand areas"
[areas]
file = "areas.geojson"
level = "lsoa21"
code = "area_code"
name = "area_name"
[deprivation]
file = "deprivation.csv"
code = "lsoa21_code"
index = "IoD2025"
imd_rank = "rank"
imd_decile = "decile"
"""


def measure(runs: int) -> Iterator[Figure]:
    """Seconds and kilobytes of both, page by page in turn."""
    with tempfile.TemporaryDirectory() as room, sync_playwright() as driver:
        folder, at = written(Path(room))
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with servers(folder, folder) as (ours, theirs):
            told = visits(browser, runs, {"ours": (ours, at), "theirs": (theirs, at)})
        browser.close()
    names = ("first complete map", "click to panel", "other shading to redrawn", "sent for a rerun")
    for number, (name, unit, bar) in enumerate(
        zip(names, ("s", "s", "s", "kB"), (2, 4, 4, None), strict=True)
    ):
        figure = beside(
            f"map-1000 {name}",
            unit,
            PEER,
            [each[number] for each in told["ours"]],
            [each[number] for each in told["theirs"]],
            bar,
        )
        yield at_most(figure, _MOST_KB) if unit == "kB" else figure


@contextmanager
def servers(place: Path, few: Path) -> Iterator[tuple[str, str]]:
    """The addresses of our map of a place, and of the plain map of the areas in the folder ``few``."""
    plain = ["streamlit", "run", str(ROOT / "benchmarks/plain_map.py"), "--server.headless=true"]
    plain += ["--server.address=127.0.0.1", "--browser.gatherUsageStats=false"]
    areas = str(few / "areas.geojson")
    with (
        served(lambda port: ["assetmap.cli", "serve", str(place), "--port", str(port)]) as ours,
        served(lambda port: [*plain, f"--server.port={port}", "--", areas]) as theirs,
    ):
        yield f"{ours}/map", theirs


def visits(
    browser: Browser, runs: int, where: dict[str, tuple[str, tuple[float, float]]]
) -> dict[str, list[tuple[float, ...]]]:
    """What each visit of each map took: one more than told, of which the first, which fills what the server keeps, does not count."""
    told: dict[str, list[tuple[float, ...]]] = {name: [] for name in where}
    for run in range(runs + 1):
        for name, (url, at) in where.items():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            found = _visit(page, url, name, at)
            page.close()
            if run:
                told[name].append(found)
    return told


def written(folder: Path) -> tuple[Path, tuple[float, float]]:
    """A place of a thousand real areas, with their deprivation; and a latitude and longitude in the largest of them."""
    data = real_data()
    areas = gpd.read_file(data / "trafford/boundaries/lsoa_2021_gm_lsoa_generalised.geojson").head(AREAS)
    table = pd.read_csv(data / "england/iod2025_lsoa21.csv.gz")[["lsoa21_code", "IMD_rank", "IMD_decile"]]
    table = table.set_axis(["lsoa21_code", "rank", "decile"], axis=1)
    areas = areas.merge(table, left_on="area_code", right_on="lsoa21_code")
    areas[["area_code", "area_name", "rank", "decile", "geometry"]].to_file(folder / "areas.geojson")
    table[table["lsoa21_code"].isin(areas["area_code"])].to_csv(folder / "deprivation.csv", index=False)
    (folder / "place.toml").write_text(_RECIPE, encoding="utf-8")
    largest = areas.geometry[areas.to_crs(27700).area.idxmax()].representative_point()
    return folder, (largest.y, largest.x)


@contextmanager
def served(command: Callable[[int], Sequence[str]]) -> Iterator[str]:
    """A server of its own process, while it is asked; its address."""
    port = _free_port()
    arguments = command(port)
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if process.poll() is not None:
                message = f"{arguments[0]} did not start"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


#: What the map shows of every area, as a text, two frames after all are drawn: of ours the shade, which it tells of then; of the
#: peer each shape's colour.
_PAINTED = {
    "ours": "() => (document.querySelector('.leaflet-container') || { dataset: {} }).dataset.shade || ''",
    "theirs": f"""async () => {{
        const all = [...document.querySelectorAll("path.leaflet-interactive")];
        const shown = all.length >= {AREAS} ? all.map((each) => each.getAttribute("fill")).join() : "";
        const frame = () => new Promise(requestAnimationFrame);
        if (shown) await frame().then(frame);
        return shown;
    }}""",
}
_SAID = {"ours": ".am-account h2", "theirs": "[data-testid=stMarkdown] p"}


def _visit(page: Page, url: str, name: str, at: tuple[float, float]) -> tuple[float, float, float, float]:
    sent = [0]

    def count(payload: Any) -> None:
        sent[0] += len(payload if isinstance(payload, bytes) else json.dumps(payload))

    page.on("websocket", lambda channel: channel.on("framereceived", count))
    start = time.perf_counter()
    page.goto(url)
    _until(page, name, "")
    first = time.perf_counter() - start
    page.wait_for_timeout(_SETTLED_MS)

    before = page.locator(_SAID[name]).first.inner_text()
    frame = page.locator(_FRAME)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    # Where an area is on the screen, as Leaflet has it.
    where = "(at) => { const { x, y } = window.map.latLngToContainerPoint(at); return [x, y]; }"
    x, y = page.frame_locator(_FRAME).locator("body").evaluate(f"(_, at) => ({where})(at)", at)
    start = time.perf_counter()
    page.mouse.click(box["x"] + x + _BESIDE_PX, box["y"] + y + _BESIDE_PX)  # type: ignore[index]
    page.wait_for_function(
        "([selector, before]) => { const at = document.querySelector(selector); return at && at.innerText !== before; }",
        arg=[_SAID[name], before],
        timeout=_PATIENCE_MS,
    )
    click = time.perf_counter() - start
    page.wait_for_timeout(_SETTLED_MS)

    colours = _until(page, name, "")
    page.get_by_label("Shade areas by").click()
    sent[0] = 0
    start = time.perf_counter()
    page.get_by_role("option").nth(1).click()
    _until(page, name, colours)
    shading = time.perf_counter() - start
    page.wait_for_timeout(_SETTLED_MS)
    return first, click, shading, sent[0] / 1000


def _until(page: Page, name: str, before: str) -> str:
    """Wait until every area is drawn, and otherwise than before; what the map then shows. A plain map may come in a new frame."""
    end = time.perf_counter() + _PATIENCE_MS / 1000
    while time.perf_counter() < end:
        with suppress(PlaywrightError):
            shown = (
                page.frame_locator(_FRAME)
                .locator("body")
                .evaluate(f"() => ({_PAINTED[name]})()", timeout=1_000)
            )
            if shown and shown != before:
                return str(shown)
        time.sleep(0.01)
    message = f"{name}: the map was not drawn"
    raise RuntimeError(message)
