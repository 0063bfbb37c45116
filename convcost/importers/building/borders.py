"""Borders along any axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make

if TYPE_CHECKING:
    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor

Pairs = tuple[tuple[int, int], ...]
"""Positions before and after each axis."""


def bordered(
    b: Builder, node: Node, x: Tensor, grown: Pairs, *, mode: str = "constant", value: float = 0.0
) -> Tensor:
    """Borders along any axis: axes of size 1 are put before those that grow, so that they lie where
    maps have theirs, and taken out after."""
    first = next(axis for axis, pair in enumerate(grown) if any(pair))
    lead = x.shape[: min(first, 2)]
    ones = (1,) * (2 - len(lead))
    if ones:
        shape = (*lead, *ones, *x.shape[len(lead) :])
        x = b.add(node, make("view", shape=shape), (x,)).outputs[0]
    padding = grown[len(lead) :]
    op = make("pad", len(padding), padding=padding, mode=mode, value=value)
    y = b.add(node, op, (x,)).outputs[0]
    if ones:
        shape = (*lead, *y.shape[2:])
        y = b.add(node, make("view", shape=shape), (y,)).outputs[0]
    return y
