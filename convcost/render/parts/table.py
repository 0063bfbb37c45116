"""Tables of text: columns aligned, and names in the first one cut where a terminal is too narrow.

By hand, because a ``rich.Table`` of a large network takes longer than counting it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import printable
from convcost.render.parts.text_width import width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "
LEAST_NAME_ROOM = 8


class Column(NamedTuple):
    """One column: its heading, a cell a row, the cell of the totals. ``among`` are names that its
    own are told from where they are cut. ``styles`` has rich's for each cell, if any."""

    heading: str
    cells: list[str]
    total: str = ""
    number: bool = False
    among: Sequence[str] = ()
    styles: Sequence[str] = ()


class Line(NamedTuple):
    """A line of output and its rich style. ``spans`` are its parts where they have several."""

    text: str
    style: str = ""
    spans: Sequence[tuple[str, str]] = ()


def aligned(columns: Sequence[Column], width: int | None) -> list[Line]:
    """Headings, a rule, and a line a row; a rule and the totals, where there are any.

    Args:
        columns: the first one holds dotted names.
        width: columns of the terminal to fit, or None to show everything whole.
    """
    names, *others = columns
    if width is not None:
        from convcost.render.parts.cut_names import cut_apart  # for terminals only

        room = max(LEAST_NAME_ROOM, name_room(columns, width))
        names = names._replace(cells=cut_apart(names.cells, room, names.among))
    padded = [_pad(_cells(column), column.number) for column in (names, *others)]
    head, *body, total = (GAP.join(row).rstrip() for row in zip(*padded, strict=True))
    rule = "-" * (sum(width_of(column[0]) for column in padded) + len(GAP) * len(others))
    if any(column.styles for column in columns):
        painted = list(_painted(columns, padded))
    else:
        painted = [*map(Line, body)]
    lines = [Line(head, "bold"), Line(rule, "dim"), *painted]
    return [*lines, Line(rule, "dim"), Line(total, "bold")] if total else lines


def _painted(columns: Sequence[Column], padded: Sequence[list[str]]) -> Iterator[Line]:
    """The rows of a table in which columns have styles of their own."""
    for number in range(len(columns[0].cells)):
        spans: list[tuple[str, str]] = []
        for column, cells in zip(columns, padded, strict=True):
            gap = GAP if spans else ""
            spans.append((gap + cells[number + 1], column.styles[number] if column.styles else ""))
        while spans and not spans[-1][0].strip():
            spans.pop()
        spans[-1:] = [(text.rstrip(), style) for text, style in spans[-1:]]
        text = "".join(text for text, _ in spans)
        yield Line(text.rstrip(), spans=spans)


def name_room(columns: Sequence[Column], width: int) -> int:
    """The room that the other columns leave for the first one."""
    return width - sum(max(map(width_of, _cells(column))) + len(GAP) for column in columns[1:])


def tells_apart(columns: Sequence[Column], width: int) -> bool:
    """Whether no two rows look the same once the first column is cut to what the others leave."""
    from convcost.render.parts.cut_names import cut_apart

    room = name_room(columns, width)
    first = columns[0]
    return room >= LEAST_NAME_ROOM and all(
        width_of(cell) <= room for cell in cut_apart(first.cells, room, first.among)
    )


def _cells(column: Column) -> list[str]:
    return [printable(cell) for cell in (column.heading, *column.cells, column.total)]


def _pad(cells: list[str], right: bool) -> list[str]:
    width = max(map(width_of, cells))
    spaces = (" " * (width - width_of(cell)) for cell in cells)
    return [s + cell if right else cell + s for cell, s in zip(cells, spaces, strict=True)]
