"""Layers run so that a wrong formula is found, and found once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from convcost.execution.forward import run_layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.network import Layer

KERNEL_ERRORS = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)


class Made(NamedTuple):
    """The shapes of what a kernel made; empty where it failed, and ``failure`` says why."""

    shapes: tuple[tuple[int, ...], ...]
    failure: str | None = None


class Runner:
    """Runs kernels, and hands on arrays of the shapes that formulas state: where one is wrong, the
    layers after it are still judged by their own formulas."""

    def __init__(self) -> None:
        self.made = Made(())

    def run(
        self, layer: Layer, inputs: Sequence[Array], weights: Mapping[str, Array], xp: Plain
    ) -> tuple[Array, ...]:
        """The outputs of a layer; ``made`` is what its kernel really made."""
        try:
            result: Any = run_layer(layer, inputs, weights, xp)
        except KERNEL_ERRORS as error:
            self.made = Made((), f"{type(error).__name__}: {error}")
            like = inputs[0] if inputs else next(iter(weights.values()))
            return tuple(np.full(t.shape, like.flat[0], like.dtype) for t in layer.outputs)
        arrays = cast("tuple[Array, ...]", result if isinstance(result, tuple) else (result,))
        self.made = Made(tuple(array.shape for array in arrays))
        stated = tuple(tensor.shape for tensor in layer.outputs)
        if self.made.shapes == stated:
            return arrays
        return tuple(np.resize(arrays[0], shape).copy() for shape in stated)
