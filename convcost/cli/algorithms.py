"""What ``convcost explain`` shows of a layer with ``--algorithms`` and ``--matrix``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

import typer

from convcost.cli import output
from convcost.cli.options import Format

if TYPE_CHECKING:
    from convcost.network import Layer
    from convcost.render.table import Line

VERSION = 1


def command_part(
    layer: Layer, *, algorithms: bool, matrix: bool, seed: int, format_: Format, out: str | None
) -> None:
    """Show the algorithms of a layer, its matrix, or both; exit code 1 where what was executed does
    not agree with the formulas."""
    tried = written = None
    if algorithms:
        from convcost.trial import trial

        tried = trial(layer, seed)
    if matrix:
        from convcost.analysis.toeplitz import matrix as matrix_of

        written = matrix_of(layer)
    from convcost.render import algorithms as tables
    from convcost.render import toeplitz

    match format_:
        case Format.TEXT:

            def lines(width: int | None) -> list[Line]:
                parts = [tables.lines(tried, width)] if tried else []
                parts += [toeplitz.lines(layer, written, width)] if written else []
                return [line for part in parts for line in part]

            output.show(lines, out)
        case Format.JSON:
            document: dict[str, Any] = {"convcost": VERSION}
            document |= tables.document(tried) if tried else {"layer": layer.name}
            document |= {"matrix": written.rows} if written else {}
            output.write(json.dumps(document, indent=2) + "\n", out)
        case Format.MARKDOWN:
            parts = [tables.to_markdown(tried)] if tried else []
            parts += [toeplitz.to_markdown(layer, written)] if written else []
            output.write("\n".join(parts), out)
        case _:
            assert_never(format_)
    if tried and tried.broken:
        raise typer.Exit(1)
