"""What is known of each area: residents, deprivation, and the point its people are at."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from assetmap.errors import PlaceError, Problem, counted
from assetmap.model import DEPRIVATION_DOMAINS
from assetmap.sources.bridge import Bridge, Crossing, carried_words, carry_counts, carry_figures, crossing
from assetmap.sources.files import require_columns
from assetmap.sources.indices import (
    AMONG,
    AREAS_RANKED,
    CARRIED,
    columns_of_index,
    index_of_header,
    nation_of,
    own_deciles,
)
from assetmap.sources.locate import rejected
from assetmap.sources.points import point_keys, points_from_columns
from assetmap.sources.recipe import DIRECTIONS, SAVED_DEPRIVATION, Entry
from assetmap.sources.rows import Rows, read_rows
from assetmap.sources.tables import to_numbers
from assetmap.sources.vintages import level_of_header, vintage_faults, whole_nations

__all__ = [
    "by_area",
    "cross",
    "read_deprivation",
    "read_origins",
    "read_population",
    "refuse_lost",
    "some",
    "unknown",
    "without_code",
]

#: Of a table that is refused, no more bad rows than so many are told.
_MOST_ROWS_TOLD = 3

#: A point this far outside the area whose code it bears may be another area's.
_FAR_FROM_OWN_AREA_M = 1_000


def by_area(entry: Entry, rows: Rows, areas: pd.Index, keys: tuple[str, ...]) -> pd.DataFrame:
    """The rows of a table that are about these areas, indexed by area code."""
    require_columns(entry, rows.table, ("code", *keys))
    codes = rows.table[entry.get("code")]
    mine = rows.table[codes.isin(areas)]
    if mine.empty:
        raise PlaceError(
            Problem(
                entry.file,
                f"None of its {counted(len(rows.table), 'row')} is about an area of this place; its codes look like "
                f"“{codes.iloc[0]}”, the areas’ like “{areas[0]}”.",
                "Name the table for this place and this level of area.",
                column=entry.get("code"),
            )
        )
    mine = mine.set_index(codes[mine.index].rename("area_code"))
    _refuse_repeated(entry, mine.index)
    return mine


def without_code(entry: Entry, rows: Rows) -> list[Problem]:
    """Rows that do not say which area they are about."""
    codes = rows.table[entry.get("code")]
    what = pd.Series("It does not say which area it is about.", index=codes.index[codes == ""], dtype=object)
    return rejected(entry, what, "Fill in the code, or remove the row.", entry.get("code"))


def _refuse_repeated(entry: Entry, codes: pd.Index) -> None:
    repeated = codes[codes.duplicated()]
    if len(repeated):
        raise PlaceError(
            Problem(
                entry.file,
                f"The area {repeated[0]} stands in {int((codes == repeated[0]).sum())} rows.",
                f'Say in [{entry.table}] which rows to use, such as where = {{ sex = "Persons" }}, or remove the others.',
                column=entry.get("code"),
            )
        )


def some(codes: pd.Index, most: int = 5) -> str:
    """The first of several codes, in words."""
    listed = [str(code) for code in codes[:most]]
    return ", ".join(listed) + (" …" if len(codes) > most else "")


def _figures(
    entry: Entry,
    table: pd.DataFrame,
    key: str,
    areas: pd.Index,
    low: float,
    high: float,
    *,
    whole: bool,
) -> tuple[pd.Series, list[Problem]]:
    """A column of numbers for every area, NA where it is missing or out of bounds, which is told."""
    raw = table[entry.get(key)]
    numbers = to_numbers(raw)
    good = (numbers.between(low, high) & ((numbers % 1 == 0) | (not whole))).fillna(False).astype(bool)
    told = [
        Problem(
            entry.file,
            f"“{raw[code]}” for {code} is not a usable value.",
            "It is treated as unknown; mend the cell.",
            column=str(raw.name),
            severity="note",
        )
        for code in numbers.index[(raw != "") & ~good]
    ]
    return numbers.where(good).reindex(areas).rename(key), told


def unknown(entry: Entry, values: pd.Series, what: str) -> list[Problem]:
    """A note of the areas of which a figure is not known; none where all are."""
    missing = values.index[values.isna()]
    if missing.empty:
        return []
    told = f"{len(missing)} of {counted(len(values), 'area')} without {what}: {some(missing)}."
    return [Problem(entry.file, told, "They are shown as unknown.", severity="note")]


def cross(
    entry: Entry, level: str, codes: pd.Series, areas: gpd.GeoDataFrame, bridge: Bridge | None
) -> tuple[Crossing | None, pd.Index]:
    """How the table's areas become the place's, where it was made for others; and which of them are wanted.

    A table of another vintage than the boundaries is refused unless it is to be carried over: about nine in ten
    codes would still join, and the rest would be lost in silence.
    """
    over = crossing(entry, level, codes, areas, bridge)
    if over is not None:
        return over, pd.Index(over.pairs["source"].unique())
    faults = vintage_faults(entry, level, codes)
    if faults:
        raise PlaceError(faults)
    return None, areas.index


def read_population(
    entry: Entry, areas: gpd.GeoDataFrame, level: str, bridge: Bridge | None = None
) -> tuple[pd.Series, list[Problem], int, int]:
    """Residents of each area, NA where unknown; the problems; the rows read and used.

    How the people of a split area divide among its parts is not known, so they are unknown there.
    """
    rows = read_rows(entry)
    require_columns(entry, rows.table, ("code", "value"))
    over, wanted = cross(entry, level, rows.table[entry.get("code")], areas, bridge)
    table = by_area(entry, rows, wanted, ("value",))
    population, told = _figures(entry, table, "value", wanted, 0, np.inf, whole=False)
    problems = [*rows.problems, *without_code(entry, rows), *told]
    rows_used = int(population.notna().sum())
    if over is not None:
        population = carry_counts(population, over)
        remedy = f"Merged areas have the sum; how the people of a split one divide is unknown. A table for {level} areas is better."
        problems.append(Problem(entry.file, carried_words(over, level), remedy, severity="note"))
    problems += unknown(entry, population, "a population")
    return population.rename("population"), problems, rows.rows_in, rows_used


#: What each figure of an index may be, and all figures in the order they are given.
_BOUNDS = {"score": (-np.inf, np.inf), "rank": (1, 1_000_000), "decile": (1, 10)}
_FIGURES = [f"{domain}_{measure}" for domain in DEPRIVATION_DOMAINS for measure in _BOUNDS]


def read_deprivation(
    entry: Entry, areas: gpd.GeoDataFrame, level: str, bridge: Bridge | None = None
) -> tuple[pd.DataFrame, list[Problem], int, int]:
    """Deprivation of each area: ``_score``, ``_rank`` and ``_decile`` of every domain given (1 = most deprived).

    The columns of a published index are known by their headings; the recipe may name others. A decile that is not
    given is worked out from the rank, or, where the recipe says which way it runs, from the overall score. The
    columns' axis bears the index's name. A table of another vintage is carried over by the bridge where the recipe
    asks for it, and then ``deprivation_carried`` says how each area came by its figures.

    Raises
    ------
    PlaceError
        Where a column is missing or could be several, an area is missing or repeated, the table is of another
        vintage, or it is not known which way its score runs or how many areas its ranks are of.
    """
    rows = read_rows(entry)
    entry, given = _of_index(entry, rows.table, level)
    codes = rows.table[entry.get("code")]
    over, wanted = cross(entry, level, codes, areas, bridge)
    made_for = level if over is None else over.made_for
    table = by_area(entry, rows, wanted, tuple(given))
    problems, figures = [*rows.problems, *without_code(entry, rows)], {}
    refuse_lost(entry, wanted.difference(table.index), wanted, made_for, problems)
    for key in given:
        measure = key.rpartition("_")[2]
        figures[key], told = _figures(entry, table, key, wanted, *_BOUNDS[measure], whole=measure == "decile")
        problems += told
    frame = pd.DataFrame(figures, index=wanted)
    rows_used = int(frame.notna().any(axis=1).sum())
    name = str(entry.get("index", "not stated"))
    own = own_deciles(name, entry.get("imd_decile", ""))
    if own is not None and own not in name:
        name += f", {own}"
    complete = codes.is_unique and set(nation_of(codes)) <= set(whole_nations(codes))
    ranks = _all_ranks(entry, rows.table, given) if complete else frame
    problems += _disagreements(entry, ranks, made_for, complete=complete, own_deciles=own is not None)
    by_rank = "imd_rank" in frame and _ranked(wanted, made_for).notna().all()
    if "imd_decile" not in frame and "imd_score" in frame and not by_rank:
        ranks, among = _by_score(entry, rows.table, codes)
        frame = frame.assign(**ranks.reindex(wanted))
        name += among
    frame = _with_deciles(entry, frame, made_for)
    if over is not None:
        people = _people(entry, table)
        of_nation = own is None and AMONG not in name
        frame = _carried(frame, over, people, made_for if of_nation else "")
        mean = "weighted by their people" if people is not None else "each counting the same"
        remedy = (
            f"A part of a split area has the figures of the whole; a merged one has the mean of its parts, {mean}; an "
            f"irregular one is unknown. An index made for {level} areas is better."
        )
        problems.append(Problem(entry.file, carried_words(over, level), remedy, severity="note"))
        name += f", {CARRIED} {made_for} areas"
    if "imd_rank" not in frame:
        frame = frame.assign(imd_rank=pd.Series(pd.NA, frame.index, dtype="Int64"))
    in_order = [key for key in _FIGURES if key in frame]
    deprivation = frame[in_order].apply(_whole_numbers).assign(**_as_saved(entry, table, areas.index))
    if over is not None:
        deprivation = deprivation.assign(deprivation_carried=over.kind)
    problems += unknown(entry, deprivation["imd_decile"], "a deprivation decile")
    # The axis of columns bears the index's name, so that table and name travel together.
    deprivation = deprivation.rename_axis("area_code").rename_axis(columns=name)
    return deprivation, problems, rows.rows_in, rows_used


def _of_index(entry: Entry, table: pd.DataFrame, level: str) -> tuple[Entry, list[str]]:
    """The table's entry with what its headings say besides, and the figures that it gives."""
    entry = entry.saying(_known_by_heading(entry, table, level))
    given = [key for key in _FIGURES if entry.get(key)]
    overall = {"imd_decile", "imd_rank", "imd_score"} & set(given)
    missing = [key for key, there in (("code", entry.get("code")), ("imd_decile", overall)) if not there]
    if missing:
        has = ", ".join(map(str, table.columns))
        raise PlaceError(
            Problem(
                entry.file,
                f"Its headings are not those of an index that assetmap knows: no {' and no '.join(missing)}.",
                f"Name the columns in [{entry.table}], such as imd_decile = one of: {has[:300]}.",
            )
        )
    require_columns(entry, table, ("code", *given, "population", *SAVED_DEPRIVATION))
    return entry, given


