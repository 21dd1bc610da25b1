"""Neighbourhoods of people's own making: which areas they count, and figures put together again from those."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from assetmap import PlaceError, assess, load
from assetmap.neighbourhoods import NEIGHBOURHOOD_COLUMNS, neighbourhood_figures
from assetmap.sources.boundaries import read_areas
from assetmap.sources.neighbourhoods import NEIGHBOURHOOD_MEMBERS, read_neighbourhoods
from assetmap.sources.recipe import Entry
from tests.toy import CODES, RECIPE, SIDE, SOUTH, WEST, middle, write_toy
from tests.trafford import write_trafford

A, B, C, D = CODES

#: Four postcodes in the first square, in a row from west to east, and two in the second.
POSTCODES = pd.DataFrame(
    {
        "pcds": ["ZZ1 1AA", "ZZ1 1AB", "ZZ1 1AD", "ZZ1 1AE", "ZZ2 2AA", "ZZ2 2AB", "ZZ9 9ZZ"],
        "easting": [WEST + 100, WEST + 300, WEST + 600, WEST + 900, WEST + 1_200, WEST + 1_800, WEST - 5_000],
        "northing": SOUTH + 500,
    }
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    return load(write_toy(folder, postcodes_csv=POSTCODES.to_csv(index=False)))


@pytest.fixture(scope="module")
def found(place):
    return assess(place)


def entry(folder, file: str, content: str | gpd.GeoDataFrame, **said) -> Entry:
    if isinstance(content, str):
        (folder / file).write_text(content, encoding="utf-8")
    else:
        content.to_file(folder / file)
    return Entry("neighbourhoods", {"name": "Patches", "file": file, **said}, folder)


def made(place, asked: Entry, postcodes="those of the place"):
    if isinstance(postcodes, str):
        postcodes = place.postcodes
    return read_neighbourhoods(asked, place.level, place.areas, place.origins, postcodes)


def shares(members: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {
        name: dict(zip(group["area_code"], group["share"], strict=True))
        for name, group in members.groupby("neighbourhood")
    }


def faults(place, asked: Entry, **more) -> list[str]:
    with pytest.raises(PlaceError) as caught:
        made(place, asked, **more)
    return [str(problem) for problem in caught.value.problems]


def drawn(**boxes) -> gpd.GeoDataFrame:
    """Named rectangles, from and to so many metres east of the toy town's western edge."""
    shapes = [box(WEST + west, SOUTH, WEST + east, SOUTH + SIDE) for west, east in boxes.values()]
    return gpd.GeoDataFrame({"estate": list(boxes)}, geometry=shapes, crs=27700)


# -- which areas are counted ---------------------------------------------------------------------


def test_a_line_counts_the_areas_whose_people_live_inside_it_whole(place, tmp_path):
    # The second reaches 100 m past the middle of the third square, and so counts it; the first does not reach it.
    asked = entry(
        tmp_path, "a.gpkg", drawn(West=(0, 2_400), East=(1_900, 4_000)).to_crs(4326), title="estate"
    )
    members, problems, rows_in, rows_used = made(place, asked)
    assert shares(members) == {"West": {A: 1, B: 1}, "East": {C: 1, D: 1}}
    assert (rows_in, rows_used, problems) == (2, 2, [])
    assert list(members) == list(NEIGHBOURHOOD_MEMBERS)
    assert set(members["method"]) == {"areas whose people’s point lies inside the line, whole"}


def test_rows_of_one_name_are_one_neighbourhood_and_a_file_without_names_is_one(place, tmp_path):
    parts = drawn(West=(0, 1_000), East=(3_000, 4_000)).assign(estate="Both ends")
    assert shares(made(place, entry(tmp_path, "a.gpkg", parts, title="estate"))[0]) == {
        "Both ends": {A: 1, D: 1}
    }
    assert shares(made(place, entry(tmp_path, "b.gpkg", parts))[0]) == {"Patches": {A: 1, D: 1}}


