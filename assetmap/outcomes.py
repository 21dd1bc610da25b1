"""Community outcomes and context: what indicators say of each area, beside the social resource index.

They are never scored. The 2020 paper (Stansfield et al., element 10) asks for outcomes that matter to communities; the 2015 guide (South,
table 2) for the level at which each is told. That two figures of areas go together says nothing of cause, or of any one person.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from assetmap.columns import INDICATOR_COLUMNS
from assetmap.errors import counted
from assetmap.index import mid_rank
from assetmap.model import Assessment

__all__ = ["as_amount", "correlation_words", "indicator_figures", "spearman"]

#: Below so many areas no correlation is told: any order of a few may look like one.
_FEWEST_AREAS = 10

#: A correlation beyond this many standard errors is more than chance would make in 19 of 20 places.
_BEYOND_CHANCE = 1.96


def as_amount(value: float, unit: str = "") -> str:
    """A value in its unit, to one decimal, or two where it is small.

    Examples
    --------
    >>> as_amount(52.0, "% of adults"), as_amount(1643.26, "residents"), as_amount(0.254)
    ('52 % of adults', '1,643.3 residents', '0.25')
    """
    if pd.isna(value):
        return "not known"
    number = f"{value:,.{1 if abs(value) >= 1 else 2}f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number} {unit}".strip().replace("-", "−", number.startswith("-"))


def spearman(one: pd.Series, other: pd.Series) -> tuple[float, int]:
    """Spearman's correlation of two figures, and of how many areas; NaN for fewer than ten, or where one does not vary.

    Examples
    --------
    >>> up = pd.Series(range(12))
    >>> spearman(up, up**3), spearman(up, -up)[0], spearman(up[:9], up)
    ((1.0, 12), -1.0, (nan, 9))
    """
    both = pd.DataFrame({"one": one, "other": other}).astype(float).dropna()
    if len(both) < _FEWEST_AREAS or (both.nunique() < 2).any():
        return np.nan, len(both)
    ranks = both.apply(mid_rank)
    # Rounded, since the sum of many products is a hair off.
    return round(float(ranks["one"].corr(ranks["other"])), 9), len(both)


def indicator_figures(assessment: Assessment) -> pd.DataFrame:
    """Every indicator of every area, with its rank and median in the place and its correlation with the index.

    Returns
    -------
    DataFrame
        `INDICATOR_COLUMNS`, in the order of the recipe and of the areas; empty where the place has no indicator.
    """
    place, parts = assessment.place, []
    names, ranks = assessment.areas["area_name"], assessment.areas["resource_rank"]
    for name, rows in place.indicators.groupby("indicator", sort=False):
        about = place.indicators_about.loc[name]
        values = rows.set_index("area_code")["value"].astype(float)
        sign = 1 if about["better"] == "lower" else -1
        together, _ = spearman(values, ranks)
        parts.append(
            rows.assign(
                area_name=rows["area_code"].map(names),
                rank=mid_rank(sign * values).to_numpy(),
                areas=int(values.notna().sum()),
                median=values.median(),
                spearman=together,
                **{str(key): said for key, said in about.items()},
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(INDICATOR_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(INDICATOR_COLUMNS)]


def correlation_words(together: float, areas: int) -> str:
    r"""A correlation with the social resource index, in words that claim no cause.

    It is called more than chance where it is 1.96 standard errors from nought, the error being :math:`1/\sqrt{n-1}`
    (Kendall and Gibbons 1990).

    Examples
    --------
    >>> correlation_words(0.42, 60)
    'Higher where social resources are more (Spearman 0.42 over 60 areas): they go together, which is not cause and effect.'
    >>> correlation_words(-0.1, 60)
    'No more than chance would do (Spearman −0.10 over 60 areas).'
    """
    if pd.isna(together):
        return f"Cannot tell: known of {counted(areas, 'area')}, too few or too alike to compare."
    figure = f"(Spearman {together:.2f} over {counted(areas, 'area')})".replace("-", "−")
    if abs(together) * np.sqrt(areas - 1) < _BEYOND_CHANCE:
        return f"No more than chance would do {figure}."
    way = "more" if together > 0 else "fewer"
    return (
        f"Higher where social resources are {way} {figure}: they go together, which is not cause and effect."
    )
