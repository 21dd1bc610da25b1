"""Options: the table of the guide's family, and the approaches that speak to what is thin in an area."""

from __future__ import annotations

import re
import tomllib
from importlib import resources

import pandas as pd
import pytest

from assetmap import Settings, assess, load
from assetmap.columns import OPTION_COLUMNS
from assetmap.gaps import STANDARDS
from assetmap.model import THEMES
from assetmap.options import (
    OPTIONS_NAME,
    OptionsError,
    cited,
    family,
    options,
    options_table,
    read_family,
    shortfalls,
)
from assetmap.taxonomy import approaches, strands
from assetmap.views import page
from assetmap.views.report import account
from tests.toy import CODES, RECIPE, VENUES, write_toy

TEXT = resources.files("assetmap").joinpath(OPTIONS_NAME).read_text(encoding="utf-8")

#: Numbers of references in the guide (South 2015), with the first words of the entry there.
IN_THE_GUIDE = {
    2: "National Institute for Health and Care Excellence",
    28: "Windle K., Francis J., Coomber C.",
    31: "O’Donnell G., Deaton A.",
    40: "Foot J., Hopkins T.",
    68: "O’Mara-Eves A., Brunton G.",
    70: "Fisher B.",
    78: "Seebohm P., Gilchrist A., Morris D.",
    87: "Milligan C., Dowrick C.",
    94: "Elliott E.",
    100: "Royal Society for Public Health",
    101: "South J., Meah A.",
    124: "Repper J., Aldridge B.",
    125: "Mundle C., Naylor C., Buck D.",
    149: "Burton P., Croft J.",
    157: "Chadderton C., Elliott E., Williams G.",
    159: "Coulter A.",
    164: "Social Care Institute for Excellence",
    177: "Mackinnon J., Reid M., Kearns A.",
    183: "Year of Care",
    188: "BMA",
    189: "Friedli L., Jackson C.",
    193: "Big Lottery Fund",
    196: "Cabinet Office Social Exclusion Task Force",
    203: "Gill P., MacLeod U.",
}


@pytest.fixture(scope="module")
def demo():
    return assess(load("demo"))


# -- the table --------------------------------------------------------------------------------------


def test_all_thirteen_approaches_are_told_of():
    told = family()
    assert tuple(told.ways) == tuple(approaches())
    assert len(told.ways) == 13
    assert set(told.strand_reviews) == set(strands())
    # The guide's boxes of key reviews hold seven each.
    assert {len(named) for named in told.strand_reviews.values()} == {7}


def test_the_mechanisms_are_the_guides_three():
    told = family()
    assert list(told.mechanisms.values()) == ["equity", "control", "social connectedness"]
    used = {name for way in told.ways.values() for name in way.mechanisms}
    assert used == set(told.mechanisms)


def test_references_carry_the_guides_numbers():
    table = tomllib.loads(TEXT)["references"]
    numbered = {row["guide"]: row["text"] for row in table.values() if "guide" in row}
    assert set(numbered) == set(IN_THE_GUIDE)
    assert all(numbered[number].startswith(words) for number, words in IN_THE_GUIDE.items())
    assert all(re.search(r" \((19|20)\d\d\)\. [A-Z]", row["text"]) for row in table.values())
    assert family().references["fisher_2011"].endswith("London: Health Empowerment Group. [70 in the guide]")


def test_every_reference_is_used_and_every_approach_reads_what_is_of_its_strand_or_cited_by_it():
    told = family()
    by_strand = {name for named in told.strand_reviews.values() for name in named}
    by_way = {name for way in told.ways.values() for name in way.reviews}
    assert by_strand | by_way == set(told.references)
    # Not in a box of key reviews, but cited in the guide's paragraphs on the approach itself.
    assert by_way - by_strand == {"burton_2004", "foot_2010", "friedli_2008"}
    for way in told.ways.values():
        own = told.strand_reviews[approaches()[way.approach].strand]
        assert set(way.reviews) & set(own) or way.approach == "area_based"


