"""Gap or missing data? What the lists of a place can tell of what stands on none of them.

Two lists that were made apart tell by how far they overlap how much both leave out (Chapman 1951). An area of some
1,500 people holds too few places for that, so places are pooled by kind and by fifth of deprivation; and what a pool is
short of is told of an area only as a chance. Lists are seldom made apart, so every estimate is a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap import gaps
from assetmap.access import Walked, share_within, theme_places, walked
from assetmap.columns import COLUMNS, EVIDENCE_COLUMNS, POOL_COLUMNS, WALK_LIST_COLUMNS
from assetmap.completeness import chapman, spread, unlisted
from assetmap.errors import counted
from assetmap.model import THEMES, Assessment, Place, Settings
from assetmap.reasons import minutes
from assetmap.sources.boundaries import area_of
from assetmap.sources.cells import as_date
from assetmap.sources.decisions import listing_key, one_listing
from assetmap.taxonomy import kinds, themes

__all__ = [
    "CANNOT_TELL",
    "CHECK",
    "COVERED_SHARE",
    "EVIDENT",
    "FRAGILE",
    "LIKELY",
    "LOOK_FOR",
    "MIN_MATCHES",
    "MISSING",
    "NAMED_SHARE",
    "OUT_OF_DATE_MONTHS",
    "REAL_GAP",
    "SERVED",
    "TOLD_SHARE",
    "UP_TO_DATE_MONTHS",
    "Evidence",
    "evidence",
    "walk_list",
    "with_evidence",
]

SERVED = "served"
FRAGILE = "fragile"
REAL_GAP = "real gap"
MISSING = "probably missing data"
CANNOT_TELL = "cannot tell"

#: What may be said of an area and a theme, in the order it is told.
EVIDENT = (SERVED, FRAGILE, MISSING, REAL_GAP, CANNOT_TELL)

#: Fewer matches than this and a pool cannot be told: from seven on, the estimate is all but unbiased (Robson and Regier
#: 1964; Seber 1982, chapter 3).
MIN_MATCHES = 7

#: A record that was checked or edited no longer ago than this is up to date, and longer ago than that out of date, in months:
#: the thresholds of OpenStreetMap's shops and pubs in the ohsome quality API (HeiGIT).
UP_TO_DATE_MONTHS = 24
OUT_OF_DATE_MONTHS = 48

#: "Probably" means that it is more likely than not.
LIKELY = 0.5

#: To call a gap real, at least this share of a theme's known places must be of kinds that two lists tell of. An assumption.
TOLD_SHARE = 0.75

#: … of the kinds of the theme, at least this share must stand on some list: a place of a kind that nobody lists would meet the
#: standard too. An assumption.
NAMED_SHARE = 0.75

#: … and at least this share of the ground within reach must be covered by the lists. An assumption.
COVERED_SHARE = 0.8

#: No list says when green space was last checked, and it seldom goes.
_NEVER = "-"

#: The fifth of areas whose deprivation is unknown; and all fifths, 1 = most deprived.
_NO_FIFTH = 0
_FIFTHS = [_NO_FIFTH, 1, 2, 3, 4, 5]


@dataclass(frozen=True)
class Evidence:
    """What the lists can tell of gaps.

    Parameters
    ----------
    areas
        One row an area and theme: `EVIDENCE_COLUMNS`.
    pools
        What two lists tell of each kind: `POOL_COLUMNS`.
    as_of
        The newest date in the place's files (ISO), to which ages are counted; "" where there is none.
    doubtful
        Pairs of listings that may be one place and wait for a person; None where the lists were not compared.
    for_officers
        Whether it names the places that an area hangs on, told to their groups or not.
    """

    areas: pd.DataFrame
    pools: pd.DataFrame
    as_of: str
    doubtful: int | None
    for_officers: bool


def evidence(assessment: Assessment, *, for_officers: bool = False) -> Evidence:
    """Whether each area that lacks a theme has a real gap, or the lists have one.

    Parameters
    ----------
    assessment
        What was found.
    for_officers
        Whether to name the places that an area hangs on before their groups have been told. Else such an area is served.
    """
    place, settings = assessment.place, assessment.settings
    walks = walked(place, settings)
    fifth = _fifths(assessment)
    known = _known(place, fifth)
    pools = _pools(known, place.doubtful)
    on = _newest(place)
    rates = _rates(known, pools, _weights(place), fifth)

    @cache
    def around(within_m: float) -> tuple[gpd.GeoSeries, pd.DataFrame, pd.Series]:
        circles = _around(place, settings, within_m)
        return circles, *_people_around(place, circles, rates.weights, fifth)

    rows = [
        row
        for theme in THEMES
        for row in _of_theme(assessment, walks, theme, known, rates, fifth, on, around, for_officers)
    ]
    areas = pd.DataFrame(rows)[list(EVIDENCE_COLUMNS)]
    doubtful = None if place.doubtful is None else sum(place.doubtful.values())
    return Evidence(areas, pools, on, doubtful, for_officers)


def with_evidence(assessment: Assessment, found: Evidence) -> Assessment:
    """The assessment with what the lists can tell of gaps among the columns of its areas."""
    areas = assessment.areas
    for theme, of in found.areas.groupby("theme"):
        told = of.set_index("area_code")[["evidence", "words"]]
        told.columns = pd.Index([f"{theme}_evidence", f"{theme}_evidence_words"])
        areas = areas.drop(columns=told.columns, errors="ignore").join(told)
    hidden = (*assessment.notes, _OFFICERS_NOTE) if found.for_officers else assessment.notes
    return replace(assessment, areas=areas[[name for name in COLUMNS if name in areas]], notes=hidden)


_OFFICERS_NOTE = (
    "For officers, not for publication: it names places that an area hangs on, whose groups may not have been told. "
    "Talk to them first; then write “told” in decisions.csv."
)


# -- pools ----------------------------------------------------------------------------------------


def _fifths(assessment: Assessment) -> pd.Series:
    """The fifth of each area by deprivation decile, 1 = most deprived; `_NO_FIFTH` where that is unknown."""
    return ((assessment.areas["deprivation_decile"] + 1) // 2).fillna(_NO_FIFTH).astype(int)


def _counts_as(kind: pd.Series) -> pd.Series:
    """Kinds, a finer word for another as that one: two lists may call a place by either."""
    return kind.map(lambda each: kinds()[each].counts_as or each).astype(object)


def _known(place: Place, fifth: pd.Series) -> pd.DataFrame:
    """Every known place of the scored themes, labelled as `Walked.places`.

    Returns
    -------
    DataFrame
        ``name``, ``theme``, ``kind``, ``fifth`` (None outside the place), ``lists`` that name it, ``checked`` (ISO date, "" where
        not known), ``several`` (whether two or more lists name its kind), ``copied`` (whether all that do name the same places, and
        enough to tell) and ``key``, as decisions call it.
    """
    assets, sites = place.assets, place.green_space
    middles = sites.geometry.representative_point()
    parts = [
        pd.DataFrame(
            {
                "name": assets["name"],
                "theme": assets["theme"],
                "kind": _counts_as(assets["kind"]),
                "area_code": assets["area_code"],
                "sources": assets["sources"],
                "checked": np.maximum(assets["last_checked"].astype(str), assets["last_edited"].astype(str)),
                "x": assets.geometry.x,
                "y": assets.geometry.y,
            }
        ),
        pd.DataFrame(
            {
                "name": sites["name"],
                "theme": "green_space",
                "kind": _counts_as(sites["kind"]),
                "area_code": area_of(middles, place.areas),
                "sources": sites["sources"],
                "checked": _NEVER,
                "x": middles.x,
                "y": middles.y,
            }
        ),
    ]
    known = pd.concat([part for part in parts if len(part)] or parts)
    known = known.set_axis(known["theme"].astype(str) + " " + known.index.astype(str))
    lists = known["sources"].map(lambda text: tuple(sorted(set(str(text).split("; "))))).astype(object)
    each = lists.explode()
    number = each.groupby(known["kind"].reindex(each.index)).nunique()
    keys = [listing_key(*each) for each in zip(known["name"], known["x"], known["y"], strict=True)]
    known = known.assign(
        lists=lists,
        fifth=known["area_code"].map(fifth).astype(object),
        several=known["kind"].map(number).gt(1).astype(bool),
        key=keys,
    )
    of_kind = known[known["fifth"].notna()].groupby("kind")["lists"].agg(["nunique", "size"])
    alike = of_kind["nunique"].eq(1) & of_kind["size"].ge(MIN_MATCHES)
    return known.assign(copied=known["several"] & known["kind"].isin(alike.index[alike]))


def _pools(known: pd.DataFrame, doubtful: Mapping[str, int] | None) -> pd.DataFrame:
    """What two lists tell of each kind: by fifth of deprivation and in all fifths; and of all such kinds of a theme.

    The list with most places of the kind is one, all others together are the other. Places outside the study area are left out.
    """
    inside = known[known["fifth"].notna()]
    rows: list[dict[str, Any]] = []
    for theme in THEMES:
        of_theme = inside[inside["theme"] == theme]
        rows += _pool_rows(of_theme[of_theme["several"] & ~of_theme["copied"]], theme, "", doubtful)[:1]
        for kind, of_kind in sorted(of_theme.groupby("kind")):
            rows += _pool_rows(of_kind, theme, str(kind), doubtful)
    whole = ["first_count", "second_count", "matched", "known", "doubtful", "deprivation_fifth"]
    table = pd.DataFrame(rows, columns=list(POOL_COLUMNS))
    return table.astype(dict.fromkeys(whole, "Int64"))


def _pool_rows(
    places: pd.DataFrame, theme: str, kind: str, doubtful: Mapping[str, int] | None
) -> list[dict[str, Any]]:
    """The pool of some places over all fifths, and where two lists name them, of each fifth."""
    if places.empty:
        return []
    sizes = places["lists"].explode().value_counts()
    first, *others = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    several = bool(others)
    fifths = sorted({each for each in places["fifth"] if each != _NO_FIFTH}) if several else []
    told = {"theme": theme, "kind": kind, "list": first, "other_lists": "; ".join(others)}
    if doubtful is not None:
        told["doubtful"] = sum(doubtful.get(each, 0) for each in places["kind"].unique())
    return [
        told | {"deprivation_fifth": fifth or pd.NA} | _pool(part, first, several, _what(theme, kind))
        for fifth, part in [(0, places), *((fifth, places[places["fifth"] == fifth]) for fifth in fifths)]
    ]


def _what(theme: str, kind: str) -> str:
    return kinds()[kind].plural if kind else f"{themes()[theme].lower()} of such kinds"


def _pool(places: pd.DataFrame, first: str, several: bool, what: str) -> dict[str, Any]:
    """What one list and all others together tell of some places."""
    on_first = places["lists"].map(lambda lists: first in lists).astype(bool)
    on_other = places["lists"].map(lambda lists: set(lists) != {first}).astype(bool)
    one, other, both = int(on_first.sum()), int(on_other.sum()), int((on_first & on_other).sum())
    counts = {"first_count": one, "second_count": other, "matched": both, "known": len(places)}
    if not several:
        return counts | {
            "words": f"Cannot tell: only one list names {what}; a second, made apart, would help."
        }
    if both < MIN_MATCHES:
        words = f"Cannot tell: {both} {'is' if both == 1 else 'are'} on both, and {MIN_MATCHES} are needed."
        return counts | {"words": words}
    if places["copied"].any():
        words = f"Cannot tell: the lists name the same {what} and no others, as a copy would; one made apart would help."
        return counts | {"words": words}
    found = chapman(one, other, both)
    share = len(places) / found.total
    words = (
        f"As far as two lists tell, there are at least {found.total:.1f} {what}, of which {len(places)} are known: at most {share:.0%}. "
        f"The number behind it may be from {found.low:.0f} to {found.high:.0f}."
    )
    told = {
        "estimate": found.total,
        "estimate_low": found.low,
        "estimate_high": found.high,
        "completeness": share,
    }
    return counts | told | {"words": words}


def _weights(place: Place) -> pd.Series:
    """How many people each area has, for what is not on any list to be shared out by; its ground, where some are unknown."""
    people = place.population.astype(float)
    return people if people.notna().all() and people.sum() > 0 else place.areas.geometry.area


class _Rates(NamedTuple):
    """What is on no list, a person.

    Parameters
    ----------
    weights
        How many people each area has; see `_weights`.
    known, low, high
        Places a person that are known; that are on no list, at least; and the same at the upper end of the interval: one column a
        fifth, indexed by kind. NaN where two lists cannot tell.
    """

    weights: pd.Series
    known: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame


def _rates(known: pd.DataFrame, pools: pd.DataFrame, weights: pd.Series, fifth: pd.Series) -> _Rates:
    """Of each kind in each fifth: by the pool of that fifth; else of all fifths; else of all such kinds of its theme."""
    inside = known[known["fifth"].notna()]
    number = inside.groupby("kind").size()
    people = weights.groupby(fifth).sum()
    empty = pd.DataFrame(np.nan, sorted(number.index), _FIFTHS)
    listed, low, high = empty.copy(), empty.copy(), empty.copy()
    everyone = float(weights.sum())
    of_theme: dict[str, Any] = {}
    of_kind: dict[tuple[str, int], Any] = {}
    for told in pools[pools["estimate"].notna()].to_dict("records"):
        if told["kind"] == "":
            of_theme[told["theme"]] = told
        else:
            whole = pd.isna(told["deprivation_fifth"])
            of_kind[told["kind"], _NO_FIFTH if whole else int(told["deprivation_fifth"])] = told
    of_several = inside.loc[inside["several"] & ~inside["copied"], ["kind", "theme"]].drop_duplicates()
    for kind, theme in of_several.itertuples(index=False):
        for each in _FIFTHS:
            row, among, part = of_kind.get((kind, each)), float(people.get(each, 0)), 1.0
            if each == _NO_FIFTH or row is None or among == 0:
                row, among = of_kind.get((kind, _NO_FIFTH)), everyone
            if row is None and theme in of_theme:
                row = of_theme[theme]
                part = number[kind] / row["known"]
            if row is not None:
                listed.at[kind, each] = part * row["known"] / among
                low.at[kind, each] = part * (row["estimate"] - row["known"]) / among
                high.at[kind, each] = part * (row["estimate_high"] - row["known"]) / among
    return _Rates(weights, listed, low, high)


# -- areas ----------------------------------------------------------------------------------------


def _newest(place: Place) -> str:
    """The newest date in the place's files, as finely as it is given; "" where there is none."""
    said = [as_date(layer.date) for layer in place.layers]
    said += [str(day) for column in ("last_checked", "last_edited") for day in place.assets[column].unique()]
    return max(said, default="")


