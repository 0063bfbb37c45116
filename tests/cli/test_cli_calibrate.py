"""``convcost calibrate``: a table in, a factor and a device's file out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

NAMES = ("alexnet", "resnet18", "resnet50", "squeezenet1_1", "mobilenet_v2")
TABLE = "model,batch,time_ms,dtype\n" + "".join(f"{name},256,60,amp\n" for name in NAMES)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    return tmp_path


def test_a_calibration_is_named_by_what_it_makes(run: Run, folder: Path):
    ran = run("calibrate", "t.csv", "--device", "rtx3090", "--format", "json", "-o", "mine.yaml")
    found = json.loads(ran.out)
    assert [row["model"] for row in found["measurements"]] == [*NAMES]
    assert found["source"] == "t.csv, 5 networks, float16"
    (folder / "deep").mkdir()
    shown = run("analyze", "resnet18", "--batch", "256", "--dtype", "float16", "--format", "json")
    assert "mine.estimate" not in shown.out
    words = ("analyze", "resnet18", "--batch", "256", "--dtype", "float16", "--format", "json")
    made = json.loads(run(*words, "--device", "mine.yaml").out)
    assert "fitted on t.csv, 5 networks, float16" in made["remarks"]["mine.estimate"]
    factor = made["totals"]["mine.estimate"] / found["factor"]
    theirs = json.loads(run(*words, "--device", "rtx3090").out)["totals"]["rtx3090.estimate"]
    assert factor == pytest.approx(theirs / 1.126, rel=1e-5)


@pytest.mark.usefixtures("folder")
def test_measurements_take_the_place_of_the_factor_of_another_device(run: Run):
    """Before them nothing is known of errors, and after them nothing is left of that device."""
    words = ("analyze", "resnet18", "--batch", "256", "--dtype", "float16", "--format", "json")
    before = json.loads(run(*words, "--device", "rtx4090").out)
    said = before["remarks"]["rtx4090.estimate"]
    assert "factor of rtx3090; no measurements of this device" in said
    assert "% off" not in said
    assert run("calibrate", "t.csv", "--device", "rtx4090", "-o", "mine.yaml").code == 0
    after = json.loads(run(*words, "--device", "mine.yaml").out)
    said = after["remarks"]["mine.estimate"]
    assert "% off (median) for other networks" in said
    assert "fitted on t.csv, 5 networks, float16" in said
    assert "rtx3090" not in said
    assert before["totals"]["rtx4090.bound"] == after["totals"]["mine.bound"]


def test_a_file_beside_the_table_is_found_without_its_ending(run: Run, folder: Path):
    spec = "input: [8, 16, 16]\nlayers: [{op: conv, out_channels: 64, kernel_size: 3}]\n"
    (folder / "own").mkdir()
    (folder / "own" / "net.yaml").write_text(spec)
    (folder / "own" / "t.csv").write_text(f"{TABLE}net,512,1,amp\nother,1,1,amp\n")
    ran = run("calibrate", "own/t.csv", "--device", "rtx3090", "--all")
    assert ran.code == 0
    assert "\nnet " in ran.out
    assert (
        "1 row left out: other (own/t.csv:8): there is no such file beside the table, nor such a "
        "spec among `convcost specs`" in " ".join(ran.out.split())
    )


def test_the_size_of_images_is_that_of_the_row(run: Run, folder: Path):
    """A network of a map takes nearly four times as long for twice the side."""
    rows = TABLE.replace("dtype", "dtype,img_size").replace("amp\n", "amp,224\n")
    (folder / "t.csv").write_text(f"{rows}squeezenet1_1,256,240,amp,448\n")
    ran = run("calibrate", "t.csv", "--device", "rtx3090", "--format", "json")
    small, large = (
        row["estimate_ns"]
        for row in json.loads(ran.out)["measurements"]
        if row["model"] == "squeezenet1_1"
    )
    assert 3.9 < large / small < 4.3


def test_a_device_that_no_option_could_name_is_not_written(run: Run, folder: Path):
    ran = run("calibrate", "t.csv", "--device", "rtx3090", "-o", "My board.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("My board.yaml: the file names the device in small letters, digits")
    assert not (folder / "My board.yaml").exists()


def test_what_is_no_model_is_not_read(run: Run, folder: Path):
    (folder / "secret").write_text("password")
    (folder / "t.csv").write_text(f"{TABLE}secret,1,1,amp\n")
    ran = run("calibrate", "t.csv", "--device", "rtx3090")
    assert ran.code == 0
    assert "secret (t.csv:7): there is no such file beside the table" in " ".join(ran.out.split())
    assert "password" not in ran.out + ran.err


def test_a_network_that_cannot_be_read_is_named_by_its_row(run: Run, folder: Path):
    (folder / "bad.yaml").write_text("input: [3]\nlayers: [nothing]\n")
    (folder / "t.csv").write_text(f"{TABLE}bad,1,1,amp\n")
    ran = run("calibrate", "t.csv", "--device", "rtx3090")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("t.csv:7: the network `bad` cannot be taken:\nbad.yaml:2:")


def test_the_table_is_not_written_over(run: Run, folder: Path):
    (folder / "t.yaml").write_text(TABLE)
    assert run("calibrate", "t.yaml", "--device", "rtx3090", "-o", "t.yaml").code == 2
    assert (folder / "t.yaml").read_text() == TABLE
