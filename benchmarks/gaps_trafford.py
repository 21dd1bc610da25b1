"""``assetmap gaps`` on Trafford as a whole process, beside the same questions in plain geopandas."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, beside, in_turn, real_place, whole_process

PEER = "plain geopandas: sjoin_nearest and buffers, GeoPackage, CSV and a folium page"


def measure(runs: int) -> Iterator[Figure]:
    """Time and memory, cold process to written files."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        place = real_place(room / "trafford")
        ours, theirs = in_turn(
            runs,
            lambda: whole_process(["-m", "assetmap.cli", "gaps", str(place), "--out", str(room / "out")]),
            lambda: whole_process(["-m", "benchmarks.plain_gaps", str(place), str(room / "plain")]),
        )
    yield beside("gaps-trafford time", "s", PEER, [each[0] for each in ours], [each[0] for each in theirs])
    yield beside("gaps-trafford memory", "MB", PEER, [each[1] for each in ours], [each[1] for each in theirs])
