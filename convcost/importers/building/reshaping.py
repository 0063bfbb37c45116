"""Tensors and arrays in other shapes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.blocks import exchanged
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.samples import Samples
    from convcost.tensor import Tensor


def reshaped(b: Builder, node: Node, shape: Sequence[int]) -> None:
    """The first input in another shape, which is that of all axes."""
    value = b.value(node, 0)
    shape = tuple(shape)
    if prod(shape) != prod(value.shape):  # pyright: ignore - unknown values have raised
        raise NotUnderstood(f"{list(b.shape(node, 0))} cannot become {list(shape)}")
    if isinstance(value, Stored):
        b.give(node, value.reshaped(shape))
        return
    x = b.tensor(node, 0)
    if shape == x.shape:
        b.give(node, x)
        return
    whole = exchanged(b, x, shape)
    if whole is not None:
        op, x = whole
        b.give(node, b.add(node, op, (x,)).outputs[0])
        return
    own = x.batch_axis == 0 and shape[:1] == x.shape[:1] and len(shape) > 1
    op = make("reshape", shape=shape[1:]) if own else make("view", shape=shape)
    b.give(node, b.add(node, op, (x,)).outputs[0])


def resolved(x: Sequence[int], wanted: Sequence[int], *, keeps: bool) -> list[int]:
    """A shape without its 0 and -1.

    Raises:
        NotUnderstood: it leaves more than one size open, or has another number of elements.
    """
    shape = [x[i] if n == 0 and keeps and i < len(x) else n for i, n in enumerate(wanted)]
    if shape.count(-1) > 1:
        raise NotUnderstood("its shape leaves two sizes open")
    if -1 in shape:
        rest = -prod(shape)
        if not rest or prod(x) % rest:
            raise NotUnderstood(f"{list(x)} cannot become {shape}")
        shape[shape.index(-1)] = prod(x) // rest
    return shape


def _names_samples(x: Tensor, samples: Samples, wanted: Sequence[int], *, keeps: bool) -> bool:
    """Whether a shape names the samples as they are here: the graph has worked it out."""
    try:
        shape = resolved(x.shape, wanted, keeps=keeps)
    except NotUnderstood:
        return False
    place = samples.regrouped(x.shape, tuple(shape)) if prod(shape) == prod(x.shape) else None
    return place is not None and wanted[place.axis] in (0, shape[place.axis])


def refitted(
    b: Builder, x: Tensor, wanted: Sequence[int], *, keeps: bool
) -> tuple[int, ...] | None:
    """A shape for as many samples as are given, which the file states for those that it fixes; None
    where it already fits as it stands."""
    before = b.as_in_file(x)
    if before is None or x.samples is None or _names_samples(x, x.samples, wanted, keeps=keeps):
        return None
    try:
        shape = tuple(resolved(before, wanted, keeps=keeps))
    except NotUnderstood:
        return None
    place = x.samples.regrouped(before, shape) if prod(shape) == prod(before) else None
    return None if place is None else place.with_count(shape, b.network.batch)
