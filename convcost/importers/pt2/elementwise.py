"""Operators that work element by element."""

from __future__ import annotations

from math import isinf, prod
from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.pt2.exporting import DROPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]


def one(name: str, **fields: str) -> Act:
    """An op of one tensor; ``fields`` names the argument that each of its fields comes from."""

    def act(b: Builder, node: Node) -> None:
        given = {f: node.fields[a] for f, a in fields.items() if node.get(a, None) is not None}
        b.give(node, then(b, node, name, b.arg(node, "self"), **given))

    return act


def several(*names: str, before: float = 0, after: float = 0) -> Act:
    """Ops of one tensor one after the other; a number is added before or after."""

    def act(b: Builder, node: Node) -> None:
        x = b.arg(node, "self")
        x = then(b, node, "shift", x, amount=before) if before else x
        for name in names:
            x = then(b, node, name, x)
        b.give(node, then(b, node, "shift", x, amount=after) if after else x)

    return act


def two(name: str) -> Act:
    """An op of two tensors that broadcast, the second of which may be a number."""

    def act(b: Builder, node: Node) -> None:
        b.give(node, then(b, node, name, b.arg(node, "self"), _other(b, node)))

    return act


def _other(b: Builder, node: Node, name: str = "other") -> Tensor:
    """The second argument as a tensor."""
    if node.gives(name):
        return b.arg(node, name)
    return single(b, node, node.fields[name])


def single(b: Builder, node: Node, value: float) -> Tensor:
    """A number among a node's arguments as a tensor."""
    import numpy as np

    from convcost.importers.building.values import of_values

    stored = of_values(f"{node.outputs[0]}.number", np.array([value], np.float32), learned=False)
    if np.isfinite(value):
        b.weight(stored).values = stored.number
    return b.passed(stored)


def with_number(op: str, field: str, both: str, *, inverse: Callable[[float], float]) -> Act:
    """A sum or a product: by a number, else of two tensors, the second ``alpha`` times."""

    def act(b: Builder, node: Node) -> None:
        alpha = node.get("alpha", 1)
        if not node.gives("other"):
            value = inverse(float(node.fields["other"]) * alpha)
            given: dict[str, Any] = {field: value}
            b.give(node, then(b, node, op, b.arg(node, "self"), **given))
            return
        other = _times(b, node, b.arg(node, "other"), alpha)
        if node.gives("self"):
            b.give(node, then(b, node, both, b.arg(node, "self"), other))
            return
        other = then(b, node, "neg", other) if both == "sub" else other
        first: dict[str, Any] = {field: float(node.fields["self"])}
        b.give(node, then(b, node, op, other, **first))

    return act


def _times(b: Builder, node: Node, x: Tensor, factor: float) -> Tensor:
    return x if factor == 1 else then(b, node, "scale", x, factor=factor)


def rsub(b: Builder, node: Node) -> None:
    """rsub: a number, or another tensor, less the first, which is taken ``alpha`` times."""
    x = _times(b, node, b.arg(node, "self"), node.get("alpha", 1))
    if node.gives("other"):
        b.give(node, then(b, node, "sub", b.arg(node, "other"), x))
        return
    b.give(node, then(b, node, "shift", then(b, node, "neg", x), amount=node.fields["other"]))


def div(b: Builder, node: Node) -> None:
    """div, rounded where it says so."""
    if node.gives("other"):
        y = then(b, node, "div", b.arg(node, "self"), b.arg(node, "other"))
    else:
        factor = 1 / float(node.fields["other"])
        y = then(b, node, "scale", b.arg(node, "self"), factor=factor)
    how = node.get("rounding_mode", None) or ("floor" if "floor" in node.op else None)
    if how == "trunc":
        b.give(node, _towards_zero(b, node, y))
        return
    b.give(node, y if how is None else then(b, node, "floor", y))


def _towards_zero(b: Builder, node: Node, x: Tensor) -> Tensor:
    """Numbers without what lies behind the point."""
    whole = then(b, node, "floor", then(b, node, "abs", x))
    return then(b, node, "multiply", whole, then(b, node, "sign", x))


def trunc(b: Builder, node: Node) -> None:
    """trunc."""
    b.give(node, _towards_zero(b, node, b.arg(node, "self")))


def power(b: Builder, node: Node) -> None:
    """pow, by a number or by a tensor."""
    name = "exponent"
    if node.gives(name):
        b.give(node, then(b, node, "pow", _other(b, node, "self"), b.arg(node, name)))
    else:
        b.give(node, then(b, node, "pow", b.arg(node, "self"), exponent=node.fields[name]))


