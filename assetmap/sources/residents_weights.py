"""How residents weigh the themes: the tokens that they placed on each at an event."""

from __future__ import annotations

import math

import pandas as pd

from assetmap.errors import Problem
from assetmap.model import THEMES, ResidentsWeights
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.locate import rejected
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows
from assetmap.sources.tables import to_numbers
from assetmap.taxonomy import themes

__all__ = ["FEWEST_PEOPLE", "read_residents_weights"]

#: What fewer people than these said could be traced to one of them. Source: the rule of thumb of disclosure control that counts
#: of 1 to 4 are not shown.
FEWEST_PEOPLE = 5


def read_residents_weights(entry: Entry) -> tuple[ResidentsWeights, list[Problem], int, int]:
    """What share of the tokens each theme was given; the problems; the rows read and used.

    A theme goes by its name in recipes (``green_space``) or on screen (“Green space”). Rows of one theme are added up. A theme
    that is not in the file has no token.

    Raises
    ------
    PlaceError
        Where no token can be read, or the recipe does not say how many residents placed them.
    """
    people = entry.get("given_by")
    if isinstance(people, bool) or people < 1:
        what = "[residents_weights] given_by is not a number of people."
        raise fatal(entry, what, "Say how many residents placed the tokens, such as given_by = 34.")
    rows = read_rows(entry)
    columns = Entry(entry.table, {"theme": "theme", "tokens": "tokens", **entry.values}, entry.folder)
    require_columns(columns, rows.table, ("theme", "tokens"))
    said, tokens = rows.table[columns.get("theme")], to_numbers(rows.table[columns.get("tokens")])
    words = {label.lower(): theme for theme, label in themes().items()} | {theme: theme for theme in THEMES}
    theme = said.str.strip().str.lower().map(words)
    unknown = said[theme.isna()]
    unusable = tokens.index[~tokens.between(0, math.inf, inclusive="left").fillna(False)]
    unusable = unusable.difference(unknown.index)
    problems = [
        *rows.problems,
        *rejected(
            entry,
            unknown.map(lambda word: f"“{word}” is no theme."),
            f"Use one of: {', '.join(THEMES)}.",
            columns.get("theme"),
        ),
        *rejected(
            entry,
            pd.Series("Its tokens are not a number from 0.", index=unusable, dtype=object),
            "Mend the cell, or remove the row.",
            columns.get("tokens"),
        ),
    ]
    good = theme.index.difference(unknown.index).difference(unusable)
    placed = tokens[good].astype(float).groupby(theme[good]).sum().reindex(THEMES, fill_value=0.0)
    if not placed.sum() > 0:
        raise fatal(entry, "No token in it is on a theme.", "Write one row a theme, with its tokens above 0.")
    if people < FEWEST_PEOPLE:
        withheld = f"Fewer than {FEWEST_PEOPLE} residents placed tokens, so their weights are not shown: they could be traced to one of them."
        remedy = "Ask more residents, and add their tokens."
        problems.append(Problem(entry.file, withheld, remedy, severity="note"))
        return ResidentsWeights({}, None, withheld), problems, rows.rows_in, 0
    shares = {str(name): float(share) for name, share in (placed / placed.sum()).items()}
    return ResidentsWeights(shares, int(people)), problems, rows.rows_in, len(good)
