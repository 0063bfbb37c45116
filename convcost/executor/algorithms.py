"""The table of algorithms of one layer, by name. They are what kernels are not: slow where they
must be, and step by step, so that what they do can be counted and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.executor import fourier, loops, toeplitz, winograd

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.made import Steps

ALGORITHMS: dict[str, Callable[..., Steps]] = {
    # of a convolution
    "direct": loops.direct,
    "im2col": loops.im2col,
    "winograd_2": winograd.winograd_2,
    "winograd_4": winograd.winograd_4,
    "fft": fourier.fft,
    "matrix": toeplitz.matrix,
    # of a transposed one
    "scatter": loops.scatter,
    "zero_insertion": loops.zero_insertion,
    "matrix_transposed": toeplitz.matrix_transposed,
}
