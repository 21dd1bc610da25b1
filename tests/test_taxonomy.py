"""The table of kinds holds together, keeps its promises, and a slip of the pen in it is told in one sentence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmap.model import THEMES
from assetmap.taxonomy import (
    TaxonomyError,
    approaches,
    guide,
    kind_named,
    kind_of_tags,
    kinds,
    plain_words,
    read_taxonomy,
    sectors,
    sensitive_name,
    spoken,
    strands,
    themes,
)
from tests.toy import write_toy

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "assetmap" / "taxonomy.toml").read_text(encoding="utf-8")

#: The first kinds and what they count towards. Figures of places rest on them; others may be added.
FIRST = {
    "hubs": "library community_hub community_centre family_hub youth_centre",
    "groups": "sports_club residents_association scout_group peer_support_group mens_shed time_bank walking_group "
    "arts_group allotment",
    "green_space": "park play_space playing_field nature_reserve",
    "meeting_places": "place_of_worship cafe pub post_office leisure_centre",
    "services": "food_bank advice gp_practice pharmacy mental_health_service school warm_space",
}


# ---------------------------------------------------------------------------------------------- the table


def test_the_family_has_four_strands_and_13_approaches():
    told = [(strand, [a for a in approaches().values() if a.strand == strand]) for strand in strands()]
    assert [(strand, len(found)) for strand, found in told] == [
        ("strengthening", 3),
        ("volunteer_and_peer", 3),
        ("collaborations", 4),
        ("access", 3),
    ]


def test_every_approach_health_asset_and_sector_has_some_kind():
    assert {name for kind in kinds().values() for name in kind.approaches} == set(approaches())
    assert {kind.guide for kind in kinds().values() if kind.counted} == set(guide())
    assert {kind.sector for kind in kinds().values()} == set(sectors())
    assert {kind.theme for kind in kinds().values()} == {*THEMES, "none"}
    assert tuple(themes()) == THEMES


def test_the_first_kinds_still_count_towards_what_they_did():
    for theme, names in FIRST.items():
        assert {kinds()[name].theme for name in names.split()} == {theme}
        assert {kinds()[name].counts_as for name in names.split()} == set(names.split())


def test_a_finer_kind_counts_as_the_kind_that_its_words_meant_before():
    before = {
        "Village hall": "community_centre",
        "Parish hall": "community_centre",
        "swimming pool": "leisure_centre",
        "Community garden": "allotment",
    }
    assert {word: kind_named(word).counts_as for word in before} == before


def test_kinds_that_do_not_count_or_have_no_agreed_tag_are_not_read_from_openstreetmap():
    untagged = "mens_shed time_bank walking_group warm_space befriending repair_cafe peer_support_group residents_association"
    assert [name for name in untagged.split() if kinds()[name].osm] == []
    assert [kind.kind for kind in kinds().values() if kind.osm and not kind.counted] == []


def test_no_two_kinds_are_told_by_the_same_tags():
    tags = [frozenset(tags) for kind in kinds().values() for tags in kind.osm]
    assert len(tags) == len(set(tags))


def test_sensitive_kinds_are_marked():
    assert {kind.kind for kind in kinds().values() if kind.sensitive} == {
        "refuge",
        "sexual_violence_support",
        "recovery_group",
        "lgbtq_youth_group",
        "lgbtq_group",
        "hiv_support",
        "asylum_seeker_support",
        "sex_worker_support",
        "ex_offender_support",
        "supported_housing",
        "childrens_home",
        "childminder",
    }
    assert kind_of_tags({"amenity": "community_centre", "community_centre": "lgbtq"}).sensitive


def test_the_page_has_every_kind_as_the_table_has_it():
    page = (ROOT / "docs" / "taxonomy.md").read_text(encoding="utf-8")
    rows = []
    for kind in kinds().values():
        theme = themes()[kind.theme] if kind.counted else "none"
        marks = ["sensitive"] * kind.sensitive + ["general"] * kind.general
        if kind.counts_as != kind.kind:
            marks.append(f"counts as {kinds()[kind.counts_as].label.lower()}")
        asset = guide()[kind.guide] if kind.guide else "–"
        told = "; ".join(approaches()[name].label for name in kind.approaches) or "–"
        cells = (
            kind.label,
            f"`{kind.kind}`",
            "; ".join([theme, *marks]),
            sectors()[kind.sector],
            asset,
            told,
        )
        rows.append(f"| {' | '.join(cells)} |")
    assert [row for row in rows if row not in page] == []
    assert len(re.findall(r"^\|[^|]+\| `\w+` \|", page, re.MULTILINE)) == len(rows)
    for strand, label in strands().items():
        named = ", ".join(each.label.lower() for each in approaches().values() if each.strand == strand)
        assert f"| {label} | {named} |" in page


# ---------------------------------------------------------------------------------------- slips of the pen


def edited(kind: str, line: str, instead: str) -> str:
    """The table with one line of a kind written otherwise."""
    head, block, rest = re.split(rf"(\[kinds\.{kind}\]\n(?:(?!\n\[).)*)", TABLE, maxsplit=1, flags=re.DOTALL)
    assert line in block
    return head + block.replace(line, instead, 1) + rest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            edited("pub", 'theme = "meeting_places"\n', ""),
            "taxonomy.toml: The kind “pub” has no theme. Give theme = one of: hubs, groups, green_space, "
            "meeting_places, services, none.",
        ),
        (
            edited("pub", '"meeting_places"', '"shops"'),
            "taxonomy.toml: The kind “pub” has theme “shops”, which the table does not have. Use one of: hubs, groups, "
            "green_space, meeting_places, services, none.",
        ),
        (
            edited("mens_shed", '"peer_based"', '"peers"'),
            "taxonomy.toml: The kind “mens_shed” has the approach “peers”, which [approaches] does not have. Use one of: "
            "community_development, asset_based, social_networks, bridging, peer_based, volunteer_health, "
            "participatory_research, area_based, planning, co_production, pathways, community_hubs, commissioning.",
        ),
        (
            edited("pub", 'sector = "service"', 'sector = "private"'),
            "taxonomy.toml: The kind “pub” has sector “private”, which the table does not have. Use one of: civic, "
            "community, service.",
        ),
        (
            edited("pub", 'guide = "resources"\n', ""),
            "taxonomy.toml: The kind “pub” has no guide. Give guide = one of: skills, neighbourliness, groups, resources, "
            "agencies.",
        ),
        (
            edited("pub", 'label = "Pub"\n', ""),
            "taxonomy.toml: The kind “pub” has no label. Write label = \"…\".",
        ),
        (
            edited("pub", 'label = "Pub"\n', 'lable = "Pub"\nlabel = "Pub"\n'),
            "taxonomy.toml: The kind “pub” has a line “lable” that nothing reads. Write one of: theme, label, plural, "
            "sector, guide, approaches, words, in_name, osm, open_referral, sensitive, general, counts_as.",
        ),
        (
            edited("pub", 'osm = ["amenity=pub"]', 'osm = ["amenity pub"]'),
            "taxonomy.toml: The kind “pub” has the tags “amenity pub”. Write them like \"amenity=cafe\" or \"a=b & c=d\".",
        ),
        (
            edited("pub", 'osm = ["amenity=pub"]', 'osm = "amenity=pub"'),
            "taxonomy.toml: The kind “pub” has osm that is not a list of texts. Write it like osm = [\"one\", \"another\"].",
        ),
        (
            edited("refuge", "sensitive = true", 'sensitive = "yes"'),
            "taxonomy.toml: The kind “refuge” has sensitive that is not true or false. Write sensitive = true, or leave "
            "the line out.",
        ),
        (
            edited("village_hall", 'counts_as = "community_centre"', 'counts_as = "pub"'),
            "taxonomy.toml: The kind “village_hall” counts as “pub”, which is no kind of the same theme that counts as "
            "itself. Name another kind, or leave the line out.",
        ),
        (
            edited("library", 'words = ["public library"', 'words = ["Village Halls’", "village hall"'),
            "taxonomy.toml: The word “Village hall” means both “library” and “village_hall”. Leave it to one of them.",
        ),
        (
            TABLE.replace('strand = "access", label = "Community hubs"', 'strand = "acces", label = "Community hubs"'),
            "taxonomy.toml: The approach “community_hubs” is of strand “acces”, which [strands] does not have. Use one of: "
            "strengthening, volunteer_and_peer, collaborations, access.",
        ),
        (
            TABLE.replace('hubs = "Hubs"\n', "", 1),
            "taxonomy.toml: [themes] holds groups, green_space, meeting_places, services. It must hold hubs, groups, "
            "green_space, meeting_places, services, in this order; their labels may change.",
        ),
        (
            TABLE.replace("[sectors]", "[sector]"),
            "taxonomy.toml: It has no section [sectors]. Put it back; a fresh copy of assetmap has it.",
        ),
        (
            TABLE + '\n[kinds.pub]\ntheme = "hubs"\n',
            "Look there for a missing quote, comma or bracket.",
        ),
        (edited("pub", 'label = "Pub"', 'label = "Pub'), "taxonomy.toml: It cannot be read: Illegal character"),
        (TABLE + "\n[kinds]\ncafeteria = 3\n", "taxonomy.toml: The kind “cafeteria” is not a section. Write it as [kinds.cafeteria], with a line for each of "
            "its keys."),
        (
            TABLE + '\n[kinds."Tea Hut"]\ntheme = "none"\nlabel = "Hut"\nplural = "huts"\nsector = "service"\n',
            "taxonomy.toml: The kind “Tea Hut” has a short name that data cannot hold. Use small letters, digits and "
            "underscores only.",
        ),
        (
            re.sub(r"faint = \[.*?\n\]\n", "", TABLE, flags=re.DOTALL),
            "taxonomy.toml: [reading] has no list “faint”. Write it like faint = [\"a word\", \"another\"].",
        ),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told(text, message):
    with pytest.raises(TaxonomyError) as caught:
        read_taxonomy(text)
    assert message in str(caught.value)


def test_all_slips_are_told_at_once():
    text = edited("pub", 'label = "Pub"\n', "").replace(
        '[kinds.cafe]\ntheme = "meeting_places"', "[kinds.cafe]"
    )
    with pytest.raises(TaxonomyError) as caught:
        read_taxonomy(text)
    assert [problem.what for problem in caught.value.problems] == [
        "The kind “cafe” has no theme.",
        "The kind “pub” has no label.",
    ]


def test_the_command_line_tells_a_broken_table_without_a_traceback(tmp_path):
    shutil.copytree(ROOT / "assetmap", tmp_path / "assetmap", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "assetmap" / "taxonomy.toml").write_text(
        edited("pub", 'label = "Pub"\n', ""), encoding="utf-8"
    )
    write_toy(tmp_path / "toy")
    run = subprocess.run(
        [sys.executable, "-c", "from assetmap.cli import main; main()", "check", "toy"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )
    assert run.returncode == 2
    assert run.stderr.strip() == ('assetmap: taxonomy.toml: The kind “pub” has no label. Write label = "…".')


# --------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Library", "library"),
        ("CHILDRENS CENTRES", "family_hub"),
        ("Children’s Centre", "family_hub"),
        ("men’s sheds", "mens_shed"),
        ("Repair Cafés", "repair_cafe"),
        ("Church Halls", "church_hall"),
        ("Cemeteries", "cemetery"),
        ("Churches", "place_of_worship"),
        ("Community Ctr", "community_centre"),
        ("esdServiceType:298", "peer_support_group"),
        ("Public toilets", "public_toilets"),
        ("Debt / Money", "advice"),
        ("amenity=bar", "pub"),
    ],
)
def test_a_word_of_a_list_means_a_kind(word, kind):
    assert kind_named(word).kind == kind


def test_a_word_that_the_table_lacks_means_nothing():
    assert kind_named("Casino") is None
    assert kind_named("") is None
    assert kind_named("é ’ –") is None


@given(st.text())
def test_plain_words_are_plain_already(text):
    plain = plain_words(text)
    assert plain_words(plain) == plain
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", plain)


@given(st.text())
def test_any_text_can_be_read(text):
    assert all(each.kind in kinds() for each in spoken(text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("St Mary’s Church Hall", ["church_hall"]),
        ("Church Lane Surgery", ["gp_practice"]),
        ("The Old Library", []),
        ("Library Gardens", ["library", "park"]),
        ("Saltings Park and Ride", []),
        ("Men's Shed at St Peter's Church", ["mens_shed", "place_of_worship"]),
        ("Wrenmouth (Library Road) Scouts", ["scout_group"]),
        ("Scouts (Church Hall)", ["scout_group", "church_hall"]),
        ("Wrenmouth Med Ctre", ["gp_practice"]),
    ],
)  # fmt: skip
def test_words_are_found_in_names(text, told):
    assert [each.kind for each in spoken(text)] == told


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Wrenmouth Women's Aid", "refuge"),
        ("Narcotics Anonymous, St Mary's Church Hall", "recovery_group"),
        ("LGBTQ+ Youth Wrenmouth", "lgbtq_youth_group"),
        ("Rape Crisis Centre", "sexual_violence_support"),
        ("Wrenmouth Refugee Support", "asylum_seeker_support"),
        ("The Firs Children’s Home", "childrens_home"),
        ("Sunny Days Childminding", "childminder"),
        ("Wrenmouth Wildlife Refuge", None),
        ("Gay Street Surgery", None),
        ("St Mary's Church Hall", None),
        ("", None),
    ],
)
def test_a_name_tells_a_sensitive_kind_whatever_its_list_says(name, kind):
    told = sensitive_name(name)
    assert (told.kind if told else None) == kind
