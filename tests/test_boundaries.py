"""Boundaries of every level, in every format: recognised, never guessed, and mended or refused in words."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Polygon, box

from assetmap import PlaceError, load
from assetmap.sources.boundaries import read_areas
from assetmap.sources.files import read_shapes
from assetmap.sources.recipe import Entry
from tests.test_fetch import serve
from tests.toy import CODES, RECIPE, SIDE, SOUTH, WEST, write_toy


def squares(codes=CODES, west=WEST, south=SOUTH, crs=27700) -> gpd.GeoDataFrame:
    shapes = [box(west + SIDE * n, south, west + SIDE * (n + 1), south + SIDE) for n in range(len(codes))]
    return gpd.GeoDataFrame({"area_code": codes, "area_name": list(codes)}, geometry=shapes, crs=crs)


def entry(folder, file: str, **said: str) -> Entry:
    return Entry("areas", {"file": file, "code": "area_code", **said}, folder)


def written(folder, frame: gpd.GeoDataFrame, file: str = "areas.gpkg", **said: str) -> Entry:
    frame.to_file(folder / file)
    return entry(folder, file, **said)


def faults(asked: Entry, crs: str | None = None) -> list[str]:
    with pytest.raises(PlaceError) as caught:
        read_areas(asked, crs)
    return [str(problem) for problem in caught.value.problems]


# -- formats -------------------------------------------------------------------------------------


def topology(frame: gpd.GeoDataFrame, **more) -> str:
    """TopoJSON with one arc an area."""
    shapes = [
        {"type": "Polygon", "properties": {"area_code": code}, "arcs": [[n]]}
        for n, code in enumerate(frame["area_code"])
    ]
    arcs = [list(map(list, shape.exterior.coords)) for shape in frame.geometry]
    objects = {"areas": {"type": "GeometryCollection", "geometries": shapes}}
    return json.dumps({"type": "Topology", "objects": objects, "arcs": arcs, **more})


def zip_of(folder, name: str, *files) -> None:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for file in files:
            archive.write(file, file.relative_to(folder))


@pytest.mark.parametrize(
    "file", ["a.gpkg", "a.geojson", "a.shp", "a.fgb", "a.parquet", "a.topojson", "a.json", "a.zip"]
)
def test_every_format_gives_the_same_areas(tmp_path, file):
    frame = squares()
    if file == "a.parquet":
        frame.to_parquet(tmp_path / file)
    elif file in ("a.topojson", "a.json"):
        (tmp_path / file).write_text(topology(frame.to_crs(4326)))
    elif file == "a.zip":
        (tmp_path / "lsoa").mkdir()
        frame.to_file(tmp_path / "lsoa/Areas.shp")
        (tmp_path / "lsoa/read me.txt").write_text("Contains OS data")
        (tmp_path / "lsoa/metadata.json").write_text("{}")
        zip_of(tmp_path, file, *sorted((tmp_path / "lsoa").iterdir()))
    else:
        frame.to_file(tmp_path / file)
    areas, level, problems = read_areas(entry(tmp_path, file, level="lsoa21"), None)
    assert (level, problems, areas.crs.to_epsg()) == ("lsoa21", [], 27700)
    assert areas.index.tolist() == list(CODES)
    assert (
        areas.symmetric_difference(frame.geometry.set_axis(list(CODES))).area < 10
    ).all()  # a few millimetres


def test_a_topology_that_names_its_reference_system_is_believed(tmp_path):
    named = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}}
    (tmp_path / "a.topojson").write_text(topology(squares(), **named))
    assert read_areas(entry(tmp_path, "a.topojson", level="lsoa21"), None)[0].area.round().eq(SIDE**2).all()
    (tmp_path / "b.topojson").write_text(topology(squares()))
    assert faults(entry(tmp_path, "b.topojson", level="lsoa21")) == [
        "b.topojson: It says that its coordinates are degrees, but they go up to 404,000. "
        'They look like metres: add crs = "EPSG:27700" (or its own) to [areas].'
    ]


def test_a_zip_of_several_layers_asks_which(tmp_path):
    for name in ("areas", "wards"):
        (tmp_path / name).mkdir()
        squares().to_file(tmp_path / name / f"{name}.shp")
    squares().to_file(tmp_path / "wards/areas.gpkg", layer="areas")
    zip_of(tmp_path, "a.zip", *sorted(tmp_path.glob("*/*")))
    assert faults(entry(tmp_path, "a.zip", level="lsoa21")) == [
        "a.zip: It holds 3 layers. Say which in [areas], as layer = one of: areas, areas: areas, wards."
    ]
    assert len(read_areas(entry(tmp_path, "a.zip", level="lsoa21", layer="wards"), None)[0]) == 4


def test_a_zip_without_shapes_says_what_it_holds(tmp_path):
    (tmp_path / "hubs.csv").write_text("name\n")
    zip_of(tmp_path, "a.zip", tmp_path / "hubs.csv")
    assert faults(entry(tmp_path, "a.zip", level="lsoa21")) == [
        "a.zip: It holds no file of shapes. It holds: hubs.csv. Unpack it, and name the file that you need."
    ]


def test_a_zip_in_a_recipe_is_looked_through_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../areas.geojson", "{}")
    assert faults(entry(tmp_path, "a.zip", level="lsoa21")) == [
        "a.zip: It holds “../areas.geojson”, which would be put outside its own folder. "
        "Do not use it; ask whoever made it for the files themselves."
    ]


def test_a_shapefile_without_its_other_files_says_which_are_missing(tmp_path):
    squares().to_file(tmp_path / "a.shp")
    (tmp_path / "a.dbf").unlink()
    (tmp_path / "a.shx").unlink()
    assert faults(entry(tmp_path, "a.shp", level="lsoa21")) == [
        "a.shp: A shapefile is several files, and of this one .dbf and .shx is missing. "
        "Put all of its files into one folder, or name the zip that they came in."
    ]


def test_the_styles_that_qgis_keeps_in_a_geopackage_are_no_layer(tmp_path):
    asked = written(tmp_path, squares(), level="lsoa21")
    styles = gpd.GeoDataFrame({"styleName": ["blue"]}, geometry=[None])
    styles.drop(columns="geometry").pipe(pd.DataFrame).pipe(_add_table, tmp_path / "areas.gpkg")
    assert len(read_areas(asked, None)[0]) == 4


def _add_table(table: pd.DataFrame, path) -> None:
    import pyogrio

    pyogrio.write_dataframe(table, path, layer="layer_styles", append=True)


def test_a_table_without_shapes_is_told_so(tmp_path):
    pd.DataFrame(squares().drop(columns="geometry")).to_parquet(tmp_path / "a.parquet")
    assert faults(entry(tmp_path, "a.parquet", level="lsoa21")) == [
        "a.parquet: It holds a table without shapes. Name a file with shapes, such as GeoJSON or GeoPackage."
    ]


_OTHER_FILE = """<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""
_COMMANDS = '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {}"}}'


