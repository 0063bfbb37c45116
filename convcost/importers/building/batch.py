"""Another number of samples than the file fixes: all of it, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.errors import ConvcostError, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor


def refuse_half_a_count(path: str, network: Network, own: Network) -> None:
    """Refuse a network whose layers do not all follow the number of samples.

    Args:
        path: the file, for the sentence.
        network: with the samples that are given.
        own: the same with those that the file fixes.

    Raises:
        ConvcostError: the file holds its own number in a place that does not follow.
    """
    lacking = network.unknown[0] if len(network.unknown) > len(own.unknown) else None
    first = lacking or next(_left_behind(network, own), None)
    if first is not None:
        raise ConvcostError(
            f"{printable(path)}: the file fixes {plural(own.batch, 'sample')}, and not all of it "
            f"follows another number: {printable(first)}\n"
            "  leave --batch out, or export the model with a batch that is open"
        )


def _left_behind(network: Network, own: Network) -> Iterator[str]:
    """The layers with MACs that read what comes from an input, and do not grow with it."""
    before = {layer.name: _macs(layer) for layer in own.layers}
    fed: set[Tensor] = {*network.inputs.values()}
    for layer in network.layers:
        if fed.isdisjoint(layer.inputs):
            continue
        fed.update(layer.outputs)
        macs = _macs(layer)
        if macs * own.batch != before.get(layer.name, 0) * network.batch:
            yield f"layer {layer.name} has {macs:,} MACs"


def _macs(layer: Layer) -> int:
    return cast("int", layer.op.macs(*layer.input_shapes))
