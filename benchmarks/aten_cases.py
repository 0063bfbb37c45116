"""Small programs, one for each way to call an operator of PyTorch; see ``aten.py``."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.ao.quantization.fx._decomposed
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as all of PyTorch calls it
from torchvision import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

aten: Any = torch.ops.aten


class Call(nn.Module):
    """A function of its inputs as a module, with arrays of its own as further arguments."""

    def __init__(self, act: Callable[..., Any], *arrays: torch.Tensor) -> None:
        super().__init__()
        self.act = act
        self.arrays = nn.ParameterList(nn.Parameter(array) for array in arrays)

    def forward(self, *inputs: torch.Tensor) -> Any:
        return self.act(*inputs, *self.arrays)


def drawn(*shape: int) -> torch.Tensor:
    """Numbers of two digits, the same for the same shape."""
    made = torch.Generator().manual_seed(sum(n * 7**k for k, n in enumerate(shape)))
    return torch.round(torch.randn(shape, generator=made) * 100) / 100


def many(module: nn.Module) -> nn.Module:
    """A module whose arrays are drawn, norms' statistics included."""
    for name, array in module.state_dict().items():
        if array.dtype.is_floating_point:
            values = drawn(*array.shape) / 2
            array.copy_(values.abs() + 0.5 if name.endswith("running_var") else values)
    return module.eval()


Case = tuple[nn.Module, tuple[torch.Tensor, ...]]
MAP = drawn(2, 4, 6, 5)
ROWS = drawn(2, 3, 4)
TOKENS = drawn(2, 4, 3, 8)


def call(act: Callable[..., Any], *inputs: torch.Tensor, own: tuple[Any, ...] = ()) -> Case:
    return Call(act, *own).eval(), inputs


def of(module: nn.Module, *inputs: torch.Tensor) -> Case:
    return many(module), inputs


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


def writes() -> Mapping[str, Case]:
    x, y = MAP, drawn(2, 2, 6, 5)
    at = torch.tensor([3, 0])
    return {
        "write to a part": call(_to_a_part, x),
        "write to one": call(_to_one, x),
        "write a number to a part": call(lambda a: _written(a, (ALL, slice(1, 3)), 2.5), x),
        "write to every second": call(
            lambda a, b: _written(a, (ALL, ALL, slice(1, None, 2)), b), x, drawn(2, 4, 3, 5)
        ),
        "write to a buffer in parts": call(_in_parts, x),
        "write through a view": call(_through_a_view, x),
        "write through a transpose": call(_through_a_transpose, x),
        "write to chunks": call(_to_chunks, x),
        "write where others look": call(_where_others_look, x),
        "write to places": call(lambda a, b: _written(a, (ALL, torch.tensor([3, 0])), b), x, y),
        "write to given places": call(lambda a, b, i: _written(a, (ALL, i), b), x, y, at),
        "write to places of two axes": call(
            lambda a, b, i: _written(a, (ALL, i, torch.tensor([1, 4])), b), x, drawn(2, 2, 5), at
        ),
        "write to places of axes apart": call(
            lambda a, b, i: _written(a, (i[:2] % 2, ALL, i), b), x, drawn(2, 4, 5), at
        ),
        "write by a mask": call(lambda a: _written(a, a > 0.5, 9.0), x),
        "write by a mask of samples": call(lambda a, p: _written(a, p, -1.0), x, x[:, 0, 0, 0] > 0),
        "add to places": call(
            lambda a, b: aten.index_put(a, [None, torch.tensor([1, 1])], b, True), x, y
        ),
        "_unsafe_index_put": call(
            lambda a, b, i: aten._unsafe_index_put(a, [None, i], b), x, y, at
        ),
        "_index_put_impl": call(lambda a, b, i: aten._index_put_impl(a, [None, i], b), x, y, at),
        "fill": call(lambda a: (a * 1).fill_(0.5) + a, x),
        "scatter": call(
            lambda a, b: a.scatter(1, torch.tensor([[[2, 0, 1]]]), b), ROWS, drawn(1, 2, 3)
        ),
        "scatter a number": call(lambda a: a.scatter(1, torch.tensor([[[2, 0, 1]]]), 4.0), ROWS),
        "scatter_add": call(
            lambda a, b: a.scatter_add(2, torch.tensor([[[1], [0]]]), b), ROWS, drawn(1, 2, 1)
        ),
        "scatter_reduce": call(
            lambda a, b: a.scatter_reduce(2, torch.tensor([[[1, 1]]]), b, "amax"),
            ROWS,
            drawn(1, 1, 2),
        ),
        "slice_scatter of every second": call(
            lambda a: torch.slice_scatter(a, a[:, :2] * 2, 1, 0, 4, 2), x
        ),
    }


