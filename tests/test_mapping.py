"""A list on its way into a place folder: received, looked at, checked, added whole or not at all."""

from __future__ import annotations

import io
import json
import tomllib
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from assetmap import PlaceError, load
from assetmap.errors import OutputError, Problem
from assetmap.sources import demo_folder, mapping
from assetmap.sources.archives import LARGEST_UPLOAD
from assetmap.sources.guess import guess
from tests.toy import write_toy

LIST = (
    "Name,Type,X,Y,Tel\n"
    "North Library,Library,400500,300500,0161 496 0123\n"
    "Lost Library,Library,,,\n"
    "Odd Club,Tiddlywinks,401500,300500,\n"
    "Far Library,Library,420000,300500,\n"
    "Swapped Library,Library,300500,400500,\n"
)
SAID = {"title": "Name", "kind_column": "Type", "easting": "X", "northing": "Y", "role": "venue"}
MAPPING = {**SAID, "coverage": "beyond", "source": "The council", "licence": "OGL v3", "headings": ["Name", "Type", "X", "Y", "Tel"]}  # fmt: skip


@pytest.fixture
def toy(tmp_path):
    return write_toy(tmp_path / "toy")


def brought(text: str = LIST, name: str = "libraries.csv") -> mapping.Upload:
    return mapping.received(name, text.encode())


def checked(toy, upload=None, said=SAID) -> mapping.Check:
    return mapping.check_list(upload or brought(), said, mapping.ground(load(toy), toy))


def everything_in(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# -- received and looked at ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\windows\\win.csv", "win.csv"),
        (".hidden.csv", "hidden.csv"),
        ("Food banks (2026) – final.CSV", "Food-banks-2026-final.csv"),
        ("con.csv", "list-con.csv"),
        ("....csv", "list.csv"),
        ("ΑΒΓ.csv", "list.csv"),
        ("a" * 300 + ".csv", "a" * 80 + ".csv"),
    ],
)
def test_a_file_gets_a_name_that_every_system_can_write(name, file):
    assert brought(name=name).file == file


@pytest.mark.parametrize("name", ["list.exe", "list", "list.csv.exe", "place.toml", ""])
def test_a_file_of_another_type_is_refused(name):
    with pytest.raises(
        PlaceError, match=r"It is of a type that assetmap cannot read as a list\. Use one of: \.csv, "
    ):
        brought(name=name)


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(PlaceError, match=r"It is 200\.1 MB; an upload may be 200 MB at most"):
        mapping.received("large.csv", bytes(LARGEST_UPLOAD + 1))


def test_a_zip_with_one_table_is_that_table():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data/Libraries of 2026.csv", LIST)
    upload = mapping.received("download.zip", packed.getvalue())
    assert upload == mapping.Upload("Libraries-of-2026.csv", LIST.encode())


def test_a_zip_that_would_write_elsewhere_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../place.toml", "x")
    with pytest.raises(PlaceError, match="which would be put outside its own folder"):
        mapping.received("download.zip", packed.getvalue())


def test_the_sheets_of_a_workbook_can_be_chosen_among():
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    sheet = book.create_sheet("Libraries")
    sheet.append(["Name", "Postcode"])
    sheet.append(["North Library", "ZZ1 1AA"])
    kept = io.BytesIO()
    book.save(kept)
    upload = mapping.received("book.xlsx", kept.getvalue())
    with pytest.raises(PlaceError) as fault:
        mapping.look(upload, {})
    assert mapping.parts(fault.value) == ("sheet", ["Read me", "Libraries"])
    seen = mapping.look(upload, {"sheet": "Libraries"})
    assert seen.table.to_dict("records") == [{"Name": "North Library", "Postcode": "ZZ1 1AA"}]
    assert not seen.has_shapes


