"""The translators of PyTorch's operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.builder import Ways
from convcost.importers.building.opaque import add_opaque
from convcost.importers.pt2 import (
    attention,
    elementwise,
    norms,
    picks,
    pools,
    products,
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

FAMILIES = (products, norms, pools, elementwise, reductions, shapes, picks, attention, recurrent)

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("aten", name): act for family in FAMILIES for name, act in family.ACTS.items()
} | {("torchvision", name): act for name, act in vision.ACTS.items()}

WAYS = Ways(worked_out, TRANSLATE, add_opaque)
