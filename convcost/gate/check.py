"""Models held against their budgets."""

from __future__ import annotations

import os
from datetime import date
from os.path import relpath, sep
from pathlib import Path
from typing import TYPE_CHECKING

from convcost import arguments
from convcost.allowance import Allowance, allowing
from convcost.analysis.counted import device_with
from convcost.errors import ConvcostError, SpecError
from convcost.files.root import git_top
from convcost.further_metrics import ESTIMATE
from convcost.gate.base import NONE, Base
from convcost.gate.bases import base_of
from convcost.gate.checks import Checked, Checks, State
from convcost.gate.found import Found, find, refuse_nothing
from convcost.gate.judge import Judge, Terms
from convcost.gate.mistakes import together
from convcost.gate.never_closed import needless, unmatched
from convcost.gate.variants import Target
from convcost.gate.working_folder import working_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.errors import Problem


def check(
    *paths: str | os.PathLike[str],
    base: str = NONE,
    baseline: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    strict: bool = False,
    run_code: bool = False,
    python: str | os.PathLike[str] | None = None,
    today: date | None = None,
) -> Checks:
    """Hold models against their budgets, as the command ``convcost check`` does.

    Args:
        paths: files, folders and patterns; those of the configuration unless given.
        base: a git revision to compare with.
        baseline: a saved baseline to compare with.
        config: a configuration in place of the closest one.
        strict: what could not be counted, or compared, breaks its limit.
        run_code: whether factories that a configuration names may be run.
        python: the interpreter that runs them, in place of those that the configuration names.
        today: the day on which exemptions hold; the real one unless given.

    Returns:
        Checks: ``models`` with their figures and verdicts, ``failures`` those that break a limit or
        an expectation.

    Raises:
        NothingMatched: there is no model, and none was.
        ConvcostError: a model, configuration or baseline cannot be read.
        TypeError: an argument is of another type than it is declared with.
    """
    named = [arguments.path(f"paths[{number}]", path) for number, path in enumerate(paths)]
    ref = None if arguments.text("base", base) == NONE and baseline is not None else base
    file = None if baseline is None else arguments.path("baseline", baseline)
    arguments.flag("strict", strict)
    arguments.flag("run_code", run_code)
    config = None if config is None else arguments.path("config", config)
    python = None if python is None else arguments.path("python", python)
    found = find(named, config, working_folder(), run_code=run_code, python=python)
    before = base_of(ref, file, found.here, {})
    try:
        checks = checked(found, before, Terms(strict, today=today or date.today()))
    finally:
        if before is not None:
            before.close()
    checks.refuse_errors()
    return checks


def checked(
    found: Found,
    base: Base | None,
    terms: Terms,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Checks:
    """Hold models that were found against their budgets.

    Args:
        found: the models.
        base: what they are compared with.
        terms: what holds for all of them.
        progress: called with what is done, of how much.

    Raises:
        NothingMatched: there is none, and none was.

    Returns:
        the models that can be read, and the mistakes of the others.
    """
    judge = Judge(found, base, terms)
    models: list[Checked] = []
    wrong: list[tuple[str, ConvcostError]] = []
    if terms.strict:
        wrong += (("", SpecError([problem])) for problem in found.not_run)
    lost = base.no_more(found.choices, found.paths) if base else []
    every = [*found.targets, *map(Target, lost)]
    for number, target in enumerate(every):
        progress(number, len(every))
        try:
            with allowing(Allowance()):  # one for each: no model takes from the others
                models.append(judge.model(target))
        except ConvcostError as error:
            if not judge.is_old(target.path, error):
                wrong.append((f"{found.shown(target.path)}{target.variant.name}", error))
    known = [t.path.with_name(t.path.name + t.variant.name) for t in found.targets]
    gone = base.deleted(found.choices, [*found.paths, *found.factories, *known]) if base else []
    models += (Checked(b.path, State.DELETED, b.figures, path_before=b.path) for b in gone)
    if not (models or wrong or judge.concerns):
        refuse_nothing(found)
    if len(found.targets) <= len(models):  # else a limit may be of layers that could not be read
        lonely = (*unmatched(found, models), *needless(found, base))
        wrong += (("", SpecError([problem])) for problem in lonely)
    return Checks(
        models=models,
        base=base.label if base else "",
        notes=[
            *_notes([] if terms.strict else found.not_run, models, base),
            *(judge.guard.notes if judge.guard else ()),
        ],
        strict=terms.strict,
        folder=from_root(found.here),
        errors=together(wrong),
        weakened=judge.weakened(models),
        concerns=judge.all_concerns(models),
    )


def ended(error: ConvcostError) -> Checks:
    """The results of a check that ended before any model was read."""
    try:
        folder = from_root(working_folder())
    except ConvcostError:  # it was deleted, which is the error
        folder = "."
    return Checks([], folder=folder, errors=together([("", error)]))


def from_root(here: Path) -> str:
    """A folder as seen from the top of its git work tree."""
    here = Path(os.path.realpath(here))
    root = git_top(here)
    return relpath(here, root).replace(sep, "/") if root else "."


def _notes(not_run: Sequence[Problem], checked: Sequence[Checked], base: Base | None) -> list[str]:
    doubts = [f"{model.path}: {doubt}" for model in checked for doubt in model.doubts]
    assumed = [f"{m.path} assumes {what}" for m in checked for what in m.figures.assumes]
    notes = [*doubts, *(base.notes if base else ()), *assumed, *_estimated(checked)]
    return [*map(str, not_run), *notes]


def _estimated(checked: Sequence[Checked]) -> list[str]:
    """How far off the estimates are that models are held to, and what they are fitted on."""
    limits = [held.verdict.limit for model in checked for held in model.held]
    named = {limit.metric: limit.source for limit in limits if limit.metric.endswith(ESTIMATE)}
    fitted = {metric: device_with(metric, source).calibration for metric, source in named.items()}
    return [f"{metric}: {of.off}; fitted on {of.source}" for metric, of in fitted.items() if of]
