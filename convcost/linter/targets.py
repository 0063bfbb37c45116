"""The files that a command line asks about."""

from __future__ import annotations

import os
from os.path import relpath, sep
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import NothingMatched
from convcost.files import known
from convcost.gate.models import Choices, chosen
from convcost.gate.patterns import is_pattern
from convcost.spec.files import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.gate.config import Config


class Target(NamedTuple):
    """A file: its path in messages, from which it is read, its absolute path, the folder whose
    configuration holds for it, and what led to it where that was not its own name."""

    shown: str
    path: Path
    folder: Path
    found_by: Choices | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a file of the user's: not standard input, nor a spec of convcost's own."""
        return self.shown != STDIN and not known.is_known(self.shown)

    def refuse_outside(self) -> None:
        """Raise ConvcostError where a link or a pattern leads to it from outside of its root."""
        if self.found_by is not None:
            self.found_by.refuse_outside(self.path, self.shown)


def targets(paths: Sequence[str], config: Config | None, here: Path) -> list[Target]:
    """The files, each once.

    Args:
        paths: files, names of specs, folders and patterns; where there are none, what the
            configuration names, or else all that is in ``here``.
        config: that of ``here``.
        here: the folder in which the command runs.

    Raises:
        NothingMatched: there are none.
    """
    found: dict[Path, Target] = {}
    for path in paths or [""]:
        for target in _named(path, config, here):
            found.setdefault(target.path, target)
    if not found:
        raise NothingMatched(
            "there is no spec, file of blocks or exported model to lint\n"
            "  a spec is a YAML file with `input:` and `layers:` at its top level"
        )
    return list(found.values())


def _named(path: str, config: Config | None, here: Path) -> Iterator[Target]:
    where = Path(os.path.abspath(here / path))
    if path and not os.path.isdir(where) and (os.path.lexists(where) or not is_pattern(path)):
        target = Target(path, where, where.parent)
        yield target if target.is_file else target._replace(folder=here)
        return
    choices = chosen([path] if path else [], config, here)
    for file in choices.files(blocks=True):
        yield Target(_shown(file, here), file, file.parent, choices)


def _shown(path: Path, here: Path) -> str:
    """The path as seen from here, where that is not far."""
    seen = relpath(path, here).replace(sep, "/")
    return str(path) if seen.startswith("../../..") else seen
