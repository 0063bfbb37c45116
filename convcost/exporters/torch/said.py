"""How PyTorch says a layer: what is made of it once, and what runs each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Layer
    from convcost.ops.op import Op

NO_DEFAULT: object = object()


class Raw(str):
    """A piece of Python, as a value."""

    __slots__ = ()


class Argument(NamedTuple):
    """An argument of a call, by its name unless that is empty; left out where it is the default."""

    name: str
    value: object
    default: object = NO_DEFAULT


class Call(NamedTuple):
    """A call that makes a module or an array."""

    function: str
    arguments: tuple[Argument, ...] = ()


class Said(NamedTuple):
    """A layer.

    ``run`` is an expression: ``{0}`` and ``{1}`` stand for inputs, ``{self}`` for what ``make`` has
    under the empty name and ``{self_x}`` for that under ``x``. What ``make`` has are modules and
    parameters, and buffers where ``stored`` says so. ``roles`` says in which arrays of a module the
    layer's are, by their roles, where the names differ. ``helpers`` are functions that the file
    must hold.
    """

    run: str
    make: Mapping[str, Call] = {}
    stored: bool = False
    helpers: tuple[str, ...] = ()


def call(function: str, *values: object, **named: tuple[object, object]) -> Call:
    """A call with values in order, then by name, each with its default."""
    given = (Argument(name, value, default) for name, (value, default) in named.items())
    return Call(function, (*(Argument("", value) for value in values), *given))


def module(function: str, *values: object, **named: tuple[object, object]) -> Said:
    """A layer that a module of PyTorch is, of one input."""
    return Said("{self}({0})", {"": call(function, *values, **named)})


def zeros(shape: Sequence[int]) -> Call:
    """A learned array."""
    return call("nn.Parameter", *shape)


def always(said: Said) -> Callable[[Layer], Said]:
    """The same for every layer."""
    return lambda _: said


def runs(template: str, *helpers: str) -> Callable[[Layer], Said]:
    """A layer without stored arrays that runs an expression, in which fields of the op may
    stand."""
    return lambda layer: Said(filled(template, layer.op), helpers=helpers)


def filled(template: str, op: Op) -> str:
    """An expression in which ``<field>`` stands for a field's value."""
    for name, value in op.values().items():
        template = template.replace(f"<{name}>", literal(value))
    return template


def literal(value: object) -> str:
    """A value in Python; numbers that are whole without a point."""
    from fractions import Fraction

    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Fraction):
        return literal(value.numerator) if value.denominator == 1 else literal(float(value))
    if isinstance(value, tuple):
        parts = [literal(part) for part in cast("tuple[object, ...]", value)]
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(value)


def merged(values: Sequence[object]) -> object:
    """One value for all axes where they agree, else a tuple."""
    return values[0] if values and all(value == values[0] for value in values) else tuple(values)
