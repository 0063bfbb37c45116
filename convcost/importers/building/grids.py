"""Samples of a map at places that a grid has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import constant, then
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood

if TYPE_CHECKING:
    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor


def sampled(
    b: Builder, node: Node, x: Tensor, grid: Tensor, *, mode: str, border: str, corners: bool
) -> Tensor:
    """A ``grid_sample``, whose ``border`` may be ``reflection`` besides."""
    if border == "reflection":
        if mode == "bicubic":
            raise NotUnderstood("it is bicubic and reflects what lies beyond the edges")
        grid, border = _reflected(b, node, grid), "border"
    op = make("grid_sample", mode=mode, padding_mode=border, align_corners=corners)
    return b.add(node, op, (x, grid)).outputs[0]


def _reflected(b: Builder, node: Node, grid: Tensor) -> Tensor:
    """Places thrown back at -1 and 1, where the map ends whatever ``align_corners`` says: its half
    period is 2, so that they are ``1 - |(g + 1) mod 4 - 2|``."""
    period = constant(b, node, "period", (4,), *(1,) * len(grid.shape))
    t = then(b, node, "remainder", then(b, node, "shift", grid, amount=1.0), period)
    t = then(b, node, "abs", then(b, node, "shift", t, amount=-2.0))
    return then(b, node, "shift", then(b, node, "neg", t), amount=1.0)
