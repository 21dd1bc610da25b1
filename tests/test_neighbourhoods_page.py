"""The page where somebody makes a neighbourhood, and what it keeps in the place folder."""

from __future__ import annotations

import json
import tomllib

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely import box
from streamlit.testing.v1 import AppTest

from assetmap import OutputError, PlaceError, assess, load
from assetmap.app import choices
from assetmap.neighbourhoods import NEIGHBOURHOOD_COLUMNS
from assetmap.sources import demo_folder, mapping, own_neighbourhoods
from assetmap.sources.own_neighbourhoods import Draft
from assetmap.views import export, neighbourhoods
from assetmap.views.page import standalone
from tests.screens import screen, words
from tests.test_mapping import everything_in
from tests.test_maps import _Elements
from tests.test_neighbourhoods import POSTCODES, shares
from tests.toy import CODES, RECIPE, SIDE, SOUTH, WEST, write_toy

A, B, C, D = CODES
EVIL = '</script><img src=x onerror=alert(1)>"\n[place]\nname="x'


@pytest.fixture
def toy(tmp_path):
    return write_toy(tmp_path / "toy", postcodes_csv=POSTCODES.to_csv(index=False))


@pytest.fixture
def place(toy):
    return load(toy)


def degrees(*boxes: tuple[float, float, float, float]) -> gpd.GeoSeries:
    """Rectangles: west, south, east and north in metres from the toy town's south-western corner."""
    shapes = [box(WEST + w, SOUTH + s, WEST + e, SOUTH + n) for w, s, e, n in boxes]
    return gpd.GeoSeries(shapes, crs=27700).to_crs(4326)


def drawn(*corners: float) -> dict:
    """What the browser sends of a rectangle."""
    (shape,) = degrees(corners)
    return json.loads(json.dumps(shape.__geo_interface__))


WESTERN_HALF = (-100, -100, 1_900, 1_100)


def counted(draft, place):
    return next(iter(shares(own_neighbourhoods.try_out(draft, "New", place).members).values()))


# -- drafts ------------------------------------------------------------------------------------------


def test_a_drawn_line_counts_the_areas_whose_people_are_inside(place):
    assert counted(own_neighbourhoods.from_line(drawn(*WESTERN_HALF)), place) == {A: 1, B: 1}


def test_a_drawn_line_may_count_parts_of_areas_by_their_postcodes(place):
    half = own_neighbourhoods.from_line(drawn(0, 0, 1_500, SIDE), by="postcodes")
    assert counted(half, place) == {A: 1, B: 0.5}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        {},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[["a", "b"], [0, 1], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, 1e9], [1, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0, float("nan")], [1, 0]]]},
    ],
)
def test_what_is_no_outline_is_told_whatever_a_browser_sends(sent):
    with pytest.raises(PlaceError) as caught:
        own_neighbourhoods.from_line(sent)
    assert str(caught.value.problems[0]) == "Your line: It encloses nothing. Set three corners or more."


@pytest.mark.parametrize(
    "text",
    [
        "ZZ1 1AA\nzz11ab\n",
        "ZZ1 1AA, ZZ1 1AB",
        "ZZ11AA;ZZ1  1AB;",
        "ZZ1 1AA ZZ1 1AB\r\n",
        "\n\nZZ1 1AA\tZZ1 1AB",
    ],
)
def test_postcodes_are_read_however_they_are_set_apart(place, text):
    draft = own_neighbourhoods.from_list(text, place.areas.index)
    assert counted(draft, place) == {A: 0.5}


def test_area_codes_are_read_with_spaces_between_them_or_without(place):
    for text in (f"{A}\n{C}", f"{A} {C}", f"{A},{C},"):
        assert counted(own_neighbourhoods.from_list(text, place.areas.index), place) == {A: 1, C: 1}


