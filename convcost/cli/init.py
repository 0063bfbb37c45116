"""``convcost init``."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.cli import gate, output


def command(
    paths: gate.Paths = None,
    headroom: Annotated[
        str, typer.Option("--headroom", metavar="SHARE", help="Room that limits leave.")
    ] = "5%",
) -> None:
    """Write a convcost.toml: a budget for each model, of what it costs today.

    \b
    Example:
      convcost init models/ --headroom 10%
    """
    from convcost.errors import plural
    from convcost.gate.check import measure
    from convcost.gate.config import NAME
    from convcost.gate.start import first_config, refuse_second

    share = gate.share(headroom)
    found = gate.find(paths, None)
    refuse_second(found)
    models = measure(found, NAME)
    output.write(first_config(models, share), NAME)
    output.note(f"{NAME}: budgets of {plural(len(models), 'model')}; `convcost check` holds them")
