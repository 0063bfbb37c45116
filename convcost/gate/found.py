"""The models that are asked for, with the configurations that hold for them."""

from __future__ import annotations

import os
from os.path import relpath, sep
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import NothingMatched, printable
from convcost.gate.config import Configs
from convcost.gate.factory import not_checked
from convcost.gate.models import Choices, chosen, targets
from convcost.gate.variants import Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.errors import Problem
    from convcost.gate.factory import Factory


class Found(NamedTuple):
    """The models to check and the configurations that hold for them. ``all``: they are all that the
    configuration knows, not some that a command line names. ``factories`` are asked for as well, by
    their paths; they are among ``paths`` where ``run_code`` says that they may be run. ``targets``
    are the models in their variants."""

    paths: Sequence[Path]
    choices: Choices
    configs: Configs
    here: Path
    all: bool
    factories: Mapping[Path, Factory] = {}
    run_code: bool = False
    targets: Sequence[Target] = ()

    @property
    def complete(self) -> bool:
        """Whether all that the configuration knows is checked."""
        return self.all and not self.not_run

    @property
    def not_run(self) -> list[Problem]:
        """A sentence for each factory that nobody allowed to be run."""
        return [] if self.run_code else [not_checked(one) for one in self.factories.values()]

    def shown(self, path: Path) -> str:
        """A path as messages have it; the name of a spec that comes with convcost."""
        name = self.choices.name_of(path)
        if name:
            return name
        seen = relpath(path, self.here).replace(sep, "/")
        return str(path) if seen.startswith("../../..") else seen


def find(
    paths: Sequence[str],
    config: str | None,
    here: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    run_code: bool = False,
    python: str | None = None,
) -> Found:
    """The models that are asked for.

    Args:
        paths: files, folders, patterns and factories of the configuration; none: those of the
            configuration, or else of the folder.
        config: a configuration in place of those that are found.
        here: the folder in which the command runs.
        settings: values of vars for all specs.
        run_code: whether factories may be run.
        python: the interpreter that runs them, in place of those that the configuration names; a
            path as seen from ``here``.

    Raises:
        NothingMatched: there are none.
        ConvcostError: a path or a configuration is wrong.
    """
    here = Path(os.path.realpath(here))
    configs = Configs(config, here)
    own = configs.of(here)
    known = {factory.name: factory for factory in own.factories} if own else {}
    if python is not None:
        path = python if Path(python).name == python else str(here / Path(python).expanduser())
        known = {name: factory._replace(python=path) for name, factory in known.items()}
    files = [path for path in paths if path not in known]
    named = [known[path] for path in dict.fromkeys(paths) if path in known]
    only = bool(named) and not files
    choices = Choices([], own) if only else chosen(files, own, here, configs)
    factories = {factory.where: factory for factory in (named if paths else known.values())}
    there, made = choices.files(), [*factories] if run_code else []
    every = [*targets(choices, there, settings), *map(Target, made)]
    found = [*there, *made]
    return Found(found, choices, configs, here, not paths, factories, run_code, every)


def refuse_nothing(found: Found) -> None:
    """Raise NothingMatched."""
    config = found.choices.config
    if found.not_run:
        raise NothingMatched("\n".join(map(str, found.not_run)))
    if not found.all:
        where = "what is named holds no model"
    elif config is not None and config.choosing is not None:
        where = f"no model matches `models` of {printable(config.choosing.path)}"
    else:
        where = "no spec and no exported model is in this folder"
    raise NothingMatched(
        f"{where}\n  a spec is a YAML file with `input:` and `layers:` at its top level"
    )