@pytest.mark.parametrize("content", [_OTHER_FILE, _COMMANDS])
@pytest.mark.parametrize("ending", ["geojson", "json", "topojson", "gpkg", "shp", "fgb", "kml", "parquet"])
def test_a_file_that_would_open_another_is_refused(tmp_path, content, ending):
    squares().to_file(tmp_path / "secret.gpkg", layer="a")
    (tmp_path / f"a.{ending}").write_text(content.format(tmp_path / "secret.gpkg"))
    for part in ("shx", "dbf"):
        (tmp_path / f"a.{part}").write_text("")
    assert faults(entry(tmp_path, f"a.{ending}", level="lsoa21")) == [
        f"a.{ending}: It cannot be read as shapes; it may be cut short or of another type. Download or export it again."
    ]


@pytest.mark.parametrize("name", ["crs", "CRS", "\\u0063rs", "c\\u0072\\u0053"])
@pytest.mark.parametrize(
    "said",
    ['{"type": "link", "properties": {"href": "URL"}}', '{"properties": {"url": "URL"}, "type": "URL"}'],
)
@pytest.mark.parametrize("ending", ["geojson", "json", "topojson"])
def test_no_address_that_a_file_names_is_asked(tmp_path, ending, said, name):
    """GDAL would follow such a link to any host, this computer and its neighbours included."""
    whole = json.loads(squares().to_crs(4326).to_json())
    whole.pop("crs", None)
    with serve(lambda each: each.answer(b"PROJCS[]")) as (url, asked):
        text = json.dumps(whole)[:-1] + f', "{name}": {said.replace("URL", url + "/crs", 1)}}}'
        (tmp_path / f"a.{ending}").write_text(text)
        assert faults(entry(tmp_path, f"a.{ending}", level="lsoa21")) == [
            f"a.{ending}: It says its coordinate reference system (CRS) by a web address, and none is asked. "
            "Export it again in a CRS that it names itself, such as EPSG:4326."
        ]
    assert asked == []


