"""Factors fitted on tables of measured times, and how far off they are."""

from __future__ import annotations

from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.beside import beside
from convcost.analysis.devices.calibrate import Compared, Left, Row, calibrated
from convcost.analysis.devices.estimate import unfused
from convcost.analysis.devices.roofline import bounds
from convcost.devices.measured import measured
from convcost.devices.read import device
from convcost.devices.written import recalibrated
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from convcost.analysis.devices.calibrate import Calibrated
    from convcost.devices.measured import Measurement

SPEC = (
    "input: [16, 32, 32]\nlayers:\n  - {{op: conv, out_channels: {}, kernel_size: 3}}\n  - relu\n"
)
ON = device("rtx3090")


class Bench(NamedTuple):
    """Networks of so many channels, and times that are multiples of their rooflines."""

    folder: Path
    multiples: Mapping[int, float]

    def load(self, one: Measurement) -> convcost.Network:
        path = self.folder / one.model
        if not path.exists():
            raise Left("there is no such file")
        return convcost.load(path, batch=one.batch, dtype="float16")

    def roofline(self, channels: int) -> float:
        path = self.folder / f"c{channels}.yaml"
        path.write_text(SPEC.format(channels))
        found = unfused(analyze(convcost.load(path, batch=64, dtype="float16")), ON)
        assert found is not None
        return float(sum(found.values()))

    def run(self, *more: str) -> Calibrated:
        table = self.folder / "t.csv"
        times = {n: self.roofline(n) * times for n, times in self.multiples.items()}
        lines = [f"c{n}.yaml,64,{time:.6f}" for n, time in times.items()]
        table.write_text("\n".join(("model,batch,time_ns", *lines, *more)))
        return calibrated(measured(str(table)), ON, self.load, "t.csv")


def test_exact_multiples_give_their_factor(tmp_path: Path) -> None:
    found = Bench(tmp_path, dict.fromkeys((8, 16, 32, 64, 128, 256), 2.5)).run()
    assert (float(found.calibration.factor), found.folds) == (2.5, 6)
    assert float(found.error) <= 0.0001
    assert found.calibration.source == "t.csv, 6 networks, float16"
    least = min(row.row.measurement.time for row in found.rows)
    assert found.calibration.least == int(least) < max(r.row.measurement.time for r in found.rows)
    assert not found.doubts


def test_the_error_is_of_networks_held_out(tmp_path: Path) -> None:
    """By plain loops: each by the median of the others."""
    multiples = {8: 1.6, 16: 2.0, 32: 2.1, 64: 2.6, 128: 1.9, 256: 2.4, 512: 2.2}
    found = Bench(tmp_path, multiples).run()
    errors: list[float] = []
    for held, multiple in multiples.items():
        others = [other for n, other in multiples.items() if n != held]
        errors.append(abs(median(others) / multiple - 1))
    assert float(found.error) == pytest.approx(median(errors), abs=2e-4)
    assert float(found.calibration.factor) == pytest.approx(median(multiples.values()), abs=2e-4)


def test_a_network_measured_twice_is_held_out_as_one(tmp_path: Path) -> None:
    """Its other row would tell of it."""
    bench = Bench(tmp_path, dict.fromkeys((8, 16, 32, 64), 2.0) | {128: 3.0})
    again = bench.roofline(128) * 3
    found = bench.run(f"c128.yaml,64,{again:.6f}")
    held = [one for one in found.rows if one.row.measurement.model == "c128.yaml"]
    assert [float(one.off) for one in held] == [pytest.approx(-1 / 3, abs=1e-3)] * 2
    assert found.folds == 5


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    multiples = {8 * n: 1.5 + (n * 7 % 11) / 10 for n in range(1, 16)}
    turned = dict(reversed(multiples.items()))
    first, second = (Bench(tmp_path, each).run().calibration for each in (multiples, turned))
    assert first == second


def test_too_few_networks(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError) as error:
        Bench(tmp_path, dict.fromkeys((8, 16, 32, 64), 2.0)).run("absent.yaml,1,3")
    assert str(error.value) == (
        "t.csv: one factor takes at least 5 networks, and here are 4\n"
        f"  1 row is left out: {tmp_path}/t.csv:6: absent.yaml: there is no such file"
    )


def test_a_device_without_a_bandwidth(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError, match=r"^rtx3090: its file has no `bandwidth`"):
        calibrated([], ON._replace(bandwidth=None), Bench(tmp_path, {}).load, "t.csv")


