"""The fields that an op has: validation, documentation and schema read them.

An op declares a field with one of the functions of this file. A value as a person writes it (``3``,
``[3, 5]``, ``same``) becomes the form that formulas use (``(3, 3)``) once, in :func:`build`, and
never again. The kinds of value are in :mod:`convcost.ops.kinds`.
"""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    NamedTuple,
    NoReturn,
    TypeVar,
    cast,
    dataclass_transform,
)

from convcost.ops.kinds import (
    LARGEST_SIZE,
    MOST_TAPS,
    Borders,
    Count,
    Dim,
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
    from typing import Self

REQUIRED: Any = object()
"""The default of a field that has none."""


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
    return Declared(kind, doc, default)


def count(doc: str, default: object = REQUIRED, most: int = LARGEST_SIZE) -> Any:
    """Declare a whole number from 1 up."""
    return declare(Count(most=most), doc, default)


def per_axis(doc: str, default: object = REQUIRED, least: int = 1, most: int = LARGEST_SIZE) -> Any:
    """Declare a whole number for each spatial axis."""
    return declare(PerAxis(Count(least, most)), doc, default)


def size(doc: str, default: object = REQUIRED) -> Any:
    """Declare a size for each spatial axis of the output; that of the input for one that is
    null."""
    return declare(PerAxis(Count(), own=True), doc, default)


def kernel(doc: str = "taps along each axis") -> Any:
    """Declare the kernel size."""
    return per_axis(doc, most=MOST_TAPS)


def padding(
    doc: str = "zeros added before and after each axis",
    default: object = 0,
    *,
    keeps_same: bool = False,
) -> Any:
    """Declare padding that may be a word; with ``keeps_same``, formulas know what ``same`` is."""
    return declare(Padding(keeps_same=keeps_same), doc, default)


def borders(doc: str, default: object = REQUIRED, *, channels: bool = False) -> Any:
    """Declare amounts before and after each axis; with ``channels``, those of channels may stand
    before."""
    return declare(Borders(channels=channels), doc, default)


def yes_no(doc: str, default: bool) -> Any:
    """Declare a yes or no."""
    return declare(YesNo(), doc, default)


def real(doc: str, default: object) -> Any:
    """Declare a number that enters no count."""
    return declare(Real(), doc, default)


def dim(doc: str, default: object = REQUIRED, beyond: int = 0) -> Any:
    """Declare one axis."""
    return declare(Dim(beyond), doc, default)


def dims(doc: str, default: object = REQUIRED) -> Any:
    """Declare one or several axes."""
    return declare(Dims(), doc, default)


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(
        declare,
        count,
        per_axis,
        size,
        kernel,
        padding,
        borders,
        yes_no,
        real,
        dim,
        dims,
    ),
)
class HasFields:
    """A value that is its declared fields: given by keyword, compared by them, never changed.

    The dataclass of the standard library compiles the same methods anew for each class, which
    costs a third of a millisecond; here all classes share them.
    """

    _declared: ClassVar[dict[str, Declared]] = {}

    def __init_subclass__(cls) -> None:
        """Collect the fields, those of base classes first."""
        found: dict[str, Declared] = {}
        for base in reversed(cls.__mro__[1:]):
            found |= vars(base).get("_declared", {})
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Declared)}
        for name in own:
            delattr(cls, name)  # a value is an instance's alone
        cls._declared = found | own

    def __init__(self, **values: Any) -> None:
        """Take each field by its name."""
        if values.keys() != self._declared.keys():
            odd = ", ".join(sorted(values.keys() ^ self._declared.keys()))
            raise TypeError(f"{type(self).__name__} lacks or does not have: {odd}")
        vars(self).update(values)

    def values(self) -> dict[str, Any]:
        """The fields by name, in the order of their declarations."""
        return {name: getattr(self, name) for name in self._declared}

    def replaced(self, **changes: Any) -> Self:
        """The same with other values of some fields."""
        return type(self)(**{**self.values(), **changes})

    def __repr__(self) -> str:
        """``Conv(out_channels=64, ...)``."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.values().items())
        return f"{type(self).__name__}({values})"

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same class, and all fields are equal."""
        if type(other) is not type(self):
            return NotImplemented
        return self.values() == cast("HasFields", other).values()

    def __hash__(self) -> int:
        """Of the class and the fields."""
        return hash((type(self), *map(vars(self).__getitem__, self._declared)))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refused."""
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        """Refused."""
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")


def declared(of: type[HasFields]) -> dict[str, Declared]:
    """The fields of an op, by name, in order."""
    return vars(of)["_declared"]


def annotation(of: type[HasFields], field: str) -> str:
    """The type that a field's values have in formulas, as it is written: ``Number``."""
    return next(
        str(vars(base)["__annotations__"][field])
        for base in of.__mro__
        if field in vars(base).get("__annotations__", {})
    )


Built = TypeVar("Built", bound=HasFields)


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
