"""Alternatives of a convolution: published figures, and properties that always hold."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import strategies
import yaml
from hypothesis import assume, given, settings

import convcost
from convcost.analysis.alternatives.replace import one_convolution
from convcost.analysis.alternatives.rows import Alternatives, alternatives, pick
from convcost.applied import BrokenCondition
from convcost.errors import ConvcostError
from convcost.execution.forward import execute, seeded
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain

if TYPE_CHECKING:
    from convcost.network import Network

DATA = Path(__file__).parent.parent / "data"
WORKED: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "worked_examples.yaml").read_text())


def of(x: tuple[int, ...], width: int | None = None, **fields: Any) -> Alternatives:
    """The alternatives of a convolution, which keeps the size and has no bias unless told."""
    written = {"padding": "same", "bias": False, **fields}
    network = one_convolution((1, *x), written, "float32")
    return alternatives(network, pick(network, None), width=width)


def counts(found: Alternatives, metric: str) -> dict[str, int]:
    return {row.word: row.analysis.totals[metric] for row in found.rows}


def test_depthwise_separable_has_its_published_figures():
    found = of((192, 28, 28), out_channels=256, kernel_size=3)
    figures = WORKED["depthwise_separable"]
    multiplies = counts(found, "multiplies")
    assert multiplies["standard"] == figures["standard_multiplies"] == 346_816_512
    assert multiplies["depthwise_separable"] == figures["separable_multiplies"] == 39_889_920
    row = found.find("depthwise_separable")
    assert round(float(row.ratio), 3) == figures["ratio"]
    assert row.plan.value == row.ratio == Fraction(1, 256) + Fraction(1, 9)
    assert [layer.counts["macs"] for layer in row.analysis.layers] == [
        figures["depthwise_multiplies"],
        figures["pointwise_multiplies"],
    ]


def test_spatially_separable_has_its_published_figures_in_both_orders():
    found = of((1, 5, 5), out_channels=1, kernel_size=3, padding="valid")
    figures = WORKED["spatially_separable"]
    assert counts(found, "multiplies")["standard"] == figures["standard_multiplies"]
    for word in ("spatially_separable", "spatially_reversed"):
        row = found.find(word)
        assert row.analysis.totals["multiplies"] == figures["separable_multiplies"]
        assert row.analysis.totals["params"] == figures["separable_parameters"]
        assert round(float(row.plan.value), 3) == figures["limit_of_3x3"]
        vertical, horizontal = row.analysis.layers
        assert (vertical.counts["macs"], horizontal.counts["macs"]) == (45, 27)
    large = of((1, 2000, 2000), out_channels=1, kernel_size=5, padding="valid")
    assert round(float(large.find("spatially_separable").ratio), 3) == figures_of_5x5()


def figures_of_5x5() -> float:
    return WORKED["spatially_separable"]["limit_of_5x5"]


def test_a_bottleneck_has_its_published_figures():
    params = counts(of((256, 14, 14), out_channels=256, kernel_size=3), "params")
    assert params["standard"] == WORKED["bottleneck"]["direct_parameters"]
    assert params["bottleneck"] == WORKED["bottleneck"]["bottleneck_parameters"]


def test_an_inception_branch_has_its_published_figures():
    params = counts(of((192, 28, 28), width=32, out_channels=256, kernel_size=3), "params")
    assert params["standard"] == WORKED["inception_branch"]["direct_parameters"]
    assert params["reduced"] == WORKED["inception_branch"]["factored_parameters"]


@pytest.mark.parametrize(
    ("kernel", "small", "large"),
    [(5, "two_3x3_weights", "one_5x5_weights"), (7, "three_3x3_weights", "one_7x7_weights")],
)
def test_small_kernels_for_large_ones_have_their_published_figures(
    kernel: int, small: str, large: str
):
    found = of((1, 16, 16), out_channels=1, kernel_size=kernel, padding="valid")
    params = counts(found, "params")
    assert params["standard"] == WORKED["small_kernel_stacks"][large]
    assert params["stack"] == WORKED["small_kernel_stacks"][small]
    assert found.find("stack").keeps_field


def test_a_convolution_beside_a_fully_connected_layer():
    found = of((1, 5, 5), out_channels=1, kernel_size=3, padding="valid")
    row = found.find("fully_connected")
    assert counts(found, "macs")["standard"] == 81  # connections
    assert counts(found, "params")["standard"] == 9
    assert row.analysis.totals["macs"] == row.analysis.totals["params"] == 225
    assert not row.keeps_field


def test_groups_of_alexnet_halve_it():
    row = of((96, 27, 27), out_channels=256, kernel_size=5).find("grouped_2")
    assert row.ratio == row.plan.value == Fraction(1, 2)
    assert not row.mixes


WORDS_2D = [
    *("standard", "pointwise", "grouped_2", "grouped_4", "depthwise", "depthwise_separable"),
    *("pointwise_first", "spatially_separable", "spatially_reversed", "bottleneck", "reduced"),
    *("inception", "stack", "dilated", "fully_connected"),
]


@pytest.mark.parametrize(
    ("x", "kernel", "missing"),
    [
        ((8, 9), 5, {"spatially_separable", "spatially_reversed"}),
        ((8, 9, 9), 5, set[str]()),
        ((8, 7, 7, 7), 5, set[str]()),
        ((8, 9, 9), 4, {"stack", "dilated"}),
        ((8, 9, 9), 3, {"stack", "dilated"}),
        ((8, 9, 9), [1, 7], {"spatially_separable", "spatially_reversed"}),
        (
            (8, 9, 9),
            1,
            set(WORDS_2D[1:2] + WORDS_2D[5:10] + WORDS_2D[11:14]),
        ),
    ],
)
def test_which_alternatives_there_are(x: tuple[int, ...], kernel: Any, missing: set[str]):
    found = of(x, out_channels=8, kernel_size=kernel)
    assert [row.word for row in found.rows] == [word for word in WORDS_2D if word not in missing]


@pytest.mark.parametrize("x", [(8, 9), (8, 9, 9), (12, 5, 6, 7)])
@pytest.mark.parametrize("outs", [8, 12])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_formulas_are_exact_where_the_size_stays(x: tuple[int, ...], outs: int, kernel: int):
    found = of(x, out_channels=outs, kernel_size=kernel)
    for row in found.rows:
        assert row.plan.value == row.ratio, row.word


def test_formulas_are_exact_for_kernels_that_are_not_square():
    for kernel in ([1, 7], [3, 5], [7, 3]):
        for row in of((8, 9, 9), out_channels=12, kernel_size=kernel).rows:
            assert row.plan.value == row.ratio, row.word


def test_the_formulas_of_the_textbooks():
    found = of((64, 8, 8), out_channels=64, kernel_size=5)
    assert {row.word: row.plan.formula for row in found.rows} == {
        "standard": "1",
        "pointwise": "1/k**2",
        **{f"grouped_{groups}": "1/g" for groups in (2, 4, 8, 16, 32)},
        "depthwise": "1/M",
        "depthwise_separable": "1/N + 1/k**2",
        "pointwise_first": "1/M + 1/k**2",
        "spatially_separable": "2/k",
        "spatially_reversed": "2/k",
        "bottleneck": "w*(M + N + k**2*w)/(k**2*M*N)",
        "reduced": "w/(k**2*N) + w/M",
        "inception": "(s + w)/(k**2*N) + w*v/(M*N)",
        "stack": "18/k**2",
        "dilated": "9/k**2",
        "fully_connected": "P/k**2",
    }


def test_blocks_of_the_library_cost_the_same(parsed: Any):
    found = of((12, 9, 9), out_channels=8, kernel_size=5, bias=True)
    for word, call in (
        ("depthwise_separable", "depthwise_separable_conv, padding: 2"),
        ("pointwise_first", "depthwise_separable_conv, padding: 2, pointwise_first: true"),
        ("spatially_separable", "spatially_separable_conv, padding: 2"),
        ("spatially_reversed", "spatially_separable_conv, padding: 2, horizontal_first: true"),
    ):
        fields = "out_channels: 8, kernel_size: 5, bias: true"
        block = parsed(f"input: [12, 9, 9]\nlayers:\n  - {{op: {call}, {fields}}}\n")
        assert convcost.analyze(block).totals == found.find(word).analysis.totals


def drawn(written: strategies.Written) -> Alternatives:
    fields, (x,) = written
    try:
        network = one_convolution(x, fields, "float32")
    except BrokenCondition:
        assume(False)
        raise
    return alternatives(network, pick(network, "conv"))


@given(strategies.wide_convs())
@settings(max_examples=100)
def test_alternatives_of_any_layer_have_its_output(written: strategies.Written):
    found = drawn(written)
    (layer,) = found.layers
    for row in found.rows:
        (output,) = row.analysis.network.outputs.values()
        assert output.shape == layer.outputs[0].shape
        assert row.analysis.layers[-1].layer.outputs[0] is output
        assert row.saves == (
            2 * row.analysis.totals["macs"] <= convcost.analyze(found.network).totals["macs"]
        )


@given(strategies.wide_convs())
@settings(max_examples=20)
def test_units_read_what_their_alternative_says(written: strategies.Written):
    """The executor looks at every unit: what it reads lies in the same span, where that is
    claimed; and all channels are mixed, where that is."""
    found = drawn(written)
    (layer,) = found.layers
    assume(prod(layer.inputs[0].shape[2:]) <= 20)
    channels = reached(found.find("standard").analysis.network)
    assume(channels.all())  # no unit lies wholly in the padding
    holes = set(layer.op.dilation) != {1}  # type: ignore[attr-defined]
    whole = spans(found.network)
    for row in found.rows:
        network = row.analysis.network
        if not holes and row.word != "dilated":  # at a border their ends may lie in a hole
            assert not row.keeps_field or spans(network) == whole, row.word
        if row.word not in ("pointwise", "dilated", "inception"):  # they may read padding only
            assert reached(network).all() == row.mixes, row.word


def spans(network: Network) -> list[tuple[tuple[int, int] | None, ...]]:
    """For each position of the output, the first and the last position that it reads, an axis."""
    (x,) = (tensor.shape for tensor in network.inputs.values())
    read: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for place in np.ndindex(x[2:]):
        hidden = np.zeros(x, dtype=np.float32)
        hidden[(slice(None), slice(None), *place)] = np.nan
        touched = np.isnan(output(network, hidden)).any(axis=(0, 1))
        for unit in zip(*np.nonzero(touched), strict=True):
            read.setdefault(tuple(map(int, unit)), []).append(place)
    (y,) = (tensor.shape for tensor in network.outputs.values())
    found: list[tuple[tuple[int, int] | None, ...]] = []
    for unit in np.ndindex(y[2:]):
        axes = zip(*read.get(unit, ()), strict=True)
        found.append(tuple((min(axis), max(axis)) for axis in axes))
    return found


def reached(network: Network) -> np.ndarray[Any, Any]:
    """Whether each channel of the output reads each of the input, in a table."""
    (x,) = (tensor.shape for tensor in network.inputs.values())
    rows: list[Any] = []
    for channel in range(x[1]):
        hidden = np.zeros(x, dtype=np.float32)
        hidden[:, channel] = np.nan
        rows.append(np.isnan(output(network, hidden)).any(axis=(0, *range(2, len(x)))))
    return np.array(rows)


def output(network: Network, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    last: list[Any] = []
    execute(network, {"input": x}, seeded(0), Plain(), lambda done: last.append(done.outputs[0]))
    return last[-1]


@pytest.mark.parametrize(
    ("x", "fields"),
    [
        ((4, 9), {"kernel_size": 5, "stride": 2}),
        ((4, 8, 7), {"kernel_size": 3, "padding": "valid", "bias": True}),
        ((4, 9, 9), {"kernel_size": [5, 7], "stride": [2, 1], "padding": [[1, 3], [0, 2]]}),
        ((4, 5, 5, 5), {"kernel_size": [1, 3, 5]}),
        ((4, 7, 7), {"kernel_size": 3, "dilation": 2, "groups": 2}),
    ],
)
def test_verify_confirms_each(x: tuple[int, ...], fields: dict[str, Any]):
    found = of(x, out_channels=4, **fields)
    for row in found.rows:
        assert verify(row.analysis.network).broken == [], row.word


def test_a_layer_in_groups_is_compared_with_the_standard_one():
    found = of((8, 6, 6), out_channels=8, kernel_size=3, groups=8)
    assert found.now.word == "as_it_is"
    assert found.now.ratio == Fraction(1, 8)
    assert found.find("standard").ratio == 1
    assert [row.word for row in found.rows if row.saves] == []
    with pytest.raises(ConvcostError, match="there is no alternative `depthwise` here"):
        found.find("depthwise")  # it is what is there


def test_the_answer_keeps_field_and_mixing():
    found = of((192, 28, 28), out_channels=256, kernel_size=3)
    best, bare, narrow = found.best(mixing=True), found.best(mixing=False), found.narrow()
    assert best is not None
    assert bare is not None
    assert narrow is not None
    assert (best.word, bare.word, narrow.word) == (
        "depthwise_separable",
        "grouped_64",
        "bottleneck",
    )
    none = of((1, 5, 5), out_channels=1, kernel_size=3)
    assert (none.best(mixing=False), none.narrow()) == (None, None)


def test_layers_mix_all_channels_together_if_each_does():
    found = of((8, 6, 6), out_channels=8, kernel_size=3)
    whole, parts = (found.find(word) for word in ("standard", "grouped_2"))
    assert whole.mixes
    for order in ((whole, parts), (parts, whole)):
        both = {row.word: row.plan for row in order}
        assert not whole._replace(plans=both).mixes
