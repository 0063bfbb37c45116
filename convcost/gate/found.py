"""The models that are asked for, with the configurations that hold for them."""

from __future__ import annotations

import os
from os.path import relpath, sep
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import NothingMatched, printable
from convcost.gate.config import Configs
from convcost.gate.models import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.gate.models import Choices


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
