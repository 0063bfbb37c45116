"""The designs that a command line names: files, each with settings of its own after ``@``."""

from __future__ import annotations

import re
from itertools import count
from os.path import exists
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from convcost.cli import complete, options
from convcost.errors import SpecError, printable
from convcost.given import SETTING, SHAPE
from convcost.loading import is_exported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.errors import Problem
    from convcost.given import Given
    from convcost.network import Network

_SUFFIX = re.compile(rf"{SHAPE.pattern}|{SETTING.pattern}", re.IGNORECASE | re.DOTALL)
EXAMPLE = "net.yaml@width=0.5 or net.yaml@3x160x160"

Designs = Annotated[
    list[str],
    typer.Argument(
        metavar="DESIGN...",
        help="Specs or models; what differs for one of them follows it after @.",
        autocompletion=complete.designs,
    ),
]


class Design(NamedTuple):
    """A file, and what is set for it alone: ``VAR=VALUE`` (of an ONNX file ``NAME=SIZE``) and
    ``[NAME=]SHAPE``."""

    path: str
    suffixes: tuple[str, ...]

    @property
    def settings(self) -> list[str]:
        """Values of vars."""
        return [] if is_exported(self.path) else self._words

    @property
    def dims(self) -> list[str]:
        """Sizes that an ONNX file leaves open."""
        return self._words if is_exported(self.path) else []

    @property
    def inputs(self) -> list[str]:
        """Shapes of inputs."""
        return [suffix for suffix in self.suffixes if SHAPE.fullmatch(suffix)]

    @property
    def _words(self) -> list[str]:
        return [suffix for suffix in self.suffixes if not SHAPE.fullmatch(suffix)]


def parsed(arguments: Sequence[str], least: int = 2) -> list[Design]:
    """Read designs: ``FILE``, ``FILE@VAR=VALUE@3x160x160``, or ``@VAR=VALUE`` for the file of the
    first one. What is the name of a file is that file, ``@`` and all.

    Raises:
        typer.BadParameter: fewer than ``least`` are given, or what follows an ``@`` says nothing.
    """
    found: list[Design] = []
    for argument in arguments:
        design = _parsed(argument)
        if not design.path:
            if not found:
                raise typer.BadParameter(
                    f"{argument!r} has no file before it whose settings these could be; "
                    f"a first design is such as {EXAMPLE}"
                )
            design = design._replace(path=found[0].path)
        found.append(design)
    if len(found) < least:
        raise typer.BadParameter(
            f"a second design is wanted: another file, or {arguments[0]} with other settings, "
            "such as @width=0.5"
        )
    return found


def _parsed(argument: str) -> Design:
    parts = argument.split("@")
    starts = ["@".join(parts[:end]) for end in range(1, len(parts) + 1)]
    known = [end for end, path in enumerate(starts, start=1) if path in ("", "-") or exists(path)]
    if not known:
        known = [next(end for end in count(1) if all(map(_SUFFIX.fullmatch, parts[end:])))]
    end = known[-1]
    for suffix in parts[end:]:
        if not _SUFFIX.fullmatch(suffix):
            raise typer.BadParameter(
                f"{argument!r}: {suffix!r} is neither VAR=VALUE nor a shape, as in {EXAMPLE}"
            )
    return Design(starts[end - 1], tuple(parts[end:]))


def labels(designs: Sequence[Design]) -> list[str]:
    """The labels of designs: the file's stem and its settings; settings alone where all are of one
    file; whole paths where stems do not tell designs apart."""
    one_file = len({design.path for design in designs}) == 1
    short: list[str] = []
    for number, design in enumerate(designs):
        stem = "" if one_file and number and design.suffixes else PurePath(design.path).stem
        short.append(_label(stem, design))
    if len(set(short)) == len(short):
        return short
    return [_label(design.path, design) for design in designs]


def _label(name: str, design: Design) -> str:
    return "@".join((name, *design.suffixes))


def load(
    designs: Sequence[Design],
    settings: Sequence[str] | None,
    given: Given,
    batch: int | None,
    dtype: str | None,
) -> list[Network]:
    """The networks of designs; what is set for all gives way to what a design sets itself.

    Raises:
        ConvcostError: a file, or what is asked of it, is wrong.
        typer.BadParameter: an option cannot be read.
    """
    from convcost.spec.files import Files

    read = Files()  # standard input can be read once
    networks: list[Network] = []
    for design in designs:
        values = [*(settings or ()), *design.settings]
        own = options.given(design.inputs, design.dims).over(given)
        reader = None if is_exported(design.path) else read
        try:
            networks.append(options.load(design.path, values, own, batch, dtype, reader))
        except SpecError as error:
            raise SpecError([_located(problem, design) for problem in error.problems]) from None
    return networks


def _located(problem: Problem, design: Design) -> Problem:
    """A problem with an option says in which design."""
    if not problem.message.startswith("--"):
        return problem
    return problem._replace(message=f"{printable(_label(design.path, design))}: {problem.message}")