def square(b: Builder, node: Node) -> None:
    """square."""
    b.give(node, then(b, node, "pow", b.arg(node, "self"), exponent=2))


def clamp(b: Builder, node: Node) -> None:
    """clamp, clamp_min and clamp_max, whose bounds may be tensors."""
    x = b.arg(node, "self")
    if node.gives("min") or node.gives("max"):
        for name, op in (("min", "maximum"), ("max", "minimum")):
            if node.gives(name) or node.get(name, None) is not None:
                x = then(b, node, op, x, _other(b, node, name))
        b.give(node, x)
        return
    b.give(node, _clipped(b, node, x, node.get("min", None), node.get("max", None)))


def hardtanh(b: Builder, node: Node) -> None:
    """hardtanh, whose bounds are -1 and 1 unless given."""
    x = b.arg(node, "self")
    b.give(node, _clipped(b, node, x, node.get("min_val", -1.0), node.get("max_val", 1.0)))


def _clipped(b: Builder, node: Node, x: Tensor, low: float | None, high: float | None) -> Tensor:
    names: dict[tuple[float | None, float | None], str] = {(0, 6): "relu6", (0, None): "relu"}
    name = names.get((low, high))
    return then(b, node, name, x) if name else then(b, node, "clip", x, min=low, max=high)


def elu(b: Builder, node: Node) -> None:
    """elu, which PyTorch has selu and celu as, too."""
    x, alpha = b.arg(node, "self"), node.get("alpha", 1.0)
    scale, inside = node.get("scale", 1.0), node.get("input_scale", 1.0)
    if (alpha, scale, inside) == SELU:
        b.give(node, then(b, node, "selu", x))
        return
    y = then(b, node, "elu", _times(b, node, x, inside), alpha=alpha)
    b.give(node, _times(b, node, y, scale))


def glu(b: Builder, node: Node) -> None:
    """glu: one half times the gates that the other is."""
    x = b.arg(node, "self")
    dim = axis_of(node.get("dim", -1), len(x.shape))
    half = x.shape[dim] // 2
    first, gate = b.add(node, make("split", sizes=(half, half), dim=dim), (x,)).outputs
    b.give(node, then(b, node, "multiply", first, then(b, node, "sigmoid", gate)))


def prelu(b: Builder, node: Node) -> None:
    """prelu."""
    x, slope = b.arg(node, "self"), b.array(node, "weight")
    if slope is None:
        raise NotUnderstood("its slopes are made by the graph")
    count = prod(slope.shape)
    weights = {"weight": b.weight(slope, (count,))}
    b.give(node, then(b, node, "prelu", x, weights=weights, num_parameters=count))


def equal(b: Builder, node: Node) -> None:
    """eq; what is equal to infinity is infinite."""
    number = node.get("other", 0)
    if isinf(number):
        x = b.arg(node, "self")
        b.give(node, then(b, node, "isinf", x, positive=number > 0, negative=number < 0))
        return
    two("equal")(b, node)


def not_(name: str) -> Act:
    """The opposite of an op of two tensors."""

    def act(b: Builder, node: Node) -> None:
        y = then(b, node, name, b.arg(node, "self"), _other(b, node))
        b.give(node, then(b, node, "logical_not", y))

    return act


def where(b: Builder, node: Node) -> None:
    """where, of three tensors."""
    inputs = b.arg(node, "condition"), _other(b, node, "self"), _other(b, node)
    b.give(node, then(b, node, "where", *inputs))


def fill(b: Builder, node: Node) -> None:
    """fill: one number in the place of all."""
    value, shape = _other(b, node, "value"), b.shape(node, node.at("self"))
    b.give(node, value if value.shape == shape else then(b, node, "expand", value, shape=shape))


def of_truths(name: str) -> Act:
    """Operators on bits, of what is true or not."""

    def act(b: Builder, node: Node) -> None:
        if any(b.dtype(node, number) != "bool" for number in range(len(node.inputs))):
            raise NotUnderstood("it works on the bits of numbers")
        inputs = [b.tensor(node, number) for number in range(len(node.inputs))]
        b.give(node, then(b, node, name, *inputs))

    return act


def masked_fill(b: Builder, node: Node) -> None:
    """masked_fill."""
    fill = _other(b, node, "value")
    b.give(node, then(b, node, "where", b.arg(node, "mask"), fill, b.arg(node, "self")))


