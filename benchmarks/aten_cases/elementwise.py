"""Operators that work number by number."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from benchmarks.aten_cases.program import MAP, aten, call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case

EACH = (
    *("abs", "exp", "neg", "erf", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh", "atan"),
    *("floor", "ceil", "round", "sign", "sigmoid", "relu", "relu6", "silu", "mish", "selu"),
    *("hardswish", "hardsigmoid", "square", "positive"),
)
POSITIVE = ("sqrt", "reciprocal", "log", "rsqrt", "acosh")
INSIDE = ("asin", "acos", "atanh")
PAIRS = ("add", "sub", "mul", "multiply", "div", "true_divide", "maximum", "minimum", "rsub")
COMPARED = ("lt", "gt", "le", "ge", "eq", "ne")


def elementwise() -> Mapping[str, Case]:
    x, y = MAP, drawn(4, 6, 5)
    found = {name: call(getattr(aten, name), x) for name in EACH}
    found |= {name: call(getattr(aten, name), x.abs() + 1) for name in POSITIVE}
    found |= {name: call(getattr(aten, name), x.clamp(-0.9, 0.9)) for name in INSIDE}
    for name in PAIRS:
        found[name] = call(getattr(aten, name), x, y.abs() + 0.5)
    whole = torch.arange(24).reshape(2, 3, 4)
    for name in COMPARED:
        found[name] = call(getattr(aten, name), x, x.round())
        found[f"{name} a number"] = call(lambda a, n=name: getattr(aten, n)(a, 0.5), x)
    a, b = x > 0, x > 0.5
    return found | {
        "add a number": call(lambda a: a + 1.5, x),
        "a number less": call(lambda a: 2 - a, x),
        "a number by": call(lambda a: 2 / (a.abs() + 1), x),
        "sub a number": call(lambda a: a - 0.25, x),
        "mul by a number": call(lambda a: a * 3, x),
        "div by a number": call(lambda a: a / 4, x),
        "add alpha": call(lambda a, c: torch.add(a, c, alpha=2), x, y),
        "sub alpha": call(lambda a, c: torch.sub(a, c, alpha=0.5), x, y),
        "rsub alpha": call(lambda a, c: torch.rsub(a, c, alpha=3), x, y),
        "rsub a number alpha": call(lambda a: torch.rsub(a, 1.5, alpha=2), x),
        "add in place": call(lambda a, c: (a * 1).add_(c).relu_(), x, y),
        "add a parameter": call(lambda a, w: a + w, x, own=(y,)),
        "a parameter times": call(lambda a, w: w * a, x, own=(y,)),
        "div floor": call(lambda a: torch.div(a, 0.75, rounding_mode="floor"), x),
        "div trunc": call(lambda a: torch.div(a, 0.75, rounding_mode="trunc"), x),
        "floor_divide": call(lambda a, c: torch.floor_divide(a, c), x, y.abs() + 0.5),
        "remainder": call(torch.remainder, x, y.abs() + 0.5),
        "remainder of a number": call(lambda a: torch.remainder(a, 0.7), x),
        "fmod": call(torch.fmod, x, y.abs() + 0.5),
        "pow": call(lambda a: a**3, x),
        "pow of a tensor": call(torch.pow, x.abs() + 0.5, y),
        "pow of a number": call(lambda a: 2**a, x),
        "clamp": call(lambda a: a.clamp(-0.5, 0.75), x),
        "clamp to tensors": call(lambda a, c: torch.clamp(a, c, c + 1), x, y),
        "clamp_min": call(lambda a: torch.clamp_min(a, 0.1), x),
        "clamp_max": call(lambda a: torch.clamp_max(a, 0.1), x),
        "clamp as relu": call(lambda a: a.clamp(min=0), x),
        "hardtanh": of(nn.Hardtanh(), x),
        "hardtanh of bounds": of(nn.Hardtanh(-0.5, 2), x),
        "hardtanh as relu6": of(nn.ReLU6(), x),
        "gelu": of(nn.GELU(), x),
        "gelu tanh": of(nn.GELU("tanh"), x),
        "leaky_relu": of(nn.LeakyReLU(), x),
        "leaky_relu of a slope": of(nn.LeakyReLU(0.2), x),
        "elu": of(nn.ELU(), x),
        "elu alpha": of(nn.ELU(0.5), x),
        "celu": of(nn.CELU(0.7), x),
        "softplus": of(nn.Softplus(), x),
        "softplus beta": of(nn.Softplus(2, 5), x),
        "glu": of(nn.GLU(1), x),
        "prelu": of(nn.PReLU(4), x),
        "prelu of one": of(nn.PReLU(), x),
        "_prelu_kernel": call(lambda a, w: aten._prelu_kernel(a, w), x, own=(drawn(1, 4, 1, 1),)),
        "logical_and": call(torch.logical_and, a, b),
        "logical_or": call(torch.logical_or, a, b),
        "logical_not": call(torch.logical_not, a),
        "bitwise_and": call(lambda p, q: p & q, a, b),
        "bitwise_or": call(lambda p, q: p | q, a, b),
        "bitwise_not": call(lambda p: ~p, a),
        "isnan": call(torch.isnan, x),  # what is asked of a NaN has no answer in the executor
        "isinf": call(torch.isinf, x.masked_fill(x > 1, float("inf"))),
        "where": call(torch.where, a, x, x * 2),
        "where a number": call(lambda p, c: torch.where(p, c, 0.0), a, x),
        "masked_fill": call(lambda p, c: c.masked_fill(p, -2.0), a, x),
        "addcmul": call(lambda p, q: torch.addcmul(p, q, q), x, y),
        "addcmul value": call(lambda p, q: torch.addcmul(p, q, q, value=0.5), x, y),
        "addcdiv": call(lambda p, q: torch.addcdiv(p, q, q + 9, value=2), x, y),
        "trunc": call(torch.trunc, x * 3),
        "log1p": call(torch.log1p, x.abs()),
        "expm1": call(torch.expm1, x),
        "any": call(lambda p: p.any(1), b),
        "all": call(lambda p: p.all(-1, True), a),
        "clone": call(lambda p: p.clone() + 1, x),
        "contiguous": call(lambda p: p.transpose(1, 2).contiguous() + 1, x),
        "detach": call(lambda p: p.detach() + 1, x),
        "alias": call(lambda p: aten.alias(p) + 1, x),
        "type_as": call(lambda p, q: p.type_as(q), whole, x),
        "to float": call(lambda p: p.to(torch.float32) / 2, whole),
        "to double": call(lambda p: p.double() * 2, x),
        "to int": call(lambda p: p.to(torch.int32), x),
        "to bool": call(lambda p: p.bool(), x.round()),
        "_to_copy": call(lambda p: aten._to_copy(p, dtype=torch.float64), x),
        "dropout": of(nn.Dropout(), x),
        "feature_dropout": of(nn.Dropout2d(), x),
        "alpha_dropout": of(nn.AlphaDropout(), x),
        "native_dropout": call(lambda p: aten.native_dropout(p, 0.5, False)[0] * 2, x),
        "lift_fresh_copy": call(lambda p: p * torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]), x),
        "softmax": call(lambda p: p.softmax(-1), x),
        "softmax of channels": call(lambda p: p.softmax(1), x),
        "_softmax": call(lambda p: aten._softmax(p, 2, False), x),
        "_safe_softmax": call(lambda p: aten._safe_softmax(p, -1), x),
        "log_softmax": call(lambda p: p.log_softmax(1), x),
        "cumsum": call(lambda p: p.cumsum(1), x),
    }
