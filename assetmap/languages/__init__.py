"""Every string that the app shows, in each language: one table for each page or part of one, which a translator edits alone.

The names of figures, kinds and standards stand in their own registries: `assetmap.columns`, `assetmap.taxonomy` and
`assetmap.standards`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "say", "table"]

#: Each language by its code (BCP 47), as its own speakers call it; the first is the one that every string has.
LANGUAGES = {"en": "English", "cy": "Cymraeg"}

#: Which form of its words a number takes, by the plural rules of CLDR 46; every other number takes "other".
_FORMS: dict[str, dict[int, str]] = {
    "en": {1: "one"},
    "cy": {0: "zero", 1: "one", 2: "two", 3: "few", 6: "many"},
}


@cache
def table() -> dict[str, dict[str, Any]]:
    """Each string by its key ``FILE.NAME``: its words in each language, or for a plural each of their forms."""
    words = {}
    for path in sorted(Path(str(resources.files("assetmap.languages"))).glob("*.toml")):
        for name, said in tomllib.loads(path.read_text(encoding="utf-8")).items():
            words[f"{path.stem}.{name}"] = {"en": said} if isinstance(said, str) else said
    return words


def say(key: str, language: str = "en", n: int | None = None, **values: Any) -> str:
    """A string of the table; in English where the language has none.

    Parameters
    ----------
    key
        ``FILE.NAME``: the name it has in ``FILE.toml``.
    language
        One of `LANGUAGES`.
    n
        The number that chooses among the forms of a plural.
    values
        What goes into the places between { }.

    Examples
    --------
    >>> say("near.minutes", "en", 1), say("near.minutes", "cy", 2), say("near.near", "cy", start="ZZ1 1AA")
    ('1 minute', '2 funud', 'Ger ZZ1 1AA')
    """
    given = table()[key]
    spoken = language if language in given else "en"
    words = given[spoken]
    if n is None:
        return str(words.format(**values))
    form = _FORMS[spoken].get(n, "other")
    return str(words[form].format(n=f"{n:,}", **values))
