"""A layer's matrix of weights by name."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.render.parts.table import Line
from convcost.render.report import Drawing, Heading, Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.explain.toeplitz import Matrix
    from convcost.network import Layer
    from convcost.render.report import Medium, Part


def page(layer: Layer, matrix: Matrix, medium: Medium) -> Iterator[Part]:
    """The matrix with its blocks apart; a sentence where its rows are wider than a terminal."""
    written = _written(matrix)
    yield Heading(_title(layer, matrix))
    if medium.width is not None and len(written[0]) > medium.width:
        columns = f"its rows take {len(written[0])} columns, and the terminal has {medium.width}"
        yield Paragraph(f"{columns}: pipe it", "yellow", gap=False)
        return
    yield Drawing([*map(Line, written)])
    yield Paragraph(_note(matrix), "dim")


def latex(matrix: Matrix) -> str:
    """An array in brackets (a ``bmatrix`` has 10 columns at most)."""
    rows = (" & ".join(_symbol(name) for name in row) for row in matrix.rows)
    body = " \\\\\n".join(rows)
    columns = len(matrix.rows[0])
    start, end = f"\\left[\\begin{{array}}{{*{{{columns}}}{{c}}}}", "\\end{array}\\right]"
    return f"{start}\n{body}\n{end}"


def _symbol(name: str | None) -> str:
    return "0" if name is None else f"w_{{{name[1:]}}}"


def _title(layer: Layer, matrix: Matrix) -> str:
    rows, columns = len(matrix.rows), len(matrix.rows[0])
    c = "C^T" if layer.op.scatters else "C"
    return f"{layer.name}   vec(output) = {c} . vec(input), {c} {rows}x{columns}"


def _note(matrix: Matrix) -> str:
    there = sum(name is not None for row in matrix.rows for name in row)
    zeros = prod((len(matrix.rows), len(matrix.rows[0]))) - there
    return f"{plural(there, 'weight')} and {zeros:,} zeros; names are {matrix.named}"


def _written(matrix: Matrix) -> list[str]:
    """A text a row, with lines between blocks."""
    cell = max((len(name) for row in matrix.rows for name in row if name is not None), default=1)
    each, result = matrix.columns_each, list[str]()
    for number, row in enumerate(matrix.rows):
        cells = [f"{name or '.':>{cell}}" for name in row]
        blocks = (" ".join(cells[start : start + each]) for start in range(0, len(row), each))
        line = " | ".join(blocks)
        if number and number % matrix.rows_each == 0:
            result.append("".join("+" if c == "|" else "-" for c in line))
        result.append(line)
    return result
