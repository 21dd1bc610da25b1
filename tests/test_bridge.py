"""Figures for the areas of 2011 go over to those of 2021, or back, each told how; and what a change may mean."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from assetmap import PlaceError, load
from assetmap.sources import save
from assetmap.sources.area_tables import read_deprivation
from assetmap.sources.bridge import Crossing, carry_counts, read_bridge
from assetmap.sources.indices import change
from assetmap.sources.recipe import Entry
from tests.toy import RECIPE, write_toy

#: The first area of the toy place is as it was; the next two were one; the last was two.
LOOKUP = """LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,CHGIND,LAD22CD
E01000001,A,E01000001,A,U,E08000009
E01000090,B,E01000002,B1,S,E08000009
E01000090,B,E01000003,B2,S,E08000009
E01000091,C,E01000004,C,M,E08000009
E01000092,D,E01000004,C,M,E08000009
E01000099,Z,E01000098,Z,U,E08000001
"""
#: Ranks among 32,844; a decile holds 3,284.4.
IOD2019 = """LSOA code (2011),Local Authority District code (2019),Index of Multiple Deprivation (IMD) Score,Index of Multiple Deprivation (IMD) Rank,Index of Multiple Deprivation (IMD) Decile,Crime Decile,Total population: mid 2015 (excluding prisoners)
E01000001,E08000009,60,10,1,4,1500
E01000090,E08000009,20,15000,5,5,1600
E01000091,E08000009,50,1000,1,2,1000
E01000092,E08000009,40,5000,2,5,3000
"""
CARRIED = 'file = "iod2019.csv"\ncarry = true\n'
BRIDGE = '[bridge]\nfile = "lookup.csv"\n\n'


def recipe(deprivation: str, bridge: str = BRIDGE) -> str:
    start, end = RECIPE.index("[deprivation]"), RECIPE.index("[postcodes]")
    return f"{RECIPE[:start]}{bridge}[deprivation]\n{deprivation}\n{RECIPE[end:]}"


def faults(folder) -> list[str]:
    with pytest.raises(PlaceError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_each_area_has_the_figures_of_what_it_came_from(tmp_path):
    place = load(write_toy(tmp_path, place_toml=recipe(CARRIED), lookup_csv=LOOKUP, iod2019_csv=IOD2019))
    found = place.deprivation
    assert found["deprivation_carried"].tolist() == ["unchanged", "split", "split", "merged"]
    # Merged: (1,000 × 1,000 people + 5,000 × 3,000) / 4,000 = 4,000, which is in decile 2 of 32,844.
    assert found["imd_rank"].tolist() == [10, 15_000, 15_000, 4_000]
    assert found["imd_decile"].tolist() == [1, 5, 5, 2]
    assert found["imd_score"].tolist() == [60, 20, 20, 42.5]
    # No ranks of crime are given: the mean of 2 and 5 by people is 4.25.
    assert found["crime_decile"].tolist() == [4, 5, 5, 4]
    assert place.deprivation_index == "IoD2019, carried over from lsoa11 areas"
    assert [str(problem) for problem in place.problems if "iod2019" in problem.file] == [
        "iod2019.csv: Carried over from lsoa11 to lsoa21 areas: 1 unchanged, 2 split, 1 merged, 0 irregular. A part of a "
        "split area has the figures of the whole; a merged one has the mean of its parts, weighted by their people; an "
        "irregular one is unknown. An index made for lsoa21 areas is better."
    ]
    layer = next(layer for layer in place.layers if layer.table == "bridge")
    assert (layer.rows_in, layer.rows_used) == (6, 5)


def test_parts_count_the_same_where_the_table_gives_no_people(tmp_path):
    table = "\n".join(line.rpartition(",")[0] for line in IOD2019.splitlines())
    place = load(write_toy(tmp_path, place_toml=recipe(CARRIED), lookup_csv=LOOKUP, iod2019_csv=table))
    # (1,000 + 5,000) / 2 = 3,000, which is in decile 1; halfway between 2 and 5 goes to the more deprived.
    assert place.deprivation.loc["E01000004", ["imd_rank", "imd_decile", "crime_decile"]].tolist() == [
        3_000,
        1,
        3,
    ]
    assert any(
        "the mean of its parts, each counting the same;" in problem.remedy for problem in place.problems
    )


@pytest.mark.parametrize(
    "was",
    [
        "E01000090,B,E01000002,B1,X,E08000009\n",  # the lookup says so
        "E01000090,B,E01000002,B1,U,E08000009\n",  # the letter is not borne out: its source has two parts
        "E01000090,B,E01000002,B1,S,E08000009\nE01000092,D,E01000002,B1,M,E08000009\n",  # of two minds
    ],
)
def test_what_cannot_be_carried_over_is_unknown(tmp_path, was):
    lookup = LOOKUP.replace("E01000090,B,E01000002,B1,S,E08000009\n", was)
    place = load(write_toy(tmp_path, place_toml=recipe(CARRIED), lookup_csv=lookup, iod2019_csv=IOD2019))
    assert place.deprivation.at["E01000002", "deprivation_carried"] == "irregular"
    assert pd.isna(place.deprivation.at["E01000002", "imd_decile"])
    assert place.deprivation.at["E01000003", "imd_decile"] == 5


def test_an_area_that_the_lookup_lacks_is_told(tmp_path):
    lookup = LOOKUP.replace("E01000001,A,E01000001,A,U", "E01000001,A,E01000001,A,?")
    place = load(write_toy(tmp_path, place_toml=recipe(CARRIED), lookup_csv=lookup, iod2019_csv=IOD2019))
    assert place.deprivation.loc["E01000001"].isna().all()
    told = [str(problem) for problem in place.problems if problem.file in ("lookup.csv", "iod2019.csv")]
    assert told[0] == "lookup.csv, row 2: “?” is not U, S, M or X. Download the lookup again."
    assert "0 unchanged, 2 split, 1 merged, 0 irregular, 1 not in the lookup." in told[1]
    assert told[2].startswith("iod2019.csv: 1 of 4 areas without a deprivation decile: E01000001.")


def test_a_table_of_2021_goes_back_to_areas_of_2011(tmp_path):
    # Read backwards: two areas became one and so are parts of it, and one became two.
    lookup = """lsoa11_code,change_code,lsoa21_code
