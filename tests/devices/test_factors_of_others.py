"""Devices that nobody measured, and that have the factor of one that somebody did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.beside import beside
from convcost.analysis.devices.estimate import unfused
from convcost.devices.read import device, names
from convcost.devices.written import recalibrated
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from pathlib import Path

DEVICES = {name: device(name) for name in names()}
BORROWING = [name for name, found in DEVICES.items() if found.calibration and found.calibration.of]
GPUS = {
    *("a10", "a100_40gb", "a100_80gb", "h100_pcie", "h100_sxm", "h200", "l4", "l40s", "t4", "v100"),
    *("rtx2080ti", "rtx3060", "rtx4070", "rtx4090", "rtx5090"),
}
SLOWER_IN_FLOAT32 = {"rtx2080ti", "rtx3060", "rtx3090", "rtx4070", "rtx4090", "rtx5090"}
BOARD = """\
device: A card
sources: {sheet: its data sheet}
matrix: {float16: [100 TFLOPS, sheet]}
bandwidth: [500 GB/s, sheet]
calibration: {of: rtx3090}
"""


def test_cards_with_matrix_units_have_the_factor_of_one_that_was_measured() -> None:
    """No processor, microcontroller, system on a module or accelerator of another maker does: what
    libraries attain on it is another matter."""
    assert {*BORROWING} == GPUS, "who borrows a factor in convcost/devices/data stands in GPUS"
    measured = {name for name, one in DEVICES.items() if one.calibration and not one.calibration.of}
    assert measured == {"rtx3090"}


@pytest.mark.parametrize("name", BORROWING)
def test_an_error_is_of_the_measured_device_alone(name: str) -> None:
    mine, theirs = DEVICES[name].calibration, DEVICES["rtx3090"].calibration
    assert mine is not None
    assert theirs is not None
    assert (mine.factor, mine.error, mine.of) == (theirs.factor, None, "rtx3090")
    assert mine.off == "factor of rtx3090; no measurements of this device"


@pytest.mark.parametrize("name", BORROWING)
def test_what_an_estimate_needs_is_known(name: str) -> None:
    found, file = DEVICES[name], f"convcost/devices/data/{name}.yaml"
    assert found.bandwidth, f"{file}: no bandwidth"
    assert "float16" in found.matrix, f"{file}: no matrix units for float16"
    assert "float16" in found.vector, f"{file}: depthwise layers of float16 need a peak in `vector`"
    ratio = found.matrix["float16"].value / (found.peak_in_float32("float16") or 1)
    wanted = 2 if name in SLOWER_IN_FLOAT32 else 1
    assert ratio == pytest.approx(wanted, rel=0.01), f"{file}: float16 with sums in float32"


def test_the_figure_says_whose_factor_it_has() -> None:
    on, analysis = DEVICES["rtx4090"], analyze(convcost.load("resnet18", batch=8, dtype="float16"))
    found, times = beside(analysis, [on]), unfused(analysis, on)
    assert times is not None
    about = float(sum(times.values())) * 1.126
    assert found.totals["rtx4090.estimate"] == pytest.approx(about, rel=1e-4)
    said = found.remarks["rtx4090.estimate"]
    assert "factor of rtx3090; no measurements of this device; 1.13 x the roofline" in said
    assert "% off" not in said


def test_a_card_of_ones_own_with_the_factor_of_another(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(BOARD)
    found = device(str(path)).calibration
    assert found is not None
    assert (found.factor, found.error, found.of) == (
        DEVICES["rtx3090"].calibration and DEVICES["rtx3090"].calibration.factor,
        None,
        "rtx3090",
    )
    again = tmp_path / "again.yaml"
    again.write_text(recalibrated(str(path), found))
    assert device(str(again)).calibration == found


@pytest.mark.parametrize(
    ("calibration", "column", "said"),
    [
        ("{of: rtx309}", 19, "no device `rtx309` comes with convcost"),
        ("{of: t4}", 19, "nothing was measured on t4, so it has no factor\n"),
        ("{of: stm32f746}", 19, "nothing was measured on stm32f746, so it has no factor\n"),
        ("{of: [rtx3090]}", 19, "`of` is a text, and here is a list"),
        (
            "{of: rtx3090, error: 0.1}",
            28,
            "a calibration `of` another device has the error of that one: leave one of them",
        ),
    ],
)
def test_mistakes_are_found_where_they_are(
    tmp_path: Path, calibration: str, column: int, said: str
) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(BOARD.replace("{of: rtx3090}", calibration))
    with pytest.raises(ConvcostError) as caught:
        device(str(path))
    assert f"{path}:5:{column}: {said}" in str(caught.value)
    if "so it has no factor" in said:
        assert "there are measurements of rtx3090" in str(caught.value)


def test_no_error_is_claimed_for_numbers_that_were_not_measured() -> None:
    on = DEVICES["rtx3090"]
    for dtype, said in (
        ("float16", "6.98 % off (median) for other networks"),
        ("float32", "factor of float16; no measurements in float32"),
    ):
        found = beside(analyze(convcost.load("resnet18", batch=8, dtype=dtype)), [on])
        assert f", {said}; 1.13 x the roofline" in found.remarks["rtx3090.estimate"]


@pytest.mark.parametrize("dtypes", ["float16", "[]", "[float33]", "[[float16]]"])
def test_types_of_numbers_that_were_measured_are_a_list_of_them(
    tmp_path: Path, dtypes: str
) -> None:
    path = tmp_path / "card.yaml"
    measured = f"{{factor: 2, error: 0.1, dtypes: {dtypes}, least: 5 ms, source: made up}}"
    path.write_text(BOARD.replace("{of: rtx3090}", measured))
    with pytest.raises(convcost.ConvcostError, match="`dtypes` is a list of types of numbers"):
        device(str(path))
