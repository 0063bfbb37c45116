"""Algorithms tried on layers of networks: at full size or on a part of the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from convcost.analysis.explain import algorithms
from convcost.errors import ConvcostError
from convcost.execution.algorithm_runs import Trial, Way, trial
from convcost.execution.transform import alone
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from convcost.network import Layer


def layer_of(name: str, x: tuple[int, ...], batch: int = 1, **fields: Any) -> Layer:
    op = build(op_class(name), len(x) - 1, fields)
    return Network("alone").add("layer", op, [Tensor("x", (batch, *x))])


def by_name(found: Trial) -> dict[str, Way]:
    return {way.name: way for way in found.ways}


def test_everything_is_confirmed() -> None:
    found = trial(layer_of("conv", (8, 14, 14), 2, out_channels=6, kernel_size=3, padding=1))
    assert list(by_name(found)) == [
        "direct",
        "im2col",
        "winograd F(2x2,3x3)",
        "winograd F(4x4,3x3)",
        "fft",
        "matrix",
    ]
    assert all(way.execution and way.execution.confirmed for way in found.ways)
    assert found.broken == []
    assert all(way.execution.difference > 0 for way in found.ways[2:] if way.execution)


def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = algorithms.F4._replace(data=algorithms.F4.data._replace(adds=13))
    ways = [way._replace(steps=wrong.steps) if way.key == "winograd_4" else way
            for way in algorithms.CONV]  # fmt: skip
    monkeypatch.setattr(algorithms, "CONV", tuple(ways))
    found = trial(layer_of("conv", (2, 8, 8), out_channels=2, kernel_size=3))
    assert [way.name for way in found.broken] == ["winograd F(4x4,3x3)"]


def test_a_wrong_output_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = [way._replace(tolerance=1e-17) for way in algorithms.CONV]
    monkeypatch.setattr(algorithms, "CONV", tuple(ways))
    found = trial(layer_of("conv", (2, 8, 8), out_channels=2, kernel_size=3))
    assert "fft" in [way.name for way in found.broken]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"kernel_size": 3, "stride": 2}, ["stride 2: Winograd needs stride 1"]),
        ({"kernel_size": 3, "stride": [1, 2]}, ["stride 1x2: Winograd needs stride 1"]),
        ({"kernel_size": 3, "dilation": 2}, ["dilation 2: Winograd needs taps side by side"]),
        ({"kernel_size": [3, 5]}, ["kernel 3x5: Winograd needs 3 taps along each axis"]),
        (
            {"kernel_size": 1},
            [
                "kernel 1 at stride 1: the input is im2col's matrix as it is",
                "kernel 1x1: Winograd needs 3 taps along each axis",
            ],
        ),
        ({"kernel_size": 3, "padding": 1}, []),
    ],
)
def test_reasons_why_one_does_not_apply(fields: dict[str, Any], refused: list[str]) -> None:
    found = trial(layer_of("conv", (2, 9, 9), out_channels=4, **fields))
    assert list(dict.fromkeys(way.refused for way in found.ways if way.refused)) == refused
    assert found.broken == []


def test_large_layers_run_on_a_part_of_their_channels() -> None:
    found = by_name(trial(layer_of("conv", (64, 56, 56), out_channels=64, kernel_size=3)))
    assert found["direct"].steps[0].multiplies == 64 * 64 * 9 * 54 * 54
    execution = found["matrix"].execution
    assert execution is None  # too large even for one channel
    execution = found["fft"].execution
    assert execution
    assert execution.by > 1
    assert execution.confirmed


def test_other_layers_have_no_algorithms() -> None:
    with pytest.raises(ConvcostError) as error:
        trial(layer_of("relu", (3, 4)))
    assert str(error.value) == (
        "`layer` is a relu layer: there are algorithms for `conv` and `conv_transpose` layers"
    )


@pytest.mark.parametrize(
    ("channels", "filters", "groups", "by", "left"),
    [
        (8, 16, 1, 4, (2, 4, 1)),
        (32, 32, 32, 8, (4, 4, 4)),  # depthwise stays depthwise
        (8, 16, 4, 4, (2, 4, 2)),
        (3, 64, 1, 2, (1, 32, 1)),  # a layer alone meets no other channels
        (3, 64, 1, 4, (1, 16, 1)),
        (12, 24, 12, 4, (3, 6, 3)),
    ],
)
def test_a_layer_alone_with_fewer_channels(
    channels: int, filters: int, groups: int, by: int, left: tuple[int, int, int]
) -> None:
    layer = layer_of("conv", (channels, 5), out_channels=filters, kernel_size=2, groups=groups)
    network = alone(layer, by)
    (copy,) = network.layers
    op: Any = copy.op
    assert (copy.inputs[0].shape[1], copy.outputs[0].shape[1], op.groups) == left


def test_a_weight_that_layers_make_is_its_own_when_alone() -> None:
    op = build(op_class("conv"), 1, {"out_channels": 2, "kernel_size": 3, "bias": False})
    network = Network("made")
    made = network.add("layer", op, [Tensor("x", (1, 4, 9)), Tensor("w", (2, 4, 3))])
    assert not made.weights
    assert [w.shape for w in alone(made).layers[0].weights.values()] == [(2, 4, 3)]
    assert trial(made).broken == []
