"""A verification as text and JSON."""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING, cast

from convcost.analysis.cost import PEAK
from convcost.errors import plural, printable
from convcost.render.document import VERSION, to_text
from convcost.render.table import Column, Line, aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.verify import Check, Verification


def lines(verification: Verification, width: int | None, *, summary: bool) -> list[Line]:
    """The checks as a table, what disagrees, and the verdict.

    Args:
        verification: what to show.
        width: columns of the terminal to fit, or None to show everything whole.
        summary: a line a metric in place of a line a check.
    """
    checks, broken = verification.checks, verification.broken
    rows = _by_metric(checks) if summary else [c for c in checks if _says_something(c)]
    result = [Line(printable(verification.network.name), "bold"), Line("")]
    result += _table(rows, width)
    if summary and broken:
        result += [Line(""), Line("disagreements", "bold"), *_table(broken, width)]
    result.append(Line(""))
    if broken:
        said = f"{len(broken):,} of {len(checks):,} checks disagree"
        result.append(Line(f"{said}: {', '.join(_places(broken))}", "bold red"))
    else:
        layers = plural(len(verification.network.layers), "layer")
        said = f"all {len(checks):,} checks of {layers} agree with what was executed"
        result.append(Line(said, "green"))
    if unknown := verification.network.unknown:
        said = f"{plural(len(unknown), 'part')} of the model not known, so not confirmed"
        result.append(Line(f"incomplete: {said} (`convcost analyze` says which)", "yellow"))
    return result


def _places(broken: Sequence[Check]) -> list[str]:
    places = list(dict.fromkeys(f"{check.layer} ({check.metric})" for check in broken))
    more = [f"and {len(places) - 5} more"] if len(places) > 5 else []
    return [printable(place) for place in places[:5]] + more


def _says_something(check: Check) -> bool:
    return not (check.agrees and check.formula == 0)


def _by_metric(checks: Sequence[Check]) -> list[Check]:
    """The totals of counts over all layers; figures that are not counts as they are."""
    from convcost.verify import Check

    sums: dict[str, tuple[int, int]] = {}
    others: list[Check] = []
    for check in checks:
        if isinstance(check.formula, int) and isinstance(check.executed, int):
            formula, executed = sums.get(check.metric, (0, 0))
            of = max if check.metric == PEAK else add
            sums[check.metric] = (of(formula, check.formula), of(executed, check.executed))
        elif check.metric != "output_shape":
            others.append(check)
    totals = [Check("all layers", metric, *pair) for metric, pair in sums.items()]
    return [*totals, *others]


def _table(checks: Sequence[Check], width: int | None) -> list[Line]:
    columns = [
        Column("layer", [check.layer for check in checks]),
        Column("metric", [check.metric for check in checks]),
        Column("formula", [shown(check.formula) for check in checks], number=True),
        Column("executed", [shown(check.executed) for check in checks], number=True),
        Column("", ["agrees" if check.agrees else "DISAGREES" for check in checks]),
    ]
    head, rule, *body = aligned(columns, width)
    red = [Line(line.text, "" if c.agrees else "red") for line, c in zip(body, checks, strict=True)]
    return [head, rule, *red]


def shown(figure: object) -> str:
    """A figure as the table has it."""
    if isinstance(figure, int):
        return f"{figure:,}"
    if isinstance(figure, tuple):
        return "x".join(map(str, cast("tuple[int, ...]", figure)))
    return str(figure)


def to_json(verification: Verification) -> str:
    """The document as text, ending in a newline."""
    document = {
        "convcost": VERSION,
        "network": verification.network.name,
        "agrees": not verification.broken,
        "complete": not verification.network.unknown,
        "checks": [
            {
                "layer": check.layer,
                "metric": check.metric,
                "formula": check.formula,
                "executed": check.executed,
                "agrees": check.agrees,
            }
            for check in verification.checks
        ],
    }
    return to_text(document)
