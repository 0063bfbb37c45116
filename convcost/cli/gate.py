"""Options that `check` and `baseline` share: models, bases, targets of reports."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from convcost.cli import output
from convcost.errors import ConvcostError
from convcost.files.command import intended
from convcost.files.written import replace
from convcost.render.formats import FIRST, by_ending, names

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from fractions import Fraction

    from convcost.gate.base import Base
    from convcost.gate.checks import Checks
    from convcost.gate.found import Found
    from convcost.gate.judge import Terms

SUMMARY = "GITHUB_STEP_SUMMARY"


FACETS = ("page", "document", "records", "findings", "cases")
FORMATS = names(FACETS)

LINES = ("text", "github")
"""Formats of which several may follow each other on standard output."""

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATHS]",
        help="Specs, exported models, folders or patterns. Unless given: those of the "
        "configuration, or else all in this folder.",
        show_default=False,
    ),
]
ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Use this instead of the closest convcost.toml or pyproject.toml.",
    ),
]
RunCode = Annotated[
    bool,
    typer.Option(
        "--run-code", help="Run the factories of the configuration, which are your own code."
    ),
]


Python = Annotated[
    str | None,
    typer.Option(
        "--python", metavar="INTERPRETER", help="The Python that runs factories, with --run-code."
    ),
]


class Target(NamedTuple):
    """A report and the file that it goes to, standard output unless given."""

    format: str
    file: str | None


TERMINAL = Target(FIRST, None)
"""The page that is read beside standard error."""


def targets(formats: Sequence[str] | None, out: str | None) -> list[Target]:
    """The reports that ``--format`` and ``--output`` ask for."""
    found: list[Target] = []
    for text in formats or [by_ending(out, FORMATS) or FIRST]:
        word, _, file = text.partition(":")
        if word not in FORMATS:
            raise typer.BadParameter(
                f"{text!r} is not one of {', '.join(FORMATS)}, or one of them with a file, as in "
                "sarif:out.sarif",
                param_hint="--format",
            )
        found.append(Target(word, file or None))
    open_ = [target for target in found if target.file is None]
    if out is not None and len(open_) != 1:
        raise typer.BadParameter("is for one report without a file", param_hint="--output")
    for target in open_:
        by_ending(out, FORMATS, target.format)
    if len(open_) > 1 and any(target.format not in LINES for target in open_):
        words = " and ".join(target.format for target in open_)
        raise typer.BadParameter(
            f"{words} cannot share standard output: give one a file, as in sarif:out.sarif",
            param_hint="--format",
        )
    if open_ and out is None:
        intended(None)
    for target in found:
        if target.file is not None:
            intended(target.file)
    return [target._replace(file=target.file or out) for target in found]


def share(text: str) -> Fraction:
    """A headroom, such as 2%."""
    from convcost.spec.quantity import share

    try:
        return share(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint="--headroom") from None


def find(
    paths: Sequence[str] | None,
    config: str | None,
    settings: Mapping[str, str] | None = None,
    *,
    run_code: bool = False,
    python: str | None = None,
) -> Found:
    """The models that a command line asks for, with values for their vars."""
    from convcost.gate.found import find
    from convcost.gate.working_folder import working_folder

    if python is not None and not run_code:
        raise typer.BadParameter("is for --run-code, which runs code", param_hint="--python")
    here = working_folder()
    return find(paths or [], config, here, settings or {}, run_code=run_code, python=python)


@contextmanager
def compared(ref: str | None, file: str | None, found: Found) -> Generator[Base | None]:
    """The base that models are compared with, which is said."""
    from convcost.gate.bases import base_of

    base = base_of(ref, file, found.here, os.environ)
    if base is None:
        yield None
        return
    if ref is None and file is None:
        output.note(f"compared with {base.label}")
    try:
        yield base
    finally:
        base.close()


def terms(base: str | None, *, strict: bool) -> Terms:
    """The terms of a whole check. In continuous integration, nothing may go unchecked unless a
    person said so."""
    from convcost.gate.base import NONE
    from convcost.gate.hosts import runs_in_ci
    from convcost.gate.judge import Terms

    ci = runs_in_ci(os.environ)
    return Terms(strict, ci and base != NONE, date.today())


@contextmanager
def reported(wanted: Sequence[Target]) -> Generator[None]:
    """Where a mistake ends the check before any model was read, write every report with it."""
    try:
        yield
    except ConvcostError as error:
        from convcost.gate.check import ended

        write_all(ended(error), wanted)
        raise


def write_all(checks: Checks, wanted: Sequence[Target], *, named: bool = True) -> None:
    """Every report to where it goes. A page of mistakes alone is what standard error has;
    ``named``: a person named the base, and standard error does not have it."""
    for target in wanted:
        if checks.models or target != TERMINAL:
            write(checks, target, named=named)


def write(checks: Checks, target: Target, *, named: bool = True) -> None:
    """One report to where it goes; with GitHub's annotations, the summary beside its run."""
    from convcost.render.reports.check.report import report

    told = target == TERMINAL
    found = report(checks, told=told, base_told=told and not named)
    output.report(found, target.format, target.file)
    path = os.environ.get(SUMMARY)
    if target.format == "github" and path:
        output.append(found, "markdown", path)


def tighten(checks: Checks, found: Found, headroom: Fraction) -> None:
    """Lower limits in their files, and say which."""
    from convcost.gate.tighten import edited, tightened

    lowered = tightened(checks, found, headroom)
    for path, data in edited(found, lowered).items():
        replace(data, str(found.here / path))
    for one in lowered:
        output.note(f"{one.limit.source}: {one.limit.text} -> {one.text}")
    if not lowered:
        output.note("no limit can be lowered")