def test_what_cannot_be_counted_is_told_with_the_reason_and_the_rest_is_counted(place):
    draft = own_neighbourhoods.from_list("ZZ1 1AA\nZZ8 8ZZ\nsomewhere\nZZ1 1AA", place.areas.index)
    trial = own_neighbourhoods.try_out(draft, "New", place)
    assert shares(trial.members) == {"New": {A: 0.25}}
    assert [(each.severity, each.what) for each in trial.problems] == [
        ("rejected", "“ZZ8 8ZZ” is not in the place’s postcode table, or stands outside its areas."),
        ("rejected", "“somewhere” is not in the place’s postcode table, or stands outside its areas."),
        ("duplicate", "“ZZ1 1AA” stands here a second time for “New”; the first is used."),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" \n ,", "Your list: It is empty. Write postcodes or area codes, one a line."),
        (
            f"{A}\nZZ1 1AA",
            f"Your list: It holds area codes, such as {A}, and postcodes, such as ZZ1 1AA. "
            "Make a list of one sort; a postcode is not a whole area.",
        ),
    ],
)
def test_a_list_that_says_nothing_or_two_things_is_refused(place, text, told):
    with pytest.raises(PlaceError) as caught:
        own_neighbourhoods.from_list(text, place.areas.index)
    assert str(caught.value.problems[0]) == told


def test_a_file_tells_its_columns_and_a_bare_list_its_first_line(place):
    def seen(text):
        return mapping.look(mapping.received("patch.csv", text.encode()), {})

    table = seen(f"Patch,LSOA\nWest,{A}\nWest,{B}\nEast,{D}\n")
    assert own_neighbourhoods.guess_columns(table, place) == {"code": "LSOA", "title": "Patch"}
    assert own_neighbourhoods.guess_columns(seen("pc,name\nZZ1 1AA,West\n"), place) == {
        "postcode": "pc",
        "title": "name",
    }
    assert own_neighbourhoods.single_column(table) is None
    bare = own_neighbourhoods.single_column(seen("ZZ1 1AA\nZZ1 1AB\n"))
    assert counted(own_neighbourhoods.from_list(bare, place.areas.index), place) == {A: 0.5}


# -- kept and removed --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["The Estate", EVIL, "../../x", "con", "日本", "[x]", "a" * 200])
def test_a_neighbourhood_is_kept_under_any_name_and_removed_without_a_trace(toy, place, name):
    before = everything_in(toy)
    draft = own_neighbourhoods.from_line(drawn(*WESTERN_HALF))
    after = own_neighbourhoods.add_neighbourhoods(toy, name, draft)
    plain = " ".join(name.split())
    assert shares(after.neighbourhoods) == {plain: {A: 1, B: 1}}
    assert shares(load(toy).neighbourhoods) == {plain: {A: 1, B: 1}}
    new = set(everything_in(toy)) - set(before)
    assert len(new) == 1
    assert new.pop().startswith("neighbourhoods/")

    left = own_neighbourhoods.remove_neighbourhoods(toy, plain)
    assert left.neighbourhoods.empty
    assert everything_in(toy).keys() == before.keys()
    assert tomllib.loads((toy / "place.toml").read_text()) == tomllib.loads(before["place.toml"].decode())
    assert not (toy / "neighbourhoods").exists()


def test_removing_leaves_the_others_and_every_remark_as_they_are(toy, place):
    for name, codes in (("One", [A]), ("Two", [B]), ("Three", [C])):
        own_neighbourhoods.add_neighbourhoods(toy, name, own_neighbourhoods.from_areas(codes))
    recipe = toy / "place.toml"
    text = recipe.read_text().replace(
        '[[neighbourhoods]]\nname = "Three"', '# of three\n[[neighbourhoods]]\nname = "Three"'
    )
    recipe.write_text(text)
    left = own_neighbourhoods.remove_neighbourhoods(toy, "Two")
    assert shares(left.neighbourhoods) == {"One": {A: 1}, "Three": {C: 1}}
    assert "# of three\n[[neighbourhoods]]" in recipe.read_text()
    assert sorted(path.name for path in (toy / "neighbourhoods").iterdir()) == ["One.csv", "Three.csv"]


def patches(toy, ending: str) -> str:
    """Keep two neighbourhoods as one list; the text of its table in the recipe."""
    if ending == "geojson":
        shapes = gpd.GeoDataFrame(
            {"patch": ["West", "East"]}, geometry=degrees(WESTERN_HALF, (2_100, 0, 3_900, SIDE))
        )
        draft = Draft(
            mapping.Upload("x.geojson", shapes.to_json().encode()),
            {"title": "patch", "source": "The council"},
        )
    else:
        draft = Draft(mapping.Upload("x.csv", f"patch,area\nWest,{A}\nEast,{C}\nWest,{B}\nEast,{D}\n".encode()), {"title": "patch", "code": "area", "source": "The council"})  # fmt: skip
    own_neighbourhoods.add_neighbourhoods(toy, "Patches", draft)
    return (toy / "place.toml").read_text()


