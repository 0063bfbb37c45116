"""Objects with slots, as pickles hold them."""

from __future__ import annotations

from typing import SupportsIndex


class Slotted:
    """With slots, and pickled by each protocol: Python itself refuses the first two, by which it
    can write slots all the same."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> str | tuple[object, ...]:
        return object.__reduce_ex__(self, max(2, protocol.__index__()))
