"""One measured figure, and how to measure a whole process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figure:
    """One figure beside its peer's.

    Parameters
    ----------
    name
        What was measured.
    value, peer_value
        Median of the runs, in `unit`; lower is better.
    unit
        Unit of both.
    peer
        What it was measured beside.
    ratio
        How many times better than the peer; above 1 is better.
    bar
        The ratio that was promised, or the most that the value may be; None where nothing was.
    holds
        Whether the bar was reached; None without one.
    """

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    ratio: float
    bar: float | None = None
    holds: bool | None = None


def beside(
    name: str, unit: str, peer: str, ours: Sequence[float], theirs: Sequence[float], bar: float | None = None
) -> Figure:
    """A figure from the runs of both contestants."""
    value, peer_value = statistics.median(ours), statistics.median(theirs)
    ratio = peer_value / value
    return Figure(
        name,
        round(value, 3),
        unit,
        peer,
        round(peer_value, 3),
        round(ratio, 3),
        bar,
        None if bar is None else ratio >= bar,
    )


def at_most(figure: Figure, most: float) -> Figure:
    """The figure with a bar on its own value, in its unit, rather than on the ratio."""
    return replace(figure, bar=most, holds=figure.value <= most)


def in_turn(
    runs: int, ours: Callable[[], tuple[float, float]], theirs: Callable[[], tuple[float, float]]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Both contestants in turn, A B A B …, after one uncounted run of each: (seconds, megabytes) a run."""
    ours(), theirs()
    measured = [(ours(), theirs()) for _ in range(runs)]
    return [pair[0] for pair in measured], [pair[1] for pair in measured]


def whole_process(arguments: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of one Python process, from its start to its end."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"{arguments} ended with {process.returncode}"
        raise RuntimeError(message)
    return seconds, usage.ru_maxrss / 1024


def real_data() -> Path:
    """The folder of the real data, which must lie beside the checkout."""
    sys.path.insert(0, str(ROOT))
    from tests.conftest import REALDATA

    if not REALDATA.is_dir():
        raise SystemExit(
            f"benchmarks: no real data at {REALDATA}; ASSETMAP_REALDATA may name another folder."
        )
    return REALDATA


def real_place(folder: Path) -> Path:
    """Trafford's place folder."""
    data = real_data()
    from tests.trafford import write_trafford

    return write_trafford(folder, data)
