"""Mermaid: the graph of a network for a fenced block of Markdown, as GitHub and GitLab draw it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.render.graph.flat import flat
from convcost.render.graph.folded import folded
from convcost.render.graph.heat import FILLS, heats
from convcost.render.graph.mermaid import escaped, label, named, within_limits
from convcost.render.graph.words import end, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.render.graph.folded import Folded, Graph
    from convcost.render.report import Graphed, Medium, Report

MOST = 60  # boxes that are not open


def write(report: Report, _: Medium) -> str:
    """The graph with as many boxes as the limits of Mermaid allow.

    Raises:
        ConvcostError: its inputs and outputs alone are too many for that.
    """
    assert report.graph is not None
    return within_limits(partial(_written, report.graph()), MOST)


def _written(graphed: Graphed, most: int) -> tuple[str, int]:
    """The text, and how many edges it has."""
    found = folded(graphed.analysis, most, graphed.depth)
    edges, ends = flat(found)
    heat = heats(found)
    lines = ["flowchart TB"]
    for word, key in ends.items():
        lines.append(f'  {word}(["{escaped(end(found.layers, key).name)}"])')
    lines += _boxes(found, found.graph, "", "  ")
    lines += (f"  {named(source)} --> {named(target)}" for source, target in edges)
    lines += _classes(heat)
    return "\n".join((*lines, "")), len(edges)


def _boxes(found: Folded, graph: Graph, around: str, indent: str) -> Iterator[str]:
    for part, inside in graph.boxes:
        said = words(found.layers, part, around if inside is None else "")
        if inside is None:
            lines = filter(None, (said.name, said.what, said.makes, ", ".join(said.costs)))
            yield f"{indent}{named(part.start)}[{label(lines)}]"
            continue
        title = ": ".join((said.name, *said.costs[:1]))  # Mermaid has room for one line
        yield f"{indent}subgraph b{part.start}_{part.size} [{label([title])}]"
        yield from _boxes(found, inside, part.name, indent + "  ")
        yield f"{indent}end"


def _classes(heat: Mapping[int, int]) -> Iterator[str]:
    """The colours of boxes, with that of their text, for a page may be dark."""
    for step, fill in enumerate(FILLS):
        some = [named(place) for place, of in heat.items() if of == step]
        if step and some:
            yield f"  classDef h{step} fill:{fill},stroke:#8c959f,color:#1f2328"
            yield f"  class {','.join(some)} h{step}"
