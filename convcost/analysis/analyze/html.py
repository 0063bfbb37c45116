"""A table of an analysis for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_ROWS = 400


def table(
    name: str, layers: Sequence[Any], totals: Mapping[str, Any], unknown: Iterable[str]
) -> str:
    """Layers with their shapes, parameters and MACs, and the totals.

    Args:
        name: of the network.
        layers: what each of them costs.
        totals: by metric.
        unknown: what is not counted, and why.
    """
    rows = [
        _row(
            "td",
            one.name,
            one.op,
            " ".join("x".join(map(str, shape)) for shape in one.output_shapes),
            f"{one.counts['params']:,}",
            "?" if "macs" in one.uncounted else f"{one.counts['macs']:,}",
        )
        for one in layers[:MOST_ROWS]
    ]
    more = len(layers) - MOST_ROWS
    rows += [_row("td", f"and {more:,} more", "", "", "", "")] if more > 0 else []
    sums = ("total", "", "", f"{totals['params']:,}", f"{totals['macs']:,}")
    title = escape(name)
    head = _row("th", "layer", "op", "output", "params", "MACs")
    lacking = "".join(f"<p>not counted: {escape(said)}</p>" for said in unknown)
    body = "".join((*rows, _row("th", *sums)))
    return f"<table><caption>{title}</caption>{head}{body}</table>{lacking}"


def _row(cell: str, *words: str) -> str:
    return f"<tr>{''.join(_cells(cell, words))}</tr>"


def _cells(cell: str, words: Iterable[str]) -> Iterable[str]:
    for number, word in enumerate(words):
        side = "left" if number < 3 else "right"
        yield f'<{cell} style="text-align: {side}">{escape(word)}</{cell}>'
