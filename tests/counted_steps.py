"""Counting what Python does, in lines that it runs and not in seconds, and bounding what it holds.

A loop over one more position is one more line. A list that is made at once is none, so memory is
bounded as well while lines are counted.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from types import FrameType
    from typing import Any

ROOM = 2**30  # bytes more than are held already
STATM = Path("/proc/self/statm")


class TooManySteps(BaseException):
    """More lines were run than are allowed."""


def steps(act: Callable[[], object], most: int) -> int:
    """The lines that Python runs for something.

    Raises:
        TooManySteps: there are more.
    """
    count = 0

    def traced(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        if count > most:
            raise TooManySteps
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        with _bounded():
            act()
    finally:
        sys.settrace(before)
    return count


def _bounded() -> AbstractContextManager[None]:
    return _bounded_memory() if STATM.exists() else nullcontext()


@contextmanager
def _bounded_memory() -> Generator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    held = int(STATM.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