def test_the_layers_of_a_geopackage_can_be_chosen_among(tmp_path):
    path = tmp_path / "layers.gpkg"
    for layer in ("one", "two"):
        gpd.GeoDataFrame({"name": [layer]}, geometry=[Point(400_500, 300_500)], crs=27700).to_file(
            path, layer=layer
        )
    upload = mapping.received("layers.gpkg", path.read_bytes())
    with pytest.raises(PlaceError) as fault:
        mapping.look(upload, {})
    assert mapping.parts(fault.value) == ("layer", ["one", "two"])
    seen = mapping.look(upload, {"layer": "two"})
    assert seen.table["name"].tolist() == ["two"]
    assert seen.has_shapes


def test_another_fault_offers_no_parts():
    with pytest.raises(PlaceError) as fault:
        mapping.look(brought("Name\n"), {})
    assert mapping.parts(fault.value) == ("", [])


# -- checked -------------------------------------------------------------------------------------


def test_a_check_tells_what_would_become_of_every_row(toy):
    check = checked(toy)
    assert check.rows_in == 5
    assert check.venues == 5
    assert check.located == 3
    assert check.mapped == 1
    assert check.organisations == 0
    assert check.kinds == {"library": 1}
    assert check.unknown_kinds == {"Tiddlywinks": 1}
    assert [(each.row, each.what) for each in check.rejected] == [
        (3, "It has no location."),
        (6, "Its easting and northing look swapped."),
        (4, "“Tiddlywinks” is not a kind that the taxonomy knows."),
    ]
    assert [each.what for each in check.notes] == [
        "1 row more than 10 km from the place: too far to walk to."
    ]


def test_contacts_are_counted_and_never_located(toy):
    check = checked(toy, said={"title": "Name", "role": "contact"})
    assert (check.venues, check.located, check.mapped, check.organisations) == (0, 0, 0, 5)
    assert check.rejected == []


def test_kinds_are_worked_out_from_names_where_asked(toy):
    check = checked(toy, said={**SAID, "kind": "by name"})
    assert check.kinds == {"library": 1}


def test_shapes_are_where_they_are(toy, tmp_path):
    path = tmp_path / "libraries.geojson"
    places = gpd.GeoDataFrame({"name": ["North Library"]}, geometry=[Point(400_500, 300_500)], crs=27700)
    path.write_text(json.dumps(json.loads(places.to_crs(4326).to_json())))
    upload = mapping.received(path.name, path.read_bytes())
    check = checked(toy, upload, {"title": "name", "kind": "library", "role": "venue"})
    assert (check.venues, check.located, check.mapped) == (1, 1, 1)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"title": "Name"}, "The list “libraries.csv” must say what its assets are."),
        ({**SAID, "northing": "X"}, r"\[assets\] names one column as easting and northing"),
        ({**SAID, "title": "Nom"}, "There is no column “Nom”"),
        ({**SAID, "crs": "EPSG:0"}, "is not a known CRS of maps"),
        (
            {"title": "Name", "kind": "tiddlywinks"},
            "has kind “tiddlywinks”, which the taxonomy does not have",
        ),
    ],
)
def test_what_a_recipe_would_refuse_is_refused_by_the_check(toy, said, told):
    with pytest.raises(PlaceError, match=told):
        checked(toy, said=said)


def test_checking_writes_nothing(toy):
    before = everything_in(toy)
    checked(toy)
    assert everything_in(toy) == before


def test_a_list_can_be_checked_against_the_demo_town():
    demo = load("demo")
    upload = mapping.received("sports_clubs.csv", (demo_folder() / "assets/sports_clubs.csv").read_bytes())
    found = guess(mapping.look(upload, {}).table)
    check = mapping.check_list(
        upload, {**found.columns, "kind": "sports_club", "role": "venue"}, mapping.ground(demo, "demo")
    )
    assert check.located == check.venues == check.rows_in > 0


# -- rows left out, and mended -------------------------------------------------------------------


