"""Sizes and values that are given beside a model's file, and how they are written."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Declared: TypeAlias = "tuple[int | str | None, ...] | None"
"""The full shape of an input as a file declares it: a size, the name of an open one, or None for an
open one without a name. None in place of a shape: not even its rank is said."""

Numbers: TypeAlias = "float | Sequence[float]"
"""One number, or those of an array in order."""

SHAPE = re.compile(r"(?:[A-Za-z_][\w-]*=)?\d+(?:x\d+)+", re.IGNORECASE)
"""The shape of an input in a word: ``3x320x320`` or ``rgb=3x320x320``."""

SETTING = re.compile(r"([A-Za-z_][\w-]*)=(.+)", re.DOTALL)
"""A name and its value in a word: ``width=32``."""

LONGEST_NUMBER = 15  # digits of a size, so that no one waits for its product


class Stated(NamedTuple):
    """The outcome of a rule for a node: full shapes of its outputs (empty if the file says them),
    and costs by metric."""

    shapes: Sequence[tuple[int, ...]]
    costs: Mapping[str, int]


class Rule(Protocol):
    """Somebody's own rule for an operator that convcost does not know."""

    def of(
        self, attributes: Mapping[str, object], shapes: Sequence[tuple[int, ...] | None]
    ) -> Stated:
        """Return the shapes and costs of a node, from its attributes and the full shapes of its
        inputs."""
        ...


class Given(NamedTuple):
    """Sizes and values of a model's inputs, rules for its operators, and how it is read.

    ``inputs`` are shapes without the batch by the input's name, where ``""`` stands for the only
    input; ``dims`` are sizes by the names that the file has for them; ``values`` are what inputs
    hold; ``operators`` are rules by the name of the operator, with its domain if it has one.
    ``as_written`` keeps ops that the file writes out in others.
    """

    inputs: Mapping[str, Sequence[int]] = {}
    dims: Mapping[str, int] = {}
    values: Mapping[str, Numbers] = {}
    operators: Mapping[str, Rule] = {}
    as_written: bool = False

    def over(self, other: Given) -> Given:
        """Both, where these replace those of the other."""
        return Given(
            {**other.inputs, **self.inputs},
            {**other.dims, **self.dims},
            {**other.values, **self.values},
            {**other.operators, **self.operators},
            self.as_written or other.as_written,
        )

    def fitting(self, declared: Mapping[str, Declared]) -> Given:
        """Those that say something of the inputs that a file declares, and contradict none."""
        names = {size for shape in declared.values() if shape for size in shape}
        if len(declared) == 1 and "" in self.inputs:
            (only,) = declared
            return self._replace(inputs={only: self.inputs[""]}).fitting(declared)
        return Given(
            {
                n: shape
                for n, shape in self.inputs.items()
                if n in declared and _fit(shape, declared[n])
            },
            {name: size for name, size in self.dims.items() if name in names},
            {name: numbers for name, numbers in self.values.items() if name in declared},
            self.operators,
            self.as_written,
        )


NOTHING = Given()


def _fit(sizes: Sequence[int], declared: Declared) -> bool:
    if declared is None:
        return True
    own = declared[1:]
    return len(own) == len(sizes) and all(
        not isinstance(fixed, int) or fixed == size for fixed, size in zip(own, sizes, strict=True)
    )


def shape_of(text: str) -> tuple[int, ...] | None:
    """The sizes of ``3x320x320``; None where it is something else."""
    words = text.strip().lower().split("x")
    if not all(word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER for word in words):
        return None
    return tuple(map(int, words))


def numbers_of(text: str) -> Numbers | None:
    """The number of ``16000`` or ``true``, or the numbers of ``640,640``; None for other texts."""
    inside = text.strip().removeprefix("[").removesuffix("]")
    found = [_number(word) for word in inside.split(",")]
    numbers = [number for number in found if number is not None]
    if len(numbers) < len(found):
        return None
    return numbers[0] if len(numbers) == 1 else numbers


def _number(text: str) -> float | None:
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    try:
        return int(word)
    except ValueError:
        pass
    try:
        number = float(word)
    except ValueError:
        return None
    return number if isfinite(number) else None
