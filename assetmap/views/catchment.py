"""How far one can walk from a point: the walkable area for the map, and what is within it as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import geopandas as gpd
import shapely

from assetmap import measures, network
from assetmap.access import theme_places
from assetmap.model import CUT_OFFS_MIN, Place, Settings
from assetmap.reasons import minutes
from assetmap.taxonomy import themes
from assetmap.views.report import point_of_postcode
from assetmap.views.tables import table_html

__all__ = ["paint", "start", "starts", "within_html"]


#: Where a walk may start besides an asset.
OF_AREA, OF_POSTCODE, OF_TAP = "area", "postcode", "tap"


def starts(place: Place) -> dict[str, str]:
    """What a reader may choose to walk from, with its label: nothing, the chosen area, a postcode, a tap, any asset."""
    named = {"": "No walk shown", OF_AREA: "The chosen area: where its people are"}
    if place.postcodes is not None:
        named[OF_POSTCODE] = "The postcode that was looked up"
    named[OF_TAP] = "The point last tapped on the map"
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
        return "the point tapped", there.iloc[0]
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
    degrees = gpd.GeoSeries([*shapes, point], crs=place.crs).to_crs(4326)
    # Six decimals of a degree are a tenth of a metre.
    *drawn, here = shapely.transform(degrees.to_numpy(), lambda xy: xy.round(6))
    walks = [
        [within, json.loads(shapely.to_geojson(shape))]
        for within, shape in zip(reversed(CUT_OFFS_MIN), drawn, strict=True)
    ]
    return {"walks": walks, "start": [here.y, here.x]}


def within_html(place: Place, settings: Settings, point: shapely.Point, label: str) -> str:
    """What is within a walk from a point, theme by theme: how many in each cut-off, and the nearest by name."""
    start = gpd.GeoSeries([point], index=["here"], crs=place.crs)
    longest_m = CUT_OFFS_MIN[-1] * settings.metres_per_min
    rows = []
    for theme, name in themes().items():
        places = theme_places(place, theme)
        walks = measures.walks(start, places, longest_m, settings.detour_factor, place.network)
        if theme not in place.themes:
            cells = ["not known"] * (len(CUT_OFFS_MIN) + 1)
        else:
            cells = [
                str(measures.count(walks.within(within * settings.metres_per_min))["here"])
                for within in CUT_OFFS_MIN
            ]
            if walks.pairs.empty:
                cells.append("none known")
            else:
                near, walk_m = walks.pairs["place_id"].iloc[0], float(walks.pairs["walk_m"].iloc[0])
                cells.append(
                    f"{escape(str(places.at[near, 'name']))}, {minutes(walk_m / settings.metres_per_min)}"
                )
        rows.append(
            f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        )
    heads = ("Theme", *(f"Within {within} minutes" for within in CUT_OFFS_MIN), "Nearest")
    how = "along the walking network" if place.network else f"straight line × {settings.detour_factor:g}"
    caption = f"On foot from {escape(label)}, at {settings.walking_speed_kmh:g} km/h, {how}"
    return table_html(f"What is within a walk from {escape(label)}", caption, heads, rows)
