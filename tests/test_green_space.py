"""Green space from one file or several, told once each, with the ways in."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pytest
import shapely
from shapely import MultiPoint, Point, box

from assetmap import PlaceError, assess, load
from tests.toy import RECIPE, SOUTH, WEST, middle, write_toy

BEFORE, AFTER = RECIPE[: RECIPE.index("[green_space]")], RECIPE[RECIPE.index("[[assets]]") :]
X, Y = middle(2)

#: The toy town's park: 4 ha, its west edge 100 m east of the middle of the third square.
PARK = box(X + 100, Y - 100, X + 300, Y + 100)


def shapes(**columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, crs=27700)


def place_of(folder, tables: str, **files: gpd.GeoDataFrame):
    """The toy town with these tables in place of its green space, and these files beside it."""
    write_toy(folder, place_toml=f"{BEFORE}{tables}\n{AFTER}")
    for name, frame in files.items():
        stem, _, ending = name.rpartition("_")
        frame.to_file(folder / f"{stem}.{ending}")
    return load(folder)


def faults(folder, tables: str, **files: gpd.GeoDataFrame) -> list[str]:
    with pytest.raises(PlaceError) as raised:
        place_of(folder, tables, **files)
    return [str(problem) for problem in raised.value.problems]


def told(place) -> list[str]:
    return [f"{problem.severity}: {problem}" for problem in place.problems]


def fates(place) -> list[tuple[str, int, int, int, int]]:
    return [
        (layer.file, layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected)
        for layer in place.layers
        if layer.table in ("green_space", "entrances")
    ]


# -- OS Open Greenspace as published --------------------------------------------------------------


def sites(name: str) -> gpd.GeoDataFrame:
    return shapes(
        **{
            "id": ["S1", "S2", "S3"],
            "function": ["Public Park Or Garden", "Golf Course", "Play Space"],
            name: ["The Park", "The Links", None],
        },
        geometry=[PARK, box(X - 400, Y - 100, X - 300, Y + 100), box(X + 110, Y, X + 130, Y + 20)],
    )


def doors(access: str, site: str) -> gpd.GeoDataFrame:
    return shapes(
        **{
            "id": ["D1", "D2", "D3", "D4"],
            access: ["Pedestrian", "Motor Vehicle", "Motor Vehicle And Pedestrian", "Pedestrian"],
            site: ["S1", "S1", "S3", "S2"],
        },
        geometry=[Point(X + 100, Y), Point(X + 300, Y), Point(X + 110, Y), Point(X - 400, Y)],
    )


def check_published(place) -> None:
    assert place.green_space[["name", "kind"]].to_numpy().tolist() == [
        ["The Park", "park"],
        ["Play space (name not given)", "play_space"],
    ]
    assert place.green_space.index.tolist() == ["S1", "S3"]
    # The way in for motor vehicles alone and that of the golf course are none.
    assert place.entrances["site_id"].tolist() == ["S1", "S3"]
    assert [fate[1:] for fate in fates(place)] == [(3, 2, 1, 0), (4, 2, 2, 0)]
    assert any("1 site not counted as open to all: Golf Course (1)." in line for line in told(place))


def test_the_published_geopackage_needs_no_word_but_its_name(tmp_path):
    write_toy(tmp_path)
    sites("distinctive_name_1").to_file(tmp_path / "opgrsp_gb.gpkg", layer="greenspace_site")
    doors("access_type", "ref_to_greenspace_site").to_file(tmp_path / "opgrsp_gb.gpkg", layer="access_point")
    check_published(
        place_of(tmp_path, '[green_space]\nfile = "opgrsp_gb.gpkg"\n[entrances]\nfile = "opgrsp_gb.gpkg"')
    )


def test_the_published_shapefiles_need_no_word_but_their_names(tmp_path):
    check_published(
        place_of(
            tmp_path,
            '[green_space]\nfile = "GB_GreenspaceSite.shp"\n[entrances]\nfile = "GB_AccessPoint.shp"',
            GB_GreenspaceSite_shp=sites("distName1"),
            GB_AccessPoint_shp=doors("accessType", "refToGSite"),
        )
    )


def test_the_zip_that_the_shapefiles_came_in_needs_no_word_but_its_name(tmp_path):
    write_toy(tmp_path)
    sites("distName1").to_file(tmp_path / "GB_GreenspaceSite.shp")
    doors("accessType", "refToGSite").to_file(tmp_path / "GB_AccessPoint.shp")
    with zipfile.ZipFile(tmp_path / "opgrsp_essh_gb.zip", "w") as archive:
        for file in sorted(tmp_path.glob("GB_*")):
            archive.write(file, f"OS Open Greenspace (ESRI Shape File) GB/data/{file.name}")
    file = 'file = "opgrsp_essh_gb.zip"'
    check_published(place_of(tmp_path, f"[green_space]\n{file}\n[entrances]\n{file}"))


def test_another_file_of_several_layers_asks_which(tmp_path):
    write_toy(tmp_path)
    for layer in ("parks", "woods"):
        sites("name").to_file(tmp_path / "green.gpkg", layer=layer)
    assert faults(tmp_path, '[green_space]\nfile = "green.gpkg"\nkind = "function"') == [
        "green.gpkg: It holds 2 layers. Say which in [green_space], as layer = one of: parks, woods."
    ]


# -- what its sites are ---------------------------------------------------------------------------

OWN = {"own_gpkg": shapes(label=["Copse"], geometry=[PARK])}
USABLE = "nature_reserve, park, play_space, playing_field"


def test_one_kind_may_be_said_for_the_whole_file(tmp_path):
    place = place_of(
        tmp_path, '[green_space]\nfile = "own.gpkg"\nkind_value = "woodland"\nname = "label"', **OWN
    )
    assert place.green_space[["name", "kind"]].to_numpy().tolist() == [["Copse", "nature_reserve"]]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "",
            "own.gpkg: [green_space] does not say of what kind its sites are. Add kind = the column that says it, or "
            f"kind_value = one of: {USABLE}.",
        ),
        (
            'kind = "park"',
            "own.gpkg, column “park”: There is no column “park” (named as kind in [green_space]). If all its sites are that, "
            'write kind_value = "park".',
        ),
        (
            'kind_value = "golf course"',
            "own.gpkg: [green_space] kind_value is “golf course”, which is no green space that is open to all. "
            f"Use one of: {USABLE}.",
        ),
        (
            'kind = "label"\nkind_value = "park"',
            "place.toml: [green_space] gives kinds in two ways: kind and kind_value. Keep one.",
        ),
    ],
)
def test_what_its_sites_are_must_be_said_once_and_be_open_to_all(tmp_path, said, message):
    assert faults(tmp_path, f'[green_space]\nfile = "own.gpkg"\n{said}', **OWN) == [message]


def test_an_openstreetmap_extract_says_itself_what_its_sites_are(tmp_path):
    assert faults(tmp_path, '[green_space]\nfile = "x.osm.pbf"\nkind_value = "park"') == [
        "place.toml: [green_space] gives kinds in two ways: kind_value and an OpenStreetMap extract. Keep one."
    ]


# -- several files --------------------------------------------------------------------------------

TWO = """
[[green_space]]
file = "first.gpkg"
kind = "kind"
name = "name"
id = "id"
source = "The Council"
licence = "OGL v3"

