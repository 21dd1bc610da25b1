"""Real walking networks, larger ones stitched from copies of a real one, and the same network for each contestant.

Places stand on junctions, as the peers know no others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from assetmap.model import Network
from assetmap.network import Joined
from assetmap.sources.recipe import Entry
from assetmap.sources.streets import read_network
from benchmarks.figure import real_data

T = TypeVar("T")

KINDS = 12

#: The extracts, a projected CRS for each, and a box (degrees) around it.
REAL = {
    "Newport": ("newport/newport-2023-06-13.osm.pbf", 27700, (-3.4, 51.3, -2.6, 51.9)),
    "Porto Alegre": ("osm/porto-alegre.osm.pbf", 31982, (-51.6, -30.5, -50.7, -29.6)),
    "Las Palmas": ("osm/las-palmas-2023-02-21.osm.pbf", 32628, (-16, 27.5, -15, 28.5)),
}

#: About 20 places of each kind in a town of 40,000 junctions.
_JUNCTIONS_A_PLACE = 2_000

#: Streets between two copies that lie side by side, and how far apart those lie.
_STREETS, _GAP_M = 20, 50.0


def real(name: str) -> Network:
    """The whole walking network of an extract."""
    file, crs, bounds = REAL[name]
    path = real_data() / file
    around = gpd.GeoSeries([shapely.box(*bounds)], crs=4326).to_crs(crs)
    return read_network(Entry("network", {"file": path.name}, path.parent), around)[0]


def stitched(copies: int) -> Network:
    """Copies of Porto Alegre side by side in rows, each joined to its neighbours to the right and above."""
    town = real("Porto Alegre")
    junctions, low = len(town.xy), town.xy.min(axis=0)
    apart = np.ptp(town.xy, axis=0) + _GAP_M
    columns = int(np.ceil(np.sqrt(copies)))
    xy = np.concatenate([town.xy - low + apart * divmod(copy, columns)[::-1] for copy in range(copies)])
    offset = (np.arange(copies) * junctions).astype(np.int32)
    start, end = (
        (offset[:, None] + each).ravel() for each in (town.start.astype(np.int32), town.end.astype(np.int32))
    )
    # The outermost junctions of each side, in the order in which they lie along it.
    sides = {}
    for across in (0, 1):
        outward = np.argsort(town.xy[:, across], kind="stable")
        for side, outermost in (("low", outward[:_STREETS]), ("high", outward[-_STREETS:])):
            sides[across, side] = outermost[np.argsort(town.xy[outermost, 1 - across])]
    links = [np.zeros((2, 0), dtype=np.int32)]
    for copy in range(copies):
        for across, other in ((0, copy + 1), (1, copy + columns)):
            if other < copies and (across == 1 or other % columns):
                pair = sides[across, "high"] + copy * junctions, sides[across, "low"] + other * junctions
                links.append(np.stack(pair).astype(np.int32))
    one, two = np.concatenate(links, axis=1)
    length_m = np.concatenate([np.tile(town.length_m, copies), np.hypot(*(xy[one] - xy[two]).T)])
    return Network(xy, np.concatenate([start, one]), np.concatenate([end, two]), length_m)


def places(network: Network, kinds: int = KINDS) -> list[np.ndarray]:
    """Junctions that places of each kind stand on."""
    chance = np.random.default_rng(2026)
    number = max(1, len(network.xy) // _JUNCTIONS_A_PLACE)
    return [chance.choice(len(network.xy), number, replace=False) for _ in range(kinds)]


def at_junctions(network: Network, junctions: np.ndarray) -> Joined:
    """Points that stand on junctions."""
    stretch = np.zeros(len(network.xy), np.int32)
    for end in (network.start, network.end):
        stretch[end] = np.arange(len(end), dtype=np.int32)
    stretch = stretch[junctions]
    share = (network.end[stretch] == junctions).astype(float)
    return Joined(np.asarray(shapely.points(network.xy[junctions])), stretch, share, np.zeros(len(junctions)))


# -- the same network, for the peers ----------------------------------------------------------------------


def as_scipy(network: Network) -> csr_array:
    """Both ways of each stretch, so that the peer need not turn it round for every search."""
    size = (len(network.xy), len(network.xy))
    matrix = csr_array((network.length_m, (network.start, network.end)), shape=size)
    return (matrix + matrix.T).tocsr()


def as_networkx(network: Network) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(network.xy)))
    stretches = (each.tolist() for each in (network.start, network.end, network.length_m))
    graph.add_weighted_edges_from(zip(*stretches, strict=True), weight="m")
    return graph


def as_pandana(network: Network) -> Any:
    import pandana  # of the extra "bench"; it takes seconds to import

    nodes = pd.DataFrame(network.xy, columns=["x", "y"])
    edges = pd.DataFrame({"from": network.start, "to": network.end, "m": network.length_m})
    return pandana.Network(nodes["x"], nodes["y"], edges["from"], edges["to"], edges[["m"]], twoway=True)


def timed(work: Callable[..., T], *arguments: Any, **named: Any) -> tuple[float, T]:
    """Seconds, and what the work returns."""
    start = time.perf_counter()
    done = work(*arguments, **named)
    return time.perf_counter() - start, done


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The power of the size that the seconds grow with."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
