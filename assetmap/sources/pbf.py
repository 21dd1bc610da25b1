"""The ways of an ``.osm.pbf`` that some tags pick, and where their nodes are, by a decoder made for nothing else.

osmium makes an object of everything in a file, which takes most of the time of reading a network. This looks at the
tags of ways and of relations, and at the numbers and places of nodes, and passes over the rest. It gives an answer
only where the file is laid out as almost all are: whole, packed with zlib, nodes before ways before relations, each
once. Of anything else it says nothing, and osmium, which knows every kind, reads the file or finds what is wrong with it.

Format: https://wiki.openstreetmap.org/wiki/PBF_Format, in the wire format of protocol buffers.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import osmium
import pandas as pd

from assetmap.network.search import COMPILED, compiled

__all__ = ["COUNTED", "EDGES", "FIRST", "WALKED", "Found", "Telling", "find", "telling", "warm"]

Array = np.ndarray

#: What tags may make of a way: it is counted, its nodes are wanted, or the first of them is; and of a relation, that
#: the nodes of the ways in it are wanted.
COUNTED, WALKED, FIRST, EDGES = 1, 2, 4, 8

#: The most bytes that the format allows in what comes before a block, and in a block, packed or not.
_HEAD, _BLOCK = 64 * 1024, 32 * 1024 * 1024

#: What a group of a block holds.
_NODES, _WAYS, _RELATIONS = 1, 2, 4

#: The place of a node that the file lacks.
_NOWHERE = np.int32(2**31 - 1)

#: Fields as the wire has them: eight times their number, and 2 where they are bytes of some length, not a number.
_STRINGS, _GROUP, _GRANULARITY, _LAT_OFFSET, _LON_OFFSET = 10, 18, 136, 152, 160
_NODE, _DENSE, _WAY, _RELATION = 10, 18, 26, 34
_ID, _KEYS, _VALUES, _REFS, _WAY_LAT, _WAY_LON = 8, 18, 26, 66, 74, 82
_LAT, _LON, _DENSE_ID, _DENSE_LAT, _DENSE_LON = 64, 72, 10, 66, 74
_MEMBERS, _TYPES, _IS_WAY = 74, 82, 1
_HEAD_TYPE, _HEAD_SIZE, _BLOB_PLAIN, _BLOB_SIZE, _BLOB_ZLIB = 10, 24, 10, 16, 26
_FIELDS = 161


class Telling(NamedTuple):
    """Which tags tell what, for the kernels.

    Parameters
    ----------
    after, word
        The words that matter as a tree of their bytes: the state after each state and byte (-1 for no such word), and
        the number of the word that each state ends (0 for none).
    says
        Which sets of tags a key and a value belong to, one bit a set, by the numbers of the two words.
    role
        What a way or relation is whose tags belong to these sets.
    """

    after: np.ndarray
    word: np.ndarray
    says: np.ndarray
    role: np.ndarray


class Found(NamedTuple):
    """What `find` found, in the order of the file.

    Parameters
    ----------
    header
        The header of the file.
    counted
        How many ways are counted.
    lengths
        How many nodes each wanted way has: first those that are wanted by their own tags, then the edges of relations.
    node
        The node at each vertex of these ways, one after another, and after them each first node that was asked for;
        numbered as they come.
    lonlat
        Where each node is, shape (nodes, 2), WGS84; NaN where the file lacks it or it is no place on Earth.
    """

    header: osmium.io.Header
    counted: int
    lengths: np.ndarray
    node: np.ndarray
    lonlat: np.ndarray


def telling(sets: Sequence[Collection[bytes]], role: Callable[..., int]) -> Telling:
    """Which tags tell what.

    Parameters
    ----------
    sets
        At most eight sets of tags, such as ``b"foot=yes"``, or ``b"highway"`` for any value.
    role
        What a way or relation is, told for each set whether it has a tag of it.
    """
    words = sorted({word for tags in sets for tag in tags for word in tag.split(b"=")})
    after, word = [[-1] * 256], [0]
    for number, letters in enumerate(words, 1):
        state = 0
        for letter in letters:
            if after[state][letter] < 0:
                after[state][letter] = len(after)
                after.append([-1] * 256)
                word.append(0)
            state = after[state][letter]
        word[state] = number
    says = np.zeros((len(words) + 1, len(words) + 1), np.uint8)
    for bit, tags in enumerate(sets):
        for key, _, value in (tag.partition(b"=") for tag in tags):
            says[words.index(key) + 1, words.index(value) + 1 if value else slice(None)] |= 1 << bit
    # The first set is the lowest bit, which is the last to turn.
    roles = [role(*reversed(said)) for said in product((False, True), repeat=len(sets))]
    return Telling(np.array(after, np.int16), np.array(word, np.int16), says, np.array(roles, np.uint8))


def find(path: Path, tags: Telling) -> Found | None:
    """The ways that the tags pick, and where their nodes are; None where osmium should read the file instead.

    Raises
    ------
    OSError, RuntimeError
        Where the file cannot be opened, or osmium takes its header for none.
    """
    if not COMPILED:
        return None
    # While two blocks are unpacked, a third is looked at: neither zlib nor the kernels hold up other threads.
    with path.open("rb") as file, ThreadPoolExecutor(2) as threads:
        try:
            blobs = list(_blobs(file))
            file.seek(0)
            header = osmium.io.Reader(osmium.io.FileBuffer(file.read(sum(blobs[0])), "pbf")).header()
            if header.has_multiple_object_versions:
                return None
            return Found(header, *_found(_blocks(file, blobs[:0:-1], threads), tags))
        except (IndexError, KeyError, TypeError, ValueError, zlib.error):
            return None


def warm() -> None:
    """Compile the kernels, which takes some seconds once, so that nobody waits for it later; a no-op thereafter."""
    if COMPILED:
        # A block of one group of each kind, each empty.
        block = np.frombuffer(
            bytes([_GROUP, 2, _NODE, 0, _GROUP, 2, _WAY, 0, _GROUP, 2, _RELATION, 0]), np.uint8
        )
        _message(bytes(2))
        _found(iter([block]), telling([], lambda: 0))


# -- blocks ------------------------------------------------------------------------------------------


def _message(content: bytes) -> dict[int, Any]:
    """The fields of a message: numbers, or bytes."""
    data, view = np.frombuffer(content, np.uint8), memoryview(content)
    fields: dict[int, Any] = {}
    at = 0
    while at < len(data):
        key, value, start, at = _field(data, at, len(data))
        fields[key] = value if key & 7 == 0 else view[start:at]
    return fields


def _blobs(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each block begins as it is packed, and its bytes; first that of the header."""
    end = file.seek(0, 2)
    at = 0
    while at < end:
        file.seek(at)
        ahead = int.from_bytes(file.read(4), "big")
        if ahead > _HEAD:
            raise ValueError
        head = _message(file.read(ahead))
        start, size = at + 4 + ahead, head[_HEAD_SIZE]
        at = start + size
        if (
            head[_HEAD_TYPE] != (b"OSMData" if start > 4 + ahead else b"OSMHeader")
            or not 0 < size <= _BLOCK
            or at > end
        ):
            raise ValueError
        yield start, size


