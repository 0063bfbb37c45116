"""Paddings that are words, borders that are not of zeros, and sizes that are the input's own."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from spec_support import layer, layers, mistakes, names, network, output_shape, params

from convcost.execution.forward import execute, seeded
from convcost.executor.namespace import Plain

if TYPE_CHECKING:
    from convcost.executor.namespace import Array
    from convcost.network import Network

OF_WINDOWS = {
    "conv": "out_channels: 2,",
    "locally_connected": "out_channels: 2,",
    "max_pool": "",
    "avg_pool": "",
    "lp_pool": "norm_type: 2,",
}


@pytest.mark.parametrize("op", OF_WINDOWS)
@pytest.mark.parametrize("padding", ["same", "causal"])
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation"),
    [(41, 3, 2, 1), (7, 4, 3, 1), (9, 2, 1, 3), (5, 1, 2, 1)],
)
def test_windows_are_as_many_as_strides(
    op: str, padding: str, size: int, kernel: int, stride: int, dilation: int
) -> None:
    """`ceil(size / stride)` of them; those of `causal` read no position after their own, which is
    tried by changing what comes after."""
    net = layers(
        f"  - {{op: {op}, {OF_WINDOWS[op]} kernel_size: {kernel}, stride: {stride}, "
        f"dilation: {dilation}, padding: {padding}}}\n",
        f"[2, {size}]",
    )
    units = ceil(size / stride)
    assert output_shape(net) == (2, units)
    x = np.random.default_rng(0).normal(size=(1, 2, size))
    before = run(net, x)
    for unit in range(units if padding == "causal" else 0):
        changed = x.copy()
        changed[:, :, unit * stride + 1 :] += 9
        np.testing.assert_array_equal(run(net, changed)[:, :, : unit + 1], before[:, :, : unit + 1])
        changed = x.copy()
        changed[:, :, unit * stride] += 9
        assert (run(net, changed)[:, :, unit] != before[:, :, unit]).any()


def run(net: Network, x: Array) -> Array:
    """Return the output of a network for its input."""
    (made,) = execute(net, {"input": x}, seeded(0, np.float64), Plain()).values()
    return made


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"),
    [(4, 2, 1), (3, 2, 1), (2, 3, 1), (3, 1, 2), (5, 4, 1), (1, 2, 1)],
)
@pytest.mark.parametrize("padding", ["same", "causal"])
def test_a_transposed_window_makes_stride_times_as_many(
    padding: str, kernel: int, stride: int, dilation: int
) -> None:
    """As Keras has it: `size * stride`. The transpose of the convolution with `same`, read
    backwards: the input that reaches a unit is one that this unit's window would hold."""
    entry = (
        f"  - {{op: conv_transpose, out_channels: 1, kernel_size: {kernel}, stride: {stride}, "
        f"dilation: {dilation}, padding: {padding}}}\n"
    )
    net = layers(entry, "[1, 5]")
    assert output_shape(net) == (1, 5 * stride)
    x = np.random.default_rng(0).normal(size=(1, 1, 5))
    before = run(net, x)
    span = dilation * (kernel - 1) + 1
    cropped = max(0, span - stride)
    first = 0 if padding == "causal" else -(cropped // 2)
    for position in range(5):
        changed = x.copy()
        changed[0, 0, position] += 1
        moved = {int(p) for p in np.flatnonzero((run(net, changed) != before)[0, 0])}
        start = position * stride + first
        reached = {start + tap * dilation for tap in range(kernel)}
        assert moved == {p for p in reached if 0 <= p < 5 * stride}


def test_pools_of_papers() -> None:
    """41 to 21 and 383 to 192, as TensorFlow has it."""
    for channels, size, out in ((64, 41, 21), (3, 383, 192)):
        net = layers(
            "  - {op: max_pool, kernel_size: 3, stride: 2, padding: same}\n",
            f"[{channels}, {size}, {size}]",
        )
        assert output_shape(net) == (channels, out, out)


def test_a_pool_may_hang_over_the_end_and_leave_padding_out() -> None:
    """A control: it was right before there were words."""
    net = layers(
        "  - {op: avg_pool, kernel_size: 3, stride: 2, ceil_mode: true, "
        "count_include_pad: false}\n",
        "[1, 4]",
    )
    assert output_shape(net) == (1, 2)


def test_columns_of_windows_with_words() -> None:
    net = layers("  - {op: unfold, kernel_size: 3, stride: 2, padding: same}\n")
    assert output_shape(net) == (27, 16)
    assert output_shape(layers("  - {op: unfold, kernel_size: 3}\n")) == (27, 36)


@pytest.mark.parametrize(
    ("mode", "numpys"), [("circular", "wrap"), ("reflect", "reflect"), ("replicate", "edge")]
)
@pytest.mark.parametrize("padding", ["1", "[[2, 1], [0, 2]]", "same"])
def test_a_border_may_go_on_with_the_map(mode: str, numpys: Any, padding: str) -> None:
    """PyTorch's `padding_mode`: the map with the border, then an unpadded convolution."""
    widths = {"1": [(1, 1)] * 2, "same": [(1, 1)] * 2}.get(padding, [(2, 1), (0, 2)])
    net = layers(
        f"  - {{op: conv, out_channels: 4, kernel_size: 3, padding: {padding}, "
        f"padding_mode: {mode}}}\n"
    )
    assert names(net) == ["conv1.pad", "conv1"]
    x = np.random.default_rng(0).normal(size=(1, 3, 8, 8))
    bare = layers(
        "  - {op: conv, out_channels: 4, kernel_size: 3}\n",
        f"[3, {8 + sum(widths[0])}, {8 + sum(widths[1])}]",
    )
    padded = np.pad(x, [(0, 0), (0, 0), *widths], mode=numpys)
    np.testing.assert_allclose(run(net, x), run(bare, padded))
    assert params(net) == 112
    conv = layer(net, "conv1")
    assert conv.op.macs_in_bounds(*conv.input_shapes) == conv.op.macs(*conv.input_shapes)


def test_an_ordinary_border_is_no_layer() -> None:
    net = layers("""
  - {op: max_pool, kernel_size: 3, padding: 1, padding_mode: zeros}
  - {op: avg_pool, kernel_size: 3, padding: 1, padding_mode: reflect}
  - {op: conv, name: r, repeat: 2, share: true, out_channels: 3, kernel_size: 3, padding: same,
     padding_mode: circular}
""")
    assert names(net) == [
        "max_pool1",
        "avg_pool1.pad",
        "avg_pool1",
        "r.0.pad",
        "r.0",
        "r.1.pad",
        "r.1",
    ]
    assert params(net) == 84


def test_borders_that_are_refused() -> None:
    error = mistakes("""\
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 3, kernel_size: 3, padding: 1, padding_mode: wrap}
  - {op: conv, from: input, out_channels: 3, kernel_size: 9, padding: 8, padding_mode: reflect}
  - {op: conv_transpose, from: input, out_channels: 3, kernel_size: 3, padding_mode: reflect}
  - {op: max_pool, from: input, kernel_size: 0, padding: same}
""")
    assert [problem.message for problem in error.problems] == [
        "unknown name `wrap`",
        "layer 'conv2.pad': a reflected border (8) must be smaller than the axis (8)",
        "op `conv_transpose` has no field `padding_mode`",
        "layer 'max_pool1': kernel_size is 0, which is below 1",
    ]


def test_null_is_the_size_of_the_input() -> None:
    net = network("""
input: [3, 224, 200]
layers:
  - {op: adaptive_avg_pool, output_size: [null, 1]}
  - {op: upsample, size: [~, 7]}
  - {op: adaptive_max_pool, output_size: [7, null]}
""")
    assert [one.outputs[0].sample_shape for one in net.layers] == [
        (3, 224, 1),
        (3, 224, 7),
        (3, 7, 7),
    ]
    error = mistakes("""
input: [3, 8, 8]
layers:
  - {op: adaptive_avg_pool, output_size: [null, 1, 1]}
  - {op: conv, out_channels: 1, kernel_size: [null, 1]}
""")
    assert [problem.message for problem in error.problems] == [
        "layer 'adaptive_avg_pool1': output_size has 3 values, and the input has 2 spatial axes",
        "layer 'conv1': kernel_size is null, and a whole number is wanted",
    ]


def test_channels_may_be_padded() -> None:
    """As the shortcut of a ResNet without projection: zeros for channels that are new."""
    net = layers("  - {op: pad, padding: [[8, 8], [0, 0], [0, 0]]}\n", "[16, 8, 8]")
    assert output_shape(net) == (32, 8, 8)
    x = np.random.default_rng(0).normal(size=(1, 16, 8, 8))
    np.testing.assert_array_equal(run(net, x), np.pad(x, [(0, 0), (8, 8), (0, 0), (0, 0)]))
    net = layers("  - {op: pad, padding: [[0, 1], [1, 1], [0, 2]], mode: circular}\n", "[3, 4, 4]")
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 4))
    wrapped = np.pad(x, [(0, 0), (0, 1), (1, 1), (0, 2)], mode="wrap")
    np.testing.assert_array_equal(run(net, x), wrapped)


