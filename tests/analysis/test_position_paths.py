"""Maps of paths against execution: with one channel, weights of one and an impulse at a position,
what comes out at a unit is the number of paths between them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.analysis.rf.position_paths import MOST_POSITIONS, NoMap, local_paths, unit_paths
from convcost.applied import BrokenCondition
from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.network import Network
from convcost.ops import op_class
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import convcost
    from convcost.tensor import Weight

    Parsed = Callable[..., convcost.Network]

Made = tuple[str, dict[str, Any]]
small = st.integers(1, 3)
windows = st.fixed_dictionaries(
    {
        "kernel_size": st.tuples(small, small),
        "stride": st.tuples(st.integers(1, 2), st.integers(1, 2)),
        "dilation": st.tuples(small, small),
        "padding": st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    }
)
IDENTITY: Made = ("identity", {})
made: st.SearchStrategy[Made] = st.one_of(
    windows.map(lambda fields: ("conv", fields | {"out_channels": 1, "bias": False, "groups": 1})),
    st.tuples(small, st.integers(1, 2), st.integers(0, 1)).map(
        lambda f: (
            "conv_transpose",
            {
                "out_channels": 1,
                "kernel_size": (f[0], 2),
                "stride": (f[1], 1),
                "padding": ((0, 0), (f[2], 0)),
                "output_padding": (0, 0),
                "dilation": (1, 1),
                "groups": 1,
                "bias": False,
            },
        )
    ),
    st.just(("sum", {"dim": (2, 3), "keepdim": True})),
    st.just(IDENTITY),
)
graphs = st.lists(st.tuples(made, st.integers(0, 5), st.booleans()), min_size=1, max_size=5)


def built(layers: Sequence[tuple[Made, int, bool]], size: tuple[int, int]) -> Network:
    """A network whose layers read any tensor before them; a flag adds their input to them, where
    the shapes allow it."""
    network = Network("random")
    x = network.inputs["x"] = Tensor("x", (size[0] * size[1], 1, *size))
    tensors = [x]
    for number, ((name, fields), source, joins) in enumerate(layers):
        before = tensors[-1 - source % len(tensors)]
        try:
            after = network.add(f"l{number}", op_class(name)(**fields), [before]).outputs[0]
        except BrokenCondition:
            continue
        if 0 in after.shape:
            network.layers.pop()
            continue
        if joins:
            try:
                added = network.add(f"a{number}", op_class("add")(), [after, before])
                after = added.outputs[0]
            except BrokenCondition:
                pass
        tensors.append(after)
    network.outputs["y"] = tensors[-1]
    return network


def executed(network: Network) -> Any:
    """Outputs for an impulse at each position of the input: ``[positions, *output]``."""
    (x,), (name,) = network.inputs.values(), network.inputs
    impulses = np.eye(x.shape[0]).reshape(x.shape)

    def ones(weight: Weight) -> Any:
        return np.ones(weight.shape)

    return execute(network, {name: impulses}, ones, Plain())["y"][:, 0]


@settings(max_examples=150)
@given(graphs, st.tuples(st.integers(1, 7), st.integers(1, 7)), st.data())
def test_paths_are_what_an_impulse_becomes(
    layers: list[tuple[Made, int, bool]], size: tuple[int, int], data: st.DataObject
):
    network = built(layers, size)
    target = network.outputs["y"]
    counts = executed(network)
    unit = [data.draw(st.integers(0, length - 1)) for length in target.shape[2:]]
    found = unit_paths(network, target, [0, 0, *unit], "x", (2, 3))
    expected = counts[:, unit[0], unit[1]].reshape(size)
    whole = np.zeros(size)
    if found.counts:
        (top, left), (height, width) = found.starts, found.sizes
        whole[top : top + height, left : left + width] = found.counts
        assert any(found.counts[0])
        assert any(found.counts[-1])
    np.testing.assert_array_equal(whole, expected)
    assert found.paths == expected.sum()
    assert found.most == expected.max()
    assert found.touched == np.count_nonzero(expected)
    assert found.holes == found.positions - found.touched


def test_counts_are_exact_beyond_floats(parsed: Parsed):
    layers = ", ".join(["{op: conv, out_channels: 1, kernel_size: 3, padding: 1}"] * 60)
    network = parsed(f"{{input: [1, 200], layers: [{layers}]}}")
    found = unit_paths(network, network.layers[-1].outputs[0], [0, 0, 100], "input", (2,))
    row = [1]
    for _ in range(60):  # trinomial coefficients
        row = [sum(row[max(0, i - 2) : i + 1]) for i in range(len(row) + 2)]
    assert found.counts == [row]
    assert found.paths == 3**60
    assert (found.starts, found.sizes) == ((40,), (121,))


def test_local_paths_are_unclipped_and_leave_out_what_is_read_as_a_whole(parsed: Parsed):
    network = parsed("""
        input: [1, 4, 4]
        layers:
          - {op: conv, name: wide, out_channels: 1, kernel_size: 3, dilation: 3, padding: 3}
          - {op: global_avg_pool, name: all}
          - {op: multiply, name: gated, from: [wide, all]}
    """)
    target = network.outputs["gated"]
    source = network.inputs["input"]
    found = local_paths(network, target, [0, 0, 1, 2], source, (2, 3))
    assert (found.starts, found.sizes) == ((-2, -1), (7, 7))
    lattice = [[int(y % 3 == x % 3 == 0) for x in range(7)] for y in range(7)]
    assert found.counts == lattice
    clipped = unit_paths(network, target, [0, 0, 1, 2], "input", (2, 3))
    assert clipped.touched == 16


def test_each_unit_that_reads_all_is_a_path_of_its_own(parsed: Parsed):
    """A normalised position reads its whole map, so three of them read it three times."""
    network = parsed("""
        input: [1, 6]
        layers:
          - instance_norm
          - {op: conv, out_channels: 1, kernel_size: 3}
    """)
    found = unit_paths(network, network.layers[-1].outputs[0], [0, 0, 1], "input", (2,))
    assert found.counts == [[3] * 6]


@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("kernel", [(3, 3), (5, 1), (1, 4)])
def test_half_of_the_paths_end_in_the_box(parsed: Parsed, kernel: tuple[int, int], depth: int):
    stack = [f"{{op: conv, out_channels: 1, kernel_size: {list(kernel)}}}"] * depth
    network = parsed(f"{{input: [1, 40, 40], layers: [{', '.join(stack)}]}}")
    found = unit_paths(network, network.layers[-1].outputs[0], [0, 0, 3, 4], "input", (2, 3))
    counts = np.array(found.counts)
    height, width = found.half()

    def inside(border: int) -> int:
        rows, columns = (
            slice(min(border, (n - 1) // 2), n - min(border, (n - 1) // 2)) for n in counts.shape
        )
        return int(counts[rows, columns].sum())

    borders = range((max(counts.shape) + 1) // 2)
    most = max(border for border in borders if 2 * inside(border) >= counts.sum())
    expected = [n - 2 * min(most, (n - 1) // 2) for n in counts.shape]
    assert [height, width] == expected


def test_axes_may_be_any_two_of_three(parsed: Parsed):
    network = parsed("""
        input: [1, 9, 9, 9]
        layers:
          - {op: conv, out_channels: 1, kernel_size: [2, 3, 1], dilation: [4, 1, 1]}
    """)
    target = network.layers[-1].outputs[0]
    maps = {
        axes: unit_paths(network, target, [0, 0, 1, 1, 1], "input", axes).counts
        for axes in product((2, 3, 4), repeat=2)
        if axes[0] != axes[1]
    }
    assert maps[2, 3] == [[1, 1, 1], *[[0, 0, 0]] * 3, [1, 1, 1]]
    assert maps[3, 4] == [[1], [1], [1]]
    assert maps[4, 2] == [[1, 0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ("[flatten]", "`flatten` merges axes, so its units lie on no axis any more"),
        (
            "[{op: transpose, name: turned, dims: [0, 1, 3, 2]},"
            " {op: add, name: crossed, from: [input, turned]}]",
            "`crossed` joins axes crosswise",
        ),
        (
            "[{op: parameter, name: learned, shape: [1, 4, 4]}]",
            "`learned` reads nothing of `input`",
        ),
        (
            "[{op: cumsum, name: long, dim: 2}]",
            "what `long` reads is not followed position by position",
        ),
    ],
)
def test_what_has_no_map_says_why(parsed: Parsed, layers: str, says: str):
    network = parsed(f"{{input: [1, 4, 4], layers: {layers}}}")
    target = network.layers[-1].outputs[0]
    with pytest.raises(NoMap) as refused:
        unit_paths(network, target, [0] * len(target.shape), "input", (2, 3))
    assert str(refused.value) == says


def test_axes_of_one_position_may_be_merged(parsed: Parsed):
    """Nothing is lost: the one unit along them reads what it did."""
    network = parsed("""
        input: [1, 4, 5]
        layers:
          - {op: conv, out_channels: 2, kernel_size: [4, 5], dilation: 1}
          - flatten
          - {op: linear, out_features: 3}
    """)
    target = network.layers[-1].outputs[0]
    found = unit_paths(network, target, [0, 1], "input", (2, 3))
    assert found.sizes == (4, 5)
    assert found.touched == 4 * 5


def test_large_maps_are_refused_before_they_are_made(parsed: Parsed):
    network = parsed("""
        input: [1, 100000, 100000]
        layers: [{op: max_pool, kernel_size: 2000}]
    """)
    with pytest.raises(NoMap) as refused:
        unit_paths(network, network.layers[-1].outputs[0], [0, 0, 1, 1], "input", (2, 3))
    assert str(refused.value) == f"its map would have more than {MOST_POSITIONS:,} positions"
