"""Operators that write in place: who reads the tensor from then on reads what was written.

Of a part of a tensor, that means the whole: what lies before the part, what was written, and what
lies behind it, end to end. Of a tensor in another form, it means the tensor in its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import constant, then, transposed, viewed
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.parts import kept
from convcost.importers.building.values import Stored, Unknown
from convcost.importers.pt2.looks import Part
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.importers.building.values import Value
    from convcost.importers.pt2.looks import Form, Memory


def written(b: Builder, memory: Memory, node: Node, name: str) -> None:
    """Give a name, and all whose memory it looks at, what a node has written to it.

    Args:
        b: the builder.
        memory: who looks at whom.
        node: that has written.
        name: of what it has written to.
    """
    value = b.values[node.outputs[0]]
    if value is b.values.get(name):  # as `detach_` leaves it
        return
    b.values[name] = value
    chain = [*_chain(memory, name)]
    while chain and not memory.is_read_later(chain[-1][0]):
        del chain[-1]
    for whole, look in chain:
        x, written_ = _tensor(b, b.values[whole]), _tensor(b, value)
        if isinstance(look, Part):
            value = joined(b, node, x, written_, look)
        elif look.order is None:
            value = viewed(b, node, written_, x.shape)
        else:
            order = look.order
            value = transposed(b, node, written_, *sorted(range(len(order)), key=order.__getitem__))
        b.values[whole] = value
        _seen(b, memory, node, whole, look)
    _seen(b, memory, node, name, None)


def _seen(b: Builder, memory: Memory, node: Node, whole: str, through: Part | Form | None) -> None:
    """Give the names that look at a tensor, and are read later, what was written to it; but for
    the one through which it was."""
    for name in memory.lookers.get(whole, ()):
        look = memory.looks[name]
        before = b.values.get(name)
        if (
            look is through
            or not memory.is_read_later(name)
            or not isinstance(before, (Tensor, Stored))
        ):
            continue
        x = _tensor(b, b.values[whole])
        if isinstance(look, Part):
            x = kept(b, node, x, (look.dim,), (look.start,), (look.end,), (look.step,))
        elif look.order is not None:
            x = transposed(b, node, x, *look.order)
        b.values[name] = viewed(b, node, x, before.shape)
        _seen(b, memory, node, name, None)


def _chain(memory: Memory, name: str) -> Iterator[tuple[str, Part | Form]]:
    """Follow a name to the tensor that it is a view of, and so on, with the view at each step."""
    while name in memory.looks:
        yield memory.looks[name].whole, memory.looks[name]
        name = memory.looks[name].whole


def _tensor(b: Builder, value: Value) -> Tensor:
    if isinstance(value, Unknown):
        raise NotUnderstood("")
    return b.passed(value) if isinstance(value, Stored) else value


def joined(b: Builder, node: Node, x: Tensor, value: Tensor, part: Part) -> Tensor:
    """A tensor with another in the place of a part of it."""
    n, places = x.shape[part.dim], range(part.start, part.end, part.step)
    size = (*x.shape[: part.dim], len(places), *x.shape[part.dim + 1 :])
    value = viewed(b, node, value, size)
    if len(places) > 1 and part.step > 1:
        return _apart(b, node, x, value, part.dim, places)
    pieces = [value]
    if part.start > 0:
        pieces.insert(0, kept(b, node, x, (part.dim,), (0,), (part.start,)))
    if places[-1] + 1 < n:
        pieces.append(kept(b, node, x, (part.dim,), (places[-1] + 1,), (n,)))
    return pieces[0] if len(pieces) == 1 else then(b, node, "concat", *pieces, dim=part.dim)


def _apart(b: Builder, node: Node, x: Tensor, value: Tensor, dim: int, places: range) -> Tensor:
    """A tensor with another at positions along an axis that are not neighbours."""
    along = (*(1,) * dim, len(places), *(1,) * (len(x.shape) - dim - 1))
    at = constant(b, node, "positions", places, *along)
    at = at if at.shape == value.shape else then(b, node, "expand", at, shape=value.shape)
    return then(b, node, "scatter", x, at, value, dim=dim)
