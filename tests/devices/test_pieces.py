"""Layers that run as one, and the bytes that it cannot do without: small networks by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.pieces import fewest_bytes, pieces
from convcost.analysis.devices.roofline import Bound, bounds
from convcost.devices.read import device

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network

FLOAT = 4
CONV = "{op: conv, name: %s, out_channels: 8, kernel_size: 1, bias: false}"


def network(folder: Path, text: str) -> Network:
    path = folder / "net.yaml"
    path.write_text(text)
    return convcost.load(path)


def test_arrays_that_merged_layers_share_are_read_once(tmp_path: Path) -> None:
    layers = f"[{CONV % 'c'}, {{op: prelu, name: p}}, {{op: prelu, share: p}}]"
    (piece,) = pieces(network(tmp_path, f"{{input: [8, 5, 5], layers: {layers}}}"), fused=True)
    assert piece.weights == FLOAT * (8 * 8 + 1)


def test_what_no_output_needs_takes_no_time(tmp_path: Path) -> None:
    dead = (CONV % "b").replace("}", ", from: a}")
    last = (CONV % "c").replace("}", ", from: a}")
    net = network(tmp_path, f"{{input: [8, 5, 5], layers: [{CONV % 'a'}, {dead}, {last}]}}")
    assert [layer.name for piece in pieces(net) for layer in piece.layers] == ["a", "c"]


def test_offsets_may_have_all_windows_at_one_position(tmp_path: Path) -> None:
    deformed = "{op: deform_conv, from: [x, offsets], out_channels: 6, kernel_size: 3, padding: 1}"
    text = f"{{inputs: {{x: [4, 8, 8], offsets: [18, 8, 8]}}, layers: [{deformed}]}}"
    (layer,) = network(tmp_path, text).layers
    assert fewest_bytes(layer) == [FLOAT * 4, FLOAT * 18 * 8 * 8]


def test_a_part_that_is_repeated_without_a_copy_is_read_once(tmp_path: Path) -> None:
    """One channel of eight, four times."""
    part = "{op: slice, dims: [1], starts: [0], ends: [1]}, {op: expand, shape: [1, 4, 10, 10]}"
    net = network(tmp_path, f"{{input: [8, 10, 10], layers: [{part}, relu]}}")
    assert pieces(net)[-1].read == FLOAT * 10 * 10


@pytest.mark.parametrize(
    ("more", "outputs", "layers"),
    [("", "y", 3), (", {op: relu, name: also, from: scores}", "y, also", 1)],
)
def test_an_attention_whose_scores_are_read_elsewhere_is_no_piece(
    tmp_path: Path, more: str, outputs: str, layers: int
) -> None:
    text = f"""\
inputs: {{q: [4, 64], k: [64, 4], v: [4, 64]}}
layers: [
  {{op: matmul, name: scores, from: [q, k]}}, {{op: softmax, name: w, dim: 2}},
  {{op: matmul, name: y, from: [w, v]}}{more}]
outputs: [{outputs}]
"""
    found = pieces(network(tmp_path, text))
    assert max(len(piece.layers) for piece in found) == layers


def test_the_layer_of_most_products_stands_for_a_piece(tmp_path: Path) -> None:
    net = network(tmp_path, f"{{input: [8, 5, 5], layers: [{CONV % 'c'}, relu]}}")
    (bound,) = bounds(analyze(net), device("t4"), fused=True)
    assert bound.layer.name == "c"


def test_the_longer_time_binds_and_arithmetic_where_both_are_alike(tmp_path: Path) -> None:
    (layer,) = network(tmp_path, "{input: [8], layers: [relu]}").layers
    binds = [Bound(layer, *times).binds for times in ((0, 0), (2, 1), (1, 2), (1, 1))]
    assert binds == ["", "arithmetic", "memory", "arithmetic"]
