"""The graph of an ONNX file as far as it is written, and what each tensor is called there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.dtype import DEFAULT
from convcost.errors import listed
from convcost.exporters.refused import CannotSay
from convcost.importers.building.names import Names
from convcost.importers.onnx.dtypes import DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import onnx

    from convcost.network import Layer
    from convcost.tensor import Tensor, Weight

    Array = np.ndarray[Any, np.dtype[Any]]
    Arrays = Callable[[Weight], Array]
    Act = Callable[["Graph", Layer], str | Sequence[str]]

NUMBERS = {name: number for number, name in DTYPES.items()}
FLOATS = ("float32", "float16", "float64")
WHOLE = ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool")
MOVED = "moved"
"""The word in names for axes that a layer has in another order while it works."""

POSITIONS, TRUTHS = "int64", "bool"


class Graph:
    """The nodes and arrays that are written.

    Args:
        arrays: makes the array of a weight; without it, weights are fills of a shape, which the
            file holds in their place.
        inputs: names of the network's inputs.
        outputs: its outputs, by their names.
    """

    def __init__(
        self, arrays: Arrays | None, inputs: Sequence[str], outputs: Mapping[str, Tensor]
    ) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.names = Names()
        self.names.taken.update(inputs)
        self.outputs = {self.names.unique(name): tensor for name, tensor in outputs.items()}
        self._called = {tensor: name for name, tensor in self.outputs.items()}
        self.values: dict[Tensor, str] = {}
        self.unfed: set[Tensor] = set()  # made of stored arrays alone, whatever the inputs are
        self.dtypes: dict[str, str] = {}
        self.arrays = arrays
        self.layer: Layer | None = None
        # Positions that count through all maps, and the size of each, beside those that do not.
        self.absolute: dict[Tensor, tuple[str, int]] = {}
        self._since = 0  # nodes before those of the layer that is written
        self._stored: dict[tuple[str, ...], tuple[str, tuple[int, ...]]] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    # What layers read

    def value(self, tensor: Tensor) -> str:
        """The name of a tensor, of whatever type it is."""
        return self.values[tensor]

    def number(self, tensor: Tensor) -> str:
        """The name of a tensor as floats: of the type that the layer makes, if those are."""
        value = self.values[tensor]
        made = DEFAULT if self.layer is None else self.layer.outputs[0].dtype
        wanted = made if made in FLOATS else DEFAULT
        return value if self.dtypes[value] in FLOATS else self.cast(value, wanted)

    def numbers(self, layer: Layer) -> list[str]:
        """The names of all that a layer reads, as floating-point numbers."""
        return [self.number(tensor) for tensor in layer.inputs]

    def position(self, tensor: Tensor) -> str:
        """The name of a tensor as one of positions."""
        return self.cast(self.values[tensor], POSITIONS)

    def truth(self, tensor: Tensor) -> str:
        """The name of a tensor as one of truths: what is not 0."""
        return self.cast(self.values[tensor], TRUTHS)

    def cast(self, value: str, dtype: str) -> str:
        """A value as one of another type; itself, where it is of that."""
        if self.dtypes[value] == dtype:
            return value
        return self.node("Cast", value, to=NUMBERS[dtype], makes=dtype)

    # Arrays

    def weight(
        self,
        weight: Weight,
        shape: tuple[int, ...] | None = None,
        *,
        called: str | None = None,
        constant: bool = False,
    ) -> str:
        """The name of a stored array, in a shape of as many elements. It is stored once; as a
        ``constant`` it is part of the graph, and nothing that is learned."""
        wanted = weight.shape if shape is None else shape
        called = weight.name if called is None else called
        return self.made((weight,), wanted, np.asarray, called, constant=constant)

    def made(
        self,
        weights: Sequence[Weight],
        shape: tuple[int, ...],
        act: Callable[..., Array],
        called: str,
        *,
        constant: bool = False,
    ) -> str:
        """The name of an array that is made of some stored ones, in whose place it is stored."""
        for weight in weights:
            if weight.dtype not in FLOATS and not (constant and weight.dtype in WHOLE):
                written = listed(FLOATS, "or")
                raise CannotSay(f"its weights are of {weight.dtype}, and not of {written}")
        key = tuple(weight.name for weight in weights)
        if key in self._stored:
            name, own = self._stored[key]
            return name if own == shape else self.reshaped(name, shape, keeps=False)
        name, dtype = self.names.unique(called), weights[0].dtype
        self._stored[key] = name, shape
        self.dtypes[name] = dtype
        given = constant or any(weight.values is not None for weight in weights)
        if self.arrays is None and not given:
            self._fill(name, shape, dtype)
            return name
        stored = _stored(name, act(*map(self.array, weights)).reshape(shape), dtype)
        if constant:
            self._constant(name, stored)
        else:
            self.initializers.append(stored)
        return name

    def array(self, weight: Weight) -> Array:
        """The values of a weight; where the file goes without weights, ones for a constant."""
        if weight.values is not None:
            return np.broadcast_to(np.array(weight.values, dtype=np.float32), weight.shape)
        if self.arrays is None:
            return np.ones(weight.shape, dtype=np.float32)
        return self.arrays(weight)

    def _fill(self, name: str, shape: tuple[int, ...], dtype: str) -> None:
        """Zeros in the place of an array, which a runtime makes."""
        from onnx import helper, numpy_helper

        sizes = self.names.unique(f"{name}.shape")
        self.initializers.append(numpy_helper.from_array(np.array(shape, np.int64), sizes))
        zero = helper.make_tensor("value", NUMBERS[dtype], [1], [0.0])
        title = self._title("ConstantOfShape")
        self._before(helper.make_node("ConstantOfShape", [sizes], [name], title, value=zero))

    def constant(self, array: Any, dtype: str = DEFAULT) -> str:
        """The name of numbers that are not weights."""
        known: Array = np.array(array, dtype=dtype)
        key = dtype, known.shape, known.tobytes()
        if key not in self._constants:
            name = self._constants[key] = self.names.unique("constant")
            self._constant(name, _stored("", known, dtype))
            self.dtypes[name] = dtype
        return self._constants[key]

    def _constant(self, name: str, stored: onnx.TensorProto) -> None:
        from onnx import helper

        node = helper.make_node("Constant", [], [name], self._title("Constant"), value=stored)
        self._before(node)

    def positions(self, *values: int) -> str:
        """The name of a list of whole numbers."""
        return self.constant(values, POSITIONS)

    def filled(self, shape: tuple[int, ...], number: float, dtype: str) -> str:
        """The name of a constant of one number everywhere, which takes no room in the file."""
        from onnx import helper

        one = helper.make_tensor("value", NUMBERS[dtype], [1], [number])
        return self.node("ConstantOfShape", self.positions(*shape), value=one, makes=dtype)

    # Nodes

    def node(
        self, op: str, *inputs: str, makes: str | None = None, part: str = "", **attributes: Any
    ) -> str:
        """Add a node of one output, whose name is returned; it has the type of the first input
        unless said otherwise. ``part`` is the word for what does not go by the layer's name."""
        dtypes = (makes or self.dtypes[inputs[0]],)
        (name,) = self.nodes_of(op, *inputs, makes=dtypes, part=part, **attributes)
        return name

    def nodes_of(
        self, op: str, *inputs: str, makes: Sequence[str], part: str = "", **attributes: Any
    ) -> Sequence[str]:
        """Add a node that makes outputs of some types, whose names are returned."""
        from onnx import helper

        given = {name: value for name, value in attributes.items() if value is not None}
        title = self._title(f"{part}/{op}" if part else op)
        stem = title.strip("/")
        outputs = [self.names.unique(f"{stem}:{number}") for number in range(len(makes))]
        while inputs and not inputs[-1]:
            inputs = inputs[:-1]
        self.nodes.append(helper.make_node(op, inputs, outputs, title, **given))
        self.dtypes |= dict(zip(outputs, makes, strict=True))
        return outputs

    def reshaped(self, value: str, shape: Sequence[int], *, keeps: bool = True) -> str:
        """The same elements in another shape; ``keeps``: of as many samples, whatever they are."""
        sizes = [0, *shape[1:]] if keeps and shape else shape
        return self.node("Reshape", value, self.positions(*sizes))

    def for_each_sample(self, value: str, like: str, rank: int) -> str:
        """A value that is one for all samples, as often as another has samples."""
        count = self.node("Shape", like, start=0, end=1, makes=POSITIONS)
        sizes = self.node("Concat", count, self.positions(*[1] * (rank - 1)), axis=0)
        return self.node("Expand", value, sizes)

    def moved(self, value: str, sizes: Sequence[int], order: Sequence[int]) -> str:
        """The axes in another order: where only axes of size 1 change places, a reshape says so."""
        if [*order] == [*range(len(order))]:
            return value
        long = [axis for axis in order if sizes[axis] != 1]
        if long == sorted(long):
            return self.reshaped(value, [sizes[axis] for axis in order], keeps=order[0] == 0)
        return self.node("Transpose", value, perm=[*order], part=MOVED)

    def bind(self, layer: Layer, values: Sequence[str]) -> None:
        """The values that a layer has made, which are called after it from now on."""
        own = {name for node in self.nodes[self._since :] for name in node.output}
        if self.unfed.issuperset(layer.inputs):
            self.unfed.update(layer.outputs)
        for tensor, value in zip(layer.outputs, values, strict=True):
            self.values[tensor] = value
            if value in own:
                own.discard(value)
                name = self._called.get(tensor) or self.names.unique(tensor.name)
                self.values[tensor] = self._renamed(value, name)

    def _renamed(self, value: str, name: str) -> str:
        for node in self.nodes[self._since :]:
            for names in (node.input, node.output):
                for number, read in enumerate(names):
                    if read == value:
                        names[number] = name
        self.dtypes[name] = self.dtypes.pop(value)
        return name

    def without(self, layer: Layer) -> None:
        """Go on as if a layer that could not be written had been."""
        for tensor in layer.outputs:
            name = self.values[tensor] = self.names.unique(tensor.name)
            self.dtypes[name] = tensor.dtype

    def name_outputs(self) -> None:
        """Give each output its name, where it has another so far."""
        from onnx import helper

        for name, tensor in self.outputs.items():
            value = self.values[tensor]
            if value != name:
                title = self.names.unique(f"/{name}/Identity")
                self.nodes.append(helper.make_node("Identity", [value], [name], title))
                self.dtypes[name] = self.dtypes[value]

    def at(self, layer: Layer) -> None:
        """Begin with the nodes of a layer."""
        self.layer, self._since = layer, len(self.nodes)

    def _before(self, node: onnx.NodeProto) -> None:
        """Add a node that is not a layer's, before those of the layer that is written."""
        self.nodes.insert(self._since, node)
        self._since += 1

    def _title(self, op: str) -> str:
        """The name of a node: the layer's, as exporters write the path of a module."""
        assert self.layer is not None
        return self.names.unique(f"/{self.layer.name}/{op}")


def _stored(name: str, array: Array, dtype: str) -> onnx.TensorProto:
    from onnx import numpy_helper

    kept = np.ascontiguousarray(array, dtype=dtype).reshape(array.shape)
    return numpy_helper.from_array(kept, name)
