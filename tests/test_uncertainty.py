"""How sure ranks are: what draws must keep to, against the whole path run again, and in words that its figures bear out."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import box

from assetmap import Settings, assess, index, load, write
from assetmap.model import NORMALISATIONS, THEMES
from assetmap.uncertainty import (
    CATCHMENT_FACTORS,
    CONCENTRATION,
    SPEEDS_KMH,
    band,
    had,
    ranks,
    uncertainty,
    with_bands,
)
from assetmap.views import page, report
from tests.toy import RECIPE, SOUTH, WEST, write_toy
from tests.trafford import write_trafford


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.fixture(scope="module")
def found(demo):
    return uncertainty(demo)


@pytest.fixture
def toy(tmp_path):
    return assess(load(write_toy(tmp_path / "toy")), Settings(low_resource_share=0.5))


#: Themes × areas, with ties and noughts.
FIGURES = hnp.arrays(float, (3, 8), elements=st.integers(0, 6).map(float))
WEIGHTS = st.lists(st.integers(1, 9), min_size=3, max_size=3).map(lambda each: np.array(each) / sum(each))


def every_way(figures: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Ranks by each normalisation, with each mean."""
    scores = np.stack([had(figures, way) for way in NORMALISATIONS])
    draws = [(way, mean) for way in range(len(NORMALISATIONS)) for mean in (False, True)]
    variant, geometric = (np.array(each) for each in zip(*draws, strict=True))
    return ranks(scores, variant, np.tile(weights, (len(draws), 1)), geometric)


# -- what holds whatever the figures --------------------------------------------------------------


@given(FIGURES, WEIGHTS)
def test_with_the_indexs_own_choices_a_draw_gives_the_indexs_own_ranks(figures, weights):
    lacks = pd.DataFrame({theme: index.lack(pd.Series(figures[n])) for n, theme in enumerate("abc")})
    own = index.mid_rank(-index.resource_lack(lacks, dict(zip("abc", weights, strict=True))))
    assert every_way(figures, weights)[0].tolist() == own.tolist()


@given(FIGURES, WEIGHTS)
def test_the_geometric_mean_is_the_product_of_powers(figures, weights):
    for row, way in zip((1, 3, 5, 7), NORMALISATIONS, strict=True):
        mean = (had(figures, way) ** weights[:, None]).prod(axis=0)
        # To seven figures, as a product of powers has fewer that are sure than a sum of logarithms.
        assert every_way(figures, weights)[row].tolist() == pd.Series(mean).round(7).rank().tolist()


@given(FIGURES, WEIGHTS, st.permutations(range(8)))
def test_the_order_of_the_areas_changes_nothing(figures, weights, order):
    assert every_way(figures[:, order], weights).tolist() == every_way(figures, weights)[:, order].tolist()


@given(FIGURES, WEIGHTS)
def test_an_area_that_has_no_more_of_anything_never_ranks_as_having_more(figures, weights):
    figures[:, 0] = np.minimum(figures[:, 0], figures[:, 1])
    told = every_way(figures, weights)
    assert (told[:, 0] <= told[:, 1]).all()
    low, high = band(told)
    assert low[0] <= low[1]
    assert high[0] <= high[1]


@given(FIGURES, WEIGHTS)
def test_ranks_of_a_draw_add_up_and_equal_areas_tie(figures, weights):
    figures[:, 2] = figures[:, 5]
    told = every_way(figures, weights)
    assert told.sum(axis=1).tolist() == [36] * 8
    assert (told[:, 2] == told[:, 5]).all()


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=st.integers(1, 9)))
def test_nine_of_ten_draws_are_within_the_band(drawn):
    low, high = band(drawn)
    assert (((drawn >= low) & (drawn <= high)).mean(axis=0) >= 0.9).all()
    assert ((drawn == low).any(axis=0) & (drawn == high).any(axis=0)).all()


@pytest.mark.parametrize("way", NORMALISATIONS)
def test_an_area_from_which_nothing_can_be_walked_to_is_the_lowest_and_spoils_no_scale(way):
    told = had(np.array([-np.inf, -900.0, -400.0, -100.0]), way)
    assert np.isfinite(told).all()
    assert told.min() >= 1
    assert told[0] <= told[1] < told[2] < told[3]
    assert np.ptp(had(np.full(3, -np.inf), way)) == 0


def test_a_figure_far_below_all_others_is_held_above_nought():
    assert had(np.array([-1e6, *np.arange(400.0)]), "z-score").min() == 1


# -- against the whole path run again --------------------------------------------------------------


