"""ONNX files as Networks; weights are never read."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.dtype import DEFAULT
from convcost.errors import ConvcostError, Source, plural, printable
from convcost.gc_pause import paused
from convcost.importers.onnx.batch import refuse_half_a_count
from convcost.importers.onnx.builder import Builder
from convcost.importers.onnx.node import NotUnderstood
from convcost.importers.onnx.opaque import Declared
from convcost.importers.onnx.order import subgraphs
from convcost.importers.onnx.other_models import refuse_other_models
from convcost.importers.onnx.read import read_model
from convcost.importers.onnx.translate import TRANSLATE
from convcost.importers.onnx.values import DTYPES
from convcost.network import FIRST_AXIS, Network, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import onnx

LARGEST = 1 << 40  # positions along one axis
OF_EXPORTERS = ("main", "main_graph", "tf2onnx", "torch-jit-export", "torch_jit")
"""Names of graphs that say nothing of the network."""
POSITION_BY_POSITION = frozenset(("Add", "Cast", "Clip", "Div", "Identity", "Mul", "Pad", "Sub"))


def load(
    path: str,
    *,
    inputs: Mapping[str, Sequence[int]] | None = None,
    batch: int | None = None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
) -> Network:
    """The network of an ONNX file.

    Args:
        path: the file.
        inputs: shapes without the batch, by the input's name, in place of those of the file; the
            key ``""`` stands for the only input.
        batch: samples; as the file says, or ``usual_batch``, unless given.
        dtype: in place of float32.
        read: returns the bytes of the path, in place of the file.
        usual_batch: samples where neither ``batch`` nor the file says how many.

    Raises:
        ConvcostError: the file is no model that can be read, or an input's shape is not known.
    """
    model = read_model(path, read)
    graph = model.graph
    refuse_other_models(path, graph)
    network = Network(graph.name or PurePath(path).stem, Source(path))
    if network.name in OF_EXPORTERS:
        network.name = PurePath(path).stem
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)
    builder = Builder(network, opset, TRANSLATE)
    with paused():
        for tensor in graph.initializer:
            try:
                builder.values[tensor.name] = builder.store(tensor, learned=True)
            except (NotUnderstood, ConvcostError) as error:
                name = printable(tensor.name)
                raise ConvcostError(f"{printable(path)}: tensor '{name}': {error}") from None
        builder.shipped.update(builder.values)
        _inputs(path, graph, builder, dict(inputs or {}), batch, usual_batch)
        builder.declared = Declared(graph, _named_sizes(graph, builder))
        nodes, builder.read = _needed(graph)
        for node in nodes:
            builder.run(node)
        _outputs(graph, builder)
    if builder.fixed is not None and network.batch != builder.fixed:
        own = load(path, inputs=inputs, batch=builder.fixed, read=read)
        refuse_half_a_count(path, network, own)
    if dtype is not None:
        _retype(network, dtype)
    if builder.skipped:
        network.unknown.append(f"{plural(builder.skipped, 'node')} that read what those make")
    return network


def _named_sizes(graph: onnx.GraphProto, builder: Builder) -> dict[str, int]:
    """The sizes that the file has names for, as they are here."""
    inputs = builder.network.inputs
    return {
        dim.dim_param: size
        for value in graph.input
        if value.name in inputs
        for dim, size in zip(
            value.type.tensor_type.shape.dim, inputs[value.name].shape, strict=False
        )
        if dim.dim_param
    }


def _needed(graph: onnx.GraphProto) -> tuple[list[onnx.NodeProto], Counter[str]]:
    """The nodes that some output needs (exporters leave others, which no runtime keeps), and how
    often those and the outputs read each name."""
    read = Counter(value.name for value in graph.output)
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if any(name in read for name in node.output):
            kept.append(node)
            read.update(_read(node))
    return kept[::-1], read


def _read(node: onnx.NodeProto) -> Iterator[str]:
    """The names that a node reads, those in its subgraphs included."""
    training = any(a.name == "training_mode" and a.i for a in node.attribute)
    own = training and node.op_type == "BatchNormalization"  # by statistics of its own
    yield from node.input[:3] if own else node.input
    for inner in subgraphs(node):
        yield from (value.name for value in inner.output)
        for part in inner.node:
            yield from _read(part)


def _retype(network: Network, dtype: str) -> None:
    """Numbers of float32 stored as another type."""
    made = [tensor for layer in network.layers for tensor in layer.outputs]
    weights = [weight for layer in network.layers for weight in layer.weights.values()]
    for stored in (*network.inputs.values(), *made, *weights):
        if stored.dtype == DEFAULT:
            stored.dtype = dtype


def _inputs(
    path: str,
    graph: onnx.GraphProto,
    builder: Builder,
    given: dict[str, Sequence[int]],
    batch: int | None,
    usual_batch: int,
) -> None:
    wanted = [value for value in graph.input if value.name not in builder.values]
    if "" in given and len(wanted) == 1:
        given[wanted[0].name] = given.pop("")
    names = [value.name for value in wanted]
    for name in given:
        if name not in names:
            raise ConvcostError(
                f"{printable(path)}: --input: the model has no input `{printable(name)}`\n"
                f"  inputs: {', '.join(map(printable, names))}"
            )
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    fixed = [own[0] for own in map(_fixed, wanted) if own and own[0]]
    if fixed:
        usual_batch = 1  # of the inputs that leave it open, beside those that do not
    builder.fixed = fixed[0] if len(set(fixed)) == 1 else None
    for value in wanted:
        kind = value.type.tensor_type
        shape = _shape(path, value, given.get(value.name), batch, usual_batch)
        dtype = DTYPES.get(kind.elem_type, "float32")
        tensor = Tensor(value.name, shape, FIRST_AXIS if shape else None, dtype)
        builder.network.inputs[value.name] = tensor
        builder.values[value.name] = tensor
        axes = _channels_last(readers, value.name, len(shape))
        if axes:
            builder.network.spatial[value.name] = axes


def _fixed(value: onnx.ValueInfoProto) -> list[int | None]:
    """The sizes of an input, None for one that is open."""
    dims = value.type.tensor_type.shape.dim
    return [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in dims]


def _shape(
    path: str,
    value: onnx.ValueInfoProto,
    given: Sequence[int] | None,
    batch: int | None,
    usual_batch: int,
) -> tuple[int, ...]:
    """The full shape of an input: the first axis is the batch."""
    name = printable(value.name)
    dims = value.type.tensor_type.shape.dim
    if not value.type.HasField("tensor_type"):
        raise ConvcostError(f"{printable(path)}: input '{name}' is no tensor")
    own = _fixed(value)
    if any(d.HasField("dim_value") and d.dim_value < 0 for d in dims):
        raise ConvcostError(f"{printable(path)}: input '{name}' has a negative size")
    first = batch if batch is not None else (own[0] if own and own[0] else usual_batch)
    if given is not None:
        if own and len(given) != len(own) - 1:
            raise ConvcostError(
                f"{printable(path)}: --input {name}: {len(given)} sizes are given, and the model "
                f"has {len(own) - 1} besides the batch"
            )
        return (first, *given)
    sizes = own[1:]
    if not value.type.tensor_type.HasField("shape") or None in sizes:
        shown = "x".join("?" if n is None else str(n) for n in sizes)
        raise ConvcostError(
            f"{printable(path)}: input '{name}' leaves sizes open ({shown}): give them, as in "
            f"--input {name}=3x224x224"
        )
    shape = (first, *(n for n in sizes if n is not None)) if own else ()
    if max(shape, default=0) > LARGEST:
        raise ConvcostError(f"{printable(path)}: input '{name}' has a size that no network has")
    return shape


def _channels_last(
    readers: Mapping[str, Sequence[onnx.NodeProto]], name: str, rank: int
) -> tuple[int, ...] | None:
    """The spatial axes of an input whose channels come last: it is transposed before any layer but
    those that work position by position, such as its normalisation."""
    names = [name]
    for through in names:  # grows as it goes
        for node in readers.get(through, ()):
            if node.op_type == "Transpose":
                order = next((tuple(a.ints) for a in node.attribute if a.name == "perm"), ())
                last = order == (0, rank - 1, *range(1, rank - 1))
                return tuple(range(1, rank - 1)) if last else None
            if node.op_type in POSITION_BY_POSITION:
                names.extend(made for made in node.output if made not in names)
            elif node.op_type != "Shape":
                return None
    return None


def _outputs(graph: onnx.GraphProto, builder: Builder) -> None:
    for value in graph.output:
        made = builder.values.get(value.name)
        if isinstance(made, Tensor):
            builder.network.outputs[value.name] = made
        else:
            builder.network.unknown.append(f"output {value.name}: it is not known")
    if not builder.network.outputs:
        made = (layer.outputs[0] for layer in reversed(builder.network.layers) if layer.inputs)
        builder.network.outputs |= {last.name: last for last in islice(made, 1)}
