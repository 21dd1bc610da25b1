"""What the residents of each area can walk to: the walks of a place, gathered once, and put together by area.

Walks start from the points where residents live, or from one point an area; an area has the mean over its people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap import measures, network
from assetmap.columns import ACCESS_COLUMNS
from assetmap.model import CUT_OFFS_MIN, SHARED_OUT, THEMES, Place, Settings
from assetmap.standards import FIELDS_IN_TRUST, WALK_TO_GREEN_M
from assetmap.taxonomy import kinds

__all__ = [
    "Walked",
    "access",
    "distance_method",
    "green_standards",
    "measured",
    "near_edge",
    "share_within",
    "theme_figures",
    "theme_places",
    "walked",
]

#: A point farther than this from any path is beyond the network, and no walk can be told.
_BEYOND_THE_NETWORK_M = 1_000

#: Of these measures less is better.
_LESS_IS_BETTER = ("nearest", "raam")

#: The measures that count what is inside an area, or so many metres from it, whoever uses it.
_BESIDE_THE_AREA_M = {"provision_per_1000": 0, "density_per_1000": 1_000}


@dataclass(frozen=True)
class Walked:
    """Who walks, to what, and how far.

    Parameters
    ----------
    place, settings
        Whose walks these are, and how they are judged.
    starts
        One row a point that walks start from: ``area_code``, ``people``, ``geometry``.
    places
        Those of every theme that are not known to be closed: ``theme``, ``kind``, ``sure`` (False where it is not known
        whether it is open at the time that the settings ask for), ``geometry``.
    pairs
        The walks from one to the other, as far as any figure looks.
    nearest_m
        Metres to the nearest place however far, one column a theme and kind (``"hubs library"``), indexed like `starts`.
    covered
        Whether walks can be told, one column a theme, indexed like `starts`.
    """

    place: Place
    settings: Settings
    starts: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    pairs: measures.Walks
    nearest_m: pd.DataFrame
    covered: pd.DataFrame

    def means(self, values: pd.DataFrame) -> pd.DataFrame:
        """Figures of the points that walks start from, as means over the people of each area."""
        areas = self.place.areas.index
        if self.place.residents.empty:
            return values.astype("Float64").set_axis(areas)
        return measures.people_mean(values, self.starts["people"], self.starts["area_code"], areas)

    def of(self, theme: str) -> gpd.GeoDataFrame:
        """The places of a theme that count."""
        return self.places[self.places["theme"].eq(theme) & self.places["sure"]]

    def near(self, theme: str, catchment_m: float, *, sure: bool = True) -> measures.Walks:
        """The walks to places of a theme within a catchment: those that count, or those whose hours are not known."""
        within = self.pairs.within(catchment_m)
        wanted = self.places["theme"].eq(theme) & self.places["sure"].eq(sure)
        return replace(within, pairs=within.pairs[wanted[within.pairs["place_id"]].to_numpy()])


def walked(place: Place, settings: Settings) -> Walked:
    """Every walk that the figures of an assessment rest on."""
    starts = place.residents
    if starts.empty:
        alone = {"area_code": place.origins.index, "people": 1.0}
        starts = gpd.GeoDataFrame(alone, geometry=place.origins.to_numpy(), crs=place.crs)
    parts = [_of_theme(place, theme, settings) for theme in THEMES]
    places = gpd.GeoDataFrame(pd.concat(parts), crs=place.crs)
    furthest_m = max(settings.catchment_m, CUT_OFFS_MIN[-1] * settings.metres_per_min)
    counted = places[places["sure"]]
    group = counted["theme"] + " " + counted["kind"]
    ways = settings.detour_factor, place.network
    return Walked(
        place,
        settings,
        starts,
        places,
        measures.walks(starts.geometry, places, furthest_m, *ways),
        measures.nearest_of_each(starts.geometry, counted, group, *ways),
        pd.DataFrame({theme: _covered(place, theme, starts.geometry) for theme in THEMES}),
    )


def theme_places(place: Place, theme: str) -> gpd.GeoDataFrame:
    """The places of a theme, indexed by identifier: ``name``, ``kind``, ``geometry``.

    A green space stands as the points one may enter it by, or as its polygon where no entrance is known.
    """
    name = f"places of {theme}"
    if name not in place.kept:
        place.kept[name] = _theme_places(place, theme)
    found: gpd.GeoDataFrame = place.kept[name]
    return found


def _theme_places(place: Place, theme: str) -> gpd.GeoDataFrame:
    if theme != "green_space":
        places = place.assets[place.assets["theme"] == theme][["name", "kind", "geometry"]]
        # A kind that is a finer word for another counts as that one: to name it so gives an area no more.
        return places.assign(kind=places["kind"].map(lambda kind: kinds()[kind].counts_as or kind))
    doors = place.entrances.groupby("site_id").geometry.agg(lambda points: shapely.MultiPoint(list(points)))
    shapes = [doors.get(site, shape) for site, shape in place.green_space.geometry.items()]
    return place.green_space[["name", "kind"]].set_geometry(
        gpd.GeoSeries(shapes, index=place.green_space.index, crs=place.crs)
    )


def _of_theme(place: Place, theme: str, settings: Settings) -> gpd.GeoDataFrame:
    """The places of a theme as `Walked` has them, under identifiers that no other theme uses."""
    places = theme_places(place, theme)
    sure = pd.Series(True, index=places.index)
    if settings.open_at != "any" and theme != "green_space":
        told = place.assets[f"open_{settings.open_at}"].reindex(places.index)
        places, sure = places[told != "no"], told[told != "no"] == "yes"
    return places.assign(theme=theme, sure=sure).set_axis(theme + " " + places.index.astype(str))


def _covered(place: Place, theme: str, points: gpd.GeoSeries) -> pd.Series:
    """Points whose walks to a theme can be told: some list of it reaches them, and the network where there is one."""
    covered = _listed(place, theme, points)
    if place.network is not None:
        if place.network.footprint is not None:
            covered &= points.intersects(place.network.footprint)
        covered &= network.snap_m(place.network, points.to_numpy()) <= _BEYOND_THE_NETWORK_M
    return covered


def _listed(place: Place, theme: str, points: gpd.GeoSeries) -> pd.Series:
    """Points that some list of a theme reaches."""
    if theme in place.footprints:
        return points.intersects(place.footprints[theme])
    return pd.Series(theme in place.themes, index=points.index)


def distance_method(place: Place, settings: Settings) -> str:
    """How walks are measured, and what from, in words."""
    way = "along the walking network" if place.network else f"straight line × {settings.detour_factor:g}"
    if place.residents.empty:
        return f"{way}, from {place.origin_method}"
    return f"{way}, from {len(place.residents):,} points: {place.residents_method}"


# -- figures by area ------------------------------------------------------------------------------


def theme_figures(walks: Walked, theme: str) -> pd.DataFrame:
    """What is within reach of each area in one theme; NA where no list of it reaches.

    Returns
    -------
    DataFrame
        ``reach``, ``count``, ``kinds``, ``nearest_m``, ``walk_min``; ``hours_unknown``, the places within the catchment of
        which it is not known whether they are open, where the settings ask for a time; and ``share_15_min`` where
        walks start from finer points than areas.
    """
    settings = walks.settings
    near, nearest = walks.near(theme, settings.catchment_m), _nearest(walks, theme)
    figures = {
        "reach": measures.reach(near),
        "count": measures.count(near),
        "kinds": measures.kinds_count(near),
        "nearest_m": nearest,
        "walk_min": nearest / settings.metres_per_min,
    }
    if settings.open_at != "any" and theme != "green_space":
        figures["hours_unknown"] = measures.count(walks.near(theme, settings.catchment_m, sure=False))
    return _counted_whole(walks, walks.means(pd.DataFrame(figures).where(walks.covered[theme], axis=0)))


def _nearest(walks: Walked, theme: str) -> pd.Series:
    of = _themes_of(walks.nearest_m.columns)
    return walks.nearest_m.loc[:, of == theme].min(axis=1).astype(float)


def _themes_of(groups: pd.Index) -> pd.Index:
    """The theme of each ``"theme kind"``, or of a theme alone."""
    return pd.Index([str(group).split(" ")[0] for group in groups])


def _counted_whole(walks: Walked, figures: pd.DataFrame) -> pd.DataFrame:
    """Counts as whole numbers, where they are of one point an area and no means."""
    if len(walks.place.residents):
        return figures
    whole = [name for name in figures if str(name).split("_")[0] in ("count", "kinds", "hours")]
    return figures.astype(dict.fromkeys(whole, "Int64"))


def access(walks: Walked) -> pd.DataFrame:
    """How near each theme and kind is, and how many there are within each cut-off.

    Returns
    -------
    DataFrame
        One row an area and theme (with ``kind`` empty), and an area and kind: `ACCESS_COLUMNS`. NA where no list
        of the theme reaches.
    """
    settings, per_kind = walks.settings, walks.nearest_m
    nearest = pd.concat([pd.DataFrame({theme: _nearest(walks, theme) for theme in THEMES}), per_kind], axis=1)
    themes = _themes_of(nearest.columns)
    covered = walks.covered[themes].set_axis(nearest.columns, axis=1)
    figures = {"nearest_m": nearest, "walk_min": nearest / settings.metres_per_min}
    pairs, shape = walks.pairs.pairs, (len(walks.starts), len(per_kind.columns))
    counted = walks.places[walks.places["sure"]]
    group = per_kind.columns.get_indexer(counted["theme"] + " " + counted["kind"])
    column = pd.Series(group, counted.index).reindex(pairs["place_id"], fill_value=-1).to_numpy()
    cell = walks.starts.index.get_indexer(pairs["origin"]) * shape[1] + column
    for minutes in CUT_OFFS_MIN:
        within_m = minutes * settings.metres_per_min
        near = cell[(pairs["walk_m"].to_numpy() <= within_m) & (column >= 0)]
        table = np.bincount(near, minlength=shape[0] * shape[1]).reshape(shape)
        number = pd.DataFrame(table, walks.starts.index, per_kind.columns)
        total = {theme: number.loc[:, _themes_of(number.columns) == theme].sum(axis=1) for theme in THEMES}
        figures[f"count_{minutes}_min"] = pd.concat([pd.DataFrame(total), number], axis=1)
        figures[f"share_{minutes}_min"] = (nearest.round(2) <= within_m).astype(float)
    long = pd.concat(
        {
            name: walks.means(values.where(covered))
            .melt(ignore_index=False, var_name="group")
            .set_index("group", append=True)["value"]
            for name, values in figures.items()
        },
        axis=1,
    ).reset_index()
    named = long.assign(
        distance_method=distance_method(walks.place, settings),
        theme=_themes_of(pd.Index(long["group"])),
        kind=[str(group).partition(" ")[2] for group in long["group"]],
    )
    return _counted_whole(walks, named[list(ACCESS_COLUMNS)])


def share_within(walks: Walked, theme: str, within_m: float) -> pd.Series:
    """Share of the residents of each area who have a place of a theme so near on foot; NA where no list of it reaches."""
    share = (_nearest(walks, theme).round(2) <= within_m).astype(float).where(walks.covered[theme])
    return walks.means(share.to_frame(theme))[theme]


def measured(walks: Walked, theme: str, near: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The figure that the settings rank a theme by, for each area; and the same so that higher is more.

    An area that nothing is within reach of has no walk or cost to tell, and is last all the same. `near` is what
    `theme_figures` gives.
    """
    name, place = walks.settings.measures[theme], walks.place
    covered = near["reach"].notna()
    if name in _BESIDE_THE_AREA_M:
        places = walks.of(theme)
        figure = measures.density_per_1000(place.areas, places, place.population, _BESIDE_THE_AREA_M[name])
    elif name in ("reach", "count", "nearest"):
        figure = near["nearest_m" if name == "nearest" else name]
    else:
        figure = walks.means(_of_pairs(walks, theme, name).where(walks.covered[theme]).to_frame(name))[name]
    figure = figure.astype("Float64").where(covered)
    if name in _LESS_IS_BETTER:
        return figure, (-figure).fillna(-np.inf).where(covered)
    return figure, figure


