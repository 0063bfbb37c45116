"""The pairs of layers of two networks that stand for each other.

Names first: who names layers means something by it. Those with all words of the structures around
them (paths) come before short ones, which may change with what stands beside a layer. Then, among
layers whose names the other network lacks, the longest common subsequence of op and output shape,
from the inside out: within a block that both networks have, then around it, and never across one
found by its name.

Numbers in names mean less than words: one layer put in front makes ``conv2`` of ``conv1``. So where
the longest common subsequence of what layers are, and of the words of their names, leaves more
convolutions as they were than names do, it comes before them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.compare.subsequence import common

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.network import Network
    from convcost.tensor import Tensor

_NUMBER = re.compile(r"\d+")

Partners = dict[int, int]
"""Numbers of layers of the second network, each with that of the layer it stands for in the first
one."""


def partners(first: Sequence[LayerCost], second: Sequence[LayerCost]) -> Partners:
    """Align the layers of two networks."""
    found = _by_name(first, second, {})
    if _kept(first, second, found) < sum(map(_multiplies, second)):
        words = [[(_NUMBER.sub("", _path(x)), _kind(x)) for x in some] for some in (first, second)]
        alike = {j: i for i, j in common(*words)}
        alike |= _by_name(first, second, alike)
        if _kept(first, second, alike) > _kept(first, second, found):
            found = alike
    return found | _inside_out(first, second, found)


def _by_name(first: Sequence[LayerCost], second: Sequence[LayerCost], found: Partners) -> Partners:
    """Layers of one path, or else of one name, of those that have no partner yet."""
    result: Partners = {}
    for name in (_path, _short):
        taken = {*found.values(), *result.values()}
        places = {name(layer): i for i, layer in enumerate(first) if i not in taken}
        result |= {
            j: places[name(layer)]
            for j, layer in enumerate(second)
            if j not in found and j not in result and name(layer) in places
        }
    return result


def _path(layer: LayerCost) -> str:
    return layer.layer.path


def _short(layer: LayerCost) -> str:
    return layer.name


def _kept(first: Sequence[LayerCost], second: Sequence[LayerCost], found: Partners) -> int:
    """The number of multiplying layers that are as they were."""
    pairs = ((first[i], second[j]) for j, i in found.items())
    return sum(_multiplies(after) and _kind(before) == _kind(after) for before, after in pairs)


def _multiplies(layer: LayerCost) -> bool:
    return layer.counts["macs"] > 0


def _kind(layer: LayerCost) -> Hashable:
    """All that a layer is but its name."""
    return layer.layer.op, layer.input_shapes, layer.output_shapes


class _Left(NamedTuple):
    """A layer without a partner, and the last one before it that has one (its number in the first
    network, or -1)."""

    number: int
    after: int
    words: Sequence[str]
    kind: Hashable


def _inside_out(
    first: Sequence[LayerCost], second: Sequence[LayerCost], found: Partners
) -> Partners:
    """Layers of one op and output shape, in the smallest block that they share, between the same
    layers of those found before."""
    ours = _left(first, {i: i for i in found.values()})
    theirs = _left(second, found)
    result: Partners = {}
    for depth in reversed(range(max((len(x.words) for x in (*ours, *theirs)), default=0))):
        alike = _alike_in_blocks(ours, theirs, depth)
        taken = set(alike.values())
        ours = [layer for layer in ours if layer.number not in taken]
        theirs = [layer for layer in theirs if layer.number not in alike]
        result |= alike
    return result


def _alike_in_blocks(ours: Sequence[_Left], theirs: Sequence[_Left], depth: int) -> Partners:
    alike: Partners = {}
    blocks = _blocks(theirs, depth)
    for block, layers in _blocks(ours, depth).items():
        beside = blocks.get(block, [])
        for i, j in common([x.kind for x in layers], [y.kind for y in beside]):
            alike[beside[j].number] = layers[i].number
    return alike


def _left(layers: Sequence[LayerCost], partner: Partners) -> list[_Left]:
    left: list[_Left] = []
    after = -1
    for number, layer in enumerate(layers):
        if number in partner:
            after = partner[number]
        else:
            kind = layer.op, layer.output_shapes
            left.append(_Left(number, after, _path(layer).split("."), kind))
    return left


def _blocks(layers: Sequence[_Left], depth: int) -> dict[Hashable, list[_Left]]:
    """Layers by the first words of their names; those whose names have no more are in no block."""
    blocks: dict[Hashable, list[_Left]] = {}
    for layer in layers:
        if len(layer.words) > depth:
            block = layer.after, *layer.words[:depth]
            blocks.setdefault(block, []).append(layer)
    return blocks


def rewired(first: Network, second: Network, found: Partners) -> set[int]:
    """The layers of the second network that read other layers than their partners do.

    What is read instead must stand in both networks: a layer put in between is itself what changed.
    """
    ours, theirs = _makers(first), _makers(second)
    beside = found | {-1 - i: -1 - i for i in range(len(second.inputs))}
    known = set(beside.values())
    changed: set[int] = set()
    for j, i in found.items():
        pairs = zip(first.layers[i].inputs, second.layers[j].inputs, strict=False)
        for tensor, other in pairs:
            (maker, part), (its_maker, its_part) = ours[tensor], theirs[other]
            both = maker in known and its_maker in beside
            if both and (maker, part) != (beside[its_maker], its_part):
                changed.add(j)
    return changed


def _makers(network: Network) -> dict[Tensor, tuple[int, int]]:
    """By tensor, the layer that makes it and which of its outputs it is; an input of the
    network has a negative number."""
    makers = {tensor: (-1 - i, 0) for i, tensor in enumerate(network.inputs.values())}
    for number, layer in enumerate(network.layers):
        makers |= {tensor: (number, part) for part, tensor in enumerate(layer.outputs)}
    return makers