def _months(since: str, on: str) -> float:
    """Whole months from one date to another; a year alone counts from its start. NaN where either is not known.

    Examples
    --------
    >>> _months("2024-03-31", "2026-03-30"), _months("2024", "2026-03"), _months("", "2026")
    (23.0, 26.0, nan)
    """
    if since in ("", _NEVER) or not on:
        return math.nan
    (year, month, day), (on_year, on_month, on_day) = (
        [*map(int, text.split("-")), 1, 1][:3] for text in (since, on)
    )
    return float((on_year - year) * 12 + on_month - month - (on_day < day))


def _within_min(theme: str, settings: Settings) -> float:
    """How long a walk the verdict on a theme asks about: that of its standard, else the settings' catchment."""
    return next((each.within_min for each in gaps.STANDARDS if each.theme == theme), settings.catchment_min)


class _Reach(NamedTuple):
    """What one theme has within reach, indexed like the areas.

    Parameters
    ----------
    places
        How many places any resident can walk to.
    kinds
        How many of each kind, by area and kind.
    unchecked, single
        Share of those that nobody is known to have checked for two years; and share that stand on one list only, of those
        whose kind two lists name. NaN where there are none.
    all_old
        Whether every one of them is known to be out of date.
    hangs_on
        The labels of the places without any one of which most residents would have none.
    """

    places: pd.Series
    kinds: pd.DataFrame
    unchecked: pd.Series
    single: pd.Series
    all_old: pd.Series
    hangs_on: dict[Any, list[str]]

    def told(self, of: pd.Series) -> pd.Series:
        """How many places are within reach of the kinds that are marked, by area."""
        kept = self.kinds["kind"].map(of).fillna(False).astype(bool)
        return self.kinds[kept].groupby("area").size().reindex(self.places.index, fill_value=0).astype(float)