[[green_space]]
file = "second.gpkg"
kind_value = "nature_reserve"
name = "name"
id = "id"
source = "Natural England"
licence = "ODbL"
"""


def first() -> gpd.GeoDataFrame:
    """A park, and a play space that fills three quarters of it: its publisher says that they are two."""
    return shapes(
        id=["1", "2"],
        kind=["park", "play space"],
        name=["", "The Swings"],
        geometry=[PARK, box(X + 100, Y - 100, X + 250, Y + 100)],
    )


def second(share: float, name: str = "Park Wood") -> gpd.GeoDataFrame:
    """A site as large as the park, moved east so that `share` of the ground of both together is shared."""
    moved = 200 * (1 - share) / (1 + share)
    return shapes(id=["1"], name=[name], geometry=[box(X + 100 + moved, Y - 100, X + 300 + moved, Y + 100)])


def test_one_site_in_two_files_is_counted_once_and_keeps_both_sources(tmp_path):
    place = place_of(tmp_path, TWO, first_gpkg=first(), second_gpkg=second(0.6))
    assert place.green_space.drop(columns="geometry").to_dict("index") == {
        "1": {
            "name": "Park Wood",
            "kind": "park",
            "area_ha": pytest.approx(4.0),
            "sources": "The Council; Natural England",
            "licence": "OGL v3; ODbL",
        },
        "2": {
            "name": "The Swings",
            "kind": "play_space",
            "area_ha": pytest.approx(3.0),
            "sources": "The Council",
            "licence": "OGL v3",
        },
    }
    assert place.green_space.geometry["1"].equals(PARK)
    assert (
        "duplicate: second.gpkg, row 1: “Park Wood” is “Park or garden” of first.gpkg told again: 60% of their ground is the "
        "same. The first is used, and both are named as its sources." in told(place)
    )
    assert fates(place) == [("first.gpkg", 2, 2, 0, 0), ("second.gpkg", 1, 0, 1, 0)]


@pytest.mark.parametrize(("share", "number"), [(0.501, 2), (0.499, 3)])
def test_half_of_the_ground_makes_two_sites_one(tmp_path, share, number):
    place = place_of(tmp_path, TWO, first_gpkg=first(), second_gpkg=second(share))
    assert len(place.green_space) == number


def test_the_order_of_the_files_says_which_is_kept(tmp_path):
    tables = (
        TWO.replace("first.gpkg", "x").replace("second.gpkg", "first.gpkg").replace('"x"', '"second.gpkg"')
    )
    tables = tables.replace('kind = "kind"', 'kind_value = "nature_reserve"', 1)
    place = place_of(tmp_path, tables, first_gpkg=first(), second_gpkg=second(0.9))
    assert place.green_space.loc["1", ["name", "kind"]].tolist() == ["Park Wood", "nature_reserve"]


def test_hectares_are_of_the_ground_however_many_sites_and_files_cover_it(tmp_path):
    place = place_of(tmp_path, TWO, first_gpkg=first(), second_gpkg=second(1 / 3))
    # The second site is the park's size, half of it shared: 4 ha and 2 ha more, and the play space adds none.
    assert place.green_space["area_ha"].sum() == pytest.approx(11.0)
    hectares = assess(place).areas["green_ha_per_1000"] * place.population / 1000
    assert hectares.round(6).tolist() == [0, 0, 6.0, 0]


def test_one_identifier_in_two_files_is_two_sites_and_an_entrance_is_the_nearer_ones(tmp_path):
    away = shapes(id=["1"], name=["Far Wood"], geometry=[box(WEST, SOUTH, WEST + 200, SOUTH + 200)])
    gates = shapes(of=["1", "1"], geometry=[Point(X + 100, Y), Point(WEST + 200, SOUTH + 100)])
    place = place_of(
        tmp_path,
        f'{TWO}[entrances]\nfile = "gates.gpkg"\nsite = "of"',
        first_gpkg=first(),
        second_gpkg=away,
        gates_gpkg=gates,
    )
    assert place.green_space["name"].to_dict() == {
        "1": "Park or garden (name not given)",
        "1 (2)": "Far Wood",
        "2": "The Swings",
    }
    assert place.entrances["site_id"].tolist() == ["1", "1 (2)"]


def test_an_entrance_of_a_site_told_again_is_the_kept_sites_and_may_be_at_its_own_edge(tmp_path):
    # The second file's outline ends 120 m east of the first's, where its own gate is.
    large = shapes(id=["W"], name=["Park Wood"], geometry=[box(X + 100, Y - 100, X + 420, Y + 100)])
    gates = shapes(of=["W", "W"], geometry=[MultiPoint([(X + 420, Y), (X + 100, Y)]), Point(X + 900, Y)])
    tables = f'{TWO}[[entrances]]\nfile = "gates.gpkg"\nsite = "of"\n[[entrances]]\nfile = "more.gpkg"'
    more = shapes(a=[1, 2], geometry=[Point(X + 290, Y + 110), Point(X, Y)])
    place = place_of(
        tmp_path, tables, first_gpkg=first(), second_gpkg=large, gates_gpkg=gates, more_gpkg=more
    )
    assert place.entrances["site_id"].tolist() == ["1", "1", "1"]
    assert place.entrances.geometry.x.tolist() == [X + 420, X + 100, X + 290]
    assert (
        "rejected: gates.gpkg, row 2: The entrance is more than 100 m from its site. Mend its place, or whose it is."
        in told(place)
    )
    assert fates(place)[2:] == [("gates.gpkg", 2, 1, 0, 1), ("more.gpkg", 2, 1, 1, 0)]


def test_two_tables_of_one_kind_of_site_are_told_apart_by_their_number(tmp_path):
    """Without identifiers, and drawn in degrees: the toy town's own file, and a copy of it elsewhere."""
    write_toy(tmp_path)
    copy = gpd.read_file(tmp_path / "green.geojson").to_crs(27700)
    copy["geometry"] = copy.translate(-1_500, 0)
    tables = "".join(
        f'[[green_space]]\nfile = "{name}"\nkind = "function"\n' for name in ("green.geojson", "copy.gpkg")
    )
    place = place_of(tmp_path, tables, copy_gpkg=copy)
    assert place.green_space.index.tolist() == ["site-1", "site-1 (2)"]
    assert place.green_space["sources"].tolist() == ["green.geojson", "copy.gpkg"]


