"""DOT: two designs as one graph for Graphviz, changes in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.compare.comparison import Mark
from convcost.render.graph.changes import COLOURS, changes
from convcost.render.graph.dot import beginning, label, named
from convcost.render.reports.compare.sheet import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.render.graph.changes import Box, Changes
    from convcost.render.report import Medium, Report

MOST = 100  # boxes


def write(report: Report, _: Medium) -> str:
    """The graph, a line a box and a line an edge."""
    assert report.changes is not None
    comparison, labels = report.changes()
    title = " to ".join(labels)
    found = changes(comparison, MOST)
    lines = [*beginning(title), *_legend(title, found)]
    lines += (f"  {word} [{_looks(end, 'dashed')}]" for word, end in found.ends.items())
    lines += (f"  n{number} [{_looks(box)}]" for number, box in enumerate(found.boxes))
    lines += (
        f"  {named(source)} -> {named(target)}{_edge(mark)}"
        for (source, target), mark in found.edges.items()
    )
    return "\n".join((*lines, "}", ""))


def _legend(title: str, found: Changes) -> Iterator[str]:
    """A box for each colour that is used, in a frame with the names of the designs."""
    yield "  subgraph cluster_legend {"
    yield f'    label={label(title)}; color="#8c959f"'
    for mark in found.marks:
        fill, line = COLOURS[mark]
        yield f'    key_{WORDS[mark]} [label="{WORDS[mark]}", fillcolor="{fill}", color="{line}"]'
    yield "  }"


def _looks(box: Box, style: str = "") -> str:
    found = [f"label={label(*box.lines)}"]
    if box.mark in COLOURS:
        fill, line = COLOURS[box.mark]
        found += [f'fillcolor="{fill}"', f'color="{line}"']
    dashed = style or ("rounded,filled,dashed" if box.mark is Mark.REMOVED else "")
    return ", ".join((*found, *([f'style="{dashed}"'] if dashed else [])))


def _edge(mark: Mark) -> str:
    if mark not in COLOURS:
        return ""
    style = "dashed" if mark is Mark.REMOVED else "bold"
    return f' [color="{COLOURS[mark][1]}", style={style}]'
