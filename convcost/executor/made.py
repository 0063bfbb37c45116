"""What an algorithm makes on its way: the arrays that its steps leave for each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcost.executor.namespace import Array


class Made(NamedTuple):
    """What one step made. ``once``: from the weights alone, so that it can be kept for every input.
    The last step makes the output."""

    step: str
    array: Array
    once: bool = False


Steps = Iterator[Made]
"""An algorithm under way: each step runs when it is asked for, so that each can be counted."""
