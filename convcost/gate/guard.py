"""The gate as it was at the base: its limits, and the models that it held."""

from __future__ import annotations

from os.path import relpath, sep
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.budget.verdict import subject
from convcost.errors import ConvcostError, Source
from convcost.files.opened import Unreadable, content
from convcost.gate.causes import Cause
from convcost.gate.config import PROJECT
from convcost.gate.edits import Kind
from convcost.gate.models import chosen
from convcost.gate.policy import Policy
from convcost.gate.toml import read_toml
from convcost.gate.weakened import How, Judged, Texts, Weakened, tightened, weakened
from convcost.spec.nodes import LARGEST_FILE, File, Mapping, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from convcost.budget.limit import Limit
    from convcost.gate.base import Base, Before, Now
    from convcost.gate.config import Config, Configs
    from convcost.gate.models import Choices


class Guard:
    """Compares the gate with what it was at a base."""

    def __init__(self, base: Base, now: Configs, here: Path) -> None:
        self.base = base
        self.here = here
        self.notes: dict[str, None] = {}
        self._now = now
        self._then: Configs | None = None
        try:
            self._then = base.configs(now)
        except ConvcostError as error:
            self._cannot(error)
        self._texts = Texts(base.text, self._text)

    def limits(self, before: Before, variant: str = "") -> list[Limit]:
        """All limits that held for a model as it was, or for a variant of it."""
        where = self.here / before.path
        config = self.config(where.parent)
        return config.limits(where, before.limits, variant) if config else [*before.limits]

    @property
    def knows_limits(self) -> bool:
        """Whether the base has limits, and not only figures."""
        return self._then is not None

    def policy(self, before: Before | None, ci: bool) -> Policy:
        """The policy that held for a model as it was, or for the folder of the command."""
        folder = (self.here / before.path).parent if before else self.here
        config = self.config(folder)
        return Policy(config.levels() if config else {}, ci)

    def weakened(self, before: Before, now: Now, limits: Sequence[Limit]) -> list[Weakened]:
        """The limits of a model that were weakened.

        Args:
            before: the model as it was.
            now: the model as it is.
            limits: those that hold for it.
        """
        old = self.limits(before, now.variant.name)
        if old == [*limits]:
            return []
        judged = Judged(now.analysis.figures, before.figures)
        path = f"{now.path}{now.variant.name}"
        return list(weakened(path, old, limits, judged, self._texts))

    def tightened(self, before: Before, now: Now, limits: Sequence[Limit]) -> dict[Limit, Cause]:
        """The limits of a model that are new or let less through, as causes; as :meth:`weakened`.
        Of a base without limits, such as saved figures, nothing is known."""
        old = self.limits(before, now.variant.name)
        if old == [*limits] or self._then is None:
            return {}
        judged = Judged(now.analysis.figures, before.figures)
        return {
            limit: Cause(
                *(Kind.LIMIT, f"{subject(limit)} limit", was.text if was else "", limit.text),
                *(limit.source, {}),
            )
            for limit, was in tightened(old, limits, judged)
        }

    def left_out(self, choices: Choices, there: Sequence[Path]) -> Iterator[Weakened]:
        """Models that the configuration does not check any more, though they are there."""
        now, then = choices.config, self.config(self.here)
        yield from self._factories(now, then)
        if now is None or (then and self._is_as_it_was()):
            return
        if then is None and self._then is None:
            return
        known = set(there)
        for path in chosen([], then, self.here, self._then).files():
            if path not in known:
                seen = relpath(path, self.here).replace(sep, "/")
                yield Weakened(How.UNCHECKED, (), None, self._choice(now), (seen,))

    def _factories(self, now: Config | None, then: Config | None) -> Iterator[Weakened]:
        """Those that are not in the configuration any more."""
        known = {one.name for one in now.factories} if now else ()
        for name in (one.name for one in (then.factories if then else ())):
            if name not in known:
                place = self._choice(now) if now else None
                yield Weakened(How.UNCHECKED, (), None, place, (name,))

    def _is_as_it_was(self) -> bool:
        """Whether no configuration, of folders below either, is new or has changed."""
        paths = {config.path for config in self._now.known.values() if config}
        return all(self._text(path) == self.base.text(path) for path in paths)

    def _choice(self, config: Config) -> Source:
        """Where a configuration says which models it checks."""
        data = self._text(config.path)
        root = read_toml(File(config.path, decode(data or b"", config.path)))
        for key in ("tool", "convcost") if PurePath(config.path).name == PROJECT else ():
            inner = root.get(key)
            root = inner if isinstance(inner, Mapping) else root
        keys = [root.entries[key][0] for key in ("exclude", "models") if key in root.entries]
        return keys[0].source if keys else Source(config.path)

    def config(self, folder: Path) -> Config | None:
        """The configuration that held for a folder; None where there was none that can be read."""
        if self._then is None:
            return None
        try:
            return self._then.of(folder)
        except ConvcostError as error:
            self._cannot(error)
            return None

    def _cannot(self, error: ConvcostError) -> None:
        said = str(error).partition("\n")[0]
        self.notes[f"limits are not compared with those of the base: {said}"] = None

    def _text(self, path: str) -> bytes | None:
        """The bytes of a file as it is."""
        try:
            return content(self.here / path, LARGEST_FILE)
        except Unreadable:
            return None
