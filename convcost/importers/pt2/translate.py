"""The translators of PyTorch's operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.builder import Ways
from convcost.importers.building.opaque import add_opaque
from convcost.importers.pt2 import (
    addressed,
    affine,
    antialias,
    attention,
    control,
    elementwise,
    norms,
    picks,
    pools,
    products,
    quantised,
    recurrent,
    reductions,
    shapes,
    vision,
)
from convcost.importers.pt2.constants import worked_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node

ATEN = (
    *(products, norms, pools, elementwise, reductions, shapes, picks, addressed, antialias),
    *(attention, recurrent),
)
FAMILIES = (
    *(("aten", family) for family in ATEN),
    ("torchvision", vision),
    ("higher_order", control),
    ("quantized_decomposed", quantised),
    ("torchao", affine),
)

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    (domain, name): act for domain, family in FAMILIES for name, act in family.ACTS.items()
}

WAYS = Ways(worked_out, TRANSLATE, add_opaque)
