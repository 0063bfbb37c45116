"""A few generated cases of each kind through every command, the same in every run."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from convcost.cli.app import COMMANDS
from fuzz.counted import TooMuch, counting
from fuzz.kinds import KINDS
from fuzz.lines import LINES
from fuzz.oracles import CODES
from fuzz.session import played

if TYPE_CHECKING:
    from fuzz.case import Line

CASES = 3
SHARE = 0.15  # of a case's command lines
OF_PACKAGES = {"onnx_node"}  # whose models take seconds to make: test_fuzz_many has them


def test_every_command_is_driven() -> None:
    assert sorted(LINES) == sorted(COMMANDS), "see LINES in fuzz/lines.py"
    assert sorted(CODES) == sorted(COMMANDS), "see CODES in fuzz/oracles.py"


@pytest.mark.parametrize("kind", sorted({*KINDS} - OF_PACKAGES))
@pytest.mark.parametrize("number", range(CASES))
def test_nothing_is_broken(kind: str, number: int) -> None:
    given, rng = KINDS[kind].generated(Random(f"{kind} {number}")), Random(number)
    with counting() as count:

        def wanted(_: Line) -> bool:
            return kind == "settings" or rng.random() < SHARE

        broken = list(played(given, wanted, lambda _: count.again()))
    assert not broken, given


@pytest.mark.parametrize("kind", sorted({*KINDS} - OF_PACKAGES))
def test_a_kind_makes_the_same_of_the_same_numbers(kind: str) -> None:
    makers = [KINDS[kind].generated(Random("7")) for _ in range(2)]
    assert makers[0] == makers[1]


def test_work_without_an_end_is_ended() -> None:
    def endless() -> None:
        while True:
            len("")

    with pytest.raises(TooMuch, match="more than 1,000 calls"), counting(1_000):
        endless()
