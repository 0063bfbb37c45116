"""Times on devices beside the counts of an analysis, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.devices.estimate import estimates, multiplied
from convcost.analysis.devices.roofline import MEMORY, bounds
from convcost.further_metrics import duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.devices.roofline import Bound
    from convcost.devices.device import Calibration, Device
    from convcost.network import Layer


def beside(analysis: Analysis, devices: Sequence[Device], *, fused: bool = False) -> Analysis:
    """An analysis whose layers and totals have nanoseconds on devices, too: ``rtx3090.bound``, and
    ``rtx3090.estimate`` where the device, or another one like it, was calibrated.

    Args:
        analysis: of a network.
        devices: what it runs on.
        fused: whether element-wise layers run with the layer before them in the bound.

    Raises:
        ConvcostError: a device has no peak for numbers that are multiplied.
    """
    for device in devices:
        found = bounds(analysis, device, fused=fused)
        times = {bound.layer: bound.time for bound in found}
        binds = {bound.layer: {device.name: bound.binds} for bound in found if bound.binds}
        said = _at_least(found, device, fused)
        analysis = _with(analysis, device.bound, times, said)
        layers = [c._replace(binds={**c.binds, **binds.get(c.layer, {})}) for c in analysis.layers]
        analysis = analysis._replace(layers=layers, devices=(*analysis.devices, device))
        taken = estimates(analysis, device)
        if taken is not None and device.calibration:
            calibration = device.calibration.used_for(multiplied(analysis))
            said = _about(sum(taken.values()), calibration)
            analysis = _with(analysis, device.estimate, taken, said)
    return analysis


def total(analysis: Analysis, device: Device, metric: str) -> int | None:
    """The nanoseconds of a whole network on a device, as :func:`beside` has them; None where they
    are not known of a layer.

    Args:
        analysis: of the network.
        device: what it runs on.
        metric: which of its times.

    Raises:
        ConvcostError: the device has no peak for numbers that are multiplied.
    """
    if not all(cost.layer.op.costed for cost in analysis.layers):
        return None
    if metric == device.bound:
        return sum(bound.time for bound in bounds(analysis, device))
    return sum((estimates(analysis, device) or {}).values())


def _with(analysis: Analysis, metric: str, times: Mapping[Layer, int], remark: str) -> Analysis:
    """An analysis with one more count. It is not known of a layer whose op is not."""
    layers = [
        cost._replace(
            counts={**cost.counts, metric: times.get(cost.layer, 0)},
            lacking=cost.lacking if cost.layer.op.costed else (*cost.lacking, metric),
        )
        for cost in analysis.layers
    ]
    totals = {**analysis.totals, metric: sum(times.values())}
    remarks = {**analysis.remarks, metric: remark}
    return analysis._replace(layers=layers, totals=totals, remarks=remarks)


def _at_least(found: Sequence[Bound], device: Device, fused: bool) -> str:
    total = sum(bound.time for bound in found)
    waiting = sum(bound.time for bound in found if bound.binds == MEMORY)
    said = f"at least {duration(total)}"
    if device.bandwidth is None or device.on_chip is None:
        unknown = "bandwidth" if device.bandwidth is None else "on-chip memory"
        said += f", for arithmetic alone: the {unknown} of the device is not known"
    elif total:
        said += f", {round(100 * waiting / total)} % bound by memory"
    return f"{said}; element-wise layers merged" if fused else said


def _about(total: int, calibration: Calibration) -> str:
    factor = f"{float(calibration.factor):.3g}"
    said = (
        f"about {duration(total)}, {calibration.off}; {factor} x the "
        f"roofline, layer by layer, fitted on {calibration.source}"
    )
    if total >= calibration.least:
        return said
    shortest = duration(calibration.least)
    return f"{said}; no measured network took less than {shortest}: starting layers may take longer"
