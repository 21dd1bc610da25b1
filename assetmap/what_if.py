"""What one more place would change: how far an area's rank, and its being a priority, hang on a single place.

Worked out again with the whole path of the index, for one area and theme at a time: whoever else can walk to the place gains too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap import gaps, index, measures
from assetmap.access import Walked, measured, share_within, theme_figures, walked
from assetmap.columns import WHAT_IF_COLUMNS
from assetmap.model import THEMES, Assessment
from assetmap.reference import compared_with, ranked
from assetmap.taxonomy import kinds

__all__ = ["minutes_nearer", "one_more"]


def one_more(assessment: Assessment, area_codes: Iterable[str]) -> pd.DataFrame:
    """What one more place of each scored theme, at the point that stands for an area's people, would change there.

    Its kind is the one of the theme that the area has fewest of within reach and, among those, the place most of: the first of a kind
    counts in full, as a further one would not.

    Parameters
    ----------
    assessment
        What was found.
    area_codes
        Which areas, such as the priorities. One of which no rank is known is left out.

    Returns
    -------
    DataFrame
        `WHAT_IF_COLUMNS`, one row an area and theme. The rank is 1 = fewest resources.

    Raises
    ------
    KeyError
        Where the place has no such area.
    """
    place, settings, areas = assessment.place, assessment.settings, assessment.areas
    codes = [code for code in area_codes if not pd.isna(areas.loc[[code], "resource_rank"]).any()]
    scored = [theme for theme in THEMES if theme in place.themes and settings.weights[theme] > 0]
    if not codes:
        return pd.DataFrame(columns=list(WHAT_IF_COLUMNS))
    walks = walked(place, settings)
    new = gpd.GeoDataFrame(
        {"kind": codes}, geometry=place.origins[codes].to_numpy(), index=codes, crs=place.crs
    )
    ways = settings.detour_factor, place.network
    to_new = measures.walks(walks.starts.geometry, new, walks.pairs.catchment_m, *ways).pairs
    far = measures.nearest_of_each(walks.starts.geometry, new, new["kind"], *ways)
    rows = []
    base = _base(assessment, walks, scored)
    for theme in scored:
        alone = _of_theme(walks, theme)
        for code in codes:
            kind = _kind(alone, theme, code)
            more = _with(
                alone, theme, kind, new.geometry[code], to_new[to_new["place_id"] == code], far[code]
            )
            rows.append(
                {
                    "area_code": code,
                    "theme": theme,
                    "kind": kind,
                    "minutes_nearer": minutes_nearer(walks, theme, code),
                    **_judged(assessment, more, theme, None if base is None else base[theme]).loc[code],
                }
            )
    order = {code: number for number, code in enumerate(codes)}
    table = pd.DataFrame(rows, columns=list(WHAT_IF_COLUMNS))
    # By area, as they were asked for; the themes of each in their own order.
    return table.sort_values("area_code", key=lambda code: code.map(order), kind="stable", ignore_index=True)


def minutes_nearer(walks: Walked, theme: str, area_code: str) -> float:
    """By how many minutes the nearest place would have to be nearer for the theme's standard to be met in an area.

    The walk that half of its residents have at most, less the standard's minutes. NaN where the theme has no standard, it is met, or
    there is no way to any.
    """
    standard = next((each for each in gaps.STANDARDS if each.theme == theme), None)
    if standard is None:
        return np.nan
    here = walks.starts["area_code"] == area_code
    nearest = walks.nearest_m.loc[here, [name for name in walks.nearest_m if _theme_of(name) == theme]].min(
        axis=1
    )
    walk_min = (nearest.fillna(np.inf).round(2) / walks.settings.metres_per_min).sort_values()
    people = walks.starts["people"][walk_min.index]
    half = walk_min[(people.cumsum() >= people.sum() / 2).to_numpy()].iloc[0]
    over = half - standard.within_min
    return float(over) if 0 < over < np.inf else np.nan


def _theme_of(name: Any) -> str:
    return str(name).partition(" ")[0]


def _base(assessment: Assessment, walks: Walked, scored: list[str]) -> pd.DataFrame | None:
    """The figures that areas are compared with, where these are not the place's own."""
    if assessment.settings.resource_base == "place":
        return None
    more = pd.DataFrame(
        {theme: measured(walks, theme, theme_figures(walks, theme))[1] for theme in scored}, dtype=float
    )
    return compared_with(assessment.place, assessment.settings, more, scored)


