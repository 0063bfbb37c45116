"""Matrix products, and ops that only move elements, against onnxruntime and onnx's reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from foreign import onnx_pads, reference, runtime
from hypothesis import given
from hypothesis import strategies as st
from layers import Shape, agree, filled, maps, pairs, run, seeds, some

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Plain
from convcost.ops.pick import Slice

if TYPE_CHECKING:
    from collections.abc import Sequence

both = pytest.mark.parametrize("dtype", [np.float32, np.float64])
small = st.integers(1, 4)


def ints(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, dtype=np.int64)


def broadcasting(shape: Shape) -> st.SearchStrategy[Shape]:
    """The end of a shape, some axes of it 1."""
    ones = st.tuples(*(st.sampled_from((size, 1)) for size in shape))
    firsts = st.integers(0, len(shape) - 1)
    return st.tuples(ones, firsts).map(lambda drawn: drawn[0][drawn[1] :])


@some
@given(maps(), small, seeds, st.booleans())
@both
def test_linear(dtype: type[Any], shape: Shape, units: int, seed: int, biased: bool) -> None:
    x = filled(shape, seed, dtype)
    weight, bias = filled((units, shape[-1]), seed + 1, dtype), filled((units,), seed + 2, dtype)
    y = run("linear", x, weight=weight, bias=bias if biased else None)
    (rows,) = runtime("Gemm", x.reshape(-1, shape[-1]), weight, bias, transB=1, beta=float(biased))
    agree(y, rows.reshape(*shape[:-1], units), dtype=dtype)


@some
@given(maps(most=3), small, small, small, seeds, st.data())
@both
def test_matmul(
    dtype: type[Any],
    batch: Shape,
    rows: int,
    inner: int,
    columns: int,
    seed: int,
    data: st.DataObject,
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
    agree(y, runtime("CenterCropPad", x, ints(*size), axes=list(axes))[0], within=0)


@some
@given(maps(least=2), seeds, st.data())
@pytest.mark.parametrize(
    ("mode", "theirs"),
    [
        ("constant", "constant"),
        ("reflect", "reflect"),
        ("replicate", "edge"),
        ("circular", "wrap"),
    ],
)
def test_pad(mode: str, theirs: str, shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    most = {"reflect": min(shape[2:]) - 1, "circular": min(shape[2:])}.get(mode, 4)
    padding = data.draw(pairs(most, x.ndim - 2))
    y = run("pad", x, padding=padding, mode=mode, value=1.5)
    amounts, value = ints(*onnx_pads(((0, 0), (0, 0), *padding))), np.array(1.5, x.dtype)
    agree(y, runtime("Pad", x, amounts, value, mode=theirs)[0], within=0)


@given(maps(), seeds)
@some
@pytest.mark.parametrize("name", ["identity", "dropout", "stochastic_depth"])
def test_nothing_happens(name: str, shape: Shape, seed: int) -> None:
    x = filled(shape, seed)
    agree(run(name, x), x, within=0)


@some
@given(maps(), seeds, st.data())
def test_movers_over_full_shapes(shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    dims = data.draw(st.permutations(range(x.ndim)))
    agree(run("transpose", x, dims=tuple(dims)), runtime("Transpose", x, perm=dims)[0], within=0)
    sizes = [-1, *dims_of(shape, dims)[1:]]
    agree(run("view", x, shape=tuple(sizes)), runtime("Reshape", x, ints(*sizes))[0], within=0)
    wide = (2, *(data.draw(st.sampled_from((size, 1))) for size in shape))
    narrow = x[tuple(slice(0, data.draw(st.sampled_from((1, n)))) for n in shape)]
    y = run("expand", narrow, shape=wide[1:] if len(shape) > 3 else wide)
    target = ints(*(wide[1:] if len(shape) > 3 else wide))
    agree(y, runtime("Expand", narrow, target)[0], within=0)
    repeats = tuple(data.draw(st.integers(1, 3)) for _ in shape)
    agree(run("tile", x, repeats=repeats), runtime("Tile", x, ints(*repeats))[0], within=0)


def dims_of(shape: Shape, order: Sequence[int]) -> list[int]:
    return [shape[axis] for axis in order]


@some
@given(maps(most=7), seeds, st.data())
def test_slice(shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    dims = data.draw(st.permutations(range(x.ndim)))[: data.draw(st.integers(1, x.ndim))]
    ends = st.integers(-9, 9) | st.sampled_from((-(2**31), 2**31))
    starts, stops = (tuple(data.draw(ends) for _ in dims) for _ in range(2))
    steps = tuple(data.draw(st.integers(-3, 3).filter(bool)) for _ in dims)
    (theirs,) = reference("Slice", x, *(ints(*each) for each in (starts, stops, dims, steps)))
    y = run("slice", x, dims=tuple(dims), starts=starts, ends=stops, steps=steps)
    agree(y, theirs, within=0)
    op = Slice(dims=tuple(dims), starts=starts, ends=stops, steps=steps)
    assert op.output(shape) == y.shape


@some
@given(maps(), seeds, st.data())
def test_gather_and_scatter(shape: Shape, seed: int, data: st.DataObject) -> None:
    x = filled(shape, seed)
    dim = data.draw(st.integers(0, x.ndim - 1))
    n = shape[dim]
    picked = data.draw(st.lists(st.integers(-n, n - 1), min_size=1, max_size=4))
    (theirs,) = runtime("Gather", x, ints(*picked), axis=dim)
    agree(run("gather", x, dim=dim, indices=tuple(picked)), theirs, within=0)
    rng = np.random.default_rng(seed)
    at = rng.integers(-n, n, (2, 3))
    (theirs,) = runtime("Gather", x, at, axis=dim)
    agree(run("gather", x, at.astype(float), dim=dim, indices=None), theirs, within=0)
    part = [data.draw(st.integers(1, size)) for size in shape]
    at = np.argsort(rng.random(shape), axis=dim)[tuple(slice(0, size) for size in part)]
    updates = filled(at.shape, seed + 1)
    (theirs,) = runtime("ScatterElements", x, at, updates, axis=dim)
    agree(run("scatter", x, at.astype(float), updates, dim=dim), theirs, within=0)
    deep = data.draw(st.integers(1, x.ndim))
    heads = rng.permutation(list(np.ndindex(*shape[:deep])))[:4]
    updates = filled((len(heads), *shape[deep:]), seed + 2)
    (theirs,) = runtime("ScatterND", x, heads.astype(np.int64), updates)
    agree(run("scatter", x, heads.astype(float), updates, dim=None), theirs, within=0)


@some
@given(maps(), seeds, st.data())
def test_where(shape: Shape, seed: int, data: st.DataObject) -> None:
    shapes = [data.draw(broadcasting(shape)), shape, data.draw(broadcasting(shape))]
    c, a, b = (filled(each, seed + number) for number, each in enumerate(shapes))
    (theirs,) = np.where(c > 0, a, b)[None]
    agree(run("where", (c > 0).astype(float), a, b), theirs, within=0)


@some
@given(st.data(), seeds)
def test_einsum(data: st.DataObject, seed: int) -> None:
    sizes = {label: data.draw(small) for label in "abcde"}
    left, right = ("".join(data.draw(st.lists(st.sampled_from("abcde"), unique=True, max_size=4)))
                   for _ in range(2))  # fmt: skip
    every = sorted({*left, *right})
    out = "".join(data.draw(st.lists(st.sampled_from(every), unique=True)) if every else [])
    a, b = (filled(tuple(sizes[label] for label in labels), seed + n)
            for n, labels in enumerate((left, right)))  # fmt: skip
    equation = f"{left},{right}->{out}"
    theirs = np.asarray(np.einsum(equation, a, b))
    agree(run("einsum", np.asarray(a), np.asarray(b), equation=equation), theirs, within=10)
