"""Level and vintage of a place's areas: as the recipe says, where nothing else in the file speaks against it.

A code tells its level (E01 is an LSOA) and seldom its vintage: most LSOAs kept their code from 2011 to 2021.
Where nothing tells, nobody guesses.

Source: ONS, Register of Geographic Codes and Code History Database; National Records of Scotland, data zones of 2001,
2011 and 2022.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.sources.recipe import Entry
from assetmap.sources.vintages import level_of_header, whole_nations

__all__ = ["level_of_areas"]


class _Level(NamedTuple):
    name: str
    prefixes: tuple[str, ...]
    #: Two digits of the year; none where boundaries change in any year.
    years: tuple[str, ...] = ()


_LEVELS = {
    "oa": _Level("output areas", ("E00", "W00"), ("11", "21")),
    "lsoa": _Level("LSOAs", ("E01", "W01"), ("11", "21")),
    "msoa": _Level("MSOAs", ("E02", "W02"), ("11", "21")),
    "dz": _Level("data zones", ("S01", "N20"), ("01", "11", "21", "22")),
    "iz": _Level("intermediate zones", ("S02",), ("01", "11", "22")),
    "sdz": _Level("super data zones", ("N21",), ("21",)),
    "ward": _Level("wards", ("E05", "W05", "S13", "N08")),
    "lad": _Level("local authorities", ("E06", "E07", "E08", "E09", "W06", "S12", "N09")),
}
_LEVEL_OF_PREFIX = {prefix: level for level, each in _LEVELS.items() for prefix in each.prefixes}

#: From which number on a code is of areas of which years. Codes are never given twice: where all of a year's are
#: new, its numbers are its own; areas of England and Wales that did not change kept theirs.
_YEARS_FROM = {
    "E01": ((33_769, "21"), (1, "11 21")),
    "W01": ((1_959, "21"), (1, "11 21")),
    "S01": ((13_482, "22"), (6_506, "11"), (1, "01")),
    "N20": ((1, "21"),),
}

_GSS = "[EWSN][0-9]{8}"


def _years(code: str) -> frozenset[str]:
    """The years whose areas a code may be one of."""
    for lowest, years in _YEARS_FROM.get(code[:3], ()):
        if int(code[3:]) >= lowest:
            return frozenset(years.split())
    return frozenset(_LEVELS[_LEVEL_OF_PREFIX[code[:3]]].years)


def level_of_areas(entry: Entry, codes: pd.Series) -> tuple[str, list[Problem]]:
    """The level and vintage of the areas, such as "lsoa21", and what there is to tell of it.

    Parameters
    ----------
    entry
        The recipe's ``[areas]``; without ``level`` it is recognised from codes, heading and file name.
    codes
        The areas' codes by row, none empty.

    Raises
    ------
    PlaceError
        Where codes are not well formed or of several levels or vintages, where the signs disagree, or where
        none of them tells.
    """
    stated = str(entry.get("level", "")).casefold()
    word, year = _parted(stated)
    if stated and word not in _LEVELS:
        return stated, []  # areas of somebody's own, whose codes can be anything
    prefixes = codes.str[:3].map(_LEVEL_OF_PREFIX)
    formed = codes.str.fullmatch(_GSS)
    column = str(entry.get("code"))
    if not stated and not formed.any():
        raise _fault(
            entry,
            f"Its codes are none that assetmap knows, such as “{codes.iloc[0]}”.",
            'Name the column of the codes; or, if the areas are your own, add level = "custom" to [areas].',
            column,
        )
    if not formed.all():
        odd = codes[~formed]
        what = f"{counted(len(odd), 'code')} not well formed, such as “{odd.iloc[0]}”."
        remedy = "A code is a letter and eight digits, such as E01000001; mend them."
        raise PlaceError(Problem(entry.file, what, remedy, int(odd.index[0]), column))
    if word:
        strangers = codes[prefixes != word]
        if len(strangers):
            raise _fault(
                entry,
                f"{counted(len(strangers), 'code')} not of {stated} areas, such as “{strangers.iloc[0]}”.",
                f"Mend level or code in [areas]; codes of that level begin with {_either(_LEVELS[word].prefixes)}.",
                column,
            )
    word = _only_level(entry, codes, prefixes)
    return _vintage(entry, codes, word, year)


def _parted(level: str) -> tuple[str, str]:
    """Word and year of a level's name, such as ("lsoa", "21") of lsoa21 or lsoa2021."""
    word, year = re.fullmatch(r"(.*?)((?:20)?\d\d)?", level, re.DOTALL).groups("")  # type: ignore[union-attr]
    return word, year[-2:]


