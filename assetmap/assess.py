"""The main path: from a place and settings to an assessment."""

from __future__ import annotations

import pandas as pd

from assetmap import gaps, index, reasons
from assetmap.access import (
    Walked,
    access,
    distance_method,
    green_standards,
    measured,
    near_edge,
    theme_figures,
    walked,
)
from assetmap.columns import COLUMNS
from assetmap.errors import SETTINGS, Problem, SettingsError
from assetmap.model import DEPRIVATION_DOMAINS, THEMES, Assessment, Place, Settings
from assetmap.reference import compared_with, ranked

__all__ = ["assess"]


def assess(place: Place, settings: Settings | None = None) -> Assessment:
    """Assess a place: measures, index, priorities and reasons for every area.

    Parameters
    ----------
    place
        The place.
    settings
        How to judge it; by default as its recipe says.
    """
    settings = settings or place.settings
    areas = pd.DataFrame(
        {
            "area_name": place.areas["area_name"],
            "population": place.population,
            **{name: values for name, values in place.deprivation.items() if name in COLUMNS},
            "deprivation_decile": _deprivation_decile(place, settings),
        }
    )
    walks = walked(place, settings)
    near = access(walks)
    figures = {theme: _theme(walks, theme) for theme in THEMES}
    more = pd.DataFrame({theme: figures[theme][1] for theme in THEMES}, dtype=float)
    scored = tuple(theme for theme in THEMES if theme in place.themes and settings.weights[theme] > 0)
    base = compared_with(place, settings, more, scored)
    for theme in THEMES:
        among = None if base is None else base.get(theme, pd.Series(dtype=float))
        areas = areas.join(
            _with_lack(figures[theme][0], more[theme], settings, among).add_prefix(f"{theme}_")
        )
    areas = areas.join(ranked(areas, place, settings, settings.weights))
    areas["resource_base"] = _base(place, settings, areas, scored)
    areas = areas.join(green_standards(walks))
    for standard in gaps.STANDARDS:
        of = near[(near["theme"] == standard.theme) & (near["kind"] == "")].set_index("area_code")
        areas[standard.column] = gaps.shortfall(of[standard.share])
        if len(place.residents):
            areas[f"{standard.theme}_{standard.share}"] = of[standard.share]
    areas["near_edge"] = near_edge(place, settings)
    areas["organisations_serving"] = _serving(place)
    order = gaps.deprivation_order(place, settings, areas["deprivation_decile"])
    areas["deprivation_resource_class"] = gaps.together(areas["resource_rank"], order)
    areas = areas.join(gaps.priorities(areas, settings))
    areas["patch"] = gaps.patch_of(place.areas.geometry, areas["priority_rank"])
    areas["strengths"] = reasons.strengths(areas, settings)
    areas["reason"] = reasons.reasons(areas, settings)
    areas["distance_method"] = distance_method(place, settings)
    ordered = areas[[name for name in COLUMNS if name in areas]]
    return Assessment(place, settings, ordered, near, reasons.caveats(place, settings, ordered, scored))


def _deprivation_decile(place: Place, settings: Settings) -> pd.Series:
    """Deciles of the domain that the settings ask for (1 = most deprived)."""
    column = f"{settings.deprivation_domain}_decile"
    if column not in place.deprivation:
        given = [domain for domain in DEPRIVATION_DOMAINS if f"{domain}_decile" in place.deprivation]
        raise SettingsError(
            Problem(
                SETTINGS,
                f"The place’s deprivation table gives no {settings.deprivation_domain} decile.",
                f"Use one of: {', '.join(given)}; or name the column in [deprivation] of place.toml.",
                column="deprivation_domain",
            )
        )
    return place.deprivation[column]


def _theme(walks: Walked, theme: str) -> tuple[pd.DataFrame, pd.Series]:
    """Every figure of one theme, indexed like the areas, and that by which they are ranked; NA where no list of it reaches."""
    near = theme_figures(walks, theme)
    figure, more = measured(walks, theme, near)
    name = walks.settings.measures[theme]
    if name not in ("nearest", *near):
        near[name] = figure
    near["none_known"] = (near["count"] == 0).astype("boolean")
    return near, more


def _with_lack(
    near: pd.DataFrame, more: pd.Series, settings: Settings, among: pd.Series | None
) -> pd.DataFrame:
    """The figures of a theme with its lack and decile, among the areas of the place or those given."""
    number = None if among is None else int(among.notna().sum())
    decile = index.decile(index.mid_rank(more, among), number)
    return near.assign(
        lack=index.lack(more, settings.normalisation, among),
        decile=decile.mask(near["none_known"].fillna(True)),
    )


def _base(place: Place, settings: Settings, areas: pd.DataFrame, scored: tuple[str, ...]) -> str:
    """What the areas are compared with, in words."""
    name, number = place.name, len(areas)
    if settings.resource_base == "reference" and place.reference is not None:
        name, number = place.reference.name, int(areas["resource_of"].iloc[0])
    return f"{name}: {number:,} areas, {len(scored)} of {len(THEMES)} themes"


def _serving(place: Place) -> pd.Series:
    """How many organisations without a venue say that they serve each area; NA where none of them says which."""
    named = place.organisations["area_codes"].explode().dropna()
    if named.empty:
        return pd.Series(pd.NA, index=place.areas.index, dtype="Int64")
    return named.value_counts().reindex(place.areas.index, fill_value=0).astype("Int64")
