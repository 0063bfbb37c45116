"""Layers that do the same with each element: activations, arithmetic, logic; and norms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.exporters.refused import CannotSay
from convcost.exporters.torch.said import Said, call, filled, literal, merged, module, runs
from convcost.exporters.torch.windows import MOST_RANK, rank_of
from convcost.ops.dims import named as axes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.network import Layer


def bare(function: str) -> Callable[[Layer], Said]:
    """A module without arguments."""
    return lambda _: module(function)


def field(function: str, name: str, default: object) -> Callable[[Layer], Said]:
    """A module with one argument, a field of the op of the same name."""

    def say(layer: Layer) -> Said:
        return module(function, **{name: (_number(getattr(layer.op, name)), default)})

    return say


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def in_a_row(sign: str) -> Callable[[Layer], Said]:
    """Inputs with an operator between them."""
    return lambda layer: Said(f" {sign} ".join(f"{{{n}}}" for n in range(len(layer.inputs))))


def in_pairs(function: str) -> Callable[[Layer], Said]:
    """A function of two, of two inputs, then of what it made and the next."""

    def say(layer: Layer) -> Said:
        run = "{0}"
        for number in range(1, len(layer.inputs)):
            run = f"{function}({run}, {{{number}}})"
        return Said(run)

    return say


def power(layer: Layer) -> Said:
    """To a number, or to another input."""
    return Said("{0} ** {1}" if len(layer.inputs) > 1 else filled("{0} ** <exponent>", layer.op))


def clip(layer: Layer) -> Said:
    """Bounds, of which one may lack."""
    op: Any = layer.op
    bounds = [f"{n}={literal(v)}" for n, v in (("min", op.min), ("max", op.max)) if v is not None]
    return Said(f"{{0}}.clamp({', '.join(bounds)})" if bounds else "{0}.clone()")


def shrink(layer: Layer) -> Said:
    """PyTorch's two, or both in one."""
    op: Any = layer.op
    if op.shift == 0:
        return module("nn.Hardshrink", lambd=(op.lambd, 0.5))
    if op.shift == op.lambd:
        return module("nn.Softshrink", lambd=(op.lambd, 0.5))
    return Said(
        filled("F.hardshrink({0}, <lambd>) - <shift> * F.hardshrink({0}, <lambd>).sign()", op)
    )


def threshold(layer: Layer) -> Said:
    """0 up to a number."""
    return module("nn.Threshold", _number(layer.op.values()["alpha"]), 0)


def cast(layer: Layer) -> Said:
    """Another type of numbers."""
    to = str(layer.op.values()["to"])
    if to in LACKING:
        raise CannotSay(f"PyTorch cannot compute with {to}")
    return Said(f"{{0}}.to(torch.{to})")


LACKING = ("float4_e2m1fn", "int4", "int2", "uint4", "uint2")


def infinite(layer: Layer) -> Said:
    """Of both signs, or of one."""
    op: Any = layer.op
    name = {(True, True): "isinf", (True, False): "isposinf", (False, True): "isneginf"}
    found = name.get((op.positive, op.negative))
    return Said(f"torch.{found}({{0}})" if found else "torch.zeros_like({0}, dtype=torch.bool)")


def batch_norm(layer: Layer) -> Said:
    """By stored statistics."""
    op: Any = layer.op
    shape = layer.input_shapes[0]
    rank = max(1, len(shape) - 2)
    if rank > MOST_RANK:
        rank_of(layer)
    return module(f"nn.BatchNorm{rank}d", shape[1], eps=(op.eps, 1e-5), affine=(op.affine, True))


def local_response_norm(layer: Layer) -> Said:
    """By neighbouring channels."""
    op: Any = layer.op
    return module(
        "nn.LocalResponseNorm",
        op.size,
        alpha=(op.alpha, 1e-4),
        beta=(op.beta, 0.75),
        k=(_number(op.k), 1),
    )


def group_norm(layer: Layer) -> Said:
    """By groups of channels."""
    op: Any = layer.op
    channels = layer.input_shapes[0][1]
    named = {"eps": (op.eps, 1e-5), "affine": (op.affine, True)}
    return module("nn.GroupNorm", op.num_groups, channels, **named)


def instance_norm(layer: Layer) -> Said:
    """By each channel."""
    op: Any = layer.op
    named = {"eps": (op.eps, 1e-5), "affine": (op.affine, False)}
    return module(f"nn.InstanceNorm{rank_of(layer)}d", layer.input_shapes[0][1], **named)


