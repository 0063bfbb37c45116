"""Results of a few layers on a few numbers.

Frameworks and exporters write one function in many ways: factors in any order, a quotient for a
product, a square as a power or as a product. So what layers are is told by their values.
"""

from __future__ import annotations

import math
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.importers.recompose.graph import along
from convcost.ops import op_name
from convcost.ops.dims import named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Layer
    from convcost.tensor import Tensor

    Numbers = Sequence[float]


class NotSampled(Exception):  # noqa: N818 - it says that nothing can be said
    """A layer does something else than work on numbers apart, and on means of them."""


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _sigmoid(x: float) -> float:
    return 1 / (1 + _exp(-x))


def _clip(x: float, low: float | None, high: float | None) -> float:
    x = x if low is None else max(x, low)
    return x if high is None else min(x, high)


def _gelu(op: Any, x: float) -> float:
    if op.approximate == "tanh":
        return x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + math.erf(x / math.sqrt(2)))


EACH: Mapping[str, Callable[[Any, float], float]] = {
    "abs": lambda _, x: abs(x),
    "clip": lambda op, x: _clip(x, op.min, op.max),
    "erf": lambda _, x: math.erf(x),
    "exp": lambda _, x: _exp(x),
    "gelu": _gelu,
    "hard_sigmoid": lambda _, x: _clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda _, x: x * _clip(x + 3, 0, 6) / 6,
    "log": lambda _, x: math.log(x),
    "mish": lambda _, x: x * math.tanh(math.log1p(_exp(min(x, 20)))),
    "neg": lambda _, x: -x,
    "reciprocal": lambda _, x: 1 / x,
    "relu": lambda _, x: max(x, 0),
    "relu6": lambda _, x: _clip(x, 0, 6),
    "scale": lambda op, x: float(op.factor) * x,
    "shift": lambda op, x: x + float(op.amount),
    "sigmoid": lambda _, x: _sigmoid(x),
    "silu": lambda _, x: x * _sigmoid(x),
    "softplus": lambda op, x: (
        x if op.beta * x > op.threshold else math.log1p(_exp(op.beta * x)) / op.beta
    ),
    "softsign": lambda _, x: x / (1 + abs(x)),
    "sqrt": lambda _, x: math.sqrt(x),
    "tanh": lambda _, x: math.tanh(x),
}
"""What ops of one input do with a number."""

JOINED: Mapping[str, Callable[[Numbers], float]] = {
    "add": sum,
    "div": lambda each: each[0] / each[1],
    "maximum": max,
    "minimum": min,
    "multiply": prod,
    "pow": lambda each: math.pow(*each),
    "sub": lambda each: each[0] - each[1],
}
"""What ops of several inputs do with a number of each."""

TAKEN: Mapping[str, Callable[[Numbers, int], float]] = {
    "amax": lambda each, _: max(each),
    "mean": lambda each, _: sum(each) / len(each),
    "sum": lambda each, count: sum(each) / len(each) * count,
    "sum_square": lambda each, count: sum(x * x for x in each) / len(each) * count,
    "l2": lambda each, count: math.sqrt(sum(x * x for x in each) / len(each) * count),
}
"""What reductions make of some numbers, which stand for ``count`` that are like them."""

KNOWN = frozenset((*EACH, *JOINED, *TAKEN, "view", "reshape"))


class Taken(NamedTuple):
    """The axes that layers reduce, of a tensor of shape ``x``; none where each number stays apart.
    Values are as many numbers as are sampled along those axes together, or one."""

    x: tuple[int, ...]
    axes: tuple[int, ...]

    @property
    def kept(self) -> tuple[int, ...]:
        """The shape of what is reduced, with all axes."""
        return tuple(1 if axis in self.axes else size for axis, size in enumerate(self.x))

    def joins_reduced(self, layer: Layer) -> bool:
        """Whether all that a layer reads are single numbers, or what is left of the tensor where
        the axes are gone."""
        left = tuple(size for axis, size in enumerate(self.x) if axis not in self.axes)
        shapes = [tensor.shape for tensor in layer.inputs]
        return bool(self.axes) and all(shape == left or prod(shape) == 1 for shape in shapes)

    def fits(self, shape: tuple[int, ...], count: int) -> bool:
        """Whether a tensor that has so many numbers along the axes meets the others so."""
        found = along(shape, self.x)
        if found is None:
            return False
        wanted = [axis for axis in self.axes if self.x[axis] > 1]
        met = [axis for axis in found if axis in wanted]
        return met == wanted if count > 1 else not met


def taken(layers: Sequence[Layer], x: Tensor) -> Taken:
    """The axes that layers reduce.

    Raises:
        NotSampled: some reduce others than the others.
    """
    every = {
        named(layer.op.dim, layer.inputs[0].shape)  # pyright: ignore - reductions have a dim
        for layer in layers
        if op_name(type(layer.op)) in TAKEN
    }
    if len(every) > 1:
        raise NotSampled
    return Taken(x.shape, next(iter(every), ()))


def values(
    layers: Sequence[Layer], how: Taken, given: Mapping[Tensor, Numbers]
) -> Mapping[Tensor, Numbers]:
    """The result of each layer.

    Args:
        layers: in order.
        how: the axes that they reduce.
        given: the numbers of what they read.

    Raises:
        NotSampled: a layer works across elements in another way.
        ArithmeticError: of numbers that a function does not take.
        ValueError: the same.
    """
    found = dict(given)
    for layer in layers:
        found[layer.outputs[0]] = _made(layer, how, [found[tensor] for tensor in layer.inputs])
    return found


def _made(layer: Layer, how: Taken, inputs: Sequence[Numbers]) -> Numbers:
    op, name, shape = layer.op, op_name(type(layer.op)), layer.inputs[0].shape
    first = inputs[0]
    if name in TAKEN:
        if shape != how.x or len(first) == 1:
            raise NotSampled
        return [TAKEN[name](first, prod(how.x[axis] for axis in how.axes))]
    if op.view:
        made = [size for size in layer.outputs[0].shape if size > 1]
        if len(first) > 1 or made != [size for size in how.kept if size > 1]:
            raise NotSampled
        return first
    exponent = getattr(op, "exponent", None)
    if exponent is not None:
        return [math.pow(x, float(exponent)) for x in first]
    if len(inputs) == 1:
        return [EACH[name](op, x) for x in first]
    return _joined(layer, how, inputs)


def _joined(layer: Layer, how: Taken, inputs: Sequence[Numbers]) -> Numbers:
    pairs = zip(layer.inputs, inputs, strict=True)
    if not how.joins_reduced(layer) and not all(how.fits(x.shape, len(n)) for x, n in pairs):
        raise NotSampled
    act, count = JOINED[op_name(type(layer.op))], max(map(len, inputs))
    return [act([each[n % len(each)] for each in inputs]) for n in range(count)]
