"""Tables in HTML."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["table_html"]


def table_html(
    name: str, caption: str, heads: Iterable[str], rows: Iterable[str], identifier: str = ""
) -> str:
    """A table that scrolls within itself; heads and rows are HTML already."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return (
        f'<div class="am-scroll"{identifier} tabindex="0" role="region" aria-label="{name}"><table>'
        f"<caption><span>{caption}</span></caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