def _unpacked(blob: bytes) -> Array:
    parts = _message(blob)
    if _BLOB_PLAIN in parts:
        return np.frombuffer(parts[_BLOB_PLAIN], np.uint8)
    size, unpacker = parts[_BLOB_SIZE], zlib.decompressobj()
    if not 0 < size <= _BLOCK:
        raise ValueError
    content = unpacker.decompress(parts[_BLOB_ZLIB], size + 1)
    if len(content) != size or not unpacker.eof:
        raise ValueError
    return np.frombuffer(content, np.uint8)


def _blocks(file: BinaryIO, blobs: Iterable[tuple[int, int]], threads: ThreadPoolExecutor) -> Iterator[Array]:
    """The blocks, of which never more than a few are in memory."""
    waiting: deque[Future[Array]] = deque()
    for start, size in blobs:
        file.seek(start)
        waiting.append(threads.submit(_unpacked, file.read(size)))
        if len(waiting) > 2:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _found(blocks: Iterator[Array], tags: Telling) -> tuple[int, Array, Array, Array]:
    """What `Found` tells but the header, from the blocks of a file, the last first.

    So relations come first, which say what ways are wanted, and then ways, which say what nodes.

    Raises
    ------
    ValueError
        Where a block is broken, or the order is another.
    """
    nothing = np.zeros(0, np.int64)
    edges = nothing
    ways = [(0, nothing, nothing, nothing, nothing, nothing)]
    held: list[Array] = []
    for block in blocks:
        kinds = _kinds(block)
        if (kinds & _RELATIONS and len(ways) > 1) or (held and kinds != _NODES):
            raise ValueError
        if kinds & _RELATIONS:
            edges = np.union1d(edges, _relations(block, tags))
        if kinds & _WAYS:
            ways.append(_ways(block, tags, edges))
        if kinds & _NODES:
            held.append(block)
        if kinds == _NODES:
            break
    counted, lengths, refs, edge_lengths, edge_refs, first = zip(*reversed(ways), strict=True)
    node, number = pd.factorize(np.concatenate([*refs, *edge_refs, *first]))
    # Those below nought, which an editor has not uploaded, have no place for osmium either.
    order = np.argsort(number)[(number < 0).sum() :]
    wanted = number[order]
    place = np.full((len(number), 2), _NOWHERE)
    for position, block in enumerate(chain(held, blocks)):
        if position >= len(held) and _kinds(block) != _NODES:
            raise ValueError
        _locate(block, wanted, order, place)
    lonlat = place / 1e7
    lonlat[(np.abs(lonlat) > (180, 90)).any(axis=1)] = np.nan
    return sum(counted), np.concatenate([*lengths, *edge_lengths]), node, lonlat


