"""Figures of neighbourhoods of people's own making, put together again from those of the areas they are made up of.

Every mean and every share is of residents: an area counts by its population times its share in the neighbourhood. No
rank or decile is worked out for a neighbourhood itself, for it is none of the areas that were ranked.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from assetmap.columns import COLUMNS, Column
from assetmap.model import THEMES, Assessment
from assetmap.taxonomy import themes

__all__ = ["NEIGHBOURHOOD_COLUMNS", "neighbourhood_figures"]

_KEYS = ["list", "neighbourhood"]

_RESIDENTS = "Population-weighted, from the areas counted"
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
    parts["residents"] = parts["share"] * parts["population"]
    parts["counted"] = parts["area_code"] + parts["share"].map(lambda share: f" ({share * 100:.3g} %)")
    figures = dict(_figures(found, parts))
    about = parts.groupby(_KEYS, sort=False)
    figures |= {
        "population": _residents(parts),
        "areas_counted": about.size(),
        "counted": about["counted"].agg(", ".join),
        "method": about["method"].first(),
    }
    table = pd.DataFrame(figures).reset_index()
    return table[[name for name in NEIGHBOURHOOD_COLUMNS if name in table]]


def _figures(found: Assessment, parts: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Each mean and each share, by neighbourhood."""
    decile = parts["deprivation_decile"]
    rank = f"{found.settings.deprivation_domain}_rank"
    if rank in found.place.deprivation:
        ranks = parts["area_code"].map(found.place.deprivation[rank])
        yield "deprivation_rank_mean", _mean(parts, ranks)
    for each in range(1, 11):
        yield f"decile_{each}_share", _mean(parts, decile == each, decile.notna())
    yield "deprivation_known_share", _mean(parts, decile.notna())
    for theme in THEMES:
        none, walk_min = parts[f"{theme}_none_known"], parts[f"{theme}_walk_min"]
        yield f"{theme}_reach_share", _mean(parts, ~none.fillna(True).astype(bool), none.notna())
        yield f"{theme}_known_share", _mean(parts, none.notna())
        # A mean over those who have somewhere to go would make a place look nearer for having less.
        everyone = _mean(parts, walk_min.notna()) == 1
        yield f"{theme}_walk_min", _mean(parts, walk_min).where(everyone)
    yield "green_ha_per_1000", _mean(parts, parts["green_ha_per_1000"])
    yield "priority_share", _mean(parts, parts["priority"])


def _residents(parts: pd.DataFrame) -> pd.Series:
    """Residents of each neighbourhood; NA where those of any of its areas are not known."""
    grouped = parts.groupby(_KEYS, sort=False)["residents"]
    return grouped.sum().where(grouped.count() == grouped.size())


def _mean(parts: pd.DataFrame, values: pd.Series, known: pd.Series | None = None) -> pd.Series:
    """Mean over the residents of whom a figure is known; NA where there are none."""
    known = values.notna() if known is None else known
    keys = [parts[key] for key in _KEYS]
    weight = parts["residents"].astype(float).where(known.astype(bool))
    weights = weight.groupby(keys, sort=False).sum()
    mean: pd.Series = (values.astype(float) * weight).groupby(keys, sort=False).sum() / weights.where(
        weights > 0
    )
    return mean
