"""Findings in each of many files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost import loading
from convcost.allowance import Allowance, allowing
from convcost.analysis.lint import UNREADABLE, found_in, found_in_blocks
from convcost.errors import ConvcostError, Problem, Source, plural
from convcost.files.command import Overwritten
from convcost.finding import Finding, Level
from convcost.gate.config import Configs
from convcost.gate.lint_config import selection_of
from convcost.gate.mistakes import Mistake, problems_of
from convcost.linter.targets import targets
from convcost.spec.block_files import holds_only_blocks, load_blocks
from convcost.spec.files import Files
from convcost.spec.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from convcost.analysis.lint.selection import Selection
    from convcost.gate.config import Config
    from convcost.given import Given
    from convcost.linter.targets import Target
    from convcost.network import Network


class Asked(NamedTuple):
    """Settings of a command line for all files: vars, sizes of inputs, and codes."""

    settings: Mapping[str, str]
    given: Given
    selection: Selection


class Linted(NamedTuple):
    """Findings in a file.

    ``mistakes`` are why it could not be read, ``doubts`` what may be wrong about that; ``read`` are
    the bytes of all files that it is made of, by path, and ``places`` where layers of it are
    written in others of them. ``document`` is its text, of a model without one None.
    """

    target: Target
    findings: Sequence[Finding] = ()
    mistakes: Sequence[Problem] = ()
    doubts: Sequence[str] = ()
    read: Mapping[str, bytes] = {}
    places: frozenset[Source] = frozenset()
    document: Document | None = None


class Linter:
    """Looks at files; ``here`` is the folder in which the command runs."""

    def __init__(self, asked: Asked, config: str | None, here: Path) -> None:
        self.asked = asked
        self.here = here
        self.configs = Configs(config, here)

    def targets(self, paths: Sequence[str]) -> list[Target]:
        """The files that paths stand for; NothingMatched where there are none."""
        return targets(paths, self.configs.of(self.here), self.here)

    def all(self, files: Sequence[Target], progress: Callable[[int, int], None]) -> list[Linted]:
        """Findings in each file."""
        found: list[Linted] = []
        for number, target in enumerate(files):
            progress(number, len(files))
            found.append(self.one(target))
        return found

    def one(self, target: Target, instead: Mapping[str, bytes] | None = None) -> Linted:
        """Findings in a file, or in a text that is to take its place."""
        try:
            with allowing(Allowance()):  # one for each: no file takes from the others
                return self._one(target, Files(instead))
        except Overwritten:
            raise
        except ConvcostError as error:
            return Linted(target, mistakes=problems_of(error))

    def _one(self, target: Target, files: Files) -> Linted:
        target.refuse_outside()
        config = self.configs.of(target.folder)
        if loading.is_exported(target.shown):
            given = self.asked.given.over(config.given(target.path)) if config else self.asked.given
            network = loading.load(target.shown, settings=self.asked.settings, **given._asdict())
        elif holds_only_blocks(files.spec(target.shown)):
            return self._of_blocks(target, config, files)
        else:
            network = self._spec(target, files)
        findings = found_in(network, target.shown, self._selection(config))
        return Linted(
            target,
            self._kept(findings, target, config),
            (),
            _doubts(network),
            files.read,
            _places_elsewhere(network),
            network.document if isinstance(network.document, Document) else None,
        )

    def _spec(self, target: Target, files: Files) -> Network:
        asked = self.asked
        return loading.load(
            target.shown, settings=asked.settings, **asked.given._asdict(), read=files
        )

    def _of_blocks(self, target: Target, config: Config | None, files: Files) -> Linted:
        document = load_blocks(target.shown, files)
        findings = found_in_blocks(document, target.shown, self._selection(config))
        kept = self._kept(findings, target, config)
        return Linted(target, kept, read=files.read, document=document)

    def _selection(self, config: Config | None) -> Selection:
        tables = [one.lint for one in config.chain if one.lint] if config else []
        return self.asked.selection.over(selection_of(tables))

    def _kept(
        self, findings: Sequence[Finding], target: Target, config: Config | None
    ) -> list[Finding]:
        """Those that no configuration ignores in a file."""
        tables = [(one, one.lint) for one in config.chain if one.lint] if config else []
        kept: list[Finding] = []
        for finding in findings:
            paths = {target.path}
            if finding.source is not None and target.is_file:
                paths.add(self.here / finding.source.path)
            codes = (lint.ignored_in([one.seen(path) for path in paths]) for one, lint in tables)
            if not finding.code.startswith(tuple(code for some in codes for code in some)):
                kept.append(finding)
        return kept


def _doubts(network: Network) -> list[str]:
    doubts = list(network.doubts)
    if network.unknown:
        doubts.append(f"incomplete, so findings may be missing: {network.unknown[0]}")
    return doubts


def _places_elsewhere(network: Network) -> frozenset[Source]:
    """Where layers are written in other files than the network's own."""
    own = network.source.path if network.source else ""
    places = {layer.origin for layer in network.layers}
    return frozenset(place for place in places if place is not None and place.path != own)


def findings(files: Iterable[Linted]) -> list[Finding]:
    """The findings in all files, in order. Those of a line that several specs include are one."""
    first: dict[object, Finding] = {}
    models: dict[object, set[str]] = {}
    for number, finding in enumerate(f for linted in files for f in linted.findings):
        key = (finding.code, finding.source) if finding.source else number
        first.setdefault(key, finding)
        models.setdefault(key, set()).add(finding.model)
    return [_counted(finding, len(models[key])) for key, finding in first.items()]


def mistakes(files: Iterable[Linted]) -> list[Mistake]:
    """Why files cannot be read. One in a line that several include is one, whatever led there."""
    first: dict[object, Problem] = {}
    models: dict[object, list[str]] = {}
    for linted in files:
        for problem in linted.mistakes:
            key = (problem.source, problem.message)
            first.setdefault(key, problem)
            models.setdefault(key, []).append(linted.target.shown)
    return [Mistake(problem, (*models[key],)) for key, problem in first.items()]


def _counted(finding: Finding, models: int) -> Finding:
    if models == 1:
        return finding
    more = plural(models - 1, "spec")
    return finding._replace(message=f"{finding.message} (and in {more} more)")


def as_finding(mistake: Mistake) -> Finding:
    """A mistake as what is found: reports for machines have no other place for it."""
    message, source, _, _, notes = mistake.problem
    fix = "\n".join(filter(None, (*notes, mistake.extent)))
    return Finding(UNREADABLE, Level.ERROR, message, fix, mistake.models[0], source)
