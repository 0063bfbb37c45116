"""Operators that pick elements by places that the graph makes, or make masks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node


def gather_elements(b: Builder, node: Node) -> None:
    """GatherElements."""
    x, at = b.tensor(node, 0), b.tensor(node, 1)
    op = make("gather_elements", dim=axis_of(node.get("axis", 0), len(x.shape)))
    b.give(node, b.add(node, op, (x, at)).outputs[0])


def gather_nd(b: Builder, node: Node) -> None:
    """GatherND: addresses along as many axes as they have numbers, after those that are shared."""
    x, at = b.tensor(node, 0), b.tensor(node, 1)
    op = make("gather_nd", axes=at.shape[-1], batch_dims=node.get("batch_dims", 0))
    b.give(node, b.add(node, op, (x, at)).outputs[0])


def trilu(b: Builder, node: Node) -> None:
    """Trilu."""
    diagonal = (b.ints(node, 1) or [0])[0]
    op = make("triu" if node.get("upper", 1) else "tril", diagonal=diagonal)
    b.give(node, b.add(node, op, (b.tensor(node, 0),)).outputs[0])


def one_hot(b: Builder, node: Node) -> None:
    """OneHot."""
    x, values = b.tensor(node, 0), b.known(node, 2)
    (classes, *_) = b.ints(node, 1) or [0]
    if values is None or values.size != 2:
        raise NotUnderstood("its values are not two numbers")
    cold, hot = map(float, values.reshape(-1))
    dim = axis_of(node.get("axis", -1), len(x.shape) + 1)
    op = make("one_hot", num_classes=classes, dim=dim, hot=hot, cold=cold)
    b.give(node, b.add(node, op, (x,)).outputs[0])


def hardmax(b: Builder, node: Node) -> None:
    """Hardmax: 1 where the largest is, over one axis from opset 13 on, over all from it before."""
    x = b.tensor(node, 0)
    axis = axis_of(node.get("axis", -1 if b.opset >= 13 else 1), len(x.shape))
    rows = x
    if b.opset < 13 and len(x.shape) != axis + 1:
        rest = 1
        for n in x.shape[axis:]:
            rest *= n
        rows = b.add(node, make("view", shape=(*x.shape[:axis], rest)), (x,)).outputs[0]
    at = b.add(node, make("argmax", dim=axis, keepdim=False), (rows,)).outputs[0]
    op = make("one_hot", num_classes=rows.shape[axis], dim=axis)
    y = b.add(node, op, (at,)).outputs[0]
    if rows is not x:
        y = b.add(node, make("view", shape=x.shape), (y,)).outputs[0]
    b.give(node, y)


def reverse_sequence(b: Builder, node: Node) -> None:
    """ReverseSequence: where whole sequences are reversed, a slice that goes backwards."""
    x = b.tensor(node, 0)
    rank = len(x.shape)
    dim, batch_dim = (
        axis_of(node.get(f"{a}_axis", n), rank) for a, n in (("time", 0), ("batch", 1))
    )
    stored = b.stored(node, 1)
    size = x.shape[dim]
    if stored is not None and stored.known is not None and set(stored.known.flat) == {size}:
        op = make("slice", dims=(dim,), starts=(-1,), ends=(-size - 1,), steps=(-1,))
        b.give(node, b.add(node, op, (x,)).outputs[0])
        return
    lengths = b.tensor(node, 1)
    lengths = b.add(node, make("view", shape=(*lengths.shape, 1)), (lengths,)).outputs[0]
    op = make("reverse_sequence", dim=dim, batch_dim=batch_dim)
    b.give(node, b.add(node, op, (x, lengths)).outputs[0])


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "Trilu": trilu,
    "OneHot": one_hot,
    "Hardmax": hardmax,
    "ReverseSequence": reverse_sequence,
}
