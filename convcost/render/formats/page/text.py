"""Text: plain where it is piped, fitted to the width and coloured on a terminal."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, assert_never

from convcost.errors import printable
from convcost.render.parts.table import Line, aligned
from convcost.render.report import Drawing, Heading, Items, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from convcost.render.report import Medium, Part, Report

MARGIN = 12  # of points under words: the longest word, and two
LEAST_ROOM = 20  # of sentences


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
            return part.lines or [Line(printable(part.text), "bold")]
        case Paragraph():
            return _paragraph(part, width)
        case Table():
            return _table(part, width)
        case Items():
            return _items(part, width)
        case Drawing():
            title = [Line(part.title, "bold")] if part.title else []
            return [*title, *part.lines]
        case _:
            assert_never(part)


def _paragraph(part: Paragraph, width: int | None) -> Iterator[Line]:
    texts = [part.text]
    if part.wrapped and width is not None:
        texts = wrap(
            part.text, max(1, width), subsequent_indent=part.hanging, break_long_words=False
        )
    return (Line(printable(text), part.style) for text in texts)


def _table(part: Table, width: int | None) -> Iterator[Line]:
    room = len(part.marks[0]) + 1 if part.marks else 0
    head, rule, *body = aligned(part.columns, width and width - room)
    yield from (Line(" " * room + line.text, line.style) for line in (head, rule))
    for number, line in enumerate(body):
        mark = f"{part.marks[number]} " if number < len(part.marks) else " " * room
        style = part.styles[number] if number < len(part.styles) else line.style
        spans = ((mark, style), *line.spans) if line.spans else ()
        yield Line(mark + line.text, style, spans)


def _items(part: Items, width: int | None) -> Iterator[Line]:
    for text, word, style, _ in part.items:
        parts = [printable(text)]
        if width is not None and part.words:
            room = max(LEAST_ROOM, width - MARGIN)
            parts = wrap(parts[0], room, break_on_hyphens=False, break_long_words=False)
        for number, line in enumerate(parts):
            head = f"{'' if number else word:<{MARGIN}}" if part.words else ""
            yield Line(head + line, style)