def test_rows_left_out_come_as_a_table_with_reasons_and_without_contact_details(toy):
    seen = mapping.look(brought(), {})
    text = mapping.rejected_csv(seen.table, checked(toy).rejected, ["Tel"])
    assert text == (
        "Name,Type,X,Y,Left out because,What to do\n"
        "Lost Library,Library,,,Row 3: It has no location.,Add coordinates or a postcode.\n"
        "Swapped Library,Library,300500,400500,Row 6: Its easting and northing look swapped.,Swap the two cells.\n"
        "Odd Club,Tiddlywinks,401500,300500,Row 4: “Tiddlywinks” is not a kind that the taxonomy knows.,"
        '"Use a kind of assetmap/taxonomy.toml, or add the word to it."\n'
    )


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@sum(a1)", "'@sum(a1)"),
        ("+cmd|x", "'+cmd|x"),
        ("-cmd", "'-cmd"),
        ("\tx", "'\tx"),
        ("-2.35", "-2.35"),
        ("+44", "+44"),
        ("-1,000", '"-1,000"'),
        ("a=b", "a=b"),
    ],
)
def test_no_cell_of_the_rows_left_out_runs_as_a_formula(cell, safe):
    table = pd.DataFrame({"a": [cell]}, index=[2], dtype=object)
    text = mapping.rejected_csv(table, [Problem("f", "what", "remedy", 2)], [])
    assert text.splitlines()[1].startswith(safe + ",Row 2: what,remedy")


def test_a_row_that_is_no_row_of_the_table_is_told_all_the_same():
    table = pd.DataFrame({"a": ["x"]}, index=[2], dtype=object)
    text = mapping.rejected_csv(
        table, [Problem("f", "The row has 3 cells where the header has 1.", "Mend it.", 3)], []
    )
    assert text.splitlines()[1] == ",Row 3: The row has 3 cells where the header has 1.,Mend it."


def test_mended_rows_come_in_by_the_same_mapping(toy):
    seen = mapping.look(brought(), {})
    text = mapping.rejected_csv(seen.table, checked(toy).rejected, ["Tel"])
    mended = text.replace("Lost Library,Library,,", "Lost Library,Library,400600,300600")
    mended = mended.replace("300500,400500", "400500,300500").replace("Tiddlywinks,4", "Library,4")
    upload = brought(mended, "mended.csv")
    assert mapping.fits(MAPPING, mapping.look(upload, {}).table)
    check = checked(toy, upload)
    assert (check.rows_in, check.mapped, check.rejected) == (3, 3, [])


# -- mapping files -------------------------------------------------------------------------------

TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1)


@given(TEXTS, st.lists(TEXTS, min_size=1))
def test_a_mapping_file_holds_any_text_that_a_heading_may_be(tmp_path_factory, column, headings):
    path = tmp_path_factory.mktemp("any") / "x.mapping.toml"
    said = {"title": column, "kind": "library", "headings": headings}
    mapping.write_mapping(path, {**said, "name": "not kept", "date": "not kept", "website": ""})
    assert mapping.read_mapping(path) == said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("headings = [", "It cannot be read as a mapping file."),
        ('title = "Name"', "It does not say which headings it is for."),
        ("headings = [1]", "It does not say which headings it is for."),
        ('headings = ["Name"]\ntitel = "Name"', "It says “titel”, which assetmap does not know."),
        ('headings = ["Name"]\ntitle = 1', "It says something that is not a text in quotes."),
        ("\x00", "It cannot be read as a mapping file."),
    ],
)
def test_a_mapping_file_that_is_none_is_told_and_passed_over(toy, text, told):
    (toy / "assets").mkdir()
    (toy / "assets" / "x.csv.mapping.toml").write_text(text)
    name, said, faults = mapping.find_mapping(toy, mapping.look(brought(), {}).table)
    assert (name, said) == ("", {})
    assert [str(each) for each in faults] == [
        f"x.csv.mapping.toml: {told} Mend it, or delete it and choose the columns once more."
    ]


@pytest.mark.parametrize(
    ("headings", "fit"),
    [
        (["Name", "Type", "X", "Y", "Tel"], True),
        (["Tel", "Y", "X", "Type", "Name"], True),
        (["Name", "Type", "X", "Y"], False),
        (["Name", "Type", "X", "Y", "Tel", "New"], False),
        (["Name", "Type", "X", "Y", "Left out because", "What to do"], True),
        (["Name", "X", "Y", "Left out because", "What to do"], False),
        (["Name", "Type", "X", "Y", "New", "Left out because", "What to do"], False),
    ],
)
def test_a_mapping_fits_a_file_of_the_same_headings(headings, fit):
    assert mapping.fits(MAPPING, pd.DataFrame(columns=headings)) is fit


