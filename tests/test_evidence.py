"""Gap or missing data: what two lists can tell, what is said of an area, and who may read it.

``tests/golden/evidence_*.csv`` hold what comes of the demo town, Trafford and Newport. ``python -m tests.test_evidence`` writes
them anew; look at the difference before it is committed.
"""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom
from typer.testing import CliRunner

from assetmap import assess, load, write
from assetmap.cli import app
from assetmap.columns import COLUMNS, EVIDENCE_COLUMNS, POOL_COLUMNS, WALK_LIST_COLUMNS
from assetmap.completeness import chapman, spread, unlisted
from assetmap.evidence import (
    CANNOT_TELL,
    EVIDENT,
    FRAGILE,
    MIN_MATCHES,
    MISSING,
    REAL_GAP,
    SERVED,
    evidence,
    walk_list,
    with_evidence,
)
from assetmap.model import THEMES, Assessment
from assetmap.sources.decisions import Decision, record
from assetmap.views import page, report
from assetmap.views.evidence import evidence_html, walk_list_html
from tests.conftest import REALDATA
from tests.screens import screen, words
from tests.test_streets import NEWPORT
from tests.toy import RECIPE, write_toy
from tests.trafford import write_trafford

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


@pytest.fixture(scope="module")
def found(demo):
    return evidence(demo, for_officers=True)


def of(told, theme: str, code: str | None = None):
    rows = told.areas[told.areas["theme"] == theme].set_index("area_code")
    return rows if code is None else rows.loc[code]


# -- two lists ------------------------------------------------------------------------------------

#: How many are on one list only, on the other only, and on both.
LISTS = st.tuples(*[st.integers(0, 40)] * 3)


@given(LISTS)
def test_there_are_never_fewer_than_are_known_and_the_interval_holds_the_estimate(lists):
    one, other, both = lists
    told = chapman(one + both, other + both, both)
    assert told.total >= one + other + both - 1e-9
    assert told.low <= told.total + 1 <= told.high + 1
    assert told.low >= one + other + both
    assert told.variance >= 0


@given(LISTS.filter(lambda lists: min(lists[:2]) > 0))
def test_more_matches_never_raise_the_estimate(lists):
    one, other, both = lists
    few, more = (chapman(one + both, other + both, both + extra) for extra in (0, 1))
    assert more.total < few.total
    assert more.high <= few.high


@given(LISTS)
def test_which_list_is_first_is_all_one(lists):
    one, other, both = lists
    assert chapman(one + both, other + both, both) == pytest.approx(chapman(other + both, one + both, both))


def test_chapman_by_hand_and_as_textbooks_have_it():
    # 10 turtles marked, 15 seen, 5 of them marked: 11 × 16 ÷ 6 − 1; variance 11 × 16 × 5 × 10 ÷ (36 × 7).
    turtles = chapman(10, 15, 5)
    assert turtles.total == pytest.approx(28 + 1 / 3)
    assert turtles.variance == pytest.approx(8_800 / 252)
    # 200 marked, 150 caught, 50 of them marked (Seber’s form, worked by hand): 201 × 151 ÷ 51 − 1.
    assert chapman(200, 150, 50).total == pytest.approx(594.1176, abs=1e-4)
    # Two lists that are the same leave nothing out, and one that adds nothing may be chance.
    assert chapman(30, 30, 30).total == 30
    assert chapman(20, 7, 7)[:2] == (20.0, 0.0)
    with pytest.raises(ValueError, match="No more can be on both lists than on either"):
        chapman(3, 4, 5)


def test_the_interval_is_every_number_that_the_matches_do_not_speak_against():
    # Six and six with three on both: among 9 places, 3 matches or fewer come in C(6,3) C(3,3) ÷ C(9,6) = 20 ÷ 84 of cases.
    told = chapman(6, 6, 3)
    likely = [
        total
        for total in range(9, 200)
        if hypergeom.cdf(3, total, 6, 6) > 0.025 and hypergeom.sf(2, total, 6, 6) > 0.025
    ]
    assert (told.low, told.high) == (likely[0], likely[-1])
    assert hypergeom.cdf(3, 9, 6, 6) == pytest.approx(20 / 84)
    # Seven of seven found again among twenty: 13 more could be missing, 20 choose 7 over 34 choose 7 being under 1 in 40.
    assert chapman(20, 7, 7).high == max(
        n for n in range(20, 99) if math.comb(20, 7) / math.comb(n, 7) > 0.025
    )
    assert chapman(4, 5, 0).high == math.inf