def _reach(
    walks: Walked, theme: str, within_m: float, share: pd.Series, known: pd.DataFrame, on: str
) -> _Reach:
    areas = share.index
    pairs = walks.near(theme, within_m).pairs[["origin", "place_id"]]
    pairs = pairs.assign(area=walks.starts["area_code"].reindex(pairs["origin"]).to_numpy())
    within = pairs[["area", "place_id"]].drop_duplicates()
    record = known.loc[within["place_id"]]
    age = (
        record["checked"].map({text: _months(text, on) for text in record["checked"].unique()}).astype(float)
    )
    told = pd.DataFrame(
        {
            "unchecked": (~(age <= UP_TO_DATE_MONTHS))
            .astype(float)
            .mask(record["checked"] == _NEVER)
            .to_numpy(),
            "old": (age > OUT_OF_DATE_MONTHS).to_numpy(),
            "single": (record["lists"].map(len) == 1).where(record["several"]).astype(float).to_numpy(),
        },
        index=within["area"],
    ).groupby(level=0)
    means = told.mean().reindex(areas).astype(float)
    # Who has one place only, by that place: what losing it would cost its area.
    alone = pairs[~pairs.duplicated("origin", keep=False)]
    people = walks.starts["people"].astype(float)
    lost = (
        people.reindex(alone["origin"])
        .groupby([alone["area"].to_numpy(), alone["place_id"].to_numpy()])
        .sum()
    )
    everyone = people.groupby(walks.starts["area_code"]).sum()
    hangs: dict[Any, list[str]] = {}
    area = lost.index.get_level_values(0)
    now = share.reindex(area).to_numpy()
    left = now - lost.to_numpy() / everyone.reindex(area).to_numpy()
    for code, label in lost.index[(now >= _MOST) & (left < _MOST - _HAIR)]:
        hangs.setdefault(code, []).append(str(label))
    return _Reach(
        within.groupby("area").size().reindex(areas, fill_value=0),
        pd.DataFrame({"area": within["area"].to_numpy(), "kind": record["kind"].to_numpy()}),
        means["unchecked"],
        means["single"],
        means["old"].eq(1),
        hangs,
    )


