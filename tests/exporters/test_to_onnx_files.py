"""Content of the ONNX files that convcost writes, and networks that it refuses to write."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx_files import WITHOUT, agree, checked, read_back, runtime, totals

import convcost
from convcost.errors import ConvcostError
from convcost.execution.forward import execute, given, seeded, seeded_inputs
from convcost.execution.transform import thinned
from convcost.executor.namespace import Plain
from convcost.exporters import written
from convcost.exporters.weights import Weights

if TYPE_CHECKING:
    from convcost.network import Network

ROOT = Path(__file__).parents[2]


def network(text: str, dtype: str | None = None) -> Network:
    return convcost.load("net.yaml", read=lambda _: text.encode(), dtype=dtype)


SMALL = """
input: [3, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3}
  - {op: batch_norm, name: norm}
  - {op: flatten}
  - {op: linear, name: last, out_features: 5}
"""


def test_weights_are_those_of_the_seed_under_their_own_names() -> None:
    net = network(SMALL)
    model = checked(written(net, "onnx", Weights(seed=3)))
    drawn = seeded(3)
    stored = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    own = {w.name: drawn(w) for layer in net.layers for w in layer.weights.values()}
    assert stored.keys() == own.keys()
    for name, array in own.items():
        np.testing.assert_array_equal(stored[name], array)


def test_weights_may_be_given(tmp_path: Path) -> None:
    net = network(SMALL)
    kernel = np.arange(108, dtype=np.float32).reshape(4, 3, 3, 3)
    arrays: dict[str, Any] = {"first.weight": kernel}
    np.savez(tmp_path / "weights.npz", **arrays)
    convcost.export(net, tmp_path / "net.onnx", weights=tmp_path / "weights.npz")
    model = checked((tmp_path / "net.onnx").read_bytes())
    (found,) = (t for t in model.graph.initializer if t.name == "first.weight")
    np.testing.assert_array_equal(numpy_helper.to_array(found), kernel)


def test_without_weights_a_file_has_their_shapes() -> None:
    net = convcost.load(ROOT / "specs/vgg16.yaml")
    data = written(net, "onnx", WITHOUT)
    assert len(data) < 30_000
    model = checked(data)
    assert all(t.name.endswith(".shape") for t in model.graph.initializer)


def test_layers_keep_their_names() -> None:
    net = convcost.load(ROOT / "specs/resnet18.yaml")
    assert [layer.name for layer in read_back(net).layers] == [layer.name for layer in net.layers]
    net = convcost.load(ROOT / "specs/vit_b_16.yaml")
    shown = [layer.name for layer in net.layers if not layer.op.view]
    assert [layer.name for layer in read_back(net).layers if not layer.op.view] == shown


def test_a_shared_array_is_stored_once() -> None:
    net = convcost.load(ROOT / "tests/data/papers/siamese.yaml")
    names = {w.name for layer in net.layers for w in layer.weights.values()}
    assert len([layer for layer in net.layers if layer.weights]) > len(names) / 2
    stored = [t.name for t in checked(written(net, "onnx")).graph.initializer]
    assert sorted(stored) == sorted(names)


def test_a_layer_that_no_output_needs_counts_still() -> None:
    net = network(
        "input: [3, 8, 8]\noutputs: [b]\nlayers:\n"
        "  - {op: conv, name: a, out_channels: 4, kernel_size: 3}\n"
        "  - {op: conv, name: b, from: input, out_channels: 4, kernel_size: 3}\n"
    )
    assert totals(read_back(net)) == totals(net)


def test_an_output_that_is_an_input_or_another_output_has_a_name_of_its_own() -> None:
    net = network("input: [3, 8, 8]\nlayers: [relu, identity]")
    (x,) = net.inputs.values()
    net.outputs |= {"again": net.outputs[next(iter(net.outputs))], "untouched": x}
    agree(net, seeded_inputs(net, 0))


@pytest.mark.parametrize(
    ("path", "open_"),
    [
        ("specs/mobilenet_v2.yaml", True),
        ("specs/convnext_tiny.yaml", True),
        ("specs/unet.yaml", True),
        ("tests/data/papers/wavenet.yaml", True),
        ("specs/vit_b_16.yaml", True),  # its class token is repeated for each sample
        ("tests/data/papers/crnn.yaml", False),  # its steps come before samples, of which is one
    ],
)
def test_a_file_takes_any_number_of_samples_where_its_nodes_do(path: str, open_: bool) -> None:
    network = convcost.load(ROOT / path)
    graph = checked(written(network, "onnx", WITHOUT)).graph
    for value in (*graph.input, *graph.output):
        first = value.type.tensor_type.shape.dim[0]
        assert (first.dim_param, first.dim_value) == (("batch", 0) if open_ else ("", 1))


@pytest.mark.parametrize(
    "name", ["specs/espcn.yaml", "specs/vit_b_16.yaml", "tests/data/papers/pixelcnn.yaml"]
)
def test_other_numbers_of_samples_run(name: str) -> None:
    one, several = (thinned(convcost.load(ROOT / name, batch=n), 64)[0] for n in (1, 3))
    inputs = seeded_inputs(several, 0)
    with given(several, None, 0) as (arrays, _):
        ours = execute(several, inputs, arrays, Plain())
    for made, own in zip(runtime(written(one, "onnx"), inputs), ours.values(), strict=True):
        np.testing.assert_allclose(made, own, rtol=1e-4, atol=1e-4 * float(np.abs(own).max()))


def test_several_samples_are_so_many() -> None:
    network = convcost.load(ROOT / "specs/espcn.yaml", batch=2)
    (x,) = checked(written(network, "onnx", WITHOUT)).graph.input
    assert x.type.tensor_type.shape.dim[0].dim_value == 2


def test_a_token_is_laid_into_each_sample() -> None:
    text = """
