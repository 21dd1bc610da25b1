"""A whole city assessed again after one asset is added to it: what the app does between the click and the new map.

The city is made up, on real streets: 10 copies of Porto Alegre (380,000 junctions), 1,000 areas, 5,000 assets of 12 kinds
and 400 parks. It was assessed once before, so that all that is worked out once is there. The whole counts: the place
with the new asset, and every measure, index, priority and reason of every area. The peer is the first assessment.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from assetmap import assess, load, network
from assetmap.model import Assessment, Network, Place
from assetmap.sources.streets import SAVED_NETWORK, write_network
from benchmarks import networks
from benchmarks.figure import Figure, at_most, beside
from benchmarks.networks import timed

_COPIES, _AREAS, _ASSETS, _PARKS = 10, 1_000, 5_000, 400
_MOST_S = 1.0
_KINDS = (
    "Library", "Community centre", "Place of worship", "Food bank", "Sports club", "Café", "Allotments", "GP practice",
    "Pharmacy", "School", "Post office", "Youth club",
)  # fmt: skip


def measure(runs: int) -> Iterator[Figure]:
    """Seconds."""
    network.warm()
    with tempfile.TemporaryDirectory() as folder:
        place = load(_city(Path(folder)))
    if (len(place.areas), len(place.assets)) != (_AREAS, _ASSETS):
        message = f"The city has {len(place.areas)} areas and {len(place.assets)} assets."
        raise RuntimeError(message)
    first, before = timed(assess, place)
    seconds, processor = [], []
    # Squares without a street have nothing that could change.
    lived_in = before.areas.index[before.areas["hubs_count"].notna()]
    for area in lived_in[: runs + 1]:
        began = time.process_time()
        took, after = timed(_with_one_more, place, area)
        seconds.append(took)
        processor.append(time.process_time() - began)
        if after.areas.equals(before.areas):
            raise RuntimeError("Nothing changed.")
    title = f"reassess ({len(place.network.xy):,} junctions)" if place.network else "reassess"
    yield at_most(beside(title, "s", "the first time", seconds[1:], [first]), _MOST_S)
    # What it takes of a processor is what it takes by the clock of a machine with nothing else to do.
    yield beside(f"{title} processor time", "s", "by the clock", processor[1:], seconds[1:])


def _with_one_more(place: Place, area: str) -> Assessment:
    """The place assessed with one more of its first asset, where an area's people are."""
    new = place.assets.iloc[[0]].set_axis(["one more"], axis=0)
    new = new.set_geometry(gpd.GeoSeries([place.origins[area]], index=new.index, crs=place.crs))
    return assess(replace(place, assets=pd.concat([place.assets, new])))


# -- the city -----------------------------------------------------------------------------------------------


def _city(folder: Path) -> Path:
    """A place folder of made-up areas, people and assets on the streets of a real town, many times over."""
    chance = np.random.default_rng(2026)
    streets = networks.stitched(_COPIES)
    xy = streets.xy + np.array([400_000, 200_000])
    streets = Network(xy, streets.start, streets.end, streets.length_m)
    write_network(folder / SAVED_NETWORK, streets, CRS.from_epsg(27700))
    # As many areas as can hold the same number of junctions each, in columns.
    columns = 40
    rows = _AREAS // columns
    east, north = (
        np.linspace(xy[:, axis].min(), xy[:, axis].max(), n + 1) for axis, n in ((0, columns), (1, rows))
    )
    squares = [
        shapely.box(east[i], north[j], east[i + 1], north[j + 1]) for i in range(columns) for j in range(rows)
    ]
    codes = [f"E0100{number:04d}" for number in range(_AREAS)]
    gpd.GeoDataFrame({"area_code": codes, "area_name": codes}, geometry=squares, crs=27700).to_file(
        folder / "areas.gpkg"
    )
    homes = xy[chance.choice(len(xy), 200_000)]
    square = np.clip(np.searchsorted(east, homes[:, 0]) - 1, 0, columns - 1) * rows + np.clip(
        np.searchsorted(north, homes[:, 1]) - 1, 0, rows - 1
    )
    where = pd.DataFrame(homes, columns=["easting", "northing"]).groupby(square).first()
    middle = pd.DataFrame(
        [(each.centroid.x, each.centroid.y) for each in squares], columns=["easting", "northing"]
    )
    where.reindex(range(_AREAS)).fillna(middle).assign(area_code=codes).to_csv(
        folder / "origins.csv", index=False
    )
    pd.DataFrame({"area_code": codes, "people": chance.integers(900, 2_500, _AREAS)}).to_csv(
        folder / "population.csv", index=False
    )
    rank = chance.choice(np.arange(1, 33_756), _AREAS, replace=False)
    deprivation = {"code": codes, "rank": rank, "decile": np.ceil(rank / 3_375.5).astype(int)}
    pd.DataFrame(deprivation).to_csv(folder / "deprivation.csv", index=False)
    spots = xy[chance.choice(len(xy), _ASSETS + _PARKS, replace=False)] + chance.normal(
        0, 20, (_ASSETS + _PARKS, 2)
    )
    assets = pd.DataFrame(spots[:_ASSETS], columns=["easting", "northing"])
    assets.assign(
        name=[f"Place {number}" for number in range(_ASSETS)],
        kind=np.array(_KINDS)[np.arange(_ASSETS) % len(_KINDS)],
    ).to_csv(folder / "venues.csv", index=False)
    parks = gpd.GeoSeries(shapely.points(spots[_ASSETS:]), crs=27700).buffer(80)
    kinds = {"function": "Public Park Or Garden", "name": [f"Park {number}" for number in range(_PARKS)]}
    gpd.GeoDataFrame({**kinds, "id": range(_PARKS)}, geometry=parks).to_file(folder / "green.gpkg")
    (folder / "place.toml").write_text(_recipe(), encoding="utf-8")
    return folder


def _recipe() -> str:
    """The toy town's recipe, with the files of this one."""
    from tests.toy import RECIPE

    recipe = (
        RECIPE.replace("Toytown", "Ten towns").replace(".geojson", ".gpkg").replace("lsoa21_code", "code")
    )
    recipe = recipe.replace('income_decile = "income"\n', "").replace('postcode = "postcode"\n', "")
    start, end = recipe.index("[postcodes]"), recipe.index("[green_space]")
    return f'{recipe[:start]}{recipe[end:]}\n[network]\nfile = "{SAVED_NETWORK}"\n'
