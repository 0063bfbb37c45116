"""``convcost init``."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.cli import gate, options, output


def command(
    paths: gate.Paths = None,
    headroom: Annotated[
        str, typer.Option("--headroom", metavar="SHARE", help="Room that limits leave.")
    ] = "5%",
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
) -> None:
    """Write a convcost.toml: a budget for each model, of what it costs today.

    Models that cannot be read are left out, and it says why. Sizes that are given are for each
    model that has an input, or an open size, of the name; the file holds them, too.

    \b
    Example:
      convcost init models/ --headroom 10%
    """
    from convcost.errors import plural
    from convcost.gate.config import NAME
    from convcost.gate.measure import measure
    from convcost.gate.start import first_config, refuse_second

    share = gate.share(headroom)
    found = gate.find(paths, None)
    refuse_second(found)
    measured = measure(found, NAME, options.given(inputs, dims, values))
    if not measured.models:
        measured.refuse_errors()
    for note in measured.notes:
        output.warn(note)
    for error in measured.errors.values():
        output.note(f"left out: {str(error).splitlines()[0]}")
    output.write(first_config(measured, share), NAME)
    budgets = f"budgets of {plural(len(measured.models), 'model')}"
    output.note(f"{NAME}: {budgets}; `convcost check` holds them")
