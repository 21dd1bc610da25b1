"""Where alike areas lie together: hand-derived answers, PySAL’s own figures, chance, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import esda
import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.stats import false_discovery_control

from assetmap import assess, load
from assetmap.clusters import (
    CLUSTERS,
    NO_PATTERN,
    TOO_FEW,
    clusters,
    false_discoveries,
    local,
    moran,
    neighbours,
    with_clusters,
)
from assetmap.columns import CLUSTER_COLUMNS, MORAN_COLUMNS
from assetmap.views import maps
from assetmap.views.patterns import clusters_html
from tests.toy import write_toy
from tests.trafford import write_trafford


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.fixture(scope="module")
def found(demo):
    return clusters(demo)


def grid(side: int) -> tuple[gpd.GeoSeries, csr_array]:
    """Squares of 100 m, row by row, and who is whose neighbour."""
    shapes = gpd.GeoSeries(
        [
            shapely.box(100 * x, 100 * y, 100 * x + 100, 100 * y + 100)
            for y in range(side)
            for x in range(side)
        ],
        crs=27700,
    )
    return shapes, neighbours(shapes, shapes.centroid)


def pysal(shapes: gpd.GeoSeries) -> libpysal.weights.W:
    queen = libpysal.weights.Queen.from_dataframe(gpd.GeoDataFrame(geometry=shapes), use_index=False)
    queen.transform = "r"
    return queen


# -- neighbours -----------------------------------------------------------------------------------


def test_neighbours_are_those_of_pysals_queen():
    shapes, weights = grid(6)
    assert np.allclose(weights.toarray(), pysal(shapes).sparse.toarray())


def test_an_island_is_joined_with_the_nearest_as_pysal_attaches_it():
    shapes = gpd.GeoSeries([shapely.box(x, 0, x + 100, 100) for x in (0, 100, 200, 900)], crs=27700)
    with pytest.warns(UserWarning, match="not fully connected"):
        queen = pysal(shapes)
    points = np.column_stack([shapes.centroid.x, shapes.centroid.y])
    nearest = libpysal.weights.KNN.from_array(points, k=1)
    joined = libpysal.weights.attach_islands(queen, nearest)
    joined.transform = "r"
    assert np.allclose(neighbours(shapes, shapes.centroid).toarray(), joined.sparse.toarray())


def test_two_islands_are_each_others_neighbours():
    shapes = gpd.GeoSeries([shapely.box(x, 0, x + 100, 100) for x in (0, 500)], crs=27700)
    assert neighbours(shapes, shapes.centroid).toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]


# -- the figures ----------------------------------------------------------------------------------


def test_a_toy_by_hand():
    """Three by three, a 9 in one corner, 0 elsewhere: mean 1, z 8 and -1, m2 = (64 + 8) / 9 = 8."""
    _, weights = grid(3)
    values = np.array([9.0, 0, 0, 0, 0, 0, 0, 0, 0])
    told = local(values, weights, 99)
    # The corner: (8 / 8) × mean of three neighbours at -1. The middle: (-1 / 8) × (8 - 7) / 8. The far corner: (-1 / 8) × -1.
    assert told.moran[[0, 4, 8]] == pytest.approx([-1.0, -1 / 64, 1 / 8])
    # A side beside the corner: five neighbours, one of them at 8: (-1 / 8) × (8 - 4) / 5.
    assert told.moran[1] == pytest.approx(-0.1)
    assert told.moran.mean() == pytest.approx(moran(values, weights))
    # The middle is beside all others, so that Gi* has nothing to tell of it.
    assert told.gi_star[4] == 0
    # Gi* of the corner: mean of four (9 / 4) less 1, over √8 × √((9 / 4 - 1) / 8).
    assert told.gi_star[0] == pytest.approx(1.25 / (np.sqrt(8) * np.sqrt(1.25 / 8)))


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_esda(seed):
    shapes, weights = grid(7)
    values = np.random.default_rng(seed).gamma(2.0, size=len(shapes))
    queen, number = pysal(shapes), len(shapes)
    told = local(values, weights, 99)
    theirs = esda.Moran_Local(values, queen, permutations=0)
    # esda divides by n - 1 where Anselin (1995) divides by n.
    assert told.moran * (number - 1) / number == pytest.approx(theirs.Is)
    assert moran(values, weights) == pytest.approx(esda.Moran(values, queen, permutations=0).I)
    binary = libpysal.weights.fill_diagonal(pysal(shapes))
    binary.transform = "b"
    stars = esda.G_Local(values, binary, transform="B", star=None, permutations=0)
    assert told.gi_star == pytest.approx(stars.Zs)


def test_p_is_what_all_possible_neighbours_would_give():
    """Every choice of neighbours can be counted in a small place: draws come near to that."""
    _, weights = grid(5)
    values = np.random.default_rng(3).normal(size=25)
    told = local(values, weights, 9_999)
    for area in (0, 4, 20, 24):
        others = np.delete(values, area)
        mean = values[weights[[area]].indices].mean()
        every = np.array([others[list(three)].mean() for three in combinations(range(24), 3)])
        tail = min((every >= mean - 1e-12).mean(), (every <= mean + 1e-12).mean())
        assert told.p[area] == pytest.approx(min(1, 2 * tail), abs=0.02)


def test_the_same_seed_gives_the_same_figures_and_another_does_not():
    _, weights = grid(6)
    values = np.random.default_rng(0).normal(size=36)
    first, again, other = (local(values, weights, 999, seed).p for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert first == pytest.approx(other, abs=0.1)


def test_neither_shift_nor_scale_matters_and_direction_only_to_gi_star():
    _, weights = grid(6)
    values = np.random.default_rng(5).normal(size=36)
    told, moved, turned = (local(each, weights, 999) for each in (values, 3 * values + 7, -values))
    assert told.moran == pytest.approx(moved.moran)
    assert (told.p == moved.p).all()
    assert told.moran == pytest.approx(turned.moran)
    assert told.gi_star == pytest.approx(-turned.gi_star)
    assert (told.p == turned.p).all()


def test_where_all_are_equal_there_is_no_pattern():
    _, weights = grid(5)
    told = local(np.full(25, 3.0), weights, 99)
    assert (told.p == 1).all()
    assert (told.moran == 0).all()
    assert np.isnan(moran(np.full(25, 3.0), weights))


def test_neighbours_alike_but_for_ties_are_not_called_rare():
    _, weights = grid(6)
    values = np.zeros(36)
    values[0] = 1.0
    assert local(values, weights, 999).p.min() > 0.05


def test_draws_are_of_others_and_never_twice_in_large_places():
    """So many areas that draws are made by drawing again: an area with the one high value never sees it as a neighbour’s."""
    shapes, weights = grid(12)
    values = np.zeros(len(shapes))
    values[70] = 1.0
    told = local(values, weights, 999)
    assert told.p[70] == 1.0


# -- false discoveries ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_is_that_of_scipy_and_of_esda(seed):
    chance = np.random.default_rng(seed)
    p = np.concatenate([chance.random(80), chance.random(20) / 500])
    threshold = false_discoveries(p)
    assert ((p <= threshold) == (false_discovery_control(p) <= 0.05)).all()
    assert ((p <= threshold) == (p <= esda.fdr(p, 0.05))).all()


def test_random_places_show_hardly_any_cluster():
    _, weights = grid(8)
    chance = np.random.default_rng(11)
    told = [local(chance.permutation(64).astype(float), weights, 4_999).p for _ in range(40)]
    with_any = sum(false_discoveries(p) > 0 for p in told)
    # At 5 % two of forty are looked for; nine or more would come of it once in six thousand.
    assert with_any <= 8
    # Without the correction, about one area in twenty would be told, in nearly every place.
    assert sum((p <= 0.05).any() for p in told) > 30


def test_a_block_of_few_is_found_and_nothing_else():
    shapes, weights = grid(10)
    x, y = shapes.centroid.x.to_numpy(), shapes.centroid.y.to_numpy()
    values = np.random.default_rng(2).permutation(100).astype(float) + 200
    block = (x < 400) & (y < 400)
    values[block] = np.arange(block.sum())
    told = local(values, weights, 9_999)
    low = (told.p <= false_discoveries(told.p)) & (told.gi_star < 0)
    assert low.sum() >= 9
    assert (low & ~block).sum() <= 3


# -- a place --------------------------------------------------------------------------------------


def test_every_area_and_figure_has_a_row_in_the_columns_of_the_registry(demo, found):
    assert list(found.areas) == list(CLUSTER_COLUMNS)
    assert list(found.whole) == list(MORAN_COLUMNS)
    assert found.whole["figure"].tolist() == [
        "index",
        "hubs",
        "groups",
        "green_space",
        "meeting_places",
        "services",
    ]
    assert len(found.areas) == 6 * len(demo.areas)
    assert set(found.areas["cluster"]) <= {*CLUSTERS.values(), NO_PATTERN}


def test_what_is_told_is_within_the_threshold_and_on_the_right_side(demo, found):
    table = found.areas[found.areas["figure"] == "index"].set_index("area_code")
    told = table["cluster"] != NO_PATTERN
    assert ((table["p"] <= table["fdr_threshold"]) >= told).all()
    rank = demo.areas["resource_rank"]
    middle = rank.mean()
    few = table.index[table["cluster"].str.startswith("few among")]
    assert (rank[few] < middle).all()
    assert set(table.index[table["cluster"] == "few among few"]) <= set(
        table.index[table["hot_cold"] == "few together"]
    )


def test_the_demo_town(demo, found):
    whole = found.whole.set_index("figure")
    assert whole.loc["index", "sentence"].startswith(
        "Areas that touch are more alike than chance would have them"
    )
    assert whole.loc["index", "few_among_few"] >= 1
    table = found.areas[found.areas["figure"] == "index"].set_index("area_code")
    few = table.index[table["cluster"] == "few among few"]
    assert demo.areas.loc[few, "area_name"].str.startswith("Sallows").all()


def test_the_order_of_the_areas_in_the_table_is_theirs_and_it_is_the_same_each_time(demo, found):
    again = clusters(demo)
    pd.testing.assert_frame_equal(again.areas, found.areas)
    pd.testing.assert_frame_equal(again.whole, found.whole)
    assert found.areas["area_code"][:60].tolist() == demo.areas.index.tolist()


def test_an_unknown_area_is_nobodys_neighbour_and_stays_unknown(demo):
    areas = demo.areas.copy()
    gone = areas.index[:3]
    areas.loc[gone, "resource_lack"] = np.nan
    told = clusters(replace(demo, areas=areas))
    assert told.whole.iloc[0][["areas", "areas_left_out"]].tolist() == [57, 3]
    table = told.areas[told.areas["figure"] == "index"].set_index("area_code")
    assert table.loc[gone, ["cluster", "p"]].isna().all(axis=None)
    assert table.drop(index=gone)["cluster"].notna().all()


def test_under_twenty_areas_are_too_few_to_tell(tmp_path):
    toy = assess(load(write_toy(tmp_path)))
    told = clusters(toy)
    assert set(told.areas["cluster"]) == {TOO_FEW}
    assert told.areas["p"].isna().all()
    assert (
        told.whole["sentence"].iloc[0]
        == "With 4 areas known there are too few to tell whether alike areas lie together."
    )
    html = clusters_html(toy, told)
    assert "too few to tell" in html
    assert "stands out" not in html.split("<table>")[0]
    assert {each["unknown"] for each in maps.paint(toy, "clusters").values()} == {True}


def test_a_place_where_all_areas_are_alike_says_so(demo):
    areas = demo.areas.assign(resource_lack=5.0)
    told = clusters(replace(demo, areas=areas))
    assert told.whole["sentence"].iloc[0] == "All areas are alike, so there is no pattern to look for."
    assert set(told.areas.loc[told.areas["figure"] == "index", "cluster"]) == {NO_PATTERN}


def test_where_nothing_is_known_nothing_is_told(demo):
    lacks = [name for name in demo.areas if name.endswith("_lack")]
    silent = replace(demo, areas=demo.areas.assign(**dict.fromkeys(lacks, np.nan)))
    told = clusters(silent)
    assert told.areas.empty
    assert list(told.areas) == list(CLUSTER_COLUMNS)
    assert clusters_html(silent, told) == (
        "<p>Social resources are not known here, so no pattern can be looked for.</p>"
    )
    assert with_clusters(silent, told).areas["cluster"].isna().all()


def test_the_columns_may_be_put_in_twice_and_shade_the_map(demo, found):
    once = with_clusters(demo, found)
    assert list(with_clusters(once, found).areas) == list(once.areas)
    shade = maps.shade(once, "clusters")
    assert shade.figures == maps.shade(demo, "clusters").figures
    for code, cluster in once.areas["cluster"].items():
        assert shade.swatches[shade.classes[code]].label.lower().startswith(cluster)


def test_the_words_name_the_areas_that_are_told(demo, found):
    html = clusters_html(demo, found)
    table = found.areas[(found.areas["figure"] == "index") & (found.areas["cluster"] == "few among few")]
    assert f"<strong>Few among few</strong>: {'; '.join(table['area_name'])}." in html
    assert "false discovery rate of 5 %" in html


@pytest.mark.realdata
def test_trafford(realdata, tmp_path):
    told = clusters(assess(load(write_trafford(tmp_path, realdata)))).whole.set_index("figure")
    assert told["areas"].eq(139).all()
    assert told["p"].eq(0.001).all()
    golden = {
        "index": 0.2935,
        "hubs": 0.5048,
        "groups": 0.4938,
        "green_space": 0.2484,
        "meeting_places": 0.4508,
        "services": 0.3462,
    }
    assert told["moran"].to_dict() == pytest.approx(golden, abs=5e-5)
    assert told["few_among_few"].tolist() == [1, 0, 3, 1, 2, 0]