def test_a_column_of_the_name_crs_is_a_column(tmp_path):
    frame = squares().to_crs(4326).assign(crs="EPSG:27700, as surveyed")
    frame.to_file(tmp_path / "a.geojson")
    assert len(read_areas(entry(tmp_path, "a.geojson", level="lsoa21"), None)[0]) == 4


_KML = """<?xml version="1.0" encoding="UTF-8"?>
{}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>Hubs</name>{}</Folder><Folder><name>Parks</name>{}</Folder></Document></kml>"""
_MARK = "<Placemark><name>{}</name><Point><coordinates>-1.99,52.6,0</coordinates></Point></Placemark>"


@pytest.mark.parametrize("file", ["a.kml", "a.kmz"])
def test_folders_of_a_kml_are_layers_and_its_points_are_assets(tmp_path, file):
    text = _KML.format("", _MARK.format("The Hub") + _MARK.format("The Other Hub"), _MARK.format("The Park"))
    if file == "a.kmz":
        with zipfile.ZipFile(tmp_path / file, "w") as archive:
            archive.writestr("doc.kml", text)
    else:
        (tmp_path / file).write_text(text)
    listed = {"name": "Hubs", "file": file, "kind": "community_hub", "title": "Name"}
    with pytest.raises(PlaceError) as caught:
        read_shapes(Entry("assets", listed, tmp_path))
    assert (
        str(caught.value)
        == f"{file}: It holds 2 layers. Say which in [assets], as layer = one of: Hubs, Parks."
    )
    shapes = read_shapes(Entry("assets", {**listed, "layer": "Hubs"}, tmp_path))
    assert shapes["Name"].tolist() == ["The Hub", "The Other Hub"]
    assert (shapes.crs.to_epsg(), shapes.geometry.has_z.any()) == (4326, False)


@pytest.mark.parametrize("file", ["a.kml", "a.kmz"])
def test_a_kml_that_defines_words_is_refused(tmp_path, file):
    text = _KML.format('<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>', _MARK.format("&x;"), "")
    if file == "a.kmz":
        with zipfile.ZipFile(tmp_path / file, "w") as archive:
            archive.writestr("doc.kml", text)
    else:
        (tmp_path / file).write_text(text)
    with pytest.raises(PlaceError) as caught:
        read_shapes(Entry("assets", {"file": file}, tmp_path))
    assert str(caught.value).startswith(f"{file}: Its head defines “x” as a word for something else")


def test_one_broken_shape_is_told_by_its_row(tmp_path):
    features = json.loads(squares().to_crs(4326).to_json())
    features["features"][2]["geometry"]["coordinates"][0] = [[-1.9, 52.6], [-1.8, 52.6], [-1.9, 52.6]]
    (tmp_path / "a.geojson").write_text(json.dumps(features))
    assert faults(entry(tmp_path, "a.geojson", level="lsoa21")) == [
        "a.geojson, row 3, column “geometry”: The area has no polygon. Boundaries must be polygons."
    ]


# -- level and vintage ---------------------------------------------------------------------------

#: A code that was new in 2021, and one that was there in 2011 too.
NEW, OLD = "E01035000", "E01000001"


