"""Twenty people on the map of a thousand areas at once, beside one alone.

Each is a session of the server by Streamlit's own protocol: it opens the map, and then chooses another shading again and again, after
a look at the map of one to three seconds; or without any, all at the same instant. Beside browsers, which would share this machine's
processors with the server, this measures the server alone: seconds from a choice to the end of its rerun, and megabytes sent to a
session in all, with the files that a browser fetches for it once.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.figure import Figure, at_most, beside
from benchmarks.map_1000 import served, written

PEOPLE = 20
_CHOICES = 5
_MOST_TIMES, _MOST_MB = 5, 5
_PEER = "one person alone who does the same, in the same run"

#: What people do between two choices: the seconds that they look at the map.
_WAYS = {"who look at each map": (1.0, 3.0), "at the same instant": (0.0, 0.0)}


def measure(runs: int) -> Iterator[Figure]:
    """Seconds of a rerun, one alone and twenty at once in turn; and what a session is sent."""
    with tempfile.TemporaryDirectory() as room:
        folder, _ = written(Path(room))
        with served(lambda port: ["assetmap.cli", "serve", str(folder), "--port", str(port)]) as url:
            asyncio.run(_together(url, 1))
            told: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
            for _ in range(runs):
                for way, look_s in _WAYS.items():
                    for people in (1, PEOPLE):
                        told[way, people] += asyncio.run(_together(url, people, look_s))
    for way in _WAYS:
        (took, sent), (took_alone, sent_alone) = (
            zip(*told[way, people], strict=True) for people in (PEOPLE, 1)
        )
        # No slower than five times one person's: a ratio of a fifth.
        name = f"map-concurrent rerun with {PEOPLE} people {way}"
        yield beside(name, "s", _PEER, took, took_alone, 1 / _MOST_TIMES)
    yield at_most(beside("map-concurrent sent to a session", "MB", _PEER, sent, sent_alone), _MOST_MB)


async def _together(url: str, people: int, look_s: tuple[float, float] = (0, 0)) -> list[tuple[float, float]]:
    """Median seconds of a rerun, and megabytes sent, of each person, all at it at once."""
    ready = asyncio.Barrier(people)
    return await asyncio.gather(*(_person(url, ready, Random(number), look_s) for number in range(people)))


async def _person(
    url: str, ready: asyncio.Barrier, chance: Random, look_s: tuple[float, float]
) -> tuple[float, float]:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from websockets.asyncio.client import connect

    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], origin=url, max_size=None) as channel:  # type: ignore[arg-type, list-item]
        opened = BackMsg()
        opened.rerun_script.page_name = "map"
        await channel.send(opened.SerializeToString())
        shown, sent = await _rerun(channel)
        box = next(each for each in shown if each.new_element.selectbox.label == "Shade areas by")
        files = {name for each in shown for name in _files(each)}
        took = []
        await ready.wait()
        for number in range(_CHOICES):
            asked = BackMsg()
            asked.rerun_script.page_name = "map"
            asked.rerun_script.fragment_id = box.fragment_id
            state = asked.rerun_script.widget_states.widgets.add()
            state.id = box.new_element.selectbox.id
            await asyncio.sleep(chance.uniform(*look_s))
            state.string_value = box.new_element.selectbox.options[1 + number % 3]
            start = time.perf_counter()
            await channel.send(asked.SerializeToString())
            deltas, size = await _rerun(channel)
            took.append(time.perf_counter() - start)
            sent += size
            files |= {name for each in deltas for name in _files(each)}
    if len(files) < 3:
        message = f"the shades did not change: {files}"
        raise RuntimeError(message)
    sent += sum([await asyncio.to_thread(_size, f"{url}/component/{name}") for name in files])
    return sorted(took)[len(took) // 2], sent / 1e6


async def _rerun(channel: Any) -> tuple[list[Any], int]:
    """What the page is told until its script is done, and the bytes of it."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    deltas, size = [], 0
    while True:
        data = await asyncio.wait_for(channel.recv(), 120)
        size += len(data)
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "delta":
            deltas.append(message.delta)
        elif kind == "script_finished":
            return deltas, size


def _files(delta: Any) -> Iterator[str]:
    """The packed files that a map is told to fetch."""
    if delta.new_element.WhichOneof("type") == "component_instance":
        told = delta.new_element.component_instance.json_args
        yield from re.findall(r"assetmap\.app\.served\.files/\w+\.json\.gz", told)


def _size(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return len(answer.read())
