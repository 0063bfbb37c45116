"""Bytes: worked by hand, by the definition in loops, and by what the executor really holds."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcost
from convcost.analysis.analyze import memory
from convcost.dtype import DTYPES
from convcost.execution.forward import execute, seeded, seeded_inputs
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain
from convcost.metrics import BYTES
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.execution.forward import Done
    from convcost.executor.namespace import Array

RESIDUAL = """
input: [4, 8, 8]
layers:
  - {op: conv, name: a, out_channels: 8, kernel_size: 1}
  - op: residual
    name: r
    body: [relu, {op: conv, name: b, out_channels: 8, kernel_size: 3, padding: 1, bias: false}]
  - global_avg_pool
  - flatten
  - {op: linear, name: l, out_features: 10}
"""


def loaded(text: str, **asked: Any) -> Network:
    return convcost.load("net.yaml", read=lambda _: text.encode(), **asked)


def by_layer(analysis: convcost.Analysis, metric: str) -> list[int]:
    return [layer.counts[metric] for layer in analysis.layers]


def test_by_hand() -> None:
    found = convcost.analyze(loaded(RESIDUAL))
    x, y, means = 4 * 4 * 64, 4 * 8 * 64, 4 * 8
    assert [layer.name for layer in found.layers] == [
        *("a", "r.relu", "r.b", "r.add", "global_avg_pool", "flatten", "l")
    ]
    alive = [x + y, y + y, y + y + y, y + y + y, y + means, means, means + 40]
    assert by_layer(found, "peak_activation_bytes") == alive
    assert by_layer(found, "activation_bytes") == [y, y, y, y, means, 0, 40]
    a, b, last = 4 * (4 * 8 + 8), 4 * 8 * 8 * 9, 4 * (8 * 10 + 10)
    assert by_layer(found, "weight_bytes") == [a, 0, b, 0, 0, 0, last]
    assert by_layer(found, "traffic_bytes") == [
        *(x + a + y, 2 * y, y + b + y, 3 * y, y + means, 0, means + last + 40)
    ]
    assert found.totals["peak_activation_bytes"] == 3 * y
    assert found.peak == "r.b"
    assert found.totals["weight_bytes"] == a + b + last


def test_in_place_by_hand() -> None:
    """The input of ``relu`` is needed by the skip; the sum is written over the first term."""
    found = convcost.analyze(loaded(RESIDUAL), inplace=True)
    x, y, means = 4 * 4 * 64, 4 * 8 * 64, 4 * 8
    alive = [x + y, y + y, y + y + y, y + y, y + means, means, means + 40]
    assert by_layer(found, "peak_activation_bytes") == alive


@pytest.mark.parametrize(("dtype", "width"), [("float16", 2), ("bfloat16", 2), ("int8", 1)])
def test_smaller_numbers_take_less(dtype: str, width: int) -> None:
    full, small = (convcost.analyze(loaded(RESIDUAL, dtype=d)) for d in (None, dtype))
    for metric in BYTES:
        assert small.totals[metric] * 4 == full.totals[metric] * width


def test_types_are_a_layers_own() -> None:
    found = convcost.analyze(
        loaded("""
dtype: int8
input: [4, 8, 8]
layers:
  - {op: conv, out_channels: 4, kernel_size: 1, bias: false}
  - {dtype: float16, name: g, layers: [relu, {op: relu, dtype: float32}, flatten]}
  - {op: linear, out_features: 2, bias: false, dtype: bfloat16}
""")
    )
    assert by_layer(found, "activation_bytes") == [256, 512, 1024, 0, 4]
    assert by_layer(found, "weight_bytes") == [16, 0, 0, 0, 2 * 256 * 2]
    assert by_layer(found, "peak_activation_bytes") == [512, 768, 1536, 1024, 1028]
    assert not verify(found.network).broken


def test_what_is_not_read_is_let_go() -> None:
    found = convcost.analyze(
        loaded("""
inputs: {a: [1, 10], b: [1, 30]}
outputs: [kept]
layers:
  - {op: relu, name: kept, from: a}
  - {op: relu, name: unread, from: a}
  - {op: split, name: s, from: kept, parts: 2, dim: 2}
