"""The translators of ONNX operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx import (
    control,
    elements,
    elementwise,
    norms,
    picks,
    pools,
    products,
    quantised,
    regions,
    shapes,
    sources,
    spectrum,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

FAMILIES = (
    *(products.ACTS, norms.ACTS, pools.ACTS, elementwise.ACTS, shapes.ACTS, control.ACTS),
    *(elements.ACTS, picks.ACTS, regions.ACTS, sources.ACTS, spectrum.ACTS),
)

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("", name): act for family in FAMILIES for name, act in family.items()
} | quantised.ACTS