def test_places_that_lie_as_people_do_are_expected_as_people_live():
    assert spread(np.array([3.0, 3.0, 3.0]), np.array([3.0, 3.0, 3.0])) >= 1e6
    mean, chance = unlisted(2.0, 2, 2.0, 1e6)
    assert (mean, chance) == (pytest.approx(2.0), pytest.approx(1 - math.exp(-2), abs=1e-5))
    # Where none are known though two were to be expected, a third as many: 2 × (1 + 0) ÷ (1 + 2).
    assert unlisted(2.0, 0, 2.0, 1.0) == (pytest.approx(2 / 3), pytest.approx(0.4))
    assert unlisted(0.0, 0, 0.0, 1.0) == (0.0, 0.0)


@given(st.floats(0, 50), st.integers(0, 30), st.floats(0, 50), st.floats(0.01, 1e6))
def test_a_chance_is_one_and_grows_with_what_is_missing(share, known, expected, evenness):
    mean, chance = unlisted(share, known, expected, evenness)
    assert mean >= 0
    assert 0 <= chance <= 1
    assert unlisted(share + 1, known, expected, evenness)[1] >= chance


# -- pools ----------------------------------------------------------------------------------------


def toy_of_two_lists(
    folder: Path, first: list[str], second: list[str], kind: str = "Library", **files: str
) -> Assessment:
    """The toy town with two lists of one kind of place, all within the most deprived square, 200 m apart by name."""
    head, _ = RECIPE.split("[[assets]]")
    lists = "".join(
        f'\n[[assets]]\nname = "{name}"\nfile = "{name}.csv"\ntitle = "name"\nkind_column = "kind"\neasting = "e"\n'
        f'northing = "n"\nlast_checked = "checked"\ncoverage = "beyond"\ndate = "2026-03-31"\n'
        for name in ("one", "two")
    )
    names = sorted({*first, *second})
    rows = {
        name: f"{name},{kind},{400_100 + 20 * n},{300_050 + 110 * (n % 9)},\n" for n, name in enumerate(names)
    }
    tables = {
        f"{name}_csv": "name,kind,e,n,checked\n" + "".join(map(rows.__getitem__, of))
        for name, of in (("one", first), ("two", second))
    }
    return assess(load(write_toy(folder, place_toml=head + lists, **(tables | files))))


NAMES = [f"Library {chr(65 + n)}" for n in range(14)]


def test_pools_are_counted_by_kind_and_fifth(tmp_path):
    told = evidence(toy_of_two_lists(tmp_path, NAMES[:10], NAMES[2:14])).pools
    assert list(told.columns) == list(POOL_COLUMNS)
    row = told[(told["kind"] == "library") & (told["deprivation_fifth"] == 1)].iloc[0]
    assert row[["list", "other_lists", "first_count", "second_count", "matched", "known"]].tolist() == [
        "two", "one", 12, 10, 8, 14,
    ]  # fmt: skip
    # 13 × 11 ÷ 9 − 1
    assert row["estimate"] == pytest.approx(14.8889, abs=1e-4)
    assert row["completeness"] == pytest.approx(14 / 14.8889, abs=1e-4)
    assert row["words"] == (
        "As far as two lists tell, there are at least 14.9 libraries, of which 14 are known: at most 94%. The number behind it may "
        f"be from 14 to {row['estimate_high']:.0f}."
    )


def test_one_match_too_few_cannot_be_told(tmp_path):
    told = evidence(toy_of_two_lists(tmp_path, NAMES[:8], NAMES[2 : 2 + MIN_MATCHES - 1])).pools
    row = told[(told["kind"] == "library") & (told["deprivation_fifth"] == 1)].iloc[0]
    assert row["matched"] == 6
    assert pd.isna(row["estimate"])
    assert row["words"] == "Cannot tell: 6 are on both, and 7 are needed."


