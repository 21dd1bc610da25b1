"""Bad input is normal input: each fault has one clear message that says what, where and the remedy."""

from __future__ import annotations

import gzip
import json

import geopandas as gpd
import pytest
from shapely import LineString, MultiPoint, Point, Polygon, box

from assetmap import PlaceError, Settings, SettingsError, assess, load
from tests.toy import CODES, RECIPE, VENUES, write_toy

DEPRIVATION = "lsoa21_code,rank,decile,income\n" + "".join(
    f"{code},{n + 1},{n + 1},1\n" for n, code in enumerate(CODES)
)


def faults(folder) -> list[str]:
    with pytest.raises(PlaceError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def told(folder) -> list[str]:
    return [str(problem) for problem in load(folder).problems]


# -- the folder and its recipe -------------------------------------------------------------------


def test_no_such_folder(tmp_path):
    assert faults(tmp_path / "nowhere") == [
        f"{tmp_path / 'nowhere'}: There is no such place folder. Name a folder that holds a place.toml, or the word demo."
    ]


@pytest.mark.parametrize("name", ["x" * 5_000, "nul\0inside", "~nobody/here"])
def test_a_folder_name_that_no_folder_has(name):
    with pytest.raises(PlaceError, match="There is no such place folder"):
        load(name)


def test_folder_without_recipe(tmp_path):
    assert faults(tmp_path)[0].startswith(f"{tmp_path}: The folder has no place.toml.")


def test_every_fault_of_a_recipe_is_told_at_once(tmp_path):
    recipe = RECIPE.replace('level = "lsoa21"', 'levle = "lsoa21"').replace("[green_space]", "[greenspace]")
    assert faults(write_toy(tmp_path, place_toml=recipe)) == [
        "place.toml: [areas] says “levle”, which assetmap does not know. Did you mean “level”?",
        "place.toml: assetmap does not know a table [greenspace]. Did you mean [green_space]?",
    ]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("[place\n", "It is not valid TOML"),
        (b"\xff\xfe\x00", "It is not text in UTF-8"),
        (
            "[place]\nname = 7\n[areas]\nfile='a'\nlevel='l'\ncode='c'",
            "[place] name is 7. Write it as text in quotes.",
        ),
        ("place = 3", "[place] is not a table"),
        ("[place]\nname='x'", "There is no [areas] table"),
        (RECIPE + 'coverage = "everywhere"', "[assets] coverage is 'everywhere'. Use one of: place, beyond."),
        (RECIPE.replace('kind_column = "kind"\n', ""), "The list “Venues” must say what its assets are"),
        (
            RECIPE + "\n[settings]\ncatchment_min = 0",
            "setting “catchment_min”: “0” is not a usable value. Give a number from 1 to 60.",
        ),
        (RECIPE + "\n[settings]\ncatchment = 9", "setting “catchment”: There is no such setting."),
    ],
)
def test_unusable_recipe(tmp_path, recipe, message):
    folder = write_toy(tmp_path, place_toml=recipe)
    with pytest.raises((PlaceError, SettingsError)) as caught:
        load(folder)
    assert message in str(caught.value)


# -- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["areas.geojson", "deprivation.csv", "venues.csv", "green.geojson", "population.csv"]
)
def test_missing_and_empty_files_name_themselves(tmp_path, name):
    folder = write_toy(tmp_path)
    (folder / name).unlink()
    assert faults(folder)[0].startswith(f"{name}: There is no such file. Put it there")
    (folder / name).write_bytes(b"")
    assert faults(folder)[0] == f"{name}: The file is empty (0 bytes). Download or export it again."


def test_faults_of_several_files_are_told_together(tmp_path):
    folder = write_toy(tmp_path, venues_csv="", population_csv="")
    (folder / "green.geojson").unlink()
    assert [line.split(":")[0] for line in faults(folder)] == [
        "population.csv",
        "green.geojson",
        "venues.csv",
    ]


@pytest.mark.parametrize("name", ["areas.geojson", "green.geojson"])
def test_truncated_and_wrong_typed_shapes(tmp_path, name):
    folder = write_toy(tmp_path)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    assert faults(folder)[0].startswith(
        f"{name}: It cannot be read as shapes; it may be cut short or of another type"
    )
    (folder / name).write_bytes(b"%PDF-1.7 not a map")
    assert faults(folder)[0].startswith(f"{name}: It cannot be read as shapes")


