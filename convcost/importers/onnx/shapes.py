"""Operators that move elements, and do nothing to them."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.joined import for_each_sample
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.parts import kept
from convcost.importers.building.reshaping import refitted, reshaped, resolved
from convcost.importers.building.values import Stored, of_values
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

REDUCTIONS = {"none": None, "add": "sum", "mul": "prod", "max": "amax", "min": "amin"}
"""How updates meet what stands there, in ONNX's words and in PyTorch's."""


def reshape(b: Builder, node: Node) -> None:
    """Reshape: 0 keeps a size, -1 is what is left."""
    wanted = node.get("shape", None) or b.ints(node, 1) or []
    keeps = not node.get("allowzero", 0)
    value = b.value(node, 0)
    if isinstance(value, Tensor) and (fitted := refitted(b, value, wanted, keeps=keeps)):
        reshaped(b, node, fitted)
    else:
        reshaped(b, node, resolved(b.shape(node, 0), wanted, keeps=keeps))


def flatten(b: Builder, node: Node) -> None:
    """Flatten: the axes before ``axis`` as one, and those from it on."""
    x = b.tensor(node, 0)
    axis = node.get("axis", 1)
    axis = axis + len(x.shape) if axis < 0 else axis
    shape = (prod(x.shape[:axis]), prod(x.shape[axis:]))
    if axis == 1 and shape == x.shape:
        b.give(node, x)
    elif axis == 1 and x.batch_axis == 0:
        b.give(node, b.add(node, make("flatten"), (x,)).outputs[0])
    else:
        reshaped(b, node, shape)


def _axes(b: Builder, node: Node) -> list[int] | None:
    axes = node.get("axes", None)
    if axes is None and len(node.inputs) > 1:
        axes = b.ints(node, 1)
    return None if axes is None else [int(axis) for axis in axes]


def squeeze(b: Builder, node: Node) -> None:
    """Squeeze: axes of size 1 left out."""
    x, axes = b.shape(node, 0), _axes(b, node)
    gone = {axis_of(a, len(x)) for a in axes} if axes else {a for a, n in enumerate(x) if n == 1}
    reshaped(b, node, [n for a, n in enumerate(x) if a not in gone])


def unsqueeze(b: Builder, node: Node) -> None:
    """Unsqueeze: axes of size 1 put in."""
    x, axes = b.shape(node, 0), _axes(b, node) or []
    rank = len(x) + len(axes)
    new, sizes = {axis_of(a, rank) for a in axes}, iter(x)
    if len(new) < len(axes):
        raise NotUnderstood("its axes name one of them twice")
    reshaped(b, node, [1 if a in new else next(sizes) for a in range(rank)])


def transpose(b: Builder, node: Node) -> None:
    """Transpose."""
    value = b.value(node, 0)
    shape = b.shape(node, 0)
    order: tuple[int, ...] = tuple(node.get("perm", range(len(shape))[::-1]))
    if sorted(order) != list(range(len(shape))):
        raise NotUnderstood(f"its perm {list(order)} is not an order of {len(shape)} axes")
    if isinstance(value, Stored):
        b.give(node, value.reshaped(tuple(shape[a] for a in order))._replace(known=None))
        return
    x = b.tensor(node, 0)
    own = order[:1] == (0,) and len(order) > 1
    op = make("permute", dims=order[1:]) if own else make("transpose", dims=order)
    b.give(node, b.add(node, op, (x,)).outputs[0])


def concat(b: Builder, node: Node) -> None:
    """Concat."""
    inputs = for_each_sample(b, node)
    if len(inputs) == 1:
        b.give(node, inputs[0])
        return
    op = make("concat", dim=axis_of(node.get("axis", 1), len(inputs[0].shape)))
    b.give(node, b.add(node, op, inputs).outputs[0])


def split(b: Builder, node: Node) -> None:
    """Split: equal parts, or sizes that are an attribute or an input."""
    x = b.tensor(node, 0)
    axis = axis_of(int(node.get("axis", 0)), len(x.shape))
    sizes = [int(n) for n in node.get("split", [])] or None
    if sizes is None and node.has(1):
        sizes = b.ints(node, 1)
    if sizes is None:
        sizes = _shared_out(x.shape[axis], len(node.outputs))
    op = make("split", sizes=tuple(sizes), dim=axis)
    b.give(node, *b.add(node, op, (x,)).outputs)


def _shared_out(size: int, parts: int) -> list[int]:
    """Equal parts, of which the last may be smaller."""
    each = -(-size // parts)
    return [min(each, size - each * part) for part in range(parts)]


def cut(b: Builder, node: Node) -> None:
    """Slice."""
    x = b.tensor(node, 0)
    old = b.opset < 10
    starts = node.get("starts", []) if old else b.ints(node, 1) or []
    ends = node.get("ends", []) if old else b.ints(node, 2) or []
    axes = node.get("axes", None) if old else (b.ints(node, 3) if node.has(3) else None)
    steps = None if old else (b.ints(node, 4) if node.has(4) else None)
    dims = tuple(axis_of(a, len(x.shape)) for a in axes or range(len(starts)))

    def within(places: Sequence[int]) -> tuple[int, ...]:  # 2^63 means the end
        sizes = [x.shape[dim] for dim in dims]
        return tuple(min(max(p, -n - 1), n) for p, n in zip(places, sizes, strict=True))

    b.give(node, kept(b, node, x, dims, within(starts), within(ends), steps))


def gather(b: Builder, node: Node) -> None:
    """Gather: positions that are known, or an array of them."""
    x, at = b.tensor(node, 0), b.value(node, 1)
    axis = axis_of(node.get("axis", 0), len(x.shape))
    known = at.known if isinstance(at, Stored) else None
    if known is None:
        y = b.add(node, make("gather", dim=axis), (x, b.tensor(node, 1))).outputs[0]
        b.give(node, y)
        return
    picked = tuple(int(n) for n in known.reshape(-1))
    if (whole := _all_in_order(b, x, axis, picked, known.shape)) is not None:
        reshaped(b, node, whole)  # as exporters write a tensor that is looked at by its strides
        return
    y = b.add(node, make("gather", dim=axis, indices=picked), (x,)).outputs[0]
    shape = (*x.shape[:axis], *known.shape, *x.shape[axis + 1 :])
    if shape != y.shape:
        y = b.add(node, make("view", shape=shape), (y,)).outputs[0]
    b.give(node, y)


def _all_in_order(
    b: Builder, x: Tensor, axis: int, picked: Sequence[int], shape: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The shape that is made where all there is along an axis is picked, in order; None where less
    is, or another order."""
    before = b.as_in_file(x) or x.shape
    if len(picked) == 1 or picked != (*range(before[axis]),):
        return None
    whole = (*before[:axis], *shape, *before[axis + 1 :])
    return refitted(b, x, whole, keeps=False) or whole


