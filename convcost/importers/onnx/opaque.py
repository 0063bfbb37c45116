"""Nodes that are not understood: opaque layers, behind which the network goes on.

The shapes of what such a node makes come from a rule of the user's, from onnx's own inference or
from the file. Its arrays are parameters, whatever it does with them.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.onnx.described import Made, made
from convcost.importers.onnx.order import subgraphs
from convcost.importers.onnx.values import DTYPES, Stored, Unknown
from convcost.network import Tensor
from convcost.ops.opaque import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import onnx

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

MOST_LISTED = 100  # nodes that are not understood
MOST_VALUES = 1 << 10  # numbers of a constant that inference is told


def add_opaque(b: Builder, node: Node, reason: str) -> None:
    """A layer for a node that is not understood, as far as its shapes are known."""
    inputs, arrays = _read(b, node)
    rule = b.rule(node)
    shapes = rule.shapes if rule is not None and rule.shapes else None
    outputs = [Made(s, "float32") for s in shapes] if shapes else _shapes(b, node)
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
    names = dict.fromkeys((*node.inputs, *_captured(node.proto)))
    values = [b.values[name] for name in names if name in b.values]
    tensors = [value for value in values if isinstance(value, Tensor)]
    return tensors, [v for v in values if isinstance(v, Stored) and v.maker is None and v.shape]


def _captured(node: onnx.NodeProto) -> Iterator[str]:
    for graph in subgraphs(node):
        for inner in graph.node:
            yield from inner.input
            yield from _captured(inner)


def _hold(b: Builder, inputs: Sequence[Tensor], arrays: Sequence[Stored]) -> None:
    """What a node reads is needed, and its arrays are parameters, though it is no layer."""
    b.network.held.update(inputs)
    b.network.held.update(b.passed(array) for array in arrays if array.learned)


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
    for tensor, one in zip(layer.outputs, outputs, strict=True):
        tensor.dtype = one.dtype
    b.give(node, *layer.outputs)


def _shapes(b: Builder, node: Node) -> list[Made] | None:
    """What a node makes, None where it is not known of each output."""
    names = [name for name in node.outputs if name]
    if not names or len(names) < len(node.outputs):
        return None
    found = _inferred(b, node) or {}
    every = [found.get(name) or b.stated(name) for name in names]
    known = [one for one in every if one is not None]
    return known if len(known) == len(names) else None


def _can_be_asked(b: Builder, node: Node) -> bool:
    """Whether onnx can be asked for shapes: of graphs inside it asks too much, and some of its
    versions crash on steps of 0. What is refused of operators that are known is as wrong for it."""
    if (node.domain, node.op) in b.ways.translate or any(True for _ in subgraphs(node.proto)):
        return False
    return all(0 not in attribute.ints for attribute in node.proto.attribute)


def _inferred(b: Builder, node: Node) -> Mapping[str, Made] | None:
    """The shapes that onnx infers for a node alone, of what is known of its inputs here."""
    from onnx import checker, defs, helper, numpy_helper, shape_inference

    if not defs.has(node.op, node.domain) or not _can_be_asked(b, node):
        return None
    values = {name: b.values.get(name) for name in node.inputs if name}
    inputs: list[onnx.ValueInfoProto] = []
    arrays: list[onnx.TensorProto] = []
    numbers = {dtype: number for number, dtype in DTYPES.items()}
    for name, value in values.items():
        if value is None or isinstance(value, Unknown):
            return None
        known = value.known if isinstance(value, Stored) else None
        if known is not None and known.size <= MOST_VALUES:
            arrays.append(numpy_helper.from_array(known, name))
        kind = arrays[-1].data_type if known is not None and arrays else numbers[value.dtype]
        inputs.append(helper.make_tensor_value_info(name, kind, value.shape))
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.outputs if name]
    graph = helper.make_graph([node.proto], "node", inputs, outputs, arrays)
    opsets = [helper.make_opsetid(node.domain, b.opset)]
    model = helper.make_model(graph, opset_imports=opsets)
    try:
        graph = shape_inference.infer_shapes(model, data_prop=True).graph
    except (shape_inference.InferenceError, checker.ValidationError, ValueError, RuntimeError):
        return None
    found = {value.name: made(value, {}) for value in graph.output}
    return {name: one for name, one in found.items() if one is not None}


def _list(b: Builder, node: Node, reason: str, *, known: bool = False) -> None:
    """Note a node that is not counted; those that only read what it makes are told by it."""
    if not known:
        b.give(node, *[Unknown(str(node))] * len(node.outputs))
    if not reason:
        b.skipped += 1
    elif len(b.network.unknown) < MOST_LISTED:
        b.network.unknown.append(f"{node}: {reason}")
