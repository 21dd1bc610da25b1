"""A tiny place whose answers follow by reasoning: four square kilometres in a row, west to east.

Each area's people live at the middle of its square, so neighbours are 1,000 m apart in a straight
line. Deprivation falls from west (decile 1) to east (decile 10).
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
from shapely import Point, box

WEST, SOUTH, SIDE = 400_000, 300_000, 1_000
CODES = ("E01000001", "E01000002", "E01000003", "E01000004")

RECIPE = """
[place]
name = "Toytown"
fictional = true

[areas]
file = "areas.geojson"
level = "lsoa21"
code = "area_code"
name = "area_name"

[origins]
file = "origins.csv"
code = "area_code"
easting = "easting"
northing = "northing"
method = "the middle of each square"

[population]
file = "population.csv"
code = "area_code"
value = "people"

[deprivation]
file = "deprivation.csv"
code = "lsoa21_code"
index = "IoD2025"
imd_rank = "rank"
imd_decile = "decile"
income_decile = "income"

[postcodes]
file = "postcodes.csv"
postcode = "pcds"
easting = "easting"
northing = "northing"

[green_space]
file = "green.geojson"
kind = "function"
name = "name"
id = "id"

[[assets]]
name = "Venues"
file = "venues.csv"
title = "name"
kind_column = "kind"
easting = "easting"
northing = "northing"
postcode = "postcode"
"""

VENUES = """name,kind,easting,northing,postcode
West Library,Library,400500,300500,
East Library,Library,403500,300500,
East Hub,Hub,403500,300800,
Chess Club,Sports club,,,ZZ1 1AA
Corner Café,Café,401500,300500,
Town Pantry,Food bank,402500,300500,
"""


def middle(number: int) -> tuple[int, int]:
    """Easting and northing of the middle of a square, counted from 0 in the west."""
    return WEST + SIDE * number + SIDE // 2, SOUTH + SIDE // 2


def write_toy(folder: Path, **files: str | bytes) -> Path:
    """Write the toy place; any file may be given anew, by its name with _ for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    squares = [box(WEST + SIDE * n, SOUTH, WEST + SIDE * (n + 1), SOUTH + SIDE) for n in range(4)]
    areas = gpd.GeoDataFrame(
        {"area_code": CODES, "area_name": [f"Toytown {letter}" for letter in "ABCD"]},
        geometry=squares,
        crs=27700,
    )
    (folder / "areas.geojson").write_text(json.dumps(json.loads(areas.to_crs(4326).to_json())))
    # A park of 4 ha whose west edge is 100 m east of the middle of the third square, and a golf course.
    x, y = middle(2)
    green = gpd.GeoDataFrame(
        {
            "id": ["p", "g"],
            "name": ["The Park", "The Links"],
            "function": ["Public Park Or Garden", "Golf Course"],
        },
        geometry=[box(x + 100, y - 100, x + 300, y + 100), box(x - 400, y - 100, x - 300, y + 100)],
        crs=27700,
    )
    (folder / "green.geojson").write_text(json.dumps(json.loads(green.to_crs(4326).to_json())))
    tables = {
        "origins.csv": "area_code,easting,northing\n"
        + "".join(f"{code},{middle(n)[0]},{middle(n)[1]}\n" for n, code in enumerate(CODES)),
        "population.csv": "area_code,people\n"
        + "".join(f"{code},{1000 + 100 * n}\n" for n, code in enumerate(CODES)),
        "deprivation.csv": "lsoa21_code,rank,decile,income\n"
        + "".join(
            f"{code},{rank},{decile},{decile}\n"
            for code, rank, decile in zip(CODES, (10, 5_000, 20_000, 33_000), (1, 2, 6, 10), strict=True)
        ),
        "postcodes.csv": "pcds,easting,northing\nZZ1 1AA,401500,300500\n",
        "venues.csv": VENUES,
        "place.toml": RECIPE,
    }
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    for key, content in files.items():
        stem, _, ending = key.rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder


def place_at(kind: str, *points: tuple[float, float]) -> gpd.GeoDataFrame:
    """Places of one kind at the points given, in metres."""
    return gpd.GeoDataFrame(
        {"kind": [kind] * len(points)},
        geometry=[Point(*each) for each in points],
        index=[f"{kind}{n}" for n in range(len(points))],
        crs=27700,
    )
