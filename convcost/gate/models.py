"""The files that are models to check."""

from __future__ import annotations

import os
import re
from os.path import relpath, sep
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, printable
from convcost.files import known
from convcost.files.opened import Unreadable, content
from convcost.files.root import root_of
from convcost.gate.patterns import is_pattern, matches
from convcost.gate.variants import AS_WRITTEN, Target, Variant, variant_of, with_settings
from convcost.loading import IMPORTERS, is_exported
from convcost.spec.nodes import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.gate.config import Config, Configs

SUFFIXES = (".yaml", ".yml", *IMPORTERS)
SKIPPED = ("node_modules", "__pycache__")  # and what begins with a dot

_LAYERS = re.compile(rb"^layers[ \t]*:", re.MULTILINE)
_INPUT = re.compile(rb"^inputs?[ \t]*:", re.MULTILINE)
_BLOCKS = re.compile(rb"^blocks[ \t]*:(?s:.*)\blayers[ \t]*:", re.MULTILINE)


class Choice(NamedTuple):
    """A choice of models: a file, or those in a folder that have a pattern.

    ``named`` says that they were asked for by a pattern, so that any spec in them is one to check,
    even one with a mistake; where a whole folder was asked for, only specs with input and layers
    are. ``typed``: a person did so, on a command line, and no file. ``name`` is that of a spec that
    comes with convcost. ``within`` is a folder that the files are in besides,
    ``variant`` which one of a file is asked for.
    """

    folder: Path
    pattern: str = ""
    named: bool = True
    file: bool = False
    typed: bool = False
    name: str = ""
    within: Path | None = None
    variant: Variant = AS_WRITTEN

    @property
    def top(self) -> Path:
        """The folder that is walked: that of the part of the pattern which stands for itself."""
        parts = self.pattern.split("/")
        fixed = next((i for i, part in enumerate(parts) if is_pattern(part)), len(parts))
        return Path(os.path.normpath(self.folder.joinpath(*parts[:fixed])))

    def covers(self, path: Path) -> bool:
        """Whether a path, which has the suffix of a model, was asked for."""
        if self.file:
            return path == self.folder
        if self.within is not None and not path.is_relative_to(self.within):
            return False
        seen = relpath(path, self.folder).replace(sep, "/")
        if seen.startswith("../") and not self.pattern.startswith("../"):
            return False
        if any(_skipped(name) for name in seen.split("/")):
            return False
        return not self.pattern or matches(self.pattern, seen)


class Choices(NamedTuple):
    """All that was asked for, and not."""

    choices: Sequence[Choice]
    config: Config | None = None
    configs: Configs | None = None

    def covers(self, path: Path) -> bool:
        """Whether a path, of a file that may not be there any more, was asked for as one of
        several."""
        wanted = any(choice.covers(path) for choice in self.choices if not choice.file)
        return wanted and not self._excluded(path)

    @property
    def whole(self) -> bool:
        """Whether all that a configuration or a folder holds was asked for, and nothing named."""
        return bool(self.choices) and not any(c.file or c.typed for c in self.choices)

    def name_of(self, path: Path) -> str:
        """The name that a spec which comes with convcost was asked for by; else ""."""
        return next((c.name for c in self.choices if c.name and c.folder == path), "")

    def _excluded(self, path: Path) -> bool:
        config = self.config
        if self.configs is not None:
            try:
                config = self.configs.of(path.parent) or config
            except ConvcostError:  # which is said of the model
                return False
        return config is not None and config.excludes(path)

    def refuse_outside(self, path: Path, shown: str) -> None:
        """Raise ConvcostError where a model is outside the root of what led to it: a link in a
        folder, or a pattern of a configuration, is no one's word on a command line."""
        choices = [choice for choice in self.choices if choice.covers(path)]
        if not choices or choices[0].file:
            return
        first = choices[0]
        refusal = root_of(first.top if first.typed else first.folder).refusal(path)
        if refusal:
            raise ConvcostError(
                f"{printable(shown)}: it {refusal}\n"
                "  named by itself, or with `--root DIR`, it is checked"
            )

    def files(self, *, blocks: bool = False) -> list[Path]:
        """The absolute paths of the models, each once, in the order of the choices.

        Args:
            blocks: whether files of blocks for others to include are wanted too.
        """
        found: dict[Path, None] = {}
        for choice in self.choices:
            if choice.file:
                found[choice.folder] = None
                continue
            for path in _walk(choice):
                if not self._excluded(path) and _is_model(path, choice.named, blocks):
                    found[path] = None
        return list(found)