def test_a_message_about_shapes_does_not_show_folders_of_this_machine(tmp_path):
    folder = write_toy(tmp_path, areas_geojson="nonsense")
    assert str(tmp_path) not in " ".join(faults(folder))


def test_truncated_gzip_and_wrong_typed_tables(tmp_path):
    recipe = RECIPE.replace("deprivation.csv", "deprivation.csv.gz")
    folder = write_toy(tmp_path, place_toml=recipe)
    (folder / "deprivation.csv.gz").write_bytes(gzip.compress(DEPRIVATION.encode() * 50)[:-20])
    assert faults(folder) == ["deprivation.csv.gz: The gzip file is cut short or damaged. Download it again."]
    for content in (b"PK\x03\x04 a workbook", b"PAR1 parquet", b"a\x00b,c\n"):
        assert faults(write_toy(tmp_path / "t", population_csv=content)) == [
            "population.csv: It is not a CSV file. Name it by its true ending, or export the table as CSV (UTF-8)."
        ]
    assert (
        "It is not a CSV file"
        in faults(write_toy(tmp_path / "h", population_csv="<html>\n<p>not found</p>"))[0]
    )
    assert (
        "The table has no rows" in faults(write_toy(tmp_path / "e", population_csv="area_code,people\n"))[0]
    )


def test_a_column_that_is_not_there(tmp_path):
    assert faults(write_toy(tmp_path, population_csv=f"code,people\n{CODES[0]},5\n")) == [
        "population.csv, column “area_code”: There is no column “area_code” (named as code in [population]). The file has: code, people."
    ]


# -- boundaries ----------------------------------------------------------------------------------


def squares(codes=CODES, crs: int | None = 27700, shapes=None) -> gpd.GeoDataFrame:
    shapes = shapes or [
        box(400_000 + 1_000 * n, 300_000, 401_000 + 1_000 * n, 301_000) for n in range(len(codes))
    ]
    return gpd.GeoDataFrame({"area_code": codes, "area_name": list(codes)}, geometry=shapes, crs=crs)


def with_boundaries(folder, frame: gpd.GeoDataFrame, name: str = "areas.gpkg"):
    write_toy(folder, place_toml=RECIPE.replace("areas.geojson", name))
    frame.to_file(folder / name)
    return folder


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize("name", ["areas.gpkg", "areas.shp"])
def test_boundaries_without_a_reference_system(tmp_path, name):
    frame = squares(crs=None).rename(columns={"area_code": "area_code", "area_name": "area_name"})
    folder = with_boundaries(tmp_path, frame, name)
    assert faults(folder) == [
        f"{name}: It does not say which coordinate reference system (CRS) it is in. "
        'If you know it, add crs = "EPSG:27700" (or its own) to [areas]; a shapefile needs its .prj.'
    ]
    recipe = (
        (folder / "place.toml")
        .read_text()
        .replace(f'file = "{name}"', f'file = "{name}"\ncrs = "EPSG:27700"')
    )
    (folder / "place.toml").write_text(recipe)
    assert len(load(folder).areas) == 4


def test_metres_that_say_they_are_degrees(tmp_path):
    lying = json.loads(squares().to_json())
    lying.pop("crs", None)
    assert faults(write_toy(tmp_path, areas_geojson=json.dumps(lying)))[0].startswith(
        "areas.geojson: It says that its coordinates are degrees, but they go up to 404,000. They look like metres"
    )


def test_points_where_boundaries_should_be(tmp_path):
    frame = squares()
    frame.geometry = frame.centroid
    assert (
        faults(with_boundaries(tmp_path, frame))[0]
        == "areas.gpkg, row 1, column “geometry”: The area has no polygon. Boundaries must be polygons."
    )


def test_codes_of_another_level(tmp_path):
    msoas = tuple(code.replace("E01", "E02") for code in CODES)
    assert faults(with_boundaries(tmp_path, squares(msoas)))[0].startswith(
        "areas.gpkg, column “area_code”: 4 codes not of lsoa21 areas, such as “E02000001”."
    )