def _as_saved(entry: Entry, table: pd.DataFrame, areas: pd.Index) -> dict[str, pd.Series]:
    """What the table of a saved place says besides, where this is one."""
    said = {key: table[entry.get(key)].reindex(areas) for key in SAVED_DEPRIVATION if entry.get(key)}
    return {
        key: to_numbers(values).astype("Int64")
        if key.startswith("imd_decile")
        else values.astype("string").mask(values == "")
        for key, values in said.items()
    }


def _whole_numbers(values: pd.Series) -> pd.Series:
    # Areas that tie are ranked halfway between in some nations' tables.
    scored = str(values.name).endswith("_score") or (values % 1 != 0).any()
    return values.astype("Float64" if scored else "Int64")


def refuse_lost(
    entry: Entry, lost: pd.Index, wanted: pd.Index, made_for: str, problems: list[Problem]
) -> None:
    """Refuse a table that leaves out areas of a nation that it is about, and tell the first of its bad rows."""
    there = {code[0] for code in wanted.difference(lost)}
    lost = lost[[code[0] in there for code in lost]]
    if len(lost) and not entry.get("partial", False):
        missing = Problem(
            entry.file,
            f"{len(lost)} of {counted(len(wanted), 'area')} {'has' if len(lost) == 1 else 'have'} no row here, such as {lost[0]}: "
            f"it may be of another vintage than the boundaries ({made_for}).",
            f"Use the table made for these boundaries; if it truly leaves areas out, add partial = true to [{entry.table}].",
            column=entry.get("code"),
        )
        bad_rows = [each for each in problems if each.severity == "rejected"]
        raise PlaceError([*bad_rows[:_MOST_ROWS_TOLD], missing])


