"""The people's weights beside the officers': what ranks and priorities would be, were the themes weighed as residents weigh them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assetmap import gaps
from assetmap.columns import WEIGHTS_COLUMNS
from assetmap.model import THEMES, Assessment
from assetmap.reference import ranked
from assetmap.taxonomy import themes

__all__ = ["PeoplesWeights", "peoples_weights", "weighed_themes", "weights_table"]


@dataclass(frozen=True)
class PeoplesWeights:
    """What the residents' weights change.

    Parameters
    ----------
    themes
        Indexed by theme: ``officers`` and ``residents``, the share of the whole weight that each gives it (0 to 1).
    areas
        Indexed like the areas: ``officers_rank`` and ``residents_rank`` (1 = fewest resources), ``officers_priority`` and
        ``residents_priority`` (bool), and ``flips``: "drops out", "comes in" or "".
    spearman
        How far the two orders agree, 1 = the same; NaN where either does not vary.
    people
        How many residents weighed; None where that is not known, as of weights that somebody tries out.
    """

    themes: pd.DataFrame
    areas: pd.DataFrame
    spearman: float
    people: int | None


def weighed_themes(assessment: Assessment) -> list[str]:
    """The themes that can be weighed: those of which areas have a lack."""
    return [theme for theme in THEMES if assessment.areas[f"{theme}_lack"].notna().any()]


def peoples_weights(
    assessment: Assessment, weights: Mapping[str, float], people: int | None = None
) -> PeoplesWeights | None:
    """What the ranks and priorities would be by the residents' weights, all else as the settings say.

    Parameters
    ----------
    assessment
        What was found with the officers' weights, those of the settings.
    weights
        The residents' weight of each theme; only their proportions matter. What they give to a theme that cannot be weighed here is
        left out.
    people
        How many residents weighed.

    Returns
    -------
    PeoplesWeights or None
        None where they weigh no theme that can be weighed here.
    """
    place, settings, areas = assessment.place, assessment.settings, assessment.areas
    known = weighed_themes(assessment)
    both = pd.DataFrame(
        {
            "officers": {theme: float(settings.weights[theme]) for theme in known},
            "residents": {theme: float(weights.get(theme, 0.0)) for theme in known},
        },
        index=known,
        dtype=float,
    )
    if not both["residents"].sum() > 0:
        return None
    theirs = {theme: weights.get(theme, 0.0) if theme in known else 0.0 for theme in THEMES}
    found = ranked(areas, place, settings, theirs)
    judged = areas.assign(resource_rank=found["resource_rank"], resource_of=found["resource_of"])
    priority = gaps.priorities(judged, settings)["priority"]
    table = pd.DataFrame(
        {
            "officers_rank": areas["resource_rank"],
            "residents_rank": found["resource_rank"],
            "officers_priority": areas["priority"],
            "residents_priority": priority,
            "flips": np.select(
                [areas["priority"] & ~priority, ~areas["priority"] & priority], ["drops out", "comes in"], ""
            ),
        },
        index=areas.index,
    )
    ranks = table[["officers_rank", "residents_rank"]].dropna()
    varies = bool((ranks.nunique() > 1).all())
    # Of ranks, so that it is Spearman's.
    agreement = (
        float(ranks["officers_rank"].rank().corr(ranks["residents_rank"].rank())) if varies else np.nan
    )
    return PeoplesWeights(both / both.sum().where(both.sum() > 0), table, agreement, people)


def weights_table(assessment: Assessment) -> pd.DataFrame:
    """The weights of residents and officers and what they come to, for a file: `WEIGHTS_COLUMNS`; empty where there are none to show.

    First the whole place, then one row a theme, then one an area.
    """
    given = assessment.place.residents_weights
    found = peoples_weights(assessment, given.weights, given.people) if given is not None else None
    if found is None:
        return pd.DataFrame(columns=list(WEIGHTS_COLUMNS))
    whole = {
        "about": "whole place",
        "name": assessment.place.name,
        "spearman": found.spearman,
        "people": found.people,
    }
    of_themes = found.themes.rename(columns=lambda side: f"{side}_weight").rename_axis("code").reset_index()
    of_themes = of_themes.assign(about="theme", name=of_themes["code"].map(themes()))
    of_areas = (
        found.areas.assign(name=assessment.areas["area_name"], about="area").rename_axis("code").reset_index()
    )
    parts = [pd.DataFrame([whole]), of_themes, of_areas]
    rows = [row for part in parts for row in part.astype(object).to_dict("records")]
    return pd.DataFrame(rows, columns=list(WEIGHTS_COLUMNS), dtype=object)
