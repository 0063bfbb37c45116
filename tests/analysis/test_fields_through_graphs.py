"""Fields in random graphs against arrays whose elements know what they came from.

Whatever is said of a unit must be what it reads.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from brute_ops import RUN
from brute_sets import filled
from random_graphs import grown

from convcost.analysis.rf.positions_read import positions_read
from convcost.analysis.rf.receptive_field import views
from convcost.field import GLOBAL, UNKNOWN
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.rf.seen import View
    from convcost.network import Network
    from convcost.tensor import Tensor

Index = tuple[int, ...]


def executed(network: Network) -> dict[Tensor, Any]:
    """The array of each tensor, by its ``id``: elements are the input elements they came from."""
    x = network.inputs["x"]
    array = filled(x.shape)
    for index in np.ndindex(*x.shape):
        array[index] = frozenset((index,))
    arrays = {x: array}
    for layer in network.layers:
        op = layer.op
        ran = RUN[op_name(type(op))](op.values(), *(arrays[tensor] for tensor in layer.inputs))
        arrays |= dict(zip(layer.outputs, ran.outputs, strict=True))
    return arrays


def units(view: View, tensor: Tensor, rng: random.Random) -> Iterator[tuple[Index, dict[int, int]]]:
    """Some elements, and their places along the axes that say what is read."""
    axes = sorted({axis for seen in view.values() for axis in seen.axes})
    for _ in range(6):
        index = tuple(rng.randrange(size) for size in tensor.shape)
        yield index, {axis: index[axis] for axis in axes}


def read_by(array: Any, places: dict[int, int], axis: int) -> set[int]:
    """The positions along an input axis that the elements at some places read."""
    at = tuple(places.get(number, slice(None)) for number in range(array.ndim))
    elements = np.asarray(array[at], dtype=object).flat
    return {index[axis] for element in elements for index in element}


@pytest.mark.parametrize("padded", [False, True], ids=["valid", "padded"])
@pytest.mark.parametrize("seed", range(300))
def test_a_unit_reads_what_is_said_of_it(seed: int, padded: bool) -> None:
    rng = random.Random(f"{seed} {padded}")
    network = grown(rng, padded=padded)
    arrays, seen = executed(network), views(network)
    ops = repr([layer.op for layer in network.layers])
    for layer in network.layers:
        for tensor in layer.outputs:
            for index, places in units(seen[tensor], tensor, rng):
                positions = positions_read(network, tensor, places)
                for axis in (2, 3):
                    read = read_by(arrays[tensor], places, axis)
                    compare(seen[tensor], axis, index, read, padded, ops)
                    followed = positions.get(("x", axis), set())
                    assert followed is None or followed == read, (tensor, places, axis, read)


def compare(
    view: View, axis: int, index: Sequence[int], read: set[int], padded: bool, what: str
) -> None:
    if ("x", axis) not in view:
        assert not read, what
        return
    found = view["x", axis]
    flags = found.field.flags
    if padded and not read:  # it lies in padding
        return
    if GLOBAL in flags:
        assert len(read) == found.field.length, what
    if UNKNOWN in flags:
        return
    span = found.field.span(found.unit(index))
    hull = (min(read), max(read)) if read else None
    if padded and found.field.maps:  # a span goes on into the padding
        assert not hull or (span and span[0] <= hull[0] and span[1] >= hull[1]), what
    else:
        assert span == hull, what
