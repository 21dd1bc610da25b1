"""One place on many lists: found by name, distance, postcode and kind, and never merged in doubt.

Two rows are compared in a few ways, and each answer is so many times likelier of one place than of two: probabilistic
record linkage (Fellegi and Sunter 1969, Journal of the American Statistical Association 64: 1183-1210), as the library
splink computes it. A load does not do this. It joins rows of one kind and one name that are at most 100 m apart, and
what `find_matches` found when somebody asked for it, which stands in the place folder as ``matches.csv``.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from assetmap.errors import OutputError, PlaceError, Problem, counted
from assetmap.sources.assets import NAMELESS
from assetmap.sources.cells import as_cell, as_meant
from assetmap.sources.decisions import listing_key, plain_name
from assetmap.taxonomy import kinds, sensitive_name

__all__ = [
    "MATCHES_NAME",
    "doubtful_by_kind",
    "find_matches",
    "find_organisations",
    "first_of_same",
    "forget_matches",
    "gathered_up",
    "matched_keys",
    "read_matches",
    "sensitive",
    "write_matches",
]

MATCHES_NAME = "matches.csv"

_COLUMNS = ("left", "left_list", "right", "right_list", "probability", "verdict", "why")

#: Two rows of the same kind and name no farther apart than this are one place told twice.
_SAME_PLACE_M = 100

#: Rows farther apart than this are compared only where they have one postcode, …
_NEAR_M = 250

#: … and then no farther than this: of a large site, one list has the gate and another the middle.
_SAME_POSTCODE_M = 1_000

#: One place from this probability on; to be looked at by a person from the second.
_SURE = 0.99
_DOUBTFUL = 0.5

# -- names ---------------------------------------------------------------------------------------

#: Ways of writing a word, which leave the name the same: the word, and how else it is written.
_WRITTEN = """
association assn assoc
avenue ave
catholic rc
centre center cntr ctr
community comm
doctor dr
hospital hosp
infant inf
junior jnr jr
lane ln
library lib
medical med
methodist meth
mount mt
pharmacy pharm
practice pract prac
road rd
school sch
square sq
st saint street
surgery surg
united utd
1 first
2 second
3 third
"""

#: Words that lists use for one another, though a name with the one is not always the name with the other.
_MEANT = """
club fc afc rfc rufc
dentist dental
food foodbank pantry
health clinic doctor gp healthcare medical practice surgery
pharmacy chemist dispensary
pub inn
school academy college
scout scouting
worship cathedral chapel church gurdwara masjid minster mosque priory synagogue temple
"""

#: Words that no name is told by.
_SILENT = set(
    "a an and at ce cic cio co cofe for in limited llp ltd mr mrs nhs of on our plc the to uk with".split()
)

#: What a place is. Where one name has such a word and the other has not, they may be two: a church and its hall.
_ROLES = set(
    "allotment beaver brownie club cub dentist explorer food grammar guide hall health hospital infant junior "
    "library nursery pharmacy post primary pub rainbow ranger school scout secondary senior worship youth".split()
)

#: The same of words that tell neighbours apart; so does any number.
_TELLING = _ROLES | set(
    "annexe boy branch east girl high lady lower men middle new north old park south upper west women".split()
)

#: Words of many names, which say little of which place it is.
_HOLLOW = _ROLES | set(
    "association avenue bank building cafe care centre charity child children community council day drive family garden "
    "group home instore job jobcentre lane leisure local mount office parish partnership place playground plus project "
    "road service site social society sport square st store supermarket trust wellbeing".split()
)


def _meanings(table: str) -> dict[str, str]:
    return {other: word for word, *others in map(str.split, table.split("\n")[1:-1]) for other in others}


_SPELLING, _MEANING = _meanings(_WRITTEN), _meanings(_MEANT)


class _Name(NamedTuple):
    """A name taken apart.

    Parameters
    ----------
    spoken
        As one says it: without case, accents, articles, legal endings and abbreviations; None where that leaves nothing.
    words
        Its words, sorted, words that lists use for one another being one.
    core
        Those that say which place it is.
    telling
        Those that would tell it from a neighbour.
    joined
        The words in their order without spaces, for slips of the pen.
    """

    spoken: str | None
    words: list[str]
    core: list[str]
    telling: list[str]
    joined: str


def _plain_letters(text: str) -> str:
    """Without accents."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def _word(written: str) -> str:
    """A word in the singular, "1st" as "1"; rough, and as rough for both names."""
    if written[0].isdigit():
        return re.sub(r"^(\d+)(st|nd|rd|th)$", r"\1", written)
    return written[:-1] if len(written) > 3 and written[-1] == "s" and written[-2] != "s" else written


