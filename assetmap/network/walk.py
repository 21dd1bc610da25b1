"""Distances on foot: places and people are joined to the nearest stretch of the network, and the way there counts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.model import Network
from assetmap.network import search

__all__ = [
    "Joined",
    "counts",
    "distances",
    "doors",
    "join",
    "nearest",
    "nearest_of",
    "pairs",
    "snap_m",
    "warm",
]

S = TypeVar("S")
T = TypeVar("T")

#: The edge of a green space without known entrances is tried for a way in at this spacing.
_EDGE_SPACING_M = 50

#: Distances are told to the millimetre, so a place is within a limit if it is once rounded: sums of many lengths are
#: a hair off, and one just at the limit is on the same side of it in every figure.
_HALF_MM = 0.00049

#: Rows of answers that are kept with a network, of some 30 bytes each.
_KEPT_ROWS = 5_000_000

#: How far the searches look ahead in one go. It decides only how long they take, and that little: on Newport, a million
#: and 16 million junctions 64 to 512 m are within a fifth of each other.
_WIDTH_M = 256.0

#: Nodes that a search through the whole network takes at a time.
_BLOCK = 65_536


@dataclass(frozen=True)
class Joined:
    """Points joined to a network, each at the nearest spot of its nearest stretch.

    Parameters
    ----------
    points
        The points themselves.
    stretch
        The stretch that each is joined to; -1 where there is none.
    share
        How far along the stretch, 0 (its start) to 1 (its end).
    access_m
        Metres from the point to there, straight; inf where there is no stretch.
    """

    points: np.ndarray
    stretch: np.ndarray
    share: np.ndarray
    access_m: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


def doors(places: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    """The points each place may be entered by, and the position of its place.

    A point is its own door; a site of several entrances has them all; a polygon may be entered along its edge.
    """
    geometry = places.to_numpy()
    areal = shapely.get_dimensions(geometry) == 2
    edges = np.where(areal, shapely.segmentize(shapely.boundary(geometry), _EDGE_SPACING_M), geometry)
    xy, place = shapely.get_coordinates(edges, return_index=True)
    return np.asarray(shapely.points(xy)), place


def join(network: Network, points: np.ndarray | Joined) -> Joined:
    """Points (shapely) joined to the network. That is kept with it, so that no point is ever joined twice."""
    if isinstance(points, Joined):
        return points
    points = np.asarray(points, dtype=object)
    code = shapely.get_x(points) + 1j * shapely.get_y(points)
    known, stretch, share, access_m = network.kept.get(
        "joined", (pd.Index([], dtype=complex), *_joined(network, points[:0]))
    )
    row = known.get_indexer(code)
    new = np.flatnonzero(row < 0)
    if len(new):
        new = new[~pd.Index(code[new]).duplicated()]
        found = zip((stretch, share, access_m), _joined(network, points[new]), strict=True)
        stretch, share, access_m = (np.concatenate(both) for both in found)
        known = known.append(pd.Index(code[new]))
        # All at once, as others may ask at the same time.
        network.kept["joined"] = known, stretch, share, access_m
        row = known.get_indexer(code)
    return Joined(points, stretch[row], share[row], access_m[row])


def _joined(network: Network, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What `Joined` tells of each point but the point."""
    stretch, share = np.full(len(points), -1, np.int32), np.zeros(len(points))
    access_m = np.full(len(points), np.inf)
    point, nearest_one = network.tree.query_nearest(points, all_matches=False)
    stretch[point] = nearest_one
    stretches = network.stretches[nearest_one]
    access_m[point] = shapely.distance(points[point], stretches)
    # A stretch of no length has no shares: all of it is its start.
    share[point] = np.nan_to_num(shapely.line_locate_point(stretches, points[point], normalized=True))
    return stretch, share, access_m


def snap_m(network: Network, points: np.ndarray | Joined) -> np.ndarray:
    """Metres from each point to the nearest stretch of the network."""
    return join(network, points).access_m


def chains(network: Network) -> search.Chains:
    """The network drawn together to nodes and chains; done once, and kept with it."""
    if "chains" not in network.kept:
        network.kept["chains"] = _chains(network)
    return network.kept["chains"]


