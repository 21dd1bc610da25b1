"""How far one can walk from a point: the walkable area for the map, and what is within it as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from assetmap import measures, network
from assetmap.access import theme_places
from assetmap.columns import COLUMNS
from assetmap.languages import say
from assetmap.model import CUT_OFFS_MIN, Assessment, Place, Settings
from assetmap.reasons import amount, minutes
from assetmap.standards import AGS, FIELDS_IN_TRUST
from assetmap.taxonomy import kinds, themes
from assetmap.views.report import point_of_postcode
from assetmap.views.tables import table_html

__all__ = ["access_html", "paint", "standards_html", "start", "starts", "within_html"]


#: Where a walk may start besides an asset.
OF_AREA, OF_POSTCODE, OF_TAP = "area", "postcode", "tap"


def starts(place: Place) -> dict[str, str]:
    """What a reader may choose to walk from, with its label: nothing, the chosen area, a postcode, a tap, any asset."""
    named = {"": say("map.walk_none"), OF_AREA: say("map.walk_from_area")}
    if place.postcodes is not None:
        named[OF_POSTCODE] = say("map.walk_from_postcode")
    named[OF_TAP] = say("map.walk_from_tap")
    return named | place.assets["name"].sort_values(kind="stable").to_dict()


def start(
    place: Place, choice: str, area: str, postcode: str, tapped: Mapping[str, float] | None
) -> tuple[str, shapely.Point] | None:
    """What the chosen start is called, and where it is in the CRS of the place; None while there is none.

    Parameters
    ----------
    place
        The place.
    choice
        One of `starts`.
    area, postcode, tapped
        The chosen area's code, the postcode that was looked up, and the latitude (``lat``) and longitude (``lng``) that was
        tapped; each may be empty.
    """
    if choice == OF_AREA and area:
        return str(place.areas.at[area, "area_name"]), place.origins[area]
    if choice == OF_POSTCODE and postcode.strip():
        point, _ = point_of_postcode(place, postcode)
        return None if point is None else (postcode.strip().upper(), point)
    if choice == OF_TAP and tapped:
        there = gpd.GeoSeries([shapely.Point(tapped["lng"], tapped["lat"])], crs=4326).to_crs(place.crs)
        return say("map.tapped"), there.iloc[0]
    if choice in place.assets.index:
        return str(place.assets.at[choice, "name"]), place.assets.geometry[choice]
    return None


def paint(place: Place, settings: Settings, point: shapely.Point) -> dict[str, Any]:
    """What the map is to draw: the start, and the walkable area within each cut-off, the largest first, in degrees."""
    shapes = []
    for within in reversed(CUT_OFFS_MIN):
        metres = within * settings.metres_per_min
        shapes.append(
            point.buffer(metres / settings.detour_factor)
            if place.network is None
            else network.walkable(place.network, point, metres)
        )
    shapes = [_smooth(shape) for shape in shapes]
    degrees = gpd.GeoSeries([*shapes, point], crs=place.crs).to_crs(4326)
    # Six decimals of a degree are a tenth of a metre.
    *drawn, here = shapely.transform(degrees.to_numpy(), lambda xy: xy.round(6))
    walks = [
        [within, json.loads(shapely.to_geojson(shape))]
        for within, shape in zip(reversed(CUT_OFFS_MIN), drawn, strict=True)
    ]
    return {"walks": walks, "start": [here.y, here.x]}


#: What lies between streets this near each other is drawn as within the walk that both are in; metres.
_BLOCK_M = 130


def _smooth(shape: shapely.Geometry) -> shapely.Geometry:
    """An outline that can be read on a map: blocks between streets filled, and no courtyards left out."""
    closed = shapely.buffer(shapely.buffer(shape, _BLOCK_M / 2), -_BLOCK_M / 2)
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(closed)]).simplify(
        5
    )


def within_html(place: Place, settings: Settings, point: shapely.Point, label: str) -> str:
    """What is within a walk from a point, theme by theme: how many in each cut-off, and the nearest by name."""
    start = gpd.GeoSeries([point], index=["here"], crs=place.crs)
    longest_m = CUT_OFFS_MIN[-1] * settings.metres_per_min
    rows = []
    for theme, name in themes().items():
        places = theme_places(place, theme)
        walks = measures.walks(start, places, longest_m, settings.detour_factor, place.network)
        if theme not in place.themes:
            cells = [say("map.not_known")] * (len(CUT_OFFS_MIN) + 1)
        else:
            cells = [
                str(measures.count(walks.within(within * settings.metres_per_min))["here"])
                for within in CUT_OFFS_MIN
            ]
            if walks.pairs.empty:
                cells.append(say("map.none_known"))
            else:
                near, walk_m = walks.pairs["place_id"].iloc[0], float(walks.pairs["walk_m"].iloc[0])
                cells.append(
                    f"{escape(str(places.at[near, 'name']))}, {minutes(walk_m / settings.metres_per_min)}"
                )
        rows.append(
            f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        )
    heads = (say("map.theme"), *_within_heads(), say("map.nearest"))
    caption = say(
        "map.walk_by_network" if place.network else "map.walk_straight",
        start=escape(label),
        speed=settings.walking_speed_kmh,
        factor=settings.detour_factor,
    )
    return table_html(say("map.walk_table", start=escape(label)), caption, heads, rows)


def _within_heads() -> list[str]:
    return [say("map.within", minutes=within) for within in CUT_OFFS_MIN]


def access_html(assessment: Assessment, area_code: str) -> str:
    """How near each theme and kind is to the residents of an area, and how many are within each cut-off."""
    found, labels = assessment.access, {name: kind.label for name, kind in kinds().items()}
    finer = len(assessment.place.residents) > 0
    rows = []
    for theme, name in themes().items():
        here = found[(found["area_code"] == area_code) & (found["theme"] == theme)]
        for row in (
            here.sort_values("nearest_m", kind="stable")
            .sort_values("kind", key=lambda kind: kind != "")
            .to_dict("records")
        ):
            head = f"<strong>{escape(name)}</strong>" if row["kind"] == "" else escape(labels[row["kind"]])
            cells = [_unless_unknown(row["walk_min"], minutes)]
            cells += [_unless_unknown(row[f"count_{within}_min"], amount) for within in CUT_OFFS_MIN]
            if finer:
                cells.append(_unless_unknown(row[f"share_{CUT_OFFS_MIN[-1]}_min"], "{:.0%}".format))
            rows.append(
                f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
            )
    heads = [say("map.theme_and_kind"), say("map.nearest"), *_within_heads()]
    if finer:
        heads.append(say("map.residents_within", minutes=CUT_OFFS_MIN[-1]))
    area = escape(str(assessment.areas.at[area_code, "area_name"]))
    method = escape(str(assessment.areas.at[area_code, "distance_method"]))
    caption = say("map.access", area=area, method=method)
    if assessment.areas.at[area_code, "near_edge"]:
        caption += f" {COLUMNS['near_edge'].label}: {COLUMNS['near_edge'].caveat.lower()}"
    return table_html(say("map.access_table", area=area), caption, heads, rows)


def _unless_unknown(value: Any, told: Callable[[Any], str]) -> str:
    return say("map.not_known") if pd.isna(value) else told(value)


def standards_html(assessment: Assessment, area_code: str) -> str:
    """Which published standards for green space an area meets: in a straight line, as Natural England has it, and on foot."""
    area = assessment.areas.loc[area_code]

    def told(name: str) -> str:
        return f"<td>{_unless_unknown(area[name], lambda met: say('map.met' if met else 'map.not_met'))}</td>"

    rows = [
        f'<tr><th scope="row">{escape(each.label)}<br><small>{say("map.standard_of_size", size=each.min_ha, metres=each.within_m)}</small></th>'
        f"{told(each.name)}{told(f'{each.name}_walk')}</tr>"
        for each in AGS
    ]
    rows += [
        f'<tr><th scope="row">{escape(each.label)}<br><small>{say("map.standard_on_foot", metres=each.within_m)}</small></th>'
        f"<td>–</td>{told(each.name)}</tr>"
        for each in FIELDS_IN_TRUST
    ]
    name = escape(str(area["area_name"]))
    heads = (say("map.standard"), say("map.straight"), say("map.on_foot"))
    return table_html(say("map.standards_table", area=name), say("map.standards", area=name), heads, rows)
