"""Algorithms of a layer: what each step does is counted, and is what its formulas say; the outputs
are those of the kernels, which onnxruntime and SciPy confirm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from brute_ops import RUN
from brute_sets import inputs_of
from hypothesis import given
from hypothesis import strategies as st
from kinds import agree as agree_for_all
from layers import (
    Array,
    Layer,
    agree,
    convs,
    few,
    filled,
    ranks,
    run,
    seeds,
    some,
    transposed_convs,
)

from convcost.analysis.explain.algorithms import (
    CONV,
    CONV_TRANSPOSE,
    Algorithm,
    Step,
    algorithms,
    each_time,
)
from convcost.executor.algorithms import ALGORITHMS
from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Counting, Plain
from convcost.executor.tally import Scalars, Tally
from convcost.ops import op_class
from convcost.ops.conv import Conv
from convcost.ops.conv_transpose import ConvTranspose
from convcost.ops.fields import build

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERY = [*CONV, *CONV_TRANSPOSE]


def op_of(layer: Layer) -> Conv | ConvTranspose:
    """The op whose formulas are asked."""
    kernel, fields = layer.weight[2:], dict(layer.fields)
    bias = layer.bias is not None
    if "output_padding" in fields:
        filters = layer.weight[1] * fields["groups"]
        return ConvTranspose(out_channels=filters, kernel_size=kernel, bias=bias, **fields)
    return Conv(out_channels=layer.weight[0], kernel_size=kernel, bias=bias, **fields)


def built(name: str, rank: int = 2, **fields: Any) -> Any:
    """An op as a spec writes it, without a bias."""
    return build(op_class(name), rank, {"out_channels": 1, "bias": False, **fields})


def applies(algorithm: Algorithm[Any], op: Any, x: tuple[int, ...]) -> bool:
    return all(cast("int", must.margin) >= 0 for must in algorithm.conditions(op, x))


def counted(key: str, layer: Layer, dtype: type[Any] = np.float64) -> tuple[list[Step], Array]:
    """The steps as the counting namespace saw them, and the output."""
    x, weight, bias = layer.arrays(dtype)
    xp = Counting()
    steps: list[Step] = []
    output = x
    for made in ALGORITHMS[key](xp, x, weight=weight, bias=bias, **layer.fields):
        counts = xp.reset()
        assert not any(counts[what] for what in ("divides", "comparisons", "transcendentals"))
        size = made.array.size
        steps.append(Step(made.step, counts["multiplies"], counts["adds"], size, made.once))
        output = made.array
    assert not any(xp.counts.values())  # nothing after the last step
    return steps, output


def by_scalars(key: str, layer: Layer) -> tuple[list[Step], Array]:
    """The same, as scalars counted that count themselves."""
    arrays = (a if a is None else Tally.array(a) for a in layer.arrays(np.float64))
    x, weight, bias = arrays
    steps: list[Step] = []
    assert x is not None
    output = x
    Tally.reset()
    for made in ALGORITHMS[key](Scalars(), x, weight=weight, bias=bias, **layer.fields):
        counts = Tally.reset()
        size = made.array.size
        steps.append(Step(made.step, counts["multiplies"], counts["adds"], size, made.once))
        output = made.array
    assert all(type(element) is Tally for element in output.flat)
    return steps, np.reshape([element.value for element in output.flat], output.shape)


def check(layer: Layer, *, tallied: bool = False) -> set[str]:
    """All that apply agree with their formulas and with the kernel; their names."""
    op = op_of(layer)
    name = "conv" if isinstance(op, Conv) else "conv_transpose"
    x, weight, bias = layer.arrays(np.float64)
    expected = run(name, x, weight=weight, bias=bias, **layer.fields)
    tried: set[str] = set()
    for algorithm in algorithms(op):
        if not applies(algorithm, op, layer.x):
            continue
        steps, output = counted(algorithm.key, layer)
        assert steps == list(algorithm.steps(op, layer.x)), algorithm.key
        assert output.shape == expected.shape
        within = max(algorithm.tolerance, 1e-13)  # the kernel sums in another order than any
        assert float(abs(output - expected).max()) <= within, algorithm.key
        if tallied:
            assert by_scalars(algorithm.key, layer)[0] == steps
        tried.add(algorithm.key)
    return tried


@some
@given(convs())
def test_convolutions(layer: Layer) -> None:
    assert {"direct", "fft", "matrix"} <= check(layer)


@few
@given(convs(same=True))
def test_convolutions_padded_same(layer: Layer) -> None:
    check(layer)


@some
@given(transposed_convs())
def test_transposed_convolutions(layer: Layer) -> None:
    assert len(check(layer)) == 3


@st.composite
def plain_3x3(draw: st.DrawFn) -> Layer:
    """A convolution of stride 1 with 3 taps along each axis, which is what Winograd's are."""
    rank = draw(st.integers(1, 3))
    groups, inner, each = (draw(st.integers(1, 3)) for _ in range(3))
    padding = tuple(
        draw(st.tuples(*[st.integers(0, 2 if rank < 3 else 1)] * 2)) for _ in range(rank)
    )
    most = 11 if rank < 3 else 5
    size = tuple(draw(st.integers(max(1, 3 - b - a), most)) for b, a in padding)
    return Layer(
        (draw(st.integers(1, 2)), groups * inner, *size),
        (groups * each, inner, *[3] * rank),
        (groups * each,) if draw(st.booleans()) else None,
        {
            "stride": (1,) * rank,
            "padding": draw(st.sampled_from((padding, "same"))),
            "dilation": (1,) * rank,
            "groups": groups,
        },
        draw(seeds),
    )


