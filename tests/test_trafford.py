"""Golden figures on a real place. Each was checked against the files by other means."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from assetmap import PlaceError, assess, load
from tests.trafford import write_trafford

pytestmark = pytest.mark.realdata

#: list: rows read, used, set aside by rule, rejected
FATES = {
    "areas": (139, 139, 0, 0),
    "population": (417, 139, 278, 0),
    "deprivation": (33_755, 139, 33_616, 0),
    "origins": (139, 139, 0, 0),
    "postcodes": (11_264, 11_264, 0, 0),
    "green space": (427, 184, 243, 0),
    "entrances": (893, 534, 359, 0),
    "assets: Charities operating in Trafford": (736, 0, 736, 0),
    "assets: Libraries": (13, 13, 0, 0),
    "assets: Community hubs": (6, 6, 0, 0),
    "assets: Children's centres": (2, 2, 0, 0),
    "assets: Leisure centres": (9, 9, 0, 0),
    "assets: Food banks": (7, 7, 0, 0),
    "assets: Sports clubs": (140, 138, 0, 2),
    "assets: Places of worship": (118, 104, 14, 0),
    "assets: Allotments": (35, 35, 0, 0),
    "assets: GP practices": (26, 26, 0, 0),
    "assets: Pharmacies": (57, 57, 0, 0),
    "assets: Post offices": (343, 178, 165, 0),
    "assets: Schools": (103, 103, 0, 0),
    "assets: Mental health services": (60, 43, 4, 13),
    "assets: Jobcentres": (26, 17, 9, 0),
}


@pytest.fixture(scope="module")
def place(realdata, tmp_path_factory):
    return load(write_trafford(tmp_path_factory.mktemp("trafford"), realdata))


@pytest.fixture(scope="module")
def found(place):
    return assess(place)


def test_every_row_of_every_list_is_accounted_for(place):
    fates = {
        layer.name: (layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected)
        for layer in place.layers
    }
    assert fates == FATES
    assert all(read == used + aside + rejected for read, used, aside, rejected in fates.values())


def test_every_rejected_row_has_a_reason_in_words(place):
    rejected = [problem for problem in place.problems if problem.severity == "rejected"]
    assert len(rejected) == sum(fate[3] for fate in FATES.values()) == 15
    assert all("is not in the place’s postcode table" in problem.what for problem in rejected)
    assert all(problem.row and problem.remedy for problem in rejected)
    assert (
        sum(
            "is already there" in problem.what
            for problem in place.problems
            if problem.severity == "duplicate"
        )
        == 14
    )


def test_all_139_areas_join_deprivation_and_population(place):
    assert len(place.areas) == 139
    assert place.deprivation["imd_decile"].notna().all()
    assert place.population.notna().all()
    # As many areas in each decile as the national table itself gives Trafford (1 = most deprived).
    counts = place.deprivation["imd_decile"].value_counts().sort_index()
    assert counts.tolist() == [6, 5, 14, 9, 12, 6, 13, 14, 24, 36]
    assert (np.ceil(place.deprivation["imd_rank"] / 3375.5) == place.deprivation["imd_decile"]).all()


def test_postcodes_lie_in_the_area_that_their_file_names(place, realdata):
    table = pd.read_csv(realdata / "trafford/postcodes/trafford_postcodes.csv")
    points = gpd.GeoDataFrame(
        {"lsoa_code": table["lsoa_code"]}, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326
    ).to_crs(27700)
    joined = points.sjoin(place.areas[["geometry"]], predicate="within", how="left")
    assert (joined["lsoa_code"] == joined["area_code"]).mean() >= 0.995


def test_58_areas_have_no_hub_within_923_metres(found):
    assert found.areas["hubs_none_known"].sum() == 58
    assert found.areas["short_hubs"].sum() == 58
    # One class: one lack, no decile, none ordered before another.
    none = found.areas[found.areas["hubs_none_known"]]
    assert none["hubs_lack"].nunique() == 1
    assert none["hubs_decile"].isna().all()
    assert any(
        "none known within 923 m in a straight line for 58 of 139 areas" in note for note in found.notes
    )


def test_hub_distances_agree_with_a_calculation_that_shares_no_code(found, realdata):
    """Plain trigonometry over the raw files, without shapely, geopandas or assetmap."""
    folder = realdata / "trafford"
    homes = pd.read_csv(folder / "ready/trafford_lsoa21_centroids.csv").set_index("lsoa21_code").sort_index()
    files = (
        "libraries__trafford_libraries",
        "council__trafford_community_hubs",
        "childrens_centres__trafford_childrens_centres",
    )
    lonlat = pd.concat([pd.read_csv(folder / f"assets/{name}.csv")[["lon", "lat"]] for name in files])
    x, y = Transformer.from_crs(4326, 27700, always_xy=True).transform(lonlat["lon"], lonlat["lat"])
    metres = np.hypot(
        homes["easting"].to_numpy()[:, None] - x, homes["northing"].to_numpy()[:, None] - y
    ).min(axis=1)
    np.testing.assert_allclose(
        found.areas["hubs_nearest_m"].astype(float), metres * 1.3, atol=0.00051
    )  # to the millimetre


def test_the_priority_neighbourhood_is_the_one_that_the_map_shows(found):
    """Timperley East, looked at on the map: its library and hub are both just beyond the catchment."""
    assert found.priorities.index.tolist() == ["E01006207"]
    area = found.priorities.iloc[0]
    assert (area["area_name"], area["deprivation_decile"], area["resource_rank"]) == ("Trafford 022C", 2, 19)
    # 966 m in a straight line, 15.7 minutes on foot.
    assert area["hubs_walk_min"] == pytest.approx(15.70, abs=0.01)
    assert "no hub is known within a 15-minute walk (the nearest is 16 minutes away)" in area["reason"]
    # Sale West (019D, 019E) is poorer and has about as little, but its hub is at hand: no standard is missed.
    for code in ("E01006167", "E01006168"):
        assert found.areas.loc[code, "resource_low"]
        assert not found.areas.loc[code, "priority"]
        assert "no standard is missed" in found.areas.loc[code, "reason"]


def test_contact_addresses_of_charities_are_on_no_map(place):
    assert "Charities operating in Trafford" not in set(place.assets["list"])


def test_iod2019_on_lsoa_2021_is_refused(realdata, tmp_path):
    folder = write_trafford(tmp_path, realdata)
    recipe = (folder / "place.toml").read_text()
    older = recipe.replace("iod2025_lsoa21.csv.gz", "iod2019_lsoa11.csv.gz").replace(
        'code = "lsoa21_code"\nindex = "IoD2025"', 'code = "lsoa11_code"'
    )
    (folder / "place.toml").write_text(older)
    with pytest.raises(
        PlaceError, match=r"iod2019_lsoa11\.csv\.gz.*is for lsoa11 areas.*but the boundaries are lsoa21"
    ):
        load(folder)


def test_iod2019_is_known_by_its_length_even_under_a_false_name(realdata, tmp_path):
    table = pd.read_csv(realdata / "england/iod2019_lsoa11.csv.gz").rename(columns={"lsoa11_code": "code"})
    table.to_csv(tmp_path / "renamed.csv", index=False)
    folder = write_trafford(tmp_path / "place", realdata)
    recipe = (folder / "place.toml").read_text()
    named = f'file = "{(tmp_path / "renamed.csv").as_posix()}"\ncode = "code"'
    start = recipe.index("[deprivation]")
    end = recipe.index("imd_rank")
    (folder / "place.toml").write_text(f"{recipe[:start]}[deprivation]\n{named}\n{recipe[end:]}")
    with pytest.raises(PlaceError, match="it has as many areas as that vintage"):
        load(folder)