def test_a_line_can_count_parts_of_areas_by_their_postcodes(place, tmp_path):
    # Of the first square three of four postcodes, of the second one of two.
    asked = entry(tmp_path, "a.gpkg", drawn(Row=(200, 1_500)), title="estate", by="postcodes")
    members, problems, *_ = made(place, asked)
    assert shares(members) == {"Row": {A: 0.75, B: 0.5}}
    assert problems == []
    assert set(members["method"]) == {
        "each area by the share of its postcodes that lie inside the line, every postcode counting the same"
    }


def test_a_list_of_postcodes_counts_the_share_of_each_areas_postcodes(place, tmp_path):
    listed = "patch,postcode\nRow,ZZ1 1AA\nRow,zz11ab\nRow,ZZ2  2AA\nEnd,ZZ2 2AB\n"
    asked = entry(tmp_path, "a.csv", listed, title="patch", postcode="postcode")
    members, problems, rows_in, rows_used = made(place, asked)
    assert shares(members) == {"End": {B: 0.5}, "Row": {A: 0.5, B: 0.5}}
    assert (rows_in, rows_used, problems) == (4, 4, [])
    assert set(members["method"]) == {
        "each area by the share of its postcodes that are listed, every postcode counting the same"
    }


def test_a_list_of_area_codes_counts_them_whole_or_by_a_share_that_it_states(place, tmp_path):
    listed = f"patch,code,part\nRow,{A},1\nRow,{B},0.25\nEnd,{B},0.75\n"
    whole = entry(tmp_path, "a.csv", listed, title="patch", code="code")
    members, (problem,), *_ = made(place, whole)
    assert shares(members) == {"End": {B: 1}, "Row": {A: 1, B: 1}}
    assert str(problem) == (
        f"a.csv: 1 area in more than one neighbourhood, such as {B}. "
        "Nothing to do, unless they should not overlap; their figures cannot be added up."
    )
    parts = entry(
        tmp_path, "a.csv", listed, title="patch", code="code", share="part", method="as the board agreed"
    )
    members, problems, *_ = made(place, parts)
    assert shares(members) == {"End": {B: 0.75}, "Row": {A: 1, B: 0.25}}
    assert (problems, set(members["method"])) == ([], {"as the board agreed"})


# -- what is wrong with a list -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Row,ZZ3 3ZZ,", "“ZZ3 3ZZ” is not in the place’s postcode table, or stands outside its areas. Check it; it may be new, or no longer in use."),
        ("Row,ZZ9 9ZZ,", "“ZZ9 9ZZ” is not in the place’s postcode table, or stands outside its areas. Check it; it may be new, or no longer in use."),
        ("Row,,x", "It has no postcode. Check it; it may be new, or no longer in use."),
        (",ZZ1 1AB,", "It does not say which neighbourhood it is about. Fill it in."),
        ("Row,ZZ1 1AB", "The row has 2 cells where the header has 3. Look for a missing quote or a separator too many."),
    ],
)  # fmt: skip
def test_a_bad_row_is_kept_out_with_its_reason_and_good_rows_go_on(place, tmp_path, row, message):
    listed = f"patch,postcode,note\nRow,ZZ1 1AA,\n{row}\nRow,ZZ2 2AA,\n"
    members, (problem,), rows_in, rows_used = made(
        place, entry(tmp_path, "a.csv", listed, title="patch", postcode="postcode")
    )
    assert shares(members) == {"Row": {A: 0.25, B: 0.5}}
    assert (problem.file, problem.row, problem.severity, rows_in, rows_used) == ("a.csv", 3, "rejected", 3, 2)
    assert f"{problem.what} {problem.remedy}" == message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Row,E01009999,1", f"“E01009999” is no area of this place. Check it; the areas here are lsoa21, with codes like {A}."),
        (f"Row,{B},", "“” is no share of an area. Give a number above 0 and at most 1."),
        (f"Row,{B},0", "“0” is no share of an area. Give a number above 0 and at most 1."),
        (f"Row,{B},60%", "“60%” is no share of an area. Give a number above 0 and at most 1."),
    ],
)  # fmt: skip
def test_a_bad_code_or_share_is_kept_out(place, tmp_path, row, message):
    listed = f"patch,code,part\nRow,{A},1\n{row}\n"
    members, (problem,), *_ = made(
        place, entry(tmp_path, "a.csv", listed, title="patch", code="code", share="part")
    )
    assert shares(members) == {"Row": {A: 1}}
    assert (problem.row, problem.severity) == (3, "rejected")
    assert f"{problem.what} {problem.remedy}" == message


