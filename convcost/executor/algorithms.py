"""The table of algorithms of one layer, by name. They are what kernels are not: slow where they
must be, and step by step, so that what they do can be counted and compared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.executor import fourier, loops, toeplitz, winograd
from convcost.executor.task import Task, TransposedTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.steps import Steps


def _run(
    form: type[Any], algorithm: Callable[[Plain, Any], Steps], xp: Plain, x: Array, **given: Any
) -> Steps:
    return algorithm(xp, form(x, **given))


ALGORITHMS: dict[str, Callable[..., Steps]] = {
    "direct": partial(_run, Task, loops.direct),
    "im2col": partial(_run, Task, loops.im2col),
    "winograd_2": partial(_run, Task, winograd.winograd_2),
    "winograd_4": partial(_run, Task, winograd.winograd_4),
    "fft": partial(_run, Task, fourier.fft),
    "matrix": partial(_run, Task, toeplitz.matrix),
    "scatter": partial(_run, TransposedTask, loops.scatter),
    "zero_insertion": partial(_run, TransposedTask, loops.zero_insertion),
    "matrix_transposed": partial(_run, TransposedTask, toeplitz.matrix_transposed),
}
"""Each is called as a kernel is: with a namespace, the input, and weights and fields by name."""

READINGS = {
    "conv_transpose": {"zero_insertion": "zero_insertion", "matrix": "matrix_transposed"},
}
"""By the op and the name of another way to count its macs: the algorithm that works so."""
