"""Every metric has a source, is in every count, and is confirmed by something that runs."""

from __future__ import annotations

from functools import cache

import pytest
from metric_sources import lacking

import convcost
from convcost.execution.verification import Check, verify
from convcost.metrics import COUNTS, FIELD, METRICS

NETWORKS = (
    """
input: [4, 8, 8]
layers:
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - batch_norm
  - relu
  - {op: residual, body: [{op: conv, out_channels: 8, kernel_size: 3, padding: 1}, sigmoid]}
  - {op: max_pool, kernel_size: 2}
  - {op: linear, out_features: 3}
  - {op: softmax, dim: 1}
""",
    "input: [4, 8]\nlayers:\n  - {op: conv_transpose, out_channels: 2, kernel_size: 3}\n",
)

SAID = {FIELD: "field"}  # of several inputs and axes: "field on x, height"


def loaded(text: str) -> convcost.Network:
    return convcost.load("small.yaml", batch=2, read=lambda _: text.encode())


@cache
def checks() -> list[Check]:
    return [check for text in NETWORKS for check in verify(loaded(text)).checks]


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_confirmed(metric: str):
    found = [c for c in checks() if c.metric.partition(" on ")[0] == SAID.get(metric, metric)]
    assert any(check.formula for check in found), (
        f"`{metric}` of convcost/metrics.py is confirmed by nothing: make a Check of it in "
        "convcost/execution/verification/, of arrays (arrays.py) or calls (counted.py) that a run "
        "really makes"
    )
    assert all(check.agrees for check in found)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_source(metric: str):
    assert not lacking(metric), lacking(metric)


@pytest.mark.parametrize("text", NETWORKS)
def test_layers_and_totals_have_every_count_in_the_order_of_the_table(text: str):
    analysis = convcost.analyze(loaded(text))
    assert tuple(analysis.totals) == COUNTS
    for layer in analysis.layers:
        assert tuple(layer.counts) == COUNTS, (
            "convcost/metrics.py: counts of the whole network stand after those of layers; what "
            "works them out is convcost/analysis/analyze/cost.py"
        )


def test_what_tables_call_metrics_is_told_apart():
    for names in (
        [metric.title for metric in METRICS.values()],
        [metric.column.heading for metric in METRICS.values() if metric.column],
        [metric.line.label for metric in METRICS.values() if metric.line],
    ):
        assert len(set(names)) == len(names), f"convcost/metrics.py: one name twice in {names}"