# -- kernels -----------------------------------------------------------------------------------------
# They read nothing but what lies within the block, whatever stands in it.


@compiled
def _varint(data: Array, at: int, end: int) -> tuple[int, int]:
    """The number that begins here, as 64 bits, and where the next begins."""
    value, shift = 0, 0
    while at < end and shift < 70:
        byte = int(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError


@compiled
def _signed(data: Array, at: int, end: int) -> tuple[int, int]:
    """The same of a number that may be below nought: its sign is the last bit."""
    value, at = _varint(data, at, end)
    return _sign(value), at


@compiled
def _sign(value: int) -> int:
    return ((value >> 1) & 0x7FFFFFFFFFFFFFFF) ^ -(value & 1)


@compiled
def _field(data: Array, at: int, end: int) -> tuple[int, int, int, int]:
    """The field that begins here: its number and type, its value if it is a number, and from where to where it is."""
    key, at = _varint(data, at, end)
    value, size = 0, 0
    if key & 7 == 0:
        value, at = _varint(data, at, end)
    elif key & 7 == 1:
        size = 8
    elif key & 7 == 2:
        size, at = _varint(data, at, end)
    elif key & 7 == 5:
        size = 4
    else:
        raise ValueError
    if size < 0 or size > end - at:
        raise ValueError
    return key, value, at, at + size


@compiled
def _fields(data: Array, at: int, end: int, fields: Array) -> None:
    """The fields of a message, each in its row of `fields`: value or beginning, and where it ends; 0 for no such field."""
    fields[:] = 0
    while at < end:
        key, value, start, at = _field(data, at, end)
        if 0 <= key < len(fields):
            fields[key, 0], fields[key, 1] = value if key & 7 == 0 else start, at


@compiled
def _kinds(data: Array) -> int:
    """What the groups of a block hold."""
    kinds, at, end = 0, 0, len(data)
    while at < end:
        key, _, start, at = _field(data, at, end)
        if key == _GROUP:
            while start < at:
                key, _, _, start = _field(data, start, at)
                if key in (_NODE, _DENSE):
                    kinds |= _NODES
                elif key == _WAY:
                    kinds |= _WAYS
                elif key == _RELATION:
                    kinds |= _RELATIONS
    return kinds


@compiled
def _within(data: Array, kind: int, at: int, end: int) -> Array:
    """From where to where each field of a kind is, shape (fields, 2)."""
    spans = np.empty(((end - at) // 2, 2), np.int64)  # each takes two bytes or more
    found = 0
    while at < end:
        key, _, start, at = _field(data, at, end)
        if key == kind:
            spans[found, 0], spans[found, 1] = start, at
            found += 1
    return spans[:found]


@compiled
def _words(data: Array, tags: Telling) -> Array:
    """The number of the word that each string of a block is; 0 for any that does not matter."""
    words = np.zeros(0, np.int16)
    for at, end in _within(data, _STRINGS, 0, len(data)):
        strings = _within(data, _STRINGS, at, end)
        words = np.zeros(len(strings), np.int16)
        for string in range(len(strings)):
            state = np.int16(0)
            for i in range(strings[string, 0], strings[string, 1]):
                state = tags.after[state, data[i]]
                if state < 0:
                    break
            if state >= 0:
                words[string] = tags.word[state]
    return words


@compiled
def _role(data: Array, fields: Array, words: Array, tags: Telling) -> int:
    """What a way or relation is by its tags: its keys and values are numbers of strings."""
    key_at, keys_end = fields[_KEYS]
    value_at, values_end = fields[_VALUES]
    says = 0
    while key_at < keys_end and value_at < values_end:
        key, key_at = _varint(data, key_at, keys_end)
        value, value_at = _varint(data, value_at, values_end)
        if not (0 <= key < len(words) and 0 <= value < len(words)):
            raise ValueError
        says |= tags.says[words[key], words[value]]
    return tags.role[says]


@compiled
def _relations(data: Array, tags: Telling) -> Array:
    """The numbers of the ways in those relations of a block whose ways are wanted."""
    words = _words(data, tags)
    fields = np.empty((_FIELDS, 2), np.int64)
    members, total = np.empty(len(data), np.int64), 0
    for group, group_end in _within(data, _GROUP, 0, len(data)):
        for start, end in _within(data, _RELATION, group, group_end):
            _fields(data, start, end, fields)
            if _role(data, fields, words, tags) & EDGES:
                at, members_end = fields[_MEMBERS]
                kind_at, kinds_end = fields[_TYPES]
                ref = 0
                while at < members_end:
                    step, at = _signed(data, at, members_end)
                    kind, kind_at = _varint(data, kind_at, kinds_end)
                    ref += step
                    if kind == _IS_WAY:
                        members[total] = ref
                        total += 1
    return members[:total].copy()


@compiled
def _ways(data: Array, tags: Telling, edges: Array) -> tuple[int, Array, Array, Array, Array, Array]:
    """How many ways of a block are counted, and those that are wanted.

    Of these the lengths and nodes of those by their own tags, the same of the edges of relations, and the first nodes.
    """
    words = _words(data, tags)
    fields = np.empty((_FIELDS, 2), np.int64)
    # A way takes two bytes or more, and a node one.
    lengths, edge_lengths = np.empty(len(data) // 2, np.int64), np.empty(len(data) // 2, np.int64)
    first = np.empty(len(data) // 2, np.int64)
    nodes, edge_nodes = np.empty(len(data), np.int64), np.empty(len(data), np.int64)
    counted = walked = total = sides = edge_total = firsts = 0
    for group, group_end in _within(data, _GROUP, 0, len(data)):
        for start, end in _within(data, _WAY, group, group_end):
            _fields(data, start, end, fields)
            if fields[_WAY_LAT, 1] or fields[_WAY_LON, 1]:
                raise ValueError  # such a file may lack the nodes
            role = _role(data, fields, words, tags)
            counted += role & COUNTED
            at, refs_end = fields[_REFS]
            if at == refs_end:
                continue
            if role & FIRST:
                first[firsts] = _signed(data, at, refs_end)[0]
                firsts += 1
            if role & WALKED:
                lengths[walked] = _differences(data, at, refs_end, nodes, total)
                total += lengths[walked]
                walked += 1
            if len(edges):
                place = np.searchsorted(edges, fields[_ID, 0])
                if place < len(edges) and edges[place] == fields[_ID, 0]:
                    edge_lengths[sides] = _differences(data, at, refs_end, edge_nodes, edge_total)
                    edge_total += edge_lengths[sides]
                    sides += 1
    return (
        counted, lengths[:walked].copy(), nodes[:total].copy(), edge_lengths[:sides].copy(),
        edge_nodes[:edge_total].copy(), first[:firsts].copy(),
    )  # fmt: skip


@compiled
def _differences(data: Array, at: int, end: int, numbers: Array, place: int) -> int:
    """Numbers, each told as the difference from the last, into `numbers` from a place on; returns how many there are."""
    number, first = 0, place
    while at < end:
        step, at = _signed(data, at, end)
        number += step
        numbers[place] = number
        place += 1
    return place - first


@compiled
def _locate(data: Array, wanted: Array, order: Array, place: Array) -> None:
    """The places of those nodes of a block that are wanted, in 1e-7 degrees; node wanted[i] is in row order[i]."""
    fields = np.empty((_FIELDS, 2), np.int64)
    _fields(data, 0, len(data), fields)
    unit = fields[_GRANULARITY, 0] if fields[_GRANULARITY, 1] else 100
    lat_0, lon_0 = fields[_LAT_OFFSET, 0], fields[_LON_OFFSET, 0]
    near = 0
    for group, group_end in _within(data, _GROUP, 0, len(data)):
        for start, end in _within(data, _NODE, group, group_end):
            _fields(data, start, end, fields)
            if fields[_LAT, 1] and fields[_LON, 1]:
                lat, lon = _sign(fields[_LAT, 0]), _sign(fields[_LON, 0])
                near = _among(wanted, _sign(fields[_ID, 0]), near)
                if near < len(wanted) and wanted[near] == _sign(fields[_ID, 0]):
                    _put(place, order[near], lon * unit + lon_0, lat * unit + lat_0)
        for start, end in _within(data, _DENSE, group, group_end):
            _fields(data, start, end, fields)
            node_at, nodes_end = fields[_DENSE_ID]
            lat_at, lats_end = fields[_DENSE_LAT]
            lon_at, lons_end = fields[_DENSE_LON]
            node = lat = lon = 0
            while node_at < nodes_end:
                step, node_at = _signed(data, node_at, nodes_end)
                north, lat_at = _signed(data, lat_at, lats_end)
                east, lon_at = _signed(data, lon_at, lons_end)
                node, lat, lon = node + step, lat + north, lon + east
                near = _among(wanted, node, near)
                if near < len(wanted) and wanted[near] == node:
                    _put(place, order[near], lon * unit + lon_0, lat * unit + lat_0)


@compiled
def _among(wanted: Array, node: int, near: int) -> int:
    """Where a node is among those wanted, or would be: a little after the one before, as a rule."""
    if near == 0 or wanted[near - 1] < node:
        for _ in range(8):
            if near == len(wanted) or wanted[near] >= node:
                return near
            near += 1
    return int(np.searchsorted(wanted, node))


@compiled
def _put(place: Array, row: int, lon: int, lat: int) -> None:
    """Put down where a node is, told in 1e-9 degrees."""
    for i, told in enumerate((lon, lat)):
        # Cut, as osmium does, and not rounded.
        degrees = told // 100 if told >= 0 else -(-told // 100)
        # A node that is there twice, or farther off the Earth than a number can say.
        if place[row, i] != _NOWHERE or not -_NOWHERE < degrees < _NOWHERE:
            raise ValueError
        place[row, i] = degrees
