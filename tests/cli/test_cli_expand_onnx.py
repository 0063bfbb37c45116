"""``expand`` of ONNX files: a spec that says the same, or a sentence why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.parser import parse_model
from running import ROOT

import convcost
from convcost.errors import ConvcostError
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.render.spec import to_spec
from convcost.render.spec_names import paths_of
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

MODELS = ROOT / "tests" / "data" / "onnx"
REFUSED = {
    "shared__ts17": "layer 'd' shares some of what layer 'c' stores, and not all",
    "smallcnn__qdq": "layer 'f.0' makes float32 and stores int32, int8",
    "smallcnn__qoperator": "layer 'f.0.qlinearconv' makes uint8 and stores int32, int8",
    "smallcnn__dynamic_convinteger": "layer 'input_QuantizeLinear': dim is 0, the batch: "
    "1 is the channels, -1 the last axis",
}


def parsed(text: str) -> Network:
    return convcost.load("flat.yaml", read=lambda _: text.encode())


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.onnx")), ids=lambda path: path.stem)
def test_a_model_expands_to_a_spec_of_the_same_costs(run: Run, path: Path) -> None:
    code, flat, err = run("expand", path, "--flat")
    if path.stem in REFUSED:
        said = f"'{path.stem}' cannot be written as a spec: {REFUSED[path.stem]}\n"
        assert (code, flat, err) == (2, "", said)
        return
    assert (code, err) == (0, "")
    was, now = convcost.analyze(convcost.load(str(path))), convcost.analyze(parsed(flat))
    assert now.totals == was.totals
    for a, b in zip(now.layers, was.layers, strict=True):
        assert a.layer.op == b.layer.op
        assert a.layer.input_shapes == b.layer.input_shapes
        assert a.name == b.name or f"# {b.name}\n" in flat
        if "keras" not in path.stem:  # their channels come last: a comment says so
            assert [*a.receptive_fields.values()] == [*b.receptive_fields.values()]
    shapes = [tensor.shape for tensor in now.network.outputs.values()]
    assert shapes == [tensor.shape for tensor in was.network.outputs.values()]


def chain(names: list[str], sources: list[int], inputs: str = "x") -> Network:
    """Layers that each read one before, or the input."""
    network = Network("chain")
    made = [Tensor(inputs, (1, 4, 8, 8))]
    network.inputs[inputs] = made[0]
    for number, (name, source) in enumerate(zip(names, sources, strict=True), start=1):
        conv = build(op_class("conv"), 2, {"out_channels": 4 * number, "kernel_size": 1})
        made.append(network.add(name, conv, (made[source],)).outputs[0])
    network.outputs["y"] = made[-1]
    return network


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b.c", "b.d.e", "b.f"], ["a", "b.c", "b.d.e", "b.f"]),
        (["a.0.k", "a.0", "a.0.r"], ["a.0.k", "a.0.conv", "a.0.r"]),  # as a residual sum is
        (["a", "a.k"], ["a.conv", "a.k"]),
        (["a.k", "b", "a.m", "a.n"], ["a.k", "b", "a_2.m", "a_2.n"]),
        (["a.k", "a.conv", "a"], ["a.k", "a.conv", "a.conv_2"]),
        (["x", "a.input", "a.x"], ["x_", "a.input_", "a.x_"]),
        (["/m/k:0", "", "a..b", "?"], ["_m_k_0", "_", "a._.b", "__2"]),
        (["n" * 120, "n" * 110], ["n" * 100, "n" * 98 + "_2"]),
    ],
)
def test_names_become_such_as_a_spec_can_have(names: list[str], expected: list[str]) -> None:
    network = chain(names, list(range(len(names))))
    assert [".".join(path) for path in paths_of(network, ["x"])] == expected
    now = parsed(to_spec(network))
    assert [layer.name for layer in now.layers] == expected
    assert convcost.analyze(now).totals == convcost.analyze(network).totals


def test_a_name_of_more_words_than_lists_can_be_nested_ends_in_one() -> None:
    names = [".".join("ab" * 50), ".".join("ab" * 49 + "ac"), ".".join("ab" * 20_000)]
    network = chain(names, [0, 1, 2])
    paths = paths_of(network, ["x"])
    assert [len(path) for path in paths] == [25, 25, 25]
    assert len({*paths}) == 3
    now = parsed(to_spec(network))
    assert convcost.analyze(now).totals == convcost.analyze(network).totals


def test_a_name_that_an_inner_one_hides_is_reached() -> None:
    network = chain(["k", "a.k", "a.m", "a.n"], [0, 1, 1, 2])  # a.m reads k, not a.k
    now = parsed(to_spec(network))
    assert [layer.name for layer in now.layers] == ["k", "a.k", "a.m", "a.n"]
    assert [t.name for layer in now.layers for t in layer.inputs] == ["x", "k", "k", "a.k"]


WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)


@settings(deadline=None)
@given(st.data())
def test_whatever_layers_are_called_they_read_the_same(data: Any) -> None:
    names = data.draw(st.lists(WORDS, min_size=1, max_size=8, unique=True))
    sources = [data.draw(st.integers(0, place)) for place in range(len(names))]
    network = chain(names, sources, inputs=data.draw(st.sampled_from(["input", "a", "x/1:0"])))
    now = parsed(to_spec(network))
    places = {t: place for place, t in enumerate(now.inputs.values())}
    places |= {a.outputs[0]: place for place, a in enumerate(now.layers, start=1)}
    assert [places[layer.inputs[0]] for layer in now.layers] == sources


def test_what_is_not_known_is_said(run: Run, tmp_path: Path) -> None:
    model = parse_model("""
        <ir_version: 8, opset_import: ["" : 17, "mine" : 1]>
        net (float[N, 3, 8, 8] x) => (float[A, B, C, D] y, float[N, 3, 8, 8] z)
        { a = Relu (x)\n b = mine.Fancy (a)\n y = Relu (b)\n z = Neg (a) }
    """)
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    code, flat, err = run("expand", path)
    assert code == 0
    assert "# not known: b (mine.Fancy): convcost does not know this operator\n" in flat
    assert (
        err == f"warning: {path}: the result lacks 3 parts of the model: its comments say which\n"
    )
    assert [layer.name for layer in parsed(flat).layers] == ["relu", "neg"]
    assert run("expand", path, "--strict")[0] == 1

    code, out, err = run("verify", path)
    said = "incomplete: 3 parts of the model not known, so not confirmed"
    assert (code, err) == (0, "")
    assert f"{said} (`convcost analyze` says which)\n" in out
    assert run("verify", path, "--strict")[0] == 1
    assert '"complete": false' in run("verify", path, "--format", "json")[1]

    np.save(tmp_path / "x.npy", np.ones((3, 8, 8)))
    code, out, err = run("run", path, "--input", tmp_path / "x.npy")
    assert (code, out) == (2, "")
    assert err == (
        f"{path}: its outputs cannot be computed, because a part of it is not known: "
        "b (mine.Fancy): convcost does not know this operator\n"
    )


def test_a_batch_that_layers_hold_is_refused() -> None:
    network = Network("fixed")
    network.inputs["x"] = Tensor("x", (2, 4, 3))
    view = build(op_class("view"), 1, {"shape": [8, 3]})
    network.add("v", view, [network.inputs["x"]])
    with pytest.raises(ConvcostError) as refused:
        to_spec(network)
    assert str(refused.value) == (
        "'fixed' cannot be written as a spec: its layers only fit the batch that it fixes "
        "([8, 3] has 24 elements, and the input [1, 4, 3] has 12)"
    )
