"""Reductions, products and norms."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as all of PyTorch calls it

from benchmarks.aten_cases.program import MAP, aten, call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case


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
        "norm of order 3": call(lambda a: torch.linalg.vector_norm(a, 3, dim=1), x),
        "norm of the largest": call(
            lambda a: torch.linalg.vector_norm(a, float("inf"), dim=(1, 3)), x
        ),
        "linalg_norm": call(lambda a: torch.linalg.norm(a, dim=-1), x),
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
        "einsum of dots": call(lambda x, y: torch.einsum("...c,cj->j...", x, y), a, drawn(4, 5)),
        "einsum of a diagonal": call(lambda x: torch.einsum("bii->b", x), drawn(2, 4, 4)),
        "einsum of three": call(
            lambda x, y, w: torch.einsum("bic,bcj,jk", x, y, w), a, b, own=(drawn(5, 3),)
        ),
        "einsum along a path": call(
            lambda x, y, w: aten.einsum("bic,bcj,jk->bik", [x, y, w], path=[1, 2, 0, 1]),
            *(a, b, drawn(5, 3)),
        ),
        "outer": call(torch.outer, drawn(5), drawn(3)),
        "dot": call(torch.dot, drawn(5), drawn(5) + 1),
        "vdot": call(torch.vdot, drawn(5), drawn(5) + 1),
        "_weight_norm": call(
            lambda a, v, g: F.conv2d(a, aten._weight_norm(v, g, 0)),
            MAP,
            own=(drawn(3, 4, 2, 2), drawn(3, 1, 1, 1)),
        ),
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
