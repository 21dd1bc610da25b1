"""Figures of neighbourhoods of people's own making, put together again from those of the areas they are made up of.

Every mean and every share is of residents: an area counts by its population times its share in the neighbourhood. A neighbourhood
is none of the areas that were ranked, so it has no rank or decile among those: its index is the mean of its areas' own, and its
rank is among the neighbourhoods of its list.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from assetmap.columns import COLUMNS, Column
from assetmap.index import mid_rank
from assetmap.model import THEMES, Assessment
from assetmap.taxonomy import themes

__all__ = ["NEIGHBOURHOOD_COLUMNS", "neighbourhood_figures"]

_KEYS = ["list", "neighbourhood"]

_RESIDENTS = "Population-weighted, from the areas counted"
_OF_MEANS = (
    "Not given unless it is known for every resident. Mapped places and groups only; not friendship, trust or volunteering. "
    "A mean hides how much its areas differ."
)
_KNOWN = "Of the residents of whom it is known; the column of the share known says how many those are."


def _theme_columns(theme: str, label: str) -> list[Column]:
    return [
        Column(
            f"{theme}_walk_min",
            f"{label}: nearest, on foot, on average",
            "minutes",
            "lower = nearer",
            f"{_RESIDENTS}, as the Indices of Deprivation average distances over small areas (MHCLG)",
            "Not given where no place is known that some residents could walk to.",
        ),
        Column(
            f"{theme}_reach_share",
            f"{label}: residents with one within reach",
            "share of residents",
            "1 = everyone",
            f"{_RESIDENTS}: places within the catchment",
            _KNOWN,
        ),
        Column(
            f"{theme}_known_share",
            f"{label}: residents of whom that is known",
            "share of residents",
            "1 = everyone",
            "Areas that a list of the theme reaches",
        ),
        Column(
            f"{theme}_lack",
            f"{label}: lack, on average",
            "0 to 100",
            "100 = fewest resources",
            f"{_RESIDENTS}: their lack",
            _OF_MEANS,
        ),
    ]


_ALL = [
    Column("list", "List of neighbourhoods"),
    Column("neighbourhood", "Neighbourhood"),
    Column(
        "population",
        "Residents",
        "people",
        "",
        "The place’s population table; an area counts by its share",
        "An estimate: see how areas were counted.",
    ),
    Column("areas_counted", "Areas counted", "areas"),
    Column("counted", "Which areas were counted, and the share of each one’s residents"),
    Column("method", "How areas were counted"),
    Column(
        "deprivation_rank_mean",
        "Average deprivation rank",
        "rank",
        "lower = more deprived",
        "Population-weighted mean of the areas’ ranks, as MHCLG’s “average rank” of districts",
        "MHCLG counts the most deprived as the highest rank; here 1 = most deprived, as in the areas’ own ranks.",
    ),
    *[
        Column(
            f"decile_{decile}_share",
            f"Residents in areas of deprivation decile {decile}",
            "share of residents",
            "1 = everyone; decile 1 = most deprived",
            _RESIDENTS,
            _KNOWN,
        )
        for decile in range(1, 11)
    ],
    Column(
        "deprivation_known_share",
        "Residents whose area’s deprivation is known",
        "share of residents",
        "1 = everyone",
        "The place’s deprivation table",
    ),
    *[column for theme, label in themes().items() for column in _theme_columns(theme, label)],
    Column(
        "resource_lack",
        "Social resource index, on average",
        "0 to 100",
        "100 = fewest resources",
        f"{_RESIDENTS}: their index",
        _OF_MEANS,
    ),
    Column(
        "resource_rank",
        "Social resource rank in its list",
        "rank",
        "1 = fewest resources",
        "Rank of that mean among the neighbourhoods of the same list; equal ones share the middle rank",
        "Not given in a list of one. Mapped places and groups only; not friendship, trust or volunteering. Lists whose neighbourhoods overlap count some residents twice.",
    ),
    Column("resource_of", "Neighbourhoods of its list that have a rank", "neighbourhoods"),
    Column(
        "green_ha_per_1000",
        COLUMNS["green_ha_per_1000"].label,
        COLUMNS["green_ha_per_1000"].unit,
        COLUMNS["green_ha_per_1000"].direction,
        f"{_RESIDENTS}; {COLUMNS['green_ha_per_1000'].source}",
        COLUMNS["green_ha_per_1000"].caveat,
    ),
    Column(
        "priority_share",
        "Residents in priority neighbourhoods",
        "share of residents",
        "1 = everyone",
        _RESIDENTS,
        COLUMNS["priority"].caveat,
    ),
]

#: Every column of `neighbourhood_figures`, in the order that files carry them.
NEIGHBOURHOOD_COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}


def neighbourhood_figures(found: Assessment, members: pd.DataFrame) -> pd.DataFrame:
    """The figures of each neighbourhood; `NEIGHBOURHOOD_COLUMNS` says what each column is.

    Parameters
    ----------
    found
        The assessment of the place.
    members
        One row a neighbourhood and area: ``list``, ``neighbourhood``, ``area_code``, ``share`` of the area's residents
        (above 0 and at most 1), ``method``.

    Returns
    -------
    DataFrame
        One row a neighbourhood, in the order of `members`. NA where nothing is known: a mean without residents,
        or a population of which a part is not known.
    """
    parts = members.join(found.areas, on="area_code")
    parts["counted"] = parts["area_code"] + parts["share"].map(lambda share: f" ({share * 100:.3g} %)")
    keys = [parts[key] for key in _KEYS]
    residents = (parts["share"] * parts["population"]).astype(float)
    figures = _figures(found, parts)
    of_whom = figures.notna().mul(residents, axis=0).groupby(keys, sort=False).sum()
    mean = figures.mul(residents, axis=0).groupby(keys, sort=False).sum() / of_whom.where(of_whom > 0)
    people = residents.groupby(keys, sort=False)
    # A mean over those who have somewhere to go would make a place look nearer for having less.
    # As a mean over those whose index is known would be of another neighbourhood.
    lacks = [*(f"{theme}_lack" for theme in THEMES), "resource_lack"]
    whole = [*(f"{theme}_walk_min" for theme in THEMES), *lacks]
    mean[whole] = mean[whole].where(np.isclose(of_whom[whole], people.sum().to_numpy()[:, None], rtol=1e-12))
    mean.loc[people.count() != people.size(), lacks] = np.nan
    about = parts.groupby(_KEYS, sort=False)
    table = mean.assign(
        population=people.sum().where(people.count() == people.size()),
        areas_counted=about.size(),
        counted=about["counted"].agg(", ".join),
        method=about["method"].first(),
    ).reset_index()
    ranked = (-table["resource_lack"]).groupby(table["list"])
    number = ranked.transform("count").where(table["resource_lack"].notna())
    table["resource_rank"] = ranked.transform(mid_rank).where(number > 1)
    table["resource_of"] = number.where(number > 1).astype("Int64")
    return table[[name for name in NEIGHBOURHOOD_COLUMNS if name in table]]


def _figures(found: Assessment, parts: pd.DataFrame) -> pd.DataFrame:
    """What is averaged over residents: one column a figure, as numbers, NA where it is not known of an area."""
    decile, none = parts["deprivation_decile"], {theme: parts[f"{theme}_none_known"] for theme in THEMES}
    figures = {
        **{f"decile_{each}_share": decile == each for each in range(1, 11)},
        "deprivation_known_share": decile.notna(),
        **{f"{theme}_walk_min": parts[f"{theme}_walk_min"] for theme in THEMES},
        **{f"{theme}_reach_share": ~none[theme].astype("boolean") for theme in THEMES},
        **{f"{theme}_known_share": none[theme].notna() for theme in THEMES},
        **{f"{theme}_lack": parts[f"{theme}_lack"] for theme in THEMES},
        "resource_lack": parts["resource_lack"],
        "green_ha_per_1000": parts["green_ha_per_1000"],
        "priority_share": parts["priority"],
    }
    rank = f"{found.settings.deprivation_domain}_rank"
    if rank in found.place.deprivation:
        figures["deprivation_rank_mean"] = parts["area_code"].map(found.place.deprivation[rank])
    return pd.DataFrame({name: values.astype("Float64").astype(float) for name, values in figures.items()})
