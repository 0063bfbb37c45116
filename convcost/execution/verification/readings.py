"""Macs that are counted in other ways, confirmed by working in those ways."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, cast

from convcost.execution.forward import kernel_fields, seeded, seeded_inputs, stored
from convcost.execution.memory_needed import FLOAT32, Need
from convcost.execution.transform import alone
from convcost.execution.verification.check import Check
from convcost.executor.algorithm_workspace import ALGORITHM_WORKSPACE
from convcost.executor.algorithms import ALGORITHMS, READINGS
from convcost.executor.namespace import Counting
from convcost.ops import op_name

if TYPE_CHECKING:
    from convcost.network import Layer

MOST = 60_000_000  # macs and elements that are executed for one reading


def readings(layer: Layer, seed: int) -> tuple[list[Check], list[str]]:
    """The checks of a layer's other readings, and which could not be checked, and why.

    Each is run on the layer with its channels divided by as little as leaves few enough products;
    the check then names the divisor, and both of its figures are of the smaller layer.
    """
    checks: list[Check] = []
    skipped: list[str] = []
    for reading in layer.op.readings:
        found = _smaller(layer, reading)
        if found is None:
            skipped.append(
                f"{layer.name}: {reading}: more than {MOST:,} products even on one channel"
            )
            continue
        copy, by, stated = found
        metric = reading if by == 1 else f"{reading}, channels / {by}"
        checks.append(Check(layer.name, metric, stated, _macs(copy, reading, seed)))
    return checks, skipped


def readings_needed(layer: Layer) -> Need:
    """The memory that the readings of a layer take at most."""
    found = [(_smaller(layer, reading), reading) for reading in layer.op.readings]
    return Need(max((_needed(one[0], reading) for one, reading in found if one), default=0), layer)


def _smaller(layer: Layer, reading: str) -> tuple[Layer, int, int] | None:
    """The layer with its channels divided by as little as leaves few enough products, that number,
    and the products; None where there is none."""
    by = 1
    while by <= layer.outputs[0].shape[1] * layer.inputs[0].shape[1]:
        (copy,) = alone(layer, by).layers
        stated = cast("int", getattr(copy.op, reading)(*copy.input_shapes))
        if stated <= MOST:
            return copy, by, stated
        by *= 2
    return None


def _macs(layer: Layer, reading: str, seed: int) -> int:
    """Products that are really added up when a layer is worked out in another way."""
    algorithm = ALGORITHMS[READINGS[op_name(type(layer.op))][reading]]
    network = alone(layer)
    (x,) = seeded_inputs(network, seed).values()
    wanted = stored(layer, layer.input_shapes)
    weights = {role: seeded(seed)(weight) for role, weight in wanted.items()}
    xp = Counting()
    for _ in algorithm(xp, x, **weights, **kernel_fields(layer)):
        pass  # each step runs when it is asked for
    return xp.counts["macs"]


def _needed(layer: Layer, reading: str) -> int:
    """The bytes of a layer's arrays, worked out in another way."""
    room = ALGORITHM_WORKSPACE[READINGS[op_name(type(layer.op))][reading]]
    (x,) = layer.input_shapes
    weights = stored(layer, layer.input_shapes)
    arrays = prod(x) + sum(prod(weight.shape) for weight in weights.values())
    return FLOAT32 * (arrays + room(x, weights["weight"].shape, **kernel_fields(layer)))
