"""Kinds of field: what a value as a person writes it may be, and the form that formulas use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

LARGEST_SIZE = 2**40  # of anything along one axis: beyond it a spec has a slip, not a network
MOST_AXES = 64  # of a tensor
MOST_TAPS = 2**16  # along one axis: in-bounds products are counted tap by tap


class FieldError(ValueError):
    """A value that its field does not accept.

    ``path`` holds the positions inside nested lists of the value to point at.
    """

    def __init__(self, message: str, path: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class UnsettledError(FieldError):
    """A word that only an input makes a number of: no mistake where none is known."""


class FieldKind:
    """The way in which a field is written; ``says`` completes the sentence "FIELD is ..."."""

    says: str = ""

    def normal(self, value: object, rank: int) -> object:
        """The value in the form that formulas use.

        Args:
            value: an int, bool, Fraction, word (str) or list of these.
            rank: number of spatial axes of the layer's input.

        Raises:
            FieldError: what is wrong with it, as a predicate ("is 0, which is below 1").
        """
        raise NotImplementedError  # every kind overrides it


def shown(value: object) -> str:
    """A value as a person would write it in a spec."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(shown(item) for item in cast('list[object]', value))}]"
    if isinstance(value, int) and value.bit_length() > 64:
        return f"a number of {value.bit_length()} bits"
    return str(value)


class Count(FieldKind):
    """A whole number."""

    def __init__(self, least: int = 1, most: int = LARGEST_SIZE) -> None:
        self.least = least
        self.most = most
        self.says = "a whole number" if least == 0 else f"a whole number from {least} up"

    def normal(self, value: object, rank: int = 0) -> int:
        """See FieldKind."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"is {shown(value)}, and a whole number is wanted")
        if value < self.least:
            raise FieldError(f"is {shown(value)}, which is below {self.least}")
        if value > self.most:
            raise FieldError(f"is {shown(value)}, which is more than {self.most:,}")
        return value


NULL = "null"
"""The word in lists of sizes for the input's own."""


class PerAxis(FieldKind):
    """One value for all spatial axes, or a list with one for each; with ``own``, the reader of
    specs puts the input's size for one that is null."""

    def __init__(self, each: FieldKind, *, own: bool = False) -> None:
        self.each = each
        self.own = own
        self.says = f"{each.says}, or a list with one for each axis"

    def normal(self, value: object, rank: int) -> tuple[object, ...]:
        """See FieldKind."""
        if not isinstance(value, list):
            return (self.each.normal(value, rank),) * rank
        return _each(self.each, _axes(cast("list[object]", value), rank), rank)


def _axes(values: list[object], rank: int) -> list[object]:
    if len(values) != rank:
        plural = "value" if len(values) == 1 else "values"
        raise FieldError(f"has {len(values)} {plural}, and the input has {rank} spatial axes")
    return values


def _each(kind: FieldKind, values: Sequence[object], rank: int) -> tuple[object, ...]:
    result: list[object] = []
    for index, value in enumerate(values):
        try:
            result.append(kind.normal(value, rank))
        except FieldError as error:
            raise FieldError(str(error), (index, *error.path)) from None
    return tuple(result)


class Padding(FieldKind):
    """Padding before and after each axis, or a word; the formulas' form is pairs an axis.

    ``keeps_same``: formulas know what ``same`` is, so that it stays. Other words are for the reader
    of specs to put numbers for, who knows the input's size.
    """

    words = ("same", "causal", "valid")
    says = (
        "a whole number, a list with one for each axis, a list of [before, after] for each axis, "
        "`same`, `causal` or `valid`"
    )

    def __init__(self, *, keeps_same: bool = False) -> None:
        self.unsettled = self.words[keeps_same:2]

    def normal(self, value: object, rank: int) -> tuple[tuple[int, int], ...] | str:
        """See FieldKind."""
        if value == "valid":
            return ((0, 0),) * rank
        if value in self.words and value not in self.unsettled:
            return cast("str", value)
        if value in self.unsettled:
            raise UnsettledError(f"is `{value}`, which is worked out where an input is known")
        if isinstance(value, str):
            raise FieldError(
                f"is `{value}`; the words that padding knows are `same`, `causal` and `valid`"
            )
        return _pairs(value, rank)


