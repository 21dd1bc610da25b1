"""The same faults through every door that they can come by: one message each, that says what, where and the remedy."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import openpyxl
import osmium
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from assetmap import PlaceError, load
from tests.screens import screen
from tests.toy import CODES, RECIPE, SOUTH, WEST, middle, write_toy

BEFORE = RECIPE[: RECIPE.index("[green_space]")]
GREEN = RECIPE[RECIPE.index("[green_space]") : RECIPE.index("[[assets]]")]


def outcome(folder: Path, file: str) -> list[str]:
    """What is told of a file, with how grave it is; a fault that stops the load is fatal."""
    try:
        problems = load(folder).problems
    except PlaceError as error:
        problems = error.problems
    return [f"{each.severity}: {each}" for each in problems if each.file == file]


def fate(folder: Path, file: str) -> tuple[int, int, int, int]:
    """Rows in, used, set aside and rejected of a file."""
    layer = next(each for each in load(folder).layers if each.file == file)
    return layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected


# -- files of shapes -----------------------------------------------------------------------------

SQUARES = [box(WEST + 1_000 * n, SOUTH, WEST + 1_000 * (n + 1), SOUTH + 1_000) for n in range(4)]
POINTS = [Point(402_600, 300_500), Point(402_600, 300_450)]  # at the edge of the toy town's park
STREETS = [
    LineString([(WEST, SOUTH + 500), (WEST + 500, SOUTH + 500), (WEST + 4_000, SOUTH + 500)]),
    LineString([(WEST + 500, SOUTH), (WEST + 500, SOUTH + 500)]),
]


class Door(NamedTuple):
    """A table of the recipe that names a file of shapes: the recipe with it, and shapes that are good there."""

    recipe: str
    shapes: list[shapely.Geometry]


_ASSETS = '[[assets]]\nname = "L"\nfile = "x.gpkg"\ntitle = "name"\nkind = "library"\n'
DOORS = {
    "areas": Door(RECIPE.replace("areas.geojson", "x.gpkg").replace('"area_name"', '"name"'), SQUARES),
    "green_space": Door(
        f'{BEFORE}[green_space]\nfile = "x.gpkg"\nkind_value = "park"\nname = "name"\n', SQUARES[:3]
    ),
    "entrances": Door(f'{BEFORE}{GREEN}[entrances]\nfile = "x.gpkg"\n', POINTS),
    "assets": Door(f"{BEFORE}{_ASSETS}", POINTS),
    "bodies": Door(
        f'{BEFORE}[[bodies]]\nname = "B"\nfile = "x.gpkg"\ntitle = "name"\nkind = "Forum"\n', SQUARES[:3]
    ),
    "neighbourhoods": Door(
        f'{BEFORE}[[neighbourhoods]]\nname = "N"\nfile = "x.gpkg"\ntitle = "name"\n', SQUARES[:3]
    ),
    "network": Door(f'{BEFORE}[network]\nfile = "x.gpkg"\n', STREETS),
    "backdrop": Door(f'{BEFORE}[[backdrop]]\nfile = "x.gpkg"\nkind_value = "water"\n', SQUARES[:3]),
}
every_door = pytest.mark.parametrize("door", DOORS)


def frame(shapes, crs: int | None = 27700) -> gpd.GeoDataFrame:
    names = [f"S{n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"name": names, "area_code": [*CODES, *names][: len(shapes)]}, geometry=list(shapes), crs=crs
    )


def through(
    folder: Path, door: str, content: gpd.GeoDataFrame | bytes | str, file: str = "x.gpkg"
) -> list[str]:
    """What is told of the file when it comes by that door."""
    write_toy(folder, place_toml=DOORS[door].recipe.replace("x.gpkg", file))
    if isinstance(content, gpd.GeoDataFrame):
        content.to_file(folder / file)
    else:
        (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return outcome(folder, file)


def turned(given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same with the two coordinates of every point the other way round."""
    return given.set_geometry(
        gpd.GeoSeries(shapely.transform(given.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=given.crs)
    )


def moved(shape: shapely.Geometry, metres: float) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy + np.array([0, metres]))


