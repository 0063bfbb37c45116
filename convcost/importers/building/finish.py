"""The last steps of every importer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.dtype import DEFAULT
from convcost.errors import plural
from convcost.gc_pause import paused
from convcost.importers.recompose import recomposed

if TYPE_CHECKING:
    from convcost.network import Network


def finished(network: Network, skipped: int, *, as_written: bool, dtype: str | None) -> Network:
    """The network as it is given to whoever asked for it.

    Args:
        network: as the file has it.
        skipped: nodes that read what a node that is not understood makes.
        as_written: whether ops that are written out in others stay so.
        dtype: of the numbers that are of float32 in the file; that, unless given.
    """
    if not as_written:
        with paused():
            network = recomposed(network)
    if dtype is not None:
        _retype(network, dtype)
    if skipped:
        network.unknown.append(f"{plural(skipped, 'node')} that read what those make")
    return network


def _retype(network: Network, dtype: str) -> None:
    """Numbers of float32 stored as another type."""
    made = [tensor for layer in network.layers for tensor in layer.outputs]
    weights = [weight for layer in network.layers for weight in layer.weights.values()]
    for stored in (*network.inputs.values(), *made, *weights):
        if stored.dtype == DEFAULT:
            stored.dtype = dtype
