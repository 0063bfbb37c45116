"""``convcost lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output
from convcost.errors import ConvcostError
from convcost.files.command import Overwritten
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.finding import Finding
    from convcost.given import Given


if TYPE_CHECKING:
    LintFormat = str
else:
    LintFormat = options.format_of("page", "document", "records", "findings")


def command(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC...",
            help="YAML specs (- is standard input), names of `convcost specs`, .onnx or .pt2.",
            autocompletion=complete.specs,
        ),
    ] = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CODES",
            help="Only these, such as CC101,CC2. Repeatable.",
            autocompletion=complete.codes,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="CODES",
            help="All but these. Repeatable.",
            autocompletion=complete.codes,
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 for warnings too, not for errors only.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="CODE",
            help="Show a code's page; `all` lists them.",
            autocompletion=complete.pages,
        ),
    ] = None,
    format_: LintFormat = FIRST,
    out: options.Output = None,
) -> None:
    """Find what is odd about networks: holes, checkerboards, dead layers, useless biases ...

    Exits 1 where there is an error (with --strict: or a warning). A finding that is meant to be is
    silenced on its line of the spec: `# convcost: ignore[CC104]`.

    \b
    Example:
      convcost lint resnet50 --ignore CC3
    """
    from convcost.render.reports.lint import page_report, report, rules_report

    if explain is not None:
        found = rules_report() if explain == "all" else page_report(explain)
        output.report(found, format_, out)
        return
    if not specs:
        raise typer.BadParameter("a spec is wanted, or --explain CODE", param_hint="SPEC...")
    given = options.given(inputs, dims, values, as_written=as_written)
    findings, read = _findings(specs, settings, given, _codes(select), _codes(ignore))
    output.report(report(findings, read), format_, out)
    if read < len(specs):
        raise typer.Exit(ConvcostError.exit_code)
    from convcost.finding import Level

    failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    if any(finding.level in failing for finding in findings):
        raise typer.Exit(1)


def _codes(given: Sequence[str] | None) -> list[str]:
    """Codes of options that may be repeated, each with one or with several."""
    return [code.strip().upper() for text in given or () for code in text.split(",")]


def _findings(
    specs: Sequence[str],
    settings: Sequence[str] | None,
    given: Given,
    select: Sequence[str],
    ignore: Sequence[str],
) -> tuple[list[Finding], int]:
    """The findings of all specs, and how many could be read; of the others it is said why not."""
    from convcost.analysis.lint import lint, require_known
    from convcost.gate.reading import given_for

    require_known([*select, *ignore])
    findings: list[Finding] = []
    read = 0
    for spec in specs:
        try:
            network = options.load(spec, settings, given.over(given_for(spec)), None)
        except Overwritten:
            raise
        except ConvcostError as error:
            output.error(str(error))
            continue
        read += 1
        if network.unknown:
            output.warn(f"{spec}: incomplete, so findings may be missing: {network.unknown[0]}")
        findings += lint(network, spec, select=select, ignore=ignore)
    return findings, read
