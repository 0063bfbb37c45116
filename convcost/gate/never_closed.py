"""Gates that would never close: limits of layers, and tables of models, that nothing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.budget.limit import Part
from convcost.budget.verdict import Status
from convcost.errors import Problem, listed, quoted, similar
from convcost.gate.variants import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from convcost.budget.limit import Limit
    from convcost.gate.base import Base
    from convcost.gate.checks import Checked
    from convcost.gate.config import Config
    from convcost.gate.found import Found


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
        and (found.complete or (limit.source and limit.source.path == model.file))
    ]


def _unmatched(limit: Limit, model: Checked) -> Problem:
    if limit.part is Part.OPS:
        return Problem(f"budget: no layer has the op {quoted(limit.pattern)}", limit.source)
    names = [row.name for row in model.figures.rows]
    blocks = {name.rpartition(".")[0] for name in names} - {""}
    notes = similar(limit.pattern, [*sorted(blocks), *names], "name")
    said = f"budget: no layer has a name like {quoted(limit.pattern)}"
    return Problem(said, limit.source, notes=tuple(notes))


def needless(found: Found, base: Base | None) -> list[Problem]:
    """Tables of the configuration that are for models which are not there."""
    every = [*found.targets, *map(Target, found.factories)]
    return [problem for config in _whole(found) for problem in _needless(config, every, base)]


def _whole(found: Found) -> list[Config]:
    """The configurations of which all models are checked."""
    if not found.all:
        return []
    first = found.choices.config
    used = {id(config): config for config in map(found.configs.of, _folders(found)) if config}
    whole = [c for c in used.values() if c is not first and c.folder.is_relative_to(found.here)]
    if first is not None and (first.models or first.folder == found.here):
        whole.insert(0, first)
    return whole


def _folders(found: Found) -> dict[Path, None]:
    return dict.fromkeys(path.parent for path in found.paths)


def _needless(config: Config, targets: Sequence[Target], base: Base | None) -> Iterator[Problem]:
    seen = [config.seen(target.path) for target in targets]
    seen += [f"{config.seen(path)}{variant.name}" for path, variant in targets if variant.name]
    kinds = (("budget", config.budgets), ("model", config.told), ("exemption", config.exemptions))
    for what, tables in kinds:
        for table in tables:
            if table.patterns and not any(map(table.holds_for, seen)):
                named = listed([quoted(pattern) for pattern in table.patterns], "or")
                fates = [(p, base.fate(config.folder / p)) for p in table.patterns] if base else []
                notes = tuple(f"{quoted(pattern)} {fate}" for pattern, fate in fates if fate)
                yield Problem(f"{what}: no model matches {named}", table.source, notes=notes)
