"""The statements that run a class: which variable holds which tensor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost.exporters.torch.words import MEANT, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.exporters.torch.bodies import Body, Ref, Step

WORKING = ("y", "z")
"""Variables of what is worked on beside ``x``."""


class Statement:
    """An expression and the variables that it is assigned to; no variables if it is the returned
    value."""

    def __init__(self, targets: Sequence[str], expression: str) -> None:
        self.targets = targets
        self.expression = expression


class Forward:
    """The statements of a class."""

    def __init__(self, body: Body, inputs: Sequence[str]) -> None:
        self.body = body
        self.inputs = tuple(inputs)
        self._last = self._last_reads()
        self._chain: dict[Ref, int] = {}  # the variable that holds each tensor, by a number
        self._length: dict[int, int] = {}  # how many it holds, one after the other
        self._first: dict[int, str] = {}  # the name of what made the first
        self._follow()
        self._names = self._named()
        self.statements = _joined(list(self._statements()))

    def _last_reads(self) -> dict[Ref, int]:
        last: dict[Ref, int] = {}
        for number, step in enumerate(self.body.steps):
            last |= dict.fromkeys(step.reads, number)
        return last | dict.fromkeys(self.body.outputs, len(self.body.steps))

    def _is_array(self, ref: Ref) -> bool:
        """Whether a tensor is an array of the module, which needs no variable."""
        return ref[0] >= 0 and re.fullmatch(r"self\.\w+", self.body.steps[ref[0]].run) is not None

    def _follow(self) -> None:
        """Put each tensor in the variable of what it is made of, where that is not read again."""
        for number in range(len(self.inputs)):
            self._chain[-1, number] = number
            self._length[number] = 1
        for number, step in enumerate(self.body.steps):
            done = [
                ref for ref in step.reads if self._last[ref] == number and not self._is_array(ref)
            ]
            if step.makes == 1 and done:
                chain = self._chain[done[0]]
                self._chain[number, 0] = chain
                self._length[chain] += 1
                continue
            for part in range(step.makes):
                chain = len(self._length)
                self._chain[number, part] = chain
                self._length[chain] = 1
                self._first[chain] = f"{step.name}_{part}" if step.makes > 1 else step.name

    def _named(self) -> dict[int, str]:
        names: dict[int, str] = dict(enumerate(self.inputs))
        taken = {*self.inputs, *MEANT}
        ends = {chain: first for chain, first in self._first.items() if self._is_used(chain)}
        for chain, first in ends.items():
            wanted = [word for word in WORKING if self._length[chain] > 1 and word not in taken]
            name = free = wanted[0] if wanted else identifier(first).lower()
            count = 2
            while free in taken:
                free, count = f"{name}_{count}", count + 1
            taken.add(free)
            names[chain] = free
        return names

    def _is_used(self, chain: int) -> bool:
        return any(self._chain[ref] == chain for ref in self._last if ref in self._chain)

    def variable(self, ref: Ref) -> str:
        """The expression that stands for a tensor."""
        if self._is_array(ref):
            return self.body.steps[ref[0]].run
        return self._names[self._chain[ref]]

    def _statements(self) -> Iterator[Statement]:
        steps, outputs = self.body.steps, self.body.outputs
        for number, step in enumerate(steps):
            if self._is_array((number, 0)):
                continue
            made = [(number, part) for part in range(step.makes)]
            if number == len(steps) - 1 and [*outputs] == made:
                yield Statement((), self._expression(step))
                return
            targets = [self._names[self._chain[ref]] if ref in self._last else "_" for ref in made]
            yield Statement(targets, self._expression(step))
        yield Statement((), ", ".join(map(self.variable, outputs)))

    def _expression(self, step: Step) -> str:
        reads = [self.variable(ref) for ref in step.reads]
        if not step.run:
            return f"self.{step.name}({', '.join(reads)})"
        parts: Mapping[str, str] = {f"{{{n}}}": name for n, name in enumerate(reads)}
        return re.sub(r"\{\d+\}", lambda found: parts[found[0]], step.run)


def _joined(statements: list[Statement]) -> list[Statement]:
    """Return what was assigned just before without a name for it."""
    *before, last = statements
    if before and before[-1].targets == [last.expression]:
        return [*before[:-1], Statement((), before[-1].expression)]
    return statements
