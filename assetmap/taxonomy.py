"""Kinds of community asset: what each counts towards, and the words that tell it. Read from ``taxonomy.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from assetmap.errors import AssetMapError, Problem
from assetmap.model import THEMES

__all__ = [
    "TAXONOMY_NAME",
    "UNCOUNTED",
    "Approach",
    "Kind",
    "Spoken",
    "Taxonomy",
    "TaxonomyError",
    "approaches",
    "category_words",
    "faint",
    "guide",
    "kind_named",
    "kind_of_tags",
    "kinds",
    "osm_keys",
    "plain_words",
    "read_taxonomy",
    "sectors",
    "sensitive_name",
    "spoken",
    "strands",
    "themes",
]

TAXONOMY_NAME = "taxonomy.toml"

#: The theme of kinds that are known and told, and count towards nothing.
UNCOUNTED = "none"


class TaxonomyError(AssetMapError, ValueError):
    """The table of kinds cannot be used as it was edited."""


@dataclass(frozen=True)
class Approach:
    """One of the 13 community-centred approaches (South 2015).

    Parameters
    ----------
    approach
        Its short name in the table, such as "time_bank".
    strand
        The strand of the family that it belongs to.
    label
        What readers see.
    """

    approach: str
    strand: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of asset.

    Parameters
    ----------
    kind
        Its short name in data, such as "food_bank".
    theme
        The theme it counts towards; `UNCOUNTED` for a kind that is known and counts towards nothing.
    label, plural
        What readers see.
    sector
        Who acts: "civic", "community" or "service" (PHE 2020, the population intervention triangle).
    guide
        Which of the guide's health assets it is (South 2015); "" for a kind that is not counted.
    approaches
        Which community-centred approaches it speaks to.
    words
        Other names that lists use for it; also looked for in names and descriptions.
    in_name
        Words that tell it only as a part of a name.
    osm
        OpenStreetMap tags that mean it: each a set of ``key=value`` that must all hold.
    open_referral
        Terms that Open Referral UK feeds use for it.
    counts_as
        The kind that it is one with where the nth of a kind adds less: itself, unless the table says another.
    sensitive
        Whether its address must not be told: it never becomes a point.
    general
        Whether it says little, so that a name which says more is believed instead.
    """

    kind: str
    theme: str
    label: str
    plural: str
    sector: str
    counts_as: str
    guide: str = ""
    approaches: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    in_name: tuple[str, ...] = ()
    osm: tuple[tuple[tuple[str, str], ...], ...] = ()
    open_referral: tuple[str, ...] = ()
    sensitive: bool = False
    general: bool = False

    @property
    def counted(self) -> bool:
        """Whether it counts towards a theme."""
        return self.theme != UNCOUNTED

    @property
    def names(self) -> tuple[str, ...]:
        """Every word that means it wherever it stands."""
        return (self.kind, self.label, self.plural, *self.words)


class Taxonomy(NamedTuple):
    """The whole table.

    Parameters
    ----------
    themes, strands, guide, sectors
        The label of each, by its short name.
    approaches, kinds
        Each by its short name.
    reading
        How a name is read: words in `plain_words`, by what they do.
    short
        How lists shorten words: the whole word by the short one.
    """

    themes: Mapping[str, str]
    strands: Mapping[str, str]
    guide: Mapping[str, str]
    sectors: Mapping[str, str]
    approaches: Mapping[str, Approach]
    kinds: Mapping[str, Kind]
    reading: Mapping[str, frozenset[str]]
    short: Mapping[str, str]


# ------------------------------------------------------------------------------------- reading the table

_LABELS = ("themes", "strands", "guide", "sectors")
_READING = ("nothing", "streets", "former", "elsewhere", "faint")
_KIND_TEXTS = ("theme", "label", "plural", "sector", "guide")
_KIND_LISTS = ("approaches", "words", "in_name", "osm", "open_referral")
_KIND_FLAGS = ("sensitive", "general")


