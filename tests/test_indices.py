"""Published indices of deprivation go in as they are published."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely import box

from assetmap import Place, PlaceError, Settings, assess, load
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
DENOMINATORS = {
    2025: [
        "Total population: mid 2022",
        "Dependent Children aged 0-15: mid 2022",
        "Older population aged 60 and over: mid 2022",
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
    ],
    2019: [
        "Total population: mid 2015 (excluding prisoners)",
        "Dependent Children aged 0-15: mid 2015 (excluding prisoners)",
        "Population aged 16-59: mid 2015 (excluding prisoners)",
        "Older population aged 60 and over: mid 2015 (excluding prisoners)",
        "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners)",
    ],
}
FIGURES = [f"{domain}_{what}" for domain in OFFICIAL for what in ("score", "rank", "decile")]


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
    return header + DENOMINATORS[year]


def as_excel_copies(header: list[str]) -> list[str]:
    """The same as copies made in a spreadsheet have them: broken into lines, and some without their comma."""
    return [
        each.replace(", ", "\n ").replace(" (where", "\n(where").replace("and ", "and\n") for each in header
    ]


@pytest.mark.parametrize(("year", "width"), [(2025, 56), (2019, 57)])
@pytest.mark.parametrize("copy", [list, as_excel_copies])
def test_every_heading_of_file_7_is_understood(year, width, copy):
    header = copy(file_7(year))
    assert len(set(header)) == width
    known = columns_of_index(header)
    assert known.pop("population") == copy(DENOMINATORS[year])[:1]
    assert set(known) == {"code", *FIGURES}
    columns = [heading for could_be in known.values() for heading in could_be]
    assert len(columns) == len(known)
    assert columns == [header[0], *header[4:52]]
    assert index_of_header(header) == f"IoD{year}"


def test_the_headings_of_file_1_are_understood():
    header = [
        "LSOA code (2011)",
        "LSOA name (2011)",
        "Local Authority District code (2019)",
        "Local Authority District name (2019)",
        "Index of Multiple Deprivation (IMD) Rank",
        "Index of Multiple Deprivation (IMD) Decile",
    ]
    assert columns_of_index(header) == {
        "code": header[:1],
        "imd_rank": header[4:5],
        "imd_decile": header[5:],
    }
    assert index_of_header(header) == "IoD2019"


def table(year: int) -> pd.DataFrame:
    """File 7 for the toy's areas; every decile is that of its rank among 33,755."""
    rows = []
    for n, code in enumerate(CODES):
        row: list[object] = [code, code, "E08000009", "Toytown"]
        for domain in range(len(OFFICIAL)):
            rank = 1 + 9_000 * ((n + domain) % 4)
            row += [0.5, rank, int(np.ceil(rank * 10 / 33_755))]
        rows.append([*row, 1500, *[300] * (len(DENOMINATORS[year]) - 1)])
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


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_file_7_of_2019_goes_in_with_headings_as_copies_have_them(tmp_path, ending):
    recipe = ONLY_THE_FILE.format(f'"File_7.{ending}"').replace("lsoa21", "lsoa11")
    folder = write_toy(tmp_path, place_toml=recipe)
    ranks = table(2019)
    for label in OFFICIAL.values():
        # The toy's ranks are among 33,755 areas, and those of 2019 are among 32,844.
        rank, decile = (
            f"{label} {what} (where 1 is most deprived{of})"
            for what, of in (("Rank", ""), ("Decile", " 10% of LSOAs"))
        )
        ranks[decile] = np.ceil(ranks[rank] * 10 / 32_844).astype(int)
    copy = ranks.set_axis(as_excel_copies(list(ranks)), axis=1)
    if ending == "csv":
        copy.to_csv(folder / "File_7.csv", index=False)
    else:
        copy.to_excel(folder / "File_7.xlsx", index=False)
    place = load(folder)
    assert place.deprivation_index == "IoD2019"
    assert list(place.deprivation) == FIGURES
    assert place.deprivation.to_numpy().tolist() == ranks.iloc[:, 4:52].to_numpy().tolist()
    assert not [problem for problem in place.problems if problem.file.startswith("File_7")]


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