def test_one_list_alone_cannot_tell_and_says_what_would(tmp_path):
    told = evidence(assess(load(write_toy(tmp_path)))).pools.set_index("kind")
    assert told.loc["library", "words"] == (
        "Cannot tell: only one list names libraries; a second, made apart, would help."
    )
    assert told["estimate"].isna().all()


def test_lists_that_name_the_same_places_and_no_others_may_be_copies_and_cannot_tell(tmp_path):
    told = evidence(toy_of_two_lists(tmp_path, NAMES[:9], NAMES[:9]))
    pools = told.pools[told.pools["kind"] == "library"]
    assert pools["matched"].tolist() == [9, 9]
    assert pools["estimate"].isna().all()
    assert set(pools["words"]) == {
        "Cannot tell: the lists name the same libraries and no others, as a copy would; one made apart would help."
    }
    # One more on either shows that they were not copied.
    other = evidence(toy_of_two_lists(tmp_path / "other", NAMES[:9], NAMES[:8])).pools
    assert other.loc[other["kind"] == "library", "estimate"].tolist() == [9.0, 9.0]


def test_the_order_of_rows_changes_nothing(tmp_path, demo, found):
    shuffled = demo.place.assets.sample(frac=1, random_state=7)
    again = evidence(replace(demo, place=replace(demo.place, assets=shuffled)), for_officers=True)
    pd.testing.assert_frame_equal(found.pools, again.pools)
    ordered = again.areas.assign(hangs_on=again.areas["hangs_on"])
    pd.testing.assert_frame_equal(found.areas, ordered)


def test_pairs_that_wait_for_a_person_are_told(tmp_path):
    place = toy_of_two_lists(tmp_path, NAMES[:10], NAMES[2:14]).place
    assert place.doubtful is None
    assert "have not been compared" in evidence_html(assess(place), evidence(assess(place)))
    key = {name: f"{name} @ {400_100 + 20 * n},{300_050 + 110 * (n % 9)}" for n, name in enumerate(NAMES)}
    line = f'"{key[NAMES[0]]}",one,"{key[NAMES[13]]}",two,0.7,{{}},near\n'
    header = "left,left_list,right,right_list,probability,verdict,why\n"
    (tmp_path / "matches.csv").write_text(header + line.format("doubtful"))
    again = load(tmp_path)
    assert again.doubtful == {"library": 1}
    told = evidence(assess(again))
    assert told.doubtful == 1
    assert told.pools.set_index("kind").loc["library", "doubtful"].tolist() == [1, 1]
    assert "1 pair of listings waits for a person" in evidence_html(assess(again), told)
    record(tmp_path, [Decision("2026-04-01", "R", "different", key[NAMES[0]], key[NAMES[13]])])
    assert load(tmp_path).doubtful == {}


# -- areas ----------------------------------------------------------------------------------------


def test_every_area_and_theme_has_one_verdict_from_the_list(demo, found):
    assert list(found.areas.columns) == list(EVIDENCE_COLUMNS)
    assert len(found.areas) == len(demo.areas) * len(THEMES)
    assert set(found.areas["evidence"]) == set(EVIDENT), "all five occur in the demo town"
    for row in found.areas.itertuples():
        begins = {SERVED: "Served", FRAGILE: "Fragile", REAL_GAP: "Real gap, as far as two lists tell", MISSING: "Probably missing data", CANNOT_TELL: "Cannot tell"}  # fmt: skip
        assert row.words.startswith(f"{begins[row.evidence]}:")


def test_the_verdict_agrees_with_the_standards_of_the_assessment(demo, found):
    for theme in ("hubs", "green_space"):
        rows = of(found, theme)
        short = demo.areas[f"short_{theme}"]
        assert rows.loc[short[short].index, "evidence"].isin([REAL_GAP, MISSING, CANNOT_TELL]).all()
        assert not rows.loc[short[~short].index, "evidence"].isin([REAL_GAP, MISSING]).any()
        assert (rows["places_in_reach"] == demo.areas[f"{theme}_count"]).all()


