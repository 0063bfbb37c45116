"""The words in the boxes of a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural, printable
from convcost.ops import op_name
from convcost.render.parts.numbers import large
from convcost.render.parts.words import described_op, shape, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.render.graph.folded import Made
    from convcost.render.graph.parts import Layers, Part
    from convcost.tensor import Tensor

LONGEST = 36  # letters of a line
UNITS = {"macs": "MAC", "params": "param"}


class Words(NamedTuple):
    """The text of a box: its name, what it is, the shape that it makes, and its costs."""

    name: str
    what: str = ""
    makes: str = ""
    costs: Sequence[str] = ()

    @property
    def last(self) -> str:
        """The shape and the costs in one line."""
        return " · ".join(filter(None, (self.makes, *self.costs)))


def words(layers: Layers, part: Part, around: str = "") -> Words:
    """The text of a box, its name without that of the block around it."""
    makes = shapes(layers.costs[part.end - 1].output_shapes)
    what, costs = shortened(_what(layers, part)), tuple(counts(layers, part))
    return Words(name(layers, part, around), what, makes, costs)


def name(layers: Layers, part: Part, around: str = "") -> str:
    """The name of a part without that of the block around it, and how many there are."""
    whole = layers.costs[part.start + part.lead].name if part.lead is not None else part.name
    inner = whole.removeprefix(f"{around}.") if around else whole
    times = f" ×{part.times}" if part.times > 1 else ""
    return shortened(inner) + times


def counts(layers: Layers, part: Part) -> Iterator[str]:
    """Costs of all blocks of a part together: no word of what they have none of."""
    for metric, unit in UNITS.items():
        total, unknown = layers.total(part, metric), layers.unknown(part, metric)
        if total or unknown:
            least = "≥ " if unknown and total else ""
            figure = large(total) if total else "?"
            yield f"{least}{figure} {unit}{'' if total == 1 else 's'}"


def end(layers: Layers, key: Made | Tensor) -> Words:
    """The words of an input or an output of the network: its name and its shape."""
    network = layers.analysis.network
    if isinstance(key, tuple):
        place, number = key
        tensor = layers.costs[place].layer.outputs[number]
        names = (called for called, made in network.outputs.items() if made is tensor)
    else:
        tensor = key
        names = (called for called, given in network.inputs.items() if given is tensor)
    called = next(names, tensor.name)
    return Words(shortened(f"{called} {shape(tensor.sample_shape)}"))


def _what(layers: Layers, part: Part) -> str:
    if part.lead is None:
        return plural(part.size, "layer")
    costs = layers.costs[part.start : part.start + part.size]
    main, *others = (costs[part.lead], *costs[part.lead + 1 :])
    found = described_op(main.layer.op)
    small = ", ".join(op_name(type(other.layer.op)) for other in others)
    return f"{found} + {small}" if small else found


def shortened(text: str) -> str:
    """A printable text of bounded length, cut in its middle."""
    kept = (LONGEST - 1) // 2
    return printable(text if len(text) <= LONGEST else f"{text[:kept]}…{text[-kept:]}")