def _taken_apart(name: str) -> _Name:
    text = re.sub(r"['’‘`´.]", "", _plain_letters(name.casefold()))
    text = re.sub(r"\b(c of e|c e)\b", "ce", re.sub(r"[\W_]+", " ", text))
    said = [_SPELLING.get(word, word) for word in map(_word, text.split()) if word not in _SILENT]
    words = [_MEANING.get(word, word) for word in said]
    unlike = set(words)
    return _Name(
        " ".join(said) or None,
        sorted(unlike),
        sorted(unlike - _HOLLOW),
        sorted(word for word in unlike if word in _TELLING or any(map(str.isdigit, word))),
        "".join(words),
    )


# -- how likely ----------------------------------------------------------------------------------


class _Answer(NamedTuple):
    """One answer that a comparison of two rows may give.

    Parameters
    ----------
    told
        In words, for a person.
    when
        The SQL that gives it; "" for the answer that is left.
    same, others
        In what share of pairs that are one place, and of pairs that are two, it is given. NaN where nothing can be said.
    """

    told: str
    when: str
    same: float = np.nan
    others: float = np.nan


_APART2 = "((x_l - x_r) * (x_l - x_r) + (y_l - y_r) * (y_l - y_r))"
_OTHER_POSTCODE = "coalesce(postcode_l != postcode_r, false)"
_WITHIN = "(list_has_all(core_l, core_r) OR list_has_all(core_r, core_l))"
_MORE_TELLING = "(list_has_all(telling_l, telling_r) OR list_has_all(telling_r, telling_l))"
_MORE_WORDS = "(list_has_all(words_l, words_r) OR list_has_all(words_r, words_l))"
#: Written together or apart ("Lloyds Pharmacy", "LloydsPharmacy"); a plural is no difference.
_RUN_TOGETHER = "replace(joined_l, 's', '') = replace(joined_r, 's', '')"
#: A slip of the pen: one letter in seven, but not the first.
_SLIP = (
    "(left(joined_l, 1) = left(joined_r, 1) AND "
    "7 * damerau_levenshtein(joined_l, joined_r) <= least(length(joined_l), length(joined_r)))"
)
_KINDS_DIFFER = "different kinds"
_SAID_ALIKE = ("the same name", "nearly the same name")

#: The comparisons, each with its answers, the first that holds being given. The shares were counted once, so that the
#: answer for two short lists is the one for two long ones: among the 7,322 pairs of neighbouring rows of 22 lists of
#: Trafford, Greater Manchester and Great Britain (libraries, practices, pharmacies, schools, clubs, churches, polling
#: stations, council land), 385 drawn by name, distance and list were labelled by hand, weighted to the whole, and rounded.
#: Not as counted are these. Names: no two places of one kind and at most 100 m apart had one name, and 1 in 1,000 is taken.
#: Place: the shares of one place are half those, and half how far buildings of these lists are from their postcode's
#: point, since often one list has the building and the other its postcode. Kinds, references and lists: no place had two
#: kinds there, references were too few, and a place was twice on one list only where every load joins the two; round
#: numbers are taken.
_COMPARISONS: dict[str, tuple[_Answer, ...]] = {
    "names": (
        _Answer("no name to compare", "spoken_l IS NULL OR spoken_r IS NULL"),
        _Answer(_SAID_ALIKE[0], "spoken_l = spoken_r", 0.74, 0.001),
        _Answer("no name to compare", "len(core_l) = 0 OR len(core_r) = 0"),
        _Answer(
            _SAID_ALIKE[1],
            f"telling_l = telling_r AND ((core_l = core_r AND {_MORE_WORDS}) OR {_RUN_TOGETHER})",
            0.08,
            0.0007,
        ),
        _Answer(
            "one name within the other, or a slip of the pen",
            f"telling_l = telling_r AND ({_WITHIN} OR {_SLIP})",
            0.08,
            0.011,
        ),
        _Answer(
            "names alike but for a word that may tell them apart",
            f"{_WITHIN} AND {_MORE_TELLING}",
            0.05,
            0.06,
        ),
        _Answer("a word in common", f"list_has_any(core_l, core_r) AND {_MORE_TELLING}", 0.02, 0.1),
        _Answer("different names", "", 0.002, 0.82),
    ),
    "place": (
        _Answer("", f"{_APART2} <= 30 * 30 AND NOT {_OTHER_POSTCODE}", 0.36, 0.05),
        _Answer("", f"{_APART2} <= 100 * 100 AND NOT {_OTHER_POSTCODE}", 0.3, 0.06),
        _Answer("", "postcode_l = postcode_r", 0.18, 0.04),
        _Answer("", f"{_APART2} <= 30 * 30", 0.01, 0.015),
        _Answer("", f"{_APART2} <= 100 * 100", 0.02, 0.2),
        _Answer("", f"NOT {_OTHER_POSTCODE}", 0.11, 0.2),
        _Answer("", "", 0.02, 0.435),
    ),
    "kinds": (
        _Answer("one kind not known", "kind_l = '' OR kind_r = ''"),
        _Answer("", "kind_l = kind_r", 0.95, 0.25),
        _Answer(_KINDS_DIFFER, "", 0.05, 0.75),
    ),
    # Lists give different pages and different references of one place, so only equal ones say something.
    "websites": (
        _Answer("", "coalesce(website_l != website_r, true)"),
        _Answer("the same website", "website_l = website_r", 0.6, 0.01),
        _Answer("", "", 0.4, 0.99),
    ),
    "references": (
        _Answer("", "coalesce(reference_l != reference_r, true)"),
        _Answer("the same reference", "reference_l = reference_r", 0.9, 0.01),
        _Answer("", "", 0.1, 0.99),
    ),
    "lists": (
        _Answer("on one list", "list_l = list_r", 0.01, 0.2),
        _Answer("", "", 0.99, 0.8),
    ),
}

