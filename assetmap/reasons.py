"""Figures put into words: what is strong, why an area is or is not a priority, what to bear in mind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from assetmap import index, network
from assetmap.errors import counted
from assetmap.gaps import STANDARDS, Standard
from assetmap.model import (
    AGGREGATIONS,
    MEASURES,
    NORMALISATIONS,
    OPEN_AT,
    SHARED_OUT,
    THEMES,
    Place,
    Settings,
)
from assetmap.taxonomy import themes
from assetmap.uncertainty import SPEEDS_KMH

__all__ = [
    "CANNOT_TELL",
    "CLEAR_CORRELATION",
    "STRONG",
    "Standing",
    "amount",
    "beside_most",
    "caveats",
    "minutes",
    "reasons",
    "standing",
    "standings",
    "strengths",
    "strong_and_thin",
    "whole_minutes",
    "within_reach",
]

#: The figures of one area, by the name of their column.
Row: TypeAlias = Mapping[Any, Any] | pd.Series

#: How the reason of an area begins that cannot be judged.
CANNOT_TELL = "Cannot tell"

#: A theme is told as strong at or above this standing in the place, and as thin below its complement.
STRONG = 0.7


def standing(reach: pd.Series, codes: Sequence[str] | None = None) -> pd.Series:
    """Share of the place's areas that have less of a theme, 0 to 1, ties sharing the middle; of some areas alone, where told which."""
    ranks = index.mid_rank(reach) if codes is None else index.mid_rank(reach.loc[list(codes)], among=reach)
    return (ranks - 0.5) / reach.notna().sum()


def standings(areas: pd.DataFrame, codes: Sequence[str] | None = None) -> pd.DataFrame:
    """The `standing` of areas in each theme, of every area unless told which: one column a theme, NA where it is unknown."""
    return pd.DataFrame({theme: standing(areas[f"{theme}_reach"], codes) for theme in THEMES})


class Standing(NamedTuple):
    """What is told of an area's themes, each the best first.

    Parameters
    ----------
    strong
        Themes that it has more of than most areas.
    first
        What is told first: the strong themes, or the best of what is there.
    thin
        Themes that it has less of than most areas, or none known, in the order of `THEMES`.
    """

    strong: list[str]
    first: list[str]
    thin: list[str]


def strong_and_thin(area: Row, position: Row) -> Standing:
    """Which themes of an area are strong and which thin.

    Parameters
    ----------
    area
        Its figures.
    position
        Its `standing` in each theme.
    """
    known = [theme for theme in THEMES if pd.notna(area[f"{theme}_reach"])]
    here = [theme for theme in known if area[f"{theme}_count"] > 0]
    best = sorted(here, key=lambda theme: -position[theme])
    strong = [theme for theme in best if position[theme] >= STRONG]
    # Where nothing stands out, the best of what is here is told first all the same.
    first = strong or best[:1]
    thin = [
        theme for theme in known if theme not in first and (theme not in here or position[theme] < 1 - STRONG)
    ]
    return Standing(strong, first, thin)


def minutes(walk_min: float) -> str:
    """Minutes on foot, in words. Begun minutes count, so that what is beyond 15 is never told as 15.

    Examples
    --------
    >>> minutes(15.1), minutes(15.0), minutes(0.4)
    ('16 minutes', '15 minutes', '1 minute')
    """
    whole = whole_minutes(walk_min)
    return "1 minute" if whole == 1 else f"{whole} minutes"


def whole_minutes(walk_min: float) -> int:
    """Minutes on foot as a whole number, at least 1: begun minutes count."""
    # Rounded first, as the files are: what is told there as 9 minutes, but for a millimetre, is no tenth minute here.
    return max(1, math.ceil(round(walk_min, 4)))


def amount(count: float) -> str:
    """How many there are, in figures: whole numbers as they are, means to one decimal.

    Examples
    --------
    >>> amount(3), amount(1234.0), amount(0.72)
    ('3', '1234', '0.7')
    """
    return f"{count:.0f}" if count == round(count) else f"{count:.1f}"


