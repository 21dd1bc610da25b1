"""Published indices of deprivation: how their tables are headed, what they rank, and how they differ.

Officials and packages head the same columns in different words. A heading is understood when it begins
with a domain and goes on to say score, rank or decile, so that a truncated or wrapped heading, of which the
published files have some, is understood too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from assetmap.model import DEPRIVATION_DOMAINS

__all__ = [
    "AMONG",
    "AREAS_RANKED",
    "CARRIED",
    "LEVEL_OF_INDEX",
    "change",
    "columns_of_index",
    "index_of_header",
    "nation_of",
    "own_deciles",
]

#: An index by its letters, which may stand before a domain: "SIMD2020v2 Income Domain Rank".
_INDEX = r"(?:imd|iod|wimd|simd|nimdm|mdm)(?: ?20\d\d)?(?: ?v\d)?"

#: How each domain's headings begin, in lower case and without punctuation. The first that fits counts.
_DOMAINS = (
    ("idaci", r"income deprivation affecting children|idaci"),
    ("idaopi", r"income deprivation affecting older|idaopi"),
    ("income", r"income"),
    ("employment", r"employment"),
    ("education", r"education"),
    ("health", r"health"),
    ("crime", r"crime|community safety"),
    ("barriers", r"barriers to housing|housing and services|housing and access"),
    ("environment", r"living environment|physical environment|environment"),
    ("children_young_people", r"children and young people"),
    ("adult_skills", r"adult skills"),
    ("geographical_barriers", r"geographical barriers"),
    ("wider_barriers", r"wider barriers"),
    ("indoors", r"indoors"),
    ("outdoors", r"outdoors"),
    ("housing", r"housing"),
    ("access", r"access|geographic access"),
    ("imd", rf"index of multiple deprivation|multiple deprivation measure|{_INDEX}"),
)

_HEADING = {domain: re.compile(rf"(?:{begins})\b.*?\b(score|rank|decile)\b") for domain, begins in _DOMAINS}

_CODE = re.compile(
    r"(lsoa|dz|data ?zone|soa)\d* ?(code|cd)|(lsoa|dz)\d\dcd|(lsoa|dz|data ?zone|soa|soa2001)$"
)

#: A composite of several nations' indices, anchored on one of them: github.com/mysociety/composite_uk_imd.
_COMPOSITE = re.compile(r"(?:uk|gb) imd [ewsn] (score|rank|pop decile)$")

#: What an index's name says of deciles that are not those of one nation's ranks.
_OF_PEOPLE, AMONG, CARRIED = "deciles of equal population", "deciles among", "carried over from"

#: Level and vintage of the areas that each published index was made for, by a word and a year of its name.
LEVEL_OF_INDEX = (
    (r"(wimd|welsh).*2025", "lsoa21"),
    (r"(wimd|welsh).*(2014|2019)", "lsoa11"),
    (r"(simd|scottish).*(2016|2020)", "dz11"),
    (r"nimdm.*2017", "soa01"),
    (r"(iod|imd|indices).*(2015|2019)", "lsoa11"),
    (r"(iod|imd|indices).*2025", "lsoa21"),
)

#: How many areas each index ranks, by the first characters of their codes and the level: a whole-country table
#: gives its vintage away by its length, and a decile can be checked against its rank, or worked out from it.
AREAS_RANKED = {
    ("E01", "lsoa21"): 33_755,
    ("E01", "lsoa11"): 32_844,
    ("W01", "lsoa21"): 1_917,
    ("W01", "lsoa11"): 1_909,
    ("S01", "dz11"): 6_976,
    ("95", "soa01"): 890,
}

#: What became of the indicators of each domain between IoD2019 and IoD2025: how many there are in 2025, and
#: how many of those were modified and how many are new; the others are as they were. Counts of the Technical
#: Report (MHCLG 2025) as tabulated by East Sussex in Figures (2025).
_INDICATORS_OF_2025 = {
    "income": (9, 3, 1),
    "employment": (12, 0, 5),
    "education": (6, 1, 1),
    "health": (7, 2, 1),
    "crime": (8, 3, 5),
    "barriers": (7, 2, 4),
    "environment": (6, 3, 3),
}
#: The threshold of income deprivation was moved to income after housing costs (the same sources).
_REDEFINED_IN_2025 = {"income"}

#: The domains that two indices measure mostly alike: most indicators as they were, and no new definition.
_MEASURED_ALIKE = {
    (r"\b(iod|imd|indices).*2019", r"\b(iod|imd|indices).*2025"): tuple(
        domain
        for domain, (indicators, modified, new) in _INDICATORS_OF_2025.items()
        if 2 * (modified + new) < indicators and domain not in _REDEFINED_IN_2025
    )
}

#: A move of one decile may be a single rank across the border of two.
_LITTLE = 1
#: At least so many of the three domains that are measured mostly alike must show a move.
_MOST = 2


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", heading.casefold()).strip()


#: Headings that speak of something other than the national figure, 1 = most deprived.
_OTHER = re.compile(r"\b(change|average|within|in lad|in district|1 is (the )?least|1 least)\b")


def columns_of_index(headings: Iterable[str]) -> dict[str, list[str]]:
    """Which columns could hold which figure, such as ``imd_decile``; ``code``, the areas' codes; and ``population``.

    Of a composite of several nations only the composite's own columns are given, with its deciles of equal
    population.

    Examples
    --------
    >>> columns_of_index(["LSOA code (2021)", "Crime Rank (where 1 is most deprived)"])
    {'code': ['LSOA code (2021)'], 'crime_rank': ['Crime Rank (where 1 is most deprived)']}
    >>> columns_of_index(["lsoa", "income_score", "original_decile", "UK_IMD_E_pop_decile"])
    {'code': ['lsoa'], 'imd_decile': ['UK_IMD_E_pop_decile']}
    """
    found: dict[str, list[str]] = {}
    composite: dict[str, list[str]] = {}
    for heading in headings:
        plain = _plain(heading)
        measure = _COMPOSITE.match(plain)
        if measure:
            composite.setdefault(f"imd_{measure[1].removeprefix('pop ')}", []).append(heading)
        elif _CODE.match(plain):
            found.setdefault("code", []).append(heading)
        elif plain.startswith("total population"):
            found.setdefault("population", []).append(heading)
        elif not _OTHER.search(plain):
            key = _figure(re.sub(rf"^{_INDEX} ", "", plain)) or _figure(plain)
            if key:
                found.setdefault(key, []).append(heading)
    return {"code": found.get("code", []), **composite} if composite else found


def _figure(plain: str) -> str | None:
    """The figure that a heading speaks of, such as ``imd_decile``."""
    said = ((domain, pattern.match(plain)) for domain, pattern in _HEADING.items())
    return next((f"{domain}_{measure[1]}" for domain, measure in said if measure), None)


def index_of_header(headings: Iterable[str]) -> str | None:
    """The index that a table is, where its headings tell; None where unsure.

    Examples
    --------
    >>> index_of_header(["LSOA code (2011)", "Local Authority District code (2019)"])
    'IoD2019'
    >>> index_of_header(["DZ", "SIMD2020v2_Rank"])
    'SIMD2020v2'
    """
    plain = [_plain(heading) for heading in headings]
    if any(_COMPOSITE.match(heading) for heading in plain):
        return "UK composite index (mySociety)"
    whole = " | ".join(plain)
    named = re.search(r"\b(wimd|simd|nimdm) ?(20\d\d)(?: ?(v\d))?\b", whole)
    if named:
        return f"{named[1].upper()}{named[2]}{named[3] or ''}"
    if re.search(r"lsoa code 2021", whole):
        return "IoD2025"
    if re.search(r"lsoa code 2011", whole) and re.search(r"district code 2019", whole):
        return "IoD2019"
    return None


def own_deciles(index: str, heading: str = "") -> str | None:
    """Words for deciles that are not those of one nation's ranks, told by the index's name or the column's heading.

    Examples
    --------
    >>> own_deciles("UK IMD", "UK_IMD_E_pop_decile")
    'deciles of equal population'
    """
    if _COMPOSITE.match(_plain(heading)):
        return _OF_PEOPLE
    return next((words for words in (_OF_PEOPLE, CARRIED, AMONG) if words in index), None)


def nation_of(codes: pd.Series) -> pd.Series:
    """The nation and level of each area, by the first characters of its code."""
    return codes.str[:3].mask(codes.str.startswith("95"), "95")


def change(before: pd.DataFrame, after: pd.DataFrame, carried: pd.Series | None = None) -> pd.DataFrame:
    """How each area's overall decile differs between two indices, and what that may mean.

    Ranks are relative: an area that stayed as it was moves when others do. Which kind a difference is:

    - ``boundary``: the area of the earlier index is another one, so the two deciles are not of the same people;
    - ``little or none``: at most one decile;
    - ``real``: two deciles or more, and at least two of the domains that both indices measure mostly alike moved
      the same way;
    - ``method``: two deciles or more, but those domains do not show it;
    - ``cannot tell``: two deciles or more, and it is not known what the indices measure alike;
    - NA: not known in one of them.

    Parameters
    ----------
    before, after
        Two tables as `assetmap.sources.area_tables.read_deprivation` gives them, with the same index. The name of
        their columns' axis says which index each is.
    carried
        How the areas of `before` became those of `after`; by default all are unchanged.

    Returns
    -------
    pandas.DataFrame
        ``decile_before``, ``decile_change`` (deciles; below 0 = more deprived than before, relative to others),
        ``change_kind``, ``change_words``.
    """
    was, now = before["imd_decile"].astype("Int64"), after["imd_decile"].astype("Int64")
    step = now - was
    # A table that was carried over says so after the index's name.
    names = [str(table.columns.name).partition(",")[0] for table in (before, after)]
    alike = [
        domain
        for signs, domains in _MEASURED_ALIKE.items()
        if all(re.search(sign, name.casefold()) for sign, name in zip(signs, names, strict=True))
        for domain in domains
        if f"{domain}_decile" in before and f"{domain}_decile" in after
    ]
    moved = {domain: (after[f"{domain}_decile"] - before[f"{domain}_decile"]) * step > 0 for domain in alike}
    moves = pd.DataFrame(moved, index=after.index).fillna(False).to_numpy(dtype=bool)
    same = [[domain for domain, moved in zip(alike, row, strict=True) if moved] for row in moves]
    crossed = pd.Series("unchanged", after.index) if carried is None else carried.reindex(after.index)
    judged = [
        _difference(*each, alike, names)
        for each in zip(was.fillna(0), now.fillna(0), crossed.fillna("not in the lookup"), same, strict=True)
    ]
    kinds, words = zip(*judged, strict=True)
    return pd.DataFrame(
        {
            "decile_before": was,
            "decile_change": step,
            "change_kind": pd.array(kinds, dtype="string"),
            "change_words": pd.array(words, dtype="string"),
        },
        index=after.index,
    )


def _difference(
    was: int, now: int, crossed: str, same: list[str], alike: list[str], names: list[str]
) -> tuple[str | None, str]:
    """What kind a difference of deciles is, and that in words; a decile of 0 is not known."""
    if crossed != "unchanged":
        return "boundary", f"Its boundary changed ({crossed}): the earlier decile is not of the same area."
    if not (was and now):
        return None, "The decile is not known in both indices."
    told = f"Decile {was} in {names[0]}, {now} in {names[1]} (1 = most deprived): "
    if abs(now - was) <= _LITTLE:
        return "little or none", f"{told}little or no change against other areas."
    told += f"{'more' if now < was else 'less'} deprived than before, relative to other areas"
    if len(alike) < _MOST:
        return "cannot tell", f"{told}; it is not known how much of that is a change of method."
    if len(same) >= _MOST:
        return "real", f"{told}. {_named(same)}, measured mostly as before, moved the same way."
    return (
        "method",
        f"{told}. Most of what is measured mostly as before ({_named(alike)}) does not show it, so it may be the method.",
    )


def _named(domains: Iterable[str]) -> str:
    return "; ".join(DEPRIVATION_DOMAINS[domain] for domain in domains)
