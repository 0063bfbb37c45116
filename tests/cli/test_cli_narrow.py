"""Columns that the table of ``analyze`` drops on narrow terminals."""

from __future__ import annotations

from pathlib import Path

from in_format import lines_of

import convcost
from convcost.render.reports.analyze import report

ALEXNET = Path(__file__).parent.parent.parent / "specs" / "alexnet.yaml"
WHOLE = ["layer", "op", "output", "params", "MACs", "share", "alive", "field"]


def shown(width: int | None) -> tuple[list[str], str]:
    """The headings of the table, and the row of the first convolution."""
    analysis = convcost.analyze(convcost.load(str(ALEXNET)))
    lines = lines_of(report(analysis, analysis.layers), width)
    (row,) = [line for line in lines if "conv" in line and " 23" in line]
    return lines[2].split(), row


def test_counts_are_exact_as_long_as_there_is_room() -> None:
    _, everything = shown(None)
    headings, row = shown(len(everything))
    assert (headings, row) == (WHOLE, everything)
    assert " 23,296 " in row
    assert " 70,276,800 " in row


def test_then_they_are_rounded_and_then_columns_go_in_an_order() -> None:
    """The bytes alive go first, what a layer is and makes last."""
    forms: list[list[str]] = []
    for width in range(110, 40, -1):
        headings, row = shown(width)
        assert (" 23.3k " in row) != (" 23,296 " in row)
        if headings not in forms:
            forms.append(headings)
    left = [[word for word in WHOLE if word not in form] for form in forms]
    assert left == [
        [],
        ["alive"],
        ["share", "alive"],
        ["alive", "field"],  # a field takes more room than a share
        ["share", "alive", "field"],
        ["op", "share", "alive", "field"],
    ]
