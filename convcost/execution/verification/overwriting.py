"""Whether a layer can write over its first input, found by doing it with part of the elements."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcost.analysis.analyze.memory import same_places
from convcost.execution.forward import run_layer, several
from convcost.executor.namespace import Plain
from convcost.executor.slabs import slabs

if TYPE_CHECKING:
    from convcost.execution.forward import Done
    from convcost.executor.namespace import Array
    from convcost.network import Layer
    from convcost.ops.op import Op

FEW = 4096  # elements among which few pairs may depend on each other
TIMES = 16  # that so few are tried
DRAWN = (1, 64)
"""Largest numbers to be drawn in place of those of a deep network or of few of them, of which a
layer may make NaNs: these would stay, whatever is gone."""
OTHERS = ("multiplies", "adds", "divides", "comparisons", "transcendentals")
"""Metrics of arithmetic, besides macs."""


class Overwriting:
    """Tries each kind of layer once.

    Where some elements are written over already, the others must come out as if they were not: NaN
    stands for whatever was written. Which elements those are is drawn by lot, and then the other
    way round.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Op, tuple[tuple[int, ...], ...]], bool] = {}

    def possible(self, ran: Done) -> bool:
        """Whether no element of a layer's output needs other elements of its first input."""
        key = ran.layer.op, ran.layer.input_shapes
        if key not in self._known:
            self._known[key] = self._tried(ran)
        return self._known[key]

    def _tried(self, ran: Done) -> bool:
        x, *others = [ran.alive[tensor] for tensor in ran.layer.inputs]
        (y,) = ran.outputs
        if x.shape != y.shape or x.dtype == object:
            return False
        rng = np.random.default_rng(0)
        first = x.copy
        for most in DRAWN:
            if np.isfinite(y).all():
                break
            first = partial(_drawn, x.shape, most)
            (y,) = several(run_layer(ran.layer, [first(), *others], ran.weights, Plain()))
        for _ in range(TIMES if x.size <= FEW else 1):
            gone = _half(x.shape, rng)
            for _side in range(2):
                if not _stays(ran, first(), others, y, gone):
                    return False
                np.logical_not(gone, out=gone)
        return True


def _half(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """About half of the places; the numbers that say which are not kept."""
    return np.asarray(rng.random(shape, dtype=np.float32) < 0.5)


def _drawn(shape: tuple[int, ...], most: int) -> Array:
    """Numbers from 0 to a largest one, the same each time: so they need not be kept."""
    return np.random.default_rng(1).random(shape, dtype=np.float32) * np.float32(most)


def _stays(ran: Done, left: Array, others: list[Array], y: Array, gone: Array) -> bool:
    """Whether the output stays where elements of the first input, which is written over, are gone
    elsewhere."""
    np.copyto(left, np.nan, where=gone)
    with np.errstate(all="ignore"):
        (again,) = several(run_layer(ran.layer, [left, *others], ran.weights, Plain()))
    for at in slabs(y.shape):
        differs = np.not_equal(again[at], y[at])
        differs &= ~(np.isnan(again[at]) & np.isnan(y[at]))
        differs &= ~gone[at]
        if differs.any():
            return False
    return True


def tries(layer: Layer) -> bool:
    """Whether it is tried for a layer, if nothing else needs its first input."""
    if not layer.makes_memory or len(layer.outputs) != 1:
        return False
    (y,), x = layer.outputs, layer.inputs[0]
    return (x.shape, x.dtype) == (y.shape, y.dtype) and (
        same_places(layer) or (not _count(layer, "macs") and any(_count(layer, n) for n in OTHERS))
    )


def _count(layer: Layer, metric: str) -> object:
    return getattr(layer.op, metric)(*layer.input_shapes)
