"""Kernels, strides and paddings as PyTorch's operators have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcost.importers.pt2.node import Node


def each(value: Any, rank: int) -> tuple[int, ...]:
    """A number for each axis: one that is alone stands for all."""
    values = [value] if isinstance(value, int) else [*value]
    return tuple(values * rank if len(values) == 1 else values)


def field(node: Node, name: str, rank: int, default: int) -> tuple[int, ...]:
    """An argument with a number for each axis; none at all is its default."""
    value = node.get(name, None)
    return each(default if value is None or value == [] else value, rank)


def evenly(padding: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """The same padding before and after each axis."""
    return tuple((n, n) for n in padding)
