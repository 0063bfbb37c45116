"""Limits of what a spec may hold: the last value that is read, and the first that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convcost import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    import convcost

    Parsed = Callable[..., convcost.Network]


def picked(count: int) -> str:
    return f"input: [3, 8]\nlayers: [{{op: gather, dim: 1, indices: {[1] * count}}}]\n"


def channels(expression: str) -> str:
    return f'input: [3, 8]\nlayers: [{{op: conv, out_channels: "{expression}", kernel_size: 1}}]\n'


def bracketed(depth: int) -> str:
    return channels("(" * depth + "5" + ")" * depth)


def long(length: int) -> str:
    return channels("5" + " " * (length - 3) + "+0")


def calls(depth: int) -> str:
    """A block that calls the next, so often in a row."""
    blocks = [f"  b{n}: {{layers: [b{n + 1}]}}" for n in range(1, depth)]
    listed = "\n".join([*blocks, f"  b{depth}: {{layers: [relu]}}"])
    return f"input: [3, 8]\nblocks:\n{listed}\nlayers: [b1]\n"


@pytest.mark.parametrize(
    ("made", "limit", "says"),
    [
        (picked, 500, "a list of more than 500 values"),
        (bracketed, 100, "brackets go 101 deep here, and at most 100 are read"),
        (long, 1000, "an expression has at most 1,000 characters, not 1,001"),
        (calls, 64, "blocks call each other more than 64 deep"),
    ],
)
def test_a_limit_is_where_it_is_said_to_be(
    parsed: Parsed, made: Callable[[int], str], limit: int, says: str
):
    assert parsed(made(limit)).layers
    with pytest.raises(SpecError, match=says):
        parsed(made(limit + 1))
