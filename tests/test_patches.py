"""Deprivation and resources together, and patches of priority neighbourhoods: answers by hand, ties, NA, and what the map shows of them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from assetmap import Settings, assess, load
from assetmap.columns import PATCH_COLUMNS
from assetmap.gaps import CLASSES, deprivation_order, patch_of, patches, thirds, together, touching
from assetmap.views import maps, page
from assetmap.views.patterns import in_patch, patches_html
from tests.test_inequality import WELSH
from tests.test_streets import NEWPORT
from tests.toy import RECIPE, VENUES, write_toy
from tests.trafford import write_trafford


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


# -- thirds and classes ---------------------------------------------------------------------------


def test_nine_areas_make_three_thirds_of_three():
    assert thirds(pd.Series(range(9))).tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_equal_areas_share_the_third_of_their_middle_rank():
    # Ranks 1 to 4 are shared, their middle is 2.5 of 6: the second third.
    assert thirds(pd.Series([1, 1, 1, 1, 8, 9])).tolist() == [2, 2, 2, 2, 3, 3]


def test_an_unknown_area_has_no_third_and_takes_none_from_the_others():
    told = thirds(pd.Series([1.0, np.nan, 2.0, 3.0]))
    assert told.isna().tolist() == [False, True, False, False]
    assert told.dropna().tolist() == [1, 2, 3]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_thirds_never_part_equals_and_follow_the_order(values, chance):
    figures = pd.Series(values)
    told = thirds(figures)
    assert told.groupby(figures).nunique().eq(1).all()
    assert told.groupby(figures).first().is_monotonic_increasing
    order = list(figures.index)
    chance.shuffle(order)
    assert thirds(figures[order])[figures.index].tolist() == told.tolist()


def test_the_class_is_said_in_words_and_is_unknown_where_either_is():
    found = together(pd.Series([1.0, 2.0, 3.0, np.nan]), pd.Series([1.0, 3.0, 2.0, 4.0]))
    # Resources are known of three areas, deprivation of four: ranks 1, 3, 2 of four are in thirds 1, 3 and 2.
    assert found[:3].tolist() == [
        "high deprivation, few resources",
        "low deprivation, middling resources",
        "middle deprivation, many resources",
    ]
    assert pd.isna(found[3])


def test_the_order_is_the_rank_of_the_domain_or_its_decile(demo):
    decile = demo.areas["deprivation_decile"]
    by_rank = deprivation_order(demo.place, Settings(), decile)
    assert by_rank.tolist() == demo.place.deprivation["imd_rank"].astype(float).tolist()
    # The demo town gives no rank of income.
    income = demo.place.deprivation["income_decile"]
    by_decile = deprivation_order(demo.place, Settings(deprivation_domain="income"), income)
    assert by_decile.tolist() == income.astype(float).tolist()


def test_a_rank_that_is_missing_where_a_decile_is_known_gives_way_to_deciles(demo):
    table = demo.place.deprivation.copy()
    table.loc[table.index[0], "imd_rank"] = pd.NA
    place = replace(demo.place, deprivation=table)
    decile = demo.areas["deprivation_decile"]
    assert deprivation_order(place, Settings(), decile).tolist() == decile.astype(float).tolist()


def test_another_domain_makes_other_classes(demo):
    by_income = assess(demo.place, Settings(deprivation_domain="income"))
    column = "deprivation_resource_class"
    assert (by_income.areas[column] != demo.areas[column]).any()
    assert set(by_income.areas[column]) <= set(CLASSES.values())


def test_an_area_of_unknown_deprivation_is_hatched_and_not_classed(tmp_path):
    table = "lsoa21_code,rank,decile,income\nE01000002,5000,2,2\nE01000003,20000,6,6\nE01000004,33000,10,10\n"
    recipe = RECIPE.replace('index = "IoD2025"', 'index = "IoD2025"\npartial = true')
    toy = assess(load(write_toy(tmp_path, deprivation_csv=table, place_toml=recipe)))
    assert pd.isna(toy.areas["deprivation_resource_class"].iloc[0])
    painted = maps.paint(toy, "both")["E01000001"]
    assert (painted["fill"], painted["unknown"], painted["figure"]) == (None, True, "?")
    assert "repeating-linear-gradient(45deg" in maps.legend_html(toy, "both")


# -- the colours ----------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
_SEEN_BY = {
    "everyone": np.eye(3),
    "protanopes": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopes": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopes": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
#: What is behind the areas on the map, and how far they cover it (map.css, map.js).
_GROUND, _COVER = "#f3f1ec", 0.8


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255


def linear(colours: np.ndarray) -> np.ndarray:
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def lab(colours: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear RGB, D65."""
    xyz = colours @ _XYZ.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def shown(colours: list[str]) -> np.ndarray:
    return _COVER * np.array([rgb(each) for each in colours]) + (1 - _COVER) * rgb(_GROUND)


