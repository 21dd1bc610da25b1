"""The social resource index: mapped places and groups within reach on foot.

It is not a measure of friendship, trust or volunteering, which only people or surveys can tell.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

__all__ = [
    "MIN_AREAS_FOR_DECILES",
    "combined",
    "decile",
    "exponential",
    "had",
    "lack",
    "lacks_of",
    "mid_rank",
    "mid_ranks",
    "resource_lack",
    "weighted_mean",
]

#: Below this many areas a decile holds fewer than five: ranks are shown and deciles are not.
MIN_AREAS_FOR_DECILES = 50

#: So few areas give nothing to compare: the only one there is would come first and last at once.
_FEWEST_COMPARED = 2

_EXPONENT = 23

#: Figures are rounded to so many decimals before they are compared, far below anything a reader sees, so that equal areas tie
#: whatever the order in which their parts were added.
_DECIMALS = 9


# -- ranks ----------------------------------------------------------------------------------------


def mid_ranks(values: np.ndarray, dtype: type[np.floating] = np.float64) -> np.ndarray:
    """Rank of each value along the last axis, 1 = lowest; equal values share the middle of their ranks.

    Examples
    --------
    >>> mid_ranks(np.array([[0, 0, 5, 9], [3, 2, 1, 0]])).tolist()
    [[1.5, 1.5, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]]
    """
    number = values.shape[-1]
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    new = np.ones(values.shape, bool)
    np.not_equal(ordered[..., 1:], ordered[..., :-1], out=new[..., 1:])
    first = np.flatnonzero(new)
    equals = np.diff(first, append=values.size)
    told = np.empty(values.shape, dtype)
    middle = (first % number + (equals + 1) / 2).astype(dtype)
    np.put_along_axis(told, order, np.repeat(middle, equals).reshape(values.shape), axis=-1)
    return told


def _ranks_among(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Rank that each value has or would have among others, from 1 to their number: between those below and those above it."""
    ordered = np.sort(among)
    below, upto = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return np.clip((below + upto + 1) / 2, 1, len(ordered))


def mid_rank(values: pd.Series, among: pd.Series | None = None) -> pd.Series:
    """Rank of each value, 1 = lowest; equal values share the middle of their ranks. NA stays NA.

    Parameters
    ----------
    values
        What to rank.
    among
        What to rank them among; themselves unless told. A value that is none of these has the rank between those below and those
        above it, and never less than 1 or more than the number of them.

    Examples
    --------
    >>> mid_rank(pd.Series([0, 0, 5, 9])).tolist()
    [1.5, 1.5, 3.0, 4.0]
    >>> mid_rank(pd.Series([-3, 0, 4, 99]), among=pd.Series([0, 0, 5, 9])).tolist()
    [1.0, 1.5, 2.5, 4.0]
    """
    known = values.dropna().astype(float).round(_DECIMALS).to_numpy()
    if among is None:
        found = mid_ranks(known)
    else:
        found = _ranks_among(known, among.dropna().astype(float).round(_DECIMALS).to_numpy())
    told = pd.Series(np.nan, values.index, name=values.name)
    told[values.notna()] = found
    return told


def decile(rank: pd.Series, of: int | None = None) -> pd.Series:
    """Decile of each rank, 1 = lowest ranks; NA for all where there are under 50 areas.

    Equal ranks are never parted: they share the decile of their middle rank.

    Parameters
    ----------
    rank
        The ranks.
    of
        Among how many areas they were given; as many as have one, unless told.
    """
    areas = int(rank.notna().sum()) if of is None else of
    if areas < MIN_AREAS_FOR_DECILES:
        return pd.Series(pd.NA, index=rank.index, dtype="Int64")
    return np.ceil(rank * 10 / areas).astype("Int64")


# -- one scale for every theme --------------------------------------------------------------------


def exponential(share: np.ndarray) -> np.ndarray:
    r"""The exponential transform of the Indices of Deprivation, from 0 to 100.

    .. math:: X = -23 \ln\left(1 - R (1 - e^{-100/23})\right)

    Source: The English Indices of Deprivation 2019, Technical Report, appendix on the exponential transformation.

    Parameters
    ----------
    share
        *R*: the rank over the number of areas, 1 for the area with the fewest.

    Examples
    --------
    >>> exponential(np.array([0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0])).round(4).tolist()
    [2.3903, 15.6468, 35.8568, 50.4267, 63.8476, 86.9573, 100.0]
    """
    return -_EXPONENT * np.log(1 - share * (1 - np.exp(-100 / _EXPONENT)))


