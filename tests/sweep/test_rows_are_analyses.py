"""A row of a sweep is the analysis of that setting: every metric, of every spec that has vars."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import convcost
from convcost.analysis.analyze.depth import depth
from convcost.analysis.counted import Sources
from convcost.errors import ConvcostError
from convcost.metrics import DEPTH, FIELD, METRICS, RATIOS
from convcost.sweeps.axes import Axis, axis, written
from convcost.sweeps.designs import Grid
from convcost.sweeps.pricing import Pricer
from convcost.sweeps.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPECS = Path(__file__).parents[2] / "specs"
WITH_VARS = [path for path in sorted(SPECS.glob("*.yaml")) if "\nvars:" in path.read_text()]
ROWS = 1_000  # over all specs
OTHERS = (
    "raspberry_pi4.bound",
    "rtx3090.estimate",
    "thop.macs",
    "fvcore.flops",
    "train.memory_bytes",
)
"""Figures of others: times on two devices, counts of two tools, and one of a training step."""
LONG = ("conv_tasnet", "esrgan")  # many topologies, and 1,800 layers: seconds a row
A_LONG_ONE = 4
A_SPEC = -(-(ROWS - A_LONG_ONE * len(LONG)) // (len(WITH_VARS) - len(LONG)))
EACH = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in LONG else [])
    for path in WITH_VARS
]


def candidates(path: Path, draws: random.Random) -> tuple[Grid, tuple[int, ...]]:
    """A sweep of all vars of a spec around their own values, and of the size of its input."""
    network = convcost.load(path)
    document: Any = network.document
    axes: list[Axis] = []
    for name, template in document.vars.items():
        axes.append(axis(name, around(template.expression.constant, draws)))
    (tensor,) = network.inputs.values()
    sizes = tensor.shape[2:]
    if sizes and sizes[0] > 1:
        sides = {sizes[0], *(draws.randrange(sizes[0] // 2, 2 * sizes[0]) for _ in range(3))}
        axes.append(axis("side", map(str, sorted(sides))))
    return Grid(axes, sample=rows_of(path), seed=draws.randrange(1000)), tensor.shape


def rows_of(path: Path) -> int:
    """The rows that are compared of a spec."""
    return A_LONG_ONE if path.stem in LONG else A_SPEC


def around(value: object, draws: random.Random) -> Sequence[str]:
    """Some values like one: also such as make no network."""
    match value:
        case bool():
            return ["true", "false"]
        case int() | Fraction():
            most = int(3 * value)
            factors = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), 1, Fraction(5, 4), 2)
            found = {written(max(Fraction(1), value * factor)) for factor in factors}
            whole = isinstance(value, int) and value > 1
            kept = {text for text in found if text.isdecimal() or not whole}
            return sorted({*kept, *([str(draws.randrange(1, most))] if whole else ())})
        case _:
            return [str(value)]


def analysed(path: Path, axes: Sequence[Axis], texts: Mapping[str, str], shape: Any) -> Any:
    """The metrics of one candidate, as ``analyze`` has them; None where it is not a network."""
    side = [int(texts["side"])] * (len(shape) - 2) if "side" in texts else shape[2:]
    settings = {one.name: texts[one.name] for one in axes if one.name != "side"}
    try:
        network = convcost.load(path, settings=settings, inputs={"": (shape[1], *side)})
        analysis = convcost.analyze(network)
    except ConvcostError:
        return None
    known = [size for size in analysis.sizes if size is not None]
    field = min(known) if known and len(known) == len(analysis.sizes) else None
    figures: dict[str, Any] = {**analysis.totals, DEPTH: depth(analysis), FIELD: field}
    figures |= of_others(analysis)
    for name, ratio in RATIOS.items():
        made = ratio.of(figures)
        figures[name] = np.nan if made is None else made
    return figures


def of_others(analysis: convcost.Analysis) -> Mapping[str, int | None]:
    """As they stand beside an analysis; None where one is not known of a layer."""
    sources = Sources({}, {}, {})
    for metric in OTHERS:
        sources.find(metric, None)
    found = sources.beside(analysis)
    lacking = {name for cost in found.layers for name in cost.lacking}
    return {metric: None if metric in lacking else found.totals[metric] for metric in OTHERS}


def rows_that_are_analyses(path: Path, grid: Grid, shape: Any) -> int:
    """The rows of a sweep, each compared. Figures of others are priced apart: whatever these decide
    for a candidate alone would hide what the metrics take for all."""
    asked = [
        (Pricer(Subject(str(path), grid.axes), them), them) for them in ([*METRICS], [*OTHERS])
    ]
    rows = 0
    for _, codes in grid.blocks():
        priced = [(pricer.priced(codes), metrics) for pricer, metrics in asked]
        for row in range(len(next(iter(codes.values())))):
            texts = {one.name: one.texts[int(codes[one.name][row])] for one in grid.axes}
            wanted = analysed(path, grid.axes, texts, shape)
            for them, metrics in priced:
                assert them.valid.sum() + sum(them.refused.values()) == len(them.valid)
                assert them.valid[row] == (wanted is not None), texts
                for metric in metrics if them.valid[row] else ():
                    found, right = them.figures[metric][row], wanted[metric]
                    assert found == right or (found != found and right != right), (metric, texts)
            rows += 1
    return rows


@pytest.mark.parametrize("path", EACH)
def test_rows_are_analyses(path: Path) -> None:
    grid, shape = candidates(path, random.Random(path.stem))
    assert rows_that_are_analyses(path, grid, shape) == min(rows_of(path), grid.every)


def test_rows_are_analyses_where_sizes_for_each_axis_are_worked_out(tmp_path: Path) -> None:
    path = tmp_path / "long_kernels.yaml"
    path.write_text("""\
input: [3, 24, 24]
vars: {k: 3, d: 2, width: 4}
blocks:
  unit:
    args: {k: ~, d: ~, p: d * (k - 1) // 2, widths: 2 * d + k}
    layers: [{op: conv, out_channels: "widths[-1]", kernel_size: k, dilation: d, padding: p}]
layers:
  - {op: unit, k: [1, k], d: [1, d]}
  - {op: conv_bn, out_channels: width, kernel_size: [k, 1], stride: 2}
""")
    grid = Grid([axis("k", ["1", "2", "3", "7"]), axis("d", ["1", "2"]), axis("width", ["4", "5"])])
    assert rows_that_are_analyses(path, grid, (1, 3, 24, 24)) == 16
