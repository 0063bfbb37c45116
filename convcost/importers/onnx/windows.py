"""Kernels, strides and paddings as ONNX writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.node import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.onnx.node import Node

Pairs = tuple[tuple[int, int], ...]


def per_axis(node: Node, name: str, rank: int) -> tuple[int, ...]:
    """An attribute with a number an axis; 1 where it is not given."""
    values = tuple(int(n) for n in node.get(name, [1] * rank))
    if len(values) != rank:
        raise NotUnderstood(f"its {name} are for {len(values)} axes, and its input has {rank}")
    return values


def paddings(node: Node, size: Sequence[int], kernel: Sequence[int]) -> Pairs:
    """Positions added before and after each axis."""
    rank = len(size)
    mode = node.get("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        strides, dilations = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
        return tuple(
            _same(n, k, s, d, mode == "SAME_LOWER")
            for n, k, s, d in zip(size, kernel, strides, dilations, strict=True)
        )
    if mode == "VALID":
        return ((0, 0),) * rank
    return pairs(node.get("pads", [0] * 2 * rank), rank)


def reached(
    borders: Pairs, size: Sequence[int], kernel: Sequence[int], strides: Sequence[int]
) -> Pairs:
    """Paddings without what no window reaches, where that is as wide as a window: so old exports
    wrote pooling whose last windows hang over the end."""
    if len(kernel) != len(size):
        return borders  # which the op will say
    result: list[tuple[int, int]] = []
    for (before, after), n, k, s in zip(borders, size, kernel, strides, strict=True):
        end = (before + n + after - k) // s * s + k  # of the last window
        result.append((before, after if after < k else max(0, end - n - before)))
    return tuple(result)


def pairs(pads: Sequence[int], rank: int) -> Pairs:
    """``[before ..., after ...]`` as pairs."""
    if len(pads) != 2 * rank:
        raise NotUnderstood(f"its pads are {len(pads)} numbers, and {2 * rank} are wanted")
    return tuple((int(a), int(b)) for a, b in zip(pads[:rank], pads[rank:], strict=True))


def _same(n: int, k: int, s: int, d: int, lower: bool) -> tuple[int, int]:
    positions = -(-n // s)
    missing = max(0, (positions - 1) * s + (k - 1) * d + 1 - n)
    less, more = missing // 2, missing - missing // 2
    return (more, less) if lower else (less, more)
