"""A comparison as text: plain where it is piped, fitted to the width and coloured on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.compare.comparison import Mark
from convcost.errors import printable
from convcost.render.compare.sheet import Form, letter, notes, row_columns, total_columns
from convcost.render.table import GAP, Line, aligned, name_room, width_of
from convcost.render.text import heading, tells_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convcost.render.compare.sheet import Sheet
    from convcost.render.table import Column

    Build = Callable[[Sheet, Form, Sequence[int]], list[Column]]

STYLES = {Mark.ADDED: "green", Mark.REMOVED: "red", Mark.CHANGED: "yellow", Mark.SAME: "dim"}
NAME_ROOM = 18
_ROWS = frozenset(("change", "ratio"))  # for which the totals are the place
TOTAL_FORMS = (
    Form(),
    Form(missed=frozenset(("change",))),
    Form(short=True),
    Form(short=True, missed=frozenset(("change",))),
    Form(short=True, missed=frozenset(("change", "difference"))),
)
ROW_FORMS = (
    Form(missed=_ROWS),
    *(
        Form(short=True, missed=_ROWS | set(missed.split()))
        for missed in (
            "",
            "output",
            "output share",
            "output share line",
            "output share line op",
            "output share line op value",
        )
    ),
)


def lines(sheet: Sheet, width: int | None) -> list[Line]:
    """The whole report.

    Args:
        sheet: what to print.
        width: columns of the terminal to fit, or None to show everything whole.
    """
    result = [*_designs(sheet, width), Line("")]
    for _, table in _fitted(sheet, total_columns, TOTAL_FORMS, width):
        result += (*aligned(table, width), Line(""))
    shares = False
    if sheet.listed:
        left = width and width - len(sheet.labels)
        for others, table in _fitted(sheet, row_columns, ROW_FORMS, left):
            shares = shares or any(column.heading == "share" for column in table)
            marks = [[row.marks[other - 1] for other in others] for row in sheet.listed]
            result += (*_marked(aligned(table, left), marks), Line(""))
    return [*result, *(Line(printable(note)) for note in notes(sheet, shares=shares))]


def _designs(sheet: Sheet, width: int | None) -> Iterator[Line]:
    """A line a design: what it is called here, and the network's name and shapes."""
    labels = list(map(printable, sheet.labels))
    if width is not None:  # where tables may lack the room for labels
        labels = [f"{letter(design)}{GAP}{label}" for design, label in enumerate(labels)]
    room = max(map(width_of, labels)) + len(GAP)
    for label, analysis in zip(labels, sheet.comparison.analyses, strict=True):
        first, *others = heading(analysis.network, width and max(1, width - room))
        yield Line(f"{label}{' ' * (room - width_of(label))}{first.text}", "bold")
        yield from (Line(f"{' ' * room}{line.text}", "bold") for line in others)


def _fitted(
    sheet: Sheet, build: Build, forms: Sequence[Form], width: int | None
) -> list[tuple[Sequence[int], list[Column]]]:
    """A table with as much as a width has room for; several, with some of the designs beside the
    first in each, where one is too wide."""
    others = range(1, len(sheet.labels))
    if width is None:
        return [(others, build(sheet, forms[0], others))]
    tables = [build(sheet, form, others) for form in forms]
    roomy = [table for table in tables if _leaves_room(table, width)]
    if roomy or len(others) == 1:
        clear = (table for table in roomy if tells_apart(table, width))
        return [(others, next(clear, (*roomy, tables[-1])[0]))]
    several = len(others)
    while several > 1 and not _leaves_room(build(sheet, forms[-1], others[:several]), width):
        several -= 1
    parts = [others[start : start + several] for start in range(0, len(others), several)]
    return [(part, build(sheet, forms[-1], part)) for part in parts]


def _leaves_room(table: Sequence[Column], width: int) -> bool:
    """Whether enough is left for names, even if some then look alike."""
    names = (*table[0].cells, table[0].heading)
    return name_room(table, width) >= min(NAME_ROOM, max(map(width_of, names)))


def _marked(table: Sequence[Line], marks: Sequence[Sequence[Mark]]) -> Iterator[Line]:
    """The lines of a table, with the marks of its rows before them."""
    head, rule, *body = table
    blank = " " * (len(marks[0]) + 1)
    yield from (line._replace(text=blank + line.text) for line in (head, rule))
    for row, line in zip(marks, body, strict=False):
        style = STYLES.get(row[0], "") if len(set(row)) == 1 else ""
        yield Line(f"{''.join(row)} {line.text}", style)
    yield from (line._replace(text=blank + line.text) for line in body[len(marks) :])
