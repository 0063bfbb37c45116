"""Every spec as an ONNX file: it is read back with the same counts, also as a spec again, and
onnxruntime runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from onnx_files import agree, read_back, totals

import convcost
from convcost.execution.forward import seeded_inputs
from convcost.execution.transform import thinned
from convcost.render.spec import to_spec

ROOT = Path(__file__).parents[2]
SPECS = sorted((*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "tests/data/papers").glob("*.yaml")))
MOST_DIVIDED = 1024  # channels are divided by at most that where networks are run


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SPECS, ids=named)
def test_counts_stay(path: Path) -> None:
    network = convcost.load(path)
    back = read_back(network)
    assert back.unknown == back.differs == []
    assert totals(back) == totals(network)
    text = to_spec(back).encode()
    assert totals(convcost.load("again.yaml", read=lambda _: text)) == totals(network)
    assert back.name == network.name
    for theirs, ours in ((back.inputs, network.inputs), (back.outputs, network.outputs)):
        assert {n: t.shape for n, t in theirs.items()} == {n: t.shape for n, t in ours.items()}


BY_HAND = {
    *("deeplabv3_head", "deeplabv3plus", "efficientnet_v2_s", "esrgan", "r2plus1d_18"),
    *("retinanet", "unet_3d", "xception"),
}
"""Specs that take seconds to run even with few channels; their layers are those of others."""

SETTINGS = {"vit_b_16": {"depth": "1", "features": "96"}}

RUN = [path for path in SPECS if path.stem not in BY_HAND]


@pytest.mark.parametrize("path", RUN, ids=named)
def test_onnxruntime_makes_what_the_executor_makes(path: Path) -> None:
    whole = convcost.load(path, settings=SETTINGS.get(path.stem))
    network, _ = thinned(whole, MOST_DIVIDED)
    agree(network, seeded_inputs(network, 0))
