"""The page of a word: a paragraph, an example, and where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import listed
from convcost.render.parts.table import Line
from convcost.render.report import Drawing, Heading, Paragraph
from convcost.render.reports.explain.sentences import INDENT, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.explain.entry import Entry
    from convcost.render.report import Part


def page(entry: Entry, width: int | None) -> Iterator[Part]:
    """For a terminal, or a text."""
    yield Heading(entry.name, lines=[Line(entry.name, "bold"), Line(entry.kind, "dim")])
    yield Drawing([*sentences(said(entry), width)])
    if entry.also:
        yield Drawing([*sentences(_called(entry), width)])
    yield Drawing([Line(f"{INDENT}{line}") for line in entry.example.split("\n")], "example")
    yield Drawing([Line(f"{INDENT}{entry.read}")], "read on")


def document(entry: Entry) -> Iterator[Part]:
    """For a document."""
    yield Heading(entry.name)
    yield Paragraph(said(entry), markup=True)
    if entry.also:
        yield Paragraph(_called(entry), markup=True)
    yield Drawing([Line(line) for line in entry.example.split("\n")], language="text")
    yield Paragraph(f"See {entry.read}.", markup=True)


def said(entry: Entry) -> str:
    """The paragraph, with its full stop."""
    return entry.says if entry.says.endswith(".") else f"{entry.says}."


def _called(entry: Entry) -> str:
    return f"Also: {listed([f'`{spelling}`' for spelling in entry.also])}."
