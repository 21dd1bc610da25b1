"""The recipe of a real place, Trafford: an English authority with its own messy lists."""

from __future__ import annotations

from pathlib import Path

_HEAD = """
[place]
name = "Trafford"

[areas]
file = "{data}/trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson"
level = "lsoa21"
code = "area_code"
name = "area_name"
source = "ONS Open Geography, generalised by Trafford Data Lab"
licence = "OGL v3"

[origins]
file = "{data}/trafford/ready/trafford_lsoa21_centroids.csv"
code = "lsoa21_code"
easting = "easting"
northing = "northing"
method = "population-weighted centroids"

[population]
file = "{data}/trafford/population/mid-year_2024_population_estimates_lsoa.csv"
code = "area_code"
value = "all_ages"
where = {{ sex = "Persons" }}
source = "ONS mid-year population estimates"
licence = "OGL v3"
date = "2024-06-30"

[deprivation]
file = "{data}/england/iod2025_lsoa21.csv.gz"
code = "lsoa21_code"
index = "IoD2025"
imd_rank = "IMD_rank"
imd_decile = "IMD_decile"
income_decile = "Income_decile"
source = "MHCLG, English Indices of Deprivation 2025"
licence = "OGL v3"

[postcodes]
file = "{data}/trafford/postcodes/trafford_postcodes.csv"
postcode = "postcode"
lon = "lon"
lat = "lat"
source = "ONS Postcode Directory"
licence = "OGL v3"

[green_space]
file = "{data}/trafford/greenspace/trafford_greenspace_sites.geojson"
kind = "site_type"
name = "site_name"
source = "OS Open Greenspace"
licence = "OGL v3"

[entrances]
file = "{data}/trafford/greenspace/trafford_greenspace_access_points.geojson"
access = "access_type"
source = "OS Open Greenspace"
licence = "OGL v3"
"""

#: name, file, column of the asset's name, kind, other lines
_LISTS = (
    ("Libraries", "libraries__trafford_libraries.csv", "name", "library", 'lon = "lon"\nlat = "lat"'),
    ("Community hubs", "council__trafford_community_hubs.csv", "community_hub", "community_hub", 'lon = "lon"\nlat = "lat"\ndetail = "opening_hours"'),
    ("Children's centres", "childrens_centres__trafford_childrens_centres.csv", "name", "family_hub", 'lon = "lon"\nlat = "lat"'),
    ("Leisure centres", "council__trafford_leisure_centres.csv", "name", "leisure_centre", 'lon = "lon"\nlat = "lat"\ndetail = "opening_hours"'),
    ("Food banks", "food_banks__trafford_food_banks.csv", "Name", "food_bank", 'postcode = "Postcode"\ndetail = "Opening times"'),
    ("Sports clubs", "sports_clubs__sports_clubs.csv", "name", "sports_club", 'postcode = "postcode"\ndetail = "category"'),
    ("Places of worship", "places_of_worship__trafford_places_of_worship.geojson", "DISTNAME", "place_of_worship", ""),
    ("Allotments", "allotments__trafford_allotments.csv", "name", "allotment", 'lon = "lon"\nlat = "lat"\nlicence = "ODbL"\nsource = "OpenStreetMap contributors"'),
    ("GP practices", "general_practice__trafford_general_practices.csv", "name", "gp_practice", 'lon = "lon"\nlat = "lat"'),
    ("Pharmacies", "pharmacies__trafford_pharmacies.csv", "pharmacy_name", "pharmacy", 'postcode = "postcode"'),
    ("Post offices", "post_office__gm_post_offices.geojson", "DISTNAME", "post_office", 'coverage = "beyond"'),
    ("Schools", "schools_and_colleges__trafford_schools_and_colleges.csv", "name", "school", 'lon = "lon"\nlat = "lat"'),
    ("Mental health services", "mental_health__trafford_mental_health_services.csv", "name", "mental_health_service", 'postcode = "postcode"'),
    ("Jobcentres", "jobcentre_plus__gm_jobcentreplus.csv", "name", "advice", 'lon = "lon"\nlat = "lat"\ncoverage = "beyond"'),
)  # fmt: skip

_CHARITIES = """
[[assets]]
name = "Charities operating in Trafford"
file = "{data}/trafford/assets/charities__charities_operating_in_trafford.csv"
role = "contact"
source = "Charity Commission"
licence = "OGL v3"
"""


def write_trafford(folder: Path, data: Path) -> Path:
    """Write Trafford's ``place.toml``, naming the real files where they are."""
    parts = [_HEAD, _CHARITIES]
    for name, file, title, kind, more in _LISTS:
        stated = "" if "licence" in more else 'licence = "OGL v3"\nsource = "Trafford Data Lab"\n'
        parts.append(
            f'\n[[assets]]\nname = "{name}"\nfile = "{{data}}/trafford/assets/{file}"\ntitle = "{title}"\n'
            f'kind = "{kind}"\n{stated}{more}\n'
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text("".join(parts).format(data=data.as_posix()), encoding="utf-8")
    return folder