def test_a_row_that_stands_twice_counts_once(place, tmp_path):
    listed = "patch,postcode\nRow,ZZ1 1AA\nRow,zz11aa\n"
    members, (problem,), rows_in, rows_used = made(
        place, entry(tmp_path, "a.csv", listed, title="patch", postcode="postcode")
    )
    assert shares(members) == {"Row": {A: 0.25}}
    assert (problem.severity, rows_in, rows_used) == ("duplicate", 2, 1)
    assert str(problem) == (
        "a.csv, row 3, column “postcode”: “zz11aa” stands here a second time for “Row”; the first is used. Remove one."
    )


def test_a_line_that_takes_in_nobodys_point_is_told_and_a_point_is_no_line(place, tmp_path):
    frame = drawn(West=(0, 1_000), Corner=(0, 300), Away=(9_000, 9_500), Hub=(0, 1))
    frame.loc[3, "geometry"] = Point(*middle(0))
    members, problems, rows_in, rows_used = made(place, entry(tmp_path, "a.gpkg", frame, title="estate"))
    assert shares(members) == {"West": {A: 1}}
    assert (rows_in, rows_used) == (4, 1)
    small = (
        'It may lie outside the place, or be smaller than an area: by = "postcodes" counts parts of areas.'
    )
    assert [str(problem) for problem in problems] == [
        "a.gpkg, row 4: The neighbourhood has no polygon. Draw its outline, or remove it.",
        f"a.gpkg: The neighbourhood “Away” takes in no area, and has no figures. {small}",
        f"a.gpkg: The neighbourhood “Corner” takes in no area, and has no figures. {small}",
    ]


def test_areas_that_follow_a_line_only_roughly_are_told(place, tmp_path):
    # The line holds the middle of the first square and a fifth of it: two of its four postcodes, or 0.2 of its land.
    frame = drawn(Strip=(400, 600), West=(0, 1_000))
    frame.loc[0, "geometry"] = box(WEST + 250, SOUTH, WEST + 650, SOUTH + 510)
    asked = entry(tmp_path, "a.gpkg", frame, title="estate")
    told = (
        "a.gpkg: The areas counted follow the outline only roughly for 1 neighbourhood of 2, most roughly for “Strip”: "
        "{} of either is in both. "
        'Use smaller areas, such as output areas; or by = "postcodes", which counts parts of areas.'
    )
    assert str(made(place, asked)[1][0]) == told.format("50% of the postcodes")
    assert str(made(place, asked, postcodes=None)[1][0]) == told.format("20% of the land")


def test_a_list_that_has_nothing_to_do_with_the_place(place, tmp_path):
    asked = entry(tmp_path, "a.csv", "patch,code\nRow,E01009999\n", title="patch", code="code")
    assert faults(place, asked) == [
        f"a.csv, row 2, column “code”: “E01009999” is no area of this place. Check it; the areas here are lsoa21, with codes like {A}.",
        f"a.csv: None of its neighbourhoods is made up of areas of this place; these have codes like {A}. "
        "Check the column, or the file’s CRS, and that it is about this place.",
    ]


def test_codes_of_another_vintage_are_refused(place, tmp_path):
    asked = entry(tmp_path, "a.csv", f"patch,LSOA11CD\nRow,{A}\n", title="patch", code="LSOA11CD")
    assert faults(place, asked) == [
        "a.csv, column “LSOA11CD”: Its codes are of lsoa11 areas (the column “LSOA11CD” says so), but the boundaries are lsoa21. "
        "List the codes of lsoa21 areas."
    ]


