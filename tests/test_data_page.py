"""The health of a place's data: in words, in tables, in files to mend, and on the Data page."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assetmap import assess, load
from assetmap.sources.accepted import accept, differences
from assetmap.sources.mapping import add_list, look, received
from assetmap.sources.recipe import as_toml, read_recipe
from assetmap.views import export, health
from tests.conftest import REALDATA
from tests.screens import screen, words
from tests.test_all_lists import GOLDEN, greater_manchester, said_of
from tests.toy import RECIPE, VENUES, write_toy

TODAY = date(2026, 3, 20)

#: Two rows without a postcode that is known, one of an unknown kind, one place told twice, one row too short.
MESSY = VENUES + (
    'Lost Club,Sports club,,,"ZZ9 9ZZ"\n'
    'Gone Club,Sports club,,,"ZZ8 8ZZ"\n'
    "=Sum Works,Sorcery,402500,300500,\n"
    "West Library,Library,400510,300500,\n"
    "Short Club,Sports club\n"
)


@pytest.fixture
def messy(tmp_path):
    recipe = (
        RECIPE
        + 'source = "Toytown Council"\nlicence = "ODbL"\ndate = "2025-01-15"\nlast_checked = "checked"\n'
    )
    heads, *rows = MESSY.splitlines()
    days = iter(["2026-01-05", "2025-01-05", "2020-05-05"])
    listed = [f"{heads},checked,Telephone"] + [f"{row},{next(days, '')},0161 496 0000" for row in rows]
    return write_toy(tmp_path / "toy", venues_csv="\n".join(listed) + "\n", place_toml=recipe)


def text(html: str) -> str:
    """The words of HTML, one space between."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_a_check_of_a_known_year_alone_counts_from_its_beginning(tmp_path):
    """So nothing is told as checked within a year that may not have been."""
    days = ["2026", "2025", "2025-04", "2025-03", "2024-04", "2013", ""]
    rows = "".join(f"Club {n},Sports club,40{n}500,300500,,{day}\n" for n, day in enumerate(days))
    recipe = RECIPE + 'last_checked = "checked"\n'
    place = load(
        write_toy(
            tmp_path, place_toml=recipe, venues_csv=f"name,kind,easting,northing,postcode,checked\n{rows}"
        )
    )
    assert text(health.checked_html(place, TODAY)).endswith("All lists 2 3 1 1 Venues 2 3 1 1")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("2025-01-15", "14 months old"),
        ("2025-01", "14 months old"),
        ("January 2025", "14 months old"),
        ("15 Jan 2025", "14 months old"),
        ("2025-03-21", "11 months old"),
        ("2026-02-20", "1 month old"),
        ("2026-03-01", "less than a month old"),
        ("2026-03-20", "less than a month old"),
        ("2026-03-21", "dated in the future"),
        ("2026-04", "dated in the future"),
        ("2031", "dated in the future"),
        ("2020-03-21", "5 years old"),
        ("2022", "3 to 5 years old"),
        ("2025", "under 2 years old"),
        ("not stated", "date not stated"),
        ("last spring", "age not known"),
        ("2025-13", "age not known"),
    ],
)
def test_the_age_of_a_source(said, words):
    assert health.age(said, TODAY) == words


def test_the_health_in_sentences(messy):
    assert health.summary(load(messy), TODAY) == [
        "7 layers: 30 rows read, 24 used, 2 not counted by rule, 4 left out with a reason.",
        "8 of 10 listed places could be located (80%).",
        "1 row told of a place that was there already, and counted once.",
        "6 layers without a stated date.",
        "Of 6 assets, 1 were checked within 12 months, 2 within 24; of 3 nobody says when.",
        "Share-alike: ODbL. What is made from these layers is under the same terms.",
        "6 layers without a stated licence.",
    ]


def test_what_became_of_the_rows_of_a_list(messy):
    row = next(each for each in health.layers_html(load(messy), TODAY).split("<tr>") if "venues.csv" in each)
    assert text(row) == (
        "assets: Venues venues.csv 11 80% 6 1 0 4 2025-01-15 14 months old Toytown Council ODbL"
    )


