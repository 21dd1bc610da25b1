"""The docs say what the code does: examples run, and nothing is left unsaid."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import pytest

import assetmap
from assetmap import Settings, gaps, taxonomy
from assetmap.cli import app
from assetmap.columns import COLUMNS
from assetmap.model import DEPRIVATION_DOMAINS, THEMES
from assetmap.sources.recipe import _TABLES

ROOT = Path(__file__).resolve().parent.parent
METHODS = ROOT / "docs/methods.md"


def modules() -> list[str]:
    return [
        found.name
        for found in pkgutil.walk_packages(assetmap.__path__, "assetmap.")
        if ".app" not in found.name
    ]


def test_examples_of_the_method_page_run():
    results = doctest.testfile(str(METHODS), module_relative=False)
    assert results.attempted > 10
    assert results.failed == 0


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("standard", gaps.STANDARDS, ids=lambda standard: standard.column)
def test_every_standard_is_on_the_method_page_with_its_source(standard):
    text = METHODS.read_text(encoding="utf-8")
    assert standard.column in text
    author_year = re.search(r"^(\w+).*?(\d{4})", standard.source)
    assert author_year
    assert re.search(rf"{author_year[1]}.*{author_year[2]}", text)


def test_every_setting_is_explained():
    explained = Settings.__doc__ or ""
    assert [field.name for field in fields(Settings) if field.name not in explained] == []
    page = (ROOT / "docs/places.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Settings) if field.name not in page] == []


def test_every_line_of_a_recipe_is_explained():
    page = (ROOT / "docs/places.md").read_text(encoding="utf-8")
    keys = {key for required, optional in _TABLES.values() for key in required | optional}
    # Every domain has the same two columns; the page names the pattern, and each domain once.
    of_domains = {
        f"{domain}_{measure}" for domain in DEPRIVATION_DOMAINS for measure in ("score", "rank", "decile")
    }
    keys = (keys - of_domains) | set(DEPRIVATION_DOMAINS)
    assert sorted(key for key in keys if f"`{key}`" not in page) == []
    assert [table for table in _TABLES if f"[{table}]" not in page] == []


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [command.callback.__name__.replace("_", "-") for command in app.registered_commands]
    assert [command for command in commands if f"assetmap {command}" not in readme] == []


def test_every_word_of_the_code_is_in_the_glossary():
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").lower()
    words = [
        *(label.lower() for label in taxonomy.themes().values()),
        *"""asset|area|catchment|reach|lack|shortfall|standard|
    priority neighbourhood|social resource index|deprivation decile|detour factor|origin|coverage|place|recipe|mid-rank|kind|theme""".split(
            "|"
        ),
    ]
    assert [word.strip() for word in words if word.strip() not in glossary] == []


def test_every_decile_says_its_direction():
    for name, column in COLUMNS.items():
        if name.endswith(("_decile", "_rank")):
            assert column.direction.startswith("1 = "), name


def test_themes_are_the_same_in_code_and_taxonomy():
    assert tuple(taxonomy.themes()) == THEMES
    assert {kind.theme for kind in taxonomy.kinds().values() if kind.counted} == set(THEMES)