def test_an_area_hangs_on_one_place_where_losing_it_would_leave_none(demo, found):
    for theme in THEMES:
        rows = of(found, theme)
        alone = rows[rows["hangs_on"] != ""]
        assert (alone["places_in_reach"] == 1).all()
        assert (rows.loc[rows["places_in_reach"] == 1, "hangs_on"] != "").all()
    area = of(found, "hubs", "WM052")
    assert area["evidence"] == FRAGILE
    # Take the place away and most residents have none.
    gone = demo.place.assets[demo.place.assets["name"] != area["hangs_on"]]
    assert assess(replace(demo.place, assets=gone)).areas.loc["WM052", "short_hubs"]


def test_with_finer_origins_an_area_hangs_on_what_most_residents_would_lose(tmp_path):
    # Ten people by a library, ten by a café's end where none is, thirty who have both libraries.
    homes = "area_code,people,easting,northing\n" + "".join(
        f"E0100000{n},{people},{x},{y}\n"
        for n, people, x, y in ((1, 60, 400_500, 300_500), (1, 40, 400_900, 300_500), (2, 10, 401_500, 300_500), (3, 10, 402_500, 300_500), (4, 10, 403_500, 300_500))
    )  # fmt: skip
    recipe = (
        RECIPE
        + '\n[residents]\nfile = "homes.csv"\ncode = "area_code"\npeople = "people"\neasting = "easting"\nnorthing = "northing"\n'
    )
    venues = "name,kind,easting,northing,postcode\nWest Library,Library,400100,300500,\nMiddle Library,Library,401300,300500,\n"
    told = evidence(
        assess(load(write_toy(tmp_path, place_toml=recipe, homes_csv=homes, venues_csv=venues))),
        for_officers=True,
    )
    area = of(told, "hubs", "E01000001")
    # 923 m reach: the sixty have both; the forty have both too, so nothing is lost by one.
    assert area["evidence"] == SERVED
    fewer = "name,kind,easting,northing,postcode\nWest Library,Library,399650,300500,\nMiddle Library,Library,401700,300500,\n"
    told = evidence(
        assess(load(write_toy(tmp_path, place_toml=recipe, homes_csv=homes, venues_csv=fewer))),
        for_officers=True,
    )
    area = of(told, "hubs", "E01000001")
    # The sixty have West alone (850 m), the forty Middle alone (800 m): without West only 40 % would have any.
    assert (area["evidence"], area["hangs_on"]) == (FRAGILE, "West Library")
    assert area["words"].startswith(
        "Fragile: without West Library, none would be known within a 15-minute walk of most residents."
    )


def test_what_nobody_checked_for_four_years_serves_nobody_for_sure(tmp_path):
    venues = "name,kind,easting,northing,postcode,checked\nWest Library,Library,400500,300500,,{}\nEast Hub,Hub,403500,300500,,2026-01-31\n"
    recipe = RECIPE + 'last_checked = "checked"\n'
    told = {}
    for day in ("2021-12-31", "2023-01-31", "2025-12-31", ""):
        place = load(write_toy(tmp_path, place_toml=recipe, venues_csv=venues.format(day)))
        told[day] = of(evidence(assess(place), for_officers=True), "hubs", "E01000001")
    assert told["2021-12-31"]["words"] == (
        "Cannot tell: 1 place is known within a 15-minute walk, but none was checked in the last 48 months."
    )
    assert told["2023-01-31"]["evidence"] == told["2025-12-31"]["evidence"] == told[""]["evidence"] == FRAGILE
    assert [told[day]["unchecked_share"] for day in told] == [1, 1, 0, 1]
    assert told[""]["words"].endswith("No check in the last 24 months is on record for it.")
    assert (
        told["2025-12-31"]["words"]
        == "Fragile: without West Library, none would be known within a 15-minute walk."
    )


