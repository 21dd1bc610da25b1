"""``python -m benchmarks NAME`` prints one JSON line a figure; ``--list`` names the benchmarks."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict

NAMES = {
    name: f"benchmarks.{name.replace('-', '_')}"
    for name in (
        "app-first-map",
        "assets-million",
        "counts",
        "e2sfca",
        "england-load",
        "gaps-trafford",
        "green-area",
        "map-1000",
        "map-concurrent",
        "map-england",
        "nearest-15m",
        "nearest-1m",
        "network-build",
        "osm-read",
        "points-in-areas",
        "reassess",
        "uncertainty",
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(NAMES), metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contestant, in turn (default 3)")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(sorted(NAMES)))
        return 0
    if arguments.name is None:
        parser.error("name a benchmark, or say --list")
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    for figure in importlib.import_module(NAMES[arguments.name]).measure(arguments.runs):
        print(json.dumps(asdict(figure)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