def test_a_recipe_that_does_not_say_enough(place, tmp_path):
    listed = f"patch,code,postcode\nRow,{A},ZZ1 1AA\n"
    neither = "place.toml: The list “Patches” must say what its neighbourhoods are made of. Name the column postcode, or the column code; or a file of polygons."
    assert faults(place, entry(tmp_path, "a.csv", listed, title="patch")) == [neither]
    assert faults(place, entry(tmp_path, "a.csv", listed, code="code", postcode="postcode")) == [neither]
    assert faults(place, entry(tmp_path, "a.csv", listed, postcode="postcode"), postcodes=None) == [
        "a.csv, column “postcode”: It goes by postcodes, and the place has no postcode table. Add [postcodes] to place.toml."
    ]
    shapes = drawn(West=(0, 1_000))
    assert faults(place, entry(tmp_path, "a.gpkg", shapes, code="estate")) == [
        "place.toml: The list “Patches” is a file of shapes, and the recipe names code as well. Remove those lines; the shapes say what is inside."
    ]
    assert faults(place, entry(tmp_path, "a.gpkg", shapes, by="streets")) == [
        "place.toml: The list “Patches” has by = 'streets'. Use one of: points, postcodes."
    ]
    assert faults(place, entry(tmp_path, "a.gpkg", shapes, by="postcodes"), postcodes=None) == [
        "a.gpkg: It goes by postcodes, and the place has no postcode table. Add [postcodes] to place.toml."
    ]


def test_a_line_that_is_no_polygon_leaves_nothing(place, tmp_path):
    street = gpd.GeoDataFrame(
        {"estate": ["Street"]}, geometry=[LineString([middle(0), middle(1)])], crs=27700
    )
    assert faults(place, entry(tmp_path, "a.gpkg", street, title="estate"))[0] == (
        "a.gpkg, row 1: The neighbourhood has no polygon. Draw its outline, or remove it."
    )


def test_the_recipe_knows_the_table(tmp_path):
    more = '\n[[neighbourhoods]]\nname = "Patches"\nfile = "patches.csv"\ntitel = "patch"\n'
    with pytest.raises(PlaceError) as caught:
        load(write_toy(tmp_path, place_toml=RECIPE + more))
    assert str(caught.value) == (
        "place.toml: [neighbourhoods] says “titel”, which assetmap does not know. Did you mean “title”?"
    )


# -- figures -------------------------------------------------------------------------------------


def members_of(**neighbourhoods: dict[str, float]) -> pd.DataFrame:
    rows = [
        ("Patches", name, code, share, "as listed")
        for name, parts in neighbourhoods.items()
        for code, share in parts.items()
    ]
    return pd.DataFrame(rows, columns=NEIGHBOURHOOD_MEMBERS)


def test_figures_are_means_over_residents(found):
    """1,000 people of the first square and half of the 1,100 of the second: 1,550 in all.

    The first has the library at its door; the second is 1,000 m from it, so 1,300 m on foot, 16.25 minutes.
    """
    (row,) = neighbourhood_figures(found, members_of(Row={A: 1, B: 0.5})).to_dict("records")
    assert (row["neighbourhood"], row["population"], row["areas_counted"]) == ("Row", 1_550, 2)
    assert row["counted"] == "E01000001 (100 %), E01000002 (50 %)"
    assert row["deprivation_rank_mean"] == pytest.approx((10 * 1_000 + 5_000 * 550) / 1_550)
    assert [row[f"decile_{n}_share"] for n in range(1, 11)] == pytest.approx(
        [1_000 / 1_550, 550 / 1_550, *[0] * 8]
    )
    assert row["deprivation_known_share"] == 1
    assert row["hubs_walk_min"] == pytest.approx(16.25 * 550 / 1_550)
    assert row["hubs_reach_share"] == pytest.approx(1_000 / 1_550)
    assert row["hubs_known_share"] == 1


def test_a_neighbourhood_of_one_area_has_the_areas_own_figures(found):
    figures = neighbourhood_figures(found, members_of(**{code: {code: 1.0} for code in CODES}))
    areas = found.areas.reset_index()
    assert figures["population"].tolist() == areas["population"].tolist()
    for theme in ("hubs", "groups", "green_space", "meeting_places", "services"):
        np.testing.assert_allclose(
            figures[f"{theme}_walk_min"].astype(float), areas[f"{theme}_walk_min"].astype(float)
        )
        assert (
            figures[f"{theme}_reach_share"].tolist() == (~areas[f"{theme}_none_known"]).astype(float).tolist()
        )
    np.testing.assert_allclose(figures["green_ha_per_1000"], areas["green_ha_per_1000"].astype(float))
    assert figures["priority_share"].tolist() == areas["priority"].astype(float).tolist()


