"""Operators that convcost does not know: what is behind them is counted, what is lacking said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import helper
from onnx_text import save_text

import convcost
from convcost.analysis.analyze.layer_cost import BLOCK
from convcost.errors import ConvcostError
from convcost.execution.verification import verify
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.network import Network

    Loaded = Callable[[str], Network]

HEAD = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[N, 3, 8, 8] x) => (float[N, 4, 6, 6] y)
"""
WEIGHTS = "<float[4, 3, 3, 3] w, float[3, 5] m>"
NODES = "{ a = Relu (x)\n s = acme.Swirl (a, m)\n y = Conv (s, w) }"


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return lambda text: load(save_text(HEAD + text, tmp_path / "net.onnx"))


def saved(tmp_path: Path, *, shape: bool) -> str:
    """A model, with the shape of what the node makes or without."""
    path = save_text(HEAD + WEIGHTS + NODES, tmp_path / "net.onnx")
    model = onnx.ModelProto.FromString(Path(path).read_bytes())
    if shape:
        described = helper.make_tensor_value_info("s", 1, ["N", 3, 8, 8])
        model.graph.value_info.append(described)
    Path(path).write_bytes(model.SerializeToString())
    return path


def test_what_is_behind_is_counted(tmp_path: Path) -> None:
    found = convcost.analyze(load(saved(tmp_path, shape=True)))
    assert [layer.op for layer in found.layers] == ["relu", "opaque", "conv"]
    assert found.totals["params"] == 15 + 108
    assert found.totals["macs"] == 4 * 6 * 6 * 27
    assert all(layer.needed for layer in found.layers)
    assert not found.complete
    said = "s (acme.Swirl): convcost does not know this operator; it makes 1x3x8x8"
    assert found.network.unknown == [said]


def test_what_is_not_known_of_a_layer_is_not_known_of_that_layer_alone(tmp_path: Path) -> None:
    known, opaque, behind = convcost.analyze(load(saved(tmp_path, shape=True))).layers
    assert not known.uncounted
    assert not behind.uncounted
    assert {"macs", "adds", "flops"} <= {*opaque.uncounted}
    assert not {"params", "weight_bytes", "activation_bytes"} & {*opaque.uncounted}
    more = opaque._replace(lacking=("thop.macs",))
    assert {*more.uncounted} == {*opaque.uncounted, "thop.macs"}
    # a block counts what is in it, and its last layer may be any
    assert [*more._replace(op=BLOCK).uncounted] == ["thop.macs"]


def test_without_a_shape_its_arrays_are_counted_and_what_it_reads_is_needed(tmp_path: Path) -> None:
    found = convcost.analyze(load(saved(tmp_path, shape=False)))
    assert found.totals["params"] == 15 + 108
    assert all(layer.needed for layer in found.layers)
    assert found.network.unknown[0] == "s (acme.Swirl): convcost does not know this operator"
    assert "1 node that read what those make" in found.network.unknown


def test_more_samples_go_through(tmp_path: Path) -> None:
    path = saved(tmp_path, shape=True)
    one, four = (convcost.analyze(load(path, batch=n)).totals["macs"] for n in (1, 4))
    assert four == 4 * one


def test_onnx_knows_the_shapes_of_its_own_operators(loaded: Loaded) -> None:
    """Of those that no row of the importer has."""
    network = loaded(
        "<float[4, 3, 3, 3] w, int64[2] a = {2, 3}> "
        "{ d = Det (x) e = Unsqueeze (d, a) f = Mul (x, e) y = Conv (f, w) }"
    )
    assert [layer.name for layer in network.layers] == ["det", "unsqueeze", "mul", "conv"]
    assert network.layers[0].outputs[0].shape == (1, 3)


def test_it_is_not_verified(tmp_path: Path) -> None:
    found = verify(load(saved(tmp_path, shape=True), batch=2))
    assert found.agrees
    assert any("1 opaque layer, the first being swirl" in why for why in found.unconfirmed)


def test_what_it_makes_of_what_is_not_known_is_memory(loaded: Loaded) -> None:
    """Nothing that it reads is there, so no layer tells which channels may be fewer; the file says
    what it makes: 4 x 6 x 6 numbers of float32."""
    network = loaded("{ s = acme.Swirl (x) y = acme.Twirl (s) }")
    assert [layer.name for layer in network.layers] == ["twirl"]
    assert network.layers[0].inputs == ()
    assert convcost.analyze(network).totals["activation_bytes"] == 4 * 4 * 6 * 6
    found = verify(network)
    assert found.agrees, found.broken


def test_no_spec_says_it(tmp_path: Path) -> None:
    from convcost.render.spec import to_spec

    with pytest.raises(ConvcostError, match="is of an operator that is not known"):
        to_spec(load(saved(tmp_path, shape=True)))


def test_each_of_its_outputs_has_axes_of_its_own(tmp_path: Path) -> None:
    """The layer after the first output finds its axis, which the second output lacks."""
    head = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[2, 4, 6] x) => (float[2, 24] z, float[2, 4, 1, 6] a, float[2, 4] b)
"""
    nodes = "{ t = Transpose <perm = [0, 2, 1]> (x) a, b = acme.Swirl (t) z = Flatten (a) }"
    network = load(save_text(head + nodes, tmp_path / "net.onnx"))
    assert [tensor.shape for tensor in network.outputs.values()] == [(2, 24), (2, 4, 1, 6), (2, 4)]
    assert not convcost.analyze(network).complete
