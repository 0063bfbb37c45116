"""From a convolution to an extreme Inception module (Chollet, arXiv 1610.02357, section 1.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcost

ROW = Path(__file__).parent.parent / "specs" / "row"
IN_ROW = [
    "1_convolution",
    "2_three_groups",
    "3_four_groups",
    "4_group_per_channel",
    "5_pointwise_last",
]
POSITIONS, CHANNELS = 28 * 28, 192


def analysis(name: str, **settings: str) -> convcost.Analysis:
    return convcost.analyze(convcost.load(str(ROW / f"{name}.yaml"), settings=settings))


def macs(found: convcost.Analysis, kernel: int) -> int:
    """MACs of the convolutions with a kernel of so many positions each way."""
    fields = {1: (1, 1), 3: (3, 3)}[kernel]
    return sum(
        layer.counts["macs"]
        for layer in found.layers
        if layer.op == "conv" and layer.layer.weights["weight"].shape[2:] == fields
    )


def test_the_row_is_whole():
    assert sorted(path.stem for path in ROW.glob("*.yaml")) == IN_ROW


@pytest.mark.parametrize(
    ("name", "groups"),
    [("2_three_groups", 3), ("3_four_groups", 4), ("4_group_per_channel", CHANNELS)],
)
def test_groups_divide_the_cost_in_space(name: str, groups: int):
    convolution, found = analysis("1_convolution"), analysis(name)
    assert macs(found, 3) * groups == macs(convolution, 3) == convolution.totals["macs"]
    assert macs(found, 1) == POSITIONS * CHANNELS**2
    assert macs(found, 1) + macs(found, 3) == found.totals["macs"]


def test_each_costs_no_more_than_the_one_before_and_sees_as_much():
    row = [analysis(name) for name in IN_ROW]
    costs = [found.totals["macs"] for found in row]
    assert costs == sorted(costs, reverse=True)
    assert costs[-2] == costs[-1]
    for found in row:
        assert [field.size for field in found.layers[-1].receptive_fields["input"]] == [3, 3]
        (output,) = found.network.outputs.values()
        assert output.sample_shape == (CHANNELS, 28, 28)


def test_the_order_of_the_halves_and_what_stands_between():
    def ops(name: str) -> list[str]:
        return [layer.name if layer.op == "conv" else layer.op for layer in analysis(name).layers]

    assert ops("4_group_per_channel") == ["mix", "relu", "depthwise"]
    assert ops("5_pointwise_last") == ["depthwise", "pointwise"]


def test_256_channels_out_are_the_textbook_figures():
    """tests/data/worked_examples.yaml: depthwise_separable."""
    assert analysis("1_convolution", out_channels="256").totals["macs"] == 346_816_512
    assert analysis("5_pointwise_last", out_channels="256").totals["macs"] == 39_889_920
