"""``convcost lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, gate, mending, options, output
from convcost.errors import ConvcostError
from convcost.finding import Level
from convcost.gate.working_folder import working_folder
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.lint.selection import Selection
    from convcost.linter.run import Linted, Linter
    from convcost.linter.targets import Target

if TYPE_CHECKING:
    LintFormat = str
else:
    LintFormat = options.format_of("page", "document", "records", "findings", "cases")


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]",
            help="Specs (- is standard input, or names of `convcost specs`), files of blocks, "
            "exported models, folders, patterns; those of the configuration unless given, or else "
            "all that are in this folder.",
            show_default=False,
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
    config: gate.ConfigFile = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what one value mends, in the files.")
    ] = False,
    add_ignore: Annotated[
        bool,
        typer.Option("--add-ignore", help="Silence what is found now: write comments that do so."),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", help="Show what --fix or --add-ignore would change, and change nothing."
        ),
    ] = False,
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
    Examples:
      convcost lint resnet50 --ignore CC3
      convcost lint models/ --fix --diff
    """
    if explain is not None:
        from convcost.render.reports.lint import page_report, rules_report

        found = rules_report() if explain == "all" else page_report(explain)
        output.report(found, format_, out)
        return
    from convcost.linter.run import Asked, Linter

    asked = Asked(
        options.settings_of(settings),
        options.given(inputs, dims, values, as_written=as_written),
        _selection(select, ignore),
    )
    change = mending.asked(fix=fix, add_ignore=add_ignore, diff=diff, format_=format_)
    linter = Linter(asked, config, working_folder())
    targets = linter.targets(paths or [])
    mending.refuse(change, asked, targets)
    found = _looked(linter, targets)
    if diff:
        failed = mending.difference(change, linter, found, out)
    else:
        found = mending.done(change, linter, found)
        failed = _report(found, strict, change, format_, out)
    if any(linted.mistakes for linted in found):
        raise typer.Exit(ConvcostError.exit_code)
    if failed:
        raise typer.Exit(1)


def _looked(linter: Linter, targets: Sequence[Target]) -> list[Linted]:
    """Lint the targets, with a progress bar if there are several, and report the files that cannot
    be read."""
    if len(targets) == 1:
        found = [linter.one(targets[0])]
    else:
        with output.progress("looking") as progress:
            found = linter.all(targets, progress)
    for linted in found:
        for doubt in linted.doubts:
            output.warn(f"{linted.target.shown}: {doubt}")
    from convcost.linter.run import mistakes

    for mistake in mistakes(found):
        output.error(str(mistake))
    return found


def _report(
    found: Sequence[Linted],
    strict: bool,
    change: mending.Change | None,
    format_: str,
    out: str | None,
) -> bool:
    """Print what is found; whether it is a failure."""
    from convcost.render.reports.lint import report

    output.report(report(found, strict=strict, mended=change is not None), format_, out)
    failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    return any(finding.level in failing for linted in found for finding in linted.findings)


def _selection(select: Sequence[str] | None, ignore: Sequence[str] | None) -> Selection:
    """The codes that are asked for; ConvcostError where there is no such code."""
    from convcost.analysis.lint import require_known
    from convcost.analysis.lint.selection import Selection

    found = Selection(_codes(select), _codes(ignore))
    require_known([*found.select, *found.ignore])
    return found


def _codes(given: Sequence[str] | None) -> list[str]:
    """Codes of options that may be repeated, each with one or with several."""
    return [code.strip().upper() for text in given or () for code in text.split(",")]
