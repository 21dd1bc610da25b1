"""Before and after: what differs between two dates of one place, and whether that is real, boundary, method, or cannot be told.

The later place is assessed once more with the changes of its records undone: same method, lists, network and areas, but the places
that the earlier lists named. What differs between that and the later assessment comes from records; what differs between it and the
earlier assessment comes from method. A record that is new on a list that was there before may be a new place or a newly listed one:
only what somebody states, or what differs beyond chance, is called real. The kinds are those of `assetmap.sources.indices.change`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.assess import assess
from assetmap.columns import CHANGE_COLUMNS, COLUMNS, PLACE_CHANGE_COLUMNS
from assetmap.errors import PlaceError, Problem
from assetmap.model import THEMES, Assessment, Layer, Place
from assetmap.outcomes import as_amount
from assetmap.records import changed_records, green_sources, lists_of, shared_ground
from assetmap.sources.decisions import plain_name
from assetmap.sources.indices import change as deprivation_change
from assetmap.taxonomy import themes

__all__ = ["KINDS", "Changes", "compare"]

#: What a difference may be, and what that means, in the order they are told.
KINDS = {
    "real": "somebody states it, or it differs beyond chance, and the boundary and the method are the same",
    "cannot tell": "what is listed changed, and whether the place did is not known; or it may be chance",
    "method": "the lists, the network, the index of deprivation or the settings are others: the place need not have changed",
    "boundary": "the area is not the same one",
}

#: Two outlines that share less than this of the ground that either covers are not of one area: the same area drawn more
#: smoothly shares more.
_SAME_OUTLINE = 0.9

#: Two places that share less than this of the smaller one's ground are two places.
_SAME_GROUND = 0.5

#: The figures of a theme, and of an area as a whole, that are compared.
_OF_THEME = ("count", "walk_min", "lack")
_OF_INDEX = ("resource_rank", "resource_decile", "priority")

#: Figures are the same where they differ by no more than floating point does.
_NOISE = 1e-6

#: The figures that do not hang on what other areas have.
_ABSOLUTE = ("count", "walk_min")


@dataclass(frozen=True)
class Changes:
    """What differs between two dates of one place.

    Parameters
    ----------
    before, after
        The assessments as they were compared: with the same settings.
    figures
        `CHANGE_COLUMNS`: a row for each figure of an area that differs.
    places
        `PLACE_CHANGE_COLUMNS`: a row for each place that differs.
    methods
        What differs in lists, network, settings and tables, in words; no opening and no closing.
    compared
        How many figures were compared.
    unnamed
        How many places went since somebody asked for that; they are not named.
    """

    before: Assessment
    after: Assessment
    figures: pd.DataFrame
    places: pd.DataFrame
    methods: tuple[str, ...]
    compared: int
    unnamed: int

    @property
    def nothing(self) -> bool:
        """Whether nothing at all differs."""
        return self.figures.empty and self.places.empty and not self.methods and not self.unnamed


def compare(
    before: Assessment,
    after: Assessment,
    stated: Mapping[tuple[str, str], str] | None = None,
    removed: Collection[str] = (),
) -> Changes:
    """Compare two dates of one place.

    Where the settings differ, `before` is assessed again with those of `after`.

    Parameters
    ----------
    before, after
        The earlier and the later.
    stated
        What somebody states: who says so, by the plain name of a place (`assetmap.sources.decisions.plain_name`) and one of `assetmap.sources.stated.STATED`.
    removed
        Plain names of what a group had taken off the map, which are told of nobody.

    Raises
    ------
    PlaceError
        Where they are not of one place.
    SettingsError
        Where the earlier place cannot be judged by the settings of the later, such as by a domain that its index does not give.
    """
    _refuse_another(before.place, after.place)
    methods: list[str] = []
    if before.settings != after.settings:
        names = [
            name
            for name, value in after.settings.as_dict().items()
            if before.settings.as_dict()[name] != value
        ]
        methods.append(
            f"Settings differ ({', '.join(names)}): the earlier place was judged again by the later one’s."
        )
        before = assess(before.place, after.settings)
    of_theme = _methods(before.place, after.place)
    methods += list(dict.fromkeys(words for told in of_theme.values() for words in told))
    records, undone = changed_records(before.place, after.place, stated or {}, removed)
    methods += _not_found(stated or {}, records)
    rows, compared = _figures(_Three(before, after, assess(undone, after.settings), records, of_theme))
    figures = pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))
    told = records[~records["hidden"]]
    places = pd.DataFrame(told, columns=list(PLACE_CHANGE_COLUMNS)).reset_index(drop=True)
    return Changes(before, after, figures, places, tuple(methods), compared, int(records["hidden"].sum()))


def _not_found(stated: Mapping[tuple[str, str], str], records: pd.DataFrame) -> list[str]:
    """What was stated of places of which the lists tell no such difference."""
    differs = {"opened": ("appeared", "name"), "closed": ("gone", "name_before")}
    found = {
        (plain_name(name), state)
        for state, (what, column) in differs.items()
        for name in records.loc[records["what"] == what, column]
    }
    return [
        f"“{name}” is stated to have {state}, but the lists tell of no such difference."
        for name, state in stated
        if (name, state) not in found
    ]


def _refuse_another(before: Place, after: Place) -> None:
    one = shapely.union_all(before.areas.geometry.to_crs(after.crs).to_numpy())
    other = shapely.union_all(after.areas.geometry.to_numpy())
    shared = one.intersection(other).area / min(one.area, other.area)
    if shared < _SAME_GROUND:
        what = f"It is another place than {before.name}: they share {shared:.0%} of the smaller one’s ground."
        raise PlaceError(Problem(after.name, what, "Name two folders of one place, the earlier first."))


# -- method ---------------------------------------------------------------------------------------


def _methods(before: Place, after: Place) -> dict[str, list[str]]:
    """What differs in how the two were measured: by theme, under "" what is about all of them, and under "areas" what is not."""
    told: dict[str, list[str]] = {theme: [] for theme in ("", *THEMES, "areas")}

    def tell(layer: Layer, words: str) -> None:
        for theme in layer.themes or ("",):
            told[theme].append(words)

    was, now = lists_of(before), lists_of(after)
    for name in dict.fromkeys([*was, *now]):
        if name not in was:
            tell(now[name], f"The list “{name}” was not there before: what only it names did not open.")
        elif name not in now:
            tell(was[name], f"The list “{name}” is no longer there: what only it named did not close.")
        elif was[name].coverage != now[name].coverage:
            tell(now[name], f"The list “{name}” covers another stretch of country than before.")
    if green_sources(before) != green_sources(after):
        told["green_space"].append("Green space is from other sources than before.")
    for theme in THEMES:
        one, other = before.footprints.get(theme), after.footprints.get(theme)
        if theme in before.themes and theme in after.themes and not _same_shape(one, other, before, after):
            told[theme].append(
                f"The lists of {themes()[theme].lower()} cover another part of the place than before."
            )
    ways = [(each.network is not None, each.origin_method, each.residents_method) for each in (before, after)]
    if ways[0] != ways[1]:
        told[""].append("Walks are measured otherwise than before: see distance_method.")
    elif before.network is not None and after.network is not None and not _same_network(before, after):
        told[""].append("The walking network is another than before.")
    if before.deprivation_index != after.deprivation_index:
        told["areas"].append(
            f"Deprivation is by {after.deprivation_index}, and was by {before.deprivation_index}."
        )
    if before.level != after.level:
        told["areas"].append(
            f"The areas are {after.level}, and were {before.level}: they are not compared one by one."
        )
    return told


def _same_shape(one: Any, other: Any, before: Place, after: Place) -> bool:
    if one is None or other is None:
        return one is other
    return (
        shared_ground(gpd.GeoSeries([one], crs=before.crs).to_crs(after.crs).iloc[0], other) >= _SAME_OUTLINE
    )


def _same_network(before: Place, after: Place) -> bool:
    assert before.network is not None
    assert after.network is not None
    one, other = (np.sort(each.length_m) for each in (before.network, after.network))
    return len(one) == len(other) and bool(np.allclose(one, other, atol=0.01))


# -- figures --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Three:
    """The assessments that tell where a difference comes from, their areas in the order of the later one."""

    before: Assessment
    after: Assessment
    undone: Assessment
    records: gpd.GeoDataFrame
    methods: Mapping[str, Sequence[str]]

    def values(self, column: str) -> tuple[pd.Series, pd.Series, pd.Series]:
        """Before, after, and after with the changes of records undone."""
        index = self.after.areas.index
        tables = (self.before.areas.reindex(index), self.after.areas, self.undone.areas)
        one, other, undone = (table[column].astype("Float64") for table in tables)
        return one, other, undone


def _differs(one: pd.Series, other: pd.Series) -> pd.Series:
    far = ((one - other).abs() > _NOISE).fillna(False)
    return (far | (one.isna() != other.isna())).astype(bool)


def _figures(three: _Three) -> tuple[list[dict[str, Any]], int]:
    """The rows of `CHANGE_COLUMNS`, area by area; and how many figures were compared."""
    before, after = three.before.place, three.after.place
    boundary = _boundaries(before, after)
    names = pd.concat([after.areas["area_name"], before.areas["area_name"]])
    names = names[~names.index.duplicated()]
    own = pd.Series(False, three.after.areas.index)
    rows = [
        _changed(code, "area", "boundary", None, None, "boundary", words) for code, words in boundary.items()
    ]
    compared = len(boundary)
    for theme in THEMES:
        reached = three.values(f"{theme}_reach")
        of_theme = _differs(reached[0], reached[1])
        own |= of_theme
        for name in _OF_THEME:
            found, number = _of_figure(three, theme, name, f"{theme}_{name}", of_theme, boundary)
            rows, compared = rows + found, compared + number
    deprivation = _deprivation(three, boundary)
    for name in _OF_INDEX:
        found, number = _of_figure(three, "index", name, name, own, boundary)
        rows, compared = rows + [_by_deprivation(row, deprivation[0]) for row in found], compared + number
    for more in (deprivation, _indicators(three, boundary)):
        rows, compared = rows + more[0], compared + more[1]
    order = {code: number for number, code in enumerate(sorted(names.index))}
    rows.sort(key=lambda row: order[row["area_code"]])
    return [{"area_name": names[row["area_code"]], **row} for row in rows], compared


def _boundaries(before: Place, after: Place) -> dict[str, str]:
    """Areas that cannot be compared, and why, by code."""
    if before.level != after.level:
        words = f"Areas are {after.level}, and were {before.level}: not of the same people."
        return dict.fromkeys(map(str, after.areas.index), words)
    was = before.areas.geometry.to_crs(after.crs)
    told = {str(code): "This area was not there before." for code in after.areas.index.difference(was.index)}
    told |= {str(code): "This area is no longer there." for code in was.index.difference(after.areas.index)}
    for code in after.areas.index.intersection(was.index):
        shared = shared_ground(was[code], after.areas.geometry[code])
        if shared < _SAME_OUTLINE:
            told[str(code)] = f"Its boundary changed: {shared:.0%} of the ground of either is of both."
    return told


def _changed(
    code: str, about: str, figure: str, was: Any, now: Any, kind: str, words: str, **more: Any
) -> dict[str, Any]:
    numbers = [np.nan if each is None or pd.isna(each) else float(each) for each in (was, now)]
    return {
        "area_code": code,
        "about": about,
        "figure": figure,
        "unit": "",
        "direction": "",
        "before": numbers[0],
        "after": numbers[1],
        "change": numbers[1] - numbers[0],
        "towards": "",
        "change_kind": kind,
        "change_words": words,
        **more,
    }


def _towards(change: float, less_is_more: bool, kind: str) -> str:
    """Whether a change is a gain or a loss; nothing where it is of method or boundary."""
    if kind not in ("real", "cannot tell") or not change or np.isnan(change):
        return ""
    return "gained" if (change < 0) == less_is_more else "lost"


def _of_figure(
    three: _Three, about: str, figure: str, column: str, own: pd.Series, boundary: Mapping[str, str]
) -> tuple[list[dict[str, Any]], int]:
    """The rows of one figure; `own` says whose own resources within reach differ."""
    one, other, undone = three.values(column)
    theme = about if about in THEMES else ""
    by_records, by_method = _differs(undone, other), _differs(one, undone)
    label = COLUMNS[column]
    comparable = [code for code in one.index if str(code) not in boundary]
    differs = _differs(one, other)
    rows = []
    for code in (code for code in comparable if differs[code]):
        relative = not own[code] and figure not in _ABSOLUTE
        if by_records[code] and by_method[code]:
            kind, words = "cannot tell", _part(one[code], undone[code], other[code])
        elif by_method[code]:
            kind, words = "method", _because(three.methods, theme)
        else:
            kind, words = _of_records(three, "" if relative else code, theme)
        if relative:
            words = f"Nothing within its own reach differs; other areas do. {words}"
        was, now = one[code], other[code]
        change = np.nan if pd.isna(was) or pd.isna(now) else float(now - was)
        more = {"unit": label.unit, "direction": label.direction}
        # A rank, and what rests on ranks, moves when others do: no gain and no loss of the area's own.
        more["towards"] = _towards(change, figure == "walk_min", kind) if figure in _ABSOLUTE else ""
        rows.append(_changed(str(code), about, figure, was, now, kind, words, **more))
    return rows, len(comparable)


def _by_deprivation(row: dict[str, Any], deprivation: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row of the index; of a priority that method would explain, what its deprivation explains."""
    found = next((each for each in deprivation if each["area_code"] == row["area_code"]), None)
    if row["figure"] != "priority" or row["change_kind"] != "method" or found is None:
        return row
    words = f"Its deprivation differs. {found['change_words']}"
    return row | {"change_kind": found["change_kind"], "change_words": words}


