"""Involution against plain loops, and networks of it against the paper's figures (Li et al., arXiv
2103.06255, table 1)."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

import convcost
from convcost.applied import BrokenCondition, check
from convcost.execution.verification import verify
from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Counting
from convcost.ops import op_class
from convcost.ops.fields import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.window import Window

LAYERS: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"kernel_size": 3, "padding": 1, "groups": 2}, (2, 4, 5, 4)),
    ({"kernel_size": [3, 2], "stride": [2, 1], "padding": [[1, 0], [0, 2]]}, (1, 3, 6, 5)),
    ({"kernel_size": 3, "padding": "same", "dilation": 2, "groups": 3}, (1, 6, 7)),
    ({"kernel_size": 2, "stride": 2, "groups": 4}, (1, 4, 4, 2, 5)),
]

UNIT = """
name: RedNet
input: [3, 224, 224]
blocks:
  unit:
    args: {width: ~, stride: 1, project: false}
    layers:
      - op: residual
        body:
          - {op: conv_bn_relu, out_channels: width}
          - {op: involution_unit, stride: stride}
          - batch_norm
          - relu
          - {op: conv_bn, out_channels: 4 * width}
        shortcut:
          - {op: conv_bn, when: project, out_channels: 4 * width, stride: stride}
      - relu
layers:
  - {op: conv_bn_relu, out_channels: 32, kernel_size: 3, stride: 2}
  - {op: involution_unit, kernel_size: 3}
  - batch_norm
  - relu
  - {op: conv_bn_relu, out_channels: 64, kernel_size: 3}
  - {op: max_pool, kernel_size: 3, stride: 2, padding: 1}
"""


@pytest.mark.parametrize(("written", "x"), LAYERS)
def test_it_is_what_loops_make_and_count(written: dict[str, Any], x: tuple[int, ...]) -> None:
    """Equation 4: each output element from its own kernel, shared by the channels of a group."""
    op: Any = build(op_class("involution"), len(x) - 2, written)
    windows: Sequence[Window] = op.windows(x)
    taps = prod(cast("tuple[int, ...]", op.kernel_size))
    out: list[Any] = [
        (n + w.before + w.after - w.span) // w.stride + 1
        for w, n in zip(windows, x[2:], strict=True)
    ]
    shapes = (x, (x[0], op.groups * taps, *out))
    check(op, shapes)
    rng = np.random.default_rng(0)
    image, weights = (rng.normal(size=shape) for shape in shapes)
    expected, macs, inside = np.zeros((*x[:2], *out)), 0, 0
    for sample, channel, *unit in np.ndindex(*expected.shape):
        group = channel // (x[1] // op.groups)
        for number, tap in enumerate(product(*map(range, op.kernel_size))):
            at = [
                u * w.stride - w.before + t * w.dilation
                for u, w, t in zip(unit, windows, tap, strict=True)
            ]
            macs += 1
            if all(0 <= place < n for place, n in zip(at, x[2:], strict=True)):
                inside += 1
                weight = weights[(sample, group * taps + number, *unit)]
                expected[(sample, channel, *unit)] += weight * image[(sample, channel, *at)]
    xp = Counting()
    found = KERNELS["involution"](xp, image, weights, **op.values())
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert op.output(*shapes) == expected.shape
    assert op.macs(*shapes) == macs == xp.counts["macs"]
    assert op.macs_in_bounds(*shapes) == inside
    assert op.adds(*shapes) == macs - expected.size == xp.counts["adds"]


def test_weights_of_another_shape_are_refused() -> None:
    op = build(op_class("involution"), 2, {"kernel_size": 3, "padding": 1, "groups": 2})
    with pytest.raises(BrokenCondition, match="the weights must have 18 channels, and there are 9"):
        check(op, ((1, 4, 5, 5), (1, 9, 5, 5)))
    with pytest.raises(BrokenCondition, match="5 positions along spatial axis 1, and there are 4"):
        check(op, ((1, 4, 5, 5), (1, 18, 5, 4)))


@pytest.mark.parametrize(
    ("depths", "params", "macs"),
    [
        ((1, 2, 4, 1), 9.2, 1.7),
        ((2, 3, 5, 2), 12.4, 2.2),
        ((3, 4, 6, 3), 15.5, 2.7),
        ((3, 4, 23, 3), 25.6, 4.7),
        ((3, 8, 36, 3), 34.0, 6.8),
    ],
    ids=["26", "38", "50", "101", "152"],
)
def test_the_paper_counts_as_many(depths: tuple[int, ...], params: float, macs: float) -> None:
    """RedNets: params in millions; what it calls FLOPs, in billions, are macs to within 2 %."""
    lines = UNIT
    for number, depth in enumerate(depths):
        stride = 2 if number else 1
        first = f"width: {64 << number}, stride: {stride}, project: true"
        lines += f"  - {{op: unit, {first}}}\n"
        if depth > 1:
            lines += f"  - {{op: unit, width: {64 << number}, repeat: {depth - 1}}}\n"
    lines += "  - global_avg_pool\n  - flatten\n  - {op: linear, out_features: 1000}\n"
    totals = convcost.analyze(convcost.load("rednet.yaml", read=lambda _: lines.encode())).totals
    assert abs(totals["params"] / 1e6 - params) < 0.06
    assert abs(totals["macs"] / 1e9 / macs - 1) < 0.02


@pytest.mark.parametrize("stride", [1, 2])
def test_the_whole_unit_is_confirmed(stride: int) -> None:
    text = f"""
input: [8, 8, 8]
layers:
  - {{op: involution_unit, kernel_size: 3, stride: {stride}, group_channels: 4}}
"""
    network = convcost.load("unit.yaml", read=lambda _: text.encode())
    found = verify(network)
    assert not found.broken
    assert any(check.metric.startswith("field") for check in found.checks)
