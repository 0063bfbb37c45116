"""Recurrent layers of ONNX files: what they cost, counted by hand, and what is said of them.

What they compute is compared in ``lines/recurrent.txt``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
from conformance import compared
from onnx import helper, numpy_helper
from onnx_text import save_text

from convcost.analysis.analyze.cost import analyze
from convcost.execution.forward import execute
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network
    from convcost.tensor import Weight

    Array = np.ndarray[Any, np.dtype[Any]]

HEAD = '<ir_version: 8, opset_import: ["" : 17]>'


def loaded(line: str, folder: Path, batch: int | None = None) -> Network:
    """The network of ``inputs | arrays | nodes``, whose only output is y."""
    inputs, arrays, nodes = (part.strip() for part in line.split("|"))
    text = f"{HEAD} g ({inputs}) => (y) <{arrays}> {{ {nodes} }}"
    return load(save_text(text, folder / "net.onnx"), batch=batch)


def test_an_lstm_and_a_product_after_it(tmp_path: Path) -> None:
    """Of each of 5 steps 4 gates of 8 units read 6 numbers and 8; then 10 units read 8."""
    network = loaded(
        "float[5,1,6] x | float[1,32,6] w, float[1,32,8] r, float[1,64] c, float[8,10] m,"
        " int64[1] one = {1} |"
        " s = LSTM <hidden_size = 8> (x, w, r, c) t = Squeeze (s, one) y = MatMul (t, m)",
        tmp_path,
    )
    found = analyze(network)
    assert network.unknown == network.differs == []
    assert [cost.counts["macs"] for cost in found.layers] == [5 * 32 * (6 + 8), 0, 5 * 80]
    assert [cost.counts["params"] for cost in found.layers] == [32 * (6 + 8 + 2), 0, 80]
    assert network.outputs["y"].shape == (5, 1, 10)
    assert not verify(network).broken


@pytest.mark.parametrize(
    ("line", "macs", "params"),
    [
        ("LSTM|4|1|", 7 * 2 * 12 * (5 + 3), 12 * (5 + 3)),
        ('LSTM|4|2|, direction = "bidirectional"', 7 * 2 * 2 * 12 * 8, 2 * 12 * 8),
        ("GRU|3|1|", 7 * 2 * 9 * (5 + 3), 9 * (5 + 3)),
        ("GRU|3|1|, linear_before_reset = 1", 7 * 2 * 9 * (5 + 3), 9 * (5 + 3)),
        ('RNN|1|1|, direction = "reverse"', 7 * 2 * 3 * (5 + 3), 3 * (5 + 3)),
    ],
)
def test_products_are_those_of_all_gates(line: str, macs: int, params: int, tmp_path: Path) -> None:
    """7 steps of 2 samples, 5 numbers each, into states of 3."""
    op, gates, directions, more = line.split("|")
    rows = int(gates) * 3
    network = loaded(
        f"float[7,2,5] x | float[{directions},{rows},5] w, float[{directions},{rows},3] r |"
        f" y = {op} <hidden_size = 3{more}> (x, w, r)",
        tmp_path,
    )
    found = analyze(network).totals
    assert (found["macs"], found["params"]) == (macs, params)


STATES = {
    "initializers of zeros": ("", ", float[1,2,3] h = {0, 0, 0, 0, 0, 0}", "", 0),
    "zeros that the graph makes": (
        "", ", int64[3] n = {1, 2, 3}", "h = ConstantOfShape (n)", 0,
    ),
    "numbers that are too many to be read": ("", ", float[1,2,3] h", "", 0),
    "learned numbers": ("", ", float[1,2,3] h = {0, 0, 0, 0, 0, 1}", "", 6),
    "an input": (", float[1,2,3] h", "", "", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_first_states_are_learned_where_they_are_not_zeros(name: str, tmp_path: Path) -> None:
    inputs, arrays, before, learned = STATES[name]
    network = loaded(
        f"float[7,2,5] x{inputs} | float[1,9,5] w, float[1,9,3] r{arrays} |"
        f" {before} y = GRU <hidden_size = 3> (x, w, r, , , h)",
        tmp_path,
    )
    found = analyze(network).totals
    assert found["params"] == 9 * 5 + 9 * 3 + learned
    assert found["buffers"] == 6 * ("too many" in name)
    assert network.differs == []


def test_zeros_of_one_sample_are_right_for_any_batch(tmp_path: Path) -> None:
    """Time first, as files have it: the batch lies where the graph turns it to."""
    network = loaded(
        "float[N,7,5] x | float[1,9,5] w, float[1,9,3] r, float[1,1,3] h = {0, 0, 0} |"
        " t = Transpose <perm = [1, 0, 2]> (x)"
        " s = GRU <hidden_size = 3> (t, w, r, , , h)"
        " y = Transpose <perm = [2, 0, 1, 3]> (s)",
        tmp_path,
        batch=4,
    )
    assert network.outputs["y"].shape == (4, 7, 1, 3)
    assert [layer.outputs[0].batch_axis for layer in network.layers] == [1, 2, 0]
    assert analyze(network).totals["macs"] == 4 * 7 * 9 * (5 + 3)
    assert not verify(network).broken


def test_the_batch_is_followed_into_the_last_state(tmp_path: Path) -> None:
    network = loaded(
        "float[4,7,5] x | float[1,9,5] w, float[1,9,3] r |"
        " t = Transpose <perm = [1, 0, 2]> (x) s, y = GRU <hidden_size = 3> (t, w, r)",
        tmp_path,
    )
    assert [tensor.batch_axis for tensor in network.layers[1].outputs] == [2, 1]
    assert network.outputs["y"].sample_shape == (1, 3)


def test_last_states_are_outputs_only_where_they_are_read(tmp_path: Path) -> None:
    arrays = "float[7,2,5] x | float[1,12,5] w, float[1,12,3] r |"
    all_of_it = loaded(f"{arrays} y = LSTM <hidden_size = 3> (x, w, r)", tmp_path)
    path = tmp_path / "last.onnx"
    inputs, weights, _ = arrays.split("|")
    node = "a, b, y = LSTM <hidden_size = 3> (x, w, r)"
    save_text(f"{HEAD} g ({inputs}) => (y) <{weights}> {{ {node} }}", path)
    model = onnx.ModelProto.FromString(path.read_bytes())
    model.graph.node[0].output[:] = ["", "", "y"]
    path.write_bytes(model.SerializeToString())
    last = load(str(path))
    assert [len(network.layers[0].outputs) for network in (all_of_it, last)] == [1, 3]
    assert last.outputs["y"].shape == (1, 2, 3)
    assert last.outputs["y"].batch_axis == 1  # as that of the input, whose steps come first


NOTES = {
    "y (LSTM): all its sequences are taken for 7 steps long": (
        ", int32[2] l", "", "LSTM <hidden_size = 3> (x, w, r, , l)",
    ),
    "y (LSTM): its ScaledTanh has no numbers, and which are meant is not said": (
        "", "",
        'LSTM <hidden_size = 3, activations = ["Sigmoid", "ScaledTanh", "Tanh"]> (x, w, r)',
    ),
}  # fmt: skip


@pytest.mark.parametrize("says", NOTES)
def test_what_differs_is_said(says: str, tmp_path: Path) -> None:
    inputs, arrays, node = NOTES[says]
    arrays = f"float[1,12,5] w, float[1,12,3] r{arrays}"
    network = loaded(f"float[7,2,5] x{inputs} | {arrays} | y = {node}", tmp_path)
    assert network.differs == [says]
    assert analyze(network).totals["macs"] == 7 * 2 * 12 * (5 + 3)


def test_shorter_sequences_that_the_file_states_are_said(tmp_path: Path) -> None:
    start = "float[7,2,5] x | float[1,9,5] w, float[1,9,3] r, int32[2] l"
    node = "y = GRU <hidden_size = 3> (x, w, r, , l)"
    assert loaded(f"{start} = {{7, 7}} | {node}", tmp_path).differs == []
    assert len(loaded(f"{start} = {{7, 6}} | {node}", tmp_path).differs) == 1


REFUSED = {
    "y (LSTM): convcost has no Gelu in cells": (
        'LSTM <hidden_size = 3, activations = ["Sigmoid", "Gelu", "Tanh"]> (x, w, r)'
    ),
    "y (LSTM): it has 2 functions, and a direction takes 3": (
        'LSTM <hidden_size = 3, activations = ["Sigmoid", "Tanh"]> (x, w, r)'
    ),
    "y (LSTM): its direction is sideways": (
        'LSTM <hidden_size = 3, direction = "sideways"> (x, w, r)'
    ),
    "y (LSTM): it is given one of its first states, and not the other": (
        "LSTM <hidden_size = 3> (x, w, r, , , h)"
    ),
    "y (LSTM): the first h is [1, 2, 4], and [1, 2, 3] is wanted": (
        "LSTM <hidden_size = 3> (x, w, r, , , wide, wide)"
    ),
}


@pytest.mark.parametrize("says", REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(says: str, tmp_path: Path) -> None:
    network = loaded(
        "float[7,2,5] x, float[1,2,3] h, float[1,2,4] wide | float[1,12,5] w, float[1,12,3] r |"
        f" y = {REFUSED[says]}",
        tmp_path,
    )
    assert network.unknown[0].startswith(says)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    network = loaded(
        "float[7,2,5] x | float[1,12,6] w, float[1,12,3] r | y = LSTM <hidden_size = 3> (x, w, r)",
        tmp_path,
    )
    assert network.unknown[0].startswith("y (LSTM): its weights would be weight_ih [1, 12, 5]")


def quantised(rng: np.random.Generator) -> tuple[onnx.ModelProto, dict[str, Array]]:
    """A model of a DynamicQuantizeLSTM, and its weights as numbers, the other way round.

    They have 7 bits: without VNNI, the runtime adds two products of 8 bits each in 16, which
    overflow (its `reduce_range`).
    """
    whole = {
        name: rng.integers(-64, 65, (1, read, 12)).astype(np.int8)
        for name, read in (("w", 5), ("r", 3))
    }
    scale, bias = np.array([0.02], np.float32), rng.normal(size=(1, 24)).astype(np.float32)
    zero = np.array([0], np.int8)
    stored = {**whole, "c": bias, "scale": scale, "zero": zero}
    names = ["x", "w", "r", "c", "", "", "", "", "scale", "zero", "scale", "zero"]
    node = helper.make_node(
        "DynamicQuantizeLSTM", names, ["y"], domain="com.microsoft", hidden_size=3
    )
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, (7, 2, 5))],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, (7, 1, 2, 3))],
        [numpy_helper.from_array(array, name) for name, array in stored.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    floats = {name: array.swapaxes(1, 2) * scale for name, array in whole.items()}
    return helper.make_model(graph, opset_imports=opsets, ir_version=8), floats | {"c": bias}


def test_a_quantised_lstm_is_nearly_the_one_of_floats(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    model, floats = quantised(rng)
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    x = rng.normal(size=(7, 2, 5)).astype(np.float32)

    def array(weight: Weight) -> Array:
        assert weight.shape == floats[weight.name].shape
        return floats[weight.name]

    (ours,) = execute(network, {"x": x}, array, Plain()).values()
    theirs: Any = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    np.testing.assert_allclose(ours, theirs, atol=0.05)
    found = analyze(network).totals
    assert found["macs"] == 7 * 2 * 12 * (5 + 3)
    assert found["params"] == 12 * (5 + 3) + 24
    assert found["weight_bytes"] == 12 * (5 + 3) + 4 * 24
    assert network.differs == [
        "y (com.microsoft.DynamicQuantizeLSTM): its products are those of floats, and quantising "
        "its inputs is not counted"
    ]


def test_weights_that_the_graph_makes_are_not_learned_twice(tmp_path: Path) -> None:
    line = (
        "14 | float[4,2,3] x, float[1,6,3] w | float[1,6,2] r | "
        "v = Relu (w) y = GRU <hidden_size = 2> (x, v, r)"
    )
    network = compared(line, tmp_path).network
    found = analyze(network).totals
    assert (found["macs"], found["params"]) == (4 * 2 * 6 * (3 + 2), 6 * 2)
