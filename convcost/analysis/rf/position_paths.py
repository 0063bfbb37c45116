"""The positions of a tensor that one unit reads, and the number of paths to each.

A path goes from the unit back to a position by choosing, at every layer, one of the positions that
it reads. Channels are not told apart: with one channel everywhere, weights of one and no
biases, the number of paths is the derivative of the unit by the position. So 0 is a hole, and the
numbers show how unevenly a unit looks at its field, as in Luo et al., "Understanding the Effective
Receptive Field in Deep Convolutional Neural Networks", 2016, arXiv 1701.04128.

Paths are counted along one axis or two. Others are left out, as if the network had only these; so
a vector that was made of a whole map is one place.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments
from convcost.allowance import TooMuch, work
from convcost.errors import ConvcostError, listed, printable
from convcost.window import SAME, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.ops.op import Reads
    from convcost.tensor import Tensor

MOST_POSITIONS = 2**21
"""Larger maps are not made."""
NUMBERS_A_STEP = 16  # of a row, added to those of another
FOLLOWING = "counting paths position by position"

Rows = list[list[int]]
Places = tuple[int | None, ...]
"""Where a tensor has the axes that are followed; None where it has lost one."""


class NoMap(Exception):  # noqa: N818 - it names what is not there
    """There is no map of paths; the message is the reason, as a sentence."""


class PathMap(NamedTuple):
    """The number of paths from one unit to each position.

    ``counts`` has a row for each position along the first of the axes and a number for each along
    the second (of one axis: one row), from the first position reached to the last. ``starts`` says
    which position is the first along each axis, and ``axes`` which axes of the full shape these
    are.
    """

    axes: tuple[int, ...]
    starts: tuple[int, ...]
    counts: Rows

    @property
    def sizes(self) -> tuple[int, ...]:
        """Positions from the first to the last along each axis."""
        height, width = len(self.counts), len(self.counts[0]) if self.counts else 0
        return (height, width) if len(self.axes) == 2 else (width,)

    @property
    def positions(self) -> int:
        """Positions from the first to the last, holes included."""
        return sum(map(len, self.counts))

    @property
    def touched(self) -> int:
        """Positions that some path reaches."""
        return sum(len(row) - row.count(0) for row in self.counts)

    @property
    def holes(self) -> int:
        """Positions inside that no path reaches."""
        return self.positions - self.touched

    def touched_along(self, axis: int) -> int:
        """Positions along one of the axes at which some path ends, wherever along the other.

        Raises:
            ConvcostError: the map does not have the axis.
            TypeError: it is not a number.
        """
        self._require(axis)
        lines = self.counts if axis != self.axes[-1] else zip(*self.counts, strict=True)
        return sum(map(any, lines))

    @property
    def paths(self) -> int:
        """All paths."""
        return sum(map(sum, self.counts))

    @property
    def most(self) -> int:
        """Paths to the position that most reach."""
        return max((max(row) for row in self.counts), default=0)

    def middle(self, axis: int) -> list[int]:
        """The counts of the line through the middle along one of the axes; it raises what
        :meth:`touched_along` does."""
        self._require(axis)
        if axis == self.axes[-1]:
            return self.counts[len(self.counts) // 2]
        return [row[len(row) // 2] for row in self.counts]

    def _require(self, axis: int) -> None:
        if arguments.whole("axis", axis, 0, max(self.axes)) not in self.axes:
            raise ConvcostError(f"axis: the map has {listed([*map(str, self.axes)])}, not {axis}")

    def half(self) -> tuple[int, ...]:
        """Sizes of the smallest box around the middle in which half of the paths end."""
        if not self.counts:
            return (0,) * len(self.axes)
        height, width, wanted = len(self.counts), len(self.counts[0]), self.paths
        widest = (max(height, width) - 1) // 2

        def enough(grown: int) -> bool:
            columns = _inner(width, widest - grown)
            rows = self.counts[_inner(height, widest - grown)]
            return 2 * sum(sum(row[columns]) for row in rows) >= wanted

        border = widest - bisect_left(range(widest), True, key=enough)
        box = tuple(len(range(size)[_inner(size, border)]) for size in (height, width))
        return box[-len(self.axes) :]


def _inner(size: int, border: int) -> slice:
    border = min(border, (size - 1) // 2)
    return slice(border, size - border)


class _Grid(NamedTuple):
    """Counts on a stretch of a tensor: always two axes, the second of size 1 where one is asked."""

    first: int
    second: int
    rows: Rows

    def turned(self) -> _Grid:
        return _Grid(
            self.second, self.first, [list(column) for column in zip(*self.rows, strict=True)]
        )

    def plus(self, other: _Grid) -> _Grid:
        first, second = min(self.first, other.first), min(self.second, other.second)
        height = max(grid.first + len(grid.rows) for grid in (self, other)) - first
        width = max(grid.second + len(grid.rows[0]) for grid in (self, other)) - second
        _refuse_large(height, width)
        rows = [[0] * width for _ in range(height)]
        for grid in (self, other):
            left = grid.second - second
            for number, row in enumerate(grid.rows, start=grid.first - first):
                part = slice(left, left + len(row))
                rows[number][part] = map(add, rows[number][part], row)
        return _Grid(first, second, rows)


def unit_paths(
    network: Network, target: Tensor, unit: Sequence[int], name: str, axes: Sequence[int]
) -> PathMap:
    """The paths from a unit to the positions of an input, clipped at every layer.

    Args:
        network: the network.
        target: a tensor of it.
        unit: the unit's position along each axis of the tensor's full shape.
        name: an input of the network.
        axes: one or two axes of the input's full shape.

    Raises:
        NoMap: the paths cannot be followed, or are too many to be listed.
    """
    return _within_reason(network, target, unit, network.inputs[name], axes, local=False)


def local_paths(
    network: Network, target: Tensor, unit: Sequence[int], source: Tensor, axes: Sequence[int]
) -> PathMap:
    """The paths from a unit to the positions of another tensor, unclipped (as if both went on for
    ever), and without what is read as a whole.

    Arguments and errors are those of :func:`unit_paths`.
    """
    return _within_reason(network, target, unit, source, axes, local=True)


def _within_reason(
    network: Network,
    target: Tensor,
    unit: Sequence[int],
    source: Tensor,
    axes: Sequence[int],
    *,
    local: bool,
) -> PathMap:
    """A map that takes too much work is none, and all else is answered."""
    try:
        return _paths(network, target, unit, source, axes, local=local)
    except TooMuch as error:
        raise NoMap(error.says) from None


def _paths(
    network: Network,
    target: Tensor,
    unit: Sequence[int],
    source: Tensor,
    axes: Sequence[int],
    *,
    local: bool,
) -> PathMap:
    places = _places(network, source, axes, local=local)
    if target not in places:
        raise NoMap(f"`{printable(target.name)}` reads nothing of `{printable(source.name)}`")
    here = _followed(places, target)
    at = [0 if axis is None else unit[axis] for axis in (*here, None)[:2]]
    grids = {target: _Grid(at[0], at[1], [[1]])}
    for layer in reversed(network.layers):
        if source in layer.outputs:
            break
        made = [grids.pop(output) for output in layer.outputs if output in grids]
        if not made:
            continue
        grid = made[0]
        work(len(grid.rows) * (1 + len(grid.rows[0]) // NUMBERS_A_STEP), FOLLOWING)
        for other in made[1:]:
            grid = grid.plus(other)
        out = _followed(places, layer.outputs[0])
        for tensor, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
            if tensor in places:
                before = _before(grid, tensor, reads, _followed(places, tensor), out, local)
                if before.rows and before.rows[0]:
                    present = grids.get(tensor)
                    grids[tensor] = before if present is None else present.plus(before)
    return _trimmed(grids.get(source, _Grid(0, 0, [])), tuple(axes))


def _places(
    network: Network, source: Tensor, axes: Sequence[int], *, local: bool
) -> dict[Tensor, Places | str]:
    """Where each tensor that depends on the source has the axes, or why that is not known."""
    found: dict[Tensor, Places | str] = {source: tuple(axes)}
    for layer in network.layers:
        moved: list[Places | str] = []
        every = layer.op.reads(*layer.input_shapes)
        taken = {how.axis for reads in every for how in reads if not how.whole}
        for tensor, reads in zip(layer.inputs, every, strict=True):
            if tensor in found:
                place = found[tensor]
                if not isinstance(place, str):
                    place = _moved(place, tensor, reads, layer, taken)
                moved.append(place)
        if local:
            moved = [place for place in moved if isinstance(place, str) or None not in place]
        if moved:
            place = moved[0]
            for other in moved[1:]:
                place = _both(place, other, layer)
            found |= dict.fromkeys(layer.outputs, place)
    return found


def _moved(
    place: Places,
    tensor: Tensor,
    reads: Sequence[Reads],
    layer: Layer,
    taken: Collection[int | None],
) -> Places | str:
    """Where a layer's output has the axes. One that is read as a whole stays where it was, unless
    it is gone there, or another is in its place."""
    rank = len(layer.outputs[0].shape)
    after: list[int | None] = []
    for axis in place:
        if axis is None:
            after.append(None)
            continue
        how = reads[axis]
        if how.parts is not None and tensor.shape[axis] > 1:
            return f"`{printable(layer.name)}` merges axes, so its units lie on no axis any more"
        if how.step is None or (how.whole and how.deformed):
            return f"what `{printable(layer.name)}` reads is not followed position by position"
        if not how.whole:
            after.append(how.axis)
        else:
            after.append(axis if rank == len(tensor.shape) and axis not in taken else None)
    return tuple(after)


def _both(a: Places | str, b: Places | str, layer: Layer) -> Places | str:
    if isinstance(a, str) or isinstance(b, str):
        return a if isinstance(a, str) else b
    if any(x != y for x, y in zip(a, b, strict=True) if x is not None and y is not None):
        return f"`{printable(layer.name)}` joins axes crosswise"
    return tuple(x if y is None else y for x, y in zip(a, b, strict=True))


def _followed(places: Mapping[Tensor, Places | str], tensor: Tensor) -> Places:
    place = places[tensor]
    if isinstance(place, str):
        raise NoMap(place)
    return place


def _before(
    grid: _Grid,
    tensor: Tensor,
    reads: Sequence[Reads],
    here: Places,
    out: Places,
    local: bool,
) -> _Grid:
    """The paths on an input of a layer, given those on its output."""
    for axis, after in zip(here, out, strict=True):
        if axis is None:
            grid = grid if after is None else _summed(grid)
        else:
            how, size = reads[axis], tensor.shape[axis]
            if how.whole and local:
                return _Grid(0, 0, [])
            if how.whole or how.parts is not None:  # the whole axis, or the only place there is
                _refuse_large(size, len(grid.rows[0]))
                one = grid if after is None else _summed(grid)
                grid = _Grid(0, one.second, one.rows * size)
            elif how.step is not SAME and how.step is not None:
                grid = _spread(grid, how.step, None if local else size)
        if not grid.rows:
            return grid
        if len(here) == 2:
            grid = grid.turned()
    return grid


def _summed(grid: _Grid) -> _Grid:
    return _Grid(0, grid.second, [list(map(sum, zip(*grid.rows, strict=True)))])


def _spread(grid: _Grid, step: Step, size: int | None) -> _Grid:
    """Each row of counts, put where its unit reads; ``size`` None: wherever that is."""
    work(len(grid.rows) * max(map(len, step.reads)), FOLLOWING)
    places: list[Sequence[int]] = []
    for unit in range(grid.first, grid.first + len(grid.rows)):
        places.append(step.of(unit))
    ends = [end for place in places if place for end in (place[0], place[-1])]
    low, high = min(ends, default=0), max(ends, default=-1)
    if size is not None:
        low, high = max(low, 0), min(high, size - 1)
    width = len(grid.rows[0])
    _refuse_large(high - low + 1, width)
    work(sum(map(len, places)) * width // NUMBERS_A_STEP, FOLLOWING)
    rows: Rows = [[] for _ in range(low, high + 1)]
    for place, row in zip(places, grid.rows, strict=True):
        for position in place:
            if low <= position <= high:
                there = rows[position - low]
                rows[position - low] = list(map(add, there, row)) if there else row
    return _Grid(low, grid.second, [row or [0] * width for row in rows])


def _refuse_large(height: int, width: int) -> None:
    if height * width > MOST_POSITIONS:
        raise NoMap(f"its map would have more than {MOST_POSITIONS:,} positions")


def _trimmed(grid: _Grid, axes: tuple[int, ...]) -> PathMap:
    """Without rows and columns at the ends that no path reaches."""
    for _ in range(2):
        reached = [number for number, row in enumerate(grid.rows) if any(row)]
        if not reached:
            return PathMap(axes, (0,) * len(axes), [])
        rows = grid.rows[reached[0] : reached[-1] + 1]
        grid = _Grid(grid.first + reached[0], grid.second, rows).turned()
    if len(axes) == 1:
        return PathMap(axes, (grid.first,), [[row[0] for row in grid.rows]])
    return PathMap(axes, (grid.first, grid.second), grid.rows)