@every_door
def test_good_shapes_are_all_used(tmp_path, door):
    told = through(tmp_path, door, frame(DOORS[door].shapes))
    assert [line for line in told if not line.startswith("note: ")] == []
    number = len(DOORS[door].shapes)
    assert fate(tmp_path, "x.gpkg") == (number, number, 0, 0)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@every_door
def test_a_missing_reference_system(tmp_path, door):
    assert through(tmp_path, door, frame(DOORS[door].shapes, None)) == [
        "fatal: x.gpkg: It does not say which coordinate reference system (CRS) it is in. "
        f'If you know it, add crs = "EPSG:27700" (or its own) to [{door}]; a shapefile needs its .prj.'
    ]


@every_door
def test_metres_that_are_called_degrees_and_degrees_that_are_called_metres(tmp_path, door):
    metres = json.loads(frame(DOORS[door].shapes).to_json())
    metres.pop("crs")
    (told,) = through(tmp_path, door, json.dumps(metres), "x.geojson")
    highest = round(max(shape.bounds[2] for shape in DOORS[door].shapes))
    assert told == (
        f"fatal: x.geojson: It says that its coordinates are degrees, but they go up to {highest:,}. "
        f'They look like metres: add crs = "EPSG:27700" (or its own) to [{door}].'
    )
    degrees = frame(DOORS[door].shapes).to_crs(4326).set_crs(27700, allow_override=True)
    assert through(tmp_path, door, degrees) == [
        "fatal: x.gpkg: It says that its coordinates are metres, but none is above 53. "
        f'They look like degrees: add crs = "EPSG:4326" (or its own) to [{door}].'
    ]


_OTHER_DOORS = "Check the column, or the file’s CRS, and that it is about this place."
_NOWHERE = {
    "areas": ["fatal: x.gpkg: The codes are British, but the shapes are not in Britain. Check the file’s CRS, and that longitude and latitude are not swapped."],
    "green_space": ["fatal: x.gpkg: None of its sites is within 100 km of the place. Check that it is of this place, and that the CRS it names is the true one."],
    "entrances": ["note: x.gpkg: None of the entrances is one of a site that is open to all. Sites are reached by their edge instead; check access and site, and the file’s CRS."],
    "assets": [f"rejected: x.gpkg, row {row}: It is 5,562 km away from the place. Check its coordinates and the file’s CRS." for row in (1, 2)],
    "bodies": ["note: x.gpkg: 3 bodies drawn outside this place, such as “S0” in row 1. Nothing to do; if it is inside, check the file’s CRS and the order of its coordinates."],
    "neighbourhoods": [f"fatal: x.gpkg: None of its neighbourhoods is made up of areas of this place; these have codes like E01000001. {_OTHER_DOORS}"],
    "network": ["fatal: x.gpkg: It holds no street or path near the place. Name a file of lines, such as the streets of this place, or an OpenStreetMap extract of it. Of a file of lines, check the CRS as well."],
}  # fmt: skip


@pytest.mark.parametrize("door", _NOWHERE)
def test_a_reference_system_that_lies_of_where_its_metres_are(tmp_path, door):
    lying = frame(DOORS[door].shapes).set_crs(3857, allow_override=True)
    told = through(tmp_path, door, lying)
    assert told == _NOWHERE[door]


_SWAPPED = {
    **_NOWHERE,
    "green_space": ["fatal: x.gpkg: Its two coordinates look swapped: the other way round its sites are near the place. Export it again with longitude, or easting, first."],
    "assets": ["fatal: x.gpkg: Its two coordinates look swapped: the other way round its shapes are near the place. Export it again with longitude, or easting, first."],
}  # fmt: skip


@pytest.mark.parametrize("door", _SWAPPED)
def test_swapped_axes(tmp_path, door):
    told = through(tmp_path, door, turned(frame(DOORS[door].shapes).to_crs(4326)))
    assert told == _SWAPPED[door]


