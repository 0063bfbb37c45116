"""The process that plays cases, and may be killed."""

from __future__ import annotations

import resource
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from fuzz.kinds import KINDS
from fuzz.minimise import minimised
from fuzz.session import played

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from fuzz.case import Input, Line
    from fuzz.oracles import Broken

MOST_ADDRESSES = 6 * 2**30
SHARE = 0.35  # of the lines of a case: others come with the next


def made(kind: str, seed: int, number: int) -> Input:
    """An input, by its number."""
    return KINDS[kind].generated(Random(f"{kind} {seed} {number}"))


def work(pipe: Connection, kinds: Sequence[str], seed: int, first: int, cases: int) -> None:
    """Play cases from a number on, and send what comes: ``("case", number)`` before an input is
    made, ``("line", kind, number, line)`` before each line, and ``("broken", given, found)``."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    known: set[str] = set()
    for number in range(first, first + cases):
        pipe.send(("case", number))
        kind = kinds[number % len(kinds)]
        given, rng = made(kind, seed, number), Random(number)

        share = 1.0 if kind == "settings" else SHARE
        wanted = partial(_some, rng, share)
        for found in played(given, wanted, partial(_tell, pipe, kind, number)):
            if found.cause not in known:
                known.add(found.cause)
                pipe.send(("broken", given, found))
    pipe.send(("end", first + cases))


def _some(rng: Random, share: float, _: Line) -> bool:
    return rng.random() < share


def _tell(pipe: Connection, kind: str, number: int, line: Line) -> None:
    pipe.send(("line", kind, number, line))


def reduce(pipe: Connection, given: Input, found: Broken) -> None:
    """Send a smaller input."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    pipe.send(minimised(given, found))
