"""What `check` and `baseline` share: models, what they are compared with, where reports go."""

from __future__ import annotations

import os
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, assert_never

import typer

from convcost.cli import output

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from fractions import Fraction

    from convcost.gate.base import Base
    from convcost.gate.check import Found
    from convcost.gate.report import Report

SUMMARY = "GITHUB_STEP_SUMMARY"


class Format(StrEnum):
    """How a check is reported."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    SARIF = "sarif"


LINES = (Format.TEXT, Format.GITHUB)
"""Those of which several may follow each other on standard output."""

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATHS]",
        help="Specs, .onnx files, folders, patterns; those of the configuration unless given, or "
        "else all that are in this folder.",
        show_default=False,
    ),
]
ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config", metavar="FILE", help="In place of the closest convcost.toml or pyproject.toml."
    ),
]


class Target(NamedTuple):
    """A report and the file that it goes to, standard output unless given."""

    format: Format
    file: str | None


def targets(formats: Sequence[str] | None, out: str | None) -> list[Target]:
    """What ``--format`` and ``--output`` ask for."""
    found: list[Target] = []
    for text in formats or ["text"]:
        word, _, file = text.partition(":")
        if word not in list(Format):
            raise typer.BadParameter(
                f"{text!r} is not one of {', '.join(Format)}, or such a one with a file, as in "
                "sarif:out.sarif",
                param_hint="--format",
            )
        found.append(Target(Format(word), file or None))
    open_ = [target for target in found if target.file is None]
    if out is not None and len(open_) != 1:
        raise typer.BadParameter("is for one report without a file", param_hint="--output")
    if len(open_) > 1 and any(target.format not in LINES for target in open_):
        words = " and ".join(target.format for target in open_)
        raise typer.BadParameter(
            f"{words} cannot share standard output: give one a file, as in sarif:out.sarif",
            param_hint="--format",
        )
    return [target._replace(file=target.file or out) for target in found]


def share(text: str) -> Fraction:
    """A headroom, such as 2%."""
    from convcost.spec.quantity import share

    try:
        return share(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint="--headroom") from None


def find(paths: Sequence[str] | None, config: str | None) -> Found:
    """The models that a command line asks for."""
    from convcost.gate.check import find

    return find(paths or [], config, Path.cwd())


@contextmanager
def compared(ref: str | None, file: str | None, found: Found) -> Generator[Base | None]:
    """What models are compared with, which is said."""
    from convcost.gate.base import base_of

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


def write(report: Report, target: Target) -> None:
    """One report to where it goes."""
    match target.format:
        case Format.TEXT:
            from convcost.render.check.text import lines

            output.show(lambda width: lines(report, width), target.file)
        case Format.JSON:
            from convcost.render.check.document import to_json

            output.write(to_json(report), target.file)
        case Format.MARKDOWN:
            from convcost.render.check.markdown import to_markdown

            output.write(to_markdown(report), target.file)
        case Format.GITHUB:
            from convcost.render.check.findings import findings
            from convcost.render.github import to_github

            output.write(to_github(findings(report)), target.file)
            _summary(report)
        case Format.GITLAB:
            from convcost.render.check.gitlab import to_gitlab

            output.write(to_gitlab(report), target.file)
        case Format.JUNIT:
            from convcost.render.check.junit import to_junit

            output.write(to_junit(report), target.file)
        case Format.SARIF:
            from convcost import __version__
            from convcost.render.check.findings import RULES, findings
            from convcost.render.sarif import to_sarif

            output.write(to_sarif(findings(report), RULES, __version__), target.file)
        case _:
            assert_never(target.format)


def _summary(report: Report) -> None:
    """Where GitHub shows it beside the run."""
    path = os.environ.get(SUMMARY)
    if path:
        from convcost.render.check.markdown import to_markdown

        output.append(to_markdown(report), path)


def tighten(report: Report, found: Found, headroom: Fraction) -> None:
    """Lower limits in their files, and say which."""
    from convcost.gate.tighten import edited, tightened

    lowered = tightened(report, found, headroom)
    for path, data in edited(found, lowered).items():
        output.save(data, str(found.here / path))
    for one in lowered:
        output.note(f"{one.limit.source}: {one.limit.text} -> {one.text}")
    if not lowered:
        output.note("no limit can be lowered")
