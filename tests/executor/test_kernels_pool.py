"""Pooling against onnxruntime, SciPy, and PyTorch's definition of adaptive windows in loops."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from foreign import onnx_pads, runtime, scipy_avg_pool
from hypothesis import given
from hypothesis import strategies as st
from layers import Array, Layer, Shape, agree, filled, maps, per_axis, pools, run, seeds, some


def attributes(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields under the names that ONNX has for them, and None for a stride spelled out."""
    kernel = fields["kernel_size"]
    named: dict[str, Any] = {
        "kernel_shape": kernel,
        "strides": kernel if fields["stride"] is None else fields["stride"],
        "pads": onnx_pads(fields["padding"]),
        "ceil_mode": int(fields["ceil_mode"]),
        "dilations": fields["dilation"],
    }
    if "count_include_pad" in fields:
        named["count_include_pad"] = int(fields["count_include_pad"])
    return named


@some
@given(pools())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pool(dtype: type[Any], layer: Layer) -> None:
    x = filled(layer.x, layer.seed, dtype)
    y = run("max_pool", x, **layer.fields)
    named = attributes(layer.fields)
    given_to_them = x
    if not layer.fields["ceil_mode"]:  # padded for it: it refuses what a dilated window allows
        widths = [(0, 0), (0, 0), *layer.fields["padding"]]
        given_to_them = np.pad(x, widths, constant_values=float("-inf"))
        named["pads"] = [0] * len(named["pads"])
    (theirs,) = runtime("MaxPool", given_to_them, **named)
    # onnxruntime starts from the lowest finite number; a window all in padding has -inf.
    theirs = np.where(theirs == np.finfo(dtype).min, float("-inf"), theirs)
    agree(y, theirs, dtype=dtype, within=0)


@some
@given(pools(means=True))
def test_avg_pool(layer: Layer) -> None:
    x = filled(layer.x, layer.seed, np.float32)
    y = run("avg_pool", x, **layer.fields)
    (theirs,) = runtime("AveragePool", x, **attributes(layer.fields))
    agree(y, theirs, dtype=np.float32)
    x = filled(layer.x, layer.seed)
    fields = layer.fields | {"stride": layer.fields["stride"] or layer.fields["kernel_size"]}
    fields.pop("ceil_mode")
    y = run("avg_pool", x, **layer.fields)
    agree(y, scipy_avg_pool(x, theirs.shape[2:], **fields), dtype=np.float64)


@some
@given(pools(means=True))
def test_a_mean_of_ones(layer: Layer) -> None:
    """Taps beyond input and padding count nowhere; those in the padding where they shall."""
    y = run("avg_pool", np.ones(layer.x), **layer.fields)
    if not layer.fields["count_include_pad"] or not np.any(layer.fields["padding"]):
        assert (y == 1).all()
    else:
        assert (y <= 1).all()
        assert (y > 0).all()


@some
@given(maps(), seeds)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_global_pools(dtype: type[Any], shape: Shape, seed: int) -> None:
    x = filled(shape, seed, dtype)
    (theirs,) = runtime("GlobalMaxPool", x.astype(np.float32))
    (mean,) = runtime("GlobalAveragePool", x.astype(np.float32))
    if dtype is np.float64:  # which onnxruntime does not have
        axes = tuple(range(2, x.ndim))
        theirs, mean = x.max(axes, keepdims=True), x.mean(axes, keepdims=True)
    agree(run("global_max_pool", x), theirs, dtype=dtype, within=0)
    agree(run("global_avg_pool", x), mean, dtype=dtype)


def adaptive(x: Array, units: Shape, reduce: Any) -> Array:
    """Unit i of m pools positions floor(i n / m) to ceil((i + 1) n / m), as PyTorch defines it."""
    y = np.zeros((*x.shape[:2], *units), dtype=x.dtype)
    for sample, channel, *unit in product(*map(range, y.shape)):
        part = x[sample, channel]
        for axis, (i, m) in enumerate(zip(unit, units, strict=True)):
            n = x.shape[2 + axis]
            inside = [p for p in range(n) if p >= i * n // m and p < -(-(i + 1) * n // m)]
            part = np.take(part, inside, axis=axis)
        y[(sample, channel, *unit)] = reduce(part)
    return y


@some
@given(maps(most=7), seeds, st.data())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adaptive_pools(dtype: type[Any], shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed, dtype)
    units = data.draw(per_axis(st.integers(1, 5), x.ndim - 2))
    largest = run("adaptive_max_pool", x, output_size=units)
    agree(largest, adaptive(x, units, np.max), dtype=dtype, within=0)
    mean = run("adaptive_avg_pool", x, output_size=units)
    agree(mean, adaptive(x, units, np.mean), dtype=dtype)


@some
@given(maps(most=3), seeds, st.data())
def test_adaptive_pools_that_divide_are_pools(units: Shape, seed: int, data: st.DataObject) -> None:
    """PyTorch's own remark: where the sizes divide, windows are equal and do not overlap."""
    kernel = data.draw(per_axis(st.integers(1, 3), len(units) - 2))
    shape = (*units[:2], *(m * k for m, k in zip(units[2:], kernel, strict=True)))
    x = filled(shape, seed, np.float32)
    (largest,) = runtime("MaxPool", x, kernel_shape=kernel, strides=kernel)
    (mean,) = runtime("AveragePool", x, kernel_shape=kernel, strides=kernel)
    agree(run("adaptive_max_pool", x, output_size=units[2:]), largest, within=0)
    agree(run("adaptive_avg_pool", x, output_size=units[2:]), mean)
