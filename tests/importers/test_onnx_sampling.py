"""Operators that sample, pad and pool: against onnxruntime, the reference evaluator and loops."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper
from onnx.reference import ReferenceEvaluator

from convcost.execution.forward import execute
from convcost.execution.forward import given as arrays_of
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network

INT64 = onnx.TensorProto.INT64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def model_of(
    op: str, shape: list[int], stored: list[onnx.TensorProto], opset: int, **fields: Any
) -> onnx.ModelProto:
    """A model of one node, which reads ``x`` and what is stored."""
    names = ["x", *(tensor.name for tensor in stored)]
    if op == "Resize" and opset > 10:
        names.insert(1, "")  # no region of interest
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(op, names, ["y"], **fields)], "g", [x], [y], stored)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def imported(model: onnx.ModelProto, folder: Path) -> Network:
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    assert network.unknown == []
    return network


def ours(network: Network, x: np.ndarray) -> np.ndarray:
    with arrays_of(network, None, 0) as (make, drawn):
        assert drawn == []
        (y,) = execute(network, {"x": x}, make, Plain()).values()
    return y


def by_runtime(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    (y,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    return np.asarray(y)


PLACED = ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners")
ROUNDED = ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_resize_is_exact_or_said_to_differ(folder: Path, data: Any) -> None:
    n, m = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 13)))
    mode = data.draw(st.sampled_from(["nearest", "linear", "cubic"]))
    placed = data.draw(st.sampled_from(PLACED))
    fields: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": placed}
    if mode == "nearest":
        fields["nearest_mode"] = data.draw(st.sampled_from(ROUNDED))
    sizes = helper.make_tensor("s", INT64, [4], [1, 2, n if mode == "nearest" else m, m])
    empty = helper.make_tensor("e", onnx.TensorProto.FLOAT, [0], [])
    model = model_of("Resize", [1, 2, n, n], [empty, sizes], 13, **fields)
    network = imported(model, folder)
    x = np.random.default_rng(0).standard_normal((1, 2, n, n), dtype=np.float32)
    y, wanted = ours(network, x), by_runtime(model, x)
    assert y.shape == wanted.shape
    same = np.allclose(y, wanted, atol=1e-5)
    assert same or network.differs == [
        "y (Resize): it is resized by `{}` as PyTorch does it".format(
            {"cubic": "bicubic", "linear": "bilinear"}.get(mode, mode)
        )
    ]
    usual = placed == "pytorch_half_pixel" or (placed == "half_pixel" and m > 1)
    if mode != "nearest" and (usual or placed == "align_corners") and m > 1:
        assert network.differs == []
    if mode == "nearest" and (placed, fields["nearest_mode"]) == ("asymmetric", "floor"):
        assert network.differs == []


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_resize_by_weights_of_another_kind_is_exact(folder: Path, data: Any) -> None:
    sides = st.tuples(st.integers(1, 9), st.integers(1, 9))
    (n, m), (height, width) = data.draw(sides), data.draw(sides)
    mode, antialias = data.draw(st.sampled_from([("linear", 1), ("cubic", 0), ("cubic", 1)]))
    fields: dict[str, Any] = {"mode": mode, "antialias": antialias}
    fields["coordinate_transformation_mode"] = data.draw(st.sampled_from(PLACED))
    fields["exclude_outside"] = data.draw(st.integers(0, 1))
    if mode == "cubic":
        fields["cubic_coeff_a"] = data.draw(st.sampled_from([-0.5, -0.75, -1.0]))
    sizes = helper.make_tensor("s", INT64, [4], [1, 2, height, width])
    empty = helper.make_tensor("e", onnx.TensorProto.FLOAT, [0], [])
    model = model_of("Resize", [1, 2, n, m], [empty, sizes], 18, **fields)
    network = imported(model, folder)
    assert network.differs == []
    x = np.random.default_rng(0).standard_normal((1, 2, n, m), dtype=np.float32)
    np.testing.assert_allclose(ours(network, x), by_runtime(model, x), atol=1e-4)


@pytest.mark.parametrize("size", [[2, 3, 4, 5], [1, 1, 2, 3, 4]])
@pytest.mark.parametrize("corners", [0, 1])
def test_affine_grids(folder: Path, size: list[int], corners: int) -> None:
    rank = len(size) - 2
    stored = helper.make_tensor("s", INT64, [len(size)], size)
    shape = [size[0], rank, rank + 1]
    model = model_of("AffineGrid", shape, [stored], 20, align_corners=corners)
    network = imported(model, folder)
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    evaluator: Any = ReferenceEvaluator(model)
    (wanted,) = evaluator.run(None, {"x": x})
    np.testing.assert_allclose(ours(network, x), wanted, atol=1e-5)
    assert not verify(network).broken
    assert sum(layer.op.macs(*layer.input_shapes) for layer in network.layers) == 0


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("size", [4, 6, 8])
def test_padding_as_wide_as_its_window(folder: Path, op: str, size: int) -> None:
    """The runtime refuses it, but old exports with windows that overhang the end have it."""
    fields = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 3, 3]}
    model = model_of(op, [1, 1, size, size], [], 9, **fields)
    x = np.random.default_rng(0).standard_normal((1, 1, size, size), dtype=np.float32)
    count = (size + 1) // 2 + 1
    starts = [2 * unit - 1 for unit in range(count)]
    y = ours(imported(model, folder), x)
    assert y.shape == (1, 1, count, count)
    for i, j in product(range(count), repeat=2):
        window = x[0, 0, max(0, starts[i]) : starts[i] + 3, max(0, starts[j]) : starts[j] + 3]
        wanted = window.max() if op == "MaxPool" else window.mean()
        np.testing.assert_allclose(y[0, 0, i, j], wanted, rtol=1e-5)
