"""Small ONNX models as lines of text, run by another project's runtime and by ours.

A line is ``opset | inputs | arrays | nodes``, in the syntax of ONNX's own text. Its outputs are
what its nodes make and do not read; arrays without values get random ones between 0.5 and 1.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import counts
import numpy as np
import onnx
import onnxruntime
from claims import graph_of
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from convcost.analysis.analyze.cost import analyze
from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from convcost.network import Network
    from convcost.tensor import Weight

    Arrays = Mapping[str, np.ndarray]
    Run = Callable[[onnx.ModelProto, Arrays], list[Any]]


def model_of(
    line: str, change: Callable[[onnx.GraphProto], object] = lambda _: None
) -> onnx.ModelProto:
    """The model of a line, once its graph is changed."""
    opset, graph = line.partition("|")[0].strip(), graph_of(line)
    change(graph)
    rng = np.random.default_rng(1)
    given = {tensor.name for tensor in graph.initializer}
    for info in graph.value_info:
        if info.name not in given:
            values = rng.random(shape_of(info), dtype=np.float32) + np.float32(0.5)
            graph.initializer.append(numpy_helper.from_array(values, info.name))
    read = {name for node in graph.node for name in node.input}
    made = [name for node in graph.node for name in node.output if name not in read]
    del graph.value_info[:]
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in made if name)
    others = {node.domain for node in graph.node if node.domain}
    opsets = [helper.make_opsetid("", int(opset)), *(helper.make_opsetid(d, 1) for d in others)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    if others:
        return model
    return onnx.shape_inference.infer_shapes(model)  # for the types of the outputs


def shape_of(info: onnx.ValueInfoProto) -> list[int]:
    return [d.dim_value for d in info.type.tensor_type.shape.dim]


def drawn(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """An array for each input: whole numbers count from 0 on, so that they can be positions."""
    rng = np.random.default_rng(0)
    result: dict[str, np.ndarray] = {}
    for info in model.graph.input:
        shape = shape_of(info)
        dtype = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
        if dtype == np.float32:
            result[info.name] = rng.standard_normal(shape, dtype=np.float32)
        else:
            result[info.name] = rng.integers(0, 2, shape).astype(dtype)
    return result


def by_runtime(model: onnx.ModelProto, inputs: Arrays) -> list[Any]:
    """Outputs of onnxruntime, without rewriting the graph."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return list(session.run(None, dict(inputs)))


def by_reference(model: onnx.ModelProto, inputs: Arrays) -> list[Any]:
    """Outputs of the reference evaluator of the onnx package."""
    evaluator: Any = ReferenceEvaluator(model)
    return list(evaluator.run(None, dict(inputs)))


def has_graphs(node: onnx.NodeProto) -> bool:
    """Whether a node may read what it does not name."""
    return any(attribute.HasField("g") for attribute in node.attribute)


def arrays_of(model: onnx.ModelProto) -> Callable[[Weight], np.ndarray]:
    """The arrays of a model, and what its nodes make of those alone, in the layout of our ops."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if all(name in arrays for name in node.input if name) and not has_graphs(node):
            outputs = [onnx.ValueInfoProto(name=name) for name in node.output]
            stored = [numpy_helper.from_array(arrays[n], n) for n in node.input if n]
            graph = helper.make_graph([node], "g", [], outputs, stored)
            alone = helper.make_model(graph, opset_imports=model.opset_import)
            arrays |= zip(node.output, by_reference(alone, {}), strict=True)

    def array(weight: Weight) -> np.ndarray:
        if weight.values is not None:
            return np.broadcast_to(np.asarray(weight.values, np.float32), weight.shape)
        name, _, rows = weight.name.partition("[")
        own = arrays.get(name, np.zeros(weight.shape))  # or of a source that draws its own
        if rows:  # the part of a linear layer that makes some of its features
            start, end = map(int, rows.rstrip("]").split(":"))
            return own.T[start:end]
        return own.T if own.shape != weight.shape and own.ndim == 2 else own.reshape(weight.shape)

    return array


class Compared(NamedTuple):
    """An imported network, what it makes, and what another's runtime makes of the same."""

    network: Network
    ours: list[np.ndarray]
    theirs: list[np.ndarray]


def compared(line: str, folder: Path, run: Run = by_runtime) -> Compared:
    """A line, run by both."""
    model = model_of(line)
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    assert network.unknown == []
    inputs = drawn(model)
    ours = list(execute(network, inputs, arrays_of(model), Plain()).values())
    theirs = [np.asarray(array) for array in run(model, inputs)]
    assert [tensor.shape for tensor in network.outputs.values()] == [a.shape for a in theirs]
    return Compared(network, ours, theirs)


def check(line: str, folder: Path, run: Run = by_runtime) -> None:
    """Raise AssertionError unless both make the same arrays, the import says no less, and its
    counts are those of the model."""
    both = compared(line, folder, run)
    assert both.network.differs == []
    for own, other in zip(both.ours, both.theirs, strict=True):
        assert own.shape == other.shape
        np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-5)
    check_counts(line, both, run)


def check_counts(line: str, both: Compared, run: Run) -> None:
    """Raise AssertionError unless a network's counts are those of the model of a line."""
    model, totals = model_of(line), analyze(both.network).totals
    assert totals["params"] in counts.parameters(model, _drawn_arrays(line))
    dense = counts.macs(model, both.theirs)
    assert dense in (None, totals["macs"])
    if dense:
        assert counts.macs_in_bounds(model, run) in (None, totals["macs_in_bounds"])


def _drawn_arrays(line: str) -> set[str]:
    """The names of a line's arrays without values."""
    graph = graph_of(line)
    return {info.name for info in graph.value_info} - {tensor.name for tensor in graph.initializer}
