"""CC102 to CC106: what windows read too often, too seldom or never."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import at_each, work
from convcost.analysis.lint.graph import (
    SIDES,
    Found,
    Graph,
    agreed,
    by,
    fields_of,
    macs,
    params,
    taps,
    window_steps,
)
from convcost.errors import listed, plural
from convcost.finding import Level
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.network import Layer
    from convcost.tensor import Tensor
    from convcost.window import Step

LONGEST = 1 << 20  # positions along an axis that are looked at one by one


def checkerboard(graph: Graph) -> Iterator[Found]:
    """Transposed layers some of whose units read more inputs than others."""
    for layer in graph.layers:
        if not layer.op.scatters:
            continue
        op = fields_of(layer)
        steps = [how.step for how in layer.op.reads(*layer.input_shapes)[0][2:]]
        counts = [sorted({len(reads) for reads in step.reads}) for step in steps if step]
        uneven = [count for count in counts if len(count) > 1]
        if uneven:
            fewest, most = uneven[0][0], uneven[0][-1]
            larger = [-(-k // s) * s for k, s in zip(op.kernel_size, op.stride, strict=True)]
            yield Found(
                f"units read {fewest} or {most} inputs along an axis by turns, because stride "
                f"{agreed(op.stride)} does not divide the kernel's {by(op.kernel_size)}: a "
                "checkerboard in the output",
                f"kernel_size {agreed(larger)}, or upsampling and a convolution after it",
                layer,
            )


def unread_border(graph: Graph) -> Iterator[Found]:
    """Windows whose last step ends before the map does, where nothing else reads the rest."""
    for layer in graph.layers:
        lost: dict[int, int] = {}
        for axis, step in window_steps(layer).items():
            unread = _unread_at_end(layer, axis, step)
            if unread > 0 and len(taps(step)) >= step.shift:  # else see skipped_positions
                lost[axis] = unread
        if lost and not any(_reads_beyond(other, lost) for other in _others(graph, layer)):
            yield _border(layer, lost)


def _border(layer: Layer, lost: dict[int, int]) -> Found:
    sizes = layer.inputs[0].shape[2:]
    words = SIDES.get(len(sizes), ())
    parts: list[str] = []
    for axis, unread in lost.items():
        word = words[axis - 2] if words else f"positions of axis {axis - 1}"
        parts.append(f"the last {unread:,} of {sizes[axis - 2]:,} {word}")
    kept = [size - lost.get(axis, 0) for axis, size in enumerate(sizes, start=2)]
    wasted = prod(sizes) - prod(kept)
    remedy = (
        "`ceil_mode: true`"
        if "ceil_mode" in declared(type(layer.op))
        else "padding after each axis"
    )
    return Found(
        f"its windows never read {listed(parts)}: {_percent(wasted, prod(sizes))} of its input",
        f"{remedy} reads them; a map of {by(kept)} would give the same output",
        layer,
    )


def skipped_positions(graph: Graph) -> Iterator[Found]:
    """Windows narrower than their stride, which skip what lies between them."""
    for layer in at_each(graph.layers):
        steps = window_steps(layer)
        narrow = any(len(taps(step)) < step.shift for step in steps.values())
        if not narrow or max(layer.inputs[0].shape[2:]) > LONGEST:
            continue
        read = _read(layer)
        sizes = layer.inputs[0].shape[2:]
        wasted = prod(sizes) - prod(map(len, read))
        if not wasted:
            continue
        others = [other for other in _others(graph, layer) if not _within(other, layer, read)]
        op = fields_of(layer)
        strides = [step.shift for step in steps.values()]
        here = "other layers read it" if others else "nothing else reads it"
        yield Found(
            f"a {by(op.kernel_size)} window at stride {agreed(strides)} skips "
            f"{_percent(wasted, prod(sizes))} of its input, and {here}",
            "an average pool does the step and uses all of it, or a neighbour with a larger kernel",
            layer,
            level=Level.NOTE if others else None,
        )


def _others(graph: Graph, layer: Layer) -> Sequence[Layer]:
    return [other for other in graph.edges.readers(layer.inputs[0]) if other is not layer]


def _unread_at_end(layer: Layer, axis: int, step: Step) -> int:
    last = (layer.outputs[0].shape[axis] - 1) * step.shift + max(taps(step))
    return layer.inputs[0].shape[axis] - 1 - last


def _reads_beyond(other: Layer, lost: dict[int, int]) -> bool:
    """Whether another layer of the same map reads on where this one ends."""
    if not window_steps(other):
        return True
    left = {axis: _unread_at_end(other, axis, step) for axis, step in window_steps(other).items()}
    return any(left.get(axis, 0) < unread for axis, unread in lost.items())


def _read(layer: Layer) -> list[frozenset[int]]:
    """The positions along each spatial axis that windows read."""
    read: list[frozenset[int]] = []
    for axis, step in window_steps(layer).items():
        inside = range(layer.inputs[0].shape[axis])
        units = range(layer.outputs[0].shape[axis])
        work(len(units) * len(taps(step)), "following windows over their input")
        found = (unit * step.shift + tap for unit in units for tap in taps(step))
        read.append(frozenset(position for position in found if position in inside))
    return read


def _within(other: Layer, layer: Layer, read: Sequence[frozenset[int]]) -> bool:
    """Whether another layer reads nothing of the same map that this one does not."""
    if not window_steps(other) or other.inputs[0] is not layer.inputs[0]:
        return False
    return all(a <= b for a, b in zip(_read(other), read, strict=True))


def field_beyond_input(graph: Graph) -> Iterator[Found]:
    """The first layer with windows whose input's units all see the whole network input already, by
    whatever path."""
    least: dict[Tensor, list[_Least | None]] = {}
    for name, tensor in graph.network.inputs.items():
        axes = graph.network.spatial_axes(name)
        least[tensor] = [
            _Least(size) if axis in axes else None for axis, size in enumerate(tensor.shape)
        ]
    more: list[Layer] = []
    for layer in graph.layers:
        first = least.get(layer.inputs[0]) if layer.inputs else None
        if first and _wide(layer) and all(_sees_all(layer, first)):
            more.append(layer)
        merged = _least(layer, least)
        for output in layer.outputs:
            least[output] = merged
    if more:
        size = by([part.length for part in least[more[0].inputs[0]][2:] if part])
        span = by([part.size for part in least[more[0].inputs[0]][2:] if part])
        rest = f", nor do {plural(len(more) - 1, 'layer')} after it" if len(more) > 1 else ""
        yield Found(
            f"each unit that it reads sees the whole {size} input already, in a field of {span} or "
            f"more: its windows add no context{rest}",
            "a larger input, less stride and pooling early on, or fewer layers",
            more[0],
        )


class _Least(NamedTuple):
    """The smallest field, over all paths, of the units of an axis: its size, what unit 0 reads
    first, input positions from unit to unit. ``length`` is that of the input."""

    length: int
    size: int = 1
    start: int = 0
    stride: int = 1

    def through(self, step: Step) -> _Least:
        window = taps(step)
        size = self.size + (window[-1] - window[0]) * self.stride
        start = self.start + window[0] * self.stride
        return _Least(self.length, size, start, self.stride * step.shift)


def _wide(layer: Layer) -> bool:
    return layer.op.slides and macs(layer) > 0 and max(fields_of(layer).kernel_size) > 1


def _sees_all(layer: Layer, axes: Sequence[_Least | None]) -> Iterator[bool]:
    """For each axis that a layer's windows move along: whether all units see the whole input."""
    for axis in range(2, len(axes)):
        part = axes[axis]
        if part is None:
            yield False
            continue
        last = part.start + (layer.inputs[0].shape[axis] - 1) * part.stride
        yield last <= 0 and part.start + part.size >= part.length


