"""Weights given in a spec."""

from __future__ import annotations

from fractions import Fraction

from spec_support import layers


def test_values_are_kept_with_their_weight() -> None:
    net = layers("""
  - {op: conv, out_channels: 2, kernel_size: 1, weights: {weight: [[[[1]]], [[[-1/3]]]]}}
  - {op: batch_norm, weights: {running_var: 1, weight: "in_channels / 4"}}
  - {op: conv, name: b, repeat: 2, out_channels: 2, kernel_size: 1, weights: {bias: [i, 7]}}
""")
    given = {w.name: w.values for layer in net.layers for w in layer.weights.values()}
    assert given == {
        "conv.weight": ((((1,),),), (((Fraction(-1, 3),),),)),
        "conv.bias": None,
        "batch_norm.weight": Fraction(1, 2),
        "batch_norm.bias": None,
        "batch_norm.running_mean": None,
        "batch_norm.running_var": 1,
        "b.0.weight": None,
        "b.0.bias": (0, 7),
        "b.1.weight": None,
        "b.1.bias": (1, 7),
    }
