"""The social resource index: mapped places and groups within reach on foot.

It is not a measure of friendship, trust or volunteering, which only people or surveys can tell.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["MIN_AREAS_FOR_DECILES", "decile", "lack", "mid_rank", "resource_lack"]

#: Below this many areas a decile holds fewer than five: ranks are shown and deciles are not.
MIN_AREAS_FOR_DECILES = 50

_EXPONENT = 23


def mid_rank(values: pd.Series) -> pd.Series:
    """Rank of each value, 1 = lowest; equal values share the middle of their ranks. NA stays NA.

    Examples
    --------
    >>> mid_rank(pd.Series([0, 0, 5, 9])).tolist()
    [1.5, 1.5, 3.0, 4.0]
    """
    # Rounded far below anything a reader sees, so that equal areas tie whatever the order in which
    # their parts were added.
    return values.astype(float).round(9).rank(method="average")


def lack(reach: pd.Series) -> pd.Series:
    r"""How little there is, from 0 to 100 (100 = fewest), so that plenty elsewhere cannot hide it.

    .. math:: X = -23 \ln\left(1 - R (1 - e^{-100/23})\right)

    with *R* the mid-rank over the number of areas, 1 for the area with the fewest. Source: The English
    Indices of Deprivation 2019, Technical Report, appendix on the exponential transformation.

    Examples
    --------
    >>> lack(pd.Series(range(10, 0, -1))).round(4).tolist()[:2]
    [2.3903, 5.058]
    """
    rank = mid_rank(-reach)
    share = rank / rank.notna().sum()
    return -_EXPONENT * np.log(1 - share * (1 - np.exp(-100 / _EXPONENT)))


def resource_lack(lacks: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """Weighted mean of the themes' lacks, from 0 to 100 (100 = fewest).

    Parameters
    ----------
    lacks
        One column a scored theme, indexed by area.
    weights
        Weight of each theme; only their proportions matter.

    Returns
    -------
    Series
        NA for an area that lacks a figure for any scored theme.
    """
    used = pd.Series({theme: weights[theme] for theme in lacks.columns}, dtype=float)
    if lacks.columns.empty:
        return pd.Series(np.nan, index=lacks.index, name="resource_lack")
    return (lacks * used).sum(axis=1, skipna=False).div(used.sum()).rename("resource_lack")


def decile(rank: pd.Series) -> pd.Series:
    """Decile of each rank, 1 = lowest ranks; NA for all where there are under 50 areas.

    Equal ranks are never parted: they share the decile of their middle rank.
    """
    areas = int(rank.notna().sum())
    if areas < MIN_AREAS_FOR_DECILES:
        return pd.Series(pd.NA, index=rank.index, dtype="Int64")
    return np.ceil(rank * 10 / areas).astype("Int64")