@pytest.mark.parametrize(
    ("column", "file", "codes", "level", "sign"),
    [
        ("LSOA21CD", "a.gpkg", CODES, "lsoa21", "the column “LSOA21CD” says lsoa21"),
        ("lsoa11cd", "a.gpkg", CODES, "lsoa11", "the column “lsoa11cd” says lsoa11"),
        (
            "code",
            "lsoa_2011_trafford_lsoa_generalised.geojson",
            CODES,
            "lsoa11",
            "the file’s name says lsoa11",
        ),
        (
            "code",
            "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5.gpkg",
            CODES,
            "lsoa21",
            "the file’s name says lsoa21",
        ),
        ("code", "a.gpkg", (OLD, NEW), "lsoa21", "its codes are of lsoa21, such as E01035000"),
        ("OA21CD", "a.gpkg", ("E00000001", "W00000001"), "oa21", "the column “OA21CD” says oa21"),
        ("MSOA21CD", "a.gpkg", ("E02000001",), "msoa21", "the column “MSOA21CD” says msoa21"),
        ("WD24CD", "a.gpkg", ("E05000001", "W05000001"), "ward24", "the column “WD24CD” says ward24"),
        (
            "code",
            "ward_2023_gm_ward_generalised.geojson",
            ("E05000001",),
            "ward23",
            "the file’s name says ward23",
        ),
        (
            "LAD24CD",
            "a.gpkg",
            ("E06000001", "E08000001", "W06000001"),
            "lad24",
            "the column “LAD24CD” says lad24",
        ),
        ("code", "a.gpkg", ("S01006506", "S01013481"), "dz11", "its codes are of dz11, such as S01006506"),
        ("DataZone", "a.gpkg", ("S01013482",), "dz22", "its codes are of dz22, such as S01013482"),
    ],
)
def test_the_level_is_recognised_and_told(tmp_path, column, file, codes, level, sign):
    frame = squares(codes).rename(columns={"area_code": column})
    frame.to_file(tmp_path / file)
    areas, found, (problem,) = read_areas(entry(tmp_path, file, code=column), None)
    assert (found, len(areas), areas.crs.to_epsg()) == (level, len(codes), 27700)
    assert str(problem) == (
        f'{file}: Its areas are taken to be {level}: {sign}. Nothing to do; level = "{level}" in [areas] says it for sure.'
    )
    assert problem.severity == "note"


@pytest.mark.parametrize("stated", ["lsoa21", "LSOA21", "lsoa2021"])
def test_a_level_that_is_stated_is_believed_where_nothing_speaks_against_it(tmp_path, stated):
    assert read_areas(written(tmp_path, squares(), level=stated), None)[1:] == ("lsoa21", [])


def test_areas_of_ones_own_are_as_the_recipe_says(tmp_path):
    patches = squares(("North", "South"))
    assert read_areas(written(tmp_path, patches, level="custom"), None)[1:] == ("custom", [])


@pytest.mark.parametrize(
    ("codes", "said", "message"),
    [
        (
            CODES,
            {},
            "Its codes are those of LSOAs, and nothing tells of which year. "
            'Add to [areas] level = "lsoa11" or level = "lsoa21".',
        ),
        (
            CODES,
            {"level": "lsoa"},
            "Its codes are those of LSOAs, and nothing tells of which year. "
            'Add to [areas] level = "lsoa11" or level = "lsoa21".',
        ),
        (
            ("E05000001",),
            {},
            "Its codes are those of wards, and nothing tells of which year. "
            'Add to [areas] level with the year, such as level = "ward24".',
        ),
        (
            (*CODES[:3], "E02000001"),
            {},
            "Its codes are of more than one level: 3 of LSOAs (such as E01000001), 1 of MSOAs (such as E02000001). "
            "Keep the areas of one level.",
        ),
        (
            (*CODES[:3], "E02000001"),
            {"level": "lsoa21"},
            "1 code not of lsoa21 areas, such as “E02000001”. "
            "Mend level or code in [areas]; codes of that level begin with E01 or W01.",
        ),
        (
            ("S01006506", "S01013482"),
            {"level": "dz22"},
            "Its codes are of more than one vintage: dz11 (such as S01006506) and dz22 (such as S01013482). "
            "Keep the areas of one vintage.",
        ),
        (
            (OLD, NEW),
            {"level": "lsoa11"},
            "The recipe says lsoa11, but its codes are of lsoa21, such as E01035000. "
            "Mend level or code in [areas], or name boundaries of that vintage.",
        ),
        (
            ("S01006506",),
            {"level": "dz22"},
            "The recipe says dz22, but its codes are of dz11, such as S01006506. "
            "Mend level or code in [areas], or name boundaries of that vintage.",
        ),
        (
            ("E12000001",),
            {},
            "1 code of no level that assetmap knows, such as “E12000001”. "
            'Name the column of the codes; or, if the areas are your own, add level = "custom" to [areas].',
        ),
        (
            ("North", "South"),
            {},
            "Its codes are none that assetmap knows, such as “North”. "
            'Name the column of the codes; or, if the areas are your own, add level = "custom" to [areas].',
        ),
    ],
)
def test_a_level_that_cannot_be_told_is_never_guessed(tmp_path, codes, said, message):
    assert faults(written(tmp_path, squares(codes), **said)) == [f"areas.gpkg, column “area_code”: {message}"]


