"""What each area can walk to, weighed by nearness, by how many share it, and by how varied it is.

All but the two measures of plain provision are arithmetic on *pairs*: an area and a place near enough to walk. Each
floating catchment divides what a place offers among the people who reach it and sums each area's portions; they
differ only in how a pair counts in the two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.measures.reach import Walks, decay

__all__ = [
    "Pairs",
    "bfca",
    "cumulative",
    "density_per_1000",
    "diversity",
    "e2sfca",
    "flat",
    "gravity",
    "m2sfca",
    "nearest_by",
    "pairs_of",
    "people_mean",
    "people_share_within",
    "provision_per_1000",
    "raam",
    "stepped",
    "three_sfca",
    "two_sfca",
]

#: How much a pair counts: from metres on foot and the catchment in metres to 0 (not at all) to 1 (wholly).
Weight: TypeAlias = Callable[[np.ndarray, float], np.ndarray]

#: The slow decay of Luo & Qi (2009) over the three thirds of the catchment.
_STEPS = np.array([1.0, 0.68, 0.22, 0.0])

#: How people move to less crowded places in RAAM, as Saxon & Snow's own code has it: how often; the largest share of an
#: area's people at once, at first; after how many moves that share has halved, and its least; and for how many moves
#: no more may flock to a place than it has room for.
_MOVES, _SHARE, _HALVED, _LEAST, _CAREFUL = 150, 0.2, 50, 0.005, 20


@dataclass(frozen=True)
class Pairs:
    """Areas and places near enough to walk between, as positions.

    Parameters
    ----------
    areas, places
        Codes of all areas and identifiers of all places, whether or not they are in a pair.
    area, place
        One an entry of `walk_m`: the positions in `areas` and `places`. No pair stands twice.
    walk_m
        Metres on foot.
    people
        Residents of each area; NaN where unknown. For the floating catchments these must be all who can
        reach a place, so areas to twice the catchment belong in, else places near the edge look uncrowded.
    supply
        What each place offers, in any unit, such as 1 a place.
    limit_m
        How far the pairs go, in metres on foot. No larger catchment can be asked of them.
    """

    areas: pd.Index
    places: pd.Index
    area: np.ndarray
    place: np.ndarray
    walk_m: np.ndarray
    people: np.ndarray
    supply: np.ndarray
    limit_m: float


def pairs_of(walks: Walks, people: pd.Series, supply: pd.Series | None = None) -> Pairs:
    """The pairs of what was walked.

    Parameters
    ----------
    walks
        Walking distances.
    people
        Residents, by area code; an area not in it is unknown.
    supply
        What each place offers, by its identifier; by default 1 a place. A place not in it is unknown.
    """
    place, places = pd.factorize(walks.pairs["place_id"])
    if supply is None:
        supply = pd.Series(1.0, index=places)
    return Pairs(
        walks.origins,
        pd.Index(places),
        walks.origins.get_indexer(pd.Index(walks.pairs["origin"])),
        place,
        # To the centimetre: the last bit of a product must not put a place just at the limit beyond it.
        walks.pairs["walk_m"].to_numpy(dtype=float).round(2),
        people.reindex(walks.origins).to_numpy(dtype=float, na_value=np.nan),
        supply.reindex(places).to_numpy(dtype=float, na_value=np.nan),
        walks.catchment_m,
    )


# -- how much a pair counts -----------------------------------------------------------------------


def flat(walk_m: np.ndarray, catchment_m: float) -> np.ndarray:
    """1 within the catchment, 0 beyond (Luo & Wang 2003)."""
    return np.where(walk_m <= catchment_m, 1.0, 0.0)


def stepped(walk_m: np.ndarray, catchment_m: float) -> np.ndarray:
    """1, 0.68 and 0.22 in the first, second and last third of the catchment, 0 beyond.

    Source: Luo W., Qi Y. (2009), Health & Place 15(4), 1100-1107: the slow decay, over 30 minutes in three steps.

    Examples
    --------
    >>> stepped(np.array([400.0, 401.0, 1200.0, 1201.0]), 1200.0).tolist()
    [1.0, 0.68, 0.22, 0.0]
    """
    thirds = [catchment_m / 3, catchment_m * 2 / 3, catchment_m]
    return _STEPS[sum((walk_m > third).view(np.int8) for third in thirds)]


# -- the floating catchments ----------------------------------------------------------------------


def two_sfca(pairs: Pairs, catchment_m: float) -> pd.Series:
    r"""Two-step floating catchment: places per 1,000 people, all within the catchment counting alike.

    .. math:: A_i = \sum_{j: d_{ij} \le d_0} \frac{S_j}{\sum_{k: d_{kj} \le d_0} P_k}

    Unit: supply per 1,000 residents. Higher is more. 0 where nothing is within the catchment; NA where the number
    of people who share a place is not known, or nobody does.

    Source: Luo W., Wang F. (2003), Environment and Planning B 30(6), 865-884.
    """
    return e2sfca(pairs, catchment_m, flat).rename("two_sfca_per_1000")


def e2sfca(pairs: Pairs, catchment_m: float, weight: Weight = decay) -> pd.Series:
    r"""Enhanced two-step floating catchment: places per 1,000 people, nearer counting more.

    .. math:: A_i = \sum_j W_{ij} \frac{S_j}{\sum_k P_k W_{kj}}

    Unit: supply per 1,000 residents. Higher is more. 0 where nothing is within the catchment; NA where the number
    of people who share a place is not known, or nobody does. Shares out the whole supply: the sum of
    :math:`P_i A_i / 1000` is the sum of the :math:`S_j` that people reach.

    Source: Luo W., Qi Y. (2009), Health & Place 15(4), 1100-1107, with `weight` = `stepped`; Dai D. (2010), Health &
    Place 16(5), 1038-1052, with `decay`.
    """
    near, by = _near(pairs, catchment_m, weight)
    return _shared(near, by, by).rename("e2sfca_per_1000")


def m2sfca(pairs: Pairs, catchment_m: float, weight: Weight = decay) -> pd.Series:
    r"""Modified two-step floating catchment: as E2SFCA, but what lies far off is partly lost to all.

    .. math:: A_i = \sum_j \frac{S_j W_{ij}^2}{\sum_k P_k W_{kj}}

    Unit: supply per 1,000 residents. Higher is more; never above E2SFCA. 0 and NA as there.

    Source: Delamater P. L. (2013), Health & Place 24, 30-43.
    """
    near, by = _near(pairs, catchment_m, weight)
    return _shared(near, by, by * by).rename("m2sfca_per_1000")


def three_sfca(pairs: Pairs, catchment_m: float, weight: Weight = decay) -> pd.Series:
    r"""Three-step floating catchment: as E2SFCA, but people first choose among the places near them.

    .. math::
        A_i = \sum_j G_{ij} W_{ij} \frac{S_j}{\sum_k G_{kj} W_{kj} P_k},
        \quad G_{ij} = \frac{W_{ij}}{\sum_l W_{il}}

    Unit: supply per 1,000 residents. Higher is more. 0 and NA as E2SFCA.

    Source: Wan N., Zou B., Sternberg T. (2012), International Journal of Geographical Information Science 26(6),
    1073-1089.
    """
    near, by = _near(pairs, catchment_m, weight)
    chosen = by * _portions(near.area, by, len(near.areas))
    return _shared(near, chosen, chosen).rename("three_sfca_per_1000")


def bfca(pairs: Pairs, catchment_m: float, weight: Weight = decay) -> pd.Series:
    r"""Balanced floating catchment: everybody and every place counted once.

    .. math::
        A_i = \sum_j \frac{W_{ij}}{\sum_k W_{kj}} L_j,
        \quad L_j = \frac{S_j}{\sum_k P_k W_{kj} / \sum_l W_{kl}}

    Unit: supply per 1,000 residents. Higher is more. 0 and NA as E2SFCA. Each area's people are divided among the places
    they reach, so the demand on all places is the population, and each place's level of service :math:`L_j` is divided
    among the areas that reach it, so the sum of :math:`A_i` is the sum of :math:`L_j`. A place that is only just within
    reach of a single area has hardly any claim on it, and gives that area a very high figure.

    Source: Paez A., Higgins C. D., Vivona S. F. (2019), PLoS ONE 14(6), e0218773.
    """
    near, by = _near(pairs, catchment_m, weight)
    return _shared(
        near, _portions(near.area, by, len(near.areas)), _portions(near.place, by, len(near.places))
    ).rename("bfca_per_1000")


def _near(pairs: Pairs, catchment_m: float, weight: Weight) -> tuple[Pairs, np.ndarray]:
    """The pairs that count at all, and how much each does."""
    if catchment_m > pairs.limit_m:
        msg = f"a catchment of {catchment_m:g} m is asked of pairs that go to {pairs.limit_m:g} m"
        raise ValueError(msg)
    by = weight(pairs.walk_m, catchment_m)
    counts = by > 0
    if counts.all():
        return pairs, by
    near = pairs.area[counts], pairs.place[counts], pairs.walk_m[counts]
    return Pairs(pairs.areas, pairs.places, *near, pairs.people, pairs.supply, catchment_m), by[counts]


def _shared(pairs: Pairs, claim: np.ndarray, gain: np.ndarray) -> pd.Series:
    """Each place's supply per 1,000 of the people who claim it, summed over what each area gains."""
    crowd = np.bincount(pairs.place, claim * pairs.people[pairs.area], len(pairs.places))
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(crowd == 0, np.nan, pairs.supply * 1000 / crowd)
    return _series(pairs, np.bincount(pairs.area, gain * level[pairs.place], len(pairs.areas)))


