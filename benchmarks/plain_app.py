"""The peer of ``app-first-map``: the same areas and places as a plain folium map in Streamlit.

``folium.GeoJson`` and circle markers through ``st_folium``, with Leaflet from this machine, since a plain
map asks the internet for it. No measures, no index, no account of an area.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd
import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit_folium import st_folium
from xstatic.pkg import leaflet

from benchmarks.plain_gaps import points

recipe = tomllib.loads((Path(sys.argv[1]) / "place.toml").read_text())
areas = gpd.read_file(recipe["areas"]["file"])
deprivation = pd.read_csv(recipe["deprivation"]["file"])[["lsoa21_code", "IMD_decile"]]
areas = areas.merge(deprivation, left_on="area_code", right_on="lsoa21_code")
postcodes = pd.read_csv(recipe["postcodes"]["file"])[["postcode", "lon", "lat"]]

folder = f"../{declare_component('leaflet', path=leaflet.BASE_DIR).name}"
page = folium.Map(location=[53.42, -2.34], zoom_start=12, tiles=None)
page.default_js = [("leaflet", f"{folder}/leaflet.js")]
page.default_css = [("leaflet", f"{folder}/leaflet.css")]
shades = [
    "#b30000",
    "#b30000",
    "#e34a33",
    "#e34a33",
    "#fc8d59",
    "#fc8d59",
    "#fdcc8a",
    "#fdcc8a",
    "#fef0d9",
    "#fef0d9",
]
folium.GeoJson(
    areas,
    style_function=lambda area: {
        "fillColor": shades[int(area["properties"]["IMD_decile"]) - 1],
        "fillOpacity": 0.8,
    },
).add_to(page)
green = gpd.read_file(recipe["green_space"]["file"])
green = green[green["site_type"].isin(["Public Park Or Garden", "Play Space", "Playing Field"])]
folium.GeoJson(green, style_function=lambda _: {"color": "#0b5a26"}).add_to(page)
for entry in recipe["assets"]:
    if entry.get("role") != "contact":
        for point in points(entry, postcodes).to_crs(4326).geometry:
            folium.CircleMarker([point.y, point.x], radius=4, tooltip=entry["name"]).add_to(page)
st_folium(page, height=540, use_container_width=True)
st.write(f"{len(areas)} areas")
