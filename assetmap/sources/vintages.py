"""Which level and vintage of areas a file was made for, told from what it says of itself."""

from __future__ import annotations

import re

import pandas as pd

from assetmap.errors import Problem
from assetmap.sources.indices import AREAS_RANKED, LEVEL_OF_INDEX
from assetmap.sources.recipe import Entry

__all__ = ["LEVEL_CODES", "level_of_header", "vintage_faults"]

#: First characters of the codes of each level (ONS, Register of Geographic Codes).
LEVEL_CODES = {
    "oa": "E00|W00",
    "lsoa": "E01|W01",
    "msoa": "E02|W02",
    "ward": "E05|W05|S13|N08",
    "dz": "S01|N20",
    "sdz": "N21",
}


def level_of_header(column: str) -> str | None:
    """The level and vintage that a column's own name tells, such as "LSOA code (2011)"."""
    found = re.search(r"(oa|lsoa|msoa)\D{0,12}?(?:20)?(11|21)(?!\d)", column.casefold())
    return None if found is None else found[1] + found[2]


def _level_of_index(name: str) -> str | None:
    """The level and vintage that an index was made for, such as lsoa11 for "English IMD 2019"."""
    return next((level for sign, level in LEVEL_OF_INDEX if re.search(sign, name.casefold())), None)


def _level_of_length(codes: pd.Series) -> str | None:
    """The level and vintage of a table with every area of a nation."""
    nations = codes.drop_duplicates().str[:3].value_counts()
    return next(
        (level for (nation, level), areas in AREAS_RANKED.items() if nations.get(nation) == areas), None
    )


def vintage_faults(entry: Entry, level: str, codes: pd.Series) -> list[Problem]:
    """Every sign in the file that it was made for areas of another level or vintage."""
    signs = {
        f"the recipe says level = “{entry.get('level')}”": entry.get("level"),
        f"the column “{entry.get('code')}” says so": level_of_header(str(entry.get("code"))),
        f"{entry.get('index')} was made for those": _level_of_index(str(entry.get("index"))),
        "it has as many areas as that vintage": _level_of_length(codes),
    }
    against = [(sign, found) for sign, found in signs.items() if found is not None and found != level]
    if not against:
        return []
    sign, found = against[0]
    return [
        Problem(
            entry.file,
            f"This table is for {found} areas ({sign}), but the boundaries are {level}.",
            f"Use a table made for {level} areas, or boundaries of {found}; joining the two would lose areas without a word.",
            column=entry.get("code"),
        )
    ]