def test_rows_left_out_are_counted_by_reason_and_then_listed(messy):
    told = text(health.left_out_html(load(messy)))
    assert told.startswith("4 rows for 3 reasons; the most first. File Rows Why What to do venues.csv 2 ")
    assert (
        "venues.csv 2 The postcode “…” is not in the place’s postcode table. Which rows "
        "Row 8: The postcode “ZZ9 9ZZ” is not in the place’s postcode table. "
        "Row 9: The postcode “ZZ8 8ZZ” is not in the place’s postcode table. "
        "Check the postcode, or add coordinates; it may be outside the table’s reach or no longer in use."
    ) in told
    assert "venues.csv 1 “Sorcery” is not a kind that the taxonomy knows. Which rows Row 10:" in told
    assert health.left_out_html(load(write_toy(messy.parent / "clean"))) == "<p>Every row could be used.</p>"


def test_the_kinds_checks_cover_and_licences_are_told(messy):
    place = load(messy)
    assert text(health.kinds_html(place)).endswith("Venues 7 0 0 1")
    assert text(health.checked_html(place, TODAY)).endswith("All lists 1 1 1 3 Venues 1 1 1 3")
    assert "Hubs all 4 areas covered" in text(health.coverage_html(place))
    licences = text(health.licences_html(place))
    assert (
        "ODbL assets: Venues Contains data from Toytown Council, under ODbL. Share-alike: a database made from this must be "
        "published under the same terms."
    ) in licences
    assert "not stated areas, population" in licences


def test_a_list_that_stops_short_says_how_many_areas_it_covers(tmp_path):
    drawn = (
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:27700"}},"features":[{"type":"Feature",'
        '"properties":{"theme":"services"},"geometry":{"type":"Polygon","coordinates":[[[400000,300000],[402000,300000],'
        "[402000,301000],[400000,301000],[400000,300000]]]}}]}"
    )
    recipe = RECIPE + '\n[footprints]\nfile = "reach.geojson"\ntheme = "theme"\n'
    place = load(write_toy(tmp_path, place_toml=recipe, reach_geojson=drawn))
    assert "Services 2 of 4 areas covered" in text(health.coverage_html(place))
    assert "Services: 2 of 4 areas covered." in health.summary(place, TODAY)


def test_rows_left_out_are_mended_and_brought_again(messy):
    place = load(messy)
    (layer,) = health.with_rejected(place)
    rows = list(csv.DictReader(io.StringIO(health.rejected_rows(messy, place, layer))))
    assert [row["name"] for row in rows] == ["", "Lost Club", "Gone Club", "'=Sum Works"]
    assert list(rows[0]) == [
        "name", "kind", "easting", "northing", "postcode", "checked", "Left out because", "What to do",
    ]  # fmt: skip
    assert (
        rows[1]["Left out because"] == "Row 8: The postcode “ZZ9 9ZZ” is not in the place’s postcode table."
    )
    assert rows[1]["What to do"].startswith("Check the postcode, or add coordinates")

    mended = rows[1:]
    for row in mended:
        row |= {"postcode": "ZZ1 1AA"}
    mended[-1] |= {"kind": "Library", "name": "Sum Works"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(mended[0]))
    writer.writeheader()
    writer.writerows(mended)
    upload = received("mended.csv", out.getvalue().encode())
    said = {"title": "name", "kind_column": "kind", "postcode": "postcode", "last_checked": "checked"}
    headings = [str(column) for column in look(upload, {}).table]
    again = add_list(messy, "Venues, mended", upload, {**said, "headings": headings})
    assert {"Lost Club", "Gone Club", "Sum Works"} <= set(again.assets["name"])
    fate = next(each for each in again.layers if each.name == "assets: Venues, mended")
    assert (fate.rows_in, fate.rows_used, fate.rows_rejected) == (3, 3, 0)


def test_a_row_that_a_spreadsheet_would_run_comes_back_as_it_was(tmp_path):
    folder = write_toy(tmp_path, venues_csv=VENUES.replace("name,", "=name,") + "'=Sum Works,Library,,,@ZZ9\n=Two,Library,,,-ZZ\n",
                       place_toml=RECIPE.replace('title = "name"', 'title = "=name"'))  # fmt: skip
    place = load(folder)
    text = health.rejected_rows(folder, place, health.with_rejected(place)[0])
    assert [line.partition(",Row")[0] for line in text.splitlines()] == [
        "'=name,kind,easting,northing,postcode,Left out because,What to do",
        "'=Sum Works,Library,,,'@ZZ9",
        "'=Two,Library,,,'-ZZ",
    ]
    table = look(received("mended.csv", text.encode("utf-8-sig")), {}).table
    assert table.iloc[:, :5].to_numpy().tolist() == [
        ["=Sum Works", "Library", "", "", "@ZZ9"],
        ["=Two", "Library", "", "", "-ZZ"],
    ]
    assert table.columns[0] == "=name"


