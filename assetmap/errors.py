"""What can go wrong, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["SETTINGS", "AssetMapError", "OutputError", "PlaceError", "Problem", "SettingsError", "counted"]

#: Where a fault is that came with no file: in the settings.
SETTINGS = "settings"

Severity = Literal["fatal", "rejected", "duplicate", "note"]


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun, such as "1 row" or "2,000 rows"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: what it is, where it is, and what to do about it.

    Parameters
    ----------
    file
        The file as the recipe names it, or the door it came through (such as `SETTINGS`).
    what
        The fault in one plain sentence.
    remedy
        What the reader can do about it.
    row
        Row number as a spreadsheet shows it (the header is row 1), where there is one.
    column
        Column name, where there is one.
    severity
        "fatal" stops the load, "rejected" leaves one row out, "duplicate" counts two rows as one,
        "note" tells and goes on.
    """

    file: str
    what: str
    remedy: str
    row: int | None = None
    column: str | None = None
    severity: Severity = "fatal"

    @property
    def where(self) -> str:
        """The place of the fault: file, row and column, or which setting, as far as they are known."""
        if self.file == SETTINGS:
            return f"setting “{self.column}”" if self.column else SETTINGS
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column “{self.column}”")
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


class AssetMapError(Exception):
    """Root of every fault that assetmap tells a person about.

    Parameters
    ----------
    problems
        Every fault found, so that all of them can be mended in one go.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PlaceError(AssetMapError, ValueError):
    """A place folder, or a file that it names, cannot be used."""


class SettingsError(AssetMapError, ValueError):
    """A setting has a value that cannot be used."""


class OutputError(AssetMapError, OSError):
    """A result cannot be written."""
