"""The arrays that the steps of an algorithm leave for each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from convcost.executor.conv import add_bias

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain
    from convcost.executor.task import Task, TransposedTask


class Made(NamedTuple):
    """The array that one step made. ``once``: from the weights alone, so that it can be kept for
    every input. The last step makes the output."""

    step: str
    array: Array
    once: bool = False


Steps = Iterator[Made]
"""An algorithm under way: each step runs when it is asked for, so that each can be counted."""


def finished(xp: Plain, step: str, y: Array, task: Task | TransposedTask) -> Made:
    """The last step: the output in its shape, with the bias."""
    shaped = y.reshape(task.batch, task.filters, *task.out)
    return Made(step, add_bias(xp, shaped, task.bias))
