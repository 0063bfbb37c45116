"""Layers folded into the blocks that their names spell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.figures import added_up
from convcost.analysis.analyze.group import unnumbered
from convcost.analysis.analyze.layer_cost import BLOCK, LayerCost
from convcost.further_metrics import further
from convcost.metrics import SUMS

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from convcost.tensor import Tensor


def folded(layers: Sequence[LayerCost], depth: int) -> list[LayerCost]:
    """A row for all layers whose names begin with the same ``depth`` words.

    Blocks that follow each other inside the same one, and are the same layer by layer, are one row
    with all their costs; ``times`` says how many they are. The field of a row is that of its last
    layer.
    """
    blocks: dict[str, list[LayerCost]] = {}
    for layer in layers:
        blocks.setdefault(".".join(layer.name.split(".")[:depth]), []).append(layer)
    runs: list[tuple[str, int, list[LayerCost]]] = []
    before: Hashable = None
    for name, parts in blocks.items():
        what = (name.rpartition(".")[0], *(like(part, name) for part in parts))
        if what == before:
            first, times, same = runs[-1]
            runs[-1] = (first, times + 1, [*same, *parts])
        else:
            runs.append((name, 1, parts))
        before = what
    return [row(*run) for run in runs]


def like(layer: LayerCost, block: str) -> Hashable:
    """The facts that layers of equal blocks agree on."""
    counts = tuple(layer.counts[metric] for metric in (*SUMS, *further(layer.counts)))
    name = layer.name.removeprefix(block)
    shapes = layer.input_shapes, layer.output_shapes
    return (unnumbered(block), name, layer.layer.op, *shapes, counts, layer.needed)


def row(name: str, times: int, parts: Sequence[LayerCost]) -> LayerCost:
    """The row that stands for blocks that are alike, whose layers follow each other. A part may be
    a row itself."""
    if len(parts) == 1:
        return parts[0]._replace(name=name)
    counts, last = added_up([part.counts for part in parts]), parts[-1]
    layers = sum(part.layers * part.times for part in parts) // times
    if len(parts) == times:  # a layer, or a row of some
        return parts[0]._replace(
            name=name,
            counts=counts,
            layers=layers,
            times=times,
            receptive_fields=last.receptive_fields,
        )
    read = _read(parts)
    return last._replace(
        name=name,
        op=BLOCK,
        inputs=tuple(tensor.name for tensor in read),
        input_shapes=tuple(tensor.sample_shape for tensor in read),
        counts=counts,
        needed=any(part.needed for part in parts),
        source=parts[0].source,
        layers=layers,
        times=times,
        binds={},
    )


def _read(parts: Sequence[LayerCost]) -> list[Tensor]:
    """The tensors that layers read and none of them makes."""
    made = {tensor for part in parts for tensor in part.layer.outputs}
    read = dict.fromkeys(tensor for part in parts for tensor in part.layer.inputs)
    return [tensor for tensor in read if tensor not in made]