def _least(layer: Layer, known: Mapping[Tensor, list[_Least | None]]) -> list[_Least | None]:
    """The smallest fields of a layer's output: by axis, None where they are not followed."""
    result: list[_Least | None] = [None] * len(layer.outputs[0].shape)
    for tensor, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
        for how, part in zip(reads, known.get(tensor, ()), strict=False):
            step = how.step
            if part is None or how.whole or how.axis is None or how.deformed:
                continue
            if step is None or (step.period, step.size) != (1, None):
                continue
            if step.shift < 1 or not len(taps(step)):
                continue
            through = part.through(step)
            before = result[how.axis]
            if before is None or through.size < before.size:
                result[how.axis] = through
    return result


def taps_in_padding(graph: Graph) -> Iterator[Found]:
    """Convolutions some of whose taps meet nothing but padding, so that their weights are dead."""
    for layer in at_each(graph.layers):
        if not layer.op.weighs_taps or not layer.op.slides or not layer.weights:
            continue
        alive = [_alive(layer, axis, step) for axis, step in window_steps(layer).items()]
        sizes = fields_of(layer).kernel_size
        dead = prod(sizes) - prod(alive)
        if dead:
            weights = prod(layer.weights["weight"].shape) // prod(sizes) * dead
            yield Found(
                f"{dead} of its {prod(sizes)} taps meet nothing but padding on a map of "
                f"{by(layer.inputs[0].shape[2:])}: {weights:,} of its {params(layer):,} params "
                "change no output",
                f"kernel_size {agreed(alive)} for the taps that are left, less dilation, or a "
                "larger map",
                layer,
            )


def _alive(layer: Layer, axis: int, step: Step) -> int:
    """The taps along an axis that read a position of the map from any unit."""
    work(len(taps(step)), "looking at each tap of a window")
    return sum(_meets(layer, axis, step, tap) for tap in taps(step))


def _meets(layer: Layer, axis: int, step: Step, tap: int) -> bool:
    """Whether a tap reads a position of the map from any unit."""
    first = max(0, -(tap // step.shift))  # the first unit that reads from 0 up
    return first < layer.outputs[0].shape[axis] and (
        tap + first * step.shift < layer.inputs[0].shape[axis]
    )


def _percent(part: int, whole: int) -> str:
    """A share in percent, to one digit after the point."""
    return f"{float(Fraction(100 * part, whole)):.3g} %"
