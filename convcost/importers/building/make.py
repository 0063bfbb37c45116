"""Ops from what nodes say, refused as a spec would refuse them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from convcost.importers.building.node import NotUnderstood
from convcost.ops import op_class
from convcost.ops.fields import REQUIRED, declared
from convcost.ops.kinds import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.ops.op import Op

OF_ALL_AXES = frozenset(("dim", "dims", "shape", "starts", "ends", "steps", "indices"))
"""Fields that name the batch too, which people may not: conditions judge their values."""


def make(name: str, rank: int = 2, **fields: Any) -> Op:
    """An op from the values of its fields; those left out have their defaults.

    Args:
        name: the op.
        rank: number of spatial axes of its input.
        fields: values, in the form that formulas take.

    Raises:
        NotUnderstood: there is no such op, or a field refuses its value.
    """
    try:
        op = op_class(name)
    except KeyError:
        raise NotUnderstood(f"convcost has no op `{name}`") from None
    known = _defaults(op, rank)
    values = dict(known)
    for field in declared(op):
        if field in fields or field not in known:
            values[field] = _normal(op, field, fields.get(field, REQUIRED), rank)
    return op(**values)


@cache
def _defaults(op: type[Op], rank: int) -> Mapping[str, Any]:
    """The values of the fields that have a default."""
    has = {name: field.default for name, field in declared(op).items() if not field.required}
    return {name: _normal(op, name, value, rank) for name, value in has.items()}


def _normal(op: type[Op], name: str, value: Any, rank: int) -> Any:
    """The value of a field in the form that formulas take."""
    if name in OF_ALL_AXES or value is None:
        return value
    try:
        return declared(op)[name].kind.normal(_written(value), rank)
    except FieldError as error:
        raise NotUnderstood(f"{name} {error}") from None


def _written(value: object) -> object:
    """A value as a person writes it, who has lists only."""
    if isinstance(value, (tuple, list)):
        return [*map(_written, cast("tuple[object, ...]", value))]
    return value
