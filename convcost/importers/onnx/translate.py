"""The translators of ONNX operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx import (
    attention,
    control,
    einsum,
    elementwise,
    norms,
    padding,
    pools,
    products,
    quantised,
    resizing,
    rotary,
    shapes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

FAMILIES = (
    *(products, einsum, attention, rotary, norms, pools, resizing),
    *(elementwise, shapes, padding, control),
)

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("", name): act for family in FAMILIES for name, act in family.ACTS.items()
} | quantised.ACTS