def test_every_shortfall_has_an_approach_that_speaks_to_it():
    told = family()
    assert {name for way in told.ways.values() for name in way.speaks_to} == set(told.shortfalls)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[mechanisms]", "[mechanism]", "It has no section [mechanisms]. Put it back"),
        ('speaks_to = ["several"]', 'speaks_to = ["sevral"]', "The approach “area_based” names “sevral”, which is not in [shortfalls]. Use one of: thin_hubs"),
        ('mechanisms = ["connectedness"]', "mechanisms = []", "The approach “social_networks” names nothing of [mechanisms]. Write a list of at least one name."),
        ("[approaches.pathways]", "[approaches.pathway]", "[approaches] says nothing of “pathways”."),
        ("[approaches.pathways]", "[approaches.pathway]", "[approaches] has “pathway”, which nothing reads."),
        ('reviews = ["alakeson_2013", "clark_2011"]', "", "The approach “co_production” is not whole. Give it what, mechanisms, speaks_to, reviews, and no more."),
        ("thin_hubs = ", "thin_hub = ", "[shortfalls] says nothing of “thin_hubs”."),
        ('several = "less of several themes at once"', "several = 3", "“several” of [shortfalls] is not a text."),
        ("fisher_2011 = { guide = 70, text =", "fisher_2011 = { guide = 70, title =", "The reference “fisher_2011” has no text."),
        ("[about]", "[about", "It cannot be read: "),
    ],
)  # fmt: skip
def test_a_fault_in_the_table_is_told_in_words(old, new, told):
    assert old in TEXT
    with pytest.raises(OptionsError) as caught:
        read_family(TEXT.replace(old, new, 1))
    assert any(told in str(problem) for problem in caught.value.problems)
    assert all(problem.file == OPTIONS_NAME for problem in caught.value.problems)


@pytest.mark.parametrize("name", ["alakeson_2013", "hothi_2007", "nice_2014"])
def test_a_citation_is_short(name):
    assert (
        cited(family().references[name])
        == {
            "alakeson_2013": "Alakeson and others 2013",
            "hothi_2007": "Hothi and others 2007",
            "nice_2014": "National Institute for Health and Care Excellence 2014",
        }[name]
    )


def test_no_sentence_is_taken_from_the_guide(realdata):
    guide = realdata.parent / "seeds/phe-2015-guide-community-centred-approaches.txt"
    if not guide.is_file():
        pytest.skip(f"no {guide}")
    words = re.findall(r"[a-z]+", guide.read_text(encoding="utf-8").lower())
    theirs = {tuple(words[n : n + 7]) for n in range(len(words) - 6)}
    told = family()
    ours = [*(way.what for way in told.ways.values()), *told.about.values(), *told.shortfalls.values()]
    for text in ours:
        mine = re.findall(r"[a-z]+", text.lower())
        assert not [mine[n : n + 7] for n in range(len(mine) - 6) if tuple(mine[n : n + 7]) in theirs]


# -- the options of an area -------------------------------------------------------------------------


def a_row(**known):
    row = {f"{theme}_reach": 1.0 for theme in THEMES} | {each.column: False for each in STANDARDS}
    return pd.Series({**row, "organisations_serving": pd.NA, **known}, dtype=object)


@pytest.mark.parametrize(
    ("thin", "known", "short"),
    [
        ([], {}, []),
        (["services", "hubs"], {}, ["thin_hubs", "thin_services"]),
        (["hubs", "groups", "services"], {}, ["thin_hubs", "thin_groups", "thin_services", "several"]),
        ([], {"short_hubs": True}, ["short_hubs"]),
        ([], {"short_hubs": pd.NA}, []),
        ([], {"organisations_serving": 0}, ["none_serving"]),
        ([], {"organisations_serving": 2}, []),
        ([], {"groups_reach": pd.NA}, ["unknown"]),
    ],
)  # fmt: skip
def test_shortfalls_are_those_that_the_row_tells(thin, known, short):
    assert shortfalls(a_row(**known), thin) == short


