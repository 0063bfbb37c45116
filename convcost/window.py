"""One sliding window along one axis: the only place that knows stride, padding and dilation.

Unit ``i`` of the output reads the input positions ``i * stride - before + t * dilation`` for the
taps ``t`` in ``0 .. kernel - 1``. A transposed window is the same relation read backwards. Ops of
any rank hold one window an axis; a rank needs no code of its own.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from operator import index
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.number import Number, Shape, at_least_zero, ceil_div, smaller, total
from convcost.sums import Steps, named, pairs_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Pairs = tuple[tuple[Number, Number], ...]
"""Amounts before and after, an axis."""


class Step(NamedTuple):
    """The input positions that the units of an output axis read, as a periodic relation.

    Unit ``i`` reads ``reads[i % period]``, moved by ``shift`` for each whole period before it. A
    window has period 1 and shift ``stride``; a transposed one has period ``stride`` and shift 1.
    Positions are in ascending order. Those beyond the ends are padding, or where a ``size`` is
    given, nothing: they belong to something else. A ``border`` holds positions of the map again:
    ``reflect``, ``replicate`` or ``circular``.
    """

    period: int
    shift: int
    reads: tuple[Sequence[int], ...]
    size: int | None = None
    border: str = ""

    def inside(self, unit: int, size: int) -> Iterator[int]:
        """The positions among ``size`` that a unit reads, those that a border repeats included."""
        for position in self.of(unit):
            if 0 <= position < size:
                yield position
            elif self.border:
                yield _repeated(self.border, position, size)

    def of(self, unit: int) -> Sequence[int]:
        """The positions that a unit reads, those in padding included."""
        periods, phase = divmod(unit, self.period)
        reads, moved = self.reads[phase], periods * self.shift
        if self.size is not None:
            return tuple(p for at in reads if 0 <= (p := at + moved) < self.size)
        if isinstance(reads, range):
            return range(reads.start + moved, reads.stop + moved, reads.step)
        return tuple(at + moved for at in reads)


def _repeated(border: str, position: int, size: int) -> int:
    """The position of a map that a border holds at one outside of it."""
    if border == "circular":
        return position % size
    nearest = min(max(position, 0), size - 1)
    return nearest if border == "replicate" else 2 * nearest - position


SAME = Step(1, 1, (range(1),))  # each unit reads the position of its own number
FIRST = Step(1, 0, (range(1),))  # an axis of size 1, broadcast: every unit reads position 0

# A relation with more phases than this is not followed: its field is reported as unknown. (Steps of
# networks in use have at most a few hundred: the product of all upsampling factors.)
MOST_PHASES = 4096


class Window(NamedTuple):
    """Kernel, stride, padding and dilation along one axis, in positions of its input."""

    kernel: Number
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1

    @property
    def span(self) -> Number:
        """Input positions from the first tap to the last, holes included: ``d (k - 1) + 1``."""
        return self.dilation * (self.kernel - 1) + 1

    def slack(self, size: Number) -> Number:
        """Positions left when the window stands at the start of its padded input; below 0 it does
        not fit."""
        return size + self.before + self.after - self.span

    def length(self, size: Number) -> Number:
        """Output length of a window that stays inside its padded input."""
        return self.slack(size) // self.stride + 1

    def length_ceil(self, size: Number) -> Number:
        """Output length in ceil mode: a last window may hang over the end, but must start before
        the padding after (as PyTorch and ONNX have it)."""
        hanging = ceil_div(self.slack(size), self.stride) + 1
        return smaller(hanging, ceil_div(size + self.before, self.stride))

    def length_transposed(self, size: Number, output_padding: Number = 0) -> Number:
        """Output length when the window scatters: the length whose window reads back ``size``."""
        return (size - 1) * self.stride - self.before - self.after + self.span + output_padding

    def pairs_in_bounds(self, size: Number, positions: Number) -> Number:
        """Pairs of unit and tap that read a real input, not padding.

        Args:
            size: length of the windowed side (the input; for a transposed window the output).
            positions: number of windows.
        """

        if not named(*self, size, positions):
            units, taps = Steps(positions, self.stride), Steps(self.kernel, self.dilation)
            return pairs_within(units, taps, self.before, size)

        def windows_that_meet(tap: Number) -> Number:
            offset = self.before - tap * self.dilation
            last = smaller(positions - 1, (size - 1 + offset) // self.stride)
            first = at_least_zero(ceil_div(offset, self.stride))
            return at_least_zero(last - first + 1)

        return total(self.kernel, windows_that_meet)


def windows(kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape) -> tuple[Window, ...]:
    """The window along each axis, from one value an axis of everything."""
    return tuple(
        Window(k, s, before, after, d)
        for k, s, (before, after), d in zip(kernel, stride, padding, dilation, strict=True)
    )


def same_total(size: Number, kernel: Number, stride: Number, dilation: Number) -> Number:
    """Padding with which the output length is ``ceil(size / stride)``."""
    span = Window(kernel, stride, dilation=dilation).span
    return at_least_zero((ceil_div(size, stride) - 1) * stride + span - size)


def same_padding(size: Number, kernel: Number, stride: Number, dilation: Number) -> Window:
    """The window padded so that its output length is ``ceil(size / stride)``, the odd one after."""
    padding = same_total(size, kernel, stride, dilation)
    before = padding // 2
    return Window(kernel, stride, before, padding - before, dilation)


def causal_padding(size: Number, kernel: Number, stride: Number, dilation: Number) -> Window:  # noqa: ARG001 - as of `same`
    """The window padded before its axis alone, so that no unit reads beyond its own position."""
    window = Window(kernel, stride, dilation=dilation)
    return window._replace(before=window.span - 1)


def transposed_same(
    kernel: Number, stride: Number, dilation: Number, *, causal: bool = False
) -> Window:
    """The transposed window cropped to ``size * stride`` positions, the odd one after; ``causal``:
    all that is cropped lies after."""
    window = Window(kernel, stride, dilation=dilation)
    surplus = at_least_zero(window.span - stride)
    before = 0 if causal else surplus // 2
    return window._replace(before=before, after=surplus - before)


# Steps are asked of ints only: a receptive field is a fact about one network. Most of its layers
# are alike, so steps are remembered.


@lru_cache(maxsize=256)
def step(kernel: int, stride: int = 1, before: int = 0, dilation: int = 1) -> Step:
    """The positions that the units of a window read. A negative ``before`` crops."""
    return Step(1, stride, (range(-before, kernel * dilation - before, dilation),))


@lru_cache(maxsize=256)
def met(step: Step, size: int, units: int) -> tuple[bool, ...]:
    """Whether each of ``units`` reads any of ``size`` positions through a step."""
    work(units * max(map(len, step.reads)), "reading positions one by one")
    return tuple(any(True for _ in step.inside(unit, size)) for unit in range(units))


def step_joined(start: int, size: int) -> Step:
    """The reads of ``size`` positions that others stand around: the own one from the place
    ``start`` on, and nothing where those others lie."""
    return Step(1, 1, (range(-start, 1 - start),), size)


@lru_cache(maxsize=256)
def step_transposed(kernel: int, stride: int, before: int, dilation: int) -> Step | None:
    """The positions that the units of a transposed window read; None with more phases than are
    followed.

    Unit ``o`` reads the ``i`` with ``o + before = i * stride + t * dilation`` for some tap ``t``.
    The taps that solve it are an arithmetic progression of step ``stride / gcd``.
    """
    if stride > MOST_PHASES:
        return None
    stride, dilation = index(stride), index(dilation)
    common = gcd(stride, dilation)
    tap_step, input_step = stride // common, dilation // common
    inverse = pow(input_step, -1, tap_step)

    def reads(target: int) -> range:
        if target % common:
            return range(0)
        first_tap = target // common * inverse % tap_step
        taps = len(range(first_tap, kernel, tap_step))
        last = (target - first_tap * dilation) // stride  # the first tap reads the last input
        return range(last - (taps - 1) * input_step, last + 1, input_step)

    return Step(stride, 1, tuple(reads(unit + before) for unit in range(stride)))


@lru_cache(maxsize=256)
def step_nearest(numerator: int, denominator: int) -> Step | None:
    """Unit ``o`` reads ``floor(o * denominator / numerator)``: nearest upsampling by the ratio."""
    common = gcd(numerator, denominator)
    period, shift = numerator // common, denominator // common
    if period > MOST_PHASES:
        return None
    starts = (unit * shift // period for unit in range(period))
    return Step(period, shift, tuple(range(start, start + 1) for start in starts))


@lru_cache(maxsize=256)
def step_between(slope: int, offset: int, divisor: int, reach: int) -> Step | None:
    """The positions that the units of an interpolation read: unit ``o`` lies at ``(o * slope +
    offset) / divisor``, and reads ``reach`` positions on either side of it; only the position
    itself where it lies on one, for then the others weigh nothing."""
    common = gcd(slope, divisor)
    period, shift = divisor // common, slope // common
    if period > MOST_PHASES:
        return None

    def reads(unit: int) -> range:
        low, rest = divmod(unit * slope + offset, divisor)
        return range(low - reach + 1, low + reach + 1) if rest else range(low, low + 1)

    return Step(period, shift, tuple(map(reads, range(period))))


@lru_cache(maxsize=256)
def step_adaptive(size: int, units: int) -> Step | None:
    """Unit ``o`` reads from ``floor(o n / m)`` to below ``ceil((o + 1) n / m)``: adaptive pooling
    of ``size`` n to ``units`` m."""
    common = gcd(size, units)
    period, shift = units // common, size // common
    if period > MOST_PHASES:
        return None
    bounds = ((unit * shift // period, -(-(unit + 1) * shift // period)) for unit in range(period))
    return Step(period, shift, tuple(range(low, high) for low, high in bounds))


@lru_cache(maxsize=256)
def step_rolled(size: int, shift: int) -> Step | None:
    """Unit ``i`` reads ``i - shift``, going round an axis of ``size``."""
    if shift == 0:
        return SAME
    if size > MOST_PHASES:
        return None
    places = ((unit - shift) % size for unit in range(size))
    return Step(size, size, tuple(range(at, at + 1) for at in places), size)


@lru_cache(maxsize=256)
def step_recurrent(size: int, reverse: bool) -> Step | None:
    """Each of ``size`` units reads its own position and all before it, or all after it."""
    if size > MOST_PHASES:
        return None
    reads = (range(unit, size) if reverse else range(unit + 1) for unit in range(size))
    return Step(size, size, tuple(reads), size)
