"""Random small networks against an interpreter by loops, which knows no formula.

One axis suffices for graphs: axes are independent, which the last test confirms pixel by pixel.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import assume, given, settings

import convcost

if TYPE_CHECKING:
    from collections.abc import Sequence

Spec = dict[str, Any]
Taps = Callable[[int], list[int]]
"""Which units of a layer's input a unit of its output reads."""


class Line:
    """A tensor of one spatial axis: what each unit reads of the input, by walking back.

    ``reads`` walks on into padding and beyond, as if every tensor went on for ever; ``seen`` only
    reads what is there.
    """

    def __init__(
        self, channels: int, length: int, sources: Sequence[tuple[Line, Taps]] = (), phases: int = 1
    ) -> None:
        self.channels, self.length, self.sources = channels, length, sources
        self.macs, self.macs_in_bounds = 0, 0
        self.phases = phases * prod(line.phases for line, _ in sources)  # then units repeat
        self.whole = any(line.whole for line, _ in sources)  # reads the whole input
        self.reads, self.seen = cache(self._reads), cache(self._seen)

    def _reads(self, unit: int) -> set[int]:
        if not self.sources:
            return {unit}
        return {i for line, taps in self.sources for p in taps(unit) for i in line.reads(p)}

    def _seen(self, unit: int) -> set[int]:
        if not self.sources:
            return {unit}
        return {
            i
            for line, taps in self.sources
            for p in taps(unit)
            if 0 <= p < line.length
            for i in line.seen(p)
        }