def within_reach(area: Row, theme: str, catchment: str) -> str:
    """What an area has of a theme within reach, in words that its figures bear out."""
    count, kinds, nearest = area[f"{theme}_count"], area[f"{theme}_kinds"], area[f"{theme}_walk_min"]
    if count == 0:
        far: str = (
            "none known that one can walk to"
            if pd.isna(nearest)
            else f"the nearest known is {minutes(nearest)} away"
        )
        return f"none known within {catchment}; {far}"
    if count != round(count):
        # A mean over the people of an area.
        near: str = "" if pd.isna(nearest) else f", the nearest {minutes(nearest)} away"
        return f"{amount(count)} places of {amount(kinds)} kinds within {catchment} on average{near}"
    if count == 1:
        return f"one place within {catchment}, {minutes(nearest)} away"
    variety = "1 kind" if kinds == 1 else f"{kinds} kinds"
    return f"{count} places of {variety} within {catchment}, the nearest {minutes(nearest)} away"


def beside_most(area: Row, theme: str, areas: pd.DataFrame) -> str:
    """By how much an area has less of a theme than most areas of the place, in words that its figures bear out.

    The median of the places within reach, where the area has fewer; else that of the walk to the nearest, where it is longer;
    else how many areas have more, nearness and variety taken together.
    """
    known = areas[areas[f"{theme}_reach"].notna()]
    # The upper median of counts and the lower one of walks: at least half of the areas are there or better.
    half = math.floor(round(known[f"{theme}_count"].sort_values().iloc[len(known) // 2] * 10, 6)) / 10
    if area[f"{theme}_count"] < half:
        return f"at least half of the areas here have {amount(half)} or more"
    if half == 0:
        none = int((known[f"{theme}_count"] == 0).sum())
        return f"the same is so in {none:,} of {len(known):,} areas here"
    walk = known[f"{theme}_walk_min"].sort_values(na_position="last").iloc[(len(known) - 1) // 2]
    own = area[f"{theme}_walk_min"]
    if pd.notna(walk) and pd.notna(own) and math.ceil(round(walk, 4)) < round(own, 4):
        return f"in at least half of the areas here the nearest is within {minutes(walk)}"
    more = int((known[f"{theme}_reach"] > area[f"{theme}_reach"]).sum())
    return f"{more:,} of {len(known):,} areas here have more, nearness and variety taken together"


def strengths(areas: pd.DataFrame, settings: Settings) -> pd.Series:
    """What is strong in each area, as a sentence: told before anything that is thin."""
    catchment = f"a {settings.catchment_min:g}-minute walk"
    positions = standings(areas)
    told = {}
    rows = zip(areas.index, areas.to_dict("records"), positions.to_dict("records"), strict=True)
    for code, area, position in rows:
        told_of = [theme for theme in THEMES if pd.notna(area[f"{theme}_count"])]
        strong, first, _ = strong_and_thin(area, position)
        parts = [f"{themes()[theme].lower()} ({within_reach(area, theme, catchment)})" for theme in first]
        if not told_of:
            told[code] = "Not known here: no list, or no walking network, reaches this area."
        elif strong:
            told[code] = f"Strong on {'; '.join(parts)}."
        elif parts:
            told[code] = f"What is here to build on: {parts[0]}."
        else:
            told[code] = (
                f"No mapped place is known within {catchment}; what people do for each other here is on no list."
            )
    return pd.Series(told, name="strengths", dtype=object).reindex(areas.index)


def reasons(areas: pd.DataFrame, settings: Settings) -> pd.Series:
    """Why each area is or is not a priority neighbourhood, as a sentence."""
    ranked = int(areas["resource_of"].iloc[0])
    alone = [theme for theme in THEMES if areas[f"{theme}_none_known"].notna().sum() == 1]
    sharing = areas["resource_rank"].value_counts()
    told = {}
    for code, area in zip(areas.index, areas.to_dict("records"), strict=True):
        unknown = [
            word
            for word, column in (("deprivation", "deprivation_decile"), ("social resources", "resource_rank"))
            if pd.isna(area[column])
        ]
        if unknown:
            are = "is" if unknown == ["deprivation"] else "are"
            told[code] = f"{CANNOT_TELL}: {' and '.join(unknown)} {are} not known here."
            if "social resources" in unknown and any(
                pd.notna(area[f"{theme}_none_known"]) for theme in alone
            ):
                told[code] = (
                    f"{CANNOT_TELL}: there is no second area to compare the social resources here with."
                )
            continue
        shared = int(sharing[area["resource_rank"]]) - 1
        rank = f"rank {area['resource_rank']:g} of {ranked:,}" + (
            f", shared with {shared} more" if shared else ""
        )
        low = f"social resources are {'' if area['resource_low'] else 'not '}low ({rank}, 1 = fewest)"
        high = area["deprivation_decile"] <= settings.high_deprivation_decile
        deprived = (
            f"deprivation is {'high' if high else 'below the threshold'} "
            f"(decile {area['deprivation_decile']}, 1 = most deprived)"
        )
        short, judged = _standards(area)
        if area["priority"]:
            told[code] = f"Priority {area['priority_rank']}: {low}, {deprived}, and {short}."
        elif area["resource_low"] and high and not judged:
            told[code] = f"{CANNOT_TELL}: {low} and {deprived}, but {short}."
        else:
            told[code] = f"Not a priority: {low}; {deprived}; {short}."
    return pd.Series(told, name="reason", dtype=object).reindex(areas.index)


def _standards(area: Row) -> tuple[str, bool]:
    """Which standards an area misses, in words; and whether all of them could be judged."""
    missed = [
        _missed(area, standard)
        for standard in STANDARDS
        if area[standard.column] is not pd.NA and area[standard.column]
    ]
    unjudged = [themes()[each.theme].lower() for each in STANDARDS if pd.isna(area[each.column])]
    if missed:
        return " and ".join(missed), True
    if unjudged:
        return f"no list of {' or of '.join(unjudged)} reaches here to judge the standard by", False
    return "no standard is missed", True


def _missed(area: Row, standard: Standard) -> str:
    share = area.get(f"{standard.theme}_{standard.share}")
    if share is not None:
        return f"{standard.shortfall} for {1 - share:.0%} of residents"
    nearest = area[f"{standard.theme}_walk_min"]
    return standard.shortfall + ("" if pd.isna(nearest) else f" (the nearest is {minutes(nearest)} away)")


def caveats(
    place: Place, settings: Settings, areas: pd.DataFrame, scored: tuple[str, ...]
) -> tuple[str, ...]:
    """What a reader must know before quoting a figure.

    Parameters
    ----------
    place, settings
        What was assessed, and how.
    areas
        The table of areas.
    scored
        The themes that the index rests on.
    """
    total = len(areas)
    told = [f"{place.name} is a fictional place, made to teach with."] if place.fictional else []
    told += [
        "The index counts mapped places and groups within reach on foot. It does not measure friendship, trust or "
        "volunteering.",
        *_distances(place, settings),
        _compared(place, settings, areas),
    ]
    if len(scored) < len(THEMES):
        named = ", ".join(themes()[theme].lower() for theme in scored) or "none"
        told.append(
            f"The index rests on {len(scored)} of {len(THEMES)} themes ({named}), so it says less than its name."
        )
    within = f"a {settings.catchment_min:g}-minute walk"
    if place.network is None:
        within = f"{settings.catchment_m / settings.detour_factor:,.0f} m in a straight line"
    for theme, label in themes().items():
        none = areas[f"{theme}_none_known"]
        if none.isna().all():
            told.append(f"{label}: no list gave a place, so the theme is unknown and not scored.")
            continue
        if theme not in scored:
            told.append(f"{label}: weight 0, so the theme is shown and not scored.")
        beyond = int(none.isna().sum())
        if beyond:
            told.append(
                f"{label}: the lists or the walking network do not reach {beyond} of {total} areas, so the theme is unknown there."
            )
        if none.any():
            alike = areas.loc[none.fillna(False), f"{theme}_lack"].round(9).nunique() <= 1
            told.append(
                f"{label}: none known within {within} for {int(none.sum())} of {total} areas; "
                + (
                    "these are equal in this theme and are not ordered among themselves."
                    if alike
                    else "the measure of this theme orders these by what lies farther away, or by the area itself."
                )
            )
        if areas[f"{theme}_lack"].notna().sum() > 1 and areas[f"{theme}_lack"].round(9).nunique() == 1:
            told.append(
                f"{label}: all areas of which it is known are equal, so the theme tells none of them apart."
            )
    told += _at_other_speeds(settings, areas)
    tied = areas["resource_rank"].duplicated(keep=False) & areas["resource_rank"].notna()
    told.append(
        f"Areas that share their rank in the index with another: {int(tied.sum())} of {total} ({tied.mean():.0%})."
    )
    fewest, of = index.MIN_AREAS_FOR_DECILES, int(areas["resource_of"].iloc[0])
    if total == 1 and settings.resource_base == "place":
        told.append(
            "The place has one area and no second to compare it with, so there is no index and no rank."
        )
    elif total < fewest and settings.resource_base == "place":
        told.append(f"The place has under {fewest} areas, so ranks are given and deciles are not.")
    elif 0 < of < fewest:
        told.append(
            f"Under {fewest} areas with every figure are compared with, so ranks are given and deciles are not."
        )
    unknown = int(areas["deprivation_decile"].isna().sum())
    if unknown:
        told.append(
            f"Deprivation is unknown for {unknown} of {total} areas; these cannot be called a priority or not."
        )
    if "deprivation_carried" in place.deprivation:
        carried = place.deprivation["deprivation_carried"]
        changed = int((carried != "unchanged").sum())
        told.append(
            f"Deprivation was made for areas of another vintage and carried over: {changed} of {total} areas were split, "
            "merged or redrawn since, and their figures are those of the whole, a mean, or unknown."
        )
    edited = sorted({layer.file for layer in place.layers if layer.edited})
    if edited:
        told.append(f"Changed by hand and not accepted yet: {', '.join(edited)}.")
    edge = int(areas["near_edge"].sum())
    if edge:
        told.append(
            f"Areas near the edge of a list that stops at the border: {edge} of {total}; places over the border may be "
            "missing there."
        )
    told.append(
        "What is so of areas need not be so of the people in them, and areas drawn otherwise could show something else: the headline is "
        "looked at for smaller and larger areas too, where the place gives any."
    )
    return (*told, *_choices(place, settings), *_together(areas), *_licences(place))


def _distances(place: Place, settings: Settings) -> list[str]:
    """How distance was measured, and what that leaves out."""
    if place.residents.empty:
        points, origin = place.origins, f"from one point an area ({place.origin_method})"
    else:
        points = place.residents.geometry
        origin = f"from {len(points):,} points ({place.residents_method}), and an area has the mean over its people"
    if place.network is None:
        return [
            f"Distance is straight line × {settings.detour_factor:g} {origin}; rivers and railways can make real walks "
            "longer. To walk along real paths, add a [network] to place.toml: an OpenStreetMap extract of the place is enough."
        ]
    far = int((network.snap_m(place.network, points.to_numpy()) > _FAR_FROM_PATH_M).sum())
    missing = f" {counted(far, 'such point')} more than {_FAR_FROM_PATH_M} m from any path." if far else ""
    told = [
        f"Distance is along the place’s walking network {origin}; paths missing from it make walks longer.{missing}"
    ]
    venues = int((network.snap_m(place.network, place.assets.geometry.to_numpy()) > _FAR_FROM_PATH_M).sum())
    if venues:
        told.append(
            f"{counted(venues, 'mapped place')} more than {_FAR_FROM_PATH_M} m from any path: the walk to there is partly a "
            "straight line."
        )
    return told


def _choices(place: Place, settings: Settings) -> list[str]:
    """What the choice of measures and of opening times leaves out."""
    told = []
    chosen = {theme: name for theme, name in settings.measures.items() if name != "reach"}
    if chosen:
        named = "; ".join(f"{themes()[theme].lower()}: {MEASURES[name]}" for theme, name in chosen.items())
        told.append(f"The index ranks by another measure than reach in these themes: {named}.")
    if settings.normalisation != "exponential" or settings.aggregation != "arithmetic":
        told.append(
            "Themes are put together in another way than usual: normalisation "
            f"{NORMALISATIONS[settings.normalisation].lower()}, aggregation {AGGREGATIONS[settings.aggregation].lower()}."
        )
    if place.beyond.empty and any(name in SHARED_OUT for name in chosen.values()):
        told.append(
            "People over the border share the places too and are not counted, so areas near it look better served than they are. "
            "Name the areas around the place in [beyond]."
        )
    if settings.open_at != "any":
        when = OPEN_AT[settings.open_at].lower()
        known = place.assets[f"open_{settings.open_at}"]
        told.append(
            f"Only venues open {when} are counted: {int((known == 'yes').sum()):,} are, {int((known == 'no').sum()):,} are not, "
            f"and of {int((known == '').sum()):,} of {len(known):,} the hours are not known; these are told apart and not counted."
        )
    return told


def _compared(place: Place, settings: Settings, areas: pd.DataFrame) -> str:
    """What the areas are compared with, and what that does not say."""
    if settings.resource_base == "reference" and place.reference is not None:
        of = int(areas["resource_of"].iloc[0])
        return (
            f"Areas are compared with those of {place.reference.name} ({of:,} in all), measured in the same way from the same lists: lacks, "
            "ranks and deciles say where an area would stand among them."
        )
    return f"Areas are compared within {place.name} alone ({len(areas)} in all): what is low here need not be low elsewhere."


def _at_other_speeds(settings: Settings, areas: pd.DataFrame) -> list[str]:
    """How many areas have none within each standard's walk at other speeds than the one in use."""
    told = []
    for standard in STANDARDS:
        metres = areas[f"{standard.theme}_nearest_m"][areas[standard.column].notna()]
        if metres.empty:
            continue
        beyond = {
            speed: int((~(metres <= standard.within_min * speed * 1000 / 60).fillna(False)).sum())
            for speed in dict.fromkeys((settings.walking_speed_kmh, *SPEEDS_KMH))
        }
        first, *others = (f"{number} at {speed:g} km/h" for speed, number in beyond.items())
        told.append(
            f"{themes()[standard.theme]}: areas with none known within {standard.within_min:g} minutes, of {len(metres)}: {first}, "
            f"the speed in use; {', '.join(others)} (2.9 is that of many older people)."
        )
    return told


#: Farther than this from any street or path, the network may be missing something.
_FAR_FROM_PATH_M = 250


def _together(areas: pd.DataFrame) -> list[str]:
    """How far resources and deprivation go together, where both vary."""
    known = areas[["resource_rank", "deprivation_decile"]].dropna().astype(float).rank()
    if (known.nunique() <= 1).any():
        return []
    correlation = known["resource_rank"].corr(known["deprivation_decile"])
    meaning = "there is no clear pattern"
    if abs(correlation) >= CLEAR_CORRELATION:
        more = "fewer" if correlation > 0 else "more"
        meaning = f"more deprived areas tend to have {more} of the mapped places within reach"
    return [
        f"Across areas, {meaning}: Spearman’s correlation of resource rank (1 = fewest) with deprivation decile "
        f"(1 = most deprived) is {correlation:+.2f}."
    ]


#: A correlation nearer nought than this is told as no clear pattern.
CLEAR_CORRELATION = 0.2


def _licences(place: Place) -> list[str]:
    """What the licences of the layers ask of somebody who publishes."""
    told = []
    shared = {f"{layer.licence} ({layer.source})": None for layer in place.layers if layer.share_alike}
    if shared:
        told.append(
            f"Some layers are under a share-alike licence: {'; '.join(shared)}. Name them beside the figures; a database "
            "made from them must be published under the same terms. The gap analysis can be made without them."
        )
    unstated = sum(layer.licence == "not stated" for layer in place.layers)
    if unstated:
        told.append(
            f"{counted(unstated, 'layer')} without a stated licence: find out the terms before anything is published."
        )
    return told
