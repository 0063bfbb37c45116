"""ONNX files that convcost has written, checked by onnx and run by onnxruntime."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime

import convcost
from convcost.execution.forward import execute, given
from convcost.executor.namespace import Plain
from convcost.exporters import written
from convcost.exporters.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.network import Network

    Array = np.ndarray[Any, np.dtype[Any]]
    Arrays = Mapping[str, Array]

WITHOUT = Weights(left_out=True)


def checked(data: bytes) -> onnx.ModelProto:
    """The model, once onnx has found nothing wrong, no shape that it infers among it."""
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)  # pyright: ignore - its path is of unknown text
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    return model


def read_back(network: Network) -> Network:
    """The network of a file without weights, which is checked."""
    data = written(network, "onnx", WITHOUT)
    checked(data)
    return convcost.load("back.onnx", read=lambda _: data)


def totals(network: Network) -> dict[str, Any]:
    return dict(convcost.analyze(network).totals)


def runtime(data: bytes, inputs: Arrays) -> list[Array]:
    """The outputs of onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options)
    return [np.asarray(made) for made in session.run(None, dict(inputs))]


def agree(network: Network, inputs: Arrays, within: float = 1e-4) -> None:
    """See that onnxruntime makes of the file what our executor makes of the network."""
    data = written(network, "onnx")
    checked(data)
    with given(network, None, 0) as (arrays, _):
        ours = execute(network, inputs, arrays, Plain())
    for name, made in zip(ours, runtime(data, inputs), strict=True):
        assert made.shape == ours[name].shape
        largest = float(np.nanmax(np.abs(ours[name])))
        near = within * max(largest, 1e-3)
        numbers = made.astype(np.float32)
        np.testing.assert_allclose(numbers, ours[name], rtol=within, atol=near, err_msg=name)


# What ops are fed, where not any numbers will do.

POSITIVE = ("sqrt", "log", "pow")
INSIDE = ("asin", "acos", "atanh")
TRUTHS = ("logical_and", "logical_or", "logical_xor", "logical_not", "equal")


def fed(name: str, network: Network) -> dict[str, Array]:
    """Inputs of a network of one layer of an op."""
    rng = np.random.default_rng(7)
    shapes = {n: tensor.shape for n, tensor in network.inputs.items()}
    arrays: dict[str, Array] = {
        n: rng.standard_normal(shape, dtype=np.float32) for n, shape in shapes.items()
    }
    (layer,) = network.layers
    first, *others = arrays or [""]
    if name in POSITIVE:
        arrays[first] = np.abs(arrays[first]) + np.float32(0.1)
    elif name in INSIDE:
        arrays[first] = np.tanh(arrays[first])
    elif name == "acosh":
        arrays[first] = np.abs(arrays[first]) + 1
    elif name in TRUTHS:
        arrays = {n: _whole(rng, shape, 2) for n, shape in shapes.items()}
    elif name == "where":
        arrays[first] = _whole(rng, shapes[first], 2)
    elif name == "one_hot":
        arrays[first] = _whole(rng, shapes[first], layer.op.values()["num_classes"])
    elif name in FED and (others or name == "nms"):
        arrays |= FED[name](rng, layer.op, [*shapes.values()], [first, *others])
    return arrays


def _whole(rng: np.random.Generator, shape: tuple[int, ...], below: int) -> Array:
    return rng.integers(0, below, shape).astype(np.float32)


def _along(rng: Any, op: Any, shapes: Any, names: Any) -> Arrays:
    return {names[1]: _whole(rng, shapes[1], shapes[0][op.dim])}


def _addresses(rng: Any, op: Any, shapes: Any, names: Any) -> Arrays:
    sizes = shapes[0][op.batch_dims : op.batch_dims + op.axes]
    return {names[1]: _whole(rng, shapes[1], min(sizes))}


def _scattered(rng: Any, op: Any, shapes: Any, names: Any) -> Arrays:
    """Each update at a place of its own, where updates replace each other."""
    x, at, _ = shapes
    if op.dim is None:
        places = _whole(rng, at, min(x[: at[-1]]))
        if op.reduce is None:
            places = np.stack(np.unravel_index(np.arange(len(at)), x[: at[-1]]), -1)
        return {names[1]: np.resize(places, at).astype(np.float32)}
    along: Array = np.arange(at[op.dim], dtype=np.intp) % x[op.dim]
    shape = [-1 if axis == op.dim else 1 for axis in range(len(at))]
    return {names[1]: np.broadcast_to(along.reshape(shape), at).astype(np.float32)}


def _reversed(rng: Any, op: Any, shapes: Any, names: Any) -> Arrays:
    return {names[1]: _whole(rng, shapes[1], shapes[0][op.dim]) + 1}


def _unpooled(rng: Any, op: Any, shapes: Any, names: Any) -> Arrays:
    """Places of which no two are the same."""
    x = shapes[0]
    size, count = prod(op.output(*shapes)[2:]), prod(x[2:])
    maps = [rng.permutation(size)[:count] for _ in range(x[0] * x[1])]
    return {names[1]: np.stack(maps).reshape(x).astype(np.float32)}


def _regions(rng: Any, _: Any, shapes: Any, names: Any) -> Arrays:
    x, boxes = shapes
    array = rng.random(boxes, dtype=np.float32) * 3
    array[:, 0] = rng.integers(0, x[0], boxes[0])
    array[:, 3:] += array[:, 1:3] + 1
    return {names[1]: array}


def _boxes(rng: Any, _: Any, shapes: Any, names: Any) -> Arrays:
    return {names[0]: rng.random(shapes[0], dtype=np.float32)}


FED: Mapping[str, Callable[[Any, Any, Any, Any], Arrays]] = {
    "gather": _along,
    "gather_elements": _along,
    "gather_nd": _addresses,
    "scatter": _scattered,
    "reverse_sequence": _reversed,
    "max_unpool": _unpooled,
    "roi_align": _regions,
    "nms": _boxes,
}