def test_a_year_that_a_level_never_had(tmp_path):
    assert faults(written(tmp_path, squares(), level="lsoa24")) == [
        "areas.gpkg: There are no lsoa24 areas. Say one of: lsoa11, lsoa21."
    ]


def test_a_heading_that_speaks_against_the_recipe(tmp_path):
    frame = squares().rename(columns={"area_code": "LSOA11CD"})
    assert faults(written(tmp_path, frame, code="LSOA11CD", level="lsoa21")) == [
        "areas.gpkg, column “LSOA11CD”: The recipe says lsoa21, but the column “LSOA11CD” says lsoa11. "
        "Mend level or code in [areas], or name boundaries of that vintage."
    ]


@pytest.mark.parametrize("odd", ["E0100001", "e01000001", "E01 000001", "E010000012", "EO1000001", "1000001"])
@pytest.mark.parametrize("said", [{"level": "lsoa21"}, {}])
def test_codes_that_are_not_well_formed(tmp_path, odd, said):
    assert faults(written(tmp_path, squares((*CODES[:2], odd)), **said)) == [
        f"areas.gpkg, row 3, column “area_code”: 1 code not well formed, such as “{odd}”. "
        "A code is a letter and eight digits, such as E01000001; mend them."
    ]


def test_areas_without_a_code(tmp_path):
    assert faults(written(tmp_path, squares((*CODES[:2], None, "")), level="lsoa21")) == [
        "areas.gpkg, row 3, column “area_code”: 2 areas without a code. Give every area its code."
    ]


def test_a_place_without_a_level_in_its_recipe_joins_its_tables_all_the_same(tmp_path):
    recipe = RECIPE.replace('level = "lsoa21"\n', "").replace(
        'code = "area_code"\nname', 'code = "LSOA21CD"\nname'
    )
    folder = write_toy(tmp_path, place_toml=recipe)
    shapes = json.loads((folder / "areas.geojson").read_text().replace('"area_code"', '"LSOA21CD"'))
    (folder / "areas.geojson").write_text(json.dumps(shapes))
    place = load(folder)
    assert (place.level, place.deprivation["imd_decile"].tolist()) == ("lsoa21", [1, 2, 6, 10])
    (folder / "place.toml").write_text(recipe.replace('index = "IoD2025"', 'index = "IoD2019"'))
    with pytest.raises(PlaceError, match="but the boundaries are lsoa21"):
        load(folder)


# -- where areas are -----------------------------------------------------------------------------


@pytest.mark.parametrize("crs", [29902, 2157, 29903])
@pytest.mark.parametrize("codes", [("N20000001", "N20000002"), ("N21000001",), ("N09000003",)])
def test_northern_ireland_is_measured_in_its_own_grid(tmp_path, crs, codes):
    west, south = (734_000, 873_000) if crs == 2157 else (334_000, 373_000)
    asked = written(
        tmp_path,
        squares(codes, west, south, crs),
        level={"0": "dz21", "1": "sdz21", "9": "lad24"}[codes[0][2]],
    )
    areas, _, problems = read_areas(asked, None)
    assert (areas.crs.to_epsg(), problems) == (2157, [])
    assert areas.area.to_numpy() == pytest.approx(SIDE**2, rel=1e-3)
    lon, lat = areas.to_crs(4326).union_all().centroid.coords[0]
    assert (round(lon, 1), round(lat, 1)) in {(-5.9, 54.6)}