#: The share of neighbouring rows of kinds that go together that are one place; 0.06 where it was counted.
_PRIOR = 0.05


def _settings() -> dict[str, Any]:
    """The comparisons in splink's words."""
    comparisons = []
    for name, answers in _COMPARISONS.items():
        levels: list[dict[str, Any]] = []
        for answer in answers:
            level: dict[str, Any] = {
                "sql_condition": answer.when or "ELSE",
                "label_for_charts": answer.told or name,
            }
            if np.isnan(answer.same):
                level["is_null_level"] = True
            else:
                level |= {"m_probability": answer.same, "u_probability": answer.others}
            levels.append(level)
        comparisons.append({"output_column_name": name, "comparison_levels": levels})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record",
        "probability_two_random_records_match": _PRIOR,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": comparisons,
    }


# -- which rows to compare -----------------------------------------------------------------------


def _xy(rows: gpd.GeoDataFrame) -> np.ndarray:
    return np.column_stack([rows.geometry.x, rows.geometry.y])


def _near(xy: np.ndarray, level: np.ndarray, within_m: float) -> np.ndarray:
    """Positions of two points at most so far apart and on one level, shape (pairs, 2)."""
    tree = cKDTree(np.column_stack([xy, level * 10.0 * within_m]))
    return np.asarray(tree.query_pairs(within_m, output_type="ndarray"))


def _neighbours(rows: gpd.GeoDataFrame) -> np.ndarray:
    """Positions of two rows that may be one place, shape (pairs, 2): near each other or of one postcode, kinds allowing."""
    xy = _xy(rows)
    kind_number, known = pd.factorize(rows["kind"].fillna(""))
    theme_number, themes = pd.factorize(np.array([kinds()[each].theme if each else "" for each in known]))
    theme = theme_number[kind_number]
    # A row of unknown kind goes with every theme.
    open_to_all = np.flatnonzero(themes[theme] == "")
    settled = np.flatnonzero(themes[theme] != "")
    n = np.concatenate([settled, np.repeat(open_to_all, len(themes))])
    level = np.concatenate([theme[settled], np.tile(np.arange(len(themes)), len(open_to_all))])
    near = n[_near(xy[n], level, _NEAR_M)]
    posted, postcode = np.flatnonzero(_postcodes(rows).notna()), pd.factorize(_postcodes(rows).dropna())[0]
    alike = posted[_near(xy[posted], postcode, _SAME_POSTCODE_M)]
    left, right = alike.T
    go_together = (theme[left] == theme[right]) | np.isin(alike, open_to_all).any(axis=1)
    pairs = np.sort(np.concatenate([near, alike[go_together]]), axis=1)
    return np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)


def _text(column: pd.Series) -> pd.Series:
    """None where there is nothing."""
    return column.astype(object).where(column != "", None)


def _postcodes(rows: gpd.GeoDataFrame) -> pd.Series:
    return _text(rows["postcode"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True))


def _names(rows: gpd.GeoDataFrame) -> pd.Series:
    """Each name that a row gives, by the row's position: registers write several with a bar, OpenStreetMap a semicolon."""
    names = rows["name"].mask(rows["name"].str.endswith(NAMELESS), "").reset_index(drop=True)
    return names.str.strip(" |;").str.split(r"\s*[|;][\s|;]*", regex=True).explode()


def _records(rows: gpd.GeoDataFrame) -> pd.DataFrame:
    """What is compared of each name of each row; ``n`` is the row's position."""
    names = _names(rows)
    n = names.index.to_numpy()
    apart = {name: _taken_apart(name) for name in names.unique()}
    records = pd.DataFrame([apart[name] for name in names], columns=_Name._fields)
    kind = rows["kind"].fillna("").to_numpy()
    of_kind = {each: set(_taken_apart(kinds()[each].label).telling) if each else set() for each in set(kind)}
    records["telling"] = [
        sorted(of_kind[each] | set(words)) for each, words in zip(kind[n], records["telling"], strict=True)
    ]
    website = rows["website"].str.casefold().str.replace(r"^(https?://)?(www\.)?|[/.\s]+$", "", regex=True)
    reference = rows["identifier"].str.casefold().str.replace(r"\W", "", regex=True)
    # A short number is a list's own, and another list has it for another place.
    reference = reference.where(reference.str.contains(r"\d") & (reference.str.len() >= 5), "")
    of_row = {
        "kind": pd.Series(kind),
        "list": rows["list"],
        "postcode": _postcodes(rows),
        "website": _text(website),
        "reference": _text(reference),
        "x": rows.geometry.x,
        "y": rows.geometry.y,
    }
    for column, values in of_row.items():
        records[column] = values.to_numpy()[n]
    return records.assign(n=n, record=np.arange(len(n)))