@some
@given(plain_3x3())
def test_convolutions_for_winograd(layer: Layer) -> None:
    assert check(layer) == {algorithm.key for algorithm in CONV}


@few
@given(convs() | transposed_convs() | plain_3x3())
def test_scalars_count_the_same(layer: Layer) -> None:
    """Small ones: a tally does half a million operations a second."""
    if cast("int", op_of(layer).macs(layer.x)) < 2000:
        check(layer, tallied=True)


def answers(op: Any, shapes: Sequence[Any]) -> dict[str, Any]:
    """All conditions and formulas of all algorithms."""
    (x,) = shapes
    return {
        algorithm.key: (
            tuple(must.margin for must in algorithm.conditions(op, x)),
            tuple((step.multiplies, step.adds, step.elements) for step in algorithm.steps(op, x)),
        )
        for algorithm in algorithms(op)
    }


@few
@given(
    ranks.flatmap(lambda r: st.lists(convs(rank=st.just(r)), min_size=2, max_size=3))
    | st.lists(transposed_convs(rank=st.just(2)), min_size=2, max_size=3)
)
def test_every_kind_of_number_says_the_same(layers: list[Layer]) -> None:
    ops = [op_of(layer).replaced(bias=True) for layer in layers]
    agree_for_all(answers, ops, [(layer.x,) for layer in layers])


@few
@given(convs() | transposed_convs())
def test_the_first_algorithm_is_what_the_layer_costs(layer: Layer) -> None:
    """By loops over every output element, tap and channel, not by the formulas of the op."""
    op = op_of(layer)
    name = "conv" if isinstance(op, Conv) else "conv_transpose"
    fields = op.values()
    multiplies, adds = each_time(algorithms(op)[0].steps(op, layer.x))
    assert multiplies == RUN[name](fields, *inputs_of([layer.x])).macs
    xp = Counting()
    x, weight, bias = layer.arrays(np.float32)
    KERNELS[name](xp, x, weight=weight, bias=bias, **layer.fields)
    assert (multiplies, adds) == (xp.counts["multiplies"], xp.counts["adds"])


@few
@given(plain_3x3())
def test_spectra_are_those_of_numpy(layer: Layer) -> None:
    x, weight, _ = layer.arrays(np.float64)
    made = ALGORITHMS["fft"](Plain(), x, weight=weight, **layer.fields | {"padding": "same"})
    filters, spectrum, *_ = (step.array for step in made)
    axes = tuple(range(2, x.ndim))
    lengths = [2 ** math.ceil(math.log2(n + 2)) for n in x.shape[2:]]  # `same` pads by 2
    for array, found, scale in ((weight, filters, math.prod(lengths)), (x, spectrum, 1)):
        before = [(0, 0), (0, 0), *[(0 if array is weight else 1, 0)] * len(axes)]
        theirs = np.fft.rfftn(np.pad(array, before), s=lengths, axes=axes)
        agree((found[0] + 1j * found[1]) * scale, theirs)


# Figures of the literature


def steps_of(key: str, op: Any, x: tuple[int, ...]) -> dict[str, Step]:
    (algorithm,) = (algorithm for algorithm in EVERY if algorithm.key == key)
    return {step.name: step for step in algorithm.steps(op, x)}


PLAIN = built("conv", kernel_size=3)
# Lavin and Gray, section 4.1: F(2x2,3x3) takes 16 multiplies where the standard algorithm takes 36,
# and transforms of 32 additions (data) and 24 (inverse); F(4x4,3x3) 36 for 144, transforms of
# 12 (6 + 6) and 10 (6 + 4) instructions, of which each here is one addition (and some a product).
PUBLISHED = [("winograd_2", 4, 36, 16, 32, 24), ("winograd_4", 6, 144, 36, 144, 100)]