def _part(was: Any, undone: Any, now: Any) -> str:
    if pd.isna(undone) or pd.isna(was) or pd.isna(now):
        return "Records and method both changed, and which of them this is cannot be told apart."
    return (
        f"Partly method ({as_amount(undone - was)}), partly changes of records ({as_amount(now - undone)}) that are newly listed or "
        "no longer listed."
    )


def _because(methods: Mapping[str, Sequence[str]], theme: str) -> str:
    """The differences of method that a theme's figures may come from; those of all themes, where it is none."""
    told = [
        *methods[""],
        *(methods[theme] if theme else (words for each in THEMES for words in methods[each])),
    ]
    return (
        " ".join(dict.fromkeys(told))
        or "The same place is told of otherwise, such as by another of its lists."
    )


def _of_records(three: _Three, code: str, theme: str) -> tuple[str, str]:
    """Whether the changed records that a figure may come from are all stated, and which: those near an area, or all ("")."""
    records = three.records[(three.records["change_kind"] != "method")]
    if theme:
        records = records[records["theme"] == theme]
    near = records
    if code:
        area = three.after.place.areas.geometry[code]
        near = records[records.distance(area) <= three.after.settings.catchment_m]
    mine = near if len(near) else records
    if mine.empty:
        return "cannot tell", "Details of what is listed changed, such as where it stands or when it is open."
    named = [
        f"{row.name_after or row.name_before} ({row.what})"
        for row in mine.rename(columns={"name": "name_after"}).itertuples()
        if row.name_after or row.name_before
    ]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    listed = "; ".join(dict.fromkeys(named[:_MOST_NAMED]))
    if (mine["change_kind"] == "real").all():
        return "real", f"Stated: {listed}{more}."
    return (
        "cannot tell",
        f"Records changed, and whether the places did is not known: {listed or 'without a name'}{more}.",
    )


