"""The cycle collector, paused while a network is made and walked."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def paused() -> Generator[None]:
    """Making a network leaves no garbage that counting references misses, and the collector would
    walk the growing network again and again: half of the time for 100,000 layers."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