def test_a_gap_is_called_real_only_where_nothing_speaks_against_it(demo, found):
    gap = of(found, "hubs").query("evidence == @REAL_GAP")
    assert len(gap) == 7
    assert (gap["missing_chance_high"] <= 0.5).all()
    assert (gap["told_share"] >= 0.75).all()
    assert (gap["named_share"] >= 0.75).all()
    assert (gap["covered_share"] >= 0.8).all()
    # Without dates nobody knows what opened since.
    undated = tuple(replace(layer, date="not stated") for layer in demo.place.layers)
    again = evidence(replace(demo, place=replace(demo.place, layers=undated)))
    words = of(again, "hubs").loc[gap.index, "words"]
    assert words.str.startswith("Cannot tell: none is known").all()
    assert words.str.endswith("no list of it says of when it is.").all()
    # Where the lists stop at the border, an area beside it cannot be told.
    near = tuple(replace(layer, coverage="place") for layer in demo.place.layers)
    beside = of(evidence(replace(demo, place=replace(demo.place, layers=near))), "hubs").loc[gap.index]
    assert (beside["evidence"] == np.where(beside["covered_share"] < 0.8, CANNOT_TELL, REAL_GAP)).all()
    assert (beside["evidence"] == CANNOT_TELL).any()
    # Without the second list nothing is told.
    alone = demo.place.assets.assign(sources=demo.place.assets["sources"].str.replace("; Residents’ map", ""))
    single = of(evidence(replace(demo, place=replace(demo.place, assets=alone))), "hubs").loc[gap.index]
    assert (single["evidence"] == CANNOT_TELL).all()
    assert single["words"].str.contains("only one list each names", regex=False).all()
    assert single["missing_chance"].isna().all()


def test_where_lists_overlap_little_data_are_probably_missing(demo, found):
    missing = found.areas[found.areas["evidence"] == MISSING]
    assert set(missing["theme"]) == {"meeting_places"}
    assert (missing["missing_chance"] >= 0.5).all()
    assert (
        missing["words"]
        .iloc[0]
        .startswith(
            "Probably missing data: none is known within a 15-minute walk, but as far as two lists tell, 1."
        )
    )


def test_unknown_themes_areas_without_deprivation_and_a_place_without_people_are_told(tmp_path):
    place = load(write_toy(tmp_path))
    bare = replace(
        place,
        deprivation=place.deprivation.assign(imd_decile=pd.NA).astype({"imd_decile": "Int64"}),
        population=place.population.mask(place.population > 0),
        assets=place.assets.iloc[:0],
        themes=frozenset({"green_space"}),
    )
    told = evidence(assess(bare))
    assert (
        of(told, "hubs")["words"] == "Cannot tell: no list of it, or no walking network, reaches this area."
    ).all()
    assert of(told, "hubs")["places_in_reach"].isna().all()
    assert told.pools["deprivation_fifth"].isna().all()
    assert told.as_of == ""


# -- who may read it ------------------------------------------------------------------------------