def test_neither_table_needs_to_be_there(tmp_path):
    place = place_of(tmp_path, "")
    assert place.green_space.empty
    assert place.entrances.empty
    assert "green_space" not in place.themes


# -- real ones ------------------------------------------------------------------------------------

_SOURCES = """
[[green_space]]
file = "{folder}/trafford_greenspace_sites.geojson"
kind = "site_type"
name = "site_name"
source = "OS Open Greenspace"

[[green_space]]
file = "{folder}/trafford_local_nature_reserves.geojson"
kind_value = "nature_reserve"
name = "site_name"
source = "Natural England"

[[green_space]]
file = "{folder}/trafford_woodland.geojson"
kind_value = "woodland"
id = "ID"
source = "Ordnance Survey"

[entrances]
file = "{folder}/trafford_greenspace_access_points.geojson"
access = "access_type"
"""


@pytest.mark.realdata
def test_traffords_sites_reserves_and_woodland_together(realdata, tmp_path):
    folder = realdata / "trafford/greenspace"
    areas = (realdata / "trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson").as_posix()
    (tmp_path / "place.toml").write_text(
        f'[place]\nname = "Trafford"\n[areas]\nfile = "{areas}"\nlevel = "lsoa21"\ncode = "area_code"\n'
        f'name = "area_name"\n{_SOURCES.format(folder=folder.as_posix())}',
        encoding="utf-8",
    )
    place = load(tmp_path)
    assert fates(place) == [
        ("trafford_greenspace_sites.geojson", 427, 184, 243, 0),
        ("trafford_local_nature_reserves.geojson", 2, 1, 1, 0),
        ("trafford_woodland.geojson", 756, 754, 2, 0),
        ("trafford_greenspace_access_points.geojson", 893, 563, 330, 0),
    ]
    # One woodland in Priory Gardens is most of that park, and the reserves are a park and a wood.
    assert [line.partition(" told again: ")[::2] for line in told(place) if line.startswith("duplicate")] == [
        (
            "duplicate: trafford_local_nature_reserves.geojson, row 1: “Trafford Ecology Park” is “Trafford Ecology Park” of "
            "trafford_greenspace_sites.geojson",
            "86% of their ground is the same. The first is used, and both are named as its sources.",
        ),
        (
            "duplicate: trafford_woodland.geojson, row 125: “Nature reserve or woodland” is “Broad Ees Dole” of "
            "trafford_local_nature_reserves.geojson",
            "61% of their ground is the same. The first is used, and both are named as its sources.",
        ),
        (
            "duplicate: trafford_woodland.geojson, row 123: “Nature reserve or woodland” is “Priory Gardens” of "
            "trafford_greenspace_sites.geojson",
            "81% of their ground is the same. The first is used, and both are named as its sources.",
        ),
    ]
    assert place.green_space["sources"].value_counts().to_dict() == {
        "Ordnance Survey": 754,
        "OS Open Greenspace": 182,
        "OS Open Greenspace; Natural England": 1,
        "OS Open Greenspace; Ordnance Survey": 1,
        "Natural England; Ordnance Survey": 1,
    }
    # By other means: every polygon of every file in one heap, golf courses and their like left out.
    heap = [
        gpd.read_file(folder / f"trafford_{name}.geojson").to_crs(27700)
        for name in ("local_nature_reserves", "woodland")
    ]
    os_sites = gpd.read_file(folder / "trafford_greenspace_sites.geojson").to_crs(27700)
    heap.append(
        os_sites[os_sites["site_type"].isin(["Public Park Or Garden", "Play Space", "Playing Field"])]
    )
    ground = shapely.union_all([shape.buffer(0) for part in heap for shape in part.geometry])
    ours = shapely.union_all(place.green_space.geometry.to_numpy())
    # What is told again loses its own outline, so a little ground at its rim: under half of one per cent of all.
    assert ours.area == pytest.approx(ground.area, rel=0.005)
    assert ours.area / 10_000 < place.green_space["area_ha"].sum()


