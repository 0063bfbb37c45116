"""Receptive fields measured: NaNs sent in at known positions, and looked for on the way.

A NaN survives all arithmetic, so a unit comes out NaN exactly if it reads a position that was one.
One run of a network shows it for the units of all layers. Channels are thinned for it, positions
never. Layers that sample where their data say are probed with their offsets times 0, because the
field that is claimed for them is that of the undeformed grid; what an offset read still counts, for
a NaN times 0 is one.

Two things are measured of every output and of every field on the way that differs from those before
it: the positions that units in the middle really read, on the network as it is; and the sizes,
strides and starts that are printed, which go on into the padding, on an input so long that nothing
is clipped. Where all units are said to read alike, a single one is looked at besides all of them
together: each may read less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.execution.probe.positions import read_positions
from convcost.execution.probe.room import Room
from convcost.execution.probe.rows import Measured, Probed
from convcost.execution.probe.run import NoNumbers
from convcost.execution.probe.sizes import sizes
from convcost.execution.probe.targets import targets_of

if TYPE_CHECKING:
    from convcost.network import Network

__all__ = ["Measured", "Probed", "Room", "probe"]

ANY = Room()


def probe(network: Network, name: str | None = None, seed: int = 0, room: Room = ANY) -> Probed:
    """Measure the receptive fields of a network.

    Args:
        network: the network.
        name: of a layer to look at besides, whatever others are.
        seed: of weights and inputs.
        room: the bytes that a run may take.

    Raises:
        ConvcostError: there is no such layer.
    """
    named = None if name is None else network.layer(name)
    targets = targets_of(network, named, room)
    try:
        there, here = read_positions(targets, seed), sizes(targets, seed)
    except NoNumbers as error:
        return Probed([], [*targets.left_out, f"receptive fields: {error}"])
    return Probed(
        [*there.measured, *here.measured], [*targets.left_out, *there.left_out, *here.left_out]
    )
