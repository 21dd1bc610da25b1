"""Tables say for which areas they were made, and are held to it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assetmap import PlaceError, load
from assetmap.sources.recipe import Entry
from assetmap.sources.vintages import level_of_header, other_vintage, whole_nations
from tests.toy import CODES, RECIPE, write_toy

#: As many codes as each nation's index ranks; made up, in the shape of real ones.
ENGLAND_2011 = pd.Series([f"E01{n:06}" for n in range(32_844)])
WALES_2011 = pd.Series([f"W01{n:06}" for n in range(1_909)])
SCOTLAND_2011 = pd.Series([f"S01{n:06}" for n in range(6_976)])
NORTHERN_IRELAND_2001 = pd.Series([f"95AA{n:04}" for n in range(890)])
UNITED_KINGDOM = pd.concat(
    [ENGLAND_2011, WALES_2011, SCOTLAND_2011, NORTHERN_IRELAND_2001], ignore_index=True
)


@pytest.mark.parametrize(
    ("heading", "level"),
    [
        ("LSOA code (2011)", "lsoa11"),
        ("LSOA21CD", "lsoa21"),
        ("lsoa11_code", "lsoa11"),
        ("MSOA 2021 Code", "msoa21"),
        ("OA21CD", "oa21"),
        ("SOA2011", None),
        ("lsoa", None),
        ("LSOA population, mid-2022", None),
        ("Data Zone 2011 code", "dz11"),
        ("WD24CD", "ward24"),
        ("Total population: mid 2011", None),
    ],
)
def test_a_heading_may_tell_the_vintage(heading, level):
    assert level_of_header(heading) == level


def test_a_whole_nation_is_known_by_how_many_areas_it_has():
    assert whole_nations(WALES_2011) == {"W01": "lsoa11"}
    assert whole_nations(WALES_2011.head(1_908)) == {}
    assert whole_nations(UNITED_KINGDOM) == {
        "E01": "lsoa11",
        "W01": "lsoa11",
        "S01": "dz11",
        "95": "soa01",
    }


@pytest.mark.parametrize(
    ("level", "other"), [("dz11", None), ("soa01", None), ("lsoa11", None), ("lsoa21", "lsoa11")]
)
def test_a_table_of_the_whole_kingdom_is_for_each_nation_s_own_areas(level, other):
    found = other_vintage(
        Entry("deprivation", {"file": "uk.csv", "code": "lsoa"}, Path()), level, UNITED_KINGDOM
    )
    assert (found and found[0]) == other


def test_population_of_another_vintage_is_refused(tmp_path):
    recipe = RECIPE.replace('code = "area_code"\nvalue = "people"', 'code = "LSOA11CD"\nvalue = "people"')
    people = "LSOA11CD,people\n" + "".join(f"{code},100\n" for code in CODES)
    with pytest.raises(PlaceError) as caught:
        load(write_toy(tmp_path, place_toml=recipe, population_csv=people))
    assert str(caught.value) == (
        "population.csv, column “LSOA11CD”: This table is for lsoa11 areas (the column “LSOA11CD” says so), but the "
        "boundaries are lsoa21. Use a table made for lsoa21 areas, or boundaries of lsoa11; joining the two would lose "
        "areas without a word. Or carry it over: add a [bridge] with the exact-fit lookup, and carry = true here."
    )