def test_what_is_not_known_is_not_nought(tmp_path):
    """The second square's residents and the third's deprivation are not known."""
    folder = write_toy(
        tmp_path,
        place_toml=RECIPE.replace('index = "IoD2025"', 'index = "IoD2025"\npartial = true'),
        population_csv=f"area_code,people\n{A},1000\n{C},1200\n{D},1300\n",
        deprivation_csv=f"lsoa21_code,rank,decile,income\n{A},10,1,1\n{B},5000,2,2\n{D},33000,10,10\n",
    )
    figures = neighbourhood_figures(
        assess(load(folder)), members_of(All=dict.fromkeys(CODES, 1.0), Second={B: 1.0}, Third={C: 1.0})
    ).set_index("neighbourhood")
    assert figures["population"].isna().tolist() == [True, True, False]
    # Of the 3,500 residents known, 2,300 live where deprivation is known.
    assert figures.at["All", "deprivation_known_share"] == pytest.approx(2_300 / 3_500)
    assert figures.at["All", "decile_1_share"] == pytest.approx(1_000 / 2_300)
    assert figures.at["Third", "deprivation_known_share"] == 0
    assert pd.isna(figures.at["Third", "decile_1_share"])
    assert (
        figures.loc["Second"].drop(["list", "population", "areas_counted", "counted", "method"]).isna().all()
    )


def test_minutes_are_not_averaged_over_those_alone_who_have_somewhere_to_go(tmp_path):
    # As where the list of hubs stops short of the two western squares.
    found = assess(load(write_toy(tmp_path)))
    areas = found.areas.copy()
    areas.loc[[A, B], ["hubs_walk_min", "hubs_none_known"]] = pd.NA
    partly = dataclasses.replace(found, areas=areas)
    (row,) = neighbourhood_figures(partly, members_of(All=dict.fromkeys(CODES, 1.0))).to_dict("records")
    assert pd.isna(row["hubs_walk_min"])
    assert row["hubs_known_share"] == pytest.approx(2_500 / 4_600)
    assert row["hubs_reach_share"] == pytest.approx(1_300 / 2_500)


def test_every_column_is_explained(found):
    figures = neighbourhood_figures(found, members_of(All=dict.fromkeys(CODES, 1.0)))
    assert list(figures) == list(NEIGHBOURHOOD_COLUMNS)
    assert all(column.label for column in NEIGHBOURHOOD_COLUMNS.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=4, max_size=4))
def test_nobody_is_lost_or_made_up_however_a_place_is_parted(found, cuts):
    """Each area parted among three neighbourhoods: their residents, and what is true of them, add up to the place's."""
    parts = {
        name: {code: cut[n] / sum(cut) for code, cut in zip(CODES, cuts, strict=True)}
        for n, name in enumerate(("X", "Y", "Z"))
    }
    figures = neighbourhood_figures(found, members_of(**parts))
    whole = neighbourhood_figures(found, members_of(All=dict.fromkeys(CODES, 1.0)))
    people = figures["population"].astype(float)
    assert people.sum() == pytest.approx(4_600)
    for column in (
        "deprivation_rank_mean",
        "decile_1_share",
        "hubs_reach_share",
        "hubs_walk_min",
        "green_ha_per_1000",
    ):
        assert (figures[column] * people).sum() / 4_600 == pytest.approx(float(whole[column].iloc[0]))
        low, high = figures[column].min(), figures[column].max()
        assert low - 1e-9 <= float(whole[column].iloc[0]) <= high + 1e-9
    shares_of_deciles = figures[[f"decile_{n}_share" for n in range(1, 11)]].sum(axis=1)
    assert shares_of_deciles.tolist() == pytest.approx([1, 1, 1])


# -- a real place --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trafford(realdata, tmp_path_factory):
    return assess(load(write_trafford(tmp_path_factory.mktemp("trafford"), realdata)))


def of_trafford(realdata, **said) -> Entry:
    return Entry("neighbourhoods", {"name": "Trafford’s", **said}, realdata / "trafford")