def _known_by_heading(entry: Entry, table: pd.DataFrame, level: str) -> dict[str, str]:
    """What the headings of a published index say: its columns, and which index it is."""
    headings = [str(column) for column in table.columns]
    known = columns_of_index(headings)
    made_for = [heading for heading in known.get("code", ()) if level_of_header(heading) == level]
    known |= {"code": made_for} if len(made_for) == 1 else {}
    faults = [
        Problem(
            entry.file,
            f"More than one column could be {key}: {', '.join(f'“{heading}”' for heading in could_be)}.",
            f"Say which in [{entry.table}], as {key} = the column; rename columns of the same name.",
        )
        for key, could_be in known.items()
        if len(could_be) > 1 and not key.endswith(("_score", "population")) and entry.get(key) is None
    ]
    if faults:
        raise PlaceError(faults)
    index = index_of_header(headings)
    # Where several could be the score or the people, none is taken.
    one = {key: could_be[0] for key, could_be in known.items() if len(could_be) == 1}
    return one | ({"index": index} if index else {})


def _all_ranks(entry: Entry, table: pd.DataFrame, given: list[str]) -> pd.DataFrame:
    """Ranks and deciles of every area in the table, not only of the place."""
    columns = {key: to_numbers(table[entry.get(key)]) for key in given if not key.endswith("_score")}
    return pd.DataFrame(columns, index=table.index).set_axis(table[entry.get("code")].rename("area_code"))


