"""Models held against their budgets."""

from __future__ import annotations

import os
from os.path import relpath, sep
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments
from convcost.allowance import Allowance, allowing
from convcost.analysis.analyze.cost import analyze
from convcost.budget.verdict import Figures, Status, verdicts
from convcost.errors import ConvcostError, NothingMatched, SpecError, plural, printable
from convcost.files.root import git_top
from convcost.finding import Level
from convcost.gate.base import NONE, Base, Before, Now, base_of
from convcost.gate.checks import Checked, Checks, Held, State, Unexpected
from convcost.gate.config import Configs
from convcost.gate.difference import Pair, changes, pairs
from convcost.gate.guard import Guard
from convcost.gate.mistakes import together
from convcost.gate.models import chosen
from convcost.gate.never_closed import needless, unmatched
from convcost.gate.reading import load_given
from convcost.gate.repair import repair
from convcost.gate.weakened import How, grouped
from convcost.gate.working_folder import working_folder
from convcost.given import NOTHING
from convcost.loading import inputs_of, is_exported
from convcost.spec.files import Files
from convcost.spec.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Verdict
    from convcost.gate.config import Config
    from convcost.gate.models import Choices
    from convcost.given import Given


class Found(NamedTuple):
    """The models to check and the configurations that hold for them. ``all``: they are all that the
    configuration knows, not some that a command line names."""

    paths: Sequence[Path]
    choices: Choices
    configs: Configs
    here: Path
    all: bool

    def shown(self, path: Path) -> str:
        """A path as messages have it; the name of a spec that comes with convcost."""
        name = self.choices.name_of(path)
        if name:
            return name
        seen = relpath(path, self.here).replace(sep, "/")
        return str(path) if seen.startswith("../../..") else seen


def find(paths: Sequence[str], config: str | None, here: Path) -> Found:
    """The models that are asked for.

    Args:
        paths: files, folders and patterns; none: those of the configuration, or else of the folder.
        config: a configuration in place of those that are found.
        here: the folder in which the command runs.

    Raises:
        NothingMatched: there are none.
        ConvcostError: a path or a configuration is wrong.
    """
    here = Path(os.path.realpath(here))
    configs = Configs(config, here)
    choices = chosen(paths, configs.of(here), here, configs)
    return Found(choices.files(), choices, configs, here, not paths)


def refuse_nothing(found: Found) -> None:
    """Raise NothingMatched."""
    config = found.choices.config
    if not found.all:
        where = "what is named holds no model"
    elif config is not None and config.choosing is not None:
        where = f"no model matches `models` of {printable(config.choosing.path)}"
    else:
        where = "no spec and no exported model is in this folder"
    raise NothingMatched(
        f"{where}\n  a spec is a YAML file with `input:` and `layers:` at its top level"
    )


def analysed(path: Path, shown: str, config: Config | None = None, asked: Given = NOTHING) -> Now:
    """A model as it is.

    Args:
        path: its absolute path.
        shown: its path in messages, from which it is read.
        config: the configuration that holds for it, with sizes of its inputs.
        asked: sizes in place of those, as far as it has them.

    Raises:
        ConvcostError: it cannot be read.
    """
    given = config.given(path) if config else NOTHING
    if is_exported(shown):
        if asked != NOTHING:
            given = asked.fitting(inputs_of(shown)).over(given)
        return Now(shown, path, analyze(load_given(path, shown, given, config)), {}, given)
    files = Files()
    network = load_given(path, shown, given, config, files)
    return Now(shown, path, analyze(network), files.read, given)


def check(
    *paths: str | os.PathLike[str],
    base: str = NONE,
    baseline: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    strict: bool = False,
) -> Checks:
    """Hold models against their budgets, as the command ``convcost check`` does.

    Args:
        paths: files, folders and patterns; those of the configuration unless given.
        base: a git revision to compare with.
        baseline: a saved baseline to compare with.
        config: a configuration in place of the closest one.
        strict: what could not be counted breaks its limit.

    Raises:
        NothingMatched: there is no model, and none was.
        ConvcostError: a model, configuration or baseline cannot be read.
        TypeError: an argument is of another type than it is declared with.
    """
    named = [arguments.path(f"paths[{number}]", path) for number, path in enumerate(paths)]
    ref = None if arguments.text("base", base) == NONE and baseline is not None else base
    file = None if baseline is None else arguments.path("baseline", baseline)
    arguments.flag("strict", strict)
    config = None if config is None else arguments.path("config", config)
    found = find(named, config, working_folder())
    before = base_of(ref, file, found.here, {})
    try:
        checks = checked(found, before, strict=strict)
    finally:
        if before is not None:
            before.close()
    checks.refuse_errors()
    return checks