#: What `gaps.shortfall` calls most; and what floating point may be off by.
_MOST = 0.5
_HAIR = 1e-9


def _around(place: Place, settings: Settings, within_m: float) -> gpd.GeoSeries:
    """The ground within reach of each area: a circle around its point, whose radius allows for detours."""
    return place.origins.buffer(within_m / settings.detour_factor)


def _people_around(
    place: Place, circles: gpd.GeoSeries, weights: pd.Series, fifth: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    """How many people live within each circle, one column a fifth, and the share of its ground that lies in the place.

    Of an area that a circle cuts, those people are counted of the share of its ground that lies within.
    """
    shapes, rounds = shapely.make_valid(place.areas.geometry.to_numpy()), circles.to_numpy()
    circle, area = shapely.STRtree(shapes).query(rounds, predicate="intersects")
    size = shapely.area(shapes)
    # Cutting is slow, and many an area lies whole within a circle.
    shapely.prepare(rounds)
    cut = ~shapely.covers(rounds[circle], shapes[area])
    part = size[area]
    part[cut] = shapely.area(shapely.intersection(rounds[circle[cut]], shapes[area[cut]]))
    people = weights.to_numpy(float)[area] * part / size[area]
    cell = circle * len(_FIFTHS) + fifth.to_numpy(int)[area]
    table = np.bincount(cell, people, minlength=len(rounds) * len(_FIFTHS))
    # Floating point may make a hair more than all of it; and so does ground that two areas both claim.
    inside = (np.bincount(circle, part, minlength=len(rounds)) / shapely.area(rounds)).clip(max=1.0)
    return pd.DataFrame(table.reshape(-1, len(_FIFTHS)), circles.index, _FIFTHS), pd.Series(
        inside, circles.index
    )


def _covered(place: Place, theme: str, circles: gpd.GeoSeries, inside: pd.Series) -> pd.Series:
    """Share of the ground within reach that the lists of a theme speak of; `inside` is the share that lies in the place."""
    cover = place.footprints.get(theme)
    if cover is not None:
        return (circles.intersection(cover).area / circles.area).clip(upper=1.0)
    of = [layer for layer in place.layers if theme in layer.themes]
    if any(layer.coverage == "beyond" for layer in of):
        return pd.Series(1.0, circles.index)
    return inside if of or theme in place.themes else pd.Series(0.0, circles.index)


def _of_theme(
    assessment: Assessment,
    walks: Walked,
    theme: str,
    known: pd.DataFrame,
    rates: _Rates,
    fifth: pd.Series,
    on: str,
    around: Callable[[float], tuple[gpd.GeoSeries, pd.DataFrame, pd.Series]],
    for_officers: bool,
) -> Iterator[dict[str, Any]]:
    """A row of the table for each area."""
    place, settings = assessment.place, assessment.settings
    within_min = _within_min(theme, settings)
    within_m = within_min * settings.metres_per_min
    share = share_within(walks, theme, within_m).astype(float)
    reach = _reach(walks, theme, within_m, share, known, on)
    circles, people, inside = around(within_m)
    number = known.loc[(known["theme"] == theme) & known["fifth"].notna()].groupby("kind").size()
    listed, low, high = (each.reindex(number.index) for each in (rates.known, rates.low, rates.high))
    told = low.notna().mul(number, axis=0).sum() / number.sum() if len(number) else low.sum()
    lists = _Lists.of(place, theme, known, on)
    covered = _covered(place, theme, circles, inside)
    # Kinds are summed before areas, for a product would carry a kind that cannot be told into all others.
    expected, at_least, at_most = (people.dot(each.sum()) for each in (listed, low, high))
    here = reach.told(low.notna().any(axis=1)).where(share.notna())
    # How many of the places in a circle can be walked to: as many of those on no list as of those that are known.
    walkable = float(here.sum() / expected[here.notna()].sum()) if here.sum() > 0 else 1.0
    evenness = spread(here.dropna().to_numpy(), walkable * expected[here.notna()].to_numpy())
    rows = pd.DataFrame(
        {
            "share": share,
            "places": reach.places,
            "here": here,
            "expected": walkable * expected,
            "low": walkable * at_least,
            "high": walkable * at_most,
            "told": fifth.map(told).astype(float),
            "covered": covered,
            "unchecked": reach.unchecked,
            "single": reach.single,
            "all_old": reach.all_old,
        }
    )
    for code, row in zip(rows.index, rows.to_dict("records"), strict=True):
        figures = _Figures(
            within=f"a {within_min:g}-minute walk",
            share=row["share"],
            places=row["places"],
            at_least=unlisted(row["low"], row["here"], row["expected"], evenness),
            # Kinds that two lists cannot tell of are taken to be as complete as the others.
            at_most=unlisted(row["high"] / row["told"], row["here"], row["expected"], evenness)
            if row["told"]
            else (math.inf, 1.0),
            told=row["told"],
            covered=row["covered"],
            unchecked=row["unchecked"],
            all_old=row["all_old"],
            # The mean of the people behind one point is all of them or none.
            of_people=len(place.residents) > 0,
        )
        labels = reach.hangs_on.get(code, [])
        shown = (
            labels if for_officers or all(_told(place, known.at[label, "key"]) for label in labels) else []
        )
        what, words = _verdict(figures, lists, [str(known.at[label, "name"]) for label in shown])
        yield {
            "area_code": code,
            "theme": theme,
            "evidence": what,
            "words": words,
            "within_min": within_min,
            "places_in_reach": figures.places if pd.notna(figures.share) else pd.NA,
            "hangs_on": "; ".join(str(known.at[label, "name"]) for label in shown),
            "expected_unlisted": figures.at_least[0] if figures.told else np.nan,
            "missing_chance": figures.at_least[1] if figures.told else np.nan,
            "missing_chance_high": figures.at_most[1] if figures.told else np.nan,
            "told_share": figures.told,
            "named_share": lists.named_share,
            "covered_share": figures.covered,
            "unchecked_share": figures.unchecked,
            "unmatched_share": row["single"],
        }


def _told(place: Place, key: Any) -> bool:
    """Whether the group behind a place has been told what hangs on it."""
    return any(one_listing(key, each) for each in place.told)


class _Lists(NamedTuple):
    """What the lists of a theme are.

    Parameters
    ----------
    named_share
        Share of the theme's kinds that some list here names.
    unnamed
        The others.
    alone
        Kinds that only one list names.
    copied
        Kinds of which all lists that name any name the same places.
    months
        How old the newest of them is; NaN where none says.
    """

    named_share: float
    unnamed: list[str]
    alone: list[str]
    copied: list[str]
    months: float

    @classmethod
    def of(cls, place: Place, theme: str, known: pd.DataFrame, on: str) -> _Lists:
        whole = _own_kinds(theme)
        of_theme = known[known["theme"] == theme]
        named = set(of_theme["kind"])
        newest = max((as_date(layer.date) for layer in place.layers if theme in layer.themes), default="")
        return cls(
            sum(kind in named for kind in whole) / len(whole),
            [kind for kind in whole if kind not in named],
            sorted(set(of_theme.loc[~of_theme["several"], "kind"])),
            sorted(set(of_theme.loc[of_theme["copied"], "kind"])),
            _months(newest, on),
        )


def _own_kinds(theme: str) -> list[str]:
    """The kinds of a theme, but for finer words for another and for those whose places are never shown."""
    return [
        each.kind
        for each in kinds().values()
        if each.theme == theme and each.counts_as == each.kind and not each.sensitive
    ]


@dataclass(frozen=True)
class _Figures:
    """The figures of one area and theme that its verdict rests on."""

    within: str
    share: float
    places: int
    at_least: tuple[float, float]
    at_most: tuple[float, float]
    told: float
    covered: float
    unchecked: float
    all_old: bool
    of_people: bool


def _verdict(found: _Figures, lists: _Lists, hangs_on: list[str]) -> tuple[str, str]:
    """What is said of an area and theme, and why."""
    if pd.isna(found.share):
        return CANNOT_TELL, "Cannot tell: no list of it, or no walking network, reaches this area."
    if found.share >= _MOST:
        return _of_reached(found, hangs_on)
    none = f"none is known within {found.within}" + (" of most residents" if found.of_people else "")
    expected, chance = found.at_least
    if chance >= LIKELY:
        return MISSING, (
            f"Probably missing data: {none}, but as far as two lists tell, {expected:.1f} or more that no list names are to be "
            f"expected there, and the chance of one at all is {chance:.0%} or more. Residents could check."
        )
    doubts = list(_doubts(found, lists))
    if doubts:
        return CANNOT_TELL, f"Cannot tell: {none}, but {'; '.join(doubts)}."
    return REAL_GAP, (
        f"Real gap, as far as two lists tell: {none}, and the chance that one is there on no list is {found.at_most[1]:.0%} at most."
    )


def _of_reached(found: _Figures, hangs_on: list[str]) -> tuple[str, str]:
    here = f"{counted(found.places, 'place is', 'places are')} known within {found.within}" + (
        " of some residents" if found.of_people else ""
    )
    if found.all_old:
        return (
            CANNOT_TELL,
            f"Cannot tell: {here}, but none was checked in the last {OUT_OF_DATE_MONTHS} months.",
        )
    # Without a date of its own nothing is known to be out of date either.
    unchecked = 0 if math.isnan(found.unchecked) else round(found.unchecked * found.places)
    of = "it" if found.places == 1 else "any of them" if unchecked == found.places else f"{unchecked} of them"
    no = "No check" if unchecked == found.places else "A check"
    is_on = "is on record" if unchecked == found.places else "is not on record"
    checked = f" {no} in the last {UP_TO_DATE_MONTHS} months {is_on} for {of}." if unchecked else ""
    if not hangs_on:
        return SERVED, f"Served: {here}.{checked}"
    names = " or ".join(hangs_on)
    return FRAGILE, f"Fragile: without {names}, none would be known within {found.within}" + (
        f" of most residents.{checked}" if found.of_people else f".{checked}"
    )


def _doubts(found: _Figures, lists: _Lists) -> Iterator[str]:
    """What keeps a gap from being called real."""
    if lists.named_share < NAMED_SHARE:
        names = [kinds()[kind].plural for kind in lists.unnamed]
        yield f"no list here names {_some(names)}"
    if found.told < TOLD_SHARE:
        if lists.alone:
            names = [kinds()[kind].plural for kind in lists.alone]
            yield f"only one list each names {_some(names)}, and a second would tell how much is left out"
        if lists.copied:
            names = [kinds()[kind].plural for kind in lists.copied]
            yield f"the lists agree on {_some(names, 'and')} in full, as copies do"
        if not lists.alone and not lists.copied:
            yield f"too few places stand on two lists ({MIN_MATCHES} of a kind are needed)"
    elif found.at_most[1] > LIKELY:
        yield f"the chance that one is there on no list may be from {found.at_least[1]:.0%} to {found.at_most[1]:.0%}"
    if found.covered < COVERED_SHARE:
        yield f"{1 - found.covered:.0%} of the ground within reach is beyond what the lists cover"
    if not lists.months <= OUT_OF_DATE_MONTHS:
        yield (
            "no list of it says of when it is"
            if math.isnan(lists.months)
            else f"its newest list is more than {OUT_OF_DATE_MONTHS} months old"
        )


_KINDS_TOLD = 4


def _some(names: list[str], last: str = "or") -> str:
    """The first names of several, and how many more there are."""
    rest = len(names) - _KINDS_TOLD
    if rest > 1:
        return f"{', '.join(names[:_KINDS_TOLD])} {last} {rest} kinds more"
    return f" {last} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


# -- what residents could check -------------------------------------------------------------------


def walk_list(assessment: Assessment, found: Evidence) -> pd.DataFrame:
    """What residents could look at on a walk, area by area: `WALK_LIST_COLUMNS`.

    Listed are areas with a theme of which data are probably missing, and priorities of which it cannot be told whether the
    standard that they miss is. Places of sensitive kinds are never on it, nor are contact details.

    Parameters
    ----------
    assessment, found
        What was found, and what the lists can tell of it.
    """
    place, areas = assessment.place, assessment.areas
    known = _known(place, _fifths(assessment))
    known["code"] = place.assets["area_code"].set_axis(
        place.assets["theme"] + " " + place.assets.index.astype(str)
    )
    known = known[known["kind"].map(lambda kind: not kinds()[kind].sensitive).astype(bool)]
    standards = {each.theme: each.column for each in gaps.STANDARDS}
    doubted: dict[str, list[str]] = {}
    for row in found.areas.itertuples():
        code, theme = str(row.area_code), str(row.theme)
        unsure = (
            row.evidence == CANNOT_TELL
            and areas.at[code, "priority"]
            and theme in standards
            and areas.at[code, standards[theme]] is not pd.NA
            and areas.at[code, standards[theme]]
        )
        if row.evidence == MISSING or unsure:
            doubted.setdefault(code, []).append(theme)
    first = areas.loc[list(doubted)].sort_values(["priority_rank", "area_name"], kind="stable")
    rows: list[dict[str, Any]] = []
    for code in map(str, first.index):
        told = {"area_code": code, "area_name": areas.at[code, "area_name"]}
        for theme in doubted[code]:
            rows += [
                told | each
                for each in _to_find(place, known, theme, code, areas.at[code, f"{theme}_walk_min"])
            ]
        rows += [told | each for each in _to_check(place, known[known["code"] == code], found.as_of)]
    return pd.DataFrame(rows, columns=list(WALK_LIST_COLUMNS)).fillna("")


#: The two things that one does on the walk.
LOOK_FOR, CHECK = "look for", "check"


def _to_find(
    place: Place, known: pd.DataFrame, theme: str, code: str, walk_min: Any
) -> Iterator[dict[str, Any]]:
    """Kinds of a theme that may be there though no list says so; and the nearest that is known, however far."""
    of_theme = known[known["theme"] == theme]
    several = dict(zip(of_theme["kind"], of_theme["several"], strict=True))
    for kind in _own_kinds(theme):
        why = (
            "no list here names any"
            if kind not in several
            else "lists may leave some out"
            if several[kind]
            else "only one list names them"
        )
        yield {"theme": theme, "what": LOOK_FOR, "kind": kind, "why": why}
    places = theme_places(place, theme)
    places = places[(theme + " " + places.index.astype(str)).isin(of_theme.index)]
    if len(places):
        label = places.distance(place.origins[code]).idxmin()
        about = "the nearest known" if pd.isna(walk_min) else f"the nearest known, {minutes(walk_min)} away"
        yield _record(place, theme, label) | {
            "why": f"{about}: is it there, and is the way to it good to walk?"
        }


def _to_check(place: Place, known: pd.DataFrame, on: str) -> Iterator[dict[str, Any]]:
    """Places in an area that nobody is known to have checked for two years, or that stand on one list only."""
    for label, row in known.sort_values(["theme", "name"], kind="stable").iterrows():
        age = _months(str(row["checked"]), on)
        reasons = []
        if math.isnan(age):
            reasons.append("no check on record")
        elif age > UP_TO_DATE_MONTHS:
            reasons.append(f"last checked {row['checked']}")
        if row["several"] and len(row["lists"]) == 1:
            reasons.append(f"on one list only ({row['lists'][0]})")
        if reasons:
            yield _record(place, str(row["theme"]), str(label).partition(" ")[2]) | {
                "why": "; ".join(reasons)
            }


def _record(place: Place, theme: str, label: str) -> dict[str, Any]:
    """What the walk list says of a known place: no contact details."""
    if theme == "green_space":
        row = place.green_space.loc[place.green_space.index.astype(str) == label].iloc[0]
        return {"theme": theme, "what": CHECK, "kind": row["kind"], "name": row["name"]}
    row = place.assets.loc[label]
    told = {name: row[name] for name in ("kind", "name", "address", "postcode")}
    return {"theme": theme, "what": CHECK, **told}
