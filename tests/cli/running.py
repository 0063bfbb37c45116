"""How tests run the command line as a process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import typer

from convcost.cli.app import app

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-m", "convcost"]


class Ran(NamedTuple):
    """The exit code and output of a command."""

    code: int
    out: str
    err: str


def environment(given: dict[str, str]) -> dict[str, str]:
    """The environment of tests, with what is given."""
    return {**os.environ, **given}


def formats_of(command: str) -> tuple[str, ...]:
    """The formats of which ``--format`` of a command takes one; none where it takes several."""
    commands: Any = typer.main.get_command(app)
    options = commands.get_command(None, command).params
    (choices,) = [
        getattr(option.type, "choices", ()) for option in options if "--format" in option.opts
    ] or [()]
    return tuple(choices)