class Borders(FieldKind):
    """Amounts before and after each axis; with ``channels``, one more pair may stand before, for
    these."""

    says = "a whole number, a list with one for each axis, or a list of [before, after] for each"

    def __init__(self, *, channels: bool = False) -> None:
        self.channels = channels

    def normal(self, value: object, rank: int) -> tuple[tuple[int, int], ...]:
        """See FieldKind."""
        more = self.channels and isinstance(value, list)
        axes = len(cast("list[object]", value)) if more else rank
        return _pairs(cast("object", value), max(rank, min(axes, rank + 1)))


class _Pair(FieldKind):
    def normal(self, value: object, rank: int) -> tuple[int, int]:
        amount = Count(least=0)
        if not isinstance(value, list):
            both = amount.normal(value)
            return (both, both)
        pair = cast("list[object]", value)
        if len(pair) != 2:
            raise FieldError("is a list for one axis, which must be [before, after]")
        return cast("tuple[int, int]", _each(amount, pair, rank))


def _pairs(value: object, rank: int) -> tuple[tuple[int, int], ...]:
    pairs = PerAxis(_Pair()).normal(value, rank)
    return cast("tuple[tuple[int, int], ...]", pairs)


class YesNo(FieldKind):
    """``true`` or ``false``."""

    says = "`true` or `false`"

    def normal(self, value: object, rank: int) -> bool:
        """See FieldKind."""
        if not isinstance(value, bool):
            raise FieldError(f"is {shown(value)}, and `true` or `false` is wanted")
        return value


class Real(FieldKind):
    """Any number; it enters no count."""

    says = "a number"

    def normal(self, value: object, rank: int) -> float:
        """See FieldKind."""
        number = _number(value)
        try:
            return float(number)
        except OverflowError:
            raise FieldError(f"is {shown(value)}, which is too large") from None


class Ratio(FieldKind):
    """A positive exact number."""

    says = "a number above 0"

    def normal(self, value: object, rank: int) -> Fraction:
        """See FieldKind."""
        from fractions import Fraction

        ratio = Fraction(_number(value))
        if ratio <= 0:
            raise FieldError(f"is {shown(value)}, and a number above 0 is wanted")
        if max(ratio.numerator, ratio.denominator) > LARGEST_SIZE:
            raise FieldError(f"is {shown(value)}, which is out of all proportion")
        return ratio


class Exact(FieldKind):
    """An exact number."""

    says = "a number"

    def normal(self, value: object, rank: int) -> Fraction:
        """See FieldKind."""
        from fractions import Fraction

        number = Fraction(_number(value))
        if max(abs(number.numerator), number.denominator) > LARGEST_SIZE:
            raise FieldError(f"is {shown(value)}, which is out of all proportion")
        return number


def _number(value: object) -> int | Fraction:
    if isinstance(value, (bool, str, list)) or value is None:
        raise FieldError(f"is {shown(cast('object', value))}, and a number is wanted")
    return cast("int | Fraction", value)


class Word(FieldKind):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.says = " or ".join(f"`{word}`" for word in words)

    def normal(self, value: object, rank: int) -> str:
        """See FieldKind."""
        if value not in self.words:
            raise FieldError(f"is {shown(value)}, and {self.says} is wanted")
        return cast("str", value)


class Counts(FieldKind):
    """A list of whole numbers; ``-1``, where allowed, stands for what is left."""

    def __init__(self, says: str, least: int = 1) -> None:
        self.says = says
        self.least = least

    def normal(self, value: object, rank: int) -> tuple[int, ...]:
        """See FieldKind."""
        if not isinstance(value, list) or not value:
            found = shown(cast("object", value))
            raise FieldError(f"is {found}, and a list of whole numbers is wanted")
        counts = cast(
            "tuple[int, ...]", _each(Count(self.least), cast("list[object]", value), rank)
        )
        if self.least < 0 and 0 in counts:
            raise FieldError("is 0, which is neither a size nor -1", (counts.index(0),))
        return counts


