"""Arenas and flash of microcontrollers, beside what TensorFlow Lite Micro allocates."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

import convcost
from convcost.analysis.devices.chip import chip
from convcost.analysis.devices.memory import lacking, remembered
from convcost.analysis.schedule.arena import ALIGNMENT, Buffer, aligned, arena, places
from convcost.analysis.schedule.deployed import buffers, deployed
from convcost.analysis.schedule.order import best_order
from convcost.devices.device import Figure
from convcost.devices.read import device

ARENAS = Path(__file__).parents[1] / "data" / "arenas"
MEASURED: dict[str, Any] = json.loads((ARENAS / "measured.json").read_text())
VWW = {"settings": {"width": "0.25", "classes": "2"}, "dtype": "int8"}
NETWORKS: list[tuple[str, dict[str, Any], str, int]] = [  # with the bytes of their weights
    ("mobilenet_v1", {**VWW, "inputs": {"": (1, 96, 96)}}, "person_detect", 218_920),
    ("mobilenet_v1", {**VWW, "inputs": {"": (3, 96, 96)}}, "vww_96_int8", 219_064),
    (str(ARENAS / "networks" / "resnet8.yaml"), {}, "pretrainedResnet_quant", 78_744),
    (str(ARENAS / "networks" / "ds_cnn.yaml"), {}, "kws_ref_model", 24_368),
    (str(ARENAS / "networks" / "autoencoder.yaml"), {}, "ad01_int8", 270_880),
]


@pytest.mark.parametrize("name", MEASURED)
def test_tensors_are_placed_as_the_interpreter_does(name: str) -> None:
    found = [Buffer(*numbers) for numbers in MEASURED[name]["buffers"]]
    assert arena(found) == MEASURED[name]["arena"]


@pytest.mark.parametrize(("spec", "asked", "name", "flash"), NETWORKS)
def test_networks_take_what_the_interpreter_allocates(
    spec: str, asked: dict[str, Any], name: str, flash: int
) -> None:
    found = deployed(convcost.load(spec, **asked))
    there = buffers(found.jobs, range(len(found.jobs.jobs)))
    assert arena(there) == MEASURED[name]["arena"]
    assert found.flash == flash


@pytest.mark.parametrize("seed", range(40))
def test_tensors_of_one_time_do_not_overlap(seed: int) -> None:
    """Nor are they further up than the sum of all; no plan is below what is alive at once."""
    rng = Random(seed)
    there: list[Buffer] = []
    for first in range(12):
        there.append(Buffer(rng.randrange(1, 500), first, first + rng.randrange(4)))
    starts = places(there)
    for time in range(16):
        at = sorted(
            (start, one.size)
            for start, one in zip(starts, there, strict=True)
            if one.first <= time <= one.last
        )
        assert all(start + size <= after for (start, size), (after, _) in pairwise(at))
        assert sum(aligned(size) for _, size in at) <= arena(there)
    assert not any(start % ALIGNMENT for start in starts)
    assert arena(there) <= sum(aligned(one.size) for one in there)


FOLDED = """
input: [4, 8, 8]
dtype: int8
layers:
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1, bias: false, name: first}
  - {op: batch_norm, name: norm}
  - {op: relu, name: act}
  - {op: dropout, name: drop}
  - {op: relu, name: again}
  - {op: batch_norm, name: apart}
  - {op: sigmoid, name: curve}
  - {op: add, from: [drop, curve], name: sum}
  - {op: relu6, name: last}
  - {op: relu, name: twice}
"""


def test_layers_that_run_with_the_one_before() -> None:
    """A norm that follows no convolution stays, and so does a second activation, or one whose input
    is read elsewhere."""
    found = deployed(convcost.load("net.yaml", read=lambda _: FOLDED.encode()))
    assert [[layer.name for layer in kernel] for kernel in found.kernels] == [
        *(["first", "norm", "act"], ["again"], ["apart"], ["curve"], ["sum", "last"], ["twice"])
    ]
    biases, stored = (
        4 * 8,
        4 * 8,
    )  # bytes: of the bias that the norm becomes; of the norm that stays
    assert found.flash == 4 * 8 * 9 + biases + stored + 3 * 8


def test_biases_of_short_numbers_are_long() -> None:
    text = "input: [16]\nlayers: [{op: linear, out_features: 10}]"
    found = {
        dtype: deployed(convcost.load("net.yaml", read=lambda _: text.encode(), dtype=dtype)).flash
        for dtype in ("int8", "float16", "float32")
    }
    assert found == {"int8": 160 + 40, "float16": 2 * 170, "float32": 4 * 170}


def test_what_no_output_needs_is_not_converted() -> None:
    text = "input: [16]\noutputs: [kept]\nlayers:\n"
    text += "  - {op: linear, out_features: 8, name: kept}\n  - {op: linear, out_features: 9}\n"
    found = deployed(convcost.load("net.yaml", read=lambda _: text.encode(), dtype="int8"))
    assert found.flash == 16 * 8 + 4 * 8
    assert arena(buffers(found.jobs, [0])) == 16 + 16


@pytest.mark.parametrize("features", [1, 15, 16, 17])
def test_what_is_alive_is_counted_in_whole_addresses(features: int) -> None:
    """A single layer has no gaps: what is alive is the arena."""
    text = f"input: [{features}]\nlayers: [{{op: linear, out_features: 3}}]"
    found = deployed(convcost.load("net.yaml", read=lambda _: text.encode(), dtype="int8"))
    alive = best_order(found.jobs).peak
    assert alive == arena(buffers(found.jobs, [0])) == 16 * -(-features // 16) + 16


def test_another_order_of_kernels_lowers_the_arena() -> None:
    """All pairs of branches grow before they shrink; one after the other, a single one is large."""
    branch = "  - {{op: upsample, scale_factor: 8, from: input, name: g{0}}}\n"
    end = "  - {{op: avg_pool, kernel_size: 8, from: g{0}, name: s{0}}}\n"
    text = "input: [4, 4, 4]\nlayers:\n"
    text += "".join(branch.format(n) for n in range(3)) + "".join(end.format(n) for n in range(3))
    text += "  - {op: add, from: [s0, s1, s2]}\n"
    found = deployed(convcost.load("net.yaml", read=lambda _: text.encode(), dtype="int8"))
    small, large = 4 * 16, 4 * 16 * 64
    given = arena(buffers(found.jobs, range(7)))
    better = best_order(found.jobs)
    assert given == small + 3 * large
    assert better.least
    assert better.peak == arena(buffers(found.jobs, better.jobs)) == large + 3 * small


@pytest.mark.parametrize(
    ("ram", "flash", "said"), [(32, 200, ""), (31, 200, "RAM"), (32, 199, "flash")]
)
def test_a_chip_has_enough_of_both_memories(ram: int, flash: int, said: str) -> None:
    """10 x 16 weights and 10 biases of 4 bytes; 16 numbers in and 10 out, in whole addresses."""
    text = "input: [16]\nlayers: [{op: linear, out_features: 10}]"
    analysis = convcost.analyze(
        convcost.load("net.yaml", read=lambda _: text.encode(), dtype="int8")
    )
    sizes = {"memory": Figure(ram, "made up"), "flash": Figure(flash, "made up")}
    on = device("stm32h743")._replace(**sizes)
    assert chip(analysis.network, ram, flash).fits == (not said)
    sentences = [*lacking(remembered(analysis, [on]))]
    assert [said in sentence for sentence in sentences] == [True] * bool(said)
