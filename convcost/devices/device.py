"""A device: the most that it can compute and move, and where that is known from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction


class Figure(NamedTuple):
    """A number of a device, with the document that has it."""

    value: int
    source: str


class Calibration(NamedTuple):
    """How measured times compare with the roofline of a device.

    Attributes:
        factor: the measured time, as a multiple of the roofline's.
        error: the median error, as a part of the measured time, over networks that the factor was
            not fitted on; None where another device was measured, and not this one.
        least: the shortest time that was measured, in nanoseconds: starting kernels may take most
            of shorter ones.
        source: the measurements.
        of: the name of the device that was measured; "" for the one whose calibration this is.
        dtypes: the types of numbers that were measured; empty where nobody says.
        unmeasured: those that it is used for, and that were not measured.
    """

    factor: Fraction
    error: Fraction | None
    least: int
    source: str
    of: str = ""
    dtypes: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()

    def used_for(self, dtypes: Iterable[str]) -> Calibration:
        """This calibration for networks of some types of numbers: with no error where others were
        measured."""
        others = tuple(one for one in dict.fromkeys(dtypes) if one not in self.dtypes)
        if self.error is None or not self.dtypes or not others:
            return self
        return self._replace(error=None, unmeasured=others)

    @property
    def off(self) -> str:
        """How far off estimates are, in words: ``6.98 % off (median) for other networks``, or that
        nobody knows."""
        if self.of:
            return f"factor of {self.of}; no measurements of this device"
        if self.error is None:
            measured, others = listed(self.dtypes), listed(self.unmeasured, "or")
            return f"factor of {measured}; no measurements in {others}"
        return f"{float(100 * self.error):.3g} % off (median) for other networks"


class Device(NamedTuple):
    """A device. What no document says is None, or missing by its type of numbers.

    Attributes:
        name: in options and limits: ``rtx3090``.
        title: the product.
        matrix: operations a second of its units for matrix products, by type of numbers. A
            multiplication and an addition are two.
        vector: operations a second of all other units.
        float32_sums: as ``matrix``, of products that are summed in float32, where that is slower
            and no other type of numbers says so.
        bandwidth: bytes a second from and to its memory.
        on_chip: bytes of its last cache, or other memory on the chip.
        memory: bytes of its memory.
        flash: bytes in which a microcontroller stores programs and weights; its memory is RAM.
        launch: nanoseconds that starting a kernel takes.
        calibration: what measurements say, if there are any.
    """

    name: str
    title: str
    matrix: Mapping[str, Figure]
    vector: Mapping[str, Figure]
    float32_sums: Mapping[str, Figure]
    bandwidth: Figure | None
    on_chip: Figure | None
    memory: Figure | None
    flash: Figure | None
    launch: Figure | None
    calibration: Calibration | None

    @property
    def bound(self) -> str:
        """The metric of its lower bound, in nanoseconds: ``rtx3090.bound``."""
        return f"{self.name}.bound"

    @property
    def estimate(self) -> str:
        """The metric of its estimate, in nanoseconds: ``rtx3090.estimate``."""
        return f"{self.name}.estimate"

    @property
    def times(self) -> list[str]:
        """The metrics of its times, the estimate before the bound where measurements allow one."""
        return [*([self.estimate] if self.calibration and self.bandwidth else []), self.bound]

    @property
    def dtypes(self) -> list[str]:
        """The types of numbers whose peak is known."""
        return [*dict.fromkeys((*self.matrix, *self.vector))]

    def peak(self, dtype: str) -> int | None:
        """The most operations a second on any of its units; None where that is not known."""
        peaks = [unit[dtype].value for unit in (self.matrix, self.vector) if dtype in unit]
        return max(peaks, default=None)

    def vector_peak(self, dtype: str) -> int | None:
        """As :meth:`peak`, of what is not a matrix product; the highest of all where that is not
        known."""
        return self.vector[dtype].value if dtype in self.vector else self.peak(dtype)

    def peak_in_float32(self, dtype: str) -> int | None:
        """As :meth:`peak`, of products that are summed in float32, as frameworks have it: units
        that are faster with float16 sums have the peak of bfloat16 then, which has no others."""
        if dtype in self.float32_sums:
            return self.float32_sums[dtype].value
        found = self.peak(dtype)
        if dtype != "float16" or found is None or "bfloat16" not in self.matrix:
            return found
        return min(found, self.matrix["bfloat16"].value)
