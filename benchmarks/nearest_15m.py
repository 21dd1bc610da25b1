"""Metres from every junction of 16 million, Great Britain's size, to the nearest place of 12 kinds; and the memory for it.

The network is 440 copies of Porto Alegre. Each run is a process of its own that stitches it, which is not timed, and then
takes the bare arrays to the answers (float32), drawing the network together included. Memory is the most that the
whole process ever held, stitching included. scipy is asked about one kind, as twelve would take minutes, and compared
with a twelfth of our time.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
from scipy.sparse.csgraph import dijkstra

from assetmap import network
from assetmap.network.walk import chains
from benchmarks import networks
from benchmarks.figure import ROOT, Figure, at_most, beside
from benchmarks.networks import KINDS, timed

_COPIES = 440
_MOST_S, _MOONSHOT_S, _MOST_MB = 30, 10, 4_096


def measure(runs: int) -> Iterator[Figure]:
    """Seconds and megabytes."""
    ours = [_run("ours") for _ in range(runs)]
    scipy = _run("scipy")
    total, drawn, memory = ([each[key] for each in ours] for key in ("seconds", "drawing", "megabytes"))
    title = f"nearest-15m {KINDS} kinds ({int(ours[0]['junctions']):,} junctions)"
    yield at_most(beside(title, "s", "the bar", total, [_MOST_S]), _MOST_S)
    yield at_most(beside(f"{title} moonshot", "s", "the moonshot", total, [_MOONSHOT_S]), _MOONSHOT_S)
    yield beside(f"{title} of it drawing the network together", "s", "the whole", drawn, total)
    yield at_most(beside(f"{title} memory", "MB", "the bar", memory, [_MOST_MB]), _MOST_MB)
    each = [seconds / KINDS for seconds in total]
    peer = "scipy dijkstra(min_only=True), its matrix being made not counted"
    yield beside("nearest-15m a kind", "s", peer, each, [scipy["seconds"]])


def _run(contestant: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.nearest_15m", contestant]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def _ours() -> dict[str, float]:
    network.warm()
    streets = networks.stitched(_COPIES)
    groups = [networks.at_junctions(streets, places) for places in networks.places(streets)]
    drawing, _ = timed(chains, streets)
    seconds, metres = timed(network.nearest, streets, groups, dtype=np.float32)
    reached = float(np.isfinite(metres).mean())
    return {
        "seconds": drawing + seconds,
        "drawing": drawing,
        "junctions": len(streets.xy),
        "reached": reached,
    }


def _scipy() -> dict[str, float]:
    streets = networks.stitched(_COPIES)
    matrix, places = networks.as_scipy(streets), networks.places(streets)[0]
    return {"seconds": timed(dijkstra, matrix, indices=places, min_only=True)[0]}


if __name__ == "__main__":
    told = {"ours": _ours, "scipy": _scipy}[sys.argv[1]]()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**told, "megabytes": megabytes}))
