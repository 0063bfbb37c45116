"""Who prints a number that somebody has read somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.reconcile.written import said
from convcost.conventions.published import figures

if TYPE_CHECKING:
    from fractions import Fraction

    from convcost.analysis.reconcile.written import Said
    from convcost.conventions.published import Published


def printed(asked: Said, macs: int, most: int = 5) -> list[Published]:
    """Figures of authors that a number may be: those that are printed so first, then those of
    networks with so many MACs; of networks with about as many MACs as this one first.

    Args:
        asked: the number.
        macs: of the network that was asked about.
        most: how many to list.
    """
    other = {one: not _rounds(said(one.printed).value, asked) for one in figures()}
    found = [one for one in figures() if not other[one] or _rounds(one.macs, asked)]
    return sorted(found, key=lambda one: (other[one], abs(one.macs - macs)))[:most]


def _rounds(number: Fraction | int, to: Said) -> bool:
    return abs(number - to.value) <= to.step / 2
