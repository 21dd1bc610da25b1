"""Published indices of deprivation, known by the headings of their tables.

Officials and packages head the same columns in different words. A heading is understood when it begins
with a domain and goes on to say score, rank or decile, so that a truncated or wrapped heading, of which the
published files have some, is understood too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["AREAS_RANKED", "LEVEL_OF_INDEX", "columns_of_index", "index_of_header"]

#: How each domain's headings begin, in lower case and without punctuation. The first that fits counts.
_DOMAINS = (
    ("imd", r"index of multiple deprivation|imd|wimd|simd"),
    ("idaci", r"income deprivation affecting children|idaci"),
    ("idaopi", r"income deprivation affecting older|idaopi"),
    ("income", r"income"),
    ("employment", r"employment"),
    ("education", r"education"),
    ("health", r"health"),
    ("crime", r"crime"),
    ("barriers", r"barriers to housing|housing and services|housing and access"),
    ("environment", r"living environment|environment"),
    ("children_young_people", r"children and young people"),
    ("adult_skills", r"adult skills"),
    ("geographical_barriers", r"geographical barriers"),
    ("wider_barriers", r"wider barriers"),
    ("indoors", r"indoors"),
    ("outdoors", r"outdoors"),
    ("housing", r"housing"),
    ("access", r"access"),
)

_HEADING = {domain: re.compile(rf"(?:{begins})\b.*?\b(score|rank|decile)\b") for domain, begins in _DOMAINS}

#: Level and vintage of the areas that each published index was made for, by a word and a year of its name.
LEVEL_OF_INDEX = (
    (r"wimd.*(2014|2019)|welsh.*(2014|2019)", "lsoa11"),
    (r"simd.*(2016|2020)|scottish.*(2016|2020)", "dz11"),
    (r"nimdm.*2017", "soa01"),
    (r"(iod|imd|indices).*(2015|2019)", "lsoa11"),
    (r"(iod|imd|indices).*2025", "lsoa21"),
)

#: How many areas each index ranks, by the first characters of their codes and the level: a whole-country
#: table gives its vintage away by its length, and a decile can be checked against its rank.
AREAS_RANKED = {
    ("E01", "lsoa21"): 33_755,
    ("E01", "lsoa11"): 32_844,
    ("W01", "lsoa11"): 1_909,
    ("S01", "dz11"): 6_976,
}


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", heading.casefold()).strip()


#: Headings that speak of something other than the national figure, 1 = most deprived.
_OTHER = re.compile(r"\b(change|average|within|in lad|in district|1 is (the )?least|1 least)\b")


def columns_of_index(headings: Iterable[str]) -> dict[str, list[str]]:
    """Which columns could hold which figure, such as ``imd_decile``; and ``code``, the areas' codes.

    Examples
    --------
    >>> columns_of_index(["LSOA code (2021)", "Crime Rank (where 1 is most deprived)"])
    {'code': ['LSOA code (2021)'], 'crime_rank': ['Crime Rank (where 1 is most deprived)']}
    """
    found: dict[str, list[str]] = {}
    for heading in headings:
        plain = _plain(heading)
        if re.match(r"(lsoa|dz|data zone|soa)\d* ?(code|cd)|(lsoa|dz)\d\dcd", plain):
            found.setdefault("code", []).append(heading)
            continue
        for domain, pattern in () if _OTHER.search(plain) else _HEADING.items():
            measure = pattern.match(plain)
            if measure:
                found.setdefault(f"{domain}_{measure[1]}", []).append(heading)
                break
    return found


def index_of_header(headings: Iterable[str]) -> str | None:
    """The English index that a table is, told from the year of its areas and authorities; None where unsure.

    Examples
    --------
    >>> index_of_header(["LSOA code (2011)", "Local Authority District code (2019)"])
    'IoD2019'
    """
    plain = " | ".join(_plain(heading) for heading in headings)
    if re.search(r"lsoa code 2021", plain):
        return "IoD2025"
    if re.search(r"lsoa code 2011", plain) and re.search(r"district code 2019", plain):
        return "IoD2019"
    return None