def _of_pairs(walks: Walked, theme: str, name: str) -> pd.Series:
    """A measure of pairs, for each point that walks start from; people over the border share the places too."""
    place, settings, starts = walks.place, walks.settings, walks.starts
    people = starts["people"] if len(place.residents) else starts["area_code"].map(place.population)
    catchment_m = settings.catchment_m
    near, places = walks.near(theme, catchment_m), walks.of(theme)
    if name in SHARED_OUT and len(place.beyond):
        outside = place.beyond.set_axis(pd.RangeIndex(len(place.beyond)) + len(starts))
        theirs = measures.walks(outside.geometry, places, catchment_m, settings.detour_factor, place.network)
        near = replace(
            near,
            origins=near.origins.append(theirs.origins),
            pairs=pd.concat([near.pairs, theirs.pairs], ignore_index=True),
        )
        people = pd.concat([people, outside["people"]])
    pairs = measures.pairs_of(near, people)
    if name == "raam":
        found = measures.raam(pairs)
    elif name == "diversity":
        found = measures.diversity(pairs, catchment_m, places["kind"])
    else:
        found = getattr(measures, name)(pairs, catchment_m)
    return found[starts.index]


# -- green space ----------------------------------------------------------------------------------


def green_standards(walks: Walked) -> pd.DataFrame:
    """Green space per head, and which published standards are met; NA where green space is unknown.

    Sizes and distances are measured from one point an area, as in `standards`; the share of residents within ten minutes'
    walk from the points where they live.
    """
    place, settings = walks.place, walks.settings
    sites = place.green_space
    doors = sites.set_geometry(theme_places(place, "green_space").geometry)
    covered = _green_cover(place, settings)
    ways = place.network, covered, settings.detour_factor
    told = measures.ags(place.origins, sites, doors, place.network, covered)
    for standard in FIELDS_IN_TRUST:
        told[standard.name] = measures.on_foot(place.origins, doors, standard, *ways)
        if standard.ha_per_1000 is not None:
            told[f"{standard.name}_ha"] = measures.enough(place.areas, sites, place.population, standard)
    nearest = _nearest(walks, "green_space").to_frame("green_share_800_m")
    within = (nearest <= WALK_TO_GREEN_M).astype(float).where(walks.covered["green_space"], axis=0)
    told["green_share_800_m"] = walks.means(within)["green_share_800_m"]
    told["green_ha_per_1000"] = measures.green_ha_per_1000(place.areas, sites, place.population)
    return told.where(_listed(place, "green_space", place.origins), axis=0)


def _green_cover(place: Place, settings: Settings) -> shapely.Geometry | None:
    """The ground that the lists of green space speak of: the study area, or what goes on past it as far as is promised."""
    if "green_space" in place.footprints:
        return place.footprints["green_space"]
    whole = place.outline
    beyond = any(layer.table == "green_space" and layer.coverage == "beyond" for layer in place.layers)
    return shapely.buffer(whole, settings.catchment_m, quad_segs=16) if beyond else whole


def near_edge(place: Place, settings: Settings) -> pd.Series:
    """Areas whose catchment crosses the edge of a list: the study area's, or that of what the list covers."""
    edges = [shapely.boundary(footprint) for footprint in place.footprints.values()]
    if place.network is not None and place.network.footprint is not None:
        edges.append(shapely.boundary(place.network.footprint))
    if any(layer.coverage == "place" for layer in place.layers):
        edges.append(shapely.boundary(place.outline))
    if not edges:
        return pd.Series(False, index=place.areas.index)
    detour = 1.0 if place.network else settings.detour_factor
    lines = shapely.multilinestrings([line for edge in edges for line in shapely.get_parts(edge)])
    near = measures.near_line(place.origins, lines, settings.catchment_m / detour)
    return pd.Series(near, index=place.origins.index)
