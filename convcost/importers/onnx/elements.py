"""Operators that are one op, or two in a row, element by element or over axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make
from convcost.importers.building.node import axis_of
from convcost.importers.onnx.elementwise import one, reduce, several
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.elementwise import Act
    from convcost.importers.onnx.node import Node

OF_ANGLES = ("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh")


def mod(b: Builder, node: Node) -> None:
    """Mod: the remainder has the sign of the divisor, with ``fmod`` that of the dividend."""
    several("fmod" if node.get("fmod", 0) else "remainder")(b, node)


def is_inf(b: Builder, node: Node) -> None:
    """IsInf."""
    op = make(
        "isinf",
        positive=bool(node.get("detect_positive", 1)),
        negative=bool(node.get("detect_negative", 1)),
    )
    b.give(node, b.add(node, op, (b.tensor(node, 0),)).outputs[0])


def log_sum(b: Builder, node: Node) -> None:
    """ReduceLogSum."""
    reduce("sum")(b, node)
    total = b.values[node.outputs[0]]
    if isinstance(total, Tensor):
        b.give(node, b.add(node, make("log"), (total,)).outputs[0])


def standardised(b: Builder, node: Node) -> None:
    """MeanVarianceNormalization: by the mean and the deviation over all but the channels."""
    x = b.tensor(node, 0)
    axes = node.get("axes", [0, 2, 3])
    dims = tuple(sorted(axis_of(axis, len(x.shape)) for axis in axes))
    # The model adds 1e-9 to the deviation, which this is the square of.
    op = make("layer_norm", dim=dims, eps=1e-18, elementwise_affine=False)
    b.give(node, b.add(node, op, (x,)).outputs[0])


ACTS: dict[str, Act] = {
    "ReduceLogSum": log_sum,
    "MeanVarianceNormalization": standardised,
    **{name: one(name.lower()) for name in OF_ANGLES},
    "Mod": mod,
    "Xor": several("logical_xor"),
    "IsNaN": one("isnan"),
    "IsInf": is_inf,
    "Shrink": one("shrink", lambd="lambd", shift="bias"),
}
