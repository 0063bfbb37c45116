"""Budgets in a test suite: networks of this process, and asserts that would hold nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import analyze
from convcost.analysis.reconcile.beside import counting
from convcost.budget.limit import Bound, Limit
from convcost.budget.verdict import Status, sentence, verdicts
from convcost.errors import ConvcostError, listed, printable, quoted
from convcost.finding import Level
from convcost.gate.baseline import read_baseline, to_json
from convcost.metrics import LIMITABLE, is_of_a_tool
from convcost.spec import quantity

if TYPE_CHECKING:
    from typing import TypeAlias

    from convcost.budget.verdict import Figures
    from convcost.gate.checks import Checked, Checks
    from convcost.network import Network

    Written: TypeAlias = "str | int | Mapping[str, str | int]"

HELD = (Status.KEPT, Status.BROKEN, Status.UNKNOWN)


def broken(
    network: Network, limits: Mapping[str, Written], base: str | None, name: str
) -> list[str]:
    """Sentences on the limits that a network breaks, and on what of it is not known then.

    Args:
        network: the network.
        limits: by metric.
        base: a saved baseline.
        name: of the network in it.

    Raises:
        ConvcostError: a limit, the baseline or a name is wrong, or no limit is given.
    """
    wanted = [limit for metric, each in limits.items() for limit in _limits(metric, each)]
    if not wanted:
        raise ConvcostError(
            f'{printable(name)}: nothing is held: no limit is given, as in params="5M"'
        )
    figures = counting(analyze(network), wanted).figures
    before = None if base is None else _saved(base, name)
    for limit in wanted:
        if limit.relative and before is None:
            raise ConvcostError(
                f"{limit.metric}: {quoted(limit.text)} is growth, and nothing is given to compare "
                'with\n  base="costs.json" is a file that `convcost.testing.save_baseline` wrote'
            )
        if limit.relative and before and not before.knows(limit.metric):
            raise ConvcostError(f"{printable(str(base))}: it was saved before `{limit.metric}` was")
    found = verdicts(figures, wanted, before)
    said = [sentence(verdict) for verdict in found if verdict.status is not Status.KEPT]
    return [*said, *figures.unknown] if said else []


def saved(network: Network, path: Path, name: str) -> bytes:
    """The content of a baseline with the costs of a network, beside what it has of others.

    Raises:
        ConvcostError: the file is there, and is none.
    """
    known = read_baseline(path, str(path)) if path.exists() else {}
    figures = counting(analyze(network), network.budget).figures
    return to_json({**known, name: figures}).encode()


def _saved(base: str, name: str) -> Figures:
    if not os.path.lexists(base):
        raise ConvcostError(
            f"base: {quoted(base)} is no file: a network of this process is compared with a saved "
            "baseline\n  `convcost check --run-code --base REV` runs the code of a revision"
        )
    known = read_baseline(Path(base), base)
    if name not in known:
        raise ConvcostError(
            f"{printable(base)}: it has no {quoted(name)}, and has "
            f"{listed([quoted(one) for one in known]) if known else 'nothing'}\n"
            "  `name=` says which it is"
        )
    return known[name]


def _limits(metric: str, written: Written) -> list[Limit]:
    if metric not in LIMITABLE and not is_of_a_tool(metric):
        known = listed(LIMITABLE)
        raise ConvcostError(f"{quoted(metric)} is no metric that can be limited: {known}")
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
    return [f"{printable(path)}: nothing is held: {idle[path]}" for path in there]


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
