"""Every figure that assetmap tells, from the one registry of them."""

from __future__ import annotations

from html import escape

from assetmap.columns import TABLES
from assetmap.errors import counted
from assetmap.neighbourhoods import NEIGHBOURHOOD_COLUMNS
from assetmap.views.tables import table_html

__all__ = ["figures_html"]

_HEADS = ("Column", "What it is", "Unit", "Which way it runs", "Where it comes from", "To bear in mind")


def figures_html() -> str:
    """The figures of each table of a gap analysis: label, unit, direction, source and caveat, a table to open at a time."""
    parts = []
    for name, columns in {**TABLES, "neighbourhoods": NEIGHBOURHOOD_COLUMNS}.items():
        rows = []
        for column in columns.values():
            told = (column.label, column.unit, column.direction, column.source, column.caveat)
            cells = "".join(f"<td>{escape(text)}</td>" for text in told)
            rows.append(f'<tr><th scope="row"><code>{escape(column.name)}</code></th>{cells}</tr>')
        table = table_html(f"Figures of {name}", counted(len(rows), "figure"), _HEADS, rows)
        parts.append(f"<details><summary>{name}.csv</summary>{table}</details>")
    return "".join(parts)
