"""Netron's attachment: costs that it shows beside the nodes of a model that is open.

Netron reads a JSON file with this signature when it is dropped on its window, and lists its entries
in the sidebar, under *Metadata* and *Metrics*, of the node, value or model that each is about.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from convcost.analysis.analyze.figures import added_up
from convcost.further_metrics import further
from convcost.metrics import COUNTS
from convcost.render.graph.nodes import file_nodes
from convcost.render.parts.numbers import exact, storable
from convcost.render.parts.words import field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.graph.nodes import FileNode
    from convcost.render.report import Medium, Report

SIGNATURE = "netron:attachment"


def write(report: Report, _: Medium) -> str:
    """The attachment, a line an entry."""
    assert report.graph is not None
    analysis = report.graph().analysis
    nodes = file_nodes(analysis)
    parts = {
        "metadata": [entry for node in nodes for entry in _metadata(node)],
        "metrics": [*_totals(analysis), *(entry for node in nodes for entry in _metrics(node))],
    }
    lists = (f"  {json.dumps(key)}: {_list(entries)}" for key, entries in parts.items())
    return "\n".join(("{", f'  "signature": "{SIGNATURE}",', ",\n".join(lists), "}", ""))


def _list(entries: list[dict[str, Any]]) -> str:
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
    return f"[\n{lines}\n  ]" if entries else "[]"


def _totals(analysis: Analysis) -> Iterator[dict[str, Any]]:
    model = {"kind": "model", "target": ""}
    for metric in (*COUNTS, *further(analysis.totals)):
        least = "at least " if any(metric in cost.uncounted for cost in analysis.layers) else ""
        yield {**model, "name": metric, "value": f"{least}{_said(analysis.totals[metric])}"}


def _metrics(node: FileNode) -> Iterator[dict[str, Any]]:
    counts = added_up([cost.counts for cost in node.layers])
    for metric in (*COUNTS, *further(counts)):
        if any(metric in cost.uncounted for cost in node.layers):
            yield {**_about(node), "name": metric, "value": "not known"}
        elif counts[metric]:
            yield {**_about(node), "name": metric, "value": _said(counts[metric])}


def _metadata(node: FileNode) -> Iterator[dict[str, Any]]:
    last = node.layers[-1]
    yield {**_about(node), "name": "layer", "value": last.name}
    if found := field(last):
        yield {**_about(node), "name": "receptive field", "value": found}


def _about(node: FileNode) -> dict[str, str]:
    """The node that an entry is about; one without a name by the first value that it makes."""
    name, named = node.called
    return {"kind": "node" if named else "value", "target": name}


def _said(count: int) -> str:
    return exact(count) if storable(count) is not None else "too many digits"
