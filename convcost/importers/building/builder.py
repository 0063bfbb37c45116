"""From the nodes of a graph to the layers of a Network."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.allowance import TooMuch
from convcost.applied import BrokenCondition
from convcost.errors import printable
from convcost.importers.building.make import make
from convcost.importers.building.names import Names
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored, Unknown
from convcost.ops.kinds import LARGEST_SIZE
from convcost.tensor import Tensor, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.given import Rule, Stated
    from convcost.importers.building.node import Node
    from convcost.importers.building.values import Known, Made, Value
    from convcost.network import Layer, Network
    from convcost.ops.op import Op

MISFITS = (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError)


class Ways(NamedTuple):
    """The ways to treat a node: ``constant`` says whether it worked its outputs out, ``translate``
    has by domain and operator what makes layers of it, ``opaque`` adds one that is not understood,
    for a reason."""

    constant: Callable[[Any, Any], bool]
    translate: Mapping[tuple[str, str], Callable[[Any, Any], None]]
    opaque: Callable[[Any, Any, str], None]


class Kept(NamedTuple):
    """All that a builder knows at some point."""

    layers: Sequence[Layer]
    values: dict[str, Value]
    parameters: dict[tuple[str, tuple[int, ...]], Tensor]
    lazy: dict[str, Stored]
    names: set[str]
    unknown: Sequence[str]
    differs: Sequence[str]
    assumes: Sequence[str]
    held: set[Tensor]
    skipped: int


class Builder:
    """The Network as far as it is made, and what each name of the graph stands for."""

    def __init__(self, network: Network, ways: Ways, operators: Mapping[str, Rule]) -> None:
        self.network = network
        self.ways = ways
        self.values: dict[str, Value] = {}
        self.names = Names()
        self.weights: dict[tuple[str, tuple[int, ...], bool], Weight] = {}
        # arrays that layers pass on, by name and shape
        self.parameters: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self.skipped = 0
        self.fixed: int | None = None  # samples in the shapes of the file, where it fixes them
        self.read: Counter[str] = Counter()  # how often the graph reads each name
        self.lazy: dict[str, Stored] = {}  # constants that a layer has made since
        self.operators = operators

    # Values

    def value(self, node: Node, number: int) -> Value:
        """The meaning of an input of a node."""
        value = self._looked_up(node, number)
        if not isinstance(value, Stored) or value.maker is None:
            return value
        return self.made(node.inputs[number], value, value.maker)

    def passed_on(self, node: Node, number: int) -> Value:
        """The meaning of an input that may be a sequence, too."""
        value = self.values.get(node.inputs[number])
        if isinstance(value, Unknown) and value.parts is not None:
            return value
        return self.value(node, number)

    def made(self, name: str, value: Stored, maker: Node) -> Value:
        """A constant under its name, now made by the layers of its node."""
        before = len(self.network.layers)
        try:
            self._act(maker)
            made = self.values[value.name]
        except (NotUnderstood, BrokenCondition, *MISFITS):  # it is an array of its own then
            self._undo(before)
            made = value._replace(maker=None)
        self.values[name] = made
        self.lazy[name] = value
        return made

    def _looked_up(self, node: Node, number: int) -> Value:
        """The meaning of an input as it is by now."""
        name = node.inputs[number] if node.has(number) else ""
        if name not in self.values:
            raise NotUnderstood(f"its input {number} is missing")
        value = self.values[name]
        if isinstance(value, Unknown):
            raise NotUnderstood("" if value.parts is None else f"its input {number} is a sequence")
        return value

    def stored(self, node: Node, number: int) -> Stored | None:
        """An input that is an array of the file, or None."""
        value = self.value(node, number)
        return value if isinstance(value, Stored) else None

    def known(self, node: Node, number: int) -> Known | None:
        """The values of an input, None where it is not given."""
        if not node.has(number):
            return None
        name = node.inputs[number]
        value = self.lazy.get(name) or self._looked_up(node, number)
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
        value = self.lazy.get(node.inputs[number]) or self._looked_up(node, number)
        if isinstance(value, Stored) and value.known is not None and value.known.size == 1:
            return float(value.known.reshape(-1)[0])
        return None

    def shape(self, node: Node, number: int) -> tuple[int, ...]:
        """The shape of an input."""
        return self._looked_up(node, number).shape  # pyright: ignore - unknown values have raised

    def as_in_file(self, x: Tensor) -> tuple[int, ...] | None:
        """A shape with the number of samples that the file fixes, where others are given."""
        if self.fixed is None or self.fixed == self.network.batch or x.samples is None:
            return None
        return x.samples.with_count(x.shape, self.fixed)

    def dtype(self, node: Node, number: int) -> str:
        """The type of an input's numbers."""
        return self.value(node, number).dtype  # pyright: ignore - unknown values have raised

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
        whole = value.whole or shape
        if 0 in whole:
            raise NotUnderstood(f"its input {printable(value.name)} has no elements")
        if (value.name, whole) not in self.parameters:
            op = make("parameter", shape=whole, batch=False, learned=value.learned)
            name = self.of_array(value.name)
            name = self.names.unique(f"{name}.value" if name in self.names.taken else name)
            weights = {"value": self.weight(value, whole)}
            if value.number is not None:
                weights["value"].values = value.number
            layer = self.network.add(name, op, (), None, weights, value.dtype)
            self.parameters[value.name, whole] = layer.outputs[0]
        return self.looked_at(value, self.parameters[value.name, whole], shape)

    def looked_at(self, value: Stored, own: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The tensor of an array of the file in a shape."""
        if own.shape == shape:
            return own
        op = make("view", shape=shape)
        name = self.names.unique(f"{self.of_array(value.name)}.view")
        return self.network.add(name, op, (own,), None, None, value.dtype).outputs[0]

    def of_array(self, name: str) -> str:
        """The name of a layer that passes an array on."""
        return name

    def weight(
        self,
        value: Stored,
        shape: tuple[int, ...] | None = None,
        *,
        learned: bool | None = None,
        turned: bool = False,
    ) -> Weight:
        """The array as a weight, in the layout of an op; ``turned`` where that has its axes the
        other way round."""
        shape = value.shape if shape is None else shape
        learned = value.learned if learned is None else learned
        key = (value.name, shape, turned)
        if key not in self.weights:
            self.weights[key] = Weight(value.name, shape, learned, value.dtype)
            self.weights[key].turned = turned
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
        # Truths among the inputs choose or mask others, and do not make those truths.
        dtype = next((x.dtype for x in inputs if x.dtype != "bool"), inputs[0].dtype)
        layer = self.network.add(name, op, inputs, node.source, shared, dtype)
        layer.module, layer.around, layer.function = node.module, node.around, node.function
        layer.in_place = node.in_place
        layer.node, layer.value = node.name, node.made
        for tensor in layer.outputs:
            if not all(0 < size <= LARGEST_SIZE for size in tensor.shape):
                raise NotUnderstood(f"its output shape {list(tensor.shape)} is impossible")
        return layer

    def give(self, node: Node, *values: Value) -> None:
        """The meaning of a node's outputs."""
        for name, value in zip(node.outputs, values, strict=False):
            if name:
                self.bind(name, value)

    def bind(self, name: str, value: Value) -> None:
        """The meaning of a name from now on: a body that runs again has new ones."""
        self.lazy.pop(name, None)
        self.values[name] = value

    def rule(self, node: Node) -> Stated | None:
        """The outcome of the user's rule for the operator of a node, or None if there is no such
        rule."""
        rule = self.operators.get(node.operator)
        if rule is None:
            return None
        values = [self.values.get(name) for name in node.inputs]
        shapes = [None if v is None or isinstance(v, Unknown) else v.shape for v in values]
        return rule.of(node.fields, shapes)

    def made_by(self, node: Node) -> Sequence[Made] | None:  # noqa: ARG002 - importers know more
        """The shapes and types that are known of what a node makes, whatever it does; None where
        that of an output is not."""
        return None

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
        said = f"{node}: {how}"
        if self.network.differs[-1:] != [said]:
            self.network.differs.append(said)

    def bound(self, node: Node, most: int, what: str) -> None:
        """Note that a node makes so many of something at most, and is counted for all of them."""
        self.network.assumes.append(f"the most {what} that {node} may make, {most}")
        self.differ(node, f"its {most} {what} are the most that there may be")

    def run(self, node: Node) -> None:
        """A node: worked out where it is a constant, else made a layer, else listed."""
        before, stored = len(self.network.layers), len(self.weights)
        try:
            if not self.ways.constant(self, node):
                self._act(node)
            return
        except TooMuch as error:
            raise error.about(str(node)) from None
        except (NotUnderstood, BrokenCondition) as error:
            reason = str(error)
        except MISFITS as error:  # of what a file may hold in place of what it should
            reason = f"its inputs and attributes do not fit together ({error})"
        self._undo(before)
        for key in [*self.weights][stored:]:  # made of arrays as it alone takes them
            del self.weights[key]
        self.ways.opaque(self, node, reason)

    def _act(self, node: Node) -> None:
        """The layers of a node."""
        act = self.ways.translate.get((node.domain, node.op))
        if act is None:
            raise NotUnderstood("convcost does not know this operator")
        act(self, node)

    def kept(self) -> Kept:
        """All that is known by now, to come back to."""
        network = self.network
        return Kept(
            (*network.layers,),
            dict(self.values),
            dict(self.parameters),
            dict(self.lazy),
            {*self.names.taken},
            (*network.unknown,),
            (*network.differs,),
            (*network.assumes,),
            {*network.held},
            self.skipped,
        )

    def restore(self, kept: Kept) -> None:
        """Back to what was known."""
        network = self.network
        network.layers[:] = kept.layers
        self.values, self.parameters, self.lazy = kept.values, kept.parameters, kept.lazy
        self.names.taken, self.skipped, network.held = kept.names, kept.skipped, kept.held
        network.unknown[:], network.differs[:] = kept.unknown, kept.differs
        network.assumes[:] = kept.assumes

    def _undo(self, before: int) -> None:
        """Take back the layers of a node that turned out not to be understood."""
        if before == len(self.network.layers):
            return
        gone = {t for layer in self.network.layers[before:] for t in layer.outputs}
        del self.network.layers[before:]
        self.parameters = {n: t for n, t in self.parameters.items() if t not in gone}
        lost = [n for n, v in self.values.items() if isinstance(v, Tensor) and v in gone]
        for name in lost:
            del self.values[name]
            if name in self.lazy:
                self.values[name] = self.lazy[name]
