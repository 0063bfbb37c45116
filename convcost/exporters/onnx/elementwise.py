"""Layers that work element by element, and reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.exporters.onnx.graph import NUMBERS
from convcost.ops.dims import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.exporters.onnx.graph import Act, Graph
    from convcost.network import Layer


def plain(name: str, **fields: str) -> Act:
    """An operator of numbers; ``fields`` are the fields that its attributes have their value of."""

    def act(g: Graph, layer: Layer) -> str:
        given = {attribute: getattr(layer.op, field) for attribute, field in fields.items()}
        return g.node(name, *g.numbers(layer), **given)

    return act


def itself(name: str) -> Act:
    """An operator that passes its input on."""

    def act(g: Graph, layer: Layer) -> str:
        return g.node(name, g.value(layer.inputs[0]))

    return act


def joined(name: str, several: str | None = None) -> Act:
    """An operator of two inputs, which are as many as there are: by ``several``, which takes more,
    or one after the other."""

    def act(g: Graph, layer: Layer) -> str:
        first, *others = g.numbers(layer)
        if several and len(others) > 1:
            return g.node(several, first, *others)
        for other in others:
            first = g.node(name, first, other)
        return first

    return act


def with_number(name: str, field: str) -> Act:
    """An operator whose second input is a number of the layer's."""

    def act(g: Graph, layer: Layer) -> str:
        (x,) = g.numbers(layer)
        return g.node(name, x, g.constant(getattr(layer.op, field), g.dtypes[x]))

    return act


def power(g: Graph, layer: Layer) -> str:
    """Pow."""
    op: Any = layer.op
    x, *exponent = g.numbers(layer)
    return g.node("Pow", x, *(exponent or [g.constant(op.exponent, g.dtypes[x])]))


def remainder(g: Graph, layer: Layer) -> str:
    """Write the remainder of a floored division, whose sign is that of the divisor; Mod of floats
    has the sign of the dividend."""
    x, divisor = g.numbers(layer)
    times = g.node("Floor", g.node("Div", x, divisor))
    return g.node("Sub", x, g.node("Mul", times, divisor))


def fmod(g: Graph, layer: Layer) -> str:
    """Mod."""
    return g.node("Mod", *g.numbers(layer), fmod=1)


def silu(g: Graph, layer: Layer) -> str:
    """The input times its sigmoid."""
    (x,) = g.numbers(layer)
    return g.node("Mul", x, g.node("Sigmoid", x))


def softplus(g: Graph, layer: Layer) -> str:
    """Softplus of ``beta x``, over beta; above another threshold than the usual one, the input."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    dtype = g.dtypes[x]
    sharp = x if op.beta == 1 else g.node("Mul", x, g.constant(op.beta, dtype))
    y = g.node("Softplus", sharp)
    y = y if op.beta == 1 else g.node("Div", y, g.constant(op.beta, dtype))
    if op.threshold >= 20:  # from which on a float of 32 bits is the same either way
        return y
    above = g.node("Greater", sharp, g.constant(op.threshold, dtype), makes="bool")
    return g.node("Where", above, x, y, makes=dtype)


def prelu(g: Graph, layer: Layer) -> str:
    """PRelu, whose slopes have axes to lie along those of the map."""
    (x,) = g.numbers(layer)
    weight = layer.weights["weight"]
    ones = (1,) * (len(layer.input_shapes[0]) - 2)
    return g.node("PRelu", x, g.weight(weight, (*weight.shape, *ones)))


def clip(g: Graph, layer: Layer) -> str:
    """Clip."""
    op: Any = layer.op
    return _clipped(g, layer, op.min, op.max)


def relu6(g: Graph, layer: Layer) -> str:
    """Clip to 0 and 6."""
    return _clipped(g, layer, 0, 6)


def _clipped(g: Graph, layer: Layer, low: float | None, high: float | None) -> str:
    (x,) = g.numbers(layer)
    bounds = ["" if bound is None else g.constant(bound, g.dtypes[x]) for bound in (low, high)]
    return g.node("Clip", x, *bounds)


def hard_sigmoid(g: Graph, layer: Layer) -> str:
    """HardSigmoid."""
    return g.node("HardSigmoid", *g.numbers(layer), alpha=1 / 6, beta=0.5)


def cast(g: Graph, layer: Layer) -> str:
    """Cast."""
    op: Any = layer.op
    return g.node("Cast", g.value(layer.inputs[0]), to=NUMBERS[op.to], makes=op.to)


def question(name: str, **fields: str) -> Act:
    """An operator of numbers that makes truths."""

    def act(g: Graph, layer: Layer) -> str:
        given: dict[str, Any] = {
            attribute: int(getattr(layer.op, f)) for attribute, f in fields.items()
        }
        return g.node(name, *g.numbers(layer), makes="bool", **given)

    return act


def logic(name: str) -> Act:
    """An operator of truths."""

    def act(g: Graph, layer: Layer) -> str:
        return g.node(name, *map(g.truth, layer.inputs))

    return act


def where(g: Graph, layer: Layer) -> str:
    """Where."""
    condition, *choices = layer.inputs
    a, b = map(g.number, choices)
    return g.node("Where", g.truth(condition), a, b, makes=g.dtypes[a])


def softmax(name: str) -> Act:
    """Softmax and its like."""
    return plain(name, axis="dim")


def reduce(name: str) -> Act:
    """A reduction over axes."""

    def act(g: Graph, layer: Layer) -> str:
        op: Any = layer.op
        (x,) = g.numbers(layer)
        axes = g.positions(*named(op.dim, layer.input_shapes[0]))
        return g.node(name, x, axes, keepdims=int(op.keepdim))

    return act


def foremost(name: str) -> Act:
    """ArgMax and ArgMin."""

    def act(g: Graph, layer: Layer) -> str:
        op: Any = layer.op
        (x,) = g.numbers(layer)
        return g.node(name, x, axis=op.dim, keepdims=int(op.keepdim), makes="int64")

    return act


def cumsum(g: Graph, layer: Layer) -> str:
    """CumSum."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    axis = g.constant(op.dim, "int64")
    return g.node("CumSum", x, axis, exclusive=int(op.exclusive), reverse=int(op.reverse))