def along_last(function: str) -> Callable[[Layer], Said]:
    """A norm along axes, which PyTorch has along the last ones: others are moved there and back."""

    def say(layer: Layer) -> Said:
        op: Any = layer.op
        x = layer.input_shapes[0]
        axes = sorted(axes_of(op.dim, x))
        sizes = merged([x[axis] for axis in axes]) if len(axes) == 1 else tuple(x[a] for a in axes)
        named = {
            "eps": (op.eps, 1e-5 if function == "nn.LayerNorm" else None),
            "elementwise_affine": (op.elementwise_affine, True),
        }
        if function == "nn.LayerNorm":
            named["bias"] = (op.bias, True)
        order = [*(axis for axis in range(len(x)) if axis not in axes), *axes]
        make = {"": call(function, sizes, **named)}
        if order == list(range(len(x))):
            return Said("{self}({0})", make)
        back = tuple(order.index(axis) for axis in range(len(x)))
        there, again = (", ".join(map(str, o)) for o in (order, back))
        return Said(f"{{self}}({{0}}.permute({there})).permute({again})", make)

    return say


def lp_norm(layer: Layer) -> Said:
    """Over the norm along axes."""
    op: Any = layer.op
    axes = axes_of(op.dim, layer.input_shapes[0])
    return Said(f"F.normalize({{0}}, p={op.p}, dim={literal(merged(axes))})")


def softmax(function: str) -> Callable[[Layer], Said]:
    """Along one axis."""
    return lambda layer: Said(
        "{self}({0})", {"": call(function, dim=(layer.op.values()["dim"], None))}
    )


ALIKE = (
    *("sqrt", "reciprocal", "log", "erf", "sin", "cos", "tan", "asin", "acos", "atan", "sinh"),
    *("cosh", "asinh", "acosh", "atanh", "floor", "ceil", "round", "sign", "abs", "exp"),
)
"""Functions of an element that PyTorch calls as convcost does."""

WAYS: Mapping[str, Callable[[Layer], Said] | str] = {
    "relu": bare("nn.ReLU"),
    "relu6": bare("nn.ReLU6"),
    "leaky_relu": field("nn.LeakyReLU", "negative_slope", 0.01),
    "prelu": field("nn.PReLU", "num_parameters", 1),
    "sigmoid": bare("nn.Sigmoid"),
    "tanh": bare("nn.Tanh"),
    "silu": bare("nn.SiLU"),
    "gelu": field("nn.GELU", "approximate", "none"),
    "elu": field("nn.ELU", "alpha", 1),
    "selu": bare("nn.SELU"),
    "softplus": lambda layer: module(
        "nn.Softplus",
        beta=(_number(layer.op.values()["beta"]), 1),
        threshold=(_number(layer.op.values()["threshold"]), 20),
    ),
    "mish": bare("nn.Mish"),
    "softsign": bare("nn.Softsign"),
    "celu": field("nn.CELU", "alpha", 1),
    "thresholded_relu": threshold,
    "shrink": shrink,
    "hard_sigmoid": bare("nn.Hardsigmoid"),
    "hard_swish": bare("nn.Hardswish"),
    "softmax": softmax("nn.Softmax"),
    "log_softmax": softmax("nn.LogSoftmax"),
    "dropout": field("nn.Dropout", "p", 0.5),
    "stochastic_depth": lambda layer: module(
        "torchvision.ops.StochasticDepth", _number(layer.op.values()["p"]), "row"
    ),
    "identity": bare("nn.Identity"),
    "add": in_a_row("+"),
    "multiply": in_a_row("*"),
    "sub": in_a_row("-"),
    "div": in_a_row("/"),
    "remainder": in_pairs("torch.remainder"),
    "fmod": in_pairs("torch.fmod"),
    "minimum": in_pairs("torch.minimum"),
    "maximum": in_pairs("torch.maximum"),
    "pow": power,
    "scale": runs("{0} * <factor>"),
    "shift": runs("{0} + <amount>"),
    "neg": runs("-{0}"),
    **{name: runs(f"torch.{name}({{0}})") for name in ALIKE},
    "clip": clip,
    "cast": cast,
    "less": runs("{0} < {1}"),
    "greater": runs("{0} > {1}"),
    "equal": runs("{0} == {1}"),
    "logical_and": runs("torch.logical_and({0}, {1})"),
    "logical_or": runs("torch.logical_or({0}, {1})"),
    "logical_xor": runs("torch.logical_xor({0}, {1})"),
    "logical_not": runs("torch.logical_not({0})"),
    "isnan": runs("torch.isnan({0})"),
    "isinf": infinite,
    "batch_norm": batch_norm,
    "local_response_norm": local_response_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "layer_norm": along_last("nn.LayerNorm"),
    "rms_norm": along_last("nn.RMSNorm"),
    "lp_norm": lp_norm,
}
"""By the op, what says it or why PyTorch cannot."""