def _portions(group: np.ndarray, by: np.ndarray, groups: int) -> np.ndarray:
    """Each weight as a portion of all those of its group."""
    return by / np.bincount(group, by, groups)[group]


def _series(pairs: Pairs, values: np.ndarray) -> pd.Series:
    return pd.Series(values, index=pairs.areas).astype("Float64")


def raam(pairs: Pairs, worth_m: float = 1_200) -> pd.Series:
    r"""Rational agent access model: what it costs to reach a place and to share it, at the best choice left.

    .. math:: \text{cost}_{ij} = \frac{D_j / S_j}{\rho} + \frac{d_{ij}}{\tau}, \quad \rho = \frac{\sum_i P_i}{\sum_j S_j}

    People begin at the nearest place and move, some at a time, from the dearest they use to the cheapest in reach, until
    hardly any would gain by moving; an area's cost is the mean of its people's. :math:`\tau` is `worth_m`: the walk that
    is as bad as a place of average crowding, by default 15 minutes on foot.

    Unit: none; 1 is a walk of `worth_m` to an empty place, or average crowding at the door. **Lower is better.** NA where
    no place is within the pairs or nobody lives, and where people of unknown number share a place with the area.

    Source: Saxon J., Snow D. (2020), Annals of the American Association of Geographers 110(1), 205-222; the way to move
    as in their own code, now in PySAL's ``access``.
    """
    people, supply = np.nan_to_num(pairs.people), np.nan_to_num(pairs.supply)
    takes = (people[pairs.area] > 0) & (supply[pairs.place] > 0)
    area, place, walk = pairs.area[takes], pairs.place[takes], pairs.walk_m[takes] / worth_m
    order = np.lexsort((place, area))
    area, place, walk = area[order], place[order], walk[order]
    cost = np.full(len(pairs.areas), np.nan)
    if len(area):
        room = np.where(supply > 0, supply, np.nan) * (people.sum() / supply.sum())
        cost[np.unique(area)] = _settled(area, place, walk, people, room)
    unsure = np.isnan(pairs.people)[pairs.area] | np.isnan(pairs.supply)[pairs.place]
    shared = np.bincount(pairs.place, unsure, len(pairs.places)) > 0
    cost[np.bincount(pairs.area, shared[pairs.place], len(pairs.areas)) > 0] = np.nan
    return _series(pairs, cost).rename("raam_cost")


