"""Algorithms of a layer: what each step does is counted, and is what its formulas say; the outputs
are those of the kernels, which onnxruntime and SciPy confirm."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from layers import Layer, convs, few, run, seeds, some, transposed_convs

from convcost.analysis.algorithms import CONV, CONV_TRANSPOSE, Algorithm, Step, algorithms
from convcost.executor.algorithms import ALGORITHMS
from convcost.executor.namespace import Array as Numbers
from convcost.executor.namespace import Counting
from convcost.executor.tally import Scalars, Tally
from convcost.ops.conv import Conv
from convcost.ops.conv_transpose import ConvTranspose

EVERY = [*CONV, *CONV_TRANSPOSE]


def op_of(layer: Layer) -> Conv | ConvTranspose:
    """The op whose formulas are asked."""
    kernel, fields = layer.weight[2:], dict(layer.fields)
    bias = layer.bias is not None
    if "output_padding" in fields:
        filters = layer.weight[1] * fields["groups"]
        return ConvTranspose(out_channels=filters, kernel_size=kernel, bias=bias, **fields)
    return Conv(out_channels=layer.weight[0], kernel_size=kernel, bias=bias, **fields)


def applies(algorithm: Algorithm[Any], op: Any, x: tuple[int, ...]) -> bool:
    return all(must.margin >= 0 for must in algorithm.conditions(op, x))


def counted(key: str, layer: Layer, dtype: type = np.float64) -> tuple[list[Step], Numbers]:
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


def by_scalars(key: str, layer: Layer) -> tuple[list[Step], Numbers]:
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
    if op_of(layer).macs(layer.x) < 2000:
        check(layer, tallied=True)
