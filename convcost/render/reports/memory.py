"""The memory that a network takes of devices, as lines of totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.devices.fits import Fit
from convcost.render.parts.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.devices.chip import Chip


def rows(analysis: Analysis, name: Callable[[str], str]) -> Iterator[tuple[str, str, str]]:
    """Rows of the table of memory: a label, its bytes, and their meaning; ``name`` shortens names
    of layers."""
    for device, found in analysis.memory.items():
        if isinstance(found, Fit):
            yield f"{device}.memory", exact(found.bytes), _fit(found, name)
        else:
            yield f"{device}.arena", exact(found.arena), _arena(found)
            has = f"bytes of {exact(found.flash)}: weights, without graph and program"
            yield f"{device}.flash", exact(found.weights), has


def _fit(found: Fit, name: Callable[[str], str]) -> str:
    said = f"bytes of {exact(found.capacity)}: weights {exact(found.weights)}"
    if found.layer:
        said += f", activations {exact(found.activations)} at {name(found.layer)}"
    if found.workspace:
        said += f", its workspace {exact(found.workspace)}"
    if found.unsure:
        return f"{said}; the largest batch is not known because of {name(found.unsure)}"
    if found.batch is None:
        return f"{said}, for any batch"
    return (
        f"{said}; batches of up to {exact(found.batch)} fit"
        if found.batch
        else (f"{said}; not even a batch of 1 fits")
    )


def _arena(found: Chip) -> str:
    said = f"bytes of {exact(found.ram)}"
    if found.reordered < found.arena:
        said += f"; {exact(found.reordered)} in another order of layers"
    fewest = "no order has fewer" if found.least else "other orders may have fewer"
    return f"{said}; {exact(found.alive)} are alive at once, {fewest}"