def channel_pairs(inputs: int, outputs: int, groups: int) -> int:
    """Pairs of input and output channel that belong to the same group."""
    of_input = [group for group in range(groups) for _ in range(inputs // groups)]
    of_output = [group for group in range(groups) for _ in range(outputs // groups)]
    return sum(a == b for a in of_input for b in of_output)


def windows(length: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> int:
    """How many windows fit in a padded axis."""
    units = 0
    while units * stride + (kernel - 1) * dilation < before + length + after:
        units += 1
    return units


def own(unit: int) -> list[int]:
    return [unit]


def interpreted(layer: Spec, inputs: list[Line]) -> Line:
    """The output of a layer of a spec for some inputs."""
    op, x = layer["op"], inputs[0]
    kernel, stride = layer.get("kernel_size", 1), layer.get("stride", 1)
    dilation, groups = layer.get("dilation", 1), layer.get("groups", 1)
    ((before, after),) = layer.get("padding", [(0, 0)])
    pairs = channel_pairs(x.channels, layer.get("out_channels", x.channels), groups)

    def window(unit: int) -> list[int]:
        return [unit * stride - before + tap * dilation for tap in range(kernel)]

    def scattered(unit: int) -> list[int]:
        near = range((unit + before) // stride - kernel * dilation, (unit + before) // stride + 1)
        landing = ((i, i * stride + tap * dilation - before) for i in near for tap in range(kernel))
        return [i for i, lands in landing if lands == unit]

    match op:
        case "conv" | "max_pool":
            length = windows(x.length, kernel, stride, before, after, dilation)
            line = Line(layer.get("out_channels", x.channels), length, [(x, window)])
            if op == "conv":
                taken = [position for unit in range(length) for position in window(unit)]
                line.macs = pairs * len(taken)
                line.macs_in_bounds = pairs * sum(0 <= position < x.length for position in taken)
            return line
        case "conv_transpose":
            written = [u * stride + t * dilation for u in range(x.length) for t in range(kernel)]
            length = max(written) + 1 - before - after
            line = Line(layer["out_channels"], length, [(x, scattered)], phases=stride)
            line.macs = pairs * len(written)
            line.macs_in_bounds = pairs * sum(before <= w < before + length for w in written)
            return line
        case "upsample":
            scale = Fraction(layer["scale_factor"])
            taps: Taps = lambda unit: [unit // scale]  # noqa: E731
            return Line(x.channels, int(x.length * scale), [(x, taps)], phases=scale.numerator)
        case "adaptive_avg_pool":
            n, units = x.length, layer["output_size"]
            taps = lambda u: list(range(u * n // units, -(-(u + 1) * n // units)))  # noqa: E731
            line = Line(x.channels, units, [(x, taps)], phases=units)
            line.whole |= units == 1
            return line
        case "crop":
            start = (x.length - layer["size"]) // 2
            return Line(x.channels, layer["size"], [(x, lambda unit: [unit + start])])
        case "pad":
            length = x.length + before + after
            return Line(x.channels, length, [(x, lambda unit: [unit - before])])
        case "global_avg_pool":
            line = Line(x.channels, 1, [(x, lambda _: list(range(x.length)))])
            line.whole = True
            return line
        case "multiply":
            gate = inputs[1]
            return Line(x.channels, x.length, [(x, own), (gate, lambda _: [0])])
        case "concat":
            return Line(sum(a.channels for a in inputs), x.length, [(a, own) for a in inputs])
        case _:  # relu, add
            return Line(x.channels, x.length, [(a, own) for a in inputs])


LENGTHS = st.integers(1, 4)
PADDING = st.tuples(st.integers(0, 2), st.integers(0, 2))


@st.composite
def drawn_layer(draw: st.DrawFn, made: dict[str, Line]) -> Spec:
    names = st.sampled_from(list(made))
    source = draw(names)
    x = made[source]
    layer: Spec = {"from": source}
    kinds = ["conv", "conv", "max_pool", "conv_transpose", "upsample", "adaptive_avg_pool"]
    op = draw(st.sampled_from([*kinds, "crop", "pad", "relu", "add", "concat", "gate"]))
    layer["op"] = op
    if op in ("conv", "max_pool", "conv_transpose"):
        before, after = draw(PADDING)
        layer |= {"kernel_size": draw(LENGTHS), "stride": draw(LENGTHS), "dilation": draw(LENGTHS)}
        layer["padding"] = [[before, after]]
        span = (layer["kernel_size"] - 1) * layer["dilation"] + 1
        if op == "conv_transpose":
            assume((x.length - 1) * layer["stride"] + span > before + after)
        else:
            assume(span <= x.length + before + after)
        if op == "max_pool":
            assume(max(before, after) < span)
        else:
            layer["groups"] = draw(st.sampled_from([g for g in (1, 2, 3) if x.channels % g == 0]))
            layer["out_channels"] = layer["groups"] * draw(st.integers(1, 3))
            layer["bias"] = draw(st.booleans())
    elif op == "upsample":
        scale = draw(st.sampled_from(["2", "3", "3/2", "2/3"]))
        layer["scale_factor"] = scale
        assume(x.length * Fraction(scale) >= 1)
    elif op == "adaptive_avg_pool":
        layer["output_size"] = draw(st.integers(1, 5))
    elif op == "crop":
        layer["size"] = draw(st.integers(1, x.length))
    elif op == "pad":
        layer["padding"] = [list(draw(PADDING))]
    elif op in ("add", "concat"):
        fit = [
            name
            for name, other in made.items()
            if other.length == x.length and (op == "concat" or other.channels == x.channels)
        ]
        layer["from"] = [source, draw(st.sampled_from(fit))]
    elif op == "gate":
        fit = [n for n, other in made.items() if other.channels == x.channels]
        layer |= {"op": "global_avg_pool", "from": draw(st.sampled_from(fit))}
    return layer


@st.composite
def drawn_network(draw: st.DrawFn) -> tuple[Spec, dict[str, Line]]:
    channels, length = draw(st.integers(1, 4)), draw(st.integers(4, 16))
    made = {"input": Line(channels, length)}
    layers: list[Spec] = []

    def append(layer: Spec) -> None:
        layer["name"] = f"layer{len(layers)}"
        source: str | list[str] = layer["from"]
        sources = source if isinstance(source, list) else [source]
        line = interpreted(layer, [made[name] for name in sources])
        assume(line.length <= 40 and line.phases <= 128)
        layers.append(layer)
        made[layer["name"]] = line

    for _ in range(draw(st.integers(1, 6))):
        layer = draw(drawn_layer(made))
        append(layer)
        if layer["op"] == "global_avg_pool":  # a gate, as in squeeze-and-excitation
            channels = made[layer["name"]].channels
            fit = [n for n, line in made.items() if line.channels == channels]
            gated = draw(st.sampled_from(fit))
            append({"op": "multiply", "from": [gated, layer["name"]]})
    return {"input": [made["input"].channels, length], "layers": layers}, made


def loaded(spec: Spec, batch: int = 1) -> convcost.Network:
    return convcost.load("net.yaml", batch=batch, read=lambda _: json.dumps(spec).encode())


@settings(deadline=None, max_examples=250)
@given(drawn_network(), st.integers(1, 3))
def test_shapes_and_counts_are_those_of_the_interpreter(
    drawn: tuple[Spec, dict[str, Line]], batch: int
):
    spec, made = drawn
    found = convcost.analyze(loaded(spec, batch))
    assert [layer.name for layer in found.layers] == list(made)[1:]
    for layer in found.layers:
        line = made[layer.name]
        assert layer.output_shapes == ((line.channels, line.length),)
        assert layer.counts["macs"] == batch * line.macs
        assert layer.counts["macs_in_bounds"] == batch * line.macs_in_bounds
    assert found.totals["macs"] == batch * sum(line.macs for line in made.values())


@settings(deadline=None, max_examples=250)
@given(drawn_network())
def test_a_unit_touches_what_it_sees_of_the_input(drawn: tuple[Spec, dict[str, Line]]):
    spec, made = drawn
    network = loaded(spec)
    for layer in network.layers:
        line = made[layer.name]
        for unit in range(line.length):
            seen = convcost.positions_read(network, layer.outputs[0], {2: unit})
            assert seen == {("input", 2): line.seen(unit)}


@settings(deadline=None, max_examples=250)
@given(drawn_network())
def test_fields_are_the_hull_of_what_units_read(drawn: tuple[Spec, dict[str, Line]]):
    spec, made = drawn
    for layer in convcost.analyze(loaded(spec)).layers:
        line = made[layer.name]
        (field,) = layer.receptive_fields["input"]
        if line.whole:  # what all units read alike is a set of real positions
            everything = set(range(made["input"].length))
            sets = [read for unit in range(line.length) if (read := line.seen(unit))]
            if "global" in field.flags:
                assert all(read == everything for read in sets)
                assert field.sizes == (len(everything),)
                assert field.stride == 0
            else:
                some = "misaligned" in field.flags or 0 in field.sizes  # others, or nothing
                assert some or sets.count(everything) < max(1, len(sets))
                assert max(map(span, sets), default=0) <= max(field.sizes)
            continue
        misaligned = "misaligned" in field.flags
        units = range(line.length if misaligned else min(line.length, line.phases))
        hulls = [line.reads(unit) for unit in units]
        assert field.sizes == tuple(sorted({span(hull) for hull in hulls}))
        assert field.size == field.sizes[-1]
        assert field.start == min(line.reads(0), default=None)
        moved = {
            max(line.reads(unit + line.phases)) - max(line.reads(unit))
            for unit in range(line.phases)
            if line.reads(unit)
        }
        if not misaligned and moved:
            assert moved == {Fraction(str(field.stride)) * line.phases}


def span(positions: set[int]) -> int:
    return max(positions) - min(positions) + 1 if positions else 0


AXES = st.tuples(LENGTHS, LENGTHS)


@settings(deadline=None, max_examples=40)
@given(st.tuples(st.integers(3, 7), st.integers(3, 7)), st.data())
def test_axes_are_independent(size: tuple[int, int], data: st.DataObject):
    """A chain in two dimensions, pixel by pixel."""
    height, width = size
    pixels = {place: {place} for place in product(range(height), range(width))}
    layers: list[Spec] = []
    macs: list[tuple[int, int]] = []
    for _ in range(data.draw(st.integers(1, 3))):
        kernel, stride, dilation = (data.draw(AXES) for _ in range(3))
        padding = [data.draw(PADDING), data.draw(PADDING)]
        counts = [
            windows(n, k, s, *p, d)
            for n, k, s, p, d in zip(
                (height, width), kernel, stride, padding, dilation, strict=True
            )
        ]
        assume(all(counts))
        layers.append(
            {
                "op": "conv",
                "out_channels": 2,
                "kernel_size": list(kernel),
                "stride": list(stride),
                "padding": [list(pair) for pair in padding],
                "dilation": list(dilation),
            }
        )
        after: dict[tuple[int, int], set[tuple[int, int]]] = {}
        products = real = 0
        for row, column in product(*map(range, counts)):
            after[row, column] = set()
            for i, j in product(*map(range, kernel)):
                place = (
                    row * stride[0] - padding[0][0] + i * dilation[0],
                    column * stride[1] - padding[1][0] + j * dilation[1],
                )
                products += 4
                real += 4 * (place in pixels)
                after[row, column] |= pixels.get(place, set())
        macs.append((products, real))
        pixels, (height, width) = after, counts
    network = loaded({"input": [2, *size], "layers": layers})
    found = convcost.analyze(network)
    counted = [(layer.counts["macs"], layer.counts["macs_in_bounds"]) for layer in found.layers]
    assert counted == macs
    for (row, column), seen in pixels.items():
        touched = convcost.positions_read(
            network, network.layers[-1].outputs[0], {2: row, 3: column}
        )
        rows, columns = touched["input", 2], touched["input", 3]
        assert rows is not None
        assert columns is not None
        places = set(product(rows, columns))
        assert places == seen
