"""What somebody states of places: that one opened or closed, which no list tells by itself."""

from __future__ import annotations

from pathlib import Path

from assetmap.errors import Problem
from assetmap.sources.decisions import plain_name
from assetmap.sources.files import fatal
from assetmap.sources.recipe import Entry
from assetmap.sources.tables import read_table

__all__ = ["STATED", "read_stated"]

#: What may be stated of a place.
STATED = ("opened", "closed")

_COLUMNS = ("name", "stated", "by")


def read_stated(file: str | Path) -> tuple[dict[tuple[str, str], str], list[Problem]]:
    """Who says of which place that it opened or closed; and the rows that could not be used.

    Parameters
    ----------
    file
        A table with the columns ``name``, ``stated`` (one of `STATED`) and ``by`` (who says so, and when).

    Returns
    -------
    tuple
        Who says so, by the plain name of the place and what is stated; the problems.

    Raises
    ------
    PlaceError
        Where the file cannot be read, or a column is missing.
    """
    path = Path(file)
    entry = Entry("stated", {"file": path.name}, path.parent)
    table, problems = read_table(entry)
    for column in _COLUMNS:
        if column not in table:
            raise fatal(
                entry, f"There is no column “{column}”.", f"Give it the columns {', '.join(_COLUMNS)}."
            )
    said: dict[tuple[str, str], str] = {}
    for row, name, state, by in table[list(_COLUMNS)].itertuples(name=None):
        if plain_name(name) and state.casefold() in STATED and by:
            said[plain_name(name), state.casefold()] = by
            continue
        what = (
            "It names no place."
            if not plain_name(name)
            else f"“{state}” is not something that can be stated."
            if by
            else "It does not say who states it."
        )
        remedy = f"Give a name, one of {' or '.join(STATED)}, and who says so."
        problems.append(Problem(entry.file, what, remedy, row=int(row), severity="rejected"))
    return said, problems
