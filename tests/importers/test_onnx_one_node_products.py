"""Imported convolutions and products compute what onnxruntime computes; macs are by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_node import Array, agreed, drawn

from convcost.analysis.analyze.cost import analyze

if TYPE_CHECKING:
    from pathlib import Path

X, BIAS = drawn(2, 4, 7, 6), drawn(6)
FLAT, WIDE = drawn(2, 5), drawn(2, 3, 4, 5)

Case = tuple[str, Array, tuple[Array | None, ...], dict[str, Any], int]
CASES: dict[str, Case] = {
    # name: operator, first input, arrays of the file, attributes and other inputs, macs of a sample
    "conv": ("Conv", X, (drawn(6, 4, 3, 3), BIAS), {}, 5 * 4 * 6 * 4 * 9),
    "conv in groups": (
        "Conv", X, (drawn(6, 2, 3, 2),),
        {"group": 2, "strides": [2, 1], "dilations": [1, 2], "pads": [1, 0, 2, 1]},
        4 * 5 * 6 * 2 * 6,
    ),
    "conv padded the same": (
        "Conv", X, (drawn(6, 4, 3, 2), BIAS), {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        4 * 3 * 6 * 4 * 6,
    ),
    "conv padded the same, more before": (
        "Conv", X, (drawn(6, 4, 2, 2), BIAS), {"auto_pad": "SAME_LOWER"}, 7 * 6 * 6 * 4 * 4,
    ),
    "conv by a weight that is an input": (
        "Conv", X, (), {"fed": (drawn(6, 4, 3, 3),)}, 5 * 4 * 6 * 4 * 9,
    ),
    "conv by a weight and a bias that are inputs": (
        "Conv", X, (), {"fed": (drawn(6, 4, 3, 3), BIAS)}, 5 * 4 * 6 * 4 * 9,
    ),
    "conv by a weight of the file and a bias that is an input": (
        "Conv", X, (drawn(6, 4, 3, 3),), {"fed": (BIAS,)}, 5 * 4 * 6 * 4 * 9,
    ),
    "conv_transpose": ("ConvTranspose", X, (drawn(4, 6, 3, 3), BIAS), {}, 7 * 6 * 4 * 6 * 9),
    "conv_transpose with all": (
        "ConvTranspose", X, (drawn(4, 3, 3, 2), BIAS),
        {"group": 2, "strides": [2, 3], "pads": [1, 0, 0, 1], "output_padding": [1, 2]},
        7 * 6 * 4 * 3 * 6,
    ),
    "conv_transpose to a shape": (
        "ConvTranspose", X, (drawn(4, 6, 3, 3),), {"strides": [2, 2], "output_shape": [14, 12]},
        7 * 6 * 4 * 6 * 9,
    ),
    "conv_transpose to a shape, more cut after": (
        "ConvTranspose", X, (drawn(4, 6, 3, 3),),
        {"strides": [2, 2], "output_shape": [14, 12], "auto_pad": "SAME_UPPER"},
        7 * 6 * 4 * 6 * 9,
    ),
    "conv_transpose padded the same": (
        "ConvTranspose", X, (drawn(4, 6, 3, 3),), {"strides": [2, 2], "auto_pad": "SAME_UPPER"},
        7 * 6 * 4 * 6 * 9,
    ),
    "matmul": ("MatMul", WIDE, (drawn(5, 7),), {}, 3 * 4 * 5 * 7),
    "matmul of two inputs": ("MatMul", WIDE, (), {"fed": (drawn(2, 3, 5, 6),)}, 3 * 4 * 5 * 6),
    "matmul by a stack": ("MatMul", WIDE, (drawn(3, 5, 6),), {}, 3 * 4 * 5 * 6),
    "gemm": ("Gemm", FLAT, (drawn(5, 7), drawn(7)), {}, 5 * 7),
    "gemm, turned": ("Gemm", FLAT, (drawn(7, 5), drawn(7)), {"transB": 1}, 5 * 7),
    "gemm without a bias": ("Gemm", FLAT, (drawn(5, 7),), {}, 5 * 7),
    "gemm with factors": (
        "Gemm", FLAT, (drawn(5, 7), drawn(7)), {"alpha": 0.5, "beta": 2.0}, 5 * 7,
    ),
    "gemm of two inputs": (
        "Gemm", FLAT, (), {"fed": (drawn(7, 5), drawn(2, 7)), "transB": 1, "beta": 0.25}, 5 * 7,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("op", "x", "stored", "asked", "macs"), CASES.values(), ids=CASES)
def test_products(
    tmp_path: Path, op: str, x: Array, stored: tuple[Array | None, ...], asked: dict[str, Any],
    macs: int,
) -> None:  # fmt: skip
    totals = analyze(agreed(tmp_path, op, x, *stored, within=1e-4, **asked)).totals
    assert totals["macs"] == macs * len(x)
    assert totals["params"] == sum(array.size for array in stored if array is not None)


@pytest.mark.parametrize("equation", ["bchw,bkhw->bck", "b c h w , b c h k -> b c w k"])
def test_einsum(tmp_path: Path, equation: str) -> None:
    other = drawn(2, 6, 7, 6) if "bk" in equation else drawn(2, 4, 7, 5)
    network = agreed(tmp_path, "Einsum", X, fed=(other,), equation=equation, within=1e-4)
    (tensor,) = network.outputs.values()
    products = int(np.prod(tensor.shape)) * (7 * 6 if "bk" in equation else 7)
    assert analyze(network).totals["macs"] == products


@pytest.mark.parametrize("fields", [{}, {"scale": 0.5}], ids=["scaled by size", "scaled"])
@pytest.mark.parametrize("masked", [True, False])
def test_attention(tmp_path: Path, fields: dict[str, float], masked: bool) -> None:
    fed = (drawn(2, 3, 6, 5), drawn(2, 3, 6, 7), *([drawn(2, 3, 4, 6)] if masked else []))
    network = agreed(tmp_path, "Attention", WIDE, fed=fed, opset=23, within=1e-4, **fields)
    assert analyze(network).totals["macs"] == 2 * 3 * 4 * 6 * (5 + 7)
