"""``convcost explain``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from convcost.cli import options, output

if TYPE_CHECKING:
    from convcost.network import Layer


class Form(StrEnum):
    """How an explanation is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    LATEX = "latex"
    JSON = "json"


def command(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="An op, a block of the library, a metric; or a SPEC."),
    ],
    layer: Annotated[
        str | None, typer.Argument(metavar="[LAYER]", help="The name of a layer of the SPEC.")
    ] = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    batch: options.Batch = None,
    algorithms: Annotated[
        bool,
        typer.Option("--algorithms", help="Ways to compute the LAYER, each executed and counted."),
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="The LAYER as a matrix of its weights by name.")
    ] = False,
    format_: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.TEXT,
    out: options.Output = None,
) -> None:
    """Show the formulas of an op, or those of a layer with the numbers in them.

    \b
    Examples:
      convcost explain conv
      convcost explain specs/resnet50.yaml classifier
      convcost explain macs
      convcost explain specs/vgg16.yaml features.1.group1.0.conv1 --algorithms
    """
    if layer is None:
        if algorithms or matrix:
            raise typer.BadParameter(
                "give the name of a layer after the SPEC",
                param_hint="--algorithms" if algorithms else "--matrix",
            )
        from convcost.analysis.explain.topics import subject

        if settings or inputs or batch:
            raise typer.BadParameter("--set, --input and --batch are for a layer of a SPEC")
        found = subject(what)
    else:
        from convcost.analysis.explain.layer import explained_layer

        found = explained_layer(options.load(what, settings, inputs, batch), layer)
        if algorithms or matrix:
            assert found.layer is not None  # it was found by its name
            _computed(found.layer, algorithms, matrix, format_, out)
            return
    match format_:
        case Form.TEXT:
            from convcost.render.explain.text import lines

            output.show(lambda width: lines(found, width), out)
        case Form.MARKDOWN:
            from convcost.render.explain.formats import to_markdown

            output.write(to_markdown(found), out)
        case Form.LATEX:
            from convcost.render.explain.formats import to_latex

            output.write(to_latex(found), out)
        case Form.JSON:
            from convcost.render.explain.formats import to_json

            output.write(to_json(found), out)
        case _:
            assert_never(format_)


def _computed(layer: Layer, algorithms: bool, matrix: bool, format_: Form, out: str | None) -> None:
    """Show the ways to compute a layer, its matrix, or both; exit code 1 where what was executed
    does not agree with the formulas."""
    from convcost.render.explain import algorithms as tables
    from convcost.render.explain import toeplitz
    from convcost.render.table import Line

    if algorithms and format_ is Form.LATEX:
        raise typer.BadParameter("--algorithms has no form in LaTeX", param_hint="--format")
    tried = written = None
    if algorithms:
        from convcost.execution.algorithm_runs import trial

        tried = trial(layer)
    if matrix:
        from convcost.analysis.explain.toeplitz import matrix as matrix_of

        written = matrix_of(layer)
    match format_:
        case Form.TEXT:

            def lines(width: int | None) -> list[Line]:
                shown = tables.lines(tried, width) if tried else []
                if tried and written:
                    shown.append(Line(""))
                return shown + (toeplitz.lines(layer, written, width) if written else [])

            output.show(lines, out)
        case Form.MARKDOWN:
            parts = [tables.to_markdown(tried)] if tried else []
            parts += [toeplitz.to_markdown(layer, written)] if written else []
            output.write("\n".join(parts), out)
        case Form.LATEX:
            assert written is not None  # for it is all that is asked for
            output.write(toeplitz.to_latex(written), out)
        case Form.JSON:
            output.write(tables.to_json(layer, tried, written), out)
        case _:
            assert_never(format_)
    if tried and tried.broken:
        raise typer.Exit(1)
