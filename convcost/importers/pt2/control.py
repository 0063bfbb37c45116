"""Graphs inside of a node: those that always run, and those of which one does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from convcost.allowance import work
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored, Unknown
from convcost.metrics import METRICS, Source
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.importers.building.values import Value
    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.network import Layer

WORK_A_NODE = 100
COUNTS = [metric.name for metric in METRICS.values() if metric.source is Source.OP]


def cond(b: Builder, node: Node) -> None:
    """cond: the branch that runs is only known then, and counted where both cost the same."""
    branches = node.graphs
    costs: list[Any] = []
    for graph in branches:
        before, kept = len(b.network.layers), b.kept()
        _made(b, node, graph)
        unknown = len(b.network.unknown) > len(kept.unknown)
        costs.append(None if unknown else _costs(b.network.layers[before:]))
        b.restore(kept)
    if None in costs:
        raise NotUnderstood("it runs one of two branches, and not all that they do is known")
    if costs[0] != costs[1]:
        shown = " or ".join(f"{cost['macs']:,}" for cost in costs)
        raise NotUnderstood(
            f"which of its branches runs depends on data, and they cost {shown} MACs"
            if costs[0]["macs"] != costs[1]["macs"]
            else "which of its branches runs depends on data, and they do not cost the same"
        )
    condition = b.values.get(node.inputs[0])
    if isinstance(condition, Tensor):
        b.network.held.add(condition)
    b.give(node, *_made(b, node, branches[0]))
    b.network.assumes.append(f"the first branch of {node}, whose other one costs the same")


def always(b: Builder, node: Node) -> None:
    """wrap_with_set_grad_enabled and wrap_with_autocast: a part of the graph that runs in them."""
    if node.op == "wrap_with_autocast" and node.fields["2"]:
        b.differ(node, "its numbers keep their types here")
    (graph,) = node.graphs
    b.give(node, *_made(b, node, graph))


def _costs(layers: Sequence[Layer]) -> Mapping[str, int]:
    """The total costs of some layers, by metric."""
    total: Counter[str] = Counter()
    for layer in layers:
        for name in COUNTS:
            total[name] += getattr(layer.op, name)(*layer.input_shapes)
    return total


def _made(b: Builder, node: Node, graph: Mapping[str, Any]) -> list[Value]:
    """Build a graph inside of a node, on that node's last tensors, and return its outputs."""
    work(WORK_A_NODE * (1 + len(graph["nodes"])), "following graphs inside of nodes")
    names = [one["as_tensor"]["name"] for one in graph["inputs"]]
    outer = [b.values[name] for name in node.inputs[len(node.inputs) - len(names) :]]
    with b.inside(graph):
        b.values.update(zip(names, outer, strict=True))
        b.run_all(graph["nodes"], [one["as_tensor"]["name"] for one in graph["outputs"]])
        made = [b.values.get(one["as_tensor"]["name"], Unknown("")) for one in graph["outputs"]]
        return [b.passed(value) if isinstance(value, Stored) else value for value in made]


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "cond": cond,
    "wrap_with_set_grad_enabled": always,
    "wrap_with_autocast": always,
}
