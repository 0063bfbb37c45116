"""The translators of ONNX operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx import (
    attention,
    control,
    einsum,
    elementwise,
    fused,
    nchwc,
    norms,
    padding,
    pools,
    products,
    quantised,
    resizing,
    rotary,
    shapes,
    transformers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

STANDARD = (
    *(products, einsum, attention, rotary, norms, pools, resizing),
    *(elementwise, shapes, padding, control),
)
FAMILIES = {
    "": STANDARD,
    "com.microsoft": (fused, transformers),
    "com.microsoft.nchwc": (nchwc,),
}

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    (domain, name): act
    for domain, families in FAMILIES.items()
    for family in families
    for name, act in family.ACTS.items()
}
TRANSLATE |= {("", name): act for name, act in transformers.STANDARD_NAMES.items()}
TRANSLATE |= quantised.ACTS
