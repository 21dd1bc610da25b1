"""A list of a million assets through the whole door, beside pandas and geopandas that check nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, at_most, beside, in_turn, real_data, whole_process

PEER = "plain geopandas: read_csv, points, sjoin with the areas; nothing checked, no duplicates found"

ROWS = 1_000_000

_MOST_MB = 4_000

_RECIPE = """
[place]
name = "England"

[areas]
file = "{data}/england/lsoa21_iod2025_population.parquet"
level = "lsoa21"
code = "lsoa21_code"
name = "lsoa21_name"

[[assets]]
name = "A million"
file = "million.csv"
title = "name"
kind_column = "kind"
lon = "lon"
lat = "lat"
address = "address"
postcode = "postcode"
opening_hours = "open"
"""

_OURS = """
import sys
from assetmap import load
told = []
place = load(sys.argv[1], progress=lambda *news: told.append(news))
layer = place.layers[-1]
assert layer.rows_in == {rows} and layer.rows_used + layer.rows_set_aside + layer.rows_rejected == {rows}
assert layer.rows_rejected == {bad} and layer.rows_used > 0.9 * {rows}
assert len(told) > 5 and told[-1][0] == told[-1][1]
"""

_THEIRS = """
import sys
import geopandas, pandas
data, folder = sys.argv[1:]
areas = geopandas.read_parquet(f"{data}/england/lsoa21_iod2025_population.parquet").to_crs(27700)
table = pandas.read_csv(f"{folder}/million.csv")
points = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table["lon"], table["lat"]), crs=4326)
points.to_crs(27700).sjoin(areas[["lsoa21_code", "geometry"]], how="left")
"""

_KINDS = (
    "Library",
    "Community centre",
    "Place of worship",
    "Café",
    "Pharmacy",
    "Sports club",
    "Food bank",
    "School",
)

#: One row in so many has something wrong with it.
_BAD_EACH = 1_000


def write_million(folder: Path) -> None:
    """A made-up list over England, with a bad row among every thousand."""
    chance = np.random.default_rng(2026)
    lon, lat = chance.uniform(-3, 0.5, ROWS), chance.uniform(51, 54, ROWS)
    kind = chance.choice(_KINDS, ROWS)
    with (folder / "million.csv").open("w", encoding="utf-8") as file:
        file.write("ref,name,kind,lon,lat,address,postcode,open\n")
        for n in range(ROWS):
            where = f"{lon[n]:.6f},{lat[n]:.6f}" if n % _BAD_EACH else "0,0"
            file.write(
                f"{n},{kind[n]} number {n},{kind[n]},{where},{n % 300} High Street,ZZ{n % 90} 1AA,Mo-Fr 09:00-17:00\n"
            )


def measure(runs: int) -> Iterator[Figure]:
    """Time and memory of whole processes."""
    data = real_data()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        write_million(room)
        (room / "place.toml").write_text(_RECIPE.format(data=data.as_posix()), encoding="utf-8")
        told = _OURS.format(rows=ROWS, bad=ROWS // _BAD_EACH)
        ours, theirs = in_turn(
            runs,
            lambda: whole_process(["-c", told, str(room)]),
            lambda: whole_process(["-c", _THEIRS, str(data), str(room)]),
        )
    yield beside("assets-million time", "s", PEER, [each[0] for each in ours], [each[0] for each in theirs])
    memory = beside(
        "assets-million memory", "MB", PEER, [each[1] for each in ours], [each[1] for each in theirs]
    )
    yield at_most(memory, _MOST_MB)
