"""Priority neighbourhoods: where resources are low, deprivation is high and a standard is missed.

A lowest tenth always exists, so the rule also asks for an absolute shortfall that somebody has
published as a standard. *None* is a valid answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from assetmap.model import Settings
from assetmap.taxonomy import themes

__all__ = [
    "STANDARDS",
    "STRONG",
    "Standard",
    "minutes",
    "priorities",
    "reasons",
    "shortfall",
    "standing",
    "strengths",
    "within_reach",
]


@dataclass(frozen=True)
class Standard:
    """A published expectation of what should be within a walk.

    Parameters
    ----------
    column
        The flag that says an area falls short of it.
    theme
        The theme it is about.
    within_min
        Minutes on foot.
    shortfall
        What to say of an area that falls short.
    source
        Who set it.
    """

    column: str
    theme: str
    within_min: float
    shortfall: str
    source: str


STANDARDS = (
    Standard(
        "short_hubs",
        "hubs",
        15,
        "no hub is known within a 15-minute walk",
        "Moreno C. et al. (2021), Introducing the “15-Minute City”, Smart Cities 4(1), 93–111",
    ),
    Standard(
        "short_green_space",
        "green_space",
        15,
        "no accessible green space is known within a 15-minute walk",
        "Defra (2023), Environmental Improvement Plan: green or blue space within a 15-minute walk of everyone",
    ),
)


def shortfall(walk_min: pd.Series, standard: Standard) -> pd.Series:
    """Whether each area falls short of a standard: nothing known near enough.

    Parameters
    ----------
    walk_min
        Minutes on foot to the nearest place of the standard's theme, NA where none is known at all.
    standard
        The standard.
    """
    return (~(walk_min <= standard.within_min).fillna(False)).astype("boolean")


def priorities(areas: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Which areas are priority neighbourhoods, and in what order.

    Parameters
    ----------
    areas
        With ``resource_rank`` (1 = fewest), ``deprivation_decile`` (1 = most deprived) and the flag of
        each standard.
    settings
        The thresholds.

    Returns
    -------
    DataFrame
        ``resource_low``, ``priority`` (bool) and ``priority_rank`` (1 = fewest resources; equal areas
        by deprivation, then code). An area whose deprivation or resources are unknown is no priority:
        it is told as unknown.
    """
    rank = areas["resource_rank"]
    low = (rank <= settings.low_resource_share * rank.notna().sum()).fillna(False)
    deprived = (areas["deprivation_decile"] <= settings.high_deprivation_decile).fillna(False)
    short = areas[[standard.column for standard in STANDARDS]].fillna(False).any(axis=1)
    priority = (low & deprived & short).astype(bool)
    # Areas come in ascending order of code, and a stable sort keeps that order among equals.
    order = (
        areas[priority].sort_values(["resource_rank", "deprivation_decile", "imd_rank"], kind="stable").index
    )
    ranked = pd.Series(range(1, len(order) + 1), index=order, dtype="Int64").reindex(areas.index)
    return pd.DataFrame({"resource_low": low.astype(bool), "priority": priority, "priority_rank": ranked})


def standing(reach: pd.Series) -> pd.Series:
    """Share of the place's areas that have less of a theme, 0 to 1, ties sharing the middle."""
    rank = reach.astype(float).rank(method="average")
    return (rank - 0.5) / rank.notna().sum()


#: A theme is told as strong at or above this standing, and as thin below its complement.
STRONG = 0.7


def minutes(walk_min: float) -> str:
    """Minutes on foot, in words."""
    whole = round(walk_min)
    return "under a minute" if whole < 1 else "1 minute" if whole == 1 else f"{whole} minutes"


def within_reach(area: pd.Series, theme: str, catchment: str) -> str:
    """What an area has of a theme within reach, in words that its figures bear out."""
    count, kinds, nearest = area[f"{theme}_count"], area[f"{theme}_kinds"], area[f"{theme}_walk_min"]
    if count == 0:
        far = "none known at all" if pd.isna(nearest) else f"the nearest known is {minutes(nearest)} away"
        return f"none known within {catchment}; {far}"
    if count == 1:
        return f"one place within {catchment}, {minutes(nearest)} away"
    return f"{count} places of {kinds} {'kind' if kinds == 1 else 'kinds'} within {catchment}, the nearest {minutes(nearest)} away"


def strengths(areas: pd.DataFrame, scored: tuple[str, ...], settings: Settings) -> pd.Series:
    """What is strong in each area, as a sentence: told before anything that is thin."""
    catchment = f"a {settings.catchment_min:g}-minute walk"
    positions = pd.DataFrame(
        {theme: standing(areas[f"{theme}_reach"]) for theme in scored}, index=areas.index
    )
    told = {}
    for (code, area), (_, position) in zip(areas.iterrows(), positions.iterrows(), strict=True):
        present = position[[theme for theme in scored if area[f"{theme}_count"] > 0]]
        best = present.sort_values(ascending=False, kind="stable")
        strong = best[best >= STRONG]
        parts = [
            f"{themes()[theme].lower()} ({within_reach(area, theme, catchment)})"
            for theme in (best[:1] if strong.empty else strong).index
        ]
        if not strong.empty:
            told[code] = f"Strong on {'; '.join(parts)}."
        elif parts:
            told[code] = f"What is here to build on: {parts[0]}."
        else:
            told[code] = (
                f"No mapped place is known within {catchment}; what people do for each other here is not on any list."
            )
    return pd.Series(told, name="strengths", dtype=object).reindex(areas.index)


def reasons(areas: pd.DataFrame, settings: Settings) -> pd.Series:
    """Why each area is or is not a priority neighbourhood, as a sentence."""
    ranked = int(areas["resource_rank"].notna().sum())
    told = {}
    for code, area in areas.iterrows():
        missed = []
        for standard in STANDARDS:
            if pd.notna(area[standard.column]) and area[standard.column]:
                nearest = area[f"{standard.theme}_walk_min"]
                near = "" if pd.isna(nearest) else f" (the nearest is {minutes(nearest)} away)"
                missed.append(standard.shortfall + near)
        unknown = [
            word
            for word, value in (
                ("deprivation", area["deprivation_decile"]),
                ("social resources", area["resource_rank"]),
            )
            if pd.isna(value)
        ]
        if unknown:
            told[code] = f"Cannot tell: {' and '.join(unknown)} not known here."
            continue
        low = (
            f"social resources are {'low' if area['resource_low'] else 'not among the lowest'} "
            f"(rank {area['resource_rank']:g} of {ranked}, 1 = fewest)"
        )
        high = area["deprivation_decile"] <= settings.high_deprivation_decile
        deprived = f"deprivation is {'high' if high else 'below the threshold'} (decile {area['deprivation_decile']}, 1 = most deprived)"
        short = " and ".join(missed) if missed else "no published standard is missed"
        if area["priority"]:
            told[code] = f"Priority {area['priority_rank']}: {low}, {deprived}, and {short}."
        else:
            met = f"{low}; {deprived}; {short}."
            told[code] = f"Not a priority: {met}"
    return pd.Series(told, name="reason", dtype=object).reindex(areas.index)
