"""Metres from every junction to the nearest place of 12 kinds, beside scipy, networkx and pandana: same network, same places.

The networks are Newport, Las Palmas and a million junctions, stitched from 30 copies of Porto Alegre. Each contestant
has the network in its own form; making that is told apart. All give the same metres, which is looked at on every
junction (pandana's, which takes whole millimetres, to a metre). pandana tells nothing beyond a distance that it is
given, so it is asked with a cap of 1,600 m, and so are we when beside it. networkx and pandana are asked once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from assetmap import network
from assetmap.model import Network
from assetmap.network.walk import chains
from benchmarks import networks
from benchmarks.figure import Figure, beside
from benchmarks.networks import timed

CAP_M = 1_600

SCIPY = "scipy dijkstra(min_only=True)"
NETWORKX = "networkx multi_source_dijkstra_path_length"
PANDANA = f"pandana nearest_pois, {CAP_M:,} m cap"

#: The ratios that were promised, at a million junctions.
_BARS = {SCIPY: 6, NETWORKX: 60, PANDANA: 60}


def measure(runs: int) -> Iterator[Figure]:
    """Seconds for all junctions and kinds, and for making each one's form of the network."""
    network.warm()
    for name in ("Newport", "Las Palmas"):
        yield from _figures(name, networks.real(name), runs, {})
    yield from _figures("million", networks.stitched(30), runs, _BARS)


def _figures(name: str, streets: Network, runs: int, bars: Mapping[str, float]) -> Iterator[Figure]:
    kinds = networks.places(streets)
    title = f"nearest-1m {name} ({len(streets.xy):,} junctions)"

    groups = [networks.at_junctions(streets, places) for places in kinds]
    made, _ = timed(chains, streets)

    ours, theirs = [], []
    form_s, matrix = timed(networks.as_scipy, streets)
    for _ in range(runs + 1):  # the first is not counted
        ours.append(timed(network.nearest, streets, groups))
        theirs.append(timed(_by_scipy, matrix, kinds))
    metres = ours[-1][1]
    np.testing.assert_allclose(np.nan_to_num(metres, nan=np.inf), theirs[-1][1], atol=0.001)
    seconds = [each for each, _ in ours[1:]]
    yield beside(title, "s", SCIPY, seconds, [each for each, _ in theirs[1:]], bars.get(SCIPY))
    yield beside(f"{title} form of the network", "s", "scipy csr_array", [made], [form_s])

    form_s, graph = timed(networks.as_networkx, streets)
    total = 0.0
    for row, places in zip(metres, kinds, strict=True):
        took, way = timed(nx.multi_source_dijkstra_path_length, graph, places.tolist(), weight="m")
        total += took
        found = np.full(len(row), np.nan)
        found[np.fromiter(way, np.int64, len(way))] = np.fromiter(way.values(), float, len(way))
        np.testing.assert_allclose(row, found, atol=0.001)
    yield beside(title, "s", NETWORKX, seconds, [total], bars.get(NETWORKX))
    yield beside(f"{title} form of the network", "s", "networkx Graph", [made], [form_s])
    del graph

    capped = [timed(network.nearest, streets, groups, CAP_M) for _ in range(runs + 1)]
    form_s, pandana = timed(networks.as_pandana, streets)
    total = 0.0
    for row, places in zip(capped[-1][1], kinds, strict=True):
        total += timed(pandana.set_pois, "kind", CAP_M, 1, *streets.xy[places].T)[0]
        took, found = timed(pandana.nearest_pois, CAP_M, "kind", num_pois=1)
        total += took
        np.testing.assert_allclose(np.nan_to_num(row, nan=CAP_M), found[1].to_numpy(), atol=1)
    seconds = [each for each, _ in capped[1:]]
    yield beside(f"{title} within {CAP_M:,} m", "s", PANDANA, seconds, [total], bars.get(PANDANA))
    yield beside(f"{title} form of the network", "s", "pandana Network", [made], [form_s])


def _by_scipy(matrix: csr_array, kinds: list[np.ndarray]) -> list[np.ndarray]:
    return [dijkstra(matrix, indices=places, min_only=True) for places in kinds]
