"""The words: no stigma, nothing surer than it is, strengths first, easy to read; by the rules of docs/words.md."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmap import Settings, assess, load
from assetmap.columns import COLUMNS
from assetmap.evidence import evidence, with_evidence
from assetmap.inequality import access_inequality
from assetmap.options import family
from assetmap.taxonomy import approaches, kinds, strands, themes
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import page, questions
from assetmap.views.report import accounts, place_summary
from assetmap.what_if import one_more
from tests.toy import RECIPE, write_toy
from tests.trafford import write_trafford

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/words.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table beneath a heading of the page of words."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in table[2:]]


RULES = [
    word.strip()
    for heading in ("Never about people, never a verdict", "Nothing made surer than it is")
    for row in rows(heading)
    for word in row[0].split(",")
]
FORBIDDEN = re.compile(
    rf"\b({'|'.join(map(re.escape, sorted(RULES, key=len, reverse=True)))})\b", re.IGNORECASE
)

#: “none” and “no library” as facts; “none known”, “none of the areas” and the like are not meant.
BARE_NONE = re.compile(
    r"\bnone\b(?! (is |are |were |was |would be )?(known|given|checked|of\b))"
    r"|\bno (?!list\b)(\w+ ){0,2}(hub|library|group|club|park|green space|meeting place|service|place|asset)s?\b(?! (is|are|of it) known)",
    re.IGNORECASE,
)
UNDIRECTED = re.compile(r"\b(rank|decile)\b[^.;:]*?\b\d", re.IGNORECASE)
BOUNDS = {row[0]: (float(row[1]), float(row[2])) for row in rows("Easy to read")}


# -- what the product says ------------------------------------------------------------------------


def told_of(assessment):
    """An assessment with all that is told of its areas, and the questions on them."""
    found = uncertainty(assessment, draws=200)
    whole = with_evidence(with_bands(assessment, found), evidence(assessment, for_officers=True))
    more = one_more(whole, questions.asked_of(whole))
    return whole, found, questions.questions(whole, found, more)


def texts(assessment, asked) -> dict[str, list[str]]:
    """Every text that is made for people of one assessment, by type, an entry each."""
    told = accounts(assessment).values()
    of_options = [option for account in told for option in account.options]
    answers = [answer for each in asked for given in each.answers.values() for answer in given]
    return {
        "strengths": [*assessment.areas["strengths"], *(text for each in told for text in each.strengths)],
        "reasons": list(assessment.areas["reason"]),
        "what is thin": [text for each in told for text in each.thin],
        "figures of an area": [text for each in told for text in (each.headline, *each.facts)],
        "how sure": [text for each in told for text in each.how_sure],
        "notes": list(assessment.notes),
        "summary of the place": place_summary(assessment),
        "options": [
            text for each in of_options for text in (each.what, *each.speaks_to, each.builds_on) if text
        ]
        + list(family().about.values()),
        "questions": answers
        + [text for each in asked for text in questions.not_said(assessment, each.account)],
        "inequality": list(access_inequality(assessment)["sentence"]),
    }


def plain(markup: str) -> list[str]:
    """The entries of a page as texts: no markup, no scripts, no styles, no licence of a library."""
    markup = re.sub(r"<(script|style|pre)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    entries = re.split(
        r"</?(?:li|p|h\d|td|th|caption|summary|option|div|section|legend|label|a|span)\b[^>]*>", markup
    )
    cleaned = (html.unescape(re.sub(r"<[^>]+>", " ", each)) for each in entries)
    return [" ".join(each.split()) for each in cleaned if each.strip()]


def pages(assessment, found, asked) -> list[str]:
    return plain(
        page.standalone(assessment)
        + questions.page_html(assessment, asked)
        + page.switched_html(found)
        + page.inequality_html(assessment)
    )


def names(place) -> re.Pattern:
    """Names from files and titles of publications, which stay as they are."""
    given = [place.name, *place.areas["area_name"], *place.assets["name"], *place.green_space["name"]]
    given += [
        *place.organisations["name"],
        *place.bodies["name"],
        *place.assets["list"],
        *family().references.values(),
    ]
    given += [word for layer in place.layers for word in (layer.name, layer.source, layer.file)]
    given += [column.source for column in COLUMNS.values()]
    wanted = sorted(
        {str(each) for each in given if pd.notna(each) and len(str(each)) > 2}, key=len, reverse=True
    )
    return re.compile("|".join(map(re.escape, wanted)))


def broken(entries: Iterable[str], own: re.Pattern) -> Iterator[str]:
    """What breaks the rules, with the text that it stands in."""
    for text in dict.fromkeys(entries):
        said = own.sub("…", text)
        for rule, found in (
            ("word", FORBIDDEN.search(said)),
            ("none known", BARE_NONE.search(said)),
            ("direction", UNDIRECTED.search(said) if "1 = " not in said else None),
        ):
            if found:
                yield f"{rule}: “{found[0]}” in “{text}”"


# -- the rules themselves -------------------------------------------------------------------------


def test_the_page_of_words_has_rules():
    assert len(RULES) > 60
    assert set(BOUNDS) == set(texts_of_nothing())


def texts_of_nothing() -> list[str]:
    return [
        "strengths",
        "reasons",
        "what is thin",
        "figures of an area",
        "how sure",
        "notes",
        "summary of the place",
        "options",
        "questions",
        "inequality",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Help for deprived families is thin.",
        "The worst area of the town.",
        "A hub here will help.",
        "None within reach.",
        "There is no library.",
        "no hub within 15 minutes",
        "Social resources are at rank 3 of 60.",
        "It is in decile 2.",
        "Hard-to-reach people live here.",
        "This proves a gap.",
    ],
)
def test_what_the_rules_are_against_is_found(text):
    assert list(broken([text], re.compile("Wrenmouth")))


@pytest.mark.parametrize(
    "text",
    [
        "No hub is known within a 15-minute walk.",
        "None of the 60 areas is a priority neighbourhood.",
        "Hubs: none known within a 15-minute walk; the nearest known is 24 minutes away.",
        "rank 3 of 60 (1 = fewest)",
        "the most deprived tenth of areas",
        "Bad Street",
    ],
)
def test_what_the_rules_allow_is_let_through(text):
    assert not list(broken([text], re.compile("Bad Street")))


# -- all that the product says ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    return told_of(assess(load("demo")))


@pytest.fixture(scope="module")
def trafford(realdata, tmp_path_factory):
    return told_of(assess(load(write_trafford(tmp_path_factory.mktemp("trafford"), realdata))))


PLACES = ["demo", pytest.param("trafford", marks=pytest.mark.realdata)]


@pytest.mark.parametrize("name", PLACES)
def test_no_text_of_a_place_breaks_the_rules(name, request):
    assessment, _, asked = request.getfixturevalue(name)
    every = [text for entries in texts(assessment, asked).values() for text in entries]
    assert list(broken(every, names(assessment.place))) == []


@pytest.mark.parametrize("name", PLACES)
def test_no_page_of_a_place_breaks_the_rules(name, request):
    assessment, found, asked = request.getfixturevalue(name)
    entries = pages(assessment, found, asked)
    assert len(entries) > 500
    # A page tells of ranks in tables, whose heads and captions say the direction: the words alone are held to the rules here.
    assert [
        each for each in broken(entries, names(assessment.place)) if not each.startswith("direction")
    ] == []


@pytest.mark.parametrize("name", PLACES)
def test_strengths_come_first(name, request):
    assessment, _, asked = request.getfixturevalue(name)
    for account in accounts(assessment).values():
        told = page.account_html(account)
        first = told.index(f"<h3>{account.strengths_heading}</h3>")
        assert all(told.index(html.escape(text)) > first for text in (*account.thin, account.verdict))
    markup = questions.page_html(assessment, asked)
    for section in markup.split("<section id=")[1:]:
        heads = re.findall(r"<h3>(.*?)</h3>", section)
        assert heads[0] in ("Strong here", "To build on")
        assert heads[1] in ("Why here?", "Why not here?")


def test_labels_of_the_taxonomy_and_columns_keep_the_rules():
    labels = [*themes().values(), *strands().values(), *(each.label for each in approaches().values())]
    labels += [text for kind in kinds().values() for text in (kind.label, kind.plural)]
    labels += [
        text for column in COLUMNS.values() for text in (column.label, column.direction, column.caveat)
    ]
    labels += [
        *family().about.values(),
        *family().shortfalls.values(),
        *(way.what for way in family().ways.values()),
    ]
    assert [text for text in labels if FORBIDDEN.search(text)] == []


#: Texts of the program that no reader sees: patterns that other people’s words are matched with.
_MATCHED = ("guess.py", "hours.py", "classify.py", "taxonomy.py")


def literals(file: Path) -> Iterator[str]:
    """The texts in a module that are not docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_no_text_in_the_code_breaks_the_rules():
    """The pages of the app too, whatever the reader chooses."""
    found = [
        f"{file.name}: {text}"
        for file in sorted((ROOT / "assetmap").rglob("*.py"))
        if file.name not in _MATCHED
        for text in literals(file)
        if " " in text and FORBIDDEN.search(text)
    ]
    assert found == []