def _of_theme(walks: Walked, theme: str) -> Walked:
    """The walks to places of one theme."""
    places = walks.places[walks.places["theme"] == theme]
    pairs = walks.pairs.pairs
    return replace(
        walks,
        places=places,
        pairs=replace(walks.pairs, pairs=pairs[pairs["place_id"].isin(places.index)]),
        nearest_m=walks.nearest_m[[name for name in walks.nearest_m if _theme_of(name) == theme]],
    )


def _kind(walks: Walked, theme: str, area_code: str) -> str:
    """The kind of the theme that an area has fewest of within reach and, among those, the place most of."""
    starts = walks.starts.index[walks.starts["area_code"] == area_code]
    within = walks.pairs.within(walks.settings.catchment_m).pairs
    here = within.loc[within["origin"].isin(starts), "kind"].value_counts()
    known = walks.places["kind"].value_counts()
    if known.empty:
        return next(name for name, kind in kinds().items() if kind.theme == theme)
    return str(min(known.index, key=lambda kind: (here.get(kind, 0), -known[kind], kind)))


def _with(walks: Walked, theme: str, kind: str, point: Any, pairs: pd.DataFrame, far_m: pd.Series) -> Walked:
    """The walks of a theme with one more place of a kind at a point."""
    identifier, group = f"{theme} one more", f"{theme} {kind}"
    added = gpd.GeoDataFrame(
        {"name": ["one more"], "kind": [kind], "theme": [theme], "sure": [True]},
        geometry=[point],
        index=[identifier],
        crs=walks.places.crs,
    )
    every = pd.concat([walks.pairs.pairs, pairs.assign(place_id=identifier, kind=kind)], ignore_index=True)
    order = np.lexsort((every["walk_m"], walks.starts.index.get_indexer(every["origin"])))
    before = walks.nearest_m.get(group, pd.Series(np.nan, walks.starts.index))
    return replace(
        walks,
        places=gpd.GeoDataFrame(pd.concat([walks.places, added]), crs=walks.places.crs),
        pairs=replace(walks.pairs, pairs=every.iloc[order].reset_index(drop=True)),
        nearest_m=walks.nearest_m.assign(**{group: np.fmin(before, far_m)}),
    )


_JUDGED_BY = ("deprivation_decile", "imd_rank", *(standard.column for standard in gaps.STANDARDS))


def _judged(assessment: Assessment, walks: Walked, theme: str, among: pd.Series | None) -> pd.DataFrame:
    """Every area's rank with other walks to the places of one theme, and whether it is low and a priority then."""
    place, settings = assessment.place, assessment.settings
    more = measured(walks, theme, theme_figures(walks, theme))[1].astype(float)
    changed = {f"{theme}_lack": index.lack(more, settings.normalisation, among)}
    for standard in gaps.STANDARDS:
        if standard.theme == theme:
            within_m = standard.within_min * settings.metres_per_min
            changed[standard.column] = gaps.shortfall(share_within(walks, theme, within_m))
    # No more than ranking and judging ask for: to copy a hundred columns takes longer than either.
    asked = [f"{each}_lack" for each in THEMES] + list(_JUDGED_BY)
    areas = assessment.areas[asked].assign(**changed)
    found = ranked(areas, place, settings, settings.weights)
    areas = areas.assign(**found)
    judged = gaps.priorities(areas, settings)
    return pd.DataFrame(
        {
            "rank_then": found["resource_rank"],
            "low_then": judged["resource_low"],
            "priority_then": judged["priority"],
        }
    )
