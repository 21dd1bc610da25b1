"""Published indices of deprivation go in as they are published."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from assetmap import PlaceError, Settings, assess, load
from assetmap.model import DEPRIVATION_DOMAINS
from assetmap.sources.indices import columns_of_index, index_of_header
from tests.toy import CODES, RECIPE, write_toy

#: The domains of File 7, headed as MHCLG heads them, in the order as published.
OFFICIAL = {
    "imd": "Index of Multiple Deprivation (IMD)",
    "income": "Income",
    "employment": "Employment",
    "education": "Education, Skills and Training",
    "health": "Health Deprivation and Disability",
    "crime": "Crime",
    "barriers": "Barriers to Housing and Services",
    "environment": "Living Environment",
    "idaci": "Income Deprivation Affecting Children Index (IDACI)",
    "idaopi": "Income Deprivation Affecting Older People (IDAOPI)",
    "children_young_people": "Children and Young People Sub-domain",
    "adult_skills": "Adult Skills Sub-domain",
    "geographical_barriers": "Geographical Barriers Sub-domain",
    "wider_barriers": "Wider Barriers Sub-domain",
    "indoors": "Indoors Sub-domain",
    "outdoors": "Outdoors Sub-domain",
}
RATES = ("income", "employment", "idaci", "idaopi")
#: What a reader must not take for a figure of a domain.
DENOMINATORS = [
    "Total population: mid 2022",
    "Dependent Children aged 0-15: mid 2022",
    "Older population aged 60 and over: mid 2022",
    "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
]


def file_7(year: int) -> list[str]:
    """The header of File 7 of IoD2025 (with its truncated heading) or IoD2019."""
    lsoa, district = (2021, 2024) if year == 2025 else (2011, 2019)
    header = [f"LSOA code ({lsoa})", f"LSOA name ({lsoa})"]
    header += [f"Local Authority District {what} ({district})" for what in ("code", "name")]
    for domain, label in OFFICIAL.items():
        decile = f"{label} Decile (where 1 is most deprived 10% of LSOAs)"
        if year == 2025 and domain == "children_young_people":
            decile = decile[: decile.index("LSO") + 3]
        rate = " (rate)" if domain in RATES else ""
        header += [f"{label} Score{rate}", f"{label} Rank (where 1 is most deprived)", decile]
    return header + DENOMINATORS


@pytest.mark.parametrize(("year", "width"), [(2025, 56), (2019, 56)])
def test_every_heading_of_file_7_is_understood(year, width):
    header = file_7(year)
    assert len(header) == width
    known = columns_of_index(header)
    assert set(known) == {"code"} | {
        f"{domain}_{what}" for domain in OFFICIAL for what in ("score", "rank", "decile")
    }
    columns = [heading for could_be in known.values() for heading in could_be]
    assert len(columns) == len(known)
    assert not set(columns) & set(DENOMINATORS)
    assert index_of_header(header) == f"IoD{year}"


def test_wrapped_headings_of_workbooks_are_understood():
    wrapped = ["LSOA code (2011)", "Education\n Skills and Training\nRank (where 1 is most deprived)"]
    assert columns_of_index(wrapped) == {"code": [wrapped[0]], "education_rank": [wrapped[1]]}


def table(year: int) -> pd.DataFrame:
    """File 7 for the toy's areas; every decile is that of its rank among 33,755."""
    rows = []
    for n, code in enumerate(CODES):
        row: list[object] = [code, code, "E08000009", "Toytown"]
        for domain in range(len(OFFICIAL)):
            rank = 1 + 9_000 * ((n + domain) % 4)
            row += [0.5, rank, int(np.ceil(rank * 10 / 33_755))]
        rows.append([*row, 1500, 300, 300, 900])
    return pd.DataFrame(rows, columns=file_7(year))


ONLY_THE_FILE = (
    RECIPE[: RECIPE.index("[deprivation]")]
    + "[deprivation]\nfile = {}\n\n"
    + RECIPE[RECIPE.index("[postcodes]") :]
)


