"""Claims of findings, confirmed by code that knows nothing of them: the executor, NaNs, plain
loops."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_support import codes, examples, findings, layer, layers, network

from convcost.analysis.rf.positions_read import positions_read
from convcost.execution.forward import execute, seeded, seeded_inputs
from convcost.execution.transform import rebuilt
from convcost.executor.namespace import Plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.namespace import Array
    from convcost.network import Network
    from convcost.tensor import Weight


def ran(net: Network, x: Array, arrays: Callable[[Weight], Array] | None = None) -> Array:
    (y,) = execute(net, {"input": x}, arrays or seeded(0, np.float64), Plain()).values()
    return y


def drawn(net: Network, seed: int = 0) -> Array:
    return seeded_inputs(net, seed)["input"].astype(np.float64)


# CC101


def brute_positions(stack: list[tuple[int, int]]) -> set[int]:
    """Positions that the last unit of a stack of windows (taps, rate) reads, tap by tap."""
    read = {0}
    for taps, rate in stack:
        read = {position + tap * rate for position in read for tap in range(taps)}
    return read


STACKS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), min_size=1, max_size=5)


@given(STACKS)
@settings(max_examples=150, deadline=None)
def test_holes_are_those_of_plain_loops(stack: list[tuple[int, int]]):
    read = brute_positions(stack)
    text = layers(
        "\n".join(
            f"  - {{op: conv, out_channels: 8, kernel_size: {taps}, dilation: {rate}}}\n  - relu"
            for taps, rate in stack
        ),
        "[8, 128]",
    )
    dilated = sum(taps > 1 and rate > 1 for taps, rate in stack)
    holes = max(read) + 1 - len(read)
    said = [f for f in findings(text) if f.code == "CC101"]
    assert bool(said) == (dilated >= 2 and holes > 0)
    if said:
        assert f"reads {len(read)} of the {max(read) + 1} positions" in said[0].message


def holes(stack: list[tuple[int, int]]) -> int:
    read = brute_positions(stack)
    return max(read) + 1 - len(read)


def test_the_papers_stacks():
    # Wang et al., arXiv 1702.08502: 2, 2, 2 and 2, 4, 6 grid, 1, 2, 5 does not; 1, 2, 9 has holes
    for rates, holed in (
        ((2, 2, 2), True),
        ((2, 4, 6), True),
        ((1, 2, 5), False),
        ((1, 2, 9), True),
    ):
        assert bool(holes([(3, rate) for rate in rates])) == holed
        text = layers(
            "\n".join(
                f"  - {{op: conv, out_channels: 64, kernel_size: 3, dilation: {r}, padding: {r}}}\n"
                "  - relu"
                for r in rates
            )
        )
        assert codes(text) == (["CC101"] if holed else [])


# CC102


@pytest.mark.parametrize(("kernel", "stride"), [*product(range(1, 8), range(1, 5))])
def test_units_sum_unevenly_where_a_checkerboard_is_found(kernel: int, stride: int):
    text = layers(
        f"  - {{op: conv_transpose, out_channels: 8, kernel_size: {kernel}, stride: {stride}}}",
        "[8, 12]",
    )
    net = network(text)
    y = ran(net, np.ones((1, 8, 12)), lambda w: np.ones(w.shape) * (w.name[-6:] == "weight"))
    inner = y[0, 0, kernel : y.shape[2] - kernel]
    assert bool(len(set(inner.tolist())) > 1) == ("CC102" in codes(text))
    if "CC102" in codes(text):
        (finding,) = findings(text)
        fewest, most = sorted({int(v) // 8 for v in inner})
        assert f"units read {fewest} or {most} inputs" in finding.message


# CC103, CC104


@pytest.mark.parametrize(
    ("op", "kernel", "stride", "padding", "size"),
    [
        *product(["max_pool"], (2, 3), (2, 3), (0, 1), (12, 13, 14)),
        *product(["conv"], (3, 5), (2, 4), (0, 1, 2), (15, 16, 17)),
    ],
)
def test_what_is_never_read_may_be_anything(
    op: str, kernel: int, stride: int, padding: int, size: int
):
    channels = "out_channels: 8, " if op == "conv" else ""
    text = layers(
        f"  - {{op: {op}, {channels}kernel_size: {kernel}, stride: {stride}, padding: {padding}}}",
        f"[8, {size}]",
    )
    net = network(text)
    unread = 0
    while True:  # NaNs from the end on, until one is read
        x = drawn(net)
        x[:, :, size - unread - 1 :] = np.nan
        if np.isnan(ran(net, x)).any():
            break
        unread += 1
    said = [f for f in findings(text) if f.code in ("CC103", "CC104")]
    if kernel >= stride:
        assert bool(said) == bool(unread)
    if said and said[0].code == "CC103":
        assert f"the last {unread} of {size} positions" in said[0].message
        shorter = layers(text.partition("layers:\n")[2], f"[8, {size - unread}]")
        assert next(iter(network(shorter).outputs.values())).shape == (
            next(iter(net.outputs.values())).shape
        )


@pytest.mark.parametrize(
    ("kernel", "stride", "size"), [(1, 2, 16), (1, 2, 15), (1, 3, 10), (2, 3, 12)]
)
def test_the_share_that_is_skipped(kernel: int, stride: int, size: int):
    text = layers(
        f"  - {{op: conv, out_channels: 8, kernel_size: {kernel}, stride: {stride}}}",
        f"[8, {size}, {size}]",
    )
    net = network(text)
    read = 0
    for row, column in product(range(size), repeat=2):
        x = np.zeros((1, 8, size, size))
        x[:, :, row, column] = np.nan
        read += bool(np.isnan(ran(net, x)).any())
    (finding,) = findings(text)
    assert finding.code == "CC104"
    skipped = 100 * (size * size - read) / (size * size)
    assert f"skips {skipped:.3g} % of its input" in finding.message


# CC105


def sees_all(net: Network, name: str) -> bool:
    """Whether each unit that a layer reads sees the whole input, unit by unit."""
    tensor = layer(net, name).inputs[0]
    size = net.inputs["input"].shape[2]
    units = [{2: unit} for unit in range(tensor.shape[2])]
    return all(positions_read(net, tensor, unit)["input", 2] == set(range(size)) for unit in units)


@pytest.mark.parametrize(
    ("size", "kernel", "before"), [*product((5, 9, 16, 20), (3, 5), (0, 1, 2))]
)
def test_the_first_layer_that_adds_no_context(size: int, kernel: int, before: int):
    depth = 12
    text = layers(
        f"  - {{op: conv, name: deep, repeat: {depth}, out_channels: 8, kernel_size: {kernel}, "
        f"padding: [[{before}, {kernel - 1 - before}]]}}",
        f"[8, {size}]",
    )
    net = network(text)
    full = [i for i in range(depth) if sees_all(net, f"deep.{i}")]
    said = [f for f in findings(text) if f.code == "CC105"]
    assert [f.layer for f in said] == [f"deep.{i}" for i in full[:1]]


# CC106


@pytest.mark.parametrize(
    ("rate", "padding", "stride", "size"),
    [(12, 12, 1, 8), (6, 6, 1, 8), (1, 1, 2, 2), (1, 1, 1, 1)],
)
def test_weights_of_dead_taps_change_nothing(rate: int, padding: int, stride: int, size: int):
    text = layers(
        f"  - {{op: conv, out_channels: 8, kernel_size: 3, dilation: {rate}, padding: {padding}, "
        f"stride: {stride}, bias: false}}",
        f"[8, {size}, {size}]",
    )
    net = network(text)
    x = drawn(net)
    dead = 0
    for row, column in product(range(3), repeat=2):

        def arrays(weight: Weight, row: int = row, column: int = column) -> Array:
            array = np.zeros(weight.shape)
            array[:, :, row, column] = 1 + np.abs(seeded(0)(weight)[:, :, row, column])
            return array

        dead += not ran(net, x, arrays).any()
    said = [f for f in findings(text) if f.code == "CC106"]
    assert bool(said) == bool(dead)
    if said:
        assert said[0].message.startswith(f"{dead} of its 9 taps ")
        assert f"{dead * 64:,} of its {9 * 64:,} params" in said[0].message


# CC201


def test_a_bias_before_batch_norm_is_another_running_mean():
    bad, good = (network(text) for text in examples("CC201"))
    draw = seeded(0, np.float64)
    bias = draw(layer(bad, "conv1").weights["bias"])

    def without(weight: Weight) -> Array:
        return draw(weight) - bias if weight.name.endswith("running_mean") else draw(weight)

    x = drawn(bad)
    np.testing.assert_allclose(ran(bad, x), ran(good, x, without), atol=1e-12)


def test_a_bias_before_batch_norm_cancels_where_means_are_those_of_the_batch():
    bad, good = (network(text.replace("  - relu\n", "")) for text in examples("CC201"))
    outputs: list[Array] = []
    for net in (bad, good):
        conv = rebuilt(net, layers=net.edges.upstream(layer(net, "conv1").outputs[0]))
        made = ran(conv, drawn(net))
        means = made.mean(axis=(0, 2, 3))

        def arrays(weight: Weight, means: Array = means) -> Array:
            drawn_ = seeded(0, np.float64)(weight)
            return means if weight.name.endswith("running_mean") else drawn_

        outputs.append(ran(net, drawn(net), arrays))
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-12)


@pytest.mark.parametrize(
    ("norm", "cancels"),
    [
        ("instance_norm", True),
        ("{op: group_norm, num_groups: 8}", True),
        ("{op: group_norm, num_groups: 4}", False),
        ("layer_norm", False),
        ("relu", False),
    ],
)
def test_which_norms_take_a_bias_away(norm: str, cancels: bool):
    text = layers(f"  - {{op: conv, out_channels: 8, kernel_size: 3}}\n  - {norm}", "[8, 12, 12]")
    net = network(text)

    def arrays(weight: Weight) -> Array:
        return seeded(0, np.float64)(weight) * (weight.name != "conv.bias")

    x = drawn(net)
    same = np.allclose(ran(net, x), ran(net, x, arrays), atol=1e-9)
    assert same == cancels == ("CC201" in codes(text))


# CC202


def test_what_is_dead_can_go():
    text = layers(
        "  - {op: conv, name: stem, out_channels: 64, kernel_size: 3, padding: 1}\n"
        "  - {op: conv, name: lost, out_channels: 32, kernel_size: 3}\n"
        "  - {op: batch_norm, name: lost_too}\n"
        "  - {op: conv, name: kept, from: stem, out_channels: 8, kernel_size: 1}\n"
    )
    net = network(text)
    (output,) = net.outputs.values()
    part = rebuilt(net, layers=net.edges.upstream(output))
    x = drawn(net)
    np.testing.assert_array_equal(ran(net, x), ran(part, x))
    gone = {layer.name for layer in net.layers} - {layer.name for layer in part.layers}
    finding = next(f for f in findings(text) if f.code == "CC202")
    assert gone == {"lost", "lost_too"}
    assert finding.layer == "lost_too"
    assert finding.message == (
        "no output of the network needs this layer and 1 layer that only it needs: 18,528 params "
        "and 16,588,800 MACs for nothing"
    )


# CC203


def test_a_linear_pair_is_one_convolution():
    bad, _ = examples("CC203")
    net = network(bad.replace("kernel_size: 1}", "kernel_size: 1, bias: false}"))
    draw = seeded(0, np.float64)

    def arrays(weight: Weight) -> Array:
        return draw(weight) * (not weight.name.endswith("bias"))

    # the answer to a single one in each channel is the one kernel, turned round
    kernels: list[Array] = []
    for channel in range(64):
        x = np.zeros((1, 64, 32, 32))
        x[0, channel, 16, 16] = 1
        y = ran(net, x, arrays)[0]
        kernels.append(y[:, 15:18, 15:18][:, ::-1, ::-1].copy())
        y[:, 15:18, 15:18] = 0
        assert not y.any()
    merged = np.stack(kernels, axis=1)
    one = network(
        layers("  - {op: conv, out_channels: 64, kernel_size: 3, padding: 1, bias: false}")
    )
    x = drawn(net)
    np.testing.assert_allclose(ran(net, x, arrays), ran(one, x, lambda _: merged), atol=1e-9)
    (finding,) = findings(bad)
    said = re.search(r"with ([\d,]+) weights for", finding.message)
    assert said
    assert int(said[1].replace(",", "")) == merged.size


# CC303


def test_groups_that_never_mix():
    bad, good = (network(text) for text in examples("CC303"))
    for net, mixed in ((bad, False), (good, True)):
        x = np.abs(drawn(net))
        x[:, :16] = np.nan  # the first of 4 groups
        y = ran(net, x)
        assert bool(np.isnan(y[:, 16:]).any()) == mixed


# CC401


def test_a_linear_layer_along_a_map_never_mixes_channels():
    net = network(
        examples("CC401")[0].replace(
            "  - {op: conv, out_channels: 64, kernel_size: 3, padding: 1}\n  - relu\n", ""
        )
    )
    x = drawn(net)
    x[:, 0] = np.nan
    y = ran(net, x)
    assert np.isnan(y[:, 0]).all()
    assert not np.isnan(y[:, 1:]).any()
