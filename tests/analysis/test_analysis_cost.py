"""Costs: what counts once, what counts though unused, and what the author of a spec claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import convcost
from convcost.analysis.analyze.cost import analyze, analyze_counts

if TYPE_CHECKING:
    from collections.abc import Callable

    Parsed = Callable[..., convcost.Network]

SHARED = """
    input: [8, 6, 6]
    layers:
      - {op: conv, name: first, out_channels: 8, kernel_size: 3, padding: 1}
      - {op: batch_norm, name: norm}
      - {op: conv, name: second, out_channels: 8, kernel_size: 3, padding: 1, share: first}
      - {op: batch_norm, name: norm2, share: norm}
"""


def test_a_weight_used_twice_counts_once(parsed: Parsed):
    found = convcost.analyze(parsed(SHARED))
    params = {layer.name: layer.counts["params"] for layer in found.layers}
    assert params == {"first": 8 * 8 * 9 + 8, "norm": 16, "second": 0, "norm2": 0}
    assert found.totals["params"] == 600
    assert found.totals["buffers"] == 16
    assert found.totals["macs"] == 2 * 36 * 8 * 8 * 9


def test_a_layer_that_no_output_needs_counts_and_is_known_as_unused(parsed: Parsed):
    network = parsed("""
        input: [4, 5]
        outputs: [head]
        layers:
          - {op: conv, name: stem, out_channels: 4, kernel_size: 1}
          - {op: conv, name: dead, out_channels: 4, kernel_size: 1}
          - {op: relu, name: dead_too}
          - {op: conv, name: head, from: stem, out_channels: 2, kernel_size: 1}
          - {op: conv, name: after, out_channels: 2, kernel_size: 1}
    """)
    found = convcost.analyze(network)
    assert [layer.name for layer in found.layers if not layer.needed] == [
        "dead",
        "dead_too",
        "after",
    ]
    assert found.totals["params"] == 20 + 20 + 10 + 6


def test_every_output_is_needed(parsed: Parsed):
    network = parsed("""
        input: [4, 6]
        outputs: [low, parts.1]
        layers:
          - {op: conv, name: low, out_channels: 4, kernel_size: 1}
          - {op: split, name: parts, parts: 2}
    """)
    found = convcost.analyze(network)
    assert [layer.needed for layer in found.layers] == [True, True]
    assert found.layers[1].output_shapes == ((2, 6), (2, 6))


def test_counts_are_ints_and_totals_their_sums(parsed: Parsed):
    found = convcost.analyze(parsed(SHARED, batch=3))
    for metric, total in found.totals.items():
        counts = [layer.counts[metric] for layer in found.layers]
        assert all(type(count) is int for count in counts)
        assert total == (max if metric == "peak_activation_bytes" else sum)(counts)


CLAIMS = """
    input: [3, 8, 8]
    vars: {width: 4}
    layers:
      - {op: conv, out_channels: width, kernel_size: 3, stride: 2}
    expect: {EXPECT}
    budget: {BUDGET}
"""


def claims(expect: str, budget: str = "{}") -> str:
    return CLAIMS.replace("{EXPECT}", expect).replace("{BUDGET}", budget)


def test_claims_that_hold_are_not_mentioned(parsed: Parsed):
    expect = (
        "{params: 112, buffers: 0, macs: 972, macs_in_bounds: 972, output_shape: [4, 3, 3], "
        "receptive_field: [3, 3]}"
    )
    budget = "{params: 112, macs: 1k, flops: 1944}"
    assert convcost.analyze(parsed(claims(expect, budget))).unmet == ()


def test_every_claim_that_does_not_hold_is_told(parsed: Parsed):
    expect = "{params: 1112, output_shape: [4, 4, 4], receptive_field: [3, 5]}"
    unmet = convcost.analyze(parsed(claims(expect, "{params: 100, macs: 1k, flops: 1k}"))).unmet
    assert unmet == (
        "expect: params is 1,112, and the network has 112",
        "expect: output_shape is [4, 4, 4], and the network has [4, 3, 3]",
        "expect: receptive_field is [3, 5], and the network has [3, 3]",
        "budget: params is 112, 12 over the limit of 100",
        "budget: flops is 1,944, 944 over the limit of 1,000",
    )


def test_expectations_hold_for_the_specs_own_vars_input_and_batch(parsed: Parsed):
    text = claims("{params: 1}")
    assert convcost.analyze(parsed(text)).unmet
    assert not convcost.analyze(parsed(text, settings={"width": "8"})).unmet
    assert not convcost.analyze(parsed(text, inputs={"": (3, 9, 9)})).unmet
    assert not convcost.analyze(parsed(text, batch=2)).unmet


def test_an_output_may_be_the_input_itself(parsed: Parsed):
    network = parsed("""
        input: [3, 8]
        outputs: [input]
        layers: [{op: conv, out_channels: 2, kernel_size: 1}]
        expect: {output_shape: [3, 8], receptive_field: [1]}
    """)
    found = convcost.analyze(network)
    assert found.unmet == ()
    assert not found.layers[0].needed


def test_a_vector_has_no_receptive_field(parsed: Parsed):
    network = parsed("""
        input: [3]
        layers: [{op: linear, out_features: 2}]
        expect: {receptive_field: []}
    """)
    found = convcost.analyze(network)
    assert found.layers[0].receptive_fields == {}
    assert found.unmet == ()


def test_counts_alone_are_those_of_an_analysis() -> None:
    for name in ("resnet18", "unet", "efficientnet_b0"):
        whole, counts = (count(convcost.load(name)) for count in (analyze, analyze_counts))
        assert counts.totals == whole.totals
        assert [layer.counts for layer in counts.layers] == [one.counts for one in whole.layers]
        assert not any(layer.receptive_fields for layer in counts.layers)