def parameter(g: Graph, layer: Layer) -> str:
    """An array of the file."""
    (weight,) = layer.weights.values()
    called = weight.name.removesuffix(".value")
    return g.weight(weight, layer.outputs[0].shape, called=called, constant=not weight.learned)


SAME = (
    *("Relu", "Sigmoid", "Tanh", "Selu", "Mish", "Softsign", "Abs", "Exp", "Neg", "Sqrt", "Log"),
    *("Reciprocal", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh"),
    *("Acosh", "Atanh", "Floor", "Ceil", "Round", "Sign"),
)
"""Operators that have the name of our op, and no attribute."""

ACTS: Mapping[str, Act] = {
    **{name.lower(): plain(name) for name in SAME},
    "hard_swish": plain("HardSwish"),
    "leaky_relu": plain("LeakyRelu", alpha="negative_slope"),
    "elu": plain("Elu", alpha="alpha"),
    "celu": plain("Celu", alpha="alpha"),
    "thresholded_relu": plain("ThresholdedRelu", alpha="alpha"),
    "shrink": plain("Shrink", lambd="lambd", bias="shift"),
    "gelu": plain("Gelu", approximate="approximate"),
    "silu": silu,
    "softplus": softplus,
    "prelu": prelu,
    "relu6": relu6,
    "clip": clip,
    "hard_sigmoid": hard_sigmoid,
    "softmax": softmax("Softmax"),
    "log_softmax": softmax("LogSoftmax"),
    "dropout": itself("Dropout"),
    "stochastic_depth": itself("Identity"),
    "identity": itself("Identity"),
    "parameter": parameter,
    "add": joined("Add", "Sum"),
    "multiply": joined("Mul"),
    "sub": joined("Sub"),
    "div": joined("Div"),
    "remainder": remainder,
    "fmod": fmod,
    "minimum": joined("Min", "Min"),
    "maximum": joined("Max", "Max"),
    "pow": power,
    "scale": with_number("Mul", "factor"),
    "shift": with_number("Add", "amount"),
    "cast": cast,
    "less": question("Less"),
    "greater": question("Greater"),
    "equal": question("Equal"),
    "isnan": question("IsNaN"),
    "isinf": question("IsInf", detect_positive="positive", detect_negative="negative"),
    "logical_and": logic("And"),
    "logical_or": logic("Or"),
    "logical_xor": logic("Xor"),
    "logical_not": logic("Not"),
    "where": where,
    "sum": reduce("ReduceSum"),
    "mean": reduce("ReduceMean"),
    "amax": reduce("ReduceMax"),
    "amin": reduce("ReduceMin"),
    "prod": reduce("ReduceProd"),
    "l1": reduce("ReduceL1"),
    "l2": reduce("ReduceL2"),
    "sum_square": reduce("ReduceSumSquare"),
    "log_sum_exp": reduce("ReduceLogSumExp"),
    "argmax": foremost("ArgMax"),
    "argmin": foremost("ArgMin"),
    "cumsum": cumsum,
}
