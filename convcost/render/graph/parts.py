"""Parts of a network: layers in a row that a drawing shows as one box, or opens.

A part is a run of layers that follow each other in the order of the network. So whatever is folded,
no edge of the drawing leads back.
"""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.tensor import Tensor

MOST_INSIDE = 60  # parts in one block; more are put together
MOST_WORDS = 12  # of a name that are looked at
STEPS_A_LAYER = 20
COUNTED = ("macs", "params")


class Part(NamedTuple):
    """Blocks that are alike and follow each other, drawn as one.

    Layers are named by their place in the network: the first block begins at ``start`` and has
    ``size`` of them. ``depth`` is how many words of their names have been looked at. Where a single
    layer of a block is worth a box, ``lead`` is its place in the block. ``inside`` are parts that
    were put together because there were too many of them.
    """

    name: str
    start: int
    size: int
    times: int = 1
    depth: int = 0
    lead: int | None = None
    inside: tuple[Part, ...] = ()

    @property
    def end(self) -> int:
        """The place after its last layer."""
        return self.start + self.size * self.times

    def place(self, layer: int) -> int:
        """The layer of the first block that a layer of any block is like."""
        return self.start + (layer - self.start) % self.size


class Layers:
    """The layers of a network, with what drawings ask of them again and again; ``most`` is how many
    parts a block may have."""

    def __init__(self, analysis: Analysis, most: int = MOST_INSIDE) -> None:
        self.most = most
        self.analysis = analysis
        self.costs: Sequence[LayerCost] = analysis.layers
        self.edges = analysis.network.edges
        self.place = {cost.layer: place for place, cost in enumerate(self.costs)}
        self.made = {
            tensor: (place, number)
            for place, cost in enumerate(self.costs)
            for number, tensor in enumerate(cost.layer.outputs)
        }
        self.home = self._homes()
        self._sums = {
            metric: [0, *accumulate(cost.counts[metric] for cost in self.costs)]
            for metric in COUNTED
        }
        self._unknown = {
            metric: [0, *accumulate(metric in cost.uncounted for cost in self.costs)]
            for metric in COUNTED
        }

    def _homes(self) -> Sequence[str]:
        """The name that each layer is folded by: its own, but an array is in the block of the layer
        after it, since exporters give arrays names of no block."""
        found: list[str] = []
        block = ""
        for cost in reversed(self.costs):
            if cost.layer.inputs:
                block = cost.name.rpartition(".")[0]
                found.append(cost.name)
            else:
                own = cost.name.rpartition(".")[2]
                found.append(f"{block}.{own}" if block else own)
        return found[::-1]

    def total(self, part: Part, metric: str) -> int:
        """A count of all blocks of a part together."""
        sums = self._sums[metric]
        return sums[part.end] - sums[part.start]

    def unknown(self, part: Part, metric: str) -> bool:
        """Whether a count of some layer of a part is not known."""
        sums = self._unknown[metric]
        return sums[part.end] > sums[part.start]

    def whole(self) -> Part:
        """The network as one part."""
        return Part("", 0, len(self.costs))

    def opened(self, part: Part) -> Sequence[Part]:
        """The parts of the first block of a part, down to where there are several; none where it is
        one box."""
        if part.lead is not None or not part.size:
            return ()
        if part.inside:
            return part.inside
        work(STEPS_A_LAYER * part.size, "folding the layers of a drawing")
        found: Sequence[Part] = ()
        for depth in range(part.depth + 1, MOST_WORDS + 1):
            found = list(self._runs(self._absorbed(self._split(part, depth))))
            if len(found) > 1 or found[0].lead is not None or found[0].times > 1:
                return _gathered(found, self.most)
        alone = (Part(self.costs[at].name, at, 1, lead=0) for at in self._places(part))
        return _gathered(list(alone), self.most)

    def _places(self, part: Part) -> range:
        return range(part.start, part.start + part.size)

    def _split(self, part: Part, depth: int) -> Iterator[Part]:
        """Parts by so many words of the names."""

        def words(place: int) -> str:
            return ".".join(self.home[place].split(".")[:depth])

        for name, run in groupby(self._places(part), words):
            places = list(run)
            yield self._led(Part(name, places[0], len(places), depth=depth))

    def _led(self, part: Part) -> Part:
        """A part of one layer, or of one that has the name of the part and what is absorbed by it,
        is one box."""
        if all(self._is_small(place) for place in range(part.start + 1, part.end)):
            return part._replace(lead=0)
        return part

    def _is_small(self, place: int) -> bool:
        """Whether a layer is drawn in the box of the one before, which alone it reads and which
        nothing else reads: one without MACs that keeps the shape, or the memory, of its input."""
        cost = self.costs[place]
        if not place or len(cost.layer.inputs) != 1 or len(cost.layer.outputs) != 1:
            return False
        read = cost.layer.inputs[0]
        if read not in self.costs[place - 1].layer.outputs or self.edges.reads[read] > 1:
            return False
        if cost.counts["macs"] or cost.uncounted:
            return False
        return cost.output_shapes == cost.input_shapes or not cost.layer.makes_memory

    def _absorbed(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Parts with what is small put into the box before it."""
        before: Part | None = None
        for part in parts:
            if before is not None and before.lead is not None and self._joins(part):
                before = before._replace(size=before.size + part.size)
                continue
            if before is not None:
                yield before
            before = part
        if before is not None:
            yield before

    def _joins(self, part: Part) -> bool:
        return all(map(self._is_small, range(part.start, part.end)))

    def _runs(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Parts that follow each other and are alike, as one."""
        run: _Run | None = None
        for part in parts:
            form, outside = self._form(part)
            led = None if run is None else self._led_by(run, part, form, outside)
            if run is not None and led is None:
                yield run.part
            if run is None or led is None:
                run = _Run(part, form, outside)
            else:
                times = run.part.times + 1
                run = _Run(run.part._replace(times=times), form, outside, led)
        if run is not None:
            yield run.part

    def _led_by(
        self, run: _Run, part: Part, form: Hashable, outside: Sequence[Tensor]
    ) -> Sequence[Hashable] | None:
        """Where a part reads what the last block of a run reads, or else what that makes; None
        where it is not a block of the run."""
        if form != run.form:
            return None
        led: list[Hashable] = []
        for before, tensor in zip(run.outside, outside, strict=True):
            maker, number = self.made.get(tensor, (-1, 0))
            if tensor is before:
                led.append(None)
            elif maker >= part.start - part.size:
                led.append((maker - part.start, number))
            else:
                return None
        return led if not run.led or list(run.led) == led else None

    def _form(self, part: Part) -> tuple[Hashable, Sequence[Tensor]]:
        """The facts that blocks drawn as one agree on: names, ops, shapes, counts, and which of
        their layers read which; and the tensors that they read from outside."""
        outside: dict[Tensor, int] = {}
        layers = tuple(self._layer_form(part, place, outside) for place in self._places(part))
        return (part.name.rpartition(".")[0], layers), list(outside)

    def _layer_form(self, part: Part, place: int, outside: dict[Tensor, int]) -> Hashable:
        cost = self.costs[place]
        read: list[Hashable] = []
        for tensor in cost.layer.inputs:
            maker, number = self.made.get(tensor, (-1, 0))
            if maker >= part.start:
                read.append((maker - part.start, number))
            else:
                read.append(outside.setdefault(tensor, len(outside)))
        called = part.lead is None and self.home[place] == cost.name
        name = cost.name.removeprefix(part.name) if called else ""
        counts = tuple(cost.counts[metric] for metric in COUNTED)
        shapes = cost.input_shapes, cost.output_shapes
        return name, cost.layer.op, shapes, counts, cost.needed, tuple(read)


class _Run(NamedTuple):
    """Blocks that are alike, so far: what they agree on, what the last of them reads from outside,
    and where the later ones read what the one before makes."""

    part: Part
    form: Hashable
    outside: Sequence[Tensor]
    led: Sequence[Hashable] = ()


def _gathered(parts: Sequence[Part], most: int) -> tuple[Part, ...]:
    """Parts as no more than a block may have: so many in a row are put together."""
    if len(parts) <= most:
        return tuple(parts)
    each = -(-len(parts) // most)
    together = (parts[at : at + each] for at in range(0, len(parts), each))
    return tuple(_together(some, most) for some in together)


def _together(parts: Sequence[Part], most: int) -> Part:
    if len(parts) == 1:
        return parts[0]
    first, last = parts[0], parts[-1]
    size = last.end - first.start
    return Part(
        f"{first.name} ... {last.name}", first.start, size, inside=_gathered(parts, max(2, most))
    )
