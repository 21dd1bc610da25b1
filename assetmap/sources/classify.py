"""What kind each row of a list is, from the words that it gives: rules that a person can follow, and how sure they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from assetmap.taxonomy import Kind, Spoken, category_words, faint, kind_named, kinds, plain_words, spoken

__all__ = ["classify"]


#: What a text tells, if it tells anything.
_Told: TypeAlias = "_Reading | None"


class _Reading(NamedTuple):
    """What one text tells: a kind, how surely, and in which words."""

    kind: str
    confidence: float
    why: str


#: How sure each rule is; `classify` says what they mean. Measured in docs/taxonomy.md.
_LIST = 1.0
_AGREED = 0.98
_CATEGORY = 0.95
_CATEGORY_PIECE = 0.9
_CATEGORY_PHRASE = 0.8
_CATEGORY_MISSPELT = 0.7
_SENSITIVE = 0.9
_NAME_ENDS = 0.85
_NAME_HAS = 0.65
_NAME_FAINT = 0.6
_NAME_BOTH = 0.6
_NAME_ELSEWHERE = 0.5
_DESCRIPTION = 0.5
_DESCRIPTION_BOTH = 0.4

#: What it costs that category and name say different kinds.
_CONTRADICTED = 0.1

#: A category that is written wrong: so alike (100 = the same) to a word, and neither very short nor a sentence.
_ALIKE = 90
_MISSPELT_LENGTHS = range(6, 41)

_PIECES = re.compile(r"[;|>/,:=]")


def classify(
    names: pd.Series,
    descriptions: pd.Series,
    categories: pd.Series,
    *,
    list_kind: str | None = None,
) -> pd.DataFrame:
    """The kind of each row from its name, its description and its category in the list.

    The words are those of ``taxonomy.toml``. A category is believed before a name, and a name before a description.
    Within a name, the word nearest the end tells ("St Mary's Church Hall" is a church hall), what comes after "at" or
    "for" says where or for whom, and a street or a thing of the past says nothing ("Church Lane", "the Old Library").

    Parameters
    ----------
    names, descriptions, categories
        Texts, "" where there is none; indexed alike.
    list_kind
        The kind of the whole list, where a person has said it.

    Returns
    -------
    DataFrame
        Indexed like `names`: ``kind`` (None where nothing tells it), ``confidence`` (0 to 1) and ``why`` (plain words).

        ========== ==================================================================================
        confidence what it rests on
        ========== ==================================================================================
        1.00       a person said it of the whole list
        0.98       category and name say the same
        0.95, 0.90 the category, or a part of it, is a word of the table
        0.90       the name tells a sensitive kind, whatever else is said
        0.85, 0.65 the name ends in a word of the table; or has one
        0.80       the category holds a word of the table among others
        0.70       the category is a word of the table, misspelt
        0.60       the name has a word that says little ("hub"), or two ("church and café")
        0.50       the name has a word only after "at" or "for"; or only the description has one
        0.40       the description has words of several kinds: the first
        ========== ==================================================================================

        Category and name that differ take 0.1 away. The description is asked only where the other two leave the kind
        open.

    Examples
    --------
    >>> nothing = pd.Series(["", ""])
    >>> told = classify(pd.Series(["Library Café", "The Blue Boat"]), nothing, pd.Series(["", "Pub"]))
    >>> print(told.to_csv(index=False).strip())
    kind,confidence,why
    cafe,0.85,its name has “cafe”
    pub,0.95,its category is “Pub”
    """
    name_of, by_name = _read_each(names, _of_name)
    category_of, by_category = _read_each(categories, _of_category)
    # A description mentions much, so it is asked only where name and category leave the kind open.
    open_still = _tell_little(by_name)[name_of] & _tell_little(by_category)[category_of]
    description_of, by_description = _read_each(descriptions.where(open_still, ""), _of_description)
    # The same three readings are judged once, however many rows give them.
    numbers, combinations = pd.factorize(pd.MultiIndex.from_arrays([name_of, category_of, description_of]))
    whole = (
        _Reading(list_kind, _LIST, f"the whole list is of {kinds()[list_kind].plural}") if list_kind else None
    )
    judged = [
        _judge(by_name[name], by_category[category], by_description[description], whole)
        for name, category, description in combinations
    ]
    answers = pd.DataFrame([each or _UNKNOWN for each in judged], columns=["kind", "confidence", "why"])
    return answers.astype({"confidence": float}).take(numbers).set_axis(names.index)


_UNKNOWN = (None, 0.0, "no word of the table is in it")


def _tell_little(readings: list[_Told]) -> np.ndarray:
    """Which readings leave the kind open."""
    return np.array([each is None or kinds()[each.kind].general for each in readings], dtype=bool)


def _read_each(texts: pd.Series, read: Callable[[str], _Told]) -> tuple[np.ndarray, list[_Told]]:
    """What each text tells, as numbers into the different things told; each different text is read once."""
    rows, different = pd.factorize(texts.fillna("").astype(object))
    readings: dict[_Told, int] = {}
    numbers = [readings.setdefault(read(text), len(readings)) for text in different]
    return np.array(numbers, dtype=np.int64)[rows], list(readings)


def _of_name(text: str) -> _Told:
    found = spoken(text)
    sensitive = next((each for each in found if kinds()[each.kind].sensitive), None)
    if sensitive:
        return _Reading(sensitive.kind, _SENSITIVE, f"its name has “{sensitive.words}”")
    # A word that says little says nothing in the middle: the Meadow Garage is no meadow.
    found = [each for each in found if each.last or not faint(each.words)]
    # What it is comes before where it is, what says much before a general word, and the first part before the rest.
    for better in (_here, _telling):
        found = list(filter(better, found)) or found
    found = [each for each in found if each.part == found[0].part]
    if not found:
        return None
    ruling = next((each for each in found if each.words.endswith(" of")), None)
    number = len(found) - 1
    # Of several joined by "and", the first.
    while number and found[number].joined:
        number -= 1
    chosen = ruling or found[number]
    doubled = any(each.joined and each.kind != chosen.kind for each in found[number + 1 :])
    if chosen.elsewhere:
        confidence = _NAME_ELSEWHERE
    elif faint(chosen.words) or doubled:
        confidence = _NAME_FAINT
    elif chosen.last or ruling or number < len(found) - 1:
        confidence = _NAME_ENDS
    else:
        confidence = _NAME_FAINT if chosen.only_in_name else _NAME_HAS
    return _Reading(chosen.kind, confidence, f"its name has “{chosen.words}”")


def _here(each: Spoken) -> bool:
    return not each.elsewhere


def _telling(each: Spoken) -> bool:
    return not kinds()[each.kind].general


def _of_category(text: str) -> _Told:
    if not text:
        return None
    exact = kind_named(text)
    if exact:
        return _Reading(exact.kind, _CATEGORY, f"its category is “{text}”")
    # The last piece says most: "Leisure > Libraries", "amenity=library".
    pieces = (kind_named(piece) for piece in reversed(_PIECES.split(text)))
    piece = next((kind for kind in pieces if kind), None)
    if piece:
        return _Reading(piece.kind, _CATEGORY_PIECE, f"its category is “{text}”")
    found = [each for each in spoken(text) if not each.only_in_name and not each.elsewhere]
    if found:
        confidence = _CATEGORY_PHRASE if len({each.kind for each in found}) == 1 else _NAME_BOTH
        return _Reading(found[-1].kind, confidence, f"its category “{text}” has “{found[-1].words}”")
    alike = _misspelt(plain_words(text))
    if alike is None:
        return None
    return _Reading(
        alike.kind, _CATEGORY_MISSPELT, f"its category “{text}” is nearly a word for {alike.plural}"
    )


def _misspelt(words: str) -> Kind | None:
    """The kind whose word is written nearly like this."""
    if len(words) not in _MISSPELT_LENGTHS:
        return None
    found = process.extractOne(words, category_words(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return kind_named(found[0]) if found else None


def _of_description(text: str) -> _Told:
    """The first kind that a description speaks of; a sensitive one before all others."""
    if not text:
        return None
    found = [
        each
        for each in spoken(text)
        if not (each.only_in_name or each.elsewhere or faint(each.words)) and kinds()[each.kind].counted
    ]
    if not found:
        return None
    chosen = next((each for each in found if kinds()[each.kind].sensitive), found[0])
    confidence = _DESCRIPTION if len({each.kind for each in found}) == 1 else _DESCRIPTION_BOTH
    return _Reading(chosen.kind, confidence, f"its description has “{chosen.words}”")


def _judge(name: _Told, category: _Told, description: _Told, whole: _Told) -> _Told:
    """One answer from all that is told of a row."""
    if name and kinds()[name.kind].sensitive:
        return name
    if whole:
        return whole
    if description and kinds()[description.kind].sensitive:
        return description
    if not name or not category:
        return category or name or description
    if name.kind == category.kind:
        return _Reading(name.kind, _AGREED, f"{category.why}, and {name.why}")
    if kinds()[name.kind].general:
        return category
    if kinds()[category.kind].general:
        return name
    best, other = (category, name) if category.confidence >= name.confidence else (name, category)
    return _Reading(best.kind, round(best.confidence - _CONTRADICTED, 2), f"{best.why}, though {other.why}")