@pytest.mark.parametrize(
    ("headings", "known", "index"),
    [
        (  # the workbook of SIMD 2020v2
            "DZ|Population|Working_Age_Population|SIMD2020v2_Rank|SIMD_2020v2_Percentile|SIMD2020v2_Decile|"
            "SIMD2020v2_Income_Domain_Rank|SIMD2020_Employment_Domain_Rank|SIMD2020_Access_Domain_Rank|"
            "SIMD2020_Crime_Domain_Rank|SIMD2020_Housing_Domain_Rank",
            "code imd_rank imd_decile income_rank employment_rank access_rank crime_rank housing_rank",
            "SIMD2020v2",
        ),
        (  # the workbook of NIMDM 2017
            "LGD2014NAME|SOA2001|SOA2001_name|Multiple Deprivation Measure Rank \n(where 1 is most deprived)|"
            "Income Domain Rank \n(where 1 is most deprived)|Health Deprivation and Disability Domain Rank (where 1 is most deprived)|"
            "Living Environment Domain Rank (where 1 is most deprived)|Crime and Disorder Domain Rank (where 1 is most deprived)",
            "code imd_rank income_rank health_rank environment_rank crime_rank",
            None,
        ),
        (  # the sheet of deciles of WIMD 2019
            "LSOA code|LSOA name (Eng)|WIMD 2019 overall rank|WIMD 2019 overall decile|WIMD 2019 overall quintile",
            "code imd_rank imd_decile",
            "WIMD2019",
        ),
    ],
)
def test_the_headings_of_the_other_nations_are_understood(headings, known, index):
    found = columns_of_index(headings.split("|"))
    assert set(found) == set(known.split())
    assert all(len(could_be) == 1 for could_be in found.values())
    assert index_of_header(headings.split("|")) == index


# -- made up whole nations ----------------------------------------------------------------------------

SQUARES = """
[place]
name = "Squares"
crs = "EPSG:{crs}"
[areas]
file = "squares.geojson"
level = "{level}"
code = "code"
[deprivation]
file = "{file}"
{more}
"""


