"""Which places the map shows: all, or those of one kind, theme, approach or sector."""

from __future__ import annotations

from collections import Counter

from assetmap.languages import say
from assetmap.model import Place
from assetmap.taxonomy import Kind, approaches, kinds, sectors, themes

__all__ = ["labels", "ways"]


def _meanings(kind: Kind) -> list[str]:
    """Everything that a kind is shown by."""
    return [
        f"theme:{kind.theme}",
        *(f"approach:{each}" for each in kind.approaches),
        f"sector:{kind.sector}",
        f"kind:{kind.kind}",
    ]


def _found(place: Place) -> Counter[str]:
    """How many places there are of each kind; green space counts by its sites."""
    return Counter(dict(place.assets["kind"].value_counts())) + Counter(
        dict(place.green_space["kind"].value_counts())
    )


def ways(place: Place) -> dict[str, str]:
    """What may be shown alone, by its short name, with how many places that is; all of them first.

    A kind that speaks to several of the guide's approaches is shown by each of them.
    """
    known, found = kinds(), _found(place)
    counts: Counter[str] = Counter()
    for kind, number in found.items():
        for meaning in _meanings(known[kind]):
            counts[meaning] += number
    named = {
        **{f"theme:{name}": say("map.show_theme", label=label) for name, label in themes().items()},
        **{
            f"approach:{name}": say("map.show_approach", label=each.label)
            for name, each in approaches().items()
        },
        **{f"sector:{name}": say("map.show_sector", label=label) for name, label in sectors().items()},
        **dict(
            sorted((f"kind:{name}", say("map.show_kind", label=kind.label)) for name, kind in known.items())
        ),
    }
    told = {
        name: say("map.show_number", label=label, number=counts[name])
        for name, label in named.items()
        if counts[name]
    }
    return {"": say("map.show_all"), **told}


def labels(place: Place, way: str) -> list[str]:
    """The labels of the kinds that are shown by one of `ways`, as the map knows its marks by them; none where all are shown."""
    known = kinds()
    return sorted({known[kind].label for kind in _found(place) if way in _meanings(known[kind])})