def nearest(colours: list[str], matrix: np.ndarray) -> float:
    seen = lab(np.clip(linear(shown(colours)) @ matrix.T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    return float(apart[np.triu_indices(len(colours), 1)].min())


def colours_of(assessment, name: str) -> list[str]:
    return [each.colour for each in maps.shade(assessment, name).swatches if each.colour]


@pytest.mark.parametrize("who", _SEEN_BY)
def test_all_nine_classes_are_told_apart_by_everybody(demo, who):
    nine = colours_of(demo, "both")
    assert len(nine) == 9
    assert nearest(nine, _SEEN_BY[who]) >= 18
    # Those of Stevens (2015), in use elsewhere.
    stevens = "#e8e8e8 #ace4e4 #5ac8c8 #dfb0d6 #a5add3 #5698b9 #be64ac #8c62aa #3b4994".split()
    if who in ("protanopes", "deuteranopes"):
        assert nearest(stevens, _SEEN_BY[who]) < 6


@pytest.mark.parametrize("who", _SEEN_BY)
def test_clusters_are_told_apart_by_everybody(demo, who):
    assert nearest(colours_of(demo, "clusters"), _SEEN_BY[who]) >= 12


def test_no_class_is_near_white_or_the_ground_of_the_map(demo):
    for colour in colours_of(demo, "both"):
        lightness = lab(linear(shown([colour])))[0]
        assert np.linalg.norm(lightness - lab(linear(rgb("#ffffff")[None]))[0]) > 25, colour
        assert np.linalg.norm(lightness - lab(linear(rgb(_GROUND)[None]))[0]) > 20, colour


def test_figures_are_read_on_every_class(demo):
    def luminance(colour: np.ndarray) -> float:
        return float(linear(colour) @ _XYZ[1])

    ink = luminance(rgb("#111111"))
    for below in shown(colours_of(demo, "both")):
        # The ground of a figure is white that covers 88 % (map.css; the legend's is as white).
        ground = luminance(0.88 * np.ones(3) + 0.12 * below)
        assert (ground + 0.05) / (ink + 0.05) >= 4.5


def test_the_legend_is_a_table_of_three_by_three_that_can_be_read_aloud(demo):
    html = maps.legend_html(demo, "both")
    for head in ("Few resources", "Middling resources", "Many resources"):
        assert f'<th scope="col">{head}</th>' in html
    for head in ("High deprivation", "Middle deprivation", "Low deprivation"):
        assert f'<th scope="row">{head}</th>' in html
    counts = demo.areas["deprivation_resource_class"].value_counts()
    for (deprivation, resources), words in CLASSES.items():
        number = int(counts.get(words, 0))
        said = f"{words[0].upper()}{words[1:]} ({deprivation}/{resources})"
        assert f"{said}: </span>{number} {'area' if number == 1 else 'areas'}</td>" in html
    assert "most deprived (1) to the least (3)" in html
    assert "from the fewest (1) to the most (3)" in html


def test_what_is_shaded_is_what_the_table_says(demo):
    shade = maps.shade(demo, "both")
    for code, words in demo.areas["deprivation_resource_class"].items():
        assert shade.swatches[shade.classes[code]].label.lower().startswith(words)
        assert shade.figures[code] in shade.swatches[shade.classes[code]].label


# -- which areas touch ----------------------------------------------------------------------------


def squares(*corners: tuple[float, float], side: float = 100) -> gpd.GeoSeries:
    shapes = [shapely.box(x, y, x + side, y + side) for x, y in corners]
    return gpd.GeoSeries(shapes, index=list("abcdefgh"[: len(corners)]), crs=27700)


def ranks(**given: int) -> pd.Series:
    return pd.Series(given, dtype="Int64")


def test_a_corner_counts_as_touching_as_the_queen_moves():
    assert touching(squares((0, 0), (100, 100))).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(("gap", "pairs"), [(0.0, 2), (0.9, 2), (1.5, 0)])
def test_a_sliver_of_less_than_a_metre_is_no_gap(gap, pairs):
    assert touching(squares((0, 0), (100 + gap, 0))).shape[1] == pairs


def test_areas_that_overlap_touch():
    assert touching(squares((0, 0), (90, 0))).shape[1] == 2


def test_two_patches_and_an_island():
    shapes = squares((0, 0), (100, 0), (200, 0), (500, 0), (600, 100), (2_000, 0))
    # a and b by an edge, d and e at a corner, f alone; c, between, is no priority, and joins nothing.
    found = patch_of(shapes, ranks(a=2, b=5, c=pd.NA, d=1, e=4, f=3))
    assert found.fillna(0).to_dict() == {"a": 2, "b": 2, "c": 0, "d": 1, "e": 1, "f": 3}


def test_a_chain_of_areas_is_one_patch():
    shapes = squares((0, 0), (100, 0), (200, 0))
    assert patch_of(shapes, ranks(a=1, b=3, c=2)).tolist() == [1, 1, 1]


def test_no_priority_is_no_patch():
    found = patch_of(squares((0, 0), (100, 0)), ranks(a=pd.NA, b=pd.NA))
    assert found.isna().all()


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8, unique=True),
    st.randoms(),
)
def test_areas_of_one_patch_are_joined_and_those_of_others_do_not_touch(places, chance):
    shapes = squares(*((100 * x, 100 * y) for x, y in places))
    order = list(range(1, len(places) + 1))
    chance.shuffle(order)
    found = patch_of(shapes, pd.Series(order, shapes.index, dtype="Int64"))
    for one, other in touching(shapes).T:
        assert found.iloc[one] == found.iloc[other]
    whole = shapes.buffer(1).groupby(found.astype(int)).agg(lambda part: shapely.union_all(part.to_numpy()))
    assert all(shape.geom_type == "Polygon" for shape in whole)
    # Numbered by the first priority in each.
    assert pd.Series(order, shapes.index).groupby(found).min().is_monotonic_increasing


