"""Weights of few bits a number: as many parameters as there are, in the bytes that the file has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from conformance import by_runtime, drawn, model_of
from onnx import helper, numpy_helper

from convcost.analysis.analyze.cost import analyze
from convcost.execution.verification import verify
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network


def loaded(model: onnx.ModelProto, path: Path) -> Network:
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    assert network.unknown == []
    return network


@pytest.mark.parametrize(
    ("bits", "zeros", "said"),
    [(4, False, True), (4, False, False), (4, True, True), (8, False, True)],
)
@pytest.mark.parametrize("features", [32, 40])
def test_packed_weights(bits: int, zeros: bool, said: bool, features: int, tmp_path: Path) -> None:
    """Features that do not fill a block of 16 are filled up in the file. Bits are 4 unless said."""
    out, block = 6, 16
    blocks = -(-features // block)
    names = ["x", "w", "s"] + (["z"] if zeros else [])
    more: dict[str, Any] = {"bits": bits} if said else {}
    node = helper.make_node(
        *("MatMulNBits", names, ["y"]),
        domain="com.microsoft", K=features, N=out, block_size=block, **more,
    )  # fmt: skip
    arrays = {
        "w": np.ones((out, blocks, block * bits // 8), np.uint8),
        "s": np.full(out * blocks, 0.5, np.float32),
        "z": np.zeros(out * -(-blocks * bits // 8), np.uint8),
    }
    graph = helper.make_graph(
        [node],
        "few_bits",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, (2, 3, features))],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, (2, 3, out))],
        [numpy_helper.from_array(arrays[name], name) for name in names[1:]],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    (made,) = by_runtime(model, drawn(model))
    network = loaded(model, tmp_path / "net.onnx")
    found = analyze(network).totals
    assert network.outputs["y"].shape == made.shape
    assert found["params"] == out * features
    assert found["macs"] == 2 * 3 * out * features
    assert found["weight_bytes"] == sum(arrays[name].nbytes for name in names[1:])
    assert not verify(network).broken
    assert network.differs == ["y (com.microsoft.MatMulNBits): its weights are not unpacked here"]


@pytest.mark.parametrize("said", [", bits = 4", ""])
def test_a_packed_embedding(said: str, tmp_path: Path) -> None:
    model = model_of(
        "17 | int64[2,3] i | uint8[5,16] w, float[5,2] s |"
        f" y = com.microsoft.GatherBlockQuantized <block_size = 16{said}> (w, i, s)"
    )
    for tensor in model.graph.initializer:
        if tensor.name == "w":
            tensor.CopyFrom(numpy_helper.from_array(np.full((5, 16), 0x88, np.uint8), "w"))
    (made,) = by_runtime(model, drawn(model))
    network = loaded(model, tmp_path / "net.onnx")
    found = analyze(network).totals
    assert network.outputs["y"].shape == made.shape == (2, 3, 32)
    assert (found["params"], found["weight_bytes"]) == (5 * 32, 5 * 16 + 5 * 2 * 4)
    assert not verify(network).broken


@pytest.mark.parametrize("kind", [onnx.TensorProto.INT4, onnx.TensorProto.UINT4])
def test_arrays_of_four_bits_share_bytes(kind: int, tmp_path: Path) -> None:
    model = model_of(
        "21 | float[2,5] x | float s = {0.5} | w = DequantizeLinear (q, s) y = MatMul (x, w)"
    )
    model.graph.initializer.append(helper.make_tensor("q", kind, (5, 3), [1] * 15))
    del model.graph.output[1:]
    network = loaded(model, tmp_path / "net.onnx")
    found = analyze(network).totals
    (stored,) = (t for t in model.graph.initializer if t.name == "q")
    assert (found["params"], found["weight_bytes"]) == (15, len(stored.raw_data) or 8)
    assert not verify(network).broken


@pytest.mark.parametrize("kind", ["FLOAT8E4M3FN", "FLOAT8E5M2"])
def test_floats_of_eight_bits_have_their_bytes(kind: str, tmp_path: Path) -> None:
    model = model_of("19 | float[2,5] x | float s = {0.5} | q = QuantizeLinear (x, s, z)")
    number = onnx.TensorProto.DataType.Value(kind)
    model.graph.initializer.append(helper.make_tensor("z", number, (), [0.0]))
    network = loaded(model, tmp_path / "net.onnx")
    assert [tensor.bytes for tensor in network.outputs.values()] == [10]
    assert "are not rounded" in network.differs[0]
