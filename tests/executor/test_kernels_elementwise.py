"""Activations, arithmetic by element and reductions against onnxruntime, SciPy and NumPy."""

from __future__ import annotations

from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from foreign import reference, runtime
from hypothesis import given
from hypothesis import strategies as st
from layers import Array, Shape, agree, filled, maps, run, seeds, some
from scipy import special

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Plain

if TYPE_CHECKING:
    from collections.abc import Callable

both = pytest.mark.parametrize("dtype", [np.float32, np.float64])
scales = st.sampled_from((0.1, 3.0, 20.0))
INF = float("inf")


def ints(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, dtype=np.int64)


# kernel, its fields, onnx's op and attributes, the same in float64 by SciPy
ACTIVATIONS: list[tuple[str, dict[str, Any], str, dict[str, Any], Callable[[Array], Array]]] = [
    ("gelu", {"approximate": "none"}, "Gelu", {},
     lambda x: x * special.ndtr(x)),
    ("gelu", {"approximate": "tanh"}, "Gelu", {"approximate": "tanh"},
     lambda x: x * special.expit(np.sqrt(8 / np.pi) * (x + 0.044715 * x**3))),
    ("elu", {"alpha": 1.0}, "Elu", {},
     lambda x: np.where(x > 0, x, special.expm1(np.minimum(x, 0)))),
    ("elu", {"alpha": 0.3}, "Elu", {"alpha": 0.3},
     lambda x: np.where(x > 0, x, 0.3 * special.expm1(np.minimum(x, 0)))),
    ("selu", {}, "Selu", {},
     lambda x: 1.0507009873554804934193349852946
     * np.where(x > 0, x, 1.6732632423543772848170429916717 * special.expm1(np.minimum(x, 0)))),
    ("softplus", {"beta": 1.0, "threshold": 20.0}, "Softplus", {},
     lambda x: np.logaddexp(0, x)),
    ("mish", {}, "Mish", {},
     lambda x: x * np.tanh(np.logaddexp(0, x))),
    ("hard_sigmoid", {}, "HardSigmoid", {"alpha": 1 / 6, "beta": 0.5},
     lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    ("hard_swish", {}, "HardSwish", {},
     lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    ("softsign", {}, "Softsign", {},
     lambda x: x / (1 + np.abs(x))),
    ("celu", {"alpha": 0.5}, "Celu", {"alpha": 0.5},
     lambda x: np.maximum(x, 0) + 0.5 * special.expm1(np.minimum(x, 0) / 0.5)),
    ("thresholded_relu", {"alpha": 0.5}, "ThresholdedRelu", {"alpha": 0.5},
     lambda x: np.where(x > 0.5, x, 0)),
    ("shrink", {"lambd": 0.75, "shift": 0.25}, "Shrink", {"lambd": 0.75, "bias": 0.25},
     lambda x: np.where(np.abs(x) > 0.75, x - 0.25 * np.sign(x), 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "fields", "op", "attributes", "exact"),
    ACTIVATIONS,
    ids=[f"{name} {fields}" for name, fields, *_ in ACTIVATIONS],
)
@given(shape=maps(), seed=seeds, scale=scales)
@some
def test_activations(
    name: str, fields: dict[str, Any], op: str, attributes: dict[str, Any], exact: Any,
    shape: Shape, seed: int, scale: float,
) -> None:  # fmt: skip
    x = filled(shape, seed, np.float32) * np.float32(scale)
    y = run(name, x, **fields)
    agree(y, runtime(op, x, **attributes)[0], dtype=np.float32)
    # softplus is a line from 20 on, and off by up to 3e-9 there
    wide = x.astype(np.float64)
    agree(run(name, wide, **fields), exact(wide), within=3e3 if name == "softplus" else 1)


@some
@given(maps(), seeds, scales)
@both
def test_silu(dtype: type[Any], shape: Shape, seed: int, scale: float) -> None:
    x = filled(shape, seed, dtype) * dtype(scale)
    agree(run("silu", x), x * special.expit(x), dtype=dtype)


def test_softplus_of_pytorch() -> None:
    """A line exactly from where beta x is above the threshold."""
    x = np.array([[-1.0, 0.5, 1.0, 1.5, 700.0, -700.0]])
    curve = np.log1p(np.exp(2 * x[:, :3])) / 2
    y = run("softplus", x, beta=2.0, threshold=2.0)
    agree(y, np.array([[*curve[0], 1.5, 700.0, 0.0]]))


@some
@given(maps(), seeds, st.booleans())
@both
def test_prelu(dtype: type[Any], shape: Shape, seed: int, each: bool) -> None:
    x = filled(shape, seed, dtype)
    weight = filled((shape[1] if each else 1,), seed + 1, dtype)
    y = run("prelu", x, weight=weight)
    slopes = weight.reshape(-1, *[1] * (x.ndim - 2))
    theirs = np.where(x > 0, x, slopes * x)
    agree(y, runtime("PRelu", x, slopes)[0] if dtype is np.float32 else theirs, dtype=dtype)


EXTREMES = [0.0, -0.0, 1e-30, -1e-30, 1, -1, 17, -17, 40, -40, 89, -89, 710, -710, 1e30, -1e30]


@both
@pytest.mark.parametrize(
    ("name", "fields", "exact"),
    [(name, fields, exact) for name, fields, _, _, exact in ACTIVATIONS],
)
def test_activations_of_extreme_values(
    name: str, fields: dict[str, Any], exact: Any, dtype: type[Any]
) -> None:
    """Nothing overflows on the way, and no warning is raised."""
    x = np.array([EXTREMES], dtype=dtype)
    with np.errstate(over="raise" if name != "gelu" else "ignore", invalid="raise"):
        y = run(name, x, **fields)
    with np.errstate(all="ignore"):
        expected = exact(x.astype(np.float64))
    # What is near 0 is right to the rounding of 1, times the input where that is a factor.
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(y, expected, rtol=4 * eps, atol=20 * eps + 3e-9)


def test_the_error_function_in_float32() -> None:
    """To the last place or two, everywhere."""
    x = np.concatenate([
        np.linspace(-5, 5, 1_000_001, dtype=np.float32),
        np.geomspace(1e-38, 5, 200_001, dtype=np.float32),
        np.array([0.0, -0.0, INF, -INF, 3e38, float("nan")], dtype=np.float32),
    ])  # fmt: skip
    y = Plain().erf(x)
    assert y.dtype == np.float32
    exact = special.erf(x.astype(np.float64))
    np.testing.assert_allclose(y, exact, rtol=1.2e-7, atol=0)
    np.testing.assert_array_equal(np.signbit(y[-6:-1]), [False, True, False, True, False])
    assert y.shape == x.shape


def test_the_error_function_in_float64() -> None:
    x = np.linspace(-7, 7, 10_001).reshape(73, 137)
    y = Plain().erf(x)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, special.erf(x), rtol=1e-15)


# kernel, its fields, onnx's op; what it is asked about
UNARY: list[tuple[str, dict[str, Any], str, Callable[[Array], Array]]] = [
    ("neg", {}, "Neg", np.asarray),
    ("sqrt", {}, "Sqrt", np.asarray),
    ("reciprocal", {}, "Reciprocal", np.asarray),
    ("log", {}, "Log", np.asarray),
    ("erf", {}, "Erf", np.asarray),
    ("sin", {}, "Sin", np.asarray),
    ("cos", {}, "Cos", np.asarray),
    ("tan", {}, "Tan", np.asarray),
    ("asin", {}, "Asin", np.tanh),
    ("acos", {}, "Acos", np.tanh),
    ("atan", {}, "Atan", np.asarray),
    ("sinh", {}, "Sinh", np.asarray),
    ("cosh", {}, "Cosh", np.asarray),
    ("asinh", {}, "Asinh", np.asarray),
    ("acosh", {}, "Acosh", lambda x: 1 + np.abs(x)),
    ("atanh", {}, "Atanh", lambda x: np.tanh(x / 3)),
    ("floor", {}, "Floor", np.asarray),
    ("ceil", {}, "Ceil", np.asarray),
    ("round", {}, "Round", lambda x: np.rint(4 * x) / 2),  # ties among them
    ("sign", {}, "Sign", lambda x: np.rint(x / 3)),  # zeros among them
]


@pytest.mark.parametrize(("name", "fields", "op", "of"), UNARY, ids=[row[0] for row in UNARY])
@given(shape=maps(), seed=seeds)
@some
def test_functions(
    name: str, fields: dict[str, Any], op: str, of: Any, shape: Shape, seed: int
) -> None:
    x = of(filled(shape, seed, np.float32) * np.float32(3)).astype(np.float32)
    agree(run(name, x, **fields), runtime(op, x)[0], dtype=np.float32)


@some
@given(maps(), seeds, st.none() | st.floats(-2, 0), st.none() | st.floats(0, 2))
@both
def test_clip(
    dtype: type[Any], shape: Shape, seed: int, low: float | None, high: float | None
) -> None:
    x = filled(shape, seed, dtype)
    bounds = [np.asarray(-INF if low is None else low, dtype),
              np.asarray(INF if high is None else high, dtype)]  # fmt: skip
    y = run("clip", x, min=low, max=high)
    agree(y, runtime("Clip", x, *bounds)[0], dtype=dtype, within=0 if dtype is np.float64 else 1)
    assert y is not x


@some
@given(maps(), seeds, st.data())
def test_questions(shape: Shape, seed: int, data: st.DataObject) -> None:
    other = data.draw(broadcasting(shape))
    a, b = (np.rint(filled(each, seed + n, np.float32)) for n, each in enumerate((shape, other)))
    for name, theirs in (
        ("less", a < b),
        ("greater", a > b),
        ("equal", a == b),
        ("logical_and", (a != 0) & (b != 0)),
        ("logical_or", (a != 0) | (b != 0)),
        ("logical_xor", (a != 0) ^ (b != 0)),
    ):
        agree(run(name, a, b), theirs.astype(np.float32), within=0)
        agree(run(name, b, a), run({"less": "greater", "greater": "less"}.get(name, name), a, b))
    agree(run("logical_not", a), (a == 0).astype(np.float32), within=0)


@some
@given(maps(), seeds, scales, st.data())
@both
def test_log_softmax(
    dtype: type[Any], shape: Shape, seed: int, scale: float, data: st.DataObject
) -> None:
    x = filled(shape, seed, dtype) * dtype(scale)
    dim = data.draw(st.integers(0, x.ndim - 1))
    agree(run("log_softmax", x, dim=dim), runtime("LogSoftmax", x, axis=dim)[0], dtype=dtype)
    agree(run("softmax", x, dim=dim), runtime("Softmax", x, axis=dim)[0], dtype=dtype)


def broadcasting(shape: Shape) -> st.SearchStrategy[Shape]:
    """The end of a shape, some axes of it 1."""
    ones = st.tuples(*(st.sampled_from((size, 1)) for size in shape))
    firsts = st.integers(0, len(shape) - 1)
    return st.tuples(ones, firsts).map(lambda drawn: drawn[0][drawn[1] :])


@some
@given(maps(), seeds, st.data())
@both
def test_of_several_inputs(dtype: type[Any], shape: Shape, seed: int, data: st.DataObject) -> None:
    others = data.draw(st.lists(broadcasting(shape), min_size=1, max_size=3))
    shapes = data.draw(st.permutations([shape, *others]))
    inputs = [filled(each, seed + number, dtype) for number, each in enumerate(shapes)]
    agree(run("add", *inputs), runtime("Sum", *inputs)[0], dtype=dtype)
    *_, theirs = accumulate(inputs, lambda a, b: runtime("Mul", a, b)[0])
    agree(run("multiply", *inputs), theirs, dtype=dtype)
    agree(run("minimum", *inputs), runtime("Min", *inputs)[0], dtype=dtype, within=0)
    agree(run("maximum", *inputs), runtime("Max", *inputs)[0], dtype=dtype, within=0)
    a, b = inputs[:2]
    agree(run("sub", a, b), runtime("Sub", a, b)[0], dtype=dtype, within=0)
    agree(run("div", a, b), runtime("Div", a, b)[0], dtype=dtype)
    y = run("pow", np.abs(a), b, exponent=None)
    agree(y, runtime("Pow", np.abs(a), b)[0], dtype=dtype, within=10)


@some
@given(maps(), seeds, st.sampled_from((2.0, 3.0, 0.5, -1.0, 0.125)))
@both
def test_of_a_constant(dtype: type[Any], shape: Shape, seed: int, constant: float) -> None:
    x = filled(shape, seed, dtype)
    number = np.array(constant, dtype)
    agree(run("scale", x, factor=constant), runtime("Mul", x, number)[0], dtype=dtype, within=0)
    agree(run("shift", x, amount=constant), runtime("Add", x, number)[0], dtype=dtype, within=0)
    agree(run("abs", x), runtime("Abs", x)[0], dtype=dtype, within=0)
    agree(run("exp", x), runtime("Exp", x)[0], dtype=dtype)
    y = run("pow", x, exponent=constant)  # NaN where it is not real
    agree(y, runtime("Pow", x, number)[0], dtype=dtype, within=10)


@some
@given(maps(), seeds, st.booleans(), st.data())
@both
def test_reductions(
    dtype: type[Any], shape: Shape, seed: int, keepdim: bool, data: st.DataObject
) -> None:
    x = filled(shape, seed, dtype)
    axes = data.draw(st.sets(st.integers(0, x.ndim - 1), min_size=1))
    dim = tuple(data.draw(st.sampled_from((axis, axis - x.ndim))) for axis in axes)
    for name, op in (
        ("sum", "ReduceSum"),
        ("mean", "ReduceMean"),
        ("amax", "ReduceMax"),
        ("amin", "ReduceMin"),
        ("prod", "ReduceProd"),
        ("l1", "ReduceL1"),
        ("l2", "ReduceL2"),
        ("sum_square", "ReduceSumSquare"),
        ("log_sum_exp", "ReduceLogSumExp"),
    ):
        y = run(name, x, dim=dim, keepdim=keepdim)
        judge = reference if dtype is np.float64 and name in ("prod", "l1", "l2") else runtime
        (theirs,) = judge(op, x, ints(*dim), keepdims=int(keepdim))
        within = prod(shape) if name in ("sum", "l1", "sum_square") else 10
        agree(y, theirs, dtype=dtype, within=within)


def test_the_largest_of_whole_numbers_without_a_sign() -> None:
    x = np.array([[3, 0, 2]], np.uint64)
    with np.errstate(invalid="ignore"):  # of NaN, which whole numbers have none of
        values, at = KERNELS["topk"](Plain(), x, k=2, dim=1, largest=True)
    assert (values.tolist(), at.tolist()) == ([[3, 2]], [[0, 2]])


@some
@given(maps(), seeds, st.booleans(), st.booleans(), st.data())
@both
def test_by_order(
    dtype: type[Any], shape: Shape, seed: int, one: bool, other: bool, data: st.DataObject
) -> None:
    x = np.rint(2 * filled(shape, seed, dtype))  # some of one size
    dim = data.draw(st.integers(0, x.ndim - 1))
    for name, theirs in (("argmax", np.argmax), ("argmin", np.argmin)):
        y = run(name, x, dim=dim, keepdim=one)
        agree(y, theirs(x, axis=dim, keepdims=one).astype(dtype), dtype=dtype, within=0)
    k = data.draw(st.integers(1, shape[dim]))
    values, at = KERNELS["topk"](Plain(), x, k=k, dim=dim, largest=one)
    expected = runtime("TopK", x, ints(k), outputs=2, axis=dim, largest=int(one))
    agree(values, expected[0], dtype=dtype, within=0)
    agree(at, expected[1].astype(dtype), dtype=dtype, within=0)
    y = run("cumsum", x, dim=dim, exclusive=one, reverse=other)
    (theirs,) = runtime("CumSum", x, np.asarray(dim), exclusive=int(one), reverse=int(other))
    agree(y, theirs, dtype=dtype)
