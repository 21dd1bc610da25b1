"""The words: what an assessment says of one area and of the whole place, in plain English."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from assetmap import gaps, measures
from assetmap.assess import theme_places
from assetmap.model import THEMES, Assessment
from assetmap.taxonomy import kinds, themes

__all__ = ["Account", "Nearby", "account", "accounts", "methods_text", "notices_text", "place_summary"]

_NEAREST_TOLD = 12


class Nearby(NamedTuple):
    """One place near an area: its name, kind, theme, minutes on foot and whether it stands in the area."""

    name: str
    kind: str
    theme: str
    walk_min: float
    inside: bool


@dataclass(frozen=True)
class Account:
    """What is to be said of one area: strengths before gaps, and how sure it is.

    Parameters
    ----------
    area_code, area_name
        Which area.
    priority
        Whether it is a priority neighbourhood.
    headline
        One sentence that a reader may stop after.
    facts
        People and deprivation.
    strengths_heading
        What the strengths are: much of something, or what there is to build on.
    strengths, thin
        What there is more and less of than in most areas of the place, one sentence a theme.
    verdict
        Why it is or is not a priority neighbourhood.
    how_sure
        What could make the picture wrong here.
    nearby
        The nearest places of every theme, nearest first.
    """

    area_code: str
    area_name: str
    priority: bool
    headline: str
    facts: list[str]
    strengths_heading: str
    strengths: list[str]
    thin: list[str]
    verdict: str
    how_sure: list[str]
    nearby: list[Nearby]


def account(assessment: Assessment, area_code: str) -> Account:
    """The account of one area.

    Raises
    ------
    KeyError
        Where the place has no such area.
    """
    return accounts(assessment, [area_code])[area_code]


def accounts(assessment: Assessment, area_codes: Iterable[str] | None = None) -> dict[str, Account]:
    """The accounts of several areas, by area code; of every area unless told which.

    Raises
    ------
    KeyError
        Where the place has no such area.
    """
    areas = assessment.areas
    codes = list(areas.index if area_codes is None else area_codes)
    position = pd.DataFrame({theme: gaps.standing(areas[f"{theme}_reach"]) for theme in THEMES})
    nearby = _nearby(assessment, codes)
    return {
        str(code): _account(assessment, area, position.loc[[code]].iloc[0], nearby[str(code)])
        for code, area in areas.loc[codes].iterrows()
    }


def _account(assessment: Assessment, area: pd.Series, position: pd.Series, nearby: list[Nearby]) -> Account:
    catchment = f"a {assessment.settings.catchment_min:g}-minute walk"
    sentences = {
        theme: f"{label}: {gaps.within_reach(area, theme, catchment)}."
        for theme, label in themes().items()
        if pd.notna(area[f"{theme}_reach"])
    }
    here = [theme for theme in sentences if area[f"{theme}_count"] > 0]
    strong = [theme for theme in here if position[theme] >= gaps.STRONG]
    # Where nothing stands out, the best of what is here is told first all the same.
    first = strong or sorted(here, key=lambda theme: -position[theme])[:1]
    thin = [
        theme
        for theme in sentences
        if theme not in first and (theme not in here or position[theme] < 1 - gaps.STRONG)
    ]
    headline = (
        f"{area['area_name']} is a priority neighbourhood (number {area['priority_rank']} of {len(assessment.priorities)})."
        if area["priority"]
        else f"{area['area_name']} is not a priority neighbourhood."
    )
    return Account(
        area_code=str(area.name),
        area_name=str(area["area_name"]),
        priority=bool(area["priority"]),
        headline=headline,
        facts=_facts(assessment, area),
        strengths_heading="Strong here" if strong else "To build on",
        strengths=[sentences[theme] for theme in first] or [str(area["strengths"])],
        thin=[sentences[theme] for theme in thin],
        verdict=str(area["reason"]),
        how_sure=_how_sure(assessment, area),
        nearby=nearby,
    )


def _facts(assessment: Assessment, area: pd.Series) -> list[str]:
    people = "not known" if pd.isna(area["population"]) else f"{area['population']:,.0f}"
    decile = area["deprivation_decile"]
    domain = {"imd": "overall", "income": "income"}[assessment.settings.deprivation_domain]
    deprived = "not known" if pd.isna(decile) else f"decile {decile} (1 = most deprived)"
    index = "not known"
    if pd.notna(area["resource_rank"]):
        index = f"rank {area['resource_rank']:g} of {int(assessment.areas['resource_rank'].notna().sum())} (1 = fewest)"
        if pd.notna(area["resource_decile"]):
            index += f", decile {area['resource_decile']} (1 = fewest)"
    return [
        f"Residents: {people}.",
        f"Deprivation, {domain} ({assessment.place.deprivation_index}): {deprived}.",
        f"Social resources: {index}.",
    ]


def _how_sure(assessment: Assessment, area: pd.Series) -> list[str]:
    place = assessment.place
    told = [
        f"Distances are {area['distance_method']}; a river or railway can make the real walk longer.",
        "Only what is on a list is counted; small and new groups are often on none.",
    ]
    if area["near_edge"]:
        told.append(
            "This area is near the edge of the place, and at least one list stops there: places over the border may be missing."
        )
    unknown = [label.lower() for theme, label in themes().items() if pd.isna(area[f"{theme}_reach"])]
    if unknown:
        told.append(f"No list was given of: {', '.join(unknown)}.")
    left_out = sum(layer.rows_rejected for layer in place.layers if layer.name.startswith("assets:"))
    if left_out:
        told.append(
            f"{left_out} rows of the asset lists could not be used; the data page says which and why."
        )
    return told


def _nearby(assessment: Assessment, area_codes: list[str]) -> dict[str, list[Nearby]]:
    """The nearest places of every theme for each area, nearest first."""
    place, settings = assessment.place, assessment.settings
    origins = place.origins.loc[area_codes]
    inside = set(zip(place.assets["area_code"], place.assets.index, strict=True))
    crossing = place.green_space[["geometry"]].sjoin(place.areas.loc[area_codes, ["geometry"]])
    inside |= set(zip(crossing["area_code"], crossing.index, strict=True))
    labels = {name: kind.label for name, kind in kinds().items()}
    found: dict[str, list[Nearby]] = {code: [] for code in area_codes}
    for theme in THEMES:
        places = theme_places(place, theme)
        if places.empty:
            continue
        pairs = measures.walks(origins, places, settings.catchment_m, settings.detour_factor).pairs
        nearest = pairs.groupby("area_code", sort=False).head(_NEAREST_TOLD)
        for code, identifier, kind, walk_m in nearest.itertuples(index=False):
            found[code].append(
                Nearby(
                    str(places.at[identifier, "name"]),
                    labels[kind],
                    theme,
                    walk_m / settings.metres_per_min,
                    (code, identifier) in inside,
                )
            )
    return {code: sorted(told, key=lambda each: (each.walk_min, each.name)) for code, told in found.items()}


def place_summary(assessment: Assessment) -> list[str]:
    """What the assessment says of the whole place, in a few sentences."""
    areas, place, settings = assessment.areas, assessment.place, assessment.settings
    found = assessment.priorities
    share = f"{settings.low_resource_share:.0%}"
    rule = (
        f"A priority neighbourhood is in the {share} of areas with the fewest social resources, has deprivation decile "
        f"{settings.high_deprivation_decile} or lower (1 = most deprived), and misses a published standard."
    )
    if areas["deprivation_decile"].isna().all():
        verdict = (
            "No deprivation table was given, so assetmap cannot say which neighbourhoods are a priority."
        )
    elif found.empty:
        verdict = f"None of the {len(areas)} areas is a priority neighbourhood: in no area do all three conditions meet."
    else:
        people = found["population"].sum(min_count=1)
        who = "" if pd.isna(people) else f", home to {people:,.0f} people"
        verdict = f"{len(found)} of the {len(areas)} areas {'is a priority neighbourhood' if len(found) == 1 else 'are priority neighbourhoods'}{who}."
    assets, sites = len(place.assets), len(place.green_space)
    here = (
        f"{place.name} has {assets:,} mapped {'place or group' if assets == 1 else 'places and groups'} and "
        f"{sites:,} green {'space' if sites == 1 else 'spaces'} open to all."
    )
    return [here, verdict, rule]


def methods_text() -> str:
    """The method page, as Markdown: the same text as docs/methods.md."""
    return _document("docs/methods.md")


def notices_text() -> str:
    """The notices that must go with every copy of the map."""
    return _document("THIRD_PARTY_NOTICES.md")


def _document(name: str) -> str:
    """A text that the wheel carries inside the package, and a checkout beside it."""
    package = Path(str(resources.files("assetmap")))
    installed = package / name
    return (installed if installed.is_file() else package.parent / name).read_text(encoding="utf-8")