# -- easy to read -----------------------------------------------------------------------------------


def syllables(word: str) -> int:
    """How many syllables a word has, about: groups of vowels, without a silent e at the end."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = re.search(r"[^aeiouyl]e$|[^aeiou]es$|[^aeioutd]ed$", word.lower())
    return max(1, groups - bool(silent and groups > 1))


def ease(entries: Iterable[str]) -> tuple[float, float]:
    """Flesch’s reading ease, and words a sentence."""
    sentences = [
        re.findall(r"[A-Za-z’'-]+|\d[\d,.]*", part)
        for text in entries
        for part in re.split(r"[.;:!?](?:\s|$)|\n", text)
    ]
    words = [word for sentence in sentences for word in sentence]
    length = len(words) / sum(bool(sentence) for sentence in sentences)
    spoken = sum(1 if word[0].isdigit() else syllables(word) for word in words)
    return 206.835 - 1.015 * length - 84.6 * spoken / len(words), length


def test_reading_ease_is_fleschs():
    """By hand: “The cat sat on the mat.” has 6 words, 6 syllables and 1 sentence: 206.835 - 6.09 - 84.6."""
    assert ease(["The cat sat on the mat."]) == (pytest.approx(116.145), 6)
    assert [
        syllables(word)
        for word in ("walk", "library", "minutes", "deprived", "people", "areas", "nearest", "table")
    ] == [1, 3, 2, 2, 2, 2, 2, 2]


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("kind", texts_of_nothing())
def test_texts_are_easy_to_read(name, kind, request):
    assessment, _, asked = request.getfixturevalue(name)
    entries = dict.fromkeys(texts(assessment, asked)[kind])
    found, length = ease(names(assessment.place).sub("It", text) for text in entries)
    least, longest = BOUNDS[kind]
    assert found >= least
    assert length <= longest


# -- whatever the town ------------------------------------------------------------------------------

KINDS = ["Library", "Hub", "Sports club", "Café", "Food bank", "Casino"]
VENUE = st.tuples(st.sampled_from(KINDS), st.integers(400_000, 404_000), st.integers(300_000, 301_000))
TOWN = st.lists(VENUE, min_size=1, max_size=12)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    venues=TOWN,
    deciles=st.lists(st.sampled_from(["", "1", "2", "3", "10"]), min_size=4, max_size=4).filter(any),
    catchment=st.sampled_from([5.0, 15.0, 30.0]),
    low=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_texts_of_any_town_keep_the_rules(tmp_path_factory, venues, deciles, catchment, low):
    table = "name,kind,easting,northing,postcode\n"
    table += "".join(f"Place {n},{kind},{x},{y},\n" for n, (kind, x, y) in enumerate(venues))
    codes = [f"E0100000{n}" for n in range(1, 5)]
    ranks = {"1": 10, "2": 5_000, "3": 8_000, "10": 33_000}
    deprivation = "lsoa21_code,rank,decile,income\n"
    deprivation += "".join(
        f"{code},{ranks[each] + n},{each},{each}\n"
        for n, (code, each) in enumerate(zip(codes, deciles, strict=True))
        if each
    )
    folder = write_toy(
        tmp_path_factory.mktemp("town") / "toy",
        venues_csv=table,
        deprivation_csv=deprivation,
        place_toml=RECIPE.replace("[deprivation]", "[deprivation]\npartial = true"),
    )
    place = load(folder)
    asked_for = replace(Settings(), catchment_min=catchment, low_resource_share=low)
    assessment, _, asked = told_of(assess(place, asked_for))
    every = [text for entries in texts(assessment, asked).values() for text in entries]
    assert list(broken(every, names(place))) == []
    assert questions.page_html(assessment, asked)