class PerMadeAxis(Counts):
    """One value for all axes that an op makes, whose input says nothing of how many there are, or a
    list with one for each."""

    def __init__(self, least: int = 1) -> None:
        super().__init__("a whole number, or a list with one for each axis of the output", least)

    def normal(self, value: object, rank: int) -> tuple[int, ...]:
        """See FieldKind."""
        return super().normal(
            [value] if not isinstance(value, list) else cast("object", value), rank
        )


class Whole(FieldKind):
    """A list of whole numbers of any sign; with ``one``, a single number is a list of it."""

    def __init__(self, *, one: bool = False) -> None:
        self.one = one
        self.says = "a whole number, or a list of them" if one else "a list of whole numbers"

    def normal(self, value: object, rank: int) -> tuple[int, ...]:
        """See FieldKind."""
        number = Count(-LARGEST_SIZE)
        if self.one and not isinstance(value, list):
            return (number.normal(value),)
        if not isinstance(value, list) or not value:
            raise FieldError(f"is {shown(cast('object', value))}, and {self.says} is wanted")
        return cast("tuple[int, ...]", _each(number, cast("list[object]", value), rank))


class Equation(FieldKind):
    """A sum of products of two tensors, in Einstein's notation."""

    says = "an equation such as `ij,jk->ik`"

    def normal(self, value: object, rank: int) -> str:
        """See FieldKind."""
        if not isinstance(value, str) or not EQUATION.fullmatch(value):
            raise FieldError(f"is {shown(value)}, and {self.says} is wanted")
        left, right, out = labels_of(value)
        for labels in (left, right, out):
            for label in labels:
                if labels.count(label) > 1:
                    raise FieldError(f"has {label} twice in `{labels}`")
        for label in out:
            if label not in left + right:
                raise FieldError(f"has {label} in its result and in no input")
        return value


EQUATION = re.compile(r"[A-Za-z]*,[A-Za-z]*->[A-Za-z]*")


def labels_of(equation: str) -> tuple[str, str, str]:
    """The labels of each input's axes, and of the result's."""
    inputs, _, out = equation.partition("->")
    left, _, right = inputs.partition(",")
    return left, right, out


class Dims(FieldKind):
    """One or several axes of a tensor; negative ones count from its end."""

    says = "an axis or a list of axes: 1 is the channels, -1 the last"

    def normal(self, value: object, rank: int) -> tuple[int, ...]:
        """See FieldKind."""
        if not isinstance(value, list):
            return (_Dim().normal(value, rank),)
        if not value:
            raise FieldError("is [], and at least one axis is wanted")
        return cast("tuple[int, ...]", _each(_Dim(), cast("list[object]", value), rank))


class Dim(Count):
    """One axis of a tensor, counted from the front as formulas have it, however it is written;
    ``beyond``: how many axes it has more than the input."""

    def __init__(self, beyond: int = 0) -> None:
        super().__init__(-MOST_AXES, MOST_AXES)
        self.beyond = beyond
        self.says = "an axis: 1 is the channels, -1 the last"

    def normal(self, value: object, rank: int = 0) -> int:
        """See FieldKind; one that the input lacks stays negative."""
        axis = _Dim().normal(value, rank)
        front = axis + rank + 2 + self.beyond if axis < 0 else axis
        return super().normal(front if front > 0 else axis)


class Order(Counts):
    """Axes in an order, counted from the front as formulas have it, however they are written."""

    def __init__(self) -> None:
        super().__init__("a list of axes: 1 is the channels, -1 the last", -MOST_AXES)

    def normal(self, value: object, rank: int) -> tuple[int, ...]:
        """See FieldKind."""
        if not isinstance(value, list) or not value:
            return super().normal(cast("object", value), rank)
        return cast("tuple[int, ...]", _each(Dim(), cast("list[object]", value), rank))


class _Dim(FieldKind):
    def normal(self, value: object, rank: int) -> int:
        axis = Count(-MOST_AXES, MOST_AXES).normal(value)
        if axis == 0:
            raise FieldError("is 0, the batch: 1 is the channels, -1 the last axis")
        return axis
