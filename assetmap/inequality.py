"""Inequality of access: how what is within reach differs between the most and the least deprived areas.

Access is measured for everybody here, not sampled. The intervals tell how far the areas of one group differ among themselves,
and so how firmly a slope between groups stands out; they hold no error of lists or walks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from assetmap.columns import ACCESS_COLUMNS, INEQUALITY_COLUMNS
from assetmap.errors import counted
from assetmap.gaps import deprivation_order
from assetmap.index import MIN_AREAS_FOR_DECILES
from assetmap.model import CUT_OFFS_MIN, Assessment
from assetmap.reasons import CANNOT_TELL, amount, minutes
from assetmap.taxonomy import kinds, themes

__all__ = [
    "FIGURES",
    "Slope",
    "access_by_group",
    "access_inequality",
    "concentration_index",
    "group_means",
    "relative_rank",
    "slope_index",
]

_WITHIN_MIN = CUT_OFFS_MIN[-1]

#: The figures of access that are compared, and whether less of them is better.
FIGURES = {"walk_min": True, f"share_{_WITHIN_MIN}_min": False, f"count_{_WITHIN_MIN}_min": False}

#: Draws for an interval. `phe_sii` asks for at least 1,000.
_DRAWS = 10_000

#: Fewer groups than this give no slope, as in `phe_sii`.
_FEWEST_GROUPS = 5

#: What a group is called, by how many there are.
_GROUP_NAMES = {10: "tenth", _FEWEST_GROUPS: "fifth"}

#: Decimals of the table, which are those of the files: a sentence made from it cannot say otherwise.
_DECIMALS = 4

_NOT_KNOWN = (np.nan, np.nan)


@dataclass(frozen=True)
class Slope:
    """A line through the means of groups, from the most deprived end of the population to the least.

    Parameters
    ----------
    sii
        Slope index of inequality: the line at the least deprived end less the line at the most deprived end, in the unit of
        the means. Above 0 where the figure is higher towards the least deprived.
    start
        The line at the most deprived end.
    rii
        Relative index of inequality: the least deprived end over the most deprived. NaN where the line starts at nought or
        below, and a ratio says nothing.
    sii_interval, rii_interval
        95 % intervals; NaN where they cannot be told.
    """

    sii: float
    start: float
    rii: float
    sii_interval: tuple[float, float] = _NOT_KNOWN
    rii_interval: tuple[float, float] = _NOT_KNOWN


def slope_index(means: np.ndarray, people: np.ndarray, errors: np.ndarray | None = None) -> Slope:
    r"""Slope and relative index of inequality of groups, most deprived first.

    Least squares of :math:`Y \sqrt a` on :math:`\sqrt a` and :math:`b \sqrt a` without an intercept, *a* being each
    group's share of the people and *b* where its middle stands, from 0 (most deprived) to 1. That is a line through the means,
    weighted by people. Source: Low A., Low A. (2004); `phe_sii` of the R package PHEindicatormethods.

    Parameters
    ----------
    means
        The mean of each group.
    people
        How many people each group has, above 0.
    errors
        Standard error of each mean; None where they are not known. The intervals are the middle 95 % of 10,000 lines, each
        through means drawn from the normal distribution, with the same seed every time.

    Raises
    ------
    ValueError
        For fewer than two groups, or a group without people.

    Examples
    --------
    Four minutes longer in every group than in the one before, five equal groups: the line runs from 8 to 28.

    >>> line = slope_index(np.array([10.0, 14.0, 18.0, 22.0, 26.0]), np.ones(5))
    >>> round(line.start, 6), round(line.sii, 6), round(line.rii, 6)
    (8.0, 20.0, 3.5)
    """
    if len(means) < 2 or not (people > 0).all():
        raise ValueError("A slope needs two groups or more, each with people.")
    share = people / people.sum()
    across = np.cumsum(share) - share / 2 - 0.5
    slope_of = share * across / (share * across**2).sum()
    # The line passes through the mean of all, which stands in the middle.
    start_of = share - slope_of / 2
    sii, start = float(slope_of @ means), float(start_of @ means)
    above = start > _nought(means)
    rii = (start + sii) / start if above else np.nan
    if errors is None or not np.isfinite(errors).all():
        return Slope(sii, start, rii)
    drawn = _normals(len(means))
    slopes, starts = sii + drawn @ (errors * slope_of), start + drawn @ (errors * start_of)
    # A line that may as well start at nought has no ratio that can be told.
    told = above and bool((starts > _nought(means)).all())
    return Slope(sii, start, rii, _middle(slopes), _middle(1 + slopes / starts) if told else _NOT_KNOWN)


def _nought(means: np.ndarray) -> float:
    """What is no more than nought once floating point has had its way."""
    return 1e-9 * float(np.abs(means).max())


@cache
def _normals(groups: int) -> np.ndarray:
    # The same draws for every figure: a row of the table does not hang on which others there are.
    return np.random.default_rng(0).standard_normal((_DRAWS, groups))


def _middle(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def relative_rank(people: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Where the middle person of each area stands among all, from 0 (lowest rank) to 1; equal ranks share their middle.

    Examples
    --------
    >>> relative_rank(np.array([100, 100, 200]), np.array([7, 7, 9])).tolist()
    [0.25, 0.25, 0.75]
    """
    _, tied = np.unique(rank, return_inverse=True)
    block = np.bincount(tied, people)
    return (((np.cumsum(block) - block / 2) / block.sum())[tied]).astype(float)


