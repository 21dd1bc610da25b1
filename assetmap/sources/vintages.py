"""Which level and vintage of areas a file was made for, told from what it says of itself."""

from __future__ import annotations

import re

import pandas as pd

from assetmap.errors import Problem
from assetmap.sources.indices import AREAS_RANKED, CARRIED, LEVEL_OF_INDEX, nation_of
from assetmap.sources.recipe import Entry

__all__ = ["level_of_header", "other_vintage", "vintage_faults", "whole_nations"]


#: Other words for a level, as headings and file names have them.
_SPOKEN = (
    (r"lower[\W_]layer[\W_]super[\W_]output[\W_]areas?", "lsoa"),
    (r"middle[\W_]layer[\W_]super[\W_]output[\W_]areas?", "msoa"),
    (r"output[\W_]areas?", "oa"),
    (r"super[\W_]data[\W_]?zones?", "sdz"),
    (r"data[\W_]?zones?", "dz"),
    (r"intermediate[\W_]?zones?", "iz"),
    (r"local[\W_]authorit(?:y|ies)(?:[\W_]districts?)?|ltla|lgd", "lad"),
    (r"wards?|wd(?=\d)", "ward"),
)
#: A level and a year of which there are such areas; wards and local authorities change in any.
_NAMED = re.compile(
    r"(?<![a-z])(?P<level>(?P<census>lsoa|msoa|oa)|s?dz|iz|ward|lad)\D{0,15}?(?:20)?"
    r"(?P<year>(?(census)(?:01|11|21)|\d\d))(?!\d)"
)


def level_of_header(text: str) -> str | None:
    """The level and vintage that a heading or a file's name tells.

    Examples
    --------
    >>> headings = ("LSOA code (2011)", "WD24CD", "Data_Zones_(December_2022).gpkg", "council__oa.geojson")
    >>> [level_of_header(each) for each in headings]
    ['lsoa11', 'ward24', 'dz22', None]
    """
    text = text.casefold()
    for spoken, word in _SPOKEN:
        text = re.sub(spoken, word, text)
    found = _NAMED.search(text)
    return None if found is None else found["level"] + found["year"]


def whole_nations(codes: pd.Series) -> dict[str, str]:
    """The nations of which a table has every area (see `nation_of`), and of which level and vintage those are."""
    counts = nation_of(codes.drop_duplicates()).value_counts()
    return {nation: level for (nation, level), areas in AREAS_RANKED.items() if counts.get(nation) == areas}


def other_vintage(entry: Entry, level: str, codes: pd.Series) -> tuple[str, str] | None:
    """The level and vintage that a file says it was made for, and which sign says so; None where it is `level`."""
    index, column = str(entry.get("index")), str(entry.get("code"))
    carried = CARRIED in index  # a saved place: its index was made for others, but its table is not
    lengths = list(whole_nations(codes).values())
    signs = {
        f"the recipe says level = “{entry.get('level')}”": entry.get("level"),
        f"the column “{column}” says so": level_of_header(column),
        f"{index} was made for those": next(
            (
                made_for
                for sign, made_for in LEVEL_OF_INDEX
                if re.search(sign, index.casefold()) and not carried
            ),
            None,
        ),
        "it has as many areas as that vintage": None if level in lengths else next(iter(lengths), None),
    }
    against = ((found, sign) for sign, found in signs.items() if found is not None and found != level)
    return next(against, None)


def vintage_faults(entry: Entry, level: str, codes: pd.Series) -> list[Problem]:
    """Every sign in the file that it was made for areas of another level or vintage."""
    other = other_vintage(entry, level, codes)
    if other is None:
        return []
    found, sign = other
    remedy = f"Use a table made for {level} areas, or boundaries of {found}; joining the two would lose areas without a word."
    stems = {re.sub(r"\d+$", "", each) for each in (found, level)}
    if len(stems) == 1 and stems <= {"oa", "lsoa", "msoa"}:
        remedy += " Or carry it over: add a [bridge] with the exact-fit lookup, and carry = true here."
    return [
        Problem(
            entry.file,
            f"This table is for {found} areas ({sign}), but the boundaries are {level}.",
            remedy,
            column=entry.get("code"),
        )
    ]
