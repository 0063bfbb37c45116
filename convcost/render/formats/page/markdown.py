"""Markdown: for comments, summaries and documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from convcost.errors import printable
from convcost.render.report import Drawing, Heading, Items, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.render.report import Medium, Part, Report

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;"}
_MARKUP = re.compile(r"[\\`*\[\]|~#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
LEVEL = 2  # of a report's own heading, as it stands under another


def write(report: Report, medium: Medium, level: int = LEVEL) -> str:
    """The parts of a page as blocks, for any width; ``level`` is the depth of its own heading."""
    page = report.page(medium._replace(width=None, paged=True))
    return "\n\n".join(block for part in page for block in _blocks(part, level)) + "\n"


def _blocks(part: Part, level: int) -> Iterator[str]:
    match part:
        case Heading():
            yield f"{'#' * (level + part.level)} {escaped(part.text)}"
        case Paragraph():
            yield part.text if part.markup else escaped(part.text)
        case Table():
            yield "\n".join(_table(part))
        case Items():
            yield "\n".join(_items(part))
        case Drawing():
            if part.title:
                yield escaped(part.title)
            lines = (line.text for line in part.lines)
            yield "\n".join((f"```{part.language}", *lines, "```"))
        case _:
            assert_never(part)


def _table(part: Table) -> Iterator[str]:
    """Headings, a line a row, and the totals where there are any."""
    columns = part.columns
    cells = zip(*(column.cells for column in columns), strict=True)
    rows = [
        [escaped(column.heading) for column in columns],
        ["---:" if column.number else "---" for column in columns],
        *([escaped(cell) for cell in row] for row in cells),
    ]
    if any(column.total for column in columns):
        rows.append([f"**{escaped(c.total)}**" if c.total else "" for c in columns])
    marks = ["", "---", *part.marks]
    marks += [""] * (len(rows) - len(marks))
    for row, mark in zip(rows, marks, strict=True):
        yield f"| {' | '.join((escaped(mark), *row) if part.marks else row)} |"


def _items(part: Items) -> Iterator[str]:
    for text, word, _, deep in part.items:
        indent = "  " if deep or (part.words and not word) else ""
        yield f"{indent}{part.bullet} {f'**{word}** ' if word else ''}{escaped(text)}"


def escaped(text: str) -> str:
    """Text that markdown and HTML take literally."""
    marked = _MARKUP.sub(r"\\\g<0>", text)
    return "".join(_ENTITIES.get(c) or printable(c) for c in marked)