#: So many changed places are named beside a figure; the table of places has all.
_MOST_NAMED = 3


def _deprivation(three: _Three, boundary: Mapping[str, str]) -> tuple[list[dict[str, Any]], int]:
    """Deciles of deprivation, told apart as `assetmap.sources.indices.change` does."""
    one, other, _ = three.values("deprivation_decile")
    found: Any = None
    if three.after.settings.deprivation_domain == "imd":
        before = three.before.place.deprivation.reindex(other.index)
        before = before.rename_axis(columns=three.before.place.deprivation_index)
        now = three.after.place.deprivation.rename_axis(columns=three.after.place.deprivation_index)
        found = deprivation_change(before, now)
    rows = []
    comparable = [code for code in one.index if str(code) not in boundary]
    differs = _differs(one, other)
    for code in (code for code in comparable if differs[code]):
        kind, words = "cannot tell", "The decile differs; what of it is method is not known."
        if found is not None and pd.notna(found.at[code, "change_kind"]):
            told = str(found.at[code, "change_kind"])
            kind, words = (told if told in KINDS else "cannot tell"), str(found.at[code, "change_words"])
        label = COLUMNS["deprivation_decile"]
        rows.append(
            _changed(
                str(code),
                "deprivation",
                "deprivation_decile",
                one[code],
                other[code],
                kind,
                words,
                unit=label.unit,
                direction=label.direction,
            )
        )
    return rows, len(comparable)


