"""The decoder of our own for .osm.pbf: it finds what osmium finds, and leaves to osmium what it does not know."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Relation, Way

from assetmap import PlaceError
from assetmap.network.search import COMPILED
from assetmap.sources import pbf
from assetmap.sources.osm import _buildings, _streets, read_osm_ways
from assetmap.sources.recipe import Entry
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not COMPILED, reason="numba is not installed here")

#: As osmium packs a file by itself; and packed by other means, which the decoder leaves to osmium.
ZLIB, LZ4 = "pbf", "pbf,pbf_compression=lz4"


def written(path: Path, elements, layout: str = ZLIB) -> Path:
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(osmium.io.File(str(path), layout)) as writer:
        for each in elements:
            writer.add(each)
    return path


def ways_of(path: Path):
    return read_osm_ways(Entry("network", {"file": path.name}, path.parent))


def assert_same(path: Path, again: Path) -> None:
    """The decoder reads the one file, osmium the other, and both find the same, in the same order."""
    assert pbf.find(path, _streets()) is not None
    assert pbf.find(path, _buildings()) is not None
    assert pbf.find(again, _streets()) is None
    (ours, covered), (theirs, covered_too) = ways_of(path), ways_of(again)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert covered == covered_too


EXTRACTS = (
    "osm/helsinki-centre.osm.pbf",
    "osm/las-palmas-2023-02-21.osm.pbf",
    "osm/liechtenstein.osm.pbf",
    "osm/porto-alegre.osm.pbf",
    "newport/newport-2023-06-13.osm.pbf",
    "rutland/rutland-2018-03.osm.pbf",
)


@pytest.mark.realdata
@pytest.mark.parametrize("extract", EXTRACTS)
def test_it_finds_in_every_real_extract_what_osmium_finds(realdata, tmp_path, extract):
    again = tmp_path / "again.osm.pbf"
    with (
        osmium.io.Reader(str(realdata / extract)) as reader,
        osmium.SimpleWriter(osmium.io.File(str(again), LZ4), header=reader.header()) as writer,
    ):
        osmium.apply(reader, writer)
    assert_same(realdata / extract, again)


# -- any file ------------------------------------------------------------------------------------

NUMBERS = st.integers(-6, 12).filter(bool)
TAGS = st.dictionaries(
    st.sampled_from(["highway", "foot", "access", "area", "building", "type", "name", "highways"]),
    st.sampled_from(["path", "service", "yes", "no", "private", "pedestrian", "multipolygon", "é, =", ""]),
    max_size=4,
)
PLACES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
NODES = st.builds(lambda n, at: Node(id=n, location=at), NUMBERS, PLACES)
WAYS = st.builds(
    lambda n, nodes, tags: Way(id=n, nodes=nodes, tags=tags), NUMBERS, st.lists(NUMBERS, max_size=5), TAGS
)
MEMBERS = st.lists(st.tuples(st.sampled_from("nwr"), NUMBERS, st.just("")), max_size=4)
RELATIONS = st.builds(
    lambda n, members, tags: Relation(id=n, members=members, tags=tags), NUMBERS, MEMBERS, TAGS
)


def some(things):
    """Each with a number of its own; in any order."""
    return st.lists(things, max_size=9, unique_by=lambda each: each.id)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some(NODES),
    some(WAYS),
    some(RELATIONS),
    st.sampled_from(["", ",pbf_dense_nodes=false", ",pbf_compression=none"]),
)
def test_it_finds_in_any_file_what_osmium_finds(tmp_path, nodes, ways, relations, layout):
    elements = [Node(id=50, location=(0, 0)), *nodes, *ways, *relations]
    assert_same(
        written(tmp_path / "toy.osm.pbf", elements, ZLIB + layout),
        written(tmp_path / "again.osm.pbf", elements, LZ4),
    )


TOWN = [
    *(Node(id=n, location=(n / 1000, 50 + n % 7 / 1000)) for n in range(1, 40)),
    Way(id=1, nodes=[1, 2, 3, 99, 4], tags={"highway": "residential"}),
    Way(id=2, nodes=[4, 5, 6, 4]),
    Way(id=3, nodes=[6, 7], tags={"highway": "path", "foot": "no"}),
    *(Way(id=n, nodes=[n, n + 1, n + 2, n], tags={"building": "yes"}) for n in range(10, 35)),
    Relation(id=1, members=[("w", 2, "outer")], tags={"type": "multipolygon", "highway": "pedestrian"}),
]


def test_the_edges_of_a_square_and_a_corner_of_each_building_are_found(tmp_path):
    ways, covered = ways_of(written(tmp_path / "toy.osm.pbf", TOWN))
    assert (ways.tagged, ways.way.tolist()) == (2, [0] * 5 + [1] * 4)
    assert ways.lonlat[ways.node][:, 0].tolist()[5:] == [0.004, 0.005, 0.006, 0.004]
    assert covered.bounds == (0.01, 50.0, 0.034, 50.006)


@pytest.mark.parametrize(
    "elements",
    [TOWN[::-1], [*TOWN, Node(id=1, location=(0, 0))], [*TOWN[:5], TOWN[39], *TOWN[5:39], *TOWN[40:]]],
    ids=["ways before nodes", "a node twice", "nodes before and after a way"],
)
def test_what_is_laid_out_otherwise_is_left_to_osmium(tmp_path, elements):
    file = written(tmp_path / "toy.osm.pbf", elements)
    assert pbf.find(file, _streets()) is None
    assert ways_of(file)[0].tagged == 2


@pytest.mark.parametrize("layout", [LZ4, "pbf,locations_on_ways=true", "osh.pbf"])
def test_what_the_decoder_does_not_know_is_left_to_osmium(tmp_path, layout):
    file = written(tmp_path / "toy.osm.pbf", TOWN, layout)
    assert pbf.find(file, _streets()) is None
    assert ways_of(file)[0].tagged == 2


def test_it_finds_nothing_in_a_file_of_nothing(tmp_path):
    ways, covered = ways_of(written(tmp_path / "toy.osm.pbf", []))
    assert (ways.tagged, len(ways.node), covered) == (0, 0, None)


def test_a_file_is_read_the_same_without_the_compiler(tmp_path):
    file = written(tmp_path / "toy.osm.pbf", TOWN)
    ask = (
        "import sys; sys.modules['numba'] = None\n"
        "from tests.test_pbf import Path, _streets, pbf, ways_of\n"
        f"print(pbf.find(Path({str(file)!r}), _streets()), ways_of(Path({str(file)!r}))[0].node.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == ["None", f"{ways_of(file)[0].node.tolist()}\n"]


def test_once_warm_nothing_is_compiled_while_a_file_is_read(tmp_path):
    ask = (
        "from tests.test_pbf import Path, _streets, pbf, ways_of\n"
        "kernels = [each for each in vars(pbf).values() if hasattr(each, 'signatures')]\n"
        "pbf.warm()\n"
        "before = [len(each.signatures) for each in kernels]\n"
        f"pbf.find(Path({str(written(tmp_path / 'toy.osm.pbf', TOWN))!r}), _streets())\n"
        "print(len(kernels) > 9, [len(each.signatures) for each in kernels] == before)"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"


# -- broken files ----------------------------------------------------------------------------------

BROKEN = (
    "toy.osm.pbf: It cannot be read as an OpenStreetMap extract; it may be cut short or of another type. "
    "Download it again."
)


def told(path: Path) -> str:
    with pytest.raises(PlaceError) as caught:
        ways_of(path)
    return str(caught.value)


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def field(number: int, value: int | bytes) -> bytes:
    """A field as the wire of protocol buffers has it."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def blob(kind: bytes, content: bytes, size: int | None = None, length: int | None = None) -> bytes:
    """A block, packed; `size` and `length` are what it says of itself."""
    packed = field(2, len(content) if size is None else size) + field(3, zlib.compress(content))
    head = field(1, kind) + field(3, len(packed) if length is None else length)
    return len(head).to_bytes(4, "big") + head + packed


