"""The memory behind the arrays that are alive: apart, and where layers write over their input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.execution.verification.overwriting import Overwriting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.execution.forward import Done
    from convcost.executor.namespace import Array
    from convcost.network import Network
    from convcost.tensor import Tensor


SHARE_A_BYTE = {"float4_e2m1fn": 2, "int4": 2, "uint4": 2, "int2": 4, "uint2": 4}


def packed(count: int, dtype: str) -> int:
    """The bytes of an array of so many numbers."""
    if dtype in SHARE_A_BYTE:
        return len(range(0, count, SHARE_A_BYTE[dtype]))
    lacking = {"bfloat16": "float16"}.get(dtype, "uint8" if "float8" in dtype else dtype)
    return count * np.dtype(lacking).itemsize


class _Place:
    """Room for an array, and how many pieces of memory share it, one written over the other."""

    __slots__ = ("bytes", "pieces")

    def __init__(self, size: int) -> None:
        self.bytes = size
        self.pieces = 0


class _Piece:
    """Memory of its own, and how many tensors that are alive lie in it; the place that it would
    take if layers wrote over their inputs."""

    __slots__ = ("bytes", "holders", "learned", "place")

    def __init__(self, size: int, place: _Place, *, learned: bool = False) -> None:
        self.bytes = size
        self.place = place
        self.holders = 0
        self.learned = learned
        place.pieces += 1


class Memory:
    """Bytes alive, by looking at which arrays share memory.

    ``apart`` are those alive now, ``over`` those if layers that can write over their first input,
    which is tried, do so.
    """

    def __init__(self, network: Network, dtypes: Mapping[Tensor, str]) -> None:
        self._dtypes = dtypes
        self._overwriting = Overwriting()
        self._pieces: dict[Tensor, _Piece] = {}
        self._roots: dict[int, _Piece] = {}  # by `_key`
        self._given = (*network.inputs.values(),)
        self.apart = 0
        self.over = 0

    def made(self, ran: Done, *, tried: bool) -> int:
        """Bytes of memory that a layer made anew; ``tried`` is whether to try if it can write over
        its first input."""
        for tensor in self._given:
            if tensor in ran.alive:
                self._hold(tensor, ran.alive[tensor])
        self._given = ()
        layer = ran.layer
        learned = {_key(array) for array in ran.weights.values()}
        own = {_key(array) for array in ran.outputs} - self._roots.keys()
        place = self._overwritten(ran) if tried and len(own) == 1 and not own & learned else None
        before = self.apart
        for tensor, array in zip(layer.outputs, ran.outputs, strict=True):
            self._hold(tensor, array, place, learned=_key(array) in learned)
        return self.apart - before

    def let_go(self, ran: Done) -> None:
        """Forget what no later layer reads."""
        for tensor in ran.ending:
            piece = self._pieces.pop(tensor)
            piece.holders -= 1
            if piece.holders:
                continue
            del self._roots[_key(ran.alive[tensor])]
            self.apart -= piece.bytes
            piece.place.pieces -= 1
            if not piece.place.pieces:
                self.over -= piece.place.bytes

    def _hold(
        self, tensor: Tensor, array: Array, place: _Place | None = None, *, learned: bool = False
    ) -> None:
        key = _key(array)
        piece = self._roots.get(key)
        if piece is None:
            size = 0 if learned else packed(_root(array).size, self._dtypes[tensor])
            if place is None:
                place = _Place(size)
                self.over += size
            piece = self._roots[key] = _Piece(size, place, learned=learned)
            self.apart += size
        piece.holders += 1
        self._pieces[tensor] = piece

    def _overwritten(self, ran: Done) -> _Place | None:
        """The place of a layer's first input, if its output can be written over that."""
        layer = ran.layer
        if not layer.inputs:
            return None
        first = self._pieces[layer.inputs[0]]
        readers = sum(self._pieces[tensor] is first for tensor in layer.inputs)
        ending = sum(self._pieces.get(tensor) is first for tensor in ran.ending)
        if readers > 1 or ending < first.holders or first.learned:
            return None
        fits = layer.outputs[0].dtype == layer.inputs[0].dtype
        return first.place if fits and self._overwriting.possible(ran) else None


def _key(array: Array) -> int:
    """The memory that an array lies in, as a key: arrays themselves cannot be one."""
    return id(_root(array))


def _root(array: Array) -> Array:
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