#: A column that happens to be empty must keep its type.
_RECORD = pa.schema(
    [
        *(
            (text, pa.string())
            for text in ("spoken", "joined", "kind", "list", "postcode", "website", "reference")
        ),
        *((words, pa.list_(pa.string())) for words in ("words", "core", "telling")),
        *((metres, pa.float64()) for metres in ("x", "y")),
        ("record", pa.int64()),
    ]
)


def _scored(rows: gpd.GeoDataFrame) -> pd.DataFrame:
    """Every pair that is at least doubtful: positions ``n_l``, ``n_r``, ``match_probability``, and each answer's number."""
    try:
        from splink import DuckDBAPI, Linker
    except ImportError:
        told = "To find one place on many lists, the library splink is needed, and it is not installed."
        raise PlaceError(Problem(MATCHES_NAME, told, 'Run: pip install "assetmap[match]"')) from None

    pairs = _neighbours(rows)
    if not len(pairs):
        return pd.DataFrame()
    compared = np.unique(pairs)
    records = _records(rows.iloc[compared])
    records["n"] = compared[records["n"].to_numpy()]
    # A row of several names is as many records, and is paired by whichever fits best.
    numbers = records[["n", "record"]]
    blocked = (
        pd.DataFrame(pairs, columns=["n_l", "n_r"])
        .merge(numbers.set_axis(["n_l", "join_key_l"], axis=1), on="n_l")
        .merge(numbers.set_axis(["n_r", "join_key_r"], axis=1), on="n_r")
    )
    engine = DuckDBAPI()
    linker = Linker(
        engine.register(pa.Table.from_pandas(records, _RECORD, preserve_index=False)),
        _settings(),
        log_level="ERROR",
    )
    keys = pa.Table.from_pandas(
        blocked[["join_key_l", "join_key_r"]].assign(match_key="0"), preserve_index=False
    )
    linker.table_management.register_blocked_pairs_for_predict(engine.register(keys))
    found = linker.inference.predict(_DOUBTFUL, warning_mode="never").as_duckdbpyrelation()
    answers = (f"gamma_{comparison}" for comparison in _COMPARISONS)
    scored = found.project(", ".join(["record_l", "record_r", "match_probability", *answers])).df()
    for side in "lr":
        scored[f"n_{side}"] = records["n"].to_numpy()[scored[f"record_{side}"]]
    scored = scored.sort_values(["match_probability", "record_l", "record_r"], ascending=[False, True, True])
    return scored.drop_duplicates(["n_l", "n_r"], ignore_index=True)


def _places(count: int, pairs: np.ndarray) -> np.ndarray:
    """For each of so many rows, the first row that a chain of pairs joins it to."""
    ones = np.ones(len(pairs), dtype=bool)
    joined = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    group = connected_components(joined, directed=False)[1]
    first = np.full(count, count)
    np.minimum.at(first, group, np.arange(count))
    return np.asarray(first[group])


