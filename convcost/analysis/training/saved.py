"""Bytes that PyTorch keeps from the forward pass for the backward pass.

Each memory is counted once, however many layers keep it or views of it, and in the first layer that
does: the input of a batch norm in the batch norm, not in the convolution that made it. What is
learned or stored stays anyway and is left out, so these are the tensors that PyTorch's
``saved_tensors_hooks`` sees, by their memory.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from convcost.allowance import work
from convcost.analysis.analyze.memory import written_over
from convcost.analysis.training.attention import attentions
from convcost.analysis.training.storages import regrouped, storages
from convcost.dtype import DTYPES, bytes_of
from convcost.ops.saved import WIDE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.analysis.training.checkpoint import Checkpoint
    from convcost.analysis.training.storages import Held, Storage
    from convcost.network import Layer, Network
    from convcost.ops.op import Wanted
    from convcost.ops.saved import Matrix, Merged, Saved
    from convcost.tensor import Tensor

WORK_A_LAYER = 30
Seen: TypeAlias = "set[tuple[Storage, str]]"


class Kept(NamedTuple):
    """An array that is kept: what it lies in, None for an array of its own, and its bytes."""

    storage: Storage | None
    dtype: str
    bytes: int


class Keeping(NamedTuple):
    """Arrays that are kept for the backward pass.

    Attributes:
        layers: bytes of each layer, without what one before it keeps; None where that is not known.
            What a checkpoint is given counts in its first layer.
        again: by the name of a checkpoint, the bytes that are kept inside it while it is run again.
        most: the bytes that are kept at once, of which those of a checkpoint may be a part.
    """

    layers: Mapping[Layer, int | None]
    again: Mapping[str, int]
    most: int


def keeping(
    network: Network,
    wanted: Mapping[Layer, Wanted],
    *,
    inplace: bool = False,
    blocks: Sequence[Checkpoint] = (),
) -> Keeping:
    """The bytes that layers keep for the backward pass.

    Args:
        network: what is trained.
        wanted: the gradients that each layer makes.
        inplace: element-wise layers write over their input where nothing else needs it, and not
            only where a file says so.
        blocks: what is run again in the backward pass.
    """
    ledger = _Ledger(network, wanted, written_over(network) if inplace else ())
    inside = {layer: block for block in blocks for layer in block.layers}
    layers: dict[Layer, int | None] = {}
    total = most = 0
    for layer in network.layers:
        work(WORK_A_LAYER, "finding what is kept for the backward pass")
        block = inside.get(layer)
        layers[layer] = ledger.outside(layer) if block is None else ledger.inside(layer, block)
        total += layers[layer] or 0
        most = max(most, total + (ledger.again.get(block.name, 0) if block else 0))
    return Keeping(layers, ledger.again, most)


class _Ledger:
    """The tensors kept so far, in a network whose layers are visited in order."""

    def __init__(
        self, network: Network, wanted: Mapping[Layer, Wanted], over: Collection[Layer]
    ) -> None:
        self.again: dict[str, int] = {}
        self._wanted = wanted
        self._over = over
        self._held = storages(network)
        self._runs = {layer: run for run in attentions(network.layers) for layer in run}
        self._seen: Seen = set()
        self._seen_inside: dict[str, Seen] = {}

    def outside(self, layer: Layer) -> int | None:
        """The bytes that a layer in no checkpoint keeps, and none before it does."""
        found = self._found(layer)
        return None if found is None else sum(_new(kept, self._seen) for kept in found)

    def inside(self, layer: Layer, block: Checkpoint) -> int | None:
        """The bytes that a checkpoint is given, in its first layer; what is kept inside is for
        later."""
        given = 0
        if block.name not in self._seen_inside:
            trains = any(_trains(self._wanted[one]) for one in block.layers)
            kept = [_as_it_is(t, self._held) for t in block.given] if trains else []
            given = sum(_new(one, self._seen) for one in kept)
            self._seen_inside[block.name] = {(k.storage, k.dtype) for k in kept if k.storage}
            self.again[block.name] = 0
        found = self._found(layer)
        seen = self._seen_inside[block.name]
        self.again[block.name] += sum(_new(kept, seen) for kept in found or ())
        return None if found is None else given

    def _found(self, layer: Layer) -> Sequence[Kept] | None:
        run = self._runs.get(layer)
        if run is not None:
            return _of_attention(run, self._wanted, self._held) if layer is run[-1] else ()
        in_place = layer.in_place or layer in self._over
        found = kept_by(layer, self._wanted[layer], self._held, in_place=in_place)
        if found and layer.function.endswith("_norm") and layer.op.beside != "norm":
            # The scale of a norm that one function computes: it keeps its input, and not this one.
            normed = self._held[layer.inputs[0]].storage
            return [kept for kept in found if kept.storage is not normed]
        return found


def _trains(wanted: Wanted) -> bool:
    return wanted.weights or any(wanted.inputs)


def _new(kept: Kept, seen: Seen) -> int:
    """The bytes of an array that no one has kept yet; 0 for others, which are seen from now on."""
    if kept.storage is None:
        return kept.bytes
    if kept.storage.learned or (kept.storage, kept.dtype) in seen:
        return 0
    seen.add((kept.storage, kept.dtype))
    return kept.bytes


def kept_by(
    layer: Layer, wanted: Wanted, held: Mapping[Tensor, Held], *, in_place: bool = False
) -> Sequence[Kept] | None:
    """Arrays that a layer keeps; None where that is not known."""
    if not _trains(wanted):
        return ()
    op = layer.op
    saved = op.keeps_in_place if in_place and op.keeps_in_place else None
    saved = saved or op.saved(wanted, *layer.input_shapes)
    return None if saved is None else [*_found(layer, saved, held)]


def _found(layer: Layer, saved: Saved, held: Mapping[Tensor, Held]) -> Iterator[Kept]:
    for numbers, tensors in ((saved.inputs, layer.inputs), (saved.outputs, layer.outputs)):
        for number in numbers:
            yield _as_it_is(tensors[number], held)
    for types, tensors in ((saved.inputs_as, layer.inputs), (saved.outputs_as, layer.outputs)):
        for number, dtype in types.items():
            yield _as_numbers(tensors[number], dtype, held)
    for matrix in saved.matrices:
        yield _as_matrix(layer.inputs[matrix.input], matrix, held)
    for merged in saved.merged:
        yield _as_merged(layer.inputs[merged.input], merged, held)
    for made in saved.made:
        dtype = _type(made.dtype or layer.outputs[0].dtype, layer.outputs[0].dtype)
        yield Kept(None, dtype, bytes_of(cast("int", made.elements), dtype))


def _as_it_is(tensor: Tensor, held: Mapping[Tensor, Held]) -> Kept:
    return _as_numbers(tensor, tensor.dtype, held)


def _type(asked: str, own: str) -> str:
    """The type that numbers are kept as, where theirs is another one."""
    if asked != WIDE:
        return asked
    return own if DTYPES[own] >= DTYPES["float32"] else "float32"


def _as_numbers(tensor: Tensor, asked: str, held: Mapping[Tensor, Held]) -> Kept:
    dtype = _type(asked, tensor.dtype)
    if asked == WIDE and dtype != tensor.dtype:
        return Kept(None, dtype, bytes_of(prod(tensor.shape), dtype))
    storage = held[tensor].storage
    return Kept(storage, dtype, bytes_of(storage.elements, dtype))


def _as_matrix(tensor: Tensor, matrix: Matrix, held: Mapping[Tensor, Held]) -> Kept:
    """A tensor as matrices, which is a copy where its memory has no such strides."""
    shape = cast("tuple[int, ...]", matrix.shape)
    missing = len(shape) - len(tensor.shape)
    strides = tuple(
        stride if size == wanted else 0
        for stride, size, wanted in zip(
            held[tensor].strides, tensor.shape, shape[missing:], strict=True
        )
    )
    merged = (prod(shape[: -matrix.last]), *shape[-matrix.last :])
    if regrouped(((0,) * missing + strides), shape, merged) is None:
        return Kept(None, tensor.dtype, bytes_of(prod(shape), tensor.dtype))
    return _as_it_is(tensor, held)


def _as_merged(tensor: Tensor, merged: Merged, held: Mapping[Tensor, Held]) -> Kept:
    """A tensor with its axes merged, which is a copy where its memory has no such strides."""
    order = [axis for group in merged.groups for axis in group]
    before = [tensor.shape[axis] for axis in order]
    strides = tuple(held[tensor].strides[axis] for axis in order)
    after = [prod(tensor.shape[axis] for axis in group) for group in merged.groups]
    if regrouped(strides, before, after) is None:
        return Kept(None, tensor.dtype, bytes_of(prod(before), tensor.dtype))
    return _as_it_is(tensor, held)


def _of_attention(
    run: Sequence[Layer], wanted: Mapping[Layer, Wanted], held: Mapping[Tensor, Held]
) -> Sequence[Kept]:
    """The tensors that one fused attention kernel keeps: its inputs, its output and, for each
    query, the logarithm of the sum that its weights were divided by, as ``float32``."""
    if not any(any(wanted[layer].inputs) for layer in run):
        return ()
    inside = {tensor for layer in run for tensor in layer.outputs}
    given = dict.fromkeys(t for layer in run for t in layer.inputs if t not in inside)
    (output,) = run[-1].outputs
    sums = bytes_of(prod(output.shape[:-1]), "float32")
    return [*(_as_it_is(t, held) for t in (*given, output)), Kept(None, "float32", sums)]
