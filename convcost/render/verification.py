"""A verification as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.errors import plural, printable
from convcost.render.document import VERSION, to_text
from convcost.render.table import Column, Line, aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.execution.verification import Check, Verification
    from convcost.network import Network


LAYER_BY_LAYER = {"output_shape", "full_shape", "weights"}
"""Metrics that a summary leaves out."""


def lines(
    verification: Verification, width: int | None, *, summary: bool, divided_by: int = 1
) -> list[Line]:
    """The checks as a table, what disagrees, and the verdict.

    Args:
        verification: what to show.
        width: columns of the terminal to fit, or None to show everything whole.
        summary: a line a metric in place of a line a check.
        divided_by: what the channels of the network were divided by.
    """
    checks, broken = verification.checks, verification.broken
    rows = _by_metric(checks) if summary else [c for c in checks if _says_something(c)]
    shrunk = f", channels divided by {divided_by}: figures are not those of the network itself"
    of = f"figures of {plural(_batch(verification.network), 'sample')}" + (
        shrunk if divided_by > 1 else ""
    )
    result = [Line(f"{printable(verification.network.name)}: {of}", "bold"), Line("")]
    result += _table(rows, width) if rows else []
    if summary and broken:
        result += [Line(""), Line("disagreements", "bold"), *_table(broken, width)]
    result += [Line(""), _verdict(verification, divided_by)]
    if unknown := verification.network.unknown:
        said = f"{plural(len(unknown), 'part')} of the model not known, so not confirmed"
        result.append(Line(f"incomplete: {said} (`convcost analyze` says which)", "yellow"))
    result += [Line(printable(f"not confirmed: {why}")) for why in verification.unconfirmed]
    return result


def _verdict(verification: Verification, divided_by: int) -> Line:
    checks, broken = verification.checks, verification.broken
    at = f", of channels divided by {divided_by}," if divided_by > 1 else ""
    if broken:
        said = f"{len(broken):,} of {len(checks):,} checks{at} disagree"
        return Line(f"{said}: {', '.join(_places(broken))}", "bold red")
    if not checks:
        return Line("nothing was confirmed: no layer could be run", "bold red")
    layers = plural(len(verification.network.layers), "layer")
    return Line(f"all {len(checks):,} checks of {layers}{at} agree with what was executed", "green")


def _batch(network: Network) -> int:
    """How many samples the figures are of."""
    samples = (t.shape[0] for t in network.inputs.values() if t.shape and t.batch_axis == 0)
    return max(samples, default=1)


def _places(broken: Sequence[Check]) -> list[str]:
    places = list(dict.fromkeys(f"{check.layer} ({check.metric})" for check in broken))
    more = [f"and {len(places) - 5} more"] if len(places) > 5 else []
    return [printable(place) for place in places[:5]] + more


def _says_something(check: Check) -> bool:
    return not (check.agrees and check.formula == 0)


def _by_metric(checks: Sequence[Check]) -> list[Check]:
    """The network's figures, and of its layers those that do not add up to one."""
    from convcost.execution.verification import WHOLE

    totalled = {check.metric for check in checks if check.layer == WHOLE}
    return [c for c in checks if c.layer == WHOLE or c.metric not in totalled | LAYER_BY_LAYER]


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
    if isinstance(figure, float):
        return f"{figure:.6g}"
    if isinstance(figure, tuple):
        return "x".join(map(str, cast("tuple[int, ...]", figure)))
    return str(figure)


def to_json(verification: Verification, *, divided_by: int = 1) -> str:
    """The document as text, ending in a newline; channels were divided by ``divided_by``."""
    document = {
        "convcost": VERSION,
        "network": verification.network.name,
        "batch": _batch(verification.network),
        "channels_divided_by": divided_by,
        "agrees": verification.agrees,
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
        "unconfirmed": [*verification.unconfirmed],
    }
    return to_text(document)