def _clashing(rows: gpd.GeoDataFrame, place: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Whether each pair is of a chain that would make two places of one list one: then one of its pairs is wrong."""
    group = _places(len(rows), np.concatenate([pairs, np.column_stack([np.arange(len(rows)), place])]))
    members = pd.DataFrame({"group": group, "list": rows["list"].to_numpy(), "place": place})
    places = members[np.isin(group, group[pairs])].groupby(["group", "list"])["place"].nunique()
    return np.isin(group[pairs[:, 0]], places.index[places > 1].get_level_values("group"))


def _in_words(scored: pd.DataFrame) -> dict[str, pd.Series]:
    """What each comparison answered."""
    told = {}
    for comparison, answers in _COMPARISONS.items():
        said = [answer.told for answer in answers if not np.isnan(answer.same)]
        unsaid = next((answer.told for answer in answers if np.isnan(answer.same)), "")
        # splink numbers the answers from the last, and gives -1 where nothing can be said.
        told[comparison] = scored[f"gamma_{comparison}"].map({-1: unsaid, **dict(enumerate(reversed(said)))})
    return told


def find_matches(rows: gpd.GeoDataFrame, decided: Iterable[tuple[Hashable, Hashable]] = ()) -> pd.DataFrame:
    """Pairs of rows that are one place, and pairs that a person should look at, besides those that every load joins.

    Rows are compared where they are at most 250 m apart, or at most 1 km and of one postcode, and where their kinds are
    of one theme or not known. A pair is ``same`` where it is one place with a probability of at least 0.99, the names are
    the same or nearly so, and the two are at most 100 m apart or of one postcode; but not where their kinds differ, nor
    where it would make two places of one list one. Else it is ``doubtful``, if it is one place more likely than not.

    Parameters
    ----------
    rows
        The rows of all lists before they are merged: ``name``, ``kind`` (missing or "" where not known), ``list``,
        ``postcode``, ``website``, ``identifier``, ``geometry`` (points, in metres).
    decided
        Pairs of labels of `rows` on which people decided, and which are left out.

    Returns
    -------
    DataFrame
        One row a pair, the likeliest first: ``left`` and ``right`` (labels of `rows`), ``probability`` (0 to 1),
        ``verdict`` and ``why``, in words.

    Raises
    ------
    PlaceError
        Where splink is not installed.

    Notes
    -----
    The shares that each comparison rests on were counted once, on real lists, and stand in this module: so the answer
    for two rows does not hang on which others a place has. Names of neighbours differ in ways that no share of equal
    letters tells ("1st Sale Scouts", "2nd Sale Scouts"), so they are compared by their words, and by which of these
    tell places apart. The model is Fellegi and Sunter's (1969), and takes the comparisons for independent.
    """
    columns = ["left", "right", "probability", "verdict", "why"]
    place = _places(len(rows), _plainly_same(rows))
    scored = _scored(rows)
    if len(scored):
        scored = scored[place[scored["n_l"]] != place[scored["n_r"]]].reset_index(drop=True)
    if scored.empty:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    told = _in_words(scored)
    left, right = scored["n_l"].to_numpy(), scored["n_r"].to_numpy()
    apart = np.hypot(*(_xy(rows)[left] - _xy(rows)[right]).T)
    postcode = _postcodes(rows).to_numpy()
    posted = pd.notna(postcode[left]) & pd.notna(postcode[right])
    one_postcode = posted & (postcode[left] == postcode[right])

    sure = (
        (scored["match_probability"] >= _SURE)
        & told["names"].isin(_SAID_ALIKE)
        & ((apart <= _SAME_PLACE_M) | one_postcode)
        & (told["kinds"] != _KINDS_DIFFER)
    ).to_numpy()
    clash = np.zeros(len(scored), dtype=bool)
    clash[sure] = _clashing(rows, place, np.column_stack([left, right])[sure])

    parts = [
        told["names"],
        pd.Series(apart).map("{:.0f} m apart".format),
        np.select([one_postcode, posted], ["same postcode", "different postcodes"], ""),
        told["kinds"].mask(told["kinds"] == _KINDS_DIFFER, _kinds_told(rows, left, right)),
        *(told[comparison] for comparison in ("websites", "references", "lists")),
        np.where(clash, "more than one place of one list fits", ""),
    ]
    labels = rows.index.to_numpy()
    matches = pd.DataFrame(
        {
            "left": labels[left],
            "right": labels[right],
            "probability": scored["match_probability"].round(4),
            "verdict": np.where(sure & ~clash, "same", "doubtful"),
            "why": [", ".join(filter(None, each)) for each in zip(*parts, strict=True)],
        },
        columns=columns,
    )
    settled = {frozenset(pair) for pair in decided}
    still_open = [frozenset(pair) not in settled for pair in zip(labels[left], labels[right], strict=True)]
    return matches[still_open].reset_index(drop=True)


def _kinds_told(rows: gpd.GeoDataFrame, left: np.ndarray, right: np.ndarray) -> pd.Series:
    label = rows["kind"].map({kind: each.label for kind, each in kinds().items()}).astype(object).to_numpy()
    return pd.Series([f"{one} and {other}" for one, other in zip(label[left], label[right], strict=True)])


# -- organisations without a place ---------------------------------------------------------------

#: Words of a body beside another that its name tells of: the friends of a park, the parents of a school.
_BESIDE = set(
    "appeal appreciation association bursary circuit committee council district diocese federation foundation friend fund "
    "memorial network old parent patron playgroup prize pta scholarship society supporter teacher volunteer".split()
)

#: A register's words for a parish church.
_PARISH = re.compile(r"parochial church council of (the )?(ecclesiastical )?parish of", re.IGNORECASE)

#: Names without a place to go by are offered where what they share is so large a part of the longer one. Words are weighed
#: by the logarithm of how seldom they are (Spärck Jones 1972, Journal of Documentation 28: 11-21).
_SHARED = 0.6

_ROUNDING = 1e-9

#: The same of two with one postcode.
_SHARED_AT_POSTCODE = 0.3


def find_organisations(
    assets: gpd.GeoDataFrame,
    organisations: pd.DataFrame,
    decided: Iterable[tuple[Hashable, Hashable]] = (),
) -> pd.DataFrame:
    """Assets and organisations without a place that may be one, for a person to decide: a register's charity and its hall.

    They are compared by name: every word of the one that says which it is must be in the other, and the words that tell
    neighbours apart must be the same. What the names share must be as rare as a word that no other name has; less will do
    where both have one postcode. The friends of a park are not offered as the park. Nothing that is sensitive is offered, since that would tell its place.

    Parameters
    ----------
    assets
        As `assetmap.model.Place.assets`.
    organisations
        As `assetmap.model.Place.organisations`.
    decided
        Pairs of labels, of an asset and an organisation, on which people decided, and which are left out.

    Returns
    -------
    DataFrame
        One row a pair, those that share most first: ``left`` (label of `assets`), ``right`` (of `organisations`) and ``why``.
    """
    organisations = organisations[~sensitive(organisations)]
    said = organisations["name"].str.replace(_PARISH, "church", regex=True)
    sides = [[_taken_apart(name) for name in names] for names in (assets["name"].map(_given), said)]
    times = Counter(word for side in sides for each in side for word in each.words)
    names = sum(map(len, sides))
    rarity = {word: float(np.log(names / number)) for word, number in times.items()}
    postcodes = [_postcodes(side).to_numpy() for side in (assets, organisations)]
    settled, found = set(decided), []
    for n, m in sorted(_sharing(sides[0], sides[1], rarity)):
        one, other = sides[0][n], sides[1][m]
        both, longer = (
            sum(rarity[word] for word in words)
            for words in (
                set(one.words) & set(other.words),
                max(one.words, other.words, key=lambda words: sum(rarity[word] for word in words)),
            )
        )
        one_postcode = pd.notna(postcodes[0][n]) and postcodes[0][n] == postcodes[1][m]
        within = set(one.core) <= set(other.core) or set(other.core) <= set(one.core)
        alike = within and one.telling == other.telling and not _BESIDE & (set(one.words) ^ set(other.words))
        if one_postcode:
            enough = both >= _SHARED_AT_POSTCODE * longer
        else:
            enough = one.spoken == other.spoken or (
                alike and both >= max(_SHARED * longer, np.log(names / 2) - _ROUNDING)
            )
        pair = assets.index[n], organisations.index[m]
        if enough and pair not in settled:
            by_name = (
                "the same name"
                if one.spoken == other.spoken
                else "nearly the same name"
                if alike and set(one.core) == set(other.core)
                else "one name within the other"
                if alike
                else "a word in common"
            )
            why = f"{by_name}, {'same postcode' if one_postcode else 'no place to compare'}"
            found.append((-both / longer - one_postcode, *pair, why))
    return pd.DataFrame(
        [each[1:] for each in sorted(found, key=itemgetter(0))], columns=["left", "right", "why"]
    )


def sensitive(organisations: pd.DataFrame) -> pd.Series:
    """Of which organisations (`assetmap.model.Place.organisations`) nothing may tell where they are.

    A venue is among the organisations for that alone.
    """
    kind = organisations["kind"].map({name: each.sensitive for name, each in kinds().items()}).eq(True)
    named = organisations["name"].map(lambda name: sensitive_name(name) is not None).astype(bool)
    return kind | named | (organisations["role"] == "venue")


def _given(name: str) -> str:
    return "" if name.endswith(NAMELESS) else name


def _sharing(
    left: Sequence[_Name], right: Sequence[_Name], rarity: Mapping[str, float]
) -> set[tuple[int, int]]:
    """Positions of a name on the left and one on the right of which the one has the other's rarest word of its core."""
    found: set[tuple[int, int]] = set()
    for one, other, turned in ((left, right, False), (right, left, True)):
        with_rarest: dict[str, list[int]] = defaultdict(list)
        for n, name in enumerate(one):
            if name.core:
                with_rarest[max(name.core, key=lambda word: rarity[word])].append(n)
        pairs = (
            (n, m) for m, name in enumerate(other) for word in name.core for n in with_rarest.get(word, ())
        )
        found.update((m, n) if turned else (n, m) for n, m in pairs)
    return found


# -- one place, one asset ------------------------------------------------------------------------


def _plainly_same(rows: gpd.GeoDataFrame) -> np.ndarray:
    """Positions of two rows of one kind and name that are at most 100 m apart, the nearest pair first."""
    spoken = rows["name"].str.casefold().str.replace(r"[\W_]+", " ", regex=True).str.strip()
    named = np.flatnonzero((spoken != "") & ~rows["name"].str.endswith(NAMELESS))
    number = pd.factorize((rows["kind"].fillna("") + "\n" + spoken).iloc[named])[0]
    several = np.bincount(number)[number] > 1
    pairs = named[several][_near(_xy(rows)[named[several]], number[several], _SAME_PLACE_M)]
    apart = np.hypot(*(_xy(rows)[pairs[:, 0]] - _xy(rows)[pairs[:, 1]]).T)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0], apart))]