def test_the_same_area_twice_is_told_and_used_once_but_two_shapes_are_refused(tmp_path):
    shape = box(400_000, 300_000, 401_000, 301_000)
    others = [box(401_000 + 1_000 * n, 300_000, 402_000 + 1_000 * n, 301_000) for n in range(3)]
    twice = squares((CODES[0], *CODES), shapes=[shape, shape, *others])
    place = load(with_boundaries(tmp_path / "same", twice))
    assert len(place.areas) == 4
    assert "The area E01000001 stands here a second time; the first is used." in str(place.problems[0])
    assert (place.layers[0].rows_in, place.layers[0].rows_used, place.layers[0].rows_set_aside) == (5, 4, 1)
    different = squares((CODES[0], *CODES), shapes=[shape, box(0, 0, 10, 10), *others])
    assert faults(with_boundaries(tmp_path / "other", different)) == [
        "areas.gpkg, row 2, column “area_code”: The code E01000001 stands for two different shapes. Keep one, or join them."
    ]


def test_a_boundary_that_crosses_itself_is_mended_and_told_and_one_without_area_is_refused(tmp_path):
    rest = [box(401_000 + 1_000 * n, 300_000, 402_000 + 1_000 * n, 301_000) for n in range(3)]
    spike = Polygon(
        [
            (400_000, 300_000),
            (401_000, 300_000),
            (401_000, 301_000),
            (400_000, 301_000),
            (400_000, 302_000),
            (400_000, 301_000),
        ]
    )
    place = load(with_boundaries(tmp_path / "spike", squares(shapes=[spike, *rest])))
    assert place.areas.area.round().tolist() == [1_000_000] * 4
    assert "1 boundary that crosses itself was mended: E01000001." in str(place.problems[0])
    line = Polygon([(400_000, 300_000), (401_000, 300_000), (400_000, 300_000)])
    assert (
        "The area has no polygon."
        in faults(with_boundaries(tmp_path / "line", squares(shapes=[line, *rest])))[0]
    )


def test_shapes_with_coordinates_that_are_no_numbers_are_told(tmp_path):
    rest = [box(401_000 + 1_000 * n, 300_000, 402_000 + 1_000 * n, 301_000) for n in range(3)]
    odd = Polygon([(float("inf"), 300_000), (401_000, 300_000), (401_000, 301_000)])
    assert "The area has no polygon." in faults(with_boundaries(tmp_path, squares(shapes=[odd, *rest])))[0]


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_one_vertex_that_is_no_number_is_enough(tmp_path):
    rest = [box(401_000 + 1_000 * n, 300_000, 402_000 + 1_000 * n, 301_000) for n in range(3)]
    odd = Polygon([(400_000, 300_000), (401_000, 300_000), (float("nan"), float("nan")), (400_000, 301_000)])
    assert "The area has no polygon." in faults(with_boundaries(tmp_path, squares(shapes=[odd, *rest])))[0]


def test_overlapping_areas_are_told(tmp_path):
    shapes = [box(400_000 + 1_000 * n, 300_000, 401_500 + 1_000 * n, 301_000) for n in range(4)]
    assert "Areas overlap: 150.0 hectares belong to more than one." in str(
        load(with_boundaries(tmp_path, squares(shapes=shapes))).problems[0]
    )


def test_an_area_without_a_name_is_called_by_its_code(tmp_path):
    frame = squares()
    frame["area_name"] = [None, "", "C", "D"]
    assert load(with_boundaries(tmp_path, frame)).areas["area_name"].tolist() == [*CODES[:2], "C", "D"]


def test_degrees_that_are_called_metres_and_shapes_that_are_not_where_their_codes_are(tmp_path):
    swapped = squares().to_crs(4326)
    swapped.geometry = swapped.geometry.transform(lambda points: points[:, ::-1])
    assert (
        "The codes are British, but the shapes are not in Britain."
        in faults(with_boundaries(tmp_path / "a", swapped))[0]
    )
    tiny = squares().to_crs(4326).set_crs(27700, allow_override=True)
    folder = with_boundaries(tmp_path / "b", tiny)
    assert faults(folder)[0] == (
        "areas.gpkg: It says that its coordinates are metres, but none is above 53. They look like degrees: add "
        'crs = "EPSG:4326" (or its own) to [areas].'
    )


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("EPSG:3857", "stretches distances here by 6"),
        ("EPSG:4326", "is not in metres"),
        ("EPSG:5701", "is not a known CRS of maps"),
        ("nonsense", "is not a known CRS of maps"),
    ],
)
def test_a_place_crs_whose_metres_are_not_true_here_is_refused(tmp_path, crs, message):
    recipe = RECIPE.replace('name = "Toytown"', f'name = "Toytown"\ncrs = "{crs}"')
    assert message in faults(write_toy(tmp_path, place_toml=recipe))[0]


