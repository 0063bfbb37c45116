"""``convcost new``."""

from __future__ import annotations

import os.path
from typing import Annotated

import typer

from convcost.cli import complete, options, output
from convcost.errors import ConvcostError, closest, printable, quoted
from convcost.files import known, written
from convcost.files.opened import content


def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A name of `convcost specs`.", autocompletion=complete.specs
        ),
    ],
    out: options.NewFile = None,
) -> None:
    """Copy a network that comes with convcost into a file of yours, to edit.

    \b
    Example:
      convcost new unet_original -o my.yaml
    """
    shipped = known.path_of(name)
    if shipped is None:
        raise ConvcostError(_unknown(name))
    path = os.path.basename(name) + known.SUFFIX if out is None else out
    if os.path.lexists(path):
        raise ConvcostError(
            f"{printable(path)} is there already, and stays as it is: -o FILE names another"
        )
    from convcost.spec.nodes import LARGEST_FILE

    written.save(content(shipped, LARGEST_FILE, input_=False), path)
    output.note(f"{path}: a copy of `{name}`; `convcost analyze {path}` counts it")


def _unknown(name: str) -> str:
    meant = [spec for spec in known.names() if name and spec.startswith(name)]
    meant = meant or [found for found in (closest(name, known.names()),) if found]
    said = f"no spec that comes with convcost is named {quoted(name)}"
    some = " or ".join(f"`{spec}`" for spec in meant)
    return "\n  ".join((said, f"is it {some}?" if some else "`convcost specs` lists all"))
