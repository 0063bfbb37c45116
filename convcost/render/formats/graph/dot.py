"""DOT: the graph of a network for Graphviz, an open block as a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.graph.dot import beginning, label, named
from convcost.render.graph.flat import flat
from convcost.render.graph.folded import folded
from convcost.render.graph.heat import FILLS, heats
from convcost.render.graph.words import end, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.render.graph.folded import Folded, Graph
    from convcost.render.report import Medium, Report

MOST = 60  # boxes that are not open


def write(report: Report, _: Medium) -> str:
    """The graph, a line a box and a line an edge."""
    assert report.graph is not None
    analysis, depth, _metric = report.graph()
    found = folded(analysis, MOST, depth)
    edges, ends = flat(found)
    lines = beginning(analysis.network.name)
    for word, key in ends.items():
        said = label(end(found.layers, key).name)
        lines.append(f"  {word} [label={said}, style=dashed]")
    lines += _boxes(found, found.graph, heats(found), "", "  ")
    lines += (f"  {named(source)} -> {named(target)}" for source, target in edges)
    return "\n".join((*lines, "}", ""))


def _boxes(
    found: Folded, graph: Graph, heat: Mapping[int, int], around: str, indent: str
) -> Iterator[str]:
    for part, inside in graph.boxes:
        said = words(found.layers, part, around if inside is None else "")
        if inside is None:
            fill = f', fillcolor="{FILLS[heat[part.start]]}"' if heat[part.start] else ""
            lines = label(said.name, said.what, said.last)
            yield f"{indent}{named(part.start)} [label={lines}{fill}]"
            continue
        yield f"{indent}subgraph cluster_{part.start}_{part.size} {{"
        yield f'{indent}  label={label(said.name, said.last)}; color="#8c959f"'
        yield from _boxes(found, inside, heat, part.name, indent + "  ")
        yield f"{indent}}}"