@pytest.mark.realdata
@pytest.mark.parametrize(
    "said",
    [
        {"file": "boundaries/council__localities.geojson", "title": "area_name"},
        {"file": "boundaries/council__localities.geojson", "title": "area_name", "by": "postcodes"},
        {"file": "postcodes/trafford_postcodes.csv", "title": "ward_name", "postcode": "postcode"},
    ],
)
def test_real_neighbourhoods_that_cover_the_place_count_everyone_once(trafford, realdata, said):
    place = trafford.place
    members, problems, *_ = read_neighbourhoods(
        of_trafford(realdata, **said), place.level, place.areas, place.origins, place.postcodes
    )
    assert problems == []
    assert members.groupby("area_code")["share"].sum().tolist() == pytest.approx([1] * 139)
    figures = neighbourhood_figures(trafford, members)
    assert float(figures["population"].sum()) == pytest.approx(float(place.population.sum())) == 241_025


@pytest.mark.realdata
def test_real_wards_by_the_official_lookup_agree_with_plain_sums(trafford, realdata):
    lookup = "boundaries/lookups_2021_lsoa_to_ward_best-fit_lookup.csv"
    asked = of_trafford(realdata, file=lookup, title="wd22nm", code="lsoa21cd", where={"lad22nm": "Trafford"})
    place = trafford.place
    members, problems, rows_in, rows_used = read_neighbourhoods(
        asked, place.level, place.areas, place.origins, None
    )
    assert (problems, rows_in, rows_used) == ([], 1_702, 139)
    figures = neighbourhood_figures(trafford, members).set_index("neighbourhood")
    raw = pd.read_csv(realdata / "trafford" / lookup).set_index("lsoa21cd")["wd22nm"]
    people = pd.read_csv(realdata / "trafford/population/mid-year_2024_population_estimates_lsoa.csv")
    people = people[people["sex"] == "Persons"].set_index("area_code")["all_ages"]
    plain = people.groupby(raw).sum()
    assert figures["population"].astype(int).to_dict() == plain.to_dict()
    ranks = pd.read_csv(realdata / "england/iod2025_lsoa21.csv.gz").set_index("lsoa21_code")["IMD_rank"]
    mean = (ranks * people).groupby(raw).sum() / plain
    np.testing.assert_allclose(figures["deprivation_rank_mean"], mean[figures.index])


@pytest.mark.realdata
def test_real_localities_come_out_alike_from_lsoas_and_from_output_areas(trafford, realdata):
    folder = realdata / "trafford"
    said = {"file": "boundaries/council__oa.geojson", "code": "area_code", "level": "oa21"}
    areas, level, _ = read_areas(Entry("areas", said, folder), None)
    table = {
        "file": "population/mid-year_2024_population_estimates_oa.csv",
        "code": "area_code",
        "value": "all_ages",
    }
    people = pd.read_csv(folder / table["file"])
    people = people[people["sex"] == "Persons"].set_index("area_code")["all_ages"]
    asked = of_trafford(realdata, file="boundaries/council__localities.geojson", title="area_name")
    fine, *_ = read_neighbourhoods(asked, level, areas, areas.representative_point(), None)
    by_oa = (fine["share"] * fine["area_code"].map(people)).groupby(fine["neighbourhood"]).sum()
    place = trafford.place
    coarse, *_ = read_neighbourhoods(asked, place.level, place.areas, place.origins, None)
    by_lsoa = neighbourhood_figures(trafford, coarse).set_index("neighbourhood")["population"].astype(float)
    assert by_oa.sum() == by_lsoa.sum() == 241_025
    assert by_oa.to_dict() == {"Central": 55_045, "North": 60_470, "South": 79_804, "West": 45_706}
    assert by_lsoa.to_dict() == {"Central": 56_428, "North": 59_383, "South": 78_956, "West": 46_258}
    assert ((by_lsoa / by_oa - 1).abs() < 0.026).all()