ALL = slice(None)


def _written(x: torch.Tensor, places: Any, value: Any) -> torch.Tensor:
    x = x * 1
    x[places] = value
    return x * 2


def _in_parts(x: torch.Tensor) -> torch.Tensor:
    made = torch.zeros(2, 4, 7, 5)
    made[:, :, 1:] = x
    made[:, 1, 0] = x[:, 0, 0]
    return made + 1


def _through_a_view(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x.view(2, 4, 30)[:, :, 7:9] = 0
    return x + 1


def _through_a_transpose(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x.permute(0, 2, 3, 1)[..., 1].mul_(3)
    return x + 1


def _to_chunks(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x.chunk(2, 1)[1].add_(3)
    return x * 2


def _where_others_look(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    flat = x.view(2, 4, 30)
    x.add_(1)
    return flat * 2


def _to_a_part(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x[:, 1:3] += 2
    return x


def _to_one(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x[:, 2] = x[:, 0] * 3
    return x


def reductions() -> Mapping[str, Case]:
    x = MAP
    found: dict[str, Case] = {}
    for name in ("mean", "sum", "amax", "amin", "logsumexp"):
        found[name] = call(lambda a, n=name: getattr(torch, n)(a, dim=(2, 3)), x)
        found[f"{name} kept"] = call(lambda a, n=name: getattr(torch, n)(a, (1,), True), x)
    for name in ("var", "std"):
        found[name] = call(lambda a, n=name: getattr(torch, n)(a, dim=(2, 3)), x)
        found[f"{name} of all"] = call(
            lambda a, n=name: getattr(torch, n)(a, dim=-1, correction=0, keepdim=True), x
        )
    for name in ("max", "min"):
        found[f"{name} along"] = call(lambda a, n=name: (*getattr(torch, n)(a, 1),), x)
        found[f"{name} kept"] = call(lambda a, n=name: getattr(torch, n)(a, -1, True)[0], x)
        found[f"{name} of two"] = call(getattr(torch, name), x, x * 2)
        found[f"{name} of all"] = call(getattr(torch, name), drawn(1, 5, 6))
    for name in ("argmax", "argmin"):
        found[name] = call(lambda a, n=name: getattr(torch, n)(a, 1), x)
        found[f"{name} kept"] = call(lambda a, n=name: getattr(torch, n)(a, -1, True), x)
    return found | {
        "prod": call(lambda a: a.prod(3), x),
        "mean of all": call(lambda a: a.mean(), drawn(1, 5, 6)),
        "topk": call(lambda a: (*a.topk(2, 1),), x),
        "topk smallest": call(lambda a: (*a.topk(3, -1, largest=False),), x),
        "norm": call(lambda a: aten.norm(a, 2, [1], True), x),
        "norm of order 1": call(lambda a: torch.linalg.vector_norm(a, 1, dim=(2, 3)), x),
        "linalg_vector_norm": call(lambda a: torch.linalg.vector_norm(a, dim=-1), x),
        "normalize": call(lambda a: F.normalize(a, dim=1), x),
    }


def products() -> Mapping[str, Case]:
    line, image, solid = drawn(2, 4, 9), MAP, drawn(1, 2, 4, 5, 3)
    a, b = drawn(2, 3, 4), drawn(2, 4, 5)
    return {
        "conv1d": of(nn.Conv1d(4, 6, 3), line),
        "conv1d same": of(nn.Conv1d(4, 4, 4, padding="same", dilation=2), line),
        "conv1d of one sample": of(nn.Conv1d(4, 6, 3), drawn(4, 9)),
        "conv2d": of(nn.Conv2d(4, 6, 3, 2, 1), image),
        "conv2d groups": of(nn.Conv2d(4, 8, (3, 2), groups=2, bias=False), image),
        "conv2d depthwise": of(nn.Conv2d(4, 4, 3, padding=(2, 1), dilation=2, groups=4), image),
        "conv2d valid": of(nn.Conv2d(4, 4, 3, padding="valid"), image),
        "conv2d of made weights": call(lambda x, w: F.conv2d(x, w * 2), image, drawn(3, 4, 2, 2)),
        "conv3d": of(nn.Conv3d(2, 3, (2, 3, 1), stride=(1, 2, 1)), solid),
        "conv_transpose1d": of(nn.ConvTranspose1d(4, 3, 3, 2), line),
        "conv_transpose2d": of(nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), image),
        "conv_transpose2d without bias": of(nn.ConvTranspose2d(4, 2, 2, bias=False), image),
        "conv_transpose3d": of(nn.ConvTranspose3d(2, 3, 2, dilation=2), solid),
        "linear": of(nn.Linear(4, 5), a),
        "linear of rows": of(nn.Linear(4, 5, bias=False), drawn(3, 4)),
        "linear of made weights": call(lambda x, w: F.linear(x, w.relu()), a, drawn(6, 4)),
        "linear of a made bias": call(
            lambda x, c, w: F.linear(x, w, c.relu()), a, drawn(6), own=(drawn(6, 4),)
        ),
        "matmul": call(torch.matmul, a, b),
        "matmul of a parameter": call(torch.matmul, a, own=(drawn(4, 5),)),
        "matmul of a turned parameter": call(lambda x, w: x @ w.t(), a, own=(drawn(5, 4),)),
        "matmul of a parameter first": call(lambda x, w: w @ x, a, own=(drawn(5, 3),)),
        "matmul of a vector": call(torch.matmul, a, drawn(4)),
        "matmul that broadcasts": call(torch.matmul, drawn(2, 5, 3, 4), drawn(4, 2)),
        "mm": call(torch.mm, drawn(3, 4), drawn(4, 5)),
        "bmm": call(torch.bmm, a, b),
        "mv": call(torch.mv, drawn(3, 4), drawn(4)),
        "addmm": call(torch.addmm, drawn(3, 5), drawn(3, 4), drawn(4, 5)),
        "addmm of parameters": call(
            lambda x, c, w: torch.addmm(c, x, w), drawn(3, 4), own=(drawn(5), drawn(4, 5))
        ),
        "addmm scaled": call(
            lambda x, c, w: torch.addmm(c, x, w, beta=2, alpha=0.5),
            drawn(3, 4),
            own=(drawn(5), drawn(4, 5)),
        ),
        "baddbmm": call(lambda x, y, z: torch.baddbmm(z, x, y, alpha=0.5), a, b, drawn(1, 3, 5)),
        "baddbmm beta 0": call(
            lambda x, y, z: torch.baddbmm(z, x, y, beta=0), a, b, drawn(2, 3, 5)
        ),
        "einsum": call(lambda x, y: torch.einsum("bic, bcj -> bij", x, y), a, b),
        "einsum of one": call(lambda x: torch.einsum("bic->cb", x), a),
        "cdist": call(torch.cdist, a, drawn(2, 5, 4)),
        "cdist of many": call(torch.cdist, drawn(2, 30, 4), drawn(2, 5, 4)),
        "_cdist_forward": call(lambda x, y: aten._cdist_forward(x, y, 2.0, 0), a, drawn(2, 5, 4)),
        "einsum of a parameter": call(
            lambda x, w: torch.einsum("bic,ck->bik", x, w), a, own=(drawn(4, 6),)
        ),
    }


def _without_bias(norm: nn.BatchNorm2d) -> nn.Module:
    norm.register_parameter("bias", None)
    return norm


def norms() -> Mapping[str, Case]:
    x = MAP
    affine = drawn(4), drawn(4)
    return {
        "batch_norm": of(nn.BatchNorm2d(4), x),
        "batch_norm not affine": of(nn.BatchNorm2d(4, affine=False, eps=0.1), x),
        "batch_norm of lines": of(nn.BatchNorm1d(4), drawn(2, 4, 9)),
        "batch_norm of rows": of(nn.BatchNorm1d(4), drawn(3, 4)),
        "batch_norm of made statistics": call(
            lambda a, m: F.batch_norm(a, m * 2, m.abs() + 1), x, drawn(4)
        ),
        "batch_norm of a sample": of(nn.BatchNorm2d(4, track_running_stats=False), x[:1]),
        "instance_norm": of(nn.InstanceNorm2d(4, affine=True), x),
        "instance_norm not affine": of(nn.InstanceNorm2d(4), x),
        "group_norm": of(nn.GroupNorm(2, 4), x),
        "group_norm not affine": of(nn.GroupNorm(2, 4, affine=False, eps=0.1), x),
        "group_norm of made scales": call(
            lambda a, m: F.group_norm(a, 2, m * 2, m + 1), x, drawn(4)
        ),
        "batch_norm of a scale alone": of(_without_bias(nn.BatchNorm2d(4)), x),
        "instance_norm of a scale alone": call(
            lambda a, w: F.instance_norm(a, weight=w), x, own=(drawn(4),)
        ),
        "group_norm of a scale alone": call(lambda a, w: F.group_norm(a, 2, w), x, own=(drawn(4),)),
        "layer_norm of a shift alone": call(
            lambda a, w: F.layer_norm(a, (5,), None, w), x, own=(drawn(5),)
        ),
        "native_group_norm": call(
            lambda a, w, c: aten.native_group_norm(a, w, c, 2, 4, 30, 2, 1e-5)[0], x, own=affine
        ),
        "layer_norm": of(nn.LayerNorm(5), x),
        "layer_norm of axes": of(nn.LayerNorm((6, 5), eps=0.1), x),
        "layer_norm without bias": of(nn.LayerNorm(5, bias=False), x),
        "layer_norm not affine": of(nn.LayerNorm(5, elementwise_affine=False), x),
        "layer_norm of made scales": call(lambda a, m: F.layer_norm(a, (5,), m * 2), x, drawn(5)),
        "rms_norm": of(nn.RMSNorm(5, eps=0.1), x),
        "rms_norm of the smallest step": of(nn.RMSNorm(5), x),
        "local_response_norm": of(nn.LocalResponseNorm(3), x),
    }


def pools() -> Mapping[str, Case]:
    line, image, solid = drawn(2, 4, 9), MAP, drawn(1, 2, 4, 5, 3)
    found: dict[str, Case] = {}
    for rank, x in enumerate((line, image, solid), 1):
        maximum = getattr(nn, f"MaxPool{rank}d")
        found[f"max_pool{rank}d"] = of(maximum(2), x)
        found[f"max_pool{rank}d with indices"] = of(maximum(2, return_indices=True), x)
        found[f"max_pool{rank}d ceil"] = of(maximum(3, 2, 1, ceil_mode=True), x)
        mean = getattr(nn, f"AvgPool{rank}d")
        found[f"avg_pool{rank}d"] = of(mean(3, 2, 1), x)
        found[f"avg_pool{rank}d of what is there"] = of(mean(3, 2, 1, True, False), x)
        found[f"adaptive_avg_pool{rank}d"] = of(getattr(nn, f"AdaptiveAvgPool{rank}d")(2), x)
        found[f"global_avg_pool{rank}d"] = of(getattr(nn, f"AdaptiveAvgPool{rank}d")(1), x)
        found[f"adaptive_max_pool{rank}d"] = of(getattr(nn, f"AdaptiveMaxPool{rank}d")(2), x)
        found[f"upsample_nearest{rank}d"] = of(nn.Upsample(scale_factor=2), x)
        found[f"upsample_nearest{rank}d to a size"] = of(nn.Upsample((7,) * rank), x)
        found[f"reflection_pad{rank}d"] = of(getattr(nn, f"ReflectionPad{rank}d")(1), x)
        found[f"replication_pad{rank}d"] = of(getattr(nn, f"ReplicationPad{rank}d")(2), x)
        found[f"circular_pad{rank}d"] = of(getattr(nn, f"CircularPad{rank}d")(1), x)
    linear = (("linear", line), ("bilinear", image), ("trilinear", solid), ("bicubic", image))
    for mode, x in linear:
        found[f"upsample_{mode}"] = call(
            lambda a, m=mode: F.interpolate(a, scale_factor=2, mode=m), x
        )
        found[f"upsample_{mode} of corners"] = call(
            lambda a, m=mode: F.interpolate(a, size=8, mode=m, align_corners=True), x
        )
    for mode in ("bilinear", "bicubic"):
        for size in ((4, 3), (9, 8), (3, 9)):
            name = "antialiased" if size == (4, 3) else f"antialiased to {size[0]} x {size[1]}"
            found[f"{mode} {name}"] = call(
                lambda a, m=mode, s=size: F.interpolate(a, s, mode=m, antialias=True), image
            )
        found[f"{mode} antialiased of corners"] = call(
            lambda a, m=mode: F.interpolate(a, (4, 3), mode=m, antialias=True, align_corners=True),
            image,
        )
        found[f"{mode} antialiased by a factor"] = call(
            lambda a, m=mode: F.interpolate(a, scale_factor=0.6, mode=m, antialias=True), image
        )
    grid = drawn(2, 3, 4, 2).clamp(-1.2, 1.2)
    for mode in ("bilinear", "nearest"):
        found[f"grid_sampler {mode}"] = call(
            lambda a, g, m=mode: F.grid_sample(a, g, m, align_corners=False), image, grid
        )
    for corners in (False, True):
        found[f"grid_sampler reflection{' of corners' if corners else ''}"] = call(
            lambda a, g, c=corners: F.grid_sample(
                a, g * 3, padding_mode="reflection", align_corners=c
            ),
            *(image, grid),
        )
    found["grid_sampler border"] = call(
        lambda a, g: F.grid_sample(a, g, padding_mode="border", align_corners=True), image, grid
    )
    for rank, x in enumerate((line, image, solid), 1):
        for kind in ("reflection", "replication"):
            name = f"{kind}_pad{rank}d"
            pads = [1, 0] + [0, 1] * (rank - 1)
            found[f"{name} called"] = call(lambda a, n=name, p=pads: getattr(aten, n)(a, p), x)
    return found | {
        "max_pool2d of one sample": of(nn.MaxPool2d(2), drawn(4, 6, 5)),
        "max_pool2d dilated": of(nn.MaxPool2d(2, 1, dilation=2), image),
        "_adaptive_avg_pool3d": call(lambda a: aten._adaptive_avg_pool3d(a, [2, 2, 2]), solid),
        "pad": call(lambda a: F.pad(a, (1, 2, 0, 3)), image),
        "pad of a value": call(lambda a: F.pad(a, (1, 0), value=2.5), image),
        "pad of channels": call(lambda a: F.pad(a, (0, 0, 0, 0, 1, 2)), image),
        "pad that cuts": call(lambda a: F.pad(a, (-1, 2, 0, -2)), image),
        "grid_sampler_2d": call(lambda a, g: aten.grid_sampler_2d(a, g, 0, 0, False), image, grid),
        "im2col": of(nn.Unfold(2, padding=1, stride=2), image),
        "col2im": of(nn.Fold((5, 4), 2), drawn(2, 8, 12)),
    }


def moves() -> Mapping[str, Case]:
    x, rows = MAP, ROWS
    thin = drawn(2, 1, 6, 1)
    at = torch.tensor([2, 0, 1])
    views = {
        "view": call(lambda a: a.view(2, -1), x),
        "reshape": call(lambda a: a.transpose(1, 2).reshape(2, 6, 20), x),
        "flatten": of(nn.Flatten(), x),
        "unflatten": of(nn.Unflatten(1, (2, 2)), x),
        "unsqueeze": call(lambda a: a.unsqueeze(-1), x),
        "squeeze": call(lambda a: a.squeeze(1), thin),
        "squeeze all": call(lambda a: a.squeeze(), thin),
        "_unsafe_view": call(lambda a: aten._unsafe_view(a, [2, 4, 30]), x),
        "_reshape_alias": call(lambda a: aten._reshape_alias(a, [2, 4, 30], [120, 30, 1]), x),
        "view_copy": call(lambda a: aten.view_copy(a, [2, 4, 30]), x),
        "squeeze_copy": call(lambda a: aten.squeeze_copy(a, 1), thin),
        "unsqueeze_copy": call(lambda a: aten.unsqueeze_copy(a, 1), x),
        "view_as": call(lambda a, b: a.view_as(b), x, drawn(2, 4, 30)),
        "reshape_as": call(lambda a, b: a.reshape_as(b), x, drawn(2, 4, 30)),
        "as_strided turned": call(
            lambda a: aten.as_strided(a, [2, 30, 1, 4], [120, 1, 4, 30]), drawn(2, 4, 30)
        ),
        "unfold along an axis": call(lambda a: a.unfold(2, 3, 2), x),
        "unfold without overlap": call(lambda a: a.unfold(-1, 5, 5), x),
        "as_strided": call(
            lambda a: aten.as_strided(a, [2, 4, 1, 30], [120, 30, 30, 1]), drawn(2, 4, 30)
        ),
        "ravel": call(lambda a: a.ravel(), drawn(1, 5, 6)),
        "detach_copy": call(lambda a: aten.detach_copy(a) + 1, x),
    }
    orders = {
        "permute": call(lambda a: a.permute(0, 2, 3, 1), x),
        "permute of the batch": call(lambda a: a.permute(2, 0, 1, 3), x),
        "permute_copy": call(lambda a: aten.permute_copy(a, [0, 3, 1, 2]), x),
        "transpose": call(lambda a: a.transpose(1, -1), x),
        "transpose_copy": call(lambda a: aten.transpose_copy(a, 1, 2), x),
        "t": call(lambda a: a.t(), drawn(3, 4)),
        "mT": call(lambda a: a.mT, rows),
        "numpy_T": call(lambda a: a.T, drawn(3, 4)),
        "swapaxes": call(lambda a: a.swapaxes(1, 2), x),
        "swapdims": call(lambda a: a.swapdims(1, 3), x),
        "movedim": call(lambda a: a.movedim(1, -1), x),
        "moveaxis": call(lambda a: a.moveaxis((1, 2), (3, 1)), x),
        "flip": call(lambda a: a.flip(2, 3), x),
        "roll": call(lambda a: a.roll((1, -2), (2, 3)), x),
        "pixel_shuffle": of(nn.PixelShuffle(2), x),
        "pixel_unshuffle": of(nn.PixelUnshuffle(2), drawn(2, 4, 6, 4)),
        "channel_shuffle": of(nn.ChannelShuffle(2), x),
    }
    parts = {
        "split": call(lambda a: a.split(2, 1), x),
        "split_with_sizes": call(lambda a: a.split([1, 3], 1), x),
        "chunk": call(lambda a: a.chunk(3, 2), x),
        "tensor_split": call(lambda a: a.tensor_split(4, 3), x),
        "unbind": call(lambda a: a.unbind(1), x),
        "slice": call(lambda a: a[:, 1:3, ::2, -2:], x),
        "narrow": call(lambda a: a.narrow(1, 1, 2), x),
        "select": call(lambda a: a[:, -1], x),
        "index_select": call(lambda a, i: a.index_select(1, i), x, at),
        "index": call(lambda a, i: a[:, i], x, at),
        "index of two axes": call(
            lambda a, i: a[:, i, torch.tensor([[0], [3]])], x, torch.tensor([[2, 0, 1]])
        ),
        "index of two axes together": call(lambda a, i: a[:, :, i, i + 1], x, at),
        "index of axes apart": call(lambda a, i: a[:, i, :, i + 1], x, at),
        "index of a table": call(lambda a: a[:, :, torch.tensor([[0, 1], [4, 2]])], x),
        "gather": call(lambda a, i: a.gather(1, i), rows, torch.tensor([[[1, 0, 2, 1]]] * 2)),
        "embedding": of(nn.Embedding(7, 4), torch.tensor([[1, 6, 0], [2, 2, 5]])),
    }
    joined = {
        "cat": call(lambda a, b: torch.cat((a, b), 1), x, x * 2),
        "cat of a parameter": call(
            lambda a, w: torch.cat((w.expand(2, -1, -1), a), 1), rows, own=(drawn(1, 1, 4),)
        ),
        "cat of nothing": call(lambda a, b: torch.cat((a, b[:, :0]), 1), x, torch.ones(2, 1, 6, 5)),
        "concat": call(lambda a: torch.concat((a, a), -1), x),
        "concatenate": call(lambda a: torch.concatenate((a, a), 2), x),
        "stack": call(lambda a, b: torch.stack((a, b), 1), x, x * 2),
        "select_scatter": call(lambda a: torch.select_scatter(a, a[:, 0] * 2, 1, 2), x),
        "slice_scatter": call(lambda a: torch.slice_scatter(a, a[:, :2] * 2, 1, 1, 3), x),
        "expand": call(lambda a: a.expand(2, 3, 6, 4), thin),
        "expand_as": call(lambda a, b: a.expand_as(b), thin, drawn(2, 3, 6, 4)),
        "expand_copy": call(lambda a: aten.expand_copy(a, [2, 3, 6, 4]), thin),
        "broadcast_to": call(lambda a: torch.broadcast_to(a, (2, 5, 6, 2)), thin),
        "repeat": call(lambda a: a.repeat(1, 2, 1, 3), x),
        "tile": call(lambda a: a.tile(2, 1), x),
        "repeat_interleave": call(lambda a: a.repeat_interleave(2, 1), x),
        "copy": call(lambda a: torch.zeros_like(a).copy_(a) + 1, x),
    }
    return views | orders | parts | joined


def attention() -> Mapping[str, Case]:
    attend, x = F.scaled_dot_product_attention, TOKENS
    key = drawn(2, 4, 5, 8)
    mask = torch.tensor([[True, False, True, True, False]] * 3)
    several = nn.MultiheadAttention(8, 2, batch_first=True)
    one = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
    return {
        "attention": call(attend, x, key, key * 2),
        "attention scaled": call(lambda q, k: attend(q, k, k, scale=0.3), x, key),
        "attention causal": call(lambda q: attend(q, q, q, is_causal=True), x),
        "attention with a mask": call(lambda q, k, m: attend(q, k, k, m), x, key, drawn(3, 5)),
        "attention of what is allowed": call(lambda q, k, m: attend(q, k, k, m), x, key, mask),
        "attention of three axes": call(lambda q: attend(q, q, q), drawn(2, 3, 8)),
        "attention of five axes": call(lambda q: attend(q, q, q), drawn(1, 2, 2, 3, 8)),
        "attention of grouped heads": call(
            lambda q, k: attend(q, k, k, enable_gqa=True), x, drawn(2, 2, 5, 8)
        ),
        "multi-head attention": of(_Attention(several), drawn(2, 3, 8)),
        "encoder layer": of(one, drawn(2, 3, 8)),
    }


class _Attention(nn.Module):
    def __init__(self, inside: nn.MultiheadAttention) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inside(x, x, x, need_weights=False)[0]


def recurrent() -> Mapping[str, Case]:
    x, steps = drawn(2, 3, 4), drawn(3, 2, 4)
    return {
        "lstm": of(nn.LSTM(4, 5, batch_first=True), x),
        "lstm of two layers both ways": of(
            nn.LSTM(4, 3, 2, bidirectional=True, batch_first=True), x
        ),
        "lstm steps first": of(nn.LSTM(4, 5, bias=False), steps),
        "lstm projected": of(nn.LSTM(4, 5, proj_size=3, batch_first=True), x),
        "gru": of(nn.GRU(4, 5, batch_first=True), x),
        "gru both ways": of(nn.GRU(4, 3, bidirectional=True), steps),
        "gru from a state": of(nn.GRU(4, 5, batch_first=True), x, drawn(1, 2, 5)),
        "rnn tanh": of(nn.RNN(4, 5, batch_first=True), x),
        "rnn relu": of(nn.RNN(4, 5, nonlinearity="relu", batch_first=True), x),
    }


def vision() -> Mapping[str, Case]:
    x, mask = drawn(1, 4, 6, 5), drawn(1, 18, 4, 3).abs()
    offset, masked = drawn(1, 18, 4, 3), ops.DeformConv2d(4, 6, 3, groups=2)
    corners = torch.tensor([[0, 0, 2, 2], [0, 0, 2, 2.1], [3, 3, 5, 6.0], [3, 3.2, 5, 6]])
    kept = {
        "nms": call(lambda r, s: ops.nms(r, s, 0.5), corners, torch.tensor([0.3, 0.9, 0.2, 0.8])),
        "nonzero": call(lambda a: a.relu().nonzero(), x),
        "index by a mask": call(lambda a: a[a > 0.5] + 1, x),
        "index by a mask of an axis": call(lambda a, p: a[:, p], x, drawn(4) > 0),
        "masked_select": call(lambda a: a.masked_select(a > 0.5), x),
    }
    boxes = torch.tensor([[0, 0.0, 0.5, 3.0, 4.0], [0, 1.0, 1.0, 4.5, 5.0]])
    return {
        "deform_conv2d": of(ops.DeformConv2d(4, 6, 3), x, offset),
        "deform_conv2d with a mask": of(masked, x, offset, mask[:, :9]),
        "roi_align": call(lambda a, r: ops.roi_align(a, r, 3, 0.9, 2, True), x, boxes),
        **kept,
        "roi_align not aligned": call(lambda a, r: ops.roi_align(a, r, (2, 3), 1.0, 3), x, boxes),
    }


qd: Any = torch.ops.quantized_decomposed


class Quantised(nn.Module):
    """Layers by arrays that are stored as whole numbers, with a scale a channel."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", (drawn(6, 4, 3, 3) * 40).to(torch.int8))
        self.register_buffer("matrix", (drawn(5, 6) * 40).to(torch.int8))
        self.register_buffer("scales", drawn(6).abs() / 10 + 0.02)
        self.original = nn.Parameter(drawn(6, 4, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scales, zeros = self.scales, torch.zeros(6, dtype=torch.int64)
        filters = qd.dequantize_per_channel(self.filters, scales, zeros, 0, -128, 127, torch.int8)
        matrix = qd.dequantize_per_tensor(self.matrix, 0.03, 0, -128, 127, torch.int8)
        return F.linear(F.conv2d(x, filters).mean((2, 3)), matrix)


def quantised() -> Mapping[str, Case]:
    x, whole = MAP, (drawn(2, 4, 6, 5) * 20).to(torch.int8)
    scales, zeros = drawn(4).abs() + 0.1, torch.tensor([3, 0, -4, 1])
    token, zero = drawn(2, 4, 6, 1).abs() + 0.1, torch.zeros(2, 4, 6, 1)
    ends, kind = (-128, 127), torch.int8
    return {
        "quantize_per_tensor": call(
            lambda a: qd.quantize_per_tensor(a, 0.05, 7, 0, 255, torch.uint8), x
        ),
        "dequantize_per_tensor": call(
            lambda a: qd.dequantize_per_tensor(a, 0.05, 7, *ends, kind), whole
        ),
        "quantize_per_channel": call(
            lambda a, s, z: qd.quantize_per_channel(a, s, z, 1, *ends, kind), x, scales, zeros
        ),
        "dequantize_per_channel": call(
            lambda a, s, z: qd.dequantize_per_channel(a, s, z, 1, *ends, kind),
            *(whole, scales, zeros),
        ),
        "quantize_per_token": call(
            lambda a, s, z: qd.quantize_per_token(a, s, z, *ends, kind), x, token, zero
        ),
        "dequantize_per_token": call(
            lambda a, s, z: qd.dequantize_per_token(a, s, z, *ends, kind, torch.float32),
            *(whole, token, zero),
        ),
        "choose_qparams": call(_dynamically, x),
        "quantised layers": of(Quantised(), x),
    }


def _dynamically(x: torch.Tensor) -> torch.Tensor:
    scale, zero = qd.choose_qparams(x, 0, 255, 2**-12, torch.uint8)
    return qd.quantize_per_tensor(x, scale, zero, 0, 255, torch.uint8)


class Control(nn.Module):
    """Graphs inside of nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.other = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> Any:
        with torch.enable_grad():  # all of it is exported without
            x = self.first(x)
        with torch.autocast("cpu", enabled=False):
            x = self.other(x)
        taken = torch.cond(torch.ones(1).sum() > 0, self.first, self.other, (x,))
        return taken + 1


def control() -> Mapping[str, Case]:
    return {"cond": of(Control(), drawn(2, 4))}


def constants() -> Mapping[str, Case]:
    x = drawn(2, 3, 4)
    return {
        "arange": call(lambda a: a + torch.arange(4), x),
        "arange picks": call(lambda a: a[:, :, torch.arange(3, 0, -1)], x),
        "full": call(lambda a: a + torch.full((3, 4), 2.0), x),
        "zeros and ones": call(
            lambda a: torch.cat((torch.zeros(2, 1, 4), a, torch.ones_like(a)), 1), x
        ),
        "new_full": call(lambda a: torch.cat((a, a.new_full((2, 1, 4), 3.0)), 1), x),
        "linspace": call(lambda a: a * torch.linspace(0, 1, 4), x),
        "eye": call(lambda a: a @ torch.eye(4), x),
        "triu": call(lambda a: a + torch.ones(3, 4).triu(1), x),
    }


def cases() -> Mapping[str, Case]:
    """All, by their names."""
    several = (elementwise, writes, reductions, products, norms, pools, moves, attention, recurrent)
    families = (*several, vision, control, quantised, constants)
    return {name: case for family in families for name, case in family().items()}
