"""A report: what a command answers, before anyone has decided how it is written.

A report has facets, each made when a format asks for it: a ``page`` for people, a ``document`` and
``records`` for programs, ``findings`` for code hosts, ``cases`` for test runners, ``formulas`` for
papers, a ``graph`` for what draws networks, and ``changes`` for what draws two as one. A format is
a module in ``formats/FACET`` with one function, ``write(report, medium)``, and is offered by every
command whose report has that facet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.render.parts.plot_chars import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.compare.comparison import Comparison
    from convcost.analysis.explain.formula import Formula
    from convcost.finding import Finding, Rule
    from convcost.render.html.element import Node
    from convcost.render.parts.plot_chars import PlotChars
    from convcost.render.parts.table import Column, Line


class Medium(NamedTuple):
    """Where a report is written.

    ``width`` and ``height`` are the terminal's, in columns and lines; None where nothing limits
    them. ``paint`` gives a text one of rich's styles, where colours are wanted. ``chars`` are what
    plots are drawn with. What is ``paged`` (markdown, HTML) stands on a page of its own, and says
    once what a terminal repeats with every table; what is ``drawn`` (HTML) shows views, too.
    """

    width: int | None = None
    paint: Callable[[str, str], str] | None = None
    paged: bool = False
    drawn: bool = False
    chars: PlotChars = BLOCKS
    height: int | None = None

    @property
    def has_blocks(self) -> bool:
        """Whether bars may be made of blocks."""
        return self.chars is BLOCKS


class Heading(NamedTuple):
    """The title of a report (``level`` 0) or of a section. ``lines`` are it on a terminal, where
    that differs."""

    text: str
    level: int = 0
    lines: Sequence[Line] = ()
    gap: bool = True


class Paragraph(NamedTuple):
    """Sentences. ``markup`` is text that is written as markdown already."""

    text: str
    style: str = ""
    hanging: str = ""
    wrapped: bool = False
    markup: bool = False
    gap: bool = True


class Table(NamedTuple):
    """Columns of cells. ``styles`` has one a row; ``marks`` stand before rows and have no
    heading."""

    columns: Sequence[Column]
    styles: Sequence[str] = ()
    marks: Sequence[str] = ()
    gap: bool = True


class Item(NamedTuple):
    """A point of a list: a sentence, perhaps under a word."""

    text: str
    word: str = ""
    style: str = ""
    deep: bool = False


class Items(NamedTuple):
    """A list of points. With words, they stand in a column of their own."""

    items: Sequence[Item]
    bullet: str = "-"
    words: bool = False
    gap: bool = True


class Drawing(NamedTuple):
    """Lines whose columns mean something: plots, maps, matrices, formulas."""

    lines: Sequence[Line]
    title: str = ""
    language: str = ""
    gap: bool = True


class Fold(NamedTuple):
    """Parts that a page shows once its ``title`` is clicked, where it can; a terminal shows the
    title above them."""

    title: str
    parts: Sequence[Part]
    gap: bool = True


class Bounded(NamedTuple):
    """Parts that are no longer than ``most`` characters together once they are written on a page:
    from the end of them is left out what has no room, and said how much that is."""

    parts: Sequence[Part]
    most: int
    gap: bool = True


class View(NamedTuple):
    """A section that a browser alone can show: ``nodes`` under a ``title``; ``name`` is its id, and
    ``style`` what it needs of style sheets. Other formats leave it out."""

    title: str
    name: str
    nodes: Sequence[Node]
    style: str = ""
    gap: bool = False


Part = Heading | Paragraph | Table | Items | Drawing | Fold | Bounded | View
"""A part of a page. ``gap`` is whether a blank line stands before it on a terminal."""


class Document(NamedTuple):
    """Data for programs: exact ints, null where nothing is known. ``indented`` ones are nested
    deeply; others have a line an item of their lists."""

    entries: Mapping[str, Any]
    indented: bool = False


class Records(NamedTuple):
    """A table of exact values: its headings, and a row a record; None is an empty cell."""

    head: Sequence[str]
    rows: Iterable[Iterable[object]]


class Found(NamedTuple):
    """Findings, and all rules that could have made one. ``together``: those at one line are one
    annotation, where a host shows few."""

    findings: Sequence[Finding]
    rules: Sequence[Rule]
    together: bool = False


class Case(NamedTuple):
    """One thing that was tested. ``said`` is empty where it passed; it fails only if ``failed``.
    ``ended``: a mistake kept it from being tested. ``skipped``: nothing could test it."""

    name: str
    message: str = ""
    said: str = ""
    failed: bool = False
    ended: bool = False
    skipped: bool = False


class Suite(NamedTuple):
    """The cases of one model."""

    name: str
    cases: Sequence[Case]


class Formulas(NamedTuple):
    """Formulas under a comment. ``worked``: with the numbers of a layer. ``source`` is LaTeX that
    is written already."""

    comment: str = ""
    formulas: Sequence[Formula] = ()
    worked: bool = False
    source: str = ""


class Graphed(NamedTuple):
    """A network to be drawn: blocks whose names have ``depth`` words stay closed, if it is given.
    ``metric`` is the count that is shown where there is room for one."""

    analysis: Analysis
    depth: int | None = None
    metric: str = "macs"


class Compared(NamedTuple):
    """Two designs to be drawn as one graph, and their names."""

    comparison: Comparison
    labels: Sequence[str]


class Report(NamedTuple):
    """The answer of a command, facet by facet; None where it has no such facet."""

    page: Callable[[Medium], Iterable[Part]]
    document: Callable[[], Document]
    records: Callable[[], Records] | None = None
    findings: Callable[[], Found] | None = None
    cases: Callable[[], Sequence[Suite]] | None = None
    formulas: Callable[[], Sequence[Formulas]] | None = None
    graph: Callable[[], Graphed] | None = None
    changes: Callable[[], Compared] | None = None
