"""Another revision of their repository that models are compared with."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from os.path import relpath, sep
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import analyze, analyze_counts
from convcost.errors import ConvcostError, OpenSizes, Problem, SpecError, printable, quoted
from convcost.files.opened import opened
from convcost.gate import lfs
from convcost.gate.base import Base, Before, Incomparable, NotFetched, Now
from convcost.gate.config import ConfigsThen
from convcost.gate.git import Changed, Repository, described
from convcost.gate.models import is_spec
from convcost.gate.reading import load_like
from convcost.loading import is_exported, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.gate.config import Configs
    from convcost.gate.factory import Factory
    from convcost.gate.models import Choices
    from convcost.gate.work_tree import WorkTree
    from convcost.given import Given
    from convcost.network import Network


class Revision(Base):
    """A commit of the repository that models are in."""

    def __init__(self, repository: Repository, revision: str, ref: str, here: Path) -> None:
        self.repository = repository
        self.revision = revision
        self.label = described(revision, ref)
        self.here = here
        self.notes: list[str] = []
        self._changed: Changed | None = None
        self._tree: WorkTree | None = None

    @property
    def changed(self) -> Changed:
        """The changes of models since, as git has them."""
        if self._changed is None:
            self._changed = self.repository.changed(self.revision)
        return self._changed

    def close(self) -> None:
        """End git's processes, and remove the files that were written for factories."""
        self.repository.close()
        if self._tree is not None:
            self._tree.close()

    def before(self, now: Now) -> Before | None:
        """The model in that revision, under its name then."""
        if now.factory is not None:
            return self._made(now, now.factory)
        name = self._name(now.where)
        if name is None:
            return None
        if self.repository.blob(self.revision, name) is None:
            name = self.changed.renamed.get(name)
            if name is None:
                return None
        path = self._shown(name)
        if self._same(now, name):
            limits = tuple(now.analysis.network.budget)
            return Before(path, now.analysis.figures, now.analysis, limits, same=True)
        texts: dict[str, bytes] = {}

        def read(path: str) -> bytes:
            texts[path] = self.read(path)
            return texts[path]

        analysis = self._analysed(path, now, read)
        limits = tuple(analysis.network.budget)
        if not now.read:
            return Before(path, analysis.figures, analysis, limits)
        again = partial(self._as_it_was, path, now)
        return Before(path, analysis.figures, analysis, limits, read=texts, again=again)

    def text(self, path: str) -> bytes | None:
        """As git has it."""
        return self._read_or_none(path)

    def added(self) -> list[Path]:
        """Those that git says are new."""
        return [self.repository.root / name for name in self.changed.added]

    def no_more(self, choices: Choices, there: Iterable[Path]) -> list[Path]:
        """Those that git says have changed."""
        known = set(there)
        paths = ((name, self.repository.root / name) for name in self.changed.modified)
        return [
            path
            for name, path in paths
            if path not in known and choices.covers(path) and self._was_model(name)
        ]

    def fate(self, path: Path) -> str:
        """As git tells of it."""
        name = self._name(path)
        if name in self.changed.deleted:
            return f"was deleted since {self.label}"
        new = next((new for new, old in self.changed.renamed.items() if old == name), None)
        return f"was renamed to {quoted(self._shown(new))} since {self.label}" if new else ""

    def had(self, path: Path, error: ConvcostError) -> bool:
        """Whether it could not be read either, for the same reason."""
        name = self._name(path)
        if name is None or self.repository.blob(self.revision, name) is None:
            return False
        try:
            self._as_it_was(self._shown(name), None, self.read)
        except ConvcostError as then:
            return str(then) == str(error)
        return False

    def configs(self, now: Configs) -> Configs | None:
        """Those that git has."""
        return ConfigsThen(now, lambda path: self._read_or_none(str(path)))

    def _made(self, now: Now, factory: Factory) -> Before | None:
        """The model of a factory, made by that revision's own code."""
        from convcost.gate.factory_run import Foreign, Ground, NoFactory, network_of
        from convcost.gate.work_tree import WorkTree

        if self.repository.unchanged(self.revision):
            return Before(now.path, now.analysis.figures, now.analysis, same=True)
        if self._tree is None:
            self._tree = WorkTree(self.repository, self.revision)
        ground = Ground(self.here, self.repository.root, self._tree.path)
        try:
            analysis = analyze(network_of(factory, now.path, ground, now.given.operators))
        except NoFactory:
            return None
        except Foreign as error:  # the base may be fine: its own code was not run
            raise ConvcostError(f"at the base {self.label}:\n{error}") from None
        except ConvcostError as error:
            raise Incomparable(error) from None
        return Before(now.path, analysis.figures, analysis)

    def deleted(
        self,
        choices: Choices,
        there: Iterable[Path],  # noqa: ARG002 - saved figures use it: git knows what is gone
    ) -> list[Before]:
        """Those that git says are gone."""
        found: list[Before] = []
        for name in self.changed.deleted:
            where = self.repository.root / name
            if choices.covers(where) and self._was_model(name):
                path = self._shown(name)
                try:
                    found.append(Before(path, self._as_it_was(path, None, self.read).figures))
                except OpenSizes as error:
                    self.notes.append(
                        f"{error.said}; it is gone, and what it did cost is not known"
                    )
                except ConvcostError as error:
                    reason = str(error).partition("\n")[0]
                    self.notes.append(
                        f"{printable(path)}: is gone, and what it did cost is not known: {reason}"
                    )
        return found

    def analysed(
        self,
        path: str,
        given: Given,
        network: Callable[[], Network],
        read: Callable[[str], bytes],
    ) -> Analysis:
        """A model as it was.

        Args:
            path: its path then.
            given: what is given for its inputs now.
            network: it as it is now, whose sizes hold where an exported file leaves them open.
            read: returns the bytes of a file then, as :meth:`read` does.

        Raises:
            ConvcostError: it cannot be read.
        """
        if is_exported(path):
            return analyze(load_like(network(), given, path, read))
        return analyze(load(path, inputs=given.inputs, read=read))

    def _was_model(self, name: str) -> bool:
        if not is_exported(name):
            return is_spec(self.repository.read(self.revision, name) or b"")
        blob = self.repository.blob(self.revision, name)
        if blob is None or blob.size > lfs.LARGEST:
            return blob is not None
        data = self.repository.read(self.revision, name) or b""
        return not lfs.is_pointer(data) or self._pointed_at(data) is not None

    def _name(self, where: Path) -> str | None:
        """A path as seen from the repository's root; None outside of it."""
        seen = relpath(_real(where), self.repository.root).replace(sep, "/")
        return None if seen.startswith("../") else seen

    def _shown(self, name: str) -> str:
        return relpath(self.repository.root / name, self.here).replace(sep, "/")

    def _same(self, now: Now, name: str) -> bool:
        if now.read:
            return self._name(now.where) == name and all(
                self._read_or_none(path) == data for path, data in now.read.items()
            )
        blob = self.repository.blob(self.revision, name)
        if blob is None:
            return False
        size = now.where.stat().st_size
        if blob.size == size:
            return _git_name(now.where, size, len(blob.name)) == blob.name
        if blob.size > lfs.LARGEST:
            return False
        pointer = lfs.pointer(self.repository.read(self.revision, name) or b"")
        return pointer is not None and _digest(now.where, "sha256") == pointer.oid

    def _read_or_none(self, path: str) -> bytes | None:
        name = self._name(self.here / path)
        return None if name is None else self.repository.read(self.revision, name)

    def read(self, path: str) -> bytes:
        """The bytes of a file as it was; a ConvcostError where they are not there."""
        data = self._read_or_none(path)
        if data is None:
            raise SpecError([Problem(f"{printable(path)}: there is no such file")])
        if not lfs.is_pointer(data):
            return data
        found = self._pointed_at(data)
        if found is None:
            raise NotFetched(
                f"{printable(path)}: git holds only a Git LFS pointer of it, not the file\n"
                f"  `git lfs fetch origin {self.revision[:9]}` would bring it; or "
                "`convcost baseline -o FILE` saves what it costs there, and `--baseline FILE` "
                "compares with that"
            )
        return found

    def _pointed_at(self, data: bytes) -> bytes | None:
        pointer = lfs.pointer(data)
        return None if pointer is None else lfs.stored(self.repository, pointer)

    def _analysed(self, path: str, now: Now, read: Callable[[str], bytes]) -> Analysis:
        """A file of the base, with the sizes of the model as it is now."""
        try:
            return self._as_it_was(path, now, read)
        except NotFetched as error:
            raise NotFetched(
                f"at the base {self.label}, which cannot be compared with:\n{error}\n"
                "  `--base` names another revision, and `--base none` compares with none"
            ) from None
        except ConvcostError as error:
            raise Incomparable(error.said if isinstance(error, OpenSizes) else error) from None

    def _as_it_was(
        self, path: str, now: Now | None, read: Callable[[str], bytes], *, fields: bool = True
    ) -> Analysis:
        count = analyze if fields else analyze_counts
        if now is None:
            return count(load(path, read=read))
        if is_exported(path):
            return count(load_like(now.analysis.network, now.given, path, read, now.variant.dtype))
        return count(now.again(path, read))


def _real(path: Path) -> Path:
    """A path whose folder has no links in it, as git knows it."""
    return Path(os.path.realpath(path.parent)) / path.name


def _git_name(path: Path, size: int, digits: int) -> str:
    """The name that git gives a file's content."""
    return _digest(path, "sha1" if digits == 40 else "sha256", b"blob %d\0" % size)


def _digest(path: Path, how: str, start: bytes = b"") -> str:
    digest = hashlib.new(how, start, usedforsecurity=False)
    with opened(path) as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