def agreement(before: pd.DataFrame, after: pd.DataFrame) -> float:
    return before["resource_rank"].corr(after["resource_rank"])


@pytest.mark.parametrize(
    ("axis", "choice", "change"),
    [
        ("weights", "hubs twice", {"weight_hubs": 2.0}),
        ("weights", "green space left out", {"weight_green_space": 0.0}),
        ("catchment", "10 minutes", {"catchment_min": 10.0}),
        ("catchment", "20 minutes", {"catchment_min": 20.0}),
        ("walking speed", "4 km/h", {"walking_speed_kmh": 4.0}),
        ("walking speed", "2.9 km/h", {"walking_speed_kmh": 2.9}),
    ],
)
def test_a_switch_says_what_an_assessment_with_that_setting_says(demo, found, axis, choice, change):
    again = assess(demo.place, replace(demo.settings, **change)).areas
    row = found.switched.query("axis == @axis and choice == @choice").iloc[0]
    assert row["spearman"] == pytest.approx(agreement(demo.areas, again), abs=1e-12)
    moved = (again["resource_decile"] - demo.areas["resource_decile"]).abs() >= 2
    assert row["areas_moved"] == moved.sum()
    assert row["priorities"] == again["priority"].sum()
    for column, codes in (
        ("drop_out", demo.areas.index[demo.areas["priority"] & ~again["priority"]]),
        ("come_in", demo.areas.index[~demo.areas["priority"] & again["priority"]]),
    ):
        names = demo.areas["area_name"]
        assert row[column] == "; ".join(f"{code} {names[code]}" for code in codes)


def drawn_as(seed: int, settings: Settings) -> tuple[np.ndarray, int, int, int, int]:
    """The first and only draw that a seed gives."""
    chance = np.random.default_rng(seed)
    weights = np.array(list(settings.weights.values()))
    weights = chance.dirichlet(CONCENTRATION * weights / weights.sum(), 1)[0]
    return weights, *(int(chance.integers(n, size=1)[0]) for n in (4, 2, 3, 3))


@pytest.mark.parametrize("measure", ["reach", "nearest", "e2sfca"])
def test_a_draw_is_what_an_assessment_with_the_drawn_settings_says(demo, measure):
    """Every seed whose one draw has the index's own scale and mean, which settings can ask for."""
    asked = Settings(**{f"measure_{theme}": measure for theme in THEMES})
    before = assess(demo.place, asked)
    compared = set()
    for seed in range(60):
        weights, way, together, minutes, speed = drawn_as(seed, asked)
        if (way, together) != (0, 0) or len(compared) > 2:
            continue
        again = assess(
            demo.place,
            replace(
                asked,
                catchment_min=15 * CATCHMENT_FACTORS[minutes],
                walking_speed_kmh=SPEEDS_KMH[speed],
                **{f"weight_{theme}": float(weight) for theme, weight in zip(THEMES, weights, strict=True)},
            ),
        ).areas
        told = uncertainty(before, draws=1, seed=seed).areas
        assert told["rank_low"].tolist() == again["resource_rank"].tolist()
        assert told["rank_high"].tolist() == again["resource_rank"].tolist()
        assert told["priority_share"].tolist() == again["priority"].astype(float).tolist()
        assert told["lowest_share"].tolist() == (again["resource_decile"] == 1).astype(float).tolist()
        compared.add((minutes, speed))
    assert len(compared) > 2


def test_the_standard_is_judged_for_residents_at_the_speed_of_the_draw(tmp_path):
    """Most of B's residents walk 1,040 m to the West Library: 13 minutes at 4.8 km/h, more than 15 at 4."""
    recipe = RECIPE + '\n[residents]\nfile = "homes.csv"\neasting = "x"\nnorthing = "y"\npeople = "n"\n'
    homes = "x,y,n\n401300,300500,700\n401500,300500,300\n"
    place = load(write_toy(tmp_path / "toy", place_toml=recipe, homes_csv=homes))
    # Nobody near B has green space either, which would be a shortfall at any speed.
    place = replace(place, themes=place.themes - {"green_space"})
    asked = Settings(low_resource_share=1.0)
    before, after = assess(place, asked), assess(place, replace(asked, walking_speed_kmh=4.0))
    assert before.areas["short_hubs"].tolist() == [False, False, True, False]
    assert after.areas["short_hubs"].tolist() == [False, True, True, False]
    found = uncertainty(before)
    told = found.switched.set_index("choice").loc["4 km/h"]
    assert told[["priorities", "drop_out", "come_in"]].tolist() == [1, "", "E01000002 Toytown B"]
    # At two speeds of three it is too far, whatever else is drawn; all areas are low enough here.
    assert found.areas["priority_share"].tolist() == [0, pytest.approx(2 / 3, abs=0.05), 0, 0]


