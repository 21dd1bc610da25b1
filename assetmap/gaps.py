"""Priority neighbourhoods: where resources are low, deprivation is high and a standard is missed.

A lowest fifth always exists, so the rule also asks for an absolute shortfall against a standard that
somebody has put forward. *None* is a valid answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from assetmap.columns import COLUMNS
from assetmap.model import Settings

__all__ = ["STANDARDS", "Standard", "low_rank", "priorities", "shortfall"]


#: A standard is met where at least this share of residents meets it.
_MOST = 0.5


@dataclass(frozen=True)
class Standard:
    """A cited threshold for what should be within a walk.

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
    """

    column: str
    theme: str
    within_min: float
    shortfall: str

    @property
    def share(self) -> str:
        """The figure of access that says which share of residents it is met for."""
        return f"share_{self.within_min:g}_min"

    @property
    def source(self) -> str:
        """Who put it forward."""
        return COLUMNS[self.column].source


STANDARDS = (
    Standard("short_hubs", "hubs", 15, "no hub is known within a 15-minute walk"),
    Standard(
        "short_green_space", "green_space", 15, "no accessible green space is known within a 15-minute walk"
    ),
)


def shortfall(share: pd.Series) -> pd.Series:
    """Whether each area falls short of a standard: most of its residents have nothing known near enough.

    Parameters
    ----------
    share
        The share of residents who have one near enough, 0 to 1, NA where that is not known. Measured from one point an
        area it is 0 or 1.
    """
    return (share < _MOST).astype("boolean")


def low_rank(areas: int, settings: Settings) -> float:
    """The highest rank that is low on social resources, of so many areas ranked.

    Examples
    --------
    >>> low_rank(139, Settings())
    27.8
    """
    # Rounded, so that 0.29 of 100 areas is 29 of them and not 28.999….
    return round(settings.low_resource_share * areas, 9)


def priorities(areas: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Which areas are priority neighbourhoods, and in what order.

    Parameters
    ----------
    areas
        With ``resource_rank`` (1 = fewest, ties sharing the middle), ``deprivation_decile`` (1 = most
        deprived) and the flag of each standard, NA where the standard cannot be judged.
    settings
        The thresholds.

    Returns
    -------
    DataFrame
        ``resource_low``, ``priority`` (bool) and ``priority_rank`` (1 = fewest resources; equal areas
        by deprivation, then code). An area that cannot be judged is no priority: its reason says so.
    """
    rank = areas["resource_rank"]
    low = (rank <= low_rank(int(rank.notna().sum()), settings)).fillna(False)
    deprived = (areas["deprivation_decile"] <= settings.high_deprivation_decile).fillna(False)
    short = areas[[standard.column for standard in STANDARDS]].fillna(False).any(axis=1)
    priority = (low & deprived & short).astype(bool)
    # Areas come in ascending order of code, and a stable sort keeps that order among equals.
    order = (
        areas[priority].sort_values(["resource_rank", "deprivation_decile", "imd_rank"], kind="stable").index
    )
    ranked = pd.Series(range(1, len(order) + 1), index=order, dtype="Int64").reindex(areas.index)
    return pd.DataFrame({"resource_low": low.astype(bool), "priority": priority, "priority_rank": ranked})