def with_product(op: str) -> Act:
    """addcmul and addcdiv: a tensor, and ``value`` times the product or quotient of two others."""

    def act(b: Builder, node: Node) -> None:
        y = then(b, node, op, b.arg(node, "tensor1"), b.arg(node, "tensor2"))
        value = node.get("value", 1)
        y = y if value == 1 else then(b, node, "scale", y, factor=value)
        b.give(node, then(b, node, "add", b.arg(node, "self"), y))

    return act


def itself(b: Builder, node: Node) -> None:
    """Operators that pass their first input on."""
    b.give(node, b.value(node, 0))


def cast(b: Builder, node: Node) -> None:
    """Operators that may give numbers another type, and pass them on where it is their own."""
    to, x = b.stated(node), b.value(node, 0)
    if to is None or to.dtype == b.dtype(node, 0):
        b.give(node, x)
        return
    b.give(node, then(b, node, "cast", b.tensor(node, 0), to=to.dtype))


def dropout(b: Builder, node: Node) -> None:
    """Dropouts, which pass their input on but in training."""
    p = node.get("p", 0.5)
    if node.op == "dropout" and p:
        of_samples = node.module.rpartition(".")[2] in DROPPED
        op = "stochastic_depth" if of_samples else "dropout"
        b.give(node, then(b, node, op, b.tensor(node, 0), p=p))
    else:
        itself(b, node)
    if node.get("train", False) and node.get("p", 0.5):
        b.differ(node, "it drops no numbers here, as after training")


SELU = (1.6732632423543772, 1.0507009873554805, 1.0)  # alpha, scale and scale of the input
SAME = (
    *("abs", "exp", "neg", "sqrt", "reciprocal", "log", "erf", "sin", "cos", "tan", "asin"),
    *("acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "floor", "ceil", "round"),
    *("sign", "sigmoid", "tanh", "relu", "relu6", "silu", "mish", "selu", "logical_not"),
    *("isnan", "isinf"),
)
ITSELF = (
    *("clone", "contiguous", "detach", "alias", "lift_fresh_copy", "positive", "detach_copy"),
)

ACTS: dict[str, Act] = {
    **{name: one(name) for name in SAME},
    "hardswish": one("hard_swish"),
    "hardsigmoid": one("hard_sigmoid"),
    "gelu": one("gelu", approximate="approximate"),
    "leaky_relu": one("leaky_relu", negative_slope="negative_slope"),
    "elu": elu,
    "log1p": several("log", before=1),
    "expm1": several("exp", after=-1),
    "trunc": trunc,
    "celu": one("celu", alpha="alpha"),
    "softplus": one("softplus", beta="beta", threshold="threshold"),
    "hardtanh": hardtanh,
    "clamp": clamp,
    "clamp_min": clamp,
    "clamp_max": clamp,
    "glu": glu,
    "prelu": prelu,
    "_prelu_kernel": prelu,
    "add": with_number("shift", "amount", "add", inverse=float),
    "sub": with_number("shift", "amount", "sub", inverse=lambda n: -n),
    "mul": with_number("scale", "factor", "multiply", inverse=float),
    "multiply": with_number("scale", "factor", "multiply", inverse=float),
    "rsub": rsub,
    "div": div,
    "true_divide": div,
    "floor_divide": div,
    "pow": power,
    "rsqrt": several("sqrt", "reciprocal"),
    "square": square,
    "maximum": two("maximum"),
    "minimum": two("minimum"),
    "lt": two("less"),
    "gt": two("greater"),
    "le": not_("greater"),
    "ge": not_("less"),
    "eq": equal,
    "ne": not_("equal"),
    "logical_and": two("logical_and"),
    "logical_or": two("logical_or"),
    **dict.fromkeys(("bitwise_and", "__and__"), of_truths("logical_and")),
    **dict.fromkeys(("bitwise_or", "__or__"), of_truths("logical_or")),
    "bitwise_not": of_truths("logical_not"),
    "remainder": two("remainder"),
    "fmod": two("fmod"),
    "where": where,
    "masked_fill": masked_fill,
    "fill": fill,
    "addcmul": with_product("multiply"),
    "addcdiv": with_product("div"),
    **dict.fromkeys(("to", "_to_copy", "type_as"), cast),
    **dict.fromkeys(ITSELF, itself),
    **dict.fromkeys(("dropout", "feature_dropout", "alpha_dropout", "native_dropout"), dropout),
}
