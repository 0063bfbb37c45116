"""Memory that is said to be needed, against the peak that NumPy reports to tracemalloc."""

from __future__ import annotations

import re
import tracemalloc
from math import prod
from typing import TYPE_CHECKING

import pytest
from memory_modes import LINES
from op_examples import network_of

import convcost
from convcost.errors import ConvcostError
from convcost.execution.algorithm_runs import trial
from convcost.execution.forward import execute, seeded, seeded_inputs
from convcost.execution.memory_needed import needed
from convcost.execution.probe.room import SMALL
from convcost.execution.verification import verify
from convcost.execution.verification.needed import verification_needed
from convcost.executor.kernels import KERNELS, WORKSPACE
from convcost.executor.namespace import Plain
from convcost.ops import OPS, op_class
from convcost.ops.op import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.network import Network

CONSTANT = 400_000  # bytes of what is not an array of the network: slabs, tables, Python's own
EXAMPLES = [(op, number) for op in OPS for number in range(len(examples(op_class(op))))]

LONG = ("deform_conv", "deform_sample", "involution", "lstm")  # of which a traced one takes minutes


def scaled(op: str, number: int) -> Network:
    """An example so large that arrays are most of what it takes, or as large as it can be."""
    sizes = ((8, 112), (1, 56), (1, 112))
    networks = (network_of(op, side, by, number, batch=2) for by, side in sizes)
    found = network_of(op, 112, 1, number, batch=2)
    for network in networks:
        found = network
        if max(prod(tensor.shape) for tensor in network.edges.reads) > 200_000:
            break
    return found


def taken(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def held(network: Network) -> Callable[[], object]:
    return lambda: execute(network, seeded_inputs(network, 0), seeded(0), Plain())


def alike(said: int, took: int, *, op: str, constant: int = CONSTANT) -> None:
    file = f"convcost/executor/{KERNELS[op].__module__.rpartition('.')[2]}.py"
    assert 0.8 * took - constant < said < 1.25 * took + constant, (
        f"`{op}` takes {took:,} bytes, and {said:,} are said: beside its kernel in {file} stands "
        "what it holds, and in WORKSPACE of convcost/executor/kernels.py that it does"
    )


@pytest.mark.parametrize(("op", "number"), EXAMPLES)
def test_what_a_run_takes_is_said(op: str, number: int):
    network = scaled(op, number)
    alike(needed(network).size, taken(held(network)), op=op)


@pytest.mark.parametrize(("inputs", "layer"), LINES)
def test_what_a_run_takes_is_said_of_every_path_of_a_kernel(inputs: str, layer: str):
    network = loaded(f"{inputs}\nlayers:\n  - {layer}\n")
    op = layer.partition("op: ")[2].partition(",")[0]
    alike(needed(network).size, taken(held(network)), op=op)


@pytest.mark.parametrize(("op", "number"), [e for e in EXAMPLES if e[0] not in LONG])
def test_what_a_verification_takes_is_said(op: str, number: int):
    network = scaled(op, number)
    said, took = verification_needed(network).size, taken(lambda: verify(network))
    alike(said, took, op=op, constant=CONSTANT + SMALL)


def test_networks_are_alive_together():
    """Views, a skip, an input that is read late, and a weight of two layers."""
    network = loaded("""
input: [8, 200, 200]
layers:
  - {name: a, op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: b, op: identity}
  - {name: c, op: conv, out_channels: 8, kernel_size: 3, padding: 1, share: a}
  - {name: d, op: add, from: [b, c]}
  - {name: e, op: concat, from: [d, input]}
  - {op: log}
""")
    alike(needed(network).size, taken(held(network)), op="conv")
    alike(verification_needed(network).size, taken(lambda: verify(network)), op="conv")


@pytest.mark.parametrize(
    "text",
    [
        "input: [16, 48, 48]\nlayers: [{op: conv, out_channels: 16, kernel_size: 3, padding: 1}]",
        "input: [8, 40, 40]\nlayers: [{op: conv, out_channels: 24, kernel_size: 3, groups: 2}]",
        "input: [24, 50, 50]\nlayers: [{op: conv, out_channels: 4, kernel_size: 5, stride: 2}]",
        "input: [8, 4_000]\nlayers: [{op: conv, out_channels: 8, kernel_size: 3}]",
        "input: [8, 30, 30]\nlayers: [{op: conv_transpose, out_channels: 8, kernel_size: 4}]",
    ],
)
def test_what_algorithms_take_is_said(text: str):
    (layer,) = convcost.load("large.yaml", read=lambda _: text.encode()).layers
    with pytest.raises(ConvcostError, match="trying all algorithms takes") as caught:
        trial(layer, memory=1)
    said = int(str(caught.value).partition("takes ")[2].split()[0].replace(",", ""))
    alike(said, taken(lambda: trial(layer)), op="conv")


def test_what_nobody_holds_is_not_said():
    assert not {op for op in WORKSPACE if op not in KERNELS}


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        ("{op: local_response_norm, size: 2**40}", 4 * 2**40),
        ("{op: max_pool, kernel_size: 60000, padding: 30000}", 2 * 4 * 60_001 * 60_003),
    ],
)
def test_what_takes_too_much_is_refused_beforehand_at_its_layer(layer: str, size: int):
    network = convcost.load(
        "large.yaml", batch=2, read=lambda _: f"input: [1, 1, 3]\nlayers:\n  - {layer}\n".encode()
    )
    name = network.layers[0].name
    with pytest.raises(ConvcostError) as caught:
        verify(network, memory=2**30)
    first, advice = str(caught.value).splitlines()
    said = re.fullmatch(
        rf"large.yaml:3:\d+: verifying takes ([\d,]+) bytes of memory at layer '{name}', and "
        r"1,073,741,824 are allowed by --memory",
        first,
    )
    assert said, first
    assert size < int(said[1].replace(",", "")) < 1.25 * size
    assert advice.strip() == (
        "`--shrink N` runs it with its channels divided by N; a smaller `--input` needs less, too"
    )


def test_what_is_allowed_is_enough():
    network = loaded("input: [8, 64, 64]\nlayers: [relu]\n")
    need = verification_needed(network).size
    assert verify(network, memory=need).agrees
    with pytest.raises(ConvcostError, match=f"takes {need:,} bytes"):
        verify(network, memory=need - 1)


def loaded(text: str) -> Network:
    return convcost.load("large.yaml", batch=2, read=lambda _: text.encode())
