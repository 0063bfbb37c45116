"""The memory that networks take of a device: by hand, and the largest batch by trying the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import convcost
from convcost.analysis.devices.fits import fit
from convcost.analysis.explain.algorithms import algorithms, kept, workspace

if TYPE_CHECKING:
    from convcost.network import Network

GB = 10**9
NAMES = ["resnet18", "mobilenet_v2", "densenet121", "unet", "deeplabv3_head"]
ALGORITHMS = [None, "im2col", "winograd_2", "winograd_4", "fft", "zero_insertion"]


def loaded(text: str, **asked: Any) -> Network:
    return convcost.load("net.yaml", read=lambda _: text.encode(), **asked)


def taken(network: Network, algorithm: str | None, *, inplace: bool = False) -> int:
    """The bytes of weights, and of the layer that needs most, one by one."""
    found = convcost.analyze(network, inplace=inplace)
    once, most = found.totals["weight_bytes"], 0
    width = {"float16": 2, "int8": 1}.get(next(iter(network.inputs.values())).dtype, 4)
    for cost in found.layers:
        op, x = cost.layer.op, [*cost.layer.input_shapes, ()][0]
        ways = (a for a in algorithms(op) if a.key == algorithm)
        way = next((a for a in ways if all(m.margin >= 0 for m in a.conditions(op, x))), None)  # type: ignore[operator]
        steps = way.steps(op, x) if way else ()
        once += width * int(str(kept(steps)))
        most = max(most, cost.counts["peak_activation_bytes"] + width * int(str(workspace(steps))))
    return once + most


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", ["resnet18", "dcgan_generator"])
def test_the_next_batch_does_not_fit(name: str, algorithm: str | None) -> None:
    found = fit(convcost.load(name, batch=3), 8 * GB, algorithm=algorithm)
    assert found.batch
    for batch, holds in ((found.batch, True), (found.batch + 1, False)):
        network = convcost.load(name, batch=batch)
        assert (taken(network, algorithm) <= 8 * GB) == holds
        assert fit(network, 8 * GB, algorithm=algorithm).fits == holds


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", NAMES)
def test_the_largest_batch(name: str, dtype: str, inplace: bool) -> None:
    found = fit(convcost.load(name, dtype=dtype), GB, inplace=inplace)
    assert found.batch
    for batch, holds in ((found.batch, True), (found.batch + 1, False)):
        network = convcost.load(name, batch=batch, dtype=dtype)
        needed = taken(network, None, inplace=inplace)
        assert fit(network, GB, inplace=inplace).bytes == needed
        assert (needed <= GB) == holds


SHORT = """
input: [1, 3]
dtype: int4
layers:
  - {op: conv, out_channels: 1, kernel_size: 1, bias: false}
  - {op: conv, out_channels: 1, kernel_size: 1, bias: false}
