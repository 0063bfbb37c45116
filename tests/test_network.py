"""Layers that make, read and need each tensor of a network."""

from __future__ import annotations

import copy

import convcost
from convcost.analysis.rf.receptive_field import views
from convcost.network import Edges

TWO_ENDS = """
input: [4, 8, 8]
layers:
  - {op: relu, name: a}
  - {op: neg, name: b}
  - {op: abs, from: a, name: dead}
  - {op: add, from: [b, b], name: c}
outputs: [a, c]
"""


def test_edges() -> None:
    network = convcost.load("ends.yaml", read=lambda _: TWO_ENDS.encode())
    a, b, dead, c = network.layers
    edges = network.edges
    (x,), (y,), (z,), (end,) = (layer.outputs for layer in network.layers)
    (given,) = network.inputs.values()
    assert edges.makers == {x: a, y: b, z: dead, end: c}
    assert [edges.readers(tensor) for tensor in (given, x, y, z, end)] == [
        [a], [b, dead], [c], (), ()
    ]  # fmt: skip
    assert [edges.reads[tensor] for tensor in (given, x, y, z, end)] == [1, 3, 2, 0, 1]
    assert edges.needed == {a, b, c}
    assert edges.upstream(z) == [a, dead]
    assert edges.upstream(y, z) == [a, b, dead]
    assert [*map(edges.ends, network.layers)] == [True, False, False, True]
    assert edges.outputs == {x, end}


def test_edges_are_kept_while_the_network_stays() -> None:
    network = convcost.load("ends.yaml", read=lambda _: TWO_ENDS.encode())
    edges = network.edges
    assert network.edges is edges
    seen = views(network)
    assert views(network) is seen
    assert views(network, gates=False) is not seen
    last = network.add("d", network.layers[0].op, [network.layers[2].outputs[0]])
    assert [*network.edges.readers(network.layers[2].outputs[0])] == [last]
    assert views(network).keys() == {*seen, last.outputs[0]}
    network.outputs["d"] = last.outputs[0]
    assert network.edges.needed == set(network.layers)
    assert isinstance(network.edges, Edges)
    assert copy.copy(network).edges is not network.edges
