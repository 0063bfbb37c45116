"""Models of one node at batch 2, run by onnxruntime and, once imported, by us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network
    from convcost.tensor import Weight

Array = np.ndarray[Any, np.dtype[Any]]


def drawn(*shape: int) -> Array:
    """Normally distributed numbers, the same for the same shape."""
    return np.random.default_rng(shape).normal(size=shape).astype(np.float32)


def integers(*values: int) -> Array:
    return np.array(values, np.int64)


def one_node(
    op: str,
    x: Array,
    *stored: Array | None,
    fed: tuple[Array, ...] = (),
    outputs: int = 1,
    unread: int = 0,
    opset: int = 17,
    **attributes: Any,
) -> tuple[onnx.ModelProto, dict[str, Array]]:
    """A model, and what it is fed.

    Its node reads ``x``, then arrays of the file (None: left out), then ``fed``. The model gives
    the first ``outputs`` of the node's, of which ``unread`` more are there.
    """
    feeds = {"x": x, **{f"fed{number}": array for number, array in enumerate(fed)}}
    kept = {f"kept{n}": array for n, array in enumerate(stored) if array is not None}
    between = [f"kept{n}" if array is not None else "" for n, array in enumerate(stored)]
    names = ["x", *between, *(name for name in feeds if name != "x")]
    results = [f"y{number}" for number in range(outputs + unread)]
    graph = helper.make_graph(
        [helper.make_node(op, names, results, **attributes)],
        "one_node",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in feeds.items()
        ],
        [helper.make_empty_tensor_value_info(name) for name in results[:outputs]],
        [numpy_helper.from_array(array, name) for name, array in kept.items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9), feeds


def agreed(
    folder: Path, op: str, x: Array, *stored: Array | None, within: float = 1e-5, **asked: Any
) -> Network:
    """The imported network of a model, once our outputs are those of onnxruntime."""
    model, feeds = one_node(op, x, *stored, **asked)
    path = folder / "one_node.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    assert network.unknown == []

    def array(weight: Weight) -> Array:
        if weight.values is not None:
            return np.broadcast_to(np.array(weight.values, np.float32), weight.shape)
        found = numpy_helper.to_array(
            next(t for t in model.graph.initializer if weight.name.endswith(t.name))
        )
        if found.shape == weight.shape[::-1]:  # a linear layer's lies the other way round
            return found.T
        return found.reshape(weight.shape)

    ours = list(execute(network, feeds, array, Plain()).values())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    theirs = onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, feeds)
    for mine, other, tensor in zip(ours, theirs, network.outputs.values(), strict=True):
        np.testing.assert_allclose(mine, np.asarray(other), rtol=within, atol=within)
        assert tensor.shape == np.asarray(other).shape
    return network
