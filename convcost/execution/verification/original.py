"""Outputs against those of the model that a network was made of, where it can be run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.errors import printable
from convcost.execution.forward import execute
from convcost.execution.verification.check import Check
from convcost.execution.verification.running import KERNEL_ERRORS
from convcost.executor.namespace import Running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.executor.namespace import Array
    from convcost.network import Network
    from convcost.tensor import Original, Weight

SAME = "as the model's"
CLOSE = 1e-3  # of the largest number of an output, after thousands of sums in another order


def outputs(network: Network, seed: int) -> tuple[list[Check], list[str]]:
    """The comparisons of outputs, and why there are none.

    Args:
        network: what to run, with the model's own weights.
        seed: of the inputs.
    """
    original = network.original
    if original is None:
        return [], []
    reason = original.cannot() or _not_exact(network)
    if reason is None:
        feeds = original.inputs({name: t.shape for name, t in network.inputs.items()}, seed)
        theirs = original.outputs(feeds)
        try:
            ours = execute(network, feeds, _Arrays(original), Running())
        except KeyError as error:
            name = printable(str(error.args[0]))
            reason = f"the network reads `{name}`, which is not an array that the model stores"
        except KERNEL_ERRORS as error:
            reason = f"the network cannot be run ({printable(str(error))})"
        else:
            checks = [*_compared(ours, theirs)]
            if all(one.agrees for one in checks) or not any(
                _differs(theirs, original.outputs(feeds))
            ):
                return checks, []
            reason = "the model makes others each time"
    return [], [f"outputs beside the model's own: {reason}"]


class _Arrays:
    """The model's arrays as layers have them."""

    def __init__(self, original: Original) -> None:
        self.original = original

    def __call__(self, weight: Weight) -> Array:
        if weight.values is not None:
            return np.broadcast_to(np.array(weight.values, np.float32), weight.shape)
        name, _, rows = weight.name.partition("[")  # `in_proj_weight[0:8]` are rows of it
        found = self.original.array(name)
        if weight.turned:
            found = found.T
        if rows:
            start, end = map(int, rows.rstrip("]").split(":"))
            found = found[start:end]
        return found.reshape(weight.shape)


def _not_exact(network: Network) -> str | None:
    """The reason why a network does not make just what its model does."""
    opaque = next((layer.name for layer in network.layers if layer.op.opaque), None)
    if opaque is not None:
        return f"{printable(opaque)} is opaque"
    return next(iter((*network.unknown, *network.differs)), None)


def _compared(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> Sequence[Check]:
    return [
        Check(name, "outputs", SAME, _beside(ours[name], array))
        for name, array in theirs.items()
        if name in ours
    ]


def _beside(ours: Array, theirs: Array) -> str:
    """An output in words: the model's, or how it is another."""
    if ours.shape != theirs.shape:
        return f"of the shape {'x'.join(map(str, ours.shape))}"
    if not theirs.size:
        return SAME
    if not np.array_equal(np.isfinite(ours), np.isfinite(theirs)):
        return "with other infinities or NaNs"
    fine = np.isfinite(theirs)
    off = np.abs(np.where(fine, ours, 0) - np.where(fine, theirs, 0.0)).max()
    most = np.abs(np.where(fine, theirs, 0)).max()
    return SAME if off <= CLOSE * most + 1e-6 else f"off by {off:.2g}, of {most:.2g}"


def _differs(first: Mapping[str, Array], second: Mapping[str, Array]) -> Sequence[bool]:
    return [not np.array_equal(a, second[name], equal_nan=True) for name, a in first.items()]
