"""Sweeps beside tables that others published, of whole families of networks."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcost

SPECS = Path(__file__).parents[2] / "specs"
HERE = Path(__file__).parent

# Howard et al., arXiv 1704.04861, tables 6 and 7: million mult-adds and parameters.
MOBILENET_V1 = {
    ("1", 224): (569, 4.2),
    ("0.75", 224): (325, 2.6),
    ("0.5", 224): (149, 1.3),
    ("0.25", 224): (41, 0.5),
    ("1", 192): (418, 4.2),
    ("1", 160): (290, 4.2),
    ("1", 128): (186, 4.2),
}
# The table of checkpoints in TensorFlow's models/research/slim/nets/mobilenet: million MACs.
MOBILENET_V2 = {
    "1.4": {224: 582},
    "1.3": {224: 509},
    "1": {224: 300, 192: 221, 160: 154, 128: 99, 96: 56},
    "0.75": {224: 209, 192: 153, 160: 107, 128: 69, 96: 39},
    "0.5": {224: 97, 192: 71, 160: 50, 128: 32, 96: 18},
    "0.35": {224: 59, 192: 43, 160: 30, 128: 20, 96: 11},
}
# torchvision: parameters, thousand million operations, and the size of its weights' evaluation.
EFFICIENTNET = {
    ("1", "1", 224): (5_288_548, 0.386),
    ("1", "1.1", 240): (7_794_184, 0.687),
    ("1.1", "1.2", 288): (9_109_994, 1.088),
    ("1.2", "1.4", 300): (12_233_232, 1.827),
    ("1.4", "1.8", 380): (19_341_616, 4.394),
    ("1.6", "2.2", 456): (30_389_784, 10.266),
    ("1.8", "2.6", 528): (43_040_704, 19.068),
    ("2", "3.1", 600): (66_347_960, 37.746),
}
RESNET = {
    18: (11_689_512, 1.814),
    34: (21_797_672, 3.664),
    50: (25_557_032, 4.089),
    101: (44_549_160, 7.801),
    152: (60_192_808, 11.514),
}


def test_mobilenet_v1() -> None:
    price = convcost.price(SPECS / "mobilenet_v1.yaml", ["width", "side"])
    widths, sides = zip(*MOBILENET_V1, strict=True)
    found = price(width=widths, side=sides)
    for row, (macs, params) in enumerate(MOBILENET_V1.values()):
        assert abs(found["macs"][row] / 1e6 - macs) < 1  # rounded, or cut off
        assert found["params"][row] / 1e6 == pytest.approx(params, abs=0.06)


def test_mobilenet_v2() -> None:
    sweep = convcost.sweep(
        SPECS / "mobilenet_v2.yaml", [f"width={','.join(MOBILENET_V2)}", "side=96:224:32"]
    )
    rows = 0
    for width, side, macs in zip(
        *(sweep.columns[n] for n in ("width", "side", "macs")), strict=True
    ):
        wanted = {float(text): table for text, table in MOBILENET_V2.items()}[float(width)]
        if side in wanted:
            rows += 1
            assert macs // 10**6 == wanted[int(side)]
    assert rows == 22


def test_efficientnet() -> None:
    price = convcost.price(HERE / "efficientnet.yaml", ["width", "depth", "side"])
    widths, depths, sides = zip(*EFFICIENTNET, strict=True)
    found = price(width=widths, depth=depths, side=sides)
    for row, (params, operations) in enumerate(EFFICIENTNET.values()):
        assert found["params"][row] == params
        assert round(found["macs"][row] / 1e9, 3) == operations


def test_resnet() -> None:
    sweep = convcost.sweep(
        HERE / "resnet.yaml", {"layers": [*RESNET]}, metrics=["params", "macs", "depth"]
    )
    for row, (layers, (params, operations)) in enumerate(RESNET.items()):
        assert sweep.columns["depth"][row] == layers
        assert sweep.columns["params"][row] == params
        assert round(sweep.columns["macs"][row] / 1e9, 3) == operations