def _ranked(codes: pd.Index, level: str) -> pd.Series:
    """Among how many areas each is ranked, where that is known."""
    nations = nation_of(codes.to_series())
    return nations.map(lambda nation: AREAS_RANKED.get((nation, level))).astype("Float64")


def _deciles(ranks: pd.Series, ranked: pd.Series | float) -> pd.Series:
    """Ten groups of equally many areas, 1 = most deprived; NA where a rank is beyond the last."""
    deciles = pd.Series(np.ceil(ranks.astype("Float64") * 10 / ranked))
    return deciles.where(deciles <= 10)


def _with_deciles(entry: Entry, frame: pd.DataFrame, made_for: str) -> pd.DataFrame:
    """The same figures, with deciles worked out from ranks where the table gives none."""
    ranked = _ranked(frame.index, made_for)
    for domain in DEPRIVATION_DOMAINS:
        if f"{domain}_rank" not in frame or f"{domain}_decile" in frame:
            continue
        if ranked.notna().all():
            frame = frame.assign(**{f"{domain}_decile": _deciles(frame[f"{domain}_rank"], ranked)})
        elif domain == "imd":
            raise PlaceError(
                Problem(
                    entry.file,
                    f"It gives ranks and no deciles, and how many {made_for} areas were ranked is not known.",
                    f"Name the column of deciles in [{entry.table}], as imd_decile; or that of scores, as imd_score.",
                    column=entry.get("imd_rank"),
                )
            )
    return frame


