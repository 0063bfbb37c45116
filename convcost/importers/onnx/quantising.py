"""Values brought to whole numbers and back.

A value is quantised by a multiply, a rounding, an add and two comparisons, and brought back by an
add and a multiply; where scales are no single numbers that are known, by a division for the first
multiply.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.apply import constant, then, viewed
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored
from convcost.importers.onnx.dtypes import DTYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.values import Known
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor

BOUNDS = {
    "int2": (-2.0, 1.0),
    "uint2": (0.0, 3.0),
    "int4": (-8.0, 7.0),
    "uint4": (0.0, 15.0),
    "int8": (-128.0, 127.0),
    "uint8": (0.0, 255.0),
    "int16": (-32768.0, 32767.0),
    "uint16": (0.0, 65535.0),
}
LARGEST = {
    "float4_e2m1fn": 6.0,
    "float8_e4m3fn": 448.0,
    "float8_e4m3fnuz": 240.0,
    "float8_e5m2": 57344.0,
    "float8_e5m2fnuz": 57344.0,
}


def quantised_dtype(b: Builder, node: Node, zero_at: int) -> str:
    """The type that values are quantised to: that of the zero point."""
    if node.has(zero_at):
        value = b.value(node, zero_at)
        return value.dtype  # pyright: ignore - unknown values have raised
    return DTYPES.get(node.get("output_dtype", 0), "uint8")


def to_ints(b: Builder, node: Node, x: Tensor, scale_at: int) -> Tensor:
    """A tensor quantised by the scale and the zero point from an input on."""
    dtype = quantised_dtype(b, node, scale_at + 1)
    scale, zero = b.number(node, scale_at), zero_of(b, node, scale_at + 1)
    if scale == 0:
        raise NotUnderstood("its scale is 0")
    if scale is not None:
        y = then(b, node, "scale", x, factor=1 / scale)
    else:
        y = _blocked(b, node, "div", x, scale_at)
    return rounded(b, node, y, scale_at + 1, zero, dtype)


def rounded(
    b: Builder, node: Node, y: Tensor, zero_at: int, zero: float | None, dtype: str
) -> Tensor:
    """A tensor of quanta as numbers of a type."""
    if dtype in LARGEST:
        most = LARGEST[dtype]
        y = then(b, node, "clip", y, min=-most, max=most)
        b.differ(node, f"its values are not rounded to those of {dtype} here")
    elif dtype in BOUNDS:
        y = then(b, node, "round", y)
        if zero is not None:
            y = then(b, node, "shift", y, amount=zero)
        else:
            y = _blocked(b, node, "add", y, zero_at)
        low, high = BOUNDS[dtype]
        y = then(b, node, "clip", y, min=low, max=high)
    else:
        raise NotUnderstood(f"it quantises to {dtype}")
    y.dtype = dtype
    return y


def to_floats(b: Builder, node: Node, x: Tensor, scale_at: int) -> Tensor:
    """A tensor of whole numbers as the values that they stand for."""
    scale, zero = b.number(node, scale_at), zero_of(b, node, scale_at + 1)
    if zero is not None:
        centre = then(b, node, "shift", x, amount=-zero)
    else:
        centre = _blocked(b, node, "sub", x, scale_at + 1)
    if scale is not None:
        y = then(b, node, "scale", centre, factor=scale)
    else:
        y = _blocked(b, node, "multiply", centre, scale_at)
    centre.dtype = y.dtype = "float32"
    return y


def zero_of(b: Builder, node: Node, number: int) -> float | None:
    """A zero point that is one number for all, 0 where none is given; None for another."""
    if not node.has(number):
        return 0.0
    value = b.value(node, number)
    known = value.known if isinstance(value, Stored) else None
    if known is None or not known.size:
        return None
    first = known.reshape(-1)[0]
    return float(first) if bool((known == first).all()) else None


def centred(b: Builder, node: Node, x: Tensor, zero_at: int) -> Tensor:
    """A tensor of whole numbers without its zero point, if that is none."""
    zero = zero_of(b, node, zero_at)
    if zero == 0:
        return x
    if zero is None:
        return then(b, node, "sub", x, _along(b, node, zero_at, x))
    return then(b, node, "shift", x, amount=-zero)


def weights_centred(b: Builder, node: Node, zero_at: int) -> None:
    """Note where weights have a zero point, which is taken off the sums by their kernels."""
    if zero_of(b, node, zero_at) != 0:
        b.differ(node, "the zero point of its weights is taken for 0 here")


def _blocked(b: Builder, node: Node, name: str, x: Tensor, number: int) -> Tensor:
    """An op of a tensor and an input that has a number for all, for each position of an axis, or
    for each block of such."""
    block, sizes = node.get("block_size", 0), b.shape(node, number)
    if not block or len(sizes) != len(x.shape):
        return then(b, node, name, x, _along(b, node, number, x))
    axis = axis_of(node.get("axis", 1), len(x.shape))
    if x.shape[axis] != sizes[axis] * block:
        raise NotUnderstood(f"its blocks of {block} do not divide the {x.shape[axis]} of an axis")
    apart = viewed(b, node, x, (*sizes[: axis + 1], block, *sizes[axis + 1 :]))
    each = viewed(b, node, _numbers(b, node, number), (*sizes[: axis + 1], 1, *sizes[axis + 1 :]))
    return viewed(b, node, then(b, node, name, apart, each), x.shape)


def _along(b: Builder, node: Node, number: int, x: Tensor) -> Tensor:
    """An input of one number, or of one for each position of an axis, so that it broadcasts."""
    count = prod(b.shape(node, number))
    rank = len(x.shape)
    sizes = [1] * rank
    if count > 1:
        sizes[axis_of(node.get("axis", 1), rank)] = count
    return viewed(b, node, _numbers(b, node, number), tuple(sizes))


def _numbers(b: Builder, node: Node, number: int) -> Tensor:
    """An input as a tensor; zero points that are known as numbers that may become negative."""
    known = _known(b, node, number)
    if known is None or known.dtype.kind == "f":
        return b.tensor(node, number)
    values = (int(n) for n in known.reshape(-1))
    return constant(b, node, f"zeros{number}", values, *known.shape)


def multiplied(
    b: Builder,
    node: Node,
    y: Tensor,
    factors: Sequence[int],
    *,
    over: int | None = None,
    axis: int = 1,
    by: float = 1.0,
) -> Tensor:
    """Sums of products of whole numbers times the scales that are inputs of those numbers, and over
    another: one multiplication where all are known, by a number for each channel at most."""
    known = [_known(b, node, number) for number in factors]
    below = None if over is None else _known(b, node, over)
    if any(array is None for array in known) or (over is not None and below is None):
        return _step_by_step(b, node, y, factors, over, by)
    product = [by * float(n) for n in _product([array for array in known if array is not None])]
    if below is not None:
        product = [n / float(below.reshape(-1)[0]) for n in product]
    if len(product) == 1:
        return then(b, node, "scale", y, factor=product[0])
    sizes = [1] * len(y.shape)
    sizes[axis] = len(product)
    numbers = constant(b, node, "scales", map(Fraction, product), *sizes)
    return then(b, node, "multiply", y, numbers)


def _known(b: Builder, node: Node, number: int) -> Known | None:
    value = b.value(node, number)
    return value.known if isinstance(value, Stored) else None


def _product(arrays: Sequence[Known]) -> Known:
    result = arrays[0].reshape(-1)
    for array in arrays[1:]:
        result = result * array.reshape(-1)
    return result


def _step_by_step(
    b: Builder, node: Node, y: Tensor, factors: Sequence[int], over: int | None, by: float
) -> Tensor:
    for number in factors:
        y = then(b, node, "multiply", y, _along(b, node, number, y))
    if over is not None:
        y = then(b, node, "div", y, _along(b, node, over, y))
    return y if by == 1 else then(b, node, "scale", y, factor=by)
