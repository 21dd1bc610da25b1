"""Where alike areas lie together: local Moran’s I and Getis and Ord’s Gi*, held against chance.

An area is told to lie among areas of its like, or to stand out from them, only where its neighbours have fewer or more than chance
would often give, after as many areas have been looked at as there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from assetmap.columns import CLUSTER_COLUMNS, COLUMNS, MORAN_COLUMNS
from assetmap.gaps import touching
from assetmap.index import mid_rank
from assetmap.model import THEMES, Assessment
from assetmap.taxonomy import themes

__all__ = [
    "ALPHA",
    "CLUSTERS",
    "FEWEST_AREAS",
    "NO_PATTERN",
    "TOO_FEW",
    "Clusters",
    "Local",
    "clusters",
    "false_discoveries",
    "label_of",
    "local",
    "moran",
    "neighbours",
    "with_clusters",
]

#: The share of false discoveries among what is told that is put up with.
ALPHA = 0.05

#: Under so many areas there are too few to tell a pattern from chance.
FEWEST_AREAS = 20

_SEED = 2026

#: Draws for each area; fewer in very large places, where a moment’s patience ends and many areas share the threshold.
_MOST_DRAWS, _FEWEST_DRAWS, _AREAS_TIMES_DRAWS = 9_999, 999, 20_000_000

#: Draws for the place as a whole.
_DRAWS_OF_ALL = 999

#: What each area is told as, by whether it and its neighbours have fewer (-1) or more (1) than the middle.
CLUSTERS = {
    (-1, -1): "few among few",
    (1, 1): "many among many",
    (-1, 1): "few among many",
    (1, -1): "many among few",
}
NO_PATTERN = "no clear pattern"
TOO_FEW = "too few areas to tell"

#: Sums of the same figures in another order may differ by a hair, and are equal all the same.
_HAIR = 1e-9


@dataclass(frozen=True)
class Local:
    """What was found of each area; arrays over the areas.

    Parameters
    ----------
    moran
        Local Moran’s I: above 0 where an area and its neighbours are on one side of the mean.
    gi_star
        Getis and Ord’s Gi* as a z-score: above 0 where the area and its neighbours together have more than the mean.
    lag
        The mean of an area’s neighbours, less the mean of all, in standard deviations.
    p
        How often chance would give neighbours so far from the middle, two-sided.
    """

    moran: np.ndarray
    gi_star: np.ndarray
    lag: np.ndarray
    p: np.ndarray


@dataclass(frozen=True)
class Clusters:
    """Where alike areas lie together, for the index and each theme.

    Parameters
    ----------
    areas
        One row an area and figure: `CLUSTER_COLUMNS`.
    whole
        One row a figure, for the place as a whole: `MORAN_COLUMNS`.
    """

    areas: pd.DataFrame
    whole: pd.DataFrame


def neighbours(shapes: gpd.GeoSeries, points: gpd.GeoSeries) -> csr_array:
    """Who is whose neighbour, each row adding up to 1; an area that touches none is joined with the nearest.

    Parameters
    ----------
    shapes
        Polygons in metres; those that touch along an edge or at a corner are neighbours (see `assetmap.gaps.touching`).
    points
        One point an area, for what is nearest to an island; the nearest has the island for a neighbour too.

    Examples
    --------
    >>> import shapely
    >>> west = (0, 100, 900)  # two squares side by side, and one by itself
    >>> squares = gpd.GeoSeries([shapely.box(x, 0, x + 100, 100) for x in west])
    >>> neighbours(squares, squares.centroid).toarray().tolist()
    [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]
    """
    number = len(shapes)
    ends = touching(shapes)
    alone = np.setdiff1d(np.arange(number), ends[0])
    if len(alone) and number > 1:
        xy = np.column_stack([points.x, points.y])
        nearest = KDTree(xy).query(xy[alone], k=2)[1]
        # Two points in one spot: either may come first.
        other = np.where(nearest[:, 0] == alone, nearest[:, 1], nearest[:, 0])
        ends = np.unique(np.hstack([ends, [alone, other], [other, alone]]), axis=1)
    joined = csr_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(number, number))
    degree = np.maximum(joined.sum(axis=1), 1)
    return csr_array(joined / np.asarray(degree)[:, None])


def moran(values: np.ndarray, weights: csr_array) -> float:
    r"""Moran’s I: whether neighbours are alike (towards 1), as chance has it (near 0) or unlike (below 0).

    .. math:: I = \frac{\sum_i z_i \sum_j w_{ij} z_j}{\sum_i z_i^2}

    with *z* the differences from the mean and rows of *w* adding up to 1. Source: Moran (1950); Cliff and Ord (1973). NaN where
    all values are equal.

    Examples
    --------
    Four in a row, two and two: (1 + 0 + 0 + 1) ÷ 4.

    >>> row = csr_array([[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 1, 0]])
    >>> moran(np.array([1.0, 1.0, 3.0, 3.0]), row)
    0.5
    """
    z = values - values.mean()
    total = float(z @ z)
    return float(z @ (weights @ z)) / total if total > _HAIR else np.nan


def local(values: np.ndarray, weights: csr_array, draws: int, seed: int = _SEED) -> Local:
    r"""Local Moran’s I and Gi* of each area, and how often chance would give the like.

    .. math::

        I_i = \frac{z_i}{m_2} \sum_j w_{ij} z_j, \quad m_2 = \frac{1}{n} \sum_i z_i^2, \qquad
        G_i^* = \frac{\sum_j w_{ij} x_j - \bar x}{s \sqrt{(n \sum_j w_{ij}^2 - 1) / (n - 1)}}

    In Gi* each area is its own neighbour too, all weighing alike. Sources: Anselin (1995); Getis and Ord (1992), Ord and Getis (1995).

    The *p* is by conditional permutation: the area keeps its value, and its neighbours’ are drawn from all others without putting back.
    Given the area’s own value, both figures rise or fall with the mean of its neighbours alone, so one *p* is that of both. It is
    twice that of the nearer tail, and at most 1.

    Parameters
    ----------
    values
        One an area.
    weights
        Who is whose neighbour, as `neighbours` gives it: equal in each row.
    draws
        How many. The same are used for every area, each skipping itself.
    seed
        What they begin from.

    Examples
    --------
    Four in a row, two and two, as for `moran`: their mean is the I of the whole.

    >>> row = csr_array([[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 1, 0]])
    >>> local(np.array([1.0, 1.0, 3.0, 3.0]), row, 99).moran.tolist()
    [1.0, 0.0, 0.0, 1.0]
    """
    number = len(values)
    z = values - values.mean()
    square = float(z @ z) / number
    if square <= _HAIR:
        nought = np.zeros(number)
        return Local(nought, nought, nought, np.ones(number))
    z /= np.sqrt(square)
    lag = weights @ z
    degree = np.diff(weights.indptr)
    together = (lag * degree + z) / (degree + 1)
    spread = np.sqrt((number / (degree + 1) - 1) / (number - 1))
    # An area beside all others has the mean of all: nothing to tell.
    gi_star = np.divide(together, spread, out=np.zeros(number), where=spread > 0)
    drawn = _drawn(number, int(degree.max()), draws, seed)
    p = np.empty(number)
    for area in range(number):
        others = drawn[: degree[area]]
        chance = z[others + (others >= area)].mean(axis=0) - lag[area]
        tail = min(int((chance >= -_HAIR).sum()), int((chance <= _HAIR).sum()))
        p[area] = min(1.0, 2 * (tail + 1) / (draws + 1))
    # Nought is added so that no figure is “-0”.
    return Local(z * lag + 0.0, gi_star, lag, p)


def _drawn(areas: int, most: int, draws: int, seed: int) -> np.ndarray:
    """So many different positions among all areas but one, drawn anew for each column."""
    chance = np.random.default_rng(seed)
    if most * most > areas:
        return chance.permuted(np.tile(np.arange(areas - 1), (draws, 1)), axis=1)[:, :most].T.copy()
    # Few of many, so that hardly any comes twice: draw those again.
    found = chance.integers(areas - 1, size=(most, draws))
    while True:
        ordered = np.sort(found, axis=0)
        twice = np.flatnonzero((ordered[1:] == ordered[:-1]).any(axis=0))
        if not len(twice):
            return found
        found[:, twice] = chance.integers(areas - 1, size=(most, len(twice)))


def false_discoveries(p: np.ndarray, alpha: float = ALPHA) -> float:
    """The *p* up to which areas are told, so that no more than a share of what is told is by chance, on average; 0 for none.

    Of *n* values in order, the largest that is no more than its place × alpha ÷ *n*. Source: Benjamini and Hochberg (1995); for
    local statistics, Castro and Singer (2006).

    Examples
    --------
    >>> false_discoveries(np.array([0.001, 0.012, 0.03, 0.2]))
    0.03
    >>> false_discoveries(np.array([0.2, 0.9]))
    0.0
    """
    ordered = np.sort(p)
    held = ordered <= np.arange(1, len(p) + 1) * alpha / len(p)
    return float(ordered[held][-1]) if held.any() else 0.0


def clusters(assessment: Assessment) -> Clusters:
    """Where alike areas lie together, for the index and each scored theme.

    What is looked at is each area’s rank among the areas of the place (1 = fewest, equal areas sharing the middle one), so that one
    very well served area does not decide what is few. Areas whose rank is unknown are nobody’s neighbours.
    """
    areas, place = assessment.areas, assessment.place
    rows, whole = [], []
    # Most figures are known of the same areas, whose neighbours are looked for once.
    joined: dict[bytes, csr_array] = {}
    for figure, name in _figures(areas):
        rank = mid_rank(-areas[name].astype(float))
        known = rank.notna().to_numpy()
        which = known.tobytes()
        if which not in joined and known.sum() >= FEWEST_AREAS:
            joined[which] = neighbours(place.areas.geometry[known], place.origins.loc[areas.index[known]])
        told = _of_figure(rank[known].to_numpy(), joined.get(which))
        found = pd.DataFrame(told[0], index=areas.index[known]).reindex(areas.index)
        rows.append(found.assign(figure=figure, area_name=areas["area_name"]))
        whole.append({"figure": figure, **told[1], "areas_left_out": int((~known).sum())})
    table = pd.concat(rows).rename_axis("area_code").reset_index() if rows else pd.DataFrame()
    return Clusters(
        table.reindex(columns=list(CLUSTER_COLUMNS)),
        pd.DataFrame(whole, columns=list(MORAN_COLUMNS)),
    )


def _figures(areas: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """What is looked at, the index first, and the column of its lack; nothing of which nothing is known."""
    for figure, name in (("index", "resource_lack"), *((theme, f"{theme}_lack") for theme in THEMES)):
        if areas[name].notna().any():
            yield figure, name


def _of_figure(rank: np.ndarray, weights: csr_array | None) -> tuple[dict[str, object], dict[str, object]]:
    """What is told of each area, and of all together; without neighbours there are too few areas to tell."""
    number = len(rank)
    if weights is None:
        return {"cluster": TOO_FEW, "hot_cold": TOO_FEW}, _whole(number, np.nan, np.nan, None)
    draws = max(_FEWEST_DRAWS, min(_MOST_DRAWS, _AREAS_TIMES_DRAWS // number))
    found = local(rank, weights, draws)
    threshold = false_discoveries(found.p)
    clear = found.p <= threshold
    own = np.sign((rank - rank.mean()).round(9)).astype(int)
    around = np.sign(found.lag.round(9)).astype(int)
    pairs = zip(clear, own, around, strict=True)
    words = [CLUSTERS.get((mine, theirs), NO_PATTERN) if yes else NO_PATTERN for yes, mine, theirs in pairs]
    spots = zip(clear, found.gi_star.round(9), strict=True)
    hot = [NO_PATTERN if not yes or not spot else _HOT if spot > 0 else _COLD for yes, spot in spots]
    seen = moran(rank, weights)
    told = {
        "cluster": words,
        "hot_cold": hot,
        "local_moran": found.moran,
        "gi_star": found.gi_star,
        "p": found.p,
        "fdr_threshold": threshold,
    }
    return told, _whole(number, seen, _chance_of(seen, rank, weights), words)


def _chance_of(seen: float, rank: np.ndarray, weights: csr_array) -> float:
    """How often Moran’s I would be as high, were the ranks dealt out among the areas at random."""
    if np.isnan(seen):
        return np.nan
    chance, z = np.random.default_rng(_SEED), rank - rank.mean()
    total = float(z @ z)
    dealt = (chance.permutation(z) for _ in range(_DRAWS_OF_ALL))
    as_high = sum(float(each @ (weights @ each)) >= (seen - _HAIR) * total for each in dealt)
    return (1 + as_high) / (_DRAWS_OF_ALL + 1)


_HOT, _COLD = "many together", "few together"


def _whole(number: int, seen: float, p: float, words: list[str] | None) -> dict[str, object]:
    counts = {
        f"{name.replace(' ', '_')}": pd.NA if words is None else words.count(name)
        for name in CLUSTERS.values()
    }
    return {"areas": number, "moran": seen, "p": p, **counts, "sentence": _sentence(number, seen, p)}


def _sentence(number: int, seen: float, p: float) -> str:
    """Whether areas that touch are alike, in words."""
    if number < FEWEST_AREAS:
        return f"With {number} areas known there are too few to tell whether alike areas lie together."
    if np.isnan(seen):
        return "All areas are alike, so there is no pattern to look for."
    figure = f"Moran’s I {seen:+.2f}".replace("-", "−")
    if p > ALPHA:
        return f"Areas that touch are no more alike than chance would have them ({figure}; p = {p:.2f})."
    return (
        f"Areas that touch are more alike than chance would have them: few lies beside few, and many beside many ({figure}; "
        f"p = {p:.3f})."
    )


def with_clusters(assessment: Assessment, found: Clusters) -> Assessment:
    """The assessment with where alike areas lie together, by the index, among the columns of its areas."""
    of_index = found.areas[found.areas["figure"] == "index"].set_index("area_code")
    named = {"cluster": "cluster", "p": "cluster_p", "hot_cold": "hot_cold"}
    added = of_index.reindex(assessment.areas.index)[list(named)].rename(columns=named)
    areas = assessment.areas.drop(columns=list(named.values()), errors="ignore").join(added)
    return replace(assessment, areas=areas[[name for name in COLUMNS if name in areas]])


def label_of(figure: str) -> str:
    """What a figure of `clusters` is called."""
    return "Social resources" if figure == "index" else themes()[figure]