def targets(choices: Choices, files: Sequence[Path], settings: Mapping[str, str]) -> list[Target]:
    """The files of choices in their variants: those that are named, and of files that are named
    without one all that their configurations have.

    Args:
        choices: the choices.
        files: their files.
        settings: values of vars for all of them.
    """
    found: dict[tuple[Path, str], Target] = {}
    for path in files:
        named = [c.variant for c in choices.choices if c.file and c.folder == path]
        wanted = [variant for variant in named if variant.name]
        if not named or len(wanted) < len(named):
            wanted = [AS_WRITTEN, *wanted, *_configured(choices.configs, path)]
        for variant in wanted:
            one = with_settings(variant, settings) if settings else variant
            found.setdefault((path, one.name), Target(path, one))
    return list(found.values())


def _configured(configs: Configs | None, path: Path) -> Sequence[Variant]:
    try:
        config = configs.of(path.parent) if configs else None
    except ConvcostError:  # which is said of the model
        return ()
    return config.variants(path) if config else ()


def chosen(
    paths: Sequence[str], config: Config | None, here: Path, configs: Configs | None = None
) -> Choices:
    """The models to check.

    Args:
        paths: files, folders, patterns and names of specs of the command line; where there are
            none, what the configuration names, or else all specs and ONNX files under ``here``.
        config: that of ``here``.
        here: the folder in which the command runs.
        configs: those of folders below, which may leave out models, too.

    Raises:
        ConvcostError: a path does not exist.
    """
    if paths:
        return Choices([_given(path, here) for path in paths], config, configs)
    choosing = config.choosing if config else None
    if config is None or choosing is None:
        return Choices([Choice(here, named=False)], config, configs)
    within = None if choosing is config else config.folder
    choices = [
        _variant(pattern, choosing.folder) or Choice(choosing.folder, pattern, within=within)
        for pattern in choosing.models
    ]
    return Choices(choices, config, configs)


def _given(path: str, here: Path) -> Choice:
    where = Path(os.path.abspath(here / path))
    try:
        if where.is_dir():
            return Choice(where, named=False, typed=True)
        if where.exists():
            return Choice(where, file=True)
    except OSError as error:  # a name that is too long, for one
        raise ConvcostError(f"{printable(path)}: {error.strerror or error}") from None
    variant = _variant(path, here)
    if variant is not None:
        return variant
    shipped = known.path_of(path)
    if shipped is not None:
        return Choice(Path(shipped), file=True, name=path)
    if is_pattern(path):
        return Choice(here, path.replace(sep, "/").removeprefix("./"), typed=True)
    raise ConvcostError(f"{printable(path)}: there is no such file")


def _variant(path: str, folder: Path) -> Choice | None:
    """The choice of a variant, ``FILE@...``, of a file that is there or comes with convcost; None
    where a path names none. What is the name of a file is that file, ``@`` and all."""
    parts = path.split("@")
    for end in range(len(parts) - 1, 0, -1):
        name = "@".join(parts[:end])
        where = Path(os.path.abspath(folder / name))
        shipped = None if where.is_file() else known.path_of(name)
        if where.is_file() or shipped is not None:
            try:
                variant = variant_of(parts[end:])
            except ValueError as error:
                raise ConvcostError(f"{printable(path)}: {error}") from None
            if shipped is not None:
                return Choice(Path(shipped), file=True, name=name, variant=variant)
            return Choice(where, file=True, variant=variant)
    return None


def _walk(choice: Choice) -> Iterator[Path]:
    """The files that a choice covers, in order."""
    top = choice.top
    if top.is_file():
        yield top
        return
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if not _skipped(name))
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix.lower() in SUFFIXES and choice.covers(path):
                yield path


def _skipped(name: str) -> bool:
    return name in SKIPPED or (name.startswith(".") and name not in (".", ".."))


def _is_model(path: Path, named: bool, blocks: bool) -> bool:
    if is_exported(path.name):
        return True
    try:
        data = content(path, LARGEST_FILE, input_=False)
    except Unreadable:
        return named  # reading it says why not
    return is_spec(data, named) or (blocks and bool(_BLOCKS.search(data)))


def is_spec(data: bytes, named: bool = False) -> bool:
    """Whether a YAML text describes a network; ``named``: it was asked for, so that it does unless
    it holds only blocks for others to include."""
    layers, inputs = _LAYERS.search(data), _INPUT.search(data)
    return bool(layers or inputs) if named else bool(layers and inputs)
