"""Files that onnxruntime has optimised cost what they cost before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import pytest
from conformance import arrays_of, by_runtime, drawn, model_of

from convcost.analysis.analyze.cost import analyze
from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network

Level = onnxruntime.GraphOptimizationLevel
CONVOLUTIONS = (
    "float[2,3,16,16] x | float[32,3,3,3] w, float[32] c, float[32,1,3,3] d, float[48,32,1,1] e,"
    " float[48,48,1,1] f, float[48] h, float[4] s = {1, 1, 2, 2} |"
    " a = Conv <pads = [1, 1, 1, 1]> (x, w, c) r = Relu (a)"
    " k = Conv <group = 32, pads = [1, 1, 1, 1]> (r, d) t = Add (k, r)"
    " m = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (t) p = Conv (m, e)"
    " q = Conv (p, f, h) u = Add (p, q) v = Relu (u)"
    ' l = Resize <coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (v, , s)'
    " g = GlobalAveragePool (l) y = Flatten (g) z = Sigmoid (v)"
)
PERCEPTRON = (
    "float[2,8] x | float[16,8] w, float[16] c, float[16,4] e, float o = {0.5} |"
    " a = Gemm <transB = 1> (x, w, c) r = Relu (a) t = Transpose <perm = [1, 0]> (r)"
    " u = Transpose <perm = [1, 0]> (t) p = MatMul (u, e) y = Mul (p, o)"
)
FEED_FORWARD = (
    "float[2,4,8] x, float[2,4,8] r | float[8,16] w, float[16] c, float[16,8] v, float[8] d,"
    " float[8] g, float[8] h, float q = {0.70710677}, float one = {1}, float half = {0.5} |"
    " s = Add (x, r) l = LayerNormalization (s, g, h) m = MatMul (l, w) a = Add (m, c)"
    " e = Mul (a, q) f = Erf (e) o = Add (f, one) p = Mul (a, o) u = Mul (p, half)"
    " k = MatMul (u, v) n = Add (k, d) t = Add (n, s) y = LayerNormalization (t, g, h)"
)
ONE_TO_16 = ", ".join(map(str, range(1, 17)))
IN_8_BITS = (
    "float[2,4,8,8] x | float s = {0.05}, uint8 u = {128}, float a = {0.1}, int8 z = {0},"
    f" int8[4,4,1,1] w = {{{ONE_TO_16}}}, int8[4,4,1,1] v = {{{ONE_TO_16}}} |"
    " b = QuantizeLinear (x, s, u) c = DequantizeLinear (b, s, u)"
    " d = DequantizeLinear (w, a, z) e = Conv (c, d) f = Relu (e)"
    " g = QuantizeLinear (f, s, u) h = DequantizeLinear (g, s, u)"
    " i = DequantizeLinear (v, a, z) j = Conv (h, i)"
    " k = QuantizeLinear (j, s, u) l = DequantizeLinear (k, s, u) m = Add (l, h)"
    " n = QuantizeLinear (m, s, u) o = DequantizeLinear (n, s, u)"
    " p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (o)"
    " q = QuantizeLinear (p, s, u) r = DequantizeLinear (q, s, u) t = GlobalAveragePool (r)"
    " y = QuantizeLinear (t, s, u)"
)


def optimised(model: onnx.ModelProto, level: Level, path: Path) -> Network:
    """The network of a model as onnxruntime has it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(model.SerializeToString(), options)
    return load(str(path))


@pytest.mark.parametrize("level", [Level.ORT_ENABLE_EXTENDED, Level.ORT_ENABLE_ALL])
@pytest.mark.parametrize("text", [CONVOLUTIONS, PERCEPTRON, FEED_FORWARD, IN_8_BITS])
def test_optimised_files_cost_what_they_did(text: str, level: Level, tmp_path: Path) -> None:
    model = model_of(f"17 | {text}")
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    plain, fused = load(str(path)), optimised(model, level, tmp_path / "optimised.onnx")
    assert plain.unknown == fused.unknown == []
    before, after = analyze(plain), analyze(fused)
    for metric in ("macs", "params", "macs_in_bounds"):
        assert before.totals[metric] == after.totals[metric]
    shapes = [tensor.shape for tensor in plain.outputs.values()]
    assert [tensor.shape for tensor in fused.outputs.values()] == shapes


@pytest.mark.parametrize("text", [CONVOLUTIONS, PERCEPTRON, FEED_FORWARD])
def test_fused_files_make_what_they_did(text: str, tmp_path: Path) -> None:
    model = model_of(f"17 | {text}")
    path = tmp_path / "fused.onnx"
    fused = optimised(model, Level.ORT_ENABLE_EXTENDED, path)
    arrays = arrays_of(onnx.ModelProto.FromString(path.read_bytes()))
    ours = execute(fused, drawn(model), arrays, Plain()).values()
    for own, other in zip(ours, by_runtime(model, drawn(model)), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-5)


def test_channels_that_fill_a_block_up_are_counted(tmp_path: Path) -> None:
    """They are in the file, and multiplied: 6 of 8 channels, where a block has 8."""
    reordered = (
        "17 | float[2,8,4,4] x | float[8,8,1,1] w | a = com.microsoft.nchwc.ReorderInput (x)"
        " b = com.microsoft.nchwc.Conv (a, w)"
        " y = com.microsoft.nchwc.ReorderOutput <channels = 6> (b)"
    )
    path = tmp_path / "net.onnx"
    path.write_bytes(model_of(reordered).SerializeToString())
    network = load(str(path))
    assert network.unknown == []
    assert [tensor.shape for tensor in network.outputs.values()] == [(2, 6, 4, 4)]
    assert analyze(network).totals["macs"] == 2 * 8 * 8 * 16