def test_both_sides_of_the_irish_sea_are_two_places(tmp_path):
    both = pd.concat([squares(CODES[:2]), squares(("N20000001",), 334_000, 373_000, 29902).to_crs(27700)])
    assert faults(written(tmp_path, both, level="custom")) == [
        "areas.gpkg: It holds areas of Northern Ireland and of Great Britain, and no one grid is true over both. "
        "Make two places of them."
    ]


def test_northern_irish_codes_elsewhere(tmp_path):
    assert faults(written(tmp_path, squares(("N20000001",)), level="dz21")) == [
        "areas.gpkg: The codes are Northern Ireland’s, but the shapes are not in Ireland. "
        "Check the file’s CRS, and that longitude and latitude are not swapped."
    ]


def test_a_reference_system_that_lies_is_found_by_where_it_puts_the_codes(tmp_path):
    lying = squares().set_crs(3857, allow_override=True)
    assert faults(written(tmp_path, lying, level="lsoa21")) == [
        "areas.gpkg: The codes are British, but the shapes are not in Britain. "
        "Check the file’s CRS, and that longitude and latitude are not swapped."
    ]
    assert len(read_areas(entry(tmp_path, "areas.gpkg", level="lsoa21", crs="EPSG:27700"), None)[0]) == 4


def test_swapped_axes_are_noticed_without_codes_to_tell_by(tmp_path):
    swapped = squares(("North", "South")).to_crs(4326)
    swapped.geometry = swapped.geometry.transform(lambda points: points[:, ::-1])
    asked = written(tmp_path, swapped, level="custom")
    assert faults(asked) == [
        "areas.gpkg: Longitude and latitude look swapped: the other way round the shapes are in or near Britain. "
        "Swap them; or, if the place is truly in the Indian Ocean, name a projected crs in [place]."
    ]
    assert read_areas(asked, "EPSG:32739")[0].crs.to_epsg() == 32739


# -- shapes --------------------------------------------------------------------------------------


def test_areas_that_overlap_are_told_with_how_much_and_which(tmp_path):
    frame = squares()
    frame.loc[1, "geometry"] = box(WEST + SIDE - 200, SOUTH, WEST + 2 * SIDE + 100, SOUTH + SIDE)
    *_, (problem,) = read_areas(written(tmp_path, frame, level="lsoa21"), None)
    assert str(problem) == (
        "areas.gpkg: Areas overlap: 30.0 hectares belong to more than one. Most of it is between E01000001 and E01000002. "
        "Mend the boundaries, or look for areas of two vintages; a place there is counted in one area."
    )


def test_one_shape_under_two_codes_is_told(tmp_path):
    frame = squares()
    frame.loc[1, "geometry"] = frame.geometry[0]
    *_, (problem,) = read_areas(written(tmp_path, frame, level="lsoa21"), None)
    assert problem.what == (
        "Areas overlap: 100.0 hectares belong to more than one. Most of it is between E01000001 and E01000002."
    )


def test_a_bow_tie_is_mended_and_told(tmp_path):
    frame = squares()
    frame.loc[0, "geometry"] = Polygon(
        [(WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE), (WEST + SIDE, SOUTH), (WEST, SOUTH + SIDE)]
    )
    areas, _, (problem,) = read_areas(written(tmp_path, frame, level="lsoa21"), None)
    assert areas.area.round().tolist() == [500_000, 1_000_000, 1_000_000, 1_000_000]
    assert str(problem) == (
        "areas.gpkg: 1 boundary that crosses itself was mended: E01000001. Nothing to do, unless they look wrong on the map."
    )


# -- real boundaries -----------------------------------------------------------------------------


