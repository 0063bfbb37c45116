"""Mermaid: two designs as one graph for a fenced block of Markdown, changes in colour."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.analysis.compare.comparison import Mark
from convcost.render.graph.changes import COLOURS, changes
from convcost.render.graph.mermaid import label, named, within_limits
from convcost.render.reports.compare.sheet import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.render.graph.changes import Changes
    from convcost.render.report import Compared, Medium, Report

MOST = 60  # boxes
LINES = {Mark.SAME: "-->", Mark.ADDED: "==>", Mark.REMOVED: "-.->"}


def write(report: Report, _: Medium) -> str:
    """The graph with as many boxes as the limits of Mermaid allow.

    Raises:
        ConvcostError: its inputs and outputs alone are too many for that.
    """
    assert report.changes is not None
    return within_limits(partial(_written, report.changes()), MOST)


def _written(compared: Compared, most: int) -> tuple[str, int]:
    """The text, and how many edges it has."""
    found = changes(compared.comparison, most)
    lines = ["flowchart TB", *_legend(compared, found)]
    lines += (f"  {word}([{label(end.lines)}])" for word, end in found.ends.items())
    lines += (f"  n{number}[{label(box.lines)}]" for number, box in enumerate(found.boxes))
    lines += (
        f"  {named(source)} {LINES[mark]} {named(target)}"
        for (source, target), mark in found.edges.items()
    )
    lines += _classes(found)
    return "\n".join((*lines, "")), len(found.edges)


def _legend(compared: Compared, found: Changes) -> Iterator[str]:
    """A box for each colour that is used, in a frame with the names of the designs."""
    yield f"  subgraph legend [{label([' to '.join(compared.labels)])}]"
    yield from (f"    key_{WORDS[mark]}[{WORDS[mark]}]" for mark in found.marks)
    yield "  end"


def _classes(found: Changes) -> Iterator[str]:
    """The colours of boxes, with that of their text, for a page may be dark."""
    for mark in found.marks:
        fill, line = COLOURS[mark]
        word, some = WORDS[mark], [named(end) for end in found.marked(mark)]
        dashed = ",stroke-dasharray:5 3" if mark is Mark.REMOVED else ""
        yield f"  classDef {word} fill:{fill},stroke:{line},color:#1f2328{dashed}"
        yield f"  class {','.join((f'key_{word}', *some))} {word}"
