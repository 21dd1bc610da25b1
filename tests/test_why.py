"""Why other settings give other priorities."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assetmap import Settings, assess, load
from assetmap.views.why import flips, moves, why, why_html
from tests.toy import CODES, write_toy

#: In the toy town B has the second fewest resources, decile 2, its nearest hub 1,300 m and its nearest green space 1,430 m away.
B = CODES[1]


@pytest.fixture
def toy(tmp_path):
    return load(write_toy(tmp_path))


def at(place, **settings):
    return assess(place, replace(place.settings, **settings))


def test_a_wider_threshold_brings_an_area_in_and_says_so(toy):
    before, after = at(toy, low_resource_share=0.25), at(toy, low_resource_share=0.5)
    assert flips(before, after) == ([B], [])
    told = "now low on social resources: rank 2 of 4, where low is up to 2; before, rank 2 of 4, where low is up to 1."
    assert why(before, after, B) == told
    assert "<strong>1 area became a priority, 1 stayed.</strong>" in why_html(before, after, [])


def test_a_quicker_walk_meets_the_standards(toy):
    # 1,300 m at 100 m a minute are 13 minutes, 1,430 m are 14.3.
    before = at(toy, low_resource_share=0.5)
    after = at(toy, low_resource_share=0.5, walking_speed_kmh=6.0)
    assert flips(before, after) == ([], [B])
    assert why(before, after, B).endswith(
        "no longer short of hubs: the nearest is 13 minutes away now; before, 17 minutes; "
        "no longer short of green space: the nearest is 15 minutes away now; before, 18 minutes."
    )


def test_another_threshold_of_deprivation(toy):
    before = at(toy, low_resource_share=0.5)
    after = at(toy, low_resource_share=0.5, high_deprivation_decile=1, deprivation_domain="income")
    assert flips(before, after) == ([], [B])
    assert why(before, after, B) == (
        "deprivation is no longer high: decile 2 (income; 1 = most deprived), where high is up to 1; "
        "before, decile 2 (overall index; 1 = most deprived), where high is up to 2."
    )
    assert "<strong>1 area is no longer a priority, 1 stayed.</strong>" in why_html(before, after, [])


def test_nothing_changes_is_said(toy):
    before = at(toy)
    text = why_html(before, at(toy, catchment_min=15.0), [])
    assert "Which areas are a priority does not change: none, as before." in text
    assert "No other area’s rank on social resources moved." in text


def test_each_setting_by_itself_has_a_row(toy):
    before = at(toy, low_resource_share=0.25)
    alone = [("Low: 0.5", at(toy, low_resource_share=0.5)), ("<i>", before)]
    text = why_html(before, alone[0][1], alone)
    assert '<th scope="row">Low: 0.5</th><td class="am-number">2</td><td>Toytown B</td><td>none</td>' in text
    assert '<th scope="row">&lt;i&gt;</th><td class="am-number">1</td><td>none</td><td>none</td>' in text


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.mark.parametrize(
    "settings",
    [
        {"walking_speed_kmh": 2.9},
        {"walking_speed_kmh": 6.0, "catchment_min": 10.0},
        {"high_deprivation_decile": 1},
        {"low_resource_share": 0.5, "high_deprivation_decile": 8},
        {"weight_hubs": 0.0, "weight_green_space": 5.0},
        {"aggregation": "geometric", "normalisation": "min_max"},
        {"open_at": "evenings"},
    ],
    ids=str,
)
def test_whoever_changes_sides_is_told_with_a_reason(demo, settings):
    after = assess(demo.place, Settings(**settings))
    came, went = flips(demo, after)
    assert set(demo.priorities.index) - set(went) | set(came) == set(after.priorities.index)
    text = why_html(demo, after, [])
    for code in (*came, *went):
        reason = why(demo, after, code)
        assert reason != "no condition of its own changed."
        assert reason.replace("'", "&#x27;") in text
    moved = moves(demo, after)
    assert not set(moved) & {*came, *went}
    far = (after.areas["resource_rank"] - demo.areas["resource_rank"]).abs()
    assert list(far[moved]) == sorted(far[moved], reverse=True)


def test_the_theme_that_moved_a_rank_is_the_one_whose_weight_was_changed(demo):
    after = assess(demo.place, Settings(weight_green_space=100.0))
    text = why_html(demo, after, [])
    # 100 of 104 in all.
    assert "mostly through green space, which counts for 96% now and did for 20%" in text


def test_no_theme_is_named_where_the_mean_is_geometric(demo):
    assert "mostly through" not in why_html(demo, assess(demo.place, Settings(aggregation="geometric")), [])
