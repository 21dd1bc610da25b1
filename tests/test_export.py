"""The files of a gap analysis: what is in them, that they repeat, and that they run nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from pyproj import Transformer

from assetmap import OutputError, PlaceError, Settings, assess, load
from assetmap.columns import COLUMNS
from assetmap.sources import save
from assetmap.views.export import FILES, archive, write
from tests.toy import RECIPE, VENUES, write_toy

PROMISED = [
    "area_code",
    "area_name",
    "population",
    "deprivation_decile",
    "resource_decile",
    "priority",
    "reason",
]


@pytest.fixture
def toy(tmp_path):
    return assess(load(write_toy(tmp_path / "toy")), Settings(low_resource_share=0.5))


def test_areas_csv_has_the_promised_columns_and_plain_values(toy, tmp_path):
    write(toy, tmp_path / "out")
    with (tmp_path / "out/areas.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(PROMISED) <= set(rows[0])
    assert [row["area_code"] for row in rows] == toy.areas.index.tolist()
    assert {row["priority"] for row in rows} == {"true", "false"}
    assert [row["population"] for row in rows] == ["1000", "1100", "1200", "1300"]
    assert rows[0]["resource_decile"] == ""  # under 50 areas: blank, not nought
    assert all(row["reason"] for row in rows)


def test_geopackage_has_the_same_table_and_the_shapes(toy, tmp_path):
    write(toy, tmp_path / "out")
    layer = gpd.read_file(tmp_path / "out/areas.gpkg", layer="areas").set_index("area_code")
    assert layer.crs.to_epsg() == 27700
    assert layer.area.round().tolist() == [1_000_000] * 4
    bands = ["rank_low", "rank_high", "lowest_share", "priority_share", "cluster", "cluster_p", "hot_cold"]
    bands += [name for name in layer if "_evidence" in name]
    assert list(layer.drop(columns=["geometry", *bands])) == list(toy.areas)
    assert layer["priority"].astype(bool).tolist() == toy.areas["priority"].tolist()
    assert layer["hubs_walk_min"].tolist() == pytest.approx(toy.areas["hubs_walk_min"].tolist())
    assert layer["deprivation_decile"].tolist() == toy.areas["deprivation_decile"].tolist()


def test_provenance_says_what_made_it(toy, tmp_path):
    write(toy, tmp_path / "out")
    said = json.loads((tmp_path / "out/provenance.json").read_text(encoding="utf-8"))
    assert said["settings"] == toy.settings.as_dict()
    assert said["place"]["fictional"] is True
    assert {each["file"] for each in said["inputs"]} >= {"areas.geojson", "venues.csv", "deprivation.csv"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", each["sha256"]) for each in said["inputs"])
    assert {"python", "geopandas", "shapely", "gdal"} <= set(said["versions"])


def test_the_dictionary_beside_it_explains_every_column(toy, tmp_path):
    write(toy, tmp_path / "out")
    whole = pd.read_csv(tmp_path / "out/columns.csv")
    columns = pd.read_csv(tmp_path / "out/neighbourhoods.csv").columns.tolist()
    assert set(columns) <= set(whole.loc[whole["table"] == "neighbourhoods", "column"])
    dictionary = whole[whole["table"] == "areas"]
    header = (tmp_path / "out/areas.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert dictionary["column"].tolist() == header
    assert set(header) <= set(COLUMNS)
    deciles = dictionary[dictionary["column"].str.endswith("_decile")]
    assert deciles["direction"].str.startswith("1 = ").all()


def test_the_same_inputs_give_the_same_bytes_in_another_process_and_folder(tmp_path):
    """Another process has another hash seed; another folder must show in no file."""
    folder = write_toy(tmp_path / "toy")
    script = "import sys; from assetmap import assess, load; from assetmap.views.export import write; write(assess(load(sys.argv[1])), sys.argv[2])"
    for seed, out in (("1", tmp_path / "first"), ("2", tmp_path / "deep" / "second")):
        subprocess.run(
            [sys.executable, "-c", script, str(folder), str(out)],
            check=True,
            env={**__import__("os").environ, "PYTHONHASHSEED": seed},
        )
    for name in FILES:
        first, second = (
            (tmp_path / "first" / name).read_bytes(),
            (tmp_path / "deep/second" / name).read_bytes(),
        )
        assert first == second, name
        assert str(tmp_path).encode() not in first, name


def test_source_date_epoch_is_the_only_date(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    write(toy, tmp_path / "out")
    assert (
        json.loads((tmp_path / "out/provenance.json").read_text())["made_on"] == "2023-11-14T22:13:20+00:00"
    )
    assert b"2023-11-14T22:13:20" in (tmp_path / "out/areas.gpkg").read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(OutputError, match="“yesterday” is not a number of seconds"):
        write(toy, tmp_path / "other")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_runs_as_a_formula(tmp_path, start):
    evil = f'{start}HYPERLINK("http://example.org")'
    folder = write_toy(
        tmp_path / "toy",
        venues_csv=VENUES + f'"{evil.replace(chr(34), chr(34) * 2)}",Casino,400500,300500,\n',
    )
    areas = (folder / "areas.geojson").read_text().replace("Toytown A", evil.replace('"', '\\"'))
    (folder / "areas.geojson").write_text(areas)
    write(assess(load(folder)), tmp_path / "out")
    for name in ("areas.csv", "left_out.csv", "columns.csv"):
        with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))], name
    assert f"'{evil}" in pd.read_csv(tmp_path / "out/areas.csv")["area_name"].tolist()


def test_what_was_left_out_is_kept_and_counted(tmp_path):
    place = load(write_toy(tmp_path / "toy", venues_csv=VENUES + "Lost,Library,,,\n"))
    write(assess(place), tmp_path / "out")
    left_out = pd.read_csv(tmp_path / "out/left_out.csv")
    assert left_out[["file", "row", "severity", "what"]].to_numpy().tolist()[-1] == [
        "venues.csv",
        8,
        "rejected",
        "It has no location.",
    ]


def test_a_second_run_replaces_its_own_files_and_no_other(toy, tmp_path):
    out = tmp_path / "out"
    write(toy, out)
    (out / "minutes.docx").write_text("mine")
    before = {name: (out / name).read_bytes() for name in FILES}
    write(toy, out)
    assert {name: (out / name).read_bytes() for name in FILES} == before
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, "minutes.docx"])


def test_an_unwritable_folder_is_told(toy, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="The gap analysis cannot be written there"):
        write(toy, tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be written there"):
        write(toy, tmp_path / "file" / "below")
    with pytest.raises(OutputError, match="No folder is named"):
        write(toy, " ")


def test_a_place_folder_is_never_written_into(toy, tmp_path):
    before = (tmp_path / "toy/areas.geojson").read_bytes()
    with pytest.raises(OutputError, match="It is a place folder; results there could overwrite"):
        write(toy, tmp_path / "toy")
    assert (tmp_path / "toy/areas.geojson").read_bytes() == before


def test_nothing_is_replaced_where_a_folder_is_in_the_way(toy, tmp_path):
    write(toy, tmp_path / "out")
    before = (tmp_path / "out/areas.csv").read_bytes()
    (tmp_path / "out/map.html").unlink()
    (tmp_path / "out/map.html").mkdir()
    with pytest.raises(OutputError, match=r"There is a folder called map\.html where a file must go"):
        write(assess(toy.place, Settings(catchment_min=5)), tmp_path / "out")
    assert (tmp_path / "out/areas.csv").read_bytes() == before


OSM_LIST = """
[[assets]]
name = "Mapped"
file = "mapped.csv"
title = "name"
kind = "cafe"
easting = "x"
northing = "y"
source = "OpenStreetMap contributors"
licence = "ODbL"
"""
MAPPED = "name,x,y\nCorner Café,401510,300500\nOnly Here,402500,300900\n"


def test_each_asset_says_who_names_it_and_under_which_licence(tmp_path):
    place = write_toy(tmp_path / "toy", place_toml=RECIPE + OSM_LIST, mapped_csv=MAPPED)
    found = assess(load(place))
    write(found, tmp_path / "out")
    assets = pd.read_csv(tmp_path / "out/assets.csv").set_index("name")
    assert assets.loc["Corner Café", ["sources", "licence"]].tolist() == [
        "Venues; Mapped",
        "not stated; ODbL",
    ]
    assert assets.at["Only Here", "licence"] == "ODbL"
    where = Transformer.from_crs(27700, 4326, always_xy=True).transform(402_500, 300_900)
    assert assets.loc["Only Here", ["lon", "lat"]].tolist() == pytest.approx(where, abs=1e-6)
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "out/areas.gpkg")}
    assert layers == {"areas", "assets", "green_space"}
    assert any(
        note.startswith("Some layers are under a share-alike licence: ODbL (OpenStreetMap contributors).")
        for note in found.notes
    )


def test_a_gap_analysis_without_a_licence_holds_nothing_under_it(tmp_path):
    place = write_toy(tmp_path / "toy", place_toml=RECIPE + OSM_LIST, mapped_csv=MAPPED)
    found = assess(load(place, without=["ODbL"]))
    files = write(found, tmp_path / "out")
    assert "Only Here" not in set(found.place.assets["name"])
    assert found.place.assets.set_index("name").at["Corner Café", "licence"] == "not stated"
    assert all(b"Only Here" not in file.read_bytes() for file in files)
    assert (tmp_path / "out/provenance.json").read_text().count("ODbL") == 0
    assert [str(problem) for problem in found.place.problems if "licence" in problem.what] == [
        "mapped.csv: Left out as asked: it is under the licence ODbL. Nothing to do."
    ]
    assert found.place.fingerprint != load(place).fingerprint
    with pytest.raises(PlaceError) as caught:
        load(place, without=["odbl"])
    assert str(caught.value) == (
        "place.toml: No layer is under the licence “odbl”. The licences here are: ODbL, not stated."
    )


def test_a_saved_place_without_a_licence_leaves_out_exactly_what_carries_it(tmp_path):
    recipe = (
        RECIPE.replace('kind = "function"', 'kind = "function"\nlicence = "OGL v3"') + 'licence = "OGL v3"\n'
    )
    place = load(write_toy(tmp_path / "toy", place_toml=recipe + OSM_LIST, mapped_csv=MAPPED))
    saved = save(place, tmp_path / "saved")
    assert {layer.name: layer.licence for layer in load(saved).layers}["assets: Venues"] == "OGL v3; ODbL"
    found = load(saved, without=["ODbL"])
    # Which of its fields each source gave is not known any more, so a row with both goes whole; the message says what to do.
    assert set(found.assets["name"]) == set(place.assets["name"]) - {"Corner Café", "Only Here"}
    assert set(found.assets["licence"]) == {"OGL v3"}
    assert [layer.name for layer in found.layers if "ODbL" in layer.licence] == []
    assert [str(problem) for problem in found.problems if "licence" in problem.what] == [
        "place.gpkg: 1 row left out as asked: under the licence ODbL. 1 of them name other sources, too, and cannot be told "
        "apart any more: load the place that this one was saved from, to keep what those tell.",
        "place.gpkg: 1 row left out as asked: under the licence ODbL. Nothing to do.",
    ]
    with pytest.raises(PlaceError) as caught:
        load(saved, without=["CC BY"])
    assert "No layer is under the licence “CC BY”." in str(caught.value)


GREEN = """
[[green_space]]
file = "green.geojson"
kind = "function"
name = "name"
id = "id"
licence = "OGL v3"

