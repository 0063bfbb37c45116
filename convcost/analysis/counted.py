"""Figures of others beside ours, where limits name them: counts of tools, times on devices and
what networks take of their memory, and those of a training step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.devices import beside as devices
from convcost.analysis.devices.memory import remembered
from convcost.analysis.reconcile import beside as tools
from convcost.analysis.training import beside as training
from convcost.analysis.training.beside import asked_by
from convcost.conventions.read import convention
from convcost.conventions.read import names as convention_names
from convcost.devices.read import device
from convcost.devices.read import names as device_names
from convcost.errors import ConvcostError, Problem, SpecError, listed, printable, quoted, similar
from convcost.files.root import root_of
from convcost.further_metrics import ARENA, FLASH, MEMORY, TRAINING, further, is_memory, is_time
from convcost.spec.catalogue import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.training.optimizers import Optimizer
    from convcost.budget.limit import Limit
    from convcost.conventions.convention import Convention
    from convcost.devices.device import Device
    from convcost.errors import Source


class Sources(NamedTuple):
    """Where figures of others are from, by the figure: tools, devices, and a training step with
    what its optimisers keep."""

    tools: dict[str, Convention]
    devices: dict[str, Device]
    step: dict[str, Sequence[Optimizer]]

    def find(self, metric: str, source: Source | None) -> None:
        """Find out where a figure is from.

        Args:
            metric: the figure.
            source: where it is named.

        Raises:
            ConvcostError: nothing has it.
        """
        optimizers = asked_by(metric)
        if optimizers is not None:
            self.step[metric] = optimizers
        elif is_time(metric) or is_memory(metric) or metric.partition(".")[0] in device_names():
            self.devices[metric] = device_with(metric, source)
        else:
            self.tools[metric] = found = _convention_with(metric, source)
            if found.base in TRAINING:
                self.step[found.base] = ()

    def beside(self, analysis: Analysis) -> Analysis:
        """An analysis with all of them, as far as it lacks them."""
        known = analysis.totals
        conventions = [one for metric, one in self.tools.items() if metric not in known]
        timed = [one for m, one in self.devices.items() if is_time(m) and m not in known]
        counted = analysis.device_bytes
        sized = [one for m, one in self.devices.items() if is_memory(m) and m not in counted]
        if not self.step.keys() <= known.keys():
            kept = [one for several in self.step.values() for one in several]
            analysis = training.beside(analysis, optimizers=[*dict.fromkeys(kept)])
        analysis = devices.beside(tools.beside(analysis, conventions), _each_once(timed))
        return remembered(analysis, _each_once(sized), inplace=analysis.inplace)

    def totals(self, analysis: Analysis) -> Mapping[str, int | None]:
        """The totals of all of them but of bytes of devices, by metric: of ints, and of numbers
        that are traced. None where something is not known of a layer.

        Args:
            analysis: of a network.

        Raises:
            ConvcostError: a device has no peak for numbers that are multiplied.
        """
        if self.step:
            kept = [one for several in self.step.values() for one in several]
            analysis = training.beside(analysis, optimizers=[*dict.fromkeys(kept)])
        lacking = {name for cost in analysis.layers for name in cost.lacking}
        found = {m: None if m in lacking else analysis.totals[m] for m in self.step}
        for metric, tool in self.tools.items():
            found[metric] = tools.total(analysis, tool)
        for metric, one in self.devices.items():
            found[metric] = devices.total(analysis, one, metric)
        return found


def _each_once(several: Iterable[Device]) -> Sequence[Device]:
    return [*{one.name: one for one in several}.values()]


def counting(analysis: Analysis, limits: Iterable[Limit]) -> Analysis:
    """An analysis with the counts of other tools, the times on devices and the bytes of their
    memory, and the counts of a training step that limits name.

    Raises:
        SpecError: there is no such tool or device, or it has no such figure, of which the place
            says so.
    """
    found = Sources({}, {}, {})
    wrong: list[Problem] = []
    for limit in limits:
        for metric in further([limit.metric]):
            try:
                found.find(metric, limit.source)
            except ConvcostError as error:
                said, *notes = str(error).split("\n  ")
                wrong.append(Problem(said, limit.source, width=limit.width, notes=tuple(notes)))
    if wrong:
        raise SpecError(list(dict.fromkeys(wrong)))
    return found.beside(analysis)


def _convention_with(metric: str, source: Source | None) -> Convention:
    """The convention that has a count: one of a tool, or ``mine.yaml`` beside the limit for
    ``mine.macs``.

    Raises:
        ConvcostError: none has, or it cannot be read.
    """
    tool = metric.partition(".")[0]
    path = None if tool in convention_names() else _beside(tool, source)
    return tools.counted_as(metric, convention(path) if path else None)


def device_with(metric: str, source: Source | None) -> Device:
    """The device that has a figure, such as ``rtx3090.bound`` or ``stm32f746.arena``.

    Args:
        metric: the figure.
        source: where it is named: a device of one's own is a file in the same folder, as
            ``mine.yaml`` for ``mine.bound``.

    Raises:
        ConvcostError: there is no such device, it cannot be read, or it has no such figure.
    """
    name = metric.partition(".")[0]
    found = device(name if name in device_names() else _own(name, source))
    figures = _figures_of(found)
    if metric in figures:
        return found
    if metric == found.estimate:
        said = f"{quoted(metric)}: nothing was measured on the device, so there is no estimate"
        raise ConvcostError(f"{said}\n  a limit of `{found.bound}` needs no measurements")
    if is_memory(metric) and found.memory is None:
        said = f"{quoted(metric)}: how much memory {name} has is not known"
        raise ConvcostError(f"{said}\n  a file of your own may have it: see docs/devices.md")
    has = listed([f"`{figure}`" for figure in figures])
    raise ConvcostError(f"{quoted(metric)} is not a figure of {name}, which has {has}")


def _figures_of(device: Device) -> Sequence[str]:
    """All figures of a device that a limit may be about."""
    ends = [ARENA, FLASH] if device.flash else [MEMORY]
    return [
        device.bound,
        *([device.estimate] if device.calibration and device.bandwidth else []),
        *(f"{device.name}{end}" for end in ends if device.memory),
    ]


def _own(name: str, source: Source | None) -> str:
    """The path of a device of one's own."""
    if path := _beside(name, source):
        return path
    notes = similar(name, device_names(), "device")
    notes = notes or (f"a device of your own is `{name}{SUFFIX}`, beside the file of the limit",)
    raise ConvcostError("\n  ".join((f"there is no device {quoted(name)}", *notes)))


def _beside(name: str, source: Source | None) -> str | None:
    """The path of a file of one's own, which stays inside the root of the file that names it; None
    where there is none."""
    folder = os.path.dirname(source.path) if source else ""
    path = os.path.join(folder, f"{name}{SUFFIX}")
    if source is None or not os.path.isfile(path):
        return None
    if refusal := root_of(folder or ".").refusal(path):
        raise ConvcostError(f"{printable(path)}: {refusal}")
    return path
