"""How sure a rank is: what it would be under other choices that are as defensible as those made.

Weights, normalisation, aggregation, catchment and walking speed are drawn at random from stated priors, and every area
is ranked and judged again in each draw. Source: OECD and JRC (2008), Handbook on Constructing Composite Indicators, step 7.

It says how far a rank hangs on the method. It does not say how complete the lists of places are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from assetmap import gaps, index, measures
from assetmap.access import Walked, measured, share_within, theme_figures, walked
from assetmap.columns import COLUMNS, SWITCHED_COLUMNS
from assetmap.model import AGGREGATIONS, NORMALISATIONS, SETTING_BOUNDS, THEMES, Assessment, Settings
from assetmap.taxonomy import themes
from assetmap.weights import peoples_weights

__all__ = [
    "CATCHMENT_FACTORS",
    "CONCENTRATION",
    "DRAWS",
    "ONLY_WITHIN",
    "SEED",
    "SPEEDS_KMH",
    "Uncertainty",
    "band",
    "had",
    "lowest_parts",
    "ranks",
    "uncertainty",
    "with_bands",
]

DRAWS = 1_000

#: The same draws every time, so that two readers see the same figures.
SEED = 2026

#: Of the Dirichlet distribution that weights are drawn from: the higher, the nearer to the settings' weights. At 20 nine of
#: ten weights of five equal themes are between 0.08 and 0.36.
CONCENTRATION = 20

#: Times the catchment that the settings ask for: 10, 15 and 20 minutes around 15.
CATCHMENT_FACTORS = (1, 2 / 3, 4 / 3)

#: Walking speeds that planning guidance and studies of older people use, km/h.
SPEEDS_KMH = (4.8, 4.0, 2.9)

#: The band leaves out this share of the draws at either end.
_TAIL = 0.05

#: So many ranks are worked out at a time: few enough to stay in a processor's cache, enough to be worth a call.
_AT_A_TIME = 200_000


@dataclass(frozen=True)
class Uncertainty:
    """How sure the ranks of an assessment are.

    Parameters
    ----------
    areas
        Indexed like the areas: ``rank_low`` and ``rank_high`` (at least nine of ten draws lie from the one to the other;
        1 = fewest), ``lowest_share`` (share of draws in the lowest tenth, or fifth in a place of under 50 areas) and
        ``priority_share`` (share of draws in which the area is a priority). NA where no rank is known.
    switched
        One row a choice that is switched while all others stay: see `assetmap.columns.SWITCHED_COLUMNS`.
    draws, seed
        How many draws, and what they began from.
    priors
        What each axis was drawn from, in words.
    none_since
        Why there are no figures, in words; empty where there are.
    """

    areas: pd.DataFrame
    switched: pd.DataFrame
    draws: int
    seed: int
    priors: Mapping[str, str]
    none_since: str = ""


#: Why no band is given where areas are compared with a reference.
ONLY_WITHIN = (
    "How sure a rank is, is worked out for comparisons within the place alone: the reference has one figure an area, and none for other "
    "catchments and speeds. To see it, compare with the areas of this place."
)


def uncertainty(assessment: Assessment, draws: int = DRAWS, seed: int = SEED) -> Uncertainty:
    """Rank and judge every area again under other choices.

    Every axis is drawn by itself: weights from a Dirichlet distribution around the settings' weights (a theme of weight 0
    stays out), and each of `NORMALISATIONS`, `AGGREGATIONS`, `CATCHMENT_FACTORS` and the speeds as likely as the next. Where
    the settings compare with a reference there are no figures, and `Uncertainty.none_since` says why. The
    catchment and the speed together say how many metres count as within reach; a measure that knows no catchment, such as
    the walk to the nearest, does not change with them. The standards are judged at the draw's speed. Deprivation, the
    thresholds of the settings and the lists of places are the same in every draw.

    Parameters
    ----------
    assessment
        What was found with the settings' own choices.
    draws
        How many, at least 1.
    seed
        What they begin from: the same seed gives the same figures.
    """
    settings, areas = assessment.settings, assessment.areas
    choices = _Choices.around(settings)
    scored = [theme for theme in THEMES if theme in assessment.place.themes and settings.weights[theme] > 0]
    priors = _priors(choices, settings, scored)
    unknown = pd.DataFrame(np.nan, areas.index, _OF_AREAS)
    if settings.resource_base == "reference":
        return Uncertainty(unknown, pd.DataFrame(columns=list(SWITCHED_COLUMNS)), 0, seed, {}, ONLY_WITHIN)
    if areas["resource_rank"].isna().all():
        none = "No rank is known here, so nothing can be said of how sure it is."
        return Uncertainty(unknown, pd.DataFrame(columns=list(SWITCHED_COLUMNS)), draws, seed, priors, none)
    walks = walked(assessment.place, _settings(settings, max(choices.minutes), max(choices.speeds)))
    more = _more(walks, choices, scored)
    known = ~np.isnan(more).any(axis=(0, 1))
    # One table a normalisation and distance, in the order of `choices.variant`.
    scores = np.concatenate([had(more[:, :, known], way) for way in choices.ways])
    asked = areas[["deprivation_decile", "imd_rank"]]
    judged = [asked.assign(**_shortfalls(walks, speed)) for speed in choices.speeds]

    chance = np.random.default_rng(seed)
    weights = chance.dirichlet(CONCENTRATION * _proportions(settings, scored), draws)
    way, together, minutes, speed = (
        chance.integers(len(each), size=draws)
        for each in (choices.ways, choices.means, choices.minutes, choices.speeds)
    )
    geometric = np.array([each == "geometric" for each in choices.means])
    found = ranks(scores, choices.variant(way, minutes, speed), weights, geometric[together])
    low, high = band(found)
    number = int(known.sum())
    # All that the rule asks for besides low resources, by speed: what it says where every area is the lowest.
    rest = np.array(
        [gaps.priorities(each.assign(resource_rank=0.0), settings)["priority"] for each in judged]
    )
    priority = found <= gaps.low_rank(number, settings)
    priority &= rest[:, known][speed]
    figures = pd.DataFrame(np.nan, areas.index, _OF_AREAS)
    lowest = found * lowest_parts(number) <= number
    figures[known] = np.column_stack([low, high, lowest.mean(axis=0), priority.mean(axis=0)])
    switched = _switched(assessment, choices, scored, scores, known, judged)
    return Uncertainty(figures, switched, draws, seed, priors)


def with_bands(assessment: Assessment, found: Uncertainty) -> Assessment:
    """The assessment with how sure each rank is among the columns of its areas."""
    areas = assessment.areas.drop(columns=_OF_AREAS, errors="ignore").join(found.areas)
    return replace(assessment, areas=areas[[name for name in COLUMNS if name in areas]])


def lowest_parts(areas: int) -> int:
    """Into how many parts so many areas are put, of which the lowest is told: tenths, or fifths under 50 areas.

    Examples
    --------
    >>> lowest_parts(50), lowest_parts(49)
    (10, 5)
    """
    return 10 if areas >= index.MIN_AREAS_FOR_DECILES else 5


_OF_AREAS = ["rank_low", "rank_high", "lowest_share", "priority_share"]


# -- the arithmetic, on plain arrays --------------------------------------------------------------


def had(more: np.ndarray, normalisation: str) -> np.ndarray:
    """What each area has of each theme, from 1 to 100, so that a geometric mean can be taken.

    Parameters
    ----------
    more
        Figures of which higher is more, the areas along the last axis; minus infinity where nothing can be walked to.
    normalisation
        One of `assetmap.model.NORMALISATIONS`: `assetmap.index.lacks_of` says what each is.

    Examples
    --------
    >>> had(np.array([0.0, 1.0, 4.0]), "min_max").tolist()
    [1.0, 25.75, 100.0]
    >>> had(np.array([0.0, 1.0, 4.0]), "z_score").round(2).tolist()
    [40.79, 46.62, 64.09]
    """
    return index.had(index.lacks_of(more, normalisation))


def ranks(scores: np.ndarray, variant: np.ndarray, weights: np.ndarray, geometric: np.ndarray) -> np.ndarray:
    """Rank of each area in each draw, 1 = fewest; equal areas share the middle rank.

    Parameters
    ----------
    scores
        What each area has, above 0: variants × themes × areas.
    variant, weights, geometric
        Of each draw: its variant of the scores; the weight of each theme (draws × themes, adding up to 1); and whether it takes the
        geometric mean, else the arithmetic.

    Returns
    -------
    ndarray
        Draws × areas, float32, which holds every half of a rank exactly.

    Examples
    --------
    >>> scores = np.array([[[1.0, 50.0, 9.0], [99.0, 50.0, 9.0]]])  # two themes, three areas
    >>> ranks(scores, np.array([0, 0]), np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([False, True])).tolist()
    [[2.5, 2.5, 1.0], [2.0, 3.0, 1.0]]
    """
    areas = scores.shape[2]
    found = np.empty((len(variant), areas), np.float32)
    most = max(1, _AT_A_TIME // areas)

    def rank(block: tuple[int, bool, np.ndarray]) -> None:
        number, logs, rows = block
        table = np.log(scores[number]) if logs else scores[number]
        # The mean of logarithms orders areas as the geometric mean does.
        found[rows] = index.mid_ranks(index.weighted_mean(table, weights[rows]).round(9), np.float32)

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        # Sorting lets other threads run, and no two of them write to one row.
        list(workers.map(rank, _blocks(variant, geometric, most)))
    return found


def _blocks(variant: np.ndarray, geometric: np.ndarray, most: int) -> Iterator[tuple[int, bool, np.ndarray]]:
    """Draws that share their table of scores, so many at a time."""
    for number, logs in product(np.unique(variant), (False, True)):
        rows = np.flatnonzero((variant == number) & (geometric == logs))
        for start in range(0, len(rows), most):
            yield int(number), logs, rows[start : start + most]


def band(found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ranks that at least nine of ten draws of each area lie between, ends included.

    Both are ranks that the area had in some draw: as many draws are left out below as above.

    Examples
    --------
    >>> low, high = band(np.arange(1.0, 101.0)[:, None])
    >>> low.tolist(), high.tolist()
    ([6.0], [95.0])
    """
    draws, areas = found.shape
    left_out = int(draws * _TAIL)
    ends = np.empty((2, areas), found.dtype)
    step = max(1, 8 * _AT_A_TIME // draws)
    for start in range(0, areas, step):
        part = np.sort(np.ascontiguousarray(found[:, start : start + step].T), axis=1)
        ends[:, start : start + step] = part[:, left_out], part[:, draws - 1 - left_out]
    return ends[0], ends[1]


# -- the choices ----------------------------------------------------------------------------------


class _Choices(NamedTuple):
    """The ways, means, catchments (in minutes) and speeds to choose from; the first of each is the settings' own."""

    ways: tuple[str, ...]
    means: tuple[str, ...]
    minutes: tuple[float, ...]
    speeds: tuple[float, ...]

    @classmethod
    def around(cls, settings: Settings) -> _Choices:
        low, high = SETTING_BOUNDS["catchment_min"]
        minutes = (min(max(settings.catchment_min * each, low), high) for each in CATCHMENT_FACTORS)
        return cls(
            tuple(dict.fromkeys((settings.normalisation, *NORMALISATIONS))),
            tuple(dict.fromkeys((settings.aggregation, *AGGREGATIONS))),
            tuple(dict.fromkeys(minutes)),
            tuple(dict.fromkeys((settings.walking_speed_kmh, *SPEEDS_KMH))),
        )

    def variant(self, way: Any, minutes: Any, speed: Any) -> Any:
        """Which table of scores a normalisation, a catchment and a speed have, each given by its position."""
        return (way * len(self.minutes) + minutes) * len(self.speeds) + speed


def _settings(settings: Settings, minutes: float, speed: float) -> Settings:
    return replace(settings, catchment_min=minutes, walking_speed_kmh=speed)


def _proportions(settings: Settings, scored: list[str]) -> np.ndarray:
    weights = np.array([settings.weights[theme] for theme in scored], float)
    return weights / weights.sum()


def _priors(choices: _Choices, settings: Settings, scored: list[str]) -> dict[str, str]:
    """What each axis is drawn from, in words."""

    def listed(words: Any) -> str:
        return f"each as likely: {', '.join(words)}"

    around = ", ".join(
        f"{themes()[theme].lower()} {share:.2f}"
        for theme, share in zip(scored, _proportions(settings, scored), strict=True)
    )
    return {
        "weights": f"Dirichlet, concentration {CONCENTRATION}, around {around or 'no theme'}",
        "normalisation": listed(NORMALISATIONS[each].lower() for each in choices.ways),
        "aggregation": listed(AGGREGATIONS[each].lower() for each in choices.means),
        "catchment": listed(f"{each:.3g} minutes" for each in sorted(choices.minutes)),
        "walking speed": listed(f"{each:g} km/h" for each in choices.speeds),
    }


# -- the figures under each choice ----------------------------------------------------------------


def _more(walks: Walked, choices: _Choices, scored: list[str]) -> np.ndarray:
    """The figure of each catchment and speed that areas are ranked by, higher is more: variants × themes × areas."""
    chosen = [_settings(walks.settings, *each) for each in product(choices.minutes, choices.speeds)]
    found = np.empty((len(chosen), len(scored), len(walks.place.areas)))
    for column, theme in enumerate(scored):
        near = walks.near(theme, walks.settings.catchment_m)
        # Ten minutes at one speed may be as far as fifteen at another.
        told: dict[float, np.ndarray] = {}
        for number, settings in enumerate(chosen):
            metres = round(settings.catchment_m, 6)
            if metres not in told:
                told[metres] = _figure(replace(walks, settings=settings), theme, near)
            found[number, column] = told[metres]
    return found


def _figure(walks: Walked, theme: str, near: measures.Walks) -> np.ndarray:
    if walks.settings.measures[theme] == "reach":
        # All that `measured` asks for, without the figures that only readers do.
        reach = measures.reach(near.within(walks.settings.catchment_m))
        more = walks.means(reach.where(walks.covered[theme]).to_frame("reach"))["reach"]
    else:
        more = measured(walks, theme, theme_figures(walks, theme))[1]
    return more.to_numpy(float, na_value=np.nan)


def _shortfalls(walks: Walked, speed: float) -> dict[str, pd.Series]:
    """Which areas fall short of each standard at a walking speed."""
    return {
        each.column: gaps.shortfall(share_within(walks, each.theme, each.within_min * speed * 1000 / 60))
        for each in gaps.STANDARDS
    }


# -- one choice at a time -------------------------------------------------------------------------


def _switched(
    assessment: Assessment,
    choices: _Choices,
    scored: list[str],
    scores: np.ndarray,
    known: np.ndarray,
    judged: list[pd.DataFrame],
) -> pd.DataFrame:
    """What each other choice would change by itself: `SWITCHED_COLUMNS`."""
    settings, areas = assessment.settings, assessment.areas
    own = _proportions(settings, scored)
    before = areas["resource_rank"]
    names = areas["area_name"]
    rows = []

    def named(codes: pd.Index) -> str:
        return "; ".join(f"{code} {names[code]}" for code in codes)

    def row(axis: str, choice: str, after: pd.Series, priority: pd.Series) -> dict[str, Any]:
        moved = (index.decile(after) - index.decile(before)).abs()
        both = pd.DataFrame({"before": before, "after": after}).dropna()
        return {
            "axis": axis,
            "choice": choice,
            "areas_moved": int((moved >= 2).sum()) if moved.notna().any() else pd.NA,
            # Of ranks, so that it is Spearman's.
            "spearman": both["before"].corr(both["after"]) if (both.nunique() > 1).all() else np.nan,
            "priorities": int(priority.sum()),
            "flipped": int((priority != areas["priority"]).sum()),
            "drop_out": named(areas.index[areas["priority"] & ~priority]),
            "come_in": named(areas.index[~areas["priority"] & priority]),
        }

    for axis, choice, way, together, minutes, speed, weights in _switches(choices, settings, scored, own):
        variant = np.array([choices.variant(way, minutes, speed)])
        after = pd.Series(np.nan, areas.index)
        geometric = np.array([choices.means[together] == "geometric"])
        after[known] = ranks(scores, variant, weights[None], geometric)[0]
        priority = gaps.priorities(judged[speed].assign(resource_rank=after), settings)["priority"]
        rows.append(row(axis, choice, after, priority))
    given = assessment.place.residents_weights
    theirs = peoples_weights(assessment, given.weights, given.people) if given is not None else None
    if theirs is not None:
        choice = f"as residents weigh them ({theirs.people:,} people)"
        told = row("weights", choice, theirs.areas["residents_rank"], theirs.areas["residents_priority"])
        rows.insert(sum(each["axis"] == "weights" for each in rows), told)
    return pd.DataFrame(rows, columns=list(SWITCHED_COLUMNS)).astype({"areas_moved": "Int64"})


def _switches(
    choices: _Choices, settings: Settings, scored: list[str], own: np.ndarray
) -> Iterator[tuple[str, str, int, int, int, int, np.ndarray]]:
    """Every other choice: axis, words, and the positions and weights that it comes to."""
    for number, theme in enumerate(scored if len(scored) > 1 else ()):
        label = themes()[theme].lower()
        for words, times in (("twice", 2.0), ("left out", 0.0)):
            weights = own.copy()
            weights[number] *= times
            yield "weights", f"{label} {words}", 0, 0, 0, 0, weights / weights.sum()
    if len({settings.weights[theme] for theme in scored}) > 1:
        yield "weights", "all themes equal", 0, 0, 0, 0, np.full(len(scored), 1 / len(scored))
    for way, name in enumerate(choices.ways[1:], 1):
        yield "normalisation", NORMALISATIONS[name].lower(), way, 0, 0, 0, own
    for together, name in enumerate(choices.means[1:], 1):
        yield "aggregation", AGGREGATIONS[name].lower(), 0, together, 0, 0, own
    for minutes, value in enumerate(choices.minutes[1:], 1):
        yield "catchment", f"{value:.3g} minutes", 0, 0, minutes, 0, own
    for speed, value in enumerate(choices.speeds[1:], 1):
        yield "walking speed", f"{value:g} km/h", 0, 0, 0, speed, own
