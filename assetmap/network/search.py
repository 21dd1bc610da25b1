"""The searches along a network, compiled by numba; where it is not to be had, the same functions run as they stand.

All take plain arrays, so that they run the same either way: indices are int32, metres float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

__all__ = [
    "COMPILED",
    "Chains",
    "Offers",
    "Scratch",
    "along_a_curve",
    "compiled",
    "count",
    "draw_together",
    "nearest",
    "pair",
    "scratch",
    "sort_by",
    "ways_on",
]

Array = np.ndarray
F = TypeVar("F", bound=Callable[..., object])

try:
    import numba
except ImportError:  # no wheel for Intel Macs
    COMPILED = False
else:
    COMPILED = True


def compiled(function: F) -> F:
    """The function, compiled when it is first called; what is compiled is kept beside this file."""
    if not COMPILED:
        return function
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # nowhere to keep it: neither beside this file nor in the user's own folder
        return cast(F, numba.njit(nogil=True)(function))


class Chains(NamedTuple):
    """A network drawn together: a junction where just two stretches meet is passed over, as no way parts there.

    What is left are nodes, and chains of stretches that lead from node to node.

    Parameters
    ----------
    node
        The node that each junction is; -1 for a junction along a chain.
    first, to, metres
        The ways on from each node: those of node n are ``first[n]`` to ``first[n + 1]``.
    forks
        Nodes from this number on are dead ends: there is no way on from them.
    ends, length_m
        The two nodes that each chain joins, and its length.
    inner_first, inner, inner_at
        The junctions along each chain, in order, and their metres from its first end.
    chain, start_at, end_at
        The chain that each stretch belongs to, and where on it the stretch starts and ends.
    """

    node: np.ndarray
    first: np.ndarray
    to: np.ndarray
    metres: np.ndarray
    forks: int
    ends: np.ndarray
    length_m: np.ndarray
    inner_first: np.ndarray
    inner: np.ndarray
    inner_at: np.ndarray
    chain: np.ndarray
    start_at: np.ndarray
    end_at: np.ndarray


class Scratch(NamedTuple):
    """What a search writes on, one for each thread: metres to each node (inf but in a search) and the nodes in hand."""

    out: np.ndarray
    reached: np.ndarray
    near: np.ndarray
    far: np.ndarray
    later: np.ndarray
    queue: np.ndarray


def scratch(nodes: int) -> Scratch:
    """A clean one. Made by numpy itself, which asks for large pages of memory where there is much of it."""
    reached, near, far, later = (np.empty(nodes, np.int32) for _ in range(4))
    return Scratch(np.full(nodes, np.inf), reached, near, far, later, np.zeros(nodes, np.uint8))


class Offers(NamedTuple):
    """What a search finds: places at the nodes where it may leave the network, and those that need no search.

    Parameters
    ----------
    first, place, metres
        Places beside each node, and the metres to them from there.
    beside_first, beside, beside_m
        Places that each origin also reaches without passing any node, and the metres to them.
    places
        How many places there are.
    """

    first: np.ndarray
    place: np.ndarray
    metres: np.ndarray
    beside_first: np.ndarray
    beside: np.ndarray
    beside_m: np.ndarray
    places: int


@compiled
def sort_by(number: Array, numbers: int) -> tuple[Array, Array]:
    """The order that sorts by a number, in time that grows with their count alone, and where each number's begin in it."""
    first = np.zeros(numbers + 1, np.int64)
    for i in range(len(number)):
        first[number[i] + 1] += 1
    for n in range(numbers):
        first[n + 1] += first[n]
    free = first[:-1].copy()
    order = np.empty(len(number), np.int64)
    for i in range(len(number)):
        order[free[number[i]]] = i
        free[number[i]] += 1
    return order, first


# -- drawing together --------------------------------------------------------------------------------


@compiled
def along_a_curve(xy: Array) -> Array:
    """Junctions in an order in which neighbours are near each other, so that a search finds them together in memory.

    Source: Morton G. M. (1966), A computer oriented geodetic data base, IBM: the digits of both coordinates, in turn.
    """
    digits = 1
    while 4**digits < len(xy):
        digits += 1
    low_x, low_y = xy[:, 0].min(), xy[:, 1].min()
    scale = (2**digits - 1) / max(xy[:, 0].max() - low_x, xy[:, 1].max() - low_y, 1.0)
    cell = np.zeros(len(xy), np.int32)
    for j in range(len(xy)):
        x, y = int((xy[j, 0] - low_x) * scale), int((xy[j, 1] - low_y) * scale)
        for digit in range(digits):
            cell[j] |= (((x >> digit) & 1) << (2 * digit)) | (((y >> digit) & 1) << (2 * digit + 1))
    return sort_by(cell, 4**digits)[0]


