"""The one number that fits again: compared with trying every value of every number."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from repository import Repository, spec

import convcost
from convcost.budget.verdict import Status, verdicts
from convcost.gate import base
from convcost.gate import repair as module
from convcost.gate.judge import analysed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

GROUPED = """\
input: [8, 16]
vars: {width: 32}
layers:
  - {op: conv, out_channels: width, kernel_size: 3, padding: 1}
  - {op: conv, out_channels: 2 * width, groups: 8, kernel_size: 5, padding: 2, repeat: 3}
  - {op: conv, out_channels: 16, kernel_size: 1}
"""
STRIDED = """\
input: [4, 64]
layers:
  - {op: conv, out_channels: 24, kernel_size: 9, stride: 1}
  - {op: conv, out_channels: 24, kernel_size: 9}
  - global_avg_pool
"""


# 20 - |width - 9| channels: fewer by one step down, or by three up
TURNING = """\
input: [4, 8]
vars: {width: 8}
layers:
  - {op: conv, out_channels: "20 - max(width - 9, 9 - width)", kernel_size: 1}
  - global_avg_pool
  - {op: conv, out_channels: 3, kernel_size: 1}
"""


def found(folder: Path, text: str) -> tuple[Any, str]:
    """The repair of a spec, and the spec with it."""
    path = folder / "a.yaml"
    path.write_text(text)
    now = analysed(path, str(path))
    held = verdicts(now.analysis.figures, now.analysis.network.budget)
    repair = module.repair(now, held, None)
    if repair is None:
        return None, text
    lines = text.splitlines(keepends=True)
    line = lines[repair.source.line - 1]
    start = repair.source.column - 1
    assert line[start:].startswith(repair.before)
    changed = f"{line[:start]}{repair.after}{line[start + len(repair.before) :]}"
    lines[repair.source.line - 1] = changed
    return repair, "".join(lines)


def fits(text: str, shape: list[int]) -> bool:
    try:
        network = convcost.load("a.yaml", read=lambda _: text.encode())
    except convcost.SpecError:
        return False
    (output,) = network.outputs.values()
    if list(output.shape) != shape:
        return False
    held = verdicts(convcost.analyze(network).figures, network.budget)
    return all(verdict.status is not Status.BROKEN for verdict in held)


def shape_of(text: str) -> tuple[int, ...]:
    (output,) = convcost.load("a.yaml", read=lambda _: text.encode()).outputs.values()
    return output.shape


def by_trying(text: str) -> Fraction | None:
    """The least change, relative to what it was, of any whole number in the layers and vars."""
    shape = list(shape_of(text))
    start = text.index("\n")
    end = text.index("budget:")
    least: Fraction | None = None
    for match in re.finditer(r"(?<=: )\d+(?=[,}])", text[start:end]):
        value = int(match[0])
        for other in range(max(0, value - max(1, value // 2)), value + max(1, value // 2) + 1):
            where = start + match.start()
            changed = f"{text[:where]}{other}{text[where + len(match[0]) :]}"
            size = Fraction(abs(other - value), value)
            if other != value and (least is None or size < least) and fits(changed, shape):
                least = size
    return least


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        (GROUPED, "{params: 8k}"),
        (GROUPED, "{params: 5k}"),
        (GROUPED, "{macs: 100k}"),
        (GROUPED, "{params: 8k, receptive_field: {min: 15}}"),
        (GROUPED, "{params: 8k, macs: {min: 125k}}"),
        (GROUPED, "{receptive_field: {min: 16}}"),
        (GROUPED, "{receptive_field: 13}"),
        (GROUPED, "{params: 10}"),
        (TURNING, "{params: 150}"),
        (STRIDED, "{macs: 200k}"),
        (STRIDED, "{macs: 290k}"),
        (STRIDED, "{macs: 290k, params: {min: 5k}}"),
        (STRIDED, "{macs: 290k, params: {min: 6090}}"),
        (STRIDED, "{macs: 290k, layers: {conv2: {receptive_field: {min: 18}}}}"),
        (STRIDED, "{layers: {conv2: {receptive_field: {min: 18}}}}"),
    ],
)
def test_it_is_the_least_that_trying_finds(tmp_path: Path, text: str, budget: str):
    text += f"budget: {budget}\n"
    assert not fits(text, list(shape_of(text)))
    repair, changed = found(tmp_path, text)
    best = by_trying(text)
    if best is None:
        assert repair is None
        return
    assert repair is not None
    before, after = int(repair.before), int(repair.after)
    assert Fraction(abs(after - before), before) == best
    assert fits(changed, list(shape_of(text)))


def test_a_number_with_a_point_moves_in_hundredths(tmp_path: Path):
    text = """\
input: [8, 16]
vars: {width: 1.5}
layers:
  - {op: conv, out_channels: floor(100 * width), kernel_size: 1}
  - global_avg_pool
  - flatten
  - {op: linear, out_features: 3}
budget: {params: 1.7k}
"""
    repair, changed = found(tmp_path, text)
    # 9 weights and a bias a channel in the first layer, 3 in the last, and 3 biases there
    channels = (1700 - 3) // 12
    assert (repair.what, repair.before, repair.after) == ("width", "1.5", f"1.{channels - 100}")
    assert fits(changed, [1, 3])


def test_work_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    layers = "\n".join(
        f"  - {{op: conv, out_channels: {n}, kernel_size: 3, padding: 1}}" for n in range(8, 508)
    )
    text = f"input: [8, 16]\nlayers:\n{layers}\nbudget: {{params: 1}}\n"
    calls: list[str] = []
    real = base.load

    def counted(path: str, **given: Any) -> Any:
        calls.append(path)
        return real(path, **given)

    monkeypatch.setattr(base, "load", counted)
    assert found(tmp_path, text)[0] is None
    assert len(calls) <= module.MOST_LAYERS // 500


def test_the_report_has_it(run: Run, repo: Repository):
    repo.write("a.yaml", spec(5, "{params: 120}"))
    out = run("check").out
    assert "\na.yaml: it keeps its limits with `width: 4` in place of 5 (a.yaml:3)\n" in out
    repo.write("a.yaml", spec(5, "{params: 1}"))
    assert "keeps its limits with" not in run("check").out
    repo.write("a.yaml", spec(5, "{params: {max: 120, level: warn}}"))
    assert "keeps its limits with" not in run("check").out


def test_a_warning_need_not_be_repaired(tmp_path: Path):
    budget = "{params: 120, macs: {max: 1, level: warn}}"
    repair, _ = found(tmp_path, spec(5, budget))
    assert (repair.what, repair.before, repair.after) == ("width", "5", "4")


def test_numbers_that_are_not_the_specs_own_stay(run: Run, repo: Repository):
    repo.write("b.yaml", "blocks: {c: {layers: [{op: conv, out_channels: 9, kernel_size: 1}]}}\n")
    repo.write("a.yaml", "include: b.yaml\ninput: [9, 8]\nlayers: [c, c]\nbudget: {params: 100}\n")
    assert "keeps its limits with" not in run("check", "a.yaml").out
