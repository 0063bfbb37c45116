"""From the nodes of an ONNX graph to the layers of a Network."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from convcost.importers.onnx.fold import MOST_ELEMENTS, folded
from convcost.importers.onnx.make import make
from convcost.importers.onnx.names import Names, of_array
from convcost.importers.onnx.node import Node, NotUnderstood
from convcost.importers.onnx.payload import small_array
from convcost.importers.onnx.values import DTYPES, Stored, Unknown
from convcost.network import BrokenCondition, Network, Tensor, Weight
from convcost.ops.kinds import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import onnx

    from convcost.importers.onnx.values import Known, Value
    from convcost.network import Layer
    from convcost.ops.op import Op

    Translate = Mapping[tuple[str, str], Callable[["Builder", Node], None]]

MOST_LISTED = 100  # nodes that are not understood
MISFITS = (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError)


class Builder:
    """The Network as far as it is made, and what each name of the graph stands for.

    ``translate`` has by domain and operator what makes layers of a node.
    """

    def __init__(self, network: Network, opset: int, translate: Translate) -> None:
        self.network = network
        self.opset = opset
        self.translate = translate
        self.values: dict[str, Value] = {}
        self.names = Names()
        self.weights: dict[tuple[str, tuple[int, ...]], Weight] = {}
        self.parameters: dict[str, Tensor] = {}  # arrays that layers pass on, by name
        self.shipped: set[str] = set()  # the initializers
        self.skipped = 0
        self.read: Counter[str] = Counter()  # how often the graph reads each name

    # Values

    def store(self, tensor: onnx.TensorProto, *, learned: bool) -> Stored:
        """An array of the file."""
        shape = tuple(tensor.dims)
        if any(n < 0 for n in shape) or prod(shape) >= 1 << 62:
            raise NotUnderstood(f"its shape {list(shape)} is none")
        dtype = DTYPES.get(tensor.data_type, "float32")
        learned = learned and dtype.startswith(("float", "bfloat"))  # others are positions
        return Stored(tensor.name, shape, dtype, small_array(tensor), learned)

    def value(self, node: Node, number: int) -> Value:
        """The meaning of an input of a node."""
        name = node.inputs[number] if node.has(number) else ""
        if name not in self.values:
            raise NotUnderstood(f"its input {number} is missing")
        value = self.values[name]
        if isinstance(value, Unknown):
            raise NotUnderstood("")
        return value

    def stored(self, node: Node, number: int) -> Stored | None:
        """An input that is an array of the file, or None."""
        value = self.value(node, number)
        return value if isinstance(value, Stored) else None

    def known(self, node: Node, number: int) -> Known | None:
        """The values of an input, None where it is not given."""
        if not node.has(number):
            return None
        value = self.value(node, number)
        if isinstance(value, Stored) and value.known is not None:
            return value.known
        raise NotUnderstood(f"its input {number} is only known when the network runs")

    def ints(self, node: Node, number: int) -> list[int] | None:
        """The values of an input of whole numbers."""
        array = self.known(node, number)
        return None if array is None else [int(n) for n in array.reshape(-1)]

    def number(self, node: Node, number: int) -> float | None:
        """The value of an input of one number, None where it is not known."""
        if not node.has(number):
            return None
        value = self.value(node, number)
        if isinstance(value, Stored) and value.known is not None and value.known.size == 1:
            return float(value.known.reshape(-1)[0])
        return None

    def shape(self, node: Node, number: int) -> tuple[int, ...]:
        """The shape of an input."""
        return self.value(node, number).shape  # pyright: ignore - unknown values have raised

    def tensor(self, node: Node, number: int) -> Tensor:
        """An input as a tensor: an array of the file becomes a layer that passes it on."""
        value = self.value(node, number)
        if isinstance(value, Tensor):
            return value
        assert isinstance(value, Stored)
        return self.passed(value)

    def passed(self, value: Stored) -> Tensor:
        """An array of the file as a tensor, in whatever shape the graph looks at it."""
        shape = value.shape or (1,)
        if value.name not in self.parameters:
            whole = value.whole or shape
            op = make("parameter", shape=whole, batch=False, learned=value.learned)
            name = of_array(value.name)
            name = self.names.unique(f"{name}.value" if name in self.names.taken else name)
            weights = {"value": self.weight(value, whole)}
            layer = self.network.add(name, op, (), None, weights, value.dtype)
            self.parameters[value.name] = layer.outputs[0]
        own = self.parameters[value.name]
        if own.shape == shape:
            return own
        op = make("view", shape=shape)
        name = self.names.unique(f"{of_array(value.name)}.view")
        return self.network.add(name, op, (own,), None, None, value.dtype).outputs[0]

    def weight(
        self, value: Stored, shape: tuple[int, ...] | None = None, *, learned: bool | None = None
    ) -> Weight:
        """The array as a weight, in the layout of an op."""
        shape = value.shape if shape is None else shape
        learned = value.learned if learned is None else learned
        key = (value.name, shape)
        if key not in self.weights:
            self.weights[key] = Weight(value.name, shape, learned, value.dtype)
        return self.weights[key]

    # Layers

    def add(
        self,
        node: Node,
        op: Op,
        inputs: Sequence[Tensor],
        weights: Mapping[str, Weight] | None = None,
    ) -> Layer:
        """A layer that a node becomes."""
        name, shared = self.names.new(node), weights or None
        layer = self.network.add(name, op, inputs, None, shared, inputs[0].dtype)
        for tensor in layer.outputs:
            if not all(0 < size <= LARGEST_SIZE for size in tensor.shape):
                raise NotUnderstood(f"its output {list(tensor.shape)} is none that can be")
        return layer

    def give(self, node: Node, *values: Value) -> None:
        """The meaning of a node's outputs."""
        for name, value in zip(node.outputs, values, strict=False):
            if name:
                self.values[name] = value

    def readers(self, tensor: Tensor) -> int:
        """The number of times that the graph reads a tensor, by all its names."""
        return sum(self.read[n] for n, value in self.values.items() if value is tensor)

    def take_back(self, count: int) -> None:
        """Forget the last layers, in whose place another comes."""
        for layer in self.network.layers[-count:]:
            self.names.taken.discard(layer.name)
        self._undo(len(self.network.layers) - count)

    def differ(self, node: Node, how: str) -> None:
        """Note that a node's values are not quite those of the model."""
        self.network.differs.append(f"{node}: {how}")

    def run(self, proto: onnx.NodeProto) -> None:
        """A node: worked out where it is a constant, else made a layer, else listed."""
        node = Node(proto)
        before = len(self.network.layers)
        try:
            if node.op == "If":
                self._branch(node)
            elif not self._constant(node):
                act = self.translate.get((node.domain, node.op))
                if act is None:
                    raise NotUnderstood("convcost does not know this operator")
                act(self, node)
        except (NotUnderstood, BrokenCondition) as error:
            self._undo(before)
            self._list(node, str(error))
        except MISFITS as error:  # of what a file may hold in place of what it should
            self._undo(before)
            self._list(node, f"its inputs and attributes do not fit together ({error})")

    def _undo(self, before: int) -> None:
        """Take back the layers of a node that turned out not to be understood."""
        gone = {t for layer in self.network.layers[before:] for t in layer.outputs}
        del self.network.layers[before:]
        self.parameters = {n: t for n, t in self.parameters.items() if t not in gone}
        self.values = {
            n: v for n, v in self.values.items() if not (isinstance(v, Tensor) and v in gone)
        }

    def _branch(self, node: Node) -> None:
        """If, where its condition is known: the nodes of that branch."""
        condition = self.known(node, 0)
        taken = "then_branch" if condition is not None and bool(condition.all()) else "else_branch"
        graph = node.fields[taken]
        for tensor in graph.initializer:
            self.values[tensor.name] = self.store(tensor, learned=True)
        for inner in graph.node:
            self.run(inner)
        self.give(node, *(self.values[value.name] for value in graph.output))

    def _constant(self, node: Node) -> bool:
        if node.op == "Constant":
            self.give(node, self._constant_node(node))
            return True
        if node.op in ("Shape", "Size"):
            self.give(node, self._shape_node(node))
            return True
        given = [self.values.get(name) if name else None for name in node.inputs]
        if not all(v is None or isinstance(v, Stored) for v in given) or not node.outputs:
            return False
        arrays = [v.known if isinstance(v, Stored) else None for v in given]
        # A fill of a shape that the file stores is how models are shipped without their weights.
        filled = node.op == "ConstantOfShape" and node.inputs[0] in self.shipped
        if node.op == "ConstantOfShape" and arrays[0] is not None:
            shape = tuple(int(n) for n in arrays[0].reshape(-1))
            if prod(shape) > MOST_ELEMENTS:
                self.give(node, Stored(node.outputs[0], shape, "float32", learned=filled))
                return True
        result = folded(node, arrays, self.opset)
        if result is None:
            return False
        learned = filled or any(
            isinstance(v, Stored) and v.learned and v.known is not None and v.known.ndim
            for v in given
        )
        self.give(node, _stored(node.outputs[0], result, learned and result.dtype.kind == "f"))
        return True

    def _constant_node(self, node: Node) -> Stored:
        import numpy as np

        name = node.outputs[0]
        if "value" in node.fields:
            return self.store(node.fields["value"], learned=False)._replace(name=name)
        for field in ("value_float", "value_floats", "value_int", "value_ints"):
            if field in node.fields:
                kind = np.float32 if "float" in field else np.int64
                return _stored(name, np.array(node.fields[field], dtype=kind), learned=False)
        raise NotUnderstood("it is a constant of no numbers")

    def _shape_node(self, node: Node) -> Stored:
        import numpy as np

        shape = self.shape(node, 0)
        if node.op == "Size":
            return _stored(node.outputs[0], np.array(prod(shape), dtype=np.int64), learned=False)
        part = shape[node.get("start", 0) : node.get("end", len(shape))]
        return _stored(node.outputs[0], np.array(part, dtype=np.int64), learned=False)

    def _list(self, node: Node, reason: str) -> None:
        """Note a node that is not counted; those that only read what it makes are told by it."""
        unknown = Unknown(str(node))
        self.give(node, *[unknown] * len(node.outputs))
        if not reason:
            self.skipped += 1
        elif len(self.network.unknown) < MOST_LISTED:
            self.network.unknown.append(f"{node}: {reason}")


def _stored(name: str, array: Known, learned: bool) -> Stored:
    import numpy as np

    known = np.asarray(array)
    kinds = {np.dtype(t): t for t in ("float32", "float16", "float64", "int64", "int32", "int8")}
    return Stored(name, tuple(known.shape), kinds.get(known.dtype, "float32"), known, learned)
