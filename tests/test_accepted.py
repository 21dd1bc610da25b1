"""What people change in the files of a place: told as a difference, used, and accepted by name."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely import Point, affinity, box

from assetmap import OutputError, PlaceError, assess, load
from assetmap.sources.accepted import ACCEPTED_FOLDER, Change, accept, differences, last_accepted
from assetmap.sources.recipe import read_recipe
from assetmap.views import export
from tests.toy import RECIPE, VENUES, write_toy

MAY = date(2026, 5, 1)
WHO = "Ann Onymous"


def accepted(folder: Path, **files: str | bytes) -> Path:
    write_toy(folder, **files)
    accept(folder, WHO, MAY)
    return folder


def found(folder: Path):
    return differences(read_recipe(folder / "place.toml"))


def only(folder: Path):
    """The one difference of the place."""
    (each,) = found(folder)
    return each


def told(folder: Path) -> list[str]:
    return [str(each) for each in load(folder).problems if "accept" in str(each)]


SINCE = "since it was accepted on 2026-05-01"
REMEDY = "It is used as it is. Look at it on the Data page, and accept it there by name."


def test_nothing_is_told_before_anything_was_accepted(tmp_path):
    folder = write_toy(tmp_path)
    assert found(folder) == []
    assert last_accepted(folder) is None
    assert told(folder) == []


def test_the_first_time_everything_is_taken_as_it_is(tmp_path):
    folder = write_toy(tmp_path)
    taken = accept(folder, f"  {WHO} ", MAY)
    assert [each.file for each in taken] == [
        "areas.geojson", "origins.csv", "population.csv", "deprivation.csv", "postcodes.csv", "green.geojson", "venues.csv",
    ]  # fmt: skip
    assert last_accepted(folder) == (WHO, "2026-05-01")
    assert found(folder) == []
    with (folder / "decisions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert rows[-1]["subject"] == "venues.csv"
    assert (rows[-1]["date"], rows[-1]["by"], rows[-1]["act"]) == ("2026-05-01", WHO, "accept")
    assert rows[-1]["note"] == "taken as it is"
    venues = next(layer for layer in load(folder).layers if layer.table == "assets")
    assert rows[-1]["value"] == venues.sha256


def test_an_edit_is_told_used_and_accepted(tmp_path):
    folder = accepted(tmp_path / "toy")
    edited = VENUES.replace("Chess Club", "Chess and Draughts Club").replace(
        "East Hub,Hub,403500,300800,\n", ""
    )
    (folder / "venues.csv").write_text(edited + "New Pantry,Food bank,402600,300700,\n", encoding="utf-8")

    place = load(folder)
    assert {"Chess and Draughts Club", "New Pantry"} <= set(place.assets["name"])
    assert "East Hub" not in set(place.assets["name"])
    assert told(folder) == [f"venues.csv: 1 row changed, 1 added, 1 removed {SINCE}. {REMEDY}"]
    edit = only(folder)
    assert (edit.by, edit.date, edit.state) == (WHO, "2026-05-01", "edited")
    assert edit.changes == (
        Change("changed", 4, "Chess and Draughts Club", (("name", "Chess Club", "Chess and Draughts Club"),)),
        Change("removed", 4, "East Hub"),
        Change("added", 7, "New Pantry"),
    )

    assert accept(folder, "Bo", date(2026, 6, 2)) == [edit]
    assert found(folder) == []
    assert told(folder) == []
    assert last_accepted(folder) == ("Bo", "2026-06-02")
    last = (folder / "decisions.csv").read_text(encoding="utf-8").splitlines()[-1]
    assert last == (
        f'2026-06-02,Bo,accept,venues.csv,,{edit.sha256},"1 row changed, 1 added, 1 removed {SINCE}"'
    )


def test_what_is_not_accepted_is_marked_in_the_files_and_no_name_leaves(tmp_path):
    folder = accepted(tmp_path / "toy")
    (folder / "venues.csv").write_text(VENUES.replace("Town Pantry", "Toy Pantry"), encoding="utf-8")
    place = load(folder)
    files = export.write(assess(place), tmp_path / "out")
    provenance = json.loads((tmp_path / "out/provenance.json").read_text(encoding="utf-8"))
    edited = {each["file"]: each["edited"] for each in provenance["inputs"]}
    assert edited["venues.csv"] == f"1 row changed, 0 added, 0 removed {SINCE}; not accepted yet"
    assert edited["areas.geojson"] == ""
    assert "1 row changed" in (tmp_path / "out/left_out.csv").read_text(encoding="utf-8")
    assert not [path.name for path in files if WHO.encode() in path.read_bytes()]
    accept(folder, WHO, MAY)
    assert not any(layer.edited for layer in load(folder).layers)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda rows: [rows[0], *reversed(rows[1:])],
        lambda rows: [[*row[:2], *(f"{cell}.0" if cell.isdigit() else cell for cell in row[2:])] for row in rows],
        lambda rows: [[*row[:2], *(f"{cell}.00000000012" if cell.isdigit() else cell for cell in row[2:])] for row in rows],
        lambda rows: [["fid", *rows[0]], *([str(n), *row] for n, row in enumerate(rows[1:], start=90))],
        lambda rows: [row[::-1] for row in rows],
    ],
    ids=["other order", "figures of a spreadsheet", "noise", "numbered anew", "columns in other order"],
)  # fmt: skip
def test_the_same_rows_written_otherwise_are_no_change(tmp_path, rewrite):
    folder = accepted(tmp_path)
    rows = rewrite(list(csv.reader(VENUES.splitlines())))
    with (folder / "venues.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert found(folder) == []
    assert told(folder) == []


def test_a_nought_lost_from_a_code_is_a_change(tmp_path):
    folder = accepted(tmp_path, venues_csv=VENUES.replace("name,", "ref,name,").replace("\n", "\n00", 6))
    # Each row but the header now begins with 00 of its own name; make it a column.
    text = (folder / "venues.csv").read_text(encoding="utf-8")
    rows = [line.replace("00", f"00{n},", 1) if n else line for n, line in enumerate(text.splitlines())]
    (folder / "venues.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    accept(folder, WHO, MAY)
    (folder / "venues.csv").write_text("\n".join(rows).replace("003,", "3,") + "\n", encoding="utf-8")
    assert only(folder).changes == (Change("changed", 4, "East Hub", (("ref", "003", "3"),)),)


def test_columns_come_go_and_are_renamed(tmp_path):
    folder = accepted(tmp_path, venues_csv=with_column(VENUES, "note", "nxnyyn"))
    (folder / "venues.csv").write_text(with_column(VENUES, "remark", "nxnyyn"), encoding="utf-8")
    assert told(folder) == [
        f"venues.csv: 0 rows changed, 0 added, 0 removed; column “note” is now called “remark” {SINCE}. {REMEDY}"
    ]
    (folder / "venues.csv").write_text(with_column(VENUES, "open", "123456"), encoding="utf-8")
    assert told(folder) == [
        f"venues.csv: 0 rows changed, 0 added, 0 removed; column “open” added; column “note” removed {SINCE}. {REMEDY}"
    ]


def with_column(text: str, heading: str, cells: str) -> str:
    return "".join(
        f"{line},{cell}\n" for line, cell in zip(text.splitlines(), [heading, *cells], strict=True)
    )


def test_rows_are_known_again_by_the_identifier_that_the_recipe_names(tmp_path):
    recipe = RECIPE + 'identifier = "ref"\n'
    listed = with_column(VENUES, "ref", "abcdef")
    folder = accepted(tmp_path, venues_csv=listed, place_toml=recipe)
    # Nothing but the identifier is left of what it was.
    changed = listed.replace(
        "Chess Club,Sports club,,,ZZ1 1AA,d", "Dance Hall,Community hall,402500,300600,,d"
    )
    (folder / "venues.csv").write_text(changed, encoding="utf-8")
    assert only(folder).changes == (
        Change(
            "changed",
            5,
            "Dance Hall",
            (
                ("name", "Chess Club", "Dance Hall"),
                ("kind", "Sports club", "Community hall"),
                ("easting", "", "402500"),
                ("northing", "", "300600"),
                ("postcode", "ZZ1 1AA", ""),
            ),
        ),
    )


def test_a_row_replaced_by_an_unlike_one_is_removed_and_added(tmp_path):
    folder = accepted(tmp_path)
    changed = VENUES.replace(
        "Chess Club,Sports club,,,ZZ1 1AA", "Swimming Baths,Leisure centre,402500,300600,"
    )
    (folder / "venues.csv").write_text(changed, encoding="utf-8")
    assert [(each.act, each.name) for each in only(folder).changes] == [
        ("added", "Swimming Baths"), ("removed", "Chess Club"),
    ]  # fmt: skip


def test_a_row_with_quite_another_name_and_all_else_alike_is_changed(tmp_path):
    folder = accepted(tmp_path)
    (folder / "venues.csv").write_text(
        VENUES.replace("Chess Club", "Les Amis de la Pétanque"), encoding="utf-8"
    )
    (change,) = only(folder).changes
    assert change.cells == (("name", "Chess Club", "Les Amis de la Pétanque"),)


SHAPES = """
[[assets]]
name = "Halls"
file = "halls.gpkg"
title = "name"
kind = "village_hall"
"""


def halls() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["Old Hall", "New Hall", "Hall", "Hall"], "opened": [1900, 2001, None, None]},
        geometry=[Point(400_600, 300_400), Point(401_600, 300_400), box(402_600, 300_400, 402_650, 300_450), Point(403_600, 300_400)],
        crs=27700,
    )  # fmt: skip


@pytest.fixture
def drawn(tmp_path):
    folder = write_toy(tmp_path, place_toml=RECIPE + SHAPES)
    halls().to_file(folder / "halls.gpkg", layer="halls")
    accept(folder, WHO, MAY)
    return folder


def redraw(folder: Path, shapes: gpd.GeoDataFrame, **options) -> None:
    (folder / "halls.gpkg").unlink()
    shapes.to_file(folder / "halls.gpkg", layer="halls", **options)


def test_a_save_by_qgis_changes_the_file_and_no_row(drawn):
    # A new file, its rows numbered anew and in another order, its shapes off by less than a centimetre, a ring that
    # begins elsewhere, and a table of styles beside.
    shapes = halls().iloc[[3, 2, 1, 0]].set_axis(range(70, 74))
    moved = shapes.geometry.map(lambda shape: affinity.translate(shape, 0.003, -0.004))
    moved[71] = box(402_600.003, 300_399.996, 402_650.003, 300_449.996, ccw=False)
    redraw(drawn, shapes.set_geometry(moved), index=False)
    pyogrio.write_dataframe(pd.DataFrame({"style": ["red"]}), drawn / "halls.gpkg", layer="layer_styles")
    assert found(drawn) == []
    assert told(drawn) == []


def test_a_shape_that_moved_is_told_with_its_distance(drawn):
    shapes = halls()
    shapes.geometry = [
        Point(400_603, 300_404),
        shapes.geometry[1],
        box(402_600, 300_400, 402_650, 300_470),
        Point(403_600, 300_401),
    ]
    redraw(drawn, shapes)
    edit = only(drawn)
    assert edit.said == f"3 rows changed, 0 added, 0 removed {SINCE}"
    assert [(each.row, each.name, each.cells, round(each.moved_m, 3)) for each in edit.changes] == [
        (1, "Old Hall", (), 5.0), (3, "Hall", (), 20.0), (4, "Hall", (), 1.0),
    ]  # fmt: skip


def test_a_shape_taken_out_is_told(drawn):
    shapes = halls()
    shapes.loc[1, "geometry"] = None
    redraw(drawn, shapes)
    assert only(drawn).changes == (Change("changed", 2, "New Hall", (), np.inf),)


def test_a_file_in_degrees_is_compared_in_metres(drawn):
    redraw(drawn, halls().to_crs(4326))
    assert found(drawn) == []
    shapes = halls()
    shapes.loc[0, "geometry"] = Point(400_600, 300_500)
    redraw(drawn, shapes.to_crs(4326))
    (change,) = only(drawn).changes
    assert change.moved_m == pytest.approx(100, rel=0.001)


def test_layers_of_one_geopackage_are_told_apart(tmp_path):
    more = SHAPES + 'layer = "halls"\n' + SHAPES.replace("Halls", "Huts") + 'layer = "huts"\n'
    folder = write_toy(tmp_path, place_toml=RECIPE + more)
    halls().to_file(folder / "halls.gpkg", layer="halls")
    halls().to_file(folder / "halls.gpkg", layer="huts")
    accept(folder, WHO, MAY)
    halls().iloc[:2].to_file(folder / "halls.gpkg", layer="huts")
    assert [each.part for each in found(folder)] == ["huts"]
    assert told(folder) == [f"halls.gpkg: “huts”: 0 rows changed, 0 added, 2 removed {SINCE}. {REMEDY}"]


@pytest.mark.parametrize("swapped_for", ["catalogue", "views"])
def test_what_only_says_that_it_is_a_geopackage_is_not_opened_to_be_compared(drawn, swapped_for):
    """A catalogue can name files anywhere, and a view ask a question without end: neither is asked for its layers."""
    if swapped_for == "catalogue":
        (drawn / "areas-too.geojson").write_bytes((drawn / "areas.geojson").read_bytes())
        layers = "".join(
            f'<OGRVRTLayer name="{name}"><SrcDataSource>{drawn / name}.geojson</SrcDataSource>'
            f"<SrcLayer>{name}</SrcLayer></OGRVRTLayer>"
            for name in ("areas", "areas-too")
        )
        (drawn / "halls.gpkg").write_text(f"<OGRVRTDataSource>{layers}</OGRVRTDataSource>", encoding="utf-8")
    else:
        halls().to_file(drawn / "halls.gpkg", layer="more")
        with closing(sqlite3.connect(drawn / "halls.gpkg")) as file:
            file.execute("ALTER TABLE gpkg_contents RENAME TO kept")
            file.execute("CREATE VIEW gpkg_contents AS SELECT * FROM kept")
            file.commit()
    # So many layers of shapes would GDAL find in it.
    assert sum(kind is not None for _, kind in pyogrio.list_layers(drawn / "halls.gpkg")) == 2
    (edit,) = found(drawn)
    assert (edit.file, edit.part, edit.state) == ("halls.gpkg", "", "unread")


def test_a_whole_new_release_is_told_in_one_line_and_soon(tmp_path):
    def release(start: int) -> str:
        rows = (
            f"Club {n} of {n * start % 9973},Sports club,{400_000 + n % 3000},{300_000 + (n * start) % 900},"
            for n in range(start, start + 30_000)
        )
        return "name,kind,easting,northing,postcode\n" + "\n".join(rows) + "\n"

    folder = accepted(tmp_path, venues_csv=release(3))
    (folder / "venues.csv").write_text(release(50_007), encoding="utf-8")
    began = time.monotonic()
    edit = only(folder)
    assert time.monotonic() - began < 30
    assert edit.state == "release"
    assert edit.said == (
        f"it looks like another release of the whole file: 30,000 rows where there were 30,000, and 60,000 differences {SINCE}"
    )


def test_a_workbook_is_compared_by_its_cells(tmp_path):
    folder = write_toy(tmp_path, place_toml=RECIPE.replace("venues.csv", "venues.xlsx"))

    def write(text: str) -> None:
        book = openpyxl.Workbook()
        for row in csv.reader(text.splitlines()):
            book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
        book.save(folder / "venues.xlsx")

    write(VENUES)
    accept(folder, WHO, MAY)
    write(VENUES)
    assert found(folder) == []
    write(VENUES.replace("Corner Café", "Corner Cafe"))
    assert only(folder).changes == (
        Change("changed", 6, "Corner Cafe", (("name", "Corner Café", "Corner Cafe"),)),
    )


def test_contact_details_are_neither_kept_nor_compared(tmp_path):
    listed = with_column(VENUES, "Telephone", "123456").replace(",1\n", ",0161 496 0123\n")
    folder = accepted(tmp_path, venues_csv=listed)
    (folder / "venues.csv").write_text(listed.replace("0161 496 0123", "0161 496 0999"), encoding="utf-8")
    assert found(folder) == []
    for copy in (folder / ACCEPTED_FOLDER).glob("*.parquet"):
        assert "Telephone" not in pd.read_parquet(copy)


def test_a_new_and_a_forgotten_file_are_told(tmp_path):
    folder = accepted(tmp_path)
    (folder / "more.csv").write_text(VENUES.replace("Library", "Reading Room"), encoding="utf-8")
    more = RECIPE[RECIPE.index("[[assets]]") :].replace("Venues", "More").replace("venues.csv", "more.csv")
    green = RECIPE[RECIPE.index("[green_space]") : RECIPE.index("[[assets]]")]
    (folder / "place.toml").write_text(RECIPE.replace(green, "") + more, encoding="utf-8")
    assert told(folder) == [
        f"more.csv: New, and not accepted yet. {REMEDY}",
        f"green.geojson: Gone or no longer named {SINCE}. {REMEDY}",
    ]
    accept(folder, WHO, MAY)
    assert found(folder) == []


def test_a_file_that_was_deleted_stops_the_load_in_one_message(tmp_path):
    folder = accepted(tmp_path)
    (folder / "venues.csv").unlink()
    with pytest.raises(PlaceError) as error:
        load(folder)
    assert [str(each) for each in error.value.problems] == [
        "venues.csv: There is no such file. Put it there, or mend the file name in [assets]."
    ]
    assert only(folder).said == f"gone or no longer named {SINCE}"


def test_copies_that_are_gone_leave_the_checksum(tmp_path):
    folder = accepted(tmp_path)
    for copy in (folder / ACCEPTED_FOLDER).glob("*.parquet"):
        copy.unlink()
    assert found(folder) == []
    (folder / "venues.csv").write_text(VENUES.replace("Chess", "Go"), encoding="utf-8")
    assert told(folder) == [f"venues.csv: Another file {SINCE}. {REMEDY}"]


def test_a_record_that_cannot_be_read_stops_nothing(tmp_path):
    folder = accepted(tmp_path)
    (folder / ACCEPTED_FOLDER / "files.json").write_text("{", encoding="utf-8")
    assert told(folder) == [
        ".accepted: What was accepted last cannot be read, so nobody can say what was changed since. Delete the folder "
        ".accepted, and accept the place once more."
    ]


def test_only_what_was_seen_is_accepted(tmp_path):
    folder = accepted(tmp_path)
    (folder / "venues.csv").write_text(VENUES.replace("Chess", "Go"), encoding="utf-8")
    seen = {each.key: each.sha256 for each in found(folder)}
    (folder / "venues.csv").write_text(VENUES.replace("Chess", "Bridge"), encoding="utf-8")
    with pytest.raises(PlaceError) as error:
        accept(folder, WHO, MAY, seen)
    assert str(error.value) == (
        "venues.csv: It was changed once more since you looked at it. Read the files again, and look at the change."
    )
    assert only(folder).changes[0].cells == (("name", "Chess Club", "Bridge Club"),)


def test_nobody_accepts_without_a_name(tmp_path):
    with pytest.raises(PlaceError) as error:
        accept(write_toy(tmp_path), " \n", MAY)
    assert str(error.value) == "name: It does not say who accepts the files. Give your name."
    assert not (tmp_path / ACCEPTED_FOLDER).exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    folder = write_toy(tmp_path)
    (folder / ACCEPTED_FOLDER).write_text("in the way")
    with pytest.raises(OutputError, match="What is accepted cannot be written there"):
        accept(folder, WHO, MAY)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assetmap.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_accepts_tells_and_refuses(tmp_path):
    folder = write_toy(tmp_path / "toy")
    done = run("accept", str(folder), "--by", WHO)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["venues.csv: new, and not accepted yet.", "7 files accepted."]
    done = run("accept", str(folder), "--by", WHO)
    assert done.stdout == "Nothing differs from what was accepted.\n"
    done = run("accept", "demo", "--by", WHO)
    assert (done.returncode, done.stderr) == (
        2,
        "assetmap: demo: The demo town is part of assetmap, so nothing is written to it. Copy it first: assetmap demo FOLDER.\n",
    )
    assert run("accept", str(folder)).returncode == 2
