"""The functions that recurrent layers apply inside of their cells, as a field of the op."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.ops.kinds import FieldError, FieldKind, Real, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

Function: TypeAlias = "str | tuple[str | float, ...]"
"""A word, or a word and its numbers where they are not the usual ones."""

_OF_AN_OP = {  # how many numbers each takes
    "sigmoid": 0,
    "tanh": 0,
    "relu": 0,
    "leaky_relu": 1,
    "thresholded_relu": 1,
    "elu": 1,
    "softsign": 0,
    "softplus": 0,
}
_OWN: Mapping[str, Mapping[str, int]] = {  # with two numbers each
    "hard_sigmoid": {"multiplies": 1, "adds": 1, "comparisons": 2},
    "affine": {"multiplies": 1, "adds": 1},
    "scaled_tanh": {"multiplies": 2, "transcendentals": 1},
}
FUNCTIONS = (*_OF_AN_OP, *_OWN)


def operations(function: Function) -> Mapping[str, int]:
    """Return the operations of a function on one element, by metric."""
    word = function if isinstance(function, str) else cast("str", function[0])
    if word in _OWN:
        return _OWN[word]
    op = build(op_class(word), 0, {})
    return cast("Mapping[str, int]", getattr(op, "each")())  # noqa: B009 - all of them have it


class Functions(FieldKind):
    """One function, or a list of them."""

    says = (
        f"a list of functions: {', '.join(f'`{word}`' for word in FUNCTIONS)}; with numbers of "
        "its own one is a list, `[leaky_relu, 0.1]`"
    )

    def normal(self, value: object, rank: int) -> tuple[Function, ...]:
        """See FieldKind."""
        if not isinstance(value, list):
            return (_function(value),)
        if not value:
            raise FieldError("is [], and at least one function is wanted")
        found: list[Function] = []
        for number, item in enumerate(cast("list[object]", value)):
            try:
                found.append(_function(item))
            except FieldError as error:
                raise FieldError(str(error), (number, *error.path)) from None
        return tuple(found)


def _function(value: object) -> Function:
    if not isinstance(value, list):
        return _word(value)
    word, *numbers = cast("list[object]", value) or [None]
    name = _word(word)
    takes = _OF_AN_OP.get(name, 2)
    if len(numbers) != takes:
        raise FieldError(f"gives {name} {len(numbers)} numbers, and it takes {takes}")
    return (name, *(Real().normal(number, 0) for number in numbers))


def _word(value: object) -> str:
    if value not in FUNCTIONS:
        wanted = ", ".join(f"`{word}`" for word in FUNCTIONS)
        raise FieldError(f"has {shown(value)}, and the functions of a cell are {wanted}")
    return cast("str", value)