def test_a_file_of_several_layers_asks_which(tmp_path):
    folder = with_boundaries(tmp_path, squares())
    squares().centroid.to_file(folder / "areas.gpkg", layer="centres")
    assert faults(folder) == [
        "areas.gpkg: It holds 2 layers. Say which in [areas], as layer = one of: areas, centres."
    ]
    recipe = (folder / "place.toml").read_text()
    named = recipe.replace('level = "lsoa21"', 'level = "lsoa21"\nlayer = "areas"')
    (folder / "place.toml").write_text(named)
    assert len(load(folder).areas) == 4
    (folder / "place.toml").write_text(named.replace('layer = "areas"', 'layer = "wards"'))
    assert faults(folder) == ["areas.gpkg: It has no layer “wards”. Its layers are: areas, centres."]


def test_every_part_of_a_shapefile_counts_in_its_checksum(tmp_path):
    folder = with_boundaries(tmp_path, squares(), "areas [2021].shp")
    before = load(folder).layers[0].sha256
    (folder / "areas [2021].cpg").write_text("UTF-8 ")
    assert load(folder).layers[0].sha256 != before


# -- green space ---------------------------------------------------------------------------------


def green(folder, entrances: gpd.GeoDataFrame, site: str = ""):
    named = f'site = "{site}"\n' if site else ""
    recipe = RECIPE.replace("[[assets]]", f'[entrances]\nfile = "doors.gpkg"\n{named}\n[[assets]]')
    write_toy(folder, place_toml=recipe)
    entrances.to_file(folder / "doors.gpkg")
    return folder


def test_an_entrance_far_from_its_site_is_rejected_and_several_points_are_several_entrances(tmp_path):
    edge = (402_600, 300_500)  # the park's west edge
    doors = gpd.GeoDataFrame(
        {"of": ["p", "p", "p"]},
        geometry=[
            MultiPoint([edge, (402_650, 300_400)]),
            Point(400_500, 300_500),
            LineString([edge, (402_700, 300_500)]),
        ],
        crs=27700,
    )
    place = load(green(tmp_path, doors, "of"))
    assert len(place.entrances) == 2
    rejected = {problem.row: problem.what for problem in place.problems if problem.severity == "rejected"}
    assert rejected == {
        2: "The entrance is more than 100 m from its site.",
        3: "The entrance is not a point.",
    }
    layer = next(layer for layer in place.layers if layer.table == "entrances")
    assert (layer.rows_in, layer.rows_used, layer.rows_rejected) == (3, 1, 2)


def test_entrances_that_match_no_site_are_told(tmp_path):
    doors = gpd.GeoDataFrame({"of": [7]}, geometry=[Point(402_600, 300_500)], crs=27700)
    assert any(
        "None of the entrances is one of a site that is open to all." in line
        for line in told(green(tmp_path, doors, "of"))
    )


# -- deprivation and population ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        (('index = "IoD2025"', 'index = "IoD2019"'), "IoD2019 was made for those"),
        (('index = "IoD2025"', 'level = "lsoa11"'), "the recipe says level = “lsoa11”"),
    ],
)
def test_deprivation_of_another_vintage_is_refused(tmp_path, change, sign):
    assert faults(write_toy(tmp_path, place_toml=RECIPE.replace(*change))) == [
        f"deprivation.csv, column “lsoa21_code”: This table is for lsoa11 areas ({sign}), but the boundaries are lsoa21. "
        "Use a table made for lsoa21 areas, or boundaries of lsoa11; joining the two would lose areas without a word. "
        "Or carry it over: add a [bridge] with the exact-fit lookup, and carry = true here."
    ]


@pytest.mark.parametrize("header", ["lsoa11_code", "LSOA code (2011)", "LSOA11CD", "LSOA Code 2011"])
def test_a_header_gives_the_vintage_away(tmp_path, header):
    recipe = RECIPE.replace('code = "lsoa21_code"\nindex = "IoD2025"', f'code = "{header}"')
    folder = write_toy(
        tmp_path, place_toml=recipe, deprivation_csv=DEPRIVATION.replace("lsoa21_code", header)
    )
    assert (
        f"is for lsoa11 areas (the column “{header}” says so), but the boundaries are lsoa21"
        in faults(folder)[0]
    )


