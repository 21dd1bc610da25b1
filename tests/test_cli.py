"""The command line as a person meets it: what it prints, and what it ends with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import geopandas as gpd
import pytest

from assetmap import SettingsError, __version__, load
from assetmap.app.server import public_address
from tests.toy import RECIPE, VENUES, write_toy


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assetmap.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_version_and_help():
    assert run("--version").stdout == f"assetmap {__version__}\n"
    told = run("--help").stdout
    for command in ("gaps", "serve", "demo", "check"):
        assert command in told


def test_gaps_writes_the_analysis_and_says_what_it_found(tmp_path):
    done = run("gaps", str(write_toy(tmp_path / "toy")), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "None of the 4 areas is a priority neighbourhood" in done.stdout
    assert (tmp_path / "out/areas.csv").is_file()


def test_gaps_of_the_demo_town(tmp_path):
    done = run("gaps", "demo", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (
        (tmp_path / "areas.csv")
        .read_text(encoding="utf-8")
        .startswith("area_code,area_name,population,deprivation_decile")
    )


def test_demo_writes_a_place_folder_that_loads_and_is_never_overwritten(tmp_path):
    assert run("demo", str(tmp_path / "town")).returncode == 0
    assert load(tmp_path / "town").fingerprint == load("demo").fingerprint
    again = run("demo", str(tmp_path / "town"))
    assert (again.returncode, again.stdout) == (2, "")
    assert "It is already there and is not empty. Name a new or an empty folder." in again.stderr


def test_settings_change_the_answer(tmp_path):
    folder = str(write_toy(tmp_path / "toy"))
    done = run(
        "gaps",
        folder,
        "--out",
        str(tmp_path / "out"),
        "--set",
        "low_resource_share=0.5",
        "--set",
        "deprivation_domain=income",
    )
    assert done.returncode == 0, done.stderr
    assert "2 of the 4 areas are priority neighbourhoods, home to 2,100 people." in done.stdout


def test_check_tells_the_fate_of_every_row(tmp_path):
    done = run("check", str(write_toy(tmp_path / "toy")))
    assert "assets: Venues (venues.csv): 6 rows read, 6 used, 0 set aside, 0 rejected" in done.stdout
    assert "Golf Course (1)" in done.stdout
    one = write_toy(tmp_path / "one", venues_csv="\n".join(VENUES.splitlines()[:2]) + "\n")
    assert (
        "assets: Venues (venues.csv): 1 row read, 1 used, 0 set aside, 0 rejected"
        in run("check", str(one)).stdout.splitlines()
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gaps", "{tmp}/nowhere", "--out", "{tmp}/out"), "There is no such place folder."),
        (("gaps", "{toy}", "--out", "{tmp}/out", "--set", "catchment_min=never"), "“never” is not a number."),
        (("gaps", "{toy}", "--out", "{tmp}/out", "--set", "catchment"), "“catchment” is not NAME=VALUE."),
        (("gaps", "{toy}", "--out", "{tmp}/out", "--set", "speed=3"), "There is no such setting."),
        (("gaps", "{toy}", "--out", "{toy}/place.toml"), "The gap analysis cannot be written there"),
        (("gaps", "{old}", "--out", "{tmp}/out"), "This table is for lsoa11 areas"),
        (("check", "{tmp}"), "The folder has no place.toml."),
        (("serve", "{tmp}/nowhere"), "There is no such place folder."),
        (("gaps", "{toy}"), "--out"),
    ],
)
def test_bad_input_ends_with_2_and_one_message_and_no_traceback(tmp_path, arguments, message):
    toy = write_toy(tmp_path / "toy")
    old = write_toy(tmp_path / "old", place_toml=RECIPE.replace("IoD2025", "IoD2019"))
    done = run(*(argument.format(tmp=tmp_path, toy=toy, old=old) for argument in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("deprivation.csv", None, "deprivation.csv: There is no such file."),
        ("areas.geojson", b"", "areas.geojson: The file is empty (0 bytes)."),
        (
            "areas.geojson",
            b'{"type": "FeatureCollection", "features": [{"ty',
            "areas.geojson: It cannot be read as shapes",
        ),
        ("venues.csv", b"%PDF-1.7", "venues.csv: It is not a CSV file."),
    ],
)
def test_unusable_files_end_with_2_and_one_line(tmp_path, name, content, message):
    folder = write_toy(tmp_path / "toy")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    for command in (("gaps", str(folder), "--out", str(tmp_path / "out")), ("serve", str(folder))):
        done = run(*command)
        assert done.returncode == 2
        lines = [line for line in done.stderr.splitlines() if line.startswith("assetmap: ")]
        assert len(lines) == 1
        assert message in lines[0]
        assert "Traceback" not in done.stderr + done.stdout


def test_boundaries_without_a_reference_system_end_with_2(tmp_path):
    folder = write_toy(tmp_path / "toy", place_toml=RECIPE.replace("areas.geojson", "areas.shp"))
    shapes = gpd.read_file(folder / "areas.geojson").to_crs(27700)
    shapes.to_file(folder / "areas.shp")
    (folder / "areas.prj").unlink()
    done = run("gaps", str(folder), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "areas.shp: It does not say which coordinate reference system (CRS) it is in." in done.stderr
    assert "a shapefile needs its .prj." in done.stderr


def test_serve_refuses_a_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "demo", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "is in use by another program. Choose another, such as --port" in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "maps.example",
        "ftp://maps.example/",
        "https://",
        "https://maps.example/a b/",
        "https://maps.example/?place=demo",
        "https://user@maps.example/",
        "https://maps.example:99999/",
        "https://maps.example/--server.address=0.0.0.0 /",
    ],
)
def test_serve_refuses_what_is_no_address_of_a_page(url):
    with pytest.raises(SettingsError) as caught:
        public_address(url)
    assert [each.what for each in caught.value.problems] == [f"“{url}” is no address of a page."]


def test_serve_says_so_on_the_command_line():
    done = run("serve", "demo", "--public-url", "maps.example")
    assert done.returncode == 2
    assert (
        "--public-url: “maps.example” is no address of a page. Write one such as https://maps.example/town/"
        in done.stderr
    )
