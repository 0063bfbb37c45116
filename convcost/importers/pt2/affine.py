"""Programs that torchao quantised: a scale and a zero point for each block of a tensor.

A block holds ``block_size`` elements along each axis: a row for weights of a linear layer, a token
for what it reads. The inverse of each scale is taken once; an element is then quantised by a
multiply, a rounding, an add and two comparisons, and brought back by a subtraction and a multiply.
An array that is stored quantised is what a layer reads, as in ``quantised.py``.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.importers.building.apply import constant, then, viewed
from convcost.importers.building.node import NotUnderstood
from convcost.importers.pt2.dtypes import DTYPES
from convcost.importers.pt2.quantised import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]

LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(1 << 15), (1 << 15) - 1)}
SMALLEST = {"float32": 2.0**-126, "bfloat16": 2.0**-126, "float16": 2.0**-14}
"""The smallest normal number of a type, which no scale is below."""


class Blocks(NamedTuple):
    """A shape with an axis for the blocks along an axis, and one for what a block holds of it."""

    shape: tuple[int, ...]
    within: tuple[int, ...]

    @property
    def each(self) -> tuple[int, ...]:
        """The shape of a number for each block."""
        return tuple(1 if axis in self.within else n for axis, n in enumerate(self.shape))


def blocks(shape: Sequence[int], sizes: Sequence[int]) -> Blocks:
    """The blocks of a tensor."""
    found: list[int] = []
    within: list[int] = []
    for n, size in zip(shape, sizes, strict=True):
        if size not in (1, n):
            found.append(n // size)
        if size != 1:
            within.append(len(found))
        found.append(n if size == 1 else size)
    return Blocks(tuple(found), tuple(within))


def quantize(b: Builder, node: Node) -> None:
    """quantize_affine."""
    x = b.arg(node, "input")
    of = blocks(x.shape, node.fields["block_size"])
    scale = then(b, node, "reciprocal", viewed(b, node, b.arg(node, "scale"), of.each))
    y = then(b, node, "multiply", viewed(b, node, x, of.shape), scale)
    y = then(b, node, "add", then(b, node, "round", y), _zero_point(b, node, of))
    low, high = _limits(node, "output_dtype")
    y = then(b, node, "clip", y, min=low, max=high)
    y = viewed(b, node, y, x.shape)
    y.dtype = DTYPES[node.fields["output_dtype"]]
    b.give(node, y)


def dequantize(b: Builder, node: Node) -> None:
    """dequantize_affine: arrays stay as they are stored."""
    if as_stored(b, node):
        return
    x = b.arg(node, "input")
    of = blocks(x.shape, node.fields["block_size"])
    y = viewed(b, node, x, of.shape)
    if node.gives("zero_point"):
        y = then(b, node, "sub", y, _zero_point(b, node, of))
        y.dtype = "float32"
    y = then(b, node, "multiply", y, viewed(b, node, b.arg(node, "scale"), of.each))
    y.dtype = "float32"
    b.give(node, viewed(b, node, y, x.shape))


def parameters(b: Builder, node: Node) -> None:
    """choose_qparams_affine: scales and zero points by the extremes of each block."""
    x = b.arg(node, "input")
    of = blocks(x.shape, node.fields["block_size"])
    x = viewed(b, node, x, of.shape)
    every: dict[str, Any] = {"dim": of.within, "keepdim": bool(node.get("keepdim", False))}
    bottom, top = (then(b, node, name, x, **every) for name in ("amin", "amax"))
    bottom = then(b, node, "clip", bottom, min=None, max=0.0)
    top = then(b, node, "clip", top, min=0.0, max=None)
    low, high = _limits(node, "target_dtype")
    least = node.get("eps", None)
    least = SMALLEST[x.dtype] if least is None else float(least)
    scale = _scale(b, node, bottom, top, (low, high))
    scale = then(b, node, "clip", scale, min=least, max=None)
    if node.fields["mapping_type"] == "ASYMMETRIC":
        zero = then(b, node, "neg", then(b, node, "round", then(b, node, "div", bottom, scale)))
        zero = then(b, node, "clip", then(b, node, "shift", zero, amount=low), min=low, max=high)
    else:
        middle = int((low + high + 1) / 2)
        zero = constant(b, node, "zero_point", [middle] * prod(scale.shape), *scale.shape)
    made = [scale, zero]
    for number, name in enumerate(node.outputs):
        stated = b.program.made(name, b.sizes)
        if stated is not None:
            made[number] = viewed(b, node, made[number], stated.shape)
    b.give(node, *made)


def _scale(
    b: Builder, node: Node, bottom: Tensor, top: Tensor, limits: tuple[float, float]
) -> Tensor:
    """The scale of each block, before the smallest one that may be."""
    low, high = limits
    way = node.fields["mapping_type"]
    if way == "ASYMMETRIC":
        span = then(b, node, "sub", top, bottom)
        return then(b, node, "scale", span, factor=1 / (high - low))
    if way == "SYMMETRIC":
        largest = then(b, node, "maximum", then(b, node, "neg", bottom), top)
        return then(b, node, "scale", largest, factor=2 / (high - low))
    if way == "SYMMETRIC_NO_CLIPPING_ERR":
        ends = ((bottom, low), (top, high))
        sides = [then(b, node, "scale", end, factor=1 / limit) for end, limit in ends]
        return then(b, node, "maximum", *sides)
    raise NotUnderstood(f"it maps by `{way}`")


def _zero_point(b: Builder, node: Node, of: Blocks) -> Tensor:
    return viewed(b, node, b.arg(node, "zero_point"), of.each)


def _limits(node: Node, kind: str) -> tuple[float, float]:
    """The smallest and the largest whole number: the node's own, or those of the type."""
    dtype = DTYPES.get(node.fields[kind], "")
    own = [node.get(name, None) for name in ("quant_min", "quant_max")]
    if None in own and dtype not in LIMITS:
        raise NotUnderstood("it has no limits for its whole numbers")
    usual = LIMITS.get(dtype, (0, 0))
    low, high = (float(n if given is None else given) for given, n in zip(own, usual, strict=True))
    return low, high


ACTS: dict[str, Act] = {
    "quantize_affine": quantize,
    "dequantize_affine": dequantize,
    "choose_qparams_affine": parameters,
}