"""


@pytest.mark.parametrize("capacity", range(1, 40))
def test_numbers_that_share_bytes(capacity: int) -> None:
    """Three samples of 3 numbers of 4 bits are 5 bytes."""
    found = fit(loaded(SHORT), capacity)
    most = max((b for b in range(1, 30) if 2 + 2 * -(-3 * b // 2) <= capacity), default=0)
    assert found.batch == most


def test_by_hand() -> None:
    """64 x 64 positions of 3, 16 and 16 channels; weights of 432 and 2,304 numbers."""
    text = "input: [3, 64, 64]\nlayers:\n" + 2 * (
        "  - {op: conv, out_channels: 16, kernel_size: 3, padding: 1, bias: false}\n"
    )
    found = fit(loaded(text, batch=2), 2_000_000)
    weights, each = 4 * (432 + 2_304), 4 * 64 * 64 * 32
    assert (found.weights, found.activations, found.workspace) == (weights, 2 * each, 0)
    assert (found.layer, found.fits) == ("conv2", True)
    assert found.batch == (2_000_000 - weights) // each
    columns = 4 * 16 * 9 * 64 * 64
    found = fit(loaded(text), 2_000_000, algorithm="im2col")
    assert (found.workspace, found.fits, found.batch) == (columns, False, 0)


def test_a_parameter_is_there_once_for_all_samples() -> None:
    text = "input: [8, 4]\nlayers:\n  - {op: parameter, shape: [8, 4], name: p}\n"
    text += "  - {op: add, from: [input, p]}\n"
    found = fit(loaded(text), 10_000)
    assert found.batch == (10_000 - 4 * 32) // (2 * 4 * 32)
    made = text.replace("from: [input, p]}", "from: [input, made]}").replace(
        "  - {op: add", "  - {op: relu, from: p, name: made}\n  - {op: add"
    )
    found = fit(loaded(made), 10_000)  # what is made of it is memory, too
    assert found.batch == (10_000 - 2 * 4 * 32) // (2 * 4 * 32)
    taken = loaded(made, batch=found.batch + 1)
    assert fit(loaded(made, batch=found.batch), 10_000).fits
    assert not fit(taken, 10_000).fits


def test_a_network_that_takes_one_sample_alone() -> None:
    """Its addresses are stored, for a single sample."""
    text = "input: [4, 4]\nlayers:\n  - {op: parameter, shape: [4, 4], name: p}\n"
    found = fit(loaded(text + "  - {op: scatter, from: [input, p, p], dim: 1}\n"), GB)
    assert (found.batch, found.unsure) == (None, "scatter")


def test_a_class_token_is_laid_into_every_sample() -> None:
    network = convcost.load("vit_b_16")
    batch = fit(network, GB).batch
    assert batch
    assert fit(convcost.load("vit_b_16", batch=batch), GB).fits
    assert not fit(convcost.load("vit_b_16", batch=batch + 1), GB).fits


def test_exactly_as_much_as_there_is_fits() -> None:
    """A layer of 16 x 16 weights, and 16 numbers in and out for each sample; then a network that
    reads nothing, for which all numbers of samples are alike."""
    text = "input: [16]\nlayers:\n  - {op: linear, out_features: 16, bias: false}\n"
    needed = 4 * (256 + 3 * 32)
    for capacity, batch in ((needed - 1, 2), (needed, 3), (needed + 1, 3)):
        found = fit(loaded(text, batch=3), capacity)
        assert (found.fits, found.batch) == (batch == 3, batch)
    text = "input: [16]\nlayers:\n  - {op: parameter, shape: [8], name: p}\n"
    text += "  - {op: relu, from: p}\n"
    needed = 4 * 8 * 2
    for capacity, batch in ((needed - 1, 0), (needed, None)):
        found = fit(loaded(text), capacity)
        assert (found.fits, found.batch) == (batch is None, batch)


def test_the_workspace_of_a_layer_that_reads_no_samples_is_there_once() -> None:
    """4 x 9 numbers for each of 64 positions of a stored map, and 256 in and out of its layer;
    beside them the input, 1,024 bytes for each sample."""
    text = "input: [4, 8, 8]\nlayers:\n  - {op: parameter, shape: [4, 8, 8], name: p}\n"
    text += "  - {op: conv, from: p, name: made, out_channels: 4, kernel_size: 3, padding: 1, "
    text += "bias: false}\n"
    text += "  - {op: add, from: [input, made]}\n"
    stored, columns, made = 4 * (256 + 9 * 16), 4 * 9 * 4 * 64, 1_024
    for samples in (1, 2, 5):
        needed = stored + columns + made + 1_024 * samples
        assert fit(loaded(text), needed, algorithm="im2col").batch == samples
        assert fit(loaded(text), needed - 1, algorithm="im2col").batch == samples - 1
        one = fit(loaded(text, batch=samples), needed, algorithm="im2col")
        assert (one.workspace, one.bytes, one.fits) == (columns, needed, True)
