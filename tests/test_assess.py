"""The main path on the toy place: every figure follows by reasoning."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from assetmap import Settings, SettingsError, assess, load
from assetmap.columns import COLUMNS
from assetmap.model import DEPRIVATION_DOMAINS, MEASURES, THEMES
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import report
from tests.toy import CODES, RECIPE, VENUES, write_toy

A, B, C, D = CODES


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return assess(load(write_toy(tmp_path_factory.mktemp("toy"))))


def test_walks_are_straight_lines_times_the_detour_factor(toy):
    # The next square's middle is 1,000 m away: 1,300 m on foot, beyond the 1,200 m of 15 minutes.
    assert toy.areas.loc[A, "hubs_walk_min"] == pytest.approx(0, abs=0.1)
    assert toy.areas.loc[B, "hubs_walk_min"] == pytest.approx(1300 / 80, abs=0.1)
    assert toy.areas.loc[[A, B, C, D], "hubs_count"].tolist() == [1, 0, 0, 2]
    assert toy.areas["hubs_none_known"].tolist() == [False, True, True, False]


def test_a_postcode_puts_the_club_where_the_postcode_is(toy):
    assert toy.areas["groups_count"].tolist() == [0, 1, 0, 0]
    assert toy.place.assets.set_index("name").loc["Chess Club", "area_code"] == B


def test_green_space_counts_the_park_and_not_the_golf_course(toy):
    assert toy.place.green_space["name"].tolist() == ["The Park"]
    # The park's edge is 100 m from C and, 700 m from D: 130 m and 910 m on foot; B is 1,100 m away.
    assert toy.areas["green_space_count"].tolist() == [0, 0, 1, 1]
    assert toy.areas.loc[C, "green_space_nearest_m"] == pytest.approx(130, abs=1)
    assert toy.areas.loc[D, "green_space_nearest_m"] == pytest.approx(700 * 1.3, abs=2)
    # 200 m x 200 m is 4 ha for 1,200 people.
    assert toy.areas.loc[C, "green_ha_per_1000"] == pytest.approx(4 / 1.2, abs=0.01)
    assert toy.areas["ags_doorstep"].tolist() == [False, False, True, False]


def test_under_fifty_areas_ranks_are_given_and_deciles_are_not(toy):
    assert toy.areas["resource_decile"].isna().all()
    assert sorted(toy.areas["resource_rank"]) == [1, 2, 3, 4]
    assert any("deciles are not" in note for note in toy.notes)


def test_priority_needs_low_resources_and_deprivation_and_a_missed_standard(toy):
    assert not toy.areas["priority"].any()  # the lowest fifth of four areas is none
    half = assess(toy.place, Settings(low_resource_share=0.5))
    low = half.areas[half.areas["resource_low"]]
    assert len(low) == 2
    expected = low[(low["deprivation_decile"] <= 2) & (low["short_hubs"] | low["short_green_space"])]
    assert half.priorities.index.tolist() == expected.index.tolist() != []
    assert half.priorities["reason"].str.startswith("Priority 1").iloc[0]


def test_none_is_a_valid_answer_and_is_said_well(toy):
    summary = report.place_summary(toy)
    assert any("None of the 4 areas is a priority neighbourhood" in sentence for sentence in summary)
    assert toy.priorities.empty


def test_no_deprivation_means_cannot_tell(tmp_path):
    recipe = RECIPE[: RECIPE.index("[deprivation]")] + RECIPE[RECIPE.index("[postcodes]") :]
    found = assess(load(write_toy(tmp_path, place_toml=recipe)), Settings(low_resource_share=1))
    assert not found.areas["priority"].any()
    assert found.areas["reason"].str.startswith("Cannot tell: deprivation").all()
    assert "No area can be judged" in " ".join(report.place_summary(found))


def test_a_theme_without_a_list_is_unknown_and_not_scored(tmp_path):
    without = "\n".join(line for line in VENUES.splitlines() if "Food bank" not in line)
    found = assess(load(write_toy(tmp_path, venues_csv=without)))
    assert found.areas[["services_reach", "services_lack", "services_count"]].isna().all(axis=None)
    assert found.areas["resource_rank"].notna().all()
    assert any(note.startswith("Services: no list gave a place") for note in found.notes)


def test_a_list_that_is_there_and_holds_nothing_near_is_none_known_and_not_unknown(tmp_path):
    far = VENUES.replace("402500,300500", "452500,300500")  # the pantry, 50 km east
    found = assess(load(write_toy(tmp_path, venues_csv=far)))
    assert (found.areas["services_count"] == 0).all()
    assert found.areas["services_none_known"].all()
    assert not any("Services: no list" in note for note in found.notes)


def test_no_green_space_layer_is_unknown_and_never_nought(tmp_path):
    recipe = RECIPE[: RECIPE.index("[green_space]")] + RECIPE[RECIPE.index("[[assets]]") :]
    found = assess(load(write_toy(tmp_path, place_toml=recipe)))
    columns = ["green_ha_per_1000", "ags_doorstep", "ags_local", "green_space_count", "short_green_space"]
    assert found.areas[columns].isna().all(axis=None)


def test_a_standard_that_cannot_be_judged_is_not_told_as_met(tmp_path):
    """Without a list of hubs, a low and deprived area that meets the other standard cannot be told."""
    without = "\n".join(line for line in VENUES.splitlines() if "Library" not in line and "Hub" not in line)
    park = gpd.GeoDataFrame(
        {"id": ["p"], "name": ["Park"], "function": ["Playing Field"]},
        geometry=[box(400_700, 300_000, 403_000, 301_000)],
        crs=27700,
    ).to_crs(4326)
    place = load(write_toy(tmp_path, venues_csv=without, green_geojson=park.to_json()))
    found = assess(place, Settings(low_resource_share=1, high_deprivation_decile=2))
    assert found.areas.loc[A, "reason"].startswith("Cannot tell: social resources are low")
    assert "no list of hubs reaches here to judge the standard by" in found.areas.loc[A, "reason"]
    assert found.areas.loc[D, "reason"].startswith("Not a priority")
    assert "For 2 areas it cannot be told" in report.place_summary(found)[1]
    assert report.account(found, A).headline == "Whether this is a priority neighbourhood cannot be told."


def test_what_is_beyond_fifteen_minutes_is_never_told_as_fifteen(tmp_path):
    """A hub 925 m away is 15.03 minutes on foot: no hub within 15, the nearest 16 by begun minutes."""
    venues = "name,kind,easting,northing,postcode\nNear,Hub,401425,300500,\n"
    found = assess(load(write_toy(tmp_path, venues_csv=venues)))
    assert found.areas.loc[A, "hubs_walk_min"] == pytest.approx(15.03, abs=0.01)
    assert (
        "no hub is known within a 15-minute walk (the nearest is 16 minutes away)"
        in found.areas.loc[A, "reason"]
    )
    assert any(
        "15.0 minutes away by this measure, close to the 15-minute standard" in each
        for each in report.account(found, A).how_sure
    )


def test_the_income_domain_without_its_column_is_refused_in_words(tmp_path):
    place = load(write_toy(tmp_path, place_toml=RECIPE.replace('income_decile = "income"\n', "")))
    with pytest.raises(SettingsError, match="gives no income decile"):
        assess(place, Settings(deprivation_domain="income"))


def test_ties_are_told_with_the_rank(tmp_path):
    found = assess(
        load(write_toy(tmp_path)),
        Settings(weight_groups=0, weight_green_space=0, weight_meeting_places=0, weight_services=0),
    )
    assert "(rank 1.5 of 4, shared with 1 more, 1 = fewest)" in found.areas.loc[B, "reason"]


def test_a_theme_with_weight_nought_is_shown_and_not_scored(toy):
    only_hubs = {f"weight_{theme}": 0.0 for theme in ("groups", "green_space", "meeting_places", "services")}
    found = assess(toy.place, Settings(**only_hubs))
    assert found.areas["groups_count"].tolist() == toy.areas["groups_count"].tolist()
    # B and C have no hub known: one class, one rank, whatever else differs.
    assert found.areas["resource_rank"].tolist() == [3, 1.5, 1.5, 4]
    assert any("share their rank in the index with another: 2 of 4 (50%)" in note for note in found.notes)


def test_areas_near_the_edge_of_a_list_are_flagged(toy, tmp_path):
    assert toy.areas["near_edge"].all()  # 500 m from the border, and every list stops there
    beyond = RECIPE.replace('id = "id"', 'id = "id"\ncoverage = "beyond"') + 'coverage = "beyond"\n'
    assert not assess(load(write_toy(tmp_path, place_toml=beyond))).areas["near_edge"].any()


def test_strengths_come_before_gaps(toy):
    account = report.account(toy, D)
    assert account.strengths[0].startswith("Hubs: 2 places of 2 kinds within a 15-minute walk")
    assert any(sentence.startswith("Groups: none known") for sentence in account.thin)
    assert [each.name for each in account.nearby][:1] == ["East Library"]
    assert account.nearby[0].inside


def test_every_column_of_the_table_is_in_the_registry_in_its_order(toy):
    columns = ["area_code", *with_bands(toy, uncertainty(toy)).areas.columns]
    assert columns == [name for name in COLUMNS if name in columns]
    not_given = set(COLUMNS) - set(columns) - {"cluster", "cluster_p", "hot_cold"}
    of_evidence = {f"{theme}_{told}" for theme in THEMES for told in ("evidence", "evidence_words")}
    of_other_tables = {"imd_score", "deprivation_carried", *of_evidence} | {
        f"imd_{told}" for told in ("decile_before", "decile_change", "change_kind", "change_words")
    }
    of_other_settings = {
        f"{theme}_{told}" for theme in THEMES for told in ("share_15_min", "hours_unknown", *MEASURES)
    } - set(columns)
    assert not_given - of_other_tables - of_other_settings == {
        f"{domain}_decile" for domain in DEPRIVATION_DOMAINS
    } - {
        "imd_decile",
        "income_decile",
    }


def test_assessing_changes_nothing_of_the_place(tmp_path):
    place = load(write_toy(tmp_path))
    before = place.areas.copy(), place.assets.copy(), place.deprivation.copy()
    first, second = assess(place), assess(place)
    pd.testing.assert_frame_equal(first.areas, second.areas)
    for frame, copy in zip((place.areas, place.assets, place.deprivation), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_income_domain_may_stand_for_deprivation(tmp_path):
    table = "lsoa21_code,rank,decile,income\n" + "".join(
        f"{code},5,9,{n + 1}\n" for n, code in enumerate(CODES)
    )
    place = load(write_toy(tmp_path, deprivation_csv=table))
    assert assess(place).areas["deprivation_decile"].tolist() == [9, 9, 9, 9]
    assert assess(place, Settings(deprivation_domain="income")).areas["deprivation_decile"].tolist() == [
        1,
        2,
        3,
        4,
    ]
