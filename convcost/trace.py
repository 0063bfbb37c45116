"""All that was computed of one candidate, and all that was decided on the way.

The numbers that write it down are those of :mod:`convcost.traced`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterable, Mapping
    from fractions import Fraction

Exact: TypeAlias = "int | Fraction"

AXIS, CONSTANT, CALL, COLUMNS, BELOW, EQUAL, WHOLE, WORKED, IS = (
    *("axis", "constant", "call", "columns", "<", "==", "whole", "worked", "is"),
)
"""Operators of nodes, besides those of arithmetic. A ``call`` has an exact number for each row (or
none, where it fails), ``columns`` a function over columns; those that follow are yes or no:
``whole`` of a call that gave an int, ``worked`` of one that gave anything, ``is`` of one that gave
a certain value."""


class Node(NamedTuple):
    """A step of a trace: an operator, and the numbers of the nodes that it is applied to. ``what``
    is the axis, the value or the function that it needs besides."""

    operator: str
    arguments: tuple[int, ...] = ()
    what: Hashable = None


class Trace:
    """All that was computed of one candidate, each step once, and all that was decided by it.

    ``guards`` are decisions, as nodes and their answers. ``functions`` are those of calls, by what
    their nodes name. ``values`` are those of the candidate, by node.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.values: dict[int, Exact] = {}
        self.candidates = 1  # that the trace has been of
        self.guards: dict[int, bool] = {}
        self.functions: dict[Hashable, Callable[..., Any]] = {}
        self._numbers: dict[tuple[Node, bool], int] = {}

    def node(self, operator: str, arguments: Iterable[int] = (), what: Hashable = None) -> int:
        """The number of a node, which is added unless there is one like it."""
        node = Node(operator, tuple(arguments), what)
        key = (node, isinstance(what, bool))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
        return number

    def decided(self, node: int, answer: bool) -> bool:
        """Note a decision."""
        self.guards.setdefault(node, answer)
        return answer

    def is_on(self, axis: str, value: Hashable) -> None:
        """Note that everything from here on is of one value of an axis."""
        self.decided(self.node(IS, (self.node(AXIS, what=axis),), value), True)

    def turn_to(self, values: Mapping[int, Exact]) -> None:
        """Go on with another candidate, for which all guards are answered alike.

        Args:
            values: what it has for each node whose number is asked for again; others are worked
                out anew.
        """
        self.values = dict(values)
        self.candidates += 1

    def axes_of(self, nodes: Iterable[int]) -> frozenset[str]:
        """The axes that nodes depend on."""
        left, seen = [*nodes], set[int]()
        axes: set[str] = set()
        while left:
            number = left.pop()
            if number not in seen:
                seen.add(number)
                node = self.nodes[number]
                left += node.arguments
                if node.operator == AXIS:
                    axes.add(cast("str", node.what))
        return frozenset(axes)

    @contextmanager
    def apart(self, *, forget: bool = True) -> Generator[dict[int, bool]]:
        """Note the decisions of what is inside apart from all others, and forget its nodes after
        it unless they are to stay."""
        kept, self.guards = self.guards, {}
        before = len(self.nodes)
        try:
            yield self.guards
        finally:
            self.guards = kept
            for node in self.nodes[before:] if forget else ():
                del self._numbers[node, isinstance(node.what, bool)]
            if forget:
                del self.nodes[before:]
