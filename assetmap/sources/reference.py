"""The file of a reference: what the areas of another, larger place have, and how that was measured.

One JSON file: ``assetmap_reference`` (version of the format), ``name``, ``signature``, and ``figures`` with one list of equal length for
``area_code`` and each theme.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd

from assetmap.errors import Problem
from assetmap.model import THEMES, Reference
from assetmap.sources.files import fatal, file_bytes
from assetmap.sources.recipe import Entry

__all__ = ["REFERENCE_NAME", "read_reference", "reference_text"]

#: What the file is called where only a folder is named.
REFERENCE_NAME = "reference.json"

_VERSION = 1

#: What stands for minus infinity: there is no way to any place of the theme. Null stands for what is unknown.
_NO_WAY = "no way"

#: As many decimals as ranks are given by.
_DECIMALS = 9

_MAKE_ANEW = "Make it with “assetmap reference PLACE --out FILE”, and change nothing in it."


def reference_text(reference: Reference) -> str:
    """A reference as its file has it: the same reference gives the same text."""

    def cell(value: float) -> float | str | None:
        return _NO_WAY if value == -math.inf else None if math.isnan(value) else round(value, _DECIMALS)

    figures = {
        "area_code": [str(code) for code in reference.figures.index],
        **{
            str(theme): [cell(each) for each in values.astype(float)]
            for theme, values in reference.figures.items()
        },
    }
    content = {
        "assetmap_reference": _VERSION,
        "name": reference.name,
        "signature": dict(reference.signature),
        "figures": figures,
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def read_reference(entry: Entry) -> tuple[Reference, list[Problem], int, int]:
    """The reference in a file; the problems; the areas read and used.

    Raises
    ------
    PlaceError
        Where the file is no reference, or not whole.
    """
    written = file_bytes(entry)
    try:
        content = json.loads(written.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise fatal(entry, "It is not a reference that assetmap wrote.", _MAKE_ANEW) from None
    if not isinstance(content, dict) or content.get("assetmap_reference") != _VERSION:
        raise fatal(entry, "It is not a reference that this version of assetmap reads.", _MAKE_ANEW)
    name, signature, figures = (content.get(key) for key in ("name", "signature", "figures"))
    if not (isinstance(name, str) and isinstance(signature, dict) and isinstance(figures, dict)):
        raise fatal(entry, "It does not say of which place it is, or how it was measured.", _MAKE_ANEW)
    if not _whole(signature):
        raise fatal(entry, "It does not say how it was measured.", _MAKE_ANEW)
    themes = [theme for theme in THEMES if theme in figures]
    lists = [figures.get("area_code"), *(figures[theme] for theme in themes)]
    lengths = {len(each) if isinstance(each, list) else 0 for each in lists}
    if not themes or len(lengths) > 1 or 0 in lengths:
        raise fatal(entry, "Its figures are not whole: some area lacks one.", _MAKE_ANEW)
    codes, *told = lists
    table = pd.DataFrame(
        {
            theme: [_figure(entry, each) for each in values]
            for theme, values in zip(themes, told, strict=True)
        },
        index=pd.Index([str(code) for code in codes], name="area_code"),
        dtype=float,
    )
    if table.index.has_duplicates:
        raise fatal(entry, "An area stands in it twice.", _MAKE_ANEW)
    return Reference(name, table, signature), [], len(table), len(table)


def _whole(signature: dict[str, Any]) -> bool:
    """Whether a signature says of each theme its measure, its people and its lists."""
    by_theme = signature.get("themes")
    of_list = ("name", "file", "sha256", "coverage", "read_as", "looked_up_in")
    return isinstance(by_theme, dict) and all(
        isinstance(each, dict)
        and {"measure", "people", "lists"} <= set(each)
        and isinstance(each["lists"], list)
        and all(
            isinstance(one, dict) and all(isinstance(one.get(key), str) for key in of_list)
            for one in each["lists"]
        )
        for each in by_theme.values()
    )


def _figure(entry: Entry, value: Any) -> float:
    if value is None:
        return np.nan
    if value == _NO_WAY:
        return -np.inf
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise fatal(entry, f"“{str(value)[:40]}” in it is not a figure.", _MAKE_ANEW)
    return float(value)


def _no_number(word: str) -> float:
    raise ValueError(word)
