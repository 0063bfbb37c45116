"""The translators of ONNX operators to ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.builder import Ways
from convcost.importers.building.opaque import add_opaque
from convcost.importers.onnx import (
    attention,
    control,
    elements,
    elementwise,
    few_bits,
    fused,
    nchwc,
    norms,
    padding,
    picks,
    pools,
    products,
    quantised,
    quantised_fused,
    quantised_recurrent,
    recurrent,
    regions,
    resizing,
    rotary,
    sequences,
    shapes,
    sources,
    spectrum,
    transformers,
)
from convcost.importers.onnx.constants import worked_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

FAMILIES = {
    "": (
        *(products, attention, rotary, norms, pools, resizing, quantised),
        *(elementwise, shapes, padding, control, recurrent),
        *(elements, picks, regions, sequences, sources, spectrum),
    ),
    "com.microsoft": (fused, transformers, quantised_fused, quantised_recurrent, few_bits),
    "com.microsoft.nchwc": (nchwc,),
}

TRANSLATE: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    (domain, name): act
    for domain, families in FAMILIES.items()
    for family in families
    for name, act in family.ACTS.items()
}

WAYS = Ways(worked_out, TRANSLATE, add_opaque)