# -- patches of a place ---------------------------------------------------------------------------


def test_the_demo_town_has_one_patch_named_by_what_its_areas_are_called(demo):
    found = patches(demo)
    assert list(found) == list(PATCH_COLUMNS)
    assert found.iloc[0].to_dict() == {
        "patch": 1,
        "patch_name": "Sallows",
        "areas": 4,
        "people": 6_815,
        "first_priority": 1,
        "area_codes": "; ".join(demo.priorities.index),
        "area_names": "; ".join(demo.priorities["area_name"]),
    }
    assert demo.areas["patch"].notna().equals(demo.areas["priority"])


def test_unknown_residents_make_a_patch_unknown_and_not_smaller(demo):
    areas = demo.areas.copy()
    areas.loc[demo.priorities.index[1], "population"] = pd.NA
    found = patches(replace(demo, areas=areas))
    assert pd.isna(found["people"].iloc[0])
    assert '<td class="am-number">not known</td>' in patches_html(replace(demo, areas=areas))
    assert set(in_patch(replace(demo, areas=areas)).values()) == {"In patch 1: Sallows (4 areas)."}


def test_the_words_say_which_patch_and_the_map_draws_its_outline(demo):
    html = page.priorities_html(demo)
    assert html.count("In patch 1: Sallows (4 areas, 6,815 residents).") == 4
    assert "1. Sallows</th>" in html
    (outline,) = maps.patch_lines(demo)
    assert outline["type"] == "Polygon"
    drawn = gpd.GeoSeries([shapely.geometry.shape(outline)], crs=4326).to_crs(demo.place.crs).iloc[0]
    whole = shapely.union_all(demo.place.areas.geometry[demo.priorities.index].to_numpy())
    assert drawn.symmetric_difference(whole).area < 0.01 * whole.area
    assert "Patches: priorities that touch" in maps.look(demo.place)["overlays"].values()
    assert "Patch: priority neighbourhoods that touch" in maps.legend_html(demo, "deprivation")


