"""Modules in a row: those that are alike, or grow evenly, are one run of so many."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.exporters.torch.arguments import Slot
from convcost.exporters.torch.bodies import Row, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.exporters.torch.bodies import Made

FEWEST = 3
"""Modules from which on they are written as a loop."""


def row_of(made: Sequence[Made]) -> tuple[Row, tuple[Slot, ...]]:
    """Runs of modules, and the values that these are made of."""
    runs: list[Run] = []
    slots: list[tuple[Slot, ...]] = []
    at = 0
    while at < len(made):
        length = _run(made, at)
        first = made[at].slots
        if length < FEWEST:
            length = 1
            runs.append(Run(made[at].call, None))
            slots.append(first)
        else:
            growth = tuple(map(_growth, first, made[at + 1].slots))
            runs.append(Run(made[at].call, growth))
            slots.append((Slot("n", length), *first))
        at += length
    names = tuple(tuple(slot.name for slot in some) for some in slots)
    return Row(tuple(runs), names), tuple(slot for some in slots for slot in some)


def _run(made: Sequence[Made], at: int) -> int:
    """How many modules from one on are alike, or grow by the same from each to the next."""
    end = at + 1
    while end < len(made) and made[end].call == made[at].call and _goes_on(made, at, end):
        end += 1
    return end - at


def _goes_on(made: Sequence[Made], at: int, end: int) -> bool:
    """Whether values differ from those before as the second ones do from the first."""
    columns = (made[number].slots for number in (at, at + 1, end - 1, end))
    for slots in zip(*columns, strict=True):
        a, b, c, d = (slot.value for slot in slots)
        grows = all(type(value) is int for value in (a, b, c, d))
        if not (a == b and c == d) and not (grows and _less(b, a) == _less(d, c) > 0):
            return False
    return True


def _growth(one: Slot, other: Slot) -> int:
    return 0 if one.value == other.value else _less(other.value, one.value)


def _less(one: object, other: object) -> int:
    return cast("int", one) - cast("int", other)
