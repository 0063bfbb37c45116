"""Bytes that PyTorch keeps from the forward pass for the backward pass.

Each memory is counted once, however many layers keep it or views of it, and in the first layer that
does: the input of a batch norm in the batch norm, not in the convolution that made it. What is
learned or stored stays anyway and is left out, so these are the tensors that PyTorch's
``saved_tensors_hooks`` sees, by their memory.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import work
from convcost.analysis.training.storages import regrouped, storages
from convcost.dtype import bytes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.analysis.training.storages import Held, Storage
    from convcost.network import Layer, Network
    from convcost.ops.op import Wanted
    from convcost.ops.saved import Matrix, Saved
    from convcost.tensor import Tensor

FUSED = "scaled_dot_product_attention"
WORK_A_LAYER = 30


class Keeping(NamedTuple):
    """What the layers of a network keep.

    Attributes:
        layers: bytes of each, without what one before it keeps; 0 where it keeps nothing.
        unknown: layers of which it is not known.
    """

    layers: Mapping[Layer, int]
    unknown: Collection[Layer]


class Kept(NamedTuple):
    """An array that is kept: what it lies in, None for an array of its own, and its bytes."""

    storage: Storage | None
    dtype: str
    bytes: int


def keeping(
    network: Network, wanted: Mapping[Layer, Wanted], *, inplace: Collection[Layer] = ()
) -> Keeping:
    """The bytes that each layer keeps for the backward pass.

    Args:
        network: what is trained.
        wanted: the gradients that each layer makes.
        inplace: layers that write over their input.
    """
    held = storages(network)
    fused = {layer: run for run in attentions(network.layers) for layer in run}
    seen: set[tuple[Storage, str]] = set()
    layers: dict[Layer, int] = {}
    unknown: list[Layer] = []
    for layer in network.layers:
        work(WORK_A_LAYER, "finding what is kept for the backward pass")
        layers[layer] = 0
        run = fused.get(layer)
        found = (
            _of_layer(layer, wanted[layer], held, in_place=layer in inplace)
            if run is None
            else _of_attention(run, wanted, held)
            if layer is run[-1]
            else ()
        )
        if found is None:
            unknown.append(layer)
            continue
        for kept in found:
            if kept.storage is not None:
                if kept.storage.learned or (kept.storage, kept.dtype) in seen:
                    continue
                seen.add((kept.storage, kept.dtype))
            layers[layer] += kept.bytes
    return Keeping(layers, unknown)


def attentions(layers: Sequence[Layer]) -> Iterator[Sequence[Layer]]:
    """The runs of layers that are one call of PyTorch's function for attention."""
    run: list[Layer] = []
    products = 0
    for layer in layers:
        if layer.function != FUSED:
            continue
        run.append(layer)
        products += layer.op.attends == "product"
        if products == 2:
            yield run
            run, products = [], 0


def _of_layer(
    layer: Layer, wanted: Wanted, held: Mapping[Tensor, Held], *, in_place: bool
) -> Sequence[Kept] | None:
    """What a layer keeps; None where that is not known."""
    if not (wanted.weights or any(wanted.inputs)):
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
    for made in saved.made:
        dtype = made.dtype or layer.outputs[0].dtype
        yield Kept(None, dtype, bytes_of(cast("int", made.elements), dtype))


def _as_it_is(tensor: Tensor, held: Mapping[Tensor, Held]) -> Kept:
    return _as_numbers(tensor, tensor.dtype, held)


def _as_numbers(tensor: Tensor, dtype: str, held: Mapping[Tensor, Held]) -> Kept:
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


def _of_attention(
    run: Sequence[Layer], wanted: Mapping[Layer, Wanted], held: Mapping[Tensor, Held]
) -> Sequence[Kept]:
    """What one kernel for attention keeps: its inputs, its output, and for each query the logarithm
    of the sum that its weights were divided by, as ``float32``."""
    if not any(any(wanted[layer].inputs) for layer in run):
        return ()
    inside = {tensor for layer in run for tensor in layer.outputs}
    given = dict.fromkeys(t for layer in run for t in layer.inputs if t not in inside)
    (output,) = run[-1].outputs
    sums = bytes_of(prod(output.shape[:-1]), "float32")
    return [*(_as_it_is(t, held) for t in (*given, output)), Kept(None, "float32", sums)]
