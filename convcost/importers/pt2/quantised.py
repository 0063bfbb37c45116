"""Quantised programs (pt2e): values brought to whole numbers and back, and arrays stored as such.

A value is quantised by a multiply, a rounding, an add and two comparisons, and brought back by an
add and a multiply; by a division in place of a multiply where the scale is worked out by the
program. An array that is stored quantised is what a layer reads: bringing it back counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node

    Act = Callable[[Builder, Node], None]


def quantize(b: Builder, node: Node) -> None:
    """quantize_per_tensor, per_channel and per_token."""
    x, stated = b.array(node, "input"), b.stated(node)
    if stated is None:
        raise NotUnderstood("the type of what it makes is not stated")
    if x is not None:
        b.give(node, x._replace(dtype=stated.dtype, known=None))
        return
    y = _scaled(b, node, b.arg(node, "input"), into=True)
    y = _moved(b, node, then(b, node, "round", y), into=True)
    low, high = (float(node.fields[name]) for name in ("quant_min", "quant_max"))
    y = then(b, node, "clip", y, min=low, max=high)
    y.dtype = stated.dtype
    b.give(node, y)


def as_stored(b: Builder, node: Node) -> bool:
    """Whether what a node brings back is an array; it is then what a layer reads, as it is."""
    x = b.array(node, "input")
    if x is None:
        return False
    b.quantised[x.name] = x.shape
    b.differ(node, "the numbers of its array are taken as they are stored, without their scale")
    b.give(node, x._replace(known=None, learned=True))
    return True


def dequantize(b: Builder, node: Node) -> None:
    """dequantize_per_tensor, per_channel and per_token: arrays stay as they are stored."""
    if as_stored(b, node):
        return
    centred = _moved(b, node, b.arg(node, "input"), into=False)
    y = _scaled(b, node, centred, into=False)
    centred.dtype = y.dtype = "float32"
    b.give(node, y)


def _scaled(b: Builder, node: Node, x: Tensor, *, into: bool) -> Tensor:
    """A tensor over the scale, or times the scale."""
    scale = _given(b, node, "scale", x)
    if isinstance(scale, Tensor):
        return then(b, node, "div" if into else "multiply", x, scale)
    if not scale:
        raise NotUnderstood("its scale is 0")
    return then(b, node, "scale", x, factor=1 / scale if into else scale)


def _moved(b: Builder, node: Node, x: Tensor, *, into: bool) -> Tensor:
    """A tensor plus the zero point, or less the zero point."""
    zero = _given(b, node, "zero_point", x)
    if isinstance(zero, Tensor):
        return then(b, node, "add" if into else "sub", x, zero)
    return then(b, node, "shift", x, amount=zero if into else -zero)


def _given(b: Builder, node: Node, name: str, x: Tensor) -> float | Tensor:
    """A scale or a zero point: one for all, or a number for each channel, laid along its axis."""
    own = f"{name}s" if f"{name}s" in node.fields or node.gives(f"{name}s") else name
    if not node.gives(own):
        return float(node.get(own, None) or 0)
    numbers = b.arg(node, own)
    if "axis" in node.fields:
        axis = axis_of(node.fields["axis"], len(x.shape))
        shape = (*(1,) * axis, *numbers.shape, *(1,) * (len(x.shape) - axis - 1))
        return viewed(b, node, numbers, shape)
    return numbers


def parameters(b: Builder, node: Node) -> None:
    """choose_qparams: the scale and the zero point by the largest and the smallest value."""
    if node.overload != "tensor":
        raise NotUnderstood("it chooses them in another way than by the extremes of a tensor")
    fields = node.fields
    low, high = (float(fields[name]) for name in ("quant_min", "quant_max"))
    x = b.arg(node, "input")
    every: dict[str, Any] = {"dim": tuple(range(len(x.shape))), "keepdim": False}
    top = then(b, node, "clip", then(b, node, "amax", x, **every), min=0.0, max=None)
    bottom = then(b, node, "clip", then(b, node, "amin", x, **every), min=None, max=0.0)
    scale = then(b, node, "scale", then(b, node, "sub", top, bottom), factor=1 / (high - low))
    scale = then(b, node, "clip", scale, min=float(fields["eps"]), max=None)
    steps = then(b, node, "round", then(b, node, "div", bottom, scale))
    zero = then(b, node, "shift", then(b, node, "neg", steps), amount=low)
    zero = then(b, node, "clip", zero, min=low, max=high)
    made = [viewed(b, node, one, (1,)) for one in (scale, zero)]
    made[0].dtype, made[1].dtype = "float64", "int64"
    b.give(node, *made)


EACH = ("per_tensor", "per_channel", "per_token")

ACTS: dict[str, Act] = {
    **{f"quantize_{each}": quantize for each in EACH},
    **{f"dequantize_{each}": dequantize for each in EACH},
    "choose_qparams": parameters,
}
