"""Files of devices: what they say has a source, and mistakes are found where they are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from convcost.devices.read import device, names
from convcost.errors import ConvcostError

DATA = Path(__file__).parents[1] / "data"

GOOD = """\
device: A board
sources: {sheet: its data sheet}
matrix: {float16: [2 TFLOPS, sheet]}
vector: {float32: [0.5 TFLOPS, sheet], float16: [1 TFLOPS, sheet]}
bandwidth: [10 GB/s, sheet]
on_chip: [2 KiB, sheet]
"""


@pytest.mark.parametrize("name", names())
def test_a_device_says_where_its_numbers_are_from(name: str) -> None:
    file = f"convcost/devices/data/{name}.yaml"
    found = device(name)
    assert found.title, f"{file}: has no name of the product"
    assert found.dtypes, f"{file}: has no peaks"
    for dtype in found.vector.keys() & found.matrix.keys():
        least = found.vector[dtype].value
        assert found.matrix[dtype].value >= least, f"{file}: {dtype} is slower on matrix units"
    places = (found.bandwidth, found.on_chip, found.memory, found.flash, found.launch)
    figures = (*found.matrix.values(), *found.vector.values(), *places)
    for figure in figures:
        said = f"{file}: a source names a document in a few words"
        assert figure is None or len(figure.source) > 10, said


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _rows("device_units.csv"), ids=lambda row: row["device"])
def test_a_peak_is_what_its_units_do_in_a_second(row: dict[str, str]) -> None:
    """Units, operations a clock of each, and the highest clock; documents round two or three
    digits."""
    found = device(row["device"])
    units = found.matrix if row["kind"] == "matrix" else found.vector
    peak = int(row["units"]) * int(row["operations"]) * float(row["mhz"]) * 10**6
    assert units[row["dtype"]].value == pytest.approx(peak, rel=0.015), row


@pytest.mark.parametrize("row", _rows("memory_interfaces.csv"), ids=lambda row: row["device"])
def test_a_bandwidth_is_that_of_all_wires(row: dict[str, str]) -> None:
    bandwidth = device(row["device"]).bandwidth
    bits = int(row["bits"]) * int(row["mbit_a_second"]) * 10**6
    assert bandwidth is not None
    assert bandwidth.value == pytest.approx(bits / 8, rel=0.025), row


def test_devices_whose_units_are_not_told_are_few() -> None:
    """Few devices rest on a figure of the maker alone, without units or a type of numbers."""
    told = {row["device"] for row in _rows("device_units.csv")}
    untold = {"apple_a15", "apple_m1", "apple_m2", "edge_tpu", "snapdragon_888"}
    assert {*names()} - told == untold, (
        "tests/data/device_units.csv: a device has a row, units times clock; or it is in `untold`"
    )
    wired = {row["device"] for row in _rows("memory_interfaces.csv")}
    assert {name for name in names() if device(name).bandwidth} == wired, (
        "tests/data/memory_interfaces.csv: a row for each device that has a bandwidth"
    )


@pytest.mark.parametrize("name", names())
def test_shorter_numbers_are_no_slower(name: str) -> None:
    found = device(name)
    chains = (("float64", "float32", "float16"), ("float32", "bfloat16"), ("float16", "int8"))
    for chain in (*chains, ("int8", "int4"), ("int16", "int8")):
        peaks = [found.peak(dtype) for dtype in chain]
        known = [peak for peak in peaks if peak is not None]
        assert known == sorted(known), f"{name}: {chain}"


def test_a_device_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "board.yaml").write_text(GOOD)
    found = device(str(tmp_path / "board.yaml"))
    assert (found.name, found.bound, found.estimate) == ("board", "board.bound", "board.estimate")
    assert [found.peak(dtype) for dtype in ("float16", "float32", "int8")] == [
        *(2 * 10**12, 5 * 10**11, None)
    ]
    assert found.vector_peak("float16") == 10**12
    assert found.bandwidth is not None
    assert (found.bandwidth.value, found.bandwidth.source) == (10**10, "its data sheet")
    assert found.memory is None


MISTAKES = [
    ("matrix: {float17: [1 TFLOPS, sheet]}", 6, "there is no type of numbers `float17`"),
    ("bandwidht: [1 GB/s, sheet]", 6, "a device has no key `bandwidht`"),
    ("bandwidth: 900", 6, "bandwidth is a number and its source, such as [936 GB/s, datasheet]"),
    ("bandwidth: [1 GB/s, shet]", 6, "there is no source `shet`"),
    ("bandwidth: [1 GB, sheet]", 6, "bandwidth is a number above 0 with a unit (MB/s, GB/s"),
    ("bandwidth: [0 GB/s, sheet]", 6, "bandwidth is a number above 0 with a unit"),
    ("calibration: {factor: 1.2, error: 0.1}", 6, "a calibration has no `source`"),
    ("calibration: {factor: 1.2, error: 0.1, source: s}", 6, "a calibration has no `least`"),
    ("calibration: {factor: x, error: 0.1, source: s}", 6, "factor is a number above 0"),
    ("sources: sheet", 2, "sources is a mapping"),
]


@pytest.mark.parametrize(("line", "at", "said"), MISTAKES)
def test_mistakes_are_found_where_they_are(tmp_path: Path, line: str, at: int, said: str) -> None:
    key = line.partition(":")[0]
    kept = [one for one in GOOD.splitlines() if not one.startswith(f"{key}:")]
    kept.insert(at - 1, line)
    path = tmp_path / "board.yaml"
    path.write_text("\n".join(kept))
    with pytest.raises(ConvcostError) as caught:
        device(str(path))
    where = kept.index(line) + 1
    assert f"{path}:{where}:" in str(caught.value)
    assert said in str(caught.value)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(ConvcostError, match=r"there is no device `rtx309`\n.*rtx3090"):
        device("rtx309")