@pytest.mark.parametrize(
    ("door", "message"),
    [
        ("assets", "rejected: x.gpkg, row 1: It is 500 km away from the place. Check its coordinates and the file’s CRS."),
        ("green_space", "note: x.gpkg: 1 site more than 10 km from the place: too far to walk to. Nothing to do."),
        ("entrances", "note: x.gpkg: 1 entrance of no site within 25 m that is open to all: set aside. Nothing to do."),
        ("bodies", "note: x.gpkg: 1 body drawn outside this place, such as “S0” in row 1. Nothing to do; if it is inside, check the file’s CRS and the order of its coordinates."),
        ("neighbourhoods", "note: x.gpkg: The neighbourhood “S0” takes in no area, and has no figures. It may lie outside the place, or be smaller than an area: by = \"postcodes\" counts parts of areas."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["nought", "far"])
def test_one_shape_at_nought_or_500_km_away_and_the_good_go_on(tmp_path, door, message, where):
    first, *rest = DOORS[door].shapes
    lost = shapely.transform(first, lambda xy: xy - xy[0]) if where == "nought" else moved(first, 500_000)
    told = through(tmp_path, door, frame([lost, *rest]))
    assert told == [message]
    rows_in, used, aside, rejected = fate(tmp_path, "x.gpkg")
    assert (used, aside + rejected) == (rows_in - 1, 1)


@pytest.mark.parametrize(
    ("door", "message"),
    [
        ("areas", "fatal: x.gpkg, row 1, column “geometry”: The area has no polygon. Boundaries must be polygons."),
        ("assets", "rejected: x.gpkg, row 1: It has no location. Draw it, or remove it."),
        ("green_space", "rejected: x.gpkg, row 1: The site has no polygon. Draw it, or remove it."),
        ("entrances", "rejected: x.gpkg, row 1: The entrance is not a point. Entrances must be points."),
        ("bodies", "note: x.gpkg: 1 body without an area that is known here, such as “S0” in row 1. Listed, and told for no area. Draw it, or give its codes."),
        ("neighbourhoods", "rejected: x.gpkg, row 1: The neighbourhood has no polygon. Draw its outline, or remove it."),
        ("backdrop", "note: x.gpkg: 1 shape without a place or of a kind that is not drawn. Kinds are: water, rail, street."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("empty", [None, Polygon()])
def test_an_empty_shape(tmp_path, door, message, empty):
    assert through(tmp_path, door, frame([empty, *DOORS[door].shapes[1:]])) == [message]


BOW_TIE = Polygon(
    [(WEST, SOUTH), (WEST + 1_000, SOUTH + 1_000), (WEST + 1_000, SOUTH), (WEST, SOUTH + 1_000)]
)


@pytest.mark.parametrize(
    ("door", "message"),
    [
        ("areas", "note: x.gpkg: 1 boundary that crosses itself was mended: E01000001. Nothing to do, unless they look wrong on the map."),
        *((door, "note: x.gpkg: 1 outline that crosses itself was mended, such as that in row 1. Nothing to do, unless it looks wrong on the map.") for door in ("green_space", "bodies", "neighbourhoods")),
    ],
)  # fmt: skip
def test_a_shape_that_crosses_itself_is_mended_and_told(tmp_path, door, message):
    assert through(tmp_path, door, frame([BOW_TIE, *DOORS[door].shapes[1:]])) == [message]
    place = load(tmp_path)
    if door in ("areas", "green_space"):
        shapes = place.areas if door == "areas" else place.green_space
        assert shapes.area.round().tolist() == [500_000, *[1_000_000] * (len(shapes) - 1)]


def test_a_site_that_is_no_more_than_a_line_is_rejected(tmp_path):
    line = Polygon([(WEST, SOUTH), (WEST + 1_000, SOUTH), (WEST, SOUTH)])
    assert through(tmp_path, "green_space", frame([line, *SQUARES[1:]])) == [
        "rejected: x.gpkg, row 1: The site has no polygon. Draw it, or remove it."
    ]


def test_the_same_outline_twice(tmp_path):
    twice = frame([SQUARES[0], *SQUARES]).assign(area_code=[CODES[0], *CODES], name=["A", "A", "B", "C", "D"])
    assert through(tmp_path / "areas", "areas", twice) == [
        "duplicate: x.gpkg, row 2, column “area_code”: The area E01000001 stands here a second time; the first is used. Remove one."
    ]
    assert through(tmp_path / "green", "green_space", twice) == [
        "duplicate: x.gpkg, row 2: The site “A” is drawn here a second time; the first is used. Remove one."
    ]
    assert fate(tmp_path / "green", "x.gpkg") == (5, 4, 1, 0)
    nameless = twice.assign(name="", area_code=["1", "2", "3", "4", "5"])
    assert through(tmp_path / "nameless", "green_space", nameless) == [
        "duplicate: x.gpkg, row 2: The site “Park or garden” is drawn here a second time; the first is used. Remove one."
    ]
    halls = frame([POINTS[0], *POINTS]).assign(name=["A", "A", "B"])
    assert through(tmp_path / "assets", "assets", halls) == [
        "duplicate: x.gpkg, row 2: “A” is already there, from x.gpkg row 1. Counted once; nothing to do."
    ]


def test_sites_that_the_publisher_tells_apart_by_their_identifier_stay_apart(tmp_path):
    recipe = DOORS["green_space"].recipe + 'id = "area_code"\n'
    write_toy(tmp_path, place_toml=recipe)
    twice = frame([SQUARES[0], SQUARES[0], SQUARES[1], SQUARES[2]]).assign(name="A")
    twice.assign(area_code=["1", "2", "3", "3"]).to_file(tmp_path / "x.gpkg")
    assert outcome(tmp_path, "x.gpkg") == [
        "duplicate: x.gpkg, row 4: The site “3” stands here a second time; the first is used. "
        "Remove one, or give each its own identifier."
    ]


def test_what_becomes_of_entrances_that_are_none(tmp_path):
    recipe = f'{BEFORE}{GREEN}[entrances]\nfile = "x.gpkg"\naccess = "access"\nsite = "of"\n'
    write_toy(tmp_path, place_toml=recipe)
    doors = gpd.GeoDataFrame(
        {
            "access": ["Pedestrian", "Motor Vehicle", "Pedestrian", "Pedestrian"],
            "of": ["p", "p", "g", "p"],
        },
        geometry=[*POINTS, POINTS[0], Point(WEST, SOUTH)],
        crs=27700,
    )
    doors.to_file(tmp_path / "x.gpkg")
    assert outcome(tmp_path, "x.gpkg") == [
        "rejected: x.gpkg, row 4: The entrance is more than 100 m from its site. Mend its place, or whose it is.",
        "note: x.gpkg: 1 entrance for motor vehicles alone: set aside. Nothing to do.",
        "note: x.gpkg: 1 entrance of no site that is open to all and near: set aside. Nothing to do.",
    ]
    assert fate(tmp_path, "x.gpkg") == (4, 1, 2, 1)


# -- files that would do harm --------------------------------------------------------------------


def zipped(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">' for n in range(1, 10))
    + "]>"
)
DEFINES = (
    "Its head defines “lol” as a word for something else (<!ENTITY … >), as XML bombs do. "
    "Do not use it as it is: export it again, or remove the part <!DOCTYPE … > at its head."
)
OUTSIDE = (
    "It holds “../x.geojson”, which would be put outside its own folder. "
    "Do not use it; ask whoever made it for the files themselves."
)
SWELLS = (
    "It holds “x.geojson”, which unpacks to {} times its size, as no real table or map does. "
    "If you trust it, unpack it yourself and name the file that you need."
)
BOMB = zipped(("x.geojson", b" " * 20_000_000))
STEEPNESS = f"{20_000_000 / zipfile.ZipFile(io.BytesIO(BOMB)).infolist()[0].compress_size:,.0f}"


@every_door
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("x.gpkg", b"%PDF-1.7", "It cannot be read as shapes; it may be cut short or of another type. Download or export it again."),
        ("x.kml", f"{LAUGHS}<kml/>".encode(), DEFINES),
        ("x.zip", zipped(("../x.geojson", b"{}")), OUTSIDE),
        ("x.zip", BOMB, SWELLS.format(STEEPNESS)),
        ("x.gpkg", b"", "The file is empty (0 bytes). Download or export it again."),
    ],
    ids=["of another type", "XML bomb", "path traversal", "zip bomb", "empty"],
)  # fmt: skip
def test_a_file_of_shapes_that_would_do_harm_or_is_none(tmp_path, door, file, content, message):
    assert through(tmp_path, door, content, file) == [f"fatal: {file}: {message}"]


# -- tables --------------------------------------------------------------------------------------


class Table(NamedTuple):
    """A table of the recipe that names rows: the recipe with it, and rows that are good there, the header first."""

    recipe: str
    rows: list[list[str]]


def added(text: str, file: str = "x.csv") -> str:
    return f'{RECIPE}\n{text}\nfile = "{file}"\n'


TABLES = {
    "assets": Table(
        RECIPE.replace("venues.csv", "x.csv"),
        [
            ["name", "kind", "easting", "northing", "postcode"],
            ["Café", "Hub", "400500", "300500", ""],
            ["B", "Library", "401500", "300500", ""],
        ],
    ),
    "grants": Table(
        added('[[grants]]\nname = "G"\nrecipient = "name"\namount = "amount"\naward_date = "date"'),
        [
            ["name", "amount", "date"],
            ["Chess Club", "100", "2026-03-31"],
            ["Café Choir", "200", "2026-03-31"],
        ],
    ),
    "bodies": Table(
        added('[[bodies]]\nname = "B"\ntitle = "name"\nkind = "Forum"\ncode = "code"'),
        [["name", "code"], ["Forum", CODES[0]], ["Café Forum", CODES[1]]],
    ),
    "neighbourhoods": Table(
        added('[[neighbourhoods]]\nname = "N"\ntitle = "name"\ncode = "code"'),
        [["name", "code"], ["Estate", CODES[0]], ["Café Row", CODES[1]]],
    ),
    "postcodes": Table(
        RECIPE.replace("postcodes.csv", "x.csv"),
        [
            ["pcds", "easting", "northing"],
            ["ZZ1 1AA", "401500", "300500"],
            ["ZZ1 1AB", "401600", "300500"],
        ],
    ),
    "uprns": Table(
        added('[uprns]\nuprn = "UPRN"\neasting = "X"\nnorthing = "Y"'),
        [["UPRN", "X", "Y"], ["1", "401500", "300500"], ["2", "401600", "300500"]],
    ),
    "population": Table(
        RECIPE.replace("population.csv", "x.csv"),
        [["area_code", "people"], *([code, "1000"] for code in CODES)],
    ),
    "origins": Table(
        RECIPE.replace("origins.csv", "x.csv"),
        [
            ["area_code", "easting", "northing"],
            *([code, *map(str, middle(n))] for n, code in enumerate(CODES)),
        ],
    ),
    "deprivation": Table(
        RECIPE.replace('file = "deprivation.csv"', 'file = "x.csv"\npartial = true'),
        [
            ["lsoa21_code", "rank", "decile", "income"],
            *([code, str(n + 1), "1", "1"] for n, code in enumerate(CODES)),
        ],
    ),
    "wards": Table(
        added('[wards]\ncode = "code"\nward = "ward"'),
        [["code", "ward"], *([code, "West"] for code in CODES)],
    ),
}
every_table = pytest.mark.parametrize("table", TABLES)


def as_csv(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    return "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)


def as_book(rows: list[list[object]]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def swollen(book: bytes, swell) -> bytes:
    """The workbook with another text in its sheet."""
    parts = zipfile.ZipFile(io.BytesIO(book))
    sheet = "xl/worksheets/sheet1.xml"
    return zipped(
        *((name, swell(parts.read(name)) if name == sheet else parts.read(name)) for name in parts.namelist())
    )


def comes(folder: Path, table: str, content: bytes, file: str = "x.csv") -> list[str]:
    """What is told of the table when its file is this."""
    write_toy(folder, place_toml=TABLES[table].recipe.replace("x.csv", file))
    (folder / file).write_bytes(content)
    return outcome(folder, file)


CP1252 = "note: x.csv: It is not UTF-8; it was read as Windows-1252. Check names with accents."


@every_table
@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(";", "utf-8"), ("\t", "utf-8"), ("|", "utf-8"), (",", "utf-8-sig"), ("\t", "utf-16"), (";", "cp1252")],
)
def test_any_encoding_and_separator(tmp_path, table, separator, encoding):
    rows = TABLES[table].rows
    told = comes(tmp_path, table, as_csv(rows, separator, encoding))
    accents = any("é" in cell for row in rows for cell in row)
    assert told == ([CP1252] if encoding == "cp1252" and accents else [])
    assert fate(tmp_path, "x.csv") == (len(rows) - 1, len(rows) - 1, 0, 0)
    if table == "assets":
        assert set(load(tmp_path).assets["name"]) == {"Café", "B"}


def test_a_heading_in_quotes_may_hold_another_separator(tmp_path):
    rows = [['"name, in full, as registered"', "kind", "easting", "northing", "postcode"]]
    rows += TABLES["assets"].rows[1:]
    recipe = TABLES["assets"].recipe.replace('title = "name"', 'title = "name, in full, as registered"')
    write_toy(tmp_path, place_toml=recipe)
    (tmp_path / "x.csv").write_bytes(as_csv(rows, ";"))
    assert set(load(tmp_path).assets["name"]) == {"Café", "B"}


@every_table
def test_a_workbook_and_what_is_packed_give_the_same_rows(tmp_path, table):
    rows = TABLES[table].rows
    for file, content in (
        ("x.xlsx", as_book(rows)),
        ("x.csv.gz", gzip.compress(as_csv(rows))),
        ("x.csv.bz2", bz2.compress(as_csv(rows))),
    ):
        assert comes(tmp_path / file, table, content, file) == []
        assert fate(tmp_path / file, file) == (len(rows) - 1, len(rows) - 1, 0, 0)


@every_table
def test_ragged_rows_are_rejected_and_the_good_go_on(tmp_path, table):
    header, first, second, *rest = TABLES[table].rows
    width = len(header)
    told = comes(tmp_path, table, as_csv([header, first, second[:1], [*second, "x", "y"], *rest]))
    remedy = "Look for a missing quote or a separator too many."
    assert [line for line in told if line.startswith("rejected")] == [
        f"rejected: x.csv, row 3: The row has 1 cell where the header has {width}. {remedy}",
        f"rejected: x.csv, row 4: The row has {width + 2} cells where the header has {width}. {remedy}",
    ]
    number = len(TABLES[table].rows)
    assert fate(tmp_path, "x.csv") == (number, number - 2, 0, 2)


def test_an_index_that_lacks_an_area_by_a_bad_row_tells_the_row_too(tmp_path):
    header, first, second, *rest = TABLES["deprivation"].rows
    recipe = TABLES["deprivation"].recipe.replace("partial = true\n", "")
    write_toy(tmp_path, place_toml=recipe)
    (tmp_path / "x.csv").write_bytes(as_csv([header, first, second[:2], *rest]))
    assert outcome(tmp_path, "x.csv") == [
        "rejected: x.csv, row 3: The row has 2 cells where the header has 4. Look for a missing quote or a separator too many.",
        "fatal: x.csv, column “lsoa21_code”: 1 of 4 areas has no row here, such as E01000002: it may be of another vintage "
        "than the boundaries (lsoa21). Use the table made for these boundaries; if it truly leaves areas out, add "
        "partial = true to [deprivation].",
    ]


@pytest.mark.parametrize(
    ("table", "column"),
    [("population", "area_code"), ("origins", "area_code"), ("deprivation", "lsoa21_code")],
)
def test_an_area_that_stands_in_two_rows(tmp_path, table, column):
    rows = TABLES[table].rows
    assert comes(tmp_path, table, as_csv([*rows, rows[1]])) == [
        f"fatal: x.csv, column “{column}”: The area E01000001 stands in 2 rows. Say in [{table}] which rows to use, "
        'such as where = { sex = "Persons" }, or remove the others.'
    ]


@every_table
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("x.csv", b"", "The file is empty (0 bytes). Download or export it again."),
        ("x.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "It is not a CSV file. Name it by its true ending, or export the table as CSV (UTF-8)."),
        ("x.csv", b"<html><p>not found</p>", "It is not a CSV file. Export the table as CSV (UTF-8) and name that file."),
        ("x.csv.gz", gzip.compress(b"name\n" * 99)[:-9], "The gzip file is cut short or damaged. Download it again."),
        ("x.xls", b"<html><table/></html>", "It cannot be read as a workbook; it may be cut short or of another type. Save it again as XLSX."),
        ("x.zip", zipped(("../x.geojson", b"{}")), OUTSIDE),
        ("x.zip", zipped(("list.csv", b"name\nA\n")), "It holds no file of shapes. It holds: list.csv. Unpack it, and name the file that you need."),
    ],
    ids=["empty", "a picture", "a web page", "cut short", "no workbook", "path traversal", "a zip of tables"],
)  # fmt: skip
def test_a_table_that_would_do_harm_or_is_none(tmp_path, table, file, content, message):
    assert comes(tmp_path, table, content, file) == [f"fatal: {file}: {message}"]


@every_table
def test_workbooks_that_would_do_harm(tmp_path, table):
    book = as_book(TABLES[table].rows)
    bomb = swollen(book, lambda sheet: LAUGHS.encode() + sheet.partition(b"?>")[2])
    assert comes(tmp_path / "xml", table, bomb, "x.xlsx") == [f"fatal: x.xlsx: {DEFINES}"]
    bomb = swollen(book, lambda sheet: sheet + b" " * 20_000_000)
    (told,) = comes(tmp_path / "zip", table, bomb, "x.xlsx")
    assert told.startswith("fatal: x.xlsx: It holds “xl/worksheets/sheet1.xml”, which unpacks to ")
    assert told.endswith(
        " times its size, as no real table or map does. "
        "If you trust it, export what you need of it: a table as CSV (UTF-8), shapes as GeoJSON."
    )


@every_table
def test_formulas_without_a_result_are_told_and_never_run(tmp_path, table):
    rows = [list(row) for row in TABLES[table].rows]
    rows[-1][-1] = "=1+1"
    told = comes(tmp_path, table, as_book(rows), "x.xlsx")
    where = f"{'ABCDE'[len(rows[0]) - 1]}{len(rows)}"
    assert (
        f"note: x.xlsx: 1 cell of the sheet with an error or with a formula that has no result, the first in {where}: "
        "read as empty. Open it in a spreadsheet program, mend them, and save it again."
    ) in told


# -- a list of assets in any format ---------------------------------------------------------------

HALLS = gpd.GeoDataFrame(
    {"Name": ["Café", "The Hall"], "Opening": ["Mo-Fr 09:00-17:00", ""]},
    geometry=[Point(402_600, 300_500), Point(400_500, 300_500)],
    crs=27700,
)
_COLUMNS = 'title = "Name"\nkind = "village_hall"\nopening_hours = "Opening"\n'
_XY = 'easting = "x"\nnorthing = "y"\n'


def _rows() -> list[list[str]]:
    at = HALLS.geometry
    return [
        ["Name", "Opening", "x", "y"],
        *(
            [*row, f"{x:.0f}", f"{y:.0f}"]
            for row, x, y in zip(HALLS[["Name", "Opening"]].to_numpy(), at.x, at.y, strict=True)
        ),
    ]


def _osm() -> str:
    nodes = [
        f'<node id="{n}" lat="{point.y}" lon="{point.x}"><tag k="amenity" v="community_centre"/>'
        f'<tag k="community_centre" v="village_hall"/><tag k="name" v="{name}"/><tag k="opening_hours" v="{hours}"/></node>'
        for n, (name, hours, point) in enumerate(HALLS.to_crs(4326).itertuples(index=False), start=1)
    ]
    return f'<osm version="0.6">{"".join(nodes)}</osm>'


def _kml() -> str:
    marks = [
        f'<Placemark><name>{name}</name><ExtendedData><Data name="Opening"><value>{hours}</value></Data></ExtendedData>'
        f"<Point><coordinates>{point.x},{point.y},0</coordinates></Point></Placemark>"
        for name, hours, point in HALLS.to_crs(4326).itertuples(index=False)
    ]
    return (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>Halls</name>'
        f"{''.join(marks)}</Folder></Document></kml>"
    )


def _topology() -> str:
    shapes = [
        {"type": "Point", "coordinates": [point.x, point.y], "properties": {"Name": name, "Opening": hours}}
        for name, hours, point in HALLS.to_crs(4326).itertuples(index=False)
    ]
    objects = {"halls": {"type": "GeometryCollection", "geometries": shapes}}
    return json.dumps({"type": "Topology", "objects": objects, "arcs": []})


def _written(folder: Path, file: str) -> None:
    """The halls in the format that the name says."""
    path = folder / file
    if file.endswith((".csv", ".tsv")):
        path.write_bytes(as_csv(_rows(), "\t" if file.endswith("tsv") else ","))
    elif file.endswith("xlsx"):
        path.write_bytes(as_book(_rows()))
    elif file.endswith("parquet"):
        HALLS.to_parquet(path)
    elif file.endswith(("osm", "kml", "topojson")):
        text = {"osm": _osm, "kml": _kml, "topojson": _topology}[file.partition(".")[2]]()
        path.write_text(text, encoding="utf-8")
    elif file.endswith("osm.bz2"):
        path.write_bytes(bz2.compress(_osm().encode()))
    elif file.endswith("osm.pbf"):
        (folder / "whole.osm").write_text(_osm(), encoding="utf-8")
        with osmium.SimpleWriter(str(path)) as writer:
            for each in osmium.FileProcessor(str(folder / "whole.osm")):
                writer.add(each)
    elif file.endswith("kmz"):
        path.write_bytes(zipped(("doc.kml", _kml().encode())))
    elif file.endswith("zip"):
        HALLS.to_file(folder / "halls.shp")
        path.write_bytes(zipped(*((each.name, each.read_bytes()) for each in folder.glob("halls.*"))))
    else:
        (HALLS.to_crs(4326) if file.endswith("json") else HALLS).to_file(path)


@pytest.mark.parametrize(
    "file",
    "x.csv x.tsv x.xlsx x.geojson x.json x.gpkg x.kml x.kmz x.shp x.zip x.fgb x.parquet x.topojson x.osm x.osm.bz2 x.osm.pbf".split(),
)
def test_a_list_of_assets_in_any_format_gives_the_same_assets(tmp_path, file):
    columns = _COLUMNS + (_XY if file.endswith(("csv", "tsv", "xlsx")) else "")
    columns = "" if ".osm" in file else columns
    write_toy(tmp_path, place_toml=f'{BEFORE}[[assets]]\nname = "L"\nfile = "{file}"\n{columns}')
    _written(tmp_path, file)
    assets = load(tmp_path).assets.set_index("name").sort_index()
    assert assets["kind"].to_dict() == {"Café": "village_hall", "The Hall": "village_hall"}
    assert assets["opening_hours"].tolist() == ["Mo-Fr 09:00-17:00", ""]
    assert assets["area_code"].tolist() == [CODES[2], CODES[0]]
    assert assets.distance(HALLS.set_index("Name").geometry).max() < 0.02
    assert outcome(tmp_path, file) == []


# -- the page that a list is added by -------------------------------------------------------------


def test_what_would_do_harm_is_refused_on_the_page_in_the_same_words(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETMAP_PLACES", str(write_toy(tmp_path / "toy")))
    book = as_book(TABLES["assets"].rows)
    app = screen("add").run()
    for name, content, message in (
        ("x.zip", zipped(("../x.geojson", b"{}")), OUTSIDE),
        ("x.zip", BOMB, SWELLS.format(STEEPNESS)),
        ("x.kml", f"{LAUGHS}<kml/>".encode(), DEFINES),
        ("x.xlsx", swollen(book, lambda sheet: LAUGHS.encode() + sheet.partition(b"?>")[2]), DEFINES),
    ):
        app.file_uploader[0].upload(name, content, "application/octet-stream")
        app.run()
        assert not app.exception
        assert app.error[0].value == "This file cannot be used as it is."
        shown = "\n".join(block.proto.body for block in app.get("html"))
        assert message.replace("<", "&lt;").replace(">", "&gt;") in shown
    assert not (tmp_path / "x.geojson").exists()
    assert not (tmp_path / "toy" / "assets").exists()