def lacks_of(
    more: np.ndarray, normalisation: str = "exponential", among: np.ndarray | None = None
) -> np.ndarray:
    """How little each area has, from 0 to 100 (100 = fewest), on the scale of one of `assetmap.model.NORMALISATIONS`.

    Parameters
    ----------
    more
        Figures of which higher is more, the areas along the last axis; minus infinity where nothing can be walked to.
    normalisation
        "exponential": mid-ranks through `exponential`. "normal_scores": the normal quantile of (rank − ½) ÷ areas, as the Access to
        Healthy Assets and Hazards index takes it, and "z_score": the distance from the mean in standard deviations; both are put as
        50 + 10 times how far an area is below (McCall's T) and held between 0 and 100. "min_max": 0 for the area that has most and
        100 for that with the fewest. By the last two, minus infinity counts as the lowest of the others.
    among
        One row of figures to compare with; those of `more` itself unless told. What is beyond them counts as their end.

    Returns
    -------
    ndarray
        Shaped as `more`. Where all that is compared with is equal, an area as these has 50 on every scale but "exponential", where
        it has that of the middle rank.

    Examples
    --------
    >>> reach = np.array([0.0, 1.0, 4.0])
    >>> lacks_of(reach, "normal_scores").round(2).tolist()
    [59.67, 50.0, 40.33]
    >>> lacks_of(reach, "z_score").round(2).tolist()
    [59.81, 53.92, 36.27]
    >>> lacks_of(reach, "min_max").tolist()
    [100.0, 75.0, 0.0]
    >>> lacks_of(np.array([2.0, 9.0]), "min_max", among=reach).tolist()
    [50.0, 0.0]
    """
    own = np.round(np.asarray(more, float), _DECIMALS)
    base = own if among is None else np.round(np.asarray(among, float), _DECIMALS)
    areas = base.shape[-1]
    if normalisation in ("exponential", "normal_scores"):
        rank = mid_ranks(-own) if among is None else _ranks_among(-own, -base)
        if normalisation == "exponential":
            return exponential(rank / areas)
        return np.clip(50 + 10 * ndtri((rank - 0.5) / areas), 0, 100)
    worst = np.where(np.isinf(base), np.inf, base).min(axis=-1, keepdims=True)
    worst = np.where(np.isinf(worst), 0.0, worst)
    own, base = (np.where(np.isinf(each), worst, each) for each in (own, base))
    low, high = base.min(axis=-1, keepdims=True), base.max(axis=-1, keepdims=True)
    varies = high > low
    if normalisation == "min_max":
        found = 100 * (high - own) / np.where(varies, high - low, 1.0)
    else:
        spread = np.where(varies, base.std(axis=-1, keepdims=True), 1.0)
        found = 50 - 10 * (own - base.mean(axis=-1, keepdims=True)) / spread
    # All equal: no unit to measure a distance by.
    alike = np.where(own > high, 0.0, np.where(own < low, 100.0, 50.0))
    return np.clip(np.where(varies, found, alike), 0, 100)


def lack(more: pd.Series, normalisation: str = "exponential", among: pd.Series | None = None) -> pd.Series:
    """How little of a theme there is in each area, from 0 to 100 (100 = fewest): `lacks_of`, with what is unknown.

    Parameters
    ----------
    more
        Figures of which higher is more; NA where one is unknown.
    normalisation
        One of `assetmap.model.NORMALISATIONS`.
    among
        The figures to compare with, NA left out; those of `more` unless told.

    Returns
    -------
    Series
        NA where the figure is unknown, and for all where there are not two to compare.

    Examples
    --------
    >>> lack(pd.Series(range(10, 0, -1))).round(4).tolist()[:2]
    [2.3903, 5.058]
    """
    known = more.notna()
    base = None if among is None else among.dropna().to_numpy(float)
    told = pd.Series(np.nan, more.index, name=more.name)
    if known.any() and (int(known.sum()) if base is None else len(base)) >= _FEWEST_COMPARED:
        told[known] = lacks_of(more[known].to_numpy(float), normalisation, base)
    return told


# -- the themes together --------------------------------------------------------------------------