# -- added ---------------------------------------------------------------------------------------


def test_a_list_is_added_with_its_file_its_mapping_and_its_table(toy):
    before = load(toy)
    place = mapping.add_list(toy, " New  libraries ", brought(), {**MAPPING, "date": "2026-03-31"})
    assert set(place.assets["name"]) - set(before.assets["name"]) == {"North Library"}
    assert (toy / "assets/libraries.csv").read_text() == LIST
    assert tomllib.loads((toy / "place.toml").read_text())["assets"][-1] == {
        "name": "New libraries",
        "file": "assets/libraries.csv",
        **SAID,
        "coverage": "beyond",
        "source": "The council",
        "licence": "OGL v3",
        "date": "2026-03-31",
    }
    assert mapping.find_mapping(toy, mapping.look(brought(), {}).table) == (
        "libraries.csv.mapping.toml",
        MAPPING,
        [],
    )
    assert load(toy).fingerprint == place.fingerprint != before.fingerprint


MORE = {**SAID, "headings": ["Name", "Type", "X", "Y", "Tel"], "coverage": "place"}


def test_columns_of_contact_details_never_reach_the_folder(toy):
    """Nor do they change the numbers of the rows: one is blank here, and one has a cell too many."""
    text = (
        LIST.replace("Lost", "\nLost").replace("Odd Club,", "Odd Club,0161 496 0199,")
        + "=1+1,Library,402500,300500,x\n"
    )
    plain = load(toy)
    place = mapping.add_list(toy, "More", brought(text), MORE, contacts=["Tel"])
    kept = (toy / "assets/libraries.csv").read_text()
    assert kept == (
        "Name,Type,X,Y\nNorth Library,Library,400500,300500\n\nLost Library,Library,,\n(not read)\n"
        "Far Library,Library,420000,300500\nSwapped Library,Library,300500,400500\n'=1+1,Library,402500,300500\n"
    )
    assert "0161" not in "".join(str(content) for content in everything_in(toy).values())
    told = {each.row for each in place.problems if each.severity == "rejected"} - {
        each.row for each in plain.problems
    }
    assert told == {4, 5, 7}
    assert "=1+1" in set(place.assets["name"])
    # The next file comes with the same headings as the first.
    assert mapping.find_mapping(toy, mapping.look(brought(text), {}).table)[0] == "libraries.csv.mapping.toml"


def test_a_workbook_with_contact_details_becomes_a_table_without(toy):
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    sheet = book.create_sheet("Libraries")
    for row in (["Name", "Postcode", "Tel"], ["North Library", "ZZ1 1AA", "0161 496 0123"]):
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    upload = mapping.received("book.xlsx", held.getvalue())
    said = {
        "title": "Name",
        "postcode": "Postcode",
        "kind": "library",
        "sheet": "Libraries",
        "headings": ["Name", "Postcode", "Tel"],
    }
    place = mapping.add_list(toy, "More", upload, said, contacts=["Tel"])
    assert "North Library" in set(place.assets["name"])
    assert (toy / "assets/book.csv").read_text() == "Name,Postcode\nNorth Library,ZZ1 1AA\n"
    assert sorted(path.name for path in (toy / "assets").iterdir()) == ["book.csv", "book.csv.mapping.toml"]
    assert tomllib.loads((toy / "assets/book.csv.mapping.toml").read_text())["sheet"] == "Libraries"


def test_shapes_with_contact_details_are_kept_without(toy):
    point = {"type": "Point", "coordinates": [-1.97929, 52.60229]}
    shapes = [
        {"type": "Feature", "geometry": point, "properties": {"name": "Café", "phone": "0161 496 0123"}}
    ]
    whole = {"type": "FeatureCollection", "features": shapes}
    upload = mapping.received("cafes.geojson", json.dumps(whole).encode())
    said = {"title": "name", "kind": "cafe", "headings": ["name", "phone"]}
    place = mapping.add_list(toy, "More", upload, said, contacts=["phone"])
    assert "Café" in set(place.assets["name"])
    shapes[0]["properties"] = {"name": "Café"}
    assert json.loads((toy / "assets/cafes.geojson").read_bytes()) == whole
    assert not mapping.leaves_behind("cafes.gpkg")


