"""Options: the community-centred approaches that speak to what is thin in an area, to talk over with residents.

What each approach is, and which shortfall it speaks to, is in ``options.toml``, a table that a person who does not program may
edit. Source: South J. (2015), A guide to community-centred approaches for health and wellbeing, Public Health England and NHS
England.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from assetmap.columns import OPTION_COLUMNS
from assetmap.errors import AssetMapError, Problem, counted
from assetmap.gaps import STANDARDS
from assetmap.model import CUT_OFFS_MIN, THEMES, Assessment
from assetmap.reasons import amount, standings, strong_and_thin
from assetmap.taxonomy import approaches, kinds, strands

__all__ = [
    "OPTIONS_NAME",
    "Family",
    "Option",
    "OptionsError",
    "Way",
    "cited",
    "family",
    "in_a_sentence",
    "options",
    "options_table",
    "read_family",
    "shortfalls",
]

OPTIONS_NAME = "options.toml"

#: So many options are told of an area: few enough to be read.
_AT_MOST = 5

#: From so many thin themes on, they are told as several at once.
_SEVERAL = 3

#: So many kinds of place to build on are named.
_KINDS_NAMED = 3

_WITHIN_MIN = CUT_OFFS_MIN[-1]


class OptionsError(AssetMapError, ValueError):
    """The table of options cannot be used as it was edited."""


@dataclass(frozen=True)
class Way:
    """One approach of the guide's family, as the table has it.

    Parameters
    ----------
    approach
        Its short name in the taxonomy.
    what
        What people do, in one sentence.
    mechanisms
        Which of the guide's core concepts it works by.
    speaks_to
        The shortfalls that it speaks to, by short name.
    reviews
        What to read first, by short name.
    """

    approach: str
    what: str
    mechanisms: tuple[str, ...]
    speaks_to: tuple[str, ...]
    reviews: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """The whole table.

    Parameters
    ----------
    about
        What is said once, wherever options are: ``lead``, ``evidence`` and ``unknown``.
    mechanisms, shortfalls
        Each in words, by its short name.
    ways
        The approaches, by short name, in the order of the taxonomy.
    strand_reviews
        The guide's key reviews of each strand, by short name.
    references
        Each in full, with its number in the guide where it has one.
    """

    about: Mapping[str, str]
    mechanisms: Mapping[str, str]
    shortfalls: Mapping[str, str]
    ways: Mapping[str, Way]
    strand_reviews: Mapping[str, tuple[str, ...]]
    references: Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """One approach that speaks to what is thin in an area.

    Parameters
    ----------
    approach, label, strand
        Its short name, and what readers call it and its strand.
    what
        What people do, in one sentence.
    mechanisms
        How it works, in the guide's core concepts.
    speaks_to
        The shortfalls of this area that it speaks to, in words.
    builds_on
        What is within reach of the area that carries it, in words; empty where nothing is known.
    references
        What to read first, in full.
    """

    approach: str
    label: str
    strand: str
    what: str
    mechanisms: tuple[str, ...]
    speaks_to: tuple[str, ...]
    builds_on: str
    references: tuple[str, ...]


# -- the table ------------------------------------------------------------------------------------

_SECTIONS = ("about", "mechanisms", "shortfalls", "approaches", "strands", "references")
_ABOUT = ("lead", "evidence", "unknown")
_OF_A_WAY = ("mechanisms", "speaks_to", "reviews")


def read_family(text: str) -> Family:
    """A table of options, checked.

    Raises
    ------
    OptionsError
        With every fault of the table, each naming the line's place and what to write instead.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = f"It cannot be read: {str(error).rstrip('.')}."
        remedy = "Look there for a missing quote, comma or bracket."
        raise OptionsError(Problem(OPTIONS_NAME, what, remedy)) from None
    faults = [Problem(OPTIONS_NAME, what, remedy) for what, remedy in _faults(table)]
    if faults:
        raise OptionsError(faults)
    rows = table["approaches"]
    return Family(
        about=table["about"],
        mechanisms=table["mechanisms"],
        shortfalls=table["shortfalls"],
        ways={name: _way(name, rows[name]) for name in approaches()},
        strand_reviews={name: tuple(named) for name, named in table["strands"].items()},
        references={name: _reference(row) for name, row in table["references"].items()},
    )