@pytest.mark.parametrize("ending", ["geojson", "csv"])
def test_one_of_a_list_is_removed_and_the_others_stay(toy, ending):
    before = patches(toy, ending)
    own_neighbourhoods.remove_neighbourhoods(toy, "Patches", neighbourhood="West")
    assert shares(load(toy).neighbourhoods) == {"East": {C: 1, D: 1}}
    kept = [path.name for path in (toy / "neighbourhoods").iterdir()]
    assert kept == [f"Patches-2.{ending}"]
    assert "West" not in (toy / "neighbourhoods" / kept[0]).read_text()
    assert (toy / "place.toml").read_text() == before.replace(f"Patches.{ending}", kept[0])
    own_neighbourhoods.remove_neighbourhoods(toy, "Patches", neighbourhood="East")
    assert load(toy).neighbourhoods.empty
    assert not (toy / "neighbourhoods").exists()


@pytest.mark.parametrize("ending", ["geojson", "csv"])
def test_one_of_a_list_is_changed_and_the_others_stay(toy, ending):
    patches(toy, ending)
    way, made, by = own_neighbourhoods.as_made(toy, "Patches", "West")
    assert by == "points"
    if ending == "csv":
        assert (way, made) == ("areas", [A, B])
    else:
        assert way == "draw"
        assert own_neighbourhoods.corners(made, load(toy).crs).count("\n") == 3
    draft = own_neighbourhoods.from_areas([A])
    with pytest.raises(PlaceError, match="There are neighbourhoods called “Patches” in this place already"):
        own_neighbourhoods.add_neighbourhoods(toy, "Patches", draft, instead=("Patches", "West"))
    own_neighbourhoods.add_neighbourhoods(toy, "West", draft, instead=("Patches", "West"))
    assert shares(load(toy).neighbourhoods) == {"East": {C: 1, D: 1}, "West": {A: 1}}
    assert sorted(path.name for path in (toy / "neighbourhoods").iterdir()) == [
        f"Patches-2.{ending}",
        "West.csv",
    ]


def test_a_change_that_the_place_would_not_load_with_changes_nothing(toy):
    patches(toy, "csv")
    before = everything_in(toy)
    draft = own_neighbourhoods.from_areas(["E99999999"])
    with pytest.raises(PlaceError):
        own_neighbourhoods.add_neighbourhoods(toy, "West", draft, instead=("Patches", "West"))
    assert everything_in(toy) == before


def test_a_list_of_postcodes_comes_back_as_text(toy, place):
    draft = own_neighbourhoods.from_list("ZZ1 1AA, ZZ1 1AB", place.areas.index)
    own_neighbourhoods.add_neighbourhoods(toy, "Listed", draft)
    assert own_neighbourhoods.as_made(toy, "Listed", "Listed") == ("list", "ZZ1 1AA\nZZ1 1AB", "points")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("400000 300000\n\n401000;300000\n401000\t301000", None),
        ("-1.99, 52.59\n-1.97, 52.59\n-1.97, 52.61", None),
        ("400000", "Line 1 is no corner: “400000”. Write two numbers: easting, northing."),
        (
            "400000, 300000, 5",
            "Line 1 is no corner: “400000, 300000, 5”. Write two numbers: easting, northing.",
        ),
        ("1e9, 0", "Line 1 is no corner: “1e9, 0”. Write two numbers: easting, northing."),
        (
            f"{10**12}, 0",
            f"Line 1 is no place on the earth: “{10**12}, 0”. Write easting and northing in metres.",
        ),
    ],
)
def test_corners_are_read_in_metres_or_degrees(place, text, told):
    if told:
        with pytest.raises(PlaceError) as fault:
            own_neighbourhoods.from_corners(text, place.crs)
        assert str(fault.value) == f"Your corners: {told}"
    else:
        line = own_neighbourhoods.from_corners(text, place.crs)
        assert own_neighbourhoods.from_line(line)
        assert len(line["coordinates"][0]) == 4