def test_the_toy_towns_west_by_hand(tmp_path):
    """A has a library at the door and nothing else: groups, green space and meeting places are thin. Hubs stand out, with D."""
    found = options(assess(load(write_toy(tmp_path / "toy"))), [CODES[0]])[CODES[0]]
    assert len(found) == 5
    first = found[0]
    # Of approaches that speak to groups, meeting places, services or green space, hubs' kinds carry none but community hubs.
    assert (first.approach, first.builds_on) == ("community_hubs", "1 library within a 15-minute walk")
    assert first.speaks_to == ("fewer services within reach",)
    assert all(each.builds_on == "" for each in found[1:])
    counts = [len(each.speaks_to) for each in found[1:]]
    assert counts == sorted(counts, reverse=True)


def test_what_a_toy_square_has_is_built_on(tmp_path):
    """C has a befriending scheme at the door; its hubs are 1,300 m off on foot, beyond 15 minutes, and its meeting place too."""
    venues = VENUES + "Chat,Befriending,402500,300500,\n"
    found = options(assess(load(write_toy(tmp_path / "toy", venues_csv=venues))), [CODES[2]])[CODES[2]]
    assert (found[0].approach, found[0].builds_on) == (
        "volunteer_health",
        "1 befriending scheme within a 15-minute walk",
    )
    assert found[0].speaks_to == ("fewer everyday meeting places within reach",)
    assert (found[1].approach, found[1].builds_on) == ("community_hubs", "")
    assert found[1].speaks_to == (
        "fewer hubs within reach",
        "no hub is known within a 15-minute walk",
    )


def test_nothing_thin_gives_no_option(demo):
    found = options(demo)
    assert {len(each) for each in found.values()} <= set(range(6))
    code = next(code for code, each in found.items() if not each)
    told = account(demo, code)
    assert told.thin == []
    assert "Ways that others have taken" not in page.account_html(told)
    assert page.options_html([]).startswith("<p>Nothing is thin here by these figures")


def test_those_that_build_on_what_is_here_come_first(demo):
    for found in options(demo).values():
        order = [(not each.builds_on, -len(each.speaks_to)) for each in found]
        assert order == sorted(order)


def test_where_organisations_name_other_areas_none_known_to_serve_is_a_shortfall(tmp_path):
    lists = '\n[[assets]]\nname = "Servers"\nfile = "servers.csv"\ntitle = "name"\nkind = "befriending"\nrole = "area_served"\narea_of_benefit = "area"\n'
    folder = write_toy(
        tmp_path / "toy", place_toml=RECIPE + lists, servers_csv=f"name,area\nVisitors,{CODES[1]}\n"
    )
    assessment = assess(load(folder))
    assert assessment.areas["organisations_serving"].tolist() == [0, 1, 0, 0]
    words = family().shortfalls["none_serving"]
    spoken = {
        code: {word for each in found for word in each.speaks_to}
        for code, found in options(assessment).items()
    }
    assert words not in spoken[CODES[1]]
    assert any(words in spoken[code] for code in CODES)


def test_the_table_has_its_columns_and_repeats(demo):
    table = options_table(demo)
    assert list(table) == list(OPTION_COLUMNS)
    assert table.equals(options_table(demo))
    assert table.groupby("area_code")["option"].max().max() <= 5
    assert table["references"].str.contains(r"\(\d{4}\)").all()
    assert set(table["strand"]) <= set(strands().values())


def test_an_option_promises_nothing(demo):
    told = page.options_html(account(demo, demo.priorities.index[0]).options)
    assert "Ideas to talk over with residents, not advice." in told
    assert "Evidence on cost is limited" in told
    assert "£" not in told


def test_a_place_without_lists_has_what_its_unknown_themes_ask_for(tmp_path):
    recipe = RECIPE.split("[[assets]]")[0].replace("[green_space]", "[[assets]]").split("[[assets]]")[0]
    assessment = assess(load(write_toy(tmp_path / "toy", place_toml=recipe)), Settings())
    found = options(assessment)[CODES[0]]
    assert {each.approach for each in found} == {"asset_based", "participatory_research"}
    assert all(each.speaks_to == ("themes that no list tells of",) for each in found)
