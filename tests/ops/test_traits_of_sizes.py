"""Traits of ops whose sizes change: with ``like``, on a longer input, with fewer channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from convcost.applied import BrokenCondition, check
from convcost.execution.transform import thinned
from convcost.network import Network
from convcost.ops import OPS, op_class, place
from convcost.ops.example import Example
from convcost.ops.fields import build, declared
from convcost.ops.kinds import FieldError
from convcost.ops.op import Op, examples
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    Shape = tuple[int, ...]

OF_BOTH_LENGTHS = {"adaptive_max_pool", "adaptive_avg_pool", "upsample", "expand"}
"""Ops that make a map of the length that they name, whatever they are given. What units read
follows from both lengths, so that no longer input shows the same."""

KEEP_CHANNELS = {"gather"}
"""Ops that make as many channels as they name, whatever they are given."""

TIED_CHANNELS = {"deform_sample", "matmul", "expand"}
"""Ops on inputs of other shapes that must have as many channels as the first, or a multiple."""

MORE = {"slice": [Example({"dims": [1, 3], "starts": [8, 2], "ends": [40, 26]})]}


def layers(name: str) -> list[Example]:
    """The examples of an op, and more of some."""
    return [*examples(op_class(name)), *MORE.get(name, [])]


EXAMPLES = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name in OPS
    for number, layer in enumerate(layers(name))
    if layer.shapes
]


def applied(name: str, number: int) -> tuple[Op, list[Shape]]:
    """The op of an example, and the shapes of its inputs."""
    fields, shapes = layers(name)[number]
    return build(op_class(name), len(shapes[0]) - 1, fields), [(1, *shape) for shape in shapes]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
@pytest.mark.parametrize("by", [-4, 4])
def test_a_field_that_makes_a_map_like_another_is_named(name: str, number: int, by: int) -> None:
    kind, (_, shapes) = op_class(name), applied(name, number)
    here = shapes[0][2:]
    there = tuple(size + by for size in here)
    given = layers(name)[number].fields
    try:
        found = kind.like(here, there)
        others = {
            field: value for field, value in given.items() if field not in kind.fields_of_like
        }
        op = build(kind, len(here), {**others, **found})
    except FieldError:
        return
    if not found.keys() <= declared(kind).keys():
        assert not kind.fields_of_like
    elif op.output(*shapes)[2:] == there:
        assert found.keys() <= {*kind.fields_of_like}, f"`fields_of_like` in {place(name)}"
    else:
        assert not kind.fields_of_like, f"`like` in {place(name)}"


def doubled(shapes: Sequence[Shape], axis: int) -> list[Shape]:
    """Shapes with an axis of the first twice as long, and that of all that are alike along it."""
    size, rank = shapes[0][axis], len(shapes[0])
    return [
        (*shape[:axis], 2 * size, *shape[axis + 1 :])
        if len(shape) == rank and shape[axis] == size
        else shape
        for shape in shapes
    ]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_an_op_that_names_sizes_names_others_on_a_longer_input(name: str, number: int) -> None:
    op, before = applied(name, number)
    for axis, how in enumerate(op.reads(*before)[0]):
        if axis < 2 or how.axis is None or name in OF_BOTH_LENGTHS:
            continue
        after = doubled(before, axis)
        longer = op.stretched(before[0], after[0])
        try:
            check(longer, tuple(after))
        except BrokenCondition:
            assert len(before) > 1, f"`stretched` in {place(name)}"
            continue
        grown: Any = longer.outputs(*after)[0][how.axis] - op.outputs(*before)[0][how.axis]
        shrinks = how.step is not None and how.step.shift > how.step.period
        assert grown > 0 if shrinks else grown >= before[0][axis], f"`stretched` in {place(name)}"


def below_a_layer(name: str, number: int) -> Network:
    """An example on a map that a layer makes; inputs of that shape are the same map."""
    op, shapes = applied(name, number)
    network = Network(name)
    first, rank = shapes[0], len(shapes[0]) - 2
    image = network.inputs["image"] = Tensor("image", (1, 1, *first[2:]))
    field = {"out_channels": first[1], "kernel_size": 1} if rank else {"out_features": first[1]}
    maker = build(op_class("conv" if rank else "linear"), rank, field)
    maps = {first: network.add("maker", maker, [image]).outputs[0]}
    for shape in shapes[1:]:
        if shape not in maps:
            maps[shape] = network.inputs[f"x{len(maps)}"] = Tensor(f"x{len(maps)}", shape)
    layer = network.add(name, op, [maps[shape] for shape in shapes])
    network.outputs = {tensor.name: tensor for tensor in layer.outputs}
    return network


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_an_op_that_names_channels_names_fewer_of_fewer(name: str, number: int) -> None:
    network = below_a_layer(name, number)
    layer = network.layers[-1]
    how = layer.op.reads(*layer.input_shapes)[0][1]
    if name in TIED_CHANNELS or layer.inputs[0].shape[1] % 2:
        return
    thin, by = thinned(network, 2)
    assert by == 2, f"`thinned` in {place(name)}"
    if how.axis is not None and name not in KEEP_CHANNELS and len(set(layer.inputs)) == 1:
        few, many = (net.layers[-1].outputs[0].shape[how.axis] for net in (thin, network))
        assert 2 * few == many, f"`thinned` in {place(name)}"
