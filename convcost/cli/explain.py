"""``convcost explain``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from convcost.cli import options, output


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
    format_: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.TEXT,
    out: options.Output = None,
) -> None:
    """Show the formulas of an op, or those of a layer with the numbers in them.

    \b
    Examples:
      convcost explain conv
      convcost explain specs/resnet50.yaml classifier
      convcost explain macs
    """
    if layer is None:
        from convcost.analysis.subjects import subject

        found = subject(what)
    else:
        from convcost.analysis.explain import explained_layer

        found = explained_layer(options.load(what, settings, inputs, batch), layer)
    match format_:
        case Form.TEXT:
            from convcost.render.explain import lines

            output.show(lambda width: lines(found, width), out)
        case Form.MARKDOWN:
            from convcost.render.explain_formats import to_markdown

            output.write(to_markdown(found), out)
        case Form.LATEX:
            from convcost.render.explain_formats import to_latex

            output.write(to_latex(found), out)
        case Form.JSON:
            from convcost.render.explain_formats import to_json

            output.write(to_json(found), out)
        case _:
            assert_never(format_)
