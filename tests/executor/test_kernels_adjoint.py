"""<C x, y> = <x, C' y>: a transposed convolution is the adjoint of the convolution of the same
fields."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from layers import Layer, convs, filled, run, some, spans


def check_adjoint(layer: Layer) -> None:
    x, weight, _ = layer.arrays(np.float64)
    fields = layer.fields
    forward = run("conv", x, weight=weight, **fields)
    y = filled(forward.shape, layer.seed + 1)
    # What a stride leaves over at the end of the input, which no window reads.
    axes = zip(
        x.shape[2:],
        spans(weight.shape[2:], fields["dilation"]),
        fields["padding"],
        fields["stride"],
        strict=True,
    )
    left = tuple((n + before + after - span) % s for n, span, (before, after), s in axes)
    back = run("conv_transpose", y, weight=weight, output_padding=left, **fields)
    assert back.shape == x.shape
    size = np.linalg.norm(forward) * np.linalg.norm(y) + 1
    assert abs(float(np.vdot(forward, y)) - float(np.vdot(x, back))) < 1e-13 * size


@some
@given(convs())
def test_adjoint(layer: Layer) -> None:
    check_adjoint(layer)


@given(convs(wide=True) | convs(rank=st.just(3)))
@some
def test_adjoint_of_wide_and_of_deep(layer: Layer) -> None:
    check_adjoint(layer)