def _settled(
    area: np.ndarray, place: np.ndarray, walk: np.ndarray, people: np.ndarray, room: np.ndarray
) -> np.ndarray:
    """Mean cost of each area in a pair, once its people have moved; pairs sorted by area."""
    first = np.flatnonzero(np.diff(area, prepend=-1))
    owner = np.repeat(np.arange(len(first)), np.diff(first, append=len(area)))
    people = people[area[first]]

    def least(values: np.ndarray) -> np.ndarray:
        """The pair of each area with the least value; of equals the first."""
        ties = np.flatnonzero(values == np.minimum.reduceat(values, first)[owner])
        return ties[np.unique(owner[ties], return_index=True)[1]]

    held = np.zeros(len(walk))
    held[least(walk)] = people
    cost = walk
    for move in range(_MOVES):
        cost = np.bincount(place, held, len(room))[place] / room[place] + walk
        to, away = least(cost), least(np.where(held > 0, -cost, np.inf))
        there, here = room[place[to]], room[place[away]]
        # So many that both would cost the same; no more than are there, nor than may go at once; whole people.
        gain = (cost[away] - cost[to]) * (there * here / (there + here))
        share = max(_SHARE * 0.5 ** (move / _HALVED), _LEAST)
        going = np.floor(np.minimum(np.minimum(gain, held[away]), share * people))
        if move < _CAREFUL:
            flock = np.bincount(place[to], going, len(room))[place[to]] / there
            going = np.round(going / np.maximum(flock, 1.0))
        held[to] += going
        held[away] -= going
    return np.bincount(owner, cost * held) / people


