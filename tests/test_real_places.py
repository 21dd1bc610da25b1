"""Facts known of the real files, told by the whole door; and Rutland, a rural place, from its extract alone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from assetmap import PlaceError, assess, load

pytestmark = pytest.mark.realdata


def written(folder: Path, recipe: str, data: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text(recipe.replace("{data}", data.as_posix()), encoding="utf-8")
    return folder


TRAFFORD = """
[place]
name = "Trafford"
[areas]
file = "{data}/trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson"
level = "lsoa21"
code = "area_code"
name = "area_name"
"""


@pytest.mark.parametrize(
    ("boundaries", "level", "table", "areas"),
    [
        ("trafford/boundaries/lsoa_2021_gm_lsoa_generalised.geojson", "lsoa21", "england/iod2025_lsoa21.csv.gz", 1_702),
        ("trafford/boundaries/lsoa_2011_gm_lsoa_generalised.geojson", "lsoa11", "england/iod2019_lsoa11.csv.gz", 1_673),
    ],
)  # fmt: skip
def test_every_area_joins_the_index_of_its_own_vintage(realdata, tmp_path, boundaries, level, table, areas):
    recipe = f"""
[place]
name = "Greater Manchester"
[areas]
file = "{{data}}/{boundaries}"
level = "{level}"
code = "area_code"
name = "area_name"
[deprivation]
file = "{{data}}/{table}"
index = "{"IoD2025" if level == "lsoa21" else "IoD2019"}"
"""
    place = load(written(tmp_path, recipe, realdata))
    assert len(place.areas) == areas
    assert place.deprivation[["imd_rank", "imd_decile"]].notna().all(axis=None)
    # Deciles agree with ranks over the whole nation, or the load would say so.
    assert not [problem for problem in place.problems if "not that of the rank" in problem.what]


def test_a_table_of_the_other_vintage_is_refused(realdata, tmp_path):
    recipe = TRAFFORD + '[deprivation]\nfile = "{data}/england/iod2019_lsoa11.csv.gz"\nindex = "IoD2019"\n'
    with pytest.raises(PlaceError, match="This table is for lsoa11 areas"):
        load(written(tmp_path, recipe, realdata))


def test_postcodes_lie_in_the_area_that_their_table_names(realdata, tmp_path):
    recipe = TRAFFORD + '[postcodes]\nfile = "{data}/trafford/postcodes/trafford_postcodes.csv"\n'
    place = load(written(tmp_path, recipe, realdata))
    table = gpd.pd.read_csv(realdata / "trafford/postcodes/trafford_postcodes.csv")
    named = table["lsoa_code"].set_axis(table["postcode"].str.replace(" ", "")).reindex(place.postcodes.index)
    # The table names LSOAs of 2021, every one of them an area here.
    assert named.isin(place.areas.index).all()
    points = gpd.GeoDataFrame({"named": named}, geometry=place.postcodes)
    inside = points.sjoin(place.areas[["geometry"]], how="left")["area_code"].groupby(level=0).first()
    assert (inside == named.sort_index()).mean() == pytest.approx(0.9965, abs=0.0005)


RUTLAND = """
[place]
name = "Rutland"
[areas]
file = "{data}/rutland/rutland_lsoa21_imd2025_pop.geojson"
code = "lsoa21_code"
name = "lsoa21_name"
level = "lsoa21"
[origins]
file = "{data}/rutland/rutland_lsoa21_centroids.csv"
code = "lsoa21_code"
easting = "easting"
northing = "northing"
[population]
file = "{data}/rutland/rutland_lsoa21_imd2025_pop.geojson"
code = "lsoa21_code"
value = "census2021_residents"
[deprivation]
file = "{data}/england/iod2025_lsoa21.csv.gz"
index = "IoD2025"
[green_space]
file = "{data}/rutland/rutland-2018-03.osm.pbf"
[network]
file = "{data}/rutland/rutland-2018-03.osm.pbf"
[[assets]]
name = "OpenStreetMap"
file = "{data}/rutland/rutland-2018-03.osm.pbf"
"""


def test_rutland_from_its_extract(realdata, tmp_path):
    place = load(written(tmp_path, RUTLAND, realdata))
    found = assess(place)
    fates = {layer.name: (layer.rows_in, layer.rows_used, layer.rows_set_aside) for layer in place.layers}
    assert fates["assets: OpenStreetMap"] == RUTLAND_ASSETS
    assert fates["green space"][1] == 69
    assert len(found.areas) == 26
    assert found.areas["deprivation_decile"].notna().all()
    # A rural place of twenty-six areas: ranks, and no deciles.
    assert found.areas["resource_decile"].isna().all()
    assert found.areas["hubs_walk_min"].median() > 15
    assert found.areas["distance_method"].str.startswith("along the walking network").all()


#: Rows read, used, and set aside: private, or of kinds that are not counted.
RUTLAND_ASSETS = (209, 207, 2)