def test_file_7_goes_in_by_its_name_alone(tmp_path):
    folder = write_toy(tmp_path, place_toml=ONLY_THE_FILE.format('"File_7.csv"'))
    table(2025).to_csv(folder / "File_7.csv", index=False)
    place = load(folder)
    assert place.deprivation_index == "IoD2025"
    assert place.deprivation["imd_rank"].tolist() == [1, 9_001, 18_001, 27_001]
    assert place.deprivation["crime_decile"].notna().all()
    assert not [problem for problem in place.problems if "File_7" in problem.file]
    for domain in OFFICIAL:
        found = assess(place, Settings(deprivation_domain=domain))
        assert found.areas["deprivation_decile"].tolist() == place.deprivation[f"{domain}_decile"].tolist()
    assert {f"{domain}_decile" for domain in OFFICIAL} <= set(found.areas)


def test_file_7_of_2019_is_refused_on_2021_areas_by_its_headings(tmp_path):
    folder = write_toy(tmp_path, place_toml=ONLY_THE_FILE.format('"File_7.csv"'))
    table(2019).to_csv(folder / "File_7.csv", index=False)
    with pytest.raises(PlaceError, match=r"is for lsoa11 areas.*but the boundaries are lsoa21"):
        load(folder)


def test_a_workbook_goes_in_and_asks_which_sheet(tmp_path):
    folder = write_toy(tmp_path, place_toml=ONLY_THE_FILE.format('"File_7.xlsx"'))
    frame = table(2025)
    with pd.ExcelWriter(folder / "File_7.xlsx") as book:
        pd.DataFrame({"Notes": ["Read me"]}).to_excel(book, sheet_name="Notes", index=False)
        frame.to_excel(book, sheet_name="IoD2025", index=False)
    with pytest.raises(PlaceError) as caught:
        load(folder)
    assert str(caught.value) == (
        "File_7.xlsx: It holds 2 sheets. Say which in [deprivation], as sheet = one of: Notes, IoD2025."
    )
    recipe = ONLY_THE_FILE.format('"File_7.xlsx"\nsheet = "IoD2025"')
    (folder / "place.toml").write_text(recipe, encoding="utf-8")
    assert load(folder).deprivation["imd_rank"].tolist() == [1, 9_001, 18_001, 27_001]
    (folder / "File_7.xlsx").write_bytes((folder / "File_7.xlsx").read_bytes()[:4_000])
    with pytest.raises(PlaceError, match="It cannot be read as a workbook; it may be cut short"):
        load(folder)


def test_dates_numbers_and_formulas_of_a_workbook_come_as_text(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["name", "kind", "easting", "northing", "postcode", None])
    sheet.append(["Old Hall", "Hub", 400_500, 300_500.0, None, "left behind"])
    sheet.append(['=HYPERLINK("http://example.org","x")', "Library", 400_500, 300_500, None])
    sheet.append([pd.Timestamp("2024-05-01").to_pydatetime(), "Library", 400_600, 300_500, None])
    folder = write_toy(tmp_path, place_toml=RECIPE.replace("venues.csv", "venues.xlsx"))
    book.save(folder / "venues.xlsx")
    names = set(load(folder).assets["name"])
    # A formula that no program has worked out has no result, so that asset has no name; nothing runs.
    assert names == {"Old Hall", "Library (name not given)", "2024-05-01"}


def test_deciles_that_are_not_those_of_their_ranks_and_shared_ranks_are_told(tmp_path):
    frame = table(2025)
    frame.loc[0, "Crime Decile (where 1 is most deprived 10% of LSOAs)"] = 9
    overall = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
    frame.loc[1, overall] = frame.loc[0, overall]
    folder = write_toy(tmp_path, place_toml=ONLY_THE_FILE.format('"File_7.csv"'))
    frame.to_csv(folder / "File_7.csv", index=False)
    told = " ".join(str(problem) for problem in load(folder).problems)
    assert (
        "1 decile of crime not that of the rank: E01000001 (rank 9001 of 33,755 is not in decile 9)." in told
    )
    assert "2 areas with an overall rank that another has: E01000001, E01000002." in told