def _indicators(three: _Three, boundary: Mapping[str, str]) -> tuple[list[dict[str, Any]], int]:
    """Indicators that both dates have: whether they differ beyond chance."""
    before, after = three.before.place, three.after.place
    rows, compared = [], 0
    for name in after.indicators_about.index.intersection(before.indicators_about.index):
        was, now = before.indicators_about.loc[name], after.indicators_about.loc[name]
        one, other = (
            place.indicators[place.indicators["indicator"] == name].set_index("area_code")
            for place in (before, after)
        )
        otherwise = next((key for key in ("unit", "better", "source") if was[key] != now[key]), "")
        for code in other.index.intersection(one.index):
            if str(code) in boundary:
                continue
            compared += 1
            old, new = one.loc[code], other.loc[code]
            if not _differs(*(pd.Series([each["value"]], dtype="Float64") for each in (old, new)))[0]:
                continue
            kind, words = _of_indicator(old, new, was, now, otherwise)
            change = np.nan if pd.isna(old["value"]) or pd.isna(new["value"]) else new["value"] - old["value"]
            towards = "" if now["better"] == "neither" else _towards(change, now["better"] == "lower", kind)
            way = "" if now["better"] == "neither" else f"{now['better']} = better"
            more = {"unit": now["unit"], "direction": way, "towards": towards}
            rows.append(_changed(str(code), name, "value", old["value"], new["value"], kind, words, **more))
    return rows, compared


_OTHERWISE = {
    "unit": "It is in another unit than before.",
    "better": "It is told the other way round than before.",
    "source": "It is from another source than before.",
}


def _of_indicator(
    old: pd.Series, new: pd.Series, was: pd.Series, now: pd.Series, otherwise: str
) -> tuple[str, str]:
    """What kind the difference of an indicator is, and that in words."""
    if otherwise:
        return "method", _OTHERWISE[otherwise]
    if was["period"] and was["period"] == now["period"]:
        return "method", f"Both are of {now['period']}, so the figure was revised."
    if pd.isna(old["value"]) or pd.isna(new["value"]):
        return "cannot tell", "It is known of one date alone."
    if pd.isna(old["lower"]) or pd.isna(new["lower"]):
        return "cannot tell", "No interval is given for both dates, so how much may be chance is not known."
    if old["upper"] < new["lower"] or new["upper"] < old["lower"]:
        return "real", "It differs beyond chance: the two intervals do not meet."
    return "cannot tell", "It does not differ beyond chance: the two intervals meet."
