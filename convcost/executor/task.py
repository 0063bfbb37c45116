"""The task of an algorithm: a layer's arrays, and how its windows lie."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from convcost.executor.windows import landed_positions, positions, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array
    from convcost.executor.windows import Pairs


class Task:
    """A convolution. ``weight`` is ``[filters, channels / groups, *kernel]``."""

    def __init__(
        self,
        x: Array,
        *,
        weight: Array,
        bias: Array | None = None,
        stride: Sequence[int],
        padding: Pairs | str,
        dilation: Sequence[int],
        groups: int,
    ) -> None:
        self.x, self.weight, self.bias = x, weight, bias
        self.batch, self.channels, *self.size = x.shape
        self.filters, self.kernel = weight.shape[0], weight.shape[2:]
        self.stride, self.dilation, self.groups = stride, dilation, groups
        self.borders = resolve(padding, self.size, self.kernel, stride, dilation)

    @cached_property
    def padded(self) -> list[int]:
        """The size of the input with its borders."""
        return [n + sum(pair) for n, pair in zip(self.size, self.borders, strict=True)]

    @cached_property
    def out(self) -> tuple[int, ...]:
        """The size of the output."""
        return positions(self.padded, self.kernel, self.stride, self.dilation)

    @property
    def grouped(self) -> Array:
        """``[groups, filters / groups, channels / groups, *kernel]``: the weight."""
        return self.weight.reshape(self.groups, -1, *self.weight.shape[1:])


class TransposedTask:
    """A transposed convolution. ``weight`` is ``[channels, filters / groups, *kernel]``."""

    def __init__(
        self,
        x: Array,
        *,
        weight: Array,
        bias: Array | None = None,
        stride: Sequence[int],
        padding: Pairs,
        output_padding: Sequence[int],
        dilation: Sequence[int],
        groups: int,
    ) -> None:
        self.x, self.weight, self.bias = x, weight, bias
        self.batch, self.channels, *self.size = x.shape
        self.filters, self.kernel = groups * weight.shape[1], weight.shape[2:]
        self.stride, self.dilation, self.groups = stride, dilation, groups
        self.borders, self.output_padding = padding, output_padding

    @cached_property
    def out(self) -> tuple[int, ...]:
        """The size of the output."""
        return landed_positions(
            *(self.size, self.kernel, self.stride),
            *(self.borders, self.output_padding, self.dilation),
        )

    @property
    def grouped(self) -> Array:
        """``[groups, channels / groups, filters / groups, *kernel]``: the weight."""
        return self.weight.reshape(self.groups, -1, *self.weight.shape[1:])
