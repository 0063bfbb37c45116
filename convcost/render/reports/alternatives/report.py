"""The report of ``alternatives``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.analysis.analyze.cost import CONVENTION
from convcost.further_metrics import further
from convcost.metrics import COUNTS, RATIOS
from convcost.ops import op_name
from convcost.render.parts.words import field, shape
from convcost.render.report import Document, Records, Report
from convcost.render.reports.alternatives.page import answer, made_of, page, written
from convcost.render.reports.entries import VERSION, field_entry, rounded_ratios, six_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.alternatives.rows import Alternatives, Row


def report(found: Alternatives, rows: Sequence[Row], *, everything: bool = False) -> Report:
    """The report of alternatives, of which ``rows`` are listed in order; ``everything``: a terminal
    has them all and the formulas, whatever its height."""
    return Report(
        page=partial(page, found, rows, everything),
        document=lambda: Document(_document(found, rows)),
        records=lambda: _records(found, rows),
    )


def _document(found: Alternatives, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "convcost": VERSION,
        "convention": CONVENTION,
        "network": {
            "name": found.asked.name,
            "layers": [layer.name for layer in found.layers],
            "input_shape": list(next(iter(found.network.inputs.values())).sample_shape),
            "output_shape": list(found.now.output.output_shapes[0]),
        },
        "now": found.now.word,
        "complete": found.now.analysis.complete,
        "alternatives": [_row(row, found) for row in rows],
        "answer": answer(found),
    }


def _row(row: Row, found: Alternatives) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": row.word,
        "replaced": len(row.plans),
        **row.analysis.totals,
        **rounded_ratios(row.analysis.totals),
        "ratio": six_digits(row.ratio),
        "at_most_half": row.saves,
        "same_field": row.keeps_field,
        "mixes_channels": row.mixes,
        **field_entry(row.output.receptive_fields),
    }
    if not found.several:
        result |= {
            "formula": written(row.plan.formula),
            "formula_ratio": six_digits(row.plan.value),
            "letters": dict(row.plan.letters),
            "gives_up": row.plan.gives_up,
            "layers": [
                {
                    "name": cost.name,
                    "op": op_name(type(cost.layer.op)),
                    "output_shape": list(cost.output_shapes[0]),
                    "params": cost.counts["params"],
                    "macs": cost.counts["macs"],
                }
                for cost in row.analysis.layers
            ],
        }
    return result


def _records(found: Alternatives, rows: Sequence[Row]) -> Records:
    """A record an alternative, counts in full."""
    tail = (*RATIOS, "ratio", "at_most_half", "same_field", "mixes_channels", "receptive_field")
    about = () if found.several else ("layers", "formula", "formula_ratio", "gives_up")
    counts = (*COUNTS, *further(found.now.analysis.totals))
    listed: list[Sequence[object]] = []
    for row in rows:
        totals, plan = row.analysis.totals, row.plan
        said = (made_of(row), written(plan.formula), six_digits(plan.value), plan.gives_up)
        listed.append(
            (
                row.word,
                shape(row.output.output_shapes[0]),
                len(row.plans),
                *(totals[metric] for metric in counts),
                *rounded_ratios(totals).values(),
                six_digits(row.ratio),
                *(str(truth).lower() for truth in (row.saves, row.keeps_field, row.mixes)),
                field(row.output),
                *(() if found.several else said),
            )
        )
    return Records(("alternative", "output_shape", "replaced", *counts, *tail, *about), listed)
