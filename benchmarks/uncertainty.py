"""How sure ranks are, for as many areas as England has: 1,000 draws over all five axes, five themes, ties and all.

What areas have within reach under every catchment and speed is worked out beforehand, on both sides. The peer is the same in
plain numpy and pandas, draw by draw, on 50 of the draws: its time is told for as many draws as ours. Both put every figure on its
scales within the time, and both give the same bands where they make the same draws, or nothing is measured.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from assetmap.model import NORMALISATIONS
from assetmap.uncertainty import (
    CONCENTRATION,
    DRAWS,
    band,
    had,
    lowest_parts,
    ranks,
)
from benchmarks.figure import Figure, at_most, beside, in_turn

PEER = "numpy and pandas, draw by draw: 50 draws, times twenty"

AREAS, THEMES, DISTANCES = 33_755, 5, 9
_MOST_S, _MOST_MB = 3.0, 1_000.0
#: So many draws are made by the peer.
_OF_DRAWS = 50


def measure(runs: int) -> Iterator[Figure]:
    """Seconds; and the most megabytes that the whole process held."""
    chance = np.random.default_rng(2026)
    more = _reach(chance)
    variant = chance.integers(len(NORMALISATIONS) * DISTANCES, size=DRAWS)
    weights = chance.dirichlet(np.full(THEMES, CONCENTRATION / THEMES), DRAWS)
    geometric = chance.integers(2, size=DRAWS) == 1
    # As if half of the areas were deprived and short of a standard, at any speed.
    candidate = chance.integers(2, size=AREAS) == 1
    draws = variant, weights, geometric
    few = *(each[:: DRAWS // _OF_DRAWS] for each in draws), candidate
    for mine, theirs in zip(_ours(more, *few), _peer(_peer_scores(more), *few), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)

    def plainly() -> tuple[float, float]:
        start = time.perf_counter()
        scores = _peer_scores(more)
        made = time.perf_counter()
        _peer(scores, *few)
        return made - start + (time.perf_counter() - made) * DRAWS / _OF_DRAWS, 0.0

    def compared() -> tuple[float, float]:
        start = time.perf_counter()
        _ours(more, *draws, candidate)
        return time.perf_counter() - start, 0.0

    ours, theirs_s = in_turn(runs, compared, plainly)
    title = f"uncertainty ({AREAS:,} areas, {DRAWS:,} draws)"
    seconds = [each[0] for each in ours], [each[0] for each in theirs_s]
    yield at_most(beside(title, "s", PEER, *seconds), _MOST_S)
    # Of the whole process, with the libraries and with the peer, which holds no more than ours.
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield at_most(beside(f"{title} memory", "MB", "the bar", [held], [_MOST_MB]), _MOST_MB)


def _reach(chance: np.random.Generator) -> np.ndarray:
    """What areas have within reach, by distance and theme: alike from one to the next, and none for many."""
    usual = chance.gamma(1.5, 1.0, (1, THEMES, AREAS))
    found = usual * chance.gamma(4.0, 0.25, (DISTANCES, THEMES, AREAS))
    found[found < 0.3] = 0.0
    return found.round(3)


def _ours(
    more: np.ndarray, variant: np.ndarray, weights: np.ndarray, geometric: np.ndarray, candidate: np.ndarray
) -> tuple[np.ndarray, ...]:
    areas = more.shape[2]
    scores = np.concatenate([had(more, each) for each in NORMALISATIONS])
    found = ranks(scores, variant, weights, geometric)
    lowest = (found * lowest_parts(areas) <= areas).mean(axis=0)
    priority = ((found <= 0.2 * areas) & candidate).mean(axis=0)
    return *band(found), lowest, priority


def _peer_scores(more: np.ndarray) -> list[pd.DataFrame]:
    """Every scale of every distance, areas × themes."""
    tables = [pd.DataFrame(each.T) for each in more]

    def had(lacks: list[pd.DataFrame]) -> list[pd.DataFrame]:
        return [100 - 0.99 * each.clip(0, 100) for each in lacks]

    shares = [(-each).rank() / len(each) for each in tables]
    ranked = [-23 * np.log(1 - each * (1 - np.exp(-100 / 23))) for each in shares]
    normal = [pd.DataFrame(50 + 10 * stats.norm.ppf(each - 0.5 / len(each))) for each in shares]
    centred = [pd.DataFrame(50 - 10 * stats.zscore(each.to_numpy())) for each in tables]
    stretched = [100 * (each.max() - each) / (each.max() - each.min()) for each in tables]
    return [*had(ranked), *had(normal), *had(centred), *had(stretched)]


def _peer(
    scores: list[pd.DataFrame],
    variant: np.ndarray,
    weights: np.ndarray,
    geometric: np.ndarray,
    candidate: np.ndarray,
) -> tuple[np.ndarray, ...]:
    found = np.empty((len(variant), len(candidate)))
    for draw, number in enumerate(variant):
        score = pd.DataFrame(np.log(scores[number])) if geometric[draw] else scores[number]
        found[draw] = score.mul(weights[draw]).sum(axis=1).round(9).rank()
    left_out = int(len(variant) * 0.05)
    ordered = np.sort(found, axis=0)
    lowest = (np.ceil(found * 10 / len(candidate)) <= 1).mean(axis=0)
    priority = ((found <= 0.2 * len(candidate)) & candidate).mean(axis=0)
    return ordered[left_out], ordered[-1 - left_out], lowest, priority
