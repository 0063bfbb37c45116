"""The translators of ONNX operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx import (
    control,
    elementwise,
    norms,
    padding,
    pools,
    products,
    quantised,
    resizing,
    shapes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

FAMILIES = (products, norms, pools, elementwise, shapes, padding, resizing, control)

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("", name): act for family in FAMILIES for name, act in family.ACTS.items()
} | quantised.ACTS
