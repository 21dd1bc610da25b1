"""Standards for green space: a straight line beside a walk, and unknown where a list may not know of a site."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import LineString, MultiPoint, Point, box

from assetmap import load, measures, network
from assetmap.access import theme_places
from assetmap.measures.standards import sites
from assetmap.standards import AGS, AGS_HA_PER_1000, FIELDS_IN_TRUST, GreenStandard
from tests.trafford import write_trafford

TIERS = {each.name: each for each in AGS}
FIT = {each.name: each for each in FIELDS_IN_TRUST}

#: Two banks of a river, 100 m apart, with a bridge 500 m to the east.
RIVER = network.build(
    gpd.GeoSeries(
        [
            LineString([(0, 0), (500, 0)]),
            LineString([(0, 100), (500, 100)]),
            LineString([(500, 0), (500, 100)]),
        ],
        crs=27700,
    )
)
HOME = gpd.GeoSeries([Point(0, 0)], index=pd.Index(["A"], name="area_code"), crs=27700)


def green(*shapes, kind="park", ha=None) -> gpd.GeoDataFrame:
    found = gpd.GeoDataFrame({"kind": kind}, geometry=list(shapes), index=range(len(shapes)), crs=27700)
    return found.assign(area_ha=found.area / 10_000 if ha is None else ha)


def test_the_six_tiers_are_these():
    assert [(each.name, each.min_ha, each.within_m) for each in AGS] == [
        ("ags_doorstep", 0.5, 200),
        ("ags_local", 2, 300),
        ("ags_neighbourhood", 10, 1_000),
        ("ags_wider", 20, 2_000),
        ("ags_district", 100, 5_000),
        ("ags_subregional", 500, 10_000),
    ]
    assert AGS_HA_PER_1000 == 3
    assert [(each.name, each.kinds, each.within_m, each.ha_per_1000) for each in FIELDS_IN_TRUST] == [
        ("fit_park", ("park",), 710, 0.8),
        ("fit_pitches", ("playing_field",), 1_200, 1.2),
        ("fit_play_local", ("play_space",), 400, None),
        ("fit_play_neighbourhood", ("play_space",), 1_000, None),
    ]


@pytest.mark.parametrize("standard", AGS, ids=lambda each: each.name)
def test_each_tier_asks_for_its_size_within_its_distance(standard):
    side = (standard.min_ha * 10_000) ** 0.5
    for metres, ha, met in (
        (standard.within_m, standard.min_ha, True),
        (standard.within_m + 1, standard.min_ha, False),
        (standard.within_m, standard.min_ha * 0.999, False),
    ):
        site = green(box(metres, 0, metres + side, side), ha=ha)
        assert measures.straight(HOME, site, standard).tolist() == [met]


def test_a_site_over_the_river_is_near_and_yet_far_on_foot():
    # 2.25 ha, 100 m away as the crow flies; its entrance is 500 m along, over the bridge, and 500 m back.
    site = green(box(-75, 100, 75, 250))
    doors = site.set_geometry([MultiPoint([(0, 100)])], crs=27700)
    found = measures.ags(HOME, site, doors, RIVER)
    assert found.columns.tolist() == [f"{name}{way}" for name in TIERS for way in ("", "_walk")]
    assert found.loc["A", ["ags_doorstep", "ags_local"]].tolist() == [True, True]
    assert found.loc["A", ["ags_doorstep_walk", "ags_local_walk"]].tolist() == [False, False]
    assert not found.loc["A", "ags_neighbourhood"]
    longer = GreenStandard("own", "Own", 1_100, "", min_ha=2)
    assert measures.on_foot(HOME, doors, longer, RIVER).tolist() == [True]
    shorter = GreenStandard("own", "Own", 1_099, "", min_ha=2)
    assert measures.on_foot(HOME, doors, shorter, RIVER).tolist() == [False]


def test_without_a_network_nothing_is_known_on_foot():
    site = green(box(-75, 100, 75, 250))
    found = measures.ags(HOME, site, site)
    assert found["ags_local"].tolist() == [True]
    assert found.filter(like="_walk").isna().all(axis=None)


def test_one_standard_on_foot_without_a_network_is_a_straight_line_times_the_detour():
    # 307.7 m x 1.3 = 400.01 m; 307.6 m x 1.3 = 399.88 m.
    for metres, met in ((307.6, True), (307.7, False)):
        swings = green(Point(metres, 0), kind="play_space", ha=0.1)
        assert measures.on_foot(HOME, swings, FIT["fit_play_local"], None).tolist() == [met]


def test_no_site_at_all_meets_nothing():
    found = measures.ags(HOME, green(), green(), RIVER)
    assert found.shape == (1, 12)
    assert not found.any(axis=None)
    assert found.notna().all(axis=None)


def test_not_met_is_unknown_where_a_list_stops_within_the_distance():
    origins = gpd.GeoSeries(
        [Point(1_500, 0), Point(150, 0), Point(-50, 0)], index=["in", "near", "out"], crs=27700
    )
    covered = box(0, -5_000, 10_000, 5_000)
    none = measures.straight(origins, green(), TIERS["ags_doorstep"], covered)
    assert none.tolist() == [False, pd.NA, pd.NA]
    # The edge is 1.5 km off, so a site within 1 km would be known, and one within 2 km need not be.
    inner = origins[["in"]]
    assert measures.straight(inner, green(), TIERS["ags_neighbourhood"], covered).tolist() == [False]
    assert measures.straight(inner, green(), TIERS["ags_wider"], covered).tolist() == [pd.NA]
    # What is known to be near is met, edge or no edge.
    park = green(box(-40, -50, 60, 50))
    assert measures.straight(origins, park, TIERS["ags_doorstep"], covered).tolist() == [False, True, True]
    near = measures.on_foot(
        gpd.GeoSeries([Point(0, 0), Point(500, 0)], index=["a", "b"], crs=27700),
        green(Point(0, 0), ha=1.0),
        TIERS["ags_doorstep"],
        RIVER,
        box(-1_000, -1_000, 600, 1_000),
    )
    assert near.tolist() == [True, pd.NA]
    assert near.name == "ags_doorstep_walk"


def test_fields_in_trust_counts_its_own_kind_of_space():
    both = pd.concat([green(box(0, 0, 100, 80)), green(box(0, 0, 100, 200), kind="playing_field")])
    assert sites(both, FIT["fit_park"])["area_ha"].tolist() == [0.8]
    assert sites(both, FIT["fit_pitches"])["area_ha"].tolist() == [2.0]
    assert sites(both, TIERS["ags_local"])["kind"].tolist() == ["playing_field"]
    none = measures.straight(HOME, both, FIT["fit_play_local"])
    assert (none.name, none.tolist()) == ("fit_play_local", [False])


def test_enough_hectares_for_the_people():
    areas = gpd.GeoDataFrame(
        geometry=[box(0, 0, 1_000, 1_000)] * 4,
        index=pd.Index(["just", "short", "nobody", "unknown"], name="area_code"),
        crs=27700,
    )
    people = pd.Series([1_000, 1_001, 0, pd.NA], index=areas.index, dtype="Int64")
    park = green(box(0, 0, 100, 80))
    found = measures.enough(areas, park, people, FIT["fit_park"])
    assert found.tolist() == [True, False, pd.NA, pd.NA]
    assert found.name == "fit_park_ha"
    assert measures.enough(areas, green(), people, FIT["fit_park"]).tolist() == [False, False, pd.NA, pd.NA]
    with pytest.raises(ValueError, match=r"^ags_local asks for no hectares per 1,000 residents$"):
        measures.enough(areas, park, people, TIERS["ags_local"])


# -- on real places ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trafford(realdata, tmp_path_factory):
    return load(write_trafford(tmp_path_factory.mktemp("trafford"), realdata))


@pytest.mark.realdata
def test_trafford_meets_its_standards_by_hand_drawn_circles_too(trafford):
    covered = shapely.union_all(trafford.areas.geometry.to_numpy())
    doors = theme_places(trafford, "green_space").join(trafford.green_space["area_ha"])
    found = measures.ags(trafford.origins, trafford.green_space, doors, covered=covered)
    told = {name: tuple(int((found[name] == answer).sum()) for answer in (True, False)) for name in TIERS}
    # Met and not met; of the rest of the 139 areas nothing can be told, since the list stops at the border.
    assert told == {
        "ags_doorstep": (52, 84),
        "ags_local": (62, 67),
        "ags_neighbourhood": (37, 67),
        "ags_wider": (31, 34),
        "ags_district": (0, 0),
        "ags_subregional": (0, 0),
    }
    # The same by circles around the people, laid over the sites.
    for standard in AGS:
        large = trafford.green_space[trafford.green_space["area_ha"] >= standard.min_ha]
        circles = gpd.GeoDataFrame(geometry=trafford.origins.buffer(standard.within_m, quad_segs=256))
        met = circles.index.isin(circles.sjoin(large[["geometry"]]).index)
        assert (found[standard.name].fillna(False) == met).all()
    assert found.filter(like="_walk").isna().all(axis=None)


@pytest.mark.realdata
def test_newport_on_foot_meets_no_more_than_in_a_straight_line(realdata, tmp_path):
    osm = (realdata / "newport/newport-2023-06-13.osm.pbf").as_posix()
    recipe = f"""
