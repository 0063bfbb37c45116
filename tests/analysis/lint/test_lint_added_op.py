"""Rules speak of an op that they do not name: they ask it."""

from __future__ import annotations

from convcost.analysis.lint import lint
from convcost.network import Network
from convcost.ops import fields, op_class
from convcost.tensor import Tensor


def codes(size: int, *strides: int) -> dict[str, str]:
    """Findings about a row of involutions 3x3, whose weights are inputs of the network."""
    network = Network("added")
    last = network.inputs["x"] = Tensor("x", (1, 8, size, size))
    for number, stride in enumerate(strides):
        written = {"kernel_size": 3, "stride": stride, "padding": 1, "groups": 2}
        out = (last.shape[2] - 1) // stride + 1
        kernels = network.inputs[f"k{number}"] = Tensor(f"k{number}", (1, 18, out, out))
        op = fields.build(op_class("involution"), 2, written)
        last = network.add(f"inv{number}", op, [last, kernels]).outputs[0]
    network.outputs["y"] = last
    return {found.code: found.message for found in lint(network, "net.yaml")}


def test_windows_that_skip_positions() -> None:
    """9 positions at stride 4 from -1: all but 2 and 6 are read, 49 of 81."""
    assert "skips 39.5 %" in codes(9, 4)["CC104"]
    assert "CC104" not in codes(9, 3)


def test_windows_that_end_before_the_map() -> None:
    """10 positions at stride 3 from -1: the last one read is 9; of 12, 11 is not."""
    assert "CC103" not in codes(11, 3)
    assert "never read the last 1 of 12 rows" in codes(12, 3)["CC103"]
