"""The spec of commands that change its vars, which exported models lack."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.cli import complete


def _no_export(path: str) -> str:
    """A file whose sizes can be changed."""
    from convcost.loading import is_exported

    if is_exported(path):
        raise typer.BadParameter(
            f"{path} is an exported model, which has no vars: "
            f"`convcost expand {path} -o spec.yaml` makes it a spec"
        )
    return path


YamlSpec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A YAML spec (- is standard input), or a name of `convcost specs`.",
        callback=_no_export,
        autocompletion=complete.specs,
    ),
]
