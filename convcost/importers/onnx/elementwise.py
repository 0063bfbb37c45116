"""Operators that work element by element, and reductions."""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import axis_of
from convcost.importers.building.values import Stored
from convcost.importers.onnx.dtypes import DTYPES
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

    Act = Callable[[Builder, Node], None]
    Step = tuple[str, dict[str, float]]

WHOLE = ("int", "uint")


def one(name: str, **fields: str) -> Act:
    """An op of one input; ``fields`` names the attribute that each of its fields comes from."""

    def act(b: Builder, node: Node) -> None:
        given = {field: node.fields[a] for field, a in fields.items() if a in node.fields}
        b.give(node, b.add(node, make(name, **given), (b.tensor(node, 0),)).outputs[0])

    return act


def _inputs(b: Builder, node: Node) -> tuple[Tensor, ...]:
    """The inputs; before opset 7, an attribute says from which axis on the second lies."""
    tensors = tuple(b.tensor(node, number) for number in range(len(node.inputs)))
    if b.opset >= 7 or "axis" not in node.fields:
        return tensors
    x, z = tensors
    behind = len(x.shape) - axis_of(node.fields["axis"], len(x.shape)) - len(z.shape)
    op = make("view", shape=(*z.shape, *[1] * behind))
    return x, b.add(node, op, (z,)).outputs[0]


def several(name: str) -> Act:
    """An op of several inputs that broadcast."""

    def act(b: Builder, node: Node) -> None:
        inputs = _inputs(b, node)
        if len(inputs) == 1:
            b.give(node, inputs[0])
            return
        b.give(node, b.add(node, make(name), inputs).outputs[0])

    return act


def bound(name: str, end: float) -> Act:
    """An op of several inputs that broadcast, to which an infinite number does nothing."""
    joined = several(name)

    def act(b: Builder, node: Node) -> None:
        stored = [b.stored(node, number) for number in range(len(node.inputs))]
        left = [n for n, one in enumerate(stored) if one is None or not _is_only(one, end)]
        if len(left) == 1 and all(len(one.shape) <= 1 for one in stored if one is not None):
            b.give(node, b.value(node, left[0]))
        else:
            joined(b, node)

    return act


def _is_only(stored: Stored, number: float) -> bool:
    known = stored.known
    return known is not None and known.size == 1 and bool((known == number).all())


def not_(name: str) -> Act:
    """The opposite of an op of two inputs."""

    def act(b: Builder, node: Node) -> None:
        y = b.add(node, make(name), _inputs(b, node)).outputs[0]
        b.give(node, b.add(node, make("logical_not"), (y,)).outputs[0])

    return act


def by_a_number(
    name: str, field: str, both: str, sides: tuple[int, ...] = (0, 1), *, sign: int = 1
) -> Act:
    """An op with a number that is known (times ``sign``) in place of an input, else one of two
    inputs."""

    def act(b: Builder, node: Node) -> None:
        for side in sides:
            number = b.number(node, side)
            if number is not None and len(node.inputs) == 2:
                x = b.tensor(node, 1 - side)
                if len(b.shape(node, side)) > len(x.shape):
                    break
                op = make(name, 2, **{field: sign * number})
                b.give(node, b.add(node, op, (x,)).outputs[0])
                return
        several(both)(b, node)

    return act


def div(b: Builder, node: Node) -> None:
    """Div."""
    several("div")(b, node)
    if all(b.dtype(node, number).startswith(WHOLE) for number in (0, 1)):
        b.differ(node, "quotients of whole numbers are not rounded here")


def mean(b: Builder, node: Node) -> None:
    """Mean: of several inputs, place by place."""
    several("add")(b, node)
    total = b.values[node.outputs[0]]
    assert isinstance(total, Tensor)
    if len(node.inputs) > 1:
        b.give(node, _then(b, node, total, ("scale", {"factor": 1 / len(node.inputs)})))


def _then(b: Builder, node: Node, x: Tensor, *steps: Step) -> Tensor:
    """A tensor after some ops, one after the other."""
    for name, fields in steps:
        x = b.add(node, make(name, 2, **fields), (x,)).outputs[0]
    return x


def clip(b: Builder, node: Node) -> None:
    """Clip: its bounds are attributes in old files, inputs in new ones."""
    low = node.get("min", None) if b.opset < 11 else b.number(node, 1)
    high = node.get("max", None) if b.opset < 11 else b.number(node, 2)
    names: dict[tuple[float | None, float | None], str] = {(0.0, 6.0): "relu6", (0.0, None): "relu"}
    name = names.get((low, high))
    op = make(name) if name else make("clip", min=low, max=high)
    b.give(node, b.add(node, op, (b.tensor(node, 0),)).outputs[0])


