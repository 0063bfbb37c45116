"""A NaN in an input reaches exactly the outputs that read it: what probes of receptive fields are
built on. What reads what, loops say (``brute_ops``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from brute_ops import RUN
from cases import CASES, Case
from hypothesis import given
from hypothesis import strategies as st
from layers import Array, Layer, convs, few, pools, seeds, some, transposed_convs

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Plain

if TYPE_CHECKING:
    from collections.abc import Collection

# What these read their data say: not all that loops say they may read.
AT_MOST = ("gather", "scatter", "where", "grid_sample")

WITH_LOOPS = [case for case in CASES if case.name in RUN]

Place = tuple[int, tuple[int, ...]]  # number of the input, index


def touched(case: Case, inputs: list[Array], learned: dict[str, Array]) -> list[Array]:
    """Where the outputs are NaN."""
    return [np.isnan(output) for output in case.run(Plain(), inputs, learned)]


def check(case: Case, chosen: list[Collection[Place]]) -> None:
    """NaN at each of the chosen sets of places in turn."""
    inputs, learned = case.arrays(np.float32)
    if case.name in ("deform_conv", "deform_sample"):
        inputs[1] *= 0  # loops tell what is read while nothing is moved
    assert not any(mask.any() for mask in touched(case, inputs, learned))
    loops = case.by_loops()
    assert loops is not None
    read = loops.outputs
    for places in chosen:
        holed = [x.copy() for x in inputs]
        for number, index in places:
            holed[number][index] = np.nan
        for mask, reads in zip(touched(case, holed, learned), read, strict=True):
            expected = np.reshape([not seen.isdisjoint(places) for seen in reads.flat], reads.shape)
            if case.name in AT_MOST:
                expected &= mask
            np.testing.assert_array_equal(mask, expected, str(places))


def every_place(case: Case) -> list[Place]:
    return [(n, index) for n, shape in enumerate(case.inputs) for index in np.ndindex(*shape)]


@pytest.mark.parametrize("case", WITH_LOOPS, ids=lambda case: f"{case.name}: {case.about}")
def test_one_nan(case: Case) -> None:
    check(case, [{place} for place in every_place(case)])


def check_drawn(name: str, layer: Layer, places: int) -> None:
    """Several sets of random places of a random layer."""
    learned = {"weight": layer.weight} if layer.weight else {}
    if layer.bias is not None:
        learned["bias"] = layer.bias
    case = Case(name, "drawn", (layer.x,), layer.fields, learned)
    every = every_place(case)
    rng = np.random.default_rng(layer.seed)
    picked = [rng.permutation(len(every))[:places] for _ in range(8)]
    check(case, [{every[number] for number in numbers} for numbers in picked])


sizes_of_sets = st.integers(1, 4)


@few
@given(convs() | convs(same=True), sizes_of_sets)
def test_conv(layer: Layer, places: int) -> None:
    check_drawn("conv", layer, places)


@few
@given(transposed_convs(), sizes_of_sets)
def test_conv_transpose(layer: Layer, places: int) -> None:
    check_drawn("conv_transpose", layer, places)


@few
@given(pools(), sizes_of_sets)
def test_max_pool(layer: Layer, places: int) -> None:
    check_drawn("max_pool", layer, places)


@few
@given(pools(means=True), sizes_of_sets)
def test_avg_pool(layer: Layer, places: int) -> None:
    check_drawn("avg_pool", layer, places)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("groups", [1, 24])
def test_nan_in_one_channel_of_a_wide_convolution(stride: int, groups: int) -> None:
    """Beyond the sizes for which BLAS has its own small ways."""
    fields: dict[str, Any] = {
        "stride": (stride, stride), "padding": ((1, 1), (1, 1)), "dilation": (1, 1),
    }  # fmt: skip
    narrow = Case("conv", "one channel", ((1, 1, 13, 12),), fields | {"groups": 1},
                  {"weight": (1, 1, 3, 3)})  # fmt: skip
    loops = narrow.by_loops()
    assert loops is not None
    (reads,) = loops.outputs
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1, 24, 13, 12)).astype(np.float32)
    weight = rng.normal(size=(24, 24 // groups, 3, 3)).astype(np.float32)
    for place in np.ndindex(13, 12):
        holed = x.copy()
        holed[(0, 5, *place)] = np.nan
        y = KERNELS["conv"](Plain(), holed, weight=weight, groups=groups, **fields)
        assert isinstance(y, np.ndarray)
        expected = np.reshape([(0, (0, 0, *place)) in seen for seen in reads.flat], y.shape[2:])
        for channel, mask in enumerate(np.isnan(y[0])):
            reached = expected if groups == 1 or channel == 5 else np.zeros_like(expected)
            np.testing.assert_array_equal(mask, reached, f"{place} in channel {channel}")


@given(seeds)
@some
def test_nan_wins_every_comparison(seed: int) -> None:
    """In whichever place of a window it comes, and whatever its neighbours."""
    rng = np.random.default_rng(seed)
    x = rng.choice(np.array([float("inf"), -float("inf"), 0, 1, -1], np.float32), size=(1, 1, 5))
    x[0, 0, rng.integers(5)] = np.nan
    fields = {"kernel_size": (7,), "stride": None, "padding": ((1, 1),), "dilation": (1,)}
    kernels = {
        "max_pool": fields | {"ceil_mode": True, "return_indices": False, "indices_of_all": False},
        "global_max_pool": {},
        "adaptive_max_pool": {"output_size": (1,)},
    }
    for name, given_fields in kernels.items():
        y = KERNELS[name](Plain(), x, **given_fields)
        assert isinstance(y, np.ndarray)
        assert np.isnan(y).all(), name
    for name in ("relu", "relu6"):
        y = KERNELS[name](Plain(), x)
        np.testing.assert_array_equal(np.isnan(y), np.isnan(x), name)
