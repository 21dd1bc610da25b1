"""What residents can walk to, on the toy place: by kind, by cut-off, from finer points, by other measures."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from assetmap import PlaceError, Settings, SettingsError, assess, load, write
from assetmap.columns import ACCESS_COLUMNS
from assetmap.model import MEASURES, THEMES
from assetmap.reasons import minutes, within_reach
from assetmap.sources import save
from tests.toy import CODES, RECIPE, write_toy

A, B, C, D = CODES

RESIDENTS = RECIPE + '\n[residents]\nfile = "homes.csv"\neasting = "x"\nnorthing = "y"\npeople = "n"\n'
HOMES = "x,y,n\n401500,300500,300\n401100,300500,700\n"

BEYOND = (
    RECIPE + '\n[beyond]\nfile = "around.csv"\ncode = "code"\neasting = "x"\nnorthing = "y"\npeople = "n"\n'
)
# 600 m west of the West Library, over the border; the row of an area of the place is about its own people.
AROUND = f"code,x,y,n\nE01000099,399900,300500,1000\n{A},400500,300500,1000\nE01000098,380000,300500,5000\n"


def by(found, theme, kind=""):
    rows = found.access[(found.access["theme"] == theme) & (found.access["kind"] == kind)]
    return rows.set_index("area_code")


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return assess(load(write_toy(tmp_path_factory.mktemp("toy"))))


def test_every_theme_and_kind_is_told_for_every_area(toy):
    assert list(toy.access) == list(ACCESS_COLUMNS)
    assert set(toy.access.loc[toy.access["kind"] == "", "theme"]) == set(THEMES)
    for _, rows in toy.access.groupby(["theme", "kind"]):
        assert rows["area_code"].tolist() == list(CODES)


def test_the_nearest_of_each_kind_and_the_counts_within_each_cut_off(toy):
    libraries, hubs = by(toy, "hubs", "library"), by(toy, "hubs")
    assert libraries["nearest_m"].tolist() == pytest.approx([0, 1_300, 1_300, 0], abs=1)
    # D has the library at the door and the hub 300 m off, 390 m on foot: both within five minutes, 400 m.
    assert hubs["count_5_min"].tolist() == [1, 0, 0, 2]
    assert libraries["count_15_min"].tolist() == [1, 0, 0, 1]
    assert by(toy, "hubs", "community_hub").loc[D, "walk_min"] == pytest.approx(390 / 80, abs=0.01)
    # The park is 910 m from D.
    assert by(toy, "green_space")["count_10_min"].tolist() == [0, 0, 1, 0]
    assert by(toy, "green_space")["share_15_min"].tolist() == [0, 0, 1, 1]


def test_the_theme_of_the_table_of_areas_says_the_same_as_the_table_of_access(toy):
    for theme in THEMES:
        assert toy.areas[f"{theme}_nearest_m"].tolist() == pytest.approx(
            by(toy, theme)["nearest_m"].tolist(), nan_ok=True
        )
        # The catchment is fifteen minutes.
        assert toy.areas[f"{theme}_count"].tolist() == by(toy, theme)["count_15_min"].tolist()


def test_cut_offs_are_told_whatever_the_catchment(toy):
    near = assess(toy.place, Settings(catchment_min=5))
    assert by(near, "hubs")["count_15_min"].tolist() == by(toy, "hubs")["count_15_min"].tolist()
    assert near.areas["hubs_count"].tolist() == by(near, "hubs")["count_5_min"].tolist()


# -- finer points ---------------------------------------------------------------------------------


def test_from_finer_points_an_area_has_the_mean_over_its_people_and_the_share_of_them(tmp_path):
    found = assess(load(write_toy(tmp_path, place_toml=RESIDENTS, homes_csv=HOMES)))
    # In B, 300 people are 1,300 m from the library and 700 people 600 × 1.3 = 780 m.
    assert found.areas.loc[B, "hubs_nearest_m"] == pytest.approx((300 * 1_300 + 700 * 780) / 1000, abs=0.5)
    assert found.areas.loc[B, "hubs_count"] == pytest.approx(0.7)
    assert found.areas.loc[B, "hubs_share_15_min"] == pytest.approx(0.7)
    assert by(found, "hubs").loc[B, ["share_5_min", "share_10_min"]].tolist() == pytest.approx([0, 0.7])
    # Most of B's residents have a hub near enough; the others' areas have one point each, as before.
    assert found.areas["short_hubs"].tolist() == [False, False, True, False]
    assert found.areas["hubs_nearest_m"][[A, C, D]].tolist() == pytest.approx([0, 1_300, 0], abs=1)
    told = within_reach(found.areas.loc[B], "hubs", "a walk")
    assert told == f"0.7 places of 0.7 kinds within a walk on average, the nearest {minutes(936 / 80)} away"
    assert found.areas["distance_method"].iloc[0] == "straight line × 1.3, from 5 points: points of residents"
    told = [problem for problem in found.place.problems if problem.file == "homes.csv"]
    assert [problem.what for problem in told] == [
        f"3 areas without a point of residents, such as {A}; the area’s own is used."
    ]


def test_most_residents_without_one_is_a_shortfall_and_the_share_is_told(tmp_path):
    homes = HOMES.replace("700", "200")
    found = assess(
        load(write_toy(tmp_path, place_toml=RESIDENTS, homes_csv=homes)), Settings(low_resource_share=1)
    )
    assert found.areas["short_hubs"].tolist() == [False, True, True, False]
    assert "no hub is known within a 15-minute walk for 60% of residents" in found.areas.loc[B, "reason"]


def test_points_that_count_nobody_count_alike(tmp_path):
    recipe = RESIDENTS.replace('people = "n"\n', "")
    found = assess(load(write_toy(tmp_path, place_toml=recipe, homes_csv=HOMES)))
    assert found.areas.loc[B, "hubs_count"] == pytest.approx(0.5)
    assert (
        found.areas["distance_method"].iloc[0].endswith("5 points: points of residents, each counting alike")
    )


def test_good_points_go_on_and_bad_ones_are_kept(tmp_path):
    bad = HOMES + "401200,300500,many\n,,40\n401300,300500,-1\n999999,300500,5\n"
    place = load(write_toy(tmp_path, place_toml=RESIDENTS, homes_csv=bad))
    assert place.residents["people"].tolist() == [300, 700, 1, 1, 1]
    rejected = {(each.row, each.column, each.what) for each in place.problems if each.severity == "rejected"}
    assert rejected == {
        (4, "n", "Its number of people is not a number from 0."),
        (6, "n", "Its number of people is not a number from 0."),
        (5, None, "It has no coordinates."),
    }
    layer = next(layer for layer in place.layers if layer.table == "residents")
    assert (layer.rows_in, layer.rows_used, layer.rows_rejected, layer.rows_set_aside) == (6, 2, 3, 1)


@pytest.mark.parametrize(
    ("recipe", "homes", "what"),
    [
        (RESIDENTS, "x,y,n\n300000,300500,1\n", "None of its points is in an area of this place."),
        (
            RESIDENTS.replace('easting = "x"\nnorthing = "y"\n', ""),
            HOMES,
            "[residents] does not say where the points are.",
        ),
        (
            RESIDENTS.replace('"n"', '"who"'),
            HOMES,
            "There is no column “who” (named as people in [residents]).",
        ),
    ],
)
def test_a_file_of_residents_that_cannot_be_used_is_refused(tmp_path, recipe, homes, what):
    with pytest.raises(PlaceError) as caught:
        load(write_toy(tmp_path, place_toml=recipe, homes_csv=homes))
    assert [problem.what for problem in caught.value.problems] == [what]


# -- other measures -------------------------------------------------------------------------------


def test_people_over_the_border_share_what_is_here(tmp_path):
    place = load(write_toy(tmp_path, place_toml=BEYOND, around_csv=AROUND))
    assert place.beyond["people"].tolist() == [1000]
    shared = Settings(measure_hubs="two_sfca")
    # A's 1,000 residents have the West Library to themselves, or share it with 1,000 more.
    assert assess(load(write_toy(tmp_path / "alone")), shared).areas.loc[A, "hubs_two_sfca"] == pytest.approx(
        1
    )
    found = assess(place, shared)
    assert found.areas.loc[A, "hubs_two_sfca"] == pytest.approx(0.5)
    assert not any("over the border share" in note for note in found.notes)
    alone = assess(load(tmp_path / "alone"), shared)
    assert any(
        "People over the border share the places too and are not counted" in note for note in alone.notes
    )


def test_people_beyond_who_are_all_of_the_place_are_refused(tmp_path):
    around = f"code,x,y,n\n{A},400500,300500,1000\n"
    with pytest.raises(PlaceError, match="None of its people live within 10 km outside the place"):
        load(write_toy(tmp_path, place_toml=BEYOND, around_csv=around))


@pytest.mark.parametrize("measure", [name for name in MEASURES if name != "reach"])
def test_the_index_rests_on_the_measure_that_the_settings_name(toy, measure):
    found = assess(toy.place, Settings(measure_hubs=measure))
    column = {"nearest": "hubs_nearest_m"}.get(measure, f"hubs_{measure}")
    figure = found.areas[column].astype(float)
    lack = found.areas["hubs_lack"]
    if measure != "density_per_1000":  # which looks 1 km over the boundary, in a straight line
        # A and D have more hubs on foot than B and C, whose nearest is 1,300 m away.
        assert lack[[A, D]].max() < lack[[B, C]].min()
        assert lack[B] == lack[C]
    better = figure.fillna(float("inf")) if measure in ("nearest", "raam") else -figure
    assert lack.rank().tolist() == better.rank().tolist()
    assert any("another measure than reach in these themes: hubs:" in note for note in found.notes)
    pd.testing.assert_series_equal(found.areas["hubs_reach"], toy.areas["hubs_reach"])


def test_a_measure_that_is_none_is_refused():
    with pytest.raises(SettingsError) as caught:
        Settings(measure_groups="hopscotch", open_at="noon")
    assert [(each.column, each.what) for each in caught.value.problems] == [
        ("open_at", "“noon” is not a time of opening that assetmap knows."),
        ("measure_groups", "“hopscotch” is not a measure that assetmap knows."),
    ]


# -- when it is open ------------------------------------------------------------------------------

HOURS = RECIPE + 'opening_hours = "hours"\n'
OPEN = "name,kind,easting,northing,postcode,hours\n" + "".join(
    f"{name},Library,403500,300500,,{hours}\n"
    for name, hours in (
        ("By Day", "Mo-Fr 09:00-17:00"),
        ("By Night", "Mo 18:00-21:00"),
        ("Saturdays", "Sa 10:00-12:00"),
        ("Who Knows", ""),
    )
)


@pytest.mark.parametrize(("when", "counted"), [("any", 4), ("evenings", 1), ("weekends", 1)])
def test_only_what_is_open_is_counted_and_hours_not_known_are_told_apart(tmp_path, when, counted):
    found = assess(load(write_toy(tmp_path, place_toml=HOURS, venues_csv=OPEN)), Settings(open_at=when))
    assert found.areas.loc[D, "hubs_count"] == counted
    assert by(found, "hubs", "library").loc[D, "count_15_min"] == counted
    # Parks are open whatever is asked.
    assert found.areas["green_space_count"].tolist() == [0, 0, 1, 1]
    if when == "any":
        assert "hubs_hours_unknown" not in found.areas
        return
    assert found.areas["hubs_hours_unknown"].tolist() == [0, 0, 0, 1]
    words = {"evenings": "on weekday evenings", "weekends": "at weekends"}[when]
    note = next(note for note in found.notes if note.startswith("Only venues open"))
    assert note == (
        f"Only venues open {words} are counted: 1 are, 2 are not, and of 1 of 4 the hours are not known; these are told apart "
        "and not counted."
    )


# -- green space ----------------------------------------------------------------------------------


def test_standards_beyond_what_the_lists_cover_are_not_told(toy):
    # People live 500 m from the border, where the list of green space stops; the park has 4 ha.
    assert toy.areas["ags_local"].tolist() == [False, False, True, False]
    assert toy.areas["ags_neighbourhood"].isna().all()
    assert toy.areas["ags_doorstep_walk"].isna().all()  # no walking network
    assert toy.areas["fit_park"].tolist()[2] is True
    assert toy.areas["fit_park_ha"].tolist() == [False, False, True, False]
    assert toy.areas["green_share_800_m"].tolist() == [0, 0, 1, 0]


# -- saved and written ----------------------------------------------------------------------------


def test_points_and_people_around_are_saved_with_the_place(tmp_path):
    both = RESIDENTS + BEYOND.removeprefix(RECIPE)
    files = {"place_toml": both, "homes_csv": HOMES, "around_csv": AROUND}
    first = load(write_toy(tmp_path / "raw", **files))
    again = load(save(first, tmp_path / "saved"))
    shared = Settings(measure_hubs="e2sfca")
    pd.testing.assert_frame_equal(assess(again, shared).access, assess(first, shared).access)
    pd.testing.assert_frame_equal(
        assess(again, shared).areas.drop(columns="distance_method"),
        assess(first, shared).areas.drop(columns="distance_method"),
        check_exact=False,
    )


def test_the_table_of_access_is_written(toy, tmp_path):
    write(toy, tmp_path)
    table = pd.read_csv(tmp_path / "access.csv", keep_default_na=False)
    assert list(table) == list(ACCESS_COLUMNS)
    assert len(table) == len(toy.access)
    told = pd.read_csv(tmp_path / "columns.csv").query("table == 'access'")
    assert told["column"].tolist() == list(ACCESS_COLUMNS)


# -- what the lists cover, as somebody has drawn it -------------------------------------------------

DRAWN = RECIPE + '\n[footprints]\nfile = "drawn.geojson"\ntheme = "theme"\n'


def drawn(west: float, south: float, crs: int = 27700, theme: str = "hubs") -> str:
    shape = box(west, south, west + 2_000, south + 1_000)
    return gpd.GeoDataFrame({"theme": [theme]}, geometry=[shape], crs=27700).to_crs(crs).to_json()


def test_a_theme_is_unknown_where_no_list_of_it_reaches(tmp_path):
    found = assess(load(write_toy(tmp_path, place_toml=DRAWN, drawn_geojson=drawn(400_000, 300_000))))
    assert found.areas["hubs_count"].isna().tolist() == [False, False, True, True]
    assert by(found, "hubs", "library")["share_15_min"].isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("file", "what"),
    [
        (None, "There is no such file."),
        ("", "The file is empty (0 bytes)."),
        (drawn(500_000, 300_000), "None of its footprints touches the place."),
        (drawn(400_000, 300_000, theme="swimming"), "None of its footprints touches the place."),
    ],
)
def test_footprints_that_cannot_be_used_are_refused(tmp_path, file, what):
    files = {} if file is None else {"drawn_geojson": file}
    with pytest.raises(PlaceError) as caught:
        load(write_toy(tmp_path, place_toml=DRAWN, **files))
    assert [problem.what for problem in caught.value.problems] == [what]
