"""The main path: from a place and settings to an assessment."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from assetmap import gaps, index, measures, network, reasons
from assetmap.columns import COLUMNS
from assetmap.errors import SETTINGS, Problem, SettingsError
from assetmap.model import DEPRIVATION_DOMAINS, THEMES, Assessment, Place, Settings
from assetmap.taxonomy import kinds

__all__ = ["assess", "theme_places"]

#: An area whose people are farther than this from any path is beyond the network, and no walk can be told.
_BEYOND_THE_NETWORK_M = 1_000

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
            **{name: values for name, values in place.deprivation.items() if name in COLUMNS},
            "deprivation_decile": _deprivation_decile(place, settings),
        }
    )
    for theme in THEMES:
        areas = areas.join(_theme(place, theme, settings))
    scored = tuple(theme for theme in THEMES if theme in place.themes and settings.weights[theme] > 0)
    lacks = areas[[f"{theme}_lack" for theme in scored]].set_axis(scored, axis=1)
    areas["resource_lack"] = index.resource_lack(lacks, settings.weights)
    areas["resource_rank"] = index.mid_rank(-areas["resource_lack"])
    areas["resource_decile"] = index.decile(areas["resource_rank"])
    areas["resource_base"] = f"{place.name}: {len(areas)} areas, {len(scored)} of {len(THEMES)} themes"
    areas = areas.join(_green_standards(place))
    for standard in gaps.STANDARDS:
        missed = gaps.shortfall(areas[f"{standard.theme}_walk_min"], standard)
        areas[standard.column] = missed.where(_covered(place, standard.theme))
    areas["near_edge"] = _near_edge(place, settings)
    areas["organisations_serving"] = _serving(place)
    areas = areas.join(gaps.priorities(areas, settings))
    areas["strengths"] = reasons.strengths(areas, settings)
    areas["reason"] = reasons.reasons(areas, settings)
    areas["distance_method"] = f"{distance_method(place, settings)}, from {place.origin_method}"
    ordered = areas[[name for name in COLUMNS if name in areas]]
    return Assessment(place, settings, ordered, reasons.caveats(place, settings, ordered, scored))


def distance_method(place: Place, settings: Settings) -> str:
    """How walks are measured, in words."""
    return "along the walking network" if place.network else f"straight line × {settings.detour_factor:g}"


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


def theme_places(place: Place, theme: str) -> gpd.GeoDataFrame:
    """The places of a theme, indexed by identifier: ``name``, ``kind``, ``geometry``.

    A green space stands as the points one may enter it by, or as its polygon where no entrance is known.
    """
    if theme != "green_space":
        places = place.assets[place.assets["theme"] == theme][["name", "kind", "geometry"]]
        # A kind that is a finer word for another counts as that one: to name it so gives an area no more.
        return places.assign(kind=places["kind"].map(lambda kind: kinds()[kind].counts_as or kind))
    doors = place.entrances.groupby("site_id").geometry.agg(lambda points: shapely.MultiPoint(list(points)))
    shapes = [doors.get(site, shape) for site, shape in place.green_space.geometry.items()]
    return place.green_space[["name", "kind"]].set_geometry(
        gpd.GeoSeries(shapes, index=place.green_space.index, crs=place.crs)
    )


def _theme(place: Place, theme: str, settings: Settings) -> pd.DataFrame:
    """Every measure of one theme, indexed like the areas; NA where no list of it reaches."""
    places, covered = theme_places(place, theme), _covered(place, theme)
    walks = measures.walks(place.origins, places, settings.catchment_m, settings.detour_factor, place.network)
    reach = measures.reach(walks).where(covered)
    count = measures.count(walks).where(covered)
    nearest = measures.nearest_m(walks).where(covered)
    none_known = (count == 0).astype("boolean")
    decile = index.decile(index.mid_rank(reach))
    return pd.DataFrame(
        {
            f"{theme}_reach": reach,
            f"{theme}_count": count,
            f"{theme}_kinds": measures.kinds_count(walks).where(covered),
            f"{theme}_nearest_m": nearest,
            f"{theme}_walk_min": nearest / settings.metres_per_min,
            f"{theme}_none_known": none_known,
            f"{theme}_lack": index.lack(reach),
            f"{theme}_decile": decile.mask(none_known.fillna(True)),
        }
    )


def _covered(place: Place, theme: str) -> pd.Series:
    """Areas whose walks to a theme can be told: some list of it reaches them, and the network where there is one."""
    covered = _listed(place, theme)
    if place.network is not None:
        if place.network.footprint is not None:
            covered &= place.origins.intersects(place.network.footprint)
        covered &= network.snap_m(place.network, place.origins.to_numpy()) <= _BEYOND_THE_NETWORK_M
    return covered


def _listed(place: Place, theme: str) -> pd.Series:
    """Areas that some list of a theme reaches."""
    if theme in place.footprints:
        return place.origins.intersects(place.footprints[theme])
    return pd.Series(theme in place.themes, index=place.areas.index)


def _green_standards(place: Place) -> pd.DataFrame:
    """Green space per head and Natural England's two nearest standards; NA where green space is unknown."""
    met = {
        "ags_doorstep": measures.ags_met(place.origins, place.green_space, **_DOORSTEP).astype("boolean"),
        "ags_local": measures.ags_met(place.origins, place.green_space, **_LOCAL).astype("boolean"),
    }
    hectares = measures.green_ha_per_1000(place.areas, place.green_space, place.population)
    return pd.DataFrame({"green_ha_per_1000": hectares, **met}).where(_listed(place, "green_space"))


def _serving(place: Place) -> pd.Series:
    """How many organisations without a venue say that they serve each area; NA where none of them says which."""
    named = place.organisations["area_codes"].explode().dropna()
    if named.empty:
        return pd.Series(pd.NA, index=place.areas.index, dtype="Int64")
    return named.value_counts().reindex(place.areas.index, fill_value=0).astype("Int64")


def _near_edge(place: Place, settings: Settings) -> pd.Series:
    """Areas whose catchment crosses the edge of a list: the study area's, or that of what the list covers."""
    edges = [shapely.boundary(footprint) for footprint in place.footprints.values()]
    if place.network is not None and place.network.footprint is not None:
        edges.append(shapely.boundary(place.network.footprint))
    if any(layer.coverage == "place" for layer in place.layers):
        edges.append(shapely.union_all(place.areas.geometry.to_numpy()).boundary)
    if not edges:
        return pd.Series(False, index=place.areas.index)
    detour = 1.0 if place.network else settings.detour_factor
    return place.origins.distance(shapely.union_all(edges)) < settings.catchment_m / detour
