"""Interpolation, and blocks of positions exchanged with channels, against onnxruntime and onnx's
reference."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from foreign import NOT_GIVEN, reference, runtime
from hypothesis import assume, given
from hypothesis import strategies as st
from layers import Shape, agree, filled, maps, per_axis, run, seeds, some

NEAREST: dict[str, Any] = {
    "mode": "nearest",
    "nearest_mode": "floor",
    "coordinate_transformation_mode": "asymmetric",
}


def ints(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, dtype=np.int64)


def resized(x: Any, mode: str = "nearest", *, align_corners: bool = False, **fields: Any) -> Any:
    usual = dict.fromkeys(("scale_factor", "size", "step", "start"))
    return run("upsample", x, mode=mode, align_corners=align_corners, **usual | fields)


# Onnx has factors in float32: these are exact there, and so are their multiples.
exact_factors = st.sampled_from([Fraction(n, d) for n in range(1, 10) for d in (1, 2, 4)])


@some
@given(maps(), seeds, st.data())
def test_nearest_by_a_factor(shape: Shape, seed: int, data: st.DataObject) -> None:
    scale = data.draw(per_axis(exact_factors, len(shape) - 2))
    assume(all(n * s >= 1 for n, s in zip(shape[2:], scale, strict=True)))
    x = filled(shape, seed, np.float32)
    y = resized(x, scale_factor=scale)
    floats = np.array([1, 1, *map(float, scale)], dtype=np.float32)
    # onnxruntime copies where the shape stays, whatever the factor (2 positions by 5/4).
    judge = reference if y.shape == x.shape else runtime
    agree(y, judge("Resize", x, NOT_GIVEN, floats, **NEAREST)[0], within=0)


@some
@given(maps(most=7), seeds, st.data())
def test_nearest_to_a_size(shape: Shape, seed: int, data: st.DataObject) -> None:
    size = data.draw(per_axis(st.integers(1, 12), len(shape) - 2))
    x = filled(shape, seed, np.float32)
    y = resized(x, size=size)
    assert y.shape[2:] == size
    # Onnx divides in floats, so that a place which is a whole number may come out just below it.
    for n, m in zip(shape[2:], size, strict=True):
        exact = float(np.float32(m) / np.float32(n)) * n == m
        assume(exact or all(place * n % m for place in range(1, m)))
    target = ints(*shape[:2], *size)
    agree(y, runtime("Resize", x, NOT_GIVEN, NOT_GIVEN, target, **NEAREST)[0], within=0)


@some
@given(maps(most=6), seeds, st.booleans(), st.data())
def test_linear_to_a_size(shape: Shape, seed: int, corners: bool, data: st.DataObject) -> None:
    size = data.draw(per_axis(st.integers(1, 12), len(shape) - 2))
    x = filled(shape, seed, np.float32)
    y = resized(x, "linear", align_corners=corners, size=size)
    how: dict[str, Any] = {"mode": "linear"}
    how["coordinate_transformation_mode"] = "align_corners" if corners else "half_pixel"
    target = ints(*shape[:2], *size)
    agree(y, runtime("Resize", x, NOT_GIVEN, NOT_GIVEN, target, **how)[0], within=10)


@some
@given(maps(most=6), seeds, st.data())
def test_linear_by_a_factor(shape: Shape, seed: int, data: st.DataObject) -> None:
    scale = data.draw(per_axis(exact_factors, len(shape) - 2))
    assume(all(n * s >= 1 for n, s in zip(shape[2:], scale, strict=True)))
    x = filled(shape, seed, np.float32)
    y = resized(x, "linear", scale_factor=scale)
    floats = np.array([1, 1, *map(float, scale)], dtype=np.float32)
    judge = reference if y.shape == x.shape else runtime
    agree(y, judge("Resize", x, NOT_GIVEN, floats, mode="linear")[0], within=10)


@some
@given(maps(most=6), seeds, st.data())
def test_linear_from_the_first_position_on(shape: Shape, seed: int, data: st.DataObject) -> None:
    size = data.draw(per_axis(st.integers(1, 12), len(shape) - 2))
    x = filled(shape, seed, np.float32)
    step = [Fraction(n, m) for n, m in zip(shape[2:], size, strict=True)]
    y = resized(x, "linear", size=size, step=step, start=[Fraction(0)] * len(size))
    how: Any = {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
    target = ints(*shape[:2], *size)
    judge = reference if y.shape == x.shape else runtime
    agree(y, judge("Resize", x, NOT_GIVEN, NOT_GIVEN, target, **how)[0], within=10)


@some
@given(st.tuples(*[st.integers(1, 6)] * 4), seeds, st.booleans(), st.data())
def test_cubic(shape: Shape, seed: int, corners: bool, data: st.DataObject) -> None:
    size = data.draw(per_axis(st.integers(1, 12), 2))
    x = filled(shape, seed, np.float32)
    y = resized(x, "bicubic", align_corners=corners, size=size)
    how: dict[str, Any] = {"mode": "cubic", "cubic_coeff_a": -0.75}
    how["coordinate_transformation_mode"] = "align_corners" if corners else "half_pixel"
    target = ints(*shape[:2], *size)
    agree(y, runtime("Resize", x, NOT_GIVEN, NOT_GIVEN, target, **how)[0], within=10)


@some
@given(maps(channels=2, most=3), seeds, st.data())
def test_blocks_go_there_and_back(shape: Shape, seed: int, data: st.DataObject) -> None:
    block = data.draw(per_axis(st.integers(1, 3), len(shape) - 2))
    x = filled((shape[0], shape[1] * int(np.prod(block)), *shape[2:]), seed)
    y = run("pixel_shuffle", x, upscale_factor=block)
    agree(run("pixel_unshuffle", y, downscale_factor=block), x, within=0)
    y = run("depth_to_space", x, block_size=block)
    agree(run("space_to_depth", y, block_size=block), x, within=0)


@some
@given(st.tuples(*[st.integers(1, 3)] * 4), st.integers(1, 3), seeds)
def test_blocks_of_maps(shape: Shape, block: int, seed: int) -> None:
    deep = filled((shape[0], shape[1] * block**2, *shape[2:]), seed, np.float32)
    wide = filled((*shape[:2], *(n * block for n in shape[2:])), seed, np.float32)
    sizes = (block, block)
    for name, field, mode in (
        ("pixel_shuffle", "upscale_factor", "CRD"),
        ("depth_to_space", "block_size", "DCR"),
    ):
        (theirs,) = runtime("DepthToSpace", deep, blocksize=block, mode=mode)
        agree(run(name, deep, **{field: sizes}), theirs, within=0)
    (theirs,) = runtime("SpaceToDepth", wide, blocksize=block)
    agree(run("space_to_depth", wide, block_size=sizes), theirs, within=0)
