"""All of England's 33,755 areas on the map in a browser, beside a plain folium map of a thousand.

As ``map-1000``, with the real areas and their deprivation. What a server makes ready when it starts is ready; a browser comes with
nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
from playwright.sync_api import sync_playwright

from benchmarks import map_1000
from benchmarks.figure import Figure, beside, real_data

_PEER = "plain folium.GeoJson of 1,000 areas through st_folium, Leaflet from this machine"

_RECIPE = """
[place]
name = "England"
[areas]
file = "{data}/england/lsoa21_iod2025_population.parquet"
level = "lsoa21"
code = "lsoa21_code"
name = "lsoa21_name"
[deprivation]
file = "{data}/england/iod2025_lsoa21.csv.gz"
index = "IoD2025"
"""


def measure(runs: int) -> Iterator[Figure]:
    """Seconds of both, page by page in turn."""
    data = real_data()
    areas = gpd.read_parquet(data / "england/lsoa21_iod2025_population.parquet", columns=["geometry"])
    largest = areas.to_crs(27700).geometry
    largest = largest.loc[[largest.area.idxmax()]].representative_point().to_crs(4326).iloc[0]
    with tempfile.TemporaryDirectory() as room, sync_playwright() as driver:
        few, at_few = map_1000.written(Path(room))
        england = Path(room) / "england"
        england.mkdir()
        (england / "place.toml").write_text(_RECIPE.format(data=data.as_posix()), encoding="utf-8")
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with map_1000.servers(england, few) as (ours, theirs):
            told = map_1000.visits(
                browser, runs, {"ours": (ours, (largest.y, largest.x)), "theirs": (theirs, at_few)}
            )
        browser.close()
    for number, (name, bar) in enumerate(
        {"first complete map": 1, "click to panel": None, "other shading to redrawn": None}.items()
    ):
        took, peers = ([each[number] for each in told[who]] for who in ("ours", "theirs"))
        yield beside(f"map-england {name}", "s", _PEER, took, peers, bar)
