"""Matrix products, and ops that only move elements, against onnxruntime and onnx's reference."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from foreign import onnx_pads, reference, runtime
from hypothesis import assume, given
from hypothesis import strategies as st
from layers import Shape, agree, filled, maps, pairs, per_axis, run, seeds, some

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Plain

both = pytest.mark.parametrize("dtype", [np.float32, np.float64])
small = st.integers(1, 4)


def ints(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, dtype=np.int64)


def broadcasting(shape: Shape) -> st.SearchStrategy[Shape]:
    """The end of a shape, some axes of it 1."""
    ones = st.tuples(*(st.sampled_from((size, 1)) for size in shape))
    return st.builds(lambda some, first: some[first:], ones, st.integers(0, len(shape) - 1))


@some
@given(maps(), small, seeds, st.booleans())
@both
def test_linear(dtype: type, shape: Shape, units: int, seed: int, biased: bool) -> None:
    x = filled(shape, seed, dtype)
    weight, bias = filled((units, shape[-1]), seed + 1, dtype), filled((units,), seed + 2, dtype)
    y = run("linear", x, weight=weight, bias=bias if biased else None)
    (rows,) = runtime("Gemm", x.reshape(-1, shape[-1]), weight, bias, transB=1, beta=float(biased))
    agree(y, rows.reshape(*shape[:-1], units), dtype=dtype)


@some
@given(maps(most=3), small, small, small, seeds, st.data())
@both
def test_matmul(
    dtype: type, batch: Shape, rows: int, inner: int, columns: int, seed: int, data: st.DataObject
) -> None:
    a = filled((*data.draw(broadcasting(batch)), rows, inner), seed, dtype)
    b = filled((*data.draw(broadcasting(batch)), inner, columns), seed + 1, dtype)
    if data.draw(st.booleans()):
        b = b.reshape(b.shape) if b.ndim == 2 else b[(0,) * (b.ndim - 2)]
    agree(run("matmul", a, b), runtime("MatMul", a, b)[0], dtype=dtype)


@some
@given(maps(), seeds, st.data())
def test_concat_and_split(shape: Shape, seed: int, data: st.DataObject) -> None:
    dim = data.draw(st.integers(1, len(shape) - 1))
    sizes = data.draw(st.lists(small, min_size=2, max_size=4))
    inputs = [
        filled((*shape[:dim], size, *shape[dim + 1 :]), seed + number)
        for number, size in enumerate(sizes)
    ]
    y = run("concat", *inputs, dim=dim)
    agree(y, runtime("Concat", *inputs, axis=dim)[0], within=0)
    ours = KERNELS["split"](Plain(), y, parts=None, sizes=tuple(sizes), dim=dim)
    theirs = runtime("Split", y, ints(*sizes), outputs=len(sizes), axis=dim)
    for mine, other in zip(ours, theirs, strict=True):
        agree(mine, other, within=0)


@some
@given(maps(), small, seeds, st.data())
def test_split_in_equal_parts(shape: Shape, parts: int, seed: int, data: st.DataObject) -> None:
    dim = data.draw(st.integers(1, len(shape) - 1))
    x = filled((*shape[:dim], shape[dim] * parts, *shape[dim + 1 :]), seed)
    ours = KERNELS["split"](Plain(), x, parts=parts, sizes=None, dim=dim)
    theirs = runtime("Split", x, outputs=parts, num_outputs=parts, axis=dim)
    for mine, other in zip(ours, theirs, strict=True):
        agree(mine, other, within=0)


@some
@given(maps(), small, seeds)
def test_channel_shuffle(shape: Shape, groups: int, seed: int) -> None:
    x = filled((shape[0], shape[1] * groups, *shape[2:]), seed)
    (apart,) = runtime("Reshape", x, ints(shape[0], groups, *shape[1:]))
    swapped = [0, 2, 1, *range(3, apart.ndim)]
    (dealt,) = runtime("Transpose", apart, perm=swapped)
    agree(run("channel_shuffle", x, groups=groups), dealt.reshape(x.shape), within=0)


def test_channel_shuffle_as_written() -> None:
    x = np.arange(6.0).reshape(1, 6, 1)  # groups 012 and 345
    assert run("channel_shuffle", x, groups=2).ravel().tolist() == [0, 3, 1, 4, 2, 5]


@some
@given(maps(), seeds, st.data())
def test_flatten_reshape_permute(shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    start = data.draw(st.integers(1, x.ndim - 1))
    end = data.draw(st.integers(start, x.ndim - 1) | st.just(-1))
    merged = [*shape[:start], -1, *(shape[end + 1 :] if end != -1 else ())]
    y = run("flatten", x, start_dim=start, end_dim=end)
    agree(y, runtime("Reshape", x, ints(*merged))[0], within=0)
    if start == 1 and end == -1:
        agree(y, runtime("Flatten", x)[0], within=0)
    sizes = list(data.draw(st.permutations(shape[1:])))
    if data.draw(st.booleans()):
        sizes[data.draw(st.integers(0, len(sizes) - 1))] = -1
    y = run("reshape", x, shape=tuple(sizes))
    agree(y, runtime("Reshape", x, ints(shape[0], *sizes))[0], within=0)
    dims = data.draw(st.permutations(range(1, x.ndim)))
    y = run("permute", x, dims=tuple(dims))
    agree(y, runtime("Transpose", x, perm=[0, *dims])[0], within=0)


@some
@given(maps(most=7), seeds, st.data())
def test_crop(shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    size = tuple(data.draw(st.integers(1, n)) for n in shape[2:])
    start = tuple(data.draw(st.integers(0, n - k)) for n, k in zip(shape[2:], size, strict=True))
    stop = [s + k for s, k in zip(start, size, strict=True)]
    axes = range(2, x.ndim)
    y = run("crop", x, size=size, start=start)
    agree(y, runtime("Slice", x, ints(*start), ints(*stop), ints(*axes))[0], within=0)
    y = run("crop", x, size=size, start=None)
    agree(y, reference("CenterCropPad", x, ints(*size), axes=list(axes))[0], within=0)


@some
@given(maps(least=2), seeds, st.data())
@pytest.mark.parametrize(
    ("mode", "theirs"), [("constant", "constant"), ("reflect", "reflect"), ("replicate", "edge")]
)
def test_pad(mode: str, theirs: str, shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    most = min(shape[2:]) - 1 if mode == "reflect" else 4
    padding = data.draw(pairs(most, x.ndim - 2))
    y = run("pad", x, padding=padding, mode=mode)
    amounts = ints(*onnx_pads(((0, 0), (0, 0), *padding)))
    agree(y, runtime("Pad", x, amounts, mode=theirs)[0], within=0)


NEAREST: dict[str, Any] = {
    "mode": "nearest",
    "nearest_mode": "floor",
    "coordinate_transformation_mode": "asymmetric",
}
LEFT_OUT = np.empty(0, dtype=np.float32)


@some
@given(maps(), seeds, st.data())
def test_upsample_by_a_factor(shape: Shape, seed: int, data: st.DataObject) -> None:
    # Onnx has factors in float32: these are exact there, and so are their multiples.
    factors = st.sampled_from([Fraction(n, d) for n in range(1, 10) for d in (1, 2, 4)])
    scale = data.draw(per_axis(factors, len(shape) - 2))
    assume(all(n * s >= 1 for n, s in zip(shape[2:], scale, strict=True)))
    x = filled(shape, seed, np.float32)
    y = run("upsample", x, scale_factor=scale, size=None)
    floats = np.array([1, 1, *map(float, scale)], dtype=np.float32)
    # onnxruntime copies where the shape stays, whatever the factor (2 positions by 5/4).
    judge = reference if y.shape == x.shape else runtime
    agree(y, judge("Resize", x, LEFT_OUT, floats, **NEAREST)[0], within=0)


@some
@given(maps(most=7), seeds, st.data())
def test_upsample_to_a_size(shape: Shape, seed: int, data: st.DataObject) -> None:
    size = data.draw(per_axis(st.integers(1, 12), len(shape) - 2))
    x = filled(shape, seed, np.float32)
    y = run("upsample", x, scale_factor=None, size=size)
    assert y.shape[2:] == size
    # Onnx divides in floats, so that a place which is a whole number may come out just below it.
    for n, m in zip(shape[2:], size, strict=True):
        exact = float(np.float32(m) / np.float32(n)) * n == m
        assume(exact or all(place * n % m for place in range(1, m)))
    target = ints(*shape[:2], *size)
    agree(y, runtime("Resize", x, LEFT_OUT, LEFT_OUT, target, **NEAREST)[0], within=0)


@given(maps(), seeds)
@some
@pytest.mark.parametrize("name", ["identity", "dropout", "stochastic_depth"])
def test_nothing_happens(name: str, shape: Shape, seed: int) -> None:
    x = filled(shape, seed)
    agree(run(name, x), x, within=0)
