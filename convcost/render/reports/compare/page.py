"""The page of ``compare``: totals beside each other, then the rows that differ."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.analysis.compare.comparison import Mark
from convcost.errors import printable
from convcost.render.parts.table import GAP, Line, name_room, tells_apart
from convcost.render.parts.text_width import width_of
from convcost.render.report import Heading, Item, Items, Paragraph, Table
from convcost.render.reports.compare.sheet import (
    Form,
    conventions,
    differing,
    doubts,
    hidden,
    letter,
    row_columns,
    total_columns,
)
from convcost.render.reports.notes import heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.render.parts.table import Column
    from convcost.render.report import Medium, Part
    from convcost.render.reports.compare.sheet import Sheet

    Build = Callable[[Sheet, Form, Sequence[int]], list[Column]]

STYLES = {Mark.ADDED: "green", Mark.REMOVED: "red", Mark.CHANGED: "yellow", Mark.SAME: "dim"}
NAME_ROOM = 18
ENOUGH_ROWS = 10  # with which a low terminal has nothing left out but rows
LEAST_ROWS = 2  # on a terminal, however low it is
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


def page(sheet: Sheet, medium: Medium) -> Iterable[Part]:
    """The designs, their totals, the rows that are listed, and the notes on both."""
    if medium.height is None or sheet.whole:
        return _page(sheet, medium)
    return _on_screen(sheet, medium)


def _on_screen(sheet: Sheet, medium: Medium) -> Sequence[Part]:
    """The page with as many of the rows that differ most as a terminal has lines for, in their
    order; where that is few, without what the page repeats or says every time."""
    from convcost.render.reports.screen import first_fitting, largest, with_rows

    others = range(1, len(sheet.labels))
    sizes = [differing(row, sheet.metric, others) for row in sheet.listed]
    most = len(sizes)

    def pages() -> Iterator[Sequence[Part]]:
        for least, low in ((ENOUGH_ROWS, False), (LEAST_ROWS, True)):
            yield with_rows(partial(fewer, low=low), most, medium, least)

    def fewer(kept: int, *, low: bool) -> Iterator[Part]:
        listed = [sheet.listed[at] for at in largest(sizes, kept)]
        shown = sheet._replace(listed=listed, whole=len(listed) == most)
        return _page(shown, medium, low=low)

    return first_fitting(pages(), medium)


def _page(sheet: Sheet, medium: Medium, *, low: bool = False) -> Iterator[Part]:
    """The page; on a ``low`` terminal without the totals of rows, which stand above them, and the
    sentences that are the same of all designs."""
    blocks = medium.has_blocks
    if medium.paged:
        designs = zip(sheet.labels, sheet.comparison.analyses, strict=True)
        yield Heading(" / ".join(sheet.labels))
        yield Items([Item(f"{label}: {of.network.name}") for label, of in designs], bullet="*")
    else:
        yield Heading("", lines=list(_designs(sheet, medium.width, fold=low)))
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
        shown = [column._replace(total="") for column in table] if low else table
        yield Table(shown, styles, ["".join(row) for row in marks])
    said = [Paragraph(note, "dim", "  ", wrapped=True) for note in hidden(sheet, brief=low)]
    if not low:
        said += [Paragraph(note, "dim", "  ", wrapped=True) for note in conventions(sheet, shares)]
    said += [Paragraph(note, "yellow", "  ", wrapped=True) for note in doubts(sheet)]
    yield from (part._replace(gap=not (number or low)) for number, part in enumerate(said))


def _with(forms: Sequence[Form], blocks: bool) -> list[Form]:
    return [form._replace(blocks=blocks) for form in forms]


def _designs(sheet: Sheet, width: int | None, *, fold: bool) -> Iterator[Line]:
    """A line a design: what it is called here, and the network's name and shapes, few of many if
    ``fold``."""
    labels = list(map(printable, sheet.labels))
    if width is not None:  # where tables may lack the room for labels
        labels = [f"{letter(design)}{GAP}{label}" for design, label in enumerate(labels)]
    room = max(map(width_of, labels)) + len(GAP)
    for label, analysis in zip(labels, sheet.comparison.analyses, strict=True):
        first, *others = heading(analysis.network, width and max(1, width - room), fold=fold)
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
