"""``convcost history``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import gate, options, output
from convcost.metrics import TRACED
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    Metric = str
    Out = str | None
else:
    Metric = options.choice("Traced", TRACED)
    Out = options.to_file("--output", "-o", help_="Write to a file instead; an .svg is a picture.")

USUAL = ("macs", "params")
OWN_ENDINGS = (".svg",)  # of files that are pictures, whatever the format


def command(
    paths: gate.Paths = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="REF", help="The git revision to begin with: the first unless given."
        ),
    ] = None,
    metrics: Annotated[
        list[Metric] | None,
        typer.Option(
            "--metric",
            metavar="FIGURE",
            help=f"What to trace; macs and params unless given. Repeatable: {', '.join(TRACED)}.",
        ),
    ] = None,
    config: gate.ConfigFile = None,
    format_: options.TableFormat = FIRST,
    out: Out = None,
) -> None:
    """Show what models cost along the history of their git repository.

    Its steps are the commits of the branch itself: a merge is one. Models are those that are here
    now, followed through renames; a revision that could not be read is named.

    \b
    Example:
      convcost history models/ --since v1.0 -o history.svg
    """
    from convcost.gate.check import refuse_nothing
    from convcost.gate.history import history
    from convcost.render.reports.history.report import report

    asked = [str(metric) for metric in dict.fromkeys(metrics or USUAL)]
    found = gate.find(paths, config)
    if not found.paths:
        refuse_nothing(found)
    with output.progress("reading") as progress:
        traced = history(found, since, asked, progress)
    if out is not None and out.lower().endswith(OWN_ENDINGS):
        from convcost.render.reports.history.picture import picture

        output.write(picture(traced).decode(), out)
        return
    output.report(report(traced), format_, out)
