"""Markdown: for comments, summaries and documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from convcost.errors import plural, printable
from convcost.render.report import Bounded, Drawing, Fold, Heading, Items, Paragraph, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.render.report import Medium, Part, Report

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;"}
_MARKUP = re.compile(r"[\\`*\[\]|~#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
LEVEL = 2  # of a report's own heading, as it stands under another
BETWEEN = "\n\n"
NO_ROOM = "The rest has no room here."  # as long as "And 1,234,567 lines more.", or longer


def write(report: Report, medium: Medium, level: int = LEVEL) -> str:
    """The parts of a page as blocks, for any width; ``level`` is the depth of its own heading."""
    page = report.page(medium._replace(width=None, paged=True))
    return BETWEEN.join(block for part in page for block in _blocks(part, level)) + "\n"


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
        case Fold():
            yield f"<details><summary>{escaped(part.title)}</summary>"
            for one in part.parts:
                yield from _blocks(one, level)
            yield "</details>"
        case Bounded():
            yield from _fitting(part.parts, part.most - len(NO_ROOM), level)
        case View():
            return
        case _:
            assert_never(part)


def _fitting(parts: Sequence[Part], room: int, level: int) -> Iterator[str]:
    """The blocks of as many parts as have room, and what has of the first that has not."""
    for part in parts:
        blocks = list(_blocks(part, level))
        if _length(blocks) > room:
            cut = _cut(part, blocks, room, level)
            yield from cut or [NO_ROOM]
            return
        room -= _length(blocks)
        yield from blocks


def _length(blocks: Sequence[str]) -> int:
    return sum(len(block) + len(BETWEEN) for block in blocks)


def _cut(part: Part, blocks: Sequence[str], room: int, level: int) -> Sequence[str]:
    """The beginning of a part whose blocks have no room, with what is left out; nothing where it
    cannot be cut."""
    if isinstance(part, Fold):
        first, *_, last = blocks
        room -= _length([first, last])
        return [first, *_fitting(part.parts, room, level), last] if room > 0 else []
    if not isinstance(part, (Table, Items)):
        return []
    lines = blocks[0].split("\n")
    least = 3 if isinstance(part, Table) else 1  # what a table is from
    kept = 0
    while kept < len(lines) and room > len(lines[kept]):
        room -= len(lines[kept]) + 1
        kept += 1
    what = "row" if isinstance(part, Table) else "line"
    left_out = f"And {plural(len(lines) - kept, what)} more."
    return ["\n".join(lines[:kept]), left_out] if kept >= least else []


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