def concentration_index(values: np.ndarray, people: np.ndarray, rank: np.ndarray) -> float:
    r"""How far a figure is gathered towards one end of the people, ranked by deprivation.

    .. math:: C = \frac{2}{\mu} \sum_i a_i y_i b_i - 1

    with *a* an area's share of the people, *b* their relative rank and *μ* the mean. Source: Kakwani N., Wagstaff A., van
    Doorslaer E. (1997), *Journal of Econometrics* 77(1), 87–103.

    Parameters
    ----------
    values
        The figure of each area, not below 0.
    people
        How many people each has, above 0.
    rank
        The order, 1 = most deprived; equal ranks share their middle.

    Returns
    -------
    float
        From -1 (only the most deprived person has any) to 1 (only the least deprived). 0 where all have the same, or where
        neither end has more. NaN where nobody has any: shares of nothing cannot be compared.

    Examples
    --------
    >>> concentration_index(np.array([1.0, 3.0]), np.array([500, 500]), np.array([1, 2]))
    0.25
    """
    share = people / people.sum()
    mean = float(share @ values)
    if mean == 0:
        return np.nan
    return float(2 / mean * (share * values) @ relative_rank(people, rank) - 1)


def group_means(
    values: np.ndarray, people: np.ndarray, group: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""The mean over the people of each group, how many they are, and the mean's standard error.

    The error takes the *n* areas of a group for drawn from many alike:

    .. math:: s^2 = \frac{n}{(n - 1) (\sum p_i)^2} \sum_i p_i^2 (y_i - \bar y)^2

    Source: Cochran (1977), the variance of a ratio; found near the bootstrap by Gatz and Smith (1995).

    Parameters
    ----------
    values, people
        The figure of each area, and how many people it has, above 0.
    group
        The group of each area, from 0.

    Returns
    -------
    tuple of arrays
        Means, people, and errors, NaN for a group of one area.

    Examples
    --------
    Two areas of equal size, 2 apart: the usual error of a mean of two, 1.

    >>> means, people, errors = group_means(np.array([4.0, 6.0]), np.array([100, 100]), np.array([0, 0]))
    >>> means.tolist(), people.tolist(), errors.tolist()
    ([5.0], [200.0], [1.0])
    """
    number, total = np.bincount(group), np.bincount(group, people)
    means = np.bincount(group, people * values) / total
    spread = np.bincount(group, (people * (values - means[group])) ** 2)
    alone = number == 1
    errors = np.sqrt(spread * number / np.where(alone, 1, number - 1)) / total
    return means, total, np.where(alone, np.nan, errors)


# -- the table ------------------------------------------------------------------------------------


def access_inequality(assessment: Assessment) -> pd.DataFrame:
    """Inequality of access by deprivation, for each theme and kind and each of `FIGURES`.

    Areas are ordered by the rank of the deprivation domain of the settings where every area of known decile has one, else by
    its decile. They make tenths of the residents where there are 50 areas or more and every tenth has people, else fifths. Areas
    of unknown deprivation, access or residents, or without residents, are left out and counted.

    Parameters
    ----------
    assessment
        What to look into.

    Returns
    -------
    DataFrame
        `INEQUALITY_COLUMNS`, in the order of themes; each theme as a whole, then its kinds by name. NA where a figure
        cannot be told; the sentence says why.
    """
    areas, found = assessment.areas.index, assessment.access
    people, rank = _as_floats(assessment.place.population), _as_floats(_order(assessment))
    unknown = [
        word
        for word, known in (("deprivation", ~np.isnan(rank)), ("the number of residents", people > 0))
        if not known.any()
    ]
    of_kind = {
        (str(theme), str(kind)): rows.reindex(areas)
        for (theme, kind), rows in found.set_index("area_code").groupby(["theme", "kind"])
    }
    order = {theme: place for place, theme in enumerate(themes())}
    table = pd.DataFrame(
        _row(theme, kind, figure, _as_floats(of_kind[theme, kind][figure]), people, rank, unknown)
        for theme, kind in sorted(of_kind, key=lambda each: (order[each[0]], each[1]))
        for figure in FIGURES
    ).assign(distance_method=found["distance_method"].iloc[0])
    return table[list(INEQUALITY_COLUMNS)].astype({"groups": "Int64"})


def access_by_group(assessment: Assessment) -> pd.DataFrame:
    """The means that `access_inequality` draws its lines through: one row a theme, figure of access and group.

    Returns
    -------
    DataFrame
        ``theme``, ``figure``, ``group`` (1 = most deprived), ``groups`` (how many), ``people`` and ``mean``, in the unit of the figure.
        Nothing of a theme whose groups cannot be made.
    """
    areas, found = assessment.areas.index, assessment.access
    people, rank = _as_floats(assessment.place.population), _as_floats(_order(assessment))
    rows = []
    for theme in themes():
        of_theme = (
            found[(found["theme"] == theme) & (found["kind"] == "")].set_index("area_code").reindex(areas)
        )
        for figure in FIGURES:
            values = _as_floats(of_theme[figure])
            known = ~np.isnan(values) & ~np.isnan(rank) & (people > 0)
            group, groups = _groups(people[known], rank[known])
            if not groups:
                continue
            means, totals, _ = group_means(values[known], people[known], group)
            rows += [
                {
                    "theme": theme,
                    "figure": figure,
                    "group": n,
                    "groups": groups,
                    "people": total,
                    "mean": mean,
                }
                for n, (mean, total) in enumerate(zip(means, totals, strict=True), 1)
            ]
    return pd.DataFrame(rows, columns=["theme", "figure", "group", "groups", "people", "mean"])


def _as_floats(values: pd.Series) -> np.ndarray:
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def _order(assessment: Assessment) -> pd.Series:
    return deprivation_order(assessment.place, assessment.settings, assessment.areas["deprivation_decile"])


def _row(
    theme: str,
    kind: str,
    figure: str,
    values: np.ndarray,
    people: np.ndarray,
    rank: np.ndarray,
    unknown: list[str],
) -> dict[str, Any]:
    """A row of the table; `unknown` is what is known of no area."""
    known = ~np.isnan(values) & ~np.isnan(rank) & (people > 0)
    values, people, rank = values[known], people[known], rank[known]
    group, groups = _groups(people, rank)
    row: dict[str, Any] = {
        "theme": theme,
        "kind": kind,
        "figure": figure,
        "direction": ACCESS_COLUMNS[figure].direction,
        "groups": groups or pd.NA,
        "areas": int(known.sum()),
        "areas_left_out": int((~known).sum()),
        "people": float(people.sum()),
    }
    told = dict.fromkeys(_NUMBERS, np.nan)
    if len(values) > 1:
        told["concentration_index"] = concentration_index(values, people, rank)
    if groups:
        means, totals, errors = group_means(values, people, group)
        line = slope_index(means, totals, errors)
        told |= {"most_deprived_mean": means[0], "least_deprived_mean": means[-1]}
        told |= {"sii": line.sii, "rii": line.rii}
        told |= dict(zip(("sii_lower", "sii_upper"), line.sii_interval, strict=True))
        told |= dict(zip(("rii_lower", "rii_upper"), line.rii_interval, strict=True))
    # Nought is added so that what is a hair below it is no “-0”.
    row |= {name: round(value, _DECIMALS) + 0.0 for name, value in told.items()}
    return row | {"sentence": _sentence(row, unknown)}


_NUMBERS = (
    "most_deprived_mean",
    "least_deprived_mean",
    "sii",
    "sii_lower",
    "sii_upper",
    "rii",
    "rii_lower",
    "rii_upper",
    "concentration_index",
)


def _groups(people: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, int]:
    """The group of each area, from 0 (most deprived), and how many there are: 10, 5, or 0 where not even fifths can be made."""
    if not len(people):
        return np.zeros(0, int), 0
    stands = relative_rank(people, rank)
    for groups in _GROUP_NAMES:
        # Rounded first: a middle in floating point may be a hair beyond the end of its group.
        group = np.ceil(np.round(stands * groups, 9)).astype(int) - 1
        enough = groups == _FEWEST_GROUPS or len(people) >= MIN_AREAS_FOR_DECILES
        if enough and len(np.unique(group)) == groups:
            return group, groups
    return np.zeros(len(people), int), 0


# -- in words -------------------------------------------------------------------------------------


def _sentence(row: dict[str, Any], unknown: list[str]) -> str:
    """A row in words, the group that has more within reach first."""
    what = kinds()[row["kind"]].plural if row["kind"] else themes()[row["theme"]].lower()
    if unknown:
        return f"{CANNOT_TELL}: {' and '.join(unknown)} {'are' if len(unknown) > 1 else 'is'} not known here."
    if not row["areas"]:
        return f"{CANNOT_TELL}: access to {what} is not known here."
    if row["groups"] is pd.NA:
        of = counted(row["areas"], "area")
        return f"{CANNOT_TELL}: with {of} known in full, too few or too alike in deprivation, fifths cannot be compared."
    name = _GROUP_NAMES[row["groups"]]
    ends = [
        (f"the {end} deprived {name}", row[f"{end}_deprived_mean"])
        for end in sorted(("most", "least"), key=lambda end: _worse(row, end))
    ]
    parts = [*_of_ends(row["figure"], what, ends), *_of_slope(row, name)]
    if row["areas_left_out"]:
        parts.append(f"Known for {row['areas']} of {row['areas'] + row['areas_left_out']} areas.")
    return " ".join(parts)


def _worse(row: dict[str, Any], end: str) -> float:
    mean = float(row[f"{end}_deprived_mean"])
    return mean if FIGURES[row["figure"]] else -mean


def _of_ends(figure: str, what: str, ends: list[tuple[str, float]]) -> Iterator[str]:
    """What the two ends have; the one that has more within reach comes first."""
    (first, has), (last, other) = ends
    within = f"within {_WITHIN_MIN} minutes on foot"
    both = f"of {first} and of {last} of areas"
    if figure == "walk_min":
        near, far = minutes(has), minutes(other)
        nearer = int(far.split()[0]) - int(near.split()[0])
        if nearer == 0 or other - has < _ALIKE_MIN:
            yield f"Residents {both} have {what} about as near on average: the nearest is {near} on foot, and {far}."
        else:
            yield (
                f"Residents of {first} of areas have {what} {minutes(nearer)} nearer on average than those of {last}: "
                f"the nearest is {near} on foot, against {far}."
            )
    elif has == other == 0:
        yield f"None known {within} of residents {both}: {what}."
    elif figure.startswith("share"):
        yield (
            f"All residents {both} live {within} of {what}."
            if has == other == 1
            else f"{has:.0%} of residents of {first} of areas live {within} of {what}, and {other:.0%} of those of {last}."
        )
    else:
        yield (
            f"Residents of {first} of areas have {amount(has)} places {within} on average ({what}), and those of {last} "
            f"{amount(other)}."
        )


#: Walks that differ by less than this are told as alike, minutes.
_ALIKE_MIN = 0.5


def _of_slope(row: dict[str, Any], name: str) -> Iterator[str]:
    """Whether the slope across all groups is clear, and which way it runs; nothing where that cannot be told."""
    low, slope, high = row["sii_lower"], row["sii"], row["sii_upper"]
    if low == slope == high == 0:
        yield f"All {name}s are alike."
    elif low <= 0 <= high:
        yield f"Across all {name}s there is no clear slope."
    elif not np.isnan(low):
        less_is_better = FIGURES[row["figure"]]
        end = "most" if (slope > 0) == less_is_better else "least"
        more = "shorter walks" if less_is_better else "more within reach"
        yield f"Across all {name}s the slope is clear: {more} towards the {end} deprived."
