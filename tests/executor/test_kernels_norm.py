"""Normalisations and activations against onnxruntime and SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from foreign import runtime, scipy_local_response_norm
from hypothesis import given
from hypothesis import strategies as st
from layers import Array, Shape, agree, filled, maps, run, seeds, some
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

both = pytest.mark.parametrize("dtype", [np.float32, np.float64])
INF = float("inf")
# An ONNX model has epsilon in float32: powers of two are the same number there.
EPSILONS = (2.0**-17, 2.0**-10, 2.0**-3)


def scale(eps: float) -> float:
    """The factor by which rounding of ``x - mean`` grows if the variance is tiny beside epsilon."""
    return 1 / np.sqrt(eps)


@some
@given(maps(), seeds, st.sampled_from(EPSILONS), st.booleans())
@both
def test_batch_norm(dtype: type[Any], shape: Shape, seed: int, eps: float, affine: bool) -> None:
    x = filled(shape, seed, dtype)
    weight, bias, mean, var = np.random.default_rng(seed).normal(size=(4, shape[1])).astype(dtype)
    var = var**2 + dtype(0.1)
    learned = {"weight": weight, "bias": bias} if affine else {}
    if not affine:
        weight, bias = np.ones_like(mean), np.zeros_like(mean)
    y = run("batch_norm", x, running_mean=mean, running_var=var, eps=eps, **learned)
    (theirs,) = runtime("BatchNormalization", x, weight, bias, mean, var, epsilon=eps)
    agree(y, theirs, dtype=dtype)


def test_batch_norm_beyond_a_slab() -> None:
    x = filled((2, 40, 56, 56), 3, np.float32)
    weight, bias, mean = filled((3, 40), 4, np.float32)
    var = mean**2 + np.float32(0.5)
    learned = {"weight": weight, "bias": bias}
    y = run("batch_norm", x, running_mean=mean, running_var=var, eps=1e-5, **learned)
    (theirs,) = runtime("BatchNormalization", x, weight, bias, mean, var, epsilon=1e-5)
    agree(y, theirs, dtype=np.float32)


def test_batch_norm_of_features() -> None:
    x = filled((3, 5), 3)
    mean, var = filled((5,), 4), filled((5,), 5) ** 2
    y = run("batch_norm", x, running_mean=mean, running_var=var, eps=0.5)
    agree(y, (x - mean) / np.sqrt(var + 0.5))


norms = st.fixed_dictionaries(
    {
        "size": st.integers(1, 7),
        "alpha": st.floats(1e-4, 2),
        "beta": st.floats(0.25, 1.5),
        "k": st.floats(0.5, 3),
    }
)


@some
@given(maps(channels=9), seeds, norms)
def test_local_response_norm(shape: Shape, seed: int, fields: dict[str, Any]) -> None:
    x = filled(shape, seed)
    y = run("local_response_norm", x, **fields)
    agree(y, scipy_local_response_norm(x, **fields), dtype=np.float64)
    x = filled(shape, seed, np.float32)
    y = run("local_response_norm", x, **fields)
    theirs = scipy_local_response_norm(x, **fields)
    if fields["size"] % 2 and x.ndim == 4:  # what onnxruntime has
        named: dict[str, Any] = {
            "size": fields["size"],
            "alpha": fields["alpha"],
            "beta": fields["beta"],
        }
        (theirs,) = runtime("LRN", x, **named, bias=fields["k"])
    agree(y, theirs, dtype=np.float32)


def learned_of(sizes: Shape, seed: int, dtype: type[Any]) -> dict[str, Any]:
    return {
        "weight": filled(sizes, seed + 1, dtype),
        "bias": filled(sizes, seed + 2, dtype),
    }


def by_numpy(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@some
@given(maps(), seeds, st.sampled_from(EPSILONS), st.data())
@both
def test_layer_norm_of_the_last_axes(
    dtype: type[Any], shape: Shape, seed: int, eps: float, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, len(shape) - 1))
    x, learned = filled(shape, seed, dtype), learned_of(shape[first:], seed, dtype)
    y = run("layer_norm", x, dim=tuple(range(first, x.ndim)), eps=eps, **learned)
    (theirs,) = runtime("LayerNormalization", x, *learned.values(), axis=first, epsilon=eps)
    agree(y, theirs, dtype=dtype, within=scale(eps))


@some
@given(maps(), seeds, st.data())
def test_layer_norm_of_any_axes(shape: Shape, seed: int, data: st.DataObject) -> None:
    axes = data.draw(st.sets(st.integers(1, len(shape) - 1), min_size=1))
    chosen = tuple(data.draw(st.permutations(sorted(axes))))
    dim = tuple(data.draw(st.sampled_from((axis, axis - len(shape)))) for axis in chosen)
    x = filled(shape, seed)
    learned = learned_of(tuple(shape[axis] for axis in sorted(axes)), seed, np.float64)
    weight, bias = learned.values()
    kept = [n if axis in axes else 1 for axis, n in enumerate(shape)]
    expected = by_numpy(x, tuple(axes), 0.1)
    agree(run("layer_norm", x, dim=dim, eps=0.1), expected)
    scaled = expected * weight.reshape(kept)
    agree(run("layer_norm", x, dim=dim, eps=0.1, weight=weight), scaled)
    agree(run("layer_norm", x, dim=dim, eps=0.1, **learned), scaled + bias.reshape(kept))


@some
@given(maps(least=2, most=4), st.integers(1, 3), seeds, st.sampled_from(EPSILONS), st.booleans())
def test_group_and_instance_norm(
    shape: Shape, groups: int, seed: int, eps: float, affine: bool
) -> None:
    """In float32 as onnxruntime has them; in float64, which it has not, as the definition says."""
    batch, inner, *size = shape
    channels = inner * groups
    x = filled((batch, channels, *size), seed)
    learned = learned_of((channels,), seed, np.float64) if affine else {}
    weight, bias = learned.values() or (np.ones(channels), np.zeros(channels))
    along = (channels, *[1] * len(size))
    for name, parts, fields in (
        ("group_norm", groups, {"num_groups": groups}),
        ("instance_norm", channels, {}),
    ):
        split = x.reshape(batch, parts, -1)
        wide = by_numpy(split, (2,), eps).reshape(x.shape)
        expected = wide * weight.reshape(along) + bias.reshape(along)
        agree(run(name, x, **fields, eps=eps, **learned), expected, within=scale(eps))
        narrow, *given_arrays = (array.astype(np.float32) for array in (x, weight, bias))
        own = dict(zip(learned, given_arrays, strict=False))
        y = run(name, narrow, **fields, eps=eps, **own)
        (theirs,) = runtime(THEIR_NORMS[name], narrow, *given_arrays, epsilon=eps, **fields)
        agree(y, theirs, dtype=np.float32, within=scale(eps))


THEIR_NORMS = {"group_norm": "GroupNormalization", "instance_norm": "InstanceNormalization"}


def test_norms_take_two_passes() -> None:
    """A large mean does not drown the variance, as the mean of squares would."""
    x = filled((1, 2, 64), 3, np.float32) + np.float32(1e4)
    y = run("instance_norm", x, eps=1e-5)
    agree(y, by_numpy(x.astype(np.float64), (2,), 1e-5).astype(np.float32), within=100)


@some
@given(maps(), seeds, st.sampled_from((1.0, 100.0, 1e4)), st.data())
@both
def test_softmax(
    dtype: type[Any], shape: Shape, seed: int, scale: float, data: st.DataObject
) -> None:
    x = filled(shape, seed, dtype) * dtype(scale)
    dim = data.draw(st.integers(1, x.ndim - 1))
    y = run("softmax", x, dim=dim)
    (theirs,) = runtime("Softmax", x, axis=dim)
    agree(y, theirs, dtype=dtype)


@both
def test_softmax_of_what_would_overflow(dtype: type[Any]) -> None:
    big = np.finfo(dtype).max / 4
    x = np.array([[[big, 0, -big], [1, 2, -INF]]], dtype=dtype)
    agree(run("softmax", x, dim=2), special.softmax(x, axis=2), dtype=dtype)


@both
@given(maps(), seeds, st.sampled_from((0.01, 0.0, 1.0, 3.5, -0.5)))
@some
def test_leaky_relu(dtype: type[Any], shape: Shape, seed: int, slope: float) -> None:
    """Slopes above 1 and below 0 are where ``max(x, slope * x)`` would be wrong."""
    x = filled(shape, seed, dtype)
    y = run("leaky_relu", x, negative_slope=slope)
    (theirs,) = runtime("LeakyRelu", x.astype(np.float32), alpha=slope)
    agree(y, theirs if dtype is np.float32 else np.where(x > 0, x, slope * x), dtype=dtype)
    agree(y.astype(np.float32), theirs)


EXTREMES = [0.0, -0.0, 1e-30, -1e-30, 1, -1, 17, -17, 40, -40, 89, -89, 710, -710, 1e30, -1e30]


@both
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "relu6", "leaky_relu"])
def test_activations_of_extreme_values(name: str, dtype: type[Any]) -> None:
    largest = float(np.finfo(dtype).max)
    x = np.array([[*EXTREMES, largest, -largest, INF, -INF]], dtype=dtype)
    fields = {"negative_slope": 0.5} if name == "leaky_relu" else {}
    theirs: dict[str, Callable[[Array], Array]] = {
        "sigmoid": special.expit,
        "tanh": np.tanh,
        "relu": lambda x: np.clip(x, 0, None),
        "relu6": lambda x: np.clip(x, 0, 6),
        "leaky_relu": lambda x: np.where(x > 0, x, x * dtype(0.5)),
    }
    y = run(name, x, **fields)
    assert y.dtype == dtype
    # Both ends of a sigmoid are right to the rounding of 1, not of themselves.
    exact = name not in ("sigmoid", "tanh")
    np.testing.assert_allclose(
        y, theirs[name](x), rtol=0, atol=0 if exact else 2 * np.finfo(dtype).eps
    )


@both
@pytest.mark.parametrize(
    ("name", "op"), [("relu", "Relu"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh")]
)
@given(shape=maps(), seed=seeds, scale=st.sampled_from((0.1, 3.0, 20.0)))
@some
def test_activations(
    name: str, op: str, dtype: type[Any], shape: Shape, seed: int, scale: float
) -> None:
    x = filled(shape, seed, dtype) * dtype(scale)
    agree(run(name, x), runtime(op, x)[0], dtype=dtype)


@both
@given(maps(), seeds)
@some
def test_relu6(dtype: type[Any], shape: Shape, seed: int) -> None:
    x = filled(shape, seed, dtype) * dtype(6)
    (theirs,) = runtime("Clip", x, np.array(0, dtype), np.array(6, dtype))
    agree(run("relu6", x), theirs, dtype=dtype, within=0)


@some
@given(maps(), seeds, st.booleans(), st.sampled_from((1, 2)), st.data())
def test_by_a_norm(shape: Shape, seed: int, affine: bool, p: int, data: st.DataObject) -> None:
    x = filled(shape, seed, np.float32)
    first = data.draw(st.integers(0, x.ndim - 1))
    dim = tuple(range(first, x.ndim))
    weight = filled(shape[first:], seed + 1, np.float32) if affine else None
    scale = np.ones(shape[first:], np.float32) if weight is None else weight
    wide = x.astype(np.float64)
    root = np.sqrt((wide * wide).mean(axis=dim, keepdims=True) + 1e-3)
    agree(run("rms_norm", x, weight=weight, dim=dim, eps=1e-3), wide / root * scale, within=10)
    x[(0,) * x.ndim] = 0
    (theirs,) = runtime("LpNormalization", x + np.float32(2e-3), axis=first, p=p)
    agree(run("lp_norm", x + np.float32(2e-3), dim=(first,), p=p), theirs, within=10)
    agree(run("lp_norm", x * 0, dim=(first,), p=p), x * 0, within=0)