def _by_score(entry: Entry, table: pd.DataFrame, codes: pd.Series) -> tuple[pd.DataFrame, str]:
    """Ranks and deciles worked out from the overall score, and among which areas they are where not of a nation.

    Areas of equal score share the middle of their ranks; decile = rank / (N / 10), rounded up.
    """
    direction, column = entry.get("direction"), entry.get("imd_score")
    if direction is None:
        raise PlaceError(
            Problem(
                entry.file,
                "It gives a score and no deciles, and which way the score runs is not said.",
                f"Add direction = “{DIRECTIONS[0]}” or “{DIRECTIONS[1]}” to [{entry.table}].",
                column=column,
            )
        )
    scores = to_numbers(table[column]).set_axis(codes).dropna()
    _refuse_repeated(entry, scores.index)
    nations, whole = set(nation_of(codes)), whole_nations(scores.index.to_series())
    if not nations <= set(whole) and not entry.get("partial", False):
        raise PlaceError(
            Problem(
                entry.file,
                f"It gives a score for {counted(len(scores), 'area')}, which is not every area of a nation: a decile among "
                "those is not a national one.",
                f"Use the table of the whole nation; or add partial = true to [{entry.table}], and the deciles are told as those "
                "among the areas of the table.",
                column=column,
            )
        )
    rank = scores.rank(ascending=direction != DIRECTIONS[0]).astype("Float64")
    ranks = pd.DataFrame({"imd_rank": rank, "imd_decile": _deciles(rank, len(scores))})
    national = len(nations) == 1 and nations <= set(whole)
    return ranks, "" if national else f", {AMONG} the {len(scores):,} areas of the table"


def _people(entry: Entry, table: pd.DataFrame) -> pd.Series | None:
    """Residents of the areas that the table was made for, where it gives them."""
    column = entry.get("population")
    return None if column is None else to_numbers(table[column])


def _carried(frame: pd.DataFrame, over: Crossing, people: pd.Series | None, level: str) -> pd.DataFrame:
    """The figures of the place's areas; a merged area's decile is that of its rank, or else its mean decile.

    Of a nation's index it is known among how many areas, by their level, the ranks are.
    """
    carried = carry_figures(frame, over, people)
    merged = (over.kind == "merged").fillna(False).astype(bool)
    sources = over.pairs.drop_duplicates("target").set_index("target")["source"].reindex(carried.index)
    ranked = _ranked(pd.Index(sources.fillna("")), level).set_axis(carried.index)
    for key in map(str, carried):
        domain, _, measure = key.rpartition("_")
        if measure == "rank":
            carried[key] = carried[key].mask(merged, carried[key].round())
        elif measure == "decile" and f"{domain}_rank" in carried and ranked.notna().all():
            of_rank = _deciles(carried[f"{domain}_rank"].round(), ranked)
            carried[key] = carried[key].mask(merged, of_rank)
        elif measure == "decile":
            # Halfway between two, the more deprived.
            carried[key] = carried[key].mask(merged, np.ceil(carried[key] - 0.5))
    return carried


