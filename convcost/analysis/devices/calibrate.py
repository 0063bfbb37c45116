"""One factor for a device, from times that somebody measured on it."""

from __future__ import annotations

from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.estimate import unfused
from convcost.analysis.devices.roofline import bounds
from convcost.devices.device import Calibration
from convcost.errors import ConvcostError, Problem, SpecError, plural, printable, quoted
from convcost.further_metrics import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.devices.device import Device
    from convcost.devices.measured import Measurement
    from convcost.network import Network

LEAST = 5
"""Networks: the error of a factor that fewer give says nothing."""

FOLDS = 10
FAR = 2
"""Times as long, or as short, as estimated: worth a look."""

DIGITS = 10**4  # of factors and errors


class Left(ConvcostError):  # noqa: N818 - it names what is so
    """A row cannot be used: the reason, in words after what is measured."""


class Row(NamedTuple):
    """A measurement beside the sum of the roofline and the least time, in nanoseconds."""

    measurement: Measurement
    dtype: str
    roofline: Fraction
    least: int


class Compared(NamedTuple):
    """A row, and what is estimated for it by a factor that was fitted without its network."""

    row: Row
    estimate: Fraction

    @property
    def off(self) -> Fraction:
        """The estimate as a multiple of the measured time, less 1."""
        return self.estimate / self.row.measurement.time - 1

    @property
    def is_far(self) -> bool:
        """Whether the measurement is worth a look; one that nothing can reach is told of anyway."""
        measurement = self.row.measurement
        apart = max(self.estimate / measurement.time, measurement.time / self.estimate)
        return apart > FAR and measurement.time >= self.row.least


class Calibrated(NamedTuple):
    """A device with its new calibration and the error of that: the rows behind it, those that were
    left out and why, and sentences on what looks wrong."""

    device: Device
    calibration: Calibration
    error: Fraction
    folds: int
    rows: Sequence[Compared]
    left: Mapping[Measurement, str]
    doubts: Sequence[Problem]


def calibrated(
    measured: Sequence[Measurement],
    device: Device,
    load: Callable[[Measurement], Network],
    source: str,
) -> Calibrated:
    """Fit the factor of a device.

    Args:
        measured: what was measured on it.
        device: the device.
        load: the network of a measurement; it raises Left where there is none.
        source: what names the measurements.

    Raises:
        ConvcostError: a network cannot be read, the device lacks a number that is needed, or the
            measurements do not suffice.
    """
    if device.bandwidth is None:
        said = f"{device.name}: its file has no `bandwidth`, without which there is no estimate"
        raise ConvcostError(said)
    rows: list[Row] = []
    left: dict[Measurement, str] = {}
    for one in measured:
        try:
            rows.append(_row(one, device, load(one)))
        except Left as why:
            left[one] = str(why)
        except ConvcostError as error:
            row = f"{one.source}: the network {quoted(one.model)} cannot be taken"
            raise ConvcostError(f"{printable(row)}:\n{error}") from None
    models = {row.measurement.model for row in rows}
    if len(models) < LEAST:
        raise ConvcostError(_too_few(len(models), left, source))
    doubts = _below(rows, device)
    folds = min(FOLDS, len(models))
    compared = _held_out(rows, folds)
    error = _error(compared)
    calibration = _calibration(rows, error, source)
    doubts += [_far(one) for one in compared if one.is_far]
    return Calibrated(device, calibration, error, folds, compared, left, doubts)


def _row(one: Measurement, device: Device, network: Network) -> Row:
    analysis = analyze(network)
    if not analysis.complete:
        raise Left(f"a part of it is not known: {printable(network.unknown[0])}")
    roofline = sum((unfused(analysis, device) or {}).values(), Fraction(0))
    if not roofline:
        raise Left("it takes no time at all")
    least = sum(bound.time for bound in bounds(analysis, device))
    dtype = next(iter(network.inputs.values())).dtype
    return Row(one, dtype, roofline, least)


def _factor(rows: Sequence[Row]) -> Fraction:
    found = median(row.measurement.time / row.roofline for row in rows)
    return max(Fraction(1, DIGITS), Fraction(round(found * DIGITS), DIGITS))


def _held_out(rows: Sequence[Row], folds: int) -> list[Compared]:
    """Each row with an estimate by the networks of other folds. Networks are dealt out from the
    quickest to the slowest, so that each fold has some of all."""
    order = sorted(rows, key=lambda row: (row.roofline, row.measurement.model))
    models = dict.fromkeys(row.measurement.model for row in order)
    fold = {model: number % folds for number, model in enumerate(models)}
    factors = [
        _factor([row for row in rows if fold[row.measurement.model] != number])
        for number in range(folds)
    ]
    return [Compared(row, row.roofline * factors[fold[row.measurement.model]]) for row in rows]


def _error(compared: Sequence[Compared]) -> Fraction:
    found = median(abs(one.off) for one in compared)
    return max(Fraction(1, DIGITS), Fraction(round(found * DIGITS), DIGITS))


def _calibration(rows: Sequence[Row], error: Fraction, source: str) -> Calibration:
    models = {row.measurement.model for row in rows}
    dtypes = tuple(dict.fromkeys(row.dtype for row in rows))
    return Calibration(
        _factor(rows),
        error,
        int(min(row.measurement.time for row in rows)),
        f"{source}, {plural(len(models), 'network')}, {', '.join(dtypes)}",
        dtypes=dtypes,
    )


def _too_few(found: int, left: Mapping[Measurement, str], source: str) -> str:
    said = f"{printable(source)}: one factor takes at least {LEAST} networks, and here "
    said += "is 1" if found == 1 else f"are {found}" if found else "is none"
    if left:
        one, why = next(iter(left.items()))
        rows = "1 row is left out" if len(left) == 1 else f"{len(left):,} rows are left out"
        said += f"\n  {rows}: {one.source}: {printable(one.model)}: {why}"
    return said


def _below(rows: Sequence[Row], device: Device) -> list[Problem]:
    """The rows whose time no program can reach; SpecError where that is most of them."""
    found = [
        row.measurement.problem(
            f"{printable(row.measurement.model)}: {duration(int(row.measurement.time))} is less "
            f"than the {duration(row.least)} that {device.title} takes at least",
            "is it another device, batch, size of images or type of numbers, or another unit?",
        )
        for row in rows
        if row.measurement.time < row.least
    ]
    if 2 * len(found) > len(rows):
        raise SpecError(found)
    return found


def _far(one: Compared) -> Problem:
    measurement = one.row.measurement
    taken, estimate = (duration(int(time)) for time in (measurement.time, one.estimate))
    said = f"{taken} were measured, and {estimate} are estimated by other networks"
    return measurement.problem(f"{printable(measurement.model)}: {said}")
