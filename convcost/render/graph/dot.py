"""The words of Graphviz' language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import printable

if TYPE_CHECKING:
    from convcost.render.graph.flat import End

CLUSTERS = 'graph [fontname="sans-serif", labeljust=l]'
NODES = 'node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif"]'


def beginning(name: str) -> list[str]:
    """The first lines of a graph."""
    return [f"digraph {label(name)} {{", f"  {CLUSTERS}", f"  {NODES}"]


def named(of: End) -> str:
    """The name of a box in the text."""
    return of if isinstance(of, str) else f"n{of}"


def label(*lines: str) -> str:
    """A label of several lines; ``\\n`` is where one ends."""
    return '"' + "\\n".join(_escaped(line) for line in lines) + '"'


def _escaped(text: str) -> str:
    r"""Text that a label has literally: entities and escapes such as ``\N`` are none."""
    plain = printable(text).replace("&", "&amp;").replace("\\", "\\\\")
    return plain.replace('"', "&quot;")
