"""Where the samples of a batch lie in a tensor, followed from op to op.

Samples lie along one axis. A reshape may merge that axis with others, as attention does with its
heads, and part them again: then each place of the axis is a digit before, the sample, and a digit
after. With one sample the same holds, so that shapes are shown alike for one sample and for many.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Samples(NamedTuple):
    """The axis along which the samples lie, how many places of it each sample has in a row
    (``after``), and how many such rows there are (``before``)."""

    axis: int
    before: int = 1
    after: int = 1

    @property
    def alone(self) -> bool:
        """Whether the axis holds nothing but the samples."""
        return self.before == self.after == 1

    def without(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape as one sample has it."""
        rest = () if self.alone else (self.before * self.after,)
        return (*shape[: self.axis], *rest, *shape[self.axis + 1 :])

    def with_count(self, shape: Sequence[int], count: int) -> tuple[int, ...]:
        """A shape with another number of samples."""
        size = self.before * count * self.after
        return (*shape[: self.axis], size, *shape[self.axis + 1 :])

    def regrouped(self, x: tuple[int, ...], y: tuple[int, ...]) -> Samples | None:
        """Where they lie after a row-major reshape from ``x`` to ``y``; None where an axis of ``y``
        begins or ends among them."""
        count = x[self.axis] // (self.before * self.after)
        low = self.after * prod(x[self.axis + 1 :])  # elements from one sample to the next
        high = low * count
        found: list[Samples] = []
        below = prod(y)
        for axis, size in enumerate(y):
            above, below = below, below // size if size else 0
            if below and below <= low <= high <= above and not (low % below or above % high):
                found.append(Samples(axis, above // high, low // below))
        if len(found) < 2:
            return found[0] if found else None
        # One sample may lie at the end of an axis or at the start of the next: on an axis of its
        # own if there is one, else on that side which is parted, as features are into heads.
        behind = len(y) - 1 - found[0].axis
        parted = behind > len(x) - 1 - self.axis
        return min(
            found,
            key=lambda place: (
                not place.alone,
                abs(place.axis - self.axis) if place.alone else (place.after == 1) == parted,
            ),
        )
