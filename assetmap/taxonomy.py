"""Kinds of community asset and the themes they count towards, read from ``taxonomy.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

__all__ = ["Kind", "kind_named", "kinds", "themes"]


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
    """

    kind: str
    theme: str
    label: str
    plural: str
    words: tuple[str, ...] = ()


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
            kind: Kind(kind, row["theme"], row["label"], row["plural"], tuple(row.get("words", ())))
            for kind, row in _table()["kinds"].items()
        }
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
