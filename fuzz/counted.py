"""Work and memory in counts that are the same on every machine: calls of functions, and bytes that
Python and NumPy allocate."""

from __future__ import annotations

import sys
import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

MOST_CALLS = 3_000_000  # of a command; 50,000 are usual
MOST_BYTES = 2**29


class TooMuch(BaseException):
    """A command went on beyond what it may take; commands do not catch it."""


class Count:
    """Calls since the last ``again``, and the most of any command."""

    def __init__(self, most_calls: int) -> None:
        self.allowed, self.calls, self.most = most_calls, 0, 0

    def again(self) -> None:
        """A command begins."""
        self.most = max(self.most, self.calls)
        self.calls = 0

    def seen(self, frame: FrameType, event: str, _argument: object) -> None:
        """Count an event of ``sys.setprofile``."""
        if event == "call" or event == "c_call":
            self.calls += 1
            if self.calls > self.allowed:
                self.calls = 0
                place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                raise TooMuch(f"more than {self.allowed:,} calls, the last from {place}")


@contextmanager
def counting(most_calls: int = MOST_CALLS) -> Generator[Count]:
    """Count calls, and end what makes too many of them: TooMuch."""
    count = Count(most_calls)
    before = sys.getprofile()
    sys.setprofile(count.seen)
    try:
        yield count
    finally:
        sys.setprofile(before)


@contextmanager
def weighing(most_bytes: int = MOST_BYTES) -> Generator[None]:
    """Raise TooMuch where more bytes were held at once than are allowed."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
        if peak > most_bytes:
            raise TooMuch(f"{peak:,} bytes held at once, more than {most_bytes:,}")
    finally:
        tracemalloc.stop()
