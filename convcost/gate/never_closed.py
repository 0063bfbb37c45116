"""Gates that would never close: limits of layers, and tables of models, that nothing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.budget.limit import Part
from convcost.budget.verdict import Status
from convcost.errors import Problem, listed, quoted, similar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.budget.limit import Limit
    from convcost.gate.check import Found
    from convcost.gate.checks import Checked


def unmatched(found: Found, checked: Sequence[Checked]) -> list[Problem]:
    """Limits whose pattern of layers matches nothing in any model that they hold for."""
    matched: set[Limit] = set()
    lonely: dict[Limit, Checked] = {}
    for model in checked:
        for verdict in (h.verdict for h in model.held):
            if verdict.status is Status.UNMATCHED:
                lonely.setdefault(verdict.limit, model)
            else:
                matched.add(verdict.limit)
    return [
        _unmatched(limit, model)
        for limit, model in lonely.items()
        if limit not in matched
        and (found.all or (limit.source and limit.source.path == model.path))
    ]


def _unmatched(limit: Limit, model: Checked) -> Problem:
    if limit.part is Part.OPS:
        return Problem(f"budget: no layer has the op {quoted(limit.pattern)}", limit.source)
    names = [row.name for row in model.figures.rows]
    blocks = {name.rpartition(".")[0] for name in names} - {""}
    notes = similar(limit.pattern, [*sorted(blocks), *names], "name")
    said = f"budget: no layer has a name like {quoted(limit.pattern)}"
    return Problem(said, limit.source, notes=tuple(notes))


def needless(found: Found) -> list[Problem]:
    """Tables of the configuration that are for models which are not there."""
    config = found.choices.config
    if config is None or not found.all or not (config.models or config.folder == found.here):
        return []
    seen = [config.seen(path) for path in found.paths]
    return [
        Problem(
            f"{what}: no model matches "
            f"{listed([quoted(pattern) for pattern in table.patterns], 'or')}",
            table.source,
        )
        for what, tables in (("budget", config.budgets), ("model", config.told))
        for table in tables
        if table.patterns and not any(map(table.holds_for, seen))
    ]
