"""From an extract to the saved arrays of its walking network, beside pyrosm (``.osm.pbf``) and osmnx (``.osm``).

Each contestant is a process of its own that has read a tiny extract before, so that everything is imported; then it is
timed from the file to an ``.npz`` of junctions, stretches and lengths. Ours also projects to metres, takes the edges of
squares that are drawn as relations, and drops streets drawn twice and scraps that are joined to nothing. "As loaded" it
also looks at every building to tell what the extract covers, which it else knows, as where the place has its assets from
the same file. pyrosm takes its walking network, with whichever of its two engines is faster, or, for memory, leaner.
osmnx, which takes every way of a file as a street, is given one of the streets only, without those that lack nodes;
making that file is not counted. "Memory added" is what reading takes beyond what the process had when it began; what
reading the tiny one left free is used again, by each contestant.

The bars are for extracts as ``.osm.pbf``. The clip of London is published as ``.osm``, which is not what they speak of, and is
read here from a copy of its streets alone, in milliseconds: its figures are told without a bar.

The million is 30 copies of Porto Alegre's streets side by side, with numbers as far apart as those of OpenStreetMap;
osmnx reads it once, since it takes minutes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely
from osmium.osm import NODE, WAY, Node, Way
from osmium.osm.mutable import Node as NewNode
from osmium.osm.mutable import Way as NewWay

from benchmarks.figure import ROOT, Figure, at_most, beside, real_data

#: The peers import nothing of ours, which would count as their memory: so the extracts are named here once more.
EXTRACTS = (
    "osm/helsinki-centre.osm.pbf",
    "osm/las-palmas-2023-02-21.osm.pbf",
    "osm/liechtenstein.osm.pbf",
    "osm/london_clip_map.osm",
    "osm/porto-alegre.osm.pbf",
    "newport/newport-2023-06-13.osm.pbf",
    "rutland/rutland-2018-03.osm.pbf",
)

_READERS = ("ours", "as loaded", "pyrosm in_memory", "pyrosm out_of_core", "osmnx")

#: The copies lie side by side in rows, so far apart in degrees.
_COPIES, _ROW, _APART = 30, 6, 0.3

#: The highest number that a node is given.
_HIGHEST = 12_000_000_000

_BLINK_S = 0.1


def measure(runs: int) -> Iterator[Figure]:
    """Seconds and megabytes for each extract; and how long the saved million takes to load."""
    data = real_data()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        tiny = _streets(data / "osm/london_clip_map.osm", room / "tiny")
        for extract in EXTRACTS:
            pbf, xml = _streets(data / extract, room / Path(extract).name.partition(".")[0])
            whole = data / extract if extract.endswith(".pbf") else pbf
            name, barred = Path(extract).name.partition(".")[0], extract.endswith(".pbf")
            yield from _figures(name, whole, xml, tiny, runs, runs, barred)
        million = _streets(
            _stitched(data / "osm/porto-alegre.osm.pbf", room / "copies.osm.pbf"), room / "million"
        )
        yield from _figures("million", *million, tiny, runs, 1)
        seconds = [_read("load", million[0], tiny)["seconds"] for _ in range(runs)]
        yield at_most(beside("network-build million load", "s", "the bar", seconds, [_BLINK_S]), _BLINK_S)


def _figures(
    name: str,
    pbf: Path,
    xml: Path,
    tiny: tuple[Path, Path],
    runs: int,
    runs_of_osmnx: int,
    barred: bool = True,
) -> Iterator[Figure]:
    told: dict[str, list[dict[str, float]]] = {reader: [] for reader in _READERS}
    for run in range(runs):
        for reader in _READERS:
            if reader != "osmnx" or run < runs_of_osmnx:
                told[reader].append(_read(reader, xml if reader == "osmnx" else pbf, tiny))

    def of(reader: str, key: str) -> list[float]:
        return [each[key] for each in told[reader]]

    def best(key: str) -> str:
        return min(_READERS[2:4], key=lambda reader: statistics.median(of(reader, key)))

    for what, unit, ours, key, peer, bar in (
        ("time", "s", "ours", "seconds", best("seconds"), 3),
        ("time", "s", "ours", "seconds", "osmnx", 10),
        ("time as loaded", "s", "as loaded", "seconds", best("seconds"), None),
        ("memory added", "MB", "as loaded", "added_mb", best("added_mb"), 2),
        ("memory of the process", "MB", "as loaded", "whole_mb", best("whole_mb"), None),
        ("junctions", "junctions", "ours", "junctions", best("seconds"), None),
    ):
        yield beside(
            f"network-build {name} {what}", unit, peer, of(ours, key), of(peer, key), bar if barred else None
        )


def _read(reader: str, path: Path, tiny: tuple[Path, Path]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.network_build", reader, str(path), *map(str, tiny)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


# ------------------------------------------------------------------------------------------------ files to read


def _streets(source: Path, name: Path) -> tuple[Path, Path]:
    """The streets of an extract that have all of their nodes, as ``.osm.pbf`` and as ``.osm``."""
    wanted = osmium.filter.KeyFilter("highway")
    wanted.enable_for(WAY)
    nodes: set[int] = set()
    ways: set[int] = set()
    for way in osmium.FileProcessor(str(source), NODE | WAY).with_locations().with_filter(wanted):
        if isinstance(way, Way) and all(node.location.valid() for node in way.nodes):
            ways.add(way.id)
            nodes.update(node.ref for node in way.nodes)
    paths = name.with_suffix(".osm.pbf"), name.with_suffix(".osm")
    with osmium.SimpleWriter(str(paths[0])) as pbf, osmium.SimpleWriter(str(paths[1])) as xml:
        for each in osmium.FileProcessor(str(source), NODE | WAY):
            if each.id in (nodes if isinstance(each, Node) else ways):
                pbf.add(each)
                xml.add(each)
    return paths


def _stitched(source: Path, path: Path) -> Path:
    """Copies of the streets of an extract, side by side."""
    pbf, _ = _streets(source, path.with_name("copied"))
    places: dict[int, tuple[float, float]] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []
    for each in osmium.FileProcessor(str(pbf)):
        if isinstance(each, Node):
            places[each.id] = each.location.lon, each.location.lat
        elif isinstance(each, Way):
            ways.append(([node.ref for node in each.nodes], dict(each.tags)))
    number = {node: position for position, node in enumerate(places)}
    step = _HIGHEST // (_COPIES * len(number))
    with osmium.SimpleWriter(str(path)) as writer:
        for copy in range(_COPIES):
            east, north = copy % _ROW * _APART, copy // _ROW * _APART
            for node, (lon, lat) in places.items():
                there = lon + east, lat + north
                writer.add_node(NewNode(id=1 + step * (copy * len(number) + number[node]), location=there))
        for copy in range(_COPIES):
            for position, (nodes, tags) in enumerate(ways, 1 + copy * len(ways)):
                refs = [1 + step * (copy * len(number) + number[node]) for node in nodes]
                writer.add_way(NewWay(id=position, nodes=refs, tags=tags))
    return path


# ------------------------------------------------------------------------------ one reader, as a process of its own


def _ours(path: Path, out: Path) -> int:
    from assetmap.sources.recipe import Entry
    from assetmap.sources.streets import read_network, write_network

    area = _OUTLINE[0]
    network = read_network(Entry("network", {"file": path.name}, path.parent), area)[0]
    if not out.exists():
        write_network(out, network, area.crs)
    return len(network.xy)


#: The study area: all that the file holds. To find it out is not timed, since a place has one.
_OUTLINE: list[gpd.GeoSeries] = []


def _outline(path: Path) -> gpd.GeoSeries:
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for each in osmium.FileProcessor(str(path), NODE):
        if isinstance(each, Node):
            at = np.array([each.location.lon, each.location.lat])
            low, high = np.minimum(low, at), np.maximum(high, at)
    box = gpd.GeoSeries([shapely.box(*low, *high)], crs=4326)
    return box.to_crs(box.estimate_utm_crs())


def _pyrosm(engine: str) -> Callable[[Path, Path], int]:
    def read(path: Path, out: Path) -> int:
        import pyrosm

        # Where it keeps what it read, so that it finds nothing of the run before.
        with tempfile.TemporaryDirectory() as folder:
            tempfile.tempdir = folder
            nodes, edges = pyrosm.OSM(str(path), engine=engine).get_network("walking", nodes=True)
        tempfile.tempdir = None
        number = nodes["id"].to_numpy()
        order = np.argsort(number)
        start, end = (
            order[np.searchsorted(number, edges[side].to_numpy(), sorter=order)] for side in ("u", "v")
        )
        xy = nodes[["lon", "lat"]].to_numpy()
        np.savez(out, xy=xy, start=start, end=end, length_m=edges["length"].to_numpy())
        return len(xy)

    return read


def _osmnx(path: Path, out: Path) -> int:
    import osmnx

    graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    number = {node: position for position, node in enumerate(graph)}
    xy = np.array([(node["x"], node["y"]) for _, node in graph.nodes(data=True)])
    edges = [(number[start], number[end], length) for start, end, length in graph.edges(data="length")]
    start, end, length_m = np.array(edges).T
    np.savez(out, xy=xy, start=start.astype(np.int32), end=end.astype(np.int32), length_m=length_m)
    return len(xy)


def _megabytes(what: str) -> float:
    """A figure of this process as Linux keeps it: VmRSS is what it holds, VmHWM the most that it ever held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))


def main(reader: str, path: Path, tiny_pbf: Path, tiny_xml: Path) -> None:
    """Read once; tell the seconds, the megabytes and how many junctions there are."""
    name, _, engine = reader.partition(" ")
    read = {"ours": _ours, "as": _ours, "load": _ours, "osmnx": _osmnx}.get(name) or _pyrosm(engine)
    with tempfile.TemporaryDirectory() as folder:
        for each in (tiny_xml if name == "osmnx" else tiny_pbf, path):
            out = Path(folder) / f"{each.name}.npz"
            if read is _ours:
                _OUTLINE[:] = [_outline(each)]
            if name == "ours":
                from assetmap.sources.osm import _footprint, _read
                from assetmap.sources.recipe import Entry

                _read(Entry("network", {"file": each.name}, each.parent), _footprint)
            if name == "load":
                read(each, out)
            # From here on the most is the most of this reading.
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
            before, start = _megabytes("VmRSS"), time.perf_counter()
            junctions = read(out if name == "load" else each, out)
            seconds = time.perf_counter() - start
    most = _megabytes("VmHWM")
    told = {"seconds": seconds, "added_mb": most - before, "whole_mb": most, "junctions": junctions}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