def squares_with(
    folder: Path, codes: list[str], level: str, file: str | Path, more: str, crs: int = 27700
) -> Place:
    """Load a place of squares with these codes, for which only the deprivation matters."""
    west, south = (300_000, 300_000) if crs == 27700 else (333_000, 374_000)
    corners = [(west + n % 50 * 1_000, south + n // 50 * 1_000) for n in range(len(codes))]
    squares = [box(x, y, x + 1_000, y + 1_000) for x, y in corners]
    shapes = gpd.GeoDataFrame({"code": codes}, geometry=squares, crs=crs)
    (folder / "squares.geojson").write_text(shapes.to_crs(4326).to_json(), encoding="utf-8")
    recipe = SQUARES.format(crs=crs, level=level, file=Path(file).as_posix(), more=more)
    (folder / "place.toml").write_text(recipe, encoding="utf-8")
    return load(folder)


def wales(**columns: object) -> pd.DataFrame:
    """As many areas as WIMD 2019 ranks, in order of deprivation."""
    return pd.DataFrame({"lsoa": [f"W01{n:06}" for n in range(1_909)], **columns})


ENDS = ["W01000000", "W01000190", "W01000191", "W01001908"]  # 1,909 / 10 = 190.9 areas a decile


def test_deciles_are_worked_out_from_ranks_where_the_table_gives_none(tmp_path):
    wales(wimd_2019_rank=range(1, 1_910), income_rank=range(1_909, 0, -1)).to_csv(
        tmp_path / "w.csv", index=False
    )
    place = squares_with(tmp_path, ENDS, "lsoa11", "w.csv", "")
    assert place.deprivation_index == "WIMD2019"
    assert place.deprivation["imd_rank"].tolist() == [1, 191, 192, 1_909]
    assert place.deprivation["imd_decile"].tolist() == [1, 2, 2, 10]
    assert place.deprivation["income_decile"].tolist() == [10, 10, 9, 1]
    assert not [problem for problem in place.problems if problem.file == "w.csv"]


def test_ranks_without_deciles_need_to_be_known_among_how_many_they_are(tmp_path):
    (tmp_path / "t.csv").write_text(
        "code,rank\n" + "".join(f"{code},1\n" for code in CODES), encoding="utf-8"
    )
    with pytest.raises(PlaceError) as caught:
        squares_with(tmp_path, list(CODES), "custom", "t.csv", 'code = "code"\nimd_rank = "rank"')
    assert str(caught.value) == (
        "t.csv, column “rank”: It gives ranks and no deciles, and how many custom areas were ranked is not known. "
        "Name the column of deciles in [deprivation], as imd_decile; or that of scores, as imd_score."
    )


@pytest.mark.parametrize(
    ("direction", "ranks", "deciles"),
    [
        ("higher is more deprived", [1_909, 1_719, 1_718, 1], [10, 10, 9, 1]),
        ("lower is more deprived", [1, 191, 192, 1_909], [1, 2, 2, 10]),
    ],
)
def test_a_score_is_ranked_the_way_it_is_said_to_run(tmp_path, direction, ranks, deciles):
    wales(need=range(1_909)).to_csv(tmp_path / "need.csv", index=False)
    more = f'index = "Need"\nlevel = "lsoa11"\nimd_score = "need"\ndirection = "{direction}"'
    place = squares_with(tmp_path, ENDS, "lsoa11", "need.csv", more)
    assert place.deprivation["imd_score"].tolist() == [0, 190, 191, 1_908]
    assert place.deprivation["imd_rank"].tolist() == ranks
    assert place.deprivation["imd_decile"].tolist() == deciles
    assert place.deprivation_index == "Need"


def test_areas_of_equal_score_share_the_middle_of_their_ranks(tmp_path):
    # Ranks 1 to 191 are equal, so each is ranked 96; the next begins at 192.
    wales(need=[9] * 191 + list(range(-1, -1_719, -1))).to_csv(tmp_path / "need.csv", index=False)
    more = 'imd_score = "need"\ndirection = "higher is more deprived"'
    found = squares_with(tmp_path, ENDS, "lsoa11", "need.csv", more).deprivation
    assert found["imd_rank"].tolist() == [96, 96, 192, 1_909]
    assert found["imd_decile"].tolist() == [1, 1, 2, 10]


def test_which_way_a_score_runs_is_not_guessed(tmp_path):
    wales(need=range(1_909)).to_csv(tmp_path / "need.csv", index=False)
    with pytest.raises(PlaceError) as caught:
        squares_with(tmp_path, ENDS, "lsoa11", "need.csv", 'imd_score = "need"')
    assert str(caught.value) == (
        "need.csv, column “need”: It gives a score and no deciles, and which way the score runs is not said. "
        "Add direction = “higher is more deprived” or “lower is more deprived” to [deprivation]."
    )
    with pytest.raises(PlaceError) as caught:
        squares_with(tmp_path, ENDS, "lsoa11", "need.csv", 'imd_score = "need"\ndirection = "up"')
    assert str(caught.value) == (
        "place.toml: [deprivation] direction is 'up'. Use one of: higher is more deprived, lower is more deprived."
    )


def test_a_decile_among_some_areas_is_not_passed_off_as_national(tmp_path):
    wales(need=range(1_909)).head(20).to_csv(tmp_path / "need.csv", index=False)
    codes = ["W01000000", "W01000001", "W01000002", "W01000019"]
    more = 'index = "Need"\nimd_score = "need"\ndirection = "higher is more deprived"'
    with pytest.raises(PlaceError) as caught:
        squares_with(tmp_path, codes, "lsoa11", "need.csv", more)
    assert str(caught.value) == (
        "need.csv, column “need”: It gives a score for 20 areas, which is not every area of a nation: a decile among "
        "those is not a national one. Use the table of the whole nation; or add partial = true to [deprivation], and the "
        "deciles are told as those among the areas of the table."
    )
    place = squares_with(tmp_path, codes, "lsoa11", "need.csv", f"{more}\npartial = true")
    assert place.deprivation_index == "Need, deciles among the 20 areas of the table"
    assert place.deprivation["imd_decile"].tolist() == [10, 10, 9, 1]


def test_ranks_of_a_whole_nation_are_each_there_once_or_shared_by_equals(tmp_path):
    ranks = list(range(1, 1_910))
    ranks[50:54] = [52.5] * 4  # four equals share the middle rank
    ranks[99:101] = [100, 100]  # two share the first
    wales(wimd_2019_rank=ranks).to_csv(tmp_path / "w.csv", index=False)
    assert not squares_with(tmp_path, ENDS, "lsoa11", "w.csv", "").problems
    ranks[1_000] = 7  # far from the place, and its rank is missing
    wales(wimd_2019_rank=ranks).to_csv(tmp_path / "w.csv", index=False)
    told = [str(problem) for problem in squares_with(tmp_path, ENDS, "lsoa11", "w.csv", "").problems]
    assert told == [
        "w.csv: The ranks of imd are not 1 to 1,909, each once or shared by equals: 989 areas, such as W01000007 "
        "(rank 8). They are used as given; download the table again."
    ]


def test_of_a_composite_of_nations_its_own_deciles_are_used(tmp_path):
    """Columns as documented at github.com/mysociety/composite_uk_imd; the figures are made up."""
    nations = [f"E01{n:06}" for n in range(32_844)], [f"W01{n:06}" for n in range(1_909)]
    nations += [f"S01{n:06}" for n in range(6_506, 13_482)], [f"95AA{n:04}" for n in range(890)]
    codes = [code for nation in nations for code in nation]
    count = len(codes)
    assert count == 42_619
    uk = pd.DataFrame(
        {
            "nation": [code[0].replace("9", "N") for code in codes],
            "lsoa": codes,
            "overall_local_score": 1.0,
            "income_score": 2.0,
            "employment_score": 3.0,
            "UK_IMD_E_score": range(count, 0, -1),
            "original_decile": 9,
            "E_expanded_decile": 8,
            "UK_IMD_E_rank": np.arange(1.0, count + 1),
            "UK_IMD_E_pop_decile": [min(1 + n // 4_000, 10) for n in range(count)],
            "UK_IMD_E_pop_quintile": 1,
        }
    )
    uk.to_csv(tmp_path / "uk.csv", index=False)
    place = squares_with(tmp_path, ["S01006506", "S01006507", "S01006508", "S01013481"], "dz11", "uk.csv", "")
    assert place.deprivation_index == "UK composite index (mySociety), deciles of equal population"
    assert list(place.deprivation) == ["imd_score", "imd_rank", "imd_decile"]
    assert place.deprivation["imd_rank"].tolist() == [34_754, 34_755, 34_756, 41_729]
    assert place.deprivation["imd_decile"].tolist() == [9, 9, 9, 10]
    assert not place.problems  # deciles of equal population are not those of the ranks, and need not be
    with pytest.raises(PlaceError, match=r"is for lsoa11 areas \(it has as many areas as that vintage\)"):
        squares_with(tmp_path, list(CODES), "lsoa21", "uk.csv", "")


@pytest.mark.parametrize(
    ("file", "index", "level", "crs", "ranked", "domains"),
    [
        (
            "wimd2019_lsoa11.csv.gz",
            "WIMD2019",
            "lsoa11",
            27700,
            1_909,
            "imd income employment education health crime environment housing access",
        ),
        (
            "simd2020_dz11.csv.gz",
            "SIMD2020v2",
            "dz11",
            27700,
            6_976,
            "imd income employment education health crime housing access",
        ),
        (
            "nimdm2017_soa01.csv.gz",
            "NIMDM2017",
            "soa01",
            29903,
            890,
            "imd income employment education health crime environment access",
        ),
    ],
)
@pytest.mark.realdata
def test_each_other_nation_s_table_goes_in(realdata, tmp_path, file, index, level, crs, ranked, domains):
    table = pd.read_csv(realdata / "uk" / file)
    assert len(table) == ranked
    table = (
        table.sort_values("IMD_rank")
        .iloc[[0, ranked // 2, ranked - 2, ranked - 1]]
        .sort_values(f"{level}_code")
    )
    place = squares_with(
        tmp_path, table[f"{level}_code"].tolist(), level, realdata / "uk" / file, f'index = "{index}"', crs
    )
    assert place.deprivation["imd_rank"].tolist() == table["IMD_rank"].tolist()
    assert place.deprivation["imd_decile"].tolist() == table["IMD_decile"].tolist()
    given = {domain for domain in DEPRIVATION_DOMAINS if f"{domain}_decile" in place.deprivation}
    assert given == set(domains.split())
    assert ("imd_score" in place.deprivation) == (index == "WIMD2019")
    # Ranks of the whole nation are 1 to N, and deciles are those of the ranks.
    assert not [problem for problem in place.problems if problem.file == file]


@pytest.mark.realdata
def test_deciles_worked_out_from_scores_are_those_published_but_at_their_borders(realdata, tmp_path):
    """Nine borders of deciles, which publishers round up or down, in 1,909 areas."""
    table = pd.read_csv(realdata / "uk/wimd2019_lsoa11.csv.gz")
    table[["lsoa11_code", "IMD_score"]].to_csv(tmp_path / "scores.csv", index=False)
    codes = table["lsoa11_code"].tolist()
    more = 'index = "WIMD2019"\ndirection = "higher is more deprived"'
    found = squares_with(tmp_path, codes, "lsoa11", "scores.csv", more).deprivation
    published = table.set_index("lsoa11_code")
    assert (found["imd_rank"] == published["IMD_rank"]).all()
    off = found["imd_decile"] - published["IMD_decile"]
    assert off.value_counts().to_dict() == {0: 1_900, 1: 9}


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
def test_file_7_of_2025_as_published_for_all_of_england(realdata, tmp_path):
    """Its exact headings over the figures of every area; of IDACI and IDAOPI there are none here, so they are income's."""
    domains = pd.read_csv(realdata / "england/iod2025_lsoa21.csv.gz").set_index("lsoa21_code")
    parts = pd.read_csv(realdata / "england/iod2025_lsoa21_subdomains.csv.gz").set_index("lsoa21_code")
    parts = parts.rename(columns=lambda heading: heading.replace("children_and_young", "children_young"))
    called = {"imd": "IMD", "barriers": "Housing_and_Services", "idaci": "Income", "idaopi": "Income"}
    published = pd.DataFrame(index=domains.index)
    for figure in FIGURES:
        domain, _, what = figure.rpartition("_")
        heading = f"{called.get(domain, domain.capitalize())}_{what}"
        published[figure] = parts[figure] if figure in parts else domains[heading]
    whole = published.set_axis(file_7(2025)[4:52], axis=1)
    for n, heading in enumerate(file_7(2025)[:4]):
        whole.insert(n, heading, domains.index)
    whole[DENOMINATORS[2025]] = 1_500
    whole.to_csv(tmp_path / "File_7_IoD2025.csv", index=False)
    recipe = f"""
[place]
name = "Trafford"
[areas]
file = "{(realdata / "trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson").as_posix()}"
code = "area_code"
[deprivation]
file = "File_7_IoD2025.csv"
"""
    (tmp_path / "place.toml").write_text(recipe, encoding="utf-8")
    place = load(tmp_path)
    assert (len(place.areas), place.deprivation_index) == (139, "IoD2025")
    assert list(place.deprivation) == FIGURES
    here = published.loc[place.areas.index]
    assert np.array_equal(place.deprivation.to_numpy(float), here.to_numpy(float))
    # Ranks are 1 to 33,755 and deciles are those of the ranks, in every domain and sub-domain.
    assert not [problem for problem in place.problems if problem.file.startswith("File_7")]


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
