"""Fields worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

import convcost
from convcost.execution.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    Parsed = Callable[..., convcost.Network]

SPECS = Path(__file__).parent.parent.parent / "specs"

# A causal kernel of 3 on 100 positions, the last of its units, a classifier: reads 97, 98, 99.
LAST_STEP = """
  - {op: conv, out_channels: 4, kernel_size: 3, padding: [[2, 0]]}
  - {op: crop, size: 1, start: 99}
  - flatten
  - {op: linear, out_features: 10}
"""
# A residual stack of causal kernels of 3 at rates 1, 2, 4 .. 512, its last step: 1 + 2 x 1,023 of
# 3,000 positions.
TCN = """
  - repeat: 10
    layers:
      - {op: conv, out_channels: 2, kernel_size: 3, dilation: 2 ** i, padding: [[2 * 2 ** i, 0]]}
      - relu
  - {op: slice, dims: [2], starts: [-1], ends: [3000]}
  - flatten
  - {op: linear, out_features: 2}
"""
CASES: dict[str, tuple[str, str, list[int], list[str]]] = {
    "a causal stack read at its end": ("[1, 100]", LAST_STEP, [3], []),
    # Valid windows leave the end unread.
    "strided windows, flattened": (
        "[1, 32]",
        """
  - {op: conv, out_channels: 4, kernel_size: 3, stride: 3}
  - flatten
  - {op: linear, out_features: 10}
""",
        [30],
        [],
    ),
    # One unit in padding reads nothing; those that are left read the whole axis again.
    "padding beside a pooled map, cut off by a stride": (
        "[1, 4]",
        """
  - global_avg_pool
  - {op: conv, out_channels: 1, kernel_size: 1, padding: [[0, 1]]}
  - {op: conv, out_channels: 1, kernel_size: 1, stride: 2}
""",
        [4],
        ["global"],
    ),
    "padding around a pooled map, cut off by a slice": (
        "[1, 6]",
        """
  - {op: conv, out_channels: 1, kernel_size: 3}
  - global_avg_pool
  - {op: pad, padding: [[2, 1]]}
  - {op: conv, out_channels: 1, kernel_size: 2}
  - {op: slice, dims: [2], starts: [1], ends: [3]}
""",
        [6],
        ["global"],
    ),
    "a map, tokens, a map": (
        "[8, 32, 32]",
        """
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - {op: flatten, start_dim: 2}
  - {op: permute, dims: [2, 1]}
  - {op: linear, out_features: 16}
  - {op: permute, dims: [2, 1]}
  - {op: reshape, shape: [16, 32, 32]}
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
""",
        [5, 5],
        [],
    ),
    "channels shuffled by reshapes": (
        "[8, 32, 32]",
        """
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - {op: reshape, shape: [2, 4, 32, 32]}
  - {op: permute, dims: [2, 1, 3, 4]}
  - {op: reshape, shape: [8, 32, 32]}
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
""",
        [5, 5],
        [],
    ),
    "one token of patches": (
        "[3, 16, 16]",
        """
  - {op: conv, out_channels: 8, kernel_size: 4, stride: 4}
  - {op: flatten, start_dim: 2}
  - {op: permute, dims: [2, 1]}
  - {op: slice, dims: [1], starts: [0], ends: [1]}
  - {op: linear, out_features: 8}
""",
        [4, 4],
        [],
    ),
    "a crop before pooling": (
        "[3, 16, 16]",
        """
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - {op: crop, size: 6, start: 5}
  - global_avg_pool
  - flatten
  - {op: linear, out_features: 8}
""",
        [8, 8],
        [],
    ),
    "a gate": (
        "[16, 20, 20]",
        """
  - {op: conv, out_channels: 16, kernel_size: 3}
  - {op: squeeze_excite, ratio: 4}
""",
        [20, 20],
        ["global"],
    ),
    # Windows of 4x4 tokens that are mixed by themselves: 4 of stride 1 after a 3x3.
    "attention in windows": (
        "[4, 8, 8]",
        """
  - {op: conv, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: reshape, shape: [4, 2, 4, 2, 4]}
  - {op: permute, dims: [2, 4, 1, 3, 5]}
  - {op: reshape, shape: [4, 4, 16]}
  - {op: linear, out_features: 16}
""",
        [6, 6],
        [],
    ),
}


@pytest.mark.parametrize(("shape", "layers", "sizes", "flags"), CASES.values(), ids=CASES)
def test_the_field_of_the_last_layer(
    parsed: Parsed, shape: str, layers: str, sizes: list[int], flags: list[str]
) -> None:
    network = parsed(f"input: {shape}\nlayers:{layers}")
    axes = convcost.analyze(network).layers[-1].receptive_fields["input"]
    assert [axis.size for axis in axes] == sizes
    assert all([*axis.flags] == flags for axis in axes)
    assert not verify(network).broken


def test_a_temporal_network_read_at_its_last_step(parsed: Parsed) -> None:
    network = parsed(f"input: [1, 3000]\nlayers:{TCN}")
    (axis,) = convcost.analyze(network).layers[-1].receptive_fields["input"]
    assert (axis.size, axis.start, axis.flags) == (2047, 3000 - 2047, ())
    assert convcost.positions_read(network, network.layers[-1].outputs[0], {}) == {
        ("input", 2): set(range(953, 3000))
    }
    assert not verify(network).broken


def test_what_is_global_by_a_gate_alone_says_what_it_is_without(parsed: Parsed) -> None:
    network = convcost.load(str(SPECS / "efficientnet_b0.yaml"))
    layers = convcost.analyze(network).layers
    gated = [c for c in layers if c.receptive_fields and c.output_shapes[0] == (1280, 7, 7)]
    sizes = {axis.without_gates for c in gated for axis in c.receptive_fields["input"]}
    assert sizes == {851}
    normed = parsed("""
input: [4, 16]
layers:
  - {op: conv, out_channels: 4, kernel_size: 3}
  - {op: group_norm, num_groups: 2}
  - {op: conv, out_channels: 4, kernel_size: 3}
""")
    (axis,) = convcost.analyze(normed).layers[-1].receptive_fields["input"]
    assert (axis.size, axis.flags, axis.without_gates) == (16, ("global",), 5)
    assert any("without gates" in said for said in verify(normed).unconfirmed)


MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # with NumPy's names


@pytest.mark.parametrize(("height", "width"), [(1, 7), (2, 3), (3, 4), (5, 1)])
@pytest.mark.parametrize("mode", MODES)
def test_a_border_reads_what_it_repeats(parsed: Parsed, mode: str, height: int, width: int) -> None:
    """A unit of the border holds the position that NumPy puts there of a list of positions."""
    most = min(height, width) - (mode == "reflect")
    if not most:
        pytest.skip("a reflected border is smaller than the map")
    network = parsed(
        f"input: [2, {height}, {width}]\n"
        f"layers: [{{op: pad, padding: [[{most}, 1], [0, {most}]], mode: {mode}}}]"
    )
    (output,) = network.outputs.values()
    for axis, size, amounts in ((2, height, (most, 1)), (3, width, (0, most))):
        held: Any = np.pad(np.arange(size), amounts, mode=cast("Any", MODES[mode]))
        for unit, position in enumerate(held.tolist()):
            read = convcost.positions_read(network, output, {axis: unit})
            assert read["input", axis] == {position}
    assert verify(network).agrees