def expand(b: Builder, node: Node) -> None:
    """Expand: axes of size 1 repeated."""
    x, wanted = b.tensor(node, 0), b.ints(node, 1) or []
    rank = max(len(x.shape), len(wanted))
    own = (1,) * (rank - len(x.shape)) + x.shape
    given = (1,) * (rank - len(wanted)) + tuple(wanted)
    shape = tuple(m if n == 1 else n for n, m in zip(own, given, strict=True))
    if shape == x.shape:
        b.give(node, x)
    else:
        b.give(node, b.add(node, make("expand", shape=shape), (x,)).outputs[0])


def filled(b: Builder, node: Node) -> None:
    """ConstantOfShape of more elements than are worked out: one number, repeated."""
    import numpy as np
    from onnx import numpy_helper

    shape = b.ints(node, 0)
    if shape is None:
        raise NotUnderstood("it has no shape")
    value = node.get("value", None)
    number = np.zeros(1, np.float32) if value is None else numpy_helper.to_array(value)
    number = number.reshape((1,) * len(shape))
    one = of_values(f"{node.outputs[0]}.number", number, learned=False)
    if np.isfinite(number).all():
        b.weight(one).values = Fraction(number.item())
    op = make("expand", shape=tuple(shape))
    b.give(node, b.add(node, op, (b.passed(one),)).outputs[0])


def tile(b: Builder, node: Node) -> None:
    """Tile."""
    op = make("tile", repeats=tuple(b.ints(node, 1) or []))
    b.give(node, b.add(node, op, (b.tensor(node, 0),)).outputs[0])


def topk(b: Builder, node: Node) -> None:
    """TopK."""
    x = b.tensor(node, 0)
    k = node.get("k", None) or (b.ints(node, 1) or [1])[0]
    op = make(
        "topk",
        k=k,
        dim=axis_of(node.get("axis", -1), len(x.shape)),
        largest=bool(node.get("largest", 1)),
    )
    b.give(node, *b.add(node, op, (x,)).outputs)


def scatter(b: Builder, node: Node) -> None:
    """ScatterND and ScatterElements."""
    x = b.tensor(node, 0)
    dim = None if node.op == "ScatterND" else axis_of(node.get("axis", 0), len(x.shape))
    reduce = REDUCTIONS[node.get("reduction", "none")]
    inputs = (x, b.tensor(node, 1), b.tensor(node, 2))
    b.give(node, b.add(node, make("scatter", dim=dim, reduce=reduce), inputs).outputs[0])


ACTS = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Concat": concat,
    "Split": split,
    "Slice": cut,
    "Gather": gather,
    "Expand": expand,
    "Tile": tile,
    "ConstantOfShape": filled,
    "TopK": topk,
    "ScatterND": scatter,
    "ScatterElements": scatter,
}
