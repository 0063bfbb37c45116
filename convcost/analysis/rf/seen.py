"""Positions of the inputs that a tensor sees, axis by axis."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from convcost.digits import Digits
    from convcost.field import Field

Axis = tuple[str, int]
"""A spatial axis of a network's input: the input's name and the axis of its full shape."""

Value = TypeVar("Value")


class Made(Generic[Value]):
    """Values that were made of some objects, found again by which objects those are: fields take
    long to compare, and views cannot be keys."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, Hashable], tuple[Value, object, object]] = {}

    def get(
        self, make: Callable[[], Value], of: object, other: object = None, like: Hashable = None
    ) -> Value:
        """Return ``make()``, called once for each ``of`` and ``other`` (by identity) and ``like``
        (by equality)."""
        key = (id(of), id(other), like)
        found = self._found.get(key)
        if found is None:  # the objects are kept, so that no other ones get their ids
            found = self._found[key] = make(), of, other
        return found[0]


class Path(NamedTuple):
    """One of several ways in which a tensor sees an input axis along different axes of its own, and
    what all units of that way read together; None where that is not known."""

    digits: Digits
    read: Collection[int] | None


class Seen(NamedTuple):
    """The part of one input axis that a tensor sees. The digits of its units' places say which unit
    of the field each of them is; without digits, all units see alike.

    Where inputs were joined crosswise (scores of all queries and keys), units lie on no one axis,
    and the field is unknown until what is read of a path is the whole of it.
    """

    digits: Digits
    field: Field
    paths: tuple[Path, ...] = ()

    @property
    def units(self) -> int:
        """Units of the field."""
        return prod([digit.size for digit in self.digits])

    @property
    def axes(self) -> list[int]:
        """The tensor's axes along which the field moves."""
        several = (self.digits, *(path.digits for path in self.paths))
        return sorted({digit.axis for digits in several for digit in digits})

    @property
    def moves(self) -> bool:
        """Whether the field moves along any axis."""
        return bool(self.digits) or any(path.digits for path in self.paths)

    def along(self, shape: Sequence[int]) -> int | None:
        """The axis of a tensor of some shape that moves along the input, if one does, whole."""
        if len(self.digits) == 1 and self.digits[0].whole(shape):
            return self.digits[0].axis
        return None

    def unit(self, place: Sequence[int]) -> int:
        """The unit of the field that a unit of the tensor is."""
        return sum(digit.of(place[digit.axis]) for digit in self.digits)


View = dict[Axis, Seen]
"""What a tensor sees of each input axis that it sees anything of."""
