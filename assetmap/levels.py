"""Whether the headline holds for smaller and larger areas: the modifiable areal unit problem, looked at and not only told.

The same people counted by other areas can give another answer (Openshaw 1984). So the headline is worked out again from the points where
residents live, where the place has any, and for larger areas, where the place has a list that divides it up, such as its wards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from assetmap import gaps, index
from assetmap.access import measured, share_within, theme_figures, walked
from assetmap.columns import LEVEL_COLUMNS
from assetmap.inequality import group_means, relative_rank, slope_index
from assetmap.model import THEMES, Assessment, Place
from assetmap.reasons import CLEAR_CORRELATION, minutes
from assetmap.taxonomy import themes

__all__ = [
    "AREAS",
    "CANNOT_TELL",
    "DOES_NOT_HOLD",
    "HEADLINES",
    "HOLDS",
    "LARGER",
    "SMALLER",
    "correlation",
    "dividing_lists",
    "levels",
    "what_to_add",
]

#: What is looked at again, with what it is called.
HEADLINES = {
    "hubs": "Walk to the nearest hub, most against least deprived fifth",
    "green_space": "Walk to green space, most against least deprived fifth",
    "correlation": "Resources and deprivation together",
    "priority_share": "Residents in priority areas",
}

#: What the level is called that all else is held against.
AREAS = "Areas"

#: How the names of the other levels begin; what they are of follows.
SMALLER, LARGER = "Smaller: ", "Larger: "

HOLDS, DOES_NOT_HOLD, CANNOT_TELL = "holds", "does not hold", "cannot tell"

_FIFTHS = 5

#: Of fewer units no correlation is told.
_FEWEST_UNITS = 10

#: Shares of residents in priority areas that differ by no more than this are alike.
_ALIKE_SHARE = 0.05

#: Neighbourhoods whose shares of an area add up to one but for rounding.
_ROUNDING = 1e-3


class _Level(NamedTuple):
    """Units of one size.

    Their columns: ``people``, ``order`` (lowest = most deprived), ``hubs`` and ``green_space`` (minutes on foot), ``rank`` (1 = fewest),
    ``priority``, and of points ``home``, the area that they are in.
    """

    name: str
    units: pd.DataFrame


class _Figure(NamedTuple):
    """One headline at one level; NaN where it cannot be told."""

    figure: float
    lower: float = np.nan
    upper: float = np.nan
    most_deprived: float = np.nan
    least_deprived: float = np.nan


def levels(assessment: Assessment) -> pd.DataFrame:
    """The headline at each level, and whether it holds there: `LEVEL_COLUMNS`, the smallest units first.

    Smaller units are the points of residents: each has its own walks, is ranked among the points, and takes the deprivation of its area. The
    walk of an area is the mean over its points already, so the means of the fifths cannot differ but by how residents are counted; the
    correlation and the priorities can.
    Larger ones are the neighbourhoods of each list that divides the whole place up: means over residents of the areas’ walks and lack,
    ranked among themselves, and their mean rank of deprivation. One is highly deprived where most of its residents live in areas that are.

    *Holds* means, for a walk: the slope is clear and runs the same way, or is clear at neither level. For the correlation: the same of three
    patterns (fewer for the more deprived, more, no clear one). For the share of residents: some or none at both, no more than 5
    percentage points apart. A slope that runs the same way and is not clear, and another pattern whose interval holds the areas’ correlation,
    *cannot tell*; nor can a level that lacks a figure.
    """
    found = [
        *_finer(assessment),
        _Level(AREAS, _areas(assessment)),
        *(_coarser(assessment, name) for name in dividing_lists(assessment.place)),
    ]
    figures = {each.name: _figures(each.units) for each in found}
    rows = []
    for level in found:
        for headline in HEADLINES:
            mine, areas = figures[level.name][headline], figures[AREAS][headline]
            verdict = "" if level.name == AREAS else _VERDICTS[headline](areas, mine)
            rows.append(
                {
                    "level": level.name,
                    "units": len(level.units),
                    "headline": headline,
                    **{name: round(value, 4) + 0.0 for name, value in mine._asdict().items()},
                    "holds": verdict,
                    "sentence": _sentence(level, headline, mine, verdict),
                }
            )
    return pd.DataFrame(rows)[list(LEVEL_COLUMNS)]


def what_to_add(place: Place) -> list[str]:
    """What a place’s recipe lacks for the headline to be looked at for smaller and for larger areas, as sentences."""
    told = []
    if place.residents.empty:
        told.append(
            "For smaller areas, name the points where residents live under [residents] in place.toml: output areas with their "
            "population, say."
        )
    if not dividing_lists(place):
        told.append(
            "For larger areas, name a list that divides the whole place up under [[neighbourhoods]] in place.toml: the wards, say, as a "
            "table with each area’s code and its ward. Every area must be in it, and wholly."
        )
    return told


def dividing_lists(place: Place) -> list[str]:
    """The lists of neighbourhoods that divide the whole place up: every area is in one, or shared out among several, and wholly."""
    members = place.neighbourhoods
    whole = []
    for name, rows in members.groupby("list", sort=False):
        shares = rows.groupby("area_code")["share"].sum().reindex(place.areas.index)
        if ((shares - 1).abs() <= _ROUNDING).all() and rows["neighbourhood"].nunique() > 1:
            whole.append(str(name))
    return whole


# -- the units of each level ----------------------------------------------------------------------


def _areas(assessment: Assessment) -> pd.DataFrame:
    areas = assessment.areas
    return pd.DataFrame(
        {
            "people": areas["population"].astype(float),
            "order": _order(assessment),
            **{theme: areas[f"{theme}_walk_min"].astype(float) for theme in _WALKED},
            "rank": areas["resource_rank"].astype(float),
            "priority": areas["priority"],
        }
    )


_WALKED = ("hubs", "green_space")


def _order(assessment: Assessment) -> pd.Series:
    decile = assessment.areas["deprivation_decile"]
    return gaps.deprivation_order(assessment.place, assessment.settings, decile)


def _finer(assessment: Assessment) -> Iterator[_Level]:
    """The points where residents live, as if each were an area; nothing where the place has none."""
    place = assessment.place
    if place.residents.empty:
        return
    settings = replace(assessment.settings, resource_base="place")
    points = place.residents
    codes = pd.Index(points.index.astype(str), name="area_code")
    alone = replace(
        place,
        areas=points[["geometry"]].set_axis(codes),
        origins=points.geometry.set_axis(codes),
        residents=points.iloc[:0],
        population=points["people"].set_axis(codes),
    )
    walks = walked(place, settings)
    walks = replace(walks, place=alone, starts=walks.starts.assign(area_code=codes))
    near = {theme: theme_figures(walks, theme) for theme in THEMES}
    scored = [theme for theme in THEMES if theme in place.themes and settings.weights[theme] > 0]
    lacks = pd.DataFrame(
        {
            theme: index.lack(measured(walks, theme, near[theme])[1], settings.normalisation)
            for theme in scored
        },
        index=codes,
    )
    ranked = index.combined(lacks, settings.weights, settings.normalisation, settings.aggregation)
    home = points["area_code"].to_numpy()
    order = _order(assessment).reindex(home).set_axis(codes)
    judged = ranked[["resource_rank"]].assign(
        deprivation_decile=assessment.areas["deprivation_decile"].reindex(home).set_axis(codes),
        imd_rank=order,
        **{
            each.column: gaps.shortfall(
                share_within(walks, each.theme, each.within_min * settings.metres_per_min)
            )
            for each in gaps.STANDARDS
        },
    )
    units = pd.DataFrame(
        {
            "people": alone.population.astype(float),
            "order": order,
            **{theme: near[theme]["walk_min"].astype(float) for theme in _WALKED},
            "rank": ranked["resource_rank"].astype(float),
            "priority": _judged(assessment, judged),
            "home": home,
        }
    )
    yield _Level(f"{SMALLER}{place.residents_method}", units)


def _coarser(assessment: Assessment, name: str) -> _Level:
    """The neighbourhoods of one list, put together from the areas in them."""
    place, areas, settings = assessment.place, assessment.areas, assessment.settings
    members = place.neighbourhoods[place.neighbourhoods["list"] == name]
    units = _areas(assessment)
    of_areas = units[["order", *_WALKED]].assign(
        lack=areas["resource_lack"],
        deprived=areas["deprivation_decile"] <= settings.high_deprivation_decile,
        **{each.column: _share(areas, each) for each in gaps.STANDARDS},
    )
    keys, parts = members["neighbourhood"], members["area_code"]
    residents = members["share"].astype(float) * parts.map(units["people"])
    values = of_areas.astype("Float64").astype(float).reindex(parts).set_axis(members.index)
    # A figure that is unknown for some residents is unknown for the whole; where nobody lives it does not matter.
    weighted = values.mul(residents, axis=0).mask(residents == 0, 0.0)
    whole = weighted.groupby(keys).sum().where(weighted.isna().groupby(keys).sum() == 0)
    people = residents.groupby(keys).sum().where(residents.isna().groupby(keys).sum() == 0)
    means = whole.div(people.where(people > 0), axis=0)
    rank = index.mid_rank(-means["lack"])
    judged = means[["order"]].assign(
        resource_rank=rank,
        # Highly deprived where most residents live in areas that are.
        deprivation_decile=means["deprived"].map(
            lambda share: 1 if share >= _MOST else 10, na_action="ignore"
        ),
        imd_rank=means["order"],
        **{each.column: gaps.shortfall(means[each.column].astype("Float64")) for each in gaps.STANDARDS},
    )
    table = means[["order", *_WALKED]].assign(people=people, rank=rank, priority=_judged(assessment, judged))
    return _Level(f"{LARGER}{name}", table)


#: Of the residents, for what is said of most of them.
_MOST = 0.5


def _share(areas: pd.DataFrame, standard: gaps.Standard) -> pd.Series:
    """The share of each area’s residents for whom a standard is met, NA where that is not known."""
    name = f"{standard.theme}_{standard.share}"
    if name in areas:
        return areas[name]
    return 1 - areas[standard.column].astype("Float64")


def _judged(assessment: Assessment, units: pd.DataFrame) -> pd.Series:
    """Which units are a priority by the settings; NA for all where areas are compared with those of another place."""
    if assessment.settings.resource_base != "place":
        return pd.Series(pd.NA, index=units.index, dtype="boolean")
    return gaps.priorities(units, assessment.settings)["priority"]


# -- the headline ---------------------------------------------------------------------------------


def _figures(units: pd.DataFrame) -> dict[str, _Figure]:
    return {
        **{theme: _slope(units, theme) for theme in _WALKED},
        "correlation": correlation(units["rank"].to_numpy(), units["order"].to_numpy()),
        "priority_share": _priority_share(units),
    }


def _slope(units: pd.DataFrame, theme: str) -> _Figure:
    """The slope index of inequality over fifths of the residents, and the means of the ends, in minutes."""
    if "home" in units:
        units = _by_home(units, theme)
    known = units[[theme, "order"]].notna().all(axis=1) & (units["people"] > 0)
    people, order, values = (units.loc[known, name].to_numpy(float) for name in ("people", "order", theme))
    if not len(people):
        return _Figure(np.nan)
    group = np.ceil(np.round(relative_rank(people, order) * _FIFTHS, 9)).astype(int) - 1
    if len(np.unique(group)) < _FIFTHS:
        return _Figure(np.nan)
    means, totals, errors = group_means(values, people, group)
    line = slope_index(means, totals, errors)
    return _Figure(line.sii, *line.sii_interval, float(means[0]), float(means[-1]))


def _by_home(units: pd.DataFrame, theme: str) -> pd.DataFrame:
    """Points put together by their area, whose deprivation they share: as many points as there are areas tell of a slope."""
    known = units[units[theme].notna()]
    people = known.groupby("home")["people"].sum()
    minutes_in_all = (known[theme] * known["people"]).groupby(known["home"]).sum()
    means = minutes_in_all / people.where(people > 0)
    return pd.DataFrame({"people": people, "order": known.groupby("home")["order"].first(), theme: means})


def correlation(rank: np.ndarray, order: np.ndarray) -> _Figure:
    r"""Spearman’s correlation of two orders, and its 95 % interval.

    Through Fisher’s *z* with the standard error :math:`\sqrt{(1 + r^2 / 2) / (n - 3)}`. Source: Bonett and Wright (2000).

    Parameters
    ----------
    rank, order
        NaN where unknown. Under ten units known in both, or where all are equal in one, nothing is told.

    Examples
    --------
    >>> two = correlation(np.arange(12.0), np.array([1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10.0]))
    >>> round(two.figure, 4), round(two.lower, 2), round(two.upper, 2)
    (0.958, 0.81, 0.99)
    """
    both = pd.DataFrame({"rank": rank, "order": order}).dropna().rank()
    if len(both) < _FEWEST_UNITS or (both.nunique() <= 1).any():
        return _Figure(np.nan)
    found = float(both["rank"].corr(both["order"]))
    # A correlation of one has no interval on Fisher’s scale.
    middle = np.arctanh(np.clip(found, -1 + 1e-12, 1 - 1e-12))
    half = _NORMAL_95 * np.sqrt((1 + found**2 / 2) / (len(both) - 3))
    return _Figure(found, float(np.tanh(middle - half)), float(np.tanh(middle + half)))


_NORMAL_95 = 1.959964


def _priority_share(units: pd.DataFrame) -> _Figure:
    """The share of residents who live in units that are a priority."""
    judged = units[["rank", "order"]].notna().all(axis=1)
    if not judged.any() or units["priority"].isna().any() or units["people"].isna().any():
        return _Figure(np.nan)
    total = float(units["people"].sum())
    return _Figure(
        float(units.loc[units["priority"].astype(bool), "people"].sum()) / total if total else np.nan
    )


# -- whether it holds -----------------------------------------------------------------------------


def _way(figure: _Figure) -> int:
    """Which way a slope clearly runs: 1, -1, or 0 where its interval holds nought."""
    return int(np.sign(figure.figure)) if figure.lower > 0 or figure.upper < 0 else 0


def _slope_holds(areas: _Figure, other: _Figure) -> str:
    if np.isnan([areas.lower, other.lower]).any():
        return CANNOT_TELL
    ways = _way(areas), _way(other)
    if ways[0] == ways[1]:
        return HOLDS
    return CANNOT_TELL if not ways[1] and areas.figure * other.figure > 0 else DOES_NOT_HOLD


def _pattern(figure: _Figure) -> int:
    return int(np.sign(figure.figure)) if abs(figure.figure) >= CLEAR_CORRELATION else 0


def _correlation_holds(areas: _Figure, other: _Figure) -> str:
    if np.isnan([areas.figure, other.figure]).any():
        return CANNOT_TELL
    if _pattern(areas) == _pattern(other):
        return HOLDS
    return CANNOT_TELL if other.lower <= areas.figure <= other.upper else DOES_NOT_HOLD


def _share_holds(areas: _Figure, other: _Figure) -> str:
    if np.isnan([areas.figure, other.figure]).any():
        return CANNOT_TELL
    alike = abs(areas.figure - other.figure) <= _ALIKE_SHARE and (areas.figure > 0) == (other.figure > 0)
    return HOLDS if alike else DOES_NOT_HOLD


_VERDICTS = {
    "hubs": _slope_holds,
    "green_space": _slope_holds,
    "correlation": _correlation_holds,
    "priority_share": _share_holds,
}


# -- in words -------------------------------------------------------------------------------------


def _sentence(level: _Level, headline: str, found: _Figure, verdict: str) -> str:
    told = _told(level, headline, found)
    same = _SAME if "home" in level.units and headline in _WALKED and not np.isnan(found.figure) else ""
    return f"{told} {same}{_AS_TOLD[verdict]}".strip()


_SAME = "The walk of an area is the mean over its points already, so this differs by no more than how residents are counted. "


_AS_TOLD = {
    "": "",
    HOLDS: "What is said of areas holds here.",
    DOES_NOT_HOLD: "What is said of areas does not hold here.",
    CANNOT_TELL: "Whether what is said of areas holds here cannot be told.",
}


def _told(level: _Level, headline: str, found: _Figure) -> str:
    number = f"{len(level.units):,} units"
    if np.isnan(found.figure):
        return f"With {number}, or for want of figures, this cannot be worked out."
    if headline == "correlation":
        pattern = {
            1: "the more deprived tend to have fewer of the mapped places within reach",
            -1: "the more deprived tend to have more of the mapped places within reach",
            0: "there is no clear pattern",
        }[_pattern(found)]
        return f"Across {number}, {pattern} (Spearman’s correlation {found.figure:+.2f}).".replace(
            " -", " −"
        ).replace("(-", "(−")
    if headline == "priority_share":
        if not found.figure:
            return f"None of {number} is a priority."
        share = "under 1 %" if found.figure < 0.01 else f"{found.figure:.0%}".replace("%", " %")
        return f"Of residents, {share} live in one of {number} that is a priority."
    what = themes()[headline].lower() if headline == "green_space" else "a hub"
    way = _way(found)
    slope = (
        "whether there is a slope between them cannot be told"
        if np.isnan(found.lower)
        else {
            1: "the slope is clear, with longer walks towards the least deprived",
            -1: "the slope is clear, with longer walks towards the most deprived",
        }.get(way, "there is no clear slope")
    )
    return (
        f"From the most deprived fifth {what} is {minutes(found.most_deprived)} away on average, from the least deprived "
        f"{minutes(found.least_deprived)}; across all fifths {slope}."
    )
