"""Metres from every junction to the nearest place of 12 kinds, beside scipy, networkx and pandana: same network, same places.

The networks are Newport, Las Palmas and a million junctions, stitched from 30 copies of Porto Alegre. Each contestant
has the network in its own form; making that is told apart. All give the same metres, which is looked at on every
junction (pandana's, which takes whole millimetres, to a metre). pandana tells nothing beyond a distance that it is
given, so it is asked with a cap of 1,600 m, and so are we when beside it. networkx and pandana are asked once.
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
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


def _figures(name: str, streets: Network, runs: int, bars: dict[str, float]) -> Iterator[Figure]:
    kinds = networks.places(streets)
    title = f"nearest-1m {name} ({len(streets.xy):,} junctions)"

    groups = [networks.at_junctions(streets, places) for places in kinds]
    made = timed(lambda: chains(streets))[0]
    ours, capped, scipys = [], [], []
    matrix_s, matrix = timed(lambda: networks.as_scipy(streets))
    for _ in range(runs + 1):
        seconds, metres = timed(lambda: network.nearest(streets, groups))
        ours.append(seconds)
        seconds, within = timed(lambda: network.nearest(streets, groups, CAP_M))
        capped.append(seconds)
        seconds, theirs = timed(lambda: [dijkstra(matrix, indices=each, min_only=True) for each in kinds])
        scipys.append(seconds)
    # The first run of each is not counted.
    ours, capped, scipys = ours[1:], capped[1:], scipys[1:]
    np.testing.assert_allclose(np.nan_to_num(metres, nan=np.inf), theirs, atol=0.001)
    del theirs
    yield beside(title, "s", SCIPY, ours, scipys, bars.get(SCIPY))
    yield beside(f"{title} form of the network", "s", "scipy csr_array", [made], [matrix_s])
    del matrix

    graph_s, graph = timed(lambda: networks.as_networkx(streets))
    total = 0.0
    for row, places in zip(metres, kinds, strict=True):
        seconds, way = timed(lambda: nx.multi_source_dijkstra_path_length(graph, places.tolist(), weight="m"))  # noqa: B023
        total += seconds
        found = np.full(len(row), np.nan)
        found[np.fromiter(way, np.int64, len(way))] = np.fromiter(way.values(), float, len(way))
        np.testing.assert_allclose(row, found, atol=0.001)
    yield beside(title, "s", NETWORKX, ours, [total], bars.get(NETWORKX))
    yield beside(f"{title} form of the network", "s", "networkx Graph", [made], [graph_s])
    del graph

    build_s, pandana = timed(lambda: networks.as_pandana(streets))
    total = 0.0
    for kind, (row, places) in enumerate(zip(within, kinds, strict=True)):
        x, y = streets.xy[places].T
        seconds, _ = timed(lambda: pandana.set_pois(str(kind), CAP_M, 1, x, y))  # noqa: B023
        total += seconds
        seconds, found = timed(lambda: pandana.nearest_pois(CAP_M, str(kind), num_pois=1))  # noqa: B023
        total += seconds
        np.testing.assert_allclose(np.nan_to_num(row, nan=CAP_M), found[1].to_numpy(), atol=1)
    yield beside(f"{title} within {CAP_M:,} m", "s", PANDANA, capped, [total], bars.get(PANDANA))
    yield beside(f"{title} form of the network", "s", "pandana Network", [made], [build_s])