""")
    )
    assert by_layer(found, "peak_activation_bytes") == [80, 120, 80]
    assert not verify(found.network).broken


def test_memory_read_twice_is_moved_once() -> None:
    found = convcost.analyze(
        loaded("input: [1, 10]\nlayers: [{op: add, from: [input, input]}, dropout]")
    )
    assert by_layer(found, "traffic_bytes") == [80, 0]


PROPOSED: list[tuple[str, dict[str, Any]]] = [
    ("identity", {}),
    ("relu", {}),
    ("dropout", {}),
    ("add", {}),
    ("split", {"parts": 2, "dim": 2}),
    ("softmax", {}),
]


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """Networks of views, element-wise layers, sums and splits that read anything before them."""
    network = Network("drawn")
    sizes = st.sampled_from((4, 8, 12))
    there = [Tensor(f"in{i}", (1, draw(sizes), 2)) for i in range(draw(st.integers(1, 2)))]
    network.inputs = {tensor.name: tensor for tensor in there}
    for number in range(draw(st.integers(1, 8))):
        x = draw(st.sampled_from(there))
        alike = [tensor for tensor in there if tensor.shape == x.shape]
        op, fields = draw(st.sampled_from(PROPOSED))
        if op == "split" and x.shape[2] % 2:
            op, fields = "upsample", {"size": [2]}
        reads = [x, draw(st.sampled_from(alike))] if op == "add" else [x]
        dtype = draw(st.sampled_from(("float32", "int8")))
        layer = network.add(f"{op}{number}", build(op_class(op), 1, fields), reads, dtype=dtype)
        there += layer.outputs
    for tensor in draw(st.lists(st.sampled_from(there), min_size=1, max_size=3)):
        network.outputs[tensor.name] = tensor
    return network


def by_definition(network: Network) -> list[int]:
    """For each layer, the memory of every tensor that is there and needed, all looked at anew."""
    memory: dict[Tensor, Tensor] = {tensor: tensor for tensor in network.inputs.values()}
    made = dict.fromkeys(network.inputs.values(), -1)
    reads: dict[Tensor, list[int]] = {}
    for number, layer in enumerate(network.layers):
        for tensor in layer.outputs:
            of = memory[layer.inputs[0]] if layer.op.view else tensor
            memory[tensor], made[tensor] = of, number
            reads.setdefault(tensor, []).append(number)  # by the layer that makes it
        for tensor in layer.inputs:
            reads.setdefault(tensor, []).append(number)
    for tensor in network.outputs.values():
        reads.setdefault(tensor, []).append(len(network.layers))
    result: list[int] = []
    for number in range(len(network.layers)):
        alive = {
            memory[tensor] for tensor, when in reads.items() if made[tensor] <= number <= max(when)
        }
        sizes = (t.shape[1] * t.shape[2] * DTYPES[t.dtype] // 8 for t in alive)
        result.append(sum(sizes))
    return result


@given(graphs())
def test_alive_is_what_the_definition_says(network: Network) -> None:
    assert list(memory.alive_bytes(network)) == by_definition(network)
    found = verify(network)
    assert not [check for check in found.broken if check.metric in BYTES]


@given(graphs())
def test_in_place_never_takes_more(network: Network) -> None:
    pairs = zip(memory.alive_bytes(network, inplace=True), memory.alive_bytes(network), strict=True)
    assert all(inplace <= apart for inplace, apart in pairs)


def test_the_executor_lets_go_of_what_is_dead() -> None:
    """Not only its list of what is alive, but the arrays themselves."""
    network = loaded(RESIDUAL)
    there: list[weakref.ref[Array]] = []
    held: list[int] = []

    def done(ran: Done) -> None:
        gc.collect()
        there.extend(weakref.ref(array) for array in map(memory_of, ran.outputs))
        alive = {id(array): array.nbytes for ref in there if (array := ref()) is not None}
        given = {id(memory_of(ran.alive[t])): t.bytes for t in ran.layer.inputs}
        held.append(sum((given | alive).values()))

    execute(network, seeded_inputs(network, 0), seeded(0), Plain(), done)
    assert held == by_layer(convcost.analyze(network), "peak_activation_bytes")


def memory_of(array: Array) -> Array:
    while array.base is not None:
        array = array.base
    return array


@pytest.mark.parametrize("metric", BYTES)
def test_a_wrong_figure_is_reported(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from convcost.analysis.analyze import cost

    right = cost.analyze

    def wrong(network: Network) -> convcost.Analysis:
        analysis = right(network)
        counts: Sequence[Any] = [layer.counts for layer in analysis.layers]
        counts[2][metric] += 4
        return analysis

    monkeypatch.setattr("convcost.execution.verification.analyze", wrong)
    broken = [(c.layer, c.metric) for c in verify(loaded(RESIDUAL)).broken]
    assert broken[0] == ("r.b", metric)
    assert {metric for _, metric in broken[1:]} <= {"intensity"}


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("name", ["unet", "mobilenet_v2", "densenet121", "shufflenet_v2_x1_0"])
def test_what_is_alive_is_what_is_counted(name: str, inplace: bool) -> None:
    """The memory held at a layer has its bytes, and each tensor is held until its last reader."""
    network = convcost.load(name)
    counted = memory.alive_bytes(network, inplace=inplace)
    for number in range(0, len(network.layers), 7):
        held = memory.alive_at(network, number, inplace=inplace)
        assert sum(one.bytes for one in held) == counted[number]
        tensors = {tensor for one in held for tensor in one.tensors}
        later = {tensor for layer in network.layers[number:] for tensor in layer.inputs}
        before = {tensor for layer in network.layers[:number] for tensor in layer.outputs}
        assert later & before <= tensors


def test_a_tensor_that_nobody_reads_is_alive_while_it_is_made() -> None:
    layers = "[{op: relu, name: a}, {op: relu, name: b, from: input}]"
    network = loaded(f"input: [3, 8]\noutputs: [b]\nlayers: {layers}")
    tensors = [[one.tensors for one in memory.alive_at(network, at)] for at in (0, 1)]
    (x,), (a, b) = network.inputs.values(), (layer.outputs[0] for layer in network.layers)
    assert tensors == [[[x], [a]], [[x], [b]]]
