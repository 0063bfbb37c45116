"""The bytes that runs of probes may take."""

from __future__ import annotations

from typing import NamedTuple

LEAST = 1 << 26  # of one run, however small the network
SMALL = 1 << 20  # of samples side by side, however small the network
A_LAYER = 1 << 14  # of samples side by side: some of what a layer takes as objects of Python


class Room(NamedTuple):
    """Bytes that are said to be needed anyway, and bytes that are allowed at all."""

    said: int = 0
    allowed: int | None = None  # any

    @property
    def one_run(self) -> int:
        """The bytes that a run may take if fewer samples do not help."""
        return self._at_least(LEAST)

    def side_by_side(self, layers: int) -> int:
        """The bytes that several samples may take at once. They grow with the layers, all of whose
        tensors may be alive together: so a wide network is run no more often than a small one."""
        return self._at_least(max(SMALL, A_LAYER * layers))

    def _at_least(self, size: int) -> int:
        return max(self.said, size if self.allowed is None else min(size, self.allowed))
