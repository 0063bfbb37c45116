"""Probes: what a wrong field must be seen by, each measurement by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from doubles import always
from growing import SHAPES

import convcost
from convcost.execution.probe import Room, positions, probe
from convcost.execution.probe.run import Runs
from convcost.execution.verification import verify
from convcost.ops import op_class
from convcost.ops.op import WHOLE
from convcost.window import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.execution.probe.rows import Measured

    Parsed = Callable[..., convcost.Network]

CONV = "layers: [{op: conv, out_channels: 2, kernel_size: 3, padding: 1}]"
# What a kernel of 3 is said to read; and which figures of it are wrong.
WRONG = {
    "a position more before": (range(-2, 2), {"reads", "field", "start"}),
    "a position more after": (range(-1, 3), {"reads", "field"}),
    "a position less before": (range(2), {"reads", "field", "start"}),
    "a position less after": (range(-1, 1), {"reads", "field"}),
    "the next ones": (range(3), {"reads", "field", "start"}),
    "a hole": (range(-1, 2, 2), {"reads"}),
}


def broken(found: list[Measured]) -> set[str]:
    return {row.metric.split()[0] for row in found if row.formula != row.executed}


@pytest.mark.parametrize("length", [12, 300])
@pytest.mark.parametrize(("taps", "wrong"), WRONG.values(), ids=WRONG)
def test_a_wrong_window_is_seen_by_each_measurement(
    taps: range, wrong: set[str], length: int, parsed: Parsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    conv: Any = op_class("conv")
    right = conv.reads

    def reads(self: Any, *inputs: Any) -> Any:
        ((batch, channels, how),) = right(self, *inputs)
        return ((batch, channels, how._replace(step=Step(1, 1, (taps,)))),)

    text = f"input: [1, {length}]\n{CONV}"
    assert not broken([*probe(parsed(text)).measured])
    monkeypatch.setattr(conv, "reads", reads)
    found = broken([*probe(parsed(text)).measured])
    assert found >= wrong - {"start"}
    assert found <= {"reads", "field", "start", "stride"}


def said(found: list[Measured]) -> tuple[str, str]:
    (row,) = (row for row in found if row.metric.startswith("reads"))
    return row.formula, row.executed


@pytest.mark.parametrize(
    ("length", "predicted", "seen"),
    [
        (12, {5, 7}, "5..7 and others"),  # a position that was tried by itself is named
        (12, {5, 6, 7, 9}, "5..7"),
        (300, {149, 151}, "149, 151 and others"),
        (300, {149, 150, 151, 290}, "149..151"),
    ],
)
def test_positions_are_those_that_a_unit_reads(
    length: int,
    predicted: set[int],
    seen: str,
    parsed: Parsed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = parsed(f"input: [1, {length}]\n{CONV}")
    monkeypatch.setattr(positions, "positions_read", always({("input", 2): predicted}))
    monkeypatch.setattr(positions, "units_of", always([{2: length // 2}]))
    formula, executed = said([*probe(network).measured])
    assert formula != executed
    assert executed == seen


def test_what_cannot_be_measured_is_said(parsed: Parsed) -> None:
    network = parsed("input: [1, 9]\nlayers: [{op: cumsum, dim: 2}]")
    assert probe(network).left_out == ["the field of `cumsum` on input axis 1 is not known"]
    # A size that is fixed, and a field as large as the input: no longer input has the same one.
    fixed = parsed("""
input: [1, 9]
layers:
  - {op: conv, out_channels: 1, kernel_size: 9, padding: 4}
  - {op: upsample, size: 5, mode: linear}
""")
    assert probe(fixed).left_out == [
        "the size on input axis 1 of `upsample`: padding included, cannot be measured on a longer "
        "input"
    ]


def test_layers_that_make_nans_of_numbers_are_probed(parsed: Parsed) -> None:
    network = parsed("""
input: [1, 20]
layers:
  - {op: conv, out_channels: 2, kernel_size: 3}
  - log
  - sqrt
  - {op: conv, out_channels: 2, kernel_size: 3}
""")
    found = probe(network).measured
    assert {row.layer for row in found} == {"conv1", "conv2"}
    assert not broken([*found])


def test_both_sides_of_a_choice_are_read(parsed: Parsed) -> None:
    """Whatever a condition chooses: numbers alone would show one side and hide the other."""
    network = parsed("""
inputs: {c: [2, 8], a: [2, 8], b: [2, 8]}
layers:
  - {op: conv, from: a, out_channels: 2, kernel_size: 3, padding: 1, name: near}
  - {op: conv, from: b, out_channels: 2, kernel_size: 5, padding: 2, name: far}
  - {op: where, from: [c, near, far]}
""")
    fields = convcost.analyze(network).layers[-1].receptive_fields
    assert {name: axes[0].size for name, axes in fields.items()} == {"c": 1, "a": 3, "b": 5}
    assert not verify(network).broken


def runs_of(network: convcost.Network, room: Room, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the network runs with NaNs in its input."""
    count = 0
    run = Runs._reached  # pyright: ignore[reportPrivateUsage]

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        return run(*given)

    with monkeypatch.context() as patched:
        patched.setattr(Runs, "_reached", counted)
        assert not broken([*probe(network, room=room).measured])
    return count


def test_wide_networks_run_no_more_often_than_narrow_ones(
    parsed: Parsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (parsed(SHAPES["sum of branches"](layers)) for layers in (50, 400))
    runs = runs_of(few, Room(), monkeypatch)
    assert runs_of(many, Room(), monkeypatch) == runs
    assert runs_of(many, Room(allowed=1 << 20), monkeypatch) > runs


def test_a_run_takes_no_more_than_is_allowed(parsed: Parsed) -> None:
    network = parsed(f"input: [1, 3000]\n{CONV}")
    assert probe(network).measured
    left = probe(network, room=Room(said=100, allowed=20_000)).left_out
    assert [line for line in left if "a run takes" in line], left


def test_fields_wider_than_the_input_are_measured_on_a_longer_one(parsed: Parsed) -> None:
    """Two convolutions of 3 taps, 7 apart: 1 + 2 * 14 positions, of which 9 are there."""
    conv = "{op: conv, out_channels: 2, kernel_size: 3, dilation: 7, padding: 7}"
    found = probe(parsed(f"input: [1, 9]\nlayers: [{conv}, {conv}]"))
    sizes = {row.layer: row.executed for row in found.measured if row.metric.startswith("field")}
    assert sizes == {"conv1": "15", "conv2": "29"}
    assert not found.left_out


def test_a_unit_that_reads_less_than_all_together_is_seen(
    parsed: Parsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    conv: Any = op_class("conv")
    right = conv.reads

    def reads(self: Any, *inputs: Any) -> Any:
        ((batch, channels, _),) = right(self, *inputs)
        return ((batch, channels, WHOLE),)

    monkeypatch.setattr(conv, "reads", reads)
    assert broken([*probe(parsed(f"input: [1, 12]\n{CONV}")).measured]) == {"reads"}
