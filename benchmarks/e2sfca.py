"""The arithmetic of E2SFCA on half a million pairs of area and place, beside PySAL's ``access``: same pairs, same values.

Both begin with the pairs in memory, ours as positions, theirs in an ``Access`` object that is already made. "From a table
of walks" also counts turning codes of areas and places into positions.
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

PEER = "PySAL access, enhanced_two_stage_fca"

AREAS, PLACES, PAIRS, CATCHMENT_M = 8_000, 2_500, 500_000, 1_200

#: The ratio that was promised.
_BAR = 50


def measure(runs: int) -> Iterator[Figure]:
    """Seconds for every area's figure."""
    chance = np.random.default_rng(2026)
    area, place = np.divmod(np.sort(chance.choice(AREAS * PLACES, PAIRS, replace=False)), PLACES)
    walk_m = chance.uniform(0, CATCHMENT_M, PAIRS).round(2)
    areas = pd.Index([f"E0{number:07d}" for number in range(AREAS)], name="area_code")
    places = pd.Index([f"place {number}" for number in range(PLACES)], name="place_id")
    people = pd.Series(chance.integers(800, 2_200, AREAS).astype(float), index=areas, name="people")
    supply = pd.Series(chance.integers(1, 5, PLACES).astype(float), index=places, name="supply")

    pairs = Pairs(areas, places, area, place, walk_m, people.to_numpy(), supply.to_numpy(), CATCHMENT_M)
    table = pd.DataFrame({"area_code": areas[area], "place_id": places[place], "walk_m": walk_m})
    walks = Walks(areas, table, pd.Series(dtype=float), CATCHMENT_M)
    peer = Access(
        people.to_frame(),
        "people",
        supply.to_frame(),
        "supply",
        cost_df=table,
        cost_origin="area_code",
        cost_dest="place_id",
        cost_name="walk_m",
    )
    peer.log.disabled = True  # it tells of every column that a new run overwrites
    steps = step_fn({CATCHMENT_M / 3: 1, CATCHMENT_M * 2 / 3: 0.68, CATCHMENT_M: 0.22})

    def theirs() -> pd.Series:
        return peer.enhanced_two_stage_fca("e2sfca", weight_fn=steps)["e2sfca_supply"]

    same = theirs().reindex(areas) * 1_000
    for answer in (
        e2sfca(pairs, CATCHMENT_M, stepped),
        e2sfca(pairs_of(walks, people, supply), CATCHMENT_M, stepped),
    ):
        np.testing.assert_allclose(answer.to_numpy(float), same, rtol=1e-12)

    ways: dict[str, tuple[Callable[[], object], float | None]] = {
        "arithmetic": (lambda: e2sfca(pairs, CATCHMENT_M, stepped), _BAR),
        "from a table of walks": (
            lambda: e2sfca(pairs_of(walks, people, supply), CATCHMENT_M, stepped),
            None,
        ),
    }
    for name, (ours, bar) in ways.items():
        mine, peers = in_turn(runs, lambda ours=ours: _timed(ours), lambda: _timed(theirs))  # type: ignore[misc]
        yield beside(
            f"e2sfca {name}", "s", PEER, [each[0] for each in mine], [each[0] for each in peers], bar
        )


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start, 0.0
