"""The cycle collector, paused while a network is made and walked."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class _Pause:
    """Who wants the collector to stand still: it is one for all threads, so it goes on when the
    last of them is done."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.wanted: dict[object, int] = {}  # the thread, by a key for each that wants it
        self.was_on = False

    def begin(self, key: object) -> None:
        with self.lock:
            if not self.wanted:
                self.was_on = gc.isenabled()
            self.wanted[key] = get_ident()
            gc.disable()

    def end(self, key: object) -> None:
        with self.lock:
            if self.wanted.pop(key, None) is not None and not self.wanted and self.was_on:
                gc.enable()

    def forked(self) -> None:
        """In a new process the other threads are no more, whatever they held or wanted."""
        self.lock = Lock()
        for key, thread in [*self.wanted.items()]:
            if thread != get_ident():
                self.end(key)


_pause = _Pause()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pause.forked)


@contextmanager
def paused() -> Generator[None]:
    """Making a network leaves no garbage that counting references misses, and the collector would
    walk the growing network again and again: half of the time for 100,000 layers."""
    key = object()
    try:
        _pause.begin(key)
        yield
    finally:
        _pause.end(key)