def _way(name: str, row: Mapping[str, Any]) -> Way:
    return Way(name, row["what"], *(tuple(row[key]) for key in _OF_A_WAY))


def _reference(row: Mapping[str, Any]) -> str:
    return f"{row['text']} [{row['guide']} in the guide]" if "guide" in row else str(row["text"])


def _faults(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the table, and what to do about it."""
    lost = [name for name in _SECTIONS if not isinstance(table.get(name), dict)]
    for name in lost:
        yield f"It has no section [{name}].", "Put it back; a fresh copy of assetmap has it."
    if lost:
        return
    for section, needed in (
        ("about", _ABOUT),
        ("shortfalls", _known_shortfalls()),
        ("approaches", tuple(approaches())),
        ("strands", tuple(strands())),
    ):
        for name in needed:
            if name not in table[section]:
                yield (
                    f"[{section}] says nothing of “{name}”.",
                    "Put it back; a fresh copy of assetmap has it.",
                )
        for name in table[section]:
            if name not in needed:
                yield f"[{section}] has “{name}”, which nothing reads.", f"Use one of: {', '.join(needed)}."
    for section in ("about", "mechanisms", "shortfalls"):
        for name, words in table[section].items():
            if not isinstance(words, str):
                yield f"“{name}” of [{section}] is not a text.", f'Write it like {name} = "Its words".'
    for name, row in table["references"].items():
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            remedy = f'Write it like {name} = {{ text = "Author (year). Title." }}.'
            yield f"The reference “{name}” has no text.", remedy
    for name, row in table["approaches"].items():
        yield from _faults_of_a_way(name, row, table)
    for name, named in table["strands"].items():
        yield from _unknown(f"The strand “{name}”", named, "references", table["references"])


def _faults_of_a_way(name: str, row: Any, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    whole = isinstance(row, dict) and row.keys() == {"what", *_OF_A_WAY}
    if not whole or not isinstance(row["what"], str):
        yield f"The approach “{name}” is not whole.", f"Give it what, {', '.join(_OF_A_WAY)}, and no more."
        return
    for key, section in zip(_OF_A_WAY, ("mechanisms", "shortfalls", "references"), strict=True):
        yield from _unknown(f"The approach “{name}”", row[key], section, table[section])


def _unknown(what: str, named: Any, section: str, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(named, list) or not named:
        yield f"{what} names nothing of [{section}].", "Write a list of at least one name."
        return
    for name in named:
        if name not in known:
            yield f"{what} names “{name}”, which is not in [{section}].", f"Use one of: {', '.join(known)}."


def _known_shortfalls() -> tuple[str, ...]:
    thin, short = (f"thin_{theme}" for theme in THEMES), (standard.column for standard in STANDARDS)
    return (*thin, *short, "several", "none_serving", "unknown")


def cited(reference: str) -> str:
    """Who wrote a reference and when, as a text cites it.

    Examples
    --------
    >>> cited("Seebohm P., Gilchrist A., Morris D. (2012). Bold but balanced."), cited("BMA (2011). Social Determinants.")
    ('Seebohm and others 2012', 'BMA 2011')
    """
    authors, year = re.split(r" \((?=\d{4}\))", reference, maxsplit=1)
    first = re.sub(r"( [A-Z]\.(-[A-Z]\.)?)+$", "", re.split(r", | et al\.", authors)[0])
    others = " and others" if re.search(r", | et al\.", authors) else ""
    return f"{first}{others} {year[:4]}"


@cache
def family() -> Family:
    """The table that comes with assetmap, as somebody may have edited it."""
    return read_family(resources.files("assetmap").joinpath(OPTIONS_NAME).read_text(encoding="utf-8"))


# -- the options of an area -----------------------------------------------------------------------


def shortfalls(area: Any, thin: Iterable[str]) -> list[str]:
    """The shortfalls of an area that approaches may speak to, by short name.

    Parameters
    ----------
    area
        Its row of the table of areas.
    thin
        The themes that are thin there.
    """
    few = [f"thin_{theme}" for theme in THEMES if theme in set(thin)]
    missed = [each.column for each in STANDARDS if pd.notna(area[each.column]) and area[each.column]]
    serving = area["organisations_serving"]
    more = {
        "several": len(few) >= _SEVERAL,
        "none_serving": pd.notna(serving) and serving == 0,
        "unknown": any(pd.isna(area[f"{theme}_reach"]) for theme in THEMES),
    }
    return [*few, *missed, *(name for name, holds in more.items() if holds)]


def options(assessment: Assessment, area_codes: Iterable[str] | None = None) -> dict[str, list[Option]]:
    """The approaches that speak to what is thin in each area, at most five; those that build on what is there first.

    Then come those that speak to more of its shortfalls, then in the order of the guide. None where nothing is thin, no
    standard is missed and nothing is unknown.

    Parameters
    ----------
    assessment
        What was found.
    area_codes
        Which areas; every area unless told.

    Raises
    ------
    KeyError
        Where the place has no such area.
    """
    areas = assessment.areas
    codes = list(areas.index if area_codes is None else area_codes)
    position = standings(areas, codes)
    here = _within(assessment, codes)
    told: dict[str, list[Option]] = {}
    for code in codes:
        area = areas.loc[code]
        standing = strong_and_thin(area, position.loc[code])
        found = [
            option
            for way in family().ways.values()
            if (option := _option(way, shortfalls(area, standing.thin), here[code], standing.strong))
        ]
        # A stable sort keeps the guide's order among equals.
        found.sort(key=lambda each: (not each.builds_on, -len(each.speaks_to)))
        told[str(code)] = found[:_AT_MOST]
    return told


def _within(assessment: Assessment, codes: list[str]) -> dict[str, dict[str, float]]:
    """How many places of each kind are known within 15 minutes' walk of each area; only kinds of which there are some."""
    number = f"count_{_WITHIN_MIN}_min"
    rows = assessment.access
    rows = rows[rows["area_code"].isin(codes) & (rows["kind"] != "") & (rows[number] > 0).fillna(False)]
    found: dict[str, dict[str, float]] = {code: {} for code in codes}
    for code, kind, count in rows[["area_code", "kind", number]].itertuples(index=False):
        found[code][kind] = float(count)
    return found


def _option(way: Way, missing: list[str], here: Mapping[str, float], strong: list[str]) -> Option | None:
    speaks_to = [name for name in missing if name in way.speaks_to]
    if not speaks_to:
        return None
    told, named = family(), approaches()[way.approach]
    return Option(
        approach=way.approach,
        label=named.label,
        strand=strands()[named.strand],
        what=way.what,
        mechanisms=tuple(told.mechanisms[each] for each in way.mechanisms),
        speaks_to=tuple(told.shortfalls[each] for each in speaks_to),
        builds_on=_builds_on(way.approach, here, strong),
        references=tuple(told.references[each] for each in way.reviews),
    )


def _builds_on(approach: str, here: Mapping[str, float], strong: list[str]) -> str:
    """The places within reach that carry an approach, of strong themes first, then the most numerous."""
    carrying = [kinds()[kind] for kind in here if approach in kinds()[kind].approaches]
    carrying.sort(key=lambda each: (each.theme not in strong, -here[each.kind], each.kind))
    parts = [
        f"{amount(here[each.kind])} {in_a_sentence(each.label) if here[each.kind] == 1 else each.plural}"
        for each in carrying[:_KINDS_NAMED]
    ]
    if not parts:
        return ""
    more = len(carrying) - len(parts)
    if more:
        parts.append(counted(more, "more kind"))
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed} within a {_WITHIN_MIN}-minute walk"


def in_a_sentence(label: str) -> str:
    """A label without its capital, unless it begins with letters that stand for words.

    Examples
    --------
    >>> in_a_sentence("Men's shed"), in_a_sentence("GP practice")
    ("men's shed", 'GP practice')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def options_table(assessment: Assessment) -> pd.DataFrame:
    """The options of every area: `OPTION_COLUMNS`, in the order in which they are told."""
    rows = [
        {
            "area_code": code,
            "option": number,
            "approach": each.label,
            "strand": each.strand,
            "mechanism": "; ".join(each.mechanisms),
            "what": each.what,
            "speaks_to": "; ".join(each.speaks_to),
            "builds_on": each.builds_on,
            "references": " ".join(each.references),
        }
        for code, found in options(assessment).items()
        for number, each in enumerate(found, 1)
    ]
    return pd.DataFrame(rows, columns=list(OPTION_COLUMNS))
