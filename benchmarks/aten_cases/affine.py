"""Quantised modules, as torchao makes them; without it, there are no such programs."""

# pyright: reportMissingImports=false
from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from benchmarks.aten_cases.program import call, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.aten_cases.program import Case

ROWS = drawn(4, 8)
WIDE = drawn(4, 32) + 0.0017 * torch.arange(32)  # none halfway between two whole numbers
WIDE[:, 0] = 3.01  # but the largest of each row, which is cut off
NAMES = (
    "IntxWeightOnlyConfig",
    "Int8WeightOnlyConfig",
    "Int8DynamicActivationInt8WeightConfig",
    "Int8DynamicActivationIntxWeightConfig",
)


def affine() -> Mapping[str, Case]:
    """Its operators alone, and linear layers in the ways that it quantises them."""
    if find_spec("torchao") is None:
        return {}
    quantization: Any = import_module("torchao.quantization")
    unwrapped: Any = import_module("torchao.utils").unwrap_tensor_subclass
    found = {
        f"affine {way} of {'x'.join(map(str, block))}": call(_through(way, block), ROWS)
        for way in ("SYMMETRIC", "SYMMETRIC_NO_CLIPPING_ERR", "ASYMMETRIC")
        for block in ((1, 8), (2, 4), (4, 8))
    }
    for name in NAMES:
        torch.manual_seed(0)
        module = nn.Sequential(nn.Linear(32, 6), nn.ReLU()).eval()
        quantization.quantize_(module, getattr(quantization, name)())
        found[f"torchao {name}"] = unwrapped(module), (WIDE,)
    return found


def _through(way: str, block: Sequence[int]) -> Any:
    """Quantised and brought back, with numbers of its own for each block."""
    ops: Any = torch.ops.torchao
    kept = way == "SYMMETRIC"

    def act(x: torch.Tensor) -> Any:
        chosen = ops.choose_qparams_affine(
            x, way, block, torch.int8, None, None, None, None, torch.int32, kept
        )
        whole = ops.quantize_affine(x, block, *chosen, torch.int8, -128, 127)
        back = ops.dequantize_affine(
            whole, block, *chosen, torch.int8, -128, 127, output_dtype=torch.float32
        )
        return (*chosen, whole, back)

    return act