@compiled
def _by_junction(start: Array, end: Array, junctions: int) -> tuple[Array, Array]:
    """The stretches at each junction: where each junction's begin, and their numbers."""
    first = np.zeros(junctions + 1, np.int32)
    for s in range(len(start)):
        first[start[s] + 1] += 1
        first[end[s] + 1] += 1
    for j in range(junctions):
        first[j + 1] += first[j]
    free = first[:-1].copy()
    at = np.empty(2 * len(start), np.int32)
    for s in range(len(start)):
        at[free[start[s]]] = s
        free[start[s]] += 1
        at[free[end[s]]] = s
        free[end[s]] += 1
    return first, at


@compiled
def _follow(
    s: int,
    junction: int,
    number: int,
    place: int,
    node: Array,
    start: Array,
    end: Array,
    length_m: Array,
    first: Array,
    at: Array,
    inner: Array,
    inner_at: Array,
    on: Array,
    start_at: Array,
    end_at: Array,
) -> tuple[int, float, int]:
    """Walk a chain from a node along its first stretch to the next node.

    Notes the junctions passed from `place` of `inner` on, and on each stretch its chain. Returns the node's junction,
    the metres and the place after the last.
    """
    metres = 0.0
    while True:
        on[s] = number
        forth = start[s] == junction
        junction = end[s] if forth else start[s]
        start_at[s] = metres if forth else metres + length_m[s]
        end_at[s] = metres + length_m[s] if forth else metres
        metres += length_m[s]
        if node[junction] >= 0:
            return junction, metres, place
        inner[place] = junction
        inner_at[place] = metres
        place += 1
        s = at[first[junction]] + at[first[junction] + 1] - s


@compiled
def draw_together(start: Array, end: Array, length_m: Array, order: Array) -> tuple[Any, ...]:
    """The parts of `Chains` for stretches between junctions, numbered in an order of the junctions."""
    junctions = len(order)
    first, at = _by_junction(start, end, junctions)
    node = np.full(junctions, -1, np.int32)
    forks = 0
    for j in order:
        if first[j + 1] - first[j] > 2:
            node[j] = forks
            forks += 1
    nodes = forks
    for j in order:
        if first[j + 1] - first[j] < 2:
            node[j] = nodes
            nodes += 1
    on = np.full(len(start), -1, np.int32)
    start_at = np.empty(len(start))
    end_at = np.empty(len(start))
    inner = np.empty(junctions - nodes, np.int32)
    inner_at = np.empty(junctions - nodes)
    # No more chains than stretches; the arrays are cut to size below.
    ends = np.empty((2, len(start)), np.int32)
    metres = np.empty(len(start))
    inner_first = np.zeros(len(start) + 1, np.int32)
    chains, place = 0, 0
    for rings in range(2):
        for j in order:
            if rings == 1 and node[j] < 0 and on[at[first[j]]] < 0:
                # Passed by no chain, so it lies on a ring without any node: one is as good as another to begin with.
                node[j] = nodes
                nodes += 1
            elif rings == 1 or node[j] < 0:
                continue
            for k in range(first[j], first[j + 1]):
                s = at[k]
                if on[s] < 0:
                    last, length, place = _follow(
                        s,
                        j,
                        chains,
                        place,
                        node,
                        start,
                        end,
                        length_m,
                        first,
                        at,
                        inner,
                        inner_at,
                        on,
                        start_at,
                        end_at,
                    )
                    ends[0, chains], ends[1, chains] = node[j], node[last]
                    metres[chains] = length
                    chains += 1
                    inner_first[chains] = place
    return (
        node, nodes, forks, ends[:, :chains].copy(), metres[:chains].copy(), inner_first[: chains + 1].copy(),
        inner[:place].copy(), inner_at[:place].copy(), on, start_at, end_at,
    )  # fmt: skip


@compiled
def ways_on(ends: Array, length_m: Array, nodes: int) -> tuple[Array, Array, Array]:
    """The ways on from each node: ``first``, ``to`` and ``metres`` of `Chains`."""
    first, chain = _by_junction(ends[0], ends[1], nodes)
    to = np.empty(len(chain), np.int32)
    metres = np.empty(len(chain))
    for n in range(nodes):
        for k in range(first[n], first[n + 1]):
            c = chain[k]
            to[k] = ends[1, c] if ends[0, c] == n else ends[0, c]
            metres[k] = length_m[c]
    return first, to, metres


# -- searching -----------------------------------------------------------------------------------------


