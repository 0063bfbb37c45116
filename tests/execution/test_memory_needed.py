"""Whether there is room is known beforehand: what is said to be needed, against what is taken."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from doubles import always
from op_examples import network_of

import convcost
from convcost.errors import ConvcostError
from convcost.execution.forward import execute, seeded, seeded_inputs
from convcost.execution.memory_needed import bytes_needed
from convcost.execution.probe import Probed
from convcost.execution.verification import verify
from convcost.executor.kernels import WORKSPACE
from convcost.executor.namespace import Plain
from convcost.ops import OPS

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 50_000  # bytes of what is no array of numbers
LAYERS = [
    "{op: conv, out_channels: 8, kernel_size: 3, padding: 1}",
    "{op: conv, out_channels: 8, kernel_size: 9, padding: 4}",
    "{op: conv, out_channels: 64, kernel_size: 3, stride: 2}",
    "{op: conv, out_channels: 8, kernel_size: 1}",
    "{op: conv, out_channels: 8, kernel_size: 3, padding: same, groups: 8}",
    "{op: conv_transpose, out_channels: 8, kernel_size: 3, stride: 2}",
    "{op: max_pool, kernel_size: 3, padding: 1, stride: 2}",
    "{op: avg_pool, kernel_size: 5, stride: 1, padding: 2}",
    "{op: local_response_norm, size: 5}",
    "{op: upsample, scale_factor: 2, mode: bicubic}",
    "{op: upsample, scale_factor: 2}",
    *("softmax", "log_softmax", "gelu", "relu", "batch_norm", "leaky_relu", "softplus", "mish"),
]


SHOWN_BY = {  # a bound is needed by layers of which the example is none
    "linear": "input: [8, 256, 256]\nlayers: [{op: linear, out_features: 256}]\n",
    "erf": "input: [8, 64, 64]\nlayers: [erf]\n",
    **{
        op: f"input: [8, 32, 32]\nlayers: [{{op: {op}, kernel_size: 31, padding: 15}}]\n"
        for op in ("max_pool", "avg_pool")
    },
    "involution": """
inputs: {x: [64, 32, 32], weights: [49, 32, 32]}
layers: [{op: involution, from: [x, weights], kernel_size: 7, padding: 3}]
""",
    **{
        op: f"input: [2, 256, 256]\nlayers: [{{op: {op}, dim: 1}}]\n" for op in ("argmax", "argmin")
    },
}


@pytest.mark.parametrize("op", OPS)
def test_no_kernel_takes_more_than_is_said(op: str):
    network = network_of(op, side=56, by=1)
    assert taken(running(network)) < 1.02 * bytes_needed(network) + SMALL, (
        f"give `{op}` a bound in WORKSPACE of convcost/executor/kernels.py"
    )


@pytest.mark.parametrize("op", WORKSPACE)
def test_no_kernel_has_a_bound_without_need(op: str, monkeypatch: pytest.MonkeyPatch):
    network = loaded(SHOWN_BY[op]) if op in SHOWN_BY else network_of(op, side=56, by=1)
    took, said = taken(running(network)), bytes_needed(network)
    monkeypatch.delitem(WORKSPACE, op)
    otherwise = bytes_needed(network)
    assert took > otherwise or otherwise > 1.25 * max(said, took), (
        f"take `{op}` out of WORKSPACE in convcost/executor/kernels.py, as without it the bound "
        "holds; or show in SHOWN_BY of tests/execution/test_memory_needed.py where it does not"
    )


def running(network: convcost.Network) -> Callable[[], object]:
    return lambda: execute(network, seeded_inputs(network, 0), seeded(0), Plain())


def loaded(text: str) -> convcost.Network:
    return convcost.load("large.yaml", batch=2, read=lambda _: text.encode())


def taken(work: Callable[[], object]) -> int:
    work()  # tables are made once
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("layer", LAYERS)
def test_what_is_needed_is_what_is_taken(layer: str, monkeypatch: pytest.MonkeyPatch):
    network = loaded(f"input: [8, 256, 256]\nlayers:\n  - {layer}\n")
    assert 0.98 < bytes_needed(network) / taken(running(network)) < 1.25
    # Receptive fields are looked for on fewer channels, with as many samples as there is room for.
    monkeypatch.setattr("convcost.execution.verification.probe", always(Probed([], [])))
    assert 0.98 < bytes_needed(network, verifying=True) / taken(lambda: verify(network)) < 1.25


@pytest.mark.parametrize(
    "layer",
    [
        "{op: local_response_norm, size: 2**40}",
        "{op: max_pool, kernel_size: 60000, padding: 30000}",
        "{op: conv, out_channels: 1, kernel_size: 65000, padding: 65000}",
    ],
)
def test_kernels_that_hold_much_are_refused_beforehand(layer: str):
    with pytest.raises(ConvcostError, match=r"would need about \d{1,3}(,\d{3}){3,} bytes, and "):
        verify(loaded(f"input: [1, 8, 8]\nlayers:\n  - {layer}\n"))
