"""A stand-in for operators of which nothing is known but the shapes that they make."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.stored import Shape, Stored

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain


def opaque(
    _xp: Plain, *inputs: Array, makes: tuple[Shape, ...], batch: bool, **_: Array
) -> tuple[Array, ...]:
    """Zeros of the shapes that are stated, and nothing counted: NaN where an input has one, in its
    own sample with ``batch`` if it has as many, else in all."""
    samples = inputs[0].shape[:1] if batch and inputs else ()
    made = [np.zeros((*samples, *shape[len(samples) :]), np.float32) for shape in makes]
    for array in inputs:
        own = batch and array.shape[:1] == samples != ()
        lost = np.isnan(array.reshape(len(array) if own else 1, -1)).any(axis=1)
        for one in made:
            if own:
                one[lost] = np.nan
            elif lost.any():
                one[...] = np.nan
    return tuple(made)


def of_opaque(*shapes: Shape) -> int:
    """Elements, of four bytes each, of the mask that says where an input is NaN."""
    return max((prod(shape) // 4 for shape in shapes[:-1]), default=0)


def opaque_stored(*_: Shape, arrays: tuple[Shape, ...], constants: tuple[Shape, ...]) -> Stored:
    """The arrays that the file gives the operator."""
    return Stored(
        {f"array{number}": shape for number, shape in enumerate(arrays)},
        {f"constant{number}": shape for number, shape in enumerate(constants)},
    )
