"""The words of the first screen in each language, from ``languages.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from assetmap.reasons import whole_minutes
from assetmap.taxonomy import kinds

__all__ = ["LANGUAGES", "kind_label", "minutes", "say", "table"]

#: Each language by its code (BCP 47), as its own speakers call it; the first is the one that every string has.
LANGUAGES = {"en": "English", "cy": "Cymraeg"}

#: Which form of its words a number takes, by the plural rules of CLDR 46; every other number takes "other".
_FORMS: dict[str, dict[int, str]] = {
    "en": {1: "one"},
    "cy": {0: "zero", 1: "one", 2: "two", 3: "few", 6: "many"},
}


@cache
def table() -> dict[str, Any]:
    """The whole table: ``words`` by key, and ``kinds`` of place by name."""
    text = (resources.files("assetmap.views") / "languages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(key: str, language: str = "en", n: int | None = None, **values: Any) -> str:
    """A string of the table; in English where the language has none.

    Parameters
    ----------
    key
        Its name in ``languages.toml``.
    language
        One of `LANGUAGES`.
    n
        The number that chooses among the forms of a plural.
    values
        What goes into the places between { }.

    Examples
    --------
    >>> say("minutes", "en", 1), say("minutes", "cy", 2), say("near", "cy", start="ZZ1 1AA")
    ('1 minute', '2 funud', 'Ger ZZ1 1AA')
    """
    given = table()["words"][key]
    spoken = language if language in given else "en"
    words = given[spoken]
    if n is None:
        return str(words.format(**values))
    form = _FORMS[spoken].get(n, "other")
    return str(words[form].format(n=f"{n:,}", **values))


def minutes(walk_min: float, language: str = "en") -> str:
    """Minutes on foot, in words; begun minutes count, as in `assetmap.reasons.minutes`."""
    return say("minutes", language, whole_minutes(walk_min))


def kind_label(kind: str, language: str = "en") -> str:
    """What a kind of place is called; in English where the language has no word for it.

    Examples
    --------
    >>> kind_label("library", "cy"), kind_label("golf_course", "cy")
    ('Llyfrgell', 'Golf course')
    """
    return str(table()["kinds"].get(kind, {}).get(language, kinds()[kind].label))
