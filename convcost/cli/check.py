"""``convcost check``."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.cli import gate, options, output
from convcost.errors import listed


def command(
    paths: gate.Paths = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="REF",
            help="Compare with a git revision; main... is where this branch left main. The base of "
            "a pull request is found; none compares with nothing.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="FILE", help="Compare with a saved baseline."),
    ] = None,
    config: gate.ConfigFile = None,
    settings: options.Settings = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if layers could not be counted.")
    ] = False,
    run_code: gate.RunCode = False,
    python: gate.Python = None,
    tighten: Annotated[
        bool, typer.Option("--tighten", help="Lower limits to what models cost, with headroom.")
    ] = False,
    headroom: Annotated[
        str, typer.Option("--headroom", metavar="SHARE", help="Room that --tighten leaves.")
    ] = "2%",
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Report as usual, but never exit with 1.")
    ] = False,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT[:FILE]",
            help=listed(gate.FORMATS, "or") + ". Repeatable.",
        ),
    ] = None,
    out: options.Output = None,
) -> None:
    """Check models against their budgets, and report what a change added.

    Exit code 1: a limit or an expectation is broken; 3: there is no model.

    A variant is named like net.yaml@width=32; --set makes a variant of every spec.

    \b
    Example:
      convcost check models/ --base main... --format text --format sarif:out.sarif
    """
    from convcost.files.stopping import stoppable
    from convcost.gate.check import checked

    wanted = gate.targets(formats, out)
    share = gate.share(headroom)
    with gate.reported(wanted), stoppable(run_code):
        given = options.settings_of(settings)
        found = gate.find(paths, config, given, run_code=run_code, python=python)
        with gate.compared(base, baseline, found) as before, output.progress("checking") as shown:
            checks = checked(found, before, gate.terms(base, strict=strict), shown)
    for note in checks.notes:
        output.warn(note)
    gate.write_all(checks, wanted, named=bool(base or baseline))
    checks.refuse_errors()
    if tighten:
        gate.tighten(checks, found, share)
    if checks.is_failed and not exit_zero:
        raise typer.Exit(1)