# -- what is near, without rivals -----------------------------------------------------------------


def gravity(pairs: Pairs, catchment_m: float, weight: Weight = decay) -> pd.Series:
    r"""Potential: what all places within the catchment offer, nearer counting more.

    .. math:: A_i = \sum_j S_j W_{ij}

    Unit: supply, weighed by nearness (with `flat`, supply). Higher is more; adding a place never lowers it. 0 where
    nothing is within the catchment; NA where the supply of a place is not known.

    Source: Hansen W. G. (1959), Journal of the American Institute of Planners 25(2), 73-76. His weight is a power of
    the distance, which has no bound at the door; the default here is that of Dai (2010).
    """
    near, by = _near(pairs, catchment_m, weight)
    values = np.bincount(near.area, by * near.supply[near.place], len(near.areas))
    return _series(near, values).rename("gravity")


def cumulative(pairs: Pairs, cut_offs_m: Sequence[float]) -> pd.DataFrame:
    r"""Number of places within each of several cut-offs, counted in one go.

    .. math:: A_i(d) = \left|\{ j : d_{ij} \le d \}\right|

    One column a cut-off, in the order given. Unit: places. Higher is more; adding a place never lowers it.

    Source: Wachs M., Kumagai T. G. (1973), Socio-Economic Planning Sciences 7(5), 437-456.
    """
    limits = np.unique(cut_offs_m)
    near, _ = _near(pairs, limits[-1], flat)
    band = np.searchsorted(limits, near.walk_m)
    table = np.bincount(near.area * len(limits) + band, minlength=len(near.areas) * len(limits))
    within = table.reshape(-1, len(limits)).cumsum(axis=1)
    columns = pd.Index(cut_offs_m, name="within_m")
    return pd.DataFrame(within[:, np.searchsorted(limits, cut_offs_m)], pairs.areas, columns).astype("Int64")


def nearest_by(pairs: Pairs, group: pd.Series) -> pd.DataFrame:
    r"""Metres on foot to the nearest place of each group, such as each kind or theme.

    .. math:: A_{ig} = \min_{j \in g} d_{ij}

    One column a group, in ascending order; `group` is indexed by the place's identifier. Unit: metres. **Lower is
    nearer**; adding a place never lengthens it. NA where no place of the group is within the pairs' limit.
    """
    of, groups = pd.factorize(group.reindex(pairs.places), sort=True)
    metres = np.full((len(pairs.areas), len(groups)), np.nan)
    known = of[pairs.place] >= 0
    np.fmin.at(metres, (pairs.area[known], of[pairs.place[known]]), pairs.walk_m[known])
    return pd.DataFrame(metres, pairs.areas, pd.Index(groups, name=group.name)).astype("Float64")


def diversity(pairs: Pairs, catchment_m: float, kind: pd.Series, order: float = 1.0) -> pd.Series:
    r"""Effective number of kinds within the catchment: of how many kinds, were all equally many, it is as varied.

    .. math:: D_i = \Big(\sum_k p_{ik}^q\Big)^{1/(1-q)}

    with :math:`p_{ik}` the share of the places within the catchment that are of kind *k*, and *q* the `order`: 0 counts
    the kinds; 1, as the limit, is the exponential of Shannon's entropy; 2 is the inverse of Simpson's index. `kind` is
    indexed by the place's identifier. Unit: kinds. Higher is more varied. 0 where nothing is within the catchment.

    Source: Hill M. O. (1973), Ecology 54(2), 427-432.
    """
    of, kinds = pd.factorize(kind.reindex(pairs.places), use_na_sentinel=False)
    near, _ = _near(pairs, catchment_m, flat)
    shape = len(near.areas), len(kinds)
    table = np.bincount(near.area * shape[1] + of[near.place], minlength=shape[0] * shape[1]).reshape(shape)
    total = table.sum(axis=1)
    p = table[total > 0] / total[total > 0, None]
    log = np.log(p, where=p > 0, out=np.zeros_like(p))
    number = np.zeros(len(total))
    if order == 1:
        number[total > 0] = np.exp(-(p * log).sum(axis=1))
    else:
        number[total > 0] = (np.exp(order * log) * (p > 0)).sum(axis=1) ** (1 / (1 - order))
    return _series(near, number).rename("diversity")


