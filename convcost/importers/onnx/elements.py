"""Operators that work element by element on numbers that are asked, cut off or taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.elementwise import one, several
from convcost.importers.onnx.make import make

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


ACTS: dict[str, Act] = {
    **{name: one(name.lower()) for name in OF_ANGLES},
    "Mod": mod,
    "Xor": several("logical_xor"),
    "IsNaN": one("isnan"),
    "IsInf": is_inf,
    "Shrink": one("shrink", lambd="lambd", shift="bias"),
}
