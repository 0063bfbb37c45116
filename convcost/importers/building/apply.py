"""Ops applied one after the other, where a node is several."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from convcost.allowance import work
from convcost.importers.building.make import make
from convcost.importers.building.values import Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor, Weight


def then(
    b: Builder,
    node: Node,
    name: str,
    *inputs: Tensor,
    weights: Mapping[str, Weight] | None = None,
    **fields: Any,
) -> Tensor:
    """An op on some tensors, as a layer of the node: its first output."""
    return b.add(node, make(name, **fields), inputs, weights).outputs[0]


def viewed(b: Builder, node: Node, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A tensor in another shape, the batch included; itself where that is its own."""
    return x if shape == x.shape else then(b, node, "view", x, shape=shape)


def transposed(b: Builder, node: Node, x: Tensor, *dims: int) -> Tensor:
    """A tensor with its axes in another order."""
    return then(b, node, "transpose", x, dims=dims)


def constant(
    b: Builder, node: Node, what: str, values: Iterable[int | Fraction], *shape: int
) -> Tensor:
    """Numbers that an operator brings with it, rather than the file, in some shape."""
    work(prod(shape), "writing out the numbers of a constant")
    numbers = tuple(map(Fraction, values))
    stored = Stored(f"{node.outputs[0]}.{what}", (len(numbers),), "float32", learned=False)
    b.weight(stored).values = numbers
    return b.passed(stored.reshaped(shape))
