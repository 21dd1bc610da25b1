"""The words: what an assessment says of one area and of the whole place, in plain English."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import shapely

from assetmap import evidence, gaps, measures, reasons
from assetmap.access import theme_places
from assetmap.errors import counted
from assetmap.model import DEPRIVATION_DOMAINS, THEMES, Assessment, Place
from assetmap.options import Option, options
from assetmap.sources import plain_postcode
from assetmap.taxonomy import kinds, themes
from assetmap.uncertainty import lowest_parts
from assetmap.views.indicators import also_known

__all__ = [
    "Account",
    "Nearby",
    "account",
    "accounts",
    "area_of_postcode",
    "in_draws",
    "methods_text",
    "notices_text",
    "of_draws",
    "place_summary",
    "point_of_postcode",
]

_NEAREST_TOLD = 12

#: This near to a standard's minutes, as a share, an area's verdict hangs on a step or two.
_CLOSE_CALL = 0.1


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
    bodies
        Who speaks for the area: its name, what it is, and what it covers.
    also_known
        What indicators say of it, beside the median of the place's areas; no part of the index.
    options
        The approaches that speak to what is thin here, those that build on what is here first.
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
    bodies: list[str]
    also_known: list[str]
    options: list[Option]


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
    position = reasons.standings(areas, codes)
    nearby, ways = _nearby(assessment, codes), options(assessment, codes)
    return {
        str(code): _account(
            assessment, area, position.loc[[code]].iloc[0], nearby[str(code)], ways[str(code)]
        )
        for code, area in areas.loc[codes].iterrows()
    }


def _account(
    assessment: Assessment,
    area: pd.Series,
    position: pd.Series,
    nearby: list[Nearby],
    ways: list[Option],
) -> Account:
    catchment = f"a {assessment.settings.catchment_min:g}-minute walk"
    strong, first, thin = reasons.strong_and_thin(area, position)

    def told(theme: str) -> str:
        return f"{themes()[theme]}: {reasons.within_reach(area, theme, catchment)}"

    if area["priority"]:
        headline = f"Priority neighbourhood, number {area['priority_rank']} of {len(assessment.priorities)}."
    elif area["reason"].startswith(reasons.CANNOT_TELL):
        headline = "Whether this is a priority neighbourhood cannot be told."
    else:
        headline = "Not a priority neighbourhood."
    return Account(
        area_code=str(area.name),
        area_name=str(area["area_name"]),
        priority=bool(area["priority"]),
        headline=headline,
        facts=_facts(assessment, area),
        strengths_heading="Strong here" if strong else "To build on",
        strengths=[f"{told(theme)}." for theme in first] or [str(area["strengths"])],
        thin=[f"{told(theme)}; {reasons.beside_most(area, theme, assessment.areas)}." for theme in thin],
        verdict=str(area["reason"]),
        how_sure=_how_sure(assessment, area),
        nearby=nearby,
        bodies=_bodies(assessment.place, str(area.name)),
        also_known=also_known(assessment.place, str(area.name)),
        options=ways,
    )


def _bodies(place: Place, area_code: str) -> list[str]:
    def told(body: Any) -> str:
        about = "; ".join(text for text in (body.kind, body.covers and f"covers {body.covers}") if text)
        return f"{body.name} ({about})" if about else str(body.name)

    mine = place.bodies["area_codes"].map(lambda codes: area_code in codes).astype(bool)
    return [told(body) for body in place.bodies[mine].itertuples()]


def _facts(assessment: Assessment, area: pd.Series) -> list[str]:
    people = "not known" if pd.isna(area["population"]) else f"{area['population']:,.0f}"
    decile = area["deprivation_decile"]
    domain = DEPRIVATION_DOMAINS[assessment.settings.deprivation_domain].lower()
    deprived = (
        "not known"
        if pd.isna(decile)
        else f"decile {decile} (1 = most deprived), of the area and not of each person in it"
    )
    index = "not known"
    if pd.notna(area["resource_rank"]):
        drawn = in_draws(area)
        index = (
            f"rank {area['resource_rank']:g} of {area['resource_of']:,} "
            f"({drawn + '; ' if drawn else ''}1 = fewest)"
        )
        if pd.notna(area["resource_decile"]):
            index += f", decile {area['resource_decile']} (1 = fewest)"
    told = [
        f"Residents: {people}.",
        f"Deprivation, {domain} ({assessment.place.deprivation_index}): {deprived}.",
        f"Social resources: {index}.",
        f"Compared with: {area['resource_base']}.",
    ]
    if assessment.settings.resource_base == "reference" and assessment.place.reference is not None:
        told.append(f"Its rank is where it would stand among the areas of {assessment.place.reference.name}.")
    serving = area["organisations_serving"]
    if pd.notna(serving):
        told.append(f"Organisations without a venue that say they serve this area: {serving:,}.")
    return told


def in_draws(area: reasons.Row) -> str:
    """Where an area's rank lies in nine of ten draws, in words; nothing where that was not worked out or is not known.

    Examples
    --------
    >>> in_draws({"rank_low": 7.0, "rank_high": 21.5}), in_draws({"rank_low": 3.0, "rank_high": 3.0})
    ('between 7 and 21.5 in nine of ten draws', '3 in nine of ten draws')
    """
    low, high = area.get("rank_low"), area.get("rank_high")
    if low is None or pd.isna(low):
        return ""
    return f"{f'{low:g}' if low == high else f'between {low:g} and {high:g}'} in nine of ten draws"


def of_draws(share: float) -> str:
    """A share of draws, in words that call nothing certain that is not.

    Examples
    --------
    >>> of_draws(0.565), of_draws(0.001), of_draws(0.999), of_draws(1.0)
    ('56 % of draws', 'under 1 % of draws', 'over 99 % of draws', 'every draw')
    """
    if share in (0, 1):
        return "every draw" if share else "no draw"
    percent = share * 100
    return f"{'under 1' if percent < 1 else 'over 99' if percent > 99 else f'{percent:.0f}'} % of draws"


def _how_sure(assessment: Assessment, area: pd.Series) -> list[str]:
    place = assessment.place
    told = [
        f"Distances are {area['distance_method']}"
        + ("." if place.network else "; a river or railway can make the real walk longer."),
        "Only what is on a list is counted; small and new groups are often on no list. The index is of mapped places and groups within "
        "a walk: it does not measure friendship, trust or volunteering.",
    ]
    if in_draws(area):
        lowest = {10: "tenth", 5: "fifth"}[lowest_parts(int(assessment.areas["rank_low"].notna().sum()))]
        told.append(
            f"With weights, scale, mean, catchment and walking speed drawn at random, it is a priority in "
            f"{of_draws(area['priority_share'])}, and among the {lowest} of areas with the fewest resources in "
            f"{of_draws(area['lowest_share'])}."
        )
    for theme, label in themes().items():
        words = area.get(f"{theme}_evidence_words")
        if (
            words is not None
            and area[f"{theme}_evidence"] != evidence.SERVED
            and pd.notna(area[f"{theme}_reach"])
        ):
            told.append(f"{label}: {words[0].lower()}{words[1:]}")
    for standard in gaps.STANDARDS:
        nearest = area[f"{standard.theme}_walk_min"]
        if pd.notna(nearest) and abs(nearest / standard.within_min - 1) <= _CLOSE_CALL:
            told.append(
                f"{themes()[standard.theme]}: the nearest is {nearest:.1f} minutes away by this measure, close to the "
                f"{standard.within_min:g}-minute standard; another speed or route would change the answer."
            )
    if area["near_edge"]:
        told.append(
            "This area is near the edge of the place, and at least one list stops there: places over the border may be missing."
        )
    unknown = [label.lower() for theme, label in themes().items() if pd.isna(area[f"{theme}_reach"])]
    if unknown:
        told.append(f"No list reaches here for: {', '.join(unknown)}.")
    left_out = sum(layer.rows_rejected for layer in place.layers if layer.table == "assets")
    if left_out:
        rows = counted(left_out, "row")
        told.append(f"{rows} of the asset lists could not be used; the data page says which and why.")
    return told


def _nearby(assessment: Assessment, area_codes: list[str]) -> dict[str, list[Nearby]]:
    """The nearest places of every theme for each area, nearest first."""
    place, settings = assessment.place, assessment.settings
    origins = place.origins.loc[area_codes]
    assets = place.assets.loc[place.assets["area_code"].isin(area_codes), "area_code"]
    inside = set(zip(assets, assets.index, strict=True))
    crossing = place.green_space[["geometry"]].sjoin(place.areas.loc[area_codes, ["geometry"]])
    inside |= set(zip(crossing["area_code"], crossing.index, strict=True))
    labels = {name: kind.label for name, kind in kinds().items()}
    found: dict[str, list[Nearby]] = {code: [] for code in area_codes}
    for theme in THEMES:
        places = theme_places(place, theme)
        if places.empty:
            continue
        pairs = measures.walks(
            origins, places, settings.catchment_m, settings.detour_factor, place.network
        ).pairs
        nearest = pairs.groupby("origin", sort=False).head(_NEAREST_TOLD)
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


def point_of_postcode(place: Place, postcode: str) -> tuple[shapely.Point | None, str]:
    """Where a postcode is, in the CRS of the place; or None and, in words, why it is not known."""
    if place.postcodes is None:
        return None, "This place has no table of postcodes. Choose your area from the list."
    plain = plain_postcode(pd.Series([postcode])).iloc[0]
    if plain in place.postcodes.index:
        return place.postcodes[plain], ""
    return (
        None,
        f"“{postcode.strip()}” is not a postcode in the table of this place. Check it, or choose your area from the list.",
    )


def area_of_postcode(place: Place, postcode: str) -> tuple[str, str]:
    """The area that a postcode lies in, or "" and, in words, why there is none."""
    point, told = point_of_postcode(place, postcode)
    if point is None:
        return "", told
    inside = place.areas.index[place.areas.intersects(point)]
    if inside.empty:
        return "", f"{postcode.strip().upper()} lies outside {place.name}."
    return str(inside[0]), ""


def place_summary(assessment: Assessment) -> list[str]:
    """What the assessment says of the whole place, in a few sentences."""
    place, settings = assessment.place, assessment.settings
    here = (
        f"{place.name} has {counted(len(place.assets), 'mapped place or group', 'mapped places and groups')} and "
        f"{counted(len(place.green_space), 'green space', 'green spaces')} open to all."
    )
    if not place.themes:
        here = f"No list of {place.name} tells of any place, group or green space yet, so what is there is not known."
    rule = (
        f"A priority neighbourhood is in the {settings.low_resource_share * 100:g} % of areas with the fewest social "
        f"resources, has deprivation decile {settings.high_deprivation_decile} or lower (1 = most deprived), and misses a "
        "standard."
    )
    scored = sum(theme in place.themes and weight > 0 for theme, weight in settings.weights.items())
    if settings.resource_base == "reference" and place.reference is not None:
        rule += f" Its social resources are compared with those of {place.reference.name}’s areas."
    if scored < len(THEMES):
        rule += f" Social resources rest on {scored} of {len(THEMES)} themes here; the notes say which."
    elsewhere = len(place.organisations)
    if elsewhere:
        here += (
            f" {counted(elsewhere, 'organisation')} more {'is' if elsewhere == 1 else 'are'} known without a place to go to: "
            "counted, not mapped."
        )
    return [here, _verdict(assessment), rule]


def _verdict(assessment: Assessment) -> str:
    """How many priority neighbourhoods there are, and how many areas cannot be judged."""
    areas, found = assessment.areas, assessment.priorities
    unjudged = int(areas["reason"].str.startswith(reasons.CANNOT_TELL).sum())
    if unjudged == len(areas):
        return "No area can be judged: deprivation or social resources are not known here."
    total = counted(len(areas), "area")
    if found.empty:
        verdict = f"None of the {total} is a priority neighbourhood: in no area do all three conditions meet."
    else:
        known = found["population"].dropna()
        at_least = "at least " if len(known) < len(found) else ""
        who = f", home to {at_least}{known.sum():,.0f} people" if len(known) else ""
        are = "is a priority neighbourhood" if len(found) == 1 else "are priority neighbourhoods"
        verdict = f"{len(found)} of the {total} {are}{who}."
    if unjudged:
        verdict += f" For {counted(unjudged, 'area')} it cannot be told; the reason is given with each."
    return verdict


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
