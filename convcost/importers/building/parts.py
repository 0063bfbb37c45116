"""Parts of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor


def kept(
    b: Builder,
    node: Node,
    x: Tensor,
    dims: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[int],
    steps: Sequence[int] | None = None,
) -> Tensor:
    """A part of a tensor. An axis that is kept whole is not named, so that the batch is, however
    large it is."""
    each = zip(dims, starts, ends, steps or [1] * len(dims), strict=True)
    cuts = [cut for cut in each if cut[1:] != (0, x.shape[cut[0]], 1)]
    if not cuts:
        return x
    dims, starts, ends, steps = zip(*cuts, strict=True)
    by = None if set(steps) == {1} else steps
    op = make("slice", dims=dims, starts=starts, ends=ends, steps=by)
    return b.add(node, op, (x,)).outputs[0]
