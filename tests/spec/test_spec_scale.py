"""100,000 layers are read. (What they take a layer: benchmarks/chain.py.)"""

from __future__ import annotations

import gc

import pytest
from spec_support import layers, mistakes, network

CONV = "  - {op: conv, out_channels: 3, kernel_size: 3, padding: 1, repeat: REPEAT}\n"


def test_100_000_layers() -> None:
    assert len(layers(CONV.replace("REPEAT", "100000")).layers) == 100_000


def test_100_000_layers_by_blocks() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  unit: {layers: [relu, sigmoid, {op: residual, body: [tanh]}]}
  stage: {layers: [{op: unit, repeat: 25}]}
layers: [{op: stage, repeat: 1000}]
""")
    assert len(net.layers) == 100_000
    assert net.layers[-1].path == "999.24.residual1.add"


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_left_as_it_was(was_on: bool) -> None:
    (gc.enable if was_on else gc.disable)()
    try:
        layers("  - relu\n")
        assert gc.isenabled() is was_on
        mistakes("input: [3]\nlayers: [rellu]\n")
        assert gc.isenabled() is was_on
    finally:
        gc.enable()


def test_reading_leaves_no_garbage() -> None:
    """The pause of the collector costs no memory."""
    gc.collect()
    layers(CONV.replace("REPEAT", "1000"))
    assert gc.collect() < 1000