def test_too_few_corners_enclose_nothing(place):
    line = own_neighbourhoods.from_corners("400000, 300000\n401000, 300000", place.crs)
    with pytest.raises(PlaceError, match=r"Your line: It encloses nothing\. Set three corners or more\."):
        own_neighbourhoods.from_line(line)


@given(
    st.lists(
        st.tuples(st.integers(399_000, 405_000), st.integers(299_000, 302_000)),
        min_size=3,
        max_size=12,
        unique=True,
    )
)
def test_corners_come_back_as_they_were_written(written):
    text = "\n".join(f"{x}, {y}" for x, y in written)
    assert own_neighbourhoods.corners(own_neighbourhoods.from_corners(text, CRS(27700)), CRS(27700)) == text


def test_kept_neighbourhoods_are_on_the_map_by_name(toy, place):
    patches(toy, "geojson")
    own_neighbourhoods.add_neighbourhoods(toy, EVIL, own_neighbourhoods.from_areas([A, C]))
    after = load(toy)
    kept = own_neighbourhoods.outlines(toy, after)["features"]
    name = " ".join(EVIL.split())
    assert [each["properties"]["name"] for each in kept] == ["East", "West", name]
    shapes = gpd.GeoDataFrame.from_features(kept, crs=4326).to_crs(27700).geometry
    assert shapes.area.round(-3).tolist() == [1_800_000, 2_400_000, 2_000_000]
    line = drawn(*WESTERN_HALF)
    painted = neighbourhoods.paint(assess(after), None, line, kept)["line"]
    assert painted["features"][:3] == kept
    assert painted["features"][3]["geometry"] == line


def test_a_file_that_was_not_made_here_or_is_used_elsewhere_stays(toy, place):
    (toy / "mine.csv").write_text(f"code\n{A}\n")
    table = '\n[[neighbourhoods]]\nname = "{}"\nfile = "{}"\ncode = "code"\n'
    with (toy / "place.toml").open("a") as recipe:
        recipe.write(table.format("Mine", "mine.csv"))
    own_neighbourhoods.add_neighbourhoods(toy, "One", own_neighbourhoods.from_areas([B]))
    with (toy / "place.toml").open("a") as recipe:
        recipe.write(table.format("Also", "neighbourhoods/One.csv"))
    own_neighbourhoods.remove_neighbourhoods(toy, "Mine")
    left = own_neighbourhoods.remove_neighbourhoods(toy, "One")
    assert (toy / "mine.csv").exists()
    assert shares(left.neighbourhoods) == {"Also": {B: 1}}


def test_one_that_is_written_in_another_way_is_left_for_a_person_to_remove(toy):
    recipe = toy / "place.toml"
    (toy / "mine.csv").write_text(f"code\n{A}\n")
    inline = 'neighbourhoods = [{ name = "Mine", file = "mine.csv", code = "code" }]\n'
    recipe.write_text(inline + recipe.read_text())
    before = everything_in(toy)
    with pytest.raises(PlaceError, match="one cannot be taken out of by itself"):
        own_neighbourhoods.remove_neighbourhoods(toy, "Mine")
    with pytest.raises(PlaceError, match="There are no neighbourhoods called “Other” in this place"):
        own_neighbourhoods.remove_neighbourhoods(toy, "Other")
    assert everything_in(toy) == before


def test_a_name_is_needed_and_no_other_may_have_it(toy):
    draft = own_neighbourhoods.from_areas([A])
    own_neighbourhoods.add_neighbourhoods(toy, "One", draft)
    before = everything_in(toy)
    for name, told in (
        (" \n", "The neighbourhood has no name."),
        ("one", "There are neighbourhoods called “one”"),
    ):
        with pytest.raises(PlaceError, match=told):
            own_neighbourhoods.add_neighbourhoods(toy, name, draft)
    assert everything_in(toy) == before


def test_what_the_place_would_not_load_with_leaves_nothing_behind(toy):
    before = everything_in(toy)
    bad = Draft(mapping.Upload("listed.csv", b"code\nE01999999\n"), {"code": "code"})
    with pytest.raises(PlaceError, match="None of its neighbourhoods is made up of areas of this place"):
        own_neighbourhoods.add_neighbourhoods(toy, "Away", bad)

    def stop(folder):
        assert "Stopped" in (toy / "place.toml").read_text()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        own_neighbourhoods.add_neighbourhoods(toy, "Stopped", own_neighbourhoods.from_areas([A]), stop)
    assert everything_in(toy) == before


