"""Tensors that are laid end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make
from convcost.importers.building.values import Stored
from convcost.samples import Samples

if TYPE_CHECKING:
    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor


def for_each_sample(b: Builder, node: Node) -> list[Tensor]:
    """The inputs of a node, without empty arrays; those that the file has for its own number of
    samples, such as a token for the class, are repeated for as many as are given."""
    values = [b.value(node, number) for number in range(len(node.inputs))]
    numbers = [n for n, v in enumerate(values) if not (isinstance(v, Stored) and 0 in v.shape)]
    inputs = [b.tensor(node, number) for number in numbers]
    along = {x.batch_axis for x in inputs if x.samples is not None}
    axis = along.pop() if len(along) == 1 else None
    if axis is None:
        return inputs
    for number, x in enumerate(inputs):
        if x.samples is None and x.shape[axis : axis + 1] == (1,) == (b.fixed,):
            shape = Samples(axis).with_count(x.shape, b.network.batch)
            if shape != x.shape:
                inputs[number] = b.add(node, make("expand", shape=shape), (x,)).outputs[0]
    return inputs
