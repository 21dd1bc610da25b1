"""The arithmetic of E2SFCA on half a million pairs of area and place, beside PySAL's ``access``: same pairs, same values.

All begin with the pairs in memory: first as positions, on both sides; then as a table of walks, with codes of areas and
identifiers of places, which ours turns into positions within the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from access import Access
from access.weights import step_fn

from assetmap.measures import Pairs, Walks, e2sfca, pairs_of, stepped
from benchmarks.figure import Figure, beside, in_turn

PEER = "PySAL access, enhanced_two_stage_fca of an Access object that is already made"

AREAS, PLACES, PAIRS, CATCHMENT_M = 8_000, 2_500, 500_000, 1_200

#: Ours is done so often in a row, as once is too short to time.
_TIMES = 20


def measure(runs: int) -> Iterator[Figure]:
    """Seconds for every area's figure."""
    chance = np.random.default_rng(2026)
    area, place = np.divmod(np.sort(chance.choice(AREAS * PLACES, PAIRS, replace=False)), PLACES)
    walk_m = chance.uniform(0, CATCHMENT_M, PAIRS).round(2)
    people = chance.integers(800, 2_200, AREAS).astype(float)
    supply = chance.integers(1, 5, PLACES).astype(float)
    numbers = pd.RangeIndex(AREAS, name="area_code"), pd.RangeIndex(PLACES, name="place_id")
    codes = (
        pd.Index([f"E0{number:07d}" for number in range(AREAS)], name="area_code"),
        pd.Index([f"place {number}" for number in range(PLACES)], name="place_id"),
    )
    pairs = Pairs(*numbers, area, place, walk_m, people, supply, CATCHMENT_M)
    table = pd.DataFrame({"origin": codes[0][area], "place_id": codes[1][place], "walk_m": walk_m})
    walks = Walks(codes[0], table, pd.Series(dtype=float), CATCHMENT_M)
    residents, offers = pd.Series(people, index=codes[0]), pd.Series(supply, index=codes[1])
    yield _both(
        runs,
        "e2sfca arithmetic",
        lambda: e2sfca(pairs, CATCHMENT_M, stepped),
        _peer(pd.Series(people, index=numbers[0]), pd.Series(supply, index=numbers[1]), area, place, walk_m),
        bar=50,
    )
    yield _both(
        runs,
        "e2sfca from a table of walks",
        lambda: e2sfca(pairs_of(walks, residents, offers), CATCHMENT_M, stepped),
        _peer(residents, offers, table["origin"], table["place_id"], walk_m),
    )


def _peer(
    people: pd.Series, supply: pd.Series, area: object, place: object, walk_m: np.ndarray
) -> Callable[[], pd.Series]:
    peer = Access(
        people.to_frame("people"),
        "people",
        supply.to_frame("supply"),
        "supply",
        cost_df=pd.DataFrame({"origin": area, "dest": place, "cost": walk_m}),
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    peer.log.disabled = True  # it tells of every column that a new run overwrites
    steps = step_fn({CATCHMENT_M / 3: 1, CATCHMENT_M * 2 / 3: 0.68, CATCHMENT_M: 0.22})
    return lambda: peer.enhanced_two_stage_fca("e2sfca", weight_fn=steps)["e2sfca_supply"]


def _both(
    runs: int,
    name: str,
    ours: Callable[[], pd.Series],
    theirs: Callable[[], pd.Series],
    bar: float | None = None,
) -> Figure:
    """Seconds of both, once both have given the same values."""
    mine = ours()
    np.testing.assert_allclose(mine.to_numpy(float), theirs().reindex(mine.index) * 1_000, rtol=1e-12)
    mine_s, theirs_s = in_turn(runs, lambda: _timed(ours, _TIMES), lambda: _timed(theirs, 1))
    return beside(name, "s", PEER, [each[0] for each in mine_s], [each[0] for each in theirs_s], bar)


def _timed(work: Callable[[], object], times: int) -> tuple[float, float]:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times, 0.0
