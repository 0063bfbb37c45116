"""Tables of text: columns aligned, and the first one cut where a terminal is too narrow.

By hand, because a ``rich.Table`` of a large network takes longer than counting it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "  "
LEAST_NAME_ROOM = 8
_GENERATED = re.compile(r"[^\d]\d+$|^body$")
_GAPS = re.compile(r"\.\.+|\.$")  # where words are left out of a path


class Column(NamedTuple):
    """One column: its heading, a cell a row, the cell of the totals."""

    heading: str
    cells: list[str]
    total: str = ""
    number: bool = False


class Line(NamedTuple):
    """A line of output and its rich style."""

    text: str
    style: str = ""


def aligned(columns: Sequence[Column], width: int | None) -> list[Line]:
    """Headings, a rule, and a line a row; a rule and the totals, where there are any.

    Args:
        columns: the first one holds dotted names.
        width: columns of the terminal to fit, or None to show everything whole.
    """
    names, *others = columns
    if width is not None:
        room = max(LEAST_NAME_ROOM, name_room(columns, width))
        names = names._replace(cells=[cut(name, room) for name in names.cells])
    padded = [_pad(_cells(column), column.number) for column in (names, *others)]
    head, *body, total = (GAP.join(row).rstrip() for row in zip(*padded, strict=True))
    rule = "-" * (sum(width_of(column[0]) for column in padded) + len(GAP) * len(others))
    lines = [Line(head, "bold"), Line(rule, "dim"), *map(Line, body)]
    return [*lines, Line(rule, "dim"), Line(total, "bold")] if total else lines


def name_room(columns: Sequence[Column], width: int) -> int:
    """The room that the other columns leave for the first one."""
    return width - sum(max(map(width_of, _cells(column))) + len(GAP) for column in columns[1:])


def cut(name: str, room: int) -> str:
    """A dotted name in at most ``room`` columns: ``stage.0.0…reduce…``.

    Words that say little go first: generated ones (``conv_bn1``: the op has a column of its own),
    then others, from the end. What is then still too long loses its start.
    """
    name = printable(name)
    words = name.split(".")
    last = len(words) - 1
    generated = [i for i in range(last, 0, -1) if _GENERATED.search(words[i])]
    others = [i for i in range(last - 1, 0, -1) if i not in generated]
    shorter = name
    for dropped in (*generated, *others):
        if width_of(shorter) <= room:
            return shorter
        words[dropped] = ""
        shorter = _GAPS.sub("…", ".".join(words))
    if width_of(shorter) <= room:
        return shorter
    while name and width_of(name) > room - 1:
        name = name[1:]
    return f"…{name}"


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.replace("…", ".").isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    shown = (c for c in text if category(c) not in ("Mn", "Me", "Cf"))
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in shown)


def _cells(column: Column) -> list[str]:
    return [printable(cell) for cell in (column.heading, *column.cells, column.total)]


def _pad(cells: list[str], right: bool) -> list[str]:
    width = max(map(width_of, cells))
    spaces = (" " * (width - width_of(cell)) for cell in cells)
    return [s + cell if right else cell + s for cell, s in zip(cells, spaces, strict=True)]
