"""Processes of this machine."""

from __future__ import annotations

import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

from convcost.errors import ConvcostError
from convcost.parallel.job import WINDOW, answered, in_order, maker, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from convcost.parallel.job import Answer

Item = TypeVar("Item")
Result = TypeVar("Result")


class Processes:
    """A number of processes, which are there while results are asked for."""

    def __init__(self, number: int) -> None:
        self.number = number

    def each(self, job: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results of items, in their order.

        Raises:
            ConvcostError: the job raises it for an item, or a process came to its end.
        """
        sent, sources = packed(job), maker().sources
        spawn = get_context("spawn")  # a fork copies locks that other threads hold
        with ProcessPoolExecutor(self.number, spawn, initializer=_ignore_interrupts) as pool:
            try:
                yield from in_order(
                    items,
                    lambda item: pool.submit(answered, sent, item, sources),
                    _fetched,
                    lambda: WINDOW * self.number,
                )
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _fetched(future: Future[Answer]) -> Any:
    try:
        return future.result().given()
    except BrokenProcessPool:
        raise ConvcostError(
            "a process of --jobs ended before its work was done: it was killed, as systems do "
            "when memory runs out\n  fewer jobs take less memory"
        ) from None


def _ignore_interrupts() -> None:
    """Leave Ctrl+C, which a terminal sends to all processes, to the one that hands out work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
