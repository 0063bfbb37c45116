"""How PyTorch says each op: one row an op, from the file of its family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.torch import elements, shapes, sums, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.exporters.torch.said import Said
    from convcost.network import Layer

ROWS: Mapping[str, Callable[[Layer], Said] | str] = {
    **windows.WAYS,
    **sums.WAYS,
    **elements.WAYS,
    **shapes.WAYS,
}
"""By the op, what says a layer of it, or why PyTorch cannot."""
