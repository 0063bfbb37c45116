"""Convolutions against onnxruntime and SciPy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from brute import same_padding
from cases import AT_ONCE, CASES, ROWS, Case
from foreign import (
    NOT_GIVEN,
    onnx_pads,
    runtime,
    scipy_conv,
    scipy_conv_transpose,
    spread,
)
from hypothesis import given
from layers import Array, Layer, Shape, agree, convs, few, run, some, transposed_convs

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Plain


def attributes(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields under the names that ONNX has for them."""
    named: dict[str, Any] = {
        "strides": fields["stride"],
        "dilations": fields["dilation"],
        "group": fields["groups"],
    }
    if fields["padding"] == "same":
        named["auto_pad"] = "SAME_UPPER"
    else:
        named["pads"] = onnx_pads(fields["padding"])
    if "output_padding" in fields:
        named["output_padding"] = fields["output_padding"]
    return named


def given_or_not(bias: Array | None) -> Array:
    return NOT_GIVEN if bias is None else bias


def check_conv(layer: Layer) -> None:
    x, weight, bias = layer.arrays(np.float32)
    y = run("conv", x, weight=weight, bias=bias, **layer.fields)
    (theirs,) = runtime("Conv", x, weight, given_or_not(bias), **attributes(layer.fields))
    agree(y, theirs, dtype=np.float32)
    x, weight, bias = layer.arrays(np.float64)
    y = run("conv", x, weight=weight, bias=bias, **layer.fields)
    agree(y, scipy_conv(x, weight, bias, **layer.fields), dtype=np.float64)


@some
@given(convs())
def test_conv(layer: Layer) -> None:
    check_conv(layer)


@few
@given(convs(wide=True))
def test_conv_by_rows_of_taps(layer: Layer) -> None:
    check_conv(layer)


@some
@given(convs(same=True))
def test_conv_padded_same(layer: Layer) -> None:
    x, weight, bias = layer.arrays(np.float64)
    y = run("conv", x, weight=weight, bias=bias, **layer.fields)
    stride, dilation = layer.fields["stride"], layer.fields["dilation"]
    axes = zip(x.shape[2:], weight.shape[2:], stride, dilation, strict=True)
    padding = tuple(same_padding(*axis) for axis in axes)
    fields: dict[str, Any] = layer.fields | {"padding": padding}
    agree(y, scipy_conv(x, weight, bias, **fields), dtype=np.float64)


@few
@given(convs(same=True))
def test_conv_padded_same_as_in_onnx(layer: Layer) -> None:
    x, weight, bias = layer.arrays(np.float32)
    y = run("conv", x, weight=weight, bias=bias, **layer.fields)
    # onnxruntime has no SAME_UPPER with dilation, but a dilated kernel is one with zeros in it.
    dilated = spread(weight, layer.fields["dilation"])
    plain = attributes(layer.fields | {"dilation": (1,) * (x.ndim - 2)})
    (theirs,) = runtime("Conv", x, dilated, given_or_not(bias), **plain)
    agree(y, theirs, dtype=np.float32)


@some
@given(transposed_convs())
def test_conv_transpose(layer: Layer) -> None:
    x, weight, bias = layer.arrays(np.float64)
    y = run("conv_transpose", x, weight=weight, bias=bias, **layer.fields)
    theirs = scipy_conv_transpose(x, weight, bias, **layer.fields)
    agree(y, theirs, dtype=np.float64)
    x, weight, bias = layer.arrays(np.float32)
    y = run("conv_transpose", x, weight=weight, bias=bias, **layer.fields)
    extras = zip(layer.fields["output_padding"], layer.fields["stride"], strict=True)
    if all(extra < stride for extra, stride in extras):  # onnxruntime refuses others
        (theirs,) = runtime(
            "ConvTranspose", x, weight, given_or_not(bias), **attributes(layer.fields)
        )
    agree(y, theirs, dtype=np.float32)


