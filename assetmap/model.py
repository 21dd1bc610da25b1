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
    "ASSET_FIELDS",
    "DEPRIVATION_DOMAINS",
    "ROLES",
    "SETTING_BOUNDS",
    "THEMES",
    "Assessment",
    "Layer",
    "Network",
    "Place",
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
    weight_hubs, weight_groups, weight_green_space, weight_meeting_places, weight_services
        How much each theme counts in the index; only their proportions matter. A theme with
        weight 0 is shown and not scored.
    low_resource_share
        An area is low on social resources when it is in this share of the place's areas with
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
    weight_hubs: float = 1.0
    weight_groups: float = 1.0
    weight_green_space: float = 1.0
    weight_meeting_places: float = 1.0
    weight_services: float = 1.0
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
        if self.deprivation_domain not in DEPRIVATION_DOMAINS:
            faults.append(
                Problem(
                    SETTINGS,
                    f"“{self.deprivation_domain}” is not a deprivation domain that assetmap knows.",
                    f"Use one of: {', '.join(DEPRIVATION_DOMAINS)}.",
                    column="deprivation_domain",
                )
            )
        if faults:
            raise SettingsError(faults)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each theme, in the order of `THEMES`."""
        return {theme: getattr(self, f"weight_{theme}") for theme in THEMES}

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
    covers
        How many of the place's areas a list covers, where its file itself tells; None where it does not.
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
    covers: int | None = None

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
        ``area_code`` (the area it stands in, NA when outside), each of `ASSET_FIELDS`, ``geometry`` (points).
    listings
        The rows of all lists that `assets` was made of, before those that name one place were joined: the same columns
        but ``theme`` and ``area_code``, and ``row`` (of the list's file).
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
    layers: tuple[Layer, ...]
    problems: tuple[Problem, ...]
    fingerprint: str
    settings: Settings = field(default_factory=Settings)

    @property
    def crs(self) -> Any:
        """The projected CRS of the place, in metres."""
        return self.areas.crs


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
    notes
        What a reader must know before quoting a figure, in plain English.
    """

    place: Place
    settings: Settings
    areas: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def priorities(self) -> pd.DataFrame:
        """The priority neighbourhoods, first priority first; empty when there are none."""
        found: pd.DataFrame = self.areas[self.areas["priority"]]
        return found.sort_values("priority_rank")
