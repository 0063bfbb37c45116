"""Locally connected layers and rolled maps against plain loops."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from convcost.applied import check
from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Counting
from convcost.ops import op_class
from convcost.ops.fields import build

LAYERS: list[tuple[dict[str, Any], tuple[int, ...], list[tuple[int, int]]]] = [
    ({"out_channels": 4, "kernel_size": 3, "padding": 1, "groups": 2}, (2, 4, 5, 4), [(1, 1)] * 2),
    (
        {"out_channels": 2, "kernel_size": [3, 2], "stride": [2, 1], "padding": [[1, 0], [0, 2]]},
        (1, 3, 6, 5),
        [(1, 0), (0, 2)],
    ),
    (
        {"out_channels": 6, "kernel_size": 3, "padding": "same", "dilation": 2, "groups": 3},
        (1, 6, 7),
        [(2, 2)],
    ),
    (
        {"out_channels": 3, "kernel_size": 2, "stride": 2, "bias": False},
        (1, 2, 4, 2, 5),
        [(0, 0)] * 3,
    ),
]


@pytest.mark.parametrize(("written", "x", "padding"), LAYERS)
def test_each_position_has_weights_of_its_own(
    written: dict[str, Any], x: tuple[int, ...], padding: list[tuple[int, int]]
) -> None:
    op: Any = build(op_class("locally_connected"), len(x) - 2, written)
    check(op, (x,))
    axes = list(zip(x[2:], op.kernel_size, op.stride, padding, op.dilation, strict=True))
    out = [(n + sum(p) - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes]
    inner, made = x[1] // op.groups, op.out_channels // op.groups
    rng = np.random.default_rng(0)
    image = rng.normal(size=x)
    weights = {"weight": rng.normal(size=(op.out_channels, inner, *out, *op.kernel_size))}
    if op.bias:
        weights["bias"] = rng.normal(size=(op.out_channels, *out))
    expected, macs, inside = np.zeros((x[0], op.out_channels, *out)), 0, 0
    for sample, filter_, *unit in np.ndindex(*expected.shape):
        for channel, tap in product(range(inner), product(*map(range, op.kernel_size))):
            at = [
                u * s - p[0] + t * d for u, t, (_, _, s, p, d) in zip(unit, tap, axes, strict=True)
            ]
            macs += 1
            if all(0 <= place < n for place, n in zip(at, x[2:], strict=True)):
                inside += 1
                weight = weights["weight"][(filter_, channel, *unit, *tap)]
                source = filter_ // made * inner + channel
                expected[(sample, filter_, *unit)] += weight * image[(sample, source, *at)]
    if op.bias:
        expected += weights["bias"]
    xp = Counting()
    fields = {
        name: value for name, value in op.values().items() if name not in ("bias", "out_channels")
    }
    found = KERNELS["locally_connected"](xp, image, **weights, **fields)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert op.output(x) == expected.shape
    assert op.weights(x) == {role: array.shape for role, array in weights.items()}
    assert op.macs(x) == macs == xp.counts["macs"]
    assert op.macs_in_bounds(x) == inside
    assert op.adds(x) == macs - expected.size * (not op.bias) == xp.counts["adds"]


def test_keras_counts_as_many_weights() -> None:
    """`LocallyConnected2D(4, 3)` on 8x8x3: its documentation's rule, `(out rows * out columns) *
    (rows * columns * channels) * filters` and a bias for each output element."""
    op = build(op_class("locally_connected"), 2, {"out_channels": 4, "kernel_size": 3})
    assert op.weights((1, 3, 8, 8)) == {"weight": (4, 3, 6, 6, 3, 3), "bias": (4, 6, 6)}
    assert 4 * 3 * 36 * 9 + 4 * 36 == 4_032


@pytest.mark.parametrize(
    ("written", "x"),
    [
        ({"shifts": [-3, 2], "dims": [2, 3]}, (1, 2, 5, 4)),
        ({"shifts": 7, "dims": -1}, (2, 3, 4)),
        ({"shifts": [1, -9], "dims": [1, 2]}, (1, 3, 4)),
        ({"shifts": 4, "dims": 2}, (1, 2, 4)),
    ],
)
def test_what_leaves_one_end_comes_in_at_the_other(
    written: dict[str, Any], x: tuple[int, ...]
) -> None:
    op: Any = build(op_class("roll"), len(x) - 2, written)
    check(op, (x,))
    image = np.arange(np.prod(x)).reshape(x)
    expected = np.empty_like(image)
    shifts = dict.fromkeys(range(len(x)), 0)
    shifts |= {axis % len(x): s for axis, s in zip(op.dims, op.shifts, strict=True)}
    for at in np.ndindex(*x):
        expected[tuple((p + shifts[axis]) % x[axis] for axis, p in enumerate(at))] = image[at]
    np.testing.assert_array_equal(KERNELS["roll"](Counting(), image, **op.values()), expected)
    for axis, read in enumerate(op.reads(x)[0]):
        for unit in range(x[axis]):
            moved = [p for p in read.step.of(unit) if 0 <= p < x[axis]]
            assert moved == [(unit - shifts[axis]) % x[axis]]