def test_a_table_that_leaves_areas_of_the_same_nation_out_is_refused_unless_declared(tmp_path):
    short = "\n".join(DEPRIVATION.splitlines()[:-1])
    assert (
        "1 of 4 areas has no row here, such as E01000004: it may be of another vintage"
        in faults(write_toy(tmp_path, deprivation_csv=short))[0]
    )
    declared = RECIPE.replace('index = "IoD2025"', 'index = "IoD2025"\npartial = true')
    place = load(write_toy(tmp_path, deprivation_csv=short, place_toml=declared))
    assert place.deprivation["imd_decile"].isna().tolist() == [False, False, False, True]
    assert any(
        "1 of 4 areas without a deprivation decile: E01000004." in str(problem) for problem in place.problems
    )
    assert assess(place).areas.loc["E01000004", "reason"].startswith("Cannot tell: deprivation")


def test_a_table_of_another_country_joins_nothing(tmp_path):
    welsh = DEPRIVATION.replace("E01", "W01")
    assert (
        "None of its 4 rows is about an area of this place; its codes look like “W01000001”"
        in faults(write_toy(tmp_path, deprivation_csv=welsh))[0]
    )


def test_deciles_out_of_range_are_unknown_and_told(tmp_path):
    odd = DEPRIVATION.replace("E01000001,1,1,1", "E01000001,1,11,1").replace(
        "E01000002,2,2,1", "E01000002,2,two,1"
    )
    place = load(write_toy(tmp_path, deprivation_csv=odd))
    assert place.deprivation["imd_decile"].isna().tolist() == [True, True, False, False]
    assert any("“11” for E01000001 is not a usable value." in str(problem) for problem in place.problems)


def test_population_with_several_rows_an_area_asks_which(tmp_path):
    both = "area_code,sex,people\n" + "".join(
        f"{code},{sex},500\n" for code in CODES for sex in ("Females", "Persons")
    )
    assert (
        "The area E01000001 stands in 2 rows. Say in [population] which rows to use"
        in faults(write_toy(tmp_path, population_csv=both))[0]
    )
    chosen = RECIPE.replace('value = "people"', 'value = "people"\nwhere = { sex = "Persons" }')
    place = load(write_toy(tmp_path, population_csv=both, place_toml=chosen))
    assert place.population.tolist() == [500] * 4
    wrong = chosen.replace('"Persons"', '"People"')
    assert (
        "No row has “People” there." in faults(write_toy(tmp_path, population_csv=both, place_toml=wrong))[0]
    )


def test_origins_in_the_wrong_columns(tmp_path):
    swapped = RECIPE.replace(
        'easting = "easting"\nnorthing = "northing"\nmethod',
        'easting = "northing"\nnorthing = "easting"\nmethod',
    )
    assert (
        "The points of 4 areas are far from the place, such as that of E01000001. Check that the two columns"
        in faults(write_toy(tmp_path, place_toml=swapped))[0]
    )


# -- assets --------------------------------------------------------------------------------------

LONLAT = RECIPE.replace(
    'easting = "easting"\nnorthing = "northing"\npostcode = "postcode"',
    'lon = "lon"\nlat = "lat"\npostcode = "postcode"',
)
GOOD_ROW = "Good,Library,-1.9985,52.5975,"