def read_taxonomy(text: str) -> Taxonomy:
    """A table of kinds, checked.

    Parameters
    ----------
    text
        The table as TOML.

    Raises
    ------
    TaxonomyError
        With every fault of the table, each naming the kind and what to write instead.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = f"It cannot be read: {str(error).rstrip('.')}."
        raise TaxonomyError(
            Problem(TAXONOMY_NAME, what, "Look there for a missing quote, comma or bracket.")
        ) from None
    faults = list(_faults(table))
    faults = faults or list(_shared_words(table["kinds"]))
    if faults:
        raise TaxonomyError(Problem(TAXONOMY_NAME, what, remedy) for what, remedy in faults)
    reading = table["reading"]
    return Taxonomy(
        themes=table["themes"],
        strands=table["strands"],
        guide=table["guide"],
        sectors=table["sectors"],
        approaches={name: Approach(name, **row) for name, row in table["approaches"].items()},
        kinds={kind: _kind(kind, row) for kind, row in table["kinds"].items()},
        reading={name: frozenset(map(plain_words, reading[name])) for name in _READING},
        short=reading["short"],
    )


def _kind(kind: str, row: Mapping[str, Any]) -> Kind:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    tags = tuple(_tags(each) for each in values.pop("osm", ()))
    return Kind(**{"kind": kind, "counts_as": kind, **values, "osm": tags})


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of "amenity=social_facility & social_facility=food_bank"."""
    pairs = (each.strip().partition("=") for each in text.split("&"))
    return tuple((key, value) for key, _, value in pairs)


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and plain_words(each) for each in value)


def _one_of(options: Mapping[str, Any] | tuple[str, ...]) -> str:
    return f"one of: {', '.join(options)}"


