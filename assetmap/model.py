"""The vocabulary: what a place is, how it is to be judged, and what was found.

Everything else in assetmap takes these values in and gives them back. All of them are frozen,
and nothing writes into a frame that it did not make.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.errors import SETTINGS, Problem, SettingsError

__all__ = [
    "AGGREGATIONS",
    "ASSET_FIELDS",
    "CUT_OFFS_MIN",
    "DEPRIVATION_DOMAINS",
    "MEASURES",
    "NORMALISATIONS",
    "OPEN_AT",
    "RESOURCE_BASES",
    "ROLES",
    "SETTING_BOUNDS",
    "SETTING_WORDS",
    "SHARED_OUT",
    "THEMES",
    "Assessment",
    "Layer",
    "Network",
    "Place",
    "Reference",
    "ResidentsWeights",
    "Settings",
]

#: The scored themes, in the order they are told.
THEMES = ("hubs", "groups", "green_space", "meeting_places", "services")

#: The ways of looking at deprivation that a priority may rest on: the index, its domains, the two
#: supplementary indices, and the sub-domains. Not every nation's index has all of them.
DEPRIVATION_DOMAINS = {
    "imd": "Overall index",
    "income": "Income",
    "employment": "Employment",
    "education": "Education, skills and training",
    "health": "Health and disability",
    "crime": "Crime",
    "barriers": "Barriers to housing and services",
    "environment": "Living environment",
    "housing": "Housing",
    "access": "Access to services",
    "idaci": "Income, affecting children",
    "idaopi": "Income, affecting older people",
    "children_young_people": "Children and young people",
    "adult_skills": "Adult skills",
    "geographical_barriers": "Geographical barriers",
    "wider_barriers": "Wider barriers",
    "indoors": "Indoors living environment",
    "outdoors": "Outdoors living environment",
}

#: What a list may say of an asset besides its name, kind and place; each a text, empty where it is not known.
ASSET_FIELDS = {
    "detail": "Details",
    "description": "What it does",
    "opening_hours": "Open",
    "address": "Address",
    "postcode": "Postcode",
    "step_free": "Step-free",
    "cost": "Cost",
    "for_age": "For ages",
    "for_language": "Languages",
    "for_faith": "Faith",
    "for_condition": "For people with",
    "volunteers": "Volunteers wanted",
    "owner": "Owner",
    "asset_transfer": "Community asset transfer",
    "website": "Website",
    "access": "Who may go in",
    "last_checked": "Last checked",
    "last_edited": "Last edited",
    "identifier": "Reference",
}

#: What a listed location is: a place that people go to; an office that an organisation works from; an
#: address for letters, which may be somebody's home; or no place at all but the area that is served.
ROLES = ("venue", "base", "contact", "area_served")

#: Minutes on foot within which places, and the residents who have one, are counted.
CUT_OFFS_MIN = (5, 10, 15)

#: The ways of measuring what is within reach of an area that the index may rest on.
MEASURES = {
    "reach": "Reach: nearer counts more, the nth of a kind 1/n",
    "count": "Number of places within the catchment",
    "nearest": "Walk to the nearest",
    "diversity": "Effective number of kinds within the catchment",
    "gravity": "Places, nearer counting more",
    "two_sfca": "Places per 1,000 who can walk there (2SFCA)",
    "e2sfca": "The same, nearer counting more (E2SFCA)",
    "m2sfca": "The same, distance counting twice (M2SFCA)",
    "three_sfca": "The same, people choosing among places (3SFCA)",
    "bfca": "The same, each person counted once (BFCA)",
    "raam": "Cost of walk and crowding (RAAM)",
    "density_per_1000": "Places in the area or within 1 km of it per 1,000 residents",
    "provision_per_1000": "Places in the area per 1,000 residents",
}

#: Those of them that share a place out among all who can walk there.
SHARED_OUT = ("two_sfca", "e2sfca", "m2sfca", "three_sfca", "bfca", "raam")

#: When a venue has to be open to be counted.
OPEN_AT = {"any": "At any time", "evenings": "On weekday evenings", "weekends": "At weekends"}

#: How the figures of a theme are put on one scale with those of the others.
NORMALISATIONS = {
    "exponential": "Exponential of ranks",
    "normal_scores": "Normal scores of ranks",
    "z_score": "Z-score",
    "min_max": "Min-max",
}

#: How the themes are put together.
AGGREGATIONS = {"arithmetic": "Arithmetic mean", "geometric": "Geometric mean"}

#: What the areas of a place are compared with.
RESOURCE_BASES = {"place": "The areas of this place", "reference": "The areas of the place’s reference"}

#: What each setting in words is called, and may say.
SETTING_WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "deprivation_domain": ("deprivation domain", DEPRIVATION_DOMAINS),
    "open_at": ("time of opening", OPEN_AT),
    **{f"measure_{theme}": ("measure", MEASURES) for theme in THEMES},
    "normalisation": ("normalisation", NORMALISATIONS),
    "aggregation": ("aggregation", AGGREGATIONS),
    "resource_base": ("base of comparison", RESOURCE_BASES),
}

#: Lowest and highest value of each setting that is a number.
SETTING_BOUNDS = {
    "catchment_min": (1, 60),
    "walking_speed_kmh": (1, 10),
    "detour_factor": (1, 3),
    **{f"weight_{theme}": (0, 100) for theme in THEMES},
    "low_resource_share": (0, 1),
    "high_deprivation_decile": (1, 10),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a place is to be judged: the same values for widgets, command line and recipe.

    Parameters
    ----------
    catchment_min
        How long a walk counts as within reach, in minutes. Default 15 (Moreno et al. 2021).
    walking_speed_kmh
        Walking speed in km/h. Default 4.8 (80 m a minute).
    detour_factor
        Walking distance over straight-line distance, at least 1. Used where a place has no
        walking network.
    measure_hubs, measure_groups, measure_green_space, measure_meeting_places, measure_services
        What the index ranks areas by in each theme, one of `MEASURES`. Default "reach".
    open_at
        When a venue has to be open to be counted, one of `OPEN_AT`. Default "any". One whose hours are not known is then
        told apart, neither open nor closed. Green space is always counted.
    weight_hubs, weight_groups, weight_green_space, weight_meeting_places, weight_services
        How much each theme counts in the index; only their proportions matter. A theme with
        weight 0 is shown and not scored.
    normalisation
        How the figures of a theme become its lack, from 0 to 100: one of `NORMALISATIONS`. Default "exponential", as in
        the Indices of Deprivation, so that plenty in one theme hardly hides a lack in another.
    aggregation
        How the themes' lacks are put together: one of `AGGREGATIONS`. Default "arithmetic".
    resource_base
        What areas are compared with: "place" (default) for the other areas of the place, "reference" for those of the
        reference that its recipe names, such as England's.
    low_resource_share
        An area is low on social resources when it is in this share of the areas compared with that have
        the fewest (0 to 1, default 0.2: deciles 1 and 2).
    high_deprivation_decile
        An area is highly deprived when its deprivation decile is this or lower (1 = most
        deprived). Default 2: the most deprived 20 % (NHS England, Core20PLUS5).
    deprivation_domain
        "imd" for the overall index, or one of its domains; see `DEPRIVATION_DOMAINS`.

    Raises
    ------
    SettingsError
        With every unusable value named.
    """

    catchment_min: float = 15.0
    walking_speed_kmh: float = 4.8
    detour_factor: float = 1.3
    measure_hubs: str = "reach"
    measure_groups: str = "reach"
    measure_green_space: str = "reach"
    measure_meeting_places: str = "reach"
    measure_services: str = "reach"
    open_at: str = "any"
    weight_hubs: float = 1.0
    weight_groups: float = 1.0
    weight_green_space: float = 1.0
    weight_meeting_places: float = 1.0
    weight_services: float = 1.0
    normalisation: str = "exponential"
    aggregation: str = "arithmetic"
    resource_base: str = "place"
    low_resource_share: float = 0.2
    high_deprivation_decile: int = 2
    deprivation_domain: str = "imd"

    def __post_init__(self) -> None:
        faults = []
        for name, (low, high) in SETTING_BOUNDS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                faults.append(
                    Problem(
                        SETTINGS,
                        f"“{value}” is not a usable value.",
                        f"Give a number from {low} to {high}.",
                        column=name,
                    )
                )
        if not faults and not any(self.weights.values()):
            faults.append(
                Problem(SETTINGS, "Every theme has weight 0.", "Give at least one theme a weight above 0.")
            )
        if not faults and self.high_deprivation_decile != int(self.high_deprivation_decile):
            faults.append(
                Problem(
                    SETTINGS,
                    "A decile is a whole number.",
                    "Give a whole number from 1 to 10.",
                    column="high_deprivation_decile",
                )
            )
        faults += [
            Problem(
                SETTINGS,
                f"“{getattr(self, name)}” is not a {what} that assetmap knows.",
                f"Use one of: {', '.join(known)}.",
                column=name,
            )
            for name, (what, known) in SETTING_WORDS.items()
            if getattr(self, name) not in known
        ]
        if faults:
            raise SettingsError(faults)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each theme, in the order of `THEMES`."""
        return {theme: getattr(self, f"weight_{theme}") for theme in THEMES}

    @property
    def measures(self) -> dict[str, str]:
        """What each theme is measured by, in the order of `THEMES`."""
        return {theme: getattr(self, f"measure_{theme}") for theme in THEMES}

    @property
    def metres_per_min(self) -> float:
        """Walking speed in metres a minute."""
        return self.walking_speed_kmh * 1000 / 60

    @property
    def catchment_m(self) -> float:
        """How far one walks within the catchment time, in metres on foot."""
        return self.catchment_min * self.metres_per_min

    def as_dict(self) -> dict[str, float | int | str]:
        """The settings as plain values, for files and URLs."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from a table of values, such as a recipe's ``[settings]``.

        Raises
        ------
        SettingsError
            For a name that is no setting, as for a value that cannot be used.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsError(
                Problem(
                    SETTINGS,
                    "There is no such setting.",
                    f"The settings are: {', '.join(sorted(known))}.",
                    column=name,
                )
                for name in unknown
            )
        return cls(**values)


