"""A layer of an op, as a person may write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MAP = (64, 28, 28)


class Example(NamedTuple):
    """Fields as they are written in a spec, and the shapes of the inputs without the batch."""

    fields: Mapping[str, object] = {}
    shapes: tuple[tuple[int, ...], ...] = (MAP,)
