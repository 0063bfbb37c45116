"""A saved baseline that models are compared with."""

from __future__ import annotations

import os
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.gate.base import Base, Before, Now
from convcost.gate.baseline import read_baseline, renamed
from convcost.gate.factory import is_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convcost.gate.models import Choices


class Saved(Base):
    """A file that ``convcost baseline`` wrote; its paths are as seen from the file's folder."""

    def __init__(self, file: str, here: Path) -> None:
        self.label = printable(file)
        self.here = here
        self.notes: list[str] = []
        where = Path(os.path.abspath(here / file))
        self.models = {
            Path(os.path.normpath(where.parent / path)): figures
            for path, figures in read_baseline(where, file).items()
        }

    def before(self, now: Now) -> Before | None:
        """By the model's path."""
        figures = self.models.get(now.where.with_name(now.where.name + now.variant.name))
        return figures and Before(now.path, renamed(figures, now.analysis.figures))

    def deleted(self, choices: Choices, there: Iterable[Path]) -> list[Before]:
        """Those of the file that are gone."""
        known = set(there)
        return [
            Before(relpath(path, self.here), figures)
            for path, figures in sorted(self.models.items())
            if path not in known
            and (choices.whole if is_name(path.name) else choices.covers(path))
            and not path.exists()
        ]