#: Licences that pass on to a database made from theirs: the Open Database Licence, and Creative Commons' ShareAlike.
_SHARE_ALIKE = re.compile(r"\bODbL\b|open database licen[cs]e|\bBY-SA\b|share ?-?alike", re.IGNORECASE)


@dataclass(frozen=True)
class Layer:
    """Where one layer of a place came from, and what became of its rows.

    Parameters
    ----------
    table
        Which table of the recipe names it, such as "areas" or "assets".
    name
        What readers call it, such as "areas" or "assets: Libraries".
    file
        The file as told to readers: relative to the place folder, or its bare name.
    sha256
        Checksum of the file's bytes.
    source, licence, date
        Who made it, under which terms, and of when; "not stated" where the recipe is silent.
    coverage
        What stretch of country a list of assets or green space covers: "place" (stops at the edge of
        the study area) or "beyond" (goes on past it at least as far as the largest catchment);
        empty for other layers.
    rows_in, rows_used, rows_rejected
        Rows read; used; left out because something is wrong with them.
    edited
        How its file differs from what somebody accepted, in words; empty where it does not, or nothing was accepted.
    places, located
        Of a list of assets: how many rows are places of a kind that may count, near or far, and how many of them have a location.
    kind_unknown
        How many of those with a location are left out since nothing tells their kind.
    covers
        How many of the place's areas a list covers, where its file itself tells; None where it does not.
    themes
        Of a list of assets or green space: the themes that it speaks of.
    read_as
        Of such a list: what the recipe says of its columns and rows, in one line; two places that read one file alike say the same.
    """

    table: str
    name: str
    file: str
    sha256: str
    source: str = "not stated"
    licence: str = "not stated"
    date: str = "not stated"
    coverage: str = ""
    rows_in: int = 0
    rows_used: int = 0
    rows_rejected: int = 0
    edited: str = ""
    places: int = 0
    located: int = 0
    kind_unknown: int = 0
    covers: int | None = None
    themes: tuple[str, ...] = ()
    read_as: str = ""

    @property
    def share_alike(self) -> bool:
        """Whether a database made from the layer must be published under the same terms."""
        return bool(_SHARE_ALIKE.search(self.licence))

    @property
    def rows_set_aside(self) -> int:
        """Rows not counted by rule: too far away, a contact address, not open to all, told twice."""
        return self.rows_in - self.rows_used - self.rows_rejected


