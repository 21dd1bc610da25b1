"""The bundled demo town is what its script makes, hangs together, and teaches what it is meant to teach."""

from __future__ import annotations

import csv
import importlib.util
import io
import math
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import Point

ROOT = Path(__file__).resolve().parents[1]
DATA, BOUNDARIES, ASSETS = ROOT / "data", ROOT / "data" / "boundaries", ROOT / "data" / "assets"
ESTATE = ["WM057", "WM058", "WM059", "WM060"]
MARKET_CROSS = "WM001"
GRID = 27700
RECIPE = tomllib.loads((DATA / "place.toml").read_text(encoding="utf-8"))
TAXONOMY = tomllib.loads((ROOT / "assetmap" / "taxonomy.toml").read_text(encoding="utf-8"))["kinds"]
DATA_FILES = sorted(path for path in DATA.glob("*/*") if path.suffix in (".csv", ".geojson"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_demo_town", ROOT / "scripts" / "make_demo_town.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def shapes(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / f"{name}.geojson").to_crs(GRID)


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    return shapes("areas").set_index("area_code")


@pytest.fixture(scope="module")
def origins() -> gpd.GeoSeries:
    table = pd.read_csv(BOUNDARIES / "origins.csv", index_col="area_code")
    return gpd.GeoSeries.from_xy(table["easting"], table["northing"], index=table.index, crs=GRID)


@pytest.fixture(scope="module")
def nodes() -> gpd.GeoDataFrame:
    return shapes("street_nodes").set_index("osmid")


@pytest.fixture(scope="module")
def edges() -> gpd.GeoDataFrame:
    return shapes("street_edges").set_index(["u", "v", "key"])


def walking_graph(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> coo_array:
    start, end = (nodes.index.get_indexer(edges.index.get_level_values(each)) for each in "uv")
    return coo_array((edges["length"].to_numpy(), (start, end)), shape=(len(nodes), len(nodes)))


def classify(words: str) -> str | None:
    """The kind that a category names, by the rule at the head of the taxonomy."""
    for kind, entry in TAXONOMY.items():
        known = [kind, entry["label"], entry["plural"], *entry.get("words", ())]
        if words.casefold() in [each.casefold() for each in known]:
            return str(kind)
    return None


@pytest.fixture(scope="module")
def assets() -> gpd.GeoDataFrame:
    """Every asset of the recipe's lists as the recipe says to read them."""
    posts = pd.read_csv(BOUNDARIES / "postcodes.csv").set_index("postcode")
    parts = []
    for one in RECIPE["assets"]:
        if one["file"].endswith(".geojson"):
            table = gpd.read_file(DATA / one["file"]).to_crs(GRID)
            points = table.geometry.centroid
        else:
            table = pd.read_csv(DATA / one["file"], keep_default_na=False)
            if "easting" in one:
                points = gpd.GeoSeries.from_xy(table[one["easting"]], table[one["northing"]], crs=GRID)
            else:
                lon, lat = (
                    (posts.loc[table[one["postcode"]], each].to_numpy() for each in ("lon", "lat"))
                    if "postcode" in one
                    else (table[one["lon"]], table[one["lat"]])
                )
                points = gpd.GeoSeries.from_xy(lon, lat, crs=4326).to_crs(GRID)
        kinds = (
            [one["kind"]] * len(table) if "kind" in one else table[one["kind_column"]].map(classify).tolist()
        )
        rows = {"name": table[one["title"]], "kind": kinds, "list": one["name"], "coverage": one["coverage"]}
        assert one["opening_hours"] in table.columns
        parts.append(gpd.GeoDataFrame(rows, geometry=points, crs=GRID))
    together = pd.concat(parts, ignore_index=True)
    again = together[together["name"].duplicated()]
    first = together.drop_duplicates("name").set_index("name")
    # What two lists name is one place, of one kind.
    assert set(again["list"]) == {"Residents’ map"}
    assert (again["kind"].to_numpy() == first.loc[again["name"], "kind"].to_numpy()).all()
    apart = again.distance(first.loc[again["name"], "geometry"].set_axis(again.index))
    assert apart.max() < 1
    return together.drop_duplicates("name", ignore_index=True)


# ------------------------------------------------------------------------------------------- the files


def test_script_writes_what_is_on_disk(script: ModuleType) -> None:
    made = script.make_town()
    assert [name for name, content in made.items() if (DATA / name).read_bytes() != content] == []
    assert sum(map(len, made.values())) < 3_000_000
    assert not any(b"\r" in content for content in made.values())


def test_check_notices_a_difference(script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    there = {path.relative_to(DATA).as_posix(): path.read_bytes() for path in DATA.glob("*/*")}
    there["place.toml"] = (DATA / "place.toml").read_bytes()
    monkeypatch.setattr(script, "make_town", lambda: there)
    assert script.main(["--check"]) == 0
    monkeypatch.setattr(script, "make_town", lambda: {**there, "place.toml": b"another"})
    assert script.main(["--check"]) == 1
    assert "data/place.toml" in capsys.readouterr().err


@pytest.mark.parametrize("path", DATA_FILES, ids=lambda path: path.name)
def test_every_file_has_a_sidecar_for_every_column(path: Path) -> None:
    sidecar = tomllib.loads(path.with_name(path.name + ".toml").read_text(encoding="utf-8"))
    assert {"title", "description", "source", "date"} <= set(sidecar)
    assert sidecar["fictional"] is True
    assert sidecar["licence"] == "CC0-1.0"
    if path.suffix == ".csv":
        with path.open(encoding="cp1252", newline="") as file:
            columns = next(csv.reader(file))
    else:
        columns = list(gpd.read_file(path).columns)
    assert sorted(sidecar["columns"]) == sorted(columns)
    assert all(sidecar["columns"].values())


def test_recipe_names_every_good_file_and_no_faulty_one() -> None:
    tables = [each for value in RECIPE.values() for each in (value if isinstance(value, list) else [value])]
    named = {each["file"] for each in tables if "file" in each}
    not_named = {path.relative_to(DATA).as_posix() for path in DATA_FILES} - named
    faulty = {path.relative_to(DATA).as_posix() for path in ASSETS.glob("*_faulty.csv")}
    assert len(faulty) == 3
    assert not_named == faulty | {"boundaries/street_nodes.geojson"}
    assert RECIPE["place"] == {"name": "Wrenmouth", "fictional": True}
    assert all({"source", "licence", "date"} <= set(each) for each in tables if "file" in each)


def test_nothing_leads_to_a_real_person_or_site() -> None:
    for path in (*DATA_FILES, ROOT / "scripts/town_plan.toml"):
        text = path.read_bytes().decode("cp1252")
        hosts = re.findall(r"https?://([^/\"'\s,]+)", text)
        assert all(host == "example.org" or host.endswith(".example.org") for host in hosts)
        assert "@" not in text
        assert not re.search(r"\b0\d{3,4} \d{3}", text)


# ------------------------------------------------------------------------------------------ the ground


def test_areas_tile_the_town(areas: gpd.GeoDataFrame) -> None:
    assert len(areas) == 60
    assert areas["area_name"].is_unique
    assert areas.index.tolist() == [f"WM{number:03}" for number in range(1, 61)]
    assert areas.geometry.is_valid.all()
    assert set(areas.geometry.geom_type) == {"Polygon"}
    town = areas.union_all()
    assert town.geom_type == "Polygon"
    assert not town.interiors, "a gap inside the outline"
    assert areas.geometry.area.sum() - town.area < 1
    assert shapely.coverage_is_valid(gpd.read_file(BOUNDARIES / "areas.geojson").geometry.to_numpy())
    assert town.area < 0.85 * town.envelope.area, "the outline is not a rectangle"


def test_no_area_straddles_river_or_railway(areas: gpd.GeoDataFrame, script: ModuleType) -> None:
    ground = script.lay_ground()
    east, north = script.PLAN["grid_corner"]
    for line in (ground.river, ground.railway):
        moved = shapely.affinity.translate(line, east, north)
        for shape in areas.geometry:
            pieces = shapely.ops.split(shape.buffer(-3), moved)
            assert len(pieces.geoms) == len(getattr(shape.buffer(-3), "geoms", [0]))


def test_people_and_deprivation(areas: gpd.GeoDataFrame) -> None:
    population = pd.read_csv(BOUNDARIES / "population.csv", index_col="area_code")["population"]
    deprivation = pd.read_csv(BOUNDARIES / "deprivation.csv", index_col="area_code")
    assert population.index.equals(areas.index)
    assert deprivation.index.equals(areas.index)
    assert population.between(1100, 2200).all()
    rank, decile = deprivation["imd_rank"], deprivation["imd_decile"]
    assert rank.is_unique
    assert rank.between(1, 33_755).all()
    assert decile.tolist() == [math.ceil(each / (33_755 / 10)) for each in rank]
    assert set(decile) == set(range(1, 11))
    assert deprivation["income_decile"].between(1, 10).all()
    agree = (deprivation["income_decile"] == decile).mean()
    assert 0.5 < agree < 0.95


def test_origins_lie_in_their_area_but_not_at_its_middle(
    areas: gpd.GeoDataFrame, origins: gpd.GeoSeries
) -> None:
    assert origins.index.equals(areas.index)
    assert areas.geometry.contains(origins).all()
    assert (areas.geometry.centroid.distance(origins) > 1).all()


def test_every_postcode_lies_in_its_area(areas: gpd.GeoDataFrame) -> None:
    posts = pd.read_csv(BOUNDARIES / "postcodes.csv")
    assert 650 <= len(posts) <= 800
    assert posts["postcode"].is_unique
    assert posts["postcode"].str.fullmatch(r"ZZ\d \d[ABD-HJLNP-UW-Z]{2}").all()
    points = gpd.GeoSeries.from_xy(posts["lon"], posts["lat"], crs=4326).to_crs(GRID)
    own = areas.geometry.loc[posts["area_code"]].to_numpy()
    assert shapely.contains(own, points.to_numpy()).all()
    assert set(posts["area_code"]) == set(areas.index)


def test_green_space_and_the_ways_into_it(areas: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> None:
    green, gates = shapes("green_space").set_index("site_id"), shapes("entrances")
    assert 30 <= len(green) <= 40
    assert green.geometry.is_valid.all()
    assert set(green["function"]) == {
        "Public Park Or Garden", "Play Space", "Playing Field", "Golf Course", "Bowling Green", "Cemetery",
        "Allotments Or Community Growing Spaces",
    }  # fmt: skip
    hectares = green.geometry.area / 10_000
    assert 0.15 < hectares.min() < 0.3
    assert 30 < hectares.max() < 42
    assert areas.union_all().buffer(1).contains(green.union_all())
    assert green.geometry.area.sum() - green.union_all().area < 1
    assert set(gates["site_id"]) == set(green.index)
    assert set(gates["access_type"]) == {"Pedestrian", "Motor Vehicle And Pedestrian", "Motor Vehicle"}
    edge = green.geometry.boundary.loc[gates["site_id"]].to_numpy()
    assert shapely.distance(edge, gates.geometry.to_numpy()).max() < 0.1
    assert gates.geometry.distance(nodes.union_all()).max() < 60
    on_foot = gates[gates["access_type"] != "Motor Vehicle"]
    assert set(on_foot["site_id"]) == set(green.index)


# ----------------------------------------------------------------------------------------- the streets


def test_network_is_one_piece_with_true_lengths(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> None:
    assert 800 <= len(nodes) <= 1500
    assert edges.index.is_unique
    parts, _ = connected_components(walking_graph(nodes, edges), directed=False)
    assert parts == 1
    assert np.allclose(edges["length"], edges.geometry.length, atol=0.05)
    for end, position in (("u", 0), ("v", -1)):
        at = nodes.geometry.loc[edges.index.get_level_values(end)].to_numpy()
        ends = shapely.get_point(edges.geometry.to_numpy(), position)
        assert shapely.distance(at, ends).max() < 0.05
    plain = gpd.read_file(BOUNDARIES / "street_nodes.geojson")
    assert (plain["x"] == plain.geometry.x).all()
    assert (plain["y"] == plain.geometry.y).all()


def test_river_and_railway_are_crossed_only_where_the_plan_says(
    edges: gpd.GeoDataFrame, script: ModuleType
) -> None:
    ground = script.lay_ground()
    barrier = shapely.affinity.translate(
        shapely.union(ground.river, ground.railway), *script.PLAN["grid_corner"]
    )
    crossing = edges[edges.geometry.intersects(barrier)]
    assert sorted(crossing["name"]) == sorted(each[0] for each in script.PLAN["streets"]["crossings"])
    backdrop = shapes("backdrop")
    assert backdrop["kind"].tolist() == ["water", "rail"]
    wet = edges[edges.geometry.intersects(backdrop.geometry[0])]
    assert sorted(wet["name"]) == ["Harbour Footbridge", "Old Bridge"]


def test_the_estate_is_a_long_walk_from_the_centre(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, origins: gpd.GeoSeries
) -> None:
    at = nodes.sindex.nearest(origins.loc[[MARKET_CROSS, *ESTATE]], return_all=False)[1]
    walk = dijkstra(walking_graph(nodes, edges).tocsr(), directed=False, indices=at[0])[at[1:]]
    straight = nodes.geometry.iloc[at[1:]].distance(nodes.geometry.iloc[at[0]])
    assert (walk >= 1.8 * straight.to_numpy()).all()


def test_osmnx_reads_the_streets() -> None:
    import osmnx  # imported here: it takes seconds

    nodes = gpd.read_file(BOUNDARIES / "street_nodes.geojson").set_index("osmid")
    edges = gpd.read_file(BOUNDARIES / "street_edges.geojson").set_index(["u", "v", "key"])
    graph = osmnx.convert.graph_from_gdfs(nodes, edges)
    assert len(graph) == len(nodes)
    assert graph.number_of_edges() == len(edges)


# ------------------------------------------------------------------------------------------ the assets


def test_there_are_several_kinds_of_every_theme(assets: gpd.GeoDataFrame) -> None:
    assert assets["kind"].notna().all(), "a category that the taxonomy does not know"
    kinds_of_theme = assets.groupby(assets["kind"].map(lambda kind: TAXONOMY[kind]["theme"]))[
        "kind"
    ].nunique()
    assert kinds_of_theme.to_dict() == {"groups": 10, "hubs": 5, "meeting_places": 6, "services": 7}
    assert 380 <= len(assets) <= 430
    assert assets["list"].nunique() == 9
    assert assets["name"].is_unique
    assert assets["name"].str.strip().astype(bool).all()


def test_only_lists_that_go_beyond_reach_outside(assets: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    away = assets.geometry.distance(areas.union_all())
    outside = assets[away > 0]
    assert len(outside) >= 12
    assert set(outside["coverage"]) == {"beyond"}
    assert away.max() < 1000


def test_places_of_worship_are_buildings() -> None:
    buildings = gpd.read_file(ASSETS / "places_of_worship.geojson").to_crs(GRID)
    assert set(buildings.geometry.geom_type) == {"Polygon"}
    assert np.allclose(buildings.geometry.area, 264, rtol=0.01)


def test_hours_are_sometimes_not_known() -> None:
    blank = Counter()
    for one in RECIPE["assets"]:
        if one["file"].endswith(".csv"):
            hours = pd.read_csv(DATA / one["file"], keep_default_na=False)[one["opening_hours"]]
            blank[one["name"]] = (hours == "").mean()
    assert all(0 < share < 0.5 for share in blank.values())


def test_deprivation_and_resources_do_not_simply_go_together(
    assets: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, origins: gpd.GeoSeries
) -> None:
    decile = pd.read_csv(BOUNDARIES / "deprivation.csv", index_col="area_code")["imd_decile"]
    near = origins.map(lambda at: int((assets.geometry.distance(at) < 923).sum()))
    few, many = near.rank() <= 15, near.rank() >= 46
    assert (decile[ESTATE] <= 2).all()
    assert few[ESTATE].all()
    assert (many & (decile <= 2)).sum() >= 2, "deprived, with strong resources"
    assert (few & (decile >= 7)).sum() >= 3, "comfortable, and thin"
    hubs = assets[assets["kind"].map(lambda kind: TAXONOMY[kind]["theme"] == "hubs")]
    assert min(hubs.geometry.distance(at).min() for at in origins[ESTATE]) > 923
    for code in ESTATE:  # something to begin from
        assert near[code] > 0


# ----------------------------------------------------------------------------------------- the faults


def faulty(name: str, encoding: str = "utf-8") -> tuple[list[str], dict[str, str], list[list[str]]]:
    """Header, each fault's line, and the rows (a file's line n is rows[n - 2])."""
    text = (ASSETS / f"{name}_faulty.csv").read_bytes().decode(encoding)
    header, *rows = csv.reader(io.StringIO(text))
    sidecar = tomllib.loads((ASSETS / f"{name}_faulty.csv.toml").read_text(encoding="utf-8"))
    return header, {what: line for line, what in sidecar["faults"].items()}, rows


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("council_venues", "utf-8"), ("voluntary_groups", "cp1252"), ("sports_clubs", "utf-8")],
)
def test_faulty_lists_have_the_usual_faults_between_good_rows(name: str, encoding: str) -> None:
    header, faults, rows = faulty(name, encoding)
    title = next(one["title"] for one in RECIPE["assets"] if f"/{name}." in one["file"])
    bad = {int(line.removeprefix("line ")): what for what, line in faults.items()}
    for line, row in enumerate(rows, start=2):
        if line not in bad:
            assert len(row) == len(header)
            assert row[header.index(title)]
    said = {what: rows[line - 2][header.index(title)] for line, what in bad.items()}
    assert said["the name is blank"] == ""
    assert said["the name is a spreadsheet formula"].startswith("=HYPERLINK(")
    assert "<script>" in said["the name is a script"]
    lengths = {what: len(rows[line - 2]) for line, what in bad.items()}
    assert lengths["more cells than columns: commas without quotation marks"] > len(header)
    assert lengths["the row breaks off"] < len(header)
    again, what = next((line, what) for line, what in bad.items() if what.startswith("the same row"))
    assert rows[again - 2] == rows[int(what.split()[-1]) - 2]
    assert len(rows) > 1.9 * len(bad)


def test_faulty_places() -> None:
    header, faults, rows = faulty("council_venues")
    lon, lat = header.index("lon"), header.index("lat")
    at = {what: rows[int(line.split()[1]) - 2] for what, line in faults.items()}
    assert float(at["longitude and latitude are swapped"][lon]) > 50
    assert (at["at 0, 0"][lon], at["at 0, 0"][lat]) == ("0", "0")
    assert float(at["easting and northing in the columns for longitude and latitude"][lon]) > 180
    assert at["no location"][lon] == at["no location"][lat] == ""
    away = 111_000 * (54.35 - float(at["500 km too far south"][lat]))
    assert 480_000 < away < 520_000
    with pytest.raises(ValueError, match="about"):
        float(at["text in a number column"][lon])
    assert classify(at["an unknown category"][header.index("category")]) is None

    header, faults, rows = faulty("voluntary_groups", "cp1252")
    east, north = header.index("easting"), header.index("northing")
    at = {what: rows[int(line.split()[1]) - 2] for what, line in faults.items()}
    swapped = [float(at["easting and northing are swapped"][each]) for each in (north, east)]
    assert Point(swapped).distance(Point(600_000, 500_000)) < 4000
    assert float(at["longitude and latitude in the columns for easting and northing"][north]) < 90
    assert float(at["500 km too far south"][north]) < 5000
    assert classify(at["an unknown category"][header.index("activity")]) is None


def test_faulty_bytes_and_postcodes() -> None:
    with pytest.raises(UnicodeDecodeError):
        (ASSETS / "voluntary_groups_faulty.csv").read_bytes().decode("utf-8")
    posts = set(pd.read_csv(BOUNDARIES / "postcodes.csv")["postcode"])
    header, faults, rows = faulty("sports_clubs")
    post = {what: rows[int(line.split()[1]) - 2][header.index("postcode")] for what, line in faults.items() if
            "postcode" in what}  # fmt: skip
    assert len(post) == 5
    assert post["a postcode that no list knows"] not in posts
    assert post["no postcode"] == ""
    small = post["a good postcode in small letters and without its space"]
    assert small.islower()
    assert f"{small[:-3]} {small[-3:]}".upper() in posts
