"""The memory that tensors lie in while a network is trained with PyTorch: views share that of their
input, and what cannot be looked at otherwise is copied."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.analysis.analyze.memory import same_places
from convcost.analysis.training.attention import attentions
from convcost.ops.op import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

Strides = tuple[int, ...]
WORK_A_LAYER = 20


class Storage:
    """Memory of so many numbers; ``learned``: that of a stored array."""

    __slots__ = ("elements", "learned")

    def __init__(self, elements: int, *, learned: bool = False) -> None:
        self.elements = elements
        self.learned = learned


class Held(NamedTuple):
    """A tensor's memory, and by how many numbers its positions lie apart along each axis."""

    storage: Storage
    strides: Strides


def storages(network: Network) -> dict[Tensor, Held]:
    """The memory of each tensor."""
    found = {tensor: _new(tensor.shape) for tensor in network.inputs.values()}
    fused = {run[-1] for run in attentions(network.layers)}
    for layer in network.layers:
        work(WORK_A_LAYER * len(layer.outputs), "following memory")
        for number, tensor in enumerate(layer.outputs):
            found[tensor] = _held(layer, number, found)
        if layer in fused and len(layer.outputs[0].shape) == 4:
            found[layer.outputs[0]] = _by_token(layer.outputs[0].shape)
    return found


def trains_alike(layer: Layer) -> bool:
    """Whether a layer that is a view does in training what it does otherwise: nothing."""
    kept = layer.op.saved(Wanted((True,), weights=False), *layer.input_shapes)
    return kept is None or not kept.made


def regrouped(held: Strides, before: Sequence[int], after: Sequence[int]) -> Strides | None:
    """The strides of the same elements in another shape; None where that takes a copy."""
    if 0 in after:
        return contiguous(after)
    runs = _runs(before, held)
    made: list[int] = []
    for size in reversed(after):
        if size == 1:
            made.append(1)
            continue
        while runs and runs[-1][0] == 1:
            runs.pop()
        if not runs or runs[-1][0] % size:
            return None
        length, stride = runs.pop()
        made.append(stride)
        runs.append((length // size, stride * size))
    return tuple(reversed(made))


def contiguous(shape: Sequence[int]) -> Strides:
    """The strides of a tensor whose elements lie in order."""
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _runs(shape: Sequence[int], strides: Strides) -> list[tuple[int, int]]:
    """Neighbouring axes that are one in memory, as sizes and strides."""
    runs: list[tuple[int, int]] = []
    for size, stride in zip(shape, strides, strict=True):
        if size == 1:
            continue
        if runs and runs[-1][1] == size * stride:
            runs[-1] = (runs[-1][0] * size, stride)
        else:
            runs.append((size, stride))
    return runs


def _new(shape: Sequence[int], strides: Strides | None = None) -> Held:
    return Held(Storage(prod(shape)), strides or contiguous(shape))


def _by_token(shape: Sequence[int]) -> Held:
    """The storage of the output of PyTorch's attention kernel: the heads of a token lie side by
    side, so that concatenating them takes no copy."""
    _, heads, tokens, features = shape
    return _new(shape, (heads * tokens * features, features, heads * features, 1))


def _held(layer: Layer, number: int, found: dict[Tensor, Held]) -> Held:
    shape = layer.outputs[number].shape
    if not layer.inputs:
        return Held(Storage(prod(shape), learned=not layer.op.opaque), contiguous(shape))
    first = found[layer.inputs[0]]
    if layer.op.view and trains_alike(layer):
        strides = regrouped(first.strides, layer.inputs[0].shape, shape)
        return _new(shape) if strides is None else Held(first.storage, strides)
    if layer.op.strided or layer.op.sliced:
        strides = _restrided(layer, number, first.strides)
        return _new(shape) if strides is None else Held(first.storage, strides)
    return _new(shape, _kept_order(layer, shape, found))


def _restrided(layer: Layer, number: int, strides: Strides) -> Strides | None:
    """The strides of what a layer looks at in its input; None where it makes a copy."""
    _, reads = next(iter(layer.reads(number)))
    made = [0] * len(layer.outputs[number].shape)
    for how, stride in zip(reads, strides, strict=True):
        if how.axis is None or how.step is None:
            continue
        if how.step.period != 1 or how.step.shift < 0:
            return None
        made[how.axis] = stride * how.step.shift
    return tuple(made)


def _kept_order(layer: Layer, shape: Sequence[int], found: dict[Tensor, Held]) -> Strides | None:
    """The strides of an output whose axes lie in memory as those of the inputs do: of what is done
    element by element, and of maps whose channels lie side by side. None for the usual order."""
    first = layer.inputs[0]
    if same_places(layer):
        return _packed(shape, found[first].strides)
    if len(first.shape) == len(shape) and _channels_last(layer, found):
        return _packed(shape, (len(shape), 0, *range(len(shape) - 1, 1, -1)))
    return None


def _packed(shape: Sequence[int], strides: Sequence[int]) -> Strides:
    """The strides of memory without gaps, its axes in the order of others' strides."""
    order = sorted(range(len(shape)), key=lambda axis: (-strides[axis], axis))
    made = [1] * len(shape)
    for outer, inner in reversed([*pairwise(order)]):
        made[outer] = made[inner] * shape[inner]
    return tuple(made)


def _channels_last(layer: Layer, found: dict[Tensor, Held]) -> bool:
    """Whether all maps that a layer reads have their channels side by side in memory."""
    maps = [tensor for tensor in layer.inputs if len(tensor.shape) > 3]
    return bool(maps) and all(_side_by_side(one.shape, found[one].strides) for one in maps)


def _side_by_side(shape: Sequence[int], strides: Strides) -> bool:
    """Whether channels lie so, which PyTorch judges by strides, of a single channel, too: from
    channels over the last axis to the first, each is at least what the axis before spans."""
    span = 0
    for axis in (1, *range(len(shape) - 1, 1, -1)):
        if strides[axis] < span:
            return False
        span = strides[axis] * shape[axis]
    return strides[0] >= span > 0 and span != strides[1]
