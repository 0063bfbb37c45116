"""Numbers that are stored in 8 bits."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.ao.quantization.fx._decomposed
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as all of PyTorch calls it

from benchmarks.aten_cases.program import MAP, call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case

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
