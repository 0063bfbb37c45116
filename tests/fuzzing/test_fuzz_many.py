"""More cases, with the memory that they hold."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from fuzz.counted import counting, weighing
from fuzz.kinds import KINDS
from fuzz.session import played

if TYPE_CHECKING:
    from fuzz.case import Line

CASES = 6
SHARE = 0.2


def some(rng: Random, _: Line) -> bool:
    return rng.random() < SHARE


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_is_broken(kind: str) -> None:
    for number in range(100, 100 + CASES):
        given, rng = KINDS[kind].generated(Random(f"{kind} {number}")), Random(number)
        with weighing(), counting() as count:
            lines = partial(some, rng)
            broken = list(played(given, lines, lambda _: count.again()))
        assert not broken, (number, given)
