"""``convcost reconcile``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.reconcile.reconcile import Reconciled


def command(
    spec: options.Spec,
    tools: Annotated[
        list[str] | None,
        typer.Option(
            "--tool",
            metavar="NAME",
            help="This tool alone, step by step; a .yaml file is a convention of your own.",
            autocompletion=complete.conventions,
        ),
    ] = None,
    says: Annotated[
        str | None,
        typer.Option("--says", metavar="NUMBER", help="Find what was meant by it, such as 580M."),
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="List the layers that a tool counts otherwise.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Show all steps and layers on a terminal, however many.")
    ] = False,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    format_: options.TableFormat = FIRST,
    out: options.Output = None,
) -> None:
    """Show why other tools print another number, to the unit.

    \b
    Examples:
      convcost reconcile mobilenet_v2
      convcost reconcile mobilenet_v2 --tool thop --layers
      convcost reconcile mobilenet_v2 --set width=1.4 --says 601M
    """
    from convcost.analysis.reconcile.printed import printed
    from convcost.analysis.reconcile.reconcile import reconcile
    from convcost.analysis.reconcile.says import readings
    from convcost.analysis.reconcile.written import said
    from convcost.errors import ConvcostError
    from convcost.render.reports.reconcile import report
    from convcost.render.reports.reconcile_says import report as says_report

    asked = said(says) if says is not None else None
    given = options.given(inputs, dims, values, as_written=as_written)
    network = options.load(spec, settings, given, batch)
    found = reconcile(network, *(tools or ()))
    if asked is None:
        answer = report(found, steps=bool(tools), layers=layers, everything=all_)
        output.report(answer, format_, out)
        return

    def vary(more: Mapping[str, str], shape: Sequence[int] | None) -> Reconciled | None:
        changed = [*(settings or ()), *(f"{name}={value}" for name, value in more.items())]
        sizes = given if shape is None else given._replace(inputs={"": tuple(shape)})
        try:
            other = options.unsaid(spec, changed, sizes, batch)
            return reconcile(other, *(tools or ()))
        except ConvcostError:
            return None  # no such design

    meant = readings(asked, found, None if spec == "-" else vary)
    authors = printed(asked, found.analysis.totals["macs"])
    answer = says_report(found, asked, meant, authors, everything=all_)
    output.report(answer, format_, out)