def test_mended_rows_put_into_the_list_itself_are_all_used(tmp_path):
    folder = write_toy(tmp_path, venues_csv=VENUES + "Lost Club,Sports club,,,ZZ9 9ZZ\n")
    place = load(folder)
    text = health.rejected_rows(folder, place, health.with_rejected(place)[0])
    (row,) = csv.DictReader(io.StringIO(text))
    line = ",".join([*list(row.values())[:4], "ZZ1 1AA"])
    (folder / "venues.csv").write_text(f"{VENUES}{line}\n", encoding="utf-8")
    assert health.with_rejected(load(folder)) == []
    assert "Lost Club" in set(load(folder).assets["name"])


def test_lists_of_one_file_get_their_own_rows(tmp_path):
    listed = VENUES.replace("\n", ",one\n").replace("postcode,one", "postcode,list")
    listed += "Lost,Library,,,ZZ9 9ZZ,one\nGone,Library,,,ZZ8 8ZZ,two\nBath,Library,401500,300500,,two\n"
    one = RECIPE + 'where = { list = "one" }\n'
    two = one[one.index("[[assets]]") :].replace("Venues", "More").replace('"one"', '"two"')
    folder = write_toy(tmp_path, venues_csv=listed, place_toml=one + two)
    place = load(folder)
    for layer, name in zip(health.with_rejected(place), ("Lost", "Gone"), strict=True):
        rows = csv.DictReader(io.StringIO(health.rejected_rows(folder, place, layer)))
        assert [row["name"] for row in rows] == [name]


