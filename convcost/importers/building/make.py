"""Ops from what nodes say, refused as a spec would refuse them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.importers.building.node import NotUnderstood
from convcost.ops import op_class
from convcost.ops.fields import declared
from convcost.ops.kinds import FieldError

if TYPE_CHECKING:
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
    values: dict[str, Any] = {}
    for field, kind in declared(op).items():
        value = fields.get(field, kind.default)
        if field in OF_ALL_AXES or value is None:
            values[field] = value
            continue
        try:
            values[field] = kind.kind.normal(_written(value), rank)
        except FieldError as error:
            raise NotUnderstood(f"{field} {error}") from None
    return op(**values)


def _written(value: object) -> object:
    """A value as a person writes it, who has lists only."""
    if isinstance(value, (tuple, list)):
        return [*map(_written, cast("tuple[object, ...]", value))]
    return value
