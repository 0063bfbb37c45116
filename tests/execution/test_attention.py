"""Attention written in a spec: what it costs, what it computes, and that it sees everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import special

import convcost
from convcost.execution.forward import execute, seeded
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain

if TYPE_CHECKING:
    from convcost.tensor import Weight

HEADS, CHANNELS, HEIGHT, WIDTH = 3, 12, 5, 4
TOKENS, EACH = HEIGHT * WIDTH, CHANNELS // HEADS

# Attention over the positions of a map, between two convolutions.
POSITIONS = f"""
input: [2, {HEIGHT}, {WIDTH}]
layers:
  - {{op: conv, name: before, out_channels: {CHANNELS}, kernel_size: 3, padding: 1}}
  - {{op: flatten, name: tokens, start_dim: 2}}
  - {{op: permute, dims: [2, 1]}}
  - op: residual
    name: block
    body:
      - {{op: layer_norm, name: norm, dim: -1}}
      - {{op: self_attention, name: attention, heads: {HEADS}}}
  - {{op: permute, dims: [2, 1]}}
  - {{op: reshape, name: map, shape: [{CHANNELS}, {HEIGHT}, {WIDTH}]}}
  - {{op: conv, name: after, out_channels: 2, kernel_size: 3, padding: 1}}
"""


def network(text: str = POSITIONS) -> convcost.Network:
    return convcost.load("attention.yaml", read=lambda _: text.encode())


def fields(text: str) -> dict[str, list[tuple[int | None, tuple[str, ...]]]]:
    layers = convcost.analyze(network(text)).layers
    return {
        layer.name: [(f.size, f.flags) for f in layer.receptive_fields["input"]] for layer in layers
    }


def part(found: dict[str, Any], name: str) -> Any:
    return next(value for layer, value in found.items() if layer.endswith(name))


def test_products_are_those_of_the_literature():
    """4 n d d for the projections and 2 n n d for scores and means, of n tokens of d features."""
    found = convcost.analyze(network())
    layers = [layer for layer in found.layers if ".attention." in layer.name]
    macs = sum(layer.counts["macs"] for layer in layers)
    assert macs == 4 * TOKENS * CHANNELS**2 + 2 * TOKENS**2 * CHANNELS
    params = sum(layer.counts["params"] for layer in layers)
    assert params == 4 * (CHANNELS**2 + CHANNELS)


@pytest.mark.parametrize("end", ["before", ".weights", ".out", "after"])
def test_it_is_confirmed(end: str):
    net = network()
    (name,) = (layer.name for layer in net.layers if layer.name.endswith(end))
    found = verify(net, layer=name)
    assert not found.broken
    assert {check.layer for check in found.checks if check.metric.startswith("reads")} >= {name}


def test_it_is_confirmed_by_scalars():
    assert not verify(network(), scalar=True).broken


def test_it_computes_attention():
    """Against sums over tokens and heads, written out."""
    net = network(f"""
input: [{TOKENS}, {CHANNELS}]
layers: [{{op: self_attention, name: attention, heads: {HEADS}}}]
""")
    x = np.random.default_rng(3).normal(size=(2, TOKENS, CHANNELS))
    made: dict[str, Any] = {}
    fresh = seeded(5, np.float64)

    def arrays(weight: Weight) -> Any:
        name = weight.name.removeprefix("attention.")
        made[name] = 3 * fresh(weight)
        return made[name]

    (y,) = execute(net, {"input": x}, arrays, Plain()).values()

    def projected(name: str, of: Any) -> Any:
        return np.einsum("bnd,fd->bnf", of, made[f"{name}.weight"]) + made[f"{name}.bias"]

    query, key, value = (projected(name, x) for name in ("query", "key", "value"))
    heads = np.zeros_like(x)
    for head in range(HEADS):
        own = slice(head * EACH, (head + 1) * EACH)
        scores = np.einsum("bid,bjd->bij", query[..., own], key[..., own]) / EACH**0.5
        shares = special.softmax(scores, axis=2)
        heads[..., own] = np.einsum("bij,bjd->bid", shares, value[..., own])
    np.testing.assert_allclose(y, projected("out", heads), rtol=1e-12, atol=1e-12)


def test_it_sees_the_whole_map():
    found = fields(POSITIONS)
    whole = [(HEIGHT, ("global",)), (WIDTH, ("global",))]
    assert found["before"] == [(3, ()), (3, ())]
    for name in ("tokens", ".norm", ".query"):  # a token is a position
        assert part(found, name) == found["before"], name
    assert part(found, ".scores") == [(None, ("unknown",))] * 2  # a query here, a key there
    for name in (".weights", ".means", ".out", "map", "after"):
        assert part(found, name) == whole, name


def test_a_unit_reads_every_position():
    net = network()
    touched = convcost.positions_read(net, net.layers[-1].outputs[0], {2: 0, 3: 0})
    assert touched == {("input", 2): set(range(HEIGHT)), ("input", 3): set(range(WIDTH))}


def test_attention_along_one_axis():
    """Scores move along the axis crosswise; weighed means read all of it."""
    found = fields("""
