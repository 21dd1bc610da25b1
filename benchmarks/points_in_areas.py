"""A million points into England's 33,755 areas, beside `geopandas.sjoin`; both sides must name the same areas."""

from __future__ import annotations

import time
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.sources.boundaries import area_of
from benchmarks.figure import Figure, beside, real_data

POINTS = 1_000_000


def measure(runs: int) -> Iterator[Figure]:
    table = gpd.read_parquet(real_data() / "england" / "lsoa21_iod2025_population.parquet").to_crs(27700)
    areas = table.set_index("lsoa21_code")[["geometry"]].sort_index()
    points = _points(areas)
    ours, theirs = [], []
    for _ in range(runs):
        start = time.perf_counter()
        found = area_of(points, areas)
        between = time.perf_counter()
        peer = _sjoin(points, areas)
        ours.append(between - start)
        theirs.append(time.perf_counter() - between)
        pd.testing.assert_series_equal(
            found.astype("string"), peer.astype("string"), check_names=False, check_index_type=False
        )
    yield beside(f"{POINTS:,} points into {len(areas):,} areas", "s", "geopandas.sjoin", ours, theirs, 2)


def _sjoin(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    joined = gpd.sjoin(points.to_frame("geometry"), areas, how="left", predicate="intersects")
    # A point on a shared border is in both: the first by code.
    return joined["lsoa21_code"].sort_values().groupby(level=0).first().reindex(points.index)


def _points(areas: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Points around the middles of areas taken at random, so spread like people."""
    chance = np.random.default_rng(1)
    chosen = areas.geometry.iloc[chance.integers(0, len(areas), POINTS)]
    middle, spread = chosen.centroid, 0.6 * np.sqrt(chosen.area.to_numpy())
    x = middle.x.to_numpy() + chance.normal(size=POINTS) * spread
    y = middle.y.to_numpy() + chance.normal(size=POINTS) * spread
    return gpd.GeoSeries(gpd.points_from_xy(x, y), crs=areas.crs)
