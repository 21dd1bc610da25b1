"""Comparing the areas of a place with those of a reference, such as England, measured in the very same way.

A figure of another measure, distance method or list of places would not mean the same, so whatever differs is refused in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from assetmap import index
from assetmap.access import measured, theme_figures, walked
from assetmap.errors import SETTINGS, Problem, SettingsError, counted
from assetmap.model import SHARED_OUT, THEMES, Layer, Place, Reference, Settings
from assetmap.taxonomy import themes

__all__ = ["compared_with", "ranked", "reference_of", "signature"]

#: The measures that count people, besides those that share places out among them.
_PER_PERSON = ("density_per_1000", "provision_per_1000")

#: What a list looks its places up in, by the key of a recipe that says so.
_LOOKED_UP = {"postcode": "postcodes", "uprn": "uprns"}

#: Figures that differ by no more than this, as a share, are the same: the files hold nine decimals.
_SAME = 1e-6

#: What each part of a signature is called.
_WORDS = {
    "level": "the level and vintage of areas",
    "catchment_min": "the catchment in minutes (catchment_min)",
    "walking_speed_kmh": "the walking speed in km/h (walking_speed_kmh)",
    "open_at": "when venues have to be open (open_at)",
    "distance": "the distance method",
    "network": "the file of the walking network",
    "origins": "where walks start from ([origins] method, [residents])",
    "residents": "the file of residents’ points",
    "decided": "what people decided of listings (decisions.csv, matches.csv)",
}

_WITHIN_THE_PLACE = "or compare within the place: resource_base = “place”."


def signature(place: Place, settings: Settings) -> dict[str, Any]:
    """How the figures of a place are measured, and from what: two places whose signatures agree can be compared.

    Returns
    -------
    dict
        What holds for all themes, by the keys of `_WORDS`; and under ``themes``, for each that the place knows, its ``measure``
        and its ``lists``: every list that speaks of it with ``name``, ``sha256``, ``coverage`` and ``read_as``, what the recipe says of
        its columns. Plain values, as files keep them.
    """
    return {
        "level": place.level,
        "catchment_min": float(settings.catchment_min),
        "walking_speed_kmh": float(settings.walking_speed_kmh),
        "open_at": settings.open_at,
        "distance": "along the walking network"
        if place.network
        else f"straight line × {settings.detour_factor:g}",
        "network": _sums(place.layers, "network"),
        "origins": place.origin_method if place.residents.empty else place.residents_method,
        "residents": _sums(place.layers, "residents"),
        "decided": place.decided,
        "themes": {
            theme: _theme_signature(place, theme, settings.measures[theme])
            for theme in THEMES
            if theme in place.themes
        },
    }


def _sums(layers: Iterable[Layer], *tables: str) -> str:
    return "; ".join(layer.sha256 for layer in layers if layer.table in tables)


def _theme_signature(place: Place, theme: str, measure: str) -> dict[str, Any]:
    lists = []
    for layer in place.layers:
        if theme not in layer.themes:
            continue
        keys = {part.split(" = ")[0] for part in layer.read_as.split("; ")}
        tables = [table for key, table in _LOOKED_UP.items() if key in keys]
        lists.append(
            {
                "name": layer.name,
                "file": layer.file,
                "sha256": layer.sha256,
                "coverage": layer.coverage,
                "read_as": layer.read_as,
                "looked_up_in": _sums(place.layers, *tables),
            }
        )
    people = ""
    if measure in (*SHARED_OUT, *_PER_PERSON):
        people = _sums(place.layers, "population", "residents", "beyond")
    return {"measure": measure, "people": people, "lists": lists}


def reference_of(place: Place, settings: Settings | None = None) -> Reference:
    """What the areas of a place have, to compare those of another place with.

    Parameters
    ----------
    place
        The place, such as the whole of England.
    settings
        How to measure it; by default as its recipe says. Weights, and how themes are put together, do not matter here.

    Raises
    ------
    SettingsError
        Where the place knows no theme.
    """
    settings = settings or place.settings
    known = [theme for theme in THEMES if theme in place.themes]
    if not known:
        what = f"{place.name} has no list of places or green space, so there is nothing to compare with."
        raise SettingsError(Problem(SETTINGS, what, "Add lists to its place.toml."))
    walks = walked(place, settings)
    figures = {theme: measured(walks, theme, theme_figures(walks, theme))[1] for theme in known}
    table = pd.DataFrame({theme: more.astype(float) for theme, more in figures.items()})
    return Reference(place.name, table, signature(place, settings))


def compared_with(
    place: Place, settings: Settings, more: pd.DataFrame, scored: Iterable[str]
) -> pd.DataFrame | None:
    """The figures that the areas of a place are compared with, where its settings ask for its reference.

    Parameters
    ----------
    place, settings
        The place, and how it is judged.
    more
        The figures of its own areas: one column a theme, higher = more.
    scored
        The themes that the index rests on.

    Returns
    -------
    DataFrame or None
        One column a theme that both measured alike; None where areas are compared within the place.

    Raises
    ------
    SettingsError
        With every difference told, where a scored theme was not measured alike in both; or there is no reference.
    """
    if settings.resource_base == "place":
        return None
    reference = place.reference
    if reference is None:
        what = "This place has no reference to be compared with."
        remedy = (
            f"Name one in [reference] of place.toml; docs/places.md shows how. Or {_WITHIN_THE_PLACE[3:]}"
        )
        raise SettingsError(Problem(SETTINGS, what, remedy, column="resource_base"))
    here, there = signature(place, settings), reference.signature
    faults = list(_differences(here, there))
    scored = tuple(scored)
    of_themes = {
        theme: [*_theme_differences(theme, here, there), *_figures_differ(theme, more, reference)]
        for theme in THEMES
        if theme in place.themes
    }
    for theme in scored:
        faults += of_themes[theme]
    if faults:
        raise SettingsError(
            Problem(
                SETTINGS,
                f"{place.name} cannot be compared with {reference.name}: {what}.",
                f"{remedy[0].upper()}{remedy[1:]}, {_WITHIN_THE_PLACE}",
                column="resource_base",
            )
            for what, remedy in dict.fromkeys(faults)
        )
    return reference.figures[[theme for theme, told in of_themes.items() if not told]]


def ranked(
    areas: pd.DataFrame, place: Place, settings: Settings, weights: Mapping[str, float]
) -> pd.DataFrame:
    """The index of the areas of a place, their ranks and deciles, under some weights: see `assetmap.index.combined`.

    Parameters
    ----------
    areas
        With the lack of each theme, ``hubs_lack`` and so on.
    place, settings
        The place, and how it is judged but for the weights.
    weights
        Weight of each theme; one of weight 0, or that the place does not know, is left out.
    """
    scored = [theme for theme in THEMES if theme in place.themes and weights[theme] > 0]
    lacks = areas[[f"{theme}_lack" for theme in scored]].set_axis(scored, axis=1)
    among = None
    if settings.resource_base == "reference" and place.reference is not None:
        known = place.reference.figures.reindex(columns=scored)
        among = known.apply(index.lack, normalisation=settings.normalisation)
    return index.combined(lacks, weights, settings.normalisation, settings.aggregation, among)


_ANEW = "make the reference anew (assetmap reference) from a place that agrees with this one in that"


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What differs between two signatures in what holds for all themes, and what to do about it."""
    for key, label in _WORDS.items():
        mine, theirs = here[key], there.get(key)
        if mine == theirs:
            continue
        if key in ("network", "residents", "decided"):
            yield f"{label} is not the same in both", _ANEW
        else:
            yield f"{label} is “{_said(mine)}” here and “{_said(theirs)}” there", f"use the same, {_ANEW}"


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _theme_differences(
    theme: str, here: Mapping[str, Any], there: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    label = themes()[theme].lower()
    mine, theirs = here["themes"][theme], there.get("themes", {}).get(theme)
    if theirs is None:
        yield f"the reference knows nothing of {label}", f"give it weight 0 (weight_{theme} = 0), {_ANEW}"
        return
    if mine["measure"] != theirs["measure"]:
        what = f"{label} is measured by “{mine['measure']}” here and by “{theirs['measure']}” there"
        yield what, f"set measure_{theme} = “{theirs['measure']}”, {_ANEW}"
    if mine["people"] != theirs["people"]:
        what = f"the people that {label} is shared out among or divided by are not from the same files"
        yield what, f"choose a measure that counts no people, {_ANEW}"
    own, other = list(mine["lists"]), []
    for each in theirs["lists"]:
        same = next((one for one in own if _alike(one, each)), None)
        if same is None:
            other.append(each)
        else:
            own.remove(same)
    remedy = f"use the same lists in both, with the same bytes, {_ANEW}"
    for each in own:
        twin = next((there for there in other if there["sha256"] == each["sha256"]), None)
        if twin is None:
            yield f"the list {_list_said(each)} of {label} is not in the reference", remedy
            continue
        other.remove(twin)
        for key, what in _LIST_WORDS.items():
            if each[key] != twin[key]:
                yield (
                    f"the list {_list_said(each)} of {label} {what} “{each[key]}” here and “{twin[key]}” there",
                    remedy,
                )
    for each in other:
        yield f"the reference’s list {_list_said(each)} of {label} is not here", remedy


#: What is compared of two lists made from one file, and how it is said.
_LIST_WORDS = {
    "coverage": "covers",
    "read_as": "has its columns read as",
    "looked_up_in": "looks its places up in the table with SHA-256",
}


def _alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two lists are the same bytes read alike, whatever they are called."""
    return all(one[key] == other[key] for key in ("sha256", *_LIST_WORDS))


def _list_said(each: Mapping[str, str]) -> str:
    return f"“{each['name']}” ({each['file']}, SHA-256 {each['sha256'][:12]}…)"


def _figures_differ(theme: str, more: pd.DataFrame, reference: Reference) -> Iterator[tuple[str, str]]:
    """Areas of both that have another figure here than there: something differs that no signature tells."""
    if theme not in reference.figures:
        return
    both = more.index.intersection(reference.figures.index)
    own, other = (table.loc[both, theme].astype(float) for table in (more, reference.figures))
    # An infinite figure equals itself and nothing else.
    differ = both[~np.isclose(own, other, rtol=_SAME, atol=_SAME, equal_nan=True)]
    if len(differ):
        code = differ[0]
        what = (
            f"{counted(len(differ), 'area')} of both {'has' if len(differ) == 1 else 'have'} another figure of {themes()[theme].lower()} "
            f"here, such as {code} ({own[code]:.4g} here, {other[code]:.4g} there)"
        )
        yield what, "see that both start walks from the same points, and read the same rows"
