"""The main path: from a place and settings to an assessment."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from assetmap import gaps, index, measures
from assetmap.columns import COLUMNS
from assetmap.model import THEMES, Assessment, Place, Settings
from assetmap.taxonomy import themes

__all__ = ["assess", "theme_places"]

_DOORSTEP = {"min_ha": 0.5, "within_m": 200}
_LOCAL = {"min_ha": 2, "within_m": 300}


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
            **place.deprivation,
            "deprivation_decile": place.deprivation[f"{settings.deprivation_domain}_decile"],
        }
    )
    scored = []
    for theme in THEMES:
        places = theme_places(place, theme)
        known = len(places) > 0
        areas = areas.join(_theme(place, places, theme, settings) if known else _unknown_theme(place, theme))
        if known and settings.weights[theme] > 0:
            scored.append(theme)
    lacks = areas[[f"{theme}_lack" for theme in scored]].set_axis(scored, axis=1)
    overall = index.resource_lack(lacks, settings.weights)
    areas["resource_lack"] = overall
    areas["resource_rank"] = index.mid_rank(-overall)
    areas["resource_decile"] = index.decile(areas["resource_rank"])
    areas["resource_base"] = f"{place.name}: {len(areas)} areas"
    areas["green_ha_per_1000"] = measures.green_ha_per_1000(place.areas, place.green_space, place.population)
    areas["ags_doorstep"] = measures.ags_met(place.origins, place.green_space, **_DOORSTEP)
    areas["ags_local"] = measures.ags_met(place.origins, place.green_space, **_LOCAL)
    for standard in gaps.STANDARDS:
        listed = areas[f"{standard.theme}_reach"].notna().any()
        areas[standard.column] = (
            gaps.shortfall(areas[f"{standard.theme}_walk_min"], standard) if listed else pd.NA
        )
    areas["near_edge"] = _near_edge(place, settings)
    areas = areas.join(gaps.priorities(areas, settings))
    areas["strengths"] = gaps.strengths(areas, tuple(scored), settings)
    areas["reason"] = gaps.reasons(areas, settings)
    areas["distance_method"] = f"straight line × {settings.detour_factor:g}, from {place.origin_method}"
    ordered = areas[[name for name in COLUMNS if name in areas]]
    return Assessment(place, settings, ordered, _notes(place, settings, ordered, tuple(scored)))


def theme_places(place: Place, theme: str) -> gpd.GeoDataFrame:
    """The places of a theme, indexed by identifier: ``name``, ``kind``, ``geometry``.

    A green space stands as the points one may enter it by, or as its polygon where no entrance is known.
    """
    if theme != "green_space":
        return place.assets[place.assets["theme"] == theme][["name", "kind", "geometry"]]
    doors = place.entrances.groupby("site_id").geometry.agg(lambda points: shapely.MultiPoint(list(points)))
    shapes = [doors.get(site, shape) for site, shape in place.green_space.geometry.items()]
    return place.green_space[["name", "kind"]].set_geometry(
        gpd.GeoSeries(shapes, index=place.green_space.index, crs=place.crs)
    )


def _theme(place: Place, places: gpd.GeoDataFrame, theme: str, settings: Settings) -> pd.DataFrame:
    """Every measure of one theme, indexed like the areas."""
    walks = measures.walks(place.origins, places, settings.catchment_m, settings.detour_factor)
    reach, count, nearest = measures.reach(walks), measures.count(walks), measures.nearest_m(walks)
    none_known = count == 0
    decile = index.decile(index.mid_rank(reach))
    return pd.DataFrame(
        {
            f"{theme}_reach": reach,
            f"{theme}_count": count,
            f"{theme}_kinds": measures.kinds_count(walks),
            f"{theme}_nearest_m": nearest,
            f"{theme}_walk_min": nearest / settings.metres_per_min,
            f"{theme}_none_known": none_known,
            f"{theme}_lack": index.lack(reach),
            f"{theme}_decile": decile.mask(none_known),
        }
    )


def _unknown_theme(place: Place, theme: str) -> pd.DataFrame:
    """A theme that no list of the place speaks of: unknown, which is not nought."""
    names = ("reach", "count", "kinds", "nearest_m", "walk_min", "none_known", "lack", "decile")
    return pd.DataFrame(
        {f"{theme}_{name}": pd.Series(pd.NA, index=place.areas.index, dtype="Float64") for name in names}
    )


def _near_edge(place: Place, settings: Settings) -> pd.Series:
    """Areas whose catchment crosses the edge of a list that stops at the study area."""
    stops = any(
        layer.coverage == "place"
        for layer in place.layers
        if layer.name.startswith(("assets:", "green space"))
    )
    if not stops:
        return pd.Series(False, index=place.areas.index)
    edge = shapely.union_all(place.areas.geometry.to_numpy()).boundary
    return place.origins.distance(edge) < settings.catchment_m / settings.detour_factor


def _notes(place: Place, settings: Settings, areas: pd.DataFrame, scored: tuple[str, ...]) -> tuple[str, ...]:
    """What a reader must know before quoting a figure."""
    total = len(areas)
    notes = [
        "The index counts mapped places and groups within reach on foot. It does not measure friendship, trust or volunteering.",
        f"Distance is straight line × {settings.detour_factor:g} from one point an area ({place.origin_method}); rivers and railways can make real walks longer.",
        f"Areas are compared within {place.name} alone ({total} areas): the lowest fifth here need not be low elsewhere.",
    ]
    if place.fictional:
        notes.insert(0, f"{place.name} is a fictional place, made to teach with.")
    labels = themes()
    for theme in THEMES:
        none = areas[f"{theme}_none_known"]
        if none.isna().all():
            notes.append(f"{labels[theme]}: no list was given, so the theme is unknown and not scored.")
        elif theme not in scored:
            notes.append(f"{labels[theme]}: weight 0, so the theme is shown and not scored.")
        elif int(none.sum()) > 0:
            notes.append(
                f"{labels[theme]}: none known within {settings.catchment_m / settings.detour_factor:,.0f} m in a straight line "
                f"for {int(none.sum())} of {total} areas; these are equal in this theme and are not ordered among themselves."
            )
    tied = areas["resource_rank"].duplicated(keep=False) & areas["resource_rank"].notna()
    notes.append(
        f"{int(tied.sum())} of {total} areas ({tied.mean():.0%}) share their rank in the index with another."
    )
    if total < index.MIN_AREAS_FOR_DECILES:
        notes.append(
            f"The place has under {index.MIN_AREAS_FOR_DECILES} areas, so ranks are given and deciles are not."
        )
    unknown = int(areas["deprivation_decile"].isna().sum())
    if unknown:
        notes.append(
            f"Deprivation is unknown for {unknown} of {total} areas; these cannot be called a priority or not."
        )
    edge = int(areas["near_edge"].sum())
    if edge:
        notes.append(
            f"{edge} of {total} areas are near the edge of a list that stops at the border; places over the border may be missing there."
        )
    known = areas[["resource_rank", "deprivation_decile"]].dropna().astype(float)
    if (known.nunique() > 1).all():
        correlation = known["resource_rank"].rank().corr(known["deprivation_decile"].rank())
        notes.append(
            f"Spearman’s correlation of social resources (rank, 1 = fewest) with deprivation (decile, 1 = most deprived) is {correlation:+.2f} here."
        )
    return tuple(notes)