def test_what_is_left_out_has_a_reason(tmp_path: Path) -> None:
    found = Bench(tmp_path, dict.fromkeys((8, 16, 32, 64, 128), 2.0)).run("absent.yaml,1,3")
    assert [(one.line, why) for one, why in found.left.items()] == [(7, "there is no such file")]


def test_a_time_that_is_far_off_is_said(tmp_path: Path) -> None:
    multiples = dict.fromkeys((8, 16, 32, 64, 128, 256), 2.0)
    found = Bench(tmp_path, multiples | {512: 5.0}).run()
    (doubt,) = found.doubts
    assert doubt.source is not None
    assert doubt.source.line == 8
    assert doubt.message.startswith("c512.yaml: ")
    assert doubt.message.endswith(" are estimated by other networks")


def test_a_time_that_nothing_can_reach_is_said(tmp_path: Path) -> None:
    multiples = dict.fromkeys((8, 16, 32, 64, 128, 256), 2.0)
    found = Bench(tmp_path, multiples | {512: 0.01}).run()
    (doubt,) = found.doubts
    assert "that NVIDIA GeForce RTX 3090 takes at least" in doubt.message
    with pytest.raises(ConvcostError, match="another unit"):
        Bench(tmp_path, dict.fromkeys(multiples, 0.001)).run()


def test_a_table_is_refused_where_most_of_its_times_cannot_be_reached(tmp_path: Path) -> None:
    names = (8, 16, 32, 64, 128, 256)
    half = {name: 0.001 if name < 64 else 2.0 for name in names}
    found = Bench(tmp_path, half).run()
    assert sum("takes at least" in doubt.message for doubt in found.doubts) == 3
    with pytest.raises(ConvcostError, match="takes at least"):
        Bench(tmp_path, half | {64: 0.001}).run()


def test_the_file_of_a_device_with_its_calibration(tmp_path: Path) -> None:
    """It is the device as it was, comments and all, and estimates name what was measured."""
    made = Bench(tmp_path, dict.fromkeys((8, 16, 32, 64, 128), 2.5)).run().calibration
    mine = tmp_path / "mine.yaml"
    mine.write_text(recalibrated("rtx3090", made))
    again = device(str(mine))
    assert again.calibration == made
    assert again._replace(name="rtx3090", calibration=None) == ON._replace(calibration=None)
    assert "# as TF32" in mine.read_text()
    other = made._replace(source='a "b": c')
    mine.write_text(recalibrated(str(mine), other))
    assert device(str(mine)).calibration == other
    assert mine.read_text().count("calibration:") == 1
    said = beside(analyze(convcost.load("resnet18", dtype="float16")), [device(str(mine))]).remarks
    assert 'fitted on a "b": c' in said["mine.estimate"]


def test_a_calibration_in_the_middle_of_a_file(tmp_path: Path) -> None:
    made = Bench(tmp_path, dict.fromkeys((8, 16, 32, 64, 128), 2.5)).run().calibration
    head = "device: x\nsources: {s: a sheet of data}\n"
    tail = "matrix: {float16: [1 TFLOPS, s]}  # once\n"
    old = "calibration:\n  factor: 2\n  error: 0.1\n  least: 1 ms\n  source: x\n"
    (tmp_path / "mine.yaml").write_text(head + old + tail)
    text = recalibrated(str(tmp_path / "mine.yaml"), made)
    assert text.startswith(head + tail + "calibration:\n  factor: 2.5\n")


@pytest.mark.parametrize(
    ("time", "least", "far"),
    [
        *((199, 0, True), (200, 0, False), (800, 0, False), (801, 0, True)),
        *((801, 801, True), (801, 802, False)),
    ],
)
def test_twice_as_long_is_not_far_off(tmp_path: Path, time: int, least: int, far: bool) -> None:
    """Of an estimate of 400 ns. What nothing can reach is told of elsewhere."""
    table = tmp_path / "t.csv"
    table.write_text(f"model,batch,time_ns\nresnet18,1,{time}\n")
    (one,) = measured(str(table))
    row = Row(one, "float16", Fraction(1), least)
    assert Compared(row, Fraction(400)).is_far == far


@pytest.mark.parametrize("less", [0, 1])
def test_a_time_that_is_the_least_can_be_reached(tmp_path: Path, less: int) -> None:
    bench = Bench(tmp_path, dict.fromkeys((8, 16, 32, 64, 128), 2.0))
    bench.roofline(256)
    network = convcost.load(tmp_path / "c256.yaml", batch=64, dtype="float16")
    least = sum(bound.time for bound in bounds(analyze(network), ON))
    said = [doubt.message for doubt in bench.run(f"c256.yaml,64,{least - less}").doubts]
    assert sum("takes at least" in one for one in said) == less
