"""The peer of ``gaps-trafford``: the same files and questions, as a geopandas notebook would have it.

Nearest place and count within 923 m for each theme from each origin, hectares of green space in each
area, the table as GeoPackage and CSV, and the areas as a folium page. No checks, no reasons, no provenance.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd

from assetmap.taxonomy import kinds


def points(entry: dict[str, str], postcodes: pd.DataFrame) -> gpd.GeoDataFrame:
    """The places of one list."""
    if entry["file"].endswith("geojson"):
        shapes = gpd.read_file(entry["file"]).to_crs(27700)
        return shapes.set_geometry(shapes.centroid)[["geometry"]]
    table = pd.read_csv(entry["file"])
    if "lon" not in entry:
        table = table.merge(postcodes, left_on=entry["postcode"], right_on="postcode", suffixes=("_own", ""))
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326).to_crs(27700)


def main(place: Path, out: Path) -> None:
    """Answer the questions and write the files."""
    recipe = tomllib.loads((place / "place.toml").read_text())
    areas = gpd.read_file(recipe["areas"]["file"]).to_crs(27700)
    centroids = pd.read_csv(recipe["origins"]["file"])
    origins = gpd.GeoDataFrame(
        {"area_code": centroids["lsoa21_code"]},
        geometry=gpd.points_from_xy(centroids["easting"], centroids["northing"]),
        crs=27700,
    )
    people = pd.read_csv(recipe["population"]["file"]).query("sex == 'Persons'")[["area_code", "all_ages"]]
    deprivation = pd.read_csv(recipe["deprivation"]["file"])[
        ["lsoa21_code", "IMD_rank", "IMD_decile", "Income_decile"]
    ]
    areas = areas.merge(people, on="area_code").merge(
        deprivation, left_on="area_code", right_on="lsoa21_code"
    )
    postcodes = pd.read_csv(recipe["postcodes"]["file"])[["postcode", "lon", "lat"]]

    themes: dict[str, list[gpd.GeoDataFrame]] = {}
    for entry in recipe["assets"]:
        if entry.get("role") != "contact":
            themes.setdefault(kinds()[entry["kind"]].theme, []).append(points(entry, postcodes))
    green = gpd.read_file(recipe["green_space"]["file"]).to_crs(27700)
    green = green[green["site_type"].isin(["Public Park Or Garden", "Play Space", "Playing Field"])]
    doors = gpd.read_file(recipe["entrances"]["file"]).to_crs(27700)
    themes["green_space"] = [doors.sjoin_nearest(green[["geometry"]], max_distance=25)[["geometry"]]]

    circles = origins.set_geometry(origins.buffer(1200 / 1.3))
    for theme, parts in themes.items():
        places = pd.concat(parts, ignore_index=True)
        nearest = origins.sjoin_nearest(places, distance_col="m").groupby("area_code")["m"].min() * 1.3
        count = circles.sjoin(places).groupby("area_code").size()
        areas[f"{theme}_nearest_m"] = areas["area_code"].map(nearest)
        areas[f"{theme}_count"] = areas["area_code"].map(count).fillna(0)
    inside = gpd.overlay(areas[["area_code", "geometry"]], green.dissolve()[["geometry"]])
    areas["green_ha"] = areas["area_code"].map(inside.set_index("area_code").area / 10_000).fillna(0)

    out.mkdir(exist_ok=True)
    areas.to_file(out / "areas.gpkg", layer="areas")
    areas.drop(columns="geometry").to_csv(out / "areas.csv", index=False)
    page = folium.Map(location=[53.42, -2.34], zoom_start=12)
    folium.GeoJson(areas.to_crs(4326)).add_to(page)
    for parts in themes.values():
        for part in parts:
            for point in part.to_crs(4326).geometry:
                folium.CircleMarker([point.y, point.x], radius=4).add_to(page)
    page.save(out / "map.html")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