def test_axes_from_the_end() -> None:
    net = layers("""
  - {op: softmax, dim: -1}
  - {op: concat, from: [input, input], dim: -1}
""")
    assert output_shape(net) == (3, 8, 16)


def test_what_was_pooled_goes_back_where_it_was() -> None:
    net = layers("""
  - {op: max_pool, name: p, kernel_size: 2, return_indices: true}
  - {op: max_unpool, from: p, kernel_size: 2}
""", "[8, 16, 16]")  # fmt: skip
    assert output_shape(net) == (8, 16, 16)
    x = np.random.default_rng(0).normal(size=(1, 8, 16, 16))
    blocks = x.reshape(1, 8, 8, 2, 8, 2)
    largest = blocks == blocks.max(axis=(3, 5), keepdims=True)
    np.testing.assert_array_equal(run(net, x), (blocks * largest).reshape(x.shape))
    error = mistakes("""\
input: [8, 16, 16]
layers:
  - {op: max_pool, name: p, kernel_size: 2}
  - {op: max_unpool, from: p, kernel_size: 2}
""")
    (problem,) = error.problems
    assert problem.notes == (
        "its inputs are `x` and `positions`",
        "`return_indices: true` makes positions the second output of a max_pool, and `from:` with "
        "its name then means both",
    )
