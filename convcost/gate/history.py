"""Costs of models along the history of their repository.

Each commit is asked what it changed, and only models that are made of such files are counted again;
where the files are as they were at some commit before, not even those. So the work grows with what
changed, not with commits times models.
"""

from __future__ import annotations

from functools import cached_property
from os.path import relpath, sep
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import Allowance, allowing
from convcost.errors import ConvcostError, plural, printable
from convcost.files.root import git_top
from convcost.gate.first_parents import Commit, first_parents
from convcost.gate.git import Repository
from convcost.gate.reading import load_given
from convcost.gate.revision import Revision
from convcost.given import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from convcost.gate.check import Found
    from convcost.gate.config import Config
    from convcost.network import Network


class Cost(NamedTuple):
    """Costs of a model: figures by metric, None where it could not be read, with the reason in
    ``error``. Not ``complete``: some layers could not be counted."""

    figures: Mapping[str, int] | None
    complete: bool = True
    error: str = ""

    @property
    def known(self) -> bool:
        """Whether all of it is."""
        return self.complete and self.figures is not None


class Step(NamedTuple):
    """A commit, by its place among all, from which on a model costs something else, and the path
    that it had."""

    at: int
    path: str
    cost: Cost


class Trace(NamedTuple):
    """A model by its path today, and its steps: the first is where it was there for the first time.
    Between them nothing changes."""

    path: str
    steps: Sequence[Step]

    def costs(self, commits: int) -> Iterator[Cost | None]:
        """Its costs at each commit; None before it was there."""
        steps = iter(self.steps)
        cost: Cost | None = None
        following = next(steps, None)
        for at in range(commits):
            if following is not None and following.at == at:
                cost, following = following.cost, next(steps, None)
            yield cost


class History(NamedTuple):
    """The traces of models along commits, the oldest first; ``since`` is how the first was named,
    "" where it is the first of all. ``notes`` are sentences about what is not in it."""

    since: str
    commits: Sequence[Commit]
    metrics: Sequence[str]
    traces: Sequence[Trace]
    notes: Sequence[str] = ()


