"""Arguments of public functions, checked at the door: before any work, by the caller's own names.

A wrong type raises TypeError, a wrong value ConvcostError; both are sentences that begin with the
name of the argument.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import inf
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, Any, TypeVar, cast

from convcost.errors import ConvcostError, cut, quoted, similar, with_article

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Kind = TypeVar("Kind")


def _wrong(name: str, wanted: str, value: object) -> TypeError:
    what = "None" if value is None else with_article(type(value).__name__)
    return TypeError(f"{name}: {wanted} is wanted, and this is {what}")


def instance(name: str, value: object, kind: type[Kind]) -> Kind:
    """A value of a class of convcost."""
    if not isinstance(value, kind):
        raise _wrong(name, with_article(kind.__name__), value)
    return value


def text(name: str, value: object) -> str:
    """A str."""
    return instance(name, value, str)


def path(name: str, value: object) -> str:
    """The path of a file, a str or a ``os.PathLike`` of one, as a str that is not empty."""
    wanted = "a path, which is a str or a pathlib.Path,"
    try:
        found = cast("object", os.fspath(cast("str", value)))
    except TypeError:
        raise _wrong(name, wanted, value) from None
    if not isinstance(found, str):
        raise _wrong(name, wanted, value)
    if not found:
        raise ConvcostError(f"{name}: a path is wanted, and this is an empty text")
    try:
        possible = b"\0" not in os.fsencode(found)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise ConvcostError(f"{name}: {quoted(found)} has a character that no path has")
    return found


def flag(name: str, value: object) -> bool:
    """A bool: ``1`` and ``None`` are slips."""
    return instance(name, value, bool)


def whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """A whole number from ``least`` to ``most``, NumPy's among them: no bool, no float."""
    try:
        if type(value).__name__ in ("bool", "bool_"):  # NumPy's older ones are indices, too
            raise TypeError
        number = index(cast("Any", value))
    except TypeError:
        raise _wrong(name, "a whole number", value) from None
    if number < least:
        raise ConvcostError(f"{name}: at least {least:,} is wanted, and this is {_said(number)}")
    if most is not None and number > most:
        raise ConvcostError(f"{name}: at most {most:,} is possible, and this is {_said(number)}")
    return number


def _said(number: int) -> str:
    """A number, or how long it is: Python refuses to write out the longest."""
    bits = number.bit_length()
    return f"{number:,}" if bits <= 256 else f"a number of {bits:,} bits"


def word(name: str, value: object, known: Collection[str], what: str) -> str:
    """One of some words."""
    found = text(name, value)
    if found not in known:
        notes = similar(found, known, what) or (f"there are {', '.join(known)}",)
        message = f"{name}: {quoted(found)} is not {with_article(what)}"
        raise ConvcostError("\n  ".join((message, *notes)))
    return found


def sequence(name: str, value: object) -> Sequence[object]:
    """A list, a tuple or the like: no text, and nothing that can be read but once."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes, bytearray)):
        raise _wrong(name, "a list", value)
    return cast("Sequence[object]", value)


def texts(name: str, value: object) -> Sequence[str]:
    """A list of str."""
    return [text(f"{name}[{number}]", one) for number, one in enumerate(sequence(name, value))]


def sizes(name: str, value: object) -> tuple[int, ...]:
    """A list of whole numbers from 0 on."""
    return tuple(
        whole(f"{name}[{number}]", one, 0) for number, one in enumerate(sequence(name, value))
    )


def numbers(name: str, value: object) -> float | Sequence[float]:
    """A finite number, or a list of them."""
    if not isinstance(value, Real):
        of = sequence(name, value)
        return [_finite(f"{name}[{number}]", one) for number, one in enumerate(of)]
    return _finite(name, value)


def _finite(name: str, value: object) -> float:
    if not isinstance(value, Real):
        raise _wrong(name, "a number", value)
    found = cast("float", value)
    if not -inf < found < inf:
        raise ConvcostError(f"{name}: a finite number is wanted, and this is {found}")
    return found


def mapping(name: str, value: object) -> Mapping[object, object]:
    """A dict or the like."""
    if not isinstance(value, Mapping):
        raise _wrong(name, "a dict", value)
    return cast("Mapping[object, object]", value)


def by_name(name: str, value: object, each: Callable[[str, object], Kind]) -> dict[str, Kind]:
    """A mapping from str to what ``each``, given a name and a value, makes of a value."""
    return {
        text(f"a key of {name}", key): each(f"{name}[{cut(repr(key))}]", one)
        for key, one in mapping(name, value).items()
    }


def function(name: str, value: Kind) -> Kind:
    """Something that can be called."""
    if not callable(value):
        raise _wrong(name, "a function", value)
    return value