def _fault(entry: Entry, what: str, remedy: str, column: str | None = None) -> PlaceError:
    return PlaceError(Problem(entry.file, what, remedy, column=column))


def _either(words: tuple[str, ...] | list[str]) -> str:
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"


def _only_level(entry: Entry, codes: pd.Series, levels: pd.Series) -> str:
    """The one level that the codes are of."""
    unknown = codes[levels.isna()]
    if len(unknown):
        what = (
            f"{counted(len(unknown), 'code')} of no level that assetmap knows, such as “{unknown.iloc[0]}”."
        )
        remedy = (
            'Name the column of the codes; or, if the areas are your own, add level = "custom" to [areas].'
        )
        raise _fault(entry, what, remedy, entry.get("code"))
    counts = levels.value_counts()
    if len(counts) > 1:
        each = ", ".join(
            f"{number:,} of {_LEVELS[str(level)].name} (such as {codes[levels == level].iloc[0]})"
            for level, number in counts.items()
        )
        raise _fault(
            entry,
            f"Its codes are of more than one level: {each}.",
            "Keep the areas of one level.",
            entry.get("code"),
        )
    return str(counts.index[0])


def _vintage(entry: Entry, codes: pd.Series, word: str, year: str) -> tuple[str, list[Problem]]:
    """The vintage that the recipe states, or else that every sign agrees on."""
    level = _LEVELS[word]
    column, stated = str(entry.get("code")), word + year
    if year and level.years and year not in level.years:
        raise _fault(
            entry,
            f"There are no {stated} areas.",
            f"Say one of: {', '.join(word + each for each in level.years)}.",
        )
    signs = [(f"The recipe says {stated}", stated)] if year else []
    heading, file = level_of_header(column), level_of_header(entry.path.name)
    if heading:
        signs.append((f"the column “{column}” says {heading}", heading))
    signs += _signs_of_codes(entry, codes, word)
    # A file's name is the weakest sign, and often tells of more than one thing.
    named = _parted(file or "")
    if not year and named[0] == word and (named[1] in level.years or not level.years):
        signs.append((f"the file’s name says {file}", str(file)))
    if not signs:
        could_be = _either([f'level = "{word}{each}"' for each in level.years])
        raise _fault(
            entry,
            f"Its codes are those of {level.name}, and nothing tells of which year.",
            f"Add to [areas] {could_be}."
            if level.years
            else f'Add to [areas] level with the year, such as level = "{word}24".',
            column,
        )
    first, found = signs[0]
    against = [sign for sign, other in signs if other != found]
    if against:
        what = f"{first}, but {against[0]}."
        remedy = "Mend level or code in [areas], or name boundaries of that vintage."
        raise _fault(entry, what[0].upper() + what[1:], remedy, column)
    if year:
        return found, []
    what = f"Its areas are taken to be {found}: {first}."
    return found, [
        Problem(
            entry.file,
            what,
            f'Nothing to do; level = "{found}" in [areas] says it for sure.',
            severity="note",
        )
    ]


def _signs_of_codes(entry: Entry, codes: pd.Series, word: str) -> list[tuple[str, str]]:
    """The vintage that the codes tell, where they do: by their numbers, or by how many they are."""
    if not _LEVELS[word].years:
        return []
    years = codes.map(_years)
    could_be = frozenset.intersection(*years.unique())
    if not could_be:
        kinds = {min(each): codes[years == each].iloc[0] for each in years.unique()}
        told = " and ".join(f"{word}{year} (such as {code})" for year, code in sorted(kinds.items()))
        raise _fault(
            entry,
            f"Its codes are of more than one vintage: {told}.",
            "Keep the areas of one vintage.",
            entry.get("code"),
        )
    if len(could_be) == 1:
        (year,) = could_be
        newest = codes[years.map(len) == 1].iloc[0]
        return [(f"its codes are of {word}{year}, such as {newest}", word + year)]
    return [(f"it has as many areas as {level} has", level) for level in whole_nations(codes).values()][:1]
