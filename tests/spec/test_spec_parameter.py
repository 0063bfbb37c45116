"""A learned array as a layer."""

from __future__ import annotations

from spec_support import layers, output_shape, params, reads

import convcost
from convcost.execution.verification import verify

NET = """
  - {op: conv, name: c, out_channels: 8, kernel_size: 3}
  - {op: parameter, name: gamma, shape: [8, 1, 1], weights: {value: 1/2}}
  - {op: multiply, from: [c, gamma]}
  - {op: parameter, name: places, shape: "[in_channels, 6, 6]"}
"""


def test_it_reads_nothing_and_stands_beside_the_batch() -> None:
    net = layers(NET.rsplit("\n", 2)[0], batch=4)
    assert reads(net, "gamma") == []
    assert net.layers[1].outputs[0].shape == (1, 8, 1, 1)
    assert output_shape(net) == (8, 6, 6)
    assert net.layers[-1].outputs[0].shape == (4, 8, 6, 6)
    assert params(net) == 3 * 8 * 9 + 8 + 8
    assert not verify(net).broken
    assert not verify(net, scalar=True).broken


def test_its_memory_is_that_of_the_weight() -> None:
    found = convcost.analyze(layers(NET.rsplit("\n", 2)[0]))
    gamma, product = found.layers[1].counts, found.layers[2].counts
    assert (gamma["weight_bytes"], gamma["activation_bytes"], gamma["traffic_bytes"]) == (32, 0, 0)
    assert product["traffic_bytes"] == 2 * 4 * 8 * 36 + 32
    assert product["peak_activation_bytes"] == 2 * 4 * 8 * 36