@pytest.mark.realdata
def test_every_site_of_a_file_and_its_copy_is_one(realdata, tmp_path):
    """Trafford's file given twice: nothing is counted a second time, and nothing is lost."""
    file = realdata / "trafford/greenspace/trafford_greenspace_sites.geojson"
    once = json.loads(file.read_text(encoding="utf-8"))
    assert len(once["features"]) == 427
    areas = (realdata / "trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson").as_posix()
    head = f'[place]\nname = "Trafford"\n[areas]\nfile = "{areas}"\nlevel = "lsoa21"\ncode = "area_code"\nname = "area_name"\n'
    table = f'[[green_space]]\nfile = "{file.as_posix()}"\nkind = "site_type"\n'
    (tmp_path / "place.toml").write_text(f"{head}{table}{table}", encoding="utf-8")
    place = load(tmp_path)
    assert [fate[1:4] for fate in fates(place)] == [(427, 184, 243), (427, 0, 427)]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "file", "areas", "level", "code", "number", "twice"),
    [
        (
            "rutland",
            "rutland-2018-03.osm.pbf",
            "rutland_lsoa21_imd2025_pop.geojson",
            "lsoa21",
            "lsoa21_code",
            69,
            29,
        ),
        (
            "newport",
            "newport-2023-06-13.osm.pbf",
            "newport_lsoa11_wimd2019_pop2020.geojson",
            "lsoa11",
            "lsoa11_code",
            116,
            33,
        ),
    ],
)
def test_openstreetmap_beside_a_file_of_ones_own(
    realdata, tmp_path, folder, file, areas, level, code, number, twice
):
    head = f'[place]\nname = "{folder}"\n[areas]\nfile = "{(realdata / folder / areas).as_posix()}"\nlevel = "{level}"\n'
    osm = f'[[green_space]]\nfile = "{(realdata / folder / file).as_posix()}"\n'
    (tmp_path / "place.toml").write_text(f'{head}code = "{code}"\n{osm}', encoding="utf-8")
    alone = load(tmp_path).green_space
    assert len(alone) == number
    # The large ones, as a council might draw them: a little wider, and under names of its own.
    large = alone[alone["area_ha"] >= 1]
    assert len(large) == twice
    own = large.assign(geometry=large.buffer(3))[["geometry"]].assign(
        called=[f"Site {n}" for n in range(len(large))]
    )
    own.to_file(tmp_path / "own.gpkg")
    tables = f'[[green_space]]\nfile = "own.gpkg"\nkind_value = "park"\nname = "called"\n{osm}'
    (tmp_path / "place.toml").write_text(f'{head}code = "{code}"\n{tables}', encoding="utf-8")
    both = load(tmp_path)
    assert len(both.green_space) == number
    # Each of them is the council's now, and OpenStreetMap's outline of it is told again.
    assert [fate[2] for fate in fates(both)] == [twice, number - twice]
