"""The sentences of an op that hold for one layer.

In the docstrings that `explain` prints, what depends on a field or on an array is a sentence of its
own that begins with the condition:

* ``With a bias, ...``: where the layer has an array or an input of that name;
* ``With ``ceil_mode``, ...``: where the field is true, or given;
* ``With ``mode: nearest``, ...``: where the field has that value;
* ``Without ...``: where it is not so;
* ``With ``padding_mode: border`` but not ``mode: bicubic``, ...``: where the one holds, and the
  other does not.

Sentences that begin in any other way hold for every layer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.ops.fields import declared
from convcost.ops.kinds import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.explain.symbols import Shapes
    from convcost.ops.op import Op

_CONDITIONAL = re.compile(
    r"(?:(?<=^)|(?<=[.:] ))"  # a sentence, or what an introduction ends in
    r"(?P<word>With|Without) (?:an? (?P<part>\w+)|`(?P<field>\w+)(?:: (?P<value>\w+))?`)"
    r"(?: but not `(?P<other>\w+): (?P<is>\w+)`)?, "
    r".*?\.(?= |$)\s?"
)


class Condition(NamedTuple):
    """The condition of a sentence: a ``part`` (an array or an input) or a ``field``, which has a
    ``value`` where the sentence names one. ``wanted`` is False after "Without". ``but_not`` is the
    condition that must not hold besides."""

    wanted: bool
    part: str | None
    field: str | None
    value: str | None
    but_not: Condition | None = None

    def holds(self, op: Op, shapes: Shapes) -> bool:
        """Whether a layer of this op on inputs of these shapes is such a one."""
        if self.but_not and self.but_not.holds(op, shapes):
            return False
        return self.wanted is (self._part(op, shapes) if self.part else self._field(op))

    def _part(self, op: Op, shapes: Shapes) -> bool:
        given = op.inputs_called[: len(shapes)]
        return self.part in {*op.weights(*shapes), *op.buffers(*shapes), *given}

    def _field(self, op: Op) -> bool:
        assert self.field in declared(type(op)), self.field
        here = getattr(op, self.field)
        return here not in (None, False) if self.value is None else shown(here) == self.value


def conditions(text: str) -> Iterator[Condition]:
    """The conditions of a text, in order."""
    yield from map(_condition, _CONDITIONAL.finditer(text))


def holding(text: str, op: Op, shapes: Shapes) -> str:
    """The sentences of a text that hold for a layer of this op on inputs of these shapes."""

    def kept(sentence: re.Match[str]) -> str:
        return sentence[0] if _condition(sentence).holds(op, shapes) else ""

    return _CONDITIONAL.sub(kept, text).strip()


def _condition(sentence: re.Match[str]) -> Condition:
    other = Condition(True, None, sentence["other"], sentence["is"]) if sentence["other"] else None
    return Condition(
        sentence["word"] == "With", sentence["part"], sentence["field"], sentence["value"], other
    )
