"""Operators that make arrays of nothing but a shape: an identity, random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.values import Stored
from convcost.importers.onnx.dtypes import DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

MOST_GIVEN = 1 << 16  # numbers that are written out


def eye_like(b: Builder, node: Node) -> None:
    """EyeLike: a constant, as shapes are known."""
    rows, columns = b.shape(node, 0)
    diagonal = node.get("k", 0)
    stored = _constant(node, (rows, columns))
    if rows * columns > MOST_GIVEN:
        b.differ(node, "its numbers are not those of an identity here")
    else:
        b.weight(stored).values = tuple(
            tuple(int(column - row == diagonal) for column in range(columns)) for row in range(rows)
        )
    b.give(node, b.passed(stored))


def drawn(b: Builder, node: Node) -> None:
    """RandomNormal and RandomUniform: a constant, which reads nothing."""
    _draw(b, node, tuple(node.fields["shape"]))


def drawn_like(b: Builder, node: Node) -> None:
    """RandomNormalLike, RandomUniformLike and Bernoulli."""
    _draw(b, node, b.shape(node, 0))


def _draw(b: Builder, node: Node, shape: tuple[int, ...]) -> None:
    b.differ(node, "its numbers are drawn anew by the model, and are a constant here")
    b.give(node, b.passed(_constant(node, shape)))


def _constant(node: Node, shape: tuple[int, ...]) -> Stored:
    dtype = DTYPES.get(node.get("dtype", 1), "float32")
    return Stored(node.outputs[0], shape, dtype, learned=False)


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "EyeLike": eye_like,
    **dict.fromkeys(("RandomNormal", "RandomUniform"), drawn),
    **dict.fromkeys(("RandomNormalLike", "RandomUniformLike", "Bernoulli"), drawn_like),
}
