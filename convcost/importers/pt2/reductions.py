"""Operators along axes: reductions, softmax, running sums, what is largest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.pt2.elementwise import two

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node

    Act = Callable[[Builder, Node], None]


def softmax(name: str) -> Act:
    """softmax and log_softmax."""

    def act(b: Builder, node: Node) -> None:
        x = b.arg(node, "self")
        b.give(node, then(b, node, name, x, dim=axis_of(node.fields["dim"], len(x.shape))))

    return act


def reduce(name: str) -> Act:
    """A reduction over some axes; all of them unless they are given."""

    def act(b: Builder, node: Node) -> None:
        x = b.arg(node, "self")
        given: Any = node.get("dim", None)
        rank = len(x.shape)
        axes = [given] if isinstance(given, int) else (given or range(rank))
        dims = tuple(sorted(axis_of(axis, rank) for axis in axes))
        keep = bool(node.get("keepdim", False))
        b.give(node, then(b, node, name, x, dim=dims, keepdim=keep))

    return act


def extreme_along(name: str, place: str) -> Act:
    """max and min along an axis, and where they lie; over everything, or of two tensors."""

    def act(b: Builder, node: Node) -> None:
        if node.gives("other"):
            two("maximum" if name == "amax" else "minimum")(b, node)
            return
        if "dim" not in node.fields:
            reduce(name)(b, node)
            return
        x = b.arg(node, "self")
        dim, keep = axis_of(node.fields["dim"], len(x.shape)), bool(node.get("keepdim", False))
        y = then(b, node, name, x, dim=(dim,), keepdim=keep)
        wanted = len(node.outputs) > 1 and b.read[node.outputs[1]]
        places = [then(b, node, place, x, dim=dim, keepdim=keep)] if wanted else []
        b.give(node, y, *places)

    return act


def extreme(name: str) -> Act:
    """argmax and argmin."""

    def act(b: Builder, node: Node) -> None:
        x = b.arg(node, "self")
        dim: int | None = node.get("dim", None)
        if dim is None:
            raise NotUnderstood("it looks for a place in the whole tensor")
        keep = bool(node.get("keepdim", False))
        b.give(node, then(b, node, name, x, dim=axis_of(dim, len(x.shape)), keepdim=keep))

    return act


def variance(root: bool) -> Act:
    """var and std, by their steps."""

    def act(b: Builder, node: Node) -> None:
        x = b.arg(node, "self")
        rank = len(x.shape)
        dims = tuple(sorted(axis_of(axis, rank) for axis in node.get("dim", None) or range(rank)))
        keep = bool(node.get("keepdim", False))
        mean = then(b, node, "mean", x, dim=dims, keepdim=True)
        apart = then(b, node, "sub", x, mean)
        squares = then(b, node, "pow", apart, exponent=2)
        count = 1
        for dim in dims:
            count *= x.shape[dim]
        less = node.get("correction", None)
        less = (1 if node.get("unbiased", True) else 0) if less is None else less
        y = then(b, node, "mean", squares, dim=dims, keepdim=keep)
        if less:
            y = then(b, node, "scale", y, factor=count / max(1, count - less))
        b.give(node, then(b, node, "sqrt", y) if root else y)

    return act


def cumsum(b: Builder, node: Node) -> None:
    """cumsum."""
    x = b.arg(node, "self")
    b.give(node, then(b, node, "cumsum", x, dim=axis_of(node.fields["dim"], len(x.shape))))


def topk(b: Builder, node: Node) -> None:
    """topk."""
    x = b.arg(node, "self")
    dim = axis_of(node.get("dim", -1), len(x.shape))
    op = make("topk", k=node.fields["k"], dim=dim, largest=bool(node.get("largest", True)))
    b.give(node, *b.add(node, op, (x,)).outputs)


def some(op: str) -> Act:
    """any and all of an axis, or of all axes, of what is true or not."""

    def act(b: Builder, node: Node) -> None:
        if b.dtype(node, node.at("self")) != "bool":
            raise NotUnderstood("it asks for what is not 0")
        reduce(op)(b, node)

    return act


ACTS: dict[str, Act] = {
    "any": some("amax"),
    "all": some("amin"),
    "softmax": softmax("softmax"),
    "_softmax": softmax("softmax"),
    "_safe_softmax": softmax("softmax"),
    "log_softmax": softmax("log_softmax"),
    "_log_softmax": softmax("log_softmax"),
    "mean": reduce("mean"),
    "sum": reduce("sum"),
    "amax": reduce("amax"),
    "amin": reduce("amin"),
    "prod": reduce("prod"),
    "logsumexp": reduce("log_sum_exp"),
    "max": extreme_along("amax", "argmax"),
    "min": extreme_along("amin", "argmin"),
    "argmax": extreme("argmax"),
    "argmin": extreme("argmin"),
    "var": variance(False),
    "std": variance(True),
    "cumsum": cumsum,
    "topk": topk,
}
