"""Limits that a network is held to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from convcost.finding import Level

if TYPE_CHECKING:
    from fractions import Fraction

    from convcost.errors import Source


class Bound(StrEnum):
    """On which side of its amount a limit lets a value be."""

    MAX = "max"
    MIN = "min"
    INCREASE = "max_increase"


class Part(StrEnum):
    """The part of a network that a limit is about, by the key under which it is written."""

    NETWORK = "network"
    LAYERS = "layers"
    OPS = "ops"


class Limit(NamedTuple):
    """One bound of one metric.

    ``amount`` is a count (of an increase: by how much), or as a Fraction a share: of the network's
    total, or for an increase of the value before. ``pattern`` names layers or an op, all together
    or ``each`` by itself. ``source`` is where the amount was written, as ``text``, ``width``
    characters wide.
    """

    metric: str
    bound: Bound
    amount: int | Fraction
    level: Level = Level.ERROR
    message: str = ""
    part: Part = Part.NETWORK
    pattern: str = ""
    each: bool = False
    source: Source | None = None
    text: str = ""
    width: int = 0

    @property
    def relative(self) -> bool:
        """Whether it needs a value from before."""
        return self.bound is Bound.INCREASE

    @property
    def subject(self) -> tuple[str, Bound, Part, str, bool]:
        """The subject of the limit: that of the same limit in another revision is equal."""
        return (self.metric, self.bound, self.part, self.pattern, self.each)


def floor_of(share: Fraction, whole: int) -> int:
    """The largest whole number within a share of a whole."""
    return share.numerator * whole // share.denominator


def ceil_of(share: Fraction, whole: int) -> int:
    """The smallest whole number that is at least a share of a whole."""
    return -(-share.numerator * whole // share.denominator)
