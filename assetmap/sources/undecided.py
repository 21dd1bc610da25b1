"""What people are asked about the lists of a place: kinds that no word tells, and places that may be told twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from assetmap.model import Place
from assetmap.sources.decisions import Decision, listing_key, plain_name, removed_names
from assetmap.sources.fetch import is_url
from assetmap.sources.linkage import find_matches, first_of_same, matched_keys, read_matches
from assetmap.sources.merging import decided_pairs
from assetmap.sources.recipe import BY_NAME, RECIPE_NAME, read_recipe
from assetmap.sources.rows import read_rows
from assetmap.taxonomy import kind_named, plain_words

__all__ = ["Question", "doubtful_pairs", "joined_keys", "undecided_kinds"]

#: How `assetmap.sources.assets` tells of a word that is no kind, and of a row whose words leave its kind in doubt.
_NO_KIND = re.compile(r"“(.+)” is not a kind that the taxonomy knows\.", re.DOTALL)
_DOUBT = re.compile(r"It may be: (.+), but that is not sure \((.*)\)\.", re.DOTALL)
_NO_WORD = "Its words do not tell what kind it is."


class Question(NamedTuple):
    """A word of a list, or a name, whose kind nobody has decided.

    Parameters
    ----------
    subject
        The word or the name, as it is written the first time.
    rows
        In how many rows it stands.
    files
        In which files.
    kind
        The kind it may be; "" where nothing tells.
    why
        What speaks for that kind.
    """

    subject: str
    rows: int
    files: tuple[str, ...]
    kind: str = ""
    why: str = ""


def undecided_kinds(folder: Path, place: Place, decisions: Iterable[Decision]) -> list[Question]:
    """Words and names whose kind is to be decided, those of the most rows first.

    What was removed is not asked about, nor are rows without a name or of a feed on the internet.

    Parameters
    ----------
    folder
        The place folder; its lists are read again for the names of their rows.
    place
        The place as it was loaded from there.
    decisions
        What people decided.
    """
    told = [each for each in place.problems if each.severity == "rejected"]
    doubted = {each.file for each in told if each.what == _NO_WORD or _DOUBT.fullmatch(each.what)}
    names = _names(folder, doubted)
    removed = removed_names(decisions, place.crs, matched_keys(folder))
    asked: dict[str, Question] = {}
    for problem in told:
        word, doubt = _NO_KIND.fullmatch(problem.what), _DOUBT.fullmatch(problem.what)
        if word:
            subject = word[1]
        elif doubt or problem.what == _NO_WORD:
            subject = names.get((problem.file, problem.row), "")
        else:
            continue
        plain = plain_words(subject)
        if not plain or plain_name(subject) in removed:
            continue
        kind = kind_named(doubt[1]) if doubt else None
        new = Question(subject, 0, (), kind.kind if kind else "", doubt[2] if doubt else "")
        before = asked.get(plain, new)
        files = tuple(dict.fromkeys((*before.files, problem.file)))
        asked[plain] = before._replace(rows=before.rows + 1, files=files)
    return sorted(asked.values(), key=lambda each: (-each.rows, plain_words(each.subject)))


def _names(folder: Path, files: Collection[str]) -> Mapping[tuple[str, int | None], str]:
    """The name of each row of those files, by file and row, where kinds are worked out from words."""
    names: dict[tuple[str, int | None], str] = {}
    for entry in read_recipe(folder / RECIPE_NAME).entries("assets") if files else ():
        if entry.file in files and entry.get("kind") == BY_NAME and not is_url(str(entry.get("file"))):
            listed = read_rows(entry)
            title = entry.get("title") or listed.columns.get("title")
            if title:
                names |= {(entry.file, int(str(row))): name for row, name in listed.table[title].items()}
    return names


def doubtful_pairs(place: Place, decisions: Iterable[Decision]) -> pd.DataFrame:
    """Assets that may be one place told twice, the likeliest first, but for those that people decided on.

    Returns
    -------
    DataFrame
        See `assetmap.sources.linkage.find_matches`; ``left`` and ``right`` are labels of the place's assets.

    Raises
    ------
    PlaceError
        Where splink is not installed.
    """
    return find_matches(place.assets, decided_pairs(place.assets, decisions))


def joined_keys(folder: Path, place: Place, decisions: Iterable[Decision], key: str) -> list[str]:
    """What decisions call each listing that a load joined into one asset: lists may call it by different names.

    Parameters
    ----------
    folder
        The place folder, which may hold matches.
    place
        The place as it was loaded from there.
    decisions
        What people decided.
    key
        The asset's; see `assetmap.sources.decisions.listing_key`. It comes first.
    """
    rows = place.listings
    if rows.empty:
        return [key]
    keys = pd.Series(
        [listing_key(*each) for each in zip(rows["name"], rows.geometry.x, rows.geometry.y, strict=True)],
        rows.index,
    )
    matched, _ = read_matches(folder, rows)
    first = first_of_same(rows, matched, decided_pairs(rows, decisions))
    return list(dict.fromkeys([key, *keys[first.isin(first[keys == key])]]))
