"""Node data of Model Explorer: one count for the nodes of a model that is open, as colours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convcost.analysis.analyze.figures import added_up
from convcost.further_metrics import metric_of
from convcost.render.graph.heat import FILLS
from convcost.render.graph.nodes import file_nodes
from convcost.render.parts.numbers import storable

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report


def write(report: Report, _: Medium) -> str:
    """Node data for one graph, by the nodes' names or else those of what they make; nodes of which
    the count is not known have none, as the form has no word for that."""
    assert report.graph is not None
    analysis, _depth, metric = report.graph()
    results: dict[str, dict[str, int]] = {}
    for node in file_nodes(analysis):
        count = added_up([cost.counts for cost in node.layers])[metric]
        known = not any(metric in cost.uncounted for cost in node.layers)
        if known and storable(count) is not None:
            results[node.called.name] = {"value": count}
    colours = [
        {"stop": step / (len(FILLS) - 1), "bgColor": fill} for step, fill in enumerate(FILLS)
    ]
    nodes = ",\n".join(f"    {json.dumps(name)}: {json.dumps(of)}" for name, of in results.items())
    lines = (
        f'  "name": {json.dumps(metric_of(metric).title)}',
        f'  "results": {{\n{nodes}\n  }}',
        f'  "gradient": {json.dumps(colours)}',
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"