def hard_sigmoid(b: Builder, node: Node) -> None:
    """HardSigmoid: PyTorch's has a slope of 1/6; another is written out."""
    x = b.tensor(node, 0)
    slope, middle = node.get("alpha", 0.2), node.get("beta", 0.5)
    if abs(slope - 1 / 6) < 1e-6 and middle == 0.5:
        b.give(node, _then(b, node, x, ("hard_sigmoid", {})))
        return
    line: tuple[Step, ...] = (("scale", {"factor": slope}), ("shift", {"amount": middle}))
    b.give(node, _then(b, node, x, *line, ("clip", {"min": 0.0, "max": 1.0})))


def selu(b: Builder, node: Node) -> None:
    """Selu: PyTorch's has two constants; others are written out."""
    x, usual = b.tensor(node, 0), (1.6732632, 1.050701)
    alpha, gamma = (node.get(a, n) for a, n in zip(("alpha", "gamma"), usual, strict=True))
    if max(abs(alpha - usual[0]), abs(gamma - usual[1])) < 1e-4:
        b.give(node, _then(b, node, x, ("selu", {})))
    else:
        b.give(node, _then(b, node, x, ("elu", {"alpha": alpha}), ("scale", {"factor": gamma})))


def swish(b: Builder, node: Node) -> None:
    """Swish."""
    b.give(node, _swished(b, node))


def swiglu(b: Builder, node: Node) -> None:
    """SwiGLU: Swish of a gate, times the other input."""
    gate, x = _swished(b, node), b.tensor(node, 1)
    b.give(node, b.add(node, make("multiply"), (gate, x)).outputs[0])


def _swished(b: Builder, node: Node) -> Tensor:
    """The Swish of an input: SiLU where nothing scales what its sigmoid is of."""
    x, alpha = b.tensor(node, 0), node.get("alpha", 1.0)
    if alpha == 1:
        return _then(b, node, x, ("silu", {}))
    gate = _then(b, node, x, ("scale", {"factor": alpha}), ("sigmoid", {}))
    return b.add(node, make("multiply"), (x, gate)).outputs[0]


def prelu(b: Builder, node: Node) -> None:
    """PRelu with a slope for all channels or for each; with others it is written out."""
    x, slope = b.tensor(node, 0), b.value(node, 1)
    sizes, rank = b.shape(node, 1), len(x.shape)
    count = prod(sizes)
    old = b.opset < 7 and len(sizes) == 1  # a slope for each channel, without axes after it
    along = (1,) * (rank - len(sizes)) + sizes
    alike = count == 1 or old or along[1:2] == (count,)
    if not isinstance(slope, Stored) or not alike:
        _bent(b, node, x, b.tensor(node, 1))
        return
    op = make("prelu", num_parameters=count)
    weights = {"weight": b.weight(slope, (count,), learned=True)}
    b.give(node, b.add(node, op, (x,), weights).outputs[0])


def _bent(b: Builder, node: Node, x: Tensor, slope: Tensor) -> None:
    """Build ``relu(x) + slope * min(x, 0)``."""
    below = then(b, node, "multiply", then(b, node, "clip", x, min=None, max=0.0), slope)
    b.give(node, then(b, node, "add", then(b, node, "relu", x), below))


def softmax(name: str) -> Act:
    """Softmax and its like: over one axis from opset 13 on, over all from it on before, which are
    made one."""

    def act(b: Builder, node: Node) -> None:
        x = b.tensor(node, 0)
        axis = axis_of(node.get("axis", -1 if b.opset >= 13 else 1), len(x.shape))
        if b.opset >= 13 or all(n == 1 for n in x.shape[axis + 1 :]):
            b.give(node, then(b, node, name, x, dim=axis))
            return
        rows = viewed(b, node, x, (prod(x.shape[:axis]), prod(x.shape[axis:])))
        b.give(node, viewed(b, node, then(b, node, name, rows, dim=1), x.shape))

    return act


def reduce(name: str, *of_one: Step) -> Act:
    """A reduction over axes that are an attribute in old files, an input in new ones; ``of_one`` is
    what it does to a number alone."""

    def act(b: Builder, node: Node) -> None:
        x = b.tensor(node, 0)
        axes = node.get("axes", None)
        if axes is None:
            axes = b.ints(node, 1) if len(node.inputs) > 1 else None
        if not axes and node.get("noop_with_empty_axes", 0):
            b.give(node, _then(b, node, x, *of_one))
            return
        dims = tuple(sorted(axis_of(a, len(x.shape)) for a in axes or range(len(x.shape))))
        op = make(name, dim=dims, keepdim=bool(node.get("keepdims", 1)))
        b.give(node, b.add(node, op, (x,)).outputs[0])

    return act


