"""Markdown of any report: tables, and text that stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost.errors import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.table import Column

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;"}
_MARKUP = re.compile(r"[\\`*\[\]|~#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def table(columns: Sequence[Column]) -> list[str]:
    """Headings, a line a row, and the totals where there are any."""
    cells = zip(*(column.cells for column in columns), strict=True)
    rows = [
        [escaped(column.heading) for column in columns],
        ["---:" if column.number else "---" for column in columns],
        *([escaped(cell) for cell in row] for row in cells),
    ]
    if any(column.total for column in columns):
        rows.append([f"**{escaped(c.total)}**" if c.total else "" for c in columns])
    return [f"| {' | '.join(row)} |" for row in rows]


def escaped(text: str) -> str:
    """Text that markdown and HTML take literally."""
    marked = _MARKUP.sub(r"\\\g<0>", text)
    return "".join(_ENTITIES.get(c) or printable(c) for c in marked)
