"""The arrays that kernels take besides their inputs: known from fields and shapes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = tuple[int, ...]


class Stored(NamedTuple):
    """Shapes of the arrays that a kernel takes, by the names of its arguments: what is learned, and
    what is stored besides."""

    learned: Mapping[str, Shape] = {}
    constant: Mapping[str, Shape] = {}


def of_filters(weight: Shape, filters: int, bias: bool) -> dict[str, Shape]:
    """A weight, and a number for each filter where there is a bias."""
    return {"weight": weight, "bias": (filters,)} if bias else {"weight": weight}


def of_channels(x: Shape, *, affine: bool) -> Stored:
    """A factor and a summand for each channel of a normalised map."""
    return Stored(dict.fromkeys(("weight", "bias"), x[1:2])) if affine else Stored()


def along(x: Shape, dim: tuple[int, ...]) -> Shape:
    """The sizes of some axes, in the order in which the map has them."""
    chosen = {axis % len(x) for axis in dim}
    return tuple(size for axis, size in enumerate(x) if axis in chosen)