def first_of_same(
    rows: gpd.GeoDataFrame,
    matched: Iterable[tuple[Hashable, Hashable]] = (),
    decided: Mapping[tuple[Hashable, Hashable], bool] | None = None,
) -> pd.Series:
    """For each row, the first row that is the same place: itself, where it is no duplicate.

    Rows are the same place where a chain of pairs joins them: pairs that people say are one, pairs of one kind and name at
    most 100 m apart, and `matched` ones. So the answer does not hang on the order of the rows. What people hold apart
    stays apart: a third row that would join the two goes with the one it is joined to by the first of those pairs.

    Parameters
    ----------
    rows
        The rows of all lists: ``name``, ``kind``, ``geometry`` (points, in metres).
    matched
        Pairs of labels of `rows` that are the same, the likeliest first.
    decided
        Pairs of labels that people say are the same (True) or are not (False).

    Returns
    -------
    Series
        Labels of `rows`, indexed like it.
    """

    def positions(pairs: Iterable[tuple[Hashable, Hashable]]) -> np.ndarray:
        labels = pd.DataFrame(pairs, columns=["one", "other"])
        return np.column_stack([rows.index.get_indexer(labels[side]) for side in labels])

    decided = decided or {}
    asked = positions(pair for pair, same in decided.items() if same)
    held = positions(pair for pair, same in decided.items() if not same)
    pairs = np.concatenate([asked, _plainly_same(rows), positions(matched)])
    place = _places(len(rows), pairs)
    torn = np.unique(place[held[place[held[:, 0]] == place[held[:, 1]]]])
    for first in torn:
        members = np.flatnonzero(place == first)
        place[members] = _held_apart(members, pairs[np.isin(pairs[:, 0], members)], held)
    return pd.Series(rows.index[place], index=rows.index)


