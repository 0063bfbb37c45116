"""``convcost explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from convcost.network import Layer

    Format = str
else:
    Format = options.format_of("page", "document", "formulas")


def command(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="An op, a block of the library, a metric; or a SPEC.",
            autocompletion=complete.topics,
        ),
    ],
    layer: Annotated[
        str | None,
        typer.Argument(
            metavar="[LAYER]",
            help="The name of a layer of the SPEC, or a part that no other has.",
            autocompletion=complete.layers,
        ),
    ] = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    algorithms: Annotated[
        bool,
        typer.Option("--algorithms", help="Ways to compute the LAYER, each executed and counted."),
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="The LAYER as a matrix of its weights by name.")
    ] = False,
    memory: options.Memory = None,
    format_: Format = FIRST,
    out: options.Output = None,
) -> None:
    """Show the formulas of an op, or those of a layer with the numbers in them.

    \b
    Examples:
      convcost explain conv
      convcost explain specs/resnet50.yaml classifier
      convcost explain macs
      convcost explain specs/vgg16.yaml features.1.0 --algorithms
    """
    from convcost.analysis.explain.topics import explain

    if layer is None:
        if algorithms or matrix:
            raise typer.BadParameter(
                "give the name of a layer after the SPEC",
                param_hint="--algorithms" if algorithms else "--matrix",
            )
        if settings or inputs or dims or values or batch:
            raise typer.BadParameter(
                "--set, --input, --dim, --value and --batch are for a layer of a SPEC"
            )
        found = explain(what)
    else:
        asked = options.given(inputs, dims, values, as_written=as_written)
        network = options.load(what, settings, asked, batch)
        found = explain(network, layer)
        if algorithms or matrix:
            allowed = options.memory_of(memory)
            _computed(network.layer(layer), algorithms, matrix, allowed, format_, out)
            return
    from convcost.render.reports.explain.report import report

    output.report(report(found), format_, out)


def _computed(
    layer: Layer,
    algorithms: bool,
    matrix: bool,
    allowed: int | None,
    format_: str,
    out: str | None,
) -> None:
    """Show the ways to compute a layer, its matrix, or both; exit code 1 where what was executed
    does not agree with the formulas."""
    from convcost.render.reports.explain.computed import report

    if algorithms and format_ == "latex":
        raise typer.BadParameter("--algorithms has no form in LaTeX", param_hint="--format")
    tried = written = None
    if algorithms:
        from convcost.execution.algorithm_runs import trial

        tried = trial(layer, memory=allowed)
    if matrix:
        from convcost.analysis.explain.toeplitz import matrix as matrix_of

        written = matrix_of(layer)
    output.report(report(layer, tried, written), format_, out)
    if tried and tried.broken:
        raise typer.Exit(1)
