"""Sequences of tensors, which are put together and taken apart while a graph is read: no layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Unknown, of_values
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.building.values import Stored
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.ops.op import Op

MOST_PARTS = 1 << 12


def construct(b: Builder, node: Node) -> None:
    """SequenceConstruct, and SequenceEmpty, which reads nothing."""
    parts = [b.value(node, number) for number in range(len(node.inputs))]
    _give(b, node, cast("list[Tensor | Stored]", parts))


def insert(b: Builder, node: Node) -> None:
    """SequenceInsert: at a place, or at the end."""
    parts, part = _parts(b, node), b.value(node, 1)
    if len(parts) >= MOST_PARTS:
        raise NotUnderstood(f"sequences of more than {MOST_PARTS:,} parts are not followed")
    parts.insert(_place(b, node, 2, len(parts), len(parts)), cast("Tensor | Stored", part))
    _give(b, node, parts)


def erase(b: Builder, node: Node) -> None:
    """SequenceErase: at a place, or at the end."""
    parts = _parts(b, node)
    del parts[_place(b, node, 1, len(parts), len(parts) - 1)]
    _give(b, node, parts)


def at(b: Builder, node: Node) -> None:
    """SequenceAt."""
    parts = _parts(b, node)
    b.give(node, parts[_place(b, node, 1, len(parts), len(parts) - 1)])


def length(b: Builder, node: Node) -> None:
    """SequenceLength."""
    import numpy as np

    count = np.array(len(_parts(b, node)), dtype=np.int64)
    b.give(node, of_values(node.outputs[0], count, learned=False))


def split(b: Builder, node: Node) -> None:
    """SplitToSequence: into parts of one size, of several sizes, or into single positions."""
    x = b.tensor(node, 0)
    axis = axis_of(int(node.get("axis", 0)), len(x.shape))
    size, given = x.shape[axis], b.known(node, 1)
    if given is None:
        sizes = [1] * size
    elif given.ndim:
        sizes = [int(n) for n in given]
    else:
        each = int(given)
        sizes = [each] * (size // each) + [size % each] * bool(size % each)
    if len(sizes) > MOST_PARTS:
        raise NotUnderstood(f"sequences of more than {MOST_PARTS:,} parts are not followed")
    one = len(sizes) == 1
    parts = (x,) if one else b.add(node, make("split", sizes=tuple(sizes), dim=axis), (x,)).outputs
    if given is None and not node.get("keepdims", 1):
        shape = (*x.shape[:axis], *x.shape[axis + 1 :])
        parts = [b.add(node, make("view", shape=shape), (part,)).outputs[0] for part in parts]
    _give(b, node, parts)


def joined(b: Builder, node: Node) -> None:
    """ConcatFromSequence: along an axis that there is, or a new one."""
    every = [p if isinstance(p, Tensor) else b.passed(p) for p in _parts(b, node)]
    if not every:
        raise NotUnderstood("its sequence is empty")
    rank, new = len(every[0].shape), bool(node.get("new_axis", 0))
    axis = axis_of(int(node.fields["axis"]), rank + new)
    if new:
        every = [b.add(node, _wider(part, axis), (part,)).outputs[0] for part in every]
    one = len(every) == 1
    b.give(node, every[0] if one else b.add(node, make("concat", dim=axis), every).outputs[0])


def _wider(part: Tensor, axis: int) -> Op:
    return make("view", shape=(*part.shape[:axis], 1, *part.shape[axis:]))


def _parts(b: Builder, node: Node) -> list[Tensor | Stored]:
    value = b.values.get(node.inputs[0])
    if not isinstance(value, Unknown):
        raise NotUnderstood("its sequence is only known when the network runs")
    if value.parts is None:
        raise NotUnderstood("")
    return [*value.parts]


def _give(b: Builder, node: Node, parts: Sequence[Tensor | Stored]) -> None:
    b.give(node, Unknown(str(node), tuple(parts)))


def _place(b: Builder, node: Node, number: int, parts: int, most: int) -> int:
    """The place that an input names, from the end where it is negative; ``most`` unless given."""
    (place,) = b.ints(node, number) or (most,)
    found = place + parts if place < 0 else place
    if most < 0:
        raise NotUnderstood("its sequence is empty")
    if not 0 <= found <= most:
        raise NotUnderstood(f"its sequence has no place {place}")
    return found


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "ConcatFromSequence": joined,
    "SequenceAt": at,
    "SequenceConstruct": construct,
    "SequenceEmpty": construct,
    "SequenceErase": erase,
    "SequenceInsert": insert,
    "SequenceLength": length,
    "SplitToSequence": split,
}