def checked(
    found: Found,
    base: Base | None,
    *,
    strict: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Checks:
    """Hold models that were found against their budgets.

    Args:
        found: the models.
        base: what they are compared with.
        strict: what could not be counted breaks its limit.
        progress: called with what is done, of how much.

    Raises:
        NothingMatched: there is none, and none was.

    Returns:
        the models that can be read, and the mistakes of the others.
    """
    models: list[Checked] = []
    guard = Guard(base, found.configs, found.here) if base else None
    wrong: list[tuple[str, ConvcostError]] = []
    for number, path in enumerate(found.paths):
        progress(number, len(found.paths))
        try:
            with allowing(Allowance()):  # one for each: no model takes from the others
                models.append(_checked(found, path, base, guard))
        except ConvcostError as error:
            wrong.append((found.shown(path), error))
    gone = base.deleted(found.choices, found.paths) if base else []
    models += (Checked(b.path, State.DELETED, b.figures, path_before=b.path) for b in gone)
    if not models and not wrong:
        refuse_nothing(found)
    if not wrong:  # else a limit may be of layers that could not be read
        wrong = [("", SpecError([p])) for p in (*unmatched(found, models), *needless(found))]
    label, notes = base.label if base else "", _notes(found, models, base)
    weaker = [one for model in models for one in model.weakened]
    if guard:
        weaker += guard.left_out(found.choices, found.paths) if found.all else ()
        notes += guard.notes
    return Checks(
        models=models,
        base=label,
        notes=notes,
        strict=strict,
        folder=from_root(found.here),
        errors=together(wrong),
        weakened=grouped(weaker),
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


def _checked(found: Found, path: Path, base: Base | None, guard: Guard | None) -> Checked:
    shown = found.shown(path)
    found.choices.refuse_outside(path, shown)
    if found.choices.name_of(path):
        base = None  # the base has models of this repository
    config = found.configs.of(path.parent)
    now = analysed(path, shown, config)
    limits = (*now.analysis.network.budget, *(config.limits(path) if config else ()))
    before = base.before(now) if base else None
    figures = now.analysis.figures
    then = before and before.figures
    if base and then:
        _refuse_older(base, then, limits)
    judged = verdicts(figures, limits, then)
    aligned: list[Pair] = []
    if before and any(verdict.change for verdict in judged):
        analyses = before.analysis and (before.analysis, now.analysis)
        aligned = pairs(before.figures, figures, analyses)
    weaker = guard.weakened(before, shown, limits, figures) if guard and before else []
    looser = {e.after: e.before[0] for e in weaker if e.how is How.LOOSENED}
    held = [_held(verdict, before, aligned, looser) for verdict in judged]
    broken = [h for h in held if h.verdict.status is Status.BROKEN]
    fix = None
    if any(h.verdict.limit.level is Level.ERROR for h in broken):
        fix = repair(now, [h.verdict for h in held], then)
    return Checked(
        path=shown,
        state=_state(shown, base, before),
        figures=figures,
        held=held,
        unexpected=_unexpected(now.analysis),
        path_before=before.path if before else "",
        repair=fix,
        before=then,
        doubts=now.analysis.network.doubts,
        weakened=weaker,
    )


def _refuse_older(base: Base, then: Figures, limits: Sequence[Limit]) -> None:
    """Raise where growth is limited of what the base does not know: it would pass unseen."""
    for limit in limits:
        if limit.relative and not then.knows(limit.metric):
            raise ConvcostError(
                f"{base.label}: it was saved before `{limit.metric}` was counted, whose growth is "
                f"limited\n  `convcost baseline -o {base.label}` writes it anew"
            )


def _unexpected(analysis: Analysis) -> list[Unexpected]:
    document = analysis.network.document
    written = document.expect if isinstance(document, Document) else {}
    return [
        Unexpected(said, written[name].node.source if name in written else None)
        for name, said in analysis.unexpected.items()
    ]


def _held(
    verdict: Verdict,
    before: Before | None,
    aligned: Sequence[Pair],
    looser: Mapping[Limit | None, Limit],
) -> Held:
    same = before is None or before.same
    moved = changes(verdict.limit, aligned) if verdict.change and not same else []
    return Held(verdict, moved, looser.get(verdict.limit))


def _state(path: str, base: Base | None, before: Before | None) -> State:
    if base is None:
        return State.ALONE
    if before is None:
        return State.NEW
    if before.path != path:
        return State.RENAMED
    return State.SAME if before.same else State.CHANGED


def _notes(found: Found, checked: Sequence[Checked], base: Base | None) -> list[str]:
    doubts = [f"{model.path}: {doubt}" for model in checked for doubt in model.doubts]
    return [*doubts, *(base.notes if base else ()), *_unchecked(found, checked, base)]


def _unchecked(found: Found, checked: Sequence[Checked], base: Base | None) -> list[str]:
    held = any(model.held or model.unexpected for model in checked)
    if checked and found.choices.config is None and not held:
        return ["no model has a budget: `convcost init` writes a first one of each"]
    relative = sum(
        h.verdict.limit.relative and h.verdict.status is Status.NEW
        for model in checked
        for h in model.held
        if model.state is State.ALONE
    )
    assumed = [f"{m.path} assumes {what}" for m in checked for what in m.figures.assumes]
    if base is not None or not relative:
        return assumed
    return [
        *assumed,
        f"{plural(relative, 'limit')} of growth not checked: there is no baseline "
        "(`--base main...` compares with where this branch began)",
    ]