def test_what_stands_in_place_toml_stays_as_it_is(toy):
    path = toy / "place.toml"
    before = (
        b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").rstrip() + "\r\n# kept: Käse".encode()
    )
    path.write_bytes(before)
    mapping.add_list(toy, "New libraries", brought(), MAPPING)
    assert path.read_bytes().startswith(before)


def test_a_second_file_of_the_same_name_takes_the_next_one(toy):
    mapping.add_list(toy, "One", brought(), MAPPING)
    mapping.add_list(toy, "Two", brought(name="LIBRARIES.csv"), MAPPING)
    assert sorted(path.name for path in (toy / "assets").iterdir()) == [
        "LIBRARIES-2.csv",
        "LIBRARIES-2.csv.mapping.toml",
        "libraries.csv",
        "libraries.csv.mapping.toml",
    ]
    assert [entry["file"] for entry in tomllib.loads((toy / "place.toml").read_text())["assets"]] == [
        "venues.csv",
        "assets/libraries.csv",
        "assets/LIBRARIES-2.csv",
    ]


@pytest.mark.parametrize("name", ['x"\n[[assets]]\nname = "y', "\\", "'''", "ä\x7f\u2028", "[place]", '"""'])
def test_no_name_breaks_out_of_place_toml(toy, name):
    mapping.add_list(toy, name, brought(), {**MAPPING, "source": name})
    entries = tomllib.loads((toy / "place.toml").read_text(encoding="utf-8"))["assets"]
    assert [each["name"] for each in entries] == ["Venues", " ".join(name.split())]
    assert entries[-1]["source"] == name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("  ", "The list has no name."),
        ("Venues", "There is a list called “Venues” in this place already."),
    ],
)
def test_a_list_needs_a_name_of_its_own(toy, name, told):
    before = everything_in(toy)
    with pytest.raises(PlaceError, match=told):
        mapping.add_list(toy, name, brought(), MAPPING)
    assert everything_in(toy) == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind_column": "", "kind": "tiddlywinks"}, "which the taxonomy does not have"),
        ({"title": "Nom"}, "There is no column “Nom”"),
        ({"kind_column": ""}, "must say what its assets are"),
    ],
)
def test_a_list_that_the_place_would_not_load_with_leaves_nothing_behind(toy, changed, told):
    before = everything_in(toy)
    with pytest.raises(PlaceError, match=told):
        mapping.add_list(toy, "New libraries", brought(), {**MAPPING, **changed})
    assert everything_in(toy) == before
    assert not (toy / "assets").exists()


def test_a_stop_in_the_middle_leaves_nothing_behind(toy):
    def stop(folder):
        assert "New libraries" in (toy / "place.toml").read_text()
        raise KeyboardInterrupt

    before = everything_in(toy)
    with pytest.raises(KeyboardInterrupt):
        mapping.add_list(toy, "New libraries", brought(), MAPPING, stop)
    assert everything_in(toy) == before


def test_a_folder_that_cannot_be_written_is_told(toy):
    (toy / "assets").write_text("in the way")
    before = everything_in(toy)
    with pytest.raises(OutputError, match="The list cannot be written there: File exists"):
        mapping.add_list(toy, "New libraries", brought(), MAPPING)
    assert everything_in(toy) == before


@pytest.mark.parametrize("folder", ["demo", demo_folder()])
def test_nothing_is_added_to_the_demo_town(folder):
    before = everything_in(demo_folder())
    with pytest.raises(OutputError, match="The demo town is part of assetmap, so nothing is added to it"):
        mapping.add_list(folder, "New libraries", brought(), MAPPING)
    assert everything_in(demo_folder()) == before