HEADER = blob(b"OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes"))
STRINGS = field(1, field(1, b"") + field(1, b"highway") + field(1, b"path"))


def block(way: bytes) -> bytes:
    return STRINGS + field(2, field(3, way))


PATH = field(1, 7) + field(2, b"\x01") + field(3, b"\x02") + field(8, b"\x02\x02")


def test_a_file_made_by_hand_is_read(tmp_path):
    (tmp_path / "toy.osm.pbf").write_bytes(HEADER + blob(b"OSMData", block(PATH)))
    assert pbf.find(tmp_path / "toy.osm.pbf", _streets()) is not None
    assert ways_of(tmp_path / "toy.osm.pbf")[0].way.tolist() == [0, 0]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + blob(b"OSMData", block(PATH), size=len(block(PATH)) - 1),
        HEADER + blob(b"OSMData", block(PATH), size=2**31),
        HEADER + blob(b"OSMData", bytes(33 * 2**20)),
        HEADER + blob(b"OSMData", block(PATH), length=10**6),
        HEADER + blob(b"OSMData", block(PATH), length=2**40),
        HEADER + (2**31).to_bytes(4, "big") + bytes(99),
        HEADER + blob(b"OSMData", block(PATH))[:-3],
        HEADER + blob(b"OSMData", block(PATH.replace(b"\x01\x1a", b"\x09\x1a"))),
        HEADER + blob(b"OSMData", block(PATH[:-1])),
        HEADER + blob(b"OSMData", block(PATH[:-4] + field(8, b"\xff" * 11))),
        HEADER + blob(b"OSMData", block(PATH)[:-1]),
        blob(b"OSMHeader", field(4, b"Unheard-Of")) + blob(b"OSMData", block(PATH)),
        blob(b"OSMData", block(PATH)),
    ],
    ids=[
        "a block larger than it says", "one that says it is huge", "one that is huge", "one that ends beyond the file",
        "one that says it is 1 TB", "a head that is huge", "cut short", "a tag that is no string", "a way cut short",
        "a number without end", "a field cut short", "a feature unheard of", "no header",
    ],
)  # fmt: skip
def test_a_broken_file_is_told_in_one_message(tmp_path, content):
    (tmp_path / "toy.osm.pbf").write_bytes(content)
    assert told(tmp_path / "toy.osm.pbf") == BROKEN


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.data(),
    st.sampled_from(["pbf", "pbf,pbf_compression=none", "pbf,pbf_compression=none,pbf_dense_nodes=false"]),
)
def test_any_damage_ends_in_a_message_or_in_a_network_that_fits(tmp_path, data, layout):
    file = written(tmp_path / "toy.osm.pbf", TOWN, layout)
    content = bytearray(file.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    os.utime(file, ns=(1, data.draw(st.integers(1, 10**15))))
    try:
        ways, _ = ways_of(file)
    except PlaceError as caught:
        error = str(caught)
    else:
        error = ""
        assert len(ways.node) == len(ways.way)
        assert set(ways.node.tolist()) <= set(range(len(ways.lonlat)))
        assert not (np.abs(ways.lonlat) > (180, 90)).any()
    assert error in ("", BROKEN)
