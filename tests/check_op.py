"""An op's formulas against the op run by :mod:`brute_ops`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from brute import CannotRunError
from brute_ops import RUN
from brute_sets import inputs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brute_sets import Array

    from convcost.number import Must
    from convcost.ops.op import Op, Reads
    from convcost.window import Step

# Axes along which an op says less than it could: all channels for those of a group. No receptive
# field is told of channels, unless positions were moved to them.
ROUGHLY = {
    "deform_conv": {1},
    "group_norm": {1},
}


def broken(op: Op, shapes: Sequence[tuple[int, ...]]) -> Must | None:
    """The first condition that does not hold."""
    for must in op.conditions(*shapes):
        assert isinstance(must.margin, int)
        if must.margin < 0:
            return must
    return None


def check_op(name: str, op: Any, shapes: Sequence[tuple[int, ...]]) -> None:
    """The op runs if its conditions hold, and then does what its formulas say."""
    fields = op.values()
    complaint = broken(op, shapes)
    if complaint is not None:
        with pytest.raises(CannotRunError):
            RUN[name](fields, *inputs_of(shapes))
        return
    ran = RUN[name](fields, *inputs_of(shapes))
    assert op.outputs(*shapes) == tuple(output.shape for output in ran.outputs)
    assert op.macs(*shapes) == ran.macs
    assert op.macs_in_bounds(*shapes) == ran.macs_in_bounds
    weights = op.weights(*shapes)
    if "weight" in weights and name != "batch_norm":
        assert len(list(np.ndindex(*weights["weight"]))) == ran.weights
    reads = op.reads(*shapes)
    assert [len(axes) for axes in reads] == [len(shape) for shape in shapes]
    for number, axes in enumerate(reads):
        for axis, how in enumerate(axes):
            if axis not in ROUGHLY.get(name, ()):
                filled = fields.get("mode") in ("reflect", "replicate", "circular")
                filled |= fields.get("step") is not None  # the edge goes on beyond the map
                check_reads(how, number, axis, shapes[number][axis], ran.outputs, filled)


def check_reads(
    how: Reads, number: int, axis: int, size: int, outputs: Sequence[Array], filled: bool
) -> None:
    """The output's units read along an axis of an input what an op says they do; those in a border
    ``filled`` with other positions are said to read where they lie."""

    def seen(elements: Array) -> set[int]:
        found = {place for element in elements.flat for place in element}
        return {index[axis] for which, index in found if which == number}

    everything = set[int]().union(*map(seen, outputs))
    if not everything:  # all windows lie in padding
        return
    if how.parts is not None:
        assert everything == set(range(size))
        for output, index in places(outputs):
            (position,) = seen(output[index])
            if how.step is not None:
                at = [place.start for place in index]
                assert position == sum(
                    at[part.axis] // part.below % part.size * part.weight for part in how.parts
                )
        if how.step is None:  # at one place of all others, the axes that hold them show all
            assert all(
                seen(np.take(output, [0], axis)) == everything
                for output in outputs
                for axis in set(range(output.ndim)) - {part.axis for part in how.parts}
            )
    elif how.whole:
        for output, index in places(outputs):
            assert seen(output[index]) in (set[int](), set(range(size)))
    elif how.step is not None:
        for output in outputs:
            for unit in range(output.shape[how.axis]):
                there = seen(np.take(output, [unit], axis=how.axis))
                expected = within(how.step, unit, size)
                assert there == expected or (filled and not expected)


def places(outputs: Sequence[Array]) -> list[tuple[Array, tuple[slice, ...]]]:
    """Each element of some arrays, as an array of one."""
    return [
        (output, tuple(slice(i, i + 1) for i in index))
        for output in outputs
        for index in product(*map(range, output.shape))
    ]


def within(step: Step, unit: int, size: int) -> set[int]:
    """Positions that a unit reads through a step, without padding."""
    periods, phase = divmod(unit, step.period)
    moved = {position + periods * step.shift for position in step.reads[phase]}
    return {position for position in moved if 0 <= position < size}
