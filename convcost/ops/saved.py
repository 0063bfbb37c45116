"""Arrays that PyTorch keeps of a layer until its backward pass has run.

The derivatives of its operators (``tools/autograd/derivatives.yaml``) are formulas over inputs,
outputs and further arrays, and an operator keeps those that it names. Where each gradient has a
formula of its own, what one of them alone needs is kept only if that gradient is wanted; where all
have one together, as for a convolution, what it needs is always kept. Functions that are made of
several operators keep what each of them does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.number import Number, Shape, prod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.window import Window


WIDE = "wide"
"""The type of numbers that are at least float32: that of the layer where it has as many bits."""


class Made(NamedTuple):
    """An array that a layer makes for its backward pass alone.

    ``dtype`` is the type of its numbers, which may be ``WIDE``; None for that of the layer's
    output.
    """

    elements: Number
    dtype: str | None = None


class Matrix(NamedTuple):
    """An input that is kept as matrices: repeated to ``shape``, with all axes before the ``last``
    ones merged. A copy is kept where its memory cannot be looked at so."""

    input: int
    shape: Shape
    last: int = 2


class Merged(NamedTuple):
    """An input that is kept with its axes in another order, and each group of them merged into one.
    A copy is kept where its memory cannot be looked at so."""

    input: int
    groups: tuple[tuple[int, ...], ...]


class Saved(NamedTuple):
    """The arrays that are kept; learned and stored ones are left out, since they stay anyway.

    ``inputs`` and ``outputs`` are numbers of those that are kept as they are. ``inputs_as`` and
    ``outputs_as`` are kept as numbers of a type, such as positions as ``int64``, whatever type the
    network gives them; an input as ``WIDE`` is a copy where its numbers are narrower.
    """

    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    made: tuple[Made, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    merged: tuple[Merged, ...] = ()
    inputs_as: Mapping[int, str] = {}
    outputs_as: Mapping[int, str] = {}


NOTHING = Saved()
INPUT = Saved(inputs=(0,))
OUTPUT = Saved(outputs=(0,))
BOTH = Saved(inputs=(0,), outputs=(0,))
PLACES = Saved(inputs_as={1: "int64"})
CHOICE = Saved(inputs_as={0: "bool"})


def padded(windows: tuple[Window, ...], x: Shape) -> Saved:
    """The input of a layer with windows. PyTorch's own padding is the same before and after an
    axis; for any other the input is padded by a layer of its own, and what that makes is kept."""
    if all(window.before is window.after or window.before == window.after for window in windows):
        return INPUT
    sizes = (w.before + size + w.after for w, size in zip(windows, x[2:], strict=True))
    return Saved(made=(Made(prod((*x[:2], *sizes))),))