def test_fragile_and_its_place_are_for_officers_alone(demo, found, tmp_path):
    public = evidence(demo)
    fragile = found.areas["evidence"] == FRAGILE
    assert (public.areas.loc[fragile, "evidence"] == SERVED).all()
    assert (public.areas["hangs_on"] == "").all()
    # Where nothing hangs on one place, and where it cannot be told whether that is still there, all read the same.
    told = [each for each in public.areas if each != "hangs_on"]
    pd.testing.assert_frame_equal(public.areas.loc[~fragile, told], found.areas.loc[~fragile, told])
    # Nowhere in what is written by default.
    write(demo, tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        if file.suffix not in (".gpkg",) and file.name != "columns.csv":
            assert not re.search(r"\bfragile\b", file.read_text(encoding="utf-8"), re.IGNORECASE), file.name
    assert json.loads((tmp_path / "out/provenance.json").read_text())["evidence"]["for_officers"] is False


def test_the_command_line_has_a_switch_for_officers(tmp_path):
    told = CliRunner().invoke(app, ["gaps", "demo", "--out", str(tmp_path / "out"), "--for-officers"])
    assert told.exit_code == 0, told.output
    areas = pd.read_csv(tmp_path / "out/areas.csv")
    assert (areas["hubs_evidence"] == FRAGILE).sum() == 2
    notes = json.loads((tmp_path / "out/provenance.json").read_text())
    assert notes["evidence"]["for_officers"] is True
    assert notes["notes"][-1].startswith(
        "For officers, not for publication: it names places that an area hangs on"
    )


def test_once_the_group_has_been_told_all_may_read_it(tmp_path):
    folder = write_toy(tmp_path)
    before = evidence(assess(load(folder)))
    assert of(before, "hubs", "E01000001")["evidence"] == SERVED
    record(folder, [Decision("2026-03-31", "A. Officer", "told", "West Library @ 400500,300500")])
    place = load(folder)
    assert place.told == ("West Library @ 400500,300500",)
    after = of(evidence(assess(place)), "hubs")
    assert after.loc["E01000001", ["evidence", "hangs_on"]].tolist() == [FRAGILE, "West Library"]
    # It holds after the name was corrected since; of another place nothing was said.
    record(
        folder,
        [Decision("2026-04-01", "R", "correct", "West Library @ 400500,300500", "name", "West End Library")],
    )
    again = of(evidence(assess(load(folder))), "hubs", "E01000001")
    assert again[["evidence", "hangs_on"]].tolist() == [FRAGILE, "West End Library"]
    assert (after.drop("E01000001")["evidence"] != FRAGILE).all()


def test_told_needs_a_listing(tmp_path):
    folder = write_toy(
        tmp_path, decisions_csv="date,by,act,subject,other,value,note\n2026-03-31,A,told,West Library,,,\n"
    )
    faults = [each for each in load(folder).problems if each.file == "decisions.csv"]
    assert [(each.row, each.what, each.remedy) for each in faults] == [
        (2, "“West Library” is not a listing.", 'Write a listing as "name @ easting,northing".')
    ]


def test_the_app_has_a_switch_for_officers_that_is_never_in_the_link(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    app = screen("analysis")
    app.query_params["part"] = "evidence"
    app.run()
    assert "<h2>Gap or missing data?</h2>" in words(app)
    assert "Lighthouse Baptist Church</small>" not in words(app)
    assert "Fragile" not in words(app)
    link = dict(app.query_params)
    app.sidebar.toggle[0].set_value(True).run()
    assert not app.exception
    assert "<strong>fragile</strong><br><small>Lighthouse Baptist Church</small>" in words(app)
    assert dict(app.query_params) == link


# -- the walk list --------------------------------------------------------------------------------


def test_the_walk_list_is_of_doubtful_areas_and_says_what_to_look_for(demo, found):
    rows = walk_list(demo, found)
    assert list(rows.columns) == list(WALK_LIST_COLUMNS)
    missing = set(found.areas.loc[found.areas["evidence"] == MISSING, "area_code"])
    priorities = set(demo.priorities.index) & set(of(found, "hubs").query("evidence == @CANNOT_TELL").index)
    assert set(rows["area_code"]) == missing | priorities == {"WM058", "WM059"}
    staithe = rows[rows["area_code"] == "WM058"]
    looked_for = staithe[staithe["what"] == "look for"]
    assert looked_for.loc[looked_for["theme"] == "hubs", "kind"].tolist() == [
        "library", "community_hub", "community_centre", "family_hub", "youth_centre",
    ]  # fmt: skip
    assert looked_for.set_index("kind")["why"].to_dict()["market"] == "no list here names any"
    assert looked_for.set_index("kind")["why"].to_dict()["pub"] == "lists may leave some out"
    assert looked_for.set_index("kind")["why"].to_dict()["post_office"] == "only one list names them"
    nearest = staithe[staithe["what"] == "check"].iloc[0]
    assert nearest[["name", "address"]].tolist() == [
        "Cherry Holt Community Centre",
        "27 Bittern Walk, Cherry Holt",
    ]
    assert (
        nearest["why"]
        == "the nearest known, 39 minutes away: is it there, and is the way to it good to walk?"
    )


def test_nothing_sensitive_and_no_contact_is_on_it(demo, found):
    secret = demo.place.assets.copy()
    label = secret.index[secret["area_code"] == "WM059"][0]
    secret.loc[label, ["name", "kind", "address"]] = ["Safe House", "refuge", "1 Hidden Street"]
    text = walk_list_html(replace(demo, place=replace(demo.place, assets=secret)), found)
    assert "Safe House" not in text
    assert "Hidden Street" not in text
    assert not re.search(r"example\.org|\w@|https?:", text)


def test_the_page_stands_alone_and_escapes(demo, found):
    renamed = demo.place.assets.assign(name=demo.place.assets["name"] + "<i>")
    place = replace(demo.place, assets=renamed)
    text = walk_list_html(replace(demo, place=place), found)
    assert "<i>" not in text
    assert "&lt;i&gt;" in text
    assert '<html lang="en-GB">' in text
    assert "A fictional place." in text
    assert not re.search(r'(src|href)="', text)
    rows = walk_list(replace(demo, place=place), found)
    assert text.count('class="box"') == len(rows) + 2 * rows["area_code"].nunique()


def test_a_place_without_doubt_says_so(tmp_path):
    toy = toy_of_two_lists(tmp_path, NAMES, NAMES)
    told = evidence(toy)
    assert walk_list(toy, told).empty
    assert "There is no area where data are probably missing" in walk_list_html(toy, told)


# -- where it shows -------------------------------------------------------------------------------


def test_it_is_told_with_the_area_the_priorities_and_the_table(demo, found):
    shown = with_evidence(demo, found)
    assert [name for name in shown.areas if "_evidence" in name] == [
        f"{theme}_{column}" for theme in THEMES for column in ("evidence", "evidence_words")
    ]
    assert list(shown.areas) == [name for name in COLUMNS if name in shown.areas]
    sure = report.account(shown, "WM060").how_sure
    assert any(text.startswith("Hubs: real gap, as far as two lists tell: none is known") for text in sure)
    html = page.priorities_html(shown)
    assert html.count("Hubs: real gap, as far as two lists tell") == 3
    assert html.count("Hubs: cannot tell: none is known") == 1
    assert "real gap" not in page.priorities_html(demo)
    table = evidence_html(shown, found)
    assert "For officers." in table
    assert "Cherry Holt Community Centre" in table
    assert "For officers." not in evidence_html(shown, evidence(demo))
    # Twice is as once.
    pd.testing.assert_frame_equal(with_evidence(shown, found).areas, shown.areas)


def test_files_have_the_tables_with_a_word_on_every_column(demo, tmp_path):
    write(demo, tmp_path)
    said = pd.read_csv(tmp_path / "columns.csv", keep_default_na=False)
    for name, file in (
        ("evidence", "evidence.csv"),
        ("gap_or_missing", "gap_or_missing.csv"),
        ("walk_list", "walk_list.csv"),
    ):
        columns = pd.read_csv(tmp_path / file, nrows=0).columns
        assert said.loc[said["table"] == name, "column"].tolist() == columns.tolist()
        assert (said.loc[said["table"] == name, "label"] != "").all()
    assert (tmp_path / "walk_list.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# -- real places ----------------------------------------------------------------------------------

#: Lists of Greater Manchester that name the same kinds; they go on past the border.
SECOND = "".join(
    f'\n[[assets]]\nname = "{name}"\nfile = "{{data}}/trafford/assets/{file}"\ntitle = "{title}"\nkind = "{kind}"\n{more}\n'
    f'coverage = "beyond"\nsource = "Trafford Data Lab"\nlicence = "OGL v3"\n'
    for name, file, title, kind, more in (
        ("Libraries of Greater Manchester", "libraries__gm_libraries.csv", "name", "library", 'lon = "lon"\nlat = "lat"'),
        ("Food banks of Greater Manchester", "food_banks__gm_food_banks.csv", "Name", "food_bank", 'postcode = "Postcode"'),
        ("Pharmacies of Greater Manchester", "pharmacies__gm_pharmacies.csv", "pharmacy_name", "pharmacy", 'postcode = "postcode"'),
    )
)  # fmt: skip


def trafford(folder: Path, more: str = "") -> Assessment:
    recipe = write_trafford(folder, REALDATA) / "place.toml"
    recipe.write_text(
        recipe.read_text(encoding="utf-8") + more.format(data=REALDATA.as_posix()), encoding="utf-8"
    )
    return assess(load(folder))


def newport(folder: Path) -> Assessment:
    folder.mkdir(parents=True, exist_ok=True)
    file = "{data}/newport_lsoa11_wimd2019_pop2020.geojson"
    more = (
        f'[population]\nfile = "{file}"\ncode = "lsoa11_code"\nvalue = "total_population"\n'
        f'[deprivation]\nfile = "{file}"\ncode = "lsoa11_code"\nindex = "WIMD2019"\nimd_rank = "IMD_rank"\nimd_decile = "IMD_decile"\n'
    )
    recipe = NEWPORT.replace("[[assets]]", f"{more}[[assets]]").replace(
        "{data}", (REALDATA / "newport").as_posix()
    )
    (folder / "place.toml").write_text(recipe, encoding="utf-8")
    return assess(load(folder))


def golden(told) -> str:
    """What is told of a place: its pools, then how many areas of each verdict by theme."""
    text = io.StringIO()
    pools = told.pools.drop(columns=["words", "other_lists"])
    pools.to_csv(text, index=False, float_format="%.2f", lineterminator="\n")
    counts = (
        pd.crosstab(told.areas["theme"], told.areas["evidence"])
        .reindex(THEMES)
        .reindex(columns=EVIDENT, fill_value=0)
    )
    text.write("\n")
    counts.to_csv(text, lineterminator="\n")
    return text.getvalue()


def test_the_demo_town_as_it_was(found):
    assert (
        golden(found).splitlines() == (GOLDEN / "evidence_demo.csv").read_text(encoding="utf-8").splitlines()
    )


@pytest.mark.realdata
def test_the_priority_of_trafford_may_be_a_gap_of_the_lists(tmp_path):
    """Timperley East has a community centre that is on no list of hubs: the council’s list of buildings has it."""
    assessment = trafford(tmp_path, SECOND)
    told = evidence(assessment, for_officers=True)
    assert (
        golden(told).splitlines()
        == (GOLDEN / "evidence_trafford.csv").read_text(encoding="utf-8").splitlines()
    )
    assert assessment.priorities.index.tolist() == ["E01006207"]
    area = of(told, "hubs", "E01006207")
    assert area["evidence"] == CANNOT_TELL
    assert area["words"].startswith(
        "Cannot tell: none is known within a 15-minute walk, but no list here names community centres or youth centres; "
    )
    rows = walk_list(assessment, told)
    assert set(rows["area_code"]) == {"E01006207"}
    assert "community_centre" in rows.loc[rows["what"] == "look for", "kind"].tolist()
    # It is under its other name, as a service, on the list to check.
    assert "Broomwood Wellbeing Centre" in rows["name"].tolist()


@pytest.mark.realdata
def test_newport_where_one_map_is_all_there_is(tmp_path):
    assessment = newport(tmp_path)
    told = evidence(assessment, for_officers=True)
    assert (
        golden(told).splitlines()
        == (GOLDEN / "evidence_newport.csv").read_text(encoding="utf-8").splitlines()
    )
    assert told.pools["estimate"].isna().all()
    assert not told.areas["evidence"].isin([REAL_GAP, MISSING]).any()
    # Every record says when it was last edited; ages are counted to the newest.
    assert told.as_of.startswith("2023-06")
    assert told.areas.loc[told.areas["theme"] != "green_space", "unchecked_share"].dropna().lt(1).any()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as room:
        places = {
            "demo": assess(load("demo")),
            "trafford": trafford(Path(room) / "trafford", SECOND),
            "newport": newport(Path(room) / "newport"),
        }
        for name, assessment in places.items():
            (GOLDEN / f"evidence_{name}.csv").write_text(
                golden(evidence(assessment, for_officers=True)), encoding="utf-8"
            )
