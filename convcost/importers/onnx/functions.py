"""Calls of a model's own functions, replaced by their bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, printable, quoted
from convcost.importers.onnx.order import arrange_function, subgraphs
from convcost.importers.onnx.wire import MOST_BYTES, MOST_NODES, too_many_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import onnx

MOST_CALLS = 64  # functions that call each other in a row
LONGEST_REASON = 200

Key = tuple[str, str, str]


class Size(NamedTuple):
    """The size of a graph when all calls are replaced: nodes and bytes; and the longest row of
    calls."""

    nodes: int
    bytes: int
    calls: int


def inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without calls of its functions; one that has no functions is returned as it is.

    A function that asks for other versions of operators than the model does stays, and so do the
    calls of it: the same names would mean something else outside of it.

    Raises:
        ConvcostError: functions that call themselves, or that grow too large; broken bodies.
    """
    if not model.functions:
        return model
    # the inliner looks names up as it meets them, so it breaks bodies that are not in order
    for function in model.functions:
        arrange_function(function)
    # it also has no limits: ten functions that call the next ten times are ten thousand million
    _Sizes(model.functions).of(model.graph.node, 0)
    from onnx.inliner import inline_local_functions

    try:
        return inline_local_functions(model)
    except Exception as error:  # of C++, and documented nowhere
        reason = printable(str(error).splitlines()[0][-LONGEST_REASON:]) if str(error) else "?"
        raise ConvcostError(f"its functions cannot be inlined: {reason}") from None


def _key(domain: str, name: str, overload: str) -> Key:
    return ("" if domain == "ai.onnx" else domain, name, overload)


class _Sizes:
    """The sizes of functions, each looked at once."""

    def __init__(self, functions: Iterable[onnx.FunctionProto]) -> None:
        self.functions: dict[Key, onnx.FunctionProto] = {}
        self.sizes: dict[Key, Size | None] = {}
        for function in functions:
            key = _key(function.domain, function.name, function.overload)
            if key in self.functions:
                raise ConvcostError(f"there are two functions {quoted(function.name)}")
            self.functions[key] = function

    def of(self, nodes: Iterable[onnx.NodeProto], calls: int) -> Size:
        """The size of nodes inside ``calls`` calls, with all that they call."""
        count = size = below = 0
        for node in nodes:
            key = _key(node.domain, node.op_type, node.overload)
            parts = [self.function(key, calls + 1)] if key in self.functions else []
            parts += [self.of(graph.node, calls) for graph in subgraphs(node)]
            count += 1 + sum(part.nodes for part in parts)
            size += node.ByteSize() + sum(part.bytes for part in parts)
            below = max(below, *(part.calls for part in parts), 0)
            if count > MOST_NODES:
                raise too_many_nodes()
            if size > MOST_BYTES:
                raise ConvcostError(
                    f"with its functions inlined the model has more than {MOST_BYTES >> 20} MiB"
                )
        return Size(count, size, below)

    def function(self, key: Key, calls: int) -> Size:
        """The size of one call of a function."""
        name = quoted(key[1])
        if key in self.sizes:
            size = self.sizes[key]
            if size is None:
                raise ConvcostError(f"the function {name} calls itself")
        else:
            self.sizes[key] = None  # being looked at
            size = self.of(self.functions[key].node, calls) if calls <= MOST_CALLS else None
        if size is None or size.calls >= MOST_CALLS:
            raise ConvcostError(
                f"more than {MOST_CALLS} functions call each other in a row: {name}"
            )
        self.sizes[key] = size
        return size._replace(calls=size.calls + 1)
