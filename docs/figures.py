"""Figures of the page of questions, each made from an analysis (run by cog)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import convcost

if TYPE_CHECKING:
    from convcost.analysis.analyze.network_cost import Analysis

ROOT = Path(__file__).parent.parent


def load(model: str, batch: int = 1) -> Analysis:
    """The analysis of a model of the repository."""
    return convcost.analyze(convcost.load(str(ROOT / model), batch=batch))


def totals(models: dict[str, str], *metrics: str) -> str:
    """A row a model, by what to call it: totals, a metric a column."""
    rows = [[name, *_figures(load(model), metrics)] for name, model in models.items()]
    return _table(["", *(f"`{metric}`" for metric in metrics)], rows)


def batches(model: str, *metrics: str) -> str:
    """A row a metric: totals of one sample and of eight."""
    one, eight = (_figures(load(model, batch), metrics) for batch in (1, 8))
    rows = [list(row) for row in zip([f"`{m}`" for m in metrics], one, eight, strict=True)]
    return _table(["", "1 sample", "8 samples"], rows)


def _figures(analysis: Analysis, metrics: tuple[str, ...]) -> list[str]:
    found = analysis.totals
    return [f"{sum(found[part] for part in metric.split(' + ')):,}" for metric in metrics]


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)
