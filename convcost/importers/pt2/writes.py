"""Operators that write in place: who reads the tensor from then on reads what was written.

Of a part of a tensor, that means the whole: what lies before the part, what was written, and what
lies behind it, end to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.parts import kept
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node


class Part(NamedTuple):
    """Positions of a tensor along one axis, by the name of the whole."""

    whole: str
    dim: int
    start: int
    end: int


def written(b: Builder, parts: Mapping[str, Part], node: Node, name: str) -> None:
    """Give a name, and all that it is a part of, what a node has written to it.

    Args:
        b: the builder.
        parts: names of parts of tensors.
        node: that has written.
        name: of what it has written to.
    """
    value = b.values[node.outputs[0]]
    b.values[name] = value
    while name in parts:
        part = parts[name]
        x = b.values[part.whole]
        if not isinstance(x, Tensor) or not isinstance(value, Tensor):
            raise NotUnderstood("it writes to a part of a constant")
        value = b.values[part.whole] = joined(b, node, x, value, part)
        name = part.whole


def joined(b: Builder, node: Node, x: Tensor, value: Tensor, part: Part) -> Tensor:
    """A tensor with another in the place of a part of it."""
    n = x.shape[part.dim]
    size = (*x.shape[: part.dim], part.end - part.start, *x.shape[part.dim + 1 :])
    pieces = [viewed(b, node, value, size)]
    if part.start > 0:
        pieces.insert(0, kept(b, node, x, (part.dim,), (0,), (part.start,)))
    if part.end < n:
        pieces.append(kept(b, node, x, (part.dim,), (part.end,), (n,)))
    return pieces[0] if len(pieces) == 1 else then(b, node, "concat", *pieces, dim=part.dim)