def test_what_people_typed_stays_text(tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    recipe = RECIPE.replace(
        'name = "Venues"', f'name = "{evil}"\nlicence = "{evil}"\ndate = "{evil}"\nsource = "{evil}"'
    )
    listed = VENUES + f"{evil},{evil},402500,300500,\n"
    folder = write_toy(tmp_path, venues_csv=listed, place_toml=recipe)
    accept(folder, evil, TODAY)
    (folder / "venues.csv").write_text(listed.replace("West Library", evil * 2), encoding="utf-8")
    place = load(folder)
    found = differences(read_recipe(folder / "place.toml"))
    for html in (
        health.summary_html(place, TODAY), health.layers_html(place, TODAY), health.left_out_html(place),
        health.coverage_html(place), health.kinds_html(place), health.checked_html(place, TODAY),
        health.licences_html(place), health.notes_html(place), health.differences_html(found),
    ):  # fmt: skip
        assert "<img" not in html
    assert "&lt;img" in health.differences_html(found)


def test_a_difference_names_who_accepted_and_shows_old_and_new(tmp_path):
    folder = write_toy(tmp_path)
    accept(folder, "Ann", date(2026, 5, 1))
    (folder / "venues.csv").write_text(VENUES.replace("403500,300800,", "403500,300900,"), encoding="utf-8")
    told = text(health.differences_html(differences(read_recipe(folder / "place.toml"))))
    assert told == (
        "venues.csv 1 row changed, 0 added, 0 removed since it was accepted by Ann on 2026-05-01. "
        "1 row. Row What Name Was → is 4 Changed East Hub northing : 300800 → 300900"
    )


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assetmap.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_tells_the_health_and_writes_the_rows_left_out(messy, tmp_path):
    done = run("check", str(messy), "--rejected", str(tmp_path / "left/out"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "7 layers: 30 rows read, 24 used, 2 not counted by rule, 4 left out with a reason."
    assert lines[-1] == f"Written to {tmp_path / 'left/out'}: assets-Venues-left-out.csv."
    (file,) = (tmp_path / "left/out").iterdir()
    place = load(messy)
    expected = health.rejected_rows(messy, place, health.with_rejected(place)[0])
    assert file.read_text(encoding="utf-8-sig") == expected
    clean = write_toy(tmp_path / "clean")
    done = run("check", str(clean), "--rejected", str(tmp_path / "none"))
    assert done.stdout.splitlines()[-1] == "Every row could be used; nothing was written."
    assert not (tmp_path / "none").exists()
    done = run("check", str(messy), "--rejected", str(file / "below"))
    assert done.returncode == 2
    assert "The rows left out cannot be written there" in done.stderr


@pytest.mark.realdata
def test_the_share_that_is_located_is_that_of_the_golden_table(tmp_path):
    """But where a list has rows of kinds that are no asset, which need no location: there the table counts them, too."""
    folder = greater_manchester(tmp_path)
    lists = sorted((REALDATA / "trafford/assets").iterdir())
    recipe = folder / "place.toml"
    text = recipe.read_text(encoding="utf-8")
    parts = [text[: text.index("[[assets]]")]]
    for path in lists:
        if "grants" not in path.name:
            table = look(received(path.name, path.read_bytes()), {}).table
            parts.append(
                as_toml("[[assets]]", {"file": str(path), **said_of(path, table), "name": path.name})
            )
    recipe.write_text("\n".join(parts), encoding="utf-8")
    place = load(folder)
    found = {Path(layer.file).name: layer for layer in place.layers if layer.table == "assets"}
    golden = list(csv.DictReader(io.StringIO(GOLDEN.read_text(encoding="utf-8"))))
    assert len(golden) == len(found) == 33
    rows = {each["file"]: found[each["file"]] for each in golden}
    same = {
        name: (str(layer.places), f"{100 * layer.located / layer.places:.1f}" if layer.places else "")
        for name, layer in rows.items()
    }
    # Of care homes, defibrillators, takeaways, polling stations and stops none counts; of council land 192 rows do not, and of
    # sports facilities 212.
    differ = {each["file"] for each in golden if same[each["file"]] != (each["venues"], each["located_pct"])}
    assert {same[name] for name in differ} == {("0", ""), ("415", "75.2"), ("102", "100.0")}
    assert sum(layer.places == 0 for layer in rows.values()) == 7  # and of charities
    assert sum(layer.located for layer in rows.values()) == 2_624
    assert sum(layer.kind_unknown for layer in rows.values()) == 171


# -- the page itself ------------------------------------------------------------------------------


def opened(monkeypatch, folder: Path) -> AppTest:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("ASSETMAP_PLACES", str(folder))
    return screen("data").run()


def test_the_page_accepts_by_name(monkeypatch, tmp_path):
    folder = write_toy(tmp_path / "toy")
    app = opened(monkeypatch, folder)
    assert not app.exception
    assert "Nobody has accepted the files of this place yet." in words(app)
    next(each for each in app.button if each.label == "Accept all files as they are").click()
    app.run()
    assert "Nothing was accepted." in app.error[0].value
    assert "It does not say who accepts the files. Give your name." in words(app)
    app.text_input(key="accepting").set_value("Ann")
    next(each for each in app.button if each.label == "Accept all files as they are").click()
    app.run()
    today = date.today().isoformat()
    assert [each.value for each in app.success] == [f"7 files are accepted as of {today}."]
    assert f"Nothing, since Ann accepted the files on {today}." in words(app)

    (folder / "venues.csv").write_text(VENUES.replace("Chess", "Go"), encoding="utf-8")
    next(each for each in app.button if each.label == "Read the files again").click()
    app.run()
    assert not app.exception
    assert f"since it was accepted by Ann on {today}" in words(app)
    assert "Chess Club → Go Club" in text(words(app))

    # What is changed again behind the page's back is not accepted unseen.
    (folder / "venues.csv").write_text(VENUES.replace("Chess", "Bridge"), encoding="utf-8")
    app.text_input(key="accepting").set_value("Bo")
    next(each for each in app.button if each.label == "Accept these changes").click()
    app.run()
    assert "It was changed once more since you looked at it." in words(app)
    next(each for each in app.button if each.label == "Read the files again").click()
    app.run()
    app.text_input(key="accepting").set_value("Bo")
    next(each for each in app.button if each.label == "Accept these changes").click()
    app.run()
    assert [each.value for each in app.success] == [f"1 file is accepted as of {today}."]
    assert f"Nothing, since Bo accepted the files on {today}." in words(app)


def test_the_demo_town_is_not_accepted(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("data").run()
    assert not app.exception
    assert "Changed by hand" not in words(app)


def test_the_gap_analysis_without_share_alike_leaves_its_layers_out(messy, tmp_path):
    place = load(messy)
    assert health.share_alike(place) == ["ODbL"]
    without = load(messy, without=health.share_alike(place))
    export.write(assess(without), tmp_path / "out")
    assert health.share_alike(without) == []
    assert "ODbL" not in (tmp_path / "out/provenance.json").read_text(encoding="utf-8").replace(
        "licence ODbL", ""
    )
    assert (tmp_path / "out/assets.csv").read_text(encoding="utf-8").count("\n") == 1
