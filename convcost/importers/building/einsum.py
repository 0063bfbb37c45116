"""Einsums of any number of inputs, with dots for axes without letters, and with results that are
left to the letters."""

from __future__ import annotations

from itertools import pairwise
from string import ascii_letters
from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, transposed, viewed
from convcost.importers.building.node import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor

DOTS = "..."


def einsum(
    b: Builder, node: Node, given: Sequence[Tensor], equation: str, path: Sequence[int] = ()
) -> Tensor:
    """An einsum, each pair of inputs a layer: taken one after the other, or as a ``path`` has the
    places of each pair, whose result comes last then."""
    labels, out = _labels(equation.replace(" ", ""), [len(x.shape) for x in given])
    parts = [_without_twins(b, node, *part) for part in zip(given, labels, strict=True)]
    if len(parts) == 1:
        return _alone(b, node, *parts[0], out)
    pairs = zip(path[::2], path[1::2], strict=True) if path else [(0, 1)] * (len(parts) - 1)
    for pair in pairs:
        (x, own), (other, its) = (parts[place] for place in pair)
        parts = [part for place, part in enumerate(parts) if place not in pair]
        after = "".join(labels for _, labels in parts)
        every = dict.fromkeys(own + its)
        kept = "".join(label for label in every if label in after + out) if parts else out
        made = then(b, node, "einsum", x, other, equation=f"{own},{its}->{kept}"), kept
        parts.insert(len(parts) if path else 0, made)
    return parts[0][0]


def _labels(equation: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """A letter for each axis of each input, and those of the result."""
    written, arrow, out = equation.partition("->")
    parts = written.split(",")
    free = [letter for letter in ascii_letters if letter not in equation]
    most = max(
        (rank - len(part) + 3 for part, rank in zip(parts, ranks, strict=True) if DOTS in part),
        default=0,
    )
    dots = "".join(free[:most])
    found: list[str] = []
    for part, rank in zip(parts, ranks, strict=True):
        missing = rank - len(part) + 3 if DOTS in part else 0
        found.append(part.replace(DOTS, dots[len(dots) - missing :]))
        if len(found[-1]) != rank:
            raise NotUnderstood(f"`{part}` of its equation is not for an input of {rank} axes")
    if arrow:
        return found, out.replace(DOTS, dots)
    every = "".join(found)
    single = sorted(letter for letter in set(every) if every.count(letter) == 1)
    return found, dots + "".join(letter for letter in single if letter not in dots)


def _without_twins(b: Builder, node: Node, x: Tensor, labels: str) -> tuple[Tensor, str]:
    """The diagonal along axes of one letter: every so many positions of both as one axis."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            twins = [axis for axis, own in enumerate(labels) if own == label][:2]
            n = x.shape[twins[0]]
            order = [axis for axis in range(len(labels)) if axis not in twins]
            if any(second != first + 1 for first, second in pairwise((*order, *twins))):
                x = transposed(b, node, x, *order, *twins)
            whole = viewed(b, node, x, (*x.shape[:-2], n * n))
            last = (len(order),)
            x = then(b, node, "slice", whole, dims=last, starts=(0,), ends=(n * n,), steps=(n + 1,))
            labels = "".join(labels[axis] for axis in order) + label
    return x, labels


def _alone(b: Builder, node: Node, x: Tensor, labels: str, out: str) -> Tensor:
    """One input: summed over the letters that the result lacks, and put in its order."""
    gone = tuple(axis for axis, label in enumerate(labels) if label not in out)
    if gone:
        x = then(b, node, "sum", x, dim=gone, keepdim=False)
    kept = [label for label in labels if label in out]
    order = tuple(kept.index(label) for label in out)
    return x if order == tuple(range(len(order))) else transposed(b, node, x, *order)
