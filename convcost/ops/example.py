"""A layer of an op, as a person may write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.ops.op import Op

MAP = (64, 28, 28)


class Example(NamedTuple):
    """Fields as they are written in a spec, and the shapes of the inputs without the batch."""

    fields: Mapping[str, object] = {}
    shapes: tuple[tuple[int, ...], ...] = (MAP,)


def examples(op: type[Op]) -> tuple[Example, ...]:
    """Layers of an op: those that it gives, or one without fields on as many maps as it needs.
    The first one is what its formulas are shown of, the others where they differ."""
    return op.examples or (Example(shapes=(MAP,) * op.fewest_inputs),)


def input_names(op: type[Op], count: int) -> tuple[str, ...]:
    """What the inputs of an example are called."""
    return (op.inputs_called or ("a", "b", "c"))[:count]
