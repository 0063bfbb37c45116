"""How PyTorch says a layer: what is made of it once, and what runs each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Raw(str):
    """A piece of Python, as a value."""

    __slots__ = ()


class Argument(NamedTuple):
    """An argument of a call, by its name unless that is empty; left out where it is the default."""

    name: str
    value: object
    default: object = ...  # no value is it


class Call(NamedTuple):
    """A call that makes a module, a parameter or a buffer."""

    function: str
    arguments: tuple[Argument, ...] = ()


class Said(NamedTuple):
    """A layer.

    ``run`` is an expression: ``{0}`` and ``{1}`` stand for inputs, ``{all}`` for all of them,
    ``{self}`` for what ``make`` has under the empty name and ``{self_x}`` for that under ``x``.
    ``roles`` says in which arrays of those the layer's stored arrays are, by their roles.
    """

    run: str
    make: Mapping[str, Call] = {}
    helpers: tuple[str, ...] = ()
    roles: Mapping[str, str] = {}


def module(function: str, *arguments: Argument, **roles: str) -> Said:
    """A layer that a module of PyTorch is, of one input."""
    return Said("{self}({0})", {"": Call(function, arguments)}, roles=roles)
