"""A network as an ONNX file."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.dtype import bytes_of
from convcost.errors import ConvcostError, printable
from convcost.execution.forward import given
from convcost.execution.memory_needed import Need, refuse_too_large
from convcost.exporters.onnx.graph import NUMBERS, Graph
from convcost.exporters.onnx.table import ROWS
from convcost.exporters.refused import CannotSay, refusal, refuse_unsaid
from convcost.exporters.weights import DRAWN
from convcost.importers.onnx import OURS
from convcost.importers.onnx.read import onnx_package
from convcost.ops import op_name

if TYPE_CHECKING:
    import onnx

    from convcost.exporters.onnx.graph import Arrays
    from convcost.exporters.weights import Weights
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

KIND = "an ONNX file"
OPSET, IR = 21, 10
"""The newest operators that every onnxruntime has which convcost is tested with, and the format
that came with them."""
MOST_BYTES = 2**31 - 2**20
"""Of arrays: protobuf holds messages of 2 GiB, and the graph needs some of it."""
ADVICE = "`--no-weights` writes their shapes alone"


def written(network: Network, weights: Weights = DRAWN) -> bytes:
    """An ONNX file of a network.

    Raises:
        ConvcostError: ONNX cannot say a layer, the weights are more than a file holds, or those
            that are given do not fit.
    """
    onnx_package()
    refuse_unsaid(network, ROWS, KIND)
    _refuse_large(network, weights)
    bare = _model(network, None)
    _refuse_wrong(network, bare)
    if weights.left_out:
        return bare.SerializeToString()
    with given(network, weights.path, weights.seed) as (arrays, _):
        return _model(network, arrays).SerializeToString()


def _refuse_large(network: Network, weights: Weights) -> None:
    """Refuse arrays that a file does not hold, or that memory does not, twice and one more."""
    every = (weight for layer in network.layers for weight in layer.weights.values())
    stored = {w.name: w for w in every if not (weights.left_out and w.learned)}
    sizes = [bytes_of(prod(weight.shape), weight.dtype) for weight in stored.values()]
    size = sum(sizes)
    if size > MOST_BYTES:
        raise ConvcostError(
            f"'{printable(network.name)}' cannot be written as {KIND}: its weights take {size:,} "
            f"bytes, and a file holds {MOST_BYTES:,}: {ADVICE}"
        )
    refuse_too_large(Need(2 * size + max(sizes, default=0), None), None, "writing weights", ADVICE)


def _refuse_wrong(network: Network, model: onnx.ModelProto) -> None:
    """Refuse what onnx does not take for a model, such as products of numbers of several types."""
    from onnx import checker, shape_inference

    try:
        checker.check_model(model)  # pyright: ignore - a path, which it may be, is of unknown text
        shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    except (checker.ValidationError, shape_inference.InferenceError) as error:
        reason = " ".join(str(error).split())
        raise ConvcostError(
            f"'{printable(network.name)}' cannot be written as {KIND}: onnx says of it: "
            f"{printable(reason)}"
        ) from None


def _model(network: Network, arrays: Arrays | None) -> onnx.ModelProto:
    from onnx import helper

    graph = Graph(arrays, [*network.inputs], network.outputs)
    for name, tensor in network.inputs.items():
        graph.values[tensor], graph.dtypes[name] = name, tensor.dtype
    _layers(network, graph)
    outputs = graph.outputs()
    between = {graph.values[t]: t for layer in network.layers for t in layer.outputs}
    proto = helper.make_graph(
        graph.nodes,
        network.name,
        [_info(graph, name, tensor) for name, tensor in network.inputs.items()],
        [_info(graph, name, tensor) for name, tensor in outputs.items()],
        graph.initializers,
        value_info=[
            _info(graph, name, tensor)
            for name, tensor in between.items()
            if name not in outputs and name not in network.inputs
        ],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(proto, opset_imports=opsets, ir_version=IR, producer_name=OURS)


def _info(graph: Graph, name: str, tensor: Tensor) -> onnx.ValueInfoProto:
    from onnx import helper

    return helper.make_tensor_value_info(name, NUMBERS[graph.dtypes[name]], tensor.shape)


def _layers(network: Network, graph: Graph) -> None:
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
