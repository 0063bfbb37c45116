"""How ONNX says each op: one row an op."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.onnx import elementwise, moves, norms, pools, products, recurrent, sampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.exporters.onnx.graph import Act

FAMILIES = (products, pools, norms, elementwise, moves, sampling, recurrent)

ROWS: Mapping[str, Act | str] = {op: act for family in FAMILIES for op, act in family.ACTS.items()}
"""By the op, what writes a layer of it, or why ONNX cannot say it."""