def test_a_priority_that_touches_no_other_is_told_as_itself(tmp_path):
    far = VENUES.replace("West Library,Library,400500", "West Library,Library,403400")
    found = assess(load(write_toy(tmp_path, venues_csv=far)), Settings(low_resource_share=0.25))
    assert found.areas["priority"].sum() == 1
    (only,) = patches(found).itertuples()
    assert (only.areas, only.patch_name) == (1, found.priorities["area_name"].iloc[0])
    assert patches_html(found) == ""
    assert in_patch(found) == {}
    assert len(maps.patch_lines(found)) == 1


def test_where_none_is_a_priority_there_is_no_patch(demo):
    found = assess(demo.place, Settings(low_resource_share=0))
    assert found.priorities.empty
    assert patches(found).empty
    assert list(patches(found)) == list(PATCH_COLUMNS)
    assert maps.patch_lines(found) == []
    assert "No priority neighbourhoods" in page.priorities_html(found)


def test_names_of_patches_are_escaped(demo):
    areas = demo.areas.copy()
    areas["area_name"] = [f"<b>{code}</b> x" for code in areas.index]
    html = page.priorities_html(replace(demo, areas=areas))
    assert "<b>" not in html
    assert "and 3 areas beside it" in html


@pytest.mark.realdata
def test_trafford(realdata, tmp_path):
    found = assess(
        load(write_trafford(tmp_path, realdata)), Settings(low_resource_share=0.4, high_deprivation_decile=4)
    )
    told = patches(found)
    assert told["areas"].sum() == len(found.priorities)
    for patch in told.itertuples():
        codes = patch.area_codes.split("; ")
        assert patch.people == found.areas.loc[codes, "population"].sum()
        whole = shapely.union_all(found.place.areas.geometry[codes].buffer(1).to_numpy())
        assert whole.geom_type == "Polygon"
    classes = found.areas["deprivation_resource_class"].value_counts()
    assert classes.sum() == 139
    assert classes["high deprivation, few resources"] == 11


@pytest.mark.realdata
def test_newport(realdata, tmp_path):
    """Boundaries that were projected leave hairs between neighbours; and only part of the city is known."""
    recipe = NEWPORT.replace("[[assets]]", f"{WELSH}[[assets]]").replace(
        "{data}", (realdata / "newport").as_posix()
    )
    (tmp_path / "place.toml").write_text(recipe, encoding="utf-8")
    place = load(tmp_path)
    shapes = place.areas.geometry
    exact = shapely.STRtree(shapes.to_numpy()).query(shapes.to_numpy(), predicate="intersects")
    assert (exact[0] < exact[1]).sum() == 238
    assert touching(shapes).shape[1] == 2 * 250
    found = assess(place, Settings(low_resource_share=0.5, high_deprivation_decile=5))
    unknown = found.areas["resource_rank"].isna()
    assert found.areas.loc[unknown, "deprivation_resource_class"].isna().all()
    assert found.areas.loc[~unknown, "deprivation_resource_class"].notna().all()
    assert patches(found)["areas"].sum() == found.areas["priority"].sum()
