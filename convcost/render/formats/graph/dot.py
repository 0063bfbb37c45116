"""DOT: the graph of a network for Graphviz, an open block as a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.render.graph.flat import flat
from convcost.render.graph.folded import folded
from convcost.render.graph.heat import FILLS, heats
from convcost.render.graph.words import end, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.render.graph.folded import Folded, Graph
    from convcost.render.report import Medium, Report

MOST = 60  # boxes that are not open
CLUSTERS = 'graph [fontname="sans-serif", labeljust=l]'
NODES = 'node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif"]'


def write(report: Report, _: Medium) -> str:
    """The graph, a line a box and a line an edge."""
    assert report.graph is not None
    analysis, depth, _metric = report.graph()
    found = folded(analysis, MOST, depth)
    edges, ends = flat(found)
    lines = [f"digraph {_quoted(analysis.network.name)} {{", "  " + CLUSTERS, "  " + NODES]
    for word, key in ends.items():
        label = _quoted(end(found.layers, key).name)
        lines.append(f"  {word} [label={label}, style=dashed]")
    lines += _boxes(found, found.graph, heats(found), "", "  ")
    lines += (f"  {_id(source)} -> {_id(target)}" for source, target in edges)
    return "\n".join((*lines, "}", ""))


def _boxes(
    found: Folded, graph: Graph, heat: Mapping[int, int], around: str, indent: str
) -> Iterator[str]:
    for part, inside in graph.boxes:
        said = words(found.layers, part, around if inside is None else "")
        if inside is None:
            fill = f', fillcolor="{FILLS[heat[part.start]]}"' if heat[part.start] else ""
            label = _lines(said.name, said.what, said.last)
            yield f"{indent}{_id(part.start)} [label={label}{fill}]"
            continue
        yield f"{indent}subgraph cluster_{part.start}_{part.size} {{"
        yield f'{indent}  label={_lines(said.name, said.last)}; color="#8c959f"'
        yield from _boxes(found, inside, heat, part.name, indent + "  ")
        yield f"{indent}}}"


def _id(of: int | str) -> str:
    return of if isinstance(of, str) else f"n{of}"


def _lines(*lines: str) -> str:
    """Lines of a label; ``\\n`` is where one ends."""
    return '"' + "\\n".join(_escaped(line) for line in lines) + '"'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    r"""Text that a label has literally: entities and escapes such as ``\N`` are none."""
    plain = printable(text).replace("&", "&amp;").replace("\\", "\\\\")
    return plain.replace('"', "&quot;")
