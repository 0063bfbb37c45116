"""Whole networks and single layers against figures from outside (see tests/data/README.md)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

import convcost

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


NETWORKS = read("networks.csv")
every_network = pytest.mark.parametrize("row", NETWORKS, ids=lambda row: row["network"])


@cache
def analysis(name: str) -> convcost.Analysis:
    return convcost.analyze(convcost.load(str(ROOT / "specs" / f"{name}.yaml")))


def shape(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))


@every_network
def test_a_network_has_its_published_totals(row: dict[str, str]):
    found = analysis(row["network"])
    (input_,), (output,) = found.network.inputs.values(), found.network.outputs.values()
    assert shape(input_.sample_shape) == row["input_shape"]
    assert shape(output.sample_shape) == row["output_shape"]
    assert found.totals["params"] == int(row["params"])
    assert found.totals["macs"] == int(row["macs"])
    assert found.totals["flops"] == 2 * int(row["macs"])
    assert found.complete


@every_network
def test_a_spec_expects_the_published_totals_of_itself(row: dict[str, str]):
    found = analysis(row["network"])
    assert found.network.expect["params"] == int(row["params"])
    assert found.network.expect["macs"] == int(row["macs"])
    assert found.unmet == ()


@every_network
def test_every_layer_costs_what_its_module_costs(row: dict[str, str]):
    costly = [
        (shape(layer.output_shapes[0]), layer.counts["params"], layer.counts["macs"])
        for layer in analysis(row["network"]).layers
        if layer.counts["params"] or layer.counts["macs"]
    ]
    modules = [
        (module["output_shape"], int(module["params"]), int(module["macs"]))
        for module in read(f"layers/{row['network']}.csv")
    ]
    assert costly == modules


@pytest.mark.parametrize(
    "row",
    [row for row in NETWORKS if row["conv_macs_in_bounds"]],
    ids=lambda row: row["network"],
)
def test_convolutions_do_so_many_products_without_padding(row: dict[str, str]):
    layers = analysis(row["network"]).layers
    in_bounds = sum(layer.counts["macs_in_bounds"] for layer in layers if layer.op == "conv")
    assert in_bounds == int(row["conv_macs_in_bounds"])


@every_network
def test_no_layer_does_more_in_bounds_than_dense(row: dict[str, str]):
    layers = analysis(row["network"]).layers
    assert all(0 <= layer.counts["macs_in_bounds"] <= layer.counts["macs"] for layer in layers)


IMAGE = "[8, 16, 16]"
CONV = "conv, out_channels: 12, bias: false"
TRANSPOSED = "conv_transpose, out_channels: 12, kernel_size: 4, stride: 2, padding: 1"
ONE_LAYER = {
    "conv2d 3x3 p1": (IMAGE, f"{CONV}, kernel_size: 3, padding: 1"),
    "conv2d 3x3 p1 +bias": (IMAGE, "conv, out_channels: 12, kernel_size: 3, padding: 1"),
    "conv2d 1x1": (IMAGE, f"{CONV}, kernel_size: 1"),
    "conv2d 3x3 s2": (IMAGE, f"{CONV}, kernel_size: 3, padding: 1, stride: 2"),
    "conv2d grouped g4": (IMAGE, f"{CONV}, kernel_size: 3, padding: 1, groups: 4"),
    "conv2d depthwise": (
        IMAGE,
        "conv, out_channels: 8, kernel_size: 3, padding: 1, groups: 8, bias: false",
    ),
    "conv2d dilated d2": (IMAGE, f"{CONV}, kernel_size: 3, padding: 2, dilation: 2"),
    "conv2d 1x7 spatial-sep": (IMAGE, f"{CONV}, kernel_size: [1, 7], padding: [0, 3]"),
    "conv2d same k4": (IMAGE, f"{CONV}, kernel_size: 4, padding: same"),
    "conv1d": ("[8, 32]", f"{CONV}, kernel_size: 5, padding: 2"),
    "conv3d": ("[8, 6, 8, 8]", f"{CONV}, kernel_size: 3, padding: 1"),
    "convT2d k4 s2 p1": (IMAGE, f"{TRANSPOSED}, bias: false"),
    "convT2d k4 s2 p1 +bias": (IMAGE, TRANSPOSED),
    "convT2d g4": (IMAGE, f"{TRANSPOSED}, bias: false, groups: 4"),
    "convT1d s2": ("[8, 32]", f"{TRANSPOSED}, bias: false"),
    "convT3d s2": ("[8, 6, 8, 8]", f"{TRANSPOSED}, bias: false"),
    "deform v1 (offset conv + deform)": (
        IMAGE,
        "conv, name: offsets, out_channels: 18, kernel_size: 3, padding: 1}, {op: deform_conv, "
        "from: [input, offsets], out_channels: 12, kernel_size: 3, padding: 1",
    ),
    "linear 3d +bias": ("[5, 16]", "linear, out_features: 10"),
    "BatchNorm2d": (IMAGE, "batch_norm"),
    "ReLU": (IMAGE, "relu"),
    "AvgPool2d 2": (IMAGE, "avg_pool, kernel_size: 2"),
}


@pytest.mark.parametrize("row", read("one_layer_cases.csv"), ids=lambda row: row["case"])
def test_a_layer_costs_so_much_per_sample_and_its_weights_once(row: dict[str, str]):
    input_, layer = ONE_LAYER[row["case"]]
    text = f"{{input: {input_}, layers: [{{op: {layer}}}]}}".encode()
    for batch in (1, 2):
        found = convcost.analyze(convcost.load("one.yaml", batch=batch, read=lambda _: text))
        assert found.totals["macs"] == batch * int(row["macs_per_sample"])
        assert found.totals["params"] == int(row["params"])