input: [3, 7]
layers:
  - {op: permute, name: rows, dims: [2, 1]}
  - {op: matmul, name: scores, from: [rows, input]}
  - {op: softmax, name: weights, dim: 2}
  - {op: matmul, name: means, from: [weights, rows]}
""")
    assert found["scores"] == [(None, ("unknown",))]
    assert found["weights"] == found["means"] == [(7, ("global",))]


# What the last layer reads of 5 rows and 4 columns that were flattened in some way: the size of its
# field along each, and whether it is the whole axis.
MERGED = [
    ("{op: reshape, shape: [6, 20]}, {op: mean, dim: 2}", "5 global, 4 global"),
    ("{op: reshape, shape: [6, 20]}, {op: mean, dim: 1}", "1, 1"),
    ("{op: flatten, start_dim: 2}, {op: layer_norm, dim: 1}", "1, 1"),
    ("{op: flatten, start_dim: 2}, {op: layer_norm, dim: 2}", "5 global, 4 global"),
    ("flatten, {op: softmax, dim: 1}", "5 global, 4 global"),
    ("flatten, {op: linear, out_features: 2}", "5 global, 4 global"),
    ("flatten, {op: reshape, shape: [120, 1, 1]}, "
     "{op: conv, out_channels: 2, kernel_size: 1}", "5 global, 4 global"),
    # Rows are dealt to the axis of 10 alone, columns to both: what is left tells 0, 2 from 1, 3.
    ("{op: reshape, shape: [6, 10, 2]}, {op: mean, dim: 2}", "5 global, 3"),
    ("{op: reshape, shape: [6, 10, 2]}, {op: mean, dim: 3}", "1, 2"),
    ("{op: reshape, shape: [6, 10, 2]}, {op: mean, dim: 2}, {op: mean, dim: 2}",
     "5 global, 4 global"),
    ("{op: reshape, shape: [6, 10, 2]}, {op: permute, dims: [3, 1, 2]}, "
     "{op: mean, dim: [1, 3]}", "5 global, 4 global"),
    # Elements 0 .. 9 and 10 .. 19 of each channel meet: rows 2.5 apart.
    ("{op: reshape, shape: [3, 2, 20]}, {op: split, parts: 2, dim: 3}, add", "3-4, 3"),
    ("{op: reshape, shape: [3, 2, 20]}, {op: mean, dim: -1, keepdim: true}, "
     "{op: mean, dim: 1}", "5 global, 4 global"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "read"), MERGED)
def test_what_is_read_of_a_flattened_map(layers: str, read: str):
    net = network(f"{{input: [6, 5, 4], layers: [relu, {layers}]}}")
    axes = next(iter(convcost.analyze(net).layers[-1].receptive_fields.values()))
    said = [
        "-".join(map(str, dict.fromkeys((axis.sizes[0], axis.sizes[-1]))))
        + "".join(f" {flag}" for flag in axis.flags)
        for axis in axes
    ]
    assert ", ".join(said) == read
