"""A network as an ONNX file."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.dtype import bytes_of
from convcost.errors import ConvcostError, printable
from convcost.execution.forward import given
from convcost.execution.memory_needed import Need, refuse_too_large
from convcost.exporters.onnx.batch import open_sizes
from convcost.exporters.onnx.model import KIND, graph_of, model_of
from convcost.exporters.onnx.table import ROWS
from convcost.exporters.refused import refuse_unsaid
from convcost.exporters.weights import DRAWN
from convcost.importers.onnx.read import onnx_package

if TYPE_CHECKING:
    import onnx

    from convcost.exporters.weights import Weights
    from convcost.network import Network

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
    if not network.layers:
        raise ConvcostError(
            f"'{printable(network.name)}' has no layers, so there is nothing to write"
        )
    graph = graph_of(network, None)
    sizes = open_sizes(network, graph)
    bare = model_of(network, graph, sizes)
    _refuse_wrong(network, bare)
    if weights.left_out:
        return bare.SerializeToString()
    with given(network, weights.path, weights.seed) as (arrays, _):
        return model_of(network, graph_of(network, arrays), sizes).SerializeToString()


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