def _chains(network: Network) -> search.Chains:
    # All arrays anew: writable, in order and of one type, or the searches would be compiled once more for them.
    start, end = (np.array(each, np.int32) for each in (network.start, network.end))
    node, nodes, forks, ends, length_m, *rest = search.draw_together(
        start,
        end,
        np.array(network.length_m, np.float64),
        search.along_a_curve(np.array(network.xy, np.float64)),
    )
    return search.Chains(node, *search.ways_on(ends, length_m, nodes), forks, ends, length_m, *rest)


def nearest(
    network: Network,
    groups: Sequence[np.ndarray | Joined],
    limit_m: float = np.inf,
    dtype: type[np.floating] = np.float64,
) -> np.ndarray:
    """Metres on foot from every junction to the nearest point of each group, by one search a group.

    Parameters
    ----------
    network
        The walking network.
    groups
        The points of each group, such as the doors of all places of a kind.
    limit_m
        The farthest to look.
    dtype
        Type of the answer. float32 takes half the memory, and is within 4 mm up to 65 km.

    Returns
    -------
    ndarray
        One row a group, one column a junction; NaN where no way leads to any.
    """
    answer = np.empty((len(groups), len(network.xy)), dtype)
    drawn = chains(network)

    def work(group: int) -> None:
        _, chain, at, access_m = _on_chains(network, join(network, groups[group]))
        on = search.scratch(len(drawn.first) - 1)
        search.nearest(drawn, chain, at, access_m, float(limit_m), _WIDTH_M, _BLOCK, on, answer[group])

    in_threads(work, range(len(groups)))
    return answer


def nearest_of(
    network: Network, origins: np.ndarray | Joined, groups: Sequence[np.ndarray | Joined]
) -> np.ndarray:
    """Metres on foot from each origin to the nearest point of each group, however far, to the millimetre.

    Returns one row a group, one column an origin; NaN where no way leads to any.
    """
    here, there = join(network, origins), [join(network, group) for group in groups]
    asked = [_asked("nearest", *_told(here), *_told(group)) for group in there]
    answer = [_kept(network, each) for each in asked]
    new = [number for number, metres in enumerate(answer) if metres is None]
    for number, every in zip(new, nearest(network, [there[number] for number in new]), strict=True):
        answer[number] = _keep(network, asked[number], _read_off(network, here, there[number], every))
    return np.array(answer).reshape(len(groups), len(here))


def _read_off(network: Network, here: Joined, group: Joined, every: np.ndarray) -> np.ndarray:
    """Metres from each origin to the nearest of a group, of which the metres from every junction are known."""
    point, *_ = _on_chains(network, here)
    stretch, share = here.stretch[point], here.share[point]
    start, end, length_m = network.start[stretch], network.end[stretch], network.length_m[stretch]
    metres = np.full(len(here), np.nan)
    metres[point] = here.access_m[point] + np.fmin(
        every[start] + share * length_m, every[end] + (1 - share) * length_m
    )
    origin, _, beside_m = _beside(network, here, group, np.inf)
    np.fmin.at(metres, origin, beside_m)
    return metres.round(3)


def counts(
    network: Network,
    origins: np.ndarray | Joined,
    points: np.ndarray | Joined,
    place: np.ndarray,
    kind: np.ndarray,
    kinds: int,
    limits_m: Sequence[float],
) -> np.ndarray:
    """How many places of each kind are within each limit of each origin, all by one search an origin.

    Parameters
    ----------
    network
        The walking network.
    origins
        Points to walk from.
    points, place
        The doors of the places, and the position of the place that each belongs to.
    kind, kinds
        The kind of each place, as a number below `kinds`.
    limits_m
        Metres on foot, such as 5, 10 and 15 minutes’ worth; each counts all that is nearer too.

    Returns
    -------
    ndarray
        Whole numbers, shape (origins, kinds, limits).
    """
    here, there = join(network, origins), join(network, points)
    limits = np.array(limits_m, np.float64) + _HALF_MM
    answer = np.zeros((len(here), kinds, len(limits)), np.int32)
    every, of = np.arange(len(here)), np.array(kind, np.int32)
    arguments = _search(network, here, every, len(here), there, place, len(of), limits.max(initial=0))

    def work(origins: tuple[int, int]) -> None:
        on = search.scratch(len(chains(network).first) - 1)
        search.count(*arguments, origins, limits, _WIDTH_M, on, of, answer)

    if len(limits):
        in_threads(work, _shares(len(here)))
    return answer


