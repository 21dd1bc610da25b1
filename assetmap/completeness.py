"""What stands on neither of two lists: the arithmetic of capture and recapture, on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

__all__ = ["Chapman", "chapman", "spread", "unlisted"]

#: Half of the error that the interval of an estimate leaves: 95 %.
_TAIL = 0.025


class Chapman(NamedTuple):
    """How many there are, as far as two lists tell.

    Parameters
    ----------
    total
        How many there are, those on neither list among them; a lower bound where the lists depend on each other.
    variance
        Its variance.
    low, high
        The 95 % interval; `high` is infinite where nothing matches.
    """

    total: float
    variance: float
    low: float
    high: float


def chapman(first: int, second: int, both: int) -> Chapman:
    r"""How many places there are, from how many each of two lists has and how many stand on both.

    .. math:: \hat N = \frac{(n_1 + 1)(n_2 + 1)}{m + 1} - 1 \qquad
        v = \frac{(n_1 + 1)(n_2 + 1)(n_1 - m)(n_2 - m)}{(m + 1)^2 (m + 2)}

    Source: Chapman (1951); the variance is Seber's (1970). The interval is exact: every whole number at which neither so few
    nor so many matches would be found in one of forty cases, by the hypergeometric distribution. Unlike the log-normal
    interval (Chao 1987) it does not shrink to a point where one list holds all of the other.

    Parameters
    ----------
    first, second
        How many each list has.
    both
        How many are on both.

    Raises
    ------
    ValueError
        Where more are on both than on one.

    Examples
    --------
    Ten turtles marked; of fifteen seen later five are marked.

    >>> found = chapman(10, 15, 5)
    >>> round(found.total, 2), round(found.variance, 2)
    (28.33, 34.92)
    """
    if not 0 <= both <= min(first, second):
        raise ValueError("No more can be on both lists than on either, and none has fewer than none.")
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return Chapman(total, variance, *_interval(first, second, both))


@cache
def _interval(first: int, second: int, both: int) -> tuple[float, float]:
    """The lowest and the highest total that so many matches do not speak against."""
    from scipy.stats import hypergeom

    known = first + second - both

    def too_many(total: int) -> bool:
        """Whether so few matches would be found in less than one of forty cases: there must be more places."""
        return bool(hypergeom.cdf(both, total, first, second) <= _TAIL)

    def enough(total: int) -> bool:
        """Whether so many matches would still be found in more than one of forty cases."""
        return bool(hypergeom.sf(both - 1, total, first, second) > _TAIL)

    low = _first(known, lambda total: not too_many(total))
    high = math.inf if both == 0 else float(_first(known, lambda total: not enough(total)) - 1)
    return float(low), max(high, float(known))


def _first(start: int, holds: Callable[[int], bool]) -> int:
    """The lowest whole number from `start` on of which something holds that holds of all above it."""
    step, low = 1, start - 1
    while not holds(low + step):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def spread(found: np.ndarray, expected: np.ndarray) -> float:
    r"""How unevenly places lie, against what residents alone would have one expect: the shape of a gamma distribution.

    .. math:: k = \frac{\sum e_i^2}{\sum \left( (n_i - e_i)^2 - e_i \right)}

    The lower, the more unevenly. By moments, as of a negative binomial (Clayton and Kaldor 1987 put counts of areas so).

    Parameters
    ----------
    found, expected
        How many places each area has within reach, and how many it would have if all lay as people do.

    Examples
    --------
    >>> spread(np.array([0.0, 6.0, 0.0, 6.0]), np.full(4, 3.0))
    1.5
    """
    excess = float(((found - expected) ** 2 - expected).sum())
    return float(np.square(expected).sum()) / excess if excess > 0 else _EVEN


#: Places that lie no more unevenly than chance would have them.
_EVEN = 1e6


def unlisted(share: float, found: float, expected: float, evenness: float) -> tuple[float, float]:
    r"""How many places on no list an area may expect within reach, and the chance that there is one at all.

    .. math:: u \frac{k + n}{k + e} \qquad 1 - \left( \frac{k + e}{k + e + u} \right)^{k + n}

    That is of a Poisson count whose rate is gamma distributed, once *n* places are known where *e* were to be expected
    (empirical Bayes; Clayton and Kaldor 1987): where the lists know of none, there are likely to be fewer on no list too.

    Parameters
    ----------
    share
        The area's share, by residents, of what is on no list (*u*).
    found, expected
        Places known within reach, and how many are to be expected by residents (*n*, *e*).
    evenness
        As `spread` gives it (*k*).

    Examples
    --------
    >>> unlisted(3.0, 0, 2.0, 1.0)
    (1.0, 0.5)
    """
    mean = share * (evenness + found) / (evenness + expected)
    return mean, -math.expm1((evenness + found) * math.log1p(-share / (evenness + expected + share)))
