"""Windows and receptive fields by plain loops over positions and taps.

Nothing here is shared with the package, and nothing is clever: it says what the words mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Layer = Callable[[int], Iterable[int]]
"""Which units of the layer before a unit reads; units go on for ever, on both sides."""


class CannotRunError(Exception):
    """An op cannot be applied to what it was given."""


def taps(unit: int, kernel: int, stride: int, before: int, dilation: int) -> list[int]:
    """Input positions that a unit of a window reads; those in padding are below 0 or too large."""
    return [unit * stride - before + tap * dilation for tap in range(kernel)]


def starts(
    size: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> list[int]:
    """Where windows start that lie inside their padded input."""
    last_tap = (kernel - 1) * dilation
    every = range(-before, size + after, stride)
    return [start for start in every if start + last_tap < size + after]


def starts_ceil(
    size: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> list[int]:
    """As starts; and one window more may hang over the end by less than a stride, so that all of
    the padded input is covered, unless it would start in the padding after."""
    last_tap = (kernel - 1) * dilation
    found: list[int] = []
    for start in range(-before, size, stride):
        overhang = start + last_tap - (size + after - 1)
        if overhang >= stride:
            break
        found.append(start)
        if overhang >= 0:
            break
    return found


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """The least padding with which as many windows fit as strides are needed to cross the input."""
    wanted = len(range(0, size, stride))
    before = after = 0
    while len(starts(size, kernel, stride, before, after, dilation)) < wanted:
        if before == after:
            after += 1  # the odd one goes after
        else:
            before += 1
    return before, after


def scattered(size: int, kernel: int, stride: int, dilation: int) -> list[list[tuple[int, int]]]:
    """For each position a transposed window writes to: the (input, tap) that write there."""
    written: dict[int, list[tuple[int, int]]] = {}
    for unit in range(size):
        for tap in range(kernel):
            written.setdefault(unit * stride + tap * dilation, []).append((unit, tap))
    return [written.get(position, []) for position in range(max(written) + 1)]


def cropped(
    written: list[list[tuple[int, int]]], before: int, after: int, extra: int
) -> list[list[tuple[int, int]]]:
    """Positions after adding some at the end and cropping. Added positions are cropped first, then
    written ones."""
    padded = [*written, *[[] for _ in range(extra)]]
    return padded[before : max(before, len(padded) - after)]


# Layers that go on for ever, for receptive fields.


def window(kernel: int, stride: int, before: int, dilation: int) -> Layer:
    return lambda unit: taps(unit, kernel, stride, before, dilation)


def transposed_window(kernel: int, stride: int, before: int, dilation: int) -> Layer:
    def reads(unit: int) -> list[int]:
        reach = kernel * dilation + abs(before) + 1
        candidates = range((unit - reach) // stride - 1, (unit + reach) // stride + 2)
        return [
            i
            for i in candidates
            if any(i * stride + tap * dilation - before == unit for tap in range(kernel))
        ]

    return reads


def nearest(numerator: int, denominator: int) -> Layer:
    """The input whose place, scaled up, is the last at or before the unit."""

    def reads(unit: int) -> list[int]:
        near = range(-2 - 2 * abs(unit) * denominator, 3 + 2 * abs(unit) * denominator)
        return [max(i for i in near if i * numerator <= unit * denominator)]

    return reads


def adaptive(size: int, units: int) -> Layer:
    """The inputs that a unit's share of the axis, ``size / units`` long, overlaps."""

    def reads(unit: int) -> list[int]:
        near = range(-2 - 2 * abs(unit) * size, 3 + 2 * (abs(unit) + 1) * size)
        return [i for i in near if i * units < (unit + 1) * size and (i + 1) * units > unit * size]

    return reads
