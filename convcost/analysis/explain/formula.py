"""A formula as text, and what comes out of it for numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z]\w*")


def _terms(count: int) -> range:
    """The terms of a sum that is printed."""
    work(count, "adding up a printed sum")
    return range(count)


_KNOWN = {"min": min, "max": max, "sum": sum, "range": _terms}


class Worked(NamedTuple):
    """A formula with numbers in it, and what comes out. ``axis`` is empty unless it is for one."""

    axis: str
    numbers: str
    value: int


class Formula(NamedTuple):
    """``name = text``, a Python expression, and what it means in words.

    ``values`` has the numbers of its names; of a formula for any axis once for each axis.
    """

    name: str
    text: str
    says: str = ""
    values: tuple[tuple[str, Mapping[str, int]], ...] = ()

    @property
    def worked(self) -> list[Worked]:
        """The formula worked out, for each of ``values``."""
        return [
            Worked(axis, substituted(self.text, numbers), evaluated(self.text, numbers))
            for axis, numbers in self.values
        ]


def substituted(text: str, numbers: Mapping[str, int]) -> str:
    """A formula with numbers in place of names."""
    return _NAME.sub(lambda name: str(numbers.get(name[0], name[0])), text)


def evaluated(text: str, numbers: Mapping[str, int]) -> int:
    """The value of a formula for some numbers. It is Python, with no word but ours."""
    return eval(text, {"__builtins__": {}, **_KNOWN, **numbers})


def names_in(text: str) -> list[str]:
    """The names in a formula, in order."""
    return list(dict.fromkeys(_NAME.findall(text)))