@dataclass(frozen=True)
class Network:
    """Streets and paths that can be walked: stretches between junctions.

    Parameters
    ----------
    xy
        Where each junction is, shape (junctions, 2), metres in the place's CRS.
    start, end
        The junctions that each stretch joins, in either direction.
    length_m
        Length of each stretch, metres.
    footprint
        What the network covers, where its file tells; None where it is taken to cover the place.
    """

    xy: np.ndarray
    start: np.ndarray
    end: np.ndarray
    length_m: np.ndarray
    footprint: shapely.Geometry | None = None

    @cached_property
    def stretches(self) -> np.ndarray:
        """Each stretch as a line."""
        return np.asarray(shapely.linestrings(np.stack([self.xy[self.start], self.xy[self.end]], axis=1)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Finds the stretch that is nearest to a point."""
        return shapely.STRtree(self.stretches)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What the searches have worked out from the network, by name."""
        return {}


@dataclass(frozen=True)
class Reference:
    """What the areas of another, larger place have, for the areas of this one to be compared with.

    Parameters
    ----------
    name
        Name of that place, such as "England".
    figures
        One row an area of it, indexed by ``area_code``, one column a theme: the figure that areas are ranked by, higher = more;
        minus infinity where nothing can be walked to, NA where it is unknown.
    signature
        How they were measured, and from what: see `assetmap.reference.signature`.
    """

    name: str
    figures: pd.DataFrame
    signature: Mapping[str, Any]


@dataclass(frozen=True)
class BaseMap:
    """A map of tiles on another computer, which a reader may switch on beneath the place's own layers.

    Parameters
    ----------
    url
        Address of a tile, with ``{z}``, ``{x}`` and ``{y}`` in it.
    attribution
        Who made it and under which terms.
    max_zoom
        The nearest zoom that it has tiles for.
    """

    url: str
    attribution: str
    max_zoom: int


@dataclass(frozen=True)
class ResidentsWeights:
    """How residents weigh the themes, from the tokens that they placed at an event.

    Parameters
    ----------
    weights
        Tokens of each theme, as shares that add up to 1. Empty where so few placed them that they are withheld.
    people
        How many residents placed them; None where they are withheld.
    withheld
        Why they are not shown, in words; empty where they are.
    """

    weights: Mapping[str, float]
    people: int | None
    withheld: str = ""


@dataclass(frozen=True)
class Place:
    """All that is known of one study area: checked, and projected to metres.

    Parameters
    ----------
    name
        Name of the place.
    fictional
        Whether the place is made up; said wherever it shows.
    level
        Level and vintage of the areas, such as "lsoa21".
    areas
        One row an area, indexed by ``area_code`` in ascending order: ``area_name``, ``geometry``
        (polygons, in the projected CRS of the place, metres).
    origins
        One point an area, indexed like `areas`: where its people are.
    origin_method
        What those points are, in words.
    residents
        Points where residents live, finer than areas, such as output areas or postcodes: ``area_code``, ``people``
        (1 each where the file does not count them), ``geometry``. Where there are any, walks start from them, and an area
        has the mean over its people. Empty where there is but one point an area.
    residents_method
        What those points are, in words.
    beyond
        People outside the study area who share its places: ``people``, ``geometry`` (points), to twice the longest
        catchment. Empty where the place does not tell.
    population
        Residents, indexed like `areas`; NA where unknown.
    deprivation
        Indexed like `areas`: ``imd_rank``, ``imd_decile`` (1 = most deprived), ``imd_score`` where the place's table
        gives it, and ``_score``, ``_rank`` and ``_decile`` of each other domain that it gives; NA where unknown.
        ``deprivation_carried`` where the table was made for areas of another vintage: "unchanged", "split" (a part of one),
        "merged" (several together) or "irregular". With an earlier index to compare with, ``imd_decile_before``,
        ``imd_decile_change``, ``imd_change_kind`` and ``imd_change_words`` (see `assetmap.sources.indices.change`).
    deprivation_index
        Which index, such as "IoD2025"; and what to know of its deciles, such as "carried over from lsoa11 areas".
    assets
        One row a venue, indexed by ``asset_id``: ``name``, ``kind``, ``kind_confidence`` (0 to 1), ``theme``,
        ``list`` (which list it came from), ``sources`` (all lists that name it) and ``licence`` (theirs),
        ``area_code`` (the area it stands in, NA when outside), each of `ASSET_FIELDS`, ``open_evenings`` and ``open_weekends``
        ("yes", "no", or "" where its hours do not tell; see `assetmap.sources.hours.open_when`), ``geometry`` (points).
    listings
        The rows of all lists that `assets` was made of, before those that name one place were joined: the same columns
        but ``theme``, ``area_code``, ``open_evenings`` and ``open_weekends``, and ``row`` (of the list's file).
    organisations
        What is listed and is no venue, so never a point: ``name``, ``kind`` (NA where not known), ``role`` (one of
        `ROLES`), ``list``, ``area_of_benefit`` (in the list's words), ``area_codes`` (the areas those mean), each of `ASSET_FIELDS`. Places of sensitive kinds are here too.
    grants
        Money given to an organisation, never mapped and never scored: ``recipient``, ``amount`` (in ``currency``; NA where
        not known), ``currency``, ``award_date`` (ISO date, "" where not known), ``funder``, ``purpose``, ``area_code`` (NA where
        it is for no one area), ``identifier``, ``list``. Grants to people are not kept.
    bodies
        Who speaks for an area, such as a residents' association: ``name``, ``kind``, ``covers`` (in words), ``website``,
        ``area_codes`` (a tuple; empty where it is not known which), ``list``.
    postcodes
        Points by postcode (upper case, no space) in the CRS of the areas; None where the place has no table.
    green_space
        One row an accessible site, indexed by ``site_id``: ``name``, ``kind``, ``area_ha``, ``sources`` (all that tell
        of it), ``licence`` (theirs), ``geometry``.
    entrances
        Points one may enter green space by on foot: ``site_id``, ``geometry``.
    network
        The walking network; None where the place has none, and walks are straight lines.
    backdrop
        What helps people find themselves on a map without tiles: ``kind`` (water, rail or
        street), ``geometry``.
    themes
        The themes that some layer speaks of. Another is unknown here, which is not the same as none.
    footprints
        For a theme whose lists stop short of the whole study area: what they cover, in the CRS of the
        areas. Beyond it the theme is unknown.
    neighbourhoods
        Of which areas each neighbourhood of people's own making is made up: ``list``, ``neighbourhood``,
        ``area_code``, ``share`` of the area's residents (above 0, at most 1), ``method`` (how areas were counted).
    indicators
        Community outcomes and context, never scored: one row an indicator and area, in the order of the recipe and of the
        areas: ``indicator``, ``area_code``, ``value`` (in the indicator's unit), ``lower`` and ``upper`` (its interval); NA
        where unknown.
    indicators_about
        What each indicator is, indexed by ``indicator``: ``outcome_level`` (of `assetmap.sources.recipe.OUTCOME_LEVELS`),
        ``term`` ("" for context), ``unit``, ``better`` ("higher", "lower" or "neither"), ``period``, ``source``, ``licence``.
    reference
        What another, larger place has, to compare with; None where the recipe names none.
    residents_weights
        How residents weigh the themes; None where the recipe names no such table.
    base_map
        The online map that readers may switch on; None where the recipe names none.
    decided
        SHA-256 of what people decided of listings (``decisions.csv``, ``matches.csv``); empty where there is neither.
    told
        Places whose groups know that residents hang on them alone, as decisions call them.
    doubtful
        Of each kind, how many pairs of listings may be one place and wait for a person; None where lists were not compared.
    layers
        Where each layer came from.
    problems
        Every fault that did not stop the load.
    fingerprint
        SHA-256 over the recipe and every file read: same fingerprint, same place.
    settings
        The settings that the recipe asks for.
    """

    name: str
    fictional: bool
    level: str
    areas: gpd.GeoDataFrame
    origins: gpd.GeoSeries
    origin_method: str
    residents: gpd.GeoDataFrame
    residents_method: str
    beyond: gpd.GeoDataFrame
    population: pd.Series
    deprivation: pd.DataFrame
    deprivation_index: str
    assets: gpd.GeoDataFrame
    listings: gpd.GeoDataFrame
    organisations: pd.DataFrame
    grants: pd.DataFrame
    bodies: pd.DataFrame
    postcodes: gpd.GeoSeries | None
    green_space: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    network: Network | None
    backdrop: gpd.GeoDataFrame
    themes: frozenset[str]
    footprints: Mapping[str, shapely.Geometry]
    neighbourhoods: pd.DataFrame
    indicators: pd.DataFrame
    indicators_about: pd.DataFrame
    layers: tuple[Layer, ...]
    problems: tuple[Problem, ...]
    fingerprint: str
    settings: Settings = field(default_factory=Settings)
    reference: Reference | None = None
    residents_weights: ResidentsWeights | None = None
    base_map: BaseMap | None = None
    decided: str = ""
    told: tuple[str, ...] = ()
    doubtful: Mapping[str, int] | None = None

    @property
    def crs(self) -> Any:
        """The projected CRS of the place, in metres."""
        return self.areas.crs

    @cached_property
    def outline(self) -> shapely.Geometry:
        """The ground of all areas together, to the millimetre: without a grid, tens of thousands of areas take minutes."""
        return shapely.union_all(self.areas.geometry.to_numpy(), grid_size=0.001)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What was worked out from the place alone and takes long, by name."""
        return {}


@dataclass(frozen=True)
class Assessment:
    """What was found: one table of areas, with the settings and the place that made it.

    Map, report and files all read this, so they cannot disagree.

    Parameters
    ----------
    place
        The place that was assessed.
    settings
        The settings it was assessed with.
    areas
        One row an area, indexed by ``area_code``; `assetmap.columns` says what each column is.
    access
        One row an area and theme, and an area and kind: see `assetmap.columns.ACCESS_COLUMNS`.
    notes
        What a reader must know before quoting a figure, in plain English.
    """

    place: Place
    settings: Settings
    areas: pd.DataFrame
    access: pd.DataFrame
    notes: tuple[str, ...]

    @cached_property
    def priorities(self) -> pd.DataFrame:
        """The priority neighbourhoods, first priority first; empty when there are none."""
        found: pd.DataFrame = self.areas[self.areas["priority"]]
        return found.sort_values("priority_rank")
