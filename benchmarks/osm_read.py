"""Reading places from OpenStreetMap extracts, beside pyrosm (``.osm.pbf``) and osmnx (``.osm``): same file, same tags.

Each reading is a process of its own, timed once everything is imported, from the file to a table of places with
shapes. pyrosm reads with whichever of its two engines is faster, and finds nothing kept from the run before. "As
loaded" also counts the look at every building that tells where an extract was cut, which no peer takes.

The places are those open to all that the taxonomy has a kind for: pyrosm and osmnx take each tag by itself, so their
rows without a kind (every garden, where the taxonomy wants community gardens) are not counted. Where the counts differ:
pyrosm draws a polygon from what there is of a place that the file holds only in part, and takes the route of a pub tram
for a pub, which we tell and leave out; it leaves out a place that is also the hole of another; neither keeps the line of
an outline that is not closed, as we do. osmnx stops at a way that lacks all of its nodes, so the ways that lack some are
taken out of the ``.osm`` for both.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import osmium
from osmium.osm import Way

from assetmap.sources import osm
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import kind_of_tags, kinds, osm_keys
from benchmarks.figure import ROOT, Figure, beside, real_data

T = TypeVar("T")

EXTRACTS = (
    "osm/helsinki-centre.osm.pbf",
    "osm/las-palmas-2023-02-21.osm.pbf",
    "osm/liechtenstein.osm.pbf",
    "osm/london_clip_map.osm",
    "osm/porto-alegre.osm.pbf",
    "newport/newport-2023-06-13.osm.pbf",
    "rutland/rutland-2018-03.osm.pbf",
)

#: The readers of each type of file: ours, then the peer's ways of doing it, of which the fastest counts.
_READERS = {
    ".osm.pbf": ("ours", "pyrosm in_memory", "pyrosm out_of_core"),
    ".osm": ("ours", "osmnx"),
}


def measure(runs: int) -> Iterator[Figure]:
    """Seconds and places of each extract, as both types of file; then of all."""
    data = real_data()
    with tempfile.TemporaryDirectory() as folder:
        for ending, readers in _READERS.items():
            peer = readers[-1].split()[0]
            ours, loaded, theirs = [0.0] * runs, [0.0] * runs, [0.0] * runs
            for extract in EXTRACTS:
                path = _as_file(ending, data / extract, Path(folder))
                told = _in_turn(runs, path, ("as loaded", *readers))
                fastest = min(readers[1:], key=lambda reader: statistics.median(told[reader][0]))
                name = f"osm-read {path.name}"
                yield beside(f"{name} time", "s", fastest, told["ours"][0], told[fastest][0], bar=1)
                yield beside(f"{name} places", "places", peer, told["ours"][1], told[fastest][1])
                ours = _sums(ours, told["ours"][0])
                loaded = _sums(loaded, told["as loaded"][0])
                theirs = _sums(theirs, told[fastest][0])
            yield beside(f"osm-read all {ending} time", "s", peer, ours, theirs, bar=1)
            yield beside(f"osm-read all {ending} time as loaded", "s", peer, loaded, theirs)


def _sums(one: list[float], other: list[float]) -> list[float]:
    return [sum(pair) for pair in zip(one, other, strict=True)]


def _as_file(ending: str, source: Path, folder: Path) -> Path:
    """The extract as a file of a type; a new ``.osm`` is without the ways that lack nodes."""
    if source.name.endswith(ending):
        return source
    path = folder / f"{source.name.partition('.')[0]}{ending}"
    with osmium.SimpleWriter(str(path)) as writer:
        for each in osmium.FileProcessor(str(source)).with_locations():
            whole = not isinstance(each, Way) or all(node.location.valid() for node in each.nodes)
            if whole or ending == ".osm.pbf":
                writer.add(each)
    return path


def _in_turn(runs: int, path: Path, readers: Iterable[str]) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds and places of every reader, A B C A B C …, after one uncounted run of each."""
    told: dict[str, tuple[list[float], list[float]]] = {reader: ([], []) for reader in readers}
    for run in range(runs + 1):
        for reader, (seconds, places) in told.items():
            command = [sys.executable, "-m", "benchmarks.osm_read", reader, str(path)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            if run:
                answer = json.loads(done.stdout)
                seconds.append(answer["seconds"])
                places.append(answer["places"])
    return told


# ------------------------------------------------------------------------------ one reader, as a process of its own


def _ours(path: Path) -> tuple[float, int]:
    seconds, places = _timed(lambda: osm.read_places(Entry("assets", {"file": path.name}, path.parent)))
    return seconds, int((places.geometry.notna() & ~places["access"].isin(osm.NOT_FOR_ALL)).sum())


def _as_loaded(path: Path) -> tuple[float, int]:
    entries = [Entry(table, {"file": path.name}, path.parent) for table in ("assets", "green_space")]
    seconds, extracts = _timed(lambda: [osm.read_osm(entry) for entry in entries])
    return seconds, sum(len(extract.rows) for extract in extracts)


def _pyrosm(path: Path, engine: str) -> tuple[float, int]:
    import pyrosm

    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # where it keeps what it read
        seconds, rows = _timed(
            lambda: pyrosm.OSM(str(path), engine=engine).get_data_by_custom_criteria(
                custom_filter=_wanted(), tags_as_columns=list(osm.tags_read()), filter_type="keep"
            )
        )
    return seconds, _open_with_kind(rows)


def _osmnx(path: Path) -> tuple[float, int]:
    import osmnx

    seconds, rows = _timed(lambda: osmnx.features_from_xml(path, tags=_wanted()))
    return seconds, _open_with_kind(rows)


def _timed(read: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    found = read()
    return time.perf_counter() - start, found


def _wanted() -> dict[str, bool | str | list[str]]:
    """The taxonomy's tags as the peers ask for them: the values of each key."""
    pairs = [pair for kind in kinds().values() for tags in kind.osm for pair in tags]
    return {key: sorted({value for each, value in pairs if each == key}) for key in osm_keys()}


def _open_with_kind(rows: gpd.GeoDataFrame) -> int:
    """How many rows are open to all, and of a kind that the taxonomy has."""
    texts = rows.reindex(columns=[*osm_keys(), "access"]).astype(object).to_dict("records")
    told = [{key: text for key, text in each.items() if isinstance(text, str)} for each in texts]
    return sum(kind_of_tags(each) is not None and each.get("access") not in osm.NOT_FOR_ALL for each in told)


def main(reader: str, path: Path) -> None:
    """Read once; tell the seconds and how many places there are."""
    name, _, engine = reader.partition(" ")
    if name == "pyrosm":
        seconds, places = _pyrosm(path, engine)
    else:
        seconds, places = {"ours": _ours, "as": _as_loaded, "osmnx": _osmnx}[name](path)
    print(json.dumps({"seconds": seconds, "places": places}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
