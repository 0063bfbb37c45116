"""Shapes that onnx infers for a node alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.values import Stored, Unknown
from convcost.importers.onnx.described import made
from convcost.importers.onnx.dtypes import DTYPES
from convcost.importers.onnx.order import subgraphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnx

    from convcost.importers.building.values import Made, Value
    from convcost.importers.onnx.node import Node

MOST_VALUES = 1 << 10  # numbers of a constant that inference is told


def _can_be_asked(node: Node) -> bool:
    """Whether onnx can be asked for shapes: of graphs inside it asks too much, and some of its
    versions crash on steps of 0."""
    if any(True for _ in subgraphs(node.proto)):
        return False
    return all(0 not in attribute.ints for attribute in node.proto.attribute)


def inferred(node: Node, known: Mapping[str, Value], opset: int) -> Mapping[str, Made]:
    """The shapes that onnx infers for a node alone, of what is known of its inputs; none where it
    infers nothing.

    Args:
        node: of an operator that onnx knows, or not.
        known: what names stand for.
        opset: the version of the node's domain.
    """
    from onnx import checker, defs, helper, numpy_helper, shape_inference

    if not defs.has(node.op, node.domain) or not _can_be_asked(node):
        return {}
    values = {name: known.get(name) for name in node.inputs if name}
    inputs: list[onnx.ValueInfoProto] = []
    arrays: list[onnx.TensorProto] = []
    numbers = {dtype: number for number, dtype in DTYPES.items()}
    for name, value in values.items():
        if value is None or isinstance(value, Unknown):
            return {}
        array = value.known if isinstance(value, Stored) else None
        if array is not None and array.size <= MOST_VALUES:
            arrays.append(numpy_helper.from_array(array, name))
        kind = arrays[-1].data_type if array is not None and arrays else numbers[value.dtype]
        inputs.append(helper.make_tensor_value_info(name, kind, value.shape))
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.outputs if name]
    graph = helper.make_graph([node.proto], "node", inputs, outputs, arrays)
    opsets = [helper.make_opsetid(node.domain, opset)]
    model = helper.make_model(graph, opset_imports=opsets)
    try:
        graph = shape_inference.infer_shapes(model, data_prop=True).graph
    except (shape_inference.InferenceError, checker.ValidationError, ValueError, RuntimeError):
        return {}
    found = {value.name: made(value, {}) for value in graph.output}
    return {name: one for name, one in found.items() if one is not None}
