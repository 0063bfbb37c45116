"""Text: plain where it is piped, fitted to the width and coloured on a terminal."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, assert_never

from convcost.errors import printable
from convcost.render.parts.table import GAP, Line, aligned
from convcost.render.parts.text_width import width_of
from convcost.render.report import Bounded, Drawing, Fold, Heading, Items, Paragraph, Table, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.render.report import Medium, Part, Report

MARGIN = 12  # of points under words: the longest word, and two
LEAST_ROOM = 20  # of sentences
LEAST_TABLE = 20  # columns, in which no table is written in another form
MARGIN_BELOW = "  "  # of what a row says below its name
HARD = "\N{NO-BREAK SPACE}"  # at which nothing is wrapped


def write(report: Report, medium: Medium) -> str:
    """The parts of a page with blank lines between."""
    shown = lines(report.page(medium), medium.width)
    paint = medium.paint
    texts = (_painted(line, paint) if paint else line.text for line in shown)
    return "".join(f"{text}\n" for text in texts)


def _painted(line: Line, paint: Callable[[str, str], str]) -> str:
    spans = line.spans or [(line.text, line.style)]
    return "".join(paint(text, style) for text, style in spans)


def lines(parts: Iterable[Part], width: int | None) -> Iterator[Line]:
    """The lines of a page, for a terminal of a width."""
    for number, part in enumerate(parts):
        if number and part.gap:
            yield Line("")
        yield from _part(part, width)


def _part(part: Part, width: int | None) -> Iterable[Line]:
    match part:
        case Heading():
            title = part.lines or [Line(printable(part.text), "bold")]
            return (one for line in title for one in _wrapped(line, width))
        case Paragraph():
            return _paragraph(part, width)
        case Table():
            return _table(part, width)
        case Items():
            return _items(part, width)
        case Drawing():
            if not part.title:
                return part.lines
            return [*_wrapped(Line(part.title, "bold"), width), *part.lines]
        case Fold():
            return lines([Heading(part.title, 1), *part.parts], width)
        case Bounded():
            return lines(part.parts, width)
        case View():
            return ()
        case _:
            assert_never(part)


def _wrapped(line: Line, width: int | None, hanging: str = "  ") -> Iterable[Line]:
    """A line in as many as a width needs."""
    if width is None or width_of(line.text) <= width:
        return [line]
    texts = wrap(line.text, max(1, width), subsequent_indent=hanging, break_long_words=False)
    return (Line(text, line.style) for text in texts)


def _paragraph(part: Paragraph, width: int | None) -> Iterator[Line]:
    texts = [part.text]
    if part.wrapped and width is not None:
        texts = wrap(
            part.text, max(1, width), subsequent_indent=part.hanging, break_long_words=False
        )
    for text in texts:
        yield from _wrapped(Line(printable(text), part.style), width)


def _table(part: Table, width: int | None) -> Iterator[Line]:
    room = len(part.marks[0]) + 1 if part.marks else 0
    head, rule, *body = aligned(part.columns, width and width - room)
    if width is not None and width_of(rule.text) > max(LEAST_TABLE, width - room):
        yield from _stacked(part, width)
        return
    yield from (Line(" " * room + line.text, line.style) for line in (head, rule))
    for number, line in enumerate(body):
        mark = f"{part.marks[number]} " if number < len(part.marks) else " " * room
        style = part.styles[number] if number < len(part.styles) else line.style
        spans = ((mark, style), *line.spans) if line.spans else ()
        yield Line(mark + line.text, style, spans)


def _below(text: str, word: str, style: str, width: int) -> Iterator[Line]:
    """A point under a word on a narrow terminal: the word has a line of its own."""
    if word:
        yield Line(word, style or "bold")
    for line in wrap(printable(text), max(1, width - len(MARGIN_BELOW)), break_long_words=False):
        yield Line(MARGIN_BELOW + line, style)


def _stacked(part: Table, width: int) -> Iterator[Line]:
    """A table that is too wide, a row at a time: its name, and below it what its columns say."""
    columns = [column for column in part.columns if column.heading or column is part.columns[0]]
    rows = [[column.cells[at] for column in columns] for at in range(len(columns[0].cells))]
    if any(column.total for column in columns):
        rows.append([column.total for column in columns])
    before = ""
    for number, (name, *cells) in enumerate(rows):
        mark = f"{part.marks[number]} " if number < len(part.marks) else ""
        style = part.styles[number] if number < len(part.styles) else ""
        if mark + name != before:
            yield Line(printable(mark + name), style or "bold")
        before = mark + name
        pairs = zip(columns[1:], cells, strict=True)
        said = [f"{column.heading} {cell}" for column, cell in pairs if cell]
        yield from (Line(printable(text), style) for text in _filled(said, width))


def _filled(said: Sequence[str], width: int) -> Iterator[str]:
    """Words that belong together, as many in a line as have room."""
    room = max(1, width - len(MARGIN_BELOW))
    kept = [one.replace(" ", HARD) if width_of(one) <= room else one for one in said]
    for text in wrap(GAP.join(kept), room, break_long_words=False):
        yield MARGIN_BELOW + text.replace(HARD, " ")


def _items(part: Items, width: int | None) -> Iterator[Line]:
    for text, word, style, _ in part.items:
        parts = [printable(text)]
        if width is not None and part.words:
            if width < MARGIN + LEAST_ROOM:
                yield from _below(text, word, style, width)
                continue
            room = width - MARGIN
            parts = wrap(parts[0], room, break_on_hyphens=False, break_long_words=False)
        elif width is not None and not part.words:
            parts = [line.text for line in _wrapped(Line(parts[0]), width)]
        for number, line in enumerate(parts):
            head = f"{'' if number else word:<{MARGIN}}" if part.words else ""
            yield Line(head + line, style)
