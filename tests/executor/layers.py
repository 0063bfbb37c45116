"""Random layers for the kernels, and what every test of them does: run, fill, compare."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Plain

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]

few = settings(max_examples=60, deadline=None)
some = settings(max_examples=120, deadline=None)

# Rounding of sums around 1 of up to a few thousand products, in any order.
TOLERANCES = {
    np.dtype(np.float32): 1e-5,
    np.dtype(np.float64): 1e-12,
    np.dtype(np.complex128): 1e-12,
}


def agree(
    ours: Array, theirs: Array, *, dtype: type[Any] | None = None, within: float = 1.0
) -> None:
    """Same shape, and the same numbers up to rounding in ``dtype`` (that of ours), times
    ``within``; 0 asks for the very same."""
    assert ours.shape == theirs.shape
    assert dtype is None or ours.dtype == dtype
    tolerance = TOLERANCES[ours.dtype] * within
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)


def run(name: str, *inputs: Array, **fields: Any) -> Array:
    """The only output of a kernel."""
    output = KERNELS[name](Plain(), *inputs, **fields)
    assert isinstance(output, np.ndarray)
    return output


class Layer(NamedTuple):
    """The drawn arguments of a kernel: shapes of arrays, and plain fields."""

    x: Shape
    weight: Shape
    bias: Shape | None
    fields: dict[str, Any]
    seed: int

    def arrays(self, dtype: type[Any]) -> tuple[Array, Array, Array | None]:
        """Input, weight and bias; weights so small that sums of products are around 1."""
        rng = np.random.default_rng(self.seed)
        x, weight = (rng.normal(size=shape) for shape in (self.x, self.weight))
        weight /= np.sqrt(weight[0].size)
        bias = None if self.bias is None else rng.normal(size=self.bias).astype(dtype)
        return x.astype(dtype), weight.astype(dtype), bias


seeds = st.integers(0, 2**32 - 1)
ranks = st.integers(1, 3)


def per_axis(each: st.SearchStrategy[Any], rank: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[each] * rank)


def pairs(most: int, rank: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    return per_axis(st.tuples(st.integers(0, most), st.integers(0, most)), rank)


def spans(kernel: Shape, dilation: Shape) -> list[int]:
    return [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]


@st.composite
def sizes_that_fit(
    draw: st.DrawFn, span: list[int], padding: tuple[tuple[int, int], ...], more: int
) -> Shape:
    """Axes on which a window fits into the padded input, with up to ``more`` positions left."""
    least = [max(1, s - before - after) for s, (before, after) in zip(span, padding, strict=True)]
    return tuple(n + draw(st.integers(0, more)) for n in least)


@st.composite
def convs(
    draw: st.DrawFn,
    *,
    same: bool = False,
    wide: bool = False,
    rank: st.SearchStrategy[int] = ranks,
) -> Layer:
    """A convolution; ``same``: so padded; ``wide``: many channels and positions, several rows of
    taps, and a stride along the last axis only: a product for each row of taps pays."""
    axes = draw(rank if not wide else st.integers(2, 3))
    groups = draw(st.integers(1, 2 if wide else 3))
    inner = draw(st.integers(33, 36) if wide else st.integers(1, 3))
    each = draw(st.integers(1, 3))
    kernel = draw(per_axis(st.integers(2 if wide else 1, 3), axes))
    stride = draw(per_axis(st.integers(1, 3), axes))
    if wide:
        stride = (*[1] * (axes - 1), stride[-1])
    dilation = draw(per_axis(st.integers(1, 3), axes))
    padding = draw(pairs(2, axes)) if not same else ((0, 0),) * axes
    span = [1] * axes if same else spans(kernel, dilation)
    size = draw(sizes_that_fit(span, padding, 5 if axes < 3 else 3))
    batch = draw(st.integers(1, 2))
    return Layer(
        (batch, groups * inner, *size),
        (groups * each, inner, *kernel),
        (groups * each,) if draw(st.booleans()) else None,
        {
            "stride": stride,
            "padding": "same" if same else padding,
            "dilation": dilation,
            "groups": groups,
        },
        draw(seeds),
    )


@st.composite
def transposed_convs(draw: st.DrawFn, *, rank: st.SearchStrategy[int] = ranks) -> Layer:
    """A transposed convolution whose ``output_padding`` is below stride or dilation."""
    axes = draw(rank)
    groups, inner, each = (draw(st.integers(1, 3)) for _ in range(3))
    kernel = draw(per_axis(st.integers(1, 3), axes))
    stride = draw(per_axis(st.integers(1, 3), axes))
    dilation = draw(per_axis(st.integers(1, 3), axes))
    extra = tuple(
        draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    size = draw(per_axis(st.integers(1, 5 if axes < 3 else 3), axes))
    padding: list[tuple[int, int]] = []
    for n, s, span, e in zip(size, stride, spans(kernel, dilation), extra, strict=True):
        whole = (n - 1) * s + span + e  # at least one position is left
        before = draw(st.integers(0, min(3, whole - 1)))
        padding.append((before, draw(st.integers(0, min(3, whole - 1 - before)))))
    batch = draw(st.integers(1, 2))
    return Layer(
        (batch, groups * inner, *size),
        (groups * inner, each, *kernel),
        (groups * each,) if draw(st.booleans()) else None,
        {
            "stride": stride,
            "padding": tuple(padding),
            "output_padding": extra,
            "dilation": dilation,
            "groups": groups,
        },
        draw(seeds),
    )


@st.composite
def pools(draw: st.DrawFn, *, means: bool = False) -> Layer:
    """A pooling layer no window of which lies beyond the input; of means, none whose taps all lie
    in the padding, as those of windows with holes may."""
    axes = draw(ranks)
    kernel = draw(per_axis(st.integers(1, 4), axes))
    padded = not means or draw(st.booleans())
    holes = not (means and padded)
    dilation = draw(per_axis(st.integers(1, 3), axes)) if holes else (1,) * axes
    ceil_mode = draw(st.booleans())
    padding: list[tuple[int, int]] = []
    for k, span in zip(kernel, spans(kernel, dilation), strict=True):
        # In ceil mode onnxruntime must be given the padding itself, and refuses more.
        most = k - 1 if ceil_mode else span - 1
        padding.append((draw(st.integers(0, most)), draw(st.integers(0, most))))
    padding = padding if padded else [(0, 0)] * axes
    size = draw(sizes_that_fit(spans(kernel, dilation), tuple(padding), 5 if axes < 3 else 3))
    fields = {
        "kernel_size": kernel,
        "stride": draw(st.none() | per_axis(st.integers(1, 4), axes)),
        "padding": tuple(padding),
        "ceil_mode": ceil_mode,
        "dilation": dilation,
    }
    of_largest = {"return_indices": False, "indices_of_all": False}
    fields |= {"count_include_pad": draw(st.booleans())} if means else of_largest
    x = (draw(st.integers(1, 2)), draw(st.integers(1, 3)), *size)
    return Layer(x, (), None, fields, draw(seeds))


@st.composite
def maps(draw: st.DrawFn, *, least: int = 1, most: int = 5, channels: int = 5) -> Shape:
    """The shape of a batch of maps of rank 1 to 3."""
    axes = draw(ranks)
    size = draw(per_axis(st.integers(least, most), axes))
    return (draw(st.integers(1, 2)), draw(st.integers(1, channels)), *size)


def filled(shape: Shape, seed: int, dtype: type[Any] = np.float64) -> Array:
    """Normally distributed numbers."""
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)