@pytest.mark.realdata
def test_real_output_areas_of_which_317_stand_twice(realdata):
    asked = Entry(
        "areas",
        {"file": "council__oa.geojson", "code": "area_code", "level": "oa21"},
        realdata / "trafford/boundaries",
    )
    areas, level, problems = read_areas(asked, None)
    assert (len(areas), level) == (738, "oa21")
    assert {problem.severity for problem in problems} == {"duplicate"}
    assert len(problems) == 1_055 - 738 == 317
    assert str(problems[0]) == (
        "council__oa.geojson, row 318, column “area_code”: The area E00030771 stands here a second time; the first is used. Remove one."
    )


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "code", "areas", "level"),
    [
        ("lsoa_2021_trafford_lsoa_generalised.geojson", "area_code", 139, "lsoa21"),
        ("lsoa_2011_trafford_lsoa_generalised.geojson", "area_code", 138, "lsoa11"),
        ("ward_2023_gm_ward_generalised.geojson", "area_code", 215, "ward23"),
        ("local_authority_2023_gm_local_authority_generalised.geojson", "area_code", 10, "lad23"),
    ],
)
def test_real_boundaries_are_recognised(realdata, file, code, areas, level):
    found, told, problems = read_areas(
        Entry("areas", {"file": file, "code": code}, realdata / "trafford/boundaries"), None
    )
    assert (len(found), told) == (areas, level)
    assert problems[0].what.startswith(f"Its areas are taken to be {level}: ")


@pytest.mark.realdata
def test_real_msoas_put_together_from_their_lsoas(realdata, tmp_path):
    """No file of MSOAs is at hand: their shapes and names are those of the LSOAs in them, their codes made up."""
    lsoas = gpd.read_file(realdata / "trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson")
    lsoas = lsoas.set_geometry(lsoas.make_valid())
    lsoas["area_name"] = lsoas["area_name"].str[:-1]
    msoas = lsoas.dissolve("area_name").reset_index()[["area_name", "geometry"]]
    msoas["MSOA21CD"] = [f"E02{n:06}" for n in range(len(msoas))]
    msoas.to_file(tmp_path / "msoas.geojson")
    areas, level, (told,) = read_areas(
        Entry("areas", {"file": "msoas.geojson", "code": "MSOA21CD", "name": "area_name"}, tmp_path), None
    )
    assert (len(areas), level) == (28, "msoa21")
    assert told.what == "Its areas are taken to be msoa21: the column “MSOA21CD” says msoa21."
    assert areas.area.sum() == pytest.approx(lsoas.to_crs(27700).union_all().area, rel=1e-3)


@pytest.mark.realdata
def test_all_real_codes_of_scottish_data_zones_are_known(realdata, tmp_path):
    codes = pd.read_csv(realdata / "uk/simd2020_dz11.csv.gz")["dz11_code"].tolist()
    shapes = [
        box(x, y, x + 900, y + 900)
        for x, y in ((300_000 + n % 84 * 1_000, 640_000 + n // 84 * 1_000) for n in range(len(codes)))
    ]
    zones = gpd.GeoDataFrame({"DataZone": codes}, geometry=shapes, crs=27700)
    zones.to_file(tmp_path / "SG_DataZone_Bdry.gpkg")
    asked = Entry("areas", {"file": "SG_DataZone_Bdry.gpkg", "code": "DataZone"}, tmp_path)
    areas, level, (told,) = read_areas(asked, None)
    assert (len(areas), level) == (6_976, "dz11")
    assert told.what == f"Its areas are taken to be dz11: its codes are of dz11, such as {codes[0]}."


@pytest.mark.realdata
def test_real_boundaries_of_2021_are_not_taken_for_those_of_2011(realdata):
    asked = {"file": "lsoa_2021_trafford_lsoa_generalised.geojson", "code": "area_code", "level": "lsoa11"}
    assert faults(Entry("areas", asked, realdata / "trafford/boundaries"))[0].startswith(
        "lsoa_2021_trafford_lsoa_generalised.geojson, column “area_code”: The recipe says lsoa11, but its codes are of lsoa21, such as E01"
    )


@pytest.mark.realdata
def test_every_code_that_was_new_in_2021_is_known_as_such(realdata):
    lookup = pd.read_csv(realdata / "england/lookup_lsoa11_lsoa21_ltla22.csv.gz")
    old, now = set(lookup["lsoa11_code"]), set(lookup["lsoa21_code"])
    for nation, first in (("E", 1_033_769), ("W", 1_001_959)):
        new = {int(code[1:]) for code in now - old if code[0] == nation}
        kept = {int(code[1:]) for code in old if code[0] == nation}
        assert min(new) == first > max(kept)