def test_the_demo_town_is_left_as_it_is():
    before = everything_in(demo_folder())
    for folder in ("demo", demo_folder()):
        with pytest.raises(OutputError, match="The demo town is part of assetmap, so nothing is kept in it"):
            own_neighbourhoods.add_neighbourhoods(folder, "One", own_neighbourhoods.from_areas(["WM01"]))
        with pytest.raises(OutputError, match="nothing is kept in it"):
            own_neighbourhoods.remove_neighbourhoods(folder, "One")
    assert everything_in(demo_folder()) == before


# -- told --------------------------------------------------------------------------------------------


def test_what_is_strong_is_told_before_what_is_thin_and_with_the_whole_place_beside_it(place):
    assessment = assess(place)
    members = own_neighbourhoods.try_out(own_neighbourhoods.from_areas([A, B]), "New", place).members
    told = neighbourhoods.account_html(assessment, members, "New")
    assert told.index("Strong here") < told.index("Less within reach than in the whole place")
    # Of 1,000 and 1,100 people the first lot have the club beside them; 4,600 live in the place.
    assert "Groups: 48% of residents have one within 15 minutes’ walk (22% in the whole place)." in told
    assert (
        "100% of residents live in areas of the most deprived fifth, deciles 1 and 2 (46% in the whole place)."
        in told
    )
    assert "Residents: 2,100, by 2 areas." in told


def test_every_word_of_a_file_stays_a_word(toy):
    own_neighbourhoods.add_neighbourhoods(toy, EVIL, own_neighbourhoods.from_areas([A]))
    assessment = assess(load(toy))
    usual = _Elements(standalone(assess(load("demo"))))
    alone = standalone(assessment)
    found = _Elements(alone)
    assert len(found.named("script")) == len(usual.named("script"))
    assert all(each["src"].startswith("data:image/svg+xml,%3Csvg") for each in found.named("img"))
    assert "Neighbourhoods of your own" in alone
    assert not _Elements(neighbourhoods.figures_html(assessment, assessment.place.neighbourhoods)).named(
        "img"
    )


def test_a_page_without_neighbourhoods_says_nothing_of_them(place):
    assert "Neighbourhoods of your own" not in standalone(assess(place))


def test_the_map_shows_what_the_table_counts(place):
    assessment = assess(place)
    draft = own_neighbourhoods.from_line(drawn(0, 0, 1_500, SIDE), by="postcodes")
    members = own_neighbourhoods.try_out(draft, "New", place).members
    painted = neighbourhoods.paint(assessment, members)["areas"]
    assert [painted[code]["value"] for code in CODES] == [
        "Counted whole",
        "50 % of its residents counted",
        "Not counted",
        "Not counted",
    ]
    assert [painted[code]["figure"] for code in CODES] == ["✓", "50 %", "", ""]
    assert len({painted[code]["fill"] for code in CODES}) == 3
    table = neighbourhoods.counted_html(assessment, members)
    assert "2 areas counted, of 4." in table
    assert '<td class="am-number">50 %</td><td class="am-number">550</td>' in table


def test_what_is_not_known_is_told_as_not_known(tmp_path):
    recipe = RECIPE.replace('index = "IoD2025"', 'index = "IoD2025"\npartial = true')
    table = "lsoa21_code,rank,decile,income\nE01000004,33000,10,10\n"
    place = load(write_toy(tmp_path / "toy", deprivation_csv=table, place_toml=recipe))
    members = own_neighbourhoods.try_out(own_neighbourhoods.from_areas([A, D]), "New", place).members
    told = neighbourhoods.account_html(assess(place), members, "New")
    assert "Deprivation is known for 57% of residents." in told
    members = own_neighbourhoods.try_out(own_neighbourhoods.from_areas([A]), "New", place).members
    assert "not known" in neighbourhoods.figures_html(assess(place), members)
    assert "nan" not in neighbourhoods.account_html(assess(place), members, "New")


# -- the page ----------------------------------------------------------------------------------------