MEND = "Put in the true coordinates, or leave both cells empty."
ASK_TAXONOMY = "Use a kind of assetmap/taxonomy.toml, or add the word to it."
WHERE = ", column “lon/lat”"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Swapped,Library,52.5975,-1.9985,", f"{WHERE}: Its lon and lat look swapped. Swap the two cells."),
        ("Null Island,Library,0,0,", f"{WHERE}: Its coordinates are (0, 0) or another sign for unknown. {MEND}"),
        ("No grid reference,Library,0,99.999999,", f"{WHERE}: Its coordinates are (0, 0) or another sign for unknown. {MEND}"),
        ("Metres,Library,400500,300500,", f"{WHERE}: Its longitude and latitude are too large to be degrees; they look like eastings and northings. {MEND}"),
        ("Text,Library,west,52.6,", f"{WHERE}: Its coordinates are not numbers. {MEND}"),
        ("Half,Library,,52.6,", f"{WHERE}: Its coordinates are not numbers. {MEND}"),
        ("Far,Library,-1.9985,57.15,", f"{WHERE}: It is 506 km away from the place. Check its coordinates."),
        ("At sea,Library,2.5,53.0,", f"{WHERE}: It is 303 km away from the place. Check its coordinates."),
        ("Nowhere,Library,,,", ": It has no location. Add coordinates or a postcode."),
        ("Old,Library,,,ZZ9 9ZZ", ", column “postcode”: The postcode “ZZ9 9ZZ” is not in the place’s postcode table. Check the postcode, or add coordinates; it may be outside the table’s reach or no longer in use."),
        ("Odd,Casino,-1.9985,52.5975,", f", column “kind”: “Casino” is not a kind that the taxonomy knows. {ASK_TAXONOMY}"),
        ("Blank,,-1.9985,52.5975,", f", column “kind”: It does not say what kind it is. {ASK_TAXONOMY}"),
        ("Ragged,Library,-1.9985", ": The row has 3 cells where the header has 5. Look for a missing quote or a separator too many."),
    ],
)  # fmt: skip
def test_a_bad_row_is_kept_out_with_its_reason_and_good_rows_go_on(tmp_path, row, message):
    venues = f"name,kind,lon,lat,postcode\n{GOOD_ROW}\n{row}\nAlso good,Hub,-1.9985,52.5975,\n"
    place = load(write_toy(tmp_path, place_toml=LONLAT, venues_csv=venues))
    assert sorted(place.assets["name"]) == ["Also good", "Good"]
    (problem,) = [each for each in place.problems if each.severity == "rejected"]
    assert str(problem) == f"venues.csv, row 3{message}"
    layer = next(layer for layer in place.layers if layer.name == "assets: Venues")
    assert (layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected) == (3, 2, 0, 1)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("300500,400500", "Its easting and northing look swapped. Swap the two cells."),
        ("0,0", f"Its coordinates are (0, 0) or another sign for unknown. {MEND}"),
        ("-1.99,52.6", f"Its easting and northing are too small; they look like a longitude and a latitude. {MEND}"),
        ("1e9,300500", f"Its easting and northing are too large for any point on earth. {MEND}"),
        ("400500,800500", "It is 500 km away from the place. Check its coordinates."),
    ],
)  # fmt: skip
def test_eastings_and_northings_that_cannot_be(tmp_path, cells, message):
    rows = f"name,kind,easting,northing,postcode\nGood,Library,400500,300500,\nBad,Library,{cells},\n"
    lines = told(write_toy(tmp_path, venues_csv=rows))
    assert [line for line in lines if line.startswith("venues.csv")] == [
        f"venues.csv, row 3, column “easting/northing”: {message}"
    ]


def test_points_just_out_at_sea_are_kept_and_told(tmp_path):
    """A list that stops at the border has nothing beyond it; three miles out may be a slip, or may be a pier."""
    venues = "name,kind,lon,lat,postcode\nGood,Library,-1.99,52.602,\nPier,Library,-1.9985,52.65,\n"
    place = load(write_toy(tmp_path, place_toml=LONLAT, venues_csv=venues))
    assert place.assets.set_index("name")["area_code"].isna().to_dict() == {"Good": False, "Pier": True}
    assert [str(each) for each in place.problems if each.file == "venues.csv"] == [
        "venues.csv: 1 place of 2 in no area, such as “Pier”, 4.8 km from the nearest. Nothing to do, if the list goes on "
        'beyond the border: say coverage = "beyond". If not, it may be misplaced.'
    ]


def test_the_same_place_told_twice_is_counted_once_whatever_the_order(tmp_path):
    rows = [
        GOOD_ROW,
        "good,library,-1.99750,52.5975,",
        "GOOD,Library,-1.99650,52.5975,",
    ]  # a chain of 68 m steps
    kept = set()
    for order in (rows, rows[::-1], [rows[0], rows[2], rows[1]]):
        venues = "name,kind,lon,lat,postcode\n" + "\n".join(order) + "\n"
        place = load(write_toy(tmp_path, place_toml=LONLAT, venues_csv=venues))
        kept.add(len(place.assets))
        doubles = [each for each in place.problems if each.severity == "duplicate"]
        assert [each.row for each in doubles] == [3, 4]
        assert "is already there, from venues.csv row 2. Counted once" in str(doubles[0])
        layer = next(layer for layer in place.layers if layer.name == "assets: Venues")
        assert (layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected) == (3, 1, 2, 0)
    assert kept == {1}


