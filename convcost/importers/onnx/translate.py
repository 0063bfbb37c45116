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
    shapes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("", name): act
    for family in (products.ACTS, norms.ACTS, pools.ACTS, elementwise.ACTS, shapes.ACTS, control.ACTS, padding.ACTS)
    for name, act in family.items()
} | quantised.ACTS
