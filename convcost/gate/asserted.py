"""Budgets in a test suite: networks of this process, and asserts that would hold nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import analyze
from convcost.analysis.counted import counting
from convcost.budget.limit import Bound, Limit
from convcost.budget.verdict import Status, sentence, verdicts
from convcost.errors import ConvcostError, listed, printable, quoted
from convcost.finding import Level
from convcost.further_metrics import is_of_a_tool
from convcost.gate import asserted_base
from convcost.gate.baseline import read_baseline, to_json
from convcost.metrics import LIMITABLE
from convcost.spec import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from convcost.budget.verdict import Figures
    from convcost.gate.asserted_base import Original
    from convcost.gate.checks import Checked, Checks
    from convcost.network import Network

    Written: TypeAlias = "str | int | Mapping[str, str | int]"

FINE = (Status.KEPT, Status.NEW)
HELD = (Status.KEPT, Status.BROKEN, Status.UNKNOWN)


def broken(
    network: Network,
    limits: Mapping[str, Written],
    base: str | None,
    name: str,
    original: Original | None = None,
) -> list[str]:
    """Sentences on the limits that a network breaks, and on what of it is not known then.

    Args:
        network: the network.
        limits: by metric.
        base: a saved baseline, or a revision.
        name: of the network in a saved baseline.
        original: what makes the network at a revision.

    Raises:
        ConvcostError: a limit, the base or a name is wrong, or no limit is given.
    """
    wanted = [limit for metric, each in limits.items() for limit in _limits(metric, each)]
    if not wanted:
        raise ConvcostError(
            f'{printable(name)}: nothing is checked: give a limit, such as params="5M"'
        )
    relative = next((limit for limit in wanted if limit.relative), None)
    if relative is not None and base is None:
        raise ConvcostError(
            f"{relative.metric}: {quoted(relative.text)} is growth, and nothing is given to "
            'compare with\n  base="costs.json" is a file that `convcost.testing.save_baseline` '
            'wrote, base="main..." where this branch began'
        )
    analysis = analyze(network)
    figures, before = counting(analysis, wanted).figures, None
    if base is not None and os.path.lexists(base):
        before = _saved(base, name, wanted)
    elif base is not None:
        before = asserted_base.before(base, _made_by(original, base), analysis, wanted)
    found = verdicts(figures, wanted, before)
    said = [sentence(verdict) for verdict in found if verdict.status not in FINE]
    return [*said, *figures.unknown] if said else []


def _made_by(original: Original | None, base: str) -> Original:
    if original is not None:
        return original
    raise ConvcostError(
        f"base: {quoted(base)} is not a file, so it is a revision, where code must make the "
        "network\n"
        f"  {asserted_base.NAMED}"
    )


def saved(network: Network, path: Path, name: str) -> bytes:
    """The content of a baseline with the costs of a network, beside what it has of others.

    Raises:
        ConvcostError: the file is there, and is none.
    """
    known = read_baseline(path, str(path)) if path.exists() else {}
    figures = counting(analyze(network), network.budget).figures
    return to_json({**known, name: figures}).encode()


def _saved(base: str, name: str, wanted: Sequence[Limit]) -> Figures:
    known = read_baseline(Path(base), base)
    if name not in known:
        raise ConvcostError(
            f"{printable(base)}: it has no {quoted(name)}, and has "
            f"{listed([quoted(one) for one in known]) if known else 'nothing'}\n"
            "  `name=` says which it is"
        )
    for limit in wanted:
        if limit.relative and not known[name].knows(limit.metric):
            raise ConvcostError(f"{printable(base)}: it was saved before `{limit.metric}` was")
    return known[name]


def _limits(metric: str, written: Written) -> list[Limit]:
    if metric not in LIMITABLE and not is_of_a_tool(metric):
        known = listed(LIMITABLE)
        raise ConvcostError(f"{quoted(metric)} is not a metric that can be limited: {known}")
    if not isinstance(written, Mapping):
        grows = str(written).strip().startswith("+")
        written = {Bound.INCREASE.value if grows else Bound.MAX.value: written}
    return [_limit(metric, str(word), str(text)) for word, text in written.items()]


def _limit(metric: str, word: str, text: str) -> Limit:
    try:
        bound = Bound(word)
    except ValueError:
        known = listed([f"`{one.value}`" for one in Bound])
        raise ConvcostError(f"{metric}: there is no bound {quoted(word)}: {known}") from None
    read = quantity.increase if bound is Bound.INCREASE else quantity.amount
    try:
        return Limit(metric, bound, read(text, metric), text=text)
    except ValueError as error:
        raise ConvcostError(f"{metric}: {quoted(text)} {error}") from None


def not_held(checks: Checks, named: tuple[str, ...]) -> list[str]:
    """Sentences on models of which nothing was held, so that nothing could have failed: on those
    that were named by themselves, and on all where that is so of all.

    Args:
        checks: the check.
        named: what was asked for.
    """
    paths = {os.path.normpath(path) for path in named}
    idle = {model.path: reason for model in checks.models if (reason := _idle(model))}
    own = [path for path in idle if path in paths]
    there = idle if len(idle) == len(checks.models) else own
    return [f"{printable(path)}: nothing is checked: {idle[path]}" for path in there]


def _idle(model: Checked) -> str:
    """The reason why nothing of a model could fail; "" where something could."""
    failing = [held for held in model.held if held.verdict.limit.level is Level.ERROR]
    if model.expects or any(held.verdict.status in HELD for held in failing):
        return ""
    if not model.held:
        return "it has no budget, and no `expect:`\n  `convcost init` writes a first budget"
    if not failing:
        return "all its limits are of level `warn`"
    if model.state == "new":
        return ""  # it was compared, and grows from nothing
    return (
        'its limits are of growth, and there is no baseline\n  base="main..." compares with where '
        "this branch began"
    )
