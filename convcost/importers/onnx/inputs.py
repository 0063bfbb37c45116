"""The inputs of a model as tensors, or as constants where somebody gives what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.importers.building.asked import named, refuse_unknown
from convcost.importers.building.sizes import Sizes
from convcost.importers.onnx.dtypes import DTYPES
from convcost.importers.onnx.given_values import stored_value
from convcost.samples import Samples
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import onnx

    from convcost.given import Declared, Given
    from convcost.importers.building.sizes import Asked
    from convcost.importers.onnx.builder import Builder

POSITION_BY_POSITION = frozenset(("Add", "Cast", "Clip", "Div", "Identity", "Mul", "Pad", "Sub"))
RECURRENT = ("LSTM", "GRU", "RNN", "DynamicQuantizeLSTM")
NAMELESS = ("", "?", "-1", "None")
"""Words that exporters write where a size has no name."""


def declared(graph: onnx.GraphProto) -> dict[str, Declared]:
    """The shapes of the inputs that have no value in the file."""
    stored = {tensor.name for tensor in graph.initializer}
    return {value.name: _shape(value) for value in graph.input if value.name not in stored}


def _shape(value: onnx.ValueInfoProto) -> Declared:
    kind = value.type.tensor_type
    return tuple(map(_size, kind.shape.dim)) if kind.HasField("shape") else None


def _size(dim: onnx.TensorShapeProto.Dimension) -> int | str | None:
    if dim.HasField("dim_value"):
        return dim.dim_value if dim.dim_value > 0 else None
    return None if dim.dim_param in NAMELESS else dim.dim_param


def read_inputs(
    path: str, graph: onnx.GraphProto, builder: Builder, given: Given, samples: Asked
) -> Sizes:
    """Add the inputs to the network, and what is known of them to the builder; return their sizes.

    Raises:
        ConvcostError: sizes are open, or what is given does not fit the model.
    """
    tensors = declared(graph)
    given = named(given, tensors)
    refuse_unknown(path, [value.name for value in graph.input], tensors, given)
    wanted = [v for v in graph.input if v.name in tensors or v.name in given.values]
    for value in wanted:
        if not value.type.HasField("tensor_type"):
            name = printable(value.name)
            raise ConvcostError(f"{printable(path)}: input '{name}' is not a tensor")
    if tensors and tensors.keys() <= given.values.keys():
        raise ConvcostError(
            f"{printable(path)}: --value is given for every input, and one must remain: without "
            "any there is nothing to compute"
        )
    sizes = Sizes(path, {value.name: _shape(value) for value in wanted}, given, samples)
    sizes.refuse_open()
    readers = _readers(graph.node)
    for value in wanted:
        if value.name in given.values:
            builder.values[value.name] = stored_value(path, value, sizes)
        else:
            _add(value, sizes, builder, readers)
    return sizes


def _add(
    value: onnx.ValueInfoProto,
    sizes: Sizes,
    builder: Builder,
    readers: Mapping[str, Sequence[onnx.NodeProto]],
) -> None:
    dtype = DTYPES.get(value.type.tensor_type.elem_type, "float32")
    shape, axis = sizes.whole(value.name), sizes.samples_axis(value.name)
    if _steps_first(readers, value.name, shape) and (steps := sizes.steps(value.name)):
        shape, axis = (steps, sizes.moved(value.name), *shape[2:]), 1
    tensor = Tensor(value.name, shape, None if axis is None else Samples(axis), dtype)
    builder.network.inputs[value.name] = tensor
    builder.values[value.name] = tensor
    axes = _channels_last(readers, value.name, len(shape))
    if axes:
        builder.network.spatial[value.name] = axes


def _readers(nodes: Iterable[onnx.NodeProto]) -> Mapping[str, Sequence[onnx.NodeProto]]:
    found: dict[str, list[onnx.NodeProto]] = {}
    for node in nodes:
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def _steps_first(
    readers: Mapping[str, Sequence[onnx.NodeProto]], name: str, shape: Sequence[int]
) -> bool:
    """Whether an input is a sequence whose steps come before its samples: the first layer that
    reads it is a recurrent one that takes it so."""
    names = [name] if len(shape) == 3 else []
    for through in names:  # grows as it goes
        for node in readers.get(through, ()):
            if node.op_type in RECURRENT:
                by_samples = any(a.name == "layout" and a.i for a in node.attribute)
                return node.input[0] == through and not by_samples
            if node.op_type in POSITION_BY_POSITION:
                names.extend(made for made in node.output if made not in names)
    return False


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