@pytest.mark.realdata
def test_real_wards_are_told_to_be_rough_where_lsoas_are_too_coarse(trafford, realdata):
    asked = of_trafford(
        realdata,
        file="boundaries/ward_2023_gm_ward_generalised.geojson",
        title="area_name",
        where={"local_authority_area_name": "Trafford"},
    )
    place = trafford.place
    members, (problem,), rows_in, rows_used = read_neighbourhoods(
        asked, place.level, place.areas, place.origins, place.postcodes
    )
    assert (rows_in, rows_used, members["neighbourhood"].nunique()) == (215, 21, 21)
    assert problem.what == (
        "The areas counted follow the outline only roughly for 6 neighbourhoods of 21, most roughly for “Hale”: "
        "25% of the postcodes of either is in both."
    )


# -- the index -------------------------------------------------------------------------------------


def test_the_index_of_a_neighbourhood_is_the_mean_of_its_areas_over_residents(found):
    (row,) = neighbourhood_figures(found, members_of(Row={A: 1, B: 0.5})).to_dict("records")
    areas = found.areas
    for name in ("resource_lack", "hubs_lack", "services_lack"):
        assert row[name] == pytest.approx((areas.at[A, name] * 1_000 + areas.at[B, name] * 550) / 1_550)
    # The only one of its list: there is no other to rank it with.
    assert pd.isna(row["resource_rank"])
    assert pd.isna(row["resource_of"])


def test_neighbourhoods_are_ranked_within_their_own_list(found):
    """Each area by itself, in the order of the areas' own index; two alike share the middle rank; another list is another ranking."""
    one = members_of(**{code: {code: 1.0} for code in CODES})
    ranked = neighbourhood_figures(found, one)
    assert ranked["resource_rank"].tolist() == found.areas["resource_rank"].tolist()
    assert ranked["resource_of"].tolist() == [4] * 4
    twice = members_of(First={A: 1.0}, Again={A: 1.0}, Last={D: 1.0}).assign(list="Others")
    both = neighbourhood_figures(found, pd.concat([one, twice])).set_index(["list", "neighbourhood"])
    others = both.loc["Others"]
    assert others.loc["First", "resource_rank"] == others.loc["Again", "resource_rank"]
    assert sorted(others["resource_rank"]) in ([1.5, 1.5, 3], [1, 2.5, 2.5])
    assert both.drop(index="Others", level=0)["resource_rank"].tolist() == ranked["resource_rank"].tolist()


def test_the_index_is_not_told_unless_known_for_every_resident(tmp_path, found):
    """Hubs are listed in the western half only; and of B nobody knows how many live there."""
    half = assess(
        dataclasses.replace(found.place, footprints={"hubs": box(WEST, SOUTH, WEST + 2_000, SOUTH + 1_000)})
    )
    told = neighbourhood_figures(
        half, members_of(West={A: 1, B: 1}, Mixed={B: 1, C: 0.1}, East={D: 1})
    ).set_index("neighbourhood")
    assert told["resource_lack"].notna().tolist() == [True, False, False]
    assert told["services_lack"].notna().all()
    assert told["resource_rank"].isna().all()  # one of three is no ranking
    people = found.place.population.copy()
    people[B] = pd.NA
    unknown = assess(dataclasses.replace(found.place, population=people))
    told = neighbourhood_figures(unknown, members_of(West={A: 1, B: 1}, East={D: 1})).set_index(
        "neighbourhood"
    )
    assert told["resource_lack"].notna().tolist() == [False, True]


def test_a_neighbourhood_where_nobody_lives_has_no_index(found):
    nobody = assess(dataclasses.replace(found.place, population=found.place.population * 0))
    told = neighbourhood_figures(nobody, members_of(West={A: 1, B: 1}, East={D: 1}))
    assert told[["resource_lack", "resource_rank", "hubs_lack"]].isna().all(axis=None)


def test_the_page_says_the_index_and_what_it_is_not(found):
    from assetmap.views import neighbourhoods

    members = members_of(**{code: {code: 1.0} for code in CODES})
    html = neighbourhoods.figures_html(found, members)
    row = neighbourhood_figures(found, members).iloc[0]
    assert f"{row['resource_lack']:.0f}<br><small>rank {row['resource_rank']:g} of 4</small>" in html
    assert "not of friendship, trust or volunteering" in html
    told = neighbourhoods.account_html(found, members_of(Row={A: 1}), "Row")
    assert f"{row['resource_lack']:.0f} of 100, 100 = fewest resources" in told
    assert "not of friendship, trust or volunteering" in told