def _held_apart(members: np.ndarray, pairs: np.ndarray, held: np.ndarray) -> list[int]:
    """The place of each member: the pairs are joined in their order, but none that would join two that are held apart."""
    place = {int(member): int(member) for member in members}
    apart = [(int(one), int(other)) for one, other in held if one in place and other in place]
    for left, right in pairs.tolist():
        low, high = sorted((place[left], place[right]))
        if not any({place[one], place[other]} == {low, high} for one, other in apart):
            place = {member: low if each == high else each for member, each in place.items()}
    return list(place.values())


def gathered_up(rows: gpd.GeoDataFrame, first: pd.Series, fields: Iterable[str]) -> gpd.GeoDataFrame:
    """The first row of each place, with every source, and with what it leaves empty filled from the others.

    Parameters
    ----------
    rows
        The rows of all lists: ``sources``, ``licence`` and `fields`.
    first
        As `first_of_same` gives it.
    fields
        Columns of text that are filled, "" being empty.

    Returns
    -------
    GeoDataFrame
        `rows` where they are first; ``sources`` and ``licence`` are those of all.
    """
    fields = list(fields)
    kept = rows[first == first.index].copy()
    several = first.isin(first[first != first.index])
    merged, of = rows[several], first[several]
    filled = merged[fields].astype(object).where(merged[fields] != "", None).groupby(of).first().fillna("")
    kept.loc[filled.index, fields] = filled
    for column in ("sources", "licence"):
        each = merged[column].str.split("; ").explode().to_frame().assign(of=of).drop_duplicates()
        each = each.groupby("of")[column].agg("; ".join)
        kept.loc[each.index, column] = each
    return kept


# -- matches.csv ---------------------------------------------------------------------------------

_AGAIN = "Run “assetmap match” again."


def _keys(rows: gpd.GeoDataFrame) -> list[str]:
    """What the file calls each row."""
    return [
        as_cell(listing_key(*each))
        for each in zip(rows["name"], rows.geometry.x, rows.geometry.y, strict=True)
    ]


