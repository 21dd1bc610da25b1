"""Places of 12 kinds within 5, 10 and 15 minutes of every junction, beside networkx, scipy and pandana; and how the cost grows.

Ours answers for all kinds and all cut-offs by one search an origin, and so does networkx's cut-off search, for 300
origins taken by chance, since it takes long. scipy's `dijkstra(limit=…)` is asked for those too. pandana is asked about
every junction once, and only about one kind at one cut-off, 15 minutes. Counts are looked at: where they differ, a way is
within a hair of a cut-off (pandana takes whole millimetres, stretch by stretch).

Cost is in milliseconds for a thousand origins. The exponents are the slope of the logarithm of the seconds over that of
the origins (1,000 to 64,000 on a million junctions) and of the stretches (1 to 32 copies of Porto Alegre, nearest of 12 kinds).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from functools import partial

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from assetmap import network
from assetmap.model import Network
from assetmap.network.walk import chains
from benchmarks import networks
from benchmarks.figure import Figure, at_most, beside
from benchmarks.networks import KINDS, timed

#: 5, 10 and 15 minutes at 4.8 km/h.
LIMITS_M = [400.0, 800.0, 1_200.0]

NETWORKX, SCIPY = "networkx single_source_dijkstra_path_length(cutoff=1200)", "scipy dijkstra(limit=1200)"
PANDANA = "pandana aggregate of one kind at one cut-off"

_UNIT = "ms a thousand origins"

_SAMPLE = 300
_ORIGINS = [1_000, 4_000, 16_000, 64_000]
_COPIES = [1, 2, 4, 8, 16, 32]
_MOST_EXPONENT = 1.1


def measure(runs: int) -> Iterator[Figure]:
    """Milliseconds for a thousand origins, and the exponents."""
    network.warm()
    for name in ("Newport", "Las Palmas"):
        yield from _figures(name, networks.real(name), runs)
    million = networks.stitched(30)
    yield from _figures("million", million, runs)
    yield _by_origins(million, runs)
    yield _by_stretches(runs)


def _figures(name: str, streets: Network, runs: int) -> Iterator[Figure]:
    title = f"counts {name} ({len(streets.xy):,} junctions)"
    kinds = networks.places(streets)
    joined = networks.at_junctions(streets, np.concatenate(kinds))
    kind = np.repeat(np.arange(KINDS), len(kinds[0]))
    every = networks.at_junctions(streets, np.arange(len(streets.xy)))
    chains(streets)
    asked = [
        timed(network.counts, streets, every, joined, np.arange(len(kind)), kind, KINDS, LIMITS_M)
        for _ in range(runs)
    ]
    counts = asked[-1][1]
    ours = [seconds / len(every) * 1e6 for seconds, _ in asked]

    sample = np.random.default_rng(7).choice(len(every), _SAMPLE, replace=False)
    graph = networks.as_networkx(streets)
    seconds, theirs = timed(_by_networkx, graph, sample, kinds)
    _agree(counts[sample], theirs)
    yield beside(title, _UNIT, NETWORKX, ours, [seconds / _SAMPLE * 1e6], bar=15)
    del graph

    matrix = networks.as_scipy(streets)
    seconds, theirs = timed(_by_scipy, matrix, sample, kinds)
    _agree(counts[sample], theirs)
    yield beside(title, _UNIT, SCIPY, ours, [seconds / _SAMPLE * 1e6])
    del matrix

    pandana = networks.as_pandana(streets)
    pandana.set(pd.Series(kinds[0]), name="kind")
    seconds, alone = timed(pandana.aggregate, max(LIMITS_M), type="count", decay="flat", name="kind")
    _agree(counts[:, 0, -1], alone.to_numpy())
    yield beside(title, _UNIT, PANDANA, ours, [seconds / len(every) * 1e6], bar=1)


def _by_networkx(graph: nx.Graph, origins: np.ndarray, kinds: list[np.ndarray]) -> np.ndarray:
    stands: dict[int, list[int]] = {}
    for kind, places in enumerate(kinds):
        for place in places.tolist():
            stands.setdefault(place, []).append(kind)
    counts = np.zeros((len(origins), KINDS, len(LIMITS_M)), int)
    for number, origin in enumerate(origins.tolist()):
        way = nx.single_source_dijkstra_path_length(graph, origin, cutoff=max(LIMITS_M), weight="m")
        for place in stands.keys() & way.keys():
            for limit, limit_m in enumerate(LIMITS_M):
                if way[place] <= limit_m:
                    for kind in stands[place]:
                        counts[number, kind, limit] += 1
    return counts


def _by_scipy(matrix: csr_array, origins: np.ndarray, kinds: list[np.ndarray]) -> np.ndarray:
    counts = []
    # A row of all junctions for each origin: no more than some at once.
    for some in np.array_split(origins, len(origins) // 10):
        metres = dijkstra(matrix, indices=some, limit=max(LIMITS_M))
        counts.append([[(metres[:, places] <= limit).sum(axis=1) for limit in LIMITS_M] for places in kinds])
    return np.concatenate(counts, axis=2).transpose(2, 0, 1)


def _agree(ours: np.ndarray, theirs: np.ndarray) -> None:
    """All but a few in ten thousand, which a millimetre decides, are the same."""
    different = float((ours != theirs).mean())
    if different > 1e-4:
        message = f"{different:.3%} of the counts differ"
        raise RuntimeError(message)


# -- how the cost grows -------------------------------------------------------------------------------------


def _exponent(name: str, sizes: Sequence[float], seconds: Sequence[float]) -> Figure:
    value = networks.exponent(sizes, seconds)
    return at_most(beside(f"counts: {name}", "exponent", "linear", [value], [1.0]), _MOST_EXPONENT)


def _by_origins(million: Network, runs: int) -> Figure:
    kinds = networks.places(million)
    joined = networks.at_junctions(million, np.concatenate(kinds))
    kind = np.repeat(np.arange(KINDS), len(kinds[0]))
    spread = np.random.default_rng(3).permutation(len(million.xy))
    seconds = []
    for size in _ORIGINS:
        origins = networks.at_junctions(million, spread[:size])
        work = partial(network.counts, million, origins, joined, np.arange(len(kind)), kind, KINDS, LIMITS_M)
        seconds.append(statistics.median(timed(work)[0] for _ in range(runs)))
    return _exponent("seconds by origins", _ORIGINS, seconds)


def _by_stretches(runs: int) -> Figure:
    sizes, seconds = [], []
    for copies in _COPIES:
        streets = networks.stitched(copies)
        chains(streets)
        groups = [networks.at_junctions(streets, each) for each in networks.places(streets)]
        sizes.append(len(streets.length_m))
        work = partial(network.nearest, streets, groups)
        seconds.append(statistics.median(timed(work)[0] for _ in range(runs)))
    return _exponent("seconds of nearest by stretches", sizes, seconds)