def had(lacks: np.ndarray) -> np.ndarray:
    """What an area has where it lacks so much: from 1 to 100, above 0 so that a geometric mean exists.

    Examples
    --------
    >>> had(np.array([100.0, 50.0, 0.0])).tolist()
    [1.0, 50.5, 100.0]
    """
    return 100 - 0.99 * lacks


def weighted_mean(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means of the rows of a table, for several sets of weights.

    Parameters
    ----------
    table
        Themes × areas.
    weights
        Sets × themes, each set adding up to 1.

    Returns
    -------
    ndarray
        Sets × areas.
    """
    # Theme by theme, and no product of matrices: that may add up equal areas in another order, and part them.
    total = weights[:, :1] * table[0]
    for theme in range(1, len(table)):
        total += weights[:, theme, None] * table[theme]
    return total


def resource_lack(
    lacks: pd.DataFrame, weights: Mapping[str, float], aggregation: str = "arithmetic"
) -> pd.Series:
    """Weighted mean of the themes' lacks, from 0 to 100 (100 = fewest resources).

    Parameters
    ----------
    lacks
        One column a scored theme, indexed by area.
    weights
        Weight of each theme; only their proportions matter.
    aggregation
        "arithmetic"; or "geometric", which is the geometric mean of what the area has (`had`), told as a lack again, so that plenty of
        one theme makes up for less of another.

    Returns
    -------
    Series
        NA for an area that lacks a figure for any scored theme.

    Examples
    --------
    >>> lacks = pd.DataFrame({"hubs": [100.0, 50.0], "groups": [0.0, 50.0]})
    >>> resource_lack(lacks, {"hubs": 1, "groups": 1}).tolist()
    [50.0, 50.0]
    >>> resource_lack(lacks, {"hubs": 1, "groups": 1}, "geometric").round(2).tolist()  # had: √(1 × 100) = 10
    [90.91, 50.0]
    """
    used = np.array([weights[theme] for theme in lacks.columns], float)
    if not used.sum():
        return pd.Series(np.nan, index=lacks.index, name="resource_lack")
    table, shares = lacks.to_numpy(float).T, (used / used.sum())[None]
    if aggregation == "geometric":
        # A lack of nothing at all is not held to be below nought by the last digit.
        found = np.clip((100 - np.exp(weighted_mean(np.log(had(table)), shares))) / 0.99, 0, 100)
    else:
        found = weighted_mean(table, shares)
    return pd.Series(found[0], index=lacks.index, name="resource_lack")


def combined(
    lacks: pd.DataFrame,
    weights: Mapping[str, float],
    normalisation: str = "exponential",
    aggregation: str = "arithmetic",
    among: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The index of each area, its rank and its decile (1 = fewest resources), and among how many areas it is ranked.

    By "normal_scores" the rank of the mean goes through `exponential`, as the Access to Healthy Assets and Hazards index does with
    each of its domains; the order is that of the mean.

    Parameters
    ----------
    lacks
        One column a scored theme, indexed by area.
    weights
        Weight of each theme; only their proportions matter.
    normalisation, aggregation
        As the settings say.
    among
        The lacks of the areas to compare with; those of `lacks` itself unless told.

    Returns
    -------
    DataFrame
        ``resource_lack``, ``resource_rank``, ``resource_of``, ``resource_decile``. There is no rank where there are not two areas to
        compare.

    Examples
    --------
    >>> reach = pd.DataFrame({"hubs": [0.0, 1.0, 4.0, 9.0], "groups": [1.0, 0.0, 4.0, 9.0]})
    >>> scores = reach.apply(lack, normalisation="normal_scores")
    >>> found = combined(scores, {"hubs": 1, "groups": 1}, "normal_scores")
    >>> found["resource_rank"].tolist(), found["resource_lack"].round(2).tolist()
    ([1.5, 1.5, 3.0, 4.0], [45.83, 45.83, 15.65, 6.52])
    """
    own = resource_lack(lacks, weights, aggregation)
    base = own if among is None else resource_lack(among, weights, aggregation)
    of = int(base.notna().sum())
    rank = mid_rank(-own, None if among is None else -base)
    if of < _FEWEST_COMPARED:
        rank = pd.Series(np.nan, index=rank.index)
    if normalisation == "normal_scores" and of:
        own = pd.Series(exponential(((of + 1 - rank) / of).to_numpy(float)), index=own.index)
    return pd.DataFrame(
        {"resource_lack": own, "resource_rank": rank, "resource_of": of, "resource_decile": decile(rank, of)}
    )
