"""A convolution, or a transposed one, as the matrix that it is: which weight stands where.

``vec(y) = C . vec(x)`` with a row for each output element and a column for each input element, in
the order of memory. Along one axis ``C`` is a Toeplitz matrix where the stride is 1: its diagonals
are constant; along two it is doubly blocked, a Toeplitz matrix of such matrices. A transposed
convolution is ``C^T`` of the convolution with its fields, which is not the inverse of ``C``.
Dumoulin and Visin, arXiv 1603.07285, section 4.1.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.allowance import work
from convcost.errors import ConvcostError, quoted
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Layer
    from convcost.window import Window

MOST_ELEMENTS = 4096  # of a matrix that is written out


class Matrix(NamedTuple):
    """A matrix of names of weights; None where it is 0.

    ``named`` is how names are made: ``w<row><column>``. ``rows_each`` and ``columns_each`` are the
    sizes of its innermost blocks: the last axes.
    """

    rows: Sequence[Sequence[str | None]]
    rows_each: int
    columns_each: int
    named: str


def matrix(layer: Layer) -> Matrix:
    """The matrix of a layer.

    Raises:
        ConvcostError: the layer is not a convolution, or its matrix is too large to be written.
    """
    op: Any = layer.op
    if not (op.weighs_taps and (op.slides or op.scatters)):
        raise ConvcostError(
            f"{quoted(layer.name)} is a {op_name(type(layer.op))} layer: only `conv` and "
            "`conv_transpose` layers are written as a matrix"
        )
    x, y = layer.inputs[0].shape[1:], layer.outputs[0].shape[1:]
    elements = prod(x) * prod(y)
    if elements > MOST_ELEMENTS:
        raise ConvcostError(
            f"the matrix of {quoted(layer.name)} has {prod(y):,} rows and {prod(x):,} columns: "
            f"{elements:,} elements, and one of at most {MOST_ELEMENTS:,} is written out"
        )
    rows: list[list[str | None]] = [[None] * prod(x) for _ in range(prod(y))]
    for row, column, name in _places(op, x, y):
        rows[row][column] = name
    return Matrix(rows, y[-1], x[-1], _named(op, x, y))


def _named(op: Any, x: tuple[int, ...], y: tuple[int, ...]) -> str:
    """The scheme of the names of weights, with what each number counts in its place."""
    axes = ("filter", "channel") if op.slides else ("channel", "filter")
    taps = ("plane", "row", "column")[-len(x) + 1 :] if 2 < len(x) < 5 else ["tap"] * (len(x) - 1)
    lead = [f"<{axis}>" for axis, size in zip(axes, _lead(op, x, y), strict=True) if size > 1]
    return _name(lead, [f"<{tap}>" for tap in taps], _kernel(op))


def _lead(op: Any, x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, int]:
    """The first two sizes of the weight's layout."""
    groups = cast("int", op.groups)
    return (y[0], x[0] // groups) if op.slides else (x[0], y[0] // groups)


def _kernel(op: Any) -> tuple[int, ...]:
    return cast("tuple[int, ...]", op.kernel_size)


def _places(op: Any, x: tuple[int, ...], y: tuple[int, ...]) -> Iterator[tuple[int, int, str]]:
    """Row, column and name of each weight, wherever it stands."""
    groups = cast("int", op.groups)
    filters, channels = y[0] // groups, x[0] // groups
    if op.slides:
        windows = op.windows((1, *x))
        met = [_met(*axis) for axis in zip(windows, x[1:], y[1:], strict=True)]
    else:  # the same places with rows for columns
        axes = zip(op.windows, y[1:], x[1:], strict=True)
        met = [[(i, tap, o) for o, tap, i in _met(*axis)] for axis in axes]
    for row, column in product(range(y[0]), range(x[0])):
        if row // filters != column // channels:  # of different groups
            continue
        index = (row, column % channels) if op.slides else (column, row % filters)
        lead = [str(i) for i, size in zip(index, _lead(op, x, y), strict=True) if size > 1]
        for places in product(*met):
            here, taps, there = zip(*places, strict=True)
            name = _name(lead, list(map(str, taps)), _kernel(op))
            yield _flat((row, *here), y), _flat((column, *there), x), name


def _met(window: Window, size: int, positions: int) -> list[tuple[int, int, int]]:
    """Each unit, tap and position of an axis that meet inside the input."""
    kernel, stride, before, _, dilation = cast("tuple[int, int, int, int, int]", window)
    work(positions * kernel, "writing a matrix")
    places = (
        (unit, tap, unit * stride - before + tap * dilation)
        for unit in range(positions)
        for tap in range(kernel)
    )
    return [place for place in places if 0 <= place[2] < size]


def _name(lead: Sequence[str], taps: Sequence[str], kernel: Sequence[int]) -> str:
    """``w12``: row 1, column 2 of the kernel; ``w3,0.12`` of filter 3 and channel 0."""
    tap = ("" if max(kernel) <= 10 else ",").join(taps)
    return f"w{','.join(lead)}.{tap}" if lead else f"w{tap}"


def _flat(index: Sequence[int], shape: Sequence[int]) -> int:
    """The place of an element in memory."""
    place = 0
    for number, size in zip(index, shape, strict=True):
        place = place * size + number
    return place