def extreme(name: str) -> Act:
    """ArgMax and ArgMin."""

    def act(b: Builder, node: Node) -> None:
        x = b.tensor(node, 0)
        keep = bool(node.get("keepdims", 1))
        op = make(name, dim=axis_of(node.get("axis", 0), len(x.shape)), keepdim=keep)
        b.give(node, b.add(node, op, (x,)).outputs[0])
        if node.get("select_last_index", 0):
            b.differ(node, "of equal numbers it takes the first here")

    return act


def cumsum(b: Builder, node: Node) -> None:
    """CumSum."""
    x = b.tensor(node, 0)
    axis = axis_of((b.ints(node, 1) or [0])[0], len(x.shape))
    op = make(
        "cumsum",
        dim=axis,
        exclusive=bool(node.get("exclusive", 0)),
        reverse=bool(node.get("reverse", 0)),
    )
    b.give(node, b.add(node, op, (x,)).outputs[0])


def cast(b: Builder, node: Node) -> None:
    """Cast and CastLike."""
    to = DTYPES.get(node.get("to", 0), "bool") if node.op == "Cast" else b.dtype(node, 1)
    if to == b.dtype(node, 0):
        itself(b, node)
        return
    b.give(node, b.add(node, make("cast", to=to), (b.tensor(node, 0),)).outputs[0])


def dropout(b: Builder, node: Node) -> None:
    """Dropout, which passes its input on but in training."""
    itself(b, node)
    if node.has(2) and b.number(node, 2) and b.number(node, 1) != 0:
        b.differ(node, "it drops no numbers here, as after training")


def itself(b: Builder, node: Node) -> None:
    """Operators that pass their input on."""
    b.give(node, b.passed_on(node, 0))


ACTS: dict[str, Act] = {
    **{name: one(name.lower()) for name in ("Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Log")},
    **{name: one(name.lower()) for name in ("Sqrt", "Neg", "Abs", "Floor", "Ceil", "Round")},
    **{name: one(name.lower()) for name in ("Sign", "Sin", "Cos", "Reciprocal", "Softsign")},
    **{name: one(name.lower()) for name in ("Softplus", "Mish")},
    "Selu": selu,
    "Elu": one("elu", alpha="alpha"),
    "Celu": one("celu", alpha="alpha"),
    "ThresholdedRelu": one("thresholded_relu", alpha="alpha"),
    "LeakyRelu": one("leaky_relu", negative_slope="alpha"),
    "HardSigmoid": hard_sigmoid,
    "HardSwish": one("hard_swish"),
    "Gelu": one("gelu", approximate="approximate"),
    "Swish": swish,
    "SwiGLU": swiglu,
    "Not": one("logical_not"),
    "Clip": clip,
    "PRelu": prelu,
    "Softmax": softmax("softmax"),
    "LogSoftmax": softmax("log_softmax"),
    "Add": by_a_number("shift", "amount", "add"),
    "Sub": by_a_number("shift", "amount", "sub", (1,), sign=-1),
    "Mul": by_a_number("scale", "factor", "multiply"),
    "Div": div,
    "Pow": by_a_number("pow", "exponent", "pow", (1,)),
    "Mean": mean,
    "Sum": several("add"),
    "Min": bound("minimum", inf),
    "Max": bound("maximum", -inf),
    "Less": several("less"),
    "Greater": several("greater"),
    "LessOrEqual": not_("greater"),
    "GreaterOrEqual": not_("less"),
    "Equal": several("equal"),
    "And": several("logical_and"),
    "Or": several("logical_or"),
    "Where": several("where"),
    "ReduceMean": reduce("mean"),
    "ReduceSum": reduce("sum"),
    "ReduceMax": reduce("amax"),
    "ReduceMin": reduce("amin"),
    "ReduceProd": reduce("prod"),
    "ReduceL1": reduce("l1", ("abs", {})),
    "ReduceL2": reduce("l2", ("abs", {})),
    "ReduceSumSquare": reduce("sum_square", ("pow", {"exponent": 2.0})),
    "ReduceLogSumExp": reduce("log_sum_exp"),
    "ArgMax": extreme("argmax"),
    "ArgMin": extreme("argmin"),
    "CumSum": cumsum,
    "Identity": itself,
    "Cast": cast,
    "CastLike": cast,
    "Dropout": dropout,
}
