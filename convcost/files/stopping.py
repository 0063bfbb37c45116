"""Processes and files that must not outlive a command, whatever ends it."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Action = Callable[[], object]

_actions: list[Action] = []


@contextmanager
def when_stopped(action: Action) -> Generator[None]:
    """Have something done if the command is told to stop meanwhile."""
    _actions.append(action)
    try:
        yield
    finally:
        _actions.remove(action)


@contextmanager
def undone(action: Action) -> Generator[None]:
    """Have something done at the end, and at once where the command is told to stop."""
    try:
        with when_stopped(action):
            yield
    finally:
        action()


def undo() -> None:
    """Do all that is to be done where the command is told to stop."""
    for action in reversed(_actions):
        with suppress(Exception):
            action()


@contextmanager
def stoppable(wanted: bool = True) -> Generator[None]:
    """Heed Ctrl-C and a request to end for as long as this lasts, where it is ``wanted``."""
    if not wanted or current_thread() is not main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: object) -> None:
    # No exception, as Python ignores those that are raised in a destructor or a callback.
    undo()
    os._exit(128 + number)