def write_matches(
    folder: Path,
    rows: gpd.GeoDataFrame,
    matches: pd.DataFrame,
    organisations: pd.DataFrame | None = None,
    unplaced: pd.DataFrame | None = None,
    assets: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Write what was found into the place folder, for people to read and every load to apply; the lines, as written.

    Parameters
    ----------
    folder
        The place folder.
    rows, matches
        The rows of all lists, and what `find_matches` found of them.
    assets, organisations, unplaced
        Assets and organisations, and what `find_organisations` found of them; all of it doubtful.

    Raises
    ------
    OutputError
        Where the folder cannot be written to.
    """
    sides = {side: rows.loc[matches[side]] for side in ("left", "right")}
    table = matches.assign(
        **{side: _keys(found) for side, found in sides.items()},
        **{f"{side}_list": found["list"].to_numpy() for side, found in sides.items()},
    )[list(_COLUMNS)]
    if unplaced is not None and len(unplaced) and assets is not None and organisations is not None:
        placed, listed = assets.loc[unplaced["left"]], organisations.loc[unplaced["right"]]
        doubtful = unplaced.assign(
            left=_keys(placed),
            left_list=placed["list"].to_numpy(),
            right=[as_cell(listing_key(name)) for name in listed["name"]],
            right_list=listed["list"].to_numpy(),
            probability="",
            verdict="doubtful",
        )[list(_COLUMNS)]
        table = pd.concat([table.astype(object), doubtful], ignore_index=True) if len(table) else doubtful
    _write(folder, table)
    return table


def _write(folder: Path, lines: pd.DataFrame) -> None:
    try:
        lines.to_csv(folder / MATCHES_NAME, index=False, lineterminator="\n", encoding="utf-8")
    except OSError as error:
        what = f"It cannot be written: {error.strerror}."
        raise OutputError(
            Problem(MATCHES_NAME, what, "Check that you may write to the place folder.")
        ) from None


def forget_matches(folder: Path, removed: Collection[str]) -> None:
    """Take the pairs out of the place folder's matches that name what was removed.

    Where only such a pair kept a listing out, its removal must stand in the decisions before; see
    `assetmap.sources.decisions.removed_besides`.

    Parameters
    ----------
    folder
        The place folder.
    removed
        Names in plain words.

    Raises
    ------
    PlaceError
        Where the matches cannot be read.
    OutputError
        Where they cannot be written.
    """
    lines = pd.DataFrame(_lines(folder), columns=list(_COLUMNS))
    names = lines[["left", "right"]].map(lambda key: plain_name(as_meant(key).rpartition(" @ ")[0]))
    going = names.isin(removed).any(axis=1)
    if going.any():
        _write(folder, lines[~going])


def _lines(folder: Path) -> list[dict[str, str]]:
    """What the place folder's matches say; nothing where it has none.

    Raises
    ------
    PlaceError
        Where the file is there and cannot be read.
    """
    try:
        text = (folder / MATCHES_NAME).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError):
        raise PlaceError(Problem(MATCHES_NAME, "It cannot be read.", f"Delete it. {_AGAIN}")) from None
    lines = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in _COLUMNS if column not in (lines.fieldnames or ())]
    if missing:
        what = f"It has no column {' and no '.join(missing)}."
        raise PlaceError(Problem(MATCHES_NAME, what, f"Delete it. {_AGAIN}"))
    return list(lines)


def doubtful_by_kind(
    folder: Path, rows: gpd.GeoDataFrame, decided: Collection[tuple[Hashable, Hashable]]
) -> dict[str, int] | None:
    """How many pairs of the place folder's matches wait for a person, by kind; None where lists were never compared.

    Parameters
    ----------
    folder, rows
        As in `read_matches`; ``kind`` too. A pair of two kinds counts for both.
    decided
        Pairs of labels on which people decided, the lower label first.

    Raises
    ------
    PlaceError
        As `read_matches`.
    """
    if not (folder / MATCHES_NAME).exists():
        return None
    named: dict[tuple[str, str], Any] = {}
    for label, *listing in zip(rows.index, _keys(rows), rows["list"], strict=True):
        named.setdefault(tuple(listing), label)
    waiting: Counter[str] = Counter()
    for line in _lines(folder):
        left, right = (named.get((line[side], line[f"{side}_list"])) for side in ("left", "right"))
        if line["verdict"] != "doubtful" or left is None or right is None:
            continue
        if (min(left, right), max(left, right)) not in decided:
            waiting.update({kinds()[rows.at[label, "kind"]].counts_as for label in (left, right)})
    return dict(waiting)


def matched_keys(folder: Path) -> list[tuple[str, str]]:
    """The keys of each two listings that the place folder's matches say are the same.

    Raises
    ------
    PlaceError
        As `read_matches`.
    """
    return [
        (as_meant(line["left"]), as_meant(line["right"]))
        for line in _lines(folder)
        if line["verdict"] == "same"
    ]


def read_matches(
    folder: Path, rows: gpd.GeoDataFrame
) -> tuple[list[tuple[Hashable, Hashable]], list[Problem]]:
    """Pairs of labels of `rows` that the place folder's matches say are the same, and what there is to tell.

    Parameters
    ----------
    folder
        The place folder; one without matches has none.
    rows
        The rows of all lists: ``name``, ``list``, ``geometry`` (points, in metres).

    Raises
    ------
    PlaceError
        Where the file is there and cannot be read.
    """
    named: dict[tuple[str, str], list[Hashable]] = {}
    for label, *listing in zip(rows.index, _keys(rows), rows["list"], strict=True):
        named.setdefault(tuple(listing), []).append(label)
    pairs: list[tuple[Hashable, Hashable]] = []
    problems, lost = [], 0
    for number, line in enumerate(_lines(folder), start=2):
        if line["verdict"] not in ("same", "doubtful"):
            what = f"“{line['verdict']}” is no verdict."
            problems.append(
                Problem(MATCHES_NAME, what, "Write same or doubtful.", number, "verdict", "rejected")
            )
        elif line["verdict"] == "same":
            left, right = (named.get((line[side], line[f"{side}_list"]), []) for side in ("left", "right"))
            pairs += [(one, other) for one in left for other in right if one != other]
            lost += not (left and right)
    if lost:
        what = f"{counted(lost, 'pair names a listing', 'pairs name a listing')} that is not on its list now."
        problems.append(Problem(MATCHES_NAME, what, _AGAIN, severity="note"))
    return pairs, problems
