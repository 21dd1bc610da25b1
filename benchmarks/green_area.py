"""Green space inside each of England's areas: real sites, copied over the country, beside `geopandas.overlay`.

First the cutting alone, from sites that do not overlap, which is the same question on both sides; then the whole
question, from sites that do, which the plain way must join first. Both sides must agree to a square metre.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.measures import green_m2
from benchmarks.figure import Figure, beside, real_data

COPIES = 234  # of Trafford's 427 sites: 100,000


def measure(runs: int) -> Iterator[Figure]:
    areas = _areas()
    sites = _sites(areas)
    apart = sites.set_axis(range(len(sites)))
    apart = gpd.GeoSeries(
        shapely.get_parts(shapely.disjoint_subset_union_all(apart.to_numpy())), crs=areas.crs
    )
    yield _compared(f"{len(apart):,} sites apart into {len(areas):,} areas", areas, apart, runs, _overlay)
    yield _compared(f"{len(sites):,} sites, joined first", areas, sites, 1, _dissolve_and_overlay)


def _compared(
    name: str,
    areas: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    runs: int,
    plain: Callable[[gpd.GeoSeries, gpd.GeoSeries], pd.Series],
) -> Figure:
    ours, theirs = [], []
    for _ in range(runs):
        start = time.perf_counter()
        found = green_m2(areas, sites)
        between = time.perf_counter()
        peer = plain(areas, sites)
        ours.append(between - start)
        theirs.append(time.perf_counter() - between)
        np.testing.assert_allclose(found, peer, atol=1)
    return beside(name, "s", plain.__name__.strip("_").replace("_", " "), ours, theirs, 2)


def _overlay(areas: gpd.GeoSeries, sites: gpd.GeoSeries) -> pd.Series:
    polygons = gpd.GeoDataFrame({"code": areas.index}, geometry=areas.to_numpy(), crs=areas.crs)
    pieces = gpd.overlay(polygons, sites.to_frame("geometry"), how="intersection", keep_geom_type=True)
    return pieces.area.groupby(pieces["code"]).sum().reindex(areas.index, fill_value=0)


def _dissolve_and_overlay(areas: gpd.GeoSeries, sites: gpd.GeoSeries) -> pd.Series:
    return _overlay(areas, sites.to_frame("geometry").dissolve().explode(ignore_index=True).geometry)


def _areas() -> gpd.GeoSeries:
    table = gpd.read_parquet(real_data() / "england" / "lsoa21_iod2025_population.parquet").to_crs(27700)
    return table.set_index("lsoa21_code").geometry.sort_index()


def _sites(areas: gpd.GeoSeries) -> gpd.GeoSeries:
    """Copies of one town's sites around areas taken at random."""
    path = real_data() / "trafford" / "greenspace" / "trafford_greenspace_sites.geojson"
    town = gpd.read_file(path).to_crs(27700).geometry.make_valid()
    home = town.union_all().centroid
    chosen = areas.sample(COPIES, random_state=1).centroid
    copies = [town.translate(point.x - home.x, point.y - home.y) for point in chosen]
    return gpd.GeoSeries(pd.concat(copies, ignore_index=True), crs=areas.crs)
