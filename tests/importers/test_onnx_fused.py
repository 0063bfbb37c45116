"""Fused operators that the runtime has no kernel of for a CPU make what the operators make that
were fused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from conformance import arrays_of, by_runtime, drawn, model_of

from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

MICROSOFT = "com.microsoft."
PAIRS = [
    (
        "float[2,3,4] x, float[2,3,4] z | float[4] c",
        "y = com.microsoft.BiasAdd (x, c, z)",
        "t = Add (x, c) y = Add (t, z)",
    ),
    (
        "float[2,3,4] x, float[2,3,4] z | float[4] c",
        "y = com.microsoft.BiasDropout (x, c, z)",
        "t = Add (x, c) y = Add (t, z)",
    ),
    (
        "float[2,3,8] x | float[8] c",
        "y = com.microsoft.BiasSplitGelu (x, c)",
        "t = Add (x, c) p, q = Split <axis = 2, num_outputs = 2> (t) g = Gelu (q) y = Mul (p, g)",
    ),
    (
        "float[2,3,4] x, float[2,1,4] z |",
        "y = com.microsoft.BiasSoftmax <axis = 2> (x, z)",
        "t = Add (x, z) y = Softmax <axis = 2> (t)",
    ),
    (
        "float[2,3,4] x, float[2,4] z | int64[1] a = {1}",
        "y = com.microsoft.BiasSoftmax <axis = 1, is_inner_broadcast = 0> (x, z)",
        "u = Unsqueeze (z, a) t = Add (x, u) f = Flatten (t) m = Softmax (f) y = CastLike (m, m)",
    ),
    (
        "float[2,3,8,8] x | float[4,3,3,3] w, float[4] c",
        "y = com.microsoft.NhwcConv <pads = [1, 1, 1, 1]> (x, w, c)",
        "t = Conv <pads = [1, 1, 1, 1]> (x, w, c) y = Identity (t)",
    ),
    (
        "float[2,3,8,8] x, float[2,6,6,4] z | float[4,3,3,3] w, float[4] c",
        'y = com.microsoft.NhwcFusedConv <activation = "Relu"> (x, w, c, z)',
        "t = Conv (x, w, c) u = Transpose <perm = [0, 3, 1, 2]> (z) s = Add (t, u) y = Relu (s)",
    ),
    (
        "uint8[2,3,4] x | float a = {0.5}, uint8 e = {1}, float c = {0.125}, uint8 u = {100}",
        "y = com.microsoft.QLinearReduceMean <axes = [-1, 1], keepdims = 0> (x, a, e, c, u)",
        "t = DequantizeLinear (x, a, e) i = Constant <value = int64[2] {1, 2}> () "
        "m = ReduceMean <keepdims = 0> (t, i) y = QuantizeLinear (m, c, u)",
    ),
    (
        "uint8[2,3,4] x | float a = {0.5}, uint8 e = {1}, float c = {0.125}, uint8 u = {100}",
        "y = com.microsoft.QLinearReduceMean <keepdims = 1> (x, a, e, c, u)",
        "t = DequantizeLinear (x, a, e) m = ReduceMean (t) y = QuantizeLinear (m, c, u)",
    ),
    (
        "float[2,6,4,4] x | float[6] w, float[6] c",
        "y = com.microsoft.GroupNorm <groups = 3, activation = 1, channels_last = 0> (x, w, c)",
        "t = GroupNormalization <num_groups = 3> (x, w, c) y = Swish (t)",
    ),
    (
        "float[2,6,4,4] x, float[2,6,4,4] z | float[6] w, float[6] c",
        "y, s = com.microsoft.SkipGroupNorm <groups = 3, channels_last = 0> (x, w, c, z)",
        "s = Add (x, z) y = GroupNormalization <num_groups = 3> (s, w, c) o = Identity (s)",
    ),
    (
        "float[2,4,4,6] x, float[2,6] z | int64[2] a = {1, 2}, float[6] w, float[6] c, float[6] e",
        "y, s = com.microsoft.SkipGroupNorm <groups = 3> (x, w, c, z, e)",
        "u = Unsqueeze (z, a) r = Add (x, u) s = Add (r, e) "
        "t = Transpose <perm = [0, 3, 1, 2]> (s) "
        "g = GroupNormalization <num_groups = 3> (t, w, c) y = Transpose <perm = [0, 2, 3, 1]> (g)",
    ),
]


@pytest.mark.parametrize(("inputs", "fused", "apart"), PAIRS)
def test_fused_operators_make_what_was_fused(
    inputs: str, fused: str, apart: str, tmp_path: Path
) -> None:
    if "Nhwc" in fused:
        fused = f"a = Transpose <perm = [0, 2, 3, 1]> (x) {fused.replace('(x', '(a')}"
        fused = fused.replace("y = com", "b = com") + " y = Transpose <perm = [0, 3, 1, 2]> (b)"
    given, arrays = inputs.split("|")
    model, other = (model_of(f"24 | {given} | {arrays} | {nodes}") for nodes in (fused, apart))
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    assert network.unknown == network.differs == []
    ours = list(execute(network, drawn(model), arrays_of(other), Plain()).values())
    theirs = by_runtime(other, drawn(other))
    np.testing.assert_allclose(ours[0].reshape(-1), theirs[0].reshape(-1), rtol=1e-4, atol=1e-5)
