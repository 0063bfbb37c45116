"""Real models: those of the onnx package, and exports of PyTorch and Keras with known figures."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

import convcost
from convcost.execution.forward import execute
from convcost.execution.transform import thinned
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from convcost.network import Network
    from convcost.tensor import Weight

LIGHT = Path(os.path.dirname(onnx.__file__)) / "backend" / "test" / "data" / "light"
HERE = Path(__file__).parent.parent / "data" / "onnx"
EXPORTS = list(csv.DictReader((HERE / "truth.csv").read_text().splitlines()))

# Parameters and MACs that are published, or those of the same network in tests/data/networks.csv.
PUBLISHED = {
    "bvlc_alexnet": (60_965_224, 654_560_384),  # two groups, 224x224
    "inception_v1": (6_998_552, 1_431_556_352),
    "resnet50": (25_557_032, 4_089_184_256),
    "squeezenet": (1_235_496, 349_151_936),
    "vgg19": (143_667_240, 19_632_062_464),
}
NAMES = sorted(path.stem.removeprefix("light_") for path in LIGHT.glob("*.onnx"))


def by_onnx(path: Path) -> tuple[int, int]:
    """Parameters and MACs from the shapes that onnx infers, node by node."""
    model = onnx.shape_inference.infer_shapes(
        onnx.ModelProto.FromString(path.read_bytes()), data_prop=True
    )
    values = (*model.graph.value_info, *model.graph.input, *model.graph.output)
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}
    shapes |= {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    made = {name for node in model.graph.node for name in node.output if node.input}
    fills = {node.output[0] for node in model.graph.node if node.op_type == "ConstantOfShape"}
    arrays = (made & fills) | {
        t.name for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT
    }
    params: dict[str, int] = {}
    macs = 0
    for node in model.graph.node:
        read = [name for name in node.input if name in arrays]
        if node.op_type == "BatchNormalization":
            read = [name for name in read if name in node.input[:3]]  # the others are buffers
        params |= {name: math.prod(shapes[name]) for name in read}
        if node.op_type == "Conv":
            macs += math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
        elif node.op_type == "Gemm":
            macs += math.prod(shapes[node.input[1]])
    return sum(params.values()), macs


@pytest.mark.parametrize("name", NAMES)
def test_the_models_of_the_onnx_package(name: str) -> None:
    network = load(str(LIGHT / f"light_{name}.onnx"))
    found = convcost.analyze(network)
    assert found.complete
    counted = (found.totals["params"], found.totals["macs"])
    assert counted == by_onnx(LIGHT / f"light_{name}.onnx")
    assert counted == PUBLISHED.get(name, counted)
    (output,) = network.outputs.values()
    assert output.shape[:2] == (1, 1000)
    assert not verify(thinned(network, 32)[0]).broken


@pytest.mark.parametrize("name", NAMES)
def test_their_outputs_are_those_shipped_beside_them(name: str) -> None:
    """On the input that the package's own runner makes: positions over their number. Ours are of
    double precision: SqueezeNet's scores are large and all the same, so what its softmax makes of
    their rounding would depend on the order in which a library adds up."""
    path = LIGHT / f"light_{name}.onnx"
    network = load(str(path))
    ((given_name, tensor),) = network.inputs.items()
    count = math.prod(tensor.shape)
    x = (np.arange(count) / count).reshape(tensor.shape).astype(np.float32)
    arrays = given(onnx.ModelProto.FromString(path.read_bytes()))
    (ours,) = execute(
        network,
        {given_name: x.astype(float)},
        lambda weight: arrays(weight).astype(float),
        Plain(),
    ).values()
    stored = onnx.TensorProto.FromString((LIGHT / f"light_{name}_output_0.pb").read_bytes())
    theirs = onnx.numpy_helper.to_array(stored)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("truth", EXPORTS, ids=lambda row: row["name"])
def test_exports(truth: dict[str, str]) -> None:
    network = load(str(HERE / f"{truth['name']}.onnx"))
    found = convcost.analyze(network)
    assert found.complete
    assert found.totals["macs"] == int(truth["macs"])
    shapes = ["x".join(map(str, tensor.shape)) for tensor in network.outputs.values()]
    assert ";".join(shapes) == truth["output_shapes"]
    whole = {int(truth["module_params"]), int(truth["float_elements"])}
    if any(word in truth["name"] for word in ("qdq", "qoperator", "dynamic")):
        whole = {45_098}  # those of the same network in floats
    # A file holds the module's parameters, or those left where norms were folded into layers.
    assert found.totals["params"] in whole
    thin, by = thinned(network, 1 if found.totals["macs"] < 1e8 else 4)
    assert by in (1, 4)
    assert not verify(thin).broken


def test_quantised_weights_are_stored_in_bytes() -> None:
    floats, ints = (
        convcost.analyze(load(str(HERE / f"{name}.onnx"))).totals
        for name in ("smallcnn__ts17", "smallcnn__qoperator")
    )
    assert floats["weight_bytes"] == 4 * 45_098
    filters = 16 + 32 + 32 + 64 + 64 + 10  # each has a bias and a scale, of 32 bits
    assert ints["weight_bytes"] == 45_098 - filters + 2 * 4 * filters


def given(model: onnx.ModelProto) -> Any:
    """The arrays of a model, in the layout of our ops."""
    arrays: dict[str, Any] = {
        t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer
    }
    for node in model.graph.node:  # what is made of arrays alone is one too
        if not (node.input and all(name in arrays for name in node.input)):
            continue
        known = {name: arrays[name] for name in node.input}
        if node.op_type == "Unsqueeze":  # with axes as old files have them
            (stored,) = known.values()
            results = [np.expand_dims(stored, tuple(node.attribute[0].ints))]
        else:
            evaluator: Any = ReferenceEvaluator(node)
            results = evaluator.run(None, known)
        arrays |= zip(node.output, results, strict=False)

    def array(weight: Weight) -> np.ndarray:
        own = arrays[weight.name]
        return own.T if own.shape != weight.shape and own.ndim == 2 else own.reshape(weight.shape)

    return array


def test_outputs_are_those_of_the_runtime(tmp_path: Path) -> None:
    """The graph means the same: weights of the file, through our kernels and through another's."""
    from onnx.parser import parse_model

    model = parse_model("""
<ir_version: 8, opset_import: ["" : 17]>
cnn (float[N, 3, 12, 10] x) => (float[N, 5] y)
<float[8, 3, 3, 3] w1, float[8] b1, float[8] s, float[8] t, float[8] m, float[8] v,
 float[8, 2, 3, 3] w2, float[8, 6, 2, 2] w3, float[24, 5] w4, float[5] b4, float[8, 1, 1] gamma,
 int64[1] from = {0}, int64[1] to = {4}, int64[1] along = {2}>
{
   c1 = Conv <strides = [2, 1], pads = [1, 0, 0, 1], dilations = [1, 2]> (x, w1, b1)
   n1 = BatchNormalization (c1, s, t, m, v)
   r1 = Relu (n1)
   c2 = Conv <group = 4, auto_pad = "SAME_LOWER"> (r1, w2)
   g = Mul (c2, gamma)
   a = Add (g, r1)
   h = HardSwish (a)
   p = AveragePool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (h)
   q = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (p)
   d = ConvTranspose <strides = [2, 2], output_padding = [1, 0]> (q, w3)
   mean = ReduceMean <axes = [3]> (d)
   parts = Slice (mean, from, to, along)
   flat = Flatten (parts)
   lin = MatMul (flat, w4)
   y = Add (lin, b4)
}
""")
    rng = np.random.default_rng(0)
    known = {tensor.name for tensor in model.graph.initializer}
    for info in model.graph.value_info:
        if info.name not in known:
            shape = [d.dim_value for d in info.type.tensor_type.shape.dim]
            values = rng.random(shape, dtype=np.float32)
            model.graph.initializer.append(onnx.numpy_helper.from_array(values, info.name))
    path = tmp_path / "cnn.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path), batch=2)
    assert network.unknown == []
    x = rng.standard_normal((2, 3, 12, 10), dtype=np.float32)
    (ours,) = execute(network, {"x": x}, given(model), Plain()).values()
    (theirs,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def names(network: Network) -> list[str]:
    return [layer.name for layer in network.layers]


def test_layers_are_called_by_their_modules() -> None:
    found = names(load(str(HERE / "resnet18__ts17.onnx")))
    assert found[:3] == ["conv1", "relu", "maxpool"]
    assert "layer2.0.downsample.0" in found
    assert found[-1] == "fc"
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", ["mobilenet_v2__keras15", "efficientnet_b0__keras15"])
def test_exports_of_keras_have_their_channels_last(name: str) -> None:
    """EfficientNet's input is normalised before it is transposed."""
    network = load(str(HERE / f"{name}.onnx"))
    assert network.name == name
    assert network.spatial == {"keras_tensor": (1, 2)}
    first = next(c for c in convcost.analyze(network).layers if c.op == "conv")
    assert [(f.size, f.stride) for f in first.receptive_fields["keras_tensor"]] == [(3, 2)] * 2


def test_layers_of_keras_are_called_by_their_paths() -> None:
    found = names(load(str(HERE / "efficientnet_b0__keras15.onnx")))
    assert found[:3] == [
        "efficientnetb0_1.rescaling_1",
        "efficientnetb0_1.rescaling_1.add",
        "efficientnetb0_1.normalization_1",
    ]
    assert "efficientnetb0_1.stem_conv_1" in found  # a node without a name, by its weight
    assert "efficientnetb0_1.stem_bn_1.batchnorm.transpose" in found