@compiled
def _spread(
    chains: Chains, seeds: Array, seed_m: Array, limit_m: float, width_m: float, block: int, on: Scratch
) -> int:
    """Metres from the nearest seed to every node within the limit, into `on.out`.

    The nodes are taken a block at a time, so that all that is in hand is near in memory; where a way leads out of its
    block, the other is taken again. `block` is how many nodes that is.

    Returns how many nodes are reached; they are noted in `on.reached`.
    """
    known = 0
    waiting = 0
    for i in range(len(seeds)):
        n = seeds[i]
        if seed_m[i] <= limit_m and seed_m[i] < on.out[n]:
            if on.out[n] == np.inf:
                on.reached[known] = n
                known += 1
                on.far[waiting] = n
                waiting += 1
                on.queue[n] = 2
            on.out[n] = seed_m[i]
    nodes = len(on.out)
    if nodes <= block:
        return _flow(chains, limit_m, width_m, on, waiting, known, 0, 0, nodes)[0]
    on.later[:waiting] = on.far[:waiting]
    while waiting:
        order, first = sort_by(on.later[:waiting] // block, (nodes + block - 1) // block)
        nodes_now = on.later[order]
        waiting = 0
        for b in range(len(first) - 1):
            number = first[b + 1] - first[b]
            if number:
                for i in range(number):
                    on.far[i] = nodes_now[first[b] + i]
                    on.queue[on.far[i]] = 2
                known, waiting = _flow(
                    chains,
                    limit_m,
                    width_m,
                    on,
                    number,
                    known,
                    waiting,
                    b * block,
                    min(b * block + block, nodes),
                )
    return known


@compiled
def _flow(
    chains: Chains,
    limit_m: float,
    width_m: float,
    on: Scratch,
    waiting: int,
    known: int,
    later: int,
    low: int,
    high: int,
) -> tuple[int, int]:
    """Make all ways shorter that lead on from the nodes waiting in `on.far`, within the nodes from `low` up to `high`.

    Nodes wait in two heaps of no order, those nearer than a line and those beyond it; the near ones are gone through
    until no way gets shorter, then the line moves on by the width. So the width decides the time that it takes, never
    the answer. (Meyer U., Sanders P. (2003), Journal of Algorithms 49(1), 114-152; two heaps: Davidson A. et al. (2014), IPDPS.)

    Returns how many nodes are reached, and how many elsewhere were made nearer; those are noted in `on.later`.
    """
    first, to, metres, forks = chains.first, chains.to, chains.metres, chains.forks
    out, reached, near, far, queue = on.out, on.reached, on.near, on.far, on.queue
    line = 0.0
    size = len(near)
    while waiting:
        before, line = line, line + width_m
        head = 0
        tail = 0
        kept = 0
        least = np.inf
        for i in range(waiting):
            n = far[i]
            if out[n] < before:
                continue  # it came nearer since, and is done
            if out[n] < line:
                near[tail] = n
                tail += 1
                queue[n] = 1
            else:
                far[kept] = n
                kept += 1
                least = min(least, out[n])
        waiting = kept
        if tail == 0:
            line = least
            continue
        count = tail
        if tail == size:
            tail = 0
        while count:
            n = near[head]
            head += 1
            if head == size:
                head = 0
            count -= 1
            queue[n] = 0
            m = out[n]
            for k in range(first[n], first[n + 1]):
                t = to[k]
                there = m + metres[k]
                if there < out[t] and there <= limit_m:
                    if out[t] == np.inf:
                        reached[known] = t
                        known += 1
                    out[t] = there
                    if t >= forks:
                        continue
                    if t < low or t >= high:
                        if queue[t] == 0:
                            queue[t] = 3
                            on.later[later] = t
                            later += 1
                        continue
                    if there < line:
                        if queue[t] != 1:
                            queue[t] = 1
                            near[tail] = t
                            tail += 1
                            if tail == size:
                                tail = 0
                            count += 1
                    elif queue[t] == 0:
                        queue[t] = 2
                        far[waiting] = t
                        waiting += 1
    return known, later


@compiled
def _seeds(chains: Chains, chain: Array, at: Array, access_m: Array) -> tuple[Array, Array]:
    """Points along chains as seeds: the nodes at both ends of each one's chain, and the metres to them."""
    seeds = np.empty(2 * len(chain), np.int32)
    seed_m = np.empty(2 * len(chain))
    for i in range(len(chain)):
        c = chain[i]
        seeds[2 * i], seeds[2 * i + 1] = chains.ends[0, c], chains.ends[1, c]
        seed_m[2 * i] = access_m[i] + at[i]
        seed_m[2 * i + 1] = access_m[i] + chains.length_m[c] - at[i]
    return seeds, seed_m


@compiled
def nearest(
    chains: Chains,
    chain: Array,
    at: Array,
    access_m: Array,
    limit_m: float,
    width_m: float,
    block: int,
    on: Scratch,
    answer: Array,
) -> None:
    """Metres from every junction to the nearest of some points on chains, into `answer` (float32; inf beyond the limit)."""
    seeds, seed_m = _seeds(chains, chain, at, access_m)
    known = _spread(chains, seeds, seed_m, limit_m, width_m, block, on)
    out = on.out
    for j in range(len(chains.node)):
        if chains.node[j] >= 0:
            answer[j] = out[chains.node[j]]
    for c in range(len(chains.length_m)):
        start, end, length = out[chains.ends[0, c]], out[chains.ends[1, c]], chains.length_m[c]
        for i in range(chains.inner_first[c], chains.inner_first[c + 1]):
            m = min(start + chains.inner_at[i], end + (length - chains.inner_at[i]))
            answer[chains.inner[i]] = m if m <= limit_m else np.inf
    for p in range(len(chain)):
        for i in range(chains.inner_first[chain[p]], chains.inner_first[chain[p] + 1]):
            m = access_m[p] + abs(chains.inner_at[i] - at[p])
            if m <= limit_m and m < answer[chains.inner[i]]:
                answer[chains.inner[i]] = m
    for j in range(len(answer)):
        if answer[j] == np.inf:
            answer[j] = np.nan
    for i in range(known):
        out[on.reached[i]] = np.inf


@compiled
def _offered(
    chains: Chains,
    offers: Offers,
    o: int,
    chain: Array,
    at: Array,
    access_m: Array,
    limit_m: float,
    width_m: float,
    on: Scratch,
    best: Array,
    found: Array,
) -> int:
    """Metres from one origin, which may have several doors, to every place within the limit, into `best`.

    Returns how many there are; they are noted in `found`.
    """
    number = 0
    for i in range(offers.beside_first[o], offers.beside_first[o + 1]):
        p, m = offers.beside[i], offers.beside_m[i]
        if m <= limit_m and m < best[p]:
            if best[p] == np.inf:
                found[number] = p
                number += 1
            best[p] = m
    seeds, seed_m = _seeds(chains, chain, at, access_m)
    known = _spread(chains, seeds, seed_m, limit_m, width_m, len(on.out), on)
    for r in range(known):
        n = on.reached[r]
        for i in range(offers.first[n], offers.first[n + 1]):
            p, m = offers.place[i], on.out[n] + offers.metres[i]
            if m <= limit_m and m < best[p]:
                if best[p] == np.inf:
                    found[number] = p
                    number += 1
                best[p] = m
        on.out[n] = np.inf
    return number


@compiled
def count(
    chains: Chains,
    offers: Offers,
    doors: Array,
    chain: Array,
    at: Array,
    access_m: Array,
    origins: tuple[int, int],
    limits_m: Array,
    width_m: float,
    on: Scratch,
    kind: Array,
    answer: Array,
) -> None:
    """How many places of each kind are within each limit of each origin, into `answer` (origins, kinds, limits).

    The doors of origin o are the points ``doors[o]`` to ``doors[o + 1]``; `origins` are the first to take and the
    first to leave, so that several threads may share the work.
    """
    best = np.full(offers.places, np.inf)
    found = np.empty(offers.places, np.int32)
    most = limits_m.max()
    for o in range(origins[0], origins[1]):
        a, b = doors[o], doors[o + 1]
        number = _offered(
            chains, offers, o, chain[a:b], at[a:b], access_m[a:b], most, width_m, on, best, found
        )
        for i in range(number):
            p = found[i]
            for k in range(len(limits_m)):
                if best[p] <= limits_m[k]:
                    answer[o, kind[p], k] += 1
            best[p] = np.inf


@compiled
def _longer(values: Array, size: int) -> Array:
    """The values with room for more."""
    longer = np.empty(size, values.dtype)
    longer[: len(values)] = values
    return longer


@compiled
def pair(
    chains: Chains,
    offers: Offers,
    doors: Array,
    chain: Array,
    at: Array,
    access_m: Array,
    origins: tuple[int, int],
    limit_m: float,
    width_m: float,
    on: Scratch,
) -> tuple[Array, Array, Array]:
    """Every origin and place within the limit, in order, and the metres between; the arguments as for `count`."""
    best = np.full(offers.places, np.inf)
    found = np.empty(offers.places, np.int32)
    origin = np.empty(1024, np.int32)
    place = np.empty(1024, np.int32)
    metres = np.empty(1024)
    total = 0
    for o in range(origins[0], origins[1]):
        a, b = doors[o], doors[o + 1]
        number = _offered(
            chains, offers, o, chain[a:b], at[a:b], access_m[a:b], limit_m, width_m, on, best, found
        )
        if total + number > len(origin):
            size = 2 * (total + number)
            origin, place, metres = _longer(origin, size), _longer(place, size), _longer(metres, size)
        found[:number].sort()
        for i in range(number):
            origin[total + i], place[total + i], metres[total + i] = o, found[i], best[found[i]]
            best[found[i]] = np.inf
        total += number
    return origin[:total].copy(), place[:total].copy(), metres[:total].copy()