def _faults(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the table, and what to do about it: its sections first, for all else hangs on them."""
    sections = (*_LABELS, "approaches", "kinds", "reading")
    lost = [name for name in sections if not isinstance(table.get(name), dict)]
    strange = [name for name in table if name not in sections]
    for name in lost:
        yield f"It has no section [{name}].", "Put it back; a fresh copy of assetmap has it."
    for name in strange:
        yield f"It has a section [{name}] that nothing reads.", f"Write {_one_of(sections)}."
    if lost:
        return
    for section in _LABELS:
        for name, label in table[section].items():
            if not isinstance(label, str):
                yield f"“{name}” of [{section}] is not a text.", f'Write it like {name} = "Its label".'
    if tuple(table["themes"]) != THEMES:
        yield (
            f"[themes] holds {', '.join(table['themes']) or 'nothing'}.",
            f"It must hold {', '.join(THEMES)}, in this order; their labels may change.",
        )
    for name, row in table["approaches"].items():
        whole = isinstance(row, dict) and row.keys() == {"strand", "label"}
        if not whole or not all(isinstance(value, str) for value in row.values()):
            yield (
                f"The approach “{name}” does not have a strand and a label.",
                f'Write it like {name} = {{ strand = "access", label = "Its label" }}.',
            )
        elif row["strand"] not in table["strands"]:
            yield (
                f"The approach “{name}” is of strand “{row['strand']}”, which [strands] does not have.",
                f"Use {_one_of(table['strands'])}.",
            )
    for name in _READING:
        if not _is_words(table["reading"].get(name)):
            yield f"[reading] has no list “{name}”.", f'Write it like {name} = ["a word", "another"].'
    short = table["reading"].get("short")
    if not isinstance(short, dict) or not all(isinstance(word, str) for word in short.values()):
        yield "It has no section [reading.short] of words.", 'Write its lines like ctr = "centre".'
    for kind, row in table["kinds"].items():
        for what, remedy in _kind_faults(kind, row, table):
            yield f"The kind “{kind}” {what}", remedy


def _kind_faults(kind: str, row: object, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with one kind, as the rest of a sentence."""
    if not isinstance(row, dict):
        yield "is not a section.", f"Write it as [kinds.{kind}], with a line for each of its keys."
        return
    if not re.fullmatch(r"[a-z0-9_]+", kind):
        yield "has a short name that data cannot hold.", "Use small letters, digits and underscores only."
    keys = (*_KIND_TEXTS, *_KIND_LISTS, *_KIND_FLAGS, "counts_as")
    for key in sorted(row.keys() - set(keys)):
        yield f"has a line “{key}” that nothing reads.", f"Write {_one_of(keys)}."
    uncounted = row.get("theme") == UNCOUNTED
    options = {
        "theme": (*table["themes"], UNCOUNTED),
        "sector": tuple(table["sectors"]),
        "guide": tuple(table["guide"]),
    }
    for key in _KIND_TEXTS:
        value = row.get(key)
        if value is None and key == "guide" and uncounted:
            continue
        if not isinstance(value, str) or not value.strip():
            yield (
                f"has no {key}.",
                f"Give {key} = {_one_of(options[key])}." if key in options else f'Write {key} = "…".',
            )
        elif key in options and value not in options[key]:
            yield f"has {key} “{value}”, which the table does not have.", f"Use {_one_of(options[key])}."
    for key in _KIND_LISTS:
        if not _is_words(row.get(key, [])):
            yield f"has {key} that is not a list of texts.", f'Write it like {key} = ["one", "another"].'
        elif key == "approaches":
            for name in row.get(key, ()):
                if name not in table["approaches"]:
                    yield (
                        f"has the approach “{name}”, which [approaches] does not have.",
                        f"Use {_one_of(table['approaches'])}.",
                    )
        elif key == "osm":
            for text in row.get(key, ()):
                if not all(name and value for name, value in _tags(text)):
                    yield f"has the tags “{text}”.", 'Write them like "amenity=cafe" or "a=b & c=d".'
    # Without the line, the other is the kind itself.
    other = table["kinds"].get(str(row.get("counts_as", kind)))
    if not isinstance(other, dict) or (
        other is not row and (other.get("theme") != row.get("theme") or "counts_as" in other)
    ):
        yield (
            f"counts as “{row['counts_as']}”, which is no kind of the same theme that counts as itself.",
            "Name another kind, or leave the line out.",
        )
    for key in _KIND_FLAGS:
        if not isinstance(row.get(key, False), bool):
            yield f"has {key} that is not true or false.", f"Write {key} = true, or leave the line out."


def _shared_words(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Words that mean two kinds."""
    meant: dict[str, str] = {}
    for kind, row in table.items():
        each = _kind(kind, row)
        for word in (*each.names, *each.in_name, *each.open_referral):
            other = meant.setdefault(plain_words(word), kind)
            if other != kind:
                yield f"The word “{word}” means both “{other}” and “{kind}”.", "Leave it to one of them."


@cache
def _taxonomy() -> Taxonomy:
    return read_taxonomy(resources.files("assetmap").joinpath(TAXONOMY_NAME).read_text(encoding="utf-8"))


def themes() -> Mapping[str, str]:
    """Label of each theme, in the order they are told."""
    try:
        return _taxonomy().themes
    except TaxonomyError:
        # Asked for while modules are imported, where nobody can be told; `kinds`, without which nothing loads, tells.
        return {theme: theme for theme in THEMES}


def kinds() -> Mapping[str, Kind]:
    """Every kind of asset by its short name."""
    return _taxonomy().kinds


def strands() -> Mapping[str, str]:
    """Label of each strand of the family of community-centred approaches (South 2015)."""
    return _taxonomy().strands


def approaches() -> Mapping[str, Approach]:
    """Each of the 13 community-centred approaches by its short name."""
    return _taxonomy().approaches


def guide() -> Mapping[str, str]:
    """Label of each of the guide's health assets (South 2015)."""
    return _taxonomy().guide


def sectors() -> Mapping[str, str]:
    """Label of each sector (PHE 2020, the population intervention triangle)."""
    return _taxonomy().sectors


# ------------------------------------------------------------------------------------- OpenStreetMap tags


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


# ------------------------------------------------------------------------------------------------- words


def _but_letters(breaks: str, becomes: str) -> dict[int, str]:
    """What each sign that is no small letter or digit becomes: what parts a text, and a space else."""
    signs = (chr(number) for number in range(128))
    return {ord(sign): becomes if sign in breaks else " " for sign in signs if not re.match("[a-z0-9]", sign)}


_TO_WORDS = _but_letters("", "")
_TO_PARTS = _but_letters(",;:|/\n", "\n")
#: The end of a sentence; not that of "St. Mary's".
_FULL_STOP = re.compile(r"(?<=[a-z]{3})\.\s")
_REMARK = re.compile(r"[(\[]([^)\]]*)[)\]]?")


def _small(text: str) -> str:
    """Small ASCII letters without accents or apostrophes; "&" as "and", "@" as "at"."""
    text = text.casefold()
    if not text.isascii():
        for sign, plain in (("’", ""), ("‘", ""), ("–", "-"), ("—", "-")):
            text = text.replace(sign, plain)
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return text.replace("'", "").replace("&", " and ").replace("@", " at ")


def plain_words(text: str) -> str:
    """Words as they are compared: small letters without accents or apostrophes, "&" as "and", single spaces.

    Examples
    --------
    >>> plain_words("Children’s  Centre & CAFÉ")
    'childrens centre and cafe'
    """
    return " ".join(_small(text).translate(_TO_WORDS).split())


def _plural(word: str) -> str:
    """A plain word in the plural, by the rules of English spelling."""
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|z|ch|sh)$", word) else f"{word}s"


@cache
def _by_word() -> dict[str, str]:
    """The kind of each word that means it wherever it stands, in singular and plural."""
    words = {plain_words(word): each.kind for each in kinds().values() for word in each.names}
    return {_plural(word): kind for word, kind in words.items()} | words


@cache
def _by_category() -> dict[str, str]:
    """The kind of each word that a list may use as a category."""
    terms = {plain_words(term): each.kind for each in kinds().values() for term in each.open_referral}
    return terms | _by_word()


def category_words() -> Collection[str]:
    """Every word that means a kind as a list's category, in `plain_words`."""
    return _by_category().keys()


def kind_named(text: str) -> Kind | None:
    """The kind that a list's own word means, or None where the taxonomy does not know it.

    Examples
    --------
    >>> kind_named("Public Park Or Garden").kind
    'park'
    >>> kind_named("Casino") is None
    True
    """
    plain = plain_words(text)
    short = _taxonomy().short
    whole = " ".join(short.get(word, word) for word in plain.split())
    found = _by_category().get(plain) or _by_category().get(whole)
    return kinds()[found] if found else None


class Spoken(NamedTuple):
    """A kind's word within a text.

    Parameters
    ----------
    kind
        The kind's short name.
    words
        The word as the text has it, in `plain_words`.
    part
        Which part of the text it stands in, from 0; parts are parted by commas, dashes and full stops, and what
        stands in brackets comes last.
    elsewhere
        Whether it comes after a word such as "at" or "for", so that it says where or for whom rather than what.
    last
        Whether it ends its part, or stands before such a word or "of".
    joined
        Whether an "and" stands between it and the word before it.
    only_in_name
        Whether it tells the kind only as part of a name.
    """

    kind: str
    words: str
    part: int
    elsewhere: bool
    last: bool
    joined: bool
    only_in_name: bool


@cache
def _by_first_word() -> dict[str, list[tuple[tuple[str, ...], str | None, bool]]]:
    """Every phrase to look for in a text with its kind and whether it counts in names only, by its first word.

    The longest phrases come first; a phrase that means nothing has no kind.
    """
    meanings: dict[str, tuple[str | None, bool]] = {word: (kind, False) for word, kind in _by_word().items()}
    for each in kinds().values():
        meanings |= {plain_words(word): (each.kind, True) for word in each.in_name}
    meanings |= dict.fromkeys(_taxonomy().reading["nothing"], (None, True))
    phrases: dict[str, list[tuple[tuple[str, ...], str | None, bool]]] = {}
    for word in sorted(meanings, key=lambda word: -len(word.split())):
        split = tuple(word.split())
        phrases.setdefault(split[0], []).append((split, *meanings[word]))
    return phrases


def spoken(text: str) -> list[Spoken]:
    """The kinds' words in a name or a description, in their order; the longest at each place.

    A word of a street's name ("Church Lane") or of what was there once ("the Old Library") is left out.

    Examples
    --------
    >>> [each.kind for each in spoken("St Mary’s Church Hall, Library Street")]
    ['church_hall']
    """
    phrases, reading, telling = _by_first_word(), _taxonomy().reading, _telling()
    elsewhere, streets, former = reading["elsewhere"], reading["streets"], reading["former"]
    found: list[Spoken] = []
    for part, words in enumerate(_parts(text)):
        done, away, joined = 0, False, False
        for at, word in enumerate(words):
            if word not in telling or at < done:
                continue
            for phrase, kind, only_in_name in phrases.get(word, ()):
                done = at + len(phrase)
                if len(phrase) > 1 and phrase != tuple(words[at:done]):
                    continue
                after = words[done] if done < len(words) else ""
                if kind and after not in streets and not (at and words[at - 1] in former):
                    last = not after or after == "of" or after in elsewhere
                    found.append(Spoken(kind, " ".join(phrase), part, away, last, joined, only_in_name))
                    joined = False
                break
            else:
                done = at + 1
                away = away or word in elsewhere
                joined = joined or word == "and"
    return found


@cache
def _telling() -> frozenset[str]:
    """Every word that begins a phrase, or says how to take the next."""
    return _taxonomy().reading["elsewhere"] | _by_first_word().keys() | {"and"}


def _parts(text: str) -> list[list[str]]:
    """The words of each part of a text, shortened words made whole; what stands in brackets comes last."""
    text = _small(text).replace(" - ", "\n")
    if ". " in text:
        text = _FULL_STOP.sub("\n", text)
    if "(" in text or "[" in text:
        text = "\n".join((_REMARK.sub(" ", text), *_REMARK.findall(text)))
    parts = [part.split() for part in text.translate(_TO_PARTS).split("\n")]
    short = _taxonomy().short
    return [
        part if short.keys().isdisjoint(part) else [short.get(word, word) for word in part] for part in parts
    ]


def faint(words: str) -> bool:
    """Whether a word that `spoken` found says little on its own, as "hub" does."""
    return words in _faint()


@cache
def _faint() -> frozenset[str]:
    words = _taxonomy().reading["faint"]
    return words | {_plural(word) for word in words}


def sensitive_name(name: str) -> Kind | None:
    """The sensitive kind that a name tells, or None; whatever kind its list says.

    Examples
    --------
    >>> sensitive_name("Women’s Aid, Wrenmouth").kind
    'refuge'
    >>> sensitive_name("Wrenmouth Library") is None
    True
    """
    if _sensitive_words().isdisjoint(word for part in _parts(name) for word in part):
        return None
    told = (kinds()[each.kind] for each in spoken(name))
    return next((kind for kind in told if kind.sensitive), None)


@cache
def _sensitive_words() -> frozenset[str]:
    """A word of each phrase of a sensitive kind, the rarest elsewhere: a name without any need not be read closely."""
    phrases = [found for of_word in _by_first_word().values() for found in of_word]
    telling = [phrase for phrase, kind, _ in phrases if kind and kinds()[kind].sensitive]
    elsewhere = Counter(word for phrase, _, _ in phrases if phrase not in telling for word in phrase)
    return frozenset(min(phrase, key=lambda word: (elsewhere[word], -len(word))) for phrase in telling)