def test_headings_that_could_be_the_same_figure_ask_which(tmp_path):
    rows = "".join(f"{code},1,2\n" for code in CODES)
    table_csv = f"lsoa21_code,IMD 2019 decile,IMD 2025 decile\n{rows}"
    folder = write_toy(tmp_path, place_toml=ONLY_THE_FILE.format('"both.csv"'), both_csv=table_csv)
    with pytest.raises(
        PlaceError, match="More than one column could be imd_decile: “IMD 2019 decile”, “IMD 2025 decile”"
    ):
        load(folder)
    named = ONLY_THE_FILE.format('"both.csv"\nimd_decile = "IMD 2025 decile"')
    assert load(write_toy(tmp_path, place_toml=named)).deprivation["imd_decile"].tolist() == [2] * 4


def test_a_scale_that_runs_the_other_way_is_not_taken_for_ours():
    assert columns_of_index(["IMD decile (1 = least deprived)", "IMD rank change", "Crime Rank in LAD"]) == {}


def test_the_code_column_of_the_boundaries_level_is_chosen(tmp_path):
    table_csv = "lsoa11_code,lsoa21_code,imd_decile\n" + "".join(
        f"E0109999{n},{code},{n + 1}\n" for n, code in enumerate(CODES)
    )
    folder = write_toy(tmp_path, place_toml=ONLY_THE_FILE.format('"codes.csv"'), codes_csv=table_csv)
    assert load(folder).deprivation["imd_decile"].tolist() == [1, 2, 3, 4]


def test_one_cell_far_to_the_right_of_a_sheet_does_no_harm(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["name", "kind", "easting", "northing", "postcode"])
    book.active.append(["Old Hall", "Hub", 400_500, 300_500, None])
    book.active["XFD40"] = "stray"
    folder = write_toy(tmp_path, place_toml=RECIPE.replace("venues.csv", "venues.xlsx"))
    book.save(folder / "venues.xlsx")
    assert load(folder).assets["name"].tolist() == ["Old Hall"]


def test_headings_that_are_not_known_ask_for_names(tmp_path):
    folder = write_toy(
        tmp_path,
        place_toml=ONLY_THE_FILE.format('"need.csv"'),
        need_csv=f"area,level of need\n{CODES[0]},1\n",
    )
    with pytest.raises(PlaceError) as caught:
        load(folder)
    assert str(caught.value) == (
        "need.csv: Its headings are not those of an index that assetmap knows: no code and no imd_decile. "
        "Name the columns in [deprivation], such as imd_decile = one of: area, level of need."
    )


@pytest.mark.realdata
def test_the_english_table_of_2025_is_whole(realdata):
    """Overall ranks are a permutation of 1 to 33,755, and deciles are those of the ranks in every domain."""
    frame = pd.read_csv(realdata / "england/iod2025_lsoa21.csv.gz")
    known = columns_of_index(frame.columns)
    assert sorted(frame[known["imd_rank"][0]]) == list(range(1, 33_756))
    for domain in ("imd", "income", "employment", "education", "health", "crime", "barriers", "environment"):
        rank = frame[known[f"{domain}_rank"][0]]
        assert (np.ceil(rank * 10 / 33_755) == frame[known[f"{domain}_decile"][0]]).all(), domain


@pytest.mark.realdata
def test_a_welsh_city_with_wimd_2019(realdata, tmp_path):
    shapes = realdata / "newport/newport_lsoa11_wimd2019_pop2020.geojson"
    code = next(column for column in gpd.read_file(shapes).columns if "code" in column.lower())
    recipe = f"""
[place]
name = "Newport"
[areas]
file = "{shapes.as_posix()}"
level = "lsoa11"
code = "{code}"
[deprivation]
file = "{(realdata / "uk/wimd2019_lsoa11.csv.gz").as_posix()}"
index = "WIMD2019"
"""
    (tmp_path / "place.toml").write_text(recipe, encoding="utf-8")
    place = load(tmp_path)
    assert len(place.areas) == 95
    assert place.deprivation["imd_decile"].notna().all()
    given = {domain for domain in DEPRIVATION_DOMAINS if f"{domain}_decile" in place.deprivation}
    assert given == {
        "imd",
        "income",
        "employment",
        "education",
        "health",
        "crime",
        "environment",
        "housing",
        "access",
    }
    assert not [
        problem for problem in place.problems if "decile" in problem.what and "not that" in problem.what
    ]
