"""Rows of candidates, and the few combinations of values that a step of a program depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Codes = npt.NDArray[Any]

Axes = frozenset[str]

NEARLY_ALL = 0.6
"""The share of the rows from which on combinations are not told apart: the rows themselves are."""


class Domain(NamedTuple):
    """The combinations of values of some axes that rows have: how many there are, a row that has
    each, and the combination that each row has. Both are None where every row is one."""

    size: int
    first: Any
    inverse: Any


class Rows:
    """A block of candidates, by the number of the value that each has on each axis."""

    def __init__(self, codes: Mapping[str, npt.NDArray[Any]], sizes: Mapping[str, int]) -> None:
        self.codes = codes
        self.sizes = sizes
        self.number = len(next(iter(codes.values())))
        self._domains: dict[Axes, Domain] = {}
        self._places: dict[tuple[Axes, Axes], Any] = {}

    def domain(self, axes: Axes) -> Domain:
        """The combinations of values of some axes."""
        found = self._domains.get(axes)
        if found is None:
            found = self._domains[axes] = self._told_apart(axes)
        return found

    def _told_apart(self, axes: Axes) -> Domain:
        if not axes:
            return Domain(1, np.zeros(1, np.int64), np.zeros(self.number, np.int64))
        total, place = 1, np.zeros(self.number, np.int64)
        for axis in sorted(axes):
            if total > 2**62 // self.sizes[axis]:
                place, total = _numbered(place)
            place = place * self.sizes[axis] + self.codes[axis]
            total *= self.sizes[axis]
        if total > 4 * self.number:
            inverse, size = _numbered(place)
        else:
            there = np.zeros(total, bool)
            there[place] = True
            inverse = (np.cumsum(there) - 1)[place]
            size = int(there.sum())
        if size > NEARLY_ALL * self.number:
            return Domain(self.number, None, None)
        first = np.empty(size, np.int64)
        first[inverse] = np.arange(self.number)
        return Domain(size, first, inverse)

    def spread(self, values: npt.NDArray[Any], source: Axes, target: Axes) -> npt.NDArray[Any]:
        """Values of combinations of some axes as those of combinations of more."""
        if source == target:
            return values
        places = self._places.get((source, target))
        if places is None:
            inner, outer = self.domain(source), self.domain(target)
            if inner.inverse is None:
                places = slice(None) if outer.first is None else outer.first
            else:
                places = inner.inverse if outer.first is None else inner.inverse[outer.first]
            self._places[source, target] = places
        return values[places] if isinstance(places, slice) else values.take(places)

    def of_axis(self, axis: str) -> npt.NDArray[Any]:
        """The numbers of the values on an axis, one a combination."""
        first = self.domain(frozenset((axis,))).first
        return self.codes[axis] if first is None else self.codes[axis][first]

    def every(self, values: npt.NDArray[Any], source: Axes) -> npt.NDArray[Any]:
        """Values of combinations as those of all rows."""
        inverse = self.domain(source).inverse
        return values if inverse is None else values.take(inverse)

    def kept(self, mask: npt.NDArray[Any]) -> Rows:
        """Some of the rows, by a mask or by their numbers."""
        return Rows({axis: codes[mask] for axis, codes in self.codes.items()}, self.sizes)


def _numbered(place: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], int]:
    """Places numbered from 0 on without gaps, and how many there are."""
    found, inverse = np.unique(place, return_inverse=True)
    return inverse.reshape(-1), len(found)
