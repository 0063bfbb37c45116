"""Models that a change adds where nothing looks for models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.files.opened import Unreadable, content
from convcost.gate.concerns import concern
from convcost.gate.models import is_spec
from convcost.gate.policy import MISSING
from convcost.loading import is_exported
from convcost.spec.nodes import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from convcost.gate.base import Base
    from convcost.gate.concern import Concern
    from convcost.gate.found import Found
    from convcost.gate.policy import Policy


def unwatched(found: Found, base: Base, policy: Policy) -> Iterator[Concern]:
    """Added models that the configuration does not choose, nor leaves out."""
    config = found.choices.config
    choosing = config.choosing if config else None
    if config is None or choosing is None or not found.all:
        return
    known = set(found.paths)
    for path in base.added():
        inside = path.is_relative_to(config.folder)
        if inside and path not in known and not config.excludes(path) and _is_model(path):
            said = f"is added where `models` of {printable(choosing.path)} does not look"
            yield from concern(policy, MISSING, said, found.shown(path))


def _is_model(path: Path) -> bool:
    if is_exported(path.name):
        return path.exists()
    try:
        return is_spec(content(path, LARGEST_FILE, input_=False))
    except Unreadable:
        return False