def _disagreements(
    entry: Entry, figures: pd.DataFrame, level: str, *, complete: bool, own_deciles: bool
) -> list[Problem]:
    """Ranks that are not 1 to N, deciles that are not those of their ranks, and overall ranks that two areas share.

    Parameters
    ----------
    complete
        Whether these are all areas of their nations: only then can it be told that a rank is missing.
    own_deciles
        Whether deciles are not those of a nation's ranks, and are left alone.
    """
    problems = []
    nations, ranked = nation_of(figures.index.to_series()), _ranked(figures.index, level)
    if own_deciles:
        # Of a composite all nations are ranked together.
        complete = complete and nations.nunique() > 1
        nations, ranked = nations.where(nations == "", "all"), ranked.mask(ranked.notna())
    for domain in DEPRIVATION_DOMAINS:
        rank, decile = (
            figures.get(f"{domain}_{measure}", pd.Series(pd.NA, figures.index)).astype("Float64")
            for measure in ("rank", "decile")
        )
        if complete and rank.notna().all():
            # Where areas tie, publishers give the first of their ranks or the middle one.
            together = rank.groupby(nations)
            stray = rank.index[
                ~rank.between(together.rank(method="min"), together.rank(method="max")).astype(bool)
            ]
            if len(stray):
                of_nation = int((nations == nations[stray[0]]).sum())
                what = (
                    f"The ranks of {domain} are not 1 to {of_nation:,}, each once or shared by equals: "
                    f"{counted(len(stray), 'area')}, such as {stray[0]} (rank {rank[stray[0]]:g})."
                )
                remedy = "They are used as given; download the table again."
                problems.append(Problem(entry.file, what, remedy, severity="note"))
        # Where the number of areas is no multiple of ten, publishers round the border of a decile
        # either way: a rank beside it may belong to both.
        lowest, highest = np.ceil((rank - 1) * 10 / ranked), np.ceil((rank + 1) * 10 / ranked)
        odd = decile.index[~decile.between(lowest, highest).fillna(True).astype(bool)]
        if len(odd):
            first = odd[0]
            what = (
                f"{counted(len(odd), 'decile')} of {domain} not that of the rank: {some(odd)} "
                f"(rank {rank[first]:.0f} of {ranked[first]:,.0f} is not in decile {decile[first]:.0f})."
            )
            remedy = "The decile is used as given; check the table."
            problems.append(Problem(entry.file, what, remedy, severity="note"))
    if not complete and "imd_rank" in figures:
        rank = figures["imd_rank"].dropna()
        shared = rank.index[rank.duplicated(keep=False)]
        if len(shared):
            what = f"{counted(len(shared), 'area')} with an overall rank that another has: {some(shared)}."
            problems.append(
                Problem(entry.file, what, "Overall ranks differ; check the table.", severity="note")
            )
    return problems


def read_origins(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, list[Problem], int, int]:
    """One point an area to measure from, in the areas' CRS; the problems; the rows read and used.

    An area without a point of its own is measured from a point inside its boundary, and that is told.
    """
    rows = read_rows(entry)
    keys = point_keys(entry)[0]
    table = by_area(entry, rows, areas.index, keys)
    points, faults = points_from_columns(entry, table, keys, areas.crs)
    problems = [
        *rows.problems,
        *without_code(entry, rows),
        *(
            Problem(entry.file, f"{code}: {fault}", "Mend the cells.", severity="note")
            for code, fault in faults.items()
        ),
    ]
    west, south, east, north = areas.total_bounds
    known = points.dropna()
    near = known.x.between(west - 5_000, east + 5_000) & known.y.between(south - 5_000, north + 5_000)
    if not near.all():
        far = known.index[~near]
        raise PlaceError(
            Problem(
                entry.file,
                f"The points of {counted(len(far), 'area')} are far from the place, such as that of {far[0]}.",
                "Check that the two columns are not swapped, and are in the units that the recipe says.",
                column=entry.get(keys[0]),
            )
        )
    astray = known.index[known.distance(areas.geometry.reindex(known.index)) > _FAR_FROM_OWN_AREA_M]
    if len(astray):
        what = f"{counted(len(astray), 'point')} more than 1 km outside the own area: {some(astray)}."
        problems.append(
            Problem(entry.file, what, "Check that each point belongs to its code.", severity="note")
        )
    origins = points.reindex(areas.index)
    without = origins.isna()
    if without.any():
        origins = origins.where(~without, areas.geometry.representative_point())
        what = f"{counted(int(without.sum()), 'area')} without a point, such as {areas.index[without][0]}; one inside the boundary is used."
        problems.append(Problem(entry.file, what, "Add the population-weighted centroids.", severity="note"))
    return origins, problems, rows.rows_in, len(known)
