"""Axes as formulas need them: those that a field ``dim`` names, and those of aligned inputs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from convcost.number import Must, Number, Shape, prod
from convcost.ops.op import WHOLE, Reads, written_shape
from convcost.window import FIRST, MOST_PHASES, SAME, Step

if TYPE_CHECKING:
    from collections.abc import Iterator


def named(dim: tuple[int, ...], x: Shape) -> tuple[int, ...]:
    """The axes counted from the front, in order."""
    return tuple(sorted(axis + len(x) if axis < 0 else axis for axis in dim))


def dim_conditions(dim: tuple[int, ...], x: Shape) -> Iterator[Must]:
    """Each axis exists and is named once. The batch is one of them where it is said so, by 0, which
    no person can write: who counts from the end does not mean it."""
    for written, axis in zip(dim, (named((axis,), x)[0] for axis in dim), strict=True):
        yield Must(
            min(axis - (written < 0), len(x) - 1 - axis, 0),
            "dim ({dim}) is not an axis of {shape}: 1 is the channels",
            "dim",
            {"dim": written, "shape": written_shape(x)},
        )
    # Compared, and not a set: numbers of a sweep that are equal would be two.
    twice = sum(a == b for a, b in pairwise(named(dim, x)))
    yield Must(-twice, "dim names an axis twice", "dim")


def dim_condition(dim: int, x: Shape) -> Must:
    """An axis counted from the front exists; one that the input lacks is below 0."""
    return Must(
        min(len(x) - 1 - dim, dim),
        "dim ({dim}) is not an axis of {shape}: 1 is the channels",
        "dim",
        {"dim": dim, "shape": written_shape(x)},
    )


def size_of(axes: tuple[int, ...], x: Shape) -> Number:
    """Elements along several axes."""
    return prod(x[axis] for axis in axes)


def whole_along(axes: tuple[int, ...], rank: int) -> tuple[Reads, ...]:
    """Reads of units that read several axes as a whole and their own position of the others."""
    return tuple(WHOLE if axis in axes else Reads(axis) for axis in range(rank))


def gated_along(axes: tuple[int, ...], rank: int) -> tuple[Reads, ...]:
    """Reads of units that read their own position, and several axes as a whole for statistics."""
    return tuple(Reads(axis, gate=axis in axes) for axis in range(rank))


def places_fit(dim: int, x: Shape, at: Shape) -> Iterator[Must]:
    """The conditions that an input has the places of another, which say where along ``dim``, along
    all other axes."""
    for axis, (size, places) in enumerate(zip(x, at, strict=True)):
        if axis != dim:
            yield Must(
                size - places,
                "the places are of {places} positions along axis {axis}, and the input has {size}",
                values={"places": places, "axis": axis, "size": size},
                inputs=(0, 1),
            )


def in_turn(positions: range | tuple[int, ...]) -> Step | None:
    """Units that read these positions one after the other, and then again; None where they are
    more than are followed."""
    if len(positions) > MOST_PHASES:
        return None
    return Step(len(positions), 0, tuple(range(p, p + 1) for p in positions))


def evenly(positions: tuple[int, ...]) -> Step | None:
    """Units that read these positions one after the other: a window where they lie evenly."""
    steps = {b - a for a, b in pairwise(positions)}
    if len(steps) > 1:
        return in_turn(positions)
    first = positions[0]
    return Step(1, min(steps, default=0), (range(first, first + 1),))


def broadcast_reads(shape: tuple[int, ...], output: tuple[int, ...]) -> tuple[Reads, ...]:
    """Reads of a tensor aligned at its last axis to an output; an axis of size 1 that grows is read
    alike by all units."""
    missing = len(output) - len(shape)
    return tuple(
        Reads(axis, FIRST if size == 1 != output[axis] else SAME)
        for axis, size in enumerate(shape, start=missing)
    )
