"""A learned array as a layer."""

from __future__ import annotations

import pytest
from spec_support import layers, output_shape, params, reads

import convcost
from convcost.errors import ConvcostError
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


TOKENS = """\
input: [4, 3, 3]
layers:
  - {op: reshape, shape: [4, 9]}
  - {op: permute, name: tokens, dims: [2, 1]}
  - {op: parameter, name: token, shape: [1, 4]}
  - {op: concat, name: all, dim: 1, from: [token, tokens]}
  - {op: self_attention, heads: 2}
"""


def tokens(batch: int) -> convcost.Network:
    return convcost.load("net.yaml", read=lambda _: TOKENS.encode(), batch=batch)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_class_token_is_laid_into_every_sample(batch: int) -> None:
    net = tokens(batch)
    assert net.layer("token").outputs[0].shape == (1, 1, 4)
    assert net.layer("all").outputs[0].shape == (batch, 10, 4)
    assert output_shape(net) == (10, 4)
    assert not verify(net).broken
    assert not verify(net, scalar=True).broken
    once, here = (convcost.analyze(n).totals for n in (tokens(1), net))
    assert (here["params"], here["macs"]) == (once["params"], batch * once["macs"])


def test_a_class_token_is_swept_over_batches() -> None:
    found = convcost.sweep("vit_b_16", {"batch": [1, 3]}, metrics=("traffic_bytes",))
    whole = [convcost.analyze(convcost.load("vit_b_16", batch=n)).totals for n in (1, 3)]
    assert found.column("traffic_bytes").tolist() == [totals["traffic_bytes"] for totals in whole]


def test_only_one_sample_is_laid_into_others() -> None:
    text = "inputs: {a: [2, 4], b: [3, 4]}\nlayers: [{op: concat, dim: 2, from: [a, b]}]\n"
    with pytest.raises(ConvcostError, match="sizes 2 and 3 of axis 1 differ"):
        convcost.load("net.yaml", read=lambda _: text.encode())
