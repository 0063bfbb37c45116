"""Formulas with their numbers, once for all layers that are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.explain.layer import explain_layer
from convcost.errors import ConvcostError, plural
from convcost.render.html.element import Markup, element, link
from convcost.render.parts.words import described, shapes
from convcost.render.reports.explain.page import layer_sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.html.element import Element, Node

MOST_KINDS = 100
MOST_LINKS = 200
"""Layers of a kind that are named."""


class _Kind(NamedTuple):
    """Layers whose formulas have the same numbers."""

    layers: list[LayerCost]

    @property
    def macs(self) -> int:
        return sum(layer.counts["macs"] for layer in self.layers)


def formulas(analysis: Analysis) -> Sequence[Node]:
    """A fold for each kind of layer, those that cost most where there are too many."""
    found: dict[object, _Kind] = {}
    for cost in analysis.layers:
        key = (cost.layer.op, cost.input_shapes, cost.counts["params"], cost.counts["buffers"])
        found.setdefault(key, _Kind([])).layers.append(cost)
    kinds = [*found.values()]
    shown = kinds
    if len(kinds) > MOST_KINDS:
        dearest = sorted(range(len(kinds)), key=lambda at: -kinds[at].macs)[:MOST_KINDS]
        shown = [kinds[at] for at in sorted(dearest)]
    nodes: list[Node] = [_kind(analysis, kind) for kind in shown]
    if left := len(kinds) - len(shown):
        said = f"{plural(left, 'kind')} of layers with fewer MACs have no place here: "
        nodes.append(element("p", {}, said, element("code", {}, "convcost explain SPEC LAYER")))
    return nodes


def _kind(analysis: Analysis, kind: _Kind) -> Element:
    first = kind.layers[0]
    count = plural(len(kind.layers), "layer")
    reads, makes = shapes(first.input_shapes), shapes(first.output_shapes)
    says = f"{described(first)}: {reads} -> {makes}, {count}"
    return folded(says, element("pre", {"class": "what"}, *_text(analysis, first)), kind.layers)


def _text(analysis: Analysis, cost: LayerCost) -> Iterator[Node]:
    try:
        sections = [*layer_sections(explain_layer(analysis.network, cost.name), None)]
    except ConvcostError as error:
        yield str(error).replace("\n", " ")
        return
    for name, lines in sections:
        yield name
        for line in lines:
            yield Markup("\n")
            yield line.text
        yield Markup("\n")


def folded(says: str, what: Node, layers: Sequence[LayerCost]) -> Element:
    """Something about several layers: it is shown where one of them is chosen."""
    names: list[Node] = []
    for layer in layers[:MOST_LINKS]:
        names += [*([" "] if names else []), link(layer.name)]
    if len(layers) > MOST_LINKS:
        names.append(f" and {len(layers) - MOST_LINKS:,} more")
    parts = (element("summary", {}, says), what, element("p", {}, *names))
    return element("details", {"class": "kind"}, *parts)