def test_all_five_axes_vary_and_each_alone_changes_ranks(found):
    worst = found.switched.groupby("axis", sort=False)["spearman"].min()
    assert worst.index.tolist() == list(found.priors)
    assert worst.index.tolist() == ["weights", "normalisation", "aggregation", "catchment", "walking speed"]
    assert (worst < 1).all()


def test_the_same_seed_gives_the_same_figures_and_another_does_not(demo, found):
    assert uncertainty(demo).areas.equals(found.areas)
    assert not uncertainty(demo, seed=1).areas.equals(found.areas)


# -- what is left as it is -------------------------------------------------------------------------


def test_a_theme_of_weight_nought_stays_out(demo):
    told = uncertainty(assess(demo.place, replace(demo.settings, weight_hubs=0.0, weight_groups=3.0)))
    assert told.priors["weights"] == (
        "Dirichlet, concentration 20, around groups 0.50, green space 0.17, everyday meeting places 0.17, services 0.17"
    )
    assert not told.switched["choice"].str.startswith("hubs").any()
    assert "all themes equal" in set(told.switched["choice"])


def test_the_walk_to_the_nearest_knows_no_catchment(demo):
    nearest = {f"measure_{theme}": "nearest" for theme in THEMES}
    switched = uncertainty(assess(demo.place, replace(demo.settings, **nearest))).switched
    same = switched[switched["axis"].isin(["catchment", "walking speed"])]
    assert same["spearman"].tolist() == pytest.approx([1.0] * 4)
    assert same["areas_moved"].tolist() == [0] * 4
    # The standard is judged at the speed all the same.
    assert same["come_in"].tolist() != [""] * 4


def test_an_area_that_is_unknown_stays_unknown(toy):
    west = {"hubs": box(WEST, SOUTH, WEST + 2_000, SOUTH + 1_000)}
    part = assess(replace(toy.place, footprints=west), toy.settings)
    told = uncertainty(part).areas
    assert part.areas["resource_rank"].isna().tolist() == [False, False, True, True]
    assert told.isna().all(axis=1).tolist() == [False, False, True, True]
    assert told["rank_high"].max() <= 2


def test_bands_may_be_put_in_twice_and_files_are_the_same(demo, found, tmp_path):
    write(with_bands(demo, found), tmp_path / "app", found)
    write(demo, tmp_path / "line")
    for name in ("areas.csv", "uncertainty.csv", "columns.csv", "map.html", "provenance.json"):
        assert (tmp_path / "app" / name).read_bytes() == (tmp_path / "line" / name).read_bytes()


def test_where_no_rank_is_known_there_is_no_band_and_no_table(toy, tmp_path):
    unknown = assess(replace(toy.place, themes=frozenset()), toy.settings)
    told = uncertainty(unknown)
    assert told.areas.isna().all(axis=None)
    assert told.switched.empty
    assert (
        page.switched_html(told) == "<p>No rank is known here, so nothing can be said of how sure it is.</p>"
    )
    write(unknown, tmp_path / "out")
    assert (tmp_path / "out/uncertainty.csv").read_text().splitlines() == [
        "axis,choice,areas_moved,spearman,priorities,flipped,drop_out,come_in"
    ]


def test_under_fifty_areas_there_are_no_deciles_to_move_and_the_lowest_fifth_counts(toy):
    told = uncertainty(toy)
    assert told.switched["areas_moved"].isna().all()
    # Of four areas none is a fifth.
    assert told.areas["lowest_share"].tolist() == [0] * 4
    assert (
        report.account(with_bands(toy, told), "E01000001")
        .how_sure[2]
        .endswith("among the fifth of areas with the fewest resources in no draw.")
    )


@pytest.mark.parametrize(
    ("minutes", "told"), [(60.0, "40 minutes, 60 minutes"), (1.0, "1 minutes, 1.33 minutes")]
)
def test_catchments_stay_within_what_a_setting_may_be(toy, minutes, told):
    assessment = assess(toy.place, replace(toy.settings, catchment_min=minutes))
    assert uncertainty(assessment).priors["catchment"] == f"each as likely: {told}"


def test_another_speed_of_the_settings_is_drawn_beside_the_usual_ones(toy):
    assessment = assess(toy.place, replace(toy.settings, walking_speed_kmh=3.5))
    told = uncertainty(assessment)
    assert told.priors["walking speed"] == "each as likely: 3.5 km/h, 4.8 km/h, 4 km/h, 2.9 km/h"


