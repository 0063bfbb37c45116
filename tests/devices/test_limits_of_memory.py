"""Limits of what a network takes of the memory of a device, in specs and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.counted import counting
from convcost.analysis.unmet import unmet
from convcost.budget.verdict import Status
from convcost.errors import ConvcostError
from convcost.further_metrics import MEMORIES
from convcost.gate.baseline import read_baseline, to_json
from convcost.gate.found import find
from convcost.gate.measure import measure
from convcost.gate.rounding import written
from convcost.spec import quantity

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
name: small
dtype: int8
input: [3, 32, 32]
layers:
  - {op: conv, name: first, out_channels: 16, kernel_size: 3, padding: 1}
  - batch_norm
  - relu
  - {op: conv, name: second, out_channels: 32, kernel_size: 3, stride: 2, padding: 1}
  - relu
"""
# the norm and both relus run with the layer before them; both maps of `second` are alive at once
ARENA = 16 * 32 * 32 + 32 * 16 * 16
FLASH = 16 * (3 * 9 + 4) + 32 * (16 * 9 + 4)  # weights of 8 bits, biases of 32
# layer by layer on a GPU: the norm is one, beside its input
MEMORY = 16 * (3 * 9 + 1 + 4) + 32 * (16 * 9 + 1) + 2 * 16 * 32 * 32


def _spec(folder: Path, budget: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(f"{SPEC}budget: {budget}\n")
    return path


def _values(path: Path) -> list[int | None]:
    (model,) = convcost.check(path).models
    return [held.verdict.value for held in model.held]


def test_what_limits_of_memory_are_about(tmp_path: Path) -> None:
    budget = "{stm32f746.arena: 256kB, stm32f746.flash: 1 MiB, t4.memory: 16 GB}"
    assert _values(_spec(tmp_path, budget)) == [ARENA, FLASH, MEMORY]


def test_a_limit_that_is_broken_is_said_with_bytes(tmp_path: Path) -> None:
    path = _spec(tmp_path, f"{{stm32f746.arena: {ARENA - 1}, stm32f746.flash: {FLASH}}}")
    said = f"stm32f746.arena is {ARENA:,} bytes, 1 bytes over the limit of {ARENA - 1:,} bytes"
    (model,) = convcost.check(path).models
    assert [held.verdict.status for held in model.held] == [Status.BROKEN, Status.KEPT]
    analysis = convcost.analyze(convcost.load(path))
    assert unmet(analysis) == (f"budget: {said}",)
    assert not analysis.memory, "a limit adds nothing to a report that was not asked for it"


def test_memory_is_worked_out_for_limits_of_memory_alone(tmp_path: Path) -> None:
    network = convcost.load(_spec(tmp_path, "{t4.bound: 1 s, stm32f746.flash: 1 MiB}"))
    assert [*counting(convcost.analyze(network), network.budget).memory] == ["stm32f746"]


@pytest.mark.parametrize("metric", [f"stm32f746{end}" for end in MEMORIES])
def test_units_are_those_of_bytes(metric: str) -> None:
    assert quantity.amount("256kB", metric) == 256_000
    assert quantity.amount("256 KiB", metric) == 2**18
    assert quantity.increase("+2 kB", metric) == 2_000
    with pytest.raises(ValueError, match=r"and here are bytes: write `kB` or `KiB`"):
        quantity.amount("256k", metric)
    limit, text = written(24_577, metric, "1 kB")
    assert quantity.amount(text, metric) == limit >= 24_577


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (
            "{t4.arena: 1kB}",
            "`t4.arena` is not a figure of t4, which has `t4.bound`, `t4.estimate` and `t4.memory`",
        ),
        (
            "{stm32f746.memory: 1kB}",
            "`stm32f746.memory` is not a figure of stm32f746, which has `stm32f746.bound`, "
            "`stm32f746.arena` and `stm32f746.flash`",
        ),
        (
            "{edge_tpu.memory: 1kB}",
            "`edge_tpu.memory`: how much memory edge_tpu has is not known",
        ),
        ("{stm32f747.arena: 1kB}", "there is no device `stm32f747`"),
        (
            "{layers: {first: {stm32f746.arena: 1kB}}}",
            "`stm32f746.arena` is of the whole network, and not of some layers",
        ),
    ],
)
def test_what_there_is_no_limit_of(tmp_path: Path, budget: str, said: str) -> None:
    path = _spec(tmp_path, budget)
    with pytest.raises(ConvcostError) as error:
        convcost.check(path)
    assert said in str(error.value)
    assert "small.yaml:10:" in str(error.value)


def test_a_microcontroller_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chip.yaml").write_text(
        "device: x\nsources: {s: a sheet of data}\nvector: {int8: [1 GOPS, s]}\n"
        "memory: [20 KiB, s]\nflash: [1 MiB, s]\n"
    )
    monkeypatch.chdir(tmp_path)
    assert _values(_spec(tmp_path, "{chip.arena: 20 KiB}")) == [ARENA]


def test_the_peak_of_a_device_need_not_be_known(tmp_path: Path) -> None:
    """No time is asked for: nothing says how fast a V100 multiplies 8-bit numbers."""
    assert _values(_spec(tmp_path, "{v100.memory: 1 GB}")) == [MEMORY]


def test_what_was_saved_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its growth is limited; no layer is said to have caused it."""
    monkeypatch.chdir(tmp_path)
    path = _spec(tmp_path, "{stm32f746.arena: {max_increase: +5%}}")
    saved = to_json(measure(find(["small.yaml"], None, tmp_path), str(tmp_path / "b.json")).models)
    (tmp_path / "b.json").write_text(saved)
    (figures,) = read_baseline(tmp_path / "b.json", "b.json").values()
    assert figures.totals["stm32f746.arena"] == ARENA
    path.write_text(path.read_text().replace("out_channels: 32", "out_channels: 64"))
    (model,) = convcost.check("small.yaml", baseline="b.json").models
    (held,) = model.held
    more = 32 * 16 * 16
    assert (held.verdict.before, held.verdict.value) == (ARENA, ARENA + more)
    assert held.verdict.status is Status.BROKEN
    assert not held.changes