@pytest.fixture
def app(toy, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETMAP_PLACES", str(toy))
    return screen("neighbourhoods").run()


def box_of(app: AppTest, label: str):
    every = (*app.radio, *app.text_input, *app.text_area, *app.multiselect, *app.selectbox)
    return next(each for each in every if each.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click()
    return app.run()


CHOICE = "Change or remove a neighbourhood"


def make(app: AppTest, way: str) -> AppTest:
    box_of(app, "How would you like to make it?").set_value(way)
    return app.run()


def test_areas_are_chosen_counted_saved_shown_and_removed(app, toy):
    assert not app.exception
    make(app, "areas")
    box_of(app, "Areas (or click them on the map)").set_value([A, B])
    app.run()
    assert not app.exception
    assert not app.error
    assert "2 areas counted, of 4." in words(app)
    box_of(app, "Name of the neighbourhood").set_value("The Patch")
    press(app, "Save to Toytown")
    assert not app.exception
    assert [each.value for each in app.success] == ["“The Patch” is now part of Toytown\\."]
    assert "1 neighbourhood. For each theme" in words(app)
    assert shares(load(toy).neighbourhoods) == {"The Patch": {A: 1, B: 1}}
    box_of(app, CHOICE).set_value(("The Patch", "The Patch"))
    app.run()
    press(app, "Remove “The Patch”")
    assert [each.value for each in app.success] == ["“The Patch” was removed\\."]
    assert load(toy).neighbourhoods.empty


def test_a_pasted_list_tells_the_bad_ones_and_a_name_that_is_missing(app, toy):
    make(app, "list")
    box_of(app, "Postcodes or area codes, one a line").set_value("ZZ1 1AA\nZZ8 8ZZ")
    press(app, "Count these")
    assert "“ZZ8 8ZZ” is not in the place’s postcode table, or stands outside its areas." in words(app)
    assert "1 row left out." in words(app)
    press(app, "Save to Toytown")
    assert [each.value for each in app.error] == ["It was not saved; the place is as it was."]
    assert "The neighbourhood has no name. Give it one." in words(app)
    box_of(app, "Postcodes or area codes, one a line").set_value("nowhere at all")
    press(app, "Count these")
    assert [each.value for each in app.error] == ["No area can be counted as it is."]
    assert not app.exception


def bring(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].upload(name, content, "application/octet-stream")
    return app.run()


def test_outlines_and_tables_come_as_files(app, toy):
    make(app, "file")
    shapes = degrees(WESTERN_HALF, (2_100, 0, 3_900, SIDE))
    outlines = gpd.GeoDataFrame({"patch": ["West", "East"]}, geometry=shapes)
    bring(app, "my patches.geojson", outlines.to_json().encode())
    assert not app.exception
    assert box_of(app, "Column with the neighbourhoods’ names").value == "patch"
    assert "2 neighbourhoods. For each theme" in words(app)
    box_of(app, "Name of the list").set_value("Patches")
    press(app, "Save to Toytown")
    assert shares(load(toy).neighbourhoods) == {"West": {A: 1, B: 1}, "East": {C: 1, D: 1}}
    assert box_of(app, CHOICE).options == ["East (Patches)", "West (Patches)", "All 2 of Patches"]

    make(app, "file")
    bring(app, "codes.csv", f"Estate,LSOA\nTop,{A}\nTop,E01999999\n".encode())
    assert "“E01999999” is no area of this place." in words(app)
    assert not app.exception


CORNERS = "Corners, one a line: easting, northing"
WEST_CORNERS = "399900, 299900\n401900, 299900\n401900, 301100\n399900, 301100"


def test_an_outline_is_drawn_and_moved_by_its_corners_without_a_pointer(app, toy):
    box_of(app, CORNERS).set_value(WEST_CORNERS)
    press(app, "Draw these corners")
    assert not app.exception
    assert not app.error
    assert "2 areas counted, of 4." in words(app)
    box_of(app, CORNERS).set_value(WEST_CORNERS.replace("401900", "402900"))
    press(app, "Draw these corners")
    assert "3 areas counted, of 4." in words(app)
    box_of(app, CORNERS).set_value("399900, 299900\nsomewhere")
    press(app, "Draw these corners")
    assert [each.value for each in app.error] == ["The corners are not drawn; the outline is as it was."]
    assert "Line 2 is no corner: “somewhere”. Write two numbers: easting, northing." in words(app)
    assert "3 areas counted, of 4." in words(app)
    box_of(app, "Name of the neighbourhood").set_value("West")
    press(app, "Save to Toytown")
    assert shares(load(toy).neighbourhoods) == {"West": {A: 1, B: 1, C: 1}}


def test_a_kept_outline_is_loaded_back_changed_and_saved(app, toy):
    box_of(app, CORNERS).set_value(WEST_CORNERS)
    press(app, "Draw these corners")
    box_of(app, "Name of the neighbourhood").set_value("West")
    press(app, "Save to Toytown")
    make(app, "areas")
    box_of(app, CHOICE).set_value(("West", "West"))
    app.run()
    press(app, "Change “West”")
    assert not app.exception
    assert box_of(app, CORNERS).value == WEST_CORNERS
    assert box_of(app, "Name of the neighbourhood").value == "West"
    assert [each.value for each in app.info] == ["You are changing “West”. Saving it below takes its place."]
    box_of(app, CORNERS).set_value(WEST_CORNERS.replace("401900", "400900"))
    press(app, "Draw these corners")
    press(app, "Save to Toytown")
    assert not app.error
    assert [each.value for each in app.success] == ["“West” is now changed\\."]
    assert shares(load(toy).neighbourhoods) == {"West": {A: 1}}
    assert sorted(path.name for path in (toy / "neighbourhoods").iterdir()) == ["West-2.geojson"]
    assert box_of(app, CHOICE).options == ["West"]


def test_a_kept_neighbourhood_can_be_left_as_it_is(app, toy):
    own_neighbourhoods.add_neighbourhoods(toy, "Patch", own_neighbourhoods.from_areas([A, B]))
    choices.loaded.clear()
    app.run()
    before = everything_in(toy)
    box_of(app, CHOICE).set_value(("Patch", "Patch"))
    app.run()
    press(app, "Change “Patch”")
    assert box_of(app, "Areas (or click them on the map)").value == [A, B]
    press(app, "Leave it as it is")
    assert not app.exception
    assert not app.info
    assert everything_in(toy) == before


def test_one_that_cannot_be_changed_here_says_why(app, toy):
    patches = gpd.GeoDataFrame(
        {"patch": ["West", "West"]}, geometry=degrees((0, 0, 900, 900), (1_100, 0, 1_900, 900))
    )
    draft = Draft(mapping.Upload("patches.geojson", patches.to_json().encode()), {"title": "patch"})
    own_neighbourhoods.add_neighbourhoods(toy, "Patches", draft)
    choices.loaded.clear()
    app.run()
    box_of(app, CHOICE).set_value(("Patches", "West"))
    app.run()
    press(app, "Change “West”")
    assert [each.value for each in app.error] == ["It cannot be changed on this page."]
    assert (
        "The outline of “West” has several parts or a hole, so its corners cannot be changed here. Change it in its file, or make "
        "it anew."
    ) in words(app)


def test_a_file_that_cannot_be_read_is_told(app):
    make(app, "file")
    bring(app, "broken.geojson", b"{")
    assert [each.value for each in app.error] == ["No area can be counted as it is."]
    assert not app.exception


def test_the_demo_town_shows_figures_and_offers_a_copy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("neighbourhoods").run()
    make(app, "areas")
    offered = box_of(app, "Areas (or click them on the map)")
    offered.set_value(list(load("demo").areas.index[:2]))
    app.run()
    assert not app.exception
    assert [each.value for each in app.info] == [neighbourhoods.DEMO_TOLD]
    assert "Name of the neighbourhood" not in [each.label for each in app.text_input]


def test_the_figures_are_downloaded_as_the_export_writes_them(toy, place):
    own_neighbourhoods.add_neighbourhoods(toy, "=Patch", own_neighbourhoods.from_areas([A]))
    assessment = assess(load(toy))
    head, line, *rest = export.neighbourhoods_csv(assessment, assessment.place.neighbourhoods).splitlines()
    assert head.split(",") == [name for name in NEIGHBOURHOOD_COLUMNS if name in head.split(",")]
    assert line.startswith("'=Patch,'=Patch,1000,1,E01000001 (100 %),")
    assert not rest