# Layers as networks have them, beyond the sizes at which kernels work in slabs.
AS_IN_NETWORKS: list[tuple[str, Shape, Shape, int, int, int]] = [
    # name, x, weight, stride, padding, groups
    ("ResNet's stem", (1, 3, 64, 64), (32, 3, 7, 7), 2, 3, 1),
    ("ResNet, 3x3", (2, 64, 28, 28), (64, 64, 3, 3), 1, 1, 1),
    ("ResNet, 3x3 strided", (1, 64, 28, 28), (96, 64, 3, 3), 2, 1, 1),
    ("ResNet, 1x1", (2, 64, 28, 28), (256, 64, 1, 1), 1, 0, 1),
    ("ResNet, 1x1 strided", (1, 64, 27, 28), (128, 64, 1, 1), 2, 0, 1),
    ("small map, many filters", (1, 128, 5, 5), (256, 128, 3, 3), 1, 1, 1),
    ("ResNeXt", (1, 128, 14, 14), (128, 4, 3, 3), 1, 1, 32),
    ("AlexNet's groups", (1, 96, 20, 20), (64, 48, 5, 5), 1, 2, 2),
    ("MobileNet", (2, 96, 56, 56), (96, 1, 3, 3), 1, 1, 96),
    ("MobileNet, strided", (1, 96, 56, 56), (96, 1, 3, 3), 2, 1, 96),
    ("Xception's multiplier", (1, 20, 50, 50), (60, 1, 5, 5), 1, 2, 20),
    ("one channel larger than a slab", (1, 2, 300, 300), (4, 1, 3, 3), 1, 0, 2),
    ("C3D", (1, 32, 8, 14, 14), (32, 32, 3, 3, 3), 1, 1, 1),
    ("WaveNet", (1, 64, 500), (64, 64, 3), 1, 1, 1),
]


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "stride", "padding", "groups"),
    [row[1:] for row in AS_IN_NETWORKS],
    ids=[row[0] for row in AS_IN_NETWORKS],
)
def test_conv_as_in_networks(
    x_shape: Shape, weight_shape: Shape, stride: int, padding: int, groups: int
) -> None:
    rank = len(x_shape) - 2
    layer = Layer(
        x_shape,
        weight_shape,
        weight_shape[:1],
        {
            "stride": (stride,) * rank,
            "padding": ((padding, padding),) * rank,
            "dilation": (1,) * rank,
            "groups": groups,
        },
        seed=5,
    )
    x, weight, bias = layer.arrays(np.float32)
    y = run("conv", x, weight=weight, bias=bias, **layer.fields)
    (theirs,) = runtime("Conv", x, weight, given_or_not(bias), **attributes(layer.fields))
    agree(y, theirs, dtype=np.float32)


class Products(Plain):
    """Counts matrix products."""

    calls = 0

    def matmul(self, a: Array, b: Array, out: Array | None = None) -> Array:
        self.calls += 1
        return super().matmul(a, b, out)


@few
@given(convs(wide=True))
def test_wide_convolutions_go_by_rows_of_taps(layer: Layer) -> None:
    """If this fails, the kernel chooses anew between its ways: draw layers for both."""
    x, weight, bias = layer.arrays(np.float32)
    xp = Products()
    y = KERNELS["conv"](xp, x, weight=weight, bias=bias, **layer.fields)
    assert isinstance(y, np.ndarray)
    rows = len(list(product(*map(range, weight.shape[2:-1]))))
    few_positions = y[0, 0].size <= weight.shape[0] // layer.fields["groups"]
    assert xp.calls == (1 if few_positions else rows)


@pytest.mark.parametrize("case", [case for case in CASES if case.about.startswith((AT_ONCE, ROWS))])
def test_examples_go_the_way_they_are_called(case: Case) -> None:
    xp = Products()
    case.run(xp, *case.arrays())
    assert (xp.calls == 1) == case.about.startswith(AT_ONCE)
