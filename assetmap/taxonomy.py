"""Kinds of community asset and the themes they count towards, read from ``taxonomy.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

__all__ = ["Kind", "kind_named", "kind_of_tags", "kinds", "osm_keys", "themes"]


@dataclass(frozen=True)
class Kind:
    """One kind of asset.

    Parameters
    ----------
    kind
        Its short name in data, such as "food_bank".
    theme
        The theme it counts towards.
    label, plural
        What readers see.
    words
        Other names that lists use for it, lower case.
    osm
        OpenStreetMap tags that mean it: each a set of ``key=value`` that must all hold.
    """

    kind: str
    theme: str
    label: str
    plural: str
    words: tuple[str, ...] = ()
    osm: tuple[tuple[tuple[str, str], ...], ...] = ()


@cache
def _table() -> dict[str, Any]:
    text = resources.files("assetmap").joinpath("taxonomy.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def themes() -> MappingProxyType[str, str]:
    """Label of each theme, in the order they are told."""
    return MappingProxyType(dict(_table()["themes"]))


@cache
def kinds() -> MappingProxyType[str, Kind]:
    """Every kind of asset by its short name."""
    return MappingProxyType(
        {
            kind: Kind(
                kind,
                row["theme"],
                row["label"],
                row["plural"],
                tuple(row.get("words", ())),
                tuple(_tags(each) for each in row.get("osm", ())),
            )
            for kind, row in _table()["kinds"].items()
        }
    )


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of "amenity=social_facility & social_facility=food_bank"."""
    pairs = (each.strip().partition("=") for each in text.split("&"))
    return tuple((key, value) for key, _, value in pairs)


@cache
def osm_keys() -> tuple[str, ...]:
    """Every OpenStreetMap key that some kind is told by."""
    return tuple(sorted({key for kind in kinds().values() for tags in kind.osm for key, _ in tags}))


@cache
def _by_tags() -> list[tuple[tuple[tuple[str, str], ...], Kind]]:
    """Every set of tags with its kind; the more tags a set asks for, the earlier it is tried."""
    pairs = [(tags, kind) for kind in kinds().values() for tags in kind.osm]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def kind_of_tags(tags: Mapping[str, str]) -> Kind | None:
    """The kind that OpenStreetMap tags mean, or None; a value may be one of several, as "cafe;pub".

    Examples
    --------
    >>> kind_of_tags({"amenity": "community_centre", "community_centre": "youth_centre"}).kind
    'youth_centre'
    """
    values = {key: {each.strip() for each in value.split(";")} for key, value in tags.items()}
    return next(
        (kind for wanted, kind in _by_tags() if all(value in values.get(key, ()) for key, value in wanted)),
        None,
    )


def _plain(text: str) -> str:
    """Lower case, one kind of apostrophe, no punctuation and single spaces."""
    text = text.casefold().replace("’", "'").replace("é", "e").replace("_", " ")
    return re.sub(r"[^a-z0-9']+", " ", text).strip()


@cache
def _by_word() -> dict[str, str]:
    return {
        _plain(word): each.kind
        for each in kinds().values()
        for word in (each.kind, each.label, each.plural, *each.words)
    }


def kind_named(text: str) -> Kind | None:
    """The kind that a list's own word means, or None where the taxonomy does not know it.

    Examples
    --------
    >>> kind_named("Public Park Or Garden").kind
    'park'
    >>> kind_named("Golf Course") is None
    True
    """
    found = _by_word().get(_plain(text))
    return None if found is None else kinds()[found]