# -- in words and files ----------------------------------------------------------------------------


def test_the_words_say_what_the_figures_say(demo, found):
    assessment = with_bands(demo, found)
    areas = assessment.areas
    table = page.areas_table_html(assessment)
    for code, told in report.accounts(assessment).items():
        area = areas.loc[code]
        facts = " ".join(told.facts)
        words = re.search(
            r"rank ([\d.]+) of 60 \((?:between )?([\d.]+)(?: and ([\d.]+))? in nine of ten draws; 1 = fewest\)",
            facts,
        )
        assert words, facts
        low, high = float(words[2]), float(words[3] or words[2])
        assert (float(words[1]), low, high) == (area["resource_rank"], area["rank_low"], area["rank_high"])
        said = re.search(r"a priority in (.+), and among the tenth of areas .+ in (.+)\.", told.how_sure[2])
        assert said
        for text, share in ((said[1], area["priority_share"]), (said[2], area["lowest_share"])):
            if share in (0, 1):
                assert text == ("every draw" if share else "no draw")
            elif match := re.fullmatch(r"(\d+) % of draws", text):
                assert abs(int(match[1]) / 100 - share) <= 0.00501
            else:
                assert text == f"{'under 1' if share < 0.01 else 'over 99'} % of draws"
        band_told = f"rank {area['resource_rank']:g} ({low:g}&nbsp;to&nbsp;{high:g})"
        assert band_told in table


def test_without_bands_the_words_are_as_they_were(demo):
    assert "draws" not in page.areas_table_html(demo)
    assert "draws" not in " ".join(report.account(demo, "WM060").facts)
    assert "draws" not in page.priorities_html(demo)


def test_the_table_of_switches_is_on_the_page_and_in_the_file(demo, found, tmp_path):
    html = page.switched_html(found)
    assert html.count("<tr>") == len(found.switched) + 1
    assert (
        "<li>Walking speed, 2.9 km/h: WM059 Sallows Green no longer a priority and WM023 Kilnfields a priority.</li>"
        in html
    )
    assert html.count("<li>") == 1 + len(found.priors)
    write(demo, tmp_path / "out", found)
    table = pd.read_csv(tmp_path / "out/uncertainty.csv", keep_default_na=False)
    assert table["drop_out"].tolist() == found.switched["drop_out"].tolist()
    assert table["spearman"].tolist() == pytest.approx(found.switched["spearman"].tolist(), abs=5e-5)
    areas = pd.read_csv(tmp_path / "out/areas.csv", index_col="area_code")
    assert areas["rank_high"].tolist() == found.areas["rank_high"].tolist()
    said = json.loads((tmp_path / "out/provenance.json").read_text(encoding="utf-8"))["uncertainty"]
    assert said == {"draws": 1000, "seed": 2026, "priors": dict(found.priors)}


# -- golden figures --------------------------------------------------------------------------------


def test_demo_town(demo, found):
    priorities = found.areas.loc[demo.priorities.index]
    assert priorities[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 4], [1, 7], [1, 10], [4, 21]]
    # A share of 1,000 draws is sure to within 0.03; another library's random numbers may differ.
    assert priorities["priority_share"].tolist() == pytest.approx([1.0, 1.0, 0.988, 0.674], abs=0.001)
    assert found.switched.iloc[-1][["drop_out", "come_in"]].tolist() == [
        "WM059 Sallows Green",
        "WM023 Kilnfields",
    ]


@pytest.mark.realdata
def test_trafford(realdata, tmp_path):
    found = assess(load(write_trafford(tmp_path, realdata)))
    told = uncertainty(found)
    assert told.areas.loc["E01006207"].tolist() == pytest.approx([11, 80, 0.12, 0.561], abs=0.001)
    # Nowhere else is it likely; in Sale it is now and then.
    others = told.areas["priority_share"].drop("E01006207")
    assert others[others > 0].to_dict() == pytest.approx({"E01006175": 0.04}, abs=0.001)
    flips = told.switched[told.switched["drop_out"] != ""]
    assert flips["choice"].tolist() == ["groups left out", "10 minutes", "2.9 km/h"]
    assert set(flips["drop_out"]) == {"E01006207 Trafford 022C"}
    assert (told.switched["come_in"] == "").all()
    # Half of all areas have a band wider than this, of 139 ranks: the distance that counts as within reach decides most.
    assert (told.areas["rank_high"] - told.areas["rank_low"]).median() == 60
    assert told.switched.loc[told.switched["spearman"].idxmin(), "choice"] == "2.9 km/h"
