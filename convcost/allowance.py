"""The work and memory that a question may take, counted: no input is answered without a bound.

Loops and arrays whose size an input decides ask before they begin: :func:`work` for steps,
:func:`memory` for bytes held at once. Steps are counted, not seconds, so the same input ends in the
same way on every machine.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WORK = 50_000_000  # steps of a loop in Python: some seconds
MOST_MEMORY = 2**30  # bytes held at once by what is not a layer


class TooMuch(ConvcostError):  # noqa: N818 - it names what happened
    """An answer would take more work or memory than is allowed.

    ``doing`` says in words what would have begun, ``needed`` and ``allowed`` are steps or bytes.
    """

    def __init__(self, doing: str, needed: int, allowed: int, unit: str) -> None:
        self.doing, self.needed, self.allowed, self.unit = doing, needed, allowed, unit
        super().__init__(f"{doing} takes {needed:,} {unit}, more than the {allowed:,} allowed")


class Allowance:
    """What one question may still take: ``steps`` of work, and ``most`` bytes at once."""

    def __init__(self, steps: int = MOST_WORK, most: int = MOST_MEMORY) -> None:
        self.allowed, self.steps, self.most = steps, steps, most

    def work(self, steps: int, doing: str) -> None:
        """Take steps of what is left; TooMuch where there are fewer."""
        if steps > self.steps:
            raise TooMuch(doing, self.allowed - self.steps + steps, self.allowed, "steps")
        self.steps -= steps

    def memory(self, size: int, doing: str) -> None:
        """Have bytes held at once approved; TooMuch where they are too many."""
        if size > self.most:
            raise TooMuch(doing, size, self.most, "bytes")


_current: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


def work(steps: int, doing: str) -> None:
    """Charge steps that are about to be taken; ``doing`` says in words for what.

    Raises:
        TooMuch: more than the question that is being answered has left.
    """
    (_current.get() or Allowance()).work(steps, doing)


def memory(size: int, doing: str) -> None:
    """Ask for bytes that are about to be held at once; ``doing`` says in words for what.

    Raises:
        TooMuch: more than the question that is being answered may hold.
    """
    (_current.get() or Allowance()).memory(size, doing)


@contextmanager
def allowing(allowance: Allowance) -> Iterator[Allowance]:
    """Answer what is inside with an allowance of its own."""
    token = _current.set(allowance)
    try:
        yield allowance
    finally:
        _current.reset(token)
