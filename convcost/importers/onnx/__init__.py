"""ONNX files as Networks; weights are never read."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, Source, printable
from convcost.gc_pause import paused
from convcost.given import NOTHING
from convcost.importers.building.batch import refuse_half_a_count
from convcost.importers.building.finish import finished
from convcost.importers.building.learned import learn_used
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.sizes import Asked
from convcost.importers.building.values import Stored
from convcost.importers.onnx.builder import Builder
from convcost.importers.onnx.described import Described
from convcost.importers.onnx.inputs import declared, read_inputs
from convcost.importers.onnx.order import subgraphs
from convcost.importers.onnx.other_models import refuse_other_models
from convcost.importers.onnx.read import read_model, reduced
from convcost.importers.onnx.strict import doubts
from convcost.importers.onnx.translate import WAYS
from convcost.network import Network
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import onnx

    from convcost.given import Declared, Given

__all__ = ["inputs_of", "load", "reduced"]

OURS = "convcost"
"""What a file that convcost wrote says of who made it."""

OF_EXPORTERS = ("main", "main_graph", "tf2onnx", "torch-jit-export", "torch_jit")
"""Names of graphs that say nothing of the network."""


def load(
    path: str,
    *,
    given: Given = NOTHING,
    batch: int | None = None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
) -> Network:
    """The network of an ONNX file.

    Args:
        path: the file.
        given: sizes that the file leaves open, values of inputs, and whether ops that are written
            out in others stay so.
        batch: samples; as the file says, or ``usual_batch``, unless given.
        dtype: in place of float32.
        read: returns the bytes of the path, in place of the file.
        usual_batch: samples where neither ``batch`` nor the file says how many.

    Raises:
        ConvcostError: the file is not a model that can be read, or what is given does not fit it;
            an OpenSizes where sizes of inputs are not known.
    """
    model = read_model(path, read)
    graph = model.graph
    refuse_other_models(path, graph)
    network = Network(graph.name or PurePath(path).stem, Source(path))
    network.doubts.extend(doubts(model))
    if network.name in OF_EXPORTERS:
        network.name = PurePath(path).stem
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)
    builder = Builder(network, opset, WAYS, given.operators)
    ours = model.producer_name == OURS
    if ours:
        builder.names.moves = frozenset()
    with paused():
        for tensor in graph.initializer:
            try:
                builder.values[tensor.name] = builder.store(tensor, learned=True)
            except (NotUnderstood, ConvcostError) as error:
                name = printable(tensor.name)
                raise ConvcostError(f"{printable(path)}: tensor '{name}': {error}") from None
        builder.shipped.update(builder.values)
        sizes = read_inputs(path, graph, builder, given, Asked(batch, usual_batch))
        builder.described = Described(graph, sizes.named)
        builder.fixed = sizes.fixed
        nodes, builder.read = _needed(graph, ours=ours)
        for node in nodes:
            builder.run_proto(node)
        _outputs(graph, builder)
        learn_used(network)
    if builder.fixed is not None and network.batch != builder.fixed:
        written = given._replace(as_written=True)
        own = load(path, given=written, batch=builder.fixed, read=read)
        refuse_half_a_count(path, network, own)
    return finished(network, builder.skipped, as_written=given.as_written, dtype=dtype)


def inputs_of(path: str, read: Callable[[str], bytes] | None = None) -> Mapping[str, Declared]:
    """The inputs of an ONNX file, and their shapes as it declares them.

    Raises:
        ConvcostError: the file is not a model that can be read.
    """
    return declared(read_model(path, read).graph)


def _needed(graph: onnx.GraphProto, *, ours: bool) -> tuple[list[onnx.NodeProto], Counter[str]]:
    """The nodes that some output needs (exporters leave others, which no runtime keeps), and how
    often those and the outputs read each name. What convcost wrote has the layers of its network,
    each of which counts, whether needed or not."""
    read = [value.name for value in graph.output]
    wanted = set(read)
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if ours or not wanted.isdisjoint(node.output):
            kept.append(node)
            own = [*_read(node)]
            read += own
            wanted.update(own)
    return kept[::-1], Counter(read)


def _read(node: onnx.NodeProto) -> Iterator[str]:
    """The names that a node reads, those in its subgraphs included."""
    norm = node.op_type == "BatchNormalization"
    own = norm and any(a.name == "training_mode" and a.i for a in node.attribute)
    yield from node.input[:3] if own else node.input  # by statistics of its own
    for inner in subgraphs(node):
        yield from (value.name for value in inner.output)
        for part in inner.node:
            yield from _read(part)


def _outputs(graph: onnx.GraphProto, builder: Builder) -> None:
    for value in graph.output:
        made = builder.values.get(value.name)
        made = builder.passed_out(made) if isinstance(made, Stored) else made
        if isinstance(made, Tensor):
            builder.network.outputs[value.name] = made
        else:
            builder.network.unknown.append(f"output {value.name}: it is not known")
    if not builder.network.outputs:
        made = (layer.outputs[0] for layer in reversed(builder.network.layers) if layer.inputs)
        builder.network.outputs |= {last.name: last for last in islice(made, 1)}