[[green_space]]
file = "more.geojson"
kind = "function"
name = "name"
id = "id"
licence = "ODbL"
"""


def test_green_space_and_tables_under_two_licences_go_where_one_is_left_out(tmp_path):
    toy = write_toy(tmp_path / "toy")
    drawn = json.loads((toy / "green.geojson").read_text())
    (other,) = (each for each in drawn["features"] if each["properties"]["id"] == "p")
    moved = [[x + 0.01, y] for x, y in other["geometry"]["coordinates"][0]]
    drawn["features"].append(
        {
            "type": "Feature",
            "properties": {"id": "q", "name": "Far Park", "function": "Public Park Or Garden"},
            "geometry": {"type": "Polygon", "coordinates": [moved]},
        }
    )
    start, end = RECIPE.index("[green_space]"), RECIPE.index("[[assets]]")
    recipe = RECIPE[:start] + GREEN + RECIPE[end:]
    recipe = recipe.replace('value = "people"', 'value = "people"\nlicence = "OGL v3; ODbL"')
    write_toy(toy, place_toml=recipe, more_geojson=json.dumps(drawn))
    place = load(toy)
    assert place.green_space[["name", "licence"]].to_numpy().tolist() == [
        ["The Park", "OGL v3; ODbL"],
        ["Far Park", "ODbL"],
    ]
    without = load(toy, without=["ODbL"])
    assert without.green_space[["name", "licence"]].to_numpy().tolist() == [["The Park", "OGL v3"]]
    assert without.population.isna().all()
    assert not any("ODbL" in layer.licence for layer in without.layers)
    again = load(save(place, tmp_path / "saved"), without=["ODbL"])
    assert again.green_space.empty
    assert "green_space" not in again.themes
    assert place.population.notna().all()


def test_a_theme_of_which_only_a_licence_told_is_not_known_without_it(tmp_path):
    recipe = RECIPE + OSM_LIST.replace('"cafe"', '"mens_shed"')
    venues = "name,kind,easting,northing,postcode\nWest Library,Library,400500,300500,\n"
    saved = save(
        load(write_toy(tmp_path / "toy", place_toml=recipe, mapped_csv=MAPPED, venues_csv=venues)),
        tmp_path / "saved",
    )
    assert "groups" in load(saved).themes
    assert "groups" not in load(saved, without=["ODbL"]).themes


def test_the_archive_holds_the_same_files_and_the_same_bytes(tmp_path):
    found = assess(load(write_toy(tmp_path / "toy")))
    write(found, tmp_path / "out")
    packed = archive(found)
    assert packed == archive(found)
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        assert files.namelist() == list(FILES)
        assert all(files.read(name) == (tmp_path / "out" / name).read_bytes() for name in FILES)