def test_names_in_any_script_are_names_of_their_own(tmp_path):
    venues = "name,kind,lon,lat,postcode\nصباح,Library,-1.9985,52.5975,\nمساء,Library,-1.9985,52.5975,\n"
    assert len(load(write_toy(tmp_path, place_toml=LONLAT, venues_csv=venues)).assets) == 2


def test_a_row_located_by_its_second_pair_of_columns_is_not_told_as_rejected(tmp_path):
    recipe = LONLAT.replace('lon = "lon"', 'easting = "e"\nnorthing = "n"\nlon = "lon"')
    venues = "name,kind,lon,lat,e,n,postcode\nA,Library,0,0,400500,300500,\nB,Library,0,0,,,ZZ1 1AA\nC,Library,0,0,x,y,\n"
    place = load(write_toy(tmp_path, place_toml=recipe, venues_csv=venues))
    assert sorted(place.assets["name"]) == ["A", "B"]
    assert [problem.row for problem in place.problems if problem.severity == "rejected"] == [4]


def test_a_list_of_a_whole_country_is_cut_to_the_place_without_a_word_a_row(tmp_path):
    far = "".join(f"Far {n},Library,-1.99,{56 + n / 100},\n" for n in range(30))
    place = load(
        write_toy(tmp_path, place_toml=LONLAT, venues_csv=f"name,kind,lon,lat,postcode\n{GOOD_ROW}\n{far}")
    )
    assert place.assets["name"].tolist() == ["Good"]
    assert [str(each) for each in place.problems if each.file == "venues.csv"] == [
        "venues.csv: 30 rows more than 10 km from the place: too far to walk to. Nothing to do."
    ]


def test_rows_that_where_leaves_out_are_set_aside_and_not_rejected(tmp_path):
    recipe = RECIPE + 'where = { kind = "Library" }\n'
    place = load(write_toy(tmp_path, place_toml=recipe))
    assert sorted(place.assets["name"]) == ["East Library", "West Library"]
    layer = next(layer for layer in place.layers if layer.name == "assets: Venues")
    assert (layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected) == (6, 2, 4, 0)


def with_shapes(folder, more: str = ""):
    """The venues as a GeoPackage of points, with a column of numbers."""
    points = gpd.GeoDataFrame(
        {"name": ["North", "South", None], "floor": [1, 2, 3]},
        geometry=gpd.points_from_xy([400_500, 400_600, 400_700], [300_500] * 3),
        crs=27700,
    )
    head = RECIPE[: RECIPE.index("[[assets]]")]
    entry = f'[[assets]]\nname = "Venues"\nfile = "venues.gpkg"\ntitle = "name"\nkind = "library"\n{more}'
    write_toy(folder, place_toml=head + entry)
    points.to_file(folder / "venues.gpkg", layer="venues")
    return folder


def test_where_chooses_among_shapes_too_and_numbers_are_compared_as_written(tmp_path):
    assert load(with_shapes(tmp_path, 'where = { floor = "2" }\n')).assets["name"].tolist() == ["South"]


def test_a_shape_without_a_name_gets_one_and_columns_that_cannot_apply_are_refused(tmp_path):
    names = set(load(with_shapes(tmp_path)).assets["name"])
    assert names == {"North", "South", "Library (name not given)"}
    assert (
        "is a file of shapes, and the recipe names uprn as well."
        in faults(with_shapes(tmp_path, 'uprn = "floor"\n'))[0]
    )


def test_two_lists_of_one_name_are_refused(tmp_path):
    second = RECIPE[RECIPE.index("[[assets]]") :]
    assert faults(write_toy(tmp_path, place_toml=RECIPE + second)) == [
        "place.toml: Two lists are called “Venues”. Give each list a name of its own."
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs_separate_too(tmp_path, separator):
    assert len(load(write_toy(tmp_path, venues_csv=VENUES.replace(",", separator))).assets) == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbf", "The file holds no text."),
        (gzip.compress(b""), "The file holds no text."),
        (
            b"A title\narea_code,people\nE01000001,5\n",
            "No row has as many cells as the header: The row has 2 cells where the header has 1.",
        ),
        (b"[1, 2]", "It is not a CSV file."),
    ],
)
def test_a_table_that_holds_nothing_usable(tmp_path, content, message):
    assert message in faults(write_toy(tmp_path, population_csv=content))[0]