# -- what is there, for how many ------------------------------------------------------------------


def provision_per_1000(area_code: pd.Series, people: pd.Series) -> pd.Series:
    r"""Places inside each area per 1,000 residents.

    .. math:: 1000 \, n_i / P_i

    `area_code` is the area that each place stands in (NA for none), `people` the residents by area. Unit: places per
    1,000 residents. Higher is more. NA where the number of residents is unknown or nought. People use the places of
    the next area too, which this does not see.
    """
    number = area_code.value_counts().reindex(people.index, fill_value=0)
    return _per_1000(number, people).rename("provision_per_1000")


def density_per_1000(
    areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame, people: pd.Series, within_m: float = 1_000
) -> pd.Series:
    r"""Places inside each area or within 1 km of its boundary, in a straight line, per 1,000 residents.

    .. math:: 1000 \, \left|\{ j : d(\text{area}_i, j) \le 1\,\text{km} \}\right| / P_i

    Unit: places per 1,000 residents. Higher is more. NA where the number of residents is unknown or nought. An area of few
    people among many who have much near them scores very high: the neighbours who share it are not counted.

    Source: the Civic Assets domain of the Community Needs Index (OCSI for Local Trust, 2019), which counts so.

    Raises
    ------
    ValueError
        Where the two are not in the same CRS.
    """
    if areas.crs != places.crs:
        msg = f"areas are in {areas.crs}, places in {places.crs}"
        raise ValueError(msg)
    tree = shapely.STRtree(places.geometry.to_numpy())
    area, _ = tree.query(areas.geometry.to_numpy(), predicate="dwithin", distance=within_m)
    number = pd.Series(np.bincount(area, minlength=len(areas)), index=areas.index)
    return _per_1000(number, people).rename("density_per_1000")


def _per_1000(number: pd.Series, people: pd.Series) -> pd.Series:
    people = people.astype("Float64")
    return number.astype("Float64") * 1000 / people.where(people > 0)


# -- from finer origins to areas ------------------------------------------------------------------


def people_mean(
    values: pd.DataFrame, people: pd.Series, area_code: pd.Series, areas: pd.Index
) -> pd.DataFrame:
    r"""Means over the people of each area, from origins finer than areas, such as output areas or postcodes.

    .. math:: \bar{x}_i = \sum_{o \in i} P_o x_o \Big/ \sum_{o \in i} P_o

    `values` (one column a figure), `people` and `area_code` (the area that an origin belongs to) are indexed by origin. Units
    and directions are those of `values`. NA where no residents are known of, or the value or the number of residents of any
    origin is not. Origins where nobody lives do not count.

    Source: the road-distance indicators of MHCLG (2019), The English Indices of Deprivation 2019: Technical Report.
    """
    lived_in = ~(people.astype("Float64") == 0).fillna(False)
    figures = values[lived_in].astype(float)
    weight, area = people[lived_in].astype(float), area_code[lived_in]
    known = figures.notna().mul(weight.notna(), axis=0).groupby(area).all()
    total = weight.groupby(area).sum()
    means = figures.mul(weight, axis=0).groupby(area).sum().div(total, axis=0).where(known)
    return means.reindex(areas).astype("Float64")


def people_share_within(
    nearest_m: pd.DataFrame, people: pd.Series, area_code: pd.Series, areas: pd.Index, within_m: float = 800
) -> pd.DataFrame:
    """Share of each area's people within a walk, by default 800 m: ten minutes at 4.8 km/h.

    `nearest_m` (metres on foot, one column a kind or theme), `people` and `area_code` are indexed by origin, as in
    `people_mean`. Unit: 0 to 1. Higher is more. NA where residents or the walk of any of them are not known; where a
    missing walk means that no way leads there, give infinity.

    Source: ten minutes on foot is the measure of Fields in Trust's Green Space Index.
    """
    within = (nearest_m <= within_m).astype(float).where(nearest_m.notna())
    return people_mean(within, people, area_code, areas)
