"""Constants that a program makes: they cost nothing, whatever made them.

Their shapes are those that the program states. Their values are worked out where they are small,
for those who pick by them.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

from convcost.allowance import work
from convcost.importers.building.values import Stored
from convcost.importers.pt2.looks import SHAPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.importers.building.values import Known
    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node

OF_SIZES = frozenset(("_operator", "math", "torch", "builtins"))
"""Where functions of sizes come from, rather than of tensors."""

CHECKS = ("sym_", "_assert", "_guards")
"""How operators begin that ask for sizes, or refuse them."""

LIKE = frozenset(("new_zeros", "new_ones", "new_full", "new_empty", "zero"))
"""Operators that take the sizes and the type of what they make from a tensor."""

NUMBERS = frozenset(("empty", "eye", "linspace", "rand", "randn"))
"""Operators that make numbers of nothing, which nobody picks by."""

SAME = frozenset(
    (*SHAPED, "lift_fresh_copy", "clone", "detach", "alias", "contiguous", "view_copy")
)
"""Operators that make of a constant what has its numbers, in order."""

MOST_ELEMENTS = 1 << 12
VALUES_A_STEP = 8


def worked_out(b: Builder, node: Node) -> bool:
    """Whether a node makes constants, or sizes; they are then the meaning of its outputs."""
    if node.domain in OF_SIZES or node.op.startswith(CHECKS):
        return True
    if not node.outputs or node.domain != "aten":
        return False
    like = node.op in LIKE or node.op.endswith("_like")  # another tensor's sizes and type
    values = [] if like else [b.values.get(name) for name in node.inputs if name]
    arrays = [value for value in values if isinstance(value, Stored) and not value.learned]
    if len(arrays) < len(values):
        return False
    if not values and not like and node.op not in (*FILLED, *NUMBERS):
        return False
    changed = node.in_place and bool(arrays) and node.op not in SAME
    if changed:  # others may look at the same memory
        _forget(b)
    known = _same(b, node, arrays) if values else _known(b, node)
    for number, name in enumerate(node.outputs):
        made = b.program.made(name, b.sizes)
        if made is None:
            return False
        own = known if number == 0 and known is not None and known.shape == made.shape else None
        b.bind(name, Stored(name, made.shape, made.dtype, own, learned=False))
    if changed:
        b.bind(node.inputs[0], b.values[node.outputs[0]])
    return True


def _forget(b: Builder) -> None:
    """Constants without their values."""
    work(len(b.values) // VALUES_A_STEP, "forgetting constants that are written over")
    for name, value in b.values.items():
        if isinstance(value, Stored) and not value.learned and value.known is not None:
            b.values[name] = value._replace(known=None)


def _same(b: Builder, node: Node, arrays: Sequence[Stored]) -> Known | None:
    """The values of a constant that a node hands on, in whatever shape."""
    stated = b.program.made(node.outputs[0], b.sizes)
    known = arrays[0].known if node.op in SAME and len(arrays) == 1 else None
    if known is None or stated is None or known.size != prod(stated.shape):
        return None
    return known.reshape(stated.shape)


def _known(b: Builder, node: Node) -> Known | None:
    """The values of what a node fills, where they are few."""
    import numpy as np

    act = FILLED.get(node.op.removeprefix("new_").removesuffix("_like"))
    stated = b.program.made(node.outputs[0], b.sizes)
    if act is None or stated is None or prod(stated.shape) > MOST_ELEMENTS:
        return None
    try:
        return np.broadcast_to(act(node.fields), stated.shape)
    except (ValueError, TypeError, KeyError, ArithmeticError):
        return None


def _range(fields: Mapping[str, Any]) -> Any:
    import numpy as np

    start, end, step = fields.get("start", 0), fields["end"], fields.get("step", 1)
    if abs(end - start) > MOST_ELEMENTS * abs(step):
        raise ValueError("longer than what is stated")
    return cast("Any", np).arange(start, end, step)


FILLED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "arange": _range,
    "full": lambda fields: fields["fill_value"],
    "zeros": lambda _: 0,
    "ones": lambda _: 1,
    "scalar_tensor": lambda fields: fields["s"],
}
