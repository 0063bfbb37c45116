"""The page of ``compare``: totals beside each other, then the rows that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.compare.comparison import Mark
from convcost.errors import printable
from convcost.render.parts.table import GAP, Line, name_room, tells_apart
from convcost.render.parts.text_width import width_of
from convcost.render.report import Heading, Item, Items, Paragraph, Table
from convcost.render.reports.compare.sheet import (
    Form,
    differing,
    letter,
    notes,
    row_columns,
    total_columns,
)
from convcost.render.reports.notes import heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convcost.render.parts.table import Column
    from convcost.render.report import Medium, Part
    from convcost.render.reports.compare.sheet import Sheet

    Build = Callable[[Sheet, Form, Sequence[int]], list[Column]]

STYLES = {Mark.ADDED: "green", Mark.REMOVED: "red", Mark.CHANGED: "yellow", Mark.SAME: "dim"}
NAME_ROOM = 18
LEAST_ROWS = 10  # on a terminal, however low it is
AROUND_ROWS = 6  # a blank line, headings, two rules, totals, and the prompt
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

DOCUMENT_FORMS = (Form(missed=_ROWS),)


def page(sheet: Sheet, medium: Medium) -> Iterator[Part]:
    """The designs, their totals, the rows that are listed, and the notes on both."""
    if medium.height is not None and not sheet.whole:
        sheet = _on_screen(sheet, medium, medium.height)
    yield from _page(sheet, medium)


def _on_screen(sheet: Sheet, medium: Medium, height: int) -> Sheet:
    """The rows that differ most, as many as a terminal has lines for, in their order."""
    from convcost.render.formats.page.text import lines  # for terminals only

    others = range(1, len(sheet.labels))
    around = len(list(lines(_page(sheet._replace(listed=()), medium), medium.width)))
    room = max(LEAST_ROWS, height - around - AROUND_ROWS)
    if len(sheet.listed) <= room:
        return sheet._replace(whole=True)
    sizes = [differing(row, sheet.metric, others) for row in sheet.listed]
    largest = sorted(range(len(sizes)), key=lambda at: -sizes[at])[:room]
    return sheet._replace(listed=[sheet.listed[at] for at in sorted(largest)])


def _page(sheet: Sheet, medium: Medium) -> Iterator[Part]:
    blocks = medium.has_blocks
    if medium.paged:
        designs = zip(sheet.labels, sheet.comparison.analyses, strict=True)
        yield Heading(" / ".join(sheet.labels))
        yield Items([Item(f"{label}: {of.network.name}") for label, of in designs], bullet="*")
    else:
        yield Heading("", lines=list(_designs(sheet, medium.width)))
    for _, table in _fitted(sheet, total_columns, _with(TOTAL_FORMS, blocks), medium.width):
        yield Table(table)
    if medium.drawn:
        from convcost.render.reports.compare.views import views  # for browsers only

        yield from views(sheet)
    shares = medium.paged
    forms = DOCUMENT_FORMS if medium.paged else ROW_FORMS
    left = medium.width and medium.width - len(sheet.labels)
    tables = _fitted(sheet, row_columns, _with(forms, blocks), left) if sheet.listed else []
    for others, table in tables:
        shares = shares or any(column.heading == "share" for column in table)
        marks = [[row.marks[other - 1] for other in others] for row in sheet.listed]
        styles = [STYLES.get(row[0], "") if len(set(row)) == 1 else "" for row in marks]
        yield Table(table, styles, ["".join(row) for row in marks])
    for number, note in enumerate(notes(sheet, shares=shares)):
        yield Paragraph(note, hanging="  ", wrapped=True, gap=not number)


def _with(forms: Sequence[Form], blocks: bool) -> list[Form]:
    return [form._replace(blocks=blocks) for form in forms]


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
