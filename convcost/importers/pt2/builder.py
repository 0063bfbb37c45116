"""The builder of a Network, with what only exported programs have."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from convcost.importers.building.builder import MISFITS
from convcost.importers.building.builder import Builder as BuildingBuilder
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored, Unknown
from convcost.importers.pt2.looks import LOOKS, Memory, looks
from convcost.importers.pt2.node import Node
from convcost.importers.pt2.symbols import OpenSize
from convcost.importers.pt2.writes import written
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from convcost.given import Rule
    from convcost.importers.building.builder import Ways
    from convcost.importers.building.node import Node as BuildingNode
    from convcost.importers.building.values import Made, Value
    from convcost.importers.pt2.graph import Program
    from convcost.network import Network
    from convcost.tensor import Weight


class Builder(BuildingBuilder):
    """The Network as far as it is made; shapes are held against those that the program states."""

    def __init__(
        self,
        network: Network,
        program: Program,
        sizes: Mapping[str, int],
        ways: Ways,
        operators: Mapping[str, Rule],
    ) -> None:
        super().__init__(network, ways, operators)
        self.program = program
        self.sizes = {**sizes}
        self.memory = Memory()
        self.quantised: dict[str, tuple[int, ...]] = {}  # arrays stored so, by name: shapes
        self.turns: dict[str, Stored] = {}  # matrices by the names of what they are when turned

    def node(self, written: Mapping[str, Any]) -> Node:
        """A node as the program has it."""
        return Node(written, self._size)

    def _size(self, name: str) -> int:
        """A size that the program has worked out before."""
        size = self.program.size(name, self.sizes)
        if size is None:
            raise OpenSize(name)
        return size

    def at_most(self, node: Node, axis: int, most: int, what: str) -> None:
        """Let a size of what a node makes, which depends on data, be the most that it may be."""
        symbol = self.program.open_size(node.outputs[0], axis, self.sizes)
        if symbol is not None:
            self.sizes[symbol] = most
            self.bound(node, most, what)

    def run_all(self, nodes: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> None:
        """The nodes of a graph as the program has them, and the names of its outputs."""
        made = [self.node(written) for written in nodes]
        for names in (*(node.inputs for node in made), outputs):
            self.read.update(names)
            self.memory.will_be_read(names)
        for node in made:
            self.run(node)

    @contextmanager
    def inside(self, graph: Mapping[str, Any]) -> Generator[None]:
        """A graph inside of a node, whose names mean nothing outside, nor those outside in it."""
        outer = self.program, self.values, self.lazy, self.turns, self.memory, self.read
        self.program, self.values, self.lazy = self.program.inside(graph), {}, {}
        self.turns, self.memory, self.read = {}, Memory(), Counter()
        try:
            yield
        finally:
            self.program, self.values, self.lazy, self.turns, self.memory, self.read = outer

    def run(self, node: BuildingNode) -> None:
        """A node, whose arguments may be sizes that nodes before it have made known."""
        assert isinstance(node, Node)
        node.settle()
        self.memory.was_read(node.inputs)
        if node.op in LOOKS and node.domain == "aten":
            self._look(node)
        super().run(node)

    def _look(self, node: Node) -> None:
        """Note what a node looks at."""
        whole = self.program.made(node.inputs[0], self.sizes) if node.inputs else None
        made = [self.program.made(name, self.sizes) for name in node.outputs]
        shapes = [one.shape for one in made if one is not None]
        if whole is not None and len(shapes) == len(made):
            with suppress(NotUnderstood, *MISFITS):  # the node itself says what is wrong then
                for name, look in looks(node, whole.shape, shapes):
                    self.memory.note(name, look)

    def give(self, node: BuildingNode, *values: Value) -> None:
        """The meaning of a node's outputs: a single number has the axes that the program states."""
        super().give(node, *(self._single(node, *pair) for pair in enumerate(values)))

    def _single(self, node: BuildingNode, number: int, value: Value) -> Value:
        if not isinstance(value, Tensor) or value.shape != (1,) or number >= len(node.outputs):
            return value
        stated = self.program.made(node.outputs[number], self.sizes)
        if stated is None or stated.shape:
            return value
        return self.add(node, make("view", shape=()), (value,)).outputs[0]

    def alone(self, value: Stored) -> Tensor:
        """An array of the program as a tensor that no operator reads: one number has no axes."""
        x = self.passed(value)
        if x.shape == value.shape:
            return x
        name = self.names.unique(f"{self.of_array(value.name)}.view")
        op = make("view", shape=())
        return self.network.add(name, op, (x,), None, None, value.dtype).outputs[0]

    def made_by(self, node: BuildingNode) -> Sequence[Made] | None:
        """The shapes that the program states of what a node makes."""
        if not node.outputs or "" in node.outputs:
            return None
        stated = [self.program.made(name, self.sizes) for name in node.outputs]
        known = [one for one in stated if one is not None and all(one.shape)]
        return known if len(known) == len(stated) else None

    def stated(self, node: BuildingNode) -> Made | None:
        """The shape and type that the program states for the first output of a node."""
        return self.program.made(node.outputs[0], self.sizes)

    def arg(self, node: Node, name: str) -> Tensor:
        """An argument as a tensor."""
        return self.tensor(node, node.at(name))

    def array(self, node: Node, name: str) -> Stored | None:
        """An argument that is an array of the program; None where a layer makes it."""
        return self.stored(node, node.at(name))

    def turn(self, node: Node, matrix: Stored) -> None:
        """Let a node make a matrix of the program turned: a layer only where one needs it so."""
        self.turns[node.outputs[0]] = matrix
        self.bind(node.outputs[0], matrix._replace(shape=matrix.shape[::-1], known=None))

    def turned(self, node: Node, name: str) -> Stored | None:
        """The matrix of the program that an argument is when turned; None where it is none."""
        place = node.at(name)
        return self.turns.get(node.inputs[place]) if node.has(place) else None

    def value(self, node: BuildingNode, number: int) -> Value:
        """The meaning of an input of a node; a matrix that is turned becomes a layer."""
        name = node.inputs[number] if node.has(number) else ""
        matrix = self.turns.pop(name, None)
        if matrix is not None:
            x = self.passed(matrix)
            self.values[name] = self.add(node, make("transpose", dims=(1, 0)), (x,)).outputs[0]
        return super().value(node, number)

    def roles(
        self, node: Node, **roles: str
    ) -> tuple[Sequence[Tensor], Mapping[str, Weight] | None]:
        """Arguments that an op has as weights, by its roles for them: all of them as weights where
        the program stores them, else all as tensors."""
        given = {role: name for role, name in roles.items() if node.gives(name)}
        arrays = {role: self.array(node, name) for role, name in given.items()}
        if all(arrays.values()):
            return (), {role: self.weight(array) for role, array in arrays.items() if array}
        return [self.arg(node, name) for name in given.values()], None

    def _act(self, node: BuildingNode) -> None:
        """The layers of a node, whose shapes must be those that the program states."""
        assert isinstance(node, Node)
        node.must_be_settled()
        super()._act(node)
        for name in filter(None, node.outputs):
            self._compare(name)
        if node.in_place and node.inputs and node.outputs:
            written(self, self.memory, node, node.inputs[0])

    def _compare(self, name: str) -> None:
        value, stated = self.values.get(name), self.program.made(name, self.sizes)
        if value is None or isinstance(value, Unknown) or stated is None:
            return
        own = self.as_in_file(value) if isinstance(value, Tensor) else None
        if (own or value.shape) != stated.shape:
            raise NotUnderstood(
                f"convcost makes {[*value.shape]} of it and the program {[*stated.shape]}, which "
                "is a mistake of one of them: please report it"
            )
        if isinstance(value, Tensor):
            value.dtype = stated.dtype