def pairs(
    network: Network,
    origins: np.ndarray | Joined,
    points: np.ndarray | Joined,
    place: np.ndarray,
    limit_m: float,
) -> pd.DataFrame:
    """Every origin and place within a limit on foot of each other.

    Parameters
    ----------
    network
        The walking network.
    origins
        Points to walk from.
    points, place
        The doors of the places, and the position of the place that each belongs to.
    limit_m
        The farthest to look, in metres on foot, the ways to and from the network counted.

    Returns
    -------
    DataFrame
        ``origin``, ``place`` (positions, in order) and ``walk_m``, the nearest door counting, to the millimetre.
    """
    here, there = join(network, origins), join(network, points)
    asked = _asked(
        "pairs", *_told(here), *_told(there), np.asarray(place, np.int64), np.array([float(limit_m)])
    )
    found = _kept(network, asked)
    if found is None:
        found = _keep(network, asked, _pairs(network, here, there, np.asarray(place), limit_m))
    return found.copy()


def _pairs(network: Network, here: Joined, there: Joined, place: np.ndarray, limit_m: float) -> pd.DataFrame:
    places = int(place.max(initial=-1)) + 1
    sides = [(here, np.arange(len(here)), len(here)), (there, place, places)]
    # The way back is as long as the way there, so whichever are fewer are searched from.
    swapped = places < len(here)
    if swapped:
        sides.reverse()
    limit = limit_m + _HALF_MM
    arguments = _search(network, *sides[0], *sides[1], limit)

    def work(origins: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        on = search.scratch(len(chains(network).first) - 1)
        return search.pair(*arguments, origins, limit, _WIDTH_M, on)

    found = in_threads(work, _shares(sides[0][2]))
    one, other, metres = (np.concatenate(each) for each in zip(*found, strict=True))
    if swapped:
        order, _ = _sorted_by(other, len(here))
        one, other, metres = other[order], one[order], metres[order]
    return pd.DataFrame(
        {"origin": one.astype(np.int64), "place": other.astype(np.int64), "walk_m": metres.round(3)}
    )


def distances(
    network: Network,
    origins: np.ndarray | Joined,
    points: np.ndarray | Joined,
    place: np.ndarray,
    limit_m: float,
) -> tuple[pd.DataFrame, np.ndarray]:
    """What `pairs` returns, and the metres on foot from each origin to the nearest place however far (NaN: none)."""
    here, there = join(network, origins), join(network, points)
    return pairs(network, here, there, place, limit_m), nearest_of(network, here, [there])[0]


def warm() -> None:
    """Compile the searches, which takes some seconds once, so that nobody waits for it later; a no-op thereafter."""
    xy = np.array([[-9.0, 0], [0, 0], [9, 0], [0, 9]])
    cross = Network(xy, np.array([0, 1, 1]), np.array([1, 2, 3]), np.full(3, 9.0))
    points = shapely.points([[1.0, 1], [5, 0]])
    distances(cross, points, points, np.arange(2), 20)
    counts(cross, points, points, np.arange(2), np.zeros(2), 1, [20])


# -- what was asked before ----------------------------------------------------------------------------
# When one place is added, most questions are the same as before: only those that it has a part in are searched again.


def _told(joined: Joined) -> tuple[np.ndarray, ...]:
    """All that an answer may depend on."""
    return joined.stretch, joined.share, joined.access_m, shapely.get_coordinates(joined.points)


def _asked(question: str, *of: np.ndarray) -> bytes:
    """The same question of the same points is the same bytes."""
    digest = hashlib.blake2b(question.encode())
    for values in of:
        digest.update(f",{len(values)},".encode() + values.tobytes())
    return digest.digest()


def _kept(network: Network, asked: bytes) -> Any:
    """The answer, where it is known; taken out and put back, so that what nobody asks for is the first to go."""
    answers = network.kept.setdefault("answers", {})
    answer = answers.pop(asked, None)
    if answer is not None:
        answers[asked] = answer
    return answer


def _keep(network: Network, asked: bytes, answer: T) -> T:
    answers = network.kept["answers"]
    answers[asked] = answer
    while len(answers) > 1 and sum(map(len, list(answers.values()))) > _KEPT_ROWS:
        answers.pop(next(iter(answers)), None)
    return answer


# -- from points to the searches' arrays ----------------------------------------------------------


def _on_chains(network: Network, joined: Joined) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which points are joined to any stretch; and their chains, where along them, and their ways there."""
    drawn = chains(network)
    point = np.flatnonzero(joined.stretch >= 0)
    stretch, share = joined.stretch[point], joined.share[point]
    start = drawn.start_at[stretch]
    return (
        point,
        drawn.chain[stretch],
        start + share * (drawn.end_at[stretch] - start),
        joined.access_m[point],
    )


def _search(
    network: Network,
    one: Joined,
    one_of: np.ndarray,
    ones: int,
    other: Joined,
    other_of: np.ndarray,
    others: int,
    limit_m: float,
) -> tuple[search.Chains, search.Offers, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The first arguments of `search.count` and `search.pair`: from `ones` origins, of points each, to `others`."""
    drawn = chains(network)
    point, chain, at, access_m = _on_chains(network, one)
    order, first = _sorted_by(one_of[point], ones)
    to, to_chain, to_at, to_access_m = _on_chains(network, other)
    node = drawn.ends[:, to_chain].reshape(-1)
    metres = np.concatenate([to_access_m + to_at, to_access_m + drawn.length_m[to_chain] - to_at])
    by_node, first_place = _sorted_by(node, len(drawn.first) - 1)
    origin, beside, beside_m = _beside(network, one, other, limit_m)
    by_origin, first_beside = _sorted_by(one_of[origin], ones)
    offers = search.Offers(
        first_place,
        np.tile(other_of[to], 2)[by_node].astype(np.int32),
        metres[by_node],
        first_beside,
        other_of[beside][by_origin].astype(np.int32),
        beside_m[by_origin],
        others,
    )
    return drawn, offers, first, chain[order], at[order], access_m[order]


def _sorted_by(number: np.ndarray, numbers: int) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts by a number, and where each number's begin in it."""
    return search.sort_by(np.array(number, np.int32), numbers)


def _beside(
    network: Network, one: Joined, other: Joined, limit_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points that reach each other without passing a node: along one chain, or straight. Their positions, the metres."""
    drawn = chains(network)
    here, chain, at, access_m = _on_chains(network, one)
    there, to_chain, to_at, to_access_m = _on_chains(network, other)
    order, first = _sorted_by(to_chain, len(drawn.length_m))
    number = first[chain + 1] - first[chain]
    a = np.repeat(np.arange(len(here)), number)
    b = order[np.arange(len(a)) + np.repeat(first[chain] - number.cumsum() + number, number)]
    along = access_m[a] + to_access_m[b] + np.abs(at[a] - to_at[b])
    # Who stands nearer to a place than both stand to the network walks to it straight. One of the two then stands at
    # least half as far from the network as from the other, so it is enough to look around each by twice that.
    points, to_points = one.points[here], other.points[there]
    c, d = shapely.STRtree(to_points).query(points, "dwithin", np.minimum(2 * access_m, limit_m))
    f, e = shapely.STRtree(points).query(to_points, "dwithin", np.minimum(2 * to_access_m, limit_m))
    c, d = np.concatenate([c, e]), np.concatenate([d, f])
    straight = shapely.distance(points[c], to_points[d])
    nearer = straight <= access_m[c] + to_access_m[d]
    metres = np.concatenate([along, straight[nearer]])
    within = metres <= limit_m
    return (
        here[np.concatenate([a, c[nearer]])[within]],
        there[np.concatenate([b, d[nearer]])[within]],
        metres[within],
    )


# -- two at a time ----------------------------------------------------------------------------------


def _shares(number: int) -> list[tuple[int, int]]:
    """The first and the end of each thread's share of a number of origins."""
    bounds = np.linspace(0, number, (os.cpu_count() or 1) + 1).astype(int).tolist()
    return list(pairwise(bounds))


def in_threads(work: Callable[[S], T], items: Sequence[S]) -> list[T]:
    """The work on each item, as many at once as there are processors: the searches let other threads run."""
    if len(items) == 1:
        return [work(items[0])]
    return list(_threads().map(work, items))


@cache
def _threads() -> ThreadPoolExecutor:
    """Started once: to start them takes as long as a search through a city."""
    return ThreadPoolExecutor(os.cpu_count())
