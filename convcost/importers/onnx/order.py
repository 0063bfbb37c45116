"""Names and order of a graph's nodes: every value made once, and before it is used."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, listed, quoted
from convcost.importers.onnx.wire import MOST_NESTED, MOST_NODES, too_deep, too_many_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, MutableSequence, Sequence

    import onnx

    # protobuf's containers are these, though their stubs do not say so
    Nodes = MutableSequence[onnx.NodeProto]

LONGEST_CYCLE = 4  # nodes of a cycle that are named


def arrange(graph: onnx.GraphProto) -> None:
    """Sorts the nodes of a graph and of its subgraphs, in place, where they are not in order.

    The sort is stable: of the nodes that are ready, the one that was written first comes first.

    Raises:
        ConvcostError: a cycle, a value that nothing makes or that two make, too many nodes.
    """
    free = _Arranger().graph(graph, 0)
    for name, user in free.items():
        who = f"the {described(user)} reads {quoted(name)}" if user else _an_output(name)
        raise ConvcostError(f"{who}, which is not an input, an initializer or a node's output")


def arrange_function(function: onnx.FunctionProto) -> None:
    """The same for the body of a function, whose names are its own."""
    free = _Arranger().nodes(function.node, function.input, function.output, 0)
    for name in free:
        raise ConvcostError(
            f"the function {quoted(function.name)} reads {quoted(name)}, which is neither an input "
            "nor a node's output in it"
        )


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs that a node holds in its attributes."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def described(node: onnx.NodeProto) -> str:
    """A node as a sentence names it: by its name, or by what it makes."""
    if node.name:
        return f"node {quoted(node.name)} ({quoted(node.op_type)})"
    made = next(filter(None, node.output), "")
    return f"{quoted(node.op_type)} node that makes {quoted(made)}"


def _an_output(name: str) -> str:
    return f"the graph has the output {quoted(name)}"


class _Arranger:
    """One model's graphs, from the inside out; counts their nodes."""

    def __init__(self) -> None:
        self.count = 0

    def graph(self, graph: onnx.GraphProto, nested: int) -> dict[str, onnx.NodeProto | None]:
        """Sorts a graph; gives the names that it takes from around it, and a node that does."""
        stored = chain(
            (tensor.name for tensor in graph.initializer),
            (tensor.values.name for tensor in graph.sparse_initializer),
        )
        inputs = _unique((value.name for value in graph.input), "input")
        # an input with an initializer has a default value: the same name, and right
        known = inputs | _unique(stored, "initializer")
        return self.nodes(graph.node, known, (value.name for value in graph.output), nested)

    def nodes(
        self, nodes: Nodes, known: Iterable[str], outputs: Iterable[str], nested: int
    ) -> dict[str, onnx.NodeProto | None]:
        """The same for nodes among names that are known before them."""
        if nested > MOST_NESTED:
            raise too_deep()
        self.count += len(nodes)
        if self.count > MOST_NODES:
            raise too_many_nodes()
        makers = dict.fromkeys(known, -1)
        reads: list[list[str]] = []
        late = False  # whether something is made after a node that reads it, or not at all
        for index, node in enumerate(nodes):
            read = [*filter(None, node.input)]
            for graph in subgraphs(node):
                read += self.graph(graph, nested + 1)
            reads.append(read)
            late = late or not all(map(makers.__contains__, read))
            for name in filter(None, node.output):
                if name in makers:
                    raise ConvcostError(_made_twice(name, nodes, makers[name], index))
                makers[name] = index
        free: dict[str, onnx.NodeProto | None] = {}
        if late:
            for node, read in zip(nodes, reads, strict=True):
                free |= {name: node for name in read if name not in makers and name not in free}
            before = [{makers[name] for name in read if name in makers} - {-1} for read in reads]
            _sort(nodes, before)
        for name in outputs:
            if name not in makers:
                free.setdefault(name, None)
        return free


def _unique(names: Iterable[str], what: str) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConvcostError(f"the graph has two {what}s of the name {quoted(name)}")
        seen.add(name)
    return seen


def _made_twice(name: str, nodes: Sequence[onnx.NodeProto], first: int, second: int) -> str:
    what = f"the {described(nodes[second])} makes {quoted(name)}"
    if first < 0:
        return f"{what}, which is an input or an initializer"
    return f"{what}, and so does the {described(nodes[first])}"


def _sort(nodes: Nodes, before: Sequence[set[int]]) -> None:
    """Puts nodes in an order in which each comes after those that it reads."""
    if all(index > max(earlier, default=-1) for index, earlier in enumerate(before)):
        return
    after: list[list[int]] = [[] for _ in before]
    for index, earlier in enumerate(before):
        for other in earlier:
            after[other].append(index)
    waiting = [len(earlier) for earlier in before]
    ready = [index for index, number in enumerate(waiting) if not number]
    heapify(ready)
    order: list[int] = []
    while ready:
        index = heappop(ready)
        order.append(index)
        for other in after[index]:
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready, other)
    if len(order) < len(before):
        cycle = _cycle(before, waiting)
        names = [f"the {described(nodes[index])}" for index in cycle[:LONGEST_CYCLE]]
        more = ["others"] if len(cycle) > LONGEST_CYCLE else []
        wait = "wait for each other" if len(cycle) > 1 else "waits for itself"
        raise ConvcostError(f"the nodes form a cycle: {listed(names + more)} {wait}")
    arranged = [nodes[index] for index in order]
    copies = [type(node).FromString(node.SerializeToString()) for node in arranged]
    del nodes[:]
    nodes.extend(copies)


def _cycle(before: Sequence[set[int]], waiting: Sequence[int]) -> list[int]:
    """A cycle among nodes that wait: each of them waits for one that waits, so going back from one
    to another comes round."""
    index = next(index for index, number in enumerate(waiting) if number)
    place: dict[int, int] = {}
    while index not in place:
        place[index] = len(place)
        index = min(other for other in before[index] if waiting[other])
    return list(place)[place[index] :]
