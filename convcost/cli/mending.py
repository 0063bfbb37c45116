"""``lint --fix`` and ``--add-ignore``: files that are changed, or would be."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import typer

from convcost.cli import output
from convcost.errors import plural, printable
from convcost.files.written import replace
from convcost.given import NOTHING
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.linter.run import Asked, Linted, Linter
    from convcost.linter.targets import Target
    from convcost.linter.trial import Trial


class Change(Enum):
    """The change that is asked for, by its option."""

    FIX = auto()
    IGNORE = auto()

    @property
    def option(self) -> str:
        """The option that asks for it."""
        return "--fix" if self is Change.FIX else "--add-ignore"


def asked(*, fix: bool, add_ignore: bool, diff: bool, format_: str) -> Change | None:
    """The change that options ask for, if any; BadParameter where they contradict each other."""
    if fix and add_ignore:
        raise typer.BadParameter("run --fix first, then this", param_hint="--add-ignore")
    if diff and format_ != FIRST:
        raise typer.BadParameter(
            f"it prints a diff, and --format says {format_}: give one of them", param_hint="--diff"
        )
    if add_ignore:
        return Change.IGNORE
    return Change.FIX if fix or diff else None


def refuse(change: Change | None, asked: Asked, targets: Sequence[Target]) -> None:
    """Raise BadParameter where files cannot be changed for what is asked of them."""
    if change is None:
        return
    if asked.settings or asked.given != NOTHING:
        raise typer.BadParameter(
            "it changes specs as they are written: leave out --set, --input and other settings",
            param_hint=change.option,
        )
    for target in targets:
        if not target.is_file:
            raise typer.BadParameter(
                f"it changes your own files, and {printable(target.shown)} is not one",
                param_hint=change.option,
            )


def difference(
    change: Change | None, linter: Linter, found: Sequence[Linted], out: str | None
) -> bool:
    """Print what would change; whether anything would."""
    from convcost.linter.trial import Trial, differences

    trial = Trial(linter, found)
    changed = _tried(change, trial)
    output.write("".join(f"{line}\n" for line in differences(trial.before, changed)), out)
    return bool(changed)


def done(change: Change | None, linter: Linter, found: Sequence[Linted]) -> Sequence[Linted]:
    """Change the files, and say so; what is found then."""
    from convcost.linter.trial import Trial

    if change is None:
        return found
    trial = Trial(linter, found)
    for path, data in _tried(change, trial).items():
        replace(data, str(linter.here / path))
        output.note(f"{path}: {plural(trial.made[path], 'change')} made")
    return trial.files


def _tried(change: Change | None, trial: Trial) -> Mapping[str, bytes]:
    """The new bytes of files, by their paths."""
    if change is Change.IGNORE:
        from convcost.linter.adopt import ignore

        ignore(trial)
    else:
        from convcost.linter.fix import fix

        fix(trial)
    return trial.changed
