"""Multiply-adds that authors print of their networks, in papers and in the pages of their code.

They stand in ``published.csv``, a row a figure: the network, the spec that comes with convcost and
its settings where there is one, our MACs of it, the figure as it is printed, where, and why it is
another than our MACs rounded.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = Path(__file__).parent / "published.csv"


class Published(NamedTuple):
    """A figure as its authors print it.

    Attributes:
        network: the authors' name of it.
        spec: the spec of it that comes with convcost; "": there is none.
        settings: values of the spec's vars, as in ``width=0.5 groups=3``.
        input: the shape of a sample, as in ``3x224x224``.
        macs: our MACs.
        printed: the figure, as in ``569M``.
        where: the paper and its table, or the page.
        apart: why the figure is not our MACs rounded; "": it is.
    """

    network: str
    spec: str
    settings: str
    input: str
    macs: int
    printed: str
    where: str
    apart: str


@cache
def figures() -> Sequence[Published]:
    """All figures, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [_figure(*row) for row in [*csv.reader(file)][1:]]


def _figure(
    network: str,
    spec: str,
    settings: str,
    shape: str,
    macs: str,
    printed: str,
    where: str,
    apart: str,
) -> Published:
    return Published(network, spec, settings, shape, int(macs), printed, where, apart)
