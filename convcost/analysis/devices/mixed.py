"""Numbers under automatic mixed precision, as frameworks have it.

Products are of float16 (or bfloat16), and so is what they make. Norms of samples and softmax make
float32, and so do stored arrays; what is made of a float32 and a float16 is a float32. So part of
the maps between layers takes twice the bytes that the type of the network's numbers says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.network import Layer
    from convcost.tensor import Tensor

HALVES = ("float16", "bfloat16")
"""Types of numbers of which mixed precision is made."""


def traffic(analysis: Analysis) -> Mapping[Layer, int]:
    """The bytes that each layer reads and writes under mixed precision: those of its own
    ``traffic_bytes`` where its numbers are of another type."""
    wide = _wide(analysis)
    moved: dict[Layer, int] = {}
    for cost in analysis.layers:
        layer, more = cost.layer, 0
        if layer.makes_memory:
            more = sum(one.bytes for one in {*layer.inputs, *layer.outputs} if one in wide)
        moved[layer] = cost.counts["traffic_bytes"] + more
    return moved


def _wide(analysis: Analysis) -> Collection[Tensor]:
    """The tensors that are float32, though the network's numbers are half as wide."""
    wide: set[Tensor] = set()
    for cost in analysis.layers:
        layer = cost.layer
        if cost.counts["macs"]:
            continue
        if layer.op.widens or any(tensor in wide for tensor in layer.inputs):
            wide.update(tensor for tensor in layer.outputs if tensor.dtype in HALVES)
    return wide
