"""Devices of a user's own and tables of measured times, beside a small model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz import damage
from fuzz.case import Input
from fuzz.small import NET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

DEVICES = (
    """\
device: Board
sources:
  sheet: Data sheet of the board
  core: Manual of its core, at 480 MHz
vector:
  int8: [1.92 GOPS, sheet]
  float32: [0.96 GFLOPS, core]
on_chip: [16 KiB, core]
memory: [1060 KiB, sheet]
flash: [2 MiB, sheet]
""",
    """\
device: Card
sources: {paper: Whitepaper}
matrix:
  float16: [142 TFLOPS, paper]
  int8: [284 TOPS, paper]
vector:
  float32: [35.6 TFLOPS, paper]
float32_sums: {float16: [71 TFLOPS, paper]}
bandwidth: [936 GB/s, paper]
on_chip: [6 MiB, paper]
memory: [24 GiB, paper]
launch: [4 us, paper]
calibration:
  factor: 1.4
  error: 0.1
  dtypes: [float16, float32]
  least: 2 us
  source: paper
""",
    "device: Sister\nbandwidth: [320 GB/s, a]\nsources: {a: b}\ncalibration: {of: rtx3090}\n",
)
TABLES = (
    "model,batch,time,dtype,device\n"
    "net.yaml,2,3.4 ms,float16,rtx3090\n"
    "resnet18,64,21.7 ms,float16,rtx3090\n"
    "squeezenet1_1,8,900 us,float32,rtx3090\n"
    "mobilenet_v2,1,0.5 s,int8,rtx3090\n",
    "model,infer_batch_size,infer_step_time,infer_samples_per_sec,infer_img_size\n"
    "resnet18,256,51.2,5000.0,224\n"
    "mobilenet_v2,256,51.2,5000.0,224\n"
    "densenet121,256,102.4,2500.0,224\n",
)


def generated(rng: Random) -> Input:
    """A device or a table in which lines and words are changed, rarely bytes."""
    table = rng.random() < 0.5
    seeds = TABLES if table else DEVICES
    text = rng.choice(seeds)
    text = damage.cells(rng, text) if table else damage.lines(rng, text, seeds)
    data = text.encode("utf-8", "surrogatepass")
    data = damage.data(rng, data) if rng.random() < 0.1 else data
    return Input("device", ".csv" if table else ".yaml", data)


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """Every command that reads a device, or the one that fits it to a table."""
    del run
    (folder / "net.yaml").write_text(NET)
    (folder / given.name).write_bytes(given.data)
    yield from _table(given.name) if given.suffix == ".csv" else _device(folder, given.name)


def _table(path: str) -> Iterator[Line]:
    yield ("calibrate", path)
    yield ("calibrate", path, "--device", "rtx3090", "--all", "--format", "csv")
    yield ("calibrate", path, "--device", "t4", "--format", "json", "-o", "mine.yaml")
    yield ("calibrate", path, "--device", "a100_40gb", "--batch", "2", "--dtype", "float16")


def _device(folder: Path, path: str) -> Iterator[Line]:
    device = ("--device", path)
    yield ("analyze", "net.yaml", *device)
    yield ("analyze", "net.yaml", *device, "--format", "json", "--fused", "--dtype", "float16")
    yield ("analyze", "net.yaml", *device, "--order", "--dtype", "int8", "--format", "csv")
    yield ("analyze", "net.yaml", *device, "--roofline")
    yield ("analyze", "net.yaml", *device, "--train", "--format", "html")
    yield ("analyze", "net.yaml", *device, "-o", "roofline.svg")
    yield ("rank", "net.yaml", "net.yaml@width=8", *device, "--format", "json")
    yield ("compare", "net.yaml", "net.yaml@width=8", *device, "--format", "json")
    yield ("alternatives", "net.yaml", *device, "--format", "json")
    yield ("view", "net.yaml", "--no-open", "-o", "view.html", *device)
    (folder / "times.csv").write_text(TABLES[0])
    yield ("calibrate", "times.csv", *device)