E01000001,U,E01000001
E01000002,S,E01000080
E01000002,S,E01000081
E01000003,M,E01000082
E01000004,M,E01000082
"""
    table = "code,rank,decile\nE01000001,100,1\nE01000080,3000,1\nE01000081,5000,2\nE01000082,20000,6\n"
    asked = 'file = "t.csv"\nindex = "IoD2025"\ncode = "code"\nimd_rank = "rank"\nimd_decile = "decile"\ncarry = true\n'
    folder = write_toy(
        tmp_path,
        place_toml=recipe(asked).replace('level = "lsoa21"', 'level = "lsoa11"'),
        lookup_csv=lookup,
        t_csv=table,
    )
    found = load(folder).deprivation
    assert found["deprivation_carried"].tolist() == ["unchanged", "merged", "split", "split"]
    assert found["imd_rank"].tolist() == [100, 4_000, 20_000, 20_000]
    assert found["imd_decile"].tolist() == [1, 2, 6, 6]


def test_people_are_copied_or_summed_and_never_divided_by_guess(tmp_path):
    asked = RECIPE.replace('value = "people"', 'value = "people"\nlevel = "lsoa11"\ncarry = true') + BRIDGE
    people = "area_code,people\nE01000001,1500\nE01000090,1600\nE01000091,1000\nE01000092,3000\n"
    place = load(write_toy(tmp_path, place_toml=asked, lookup_csv=LOOKUP, population_csv=people))
    assert place.population.fillna(-1).tolist() == [1_500, -1, -1, 4_000]
    assert [str(problem) for problem in place.problems if problem.file == "population.csv"] == [
        "population.csv: Carried over from lsoa11 to lsoa21 areas: 1 unchanged, 2 split, 1 merged, 0 irregular. Merged "
        "areas have the sum; how the people of a split one divide is unknown. A table for lsoa21 areas is better.",
        "population.csv: 2 of 4 areas without a population: E01000002, E01000003. They are shown as unknown.",
    ]


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=30), st.data())
def test_merging_loses_nobody(people, data):
    into = [data.draw(st.integers(0, len(people) - 1)) for _ in people]
    pairs = pd.DataFrame({"source": [f"s{n}" for n in range(len(people))], "target": [f"t{n}" for n in into]})
    sizes = pairs["target"].value_counts()
    kind = pd.Series(["unchanged" if size == 1 else "merged" for size in sizes], sizes.index, dtype="string")
    counts = pd.Series(people, pairs["source"].to_numpy())
    assert carry_counts(counts, Crossing(pairs, kind, "lsoa11")).sum() == sum(people)


def test_it_must_be_asked_for(tmp_path):
    told = faults(
        write_toy(
            tmp_path, place_toml=recipe('file = "iod2019.csv"\n'), lookup_csv=LOOKUP, iod2019_csv=IOD2019
        )
    )
    assert told == [
        "iod2019.csv, column “LSOA code (2011)”: This table is for lsoa11 areas (the column “LSOA code (2011)” says so), "
        "but the boundaries are lsoa21. Use a table made for lsoa21 areas, or boundaries of lsoa11; joining the two would "
        "lose areas without a word. Or carry it over: add a [bridge] with the exact-fit lookup, and carry = true here."
    ]


def test_a_table_for_the_place_s_own_areas_stays_as_it_is(tmp_path):
    asked = RECIPE.replace('index = "IoD2025"', 'index = "IoD2025"\ncarry = true') + BRIDGE
    found = load(write_toy(tmp_path, place_toml=asked, lookup_csv=LOOKUP)).deprivation
    assert found["imd_decile"].tolist() == [1, 2, 6, 10]
    assert "deprivation_carried" not in found


def test_a_bridge_must_be_there(tmp_path):
    assert faults(write_toy(tmp_path, place_toml=recipe(CARRIED, bridge=""), iod2019_csv=IOD2019)) == [
        "place.toml: [deprivation] says carry = true, but there is no [bridge]. Add one that names the exact-fit lookup "
        "of the two vintages; docs/places.md shows how."
    ]


def test_a_table_that_does_not_say_its_vintage_is_asked_for_it(tmp_path):
    asked = 'file = "t.csv"\ncode = "area"\nimd_decile = "decile"\ncarry = true\n'
    table = "area,decile\nE01000001,1\nE01000090,2\n"
    assert faults(write_toy(tmp_path, place_toml=recipe(asked), lookup_csv=LOOKUP, t_csv=table)) == [
        "t.csv: It is to be carried over, but nothing says which vintage of areas it was made for. "
        'Add level = "lsoa11" to [deprivation].'
    ]


@pytest.mark.parametrize(
    ("lookup", "told"),
    [
        (
            "old,new\nE01000001,E01000001\n",
            "Its headings are not those of an exact-fit lookup: no older and no newer and no change. "
            "Name the columns in [bridge], such as older = one of: old, new.",
        ),
        (
            "MSOA11CD,MSOA21CD,CHNGIND\nE02000001,E02000001,U\n",
            "It leads from msoa11 to msoa21 areas, by its headings, but the boundaries are lsoa21. "
            "Use a lookup to or from lsoa21 areas, headed like LSOA11CD and LSOA21CD.",
        ),
        (
            "LSOA11CD,LSOA21CD,CHGIND\nW01000001,W01000001,U\n",
            "None of its 1 row is about an area of this place, such as E01000001. "
            "Use the lookup for this nation and this level of area.",
        ),
    ],
)
def test_a_file_that_is_no_lookup_for_this_place_is_refused(tmp_path, lookup, told):
    folder = write_toy(tmp_path, place_toml=recipe(CARRIED), lookup_csv=lookup, iod2019_csv=IOD2019)
    assert faults(folder)[0] == f"lookup.csv: {told}"


# -- what a change may mean ---------------------------------------------------------------------------


def index_table(name: str, **deciles: list[int | None]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {f"{domain}_decile": pd.array(values, dtype="Int64") for domain, values in deciles.items()},
        index=[f"E0100000{n}" for n in range(len(deciles["imd"]))],
    )
    return frame.rename_axis(columns=name)


def test_every_kind_of_change_is_told_in_words():
    before = index_table(
        "IoD2019, carried over from lsoa11 areas",
        imd=[3, 5, 5, 4, None],
        employment=[3, 5, 5, 4, 1],
        education=[3, 5, 5, 4, 1],
        health=[3, 5, 5, 4, 1],
        crime=[3, 5, 9, 4, 1],
    )
    after = index_table(
        "IoD2025",
        imd=[2, 3, 3, 9, 3],
        employment=[3, 4, 4, 9, 1],
        education=[3, 6, 5, 9, 1],
        health=[3, 3, 5, 9, 1],
        crime=[9, 5, 1, 9, 1],
    )
    kinds = pd.Series(
        ["unchanged", "unchanged", "unchanged", "split", "unchanged"], after.index, dtype="string"
    )
    found = change(before, after, kinds)
    assert found["decile_change"].fillna(0).tolist() == [-1, -2, -2, 5, 0]
    assert found["change_kind"].fillna("").tolist() == ["little or none", "real", "method", "boundary", ""]
    assert found["change_words"].tolist() == [
        "Decile 3 in IoD2019, 2 in IoD2025 (1 = most deprived): little or no change against other areas.",
        "Decile 5 in IoD2019, 3 in IoD2025 (1 = most deprived): more deprived than before, relative to other areas. "
        "Employment; Health and disability, measured mostly as before, moved the same way.",
        "Decile 5 in IoD2019, 3 in IoD2025 (1 = most deprived): more deprived than before, relative to other areas. Most "
        "of what is measured mostly as before (Employment; Education, skills and training; Health and disability) does "
        "not show it, so it may be the method.",
        "Its boundary changed (split): the earlier decile is not of the same area.",
        "The decile is not known in both indices.",
    ]


@pytest.mark.parametrize("names", [("WIMD2019", "WIMD2025"), ("IoD2015", "IoD2019"), ("IoD2025", "IoD2019")])
def test_where_it_is_not_known_what_two_indices_measure_alike_nothing_is_claimed(names):
    before = index_table(names[0], imd=[5, 5], employment=[5, 5], education=[5, 5], health=[5, 5])
    after = index_table(names[1], imd=[7, 6], employment=[7, 5], education=[7, 5], health=[7, 5])
    found = change(before, after)
    assert found["change_kind"].tolist() == ["cannot tell", "little or none"]
    assert found["change_words"].iloc[0] == (
        f"Decile 5 in {names[0]}, 7 in {names[1]} (1 = most deprived): less deprived than before, relative to other areas; "
        "it is not known how much of that is a change of method."
    )


def test_without_domains_to_compare_nothing_is_claimed():
    found = change(index_table("IoD2019", imd=[5]), index_table("IoD2025", imd=[8]))
    assert found["change_kind"].tolist() == ["cannot tell"]


def test_an_earlier_index_goes_in_beside_the_later(tmp_path):
    asked = RECIPE + BRIDGE + "[deprivation_before]\n" + CARRIED
    place = load(write_toy(tmp_path, place_toml=asked, lookup_csv=LOOKUP, iod2019_csv=IOD2019))
    assert place.deprivation_index == "IoD2025"
    assert place.deprivation["imd_decile"].tolist() == [1, 2, 6, 10]
    assert place.deprivation["imd_decile_before"].tolist() == [1, 5, 5, 2]
    assert place.deprivation["imd_change_kind"].tolist() == [
        "little or none",
        "boundary",
        "boundary",
        "boundary",
    ]
    assert "deprivation_before" in {layer.table for layer in place.layers}


def test_a_saved_place_keeps_what_was_carried_over_and_what_changed(tmp_path):
    asked = RECIPE + BRIDGE + "[deprivation_before]\n" + CARRIED
    files = {"lookup_csv": LOOKUP, "iod2019_csv": IOD2019}
    for name, text in (("changed", asked), ("carried", recipe(CARRIED))):
        place = load(write_toy(tmp_path / name, place_toml=text, **files))
        again = load(save(place, tmp_path / f"{name} saved"))
        assert_frame_equal(place.deprivation, again.deprivation, check_dtype=False)
        assert again.deprivation_index == place.deprivation_index
        assert not [problem for problem in again.problems if "decile" in problem.what]


def test_an_earlier_index_needs_a_later_one(tmp_path):
    asked = recipe(CARRIED).replace("[deprivation]", "[deprivation_before]")
    assert faults(write_toy(tmp_path, place_toml=asked, lookup_csv=LOOKUP, iod2019_csv=IOD2019)) == [
        "place.toml: There is a [deprivation_before] and no [deprivation] to compare it with. "
        "Name the later index in [deprivation]."
    ]


# -- the real tables ----------------------------------------------------------------------------------

TRAFFORD = """
[place]
name = "Trafford"
[areas]
file = "{data}/trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson"
level = "lsoa21"
code = "area_code"
[bridge]
file = "{data}/england/lookup_lsoa11_lsoa21_ltla22.csv.gz"
[deprivation]
file = "{data}/england/iod2025_lsoa21.csv.gz"
index = "IoD2025"
[deprivation_before]
file = "{data}/england/iod2019_lsoa11.csv.gz"
index = "IoD2019"
carry = true
"""


@pytest.mark.realdata
def test_trafford_from_2019_to_2025(realdata, tmp_path):
    (tmp_path / "place.toml").write_text(TRAFFORD.format(data=realdata.as_posix()), encoding="utf-8")
    place = load(tmp_path)
    assert len(place.deprivation) == 139
    assert place.deprivation[["imd_decile", "imd_decile_before"]].notna().all(axis=None)
    told = [problem.what for problem in place.problems]
    assert told == [
        "Carried over from lsoa11 to lsoa21 areas: 137 unchanged, 2 split, 0 merged, 0 irregular."
    ]
    assert place.deprivation["imd_change_kind"].value_counts().to_dict() == {
        "little or none": 130,
        "real": 4,
        "method": 3,
        "boundary": 2,
    }


@pytest.mark.realdata
def test_all_of_england_from_2019_to_2025(realdata):
    """The kinds are as many as ONS counts, and the change is the one that MHCLG publishes."""
    codes = pd.read_csv(realdata / "england/iod2025_lsoa21.csv.gz")["lsoa21_code"]
    england = gpd.GeoDataFrame(
        geometry=[None] * len(codes), index=pd.Index(codes, name="area_code"), crs=27700
    )

    def entry(table: str, file: str, **more: object) -> Entry:
        return Entry(table, {"file": file, **more}, realdata / "england")

    bridge, problems, rows_in, _ = read_bridge(
        entry("bridge", "lookup_lsoa11_lsoa21_ltla22.csv.gz"), england, "lsoa21"
    )
    assert (problems, rows_in) == ([], 35_795)
    later, problems, *_ = read_deprivation(
        entry("deprivation", "iod2025_lsoa21.csv.gz", index="IoD2025"), england, "lsoa21", bridge
    )
    assert problems == []
    earlier, *_ = read_deprivation(
        entry("deprivation_before", "iod2019_lsoa11.csv.gz", index="IoD2019", carry=True),
        england,
        "lsoa21",
        bridge,
    )
    kinds = earlier["deprivation_carried"]
    assert kinds.value_counts().to_dict() == {
        "unchanged": 31_810,
        "split": 1_842,
        "merged": 97,
        "irregular": 6,
    }
    assert (earlier["imd_decile"].isna() == (kinds == "irregular")).all()
    found = change(earlier, later, kinds)
    assert found["change_kind"].value_counts().to_dict() == {
        "little or none": 29_250,
        "boundary": 1_945,
        "real": 1_839,
        "method": 721,
    }
    # MHCLG's release of 2025 says that 82 % of the most deprived tenth were in it in 2019 too.
    most = later["imd_decile"] == 1
    assert round((earlier["imd_decile"][most] == 1).mean(), 2) == 0.82
