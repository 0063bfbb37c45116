"""Blocks that are run again in the backward pass, so that what is kept inside them need not be.

Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174;
``torch.utils.checkpoint`` is PyTorch's.
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.errors import ConvcostError, quoted
from convcost.named import clues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

WORK_A_NAME = 10


class Checkpoint(NamedTuple):
    """A block that is run again.

    Attributes:
        name: of the block.
        layers: in order.
        given: the tensors that it reads from outside, which are kept.
    """

    name: str
    layers: Sequence[Layer]
    given: Sequence[Tensor]


def checkpoints(network: Network, patterns: Sequence[str]) -> Sequence[Checkpoint]:
    """The blocks that patterns name, in order.

    Args:
        network: what is trained.
        patterns: names of blocks, in which ``*`` stands for any text. Each block that one names is
            a checkpoint of its own: the shortest part of a layer's name, up to a dot, that fits.

    Raises:
        ConvcostError: no layer is in such a block, one is in two of them, or a layer outside lies
            on a way through a block, so that it cannot be run in one go.
    """
    blocks: dict[str, list[Layer]] = {}
    block_of: dict[Layer, str] = {}
    for pattern in patterns:
        found = _blocks(network, pattern)
        if not found:
            known = [layer.name for layer in network.layers]
            said = f"no block is named {quoted(pattern)}, so none is run again"
            raise ConvcostError("\n  ".join((said, *clues(pattern, known, "block"))))
        for layer, block in found.items():
            if block_of.setdefault(layer, block) != block:
                raise ConvcostError(
                    f"{quoted(layer.name)} is in the checkpoints {quoted(block_of[layer])} and "
                    f"{quoted(block)}: name one of them"
                )
    for layer in network.layers:
        if layer in block_of:
            blocks.setdefault(block_of[layer], []).append(layer)
    _refuse_ways_through(network, block_of)
    return [Checkpoint(name, layers, _given(layers)) for name, layers in blocks.items()]


def _blocks(network: Network, pattern: str) -> Mapping[Layer, str]:
    """The block of each layer that is in one of a name."""
    fits = re.compile(translate(pattern))
    found: dict[Layer, str] = {}
    for layer in network.layers:
        for name in dict.fromkeys((layer.name, layer.path)):
            words = re.split(r"(?=[./])", name)
            work(WORK_A_NAME * len(words), "finding blocks by their names")
            parts = ("".join(words[:count]) for count in range(1, len(words) + 1))
            block = next((part for part in parts if fits.match(part)), None)
            if block is not None:
                found.setdefault(layer, block)
    return found


def _given(layers: Sequence[Layer]) -> Sequence[Tensor]:
    inside = {tensor for layer in layers for tensor in layer.outputs}
    return [*dict.fromkeys(t for layer in layers for t in layer.inputs if t not in inside)]


def _refuse_ways_through(network: Network, block_of: Mapping[Layer, str]) -> None:
    """Refuse a block that reads what a layer outside of it makes of its output."""
    last = {block: number for number, block in enumerate(map(block_of.get, network.layers))}
    behind: dict[Tensor, frozenset[str]] = {}  # by tensor, the blocks that were left on the way
    made_in = {t: block_of.get(layer) for layer in network.layers for t in layer.outputs}
    for number, layer in enumerate(network.layers):
        own = block_of.get(layer)
        left = {made_in.get(tensor) for tensor in layer.inputs} - {own, None}
        for tensor in layer.inputs:
            left |= behind.get(tensor, frozenset())
        work(1 + len(left), "following ways through blocks")
        if own in left and own is not None:
            raise ConvcostError(
                f"{quoted(own)} cannot be run again in one go: {quoted(layer.name)} in it reads "
                "what a layer outside makes of its output. Name a block that holds both"
            )
        still = frozenset(block for block in left if block is not None and last[block] > number)
        behind.update(dict.fromkeys(layer.outputs, still))