@pytest.mark.parametrize(("key", "size", "standard", "products", "data", "inverse"), PUBLISHED)
def test_winograd_is_as_published(
    key: str, size: int, standard: int, products: int, data: int, inverse: int
) -> None:
    x = (1, 1, size, size)
    assert steps_of("direct", PLAIN, x)["products"].multiplies == standard
    steps = steps_of(key, PLAIN, x)
    assert steps["products"].multiplies == products
    assert (steps["tiles"].adds, steps["outputs"].adds) == (data, inverse)


@pytest.mark.parametrize(("length", "products"), [(8, 2), (16, 10), (32, 34), (64, 98), (128, 258)])
def test_products_of_a_radix_2_transform_are_as_published(length: int, products: int) -> None:
    """N/2 (log2 N - 3) + 2 complex products, the classical count without those by 1 and -i."""
    op = built("conv", rank=1, kernel_size=1)
    assert steps_of("fft", op, (1, 1, length))["spectrum"].multiplies == 4 * products


def test_readings_of_a_transposed_convolution() -> None:
    """The textbook's: 8 to 12 channels, 4x4 at stride 2, 16x16 to 32x32; and 2x2 by 3x3."""
    op = built("conv_transpose", out_channels=12, kernel_size=4, stride=2, padding=1)
    assert steps_of("scatter", op, (1, 8, 16, 16))["products"].multiplies == 393216
    assert steps_of("zero_insertion", op, (1, 8, 16, 16))["products"].multiplies == 1572864
    for stride, length, inserted in ((1, 4, 6 * 6), (2, 5, 7 * 7)):  # a zero between at stride 2
        op = built("conv_transpose", kernel_size=3, stride=stride)
        assert op.output((1, 1, 2, 2)) == (1, 1, length, length)
        assert steps_of("scatter", op, (1, 1, 2, 2))["products"].multiplies == 4 * 9
        zeros = steps_of("zero_insertion", op, (1, 1, 2, 2))
        assert zeros["zeros"].elements == inserted
        assert zeros["products"].multiplies == length * length * 9
        assert steps_of("matrix_transposed", op, (1, 1, 2, 2))["matrix"].elements == 4 * length**2


# The matrix


def test_the_matrix_of_the_textbook() -> None:
    """4x4 by 3x3: C is 4x16, and C^T of the same filter is what the transposed layer multiplies."""
    weight = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    x = filled((1, 1, 4, 4), seed=1)
    fields: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1)}
    c, forth = ALGORITHMS["matrix"](Plain(), x, weight=weight, groups=1, **fields)
    first = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0]
    assert c.array[0].tolist() == [np.roll(first, by).tolist() for by in (0, 1, 4, 5)]
    y = filled((1, 1, 2, 2), seed=2)
    fields["output_padding"] = (0, 0)
    back_c, back = ALGORITHMS["matrix_transposed"](Plain(), y, weight=weight, groups=1, **fields)
    np.testing.assert_array_equal(back_c.array[0], c.array[0].T)
    assert np.vdot(forth.array, y) == pytest.approx(np.vdot(x, back.array), rel=1e-12)
    # not its inverse
    assert float(np.abs(c.array[0].T @ c.array[0] - np.eye(16)).max()) > 1


# What is wrong is seen


@pytest.mark.parametrize("algorithm", EVERY, ids=lambda algorithm: algorithm.key)
def test_steps_done_once_need_no_input(algorithm: Algorithm[Any]) -> None:
    """And come first; what they make is the same for any input."""
    name = "conv" if algorithm in CONV else "conv_transpose"
    extra = {} if name == "conv" else {"output_padding": (0, 0)}
    fields = {"stride": (1, 1), "padding": ((1, 1), (0, 2)), "dilation": (1, 1), "groups": 2}
    weight, bias = filled((4, 2, 3, 3), seed=3), filled((4,), seed=4)
    made: list[list[tuple[str, bool, Array]]] = []
    for seed in (5, 6):
        x = filled((2, 4, 5, 6), seed=seed)
        ran = ALGORITHMS[algorithm.key](Plain(), x, weight=weight, bias=bias, **fields, **extra)
        made.append([(step.step, step.once, step.array) for step in ran])
    once = [flag for _, flag, _ in made[0]]
    assert once == sorted(once, reverse=True)
    assert not once[-1]
    for (name, flag, a), (_, _, b) in zip(*made, strict=True):
        assert np.array_equal(a, b) == flag, name
