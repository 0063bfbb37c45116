"""Paths through layers, one by one, and those of published networks."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import comb, isqrt
from pathlib import Path
from statistics import pstdev
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

import convcost
from convcost.analysis.rf.layer_paths import Spread, Sums, layer_paths
from convcost.network import Network
from convcost.ops import op_class
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Parsed = Callable[..., convcost.Network]

steps = st.lists(
    st.tuples(st.sampled_from(["conv", "identity", "add", "concat"]), st.integers(0, 9)),
    min_size=1,
    max_size=7,
)


def lengths(network: Network, tensor: Tensor) -> Counter[int]:
    """Lengths of all paths, walked one by one from the end."""
    if any(tensor is source for source in network.inputs.values()):
        return Counter([0])
    found: Counter[int] = Counter()
    for layer in network.layers:
        if any(tensor is output for output in layer.outputs):
            more = 1 if layer.name.startswith("conv") else 0
            for source in layer.inputs:
                for length, count in lengths(network, source).items():
                    found[length + more] += count
    return found


@given(steps)
def test_every_path_is_counted_once(made: list[tuple[str, int]]):
    network = Network("random")
    tensors = [Tensor("x", (1, 1, 3))]
    network.inputs["x"] = tensors[0]
    for number, (name, which) in enumerate(made):
        fields: dict[str, Any] = {}
        inputs = [tensors[which % len(tensors)]]
        if name == "conv":
            fields = {"out_channels": 1, "kernel_size": (1,), "stride": (1,), "dilation": (1,)}
            fields |= {"padding": ((0, 0),), "groups": 1, "bias": False}
        elif name in ("add", "concat"):
            inputs.append(tensors[-1])
            if name == "concat":
                fields = {"dim": 1}
        if name == "add" and inputs[0].shape != inputs[1].shape:
            continue
        layer = network.add(f"{name}{number}", op_class(name)(**fields), inputs)
        tensors.append(layer.outputs[0])
    for tensor in tensors:
        found = layer_paths(network, tensor)
        assert found
        assert isinstance(found.lengths, Spread)
        numbered = enumerate(found.lengths.counts, start=found.lengths.first)
        assert {i: n for i, n in numbered if n} == dict(lengths(network, tensor))
        assert found.blocks.paths == found.lengths.paths


def residual(blocks: int) -> str:
    conv = "{op: conv, out_channels: 1, kernel_size: 3, padding: 1}"
    body = f"[{conv}, relu, {conv}]"
    return f"""
        input: [1, 8]
        layers:
          - {conv}
          - {{op: residual, repeat: {blocks}, body: {body}}}
          - {{op: conv, out_channels: 1, kernel_size: 3}}
    """


def test_residual_networks_of_the_literature(parsed: Parsed):
    """Veit et al. 2016: ResNet-110 has 54 blocks, so 2^54 paths of binomial lengths, and more than
    95% of them go through 19 to 35 blocks."""
    network = parsed(residual(54))
    found = layer_paths(network, next(iter(network.outputs.values())))
    assert found
    assert isinstance(found.lengths, Spread)
    assert isinstance(found.blocks, Spread)
    assert found.residual == 54
    assert found.lengths.paths == found.blocks.paths == 2**54
    assert found.blocks.counts == tuple(comb(54, n) for n in range(55))
    assert (found.lengths.first, found.lengths.last) == (2, 110)
    assert found.lengths.counts[::2] == found.blocks.counts
    assert not any(found.lengths.counts[1::2])
    assert found.blocks.mean == 27
    between = sum(found.blocks.counts[19:36])
    assert 100 * between > 95 * 2**54
    low, high = found.blocks.middle()
    assert 19 <= low < high <= 35


def test_the_middle_leaves_out_what_is_rare():
    even = Spread(3, (1,) * 40)
    assert (even.paths, even.last, even.mean) == (40, 42, Fraction(45, 2))
    assert even.middle(95) == (4, 41)  # one of 40 on either side is 2.5%
    assert even.middle(50) == (13, 32)
    assert Spread(0, (1,) * 200).middle(95) == (5, 194)
    assert Spread(5, (7,)).middle() == (5, 5)


def test_branches_of_one_length_are_no_residual_block(parsed: Parsed):
    network = parsed("""
        input: [1, 8]
        layers:
          - {op: conv, name: left, out_channels: 1, kernel_size: 1}
          - {op: conv, name: right, from: input, out_channels: 1, kernel_size: 1}
          - {op: add, from: [left, right]}
    """)
    found = layer_paths(network, next(iter(network.outputs.values())))
    assert found
    assert (found.lengths, found.blocks, found.residual) == (Spread(1, (2,)), Spread(0, (2,)), 0)


def test_a_projecting_shortcut_is_one_layer_long():
    network = convcost.load(str(Path(__file__).parent.parent.parent / "specs" / "resnet50.yaml"))
    found = layer_paths(network, next(iter(network.outputs.values())))
    assert found
    assert isinstance(found.lengths, Spread)
    assert found.lengths.paths == 2**16
    # By hand: stem and classifier; the first block of a stage is 3 or 1 long, others 3 or 0.
    counts = Counter({2: 1})
    for ways in [(3, 1)] * 4 + [(3, 0)] * 12:
        longer: Counter[int] = Counter()
        for length, count in counts.items():
            for way in ways:
                longer[length + way] += count
        counts = longer
    numbered = enumerate(found.lengths.counts, start=found.lengths.first)
    assert {i: n for i, n in numbered if n} == counts


def test_what_no_input_leads_to_has_no_paths(parsed: Parsed):
    network = parsed("{input: [1, 4], layers: [{op: parameter, name: p, shape: [1, 4]}, relu]}")
    assert layer_paths(network, network.layers[0].outputs[0]) is None


def test_sums_are_those_of_the_lengths_told_apart(parsed: Parsed, monkeypatch: pytest.MonkeyPatch):
    network = parsed(residual(40))
    output = next(iter(network.outputs.values()))
    apart = layer_paths(network, output)
    monkeypatch.setattr("convcost.analysis.rf.layer_paths.MOST_COUNTED", 500)
    together = layer_paths(network, output)
    assert apart
    assert together
    assert isinstance(apart.lengths, Spread)
    assert isinstance(together.lengths, Sums)
    assert (together.lengths.first, together.lengths.last) == (2, 82)
    assert together.lengths.paths == 2**40
    assert together.residual == apart.residual == 40
    each = [n for n, count in enumerate(apart.lengths.counts, 2) for _ in range(count // 2**20)]
    assert together.lengths.mean == apart.lengths.mean == 42
    # Of each of 40 blocks two layers or none: a deviation of 1 a block.
    assert together.lengths.deviation == Fraction(isqrt(40 * 10_000), 100)
    assert abs(pstdev(each) - together.lengths.deviation) < 0.02


def test_paths_of_5_333_blocks(parsed: Parsed):
    """Their histogram would have 10,667 numbers of up to 5,333 bits, for each of 16,000 layers."""
    network = parsed(residual(5333))
    found = layer_paths(network, next(iter(network.outputs.values())))
    assert found
    assert found.blocks.paths == 2**5333
    assert found.blocks.mean == Fraction(5333, 2)
    assert found.residual == 5333
