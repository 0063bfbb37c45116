"""Weights of few bits a number, packed in blocks with scales (and zero points) of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.tensor import Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.building.values import Stored
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

PACKED = "its weights are not unpacked here"


def matmul(b: Builder, node: Node) -> None:
    """MatMulNBits and MatMulBnb4: a linear layer whose weight is packed as ``[out, in]``."""
    x, out, features = b.tensor(node, 0), node.fields["N"], node.fields["K"]
    weights = {"weight": _weight(b, node, 1, (out, features), node.get("bits", 4), (2, 3, 4))}
    bias = _array(b, node, 5)
    if bias is None and node.has(5):
        raise NotUnderstood("its bias is made by the graph")
    if bias is not None:
        weights["bias"] = b.weight(bias, learned=True)
    op = make("linear", out_features=out, bias=bias is not None)
    y = b.add(node, op, (x,), weights).outputs[0]
    b.differ(node, PACKED)
    b.give(node, y)


def gather(b: Builder, node: Node) -> None:
    """GatherBlockQuantized: an embedding whose table is packed along its last axis."""
    table = _array(b, node, 0)
    if table is None:
        raise NotUnderstood("its table is made by the graph")
    bits = node.get("bits", 4)
    held = 8 // bits if table.dtype == "uint8" else 1  # numbers in an element of the file
    shape = (*table.shape[:-1], table.shape[-1] * held)
    axis = axis_of(node.get("gather_axis", 0), len(shape))
    op = make("parameter", shape=shape, batch=False, learned=True)
    weights = {"value": _weight(b, node, 0, shape, bits, (2, 3))}
    name = b.names.new(node)
    whole = b.network.add(name, op, (), None, weights, weights["value"].dtype).outputs[0]
    y = then(b, node, "gather", whole, b.tensor(node, 1), dim=axis)
    scales = _array(b, node, 2)
    y.dtype = "float32" if scales is None else scales.dtype
    b.differ(node, PACKED)
    b.give(node, y)


def _weight(
    b: Builder,
    node: Node,
    number: int,
    shape: tuple[int, ...],
    bits: int,
    besides: Sequence[int],
) -> Weight:
    """A weight as it is packed in an input of that number, beside further inputs."""
    packed = _array(b, node, number)
    if packed is None:
        raise NotUnderstood("its packed weight is made by the graph")
    if bits not in (2, 4, 8):
        raise NotUnderstood(f"its numbers have {bits} bits")
    weight = Weight(packed.name, shape, learned=True, dtype=f"uint{bits}")
    arrays = [packed, *(_array(b, node, n) for n in besides)]
    stored = (Weight(a.name, a.shape, learned=True, dtype=a.dtype) for a in arrays if a is not None)
    weight.beside = sum(array.bytes for array in stored) - weight.bytes
    return weight


def _array(b: Builder, node: Node, number: int) -> Stored | None:
    return b.stored(node, number) if node.has(number) else None


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "MatMulNBits": matmul,
    "MatMulBnb4": matmul,
    "GatherBlockQuantized": gather,
}
