"""Columns of windows, by another project's convolution whose filters pick an element each."""

from __future__ import annotations

import numpy as np
from foreign import runtime

from convcost.executor.columns import fold, unfold
from convcost.executor.namespace import Plain


def test_columns_hold_what_windows_see() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 6)).astype(np.float32)
    picking = np.eye(3 * 3 * 2, dtype=np.float32).reshape(18, 3, 3, 2)
    (y,) = runtime("Conv", x, picking, pads=[1, 0, 2, 1], strides=[2, 1], dilations=[1, 2])
    ours = unfold(
        Plain(),
        x,
        kernel_size=(3, 2),
        dilation=(1, 2),
        padding=((1, 2), (0, 1)),
        stride=(2, 1),
    )
    np.testing.assert_array_equal(ours, y.reshape(2, 18, -1))


def test_folding_is_the_adjoint_of_unfolding() -> None:
    """The sum of products of columns with those of a map is that of what they fold to with it."""
    rng = np.random.default_rng(1)
    x, columns = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(2, 18, 12))
    fields = {"kernel_size": (3, 2), "dilation": (1, 2), "stride": (3, 2)}
    seen = unfold(Plain(), x, padding=((2, 2), (1, 1)), **fields)
    put = fold(Plain(), columns[..., : seen.shape[2]], output_size=(7, 6), padding=(2, 1), **fields)
    np.testing.assert_allclose((seen * columns[..., : seen.shape[2]]).sum(), (put * x).sum())
