"""The message that an ONNX file is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from convcost.exporters.onnx.graph import NUMBERS, Graph
from convcost.exporters.onnx.table import ROWS
from convcost.exporters.refused import CannotSay, refusal
from convcost.importers.onnx import OURS
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnx

    from convcost.exporters.onnx.graph import Arrays
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

Sizes: TypeAlias = "Mapping[Tensor, tuple[int | str | None, ...]]"
"""Shapes of tensors: a size may be a name, or None where it is open and has none."""

KIND = "an ONNX file"
OPSET, IR = 21, 10
"""The newest operators that every onnxruntime has which convcost is tested with, and the format
that came with them."""


def graph_of(network: Network, arrays: Arrays | None) -> Graph:
    """The nodes and arrays of a network.

    Raises:
        ConvcostError: ONNX cannot say a layer.
    """
    graph = Graph(arrays, [*network.inputs], network.outputs)
    for name, tensor in network.inputs.items():
        graph.values[tensor], graph.dtypes[name] = name, tensor.dtype
    refused: list[tuple[Layer, str]] = []
    for layer in network.layers:
        act = ROWS[op_name(type(layer.op))]
        assert not isinstance(act, str)  # those are refused
        graph.at(layer)
        try:
            made = act(graph, layer)
        except CannotSay as error:
            refused.append((layer, str(error)))
            graph.without(layer)
        else:
            graph.bind(layer, [made] if isinstance(made, str) else made)
    if refused:
        raise refusal(network, KIND, refused)
    graph.name_outputs()
    return graph


def model_of(network: Network, graph: Graph, sizes: Sizes) -> onnx.ModelProto:
    """The model of a graph, with the sizes of tensors where those are not their own."""
    from onnx import helper

    between = {graph.values[t]: t for layer in network.layers for t in layer.outputs}
    named = {**network.inputs, **graph.outputs}
    proto = helper.make_graph(
        graph.nodes,
        network.name,
        [_info(graph, name, tensor, sizes) for name, tensor in network.inputs.items()],
        [_info(graph, name, tensor, sizes) for name, tensor in graph.outputs.items()],
        graph.initializers,
        value_info=[
            _info(graph, name, tensor, sizes)
            for name, tensor in between.items()
            if name not in named
        ],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(proto, opset_imports=opsets, ir_version=IR, producer_name=OURS)


def _info(graph: Graph, name: str, tensor: Tensor, sizes: Sizes) -> onnx.ValueInfoProto:
    from onnx import helper

    shape = sizes.get(tensor, tensor.shape)
    return helper.make_tensor_value_info(name, NUMBERS[graph.dtypes[name]], shape)
