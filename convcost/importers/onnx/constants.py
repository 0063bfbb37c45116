"""Constants of a graph: worked out where they are small, and made by layers where they are large.

What is made of learned arrays is learned, but it is no new array: "one storage, once". Looked at in
another shape or order it stays the array that it is. What has other numbers of elements is known to
those who ask for sizes, and made by a layer for those who read it as a tensor.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored, of_values
from convcost.importers.onnx.fold import MOST_ELEMENTS, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.values import Known
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

MOVING = frozenset(
    (
        *("Cast", "CastLike", "Concat", "Expand", "Gather", "GatherElements", "GatherND"),
        *("Identity", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"),
    )
)
"""The operators that make no other numbers of an array."""
REPEATING = frozenset(("Expand", "Tile", "ConstantOfShape"))
MOST_REPEATED = 1 << 10  # elements of such a constant; larger ones are made by a layer


def worked_out(b: Builder, node: Node) -> bool:
    """Whether a node makes constants; they are then the meaning of its outputs."""
    if node.domain:
        return False
    if node.op == "Constant":
        b.give(node, _constant_node(b, node))
        return True
    if node.op in ("Shape", "Size"):
        b.give(node, _shape_node(b, node))
        return True
    stored: list[Stored | None] = []
    for name in node.inputs:
        value = b.values.get(name) if name else None
        if value is not None and not isinstance(value, Stored):
            return False
        stored.append(value)
    if not node.outputs:
        return False
    if node.op == "ConstantOfShape" and node.inputs[0] in b.shipped:
        return _filled(b, node, stored[0])
    results = folded(node, [v and v.known for v in stored], b.opset)
    if results is None:
        return False
    sources = [v for v in stored if v is not None]
    for name, result in zip(node.outputs, results, strict=False):
        if name:
            b.bind(name, _made(b, node, name, result, sources))
    return True


def _filled(b: Builder, node: Node, shape: Stored | None) -> bool:
    """A fill of a shape that the file stores is how models are shipped without their weights."""
    if shape is None or shape.known is None:
        return False
    sizes = tuple(int(n) for n in shape.known.reshape(-1))
    if prod(sizes) > MOST_ELEMENTS:
        b.give(node, Stored(node.outputs[0], sizes, "float32"))
        return True
    results = folded(node, [shape.known], b.opset)
    if results is None:
        return False
    b.give(node, of_values(node.outputs[0], results[0], learned=results[0].dtype.kind == "f"))
    return True


def _made(b: Builder, node: Node, name: str, result: Known, sources: Sequence[Stored]) -> Stored:
    """A constant that a node makes of others."""
    learned = {v.name: v for v in sources if v.learned and v.shape}
    new = of_values(name, result, learned=False)
    if result.dtype.kind != "f" or (node.domain, node.op) not in b.ways.translate:
        return new
    made_again = any(v.maker is not None for v in sources)
    if len(learned) == 1 and not made_again and node.op in MOVING:
        (only,) = learned.values()
        if result.size == prod(only.shape):
            return only.reshaped(tuple(result.shape))._replace(known=result)
    repeated = node.op in REPEATING and result.size > MOST_REPEATED
    return new._replace(maker=node) if learned or made_again or repeated else new


def _constant_node(b: Builder, node: Node) -> Stored:
    import numpy as np

    name = node.outputs[0]
    if "value" in node.fields:
        return b.store(node.fields["value"], learned=False)._replace(name=name)
    for field in ("value_float", "value_floats", "value_int", "value_ints"):
        if field in node.fields:
            kind = np.float32 if "float" in field else np.int64
            return of_values(name, np.array(node.fields[field], dtype=kind), learned=False)
    raise NotUnderstood("it is a constant of no numbers")


def _shape_node(b: Builder, node: Node) -> Stored:
    import numpy as np

    shape = b.shape(node, 0)
    if node.op == "Size":
        return of_values(node.outputs[0], np.array(prod(shape), dtype=np.int64), learned=False)
    part = shape[node.get("start", 0) : node.get("end", len(shape))]
    return of_values(node.outputs[0], np.array(part, dtype=np.int64), learned=False)