input: [6, 4]
layers:
  - {op: parameter, name: token, shape: [1, 4]}
  - {op: concat, dim: 1, from: [token, input]}
"""
    net = convcost.load("net.yaml", read=lambda _: text.encode(), batch=3)
    agree(net, seeded_inputs(net, 0))


def test_positions_of_a_pool_lead_back_through_all_maps() -> None:
    net = network(
        "input: [3, 8, 8]\nlayers:\n"
        "  - {op: max_pool, name: pool, kernel_size: 2, return_indices: true}\n"
        "  - {op: max_unpool, kernel_size: 2}\n"
    )
    agree(net, seeded_inputs(net, 0))
    nodes = [node.op_type for node in checked(written(net, "onnx")).graph.node]
    assert nodes.count("MaxUnpool") == 1
    assert "Add" not in nodes


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_numbers_have_the_type_of_the_network(dtype: str) -> None:
    net = network(SMALL, dtype=dtype)
    for weights in (Weights(), WITHOUT):
        model = checked(written(net, "onnx", weights))
        (made,) = model.graph.output
        elements = made.type.tensor_type.elem_type
        assert onnx.TensorProto.DataType.Name(elements) == {"float64": "DOUBLE"}.get(
            dtype, dtype.upper()
        )
        assert totals(read_back(net)) == totals(net)


def test_quantised_weights_are_refused() -> None:
    net = convcost.load(ROOT / "tests/data/onnx/smallcnn__qdq.onnx")
    with pytest.raises(ConvcostError) as refused:
        written(net, "onnx")
    first, second, *_ = str(refused.value).splitlines()
    assert first == "'smallcnn__qdq' cannot be written as an ONNX file:"
    assert "'f.0'" in second
    assert "its weights are of int8, and not of float32, float16 or float64" in second


def test_more_than_a_file_holds_is_refused_before_it_is_drawn() -> None:
    net = network("input: [30000]\nlayers: [{op: linear, out_features: 30000}]")
    with pytest.raises(ConvcostError) as refused:
        written(net, "onnx")
    assert str(refused.value) == (
        "'net' cannot be written as an ONNX file: its weights take 3,600,120,000 bytes, and a file "
        "holds 2,146,435,072: `--no-weights` writes their shapes alone"
    )
    assert totals(read_back(net)) == totals(net)


def test_types_that_do_not_go_together_are_refused() -> None:
    net = network("input: [3, 8, 8]\nlayers: [{op: conv, out_channels: 4, kernel_size: 3}]")
    next(iter(net.inputs.values())).dtype = "float16"
    with pytest.raises(ConvcostError, match="cannot be written as an ONNX file: onnx says of it: "):
        written(net, "onnx")


def test_orders_of_huge_axes_are_refused() -> None:
    net = network(f"input: [{2**30}]\nlayers: [{{op: roll, shifts: 1, dims: 1}}]")
    with pytest.raises(ConvcostError, match="writing the order of positions takes"):
        written(net, "onnx", WITHOUT)


def test_without_the_onnx_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        ConvcostError, match=r"need the onnx package: pip install 'convcost\[onnx\]'"
    ):
        written(network(SMALL), "onnx")


def test_a_module_of_pytorch_has_no_weights(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError) as refused:
        convcost.export(network(SMALL), tmp_path / "net.py", no_weights=True)
    assert str(refused.value) == (
        "a module of PyTorch is written without weights: leave out those that are given"
    )