@pytest.mark.parametrize(
    ("postcodes", "message"),
    [
        (
            "pcds,easting,northing\nZZ1 1AA,300500,401500\n",
            "None of its postcodes is within 100 km of the place.",
        ),
        ("pcds,easting,northing\nZZ1 1AA,0,0\n", "None of its postcodes is within 100 km of the place."),
        (
            "pcds,easting,northing\nZZ1 1AA,here,there\n",
            "None of its postcodes is within 100 km of the place.",
        ),
    ],
)
def test_a_postcode_table_that_cannot_be_right_is_refused(tmp_path, postcodes, message):
    assert message in faults(write_toy(tmp_path, postcodes_csv=postcodes))[0]


def test_postcodes_without_a_location_and_doubles_are_counted(tmp_path):
    table = "pcds,easting,northing\nZZ1 1AA,401500,300500\nzz11aa,0,0\nZZ1 1AA,402500,300500\n"
    lines = told(write_toy(tmp_path, postcodes_csv=table))
    assert "postcodes.csv: 1 postcode without a usable location." in " ".join(lines)
    assert "postcodes.csv: 1 postcode given a second time; the first is used." in " ".join(lines)


def test_windows_encoding_is_read_and_told(tmp_path):
    place = load(write_toy(tmp_path, venues_csv=VENUES.encode("cp1252")))
    assert "Corner Café" in set(place.assets["name"])
    assert any("It is not UTF-8; it was read as Windows-1252." in str(problem) for problem in place.problems)


def test_utf_16_with_its_mark_is_read(tmp_path):
    assert "Corner Café" in set(load(write_toy(tmp_path, venues_csv=VENUES.encode("utf-16"))).assets["name"])


def test_contact_addresses_are_counted_and_never_mapped(tmp_path):
    charities = "charity,contact_postcode\nHelping Hands,ZZ1 1AA\nGood Turn,ZZ1 1AA\n"
    recipe = RECIPE + '\n[[assets]]\nname = "Charities"\nfile = "charities.csv"\nrole = "contact"\n'
    place = load(write_toy(tmp_path, charities_csv=charities, place_toml=recipe))
    assert not place.assets["name"].isin(["Helping Hands", "Good Turn"]).any()
    layer = place.layers[-1]
    assert (layer.rows_in, layer.rows_used, layer.rows_set_aside) == (2, 0, 2)
    assert any("2 contact addresses read; none is mapped." in str(problem) for problem in place.problems)


def test_a_kind_that_the_taxonomy_lacks(tmp_path):
    recipe = RECIPE.replace('kind_column = "kind"', 'kind = "casino"')
    assert faults(write_toy(tmp_path, place_toml=recipe))[0].startswith(
        "place.toml, column “kind”: The list “Venues” has kind “casino”, which the taxonomy does not have. Use one of: library"
    )


def test_a_postcode_list_without_a_postcode_table(tmp_path):
    recipe = RECIPE[: RECIPE.index("[postcodes]")] + RECIPE[RECIPE.index("[green_space]") :]
    assert any(
        "It has only a postcode, and the place has no postcode table. Add [postcodes]" in line
        for line in told(write_toy(tmp_path, place_toml=recipe))
    )


# -- settings ------------------------------------------------------------------------------------


def test_every_unusable_setting_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings(catchment_min=-1, detour_factor=0.5, deprivation_domain="wealth")
    assert [problem.column for problem in caught.value.problems] == [
        "catchment_min",
        "detour_factor",
        "deprivation_domain",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "15", None])
def test_a_setting_must_be_a_number_in_range(value):
    with pytest.raises(SettingsError, match="catchment_min"):
        Settings(catchment_min=value)


def test_weights_of_nought_throughout_are_refused():
    with pytest.raises(SettingsError, match="Every theme has weight 0"):
        Settings(
            weight_hubs=0, weight_groups=0, weight_green_space=0, weight_meeting_places=0, weight_services=0
        )
