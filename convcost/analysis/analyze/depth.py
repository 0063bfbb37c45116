"""The depth of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.tensor import Tensor


def depth(analysis: Analysis) -> int:
    """The most layers with weights on one path from an input to an output.

    A layer has weights here if it multiplies and accumulates (macs) what comes from the network's
    inputs with what does not: convolutions and linear layers, not normalisations, nor products of
    two maps. So a depthwise convolution and the 1x1 after it are two, and a path that is given
    counts as its longest branch. It is the count that papers have in the names of their networks:
    VGG-16, ResNet-50, DenseNet-121.
    """
    deep: dict[Tensor, int] = dict.fromkeys(analysis.network.inputs.values(), 0)
    for cost in analysis.layers:
        layer = cost.layer
        behind = [deep[tensor] for tensor in layer.inputs if tensor in deep]
        if not behind:
            continue
        learned = any(weight.learned for weight in layer.weights.values())
        weighted = learned or len(behind) < len(layer.inputs)
        here = max(behind) + (weighted and cost.counts["macs"] > 0)
        for tensor in layer.outputs:
            deep[tensor] = here
    return max((deep.get(t, 0) for t in analysis.network.outputs.values()), default=0)