def history(
    found: Found,
    since: str | None,
    metrics: Sequence[str],
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> History:
    """Costs of models from one commit on to HEAD, along first parents.

    Args:
        found: the models, one at least.
        since: a git revision; the first commit unless given.
        metrics: what to trace, of ``convcost.metrics.TRACED``.
        progress: called with what is done, of how much.

    Raises:
        ConvcostError: there is no repository or no such revision, or a model has no history.
    """
    for path in found.paths:
        if name := found.choices.name_of(path):
            raise ConvcostError(f"{printable(name)}: comes with convcost, and has no history")
    folder = found.paths[0].parent.resolve()
    root = git_top(folder)
    if root is None:
        raise ConvcostError(
            f"{printable(str(folder))} is in no git repository, where a history is read from"
        )
    repository = Repository(root)
    try:
        commits = _commits(repository, since)
        if not commits:
            raise ConvcostError("the repository has no commit, and so no history")
        walk = _Walk(repository, found, commits, metrics)
        for at in range(len(commits)):
            progress(at, len(commits))
            walk.step(at)
    finally:
        repository.close()
    traces = [Trace(model.shown, model.steps) for model in walk.models]
    return History(since or "", commits, metrics, traces, list(_notes(repository, since, traces)))


def _commits(repository: Repository, since: str | None) -> list[Commit]:
    try:
        return first_parents(repository, since)
    except ConvcostError as error:
        raise ConvcostError(f"--since: {str(error).removeprefix('base: ')}") from None


def _notes(repository: Repository, since: str | None, traces: Sequence[Trace]) -> Iterator[str]:
    without = [printable(trace.path) for trace in traces if not trace.steps]
    if without:
        more = f" and {len(without) - 1:,} more" if len(without) > 1 else ""
        yield f"{plural(len(without), 'model')} in no commit: {without[0]}{more}"
    if since is None and repository.shallow:
        yield "the clone is shallow: it begins with the first commit that there is here"


class _Model:
    """A model on the way: its name as seen from the repository's root, which renames change, and
    the files that it was made of when it was read."""

    def __init__(self, path: Path, shown: str, name: str, config: Config | None) -> None:
        self.path, self.shown, self.name, self.config = path, shown, name, config
        self.given = config.given(path) if config else NOTHING
        self.needs: frozenset[str] = frozenset()
        self.steps: list[Step] = []
        self.known: dict[tuple[str, str], list[tuple[dict[str, str], Cost]]] = {}

    @cached_property
    def network(self) -> Network:
        """It as it is today."""
        return load_given(self.path, self.shown, self.given, self.config)


class _Walk:
    """The commits one by one: which models each touches, and what those cost then."""

    def __init__(
        self,
        repository: Repository,
        found: Found,
        commits: Sequence[Commit],
        metrics: Sequence[str],
    ) -> None:
        self.repository, self.found = repository, found
        self.commits, self.metrics = commits, metrics
        self.models = list(self._found())
        self.made_of: dict[str, set[int]] = {}  # models by the files that they are made of
        self.renamed: dict[int, list[tuple[int, str]]] = {}  # models and their names from then on
        self._name_backwards()

    def _found(self) -> Iterator[_Model]:
        for path in self.found.paths:
            shown = self.found.shown(path)
            name = self._seen(path)
            if name is None:
                first = printable(self.found.shown(self.found.paths[0]))
                raise ConvcostError(f"{printable(shown)}: is not in the repository of {first}")
            yield _Model(path, shown, name, self.found.configs.of(path.parent))

    def _seen(self, path: Path) -> str | None:
        seen = relpath(path.parent.resolve() / path.name, self.repository.root).replace(sep, "/")
        return None if seen.startswith("../") else seen

    def _name_backwards(self) -> None:
        """Give every model the names that it had: today's is known, and each rename the one
        before."""
        now = {model.name: number for number, model in enumerate(self.models)}
        for at in range(len(self.commits) - 1, -1, -1):
            for new, old in self.commits[at].renamed.items():
                if new in now and old not in now:
                    number = now[old] = now.pop(new)
                    self.renamed.setdefault(at, []).append((number, new))
                    self.models[number].name = old

    def step(self, at: int) -> None:
        """Go to a commit."""
        commit = self.commits[at]
        touched = {number for path in commit.changed for number in self.made_of.get(path, ())}
        if not at:
            touched = {*range(len(self.models))}
        for number, name in self.renamed.get(at, ()):
            self.models[number].name = name
            touched.add(number)
        for number in sorted(touched):
            self._count(number, at)

    def _count(self, number: int, at: int) -> None:
        model = self.models[number]
        cost, needs = self._cost(model, self.commits[at].name)
        for path in model.needs - needs:
            self.made_of[path].discard(number)
        for path in needs - model.needs:
            self.made_of.setdefault(path, set()).add(number)
        model.needs = needs
        if cost is None:
            if not model.steps:
                return
            cost = Cost(None, error="the file is not there")
        path = self._shown(model.name)
        if not model.steps or model.steps[-1][1:] != (path, cost):
            model.steps.append(Step(at, path, cost))

    def _cost(self, model: _Model, revision: str) -> tuple[Cost | None, frozenset[str]]:
        """Costs of a model at a commit, None where it is not there; and the files that decide."""
        own = self._blob(revision, model.name)
        if not own:
            return None, frozenset({model.name})
        alike = model.known.setdefault((model.name, own), [])
        for files, cost in alike:
            if all(self._blob(revision, path) == blob for path, blob in files.items()):
                return cost, frozenset(files)
        cost, files = self._counted(model, revision)
        alike.append((files, cost))
        return cost, frozenset(files)

    def _blob(self, revision: str, path: str) -> str:
        blob = self.repository.blob(revision, path)
        return blob.name if blob else ""

    def _counted(self, model: _Model, revision: str) -> tuple[Cost, dict[str, str]]:
        """Costs of a model at a commit, and the content of the files that it is made of."""
        then = Revision(self.repository, revision, revision, self.found.here)
        path = self._shown(model.name)
        asked = {path: None}

        def read(path: str) -> bytes:
            asked[path] = None
            return then.read(path)

        try:
            with allowing(Allowance()):
                found = then.analysed(path, model.given, lambda: model.network, read)
            figures = {metric: found.figures.totals[metric] for metric in self.metrics}
            cost = Cost(figures, complete=not found.figures.unknown)
        except ConvcostError as error:
            cost = Cost(None, error=str(error).splitlines()[0])
        names = {name for path in asked for name in self._names(self.found.here / path)}
        return cost, {name: self._blob(revision, name) for name in names}

    def _names(self, path: Path) -> Iterator[str]:
        """The names of a file, and of what it leads to where it is a link."""
        for one in (path, path.resolve()):
            name = self._seen(one)
            if name is not None:
                yield name

    def _shown(self, name: str) -> str:
        return relpath(self.repository.root / name, self.found.here).replace(sep, "/")
