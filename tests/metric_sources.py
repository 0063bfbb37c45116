"""Fields that a row of METRICS needs before anything can be counted."""

from __future__ import annotations

import convcost
from convcost.metrics import COUNTS, DERIVED, METRICS, Source
from convcost.ops.op import Op


def lacking(metric: str) -> str:
    """The file to edit, and what it lacks of a metric; empty where it has a source."""
    source = METRICS[metric].source
    if source is Source.OP and not hasattr(Op, metric):
        return f"convcost/ops/op.py: `Op` has no method `{metric}`"
    if source is Source.LAYER:
        return f"convcost/metrics.py: `{metric}` has no function of the layer: OfLayer(...)"
    if source is Source.NETWORK and metric in COUNTS and not _counted(metric):
        return f"convcost/analysis/analyze/cost.py: the counts of a layer lack `{metric}`"
    names = list(METRICS)
    for other in DERIVED[metric].metrics if metric in DERIVED else ():
        if other not in names[: names.index(metric)]:
            return f"convcost/metrics.py: `{metric}` follows from `{other}`: it stands after that"
    return ""


def _counted(metric: str) -> bool:
    text = b"input: [1, 1]\nlayers: [relu]\n"
    try:
        convcost.analyze(convcost.load("one.yaml", read=lambda _: text))
    except (AttributeError, KeyError) as missing:  # this metric, or another without a source
        return missing.args != (metric,)
    return True
