"""Nodes that are not understood: opaque layers, behind which the network goes on.

The shapes of what such a node makes come from a rule of the user's, or from what the importer knows
of the file. Its arrays are parameters, whatever it does with them.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.values import Made, Stored, Unknown
from convcost.ops.opaque import Opaque
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node

MOST_LISTED = 100  # nodes that are not understood
MOST_VALUES = 1 << 10  # numbers of a constant that says how, rather than what


def add_opaque(b: Builder, node: Node, reason: str) -> None:
    """A layer for a node that is not understood, as far as its shapes are known."""
    inputs, arrays = _read(b, node)
    rule = b.rule(node)
    shapes = rule.shapes if rule is not None and rule.shapes else None
    outputs = [Made(s, "float32") for s in shapes] if shapes else b.made_by(node)
    if outputs is None:
        _hold(b, inputs, arrays)
        _list(b, node, reason)
        return
    costs = None if rule is None else rule.costs
    _layer(b, node, inputs, arrays, outputs, costs)
    if costs is None:
        shown = ", ".join("x".join(map(str, one.shape)) for one in outputs)
        _list(b, node, f"{reason}; it makes {shown}" if reason else "", known=True)


def _read(b: Builder, node: Node) -> tuple[list[Tensor], list[Stored]]:
    """The tensors and the arrays that a node reads, those of its subgraphs included."""
    names = dict.fromkeys(node.reads())
    values = [b.values[name] for name in names if name in b.values]
    tensors = [value for value in values if isinstance(value, Tensor)]
    return tensors, [v for v in values if isinstance(v, Stored) and v.maker is None and v.shape]


def _hold(b: Builder, inputs: Sequence[Tensor], arrays: Sequence[Stored]) -> None:
    """Mark the inputs of a node as needed, and its arrays as parameters, although it becomes no
    layer."""
    b.network.held.update(inputs)
    stored = (array for array in arrays if array.learned and 0 not in (array.whole or array.shape))
    b.network.held.update(map(b.passed, stored))


def _layer(
    b: Builder,
    node: Node,
    inputs: Sequence[Tensor],
    arrays: Sequence[Stored],
    outputs: Sequence[Made],
    costs: Mapping[str, int] | None,
) -> None:
    learned = {v.name: v for v in arrays if v.learned}
    others = {v.name: v for v in arrays if not v.learned and prod(v.shape) > MOST_VALUES}
    first = inputs[0] if inputs else None
    samples = first.shape[:1] if first is not None and first.batch_axis == 0 else None
    op = Opaque(
        operator=node.operator,
        makes=tuple(one.shape for one in outputs),
        arrays=tuple(v.whole or v.shape for v in learned.values()),
        constants=tuple(v.whole or v.shape for v in others.values()),
        batch=all(one.shape[:1] == samples for one in outputs),
        costs=None if costs is None else tuple(costs.items()),
    )
    weights = {f"array{n}": b.weight(v, v.whole) for n, v in enumerate(learned.values())}
    weights |= {f"constant{n}": b.weight(v, v.whole) for n, v in enumerate(others.values())}
    layer = b.network.add(b.names.new(node), op, inputs, None, weights)
    layer.node, layer.value = node.name, node.made
    for tensor, one in zip(layer.outputs, outputs, strict=True):
        tensor.dtype = one.dtype
    b.give(node, *layer.outputs)


def _list(b: Builder, node: Node, reason: str, *, known: bool = False) -> None:
    """Note a node that is not counted; those that only read what it makes are told by it."""
    if not known:
        b.give(node, *[Unknown(str(node))] * len(node.outputs))
    if not reason:
        b.skipped += 1
    elif len(b.network.unknown) < MOST_LISTED:
        b.network.unknown.append(f"{node}: {reason}")
