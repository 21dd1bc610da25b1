"""The peer of ``map-1000``: the same areas as a plain ``folium.GeoJson`` through ``st_folium``, shaded by one of two columns.

Leaflet comes from this machine, since a plain map asks the internet for it. A click names the area below the map.
"""

from __future__ import annotations

import sys

import folium
import geopandas as gpd
import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit_folium import st_folium
from xstatic.pkg import leaflet


@st.cache_data
def _areas(path: str) -> str:
    return str(gpd.read_file(path).to_json())


folder = f"../{declare_component('leaflet', path=leaflet.BASE_DIR).name}"
column = st.selectbox("Shade areas by", ["decile", "rank"])
page = folium.Map(location=[53.5, -2.3], zoom_start=10, tiles=None)
page.default_js = [("leaflet", f"{folder}/leaflet.js")]
page.default_css = [("leaflet", f"{folder}/leaflet.css")]
most = {"decile": 10, "rank": 33_755}[column]
folium.GeoJson(
    _areas(sys.argv[1]),
    style_function=lambda area: {
        "fillColor": "#b30000" if area["properties"][column] < most / 2 else "#fef0d9",
        "fillOpacity": 0.8,
    },
).add_to(page)
clicked = st_folium(page, height=540, use_container_width=True, returned_objects=["last_active_drawing"])
drawing = (clicked or {}).get("last_active_drawing")
st.write(f"Chosen: {drawing['properties']['area_code']}" if drawing else "Nothing chosen")
