"""Rows told in other ways than two columns of numbers: a point in one cell, an address and hours in several."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import Point

from assetmap import PlaceError, load
from assetmap.sources.points import halves, points_from_gridrefs
from tests.toy import RECIPE, write_toy

LIST = '[[assets]]\nname = "More"\nfile = "more.csv"\ntitle = "name"\nkind = "library"\n'


def more(tmp_path, keys: str, rows: str):
    """What the list “More” gave: its assets by name, and what was told of it."""
    place = load(write_toy(tmp_path, place_toml=RECIPE + LIST + keys, more_csv=rows))
    assets = place.assets[place.assets["list"] == "More"].set_index("name")
    return assets, [str(problem) for problem in place.problems if problem.file == "more.csv"]


def metres(assets, name: str) -> tuple[int, int]:
    point = assets.at[name, "geometry"]
    return round(point.x), round(point.y)


@pytest.mark.parametrize(
    ("reference", "xy", "side"),
    [
        # The point of the worked example of that guide, Ordnance Survey’s office and the top of Ben Nevis.
        ("TG 51409 13177", (651_409.5, 313_177.5), 1),
        ("SU 387 148", (438_750, 114_850), 100),
        ("NN1667871283", (216_678.5, 771_283.5), 1),
        ("nn 1668-7128", (216_685, 771_285), 10),
        ("HU396753", (439_650, 1_175_350), 100),
        ("SV 900 100", (90_050, 10_050), 100),
    ],
)
def test_a_grid_reference_is_the_middle_of_its_square(reference, xy, side):
    points, wrong, sides = points_from_gridrefs(pd.Series([reference], dtype=object), 27700)
    assert wrong.empty
    assert sides.tolist() == [side]
    assert (points.iloc[0].x, points.iloc[0].y) == pytest.approx(xy)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("SJ 7", "It is not a grid reference such as SJ 778 943."),
        ("SJ 778 94", "It is not a grid reference such as SJ 778 943."),
        ("SI 778 943", "It is not a grid reference such as SJ 778 943."),
        ("SJ 778 943 and SJ 779 943", "It is not a grid reference such as SJ 778 943."),
        ("SJ 77 94", "Its grid reference is of a square of 1 km: too coarse to measure walks from."),
        ("SJ79", "Its grid reference is of a square of 10 km: too coarse to measure walks from."),
        ("J 338 740", "It is a reference of the Irish Grid, which is not read."),
        ("AA 778 943", "There is no square AA in Great Britain."),
    ],
)
def test_what_is_no_grid_reference_to_walk_from_is_told(cell, told):
    points, wrong, sides = points_from_gridrefs(pd.Series([cell, ""], dtype=object), 27700)
    assert wrong.tolist() == [told]
    assert points.isna().all()
    assert sides.empty


def test_grid_references_place_rows_and_rough_ones_are_told(tmp_path):
    # The toy stands at 400-404 km east and 300-301 km north: square SK, first kilometre.
    rows = "name,ref\nFine,SK 00500 00500\nRough,SK 012 005\nCoarse,SK 01 00\nFar,NN 1667 7128\nNone,\nOdd,by the pond\n"
    assets, told = more(tmp_path, 'gridref = "ref"\n', rows)
    assert metres(assets, "Fine") == (400_500, 300_500)
    assert metres(assets, "Rough") == (401_250, 300_550)
    assert set(assets.index) == {"Fine", "Rough"}
    remedy = "Give a British National Grid reference of six digits or more, or coordinates."
    assert told == [
        "more.csv, column “ref”: 1 row with a grid reference of 100 m only, such as row 3; placed in the middle of its square, "
        "up to 71 m off. Give longer references where you have them.",
        f"more.csv, row 4, column “ref”: Its grid reference is of a square of 1 km: too coarse to measure walks from. {remedy}",
        "more.csv, row 5, column “ref”: It is 505 km away from the place. Check its coordinates.",
        "more.csv, row 6: It has no location. Add coordinates or a postcode.",
        f"more.csv, row 7, column “ref”: It is not a grid reference such as SJ 778 943. {remedy}",
    ]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("53.42, -2.32", ("53.42", "-2.32")),
        ("(53.42;-2.32)", ("53.42", "-2.32")),
        ("POINT (-2.32 53.42)", ("-2.32", "53.42")),
        ("[53.42 -2]", ("53.42", "-2")),
        ("53.42°, -2.32°", ("53.42", "-2.32")),
        ("", ("", "")),
    ],
)
def test_both_halves_of_a_point_are_read_from_one_cell(cell, parts):
    apart, wrong = halves(pd.Series([cell], dtype=object))
    assert tuple(apart.iloc[0]) == parts
    assert wrong.empty


@pytest.mark.parametrize("cell", ["53.42", "53.42, -2.32, 15", "53,42; -2,32", "by the pond"])
def test_what_is_no_point_is_told(cell):
    assert halves(pd.Series([cell], dtype=object))[1].tolist() == [
        "It is not two coordinates such as 53.42, -2.32."
    ]


#: In the second square of the toy.
NORTH, EAST = 52.60229, -1.97929


def test_one_cell_with_the_latitude_first_is_read(tmp_path):
    rows = (
        f'name,where\nOne,"{NORTH}, {EAST}"\nTurned,"{EAST}, {NORTH}"\nOdd,here\nNought,"0.0, 0.0"\nNone,\n'
    )
    assets, told = more(tmp_path, 'latlon = "where"\n', rows)
    assert metres(assets, "One") == pytest.approx((401_500, 300_500), abs=1)
    assert told == [
        "more.csv, row 3, column “where”: Its lon and lat look swapped. Swap the two numbers.",
        "more.csv, row 4, column “where”: It is not two coordinates such as 53.42, -2.32. Put in the true coordinates, or leave the "
        "cell empty.",
        "more.csv, row 5, column “where”: Its coordinates are (0, 0) or another sign for unknown. Put in the true coordinates, or "
        "leave both cells empty.",
        "more.csv, row 6: It has no location. Add coordinates or a postcode.",
    ]


def test_one_cell_with_the_longitude_first_is_noticed(tmp_path):
    rows = f'name,where\nOne,"{EAST}, {NORTH}"\nTwo,POINT ({EAST} {NORTH})\n'
    assets, told = more(tmp_path, 'latlon = "where"\n', rows)
    assert metres(assets, "Two") == metres(assets, "One") == pytest.approx((401_500, 300_500), abs=1)
    assert told == [
        "more.csv, column “where”: “where” has the longitude before the latitude in 2 rows, and is read so. Nothing to do.",
    ]


def test_a_row_without_the_one_is_found_by_the_other(tmp_path):
    rows = f'name,where,ref,postcode\nOne,"{NORTH}, {EAST}",,\nTwo,,SK 025 005,\nThree,,SK 02 00,ZZ1 1AA\n'
    assets, told = more(tmp_path, 'latlon = "where"\ngridref = "ref"\npostcode = "postcode"\n', rows)
    assert set(assets.index) == {"One", "Two", "Three"}
    assert len(told) == 1
    assert "a grid reference of 100 m only, such as row 3" in told[0]


def test_an_address_and_hours_are_put_together_from_their_columns(tmp_path):
    rows = (
        "name,x,y,No,Street,Town,Mon open,Mon close,Sat open,Sat close\n"
        "One,400500,300500,12,High Street,Toytown,09:00,17:00,,\n"
        "Two,401500,300500,,Toytown,Toytown,9am,5pm,10:00:00,13:00:00\n"
        "Three,402500,300500,,,,,,,\n"
    )
    keys = (
        'easting = "x"\nnorthing = "y"\naddress = ["No", "Street", "Town"]\n'
        'opening_hours = ["Mon open", "Mon close", "Sat open", "Sat close"]\n'
    )
    assets, told = more(tmp_path, keys, rows)
    assert told == []
    assert assets["address"].to_dict() == {"One": "12 High Street, Toytown", "Two": "Toytown", "Three": ""}
    assert assets["opening_hours"].to_dict() == {
        "One": "Mo 09:00-17:00; Sa unknown",
        "Two": "Mo 09:00-17:00; Sa 10:00-13:00",
        "Three": "",
    }
    assert assets["open_weekends"].to_dict() == {"One": "", "Two": "yes", "Three": ""}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('address = ["Street", "City"]', "There is no column “City” (named as address in [assets])."),
        ('address = ["Street", "Street"]', "Two of the columns named as address have the same heading."),
        (
            'opening_hours = ["Mon", "Street"]',
            "It is to be open at the times of several columns, and not each is headed by a day of the week.",
        ),
        ("address = []", "[assets] address is []. Write it as a list of texts in quotes, such as"),
        ('postcode = ["Mon"]', "[assets] postcode is ['Mon']. Write it as text in quotes."),
    ],
)
def test_columns_that_do_not_go_together_are_told(tmp_path, keys, told):
    with pytest.raises(PlaceError) as fault:
        more(
            tmp_path,
            f'easting = "x"\nnorthing = "y"\n{keys}\n',
            "name,x,y,Street,Mon\nOne,400500,300500,High St,9-5\n",
        )
    assert told in str(fault.value)


# -- where a file of shapes is -------------------------------------------------------------------


@pytest.mark.parametrize("file", ["more.gpkg", "more.geojson"])
@pytest.mark.parametrize("number", [2, 30])
def test_a_list_of_shapes_whose_axes_are_swapped_is_refused(tmp_path, file, number):
    home = write_toy(tmp_path, place_toml=RECIPE + LIST.replace("more.csv", file))
    metres = gpd.GeoSeries([Point(400_500 + 10 * n, 300_500) for n in range(number)], crs=27700)
    turned = shapely.transform(metres.to_crs(4326).to_numpy(), lambda xy: xy[:, ::-1])
    gpd.GeoDataFrame({"name": [f"S{n}" for n in range(number)]}, geometry=turned, crs=4326).to_file(
        home / file
    )
    with pytest.raises(PlaceError) as fault:
        load(home)
    assert str(fault.value) == (
        f"{file}: Its two coordinates look swapped: the other way round its shapes are near the place. "
        "Export it again with longitude, or easting, first."
    )


# -- tables of postcodes -------------------------------------------------------------------------

#: Without what says which columns a table of postcodes has.
BARE = RECIPE.replace('postcode = "pcds"\neasting = "easting"\nnorthing = "northing"\n\n[green', "\n[green")

#: As Ordnance Survey publishes it: no headings; of the second postcode no place is known.
CODE_POINT = (
    '"ZZ1 1AA",10,401500,300500,"E92000001","E19000001","E18000001","","E07000001","E05000001"\n'
    '"ZZ1 1AB",90,0,0,"E92000001","E19000001","E18000001","","E07000001","E05000001"\n'
    '"ZZ111AC",10,401600,300500,"E92000001","E19000001","E18000001","","E07000001","E05000001"\n'
)


def of_postcodes(place) -> tuple[dict[str, tuple[int, int]], tuple[int, int], list[str]]:
    """Where the postcodes of a place are, the rows read and used of their table, and what was told of it."""
    at = {code: (round(point.x), round(point.y)) for code, point in place.postcodes.items()}
    layer = next(each for each in place.layers if each.name == "postcodes")
    told = [str(problem) for problem in place.problems if problem.file == layer.file]
    return at, (layer.rows_in, layer.rows_used), told


def test_code_point_open_goes_in_as_published_without_headings(tmp_path):
    place = load(write_toy(tmp_path, place_toml=BARE, postcodes_csv=CODE_POINT))
    assert of_postcodes(place) == (
        {"ZZ11AA": (401_500, 300_500), "ZZ111AC": (401_600, 300_500)},
        (3, 2),
        ["postcodes.csv: 1 postcode without a usable location. Nothing to do, unless it is one of yours."],
    )
    assert "Chess Club" in set(place.assets["name"])


def test_code_point_open_goes_in_as_published_as_a_geopackage(tmp_path):
    home = write_toy(tmp_path, place_toml=BARE.replace("postcodes.csv", "codepo_gb.gpkg"))
    gpd.GeoDataFrame(
        {
            "postcode": ["ZZ1 1AA", "ZZ1 1AB", "ZZ111AC"],
            "positional_quality_indicator": [10, 90, 10],
            "country_code": "E92000001",
        },
        geometry=[Point(401_500, 300_500), Point(0, 0), Point(401_600, 300_500)],
        crs=27700,
    ).to_file(home / "codepo_gb.gpkg", layer="codepoint")
    assert of_postcodes(load(home)) == (
        {"ZZ11AA": (401_500, 300_500), "ZZ111AC": (401_600, 300_500)},
        (3, 2),
        ["codepo_gb.gpkg: 1 postcode without a usable location. Nothing to do, unless it is one of yours."],
    )


def test_a_table_of_postcodes_that_begins_with_one_and_is_no_code_point_open_is_refused(tmp_path):
    rows = "ZZ1 1AA,401500,300500\nZZ1 1AB,401600,300500\n"
    with pytest.raises(PlaceError) as fault:
        load(write_toy(tmp_path, place_toml=BARE, postcodes_csv=rows))
    assert str(fault.value) == (
        "postcodes.csv: Its first row is a postcode and no heading, and it has not the 10 columns of Code-Point Open. "
        "Put a row of headings above it, such as postcode, eastings and northings."
    )


def test_a_geopackage_of_postcodes_of_another_place_is_refused(tmp_path):
    home = write_toy(tmp_path, place_toml=BARE.replace("postcodes.csv", "far.gpkg"))
    far = gpd.GeoDataFrame({"postcode": ["ZZ1 1AA"]}, geometry=[Point(400_500, 900_500)], crs=27700)
    far.to_file(home / "far.gpkg")
    with pytest.raises(PlaceError) as fault:
        load(home)
    assert str(fault.value) == (
        "far.gpkg: None of its postcodes is within 100 km of the place. "
        "Check that it is of this place, the file’s CRS and the order of its coordinates."
    )
