"""``convcost analyze --device``: memory, orders, rooflines, and options that need each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

SMALL = ("mobilenet_v1", "--set", "width=0.25", "--set", "classes=2", "--input", "3x96x96")
CHIP = (*SMALL, "--dtype", "int8", "--device", "stm32h743")
GPU = ("resnet18", "--device", "t4", "--dtype", "float16")


def test_a_microcontroller(run: Run) -> None:
    """As much as TensorFlow Lite Micro allocates for the same network."""
    out = run("analyze", *CHIP).out.splitlines()
    lines = {line.split()[0]: line.split(maxsplit=2)[1:] for line in out if "stm32" in line[:5]}
    assert lines["stm32h743.arena"] == [
        "73,728",
        "bytes of 1,085,440; 55,296 are alive at once, no order has fewer",
    ]
    flash = "bytes of 2,097,152: weights, without graph and program"
    assert lines["stm32h743.flash"] == ["219,064", flash]
    said = json.loads(run("analyze", *CHIP, "--format", "json").out)["memory"]["stm32h743"]
    assert (said["arena"], said["weights"], said["fits"]) == (73_728, 219_064, True)


def test_memory_that_does_not_suffice_is_said(run: Run) -> None:
    asked = ("analyze", "vgg16", "--dtype", "int8", "--device", "nrf52840")
    out = run(*asked).out
    short = f"{6_422_528 - 262_144:,} bytes of RAM and "
    assert f"nrf52840: the network does not fit: {short}" in out
    assert "nrf52840.arena 6,422,528 bytes of 262,144;" in " ".join(out.split())
    assert " bytes of flash are missing" in out
    out = run("analyze", "vgg16", "--device", "t4", "--dtype", "float16", "--batch", "5000").out
    assert "t4: the network does not fit: " in out
    assert " bytes of memory are missing" in out


def test_the_largest_batch(run: Run) -> None:
    said = json.loads(run("analyze", *GPU, "--format", "json").out)["memory"]["t4"]
    most = said["batch"]
    for batch, fits in ((most, True), (most + 1, False)):
        asked = ("analyze", *GPU, "--batch", str(batch), "--format", "json")
        assert json.loads(run(*asked).out)["memory"]["t4"]["fits"] == fits
    assert f"batches of up to {most:,} fit" in run("analyze", *GPU).out


def test_an_algorithm_takes_memory(run: Run) -> None:
    found = run("analyze", *GPU, "--algorithm", "im2col", "--format", "json").out
    memory = json.loads(found)["memory"]["t4"]
    columns = 2 * 147 * 112 * 112  # of the first layer, in float16
    assert (memory["workspace"], memory["layer"]) == (columns, "conv1")


def test_another_order(run: Run) -> None:
    before, after = (
        json.loads(run("analyze", "xception", *order, "--format", "json").out)
        for order in ((), ("--order",))
    )
    assert before["totals"]["peak_activation_bytes"] == 27_659_520
    assert after["totals"]["peak_activation_bytes"] == 24_931_328
    assert after["order"].endswith("no order has a lower one")
    for metric in ("params", "macs", "traffic_bytes"):
        assert before["totals"][metric] == after["totals"][metric]
    assert "no other has a lower peak" in run("analyze", "resnet18", "--order").out


def test_a_roofline_on_a_page(run: Run) -> None:
    out = run("analyze", *GPU, "--roofline").out
    assert out.splitlines()[2] == "operations a second"
    assert "NVIDIA Tesla T4: at least" in out
    assert "a bound, not a latency" in out
    plain = run("analyze", *GPU, "--roofline", "--format", "markdown").out
    assert "operations a second" in plain


def test_a_roofline_as_a_picture(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "roof.svg"
    done = run("analyze", *GPU, "--fused", "-o", path)
    assert (done.code, done.out) == (0, "")
    assert ElementTree.parse(path).getroot().attrib["role"] == "img"


MISTAKES = [
    (("--algorithm", "fft"), "--algorithm is about a device's memory"),
    (("--order", "--inplace"), "--order is for layers that make memory"),
    (("--roofline",), "a roofline is that of one device"),
    (("--roofline", "--device", "t4", "--device", "l4"), "a roofline is that of one device"),
    (("--device", "t4", "--roofline", "--op", "conv", "resnet18"), ""),
    (("unet", "--device", "t4", "--roofline"), "a roofline shows one design: give one"),
    (("--device", "edge_tpu", "--dtype", "int8", "--roofline"), "the bandwidth of the device"),
]


@pytest.mark.parametrize(("options", "said"), MISTAKES)
def test_options_that_need_others(run: Run, options: tuple[str, ...], said: str) -> None:
    done = run("analyze", "resnet18", *options)
    assert done.code == 2
    assert done.out == ""
    assert said in " ".join(done.err.replace("│", " ").split())