[place]
name = "Newport"
[areas]
file = "{(realdata / "newport/newport_lsoa11_wimd2019_pop2020.geojson").as_posix()}"
level = "lsoa11"
code = "lsoa11_code"
name = "LSOA11NM"
[deprivation]
file = "{(realdata / "uk/wimd2019_lsoa11.csv.gz").as_posix()}"
index = "WIMD2019"
[green_space]
file = "{osm}"
[network]
file = "{osm}"
"""
    (tmp_path / "place.toml").write_text(recipe, encoding="utf-8")
    place = load(tmp_path)
    doors = theme_places(place, "green_space").join(place.green_space["area_ha"])
    found = measures.ags(
        place.origins, place.green_space, doors, place.network, place.footprints["green_space"]
    )
    told = {name: tuple(int(found[f"{name}{way}"].sum()) for way in ("", "_walk")) for name in TIERS}
    # One site has 100 ha: 34 areas are within 5 km of it, and two within a walk of 5 km.
    assert told == {
        "ags_doorstep": (17, 10),
        "ags_local": (20, 14),
        "ags_neighbourhood": (31, 22),
        "ags_wider": (19, 16),
        "ags_district": (34, 2),
        "ags_subregional": (0, 0),
    }
    for name in TIERS:
        assert found.loc[found[f"{name}_walk"].fillna(False), name].all()
