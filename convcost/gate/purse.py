"""Layers that may be counted for what a check says besides: causes and repairs."""

from __future__ import annotations


class Purse:
    """How many more layers may be counted: some however small a check is, and a share of those that
    are counted anyway, so that a check takes a few times the time of an analysis, whatever changed.

    Args:
        floor: the layers that there are to begin with.
        share: one in so many of those that the check counts is one more.
    """

    def __init__(self, floor: int, share: int) -> None:
        self.left = floor
        self._share = share
        self._earned = 0

    def earn(self, layers: int) -> None:
        """Note layers that the check itself counts."""
        self._earned += layers
        self.left += self._earned // self._share
        self._earned %= self._share

    def spend(self, layers: int) -> bool:
        """Whether there is enough left for so many layers, which are taken then."""
        if layers > self.left:
            return False
        self.left -= layers
        return True
