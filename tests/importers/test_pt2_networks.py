"""Exports of PyTorch: the figures that PyTorch has, and those of the same networks as specs."""

from __future__ import annotations

import csv
from pathlib import Path
from zipfile import ZipFile

import pytest
from one_aten import HERE

import convcost
from convcost.execution.transform import thinned
from convcost.execution.verification import verify

SPECS = Path(__file__).parent.parent.parent / "specs"
TOTALS = list(csv.DictReader((HERE / "totals.csv").read_text().splitlines()))
SMALL = ("lstm", "mobilenet_v3_small", "open", "shared", "unet")


def loaded(name: str) -> convcost.Network:
    inputs = {"": (3, 32, 32)} if name == "open" else None
    return convcost.load(str(HERE / f"{name}.pt2"), inputs=inputs, usual_batch=2)


@pytest.mark.parametrize("row", TOTALS, ids=lambda row: row["name"])
def test_figures_of_pytorch(row: dict[str, str]) -> None:
    totals = convcost.analyze(loaded(row["name"])).totals
    assert totals["params"] == int(row["params"])
    assert totals["macs"] == int(row["macs"])


@pytest.mark.parametrize("name", [row["name"] for row in TOTALS])
def test_every_shape_is_the_file_s_and_all_is_counted(name: str) -> None:
    network = loaded(name)
    assert network.unknown == []
    assert network.differs == []
    assert bool(network.doubts) == (name == "shared")


@pytest.mark.parametrize(
    "name",
    [  # `unet` is a small one of our own
        row["name"]
        for row in TOTALS
        if row["name"] != "unet" and (SPECS / f"{row['name']}.yaml").exists()
    ],
)
def test_all_totals_are_those_of_the_spec(name: str) -> None:
    exported = convcost.analyze(loaded(name)).totals
    written = convcost.analyze(convcost.load(str(SPECS / f"{name}.yaml"))).totals
    assert exported == written


def test_several_networks_are_specs_too() -> None:
    both = [row["name"] for row in TOTALS if (SPECS / f"{row['name']}.yaml").exists()]
    assert len(both) > 8


@pytest.mark.parametrize("name", SMALL)
def test_verify_confirms_it(name: str) -> None:
    network = loaded(name)
    assert not verify(thinned(network, 16)[0]).broken


def test_the_same_network_as_onnx() -> None:
    onnx = HERE.parent / "onnx" / "resnet18__ts17.onnx"
    exported, other = (convcost.analyze(n) for n in (loaded("resnet18"), convcost.load(str(onnx))))
    # The exporter to ONNX folds batch norms into convolutions.
    assert exported.totals["macs"] == other.totals["macs"]


@pytest.mark.parametrize("path", sorted(HERE.glob("*.pt2")), ids=lambda path: path.stem)
def test_no_trace_of_a_machine(path: Path) -> None:
    with ZipFile(path) as archive:
        name = archive.namelist()[0]
        text = archive.read(name).decode()
    assert path.stat().st_size < 50_000
    for trace in ('"/', "home/", "root/", "/tmp", "/usr", "C:\\", '\\"/'):
        assert trace not in text
