"""The fields that an op has: validation, documentation and schema read them.

An op declares a field with one of the functions at the end of this file. A value as a person writes
it (``3``, ``[3, 5]``, ``same``) becomes the form that formulas use (``(3, 3)``) once, in
:func:`build`, and never again. What kinds of value there are is in :mod:`convcost.ops.kinds`.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from convcost.ops.kinds import (
    LARGEST_SIZE,
    MOST_TAPS,
    Borders,
    Count,
    Dims,
    FieldError,
    FieldKind,
    Padding,
    PerAxis,
    Real,
    YesNo,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED: Any = dataclasses.MISSING


class Declared(NamedTuple):
    """A field as its op declares it."""

    kind: FieldKind
    doc: str
    default: object

    @property
    def required(self) -> bool:
        """Whether a layer must give it."""
        return self.default is REQUIRED


def declare(kind: FieldKind, doc: str, default: object = REQUIRED) -> Any:
    """Declare a field of an op; ``default`` is written as a person would write it, None for
    "decided by other fields"."""
    return dataclasses.field(metadata={"declared": Declared(kind, doc, default)})


@cache
def declared(op: type[Any]) -> dict[str, Declared]:
    """The fields of an op, by name, in order."""
    return {field.name: field.metadata["declared"] for field in dataclasses.fields(op)}


Built = TypeVar("Built")


def build(op: type[Built], rank: int, written: Mapping[str, object]) -> Built:
    """An op from the values a person wrote: the one door through which fields are normalised.

    Args:
        op: an op class.
        rank: number of spatial axes of its input.
        written: values by field name; fields left out take their default.

    Raises:
        FieldError: a value is refused; its ``args`` are the sentence and the field's name.
        KeyError: a required field is missing.
    """
    values: dict[str, object] = {}
    for name, field in declared(op).items():
        value = written[name] if field.required else written.get(name, field.default)
        try:
            values[name] = None if value is None else field.kind.normal(value, rank)
        except FieldError as error:
            error.args = (f"{name} {error}", name)
            raise
    return op(**values)


def count(doc: str, default: object = REQUIRED, most: int = LARGEST_SIZE) -> Any:
    """Declare a whole number from 1 up."""
    return declare(Count(most=most), doc, default)


def per_axis(doc: str, default: object = REQUIRED, least: int = 1, most: int = LARGEST_SIZE) -> Any:
    """Declare a whole number for each spatial axis."""
    return declare(PerAxis(Count(least, most)), doc, default)


def kernel(doc: str = "taps along each axis") -> Any:
    """Declare the kernel size."""
    return per_axis(doc, most=MOST_TAPS)


def padding(doc: str = "zeros added before and after each axis", default: object = 0) -> Any:
    """Declare padding that may be ``same``."""
    return declare(Padding(), doc, default)


def borders(doc: str, default: object = REQUIRED) -> Any:
    """Declare amounts before and after each axis."""
    return declare(Borders(), doc, default)


def yes_no(doc: str, default: bool) -> Any:
    """Declare a yes or no."""
    return declare(YesNo(), doc, default)


def real(doc: str, default: object) -> Any:
    """Declare a number that enters no count."""
    return declare(Real(), doc, default)


def dims(doc: str, default: object = REQUIRED) -> Any:
    """Declare one or several axes."""
    return declare(Dims(), doc, default)
